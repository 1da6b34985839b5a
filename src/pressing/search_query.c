/* search_query.c: from what somebody typed to phrases, and from these to an FTS5 expression.
 *
 * FTS5's own query language (columns, NEAR, NOT, brackets) is closed to the street: it has no use
 * for our readers and costs whatever its author likes. What was typed is parted at white space and
 * double quotes, parted again into tokens by the tokenizer that made the index, and put into the
 * expression as quoted strings, in which FTS5 knows no syntax but a quote, which none contains. */
#include <stdio.h>

#include "base/unicode.h"
#include "pressing/search_impl.h"

/* A shorter beginning would match a large part of the index, which is long work for little. */
enum { BEGINNING_MIN = 3 };

/* ---- Parsing --------------------------------------------------------------------------------- */

struct parser {
    struct arena *arena;
    struct question *question;
};

static int add_token(void *context, int flags, const char *token, int len, int start, int end) {
    struct parser *p = context;
    struct question *q = p->question;
    (void)flags; /* a query has no two tokens at one place */
    (void)start;
    (void)end;
    if (q->token_count == SEARCH_TOKENS) {
        q->is_cut = true;
        return SQLITE_DONE;
    }
    str copy = {0};
    if (arena_copy(p->arena, (str){token, (size_t)len}, &copy).kind != ERR_NONE)
        return SQLITE_NOMEM;
    q->tokens[q->token_count++] = copy;
    return SQLITE_OK;
}

static size_t character_count(str text) {
    size_t count = 0;
    while (text.len > 0) {
        utf8_take(&text);
        count++;
    }
    return count;
}

static bool is_cjk_token(str token) { return unicode_is_cjk(utf8_take(&token)); }

/* Adds a word or a quoted phrase, unless it has no token at all or there is no room for all its
 * tokens: half a phrase would be another question. */
static err add_phrase(struct tokens *tokens, struct parser *p, str text, bool is_quoted) {
    struct question *q = p->question;
    struct phrase phrase = {.text = text, .first = q->token_count};
    if (q->phrase_count == SEARCH_PHRASES) {
        q->is_cut = true;
        return OK;
    }
    int code = tokens_walk(tokens, FTS5_TOKENIZE_QUERY, text, p, add_token);
    if (code == SQLITE_DONE) {
        q->token_count = phrase.first;
        return OK;
    }
    if (code != SQLITE_OK) return search_error(code, "a question could not be read");
    phrase.count = q->token_count - phrase.first;
    if (phrase.count == 0) return OK;
    str last = q->tokens[q->token_count - 1];
    phrase.may_go_on = !is_quoted && !is_cjk_token(last) && character_count(last) >= BEGINNING_MIN;
    for (size_t i = 0; i < q->phrase_count; i++) q->phrases[i].may_go_on = false; /* the last can */
    q->phrases[q->phrase_count++] = phrase;
    return OK;
}

/* Whether a phrase like this stands in the question already: to ask twice is to wait twice. */
static bool is_known(const struct question *q, str text) {
    for (size_t i = 0; i < q->phrase_count; i++) {
        if (str_eq(q->phrases[i].text, text)) return true;
    }
    return false;
}

err question_parse(struct tokens *tokens, struct arena *a, str text,
                   struct question *ret_question) {
    struct question q = {.is_cut = text.len > SEARCH_QUERY_BYTES};
    struct parser p = {.arena = a, .question = &q};
    struct buf mended;
    str rest = {0};
    buf_init(&mended, a, 3 * (size_t)SEARCH_QUERY_BYTES); /* U+FFFD for a byte has three */
    utf8_add_mended(&mended, utf8_cut(text, SEARCH_QUERY_BYTES));
    TRY(buf_finish(&mended, &rest));
    while (rest.len > 0) {
        bool is_quoted = rest.ptr[0] == '"';
        size_t start = is_quoted ? 1 : 0;
        size_t end = start;
        while (end < rest.len && rest.ptr[end] != '"' &&
               (is_quoted || !str_is_space(rest.ptr[end])))
            end++;
        str word = str_slice(rest, start, end);
        bool is_closed = end < rest.len && is_quoted;
        rest =
            str_skip(rest, is_closed || (end < rest.len && rest.ptr[end] != '"') ? end + 1 : end);
        if (!is_known(&q, word)) TRY(add_phrase(tokens, &p, word, is_quoted));
    }
    *ret_question = q;
    return OK;
}

/* ---- Expressions ----------------------------------------------------------------------------- */

bool phrase_is_prefix(const struct phrase *phrase, enum rung rung) {
    return phrase->may_go_on && rung != RUNG_ALL;
}

err question_expression(const struct question *question, enum rung rung, struct arena *a,
                        str *ret_expression) {
    struct buf b;
    buf_init(&b, a, 4 * (size_t)SEARCH_QUERY_BYTES + 16 * (size_t)SEARCH_PHRASES);
    for (size_t i = 0; i < question->phrase_count; i++) {
        const struct phrase *phrase = &question->phrases[i];
        if (i > 0) buf_add(&b, rung == RUNG_ANY ? STR(" OR ") : STR(" AND "));
        buf_add_byte(&b, '"');
        buf_add(&b, phrase->text);
        buf_add_byte(&b, '"');
        if (phrase_is_prefix(phrase, rung)) buf_add(&b, STR(" *"));
    }
    return buf_finish(&b, ret_expression);
}
