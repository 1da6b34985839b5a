#include "archive/archive_testing.h"

static str search_text(struct house *h, const char *text) {
    struct buf b;
    str words = {0};
    buf_init(&b, &h->a, 4096);
    archive_search_text(&b, str_of(text));
    assert_ok(buf_finish(&b, &words));
    return words;
}

static void writes_runs_of_korean_also_as_pairs(void **state) {
    struct house *h = *state;
    assert_str(search_text(h, "one two"), "one two");
    assert_str(search_text(h, "북한에서 USB로"), " 북한 한에 에서 북한에서  USB 로 ");
    assert_str(search_text(h, "북한"), " 북한 ");
    assert_str(search_text(h, "北京大學"), " 北京 京大 大學 北京大學 ");
    assert_str(search_text(h, ""), "");
}

/* Puts each text as a version of its own and gives the ids found, as "1 3 ". */
static void put_texts(struct house *h, const char *const *texts, size_t count) {
    for (size_t i = 0; i < count; i++) {
        struct archive_version v = english("x");
        v.deck = (str){0};
        v.body = str_of(texts[i]);
        save(h, &v, ARCHIVE_ADDED);
    }
}

static unsigned found(struct house *h, const char *query) {
    int64_t *ids = NULL;
    size_t count = 0;
    unsigned set = 0;
    err e = archive_search(h->archive, &h->a, str_of(query), 100, &ids, &count);
    if (e.kind != ERR_NONE) fail_msg("%s: %s", query, e.message);
    for (size_t i = 0; i < count; i++) set |= 1U << ids[i];
    return set;
}

static void finds_two_syllables_inside_longer_words_and_before_particles(void **state) {
    struct house *h = *state;
    const char *texts[] = {"그는 북한에서 왔다", "탈북민의 이야기", "한국에서 산다", "집을 떠났다",
                           "옛집, 새 길"};
    put_texts(h, texts, COUNT_OF(texts));
    assert_int_equal(found(h, "북한"), 1U << 1);
    assert_int_equal(found(h, "에서"), 1U << 1 | 1U << 3);
    assert_int_equal(found(h, "북민"), 1U << 2);
    assert_int_equal(found(h, "탈북민의"), 1U << 2);
    assert_int_equal(found(h, "북한에서 왔다"), 1U << 1);
    assert_int_equal(found(h, "북한 한국"), 0); /* every word */
    assert_int_equal(found(h, "집"), 1U << 4);  /* at the beginning of a word */
    assert_int_equal(found(h, "길"), 1U << 5);
    assert_int_equal(found(h, "북에"), 0);
}

static void finds_words_whatever_their_case_and_accents(void **state) {
    struct house *h = *state;
    const char *texts[] = {"The café on Quay Street", "A USB에 stick", "cats and dogs; don't"};
    put_texts(h, texts, COUNT_OF(texts));
    assert_int_equal(found(h, "CAFE"), 1U << 1);
    assert_int_equal(found(h, "quay café"), 1U << 1);
    assert_int_equal(found(h, "usb"), 1U << 2);
    assert_int_equal(found(h, "cat"), 0);
    assert_int_equal(found(h, "don't"), 1U << 3);
}

static void takes_no_query_for_syntax(void **state) {
    struct house *h = *state;
    const char *texts[] = {"near and or not text", "col umn"};
    put_texts(h, texts, COUNT_OF(texts));
    const char *odd[] = {"\"", "\"\"", "*",   "a* OR", "NEAR(",    "text:near", "(",
                         ")",  "-",    "^",   "a\"b",  "{text}:x", "'",         ";",
                         "--", "—",    "— —", "\\",    "+ +",      "\"AND",     "… 북"};
    for (size_t i = 0; i < COUNT_OF(odd); i++) found(h, odd[i]); /* no error */
    assert_int_equal(found(h, "near AND not"), 1U << 1);
    assert_int_equal(found(h, "— text"), 1U << 1);
    assert_int_equal(found(h, "\"col umn\""), 1U << 2);
    assert_int_equal(found(h, ""), 0);
    assert_int_equal(found(h, " \t"), 0);
    int64_t *ids = NULL;
    size_t count = 0;
    assert_fails(archive_search(h->archive, &h->a, STR("\xFF"), 1, &ids, &count), ERR_INVALID);
}

static void finds_what_was_saved_last(void **state) {
    struct house *h = *state;
    const char *texts[] = {"water", "water water"};
    int64_t *ids = NULL;
    size_t count = 0;
    put_texts(h, texts, COUNT_OF(texts));
    assert_ok(archive_search(h->archive, &h->a, STR("water"), 1, &ids, &count));
    assert_int_equal(count, 1);
    assert_int_equal(ids[0], 2); /* the better one */
    struct archive_version v = {0};
    assert_ok(archive_version_load(h->archive, &h->a, 2, &v));
    v.body = STR("fire");
    save(h, &v, ARCHIVE_CHANGED);
    assert_int_equal(found(h, "water"), 1U << 1);
    assert_int_equal(found(h, "fire"), 1U << 2);
}

int main(void) {
#define EACH(test) cmocka_unit_test_setup_teardown(test, house_open, house_close)
    const struct CMUnitTest tests[] = {
        EACH(writes_runs_of_korean_also_as_pairs),
        EACH(finds_two_syllables_inside_longer_words_and_before_particles),
        EACH(finds_words_whatever_their_case_and_accents),
        EACH(takes_no_query_for_syntax),
        EACH(finds_what_was_saved_last),
    };
    return cmocka_run_group_tests_name("archive_search", tests, NULL, NULL);
}
