/* wxr.h: reading a WordPress export (WXR 1.0 to 1.2), one item at a time.
 *
 * WXR is RSS 2.0 with elements in WordPress's own namespaces; there is no specification but
 * WordPress's exporter and importer. Elements are known by namespace and name, not by prefix. The
 * file is read as a stream: memory holds one item, however large the export. Nothing is fetched, no
 * entity is expanded, a document type is refused.
 *
 * What is refused, with the line: XML that is not well-formed, a file without a WXR version (as the
 * WordPress importer does), a version that is no number or newer than 1.x. */
#pragma once

#include "base/base.h"

struct wxr_channel {
    str title;
    str link;
    str description;
    str language;
    str version;
    str base_url; /* of the blog; falls back to that of the site */
};

struct wxr_author {
    str login;
    str name; /* as displayed; the login when there is none */
};

/* A category, a tag, or a term of any other taxonomy. */
struct wxr_term {
    str taxonomy; /* "category", "post_tag", ... */
    str slug;
    str name;
    struct wxr_term *next;
};

struct wxr_text {
    str text;
    struct wxr_text *next;
};

struct wxr_item {
    int64_t line; /* where it begins in the file */
    str title;
    str link;
    str guid;
    str creator;
    str content;
    str excerpt;
    str post_name;
    str status;
    str type;
    str password;
    str attachment_url;
    str thumbnail_id;  /* postmeta _thumbnail_id */
    str attached_file; /* postmeta _wp_attached_file */
    str alt;           /* postmeta _wp_attachment_image_alt */
    str post_id;
    uint64_t parent;
    int64_t published; /* 0: not known */
    int64_t modified;
    bool is_sticky;
    size_t comments;
    size_t terms_dropped; /* over LIMIT_LIST_ITEMS */
    struct wxr_term *terms;
    struct wxr_text *old_slugs; /* postmeta _wp_old_slug */
};

/* What is called as the file is read; NULL: not wanted. What they are given lives until they
 * return. The channel comes before the first item, or at the end when there is none. */
struct wxr_sink {
    void *context;
    err (*channel)(void *context, const struct wxr_channel *channel);
    err (*author)(void *context, const struct wxr_author *author);
    err (*term)(void *context, const struct wxr_term *term);
    err (*item)(void *context, const struct wxr_item *item);
};

/* Reads the export in `fd` from where it stands to its end. `name` is the file's, for messages.
 * fails: ERR_INVALID (with "name: line N: why"), ERR_LIMIT (an item over its limits), ERR_IO,
 *        ERR_NO_MEMORY, and what the sink fails with. */
err wxr_read(struct arena *a, int fd, str name, const struct wxr_sink *sink) MUST_USE;
