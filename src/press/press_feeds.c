/* press_feeds.c: what machines read, files of pictures, and what has moved or is gone. */
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/unicode.h"
#include "press/press_impl.h"

/* ---- XML ------------------------------------------------------------------------------------ */

/* Text in XML 1.0, which knows no control characters and no U+FFFE and U+FFFF, not even as
 * references. */
static void xml_text(struct buf *b, str text) {
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

static void xml_element(struct buf *b, const char *name, str text) {
    if (text.len == 0) return;
    buf_printf(b, "<%s>", name);
    xml_text(b, text);
    buf_printf(b, "</%s>\n", name);
}

/* An absolute address of ours. */
static void xml_address(struct buf *b, const struct press *p, str href) {
    xml_text(b, p->base);
    xml_text(b, href);
}

/* ---- RSS 2.0 (rssboard.org/rss-specification) ----------------------------------------------- */

static void add_item(struct page *page, struct buf *b, const struct entry *entry) {
    page_use(page, entry->number);
    buf_add(b, STR("<item>\n"));
    xml_element(b, "title",
                entry->title.len > 0 ? entry->title : word(page->edition, STR("story.untitled")));
    buf_add(b, STR("<link>"));
    xml_address(b, page->press, entry->href);
    buf_add(b, STR("</link>\n<guid isPermaLink=\"true\">"));
    xml_address(b, page->press, entry->href);
    buf_add(b, STR("</guid>\n"));
    if (entry->published != 0) {
        buf_add(b, STR("<pubDate>"));
        date_add_mail(b, entry->published);
        buf_add(b, STR("</pubDate>\n"));
    }
    xml_element(b, "description", entry->deck);
    buf_add(b, STR("</item>\n"));
}

err press_feed(struct press *p, const struct edition *e) {
    struct page page;
    struct buf b;
    str bytes = {0};
    page_begin(p, e, e->feed, &page);
    buf_init(&b, &p->page, LIMIT_PAGE_BYTES);
    buf_add(&b, STR("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\" "
                    "xmlns:atom=\"http://www.w3.org/2005/Atom\">\n<channel>\n"));
    xml_element(&b, "title", e->name);
    buf_add(&b, STR("<link>"));
    xml_address(&b, p, e->home);
    buf_add(&b, STR("</link>\n<atom:link rel=\"self\" type=\"application/rss+xml\" href=\""));
    xml_address(&b, p, e->feed);
    buf_add(&b, STR("\"/>\n"));
    struct fill fill = {STR("site"), e->name};
    struct buf description;
    buf_init(&description, &p->page, LIMIT_FIELD_BYTES);
    fill_words(&description, word(e, STR("blog.description")), &fill, 1);
    xml_element(&b, "description", e->tagline.len > 0 ? e->tagline : buf_text(&description));
    xml_element(&b, "language", e->language);
    for (size_t i = 0; i < e->stories.count && i < FEED_ITEMS; i++)
        add_item(&page, &b, e->stories.all[i]);
    buf_add(&b, STR("</channel>\n</rss>\n"));
    TRY(buf_check(&description));
    TRY(buf_finish(&b, &bytes));
    return page_write(&page, PRESSING_RSS, bytes, 200);
}

/* ---- The map for search engines (sitemaps.org), with its translations ----------------------- */

static void add_alternate(const struct press *p, struct buf *b, str language, str href) {
    buf_add(b, STR("<xhtml:link rel=\"alternate\" hreflang=\""));
    xml_text(b, language);
    buf_add(b, STR("\" href=\""));
    xml_address(b, p, href);
    buf_add(b, STR("\"/>\n"));
}

static void add_address(struct page *page, struct buf *b, const struct entry *entry) {
    const struct press *p = page->press;
    int64_t changed = entry->updated > entry->published ? entry->updated : entry->published;
    size_t count = 0;
    page_use(page, entry->number);
    buf_add(b, STR("<url>\n<loc>"));
    xml_address(b, p, entry->href);
    buf_add(b, STR("</loc>\n"));
    if (changed != 0) {
        buf_add(b, STR("<lastmod>"));
        date_add_day(b, changed);
        buf_add(b, STR("</lastmod>\n"));
    }
    for (size_t i = 0; i < p->edition_count; i++)
        count += entry_of_group(p, entry->group, p->editions[i].language) != NULL;
    for (size_t i = 0; i < p->edition_count && count > 1; i++) {
        const struct entry *other = entry_of_group(p, entry->group, p->editions[i].language);
        if (other != NULL) add_alternate(p, b, other->language, other->href);
    }
    buf_add(b, STR("</url>\n"));
}

static void add_home(struct page *page, struct buf *b, const struct edition *e) {
    const struct press *p = page->press;
    page_use(page, e->number);
    buf_add(b, STR("<url>\n<loc>"));
    xml_address(b, p, e->home);
    buf_add(b, STR("</loc>\n"));
    for (size_t i = 0; i < p->edition_count && p->edition_count > 1; i++)
        add_alternate(p, b, p->editions[i].language, p->editions[i].home);
    buf_add(b, STR("</url>\n"));
}

err press_sitemap(struct press *p) {
    struct page page;
    struct buf b;
    str bytes = {0};
    page_begin(p, NULL, STR("/sitemap.xml"), &page);
    buf_init(&b, &p->page, LIMIT_PAGE_BYTES);
    buf_add(&b, STR("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                    "<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\" "
                    "xmlns:xhtml=\"http://www.w3.org/1999/xhtml\">\n"));
    for (size_t i = 0; i < p->edition_count; i++) add_home(&page, &b, &p->editions[i]);
    size_t max = SITEMAP_ADDRESSES_MAX - p->edition_count;
    for (size_t i = 0; i < p->entry_count && i < max; i++) add_address(&page, &b, &p->entries[i]);
    if (p->entry_count > max)
        TRY(note(p, STR("sitemap.xml"), STR("it holds the first 50,000 addresses alone")));
    buf_add(&b, STR("</urlset>\n"));
    TRY(buf_finish(&b, &bytes));
    return page_write(&page, PRESSING_XML, bytes, 200);
}

err press_robots(struct press *p) {
    struct page page;
    struct buf b;
    str bytes = {0};
    page_begin(p, NULL, STR("/robots.txt"), &page);
    buf_init(&b, &p->page, LIMIT_FIELD_BYTES);
    buf_add(&b, STR("User-agent: *\nAllow: /\n\nSitemap: "));
    buf_add(&b, p->base);
    buf_add(&b, STR("/sitemap.xml\n"));
    TRY(buf_finish(&b, &bytes));
    return page_write(&page, PRESSING_TEXT, bytes, 200);
}

/* ---- Styles and pictures -------------------------------------------------------------------- */

/* Writes a file under a name made of its bytes, so that it may be kept for ever. */
static err write_asset(struct press *p, const char *file, enum pressing_type type, str *ret_link) {
    struct page page;
    unsigned char hash[HASH_BYTES];
    str bytes = {0};
    str hex = {0};
    bool is_css = type == PRESSING_CSS;
    TRY(theme_file(p, file, &bytes));
    hash_of(bytes, hash);
    TRY(hex_of(p->site, hash, 8, &hex));
    TRY(arena_printf(p->site, ret_link, "/assets/%s-" STR_FMT "%s", is_css ? "site" : "icon",
                     STR_ARG(hex), is_css ? ".css" : ".svg"));
    page_begin(p, NULL, *ret_link, &page);
    return page_write(&page, type, bytes, 200);
}

err press_assets(struct press *p) {
    TRY(write_asset(p, "css/site.css", PRESSING_CSS, &p->css));
    return write_asset(p, "css/icon.svg", PRESSING_SVG, &p->icon);
}

static int by_hash(const void *one, const void *other) {
    return memcmp(((const struct media_use *)one)->hash, ((const struct media_use *)other)->hash,
                  sizeof((const struct media_use *)one)->hash);
}

/* Writes the file that the first of `uses` wants, for all of them. A file that is not there, or not
 * the one that was cleared, stays out. */
static err write_picture(struct press *p, const struct media_use *uses, size_t count) {
    struct page page;
    unsigned char hash[HASH_BYTES];
    str hex = {0};
    str bytes = {0};
    page_begin(p, NULL, (str){0}, &page);
    TRY(picture_path(&p->page, uses->hash, uses->is_png, &page.path));
    TRY(hex_of(&p->page, uses->hash, sizeof uses->hash, &hex));
    err e = file_read(&p->page, p->options->media, hex, LIMIT_PICTURE_BYTES, &bytes);
    if (e.kind == ERR_NOT_FOUND) return note(p, hex, STR("this file is not in the media folder"));
    TRY(e);
    hash_of(bytes, hash);
    if (memcmp(hash, uses->hash, sizeof hash) != 0)
        return note(p, hex, STR("this file in the media folder was changed"));
    for (size_t i = 0; i < count; i++) page_use(&page, uses[i].number);
    p->report->pictures++;
    return page_write(&page, uses->is_png ? PRESSING_PNG : PRESSING_JPEG, bytes, 200);
}

err press_pictures(struct press *p) {
    if (p->media_count > 0) qsort(p->media, p->media_count, sizeof *p->media, by_hash);
    for (size_t from = 0; from < p->media_count;) {
        size_t to = from + 1;
        while (to < p->media_count && by_hash(&p->media[from], &p->media[to]) == 0) to++;
        TRY(write_picture(p, &p->media[from], to - from));
        from = to;
    }
    return OK;
}

/* ---- What is gone, what has moved ----------------------------------------------------------- */

/* 410: nothing of what was there is said, not even in which language it was translated, and the
 * address itself, which may hold a name, is written as a hash alone. */
static err write_gone(struct press *p, const struct edition *e, str path) {
    struct page page;
    char room[PRESSING_GONE_BYTES + 1];
    str gone = pressing_gone_path(path, room);
    if (path_is_taken(p, path)) return OK; /* something else lives there now */
    if (path_is_taken(p, gone)) return OK; /* two withdrawn stories had the same address */
    page_begin(p, e, gone, &page);
    page.is_error = true;
    view_site(&page, &(struct page_facts){.title = word(e, STR("gone.title")),
                                          .type = "website",
                                          .is_noindex = true});
    TRY(page_render(&page, "gone", 410));
    p->report->gone++;
    return OK;
}

static err meet_withdrawn(void *context, struct archive_version *version) {
    struct press *p = context;
    const struct edition *e = edition_of(p, version->language);
    str path = {0};
    TRY(archive_public_path(&p->walk, version, &path));
    return write_gone(p, e != NULL ? e : &p->editions[0], path);
}

static bool can_be_asked_for(str path) {
    return path.len > 1 && path.len <= PRESSING_PATH_MAX && path.ptr[0] == '/' &&
           utf8_is_valid(path) && str_find_byte(path, '?') == STR_NONE &&
           str_find_byte(path, '#') == STR_NONE;
}

static err meet_old_path(void *context, const struct archive_old_path *old) {
    struct press *p = context;
    const struct entry *entry = entry_by_id(p, old->version);
    struct page page;
    if (path_is_taken(p, old->path) || !can_be_asked_for(old->path)) return OK;
    if (entry != NULL) {
        page_begin(p, NULL, old->path, &page);
        page_use(&page, entry->number);
        p->report->moved++;
        return page_redirect(&page, entry->href);
    }
    struct archive_version version = {0};
    err e = archive_version_load(p->options->archive, &p->walk, old->version, &version);
    if (e.kind == ERR_NOT_FOUND) return OK;
    TRY(e);
    if (version.status != ARCHIVE_WITHDRAWN) return OK; /* never out yet: there is nothing to say */
    const struct edition *edition = edition_of(p, version.language);
    return write_gone(p, edition != NULL ? edition : &p->editions[0], old->path);
}

err press_moved(struct press *p) {
    struct archive_filter filter = {.only_statuses = {[ARCHIVE_WITHDRAWN] = true}};
    TRY(archive_versions_each(p->options->archive, &p->walk, &filter, meet_withdrawn, p));
    return archive_old_paths_each(p->options->archive, &p->walk, meet_old_path, p);
}
