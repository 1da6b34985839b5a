/* pressing.c: reading a pressing in place, after every structure in it was checked once. */
#include "pressing/pressing.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/unicode.h"
#include "pressing/pressing_impl.h"

struct pressing {
    const struct sys *sys;
    char *memory; /* the index is read once and kept: nobody can change it after it was checked */
    str index;    /* in memory: header to seal */
    str pack;     /* mapped; its bytes can still change, their hashes cannot */
    const struct index_header *header;
    const struct index_page *pages;
    const uint32_t *references;
    const struct index_clearance *clearances;
    const char *texts;
    size_t sealed_size; /* bytes of the index before the seal */
};

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
    };
    assert(type < PRESSING_TYPE_COUNT);
    return names[type];
}

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

/* Lays the sections out; every count is checked against the file's true size. */
static err lay_out(struct pressing *p) {
    const struct index_header *header = (const void *)p->index.ptr;
    if (p->index.len < sizeof *header || memcmp(header->magic, INDEX_MAGIC, MAGIC_BYTES) != 0) {
        FAIL(ERR_INVALID, "this is not the index of a pressing");
    }
    if (header->version != FORMAT_VERSION) {
        FAIL(ERR_INVALID, "the pressing has format %u, this program reads %d", header->version,
             FORMAT_VERSION);
    }
    if (header->page_count > PAGE_COUNT_MAX || header->clearance_count > CLEARANCE_COUNT_MAX ||
        header->texts_size > p->index.len || header->zero[0] != 0 || header->zero[1] != 0) {
        FAIL(ERR_INVALID, "the header of the index is damaged");
    }
    size_t pages_at = sizeof *header; /* each factor is below 2^32: no sum passes 2^64 */
    size_t references_at = pages_at + (size_t)header->page_count * sizeof *p->pages;
    size_t clearances_at = references_at + (size_t)header->reference_count * sizeof *p->references;
    size_t texts_at = clearances_at + (size_t)header->clearance_count * sizeof *p->clearances;
    size_t end = texts_at + header->texts_size;
    if (p->index.len != end && p->index.len != end + PRESSING_SEAL_BYTES) {
        FAIL(ERR_INVALID, "the index has %zu bytes and its header says %zu", p->index.len, end);
    }
    if (header->pack_size != p->pack.len || p->pack.len < PACK_HEAD_BYTES ||
        memcmp(p->pack.ptr, PACK_HEAD, PACK_HEAD_BYTES) != 0) {
        FAIL(ERR_INVALID, "the pack is not the one the index was written for");
    }
    p->header = header;
    p->pages = (const void *)(p->index.ptr + pages_at);
    p->references = (const void *)(p->index.ptr + references_at);
    /* The references may be odd in number; both records need an alignment of four alone. */
    p->clearances = (const void *)(p->index.ptr + clearances_at);
    p->texts = p->index.ptr + texts_at;
    p->sealed_size = end;
    return OK;
}

static bool lies_in(uint64_t at, uint64_t len, uint64_t size) {
    return at <= size && len <= size - at;
}

static str text_at(const struct pressing *p, uint32_t at, uint32_t len) {
    return (str){p->texts + at, len};
}

bool pressing_location_is_sound(str location) {
    for (size_t i = 0; i < location.len; i++) {
        if (location.ptr[i] <= ' ' || location.ptr[i] > '~') return false;
    }
    return true;
}

static bool page_is_sound(const struct pressing *p, const struct index_page *page) {
    uint64_t texts = p->header->texts_size;
    bool is_redirect = page->status == 301;
    bool is_known =
        is_redirect || page->status == 200 || page->status == 404 || page->status == 410;
    if (!is_known || page->type >= PRESSING_TYPE_COUNT || page->zero != 0) return false;
    if (page->path_len == 0 || page->path_len > PRESSING_PATH_MAX ||
        page->location_len > PRESSING_LOCATION_MAX || (page->location_len > 0) != is_redirect ||
        !lies_in(page->path_at, page->path_len, texts) ||
        !lies_in(page->location_at, page->location_len, texts)) {
        return false;
    }
    if (page->body_len > PRESSING_BODY_MAX || page->gzip_len > PRESSING_BODY_MAX ||
        (page->body_len == 0 && page->gzip_len > 0) || (is_redirect && page->body_len > 0)) {
        return false;
    }
    if (!lies_in(page->body_at, page->body_len, p->pack.len) ||
        !lies_in(page->gzip_at, page->gzip_len, p->pack.len) ||
        !lies_in(page->reference_at, page->reference_count, p->header->reference_count)) {
        return false;
    }
    str path = text_at(p, page->path_at, page->path_len);
    str location = text_at(p, page->location_at, page->location_len);
    return path.ptr[0] == '/' && utf8_is_valid(path) && pressing_location_is_sound(location);
}

static err check_records(const struct pressing *p) {
    str before = {0};
    uint64_t references = 0;
    for (size_t i = 0; i < p->header->page_count; i++) {
        const struct index_page *page = &p->pages[i];
        if (!page_is_sound(p, page)) FAIL(ERR_INVALID, "page %zu of the index is damaged", i);
        references += page->reference_count;
        str path = text_at(p, page->path_at, page->path_len);
        if (i > 0 && str_cmp(before, path) >= 0) {
            FAIL(ERR_INVALID, "page %zu of the index is out of order", i);
        }
        before = path;
    }
    if (references != p->header->reference_count) { /* shared ones would make a reader slow */
        FAIL(ERR_INVALID, "the references of the index are not one page's each");
    }
    for (size_t i = 0; i < p->header->reference_count; i++) {
        if (p->references[i] >= p->header->clearance_count) {
            FAIL(ERR_INVALID, "reference %zu of the index leads nowhere", i);
        }
    }
    for (size_t i = 0; i < p->header->clearance_count; i++) {
        const struct index_clearance *clearance = &p->clearances[i];
        if (clearance->len == 0 || clearance->len > CLEARANCE_BYTES_MAX ||
            !lies_in(clearance->at, clearance->len, p->header->texts_size)) {
            FAIL(ERR_INVALID, "clearance %zu of the index is damaged", i);
        }
    }
    return OK;
}

static err check_seal(const struct pressing *p, const unsigned char *clearing_key) {
    struct index_seal record;
    unsigned char message[PRESSING_SEAL_MESSAGE_BYTES];
    if (p->index.len == p->sealed_size) FAIL(ERR_DENIED, "the pressing has no seal of the gate");
    memcpy(&record, p->index.ptr + p->sealed_size, sizeof record);
    struct pressing_seal seal = {.sealed_at = record.sealed_at, .rules = record.rules};
    pressing_seal_message(&seal, str_slice(p->index, 0, p->sealed_size), message);
    if (memcmp(record.magic, SEAL_MAGIC, MAGIC_BYTES) != 0 || record.zero != 0 ||
        crypto_sign_verify_detached(record.signature, message, sizeof message, clearing_key) != 0) {
        FAIL(ERR_DENIED, "the seal of the pressing is not the gate's");
    }
    return OK;
}

static err open_mapped(struct pressing *p, int index, int pack, const unsigned char *clearing_key) {
    TRY(read_index(p, index));
    TRY(map_file(pack, &p->pack));
    TRY(lay_out(p));
    if (clearing_key != NULL) TRY(check_seal(p, clearing_key)); /* before any record is believed */
    return check_records(p);
}

err pressing_open_files(const struct sys *sys, int index, int pack,
                        const unsigned char *clearing_key, struct pressing **ret_pressing) {
    CLEANUP(pressing_close) struct pressing *p = sys->alloc(sys->ctx, sizeof *p);
    if (p == NULL) FAIL(ERR_NO_MEMORY, "no memory to open a pressing");
    *p = (struct pressing){.sys = sys};
    TRY(open_mapped(p, index, pack, clearing_key));
    *ret_pressing = p;
    p = NULL;
    return OK;
}

err pressing_open(const struct sys *sys, int folder, str name, const unsigned char *clearing_key,
                  struct pressing **ret_pressing) {
    CLEANUP(arena_done) struct arena a;
    CLEANUP(fd_close) int index = -1;
    CLEANUP(fd_close) int pack = -1;
    str path;
    arena_init(&a, sys, 4096);
    if (!pressing_name_is_sound(name)) FAIL(ERR_INVALID, "this is not the name of a pressing");
    TRY(arena_printf(&a, &path, STR_FMT ".index", STR_ARG(name)));
    TRY(file_open(&a, folder, path, O_RDONLY, &index));
    TRY(arena_printf(&a, &path, STR_FMT ".pack", STR_ARG(name)));
    TRY(file_open(&a, folder, path, O_RDONLY, &pack));
    return pressing_open_files(sys, index, pack, clearing_key, ret_pressing);
}

void pressing_close(struct pressing **closed) {
    struct pressing *p = *closed;
    *closed = NULL;
    if (p == NULL) return;
    unmap(p->pack);
    p->sys->free(p->sys->ctx, p->memory);
    p->sys->free(p->sys->ctx, p);
}

size_t pressing_page_count(const struct pressing *p) { return p->header->page_count; }

void pressing_page_at(const struct pressing *p, size_t number, struct pressing_page *ret_page) {
    assert(number < p->header->page_count);
    const struct index_page *page = &p->pages[number];
    *ret_page = (struct pressing_page){
        .path = text_at(p, page->path_at, page->path_len),
        .status = page->status,
        .type = page->type,
        .location = text_at(p, page->location_at, page->location_len),
        .body = {p->pack.ptr + page->body_at, page->body_len},
        .gzip = {p->pack.ptr + page->gzip_at, page->gzip_len},
        .clearances = p->references + page->reference_at,
        .clearance_count = page->reference_count,
    };
    memcpy(ret_page->hash, page->hash, sizeof ret_page->hash);
}

static bool find_exactly(const struct pressing *p, str path, struct pressing_page *ret_page) {
    size_t low = 0;
    size_t high = p->header->page_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct index_page *page = &p->pages[middle];
        int order = str_cmp(path, text_at(p, page->path_at, page->path_len));
        if (order == 0) {
            pressing_page_at(p, middle, ret_page);
            return true;
        }
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return false;
}

str pressing_gone_path(str path, char room[PRESSING_GONE_BYTES + 1]) {
    unsigned char hash[PRESSING_HASH_BYTES];
    crypto_generichash(hash, sizeof hash, (const unsigned char *)path.ptr, path.len, NULL, 0);
    memcpy(room, "/.gone/", 7);
    sodium_bin2hex(room + 7, 2 * PRESSING_HASH_BYTES + 1, hash, sizeof hash);
    return (str){room, PRESSING_GONE_BYTES};
}

bool pressing_find(const struct pressing *p, str path, struct pressing_page *ret_page) {
    char room[PRESSING_GONE_BYTES + 1];
    return find_exactly(p, path, ret_page) ||
           find_exactly(p, pressing_gone_path(path, room), ret_page);
}

size_t pressing_clearance_count(const struct pressing *p) { return p->header->clearance_count; }

str pressing_clearance_at(const struct pressing *p, size_t number) {
    assert(number < p->header->clearance_count);
    return text_at(p, p->clearances[number].at, p->clearances[number].len);
}

str pressing_index_bytes(const struct pressing *p) {
    return str_slice(p->index, 0, p->sealed_size);
}

/* ---- Reading every byte --------------------------------------------------------------------- */

struct placed {
    uint64_t at; /* where the page's body begins */
    size_t page;
};

static int by_place(const void *a, const void *b) {
    const struct placed *left = a;
    const struct placed *right = b;
    return (left->at > right->at) - (left->at < right->at);
}

static bool has_same_body(const struct index_page *a, const struct index_page *b) {
    return a->body_at == b->body_at && a->body_len == b->body_len && a->gzip_at == b->gzip_at &&
           a->gzip_len == b->gzip_len && memcmp(a->hash, b->hash, sizeof a->hash) == 0 &&
           memcmp(a->gzip_hash, b->gzip_hash, sizeof a->gzip_hash) == 0;
}

/* The copy is what is judged: the mapped bytes could be changed between two looks at them. */
static err copy_checked(struct arena *a, str bytes, const unsigned char *hash, str *ret_copy) {
    unsigned char found[PRESSING_HASH_BYTES];
    str copy;
    TRY(arena_copy(a, bytes, &copy));
    crypto_generichash(found, sizeof found, (const unsigned char *)copy.ptr, copy.len, NULL, 0);
    if (memcmp(hash, found, sizeof found) != 0) {
        FAIL(ERR_INVALID, "its bytes are not the ones that were pressed");
    }
    *ret_copy = copy;
    return OK;
}

static err verify_body(const struct pressing *p, const struct index_page *page, struct arena *a,
                       pressing_inflate *inflate) {
    str body;
    str gzip;
    str opened = {0};
    TRY(copy_checked(a, (str){p->pack.ptr + page->body_at, page->body_len}, page->hash, &body));
    if (page->gzip_len == 0) return OK;
    TRY(copy_checked(a, (str){p->pack.ptr + page->gzip_at, page->gzip_len}, page->gzip_hash,
                     &gzip));
    if (inflate == NULL) return OK;
    TRY(inflate(a, gzip, body.len, &opened));
    if (!str_eq(opened, body)) FAIL(ERR_INVALID, "the compressed form is another page");
    return OK;
}

/* Walks the pack from its front: each body, then its gzip form, nothing between and nothing after.
 * Pages with the same body are read once. */
static err verify_pack(const struct pressing *p, struct arena *a, pressing_inflate *inflate) {
    struct placed *placed = arena_array(a, p->header->page_count, sizeof *placed);
    const struct index_page *before = NULL;
    uint64_t end = PACK_HEAD_BYTES;
    if (placed == NULL) FAIL(ERR_NO_MEMORY, "no memory to check the pack");
    for (size_t i = 0; i < p->header->page_count; i++) {
        placed[i] = (struct placed){p->pages[i].body_at, i};
    }
    qsort(placed, p->header->page_count, sizeof *placed, by_place);
    for (size_t i = 0; i < p->header->page_count; i++) {
        const struct index_page *page = &p->pages[placed[i].page];
        if (page->body_len == 0 || (before != NULL && has_same_body(before, page))) continue;
        if (page->body_at != end || (page->gzip_len > 0 && page->gzip_at != end + page->body_len)) {
            FAIL(ERR_INVALID, "byte %llu of the pack belongs to no page, or to two",
                 (unsigned long long)end);
        }
        end += page->body_len + page->gzip_len;
        before = page;
        struct arena_mark mark = arena_mark(a);
        err e = verify_body(p, page, a, inflate);
        arena_reset(a, mark);
        if (e.kind != ERR_NONE) {
            return err_wrap(e, STR_FMT, STR_ARG(text_at(p, page->path_at, page->path_len)));
        }
    }
    if (end != p->pack.len) FAIL(ERR_INVALID, "the pack has bytes that belong to no page");
    return OK;
}

err pressing_verify(const struct pressing *p, struct arena *a, pressing_inflate *inflate) {
    struct arena_mark mark = arena_mark(a);
    err e = verify_pack(p, a, inflate);
    arena_reset(a, mark);
    return e;
}

err pressing_copy_body(const struct pressing *p, size_t number, struct arena *a, str *ret_body) {
    assert(number < p->header->page_count);
    const struct index_page *page = &p->pages[number];
    return copy_checked(a, (str){p->pack.ptr + page->body_at, page->body_len}, page->hash,
                        ret_body);
}
