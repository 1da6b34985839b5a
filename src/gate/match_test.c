/* match_test.c: names are found however they are written, and other words are not. The people here
 * are invented. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
/* cmocka wants these three first */
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/fault.h"
#include "gate/match.h"

enum { CAP = 1 << 30 };

static void good(err e) {
    if (e.kind != ERR_NONE) fail_msg("%s:%d: %s", e.file, e.line, e.message);
}

static const struct match_term TERMS[] = {
    {STR("김철수"), MATCH_NAME, 0},
    {STR("리영희"), MATCH_NAME, 1},
    {STR("이산"), MATCH_NAME, 2},
    {STR("Johannes Vanderplank"), MATCH_NAME, 3},
    {STR("010-4821-7703"), MATCH_NUMBER, 4},
    {STR("선우 하늘"), MATCH_NAME, 5},
    {STR("회령시 남문동 17"), MATCH_WORDS, 6},
    {STR("朴哲浩"), MATCH_NAME, 7},
    {STR("M8812-40317"), MATCH_WORDS, 8},
};

/* What is wanted of a text: hits as "OWNER LANE", "?" behind what is not sure, in order. */
struct wanted {
    const char *text;
    const char *hits;
    enum fold_kind kind;
};
static const struct wanted WANTED[] = {
    /* A: the letters, whatever stands between or around them */
    {"김철수", "0A", FOLD_TEXT},
    {"그날 김철수는 강을 건넜다.", "0A", FOLD_TEXT},
    {"김 철 수", "0A", FOLD_TEXT},
    {"김-철-수", "0A", FOLD_TEXT},
    {"김\xE2\x80\x8B철\xE2\x80\x8B수", "0A", FOLD_TEXT},
    {"<b>김</b>철<i class=\"a > b\">수</i>", "0A", FOLD_HTML},
    {"&#44608;&#xCCA0;&#49688;", "0A", FOLD_TEXT},
    {"%EA%B9%80%EC%B2%A0%EC%88%98.jpg", "0A", FOLD_TEXT},
    {"\"\\uAE40\\uCCA0\\uC218\"", "0A", FOLD_TEXT},
    {"철수 김", "0A", FOLD_TEXT},
    {"JOHANNES   VANDERPLANK", "3A", FOLD_TEXT},
    {"Vanderplank, Johannes", "3A", FOLD_TEXT},
    {"johannes-vanderplank-2.html", "3A", FOLD_TEXT},
    {"Johannesvanderplanks", "", FOLD_TEXT},
    {"J\xD0\xBEhann\xD0\xB5s V\xD0\xB0nderplank", "3A", FOLD_TEXT}, /* о, е, а of Cyrillic */
    {"𝐉𝐨𝐡𝐚𝐧𝐧𝐞𝐬 𝕍𝕒𝕟𝕕𝕖𝕣𝕡𝕝𝕒𝕟𝕜", "3A", FOLD_TEXT},
    {"Ｊｏｈａｎｎｅｓ Ｖａｎｄｅｒｐｌａｎｋ", "3A", FOLD_TEXT},
    {"Jóhännes Vånderplañk", "3A", FOLD_TEXT},
    {"회령시 남문동 17번지", "6A", FOLD_TEXT},
    {"M8812 40317", "8A", FOLD_TEXT},
    {"朴哲浩", "7A", FOLD_TEXT},
    /* B: loose letters, both Koreas */
    {"ㄱㅣㅁㅊㅓㄹㅅㅜ", "0A", FOLD_TEXT},
    {"\xE1\x84\x80\xE1\x85\xB5\xE1\x86\xB7\xE1\x84\x8E\xE1\x85\xA5\xE1\x86\xAF\xE1\x84\x89\xE1\x85"
     "\xAE",
     "0A", FOLD_TEXT},
    {"ﾡￜￜ", "", FOLD_TEXT},
    {"이영희", "1B", FOLD_TEXT},
    {"이영희씨", "1B", FOLD_TEXT},
    {"박철호", "7A", FOLD_TEXT},
    {"리산이", "2B", FOLD_TEXT},
    {"이산가족", "", FOLD_TEXT},
    {"이산은", "2A", FOLD_TEXT},
    /* C: Latin spellings */
    {"Kim Chol Su", "0C", FOLD_TEXT},
    {"Kim Cheol-su", "0C", FOLD_TEXT},
    {"Kim Ch'\xC5\x8Fl-su", "0C", FOLD_TEXT},
    {"CHULSOO GIM", "0C", FOLD_TEXT},
    {"kimcholsu", "0C", FOLD_TEXT},
    {"photoOfKimCholSu.jpg", "0C", FOLD_TEXT},
    {"Lee Young-hee", "1C", FOLD_TEXT},
    {"Rhee Yong Hui", "1C", FOLD_TEXT},
    {"Yi Y\xC5\x8Fnghui", "1C", FOLD_TEXT},
    {"Park Chul Ho", "7C", FOLD_TEXT},
    {"Ri San", "2C", FOLD_TEXT},
    {"hari sanded", "", FOLD_TEXT},
    {"Seonu Haneul", "5C", FOLD_TEXT},
    {"Kim \xD0\xA1h\xD0\xBEl S\xD1\x83", "", FOLD_TEXT}, /* y is no u: heard, see below */
    /* E: digits */
    {"+82 10 4821 7703", "4E", FOLD_TEXT},
    {"01048217703", "4E", FOLD_TEXT},
    {"010.4821.7703", "4E", FOLD_TEXT},
    {"０１０-４８２１-７７０３", "4E", FOLD_TEXT},
    {"٠١٠٤٨٢١٧٧٠٣", "4E", FOLD_TEXT},
    {"9010482177031", "", FOLD_TEXT},
    /* F: initials and gaps */
    {"ㄱㅊㅅ", "0F?", FOLD_TEXT},
    {"김ㅊㅅ", "0F?", FOLD_TEXT},
    {"김○○ 씨", "0F?", FOLD_TEXT},
    {"김모 씨", "0F?", FOLD_TEXT},
    {"K.C.S.", "0F?", FOLD_TEXT},
    {"Kim C. S.", "0F?", FOLD_TEXT},
    {"C.S. Kim", "0F?", FOLD_TEXT},
    /* G: Han characters by their reading */
    {"金哲秀", "0G", FOLD_TEXT},
    {"李英姬", "1G", FOLD_TEXT},
    {"김哲수", "0G", FOLD_TEXT},
    /* D: by the sound; a given name alone */
    {"Kim Chal-soo", "", FOLD_TEXT},
    {"Khim Tchol Suh", "0D?", FOLD_TEXT},
    {"김촐수", "0D?", FOLD_TEXT},
    {"철수가 말했다", "0A?", FOLD_TEXT},
    {"Chol-su said", "0C?", FOLD_TEXT},
    {"철수했다", "", FOLD_TEXT},
    /* what is no name */
    {"Kim said that the soup was cold.", "", FOLD_TEXT},
    {"김치를 먹었다", "", FOLD_TEXT},
    {"", "", FOLD_TEXT},
};

struct seen {
    char text[256];
};

static err see(void *context, const struct match_hit *hit) {
    struct seen *seen = context;
    size_t len = strlen(seen->text);
    assert_true(hit->from < hit->to);
    snprintf(seen->text + len, sizeof seen->text - len, "%s%u%c%s", len > 0 ? " " : "", hit->owner,
             'A' + (char)hit->lane, hit->is_sure ? "" : "?");
    return OK;
}

static void finds_what_is_written_and_nothing_else(void **state) {
    const struct sys sys = sys_real();
    struct arena a;
    const struct matcher *matcher = NULL;
    size_t skipped = 0;
    int wrong = 0;
    (void)state;
    arena_init(&a, &sys, CAP);
    good(matcher_make(&a, TERMS, COUNT_OF(TERMS), &matcher, &skipped));
    assert_int_equal(skipped, 0);
    for (size_t i = 0; i < COUNT_OF(WANTED); i++) {
        struct arena_mark mark = arena_mark(&a);
        struct fold fold;
        struct seen seen = {""};
        good(fold_text(&a, str_of(WANTED[i].text), WANTED[i].kind, &fold));
        good(matcher_read(matcher, &fold, see, &seen));
        if (strcmp(seen.text, WANTED[i].hits) != 0) {
            print_error("# '%s': '%s', wanted '%s'\n", WANTED[i].text, seen.text, WANTED[i].hits);
            wrong++;
        }
        arena_reset(&a, mark);
    }
    arena_done(&a);
    assert_int_equal(wrong, 0);
}

static err see_sure(void *context, const struct match_hit *hit) {
    size_t *sure = context;
    *sure += hit->is_sure;
    return OK;
}

/* More share a name than are told of one place: the text counts as not read, and none is let by. */
static void loses_nobody_where_many_share_a_name(void **state) {
    enum { MANY = 70 };
    const struct sys sys = sys_real();
    struct match_term terms[MANY];
    const struct matcher *matcher = NULL;
    struct arena a;
    struct fold fold;
    size_t skipped = 0;
    size_t sure = 0;
    (void)state;
    arena_init(&a, &sys, CAP);
    for (uint32_t i = 0; i < MANY; i++) {
        terms[i] = (struct match_term){i < 2 ? STR("하늘김") : STR("박하늘"), MATCH_NAME, i};
    }
    good(matcher_make(&a, terms, MANY, &matcher, &skipped));
    good(fold_text(&a, STR("하늘김"), FOLD_TEXT, &fold)); /* 68 share what it begins with */
    good(matcher_read(matcher, &fold, see_sure, &sure));
    assert_int_equal(sure, 2);
    good(fold_text(&a, STR("박하늘"), FOLD_TEXT, &fold));
    assert_int_equal(matcher_read(matcher, &fold, see_sure, &sure).kind, ERR_LIMIT);
    arena_done(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_what_is_written_and_nothing_else),
        cmocka_unit_test(loses_nobody_where_many_share_a_name),
    };
    return cmocka_run_group_tests_name("gate/match", tests, NULL, NULL);
}
