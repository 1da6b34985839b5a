/* date_test.c: what date.h promises. The calendar is held to the C library's. */
#include "base/date.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "base/fault.h"

enum { CAP = 1 << 20, DAY = 86400 };

static const int64_t FIRST = -62135596800; /* 0001-01-01T00:00:00Z */
static const int64_t LAST = 253402300799;  /* 9999-12-31T23:59:59Z */

static bool is_same(struct date d, const struct tm *tm) {
    return d.year == tm->tm_year + 1900 && d.month == tm->tm_mon + 1 && d.day == tm->tm_mday &&
           d.hour == tm->tm_hour && d.minute == tm->tm_min && d.second == tm->tm_sec &&
           d.weekday == tm->tm_wday;
}

static void agrees_with_the_c_library_on_every_day(void **state) {
    (void)state;
    for (int64_t day = FIRST; day <= LAST; day += DAY) {
        int64_t seconds = day + (day / DAY % DAY + DAY) % DAY; /* another second on each day */
        time_t time = seconds;
        struct tm tm;
        assert_non_null(gmtime_r(&time, &tm));
        struct date d = date_of(seconds);
        if (!is_same(d, &tm)) fail_msg("%lld is read wrongly", (long long)seconds);
        if (date_seconds(d) != seconds) fail_msg("%lld does not come back", (long long)seconds);
    }
}

static void agrees_at_the_first_and_last_second_of_a_day(void **state) {
    (void)state;
    for (int64_t day = -800; day < 800; day++) {
        for (int64_t edge = -1; edge <= 1; edge++) {
            time_t time = day * DAY + edge;
            struct tm tm;
            assert_non_null(gmtime_r(&time, &tm));
            assert_true(is_same(date_of(time), &tm));
        }
    }
}

static void clamps_to_the_years_1_to_9999(void **state) {
    (void)state;
    assert_int_equal(date_seconds(date_of(INT64_MIN)), FIRST);
    assert_int_equal(date_seconds(date_of(FIRST - 1)), FIRST);
    assert_int_equal(date_seconds(date_of(LAST + 1)), LAST);
    assert_int_equal(date_seconds(date_of(INT64_MAX)), LAST);
}

enum { MOMENT = 1795415241 }; /* 2026-11-23T06:27:21Z, a Monday */

static void prints_a_moment_in_three_ways(void **state) {
    (void)state;
    const struct sys sys = sys_real();
    CLEANUP(arena_done) struct arena a;
    arena_init(&a, &sys, CAP);
    struct buf b;
    buf_init(&b, &a, 200);
    date_add(&b, MOMENT);
    buf_add_byte(&b, '|');
    date_add_day(&b, MOMENT);
    buf_add_byte(&b, '|');
    date_add_mail(&b, MOMENT);
    buf_add_byte(&b, '|');
    date_add(&b, FIRST);
    assert_true(str_eq(buf_text(&b), STR("2026-11-23T06:27:21Z|2026-11-23|"
                                         "Mon, 23 Nov 2026 06:27:21 +0000|0001-01-01T00:00:00Z")));
}

static void reads_moments_however_they_are_written(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int64_t seconds;
    } good[] = {
        {"2026-11-23T06:27:21Z", MOMENT},
        {"2026-11-23t06:27:21z", MOMENT},
        {"2026-11-23 06:27:21", MOMENT},
        {"  2026-11-23T06:27:21Z\n", MOMENT},
        {"2026-11-23T15:27:21+09:00", MOMENT},
        {"2026-11-23T15:27:21+0900", MOMENT},
        {"2026-11-23 15:27:21 +09:00", MOMENT},
        {"2026-11-22T20:57:21-09:30", MOMENT},
        {"2026-11-24T06:26:21+23:59", MOMENT},
        {"2026-11-23T06:27:21.5Z", MOMENT},
        {"2026-11-23T06:27:21.123456789Z", MOMENT},
        {"2026-11-23T06:27", MOMENT - 21},
        {"2026-11-23", MOMENT - 6 * 3600 - 27 * 60 - 21},
        {"1970-01-01T00:00:00Z", 0},
        {"1969-12-31T23:59:59Z", -1},
        {"2016-12-31T23:59:60Z", 1483228799}, /* a leap second */
        {"2024-02-29", 1709164800},
        {"2000-02-29", 951782400},
        {"0001-01-01", -62135596800},
        {"9999-12-31T23:59:59Z", 253402300799},
    };
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        int64_t seconds = 7;
        if (!date_parse(str_of(good[i].text), &seconds)) fail_msg("%s is refused", good[i].text);
        if (seconds != good[i].seconds) fail_msg("%s is misread", good[i].text);
    }
}

static void refuses_what_is_no_moment_and_leaves_the_output(void **state) {
    (void)state;
    static const char *const bad[] = {
        "",
        "yesterday",
        "0000-00-00 00:00:00", /* what WordPress writes for a draft */
        "0000-01-01",
        "2026-13-01",
        "2026-00-01",
        "2026-11-00",
        "2026-11-31",
        "2026-02-29",
        "1900-02-29",
        "26-11-23",
        "2026-1-23",
        "12026-11-23",
        "2026-11-23T",
        "2026-11-23T06",
        "2026-11-23T06:",
        "2026-11-23T06:27:",
        "2026-11-23T24:00:00Z",
        "2026-11-23T06:60:00Z",
        "2026-11-23T06:27:61Z",
        "2026-11-23T06:27:211Z",
        "2026-011-23",
        "2026-11-023",
        "2026-11-23T006:27:21Z",
        "2026-11-23T06:027:21Z",
        "2026-11-23T06:27:021Z",
        "2026-11-23T06:27:21.Z",
        "2026-11-23T06:27:21.5.5Z",
        "2026-11-23T06:27:21+9",
        "2026-11-23T06:27:21+24:00",
        "2026-11-23T06:27:21+09:60",
        "2026-11-23T06:27:21+09:00x",
        "2026-11-23T06:27:21 KST",
        "2026-11-23X06:27:21",
        "2026/11/23",
        "-2026-11-23",
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        int64_t seconds = 7;
        if (date_parse(str_of(bad[i]), &seconds)) fail_msg("\"%s\" is taken", bad[i]);
        assert_int_equal(seconds, 7);
    }
    int64_t seconds = 7;
    assert_false(date_parse(STR("2026-11-23\0"), &seconds));
}

static void reads_dates_as_mail_and_feeds_write_them(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int64_t seconds;
    } good[] = {
        {"Mon, 23 Nov 2026 06:27:21 +0000", MOMENT}, {"Mon, 23 Nov 2026 06:27:21 GMT", MOMENT},
        {"Mon, 23 Nov 2026 06:27:21 UT", MOMENT},    {"23 nov 2026 06:27:21 +0000", MOMENT},
        {"Mon, 23 Nov 2026 15:27:21 +0900", MOMENT}, {"Mon, 23 Nov 2026 06:27 +0000", MOMENT - 21},
        {"Thu, 1 Jan 1970 00:00:00 +0000", 0},       {"Mon,23 Nov 2026 06:27:21 -0000", MOMENT},
    };
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        int64_t seconds = 7;
        if (!date_parse_mail(str_of(good[i].text), &seconds)) {
            fail_msg("%s is refused", good[i].text);
        }
        if (seconds != good[i].seconds) fail_msg("%s is misread", good[i].text);
    }
    static const char *const bad[] = {
        "",
        ",",
        "Mon, 23",
        "Mon, 23 Nov",
        "Mon, 23 Nov 26 06:27:21 +0000",
        "Mon, 32 Nov 2026 06:27:21 +0000",
        "Mon, 31 Nov 2026 06:27:21 +0000",
        "Mon, 23 Nov 2026",
        "Mon, 23 Nov 2026 06:27:",
        "Mon, 23 Nov 2026 06:27:21 EST",
        "Mon, 23 Foo 2026 06:27:21 +0000",
        "Mon, 0 Nov 2026 06:27:21 +0000",
        "Mon, 23 No",
        "Mon, 23 Nov 2026 006:27:21 GMT",
        "Mon, 23 Nov 2026 06:027:21 GMT",
        "Mon, 23 Nov 2026 06:27:021 GMT",
        "Mon, 023 Nov 2026 06:27:21 GMT",
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        int64_t seconds = 7;
        if (date_parse_mail(str_of(bad[i]), &seconds)) fail_msg("\"%s\" is taken", bad[i]);
        assert_int_equal(seconds, 7);
    }
}

static void reads_back_what_it_prints(void **state) {
    (void)state;
    const struct sys sys = sys_real();
    CLEANUP(arena_done) struct arena a;
    arena_init(&a, &sys, CAP);
    struct arena_mark mark = arena_mark(&a);
    for (int64_t seconds = FIRST; seconds <= LAST; seconds += 9999991) { /* a prime, 115 days */
        struct buf b;
        int64_t back = 7;
        buf_init(&b, &a, 100);
        date_add(&b, seconds);
        assert_true(date_parse(buf_text(&b), &back));
        assert_int_equal(back, seconds);
        buf_init(&b, &a, 100);
        date_add_mail(&b, seconds);
        assert_true(date_parse_mail(buf_text(&b), &back));
        assert_int_equal(back, seconds);
        arena_reset(&a, mark);
    }
}

static err print_all(const struct sys *sys) {
    CLEANUP(arena_done) struct arena a;
    arena_init(&a, sys, CAP);
    struct buf b;
    str text;
    buf_init(&b, &a, CAP);
    for (int i = 0; i < 100; i++) {
        date_add(&b, MOMENT);
        date_add_day(&b, MOMENT);
        date_add_mail(&b, MOMENT);
    }
    return buf_finish(&b, &text);
}

static void survives_every_failing_allocation(void **state) {
    (void)state;
    int n = 1;
    for (; n < FAULT_RUNS_MAX; n++) {
        struct fault fault;
        const struct sys sys = fault_sys(&fault, n);
        if (fault_ended(&fault, print_all(&sys))) break;
    }
    assert_true(n > 1 && n < FAULT_RUNS_MAX);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_the_c_library_on_every_day),
        cmocka_unit_test(agrees_at_the_first_and_last_second_of_a_day),
        cmocka_unit_test(clamps_to_the_years_1_to_9999),
        cmocka_unit_test(prints_a_moment_in_three_ways),
        cmocka_unit_test(reads_moments_however_they_are_written),
        cmocka_unit_test(refuses_what_is_no_moment_and_leaves_the_output),
        cmocka_unit_test(reads_dates_as_mail_and_feeds_write_them),
        cmocka_unit_test(reads_back_what_it_prints),
        cmocka_unit_test(survives_every_failing_allocation),
    };
    return cmocka_run_group_tests_name("date", tests, NULL, NULL);
}
