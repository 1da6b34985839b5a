/* slots_test.c: what is put into a page stays text, whatever it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "pressing/slots.h"

static const struct slot_scope NOTHING = {0};

/* What the tables below are filled with: a text that tries everything, and two hits. */
static const struct slot PIECES[] = {{"text", {"kettle", 6}}};
static const struct slot HIT_ONE[] = {{"title", {"One", 3}}};
static const struct slot HIT_TWO[] = {{"title", {"Two & <b>", 9}}};
static const struct slot_list MARKED[] = {{"marked", &NOTHING, 1}};
static const struct slot_scope PIECE = {PIECES, 1, MARKED, 1};
static const struct slot_list HIT_LISTS[] = {{"pieces", &PIECE, 1}};
static const struct slot_scope HITS[] = {{HIT_ONE, 1, NULL, 0}, {HIT_TWO, 1, HIT_LISTS, 1}};
static const struct slot ROOT_SLOTS[] = {{"query", {"\"><i>'&<!--=title-->", 20}}};
static const struct slot_list ROOT_LISTS[] = {{"hits", HITS, 2}, {"asked", &NOTHING, 1}};
static const struct slot_scope ROOT = {ROOT_SLOTS, 1, ROOT_LISTS, 2};

static const struct {
    const char *page;
    const char *filled; /* NULL: refused */
} ROWS[] = {
    {"", ""},
    {"<p>plain</p>", "<p>plain</p>"},
    {"<input value=\"<!--=query-->\">",
     "<input value=\"&quot;&gt;&lt;i&gt;&#39;&amp;&lt;!--=title--&gt;\">"},
    {"a<!--=nobody-->b", "ab"},
    {"a<!--[nobody-->x<!--=query--><!--]nobody-->b", "ab"},
    {"<!--[hits-->(<!--=title-->)<!--]hits-->", "(One)(Two &amp; &lt;b&gt;)"},
    {"<!--[hits--><!--[pieces-->[<!--=title-->:<!--[marked--><mark><!--=text--></mark>"
     "<!--]marked-->]<!--]pieces--><!--]hits-->",
     "[Two &amp; &lt;b&gt;:<mark>kettle</mark>]"},
    {"<!--[asked-->yes<!--]asked--><!--=title-->", "yes"}, /* an item's slot ends with it */
    {"<!-- ours --><!--=Query--><!--=query", "<!-- ours --><!--=Query--><!--=query"},
    {"<!--", "<!--"},
    {"<!--=-->", "<!--=-->"},
    {"<!--=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-->", "<!--=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-->"},
    {"<!--=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-->", ""},
    {"<!--[hits-->", NULL},
    {"<!--]hits-->", NULL},
    {"<!--[hits--><!--[asked--><!--]hits--><!--]asked-->", NULL},
};

static void fills_as_the_table_says(void **state) {
    (void)state;
    const struct sys sys = sys_real();
    for (size_t i = 0; i < COUNT_OF(ROWS); i++) {
        CLEANUP(arena_done) struct arena a;
        str filled = {0};
        arena_init(&a, &sys, 1 << 20);
        err e = slots_fill(&a, str_of(ROWS[i].page), &ROOT, &filled);
        assert_int_equal(e.kind, ROWS[i].filled == NULL ? ERR_INVALID : ERR_NONE);
        if (ROWS[i].filled != NULL && !str_eq(filled, str_of(ROWS[i].filled)))
            fail_msg("%s: " STR_FMT, ROWS[i].page, STR_ARG(filled));
    }
}

/* Every byte there is, in a slot: none of the five signs comes through, nor more than was given. */
static void escapes_every_byte(void **state) {
    (void)state;
    const struct sys sys = sys_real();
    CLEANUP(arena_done) struct arena a;
    char bytes[256];
    str filled = {0};
    arena_init(&a, &sys, 1 << 20);
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (char)i;
    const struct slot slots[] = {{"query", {bytes, sizeof bytes}}};
    const struct slot_scope scope = {.slots = slots, .slot_count = 1};
    assert_int_equal(slots_fill(&a, STR("<!--=query-->"), &scope, &filled).kind, ERR_NONE);
    for (size_t i = 0; i < filled.len; i++) assert_null(memchr("<>\"'", filled.ptr[i], 4));
    assert_int_equal(filled.len, 256 + 4 + 3 + 3 + 5 + 4); /* &amp; &lt; &gt; &quot; &#39; */
}

static void refuses_what_grows_beyond_bounds(void **state) {
    (void)state;
    const struct sys sys = sys_real();
    CLEANUP(arena_done) struct arena a;
    str filled = {0};
    arena_init(&a, &sys, 64 << 20);
    struct slot_scope *many = calloc(SLOTS_PAGE_MAX, sizeof *many);
    assert_non_null(many);
    const struct slot_list lists[] = {{"many", many, SLOTS_PAGE_MAX}};
    const struct slot_scope scope = {.lists = lists, .list_count = 1};
    err e = slots_fill(&a, STR("<!--[many-->ten bytes!<!--]many-->"), &scope, &filled);
    assert_int_equal(e.kind, ERR_LIMIT);
    free(many);
    assert_null(filled.ptr);
}

static void survives_every_failing_allocation(void **state) {
    (void)state;
    for (int n = 1; n < FAULT_RUNS_MAX; n++) {
        struct fault fault;
        struct sys sys = fault_sys(&fault, n);
        CLEANUP(arena_done) struct arena a;
        str filled = {0};
        arena_init(&a, &sys, 1 << 20);
        err e = slots_fill(&a, STR("<!--[hits--><!--=title--><!--]hits-->"), &ROOT, &filled);
        assert_true(e.kind == ERR_NONE || e.kind == ERR_NO_MEMORY);
        arena_done(&a);
        if (fault_ended(&fault, e)) return;
    }
    fail();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fills_as_the_table_says),
        cmocka_unit_test(escapes_every_byte),
        cmocka_unit_test(refuses_what_grows_beyond_bounds),
        cmocka_unit_test(survives_every_failing_allocation),
    };
    return cmocka_run_group_tests_name("slots", tests, NULL, NULL);
}
