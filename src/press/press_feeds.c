/* press_feeds.c: the newest stories of a language as RSS, Atom and JSON Feed.
 *
 * A feed says what a card says, never the text itself: readers and aggregators keep what they once
 * fetched, and no withdrawal reaches them. */
#include "base/date.h"
#include "base/json.h"
#include "press/press_impl.h"

/* ---- XML ------------------------------------------------------------------------------------ */

/* Text in XML 1.0, which knows no control characters and no U+FFFE and U+FFFF, not even as
 * references. */
void xml_text(struct buf *b, str text) {
    size_t from = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        bool is_none = c == 0xEF && (str_starts(str_skip(text, i), STR("\xEF\xBF\xBE")) ||
                                     str_starts(str_skip(text, i), STR("\xEF\xBF\xBF")));
        if (!is_none && (c >= 0x20 || c == '\n' || c == '\t')) continue;
        html_text(b, str_slice(text, from, i));
        from = i + (is_none ? 3 : 1);
    }
    html_text(b, str_skip(text, from));
}

void xml_address(struct buf *b, const struct press *p, str href) {
    xml_text(b, p->base);
    xml_text(b, href);
}

static void xml_element(struct buf *b, const char *name, str text) {
    if (text.len == 0) return;
    buf_printf(b, "<%s>", name);
    xml_text(b, text);
    buf_printf(b, "</%s>\n", name);
}

/* ---- What the three have in common ---------------------------------------------------------- */

/* A name that outlives slugs (RFC 4287, 4.2.6): the language's home and the number of the story in
 * the archive, "https://example.org/en/#12". Whoever follows it stands on the home page. */
static str item_id(struct page *page, const struct entry *entry) {
    struct buf id;
    buf_init(&id, &page->press->page, LIMIT_PATH_BYTES);
    buf_add(&id, page->press->base);
    buf_add(&id, page->edition->home);
    buf_printf(&id, "#%lld", (long long)entry->group);
    return page_finish(page, &id);
}

static str item_title(const struct page *page, const struct entry *entry) {
    return entry->title.len > 0 ? entry->title : word(page->edition, STR("story.untitled"));
}

static int64_t last_change(const struct entry *entry) {
    return entry->updated > entry->published ? entry->updated : entry->published;
}

/* When anything in the feed last changed. Not the hour of pressing: what is the same stays the same
 * bytes, and a reader that asks again gets a 304. */
static int64_t feed_change(const struct edition *e) {
    int64_t last = 0;
    for (size_t i = 0; i < e->stories.count && i < FEED_ITEMS; i++) {
        int64_t change = last_change(e->stories.all[i]);
        if (change > last) last = change;
    }
    return last;
}

static str feed_description(struct page *page) {
    const struct edition *e = page->edition;
    struct fill fill = {STR("site"), e->name};
    struct buf text;
    if (e->tagline.len > 0) return e->tagline;
    buf_init(&text, &page->press->page, LIMIT_FIELD_BYTES);
    fill_words(&text, word(e, STR("blog.description")), &fill, 1);
    return page_finish(page, &text);
}

/* Calls `add` for each item of the feed, newest first. */
static void each_item(struct page *page, struct buf *b,
                      void (*add)(struct page *page, struct buf *b, const struct entry *entry)) {
    const struct entry_list *stories = &page->edition->stories;
    for (size_t i = 0; i < stories->count && i < FEED_ITEMS; i++) {
        page_use(page, stories->all[i]->number);
        add(page, b, stories->all[i]);
    }
}

/* Begins a feed, or takes the one over that readers have: the same stories make the same feed. */
static err begin(struct press *p, const struct edition *e, str path, struct page *ret_page,
                 bool *ret_is_kept) {
    page_begin(p, e, path, ret_page);
    for (size_t i = 0; i < e->stories.count && i < FEED_ITEMS; i++)
        depends_entry(ret_page, e->stories.all[i]);
    return page_keep(ret_page, ret_is_kept);
}

static err finish(struct page *page, struct buf *b, enum pressing_type type) {
    str bytes = {0};
    TRY(view_check(&page->view));
    TRY(buf_finish(b, &bytes));
    return page_write(page, type, bytes, 200);
}

/* ---- RSS 2.0 (rssboard.org/rss-specification) ----------------------------------------------- */

static void rss_date(struct buf *b, const char *name, int64_t seconds) {
    if (seconds == 0) return;
    buf_printf(b, "<%s>", name);
    date_add_mail(b, seconds);
    buf_printf(b, "</%s>\n", name);
}

static void rss_item(struct page *page, struct buf *b, const struct entry *entry) {
    buf_add(b, STR("<item>\n"));
    xml_element(b, "title", item_title(page, entry));
    buf_add(b, STR("<link>"));
    xml_address(b, page->press, entry->href);
    buf_add(b, STR("</link>\n<guid isPermaLink=\"false\">"));
    xml_text(b, item_id(page, entry));
    buf_add(b, STR("</guid>\n"));
    rss_date(b, "pubDate", entry->published);
    for (size_t i = 0; i < entry->author_count; i++)
        xml_element(b, "dc:creator", entry->authors[i]);
    for (size_t i = 0; i < entry->topic_count; i++) {
        const struct archive_topic *topic = topic_of(page->edition, entry->topics[i]);
        if (topic != NULL) xml_element(b, "category", topic->name);
    }
    xml_element(b, "description", entry->deck);
    buf_add(b, STR("</item>\n"));
}

static err press_rss(struct press *p, const struct edition *e) {
    struct page page;
    struct buf b;
    bool is_kept = false;
    TRY(begin(p, e, e->feed, &page, &is_kept));
    if (is_kept) return OK;
    buf_init(&b, &p->page, LIMIT_PAGE_BYTES);
    buf_add(&b, STR("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\" "
                    "xmlns:atom=\"http://www.w3.org/2005/Atom\" "
                    "xmlns:dc=\"http://purl.org/dc/elements/1.1/\">\n<channel>\n"));
    xml_element(&b, "title", e->name);
    buf_add(&b, STR("<link>"));
    xml_address(&b, p, e->home);
    buf_add(&b, STR("</link>\n<atom:link rel=\"self\" type=\"application/rss+xml\" href=\""));
    xml_address(&b, p, e->feed);
    buf_add(&b, STR("\"/>\n"));
    xml_element(&b, "description", feed_description(&page));
    xml_element(&b, "language", e->language);
    rss_date(&b, "lastBuildDate", feed_change(e));
    each_item(&page, &b, rss_item);
    buf_add(&b, STR("</channel>\n</rss>\n"));
    return finish(&page, &b, PRESSING_RSS);
}

/* ---- Atom (RFC 4287) ------------------------------------------------------------------------ */

/* Required of a feed and of each entry (4.1.1, 4.1.2). What never had a date gets the earliest one
 * there is: a wrong day that nobody mistakes for a true one. */
static void atom_date(struct buf *b, const char *name, int64_t seconds) {
    buf_printf(b, "<%s>", name);
    date_add(b, seconds);
    buf_printf(b, "</%s>\n", name);
}

static void atom_link(struct page *page, struct buf *b, const char *attributes, str href) {
    buf_printf(b, "<link %s href=\"", attributes);
    xml_address(b, page->press, href);
    buf_add(b, STR("\"/>\n"));
}

static void atom_author(struct buf *b, str name) {
    buf_add(b, STR("<author>\n"));
    xml_element(b, "name", name);
    buf_add(b, STR("</author>\n"));
}

/* An entry without an author of its own has the feed's, the house (4.2.1): that is what a withheld
 * name becomes. */
static void atom_entry(struct page *page, struct buf *b, const struct entry *entry) {
    buf_add(b, STR("<entry>\n"));
    xml_element(b, "id", item_id(page, entry));
    xml_element(b, "title", item_title(page, entry));
    atom_link(page, b, "rel=\"alternate\" type=\"text/html\"", entry->href);
    if (entry->published != 0) atom_date(b, "published", entry->published);
    atom_date(b, "updated", last_change(entry));
    for (size_t i = 0; i < entry->author_count; i++) atom_author(b, entry->authors[i]);
    for (size_t i = 0; i < entry->topic_count; i++) {
        const struct archive_topic *topic = topic_of(page->edition, entry->topics[i]);
        if (topic == NULL) continue;
        buf_add(b, STR("<category term=\""));
        xml_text(b, topic->slug);
        buf_add(b, STR("\" label=\""));
        xml_text(b, topic->name);
        buf_add(b, STR("\"/>\n"));
    }
    xml_element(b, "summary", entry->deck);
    buf_add(b, STR("</entry>\n"));
}

static err press_atom(struct press *p, const struct edition *e) {
    struct page page;
    struct buf b;
    bool is_kept = false;
    TRY(begin(p, e, e->atom, &page, &is_kept));
    if (is_kept) return OK;
    buf_init(&b, &p->page, LIMIT_PAGE_BYTES);
    buf_add(&b, STR("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                    "<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\""));
    xml_text(&b, e->language);
    buf_add(&b, STR("\">\n<id>"));
    xml_address(&b, p, e->atom);
    buf_add(&b, STR("</id>\n"));
    xml_element(&b, "title", e->name);
    xml_element(&b, "subtitle", feed_description(&page));
    atom_date(&b, "updated", feed_change(e));
    atom_author(&b, e->name);
    atom_link(&page, &b, "rel=\"self\" type=\"application/atom+xml\"", e->atom);
    atom_link(&page, &b, "rel=\"alternate\" type=\"text/html\"", e->home);
    buf_add(&b, STR("<icon>"));
    xml_address(&b, p, p->icon);
    buf_add(&b, STR("</icon>\n"));
    each_item(&page, &b, atom_entry);
    buf_add(&b, STR("</feed>\n"));
    return finish(&page, &b, PRESSING_ATOM);
}

/* ---- JSON Feed 1.1 (jsonfeed.org/version/1.1) ----------------------------------------------- */

static void json_date(struct buf *b, const struct page *page, const char *name, int64_t seconds) {
    struct buf date;
    if (seconds == 0) return;
    buf_init(&date, &page->press->page, LIMIT_NAME_BYTES);
    date_add(&date, seconds);
    json_member(b, name, buf_text(&date));
}

static void json_feed_item(struct page *page, struct buf *b, const struct entry *entry) {
    int64_t change = last_change(entry);
    json_open(b, NULL, '{');
    json_member(b, "id", item_id(page, entry));
    json_member(b, "url", page_absolute(page, entry->href));
    json_member(b, "title", item_title(page, entry));
    /* One of content_html and content_text is required; ours is what a card shows. */
    json_member(b, "content_text", entry->deck.len > 0 ? entry->deck : item_title(page, entry));
    if (entry->cover.width > 0) json_member(b, "image", page_absolute(page, entry->cover.src));
    json_date(b, page, "date_published", entry->published);
    json_date(b, page, "date_modified", change > entry->published ? change : 0);
    json_member(b, "language", entry->language);
    for (size_t i = 0; i < entry->author_count; i++) {
        if (i == 0) json_open(b, "authors", '[');
        json_open(b, NULL, '{');
        json_member(b, "name", entry->authors[i]);
        json_close(b, '}');
    }
    if (entry->author_count > 0) json_close(b, ']');
    json_open(b, "tags", '[');
    for (size_t i = 0; i < entry->topic_count; i++) {
        const struct archive_topic *topic = topic_of(page->edition, entry->topics[i]);
        if (topic != NULL) json_member(b, NULL, topic->name);
    }
    json_close(b, ']');
    json_close(b, '}');
}

static err press_json_feed(struct press *p, const struct edition *e) {
    struct page page;
    struct buf b;
    bool is_kept = false;
    TRY(begin(p, e, e->json_feed, &page, &is_kept));
    if (is_kept) return OK;
    buf_init(&b, &p->page, LIMIT_PAGE_BYTES);
    json_open(&b, NULL, '{');
    json_member(&b, "version", STR("https://jsonfeed.org/version/1.1"));
    json_member(&b, "title", e->name);
    json_member(&b, "home_page_url", page_absolute(&page, e->home));
    json_member(&b, "feed_url", page_absolute(&page, e->json_feed));
    json_member(&b, "description", feed_description(&page));
    json_member(&b, "language", e->language);
    json_open(&b, "authors", '[');
    json_open(&b, NULL, '{');
    json_member(&b, "name", e->name);
    json_member(&b, "url", page_absolute(&page, e->home));
    json_close(&b, '}');
    json_close(&b, ']');
    json_open(&b, "items", '[');
    each_item(&page, &b, json_feed_item);
    json_close(&b, ']');
    json_close(&b, '}');
    buf_add_byte(&b, '\n');
    return finish(&page, &b, PRESSING_JSON_FEED);
}

err press_feed(struct press *p, const struct edition *e) {
    TRY(press_rss(p, e));
    TRY(press_atom(p, e));
    return press_json_feed(p, e);
}
