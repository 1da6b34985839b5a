/* match_model_test.c: the matcher beside a plain one, on texts made of pieces of the names.
 *
 * The plain one takes every name alone, in every order and spelling of both Koreas, and tries it
 * at every letter: no tree, no table, no filter, nothing shared between names. It reads the
 * same folded letters, whose oracle is ICU (fold_test), and asks spelling.c for spellings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
/* cmocka wants these three first */
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "base/unicode.h"
#include "gate/match.h"
#include "gate/spelling.h"

enum { CAP = 1 << 28, NAME_MAX = 40, HITS_MAX = 256, TEXTS = 20000, TEXTS_LONG = 1000000 };

static const struct match_term TERMS[] = {
    {STR("김철수"), MATCH_NAME, 0},    {STR("이영희"), MATCH_NAME, 1},
    {STR("리철수"), MATCH_NAME, 2},    {STR("최은별"), MATCH_NAME, 3},
    {STR("Anna Lind"), MATCH_NAME, 4}, {STR("010-4821-7703"), MATCH_NUMBER, 5},
    {STR("남궁영수"), MATCH_NAME, 6},  {STR("수철김"), MATCH_NAME, 7},
};

static void good(err e) {
    if (e.kind != ERR_NONE) fail_msg("%s:%d: %s", e.file, e.line, e.message);
}

/* ---- The plain matcher ----------------------------------------------------------------------- */

struct name {
    uint32_t letters[NAME_MAX];
    size_t count;
    enum match_kind kind;
};
struct trying {
    const struct fold *fold;
    const struct name *name;
    size_t start;
    size_t longest; /* letter behind the longest that stands alone; 0: none */
};

static bool is_word_end(const struct fold *fold, size_t at) {
    return at == fold->count || fold->letters[at].begins;
}
static bool has_word_spaces(uint32_t c) { return c < 0x3400; }

static bool stands(const struct trying *t, size_t to) {
    const struct fold_letter *letters = t->fold->letters;
    if (t->name->kind == MATCH_NUMBER) {
        bool before = t->start > 0 && letters[t->start].gap == 0 &&
                      fold_is_digit(letters[t->start - 1].letter);
        bool behind =
            to < t->fold->count && letters[to].gap == 0 && fold_is_digit(letters[to].letter);
        return !before && !behind;
    }
    if (!letters[t->start].begins) {
        if (has_word_spaces(letters[t->start].letter)) return false;
        for (size_t i = t->start + 1; i < to; i++) {
            if (letters[i].gap > 0) return false;
        }
    }
    return !has_word_spaces(letters[to - 1].letter) || is_word_end(t->fold, to);
}

static void try_at(struct trying *t, size_t k, size_t at);

struct spelled {
    struct trying *t;
    size_t k;
    size_t at;
};
static err try_spelling(void *context, str spelling) {
    const struct spelled *s = context;
    size_t i = 0;
    for (; i < spelling.len; i++) {
        size_t at = s->at + i;
        if (at >= s->t->fold->count) return OK;
        if (at > s->t->start && s->t->fold->letters[at].gap > 4) return OK;
        if (s->t->fold->letters[at].letter != (unsigned char)spelling.ptr[i]) return OK;
    }
    if (i > 0) try_at(s->t, s->k + 1, s->at + i);
    return OK;
}

/* From the k-th letter of the name on, at this letter of the text. */
static void try_at(struct trying *t, size_t k, size_t at) {
    const struct name *name = t->name;
    if (k == name->count) {
        if (at > t->longest && stands(t, at)) t->longest = at;
        return;
    }
    if (at == t->fold->count || (at > t->start && t->fold->letters[at].gap > 4)) return;
    uint32_t letter = t->fold->letters[at].letter;
    if (letter == name->letters[k]) try_at(t, k + 1, at + 1);
    if (fold_is_han(letter)) {
        const uint16_t *readings = fold_readings_of(letter);
        for (size_t i = 0; i < 4 && readings[i] != 0; i++) {
            if (readings[i] == name->letters[k]) try_at(t, k + 1, at + 1);
        }
    }
    if (fold_is_latin(letter) && fold_is_syllable(name->letters[k]))
        good(spelling_each(name->letters[k], try_spelling, &(struct spelled){t, k, at}));
}

/* Every way to write a term: both Koreas, both orders; a number with what stands before it. */
struct names {
    struct name all[64];
    size_t count;
};

static void add_name(struct names *names, const struct name *name) {
    assert_true(names->count < COUNT_OF(names->all));
    names->all[names->count++] = *name;
}

static void add_turned(struct names *names, const struct name *name, size_t first) {
    struct name turned = *name;
    for (size_t i = 0; i < name->count; i++)
        turned.letters[i] = name->letters[(i + first) % name->count];
    add_name(names, &turned);
}

static void add_koreas(struct names *names, struct name *name, size_t at, size_t surname) {
    uint32_t variants[2];
    if (at == name->count) {
        add_name(names, name);
        add_turned(names, name, surname);
        return;
    }
    uint32_t own = name->letters[at];
    size_t count = spelling_variants(own, variants);
    add_koreas(names, name, at + 1, surname);
    for (size_t i = 0; i < count; i++) {
        name->letters[at] = variants[i];
        add_koreas(names, name, at + 1, surname);
    }
    name->letters[at] = own;
}

static void names_of(struct arena *a, const struct match_term *term, struct names *ret_names) {
    static const char *const before[] = {"", "0", "82", "820", "0082", "86", "0086", "1", "850"};
    struct name name = {.kind = term->kind};
    struct fold fold;
    ret_names->count = 0;
    good(fold_text(a, term->text, FOLD_TEXT, &fold));
    for (size_t i = 0; i < fold.count; i++) name.letters[name.count++] = fold.letters[i].letter;
    if (term->kind == MATCH_NUMBER) { /* its zero is one of those that may stand before it */
        for (size_t i = 0; i < COUNT_OF(before); i++) {
            struct name longer = {.kind = term->kind};
            for (const char *p = before[i]; *p != '\0'; p++)
                longer.letters[longer.count++] = (unsigned char)*p;
            for (size_t k = 1; k < name.count; k++)
                longer.letters[longer.count++] = name.letters[k];
            add_name(ret_names, &longer);
        }
        return;
    }
    if (fold_is_latin(name.letters[0])) {
        add_name(ret_names, &name);
        add_turned(ret_names, &name, 4); /* behind "Anna" */
        return;
    }
    add_koreas(ret_names, &name, 0, term->owner == 6 ? 2 : 1);
}

struct found {
    struct match_hit hits[HITS_MAX];
    size_t count;
};

static int by_owner(const void *one, const void *other) {
    const struct match_hit *a = one;
    const struct match_hit *b = other;
    if (a->from != b->from) return a->from < b->from ? -1 : 1;
    return (a->owner > b->owner) - (a->owner < b->owner);
}

static void find_plainly(const struct fold *fold, const struct names *names, struct found *found) {
    found->count = 0;
    for (size_t start = 0; start < fold->count; start++) {
        for (uint32_t owner = 0; owner < COUNT_OF(TERMS); owner++) {
            size_t longest = 0;
            for (size_t i = 0; i < names[owner].count; i++) {
                struct trying t = {.fold = fold, .name = &names[owner].all[i], .start = start};
                try_at(&t, 0, start);
                if (t.longest > longest) longest = t.longest;
            }
            if (longest == 0 || found->count == HITS_MAX) continue;
            const struct fold_letter *last = &fold->letters[longest - 1];
            found->hits[found->count++] = (struct match_hit){.from = fold->letters[start].at,
                                                             .to = (size_t)last->at + last->size,
                                                             .owner = owner};
        }
    }
}

/* ---- Side by side ---------------------------------------------------------------------------- */

static err collect(void *context, const struct match_hit *hit) {
    struct found *found = context;
    if (hit->is_sure && found->count < HITS_MAX) found->hits[found->count++] = *hit;
    return OK;
}

/* A hit of the plain one that lies inside another of the same owner need not be told. */
static bool is_inside_another(const struct found *found, const struct match_hit *hit) {
    for (size_t i = 0; i < found->count; i++) {
        const struct match_hit *o = &found->hits[i];
        bool is_same = o->from == hit->from && o->to == hit->to;
        if (o->owner == hit->owner && !is_same && o->from <= hit->from && o->to >= hit->to)
            return true;
    }
    return false;
}

static bool has(const struct found *found, const struct match_hit *hit) {
    for (size_t i = 0; i < found->count; i++) {
        const struct match_hit *o = &found->hits[i];
        if (o->owner == hit->owner && o->from == hit->from && o->to == hit->to) return true;
    }
    return false;
}

static uint64_t chance = 27112026;
static size_t below(size_t bound) {
    chance = chance * 6364136223846793005U + 1442695040888963407U;
    return (size_t)(chance >> 33) % bound;
}

static void make_text(char *text, size_t size) {
    static const char *const pieces[] = {
        "김",    "철",        "수",      "이",     "리",       "영",        "희",
        "최",    "은",        "별",      "남",     "궁",       "kim",       "gim",
        "chol",  "cheol",     "su",      "soo",    "lee",      "ri",        "yi",
        "young", "hui",       "hee",     "choe",   "un",       "byol",      "eun",
        "Nam",   "gung",      "Anna",    "Lind",   "lind",     "anna",      "010",
        "4821",  "7703",      "82",      "10",     "金",       "哲",        "秀",
        "李",    "英",        "姬",      "ㄱㅣㅁ", "ㅊㅓㄹ",   "ㅅㅜ",      " ",
        " ",     " ",         "-",       "",       ".",        ", ",        "는",
        "에게",  "the",       "a",       "o",      "K",        "i",         "m",
        "<b>",   "</b>",      "  --  ",  " -- ",   " --  ",    "\n",        "Kim",
        "Chol",  "Su",        "С",       "у",      "&#44608;", "%EC%88%98", "\xE2\x80\x8B",
        "1",     "김철",      "철수",    "cholsu", "영희",     "young",     "Kim Chol",
        "은별",  "4821-7703", "010-4821"};
    size_t len = 0;
    for (size_t count = 1 + below(14); count > 0; count--) {
        const char *piece = pieces[below(COUNT_OF(pieces))];
        if (len + strlen(piece) + 1 > size) break;
        memcpy(text + len, piece, strlen(piece));
        len += strlen(piece);
    }
    text[len] = '\0';
}

static void reads_as_the_plain_one_does(void **state) {
    const struct sys sys = sys_real();
    const struct matcher *matcher = NULL;
    static struct names names[COUNT_OF(TERMS)];
    static struct found plain;
    static struct found found;
    struct arena a;
    size_t skipped = 0;
    size_t hits = 0;
    int texts = getenv("HANJI_LONG") != NULL ? TEXTS_LONG : TEXTS;
    (void)state;
    arena_init(&a, &sys, CAP);
    good(matcher_make(&a, TERMS, COUNT_OF(TERMS), &matcher, &skipped));
    for (size_t i = 0; i < COUNT_OF(TERMS); i++) names_of(&a, &TERMS[i], &names[i]);
    for (int n = 0; n < texts; n++) {
        struct arena_mark mark = arena_mark(&a);
        char text[512];
        struct fold fold;
        make_text(text, sizeof text);
        good(fold_text(&a, str_of(text), n % 2 == 0 ? FOLD_TEXT : FOLD_HTML, &fold));
        find_plainly(&fold, names, &plain);
        found.count = 0;
        good(matcher_read(matcher, &fold, collect, &found));
        for (size_t i = 0; i < found.count; i++) {
            if (!has(&plain, &found.hits[i]))
                fail_msg("text %d: '%s': %u at %zu is none", n, text, found.hits[i].owner,
                         found.hits[i].from);
        }
        qsort(plain.hits, plain.count, sizeof *plain.hits, by_owner);
        for (size_t i = 0; i < plain.count; i++) {
            bool is_told = has(&found, &plain.hits[i]) || is_inside_another(&plain, &plain.hits[i]);
            if (!is_told)
                fail_msg("text %d: '%s': %u at %zu was missed", n, text, plain.hits[i].owner,
                         plain.hits[i].from);
        }
        hits += found.count;
        arena_reset(&a, mark);
    }
    arena_done(&a);
    print_message("# %d texts, %zu names in them\n", texts, hits);
    assert_true(hits * 25 > (size_t)texts);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_as_the_plain_one_does),
    };
    return cmocka_run_group_tests_name("gate/match_model", tests, NULL, NULL);
}
