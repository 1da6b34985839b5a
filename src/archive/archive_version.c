/* archive_version.c: saving, finding and listing versions.
 *
 * A save is one change: check, choose a slug, compare with what is held, write the row and its
 * lists, remember the path that was left, keep a revision. */
#include "archive/archive_impl.h"

enum { SLUG_TRIES_MAX = 100000 }; /* versions of one language with one title */

/* ---- Names ---------------------------------------------------------------------------------- */

static const char *const kind_names[] = {
    [ARCHIVE_STORY] = "story",
    [ARCHIVE_POST] = "post",
    [ARCHIVE_REPORT] = "report",
    [ARCHIVE_PAGE] = "page",
};
_Static_assert(COUNT_OF(kind_names) == ARCHIVE_KIND_COUNT, "one name for each kind");

static const char *const status_names[] = {
    [ARCHIVE_DRAFT] = "draft",         [ARCHIVE_REVIEW] = "review",
    [ARCHIVE_SCHEDULED] = "scheduled", [ARCHIVE_PUBLISHED] = "published",
    [ARCHIVE_WITHDRAWN] = "withdrawn",
};
_Static_assert(COUNT_OF(status_names) == ARCHIVE_STATUS_COUNT, "one name for each status");

str archive_kind_name(enum archive_kind kind) { return str_of(kind_names[kind]); }
str archive_status_name(enum archive_status status) { return str_of(status_names[status]); }

bool archive_kind_of(str name, enum archive_kind *ret_kind) {
    for (enum archive_kind kind = 0; kind < ARCHIVE_KIND_COUNT; kind++) {
        if (!str_eq(name, archive_kind_name(kind))) continue;
        *ret_kind = kind;
        return true;
    }
    return false;
}

bool archive_status_of(str name, enum archive_status *ret_status) {
    for (enum archive_status status = 0; status < ARCHIVE_STATUS_COUNT; status++) {
        if (!str_eq(name, archive_status_name(status))) continue;
        *ret_status = status;
        return true;
    }
    return false;
}

/* ---- What a version may say ----------------------------------------------------------------- */

static err check_texts(const struct archive_version *v) {
    TRY(text_check("slug", v->slug, LIMIT_TITLE_BYTES)); /* made shorter, not refused */
    TRY(text_check("title", v->title, LIMIT_TITLE_BYTES));
    TRY(text_check("deck", v->deck, LIMIT_FIELD_BYTES));
    TRY(text_check("body", v->body, LIMIT_BODY_BYTES));
    TRY(text_check("notes", v->notes, LIMIT_BODY_BYTES));
    TRY(text_check("origin", v->origin, LIMIT_PATH_BYTES));
    TRY(text_check("cover's alt text", v->cover.alt, LIMIT_FIELD_BYTES));
    TRY(text_check("cover's caption", v->cover.caption, LIMIT_FIELD_BYTES));
    TRY(text_check("cover's credit", v->cover.credit, LIMIT_FIELD_BYTES));
    TRY(text_check("report's publisher", v->report.publisher, LIMIT_NAME_BYTES));
    TRY(language_check_or_empty(v->report.language));
    TRY(text_check("report's link", v->report.link, LIMIT_PATH_BYTES));
    if (v->report.link.len > 0 && !str_starts(v->report.link, STR("https://")) &&
        (v->report.link.ptr[0] != '/' || str_starts(v->report.link, STR("//")))) {
        FAIL(ERR_INVALID, "report's link: neither an https address nor a path of this site");
    }
    for (size_t i = 0; i < v->contributor_count; i++) {
        TRY(text_check("contributor's name", v->contributors[i].name, LIMIT_NAME_BYTES));
        TRY(text_check("contributor's role", v->contributors[i].role, LIMIT_NAME_BYTES));
        TRY(text_check("contributor's organisation", v->contributors[i].organisation,
                       LIMIT_NAME_BYTES));
    }
    return OK;
}

static err check_version(const struct archive_version *v) {
    TRY(language_check(v->language));
    if (v->kind >= ARCHIVE_KIND_COUNT || v->status >= ARCHIVE_STATUS_COUNT) {
        FAIL(ERR_INVALID, "a version of no kind or status we know");
    }
    if (v->report.pages < 0 || v->report.bytes < 0) {
        FAIL(ERR_INVALID, "a report of less than nothing");
    }
    size_t counts[] = {v->contributor_count, v->topic_count, v->related_count, v->report_count};
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        if (counts[i] <= LIMIT_LIST_ITEMS) continue;
        FAIL(ERR_LIMIT, "a list of %zu, at most %d are accepted", counts[i], LIMIT_LIST_ITEMS);
    }
    return check_texts(v);
}

/* The same ids in the same order, each once: the first time it was named. */
static err without_repeats(struct arena *a, int64_t **ids, size_t *count) {
    int64_t *once = arena_array(a, *count, sizeof *once);
    size_t kept = 0;
    if (once == NULL) FAIL(ERR_NO_MEMORY, "no memory for %zu numbers", *count);
    for (size_t i = 0; i < *count; i++) {
        size_t k = 0;
        while (k < kept && once[k] != (*ids)[i]) k++;
        if (k == kept) once[kept++] = (*ids)[i];
    }
    *ids = once;
    *count = kept;
    return OK;
}

/* ---- Saving --------------------------------------------------------------------------------- */

/* The group a version says it belongs to. Its kind is the group's; the last version in it may still
 * change both. fails: ERR_INVALID. */
static err settle_group(struct archive *archive, struct archive_version *v) {
    bool found = false;
    str kind = {0};
    int64_t count = 0;
    struct arena_mark mark = arena_mark(&archive->scratch);
    {
        CLEANUP(query_end)
        struct query q = query_start(archive, v->group == 0 ? SQL_GROUP_ADD : SQL_GROUP_GET);
        if (v->group == 0)
            query_bind_text(&q, archive_kind_name(v->kind));
        else
            query_bind_int(&q, v->group);
        TRY(query_next(&q, &found));
        if (!found) FAIL(ERR_INVALID, "there is no group %lld", (long long)v->group);
        if (v->group == 0) {
            v->group = query_int(&q);
            return query_run(&q);
        }
        kind = query_text(&q, &archive->scratch);
        count = query_int(&q);
        TRY(query_check(&q));
    }
    bool is_same = str_eq(kind, archive_kind_name(v->kind));
    arena_reset(&archive->scratch, mark);
    if (is_same) return OK;
    if (count != (v->id == 0 ? 0 : 1)) {
        FAIL(ERR_INVALID, "group %lld is of another kind in its other languages",
             (long long)v->group);
    }
    CLEANUP(query_end) struct query q = query_start(archive, SQL_GROUP_SET_KIND);
    query_bind_int(&q, v->group);
    query_bind_text(&q, archive_kind_name(v->kind));
    return query_run(&q);
}

static err find_id(struct query *q, int64_t *ret_id) {
    bool found = false;
    TRY(query_next(q, &found));
    if (!found) FAIL(ERR_NOT_FOUND, "no version has that name");
    *ret_id = query_int(q);
    return OK;
}

static err id_of_key(struct archive *archive, int64_t group, str language, int64_t *ret_id) {
    CLEANUP(query_end) struct query q = query_start(archive, SQL_VERSION_BY_KEY);
    query_bind_int(&q, group);
    query_bind_text(&q, language);
    return find_id(&q, ret_id);
}

static err id_of_slug(struct archive *archive, str language, str slug, int64_t *ret_id) {
    CLEANUP(query_end) struct query q = query_start(archive, SQL_VERSION_BY_SLUG);
    query_bind_text(&q, language);
    query_bind_text(&q, slug);
    return find_id(&q, ret_id);
}

static err is_slug_free(struct archive *archive, const struct archive_version *v, str slug,
                        bool *ret_free) {
    int64_t owner = 0;
    if (slug_is_reserved(slug)) {
        *ret_free = false;
        return OK;
    }
    err e = id_of_slug(archive, v->language, slug, &owner);
    if (e.kind != ERR_NOT_FOUND) TRY(e);
    *ret_free = e.kind == ERR_NOT_FOUND || (v->id != 0 && owner == v->id);
    return OK;
}

static err settle_slug(struct archive *archive, struct arena *a, struct archive_version *v) {
    str first = {0};
    bool is_free = false;
    TRY(slug_make(a, v->slug.len > 0 ? v->slug : v->title, &first));
    str slug = first;
    TRY(is_slug_free(archive, v, slug, &is_free));
    struct arena_mark mark = arena_mark(a);
    for (int number = 2; !is_free; number++) {
        if (number > SLUG_TRIES_MAX) FAIL(ERR_LIMIT, "too many versions with one slug");
        arena_reset(a, mark);
        TRY(slug_number(a, first, number, &slug));
        TRY(is_slug_free(archive, v, slug, &is_free));
    }
    v->slug = slug;
    return OK;
}

static err write_row(struct archive *archive, struct archive_version *v, str path) {
    CLEANUP(query_end)
    struct query q = query_start(archive, v->id == 0 ? SQL_VERSION_ADD : SQL_VERSION_SET);
    bool found = false;
    query_bind_int(&q, v->group);
    query_bind_text(&q, v->language);
    query_bind_text(&q, archive_status_name(v->status));
    query_bind_text(&q, v->slug);
    query_bind_text(&q, path);
    query_bind_text(&q, v->title);
    query_bind_text(&q, v->deck);
    query_bind_text(&q, v->body);
    query_bind_text(&q, v->notes);
    query_bind_int(&q, v->published);
    query_bind_int(&q, v->updated);
    query_bind_text(&q, v->origin);
    query_bind_id(&q, v->cover.media);
    query_bind_text(&q, v->cover.alt);
    query_bind_text(&q, v->cover.caption);
    query_bind_text(&q, v->cover.credit);
    query_bind_text(&q, v->report.publisher);
    query_bind_text(&q, v->report.language);
    query_bind_int(&q, v->report.pages);
    query_bind_int(&q, v->report.bytes);
    query_bind_text(&q, v->report.link);
    TRY(query_next(&q, &found));
    if (!found) FAIL(ERR_NOT_FOUND, "the archive has no version %lld", (long long)v->id);
    v->id = query_int(&q);
    return query_run(&q); /* to its end: only there are references checked */
}

static err drop_list(struct archive *archive, enum statement which, int64_t version) {
    CLEANUP(query_end) struct query q = query_start(archive, which);
    query_bind_int(&q, version);
    return query_run(&q);
}

static err add_to_list(struct archive *archive, enum statement which, int64_t version,
                       size_t position, int64_t id) {
    CLEANUP(query_end) struct query q = query_start(archive, which);
    query_bind_int(&q, version);
    query_bind_int(&q, (int64_t)position);
    query_bind_int(&q, id);
    return query_run(&q);
}

static err write_contributors(struct archive *archive, const struct archive_version *v) {
    TRY(drop_list(archive, SQL_CONTRIBUTORS_DROP, v->id));
    for (size_t i = 0; i < v->contributor_count; i++) {
        CLEANUP(query_end) struct query q = query_start(archive, SQL_CONTRIBUTOR_ADD);
        query_bind_int(&q, v->id);
        query_bind_int(&q, (int64_t)i);
        query_bind_text(&q, v->contributors[i].name);
        query_bind_text(&q, v->contributors[i].role);
        query_bind_text(&q, v->contributors[i].organisation);
        TRY(query_run(&q));
    }
    return OK;
}

static err check_is_report(struct archive *archive, int64_t group) {
    CLEANUP(query_end) struct query q = query_start(archive, SQL_GROUP_GET);
    struct arena_mark mark = arena_mark(&archive->scratch);
    bool found = false;
    query_bind_int(&q, group);
    TRY(query_next(&q, &found));
    bool is_report = found && str_eq(query_text(&q, &archive->scratch), STR("report"));
    TRY(query_check(&q));
    arena_reset(&archive->scratch, mark);
    if (!is_report) FAIL(ERR_INVALID, "group %lld is not a report", (long long)group);
    return OK;
}

static err write_lists(struct archive *archive, const struct archive_version *v) {
    TRY(write_contributors(archive, v));
    TRY(drop_list(archive, SQL_VERSION_TOPICS_DROP, v->id));
    TRY(drop_list(archive, SQL_VERSION_RELATED_DROP, v->id));
    TRY(drop_list(archive, SQL_VERSION_REPORTS_DROP, v->id));
    for (size_t i = 0; i < v->topic_count; i++) {
        err e = add_to_list(archive, SQL_VERSION_TOPICS_ADD, v->id, i, v->topics[i]);
        TRY(err_wrap(e, "topic %lld", (long long)v->topics[i]));
    }
    for (size_t i = 0; i < v->related_count; i++) {
        err e = add_to_list(archive, SQL_VERSION_RELATED_ADD, v->id, i, v->related[i]);
        TRY(err_wrap(e, "related group %lld", (long long)v->related[i]));
    }
    for (size_t i = 0; i < v->report_count; i++) {
        TRY(check_is_report(archive, v->reports[i]));
        TRY(add_to_list(archive, SQL_VERSION_REPORTS_ADD, v->id, i, v->reports[i]));
    }
    return OK;
}

static err add_revision(struct archive *archive, str by, int64_t version, str state) {
    unsigned char hash[HASH_BYTES];
    code_hash(state, hash);
    CLEANUP(query_end) struct query q = query_start(archive, SQL_REVISION_ADD);
    query_bind_int(&q, version);
    query_bind_int(&q, archive->sys->now_seconds(archive->sys->ctx));
    query_bind_text(&q, by);
    query_bind_blob(&q, (str){(const char *)hash, HASH_BYTES});
    query_bind_blob(&q, state);
    return query_run(&q);
}

static err code_of(struct arena *a, const struct archive_version *v, str *ret_code) {
    struct buf b;
    buf_init(&b, a, a->cap);
    version_code(&b, v);
    return buf_finish(&b, ret_code);
}

err old_path_put(struct archive *archive, str path, int64_t version) {
    CLEANUP(query_end) struct query q = query_start(archive, SQL_OLD_PATH_PUT);
    query_bind_text(&q, path);
    query_bind_int(&q, version);
    return query_run(&q);
}

/* Writes `v` over `held`, which has id 0 for a version that is new. */
static err write_version(struct archive *archive, str by, const struct archive_version *held,
                         struct archive_version *v, enum archive_saved *ret_saved) {
    struct arena *scratch = &archive->scratch;
    str code = {0};
    str path = {0};
    str held_code = {0};
    str held_path = {0};
    bool is_new = v->id == 0;
    TRY(code_of(scratch, v, &code));
    TRY(archive_public_path(scratch, v, &path));
    if (!is_new) {
        TRY(code_of(scratch, held, &held_code));
        TRY(archive_public_path(scratch, held, &held_path));
        if (str_eq(code, held_code)) {
            *ret_saved = ARCHIVE_UNCHANGED;
            return OK;
        }
    }
    TRY(err_wrap(write_row(archive, v, path), "version of group %lld", (long long)v->group));
    TRY(write_lists(archive, v));
    if (!is_new && !str_eq(path, held_path)) TRY(old_path_put(archive, held_path, v->id));
    TRY(add_revision(archive, by, v->id, code));
    *ret_saved = is_new ? ARCHIVE_ADDED : ARCHIVE_CHANGED;
    return OK;
}

/* What is held of a version that is being saved, and whether it may be. Group and language are its
 * key, by which the gate knows it, so they stay. */
static err read_held(struct archive *archive, struct archive_version *v,
                     struct archive_version *ret_held) {
    int64_t other = 0;
    if (v->id == 0) {
        if (v->group == 0) return OK;
        err e = id_of_key(archive, v->group, v->language, &other);
        if (e.kind == ERR_NONE) {
            FAIL(ERR_EXISTS, "%lld/" STR_FMT ": there is such a version", (long long)v->group,
                 STR_ARG(v->language));
        }
        return e.kind == ERR_NOT_FOUND ? OK : e;
    }
    TRY(version_read(archive, &archive->scratch, v->id, ret_held));
    if (v->group == 0) v->group = ret_held->group;
    if (v->group != ret_held->group || !str_eq(v->language, ret_held->language)) {
        FAIL(ERR_INVALID, "%lld/" STR_FMT ": a version keeps its group and its language",
             (long long)ret_held->group, STR_ARG(ret_held->language));
    }
    if (ret_held->status == ARCHIVE_WITHDRAWN) {
        FAIL(ERR_DENIED, "%lld/" STR_FMT " was withdrawn and cannot be changed",
             (long long)v->group, STR_ARG(v->language));
    }
    return OK;
}

/* What was called back does not come again under another number: an import from another folder, or
 * of the same site by another address, brings the same story. */
static err refuse_withdrawn(struct archive *archive, const struct archive_version *v) {
    size_t scheme = str_find(v->origin, STR("://"));
    bool found = false;
    if (v->id != 0 || scheme == STR_NONE) return OK;
    CLEANUP(query_end) struct query q = query_start(archive, SQL_VERSION_WITHDRAWN);
    query_bind_text(&q, str_skip(v->origin, scheme + 3));
    TRY(query_next(&q, &found));
    if (found) {
        FAIL(ERR_DENIED, "it was withdrawn here: what was at " STR_FMT " stays so",
             STR_ARG(v->origin));
    }
    return OK;
}

static err save_inside(struct archive *archive, struct arena *a, str by, struct archive_version *v,
                       enum archive_saved *ret_saved) {
    struct archive_version held = {0};
    TRY(read_held(archive, v, &held));
    TRY(refuse_withdrawn(archive, v));
    TRY(settle_group(archive, v));
    TRY(settle_slug(archive, a, v));
    TRY(without_repeats(&archive->scratch, &v->topics, &v->topic_count));
    TRY(without_repeats(&archive->scratch, &v->related, &v->related_count));
    TRY(without_repeats(&archive->scratch, &v->reports, &v->report_count));
    TRY(write_version(archive, by, &held, v, ret_saved));
    return *ret_saved == ARCHIVE_UNCHANGED ? OK : search_keep(archive, v);
}

err archive_version_save(struct archive *archive, struct arena *a, str by,
                         struct archive_version *version, enum archive_saved *ret_saved) {
    struct archive_version v = *version;
    enum archive_saved saved = ARCHIVE_UNCHANGED;
    TRY(check_version(&v));
    TRY(text_check("name of who saves", by, LIMIT_NAME_BYTES));
    TRY(change_start(archive));
    struct arena_mark mark = arena_mark(&archive->scratch);
    err e = change_end(archive, save_inside(archive, a, by, &v, &saved));
    arena_reset(&archive->scratch, mark);
    TRY(e);
    version->id = v.id;
    version->group = v.group;
    version->slug = v.slug;
    *ret_saved = saved;
    return OK;
}

static err set_status_inside(struct archive *archive, int64_t id, enum archive_status status) {
    struct archive_version held = {0};
    enum archive_saved saved = ARCHIVE_UNCHANGED;
    TRY(version_read(archive, &archive->scratch, id, &held));
    struct archive_version v = held;
    v.status = status;
    if (held.status == ARCHIVE_WITHDRAWN && status != ARCHIVE_WITHDRAWN) {
        FAIL(ERR_DENIED, "%lld/" STR_FMT " was withdrawn and stays so", (long long)v.group,
             STR_ARG(v.language));
    }
    return write_version(archive, (str){0}, &held, &v, &saved);
}

err archive_version_set_status(struct archive *archive, int64_t id, enum archive_status status) {
    if (status >= ARCHIVE_STATUS_COUNT) FAIL(ERR_INVALID, "a status we do not know");
    TRY(change_start(archive));
    struct arena_mark mark = arena_mark(&archive->scratch);
    err e = change_end(archive, set_status_inside(archive, id, status));
    arena_reset(&archive->scratch, mark);
    return e;
}
