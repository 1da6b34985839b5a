/* pressing_writer.c: how a pressing comes to be. Bodies go to the pack as they come; what the index
 * needs of a page is 128 bytes and its path, kept until the end and sorted then. */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/unicode.h"
#include "pressing/pressing_impl.h"

enum { WRITER_MEMORY_MAX = 1 << 30, TEXTS_MAX = 1 << 30, PACK_BUFFER = 1 << 18, NUMBER_NONE = -1 };

/* A growing array in the writer's arena. */
struct table {
    void *items;
    size_t count;
    size_t room;
};

/* Open addressing from a 32-byte hash to a number; as empty as half full at most. */
struct number_map {
    int64_t *slots;
    size_t size;
    size_t count;
};

struct pressing_writer {
    const struct sys *sys;
    struct arena arena;
    int folder;
    int pack;
    bool is_finished;
    bool is_broken; /* something failed half way: fit to be closed alone */
    char name[NAME_BYTES + 1];
    char buffer[PACK_BUFFER];
    size_t buffered;
    uint64_t pack_size;
    int64_t created;
    struct table pages;      /* struct index_page */
    struct table references; /* uint32_t */
    struct table clearances; /* struct index_clearance */
    struct buf texts;
    struct number_map bodies;   /* of a body's hash: the first page that has it */
    struct number_map declared; /* of a clearance's hash: its number */
    struct table declared_hashes;
    struct table order; /* page numbers, sorted by path at the end */
};

static err table_add(struct arena *a, struct table *table, size_t size, void **ret_item) {
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

static struct index_page *page_of(const struct pressing_writer *writer, size_t number) {
    return (struct index_page *)writer->pages.items + number;
}

/* The hash of the thing a number stands for, so that the map itself need not keep it. */
typedef const unsigned char *hash_of(const struct pressing_writer *writer, int64_t number);

static const unsigned char *body_hash(const struct pressing_writer *writer, int64_t number) {
    return page_of(writer, (size_t)number)->hash;
}

static const unsigned char *declared_hash(const struct pressing_writer *writer, int64_t number) {
    return (const unsigned char *)writer->declared_hashes.items +
           (size_t)number * PRESSING_HASH_BYTES;
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

/* Makes sure that one more number fits. */
static err map_reserve(struct pressing_writer *writer, struct number_map *map, hash_of *of) {
    if (map->size > 0 && map->count * 2 < map->size) return OK;
    struct number_map grown = {.size = map->size == 0 ? 256 : map->size * 2};
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

static err flush_pack(struct pressing_writer *writer) {
    TRY(file_write_all(writer->sys, writer->pack, (str){writer->buffer, writer->buffered}));
    writer->buffered = 0;
    return OK;
}

static err pack_add(struct pressing_writer *writer, str bytes, uint64_t *ret_at) {
    if (bytes.len > sizeof writer->buffer - writer->buffered) TRY(flush_pack(writer));
    if (bytes.len > sizeof writer->buffer) {
        TRY(file_write_all(writer->sys, writer->pack, bytes));
    } else if (bytes.len > 0) {
        memcpy(writer->buffer + writer->buffered, bytes.ptr, bytes.len);
        writer->buffered += bytes.len;
    }
    *ret_at = writer->pack_size;
    writer->pack_size += bytes.len;
    return OK;
}

static err choose_name(struct pressing_writer *writer) {
    uint64_t chance = 0;
    if (!writer->sys->random(writer->sys->ctx, &chance, sizeof chance)) {
        FAIL(ERR_IO, "the system gives no random bytes");
    }
    writer->created = writer->sys->now_seconds(writer->sys->ctx);
    snprintf(writer->name, sizeof writer->name, "%016llx-%016llx",
             (unsigned long long)writer->created, (unsigned long long)chance);
    return OK;
}

static err file_name(struct arena *a, str name, const char *suffix, str *ret_path) {
    return arena_printf(a, ret_path, STR_FMT "%s", STR_ARG(name), suffix);
}

static err start(struct pressing_writer *writer) {
    str path;
    uint64_t at = 0;
    TRY(choose_name(writer));
    TRY(file_name(&writer->arena, str_of(writer->name), ".pack", &path));
    TRY(file_open(&writer->arena, writer->folder, path, O_WRONLY | O_CREAT | O_EXCL,
                  &writer->pack));
    return pack_add(writer, STR(PACK_HEAD), &at);
}

err pressing_writer_open(const struct sys *sys, int folder, struct pressing_writer **ret_writer) {
    CLEANUP(pressing_writer_close)
    struct pressing_writer *writer = sys->alloc(sys->ctx, sizeof *writer);
    if (writer == NULL) FAIL(ERR_NO_MEMORY, "no memory to begin a pressing");
    memset(writer, 0, sizeof *writer);
    writer->sys = sys;
    writer->folder = folder;
    writer->pack = -1;
    arena_init(&writer->arena, sys, WRITER_MEMORY_MAX);
    buf_init(&writer->texts, &writer->arena, TEXTS_MAX);
    TRY(start(writer));
    *ret_writer = writer;
    writer = NULL; /* the caller's now: the cleanup finds nothing */
    return OK;
}

void pressing_writer_close(struct pressing_writer **closed) {
    struct pressing_writer *writer = *closed;
    *closed = NULL;
    if (writer == NULL) return;
    if (writer->pack >= 0 && !writer->is_finished) {
        /* Benign when it fails: pressing_sweep finds the litter. */
        str path;
        if (file_name(&writer->arena, str_of(writer->name), ".pack", &path).kind == ERR_NONE) {
            writer->sys->unlink(writer->sys->ctx, writer->folder, path.ptr);
        }
    }
    if (writer->pack >= 0) writer->sys->close(writer->sys->ctx, writer->pack);
    arena_done(&writer->arena);
    writer->sys->free(writer->sys->ctx, writer);
}

static void hash_bytes(str bytes, unsigned char ret_hash[PRESSING_HASH_BYTES]) {
    crypto_generichash(ret_hash, PRESSING_HASH_BYTES, (const unsigned char *)bytes.ptr, bytes.len,
                       NULL, 0);
}

static err texts_add(struct pressing_writer *writer, str text, uint32_t *ret_at) {
    size_t at = writer->texts.len;
    buf_add(&writer->texts, text);
    TRY(buf_check(&writer->texts));
    *ret_at = (uint32_t)at;
    return OK;
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

static err declare(struct pressing_writer *writer, str bytes, uint32_t *ret_number) {
    unsigned char hash[PRESSING_HASH_BYTES];
    hash_bytes(bytes, hash);
    TRY(map_reserve(writer, &writer->declared, declared_hash));
    int64_t *slot = map_slot(writer, &writer->declared, declared_hash, hash);
    if (*slot == NUMBER_NONE) {
        struct index_clearance clearance = {.len = (uint32_t)bytes.len};
        void *item = NULL;
        TRY(texts_add(writer, bytes, &clearance.at));
        TRY(table_add(&writer->arena, &writer->declared_hashes, sizeof hash, &item));
        memcpy(item, hash, sizeof hash);
        TRY(table_add(&writer->arena, &writer->clearances, sizeof clearance, &item));
        memcpy(item, &clearance, sizeof clearance);
        *slot = (int64_t)writer->clearances.count - 1;
        writer->declared.count++;
    }
    *ret_number = (uint32_t)*slot;
    return OK;
}

err pressing_writer_clearance(struct pressing_writer *writer, str bytes, uint32_t *ret_number) {
    TRY(check_whole(writer));
    if (bytes.len == 0 || bytes.len > CLEARANCE_BYTES_MAX) {
        FAIL(ERR_LIMIT, "a clearance has %zu bytes", bytes.len);
    }
    if (writer->clearances.count >= CLEARANCE_COUNT_MAX) FAIL(ERR_LIMIT, "too many clearances");
    return remember(writer, declare(writer, bytes, ret_number));
}

static err check_page(const struct pressing_writer *writer, const struct pressing_page *page) {
    if (page->path.len == 0 || page->path.ptr[0] != '/' || page->path.len > PRESSING_PATH_MAX ||
        !utf8_is_valid(page->path)) {
        FAIL(ERR_INVALID, "'" STR_FMT "' cannot be the path of a page", STR_ARG(page->path));
    }
    bool is_redirect = page->status == 301;
    bool is_known =
        is_redirect || page->status == 200 || page->status == 404 || page->status == 410;
    if (!is_known || page->type >= PRESSING_TYPE_COUNT || (page->location.len > 0) != is_redirect ||
        page->location.len > PRESSING_LOCATION_MAX || !pressing_location_is_sound(page->location) ||
        (is_redirect && page->body.len > 0) || (page->body.len == 0 && page->gzip.len > 0)) {
        FAIL(ERR_INVALID, STR_FMT ": status %u does not go with the rest of the page",
             STR_ARG(page->path), page->status);
    }
    if (page->body.len > PRESSING_BODY_MAX || page->gzip.len > PRESSING_BODY_MAX) {
        FAIL(ERR_LIMIT, STR_FMT ": a page of %zu bytes is over the limit of %d",
             STR_ARG(page->path), page->body.len, PRESSING_BODY_MAX);
    }
    for (uint32_t i = 0; i < page->clearance_count; i++) {
        if (page->clearances[i] >= writer->clearances.count) {
            FAIL(ERR_INVALID, STR_FMT ": contains a clearance that was not declared",
                 STR_ARG(page->path));
        }
    }
    if (writer->pages.count >= PAGE_COUNT_MAX) FAIL(ERR_LIMIT, "a pressing has too many pages");
    return OK;
}

/* Puts body and gzip form into the pack, or finds them there. */
static err place_body(struct pressing_writer *writer, const struct pressing_page *page,
                      struct index_page *record) {
    hash_bytes(page->body, record->hash);
    TRY(map_reserve(writer, &writer->bodies, body_hash));
    int64_t *slot = map_slot(writer, &writer->bodies, body_hash, record->hash);
    if (*slot != NUMBER_NONE) {
        const struct index_page *same = page_of(writer, (size_t)*slot);
        record->body_at = same->body_at;
        record->body_len = same->body_len;
        record->gzip_at = same->gzip_at;
        record->gzip_len = same->gzip_len;
        memcpy(record->gzip_hash, same->gzip_hash, sizeof record->gzip_hash);
        return OK;
    }
    record->body_len = page->body.len;
    record->gzip_len = page->gzip.len;
    TRY(pack_add(writer, page->body, &record->body_at));
    TRY(pack_add(writer, page->gzip, &record->gzip_at));
    if (record->gzip_len == 0)
        record->gzip_at = 0;
    else
        hash_bytes(page->gzip, record->gzip_hash);
    *slot = (int64_t)writer->pages.count; /* the number this page is about to get */
    writer->bodies.count++;
    return OK;
}

static err add_page(struct pressing_writer *writer, const struct pressing_page *page) {
    struct index_page record = {
        .path_len = (uint32_t)page->path.len,
        .location_len = (uint32_t)page->location.len,
        .reference_at = (uint32_t)writer->references.count,
        .reference_count = page->clearance_count,
        .status = page->status,
        .type = (uint16_t)page->type,
    };
    void *item = NULL;
    TRY(texts_add(writer, page->path, &record.path_at));
    TRY(texts_add(writer, page->location, &record.location_at));
    for (uint32_t i = 0; i < page->clearance_count; i++) {
        TRY(table_add(&writer->arena, &writer->references, sizeof(uint32_t), &item));
        memcpy(item, &page->clearances[i], sizeof(uint32_t));
    }
    TRY(place_body(writer, page, &record));
    TRY(table_add(&writer->arena, &writer->pages, sizeof record, &item));
    memcpy(item, &record, sizeof record);
    return OK;
}

err pressing_writer_page(struct pressing_writer *writer, const struct pressing_page *page) {
    TRY(check_whole(writer));
    TRY(check_page(writer, page));
    return remember(writer, add_page(writer, page));
}

static str path_of(const struct pressing_writer *writer, uint32_t number) {
    const struct index_page *page = page_of(writer, number);
    return (str){writer->texts.ptr + page->path_at, page->path_len};
}

static int by_path(const void *a, const void *b, void *context) {
    const uint32_t *left = a;
    const uint32_t *right = b;
    return str_cmp(path_of(context, *left), path_of(context, *right));
}

static err sort_pages(struct pressing_writer *writer) {
    size_t count = writer->pages.count;
    uint32_t *order = arena_array(&writer->arena, count, sizeof *order);
    if (order == NULL) FAIL(ERR_NO_MEMORY, "no memory to sort the pages of a pressing");
    for (size_t i = 0; i < count; i++) order[i] = (uint32_t)i;
    qsort_r(order, count, sizeof *order, by_path, writer);
    for (size_t i = 1; i < count; i++) {
        str path = path_of(writer, order[i]);
        if (str_eq(path, path_of(writer, order[i - 1]))) {
            FAIL(ERR_EXISTS, STR_FMT ": two pages have this path", STR_ARG(path));
        }
    }
    writer->order = (struct table){.items = order, .count = count, .room = count};
    return OK;
}

static err write_index(struct pressing_writer *writer, int fd) {
    struct index_header header = {
        .version = FORMAT_VERSION,
        .page_count = (uint32_t)writer->pages.count,
        .clearance_count = (uint32_t)writer->clearances.count,
        .reference_count = (uint32_t)writer->references.count,
        .created = writer->created,
        .texts_size = writer->texts.len,
        .pack_size = writer->pack_size,
    };
    struct buf head;
    str bytes;
    buf_init(&head, &writer->arena, WRITER_MEMORY_MAX);
    memcpy(header.magic, INDEX_MAGIC, MAGIC_BYTES);
    buf_add(&head, (str){(const char *)&header, sizeof header});
    const uint32_t *order = writer->order.items;
    for (size_t i = 0; i < writer->order.count; i++) {
        buf_add(&head, (str){(const char *)page_of(writer, order[i]), sizeof(struct index_page)});
    }
    buf_add(&head, (str){writer->references.items, writer->references.count * sizeof(uint32_t)});
    buf_add(&head, (str){writer->clearances.items,
                         writer->clearances.count * sizeof(struct index_clearance)});
    TRY(buf_finish(&head, &bytes));
    TRY(file_write_all(writer->sys, fd, bytes));
    return file_write_all(writer->sys, fd, (str){writer->texts.ptr, writer->texts.len});
}

static err finish(struct pressing_writer *writer, struct arena *a, str *ret_name) {
    str path;
    str name;
    CLEANUP(fd_close) int fd = -1;
    TRY(arena_copy(a, str_of(writer->name), &name));
    TRY(sort_pages(writer));
    TRY(flush_pack(writer));
    if (writer->sys->sync(writer->sys->ctx, writer->pack) != 0) {
        FAIL(ERR_IO, "syncing the pack: %s", strerror(errno));
    }
    TRY(file_name(&writer->arena, name, ".index", &path));
    TRY(file_open(&writer->arena, writer->folder, path, O_WRONLY | O_CREAT | O_EXCL, &fd));
    err e = write_index(writer, fd);
    if (e.kind == ERR_NONE && writer->sys->sync(writer->sys->ctx, fd) != 0) {
        e = err_make(ERR_IO, __FILE__, __LINE__, "syncing the index: %s", strerror(errno));
    }
    if (e.kind != ERR_NONE) {
        writer->sys->unlink(writer->sys->ctx, writer->folder, path.ptr);
        return e;
    }
    writer->is_finished = true;
    *ret_name = name;
    return OK;
}

err pressing_writer_finish(struct pressing_writer *writer, struct arena *a, str *ret_name) {
    TRY(check_whole(writer));
    return remember(writer, finish(writer, a, ret_name));
}
