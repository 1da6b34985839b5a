/* press_facts.c: what machines are told of a page: JSON-LD (schema.org), OpenGraph, the manifest.
 *
 * Nothing is said here that the page does not say to its readers. */
#include "base/date.h"
#include "base/json.h"
#include "press/press_impl.h"

/* ---- Moments and places --------------------------------------------------------------------- */

/* "2026-03-01T18:00:00+09:00": the hour on the site's own clock (ISO 8601). */
static str moment(struct page *page, int64_t seconds) {
    int64_t offset = page->press->offset;
    if (seconds == 0) return (str){0};
    struct date d = date_of(seconds + offset);
    int minutes = (int)((offset < 0 ? -offset : offset) / 60);
    return page_text(page, "%04d-%02d-%02dT%02d:%02d:%02d%c%02d:%02d", d.year, d.month, d.day,
                     d.hour, d.minute, d.second, offset < 0 ? '-' : '+', minutes / 60,
                     minutes % 60);
}

/* OpenGraph wants a territory, "ko_KR", even where the language has none: the words file says which
 * is meant. Empty where it does not. */
static str locale_of(struct page *page, const struct edition *e) {
    str language = {0};
    str region = {0};
    str key = page_text(page, "locale." STR_FMT, STR_ARG(e->language));
    str named = word(e, key);
    if (!str_eq(named, key)) return named;
    bool has_region = str_cut(e->language, '-', &language, &region) && region.len == 2;
    if (!has_region) return (str){0};
    return page_text(page, STR_FMT "_" STR_FMT, STR_ARG(language), STR_ARG(region));
}

static bool is_article(const struct page *page) {
    return page->entry != NULL &&
           (page->entry->kind == ARCHIVE_STORY || page->entry->kind == ARCHIVE_POST);
}

/* ---- JSON-LD -------------------------------------------------------------------------------- */

static str organisation_id(struct page *page) { return page_absolute(page, STR("/#organization")); }
static str website_id(struct page *page) {
    return page_absolute(page, page_text(page, STR_FMT "#website", STR_ARG(page->edition->home)));
}

static void add_reference(struct buf *b, const char *name, str id) {
    json_open(b, name, '{');
    json_member(b, "@id", id);
    json_close(b, '}');
}

static void add_house(struct page *page, struct buf *b) {
    const struct edition *e = page->edition;
    json_open(b, NULL, '{');
    json_member(b, "@type", STR("Organization"));
    json_member(b, "@id", organisation_id(page));
    json_member(b, "name", e->name);
    json_member(b, "url", page_absolute(page, e->home));
    json_member(b, "logo", page_absolute(page, page->press->icon));
    json_close(b, '}');
    json_open(b, NULL, '{');
    json_member(b, "@type", STR("WebSite"));
    json_member(b, "@id", website_id(page));
    json_member(b, "name", e->name);
    json_member(b, "description", e->tagline);
    json_member(b, "url", page_absolute(page, e->home));
    json_member(b, "inLanguage", e->language);
    add_reference(b, "publisher", organisation_id(page));
    json_close(b, '}');
}

/* Who wrote it: those who are named, as the page names them. Where every name is withheld it is the
 * house that answers for the text; a person called "Name withheld" would be an invention, and
 * search engines would gather all such texts under it. */
static void add_authors(struct page *page, struct buf *b) {
    const struct entry *entry = page->entry;
    if (entry->author_count == 0) {
        add_reference(b, "author", organisation_id(page));
        return;
    }
    json_open(b, "author", '[');
    for (size_t i = 0; i < entry->author_count; i++) {
        json_open(b, NULL, '{');
        json_member(b, "@type", STR("Person"));
        json_member(b, "name", entry->authors[i]);
        json_close(b, '}');
    }
    json_close(b, ']');
}

static void add_image(struct buf *b, struct page *page, const struct picture *image) {
    if (image == NULL || image->width == 0) return;
    json_open(b, "image", '{');
    json_member(b, "@type", STR("ImageObject"));
    json_member(b, "url", page_absolute(page, image->src));
    json_number(b, "width", image->width);
    json_number(b, "height", image->height);
    json_member(b, "caption", image->alt);
    json_member(b, "creditText", image->credit);
    json_close(b, '}');
}

/* Topics: the first is the section, all are keywords. */
static void add_topics(struct page *page, struct buf *b) {
    const struct entry *entry = page->entry;
    bool is_open = false;
    for (size_t i = 0; i < entry->topic_count; i++) {
        const struct archive_topic *topic = topic_of(page->edition, entry->topics[i]);
        if (topic == NULL) continue;
        if (!is_open && is_article(page)) json_member(b, "articleSection", topic->name);
        if (!is_open) json_open(b, "keywords", '[');
        is_open = true;
        json_member(b, NULL, topic->name);
    }
    if (is_open) json_close(b, ']');
}

/* The publisher of a report may be another house; then it is the author as well. */
static void add_people(struct page *page, struct buf *b) {
    const struct entry *entry = page->entry;
    if (entry->kind == ARCHIVE_REPORT && entry->report.publisher.len > 0) {
        json_open(b, "publisher", '{');
        json_member(b, "@type", STR("Organization"));
        json_member(b, "name", entry->report.publisher);
        json_close(b, '}');
        if (entry->author_count > 0) add_authors(page, b);
        return;
    }
    add_authors(page, b);
    add_reference(b, "publisher", organisation_id(page));
}

static void add_entry(struct page *page, struct buf *b, const struct page_facts *facts) {
    static const char *const types[ARCHIVE_KIND_COUNT] = {[ARCHIVE_STORY] = "Article",
                                                          [ARCHIVE_POST] = "NewsArticle",
                                                          [ARCHIVE_REPORT] = "Report",
                                                          [ARCHIVE_PAGE] = "WebPage"};
    const struct entry *entry = page->entry;
    bool is_page = entry->kind == ARCHIVE_PAGE;
    str url = page_absolute(page, facts->canonical);
    int64_t changed = entry->updated > entry->published ? entry->updated : entry->published;
    json_open(b, NULL, '{');
    json_member(b, "@type", str_of(types[entry->kind]));
    json_member(b, "@id", url);
    json_member(b, "url", url);
    json_member(b, is_page ? "name" : "headline", facts->title);
    json_member(b, "description", facts->description);
    json_member(b, "inLanguage", entry->language);
    json_member(b, "datePublished", moment(page, entry->published));
    json_member(b, "dateModified", moment(page, changed));
    add_image(b, page, facts->image);
    if (!is_page) {
        add_people(page, b);
        add_topics(page, b);
        json_member(b, "mainEntityOfPage", url);
    }
    add_reference(b, "isPartOf", website_id(page));
    json_close(b, '}');
}

static void add_crumb(struct page *page, struct buf *b, int64_t position, str name, str href) {
    json_open(b, NULL, '{');
    json_member(b, "@type", STR("ListItem"));
    json_number(b, "position", position);
    json_member(b, "name", name);
    json_member(b, "item", page_absolute(page, href));
    json_close(b, '}');
}

/* Home, the list it stands in, the page itself. */
static void add_crumbs(struct page *page, struct buf *b, const struct page_facts *facts) {
    const struct edition *e = page->edition;
    int64_t position = 1;
    json_open(b, NULL, '{');
    json_member(b, "@type", STR("BreadcrumbList"));
    json_open(b, "itemListElement", '[');
    add_crumb(page, b, position++, word(e, STR("nav.home")), e->home);
    if (is_article(page)) add_crumb(page, b, position++, word(e, STR("blog.title")), e->blog);
    if (page->entry != NULL && page->entry->kind == ARCHIVE_REPORT)
        add_crumb(page, b, position++, word(e, STR("nav.reports")), e->report_list);
    add_crumb(page, b, position, facts->title, facts->canonical);
    json_close(b, ']');
    json_close(b, '}');
}

static str linked_data(struct page *page, const struct page_facts *facts) {
    struct buf b;
    buf_init(&b, &page->press->page, LIMIT_PAGE_BYTES);
    json_open(&b, NULL, '{');
    json_member(&b, "@context", STR("https://schema.org"));
    json_open(&b, "@graph", '[');
    add_house(page, &b);
    if (page->entry != NULL) add_entry(page, &b, facts);
    if (facts->title.len > 0) add_crumbs(page, &b, facts); /* a home page has none */
    json_close(&b, ']');
    json_close(&b, '}');
    return page_finish(page, &b);
}

/* ---- OpenGraph (ogp.me) --------------------------------------------------------------------- */

static void view_article(struct page *page, struct value *map) {
    if (!is_article(page)) return view_flag(&page->view, map, "article", false);
    const struct entry *entry = page->entry;
    struct value *article = view_map(&page->view, map, "article");
    bool is_changed = entry->updated > entry->published;
    view_text(&page->view, article, "published", moment(page, entry->published));
    view_text(&page->view, article, "modified",
              is_changed ? moment(page, entry->updated) : (str){0});
    struct value *tags = view_list(&page->view, article, "tags");
    str section = {0};
    for (size_t i = 0; i < entry->topic_count; i++) {
        const struct archive_topic *topic = topic_of(page->edition, entry->topics[i]);
        if (topic == NULL) continue;
        if (section.len == 0) section = topic->name;
        struct value *tag = view_map(&page->view, tags, NULL);
        view_text(&page->view, tag, "name", topic->name);
    }
    view_text(&page->view, article, "section", section);
}

static void view_locales(struct page *page, struct value *map) {
    const struct press *p = page->press;
    view_text(&page->view, map, "locale", locale_of(page, page->edition));
    struct value *list = view_list(&page->view, map, "locales");
    for (size_t i = 0; i < p->edition_count; i++) {
        const struct edition *other = &p->editions[i];
        if (other == page->edition || translation_of(page, other).len == 0) continue;
        str locale = locale_of(page, other);
        if (locale.len == 0) continue;
        struct value *item = view_map(&page->view, list, NULL);
        view_text(&page->view, item, "name", locale);
    }
}

void view_machine_facts(struct page *page, struct value *map, const struct page_facts *facts) {
    bool is_page = facts->canonical.len > 0;
    bool has_picture = facts->image != NULL && facts->image->width > 0;
    view_locales(page, map);
    view_article(page, map);
    view_text(&page->view, map, "card", has_picture ? STR("summary_large_image") : STR("summary"));
    view_text(&page->view, map, "linked_data", is_page ? linked_data(page, facts) : (str){0});
}

/* ---- The web manifest (w3.org/TR/appmanifest) ----------------------------------------------- */

str css_colour(str css, str name, str *ret_rest) {
    size_t at = str_find(css, name);
    *ret_rest = (str){0};
    if (at == STR_NONE) return (str){0};
    str value = {0};
    str_cut(str_skip(css, at + name.len), ';', &value, ret_rest);
    value = str_trim(value);
    bool is_colour = value.len == 7 && value.ptr[0] == '#';
    for (size_t i = 1; i < value.len && is_colour; i++) {
        char c = value.ptr[i];
        is_colour = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    }
    return is_colour ? value : (str){0};
}

/* The stylesheet's `--paper`, by day and by night: who changes it there changes it everywhere. */
void find_papers(struct press *p, str css) {
    str rest = {0};
    p->paper = css_colour(css, STR("--paper:"), &rest);
    p->paper_at_night = css_colour(rest, STR("--paper:"), &rest);
}

/* A site that is read in the browser it is met in: nothing is installed, no worker runs, so the
 * manifest gives name, colours and icon to who keeps a bookmark, and asks for no window of its own:
 * an icon among the programs of a telephone tells who looks at it what its owner reads. */
err press_manifest(struct press *p) {
    const struct edition *e = &p->editions[0];
    struct page page;
    struct buf b;
    str bytes = {0};
    page_begin(p, e, STR("/manifest.webmanifest"), &page);
    buf_init(&b, &p->page, LIMIT_PAGE_BYTES);
    json_open(&b, NULL, '{');
    json_member(&b, "name", e->name);
    json_member(&b, "description", e->tagline);
    json_member(&b, "lang", e->language);
    json_member(&b, "id", STR("/"));
    json_member(&b, "start_url", e->home);
    json_member(&b, "scope", STR("/"));
    json_member(&b, "display", STR("browser"));
    json_member(&b, "theme_color", p->paper);
    json_member(&b, "background_color", p->paper);
    json_open(&b, "icons", '[');
    json_open(&b, NULL, '{');
    json_member(&b, "src", p->icon);
    json_member(&b, "type", STR("image/svg+xml"));
    json_member(&b, "sizes", STR("any"));
    json_close(&b, '}');
    json_close(&b, ']');
    json_close(&b, '}');
    buf_add_byte(&b, '\n');
    TRY(view_check(&page.view));
    TRY(buf_finish(&b, &bytes));
    return page_write(&page, PRESSING_MANIFEST, bytes, 200);
}
