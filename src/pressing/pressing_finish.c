/* pressing_finish.c: which packs of the base stay, what moves out of those that do not, and what
 * the last contents must say so that the packs alone tell it all (pressing_repair.c). */
#include <stdlib.h>

#include "pressing/pressing_writing.h"

enum {
    SMALL_PACK_BYTES = 4 << 20,
    SMALL_PACKS_MAX = 8, /* more are made one */
    PACKS_MANY = 128,    /* of the base; then the smallest are rewritten until FEWER stay */
    PACKS_FEWER = 64,
};

struct finish {
    struct pressing_writer *writer;
    struct arena *a;
    struct listing shown; /* what the index will say, but for where bytes lie; page i is draft i */
    struct contents contents[PRESSING_PACKS_MAX]; /* of the packs of the base */
    bool stays[PRESSING_PACKS_MAX];
    str *ended; /* paths of records that end one, in order */
    size_t ended_count;
    struct index_pack packs[PRESSING_PACKS_MAX]; /* of the new pressing */
    size_t pack_count;
};

/* ---- In order -------------------------------------------------------------------------------- */

static str path_of(const struct pressing_writer *writer, const struct draft *draft) {
    return (str){writer->texts.ptr + draft->page.path_at, draft->page.path_len};
}

static int by_path(const void *a, const void *b, void *context) {
    return str_cmp(path_of(context, a), path_of(context, b));
}

static err sort_drafts(struct pressing_writer *writer) {
    if (writer->drafts.count == 0) return OK;
    qsort_r(writer->drafts.items, writer->drafts.count, sizeof(struct draft), by_path, writer);
    for (size_t i = 1; i < writer->drafts.count; i++) {
        str path = path_of(writer, draft_of(writer, i));
        if (str_eq(path, path_of(writer, draft_of(writer, i - 1)))) {
            FAIL(ERR_EXISTS, STR_FMT ": two pages have this path", STR_ARG(path));
        }
    }
    return OK;
}

/* The drafts' pages as an index has them. */
static err plan_pages(const struct finish *f, struct listing_plan *ret_plan) {
    const struct pressing_writer *writer = f->writer;
    struct index_page *pages = arena_array(f->a, writer->drafts.count, sizeof *pages);
    if (pages == NULL) FAIL(ERR_NO_MEMORY, "no memory for the index of a pressing");
    for (size_t i = 0; i < writer->drafts.count; i++) pages[i] = draft_of(writer, i)->page;
    *ret_plan = (struct listing_plan){
        .header = {.serial = writer->serial, .created = writer->created},
        .pages = pages,
        .page_count = writer->drafts.count,
    };
    return OK;
}

/* ---- Which packs stay ------------------------------------------------------------------------ */

static err read_contents(struct finish *f) {
    const struct pressing *base = f->writer->base;
    for (size_t i = 0; i < base_pack_count(f->writer); i++) {
        err e = contents_read(f->a, base->packs[i]->bytes, &f->contents[i]);
        if (e.kind != ERR_NONE) {
            return err_wrap(e, "%.*s.pack", NAME_BYTES, base->packs[i]->about.name);
        }
    }
    return OK;
}

static uint64_t size_of(const struct finish *f, size_t pack) {
    return f->writer->base->packs[pack]->about.size;
}

static void drop_small(struct finish *f, size_t count) {
    size_t small = 0;
    for (size_t i = 0; i < count; i++) small += f->stays[i] && size_of(f, i) < SMALL_PACK_BYTES;
    for (size_t i = 0; i < count && small > SMALL_PACKS_MAX; i++) {
        if (size_of(f, i) < SMALL_PACK_BYTES) f->stays[i] = false;
    }
}

static void drop_many(struct finish *f, size_t count) {
    size_t staying = 0;
    for (size_t i = 0; i < count; i++) staying += f->stays[i];
    if (staying <= PACKS_MANY) return;
    for (; staying > PACKS_FEWER; staying--) {
        size_t smallest = count;
        for (size_t i = 0; i < count; i++) {
            if (!f->stays[i]) continue;
            if (smallest == count || size_of(f, i) < size_of(f, smallest)) smallest = i;
        }
        f->stays[smallest] = false;
    }
}

/* pressing.h, pressing_writer_finish, says the rules. */
static err choose_packs(struct finish *f) {
    struct census census;
    size_t count = base_pack_count(f->writer);
    TRY(census_take(f->a, &f->shown, &census));
    for (uint32_t i = 0; i < count; i++) {
        const struct index_page *left = NULL;
        uint64_t bodies = f->contents[i].begin - PACK_HEAD_BYTES;
        uint64_t live = census_live(&census, i);
        bool is_half_dead = live < bodies / 2;
        f->stays[i] = !is_half_dead && !census_leftover(&census, i, &f->contents[i], &left);
    }
    drop_small(f, count);
    drop_many(f, count);
    return OK;
}

/* ---- What moves ------------------------------------------------------------------------------ */

static err move_body(struct pressing_writer *writer, struct draft *draft) {
    struct index_page *page = &draft->page;
    unsigned char hash[PRESSING_HASH_BYTES];
    struct pack *pack = writer->base->packs[page->pack];
    str bytes = {pack->bytes.ptr + page->at, (size_t)page_size(page)};
    hash_bytes(str_slice(bytes, 0, page->body_len), hash);
    if (memcmp(hash, page->hash, sizeof hash) != 0) {
        FAIL(ERR_INVALID, STR_FMT ": its bytes are damaged in %.*s.pack",
             STR_ARG(path_of(writer, draft)), NAME_BYTES, pack->about.name);
    }
    TRY(pack_make_room(writer));
    TRY(pack_add(writer, bytes, &page->at));
    pack_was_read(pack, bytes.len);
    return OK;
}

/* Bytes of pages that are shown leave the packs that do not stay, in the order they lie there. */
static err move_bodies(struct finish *f) {
    struct pressing_writer *writer = f->writer;
    struct place *places = arena_array(f->a, writer->drafts.count, sizeof *places);
    size_t count = 0;
    const struct draft *moved = NULL;
    if (places == NULL) FAIL(ERR_NO_MEMORY, "no memory to make packs anew");
    for (uint32_t i = 0; i < writer->drafts.count; i++) {
        const struct index_page *page = &draft_of(writer, i)->page;
        bool is_of_base = page->body_len > 0 && page->pack < base_pack_count(writer);
        if (!is_of_base || f->stays[page->pack]) continue;
        places[count++] = (struct place){page->pack, i, page->at};
    }
    sort_things(places, count, sizeof *places, place_order);
    for (size_t i = 0; i < count; i++) {
        struct draft *draft = draft_of(writer, places[i].page);
        bool is_moved = i > 0 && place_order(&places[i - 1], &places[i]) == 0;
        if (is_moved)
            draft->page.at = moved->page.at;
        else
            TRY(move_body(writer, draft));
        draft->recorded = (int32_t)pack_number(writer);
        draft->page.pack = (uint32_t)base_pack_count(writer) + pack_number(writer);
        moved = draft;
    }
    return OK;
}

/* ---- What the packs tell --------------------------------------------------------------------- */

static err end_path(struct finish *f, const struct resolved *entry) {
    char hex[2 * PRESSING_HASH_BYTES + 1];
    sodium_bin2hex(hex, sizeof hex, entry->key, sizeof entry->key);
    return arena_printf(f->a, &f->ended[f->ended_count++], ENDED_PREFIX "%s", hex);
}

/* Records in the last pack what the staying packs do not tell, or tell wrongly, and ends the paths
 * that they still tell of. Entries are in order of keys, so paths made of their hex are too. */
static err record_rest(struct finish *f) {
    struct pressing_writer *writer = f->writer;
    struct contents *staying = arena_array(f->a, PRESSING_PACKS_MAX, sizeof *staying);
    bool *is_told = arena_array(f->a, writer->drafts.count, sizeof *is_told);
    struct resolved *entries = NULL;
    size_t count = 0;
    size_t entry_count = 0;
    if (staying == NULL || is_told == NULL) FAIL(ERR_NO_MEMORY, "no memory for contents");
    for (size_t i = 0; i < base_pack_count(writer); i++) {
        if (f->stays[i]) staying[count++] = f->contents[i];
    }
    TRY(contents_resolve(f->a, staying, count, &entries, &entry_count));
    f->ended = arena_array(f->a, entry_count, sizeof *f->ended);
    if (f->ended == NULL) FAIL(ERR_NO_MEMORY, "no memory for contents");
    for (size_t i = 0; i < entry_count; i++) {
        const struct listing *list = &entries[i].contents->list;
        const struct index_page *page = entries[i].page;
        size_t number = 0;
        if (page->status == STATUS_ENDED) continue;
        if (!listing_find(&f->shown, listing_path(list, page), &number)) {
            TRY(end_path(f, &entries[i]));
            continue;
        }
        is_told[number] = listed_are_alike((struct listed){list, page},
                                           (struct listed){&f->shown, &f->shown.pages[number]});
    }
    for (size_t i = 0; i < writer->drafts.count; i++) {
        struct draft *draft = draft_of(writer, i);
        if (draft->recorded == RECORDED_NOT && !is_told[i]) {
            draft->recorded = (int32_t)pack_number(writer);
        }
    }
    return OK;
}

/* ---- The last pack and the index ------------------------------------------------------------- */

static bool needs_last(const struct finish *f) {
    const struct pressing_writer *writer = f->writer;
    bool needs = writer->packs.count > 0 || f->ended_count > 0;
    for (size_t i = 0; i < base_pack_count(writer); i++) needs = needs || !f->stays[i];
    for (size_t i = 0; i < writer->drafts.count; i++) {
        needs = needs || draft_of(writer, i)->recorded == (int32_t)pack_number(writer);
    }
    return needs;
}

static err list_pack(struct finish *f, const struct index_pack *pack) {
    if (f->pack_count == PRESSING_PACKS_MAX) FAIL(ERR_LIMIT, "a pressing has too many packs");
    f->packs[f->pack_count++] = *pack;
    return OK;
}

/* The packs of the new pressing in its order, and each draft's pack by its number there. */
static err write_packs(struct finish *f) {
    struct pressing_writer *writer = f->writer;
    size_t base_count = base_pack_count(writer);
    uint32_t numbers[PRESSING_PACKS_MAX] = {0};
    for (size_t i = 0; i < base_count; i++) {
        numbers[i] = (uint32_t)f->pack_count;
        if (f->stays[i]) TRY(list_pack(f, &writer->base->packs[i]->about));
    }
    uint32_t staying = (uint32_t)f->pack_count;
    if (needs_last(f)) {
        if (writer->pack < 0) TRY(pack_begin(writer));
        const struct index_pack *own = writer->packs.items;
        for (size_t i = 0; i + 1 < writer->packs.count; i++) TRY(list_pack(f, &own[i]));
        const struct last_plan last = {f->packs, f->pack_count, f->ended, f->ended_count};
        TRY(pack_end(writer, &last));
        TRY(list_pack(f, &own[writer->packs.count - 1]));
    }
    for (size_t i = 0; i < writer->drafts.count; i++) {
        struct index_page *page = &draft_of(writer, i)->page;
        if (page->body_len == 0) continue;
        page->pack = page->pack < base_count ? numbers[page->pack]
                                             : page->pack - (uint32_t)base_count + staying;
    }
    return OK;
}

static err write_index(struct finish *f, struct arena *a, str *ret_name) {
    struct listing_plan plan;
    TRY(plan_pages(f, &plan));
    plan.header.pack_count = (uint32_t)f->pack_count;
    plan.packs = f->packs;
    return index_write(f->writer, a, &plan, ret_name);
}

static err finish(struct finish *f, struct arena *a, str *ret_name) {
    struct listing_plan plan;
    str bytes;
    size_t size = 0;
    TRY(sort_drafts(f->writer));
    if (f->writer->base != NULL) {
        TRY(plan_pages(f, &plan));
        TRY(listing_write(f->writer, f->a, &plan, &bytes));
        TRY(listing_lay(bytes, &f->shown, &size));
        TRY(read_contents(f));
        TRY(choose_packs(f));
        TRY(move_bodies(f));
        TRY(record_rest(f));
    }
    TRY(write_packs(f));
    return write_index(f, a, ret_name);
}

err writer_finish(struct pressing_writer *writer, struct arena *a, str *ret_name) {
    CLEANUP(arena_done) struct arena scratch;
    arena_init(&scratch, writer->sys, WRITER_MEMORY_MAX);
    struct finish *f = arena_alloc(&scratch, sizeof *f);
    if (f == NULL) FAIL(ERR_NO_MEMORY, "no memory to finish a pressing");
    *f = (struct finish){.writer = writer, .a = &scratch};
    return finish(f, a, ret_name);
}
