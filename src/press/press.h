/* press.h: from the archive to finished pages.
 *
 * The press reads the archive, renders every version the gate has cleared for the web together with
 * the pages around them (homes, lists, topics, feeds, the map for search engines, what is gone and
 * what has moved), and writes them as a pressing (pressing.h). It needs no network and no ledger:
 * clearances lie in the archive, and the gate's public key tells whether they are the gate's.
 *
 * Invariants
 *  - A version is rendered only against its `const struct clearance *`: for this item, its language
 *    and the road "web", verified, in date, and bound to exactly the source about to be rendered.
 *  - Every page declares the clearances of all it contains, to the last card and headline.
 *  - What stands around the stories in a language (names, blocks, topics) is cleared too, as
 *    "site/en": without that no page of the language is pressed.
 *  - The same archive and the same clearances give the same bytes.
 *
 * One more story presses what it touches. Every page declares what it depends on; where that is as
 * it was at the last press, the page of the live pressing is taken over as it lies there. Which
 * stories changed is asked of the archive, the others are remembered. Pages are made one at a time,
 * in an arena that is emptied after each; what is kept between them is a few hundred bytes a
 * story. */
#pragma once

#include "archive/archive.h"
#include "wire/clearance.h"

/* What the gate is shown of a version, and what a clearance of it is bound to: every text of it
 * that a page shows, and its pictures with the hashes of their files. The command that asks the
 * gate and the press that renders both call this, so they cannot disagree.
 * owns:  *ret_source lives in `a` and borrows from `version`.
 * fails: ERR_LIMIT (more texts or pictures than a source holds), ERR_IO, ERR_NO_MEMORY. */
err press_source(struct archive *archive, struct arena *a, const struct archive_version *version,
                 struct source *ret_source) MUST_USE;

/* The same for what stands around the stories in one language: its key is "site/en". */
err press_site_source(struct archive *archive, struct arena *a, str language,
                      struct source *ret_source) MUST_USE;

/* The colours of the theme in the open folder `theme` (or -1), by day, each 0xRRGGBB: what a card
 * is drawn in. A style of its own that does not say one plainly has the built-in one's.
 * fails: ERR_IO, ERR_LIMIT, ERR_NO_MEMORY. */
struct press_colours {
    uint32_t paper;
    uint32_t ink;
    uint32_t accent;
};
err press_colours(struct arena *a, int theme, struct press_colours *ret_colours) MUST_USE;

/* Which forms a page is given beside the plain one. */
enum press_forms {
    PRESS_FORMS_ALL,  /* gzip and brotli, where they are smaller */
    PRESS_FORMS_NONE, /* for a site behind something that compresses by itself */
};

struct press_options {
    struct archive *archive;           /* may be read only */
    const unsigned char *clearing_key; /* Ed25519 public, 32 bytes */
    int media;                         /* the open folder of rebuilt pictures */
    int theme;                         /* the open folder of overrides (docs/THEME.md), or -1 */
    int pressings;                     /* the open folder to write into */
    int house; /* the open folder of the site: what is remembered between presses lies there */
    enum press_forms forms;
    bool is_anew; /* take nothing over from the live pressing, remember nothing of it */
    void *ctx; /* for `progress`, which is told from time to time, and at the end, how many of the
                   * stories have their page; may be NULL */
    void (*progress)(void *ctx, size_t done, size_t all);
};

/* Something an editor should know: an item that was left out, or a part of one. */
struct press_note {
    str key;  /* "12/en", "site/ko" */
    str text; /* in words */
    struct press_note *next;
};

struct press_report {
    str name;              /* of the pressing, finished and not yet sealed */
    size_t pages;          /* paths written, redirects and all */
    size_t kept;           /* of them taken over as readers have them already */
    size_t pressed;        /* versions that have a page */
    size_t pictures;       /* files of pictures */
    size_t gone;           /* paths that answer 410 */
    size_t moved;          /* paths that answer 301 */
    size_t left_out_count; /* versions meant for readers and not rendered, each with its reason */
    struct press_note *left_out;
    size_t note_count; /* what was left out of a page that was rendered */
    struct press_note *notes;
    unsigned char mark[ARCHIVE_MARK_BYTES]; /* for press_remember */
};

/* Presses the whole site. Settings it reads: site.base (required: the absolute address, no slash at
 * the end), site.language, site.offset ("+09:00": whose day a date means; UTC without), and for
 * each language site.name (required), site.tagline, home.title, home.intro (Markdown), site.menu
 * and site.links (slugs of pages, separated by blanks).
 * owns:  *ret_report lives in `a`, which also holds the press's memory while it works.
 * fails: ERR_INVALID (a setting is missing, a template or a words file is wrong), ERR_DENIED (no
 *        language has its own words cleared), ERR_BUSY (something was edited meanwhile: press
 *        again), ERR_LIMIT, ERR_IO, ERR_NO_MEMORY; nothing of the pressing is left then. An item
 *        that cannot be pressed is no failure: it is in the report. */
err press_site(const struct sys *sys, struct arena *a, const struct press_options *options,
               struct press_report *ret_report) MUST_USE;

/* What was pressed is live now: the next press may build on it. Writes to the archive. That it
 * fails costs the next press its time and nothing else. fails: ERR_IO, ERR_BUSY, ERR_NO_MEMORY. */
err press_remember(const struct sys *sys, const struct press_options *options,
                   const struct press_report *report) MUST_USE;
