/* html_convert.h: what the parts of the converter share: html.c, html_picture.c, html_table.c. For
 * them alone. */
#pragma once

#include "base/unicode.h"
#include "intake/html.h"
#include "intake/html_writer.h"

enum { CONVERT_DETAIL_BYTES = 300 };

struct convert_picture {
    struct html_picture picture;
    str caption;
    struct convert_picture *next;
};

struct converter {
    struct arena *arena;
    const struct html_world *world;
    struct writer w;
    bool is_classic;   /* white space means something: the classic editor */
    bool has_h1;       /* then every heading goes down a level: the title is the page's h1 */
    bool other_marker; /* of the list that ended last */
    size_t list_end;   /* where in the output */
    struct convert_picture *waiting; /* pictures met inside a paragraph: they follow it */
    struct html_note **notes_tail;
    size_t note_count;
};

err convert_node(struct converter *c, const struct html_node *node) MUST_USE;
err convert_children(struct converter *c, const struct html_node *node) MUST_USE;
err convert_block(struct converter *c, const struct html_node *node) MUST_USE;
err convert_end_paragraph(struct converter *c) MUST_USE;
bool convert_is_at_top(const struct converter *c); /* may a directive stand here? */
err convert_note(struct converter *c, str what, str detail) MUST_USE;
err convert_text_of(struct converter *c, const struct html_node *node, str *ret_text) MUST_USE;

/* html_picture.c */
bool convert_has_picture(const struct html_node *node); /* below it */
err convert_img(struct converter *c, const struct html_node *node) MUST_USE;
err convert_figure(struct converter *c, const struct html_node *node) MUST_USE;
err convert_caption(struct converter *c, const struct html_node *node) MUST_USE;
err convert_gallery(struct converter *c, const struct html_node *node) MUST_USE;
err convert_gallery_code(struct converter *c, const struct html_node *node) MUST_USE;
err convert_flush_pictures(struct converter *c) MUST_USE;

/* html_table.c */
err convert_table(struct converter *c, const struct html_node *node) MUST_USE;
