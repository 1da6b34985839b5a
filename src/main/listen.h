/* listen.h: addresses that `hanji serve` listens on. */
#pragma once

#include "base/base.h"

/* Listens on an address as hanji.ini writes it: "127.0.0.1:8080", "[::1]:8443"; with port 0 the
 * system chooses one. *ret_listener is the caller's to close.
 * fails: ERR_INVALID (not an address), ERR_BUSY (somebody else listens there), ERR_IO. */
err listen_on(struct arena *a, str address, int *ret_listener) MUST_USE;

/* Whether only this machine itself can come to it. */
bool listen_is_loopback(int listener);

/* Where a listener listens, as it is written in an address: "127.0.0.1:43211". In `a`. */
err listen_address(struct arena *a, int listener, str *ret_address) MUST_USE;
