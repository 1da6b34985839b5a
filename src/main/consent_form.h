/* consent_form.h: what a person is asked before anything of theirs is published, as a page to print
 * and as text. Needs no site; names nobody. */
#pragma once

#include "main/command.h"

/* Prints the form in --language, as one HTML file. fails: ERR_INVALID (no such language),
 * ERR_IO. */
err consent_form_print(struct run *run) MUST_USE;
/* The same questions as lines of text. */
err consent_questions_print(struct run *run) MUST_USE;
