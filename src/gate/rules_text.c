/* rules_text.c: see rules_text.h. */
#include "gate/rules_text.h"

#include <string.h>

#include "gate/passage.h"
#include "gate/rules_signs.h"

enum {
    HITS_A_TEXT_MAX = 50, /* told */
};

/* ---- What may stand -------------------------------------------------------------------------- */

static bool states_name(const struct ledger *ledger, str key, str person) {
    const struct ledger_item *item = ledger_item(ledger, key);
    if (item == NULL || item->statement == NULL) return false;
    for (size_t i = 0; i < item->statement->count; i++) {
        const struct gate_appearance *one = &item->statement->people[i];
        bool shows = one->part == GATE_SUBJECT && (one->shows & GATE_NAME) != 0;
        if (shows && str_eq(one->person, person)) return true;
    }
    return false;
}

const struct ledger_override *rules_answer_for(const struct ledger *ledger, str key,
                                               const unsigned char source[32], str rule,
                                               str person) {
    const struct ledger_item *item = ledger_item(ledger, key);
    if (item == NULL) return NULL;
    for (const struct ledger_answer *a = item->answers; a != NULL; a = a->next) {
        bool fits = memcmp(a->about->source, source, sizeof a->about->source) == 0 &&
                    str_eq(a->about->rule, rule);
        if (fits && person.len == 0 && a->about->count == 0) return a->about;
        for (size_t i = 0; fits && i < a->about->count; i++) {
            if (str_eq(a->about->people[i].text, person)) return a->about;
        }
    }
    return NULL;
}

err rules_answered(struct arena *a, const struct ledger_override *answer,
                   struct gate_finding *finding) {
    finding->severity = GATE_ANSWERED;
    return arena_printf(a, &finding->way_out, "answered by " STR_FMT ": " STR_FMT,
                        STR_ARG(answer->by), STR_ARG(answer->reason));
}

bool rules_may_hold(const struct ledger *ledger, const struct ledger_clearance *clearance,
                    const struct watch_hit *hit) {
    const struct clearance_terms *terms = &clearance->terms;
    str person = hit->person->about.id;
    if (hit->at->kind == MATCH_NAME && states_name(ledger, terms->key, person)) return true;
    return rules_answer_for(ledger, terms->key, terms->source, STR("R05"), person) != NULL ||
           rules_answer_for(ledger, terms->key, terms->source, STR("R07"), person) != NULL;
}

/* ---- Reading --------------------------------------------------------------------------------- */

struct reading {
    struct ledger *ledger;
    struct arena *a;
    const struct rule_use *use;
    struct findings *findings;
    str place;
    str text;
    bool is_prose; /* R05 and R06; else R07 */
    size_t told;
    bool has_sure; /* one was told that nobody has answered for */
    bool has_vague;
};

const char *rules_way_of(enum match_lane lane) {
    static const char *const ways[] = {
        [LANE_A] = "as it is entered",  [LANE_B] = "in the other Korea's spelling",
        [LANE_C] = "in Latin letters",  [LANE_D] = "by its sound",
        [LANE_E] = "by its digits",     [LANE_F] = "by initials or with letters left out",
        [LANE_G] = "in Han characters",
    };
    return ways[lane];
}

static enum rule rule_of(const struct reading *r, const struct match_hit *hit) {
    if (!r->is_prose) return RULE_R07;
    return hit->is_sure ? RULE_R05 : RULE_R06;
}

static err see(void *context, const struct watch_hit *hit) {
    struct reading *r = context;
    const struct match_hit *at = hit->at;
    const struct ledger_person *person = hit->person;
    enum rule rule = rule_of(r, at);
    struct gate_finding finding = {.place = r->place,
                                   .person = person->about.id,
                                   .severity = at->is_sure ? GATE_BLOCKS : GATE_WARNS};
    bool is_stated =
        at->kind == MATCH_NAME && states_name(r->ledger, r->use->key, person->about.id);
    if (is_stated && !hit->is_decoy) return OK;
    if (hit->is_decoy && at->is_sure) r->findings->decoys = true;
    const struct ledger_override *answer = rules_answer_for(
        r->ledger, r->use->key, r->use->source, str_of(rule_row_of(rule)->id), person->about.id);
    /* Of many of a kind some are told; the first that stops and is not answered always is. */
    bool stops = answer == NULL && (at->is_sure ? !r->has_sure : !r->has_vague);
    if (r->told++ >= HITS_A_TEXT_MAX && !stops) return OK;
    if (answer == NULL) *(at->is_sure ? &r->has_sure : &r->has_vague) = true;
    TRY(arena_printf(r->a, &finding.text, "%s " STR_FMT " (%s), %s",
                     at->is_sure ? "this names" : "this may name", STR_ARG(person->about.pseudonym),
                     hit->is_decoy ? "a decoy, nobody's name" : "a protected person",
                     rules_way_of(at->lane)));
    const struct rule_row *advice = rule_row_of(at->is_sure ? RULE_R05 : RULE_R06);
    finding.way_out = str_of(advice->in[RULE_ENGLISH].resolves);
    if (answer != NULL) TRY(rules_answered(r->a, answer, &finding));
    TRY(passage_show(r->a, &(struct passage){r->text, at->from, at->to}, &finding));
    return findings_put(r->findings, rule, finding);
}

static err read_text(struct reading *r, str place, str text) {
    const struct watch_text watched = {.text = text, .kind = FOLD_TEXT};
    r->place = place;
    r->text = text;
    r->told = 0;
    r->has_sure = r->has_vague = false;
    r->is_prose = str_eq(place, STR("body")) || str_eq(place, STR("deck"));
    const struct signs_of_text signs = {
        .ledger = r->ledger, .use = r->use, .place = place, .text = text};
    TRY(rules_read_signs(r->a, &signs, r->findings));
    err e = watch_read(r->ledger, r->a, &watched, see, r);
    if (e.kind != ERR_LIMIT) return e;
    return findings_add(r->findings, RULE_R24, place, STR("this text could not be read to its end"),
                        STR("make it shorter"));
}

static err read_picture(struct reading *r, const struct source_picture *picture) {
    const struct {
        const char *name;
        str text;
    } texts[] = {
        {"alt text", picture->alt}, {"caption", picture->caption}, {"credit", picture->credit}};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        str place;
        if (texts[i].text.len == 0) continue;
        TRY(arena_printf(r->a, &place, STR_FMT ", %s", STR_ARG(picture->place), texts[i].name));
        TRY(read_text(r, place, texts[i].text));
    }
    return OK;
}

err rules_read_texts(struct ledger *ledger, struct arena *a, const struct source *source,
                     const struct rule_use *use, struct findings *findings) {
    struct reading r = {.ledger = ledger, .a = a, .use = use, .findings = findings};
    for (size_t i = 0; i < source->text_count; i++) {
        TRY(read_text(&r, source->texts[i].place, source->texts[i].text));
    }
    for (size_t i = 0; i < source->picture_count; i++) {
        TRY(read_picture(&r, &source->pictures[i]));
    }
    return OK;
}
