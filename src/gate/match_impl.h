/* match_impl.h: the tree of a matcher: made in match.c, read in match_read.c. */
#pragma once

#include "gate/match.h"

enum {
    TERM_LETTERS_MAX = 96,
    SOUND_FIRST = 0x120000, /* letters of the tree of sounds: after those of Unicode */
    NAME_SYLLABLES_MAX = 6,
    MATCH_GAP_MAX = FOLD_PAUSE, /* signs between two letters of a term: "K i m", "Kim, Chol-su" */
};

/* Edges of trees, all in one table: (node, letter) to node. Node 0 is none. */
struct match_edge {
    uint64_t key; /* node << 24 | letter; 0: empty */
    uint32_t to;
};
struct match_tree {
    struct match_edge *edges;
    size_t room; /* a power of two */
    size_t count;
    uint64_t *filter; /* 8 bits for each edge there is room for, few of them set: most letters are
                         no edge, and the filter stays in the processor's cache */
};

enum term_form { FORM_WHOLE, FORM_GIVEN, FORM_INITIALS, FORM_MASKED, FORM_SOUND };
struct match_end { /* of a branch: a term is whole here */
    uint32_t owner;
    uint32_t next; /* another that ends here; 0: none */
    uint8_t kind;
    uint8_t lane;
    uint8_t form;
    uint8_t letters; /* its length */
    uint8_t tail;    /* of FORM_INITIALS: how many of its last letters are initials, */
    bool is_turned;  /* or of its first ones */
};
struct match_syllable { /* that a Latin node spells */
    uint32_t syllable;
    uint32_t next;
};

/* A node of the tree of Latin spellings, which is small: 0 is its root, and none. */
enum { LATIN_LETTERS = 26 };
struct match_latin {
    uint32_t next[LATIN_LETTERS];
    uint32_t first; /* of the syllables that are spelled so; 0: none */
};

/* Bits, set where a term can begin so. match_open.c. */
struct match_openings {
    uint64_t *fours;   /* by four Latin letters: a term goes on after them; they are all of one */
    uint64_t *sixes;   /* by the hash of six of them */
    uint64_t *ends[4]; /* by two or three: they are all of one */
    uint64_t
        *initials[5]; /* by two to four, of terms of which some word is one letter; by four: they
                              may go on */
    uint64_t *pairs;  /* by the hash of two syllables */
    uint64_t *sounds; /* by two sounds */
};

enum { ROOT_NAMES = 1, ROOT_SOUNDS = 2, FIRST_FREE_NODE = 3 };
struct matcher {
    struct arena *arena;
    struct match_tree tree;
    uint32_t *more_of; /* by node: its first end */
    size_t node_count;
    size_t node_room;
    struct match_end *ends; /* from 1 */
    size_t end_count;
    size_t end_room;
    struct match_latin *latin;
    size_t latin_count;
    size_t latin_room;
    struct match_syllable *syllables; /* from 1 */
    size_t syllable_count;
    size_t syllable_room;
    uint8_t *is_spelled; /* by syllable from U+AC00 on: its spellings are in the tree */
    struct match_openings openings;
};

/* 0: there is no such branch. */
static inline uint32_t match_child(const struct matcher *m, uint32_t node, uint32_t letter) {
    uint64_t key = (uint64_t)node << 24 | letter;
    uint64_t mixed = key * 0x9E3779B97F4A7C15U;
    size_t at = (size_t)(mixed >> 32) & (m->tree.room - 1);
    size_t bit = (size_t)(mixed >> 24) & (8 * m->tree.room - 1);
    if ((m->tree.filter[bit / 64] >> bit % 64 & 1) == 0) return 0;
    while (m->tree.edges[at].key != 0) {
        if (m->tree.edges[at].key == key) return m->tree.edges[at].to;
        at = (at + 1) & (m->tree.room - 1);
    }
    return 0;
}

/* The openings of a tree that is whole. fails: ERR_NO_MEMORY. */
err match_openings_make(struct matcher *m) MUST_USE;
/* Whether a term can begin at a letter where a word does; no is certain, yes is not. The same for
 * what sounds like one. */
bool match_may_open(const struct matcher *m, const struct fold *fold, size_t at);
bool match_may_sound(const struct matcher *m, const struct fold *fold, size_t at);

/* The sound of a Hangul syllable, as a letter of the tree of sounds. */
uint32_t match_sound(uint32_t syllable);

/* The sounds that Latin letters may spell from `at` on, each with where it ends. */
struct match_heard {
    uint32_t sound;
    size_t end;
};
enum { HEARD_MAX = 12 };
size_t match_hear(const struct fold *fold, size_t at, struct match_heard ret_heard[HEARD_MAX]);
