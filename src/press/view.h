/* view.h: what a page shows, as a tree of values.
 *
 * The press builds a view from the archive, a template (mustache.h) prints it. A value is a text, a
 * truth, a list or a map. The tree lives in an arena and texts are borrowed, so a view costs a few
 * words a value and dies with its page.
 *
 * Building returns no errors one by one: a failure is remembered, every later addition does nothing
 * (a NULL parent is accepted for that), and view_check, which must be called, reports it.
 *
 *     struct view view;
 *     view_init(&view, arena);
 *     struct value *card = view_map(&view, &view.root, "card");
 *     view_text(&view, card, "title", title);
 *     TRY(view_check(&view));
 *
 * Additions to a list are named NULL. A name added twice to one map is found as it was first. */
#pragma once

#include "base/base.h"

enum value_kind { VALUE_NOTHING, VALUE_TEXT, VALUE_TRUE, VALUE_LIST, VALUE_MAP };

struct value {
    enum value_kind kind;
    str name;            /* in its map; empty in a list */
    str text;            /* of VALUE_TEXT */
    struct value *first; /* of VALUE_LIST and VALUE_MAP: what is in it, in order */
    struct value *last;
    struct value *next; /* beside it in the same list or map */
};

struct view {
    struct arena *arena;
    struct value root; /* a map */
    bool failed;
};

void view_init(struct view *view, struct arena *arena);

/* Each adds to `parent`, a list or a map; NULL adds nothing. The names and texts must outlive the
 * view. An empty text and a false flag are added all the same: in a map they hide what an outer map
 * has under that name. */
void view_text(struct view *view, struct value *parent, const char *name, str text);
void view_flag(struct view *view, struct value *parent, const char *name, bool is_true);
struct value *view_list(struct view *view, struct value *parent, const char *name);
struct value *view_map(struct view *view, struct value *parent, const char *name);

/* As view_text, with the number in decimal. */
void view_number(struct view *view, struct value *parent, const char *name, uint64_t number);

/* Adds what another view has built (the words of a language, a menu) without copying it. */
void view_share(struct view *view, struct value *parent, const char *name,
                const struct value *shared);

/* The value called `name` in a map, or NULL. */
const struct value *value_find(const struct value *map, str name);

/* What Mustache takes for true: all but nothing, the empty text and the empty list. */
bool value_is_true(const struct value *value);

/* fails: ERR_NO_MEMORY when any addition had no room. */
err view_check(const struct view *view) MUST_USE;
