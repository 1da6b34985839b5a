/* search_find.c: a question to all segments of a language, and the best answers in order.
 *
 * Each segment is asked by itself. For every story that matches, FTS5 calls our auxiliary function
 * (fts5.html, section 7.2), which counts how often each phrase stands in each column, and the score
 * is Okapi BM25, with the numbers of all segments together: how many stories there are and how long
 * they are is known from opening. How many have a phrase is known exactly when the question is one
 * phrase, and then does not change the order; otherwise it is estimated from the newest stories of
 * a few segments. So the division into segments leaves no trace but in that estimate.
 *
 * The work of a question is bounded by what may be asked (search.h) and counted while it is done:
 * each page of the index that FTS5 reads costs SQLite a few steps, which a progress handler counts,
 * and each story is counted as it is seen. Most of FTS5's work lies in what is on those pages, and
 * more of it where the lists of many words are merged into one, for a beginning. When the work runs
 * out, the answer is what was found so far, in the newest segments. */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/unicode.h"
#include "pressing/search_impl.h"

enum {
    BEST_MAX = SEARCH_PAGE_HITS * SEARCH_PAGES,
    OCCURRENCES_MAX = 24,  /* of a phrase in a story; more would change its score by 5 % at most */
    STEPS_A_CALL = 64,     /* of SQLite's machine between two looks at the budget: 20 pages */
    STEPS_A_STORY = 4,     /* that answers */
    WORK_AT_LEAST = 200,   /* in sixteenths of a microsecond, on a machine of today, */
    WORK_A_CALL = 400,     /* and in a segment with much text; */
    WORK_A_TOKEN = 300,    /* more for each further token of a phrase, */
    WORK_OF_MERGES = 6000, /* and where lists are merged */
    MUCH_TEXT = 512 << 10, /* bytes; with less of it the lists are shorter */
    WORK_A_STORY = 2,      /* for itself, and for each phrase; of many, for their merging too */
    WORK_MAX = 80000,      /* of a question, its sample and all its rungs: 5 ms */
    WORK_OF_SAMPLE = WORK_MAX / 4,
    LOOK_BYTES = 256 << 10, /* of text, for the passages of one answer */
    SAMPLE_STORIES = 32,    /* that have a phrase, in one segment */
    SAMPLE_LOOKS = 32,      /* pairs of segment and phrase that are asked for a sample */
    ARENA_CAP = 256 << 20,
};

/* As Robertson and Zaragoza, "The probabilistic relevance framework: BM25 and beyond", 2009, 3.2
 * and 3.6: usual values, and columns as weights of their occurrences. */
static const double SATURATION = 1.2;
static const double LENGTH_SHARE = 0.75;
static const double WEIGHTS[SEARCH_COLUMN_COUNT] = {
    [SEARCH_TITLE] = 10.0, [SEARCH_DECK] = 4.0, [SEARCH_BYLINE] = 3.0, [SEARCH_BODY] = 1.0};

/* What scoring needs of a story, so that a candidate costs no look into a table. */
struct row {
    int64_t published;
    int64_t size;
};

struct segment {
    sqlite3 *db;
    sqlite3_stmt *match;
    sqlite3_stmt *sample;
    sqlite3_stmt *story;
    const struct row *rows; /* rows[0] is story 1 */
    size_t count;
    int64_t text; /* bytes */
    size_t given; /* which one it was when all were opened */
};

struct candidate {
    double score;
    int64_t published;
    uint32_t segment;
    uint32_t story;
};

/* One rung of one question, while it is asked. */
struct asking {
    size_t phrase_count;
    double rarity[SEARCH_PHRASES]; /* the inverse document frequency */
    uint32_t segment;
    size_t total;
    struct candidate best[BEST_MAX]; /* sorted, best first */
    size_t best_count;
    size_t best_max;
    int work_left;
    int work_a_call; /* in a segment with much text; 0: nothing is counted */
};

struct search {
    const struct sys *sys;
    struct arena arena;
    struct segment *segments;
    size_t count;
    size_t stories;
    double mean_size; /* bytes of text of a story */
    struct tokens *tokens;
    struct asking *asking; /* NULL between questions */
};

/* ---- Ranking --------------------------------------------------------------------------------- */

static bool is_better(const struct candidate *a, const struct candidate *b) {
    if (a->score != b->score) return a->score > b->score;
    if (a->published != b->published) return a->published > b->published;
    if (a->segment != b->segment) return a->segment < b->segment;
    return a->story < b->story;
}

/* Keeps a candidate if it is among the best so far. */
static void keep(struct asking *asking, const struct candidate *candidate) {
    size_t at = asking->best_count;
    if (at == asking->best_max) {
        if (at == 0 || !is_better(candidate, &asking->best[at - 1])) return;
        at--;
    } else {
        asking->best_count++;
    }
    for (; at > 0 && is_better(candidate, &asking->best[at - 1]); at--) {
        asking->best[at] = asking->best[at - 1];
    }
    asking->best[at] = *candidate;
}

/* How often a phrase stands in the current story, by the weights of the columns; FTS5 gives the
 * occurrences column by column, so those in the title are never among the ones not counted. */
static int weigh_phrase(const Fts5ExtensionApi *api, Fts5Context *fts, int phrase,
                        double *ret_weight) {
    Fts5PhraseIter at;
    int column = -1;
    int offset = 0;
    double weight = 0;
    int code = api->xPhraseFirst(fts, phrase, &at, &column, &offset);
    for (int i = 0; code == SQLITE_OK && column >= 0 && i < OCCURRENCES_MAX; i++) {
        if (column < SEARCH_COLUMN_COUNT) weight += WEIGHTS[column]; /* else it is damaged */
        api->xPhraseNext(fts, &at, &column, &offset);
    }
    *ret_weight = weight;
    return code;
}

/* What a call costs in a segment: in a small one, FTS5 has little to read and to merge. */
static int work_of_call(const struct asking *asking, const struct segment *segment) {
    int64_t text = segment->text < MUCH_TEXT ? segment->text : MUCH_TEXT;
    return WORK_AT_LEAST + (int)((asking->work_a_call - WORK_AT_LEAST) * text / MUCH_TEXT);
}

/* The steps that go with a story are no pages: the handler charges too much for them. */
static void pay_back(struct asking *asking, const struct segment *segment, int stories) {
    asking->work_left += stories * (work_of_call(asking, segment) * STEPS_A_STORY / STEPS_A_CALL);
}

/* The auxiliary function: sees every story that answers. Its value is of no interest. */
static void see_story(const Fts5ExtensionApi *api, Fts5Context *fts, sqlite3_context *context,
                      int count, sqlite3_value **values) {
    const struct search *search = api->xUserData(fts);
    struct asking *asking = search->asking;
    const struct segment *segment = &search->segments[asking->segment];
    sqlite3_int64 id = api->xRowid(fts);
    (void)count;
    (void)values;
    if (id < 1 || id > (sqlite3_int64)segment->count) {
        sqlite3_result_error_code(context, SQLITE_CORRUPT);
        return;
    }
    const struct row *row = &segment->rows[id - 1];
    double length = (double)row->size / search->mean_size;
    double flattening = SATURATION * (1 - LENGTH_SHARE + LENGTH_SHARE * length);
    struct candidate candidate = {
        .published = row->published, .segment = asking->segment, .story = (uint32_t)id};
    for (size_t i = 0; i < asking->phrase_count; i++) {
        double weight = 0;
        int code = weigh_phrase(api, fts, (int)i, &weight);
        if (code != SQLITE_OK) {
            sqlite3_result_error_code(context, code);
            return;
        }
        candidate.score += asking->rarity[i] * weight * (SATURATION + 1) / (weight + flattening);
    }
    asking->total++;
    int phrases = (int)asking->phrase_count;
    asking->work_left -= WORK_A_STORY * (1 + phrases + phrases * phrases / 8);
    pay_back(asking, segment, 1);
    keep(asking, &candidate);
}

/* ---- Opening --------------------------------------------------------------------------------- */

static int watch_steps(void *context) {
    const struct search *search = context;
    struct asking *asking = search->asking;
    if (asking == NULL || asking->work_a_call == 0) return 0;
    asking->work_left -= work_of_call(asking, &search->segments[asking->segment]);
    return asking->work_left < 0;
}

/* Reads when each story was published and how long it is. */
static err read_rows(struct search *search, struct segment *segment, double *sum) {
    CLEANUP(search_statement_end) sqlite3_stmt *query = NULL;
    struct row *rows = arena_array(&search->arena, SEARCH_SEGMENT_STORIES, sizeof *rows);
    if (rows == NULL) FAIL(ERR_NO_MEMORY, "no memory to open a search segment");
    TRY(search_prepare(segment->db, "SELECT id, published, size FROM story ORDER BY id", &query));
    int code;
    while ((code = sqlite3_step(query)) == SQLITE_ROW) {
        struct row row = {.published = sqlite3_column_int64(query, 1),
                          .size = sqlite3_column_int64(query, 2)};
        bool is_sound = segment->count < SEARCH_SEGMENT_STORIES && row.size >= 0 &&
                        row.size <= SEARCH_SEGMENT_TEXT &&
                        sqlite3_column_int64(query, 0) == (sqlite3_int64)segment->count + 1;
        if (!is_sound) FAIL(ERR_INVALID, "a search segment has a story that cannot be");
        rows[segment->count++] = row;
        segment->text += row.size;
    }
    if (code != SQLITE_DONE) return search_error(code, "a search segment cannot be read");
    *sum += (double)segment->text;
    segment->rows = rows;
    search->stories += segment->count;
    return OK;
}

static err open_segment(struct search *search, struct segment *segment, str bytes, str empty) {
    fts5_api *fts = NULL;
    TRY(search_db_open(bytes, empty, &segment->db));
    TRY(tokens_install(segment->db, &fts));
    if (search->tokens == NULL) TRY(tokens_open(fts, &search->tokens));
    int code = fts->xCreateFunction(fts, "see_story", search, see_story, NULL);
    if (code != SQLITE_OK) return search_error(code, "the ranking could not be registered");
    sqlite3_progress_handler(segment->db, STEPS_A_CALL, watch_steps, search);
    TRY(search_prepare(segment->db, "SELECT see_story(words) FROM words WHERE words MATCH ?1",
                       &segment->match));
    TRY(search_prepare(segment->db, "SELECT rowid FROM words WHERE words MATCH ?1",
                       &segment->sample));
    return search_prepare(
        segment->db,
        "SELECT path, title, deck, text, published FROM story JOIN body USING (id)"
        " WHERE id = ?1",
        &segment->story);
}

static int newest_first(const void *one, const void *other) {
    const struct segment *a = one;
    const struct segment *b = other;
    int64_t newest_a = a->count > 0 ? a->rows[0].published : INT64_MIN;
    int64_t newest_b = b->count > 0 ? b->rows[0].published : INT64_MIN;
    if (newest_a != newest_b) return newest_a > newest_b ? -1 : 1;
    return (a->given > b->given) - (a->given < b->given);
}

err search_open(const struct sys *sys, const str *segments, size_t count,
                struct search **ret_search) {
    if (count > SEARCH_SEGMENTS) FAIL(ERR_LIMIT, "%zu search segments in one language", count);
    CLEANUP(arena_done) struct arena a;
    arena_init(&a, sys, ARENA_CAP);
    CLEANUP(search_close) struct search *search = sys->alloc(sys->ctx, sizeof *search);
    str empty = {0};
    double sum = 0;
    if (search == NULL) FAIL(ERR_NO_MEMORY, "no memory to open a search");
    *search = (struct search){.sys = sys};
    arena_init(&search->arena, sys, ARENA_CAP);
    search->segments = arena_array(&search->arena, count, sizeof(struct segment));
    if (search->segments == NULL) FAIL(ERR_NO_MEMORY, "no memory to open %zu segments", count);
    search->count = count;
    TRY(search_empty(&a, &empty));
    for (size_t i = 0; i < count; i++) {
        TRY(open_segment(search, &search->segments[i], segments[i], empty));
        TRY(read_rows(search, &search->segments[i], &sum));
        search->segments[i].given = i;
    }
    sort_things(search->segments, count, sizeof *search->segments, newest_first);
    search->mean_size = sum > 0 ? sum / (double)search->stories : 1;
    *ret_search = search;
    search = NULL;
    return OK;
}

void search_close(struct search **search) {
    struct search *s = *search;
    if (s == NULL) return;
    for (size_t i = 0; i < s->count; i++) {
        struct segment *segment = &s->segments[i];
        search_statement_end(&segment->match);
        search_statement_end(&segment->sample);
        search_statement_end(&segment->story);
        search_db_close(&segment->db);
    }
    tokens_close(&s->tokens);
    arena_done(&s->arena);
    s->sys->free(s->sys->ctx, s);
    *search = NULL;
}

/* ---- Asking ---------------------------------------------------------------------------------- */

static err bind_expression(sqlite3_stmt *statement, str expression) {
    int code = sqlite3_bind_text(statement, 1, expression.ptr, (int)expression.len, SQLITE_STATIC);
    return code == SQLITE_OK ? OK : search_error(code, "a question could not be asked");
}

/* Leaves the statement ready for another question. What went wrong was said by its steps. */
static void rest(sqlite3_stmt *statement) {
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
}

/* How many of a segment's stories have the phrase: exact up to SAMPLE_STORIES, then as if all were
 * like the newest ones. Stories are numbered without gaps, so the number of the last one seen is
 * how many were looked at. */
static err sample_segment(const struct segment *segment, str expression, size_t *ret_seen,
                          double *ret_count) {
    size_t seen = 0;
    sqlite3_int64 last = 1;
    TRY(bind_expression(segment->sample, expression));
    int code = SQLITE_ROW;
    while (seen < SAMPLE_STORIES && (code = sqlite3_step(segment->sample)) == SQLITE_ROW) {
        last = sqlite3_column_int64(segment->sample, 0);
        seen++;
    }
    rest(segment->sample);
    *ret_seen = seen;
    if (code == SQLITE_INTERRUPT) code = SQLITE_DONE;
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        return search_error(code, "a search segment cannot be asked");
    bool is_estimate = code == SQLITE_ROW && last >= 1;
    *ret_count = is_estimate ? (double)seen * (double)segment->count / (double)last : (double)seen;
    return OK;
}

/* The inverse document frequency of a phrase, never below a little: as bm25() of FTS5. */
static double rarity_of(double stories, double having) {
    double rarity = log((stories - having + 0.5) / (having + 0.5));
    return rarity > 0 ? rarity : 1e-6;
}

static err estimate_rarity(const struct search *search, const struct question *question,
                           enum rung rung, struct arena *a, struct asking *asking) {
    size_t looks = SAMPLE_LOOKS / question->phrase_count;
    size_t stride = (search->count + looks - 1) / looks;
    for (size_t i = 0; i < question->phrase_count; i++) {
        struct question alone = {.phrases = {question->phrases[i]}, .phrase_count = 1};
        str expression = {0};
        double having = 0;
        double stories = 0;
        TRY(question_expression(&alone, rung, a, &expression));
        for (size_t j = 0; j < search->count; j += stride) {
            double count = 0;
            size_t seen = 0;
            asking->segment = (uint32_t)j;
            TRY(sample_segment(&search->segments[j], expression, &seen, &count));
            pay_back(asking, &search->segments[j], (int)seen);
            having += count;
            stories += (double)search->segments[j].count;
        }
        asking->rarity[i] = rarity_of(stories, having);
    }
    return OK;
}

/* The sample has its share of the work, and gives back what it does not need. */
static err sample(const struct search *search, const struct question *question, enum rung rung,
                  struct arena *a, struct asking *asking) {
    int share = asking->work_left < WORK_OF_SAMPLE ? asking->work_left : WORK_OF_SAMPLE;
    int rest_of_work = asking->work_left - share;
    asking->work_left = share;
    err e = estimate_rarity(search, question, rung, a, asking);
    asking->work_left = rest_of_work + (asking->work_left > 0 ? asking->work_left : 0);
    return e;
}

/* What the pages cost that are read between two looks. */
static int work_of_pages(const struct question *question, enum rung rung) {
    int work = WORK_A_CALL;
    for (size_t i = 0; i < question->phrase_count; i++) {
        const struct phrase *phrase = &question->phrases[i];
        int of_phrase = phrase_is_prefix(phrase, rung)
                            ? WORK_OF_MERGES
                            : WORK_A_CALL + WORK_A_TOKEN * (int)(phrase->count - 1);
        if (of_phrase > work) work = of_phrase;
    }
    return work;
}

/* Asks every segment, until the budget is used up. */
static err ask_segments(struct search *search, str expression, bool *ret_is_partial) {
    for (size_t i = 0; i < search->count; i++) {
        sqlite3_stmt *match = search->segments[i].match;
        search->asking->segment = (uint32_t)i;
        TRY(bind_expression(match, expression));
        int code;
        while ((code = sqlite3_step(match)) == SQLITE_ROW) continue; /* see_story saw it */
        rest(match);
        if (code == SQLITE_INTERRUPT) {
            *ret_is_partial = true;
            return OK;
        }
        if (code != SQLITE_DONE) return search_error(code, "a search segment cannot be asked");
    }
    return OK;
}

/* Asks one rung of a question into `asking`, whose budget goes on from the rung before. */
static err ask(struct search *search, struct arena *a, const struct question *question,
               enum rung rung, struct search_result *result) {
    struct asking *asking = search->asking;
    str expression = {0};
    asking->phrase_count = question->phrase_count;
    asking->total = asking->best_count = 0;
    asking->work_a_call = work_of_pages(question, rung);
    if (question->phrase_count == 1)
        asking->rarity[0] = 1; /* the same for all that answer */
    else
        TRY(sample(search, question, rung, a, asking));
    TRY(question_expression(question, rung, a, &expression));
    return ask_segments(search, expression, &result->is_partial);
}

/* Goes down the rungs until there is enough. A rung is left out when it is the one before it. */
static err ask_rungs(struct search *search, struct arena *a, const struct question *question,
                     struct search_result *result, enum rung *ret_rung) {
    const struct phrase *last = &question->phrases[question->phrase_count - 1];
    enum rung rung = RUNG_ALL;
    TRY(ask(search, a, question, rung, result));
    if (search->asking->total < SEARCH_PAGE_HITS && last->may_go_on && !result->is_partial) {
        struct asking whole = *search->asking;
        rung = RUNG_ALL_BEGUN;
        TRY(ask(search, a, question, rung, result));
        if (result->is_partial && whole.total > 0) { /* all of a few beats a part of many */
            *search->asking = whole;
            rung = RUNG_ALL;
            result->is_partial = false;
        }
    }
    if (search->asking->total == 0 && question->phrase_count > 1 && !result->is_partial) {
        rung = RUNG_ANY;
        TRY(ask(search, a, question, rung, result));
        result->is_any_word = search->asking->total > 0;
    }
    *ret_rung = rung;
    return OK;
}

/* ---- Answering ------------------------------------------------------------------------------- */

static err read_hit(const struct search *search, sqlite3_stmt *story, enum rung rung,
                    const struct question *question, struct arena *a, struct search_hit *ret_hit) {
    struct search_story s = {
        .path = search_text(story, 0),
        .title = search_text(story, 1),
        .deck = search_text(story, 2),
        .body = search_text(story, 3),
    };
    ret_hit->published = sqlite3_column_int64(story, 4);
    TRY(arena_copy(a, s.path, &ret_hit->path));
    TRY(arena_copy(a, s.title, &ret_hit->title));
    s.body = utf8_cut(s.body, LOOK_BYTES / SEARCH_PAGE_HITS);
    return snippet_cut(search->tokens, question, rung, a, &s, ret_hit);
}

static err load_hit(const struct search *search, const struct candidate *candidate, enum rung rung,
                    const struct question *question, struct arena *a, struct search_hit *ret_hit) {
    sqlite3_stmt *story = search->segments[candidate->segment].story;
    ret_hit->score = candidate->score;
    int code = sqlite3_bind_int64(story, 1, candidate->story);
    if (code == SQLITE_OK) code = sqlite3_step(story);
    err e = code == SQLITE_ROW ? read_hit(search, story, rung, question, a, ret_hit)
                               : search_error(code == SQLITE_DONE ? SQLITE_CORRUPT : code,
                                              "a story that was found cannot be read");
    rest(story);
    return e;
}

static err answer(struct search *search, struct arena *a, const struct question *question,
                  size_t page, struct search_result *result) {
    const struct asking *asking = search->asking;
    enum rung rung = RUNG_ALL;
    TRY(ask_rungs(search, a, question, result, &rung));
    search->asking->work_a_call = 0; /* a page of stories is always read */
    size_t first = page * SEARCH_PAGE_HITS;
    result->total = asking->total;
    if (first >= asking->best_count) return OK;
    size_t count = asking->best_count - first;
    if (count > SEARCH_PAGE_HITS) count = SEARCH_PAGE_HITS;
    struct search_hit *hits = arena_array(a, count, sizeof *hits);
    if (hits == NULL) FAIL(ERR_NO_MEMORY, "no memory for %zu hits", count);
    for (size_t i = 0; i < count; i++) {
        TRY(load_hit(search, &asking->best[first + i], rung, question, a, &hits[i]));
    }
    result->hits = hits;
    result->count = count;
    return OK;
}

err search_find(struct search *search, struct arena *a, const struct search_query *query,
                struct search_result *ret_result) {
    struct question question = {0};
    struct search_result result = {0};
    if (search->tokens != NULL) TRY(question_parse(search->tokens, a, query->text, &question));
    result.is_cut = question.is_cut;
    size_t page = query->page < SEARCH_PAGES ? query->page : SEARCH_PAGES;
    if (question.phrase_count > 0) {
        struct asking asking = {.best_max = page < SEARCH_PAGES ? (page + 1) * SEARCH_PAGE_HITS : 0,
                                .work_left = WORK_MAX};
        search->asking = &asking;
        err e = answer(search, a, &question, page, &result);
        search->asking = NULL;
        TRY(e);
    }
    *ret_result = result;
    return OK;
}
