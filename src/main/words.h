/* words.h: the small languages of the command line: what is shown of a person, dates, items. */
#pragma once

#include "main/site.h"

/* "alias,face" -> enum gate_part_of_person; empty means nothing. fails: ERR_INVALID (lists
 * them). */
err words_shows(str text, int64_t *ret_shows) MUST_USE;
/* And back: "alias, face", or "nothing". */
err words_of_shows(struct arena *a, int64_t shows, str *ret_text) MUST_USE;

/* A date typed by a person, or `otherwise` when nothing was typed. fails: ERR_INVALID. */
err words_date(str text, int64_t otherwise, int64_t *ret_seconds) MUST_USE;

/* The key of what a person named: "m7", "site/en", "12/en", or a slug. *ret_version is 0 for what
 * is not a version. fails: ERR_NOT_FOUND, ERR_INVALID. */
err words_item(struct site *site, str name, str *ret_key, int64_t *ret_version) MUST_USE;

/* The same, or a person of the ledger by id or pseudonym: then *ret_person is the name that was
 * typed, and the key is empty. Asks the gate. fails: ERR_INVALID (a story and a person have that
 * name: the message says how to tell), and as words_item. */
err words_item_or_person(struct site *site, str name, str *ret_key, int64_t *ret_version,
                         str *ret_person) MUST_USE;

/* The source that the gate is shown of an item (not of a picture). fails: as the press. */
err words_source(struct site *site, str key, int64_t version, struct source *ret_source) MUST_USE;
