/* server.c: see server.h. */
#include "gate/server.h"
#include "gate/officers.h"
#include "gate/passphrase.h"
#include "gate/rotation.h"
#include "vault/vault.h"

#include <string.h>
#include <unistd.h>

#include "gate/sealing.h"
#include "gate/seeking.h"
#include "gate/uses.h"
#include "pressing/pressing.h"

enum { CALL_MEMORY_MAX = 1 << 30, NAMES_BYTES_MAX = LIMIT_FIELD_BYTES };

struct call {
    struct ledger *ledger;
    struct arena *a;
    const struct wire_message *message; /* for the files it carries */
};

static err handle_status(struct call *call, const void *request, void *reply) {
    (void)request;
    ledger_status(call->ledger, reply);
    return OK;
}

/* Reads real names from an open file, one a line. From a terminal: asks, until an empty line. */
static err read_names(struct call *call, str *ret_names) {
    int file = call->message->files[0];
    bool is_terminal = isatty(file);
    char *names = arena_alloc(call->a, NAMES_BYTES_MAX);
    size_t len = 0;
    if (names == NULL) FAIL(ERR_NO_MEMORY, "no memory for names");
    if (is_terminal) {
        TRY(file_write_all(call->a->sys, file,
                           STR("Real names, one a line, an empty line ends. They are sealed in the "
                               "ledger and shown nowhere.\n")));
    }
    while (len < NAMES_BYTES_MAX) {
        ssize_t got = read(file, names + len, NAMES_BYTES_MAX - len);
        if (got < 0) FAIL(ERR_IO, "the names could not be read");
        if (got == 0 || (is_terminal && got == 1)) break;
        len += (size_t)got;
    }
    if (len == NAMES_BYTES_MAX) FAIL(ERR_LIMIT, "the file of names is too long");
    *ret_names = (str){names, len};
    return OK;
}

static err handle_person_add(struct call *call, const void *request, void *reply) {
    struct gate_id *id = reply;
    str names = {0};
    if (call->message->file_count > 0) TRY(read_names(call, &names));
    return ledger_add_person(call->ledger, request, names, &id->id);
}

static err handle_person_list(struct call *call, const void *request, void *reply) {
    (void)request;
    struct gate_people *people = reply;
    size_t count = 0;
    for (const struct ledger_person *p = ledger_people(call->ledger); p != NULL; p = p->next) {
        count++;
    }
    people->people = arena_array(call->a, count, sizeof *people->people);
    if (people->people == NULL) FAIL(ERR_NO_MEMORY, "no memory for the list of people");
    for (const struct ledger_person *p = ledger_people(call->ledger); p != NULL; p = p->next) {
        people->people[people->count++] = p->about;
    }
    return OK;
}

static err handle_consent_add(struct call *call, const void *request, void *reply) {
    struct gate_id *id = reply;
    return ledger_add_consent(call->ledger, request, &id->id);
}

static err handle_consent_list(struct call *call, const void *request, void *reply) {
    const struct gate_id *of = request;
    struct gate_consents *consents = reply;
    const struct ledger_person *only = of->id.len == 0 ? NULL : ledger_person(call->ledger, of->id);
    size_t count = 0;
    if (of->id.len > 0 && only == NULL) {
        FAIL(ERR_NOT_FOUND, "nobody is known as " STR_FMT, STR_ARG(of->id));
    }
    for (const struct ledger_person *p = ledger_people(call->ledger); p != NULL; p = p->next) {
        for (const struct ledger_consent *c = p->consents; c != NULL; c = c->next) count++;
    }
    consents->consents = arena_array(call->a, count, sizeof *consents->consents);
    if (consents->consents == NULL) FAIL(ERR_NO_MEMORY, "no memory for the list of consents");
    for (const struct ledger_person *p = ledger_people(call->ledger); p != NULL; p = p->next) {
        if (only != NULL && p != only) continue;
        for (const struct ledger_consent *c = p->consents; c != NULL; c = c->next) {
            consents->consents[consents->count++] = c->about;
        }
    }
    return OK;
}

static err handle_risk_add(struct call *call, const void *request, void *reply) {
    (void)reply;
    return ledger_add_risk(call->ledger, request);
}

static err handle_appears(struct call *call, const void *request, void *reply) {
    const struct gate_statement *statement = request;
    struct clearing_snapshot before;
    TRY(clearing_snapshot(call->ledger, call->a, statement->key, &before));
    TRY(ledger_add_statement(call->ledger, statement));
    return clearing_ended_since(call->ledger, call->a, &before, reply);
}

static err handle_statement(struct call *call, const void *request, void *reply) {
    const struct gate_id *of = request;
    const struct ledger_item *item = ledger_item(call->ledger, of->id);
    if (item == NULL || item->statement == NULL) {
        FAIL(ERR_NOT_FOUND, "nobody has stated who appears in " STR_FMT, STR_ARG(of->id));
    }
    memcpy(reply, item->statement, sizeof *item->statement);
    return OK;
}

static err handle_check(struct call *call, const void *request, void *reply) {
    struct clearing_wish wish = {.examine = request};
    return clearing_examine(call->ledger, call->a, &wish, reply);
}

static err handle_clear(struct call *call, const void *request, void *reply) {
    struct clearing_wish wish = {.examine = request, .gives = true};
    return clearing_examine(call->ledger, call->a, &wish, reply);
}

static err handle_adopt(struct call *call, const void *request, void *reply) {
    struct clearing_wish wish = {.examine = request, .gives = true, .adopts = true};
    return clearing_examine(call->ledger, call->a, &wish, reply);
}

static err handle_override(struct call *call, const void *request, void *reply) {
    return clearing_override(call->ledger, call->a, request, reply);
}

static err handle_officer_list(struct call *call, const void *request, void *reply) {
    (void)request;
    return officers_list(call->ledger, call->a, reply);
}

static err handle_officer(struct call *call, const void *request, void *reply) {
    CLEANUP(vault_secret_free) unsigned char *room = NULL;
    const struct gate_officer_wish *wish = request;
    size_t len = 0;
    if (wish->action < 0 || wish->action > GATE_OFFICER_CHANGE) {
        FAIL(ERR_INVALID, "officers are added, removed or changed");
    }
    TRY(vault_secret(PASSPHRASE_MAX, &room));
    if (wish->action != GATE_OFFICER_REMOVE) {
        if (call->message->file_count == 0) FAIL(ERR_INVALID, "the new passphrase is missing");
        TRY(passphrase_read_new(call->a->sys, call->message->files[0],
                                STR("A passphrase for the new officer: "), room, &len));
    }
    TRY(officers_change(call->ledger, call->a, wish, (str){(const char *)room, len}));
    return officers_list(call->ledger, call->a, reply);
}

static err handle_withdraw(struct call *call, const void *request, void *reply) {
    struct clearing_snapshot before;
    TRY(clearing_snapshot(call->ledger, call->a, STR(""), &before));
    TRY(ledger_add_withdrawal(call->ledger, request));
    return clearing_ended_since(call->ledger, call->a, &before, reply);
}

static err handle_list(struct call *call, const void *request, void *reply) {
    (void)request;
    struct gate_clearance_list *list = reply;
    size_t count = 0;
    for (const struct ledger_item *i = ledger_items(call->ledger); i != NULL; i = i->next) {
        count += i->clearance != NULL;
    }
    list->lines = arena_array(call->a, count, sizeof *list->lines);
    if (list->lines == NULL) FAIL(ERR_NO_MEMORY, "no memory for the list of clearances");
    for (const struct ledger_item *i = ledger_items(call->ledger); i != NULL; i = i->next) {
        const struct ledger_clearance *c = i->clearance;
        if (c == NULL) continue;
        struct gate_clearance_line *line = &list->lines[list->count++];
        *line = (struct gate_clearance_line){.key = c->terms.key,
                                             .road = c->terms.road,
                                             .by = c->cleared.by,
                                             .given = c->terms.given,
                                             .until = c->terms.until,
                                             .adopted = c->terms.adopted};
        TRY(clearing_stands(call->ledger, call->a, c, &line->ended));
        line->stands = line->ended.len == 0;
    }
    return OK;
}

static err handle_seal(struct call *call, const void *request, void *reply) {
    const struct gate_seal_request *asked = request;
    const struct wire_message *message = call->message;
    size_t before = asked->has_live != 0 ? 2 : 1; /* files that are no pack */
    if (message->file_count < before) FAIL(ERR_INVALID, "sealing takes an index and its packs");
    const struct sealing_wish wish = {.files = {.index = message->files[0],
                                                .packs = message->files + before,
                                                .pack_count = message->file_count - before},
                                      .live = asked->has_live != 0 ? message->files[1] : -1,
                                      .by = asked->by};
    return sealing_read(call->ledger, call->a, &wish, reply);
}

/* One passphrase after another, each in a part of `room`. */
static err read_passphrases(struct call *call, unsigned char *room, str *passphrases) {
    for (size_t i = 0; i < call->message->file_count; i++) {
        unsigned char *own = room + i * PASSPHRASE_MAX;
        size_t len = 0;
        TRY(passphrase_read(call->a->sys, call->message->files[i],
                            i == 0 ? STR("The protection officer's passphrase, once more: ")
                                   : STR("The passphrase of another officer who is there: "),
                            own, &len));
        passphrases[i] = (str){(const char *)own, len};
    }
    return OK;
}

static err handle_rotate(struct call *call, const void *request, void *reply) {
    CLEANUP(vault_secret_free) unsigned char *room = NULL;
    const struct gate_rotate *wish = request;
    str passphrases[ROTATION_PASSPHRASES_MAX];
    struct rotation rotation = {
        .by = wish->by, .passphrases = passphrases, .count = call->message->file_count};
    if (rotation.count == 0 || rotation.count > ROTATION_PASSPHRASES_MAX)
        FAIL(ERR_INVALID, "between one and %d officers change the ledger key",
             ROTATION_PASSPHRASES_MAX);
    TRY(vault_secret((size_t)ROTATION_PASSPHRASES_MAX * PASSPHRASE_MAX, &room));
    TRY(read_passphrases(call, room, passphrases));
    return rotation_run(call->ledger, call->a, &rotation, reply);
}

static err handle_erase(struct call *call, const void *request, void *reply) {
    return ledger_erase_person(call->ledger, call->a, request, reply);
}

static err handle_uses(struct call *call, const void *request, void *reply) {
    return uses_list(call->ledger, call->a, request, reply);
}

static err handle_seek(struct call *call, const void *request, void *reply) {
    const struct seeking_wish wish = {
        .seek = request, .files = call->message->files, .file_count = call->message->file_count};
    return seeking_read(call->a, &wish, reply);
}

static err (*const HANDLERS[])(struct call *call, const void *request, void *reply) = {
    [GATE_STATUS] = handle_status,
    [GATE_PERSON_ADD] = handle_person_add,
    [GATE_PERSON_LIST] = handle_person_list,
    [GATE_CONSENT_ADD] = handle_consent_add,
    [GATE_CONSENT_LIST] = handle_consent_list,
    [GATE_RISK_ADD] = handle_risk_add,
    [GATE_APPEARS] = handle_appears,
    [GATE_STATEMENT] = handle_statement,
    [GATE_CHECK] = handle_check,
    [GATE_CLEAR] = handle_clear,
    [GATE_ADOPT] = handle_adopt,
    [GATE_WITHDRAW] = handle_withdraw,
    [GATE_OVERRIDE] = handle_override,
    [GATE_OFFICER_LIST] = handle_officer_list,
    [GATE_OFFICER] = handle_officer,
    [GATE_LIST] = handle_list,
    [GATE_SEAL] = handle_seal,
    [GATE_DRILL] = handle_withdraw, /* the very same, and then undone */
    [GATE_ROTATE] = handle_rotate,
    [GATE_ERASE] = handle_erase,
    [GATE_USES] = handle_uses,
    [GATE_SEEK] = handle_seek,
};
_Static_assert(COUNT_OF(HANDLERS) == GATE_CALL_COUNT, "one handler for each call");

/* One call as one change, and a drill as none. The reply is packed before the commit and sent after
 * it. */
static err handle(struct call *call, str *ret_reply) {
    if (call->message->type >= GATE_CALL_COUNT) FAIL(ERR_INVALID, "there is no such call");
    const struct gate_call_row *row = gate_call_of((enum gate_call)call->message->type);
    void *request = arena_alloc(call->a, row->request->size);
    void *reply = arena_alloc(call->a, row->reply->size);
    struct buf packed;
    if (request == NULL || reply == NULL) FAIL(ERR_NO_MEMORY, "no memory for a call");
    TRY(wire_unpack(call->a, row->request, call->message->bytes, request));
    TRY(ledger_begin(call->ledger));
    err e = HANDLERS[call->message->type](call, request, reply);
    buf_init(&packed, call->a, LIMIT_MESSAGE_BYTES);
    if (e.kind == ERR_NONE) {
        wire_pack(&packed, row->reply, reply);
        e = buf_finish(&packed, ret_reply);
    }
    if (e.kind == ERR_NONE && call->message->type == GATE_DRILL)
        return ledger_rollback(call->ledger);
    if (e.kind == ERR_NONE) e = ledger_commit(call->ledger);
    if (e.kind != ERR_NONE) {
        err undone = ledger_rollback(call->ledger);
        return undone.kind != ERR_NONE ? undone : e;
    }
    return OK;
}

static err answer_error(struct arena *a, int socket, err e) {
    struct gate_error error = {.kind = e.kind, .message = str_of(e.message)};
    struct buf packed;
    str bytes;
    buf_init(&packed, a, LIMIT_MESSAGE_BYTES);
    wire_pack(&packed, &gate_error_shape, &error);
    TRY(buf_finish(&packed, &bytes));
    return wire_send(socket, GATE_REPLY_ERROR, bytes, NULL, 0);
}

static err serve_one(const struct sys *sys, struct ledger *ledger, int socket) {
    CLEANUP(arena_done) struct arena a;
    CLEANUP(wire_close_files) struct wire_message message = {0};
    struct call call = {.ledger = ledger, .a = &a, .message = &message};
    str reply = {0};
    arena_init(&a, sys, CALL_MEMORY_MAX);
    TRY(wire_receive(&a, socket, 0, &message));
    err e = handle(&call, &reply);
    if (e.kind != ERR_NONE) return answer_error(&a, socket, e);
    return wire_send(socket, GATE_REPLY_OK, reply, NULL, 0);
}

err gate_serve(const struct sys *sys, struct ledger *ledger, int socket) {
    for (;;) {
        err e = serve_one(sys, ledger, socket);
        if (e.kind == ERR_NOT_FOUND) return OK; /* the other side closed: all is said */
        TRY(e);
    }
}
