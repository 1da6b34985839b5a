/* rules.c: the rules about people. See rules.h; the numbers are the specification's. */
#include "gate/rules.h"

#include <string.h>

enum { FINDINGS_MAX = 10000 };

void findings_init(struct findings *findings, struct arena *a) {
    *findings = (struct findings){.arena = a};
}

err findings_put(struct findings *findings, enum rule rule, struct gate_finding finding) {
    if (findings->count == FINDINGS_MAX) FAIL(ERR_LIMIT, "more than %d findings", FINDINGS_MAX);
    if (findings->count == findings->room) {
        size_t room = findings->room == 0 ? 8 : findings->room * 2;
        void *grown =
            arena_grow(findings->arena, findings->list, findings->room * sizeof *findings->list,
                       room * sizeof *findings->list);
        if (grown == NULL) FAIL(ERR_NO_MEMORY, "no memory for findings");
        findings->list = grown;
        findings->room = room;
    }
    finding.rule = str_of(rule_row_of(rule)->id);
    findings->list[findings->count++] = finding;
    findings->blocks = findings->blocks || finding.severity == GATE_BLOCKS;
    findings->warns = findings->warns || finding.severity == GATE_WARNS;
    findings->names =
        findings->names || (finding.person.len > 0 && finding.severity != GATE_ANSWERED);
    return OK;
}

err findings_add(struct findings *findings, enum rule rule, str place, str text, str way_out) {
    return findings_put(
        findings, rule,
        (struct gate_finding){
            .severity = GATE_BLOCKS, .place = place, .text = text, .way_out = way_out});
}

/* ---- One person ----------------------------------------------------------------------------- */

static bool fits_word(str scope, str use) { return str_eq(scope, STR("*")) || str_eq(scope, use); }

/* "12/en", "12/" + "*" or "*" for a text; for a picture also its own key and those of its item. */
static bool fits_material(str scope, str material, str item) {
    if (fits_word(scope, material) || fits_word(scope, item)) return true;
    size_t slash = str_find_byte(item, '/');
    return slash != STR_NONE && scope.len == slash + 2 && str_ends(scope, STR("/*")) &&
           str_eq(str_slice(scope, 0, slash), str_slice(item, 0, slash));
}

struct consent_sum {
    bool is_named;    /* some consent names this use, whatever its dates */
    bool is_in_force; /* and is in force */
    bool is_withdrawn;
    bool is_embargoed; /* one embargo holds back what others allow: the narrowest wins */
    bool by_guardian;
    int64_t shows; /* what all consents in force allow together: the narrowest wins */
    int64_t until;
};

static void sum_consent(const struct gate_consent *consent, const struct rule_use *use,
                        str material, struct consent_sum *sum) {
    for (size_t i = 0; i < consent->scope_count; i++) {
        const struct gate_scope *scope = &consent->scopes[i];
        if (!fits_material(scope->material, material, use->key) ||
            !fits_word(scope->road, use->road) || !fits_word(scope->language, use->language)) {
            continue;
        }
        sum->is_named = true;
        if (consent->withdrawn != 0) sum->is_withdrawn = true;
        if (consent->withdrawn != 0 || consent->from > use->now || consent->until <= use->now) {
            continue;
        }
        if (consent->embargo > use->now) sum->is_embargoed = true;
        sum->is_in_force = true;
        sum->by_guardian = sum->by_guardian || str_eq(consent->given_by, STR("guardian"));
        sum->shows &= scope->shows;
        if (consent->until < sum->until) sum->until = consent->until;
    }
}

/* One text or picture of a use, while it is judged. */
struct judging {
    const struct ledger *ledger;
    const struct rule_use *use;
    str material; /* its key */
    struct findings *findings;
    int64_t until; /* the earliest end of what was found so far */
};

static err judge_consent(struct judging *j, const struct ledger_person *person,
                         const struct gate_appearance *one) {
    struct consent_sum sum = {.shows = GATE_ALL_PARTS, .until = INT64_MAX};
    for (const struct ledger_consent *c = person->consents; c != NULL; c = c->next) {
        sum_consent(&c->about, j->use, j->material, &sum);
    }
    if (!sum.is_named) {
        return findings_add(j->findings, RULE_R01, j->material,
                            STR("a subject has not agreed to this item, road and language"),
                            STR("ask the person; enter the answer with: hanji consent add"));
    }
    if (!sum.is_in_force || sum.is_embargoed) {
        return findings_add(j->findings, RULE_R02, j->material,
                            sum.is_embargoed   ? STR("a subject's consent is under embargo still")
                            : sum.is_withdrawn ? STR("a subject has withdrawn the consent")
                                               : STR("a subject's consent has ended or not begun"),
                            STR("the protection officer knows whom to ask, and whether to ask"));
    }
    if ((one->shows & ~sum.shows) != 0) {
        TRY(findings_add(j->findings, RULE_R01, j->material,
                         STR("the item shows more of a subject than was agreed to"),
                         STR("change the item, state again what it shows, or ask the person")));
    }
    if (str_eq(person->about.status, STR("child")) && !sum.by_guardian) {
        TRY(findings_add(j->findings, RULE_R04, j->material,
                         STR("a subject is a child and no guardian has agreed"),
                         STR("ask the guardian; enter it with --given-by guardian")));
    }
    if (sum.until < j->until) j->until = sum.until;
    return OK;
}

static err judge_risk(struct judging *j, const struct ledger_person *person) {
    int64_t year = 12 * (int64_t)LEDGER_MONTH_SECONDS;
    if (person->risk == NULL || person->risk->date + year <= j->use->now) {
        return findings_add(j->findings, RULE_R02, j->material,
                            person->risk == NULL
                                ? STR("the risk for a subject was never assessed")
                                : STR("the risk for a subject was assessed over a year ago"),
                            STR("assess it with a second person: hanji risk add"));
    }
    if (person->risk->date + year < j->until) j->until = person->risk->date + year;
    return OK;
}

static err judge_subject(struct judging *j, const struct gate_appearance *one) {
    const struct ledger_person *person = ledger_person(j->ledger, one->person);
    if (person == NULL) {
        return findings_add(j->findings, RULE_R01, j->material, STR("a subject has no record"),
                            STR("enter the person with: hanji people add"));
    }
    if (person->erased != 0) {
        return findings_add(j->findings, RULE_R01, j->material,
                            STR("a subject was erased from the ledger, and agrees to nothing"),
                            STR("this stays unpublished; a text without the person is another"));
    }
    if (one->shows != 0 && person->is_at_risk) {
        TRY(findings_add(j->findings, RULE_R03, j->material,
                         STR("a captive, or somebody at risk through one, would be shown"),
                         STR("hide the person: a captive's consent is not free")));
    }
    TRY(judge_consent(j, person, one));
    return judge_risk(j, person);
}

/* ---- One item or picture -------------------------------------------------------------------- */

static err judge_statement(struct judging *j) {
    const struct rule_use *use = j->use;
    const struct ledger_item *item = ledger_item(j->ledger, j->material);
    bool is_picture = !str_eq(j->material, use->key);
    if (ledger_is_withdrawn(j->ledger, j->material)) {
        return findings_add(j->findings, RULE_R02, j->material, STR("this was withdrawn"),
                            STR("giving it back is for two people, the protection officer first"));
    }
    if (item == NULL || item->statement == NULL) {
        if (use->is_adopted) return OK;
        return findings_add(j->findings, RULE_R00, j->material,
                            STR("nobody has stated who appears here"),
                            STR("look, then state it: hanji appears"));
    }
    const struct gate_statement *statement = item->statement;
    if (!is_picture && !use->is_adopted &&
        memcmp(statement->source, use->source, sizeof statement->source) != 0) {
        TRY(findings_add(j->findings, RULE_R00, j->material,
                         STR("it was changed since it was stated who appears"),
                         STR("read it again, then state it again: hanji appears")));
    }
    for (size_t i = 0; i < statement->count; i++) {
        if (statement->people[i].part != GATE_SUBJECT) continue;
        TRY(judge_subject(j, &statement->people[i]));
    }
    return OK;
}

err rules_judge(const struct ledger *ledger, const struct rule_use *use, struct findings *findings,
                int64_t *ret_until) {
    int64_t months = use->is_adopted ? 12 : 24;
    struct judging j = {.ledger = ledger,
                        .use = use,
                        .material = use->key,
                        .findings = findings,
                        .until = use->now + months * LEDGER_MONTH_SECONDS};
    TRY(judge_statement(&j));
    for (size_t i = 0; i < use->media_count; i++) {
        j.material = use->media[i].text;
        TRY(judge_statement(&j));
    }
    *ret_until = j.until;
    return OK;
}
