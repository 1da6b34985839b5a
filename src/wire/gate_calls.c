/* gate_calls.c: the shapes of what can be asked of the gate. See gate_calls.h. */
#include "wire/gate_calls.h"

#include <assert.h>
#include <sys/socket.h>

enum { MANY = 100000, CLEARANCE_MAX = 4096, ID_MAX = 64 };

#define SHAPE(name)                                                                                \
    static const struct wire_shape name##_shape = WIRE_SHAPE(struct name, name##_members)

static const struct wire_member gate_nothing_members[] = {
    WIRE_M_NUMBER(struct gate_nothing, zero),
};
SHAPE(gate_nothing);

static const struct wire_member gate_finding_members[] = {
    WIRE_M_TEXT(struct gate_finding, rule, ID_MAX),
    WIRE_M_NUMBER(struct gate_finding, severity),
    WIRE_M_TEXT(struct gate_finding, place, LIMIT_FIELD_BYTES),
    WIRE_M_TEXT(struct gate_finding, text, LIMIT_FIELD_BYTES),
    WIRE_M_TEXT(struct gate_finding, way_out, LIMIT_FIELD_BYTES),
    WIRE_M_NUMBER(struct gate_finding, line),
    WIRE_M_NUMBER(struct gate_finding, column),
    WIRE_M_TEXT(struct gate_finding, before, LIMIT_FIELD_BYTES),
    WIRE_M_TEXT(struct gate_finding, passage, LIMIT_FIELD_BYTES),
    WIRE_M_TEXT(struct gate_finding, after, LIMIT_FIELD_BYTES),
    WIRE_M_TEXT(struct gate_finding, person, LIMIT_NAME_BYTES),
};
SHAPE(gate_finding);

static const struct wire_member gate_status_members[] = {
    WIRE_M_FIXED(struct gate_status, clearing_key),
    WIRE_M_FIXED(struct gate_status, originals_key),
    WIRE_M_NUMBER(struct gate_status, people),
    WIRE_M_NUMBER(struct gate_status, events),
    WIRE_M_NUMBER(struct gate_status, rules),
    WIRE_M_NUMBER(struct gate_status, until),
    WIRE_M_TEXT(struct gate_status, officer, LIMIT_NAME_BYTES),
    WIRE_M_NUMBER(struct gate_status, memory),
    WIRE_M_NUMBER(struct gate_status, process),
};
SHAPE(gate_status);

static const struct wire_member gate_name_members[] = {
    WIRE_M_TEXT(struct gate_name, text, LIMIT_NAME_BYTES),
};
SHAPE(gate_name);

static const struct wire_member gate_id_members[] = {
    WIRE_M_TEXT(struct gate_id, id, LIMIT_NAME_BYTES),
};
SHAPE(gate_id);

static const struct wire_member gate_person_members[] = {
    WIRE_M_TEXT(struct gate_person, id, ID_MAX),
    WIRE_M_TEXT(struct gate_person, pseudonym, LIMIT_NAME_BYTES),
    WIRE_M_TEXT(struct gate_person, role, ID_MAX),
    WIRE_M_TEXT(struct gate_person, status, ID_MAX),
    WIRE_M_LIST(struct gate_person, links, link_count, LIMIT_LIST_ITEMS, &gate_name_shape),
    WIRE_M_TEXT(struct gate_person, by, LIMIT_NAME_BYTES),
    WIRE_M_NUMBER(struct gate_person, at),
};
SHAPE(gate_person);

static const struct wire_member gate_person_record_members[] = {
    WIRE_M_NESTED(struct gate_person_record, person, &gate_person_shape),
    WIRE_M_BYTES(struct gate_person_record, names, LIMIT_FIELD_BYTES),
};
const struct wire_shape gate_person_record_shape =
    WIRE_SHAPE(struct gate_person_record, gate_person_record_members);

static const struct wire_member gate_people_members[] = {
    WIRE_M_LIST(struct gate_people, people, count, MANY, &gate_person_shape),
};
SHAPE(gate_people);

static const struct wire_member gate_scope_members[] = {
    WIRE_M_TEXT(struct gate_scope, material, LIMIT_NAME_BYTES),
    WIRE_M_TEXT(struct gate_scope, road, CLEARANCE_ROAD_BYTES),
    WIRE_M_TEXT(struct gate_scope, language, LIMIT_LANGUAGE_BYTES),
    WIRE_M_NUMBER(struct gate_scope, shows),
};
SHAPE(gate_scope);

static const struct wire_member gate_consent_members[] = {
    WIRE_M_TEXT(struct gate_consent, id, ID_MAX),
    WIRE_M_TEXT(struct gate_consent, person, LIMIT_NAME_BYTES),
    WIRE_M_TEXT(struct gate_consent, given_by, ID_MAX),
    WIRE_M_TEXT(struct gate_consent, language_used, LIMIT_LANGUAGE_BYTES),
    WIRE_M_TEXT(struct gate_consent, interpreter, LIMIT_NAME_BYTES),
    WIRE_M_TEXT(struct gate_consent, informed, LIMIT_FIELD_BYTES),
    WIRE_M_TEXT(struct gate_consent, form, ID_MAX),
    WIRE_M_LIST(struct gate_consent, scopes, scope_count, LIMIT_LIST_ITEMS, &gate_scope_shape),
    WIRE_M_NUMBER(struct gate_consent, from),
    WIRE_M_NUMBER(struct gate_consent, until),
    WIRE_M_NUMBER(struct gate_consent, embargo),
    WIRE_M_TEXT(struct gate_consent, evidence, LIMIT_FIELD_BYTES),
    WIRE_M_TEXT(struct gate_consent, taken_by, LIMIT_NAME_BYTES),
    WIRE_M_TEXT(struct gate_consent, witness, LIMIT_NAME_BYTES),
    WIRE_M_NUMBER(struct gate_consent, withdrawn),
    WIRE_M_NUMBER(struct gate_consent, at),
};
SHAPE(gate_consent);

static const struct wire_member gate_consents_members[] = {
    WIRE_M_LIST(struct gate_consents, consents, count, MANY, &gate_consent_shape),
};
SHAPE(gate_consents);

static const struct wire_member gate_risk_members[] = {
    WIRE_M_TEXT(struct gate_risk, person, LIMIT_NAME_BYTES),
    WIRE_M_NUMBER(struct gate_risk, date),
    WIRE_M_TEXT(struct gate_risk, author, LIMIT_NAME_BYTES),
    WIRE_M_TEXT(struct gate_risk, remaining, LIMIT_FIELD_BYTES),
    WIRE_M_TEXT(struct gate_risk, second, LIMIT_NAME_BYTES),
};
SHAPE(gate_risk);

static const struct wire_member gate_appearance_members[] = {
    WIRE_M_TEXT(struct gate_appearance, person, LIMIT_NAME_BYTES),
    WIRE_M_NUMBER(struct gate_appearance, part),
    WIRE_M_TEXT(struct gate_appearance, reason, LIMIT_FIELD_BYTES),
    WIRE_M_NUMBER(struct gate_appearance, shows),
};
SHAPE(gate_appearance);

static const struct wire_member gate_statement_members[] = {
    WIRE_M_TEXT(struct gate_statement, key, LIMIT_NAME_BYTES),
    WIRE_M_FIXED(struct gate_statement, source),
    WIRE_M_LIST(struct gate_statement, people, count, LIMIT_LIST_ITEMS, &gate_appearance_shape),
    WIRE_M_TEXT(struct gate_statement, by, LIMIT_NAME_BYTES),
};
SHAPE(gate_statement);

/* A source inside a request: the same members, one level down. */
static const struct wire_member gate_examine_members[] = {
    WIRE_M_NESTED(struct gate_examine, source, &source_shape),
    WIRE_M_TEXT(struct gate_examine, road, CLEARANCE_ROAD_BYTES),
    WIRE_M_TEXT(struct gate_examine, by, LIMIT_NAME_BYTES),
};
SHAPE(gate_examine);

static const struct wire_member gate_answer_members[] = {
    WIRE_M_LIST(struct gate_answer, findings, count, MANY, &gate_finding_shape),
    WIRE_M_NUMBER(struct gate_answer, passes),
    WIRE_M_BYTES(struct gate_answer, clearance, CLEARANCE_MAX),
    WIRE_M_NUMBER(struct gate_answer, until),
};
SHAPE(gate_answer);

static const struct wire_member gate_officer_members[] = {
    WIRE_M_TEXT(struct gate_officer, slot, ID_MAX),
    WIRE_M_TEXT(struct gate_officer, name, LIMIT_NAME_BYTES),
    WIRE_M_TEXT(struct gate_officer, by, LIMIT_NAME_BYTES),
    WIRE_M_NUMBER(struct gate_officer, at),
};
SHAPE(gate_officer);

static const struct wire_member gate_officers_members[] = {
    WIRE_M_LIST(struct gate_officers, officers, count, MANY, &gate_officer_shape),
};
SHAPE(gate_officers);

static const struct wire_member gate_officer_wish_members[] = {
    WIRE_M_NUMBER(struct gate_officer_wish, action),
    WIRE_M_TEXT(struct gate_officer_wish, name, LIMIT_NAME_BYTES),
    WIRE_M_TEXT(struct gate_officer_wish, by, LIMIT_NAME_BYTES),
};
SHAPE(gate_officer_wish);

static const struct wire_member gate_proof_members[] = {
    WIRE_M_TEXT(struct gate_proof, officer, LIMIT_NAME_BYTES),
};
SHAPE(gate_proof);

static const struct wire_member gate_notice_members[] = {
    WIRE_M_NUMBER(struct gate_notice, kind),
    WIRE_M_NUMBER(struct gate_notice, at),
    WIRE_M_TEXT(struct gate_notice, about, LIMIT_NAME_BYTES),
    WIRE_M_TEXT(struct gate_notice, who, LIMIT_NAME_BYTES),
    WIRE_M_TEXT(struct gate_notice, reason, LIMIT_FIELD_BYTES),
};
SHAPE(gate_notice);

static const struct wire_member gate_watch_members[] = {
    WIRE_M_NUMBER(struct gate_watch, asked),
    WIRE_M_NUMBER(struct gate_watch, stopped),
    WIRE_M_NUMBER(struct gate_watch, max),
    WIRE_M_NUMBER(struct gate_watch, seconds),
    WIRE_M_LIST(struct gate_watch, notices, count, LIMIT_LIST_ITEMS, &gate_notice_shape),
};
SHAPE(gate_watch);

static const struct wire_member gate_reveal_members[] = {
    WIRE_M_TEXT(struct gate_reveal, person, LIMIT_NAME_BYTES),
    WIRE_M_TEXT(struct gate_reveal, officer, LIMIT_NAME_BYTES),
    WIRE_M_TEXT(struct gate_reveal, reason, LIMIT_FIELD_BYTES),
};
SHAPE(gate_reveal);

static const struct wire_member gate_override_members[] = {
    WIRE_M_NESTED(struct gate_override, source, &source_shape),
    WIRE_M_TEXT(struct gate_override, road, CLEARANCE_ROAD_BYTES),
    WIRE_M_TEXT(struct gate_override, rule, ID_MAX),
    WIRE_M_TEXT(struct gate_override, reason, LIMIT_FIELD_BYTES),
    WIRE_M_TEXT(struct gate_override, by, LIMIT_NAME_BYTES),
    WIRE_M_TEXT(struct gate_override, second, LIMIT_NAME_BYTES),
};
SHAPE(gate_override);

static const struct wire_member gate_withdraw_members[] = {
    WIRE_M_TEXT(struct gate_withdraw, key, LIMIT_NAME_BYTES),
    WIRE_M_TEXT(struct gate_withdraw, person, LIMIT_NAME_BYTES),
    WIRE_M_TEXT(struct gate_withdraw, by, LIMIT_NAME_BYTES),
    WIRE_M_TEXT(struct gate_withdraw, how, LIMIT_FIELD_BYTES),
};
SHAPE(gate_withdraw);

static const struct wire_member gate_keys_members[] = {
    WIRE_M_LIST(struct gate_keys, keys, count, MANY, &gate_name_shape),
};
SHAPE(gate_keys);

static const struct wire_member gate_clearance_line_members[] = {
    WIRE_M_TEXT(struct gate_clearance_line, key, LIMIT_NAME_BYTES),
    WIRE_M_TEXT(struct gate_clearance_line, road, CLEARANCE_ROAD_BYTES),
    WIRE_M_TEXT(struct gate_clearance_line, by, LIMIT_NAME_BYTES),
    WIRE_M_NUMBER(struct gate_clearance_line, given),
    WIRE_M_NUMBER(struct gate_clearance_line, until),
    WIRE_M_NUMBER(struct gate_clearance_line, adopted),
    WIRE_M_NUMBER(struct gate_clearance_line, stands),
    WIRE_M_TEXT(struct gate_clearance_line, ended, LIMIT_FIELD_BYTES),
};
SHAPE(gate_clearance_line);

static const struct wire_member gate_clearance_list_members[] = {
    WIRE_M_LIST(struct gate_clearance_list, lines, count, MANY, &gate_clearance_line_shape),
};
SHAPE(gate_clearance_list);

static const struct wire_member gate_hash_members[] = {WIRE_M_FIXED(struct gate_hash, hash)};
SHAPE(gate_hash);

static const struct wire_member gate_seal_request_members[] = {
    WIRE_M_TEXT(struct gate_seal_request, by, LIMIT_NAME_BYTES),
    WIRE_M_NUMBER(struct gate_seal_request, has_live),
};
SHAPE(gate_seal_request);

static const struct wire_member gate_seal_reply_members[] = {
    WIRE_M_LIST(struct gate_seal_reply, findings, count, MANY, &gate_finding_shape),
    WIRE_M_NUMBER(struct gate_seal_reply, sealed),
    WIRE_M_NUMBER(struct gate_seal_reply, sealed_at),
    WIRE_M_NUMBER(struct gate_seal_reply, rules),
    WIRE_M_FIXED(struct gate_seal_reply, signature),
    WIRE_M_NUMBER(struct gate_seal_reply, blobs),
    WIRE_M_LIST(struct gate_seal_reply, ended, ended_count, MANY, &gate_hash_shape),
};
SHAPE(gate_seal_reply);

static const struct wire_member gate_paper_text_members[] = {
    WIRE_M_TEXT(struct gate_paper_text, place, LIMIT_NAME_BYTES),
    WIRE_M_TEXT(struct gate_paper_text, text, LIMIT_FIELD_BYTES),
};
SHAPE(gate_paper_text);

static const struct wire_member gate_paper_members[] = {
    WIRE_M_LIST(struct gate_paper, hidden, count, MANY, &gate_paper_text_shape),
};
SHAPE(gate_paper);

static const struct wire_member gate_paper_answer_members[] = {
    WIRE_M_LIST(struct gate_paper_answer, findings, count, MANY, &gate_finding_shape),
    WIRE_M_NUMBER(struct gate_paper_answer, pages),
    WIRE_M_NUMBER(struct gate_paper_answer, may_leave),
    WIRE_M_NUMBER(struct gate_paper_answer, names_read),
};
SHAPE(gate_paper_answer);

static const struct wire_member gate_rotate_members[] = {
    WIRE_M_TEXT(struct gate_rotate, by, LIMIT_NAME_BYTES),
};
SHAPE(gate_rotate);

static const struct wire_member gate_rotated_members[] = {
    WIRE_M_NUMBER(struct gate_rotated, kept),
    WIRE_M_LIST(struct gate_rotated, dropped, dropped_count, MANY, &gate_officer_shape),
};
SHAPE(gate_rotated);

static const struct wire_member gate_erase_members[] = {
    WIRE_M_TEXT(struct gate_erase, person, LIMIT_NAME_BYTES),
    WIRE_M_TEXT(struct gate_erase, by, LIMIT_NAME_BYTES),
    WIRE_M_TEXT(struct gate_erase, reason, LIMIT_FIELD_BYTES),
};
SHAPE(gate_erase);

static const struct wire_member gate_erased_members[] = {
    WIRE_M_TEXT(struct gate_erased, person, LIMIT_NAME_BYTES),
    WIRE_M_LIST(struct gate_erased, items, item_count, MANY, &gate_name_shape),
    WIRE_M_NUMBER(struct gate_erased, names),
};
SHAPE(gate_erased);

static const struct wire_member gate_use_members[] = {
    WIRE_M_TEXT(struct gate_use, key, LIMIT_NAME_BYTES),
    WIRE_M_FIXED(struct gate_use, source),
    WIRE_M_TEXT(struct gate_use, road, CLEARANCE_ROAD_BYTES),
    WIRE_M_TEXT(struct gate_use, language, LIMIT_LANGUAGE_BYTES),
    WIRE_M_NUMBER(struct gate_use, given),
    WIRE_M_TEXT(struct gate_use, by, LIMIT_NAME_BYTES),
    WIRE_M_NUMBER(struct gate_use, cleared_rules),
    WIRE_M_NUMBER(struct gate_use, adopted),
    WIRE_M_NUMBER(struct gate_use, out),
    WIRE_M_NUMBER(struct gate_use, sealed_rules),
    WIRE_M_FIXED(struct gate_use, pressing),
    WIRE_M_NUMBER(struct gate_use, back),
};
SHAPE(gate_use);

static const struct wire_member gate_uses_members[] = {
    WIRE_M_LIST(struct gate_uses, uses, count, MANY, &gate_use_shape),
};
SHAPE(gate_uses);

static const struct wire_member gate_uses_of_members[] = {
    WIRE_M_TEXT(struct gate_uses_of, key, LIMIT_NAME_BYTES),
    WIRE_M_TEXT(struct gate_uses_of, person, LIMIT_NAME_BYTES),
};
SHAPE(gate_uses_of);

static const struct wire_member gate_bytes_members[] = {
    WIRE_M_BYTES(struct gate_bytes, bytes, LIMIT_NAME_BYTES),
};
SHAPE(gate_bytes);

static const struct wire_member gate_seek_members[] = {
    WIRE_M_LIST(struct gate_seek, needles, count, GATE_NEEDLES_MAX, &gate_bytes_shape),
    WIRE_M_NUMBER(struct gate_seek, has_index),
    WIRE_M_NUMBER(struct gate_seek, packs),
};
SHAPE(gate_seek);

static const struct wire_member gate_place_members[] = {
    WIRE_M_NUMBER(struct gate_place, needle),
    WIRE_M_NUMBER(struct gate_place, file),
    WIRE_M_BYTES(struct gate_place, path, LIMIT_PATH_BYTES),
};
SHAPE(gate_place);

static const struct wire_member gate_sought_members[] = {
    WIRE_M_LIST(struct gate_sought, found, count, MANY, &gate_place_shape),
    WIRE_M_NUMBER(struct gate_sought, bytes),
    WIRE_M_NUMBER(struct gate_sought, forms),
    WIRE_M_NUMBER(struct gate_sought, opened_bytes),
};
SHAPE(gate_sought);

static const struct wire_member gate_error_members[] = {
    WIRE_M_NUMBER(struct gate_error, kind),
    WIRE_M_TEXT(struct gate_error, message, ERR_MESSAGE_MAX),
};
const struct wire_shape gate_error_shape = WIRE_SHAPE(struct gate_error, gate_error_members);

static const struct gate_call_row calls[] = {
    [GATE_STATUS] = {"status", &gate_nothing_shape, &gate_status_shape},
    [GATE_PERSON_ADD] = {"person-add", &gate_person_shape, &gate_id_shape, true},
    [GATE_PERSON_LIST] = {"person-list", &gate_nothing_shape, &gate_people_shape},
    [GATE_CONSENT_ADD] = {"consent-add", &gate_consent_shape, &gate_id_shape, true},
    [GATE_CONSENT_LIST] = {"consent-list", &gate_id_shape, &gate_consents_shape},
    [GATE_RISK_ADD] = {"risk-add", &gate_risk_shape, &gate_nothing_shape, true},
    [GATE_APPEARS] = {"appears", &gate_statement_shape, &gate_keys_shape},
    [GATE_STATEMENT] = {"statement", &gate_id_shape, &gate_statement_shape},
    [GATE_CHECK] = {"check", &gate_examine_shape, &gate_answer_shape},
    [GATE_CLEAR] = {"clear", &gate_examine_shape, &gate_answer_shape},
    [GATE_ADOPT] = {"adopt", &gate_examine_shape, &gate_answer_shape},
    [GATE_WITHDRAW] = {"withdraw", &gate_withdraw_shape, &gate_keys_shape},
    [GATE_OVERRIDE] = {"override", &gate_override_shape, &gate_answer_shape, true},
    [GATE_OFFICER_LIST] = {"officers", &gate_nothing_shape, &gate_officers_shape, true},
    [GATE_OFFICER] = {"officer", &gate_officer_wish_shape, &gate_officers_shape, true},
    [GATE_LIST] = {"list", &gate_nothing_shape, &gate_clearance_list_shape},
    [GATE_SEAL] = {"seal", &gate_seal_request_shape, &gate_seal_reply_shape},
    [GATE_PROVE] = {"prove", &gate_proof_shape, &gate_id_shape},
    [GATE_LOCK] = {"lock", &gate_nothing_shape, &gate_nothing_shape},
    [GATE_WATCH] = {"watch", &gate_nothing_shape, &gate_watch_shape, true},
    [GATE_REVEAL] = {"reveal", &gate_reveal_shape, &gate_id_shape},
    [GATE_PAPER] = {"paper", &gate_paper_shape, &gate_paper_answer_shape, true},
    [GATE_DRILL] = {"drill", &gate_withdraw_shape, &gate_keys_shape},
    [GATE_ROTATE] = {"rotate", &gate_rotate_shape, &gate_rotated_shape, true},
    [GATE_ERASE] = {"erase", &gate_erase_shape, &gate_erased_shape, true},
    [GATE_USES] = {"uses", &gate_uses_of_shape, &gate_uses_shape},
    [GATE_SEEK] = {"seek", &gate_seek_shape, &gate_sought_shape},
};
_Static_assert(COUNT_OF(calls) == GATE_CALL_COUNT, "one row for each call");

const struct gate_call_row *gate_call_of(enum gate_call call) {
    assert(call < GATE_CALL_COUNT);
    return &calls[call];
}

static err carried_over(struct arena *a, str bytes) {
    struct gate_error error;
    TRY(wire_unpack(a, &gate_error_shape, bytes, &error));
    if (error.kind <= ERR_NONE || error.kind >= ERR_KIND_COUNT) {
        FAIL(ERR_INVALID, "the gate answered with an error of no kind");
    }
    FAIL((enum err_kind)error.kind, STR_FMT, STR_ARG(error.message));
}

err gate_ask(struct arena *a, int socket, const struct gate_request *request, void *ret_reply) {
    const struct gate_call_row *row = gate_call_of(request->call);
    struct wire_message message;
    struct buf packed;
    str bytes;
    buf_init(&packed, a, LIMIT_MESSAGE_BYTES);
    wire_pack(&packed, row->request, request->body);
    TRY(buf_finish(&packed, &bytes));
    TRY(wire_send(socket, request->call, bytes, request->files, request->file_count));
    err e = wire_receive(a, socket, LIMIT_GATE_CALL_SECONDS, &message);
    if (e.kind != ERR_NONE) {
        /* A late reply must not be taken for the answer to the next question. */
        shutdown(socket, SHUT_RDWR);
        if (e.kind != ERR_NOT_FOUND) return e;
        FAIL(ERR_IO, "the gate has ended without an answer: it was locked, or failed; ask again");
    }
    wire_close_files(&message); /* no reply carries any */
    if (message.type == GATE_REPLY_ERROR) return carried_over(a, message.bytes);
    if (message.type != GATE_REPLY_OK) FAIL(ERR_INVALID, "the gate answered in no known way");
    return wire_unpack(a, row->reply, message.bytes, ret_reply);
}
