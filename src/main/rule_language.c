/* rule_language.c: see rule_language.h. */
#include "main/rule_language.h"

#include <stdio.h>

err rule_language_option(struct run *run, enum rule_language *ret_language) {
    str tag = option_text(run->arguments, "language");
    if (!option_given(run->arguments, "language")) return OK;
    if (rule_language_of(tag, ret_language)) return OK;
    return misused(run, "'" STR_FMT "' is not a language of the rules: en, ko", STR_ARG(tag));
}

err rule_language_print_cannot_see(enum rule_language language, const char *indent) {
    for (size_t i = 0; i < RULE_CANNOT_SEE_COUNT; i++) {
        TRY(print_format("%s%s\n", indent, rule_cannot_see(language, i)));
    }
    return OK;
}

void rule_language_json_cannot_see(struct buf *b, enum rule_language language) {
    buf_add(b, STR("\"cannot_see\": ["));
    for (size_t i = 0; i < RULE_CANNOT_SEE_COUNT; i++) {
        buf_add(b, i == 0 ? STR("\"") : STR(", \""));
        json_text(b, str_of(rule_cannot_see(language, i)));
        buf_add_byte(b, '"');
    }
    buf_add_byte(b, ']');
}
