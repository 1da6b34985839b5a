/* archive_list.c: loading, finding and listing versions, and the addresses they once had.
 *
 * Walks that call back ask for one row after the one before ("keyset"), so that no statement is in
 * use while the callee runs and memory stays flat. */
#include <string.h>

#include "archive/archive_impl.h"

err archive_version_load(struct archive *archive, struct arena *a, int64_t id,
                         struct archive_version *ret_version) {
    struct archive_version v = {0};
    TRY(reading_start(archive));
    TRY(reading_end(archive, version_read(archive, a, id, &v)));
    *ret_version = v;
    return OK;
}

/* ---- Finding by name ------------------------------------------------------------------------ */

/* A slug in every language that has it: one id, or the keys to choose from. */
static err find_slug(struct archive *archive, struct arena *a, str slug, int64_t *ret_id) {
    CLEANUP(query_end) struct query q = query_start(archive, SQL_VERSIONS_BY_SLUG);
    struct buf keys;
    bool is_row = false;
    int64_t id = 0;
    size_t count = 0;
    buf_init(&keys, a, ERR_MESSAGE_MAX);
    query_bind_text(&q, slug);
    TRY(query_next(&q, &is_row));
    while (is_row) {
        id = query_int(&q);
        buf_printf(&keys, "%s%lld/", count++ > 0 ? ", " : "", (long long)query_int(&q));
        buf_add(&keys, query_text(&q, a));
        TRY(query_next(&q, &is_row));
    }
    if (count == 0) FAIL(ERR_NOT_FOUND, "no version is called " STR_FMT, STR_ARG(slug));
    if (count > 1) {
        err too_long = buf_check(&keys); /* of many languages the message needs but some */
        FAIL(too_long.kind == ERR_NO_MEMORY ? ERR_NO_MEMORY : ERR_INVALID,
             STR_FMT " is the name of several: " STR_FMT, STR_ARG(slug), STR_ARG(buf_text(&keys)));
    }
    *ret_id = id;
    return OK;
}

static err find_pair(struct archive *archive, str before, str after, int64_t *ret_id) {
    uint64_t group = 0;
    bool is_key = str_to_u64(before, &group) && group <= INT64_MAX;
    CLEANUP(query_end)
    struct query q = query_start(archive, is_key ? SQL_VERSION_BY_KEY : SQL_VERSION_BY_SLUG);
    bool found = false;
    if (is_key)
        query_bind_int(&q, (int64_t)group);
    else
        query_bind_text(&q, before);
    query_bind_text(&q, after);
    TRY(query_next(&q, &found));
    if (!found) {
        FAIL(ERR_NOT_FOUND, "no version is called " STR_FMT "/" STR_FMT, STR_ARG(before),
             STR_ARG(after));
    }
    *ret_id = query_int(&q);
    return OK;
}

err archive_version_find(struct archive *archive, struct arena *a, str name, int64_t *ret_id) {
    str before = {0};
    str after = {0};
    if (text_check("name", name, LIMIT_TITLE_BYTES).kind != ERR_NONE) {
        FAIL(ERR_NOT_FOUND, "no version can have that name");
    }
    if (str_cut(name, '/', &before, &after)) return find_pair(archive, before, after, ret_id);
    return find_slug(archive, a, name, ret_id);
}

/* ---- Listing -------------------------------------------------------------------------------- */

/* The version after which a walk goes on. */
struct place {
    int64_t published;
    int64_t id;
};

static struct place first_place(const struct archive_filter *filter) {
    return filter->by_date ? (struct place){INT64_MAX, INT64_MAX} : (struct place){0, 0};
}

static void bind_names(struct query *q, const bool *only, size_t count, str (*name)(size_t)) {
    bool is_any = true;
    for (size_t i = 0; i < count; i++) is_any = is_any && !only[i];
    for (size_t i = 0; i < count; i++) {
        if (is_any || only[i])
            query_bind_text(q, name(i));
        else
            query_bind_null(q);
    }
}

static str kind_at(size_t i) { return archive_kind_name((enum archive_kind)i); }
static str status_at(size_t i) { return archive_status_name((enum archive_status)i); }

static struct query start_list(struct archive *archive, const struct archive_filter *filter,
                               struct place after, int64_t max) {
    struct query q =
        query_start(archive, filter->by_date ? SQL_VERSIONS_BY_DATE : SQL_VERSIONS_BY_ID);
    query_bind_text(&q, filter->language);
    query_bind_int(&q, filter->group);
    query_bind_int(&q, filter->topic);
    bind_names(&q, filter->only_kinds, ARCHIVE_KIND_COUNT, kind_at);
    bind_names(&q, filter->only_statuses, ARCHIVE_STATUS_COUNT, status_at);
    query_bind_int(&q, after.published);
    query_bind_int(&q, after.id);
    query_bind_int(&q, max);
    return q;
}

err archive_version_ids(struct archive *archive, struct arena *a,
                        const struct archive_filter *filter, int64_t **ret_ids, size_t *ret_count) {
    CLEANUP(query_end)
    struct query q = start_list(archive, filter, first_place(filter), IDS_MAX + 1);
    return query_ids(&q, a, ret_ids, ret_count);
}

err archive_versions_due(struct archive *archive, struct arena *a, int64_t now, int64_t **ret_ids,
                         size_t *ret_count) {
    CLEANUP(query_end) struct query q = query_start(archive, SQL_VERSIONS_DUE);
    query_bind_int(&q, now);
    return query_ids(&q, a, ret_ids, ret_count);
}

static err next_place(struct archive *archive, const struct archive_filter *filter,
                      struct place *place, bool *ret_found) {
    CLEANUP(query_end) struct query q = start_list(archive, filter, *place, 1);
    TRY(query_next(&q, ret_found));
    if (!*ret_found) return OK;
    place->id = query_int(&q);
    place->published = query_int(&q);
    return OK;
}

err archive_versions_each(struct archive *archive, struct arena *a,
                          const struct archive_filter *filter,
                          err (*each)(void *context, struct archive_version *version),
                          void *context) {
    struct place place = first_place(filter);
    struct arena_mark mark = arena_mark(a);
    bool found = true;
    TRY(next_place(archive, filter, &place, &found));
    while (found) {
        struct archive_version version = {0};
        err e = archive_version_load(archive, a, place.id, &version);
        if (e.kind == ERR_NONE) e = each(context, &version);
        arena_reset(a, mark);
        TRY(e);
        TRY(next_place(archive, filter, &place, &found));
    }
    return OK;
}

err archive_languages(struct archive *archive, struct arena *a, str **ret_languages,
                      size_t *ret_count) {
    CLEANUP(query_end) struct query q = query_start(archive, SQL_LANGUAGES);
    str *languages = NULL;
    size_t count = 0;
    bool is_row = false;
    TRY(query_next(&q, &is_row));
    while (is_row) {
        languages = array_room(a, languages, count, sizeof *languages);
        if (languages == NULL) FAIL(ERR_NO_MEMORY, "no memory for languages");
        languages[count++] = query_text(&q, a);
        TRY(query_next(&q, &is_row));
    }
    *ret_languages = languages;
    *ret_count = count;
    return OK;
}

/* ---- Old addresses -------------------------------------------------------------------------- */

err archive_old_path_add(struct archive *archive, str path, int64_t version) {
    TRY(text_check("old path", path, LIMIT_PATH_BYTES));
    if (!str_starts(path, STR("/"))) FAIL(ERR_INVALID, "old path: does not begin with a slash");
    TRY(change_start(archive));
    return change_end(archive, old_path_put(archive, path, version));
}

static err next_old_path(struct archive *archive, struct arena *a, str after,
                         struct archive_old_path *ret_old, bool *ret_found) {
    CLEANUP(query_end) struct query q = query_start(archive, SQL_OLD_PATH_NEXT);
    query_bind_text(&q, after);
    TRY(query_next(&q, ret_found));
    if (!*ret_found) return OK;
    ret_old->path = query_text(&q, a);
    ret_old->version = query_int(&q);
    return query_check(&q);
}

err archive_old_paths_each(struct archive *archive, struct arena *a,
                           err (*each)(void *context, const struct archive_old_path *old),
                           void *context) {
    char last[LIMIT_PATH_BYTES]; /* outlives the reset that takes the path itself */
    str after = {last, 0};
    struct arena_mark mark = arena_mark(a);
    for (;;) {
        struct archive_old_path old = {0};
        bool found = false;
        TRY(next_old_path(archive, a, after, &old, &found));
        if (!found) return OK;
        if (old.path.len > sizeof last) FAIL(ERR_INVALID, "an old path is damaged");
        memcpy(last, old.path.ptr, old.path.len);
        after.len = old.path.len;
        err e = each(context, &old);
        arena_reset(a, mark);
        TRY(e);
    }
}
