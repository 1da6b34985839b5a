/* wire.c: packing by shape. See wire.h. */
#include "wire/wire.h"

#include <endian.h>
#include <string.h>

#include "base/unicode.h"

/* The count of a list or the length of a text. Messages are made of what people wrote and of what
 * the other side sent, so one beyond its shape is not our bug: it ends the packing. */
static void pack_count(struct buf *b, size_t value, size_t max) {
    if (value > max && b->failed == ERR_NONE) b->failed = ERR_LIMIT;
    uint32_t little = htole32((uint32_t)value);
    buf_add(b, (str){(const char *)&little, sizeof little});
}

static void pack_member(struct buf *b, const struct wire_member *member, const char *message);

static void pack_all(struct buf *b, const struct wire_shape *shape, const char *message) {
    for (size_t i = 0; i < shape->count; i++) pack_member(b, &shape->members[i], message);
}

static void pack_list(struct buf *b, const struct wire_member *member, const char *message) {
    const char *items = NULL;
    size_t count = 0;
    memcpy(&items, message + member->offset, sizeof items);
    memcpy(&count, message + member->count_offset, sizeof count);
    pack_count(b, count, member->max);
    for (size_t i = 0; i < count && b->failed == ERR_NONE; i++) {
        pack_all(b, member->item, items + i * member->item->size);
    }
}

static void pack_member(struct buf *b, const struct wire_member *member, const char *message) {
    const char *place = message + member->offset;
    switch (member->kind) {
    case WIRE_NUMBER: {
        int64_t value = 0;
        memcpy(&value, place, sizeof value);
        uint64_t little = htole64((uint64_t)value);
        buf_add(b, (str){(const char *)&little, sizeof little});
        break;
    }
    case WIRE_TEXT:
    case WIRE_BYTES: {
        str text;
        memcpy(&text, place, sizeof text);
        pack_count(b, text.len, member->max);
        buf_add(b, text);
        break;
    }
    case WIRE_FIXED: buf_add(b, (str){place, member->max}); break;
    case WIRE_LIST: pack_list(b, member, message); break;
    case WIRE_NESTED: pack_all(b, member->item, place); break;
    }
}

void wire_pack(struct buf *b, const struct wire_shape *shape, const void *message) {
    pack_all(b, shape, message);
}

static err too_short(const struct wire_shape *shape) {
    FAIL(ERR_INVALID, "a message (%s) ends too early", shape->name);
}

static err take(str *bytes, size_t size, const struct wire_shape *shape, void *ret_copy) {
    if (bytes->len < size) return too_short(shape);
    memcpy(ret_copy, bytes->ptr, size);
    *bytes = (str){bytes->ptr + size, bytes->len - size};
    return OK;
}

static err take_u32(str *bytes, const struct wire_shape *shape, size_t max, size_t *ret_value) {
    uint32_t little = 0;
    TRY(take(bytes, sizeof little, shape, &little));
    if (le32toh(little) > max) {
        FAIL(ERR_LIMIT, "a message (%s) has a part of %u where %zu is the limit", shape->name,
             le32toh(little), max);
    }
    *ret_value = le32toh(little);
    return OK;
}

static err take_text(str *bytes, const struct wire_shape *shape, const struct wire_member *member,
                     char *place) {
    size_t len = 0;
    TRY(take_u32(bytes, shape, member->max, &len));
    if (bytes->len < len) return too_short(shape);
    str text = {bytes->ptr, len};
    if (member->kind == WIRE_TEXT && !utf8_is_valid(text)) {
        FAIL(ERR_INVALID, "a message (%s) has a text that is not UTF-8", shape->name);
    }
    *bytes = (str){bytes->ptr + len, bytes->len - len};
    memcpy(place, &text, sizeof text);
    return OK;
}

static err unpack_members(struct arena *a, const struct wire_shape *shape, str *bytes,
                          char *message);

static err take_list(struct arena *a, str *bytes, const struct wire_shape *shape,
                     const struct wire_member *member, char *message) {
    size_t count = 0;
    TRY(take_u32(bytes, shape, member->max, &count));
    if (count > bytes->len) { /* an item takes a byte at least: no memory for empty promises */
        FAIL(ERR_INVALID, "a message (%s) promises more items than it has bytes", shape->name);
    }
    char *items = arena_array(a, count, member->item->size);
    if (items == NULL) FAIL(ERR_NO_MEMORY, "no memory for a message (%s)", shape->name);
    for (size_t i = 0; i < count; i++) {
        TRY(unpack_members(a, member->item, bytes, items + i * member->item->size));
    }
    memcpy(message + member->offset, &items, sizeof items);
    memcpy(message + member->count_offset, &count, sizeof count);
    return OK;
}

static err take_number(str *bytes, const struct wire_shape *shape, char *place) {
    uint64_t little = 0;
    TRY(take(bytes, sizeof little, shape, &little));
    little = le64toh(little);
    memcpy(place, &little, sizeof little);
    return OK;
}

/* Recursion is as deep as the shapes, which are ours; it does not follow the bytes. */
static err unpack_members(struct arena *a, const struct wire_shape *shape, str *bytes,
                          char *message) {
    for (size_t i = 0; i < shape->count; i++) {
        const struct wire_member *member = &shape->members[i];
        char *place = message + member->offset;
        switch (member->kind) {
        case WIRE_NUMBER: TRY(take_number(bytes, shape, place)); break;
        case WIRE_TEXT:
        case WIRE_BYTES: TRY(take_text(bytes, shape, member, place)); break;
        case WIRE_FIXED: TRY(take(bytes, member->max, shape, place)); break;
        case WIRE_LIST: TRY(take_list(a, bytes, shape, member, message)); break;
        case WIRE_NESTED: TRY(unpack_members(a, member->item, bytes, place)); break;
        }
    }
    return OK;
}

err wire_unpack(struct arena *a, const struct wire_shape *shape, str bytes, void *ret_message) {
    memset(ret_message, 0, shape->size);
    TRY(unpack_members(a, shape, &bytes, ret_message));
    if (bytes.len > 0) {
        FAIL(ERR_INVALID, "a message (%s) has %zu bytes too many", shape->name, bytes.len);
    }
    return OK;
}
