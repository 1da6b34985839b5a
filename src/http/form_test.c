/* form_test.c: urlencoded forms, whole and byte by byte, up to their limits and one beyond. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/fault.h"
#include "http/form.h"

static const struct http_form_limits LIMITS = {.fields = 4, .name_bytes = 8, .value_bytes = 16};

/* What was told: "name=value|name=value|". */
struct told {
    size_t len;
    char text[512];
    int refuse_at; /* the field the sink refuses, from 1; 0: none */
};

static err note_field(void *ctx, const struct http_field *field) {
    struct told *told = ctx;
    if (told->refuse_at > 0 && --told->refuse_at == 0) FAIL(ERR_DENIED, "no more of this");
    int len = snprintf(told->text + told->len, sizeof told->text - told->len,
                       STR_FMT "=" STR_FMT "|", STR_ARG(field->name), STR_ARG(field->value));
    assert_in_range(len, 0, sizeof told->text - told->len - 1);
    told->len += (size_t)len;
    return OK;
}

/* Reads a form in pieces of `step` bytes. */
static err read_form(const struct sys *sys, str text, size_t step, struct told *told) {
    CLEANUP(arena_done) struct arena a;
    struct http_form form;
    arena_init(&a, sys, 1 << 20);
    TRY(http_form_start(&form, &a, &LIMITS, (struct http_form_sink){told, note_field}));
    for (; text.len > 0; text = str_skip(text, step)) {
        TRY(http_form_feed(&form, str_slice(text, 0, step)));
    }
    return http_form_finish(&form);
}

static const struct {
    str text;
    const char *told; /* NULL: refused, as `kind` says */
    enum err_kind kind;
} FORMS[] = {
    {STR(""), "", ERR_NONE},
    {STR("a=b"), "a=b|", ERR_NONE},
    {STR("a=b&c=d"), "a=b|c=d|", ERR_NONE},
    {STR("a=b&a=c"), "a=b|a=c|", ERR_NONE},
    {STR("a"), "a=|", ERR_NONE},
    {STR("a="), "a=|", ERR_NONE},
    {STR("=b"), "=b|", ERR_NONE},
    {STR("="), "=|", ERR_NONE},
    {STR("&&a=b&&"), "a=b|", ERR_NONE},
    {STR("a=b=c"), "a=b=c|", ERR_NONE},
    {STR("a+b=c+d"), "a b=c d|", ERR_NONE},
    {STR("a%2Bb=%26%3d"), "a+b=&=|", ERR_NONE},
    {STR("a=%ED%95%9C%ec%a7%80"), "a=\xED\x95\x9C\xEC\xA7\x80|", ERR_NONE},
    {STR("a=\xED\x95\x9C"), "a=\xED\x95\x9C|", ERR_NONE}, /* bytes not encoded are bytes */
    {STR("a=%"), "a=%|", ERR_NONE}, /* WHATWG URL, 1.3: no escape, so itself */
    {STR("a=%&b=%4"), "a=%|b=%4|", ERR_NONE},
    {STR("a=%4g%%41%4%41"), "a=%4g%A%4A|", ERR_NONE},
    {STR("a%=%=b"), "a%=%=b|", ERR_NONE},
    {STR("a=%zz%2+%+"), "a=%zz%2 % |", ERR_NONE},
    {STR("a=1;b=2"), "a=1;b=2|", ERR_NONE}, /* the semicolon separates nothing */
    {STR("a=%0D%0A"), "a=\r\n|", ERR_NONE},
    {STR("12345678=1234567890123456"), "12345678=1234567890123456|", ERR_NONE},
    {STR("%31%32345678=1234567890123%34%35%36"), "12345678=1234567890123456|", ERR_NONE},
    {STR("a&b&c&d&"), "a=|b=|c=|d=|", ERR_NONE},

    {STR("a&b&c&d&e"), NULL, ERR_LIMIT},
    {STR("123456789=a"), NULL, ERR_LIMIT},
    {STR("1234567%4"), NULL, ERR_LIMIT},
    {STR("a=12345678901234567"), NULL, ERR_LIMIT},
    {STR("a=%FF"), NULL, ERR_INVALID},
    {STR("%C0%AF=a"), NULL, ERR_INVALID},
    {STR("a=%ED%A0%80"), NULL, ERR_INVALID}, /* half a pair of UTF-16 */
    {STR("a=%ED%95&b=%9C"), NULL, ERR_INVALID},
};

static void reads_forms_as_the_table_says(void **state) {
    (void)state;
    const struct sys sys = sys_real();
    for (size_t i = 0; i < COUNT_OF(FORMS); i++) {
        for (size_t step = 1; step <= FORMS[i].text.len + 1; step++) {
            struct told told = {0};
            err e = read_form(&sys, FORMS[i].text, step, &told);
            if (e.kind != FORMS[i].kind) fail_msg(STR_FMT " in %zu", STR_ARG(FORMS[i].text), step);
            if (FORMS[i].told != NULL && strcmp(told.text, FORMS[i].told) != 0) {
                fail_msg(STR_FMT " in %zu: %s", STR_ARG(FORMS[i].text), step, told.text);
            }
        }
    }
}

static void reads_a_whole_text_the_same_way(void **state) {
    (void)state;
    const struct sys sys = sys_real();
    for (size_t i = 0; i < COUNT_OF(FORMS); i++) {
        CLEANUP(arena_done) struct arena a;
        struct http_field *fields = NULL;
        struct told told = {0};
        unsigned count = 0;
        arena_init(&a, &sys, 1 << 20);
        err e = http_form_read(&a, FORMS[i].text, &LIMITS, &fields, &count);
        assert_int_equal(e.kind, FORMS[i].kind);
        for (unsigned n = 0; n < count; n++) {
            assert_int_equal(note_field(&told, &fields[n]).kind, ERR_NONE);
        }
        if (FORMS[i].told != NULL) assert_string_equal(told.text, FORMS[i].told);
    }
}

static void tells_nul_as_a_byte(void **state) {
    (void)state;
    const struct sys sys = sys_real();
    CLEANUP(arena_done) struct arena a;
    struct http_field *fields = NULL;
    unsigned count = 0;
    arena_init(&a, &sys, 1 << 20);
    err e = http_form_read(&a, STR("a=x%00y&a=z"), &LIMITS, &fields, &count);
    assert_int_equal(e.kind, ERR_NONE);
    assert_true(str_eq(http_form_value(fields, count, STR("a")), STR("x\0y"))); /* the first */
    assert_null(http_form_value(fields, count, STR("A")).ptr);
    assert_null(http_form_value(fields, count, STR("")).ptr);
}

static void asks_for_no_more_memory_than_the_text_needs(void **state) {
    (void)state;
    const struct sys sys = sys_real();
    struct http_form_limits generous = {
        .fields = UINT32_MAX, .name_bytes = UINT32_MAX, .value_bytes = UINT32_MAX};
    CLEANUP(arena_done) struct arena a;
    struct http_field *fields = NULL;
    unsigned count = 0;
    arena_init(&a, &sys, 4096);
    err e = http_form_read(&a, STR("a=b&c"), &generous, &fields, &count);
    assert_int_equal(e.kind, ERR_NONE);
    assert_int_equal(count, 2);
}

static void hands_on_what_the_sink_says(void **state) {
    (void)state;
    const struct sys sys = sys_real();
    struct told told = {.refuse_at = 2};
    assert_int_equal(read_form(&sys, STR("a=1&b=2&c=3"), 100, &told).kind, ERR_DENIED);
    assert_string_equal(told.text, "a=1|");
}

static err read_both_ways(const struct sys *sys) {
    CLEANUP(arena_done) struct arena a;
    struct told told = {0};
    struct http_field *fields = NULL;
    unsigned count = 0;
    arena_init(&a, sys, 1 << 20);
    TRY(read_form(sys, STR("a=1&b=2"), 3, &told));
    return http_form_read(&a, STR("a=1&b=2"), &LIMITS, &fields, &count);
}

static void survives_any_allocation_failing(void **state) {
    (void)state;
    for (int n = 1; n < FAULT_RUNS_MAX; n++) {
        struct fault fault;
        struct sys sys = fault_sys(&fault, n);
        err e = read_both_ways(&sys);
        if (fault_ended(&fault, e)) return;
        assert_int_equal(e.kind, ERR_NO_MEMORY);
    }
    fail();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_forms_as_the_table_says),
        cmocka_unit_test(reads_a_whole_text_the_same_way),
        cmocka_unit_test(tells_nul_as_a_byte),
        cmocka_unit_test(asks_for_no_more_memory_than_the_text_needs),
        cmocka_unit_test(hands_on_what_the_sink_says),
        cmocka_unit_test(survives_any_allocation_failing),
    };
    return cmocka_run_group_tests_name("http forms", tests, NULL, NULL);
}
