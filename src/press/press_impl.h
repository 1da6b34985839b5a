/* press_impl.h: what the parts of the press share. From the archive inwards:
 *
 *     press_theme.c    templates, words and styles, built in or from the site's own folder
 *     press_gather.c   one walk over the archive: which versions are cleared, and their cards
 *     press_view.c     cards, pictures, dates: the pieces of what a page shows
 *     press_site.c     what every page has: names, menu, languages, and facts for machines
 *     press_blocks.c   what stands at the foot
 *     press_pages.c    home, lists, topics, errors
 *     press_story.c    the page of one version, against its clearance
 *     press_facts.c    what machines are told of a page, and the web manifest
 *     press_feeds.c    RSS, Atom, JSON Feed
 *     press_maps.c     the maps for search engines, robots
 *     press_assets.c   styles, the icon, files of pictures
 *     press_moved.c    what was called back, what has another address
 *     press_output.c   into the pressing: compression, and which clearances a page contains
 *     press.c          the order of it all */
#pragma once

#include "press/mustache.h"
#include "press/press.h"
#include "pressing/pressing.h"

enum {
    PAGE_ARENA_MAX = 512 << 20,    /* all that is needed to make one page */
    LIST_CARDS = 20,               /* on a page of a list */
    HOME_CARDS = 6,                /* on a home page, below the newest */
    FEED_ITEMS = 20,               /* in a feed */
    CHECK_CARDS = 3,               /* in "check these out" */
    TOPICS_SHOWN = 24,             /* on a home page */
    MENU_PAGES = 4,                /* when no setting says which */
    EXCERPT_CHARACTERS = 200,      /* of a card */
    DESCRIPTION_CHARACTERS = 160,  /* of a page, for machines */
    SITEMAP_ADDRESSES_MAX = 50000, /* sitemaps.org: in one file */
};

/* A picture as pages show it: the widest form, and all of them to choose from. */
struct picture {
    str src;
    str srcset;    /* empty: there is one form */
    str avif;      /* srcset of the AVIF forms; empty: there are none */
    int32_t width; /* 0: there is none */
    int32_t height;
    str alt;
    str caption;
    str credit;
};

/* A cleared version: what other pages need to know of it. */
struct entry {
    int64_t id;
    int64_t group;
    enum archive_kind kind;
    int64_t published;
    int64_t updated;
    str language;
    str key; /* "12/en" */
    str slug;
    str path; /* "/en/blog/종이/" */
    str href; /* the same, percent-encoded */
    str title;
    str deck; /* or an excerpt */
    str byline;
    str *authors; /* those of the byline who are named */
    size_t author_count;
    int64_t *topics;
    size_t topic_count;
    struct picture cover;
    struct archive_report report;
    const struct clearance *clearance;
    uint32_t number; /* of its clearance, in the pressing */
};

struct entry_list {
    struct entry **all;
    size_t count;
};

/* One language of the site. */
struct edition {
    str language;
    str name;
    str tagline;
    str home_title;
    str home_intro;
    str menu_slugs;
    str link_slugs;
    str home; /* "/en/"; a language tag needs no percent-encoding, so paths are links here */
    str blog;
    str report_list;
    str feed; /* RSS */
    str atom;
    str json_feed;
    struct value words;           /* a map of maps */
    struct archive_topic *topics; /* those a cleared story has; count says how many have them */
    size_t topic_count;
    struct archive_block *blocks;
    size_t block_count;
    uint32_t number;           /* of the clearance of "site/en" */
    struct entry_list stories; /* and posts, newest first */
    struct entry_list listed;  /* and reports: what topics list, newest first */
    struct entry_list reports; /* newest first */
    struct entry_list pages;   /* oldest first */
};

/* A file of a picture, wanted by the item with that clearance. */
struct media_use {
    unsigned char hash[32];
    enum pressing_type type;
    uint32_t number;
};

struct press {
    const struct sys *sys;
    const struct press_options *options;
    struct arena *site; /* lives as long as the work */
    struct arena page;  /* emptied after each page */
    struct arena walk;  /* for walking over the archive */
    struct press_report *report;
    struct press_note **left_out_end;
    struct press_note **notes_end;
    struct pressing *live; /* the pressing that readers have now, or NULL */
    struct pressing_writer *writer;
    struct libdeflate_compressor *compressor;
    const struct mustache *templates;
    str base;  /* "https://example.org" */
    str css;   /* link */
    str icon;  /* link */
    str paper; /* "#fbf9f5": the ground's colour by day; empty when no style says it */
    str paper_at_night;
    str language; /* the default one */
    int64_t now;
    int64_t offset; /* seconds east of UTC, for dates */
    str year;       /* of the newest publication */
    struct edition *editions;
    size_t edition_count;
    struct entry *entries; /* ascending by id */
    size_t entry_count;
    size_t entry_room;
    struct entry **by_path;  /* the same, ascending by path */
    struct entry **by_group; /* the same, ascending by group and language */
    str *paths;              /* written so far: a table with open addressing */
    size_t path_count;
    size_t path_room;
    struct media_use *media;
    size_t media_count;
    size_t media_room;
};

/* ---- press_theme.c -------------------------------------------------------------------------- */

/* Compiles the templates; finds the words of a language; the bytes of a style or icon. */
err theme_templates(struct press *p) MUST_USE;
err theme_words(struct press *p, str language, struct value *ret_words) MUST_USE;
err theme_file(struct press *p, const char *name, str *ret_bytes) MUST_USE;

/* The word "blog.title" of an edition; the key itself where there is none, so that it is seen. */
str word(const struct edition *e, str key);

/* Appends a word with {a} and {b} replaced. */
struct fill {
    str name;
    str value;
};
void fill_words(struct buf *b, str text, const struct fill *fills, size_t count);

/* ---- press_gather.c ------------------------------------------------------------------------- */

/* Fills editions and entries, and reports what had to be left out. */
err gather(struct press *p) MUST_USE;

/* The clearance of an item, asked of the archive and held against its source. fails: ERR_DENIED and
 * ERR_NOT_FOUND say why the item cannot go out. */
err find_clearance(struct press *p, struct arena *a, const struct source *source,
                   const struct clearance **ret_clearance) MUST_USE;

/* Whether `clearance` covers exactly this source, on this road, today. fails: ERR_DENIED. */
err check_clearance(struct press *p, const struct source *source,
                    const struct clearance *clearance) MUST_USE;

const struct edition *edition_of(const struct press *p, str language); /* or NULL */
const struct entry *entry_by_id(const struct press *p, int64_t id);
const struct entry *entry_by_path(const struct press *p, str path);
const struct entry *entry_of_group(const struct press *p, int64_t group, str language);

err left_out(struct press *p, str key, const char *why) MUST_USE;
err note(struct press *p, str key, str what) MUST_USE;

/* ---- press_output.c ------------------------------------------------------------------------- */

/* A page being made, in press->page. */
struct page {
    struct press *press;
    const struct edition *edition; /* NULL for what has no language */
    const struct entry *entry;     /* NULL for what is not one version's page */
    str path;
    bool is_error; /* 404, 410: it tells nothing of what is or was there */
    struct view view;
    uint32_t *uses; /* clearances it contains, as they come */
    size_t use_count;
    size_t use_room;
    err failed; /* a use could not be remembered */
};

/* Begins a page: empties the page arena. */
void page_begin(struct press *p, const struct edition *edition, str path, struct page *ret_page);
void page_use(struct page *page, uint32_t number);

/* Renders `template` from the page's view and puts it out; `bytes` puts out what was made without a
 * template. fails: as the renderer and the writer. */
err page_render(struct page *page, const char *template, uint16_t status) MUST_USE;
err page_write(struct page *page, enum pressing_type type, str bytes, uint16_t status) MUST_USE;
err page_redirect(struct page *page, str location) MUST_USE;

/* BLAKE2b-256, as the archive names the files of pictures, and lower-case hex. */
enum { HASH_BYTES = 32 };
void hash_of(str bytes, unsigned char ret_hash[HASH_BYTES]);
err hex_of(struct arena *a, const unsigned char *bytes, size_t size, str *ret_hex) MUST_USE;

/* Whether a page with this path has been written. */
bool path_is_taken(const struct press *p, str path);

/* ---- press_view.c --------------------------------------------------------------------------- */

/* What machines are told of a page. */
struct page_facts {
    str title;
    str description;
    const char *type; /* "article", "website" */
    str canonical;    /* a path link; empty on error pages */
    bool is_noindex;
    const struct picture *image;
};

/* Adds what every page has: site, page, word. */
void view_site(struct page *page, const struct page_facts *facts);

void view_card(struct page *page, struct value *parent, const char *name, const struct entry *entry,
               int64_t without_topic);
void view_picture(struct page *page, struct value *parent, const char *name,
                  const struct picture *picture);
void view_date(struct page *page, struct value *parent, const char *name, int64_t seconds);
void view_topic(struct page *page, struct value *parent, const char *name,
                const struct archive_topic *topic);
void topic_href(struct buf *b, const struct edition *e, const struct archive_topic *topic);
void view_topics(struct page *page);
void view_report(struct page *page, struct value *parent, const char *name,
                 const struct entry *entry);

/* The foot blocks; `version` is NULL on a home page, which needs no "check these out". */
err view_blocks(struct page *page, const struct archive_version *version) MUST_USE;

/* What an edition calls a language: "Korean"; the tag itself where it has no word for it. */
str language_in_words(struct page *page, const struct edition *e, str language);

/* Ends a text of the page; a failure is remembered by the view. */
str page_finish(struct page *page, struct buf *text);

const struct archive_topic *topic_of(const struct edition *e, int64_t id); /* or NULL */

/* A text in the page's arena; a failure is remembered by the view. */
str page_text(struct page *page, const char *format, ...) PRINTF_LIKE(2, 3);
str page_href(struct page *page, str path); /* percent-encoded */
str page_absolute(struct page *page, str href);

/* A picture of the archive, ready to show. fails: ERR_NOT_FOUND (no such picture, or no form that
 * every browser knows). */
err picture_load(struct press *p, struct arena *a, int64_t media,
                 struct picture *ret_picture) MUST_USE;
/* What a form is served as, and where. */
enum pressing_type picture_type(str format);
err picture_path(struct arena *a, const unsigned char hash[32], enum pressing_type type,
                 str *ret_path) MUST_USE;

/* The first words of a text on one line, cut at a word, at most `characters` long. */
err excerpt(struct arena *a, str text, size_t characters, str *ret_excerpt) MUST_USE;

/* Whether a link of ours ends at a page that is pressed, and all others that are safe. */
bool leads_somewhere(const struct press *p, str link);

/* ---- press_feeds.c -------------------------------------------------------------------------- */

/* Text between tags or in an attribute of XML; an absolute address of ours. */
void xml_text(struct buf *b, str text);
void xml_address(struct buf *b, const struct press *p, str href);

/* ---- press_facts.c -------------------------------------------------------------------------- */

/* Adds to `map`, the view's "page", what social sites and search engines are told of the page. */
void view_machine_facts(struct page *page, struct value *map, const struct page_facts *facts);
void find_papers(struct press *p, str css); /* sets paper and paper_at_night */
err press_manifest(struct press *p) MUST_USE;

/* ---- press_site.c --------------------------------------------------------------------------- */

/* The page itself in another language: a link, or empty where there is none. */
str translation_of(struct page *page, const struct edition *e);

/* ---- Pages ---------------------------------------------------------------------------------- */

err press_home(struct press *p, const struct edition *e) MUST_USE;
err press_blog(struct press *p, const struct edition *e) MUST_USE;
err press_reports(struct press *p, const struct edition *e) MUST_USE;
err press_topics(struct press *p, const struct edition *e) MUST_USE;
err press_items(struct press *p, const struct edition *e) MUST_USE;
err press_errors(struct press *p, const struct edition *e) MUST_USE;
err press_feed(struct press *p, const struct edition *e) MUST_USE;

err press_sitemap(struct press *p) MUST_USE;
err press_robots(struct press *p) MUST_USE;
err press_assets(struct press *p) MUST_USE; /* sets the links css and icon */
err press_pictures(struct press *p) MUST_USE;
err press_moved(struct press *p) MUST_USE; /* what was called back, then what has another address */
