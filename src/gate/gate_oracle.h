/* gate_oracle.h: the rules about people once more, slowly, for the tests to compare with.
 *
 * A flat list of everything that was ever said, walked from its beginning for each question. It
 * shares no line with rules.c or ledger_state.c. */
#pragma once

#include <string.h>

#include "gate/gate_testing.h"

enum { ORACLE_PEOPLE = 5, ORACLE_FACTS = 8192, ORACLE_SOURCES = 2 };

enum fact_kind {
    FACT_CONSENT,
    FACT_RISK,
    FACT_STATEMENT,
    FACT_CLEARANCE,
    FACT_WITHDRAWN_KEY,
    FACT_WITHDRAWN_PERSON
};
struct fact {
    enum fact_kind kind;
    int person;        /* of a consent, a risk, a withdrawal; who appears in a statement, or -1 */
    const char *key;   /* material of a consent, else the key */
    const char *media; /* of a clearance: its picture, or NULL */
    const char *road;
    const char *language;
    int64_t shows;
    int64_t from;
    int64_t until;
    int64_t embargo;
    int64_t date;
    bool by_guardian;
    bool is_adopted;
    int source; /* of a statement or a clearance */
};
struct oracle_person {
    const char *name;
    const char *status;
    int link; /* of an earlier person, or -1 */
};
struct oracle {
    const struct oracle_person *people;
    struct fact facts[ORACLE_FACTS];
    size_t count;
};

struct oracle_use {
    const char *key;
    const char *media;
    const char *language;
    int source;
    bool is_adopted;
    int64_t now;
};

static inline bool oracle_is_captive(const struct oracle *o, int person) {
    return strcmp(o->people[person].status, "pow") == 0 ||
           strcmp(o->people[person].status, "detained") == 0;
}

static inline bool oracle_is_at_risk(const struct oracle *o, int person) {
    if (oracle_is_captive(o, person)) return true;
    for (int other = 0; other < ORACLE_PEOPLE; other++) {
        bool is_linked = o->people[other].link == person || o->people[person].link == other;
        if (is_linked && oracle_is_captive(o, other)) return true;
    }
    return false;
}

static inline bool oracle_covers(const struct fact *consent, const char *material,
                                 const struct oracle_use *use) {
    size_t group = strcspn(use->key, "/");
    bool fits = strcmp(consent->key, "*") == 0 || strcmp(consent->key, material) == 0 ||
                strcmp(consent->key, use->key) == 0 ||
                (strlen(consent->key) == group + 2 && consent->key[group + 1] == '*' &&
                 strncmp(consent->key, use->key, group + 1) == 0);
    return fits && (strcmp(consent->road, "*") == 0 || strcmp(consent->road, "web") == 0) &&
           (strcmp(consent->language, "*") == 0 || strcmp(consent->language, use->language) == 0);
}

/* Whether the person may be shown so; *ret_until becomes earlier where something ends. */
static inline bool oracle_agrees(const struct oracle *o, const struct fact *statement,
                                 const char *material, const struct oracle_use *use,
                                 int64_t *until) {
    int person = statement->person;
    int64_t shows = statement->shows;
    bool in_force = false;
    bool by_guardian = false;
    int64_t assessed = -1;
    if (shows != 0 && oracle_is_at_risk(o, person)) return false;
    for (size_t i = 0; i < o->count; i++) {
        const struct fact *fact = &o->facts[i];
        bool is_withdrawn = false;
        if (fact->person != person) continue;
        if (fact->kind == FACT_RISK && fact->date > assessed) assessed = fact->date;
        if (fact->kind != FACT_CONSENT || !oracle_covers(fact, material, use)) continue;
        for (size_t j = i + 1; j < o->count; j++) {
            const struct fact *later = &o->facts[j];
            if (later->kind == FACT_WITHDRAWN_PERSON && later->person == person) {
                is_withdrawn = true;
            }
        }
        if (is_withdrawn || fact->from > use->now || fact->until <= use->now) continue;
        if (fact->embargo > use->now) return false;
        if ((shows & ~fact->shows) != 0) return false;
        in_force = true;
        by_guardian = by_guardian || fact->by_guardian;
        if (fact->until < *until) *until = fact->until;
    }
    int64_t risk_until = assessed + 12 * (int64_t)BENCH_MONTH;
    if (risk_until < *until) *until = risk_until;
    bool is_child = strcmp(o->people[person].status, "child") == 0;
    return in_force && (!is_child || by_guardian) && assessed >= 0 && risk_until > use->now;
}

static inline bool oracle_material(const struct oracle *o, const char *material, bool is_picture,
                                   const struct oracle_use *use, int64_t *until) {
    const struct fact *statement = NULL;
    size_t group = strcspn(material, "/");
    for (size_t i = 0; i < o->count; i++) {
        const struct fact *fact = &o->facts[i];
        if (fact->kind == FACT_WITHDRAWN_KEY) {
            bool is_group = !is_picture && strncmp(fact->key, material, group + 1) == 0 &&
                            strcmp(fact->key + group + 1, "*") == 0;
            if (is_group || strcmp(fact->key, material) == 0) return false;
        }
        if (fact->kind == FACT_STATEMENT && strcmp(fact->key, material) == 0) statement = fact;
    }
    if (statement == NULL) return use->is_adopted;
    if (!is_picture && !use->is_adopted && statement->source != use->source) return false;
    return statement->person < 0 || oracle_agrees(o, statement, material, use, until);
}

static inline bool oracle_allows(const struct oracle *o, const struct oracle_use *use,
                                 int64_t *ret_until) {
    int64_t until = use->now + (use->is_adopted ? 12 : 24) * (int64_t)BENCH_MONTH;
    bool allows = oracle_material(o, use->key, false, use, &until) &&
                  (use->media == NULL || oracle_material(o, use->media, true, use, &until));
    *ret_until = until;
    return allows;
}

/* Whether the clearance that is fact number `at` stands. */
static inline bool oracle_stands(const struct oracle *o, size_t at, int64_t now) {
    const struct fact *clearance = &o->facts[at];
    int64_t until;
    if (now < clearance->date || now >= clearance->until) return false;
    for (size_t i = at + 1; i < o->count; i++) {
        const struct fact *later = &o->facts[i];
        bool is_key = later->key != NULL && strcmp(later->key, clearance->key) == 0;
        bool is_media = later->key != NULL && clearance->media != NULL &&
                        strcmp(later->key, clearance->media) == 0;
        if (later->kind == FACT_CLEARANCE && is_key) return false;
        if (later->kind == FACT_STATEMENT && (is_key || is_media)) return false;
    }
    struct oracle_use use = {.key = clearance->key,
                             .media = clearance->media,
                             .language = clearance->language,
                             .source = clearance->source,
                             .is_adopted = clearance->is_adopted,
                             .now = now};
    return oracle_allows(o, &use, &until);
}
