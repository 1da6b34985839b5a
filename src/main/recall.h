/* recall.h: what a withdrawal takes away, and the proof that it did.
 *
 * Collected from the live pressing before it changes: every page says which clearances it contains,
 * so what holds something of a story is known to the last picture form and search segment. The
 * story itself, as the archive has it, says what to look for afterwards.
 *
 * Nothing here stands in the way of a withdrawal: it takes effect first, and what fails here is
 * told. */
#pragma once

#include "main/pressroom.h"

struct recall_line {
    str text;
    struct recall_line *next;
};
struct recall_list {
    struct recall_line *first;
    struct recall_line **end;
    size_t count;
};
/* What is looked for, as many as fit one question to the gate. */
struct recall_needle {
    const char *what; /* "address", "title", "passage", "picture" */
    str text;         /* in words */
    str bytes;
};

struct recall {
    struct site *site;
    struct recall_list items;      /* keys of what is called back */
    struct recall_list addresses;  /* paths that lead to it */
    struct recall_list pictures;   /* forms of pictures that only it shows */
    struct recall_list segments;   /* of the search */
    struct recall_list anew;       /* other pages with something of it, which are made without it */
    struct recall_list packs;      /* files that hold any of that */
    struct recall_list kept;       /* pieces that a story which stays tells as well, and its key */
    struct recall_list short_ones; /* what is too short to be looked for */
    struct recall_needle *needles;
    size_t needle_count;
    size_t versions; /* of `items` that the archive has */
};

/* Collects for the items `ended`, and for the one named (`key`, also "12/" + "*", or empty).
 * Reads alone. Texts live in the run's arena. fails: as pressing_open_current (that nothing is live
 * is no failure), ERR_IO, ERR_NO_MEMORY ... */
err recall_collect(struct site *site, const struct gate_keys *ended, str key,
                   struct recall *ret_recall) MUST_USE;

/* The proof: what is live now, read by the gate. */
struct recall_proof {
    struct gate_sought sought;
    str *files; /* their names, by the number that is found */
    size_t file_count;
    size_t found;             /* needles that were found */
    struct recall_list still; /* addresses that lead somewhere still */
    bool is_dark;             /* nothing is live */
};
/* fails: as pressing_open_current and site_ask. */
err recall_prove(const struct recall *recall, struct recall_proof *ret_proof) MUST_USE;

/* The three lists, unless `recall` is NULL; then the proof, unless it is NULL: `failed` says why
 * there is none. In a drill the proof is about what is live still, and says whether the pieces are
 * worth looking for. */
struct recall_told {
    struct arena *a;
    const struct recall *recall;
    const struct recall_proof *proof;
    err failed;
    bool is_drill;
};
err recall_print(const struct recall_told *told) MUST_USE;
/* The same as members of a JSON object, without its braces. */
err recall_print_json(const struct recall_told *told) MUST_USE;
