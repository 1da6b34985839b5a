/* unicode_test.c: what unicode.h promises.
 *
 * The decoder is held to a second description of UTF-8: table 3-7 of the Unicode Standard (which
 * byte may follow which), while unicode.c computes the character and looks at its range. */
#include "base/unicode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/fault.h"

enum { CAP = 1 << 20 };

/* Unicode 15, table 3-7: well-formed byte sequences. The third and fourth byte are 80 to BF. */
static const struct {
    unsigned char first_from, first_to, second_from, second_to;
    size_t len;
} WELL_FORMED[] = {
    {0x00, 0x7F, 0x00, 0xFF, 1}, {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3},
    {0xE1, 0xEC, 0x80, 0xBF, 3}, {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3},
    {0xF0, 0xF0, 0x90, 0xBF, 4}, {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4},
};

/* How many of the bytes are one character; 0 when they begin with none. */
static size_t well_formed_len(const unsigned char *p, size_t size) {
    for (size_t i = 0; i < COUNT_OF(WELL_FORMED); i++) {
        if (p[0] < WELL_FORMED[i].first_from || p[0] > WELL_FORMED[i].first_to) continue;
        size_t len = WELL_FORMED[i].len;
        if (len > size) return 0;
        if (len > 1 && (p[1] < WELL_FORMED[i].second_from || p[1] > WELL_FORMED[i].second_to)) {
            return 0;
        }
        for (size_t k = 2; k < len; k++) {
            if (p[k] < 0x80 || p[k] > 0xBF) return 0;
        }
        return len;
    }
    return 0;
}

static void takes_exactly_what_the_standard_calls_well_formed(void **state) {
    (void)state;
    static const unsigned char edges[] = {0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90,
                                          0x9F, 0xA0, 0xBF, 0xC0, 0xFF};
    enum { EDGES = COUNT_OF(edges) };
    for (unsigned i = 0; i < 256 * EDGES * EDGES * EDGES; i++) {
        unsigned char bytes[] = {(unsigned char)(i % 256), edges[i / 256 % EDGES],
                                 edges[i / 256 / EDGES % EDGES], edges[i / 256 / EDGES / EDGES]};
        for (size_t size = 1; size <= 4; size++) {
            union {
                const unsigned char *bytes;
                const char *chars;
            } p = {.bytes = bytes};
            str text = {p.chars, size};
            size_t wanted = well_formed_len(bytes, size);
            uint32_t c = utf8_take(&text);
            assert_int_equal(c != UNICODE_BAD, wanted > 0);
            assert_int_equal(size - text.len, wanted > 0 ? wanted : 1);
        }
    }
}

static void every_character_comes_back_as_it_went(void **state) {
    (void)state;
    const struct sys sys = sys_real();
    CLEANUP(arena_done) struct arena a;
    arena_init(&a, &sys, CAP);
    struct arena_mark mark = arena_mark(&a);
    for (uint32_t c = 0; c <= 0x10FFFF; c++) {
        if (c >= 0xD800 && c <= 0xDFFF) continue;
        struct buf b;
        buf_init(&b, &a, 8);
        utf8_add(&b, c);
        str text = buf_text(&b);
        if (!utf8_is_valid(text)) fail_msg("U+%04X is written wrongly", c);
        uint32_t back = utf8_take(&text);
        if (back != c || text.len != 0) fail_msg("U+%04X comes back as U+%04X", c, back);
        arena_reset(&a, mark);
    }
}

static void writes_known_characters_as_their_known_bytes(void **state) {
    (void)state;
    static const struct {
        uint32_t character;
        const char *bytes;
    } known[] = {
        {'A', "A"},
        {0x7F, "\x7F"},
        {0x80, "\xC2\x80"},
        {0xE9, "\xC3\xA9"},
        {0x7FF, "\xDF\xBF"},
        {0x800, "\xE0\xA0\x80"},
        {0xD55C, "\xED\x95\x9C"}, /* the first syllable of Hangul */
        {0xFFFF, "\xEF\xBF\xBF"},
        {0x10000, "\xF0\x90\x80\x80"},
        {0x1F56F, "\xF0\x9F\x95\xAF"}, /* a candle */
        {0x10FFFF, "\xF4\x8F\xBF\xBF"},
        {0xD800, "\xEF\xBF\xBD"}, /* what is no character is written as U+FFFD */
        {0xDFFF, "\xEF\xBF\xBD"},
        {0x110000, "\xEF\xBF\xBD"},
        {UNICODE_BAD, "\xEF\xBF\xBD"},
    };
    const struct sys sys = sys_real();
    CLEANUP(arena_done) struct arena a;
    arena_init(&a, &sys, CAP);
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        struct buf b;
        buf_init(&b, &a, 8);
        utf8_add(&b, known[i].character);
        assert_true(str_eq(buf_text(&b), str_of(known[i].bytes)));
    }
}

static void calls_a_text_valid_only_when_all_of_it_is(void **state) {
    (void)state;
    assert_true(utf8_is_valid(STR("")));
    assert_true(utf8_is_valid(STR("a\0b")));
    assert_true(utf8_is_valid(STR("\xED\x95\x9C\xEC\xA7\x80 paper")));
    assert_false(utf8_is_valid(STR("paper\xFF")));
    assert_false(utf8_is_valid(STR("\xED\x95")));         /* cut */
    assert_false(utf8_is_valid(STR("\xC0\xAF")));         /* an overlong slash */
    assert_false(utf8_is_valid(STR("\xED\xA0\x80")));     /* a surrogate */
    assert_false(utf8_is_valid(STR("\xF4\x90\x80\x80"))); /* beyond U+10FFFF */
}

/* Taking characters one by one is the oracle of the faster look at a whole text. */
static bool each_can_be_taken(str text) {
    while (text.len > 0) {
        if (utf8_take(&text) == UNICODE_BAD) return false;
    }
    return true;
}

static void agrees_with_taking_characters_one_by_one(void **state) {
    (void)state;
    static const char others[] = {'a',    '\x7F', '\x80', '\x8F', '\x90',
                                  '\x9F', '\xA0', '\xBF', '\xC2', '\xFF'};
    char bytes[16] = "0123456789abcdef";
    for (size_t before = 0; before < 10; before++) {
        for (unsigned pair = 0; pair < 0x10000; pair++) {
            bytes[before] = (char)(pair >> 8);
            bytes[before + 1] = (char)(pair & 0xFF);
            for (size_t i = 0; i < COUNT_OF(others) * COUNT_OF(others); i++) {
                bytes[before + 2] = others[i / COUNT_OF(others)];
                bytes[before + 3] = others[i % COUNT_OF(others)];
                for (size_t len = before + 1; len <= before + 5; len++) {
                    str text = {bytes, len};
                    if (utf8_is_valid(text) != each_can_be_taken(text))
                        fail_msg("%04x, %zu bytes after %zu", pair, len - before, before);
                }
                if (before > 0 && i == 0) break; /* the place alone differs */
            }
        }
        memcpy(bytes, "0123456789abcdef", sizeof bytes);
    }
}

static void mends_each_bad_byte_and_drops_nul(void **state) {
    (void)state;
    const struct sys sys = sys_real();
    CLEANUP(arena_done) struct arena a;
    arena_init(&a, &sys, CAP);
    struct buf b;
    buf_init(&b, &a, 100);
    utf8_add_mended(&b, STR("a\xFF\0\xC0\xAF\xED\x95\x9C\xED\x95"));
    assert_true(str_eq(buf_text(&b), STR("a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xED\x95\x9C"
                                         "\xEF\xBF\xBD\xEF\xBF\xBD")));
}

static void cuts_between_characters(void **state) {
    (void)state;
    str text = STR("a\xC3\xA9\xED\x95\x9C\xF0\x9F\x95\xAFz");
    static const size_t wanted[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11, 11};
    for (size_t max = 0; max < COUNT_OF(wanted); max++) {
        str cut = utf8_cut(text, max);
        assert_int_equal(cut.len, wanted[max]);
        assert_true(str_starts(text, cut));
    }
}

static void assert_bounds(bool (*is)(uint32_t), const uint32_t *ranges, size_t count) {
    for (size_t i = 0; i + 1 < count; i += 2) {
        if (!is(ranges[i])) fail_msg("U+%04X is left out", ranges[i]);
        if (!is(ranges[i + 1])) fail_msg("U+%04X is left out", ranges[i + 1]);
        if (is(ranges[i] - 1)) fail_msg("U+%04X is taken in", ranges[i] - 1);
        if (is(ranges[i + 1] + 1)) fail_msg("U+%04X is taken in", ranges[i + 1] + 1);
    }
}

/* The first and last character of each block, from the Unicode Standard's Blocks.txt. */
static void knows_hangul_by_its_blocks(void **state) {
    (void)state;
    static const uint32_t blocks[] = {
        0x1100, 0x11FF, 0x3130, 0x318F, 0xA960, 0xA97F, 0xAC00, 0xD7FF, 0xFFA0, 0xFFDC,
    };
    assert_bounds(unicode_is_hangul, blocks, COUNT_OF(blocks));
    assert_false(unicode_is_hangul('a'));
    assert_false(unicode_is_hangul(0x4E00));
}

static void knows_cjk_by_its_blocks(void **state) {
    (void)state;
    static const uint32_t blocks[] = {0x3040, 0x30FF, 0x3400, 0x4DBF,  0x4E00,
                                      0x9FFF, 0xF900, 0xFAFF, 0x20000, 0x3FFFF};
    assert_bounds(unicode_is_cjk, blocks, COUNT_OF(blocks));
    assert_true(unicode_is_cjk(0xD55C));
    assert_false(unicode_is_cjk('a'));
    assert_false(unicode_is_cjk(0x0416)); /* Cyrillic */
    assert_false(unicode_is_cjk(0x3001)); /* an ideographic comma is no word */
}

static void knows_what_cannot_be_seen(void **state) {
    (void)state;
    static const uint32_t ranges[] = {0x180B, 0x180F, 0x200B, 0x200F,  0x202A,
                                      0x202E, 0x2060, 0x206F, 0xE0000, 0xE0FFF};
    assert_bounds(unicode_is_invisible, ranges, COUNT_OF(ranges));
    static const uint32_t hidden[] = {0xAD,   0x200B, 0x200C,  0x200D,  0x200E, 0x200F,
                                      0x202E, 0x2060, 0x2066,  0x2069,  0xFEFF, 0x3164,
                                      0x115F, 0x1160, 0xE0001, 0xE0041, 0x180E};
    static const uint32_t seen[] = {' ', 'a', 0xA0, 0x2010, 0x2028, 0x3000, 0xD55C, 0x1F56F};
    for (size_t i = 0; i < COUNT_OF(hidden); i++) assert_true(unicode_is_invisible(hidden[i]));
    for (size_t i = 0; i < COUNT_OF(seen); i++) assert_false(unicode_is_invisible(seen[i]));
}

static err mend_a_page(const struct sys *sys) {
    CLEANUP(arena_done) struct arena a;
    arena_init(&a, sys, CAP);
    struct buf b;
    buf_init(&b, &a, CAP);
    for (int i = 0; i < 2000; i++) {
        utf8_add_mended(&b, STR("\xED\x95\x9C\xFF"));
        utf8_add(&b, 0x1F56F);
    }
    str text;
    return buf_finish(&b, &text);
}

static void survives_every_failing_allocation(void **state) {
    (void)state;
    int n = 1;
    for (; n < FAULT_RUNS_MAX; n++) {
        struct fault fault;
        const struct sys sys = fault_sys(&fault, n);
        if (fault_ended(&fault, mend_a_page(&sys))) break;
    }
    assert_true(n > 2 && n < FAULT_RUNS_MAX);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_exactly_what_the_standard_calls_well_formed),
        cmocka_unit_test(every_character_comes_back_as_it_went),
        cmocka_unit_test(writes_known_characters_as_their_known_bytes),
        cmocka_unit_test(calls_a_text_valid_only_when_all_of_it_is),
        cmocka_unit_test(agrees_with_taking_characters_one_by_one),
        cmocka_unit_test(mends_each_bad_byte_and_drops_nul),
        cmocka_unit_test(cuts_between_characters),
        cmocka_unit_test(knows_hangul_by_its_blocks),
        cmocka_unit_test(knows_cjk_by_its_blocks),
        cmocka_unit_test(knows_what_cannot_be_seen),
        cmocka_unit_test(survives_every_failing_allocation),
    };
    return cmocka_run_group_tests_name("unicode", tests, NULL, NULL);
}
