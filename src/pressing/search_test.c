/* search_test.c: what search promises, and that it holds when memory fails or a segment lies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
/* cmocka wants these three first */
#include <cmocka.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "base/unicode.h"
#include "pressing/search.h"

enum { CAP = 256 << 20, RANDOM_STORIES = 120, RANDOM_WORDS = 300 };

static const struct search_story STORIES[] = {
    {STR("/en/blog/kettle/"), STR("The kettle"), STR("What she carried."), STR("Name withheld"),
     STR("She carried a kettle over the river. Refugees spoke of it for years, and nobody said "
         "where the river was."),
     3000},
    {STR("/en/blog/cafe/"), STR("A café by the sea"), STR("Two friends meet."), STR(""),
     STR("They drank tea. It's a long story about ＲＩＶＥＲ boats."), 2000},
    {STR("/ko/blog/school/"), STR("우리학교 앞"), STR("학교에서 있었던 일"), STR("이름 없음"),
     STR("그는 밥을 먹었다. USB에 담긴 이야기. 탈북민이 학교에서 말했다."), 1000},
};

struct bench {
    struct sys sys;
    struct arena arena;
    struct search *search;
};

static void good(err e) {
    if (e.kind != ERR_NONE) fail_msg("%s:%d: %s", e.file, e.line, e.message);
}

static void bench_begin(struct bench *b, const struct search_story *stories, size_t count) {
    str segment;
    b->sys = sys_real();
    b->search = NULL;
    arena_init(&b->arena, &b->sys, CAP);
    good(search_build(&b->arena, stories, count, &segment));
    good(search_open(&b->sys, &segment, 1, &b->search));
}

static void bench_end(struct bench *b) {
    search_close(&b->search);
    arena_done(&b->arena);
}

static struct search_result ask(struct bench *b, str text) {
    struct search_result result;
    good(search_find(b->search, &b->arena, &(struct search_query){.text = text}, &result));
    return result;
}

/* The paths that answer, in order, with a space behind each. */
static void answers(const char *query, const char *wanted) {
    struct bench b;
    struct buf paths;
    str text;
    bench_begin(&b, STORIES, COUNT_OF(STORIES));
    struct search_result result = ask(&b, str_of(query));
    buf_init(&paths, &b.arena, 4096);
    for (size_t i = 0; i < result.count; i++) {
        if (i > 0) buf_add_byte(&paths, ' ');
        buf_add(&paths, result.hits[i].path);
    }
    buf_add_byte(&paths, '\0');
    good(buf_finish(&paths, &text));
    assert_string_equal(text.ptr, wanted);
    assert_int_equal(result.total, result.count);
    bench_end(&b);
}

static void finds_words_whatever_their_case_accents_and_width(void **state) {
    (void)state;
    answers("KETTLE", "/en/blog/kettle/");
    answers("cafe", "/en/blog/cafe/");
    answers("cafe\xCC\x81", "/en/blog/cafe/");
    answers("boats river", "/en/blog/cafe/");
    answers("ＫＥＴＴＬＥ", "/en/blog/kettle/");
    answers("ket\xC2\xADtle", "/en/blog/kettle/");
    answers("it's", "/en/blog/cafe/");
    answers("sailing", "");
}

static void finds_korean_inside_words(void **state) {
    (void)state;
    answers("학교", "/ko/blog/school/");
    answers("었다", "/ko/blog/school/");
    answers("탈북민", "/ko/blog/school/");
    answers("밥", "/ko/blog/school/");
    answers("민", "/ko/blog/school/");
    answers("USB에", "/ko/blog/school/");
    answers("학밥", "");
    answers("북학", "");
    answers("\xE1\x84\x92\xE1\x85\xA1\xE1\x86\xA8\xE1\x84\x80\xE1\x85\xAD", "/ko/blog/school/");
}

static void keeps_words_in_quotes_together(void **state) {
    (void)state;
    answers("\"the river\"", "/en/blog/kettle/");
    answers("\"우리학교 앞\"", "/ko/blog/school/");
    answers("\"학교 앞\"", "/ko/blog/school/");
    answers("\"over the river", "/en/blog/kettle/");
}

static void lets_the_last_word_go_on_when_few_answer(void **state) {
    (void)state;
    answers("refug", "/en/blog/kettle/");
    answers("re", "");
    answers("\"refug\"", "");
}

static void falls_back_to_any_word_and_says_so(void **state) {
    struct bench b;
    (void)state;
    bench_begin(&b, STORIES, COUNT_OF(STORIES));
    struct search_result result = ask(&b, STR("kettle tea"));
    assert_int_equal(result.total, 2);
    assert_true(result.is_any_word);
    assert_false(ask(&b, STR("kettle river")).is_any_word);
    bench_end(&b);
}

/* A young house, whose stories happen to stand one by one: that is not too much to be asked. */
static void asks_many_small_segments_to_the_end(void **state) {
    static const struct search_story plain = {
        .title = STR("Many"), .body = STR("A paper boat went down the river, and the xylem rose.")};
    enum { SEGMENTS = 32 };
    struct bench b = {.sys = sys_real()};
    str segments[SEGMENTS];
    (void)state;
    arena_init(&b.arena, &b.sys, CAP);
    for (size_t i = 0; i < SEGMENTS; i++) {
        struct search_story story = i == 0 ? STORIES[0] : plain;
        if (i > 0) story.path = STR("/en/blog/many/");
        good(search_build(&b.arena, &story, 1, &segments[i]));
    }
    good(search_open(&b.sys, segments, SEGMENTS, &b.search));
    struct search_result result = ask(&b, STR("kettle xylophone"));
    assert_int_equal(result.total, 1);
    assert_true(result.is_any_word);
    assert_false(result.is_partial);
    bench_end(&b);
}

static void knows_no_other_syntax(void **state) {
    static const char *const hostile[] = {"title:kettle",
                                          "NEAR(kettle river)",
                                          "kettle*",
                                          "(",
                                          ")",
                                          "\"",
                                          "\"\"\"",
                                          "*",
                                          "^kettle",
                                          "kettle NOT river",
                                          "-kettle",
                                          "{title body}:kettle",
                                          "' OR 1 --",
                                          "\xFF\xFE",
                                          "\xED\xA0\x80",
                                          ";DROP TABLE story"};
    struct bench b;
    (void)state;
    bench_begin(&b, STORIES, COUNT_OF(STORIES));
    for (size_t i = 0; i < COUNT_OF(hostile); i++) ask(&b, str_of(hostile[i]));
    assert_int_equal(ask(&b, STR("")).total, 0);
    assert_int_equal(ask(&b, STR("kettle\0river")).total, 0);
    assert_int_equal(ask(&b, STR("... !?")).total, 0);
    char *longest = arena_alloc(&b.arena, 10240);
    for (size_t i = 0; i < 10240; i++) longest[i] = i % 4 == 3 ? ' ' : (char)('a' + i % 23);
    struct search_result result = ask(&b, (str){longest, 10240});
    assert_true(result.is_cut);
    bench_end(&b);
}

static void marks_what_was_asked_in_the_snippet(void **state) {
    static const struct {
        const char *query, *marked;
    } cases[] = {{"kettle", "[kettle]"},
                 {"over the", "[over][the][the]"},
                 {"\"over the\"", "[over the]"},
                 {"refug", "[Refugees]"},
                 {"먹었다", "[먹었다]"},
                 {"학교", "[학교]"},
                 {"boats river", "[ＲＩＶＥＲ][boats]"},
                 {"friends", "[friends]"}};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct bench b;
        struct buf marked;
        str text;
        bench_begin(&b, STORIES, COUNT_OF(STORIES));
        struct search_result result = ask(&b, str_of(cases[i].query));
        assert_true(result.count > 0);
        buf_init(&marked, &b.arena, 4096);
        for (size_t j = 0; j < result.hits[0].snippet_count; j++) {
            const struct search_piece *piece = &result.hits[0].snippet[j];
            if (piece->is_marked) buf_printf(&marked, "[" STR_FMT "]", STR_ARG(piece->text));
        }
        buf_add_byte(&marked, '\0');
        good(buf_finish(&marked, &text));
        assert_string_equal(text.ptr, cases[i].marked);
        bench_end(&b);
    }
}

static void ranks_titles_over_texts_and_the_new_over_the_old(void **state) {
    static const struct search_story stories[] = {
        {STR("/a/"), STR("other"), STR(""), STR(""), STR("a kettle here"), 10},
        {STR("/b/"), STR("kettle"), STR(""), STR(""), STR("a thing herex"), 5},
        {STR("/c/"), STR("other"), STR(""), STR(""), STR("a kettle here"), 20},
    };
    struct bench b;
    (void)state;
    bench_begin(&b, stories, COUNT_OF(stories));
    struct search_result result = ask(&b, STR("kettle"));
    assert_int_equal(result.total, 3);
    assert_true(str_eq(result.hits[0].path, STR("/b/")));
    assert_true(str_eq(result.hits[1].path, STR("/c/")));
    assert_true(str_eq(result.hits[2].path, STR("/a/")));
    bench_end(&b);
}

static void makes_the_same_bytes_in_any_order(void **state) {
    struct search_story turned[] = {STORIES[2], STORIES[0], STORIES[1]};
    struct bench b;
    str first, second;
    (void)state;
    bench_begin(&b, STORIES, COUNT_OF(STORIES));
    good(search_build(&b.arena, STORIES, COUNT_OF(STORIES), &first));
    good(search_build(&b.arena, turned, COUNT_OF(turned), &second));
    assert_true(str_eq(first, second));
    bench_end(&b);
}

static void refuses_stories_that_cannot_be(void **state) {
    struct search_story story = STORIES[0];
    struct bench b;
    str segment;
    (void)state;
    bench_begin(&b, STORIES, 1);
    story.body = STR("\xFF");
    assert_int_equal(search_build(&b.arena, &story, 1, &segment).kind, ERR_INVALID);
    story.body = STR("a\0b");
    assert_int_equal(search_build(&b.arena, &story, 1, &segment).kind, ERR_INVALID);
    story = STORIES[0];
    story.path = STR("");
    assert_int_equal(search_build(&b.arena, &story, 1, &segment).kind, ERR_INVALID);
    assert_int_equal(search_build(&b.arena, &story, 0, &segment).kind, ERR_LIMIT);
    bench_end(&b);
}

/* ---- Against an oracle ----------------------------------------------------------------------- */

static uint32_t draw(uint64_t *chance, uint32_t bound) {
    *chance = *chance * 6364136223846793005ULL + 1442695040888963407ULL;
    return (uint32_t)((*chance >> 33) % bound);
}

static void add_syllables(struct buf *b, uint64_t *chance, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) utf8_add(b, 0xAC00 + draw(chance, 40));
}

static void finds_every_story_that_a_plain_search_finds(void **state) {
    static struct search_story stories[RANDOM_STORIES];
    uint64_t chance = 7;
    struct bench b = {.sys = sys_real()};
    str segments[3];
    (void)state;
    arena_init(&b.arena, &b.sys, CAP);
    for (size_t i = 0; i < RANDOM_STORIES; i++) {
        struct buf text;
        good(arena_printf(&b.arena, &stories[i].path, "/ko/blog/%zu/", i));
        buf_init(&text, &b.arena, 1 << 16);
        for (int j = 0; j < 60; j++) {
            add_syllables(&text, &chance, 1 + draw(&chance, 5));
            buf_add(&text, draw(&chance, 9) == 0 ? STR(" usb") : STR(" "));
        }
        good(buf_finish(&text, &stories[i].body));
    }
    for (size_t i = 0; i < 3; i++) good(search_build(&b.arena, stories + i * 40, 40, &segments[i]));
    good(search_open(&b.sys, segments, 3, &b.search));
    for (int i = 0; i < RANDOM_WORDS; i++) {
        struct buf word;
        str text;
        size_t wanted = 0;
        buf_init(&word, &b.arena, 64);
        add_syllables(&word, &chance, 1 + draw(&chance, 3));
        good(buf_finish(&word, &text));
        for (size_t j = 0; j < RANDOM_STORIES; j++) wanted += str_contains(stories[j].body, text);
        assert_int_equal(ask(&b, text).total, wanted);
    }
    bench_end(&b);
}

/* ---- Work ------------------------------------------------------------------------------------ */

static void asks_too_much_and_is_told_so(void **state) {
    enum { COUNT = 5 * SEARCH_SEGMENT_STORIES };
    static struct search_story stories[COUNT];
    struct bench b = {.sys = sys_real()};
    str segments[COUNT / SEARCH_SEGMENT_STORIES];
    (void)state;
    arena_init(&b.arena, &b.sys, CAP);
    for (size_t i = 0; i < COUNT; i++) {
        good(arena_printf(&b.arena, &stories[i].path, "/en/blog/%zu/", i));
        stories[i].body = STR("ant bee cat dog elk fox gnu hen");
        stories[i].published = (int64_t)i;
    }
    for (size_t i = 0; i < COUNT_OF(segments); i++) {
        good(search_build(&b.arena, stories + i * SEARCH_SEGMENT_STORIES, SEARCH_SEGMENT_STORIES,
                          &segments[i]));
    }
    good(search_open(&b.sys, segments, COUNT_OF(segments), &b.search));
    struct search_result result = ask(&b, STR("ant"));
    assert_int_equal(result.total, COUNT);
    assert_false(result.is_partial);
    result = ask(&b, STR("ant bee cat dog elk fox gnu hen"));
    assert_true(result.is_partial);
    assert_true(result.total >= SEARCH_SEGMENT_STORIES && result.total < COUNT);
    assert_true(
        str_eq(result.hits[0].path, stories[COUNT - 1].path)); /* the newest have answered */
    bench_end(&b);
}

/* A story that has the very word is not lost among many that begin so. */
static void keeps_the_few_when_the_many_are_too_many(void **state) {
    enum { WORDS = 60000 };
    static const str paths[] = {{"/en/blog/old/", 13}, {"/en/blog/new/", 13}};
    struct bench b = {.sys = sys_real()};
    str segments[2];
    (void)state;
    arena_init(&b.arena, &b.sys, CAP);
    for (size_t i = 0; i < COUNT_OF(segments); i++) {
        struct search_story story = {.path = paths[i], .published = (int64_t)i};
        struct buf text;
        buf_init(&text, &b.arena, 1 << 20);
        for (int j = 0; j < WORDS; j++) buf_printf(&text, "zan%05d ", j);
        if (i == 0) buf_add(&text, STR("zan"));
        good(buf_finish(&text, &story.body));
        good(search_build(&b.arena, &story, 1, &segments[i]));
    }
    good(search_open(&b.sys, segments, 2, &b.search));
    struct search_result result = ask(&b, STR("zan"));
    assert_int_equal(result.total, 1);
    assert_false(result.is_partial);
    assert_true(str_eq(result.hits[0].path, paths[0]));
    bench_end(&b);
}

/* ---- Checking -------------------------------------------------------------------------------- */

/* FNV-1a over all that the gate is told: another text, another number. */
static void mix(uint64_t *hash, str text) {
    for (size_t i = 0; i < text.len; i++) {
        *hash = (*hash ^ (unsigned char)text.ptr[i]) * 0x100000001B3;
    }
    *hash = (*hash ^ 0xFF) * 0x100000001B3; /* no byte of UTF-8: the end of a text */
}

struct seen {
    size_t count;
    uint64_t hash;
};

static err see_story(void *context, const struct search_story *story) {
    struct seen *seen = context;
    seen->count++;
    mix(&seen->hash, story->path);
    mix(&seen->hash, story->title);
    mix(&seen->hash, story->deck);
    mix(&seen->hash, story->byline);
    mix(&seen->hash, story->body);
    mix(&seen->hash, (str){(const char *)&story->published, sizeof story->published});
    return OK;
}

static err deny_story(void *context, const struct search_story *story) {
    (void)context;
    (void)story;
    FAIL(ERR_DENIED, "a word that must not go out");
}

static void hands_every_story_to_the_gate(void **state) {
    struct bench b;
    str segment;
    struct seen seen = {0};
    struct seen wanted = {0};
    (void)state;
    bench_begin(&b, STORIES, COUNT_OF(STORIES));
    good(search_build(&b.arena, STORIES, COUNT_OF(STORIES), &segment));
    good(search_check(&b.sys, segment, see_story, &seen));
    for (size_t i = 0; i < COUNT_OF(STORIES); i++) good(see_story(&wanted, &STORIES[i]));
    assert_int_equal(seen.count, COUNT_OF(STORIES));
    assert_true(seen.hash == wanted.hash);
    assert_int_equal(search_check(&b.sys, segment, deny_story, NULL).kind, ERR_DENIED);
    bench_end(&b);
}

/* Every page, every kind of byte: header, schema, trees, free space inside pages, index, text. A
 * text whose change leaves its words alone (a date, a comma) makes another whole segment: then the
 * gate was told of another text. */
static void lets_no_changed_byte_pass_unseen(void **state) {
    struct bench b;
    str segment, copy;
    struct seen before = {0};
    size_t refused = 0;
    size_t tried = 0;
    (void)state;
    bench_begin(&b, STORIES, COUNT_OF(STORIES));
    good(search_build(&b.arena, STORIES, COUNT_OF(STORIES), &segment));
    good(search_check(&b.sys, segment, see_story, &before));
    good(arena_copy(&b.arena, segment, &copy));
    char *bytes = (char *)(uintptr_t)copy.ptr;
    for (size_t i = 0; i < copy.len; i += i < 120 ? 1 : 61) {
        struct seen seen = {0};
        bytes[i] = (char)(bytes[i] ^ 0x15);
        err e = search_check(&b.sys, copy, see_story, &seen);
        if (e.kind == ERR_NONE) assert_true(seen.hash != before.hash);
        refused += e.kind != ERR_NONE;
        tried++;
        bytes[i] = segment.ptr[i];
    }
    assert_true(refused + 10 > tried); /* nearly all */
    bench_end(&b);
}

static void refuses_a_segment_that_is_cut_or_longer(void **state) {
    struct bench b;
    str segment, longer;
    struct seen seen = {0};
    (void)state;
    bench_begin(&b, STORIES, COUNT_OF(STORIES));
    good(search_build(&b.arena, STORIES, COUNT_OF(STORIES), &segment));
    char *bytes = arena_alloc(&b.arena, segment.len + 4096);
    memcpy(bytes, segment.ptr, segment.len);
    longer = (str){bytes, segment.len + 4096};
    const str wrong[] = {str_slice(segment, 0, segment.len - 4096), str_slice(segment, 0, 100),
                         STR(""), str_slice(longer, 0, segment.len + 1), longer};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct search *search = NULL;
        assert_int_equal(search_check(&b.sys, wrong[i], see_story, &seen).kind, ERR_INVALID);
        assert_int_equal(search_open(&b.sys, &wrong[i], 1, &search).kind, ERR_INVALID);
        assert_null(search);
    }
    assert_int_equal(seen.count, 0);
    bench_end(&b);
}

/* ---- When memory fails ----------------------------------------------------------------------- */

static err whole_way(const struct sys *sys) {
    CLEANUP(arena_done) struct arena a;
    arena_init(&a, sys, CAP);
    CLEANUP(search_close) struct search *search = NULL;
    str segment;
    struct search_result result;
    struct seen seen = {0};
    TRY(search_build(&a, STORIES, COUNT_OF(STORIES), &segment));
    TRY(search_check(sys, segment, see_story, &seen));
    TRY(search_open(sys, &segment, 1, &search));
    TRY(search_find(search, &a, &(struct search_query){.text = STR("kettle 학교 refug")}, &result));
    return result.total == 2 ? OK
                             : err_make(ERR_INVALID, __FILE__, __LINE__, "found other stories");
}

static void survives_every_failing_allocation_of_ours(void **state) {
    (void)state;
    for (int n = 1; n < FAULT_RUNS_MAX; n++) {
        struct fault fault;
        struct sys sys = fault_sys(&fault, n);
        err e = whole_way(&sys);
        if (fault_ended(&fault, e)) return;
    }
    fail();
}

/* SQLite's own allocator, made to fail at the n-th call (malloc.html, section 3). */
static sqlite3_mem_methods real_memory;
static struct { int calls, fail_at; } sqlite_fault;

static void *failing_malloc(int size) {
    return ++sqlite_fault.calls == sqlite_fault.fail_at ? NULL : real_memory.xMalloc(size);
}

static void *failing_realloc(void *block, int size) {
    return ++sqlite_fault.calls == sqlite_fault.fail_at ? NULL : real_memory.xRealloc(block, size);
}

static void survives_every_failing_allocation_of_sqlite(void **state) {
    const struct sys sys = sys_real();
    (void)state;
    good(whole_way(&sys));
    for (int n = 1; n < FAULT_RUNS_MAX; n++) {
        sqlite3_int64 before = sqlite3_memory_used();
        sqlite_fault.calls = 0;
        sqlite_fault.fail_at = n;
        err e = whole_way(&sys);
        sqlite_fault.fail_at = 0;
        assert_int_equal(sqlite3_memory_used(), before);
        if (e.kind != ERR_NONE && e.kind != ERR_NO_MEMORY)
            fail_msg("call %d: %s:%d: %s", n, e.file, e.line, e.message);
        if (sqlite_fault.calls < n) return; /* a success before that is a cache that was not made */
    }
    fail();
}

int main(void) {
    sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real_memory);
    sqlite3_mem_methods failing = real_memory;
    failing.xMalloc = failing_malloc;
    failing.xRealloc = failing_realloc;
    sqlite3_config(SQLITE_CONFIG_MALLOC, &failing);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_words_whatever_their_case_accents_and_width),
        cmocka_unit_test(finds_korean_inside_words),
        cmocka_unit_test(keeps_words_in_quotes_together),
        cmocka_unit_test(lets_the_last_word_go_on_when_few_answer),
        cmocka_unit_test(falls_back_to_any_word_and_says_so),
        cmocka_unit_test(asks_many_small_segments_to_the_end),
        cmocka_unit_test(knows_no_other_syntax),
        cmocka_unit_test(marks_what_was_asked_in_the_snippet),
        cmocka_unit_test(ranks_titles_over_texts_and_the_new_over_the_old),
        cmocka_unit_test(makes_the_same_bytes_in_any_order),
        cmocka_unit_test(refuses_stories_that_cannot_be),
        cmocka_unit_test(finds_every_story_that_a_plain_search_finds),
        cmocka_unit_test(asks_too_much_and_is_told_so),
        cmocka_unit_test(keeps_the_few_when_the_many_are_too_many),
        cmocka_unit_test(hands_every_story_to_the_gate),
        cmocka_unit_test(lets_no_changed_byte_pass_unseen),
        cmocka_unit_test(refuses_a_segment_that_is_cut_or_longer),
        cmocka_unit_test(survives_every_failing_allocation_of_ours),
        cmocka_unit_test(survives_every_failing_allocation_of_sqlite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
