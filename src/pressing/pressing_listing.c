/* pressing_listing.c: an index, or the contents of a pack, checked once and then read in place. */
#include <stdlib.h>

#include "base/unicode.h"
#include "pressing/pressing_impl.h"

/* ---- Hashing --------------------------------------------------------------------------------- */

void hasher_begin(struct hasher *hasher) {
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, PRESSING_HASH_BYTES);
    memcpy(hasher->state, &state, sizeof state);
}

void hasher_add(struct hasher *hasher, str bytes) {
    crypto_generichash_state state;
    memcpy(&state, hasher->state, sizeof state);
    crypto_generichash_update(&state, (const unsigned char *)bytes.ptr, bytes.len);
    memcpy(hasher->state, &state, sizeof state);
}

void hasher_end(const struct hasher *hasher, unsigned char ret_hash[PRESSING_HASH_BYTES]) {
    crypto_generichash_state state;
    memcpy(&state, hasher->state, sizeof state);
    crypto_generichash_final(&state, ret_hash, PRESSING_HASH_BYTES);
}

void hash_bytes(str bytes, unsigned char ret_hash[PRESSING_HASH_BYTES]) {
    crypto_generichash(ret_hash, PRESSING_HASH_BYTES, (const unsigned char *)bytes.ptr, bytes.len,
                       NULL, 0);
}

/* ---- Laying out and checking ----------------------------------------------------------------- */

static bool counts_can_be(const struct index_header *header, size_t size) {
    return header->pack_count <= PRESSING_PACKS_MAX && header->page_count <= PAGE_COUNT_MAX &&
           header->clearance_count <= CLEARANCE_COUNT_MAX && header->texts_size <= size &&
           header->is_last <= 1 && header->zero == 0;
}

err listing_lay(str bytes, struct listing *ret_listing, size_t *ret_size) {
    const struct index_header *header = (const void *)bytes.ptr;
    struct listing l = {.header = header};
    if (bytes.len < sizeof *header || memcmp(header->magic, INDEX_MAGIC, MAGIC_BYTES) != 0) {
        FAIL(ERR_INVALID, "this is not the index of a pressing");
    }
    if (header->version != FORMAT_VERSION) {
        FAIL(ERR_INVALID, "the pressing has format %u, this program reads %d", header->version,
             FORMAT_VERSION);
    }
    if (!counts_can_be(header, bytes.len)) FAIL(ERR_INVALID, "the header of the index is damaged");
    size_t packs_at = sizeof *header; /* each factor is below 2^32: no sum passes 2^64 */
    size_t pages_at = packs_at + header->pack_count * sizeof *l.packs;
    size_t references_at = pages_at + header->page_count * sizeof *l.pages;
    size_t clearances_at = references_at + header->reference_count * sizeof *l.references;
    size_t texts_at = clearances_at + (size_t)header->clearance_count * PRESSING_HASH_BYTES;
    size_t end = texts_at + header->texts_size;
    if (end > bytes.len) {
        FAIL(ERR_INVALID, "the index has %zu bytes and its header says %zu", bytes.len, end);
    }
    l.packs = (const void *)(bytes.ptr + packs_at);
    l.pages = (const void *)(bytes.ptr + pages_at);
    l.references = (const void *)(bytes.ptr + references_at);
    l.clearances = (const unsigned char *)bytes.ptr + clearances_at;
    l.texts = bytes.ptr + texts_at;
    *ret_listing = l;
    *ret_size = end;
    return OK;
}

static bool lies_in(uint64_t at, uint64_t len, uint64_t size) {
    return at <= size && len <= size - at;
}

bool pressing_location_is_sound(str location) {
    for (size_t i = 0; i < location.len; i++) {
        if (location.ptr[i] <= ' ' || location.ptr[i] > '~') return false;
    }
    return true;
}

bool pressing_path_is_sound(str path) {
    return path.len > 0 && path.len <= PRESSING_PATH_MAX && path.ptr[0] == '/' &&
           utf8_is_valid(path);
}

static bool is_hex(str text) {
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return false;
    }
    return true;
}

/* The path and the redirect, and that they suit the status. */
static bool words_are_sound(const struct listing *l, const struct index_page *page,
                            bool may_have_ended) {
    uint64_t texts = l->header->texts_size;
    bool has_ended = page->status == STATUS_ENDED;
    if (!lies_in(page->path_at, page->path_len, texts) ||
        !lies_in(page->location_at, page->location_len, texts) ||
        page->location_len > PRESSING_LOCATION_MAX ||
        (page->location_len > 0) != (page->status == 301)) {
        return false;
    }
    str path = listing_path(l, page);
    if (!pressing_path_is_sound(path) || !pressing_location_is_sound(listing_location(l, page)) ||
        str_starts(path, STR(ENDED_PREFIX)) != has_ended) {
        return false;
    }
    return !has_ended ||
           (may_have_ended && path.len == ENDED_BYTES &&
            is_hex(str_skip(path, sizeof ENDED_PREFIX - 1)) && page->reference_count == 0);
}

uint64_t page_size(const struct index_page *page) {
    return (uint64_t)page->body_len + page->gzip_len + page->brotli_len;
}

/* Where the bytes lie. A page that has none lies at 0 of pack 0. */
static bool bytes_are_sound(const struct listing *l, const struct index_page *page,
                            uint64_t bodies_end) {
    bool may_have = page->status != 301 && page->status != STATUS_ENDED;
    if (page->body_len > PRESSING_BODY_MAX || page->gzip_len > PRESSING_BODY_MAX ||
        page->brotli_len > PRESSING_BODY_MAX || (page->body_len > 0 && !may_have)) {
        return false;
    }
    if (page->body_len == 0) return page_size(page) == 0 && page->at == 0 && page->pack == 0;
    if (bodies_end > 0 && page->pack == PACK_ELSEWHERE) return page->at == 0;
    if (bodies_end == 0) {
        if (page->pack >= l->header->pack_count) return false;
        bodies_end = l->packs[page->pack].size - sizeof(struct pack_trailer);
    } else if (page->pack != PACK_HERE) {
        return false;
    }
    return page->at >= PACK_HEAD_BYTES && lies_in(page->at, page_size(page), bodies_end);
}

static bool page_is_sound(const struct listing *l, const struct index_page *page,
                          uint64_t bodies_end) {
    bool is_contents = bodies_end > 0;
    bool is_known = page->status == 200 || page->status == 301 || page->status == 404 ||
                    page->status == 410 || (is_contents && page->status == STATUS_ENDED);
    return is_known && page->type < PRESSING_TYPE_COUNT &&
           lies_in(page->reference_at, page->reference_count, l->header->reference_count) &&
           words_are_sound(l, page, is_contents) && bytes_are_sound(l, page, bodies_end);
}

static err check_packs(const struct listing *l) {
    static const char zeros[sizeof l->packs->name - NAME_BYTES];
    for (size_t i = 0; i < l->header->pack_count; i++) {
        const struct index_pack *pack = &l->packs[i];
        if (!pressing_name_is_sound((str){pack->name, NAME_BYTES}) ||
            memcmp(pack->name + NAME_BYTES, zeros, sizeof zeros) != 0 || pack->zero[0] != 0 ||
            pack->zero[1] != 0 || pack->size > INT64_MAX ||
            pack->size < PACK_HEAD_BYTES + sizeof(struct pack_trailer)) {
            FAIL(ERR_INVALID, "pack %zu of the index is damaged", i);
        }
        for (size_t j = 0; j < i; j++) {
            if (memcmp(l->packs[j].name, pack->name, NAME_BYTES) == 0) {
                FAIL(ERR_INVALID, "pack %zu of the index is there twice", i);
            }
        }
    }
    return OK;
}

err listing_check(const struct listing *l, uint64_t bodies_end) {
    str before = {0};
    uint64_t references = 0;
    TRY(check_packs(l));
    for (size_t i = 0; i < l->header->page_count; i++) {
        const struct index_page *page = &l->pages[i];
        if (!page_is_sound(l, page, bodies_end)) {
            FAIL(ERR_INVALID, "page %zu of the index is damaged", i);
        }
        references += page->reference_count;
        str path = listing_path(l, page);
        if (i > 0 && str_cmp(before, path) >= 0) {
            FAIL(ERR_INVALID, "page %zu of the index is out of order", i);
        }
        before = path;
    }
    if (references != l->header->reference_count) { /* shared ones would make a reader slow */
        FAIL(ERR_INVALID, "the references of the index are not one page's each");
    }
    for (size_t i = 0; i < l->header->reference_count; i++) {
        if (l->references[i] >= l->header->clearance_count) {
            FAIL(ERR_INVALID, "reference %zu of the index leads nowhere", i);
        }
    }
    return OK;
}

/* ---- Asking ---------------------------------------------------------------------------------- */

str listing_path(const struct listing *l, const struct index_page *page) {
    return (str){l->texts + page->path_at, page->path_len};
}

str listing_location(const struct listing *l, const struct index_page *page) {
    return (str){l->texts + page->location_at, page->location_len};
}

const unsigned char *listing_clearance(const struct listing *l, uint32_t number) {
    return l->clearances + (size_t)number * PRESSING_HASH_BYTES;
}

bool listing_find(const struct listing *l, str path, size_t *ret_number) {
    size_t low = 0;
    size_t high = l->header->page_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = str_cmp(path, listing_path(l, &l->pages[middle]));
        if (order == 0) {
            *ret_number = middle;
            return true;
        }
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return false;
}

bool listed_are_alike(struct listed one, struct listed other) {
    const struct index_page *a = one.page;
    const struct index_page *b = other.page;
    if (a->status != b->status || a->type != b->type || a->reference_count != b->reference_count ||
        a->body_len != b->body_len || memcmp(a->hash, b->hash, sizeof a->hash) != 0 ||
        !str_eq(listing_location(one.listing, a), listing_location(other.listing, b))) {
        return false;
    }
    for (uint32_t i = 0; i < a->reference_count; i++) {
        uint32_t left = one.listing->references[a->reference_at + i];
        uint32_t right = other.listing->references[b->reference_at + i];
        if (memcmp(listing_clearance(one.listing, left), listing_clearance(other.listing, right),
                   PRESSING_HASH_BYTES) != 0) {
            return false;
        }
    }
    return true;
}

/* ---- The contents of a pack ------------------------------------------------------------------ */

err contents_read(struct arena *a, str pack, struct contents *ret_contents) {
    struct pack_trailer trailer;
    struct contents contents = {0};
    size_t size = 0;
    if (pack.len < PACK_HEAD_BYTES + sizeof trailer ||
        memcmp(pack.ptr, PACK_HEAD, PACK_HEAD_BYTES) != 0) {
        FAIL(ERR_INVALID, "this is not a pack");
    }
    uint64_t end = pack.len - sizeof trailer;
    memcpy(&trailer, pack.ptr + end, sizeof trailer);
    if (memcmp(trailer.magic, PACK_MAGIC, MAGIC_BYTES) != 0 || trailer.zero != 0 ||
        trailer.contents_at < PACK_HEAD_BYTES || trailer.contents_at > end ||
        trailer.contents_size != end - trailer.contents_at ||
        trailer.contents_size > INDEX_BYTES_MAX) {
        FAIL(ERR_INVALID, "the end of the pack is not one");
    }
    TRY(arena_copy(a, str_skip(pack, (size_t)trailer.contents_at), &contents.bytes));
    if (memcmp(contents.bytes.ptr + trailer.contents_size, &trailer, sizeof trailer) != 0) {
        FAIL(ERR_INVALID, "the pack changes while it is read");
    }
    str listing = str_slice(contents.bytes, 0, (size_t)trailer.contents_size);
    contents.begin = trailer.contents_at;
    TRY(listing_lay(listing, &contents.list, &size));
    if (size != listing.len) FAIL(ERR_INVALID, "the contents of the pack are not as long as said");
    TRY(listing_check(&contents.list, contents.begin));
    *ret_contents = contents;
    return OK;
}
