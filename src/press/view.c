/* view.c: see view.h. */
#include "press/view.h"

#include <assert.h>

void view_init(struct view *view, struct arena *arena) {
    *view = (struct view){.arena = arena, .root = {.kind = VALUE_MAP}};
}

static struct value *add(struct view *view, struct value *parent, const char *name) {
    if (view->failed || parent == NULL) return NULL;
    assert(parent->kind == VALUE_LIST || parent->kind == VALUE_MAP);
    struct value *value = arena_alloc(view->arena, sizeof *value);
    if (value == NULL) {
        view->failed = true;
        return NULL;
    }
    value->name = str_of(name);
    if (parent->last == NULL)
        parent->first = value;
    else
        parent->last->next = value;
    parent->last = value;
    return value;
}

void view_text(struct view *view, struct value *parent, const char *name, str text) {
    struct value *value = add(view, parent, name);
    if (value == NULL) return;
    value->kind = VALUE_TEXT;
    value->text = text;
}

void view_flag(struct view *view, struct value *parent, const char *name, bool is_true) {
    struct value *value = add(view, parent, name);
    if (value != NULL) value->kind = is_true ? VALUE_TRUE : VALUE_NOTHING;
}

void view_number(struct view *view, struct value *parent, const char *name, uint64_t number) {
    str digits = {0};
    err e = arena_printf(view->arena, &digits, "%llu", (unsigned long long)number);
    if (e.kind != ERR_NONE) view->failed = true;
    view_text(view, parent, name, digits);
}

struct value *view_list(struct view *view, struct value *parent, const char *name) {
    struct value *value = add(view, parent, name);
    if (value != NULL) value->kind = VALUE_LIST;
    return value;
}

struct value *view_map(struct view *view, struct value *parent, const char *name) {
    struct value *value = add(view, parent, name);
    if (value != NULL) value->kind = VALUE_MAP;
    return value;
}

void view_share(struct view *view, struct value *parent, const char *name,
                const struct value *shared) {
    struct value *value = add(view, parent, name);
    if (value == NULL) return;
    value->kind = shared->kind;
    value->text = shared->text;
    value->first = shared->first;
    value->last = shared->last;
}

const struct value *value_find(const struct value *map, str name) {
    if (map->kind != VALUE_MAP) return NULL;
    for (const struct value *value = map->first; value != NULL; value = value->next) {
        if (str_eq(value->name, name)) return value;
    }
    return NULL;
}

bool value_is_true(const struct value *value) {
    switch (value->kind) {
    case VALUE_NOTHING: return false;
    case VALUE_TEXT: return value->text.len > 0;
    case VALUE_LIST: return value->first != NULL;
    case VALUE_TRUE:
    case VALUE_MAP: return true;
    }
    return false;
}

err view_check(const struct view *view) {
    if (view->failed) FAIL(ERR_NO_MEMORY, "no memory for what a page shows");
    return OK;
}
