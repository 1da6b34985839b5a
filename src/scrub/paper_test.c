/* paper_test.c: the paper reader, asked from outside: every way of hiding a word, and files that
 * are worse than that.
 *
 * The program is looked for in $HANJI_LIBEXEC, or in libexec/hanji under the current folder;
 * without it or its tools there is nothing to test, and it says so. The PDFs are made here. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "scrub/paper.h"
#include "scrub/paper_testing.h"

#define NAME "PROTECTED-NAME-0001"

enum { ARENA_CAP = 1 << 30, PATH_ROOM = 4096 };

struct bench {
    struct sys sys;
    struct arena arena;
    char program[PATH_ROOM];
    bool is_ready;
};

static int begin(void **state) {
    struct bench *bench = calloc(1, sizeof *bench);
    if (bench == NULL) return -1;
    const char *folder = getenv("HANJI_LIBEXEC");
    snprintf(bench->program, sizeof bench->program, "%s/paper",
             folder != NULL ? folder : "libexec/hanji");
    bench->is_ready = access(bench->program, X_OK) == 0 && access("/usr/bin/qpdf", X_OK) == 0 &&
                      access("/usr/bin/pdftoppm", X_OK) == 0;
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

/* cmocka's own skip counts as a failure under prove. */
static bool is_lacking(const struct bench *bench) {
    if (!bench->is_ready) printf("# SKIP no %s, qpdf or poppler-utils\n", bench->program);
    return !bench->is_ready;
}

static int file_of(str bytes) {
    int fd = memfd_create("test", MFD_CLOEXEC);
    assert_true(fd >= 0);
    for (size_t at = 0; at < bytes.len;) {
        ssize_t put = write(fd, bytes.ptr + at, bytes.len - at);
        assert_true(put > 0);
        at += (size_t)put;
    }
    return fd;
}

/* ---- Making PDFs ----------------------------------------------------------------------------- */

/* A page of 400 by 200 points that draws `content`; objects 1 to 5 are the catalog, the pages, the
 * page, its content and Helvetica. What is given besides goes where its name says. */
struct sample {
    const char *content;
    const char *catalog; /* members */
    const char *page;
    const char *resources;
    const char *fonts;
    const char *trailer;
    const char *objects[6]; /* numbers 6 and on, whole values */
};

static str make(struct bench *bench, const struct sample *sample) {
    struct paper_sketch sketch;
    char *text = arena_alloc(&bench->arena, 1 << 16);
    str pdf;
    paper_sketch_begin(&sketch, &bench->arena);
    snprintf(text, 1 << 16, "<</Type/Catalog/Pages 2 0 R %s>>",
             sample->catalog != NULL ? sample->catalog : "");
    paper_sketch_object(&sketch, text);
    paper_sketch_object(&sketch, "<</Type/Pages/Kids[3 0 R]/Count 1>>");
    snprintf(text, 1 << 16,
             "<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 200]/Contents 4 0 R %s"
             "/Resources<</Font<</F1 5 0 R %s>>%s>>>>",
             sample->page != NULL ? sample->page : "", sample->fonts != NULL ? sample->fonts : "",
             sample->resources != NULL ? sample->resources : "");
    paper_sketch_object(&sketch, text);
    paper_sketch_stream(&sketch, "", str_of(sample->content));
    paper_sketch_object(&sketch, "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>");
    for (size_t i = 0; i < COUNT_OF(sample->objects) && sample->objects[i] != NULL; i++) {
        paper_sketch_object(&sketch, sample->objects[i]);
    }
    pdf = paper_sketch_end(&sketch, sample->trailer != NULL ? sample->trailer : "");
    assert_true(pdf.len > 0);
    return pdf;
}

/* ---- Asking ---------------------------------------------------------------------------------- */

struct answer {
    struct paper_opened opened;
    struct paper_page page;
    struct pixels pixels;
};

static err ask(struct bench *bench, str pdf, struct answer *ret_answer) {
    CLEANUP(paper_close) struct paper paper = PAPER_CLOSED;
    CLEANUP(fd_close) int fd = file_of(pdf);
    struct paper_spec spec = {.program = bench->program};
    TRY(paper_open(&spec, &bench->arena, fd, &paper, &ret_answer->opened));
    return paper_draw(&paper, &bench->arena, 1, &ret_answer->page, &ret_answer->pixels);
}

static void must(err e) {
    if (e.kind != ERR_NONE) fail_msg("%s: %s", err_kind_name(e.kind), e.message);
}

static bool is_found(const struct answer *answer, int64_t page, enum paper_kind kind,
                     const char *text) {
    for (size_t i = 0; i < answer->opened.hidden_count + answer->page.hidden_count; i++) {
        const struct paper_hidden *one =
            i < answer->opened.hidden_count ? &answer->opened.hidden[i]
                                            : &answer->page.hidden[i - answer->opened.hidden_count];
        if (one->page == page && one->kind == (int64_t)kind &&
            str_contains(one->text, str_of(text))) {
            return true;
        }
    }
    return false;
}

static void tell(const struct answer *answer) {
    for (size_t i = 0; i < answer->opened.hidden_count; i++) {
        const struct paper_hidden *h = &answer->opened.hidden[i];
        printf("#   page %lld, %s: " STR_FMT "\n", (long long)h->page,
               paper_kind_name((enum paper_kind)h->kind), STR_ARG(h->text));
    }
    for (size_t i = 0; i < answer->page.hidden_count; i++) {
        const struct paper_hidden *h = &answer->page.hidden[i];
        printf("#   page %lld, %s: " STR_FMT "\n", (long long)h->page,
               paper_kind_name((enum paper_kind)h->kind), STR_ARG(h->text));
    }
    for (size_t i = 0; i < answer->page.word_count; i++) {
        printf("#   seen: " STR_FMT "\n", STR_ARG(answer->page.words[i].text));
    }
}

static bool is_seen(const struct answer *answer, const char *word) {
    for (size_t i = 0; i < answer->page.word_count; i++) {
        if (str_contains(answer->page.words[i].text, str_of(word))) return true;
    }
    return false;
}

/* "Witness" stays to be seen, the name is found as this and is not. */
static void expect_hidden(struct bench *bench, const struct sample *sample, int64_t page,
                          enum paper_kind kind) {
    struct answer answer = {.page = {.word_count = 0}};
    must(ask(bench, make(bench, sample), &answer));
    bool is_right = is_found(&answer, page, kind, NAME) && !is_seen(&answer, NAME) &&
                    is_seen(&answer, "Witness");
    if (!is_right) {
        tell(&answer);
        fail_msg("it is not found on page %lld as %s", (long long)page, paper_kind_name(kind));
    }
}

#define WITNESS "BT /F1 14 Tf 20 150 Td (Witness K.) Tj ET\n"
#define SHOWN "BT /F1 14 Tf 20 100 Td (" NAME ") Tj ET\n"

/* ---- Words that are seen --------------------------------------------------------------------- */

static void sees_words_that_are_there(void **state) {
    struct bench *bench = *state;
    static const struct {
        const char *what;
        const char *content;
    } SAMPLES[] = {
        {"black", SHOWN},
        {"grey", "0.6 g " SHOWN},
        {"white on a dark box", "0.2 g 0 0 400 200 re f 1 g " SHOWN},
        {"outlined", "1 Tr " SHOWN},
        {"red on green", "0 1 0 rg 0 0 400 200 re f 1 0 0 rg " SHOWN},
        {"twice, to be bold", SHOWN "BT /F1 14 Tf 20.4 100 Td (" NAME ") Tj ET\n"},
        {"turned", "q 0 1 -1 0 350 10 cm " SHOWN " Q"},
        {"small", "BT /F1 5 Tf 20 100 Td (" NAME ") Tj ET\n"},
        {"letter by letter", "BT /F1 14 Tf 20 100 Td [(PROTECTED)-20(-NAME-)10(0001)] TJ ET\n"},
        {"with a box beside it", SHOWN "0 g 10 20 300 60 re f"},
        {"touched by a box", SHOWN "0 g 10 90 15 30 re f"},
        {"struck through", SHOWN "20 104 190 1.2 re f"},
        {"underlined", SHOWN "20 98 190 0.8 re f"},
        {"half transparent paint over it", SHOWN "/G gs 1 1 0 rg 10 90 300 30 re f"},
    };
    if (is_lacking(bench)) return;
    for (size_t i = 0; i < COUNT_OF(SAMPLES); i++) {
        struct sample sample = {.content = SAMPLES[i].content,
                                .resources = "/ExtGState<</G<</ca 0.4>>>>"};
        struct answer answer = {.page = {.word_count = 0}};
        must(ask(bench, make(bench, &sample), &answer));
        if (is_seen(&answer, NAME)) continue;
        tell(&answer);
        fail_msg("%s: not seen", SAMPLES[i].what);
    }
}

static void keeps_words_in_their_place(void **state) {
    struct bench *bench = *state;
    struct sample sample = {.content = WITNESS};
    struct answer answer = {.page = {.word_count = 0}};
    if (is_lacking(bench)) return;
    must(ask(bench, make(bench, &sample), &answer));
    assert_int_equal(answer.page.word_count, 2);
    assert_int_equal(answer.page.width, 833); /* 400 points at 150 dots an inch */
    assert_int_equal(answer.page.height, 416);
    assert_int_equal(answer.page.paper_width, 40000);
    const struct paper_word *word = &answer.page.words[0];
    assert_true(str_eq(word->text, STR("Witness")));
    assert_in_range(word->x, 4000, 4300); /* 20 points are 41.7 pixels */
    assert_in_range(word->y + word->height / 2, 8500, 10500);
    assert_int_equal(answer.opened.hidden_count + answer.page.hidden_count, 0);
}

static void turns_and_cuts_pages_as_a_reader_does(void **state) {
    struct bench *bench = *state;
    struct sample turned = {.content = WITNESS, .page = "/Rotate 90"};
    struct sample cut = {.content = WITNESS SHOWN, .page = "/CropBox[0 130 200 200]"};
    struct answer answer = {.page = {.word_count = 0}};
    if (is_lacking(bench)) return;
    must(ask(bench, make(bench, &turned), &answer));
    assert_int_equal(answer.page.width, 416);
    assert_int_equal(answer.page.height, 833);
    assert_true(is_seen(&answer, "Witness"));
    must(ask(bench, make(bench, &cut), &answer));
    assert_int_equal(answer.page.paper_width, 20000);
    assert_int_equal(answer.page.paper_height, 7000);
    assert_true(is_seen(&answer, "Witness"));
    assert_true(is_found(&answer, 1, PAPER_OFF_PAGE, NAME));
    assert_false(is_seen(&answer, NAME));
}

/* ---- Words that are not ---------------------------------------------------------------------- */

static void finds_words_that_cannot_be_seen(void **state) {
    struct bench *bench = *state;
    static const struct {
        enum paper_kind kind;
        const char *content;
    } SAMPLES[] = {
        {PAPER_COVERED, WITNESS SHOWN "0 g 10 90 300 30 re f"},
        {PAPER_COVERED, WITNESS SHOWN "1 g 10 90 300 30 re f"},
        {PAPER_COVERED, WITNESS SHOWN "0.5 0.5 0.5 rg 10 90 300 30 re f"},
        {PAPER_COVERED, WITNESS SHOWN "q 300 0 0 30 10 90 cm /Im Do Q"},
        {PAPER_COVERED, WITNESS SHOWN "0 g 24 90 300 30 re f"}, /* a rest looks out */
        {PAPER_COVERED, WITNESS "q 0 0 10 10 re W n " SHOWN " Q"},
        /* its last digits, or one letter in it */
        {PAPER_COVERED, WITNESS SHOWN "0 g 148 90 40 30 re f"},
        {PAPER_COVERED, WITNESS SHOWN "0 g 179.2 90 9 30 re f"},
        {PAPER_COVERED, WITNESS SHOWN "1 g 58.7 90 10 30 re f"},
        {PAPER_FAINT, WITNESS "1 g " SHOWN},
        {PAPER_FAINT, WITNESS "0.95 g " SHOWN},
        {PAPER_FAINT, WITNESS "/G gs " SHOWN},
        {PAPER_INVISIBLE, WITNESS "3 Tr " SHOWN},
        {PAPER_TINY, WITNESS "BT /F1 1.5 Tf 20 100 Td (" NAME ") Tj ET\n"},
        {PAPER_OFF_PAGE, WITNESS "BT /F1 14 Tf 20 -300 Td (" NAME ") Tj ET\n"},
        {PAPER_OFF_PAGE, WITNESS "BT /F1 14 Tf 1500 100 Td (" NAME ") Tj ET\n"},
    };
    if (is_lacking(bench)) return;
    for (size_t i = 0; i < COUNT_OF(SAMPLES); i++) {
        struct sample sample = {
            .content = SAMPLES[i].content,
            .resources = "/ExtGState<</G<</ca 0>>>>/XObject<</Im 6 0 R>>",
            .objects = {"<</Type/XObject/Subtype/Image/Width 1/Height 1/ColorSpace/DeviceGray"
                        "/BitsPerComponent 8/Length 1>>\nstream\nz\nendstream"}};
        printf("# sample %zu\n", i);
        expect_hidden(bench, &sample, 1, SAMPLES[i].kind);
    }
}

/* A font may draw a letter as nothing, beside its neighbour or in no place at all. */
static void trusts_no_word_with_letters_of_no_ink(void **state) {
    struct bench *bench = *state;
    static const char *const WIDTHS[] = {"1000 1000 1000", "0 0 1000"};
    if (is_lacking(bench)) return;
    for (size_t i = 0; i < COUNT_OF(WIDTHS); i++) {
        char font[512];
        snprintf(font, sizeof font,
                 "<</Type/Font/Subtype/Type3/FontBBox[0 0 1000 1000]/FontMatrix[.001 0 0 .001 0 0]"
                 "/FirstChar 65/LastChar 67/Widths[%s]/Encoding<</Differences[65/A/B/C]>>"
                 "/CharProcs<</A 7 0 R/B 7 0 R/C 8 0 R>>>>",
                 WIDTHS[i]);
        struct sample sample = {.content = WITNESS "BT /F2 20 Tf 20 100 Td (ABABABABABABABC) Tj ET",
                                .resources = "/Dummy<<>>",
                                .objects = {font, "<</Length 10>>\nstream\n1000 0 d0 \nendstream",
                                            "<</Length 29>>\nstream\n1000 0 d0 0 0 900 900 re f   "
                                            "\nendstream"}};
        struct answer answer = {.page = {.word_count = 0}};
        sample.fonts = "/F2 6 0 R";
        must(ask(bench, make(bench, &sample), &answer));
        assert_true(is_seen(&answer, "Witness"));
        if (is_seen(&answer, "AB")) fail_msg("seen with widths of %s", WIDTHS[i]);
    }
}

/* A box with its own word over the name: neither is taken for seen, and both are told. */
static void trusts_no_word_that_lies_on_another(void **state) {
    struct bench *bench = *state;
    struct sample sample = {
        .content = WITNESS SHOWN
        "0 g 10 90 300 30 re f 1 g BT /F1 16 Tf 20 100 Td (BLACKENED-BLACKENED) Tj ET"};
    struct answer answer = {.page = {.word_count = 0}};
    if (is_lacking(bench)) return;
    must(ask(bench, make(bench, &sample), &answer));
    assert_false(is_seen(&answer, NAME));
    assert_true(is_seen(&answer, "Witness"));
    if (!is_found(&answer, 1, PAPER_OVERLAID, NAME)) tell(&answer);
    assert_true(is_found(&answer, 1, PAPER_OVERLAID, NAME));
    assert_true(is_found(&answer, 1, PAPER_OVERLAID, "BLACKENED"));
}

/* ---- What is no word of a page --------------------------------------------------------------- */

static const struct {
    enum paper_kind kind;
    int64_t page;
    struct sample sample;
} BESIDES[] = {
    {PAPER_INFO,
     0,
     {.content = WITNESS, .trailer = "/Info 6 0 R", .objects = {"<</Author(" NAME ")>>"}}},
    {PAPER_XMP,
     0,
     {.content = WITNESS,
      .catalog = "/Metadata 6 0 R",
      .objects = {"<</Type/Metadata/Subtype/XML/Length 40>>\nstream\n<x:a xmlns:x='a'>" NAME
                  "</x:a>    \nendstream"}}},
    {PAPER_BOOKMARK,
     1,
     {.content = WITNESS,
      .catalog = "/Outlines 6 0 R",
      .objects = {"<</First 7 0 R/Last 7 0 R/Count 1>>",
                  "<</Title(" NAME ")/Parent 6 0 R/Dest[3 0 R/Fit]>>"}}},
    {PAPER_BOOKMARK,
     1,
     {.content = WITNESS, /* in an object of its own, as TeX does */
      .catalog = "/Outlines 6 0 R",
      .objects = {"<</First 7 0 R/Last 7 0 R/Count 1>>",
                  "<</Title 8 0 R/Parent 6 0 R/Dest[3 0 R/Fit]>>", "(" NAME ")"}}},
    {PAPER_BOOKMARK,
     1,
     {.content = WITNESS, /* in UTF-16 */
      .catalog = "/Outlines 6 0 R",
      .objects = {"<</First 7 0 R/Last 7 0 R/Count 1>>",
                  "<</Title<FEFF00500052004F005400450043005400450044002D004E0041004D0045002D"
                  "0030003000300031>/Parent 6 0 R/Dest[3 0 R/Fit]>>"}}},
    {PAPER_ANNOTATION,
     1,
     {.content = WITNESS,
      .page = "/Annots[6 0 R]",
      .objects = {"<</Type/Annot/Subtype/Text/Rect[1 1 9 9]/F 2/Contents(" NAME ")>>"}}},
    {PAPER_ANNOTATION,
     1,
     {.content = WITNESS,
      .page = "/Annots 7 0 R",
      .objects = {"<</Type/Annot/Subtype/Popup/Rect[1 1 9 9]/T(" NAME ")>>", "[6 0 R]"}}},
    {PAPER_FORM,
     1,
     {.content = WITNESS,
      .catalog = "/AcroForm<</Fields[6 0 R]>>",
      .page = "/Annots[6 0 R]",
      .objects = {"<</Type/Annot/Subtype/Widget/FT/Tx/T(a)/F 2/V(" NAME ")/Rect[1 1 9 9]>>"}}},
    {PAPER_FORM,
     0,
     {.content = WITNESS,
      .catalog = "/AcroForm<</Fields[]/XFA 6 0 R>>",
      .objects = {"<</Length 30>>\nstream\n<a>" NAME "</a>    \nendstream"}}},
    {PAPER_ATTACHMENT,
     0,
     {.content = WITNESS,
      .catalog = "/Names<</EmbeddedFiles<</Names[(a)6 0 R]>>>>",
      .objects = {"<</Type/Filespec/F(" NAME ".txt)/EF<</F 7 0 R>>>>",
                  "<</Type/EmbeddedFile/Length 2>>\nstream\nab\nendstream"}}},
    {PAPER_ATTACHMENT,
     0,
     {.content = WITNESS,
      .catalog = "/Names<</EmbeddedFiles<</Names[(a)6 0 R]>>>>",
      .objects = {"<</Type/Filespec/F(a.txt)/EF<</F 7 0 R>>>>",
                  "<</Type/EmbeddedFile/Length 19>>\nstream\n" NAME "\nendstream"}}},
    {PAPER_SCRIPT,
     0,
     {.content = WITNESS, .catalog = "/OpenAction<</S/JavaScript/JS(app.alert\\('" NAME "'\\))>>"}},
    {PAPER_SCRIPT,
     0,
     {.content = WITNESS,
      .catalog = "/Names<</JavaScript<</Names[(a)<</S/JavaScript/JS 6 0 R>>]>>>>",
      .objects = {"<</Length 26>>\nstream\nvar a='" NAME "'\nendstream"}}},
    {PAPER_SPOKEN, 1, {.content = "/Span<</ActualText(" NAME ")>>BDC " WITNESS " EMC"}},
    {PAPER_SPOKEN, 1, {.content = "/Span<</Actual#54ext(" NAME ")>>BDC " WITNESS " EMC"}},
    {PAPER_SPOKEN,
     0,
     {.content = "/Span/P BDC " WITNESS " EMC",
      .resources = "/Properties<</P 6 0 R>>",
      .objects = {"<</ActualText(" NAME ")>>"}}},
    {PAPER_SPOKEN,
     1,
     {.content = WITNESS,
      .catalog = "/StructTreeRoot 6 0 R",
      .objects = {"<</Type/StructTreeRoot/K 7 0 R>>",
                  "<</S/Figure/P 6 0 R/Pg 3 0 R/Alt(" NAME ")>>"}}},
    {PAPER_LINK,
     1,
     {.content = WITNESS,
      .page = "/Annots[6 0 R]",
      .objects = {"<</Type/Annot/Subtype/Link/Rect[1 1 9 9]/A<</S/URI"
                  "/URI(http://example.org/" NAME ")>>>>"}}},
    {PAPER_LAYER,
     0,
     {.content = WITNESS,
      .catalog = "/OCProperties<</OCGs[6 0 R]/D<<>>>>",
      .objects = {"<</Type/OCG/Name(" NAME ")>>"}}},
    {PAPER_LAYER,
     1,
     {.content = WITNESS "/OC/L BDC " SHOWN " EMC",
      .catalog = "/OCProperties<</OCGs[6 0 R]/D<</OFF[6 0 R]>>>>",
      .resources = "/Properties<</L 6 0 R>>",
      .objects = {"<</Type/OCG/Name(a)>>"}}},
    {PAPER_UNKNOWN, /* under a key that usually says nothing */
     0,
     {.content = WITNESS, .catalog = "/Lang(" NAME ")"}},
    {PAPER_UNKNOWN,
     0,
     {.content = WITNESS, .trailer = "/ID[<00>(" NAME ")]", .objects = {"<</ID(" NAME ")>>"}}},
    {PAPER_UNKNOWN,
     0,
     {.content = WITNESS,
      .page = "/PieceInfo<</Mine<</Private 6 0 R>>>>",
      .objects = {"<</Remark(" NAME ")>>"}}},
    {PAPER_UNKNOWN, 0, {.content = WITNESS, .objects = {"(" NAME ")"}}}, /* nobody's */
    {PAPER_UNKNOWN,
     0,
     {.content = WITNESS, .objects = {"<</Length 19>>\nstream\n" NAME "\nendstream"}}},
};

static void finds_what_the_document_says_besides(void **state) {
    struct bench *bench = *state;
    if (is_lacking(bench)) return;
    for (size_t i = 0; i < COUNT_OF(BESIDES); i++) {
        printf("# sample %zu\n", i);
        expect_hidden(bench, &BESIDES[i].sample, BESIDES[i].page, BESIDES[i].kind);
    }
}

static void finds_a_thumbnail(void **state) {
    struct bench *bench = *state;
    struct sample sample = {
        .content = WITNESS,
        .page = "/Thumb 6 0 R",
        .objects = {"<</Width 1/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8/Length 1>>\n"
                    "stream\nz\nendstream"}};
    struct answer answer = {.page = {.word_count = 0}};
    if (is_lacking(bench)) return;
    must(ask(bench, make(bench, &sample), &answer));
    assert_true(is_found(&answer, 1, PAPER_THUMBNAIL, ""));
}

/* A form that the page never draws: its words are in the file all the same. */
static void finds_words_of_a_form_that_is_not_drawn(void **state) {
    struct bench *bench = *state;
    struct sample sample = {
        .content = WITNESS,
        .resources = "/XObject<</X 6 0 R>>",
        .objects = {"<</Type/XObject/Subtype/Form/BBox[0 0 400 200]/Resources<</Font<</F1 5 0 R>>"
                    ">>/Length 60>>\nstream\nBT /F1 14 Tf 20 100 Td (" NAME
                    ") Tj ET           \nendstream"}};
    if (is_lacking(bench)) return;
    expect_hidden(bench, &sample, 0, PAPER_UNKNOWN);
}

static void finds_what_the_file_said_before(void **state) {
    struct bench *bench = *state;
    struct sample sample = {.content = WITNESS SHOWN};
    struct answer answer = {.page = {.word_count = 0}};
    if (is_lacking(bench)) return;
    str pdf = make(bench, &sample);
    str now = paper_sketch_update(&bench->arena, pdf, 4,
                                  "<</Length 42>>\nstream\n" WITNESS "\nendstream");
    must(ask(bench, now, &answer));
    assert_false(is_seen(&answer, NAME));
    if (!is_found(&answer, 0, PAPER_REVISION, NAME)) tell(&answer);
    assert_true(is_found(&answer, 0, PAPER_REVISION, NAME));
}

/* A table of offsets that forgets an object does not make it go away. */
static void finds_objects_that_no_table_names(void **state) {
    struct bench *bench = *state;
    struct sample sample = {.content = WITNESS, .objects = {"<</Author(" NAME ")>>"}};
    struct answer answer = {.page = {.word_count = 0}};
    if (is_lacking(bench)) return;
    str pdf = make(bench, &sample);
    size_t table = str_find(pdf, STR("\nxref\n"));
    char *copy = arena_alloc(&bench->arena, pdf.len);
    assert_non_null(copy);
    memcpy(copy, pdf.ptr, pdf.len);
    memcpy(copy + table + 10 + 6 * 20 + 11, "65535 f", 7); /* object 6 is free */
    must(ask(bench, (str){copy, pdf.len}, &answer));
    if (!is_found(&answer, 0, PAPER_REVISION, NAME)) tell(&answer);
    assert_true(is_found(&answer, 0, PAPER_REVISION, NAME));
}

static void finds_a_remark_between_objects(void **state) {
    struct bench *bench = *state;
    struct sample sample = {.content = WITNESS, .objects = {"<<>>\n% " NAME}};
    struct answer answer = {.page = {.word_count = 0}};
    if (is_lacking(bench)) return;
    must(ask(bench, make(bench, &sample), &answer));
    assert_true(is_found(&answer, 0, PAPER_OUTSIDE, NAME));
}

static void finds_bytes_outside_the_document(void **state) {
    struct bench *bench = *state;
    struct sample sample = {.content = WITNESS};
    struct answer answer = {.page = {.word_count = 0}};
    str after;
    if (is_lacking(bench)) return;
    must(arena_printf(&bench->arena, &after, STR_FMT NAME "\n", STR_ARG(make(bench, &sample))));
    must(ask(bench, after, &answer));
    assert_true(is_found(&answer, 0, PAPER_OUTSIDE, NAME));
}

/* ---- Files that are refused ------------------------------------------------------------------ */

static void expect_refused(struct bench *bench, str pdf, const char *words) {
    struct answer answer = {.page = {.word_count = 0}};
    err e = ask(bench, pdf, &answer);
    if (e.kind != ERR_INVALID || !str_contains(str_of(e.message), str_of(words))) {
        fail_msg("wanted a refusal with \"%s\", got %s: %s", words, err_kind_name(e.kind),
                 e.kind == ERR_NONE ? "" : e.message);
    }
}

static void refuses_what_is_no_pdf(void **state) {
    struct bench *bench = *state;
    if (is_lacking(bench)) return;
    expect_refused(bench, STR(""), "empty");
    expect_refused(bench, STR("a letter"), "not a PDF");
    expect_refused(bench, STR("%PDF-1.7\nand nothing more"), "broken");
}

static void refuses_pages_without_end(void **state) {
    struct bench *bench = *state;
    struct paper_sketch sketch;
    struct buf kids;
    if (is_lacking(bench)) return;
    buf_init(&kids, &bench->arena, 1 << 20);
    paper_sketch_begin(&sketch, &bench->arena);
    paper_sketch_object(&sketch, "<</Type/Catalog/Pages 2 0 R>>");
    buf_add(&kids, STR("<</Type/Pages/Count 10000/MediaBox[0 0 9 9]/Kids["));
    for (int i = 0; i < 10000; i++) buf_printf(&kids, "%d 0 R ", i + 3);
    buf_add(&kids, STR("]>>"));
    buf_add_byte(&kids, '\0');
    paper_sketch_object(&sketch, buf_text(&kids).ptr);
    for (int i = 0; i < 10000; i++) {
        paper_sketch_object(&sketch, "<</Type/Page/Parent 2 0 R>>");
    }
    expect_refused(bench, paper_sketch_end(&sketch, ""), "over 500 pages");
}

static void refuses_pages_of_no_size_or_too_much(void **state) {
    struct bench *bench = *state;
    struct sample none = {.content = WITNESS, .page = "/MediaBox[5 5 5 5]"};
    struct sample much = {.content = WITNESS, .page = "/MediaBox[0 0 1e9 999999999]"};
    struct sample wide = {.content = WITNESS, .page = "/MediaBox[0 0 14000 100]"};
    struct answer answer = {.page = {.word_count = 0}};
    if (is_lacking(bench)) return;
    expect_refused(bench, make(bench, &none), "no size");
    expect_refused(bench, make(bench, &much), "14400 points");
    must(ask(bench, make(bench, &wide), &answer)); /* drawn, with fewer dots to the inch */
    assert_int_equal(answer.page.width, LIMIT_PAPER_WIDTH);
}

/* Page trees, forms and notes that hold themselves. */
static void ends_with_files_that_go_round(void **state) {
    struct bench *bench = *state;
    struct sample form = {
        .content = WITNESS "/X Do",
        .resources = "/XObject<</X 6 0 R>>",
        .objects = {"<</Type/XObject/Subtype/Form/BBox[0 0 400 200]/Resources<</XObject<</X 6 0 R"
                    ">>>>/Length 5>>\nstream\n/X Do\nendstream"}};
    struct sample outline = {.content = WITNESS,
                             .catalog = "/Outlines 6 0 R",
                             .objects = {"<</First 7 0 R/Last 7 0 R/Count 1>>",
                                         "<</Title(" NAME ")/Parent 6 0 R/Next 7 0 R>>"}};
    struct paper_sketch sketch;
    struct answer answer = {.page = {.word_count = 0}};
    if (is_lacking(bench)) return;
    must(ask(bench, make(bench, &form), &answer));
    assert_true(is_seen(&answer, "Witness"));
    must(ask(bench, make(bench, &outline), &answer));
    paper_sketch_begin(&sketch, &bench->arena);
    paper_sketch_object(&sketch, "<</Type/Catalog/Pages 2 0 R>>");
    paper_sketch_object(&sketch, "<</Type/Pages/Count 1/Kids[2 0 R]>>");
    expect_refused(bench, paper_sketch_end(&sketch, ""), "broken");
}

/* 70 MB of white in a few KB, where drawing is: 64 MB are read. */
static void refuses_a_bomb(void **state) {
    struct bench *bench = *state;
    if (is_lacking(bench)) return;
    str bomb = paper_sketch_bomb(&bench->arena, (size_t)70 << 20);
    assert_true(bomb.len < 200000);
    expect_refused(bench, bomb, "unpacked");
}

static void mends_or_refuses_what_is_cut(void **state) {
    struct bench *bench = *state;
    struct sample sample = {.content = WITNESS SHOWN};
    if (is_lacking(bench)) return;
    str pdf = make(bench, &sample);
    for (size_t len = 9; len < pdf.len; len += pdf.len / 7) {
        struct answer answer = {.page = {.word_count = 0}};
        err e = ask(bench, str_slice(pdf, 0, len), &answer);
        if (e.kind == ERR_INVALID) continue;
        must(e);
        assert_true(is_found(&answer, 0, PAPER_DAMAGE, ""));
    }
}

/* ---- Readers that are worse than ours -------------------------------------------------------- */

static void forgets_a_reader_that_is_not_there(void **state) {
    struct bench *bench = *state;
    struct answer answer = {.page = {.word_count = 0}};
    struct sample sample = {.content = WITNESS};
    str pdf = make(bench, &sample);
    snprintf(bench->program, sizeof bench->program, "/nowhere/paper");
    assert_int_equal(ask(bench, pdf, &answer).kind, ERR_NOT_FOUND);
    snprintf(bench->program, sizeof bench->program, "/bin/false");
    assert_int_equal(ask(bench, pdf, &answer).kind, ERR_IO);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(sees_words_that_are_there),
        TEST(keeps_words_in_their_place),
        TEST(turns_and_cuts_pages_as_a_reader_does),
        TEST(finds_words_that_cannot_be_seen),
        TEST(trusts_no_word_with_letters_of_no_ink),
        TEST(trusts_no_word_that_lies_on_another),
        TEST(finds_what_the_document_says_besides),
        TEST(finds_a_thumbnail),
        TEST(finds_words_of_a_form_that_is_not_drawn),
        TEST(finds_what_the_file_said_before),
        TEST(finds_objects_that_no_table_names),
        TEST(finds_a_remark_between_objects),
        TEST(finds_bytes_outside_the_document),
        TEST(refuses_what_is_no_pdf),
        TEST(refuses_pages_without_end),
        TEST(refuses_pages_of_no_size_or_too_much),
        TEST(ends_with_files_that_go_round),
        TEST(refuses_a_bomb),
        TEST(mends_or_refuses_what_is_cut),
        TEST(forgets_a_reader_that_is_not_there),
    };
#undef TEST
    return cmocka_run_group_tests_name("papers", tests, NULL, NULL);
}
