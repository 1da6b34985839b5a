/* sealing.c: see sealing.h. */
#include "gate/sealing.h"

#include <string.h>

#include "base/json.h"
#include "base/unicode.h"
#include "gate/drawing.h"
#include "gate/opening.h"
#include "gate/picture.h"
#include "gate/probes.h"
#include "gate/rules_text.h"
#include "gate/watch.h"
#include "pressing/pressing.h"
#include "pressing/search.h"
#include "vault/vault.h"

enum {
    PICTURE_FINDINGS_MAX = 16,
    COPY_BYTES_MAX = PRESSING_BODY_MAX + 4096,
    WALK_BYTES_MAX = 1 << 30, /* contents of a pack; a body, its forms, and what those open to */
};

struct sealing {
    struct ledger *ledger;
    struct arena *a;
    const struct pressing *pressing;
    struct pressing *live; /* the index of what readers have now, sealed here; or NULL */
    const struct ledger_clearance **clearances; /* by their number in the pressing; NULL: refused */
    bool *is_shown;          /* by the same number: a page that readers can open names it */
    struct gate_hash *ended; /* those refused */
    size_t ended_count;
    struct lying *pages; /* in the order in which their bytes lie */
    bool *is_read;       /* by its number, of each page */
    struct findings findings;
};

/* Resolves every clearance once: ours, and still standing. */
static err resolve_clearances(struct sealing *s) {
    size_t count = pressing_clearance_count(s->pressing);
    struct clearing_index index;
    TRY(clearing_index_make(s->ledger, s->a, &index));
    s->clearances = arena_array(s->a, count, sizeof *s->clearances);
    s->ended = arena_array(s->a, count, sizeof *s->ended);
    if (s->clearances == NULL || s->ended == NULL)
        FAIL(ERR_NO_MEMORY, "no memory to read a pressing");
    for (size_t i = 0; i < count; i++) {
        const struct ledger_clearance *clearance =
            clearing_index_find(&index, pressing_clearance_at(s->pressing, i));
        str reason = STR("a clearance in the pressing was not given by this gate");
        str place = STR("clearances");
        if (clearance != NULL && !str_eq(clearance->terms.road, STR("web"))) {
            reason = STR("a clearance in the pressing is for another road");
        } else if (clearance != NULL) {
            place = clearance->terms.key;
            TRY(clearing_stands(s->ledger, s->a, clearance, &reason));
        }
        if (clearance == NULL || reason.len > 0) {
            TRY(findings_add(&s->findings, RULE_R26, place, reason,
                             STR("clear the item again, or press without it")));
            memcpy(s->ended[s->ended_count++].hash, pressing_clearance_at(s->pressing, i),
                   sizeof s->ended->hash);
            clearance = NULL;
        }
        s->clearances[i] = clearance;
    }
    return OK;
}

static bool is_cleared_file(const struct sealing *s, const struct pressing_page *page) {
    for (uint32_t i = 0; i < page->clearance_count; i++) {
        const struct ledger_clearance *clearance = s->clearances[page->clearances[i]];
        if (clearance == NULL) continue;
        for (size_t j = 0; j < clearance->cleared.file_count; j++) {
            if (memcmp(clearance->cleared.files[j].hash, page->hash, sizeof page->hash) == 0) {
                return true;
            }
        }
    }
    return false;
}

static err read_picture(struct sealing *s, const struct pressing_page *page, str body) {
    struct picture_finding found[PICTURE_FINDINGS_MAX];
    size_t count = 0;
    if (!is_cleared_file(s, page)) {
        TRY(findings_add(&s->findings, RULE_R26, page->path,
                         STR("this picture is not among the files that were cleared"),
                         STR("press again; if it stays, import the picture again")));
    }
    TRY(picture_check(body, found, COUNT_OF(found), &count));
    for (size_t i = 0; i < count; i++) {
        str text;
        TRY(arena_printf(s->a, &text, "%s (at byte %zu)", found[i].text, found[i].offset));
        TRY(findings_add(&s->findings, strcmp(found[i].rule, "R08") == 0 ? RULE_R08 : RULE_R24,
                         page->path, text, STR("import the picture again")));
    }
    return OK;
}

/* ---- Who is named ---------------------------------------------------------------------------- */

/* A page, or a text in a segment, while it is held against the watch list. */
struct naming {
    struct sealing *s;
    const struct pressing_page *page;
    const struct ledger_person *told; /* of whom this page's finding speaks already */
};

/* Whatever a page holds was cleared with one of its clearances: that one may name the person. */
static err see_name(void *context, const struct watch_hit *hit) {
    struct naming *n = context;
    struct sealing *s = n->s;
    str text;
    if (!hit->at->is_sure || hit->person == n->told) return OK;
    for (uint32_t i = 0; i < n->page->clearance_count; i++) {
        const struct ledger_clearance *clearance = s->clearances[n->page->clearances[i]];
        if (clearance != NULL && rules_may_hold(s->ledger, clearance, hit)) return OK;
    }
    n->told = hit->person;
    if (hit->is_decoy) s->findings.decoys = true;
    TRY(arena_printf(s->a, &text, "it names " STR_FMT " (a protected person), %s (at byte %zu)",
                     STR_ARG(hit->person->about.pseudonym), rules_way_of(hit->at->lane),
                     hit->at->from));
    return findings_put(
        &s->findings, RULE_R25,
        (struct gate_finding){
            .severity = GATE_BLOCKS,
            .place = n->page->path,
            .text = text,
            .way_out = STR("take the name out, clear what it stands in again, then press"),
            .person = hit->person->about.id});
}

static err read_names(struct sealing *s, const struct pressing_page *page, str body,
                      enum fold_kind kind) {
    struct naming naming = {.s = s, .page = page};
    const struct watch_text text = {.text = body, .kind = kind};
    err e = watch_read(s->ledger, s->a, &text, see_name, &naming);
    if (e.kind != ERR_LIMIT) return e;
    return findings_add(&s->findings, RULE_R24, page->path,
                        STR("this text could not be read to its end"), STR("make it shorter"));
}

/* Markup is read twice: as it lies, with all its attributes, and as what a reader sees. */
static err read_page_names(struct sealing *s, const struct pressing_page *page, str body) {
    bool is_markup = page->type == PRESSING_HTML || page->type == PRESSING_RSS ||
                     page->type == PRESSING_ATOM || page->type == PRESSING_XML;
    TRY(read_names(s, page, body, FOLD_TEXT));
    return is_markup ? read_names(s, page, body, FOLD_HTML) : OK;
}

static err read_text(struct sealing *s, const struct pressing_page *page, str body) {
    if (!utf8_is_valid(body) || str_find_byte(body, '\0') != STR_NONE) {
        TRY(findings_add(&s->findings, RULE_R25, page->path, STR("this text is not clean UTF-8"),
                         STR("press again")));
    }
    return OK;
}

static err read_json(struct sealing *s, const struct pressing_page *page, str body) {
    size_t at = 0;
    str text;
    if (json_is_sound(body, &at)) return OK;
    TRY(arena_printf(s->a, &text, "this is not JSON (at byte %zu)", at));
    return findings_add(&s->findings, RULE_R25, page->path, text, STR("press again"));
}

/* Style, icon and robots.txt say nothing of any item; every other page, "gone" with the site's name
 * on it too, must name what it contains. */
static bool needs_clearance(const struct pressing_page *page) {
    bool is_style = (page->type == PRESSING_CSS || page->type == PRESSING_SVG) &&
                    str_starts(page->path, STR("/assets/"));
    bool is_robots = page->type == PRESSING_TEXT && str_eq(page->path, STR("/robots.txt"));
    return !is_style && !is_robots;
}

static err read_drawing(struct sealing *s, const struct pressing_page *page, str body) {
    size_t at = 0;
    str text;
    if (drawing_is_plain(body, &at)) return OK;
    TRY(arena_printf(s->a, &text, "this drawing holds more than shapes (at byte %zu)", at));
    return findings_add(&s->findings, RULE_R24, page->path, text,
                        STR("take out what is not a plain shape"));
}

/* ---- What is searched ------------------------------------------------------------------------ */

/* Whether a clearance is for an item, not for what stands around all of them. */
static bool is_of_item(const struct sealing *s, uint32_t number) {
    const struct ledger_clearance *clearance = s->clearances[number];
    return clearance != NULL && !str_starts(clearance->terms.key, STR("site/"));
}

/* A segment that is being read. */
struct reading {
    struct sealing *s;
    const struct pressing_page *segment;
    size_t stories;
    size_t items; /* clearances of items that the segment names */
};

static bool names(const struct pressing_page *page, uint32_t number) {
    for (uint32_t i = 0; i < page->clearance_count; i++) {
        if (page->clearances[i] == number) return true;
    }
    return false;
}

/* Whether the story's page, which readers can open, and the segment name one item both. */
static bool is_page_of_segment(const struct reading *r, const struct search_story *story) {
    struct pressing_page page;
    size_t number = 0;
    if (!pressing_find_number(r->s->pressing, story->path, &number)) return false;
    pressing_page_at(r->s->pressing, number, &page);
    if (page.status != 200 || page.type != PRESSING_HTML) return false;
    for (uint32_t i = 0; i < page.clearance_count; i++) {
        uint32_t item = page.clearances[i];
        if (is_of_item(r->s, item) && names(r->segment, item)) return true;
    }
    return false;
}

static bool is_clean(str text) {
    return utf8_is_valid(text) && str_find_byte(text, '\0') == STR_NONE;
}

static err read_story(void *context, const struct search_story *story) {
    struct reading *r = context;
    struct sealing *s = r->s;
    str text;
    r->stories++;
    bool is_sound = is_clean(story->path) && is_clean(story->title) && is_clean(story->deck) &&
                    is_clean(story->byline) && is_clean(story->body);
    if (!is_sound) {
        TRY(findings_add(&s->findings, RULE_R25, r->segment->path,
                         STR("a text that is searched is not clean UTF-8"), STR("press again")));
        return OK;
    }
    const str texts[] = {story->path, story->title, story->deck, story->byline, story->body};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        TRY(read_names(s, r->segment, texts[i], FOLD_TEXT));
    }
    if (is_page_of_segment(r, story)) return OK;
    TRY(arena_printf(s->a, &text,
                     "readers would find " STR_FMT
                     ", and no page there names a clearance that is named here",
                     STR_ARG(story->path)));
    return findings_add(&s->findings, RULE_R26, r->segment->path, text, STR("press again"));
}

/* Each story rests on a clearance of its own, so a segment names as many as it has stories. */
static err read_segment(struct sealing *s, const struct pressing_page *page, str body) {
    struct reading r = {.s = s, .segment = page};
    for (uint32_t i = 0; i < page->clearance_count; i++)
        r.items += is_of_item(s, page->clearances[i]);
    err e = search_check(s->a->sys, body, read_story, &r);
    if (e.kind == ERR_NO_MEMORY) return e;
    if (e.kind != ERR_NONE) {
        str text;
        TRY(arena_printf(s->a, &text, "%s", e.message));
        return findings_add(&s->findings, RULE_R24, page->path, text, STR("press again"));
    }
    if (r.items >= r.stories) return OK;
    return findings_add(&s->findings, RULE_R26, page->path,
                        STR("it holds more texts than it names clearances"), STR("press again"));
}

/* Also of a segment that was read before: nothing is found that cannot be opened any more. */
static err check_shown(struct sealing *s, const struct pressing_page *page) {
    for (uint32_t i = 0; i < page->clearance_count; i++) {
        uint32_t number = page->clearances[i];
        if (!is_of_item(s, number) || s->is_shown[number]) continue;
        str text;
        TRY(arena_printf(s->a, &text, "readers would find " STR_FMT ", which no page shows",
                         STR_ARG(s->clearances[number]->terms.key)));
        TRY(findings_add(&s->findings, RULE_R26, page->path, text, STR("press again")));
    }
    return OK;
}

static err find_shown(struct sealing *s) {
    s->is_shown = arena_array(s->a, pressing_clearance_count(s->pressing), sizeof *s->is_shown);
    if (s->is_shown == NULL) FAIL(ERR_NO_MEMORY, "no memory to read a pressing");
    for (size_t i = 0; i < pressing_page_count(s->pressing); i++) {
        struct pressing_page page;
        pressing_page_at(s->pressing, i, &page);
        if (page.status != 200 || page.type != PRESSING_HTML) continue;
        for (uint32_t k = 0; k < page.clearance_count; k++) s->is_shown[page.clearances[k]] = true;
    }
    return OK;
}

/* ---- Pages ----------------------------------------------------------------------------------- */

static err read_body(struct sealing *s, const struct pressing_page *page, str body) {
    bool is_picture =
        page->type == PRESSING_JPEG || page->type == PRESSING_AVIF || page->type == PRESSING_PNG;
    TRY(read_names(s, page, page->path, FOLD_TEXT));
    if (page->type != PRESSING_SEARCH && !is_picture) TRY(read_page_names(s, page, body));
    switch (page->type) {
    case PRESSING_JPEG:
    case PRESSING_AVIF:
    case PRESSING_PNG: return read_picture(s, page, body);
    case PRESSING_HTML:
    case PRESSING_CSS:
    case PRESSING_RSS:
    case PRESSING_ATOM:
    case PRESSING_XML:
    case PRESSING_TEXT: return read_text(s, page, body);
    case PRESSING_SVG: return read_drawing(s, page, body);
    case PRESSING_JSON_FEED:
    case PRESSING_MANIFEST: return read_json(s, page, body);
    case PRESSING_SEARCH: return read_segment(s, page, body);
    case PRESSING_JSON:
    case PRESSING_TYPE_COUNT: break;
    }
    return findings_add(&s->findings, RULE_R24, page->path,
                        STR("there is no reader for this kind of file"),
                        STR("it cannot be published until there is one"));
}

/* Whether the live pressing, whose every byte was read here by these very rules, has the same page
 * under the same clearances, in the same place of the same pack. */
static bool was_read_before(const struct sealing *s, size_t number, str path) {
    size_t old = 0;
    return s->live != NULL && pressing_find_number(s->live, path, &old) &&
           pressing_same_page((struct pressing_numbered){s->pressing, number},
                              (struct pressing_numbered){s->live, old});
}

/* ---- In what order --------------------------------------------------------------------------- */

/* Pages in the order in which their bytes lie: packs are read through once, from the front. */
struct lying {
    const char *at;
    size_t number;
};

static int by_place(const void *one, const void *other) {
    const struct lying *a = one;
    const struct lying *b = other;
    if (a->at != b->at) return a->at < b->at ? -1 : 1;
    return (a->number > b->number) - (a->number < b->number);
}

static err sort_pages(struct sealing *s) {
    size_t count = pressing_page_count(s->pressing);
    s->pages = arena_array(s->a, count, sizeof *s->pages);
    s->is_read = arena_array(s->a, count, sizeof *s->is_read);
    if (s->pages == NULL || s->is_read == NULL) FAIL(ERR_NO_MEMORY, "no memory to read a pressing");
    for (size_t i = 0; i < count; i++) {
        struct pressing_page page;
        pressing_page_at(s->pressing, i, &page);
        s->pages[i] = (struct lying){.at = page.body.ptr, .number = i};
    }
    sort_things(s->pages, count, sizeof *s->pages, by_place);
    return OK;
}

/* The first of the pages whose bytes begin there, or the number of pages. */
static size_t first_at(const struct sealing *s, const char *at) {
    size_t low = 0;
    size_t high = pressing_page_count(s->pressing);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (s->pages[middle].at < at)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* A body of a pack that is read for the first time, copied and hashed: every page that shows it is
 * judged by this copy. */
static err see_body(void *ctx, str place, str body) {
    struct sealing *s = ctx;
    size_t count = pressing_page_count(s->pressing);
    for (size_t i = first_at(s, place.ptr); i < count && s->pages[i].at == place.ptr; i++) {
        struct pressing_page page;
        pressing_page_at(s->pressing, s->pages[i].number, &page);
        if (page.body.len != place.len)
            continue; /* it is no body of this pack, which will be told */
        TRY(read_body(s, &page, body));
        s->is_read[s->pages[i].number] = true;
    }
    return OK;
}

/* What is judged is a copy that nobody else can write to, of the hash that the seal will cover. */
static err read_page(struct sealing *s, size_t number) {
    CLEANUP(arena_done) struct arena copy;
    struct pressing_page page;
    str body;
    arena_init(&copy, s->a->sys, COPY_BYTES_MAX);
    pressing_page_at(s->pressing, number, &page);
    if (needs_clearance(&page) && page.clearance_count == 0) {
        TRY(findings_add(&s->findings, RULE_R26, page.path,
                         STR("this page names no clearance for what it contains"),
                         STR("clear what it contains, then press again")));
    }
    if (page.type == PRESSING_SEARCH) TRY(check_shown(s, &page));
    if (s->is_read[number] || was_read_before(s, number, page.path)) return OK;
    err e = pressing_copy_body(s->pressing, number, &copy, &body);
    if (e.kind == ERR_INVALID) {
        return findings_add(&s->findings, RULE_R26, page.path,
                            STR("its bytes are not the ones that were pressed"),
                            STR("press again"));
    }
    TRY(e);
    return read_body(s, &page, body);
}

/* Every byte of a pack that was not read here before is what the index vouches for. A pack that
 * was is known again by its name, size and hash; the front holds the file against that hash. */
static err verify_packs(struct sealing *s) {
    const struct pressing_openers openers = {
        .gzip = opening_gzip, .brotli = opening_brotli, .seen = see_body, .ctx = s};
    CLEANUP(arena_done) struct arena walk; /* emptied after each body; what is found must stay */
    arena_init(&walk, s->a->sys, WALK_BYTES_MAX);
    for (size_t i = 0; i < pressing_pack_count(s->pressing); i++) {
        if (s->live != NULL && pressing_pack_is(s->pressing, i, s->live)) continue;
        TRY(pressing_verify_pack(s->pressing, i, &walk, &openers));
    }
    return OK;
}

/* The packs: all that is new in them is as it should be, and nothing is of what was called back. */
static err read_packs(struct sealing *s) {
    struct pressing_leftover leftover;
    bool is_left = false;
    err e = verify_packs(s);
    if (e.kind == ERR_NONE) {
        e = pressing_find_leftover(s->pressing, s->a, &is_left, &leftover);
    }
    if (e.kind == ERR_NO_MEMORY) return e;
    if (e.kind != ERR_NONE) {
        str text;
        TRY(arena_printf(s->a, &text, "%s", e.message));
        return findings_add(&s->findings, RULE_R25, STR("pack"), text, STR("press again"));
    }
    if (!is_left) return OK;
    return findings_add(&s->findings, RULE_R26, leftover.path,
                        STR("a pack still holds this, and what cleared it is gone"),
                        STR("press the whole site again"));
}

static err read_all(struct sealing *s, struct gate_seal_reply *reply) {
    size_t count = pressing_page_count(s->pressing);
    TRY(resolve_clearances(s));
    TRY(find_shown(s));
    TRY(sort_pages(s));
    TRY(read_packs(s));
    for (size_t i = 0; i < count; i++) {
        TRY(read_page(s, s->pages[i].number));
    }
    reply->blobs = (int64_t)count;
    return OK;
}

static err sign(struct ledger *ledger, const struct sealing *s, str by,
                struct gate_seal_reply *reply) {
    struct pressing_seal seal = {.sealed_at = ledger_now(ledger), .rules = LEDGER_RULES_VERSION};
    struct ledger_seal record = {.blobs = reply->blobs, .by = by};
    unsigned char message[PRESSING_SEAL_MESSAGE_BYTES];
    str index = pressing_index_bytes(s->pressing);
    vault_hash(index, record.index);
    pressing_seal_message(&seal, index, message);
    const struct ledger_outing outing = {.index = record.index,
                                         .road = STR("web"),
                                         .now = s->clearances,
                                         .count = pressing_clearance_count(s->pressing)};
    TRY(ledger_add_uses(ledger, &outing));
    TRY(ledger_add_seal(ledger, &record, message, sizeof message, reply->signature));
    reply->sealed = 1;
    reply->sealed_at = seal.sealed_at;
    reply->rules = (int64_t)seal.rules;
    return OK;
}

/* Without a sound index that this gate sealed by the rules of today, and for everybody who is
 * protected today, nothing was read before. */
static err open_live(struct sealing *s, int index) {
    struct gate_status status;
    struct pressing_seal seal;
    if (index < 0) return OK;
    ledger_status(s->ledger, &status);
    err e = pressing_open_index(s->a->sys, index, status.clearing_key, &s->live);
    if (e.kind == ERR_NO_MEMORY) return e;
    bool is_of_today = e.kind == ERR_NONE && pressing_seal_of(s->live, &seal) &&
                       seal.rules == LEDGER_RULES_VERSION;
    if (is_of_today) {
        unsigned char hash[32];
        vault_hash(pressing_index_bytes(s->live), hash);
        is_of_today = ledger_sealed_for_all(s->ledger, hash);
    }
    if (!is_of_today) pressing_close(&s->live);
    return OK;
}

static err read_and_sign(struct ledger *ledger, struct sealing *s, const struct sealing_wish *wish,
                         struct gate_seal_reply *reply) {
    TRY(open_live(s, wish->live));
    err e = read_all(s, reply);
    pressing_close(&s->live);
    TRY(e);
    return s->findings.blocks ? OK : sign(ledger, s, wish->by, reply);
}

/* What was stopped was asked about too, and who is not proven is told no more than by a check. A
 * seal is never refused for having been asked for often: a withdrawal ends in one. */
static err finish_names(struct sealing *s, const struct sealing_wish *wish) {
    int64_t met = (s->findings.names ? PROBE_NAME : 0) | (s->findings.decoys ? PROBE_DECOY : 0);
    bool is_asking = wish->is_veiled || s->findings.decoys;
    if (is_asking && s->findings.blocks && s->pressing != NULL) {
        unsigned char hash[32];
        vault_hash(pressing_index_bytes(s->pressing), hash);
        const struct probe probe = {
            .about = STR("a pressing"), .source = hash, .officer = wish->officer, .by = wish->by};
        TRY(probes_record(s->ledger, &probe, met));
    }
    return wish->is_veiled ? probes_veil(&s->findings, STR("the pressing")) : OK;
}

err sealing_read(struct ledger *ledger, struct arena *a, const struct sealing_wish *wish,
                 struct gate_seal_reply *ret_reply) {
    CLEANUP(pressing_close) struct pressing *pressing = NULL;
    struct sealing s = {.ledger = ledger, .a = a};
    struct gate_seal_reply reply = {0};
    findings_init(&s.findings, a);
    err e = pressing_open_files(a->sys, &wish->files, NULL, &pressing);
    if (e.kind == ERR_NO_MEMORY || e.kind == ERR_IO) return e;
    if (e.kind != ERR_NONE) {
        str text;
        TRY(arena_printf(a, &text, "%s", e.message));
        TRY(findings_add(&s.findings, RULE_R24, STR("index"), text, STR("press again")));
    } else {
        s.pressing = pressing;
        TRY(read_and_sign(ledger, &s, wish, &reply));
    }
    TRY(finish_names(&s, wish));
    /* Texts of findings may borrow from the mapping, which ends here. */
    for (size_t i = 0; i < s.findings.count; i++) {
        TRY(arena_copy(a, s.findings.list[i].place, &s.findings.list[i].place));
    }
    reply.ended = s.ended;
    reply.ended_count = s.ended_count;
    reply.findings = s.findings.list;
    reply.count = s.findings.count;
    *ret_reply = reply;
    return OK;
}
