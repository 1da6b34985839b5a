/* source.c: see source.h. */
#include "wire/source.h"

#include "vault/vault.h"

static const struct wire_member text_members[] = {
    WIRE_M_TEXT(struct source_text, place, LIMIT_NAME_BYTES),
    WIRE_M_TEXT(struct source_text, text, LIMIT_BODY_BYTES),
};
static const struct wire_shape text_shape = WIRE_SHAPE(struct source_text, text_members);

static const struct wire_member file_members[] = {WIRE_M_FIXED(struct source_file, hash)};
static const struct wire_shape file_shape = WIRE_SHAPE(struct source_file, file_members);

static const struct wire_member picture_members[] = {
    WIRE_M_NUMBER(struct source_picture, media),
    WIRE_M_TEXT(struct source_picture, place, LIMIT_NAME_BYTES),
    WIRE_M_TEXT(struct source_picture, alt, LIMIT_FIELD_BYTES),
    WIRE_M_TEXT(struct source_picture, caption, LIMIT_FIELD_BYTES),
    WIRE_M_TEXT(struct source_picture, credit, LIMIT_FIELD_BYTES),
    WIRE_M_LIST(struct source_picture, files, file_count, LIMIT_LIST_ITEMS, &file_shape),
};
static const struct wire_shape picture_shape = WIRE_SHAPE(struct source_picture, picture_members);

static const struct wire_member source_members[] = {
    WIRE_M_TEXT(struct source, key, LIMIT_NAME_BYTES),
    WIRE_M_TEXT(struct source, kind, LIMIT_NAME_BYTES),
    WIRE_M_TEXT(struct source, language, LIMIT_LANGUAGE_BYTES),
    WIRE_M_TEXT(struct source, origin, LIMIT_FIELD_BYTES),
    WIRE_M_LIST(struct source, texts, text_count, 10 * LIMIT_LIST_ITEMS, &text_shape),
    WIRE_M_LIST(struct source, pictures, picture_count, LIMIT_LIST_ITEMS, &picture_shape),
};
const struct wire_shape source_shape = WIRE_SHAPE(struct source, source_members);

err source_hash(struct arena *a, const struct source *source, unsigned char ret_hash[32]) {
    struct arena_mark mark = arena_mark(a);
    struct buf packed;
    str bytes = {0};
    buf_init(&packed, a, LIMIT_MESSAGE_BYTES);
    wire_pack(&packed, &source_shape, source);
    err e = buf_finish(&packed, &bytes);
    if (e.kind == ERR_NONE) vault_hash(bytes, ret_hash);
    arena_reset(a, mark);
    return e;
}
