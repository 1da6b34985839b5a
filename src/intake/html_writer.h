/* html_writer.h: Markdown, one character at a time, so that it means what was meant.
 *
 * The lower half of the converter: knows lines, prefixes ("> ", "- "), paragraphs, escapes and the
 * rules of emphasis, and nothing of HTML. Everything is lazy: a paragraph begins with its first
 * visible character, emphasis and links open there, white space is written before the next word.
 * So what is empty leaves no trace.
 *
 * Emphasis follows CommonMark 0.30, 6.2: a mark between a letter and punctuation would not open or
 * close, which Korean particles meet all the time. There the letter is written as a numeric
 * reference: no reader sees a difference and the rule is content. */
#pragma once

#include "base/base.h"

enum { WRITER_STYLES_MAX = LIMIT_DEPTH + 2 };

enum writer_style { WRITER_EMPHASIS, WRITER_STRONG, WRITER_DELETED, WRITER_LINK };

struct writer_open {
    enum writer_style style;
    str url; /* of a link, ready to be written */
    bool is_written;
};

struct writer {
    struct buf *out;
    struct arena *arena;
    str prefix;       /* what every line of the present container begins with */
    str first;        /* the same for its first line, with the list marker; empty: used up */
    str gap;          /* what the empty line before the next block begins with */
    bool is_tight;    /* the next block follows without an empty line, */
    bool stays_tight; /* and so do those after it: the items of a tight list */
    bool is_one_line; /* headings, table cells: no line breaks */
    bool is_in_table; /* | must be escaped everywhere */

    bool in_paragraph;
    bool has_space; /* white space waits for the next word */
    size_t breaks;  /* line breaks wait for the next word */
    bool at_line_start;
    size_t digits;          /* a line begins with so many digits and nothing else */
    uint32_t last;          /* the last character written, 0 at the start of a paragraph */
    size_t last_at;         /* where it begins in `out` */
    bool last_is_plain;     /* it is an unescaped letter: may be rewritten as a reference */
    bool closed_after_mark; /* emphasis was just closed after punctuation */
    bool after_close;       /* emphasis was just closed: another mark would join it */
    struct writer_open open[WRITER_STYLES_MAX];
    size_t open_count;
};

void writer_init(struct writer *w, struct arena *a, struct buf *out);

/* A container: from here to writer_leave every line begins with `rest` too, the first one with
 * `marker` in its place ("> " twice for a quotation, "- " and two spaces for an item).
 * fails: ERR_NO_MEMORY. */
struct writer_place {
    str prefix;
    str first;
    size_t len;
};
err writer_enter(struct writer *w, str marker, str rest, struct writer_place *ret_place) MUST_USE;
void writer_leave(struct writer *w, const struct writer_place *place);

/* Blocks. writer_block begins one: an empty line after what came before, then the prefix.
 * writer_line begins the next line of the same block. writer_raw writes bytes that need no
 * escape. */
void writer_block(struct writer *w);
void writer_line(struct writer *w);
void writer_raw(struct writer *w, str bytes);

/* Text of a paragraph: escaped, white space collapsed. */
void writer_text(struct writer *w, str text);
void writer_break(struct writer *w);         /* a hard line break, if more text follows */
void writer_end_paragraph(struct writer *w); /* closes what is open; it reopens on further text */
void writer_code(struct writer *w, str code);
void writer_picture(struct writer *w, str alt, str media, str title); /* in a line of text */

/* Opens and closes styles; each open needs one close. */
void writer_open(struct writer *w, enum writer_style style, str url);
void writer_close(struct writer *w);

/* An address as it may stand between ( and ). */
void writer_url(struct buf *b, str url);

/* Text in one line of an attribute ("alt: ..."), white space collapsed. */
void writer_attribute(struct writer *w, const char *name, str value);
