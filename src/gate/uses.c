/* uses.c: see uses.h. */
#include "gate/uses.h"

#include <stdlib.h>
#include <string.h>

#include "gate/ledger_impl.h"

/* ---- Entering -------------------------------------------------------------------------------- */

static int by_address(const void *one, const void *other) {
    uintptr_t a = (uintptr_t) * (const void *const *)one;
    uintptr_t b = (uintptr_t) * (const void *const *)other;
    return (a > b) - (a < b);
}

/* The hashes of an event, while they are gathered; a full one is entered and emptied. */
struct entering {
    struct ledger *ledger;
    struct ledger_use event;
};

static err enter(struct entering *e) {
    if (e->event.out_count + e->event.back_count == 0) return OK;
    TRY(ledger_append(e->ledger, LEDGER_USE, &e->event));
    e->event.out_count = 0;
    e->event.back_count = 0;
    return OK;
}

static bool is_out(const struct ledger_clearance *clearance) {
    return clearance->uses != NULL && clearance->uses->back == 0;
}

static err enter_out(struct entering *e, const struct ledger_clearance *clearance) {
    if (is_out(clearance)) return OK;
    memcpy(e->event.out[e->event.out_count++].hash, clearance->hash, CLEARANCE_HASH_BYTES);
    return e->event.out_count < LEDGER_USES_MAX ? OK : enter(e);
}

static err enter_back(struct entering *e, const struct ledger_clearance *clearance) {
    memcpy(e->event.back[e->event.back_count++].hash, clearance->hash, CLEARANCE_HASH_BYTES);
    return e->event.back_count < LEDGER_USES_MAX ? OK : enter(e);
}

err ledger_add_uses(struct ledger *ledger, const struct ledger_outing *outing) {
    CLEANUP(arena_done) struct arena a;
    struct entering e = {.ledger = ledger,
                         .event = {.road = outing->road, .rules = LEDGER_RULES_VERSION}};
    size_t count = 0;
    arena_init(&a, ledger->sys, 1UL << 28);
    memcpy(e.event.index, outing->index, sizeof e.event.index);
    e.event.out = arena_array(&a, LEDGER_USES_MAX, sizeof *e.event.out);
    e.event.back = arena_array(&a, LEDGER_USES_MAX, sizeof *e.event.back);
    const struct ledger_clearance **now = arena_array(&a, outing->count, sizeof *now);
    if (e.event.out == NULL || e.event.back == NULL || now == NULL)
        FAIL(ERR_NO_MEMORY, "no memory for the log of uses");
    for (size_t i = 0; i < outing->count; i++) {
        if (outing->now[i] != NULL) now[count++] = outing->now[i];
    }
    sort_things(now, count, sizeof *now, by_address);
    for (const struct ledger_item *i = ledger_items(ledger); i != NULL; i = i->next) {
        for (const struct ledger_clearance *c = i->clearance; c != NULL; c = c->next) {
            bool stays = count > 0 && bsearch(&c, now, count, sizeof *now, by_address) != NULL;
            if (is_out(c) && !stays && str_eq(c->terms.road, outing->road)) TRY(enter_back(&e, c));
        }
    }
    for (size_t i = 0; i < count; i++) TRY(enter_out(&e, now[i]));
    return enter(&e);
}

/* ---- Listing --------------------------------------------------------------------------------- */

/* Who was a subject of a text or picture before that event, by the newest statement. */
static bool was_subject(const struct ledger *ledger, str key, int64_t before, str id) {
    const struct ledger_item *item = ledger_item(ledger, key);
    const struct ledger_stated *stated = item == NULL ? NULL : item->stated;
    while (stated != NULL && stated->event > before) stated = stated->next;
    if (stated == NULL) return false;
    for (size_t i = 0; i < stated->about->count; i++) {
        const struct gate_appearance *one = &stated->about->people[i];
        if (one->part == GATE_SUBJECT && str_eq(one->person, id)) return true;
    }
    return false;
}

bool uses_shows(const struct ledger *ledger, const struct ledger_clearance *clearance, str id) {
    if (was_subject(ledger, clearance->terms.key, clearance->event, id)) return true;
    for (size_t i = 0; i < clearance->cleared.media_count; i++) {
        str key = clearance->cleared.media[i].text;
        if (was_subject(ledger, key, clearance->event, id)) return true;
    }
    return false;
}

static bool is_of_key(const struct ledger_clearance *clearance, str key) {
    str own = clearance->terms.key;
    if (str_eq(own, key)) return true;
    if (ledger_key_kind(key) == LEDGER_KEY_GROUP) {
        return str_starts(own, str_slice(key, 0, key.len - 1));
    }
    for (size_t i = 0; i < clearance->cleared.media_count; i++) {
        if (str_eq(clearance->cleared.media[i].text, key)) return true;
    }
    return false;
}

static struct gate_use describe(const struct ledger_clearance *c, const struct ledger_used *used) {
    struct gate_use use = {.key = c->terms.key,
                           .road = c->terms.road,
                           .language = c->terms.language,
                           .given = c->terms.given,
                           .by = c->cleared.by,
                           .cleared_rules = c->terms.rules,
                           .adopted = c->terms.adopted,
                           .out = used->out,
                           .sealed_rules = used->about->rules,
                           .back = used->back};
    memcpy(use.source, c->terms.source, sizeof use.source);
    memcpy(use.pressing, used->about->index, sizeof use.pressing);
    return use;
}

static size_t count_uses(const struct ledger *ledger) {
    size_t count = 0;
    for (const struct ledger_item *i = ledger_items(ledger); i != NULL; i = i->next) {
        for (const struct ledger_clearance *c = i->clearance; c != NULL; c = c->next) {
            for (const struct ledger_used *u = c->uses; u != NULL; u = u->next) count++;
        }
    }
    return count;
}

err uses_list(const struct ledger *ledger, struct arena *a, const struct gate_uses_of *of,
              struct gate_uses *ret_uses) {
    const struct ledger_person *person =
        of->person.len > 0 ? ledger_person(ledger, of->person) : NULL;
    struct gate_uses uses = {.uses = arena_array(a, count_uses(ledger), sizeof *uses.uses)};
    if (uses.uses == NULL) FAIL(ERR_NO_MEMORY, "no memory for a list of uses");
    if (of->person.len > 0 && person == NULL) {
        FAIL(ERR_NOT_FOUND, "nobody is known as " STR_FMT, STR_ARG(of->person));
    }
    for (const struct ledger_item *i = ledger_items(ledger); i != NULL; i = i->next) {
        for (const struct ledger_clearance *c = i->clearance; c != NULL; c = c->next) {
            if (of->key.len > 0 && !is_of_key(c, of->key)) continue;
            if (person != NULL && !uses_shows(ledger, c, person->about.id)) continue;
            for (const struct ledger_used *u = c->uses; u != NULL; u = u->next) {
                uses.uses[uses.count++] = describe(c, u);
            }
        }
    }
    *ret_uses = uses;
    return OK;
}
