/* clearing.c: see clearing.h. */
#include "gate/clearing.h"

#include <string.h>

#include "gate/probes.h"
#include "gate/rules_text.h"
#include "vault/vault.h"

static err check_wish(const struct clearing_wish *wish) {
    const struct gate_examine *examine = wish->examine;
    str key = examine->source.key;
    str language = str_skip(key, str_find_byte(key, '/') + 1);
    if (ledger_key_kind(key) != LEDGER_KEY_ITEM) {
        FAIL(ERR_INVALID, "'" STR_FMT "' is not the key of an item", STR_ARG(key));
    }
    /* Else a consent for one language would clear a text in another. */
    if (!str_eq(language, examine->source.language)) {
        FAIL(ERR_INVALID, STR_FMT " is not a text in " STR_FMT, STR_ARG(key),
             STR_ARG(examine->source.language));
    }
    if (!str_eq(examine->road, STR("web"))) {
        FAIL(ERR_INVALID, "'" STR_FMT "' is not a road that is built: web", STR_ARG(examine->road));
    }
    if (wish->gives && str_trim(examine->by).len == 0) {
        FAIL(ERR_INVALID, "a clearance is asked for by a named person (--by)");
    }
    return OK;
}

/* A card shows words of the item itself and nothing else, and the item's own statement says who
 * appears in those: it needs none of its own, and has no number. Anything more than the one file of
 * a card in that place is a picture like any other, which nobody has answered for. */
static bool is_card(const struct source_picture *picture) {
    return picture->media == 0 && str_eq(picture->place, STR("card")) && picture->file_count == 1;
}

/* The pictures of a source, once each, as keys and as the files that may leave. */
static err gather_pictures(struct arena *a, const struct source *source,
                           struct ledger_cleared *cleared) {
    size_t files = 0;
    bool has_card = false;
    for (size_t i = 0; i < source->picture_count; i++) files += source->pictures[i].file_count;
    cleared->media = arena_array(a, source->picture_count, sizeof *cleared->media);
    cleared->files = arena_array(a, files, sizeof *cleared->files);
    if (cleared->media == NULL || cleared->files == NULL) {
        FAIL(ERR_NO_MEMORY, "no memory for the pictures of an item");
    }
    for (size_t i = 0; i < source->picture_count; i++) {
        const struct source_picture *picture = &source->pictures[i];
        str key;
        bool is_known = false;
        if (is_card(picture) && !has_card) {
            cleared->files[cleared->file_count++] = picture->files[0];
            has_card = true;
            continue;
        }
        TRY(arena_printf(a, &key, "m%lld", (long long)picture->media));
        for (size_t j = 0; j < cleared->media_count && !is_known; j++) {
            is_known = str_eq(cleared->media[j].text, key);
        }
        if (is_known) continue;
        cleared->media[cleared->media_count++].text = key;
        for (size_t j = 0; j < picture->file_count; j++) {
            cleared->files[cleared->file_count++] = picture->files[j];
        }
    }
    return OK;
}

static err judge_readable(const struct source *source, struct findings *findings) {
    for (size_t i = 0; i < source->picture_count; i++) {
        const struct source_picture *picture = &source->pictures[i];
        str place;
        if (picture->file_count > 0) continue;
        TRY(arena_printf(findings->arena, &place, "m%lld", (long long)picture->media));
        TRY(findings_add(findings, RULE_R24, place,
                         STR("this picture has no rebuilt file that could be read"),
                         STR("import the picture again")));
    }
    return OK;
}

err clearing_examine(struct ledger *ledger, struct arena *a, const struct clearing_wish *wish,
                     struct gate_answer *ret_answer) {
    const struct gate_examine *examine = wish->examine;
    const struct source *source = &examine->source;
    struct ledger_cleared cleared = {
        .key = source->key, .road = examine->road, .language = source->language, .by = examine->by};
    unsigned char hash[32];
    struct findings findings;
    struct gate_answer answer = {0};
    TRY(check_wish(wish));
    TRY(source_hash(a, source, hash));
    TRY(gather_pictures(a, source, &cleared));
    findings_init(&findings, a);
    if (wish->adopts && str_trim(source->origin).len == 0) {
        TRY(findings_add(&findings, RULE_R00, source->key,
                         STR("only what was already public elsewhere can be adopted"),
                         STR("state who appears (hanji appears), then clear it (hanji clear)")));
    }
    struct rule_use use = {.key = source->key,
                           .road = examine->road,
                           .language = source->language,
                           .media = cleared.media,
                           .media_count = cleared.media_count,
                           .source = hash,
                           .is_adopted = wish->adopts,
                           .now = ledger_now(ledger)};
    TRY(rules_judge(ledger, &use, &findings, &answer.until));
    TRY(rules_read_texts(ledger, a, source, &use, &findings));
    TRY(judge_readable(source, &findings));
    /* What was public before is a debt: its warnings are told, and answered when it is cleared. */
    /* Of a name, who is not proven cannot tell a warning from a block. */
    bool may_warn = wish->adopts && !(wish->is_veiled && findings.names);
    answer.passes = !findings.blocks && (may_warn || !findings.warns);
    if (wish->gives && answer.passes) {
        struct clearance_terms terms = {.key = source->key,
                                        .road = examine->road,
                                        .language = source->language,
                                        .given = use.now,
                                        .until = answer.until,
                                        .adopted = wish->adopts,
                                        .rules = LEDGER_RULES_VERSION};
        memcpy(terms.source, hash, sizeof terms.source);
        TRY(ledger_add_clearance(ledger, a, &terms, &cleared, &answer.clearance));
    }
    if (wish->ret_met != NULL)
        *wish->ret_met = (struct clearing_met){.name = findings.names, .decoy = findings.decoys};
    if (wish->is_veiled) TRY(probes_veil(&findings, source->key));
    answer.findings = findings.list;
    answer.count = findings.count;
    *ret_answer = answer;
    return OK;
}

static bool was_stated_after(const struct ledger *ledger, str key, int64_t event) {
    const struct ledger_item *item = ledger_item(ledger, key);
    return item != NULL && item->statement_event > event;
}

err clearing_stands(const struct ledger *ledger, struct arena *a,
                    const struct ledger_clearance *clearance, str *ret_reason) {
    const struct clearance_terms *terms = &clearance->terms;
    const struct ledger_cleared *cleared = &clearance->cleared;
    const struct ledger_clearance *newest = ledger_item(ledger, terms->key)->clearance;
    int64_t now = ledger_now(ledger);
    int64_t until = 0;
    struct findings findings;
    while (!str_eq(newest->terms.road, terms->road)) newest = newest->next;
    *ret_reason = STR("");
    if (newest != clearance) {
        *ret_reason = STR("a newer clearance took its place");
    } else if (now < terms->given || now >= terms->until) {
        *ret_reason = STR("its time has ended");
    } else if (was_stated_after(ledger, terms->key, clearance->event)) {
        *ret_reason = STR("who appears was stated anew since");
    }
    for (size_t i = 0; i < cleared->media_count && ret_reason->len == 0; i++) {
        if (was_stated_after(ledger, cleared->media[i].text, clearance->event)) {
            *ret_reason = STR("who appears in a picture was stated anew since");
        }
    }
    if (ret_reason->len > 0) return OK;
    struct rule_use use = {.key = terms->key,
                           .road = terms->road,
                           .language = terms->language,
                           .media = cleared->media,
                           .media_count = cleared->media_count,
                           .source = terms->source,
                           .is_adopted = terms->adopted != 0,
                           .now = now};
    findings_init(&findings, a);
    TRY(rules_judge(ledger, &use, &findings, &until));
    if (findings.blocks) *ret_reason = findings.list[0].text;
    return OK;
}

static int hash_order(const void *a, const void *b) {
    const struct ledger_clearance *const *left = a;
    const struct ledger_clearance *const *right = b;
    return memcmp((*left)->hash, (*right)->hash, sizeof(*left)->hash);
}

err clearing_index_make(const struct ledger *ledger, struct arena *a,
                        struct clearing_index *ret_index) {
    struct clearing_index index = {0};
    size_t room = 0;
    for (const struct ledger_item *i = ledger_items(ledger); i != NULL; i = i->next) {
        for (const struct ledger_clearance *c = i->clearance; c != NULL; c = c->next) room++;
    }
    index.list = arena_array(a, room, sizeof *index.list);
    if (index.list == NULL) FAIL(ERR_NO_MEMORY, "no memory for a list of clearances");
    for (const struct ledger_item *i = ledger_items(ledger); i != NULL; i = i->next) {
        for (const struct ledger_clearance *c = i->clearance; c != NULL; c = c->next) {
            index.list[index.count++] = c;
        }
    }
    sort_things(index.list, index.count, sizeof *index.list, hash_order);
    *ret_index = index;
    return OK;
}

const struct ledger_clearance *clearing_index_find(const struct clearing_index *index,
                                                   const unsigned char hash[CLEARANCE_HASH_BYTES]) {
    size_t low = 0;
    size_t high = index->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = memcmp(hash, index->list[middle]->hash, CLEARANCE_HASH_BYTES);
        if (order == 0) return index->list[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

static bool rests_on(const struct ledger_clearance *clearance, str key) {
    if (str_eq(clearance->terms.key, key)) return true;
    for (size_t i = 0; i < clearance->cleared.media_count; i++) {
        if (str_eq(clearance->cleared.media[i].text, key)) return true;
    }
    return false;
}

err clearing_snapshot(const struct ledger *ledger, struct arena *a, str key,
                      struct clearing_snapshot *ret_snapshot) {
    struct clearing_snapshot snapshot = {0};
    size_t items = 0;
    for (const struct ledger_item *i = ledger_items(ledger); i != NULL; i = i->next) items++;
    snapshot.list = arena_array(a, items, sizeof *snapshot.list);
    if (snapshot.list == NULL) FAIL(ERR_NO_MEMORY, "no memory for a list of clearances");
    for (const struct ledger_item *i = ledger_items(ledger); i != NULL; i = i->next) {
        str reason;
        if (i->clearance == NULL) continue; /* one road is built: the newest is the only one */
        if (key.len > 0 && !rests_on(i->clearance, key)) continue;
        TRY(clearing_stands(ledger, a, i->clearance, &reason));
        if (reason.len == 0) snapshot.list[snapshot.count++] = i->clearance;
    }
    *ret_snapshot = snapshot;
    return OK;
}

err clearing_ended_since(const struct ledger *ledger, struct arena *a,
                         const struct clearing_snapshot *before, struct gate_keys *ret_keys) {
    struct gate_keys ended = {.keys = arena_array(a, before->count, sizeof *ended.keys)};
    if (ended.keys == NULL) FAIL(ERR_NO_MEMORY, "no memory for a list of items");
    for (size_t i = 0; i < before->count; i++) {
        str reason;
        TRY(clearing_stands(ledger, a, before->list[i], &reason));
        if (reason.len > 0) ended.keys[ended.count++].text = before->list[i]->terms.key;
    }
    *ret_keys = ended;
    return OK;
}
