/* item.c: the shapes of item.h. */
#include "intake/item.h"

#include "base/unicode.h"

enum { LINE = LIMIT_FIELD_BYTES };

static const struct wire_member site[] = {
    WIRE_M_TEXT(struct item_site, name, LINE),
    WIRE_M_TEXT(struct item_site, description, LINE),
    WIRE_M_TEXT(struct item_site, address, LINE),
    WIRE_M_TEXT(struct item_site, language, LINE),
};
const struct wire_shape item_site_shape = WIRE_SHAPE(struct item_site, site);

static const struct wire_member file[] = {
    WIRE_M_TEXT(struct item_file, source, LINE), WIRE_M_NUMBER(struct item_file, number),
    WIRE_M_NUMBER(struct item_file, parent),     WIRE_M_TEXT(struct item_file, address, LINE),
    WIRE_M_TEXT(struct item_file, path, LINE),   WIRE_M_TEXT(struct item_file, title, LINE),
    WIRE_M_TEXT(struct item_file, alt, LINE),    WIRE_M_TEXT(struct item_file, caption, LINE),
};
const struct wire_shape item_file_shape = WIRE_SHAPE(struct item_file, file);

static const struct wire_member picture[] = {WIRE_M_TEXT(struct item_picture, address, LINE)};
const struct wire_shape item_picture_shape = WIRE_SHAPE(struct item_picture, picture);

static const struct wire_member words[] = {WIRE_M_TEXT(struct item_text, text, LINE)};
static const struct wire_shape text_shape = WIRE_SHAPE(struct item_text, words);

static const struct wire_member topic[] = {
    WIRE_M_TEXT(struct item_topic, slug, LINE),
    WIRE_M_TEXT(struct item_topic, name, LINE),
};
static const struct wire_shape topic_shape = WIRE_SHAPE(struct item_topic, topic);

static const struct wire_member person[] = {
    WIRE_M_TEXT(struct item_person, name, LINE),
    WIRE_M_TEXT(struct item_person, role, LINE),
    WIRE_M_TEXT(struct item_person, organisation, LINE),
};
static const struct wire_shape person_shape = WIRE_SHAPE(struct item_person, person);

static const struct wire_member note[] = {
    WIRE_M_TEXT(struct item_note, what, LINE),
    WIRE_M_TEXT(struct item_note, detail, LINE),
};
static const struct wire_shape note_shape = WIRE_SHAPE(struct item_note, note);

static const struct wire_member entry[] = {
    WIRE_M_TEXT(struct item_entry, source, LINE),
    WIRE_M_TEXT(struct item_entry, type, LINE),
    WIRE_M_TEXT(struct item_entry, label, LINE),
    WIRE_M_TEXT(struct item_entry, skipped, LINE),
    WIRE_M_TEXT(struct item_entry, kind, LINE),
    WIRE_M_TEXT(struct item_entry, status, LINE),
    WIRE_M_TEXT(struct item_entry, language, LINE),
    WIRE_M_TEXT(struct item_entry, group, LINE),
    WIRE_M_TEXT(struct item_entry, slug, LINE),
    WIRE_M_TEXT(struct item_entry, title, LINE),
    WIRE_M_TEXT(struct item_entry, deck, LINE),
    WIRE_M_TEXT(struct item_entry, body, LIMIT_BODY_BYTES),
    WIRE_M_TEXT(struct item_entry, origin, LINE),
    WIRE_M_NUMBER(struct item_entry, published),
    WIRE_M_NUMBER(struct item_entry, updated),
    WIRE_M_TEXT(struct item_entry, cover, LINE),
    WIRE_M_TEXT(struct item_entry, cover_alt, LINE),
    WIRE_M_TEXT(struct item_entry, cover_caption, LINE),
    WIRE_M_TEXT(struct item_entry, cover_credit, LINE),
    WIRE_M_TEXT(struct item_entry, publisher, LINE),
    WIRE_M_TEXT(struct item_entry, report_language, LINE),
    WIRE_M_NUMBER(struct item_entry, pages),
    WIRE_M_NUMBER(struct item_entry, bytes),
    WIRE_M_TEXT(struct item_entry, link, LINE),
    WIRE_M_NUMBER(struct item_entry, comments),
    WIRE_M_NUMBER(struct item_entry, links_removed),
    WIRE_M_NUMBER(struct item_entry, links_unknown),
    WIRE_M_LIST(struct item_entry, old_paths, old_path_count, LIMIT_LIST_ITEMS, &text_shape),
    WIRE_M_LIST(struct item_entry, topics, topic_count, LIMIT_LIST_ITEMS, &topic_shape),
    WIRE_M_LIST(struct item_entry, people, person_count, LIMIT_LIST_ITEMS, &person_shape),
    WIRE_M_LIST(struct item_entry, related, related_count, LIMIT_LIST_ITEMS, &text_shape),
    WIRE_M_LIST(struct item_entry, reports, report_count, LIMIT_LIST_ITEMS, &text_shape),
    WIRE_M_LIST(struct item_entry, notes, note_count, ITEM_NOTES_MAX, &note_shape),
};
const struct wire_shape item_entry_shape = WIRE_SHAPE(struct item_entry, entry);

static const struct wire_member failure[] = {
    WIRE_M_NUMBER(struct item_failure, kind),
    WIRE_M_TEXT(struct item_failure, message, ERR_MESSAGE_MAX),
};
const struct wire_shape item_failure_shape = WIRE_SHAPE(struct item_failure, failure);

size_t item_fit(const struct wire_shape *shape, void *message) {
    size_t cuts = 0;
    for (size_t i = 0; i < shape->count; i++) {
        const struct wire_member *member = &shape->members[i];
        char *place = (char *)message + member->offset;
        if (member->kind == WIRE_TEXT) {
            str *text = (str *)(void *)place;
            if (text->len > member->max) cuts++;
            *text = utf8_cut(*text, member->max);
        }
        if (member->kind != WIRE_LIST) continue;
        size_t *count = (size_t *)(void *)((char *)message + member->count_offset);
        char *items = *(char **)(void *)place;
        if (*count > member->max) *count = member->max;
        for (size_t n = 0; n < *count; n++) {
            cuts += item_fit(member->item, items + n * member->item->size);
        }
    }
    return cuts;
}

err item_send(struct arena *a, int socket, enum item_message type, const struct wire_shape *shape,
              const void *message) {
    struct arena_mark mark = arena_mark(a);
    struct buf b;
    str bytes = {0};
    buf_init(&b, a, LIMIT_MESSAGE_BYTES);
    if (shape != NULL) wire_pack(&b, shape, message);
    err e = buf_finish(&b, &bytes);
    if (e.kind == ERR_NONE) e = wire_send(socket, type, bytes, NULL, 0);
    arena_reset(a, mark);
    return e;
}
