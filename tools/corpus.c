/* corpus.c: stories that nobody wrote, the same for everybody.
 *
 *     corpus FOLDER COUNT [SEED]
 *
 * writes COUNT Markdown files with YAML front matter into FOLDER/en/blog and FOLDER/ko/blog (the
 * four folders are made), as `hanji import markdown` and Hugo both read them: of a hundred stories
 * five in Korean, ten in English with Korean passages, the others in English; 300 to 3,000 words,
 * evenly spread, with headings, lists, tables, quotes and links, a third of these to earlier
 * stories.
 *
 * The words are syllables thrown together, drawn as unevenly as those of a language, so that the
 * text compresses like one; who finds a name among them has found chance. Integers alone decide,
 * and chance is drawn once a statement (C leaves the order of arguments open), so a seed gives the
 * same bytes on every machine; story 7 is the same among 10 and among 10,000. */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    VOCABULARY = 6000,
    WORD_BYTES = 40,
    TOPICS = 12,
    STORIES_MAX = 13000, /* 672 a year from 2006 on: the last one still lies in the past */
    WORDS_MIN = 300,
    WORDS_MAX = 3000,
    SECTION_WORDS = 260,
};

struct vocabulary {
    char words[VOCABULARY][WORD_BYTES];
};

struct corpus {
    uint64_t seed;
    struct vocabulary english;
    struct vocabulary korean;
};

struct story {
    uint64_t chance; /* the state its text goes on from */
    int number;
    bool is_korean;
    bool is_mixed;
    char slug[3 * WORD_BYTES];
};

/* A story being written. */
struct writer {
    const struct corpus *corpus;
    struct story *story;
    FILE *out;
    int words; /* so far */
};

/* SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014). */
static uint64_t draw(uint64_t *chance) {
    uint64_t z = *chance += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

static int below(uint64_t *chance, int bound) { return (int)(draw(chance) % (uint64_t)bound); }

static int between(uint64_t *chance, int least, int most) {
    return least + below(chance, most - least + 1);
}

static bool percent(uint64_t *chance, int of_hundred) { return below(chance, 100) < of_hundred; }

/* ---- Words ---------------------------------------------------------------------------------- */

static void make_english(uint64_t *chance, char *word) {
    static const char *const heads[] = {"b", "d", "f", "g", "h", "k",  "l",  "m",  "n", "p",
                                        "r", "s", "t", "v", "w", "st", "tr", "sh", "",  "br"};
    static const char *const vowels[] = {"a", "e", "i", "o", "u", "ea", "ou", "e", "a", "i"};
    static const char *const tails[] = {"", "", "", "", "n", "r", "l", "s", "t", "nd"};
    int syllables = between(chance, 1, 2);
    if (percent(chance, 33)) syllables++;
    size_t length = 0;
    for (int i = 0; i < syllables; i++) {
        const char *head = heads[below(chance, 20)];
        const char *vowel = vowels[below(chance, 10)];
        const char *tail = tails[below(chance, 10)];
        int wrote = snprintf(word + length, WORD_BYTES - length, "%s%s%s", head, vowel, tail);
        length += (size_t)wrote;
    }
}

/* Syllables by the arithmetic of the Unicode standard, 3.12: 0xAC00 + (head * 21 + vowel) * 28 +
 * tail, of the heads, vowels and tails that are frequent. */
static void make_korean(uint64_t *chance, char *word) {
    static const int heads[] = {0, 2, 3, 5, 6, 7, 9, 11, 11, 12, 14, 16, 17, 18};
    static const int vowels[] = {0, 0, 1, 4, 4, 5, 6, 8, 8, 13, 18, 20, 20};
    static const int tails[] = {0, 0, 0, 0, 1, 4, 4, 8, 16, 17, 21, 21};
    int syllables = between(chance, 1, 4);
    for (int i = 0; i < syllables; i++) {
        int code = 0xac00 + tails[below(chance, 12)];
        code += vowels[below(chance, 13)] * 28;
        code += heads[below(chance, 14)] * 21 * 28;
        *word++ = (char)(0xe0 | code >> 12);
        *word++ = (char)(0x80 | (code >> 6 & 0x3f));
        *word++ = (char)(0x80 | (code & 0x3f));
    }
    *word = '\0';
}

/* The frequent words first: the product of three even draws is as uneven as we need it. */
static const char *pick(const struct vocabulary *vocabulary, uint64_t *chance) {
    int64_t rank = below(chance, VOCABULARY);
    rank = rank * below(chance, VOCABULARY) / VOCABULARY;
    rank = rank * below(chance, VOCABULARY) / VOCABULARY;
    return vocabulary->words[rank];
}

/* Writes `count` words with blanks between them. */
static void put_words(struct writer *w, bool in_korean, int count) {
    const struct vocabulary *vocabulary = in_korean ? &w->corpus->korean : &w->corpus->english;
    for (int i = 0; i < count; i++) {
        if (i > 0) fputc(' ', w->out);
        fputs(pick(vocabulary, &w->story->chance), w->out);
    }
    w->words += count;
}

/* The same, begun with a capital where the script has them. */
static void put_opening(struct writer *w, bool in_korean, int count) {
    const struct vocabulary *vocabulary = in_korean ? &w->corpus->korean : &w->corpus->english;
    const char *word = pick(vocabulary, &w->story->chance);
    bool is_small = word[0] >= 'a' && word[0] <= 'z';
    fputc(is_small ? word[0] - 'a' + 'A' : word[0], w->out);
    fprintf(w->out, "%s ", word + 1);
    put_words(w, in_korean, count - 1);
    w->words++;
}

/* ---- Stories -------------------------------------------------------------------------------- */

/* What other stories need to know of a story, from its number alone. */
static void story_begin(const struct corpus *corpus, int number, struct story *ret_story) {
    struct story story = {.number = number, .chance = corpus->seed + (uint64_t)number * 7919};
    draw(&story.chance);
    int kind = below(&story.chance, 100);
    story.is_korean = kind < 5;
    story.is_mixed = kind >= 5 && kind < 15;
    const struct vocabulary *vocabulary = story.is_korean ? &corpus->korean : &corpus->english;
    const char *first = pick(vocabulary, &story.chance);
    const char *second = pick(vocabulary, &story.chance);
    snprintf(story.slug, sizeof story.slug, "%s-%s-%05d", first, second, number);
    *ret_story = story;
}

static void put_link(struct writer *w, bool in_korean) {
    uint64_t *chance = &w->story->chance;
    fputc('[', w->out);
    put_words(w, in_korean, between(chance, 1, 4));
    if (w->story->number > 0 && percent(chance, 33)) {
        struct story other;
        story_begin(w->corpus, below(chance, w->story->number), &other);
        fprintf(w->out, "](/%s/blog/%s/)", other.is_korean ? "ko" : "en", other.slug);
    } else {
        const char *word = pick(&w->corpus->english, chance);
        fprintf(w->out, "](https://%s.example.org/%d)", word, below(chance, 1000));
    }
}

static void put_sentence(struct writer *w, bool in_korean) {
    uint64_t *chance = &w->story->chance;
    put_opening(w, in_korean, between(chance, 4, 12));
    switch (below(chance, 12)) {
    case 0:
        fputs(" **", w->out);
        put_words(w, in_korean, between(chance, 1, 3));
        fputs("**", w->out);
        break;
    case 1:
        fputs(" *", w->out);
        put_words(w, in_korean, between(chance, 1, 3));
        fputs("*", w->out);
        break;
    case 2:
        fputs(", “", w->out);
        put_words(w, in_korean, between(chance, 2, 6));
        fputs("”", w->out);
        break;
    case 3:
        fputc(' ', w->out);
        put_link(w, in_korean);
        break;
    default: fputs(", ", w->out); put_words(w, in_korean, between(chance, 3, 9));
    }
    fputc('.', w->out);
}

static void put_paragraph(struct writer *w, bool in_korean) {
    int sentences = between(&w->story->chance, 2, 7);
    for (int i = 0; i < sentences; i++) {
        if (i > 0) fputc(' ', w->out);
        put_sentence(w, in_korean);
    }
    fputs("\n\n", w->out);
}

static void put_list(struct writer *w, bool in_korean) {
    int items = between(&w->story->chance, 3, 7);
    bool is_numbered = percent(&w->story->chance, 40);
    for (int i = 1; i <= items; i++) {
        if (is_numbered)
            fprintf(w->out, "%d. ", i);
        else
            fputs("- ", w->out);
        put_sentence(w, in_korean);
        fputc('\n', w->out);
    }
    fputc('\n', w->out);
}

static void put_table(struct writer *w, bool in_korean) {
    int rows = between(&w->story->chance, 3, 9);
    for (int row = 0; row < rows; row++) {
        for (int column = 0; column < 3; column++) {
            fputs(column == 0 ? "| " : " | ", w->out);
            put_words(w, in_korean, between(&w->story->chance, 1, 4));
        }
        fprintf(w->out, " | %d |\n", below(&w->story->chance, 10000));
        if (row == 0) fputs("|------|------|------|-----:|\n", w->out);
    }
    fputc('\n', w->out);
}

static void put_body(struct writer *w, int words) {
    uint64_t *chance = &w->story->chance;
    int next_section = SECTION_WORDS;
    w->words = 0;
    while (w->words < words) {
        bool in_korean = w->story->is_korean || (w->story->is_mixed && percent(chance, 35));
        if (w->words >= next_section) {
            fputs("## ", w->out);
            put_opening(w, in_korean, between(chance, 2, 6));
            fputs("\n\n", w->out);
            next_section = w->words + SECTION_WORDS;
        }
        int what = below(chance, 100);
        if (what < 8) {
            put_list(w, in_korean);
        } else if (what < 12) {
            put_table(w, in_korean);
        } else {
            if (what < 20) fputs("> ", w->out);
            put_paragraph(w, in_korean);
        }
    }
}

/* Two stories a day, 28 days a month: dates without a calendar. */
static void put_front_matter(struct writer *w) {
    struct story *story = w->story;
    int day = story->number / 2;
    fputs("---\ntitle: \"", w->out);
    put_opening(w, story->is_korean, between(&story->chance, 2, 8));
    fputs("\"\ndeck: \"", w->out);
    put_opening(w, story->is_korean, between(&story->chance, 8, 24));
    fprintf(w->out, ".\"\nkind: story\nlanguage: %s\n", story->is_korean ? "ko" : "en");
    fprintf(w->out, "group: story-%05d\nslug: %s\n", story->number, story->slug);
    fprintf(w->out, "date: %04d-%02d-%02dT%02d:00:00+00:00\n", 2006 + day / 336, 1 + day / 28 % 12,
            1 + day % 28, 8 + 9 * (story->number % 2));
    fputs("status: published\ntopics: [", w->out);
    int first = below(&story->chance, TOPICS);
    int topics = between(&story->chance, 1, 3);
    for (int i = 0; i < topics; i++) {
        const struct vocabulary *all = story->is_korean ? &w->corpus->korean : &w->corpus->english;
        fprintf(w->out, "%s%s", i == 0 ? "" : ", ", all->words[1000 + (first + i * 5) % TOPICS]);
    }
    fputs("]\ncontributors: [{withheld: true, role: \"Told this story\"}]\n---\n\n", w->out);
}

static void write_story(const struct corpus *corpus, const char *folder, int number) {
    char path[4096];
    struct story story;
    struct writer w = {.corpus = corpus, .story = &story};
    story_begin(corpus, number, &story);
    snprintf(path, sizeof path, "%s/%s/blog/%05d.md", folder, story.is_korean ? "ko" : "en",
             number);
    w.out = fopen(path, "w");
    if (w.out != NULL) {
        put_front_matter(&w);
        put_body(&w, between(&story.chance, WORDS_MIN, WORDS_MAX));
    }
    if (w.out == NULL || ferror(w.out) != 0 || fclose(w.out) != 0) {
        perror(path);
        exit(1);
    }
}

static void make_folders(const char *folder) {
    static const char *const below_it[] = {"", "/en", "/ko", "/en/blog", "/ko/blog"};
    for (size_t i = 0; i < sizeof below_it / sizeof *below_it; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s%s", folder, below_it[i]);
        if (mkdir(path, 0777) != 0 && errno != EEXIST) {
            perror(path);
            exit(1);
        }
    }
}

int main(int argc, char **argv) {
    long count = argc > 2 ? strtol(argv[2], NULL, 10) : 0;
    if (argc < 3 || argc > 4 || count < 1 || count > STORIES_MAX) {
        fprintf(stderr, "usage: corpus FOLDER COUNT [SEED]   (COUNT at most %d)\n", STORIES_MAX);
        return 64;
    }
    struct corpus *corpus = calloc(1, sizeof *corpus);
    if (corpus == NULL) {
        perror("corpus");
        return 71;
    }
    corpus->seed = argc > 3 ? strtoull(argv[3], NULL, 10) : 1;
    uint64_t chance = corpus->seed;
    for (int i = 0; i < VOCABULARY; i++) {
        make_english(&chance, corpus->english.words[i]);
        make_korean(&chance, corpus->korean.words[i]);
    }
    make_folders(argv[1]);
    for (int i = 0; i < count; i++) write_story(corpus, argv[1], i);
    free(corpus);
    return 0;
}
