/* paper_object.h: the objects of a PDF that qpdf has written anew: behind the sandbox alone.
 *
 * What is read here was written by qpdf a moment ago: no object streams, a plain table of offsets,
 * drawing packed with deflate at most. It was written of hostile bytes by a program that reads
 * hostile bytes, so nothing is believed: offsets, lengths, depth and references are checked, and a
 * loop of references ends. ISO 32000-1, 7.2 and 7.3. */
#pragma once

#include "base/base.h"

/* ---- Tokens, of objects and of drawing alike ------------------------------------------------- */

enum paper_token {
    PAPER_T_END,
    PAPER_T_NUMBER,
    PAPER_T_NAME,   /* with its slash */
    PAPER_T_STRING, /* (...) */
    PAPER_T_HEX,    /* <...> */
    PAPER_T_WORD,   /* an operator, true, R, obj, ... */
    PAPER_T_LIST,   /* [ */
    PAPER_T_LIST_END,
    PAPER_T_DICT, /* << */
    PAPER_T_DICT_END,
};

struct paper_lexeme {
    enum paper_token token;
    size_t from; /* in the text */
    size_t to;
};

/* Takes the next token; PAPER_T_END at the end. Whatever the bytes, *at moves on. */
struct paper_lexeme paper_lex(str text, size_t *at);

/* Moves *at behind one whole value (a list or dictionary with all that is in it); the value is
 * returned, empty at the end or where a bracket closes. A reference "3 0 R" is one value. */
str paper_value(str text, size_t *at);

/* The text of a string token as UTF-8 without NUL: UTF-16 and UTF-8 by their marks, otherwise
 * UTF-8 where it is that, otherwise PDFDocEncoding as far as it is Latin-1.
 * Appended to b. */
void paper_string(struct buf *b, str token);

bool paper_name_is(str name, const char *wanted); /* "/Type" and #54ype alike; without the slash */
double paper_number(str token);                   /* 0 for what is none */

/* ---- Objects --------------------------------------------------------------------------------- */

enum paper_role {
    PAPER_NO_ROLE,
    PAPER_PAGE_OBJECT,
    PAPER_CONTENT, /* draws: a page's contents, a form, a pattern */
    PAPER_GLYPH,   /* draws one letter of a Type 3 font */
    PAPER_NOTE,    /* an annotation */
};

struct paper_object {
    str value;   /* its dictionary or whatever it is; empty: there is none */
    str stream;  /* packed, as in the file */
    str drawing; /* unpacked; of those that draw */
    enum paper_role role;
    uint32_t page; /* whose it is, from 1; 0: not known */
};

struct paper_box {
    double left, bottom, right, top;
};
struct paper_sheet { /* a page */
    uint32_t object;
    struct paper_box box; /* what is shown of it, in points, before it is turned */
    bool is_turned;       /* by a quarter or three: width and height change places */
};

struct paper_document {
    struct arena *a;
    str bytes;
    struct paper_object *objects;
    size_t count;
    str trailer;
    size_t table_at; /* of the table of offsets */
    struct paper_sheet *sheets;
    size_t sheet_count;
    bool has_layers;
};

/* Reads all of it. owns: borrows `bytes`; the rest lives in `a`.
 * fails: ERR_INVALID (not such a file, or without a page), ERR_LIMIT (over LIMIT_PAPER_PAGES),
 * ERR_DENIED (something that draws cannot be unpacked, or is too much), ERR_NO_MEMORY. */
err paper_document_read(struct arena *a, str bytes, struct paper_document *ret_document) MUST_USE;

/* The value of a key in a dictionary, as it stands there; empty when there is none. */
str paper_member(str dictionary, const char *key);
/* The same, followed to the object when it is a reference. */
str paper_follow(const struct paper_document *document, str dictionary, const char *key);
/* The number of the object that a reference means; 0: it is none, or there is none. */
uint32_t paper_reference(const struct paper_document *document, str value);
/* What an object's stream holds, unpacked where it is packed with deflate alone; empty otherwise,
 * or when it is over `max`. fails: ERR_NO_MEMORY. */
err paper_unpack(struct arena *a, const struct paper_object *object, size_t max,
                 str *ret_bytes) MUST_USE;
