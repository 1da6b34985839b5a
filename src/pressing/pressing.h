/* pressing.h: finished pages.
 *
 * A pressing is everything the street may see, at one moment: an INDEX, which says for every path
 * what is answered, and a PACK of the bytes. Both are written once and never changed. The gate
 * reads them when they are finished and seals the index; the front maps them and serves. The name
 * of the live pressing stands in the file `current`, which is replaced in one step: a reader sees
 * the old pressing or the new one, never a mixture. docs/PRESSING.md holds the format.
 *
 * Invariants: a struct pressing that could be opened is sound: every offset lies inside its file,
 * paths are sorted and unique, every text is within its limits; bytes come from a sealed index.
 * The index is held in memory; the pack is mapped, and whether its bytes are the ones the index
 * hashes is asked by pressing_verify. Whoever cuts the pack off while it is mapped ends the reader
 * (SIGBUS), so the folder belongs to the house alone.
 *
 * Reading trusts nothing: a pressing may have been written by whoever holds the street server. */
#pragma once

#include "base/base.h"

/* ---- What a path answers -------------------------------------------------------------------- */

enum pressing_type {
    PRESSING_HTML,
    PRESSING_CSS,
    PRESSING_RSS,
    PRESSING_XML,
    PRESSING_TEXT,
    PRESSING_JSON,
    PRESSING_JPEG,
    PRESSING_PNG,
    PRESSING_SVG,
    PRESSING_TYPE_COUNT
};
/* As the Content-Type header says it: "text/html; charset=utf-8". */
str pressing_type_name(enum pressing_type type);

/* The longest path in bytes of UTF-8 before percent-encoding, the longest redirect target in bytes
 * after it, the longest body (and the longest gzip form). */
enum {
    PRESSING_PATH_MAX = 1024,
    PRESSING_LOCATION_MAX = 4096,
    PRESSING_BODY_MAX = 64 << 20,
    PRESSING_HASH_BYTES = 32,
};

struct pressing_page {
    str path;        /* absolute and decoded: "/ko/blog/종이/" */
    uint16_t status; /* 200, 301, 404 or 410 */
    enum pressing_type type;
    str location; /* of a 301: as the header carries it (percent-encoded); else empty */
    str body;     /* of a 301: empty */
    str gzip;     /* the same body compressed (RFC 1952), or empty */
    unsigned char hash[PRESSING_HASH_BYTES]; /* BLAKE2b-256 of body; the writer computes it */
    const uint32_t *clearances; /* which clearances it contains, as numbers within the pressing */
    uint32_t clearance_count;
};

/* ---- Writing -------------------------------------------------------------------------------- */

struct pressing_writer;

/* Begins a pressing in the open folder. Its name comes from the clock and chance.
 * owns:  *ret_writer; pressing_writer_close without a finish removes what was written.
 * fails: ERR_IO, ERR_NO_MEMORY. */
err pressing_writer_open(const struct sys *sys, int folder,
                         struct pressing_writer **ret_writer) MUST_USE;
void pressing_writer_close(struct pressing_writer **writer);

/* Declares a clearance that pages may contain; the bytes are as the gate gave them. Equal bytes get
 * the number they have already. fails: ERR_NO_MEMORY, ERR_LIMIT. */
err pressing_writer_clearance(struct pressing_writer *writer, str bytes,
                              uint32_t *ret_number) MUST_USE;

/* Adds one page. Its bytes are written at once and not kept; equal bodies are held once, with the
 * gzip form of the first. fails: ERR_INVALID, ERR_LIMIT (a page that cannot be: the next one may);
 * ERR_IO, ERR_NO_MEMORY (the writer is broken off: close it). */
err pressing_writer_page(struct pressing_writer *writer, const struct pressing_page *page) MUST_USE;

/* Writes the index and syncs everything. The pressing is finished and not yet sealed.
 * owns:  *ret_name lives in `a`.
 * fails: ERR_EXISTS (two pages have one path), ERR_IO, ERR_NO_MEMORY. */
err pressing_writer_finish(struct pressing_writer *writer, struct arena *a, str *ret_name) MUST_USE;

/* ---- Sealing and publishing ----------------------------------------------------------------- */

/* What the gate says of a finished pressing it has read: a signature over the whole index. */
enum { PRESSING_SEAL_BYTES = 96 };
struct pressing_seal {
    int64_t sealed_at;
    uint64_t rules;              /* version of the rule set it was read by */
    unsigned char signature[64]; /* Ed25519 over pressing_seal_message */
};

/* The bytes a seal signs: a fixed name, sealed_at, rules and the BLAKE2b-256 of the index. */
enum { PRESSING_SEAL_MESSAGE_BYTES = 64 };
void pressing_seal_message(const struct pressing_seal *seal, str index,
                           unsigned char ret_message[PRESSING_SEAL_MESSAGE_BYTES]);

/* Puts the seal behind the finished index. fails: ERR_IO, ERR_NO_MEMORY. */
err pressing_attach_seal(struct arena *a, int folder, str name,
                         const struct pressing_seal *seal) MUST_USE;

/* Makes the sealed pressing `name` the live one, in one step, then unlinks every other pressing: no
 * byte of an earlier one stays in the folder.
 * fails: ERR_NOT_FOUND (no such pressing; the old one stays), ERR_INVALID, ERR_IO,
 *        ERR_NO_MEMORY. */
err pressing_publish(struct arena *a, int folder, str name) MUST_USE;

/* The name of the live pressing. fails: ERR_NOT_FOUND (there is none yet), ERR_INVALID, ERR_IO. */
err pressing_current(struct arena *a, int folder, str *ret_name) MUST_USE;

/* Unlinks what an interrupted press left behind. fails: ERR_IO, ERR_NO_MEMORY. */
err pressing_sweep(struct arena *a, int folder) MUST_USE;

/* ---- Reading -------------------------------------------------------------------------------- */

struct pressing;

/* Maps the pressing `name` and checks every structure in it. With a clearing key (Ed25519 public,
 * 32 bytes) the seal must verify; NULL opens an unsealed one, which is for the gate and for tests.
 * owns:  *ret_pressing, close with pressing_close; all its strings borrow from it.
 * fails: ERR_NOT_FOUND, ERR_INVALID (damaged: says where), ERR_DENIED (seal), ERR_IO,
 *        ERR_NO_MEMORY. */
err pressing_open(const struct sys *sys, int folder, str name, const unsigned char *clearing_key,
                  struct pressing **ret_pressing) MUST_USE;

/* The same from open files, which stay the caller's: the gate is handed them. */
err pressing_open_files(const struct sys *sys, int index, int pack,
                        const unsigned char *clearing_key, struct pressing **ret_pressing) MUST_USE;
void pressing_close(struct pressing **pressing);

/* A withdrawn page answers 410, but its path, which may carry a name, must not stay in a file on
 * the street. So press writes such a page under the path that this gives, "/.gone/" and the
 * BLAKE2b-256 of the true path in hex, and pressing_find looks there last. A path can be tested
 * against it, not read out of it. */
enum { PRESSING_GONE_BYTES = 7 + 2 * PRESSING_HASH_BYTES };
str pressing_gone_path(str path, char room[PRESSING_GONE_BYTES + 1]); /* borrows `room` */

/* Looks a decoded path up. False where the pressing has nothing to say: the caller answers 404. */
bool pressing_find(const struct pressing *pressing, str path, struct pressing_page *ret_page);

size_t pressing_page_count(const struct pressing *pressing);
void pressing_page_at(const struct pressing *pressing, size_t number,
                      struct pressing_page *ret_page); /* number < page_count; in order of paths */

size_t pressing_clearance_count(const struct pressing *pressing);
str pressing_clearance_at(const struct pressing *pressing, size_t number);

/* The index's bytes before the seal: what a seal is about. */
str pressing_index_bytes(const struct pressing *pressing);

/* Opens a gzip form to at most `size_max` bytes; given by the caller, which keeps this room free
 * of a compression library. */
typedef err pressing_inflate(struct arena *a, str gzip, size_t size_max, str *ret_body);

/* Reads every byte: each body and each gzip form hashes to what the index says, each gzip form
 * opens to its body (when `inflate` is given), and the pack holds no byte that belongs to no page.
 * fails: ERR_INVALID (says which path), ERR_NO_MEMORY, and what `inflate` gives. */
err pressing_verify(const struct pressing *pressing, struct arena *a,
                    pressing_inflate *inflate) MUST_USE;

/* A body of its own, in `a`, that hashes to what the index says: for who must judge bytes that the
 * pack's owner could change meanwhile. fails: ERR_INVALID (they differ), ERR_NO_MEMORY. */
err pressing_copy_body(const struct pressing *pressing, size_t number, struct arena *a,
                       str *ret_body) MUST_USE;
