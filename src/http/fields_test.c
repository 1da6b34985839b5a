/* fields_test.c: Accept-Encoding and If-None-Match, against tables and a slow oracle that is built
 * the other way round: from what the client means to the text that says it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "http/http.h"

static const struct {
    const char *field;
    unsigned gzip;
    unsigned identity;
} ENCODINGS[] = {
    {"", 0, 1000},
    {"gzip", 1000, 1000},
    {"GZip", 1000, 1000},
    {"gzip, deflate, br", 1000, 1000},
    {"deflate,gzip;q=0.5", 500, 1000},
    {"gzip;q=0", 0, 1000},
    {"gzip;q=0.000", 0, 1000},
    {"gzip ; q=0.25", 250, 1000},
    {"gzip;Q=0.25", 250, 1000},
    {"gzip;q=1.000", 1000, 1000},
    {"gzip;q=0.001", 1, 1000},
    {"*", 1000, 1000},
    {"*;q=0", 0, 0},
    {"gzip, *;q=0", 1000, 0},
    {"identity;q=0", 0, 0},
    {"identity;q=0.5, gzip;q=0.7", 700, 500},
    {"*;q=0.1, gzip;q=0", 0, 100},
    {"gzip;level=9;q=0.5", 500, 1000},
    {"xgzip, gzipx", 0, 1000},
    {",, gzip ,,", 1000, 1000},
    {"gzip;q=0, gzip", 0, 1000}, /* named twice: the careful reading */
    {"gzip;q=", 1000, 1000},     /* a weight that is none is not there */
    {"gzip;q=abc", 1000, 1000},
    {"gzip;q=1.5", 1000, 1000},
    {"gzip;q=-1", 1000, 1000},
    {"gzip;q=0.1234", 1000, 1000},
};

static void weighs_codings_as_the_table_says(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT_OF(ENCODINGS); i++) {
        str field = str_of(ENCODINGS[i].field);
        unsigned gzip = http_coding_quality(field, STR("gzip"));
        unsigned identity = http_coding_quality(field, STR("identity"));
        if (gzip != ENCODINGS[i].gzip || identity != ENCODINGS[i].identity) {
            fail_msg("\"%s\": gzip %u, identity %u", ENCODINGS[i].field, gzip, identity);
        }
    }
}

/* What a client may mean: a weight, or nothing said, for gzip, identity and all others. */
static void agrees_with_what_was_meant(void **state) {
    (void)state;
    enum { UNSAID = 8 };
    static const unsigned WEIGHTS[UNSAID] = {0, 1, 10, 100, 499, 500, 999, 1000};
    static const char *const NAMES[] = {"gzip", "identity", "*"};
    for (unsigned number = 0; number < 9 * 9 * 9 * 6; number++) {
        unsigned meant[3] = {number % 9, number / 9 % 9, number / 81 % 9};
        unsigned order = number / 729, len = 0;
        char field[128] = "br;q=0.3";
        len = 8;
        for (unsigned i = 0; i < 3; i++) {
            unsigned who = (i * (order % 2 + 1) + order / 2) % 3;
            if (meant[who] == UNSAID) continue;
            len += (unsigned)snprintf(field + len, sizeof field - len, ", %s;q=%u.%03u", NAMES[who],
                                      WEIGHTS[meant[who]] / 1000, WEIGHTS[meant[who]] % 1000);
        }
        unsigned others = meant[2] == UNSAID ? 0 : WEIGHTS[meant[2]];
        unsigned gzip = meant[0] == UNSAID ? others : WEIGHTS[meant[0]];
        unsigned plain_unsaid = meant[2] == UNSAID ? 1000 : others;
        unsigned plain = meant[1] == UNSAID ? plain_unsaid : WEIGHTS[meant[1]];
        assert_int_equal(http_coding_quality((str){field, len}, STR("gzip")), gzip);
        assert_int_equal(http_coding_quality((str){field, len}, STR("identity")), plain);
    }
}

static const struct {
    const char *field;
    bool names_it; /* "abc" */
} MATCHES[] = {
    {"\"abc\"", true},
    {"W/\"abc\"", true},
    {"*", true},
    {" * ", true},
    {"\"x\", \"abc\"", true},
    {"\"x\",\"abc\",\"y\"", true},
    {",, \"x\" , W/\"abc\"", true},
    {"\"a,\\\", \"abc\"", true}, /* a comma and a backslash inside a tag are just that */
    {"\"x, \"", false},
    {"", false},
    {"abc", false},
    {"\"abc", false},
    {"\"ABC\"", false},
    {"w/\"abc\"", false}, /* the weakness mark is upper case (RFC 9110, 8.8.3) */
    {"\"abcd\"", false},
    {"\"x\", *", false},
    {"nonsense, \"abc\"", false},
    {"W/", false},
};

static void finds_a_tag_as_the_table_says(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT_OF(MATCHES); i++) {
        bool strong = http_etag_listed(str_of(MATCHES[i].field), STR("\"abc\""));
        bool weak = http_etag_listed(str_of(MATCHES[i].field), STR("W/\"abc\""));
        if (strong != MATCHES[i].names_it || weak != strong) fail_msg("%s", MATCHES[i].field);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weighs_codings_as_the_table_says),
        cmocka_unit_test(agrees_with_what_was_meant),
        cmocka_unit_test(finds_a_tag_as_the_table_says),
    };
    return cmocka_run_group_tests_name("http fields", tests, NULL, NULL);
}
