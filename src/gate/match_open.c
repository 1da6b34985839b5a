/* match_open.c: where a term can begin. Most places of a text are nobody's name, and two letters or
 * six tell: a place is looked up by its OPENING before anything is read down the tree.
 *
 * Openings are made from the finished tree, by going down it with every spelling of every
 * syllable until there are letters enough. So they can only be too many, never too few: where the
 * text goes on with something that is not looked up here, the tree is asked. match_model_test holds
 * the matcher with openings against one without. */
#include <endian.h>
#include <string.h>

#include "gate/match_impl.h"

enum {
    SYLLABLE_FIRST = 0xAC00,
    SYLLABLE_COUNT = 11172,
    LETTER_BITS = 5, /* a to z are 1 to 26; 0: a term was whole before */
    FOUR = 4,
    SIX = 6,
    FOURS = 1 << (FOUR * LETTER_BITS), /* two bits each: */
    FOUR_GOES_ON = 1,
    FOUR_ENDS = 2,
    SIXES = 1 << 23,   /* bits, by hash */
    PAIRS = 1 << 19,   /* bits, by hash */
    SOUNDS = 9 * 64,   /* of a syllable: match_sound.c */
    SPELLING_MAX = 12, /* letters of one syllable */
};

/* ---- Bits ------------------------------------------------------------------------------------ */

static bool has_bit(const uint64_t *bits, size_t at) { return (bits[at / 64] >> at % 64 & 1) != 0; }
static void set_bit(uint64_t *bits, size_t at) { bits[at / 64] |= (uint64_t)1 << at % 64; }

static err make_bits(struct arena *a, size_t count, uint64_t **ret_bits) {
    *ret_bits = arena_array(a, (count + 63) / 64, sizeof **ret_bits);
    if (*ret_bits == NULL) FAIL(ERR_NO_MEMORY, "no memory for the watch list");
    return OK;
}

static size_t six_of(uint64_t letters) {
    return (size_t)(letters * 0x9E3779B97F4A7C15U >> 32) & (SIXES - 1);
}

static size_t pair_of(uint32_t first, uint32_t second) {
    uint64_t pair = (uint64_t)first << 24 | second;
    return (size_t)(pair * 0x9E3779B97F4A7C15U >> 32) & (PAIRS - 1);
}

static size_t sounds_of(uint32_t first, uint32_t second) {
    return (size_t)(first - SOUND_FIRST) * SOUNDS + (second - SOUND_FIRST);
}

/* ---- Making ---------------------------------------------------------------------------------- */

struct spelling {
    char letters[SPELLING_MAX];
    uint8_t len;
    uint32_t next; /* another of the same syllable; 0: none */
};

struct node {
    uint32_t letter; /* by which its parent leads to it */
    uint32_t parent;
    uint32_t first_child;
    uint32_t sibling;
    bool has_initials; /* terms by initials end in it or below */
    bool has_others;
};

struct opening {
    struct matcher *m;
    struct arena *a; /* until all is made */
    struct node *nodes;
    struct spelling *spellings; /* from 1 */
    size_t spelling_count;
    uint32_t *of_syllable; /* the first of its spellings */
};

/* So far gone down the tree. */
struct path {
    uint8_t letters[SIX]; /* 1 to 26 */
    size_t len;
    bool is_initials; /* one of the first four letters is an initial: a word of one letter */
};

static err lay_out(struct opening *o) {
    const struct matcher *m = o->m;
    o->nodes = arena_array(o->a, m->node_count, sizeof *o->nodes);
    if (o->nodes == NULL) FAIL(ERR_NO_MEMORY, "no memory for the watch list");
    for (size_t i = 0; i < m->tree.room; i++) {
        const struct match_edge *edge = &m->tree.edges[i];
        if (edge->key == 0) continue;
        struct node *node = &o->nodes[edge->to];
        node->parent = (uint32_t)(edge->key >> 24);
        node->letter = (uint32_t)(edge->key & 0xFFFFFF);
        node->sibling = o->nodes[node->parent].first_child;
        o->nodes[node->parent].first_child = edge->to;
    }
    for (size_t i = m->node_count; i-- > FIRST_FREE_NODE;) { /* children before their parents */
        struct node *node = &o->nodes[i];
        for (uint32_t e = m->more_of[i]; e != 0; e = m->ends[e].next) {
            bool is_initials = m->ends[e].form == FORM_INITIALS;
            node->has_initials = node->has_initials || is_initials;
            node->has_others = node->has_others || !is_initials;
        }
        struct node *parent = &o->nodes[node->parent];
        parent->has_initials = parent->has_initials || node->has_initials;
        parent->has_others = parent->has_others || node->has_others;
    }
    return OK;
}

/* The spellings of each syllable, from the tree of spellings. */
static void list_spellings(struct opening *o, uint32_t node, struct spelling *so_far) {
    const struct match_latin *latin = &o->m->latin[node];
    for (uint32_t s = latin->first; s != 0; s = o->m->syllables[s].next) {
        uint32_t *first = &o->of_syllable[o->m->syllables[s].syllable - SYLLABLE_FIRST];
        struct spelling *own = &o->spellings[++o->spelling_count];
        *own = *so_far;
        own->next = *first;
        *first = (uint32_t)o->spelling_count;
    }
    if (so_far->len == SPELLING_MAX) return; /* none is as long */
    for (size_t i = 0; i < LATIN_LETTERS; i++) {
        if (latin->next[i] == 0) continue;
        so_far->letters[so_far->len++] = (char)(i + 1);
        list_spellings(o, latin->next[i], so_far);
        so_far->len--;
    }
}

/* The first `count` letters as a number; where there are fewer, 0. */
static uint64_t letters_of(const struct path *path, size_t count) {
    uint64_t letters = 0;
    for (size_t i = 0; i < count; i++)
        letters = letters << LETTER_BITS | (i < path->len ? path->letters[i] : 0);
    return letters;
}

static void go_down(struct opening *o, uint32_t node, const struct path *path);

/* Adds letters, and goes on until there are six. */
static void go_on(struct opening *o, uint32_t child, const struct path *path,
                  const struct spelling *more) {
    struct match_openings *to = &o->m->openings;
    struct path longer = *path;
    for (size_t i = 0; i < more->len && longer.len < SIX; i++) {
        longer.letters[longer.len++] = (uint8_t)more->letters[i];
    }
    if (longer.len >= FOUR) {
        uint64_t four = letters_of(&longer, FOUR);
        if (longer.is_initials) set_bit(to->initials[FOUR], four);
        if (longer.is_initials) return;
        to->fours[four / 32] |= (uint64_t)FOUR_GOES_ON << four % 32 * 2;
    }
    if (longer.len == SIX) {
        set_bit(to->sixes, six_of(letters_of(&longer, SIX)));
        return;
    }
    go_down(o, child, &longer);
}

/* As deep as there are letters: each step adds one. */
static void go_down(struct opening *o, uint32_t node, const struct path *path) {
    struct match_openings *to = &o->m->openings;
    if (o->m->more_of[node] != 0) {
        uint64_t letters = letters_of(path, path->len);
        if (path->is_initials)
            set_bit(to->initials[path->len], letters);
        else if (path->len < FOUR)
            set_bit(to->ends[path->len], letters);
        else if (path->len == FOUR)
            to->fours[letters / 32] |= (uint64_t)FOUR_ENDS << letters % 32 * 2;
        else
            set_bit(to->sixes, six_of(letters_of(path, SIX)));
    }
    for (uint32_t c = o->nodes[node].first_child; c != 0; c = o->nodes[c].sibling) {
        const struct node *child = &o->nodes[c];
        struct path next = *path;
        if (fold_is_latin(child->letter)) {
            const struct spelling one = {.letters = {(char)(child->letter - 'a' + 1)}, .len = 1};
            next.is_initials |= !child->has_others && path->len < FOUR;
            go_on(o, c, &next, &one);
        } else if (fold_is_syllable(child->letter)) {
            uint32_t s = o->of_syllable[child->letter - SYLLABLE_FIRST];
            for (; s != 0; s = o->spellings[s].next) go_on(o, c, &next, &o->spellings[s]);
        }
    }
}

static void open_hangul(struct opening *o) {
    struct match_openings *to = &o->m->openings;
    for (uint32_t c = o->nodes[ROOT_NAMES].first_child; c != 0; c = o->nodes[c].sibling) {
        uint32_t first = o->nodes[c].letter;
        if (!fold_is_syllable(first)) continue;
        for (uint32_t d = o->nodes[c].first_child; d != 0; d = o->nodes[d].sibling) {
            set_bit(to->pairs, pair_of(first, o->nodes[d].letter));
        }
    }
    for (uint32_t c = o->nodes[ROOT_SOUNDS].first_child; c != 0; c = o->nodes[c].sibling) {
        for (uint32_t d = o->nodes[c].first_child; d != 0; d = o->nodes[d].sibling) {
            set_bit(to->sounds, sounds_of(o->nodes[c].letter, o->nodes[d].letter));
        }
    }
}

err match_openings_make(struct matcher *m) {
    CLEANUP(arena_done) struct arena scratch;
    struct opening o = {.m = m, .a = &scratch};
    struct match_openings *to = &m->openings;
    arena_init(&scratch, m->arena->sys, (size_t)1 << 30);
    TRY(make_bits(m->arena, 2 * FOURS, &to->fours));
    for (size_t i = 0; i <= FOUR; i++)
        TRY(make_bits(m->arena, (size_t)1 << i * LETTER_BITS, &to->initials[i]));
    for (size_t i = 0; i < FOUR; i++)
        TRY(make_bits(m->arena, (size_t)1 << i * LETTER_BITS, &to->ends[i]));
    TRY(make_bits(m->arena, SIXES, &to->sixes));
    TRY(make_bits(m->arena, PAIRS, &to->pairs));
    TRY(make_bits(m->arena, SOUNDS * SOUNDS, &to->sounds));
    o.spellings = arena_array(&scratch, m->syllable_count + 1, sizeof *o.spellings);
    o.of_syllable = arena_array(&scratch, SYLLABLE_COUNT, sizeof *o.of_syllable);
    if (o.spellings == NULL || o.of_syllable == NULL)
        FAIL(ERR_NO_MEMORY, "no memory for the watch list");
    TRY(lay_out(&o));
    list_spellings(&o, 0, &(struct spelling){.len = 0});
    go_down(&o, ROOT_NAMES, &(struct path){.len = 0});
    open_hangul(&o);
    return OK;
}

/* ---- Asking ---------------------------------------------------------------------------------- */

/* What is seen of a place before anything is looked up. */
struct seen {
    uint32_t letters; /* as many of six as follow closely; the rest 0 */
    unsigned ends;    /* bit i: a word ends before letter i */
    bool has_other;   /* something else than a Latin letter follows closely */
};

/* From the marks of eight letters at once and without a branch for each: where words end nobody can
 * foretell, a processor neither. */
static struct seen look(const uint8_t marks[8]) {
    const uint64_t each = 0x0101010101010101; /* of eight bytes: the lowest bit */
    const uint64_t second_to_sixth = 0x0000FFFFFFFFFF00;
    struct seen seen = {0};
    uint64_t eight = 0;
    memcpy(&eight, marks, sizeof eight);
    eight = le64toh(eight);
    uint64_t codes = eight & each * FOLD_MARK_CODE;
    uint64_t stops = eight & each * (FOLD_MARK_PAUSE | FOLD_MARK_OTHER) & second_to_sixth;
    if (stops != 0) {
        unsigned bits = (unsigned)__builtin_ctzll(stops) & ~7U; /* before the first of them */
        seen.has_other = (eight >> bits & (FOLD_MARK_PAUSE | FOLD_MARK_OTHER)) == FOLD_MARK_OTHER;
        codes &= ((uint64_t)1 << bits) - 1;
    }
    /* The first letter into the highest bits, then two by two. */
    codes = __builtin_bswap64(codes) >> 16;
    codes = (codes & 0x001F001F001F) | (codes & 0x1F001F001F00) >> 3;
    seen.letters = (uint32_t)((codes & 0x3FF) | (codes >> 16 & 0x3FF) << 10 | codes >> 32 << 20);
    /* One bit of each byte into one byte. */
    seen.ends = (unsigned)((eight / FOLD_MARK_BEGINS & each) * 0x0102040810204080U >> 56);
    return seen;
}

static size_t first_of(const struct seen *seen, size_t count) {
    return (size_t)(seen->letters >> (SIX - count) * LETTER_BITS);
}

/* Both bits of one opening lie together: its line is fetched once. */
static unsigned fours_at(const struct match_openings *o, size_t four) {
    return (unsigned)(o->fours[four / 32] >> four % 32 * 2) & 3;
}

static bool may_open_initials(const struct match_openings *o, const struct seen *seen) {
    return has_bit(o->initials[2], first_of(seen, 2)) ||
           has_bit(o->initials[3], first_of(seen, 3)) ||
           has_bit(o->initials[FOUR], first_of(seen, FOUR));
}

/* A term in Latin letters ends where a word does, so one of few letters is looked for there alone;
 * and initials where a word has one letter. */
static bool may_open_latin(const struct match_openings *o, const struct fold *fold, size_t at) {
    const struct seen seen = look(&fold->marks[at]);
    unsigned four = fours_at(o, first_of(&seen, FOUR));
    unsigned shorts = (unsigned)has_bit(o->ends[2], first_of(&seen, 2)) << 2 |
                      (unsigned)has_bit(o->ends[3], first_of(&seen, 3)) << 3 | four >> 1 << 4;
    if ((shorts & seen.ends) != 0 || seen.has_other) return true;
    if ((seen.ends & seen.ends >> 1 & 0xF) != 0 && may_open_initials(o, &seen)) return true;
    if ((four & FOUR_GOES_ON) == 0) return false;
    uint32_t five = seen.letters >> LETTER_BITS << LETTER_BITS;
    return has_bit(o->sixes, six_of(seen.letters)) ||
           ((seen.ends >> 5 & 1) != 0 && has_bit(o->sixes, six_of(five)));
}

bool match_may_open(const struct matcher *m, const struct fold *fold, size_t at) {
    uint32_t letter = fold->letters[at].letter;
    if (fold_is_latin(letter)) return may_open_latin(&m->openings, fold, at);
    if (!fold_is_syllable(letter)) return true;
    if (at + 1 == fold->count || fold->letters[at + 1].gap > MATCH_GAP_MAX) return false;
    uint32_t next = fold->letters[at + 1].letter;
    return !fold_is_syllable(next) || has_bit(m->openings.pairs, pair_of(letter, next));
}

bool match_may_sound(const struct matcher *m, const struct fold *fold, size_t at) {
    uint32_t letter = fold->letters[at].letter;
    if (!fold_is_syllable(letter)) return true;
    if (at + 1 == fold->count || fold->letters[at + 1].gap > MATCH_GAP_MAX) return false;
    uint32_t next = fold->letters[at + 1].letter;
    return !fold_is_syllable(next) ||
           has_bit(m->openings.sounds, sounds_of(match_sound(letter), match_sound(next)));
}
