/* archive.h: everything the house knows.
 *
 * One `struct archive` is one open database, used by the thread that opened it. All SQL lives in
 * archive/sql and is prepared by archive_open, so a statement that does not fit the schema stops
 * the start, not a reader. Values are only ever bound.
 *
 * Shape: a story is a GROUP of language VERSIONS; (group, language) is one version. A version is
 * what an editor edits and a page shows; every change of it is kept as a REVISION. An item's KEY,
 * "12/en", names a version to the gate and to people; "site/en" names what stands around the
 * stories in that language (name, foot blocks, topics), which passes the gate as well.
 *
 * Invariants: no function here makes anything public, that needs a clearance (wire/clearance.h).
 * Real names of protected people are never here; contributors are the names shown to readers.
 *
 * Memory: what is read lives in the arena given. Times are seconds since 1970, 0 means none.
 * Errors of every function: ERR_IO, ERR_NO_MEMORY, and those named. */
#pragma once

#include "base/base.h"

struct archive;

/* Opens the file at `path`, makes it if `may_create`, and migrates it in one transaction. A reader
 * (`read_only`) may run beside the one writer.
 * owns:  *ret_archive, close with archive_close. Untouched on failure.
 * fails: ERR_NOT_FOUND, ERR_INVALID (not an archive of ours, or written by a newer program). */
struct archive_options {
    bool may_create;
    bool read_only;
};
err archive_open(const struct sys *sys, const char *path, struct archive_options options,
                 struct archive **ret_archive) MUST_USE;
void archive_close(struct archive **archive); /* accepts NULL; sets NULL; rolls back */

/* One change of the archive, whole or not at all. They do not nest. A writer waits up to five
 * seconds for another one: ERR_BUSY. */
err archive_begin(struct archive *archive) MUST_USE;
err archive_commit(struct archive *archive) MUST_USE;
void archive_rollback(struct archive *archive); /* fine without a begin */

/* Walks tables and indexes (PRAGMA integrity_check, foreign keys) and the audit chain.
 * fails: ERR_INVALID with the first damage in words. */
err archive_verify(struct archive *archive, struct arena *a) MUST_USE;

/* ---- Stories and their versions ------------------------------------------------------------- */

enum archive_kind { ARCHIVE_STORY, ARCHIVE_POST, ARCHIVE_REPORT, ARCHIVE_PAGE, ARCHIVE_KIND_COUNT };
enum archive_status {
    ARCHIVE_DRAFT,
    ARCHIVE_REVIEW,
    ARCHIVE_SCHEDULED, /* to be published at `published`, which lies ahead */
    ARCHIVE_PUBLISHED, /* meant for readers; whether it may go out is the gate's to say */
    ARCHIVE_WITHDRAWN, /* called back: 410 for ever; only the gate's officer undoes it */
    ARCHIVE_STATUS_COUNT
};
str archive_kind_name(enum archive_kind kind);       /* "story", "post", "report", "page" */
str archive_status_name(enum archive_status status); /* "draft", "review", ... */
bool archive_kind_of(str name, enum archive_kind *ret_kind);
bool archive_status_of(str name, enum archive_status *ret_status);

/* Who made it, as readers see it. An empty name means "name withheld". */
struct archive_contributor {
    str name;
    str role;
    str organisation;
};

struct archive_cover {
    int64_t media; /* 0: no cover */
    str alt;
    str caption;
    str credit;
};

/* Of kind report alone. */
struct archive_report {
    str publisher;
    str language;  /* BCP 47 */
    int64_t pages; /* 0: not known */
    int64_t bytes;
    str link; /* an https address, or a path of this site */
};

struct archive_version {
    int64_t id;             /* 0 in a version not saved yet */
    int64_t group;          /* 0: a new group */
    str language;           /* BCP 47, as "en", "ko", "ko-KP" */
    enum archive_kind kind; /* of the whole group */
    enum archive_status status;
    str slug; /* UTF-8, unique among the live slugs of its language; made unique on save */
    str title;
    str deck;
    str body;  /* Markdown; pictures as media:N */
    str notes; /* for editors: what an import could not convert; never published */
    int64_t published;
    int64_t updated;
    str origin; /* the public address it had before it came here; empty: never public elsewhere */
    struct archive_cover cover;
    struct archive_report report;
    struct archive_contributor *contributors;
    size_t contributor_count;
    int64_t *topics; /* ids, in the order chosen */
    size_t topic_count;
    int64_t *related; /* groups, the editor's choice, in order */
    size_t related_count;
    int64_t *reports; /* groups of kind report shown at its foot */
    size_t report_count;
};

/* The key "12/en" of a version. */
err archive_version_key(struct arena *a, const struct archive_version *version,
                        str *ret_key) MUST_USE;

enum archive_saved { ARCHIVE_ADDED, ARCHIVE_CHANGED, ARCHIVE_UNCHANGED };

/* Saves a version and, when anything differs from what is held, a revision of it signed by `by`.
 * With id 0 a version is added (to `group`, or to a new one); with an id it is replaced. An empty
 * slug is made from the title; a slug in use gets "-2", "-3" ... A slug that changes is kept as an
 * old one. A topic, story or report named twice counts once. A version keeps its group and its
 * language, which are its key. Sets version->id, group and slug to what they became.
 * fails: ERR_INVALID (language, kind, a text that is not UTF-8, a reference to nothing),
 *        ERR_EXISTS (the group has that language), ERR_LIMIT, ERR_NOT_FOUND (the id),
 *        ERR_DENIED (a withdrawn version cannot be changed). */
err archive_version_save(struct archive *archive, struct arena *a, str by,
                         struct archive_version *version, enum archive_saved *ret_saved) MUST_USE;

/* fails: ERR_NOT_FOUND. */
err archive_version_load(struct archive *archive, struct arena *a, int64_t id,
                         struct archive_version *ret_version) MUST_USE;

/* Finds by what a person types: a key ("12/en"), a slug ("the-road"), or a slug with its language
 * ("ko/the-road"). fails: ERR_NOT_FOUND, ERR_INVALID (a slug that several languages have: the
 * message lists their keys). */
err archive_version_find(struct archive *archive, struct arena *a, str name,
                         int64_t *ret_id) MUST_USE;

/* Which versions to list, and from where. Zeroed fields do not restrict. */
struct archive_filter {
    str language;
    int64_t group;
    int64_t topic;
    bool only_kinds[ARCHIVE_KIND_COUNT];      /* none set: every kind */
    bool only_statuses[ARCHIVE_STATUS_COUNT]; /* none set: every status */
    bool by_date;                             /* newest first by `published`; otherwise by id */
};

/* Calls `each` for every version that fits, one at a time and whole; the arena is reset after each
 * call, so memory stays flat. `each` may save settings or clearances, not versions. An error of
 * `each` ends the walk and is returned. */
err archive_versions_each(struct archive *archive, struct arena *a,
                          const struct archive_filter *filter,
                          err (*each)(void *context, struct archive_version *version),
                          void *context) MUST_USE;

/* The ids alone, newest first (by_date) or by id. fails: ERR_LIMIT (more than ten million). */
err archive_version_ids(struct archive *archive, struct arena *a,
                        const struct archive_filter *filter, int64_t **ret_ids,
                        size_t *ret_count) MUST_USE;

/* The ids of the scheduled versions whose hour has come at `now` (seconds), the earliest first. */
err archive_versions_due(struct archive *archive, struct arena *a, int64_t now, int64_t **ret_ids,
                         size_t *ret_count) MUST_USE;

/* fails: ERR_NOT_FOUND, ERR_DENIED (leaving ARCHIVE_WITHDRAWN). */
err archive_version_set_status(struct archive *archive, int64_t id,
                               enum archive_status status) MUST_USE;

/* The languages that have versions, in the order of their numbers of them. */
err archive_languages(struct archive *archive, struct arena *a, str **ret_languages,
                      size_t *ret_count) MUST_USE;

/* ---- Old addresses -------------------------------------------------------------------------- */

/* An address that once led to a version: an earlier slug, or a path of the system it came from. */
struct archive_old_path {
    str path; /* absolute, decoded, as "/2019/05/the-road/" */
    int64_t version;
};
/* Remembers a path; the newest owner of it wins. fails: ERR_INVALID (not absolute, not UTF-8). */
err archive_old_path_add(struct archive *archive, str path, int64_t version) MUST_USE;
/* All old paths; old slugs come as the path they had. */
err archive_old_paths_each(struct archive *archive, struct arena *a,
                           err (*each)(void *context, const struct archive_old_path *old),
                           void *context) MUST_USE;
/* The public path of a version: "/en/blog/the-road/" (not percent-encoded). */
err archive_public_path(struct arena *a, const struct archive_version *version,
                        str *ret_path) MUST_USE;

/* ---- Topics --------------------------------------------------------------------------------- */

struct archive_topic {
    int64_t id;
    str slug; /* one for all languages */
    str name; /* in the language asked for, or in any when it has none there */
};
/* Adds a topic or names it in one more language; the slug is the identity. An empty slug is made
 * from the name. fails: ERR_INVALID, ERR_LIMIT. */
err archive_topic_put(struct archive *archive, struct arena *a, str slug, str language, str name,
                      int64_t *ret_id) MUST_USE;
err archive_topics(struct archive *archive, struct arena *a, str language,
                   struct archive_topic **ret_topics, size_t *ret_count) MUST_USE;

/* ---- Pictures ------------------------------------------------------------------------------- */

/* One rebuilt form of a picture, a file of its own in the site's media folder. */
struct archive_variant {
    int32_t width;
    int32_t height;
    str format;             /* "jpeg", "png" or "avif" */
    unsigned char hash[32]; /* BLAKE2b-256 of the bytes; the file's name is its hex */
    int64_t bytes;
};
struct archive_media {
    int64_t id;
    unsigned char original_hash[32]; /* of the sealed original */
    str name;                        /* as it came: for editors, never published */
    str alt;
    str caption;
    str credit;
    uint32_t colour;                  /* dominant, 0xRRGGBB */
    struct archive_variant *variants; /* narrowest first */
    size_t variant_count;
};
/* Adds a picture, or finds the one with that original_hash (then texts that are empty in the
 * archive are filled). Sets media->id. */
err archive_media_put(struct archive *archive, struct arena *a, struct archive_media *media,
                      enum archive_saved *ret_saved) MUST_USE;
err archive_media_load(struct archive *archive, struct arena *a, int64_t id,
                       struct archive_media *ret_media) MUST_USE; /* fails: ERR_NOT_FOUND */
err archive_media_by_original(struct archive *archive, struct arena *a,
                              const unsigned char original_hash[32],
                              int64_t *ret_id) MUST_USE; /* fails: ERR_NOT_FOUND */
/* Every picture's id, ascending. */
err archive_media_ids(struct archive *archive, struct arena *a, int64_t **ret_ids,
                      size_t *ret_count) MUST_USE;

/* A card: the picture that stands for an item's page where it is shared and shows no picture. It is
 * held with the words that are drawn in it, so that whoever shows it can see that it is one of the
 * item as it is now. */
struct archive_card {
    str title;
    str line;
    unsigned char hash[32]; /* as a variant's; always a PNG, of the size that scrub/card.h says */
};
/* Holds the card of an item ("12/en", "site/en"), in the place of an older one.
 * fails: ERR_INVALID, ERR_LIMIT. */
err archive_card_put(struct archive *archive, str key, const struct archive_card *card) MUST_USE;
err archive_card_get(struct archive *archive, struct arena *a, str key,
                     struct archive_card *ret_card) MUST_USE; /* fails: ERR_NOT_FOUND */

/* ---- Where things came from ----------------------------------------------------------------- */

/* What an importer calls a thing, so that importing twice is importing once. `from` names the
 * kind of source and its site ("wordpress:https://example.org"), `name` the thing in it. */
err archive_source_put(struct archive *archive, str from, str name, int64_t version,
                       int64_t media) MUST_USE; /* one of the two is 0 */
err archive_source_get(struct archive *archive, str from, str name, int64_t *ret_version,
                       int64_t *ret_media) MUST_USE; /* fails: ERR_NOT_FOUND */

/* ---- Around the stories --------------------------------------------------------------------- */

/* Settings by key, per language or for all (language empty): site.name, site.tagline, site.base
 * (absolute address, no slash at the end), site.language (the default one), ...
 * Getting falls back from "ko-KP" to "ko" to the one for all; ERR_NOT_FOUND when there is none. */
err archive_setting_put(struct archive *archive, str key, str language, str value) MUST_USE;
err archive_setting_get(struct archive *archive, struct arena *a, str key, str language,
                        str *ret_value) MUST_USE;

enum archive_block_kind {
    ARCHIVE_BLOCK_APPEAL,  /* title, text, label, link */
    ARCHIVE_BLOCK_RELATED, /* title; the cards are computed */
    ARCHIVE_BLOCK_MONTHLY, /* title (the programme's own name), text, label, link */
    ARCHIVE_BLOCK_LEARN,   /* title; items: label + link */
    ARCHIVE_BLOCK_SEEN_IN, /* title; items: label (alt text), link, media (logo) */
    ARCHIVE_BLOCK_KIND_COUNT
};
str archive_block_kind_name(enum archive_block_kind kind); /* "appeal", "related", ... */
struct archive_block_item {
    str label;
    str link;
    int64_t media;
};
struct archive_block {
    enum archive_block_kind kind;
    int32_t position; /* ascending */
    str title;
    str text;
    str label;
    str link;
    struct archive_block_item *items;
    size_t item_count;
};
/* Replaces the block of that kind in that language. */
err archive_block_put(struct archive *archive, str language,
                      const struct archive_block *block) MUST_USE;
err archive_blocks(struct archive *archive, struct arena *a, str language,
                   struct archive_block **ret_blocks, size_t *ret_count) MUST_USE;

/* ---- Clearances, jobs, audit ---------------------------------------------------------------- */

/* The gate's answer about an item and a road, as bytes only wire/clearance.h can read. Held one per
 * (key, road); a newer one replaces it. */
err archive_clearance_put(struct archive *archive, str key, str road, str bytes) MUST_USE;
err archive_clearance_get(struct archive *archive, struct arena *a, str key, str road,
                          str *ret_bytes) MUST_USE;                    /* fails: ERR_NOT_FOUND */
err archive_clearance_drop(struct archive *archive, str key) MUST_USE; /* none there is fine */

/* Work that must outlive a crash. Taking a job marks it with the process that took it; a job whose
 * process is gone is given out again. */
struct archive_job {
    int64_t id;
    str kind; /* "press", ... */
    str detail;
    int64_t due;
    int64_t tries;
};
err archive_job_add(struct archive *archive, str kind, str detail, int64_t due,
                    int64_t *ret_id) MUST_USE; /* an equal job that still waits is kept as one */
err archive_job_take(struct archive *archive, struct arena *a, str kind, int64_t now, int64_t taker,
                     struct archive_job *ret_job) MUST_USE; /* fails: ERR_NOT_FOUND (none is due) */
err archive_job_done(struct archive *archive, int64_t id) MUST_USE;
err archive_job_retry(struct archive *archive, int64_t id, int64_t due) MUST_USE;

/* Who did what, append-only, each line hashed together with the one before it. `detail` names no
 * protected person. */
err archive_audit_add(struct archive *archive, str who, str what, str key, str detail) MUST_USE;
struct archive_audit {
    int64_t id;
    int64_t at;
    str who;
    str what;
    str key;
    str detail;
};
err archive_audit_each(struct archive *archive, struct arena *a,
                       err (*each)(void *context, const struct archive_audit *line),
                       void *context) MUST_USE;

/* ---- What changed --------------------------------------------------------------------------- */

/* Changes are counted, whoever makes them. Who keeps something made out of the archive notes the
 * number before reading, and leaves a mark of chance when it is made; who finds the same mark again
 * asks what was touched since. A mark that differs says that this is another archive, or an older
 * copy of it: then nothing is known. */
enum { ARCHIVE_MARK_BYTES = 16 };
struct archive_tick {
    int64_t number;    /* of the newest change of a version, or of its clearances */
    int64_t pictures;  /* of the newest change of a picture that was there at the mark */
    int64_t addresses; /* of the newest change of an old path */
    unsigned char mark[ARCHIVE_MARK_BYTES]; /* zeros: none was ever left */
};
err archive_tick_get(struct archive *archive, struct archive_tick *ret_tick) MUST_USE;
/* Ids, ascending, of the versions touched by a change after number `since`. Some of them may be
 * gone. */
err archive_touched(struct archive *archive, struct arena *a, int64_t since, int64_t **ret_ids,
                    size_t *ret_count) MUST_USE;
err archive_mark_put(struct archive *archive,
                     const unsigned char mark[ARCHIVE_MARK_BYTES]) MUST_USE;

/* ---- Search --------------------------------------------------------------------------------- */

/* Text as the search index takes it: alphabetic words as they are, every run of CJK characters also
 * as overlapping pairs, so that a two-syllable Korean word is found inside a longer one. */
void archive_search_text(struct buf *b, str text);

/* Ids of the versions that hold every word of `query` in title, deck or body, best first, at most
 * `max`. What is saved is found. */
err archive_search(struct archive *archive, struct arena *a, str query, size_t max,
                   int64_t **ret_ids, size_t *ret_count) MUST_USE;
