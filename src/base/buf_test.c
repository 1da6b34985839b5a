/* buf_test.c: what buf.h promises. */
#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/fault.h"

enum { CAP = 1 << 20 };

/* An arena and a buf in it, for tests of one page. */
struct desk {
    struct sys sys;
    struct arena arena;
    struct buf buf;
};

static void desk_init(struct desk *desk, size_t max) {
    desk->sys = sys_real();
    arena_init(&desk->arena, &desk->sys, CAP);
    buf_init(&desk->buf, &desk->arena, max);
}

static void desk_done(struct desk *desk) { arena_done(&desk->arena); }

static void assert_built(const struct desk *desk, str wanted) {
    str got = buf_text(&desk->buf);
    assert_int_equal(buf_check(&desk->buf).kind, ERR_NONE);
    assert_int_equal(got.len, wanted.len);
    if (wanted.len > 0) assert_memory_equal(got.ptr, wanted.ptr, wanted.len);
}

static void builds_a_text_of_pieces(void **state) {
    (void)state;
    CLEANUP(desk_done) struct desk desk;
    desk_init(&desk, 1000);
    buf_add(&desk.buf, STR("page "));
    buf_printf(&desk.buf, "%d", 17);
    buf_add_byte(&desk.buf, '\0');
    buf_add(&desk.buf, (str){0});
    buf_printf(&desk.buf, "%s-%d", "of", 20);
    assert_built(&desk, STR("page 17\0of-20"));
    str text = {0};
    assert_int_equal(buf_finish(&desk.buf, &text).kind, ERR_NONE);
    assert_int_equal(text.len, 13);
}

static void finishes_an_empty_text(void **state) {
    (void)state;
    CLEANUP(desk_done) struct desk desk;
    desk_init(&desk, 10);
    str text = STR("before");
    assert_int_equal(buf_finish(&desk.buf, &text).kind, ERR_NONE);
    assert_int_equal(text.len, 0);
}

static void keeps_every_byte_while_it_grows(void **state) {
    (void)state;
    CLEANUP(desk_done) struct desk desk;
    desk_init(&desk, 100000);
    for (size_t i = 0; i < 50000; i++) {
        buf_add_byte(&desk.buf, (char)(i % 251));
        if (i % 1000 == 0) assert_non_null(arena_alloc(&desk.arena, 1)); /* no longer the last */
    }
    str text = buf_text(&desk.buf);
    assert_int_equal(text.len, 50000);
    for (size_t i = 0; i < text.len; i++) assert_int_equal(text.ptr[i], (char)(i % 251));
}

static void makes_room_at_once(void **state) {
    (void)state;
    CLEANUP(desk_done) struct desk desk;
    desk_init(&desk, 1000);
    buf_add(&desk.buf, STR("paper"));
    buf_reserve(&desk.buf, 900);
    const char *place = desk.buf.ptr;
    for (int i = 0; i < 90; i++) buf_add(&desk.buf, STR("0123456789"));
    assert_ptr_equal(desk.buf.ptr, place); /* nothing moved */
    assert_int_equal(desk.buf.len, 905);
    buf_reserve(&desk.buf, 1000); /* more than it may hold: the appends will say so */
    assert_int_equal(buf_check(&desk.buf).kind, ERR_NONE);
    desk.arena.cap = desk.arena.used;
    buf_reserve(&desk.buf, 90);
    assert_int_equal(buf_check(&desk.buf).kind, ERR_NO_MEMORY);
}

static void adds_a_part_of_itself(void **state) {
    (void)state;
    CLEANUP(desk_done) struct desk desk;
    desk_init(&desk, 10000);
    buf_add(&desk.buf, STR("ab"));
    for (int i = 0; i < 10; i++) buf_add(&desk.buf, buf_text(&desk.buf));
    str text = buf_text(&desk.buf);
    assert_int_equal(text.len, 2048);
    for (size_t i = 0; i < text.len; i++) assert_int_equal(text.ptr[i], i % 2 == 0 ? 'a' : 'b');
}

static void holds_exactly_its_maximum_by_every_append(void **state) {
    (void)state;
    for (int way = 0; way < 3; way++) {
        CLEANUP(desk_done) struct desk desk;
        desk_init(&desk, 300);
        for (int i = 0; i < 100; i++) {
            if (way == 0) buf_add(&desk.buf, STR("abc"));
            if (way == 1) buf_printf(&desk.buf, "%s", "abc");
            if (way == 2) url_part(&desk.buf, STR("/"));
        }
        assert_int_equal(buf_check(&desk.buf).kind, ERR_NONE);
        assert_int_equal(buf_text(&desk.buf).len, 300);
        buf_add_byte(&desk.buf, 'x');
        assert_int_equal(buf_check(&desk.buf).kind, ERR_LIMIT);
    }
}

/* Around the size of a chunk: a sanitizer sees a NUL written behind it. */
static void formats_without_a_byte_too_many(void **state) {
    (void)state;
    for (int len = 4000; len < 4200; len++) {
        CLEANUP(desk_done) struct desk desk;
        desk_init(&desk, 10000);
        buf_printf(&desk.buf, "%*d", len, 7);
        assert_int_equal(buf_text(&desk.buf).len, len);
        buf_printf(&desk.buf, "%*d", len, 7);
        assert_int_equal(buf_text(&desk.buf).len, 2 * len);
    }
}

static void remembers_the_first_failure_and_stops(void **state) {
    (void)state;
    CLEANUP(desk_done) struct desk desk;
    desk_init(&desk, 4);
    buf_add(&desk.buf, STR("abc"));
    buf_add(&desk.buf, STR("de"));
    buf_add(&desk.buf, STR("f")); /* would fit */
    buf_printf(&desk.buf, "%d", 1);
    assert_int_equal(desk.buf.len, 3);
    assert_int_equal(buf_text(&desk.buf).len, 0);
    str text = STR("untouched");
    assert_int_equal(buf_finish(&desk.buf, &text).kind, ERR_LIMIT);
    assert_true(str_eq(text, STR("untouched")));
}

static void reports_an_arena_that_is_full(void **state) {
    (void)state;
    CLEANUP(desk_done) struct desk desk;
    desk_init(&desk, 1000);
    desk.arena.cap = 256;
    for (int i = 0; i < 500; i++) buf_add_byte(&desk.buf, 'x');
    assert_int_equal(buf_check(&desk.buf).kind, ERR_NO_MEMORY);
}

static void escapes_html_so_that_no_tag_or_quote_gets_through(void **state) {
    (void)state;
    CLEANUP(desk_done) struct desk desk;
    desk_init(&desk, 1000);
    html_text(&desk.buf, STR("<a href=\"x\">R&D 'n' \xED\x95\x9C\xEC\xA7\x80</a>"));
    assert_built(&desk, STR("&lt;a href=&quot;x&quot;&gt;R&amp;D &#39;n&#39; "
                            "\xED\x95\x9C\xEC\xA7\x80&lt;/a&gt;"));
    CLEANUP(desk_done) struct desk attribute;
    desk_init(&attribute, 100000);
    for (int c = 0; c < 256; c++) html_attr(&attribute.buf, (str){&(char){(char)c}, 1});
    str all = buf_text(&attribute.buf);
    assert_int_equal(str_find_byte(all, '<'), STR_NONE);
    assert_int_equal(str_find_byte(all, '>'), STR_NONE);
    assert_int_equal(str_find_byte(all, '"'), STR_NONE);
    assert_int_equal(str_find_byte(all, '\''), STR_NONE);
    assert_int_equal(all.len, 256 - 5 + 4 + 4 + 5 + 6 + 5);
}

/* RFC 3986, 2.3: the unreserved characters, written here as the RFC lists them. */
static void percent_encodes_all_but_the_unreserved(void **state) {
    (void)state;
    static const char unreserved[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    for (int c = 0; c < 256; c++) {
        CLEANUP(desk_done) struct desk desk;
        desk_init(&desk, 10);
        url_part(&desk.buf, (str){&(char){(char)c}, 1});
        str got = buf_text(&desk.buf);
        if (c != 0 && strchr(unreserved, c) != NULL) {
            assert_int_equal(got.len, 1);
            assert_int_equal(got.ptr[0], (char)c);
        } else {
            static const char digits[] = "0123456789ABCDEF";
            char wanted[] = {'%', digits[c / 16], digits[c % 16]};
            assert_true(str_eq(got, (str){wanted, 3}));
        }
    }
}

static void escapes_json_inside_quotes(void **state) {
    (void)state;
    CLEANUP(desk_done) struct desk desk;
    desk_init(&desk, 1000);
    json_text(&desk.buf, STR("\"\\\n\t\r\b\0\x1F \x7F</script>\xED\x95\x9C"));
    assert_built(&desk, STR("\\\"\\\\\\n\\t\\u000d\\u0008\\u0000\\u001f \\u007f\\u003c/script>"
                            "\xED\x95\x9C"));
}

static err build_a_page(const struct sys *sys) {
    CLEANUP(arena_done) struct arena a;
    arena_init(&a, sys, CAP);
    struct buf b;
    buf_init(&b, &a, CAP);
    for (int i = 0; i < 500; i++) {
        buf_add(&b, STR("<p>"));
        html_text(&b, STR("R&D"));
        url_part(&b, STR("/"));
        json_text(&b, STR("\n"));
        buf_printf(&b, "%d", i);
        if (i % 50 == 0 && arena_alloc(&a, 5000) == NULL) FAIL(ERR_NO_MEMORY, "a neighbour");
    }
    str text = STR("untouched");
    err e = buf_finish(&b, &text);
    if (e.kind != ERR_NONE) assert_true(str_eq(text, STR("untouched")));
    if (e.kind == ERR_NONE) assert_int_equal(text.len, 500 * (3 + 7 + 3 + 2) + 10 + 180 + 1200);
    return e;
}

static void survives_every_failing_allocation(void **state) {
    (void)state;
    int n = 1;
    for (; n < FAULT_RUNS_MAX; n++) {
        struct fault fault;
        const struct sys sys = fault_sys(&fault, n);
        if (fault_ended(&fault, build_a_page(&sys))) break;
    }
    assert_true(n > 4 && n < FAULT_RUNS_MAX);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(builds_a_text_of_pieces),
        cmocka_unit_test(finishes_an_empty_text),
        cmocka_unit_test(keeps_every_byte_while_it_grows),
        cmocka_unit_test(makes_room_at_once),
        cmocka_unit_test(adds_a_part_of_itself),
        cmocka_unit_test(holds_exactly_its_maximum_by_every_append),
        cmocka_unit_test(formats_without_a_byte_too_many),
        cmocka_unit_test(remembers_the_first_failure_and_stops),
        cmocka_unit_test(reports_an_arena_that_is_full),
        cmocka_unit_test(escapes_html_so_that_no_tag_or_quote_gets_through),
        cmocka_unit_test(percent_encodes_all_but_the_unreserved),
        cmocka_unit_test(escapes_json_inside_quotes),
        cmocka_unit_test(survives_every_failing_allocation),
    };
    return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
