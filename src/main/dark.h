/* dark.h: calling back while the gate is locked.
 *
 * Nothing can be sealed then, so nobody can make pages without what is called back. But a pressing
 * without any page is sealed beforehand and kept (`dark` in the site's folder): putting it in the
 * place of the live one needs no gate. What was called back is noted, and entered in the ledger
 * before anything is pressed again. */
#pragma once

#include "main/site.h"

/* Whether there is one to be kept is for the pressroom to see; this reads and writes it. `index`
 * is the whole file of a sealed pressing. fails: ERR_NOT_FOUND, ERR_IO, ERR_NO_MEMORY. */
err dark_keep(struct site *site, str name, str index) MUST_USE;
bool dark_is_kept(struct site *site);

/* Makes the kept one live: the whole site is dark. fails: ERR_NOT_FOUND (none is kept: the site was
 * never pressed), and as pressing_publish. */
err dark_go(struct site *site) MUST_USE;

/* Notes a withdrawal, to be entered when the gate is there; inside archive_begin and commit. */
err dark_note(struct site *site, const struct gate_withdraw *wish) MUST_USE;

/* Enters what was noted: the ledger first, then the archive. One that names nobody is told and
 * dropped, and this once nothing goes on. fails: ERR_NOT_FOUND (that), as site_ask, as the
 * archive. */
err dark_enter(struct site *site) MUST_USE;

/* Says what waits for the gate: scheduled stories whose hour has come, and the rest in words.
 * fails: as the archive. */
err dark_waiting(struct site *site) MUST_USE;
