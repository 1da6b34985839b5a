/* search_impl.h: what the files of search share. Nobody else includes it. */
#pragma once

#include <sqlite3.h>

#include "pressing/search.h"

/* ---- search.c: segments as databases -------------------------------------------------------- */

/* The columns of the index, in the order of their weight. */
enum search_column { SEARCH_TITLE, SEARCH_DECK, SEARCH_BYLINE, SEARCH_BODY, SEARCH_COLUMN_COUNT };

/* What SQLite's result code means to us; `what` says what we were about. */
err search_error(int code, const char *what) MUST_USE;

/* An empty segment: what every segment's first page is compared with.
 * owns: *ret_empty lives in `a`. */
err search_empty(struct arena *a, str *ret_empty) MUST_USE;

/* Opens the bytes of a segment, read in place and never written, after a look at its first page:
 * the schema is ours, byte for byte, and no page is free.
 * owns: *ret_db, close with search_db_close, before the bytes go. */
err search_db_open(str segment, str empty, sqlite3 **ret_db) MUST_USE;
void search_db_close(sqlite3 **db);

err search_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **ret_statement) MUST_USE;
void search_statement_end(sqlite3_stmt **statement);

/* The text in a column of the current row; lives until the next step. */
str search_text(sqlite3_stmt *statement, int column);

/* ---- search_tokens.c: words and syllable pairs ---------------------------------------------- */

struct tokens;

/* Registers our tokenizer, "hanji", with the FTS5 of a connection. */
err tokens_install(sqlite3 *db, fts5_api **ret_fts) MUST_USE;

/* One tokenizer for use outside of FTS5. owns: *ret_tokens, close with tokens_close. */
err tokens_open(fts5_api *fts, struct tokens **ret_tokens) MUST_USE;
void tokens_close(struct tokens **tokens);

/* Told of each token: as xToken of FTS5 (fts5.html, section 7.1). `flags` has FTS5_TOKEN_COLOCATED
 * for a token at the place of the one before it. Anything but SQLITE_OK ends the walk. */
typedef int tokens_visit(void *context, int flags, const char *token, int len, int start, int end);

/* Walks the tokens of `text`. `flags` is FTS5_TOKENIZE_DOCUMENT or FTS5_TOKENIZE_QUERY.
 * Gives SQLITE_OK, SQLITE_NOMEM, or what `visit` gave. */
int tokens_walk(struct tokens *tokens, int flags, str text, void *context, tokens_visit *visit);

/* ---- search_query.c: what the reader asked --------------------------------------------------- */

struct phrase {
    str text;       /* as typed, without quotes */
    size_t first;   /* its tokens in question.tokens */
    size_t count;   /* at least 1 */
    bool may_go_on; /* the last word: a longer word that begins so will do, if need be */
};

struct question {
    struct phrase phrases[SEARCH_PHRASES];
    size_t phrase_count;
    str tokens[SEARCH_TOKENS];
    size_t token_count;
    bool is_cut;
};

/* How the phrases of a question are put together. */
enum rung { RUNG_ALL, RUNG_ALL_BEGUN, RUNG_ANY };

err question_parse(struct tokens *tokens, struct arena *a, str text,
                   struct question *ret_question) MUST_USE;

/* Whether a phrase matches longer last words too on that rung. */
bool phrase_is_prefix(const struct phrase *phrase, enum rung rung);

/* The question as an FTS5 expression: quoted strings, so none of its syntax comes from outside. */
err question_expression(const struct question *question, enum rung rung, struct arena *a,
                        str *ret_expression) MUST_USE;

/* ---- search_snippet.c: the passage that answers --------------------------------------------- */

/* Cuts the passage that says most of what was asked out of the body, or the deck, and marks it. */
err snippet_cut(struct tokens *tokens, const struct question *question, enum rung rung,
                struct arena *a, const struct search_story *story,
                struct search_hit *ret_hit) MUST_USE;
