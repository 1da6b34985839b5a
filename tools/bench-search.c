/* bench-search.c: what a question costs among 10,000 stories that nobody wrote.
 *
 *     bench-search [STORIES [A_SEGMENT [PERCENT_KOREAN]]]
 *
 * (A_SEGMENT 0, as when it is left out: in groups as the press makes them) makes the stories (300
 * to 3,000 words, drawn as unevenly as those of a language), the segments, and asks 500 questions
 * of each class. Times are of the processor. Recall is against a plain search in the same texts:
 * the share of the stories with the word that the index counts too. Prints a piece of Markdown, and
 * appends what there are goals for to the file $BENCH_GOALS, if that is set. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "pressing/search.h"

enum {
    VOCABULARY = 6000,
    WORD_BYTES = 40,
    SEGMENTS_MAX = 1024,
    QUESTIONS = 500,
    P99_GOAL_MS = 5, /* of each class of question */
};

struct world {
    char english[VOCABULARY][WORD_BYTES];
    char korean[VOCABULARY][WORD_BYTES];
    uint64_t chance;
};

static double now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static uint32_t below(struct world *w, uint32_t bound) {
    w->chance = w->chance * 6364136223846793005ULL + 1442695040888963407ULL;
    return (uint32_t)((w->chance >> 33) % bound);
}

static void make_words(struct world *w) {
    static const char *const parts[] = {"ba",  "den", "for", "gi", "hol", "ka", "lin", "mo",
                                        "ner", "pa",  "res", "su", "tal", "ve", "win", "sho"};
    for (size_t i = 0; i < VOCABULARY; i++) {
        size_t length = 0;
        for (uint32_t left = 1 + below(w, 4); left > 0; left--) {
            length += (size_t)snprintf(w->english[i] + length, WORD_BYTES - length, "%s",
                                       parts[below(w, 16)]);
        }
        char *k = w->korean[i];
        for (uint32_t left = 1 + below(w, 4); left > 0; left--) {
            uint32_t code = 0xAC00 + below(w, 19) * 588 + below(w, 6) * 28 * 3 + below(w, 3) * 4;
            *k++ = (char)(0xE0 | code >> 12);
            *k++ = (char)(0x80 | (code >> 6 & 0x3F));
            *k++ = (char)(0x80 | (code & 0x3F));
        }
    }
}

/* The frequent words first. */
static const char *pick(struct world *w, bool is_korean) {
    uint64_t rank = below(w, VOCABULARY);
    rank = rank * below(w, VOCABULARY) / VOCABULARY;
    rank = rank * below(w, VOCABULARY) / VOCABULARY;
    return is_korean ? w->korean[rank] : w->english[rank];
}

enum { RARE_EVERY = 97 };

/* A word that one story alone has: "zzjab" in story 97 * 109. */
static str rare_word(struct arena *a, size_t number) {
    str word = {0};
    char letters[8] = {0};
    for (size_t i = 0; i < 4; i++, number /= 10) letters[i] = (char)('a' + number % 10);
    if (arena_printf(a, &word, "zz%s", letters).kind != ERR_NONE) abort();
    return word;
}

static str text_of(struct world *w, struct arena *a, bool is_korean, uint32_t words) {
    struct buf b;
    str text = {0};
    buf_init(&b, a, 1 << 20);
    for (uint32_t i = 0; i < words; i++) {
        buf_add(&b, str_of(pick(w, is_korean)));
        buf_add(&b, i % 12 == 11 ? STR(". ") : STR(" "));
    }
    if (buf_finish(&b, &text).kind != ERR_NONE) abort();
    return text;
}

static void check(err e) {
    if (e.kind == ERR_NONE) return;
    fprintf(stderr, "bench-search: %s\n", e.message);
    exit(1);
}

static bool is_letter(char c) { return c >= 'a' && c <= 'z'; }

/* Whether a text has the word: whole for English, anywhere for Korean. */
static bool has(str text, str word, bool is_korean) {
    const char *at = text.ptr;
    const char *end = text.ptr + text.len;
    while ((at = memmem(at, (size_t)(end - at), word.ptr, word.len)) != NULL) {
        const char *after = at + word.len;
        bool is_whole =
            (at == text.ptr || !is_letter(at[-1])) && (after == end || !is_letter(*after));
        if (is_korean || is_whole) return true;
        at = after;
    }
    return false;
}

static int compare_double(const void *a, const void *b) {
    double x = *(const double *)a;
    double y = *(const double *)b;
    return x < y ? -1 : x > y;
}

struct corpus {
    struct search_story *stories;
    size_t count;
    bool is_korean;
};

/* How many stories have the word. */
static size_t oracle(const struct corpus *c, str word) {
    size_t found = 0;
    for (size_t i = 0; i < c->count; i++) {
        const struct search_story *s = &c->stories[i];
        found += has(s->body, word, c->is_korean) || has(s->title, word, c->is_korean) ||
                 has(s->deck, word, c->is_korean);
    }
    return found;
}

static const char *verdict(bool is_met) { return is_met ? "met" : "missed"; }

/* Appends to the file of all goals, if there is one. */
static void tell_goals(const char *name, double p99, const double *recall) {
    const char *path = getenv("BENCH_GOALS");
    FILE *file = path == NULL ? NULL : fopen(path, "a");
    if (file == NULL) return;
    fprintf(file, "| search, %s, p99 | %.2f ms | at most %d ms | %s |\n", name, p99, P99_GOAL_MS,
            verdict(p99 <= P99_GOAL_MS));
    if (recall != NULL)
        fprintf(file, "| search, %s, recall | %.3f | 1 | %s |\n", name, *recall,
                verdict(*recall >= 1));
    if (fclose(file) != 0) fprintf(stderr, "bench-search: %s was not written\n", path);
}

static void ask(struct search *search, const char *name, const str *words, const struct corpus *c,
                bool is_proven) {
    const struct sys sys = sys_real();
    static double times[QUESTIONS];
    double recall = 1;
    size_t most = 0;
    for (size_t i = 0; i < QUESTIONS; i++) {
        CLEANUP(arena_done) struct arena a;
        struct search_result result;
        arena_init(&a, &sys, 64 << 20);
        double start = now_ms();
        check(search_find(search, &a, &(struct search_query){.text = words[i]}, &result));
        times[i] = now_ms() - start;
        if (result.total > most) most = result.total;
        if (!is_proven || i >= 40) continue;
        size_t wanted = oracle(c, words[i]);
        double share = wanted == 0 ? 1 : (double)result.total / (double)wanted;
        if (share < recall) recall = share;
    }
    qsort(times, QUESTIONS, sizeof times[0], compare_double);
    double p99 = times[QUESTIONS * 99 / 100];
    printf("| %s | %.2f | **%.2f** | %d | %s | %.2f | %zu ", name, times[QUESTIONS / 2], p99,
           P99_GOAL_MS, verdict(p99 <= P99_GOAL_MS), times[QUESTIONS - 1], most);
    if (is_proven)
        printf("| %.3f | 1 | %s |\n", recall, verdict(recall >= 1));
    else
        printf("| | | |\n");
    fflush(stdout);
    fprintf(stderr, "bench-search: %s\n", name);
    tell_goals(name, p99, is_proven ? &recall : NULL);
}

/* What an enemy may ask: frequent words, alone, in phrases and cut to their beginnings. */
static str hostile(struct world *w, struct arena *a, bool is_korean) {
    struct buf b;
    str text = {0};
    buf_init(&b, a, 1 << 12);
    for (uint32_t parts = 1 + below(w, 8); parts > 0; parts--) {
        uint32_t kind = below(w, 3);
        if (kind == 0) buf_add_byte(&b, '"');
        for (uint32_t words = kind == 0 ? 2 + below(w, 7) : 1; words > 0; words--) {
            str word = str_of((is_korean ? w->korean : w->english)[below(w, 12)]);
            buf_add(&b, kind == 1 ? str_slice(word, 0, 3) : word);
            buf_add_byte(&b, ' ');
        }
        if (kind == 0) buf_add(&b, STR("\" "));
    }
    if (buf_finish(&b, &text).kind != ERR_NONE) abort();
    return text;
}

/* Every class of question, one line each. */
static void ask_all(struct search *search, struct arena *a, struct world *w, uint32_t korean,
                    const struct corpus *c) {
    static str words[QUESTIONS];
    for (size_t i = 0; i < QUESTIONS; i++) words[i] = str_of(w->english[below(w, VOCABULARY)]);
    if (korean < 100) ask(search, "English word", words, c, true);
    for (size_t i = 0; i < QUESTIONS; i++) words[i] = str_of(pick(w, false));
    if (korean < 100) ask(search, "English word, as frequent", words, c, true);
    for (size_t i = 0; i < QUESTIONS; i++)
        words[i] = rare_word(a, below(w, (uint32_t)(c->count / RARE_EVERY + 1)));
    ask(search, "rare word", words, c, true);
    for (size_t i = 0; i < QUESTIONS; i++) {
        do words[i] = str_slice(str_of(pick(w, true)), 0, 6);
        while (words[i].len < 6);
    }
    ask(search, "two-syllable Korean word", words, c, c->is_korean);
    for (size_t i = 0; i < QUESTIONS; i++) words[i] = str_slice(words[i], 0, 3);
    ask(search, "one syllable", words, c, c->is_korean);
    for (size_t i = 0; i < QUESTIONS; i++) {
        check(arena_printf(a, &words[i], "%s %s", pick(w, korean == 100), pick(w, korean == 100)));
    }
    ask(search, "two words", words, NULL, false);
    for (size_t i = 0; i < QUESTIONS; i++) words[i] = str_slice(str_of(pick(w, false)), 0, 3);
    ask(search, "a beginning of 3 letters", words, NULL, false);
    for (size_t i = 0; i < QUESTIONS; i++) {
        const char *p = pick(w, korean == 100);
        check(arena_printf(a, &words[i], "\"%s %s %s %s %s %s %s %s\" qqqqq %s", p, p, p, p, p, p,
                           p, p, w->english[0]));
    }
    ask(search, "an unkind question", words, NULL, false);
    for (size_t i = 0; i < QUESTIONS; i++) words[i] = hostile(w, a, korean == 100);
    ask(search, "a hostile question", words, NULL, false);
}

int main(int argc, char **argv) {
    static struct world w = {.chance = 42};
    static str segments[SEGMENTS_MAX];
    const struct sys sys = sys_real();
    size_t count = argc > 1 ? strtoul(argv[1], NULL, 10) : 10000;
    size_t per = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
    uint32_t korean = argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 10) : 0;
    struct arena a;
    size_t text = 0;
    size_t bytes = 0;
    size_t made = 0;
    arena_init(&a, &sys, (size_t)4 << 30);
    make_words(&w);
    struct search_story *stories = calloc(count, sizeof *stories);
    int64_t *ids = calloc(count, sizeof *ids);
    if (stories == NULL || ids == NULL) return 64;
    for (size_t i = 0; i < count; i++) {
        bool is_korean = below(&w, 100) < korean;
        struct search_story *s = &stories[i];
        ids[i] = (int64_t)i + 1;
        check(arena_printf(&a, &s->path, "/en/blog/story-%zu/", i));
        s->title = text_of(&w, &a, is_korean, 6);
        s->deck = text_of(&w, &a, is_korean, 16);
        s->byline = STR("Name withheld");
        s->body = text_of(&w, &a, is_korean, 300 + below(&w, 2700));
        if (i % RARE_EVERY == 0)
            check(arena_printf(&a, &s->body, STR_FMT "\n" STR_FMT, STR_ARG(s->body),
                               STR_ARG(rare_word(&a, i / RARE_EVERY))));
        s->published = 1600000000 + (int64_t)i * 3600;
        text += s->title.len + s->deck.len + s->body.len;
    }
    double start = now_ms();
    for (size_t i = 0, end; i < count; i = end) {
        end = per == 0 ? search_group_end(ids, count, i) : i + per < count ? i + per : count;
        if (made == SEGMENTS_MAX) return 64;
        check(search_build(&a, stories + i, end - i, &segments[made]));
        bytes += segments[made++].len;
    }
    printf(
        "%zu stories, %.1f MB of text, %zu segments: %.0f ms to make, %.2f bytes a byte of text\n",
        count, (double)text / 1e6, made, now_ms() - start, (double)bytes / (double)text);
    str one;
    start = now_ms();
    for (int i = 0; i < 20; i++) check(search_build(&a, stories, 1, &one));
    printf("A segment of one story: %.2f ms. ", (now_ms() - start) / 20);
    struct search *search = NULL;
    start = now_ms();
    check(search_open(&sys, segments, made, &search));
    printf("Opening: %.1f ms.\n\n", now_ms() - start);
    printf(
        "| %d questions of each class | p50 ms | p99 ms | goal | | worst ms | most hits | recall | "
        "goal | |\n|---|---:|---:|---:|---|---:|---:|---:|---:|---|\n",
        QUESTIONS);
    struct corpus c = {stories, count, korean == 100};
    ask_all(search, &a, &w, korean, &c);
    search_close(&search);
    arena_done(&a);
    free(stories);
    free(ids);
    return 0;
}
