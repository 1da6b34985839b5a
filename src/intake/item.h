/* item.h: what a parsing child hands over: typed items, whatever they were made of.
 *
 * Messages of wire.h. The child has met hostile bytes, so the parent believes none of them: lengths
 * and UTF-8 are checked by wire_unpack, everything else by the archive. */
#pragma once

#include "wire/wire.h"

enum item_message {
    ITEM_SITE = 1, /* struct item_site */
    ITEM_FILE,     /* struct item_file: an attachment */
    ITEM_PICTURE,  /* struct item_picture: a text shows this picture */
    ITEM_ENTRY,    /* struct item_entry */
    ITEM_END,      /* everything was read */
    ITEM_FAILED,   /* struct item_failure: the source cannot be read */
};

struct item_site {
    str name;
    str description;
    str address;
    str language;
};

struct item_file {
    str source; /* its name in the source: the attachment's number */
    int64_t number;
    int64_t parent; /* the post it belongs to, 0: none */
    str address;
    str path; /* below the uploads folder, when the source says so */
    str title;
    str alt;
    str caption;
};

struct item_picture {
    str address;
};

struct item_text {
    str text;
};

struct item_topic {
    str slug;
    str name;
};

struct item_person {
    str name; /* empty: withheld */
    str role;
    str organisation;
};

struct item_note {
    str what;
    str detail;
};

/* One thing of the source: an item that becomes a version, or one that is skipped. */
struct item_entry {
    str source;  /* its name in the source, the same at every import */
    str type;    /* as the source calls it: "post", "nav_menu_item" */
    str label;   /* what a person calls it: its title */
    str skipped; /* why it is not imported; empty: it is */

    str kind; /* as archive_kind_name */
    str status;
    str language;
    str group; /* versions with the same group are one story; empty: a group of its own */
    str slug;
    str title;
    str deck;
    str body;
    str origin;
    int64_t published;
    int64_t updated;
    str cover; /* the picture's number in the archive, in decimal; empty: none */
    str cover_alt;
    str cover_caption;
    str cover_credit;
    str publisher;
    str report_language;
    int64_t pages;
    int64_t bytes;
    str link;
    int64_t comments;
    int64_t links_removed;
    int64_t links_unknown; /* to pages of the old site that were not imported */
    struct item_text *old_paths;
    size_t old_path_count;
    struct item_topic *topics;
    size_t topic_count;
    struct item_person *people;
    size_t person_count;
    struct item_text *related; /* groups */
    size_t related_count;
    struct item_text *reports;
    size_t report_count;
    struct item_note *notes;
    size_t note_count;
};

struct item_failure {
    int64_t kind; /* enum err_kind */
    str message;
};

extern const struct wire_shape item_site_shape;
extern const struct wire_shape item_file_shape;
extern const struct wire_shape item_picture_shape;
extern const struct wire_shape item_entry_shape;
extern const struct wire_shape item_failure_shape;

enum { ITEM_NOTES_MAX = 5000 }; /* notes of one item; what is over is counted in the last */

/* Cuts every text of a message to what its shape allows, at a character. Gives the number of texts
 * that were cut. */
size_t item_fit(const struct wire_shape *shape, void *message);

/* Packs and sends one message that fits. fails: ERR_IO, ERR_NO_MEMORY, ERR_LIMIT. */
err item_send(struct arena *a, int socket, enum item_message type, const struct wire_shape *shape,
              const void *message) MUST_USE;
