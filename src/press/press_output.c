/* press_output.c: finished pages into the pressing. */
#include <sodium.h>
#include <string.h>

#include "press/press_impl.h"

void page_begin(struct press *p, const struct edition *edition, str path, struct page *ret_page) {
    arena_done(&p->page);
    arena_init(&p->page, p->sys, PAGE_ARENA_MAX);
    *ret_page = (struct page){.press = p, .edition = edition, .path = path};
    view_init(&ret_page->view, &p->page);
    depends_begin(ret_page);
    if (edition != NULL) page_use(ret_page, edition->number);
}

void page_use(struct page *page, uint32_t number) {
    if (page->use_count == page->use_room) {
        size_t room = page->use_room == 0 ? 32 : page->use_room * 2;
        uint32_t *grown =
            arena_grow(&page->press->page, page->uses, page->use_room * sizeof *page->uses,
                       room * sizeof *page->uses);
        if (grown == NULL) {
            page->failed =
                err_make(ERR_NO_MEMORY, __FILE__, __LINE__,
                         "no memory for the clearances of " STR_FMT, STR_ARG(page->path));
            return;
        }
        page->uses = grown;
        page->use_room = room;
    }
    page->uses[page->use_count++] = number;
}

static int compare_numbers(const void *one, const void *other) {
    uint32_t a = *(const uint32_t *)one;
    uint32_t b = *(const uint32_t *)other;
    return (a > b) - (a < b);
}

/* Ascending and each once: the same page says the same, in whatever order it was made. */
static void sort_uses(struct page *page) {
    size_t kept = 0;
    sort_things(page->uses, page->use_count, sizeof *page->uses, compare_numbers);
    for (size_t i = 0; i < page->use_count; i++) {
        if (kept == 0 || page->uses[kept - 1] != page->uses[i]) page->uses[kept++] = page->uses[i];
    }
    page->use_count = kept;
}

/* ---- Names made of bytes -------------------------------------------------------------------- */

void hash_of(str bytes, unsigned char ret_hash[HASH_BYTES]) {
    crypto_generichash(ret_hash, HASH_BYTES, (const unsigned char *)bytes.ptr, bytes.len, NULL, 0);
}

err hex_of(struct arena *a, const unsigned char *bytes, size_t size, str *ret_hex) {
    char *hex = arena_alloc(a, size * 2 + 1);
    if (hex == NULL) FAIL(ERR_NO_MEMORY, "no memory for a name");
    sodium_bin2hex(hex, size * 2 + 1, bytes, size);
    *ret_hex = (str){hex, size * 2};
    return OK;
}

/* ---- Paths ---------------------------------------------------------------------------------- */

/* FNV-1a, 64 bits: spreads paths over the table; a collision costs a comparison. */
static uint64_t spread(str path) {
    uint64_t hash = 0xcbf29ce484222325U;
    for (size_t i = 0; i < path.len; i++)
        hash = (hash ^ (unsigned char)path.ptr[i]) * 0x100000001b3U;
    return hash;
}

/* The slot of a path, or the empty one where it belongs. */
static uint32_t *find_slot(const struct press *p, str path) {
    size_t at = (size_t)spread(path) & (p->slot_room - 1);
    while (p->slots[at] > 0 && !str_eq(p->written[p->slots[at] - 1].path, path))
        at = (at + 1) & (p->slot_room - 1);
    return &p->slots[at];
}

bool path_is_taken(const struct press *p, str path) {
    return p->slot_room > 0 && *find_slot(p, path) > 0;
}

/* Room for one more path: at least half of the slots stay empty. */
static err widen(struct press *p) {
    if (p->written_count * 2 < p->slot_room) return OK;
    p->slot_room = p->slot_room == 0 ? 1024 : p->slot_room * 2;
    p->slots = arena_array(p->site, p->slot_room, sizeof *p->slots);
    if (p->slots == NULL) FAIL(ERR_NO_MEMORY, "no memory for %zu paths", p->slot_room);
    for (size_t i = 0; i < p->written_count; i++)
        *find_slot(p, p->written[i].path) = (uint32_t)i + 1;
    return OK;
}

err page_written(struct page *page) {
    struct press *p = page->press;
    if (path_is_taken(p, page->path))
        FAIL(ERR_EXISTS, "two pages have the path " STR_FMT, STR_ARG(page->path));
    struct written *all = grown(p, p->written, p->written_count, sizeof *all);
    if (all == NULL) FAIL(ERR_NO_MEMORY, "no memory for %zu paths", p->written_count + 1);
    p->written = all;
    TRY(widen(p));
    struct written *one = &all[p->written_count];
    *one = (struct written){.path = page->path};
    if (page->is_keyed) memcpy(one->key, page->key, sizeof one->key);
    *find_slot(p, page->path) = (uint32_t)++p->written_count;
    return OK;
}

static err write_page(struct page *page, struct pressing_page *finished, bool wants_forms) {
    TRY(page->failed);
    TRY(arena_copy(page->press->site, page->path, &page->path)); /* it outlives the page */
    TRY(page_written(page));
    sort_uses(page);
    finished->path = page->path;
    finished->clearances = page->uses;
    finished->clearance_count = (uint32_t)page->use_count;
    TRY(compressing_page(page->press->compressing, finished, wants_forms));
    page->press->report->pages++;
    return OK;
}

/* Whether readers have exactly these bytes at this path already: then the forms that were made of
 * them serve again, and the writer leaves all of it where it lies. */
static bool find_forms(const struct page *page, struct pressing_page *finished) {
    const struct pressing *live = page->press->live;
    struct pressing_page old;
    unsigned char hash[HASH_BYTES];
    size_t number = 0;
    if (live == NULL || !pressing_find_number(live, page->path, &number)) return false;
    pressing_page_at(live, number, &old);
    if (old.body.len != finished->body.len) return false;
    hash_of(finished->body, hash);
    if (memcmp(hash, old.hash, sizeof hash) != 0) return false;
    finished->gzip = old.gzip;
    finished->brotli = old.brotli;
    return true;
}

err page_write(struct page *page, enum pressing_type type, str bytes, uint16_t status) {
    struct pressing_page finished = {.status = status, .type = type, .body = bytes};
    bool is_picture = type == PRESSING_JPEG || type == PRESSING_PNG || type == PRESSING_AVIF;
    bool wants_forms = page->press->options->forms == PRESS_FORMS_ALL && !is_picture;
    return write_page(page, &finished, wants_forms && !find_forms(page, &finished));
}

err page_redirect(struct page *page, str location) {
    struct pressing_page finished = {.status = 301, .type = PRESSING_HTML, .location = location};
    return write_page(page, &finished, false);
}

err page_render(struct page *page, const char *template, uint16_t status) {
    struct buf out;
    str bytes = {0};
    buf_init(&out, &page->press->page, LIMIT_PAGE_BYTES);
    TRY(view_check(&page->view));
    TRY(mustache_render(page->press->templates, str_of(template), &page->view.root, &out));
    TRY(buf_finish(&out, &bytes));
    return page_write(page, PRESSING_HTML, bytes, status);
}
