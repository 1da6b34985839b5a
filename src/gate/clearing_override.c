/* clearing_override.c: somebody answers for what a rule found. See clearing.h. */
#include "gate/clearing.h"

static err check_people(const struct gate_override *override, enum rule_answer needed) {
    str second = str_trim(override->second);
    if (needed == RULE_NO_ANSWER) {
        FAIL(ERR_DENIED, "nobody may answer for " STR_FMT ": the material is to be changed",
             STR_ARG(override->rule));
    }
    if (needed == RULE_TWO_PEOPLE && second.len == 0) {
        FAIL(ERR_DENIED, "for " STR_FMT " two people answer: name the second (--second)",
             STR_ARG(override->rule));
    }
    if (second.len > 0 && str_eq_nocase(second, str_trim(override->by))) {
        FAIL(ERR_DENIED, "the second person must be another one");
    }
    return OK;
}

/* Whom the findings are about is told by the reading itself, not by the words of a finding. */
static err people_of(struct arena *a, const struct gate_answer *answer, str rule,
                     struct ledger_override *ret) {
    ret->people = arena_array(a, answer->count, sizeof *ret->people);
    if (ret->people == NULL) FAIL(ERR_NO_MEMORY, "no memory for an answer");
    for (size_t i = 0; i < answer->count; i++) {
        const struct gate_finding *finding = &answer->findings[i];
        bool is_known = !str_eq(finding->rule, rule) || finding->person.len == 0;
        for (size_t j = 0; j < ret->count && !is_known; j++) {
            is_known = str_eq(ret->people[j].text, finding->person);
        }
        if (!is_known) ret->people[ret->count++].text = finding->person;
    }
    return OK;
}

err clearing_override(struct ledger *ledger, struct arena *a, const struct gate_override *override,
                      struct gate_answer *ret_answer) {
    const struct gate_examine examine = {.source = override->source, .road = override->road};
    const struct clearing_wish wish = {.examine = &examine};
    struct ledger_override event = {.key = override->source.key,
                                    .rule = override->rule,
                                    .reason = override->reason,
                                    .by = override->by,
                                    .second = override->second};
    enum rule rule = rule_of_id(override->rule);
    struct gate_answer before;
    size_t found = 0;
    bool is_sure = false;
    if (rule == RULE_COUNT) {
        FAIL(ERR_NOT_FOUND, "'" STR_FMT "' is not a rule: R05, R06, R07, R18, R20",
             STR_ARG(override->rule));
    }
    TRY(clearing_examine(ledger, a, &wish, &before));
    for (size_t i = 0; i < before.count; i++) {
        if (!str_eq(before.findings[i].rule, override->rule)) continue;
        if (before.findings[i].severity == GATE_ANSWERED) continue;
        found++;
        is_sure = is_sure || before.findings[i].severity == GATE_BLOCKS;
    }
    if (found == 0) {
        FAIL(ERR_NOT_FOUND, STR_FMT " finds nothing in " STR_FMT " that waits for an answer",
             STR_ARG(override->rule), STR_ARG(override->source.key));
    }
    const struct rule_row *row = rule_row_of(rule);
    TRY(check_people(override, is_sure ? row->sure : row->vague));
    TRY(source_hash(a, &override->source, event.source));
    TRY(people_of(a, &before, override->rule, &event));
    TRY(ledger_add_override(ledger, &event));
    return clearing_examine(ledger, a, &wish, ret_answer);
}
