/* front_matter_test.c: what is understood at the top of a file, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/fault.h"
#include "intake/front_matter.h"

static struct sys real_sys(void) { return sys_real(); }

static void assert_str(str text, const char *expected) {
    if (!str_eq(text, str_of(expected))) {
        fail_msg("\"" STR_FMT "\" instead of \"%s\"", STR_ARG(text), expected);
    }
}

static struct front_matter read_it(struct arena *a, const char *source) {
    struct front_matter matter = {0};
    err e = front_matter_read(a, str_of(source), &matter);
    if (e.kind != ERR_NONE) fail_msg("%s: %s", source, e.message);
    return matter;
}

static void reads_scalars_of_every_kind(void **state) {
    (void)state;
    struct sys sys = real_sys();
    struct arena a;
    arena_init(&a, &sys, 1 << 24);
    struct front_matter m = read_it(
        &a,
        "---\nplain: some words # a comment\nsingle: 'it''s'\ndouble: \"a \\\"b\\\" \\u00e9\\n\"\n"
        "# a comment\nempty:\nnull: ~\nurl: https://x/#y\nkept: |\n  a\n   b\n\n  c\n"
        "folded: >-\n  a\n  b\n\n  c\nlast: 1\n---\nbody\n");
    assert_str(front_text(&m, STR("plain")), "some words");
    assert_str(front_text(&m, STR("single")), "it's");
    assert_str(front_text(&m, STR("double")), "a \"b\" \xC3\xA9\n");
    assert_str(front_text(&m, STR("empty")), "");
    assert_str(front_text(&m, STR("null")), "");
    assert_str(front_text(&m, STR("url")), "https://x/#y");
    assert_str(front_text(&m, STR("kept")), "a\n b\n\nc");
    assert_str(front_text(&m, STR("folded")), "a b\nc");
    assert_str(front_text(&m, STR("last")), "1");
    assert_str(m.body, "body\n");
    assert_int_equal(m.body_line, 21);
    arena_done(&a);
}

static void reads_lists_and_flat_maps(void **state) {
    (void)state;
    struct sys sys = real_sys();
    struct arena a;
    arena_init(&a, &sys, 1 << 24);
    struct front_matter m =
        read_it(&a, "---\ntags: [a, \"b, c\", 'd']\nnone: []\npeople: [{name: \"A, B\", role: x}]\n"
                    "block:\n  - one\n  - name: N\n    role: R\n  - {name: M}\nflush:\n- x\n- "
                    "y\nend: z\n---\n");
    const struct front_field *tags = front_find(&m, STR("tags"));
    assert_str(tags->items->value, "a");
    assert_str(tags->items->next->value, "b, c");
    assert_str(tags->items->next->next->value, "d");
    assert_null(front_find(&m, STR("none"))->items);
    assert_str(front_of(front_find(&m, STR("people"))->items->map, STR("name")), "A, B");
    const struct front_item *block = front_find(&m, STR("block"))->items;
    assert_str(block->value, "one");
    assert_str(front_of(block->next->map, STR("role")), "R");
    assert_str(front_of(block->next->next->map, STR("name")), "M");
    assert_str(front_find(&m, STR("flush"))->items->next->value, "y");
    assert_str(front_text(&m, STR("end")), "z");
    arena_done(&a);
}

static void takes_a_file_without_front_matter_as_body(void **state) {
    (void)state;
    struct sys sys = real_sys();
    struct arena a;
    arena_init(&a, &sys, 1 << 20);
    assert_str(read_it(&a, "# Title\n---\n").body, "# Title\n---\n");
    assert_str(read_it(&a, "").body, "");
    assert_str(read_it(&a, "\xEF\xBB\xBF---\r\na: b\r\n---\r\nx").body, "x");
    arena_done(&a);
}

static void refuses_what_it_does_not_understand(void **state) {
    (void)state;
    static const struct {
        const char *source;
        const char *words;
    } examples[] = {
        {"---\na: &x y\n---\n", "line 2: "},
        {"---\na: *x\n---\n", "line 2: "},
        {"---\na: !!str x\n---\n", "line 2: "},
        {"---\na: b\na: c\n---\n", "line 3: this key stands twice"},
        {"---\na: b\n", "line 2: the front matter has no closing ---"},
        {"---\na:\n  b: c\n---\n", "line 3: "},
        {"---\na: [[b]]\n---\n", "a list in a list"},
        {"---\na: [b\n---\n", "line 2: "},
        {"---\na: \"b\n---\n", "does not end"},
        {"---\na: \"b\" c\n---\n", "something stands after"},
        {"---\na: b: c\n---\n", "must be quoted"},
        {"---\n\ta: b\n---\n", "line 2: "},
        {"---\na:\n  - b\n c\n---\n", "line 4: "},
        {"---\na: \"\\q\"\n---\n", "escape"},
        {"---\na: |5\n b\n---\n", "block text"},
        {"---\njust words\n---\n", "\"key: value\""},
        {"---\na: \xFF\n---\n", "not UTF-8"},
    };
    for (size_t i = 0; i < COUNT_OF(examples); i++) {
        struct sys sys = real_sys();
        struct arena a;
        struct front_matter matter = {0};
        arena_init(&a, &sys, 1 << 20);
        err e = front_matter_read(&a, str_of(examples[i].source), &matter);
        bool is_right =
            e.kind == ERR_INVALID && str_contains(str_of(e.message), str_of(examples[i].words));
        if (!is_right) {
            fail_msg("%s gave: %s", examples[i].source, e.kind == ERR_NONE ? "success" : e.message);
        }
        arena_done(&a);
    }
}

static void gives_back_memory_whatever_fails(void **state) {
    (void)state;
    for (int n = 1; n < FAULT_RUNS_MAX; n++) {
        struct fault fault;
        struct sys sys = fault_sys(&fault, n);
        struct arena a;
        struct front_matter matter = {0};
        arena_init(&a, &sys, 1 << 24);
        err e =
            front_matter_read(&a, STR("---\na: \"b\"\nc: [d, {e: f}]\ng: |\n  h\n---\n"), &matter);
        arena_done(&a);
        if (fault_ended(&fault, e)) return;
    }
    fail();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_scalars_of_every_kind),
        cmocka_unit_test(reads_lists_and_flat_maps),
        cmocka_unit_test(takes_a_file_without_front_matter_as_body),
        cmocka_unit_test(refuses_what_it_does_not_understand),
        cmocka_unit_test(gives_back_memory_whatever_fails),
    };
    return cmocka_run_group_tests_name("front_matter", tests, NULL, NULL);
}
