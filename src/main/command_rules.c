/* command_rules.c: hanji rules: the rules of the gate, for people and for programs to read. */
#include <stdio.h>

#include "main/rule_language.h"

static const struct option options[] = {
    {"language", OPTION_TEXT, "LANGUAGE", "en (the default) or ko"},
};

/* The words around the rules. */
static const struct {
    const char *title;
    const char *resolves;
    const char *override;
    const char *cannot_see;
} WORDS[RULE_LANGUAGE_COUNT] = {
    [RULE_ENGLISH] = {"The rules of the gate, version",
                      "resolved by: ", "may override: ", "What the gate cannot see"},
    [RULE_KOREAN] = {"관문의 규칙, 버전",
                     "해결: ", "예외를 허용할 수 있는 사람: ", "관문이 보지 못하는 것"},
};

static err print_row(const struct rule_row *row, enum rule_language language) {
    TRY(print_format("\n%s  %s\n", row->id, row->in[language].refuses));
    TRY(print_format("     %s%s\n", WORDS[language].resolves, row->in[language].resolves));
    return print_format("     %s%s\n", WORDS[language].override, rule_answer_words(row, language));
}

static err print_people(enum rule from, enum rule to, enum rule_language language) {
    TRY(print_format("%s %d\n", WORDS[language].title, RULE_BOOK_VERSION));
    for (enum rule rule = from; rule < to; rule++) TRY(print_row(rule_row_of(rule), language));
    if (to - from == 1) return OK;
    TRY(print_format("\n%s\n", WORDS[language].cannot_see));
    return rule_language_print_cannot_see(language, "  ");
}

static void member(struct buf *b, const char *name, const char *value) {
    buf_printf(b, ", \"%s\": \"", name);
    json_text(b, str_of(value));
    buf_add_byte(b, '"');
}

static err print_json(struct run *run, enum rule from, enum rule to, enum rule_language language) {
    struct buf b;
    str done;
    buf_init(&b, run->a, LIMIT_FIELD_BYTES);
    buf_printf(&b, "{\"version\": %d, \"language\": \"%s\", \"rules\": [", RULE_BOOK_VERSION,
               language == RULE_KOREAN ? "ko" : "en");
    for (enum rule rule = from; rule < to; rule++) {
        const struct rule_row *row = rule_row_of(rule);
        buf_printf(&b, "%s{\"id\": \"%s\"", rule == from ? "\n " : ",\n ", row->id);
        member(&b, "refuses", row->in[language].refuses);
        member(&b, "resolves", row->in[language].resolves);
        member(&b, "may_override", rule_answer_words(row, language));
        buf_printf(&b, ", \"people_for_blocks\": %d, \"people_for_warns\": %d}", (int)row->sure,
                   (int)row->vague);
    }
    buf_add(&b, STR("],\n"));
    rule_language_json_cannot_see(&b, language);
    buf_add(&b, STR("}\n"));
    TRY(buf_finish(&b, &done));
    return print_text(done);
}

static err run_rules(struct run *run, int *ret_exit) {
    enum rule_language language = RULE_ENGLISH;
    enum rule from = RULE_R00;
    enum rule to = RULE_COUNT;
    (void)ret_exit;
    TRY(rule_language_option(run, &language));
    if (run->arguments->operand_count > 0) {
        const char *id = run->arguments->operands[0];
        from = rule_of_id(str_of(id));
        if (from == RULE_COUNT) {
            FAIL(ERR_NOT_FOUND, "'%s' is not a rule: hanji rules lists them", id);
        }
        to = from + 1;
    }
    return run->json ? print_json(run, from, to, language) : print_people(from, to, language);
}

const struct command command_rules = {
    .name = "rules",
    .operands = "[ID]",
    .summary = "print the rules of the gate: what each refuses, what resolves it, who may override",
    .details = "hanji rules R07 --language ko\n"
               "Needs no site. docs/RULES.md holds the same, and docs/CANNOT_SEE.md says what no "
               "rule sees.",
    .options = options,
    .option_count = COUNT_OF(options),
    .operands_max = 1,
    .run = run_rules,
};
