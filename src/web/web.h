/* web.h: the public front: what a reader's browser is answered.
 *
 * A struct web holds one live pressing, mapped, and turns requests of http.h into its pages: the
 * right form (gzip or not), 304 when the reader has it already, 301, 404 and 410 with pages of the
 * reader's language, and the headers that keep a page from doing anything but being read. When the
 * name of the live pressing changes, the new one is opened and verified first; requests from then
 * on get the new one, and the old one stays mapped until the last answer out of it has left.
 *
 * Invariants: nothing is answered from a pressing whose seal does not verify. Nothing here opens
 * any file outside the folder of pressings, knows a secret, or keeps or tells an address. */
#pragma once

#include "http/http.h"

struct web;

struct web_options {
    int folder;                        /* the open folder of pressings; stays the caller's */
    const unsigned char *clearing_key; /* Ed25519 public, 32 bytes; NULL (tests) takes unsealed */
    str language;                      /* whose 404 a path without a language gets: "en" */
    void *ctx;                         /* for `trouble` */
    void (*trouble)(void *ctx, err problem); /* what the operator should know: one line each */
};

/* Opens the live pressing and begins to watch for another. That there is none yet, or that it is
 * refused, is told through `trouble` and leaves a web that answers 503 until a good one comes.
 * owns:  *ret_web, close with web_close; the options' strings and key must outlive it.
 * fails: ERR_IO, ERR_NO_MEMORY. */
err web_open(const struct sys *sys, const struct web_options *options,
             struct web **ret_web) MUST_USE;

/* Closes; no answer may be under way any more (close the server first). */
void web_close(struct web **web);

/* The handler for http_server_open. */
struct http_handler web_handler(struct web *web);

/* The descriptor that becomes readable when the folder changes, and what to call then: as
 * http_server_watch takes them. `ctx` is the web. */
int web_watch_fd(const struct web *web);
void web_look(void *ctx);

/* Gives up every right that serving does not need, for the whole process and for good: files can be
 * opened for reading below `folder` alone, nothing can be written, connected or started. `calls` is
 * installed as the list of system calls that go on working. fails: as sandbox.h. */
err web_sandbox(int folder) MUST_USE;
