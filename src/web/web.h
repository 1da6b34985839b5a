/* web.h: the public front: what a reader's browser is answered.
 *
 * A struct web holds one live pressing, mapped, and turns requests of http.h into its pages: the
 * right form (gzip or not), 304 when the reader has it already, 301, 404 and 410 with pages of the
 * reader's language, and the headers that keep a page from doing anything but being read. When the
 * name of the live pressing changes, the new one is opened and verified first, a piece at a time
 * between two turns of the loop; requests from then on get the new one, and the old one stays
 * mapped until the last answer out of it has left.
 *
 * Invariants: nothing is answered from a pressing whose seal does not verify, nor from one of which
 * a byte was not seen to be the one that was sealed. Nothing here opens any file outside the folder
 * of pressings or knows a secret. An address is kept by nobody and told in the access log alone, if
 * the operator wants it there. */
#pragma once

#include "http/http.h"

struct web;

struct web_options {
    int folder;                        /* the open folder of pressings; stays the caller's */
    const unsigned char *clearing_key; /* Ed25519 public, 32 bytes; NULL (tests) takes unsealed */
    str language;                      /* whose 404 a path without a language gets: "en" */
    str onion; /* "http://....onion": where pages say they are too (Onion-Location); or empty */
    str secure_base; /* "https://example.org": where whoever came without TLS is sent; or empty */
    void *ctx;       /* for `trouble` */
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

/* How long the loop may wait for its next turn, in ms: 0 while a new pressing is being verified,
 * -1 for as long as it likes. And a piece of work, about a millisecond of it, after every turn:
 * verifies on, looks again where reading failed, writes what the logs have to say. */
int web_wait_ms(const struct web *web);
void web_work(struct web *web);

/* The open files of the logs (docs/SERVING.md), which become the web's; -1: not kept. Those that
 * were used before are written out and closed. */
struct web_logs {
    int access;           /* a line for each request */
    int counts;           /* sums by day and page */
    bool tells_addresses; /* in the access log */
};
void web_use_logs(struct web *web, const struct web_logs *logs);

/* The descriptor that becomes readable when the folder changes, and what to call then: as
 * http_server_watch takes them. `ctx` is the web. */
int web_watch_fd(const struct web *web);
void web_look(void *ctx);

/* Gives up every right that serving does not need, for the whole process and for good: files can be
 * opened for reading below `folder` alone, nothing can be written, connected or started. `calls` is
 * installed as the list of system calls that go on working. fails: as sandbox.h. */
err web_sandbox(int folder) MUST_USE;
