/* ledger_shapes.c: what the events of the ledger look like, each in its box. See ledger_impl.h. */
#include "gate/ledger_impl.h"

enum { MANY = 100000 };

static const struct wire_member born_members[] = {
    WIRE_M_FIXED(struct event_born, clearing_public),
    WIRE_M_FIXED(struct event_born, clearing_secret),
    WIRE_M_FIXED(struct event_born, originals_public),
    WIRE_M_FIXED(struct event_born, originals_secret),
};
static const struct wire_shape born_shape = WIRE_SHAPE(struct event_born, born_members);

static const struct wire_member seal_members[] = {
    WIRE_M_FIXED(struct ledger_seal, index),
    WIRE_M_NUMBER(struct ledger_seal, blobs),
    WIRE_M_TEXT(struct ledger_seal, by, LIMIT_NAME_BYTES),
};
static const struct wire_shape seal_shape = WIRE_SHAPE(struct ledger_seal, seal_members);

static const struct wire_member name_members[] = {
    WIRE_M_TEXT(struct gate_name, text, LIMIT_NAME_BYTES),
};
static const struct wire_shape name_shape = WIRE_SHAPE(struct gate_name, name_members);

static const struct wire_member file_members[] = {WIRE_M_FIXED(struct source_file, hash)};
static const struct wire_shape file_shape = WIRE_SHAPE(struct source_file, file_members);

static const struct wire_member cleared_members[] = {
    WIRE_M_TEXT(struct ledger_cleared, key, LIMIT_NAME_BYTES),
    WIRE_M_TEXT(struct ledger_cleared, road, CLEARANCE_ROAD_BYTES),
    WIRE_M_TEXT(struct ledger_cleared, language, LIMIT_LANGUAGE_BYTES),
    WIRE_M_TEXT(struct ledger_cleared, by, LIMIT_NAME_BYTES),
    WIRE_M_LIST(struct ledger_cleared, media, media_count, LIMIT_LIST_ITEMS, &name_shape),
    WIRE_M_LIST(struct ledger_cleared, files, file_count, 10 * LIMIT_LIST_ITEMS, &file_shape),
};
static const struct wire_shape cleared_shape = WIRE_SHAPE(struct ledger_cleared, cleared_members);

static const struct wire_member override_members[] = {
    WIRE_M_TEXT(struct ledger_override, key, LIMIT_NAME_BYTES),
    WIRE_M_FIXED(struct ledger_override, source),
    WIRE_M_TEXT(struct ledger_override, rule, LIMIT_NAME_BYTES),
    WIRE_M_TEXT(struct ledger_override, reason, LIMIT_FIELD_BYTES),
    WIRE_M_TEXT(struct ledger_override, by, LIMIT_NAME_BYTES),
    WIRE_M_TEXT(struct ledger_override, second, LIMIT_NAME_BYTES),
    WIRE_M_LIST(struct ledger_override, people, count, LIMIT_LIST_ITEMS, &name_shape),
};
static const struct wire_shape override_shape =
    WIRE_SHAPE(struct ledger_override, override_members);

static const struct wire_member officer_members[] = {
    WIRE_M_TEXT(struct ledger_officer, name, LIMIT_NAME_BYTES),
    WIRE_M_TEXT(struct ledger_officer, by, LIMIT_NAME_BYTES),
    WIRE_M_FIXED(struct ledger_officer, slot),
    WIRE_M_NUMBER(struct ledger_officer, removed),
    WIRE_M_NUMBER(struct ledger_officer, at),
};
static const struct wire_shape officer_shape = WIRE_SHAPE(struct ledger_officer, officer_members);

static const struct wire_member erasure_members[] = {
    WIRE_M_TEXT(struct event_erasure, person, LIMIT_NAME_BYTES),
    WIRE_M_TEXT(struct event_erasure, by, LIMIT_NAME_BYTES),
    WIRE_M_TEXT(struct event_erasure, reason, LIMIT_FIELD_BYTES),
    WIRE_M_LIST(struct event_erasure, items, item_count, MANY, &name_shape),
    WIRE_M_LIST(struct event_erasure, at_risk, at_risk_count, MANY, &name_shape),
};
static const struct wire_shape erasure_shape = WIRE_SHAPE(struct event_erasure, erasure_members);

static const struct wire_member rotation_members[] = {
    WIRE_M_TEXT(struct event_rotation, by, LIMIT_NAME_BYTES),
    WIRE_M_NUMBER(struct event_rotation, kept),
    WIRE_M_NUMBER(struct event_rotation, dropped),
};
static const struct wire_shape rotation_shape = WIRE_SHAPE(struct event_rotation, rotation_members);

static const struct wire_member format_members[] = {
    WIRE_M_NUMBER(struct event_format, from),
    WIRE_M_NUMBER(struct event_format, events),
    WIRE_M_FIXED(struct event_format, head),
};
static const struct wire_shape format_shape = WIRE_SHAPE(struct event_format, format_members);

static const struct wire_member envelope_members[] = {
    WIRE_M_LIST(struct ledger_envelope, owners, owner_count, LIMIT_LIST_ITEMS, &name_shape),
    WIRE_M_BYTES(struct ledger_envelope, inner, LIMIT_MESSAGE_BYTES),
};
const struct wire_shape ledger_envelope_shape =
    WIRE_SHAPE(struct ledger_envelope, envelope_members);

static const struct wire_member hash_members[] = {WIRE_M_FIXED(struct gate_hash, hash)};
static const struct wire_shape hash_shape = WIRE_SHAPE(struct gate_hash, hash_members);

static const struct wire_member use_members[] = {
    WIRE_M_FIXED(struct ledger_use, index),
    WIRE_M_TEXT(struct ledger_use, road, CLEARANCE_ROAD_BYTES),
    WIRE_M_NUMBER(struct ledger_use, rules),
    WIRE_M_LIST(struct ledger_use, out, out_count, LEDGER_USES_MAX, &hash_shape),
    WIRE_M_LIST(struct ledger_use, back, back_count, LEDGER_USES_MAX, &hash_shape),
};
static const struct wire_shape use_shape = WIRE_SHAPE(struct ledger_use, use_members);

static const struct wire_member probe_members[] = {
    WIRE_M_TEXT(struct ledger_probe, about, LIMIT_NAME_BYTES),
    WIRE_M_FIXED(struct ledger_probe, source),
    WIRE_M_TEXT(struct ledger_probe, officer, LIMIT_NAME_BYTES),
    WIRE_M_TEXT(struct ledger_probe, by, LIMIT_NAME_BYTES),
    WIRE_M_NUMBER(struct ledger_probe, met),
};
static const struct wire_shape probe_shape = WIRE_SHAPE(struct ledger_probe, probe_members);

static const struct wire_member reveal_members[] = {
    WIRE_M_TEXT(struct ledger_reveal, person, LIMIT_NAME_BYTES),
    WIRE_M_TEXT(struct ledger_reveal, officer, LIMIT_NAME_BYTES),
    WIRE_M_TEXT(struct ledger_reveal, reason, LIMIT_FIELD_BYTES),
};
static const struct wire_shape reveal_shape = WIRE_SHAPE(struct ledger_reveal, reveal_members);

static const struct wire_member clearance_members[] = {
    WIRE_M_NESTED(struct event_clearance, terms, &clearance_shape),
    WIRE_M_NESTED(struct event_clearance, cleared, &cleared_shape),
};
static const struct wire_shape event_clearance_shape =
    WIRE_SHAPE(struct event_clearance, clearance_members);

/* What came as a request is kept in the shape of the request. */
const char *ledger_event_name(enum ledger_event kind) {
    static const char *const names[] = {
        [LEDGER_BORN] = "born",
        [LEDGER_PERSON] = "person",
        [LEDGER_CONSENT] = "consent",
        [LEDGER_RISK] = "risk",
        [LEDGER_STATEMENT] = "statement",
        [LEDGER_CLEARANCE] = "clearance",
        [LEDGER_WITHDRAWAL] = "withdrawal",
        [LEDGER_SEAL] = "seal",
        [LEDGER_OVERRIDE] = "override",
        [LEDGER_OFFICER] = "officer",
        [LEDGER_PROBE] = "probe",
        [LEDGER_REVEAL] = "reveal",
        [LEDGER_USE] = "use",
        [LEDGER_ERASURE] = "erasure",
        [LEDGER_ROTATION] = "rotation",
        [LEDGER_FORMAT] = "format",
    };
    _Static_assert(COUNT_OF(names) == LEDGER_EVENT_COUNT, "one name for each kind of event");
    return names[kind];
}

const struct wire_shape *ledger_event_shape(enum ledger_event kind) {
    switch (kind) {
    case LEDGER_BORN: return &born_shape;
    case LEDGER_PERSON: return &gate_person_record_shape;
    case LEDGER_CONSENT: return gate_call_of(GATE_CONSENT_ADD)->request;
    case LEDGER_RISK: return gate_call_of(GATE_RISK_ADD)->request;
    case LEDGER_STATEMENT: return gate_call_of(GATE_APPEARS)->request;
    case LEDGER_CLEARANCE: return &event_clearance_shape;
    case LEDGER_WITHDRAWAL: return gate_call_of(GATE_WITHDRAW)->request;
    case LEDGER_SEAL: return &seal_shape;
    case LEDGER_OVERRIDE: return &override_shape;
    case LEDGER_OFFICER: return &officer_shape;
    case LEDGER_PROBE: return &probe_shape;
    case LEDGER_REVEAL: return &reveal_shape;
    case LEDGER_USE: return &use_shape;
    case LEDGER_ERASURE: return &erasure_shape;
    case LEDGER_ROTATION: return &rotation_shape;
    case LEDGER_FORMAT: return &format_shape;
    case LEDGER_EVENT_COUNT: break;
    }
    return NULL;
}

/* One person's, or several people's; what is everybody's has no owner. */
static err own_one(struct arena *a, str person, struct ledger_envelope *ret_owners) {
    ret_owners->owners = arena_alloc(a, sizeof *ret_owners->owners);
    if (ret_owners->owners == NULL) FAIL(ERR_NO_MEMORY, "no memory for the ledger");
    ret_owners->owners[0].text = person;
    ret_owners->owner_count = 1;
    return OK;
}

err ledger_owners(struct arena *a, enum ledger_event kind, const void *message,
                  struct ledger_envelope *ret_owners) {
    const struct gate_person_record *record = message;
    const struct gate_consent *consent = message;
    const struct gate_risk *risk = message;
    const struct gate_withdraw *withdrawal = message;
    const struct ledger_override *override = message;
    const struct ledger_reveal *reveal = message;
    *ret_owners = (struct ledger_envelope){0};
    switch (kind) {
    case LEDGER_PERSON: return own_one(a, record->person.id, ret_owners);
    case LEDGER_CONSENT: return own_one(a, consent->person, ret_owners);
    case LEDGER_RISK: return own_one(a, risk->person, ret_owners);
    case LEDGER_REVEAL: return own_one(a, reveal->person, ret_owners);
    case LEDGER_WITHDRAWAL:
        return withdrawal->person.len > 0 ? own_one(a, withdrawal->person, ret_owners) : OK;
    case LEDGER_OVERRIDE:
        ret_owners->owners = override->people;
        ret_owners->owner_count = override->count;
        return OK;
    case LEDGER_BORN:
    case LEDGER_STATEMENT:
    case LEDGER_CLEARANCE:
    case LEDGER_SEAL:
    case LEDGER_OFFICER:
    case LEDGER_PROBE:
    case LEDGER_USE:
    case LEDGER_ERASURE:
    case LEDGER_ROTATION:
    case LEDGER_FORMAT:
    case LEDGER_EVENT_COUNT: break;
    }
    return OK;
}
