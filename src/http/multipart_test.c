/* multipart_test.c: multipart/form-data, whole and in pieces of every size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "http/form.h"

static const struct http_multipart_limits LIMITS = {
    .parts = 3, .head_bytes = 160, .name_bytes = 16, .text_bytes = 24, .file_bytes = 48};

/* What was told: "name(type):bytes;" for a text, "name<filename>(type):bytes;" for a file. */
struct told {
    size_t len;
    char text[2048];
    int refuse_at; /* the call the sink refuses, from 1; 0: none */
};

static err note(struct told *told, str text) {
    if (told->refuse_at > 0 && --told->refuse_at == 0) FAIL(ERR_DENIED, "no more of this");
    assert_in_range(text.len, 0, sizeof told->text - told->len - 1);
    if (text.len > 0) memcpy(told->text + told->len, text.ptr, text.len);
    told->len += text.len;
    return OK;
}

static err note_begin(void *ctx, const struct http_part *part) {
    char text[512];
    bool is_file = part->filename.ptr != NULL;
    int len = snprintf(
        text, sizeof text, STR_FMT "%s" STR_FMT "%s(" STR_FMT "):", STR_ARG(part->name),
        is_file ? "<" : "", STR_ARG(part->filename), is_file ? ">" : "", STR_ARG(part->type));
    return note(ctx, (str){text, (size_t)len});
}

static err note_bytes(void *ctx, str bytes) {
    assert_int_not_equal(bytes.len, 0);
    return note(ctx, bytes);
}

static err note_end(void *ctx) { return note(ctx, STR(";")); }

static err read_parts(const struct sys *sys, str body, size_t step, struct told *told) {
    CLEANUP(arena_done) struct arena a;
    struct http_multipart multipart;
    struct http_multipart_sink sink = {told, note_begin, note_bytes, note_end};
    arena_init(&a, sys, 1 << 20);
    TRY(http_multipart_start(&multipart, &a, STR("xYx"), &LIMITS, sink));
    for (; body.len > 0; body = str_skip(body, step)) {
        TRY(http_multipart_feed(&multipart, str_slice(body, 0, step)));
    }
    return http_multipart_finish(&multipart);
}

#define NAME(name) "Content-Disposition: form-data; name=\"" name "\"\r\n"
#define FILE_NAME(name, file)                                                                      \
    "Content-Disposition: form-data; name=\"" name "\"; filename=\"" file "\"\r\n"
#define END "\r\n--xYx--\r\n"

static const struct {
    const char *what;
    str body;
    const char *told; /* NULL: refused, as `kind` says */
    enum err_kind kind;
} BODIES[] = {
    {"a text", STR("--xYx\r\n" NAME("a") "\r\nhello" END), "a(text/plain):hello;", ERR_NONE},
    {"two texts", STR("--xYx\r\n" NAME("a") "\r\nx\r\n--xYx\r\n" NAME("b") "\r\ny" END),
     "a(text/plain):x;b(text/plain):y;", ERR_NONE},
    {"a file",
     STR("--xYx\r\n" FILE_NAME("f", "a.png") "Content-Type: image/png\r\n\r\n\x89PNG" END),
     "f<a.png>(image/png):\x89PNG;", ERR_NONE},
    {"no file chosen",
     STR("--xYx\r\n" FILE_NAME("f", "") "Content-Type: application/octet-stream\r\n\r\n" END),
     "f<>(application/octet-stream):;", ERR_NONE},
    {"no part at all", STR("--xYx--\r\n"), "", ERR_NONE},
    {"no line end at the end", STR("--xYx--"), "", ERR_NONE},
    {"nothing in a part", STR("--xYx\r\n" NAME("a") "\r\n" END), "a(text/plain):;", ERR_NONE},
    {"a head that runs into the delimiter", STR("--xYx\r\n" NAME("a") "\r\n--xYx--"),
     "a(text/plain):;", ERR_NONE},
    {"a preamble and an epilogue",
     STR("Hello --xYx\r\n--xY\r\n\r\n--xYx\r\n" NAME("a") "\r\nx" END "--xYx\r\nwhatever"),
     "a(text/plain):x;", ERR_NONE},
    {"a line end before all", STR("\r\n--xYx\r\n" NAME("a") "\r\nx" END), "a(text/plain):x;",
     ERR_NONE},
    {"spaces behind delimiters", STR("--xYx \t\r\n" NAME("a") "\r\nx\r\n--xYx-- \t\r\n"),
     "a(text/plain):x;", ERR_NONE},
    {"almost delimiters", STR("--xYx\r\n" NAME("a") "\r\n\r\n--xY\r\r\n-\r\r\n-xYx\n--xYx" END),
     "a(text/plain):\r\n--xY\r\r\n-\r\r\n-xYx\n--xYx;", ERR_NONE},
    {"bytes that begin like a delimiter", STR("--xYx\r\n" NAME("a") "\r\n--xYy\r" END),
     "a(text/plain):--xYy\r;", ERR_NONE},
    {"line ends alone", STR("--xYx\r\n" NAME("a") "\r\n\r\n\r\r\n\n" END),
     "a(text/plain):\r\n\r\r\n\n;", ERR_NONE},
    {"names of fields in any case",
     STR("--xYx\r\nCONTENT-DISPOSITION:Form-Data;NAME=a\r\ncontent-TYPE:  a/b \r\n\r\nx" END),
     "a(a/b):x;", ERR_NONE},
    {"escaped quotes", STR("--xYx\r\n" FILE_NAME("a\\\"b", "C:\\\\x\\y.png") "\r\nx" END),
     "a\"b<C:\\x\\y.png>(text/plain):x;", ERR_NONE},
    {"a semicolon in a name", STR("--xYx\r\n" FILE_NAME("f", "a;name=b") "\r\nx" END),
     "f<a;name=b>(text/plain):x;", ERR_NONE},
    {"a Korean name", STR("--xYx\r\n" NAME("\xED\x95\x9C") "\r\nx" END),
     "\xED\x95\x9C(text/plain):x;", ERR_NONE},
    {"the extended name is passed over",
     STR("--xYx\r\nContent-Disposition: form-data; name=f; filename*=UTF-8''b\r\n\r\nx" END),
     "f(text/plain):x;", ERR_NONE},
    {"a type of nothing, twice",
     STR("--xYx\r\n" NAME("a") "Content-Type:\r\nContent-Type: a/b\r\n\r\nx" END), NULL,
     ERR_INVALID},
    {"a name of nothing", STR("--xYx\r\n" NAME("") "\r\nx" END), "(text/plain):x;", ERR_NONE},
    {"no encoding is named",
     STR("--xYx\r\n" NAME("a") "Content-Transfer-Encoding: 8BIT\r\nX-Y: z\r\n\r\nx" END),
     "a(text/plain):x;", ERR_NONE},
    {"a text of the full length", STR("--xYx\r\n" NAME("a") "\r\n123456789012345678901234" END),
     "a(text/plain):123456789012345678901234;", ERR_NONE},

    {"a text too long", STR("--xYx\r\n" NAME("a") "\r\n1234567890123456789012345" END), NULL,
     ERR_LIMIT},
    {"a text too long by a carriage return",
     STR("--xYx\r\n" NAME("a") "\r\n123456789012345678901234\r" END), NULL, ERR_LIMIT},
    {"a file too long",
     STR("--xYx\r\n" FILE_NAME("a",
                               "b") "\r\n1234567890123456789012345678901234567890123456789" END),
     NULL, ERR_LIMIT},
    {"a name too long", STR("--xYx\r\n" NAME("12345678901234567") "\r\nx" END), NULL, ERR_LIMIT},
    {"a file's name too long", STR("--xYx\r\n" FILE_NAME("a", "12345678901234567") "\r\nx" END),
     NULL, ERR_LIMIT},
    {"a head too long",
     STR("--xYx\r\n" NAME(
         "a") "X-Long: 01234567890123456789012345678901234567890123456789"
              "01234567890123456789012345678901234567890123456789012345678901234567890123456789\r\n"
              "\r\nx" END),
     NULL, ERR_LIMIT},
    {"four parts",
     STR("--xYx\r\n" NAME("a") "\r\n\r\n--xYx\r\n" NAME("a") "\r\n\r\n--xYx\r\n" NAME(
         "a") "\r\n\r\n--xYx\r\n" NAME("a") "\r\n" END),
     NULL, ERR_LIMIT},
    {"nothing", STR(""), NULL, ERR_INVALID},
    {"no delimiter", STR("hello"), NULL, ERR_INVALID},
    {"no end", STR("--xYx\r\n" NAME("a") "\r\nhello"), NULL, ERR_INVALID},
    {"half an end", STR("--xYx\r\n" NAME("a") "\r\nhello\r\n--xYx-"), NULL, ERR_INVALID},
    {"an end cut in its line", STR("--xYx--\r"), NULL, ERR_INVALID},
    {"a delimiter that goes on", STR("--xYx\r\n" NAME("a") "\r\nhello\r\n--xYxx" END), NULL,
     ERR_INVALID},
    {"a delimiter of bare LF", STR("--xYx\n" NAME("a") "\r\nx" END), NULL, ERR_INVALID},
    {"a close with a space inside", STR("--xYx -"), NULL, ERR_INVALID},
    {"words behind the close", STR("--xYx--x"), NULL, ERR_INVALID},
    {"a bare LF in a head",
     STR("--xYx\r\nContent-Disposition: form-data; name=a\nX: y\r\n\r\nx" END), NULL, ERR_INVALID},
    {"a bare CR in a head",
     STR("--xYx\r\nContent-Disposition: form-data; name=a\rX: y\r\n\r\nx" END), NULL, ERR_INVALID},
    {"NUL in a head", STR("--xYx\r\nContent-Disposition: form-data; name=\"a\0b\"\r\n\r\nx" END),
     NULL, ERR_INVALID},
    {"a folded line", STR("--xYx\r\nContent-Disposition: form-data;\r\n name=a\r\n\r\nx" END), NULL,
     ERR_INVALID},
    {"no head", STR("--xYx\r\n\r\nx" END), NULL, ERR_INVALID},
    {"no disposition", STR("--xYx\r\nContent-Type: a/b\r\n\r\nx" END), NULL, ERR_INVALID},
    {"no name", STR("--xYx\r\nContent-Disposition: form-data\r\n\r\nx" END), NULL, ERR_INVALID},
    {"another disposition", STR("--xYx\r\nContent-Disposition: attachment; name=a\r\n\r\nx" END),
     NULL, ERR_INVALID},
    {"two dispositions", STR("--xYx\r\n" NAME("a") NAME("b") "\r\nx" END), NULL, ERR_INVALID},
    {"two dispositions that share the work",
     STR("--xYx\r\n" NAME("a") "Content-Disposition: form-data; filename=b\r\n\r\nx" END), NULL,
     ERR_INVALID},
    {"a bare LF in a field nobody reads", STR("--xYx\r\n" NAME("a") "X: y\nZ: w\r\n\r\nx" END),
     NULL, ERR_INVALID},
    {"a bare CR in a field nobody reads", STR("--xYx\r\n" NAME("a") "X: y\rZ: w\r\n\r\nx" END),
     NULL, ERR_INVALID},
    {"NUL in a field nobody reads", STR("--xYx\r\n" NAME("a") "X: \0\r\n\r\nx" END), NULL,
     ERR_INVALID},
    {"two names", STR("--xYx\r\nContent-Disposition: form-data; name=a; name=b\r\n\r\nx" END), NULL,
     ERR_INVALID},
    {"two types", STR("--xYx\r\n" NAME("a") "Content-Type: a/b\r\nContent-Type: a/b\r\n\r\nx" END),
     NULL, ERR_INVALID},
    {"an open quote", STR("--xYx\r\nContent-Disposition: form-data; name=\"a\\\"\r\n\r\nx" END),
     NULL, ERR_INVALID},
    {"words between parameters",
     STR("--xYx\r\nContent-Disposition: form-data; name=\"a\" b\r\n\r\nx" END), NULL, ERR_INVALID},
    {"a name that is not UTF-8", STR("--xYx\r\n" NAME("\xFF") "\r\nx" END), NULL, ERR_INVALID},
    {"a tab in a name", STR("--xYx\r\n" NAME("a\tb") "\r\nx" END), NULL, ERR_INVALID},
    {"base64", STR("--xYx\r\n" NAME("a") "Content-Transfer-Encoding: base64\r\n\r\neA==" END), NULL,
     ERR_INVALID},
    {"a space before a colon", STR("--xYx\r\nContent-Disposition : form-data; name=a\r\n\r\nx" END),
     NULL, ERR_INVALID},
    {"a line without a colon", STR("--xYx\r\n" NAME("a") "hello\r\n\r\nx" END), NULL, ERR_INVALID},
};

static void reads_bodies_as_the_table_says_in_pieces_of_any_size(void **state) {
    (void)state;
    const struct sys sys = sys_real();
    for (size_t i = 0; i < COUNT_OF(BODIES); i++) {
        for (size_t step = 1; step <= BODIES[i].body.len + 1; step++) {
            struct told told = {0};
            err e = read_parts(&sys, BODIES[i].body, step, &told);
            if (e.kind != BODIES[i].kind) {
                fail_msg("%s in %zu: %s", BODIES[i].what, step, err_kind_name(e.kind));
            }
            if (BODIES[i].told != NULL && strcmp(told.text, BODIES[i].told) != 0) {
                fail_msg("%s in %zu: %s", BODIES[i].what, step, told.text);
            }
        }
    }
}

/* Files of few different bytes, so that they are full of almost delimiters: written as a client
 * writes them and read back. */
static void gives_any_bytes_back(void **state) {
    (void)state;
    static const char ALPHABET[] = "\r\n--xYx";
    const struct sys sys = sys_real();
    unsigned seed = 5;
    for (int round = 0; round < 50000; round++) {
        char body[256], file[40];
        size_t size = (size_t)rand_r(&seed) % sizeof file;
        for (size_t i = 0; i < size; i++) file[i] = ALPHABET[rand_r(&seed) % 7];
        str content = {file, size};
        bool holds_delimiter =
            str_contains(content, STR("\r\n--xYx")) || str_starts(content, STR("--xYx"));
        if (holds_delimiter) continue; /* a client would have chosen another boundary */
        int len = snprintf(body, sizeof body, "--xYx\r\n" FILE_NAME("f", "n") "\r\n" STR_FMT END,
                           STR_ARG(content));
        struct told told = {0};
        err e = read_parts(&sys, (str){body, (size_t)len}, 1 + (size_t)rand_r(&seed) % 9, &told);
        assert_int_equal(e.kind, ERR_NONE);
        assert_int_equal(told.len, 17 + size + 1);
        assert_memory_equal(told.text + 17, file, size);
    }
}

static const struct {
    const char *type;
    const char *boundary; /* NULL: is refused */
} TYPES[] = {
    {"multipart/form-data; boundary=abc", "abc"},
    {"Multipart/Form-Data;BOUNDARY=\"a b\"", "a b"},
    {"multipart/form-data ; charset=utf-8 ; boundary=----WebKitFormBoundaryA1 ",
     "----WebKitFormBoundaryA1"},
    {"multipart/form-data; boundary=\"'()+_,-./:=?\"", "'()+_,-./:=?"},
    {"multipart/form-data; boundary="
     "1234567890123456789012345678901234567890123456789012345678901234567890",
     "1234567890123456789012345678901234567890123456789012345678901234567890"},
    {"multipart/form-data; boundary="
     "12345678901234567890123456789012345678901234567890123456789012345678901",
     NULL},
    {"multipart/form-data", NULL},
    {"multipart/form-data; boundary=", NULL},
    {"multipart/form-data; boundary=\"\"", NULL},
    {"multipart/form-data; boundary=\"a ", NULL},
    {"multipart/form-data; boundary=\"a \"", NULL},
    {"multipart/form-data; boundary=a; boundary=b", NULL},
    {"multipart/form-data; boundary=\"\"; boundary=b", NULL},
    {"multipart/form-data; boundary=a b", NULL},
    {"multipart/form-data; boundary=a, multipart/form-data; boundary=b", NULL},
    {"multipart/form-data; boundary = a", NULL},
    {"multipart/form-data; boundary=\"a\\\"b\"", NULL},
    {"multipart/form-data; boundary=\"a\r\nb\"", NULL},
    {"multipart/form-data boundary=a", NULL},
    {"multipart/form-dataa; boundary=a", NULL},
    {"multipart/mixed; boundary=a", NULL},
    {"application/x-www-form-urlencoded", NULL},
    {"", NULL},
};

static void finds_the_boundary_as_the_table_says(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT_OF(TYPES); i++) {
        str boundary = STR("untouched");
        bool is_found = http_multipart_boundary(str_of(TYPES[i].type), &boundary);
        if (is_found != (TYPES[i].boundary != NULL)) fail_msg("%s", TYPES[i].type);
        str wanted = str_of(is_found ? TYPES[i].boundary : "untouched");
        if (!str_eq(boundary, wanted)) fail_msg("%s: " STR_FMT, TYPES[i].type, STR_ARG(boundary));
    }
}

static void refuses_to_start_with_no_boundary(void **state) {
    (void)state;
    const struct sys sys = sys_real();
    CLEANUP(arena_done) struct arena a;
    struct http_multipart multipart;
    struct http_multipart_sink sink = {NULL, note_begin, note_bytes, note_end};
    arena_init(&a, &sys, 1 << 20);
    err e = http_multipart_start(&multipart, &a, STR(""), &LIMITS, sink);
    assert_int_equal(e.kind, ERR_INVALID);
}

static void hands_on_what_the_sink_says(void **state) {
    (void)state;
    const struct sys sys = sys_real();
    static const char *const TOLD[] = {"", "a(text/plain):", "a(text/plain):x"};
    for (int n = 1; n <= 3; n++) {
        struct told told = {.refuse_at = n};
        err e = read_parts(&sys, STR("--xYx\r\n" NAME("a") "\r\nx" END), 1000, &told);
        assert_int_equal(e.kind, ERR_DENIED);
        assert_string_equal(told.text, TOLD[n - 1]);
    }
}

static void survives_any_allocation_failing(void **state) {
    (void)state;
    for (int n = 1; n < FAULT_RUNS_MAX; n++) {
        struct fault fault;
        struct told told = {0};
        struct sys sys = fault_sys(&fault, n);
        err e = read_parts(&sys, BODIES[2].body, 7, &told);
        if (fault_ended(&fault, e)) return;
        assert_int_equal(e.kind, ERR_NO_MEMORY);
    }
    fail();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_bodies_as_the_table_says_in_pieces_of_any_size),
        cmocka_unit_test(gives_any_bytes_back),
        cmocka_unit_test(finds_the_boundary_as_the_table_says),
        cmocka_unit_test(refuses_to_start_with_no_boundary),
        cmocka_unit_test(hands_on_what_the_sink_says),
        cmocka_unit_test(survives_any_allocation_failing),
    };
    return cmocka_run_group_tests_name("http multipart", tests, NULL, NULL);
}
