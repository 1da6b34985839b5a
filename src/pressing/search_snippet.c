/* search_snippet.c: the passage of a story that answers a question, with the answer marked.
 *
 * The index knows a word by its place among words, the reader sees letters; so the text is walked
 * once more by the tokenizer of the index, and the phrases are looked for as it goes, all of them
 * at once: each token of the question is one bit, and a bit is set when the text's last tokens are
 * the phrase up to there (shift-and: Baeza-Yates and Gonnet, "A new approach to text searching",
 * 1992). The walk ends early, when a passage with all phrases in it is behind it. */
#include <string.h>

#include "base/unicode.h"
#include "pressing/search_impl.h"

enum {
    SNIPPET_BYTES = 280, /* three lines of Latin text, two of Korean */
    LEAD_BYTES = 60,     /* of them before the first mark */
    MARKS_MAX = 64,      /* in one text; a passage is chosen among the first ones */
};
_Static_assert(SEARCH_TOKENS <= 32, "each token of a question has a bit");

struct mark {
    size_t start, end; /* bytes of the text */
    size_t phrase;
};

struct finder {
    const struct question *question;
    uint32_t firsts;        /* bits that begin a phrase */
    uint32_t lasts;         /* bits that end one */
    uint32_t prefixes;      /* bits that match longer tokens too */
    uint32_t by_byte[256];  /* which tokens begin with that byte */
    uint32_t state, before; /* after this place and after the one before it */
    size_t place;
    size_t starts[SEARCH_TOKENS]; /* where the last places began, by place modulo their number */
    struct mark marks[MARKS_MAX];
    size_t mark_count;
    size_t
        enough; /* once all phrases stand close together: where the walk may end; else SIZE_MAX */
};

static void finder_init(struct finder *f, const struct question *q, enum rung rung) {
    memset(f, 0, sizeof *f);
    f->question = q;
    f->enough = SIZE_MAX;
    for (size_t i = 0; i < q->phrase_count; i++) {
        const struct phrase *phrase = &q->phrases[i];
        uint32_t last = 1U << (phrase->first + phrase->count - 1);
        f->firsts |= 1U << phrase->first;
        f->lasts |= last;
        if (phrase_is_prefix(phrase, rung)) f->prefixes |= last;
    }
    for (size_t i = 0; i < q->token_count; i++) {
        f->by_byte[(unsigned char)q->tokens[i].ptr[0]] |= 1U << i;
    }
}

/* The bits of the question's tokens that this token of the text is. */
static uint32_t matching(const struct finder *f, str token) {
    uint32_t matched = 0;
    uint32_t left = token.len > 0 ? f->by_byte[(unsigned char)token.ptr[0]] : 0;
    while (left != 0) {
        uint32_t bit = left & -left;
        str wanted = f->question->tokens[__builtin_ctz(bit)];
        bool is_it = (f->prefixes & bit) != 0 ? str_starts(token, wanted) : str_eq(token, wanted);
        if (is_it) matched |= bit;
        left &= left - 1;
    }
    return matched;
}

/* How many phrases have a mark that ends within a passage from mark `first` on. */
static int phrases_near(const struct finder *f, size_t first) {
    uint32_t seen = 0;
    for (size_t i = first; i < f->mark_count; i++) {
        if (f->marks[i].end > f->marks[first].start + SNIPPET_BYTES - LEAD_BYTES) continue;
        seen |= 1U << f->marks[i].phrase;
    }
    return __builtin_popcount(seen);
}

static void add_mark(struct finder *f, size_t phrase, size_t end) {
    size_t count = f->question->phrases[phrase].count;
    size_t start = f->starts[(f->place - count) % SEARCH_TOKENS];
    if (f->mark_count == MARKS_MAX) return;
    f->marks[f->mark_count++] = (struct mark){.start = start, .end = end, .phrase = phrase};
    if (f->enough != SIZE_MAX) return;
    for (size_t i = 0; i < f->mark_count; i++) {
        bool is_near = f->marks[i].start + SNIPPET_BYTES > end;
        if (is_near && phrases_near(f, i) == (int)f->question->phrase_count) {
            f->enough = f->marks[i].start + SNIPPET_BYTES;
            return;
        }
    }
}

static int see_token(void *context, int flags, const char *token, int len, int start, int end) {
    struct finder *f = context;
    bool is_same_place = (flags & FTS5_TOKEN_COLOCATED) != 0;
    if ((size_t)start > f->enough || f->mark_count == MARKS_MAX) return SQLITE_DONE;
    if (!is_same_place) {
        f->before = f->state;
        f->state = 0;
        f->starts[f->place++ % SEARCH_TOKENS] = (size_t)start;
    }
    uint32_t fresh = (f->before << 1 | f->firsts) & matching(f, (str){token, (size_t)len});
    f->state |= fresh;
    if ((fresh & f->lasts) == 0) return SQLITE_OK;
    for (size_t i = 0; i < f->question->phrase_count; i++) {
        const struct phrase *phrase = &f->question->phrases[i];
        bool is_whole = (fresh >> (phrase->first + phrase->count - 1) & 1) != 0;
        if (is_whole) add_mark(f, i, (size_t)end);
    }
    return SQLITE_OK;
}

/* Finds the first marks of `text`. */
static err find_marks(struct finder *f, struct tokens *tokens, str text) {
    f->state = f->before = 0;
    f->place = f->mark_count = 0;
    f->enough = SIZE_MAX;
    int code = tokens_walk(tokens, FTS5_TOKENIZE_DOCUMENT, text, f, see_token);
    if (code == SQLITE_OK || code == SQLITE_DONE) return OK;
    return search_error(code, "a passage could not be cut out");
}

/* ---- Cutting --------------------------------------------------------------------------------- */

/* The passage begins some words before the mark that has the most phrases behind it. */
static size_t passage_start(const struct finder *f, str text) {
    size_t best = 0;
    int most = 0;
    for (size_t i = 0; i < f->mark_count; i++) {
        int count = phrases_near(f, i);
        if (count > most) {
            most = count;
            best = f->marks[i].start;
        }
    }
    if (best <= LEAD_BYTES) return 0;
    size_t at = best - LEAD_BYTES;
    for (size_t i = at; i < best; i++) {
        if (str_is_space(text.ptr[i])) return i + 1;
    }
    while (at < best && ((unsigned char)text.ptr[at] & 0xC0) == 0x80) at++;
    return at;
}

/* It ends after a word, if the last word is not a very long one. */
static size_t passage_end(str text, size_t start) {
    if (text.len - start <= SNIPPET_BYTES) return text.len;
    size_t end = start + utf8_cut(str_skip(text, start), SNIPPET_BYTES).len;
    for (size_t i = end; i > end - LEAD_BYTES; i--) {
        if (str_is_space(text.ptr[i])) return i;
    }
    return end;
}

struct pieces {
    struct search_piece *list;
    size_t count;
};

static void add_piece(struct pieces *pieces, str text, bool is_marked) {
    if (text.len > 0) pieces->list[pieces->count++] = (struct search_piece){text, is_marked};
}

/* The passage in pieces; marks that touch or overlap become one. */
static void add_passage(struct pieces *pieces, const struct finder *f, str text) {
    size_t start = passage_start(f, text);
    size_t end = passage_end(text, start);
    size_t at = start;
    if (start > 0) add_piece(pieces, STR("… "), false);
    for (size_t i = 0; i < f->mark_count; i++) {
        struct mark mark = f->marks[i];
        if (mark.end > end) break;
        if (mark.start < at && mark.end <= at) continue;
        size_t from = mark.start < at ? at : mark.start;
        size_t to = mark.end;
        while (i + 1 < f->mark_count && f->marks[i + 1].start <= to && f->marks[i + 1].end <= end) {
            if (f->marks[++i].end > to) to = f->marks[i].end;
        }
        add_piece(pieces, str_slice(text, at, from), false);
        add_piece(pieces, str_slice(text, from, to), true);
        at = to;
    }
    add_piece(pieces, str_slice(text, at, end), false);
    if (end < text.len) add_piece(pieces, STR(" …"), false);
}

err snippet_cut(struct tokens *tokens, const struct question *question, enum rung rung,
                struct arena *a, const struct search_story *story, struct search_hit *ret_hit) {
    struct finder f;
    finder_init(&f, question, rung);
    str text = story->body;
    TRY(find_marks(&f, tokens, text));
    if (f.mark_count == 0) {
        text = story->deck.len > 0 ? story->deck : story->body;
        TRY(find_marks(&f, tokens, text));
    }
    /* The text is SQLite's until its next step: only the passage is copied. */
    size_t start = passage_start(&f, text);
    size_t end = passage_end(text, start);
    str passage = {0};
    TRY(arena_copy(a, str_slice(text, start, end), &passage));
    struct pieces pieces = {
        .list = arena_array(a, 2 * (size_t)MARKS_MAX + 3, sizeof(struct search_piece)),
    };
    if (pieces.list == NULL) FAIL(ERR_NO_MEMORY, "no memory for a snippet");
    add_passage(&pieces, &f, text);
    for (size_t i = 0; i < pieces.count; i++) {
        str *piece = &pieces.list[i].text;
        bool is_of_text = piece->ptr >= text.ptr && piece->ptr < text.ptr + text.len;
        if (is_of_text) piece->ptr = passage.ptr + (piece->ptr - text.ptr) - start;
    }
    ret_hit->snippet = pieces.list;
    ret_hit->snippet_count = pieces.count;
    return OK;
}
