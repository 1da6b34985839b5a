/* ledger_state.c: what the events of the ledger add up to. See ledger_impl.h. */
#include "gate/ledger_impl.h"

enum { STATE_MEMORY_MAX = 1 << 30 };

void ledger_state_init(struct ledger_state *state, const struct sys *sys) {
    *state = (struct ledger_state){0};
    arena_init(&state->arena, sys, STATE_MEMORY_MAX);
    arena_init(&state->watch.arena, sys, 0);
    state->people_end = &state->people;
    state->items_end = &state->items;
}

void ledger_state_done(struct ledger_state *state) {
    arena_done(&state->watch.arena);
    arena_done(&state->arena);
}

/* ---- Things by name ------------------------------------------------------------------------- */

static size_t bucket_of(str name) {
    uint64_t hash = 14695981039346656037U; /* FNV-1a; who chose names to collide would only wait */
    for (size_t i = 0; i < name.len; i++) {
        hash = (hash ^ (unsigned char)name.ptr[i]) * 1099511628211U;
    }
    return hash % TABLE_BUCKETS;
}

static void *find_named(const struct ledger_table *table, str name) {
    const struct ledger_named *named = table->buckets[bucket_of(name)];
    while (named != NULL && !str_eq(named->name, name)) named = named->next;
    return named == NULL ? NULL : named->thing;
}

static void add_named(struct ledger_table *table, struct ledger_named *named, str name,
                      void *thing) {
    struct ledger_named **bucket = &table->buckets[bucket_of(name)];
    *named = (struct ledger_named){.name = name, .thing = thing, .next = *bucket};
    *bucket = named;
}

static str hash_name(const unsigned char hash[CLEARANCE_HASH_BYTES]) {
    return (str){(const char *)hash, CLEARANCE_HASH_BYTES};
}

static struct ledger_item *find_item(const struct ledger_state *state, str key) {
    return find_named(&state->items_by_key, key);
}

static err make_item(struct ledger_state *state, str key, struct ledger_item **ret_item) {
    struct ledger_item *item = find_item(state, key);
    if (item == NULL) {
        struct ledger_named *named = arena_alloc(&state->arena, sizeof *named);
        item = arena_alloc(&state->arena, sizeof *item);
        if (named == NULL || item == NULL) FAIL(ERR_NO_MEMORY, "no memory for the ledger");
        *item = (struct ledger_item){.key = key};
        add_named(&state->items_by_key, named, key, item);
        *state->items_end = item;
        state->items_end = &item->next;
    }
    *ret_item = item;
    return OK;
}

/* ---- Taking events in ----------------------------------------------------------------------- */

static struct ledger_person *find_person(const struct ledger_state *state, str name) {
    return find_named(&state->people_by_name, name);
}

static bool is_captive(const struct ledger_person *person) {
    return str_eq(person->about.status, STR("detained")) ||
           str_eq(person->about.status, STR("pow"));
}

/* Links lead to people entered before, so that both sides of each are known here. */
static void spread_risk(const struct ledger_state *state, struct ledger_person *person) {
    person->is_at_risk = is_captive(person);
    for (size_t i = 0; i < person->about.link_count; i++) {
        struct ledger_person *other = find_person(state, person->about.links[i].text);
        if (other == NULL) continue;
        if (is_captive(other)) person->is_at_risk = true;
        if (is_captive(person)) other->is_at_risk = true;
    }
}

static err take_person(struct ledger_state *state, const struct gate_person_record *event) {
    struct ledger_person *person = arena_alloc(&state->arena, sizeof *person);
    struct ledger_named *names = arena_array(&state->arena, 2, sizeof *names);
    if (person == NULL || names == NULL) FAIL(ERR_NO_MEMORY, "no memory for the ledger");
    person->about = event->person;
    person->names = event->names;
    spread_risk(state, person);
    add_named(&state->people_by_name, &names[0], person->about.id, person);
    if (person->about.pseudonym.len > 0) {
        add_named(&state->people_by_name, &names[1], person->about.pseudonym, person);
    }
    *state->people_end = person;
    state->people_end = &person->next;
    state->person_count++;
    return OK;
}

static err take_consent(struct ledger_state *state, const struct gate_consent *event) {
    struct ledger_person *person = find_person(state, event->person);
    struct ledger_consent *consent = arena_alloc(&state->arena, sizeof *consent);
    if (person == NULL) FAIL(ERR_INVALID, "the ledger has a consent of nobody");
    if (consent == NULL) FAIL(ERR_NO_MEMORY, "no memory for the ledger");
    *consent = (struct ledger_consent){.about = *event, .next = person->consents};
    person->consents = consent;
    return OK;
}

static err take_risk(struct ledger_state *state, const struct gate_risk *event) {
    struct ledger_person *person = find_person(state, event->person);
    if (person == NULL) FAIL(ERR_INVALID, "the ledger has a risk assessment of nobody");
    if (person->risk == NULL || event->date >= person->risk->date) person->risk = event;
    return OK;
}

static err take_statement(struct ledger_state *state, int64_t id,
                          const struct gate_statement *event) {
    struct ledger_item *item = NULL;
    struct ledger_stated *stated = arena_alloc(&state->arena, sizeof *stated);
    if (stated == NULL) FAIL(ERR_NO_MEMORY, "no memory for the ledger");
    TRY(make_item(state, event->key, &item));
    *stated = (struct ledger_stated){.about = event, .event = id, .next = item->stated};
    item->stated = stated;
    item->statement = event;
    item->statement_event = id;
    return OK;
}

static err take_clearance(struct ledger_state *state, int64_t id,
                          const struct event_clearance *event) {
    struct ledger_item *item = NULL;
    struct ledger_clearance *clearance = arena_alloc(&state->arena, sizeof *clearance);
    if (clearance == NULL) FAIL(ERR_NO_MEMORY, "no memory for the ledger");
    TRY(make_item(state, event->terms.key, &item));
    *clearance = (struct ledger_clearance){
        .terms = event->terms, .cleared = event->cleared, .event = id, .next = item->clearance};
    TRY(clearance_terms_hash(&state->arena, &event->terms, clearance->hash));
    item->clearance = clearance;
    struct ledger_named *named = arena_alloc(&state->arena, sizeof *named);
    if (named == NULL) FAIL(ERR_NO_MEMORY, "no memory for the ledger");
    add_named(&state->clearances_by_hash, named, hash_name(clearance->hash), clearance);
    return OK;
}

/* A clearance that is named twice in one event would be out twice: the newest use counts. */
static err take_use(struct ledger_state *state, int64_t at, const struct ledger_use *event) {
    for (size_t i = 0; i < event->out_count; i++) {
        struct ledger_clearance *clearance =
            find_named(&state->clearances_by_hash, hash_name(event->out[i].hash));
        struct ledger_used *used = arena_alloc(&state->arena, sizeof *used);
        if (clearance == NULL) FAIL(ERR_INVALID, "the ledger has a use that nobody cleared");
        if (used == NULL) FAIL(ERR_NO_MEMORY, "no memory for the ledger");
        *used = (struct ledger_used){.about = event, .out = at, .next = clearance->uses};
        clearance->uses = used;
    }
    for (size_t i = 0; i < event->back_count; i++) {
        struct ledger_clearance *clearance =
            find_named(&state->clearances_by_hash, hash_name(event->back[i].hash));
        if (clearance == NULL || clearance->uses == NULL)
            FAIL(ERR_INVALID, "the ledger has the end of a use that never began");
        if (clearance->uses->back == 0) clearance->uses->back = at;
    }
    return OK;
}

static err take_override(struct ledger_state *state, const struct ledger_override *event) {
    struct ledger_item *item = NULL;
    struct ledger_answer *answer = arena_alloc(&state->arena, sizeof *answer);
    if (answer == NULL) FAIL(ERR_NO_MEMORY, "no memory for the ledger");
    TRY(make_item(state, event->key, &item));
    *answer = (struct ledger_answer){.about = event, .next = item->answers};
    item->answers = answer;
    return OK;
}

/* ---- People who were erased ----------------------------------------------------------------- */

err ledger_state_take_stranger(struct ledger *ledger, str id) {
    struct ledger_state *state = &ledger->state;
    struct gate_person_record *record = arena_alloc(&state->arena, sizeof *record);
    if (record == NULL) FAIL(ERR_NO_MEMORY, "no memory for the ledger");
    record->person.id = id;
    TRY(take_person(state, record));
    find_person(state, id)->is_stranger = true;
    return OK;
}

err ledger_state_check(const struct ledger_state *state) {
    for (const struct ledger_person *p = state->people; p != NULL; p = p->next) {
        if (!p->is_stranger || p->erased != 0) continue;
        FAIL(ERR_INVALID,
             "the key of " STR_FMT " is missing, and nobody erased this person: restore the newest "
             "backup of the ledger's folder",
             STR_ARG(p->about.id));
    }
    return OK;
}

/* What was read before the erasure, here or by another gate, does not stay in memory either. */
static void forget(struct ledger_person *person) {
    ledger_wipe(person->names);
    ledger_wipe(person->about.pseudonym);
    for (const struct ledger_consent *c = person->consents; c != NULL; c = c->next) {
        const str words[] = {c->about.informed, c->about.evidence, c->about.interpreter,
                             c->about.witness};
        for (size_t i = 0; i < COUNT_OF(words); i++) ledger_wipe(words[i]);
    }
    if (person->risk != NULL) ledger_wipe(person->risk->remaining);
    person->names = STR("");
    person->about = (struct gate_person){.id = person->about.id, .status = STR("erased")};
    person->consents = NULL;
    person->risk = NULL;
    person->is_at_risk = false;
}

static err take_erasure(struct ledger_state *state, int64_t at, const struct event_erasure *event) {
    struct ledger_person *person = find_person(state, event->person);
    if (person == NULL) FAIL(ERR_INVALID, "the ledger erased nobody");
    forget(person);
    person->erased = at;
    person->about.by = event->by;
    person->about.at = at;
    state->watch.person_count = -1; /* to be made anew, without the names */
    for (size_t i = 0; i < event->item_count; i++) {
        struct ledger_item *item = NULL;
        TRY(make_item(state, event->items[i].text, &item));
        if (item->withdrawn == 0) item->withdrawn = at;
    }
    for (size_t i = 0; i < event->at_risk_count; i++) {
        struct ledger_person *other = find_person(state, event->at_risk[i].text);
        if (other != NULL) other->is_at_risk = true;
    }
    return OK;
}

static err take_officer(struct ledger_state *state, const struct ledger_officer *event) {
    struct ledger_officer_list *one = arena_alloc(&state->arena, sizeof *one);
    if (one == NULL) FAIL(ERR_NO_MEMORY, "no memory for the ledger");
    *one = (struct ledger_officer_list){.about = event, .next = state->officers};
    state->officers = one;
    return OK;
}

static err take_notice(struct ledger_state *state, struct ledger_notice notice) {
    struct ledger_notice *one = arena_alloc(&state->arena, sizeof *one);
    if (one == NULL) FAIL(ERR_NO_MEMORY, "no memory for the ledger");
    notice.next = state->notices;
    *one = notice;
    state->notices = one;
    return OK;
}

static err take_withdrawal(struct ledger_state *state, int64_t at,
                           const struct gate_withdraw *event) {
    if (event->key.len > 0) {
        struct ledger_item *item = NULL;
        TRY(make_item(state, event->key, &item));
        if (item->withdrawn == 0) item->withdrawn = at;
    }
    if (event->person.len > 0) {
        struct ledger_person *person = find_person(state, event->person);
        if (person == NULL) FAIL(ERR_INVALID, "the ledger has a withdrawal of nobody");
        for (struct ledger_consent *c = person->consents; c != NULL; c = c->next) {
            if (c->about.withdrawn == 0) c->about.withdrawn = at;
        }
    }
    return OK;
}

static void take_birth(struct ledger *ledger, struct event_born *born) {
    memcpy(ledger->state.clearing_public, born->clearing_public, 32);
    memcpy(ledger->state.originals_public, born->originals_public, 32);
    memcpy(ledger->secrets->clearing_secret, born->clearing_secret, 64);
    memcpy(ledger->secrets->originals_secret, born->originals_secret, 32);
    explicit_bzero(born, sizeof *born); /* the secrets stay in protected memory alone */
}

err ledger_state_take(struct ledger *ledger, enum ledger_event kind, int64_t id, int64_t at,
                      void *message) {
    struct ledger_state *state = &ledger->state;
    if ((kind == LEDGER_BORN) != (id == 1)) FAIL(ERR_INVALID, "the ledger begins in a wrong way");
    switch (kind) {
    case LEDGER_BORN: take_birth(ledger, message); return OK;
    case LEDGER_PERSON: state->last_person = id; return take_person(state, message);
    case LEDGER_CONSENT: return take_consent(state, message);
    case LEDGER_RISK: return take_risk(state, message);
    case LEDGER_STATEMENT: return take_statement(state, id, message);
    case LEDGER_CLEARANCE: return take_clearance(state, id, message);
    case LEDGER_WITHDRAWAL: return take_withdrawal(state, at, message);
    case LEDGER_SEAL:
        state->seal = message;
        state->seal_event = id;
        return OK;
    case LEDGER_OVERRIDE: return take_override(state, message);
    case LEDGER_OFFICER: return take_officer(state, message);
    case LEDGER_PROBE:
        return take_notice(state, (struct ledger_notice){.probe = message, .event = id, .at = at});
    case LEDGER_REVEAL:
        return take_notice(state, (struct ledger_notice){.reveal = message, .event = id, .at = at});
    case LEDGER_USE: return take_use(state, at, message);
    case LEDGER_ERASURE: return take_erasure(state, at, message);
    case LEDGER_ROTATION:
    case LEDGER_FORMAT: return OK; /* to be read by people */
    case LEDGER_EVENT_COUNT: break;
    }
    return OK;
}

/* ---- Asking --------------------------------------------------------------------------------- */

const struct ledger_person *ledger_people(const struct ledger *ledger) {
    return ledger->state.people;
}

const struct ledger_person *ledger_person(const struct ledger *ledger, str name) {
    return find_person(&ledger->state, name);
}

const struct ledger_item *ledger_items(const struct ledger *ledger) { return ledger->state.items; }

const struct ledger_item *ledger_item(const struct ledger *ledger, str key) {
    return find_item(&ledger->state, key);
}

static bool was_called_back(const struct ledger *ledger, str key) {
    const struct ledger_item *item = find_item(&ledger->state, key);
    return item != NULL && item->withdrawn != 0;
}

bool ledger_is_withdrawn(const struct ledger *ledger, str key) {
    char group[LIMIT_NAME_BYTES + 2];
    size_t slash = str_find_byte(key, '/');
    if (was_called_back(ledger, key)) return true;
    if (slash == STR_NONE || slash >= LIMIT_NAME_BYTES) return false;
    memcpy(group, key.ptr, slash + 1);
    group[slash + 1] = '*';
    return was_called_back(ledger, (str){group, slash + 2});
}

bool ledger_sealed_for_all(const struct ledger *ledger, const unsigned char index[32]) {
    const struct ledger_state *state = &ledger->state;
    return state->seal != NULL && state->seal_event > state->last_person &&
           memcmp(state->seal->index, index, sizeof state->seal->index) == 0;
}
