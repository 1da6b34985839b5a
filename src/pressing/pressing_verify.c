/* pressing_verify.c: whether packs hold the bytes that the index vouches for, and nothing else. */
#include <assert.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "pressing/pressing_impl.h"

enum { HELD_MAX = 2 << 20 }; /* bytes of a pack that its reader keeps in memory */

/* ---- The hash alone, a piece at a time ------------------------------------------------------- */

static err check_hash(struct pack *pack) {
    unsigned char hash[PRESSING_HASH_BYTES];
    hasher_end(&pack->hasher, hash);
    if (memcmp(hash, pack->about.hash, sizeof hash) != 0) {
        FAIL(ERR_INVALID, "%.*s.pack: its bytes are not the ones that were pressed", NAME_BYTES,
             pack->about.name);
    }
    pack->is_verified = true;
    return OK;
}

/* The bytes were read once and may not be asked for again: they need not stay in this process. */
static void let_go(const struct pack *pack) {
    union {
        const char *read;
        void *plain; /* madvise takes what mmap gave */
    } address = {.read = pack->bytes.ptr};
    madvise(address.plain, pack->bytes.len, MADV_DONTNEED); /* benign when it fails */
}

void pack_was_read(struct pack *pack, size_t bytes) {
    pack->held += bytes;
    if (pack->held <= HELD_MAX) return;
    let_go(pack);
    pack->held = 0;
}

err pressing_verify_some(struct pressing *p, size_t bytes_max, bool *ret_is_done) {
    assert(bytes_max > 0);
    for (size_t i = 0; i < p->list.header->pack_count; i++) {
        struct pack *pack = p->packs[i];
        if (pack->is_verified) continue;
        if (bytes_max == 0) {
            *ret_is_done = false;
            return OK;
        }
        size_t end =
            pack->bytes.len - pack->hashed < bytes_max ? pack->bytes.len : pack->hashed + bytes_max;
        hasher_add(&pack->hasher, str_slice(pack->bytes, pack->hashed, end));
        bytes_max -= end - pack->hashed;
        pack->hashed = end;
        if (pack->hashed < pack->bytes.len) {
            *ret_is_done = false;
            return OK;
        }
        TRY(check_hash(pack));
        let_go(pack);
    }
    *ret_is_done = true;
    return OK;
}

/* ---- Every byte ------------------------------------------------------------------------------ */

err copy_checked(struct arena *a, str bytes, const unsigned char *hash, str *ret_copy) {
    unsigned char found[PRESSING_HASH_BYTES];
    str copy;
    TRY(arena_copy(a, bytes, &copy));
    hash_bytes(copy, found);
    if (memcmp(hash, found, sizeof found) != 0) {
        FAIL(ERR_INVALID, "its bytes are not the ones that were pressed");
    }
    *ret_copy = copy;
    return OK;
}

/* A pack being read once, from its front: what is judged is a copy, and the hash at the end is the
 * hash of these copies, so that nothing can be changed between two looks. */
struct walk {
    const struct pressing *p;
    struct pack *pack;
    uint32_t number;
    struct arena *a;
    const struct pressing_openers *openers;
    struct contents contents;
    struct place *bodies; /* of the contents, in order, each once */
    size_t body_count;
    struct hasher hasher;
};

static err open_form(struct walk *w, pressing_inflate *opener, str form, str body) {
    str opened = {0};
    if (opener == NULL || form.len == 0) return OK;
    TRY(opener(w->a, form, body.len, &opened));
    if (!str_eq(opened, body)) FAIL(ERR_INVALID, "the compressed form is another page");
    return OK;
}

static err read_body(struct walk *w, const struct index_page *page) {
    unsigned char found[PRESSING_HASH_BYTES];
    str all;
    TRY(arena_copy(w->a, (str){w->pack->bytes.ptr + page->at, (size_t)page_size(page)}, &all));
    hasher_add(&w->hasher, all);
    str body = str_slice(all, 0, page->body_len);
    str gzip = str_slice(all, page->body_len, (size_t)page->body_len + page->gzip_len);
    str brotli = str_skip(all, (size_t)page->body_len + page->gzip_len);
    hash_bytes(body, found);
    if (memcmp(found, page->hash, sizeof found) != 0) {
        FAIL(ERR_INVALID, "its bytes are not the ones that were pressed");
    }
    if (w->openers == NULL) return OK;
    TRY(open_form(w, w->openers->gzip, gzip, body));
    TRY(open_form(w, w->openers->brotli, brotli, body));
    if (w->openers->seen == NULL) return OK;
    return w->openers->seen(w->openers->ctx, (str){w->pack->bytes.ptr + page->at, body.len}, body);
}

static bool have_same_bytes(const struct index_page *a, const struct index_page *b) {
    return a->at == b->at && a->body_len == b->body_len && a->gzip_len == b->gzip_len &&
           a->brotli_len == b->brotli_len && memcmp(a->hash, b->hash, sizeof a->hash) == 0;
}

/* The bodies that the contents tell of, each once. */
static err gather_bodies(struct walk *w) {
    const struct listing *list = &w->contents.list;
    size_t kept = 0;
    w->bodies = arena_array(w->a, list->header->page_count, sizeof *w->bodies);
    if (w->bodies == NULL) FAIL(ERR_NO_MEMORY, "no memory to check a pack");
    for (uint32_t i = 0; i < list->header->page_count; i++) {
        const struct index_page *page = &list->pages[i];
        if (page->body_len == 0 || page->pack != PACK_HERE) continue;
        w->bodies[w->body_count++] = (struct place){0, i, page->at};
    }
    sort_things(w->bodies, w->body_count, sizeof *w->bodies, place_order);
    for (size_t i = 0; i < w->body_count; i++) {
        if (kept > 0 && have_same_bytes(&list->pages[w->bodies[kept - 1].page],
                                        &list->pages[w->bodies[i].page])) {
            continue;
        }
        w->bodies[kept++] = w->bodies[i];
    }
    w->body_count = kept;
    return OK;
}

/* From the head to the contents: body after body, nothing between. */
static err read_bodies(struct walk *w) {
    const struct listing *list = &w->contents.list;
    uint64_t end = PACK_HEAD_BYTES;
    hasher_add(&w->hasher, STR(PACK_HEAD)); /* which pack_open saw; else the hash will differ */
    for (size_t i = 0; i < w->body_count; i++) {
        const struct index_page *page = &list->pages[w->bodies[i].page];
        if (page->at != end) {
            FAIL(ERR_INVALID, "byte %llu belongs to no page, or to two", (unsigned long long)end);
        }
        end += page_size(page);
        struct arena_mark mark = arena_mark(w->a);
        err e = read_body(w, page);
        arena_reset(w->a, mark);
        pack_was_read(w->pack, (size_t)page_size(page));
        if (e.kind != ERR_NONE) {
            return err_wrap(e, STR_FMT, STR_ARG(listing_path(list, page)));
        }
    }
    if (end != w->contents.begin) FAIL(ERR_INVALID, "it has bytes that belong to no page");
    return OK;
}

static err read_pack(struct walk *w) {
    unsigned char hash[PRESSING_HASH_BYTES];
    TRY(contents_read(w->a, w->pack->bytes, &w->contents));
    hasher_begin(&w->hasher);
    TRY(gather_bodies(w));
    TRY(read_bodies(w));
    hasher_add(&w->hasher, w->contents.bytes);
    hasher_end(&w->hasher, hash);
    if (memcmp(hash, w->pack->about.hash, sizeof hash) != 0) {
        FAIL(ERR_INVALID, "its bytes are not the ones that were pressed");
    }
    return OK;
}

/* ---- Index and contents agree ---------------------------------------------------------------- */

static bool is_body(const struct walk *w, const struct index_page *page, size_t *ret_body) {
    const struct place wanted = {.at = page->at};
    const struct place *found =
        bsearch(&wanted, w->bodies, w->body_count, sizeof wanted, place_order);
    if (found == NULL || !have_same_bytes(&w->contents.list.pages[found->page], page)) return false;
    *ret_body = (size_t)(found - w->bodies);
    return true;
}

/* Every page of the index that lies in this pack is one of its bodies; of a pack that was written
 * with the index, every body is a page, and every record is as the index says. */
static err compare(struct walk *w) {
    const struct listing *index = &w->p->list;
    const struct listing *list = &w->contents.list;
    bool is_of_index = list->header->serial == index->header->serial;
    bool *shown = arena_array(w->a, w->body_count, sizeof *shown);
    if (shown == NULL) FAIL(ERR_NO_MEMORY, "no memory to check a pack");
    for (size_t i = 0; i < index->header->page_count; i++) {
        const struct index_page *page = &index->pages[i];
        size_t body = 0;
        if (page->body_len == 0 || page->pack != w->number) continue;
        if (!is_body(w, page, &body)) {
            FAIL(ERR_INVALID, STR_FMT ": the pack does not say that it has this page",
                 STR_ARG(listing_path(index, page)));
        }
        shown[body] = true;
    }
    for (size_t i = 0; is_of_index && i < w->body_count; i++) {
        if (!shown[i]) FAIL(ERR_INVALID, "it has bytes that belong to no page");
    }
    for (size_t i = 0; is_of_index && i < list->header->page_count; i++) {
        const struct index_page *page = &list->pages[i];
        str path = listing_path(list, page);
        size_t number = 0;
        if (page->status == STATUS_ENDED) continue;
        if (!listing_find(index, path, &number) ||
            !listed_are_alike((struct listed){list, page},
                              (struct listed){index, &index->pages[number]})) {
            FAIL(ERR_INVALID, STR_FMT ": the index and the pack do not agree", STR_ARG(path));
        }
    }
    return OK;
}

static err verify_pack(struct walk *w) {
    TRY(read_pack(w));
    return compare(w);
}

err pressing_verify_pack(const struct pressing *p, size_t number, struct arena *a,
                         const struct pressing_openers *openers) {
    assert(number < p->list.header->pack_count);
    struct walk w = {
        .p = p, .pack = p->packs[number], .number = (uint32_t)number, .a = a, .openers = openers};
    struct arena_mark mark = arena_mark(a);
    err e = verify_pack(&w);
    arena_reset(a, mark);
    let_go(w.pack);
    if (e.kind == ERR_NONE) return e;
    return err_wrap(e, "%.*s.pack", NAME_BYTES, w.pack->about.name);
}

err pressing_verify(const struct pressing *p, struct arena *a,
                    const struct pressing_openers *openers) {
    for (size_t i = 0; i < p->list.header->pack_count; i++) {
        TRY(pressing_verify_pack(p, i, a, openers));
    }
    return OK;
}

err pressing_copy_body(const struct pressing *p, size_t number, struct arena *a, str *ret_body) {
    struct pressing_page page;
    pressing_page_at(p, number, &page);
    TRY(copy_checked(a, page.body, p->list.pages[number].hash, ret_body));
    if (page.body.len > 0) pack_was_read(p->packs[p->list.pages[number].pack], page.body.len);
    return OK;
}

/* ---- Leftovers ------------------------------------------------------------------------------- */

static err find_leftover(const struct pressing *p, struct arena *a, bool *ret_is_there,
                         struct pressing_leftover *ret_leftover) {
    struct census census;
    TRY(census_take(a, &p->list, &census));
    for (uint32_t i = 0; i < p->list.header->pack_count; i++) {
        struct contents contents;
        const struct index_page *page = NULL;
        err e = contents_read(a, p->packs[i]->bytes, &contents);
        if (e.kind != ERR_NONE) {
            return err_wrap(e, "%.*s.pack", NAME_BYTES, p->packs[i]->about.name);
        }
        if (!census_leftover(&census, i, &contents, &page)) continue;
        *ret_leftover =
            (struct pressing_leftover){.pack = i, .path = listing_path(&contents.list, page)};
        *ret_is_there = true;
        return OK;
    }
    *ret_is_there = false;
    return OK;
}

err pressing_find_leftover(const struct pressing *p, struct arena *a, bool *ret_is_there,
                           struct pressing_leftover *ret_leftover) {
    struct arena_mark mark = arena_mark(a);
    bool is_there = false;
    struct pressing_leftover leftover = {0};
    char room[PRESSING_PATH_MAX];
    err e = find_leftover(p, a, &is_there, &leftover);
    size_t len = leftover.path.len;
    if (is_there) memcpy(room, leftover.path.ptr, len);
    arena_reset(a, mark);
    if (is_there) TRY(arena_copy(a, (str){room, len}, &leftover.path));
    TRY(e);
    if (is_there) *ret_leftover = leftover;
    *ret_is_there = is_there;
    return OK;
}

/* ---- Integrity ------------------------------------------------------------------------------- */

/* A pack whose hash differs: which pages it is. */
static err tell_damage(const struct pressing *p, uint32_t pack, struct arena *a,
                       const struct pressing_report *report) {
    bool is_told = false;
    for (size_t i = 0; i < p->list.header->page_count; i++) {
        const struct index_page *page = &p->list.pages[i];
        str body;
        if (page->body_len == 0 || page->pack != pack) continue;
        struct arena_mark mark = arena_mark(a);
        err e = pressing_copy_body(p, i, a, &body);
        arena_reset(a, mark);
        if (e.kind == ERR_NO_MEMORY) return e;
        if (e.kind == ERR_NONE) continue;
        report->say(report->ctx, listing_path(&p->list, page), str_of(e.message));
        is_told = true;
    }
    if (!is_told) {
        report->say(report->ctx, STR(""), STR("a pack is damaged where no page's body lies"));
    }
    return OK;
}

err pressing_check(const struct pressing_place *place, struct arena *a,
                   const struct pressing_report *report) {
    CLEANUP(pressing_close) struct pressing *p = NULL;
    str name;
    TRY(pressing_open_current(place, a, &name, &p));
    for (uint32_t i = 0; i < p->list.header->pack_count; i++) {
        err e = pressing_verify_pack(p, i, a, NULL);
        if (e.kind == ERR_NO_MEMORY) return e;
        if (e.kind != ERR_NONE) TRY(tell_damage(p, i, a, report));
    }
    return OK;
}
