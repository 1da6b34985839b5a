/* fold_test.c: folding beside ICU's, character by character; and the bytes that letters come from.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
/* cmocka wants these three first */
#include <cmocka.h>
#include <string.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>

#include "base/fault.h"
#include "base/unicode.h"
#include "gate/fold.h"

enum { CAP = 1 << 24, LETTERS_MAX = 64 };

static void good(err e) {
    if (e.kind != ERR_NONE) fail_msg("%s:%d: %s", e.file, e.line, e.message);
}

static bool has_korean_letters(const UChar *text, int32_t len) {
    for (int32_t i = 0; i < len; i++) {
        if (text[i] >= 0x1100 && text[i] < 0x1200) return true;
    }
    return false;
}

/* What ICU makes of one character: NFKC_Casefold, taken apart, without marks; digits as 0 to 9. */
static size_t by_icu(uint32_t c, uint32_t *letters) {
    UErrorCode code = U_ZERO_ERROR;
    UChar plain[4];
    UChar32 whole[LETTERS_MAX];
    const UChar32 given = (UChar32)c;
    UChar folded[LETTERS_MAX];
    UChar apart[LETTERS_MAX];
    int32_t plain_len = 0;
    int32_t whole_len = 0;
    size_t count = 0;
    u_strFromUTF32(plain, COUNT_OF(plain), &plain_len, &given, 1, &code);
    const UNormalizer2 *fold = unorm2_getNFKCCasefoldInstance(&code);
    const UNormalizer2 *split = unorm2_getNFDInstance(&code);
    int32_t folded_len = unorm2_normalize(fold, plain, plain_len, folded, LETTERS_MAX, &code);
    int32_t len = unorm2_normalize(split, folded, folded_len, apart, LETTERS_MAX, &code);
    if (has_korean_letters(apart, len)) { /* syllables we leave whole */
        len = unorm2_normalize(unorm2_getNFCInstance(&code), folded, folded_len, apart, LETTERS_MAX,
                               &code);
    }
    u_strToUTF32(whole, LETTERS_MAX, &whole_len, apart, len, &code);
    assert_true(U_SUCCESS(code));
    for (int32_t i = 0; i < whole_len; i++) {
        UChar32 one = whole[i];
        int type = u_charType(one);
        bool is_letter = (U_GET_GC_MASK(one) & (U_GC_L_MASK | U_GC_N_MASK)) != 0;
        if (type == U_NON_SPACING_MARK || type == U_ENCLOSING_MARK ||
            type == U_COMBINING_SPACING_MARK || !is_letter) {
            continue;
        }
        letters[count++] =
            type == U_DECIMAL_DIGIT_NUMBER ? '0' + (uint32_t)u_charDigitValue(one) : (uint32_t)one;
    }
    return count;
}

/* Look-alikes are ours: a letter of another script may become a Latin one. */
static bool agree(const struct fold *fold, const uint32_t *letters, size_t count) {
    if (fold->count != count) return false;
    for (size_t i = 0; i < count; i++) {
        bool looks_so = fold_is_latin(fold->letters[i].letter) && letters[i] > 0x7F;
        if (fold->letters[i].letter != letters[i] && !looks_so) return false;
    }
    return true;
}

static void folds_every_character_as_icu_does(void **state) {
    const struct sys sys = sys_real();
    struct arena a;
    int wrong = 0;
    size_t looks = 0;
    (void)state;
    arena_init(&a, &sys, CAP);
    for (uint32_t c = 1; c < 0x110000; c++) {
        struct arena_mark mark = arena_mark(&a);
        uint32_t letters[LETTERS_MAX];
        struct buf text;
        struct fold fold;
        bool is_surrogate = c >= 0xD800 && c < 0xE000;
        bool is_syllable = fold_is_syllable(c); /* ICU takes it apart, we never do */
        if (is_surrogate || is_syllable || c == '<') continue;
        buf_init(&text, &a, 16);
        utf8_add(&text, c);
        good(fold_text(&a, buf_text(&text), FOLD_TEXT, &fold));
        size_t count = by_icu(c, letters);
        bool is_circle = fold.count == 1 && fold.letters[0].letter == FOLD_CIRCLE;
        bool is_flag = fold.count == 1 && fold_is_latin(fold.letters[0].letter) && c > 0x1F000;
        looks += count == 1 && fold.count == 1 && fold.letters[0].letter != letters[0];
        if (!agree(&fold, letters, count) && !is_circle && !is_flag && wrong++ < 20) {
            print_error("# U+%04X: %zu letters (%x), ICU has %zu (%x)\n", c, fold.count,
                        fold.count > 0 ? fold.letters[0].letter : 0, count,
                        count > 0 ? letters[0] : 0);
        }
        arena_reset(&a, mark);
    }
    arena_done(&a);
    print_message("# %zu characters are look-alikes of Latin letters\n", looks);
    assert_true(looks > 60);
    assert_int_equal(wrong, 0);
}

static void knows_where_each_letter_came_from(void **state) {
    static const char text[] = "a&amp;&#48;<b>x</b>%ea%b9%80 \xEA\xB0\x80";
    static const struct fold_letter wanted[] = {
        {.letter = 'a', .at = 0, .size = 1, .gap = 0, .begins = true},
        {.letter = '0', .at = 6, .size = 5, .gap = 1, .begins = true},
        {.letter = 'x', .at = 14, .size = 1, .gap = 0, .begins = true},
        {.letter = 0xAE40, .at = 19, .size = 9, .gap = 0, .begins = true},
        {.letter = 0xAC00, .at = 29, .size = 3, .gap = 1, .begins = true},
    };
    const struct sys sys = sys_real();
    struct arena a;
    struct fold fold;
    (void)state;
    arena_init(&a, &sys, CAP);
    good(fold_text(&a, str_of(text), FOLD_HTML, &fold));
    assert_int_equal(fold.count, COUNT_OF(wanted));
    for (size_t i = 0; i < COUNT_OF(wanted); i++) {
        assert_int_equal(fold.letters[i].letter, wanted[i].letter);
        assert_int_equal(fold.letters[i].at, wanted[i].at);
        assert_int_equal(fold.letters[i].size, wanted[i].size);
        assert_int_equal(fold.letters[i].gap, wanted[i].gap);
        assert_int_equal(fold.letters[i].begins, wanted[i].begins);
    }
    arena_done(&a);
}

/* The rules of fold.h, letter by letter, for texts of ASCII and Hangul, which are read in a way of
 * their own. */
static void assert_plain(const struct fold *fold, const char *const *pieces, size_t count) {
    size_t n = 0;
    size_t gap = 0;
    char before = '-'; /* what the last letter was: a small one, A, 9 or k for Hangul; - for none */
    bool has_hyphen = false;
    for (size_t i = 0; i < count; i++) {
        char c = pieces[i][0];
        bool is_syllable = (unsigned char)c >= 0x80;
        char now = is_syllable ? 'k' : c >= 'a' ? 'a' : c >= 'A' ? 'A' : c >= '0' ? '9' : '-';
        if (now == '-') {
            has_hyphen = c == '-';
            gap++;
            continue;
        }
        bool goes_on = gap == 0 && (now == before || (now == 'a' && before == 'A'));
        assert_true(n < fold->count);
        const struct fold_letter *one = &fold->letters[n];
        uint8_t code = now == 'a' || now == 'A' ? (uint8_t)(c & 0x1F) : FOLD_MARK_OTHER;
        assert_int_equal(one->size, is_syllable ? 3 : 1);
        assert_int_equal(one->gap, gap);
        assert_int_equal(one->begins, !goes_on);
        assert_int_equal(one->is_capital, now == 'A');
        assert_int_equal(one->is_hyphened, gap == 1 && has_hyphen);
        assert_int_equal(fold->marks[n], code | (gap > FOLD_PAUSE ? FOLD_MARK_PAUSE : 0) |
                                             (goes_on ? 0 : FOLD_MARK_BEGINS));
        before = now;
        gap = 0;
        n++;
    }
    assert_int_equal(fold->count, n);
    for (size_t i = 0; i < FOLD_MARKS_MORE; i++)
        assert_int_equal(fold->marks[n + i], FOLD_MARK_PAUSE | FOLD_MARK_BEGINS);
}

static void knows_where_words_begin(void **state) {
    enum { PIECES = 40, TEXTS = 20000 };
    static const char *const all[] = {"a", "z", "A", "Z", "0", "9", " ", " ", "-", ".", "가", "힣"};
    const struct sys sys = sys_real();
    uint64_t chance = 28;
    (void)state;
    for (int n = 0; n < TEXTS; n++) {
        CLEANUP(arena_done) struct arena a;
        const char *pieces[PIECES];
        struct buf text;
        struct fold fold;
        arena_init(&a, &sys, CAP);
        buf_init(&text, &a, 256);
        size_t count = (size_t)n % PIECES;
        for (size_t i = 0; i < count; i++) {
            chance = chance * 6364136223846793005U + 1442695040888963407U;
            pieces[i] = all[(chance >> 33) % COUNT_OF(all)];
            buf_add(&text, str_of(pieces[i]));
        }
        good(fold_text(&a, buf_text(&text), n % 2 == 0 ? FOLD_TEXT : FOLD_HTML, &fold));
        assert_plain(&fold, pieces, count);
    }
}

static void survives_without_memory(void **state) {
    (void)state;
    for (int failing = 1; failing < 4; failing++) {
        struct fault fault;
        const struct sys sys = fault_sys(&fault, failing);
        struct arena a;
        struct fold fold;
        arena_init(&a, &sys, CAP);
        err e = fold_text(&a, STR("some text"), FOLD_TEXT, &fold);
        assert_true(e.kind == ERR_NONE || e.kind == ERR_NO_MEMORY);
        assert_true(failing > 1 || e.kind == ERR_NO_MEMORY);
        arena_done(&a);
        assert_int_equal(fault.live, 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folds_every_character_as_icu_does),
        cmocka_unit_test(knows_where_each_letter_came_from),
        cmocka_unit_test(knows_where_words_begin),
        cmocka_unit_test(survives_without_memory),
    };
    return cmocka_run_group_tests_name("gate/fold", tests, NULL, NULL);
}
