/* html.h: the content of a post in somebody else's system becomes our Markdown.
 *
 * Takes HTML as WordPress keeps it (block editor or classic, with shortcodes) and writes CommonMark
 * with GFM tables and our block directives, no raw HTML. Text is escaped, so that it never turns
 * into Markdown by accident. What readers saw as text stays text; what has no form here (a script,
 * a frame, a form, a film) is left out and told to the editors as a note.
 *
 * Where pictures and links lead is not known here: the caller answers. */
#pragma once

#include "intake/html_tree.h"

/* Something that was not converted. */
struct html_note {
    str what;   /* "iframe", "shortcode [contact-form]", "table", "picture" ... */
    str detail; /* an address, or the first words; at most a few hundred bytes; may be empty */
    struct html_note *next;
};

/* A picture the text shows. */
struct html_picture {
    str url;     /* as written; empty when only the number is known */
    uint64_t id; /* the number of the attachment in the source, 0 when not known */
    str alt;     /* what the text says; the caller may fill what is empty */
    str media;   /* the caller's answer: what stands after "media:"; empty: not to be had */
    str caption; /* the caller's answer, used where the text has none */
};

enum html_link_verdict {
    HTML_LINK_KEEP,
    HTML_LINK_REMOVE, /* the text stays */
};

/* The caller's answers. Each may be NULL: then no picture is to be had, every link is kept, and a
 * gallery without numbers is empty. They are called in the order of the text. */
struct html_world {
    void *context;
    err (*picture)(void *context, struct html_picture *picture);
    err (*link)(void *context, str url, enum html_link_verdict *ret_verdict, str *ret_url);
    /* The attachments of the post itself, which [gallery] without numbers shows. */
    const uint64_t *attachments;
    size_t attachment_count;
};

struct html_result {
    str markdown;
    struct html_note *notes; /* in the order of the text */
    size_t note_count;
};

/* Converts `source`.
 * owns:  the result lives in `a`.
 * fails: ERR_NO_MEMORY, ERR_LIMIT (the Markdown would pass LIMIT_BODY_BYTES), and what the
 *        caller's answers fail with. */
err html_to_markdown(struct arena *a, str source, const struct html_world *world,
                     struct html_result *ret_result) MUST_USE;
