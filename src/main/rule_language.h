/* rule_language.h: in which language the words of the rule book are shown, and showing them. */
#pragma once

#include "main/command.h"
#include "wire/rule_book.h"

/* What --language says; untouched when it was not given. fails: ERR_INVALID (typed wrongly). */
err rule_language_option(struct run *run, enum rule_language *ret_language) MUST_USE;

/* What no rule sees: a line for each sentence, and as a member of a JSON object. */
err rule_language_print_cannot_see(enum rule_language language, const char *indent) MUST_USE;
void rule_language_json_cannot_see(struct buf *b, enum rule_language language);
