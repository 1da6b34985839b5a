/* command_withdraw.c: hanji withdraw, and its rehearsal. */
#include "main/withdrawing.h"
#include "main/words.h"

static const struct option options[] = {
    {"person", OPTION_TEXT, "PERSON", "all that rests on this person's consent"},
    {"every-language", OPTION_FLAG, NULL, "the story in every language it has"},
    {"drill", OPTION_FLAG, NULL,
     "a rehearsal: say what would be removed, and change nothing, here or in the ledger"},
    {"dark", OPTION_FLAG, NULL,
     "nobody can unlock the gate: take the whole site down until it is pressed again"},
    {"how", OPTION_TEXT, "WORDS", "how the wish reached us (no reason is needed)"},
    {"by", OPTION_TEXT, "NAME", "who enters it"},
};

/* "12/en" -> "12/" + "*". */
static err widen(struct run *run, str *key) {
    size_t slash = str_find_byte(*key, '/');
    return arena_printf(run->a, key, STR_FMT "/*", STR_ARG(str_slice(*key, 0, slash)));
}

static err run_withdraw(struct run *run, int *ret_exit) {
    CLEANUP(site_close) struct site site = SITE_CLOSED;
    struct gate_withdraw request = {.person = option_text(run->arguments, "person"),
                                    .by = option_text(run->arguments, "by"),
                                    .how = option_text(run->arguments, "how")};
    int64_t version = 0;
    bool every_language = option_given(run->arguments, "every-language");
    bool is_drill = option_given(run->arguments, "drill");
    if ((run->arguments->operand_count == 0) == (request.person.len == 0)) {
        return misused(run, "name one story or picture, or a person with --person");
    }
    TRY(site_open(run, &site));
    TRY(site_archive(&site, is_drill));
    if (request.person.len == 0) {
        TRY(words_item_or_person(&site, str_of(run->arguments->operands[0]), &request.key, &version,
                                 &request.person));
        if (every_language && version != 0) TRY(widen(run, &request.key));
    }
    const struct withdrawing_wish wish = {
        .request = &request,
        .key = request.key,
        .version = version,
        .every_language = every_language,
        .is_of_person = request.person.len > 0,
        .by = request.by,
        .how = request.how,
        .first_words = STR("Withdrawn. It answers 410 from the moment the new pressing is live.\n"),
    };
    if (option_given(run->arguments, "dark")) return withdrawing_dark(&site, &wish);
    if (is_drill) {
        if (request.by.len == 0) request.by = STR("a drill");
        return withdrawing_drill(&site, &request);
    }
    return withdrawing_run(&site, &wish, ret_exit);
}

const struct command command_withdraw = {
    .name = "withdraw",
    .operands = "[STORY|mN|PERSON]",
    .summary = "call a story, a picture or a person back, at once, with proof",
    .details =
        "Needs one person and no reason. The story leaves every page, feed, map and picture of\n"
        "the site, its addresses answer 410, and the files that held it are unlinked. Then the\n"
        "gate looks for its address, title, passages and pictures in every byte that is live.\n"
        "Exits with 1 when it found something, or when there is no proof; withdrawn it is all the\n"
        "same. Giving it back is for two people. --drill rehearses it and leaves no trace. While\n"
        "the gate is locked and nobody can unlock it, --dark takes the whole site down at once "
        "and\n"
        "notes what is to be called back.",
    .options = options,
    .option_count = COUNT_OF(options),
    .operands_max = 1,
    .run = run_withdraw,
};
