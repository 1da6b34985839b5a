/* press_search.c: what readers search, and the page they ask on.
 *
 * The texts of a language go into segments (pressing/search.h), each a page of the pressing that
 * no reader can ask for, under a path made of what is in it:
 *
 *     /.search/en/5d1f...a0/0     the hash of all that the segment is made of, and its part
 *
 * So a segment that the live pressing has under that path is the one that would be made: it stays
 * where it lies, and no body is loaded for it. A segment names the clearance of each of its texts;
 * what is called back takes its segment with it. */
#include <sodium.h>
#include <string.h>

#include "base/unicode.h"
#include "press/markdown.h"
#include "press/press_impl.h"
#include "pressing/search.h"
#include "pressing/slots.h"

str search_href(struct page *page, const struct edition *e) {
    return page_text(page, STR_FMT "search/", STR_ARG(e->home));
}

/* Counted up when segments of the same texts become other bytes. */
static const char FORMAT[] = "hanji search 1";

/* ---- Segments ------------------------------------------------------------------------------- */

/* One group of texts that is to be searched. */
struct group {
    struct press *press;
    const struct edition *edition;
    struct entry *const *entries;
    size_t count;
    char path[PRESSING_PATH_MAX]; /* with room for the part behind it */
    size_t path_len;
};

static str shown_title(const struct group *g, const struct entry *entry) {
    return entry->title.len > 0 ? entry->title : word(g->edition, STR("story.untitled"));
}

/* What readers are shown as its day: seconds by the site's own clock. */
static int64_t shown_time(const struct group *g, const struct entry *entry) {
    return entry->published + g->press->offset;
}

/* A text goes in with its length, so that no two lists of texts run together to the same bytes. */
static void mix(crypto_generichash_state *state, str text) {
    uint64_t len = text.len;
    crypto_generichash_update(state, (const unsigned char *)&len, sizeof len);
    if (text.len > 0) crypto_generichash_update(state, (const unsigned char *)text.ptr, text.len);
}

/* Names a group by all that its segments are made of: the digest of an entry holds the hash of its
 * clearance, which is for its very text. */
static void name_group(struct group *g) {
    crypto_generichash_state state;
    unsigned char hash[HASH_BYTES];
    char hex[2 * HASH_BYTES + 1];
    int64_t offset = g->press->offset;
    crypto_generichash_init(&state, NULL, 0, sizeof hash);
    mix(&state, str_of(FORMAT));
    mix(&state, search_maker());
    mix(&state, word(g->edition, STR("story.untitled")));
    mix(&state, (str){(const char *)&offset, sizeof offset});
    for (size_t i = 0; i < g->count; i++)
        crypto_generichash_update(&state, g->entries[i]->digest, KEY_BYTES);
    crypto_generichash_final(&state, hash, sizeof hash);
    sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
    int len = snprintf(g->path, sizeof g->path, "/.search/" STR_FMT "/%s/",
                       STR_ARG(g->edition->language), hex);
    g->path_len = (size_t)len;
}

static str part_path(struct group *g, size_t part) {
    int len = snprintf(g->path + g->path_len, sizeof g->path - g->path_len, "%zu", part);
    return (str){g->path, g->path_len + (size_t)len};
}

/* Begins the page of a part; its path outlives it. */
static err begin_part(struct group *g, size_t part, struct page *ret_page) {
    page_begin(g->press, NULL, (str){0}, ret_page);
    TRY(arena_copy(g->press->site, part_path(g, part), &ret_page->path));
    return page_written(ret_page);
}

/* Takes over the segments that readers have already. */
static err keep_group(struct group *g, bool *ret_is_kept) {
    const struct press *p = g->press;
    size_t number = 0;
    size_t part = 0;
    while (p->live != NULL && pressing_find_number(p->live, part_path(g, part), &number)) {
        struct page page;
        TRY(begin_part(g, part, &page));
        TRY(pressing_writer_keep(p->writer, number));
        p->report->pages++;
        p->report->kept++;
        part++;
    }
    *ret_is_kept = part > 0;
    return OK;
}

/* A copy without NUL, which a segment cannot hold. */
static err clean_copy(struct arena *a, str text, str *ret_copy) {
    struct buf copy;
    if (utf8_is_valid(text) && str_find_byte(text, '\0') == STR_NONE)
        return arena_copy(a, text, ret_copy);
    buf_init(&copy, a, 3 * text.len + 1);
    utf8_add_mended(&copy, text);
    return buf_finish(&copy, ret_copy);
}

/* Loads the texts of an entry, and holds them against their clearance as its page does. */
static err load_story(struct group *g, const struct entry *entry, struct search_story *ret_story) {
    struct press *p = g->press;
    struct archive_version version = {0};
    const struct clearance *clearance = NULL;
    str body = {0};
    TRY(entry_load(p, &p->walk, entry, &version, &clearance));
    TRY(markdown_text(&p->walk, version.body, LIMIT_BODY_BYTES, &body));
    *ret_story = (struct search_story){.path = entry->path, .published = shown_time(g, entry)};
    TRY(clean_copy(&p->page, shown_title(g, entry), &ret_story->title));
    TRY(clean_copy(&p->page, version.deck, &ret_story->deck));
    TRY(clean_copy(&p->page, entry->byline, &ret_story->byline));
    return clean_copy(&p->page, body, &ret_story->body);
}

static int compare_numbers(const void *one, const void *other) {
    uint32_t a = *(const uint32_t *)one;
    uint32_t b = *(const uint32_t *)other;
    return (a > b) - (a < b);
}

/* Makes one segment of the stories from `from` on, as many as it can hold. */
static err make_segment(struct group *g, size_t from, size_t part, size_t *ret_count) {
    struct press *p = g->press;
    struct page page;
    size_t text = 0;
    size_t count = 0;
    size_t room = g->count - from;
    TRY(begin_part(g, part, &page));
    struct search_story *stories = arena_array(&p->page, room, sizeof *stories);
    uint32_t *numbers = arena_array(&p->page, room, sizeof *numbers);
    if (stories == NULL || numbers == NULL) FAIL(ERR_NO_MEMORY, "no memory for a search segment");
    for (; count < room; count++) {
        struct search_story *s = &stories[count];
        struct arena_mark mark = arena_mark(&p->walk);
        err refused = load_story(g, g->entries[from + count], s);
        if (refused.kind == ERR_DENIED || refused.kind == ERR_NOT_FOUND)
            FAIL(ERR_BUSY, STR_FMT " was changed while the site was pressed; press again",
                 STR_ARG(g->entries[from + count]->key));
        TRY(refused);
        arena_reset(&p->walk, mark);
        text += s->title.len + s->deck.len + s->byline.len + s->body.len;
        if (text > SEARCH_SEGMENT_TEXT) break;
        numbers[count] = g->entries[from + count]->number;
    }
    sort_things(numbers, count, sizeof *numbers, compare_numbers);
    struct pressing_page finished = {.path = page.path,
                                     .status = 200,
                                     .type = PRESSING_SEARCH,
                                     .clearances = numbers,
                                     .clearance_count = (uint32_t)count};
    TRY(search_build(&p->page, stories, count, &finished.body));
    *ret_count = count;
    p->report->pages++;
    return pressing_writer_page(p->writer, &finished);
}

static err press_group(struct group *g) {
    bool is_kept = false;
    size_t done = 0;
    name_group(g);
    TRY(keep_group(g, &is_kept));
    if (is_kept) return OK;
    for (size_t part = 0; done < g->count; part++) {
        size_t count = 0;
        TRY(make_segment(g, done, part, &count));
        done += count;
    }
    return OK;
}

static int oldest_first(const void *one, const void *other) {
    const struct entry *a = *(struct entry *const *)one;
    const struct entry *b = *(struct entry *const *)other;
    if (a->published != b->published) return a->published < b->published ? -1 : 1;
    return (a->id > b->id) - (a->id < b->id);
}

static err press_segments(struct press *p, const struct edition *e) {
    struct arena_mark mark = arena_mark(&p->walk);
    struct entry **all = arena_array(&p->walk, p->entry_count, sizeof *all);
    int64_t *ids = arena_array(&p->walk, p->entry_count, sizeof *ids);
    size_t count = 0;
    if (all == NULL || ids == NULL) FAIL(ERR_NO_MEMORY, "no memory to search in");
    for (size_t i = 0; i < p->entry_count; i++) {
        if (str_eq(p->entries[i].language, e->language)) all[count++] = &p->entries[i];
    }
    sort_things(all, count, sizeof(struct entry *), oldest_first);
    for (size_t i = 0; i < count; i++) ids[i] = all[i]->id;
    for (size_t from = 0; from < count;) {
        size_t end = search_group_end(ids, count, from);
        struct group g = {.press = p, .edition = e, .entries = all + from, .count = end - from};
        TRY(press_group(&g));
        from = end;
    }
    arena_reset(&p->walk, mark);
    return OK;
}

/* ---- The page ------------------------------------------------------------------------------- */

/* Parts a word at its {braces}: texts, and the slots that the front fills between them. */
static void view_parts(struct page *page, struct value *parent, const char *name, str text) {
    struct view *view = &page->view;
    struct value *list = view_list(view, parent, name);
    while (text.len > 0) {
        str before = {0};
        str slot = {0};
        bool has_slot = str_cut(text, '{', &before, &text) && str_cut(text, '}', &slot, &text);
        struct value *part = view_map(view, list, NULL);
        view_text(view, part, "text", before);
        view_text(view, part, "slot", has_slot ? slot : (str){0});
        view_flag(view, part, "is_month", has_slot && str_eq(slot, STR("month")));
    }
}

static err view_search(struct page *page) {
    static const struct {
        const char *name;
        const char *key;
    } sentences[] = {{"one", "search.count.one"}, {"many", "search.count.other"},
                     {"none", "search.none"},     {"any", "search.any"},
                     {"where", "search.where"},   {"date", "date.format"}};
    struct view *view = &page->view;
    struct value *search = view_map(view, &view->root, "search");
    for (size_t i = 0; i < COUNT_OF(sentences); i++)
        view_parts(page, search, sentences[i].name, word(page->edition, str_of(sentences[i].key)));
    struct value *months = view_list(view, search, "months");
    for (int i = 1; i <= 12; i++) {
        struct value *month = view_map(view, months, NULL);
        view_text(view, month, "number", page_text(page, "%d", i));
        view_text(view, month, "name", word(page->edition, page_text(page, "date.month.%d", i)));
    }
    view_flag(view, search, "is_page", true);
    return view_check(view);
}

/* The page as it is pressed; that it can be filled is seen here, not by a reader. */
static err render_search(struct page *page) {
    struct arena *a = &page->press->page;
    const struct slot_scope nothing = {0};
    struct buf out;
    str bytes = {0};
    str filled = {0};
    buf_init(&out, a, LIMIT_PAGE_BYTES);
    TRY(mustache_render(page->press->templates, STR("search"), &page->view.root, &out));
    TRY(buf_finish(&out, &bytes));
    TRY(err_wrap(slots_fill(a, bytes, &nothing, &filled), "the template search"));
    return page_write(page, PRESSING_HTML, bytes, 200);
}

err press_search(struct press *p, const struct edition *e) {
    struct page page;
    bool is_kept = false;
    TRY(press_segments(p, e));
    page_begin(p, e, (str){0}, &page);
    page.path = search_href(&page, e);
    TRY(view_check(&page.view));
    if (entry_by_path(p, page.path) != NULL) /* a page of the house's, older than ours */
        return note(p, page.path,
                    STR("this page has the address of the search page, which is "
                        "left out; give it another slug"));
    TRY(page_keep(&page, &is_kept));
    if (is_kept) return OK;
    view_site(&page, &(struct page_facts){.title = word(e, STR("search.title")),
                                          .type = "website",
                                          .is_noindex = true});
    TRY(view_search(&page));
    return render_search(&page);
}
