/* command_appears.c: hanji appears ITEM: the statement of who is in a text or a picture. */
#include <stdio.h>
#include <string.h>

#include "main/cards.h"
#include "main/words.h"

static const struct option options[] = {
    {"subject", OPTION_LIST, "PERSON:SHOWS", "a protected person, as 'Haneul:alias,place'"},
    {"public", OPTION_LIST, "NAME:REASON", "a public figure or official in that role, and why"},
    {"staff", OPTION_LIST, "NAME", "staff or author"},
    {"mentioned", OPTION_LIST, "NAME:ANSWER", "mentioned, and why nobody can tell who it is"},
    {"nobody", OPTION_FLAG, NULL, "no private person appears"},
    {"by", OPTION_TEXT, "NAME", "who has looked and states it"},
};

static err gather(const struct arguments *arguments, struct gate_statement *statement) {
    static const char *const names[] = {[GATE_SUBJECT] = "subject",
                                        [GATE_PUBLIC] = "public",
                                        [GATE_STAFF] = "staff",
                                        [GATE_MENTIONED] = "mentioned"};
    _Static_assert(COUNT_OF(names) == GATE_PART_COUNT, "an option for each part");
    for (int part = 0; part < GATE_PART_COUNT; part++) {
        size_t at = 0;
        str value;
        while (option_each(arguments, names[part], &at, &value)) {
            struct gate_appearance *one = &statement->people[statement->count++];
            str rest;
            str_cut(value, ':', &one->person, &rest);
            one->person = str_trim(one->person);
            one->part = part;
            if (part == GATE_SUBJECT)
                TRY(words_shows(rest, &one->shows));
            else
                one->reason = str_trim(rest);
        }
    }
    return OK;
}

static err run_appears(struct run *run, int *ret_exit) {
    (void)ret_exit;
    CLEANUP(site_close) struct site site = SITE_CLOSED;
    struct gate_appearance people[VALUES_MAX];
    struct gate_statement statement = {.people = people, .by = option_text(run->arguments, "by")};
    struct gate_keys ended;
    int64_t version = 0;
    TRY(gather(run->arguments, &statement));
    if ((statement.count == 0) != option_given(run->arguments, "nobody")) {
        return misused(run,
                       "say who appears (--subject, --public, --staff, --mentioned), or --nobody");
    }
    TRY(site_open(run, &site));
    TRY(site_archive(&site, false));
    TRY(words_item(&site, str_of(run->arguments->operands[0]), &statement.key, &version));
    if (str_find_byte(statement.key, '/') != STR_NONE) {
        struct source source;
        TRY(cards_make(&site, statement.key, version));
        TRY(words_source(&site, statement.key, version, &source));
        TRY(source_hash(run->a, &source, statement.source));
    }
    TRY(site_ask(&site, GATE_APPEARS, &statement, &ended));
    if (run->json)
        return print_format("{\"stated\": %zu, \"ended\": %zu}\n", statement.count, ended.count);
    if (statement.count == 0) {
        TRY(print_format(STR_FMT ": stated that no private person appears\n",
                         STR_ARG(statement.key)));
    } else {
        TRY(print_format(STR_FMT ": stated who appears, %zu\n", STR_ARG(statement.key),
                         statement.count));
    }
    for (size_t i = 0; i < ended.count; i++) {
        TRY(print_format("  the clearance of " STR_FMT
                         " has ended by it; clear it again, then press\n",
                         STR_ARG(ended.keys[i].text)));
    }
    return OK;
}

const struct command command_appears = {
    .name = "appears",
    .operands = "STORY|mN|site/LANGUAGE",
    .summary = "state who appears in a story or a picture",
    .details =
        "hanji appears 12/ko --subject 'Haneul:alias,place' --staff 'Im Garam' --by 'A. Editor'\n"
        "hanji appears m7 --nobody --by 'A. Editor'\n"
        "A statement about a text holds until the text is changed.",
    .options = options,
    .option_count = COUNT_OF(options),
    .operands_min = 1,
    .operands_max = 1,
    .run = run_appears,
};
