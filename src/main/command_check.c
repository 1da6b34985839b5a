/* command_check.c: hanji check, clear, adopt: an item before the gate. */
#include <stdio.h>

#include "main/cards.h"
#include "main/examine.h"
#include "main/findings.h"
#include "main/papers.h"
#include "main/words.h"

static const struct option check_options[] = {
    {"road", OPTION_TEXT, "ROAD", "web, the one road that is built (and the default)"},
    {"language", OPTION_TEXT, "LANGUAGE", "of what is said: en or ko; otherwise the story's own"},
};
static const struct option clear_options[] = {
    {"road", OPTION_TEXT, "ROAD", "web, the one road that is built (and the default)"},
    {"all", OPTION_FLAG, NULL, "every published story, and what stands around them"},
    {"by", OPTION_TEXT, "NAME", "who asks; a named person answers for it"},
    {"language", OPTION_TEXT, "LANGUAGE", "of what is said: en or ko; otherwise the story's own"},
};

/* One examination after another, and what came of them. */
struct round {
    struct site *site;
    enum gate_call call; /* GATE_CHECK, GATE_CLEAR, GATE_ADOPT */
    str road;
    str by;
    size_t examined;
    size_t passed;
    size_t stopped;
    bool is_first; /* of the JSON list */
    bool is_quiet; /* prints only what was stopped */
    enum rule_language language;
    bool is_language_given;            /* by --language; else each item has its own */
    bool has_met[RULE_LANGUAGE_COUNT]; /* in these something was said */
};

/* From here on in the language of an item, where the rules are written in it, else in English. */
static void speak(struct round *round, str language) {
    if (!round->is_language_given && !rule_language_of(language, &round->language)) {
        round->language = RULE_ENGLISH;
    }
    round->has_met[round->language] = true;
}

/* What the gate could not see in any of them: after the result, in the languages it was told in. */
static err print_cannot_see(const struct round *round) {
    static const char *const heads[] = {
        [RULE_ENGLISH] = "What the gate cannot see", [RULE_KOREAN] = "관문이 보지 못하는 것"};
    for (enum rule_language language = 0; language < RULE_LANGUAGE_COUNT; language++) {
        if (!round->has_met[language]) continue;
        TRY(print_format("\n%s (docs/CANNOT_SEE%s.md):\n", heads[language],
                         language == RULE_KOREAN ? ".ko" : ""));
        TRY(rule_language_print_cannot_see(language, "  "));
    }
    return OK;
}

static err json_member(struct buf *b, const char *name, str value) {
    buf_printf(b, "\"%s\": \"", name);
    json_text(b, value);
    buf_add_byte(b, '"');
    return buf_check(b);
}

static err print_answer_json(struct round *round, str key, const struct gate_answer *answer) {
    struct buf text;
    str done;
    buf_init(&text, round->site->run->a, LIMIT_MESSAGE_BYTES);
    buf_add(&text, round->is_first ? STR("[{") : STR(",\n {"));
    round->is_first = false;
    TRY(json_member(&text, "key", key));
    buf_printf(&text, ", \"passes\": %s, \"until\": %lld, \"findings\": [",
               answer->passes != 0 ? "true" : "false", (long long)answer->until);
    for (size_t i = 0; i < answer->count; i++) {
        if (i > 0) buf_add(&text, STR(", "));
        TRY(findings_json(&text, &answer->findings[i], round->language));
    }
    buf_add_byte(&text, ']');
    if (round->call == GATE_CHECK) {
        buf_add(&text, STR(", "));
        rule_language_json_cannot_see(&text, round->language);
    }
    buf_add_byte(&text, '}');
    TRY(buf_finish(&text, &done));
    return print_text(done);
}

static err print_answer(struct round *round, str key, str title, const struct gate_answer *answer) {
    static const char *const words[] = {[GATE_CHECK] = "would pass",
                                        [GATE_CLEAR] = "cleared",
                                        [GATE_ADOPT] = "adopted",
                                        [GATE_OVERRIDE] = "would pass"};
    str day;
    if (round->site->run->json) return print_answer_json(round, key, answer);
    TRY(day_text(round->site->run->a, answer->until, &day));
    if (answer->passes != 0) {
        TRY(print_format(STR_FMT "  %s for " STR_FMT " until " STR_FMT "  ", STR_ARG(key),
                         words[round->call], STR_ARG(round->road), STR_ARG(day)));
    } else {
        TRY(print_format(STR_FMT "  STOPPED  ", STR_ARG(key)));
    }
    TRY(print_one_line(title));
    TRY(print_text(STR("\n")));
    for (size_t i = 0; i < answer->count; i++) {
        TRY(findings_print(&answer->findings[i], round->language));
    }
    return OK;
}

/* Keeps what the gate gave. A clearance in the archive is for the press to find; losing it to a
 * crash here loses nothing but the asking. */
static err keep_clearance(struct round *round, str key, const struct gate_answer *answer) {
    struct archive *archive = round->site->archive;
    if (answer->clearance.len == 0) return OK;
    TRY(archive_begin(archive));
    TRY(archive_clearance_put(archive, key, round->road, answer->clearance));
    TRY(archive_audit_add(archive, round->by,
                          round->call == GATE_ADOPT ? STR("adopt") : STR("clear"), key,
                          round->road));
    return archive_commit(archive);
}

static err examine(struct round *round, str key, int64_t version, str title) {
    struct arena_mark mark = arena_mark(round->site->run->a);
    struct gate_examine request = {.road = round->road, .by = round->by};
    struct gate_answer answer;
    TRY(words_source(round->site, key, version, &request.source));
    speak(round, request.source.language);
    TRY(site_ask(round->site, round->call, &request, &answer));
    TRY(keep_clearance(round, key, &answer));
    round->examined++;
    round->passed += answer.passes != 0;
    round->stopped += answer.passes == 0;
    if (!round->is_quiet || answer.passes == 0) TRY(print_answer(round, key, title, &answer));
    arena_reset(round->site->run->a, mark);
    return OK;
}

static err examine_named(struct round *round, str name) {
    struct archive_version version = {.title = STR("what stands around the stories")};
    int64_t id = 0;
    str key;
    TRY(words_item(round->site, name, &key, &id));
    if (round->call == GATE_ADOPT) TRY(cards_make(round->site, key, id));
    if (id != 0) TRY(archive_version_load(round->site->archive, round->site->run->a, id, &version));
    return examine(round, key, id, version.title);
}

/* ---- Answering for a finding ----------------------------------------------------------------- */

static const struct option override_options[] = {
    {"rule", OPTION_TEXT, "RULE", "R05, R06, R07, R18 or R20, as the finding names it"},
    {"reason", OPTION_TEXT, "WORDS", "why it may stay"},
    {"by", OPTION_TEXT, "NAME", "who answers for it"},
    {"second", OPTION_TEXT, "NAME", "the second person, where the rule asks for two"},
    {"road", OPTION_TEXT, "ROAD", "web, the one road that is built (and the default)"},
};

static err run_override(struct run *run, int *ret_exit) {
    CLEANUP(site_close) struct site site = SITE_CLOSED;
    struct round round = {
        .site = &site, .call = GATE_OVERRIDE, .road = STR("web"), .is_first = true};
    struct archive_version version = {.title = STR("what stands around the stories")};
    struct gate_override request = {.rule = option_text(run->arguments, "rule"),
                                    .reason = option_text(run->arguments, "reason"),
                                    .by = option_text(run->arguments, "by"),
                                    .second = option_text(run->arguments, "second")};
    struct gate_answer answer;
    int64_t id = 0;
    str key;
    if (request.rule.len == 0) return misused(run, "--rule is missing: hanji check names it");
    if (request.reason.len == 0) return misused(run, "--reason is missing: why it may stay");
    if (request.by.len == 0) return misused(run, "a named person answers: --by 'A. Person'");
    if (option_text(run->arguments, "road").len > 0)
        round.road = option_text(run->arguments, "road");
    request.road = round.road;
    TRY(site_open(run, &site));
    TRY(site_archive(&site, false));
    TRY(words_item(&site, str_of(run->arguments->operands[0]), &key, &id));
    if (id != 0) TRY(archive_version_load(site.archive, run->a, id, &version));
    TRY(words_source(&site, key, id, &request.source));
    speak(&round, request.source.language);
    TRY(site_ask(&site, GATE_OVERRIDE, &request, &answer));
    TRY(archive_begin(site.archive));
    TRY(archive_audit_add(site.archive, request.by, STR("override"), key, request.rule));
    TRY(archive_commit(site.archive));
    TRY(print_answer(&round, key, version.title, &answer));
    if (run->json) TRY(print_text(STR("]\n")));
    if (answer.passes == 0) *ret_exit = EXIT_FINDINGS;
    return OK;
}

const struct command command_override = {
    .name = "override",
    .operands = "STORY",
    .summary = "answer for what a rule found in a story, so that it may be cleared all the same",
    .details =
        "hanji override kettle --rule R06 --reason 'another Chol-su, a saint' --by 'A. Officer'\n"
        "The answer holds for exactly this text: after an edit it is asked for again. A name that "
        "is\n"
        "certain needs two people (--second). Most rules let nobody answer: then the material is\n"
        "changed.",
    .options = override_options,
    .option_count = COUNT_OF(override_options),
    .operands_min = 1,
    .operands_max = 1,
    .run = run_override,
};

/* ---- Many at once ---------------------------------------------------------------------------- */

/* What was never public elsewhere is not adopted, so not asked for either. */
static err examine_site(struct round *round, str language) {
    struct source source;
    str key;
    TRY(arena_printf(round->site->run->a, &key, "site/" STR_FMT, STR_ARG(language)));
    TRY(words_source(round->site, key, 0, &source));
    if (round->call == GATE_ADOPT && source.origin.len == 0) return OK;
    return examine(round, key, 0, STR("what stands around the stories"));
}

/* Every published or scheduled version; for an adoption, those that were public elsewhere. */
static err examine_all(struct round *round) {
    struct arena *a = round->site->run->a;
    struct archive *archive = round->site->archive;
    struct archive_filter filter = {.by_date = true};
    int64_t *ids = NULL;
    size_t count = 0;
    str *languages = NULL;
    size_t language_count = 0;
    if (round->call == GATE_ADOPT) TRY(cards_make_all(round->site, /* only_adopted= */ true));
    filter.only_statuses[ARCHIVE_PUBLISHED] = true;
    filter.only_statuses[ARCHIVE_SCHEDULED] = round->call != GATE_ADOPT;
    TRY(archive_version_ids(archive, a, &filter, &ids, &count));
    TRY(archive_languages(archive, a, &languages, &language_count));
    for (size_t i = 0; i < language_count; i++) TRY(examine_site(round, languages[i]));
    for (size_t i = 0; i < count; i++) {
        struct arena_mark mark = arena_mark(a);
        struct archive_version version;
        str key;
        TRY(archive_version_load(archive, a, ids[i], &version));
        TRY(archive_version_key(a, &version, &key));
        progress(round->site->run, "%zu of %zu", i + 1, count);
        if (round->call != GATE_ADOPT || version.origin.len > 0) {
            TRY(examine(round, key, ids[i], version.title));
        }
        arena_reset(a, mark);
    }
    return OK;
}

err examine_everything(struct site *site, enum gate_call call, str by, size_t *ret_stopped) {
    struct round round = {.site = site,
                          .call = call,
                          .road = STR("web"),
                          .by = by,
                          .is_first = true,
                          .is_quiet = true};
    TRY(examine_all(&round));
    *ret_stopped = round.stopped;
    return OK;
}

static err run_round(struct run *run, enum gate_call call, int *ret_exit) {
    CLEANUP(site_close) struct site site = SITE_CLOSED;
    struct round round = {.site = &site,
                          .call = call,
                          .road = option_text(run->arguments, "road"),
                          .by = option_text(run->arguments, "by"),
                          .is_first = true,
                          .is_language_given = option_given(run->arguments, "language")};
    bool all = call != GATE_CHECK && option_given(run->arguments, "all");
    if (round.road.len == 0) round.road = STR("web");
    if (call != GATE_CHECK && round.by.len == 0) {
        return misused(run, "a named person asks for it: --by 'A. Person'");
    }
    if (!all && run->arguments->operand_count == 0) {
        return misused(run, "name a story (hanji list shows them)%s",
                       call == GATE_CHECK ? "" : ", or give --all");
    }
    TRY(rule_language_option(run, &round.language));
    TRY(site_open(run, &site));
    TRY(site_archive(&site, call == GATE_CHECK));
    if (all) TRY(examine_all(&round));
    for (size_t i = 0; i < run->arguments->operand_count; i++) {
        TRY(examine_named(&round, str_of(run->arguments->operands[i])));
    }
    progress_end(run);
    if (round.stopped > 0) *ret_exit = EXIT_FINDINGS;
    if (run->json) return print_text(round.is_first ? STR("[]\n") : STR("]\n"));
    TRY(print_format("%zu examined, %zu pass, %zu stopped\n", round.examined, round.passed,
                     round.stopped));
    return print_cannot_see(&round);
}

/* A PDF is no story: it is read, and nothing of it is kept. */
static err run_check(struct run *run, int *ret_exit) {
    size_t papers = 0;
    for (size_t i = 0; i < run->arguments->operand_count; i++) {
        papers += papers_is_one(str_of(run->arguments->operands[i]));
    }
    if (papers == 0) return run_round(run, GATE_CHECK, ret_exit);
    if (papers < run->arguments->operand_count) {
        return misused(run, "PDF files are checked by themselves, without stories beside them");
    }
    return papers_check(run, ret_exit);
}
static err run_clear(struct run *run, int *ret_exit) {
    return run_round(run, GATE_CLEAR, ret_exit);
}
static err run_adopt(struct run *run, int *ret_exit) {
    return run_round(run, GATE_ADOPT, ret_exit);
}

const struct command command_check = {
    .name = "check",
    .operands = "STORY...|FILE.pdf...",
    .summary = "ask the gate what would stop a story, and change nothing",
    .details =
        "Exits with 1 when something stops it. Nothing found is not nothing there: what the gate "
        "cannot\nsee is said after the result, and hanji rules prints its rules. Of a PDF, tells "
        "what it hides and\nwhom it names, with the page and the kind of thing (hanji scrub makes "
        "a clean one).",
    .options = check_options,
    .option_count = COUNT_OF(check_options),
    .operands_min = 1,
    .operands_max = OPERANDS_MAX,
    .run = run_check,
};
const struct command command_clear = {
    .name = "clear",
    .operands = "[STORY...]",
    .summary = "have the gate examine a story and clear it for a road",
    .details =
        "Exits with 1 when something was stopped. 'site/en' is what stands around the stories\n"
        "in English. Editing a cleared story ends its clearance.",
    .options = clear_options,
    .option_count = COUNT_OF(clear_options),
    .operands_max = OPERANDS_MAX,
    .run = run_clear,
};
const struct command command_adopt = {
    .name = "adopt",
    .operands = "[STORY...]",
    .summary = "answer for what is already public elsewhere, for twelve months, on the web alone",
    .details = "For stories that an import brought and that the world can read already. A named\n"
               "person answers for each; they are listed as a debt, to be cleared in full. What\n"
               "somebody has stated about people in it counts here too.",
    .options = clear_options,
    .option_count = COUNT_OF(clear_options),
    .operands_max = OPERANDS_MAX,
    .run = run_adopt,
};
