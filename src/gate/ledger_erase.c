/* ledger_erase.c: a person is erased: the key goes, what must remain is entered. See ledger.h. */
#include "gate/ledger_impl.h"

#include <string.h>

#include "gate/watch.h"

static bool is_subject(const struct gate_statement *statement, str id) {
    for (size_t i = 0; statement != NULL && i < statement->count; i++) {
        const struct gate_appearance *one = &statement->people[i];
        if (one->part == GATE_SUBJECT && str_eq(one->person, id)) return true;
    }
    return false;
}

/* Items and pictures of which the newest statement names the person. */
static err gather_items(const struct ledger *ledger, struct arena *a, struct event_erasure *event) {
    size_t count = 0;
    for (const struct ledger_item *i = ledger_items(ledger); i != NULL; i = i->next) count++;
    event->items = arena_array(a, count, sizeof *event->items);
    if (event->items == NULL) FAIL(ERR_NO_MEMORY, "no memory for what remains of a person");
    for (const struct ledger_item *i = ledger_items(ledger); i != NULL; i = i->next) {
        if (is_subject(i->statement, event->person))
            event->items[event->item_count++].text = i->key;
    }
    return OK;
}

static bool is_linked(const struct ledger_person *one, const struct ledger_person *other) {
    for (size_t i = 0; i < one->about.link_count; i++) {
        if (str_eq(one->about.links[i].text, other->about.id)) return true;
    }
    return false;
}

/* Those who are hidden because this person is a captive stay hidden. */
static err gather_at_risk(const struct ledger *ledger, struct arena *a,
                          const struct ledger_person *person, struct event_erasure *event) {
    bool is_captive =
        str_eq(person->about.status, STR("detained")) || str_eq(person->about.status, STR("pow"));
    event->at_risk = arena_array(a, (size_t)ledger->state.person_count, sizeof *event->at_risk);
    if (event->at_risk == NULL) FAIL(ERR_NO_MEMORY, "no memory for what remains of a person");
    for (const struct ledger_person *p = ledger_people(ledger); p != NULL; p = p->next) {
        if (!is_captive || (!is_linked(p, person) && !is_linked(person, p))) continue;
        event->at_risk[event->at_risk_count++].text = p->about.id;
    }
    return OK;
}

static err see_name(void *context, const struct watch_hit *hit) {
    bool *names_somebody = context;
    *names_somebody = *names_somebody || hit->at->is_sure;
    return OK;
}

/* These words outlive the person: they must not tell who it was. */
static err check_words(struct ledger *ledger, struct arena *a, const struct ledger_person *person,
                       str words) {
    const struct watch_text text = {.text = words, .kind = FOLD_TEXT};
    bool names_somebody = str_contains(words, person->about.pseudonym);
    TRY(watch_read(ledger, a, &text, see_name, &names_somebody));
    if (names_somebody)
        FAIL(ERR_INVALID, "the reason names a protected person, and it would stay for ever: say it "
                          "without a name");
    return OK;
}

static int64_t count_names(str names) {
    int64_t count = 0;
    while (names.len > 0) {
        str line;
        str_cut(names, '\n', &line, &names);
        count += str_trim(line).len > 0;
    }
    return count;
}

err ledger_erase_person(struct ledger *ledger, struct arena *a, const struct gate_erase *wish,
                        struct gate_erased *ret_erased) {
    const struct ledger_person *person = ledger_person(ledger, wish->person);
    struct event_erasure event = {.by = wish->by, .reason = wish->reason};
    struct gate_erased erased = {0};
    if (str_trim(wish->by).len == 0) FAIL(ERR_INVALID, "who erases (--by) is missing");
    if (str_trim(wish->reason).len == 0) FAIL(ERR_INVALID, "the reason (--reason) is missing");
    if (person == NULL) FAIL(ERR_NOT_FOUND, "nobody is known as " STR_FMT, STR_ARG(wish->person));
    event.person = person->about.id;
    if (person->erased == 0) {
        TRY(check_words(ledger, a, person, wish->reason));
        TRY(check_words(ledger, a, person, wish->by));
        TRY(gather_items(ledger, a, &event));
        TRY(gather_at_risk(ledger, a, person, &event));
        erased.names = count_names(person->names);
        TRY(ledger_person_key_destroy(ledger, event.person));
        TRY(ledger_append(ledger, LEDGER_ERASURE, &event));
    }
    ledger->must_scrub = true;
    erased.person = event.person;
    erased.items = event.items;
    erased.item_count = event.item_count;
    *ret_erased = erased;
    return OK;
}
