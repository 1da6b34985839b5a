/* pressing.c: opening a pressing and asking it. What lies in it is checked by pressing_listing.c,
 * its packs by pressing_verify.c. */
#include "pressing/pressing.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pressing/pressing_impl.h"

enum { OPEN_ATTEMPTS_MAX = 8 };

str pressing_type_name(enum pressing_type type) {
    static const str names[PRESSING_TYPE_COUNT] = {
        [PRESSING_HTML] = {"text/html; charset=utf-8", 24},
        [PRESSING_CSS] = {"text/css; charset=utf-8", 23},
        [PRESSING_RSS] = {"application/rss+xml; charset=utf-8", 34},
        [PRESSING_XML] = {"application/xml; charset=utf-8", 30},
        [PRESSING_TEXT] = {"text/plain; charset=utf-8", 25},
        [PRESSING_JSON] = {"application/json", 16},
        [PRESSING_JPEG] = {"image/jpeg", 10},
        [PRESSING_PNG] = {"image/png", 9},
        [PRESSING_SVG] = {"image/svg+xml", 13},
        [PRESSING_AVIF] = {"image/avif", 10},
        [PRESSING_SEARCH] = {"application/vnd.sqlite3", 23},
        [PRESSING_ATOM] = {"application/atom+xml; charset=utf-8", 35},
        [PRESSING_JSON_FEED] = {"application/feed+json", 21},
        [PRESSING_MANIFEST] = {"application/manifest+json", 25},
    };
    assert(type < PRESSING_TYPE_COUNT);
    return names[type];
}

/* ---- Mapping --------------------------------------------------------------------------------- */

static err map_file(int fd, str *ret_bytes) {
    struct stat about;
    if (fstat(fd, &about) != 0) FAIL(ERR_IO, "a pressing: %s", strerror(errno));
    if (about.st_size <= 0) FAIL(ERR_INVALID, "a file of the pressing is empty");
    void *bytes = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_SHARED, fd, 0);
    if (bytes == MAP_FAILED) FAIL(ERR_IO, "a pressing cannot be mapped: %s", strerror(errno));
    *ret_bytes = (str){bytes, (size_t)about.st_size};
    return OK;
}

static void unmap(str bytes) {
    union {
        const char *read;
        void *plain; /* munmap takes what mmap gave */
    } address = {.read = bytes.ptr};
    if (bytes.ptr != NULL) munmap(address.plain, bytes.len);
}

err pack_open(const struct sys *sys, int fd, const struct index_pack *about,
              struct pack **ret_pack) {
    CLEANUP(pack_drop) struct pack *pack = sys->alloc(sys->ctx, sizeof *pack);
    if (pack == NULL) FAIL(ERR_NO_MEMORY, "no memory to open a pack");
    *pack = (struct pack){.sys = sys, .about = *about, .fd = -1, .uses = 1};
    hasher_begin(&pack->hasher);
    TRY(map_file(fd, &pack->bytes));
    if (pack->bytes.len != about->size || about->size < PACK_HEAD_BYTES ||
        memcmp(pack->bytes.ptr, PACK_HEAD, PACK_HEAD_BYTES) != 0) {
        FAIL(ERR_INVALID, "the pack is not the one the index was written for");
    }
    *ret_pack = pack;
    pack = NULL;
    return OK;
}

void pack_drop(struct pack **dropped) {
    struct pack *pack = *dropped;
    *dropped = NULL;
    if (pack == NULL || --pack->uses > 0) return;
    unmap(pack->bytes);
    fd_close(&pack->fd);
    pack->sys->free(pack->sys->ctx, pack);
}

static bool is_same_pack(const struct index_pack *one, const struct index_pack *other) {
    return memcmp(one, other, sizeof *one) == 0;
}

/* The number of the same pack in `p`, or SIZE_MAX. */
static size_t find_pack(const struct pressing *p, const struct index_pack *about) {
    for (size_t i = 0; p != NULL && i < p->list.header->pack_count; i++) {
        if (is_same_pack(&p->list.packs[i], about)) return i;
    }
    return SIZE_MAX;
}

/* ---- Opening --------------------------------------------------------------------------------- */

/* Copies the index into memory of our own. Its writer may still hold the file open. */
static err read_index(struct pressing *p, int fd) {
    str mapped;
    TRY(map_file(fd, &mapped));
    if (mapped.len <= INDEX_BYTES_MAX) p->memory = p->sys->alloc(p->sys->ctx, mapped.len);
    if (p->memory != NULL) {
        memcpy(p->memory, mapped.ptr, mapped.len);
        p->index = (str){p->memory, mapped.len};
    }
    unmap(mapped);
    if (mapped.len > INDEX_BYTES_MAX) FAIL(ERR_INVALID, "the index is too large to be one");
    if (p->memory == NULL) FAIL(ERR_NO_MEMORY, "no memory for the index of a pressing");
    return OK;
}

static err check_seal(const struct pressing *p, const unsigned char *clearing_key) {
    struct index_seal record;
    unsigned char message[PRESSING_SEAL_MESSAGE_BYTES];
    if (p->index.len == p->sealed_size) FAIL(ERR_DENIED, "the pressing has no seal of the gate");
    memcpy(&record, p->index.ptr + p->sealed_size, sizeof record);
    struct pressing_seal seal = {.sealed_at = record.sealed_at, .rules = record.rules};
    pressing_seal_message(&seal, pressing_index_bytes(p), message);
    if (memcmp(record.magic, SEAL_MAGIC, MAGIC_BYTES) != 0 || record.zero != 0 ||
        crypto_sign_verify_detached(record.signature, message, sizeof message, clearing_key) != 0) {
        FAIL(ERR_DENIED, "the seal of the pressing is not the gate's");
    }
    return OK;
}

/* Everything but the packs. */
static err open_index(const struct sys *sys, int index, const unsigned char *clearing_key,
                      struct pressing **ret_pressing) {
    CLEANUP(pressing_close) struct pressing *p = sys->alloc(sys->ctx, sizeof *p);
    if (p == NULL) FAIL(ERR_NO_MEMORY, "no memory to open a pressing");
    *p = (struct pressing){.sys = sys};
    TRY(read_index(p, index));
    TRY(listing_lay(p->index, &p->list, &p->sealed_size));
    if (p->index.len != p->sealed_size && p->index.len != p->sealed_size + PRESSING_SEAL_BYTES) {
        FAIL(ERR_INVALID, "the index has %zu bytes and its header says %zu", p->index.len,
             p->sealed_size);
    }
    if (clearing_key != NULL) TRY(check_seal(p, clearing_key)); /* before any record is believed */
    if (p->list.header->is_last != 0) FAIL(ERR_INVALID, "the header of the index is damaged");
    TRY(listing_check(&p->list, 0));
    size_t room = p->list.header->pack_count * sizeof(struct pack *);
    p->packs = sys->alloc(sys->ctx, room);
    if (p->packs == NULL) FAIL(ERR_NO_MEMORY, "no memory to open a pressing");
    memset(p->packs, 0, room);
    *ret_pressing = p;
    p = NULL;
    return OK;
}

err pressing_open_files(const struct sys *sys, const struct pressing_files *files,
                        const unsigned char *clearing_key, struct pressing **ret_pressing) {
    CLEANUP(pressing_close) struct pressing *p = NULL;
    TRY(open_index(sys, files->index, clearing_key, &p));
    if (files->pack_count != p->list.header->pack_count) {
        FAIL(ERR_INVALID, "the index has %u packs, %zu came with it", p->list.header->pack_count,
             files->pack_count);
    }
    for (size_t i = 0; i < files->pack_count; i++) {
        TRY(pack_open(sys, files->packs[i], &p->list.packs[i], &p->packs[i]));
    }
    *ret_pressing = p;
    p = NULL;
    return OK;
}

err pressing_open_index(const struct sys *sys, int index, const unsigned char *clearing_key,
                        struct pressing **ret_pressing) {
    return open_index(sys, index, clearing_key, ret_pressing);
}

err pressing_file_open(struct arena *a, int folder, str name, const char *suffix, int *ret_fd) {
    str path;
    if (!pressing_name_is_sound(name)) FAIL(ERR_INVALID, "this is not the name of a pressing");
    TRY(arena_printf(a, &path, STR_FMT "%s", STR_ARG(name), suffix));
    return file_open(a, folder, path, O_RDONLY, ret_fd);
}

static err open_pack(const struct pressing_place *place, struct arena *a,
                     const struct index_pack *about, struct pack **ret_pack) {
    size_t shared = find_pack(place->earlier, about);
    CLEANUP(fd_close) int fd = -1;
    if (shared != SIZE_MAX) {
        *ret_pack = place->earlier->packs[shared];
        (*ret_pack)->uses++;
        return OK;
    }
    TRY(pressing_file_open(a, place->folder, (str){about->name, NAME_BYTES}, ".pack", &fd));
    TRY(err_wrap(pack_open(place->sys, fd, about, ret_pack), "%.*s.pack", NAME_BYTES, about->name));
    (*ret_pack)->fd = fd;
    fd = -1;
    return OK;
}

bool pressing_file_of(const struct pressing *p, str bytes, int *ret_fd, uint64_t *ret_at) {
    uintptr_t at = (uintptr_t)bytes.ptr;
    for (size_t i = 0; i < p->list.header->pack_count; i++) {
        const struct pack *pack = p->packs[i];
        uintptr_t begin = (uintptr_t)pack->bytes.ptr;
        if (pack->fd < 0 || at < begin || at - begin >= pack->bytes.len) continue;
        *ret_fd = pack->fd;
        *ret_at = at - begin;
        return true;
    }
    return false;
}

err pressing_open(const struct pressing_place *place, str name, struct pressing **ret_pressing) {
    CLEANUP(arena_done) struct arena a;
    CLEANUP(fd_close) int index = -1;
    CLEANUP(pressing_close) struct pressing *p = NULL;
    arena_init(&a, place->sys, PRESSING_PACKS_MAX * 256);
    TRY(pressing_file_open(&a, place->folder, name, ".index", &index));
    TRY(open_index(place->sys, index, place->clearing_key, &p));
    for (size_t i = 0; i < p->list.header->pack_count; i++) {
        TRY(open_pack(place, &a, &p->list.packs[i], &p->packs[i]));
    }
    *ret_pressing = p;
    p = NULL;
    return OK;
}

err pressing_open_current(const struct pressing_place *place, struct arena *a, str *ret_name,
                          struct pressing **ret_pressing) {
    char before[NAME_BYTES] = {0};
    err e = OK;
    for (int attempt = 0; attempt < OPEN_ATTEMPTS_MAX; attempt++) {
        str name;
        TRY(pressing_current(a, place->folder, &name));
        if (memcmp(before, name.ptr, NAME_BYTES) == 0) break; /* it is missing, not replaced */
        memcpy(before, name.ptr, NAME_BYTES);
        e = pressing_open(place, name, ret_pressing);
        if (e.kind == ERR_NONE) *ret_name = name;
        if (e.kind != ERR_NOT_FOUND) break;
    }
    return e;
}

void pressing_close(struct pressing **closed) {
    struct pressing *p = *closed;
    *closed = NULL;
    if (p == NULL) return;
    for (size_t i = 0; p->packs != NULL && i < p->list.header->pack_count; i++) {
        pack_drop(&p->packs[i]);
    }
    p->sys->free(p->sys->ctx, p->packs);
    p->sys->free(p->sys->ctx, p->memory);
    p->sys->free(p->sys->ctx, p);
}

/* ---- Asking ---------------------------------------------------------------------------------- */

size_t pressing_page_count(const struct pressing *p) { return p->list.header->page_count; }

void pressing_page_at(const struct pressing *p, size_t number, struct pressing_page *ret_page) {
    assert(number < p->list.header->page_count);
    const struct index_page *page = &p->list.pages[number];
    const char *bytes = page->body_len == 0 ? "" : p->packs[page->pack]->bytes.ptr + page->at;
    *ret_page = (struct pressing_page){
        .path = listing_path(&p->list, page),
        .status = page->status,
        .type = page->type,
        .location = listing_location(&p->list, page),
        .body = {bytes, page->body_len},
        .gzip = {bytes + page->body_len, page->gzip_len},
        .brotli = {bytes + page->body_len + page->gzip_len, page->brotli_len},
        .clearances = p->list.references + page->reference_at,
        .clearance_count = page->reference_count,
    };
    memcpy(ret_page->hash, page->hash, sizeof ret_page->hash);
}

str pressing_gone_path(str path, char room[PRESSING_GONE_BYTES + 1]) {
    unsigned char hash[PRESSING_HASH_BYTES];
    hash_bytes(path, hash);
    memcpy(room, "/.gone/", 7);
    sodium_bin2hex(room + 7, 2 * PRESSING_HASH_BYTES + 1, hash, sizeof hash);
    return (str){room, PRESSING_GONE_BYTES};
}

bool pressing_find_number(const struct pressing *p, str path, size_t *ret_number) {
    return listing_find(&p->list, path, ret_number);
}

bool pressing_find(const struct pressing *p, str path, struct pressing_page *ret_page) {
    char room[PRESSING_GONE_BYTES + 1];
    size_t number = 0;
    if (!listing_find(&p->list, path, &number) &&
        !listing_find(&p->list, pressing_gone_path(path, room), &number)) {
        return false;
    }
    pressing_page_at(p, number, ret_page);
    return true;
}

size_t pressing_clearance_count(const struct pressing *p) {
    return p->list.header->clearance_count;
}

const unsigned char *pressing_clearance_at(const struct pressing *p, size_t number) {
    assert(number < p->list.header->clearance_count);
    return listing_clearance(&p->list, (uint32_t)number);
}

size_t pressing_pack_count(const struct pressing *p) { return p->list.header->pack_count; }

str pressing_pack_name(const struct pressing *p, size_t number) {
    assert(number < p->list.header->pack_count);
    return (str){p->list.packs[number].name, NAME_BYTES};
}

size_t pressing_pack_of(const struct pressing *p, size_t page) {
    assert(page < p->list.header->page_count);
    return p->list.pages[page].body_len == 0 ? SIZE_MAX : p->list.pages[page].pack;
}

bool pressing_seal_of(const struct pressing *p, struct pressing_seal *ret_seal) {
    struct index_seal record;
    if (p->index.len == p->sealed_size) return false;
    memcpy(&record, p->index.ptr + p->sealed_size, sizeof record);
    *ret_seal = (struct pressing_seal){.sealed_at = record.sealed_at, .rules = record.rules};
    memcpy(ret_seal->signature, record.signature, sizeof ret_seal->signature);
    return true;
}

uint64_t pressing_serial(const struct pressing *p) { return p->list.header->serial; }

str pressing_index_bytes(const struct pressing *p) {
    return str_slice(p->index, 0, p->sealed_size);
}

bool pressing_pack_is(const struct pressing *p, size_t number, const struct pressing *other) {
    assert(number < p->list.header->pack_count);
    return find_pack(other, &p->list.packs[number]) != SIZE_MAX;
}

bool pressing_same_page(struct pressing_numbered one, struct pressing_numbered other) {
    const struct listing *left = &one.pressing->list;
    const struct listing *right = &other.pressing->list;
    assert(one.number < left->header->page_count && other.number < right->header->page_count);
    const struct index_page *a = &left->pages[one.number];
    const struct index_page *b = &right->pages[other.number];
    if (!str_eq(listing_path(left, a), listing_path(right, b)) || a->at != b->at ||
        a->gzip_len != b->gzip_len || a->brotli_len != b->brotli_len ||
        !listed_are_alike((struct listed){left, a}, (struct listed){right, b})) {
        return false;
    }
    return a->body_len == 0 || is_same_pack(&left->packs[a->pack], &right->packs[b->pack]);
}
