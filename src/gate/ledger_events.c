/* ledger_events.c: what may be appended to the ledger, each checked before it counts.
 * See ledger.h. */
#include <sodium.h>

#include "gate/ledger_impl.h"
#include "gate/watch.h"

enum { ID_TRIES_MAX = 16 };
static const int64_t TIME_MAX = 253402300799; /* the end of the year 9999 */

static const char *const ROLES[] = {"speaker", "relative", "helper", "interpreter", "bystander"};
static const char *const STATUSES[] = {"free", "detained", "pow", "deceased", "child", "unknown"};
static const char *const GIVERS[] = {"self", "guardian", "next of kin"};

static bool is_one_of(str word, const char *const *words, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (str_eq(word, str_of(words[i]))) return true;
    }
    return false;
}

static err need(str value, const char *what) {
    if (str_trim(value).len == 0) FAIL(ERR_INVALID, "%s is missing", what);
    return OK;
}

static bool is_word(str word) {
    for (size_t i = 0; i < word.len; i++) {
        char c = word.ptr[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!is_letter && !(c >= '0' && c <= '9') && c != '-') return false;
    }
    return word.len > 0;
}

enum ledger_key ledger_key_kind(str key) {
    str group;
    str language;
    uint64_t number = 0;
    if (key.len > LIMIT_NAME_BYTES) return LEDGER_KEY_NONE;
    if (!str_cut(key, '/', &group, &language)) {
        bool is_picture = str_starts(key, STR("m")) && !str_starts(key, STR("m0")) &&
                          str_to_u64(str_skip(key, 1), &number);
        return is_picture ? LEDGER_KEY_PICTURE : LEDGER_KEY_NONE;
    }
    if (!is_word(group)) return LEDGER_KEY_NONE;
    if (str_eq(language, STR("*"))) return LEDGER_KEY_GROUP;
    return is_word(language) ? LEDGER_KEY_ITEM : LEDGER_KEY_NONE;
}

static err need_key(str key, bool may_be_group) {
    enum ledger_key kind = ledger_key_kind(key);
    if (kind == LEDGER_KEY_NONE || (kind == LEDGER_KEY_GROUP && !may_be_group)) {
        FAIL(ERR_INVALID, "'" STR_FMT "' names nothing: 12/en is an item, m7 a picture%s",
             STR_ARG(key), may_be_group ? ", 12/* an item in every language" : "");
    }
    return OK;
}

static err random_id(struct ledger *ledger, char prefix, str *ret_id) {
    unsigned char chance[4];
    char *id = arena_alloc(&ledger->state.arena, 10);
    if (id == NULL) FAIL(ERR_NO_MEMORY, "no memory for the ledger");
    id[0] = prefix;
    for (int tries = 0; tries < ID_TRIES_MAX; tries++) {
        if (!ledger->sys->random(ledger->sys->ctx, chance, sizeof chance)) {
            FAIL(ERR_IO, "the system gives no random bytes");
        }
        sodium_bin2hex(id + 1, 9, chance, sizeof chance);
        *ret_id = (str){id, 9};
        /* Two people of one id would share their consents. */
        if (ledger_person(ledger, *ret_id) == NULL) return OK;
    }
    FAIL(ERR_IO, "chance gives the same number again and again");
}

/* The person of that name, of whom something can be entered still. */
static err find_known(const struct ledger *ledger, str name,
                      const struct ledger_person **ret_person) {
    const struct ledger_person *person = ledger_person(ledger, name);
    if (person == NULL) FAIL(ERR_NOT_FOUND, "nobody is known as " STR_FMT, STR_ARG(name));
    if (person->erased != 0)
        FAIL(ERR_DENIED, STR_FMT " was erased: nothing is entered any more", STR_ARG(name));
    *ret_person = person;
    return OK;
}

/* Whoever reads of one person must not learn what another is called: links are ids. */
static err link_by_id(struct ledger *ledger, struct gate_person *person) {
    struct gate_name *links = arena_array(&ledger->state.arena, person->link_count, sizeof *links);
    if (links == NULL) FAIL(ERR_NO_MEMORY, "no memory for the ledger");
    for (size_t i = 0; i < person->link_count; i++) {
        const struct ledger_person *other = NULL;
        TRY(find_known(ledger, person->links[i].text, &other));
        links[i].text = other->about.id;
    }
    person->links = links;
    return OK;
}

err ledger_add_person(struct ledger *ledger, const struct gate_person *person, str names,
                      str *ret_id) {
    struct gate_person_record event = {.person = *person, .names = names};
    TRY(need(person->pseudonym, "the pseudonym"));
    TRY(need(person->by, "who enters the person (--by)"));
    if (event.person.role.len == 0) event.person.role = STR("speaker");
    if (event.person.status.len == 0) event.person.status = STR("unknown");
    if (!is_one_of(event.person.role, ROLES, COUNT_OF(ROLES))) {
        FAIL(ERR_INVALID,
             "'" STR_FMT "' is not a role: speaker, relative, helper, interpreter or bystander",
             STR_ARG(person->role));
    }
    if (!is_one_of(event.person.status, STATUSES, COUNT_OF(STATUSES))) {
        FAIL(ERR_INVALID,
             "'" STR_FMT "' is not a status: free, detained, pow, deceased, child or unknown",
             STR_ARG(person->status));
    }
    if (ledger_person(ledger, person->pseudonym) != NULL) {
        FAIL(ERR_EXISTS, "the pseudonym " STR_FMT " is in use", STR_ARG(person->pseudonym));
    }
    TRY(link_by_id(ledger, &event.person));
    TRY(watch_check(ledger->sys, names));
    TRY(random_id(ledger, 'p', &event.person.id));
    event.person.at = ledger_now(ledger);
    TRY(ledger_append(ledger, LEDGER_PERSON, &event));
    *ret_id = event.person.id;
    return OK;
}

static err check_consent(const struct gate_consent *consent) {
    TRY(need(consent->taken_by, "who took the consent (--taken-by)"));
    TRY(need(consent->informed, "how the person was informed (--informed)"));
    if (!is_one_of(consent->given_by, GIVERS, COUNT_OF(GIVERS))) {
        FAIL(ERR_INVALID,
             "a consent is given by self, guardian or next of kin, not by '" STR_FMT "'",
             STR_ARG(consent->given_by));
    }
    if (consent->scope_count == 0) {
        FAIL(ERR_INVALID, "a consent without a use agrees to nothing: name material, road and "
                          "language (--for)");
    }
    if (consent->from > TIME_MAX || consent->until > TIME_MAX || consent->embargo > TIME_MAX) {
        FAIL(ERR_INVALID, "a consent does not reach beyond the year 9999");
    }
    if (consent->until <= consent->from) {
        FAIL(ERR_INVALID, "a consent must end after it begins");
    }
    for (size_t i = 0; i < consent->scope_count; i++) {
        const struct gate_scope *scope = &consent->scopes[i];
        if (scope->material.len == 0 || scope->road.len == 0 || scope->language.len == 0) {
            FAIL(ERR_INVALID, "each use names a material, a road and a language; * means any");
        }
        if (!str_eq(scope->material, STR("*"))) TRY(need_key(scope->material, true));
        if ((scope->shows & ~(int64_t)GATE_ALL_PARTS) != 0) {
            FAIL(ERR_INVALID, "a use shows what does not exist");
        }
    }
    return OK;
}

/* Withdrawing needs one person; giving back needs two. */
static err check_giving_back(const struct ledger_person *person,
                             const struct gate_consent *consent) {
    bool was_withdrawn = false;
    for (const struct ledger_consent *c = person->consents; c != NULL; c = c->next) {
        was_withdrawn = was_withdrawn || c->about.withdrawn != 0;
    }
    str witness = str_trim(consent->witness);
    if (was_withdrawn &&
        (witness.len == 0 || str_eq_nocase(witness, str_trim(consent->taken_by)))) {
        FAIL(ERR_INVALID, "this person has withdrawn before: a second person must have been there "
                          "when the consent was given again (--witness)");
    }
    return OK;
}

err ledger_add_consent(struct ledger *ledger, const struct gate_consent *consent, str *ret_id) {
    struct gate_consent event = *consent;
    const struct ledger_person *person = NULL;
    TRY(find_known(ledger, consent->person, &person));
    if (event.given_by.len == 0) event.given_by = STR("self");
    if (event.from == 0) event.from = ledger_now(ledger);
    if (event.from < 0 || event.from > TIME_MAX) FAIL(ERR_INVALID, "a consent begins at no time");
    if (event.until == 0) event.until = event.from + 24 * (int64_t)LEDGER_MONTH_SECONDS;
    TRY(check_consent(&event));
    TRY(check_giving_back(person, &event));
    const struct ledger_person *interpreter = ledger_person(ledger, consent->interpreter);
    if (interpreter != NULL) event.interpreter = interpreter->about.id;
    event.person = person->about.id;
    event.withdrawn = 0;
    event.at = ledger_now(ledger);
    TRY(random_id(ledger, 'c', &event.id));
    TRY(ledger_append(ledger, LEDGER_CONSENT, &event));
    *ret_id = event.id;
    return OK;
}

err ledger_add_risk(struct ledger *ledger, const struct gate_risk *risk) {
    struct gate_risk event = *risk;
    const struct ledger_person *person = NULL;
    TRY(find_known(ledger, risk->person, &person));
    TRY(need(risk->author, "who assessed the risk (--by)"));
    TRY(need(risk->second, "the second person who read the assessment (--second)"));
    TRY(need(risk->remaining, "the risk that remains, in words (--remaining)"));
    if (str_eq_nocase(str_trim(risk->author), str_trim(risk->second))) {
        FAIL(ERR_INVALID, "the second person must be another one than the author");
    }
    if (event.date == 0) event.date = ledger_now(ledger);
    if (event.date < 0 || event.date > ledger_now(ledger))
        FAIL(ERR_INVALID, "a risk assessment was made at no time, or in the future");
    event.person = person->about.id;
    return ledger_append(ledger, LEDGER_RISK, &event);
}

static err check_appearance(struct ledger *ledger, struct gate_appearance *one) {
    TRY(need(one->person, "the name of somebody who appears"));
    if (one->part < 0 || one->part >= GATE_PART_COUNT) FAIL(ERR_INVALID, "this is not a part");
    if (one->part == GATE_SUBJECT) {
        const struct ledger_person *person = ledger_person(ledger, one->person);
        if (person == NULL) {
            FAIL(ERR_NOT_FOUND,
                 "nobody is known as " STR_FMT ": enter the person first (hanji people add)",
                 STR_ARG(one->person));
        }
        if (person->erased != 0)
            FAIL(ERR_DENIED, STR_FMT " was erased: take the person out", STR_ARG(one->person));
        one->person = person->about.id;
        if ((one->shows & ~(int64_t)GATE_ALL_PARTS) != 0) {
            FAIL(ERR_INVALID, "an item shows what does not exist");
        }
    }
    bool is_outsider = one->part == GATE_PUBLIC || one->part == GATE_STAFF;
    if (is_outsider && ledger_person(ledger, one->person) != NULL) {
        FAIL(ERR_DENIED, STR_FMT " is a protected person, and appears as a subject or not at all",
             STR_ARG(one->person));
    }
    if (one->part == GATE_PUBLIC && str_trim(one->reason).len == 0) {
        FAIL(ERR_INVALID, STR_FMT ": a public figure needs the reason why (--reason)",
             STR_ARG(one->person));
    }
    if (one->part == GATE_MENTIONED && str_trim(one->reason).len == 0) {
        FAIL(ERR_INVALID, STR_FMT ": somebody must answer in words why nobody can tell who this is",
             STR_ARG(one->person));
    }
    return OK;
}

err ledger_add_statement(struct ledger *ledger, const struct gate_statement *statement) {
    struct gate_statement event = *statement;
    TRY(need_key(statement->key, false));
    TRY(need(statement->by, "who states it (--by)"));
    event.people = arena_array(&ledger->state.arena, statement->count, sizeof *event.people);
    if (event.people == NULL) FAIL(ERR_NO_MEMORY, "no memory for a statement");
    for (size_t i = 0; i < statement->count; i++) {
        event.people[i] = statement->people[i];
        TRY(check_appearance(ledger, &event.people[i]));
    }
    return ledger_append(ledger, LEDGER_STATEMENT, &event);
}

err ledger_add_override(struct ledger *ledger, const struct ledger_override *override) {
    TRY(need_key(override->key, false));
    TRY(need(override->by, "who answers for it (--by)"));
    TRY(need(override->reason, "the reason, in words (--reason)"));
    return ledger_append(ledger, LEDGER_OVERRIDE, override);
}

/* An item and a person are two events: what is of the person can be destroyed with the person, and
 * the item stays called back. */
err ledger_add_withdrawal(struct ledger *ledger, const struct gate_withdraw *withdrawal) {
    struct gate_withdraw of_item = *withdrawal;
    struct gate_withdraw of_person = *withdrawal;
    const struct ledger_person *person = NULL;
    TRY(need(withdrawal->by, "who enters the withdrawal (--by)"));
    if (withdrawal->key.len == 0 && withdrawal->person.len == 0) {
        FAIL(ERR_INVALID, "name what is withdrawn: an item or a person");
    }
    if (withdrawal->key.len > 0) TRY(need_key(withdrawal->key, true));
    if (withdrawal->person.len > 0) TRY(find_known(ledger, withdrawal->person, &person));
    of_item.person = STR("");
    if (of_item.key.len > 0) TRY(ledger_append(ledger, LEDGER_WITHDRAWAL, &of_item));
    if (person == NULL) return OK;
    of_person.key = STR("");
    of_person.person = person->about.id;
    return ledger_append(ledger, LEDGER_WITHDRAWAL, &of_person);
}

err ledger_add_clearance(struct ledger *ledger, struct arena *a,
                         const struct clearance_terms *terms, const struct ledger_cleared *cleared,
                         str *ret_bytes) {
    struct event_clearance event = {.terms = *terms, .cleared = *cleared};
    unsigned char signature[VAULT_SIGNATURE_BYTES];
    struct buf bytes;
    str message;
    if (!ledger->sys->random(ledger->sys->ctx, event.terms.id, sizeof event.terms.id)) {
        FAIL(ERR_IO, "the system gives no random bytes");
    }
    TRY(clearance_message(a, &event.terms, &message));
    vault_sign(ledger->secrets->clearing_secret, message, signature);
    buf_init(&bytes, a, LIMIT_FIELD_BYTES);
    wire_pack(&bytes, &clearance_shape, &event.terms);
    buf_add(&bytes, (str){(const char *)signature, sizeof signature});
    str done;
    TRY(buf_finish(&bytes, &done));
    TRY(ledger_append(ledger, LEDGER_CLEARANCE, &event));
    *ret_bytes = done;
    return OK;
}

err ledger_add_seal(struct ledger *ledger, const struct ledger_seal *seal,
                    const unsigned char *message, size_t message_size,
                    unsigned char ret_signature[64]) {
    unsigned char signature[VAULT_SIGNATURE_BYTES];
    vault_sign(ledger->secrets->clearing_secret, (str){(const char *)message, message_size},
               signature);
    TRY(ledger_append(ledger, LEDGER_SEAL, seal));
    memcpy(ret_signature, signature, sizeof signature);
    return OK;
}
