/* match_open_test.c: looking up openings hides no hit, of any lane: the same matcher is read with
 * every opening open, so that the tree alone decides, and both must tell the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
/* cmocka wants these three first */
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/unicode.h"
#include "gate/match_impl.h"

enum { CAP = 1 << 28, PEOPLE = 300, HITS_MAX = 512, TEXTS = 30000, TEXTS_LONG = 1000000 };

static void good(err e) {
    if (e.kind != ERR_NONE) fail_msg("%s:%d: %s", e.file, e.line, e.message);
}

static uint64_t chance = 28112026;
static size_t below(size_t bound) {
    chance = chance * 6364136223846793005U + 1442695040888963407U;
    return (size_t)(chance >> 33) % bound;
}

/* Syllables of short and long spellings, as surname or within a name. */
static const char *const syllables[] = {"이", "오", "우", "아", "김", "박", "최", "남", "유",
                                        "철", "수", "은", "별", "영", "희", "광", "혁", "은"};
static const char *const spelled[] = {
    "i",     "yi",   "ri",  "o",   "oh",  "u",      "woo",  "a",    "ah",   "kim",  "gim", "pak",
    "park",  "choe", "ch",  "nam", "yu",  "ryu",    "chol", "su",   "soo",  "un",   "eun", "byol",
    "young", "hui",  "hee", "kw",  "ang", "hyok",   "K",    "C",    "S",    "P",    "I",   "O",
    "oo",    "xx",   "o",   "x",   "○",   "○○",     "모",   "씨",   " ",    " ",    " ",   " ",
    "-",     ".",    ". ",  ", ",  "  -", "\n    ", "는",   "에게", "ㄱ",   "ㅊ",   "ㅅ",  "金",
    "哲",    "秀",   "7",   "41",  "the", "Chol",   "Su",   "Kim",  "Anna", "LIND", "B"};

static void make_people(struct arena *a, struct match_term *terms) {
    for (size_t i = 0; i < PEOPLE; i++) {
        struct buf name;
        size_t length = 2 + below(3);
        buf_init(&name, a, 64);
        for (size_t k = 0; k < length; k++)
            buf_add(&name, str_of(syllables[below(COUNT_OF(syllables))]));
        terms[i] = (struct match_term){buf_text(&name), MATCH_NAME, (uint32_t)i};
    }
    terms[0].text = STR("Anna Lind");
    terms[1].text = STR("Bo Kim");
    terms[2] = (struct match_term){STR("741-7417"), MATCH_NUMBER, 2};
    terms[3] = (struct match_term){STR("AO 41 김"), MATCH_WORDS, 3};
    terms[4].text = STR("金哲秀");
}

static str make_text(struct arena *a) {
    struct buf text;
    buf_init(&text, a, 1024);
    for (size_t count = 1 + below(16); count > 0; count--) {
        bool is_hangul = below(4) == 0;
        buf_add(&text, str_of(is_hangul ? syllables[below(COUNT_OF(syllables))]
                                        : spelled[below(COUNT_OF(spelled))]));
    }
    return buf_text(&text);
}

struct found {
    struct match_hit hits[HITS_MAX];
    size_t count;
};
static err collect(void *context, const struct match_hit *hit) {
    struct found *found = context;
    if (found->count == HITS_MAX) FAIL(ERR_LIMIT, "more hits than this test has room for");
    found->hits[found->count++] = *hit;
    return OK;
}

static void open_all(struct arena *a, size_t count, uint64_t **bits) {
    *bits = arena_array(a, (count + 63) / 64, sizeof **bits);
    assert_non_null(*bits);
    memset(*bits, 0xFF, (count + 63) / 64 * sizeof **bits);
}

static void hides_nothing(void **state) {
    const struct sys sys = sys_real();
    const struct matcher *matcher = NULL;
    static struct match_term terms[PEOPLE];
    static struct found found;
    static struct found all;
    struct arena a;
    size_t skipped = 0;
    size_t hits = 0;
    size_t vague = 0;
    int texts = getenv("HANJI_LONG") != NULL ? TEXTS_LONG : TEXTS;
    (void)state;
    arena_init(&a, &sys, CAP);
    make_people(&a, terms);
    good(matcher_make(&a, terms, PEOPLE, &matcher, &skipped));
    struct matcher open = *matcher;
    open_all(&a, 1 << 21, &open.openings.fours);
    open_all(&a, 1 << 23, &open.openings.sixes);
    open_all(&a, 1 << 19, &open.openings.pairs);
    open_all(&a, 1 << 19, &open.openings.sounds);
    for (int n = 0; n < texts; n++) {
        struct arena_mark mark = arena_mark(&a);
        struct fold fold;
        str text = make_text(&a);
        good(fold_text(&a, text, FOLD_TEXT, &fold));
        found.count = 0;
        all.count = 0;
        err one = matcher_read(matcher, &fold, collect, &found);
        err other = matcher_read(&open, &fold, collect, &all);
        assert_int_equal(one.kind, other.kind);
        bool is_same = found.count == all.count;
        for (size_t i = 0; is_same && i < all.count; i++)
            is_same = memcmp(&found.hits[i], &all.hits[i], sizeof *all.hits) == 0;
        if (!is_same)
            fail_msg("text %d: '" STR_FMT "': %zu hits instead of %zu", n, STR_ARG(text),
                     found.count, all.count);
        hits += all.count;
        for (size_t i = 0; i < all.count; i++) vague += !all.hits[i].is_sure;
        arena_reset(&a, mark);
    }
    arena_done(&a);
    print_message("# %d texts, %zu hits, %zu of them vague\n", texts, hits, vague);
    assert_true(hits > vague && vague > (size_t)texts / 10);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hides_nothing),
    };
    return cmocka_run_group_tests_name("gate/match_open", tests, NULL, NULL);
}
