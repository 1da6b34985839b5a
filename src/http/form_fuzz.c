/* form_fuzz.c: hostile forms of both kinds, whole and cut at two places: the same must be told. The
 * first two bytes say where the cuts are; the rest is the body. */
#include <assert.h>

#include "base/unicode.h"
#include "http/form.h"

enum { INPUT_MAX = 4096, TOLD_MAX = INPUT_MAX + 512 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct told {
    bool is_inside; /* of a part */
    enum err_kind kind;
    size_t len;
    char text[TOLD_MAX];
};

static void note(struct told *told, str text) {
    assert(text.len + 1 <= TOLD_MAX - told->len);
    if (text.len > 0) memcpy(told->text + told->len, text.ptr, text.len);
    told->len += text.len;
}

static err note_field(void *ctx, const struct http_field *field) {
    struct told *told = ctx;
    assert(utf8_is_valid(field->name) && field->name.len <= 16);
    assert(utf8_is_valid(field->value) && field->value.len <= 64);
    note(told, field->name);
    note(told, STR("="));
    note(told, field->value);
    note(told, STR("&"));
    return OK;
}

static err note_begin(void *ctx, const struct http_part *part) {
    struct told *told = ctx;
    assert(!told->is_inside);
    assert(part->name.ptr != NULL && part->name.len <= 32 && utf8_is_valid(part->name));
    assert(part->filename.len <= 32 && utf8_is_valid(part->filename));
    assert(part->type.ptr != NULL && utf8_is_valid(part->type));
    told->is_inside = true;
    note(told, part->name);
    note(told, STR("<"));
    note(told, part->filename);
    note(told, STR(">"));
    note(told, part->type);
    note(told, STR(":"));
    return OK;
}

static err note_bytes(void *ctx, str bytes) {
    struct told *told = ctx;
    assert(told->is_inside && bytes.len > 0);
    note(told, bytes);
    return OK;
}

static err note_end(void *ctx) {
    struct told *told = ctx;
    assert(told->is_inside);
    told->is_inside = false;
    note(told, STR(";"));
    return OK;
}

static err read_form(struct arena *a, const str pieces[3], struct told *told) {
    static const struct http_form_limits LIMITS = {
        .fields = 8, .name_bytes = 16, .value_bytes = 64};
    struct http_form form;
    TRY(http_form_start(&form, a, &LIMITS, (struct http_form_sink){told, note_field}));
    for (int i = 0; i < 3; i++) TRY(http_form_feed(&form, pieces[i]));
    return http_form_finish(&form);
}

static err read_multipart(struct arena *a, const str pieces[3], struct told *told) {
    static const struct http_multipart_limits LIMITS = {.parts = 8,
                                                        .head_bytes = 256,
                                                        .name_bytes = 32,
                                                        .text_bytes = 512,
                                                        .file_bytes = INPUT_MAX};
    struct http_multipart multipart;
    struct http_multipart_sink sink = {told, note_begin, note_bytes, note_end};
    TRY(http_multipart_start(&multipart, a, STR("xYx"), &LIMITS, sink));
    for (int i = 0; i < 3; i++) TRY(http_multipart_feed(&multipart, pieces[i]));
    return http_multipart_finish(&multipart);
}

/* However the bytes are cut, the form ends as well or as badly, and a good one tells the same. Of a
 * bad one more may have been told: a part that proves too long, for one. */
static void compare(err (*read)(struct arena *a, const str pieces[3], struct told *told),
                    const str pieces[3], str whole) {
    const struct sys sys = sys_real();
    const str at_once[3] = {whole, {0}, {0}};
    const str *const ways[2] = {at_once, pieces};
    struct told *told[2];
    for (int i = 0; i < 2; i++) {
        CLEANUP(arena_done) struct arena a;
        arena_init(&a, &sys, 1 << 16);
        told[i] = malloc(sizeof *told[i]);
        assert(told[i] != NULL);
        told[i]->is_inside = false;
        told[i]->len = 0;
        told[i]->kind = read(&a, ways[i], told[i]).kind;
    }
    assert(told[0]->kind == told[1]->kind);
    if (told[0]->kind == ERR_NONE) {
        assert(!told[0]->is_inside && told[0]->len == told[1]->len);
        assert(memcmp(told[0]->text, told[1]->text, told[0]->len) == 0);
    }
    free(told[0]);
    free(told[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 2 || size > INPUT_MAX) return 0;
    str body = {(const char *)data + 2, size - 2};
    size_t first = body.len * data[0] / 256, second = body.len * data[1] / 256;
    if (second < first) second = first;
    const str pieces[3] = {str_slice(body, 0, first), str_slice(body, first, second),
                           str_skip(body, second)};
    str boundary = {0};
    compare(read_form, pieces, body);
    compare(read_multipart, pieces, body);
    if (http_multipart_boundary(body, &boundary)) {
        assert(boundary.len >= 1 && boundary.len <= HTTP_BOUNDARY_MAX);
    }
    return 0;
}
