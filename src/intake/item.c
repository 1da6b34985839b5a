/* item.c: the shapes of item.h. */
#include "intake/item.h"

#include "base/unicode.h"

#define LINE LIMIT_FIELD_BYTES

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

#define E(member) WIRE_M_TEXT(struct item_entry, member, LINE)
#define N(member) WIRE_M_NUMBER(struct item_entry, member)
#define L(member, counter, shape)                                                                  \
    WIRE_M_LIST(struct item_entry, member, counter, LIMIT_LIST_ITEMS, shape)
static const struct wire_member entry[] = {
    E(source),
    E(type),
    E(label),
    E(skipped),
    E(kind),
    E(status),
    E(language),
    E(group),
    E(slug),
    E(title),
    E(deck),
    WIRE_M_TEXT(struct item_entry, body, LIMIT_BODY_BYTES),
    E(origin),
    N(published),
    N(updated),
    E(cover),
    E(cover_alt),
    E(cover_caption),
    E(cover_credit),
    E(publisher),
    E(report_language),
    N(pages),
    N(bytes),
    E(link),
    N(comments),
    N(links_removed),
    N(links_unknown),
    L(old_paths, old_path_count, &text_shape),
    L(topics, topic_count, &topic_shape),
    L(people, person_count, &person_shape),
    L(related, related_count, &text_shape),
    L(reports, report_count, &text_shape),
    WIRE_M_LIST(struct item_entry, notes, note_count, ITEM_NOTES_MAX, &note_shape),
};
#undef E
#undef N
#undef L
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
