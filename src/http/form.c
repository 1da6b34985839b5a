/* form.c: application/x-www-form-urlencoded. See form.h.
 *
 *     name=value&name=value        + is a space, %XX a byte; "%" without two digits is itself
 *
 * What comes is decoded byte by byte into the room of the field it belongs to. */
#include "http/form.h"

#include <assert.h>
#include <string.h>

#include "base/unicode.h"

err http_form_start(struct http_form *form, struct arena *a, const struct http_form_limits *limits,
                    struct http_form_sink sink) {
    char *room = arena_alloc(a, (size_t)limits->name_bytes + limits->value_bytes);
    if (room == NULL) FAIL(ERR_NO_MEMORY, "form: no memory for a field");
    *form = (struct http_form){.limits = *limits, .sink = sink, .room = room};
    return OK;
}

/* Puts one decoded byte behind the name or the value. */
static err put(struct http_form *form, char byte) {
    const struct http_form_limits *limits = &form->limits;
    if (!form->has_equals) {
        if (form->name_len == limits->name_bytes) {
            FAIL(ERR_LIMIT, "form: a name of more than %u bytes", limits->name_bytes);
        }
        form->room[form->name_len++] = byte;
    } else {
        if (form->value_len == limits->value_bytes) {
            FAIL(ERR_LIMIT, "form: a value of more than %u bytes", limits->value_bytes);
        }
        form->room[limits->name_bytes + form->value_len++] = byte;
    }
    return OK;
}

/* A "%" that turned out to begin no escape is a "%", with what stood behind it. */
static err put_escape(struct http_form *form) {
    if (form->escape_len == 0) return OK;
    unsigned held = form->escape_len;
    form->escape_len = 0;
    TRY(put(form, '%'));
    if (held == 2) TRY(put(form, form->first_digit));
    return OK;
}

static int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/* The end of a field: at "&" and at the end of all. Nothing between two "&" is no field. */
static err end_field(struct http_form *form) {
    TRY(put_escape(form));
    struct http_field field = {.name = {form->room, form->name_len},
                               .value = {form->room + form->limits.name_bytes, form->value_len}};
    bool is_empty = field.name.len == 0 && !form->has_equals;
    form->name_len = form->value_len = 0;
    form->has_equals = false;
    if (is_empty) return OK;
    if (form->field_count++ == form->limits.fields) {
        FAIL(ERR_LIMIT, "form: more than %u fields", form->limits.fields);
    }
    if (!utf8_is_valid(field.name) || !utf8_is_valid(field.value)) {
        FAIL(ERR_INVALID, "form: field %u is not UTF-8", form->field_count);
    }
    return form->sink.field(form->sink.ctx, &field);
}

static err take(struct http_form *form, char byte) {
    int digit = form->escape_len > 0 ? hex_value(byte) : -1;
    if (digit >= 0 && form->escape_len == 1) {
        form->first_digit = byte;
        form->escape_len = 2;
        return OK;
    }
    if (digit >= 0) {
        form->escape_len = 0;
        return put(form, (char)(hex_value(form->first_digit) * 16 + digit));
    }
    TRY(put_escape(form));
    if (byte == '&') return end_field(form);
    if (byte == '%') {
        form->escape_len = 1;
        return OK;
    }
    if (byte == '=' && !form->has_equals) {
        form->has_equals = true;
        return OK;
    }
    return put(form, byte == '+' ? ' ' : byte);
}

err http_form_feed(struct http_form *form, str piece) {
    for (size_t i = 0; i < piece.len; i++) TRY(take(form, piece.ptr[i]));
    return OK;
}

err http_form_finish(struct http_form *form) { return end_field(form); }

/* ---- Of a whole text ------------------------------------------------------------------------- */

struct fields {
    struct arena *a;
    struct http_field *items;
    size_t room; /* how many there may be */
    unsigned count;
};

static err keep_field(void *ctx, const struct http_field *field) {
    struct fields *fields = ctx;
    assert(fields->count < fields->room);
    struct http_field *kept = &fields->items[fields->count];
    TRY(arena_copy(fields->a, field->name, &kept->name));
    TRY(arena_copy(fields->a, field->value, &kept->value));
    fields->count++;
    return OK;
}

err http_form_read(struct arena *a, str text, const struct http_form_limits *limits,
                   struct http_field **ret_fields, unsigned *ret_count) {
    /* No more than the text can hold: a limit is no reason to ask for memory. */
    struct http_form_limits fitting = *limits;
    if (fitting.name_bytes > text.len) fitting.name_bytes = (unsigned)text.len;
    if (fitting.value_bytes > text.len) fitting.value_bytes = (unsigned)text.len;
    size_t most = text.len / 2 + 1; /* "a&b" */
    struct fields fields = {.a = a, .room = limits->fields < most ? limits->fields : most};
    fields.items = arena_array(a, fields.room, sizeof *fields.items);
    if (fields.items == NULL) FAIL(ERR_NO_MEMORY, "form: no memory for %u fields", limits->fields);
    struct http_form form;
    struct http_form_sink sink = {.ctx = &fields, .field = keep_field};
    TRY(http_form_start(&form, a, &fitting, sink));
    TRY(http_form_feed(&form, text));
    TRY(http_form_finish(&form));
    *ret_fields = fields.items;
    *ret_count = fields.count;
    return OK;
}

str http_form_value(const struct http_field *fields, unsigned count, str name) {
    for (unsigned i = 0; i < count; i++) {
        if (str_eq(fields[i].name, name)) return fields[i].value;
    }
    return (str){NULL, 0};
}
