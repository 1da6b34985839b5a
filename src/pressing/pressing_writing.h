/* pressing_writing.h: what the files of the writer share.
 *
 * A page is a DRAFT until the end: the record it will have, but `pack` counts the packs of the base
 * first and the writer's own behind them. A draft is RECORDED in the contents of one of our own
 * packs, or it was kept and the contents of the base's packs still tell of it. */
#pragma once

#include "pressing/pressing_impl.h"

enum {
    WRITER_MEMORY_MAX = 1 << 30,
    TEXTS_MAX = 1 << 30,
    PACK_BUFFER = 1 << 18,
    PACK_NEXT_BYTES = 32 << 20, /* a pack this large is closed; twice that after 32 packs, ... */
    PACK_NEXT_STEP = 32,
    NUMBER_NONE = -1,
    PAGES_MORE = 256,       /* than the base has; a guess at how much room is needed */
    PATH_BYTES_USUAL = 100, /* likewise */
    RECORDED_NOT = -1,
};

/* A growing array in the writer's arena. */
struct table {
    void *items;
    size_t count;
    size_t room;
};

/* Open addressing from a 32-byte hash to a number; as empty as half full at least. */
struct number_map {
    int64_t *slots;
    size_t size;
    size_t count;
};

struct draft {
    struct index_page page;
    int32_t recorded; /* number of the own pack, or RECORDED_NOT */
};

struct pressing_writer {
    const struct sys *sys;
    struct arena arena;
    int folder;
    const struct pressing *base; /* or NULL */
    bool is_finished;
    bool is_broken; /* something failed half way: fit to be closed alone */
    int64_t created;
    uint64_t serial;

    struct table drafts;     /* struct draft */
    struct table references; /* uint32_t */
    struct table clearances; /* PRESSING_HASH_BYTES each */
    struct buf texts;
    struct number_map bodies;      /* of a body's hash: the first draft that has it */
    struct number_map base_bodies; /* of a body's hash: a page of the base */
    struct number_map declared;    /* of a clearance's hash: its number */
    uint32_t *declared_base;       /* of a clearance of the base: its number and 1, or 0 */

    struct table packs; /* struct index_pack: our own, closed ones first */
    int pack;           /* the one that is open, or -1 */
    uint64_t pack_size;
    struct hasher hasher;
    size_t buffered;
    char buffer[PACK_BUFFER];
};

struct draft *draft_of(const struct pressing_writer *writer, size_t number);
size_t base_pack_count(const struct pressing_writer *writer);
err table_add(struct arena *a, struct table *table, size_t size, void **ret_item) MUST_USE;
err pack_begin(struct pressing_writer *writer) MUST_USE; /* when none is open */
err pack_add(struct pressing_writer *writer, str bytes, uint64_t *ret_at) MUST_USE;
/* Before a body: closes a pack that is large enough, and sees to it that one is open. */
err pack_make_room(struct pressing_writer *writer) MUST_USE;
uint32_t
pack_number(const struct pressing_writer *writer); /* of the own pack that is being filled */

/* Adds a page of another listing as a draft that is not yet recorded; its clearances are declared
 * and its bytes lie where `place` says. */
err writer_add_listed(struct pressing_writer *writer, struct listed listed,
                      const struct index_page *place) MUST_USE;
err writer_begin(const struct sys *sys, int folder, struct pressing_writer **ret_writer) MUST_USE;

err writer_finish(struct pressing_writer *writer, struct arena *a, str *ret_name) MUST_USE;

/* A listing to be written: the pages, each with its place in the file to come. */
struct listing_plan {
    struct index_header header; /* serial, created, is_last; the rest is filled in */
    const struct index_pack *packs;
    const struct index_page *pages; /* in order of paths; texts and references are the writer's */
    size_t page_count;
    const str *ended; /* paths of records that end one, in order; contents alone have them */
    size_t ended_count;
};
/* *ret_bytes lives in `a`. */
err listing_write(const struct pressing_writer *writer, struct arena *a,
                  const struct listing_plan *plan, str *ret_bytes) MUST_USE;

/* Writes the contents of the pack that is open and closes it. With `plan` it is the last one. */
struct last_plan {
    const struct index_pack *packs; /* the others of the pressing */
    size_t pack_count;
    const str *ended;
    size_t ended_count;
};
err pack_end(struct pressing_writer *writer, const struct last_plan *last) MUST_USE;

/* Writes NAME.index and syncs it; the name is chosen here. *ret_name lives in `a`. */
err index_write(struct pressing_writer *writer, struct arena *a, const struct listing_plan *plan,
                str *ret_name) MUST_USE;
