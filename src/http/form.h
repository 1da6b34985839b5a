/* form.h: what a form sends: application/x-www-form-urlencoded (WHATWG URL, 5.1) and
 * multipart/form-data (RFC 7578, RFC 2046 5.1).
 *
 * Both are read as they come, in pieces of any size: however the bytes are cut, what is told is the
 * same. Nothing is kept but one field's name and value, or one part's head, in room taken from the
 * given arena at the start; a file's bytes pass through.
 *
 * A reader is started, fed and finished. The first failure ends it: it must not be fed again.
 *     fails: ERR_INVALID (malformed), ERR_LIMIT (which limit), and whatever the caller's own
 *     functions return, as it is. */
#pragma once

#include "base/base.h"

/* ---- application/x-www-form-urlencoded ------------------------------------------------------- */

struct http_field {
    str name;
    str value;
};

struct http_form_limits {
    unsigned fields;
    unsigned name_bytes; /* decoded, as is value_bytes */
    unsigned value_bytes;
};

/* Told of each field, in order. The strings are UTF-8, may hold NUL, and live until it returns. */
struct http_form_sink {
    void *ctx;
    err (*field)(void *ctx, const struct http_field *field);
};

struct http_form {
    struct http_form_limits limits;
    struct http_form_sink sink;
    char *room; /* name_bytes, then value_bytes */
    unsigned name_len;
    unsigned value_len;
    unsigned field_count;
    char first_digit;   /* of a "%XX" that is not whole yet */
    uint8_t escape_len; /* how much of it is here */
    bool has_equals;    /* what comes now belongs to the value */
};

/* fails: ERR_NO_MEMORY. */
err http_form_start(struct http_form *form, struct arena *a, const struct http_form_limits *limits,
                    struct http_form_sink sink) MUST_USE;
err http_form_feed(struct http_form *form, str piece) MUST_USE;
err http_form_finish(struct http_form *form) MUST_USE;

/* The same of a whole text, such as the query of a request.
 * owns:  the fields and their strings live in `a`.
 * fails: ERR_INVALID, ERR_LIMIT, ERR_NO_MEMORY. */
err http_form_read(struct arena *a, str text, const struct http_form_limits *limits,
                   struct http_field **ret_fields, unsigned *ret_count) MUST_USE;

/* The value of the first field of that name, byte for byte; ptr is NULL when there is none. */
str http_form_value(const struct http_field *fields, unsigned count, str name);

/* ---- multipart/form-data --------------------------------------------------------------------- */

enum { HTTP_BOUNDARY_MAX = 70 };

struct http_multipart_limits {
    unsigned parts;
    unsigned head_bytes; /* of one part */
    unsigned name_bytes; /* of a field's name and of a file's */
    uint64_t text_bytes; /* in a part that is not a file */
    uint64_t file_bytes; /* in a part that is one */
};

/* One part's head. Names are UTF-8 without control characters. A file's name is what its sender
 * says and must never be used as a path. */
struct http_part {
    str name;
    str filename; /* ptr is NULL when the part is not a file; may be empty: no file was chosen */
    str type;     /* as sent; "text/plain" when nothing is said (RFC 7578, 4.4) */
};

/* Told of each part: its head (the strings live until `begin` returns), its bytes in pieces, its
 * end. The bytes are as sent; a text field's are meant to be UTF-8, which its owner checks when it
 * has them all. */
struct http_multipart_sink {
    void *ctx;
    err (*begin)(void *ctx, const struct http_part *part);
    err (*bytes)(void *ctx, str bytes);
    err (*end)(void *ctx);
};

struct http_multipart {
    struct http_multipart_limits limits;
    struct http_multipart_sink sink;
    uint8_t state;         /* enum in multipart.c */
    uint8_t matched;       /* bytes of the delimiter seen */
    bool is_assumed;       /* ... the first two of which were not sent as its own */
    uint8_t delimiter_len; /* CRLF, two hyphens and the boundary */
    char delimiter[4 + HTTP_BOUNDARY_MAX];
    char *head;
    unsigned head_len;
    unsigned part_count;
    uint64_t room_left; /* bytes that this part may still have */
};

/* The boundary that a Content-Type of multipart/form-data names, quoted or not. False when the type
 * is another, names none or two, or one that RFC 2046 does not allow: 1 to 70 of its characters,
 * the last no space. The boundary borrows from the type. */
bool http_multipart_boundary(str content_type, str *ret_boundary);

/* What stands before the first delimiter and behind the last is not looked at (RFC 2046, 5.1.1). A
 * line that begins with the delimiter and goes on with anything but spaces is refused, as is a part
 * without a name, with two of one field, with a folded line, or in base64.
 * fails: ERR_NO_MEMORY. */
err http_multipart_start(struct http_multipart *multipart, struct arena *a, str boundary,
                         const struct http_multipart_limits *limits,
                         struct http_multipart_sink sink) MUST_USE;
err http_multipart_feed(struct http_multipart *multipart, str piece) MUST_USE;
err http_multipart_finish(struct http_multipart *multipart) MUST_USE;
