/* card_test.c: cards, and titles that nobody would give a story. */
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/fault.h"
#include "scrub/card.h"
#include "scrub/encode.h"

#include <vips/vips.h>

enum {
    ARENA_CAP = 1 << 28,
    GROUND = 0xfbf9f5,
    INK = 0x22201c,
    ACCENT = 0x1b4b6a,
    EDGE = 80,
    TITLE_END = 460
};

struct bench {
    struct fault fault;
    struct sys sys;
    struct arena arena;
    struct card_fonts *fonts; /* NULL: this machine has none */
};

/* Where something is drawn, in pixels; the end is behind the last. */
struct drawn {
    int left, top, right, bottom;
    int title_left, title_right, title_bottom;
    size_t ink;    /* pixels of the full colour */
    size_t accent; /* likewise */
};

static int begin(void **state) {
    struct bench *bench = calloc(1, sizeof *bench);
    if (bench == NULL || picture_ready().kind != ERR_NONE) return -1;
    bench->sys = fault_sys(&bench->fault, 0);
    arena_init(&bench->arena, &bench->sys, ARENA_CAP);
    err e = card_fonts_open(&bench->sys, &bench->fonts);
    if (e.kind == ERR_NOT_FOUND) printf("# SKIP %s\n", e.message);
    *state = bench;
    return e.kind == ERR_NONE || e.kind == ERR_NOT_FOUND ? 0 : -1;
}

static int end(void **state) {
    struct bench *bench = *state;
    card_fonts_close(&bench->fonts);
    assert_null(bench->fonts);
    arena_done(&bench->arena);
    assert_int_equal(bench->fault.live, 0);
    free(bench);
    return 0;
}

static err try_draw(struct bench *bench, const char *language, const char *title, str *ret_file) {
    struct card card = {.title = str_of(title),
                        .line = STR("The House"),
                        .language = str_of(language),
                        .ground = GROUND,
                        .ink = INK,
                        .accent = ACCENT};
    struct picture_set set;
    TRY(card_draw(&bench->arena, bench->fonts, &card, &set));
    assert_int_equal(set.format, PICTURE_PNG);
    assert_int_equal(set.colour, GROUND);
    assert_int_equal(set.count, 1);
    assert_false(set.has_avif);
    assert_int_equal(set.sizes[0].width, CARD_WIDTH);
    assert_int_equal(set.sizes[0].height, CARD_HEIGHT);
    *ret_file = set.sizes[0].bytes;
    return OK;
}

static str draw(struct bench *bench, const char *language, const char *title) {
    str file = {0};
    err e = try_draw(bench, language, title, &file);
    if (e.kind != ERR_NONE) fail_msg("%s: %s", title, e.message);
    return file;
}

/* Reads the file with another's reader, and looks where it is not ground. */
static struct drawn look(str file) {
    struct drawn d = {.left = CARD_WIDTH, .top = CARD_HEIGHT, .title_left = CARD_WIDTH};
    size_t size = 0;
    VipsImage *image = vips_image_new_from_buffer(file.ptr, file.len, "", NULL);
    assert_non_null(image);
    assert_int_equal(vips_image_get_width(image), CARD_WIDTH);
    assert_int_equal(vips_image_get_height(image), CARD_HEIGHT);
    assert_int_equal(vips_image_get_bands(image), 3);
    uint8_t *pixels = vips_image_write_to_memory(image, &size);
    assert_non_null(pixels);
    for (int y = 0; y < CARD_HEIGHT; y++) {
        for (int x = 0; x < CARD_WIDTH; x++) {
            const uint8_t *p = pixels + ((size_t)y * CARD_WIDTH + (size_t)x) * 3;
            int colour = p[0] << 16 | p[1] << 8 | p[2];
            d.ink += colour == INK;
            d.accent += colour == ACCENT;
            if (colour == GROUND) continue;
            if (x < d.left) d.left = x;
            if (x >= d.right) d.right = x + 1;
            if (y < d.top) d.top = y;
            if (y >= d.bottom) d.bottom = y + 1;
            if (y < TITLE_END && x < d.title_left) d.title_left = x;
            if (y < TITLE_END && x >= d.title_right) d.title_right = x + 1;
            if (y < TITLE_END && y >= d.title_bottom) d.title_bottom = y + 1;
        }
    }
    g_free(pixels);
    g_object_unref(image);
    return d;
}

static void expect_inside(str file) {
    struct drawn d = look(file);
    assert_in_range(d.left, EDGE, CARD_WIDTH);
    assert_in_range(d.right, 0, CARD_WIDTH - EDGE);
    assert_in_range(d.top, EDGE / 2, CARD_HEIGHT);
    assert_in_range(d.bottom, 0, CARD_HEIGHT - EDGE / 4);
    assert_in_range(file.len, 1, 40000);
}

static void a_card_has_its_title_in_ink_and_its_stitches_in_accent(void **state) {
    struct bench *bench = *state;
    if (bench->fonts == NULL) return;
    str file = draw(bench, "en", "The list that nobody read aloud");
    struct drawn d = look(file);
    expect_inside(file);
    assert_in_range(d.ink, 5000, 100000);
    assert_in_range(d.accent, 2000, 20000);
    assert_in_range(d.title_left, 86, 96);
    assert_true(str_eq(file, draw(bench, "en", "The list that nobody read aloud")));
    assert_false(str_eq(file, draw(bench, "en", "The list that nobody read alone")));
}

static void korean_is_drawn_and_not_boxes(void **state) {
    struct bench *bench = *state;
    if (bench->fonts == NULL) return;
    str one = draw(bench, "ko", "종이로 지은 다리");
    expect_inside(one);
    assert_false(str_eq(one, draw(bench, "ko", "종이로 지은 바다")));
    /* Where a font has no letter there is no card, and no box: so there was one for these. */
    str none = {0};
    assert_int_equal(try_draw(bench, "ko", "\uE0F3\uE0F4\uE0F5", &none).kind, ERR_NOT_FOUND);
    str with = draw(bench, "ko", "종이로 지은 다리 \uE0F3");
    assert_true(str_eq(with, one));
}

/* A word of Korean is not divided: of two that do not stand in one line, the first has a line of
 * its own. Letter by letter they would be made into two even lines. */
static void korean_is_broken_between_words(void **state) {
    struct bench *bench = *state;
    if (bench->fonts == NULL) return;
    struct drawn first = look(draw(bench, "ko", "가나다라마바사아자차"));
    struct drawn both = look(draw(bench, "ko", "가나다라마바사아자차 가나다라"));
    assert_int_equal(both.title_right, first.title_right);
}

static void titles_that_nobody_would_give_stay_inside(void **state) {
    static const char *const titles[] = {
        "x",
        "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaftsvorsitz",
        "가나다라마바사아자차카타파하가나다라마바사아자차카타파하가나다라마바사아자차카타파하가나"
        "다",
        "a\u0301\u0302\u0303\u0304\u0305\u0306\u0307\u0308\u0301\u0302\u0303\u0304\u0305\u0306 "
        "Zalgo",
        "A smile \U0001F600 and a flag \U0001F1F0\U0001F1F7 and \u200D a joiner",
        "one\ntwo\r\nthree\tfour\x01\x02\x7f five\u2028six\u2029seven",
        "%s%n %1$s {{title}} ${x} \\ \" '",
        "\u202Eturned\u202C \u2066isolated\u2069 \uFEFFmark",
        "紙の橋を渡って冬の川を越えた人々の物語と、その後の日々についての長い長い題名である",
        "Ω≈ç√∫˜µ≤≥÷ ЖЗИ אבג עם عربي ก ข",
    };
    struct bench *bench = *state;
    if (bench->fonts == NULL) return;
    for (size_t i = 0; i < COUNT_OF(titles); i++) expect_inside(draw(bench, "en", titles[i]));
    char long_title[6001] = {0};
    for (size_t i = 0; i < 1000; i++) memcpy(long_title + i * 6, "words ", 6);
    expect_inside(draw(bench, "en", long_title));
    assert_in_range(look(draw(bench, "en", long_title)).title_bottom, 200, 380); /* four lines */
    memset(long_title, 'W', sizeof long_title - 1);
    expect_inside(draw(bench, "ko", long_title));
}

static void a_title_is_text_and_never_markup(void **state) {
    struct bench *bench = *state;
    if (bench->fonts == NULL) return;
    str plain = draw(bench, "en", "bold & bare");
    assert_false(str_eq(plain, draw(bench, "en", "<b>bold</b> & bare")));
    assert_false(str_eq(plain, draw(bench, "en", "bold &amp; bare")));
    expect_inside(draw(bench, "en", "</span><span size='999999'>&#0; <!-- <![CDATA["));
}

static void what_controls_or_hides_is_left_out(void **state) {
    struct bench *bench = *state;
    if (bench->fonts == NULL) return;
    str plain = draw(bench, "en", "Plain words");
    assert_true(str_eq(plain, draw(bench, "en", "  Plain\x01\n\t \u202Ewords\u200B ")));
    assert_true(str_eq(plain, draw(bench, "en",
                                   "Pl\xFF"
                                   "ain words\xC3")));
}

static void a_title_of_no_letters_is_refused(void **state) {
    static const char *const titles[] = {"", "   ", "\x01\x02\n", "\u200B\u202E\uFEFF", "\xFF\xFE"};
    struct bench *bench = *state;
    if (bench->fonts == NULL) return;
    for (size_t i = 0; i < COUNT_OF(titles); i++) {
        str untouched = STR("untouched");
        assert_int_equal(try_draw(bench, "en", titles[i], &untouched).kind, ERR_INVALID);
        assert_string_equal(untouched.ptr, "untouched");
    }
}

static void what_is_written_from_the_right_begins_there(void **state) {
    struct bench *bench = *state;
    if (bench->fonts == NULL) return;
    str file = {0};
    err e = try_draw(bench, "he", "\u05de\u05db\u05ea\u05d1", &file);
    if (e.kind == ERR_NOT_FOUND) {
        printf("# SKIP %s\n", e.message);
        return;
    }
    assert_int_equal(e.kind, ERR_NONE);
    struct drawn d = look(file);
    assert_in_range(d.title_right, CARD_WIDTH - 96, CARD_WIDTH - 86);
    assert_in_range(d.title_left, CARD_WIDTH / 2, CARD_WIDTH);
}

static void every_failed_allocation_is_an_error(void **state) {
    struct bench *bench = *state;
    if (bench->fonts == NULL) return;
    for (int n = 1;; n++) {
        struct fault fault;
        struct sys sys = fault_sys(&fault, n);
        struct arena a;
        struct card_fonts *fonts = NULL;
        struct picture_set set;
        struct card card = {.title = STR("Words"), .line = STR("House"), .language = STR("en")};
        arena_init(&a, &sys, ARENA_CAP);
        err e = card_fonts_open(&sys, &fonts);
        if (e.kind == ERR_NONE) e = card_draw(&a, fonts, &card, &set);
        bool is_clean = fault.calls < n;
        card_fonts_close(&fonts);
        arena_done(&a);
        assert_int_equal(fault.live, 0);
        assert_int_equal(e.kind, is_clean ? ERR_NONE : ERR_NO_MEMORY);
        if (is_clean) return;
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_card_has_its_title_in_ink_and_its_stitches_in_accent),
        cmocka_unit_test(korean_is_drawn_and_not_boxes),
        cmocka_unit_test(korean_is_broken_between_words),
        cmocka_unit_test(titles_that_nobody_would_give_stay_inside),
        cmocka_unit_test(a_title_is_text_and_never_markup),
        cmocka_unit_test(what_controls_or_hides_is_left_out),
        cmocka_unit_test(a_title_of_no_letters_is_refused),
        cmocka_unit_test(what_is_written_from_the_right_begins_there),
        cmocka_unit_test(every_failed_allocation_is_an_error),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
