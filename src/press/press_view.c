/* press_view.c: the pieces of what a page shows, as docs/THEME.md has them. */
#include <assert.h>
#include <string.h>

#include "base/date.h"
#include "base/unicode.h"
#include "press/link.h"
#include "press/press_impl.h"

/* ---- Texts ---------------------------------------------------------------------------------- */

str page_text(struct page *page, const char *format, ...) {
    struct buf text;
    str result = {0};
    char small[512];
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(small, sizeof small, format, arguments);
    va_end(arguments);
    assert(len >= 0 && (size_t)len < sizeof small); /* callers join short texts alone */
    buf_init(&text, &page->press->page, sizeof small);
    buf_add(&text, (str){small, (size_t)len});
    if (buf_finish(&text, &result).kind != ERR_NONE) page->view.failed = true;
    return result;
}

str page_finish(struct page *page, struct buf *text) {
    str result = {0};
    if (buf_finish(text, &result).kind != ERR_NONE) page->view.failed = true;
    return result;
}

str page_href(struct page *page, str path) {
    struct buf href;
    buf_init(&href, &page->press->page, LIMIT_PATH_BYTES * 3);
    link_path(&href, path);
    return page_finish(page, &href);
}

str page_absolute(struct page *page, str href) {
    struct buf absolute;
    buf_init(&absolute, &page->press->page, LIMIT_PATH_BYTES * 4);
    buf_add(&absolute, page->press->base);
    buf_add(&absolute, href);
    return page_finish(page, &absolute);
}

err excerpt(struct arena *a, str text, size_t characters, str *ret_excerpt) {
    struct buf out;
    buf_init(&out, a, characters * 4 + 8);
    size_t count = 0;
    size_t word_end = 0; /* where the text can be cut, in bytes of `out` */
    bool is_gap = false;
    while (text.len > 0 && count < characters) {
        uint32_t c = utf8_take(&text);
        if (c == UNICODE_BAD || c <= ' ') {
            is_gap = out.len > 0;
            continue;
        }
        if (is_gap) {
            word_end = out.len;
            buf_add_byte(&out, ' ');
            count++;
        }
        is_gap = false;
        utf8_add(&out, c);
        count++;
    }
    bool is_cut = str_trim(text).len > 0;
    bool is_inside_word = is_cut && !is_gap && !str_is_space(text.ptr[0]);
    if (is_inside_word && word_end > 0 && out.failed == ERR_NONE) out.len = word_end;
    if (is_cut) buf_add(&out, STR("…"));
    return buf_finish(&out, ret_excerpt);
}

/* ---- Dates and numbers ---------------------------------------------------------------------- */

str date_in_words(struct page *page, int64_t seconds) {
    const struct edition *e = page->edition;
    struct date date = date_of(seconds + page->press->offset);
    struct fill fills[] = {{STR("day"), page_text(page, "%d", date.day)},
                           {STR("month"), word(e, page_text(page, "date.month.%d", date.month))},
                           {STR("year"), page_text(page, "%d", date.year)}};
    struct buf text;
    buf_init(&text, &page->press->page, LIMIT_NAME_BYTES * 4);
    fill_words(&text, word(e, STR("date.format")), fills, COUNT_OF(fills));
    return page_finish(page, &text);
}

void view_date(struct page *page, struct value *parent, const char *name, int64_t seconds) {
    if (seconds == 0) return view_flag(&page->view, parent, name, false);
    struct date date = date_of(seconds + page->press->offset);
    struct value *map = view_map(&page->view, parent, name);
    view_text(&page->view, map, "iso",
              page_text(page, "%04d-%02d-%02d", date.year, date.month, date.day));
    view_text(&page->view, map, "text", date_in_words(page, seconds));
}

static str filled_number(struct page *page, str text, str number) {
    struct buf out;
    struct fill fill = {STR("n"), number};
    buf_init(&out, &page->press->page, LIMIT_NAME_BYTES * 4);
    fill_words(&out, text, &fill, 1);
    return page_finish(page, &out);
}

/* ---- Pictures ------------------------------------------------------------------------------- */

enum pressing_type picture_type(str format) {
    if (str_eq(format, STR("png"))) return PRESSING_PNG;
    return str_eq(format, STR("avif")) ? PRESSING_AVIF : PRESSING_JPEG;
}

err picture_path(struct arena *a, const unsigned char hash[32], enum pressing_type type,
                 str *ret_path) {
    str hex = {0};
    const char *end = type == PRESSING_PNG ? ".png" : type == PRESSING_AVIF ? ".avif" : ".jpg";
    TRY(hex_of(a, hash, 32, &hex));
    return arena_printf(a, ret_path, "/media/" STR_FMT "%s", STR_ARG(hex), end);
}

/* One more form to choose from: "/media/....jpg 480w". */
static void add_form(struct buf *srcset, str path, int64_t width) {
    buf_printf(srcset, "%s" STR_FMT " %lldw", srcset->len > 0 ? ", " : "", STR_ARG(path),
               (long long)width);
}

err picture_load(struct press *p, struct arena *a, int64_t id, struct picture *ret_picture) {
    struct archive_media media = {0};
    TRY(archive_media_load(p->options->archive, a, id, &media));
    struct picture picture = {.alt = media.alt, .caption = media.caption, .credit = media.credit};
    struct buf srcset;
    struct buf avif;
    buf_init(&srcset, a, LIMIT_FIELD_BYTES);
    buf_init(&avif, a, LIMIT_FIELD_BYTES);
    int64_t last = 0;
    size_t count = 0;
    for (size_t i = 0; i < media.variant_count; i++) { /* narrowest first, one for each width */
        const struct archive_variant *v = &media.variants[i];
        enum pressing_type type = picture_type(v->format);
        str path = {0};
        if (type != PRESSING_AVIF && v->width == last) continue;
        TRY(picture_path(a, v->hash, type, &path));
        add_form(type == PRESSING_AVIF ? &avif : &srcset, path, v->width);
        if (type == PRESSING_AVIF) continue;
        last = picture.width = v->width;
        picture.height = v->height;
        picture.src = path;
        count++;
    }
    if (count == 0) FAIL(ERR_NOT_FOUND, "picture %lld has no form to show", (long long)id);
    TRY(buf_finish(&srcset, &picture.srcset));
    TRY(buf_finish(&avif, &picture.avif));
    if (count == 1) picture.srcset = (str){0};
    *ret_picture = picture;
    return OK;
}

void view_picture(struct page *page, struct value *parent, const char *name,
                  const struct picture *picture) {
    if (picture->width == 0) return view_flag(&page->view, parent, name, false);
    struct value *map = view_map(&page->view, parent, name);
    bool is_captioned = picture->caption.len > 0 || picture->credit.len > 0;
    bool is_wide = picture->width >= 1000 && picture->width > picture->height;
    view_text(&page->view, map, "src", picture->src);
    view_text(&page->view, map, "srcset", picture->srcset);
    view_text(&page->view, map, "avif", picture->avif);
    view_number(&page->view, map, "width", (uint64_t)picture->width);
    view_number(&page->view, map, "height", (uint64_t)picture->height);
    view_text(&page->view, map, "alt", picture->alt);
    view_text(&page->view, map, "caption", picture->caption);
    view_text(&page->view, map, "credit", picture->credit);
    view_flag(&page->view, map, "captioned", is_captioned);
    view_flag(&page->view, map, "wide", is_wide);
}

/* ---- Topics, cards, reports ----------------------------------------------------------------- */

const struct archive_topic *topic_of(const struct edition *e, int64_t id) {
    for (size_t i = 0; i < e->topic_count; i++) {
        if (e->topics[i].id == id) return &e->topics[i];
    }
    return NULL;
}

void topic_href(struct buf *b, const struct edition *e, const struct archive_topic *topic) {
    buf_add(b, e->home);
    buf_add(b, STR("topics/"));
    url_part(b, topic->slug);
    buf_add_byte(b, '/');
}

void view_topic(struct page *page, struct value *parent, const char *name,
                const struct archive_topic *topic) {
    if (topic == NULL) return view_flag(&page->view, parent, name, false);
    struct buf href;
    buf_init(&href, &page->press->page, LIMIT_PATH_BYTES * 3);
    topic_href(&href, page->edition, topic);
    struct value *map = view_map(&page->view, parent, name);
    view_text(&page->view, map, "title", topic->name);
    view_text(&page->view, map, "href", page_finish(page, &href));
}

/* How many topics have at least `least` stories. */
static size_t topics_with(const struct edition *e, size_t least) {
    size_t count = 0;
    for (size_t i = 0; i < e->topic_count; i++) count += e->of_topic[i].count >= least;
    return count;
}

size_t topics_least(const struct edition *e) {
    size_t least = 1;
    while (topics_with(e, least) > TOPICS_SHOWN) least++;
    return least;
}

/* A row, not a wall: of many topics those that lead to the most stories. */
void view_topics(struct page *page) {
    const struct edition *e = page->edition;
    struct value *list = view_list(&page->view, &page->view.root, "topics");
    size_t least = topics_least(e);
    for (size_t i = 0; i < e->topic_count; i++) {
        if (e->of_topic[i].count >= least) view_topic(page, list, NULL, &e->topics[i]);
    }
    view_flag(&page->view, &page->view.root, "has_topics", topics_with(e, least) > 0);
}

void view_card(struct page *page, struct value *parent, const char *name, const struct entry *entry,
               int64_t without_topic) {
    const struct archive_topic *topic = NULL;
    if (entry->topic_count > 0 && entry->topics[0] != without_topic)
        topic = topic_of(page->edition, entry->topics[0]);
    page_use(page, entry->number);
    struct value *card = view_map(&page->view, parent, name);
    view_text(&page->view, card, "href", entry->href);
    view_text(&page->view, card, "title", entry->title);
    view_text(&page->view, card, "deck", entry->deck);
    view_date(page, card, "date", entry->published);
    view_text(&page->view, card, "byline", entry->byline);
    view_topic(page, card, "topic", topic);
    view_picture(page, card, "cover", &entry->cover);
}

static str size_in_words(struct page *page, int64_t bytes) {
    const struct edition *e = page->edition;
    if (bytes <= 0) return (str){0};
    if (bytes < 1000 * 1000)
        return filled_number(page, word(e, STR("size.kilobytes")),
                             page_text(page, "%lld", (long long)((bytes + 500) / 1000)));
    long long tenths = (long long)(bytes / 100000);
    return filled_number(page, word(e, STR("size.megabytes")),
                         page_text(page, "%lld.%lld", tenths / 10, tenths % 10));
}

static str pages_in_words(struct page *page, int64_t pages) {
    if (pages <= 0) return (str){0};
    str form = pages == 1 ? STR("report.pages.one") : STR("report.pages.other");
    return filled_number(page, word(page->edition, form),
                         page_text(page, "%lld", (long long)pages));
}

str language_in_words(struct page *page, const struct edition *e, str language) {
    str key = page_text(page, "language." STR_FMT, STR_ARG(language));
    str name = word(e, key);
    return str_eq(name, key) ? language : name;
}

void view_report(struct page *page, struct value *parent, const char *name,
                 const struct entry *entry) {
    const struct archive_report *report = &entry->report;
    struct value *map = view_map(&page->view, parent, name);
    bool is_own_page = entry == page->entry;
    bool is_pdf = report->link.len > 4 &&
                  str_eq_nocase(str_skip(report->link, report->link.len - 4), STR(".pdf"));
    page_use(page, entry->number);
    view_text(&page->view, map, "href", is_own_page ? (str){0} : entry->href);
    view_text(&page->view, map, "title", entry->title);
    view_text(&page->view, map, "publisher", report->publisher);
    view_text(&page->view, map, "language",
              report->language.len > 0 ? language_in_words(page, page->edition, report->language)
                                       : (str){0});
    view_text(&page->view, map, "pages", pages_in_words(page, report->pages));
    view_text(&page->view, map, "size", size_in_words(page, report->bytes));
    view_text(&page->view, map, "format", is_pdf ? STR("PDF") : (str){0});
    view_text(&page->view, map, "file", (str){0});
    view_text(&page->view, map, "external",
              leads_somewhere(page->press, report->link) ? report->link : (str){0});
}

/* ---- Links ---------------------------------------------------------------------------------- */

static bool is_list_path(const struct press *p, str path) {
    for (size_t i = 0; i < p->edition_count; i++) {
        const struct edition *e = &p->editions[i];
        bool is_reports = str_eq(path, e->report_list) && e->reports.count > 0;
        bool is_feed = str_eq(path, e->feed) || str_eq(path, e->atom) || str_eq(path, e->json_feed);
        bool is_search =
            str_starts(path, e->home) && str_eq(str_skip(path, e->home.len), STR("search/"));
        if (str_eq(path, e->home) || str_eq(path, e->blog) || is_feed || is_reports || is_search)
            return true;
    }
    return str_eq(path, STR("/"));
}

/* Decodes %XX into `room`; a path of ours that is longer than the room is none of ours. */
static str decode(str path, char *room, size_t size) {
    size_t len = 0;
    for (size_t i = 0; i < path.len && len < size; i++) {
        static const char digits[] = "0123456789abcdef";
        char c = path.ptr[i];
        if (c == '%' && i + 2 < path.len) {
            const char *high = strchr(digits, path.ptr[i + 1] | 0x20);
            const char *low = strchr(digits, path.ptr[i + 2] | 0x20);
            if (high != NULL && low != NULL && *high != '\0' && *low != '\0') {
                c = (char)((high - digits) * 16 + (low - digits));
                i += 2;
            }
        }
        room[len++] = c;
    }
    return (str){room, len};
}

bool leads_somewhere(const struct press *p, str link) {
    enum link_kind kind = link_judge(link, p->base);
    if (kind == LINK_OUTSIDE || kind == LINK_CONTACT) return true;
    if (kind == LINK_REFUSED) return false;
    if (str_starts(link, p->base)) link = str_skip(link, p->base.len);
    for (size_t i = 0; i < link.len; i++) {
        if (link.ptr[i] == '#' || link.ptr[i] == '?') link = str_slice(link, 0, i);
    }
    if (link.len == 0) return true;
    char room[PRESSING_PATH_MAX];
    str path = decode(link, room, sizeof room);
    return is_list_path(p, path) || entry_by_path(p, path) != NULL;
}
