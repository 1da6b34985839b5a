/* archive_state.c: a version read from the archive, and its code.
 *
 * The code is what a revision keeps and what "unchanged" compares: two versions are the same when
 * their codes are. It begins with the number of its own form, so that a later form can be told. */
#include "archive/archive_impl.h"

enum { CODE_FORM = 1 };

/* ---- Reading -------------------------------------------------------------------------------- */

static err read_row(struct archive *archive, struct arena *a, int64_t id,
                    struct archive_version *v) {
    CLEANUP(query_end) struct query q = query_start(archive, SQL_VERSION_GET);
    bool found = false;
    query_bind_int(&q, id);
    TRY(query_next(&q, &found));
    if (!found) FAIL(ERR_NOT_FOUND, "the archive has no version %lld", (long long)id);
    v->id = query_int(&q);
    v->group = query_int(&q);
    v->language = query_text(&q, a);
    str kind = query_text(&q, a);
    str status = query_text(&q, a);
    v->slug = query_text(&q, a);
    v->title = query_text(&q, a);
    v->deck = query_text(&q, a);
    v->body = query_text(&q, a);
    v->notes = query_text(&q, a);
    v->published = query_int(&q);
    v->updated = query_int(&q);
    v->origin = query_text(&q, a);
    v->cover.media = query_int(&q);
    v->cover.alt = query_text(&q, a);
    v->cover.caption = query_text(&q, a);
    v->cover.credit = query_text(&q, a);
    v->report.publisher = query_text(&q, a);
    v->report.language = query_text(&q, a);
    v->report.pages = query_int(&q);
    v->report.bytes = query_int(&q);
    v->report.link = query_text(&q, a);
    TRY(query_check(&q));
    if (!archive_kind_of(kind, &v->kind) || !archive_status_of(status, &v->status)) {
        FAIL(ERR_INVALID, "version %lld: its kind or status is damaged", (long long)id);
    }
    return OK;
}

static err read_contributors(struct archive *archive, struct arena *a, struct archive_version *v) {
    CLEANUP(query_end) struct query q = query_start(archive, SQL_CONTRIBUTORS_GET);
    bool is_row = false;
    query_bind_int(&q, v->id);
    TRY(query_next(&q, &is_row));
    while (is_row) {
        struct archive_contributor *all =
            array_room(a, v->contributors, v->contributor_count, sizeof *all);
        if (all == NULL) FAIL(ERR_NO_MEMORY, "no memory for contributors");
        v->contributors = all;
        struct archive_contributor *one = &all[v->contributor_count++];
        one->name = query_text(&q, a);
        one->role = query_text(&q, a);
        one->organisation = query_text(&q, a);
        TRY(query_next(&q, &is_row));
    }
    return OK;
}

static err read_ids(struct archive *archive, struct arena *a, enum statement which, int64_t version,
                    int64_t **ret_ids, size_t *ret_count) {
    CLEANUP(query_end) struct query q = query_start(archive, which);
    query_bind_int(&q, version);
    return query_ids(&q, a, ret_ids, ret_count);
}

err version_read(struct archive *archive, struct arena *a, int64_t id,
                 struct archive_version *ret_version) {
    struct archive_version v = {0};
    TRY(read_row(archive, a, id, &v));
    TRY(read_contributors(archive, a, &v));
    TRY(read_ids(archive, a, SQL_VERSION_TOPICS_GET, id, &v.topics, &v.topic_count));
    TRY(read_ids(archive, a, SQL_VERSION_RELATED_GET, id, &v.related, &v.related_count));
    TRY(read_ids(archive, a, SQL_VERSION_REPORTS_GET, id, &v.reports, &v.report_count));
    *ret_version = v;
    return OK;
}

/* ---- Coding --------------------------------------------------------------------------------- */

static void code_ids(struct buf *b, const int64_t *ids, size_t count) {
    code_int(b, (int64_t)count);
    for (size_t i = 0; i < count; i++) code_int(b, ids[i]);
}

void version_code(struct buf *b, const struct archive_version *v) {
    code_int(b, CODE_FORM);
    code_int(b, v->group);
    code_text(b, v->language);
    code_text(b, archive_kind_name(v->kind));
    code_text(b, archive_status_name(v->status));
    code_text(b, v->slug);
    code_text(b, v->title);
    code_text(b, v->deck);
    code_text(b, v->body);
    code_text(b, v->notes);
    code_int(b, v->published);
    code_int(b, v->updated);
    code_text(b, v->origin);
    code_int(b, v->cover.media);
    code_text(b, v->cover.alt);
    code_text(b, v->cover.caption);
    code_text(b, v->cover.credit);
    code_text(b, v->report.publisher);
    code_text(b, v->report.language);
    code_int(b, v->report.pages);
    code_int(b, v->report.bytes);
    code_text(b, v->report.link);
    code_int(b, (int64_t)v->contributor_count);
    for (size_t i = 0; i < v->contributor_count; i++) {
        code_text(b, v->contributors[i].name);
        code_text(b, v->contributors[i].role);
        code_text(b, v->contributors[i].organisation);
    }
    code_ids(b, v->topics, v->topic_count);
    code_ids(b, v->related, v->related_count);
    code_ids(b, v->reports, v->report_count);
}
