/* table.c: open addressing, at most half full. See table.h. */
#include "intake/table.h"

enum { ROOM_MIN = 64 };

/* FNV-1a. Whoever wrote an export can make keys collide; then an import of theirs is slow. */
static uint64_t hash(str key) {
    uint64_t value = 14695981039346656037U;
    for (size_t i = 0; i < key.len; i++) {
        value = (value ^ (unsigned char)key.ptr[i]) * 1099511628211U;
    }
    return value;
}

static struct table_slot *slot_of(struct table_slot *slots, size_t room, str key) {
    size_t at = (size_t)hash(key) & (room - 1);
    while (slots[at].value != NULL && !str_eq(slots[at].key, key)) at = (at + 1) & (room - 1);
    return &slots[at];
}

err table_put(struct table *table, str key, void *value) {
    if (table->count * 2 >= table->room) {
        size_t room = table->room == 0 ? ROOM_MIN : table->room * 2;
        struct table_slot *slots = arena_array(table->arena, room, sizeof *slots);
        if (slots == NULL) FAIL(ERR_NO_MEMORY, "no memory for a table of %zu", room);
        for (size_t i = 0; i < table->room; i++) {
            if (table->slots[i].value == NULL) continue;
            *slot_of(slots, room, table->slots[i].key) = table->slots[i];
        }
        table->slots = slots;
        table->room = room;
    }
    struct table_slot *slot = slot_of(table->slots, table->room, key);
    if (slot->value != NULL) return OK;
    *slot = (struct table_slot){.key = key, .value = value};
    table->count++;
    return OK;
}

void *table_get(const struct table *table, str key) {
    return table->room == 0 ? NULL : slot_of(table->slots, table->room, key)->value;
}
