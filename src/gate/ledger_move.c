/* ledger_move.c: a ledger of format 1, in which people had no keys of their own, is written anew.
 *
 * Every event is opened and held against its chain once more, then appended to a chain of the new
 * format with the time it had; what named people by pseudonym names them by id. All of it is one
 * transaction. The last event of the new file says how the old chain ended. */
#include "gate/ledger_impl.h"

#include <sodium.h>
#include <string.h>

/* The old ledger, while it is read. */
struct moving {
    struct ledger *ledger;
    unsigned char head[32];
    int64_t events;
};

static str column_bytes(sqlite3_stmt *statement, int column) {
    const void *bytes = sqlite3_column_blob(statement, column);
    return (str){bytes, (size_t)sqlite3_column_bytes(statement, column)};
}

/* By id, where it was by pseudonym. Nobody of that name: as it was. */
static void name_by_id(const struct ledger *ledger, str *name) {
    const struct ledger_person *person = ledger_person(ledger, *name);
    if (person != NULL) *name = person->about.id;
}

static err append(struct moving *m, enum ledger_event kind, int64_t at, void *message) {
    struct ledger *ledger = m->ledger;
    struct gate_person_record *record = message;
    struct gate_consent *consent = message;
    struct gate_withdraw *withdrawal = message;
    if (kind == LEDGER_PERSON) {
        for (size_t i = 0; i < record->person.link_count; i++) {
            name_by_id(ledger, &record->person.links[i].text);
        }
    }
    if (kind == LEDGER_CONSENT) name_by_id(ledger, &consent->interpreter);
    bool is_of_both =
        kind == LEDGER_WITHDRAWAL && withdrawal->key.len > 0 && withdrawal->person.len > 0;
    if (is_of_both) { /* see ledger_add_withdrawal */
        struct gate_withdraw of_item = *withdrawal;
        of_item.person = STR("");
        TRY(ledger_append_at(ledger, kind, at, &of_item));
        withdrawal->key = STR("");
    }
    return ledger_append_at(ledger, kind, at, message);
}

static err move_row(struct moving *m, struct arena *a, const struct event_row *row) {
    unsigned char expected[32];
    str plain;
    enum ledger_event kind = LEDGER_BORN;
    while (kind < LEDGER_EVENT_COUNT && !str_eq(row->kind, str_of(ledger_event_name(kind)))) kind++;
    if (kind == LEDGER_EVENT_COUNT)
        FAIL(ERR_INVALID, "event %lld was written by a newer program", (long long)row->id);
    const struct event_place place = ledger_place(1, m->head, row);
    ledger_chain(&place, row->box, expected);
    if (row->id != m->events + 1 || memcmp(expected, row->hash, 32) != 0)
        FAIL(ERR_INVALID, "the ledger's chain is broken at event %lld: it was changed from outside",
             (long long)row->id);
    const struct wire_shape *shape = ledger_event_shape(kind);
    void *message = arena_alloc(a, shape->size);
    if (message == NULL) FAIL(ERR_NO_MEMORY, "no memory for the ledger");
    TRY(vault_box_open(a, m->ledger->secrets->ledger_key, (str){(const char *)&place, sizeof place},
                       row->box, &plain));
    err e = wire_unpack(a, shape, plain, message);
    if (e.kind == ERR_NONE) e = append(m, kind, row->at, message);
    if (kind == LEDGER_BORN) {
        ledger_wipe(plain);
        explicit_bzero(message, shape->size);
    }
    TRY(e);
    memcpy(m->head, expected, 32);
    m->events++;
    return OK;
}

static err move_rows(struct moving *m, sqlite3_stmt *rows) {
    CLEANUP(arena_done) struct arena a;
    int step = SQLITE_DONE;
    arena_init(&a, m->ledger->sys, 4UL * LIMIT_MESSAGE_BYTES);
    while ((step = sqlite3_step(rows)) == SQLITE_ROW) {
        struct arena_mark mark = arena_mark(&a);
        str hash = column_bytes(rows, 4);
        struct event_row row = {.id = sqlite3_column_int64(rows, 0),
                                .at = sqlite3_column_int64(rows, 1),
                                .kind = column_bytes(rows, 2),
                                .box = column_bytes(rows, 3)};
        if (hash.len != sizeof row.hash)
            FAIL(ERR_INVALID, "event %lld has no hash", (long long)row.id);
        memcpy(row.hash, hash.ptr, sizeof row.hash);
        TRY(move_row(m, &a, &row));
        arena_reset(&a, mark);
    }
    return step == SQLITE_DONE ? OK : ledger_database_err(m->ledger, "reading");
}

static err run_file(struct ledger *ledger, const char *name) {
    str sql;
    TRY(ledger_sql(name, &sql));
    return ledger_run_sql(ledger, sql.ptr, "writing it anew");
}

static err move_all(struct ledger *ledger) {
    struct moving m = {.ledger = ledger};
    struct event_format event = {.from = 1};
    sqlite3_stmt *rows = NULL;
    TRY(run_file(ledger, "move_begin.sql"));
    TRY(run_file(ledger, "schema.sql"));
    TRY(ledger_prepare_all(ledger));
    TRY(ledger_key_add(ledger, ledger->secrets->ledger_key, 1));
    TRY(ledger_prepare(ledger, "events_before.sql", &rows));
    err e = move_rows(&m, rows);
    sqlite3_finalize(rows);
    TRY(e);
    if (m.events == 0) FAIL(ERR_INVALID, "the ledger is empty");
    event.events = m.events;
    memcpy(event.head, m.head, sizeof event.head);
    TRY(ledger_append(ledger, LEDGER_FORMAT, &event));
    return run_file(ledger, "move_end.sql");
}

/* Another gate may have done it between the look at the version and the lock. */
static err is_moved(struct ledger *ledger, bool *ret_is_moved) {
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(ledger->db, "PRAGMA user_version", -1, &statement, NULL);
    if (code != SQLITE_OK || sqlite3_step(statement) != SQLITE_ROW) {
        sqlite3_finalize(statement);
        return ledger_database_err(ledger, "its version");
    }
    *ret_is_moved = sqlite3_column_int64(statement, 0) >= LEDGER_FORMAT_NOW;
    sqlite3_finalize(statement);
    return OK;
}

err ledger_move(struct ledger *ledger) {
    bool is_done = false;
    TRY(ledger_run_sql(ledger, "BEGIN IMMEDIATE", "beginning to write it anew"));
    err e = is_moved(ledger, &is_done);
    if (e.kind == ERR_NONE && !is_done) e = move_all(ledger);
    if (e.kind != ERR_NONE || is_done) {
        ledger_forget(ledger);
        sqlite3_exec(ledger->db, "ROLLBACK", NULL, NULL, NULL);
        return err_wrap(e, "writing the ledger in its new format");
    }
    ledger->kept_key_count = ledger->key_count;
    ledger->must_scrub = true; /* the old boxes hold what people's keys are to protect */
    return ledger_commit(ledger);
}
