/* rules_paper_test.c: what a PDF hides is told, and names are found in what is hidden and in what
 * is seen. The people are invented. */
#include "gate/rules_paper.h"

#include <libdeflate.h>
#include <string.h>
#include <sys/mman.h>

#include "gate/gate_testing.h"
#include "wire/paper_form.h"

static void add_named(struct bench *bench, const char *names) {
    const struct gate_person person = {
        .pseudonym = STR("Byol"), .status = STR("free"), .by = STR("Officer")};
    str id;
    good(ledger_begin(bench->ledger));
    good(bench_finish(bench, ledger_add_person(bench->ledger, &person, str_of(names), &id)));
}

static str pack(struct arena *a, str plain) {
    struct libdeflate_compressor *packer = libdeflate_alloc_compressor(6);
    char *packed = arena_alloc(a, plain.len + 256);
    assert_non_null(packer);
    assert_non_null(packed);
    size_t len = libdeflate_zlib_compress(packer, plain.ptr, plain.len, packed, plain.len + 256);
    libdeflate_free_compressor(packer);
    return (str){packed, len};
}

/* A rebuilt file of one page of one pixel, with one word in UTF-16. */
static str rebuilt(struct arena *a, const char *word) {
    struct buf b;
    size_t offsets[PAPER_FORM_FIRST + PAPER_FORM_STRIDE] = {0};
    str drawing;
    buf_init(&b, a, 1 << 16);
    good(arena_printf(a, &drawing,
                      "q 10.00 0 0 10.00 0 0 cm /I Do Q\nBT\n3 Tr\n/F 1.00 Tf 100.00 Tz 1 0 0 1 "
                      "0.00 0.20 Tm <%s> Tj\nET\n",
                      word));
    drawing = pack(a, drawing);
    str pixel = pack(a, (str){"\0", 1});
    paper_form_add(&b, offsets);
    offsets[2] = b.len;
    buf_add(&b, STR("2 0 obj\n<</Type/Pages/Count 1/Kids[9 0 R]>>\nendobj\n"));
    offsets[9] = b.len;
    buf_add(&b, STR("9 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 10.00 10.00]/Resources<</Font"
                    "<</F 3 0 R>>/XObject<</I 11 0 R>>>>/Contents 10 0 R>>\nendobj\n"));
    offsets[10] = b.len;
    buf_printf(&b, "10 0 obj\n<</Filter/FlateDecode/Length %zu>>\nstream\n", drawing.len);
    buf_add(&b, drawing);
    buf_add(&b, STR("\nendstream\nendobj\n"));
    offsets[11] = b.len;
    buf_printf(&b,
               "11 0 obj\n<</Type/XObject/Subtype/Image/Width 1/Height 1/ColorSpace[/Indexed"
               "/DeviceRGB 0<FFFFFF>]/BitsPerComponent 8/Filter/FlateDecode/Length %zu>>\nstream\n",
               pixel.len);
    buf_add(&b, pixel);
    buf_add(&b, STR("\nendstream\nendobj\n"));
    size_t table = b.len;
    buf_add(&b, STR("xref\n0 12\n0000000000 65535 f \n"));
    for (size_t i = 1; i < 12; i++) buf_printf(&b, "%010zu 00000 n \n", offsets[i]);
    buf_printf(&b, "trailer\n<</Size 12/Root 1 0 R>>\nstartxref\n%zu\n%%%%EOF\n", table);
    return buf_text(&b);
}

static int file_of(str bytes) {
    int fd = memfd_create("test", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes.ptr, bytes.len), (ssize_t)bytes.len);
    return fd;
}

static struct gate_paper_answer ask(struct bench *bench, const char *hidden, str file) {
    CLEANUP(fd_close) int fd = file_of(file);
    struct gate_paper_text text = {STR("page 1, a bookmark's title"), str_of(hidden)};
    struct gate_paper paper = {.hidden = &text, .count = hidden != NULL};
    const struct papers_wish wish = {.ledger = bench->ledger, .paper = &paper, .file = fd};
    struct gate_paper_answer answer;
    good(rules_read_paper(&bench->arena, &wish, &answer));
    return answer;
}

static void assert_finding(const struct gate_finding *finding, const char *rule,
                           const char *place) {
    if (!str_eq(finding->rule, str_of(rule)) || !str_eq(finding->place, str_of(place))) {
        fail_msg(STR_FMT " at " STR_FMT, STR_ARG(finding->rule), STR_ARG(finding->place));
    }
    assert_true(finding->way_out.len > 0);
}

#define HARMLESS "0061"          /* a */
#define NAMED "AE40CCA0C218B294" /* 김철수는 */

static void tells_what_is_hidden(void **state) {
    struct bench *bench = *state;
    add_named(bench, "김철수");
    struct gate_paper_answer answer = ask(bench, "A harbour", rebuilt(&bench->arena, HARMLESS));
    assert_int_equal(answer.count, 1);
    assert_finding(&answer.findings[0], "R12", "page 1, a bookmark's title");
    assert_int_equal(answer.findings[0].severity, GATE_BLOCKS);
    assert_true(str_eq(answer.findings[0].passage, STR("A harbour")));
    assert_int_equal(answer.may_leave, 1); /* the rebuilt file has no bookmark */
    assert_int_equal(answer.pages, 1);
    assert_int_equal(answer.names_read, 1);
}

static void finds_a_name_in_what_is_hidden(void **state) {
    struct bench *bench = *state;
    add_named(bench, "김철수");
    struct gate_paper_answer answer =
        ask(bench, "To Kim Chol-su", rebuilt(&bench->arena, HARMLESS));
    assert_int_equal(answer.count, 2);
    assert_finding(&answer.findings[0], "R05", "page 1, a bookmark's title");
    assert_true(str_eq(answer.findings[0].passage, STR("Kim Chol-su")));
    assert_false(str_contains(answer.findings[0].text, STR("김철수")));
    assert_finding(&answer.findings[1], "R12", "page 1, a bookmark's title");
    assert_int_equal(answer.may_leave, 1);
}

static void finds_a_name_in_what_is_seen(void **state) {
    struct bench *bench = *state;
    add_named(bench, "김철수");
    struct gate_paper_answer answer = ask(bench, NULL, rebuilt(&bench->arena, NAMED));
    assert_int_equal(answer.count, 1);
    assert_finding(&answer.findings[0], "R05", "page 1");
    assert_int_equal(answer.may_leave, 0);
}

static void lets_nothing_leave_that_is_not_as_it_must_be(void **state) {
    struct bench *bench = *state;
    struct gate_paper_answer answer = ask(bench, NULL, STR("%PDF-1.7\nanother one"));
    assert_int_equal(answer.count, 1);
    assert_finding(&answer.findings[0], "R24", "rebuilt file");
    assert_int_equal(answer.may_leave, 0);
    assert_int_equal(answer.pages, 0);
}

static void knows_nobody_without_a_ledger(void **state) {
    struct bench *bench = *state;
    add_named(bench, "김철수");
    CLEANUP(fd_close) int fd = file_of(rebuilt(&bench->arena, NAMED));
    struct gate_paper_text text = {STR("page 1, a bookmark's title"), STR("To Kim Chol-su")};
    struct gate_paper paper = {.hidden = &text, .count = 1};
    const struct papers_wish wish = {.paper = &paper, .file = fd};
    struct gate_paper_answer answer;
    good(rules_read_paper(&bench->arena, &wish, &answer));
    assert_int_equal(answer.count, 1);
    assert_finding(&answer.findings[0], "R12", "page 1, a bookmark's title");
    assert_int_equal(answer.names_read, 0);
    assert_int_equal(answer.may_leave, 1);
}

static err read_with(const struct sys *sys, const struct papers_wish *wish) {
    CLEANUP(arena_done) struct arena a;
    struct gate_paper_answer answer;
    arena_init(&a, sys, BENCH_ARENA_CAP);
    TRY(rules_read_paper(&a, wish, &answer));
    assert_int_equal(answer.count, 1);
    return OK;
}

static void has_no_memory_and_says_so(void **state) {
    struct bench *bench = *state;
    CLEANUP(fd_close) int fd = file_of(rebuilt(&bench->arena, NAMED));
    struct gate_paper_text text = {STR("the document, XMP metadata"), STR("words")};
    struct gate_paper paper = {.hidden = &text, .count = 1};
    const struct papers_wish wish = {.paper = &paper, .file = fd};
    int n = 1;
    for (; n < FAULT_RUNS_MAX; n++) {
        struct fault fault;
        struct sys sys = fault_sys(&fault, n);
        if (fault_ended(&fault, read_with(&sys, &wish))) break;
    }
    assert_true(n > 1);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_begin, bench_end)
    const struct CMUnitTest tests[] = {
        TEST(tells_what_is_hidden),          TEST(finds_a_name_in_what_is_hidden),
        TEST(finds_a_name_in_what_is_seen),  TEST(lets_nothing_leave_that_is_not_as_it_must_be),
        TEST(knows_nobody_without_a_ledger), TEST(has_no_memory_and_says_so),
    };
#undef TEST
    return cmocka_run_group_tests_name("the rule about papers", tests, NULL, NULL);
}
