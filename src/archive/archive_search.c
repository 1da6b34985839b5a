/* archive_search.c: the staff's search.
 *
 * FTS5's unicode61 splits at white space and punctuation, which fits alphabetic scripts and not
 * Korean, where particles hang on words and compounds run together: a search for 북한 must find
 * 북한에서. So every run of CJK characters is indexed as its overlapping pairs too, and searched
 * for as a phrase of them:
 *
 *     text   "북한에서 USB"       index   북한 한에 에서 북한에서 USB
 *     query  "북한"               terms   "북한"
 *     query  "한에서"             terms   "한에 에서"
 *     query  "집"                 terms   "집" *
 *
 * A query is never handed to FTS5 as it came: its words are taken out and quoted. */
#include "archive/archive_impl.h"
#include "base/unicode.h"

enum {
    /* A CJK character takes at least two bytes. In pairs and once more whole it becomes at most
     * three times its bytes, with a space for each pair less than five times. */
    SEARCH_GROWTH = 5,
};

/* The first byte behind the characters at the front of `text` that are CJK, or are not. */
static size_t run_length(str text, bool is_cjk) {
    str rest = text;
    while (rest.len > 0) {
        str before = rest;
        if (unicode_is_cjk(utf8_take(&rest)) != is_cjk) return text.len - before.len;
    }
    return text.len;
}

/* The overlapping pairs of a run, with a space between; a run of one character is itself. */
static void add_pairs(struct buf *b, str run) {
    str rest = run;
    utf8_take(&rest);
    if (rest.len == 0) {
        buf_add(b, run);
        return;
    }
    bool is_first = true;
    while (rest.len > 0) {
        str second = rest;
        utf8_take(&rest);
        size_t end = run.len - rest.len;
        size_t start = run.len - second.len;
        do start--;
        while (((unsigned char)run.ptr[start] & 0xC0) == 0x80);
        if (!is_first) buf_add_byte(b, ' ');
        buf_add(b, str_slice(run, start, end));
        is_first = false;
    }
}

static bool is_pair_or_less(str run) {
    utf8_take(&run);
    if (run.len > 0) utf8_take(&run);
    return run.len == 0;
}

void archive_search_text(struct buf *b, str text) {
    while (text.len > 0) {
        bool is_cjk = run_length(text, false) == 0;
        str run = str_slice(text, 0, run_length(text, is_cjk));
        text = str_skip(text, run.len);
        if (!is_cjk) {
            buf_add(b, run);
            continue;
        }
        /* The spaces part it from "USB" in "USB에". The whole run comes last, between the pairs of
         * this run and the next, where it keeps a phrase from reaching over both. */
        buf_add_byte(b, ' ');
        add_pairs(b, run);
        if (!is_pair_or_less(run)) {
            buf_add_byte(b, ' ');
            buf_add(b, run);
        }
        buf_add_byte(b, ' ');
    }
}

/* ---- Putting -------------------------------------------------------------------------------- */

static err drop_text(struct archive *archive, int64_t version) {
    CLEANUP(query_end) struct query q = query_start(archive, SQL_SEARCH_DROP);
    query_bind_int(&q, version);
    return query_run(&q);
}

err search_keep(struct archive *archive, const struct archive_version *v) {
    int64_t version = v->id;
    struct buf b;
    str words = {0};
    bool found = false;
    buf_init(&b, &archive->scratch, SEARCH_GROWTH * 2 * (size_t)LIMIT_BODY_BYTES);
    archive_search_text(&b, v->title);
    buf_add_byte(&b, '\n');
    archive_search_text(&b, v->deck);
    buf_add_byte(&b, '\n');
    archive_search_text(&b, v->body);
    TRY(buf_finish(&b, &words));
    TRY(drop_text(archive, version));
    CLEANUP(query_end) struct query q = query_start(archive, SQL_SEARCH_ADD);
    query_bind_int(&q, version);
    query_bind_text(&q, words);
    TRY(query_next(&q, &found));
    if (!found) FAIL(ERR_NOT_FOUND, "the archive has no version %lld", (long long)version);
    return query_run(&q);
}

/* ---- Finding -------------------------------------------------------------------------------- */

/* Signs inside quotes cannot be FTS5's syntax; a quote itself ends a word. */
static bool is_word_byte(char c) { return !str_is_space(c) && c != '"'; }

/* A word without a letter or digit would be a phrase of nothing. */
static bool says_something(str word) {
    for (size_t i = 0; i < word.len; i++) {
        unsigned char c = (unsigned char)word.ptr[i];
        if (c >= 0x80 || (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z')) {
            return true;
        }
    }
    return false;
}

static void add_words(struct buf *b, str run) {
    while (run.len > 0) {
        size_t end = 0;
        while (end < run.len && is_word_byte(run.ptr[end])) end++;
        str word = str_slice(run, 0, end);
        if (says_something(word)) {
            buf_add_byte(b, '"');
            buf_add(b, word);
            buf_add(b, STR("\" "));
        }
        run = str_skip(run, end > 0 ? end : 1);
    }
}

/* One syllable alone is looked for at the beginning of pairs and words. */
static void add_phrase(struct buf *b, str run) {
    str rest = run;
    utf8_take(&rest);
    buf_add_byte(b, '"');
    add_pairs(b, run);
    buf_add(b, rest.len == 0 ? STR("\" * ") : STR("\" "));
}

static err parse_query(struct arena *a, str query, str *ret_terms) {
    struct buf b;
    buf_init(&b, a, 16 * (size_t)LIMIT_TITLE_BYTES);
    while (query.len > 0) {
        bool is_cjk = run_length(query, false) == 0;
        str run = str_slice(query, 0, run_length(query, is_cjk));
        query = str_skip(query, run.len);
        if (is_cjk)
            add_phrase(&b, run);
        else
            add_words(&b, run);
    }
    return buf_finish(&b, ret_terms);
}

err archive_search(struct archive *archive, struct arena *a, str query, size_t max,
                   int64_t **ret_ids, size_t *ret_count) {
    str terms = {0};
    TRY(text_check("what to search for", query, LIMIT_TITLE_BYTES));
    TRY(parse_query(a, query, &terms));
    if (terms.len == 0 || max == 0) {
        *ret_ids = NULL;
        *ret_count = 0;
        return OK;
    }
    CLEANUP(query_end) struct query q = query_start(archive, SQL_SEARCH_FIND);
    query_bind_text(&q, terms);
    query_bind_int(&q, max < IDS_MAX ? (int64_t)max : IDS_MAX);
    return query_ids(&q, a, ret_ids, ret_count);
}
