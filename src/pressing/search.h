/* search.h: a full-text index of the stories of one language, made to be read where it lies.
 *
 * The house writes SEGMENTS: each is one finished SQLite database, a run of bytes, of up to 512
 * stories. A segment goes into the pack of a pressing like any page and is sealed by the gate,
 * which reads it with search_check. The front reads the segments of a language in place, out of
 * its mapping of the pack: nothing is copied, no file is opened, nothing can be written.
 * docs/SEARCH.md holds the format and the figures.
 *
 * What is found. A query is words; a story answers when it has all of them.
 *  - A word of an alphabetic script: the story has the same word, in upper or lower case, with or
 *    without diacritics, full width or not. Words are parted as SQLite's unicode61 parts them:
 *    letters and digits make words, "it's" is two, and must then stand side by side.
 *  - Korean, Chinese, Japanese: a run of such characters is found wherever it stands, inside
 *    compounds and before particles: 학교 finds 학교에서. Composed syllables and letters that
 *    compose are the same.
 *  - "Words in quotes" stand side by side and in this order.
 *  - If fewer stories than a page holds have all the words as they are written, the last one may
 *    also be the beginning of a longer one (three letters or more, not in quotes).
 *  - If no story has all the words, stories that have any of them answer, and the result says so.
 * No other syntax exists: signs, and words such as OR and NEAR, mean themselves or nothing.
 *
 * Invariants: the same stories give the same bytes (with one version of SQLite); the same question
 * to the same segments gives the same answer; the work of a question is counted, never timed.
 *
 * SQLite takes its own memory from malloc, everything else comes from `sys` or the arena. */
#pragma once

#include "base/base.h"

enum {
    SEARCH_SEGMENT_STORIES = 512,    /* more are slower to make anew for one more story */
    SEARCH_SEGMENT_TEXT = 8 << 20,   /* bytes of text in a segment: bounds the memory to make it */
    SEARCH_SEGMENT_BYTES = 64 << 20, /* a finished segment; what the text above can become */
    SEARCH_SEGMENTS = 1024,          /* 200,000 stories in one language */
    SEARCH_QUERY_BYTES = 200,        /* of what the reader typed; the rest is not looked at */
    SEARCH_PHRASES = 8,              /* words or quoted phrases of a query; likewise */
    SEARCH_TOKENS = 24,              /* words and syllable pairs of a query; likewise */
    SEARCH_PAGE_HITS = 10,
    SEARCH_PAGES = 10, /* who needs more than a hundred hits needs another word */
};

/* ---- Making segments ------------------------------------------------------------------------ */

struct search_story {
    str path;  /* where the public finds it: 1 to 1,024 bytes */
    str title; /* at most LIMIT_TITLE_BYTES */
    str deck;  /* at most LIMIT_FIELD_BYTES, as the byline */
    str byline;
    str body;          /* plain text, at most LIMIT_BODY_BYTES */
    int64_t published; /* seconds since 1970, by the clock that its readers are shown */
};

/* Which stories stand together: where the group that begins at `from` ends, of stories in the order
 * of publication, oldest first. It hangs on the ids alone, not on history: the groups are the same
 * however the stories came. One story more or less changes the group that it falls in and seldom a
 * second one; and the newest stories stand in small groups, which are cheap to make anew: among
 * 10,000 stories there are about 60 groups, and one more story remakes four on the average. */
size_t search_group_end(const int64_t *ids, size_t count, size_t from);

/* SQLite's own name for its version: as long as it is the same, the same stories give the same
 * bytes. */
str search_maker(void);

/* Makes one segment of 1 to SEARCH_SEGMENT_STORIES stories, in any order: a segment holds them
 * newest first. All texts are UTF-8 without NUL.
 * owns:  *ret_segment lives as long as the arena.
 * fails: ERR_INVALID (a text is not UTF-8), ERR_LIMIT, ERR_NO_MEMORY. */
err search_build(struct arena *a, const struct search_story *stories, size_t count,
                 str *ret_segment) MUST_USE;

/* Told of every story of a segment with every text that stands in it; the strings live until it
 * returns. An error ends the reading and is passed on. */
typedef err search_visit(void *context, const struct search_story *story);

/* For the gate: reads a segment that may have been made by an enemy, hands over the texts of each
 * story, and then proves that nothing else is in it: a segment made anew of these texts has the
 * same bytes. So a `visit` that agreed to all of them has agreed to the segment, index, free space
 * and all. Only plain tables are read; the index of a stranger is never opened, nor is a schema
 * that is not ours. Costs as much as search_build.
 * fails: ERR_INVALID (not a segment, damaged, or with something hidden in it; one made by another
 *        version of SQLite may be refused too and has to be made anew), ERR_LIMIT, ERR_NO_MEMORY,
 *        and what `visit` gives. */
err search_check(const struct sys *sys, str segment, search_visit *visit, void *context) MUST_USE;

/* ---- Searching ------------------------------------------------------------------------------ */

/* The open segments of one language. Owned by the thread that opened it. */
struct search;

/* Opens segments, which must stay as they are until search_close. Those with the newest stories
 * come first: where a question asks for too much work, the first ones are those that answer.
 * Makes no system call but for memory, so it works in the tightest sandbox.
 * owns:  *ret_search, close with search_close.
 * fails: ERR_INVALID (not a segment), ERR_LIMIT (more than SEARCH_SEGMENTS), ERR_NO_MEMORY. */
err search_open(const struct sys *sys, const str *segments, size_t count,
                struct search **ret_search) MUST_USE;
void search_close(struct search **search); /* accepts NULL; sets NULL */

struct search_query {
    str text;    /* what the reader typed, any bytes */
    size_t page; /* from 0; SEARCH_PAGES and more have no hits */
};

/* A part of a snippet. Plain text: whoever shows it escapes it. */
struct search_piece {
    str text;
    bool is_marked; /* it is what was looked for */
};

struct search_hit {
    str path;
    str title;
    int64_t published;
    double score; /* Okapi BM25 over title, deck, byline and body; larger is better */
    const struct search_piece *snippet; /* from the body, or from the deck when it alone matched */
    size_t snippet_count;
};

struct search_result {
    const struct search_hit *hits; /* best first, then newest first */
    size_t count;
    size_t total;     /* stories that answer, on all pages, with those that cannot be paged to */
    bool is_any_word; /* none has all the words; these have some of them */
    bool is_partial;  /* the question asked for too much work: older stories were not looked at */
    bool is_cut;      /* the question was longer than the limits; its end was not looked at */
};

/* Answers a question. A query without a word in it finds nothing, without an error.
 * owns:  everything in *ret_result lives in `a`.
 * fails: ERR_INVALID (a segment is damaged), ERR_NO_MEMORY. */
err search_find(struct search *search, struct arena *a, const struct search_query *query,
                struct search_result *ret_result) MUST_USE;
