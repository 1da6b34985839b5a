/* pressing_writer.c: pages as they come. Bodies go to the pack at once; what the index needs of a
 * page is 80 bytes and its path, kept until the end and sorted then (pressing_finish.c). */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "pressing/pressing_writing.h"

/* ---- Tables and maps ------------------------------------------------------------------------- */

err table_add(struct arena *a, struct table *table, size_t size, void **ret_item) {
    if (table->count == table->room) {
        size_t room = table->room == 0 ? 64 : table->room * 2;
        void *grown = arena_grow(a, table->items, table->room * size, room * size);
        if (grown == NULL) FAIL(ERR_NO_MEMORY, "no memory for the index of a pressing");
        table->items = grown;
        table->room = room;
    }
    *ret_item = (char *)table->items + table->count++ * size;
    return OK;
}

/* Room for `room` things at once. */
static err table_reserve(struct arena *a, struct table *table, size_t size, size_t room) {
    table->items = arena_array(a, room, size);
    if (table->items == NULL) FAIL(ERR_NO_MEMORY, "no memory for the index of a pressing");
    table->room = room;
    return OK;
}

struct draft *draft_of(const struct pressing_writer *writer, size_t number) {
    return (struct draft *)writer->drafts.items + number;
}

size_t base_pack_count(const struct pressing_writer *writer) {
    return writer->base == NULL ? 0 : writer->base->list.header->pack_count;
}

/* The hash of the thing a number stands for, so that the map itself need not keep it. */
typedef const unsigned char *hash_of(const struct pressing_writer *writer, int64_t number);

static const unsigned char *body_hash(const struct pressing_writer *writer, int64_t number) {
    return draft_of(writer, (size_t)number)->page.hash;
}

static const unsigned char *base_hash(const struct pressing_writer *writer, int64_t number) {
    return writer->base->list.pages[number].hash;
}

static const unsigned char *declared_hash(const struct pressing_writer *writer, int64_t number) {
    return (const unsigned char *)writer->clearances.items + (size_t)number * PRESSING_HASH_BYTES;
}

static int64_t *map_slot(const struct pressing_writer *writer, const struct number_map *map,
                         hash_of *hash_of_number, const unsigned char *hash) {
    uint64_t start = 0;
    memcpy(&start, hash, sizeof start);
    for (size_t i = (size_t)start & (map->size - 1);; i = (i + 1) & (map->size - 1)) {
        int64_t number = map->slots[i];
        if (number == NUMBER_NONE) return &map->slots[i];
        if (memcmp(hash_of_number(writer, number), hash, PRESSING_HASH_BYTES) == 0) {
            return &map->slots[i];
        }
    }
}

static err map_resize(struct pressing_writer *writer, struct number_map *map, hash_of *of,
                      size_t size) {
    struct number_map grown = {.size = size};
    grown.slots = arena_array(&writer->arena, grown.size, sizeof *grown.slots);
    if (grown.slots == NULL) FAIL(ERR_NO_MEMORY, "no memory for the index of a pressing");
    for (size_t i = 0; i < grown.size; i++) grown.slots[i] = NUMBER_NONE;
    for (size_t i = 0; i < map->size; i++) {
        if (map->slots[i] == NUMBER_NONE) continue;
        *map_slot(writer, &grown, of, of(writer, map->slots[i])) = map->slots[i];
        grown.count++;
    }
    *map = grown;
    return OK;
}

/* Makes sure that one more number fits. */
static err map_reserve(struct pressing_writer *writer, struct number_map *map, hash_of *of) {
    if (map->size > 0 && map->count * 2 < map->size) return OK;
    return map_resize(writer, map, of, map->size == 0 ? 256 : map->size * 2);
}

/* Room for as many numbers as the base has: most of them come again. */
static err map_prepare(struct pressing_writer *writer, struct number_map *map, hash_of *of,
                       size_t count) {
    size_t size = 256;
    while (size / 2 <= count) size *= 2;
    return map_resize(writer, map, of, size);
}

/* ---- Life cycle ------------------------------------------------------------------------------ */

err writer_begin(const struct sys *sys, int folder, struct pressing_writer **ret_writer) {
    struct pressing_writer *writer = sys->alloc(sys->ctx, sizeof *writer);
    if (writer == NULL) FAIL(ERR_NO_MEMORY, "no memory to begin a pressing");
    memset(writer, 0, sizeof *writer);
    writer->sys = sys;
    writer->folder = folder;
    writer->pack = -1;
    writer->created = sys->now_seconds(sys->ctx);
    writer->serial = 1;
    arena_init(&writer->arena, sys, WRITER_MEMORY_MAX);
    buf_init(&writer->texts, &writer->arena, TEXTS_MAX);
    *ret_writer = writer;
    return OK;
}

/* A pressing upon another is about as large. */
static err prepare(struct pressing_writer *writer, const struct index_header *base) {
    struct arena *a = &writer->arena;
    size_t pages = base->page_count + PAGES_MORE;
    writer->declared_base = arena_array(a, base->clearance_count, sizeof *writer->declared_base);
    if (writer->declared_base == NULL) FAIL(ERR_NO_MEMORY, "no memory for the index of a pressing");
    TRY(table_reserve(a, &writer->drafts, sizeof(struct draft), pages));
    TRY(table_reserve(a, &writer->references, sizeof(uint32_t),
                      base->reference_count + PAGES_MORE));
    TRY(table_reserve(a, &writer->clearances, PRESSING_HASH_BYTES,
                      base->clearance_count + PAGES_MORE));
    TRY(map_prepare(writer, &writer->bodies, body_hash, pages));
    TRY(map_prepare(writer, &writer->base_bodies, base_hash, pages));
    TRY(map_prepare(writer, &writer->declared, declared_hash, base->clearance_count));
    buf_reserve(&writer->texts, base->texts_size + PAGES_MORE * PATH_BYTES_USUAL);
    return OK;
}

static err meet_base(struct pressing_writer *writer, const struct pressing *base) {
    const struct listing *list = &base->list;
    TRY(prepare(writer, list->header));
    if (list->header->serial == UINT64_MAX)
        FAIL(ERR_LIMIT, "no pressing can be made upon the last");
    writer->serial = list->header->serial + 1;
    if (writer->created < list->header->created) writer->created = list->header->created;
    writer->base = base;
    for (size_t i = 0; i < list->header->page_count; i++) {
        if (list->pages[i].body_len == 0) continue;
        TRY(map_reserve(writer, &writer->base_bodies, base_hash));
        int64_t *slot = map_slot(writer, &writer->base_bodies, base_hash, list->pages[i].hash);
        if (*slot != NUMBER_NONE) continue;
        *slot = (int64_t)i;
        writer->base_bodies.count++;
    }
    return OK;
}

err pressing_writer_open(const struct sys *sys, int folder, const struct pressing *base,
                         struct pressing_writer **ret_writer) {
    CLEANUP(pressing_writer_close) struct pressing_writer *writer = NULL;
    TRY(writer_begin(sys, folder, &writer));
    if (base != NULL) TRY(meet_base(writer, base));
    *ret_writer = writer;
    writer = NULL; /* the caller's now: the cleanup finds nothing */
    return OK;
}

void pressing_writer_close(struct pressing_writer **closed) {
    struct pressing_writer *writer = *closed;
    *closed = NULL;
    if (writer == NULL) return;
    const struct index_pack *packs = writer->packs.items;
    for (size_t i = 0; i < writer->packs.count && !writer->is_finished; i++) {
        char path[NAME_BYTES + sizeof ".pack"] = {0};
        memcpy(path, packs[i].name, NAME_BYTES);
        memcpy(path + NAME_BYTES, ".pack", sizeof ".pack");
        /* Benign when it fails: pressing_sweep finds the litter. */
        writer->sys->unlink(writer->sys->ctx, writer->folder, path);
    }
    if (writer->pack >= 0) writer->sys->close(writer->sys->ctx, writer->pack);
    arena_done(&writer->arena);
    writer->sys->free(writer->sys->ctx, writer);
}

/* After a failure half way, offsets and maps may be ahead of the files: nothing may follow. */
static err remember(struct pressing_writer *writer, err e) {
    if (e.kind != ERR_NONE) writer->is_broken = true;
    return e;
}

static err check_whole(const struct pressing_writer *writer) {
    if (writer->is_broken || writer->is_finished) {
        FAIL(ERR_IO, "this pressing is %s", writer->is_broken ? "broken off" : "finished");
    }
    return OK;
}

/* ---- Clearances ------------------------------------------------------------------------------ */

static err declare(struct pressing_writer *writer, const unsigned char *hash,
                   uint32_t *ret_number) {
    TRY(map_reserve(writer, &writer->declared, declared_hash));
    int64_t *slot = map_slot(writer, &writer->declared, declared_hash, hash);
    if (*slot == NUMBER_NONE) {
        void *item = NULL;
        if (writer->clearances.count >= CLEARANCE_COUNT_MAX) {
            FAIL(ERR_LIMIT, "a pressing has too many clearances");
        }
        TRY(table_add(&writer->arena, &writer->clearances, PRESSING_HASH_BYTES, &item));
        memcpy(item, hash, PRESSING_HASH_BYTES);
        *slot = (int64_t)writer->clearances.count - 1;
        writer->declared.count++;
    }
    *ret_number = (uint32_t)*slot;
    return OK;
}

/* The same for a clearance of the base, looked for once. */
static err declare_again(struct pressing_writer *writer, uint32_t base_number,
                         uint32_t *ret_number) {
    uint32_t *known = &writer->declared_base[base_number];
    if (*known == 0) {
        TRY(declare(writer, listing_clearance(&writer->base->list, base_number), ret_number));
        *known = *ret_number + 1;
    }
    *ret_number = *known - 1;
    return OK;
}

err pressing_writer_clearance(struct pressing_writer *writer,
                              const unsigned char hash[PRESSING_HASH_BYTES], uint32_t *ret_number) {
    TRY(check_whole(writer));
    return remember(writer, declare(writer, hash, ret_number));
}

/* ---- Pages ----------------------------------------------------------------------------------- */

static err check_page(const struct pressing_writer *writer, const struct pressing_page *page) {
    bool is_redirect = page->status == 301;
    bool is_known =
        is_redirect || page->status == 200 || page->status == 404 || page->status == 410;
    bool has_forms = page->gzip.len > 0 || page->brotli.len > 0;
    if (!pressing_path_is_sound(page->path) || str_starts(page->path, STR(ENDED_PREFIX))) {
        FAIL(ERR_INVALID, "'" STR_FMT "' is not a path", STR_ARG(page->path));
    }
    if (!is_known || page->type >= PRESSING_TYPE_COUNT || (page->location.len > 0) != is_redirect ||
        (is_redirect && page->body.len > 0) || (page->body.len == 0 && has_forms) ||
        page->location.len > PRESSING_LOCATION_MAX || !pressing_location_is_sound(page->location)) {
        FAIL(ERR_INVALID, STR_FMT ": no page of status %u is like this", STR_ARG(page->path),
             page->status);
    }
    if (page->body.len > PRESSING_BODY_MAX || page->gzip.len > PRESSING_BODY_MAX ||
        page->brotli.len > PRESSING_BODY_MAX) {
        FAIL(ERR_LIMIT, STR_FMT ": a page of %zu bytes is over the limit of %d",
             STR_ARG(page->path), page->body.len, PRESSING_BODY_MAX);
    }
    for (uint32_t i = 0; i < page->clearance_count; i++) {
        if (page->clearances[i] >= writer->clearances.count) {
            FAIL(ERR_INVALID, STR_FMT ": contains a clearance that was not declared",
                 STR_ARG(page->path));
        }
    }
    if (writer->drafts.count >= PAGE_COUNT_MAX) FAIL(ERR_LIMIT, "a pressing has too many pages");
    return OK;
}

static err texts_add(struct pressing_writer *writer, str text, uint32_t *ret_at) {
    size_t at = writer->texts.len;
    buf_add(&writer->texts, text);
    TRY(buf_check(&writer->texts));
    *ret_at = (uint32_t)at;
    return OK;
}

static int reference_order(const void *a, const void *b, void *hashes) {
    const unsigned char *all = hashes;
    const uint32_t *left = a;
    const uint32_t *right = b;
    return memcmp(all + (size_t)*left * PRESSING_HASH_BYTES,
                  all + (size_t)*right * PRESSING_HASH_BYTES, PRESSING_HASH_BYTES);
}

/* In one order always, so that equal pages have equal references whoever wrote them. */
static err references_add(struct pressing_writer *writer, const uint32_t *numbers, uint32_t count,
                          struct index_page *page) {
    if (count > UINT32_MAX - writer->references.count) {
        FAIL(ERR_LIMIT, "the pages of a pressing contain too much");
    }
    page->reference_at = (uint32_t)writer->references.count;
    page->reference_count = count;
    for (uint32_t i = 0; i < count; i++) {
        void *item = NULL;
        TRY(table_add(&writer->arena, &writer->references, sizeof(uint32_t), &item));
        memcpy(item, &numbers[i], sizeof(uint32_t));
    }
    if (count > 1) {
        qsort_r((uint32_t *)writer->references.items + page->reference_at, count, sizeof(uint32_t),
                reference_order, writer->clearances.items);
    }
    return OK;
}

static void take_place(struct index_page *page, const struct index_page *from) {
    page->pack = from->pack;
    page->at = from->at;
    page->body_len = from->body_len;
    page->gzip_len = from->gzip_len;
    page->brotli_len = from->brotli_len;
}

/* The draft that is about to be added is the first with its body. */
static err note_body(struct pressing_writer *writer, const struct index_page *page) {
    TRY(map_reserve(writer, &writer->bodies, body_hash));
    int64_t *slot = map_slot(writer, &writer->bodies, body_hash, page->hash);
    if (*slot == NUMBER_NONE) {
        *slot = (int64_t)writer->drafts.count;
        writer->bodies.count++;
    }
    return OK;
}

static const struct index_page *find_in_base(const struct pressing_writer *writer,
                                             const struct index_page *page) {
    if (writer->base_bodies.size == 0) return NULL;
    int64_t number = *map_slot(writer, &writer->base_bodies, base_hash, page->hash);
    if (number == NUMBER_NONE) return NULL;
    const struct index_page *found = &writer->base->list.pages[number];
    bool has_same_forms =
        found->gzip_len == page->gzip_len && found->brotli_len == page->brotli_len;
    return has_same_forms ? found : NULL;
}

/* Puts body and forms into the pack, or finds them: in this pressing, or in its base. */
static err place_body(struct pressing_writer *writer, const struct pressing_page *page,
                      struct index_page *record) {
    hash_bytes(page->body, record->hash);
    if (page->body.len == 0) return OK;
    record->body_len = (uint32_t)page->body.len;
    record->gzip_len = (uint32_t)page->gzip.len;
    record->brotli_len = (uint32_t)page->brotli.len;
    TRY(map_reserve(writer, &writer->bodies, body_hash));
    int64_t number = *map_slot(writer, &writer->bodies, body_hash, record->hash);
    if (number != NUMBER_NONE) {
        take_place(record, &draft_of(writer, (size_t)number)->page);
        return OK;
    }
    const struct index_page *found = find_in_base(writer, record);
    if (found != NULL) {
        take_place(record, found);
    } else {
        uint64_t at = 0;
        TRY(pack_make_room(writer));
        record->pack = (uint32_t)base_pack_count(writer) + pack_number(writer);
        TRY(pack_add(writer, page->body, &record->at));
        TRY(pack_add(writer, page->gzip, &at));
        TRY(pack_add(writer, page->brotli, &at));
    }
    return note_body(writer, record);
}

static err add_page(struct pressing_writer *writer, const struct pressing_page *page) {
    struct draft draft = {.page = {.path_len = (uint16_t)page->path.len,
                                   .location_len = (uint16_t)page->location.len,
                                   .status = page->status,
                                   .type = (uint16_t)page->type}};
    void *item = NULL;
    TRY(texts_add(writer, page->path, &draft.page.path_at));
    TRY(texts_add(writer, page->location, &draft.page.location_at));
    TRY(references_add(writer, page->clearances, page->clearance_count, &draft.page));
    TRY(place_body(writer, page, &draft.page));
    draft.recorded = (int32_t)pack_number(writer);
    TRY(table_add(&writer->arena, &writer->drafts, sizeof draft, &item));
    memcpy(item, &draft, sizeof draft);
    return OK;
}

err pressing_writer_page(struct pressing_writer *writer, const struct pressing_page *page) {
    TRY(check_whole(writer));
    TRY(check_page(writer, page));
    return remember(writer, add_page(writer, page));
}

err writer_add_listed(struct pressing_writer *writer, struct listed listed,
                      const struct index_page *place) {
    struct draft draft = {.page = *listed.page, .recorded = RECORDED_NOT};
    struct index_page *page = &draft.page;
    void *item = NULL;
    if (writer->drafts.count >= PAGE_COUNT_MAX) FAIL(ERR_LIMIT, "a pressing has too many pages");
    take_place(page, place);
    TRY(texts_add(writer, listing_path(listed.listing, listed.page), &page->path_at));
    TRY(texts_add(writer, listing_location(listed.listing, listed.page), &page->location_at));
    page->reference_at = (uint32_t)writer->references.count;
    if (page->reference_count > UINT32_MAX - page->reference_at) {
        FAIL(ERR_LIMIT, "the pages of a pressing contain too much");
    }
    for (uint32_t i = 0; i < page->reference_count; i++) {
        uint32_t old = listed.listing->references[listed.page->reference_at + i];
        uint32_t number = 0;
        if (writer->base != NULL && listed.listing == &writer->base->list)
            TRY(declare_again(writer, old, &number));
        else
            TRY(declare(writer, listing_clearance(listed.listing, old), &number));
        TRY(table_add(&writer->arena, &writer->references, sizeof number, &item));
        memcpy(item, &number, sizeof number);
    }
    if (page->body_len > 0) TRY(note_body(writer, page));
    TRY(table_add(&writer->arena, &writer->drafts, sizeof draft, &item));
    memcpy(item, &draft, sizeof draft);
    return OK;
}

static err keep(struct pressing_writer *writer, size_t number) {
    const struct listing *list = &writer->base->list;
    const struct index_page *page = &list->pages[number];
    return writer_add_listed(writer, (struct listed){list, page}, page);
}

err pressing_writer_keep(struct pressing_writer *writer, size_t number) {
    assert(writer->base != NULL && number < writer->base->list.header->page_count);
    TRY(check_whole(writer));
    return remember(writer, keep(writer, number));
}

err pressing_writer_finish(struct pressing_writer *writer, struct arena *a, str *ret_name) {
    TRY(check_whole(writer));
    TRY(remember(writer, writer_finish(writer, a, ret_name)));
    writer->is_finished = true;
    return OK;
}
