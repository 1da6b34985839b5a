/* press_impl.h: what the parts of the press share. From the archive inwards:
 *
 *     press_theme.c    templates, words and styles, built in or from the site's own folder
 *     press_gather.c   which versions are cleared, and their cards: from the archive, or remembered
 *     press_order.c    the lists they make
 *     press_memo.c     what is remembered from one press to the next
 *     press_depends.c  what a page depends on, and whether the live one still stands
 *     press_view.c     cards, pictures, dates: the pieces of what a page shows
 *     press_site.c     what every page has: names, menu, languages, and facts for machines
 *     press_blocks.c   what stands at the foot
 *     press_pages.c    home, lists, topics, errors
 *     press_story.c    the page of one version, against its clearance
 *     press_facts.c    what machines are told of a page, and the web manifest
 *     press_feeds.c    RSS, Atom, JSON Feed
 *     press_search.c   what readers search, and the page they ask on
 *     press_maps.c     the maps for search engines, robots
 *     press_assets.c   styles, the icon, files of pictures
 *     press_moved.c    what was called back, what has another address
 *     press_output.c   into the pressing, with the clearances that a page contains
 *     press_compress.c compressed forms, by all processors
 *     press.c          the order of it all */
#pragma once

#include <sodium.h>

#include "press/mustache.h"
#include "press/press.h"
#include "pressing/pressing.h"

enum {
    CARD_WIDE = 1200, /* a card (scrub/card.h), pixels */
    CARD_HIGH = 630,
    PAGE_ARENA_MAX = 512 << 20,    /* all that is needed to make one page */
    LIST_CARDS = 20,               /* on a page of a list */
    HOME_CARDS = 6,                /* on a home page, below the newest */
    FEED_ITEMS = 20,               /* in a feed */
    CHECK_CARDS = 3,               /* in "check these out" */
    CHECK_TOPICS = 32,             /* of a story, by which others are found for it */
    TOPICS_SHOWN = 24,             /* on a home page */
    PROGRESS_STEP = 100,           /* stories between two words of progress */
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
    int64_t width; /* 0: there is none */
    int64_t height;
    str alt;
    str caption;
    str credit;
};

/* A file of a picture. */
struct entry_file {
    unsigned char hash[32];
    int64_t type; /* enum pressing_type */
};

/* What pages depend on is told by short hashes (BLAKE2b). */
enum { KEY_BYTES = 16 };

/* A cleared version: what other pages need to know of it, and what its own page shows of others.
 * Its text is loaded when its page is made. Remembered from press to press (press_memo.c). */
struct entry {
    int64_t id;
    int64_t group;
    int64_t kind; /* enum archive_kind */
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
    int64_t *related; /* groups */
    size_t related_count;
    int64_t *reports; /* groups */
    size_t report_count;
    struct picture cover;
    str card; /* link of the picture that stands for it where it has no cover; or empty */
    struct archive_report report;
    struct entry_file *files; /* of all its pictures */
    size_t file_count;
    unsigned char clearance[32];     /* its hash */
    int64_t until;                   /* when the clearance ends */
    unsigned char digest[KEY_BYTES]; /* of all above */
    str *notes;                      /* what was left out of its page when that was made */
    size_t note_count;
    /* Not remembered: */
    uint32_t number;               /* of its clearance, in the pressing */
    const struct clearance *given; /* the clearance itself, where this press has verified it */
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
    struct archive_topic *topics; /* those a cleared story has */
    struct entry_list *of_topic;  /* for each of them: stories, posts and reports, newest first */
    size_t topic_count;
    struct archive_block *blocks;
    size_t block_count;
    struct entry_file *files; /* of the pictures in its blocks, and of its card */
    size_t file_count;
    str card; /* link of the picture that stands for pages without one; or empty */
    unsigned char clearance[32];  /* hash of the clearance of "site/en" */
    uint32_t number;              /* the same, in the pressing */
    unsigned char key[KEY_BYTES]; /* of all that every page of the language depends on */
    struct entry_list stories;    /* and posts, newest first */
    struct entry_list listed;     /* and reports: what topics list, newest first */
    struct entry_list reports;    /* newest first */
    struct entry_list pages;      /* oldest first */
};

/* What the press remembers of the last one, beside its entries. */
struct withdrawn {
    int64_t id;
    str language;
    str path;
};
struct moved {
    str path;
    int64_t version;
};

/* A path that is written, and the key of what its page depends on (zeros: made anew each time). */
struct written {
    str path;
    unsigned char key[KEY_BYTES];
};

enum asset { ASSET_CSS, ASSET_ICON, ASSET_COUNT };

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
    str live_name;
    struct archive_tick tick; /* of the archive, before it was read */
    size_t memo_bytes;        /* of the file that was read */
    const char *live_keys;    /* KEY_BYTES for each page of `live`; NULL: nothing is remembered */
    unsigned char stamp[32];  /* of the program, the theme and the site's own settings */
    crypto_generichash_state stamping;
    struct pressing_writer *writer;
    struct compressing *compressing; /* on the way to the writer */
    const struct mustache *templates;
    str base;                /* "https://example.org" */
    str assets[ASSET_COUNT]; /* their bytes */
    str css;                 /* link */
    str icon;                /* link */
    str paper; /* "#fbf9f5": the ground's colour by day; empty when no style says it */
    str paper_at_night;
    str language; /* the default one */
    int64_t now;
    int64_t offset; /* seconds east of UTC, for dates */
    struct edition *editions;
    size_t edition_count;
    struct entry *entries; /* ascending by id */
    size_t entry_count;
    size_t entry_room;
    struct entry **by_path;  /* the same, ascending by path */
    struct entry **by_group; /* the same, ascending by group and language */
    int64_t *again;          /* versions to look at again next time: refused, or incomplete */
    size_t again_count;
    struct withdrawn *withdrawn;
    size_t withdrawn_count;
    struct moved *moved; /* old paths */
    size_t moved_count;
    struct written *written; /* so far */
    size_t written_count;
    uint32_t *slots; /* numbers of `written` from 1 on: a table with open addressing */
    size_t slot_room;
};

/* Room for one more thing behind `count` others in p->site, or NULL. */
void *grown(struct press *p, void *array, size_t count, size_t size);
/* The same for an array that `count` others fill, whatever their number: makes room for the next
 * power of two. */
err ready_to_grow(struct press *p, void **array, size_t count, size_t size) MUST_USE;

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

/* What every page depends on: the program, the theme's files, the site's settings. Begun by the
 * first, ended before anything is remembered. */
void stamp_begin(struct press *p);
void stamp_add(struct press *p, str bytes);
void stamp_end(struct press *p);

/* ---- press_gather.c ------------------------------------------------------------------------- */

/* Fills editions and entries, and reports what had to be left out. */
err gather(struct press *p) MUST_USE;

/* Whether `clearance` covers exactly this source, on this road, today. fails: ERR_DENIED. */
err check_clearance(struct press *p, const struct source *source,
                    const struct clearance *clearance) MUST_USE;

/* The clearance of an item, asked of the archive and held against its source. fails: ERR_DENIED
 * says why the item cannot go out. */
err find_clearance(struct press *p, struct arena *a, const struct source *source,
                   const struct clearance **ret_clearance) MUST_USE;

/* Loads the version of an entry, and its clearance, which is held against what was loaded: a text
 * edited since it was listed, or cleared anew, refuses. Either lives in `a`.
 * fails: ERR_DENIED, ERR_NOT_FOUND, and as the archive. */
err entry_load(struct press *p, struct arena *a, const struct entry *entry,
               struct archive_version *ret_version,
               const struct clearance **ret_clearance) MUST_USE;

err left_out(struct press *p, str key, const char *why) MUST_USE;
err note(struct press *p, str key, str what) MUST_USE;

/* ---- press_order.c -------------------------------------------------------------------------- */

/* Where in a list, newest first, what is older than `entry` begins. */
size_t older_than(const struct entry_list *list, const struct entry *entry);

/* Sorts the entries and makes the lists of every edition. */
err put_in_order(struct press *p) MUST_USE;

const struct edition *edition_of(const struct press *p, str language); /* or NULL */
const struct entry *entry_by_id(const struct press *p, int64_t id);
const struct entry *entry_by_path(const struct press *p, str path);
const struct entry *entry_of_group(const struct press *p, int64_t group, str language);

/* ---- press_memo.c --------------------------------------------------------------------------- */

/* What is remembered of the pressing p->live_name, if that is of this archive and was made by this
 * program of this theme: sets p->live_keys and fills `ret_memo`. Otherwise *ret_is_there is false,
 * which costs time and nothing else. fails: ERR_IO, ERR_NO_MEMORY. */
struct memo {
    unsigned char stamp[32];
    unsigned char mark[ARCHIVE_MARK_BYTES];
    str pressing; /* name */
    int64_t number;
    int64_t pictures;
    int64_t addresses;
    str *languages; /* of its editions */
    size_t language_count;
    struct entry *entries; /* ascending by id */
    size_t entry_count;
    int64_t *again;
    size_t again_count;
    struct withdrawn *withdrawn;
    size_t withdrawn_count;
    struct moved *moved;
    size_t moved_count;
    str keys;
};
err memo_read(struct press *p, struct memo *ret_memo, bool *ret_is_there) MUST_USE;

/* Writes what the next press is to remember of the finished pressing `name`, under a name that is
 * not yet the memo's. */
err memo_write(struct press *p, str name) MUST_USE;

/* Sets entry->digest. fails: ERR_LIMIT, ERR_NO_MEMORY. */
err entry_digest(struct press *p, struct entry *entry) MUST_USE;

/* ---- press_compress.c ----------------------------------------------------------------------- */

/* One form of a body, made in `room`; its size, or 0 when it does not fit. Any thread may call
 * these, each with a tool of its own; free that with libdeflate_free_compressor. */
struct libdeflate_compressor *form_gzip_tool(void); /* NULL: no memory */
size_t form_gzip(struct libdeflate_compressor *tool, str body, char *room, size_t size);
size_t form_brotli(str body, char *room, size_t size);

/* Pages on their way to a writer, which get their compressed forms here. One thread calls these
 * functions; `workers` others help it.
 * owns:  *ret_compressing, close with compressing_close, which forgets what was not flushed.
 * fails: ERR_NO_MEMORY. */
struct compressing;
size_t compressing_workers(void); /* as many as make use of this machine */
err compressing_open(const struct sys *sys, struct pressing_writer *writer, size_t workers,
                     struct compressing **ret_compressing) MUST_USE;
void compressing_close(struct compressing **compressing);

/* Hands a page on. It is copied, but for its path, which must live until the flush. With
 * `wants_forms` those forms are made that are smaller than the page; else it keeps what it has.
 * The writer gets pages in the order in which they are handed on, some calls later; its errors come
 * from a later call or from the flush. fails: as pressing_writer_page, ERR_NO_MEMORY. */
err compressing_page(struct compressing *compressing, const struct pressing_page *page,
                     bool wants_forms) MUST_USE;
err compressing_flush(struct compressing *compressing) MUST_USE;

/* ---- press_output.c ------------------------------------------------------------------------- */

/* A page being made, in press->page. */
struct page {
    struct press *press;
    const struct edition *edition; /* NULL for what has no language */
    const struct entry *entry;     /* NULL for what is not one version's page */
    str path;
    bool is_error; /* 404, 410: it tells nothing of what is or was there */
    bool is_keyed;
    unsigned char key[KEY_BYTES];
    crypto_generichash_state depends; /* what was declared so far */
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

/* ---- press_depends.c ------------------------------------------------------------------------ */

/* A page DECLARES what it depends on before it is made: after page_begin, which declares the
 * edition, everything that could change its bytes. When the live pressing has a page at this path
 * that declared the very same, page_keep takes it over as it lies there and sets *ret_is_kept.
 * Entries are declared whole: where one is shown, linked or only known to be there; NULL where it
 * could be and is not. */
void depends_text(struct page *page, str text);
void depends_number(struct page *page, int64_t number);
void depends_entry(struct page *page, const struct entry *entry);
void depends_edition(struct page *page, const struct edition *e);
void depends_translations(struct page *page, const struct entry *entry);
void depends_topics(struct page *page); /* what view_topics shows */
void depends_blocks(struct page *page); /* of this entry's page, or of a home */
err page_keep(struct page *page, bool *ret_is_kept) MUST_USE;
/* Its two halves: sets page->key; takes over what has that key. */
void page_key(struct page *page);
err page_take(struct page *page, bool *ret_is_kept) MUST_USE;
void depends_begin(struct page *page); /* by page_begin */

/* Sets the keys of all editions, once the entries are in order. */
void key_editions(struct press *p);

/* ---- press_output.c again: names ------------------------------------------------------------ */

/* BLAKE2b-256, as the archive names the files of pictures, and lower-case hex. */
enum { HASH_BYTES = 32 };
void hash_of(str bytes, unsigned char ret_hash[HASH_BYTES]);
err hex_of(struct arena *a, const unsigned char *bytes, size_t size, str *ret_hex) MUST_USE;

/* Remembers that this page is written. fails: ERR_EXISTS (its path is taken), ERR_NO_MEMORY. */
err page_written(struct page *page) MUST_USE;

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
str date_in_words(struct page *page, int64_t seconds); /* as the language writes dates */
void view_topic(struct page *page, struct value *parent, const char *name,
                const struct archive_topic *topic);
void topic_href(struct buf *b, const struct edition *e, const struct archive_topic *topic);
void view_topics(struct page *page);
void view_report(struct page *page, struct value *parent, const char *name,
                 const struct entry *entry);

/* The foot blocks. A home page needs no "check these out". */
err view_blocks(struct page *page) MUST_USE;

/* The topics that view_topics shows: those with at least so many stories. */
size_t topics_least(const struct edition *e);

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
/* The stories that "check these out" on this page offers, at most CHECK_CARDS. */
size_t check_these(const struct page *page, const struct entry *ret_chosen[CHECK_CARDS]);

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

/* ---- press_search.c ------------------------------------------------------------------------- */

/* Where a language is searched: "/en/search/"; and its menu's link, the form's address, as `site`
 * has them. */
str search_href(struct page *page, const struct edition *e);

/* ---- press_facts.c -------------------------------------------------------------------------- */

/* Adds to `map`, the view's "page", what social sites and search engines are told of the page. */
void view_machine_facts(struct page *page, struct value *map, const struct page_facts *facts);
void find_papers(struct press *p, str css); /* sets paper and paper_at_night */
/* The first value that a stylesheet gives to `name` ("--paper:"), and what follows it. Empty when
 * it is not a plain #rrggbb. */
str css_colour(str css, str name, str *ret_rest);
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
err press_search(struct press *p, const struct edition *e) MUST_USE;

err press_sitemap(struct press *p) MUST_USE;
err press_robots(struct press *p) MUST_USE;
err read_assets(struct press *p) MUST_USE; /* sets the links css and icon */
err press_assets(struct press *p) MUST_USE;
err press_pictures(struct press *p) MUST_USE;
err press_moved(struct press *p) MUST_USE; /* what was called back, then what has another address */
