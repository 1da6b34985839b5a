/* archive_tick.c: how far the counting of changes has come, and what has changed since. Triggers do
 * the counting (sql/migrate_0003.sql). */
#include "archive/archive_impl.h"

err archive_tick_get(struct archive *archive, struct archive_tick *ret_tick) {
    CLEANUP(query_end) struct query q = query_start(archive, SQL_TICK_GET);
    struct archive_tick tick = {0};
    bool found = false;
    TRY(query_next(&q, &found));
    if (!found) FAIL(ERR_INVALID, "the archive does not count its changes");
    tick.number = query_int(&q);
    tick.pictures = query_int(&q);
    tick.addresses = query_int(&q);
    query_bytes(&q, tick.mark, sizeof tick.mark);
    TRY(query_check(&q));
    *ret_tick = tick;
    return OK;
}

err archive_touched(struct archive *archive, struct arena *a, int64_t since, int64_t **ret_ids,
                    size_t *ret_count) {
    CLEANUP(query_end) struct query q = query_start(archive, SQL_TOUCHED_SINCE);
    query_bind_int(&q, since);
    return query_ids(&q, a, ret_ids, ret_count);
}

static err put_mark(struct archive *archive, const unsigned char *mark) {
    CLEANUP(query_end) struct query q = query_start(archive, SQL_MARK_PUT);
    query_bind_blob(&q, (str){(const char *)mark, ARCHIVE_MARK_BYTES});
    return query_run(&q);
}

err archive_mark_put(struct archive *archive, const unsigned char mark[ARCHIVE_MARK_BYTES]) {
    TRY(change_start(archive));
    return change_end(archive, put_mark(archive, mark));
}
