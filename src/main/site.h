/* site.h: a site's folder, as the house sees it.
 *
 *   hanji.ini            listen address
 *   archive.db           the archive
 *   ledger/              the gate's own: its process alone opens what is in it
 *   keys/                clearing.pub, originals.pub; `passphrase` while trying out
 *   originals/ media/    sealed originals; rebuilt pictures, named by their hash
 *   pressings/           finished pages: what the street may see */
#pragma once

#include "archive/archive.h"
#include "base/sandbox.h"
#include "main/command.h"
#include "wire/gate_calls.h"

struct site {
    struct run *run;
    str path;
    int folder;
    int pressings;
    int media;
    int originals;
    unsigned char clearing_key[32];
    unsigned char originals_key[32];
    struct archive *archive; /* NULL until site_archive */
    struct child gate;
    int gate_socket; /* -1 until site_gate */
};

/* Makes the folder with everything in it; the gate makes its ledger under the officer's passphrase.
 * *ret_made_passphrase is true when none was given, in a file or on the terminal, and one was made
 * and kept in the folder.
 * fails: ERR_EXISTS (there is a site), ERR_IO, ERR_DENIED ... */
struct site_wish {
    str path;
    str language; /* the site's own */
    str name;
    str address;  /* where readers will find it: "https://example.org", no slash at the end */
    bool may_ask; /* on the terminal, for a passphrase; otherwise one is made */
};
err site_make(struct run *run, const struct site_wish *wish, bool *ret_made_passphrase) MUST_USE;

/* Opens the folder named by --site (or ".", or $HANJI_SITE). Fits CLEANUP(site_close) with
 * `struct site site = SITE_CLOSED`. fails: ERR_NOT_FOUND (no site there), ERR_INVALID, ERR_IO. */
#define SITE_CLOSED                                                                                \
    { .folder = -1, .pressings = -1, .media = -1, .originals = -1, .gate_socket = -1 }
err site_open(struct run *run, struct site *ret_site) MUST_USE;
err site_open_at(struct run *run, str path, struct site *ret_site) MUST_USE; /* that folder */
void site_close(struct site *site);

/* Opens the archive, once. fails: as archive_open. */
err site_archive(struct site *site, bool read_only) MUST_USE;

/* Starts the gate and has it unlocked, once: the passphrase comes from --passphrase-file,
 * $HANJI_PASSPHRASE_FILE, the folder's own (when trying out), or is asked for on the terminal, by
 * the gate itself. fails: ERR_DENIED (wrong passphrase, none to be had), ERR_IO ... */
err site_gate(struct site *site) MUST_USE;

/* Opens once more what the passphrase was read from. fails: as site_gate. */
err site_passphrase(struct site *site, int *ret_fd) MUST_USE;

/* Asks the gate, starting it when it is not there. See gate_calls.h for what goes with what. */
err site_ask(struct site *site, enum gate_call call, const void *request, void *ret_reply) MUST_USE;
err site_ask_with(struct site *site, const struct gate_request *request, void *ret_reply) MUST_USE;

/* The version that a person named; wraps ERR_NOT_FOUND with a way out. */
err site_find(struct site *site, str name, int64_t *ret_id) MUST_USE;

/* A value of hanji.ini, or `otherwise`. */
err site_ini(struct site *site, str key, str otherwise, str *ret_value) MUST_USE;

/* "2028-11-23" */
err day_text(struct arena *a, int64_t seconds, str *ret_day) MUST_USE;
