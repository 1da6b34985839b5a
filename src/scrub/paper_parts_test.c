/* paper_parts_test.c: the paper reader's parts without the tools: tokens, objects, twins, words. */
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/fault.h"
#include "scrub/paper_hidden.h"
#include "scrub/paper_testing.h"
#include "scrub/paper_twin.h"
#include "scrub/paper_words.h"

enum { ARENA_CAP = 256 << 20 };

struct bench {
    struct sys sys;
    struct arena arena;
};

static int begin(void **state) {
    struct bench *bench = calloc(1, sizeof *bench);
    if (bench == NULL) return -1;
    bench->sys = sys_real();
    arena_init(&bench->arena, &bench->sys, ARENA_CAP);
    *state = bench;
    return 0;
}

static int end(void **state) {
    struct bench *bench = *state;
    arena_done(&bench->arena);
    free(bench);
    return 0;
}

static void must(err e) {
    if (e.kind != ERR_NONE) fail_msg("%s: %s", err_kind_name(e.kind), e.message);
}

/* ---- Tokens ---------------------------------------------------------------------------------- */

static void reads_values_whole(void **state) {
    static const struct {
        const char *text;
        const char *value;
    } SAMPLES[] = {
        {"  12 0 R rest", "12 0 R"},
        {"12 0 Rest", "12"},
        {"-.5/Name", "-.5"},
        {"% a remark\n/Name(x)", "/Name"},
        {"(a\\)b(c)d) e", "(a\\)b(c)d)"},
        {"<</A[1 2<</B(>>)>>]/C<41>>> x", "<</A[1 2<</B(>>)>>]/C<41>>>"},
        {"[[[", "[[["},
        {"]", ""},
        {"(never closed", "(never closed"},
        {"<41", "<41"},
        {"", ""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(SAMPLES); i++) {
        size_t at = 0;
        str value = paper_value(str_of(SAMPLES[i].text), &at);
        if (!str_eq(value, str_of(SAMPLES[i].value))) {
            fail_msg("%s: " STR_FMT, SAMPLES[i].text, STR_ARG(value));
        }
    }
}

static void reads_strings_in_every_spelling(void **state) {
    struct bench *bench = *state;
    static const struct {
        const char *token;
        const char *text;
    } SAMPLES[] = {
        {"(plain)", "plain"},
        {"(a\\(b\\)\\\\c)", "a(b)\\c"},
        {"(\\101\\102\\7)", "AB\a"},
        {"(two\\\nlines)", "twolines"},
        {"<414 2>", "AB"},
        {"<4>", "@"},
        {"<FEFFAE40CCA0C218>", "김철수"},
        {"<FEFFD83DDE00>", "\xF0\x9F\x98\x80"},
        {"<EFBBBFEAB980>", "김"},
        {"(caf\xE9)", "caf\xC3\xA9"}, /* PDFDocEncoding */
        {"<FEFF00>", ""},
        {"()", ""},
        {"(", ""},
    };
    for (size_t i = 0; i < COUNT_OF(SAMPLES); i++) {
        struct buf b;
        str text;
        buf_init(&b, &bench->arena, 1024);
        paper_string(&b, str_of(SAMPLES[i].token));
        must(buf_finish(&b, &text));
        if (!str_eq(text, str_of(SAMPLES[i].text))) {
            fail_msg("%s: " STR_FMT, SAMPLES[i].token, STR_ARG(text));
        }
    }
}

static void knows_names_and_numbers(void **state) {
    (void)state;
    assert_true(paper_name_is(STR("/Type"), "Type"));
    assert_true(paper_name_is(STR("/T#79pe"), "Type"));
    assert_false(paper_name_is(STR("/Types"), "Type"));
    assert_false(paper_name_is(STR("/Typ"), "Type"));
    assert_false(paper_name_is(STR("Type"), "Type"));
    assert_true(paper_number(STR("-12.5")) == -12.5);
    assert_true(paper_number(STR("1e9")) == 1);
    assert_true(paper_number(STR("abc")) == 0);
}

/* ---- Twins ----------------------------------------------------------------------------------- */

static void leaves_out_what_a_twin_leaves_out(void **state) {
    struct bench *bench = *state;
    static const struct {
        enum paper_twin twin;
        bool is_glyph;
        const char *drawing;
        const char *edited;
    } SAMPLES[] = {
        {PAPER_PLAIN, false, "1 g (a) Tj f", "1 g (a) Tj f"},
        {PAPER_PLAIN, false, "/Span<</ActualText(b)>>BDC", "/Span<</XctualText(b)>>BDC"},
        {PAPER_BLANK, false, "1 g (a(b)) Tj f", "1 g           f"},
        {PAPER_BLANK, false, "[(a)-2(b)]TJ 1 2 (c) \" (d) '", "                            "},
        {PAPER_INK, false, "1 g 3 Tr (a) Tj f* q", "         (a) Tj n  q"},
        {PAPER_MODE, false, "1 g 3 Tr (a) Tj f", "    3 Tr (a) Tj n"},
        {PAPER_ALONE, false, "1 g 3 Tr (a) Tj b* W n", "1 g 3 Tr (a) Tj n    n"},
        {PAPER_INK, true, "1 g 0 0 9 9 re f", "    0 0 9 9 re f"},
        {PAPER_BLANK, false, "BI /W 1 ID (\nEI Q (a) Tj", "BI /W 1 ID (\nEI Q       "},
    };
    for (size_t i = 0; i < COUNT_OF(SAMPLES); i++) {
        str copy;
        char *text = arena_alloc(&bench->arena, 256);
        assert_non_null(text);
        size_t len = strlen(SAMPLES[i].drawing);
        memcpy(text, SAMPLES[i].drawing, len);
        paper_twin_edit(text, len, SAMPLES[i].twin, SAMPLES[i].is_glyph);
        copy = (str){text, len};
        if (!str_eq(copy, str_of(SAMPLES[i].edited))) {
            fail_msg("%s: \"" STR_FMT "\"", SAMPLES[i].drawing, STR_ARG(copy));
        }
    }
}

/* ---- All of it, while memory ends ------------------------------------------------------------ */

static str sample(struct arena *a) {
    struct paper_sketch *sketch = arena_alloc(a, sizeof *sketch);
    assert_non_null(sketch);
    paper_sketch_begin(sketch, a);
    paper_sketch_object(sketch, "<</Type/Catalog/Pages 2 0 R/Outlines 6 0 R>>");
    paper_sketch_object(sketch, "<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 400 200]>>");
    paper_sketch_object(sketch, "<</Type/Page/Parent 2 0 R/Contents 4 0 R/Annots[7 0 R]>>");
    paper_sketch_stream(sketch, "", STR("/S<</ActualText(x y)>>BDC (Witness) Tj EMC"));
    paper_sketch_object(sketch, "<</Title(A bookmark)/Parent 6 0 R/Dest[3 0 R]>>");
    paper_sketch_object(sketch, "<</First 5 0 R>>");
    paper_sketch_object(sketch, "<</Type/Annot/Subtype/Text/F 2/Contents(A note)>>");
    return paper_sketch_end(sketch, "");
}

static err read_all(const struct sys *sys, str pdf, size_t *ret_found) {
    CLEANUP(arena_done) struct arena a;
    struct paper_document document;
    struct paper_finds finds;
    struct paper_hidden *list = NULL;
    arena_init(&a, sys, ARENA_CAP);
    TRY(paper_document_read(&a, pdf, &document));
    TRY(paper_finds_init(&finds, &a, document.sheet_count));
    TRY(paper_hidden_find(&document, &finds));
    TRY(paper_finds_list(&finds, &list, ret_found));
    for (size_t twin = 0; twin < PAPER_TWIN_COUNT; twin++) {
        struct buf b;
        str bytes;
        buf_init(&b, &a, 1 << 20);
        TRY(paper_twin_write(&b, &document, (enum paper_twin)twin, &bytes));
        assert_true(str_starts(bytes, pdf));
        bool is_silent = str_find(str_skip(bytes, pdf.len), STR("/ActualText")) == STR_NONE;
        assert_true(is_silent);
    }
    return OK;
}

static void has_no_memory_and_says_so(void **state) {
    struct bench *bench = *state;
    str pdf = sample(&bench->arena);
    int n = 1;
    for (; n < FAULT_RUNS_MAX; n++) {
        struct fault fault;
        struct sys sys = fault_sys(&fault, n);
        size_t found = 0;
        if (fault_ended(&fault, read_all(&sys, pdf, &found))) {
            assert_int_equal(found, 3); /* what is spoken, the bookmark, the note */
            break;
        }
    }
    assert_true(n > 3);
}

/* ---- Words ----------------------------------------------------------------------------------- */

#define XHTML                                                                                      \
    "<page width=\"420.0\" height=\"220.0\">\n<line xMin=\"1\">\n"                                 \
    "<word xMin=\"30.0\" yMin=\"20.5\" xMax=\"60.0\" yMax=\"30.0\">A&amp;B</word>\n"               \
    "<word xMin=\"-5\" yMin=\"20\" xMax=\"8\" yMax=\"30\">&lt;</word>\n</line>\n"                  \
    "<word xMin=\"70\" yMin=\"20\" xMax=\"90\" yMax=\"30\">\xE2\x80\x8B</word></page>"

static err read_words(const struct sys *sys, struct paper_list *ret_page) {
    CLEANUP(arena_done) struct arena a;
    struct paper_printed printed = {.xhtml = STR(XHTML), .margin = 10, .pages_max = 1};
    struct paper_list *pages = NULL;
    size_t count = 0;
    arena_init(&a, sys, 1 << 24);
    TRY(paper_words_read(&a, &printed, &pages, &count));
    assert_int_equal(count, 1);
    assert_int_equal(pages[0].count, 2); /* what nobody sees is no word */
    assert_true(str_eq(pages[0].words[0].text, STR("A&B")));
    assert_true(str_eq(pages[0].words[1].text, STR("<")));
    assert_true(pages[0].words[1].left == -15);
    assert_true(pages[0].words[1].ends_line);
    *ret_page = pages[0];
    return OK;
}

static void reads_what_pdftotext_prints(void **state) {
    (void)state;
    for (int n = 1; n < FAULT_RUNS_MAX; n++) {
        struct fault fault;
        struct sys sys = fault_sys(&fault, n);
        struct paper_list page = {.width = 0};
        err e = read_words(&sys, &page);
        if (!fault_ended(&fault, e)) continue;
        assert_true(page.width == 400);
        assert_true(page.height == 200);
        return;
    }
}

static void reads_no_drawing_but_a_whole_one(void **state) {
    (void)state;
    struct paper_drawing d = {.width = 77};
    assert_true(paper_drawing_read(STR("P5\n2 1\n255\nab"), &d));
    assert_int_equal(d.width, 2);
    assert_true(paper_drawing_read(STR("P6\n1 1\n255\nabc"), &d));
    assert_int_equal(d.bands, 3);
    static const char *const WRONG[] = {"P4\n2 1\n255\nab",
                                        "P5\n2 1\n255\na",
                                        "P5\n2 1\n255\nabc",
                                        "P5\n0 1\n255\n",
                                        "P5\n2 1\n65535\nab",
                                        "P5\n999999 1\n255\nab",
                                        "P5\n-2 1\n255\nab",
                                        "P5\n2",
                                        "P5\n",
                                        ""};
    for (size_t i = 0; i < COUNT_OF(WRONG); i++) {
        assert_false(paper_drawing_read(str_of(WRONG[i]), &d));
    }
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(reads_values_whole),
        TEST(reads_strings_in_every_spelling),
        TEST(knows_names_and_numbers),
        TEST(leaves_out_what_a_twin_leaves_out),
        TEST(has_no_memory_and_says_so),
        TEST(reads_what_pdftotext_prints),
        TEST(reads_no_drawing_but_a_whole_one),
    };
#undef TEST
    return cmocka_run_group_tests_name("parts of papers", tests, NULL, NULL);
}
