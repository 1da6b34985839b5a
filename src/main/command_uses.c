/* command_uses.c: hanji uses: what went out, when, by which rules. */
#include "main/words.h"
#include "vault/vault.h"

static const struct option options[] = {
    {"person", OPTION_TEXT, "PERSON", "everything this person was in when it was cleared"},
};

static err print_use(struct site *site, const struct gate_use *use) {
    struct arena *a = site->run->a;
    str out;
    str back = STR("out still");
    str content;
    str pressing;
    TRY(day_text(a, use->out, &out));
    if (use->back != 0) TRY(day_text(a, use->back, &back));
    TRY(vault_hex(a, use->source, 8, &content));
    TRY(vault_hex(a, use->pressing, 8, &pressing));
    return print_format(
        STR_FMT "  " STR_FMT " on " STR_FMT " in " STR_FMT ", content " STR_FMT "; %s by " STR_FMT
                " under rules %lld, sealed under rules %lld in pressing " STR_FMT "; %s" STR_FMT
                "\n",
        STR_ARG(out), STR_ARG(use->key), STR_ARG(use->road), STR_ARG(use->language),
        STR_ARG(content), use->adopted != 0 ? "adopted" : "cleared", STR_ARG(use->by),
        (long long)use->cleared_rules, (long long)use->sealed_rules, STR_ARG(pressing),
        use->back != 0 ? "back " : "", STR_ARG(back));
}

static err print_json(struct site *site, const struct gate_uses *uses) {
    struct buf text;
    str done;
    buf_init(&text, site->run->a, LIMIT_MESSAGE_BYTES);
    buf_add(&text, STR("["));
    for (size_t i = 0; i < uses->count; i++) {
        const struct gate_use *use = &uses->uses[i];
        str content;
        str pressing;
        TRY(vault_hex(site->run->a, use->source, sizeof use->source, &content));
        TRY(vault_hex(site->run->a, use->pressing, sizeof use->pressing, &pressing));
        buf_printf(&text, "%s{\"key\": \"" STR_FMT "\", \"road\": \"" STR_FMT "\", ",
                   i == 0 ? "" : ",\n ", STR_ARG(use->key), STR_ARG(use->road));
        buf_printf(&text, "\"language\": \"" STR_FMT "\", \"content\": \"" STR_FMT "\", ",
                   STR_ARG(use->language), STR_ARG(content));
        buf_printf(&text, "\"cleared\": %lld, \"adopted\": %s, \"cleared_rules\": %lld, \"by\": \"",
                   (long long)use->given, use->adopted != 0 ? "true" : "false",
                   (long long)use->cleared_rules);
        json_text(&text, use->by);
        buf_printf(&text,
                   "\", \"out\": %lld, \"sealed_rules\": %lld, \"pressing\": \"" STR_FMT
                   "\", \"back\": %lld}",
                   (long long)use->out, (long long)use->sealed_rules, STR_ARG(pressing),
                   (long long)use->back);
    }
    buf_add(&text, STR("]\n"));
    TRY(buf_finish(&text, &done));
    return print_text(done);
}

static err run_uses(struct run *run, int *ret_exit) {
    CLEANUP(site_close) struct site site = SITE_CLOSED;
    struct gate_uses_of of = {.person = option_text(run->arguments, "person")};
    struct gate_uses uses;
    int64_t version = 0;
    (void)ret_exit;
    if (run->arguments->operand_count > 0 && of.person.len > 0) {
        return misused(run, "name one story or picture, or a person with --person");
    }
    TRY(site_open(run, &site));
    TRY(site_archive(&site, true));
    if (run->arguments->operand_count > 0) {
        TRY(words_item_or_person(&site, str_of(run->arguments->operands[0]), &of.key, &version,
                                 &of.person));
    }
    TRY(site_ask(&site, GATE_USES, &of, &uses));
    if (run->json) return print_json(&site, &uses);
    for (size_t i = 0; i < uses.count; i++) TRY(print_use(&site, &uses.uses[i]));
    return uses.count > 0 ? OK : print_text(STR("No sealing has let it out.\n"));
}

const struct command command_uses = {
    .name = "uses",
    .operands = "[STORY|mN|PERSON]",
    .summary = "list what went out: when, on which road, by which rules, until when",
    .details =
        "Each sealing enters what it let out that was not out before, by the hash of its content,\n"
        "and what came back. Of a person: all the person was in at the time when it was cleared.\n"
        "Without a name: everything.",
    .options = options,
    .option_count = COUNT_OF(options),
    .operands_max = 1,
    .run = run_uses,
};
