/* press_order.c: the lists that entries make: by path, by group, of each language, kind, topic. */
#include <stdlib.h>

#include "press/press_impl.h"

static int compare(int64_t a, int64_t b) { return (a > b) - (a < b); }

static int by_id(const void *one, const void *other) {
    return compare(((const struct entry *)one)->id, ((const struct entry *)other)->id);
}
static int by_path(const void *one, const void *other) {
    return str_cmp((*(struct entry *const *)one)->path, (*(struct entry *const *)other)->path);
}
static int by_group(const void *one, const void *other) {
    const struct entry *a = *(struct entry *const *)one;
    const struct entry *b = *(struct entry *const *)other;
    return a->group != b->group ? compare(a->group, b->group) : str_cmp(a->language, b->language);
}
static int newest_first(const void *one, const void *other) {
    const struct entry *a = *(struct entry *const *)one;
    const struct entry *b = *(struct entry *const *)other;
    return a->published != b->published ? compare(b->published, a->published)
                                        : compare(b->id, a->id);
}

static err sorted(struct press *p, int (*order)(const void *, const void *),
                  struct entry ***ret_sorted) {
    struct entry **all = arena_array(p->site, p->entry_count, sizeof(struct entry *));
    if (all == NULL) FAIL(ERR_NO_MEMORY, "no memory to sort %zu stories", p->entry_count);
    for (size_t i = 0; i < p->entry_count; i++) all[i] = &p->entries[i];
    sort_things(all, p->entry_count, sizeof(struct entry *), order);
    *ret_sorted = all;
    return OK;
}

/* ---- Lists of an edition -------------------------------------------------------------------- */

/* The entries of one language and some kinds, in the order of `all`. */
static err pick(struct press *p, struct entry *const *all, str language, unsigned kinds,
                struct entry_list *ret_list) {
    struct entry_list list = {.all = arena_array(p->site, p->entry_count, sizeof *list.all)};
    if (list.all == NULL) FAIL(ERR_NO_MEMORY, "no memory to list %zu stories", p->entry_count);
    for (size_t i = 0; i < p->entry_count; i++) {
        bool is_wanted = (kinds & 1U << all[i]->kind) != 0;
        if (is_wanted && str_eq(all[i]->language, language)) list.all[list.count++] = all[i];
    }
    *ret_list = list;
    return OK;
}

/* Calls `meet` for each topic of each listed entry that the edition knows. */
static void each_topic(const struct edition *e,
                       void (*meet)(struct entry_list *list, struct entry *entry)) {
    for (size_t i = 0; i < e->listed.count; i++) {
        struct entry *entry = e->listed.all[i];
        for (size_t t = 0; t < entry->topic_count; t++) {
            const struct archive_topic *topic = topic_of(e, entry->topics[t]);
            if (topic != NULL) meet(&e->of_topic[topic - e->topics], entry);
        }
    }
}

static void count(struct entry_list *list, struct entry *entry) {
    (void)entry;
    list->count++;
}

static void append(struct entry_list *list, struct entry *entry) {
    list->all[list->count++] = entry;
}

/* Keeps the topics that cleared stories have, and lists those. */
static err list_topics(struct press *p, struct edition *e) {
    size_t kept = 0;
    e->of_topic = arena_array(p->site, e->topic_count, sizeof *e->of_topic);
    if (e->of_topic == NULL) FAIL(ERR_NO_MEMORY, "no memory to list %zu topics", e->topic_count);
    each_topic(e, count);
    for (size_t i = 0; i < e->topic_count; i++) {
        if (e->of_topic[i].count == 0) continue;
        struct entry_list list = {
            .all = arena_array(p->site, e->of_topic[i].count, sizeof(struct entry *))};
        if (list.all == NULL) FAIL(ERR_NO_MEMORY, "no memory to list the stories of a topic");
        e->topics[kept] = e->topics[i];
        e->of_topic[kept++] = list;
    }
    e->topic_count = kept;
    each_topic(e, append);
    return OK;
}

static err list_edition(struct press *p, struct edition *e, struct entry *const *newest,
                        struct entry *const *oldest) {
    TRY(pick(p, newest, e->language, 1U << ARCHIVE_STORY | 1U << ARCHIVE_POST, &e->stories));
    TRY(pick(p, newest, e->language, ~(1U << ARCHIVE_PAGE), &e->listed));
    TRY(pick(p, newest, e->language, 1U << ARCHIVE_REPORT, &e->reports));
    TRY(pick(p, oldest, e->language, 1U << ARCHIVE_PAGE, &e->pages));
    return list_topics(p, e);
}

err put_in_order(struct press *p) {
    struct entry **newest = NULL;
    sort_things(p->entries, p->entry_count, sizeof *p->entries, by_id);
    TRY(sorted(p, by_path, &p->by_path));
    TRY(sorted(p, by_group, &p->by_group));
    TRY(sorted(p, newest_first, &newest));
    struct entry **by_ids = arena_array(p->site, p->entry_count, sizeof *by_ids);
    if (by_ids == NULL) FAIL(ERR_NO_MEMORY, "no memory to list %zu stories", p->entry_count);
    for (size_t i = 0; i < p->entry_count; i++) by_ids[i] = &p->entries[i];
    for (size_t i = 0; i < p->edition_count; i++)
        TRY(list_edition(p, &p->editions[i], newest, by_ids));
    return OK;
}

/* ---- Finding -------------------------------------------------------------------------------- */

/* Where in a list, newest first, what is older than `entry` begins. */
size_t older_than(const struct entry_list *list, const struct entry *entry) {
    size_t low = 0;
    size_t high = list->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (list->all[middle]->published < entry->published)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

const struct entry *entry_by_id(const struct press *p, int64_t id) {
    struct entry wanted = {.id = id};
    if (p->entry_count == 0) return NULL;
    return bsearch(&wanted, p->entries, p->entry_count, sizeof *p->entries, by_id);
}

static const struct entry *find(const struct press *p, struct entry *const *sorted_entries,
                                const struct entry *wanted,
                                int (*order)(const void *, const void *)) {
    if (p->entry_count == 0) return NULL;
    struct entry *const *found =
        bsearch(&wanted, sorted_entries, p->entry_count, sizeof(struct entry *), order);
    return found == NULL ? NULL : *found;
}

const struct entry *entry_by_path(const struct press *p, str path) {
    struct entry wanted = {.path = path};
    return find(p, p->by_path, &wanted, by_path);
}

const struct entry *entry_of_group(const struct press *p, int64_t group, str language) {
    struct entry wanted = {.group = group, .language = language};
    return find(p, p->by_group, &wanted, by_group);
}
