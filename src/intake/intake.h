/* intake.h: bringing in what an organisation already has.
 *
 * Two sources: a WordPress export (WXR) with its uploads folder, and a folder of Markdown files.
 * Either is parsed in a sandboxed child (parser.h), read twice (the first time to see that it can
 * be read to its end and which pictures it shows), and then written to the archive in one change:
 * a source that cannot be read leaves the archive as it was.
 *
 * Importing twice is importing once: a thing keeps the version that its first import made. What has
 * not changed in the source since is not touched, whatever editors have made of it here.
 *
 * Nothing is made public by an import. Every import ends in a report that sums: for each type of
 * thing, found = imported + updated + unchanged + skipped. */
#pragma once

#include "archive/archive.h"
#include "scrub/maker.h"

struct intake_options {
    struct archive *archive;
    str by;       /* who imports, for revisions and the audit log */
    str language; /* BCP 47, for items that do not say; empty: the source's own, or "en" */

    int media_source;  /* open folder with the pictures (WordPress: uploads); -1: there is none */
    int media_folder;  /* open folder of the site that takes rebuilt pictures */
    bool without_avif; /* photographs as JPEG alone: quicker to import, slower to read */
    const struct maker_spec *maker;
    /* Keeps the original of a picture, sealed, under its BLAKE2b-256. Called before the picture's
     * row is written. *ret_mark tells this writing from any other, for `unseal`; 0: there was one
     * before, and it was replaced. */
    err (*seal)(void *context, int fd, const unsigned char hash[32], uint64_t *ret_mark);
    /* The import was undone: removes what `seal` wrote, unless somebody wrote it anew since. */
    void (*unseal)(void *context, const unsigned char hash[32], uint64_t mark);
    void *seal_context;

    /* Told now and then what is going on; may be NULL. `what` is "reading", "pictures", "items". */
    void (*progress)(void *context, const char *what, uint64_t done, uint64_t total);
    void *progress_context;
};

enum { INTAKE_TYPES_MAX = 64 };

/* One type of thing, as the source calls it ("post", "attachment", "nav_menu_item"). Types beyond
 * INTAKE_TYPES_MAX share the last row, "others". */
struct intake_type {
    str name;
    uint64_t found;
    uint64_t imported;
    uint64_t updated;
    uint64_t unchanged;
    uint64_t skipped;
};

/* A line of one of the lists. */
struct intake_line {
    str what; /* a type, a picture's address, a kind of note */
    str name; /* of the item */
    str why;
    struct intake_line *next;
};

struct intake_list {
    struct intake_line *first;
    struct intake_line **tail;
    uint64_t count;
};

struct intake_report {
    str source;  /* "WordPress export site.xml" */
    str address; /* of the site it came from; may be empty */
    struct intake_type types[INTAKE_TYPES_MAX];
    size_t type_count;
    struct intake_list skipped;
    uint64_t pictures_found; /* those that stand in the archive now */
    uint64_t pictures_new;
    struct intake_list pictures_missing;
    struct intake_list pictures_refused;
    struct intake_list
        links_removed;      /* to files the gate refuses, and to addresses that run code */
    uint64_t links_unknown; /* to pages of the old site that were not in the source */
    struct intake_list notes;
    uint64_t comments; /* never imported: they are other people's words */
    uint64_t topics;
};

/* Imports the WordPress export at `path`.
 * owns:  *ret_report lives in `a`.
 * fails: ERR_NOT_FOUND, ERR_INVALID (with file, line and reason; the archive is untouched),
 *        ERR_LIMIT, ERR_BUSY, ERR_IO, ERR_NO_MEMORY. */
err intake_wordpress(struct arena *a, const struct intake_options *options, str path,
                     struct intake_report *ret_report) MUST_USE;

/* Imports every *.md below the folder at `path`. Pictures are found below it too.
 * As intake_wordpress; options->media_source is not used. */
err intake_folder(struct arena *a, const struct intake_options *options, str path,
                  struct intake_report *ret_report) MUST_USE;

/* The report as text for people, and as one JSON object. */
void intake_report_text(struct buf *b, const struct intake_report *report);
void intake_report_json(struct buf *b, const struct intake_report *report);

/* True when every type's numbers sum. An import that does not sum is our bug. */
bool intake_report_sums(const struct intake_report *report);
