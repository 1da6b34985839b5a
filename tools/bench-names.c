/* bench-names.c: what it costs to look for 10,000 people in every text.
 *
 *     bench-names PEOPLE MB NAME FILE...
 *
 * Makes the people (a surname of 60, two syllables of 90: invented, but as many share a name as
 * do), a matcher of them, and reads the files again and again until so many megabytes are read.
 * Beside it ICU folds the same bytes (NFKC_Casefold), as who uses a library for this would begin.
 * Times are of the processor. Prints a row of Markdown, and appends what there are goals for to
 * the file $BENCH_GOALS, if that is set. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unicode/unorm2.h>

#include "base/unicode.h"
#include "gate/match.h"

enum { START_GOAL_MS = 2000, RATE_GOAL = 300, ROUNDS = 5 };

static void good(err e) {
    if (e.kind == ERR_NONE) return;
    fprintf(stderr, "bench-names: %s\n", e.message);
    exit(1);
}

static double now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static uint32_t below(uint64_t *chance, uint32_t bound) {
    *chance = *chance * 6364136223846793005ULL + 1442695040888963407ULL;
    return (uint32_t)((*chance >> 33) % bound);
}

/* A syllable of a fixed set: first consonants and vowels that names have, few ends. */
static void add_syllable(struct buf *b, uint32_t number) {
    static const uint8_t leads[] = {0, 2, 3, 5, 6, 7, 9, 11, 12, 14, 16, 18};
    static const uint8_t vowels[] = {0, 4, 6, 8, 13, 18, 20};
    static const uint8_t trails[] = {0, 4, 21, 1, 8, 16};
    utf8_add(b, 0xAC00 + leads[number % 12] * 588U + vowels[number / 12 % 7] * 28U +
                    trails[number / 5 % 6]);
}

static void make_people(struct arena *a, struct match_term *terms, size_t count) {
    uint64_t chance = 41;
    for (size_t i = 0; i < count; i++) {
        struct buf name;
        buf_init(&name, a, 64);
        add_syllable(&name, below(&chance, 60));
        add_syllable(&name, below(&chance, 90));
        add_syllable(&name, below(&chance, 90));
        terms[i] = (struct match_term){.kind = MATCH_NAME, .owner = (uint32_t)i};
        good(buf_finish(&name, &terms[i].text));
    }
}

static err count_hit(void *context, const struct match_hit *hit) {
    size_t *counts = context;
    counts[hit->is_sure ? 0 : 1]++;
    return OK;
}

static int by_size(const void *one, const void *other) {
    const double *a = one;
    const double *b = other;
    return (*a > *b) - (*a < *b);
}

/* One reading of all texts; the milliseconds it took. */
static double read_all(const struct matcher *m, struct arena *a, const str *texts, size_t count,
                       size_t *hits) {
    double from = now_ms();
    for (size_t i = 0; i < count; i++) {
        struct arena_mark mark = arena_mark(a);
        struct fold fold;
        good(fold_text(a, texts[i], FOLD_TEXT, &fold));
        if (m != NULL) good(matcher_read(m, &fold, count_hit, hits));
        arena_reset(a, mark);
    }
    return now_ms() - from;
}

static double fold_by_icu(const str *texts, size_t count, char *room, int32_t size) {
    UErrorCode code = U_ZERO_ERROR;
    const UNormalizer2 *fold = unorm2_getNFKCCasefoldInstance(&code);
    double from = now_ms();
    for (size_t i = 0; i < count; i++) {
        UChar *wide = (UChar *)(void *)room;
        int32_t len = 0;
        u_strFromUTF8(wide, size / 4, &len, texts[i].ptr, (int32_t)texts[i].len, &code);
        unorm2_normalize(fold, wide, len, wide + len, size / 2 - len, &code);
    }
    if (U_FAILURE(code)) exit(1);
    return now_ms() - from;
}

struct figures {
    double start_ms;
    double memory_mb;
    double read; /* MB a second */
    double fold;
    double icu;
};

static void tell_goals(const char *name, size_t people, const struct figures *f) {
    const char *path = getenv("BENCH_GOALS");
    FILE *file = path == NULL ? NULL : fopen(path, "a");
    if (file == NULL) return;
    fprintf(file, "| names, %s, %zu people | %.0f MB/s | at least %d MB/s | %s |\n", name, people,
            f->read, RATE_GOAL, f->read >= RATE_GOAL ? "met" : "**missed**");
    if (strcmp(name, "English") == 0) /* once */
        fprintf(file, "| names, start with %zu people | %.0f ms, %.0f MB | at most %d ms | %s |\n",
                people, f->start_ms, f->memory_mb, START_GOAL_MS,
                f->start_ms <= START_GOAL_MS ? "met" : "**missed**");
    if (fclose(file) != 0) fprintf(stderr, "bench-names: %s was not written\n", path);
}

int main(int argc, char **argv) {
    if (argc < 5) return 64;
    size_t people = strtoul(argv[1], NULL, 10);
    size_t wanted = strtoul(argv[2], NULL, 10) << 20;
    const struct sys sys = sys_real();
    const struct matcher *m = NULL;
    struct arena a;
    double ours[ROUNDS];
    double folds[ROUNDS];
    double icu[ROUNDS];
    size_t hits[2] = {0};
    size_t skipped = 0;
    size_t count = 0;
    size_t bytes = 0;
    size_t longest = 0;
    arena_init(&a, &sys, (size_t)8 << 30);
    struct match_term *terms = arena_array(&a, people, sizeof *terms);
    str *files = arena_array(&a, (size_t)argc, sizeof *files);
    make_people(&a, terms, people);
    for (int i = 4; i < argc; i++) {
        good(file_read(&a, AT_FDCWD, str_of(argv[i]), 1 << 28, &files[count]));
        if (files[count].len > longest) longest = files[count].len;
        bytes += files[count++].len;
    }
    size_t repeats = wanted / bytes + 1;
    str *texts = arena_array(&a, repeats * count, sizeof *texts);
    for (size_t i = 0; i < repeats * count; i++) texts[i] = files[i % count];
    char *room = arena_alloc(&a, 16 * longest + 4096);
    double from = now_ms();
    size_t before = a.used;
    good(matcher_make(&a, terms, people, &m, &skipped));
    double start = now_ms() - from;
    for (int i = 0; i < ROUNDS; i++) { /* in turn: the machine is the same for all three */
        ours[i] = read_all(m, &a, texts, repeats * count, hits);
        folds[i] = read_all(NULL, &a, texts, repeats * count, hits);
        icu[i] = fold_by_icu(texts, repeats * count, room, (int32_t)(16 * longest));
    }
    qsort(ours, ROUNDS, sizeof *ours, by_size);
    qsort(folds, ROUNDS, sizeof *folds, by_size);
    qsort(icu, ROUNDS, sizeof *icu, by_size);
    double mb = (double)(bytes * repeats) / 1e6;
    struct figures f = {.start_ms = start,
                        .memory_mb = (double)(a.used - before) / 1e6,
                        .read = mb / (ours[ROUNDS / 2] / 1e3),
                        .fold = mb / (folds[ROUNDS / 2] / 1e3),
                        .icu = mb / (icu[ROUNDS / 2] / 1e3)};
    printf("| %s | %.0f | %.0f | %.0f | %zu, %zu in %.1f MB |\n", argv[3], f.read, f.fold, f.icu,
           hits[0] / ROUNDS / repeats, hits[1] / ROUNDS / repeats, (double)bytes / 1e6);
    tell_goals(argv[3], people, &f);
    arena_done(&a);
    return 0;
}
