/* probes.c: see probes.h. */
#include "gate/probes.h"

#include <string.h>

#include "base/date.h"
#include "gate/ledger_impl.h"

/* Whether this was asked by somebody unproven within the window. */
static bool counts(const struct ledger *ledger, const struct ledger_notice *notice) {
    return notice->probe != NULL && notice->probe->officer.len == 0 &&
           notice->at > ledger_now(ledger) - LIMIT_PROBE_SECONDS;
}

static bool was_asked(const struct ledger *ledger, const unsigned char source[32]) {
    for (const struct ledger_notice *n = ledger->state.notices; n != NULL; n = n->next) {
        if (n->event < ledger->state.last_person) return false;
        if (counts(ledger, n) && memcmp(n->probe->source, source, 32) == 0) return true;
    }
    return false;
}

err probes_allow(const struct ledger *ledger, const unsigned char source[32]) {
    size_t count = 0;
    if (was_asked(ledger, source)) return OK;
    for (const struct ledger_notice *n = ledger->state.notices; n != NULL; n = n->next) {
        if (!counts(ledger, n) || ++count < LIMIT_PROBES) continue;
        struct date again = date_of(n->at + LIMIT_PROBE_SECONDS + 59);
        FAIL(ERR_BUSY,
             "%d texts were asked about without an officer in the last hour, which is the limit: "
             "try again at %02d:%02d UTC, or with an officer (--as NAME)",
             LIMIT_PROBES, again.hour, again.minute);
    }
    return OK;
}

err probes_record(struct ledger *ledger, const struct probe *probe, int64_t met) {
    struct ledger_probe event = {
        .about = probe->about, .officer = probe->officer, .by = probe->by, .met = met};
    bool meets_decoy = (met & PROBE_DECOY) != 0;
    if (probe->officer.len > 0 && !meets_decoy) return OK;
    if (probe->officer.len == 0 && was_asked(ledger, probe->source)) return OK;
    memcpy(event.source, probe->source, sizeof event.source);
    return ledger_append(ledger, LEDGER_PROBE, &event);
}

static const struct ledger_person *person_of(const struct ledger *ledger, str id) {
    return ledger_person(ledger, id);
}

static bool is_notice(const struct ledger_notice *notice) {
    return notice->reveal != NULL || notice->probe->met != 0;
}

static struct gate_notice told(const struct ledger *ledger, const struct ledger_notice *notice) {
    if (notice->reveal != NULL) {
        const struct ledger_person *person = person_of(ledger, notice->reveal->person);
        return (struct gate_notice){.kind = GATE_NOTICE_REVEAL,
                                    .at = notice->at,
                                    .about = person == NULL ? notice->reveal->person
                                                            : person->about.pseudonym,
                                    .who = notice->reveal->officer,
                                    .reason = notice->reveal->reason};
    }
    const struct ledger_probe *probe = notice->probe;
    bool meets_decoy = (probe->met & PROBE_DECOY) != 0;
    return (struct gate_notice){.kind = meets_decoy ? GATE_NOTICE_DECOY : GATE_NOTICE_STOPPED,
                                .at = notice->at,
                                .about = probe->about,
                                .who = probe->officer.len > 0 ? probe->officer : probe->by};
}

err probes_report(const struct ledger *ledger, struct arena *a, struct gate_watch *ret) {
    struct gate_watch watch = {.max = LIMIT_PROBES, .seconds = LIMIT_PROBE_SECONDS};
    watch.notices = arena_array(a, LIMIT_LIST_ITEMS, sizeof *watch.notices);
    if (watch.notices == NULL) FAIL(ERR_NO_MEMORY, "no memory for the notices");
    for (const struct ledger_notice *n = ledger->state.notices; n != NULL; n = n->next) {
        bool is_counted = counts(ledger, n);
        watch.asked += is_counted;
        watch.stopped += is_counted && n->probe->met != 0;
        if (is_notice(n) && watch.count < LIMIT_LIST_ITEMS)
            watch.notices[watch.count++] = told(ledger, n);
    }
    *ret = watch;
    return OK;
}

err probes_veil(struct findings *findings, str place) {
    struct findings veiled;
    findings_init(&veiled, findings->arena);
    if (findings->names) {
        TRY(findings_put(
            &veiled, RULE_R05,
            (struct gate_finding){.severity = GATE_BLOCKS,
                                  .place = place,
                                  .text = STR("stopped here; ask the protection officer"),
                                  .way_out = STR("an officer sees what it is: hanji check --as "
                                                 "NAME")}));
        veiled.list[0].rule = STR("R05-R07"); /* which of them would tell something */
    }
    for (size_t i = 0; i < findings->count; i++) {
        const struct gate_finding *one = &findings->list[i];
        if (one->person.len > 0) continue;
        TRY(findings_put(&veiled, rule_of_id(one->rule), *one));
    }
    veiled.names = findings->names;
    veiled.decoys = findings->decoys;
    *findings = veiled;
    return OK;
}
