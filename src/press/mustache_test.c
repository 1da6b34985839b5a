/* mustache_test.c: the public specification's cases, one test each, and what it does not ask. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/fault.h"
#include "press/mustache.h"

enum { ARENA_MAX = 4 << 20, OUTPUT_MAX = 1 << 20, CASES_MAX = 400 };

/* ---- The specification ---------------------------------------------------------------------- */

struct spec_case {
    const char *name; /* "sections: Truthy" */
    json_t *json;
};

static void add_json(struct view *view, struct value *parent, const char *name,
                     const json_t *json) {
    const char *key = NULL;
    json_t *inner = NULL;
    size_t i = 0;
    str number = {0};
    switch (json_typeof(json)) {
    case JSON_OBJECT:
        parent = view_map(view, parent, name);
        for (void *at = json_object_iter((json_t *)(uintptr_t)json); at != NULL;
             at = json_object_iter_next((json_t *)(uintptr_t)json, at)) {
            key = json_object_iter_key(at);
            add_json(view, parent, key, json_object_iter_value(at));
        }
        break;
    case JSON_ARRAY:
        parent = view_list(view, parent, name);
        json_array_foreach(json, i, inner) add_json(view, parent, NULL, inner);
        break;
    case JSON_STRING: view_text(view, parent, name, str_of(json_string_value(json))); break;
    case JSON_INTEGER: view_number(view, parent, name, (uint64_t)json_integer_value(json)); break;
    case JSON_REAL: {
        err e = arena_printf(view->arena, &number, "%.15g", json_real_value(json));
        assert_int_equal(e.kind, ERR_NONE);
        view_text(view, parent, name, number);
        break;
    }
    case JSON_TRUE:
    case JSON_FALSE:
    case JSON_NULL: view_flag(view, parent, name, json_is_true(json)); break;
    }
}

static void renders_as_the_specification_says(void **state) {
    const struct spec_case *spec = *state;
    struct sys sys = sys_real();
    CLEANUP(arena_done) struct arena arena = {0};
    arena_init(&arena, &sys, ARENA_MAX);
    struct mustache_source sources[8] = {
        {STR("test"), str_of(json_string_value(json_object_get(spec->json, "template")))}};
    size_t count = 1;
    const char *name = NULL;
    json_t *text = NULL;
    json_object_foreach(json_object_get(spec->json, "partials"), name, text) {
        assert_true(count < COUNT_OF(sources));
        sources[count++] = (struct mustache_source){str_of(name), str_of(json_string_value(text))};
    }
    struct view view;
    view_init(&view, &arena);
    add_json(&view, &view.root, "data", json_object_get(spec->json, "data"));
    const struct mustache *set = NULL;
    err e = mustache_compile(&arena, sources, count, &set);
    assert_int_equal(e.kind, ERR_NONE);
    struct buf out;
    buf_init(&out, &arena, OUTPUT_MAX);
    e = mustache_render(set, STR("test"), value_find(&view.root, STR("data")), &out);
    assert_int_equal(e.kind, ERR_NONE);
    buf_add_byte(&out, '\0');
    assert_string_equal(buf_text(&out).ptr,
                        json_string_value(json_object_get(spec->json, "expected")));
}

/* Reads one file of cases. The JSON lives until the program ends: its names are the tests'. */
static size_t load_cases(const char *file, struct spec_case *cases, size_t count) {
    char path[200];
    snprintf(path, sizeof path, "../shared/data/mustache/%s.json", file);
    json_t *root = json_load_file(path, 0, NULL);
    if (root == NULL) {
        printf("# skipped: the specification's cases in %s are not here\n", path);
        return count;
    }
    size_t i = 0;
    json_t *json = NULL;
    json_array_foreach(json_object_get(root, "tests"), i, json) {
        assert_true(count < CASES_MAX);
        char name[200];
        snprintf(name, sizeof name, "specification, %s: %s", file,
                 json_string_value(json_object_get(json, "name")));
        cases[count++] = (struct spec_case){strdup(name), json_incref(json)};
    }
    json_decref(root);
    return count;
}

/* ---- What the specification does not ask ---------------------------------------------------- */

static err compile_text(struct arena *a, const char *text, const struct mustache **ret_set) {
    const struct mustache_source sources[] = {{STR("page"), str_of(text)}};
    return mustache_compile(a, sources, 1, ret_set);
}

static void says_where_a_template_is_wrong(void **state) {
    (void)state;
    static const struct {
        const char *text;
        const char *message;
    } cases[] = {
        {"a\n{{#x}}", "template page, line 2: a section is never closed: x"},
        {"a\n\n{{/x}}", "template page, line 3: closes a section that is not open: x"},
        {"{{#x}}\n{{#y}}\n{{/x}}{{/y}}",
         "template page, line 3: closes a section while another is open: x"},
        {"{{x", "template page, line 1: a tag is never closed: {{x"},
        {"\n{{{x}}", "template page, line 2: a tag is never closed: {{{x}}"},
        {"{{}}", "template page, line 1: a tag without a name: {{}}"},
        {"{{a..b}}", "template page, line 1: this is not a name: a..b"},
        {"{{a.}}", "template page, line 1: this is not a name: a."},
        {"{{=<%=}}", "template page, line 1: these are not two delimiters: <%"},
        {"{{=a b c=}}", "template page, line 1: these are not two delimiters: a b c"},
        {"{{< x}}", "template page, line 1: inheritance is not part of this language: {{<"},
        {"{{>}}", "template page, line 1: a partial without a name"},
    };
    struct sys sys = sys_real();
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CLEANUP(arena_done) struct arena arena = {0};
        arena_init(&arena, &sys, ARENA_MAX);
        const struct mustache *set = NULL;
        err e = compile_text(&arena, cases[i].text, &set);
        assert_int_equal(e.kind, ERR_INVALID);
        assert_string_equal(e.message, cases[i].message);
        assert_null(set);
    }
}

static err render_with(struct arena *a, const struct mustache_source *sources, size_t count,
                       size_t max) {
    struct view view;
    view_init(&view, a);
    view_flag(&view, &view.root, "yes", true);
    view_text(&view, &view.root, "text", STR("<tea & rice>"));
    struct value *list = view_list(&view, &view.root, "list");
    for (int i = 0; i < 20; i++) view_number(&view, view_map(&view, list, NULL), "n", (uint64_t)i);
    TRY(view_check(&view));
    const struct mustache *set = NULL;
    TRY(mustache_compile(a, sources, count, &set));
    struct buf out;
    buf_init(&out, a, max);
    return mustache_render(set, sources[0].name, &view.root, &out);
}

static void ends_a_partial_that_includes_itself_for_ever(void **state) {
    (void)state;
    struct sys sys = sys_real();
    CLEANUP(arena_done) struct arena arena = {0};
    arena_init(&arena, &sys, ARENA_MAX);
    const struct mustache_source endless[] = {{STR("page"), STR("{{>page}}")}};
    assert_int_equal(render_with(&arena, endless, 1, OUTPUT_MAX).kind, ERR_LIMIT);
}

static void ends_sections_that_multiply_without_printing(void **state) {
    (void)state;
    struct sys sys = sys_real();
    CLEANUP(arena_done) struct arena arena = {0};
    arena_init(&arena, &sys, ARENA_MAX);
    char text[2000] = "";
    size_t len = 0;
    for (int i = 0; i < 20; i++) len += (size_t)snprintf(text + len, 20, "{{#list}}");
    for (int i = 0; i < 20; i++) len += (size_t)snprintf(text + len, 20, "{{/list}}");
    const struct mustache_source product[] = {{STR("page"), {text, len}}};
    assert_int_equal(render_with(&arena, product, 1, OUTPUT_MAX).kind, ERR_LIMIT);
}

static void refuses_sections_deeper_than_the_limit(void **state) {
    (void)state;
    struct sys sys = sys_real();
    CLEANUP(arena_done) struct arena arena = {0};
    arena_init(&arena, &sys, ARENA_MAX);
    char text[2000] = "";
    size_t len = 0;
    for (int i = 0; i <= LIMIT_DEPTH; i++) len += (size_t)snprintf(text + len, 20, "{{#yes}}");
    const struct mustache *set = NULL;
    assert_int_equal(compile_text(&arena, text, &set).kind, ERR_LIMIT);
}

static void stops_when_the_page_is_full(void **state) {
    (void)state;
    struct sys sys = sys_real();
    CLEANUP(arena_done) struct arena arena = {0};
    arena_init(&arena, &sys, ARENA_MAX);
    const struct mustache_source page[] = {{STR("page"), STR("{{#list}}{{text}}{{/list}}")}};
    assert_int_equal(render_with(&arena, page, 1, 100).kind, ERR_LIMIT);
    assert_int_equal(render_with(&arena, page, 1, OUTPUT_MAX).kind, ERR_NONE);
}

static void says_that_a_template_is_missing(void **state) {
    (void)state;
    struct sys sys = sys_real();
    CLEANUP(arena_done) struct arena arena = {0};
    arena_init(&arena, &sys, ARENA_MAX);
    const struct mustache *set = NULL;
    assert_int_equal(compile_text(&arena, "x", &set).kind, ERR_NONE);
    struct buf out;
    buf_init(&out, &arena, OUTPUT_MAX);
    struct value root = {.kind = VALUE_MAP};
    assert_int_equal(mustache_render(set, STR("nowhere"), &root, &out).kind, ERR_NOT_FOUND);
}

static void hides_an_outer_text_behind_an_empty_inner_one(void **state) {
    (void)state;
    struct sys sys = sys_real();
    CLEANUP(arena_done) struct arena arena = {0};
    arena_init(&arena, &sys, ARENA_MAX);
    struct view view;
    view_init(&view, &arena);
    view_text(&view, &view.root, "title", STR("outer"));
    struct value *card = view_map(&view, &view.root, "card");
    view_text(&view, card, "title", STR(""));
    const struct mustache *set = NULL;
    err e = compile_text(&arena, "{{#card}}[{{title}}]{{/card}}", &set);
    assert_int_equal(e.kind, ERR_NONE);
    struct buf out;
    buf_init(&out, &arena, OUTPUT_MAX);
    e = mustache_render(set, STR("page"), &view.root, &out);
    assert_int_equal(e.kind, ERR_NONE);
    assert_true(str_eq(buf_text(&out), STR("[]")));
}

static void indents_partials_within_partials(void **state) {
    (void)state;
    struct sys sys = sys_real();
    CLEANUP(arena_done) struct arena arena = {0};
    arena_init(&arena, &sys, ARENA_MAX);
    const struct mustache_source sources[] = {{STR("page"), STR("a\n  {{>one}}\nb\n")},
                                              {STR("one"), STR("[\n {{>two}}\n]{{>two}}\n")},
                                              {STR("two"), STR("1\n2\n")}};
    const struct mustache *set = NULL;
    assert_int_equal(mustache_compile(&arena, sources, 3, &set).kind, ERR_NONE);
    struct buf out;
    buf_init(&out, &arena, OUTPUT_MAX);
    struct value root = {.kind = VALUE_MAP};
    assert_int_equal(mustache_render(set, STR("page"), &root, &out).kind, ERR_NONE);
    buf_add_byte(&out, '\0');
    assert_string_equal(buf_text(&out).ptr, "a\n  [\n   1\n   2\n  ]1\n2\n\nb\n");
}

static void survives_every_failing_allocation(void **state) {
    (void)state;
    const struct mustache_source sources[] = {
        {STR("page"), STR("{{#list}}{{n}}{{#yes}}{{a.b.c}}\n  {{>part}}\n{{/yes}}{{/list}}")},
        {STR("part"), STR("{{{text}}}\n{{^no}}none{{/no}}")}};
    for (int n = 1; n < FAULT_RUNS_MAX; n++) {
        struct fault fault;
        struct sys sys = fault_sys(&fault, n);
        struct arena arena;
        arena_init(&arena, &sys, ARENA_MAX);
        err e = render_with(&arena, sources, 2, OUTPUT_MAX);
        arena_done(&arena);
        if (fault_ended(&fault, e)) break;
    }
}

int main(void) {
    static struct spec_case cases[CASES_MAX];
    static struct CMUnitTest tests[CASES_MAX + 20] = {
        cmocka_unit_test(says_where_a_template_is_wrong),
        cmocka_unit_test(ends_a_partial_that_includes_itself_for_ever),
        cmocka_unit_test(ends_sections_that_multiply_without_printing),
        cmocka_unit_test(refuses_sections_deeper_than_the_limit),
        cmocka_unit_test(stops_when_the_page_is_full),
        cmocka_unit_test(says_that_a_template_is_missing),
        cmocka_unit_test(hides_an_outer_text_behind_an_empty_inner_one),
        cmocka_unit_test(indents_partials_within_partials),
        cmocka_unit_test(survives_every_failing_allocation),
    };
    static const char *const files[] = {"comments", "delimiters", "interpolation",
                                        "inverted", "partials",   "sections"};
    size_t own = 0;
    while (tests[own].test_func != NULL) own++;
    size_t count = 0;
    for (size_t i = 0; i < COUNT_OF(files); i++) count = load_cases(files[i], cases, count);
    for (size_t i = 0; i < count; i++) {
        tests[own + i] = (struct CMUnitTest){.name = cases[i].name,
                                             .test_func = renders_as_the_specification_says,
                                             .initial_state = &cases[i]};
    }
    return _cmocka_run_group_tests("mustache", tests, own + count, NULL, NULL);
}
