/* pressing_census.c: what an index shows beside what its packs hold. A pack outlives the pressing
 * it was written for, so the two differ: a page was written anew, and its old bytes lie on. Whether
 * they may is decided here, for the writer and the gate; and what packs say together, for the
 * writer and the repair. */
#include <stdlib.h>

#include "pressing/pressing_impl.h"

/* ---- What is shown --------------------------------------------------------------------------- */

int place_order(const void *a, const void *b) {
    const struct place *left = a;
    const struct place *right = b;
    if (left->pack != right->pack) return left->pack < right->pack ? -1 : 1;
    return (left->at > right->at) - (left->at < right->at);
}

static int hash_order(const void *a, const void *b) {
    const unsigned char *const *left = a;
    const unsigned char *const *right = b;
    return memcmp(*left, *right, PRESSING_HASH_BYTES);
}

err census_take(struct arena *a, const struct listing *index, struct census *ret_census) {
    struct census census = {.index = index};
    size_t kept = 0;
    census.places = arena_array(a, index->header->page_count, sizeof *census.places);
    census.clearances = arena_array(a, index->header->clearance_count, sizeof *census.clearances);
    if (census.places == NULL || census.clearances == NULL) {
        FAIL(ERR_NO_MEMORY, "no memory to look at a pressing");
    }
    for (uint32_t i = 0; i < index->header->page_count; i++) {
        const struct index_page *page = &index->pages[i];
        if (page->body_len == 0) continue;
        census.places[census.place_count++] = (struct place){page->pack, i, page->at};
    }
    sort_things(census.places, census.place_count, sizeof *census.places, place_order);
    for (size_t i = 0; i < census.place_count; i++) {
        if (kept > 0 && place_order(&census.places[kept - 1], &census.places[i]) == 0) continue;
        census.places[kept++] = census.places[i];
    }
    census.place_count = kept;
    for (uint32_t i = 0; i < index->header->clearance_count; i++) {
        census.clearances[i] = listing_clearance(index, i);
    }
    sort_things(census.clearances, index->header->clearance_count, sizeof *census.clearances,
                hash_order);
    *ret_census = census;
    return OK;
}

uint64_t census_live(const struct census *census, uint32_t pack) {
    uint64_t live = 0;
    for (size_t i = 0; i < census->place_count; i++) {
        const struct place *place = &census->places[i];
        if (place->pack == pack) live += page_size(&census->index->pages[place->page]);
    }
    return live;
}

static bool bytes_are_shown(const struct census *census, uint32_t pack,
                            const struct index_page *page) {
    const struct place wanted = {.pack = pack, .at = page->at};
    if (page->body_len == 0 || page->pack == PACK_ELSEWHERE) return true; /* it holds none */
    return bsearch(&wanted, census->places, census->place_count, sizeof wanted, place_order) !=
           NULL;
}

static bool words_are_shown(const struct census *census, const struct contents *contents,
                            const struct index_page *page) {
    size_t number = 0;
    if (!listing_find(census->index, listing_path(&contents->list, page), &number)) return false;
    return page->location_len == 0 ||
           str_eq(listing_location(&contents->list, page),
                  listing_location(census->index, &census->index->pages[number]));
}

static bool is_covered(const struct census *census, const struct contents *contents,
                       const struct index_page *page) {
    for (uint32_t i = 0; i < page->reference_count; i++) {
        const unsigned char *hash =
            listing_clearance(&contents->list, contents->list.references[page->reference_at + i]);
        if (bsearch(&hash, census->clearances, census->index->header->clearance_count, sizeof hash,
                    hash_order) == NULL) {
            return false;
        }
    }
    return true;
}

bool census_leftover(const struct census *census, uint32_t pack, const struct contents *contents,
                     const struct index_page **ret_page) {
    for (size_t i = 0; i < contents->list.header->page_count; i++) {
        const struct index_page *page = &contents->list.pages[i];
        if (page->status == STATUS_ENDED ||
            (bytes_are_shown(census, pack, page) && words_are_shown(census, contents, page)) ||
            is_covered(census, contents, page)) {
            continue;
        }
        *ret_page = page;
        return true;
    }
    return false;
}

/* ---- What packs say together ----------------------------------------------------------------- */

/* By path; of one path the newest first, and of two as new the one that has its bytes at hand. */
static int resolved_order(const void *a, const void *b) {
    const struct resolved *left = a;
    const struct resolved *right = b;
    int order = memcmp(left->key, right->key, sizeof left->key);
    uint64_t left_serial = left->contents->list.header->serial;
    uint64_t right_serial = right->contents->list.header->serial;
    if (order != 0) return order;
    if (left_serial != right_serial) return left_serial > right_serial ? -1 : 1;
    return (left->page->pack > right->page->pack) - (left->page->pack < right->page->pack);
}

static void key_of(const struct contents *contents, const struct index_page *page,
                   unsigned char ret_key[PRESSING_HASH_BYTES]) {
    str path = listing_path(&contents->list, page);
    if (page->status != STATUS_ENDED) {
        hash_bytes(path, ret_key);
        return;
    }
    str hex = str_skip(path, sizeof ENDED_PREFIX - 1);
    sodium_hex2bin(ret_key, PRESSING_HASH_BYTES, hex.ptr, hex.len, NULL, NULL, NULL);
}

err contents_resolve(struct arena *a, const struct contents *contents, size_t count,
                     struct resolved **ret_list, size_t *ret_count) {
    size_t room = 0;
    size_t filled = 0;
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) room += contents[i].list.header->page_count;
    struct resolved *list = arena_array(a, room, sizeof *list);
    if (list == NULL) FAIL(ERR_NO_MEMORY, "no memory for the contents of packs");
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < contents[i].list.header->page_count; j++) {
            struct resolved *entry = &list[filled++];
            *entry =
                (struct resolved){.contents = &contents[i], .page = &contents[i].list.pages[j]};
            key_of(&contents[i], entry->page, entry->key);
        }
    }
    sort_things(list, filled, sizeof *list, resolved_order);
    for (size_t i = 0; i < filled; i++) {
        if (kept > 0 && memcmp(list[kept - 1].key, list[i].key, sizeof list[i].key) == 0) continue;
        list[kept++] = list[i];
    }
    *ret_list = list;
    *ret_count = kept;
    return OK;
}
