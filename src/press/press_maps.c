/* press_maps.c: the maps for search engines (sitemaps.org), with translations, and robots.txt.
 *
 * Stories and reports stand in the map of their year, so that a new one touches one map; homes,
 * lists, topics and pages stand in a map of their own. The index names the maps and says no dates:
 * it changes once a year, and what a crawler has of an old year costs it one 304. All lie at the
 * root, because a map may name only what lies at or under its own folder. */
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "press/press_impl.h"

enum {
    MAP_BYTES_MAX = 50 << 20,    /* sitemaps.org: of one map, not compressed */
    ADDRESS_BYTES_MAX = 1 << 20, /* one address with a translation in every language there is */
};

/* A map being written. When it is full it is put out, and another part begun. */
struct map {
    struct page page;
    struct buf xml;
    struct buf *index;
    const char *name; /* "2026", "pages" */
    size_t part;
    size_t count;                 /* addresses in this part */
    unsigned char key[KEY_BYTES]; /* of all its parts: they change together */
};

/* ---- One map -------------------------------------------------------------------------------- */

static err next_part(struct map *map, struct press *p) {
    str path = {0};
    map->count = 0;
    map->part++;
    if (map->part == 1)
        TRY(arena_printf(p->site, &path, "/sitemap-%s.xml", map->name));
    else
        TRY(arena_printf(p->site, &path, "/sitemap-%s-%zu.xml", map->name, map->part));
    page_begin(p, NULL, path, &map->page);
    memcpy(map->page.key, map->key, sizeof map->key);
    map->page.is_keyed = true;
    return OK;
}

static err begin_map(struct map *map, struct press *p) {
    TRY(next_part(map, p));
    buf_init(&map->xml, &p->page, MAP_BYTES_MAX);
    buf_add(&map->xml, STR("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                           "<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\" "
                           "xmlns:xhtml=\"http://www.w3.org/1999/xhtml\">\n"));
    return OK;
}

static void list_map(struct map *map) {
    buf_add(map->index, STR("<sitemap>\n<loc>"));
    xml_address(map->index, map->page.press, map->page.path);
    buf_add(map->index, STR("</loc>\n</sitemap>\n"));
}

static err finish_map(struct map *map) {
    str bytes = {0};
    if (map->count == 0) return OK;
    buf_add(&map->xml, STR("</urlset>\n"));
    TRY(buf_finish(&map->xml, &bytes));
    TRY(page_write(&map->page, PRESSING_XML, bytes, 200));
    list_map(map);
    return OK;
}

/* All parts of a map, as readers have them. One that has none of this key has to be made. */
static err keep_map(struct map *map, struct press *p, bool *ret_is_kept) {
    bool is_part = true;
    *ret_is_kept = false;
    while (is_part) {
        TRY(next_part(map, p));
        TRY(page_take(&map->page, &is_part));
        if (is_part) list_map(map);
        *ret_is_kept = *ret_is_kept || is_part;
    }
    map->part = 0;
    return OK;
}

/* Room for one more address. */
static err make_room(struct map *map) {
    bool is_full = map->count == SITEMAP_ADDRESSES_MAX ||
                   map->xml.len + ADDRESS_BYTES_MAX > (size_t)MAP_BYTES_MAX;
    if (is_full) {
        TRY(finish_map(map));
        TRY(begin_map(map, map->page.press));
    }
    map->count++;
    return OK;
}

/* ---- Addresses ------------------------------------------------------------------------------ */

static void add_alternate(struct map *map, str language, str href) {
    buf_add(&map->xml, STR("<xhtml:link rel=\"alternate\" hreflang=\""));
    xml_text(&map->xml, language);
    buf_add(&map->xml, STR("\" href=\""));
    xml_address(&map->xml, map->page.press, href);
    buf_add(&map->xml, STR("\"/>\n"));
}

/* Every language of it, itself too, and as x-default the first in the site's order, as in the head
 * of the page. `hrefs` has a place for each edition, empty where it has none. */
static void add_alternates(struct map *map, const str *hrefs) {
    const struct press *p = map->page.press;
    size_t count = 0;
    str first = {0};
    for (size_t i = 0; i < p->edition_count; i++) count += hrefs[i].len > 0;
    for (size_t i = 0; i < p->edition_count && count > 1; i++) {
        if (hrefs[i].len == 0) continue;
        if (first.len == 0) first = hrefs[i];
        add_alternate(map, p->editions[i].language, hrefs[i]);
    }
    if (first.len > 0) add_alternate(map, STR("x-default"), first);
}

static err add_address(struct map *map, str href, int64_t changed, const str *hrefs) {
    struct press *p = map->page.press;
    TRY(make_room(map));
    buf_add(&map->xml, STR("<url>\n<loc>"));
    xml_address(&map->xml, p, href);
    buf_add(&map->xml, STR("</loc>\n"));
    if (changed != 0) {
        buf_add(&map->xml, STR("<lastmod>"));
        date_add_day(&map->xml, changed + p->offset);
        buf_add(&map->xml, STR("</lastmod>\n"));
    }
    add_alternates(map, hrefs);
    buf_add(&map->xml, STR("</url>\n"));
    return OK;
}

static err add_entry(struct map *map, const struct entry *entry) {
    struct press *p = map->page.press;
    struct arena_mark mark = arena_mark(&p->walk);
    str *hrefs = arena_array(&p->walk, p->edition_count, sizeof *hrefs);
    if (hrefs == NULL) FAIL(ERR_NO_MEMORY, "no memory for the addresses of translations");
    page_use(&map->page, entry->number);
    for (size_t i = 0; i < p->edition_count; i++) {
        const struct entry *other = entry_of_group(p, entry->group, p->editions[i].language);
        if (other == NULL) continue;
        page_use(&map->page, other->number);
        hrefs[i] = other->href;
    }
    int64_t changed = entry->updated > entry->published ? entry->updated : entry->published;
    TRY(add_address(map, entry->href, changed, hrefs));
    arena_reset(&p->walk, mark);
    return OK;
}

/* ---- What has no year ----------------------------------------------------------------------- */

static err add_homes(struct map *map) {
    struct press *p = map->page.press;
    str *homes = arena_array(p->site, p->edition_count, sizeof *homes);
    str *blogs = arena_array(p->site, p->edition_count, sizeof *blogs);
    if (homes == NULL || blogs == NULL) FAIL(ERR_NO_MEMORY, "no memory for addresses");
    for (size_t i = 0; i < p->edition_count; i++) {
        homes[i] = p->editions[i].home;
        blogs[i] = p->editions[i].blog;
        page_use(&map->page, p->editions[i].number);
    }
    for (size_t i = 0; i < p->edition_count; i++) {
        TRY(add_address(map, homes[i], 0, homes));
        TRY(add_address(map, blogs[i], 0, blogs));
    }
    return OK;
}

static err add_lists(struct map *map, const struct edition *e) {
    struct press *p = map->page.press;
    str *none = arena_array(p->site, p->edition_count, sizeof *none);
    if (none == NULL) FAIL(ERR_NO_MEMORY, "no memory for addresses");
    if (e->reports.count > 0) TRY(add_address(map, e->report_list, 0, none));
    for (size_t i = 0; i < e->topic_count; i++) {
        struct buf href;
        str text = {0};
        buf_init(&href, p->site, LIMIT_PATH_BYTES * 3);
        topic_href(&href, e, &e->topics[i]);
        TRY(buf_finish(&href, &text));
        TRY(add_address(map, text, 0, none));
    }
    return OK;
}

/* ---- All of them ---------------------------------------------------------------------------- */

/* Where an entry stands: its year, 0 for what has none. */
struct place {
    int year;
    const struct entry *entry;
};

/* Within a year by id: what is new comes last, so that a full map is never touched again. */
static int by_year(const void *one, const void *other) {
    const struct place *a = one;
    const struct place *b = other;
    if (a->year != b->year) return a->year < b->year ? -1 : 1;
    return (a->entry->id > b->entry->id) - (a->entry->id < b->entry->id);
}

static err sort_places(struct press *p, struct place **ret_places) {
    struct place *places = arena_array(p->site, p->entry_count, sizeof *places);
    if (places == NULL) FAIL(ERR_NO_MEMORY, "no memory to map %zu stories", p->entry_count);
    for (size_t i = 0; i < p->entry_count; i++) {
        const struct entry *entry = &p->entries[i];
        bool has_year = entry->kind != ARCHIVE_PAGE && entry->published != 0;
        places[i].entry = entry;
        places[i].year = has_year ? date_of(entry->published + p->offset).year : 0;
    }
    sort_things(places, p->entry_count, sizeof *places, by_year);
    *ret_places = places;
    return OK;
}

/* The entries of one year. */
static err write_year(struct press *p, const struct place *places, size_t count,
                      struct buf *index) {
    char year[16];
    struct map map = {.index = index, .name = year};
    bool is_kept = false;
    snprintf(year, sizeof year, "%d", places->year);
    page_begin(p, NULL, (str){0}, &map.page);
    for (size_t i = 0; i < count; i++) depends_translations(&map.page, places[i].entry);
    page_key(&map.page);
    memcpy(map.key, map.page.key, sizeof map.key);
    TRY(keep_map(&map, p, &is_kept));
    if (is_kept) return OK;
    TRY(begin_map(&map, p));
    for (size_t i = 0; i < count; i++) TRY(add_entry(&map, places[i].entry));
    return finish_map(&map);
}

/* Homes, lists, topics, pages: what has no year. */
static err write_pages(struct press *p, const struct place *places, size_t count,
                       struct buf *index) {
    struct map map = {.index = index, .name = "pages"};
    bool is_kept = false;
    page_begin(p, NULL, (str){0}, &map.page);
    for (size_t i = 0; i < p->edition_count; i++) {
        const struct edition *e = &p->editions[i];
        depends_edition(&map.page, e);
        for (size_t t = 0; t < e->topic_count; t++) depends_number(&map.page, e->topics[t].id);
    }
    for (size_t i = 0; i < count; i++) depends_translations(&map.page, places[i].entry);
    page_key(&map.page);
    memcpy(map.key, map.page.key, sizeof map.key);
    TRY(keep_map(&map, p, &is_kept));
    if (is_kept) return OK;
    TRY(begin_map(&map, p));
    TRY(add_homes(&map));
    for (size_t i = 0; i < p->edition_count; i++) TRY(add_lists(&map, &p->editions[i]));
    for (size_t i = 0; i < count; i++) TRY(add_entry(&map, places[i].entry));
    return finish_map(&map);
}

static err write_maps(struct press *p, struct buf *index) {
    struct place *places = NULL;
    size_t to = 0;
    TRY(sort_places(p, &places));
    while (to < p->entry_count && places[to].year == 0) to++;
    TRY(write_pages(p, places, to, index));
    for (size_t from = to; from < p->entry_count; from = to) {
        while (to < p->entry_count && places[to].year == places[from].year) to++;
        TRY(write_year(p, &places[from], to - from, index));
    }
    return OK;
}

err press_sitemap(struct press *p) {
    struct page page;
    struct buf index;
    str bytes = {0};
    buf_init(&index, p->site, LIMIT_FIELD_BYTES * 16);
    buf_add(&index, STR("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                        "<sitemapindex xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n"));
    TRY(write_maps(p, &index));
    buf_add(&index, STR("</sitemapindex>\n"));
    TRY(buf_finish(&index, &bytes));
    page_begin(p, NULL, STR("/sitemap.xml"), &page);
    for (size_t i = 0; i < p->edition_count; i++) page_use(&page, p->editions[i].number);
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
