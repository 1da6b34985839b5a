/* calls.c: what can be asked of the gate. See server.h. */
#include "gate/server_impl.h"

#include <assert.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gate/ledger_impl.h"
#include "gate/officers.h"
#include "gate/passphrase.h"
#include "gate/probes.h"
#include "gate/rotation.h"
#include "gate/rules_paper.h"
#include "gate/sealing.h"
#include "gate/seeking.h"
#include "gate/uses.h"
#include "pressing/pressing.h"

enum { NAMES_BYTES_MAX = LIMIT_FIELD_BYTES, PIPE_PIECE = 4096 /* PIPE_BUF */ };

struct call {
    struct ledger *ledger;
    struct arena *a;
    const struct gate_post *post;
    struct gate_asker *asker;
    const struct wire_message *message; /* for the files it carries */
    struct gate_answered *answered;
    str shown;    /* to be written to a file when the change is on the disk */
    int shown_to; /* that file */
};

static str name_of(const struct gate_asker *asker) { return (str){asker->name, asker->name_len}; }

/* The n-th file of the message, to be read from. */
static struct typing typed(const struct call *call, size_t file) {
    const struct sys *sys = call->a->sys;
    bool others_wait = call->post->listener >= 0;
    return (struct typing){.sys = sys,
                           .file = call->message->files[file],
                           .ending = call->post->ending,
                           .deadline_ns = others_wait ? sys->ticks_ns(sys->ctx) +
                                                            LIMIT_GATE_TYPING_SECONDS * 1000000000LL
                                                      : 0};
}

static err handle_status(struct call *call, const void *request, void *reply) {
    (void)request;
    struct gate_status *status = reply;
    ledger_status(call->ledger, status);
    status->until = call->post->until;
    status->memory = call->post->memory;
    status->process = getpid();
    return officers_opener(call->ledger, call->a, &status->officer);
}

/* Reads real names from an open file, one a line. From a terminal: asks, until an empty line. */
static err read_names(struct call *call, str *ret_names) {
    const struct typing typing = typed(call, 0);
    bool is_terminal = isatty(typing.file);
    char *names = arena_alloc(call->a, NAMES_BYTES_MAX);
    size_t len = 0;
    if (names == NULL) FAIL(ERR_NO_MEMORY, "no memory for names");
    if (is_terminal) {
        TRY(file_write_all(call->a->sys, typing.file,
                           STR("Real names, one a line, an empty line ends. They are sealed in the "
                               "ledger, and shown to an officer who says why.\n")));
    }
    while (len < NAMES_BYTES_MAX) {
        size_t got = 0;
        TRY(typing_read(&typing, names + len, NAMES_BYTES_MAX - len, &got));
        if (got == 0 || (is_terminal && got == 1)) break;
        len += got;
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

/* Somebody unproven is answered so often and no oftener, and at times that tell nothing. */
static err examine(struct call *call, struct clearing_wish wish, struct gate_answer *reply) {
    struct clearing_met met = {0};
    unsigned char hash[32];
    bool is_veiled = !call->asker->is_officer;
    wish.is_veiled = is_veiled;
    wish.ret_met = &met;
    call->answered->is_timed = is_veiled;
    TRY(source_hash(call->a, &wish.examine->source, hash));
    if (is_veiled) TRY(probes_allow(call->ledger, hash));
    TRY(clearing_examine(call->ledger, call->a, &wish, reply));
    const struct probe probe = {.about = wish.examine->source.key,
                                .source = hash,
                                .officer = name_of(call->asker),
                                .by = wish.examine->by};
    return probes_record(call->ledger, &probe,
                         (met.name ? PROBE_NAME : 0) | (met.decoy ? PROBE_DECOY : 0));
}

static err handle_check(struct call *call, const void *request, void *reply) {
    return examine(call, (struct clearing_wish){.examine = request}, reply);
}

static err handle_clear(struct call *call, const void *request, void *reply) {
    return examine(call, (struct clearing_wish){.examine = request, .gives = true}, reply);
}

static err handle_adopt(struct call *call, const void *request, void *reply) {
    return examine(call, (struct clearing_wish){.examine = request, .gives = true, .adopts = true},
                   reply);
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
        const struct typing typing = typed(call, 0);
        TRY(passphrase_read_new(&typing, STR("A passphrase for the new officer: "), room, &len));
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
                                      .by = asked->by,
                                      .officer = name_of(call->asker),
                                      .is_veiled = !call->asker->is_officer};
    call->answered->is_timed = !call->asker->is_officer;
    return sealing_read(call->ledger, call->a, &wish, reply);
}

/* ---- Who asks -------------------------------------------------------------------------------- */

/* Whose passphrase the file holds. Asked for anew each time, whoever asked before. */
static err prove(struct call *call, size_t file, str officer, str *ret_name) {
    CLEANUP(vault_secret_free) unsigned char *room = NULL;
    size_t len = 0;
    str question;
    const struct typing typing = typed(call, file);
    TRY(vault_secret(PASSPHRASE_MAX, &room));
    TRY(arena_printf(call->a, &question, "The passphrase of " STR_FMT ": ",
                     STR_ARG(officer.len > 0 ? officer : STR("an officer"))));
    TRY(passphrase_read(&typing, question, room, &len));
    if (len == 0) FAIL(ERR_DENIED, "no passphrase was given");
    return officers_prove(call->ledger, call->a, officer, (str){(const char *)room, len}, ret_name);
}

static err handle_prove(struct call *call, const void *request, void *reply) {
    const struct gate_proof *proof = request;
    struct gate_id *name = reply;
    struct gate_asker *asker = call->asker;
    if (call->message->file_count == 0) {
        if (!asker->is_officer || !str_eq(name_of(asker), proof->officer))
            FAIL(ERR_DENIED, "the passphrase was another officer's");
        name->id = proof->officer;
        return OK;
    }
    TRY(prove(call, 0, proof->officer, &name->id));
    assert(name->id.len <= sizeof asker->name);
    memcpy(asker->name, name->id.ptr, name->id.len);
    asker->name_len = name->id.len;
    asker->is_officer = true;
    return OK;
}

static err handle_lock(struct call *call, const void *request, void *reply) {
    (void)request;
    (void)reply;
    call->answered->ends = true;
    return OK;
}

static err handle_watch(struct call *call, const void *request, void *reply) {
    (void)request;
    return probes_report(call->ledger, call->a, reply);
}

/* Whether what is written there stays in no file. */
static bool is_for_eyes(int file) {
    struct stat about;
    return fstat(file, &about) == 0 && (S_ISCHR(about.st_mode) || S_ISFIFO(about.st_mode));
}

/* What is shown goes from here to the terminal: no other process has it on the way, and no disk. A
 * gate that stays asks for the passphrase each time; another was opened with it a moment ago. */
static err handle_reveal(struct call *call, const void *request, void *reply) {
    const struct gate_reveal *wish = request;
    struct gate_id *pseudonym = reply;
    struct ledger_reveal event = {.reason = wish->reason, .officer = name_of(call->asker)};
    bool stays = call->post->listener >= 0;
    if (call->message->file_count != (stays ? 2 : 1))
        FAIL(ERR_INVALID, "a name is shown on an open file, and for a passphrase");
    if (!is_for_eyes(call->message->files[0]))
        FAIL(ERR_DENIED, "a real name is shown on a terminal, and written to no file");
    if (str_trim(wish->reason).len == 0) FAIL(ERR_INVALID, "the reason is missing (--reason)");
    const struct ledger_person *person = ledger_person(call->ledger, wish->person);
    if (person == NULL) FAIL(ERR_NOT_FOUND, "nobody is known as " STR_FMT, STR_ARG(wish->person));
    if (stays) TRY(prove(call, 1, wish->officer, &event.officer));
    event.person = person->about.id;
    TRY(ledger_append(call->ledger, LEDGER_REVEAL, &event));
    call->shown = person->names.len > 0 ? person->names : STR("(no real name was entered)\n");
    call->shown_to = call->message->files[0];
    pseudonym->id = person->about.pseudonym;
    return OK;
}

static err handle_paper(struct call *call, const void *request, void *reply) {
    struct papers_wish wish = {.ledger = call->ledger, .paper = request};
    if (call->message->file_count != 1) FAIL(ERR_INVALID, "a paper comes with its rebuilt file");
    wish.file = call->message->files[0];
    return rules_read_paper(call->a, &wish, reply);
}

/* One passphrase after another, each in a part of `room`. */
static err read_passphrases(struct call *call, unsigned char *room, str *passphrases) {
    for (size_t i = 0; i < call->message->file_count; i++) {
        const struct typing typing = typed(call, i);
        unsigned char *own = room + i * PASSPHRASE_MAX;
        size_t len = 0;
        TRY(passphrase_read(&typing,
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
    [GATE_PROVE] = handle_prove,
    [GATE_LOCK] = handle_lock,
    [GATE_WATCH] = handle_watch,
    [GATE_REVEAL] = handle_reveal,
    [GATE_PAPER] = handle_paper,
    [GATE_DRILL] = handle_withdraw, /* the very same, and then undone */
    [GATE_ROTATE] = handle_rotate,
    [GATE_ERASE] = handle_erase,
    [GATE_USES] = handle_uses,
    [GATE_SEEK] = handle_seek,
};
_Static_assert(COUNT_OF(HANDLERS) == GATE_CALL_COUNT, "one handler for each call");

/* After the change is kept, and never for long: whoever is to see it may have gone. */
static err show(const struct call *call) {
    const struct sys *sys = call->a->sys;
    int64_t deadline_ns = sys->ticks_ns(sys->ctx) + call->post->patience_seconds * 1000000000LL;
    for (str rest = call->shown; rest.len > 0;) {
        struct pollfd to = {.fd = call->shown_to, .events = POLLOUT};
        int64_t left_ms = (deadline_ns - sys->ticks_ns(sys->ctx)) / 1000000;
        if (left_ms <= 0 || poll(&to, 1, (int)left_ms) <= 0)
            FAIL(ERR_BUSY, "nobody took what was to be shown");
        TRY(file_write_all(sys, call->shown_to, str_slice(rest, 0, PIPE_PIECE)));
        rest = str_skip(rest, PIPE_PIECE);
    }
    return str_ends(call->shown, STR("\n")) ? OK : file_write_all(sys, call->shown_to, STR("\n"));
}

static err check_right(const struct call *call, const struct gate_call_row *row) {
    if (!row->is_for_officers || call->asker->is_officer) return OK;
    FAIL(ERR_DENIED, "this is for an officer, who is asked for the passphrase (--as NAME)");
}

/* One call as one change, and a drill as none. The reply is packed before the commit and sent after
 * it. Without a ledger there is nothing to change, and one call. */
static err handle(struct call *call, str *ret_reply) {
    bool has_ledger = call->ledger != NULL;
    bool is_call =
        has_ledger ? call->message->type < GATE_CALL_COUNT : call->message->type == GATE_PAPER;
    if (!is_call) FAIL(ERR_INVALID, "there is no such call");
    const struct gate_call_row *row = gate_call_of((enum gate_call)call->message->type);
    void *request = arena_alloc(call->a, row->request->size);
    void *reply = arena_alloc(call->a, row->reply->size);
    struct buf packed;
    if (request == NULL || reply == NULL) FAIL(ERR_NO_MEMORY, "no memory for a call");
    TRY(check_right(call, row));
    TRY(wire_unpack(call->a, row->request, call->message->bytes, request));
    if (has_ledger) TRY(ledger_begin(call->ledger));
    err e = HANDLERS[call->message->type](call, request, reply);
    buf_init(&packed, call->a, LIMIT_MESSAGE_BYTES);
    if (e.kind == ERR_NONE) {
        wire_pack(&packed, row->reply, reply);
        e = buf_finish(&packed, ret_reply);
    }
    if (e.kind == ERR_NONE && call->message->type == GATE_DRILL)
        return ledger_rollback(call->ledger);
    if (e.kind == ERR_NONE && has_ledger) e = ledger_commit(call->ledger);
    if (e.kind != ERR_NONE && has_ledger) {
        err undone = ledger_rollback(call->ledger);
        return undone.kind != ERR_NONE ? undone : e;
    }
    TRY(e);
    return call->shown.len > 0 ? show(call) : OK;
}

err gate_answer_call(struct arena *a, const struct gate_answering *answering,
                     struct gate_answered *ret_answered) {
    struct gate_answered answered = {.type = GATE_REPLY_OK};
    struct call call = {.ledger = answering->post->ledger,
                        .a = a,
                        .post = answering->post,
                        .asker = answering->asker,
                        .message = answering->message,
                        .answered = &answered};
    err e = handle(&call, &answered.bytes);
    if (e.kind != ERR_NONE) {
        struct gate_error error = {.kind = e.kind, .message = str_of(e.message)};
        struct buf packed;
        buf_init(&packed, a, LIMIT_MESSAGE_BYTES);
        wire_pack(&packed, &gate_error_shape, &error);
        TRY(buf_finish(&packed, &answered.bytes));
        answered.type = GATE_REPLY_ERROR;
        answered.ends = false;
    }
    *ret_answered = answered;
    return OK;
}
