/* pressing.h: finished pages.
 *
 * A pressing is everything the street may see, at one moment: an INDEX, which says for every path
 * what is answered, and the PACKS that hold the bytes. All are written once and never changed. A
 * new pressing is made upon the one before it: what is the same stays in the packs where it lies,
 * what is new goes to a new pack, and the new index names the packs it needs. The gate reads what
 * is new and seals the index; the front maps the packs and serves. The name of the live pressing
 * stands in the file `current`, which is replaced in one step: a reader sees the old pressing or
 * the new one, never a mixture. docs/PRESSING.md holds the format.
 *
 * Invariants: a struct pressing that could be opened is sound: every offset lies inside its file,
 * paths are sorted and unique, every text is within its limits. The seal covers the index, the
 * index the hash of every pack: so every byte of every pack is sealed. The index is held in memory;
 * the packs are mapped, and whether their bytes are the ones the index hashes is asked by
 * pressing_verify and pressing_verify_some. Whoever cuts a pack off while it is mapped ends the
 * reader (SIGBUS), so the folder belongs to the house alone.
 *
 * Reading trusts nothing: a pressing may have been written by whoever holds the street server. */
#pragma once

#include "base/base.h"

/* ---- What a path answers --------------------------------------------------------------------- */

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
    PRESSING_AVIF,
    PRESSING_ATOM,
    PRESSING_JSON_FEED,
    PRESSING_MANIFEST,
    PRESSING_SEARCH, /* for the front itself: never served */
    PRESSING_TYPE_COUNT
};
/* As the Content-Type header says it: "text/html; charset=utf-8". */
str pressing_type_name(enum pressing_type type);

/* The longest path in bytes of UTF-8 before percent-encoding, the longest redirect target in bytes
 * after it, the longest body (and the longest compressed form), the most packs of a pressing. */
enum {
    PRESSING_PATH_MAX = 1024,
    PRESSING_LOCATION_MAX = 4096,
    PRESSING_BODY_MAX = 64 << 20,
    PRESSING_HASH_BYTES = 32,
    PRESSING_PACKS_MAX = 200, /* as open files they fit one message between processes: 253 */
};

struct pressing_page {
    str path;        /* absolute and decoded: "/ko/blog/종이/" */
    uint16_t status; /* 200, 301, 404 or 410 */
    enum pressing_type type;
    str location; /* of a 301: as the header carries it (percent-encoded); else empty */
    str body;     /* of a 301: empty */
    str gzip;     /* the same body compressed (RFC 1952), or empty */
    str brotli;   /* the same body compressed (RFC 7932), or empty */
    unsigned char hash[PRESSING_HASH_BYTES]; /* BLAKE2b-256 of body; the writer computes it */
    const uint32_t *clearances; /* which clearances it contains, as numbers within the pressing;
                                 * read, they are in order of the clearances' hashes */
    uint32_t clearance_count;
};

/* ---- Writing --------------------------------------------------------------------------------- */

struct pressing;
struct pressing_writer;

/* Begins a pressing in the open folder, upon `base` (NULL: from nothing), which lies in the same
 * folder and must stay open until the writer is closed. Names come from the clock and chance.
 * owns:  *ret_writer; pressing_writer_close without a finish removes what was written.
 * fails: ERR_IO, ERR_NO_MEMORY. */
err pressing_writer_open(const struct sys *sys, int folder, const struct pressing *base,
                         struct pressing_writer **ret_writer) MUST_USE;
void pressing_writer_close(struct pressing_writer **writer);

/* Declares a clearance that pages may contain by its hash (clearance_hash; here it is 32 bytes).
 * Equal hashes get one number. fails: ERR_NO_MEMORY, ERR_LIMIT. */
err pressing_writer_clearance(struct pressing_writer *writer,
                              const unsigned char hash[PRESSING_HASH_BYTES],
                              uint32_t *ret_number) MUST_USE;

/* Adds one page. Its bytes are written at once and not kept. Equal bodies are held once, with the
 * forms of the first; a body that `base` holds with forms of these sizes is left where it is.
 * fails: ERR_INVALID, ERR_LIMIT (a page that cannot be: the next one may); ERR_IO, ERR_NO_MEMORY
 *        (the writer is broken off: close it). */
err pressing_writer_page(struct pressing_writer *writer, const struct pressing_page *page) MUST_USE;

/* Adds page `number` of `base` as it is: the same bytes, the same clearances.
 * fails: ERR_LIMIT, ERR_NO_MEMORY (the writer is broken off). */
err pressing_writer_keep(struct pressing_writer *writer, size_t number) MUST_USE;

/* Decides which packs of `base` stay, copies what is kept out of those that do not, writes the
 * index and syncs everything. The pressing is finished and not yet sealed. A pack does not stay
 *   when it holds bytes or a path that this pressing does not show, covered by a clearance that it
 *     does not name: what was withdrawn, edited or has expired never lingers;
 *   when more than half of it is shown no longer;
 *   when small packs are many, or packs are.
 * For a reader it makes no difference.
 * owns:  *ret_name lives in `a`.
 * fails: ERR_EXISTS (two pages have one path), ERR_INVALID (a pack of `base` is damaged: press from
 *        nothing), ERR_LIMIT, ERR_IO, ERR_NO_MEMORY. */
err pressing_writer_finish(struct pressing_writer *writer, struct arena *a, str *ret_name) MUST_USE;

/* ---- Sealing and publishing ------------------------------------------------------------------ */

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

/* Makes the sealed pressing `name` the live one, in one step, then unlinks every index and pack
 * that it does not need, for good.
 * fails: ERR_NOT_FOUND (it or a pack of it is missing; the old one stays), ERR_INVALID, ERR_IO,
 *        ERR_NO_MEMORY. */
err pressing_publish(struct arena *a, int folder, str name) MUST_USE;

/* The name of the live pressing. fails: ERR_NOT_FOUND (there is none yet), ERR_INVALID, ERR_IO. */
err pressing_current(struct arena *a, int folder, str *ret_name) MUST_USE;

/* Unlinks every index and pack that the live pressing does not need: what an interrupted press left
 * behind. Where the live index cannot be read nothing is unlinked, for the packs may mend it.
 * fails: ERR_NOT_FOUND, ERR_INVALID (the live one is not whole), ERR_IO, ERR_NO_MEMORY. */
err pressing_sweep(struct arena *a, int folder) MUST_USE;

/* ---- Reading --------------------------------------------------------------------------------- */

/* Where a pressing is read from, and how. */
struct pressing_place {
    const struct sys *sys;
    int folder;
    const unsigned char *clearing_key; /* Ed25519 public, 32 bytes: the seal must verify. NULL opens
                                        * an unsealed one, which is for the gate and for tests */
    const struct pressing *earlier; /* or NULL. Its packs are shared, with what is known of them */
};

/* Maps the pressing `name` and checks every structure of its index. Pressings that share packs
 * belong to one thread; either may be closed first.
 * owns:  *ret_pressing, close with pressing_close; all its strings borrow from it.
 * fails: ERR_NOT_FOUND, ERR_INVALID (damaged: says where), ERR_DENIED (seal), ERR_IO,
 *        ERR_NO_MEMORY. */
err pressing_open(const struct pressing_place *place, str name,
                  struct pressing **ret_pressing) MUST_USE;

/* The same for the live one. A publish that takes the files away between its name and its packs
 * makes this begin again, a few times. *ret_name lives in `a`. */
err pressing_open_current(const struct pressing_place *place, struct arena *a, str *ret_name,
                          struct pressing **ret_pressing) MUST_USE;

/* The same from open files, which stay the caller's: the gate is handed them. Packs are in the
 * order of the index. */
struct pressing_files {
    int index;
    const int *packs;
    size_t pack_count;
};
err pressing_open_files(const struct sys *sys, const struct pressing_files *files,
                        const unsigned char *clearing_key, struct pressing **ret_pressing) MUST_USE;
void pressing_close(struct pressing **pressing);

/* The same without its packs: what it lists can be asked and compared, but no byte of a page.
 * For the gate, which recognises by it what it has read before. */
err pressing_open_index(const struct sys *sys, int index, const unsigned char *clearing_key,
                        struct pressing **ret_pressing) MUST_USE;

/* A withdrawn page answers 410, but its path, which may carry a name, must not stay in a file on
 * the street. So press writes such a page under the path that this gives, "/.gone/" and the
 * BLAKE2b-256 of the true path in hex, and pressing_find looks there last. A path can be tested
 * against it, not read out of it. */
enum { PRESSING_GONE_BYTES = 7 + 2 * PRESSING_HASH_BYTES };
str pressing_gone_path(str path, char room[PRESSING_GONE_BYTES + 1]); /* borrows `room` */

/* Looks a decoded path up. False where the pressing has nothing to say: the caller answers 404. */
bool pressing_find(const struct pressing *pressing, str path, struct pressing_page *ret_page);
/* The number of the page with exactly this path, for pressing_writer_keep. */
bool pressing_find_number(const struct pressing *pressing, str path, size_t *ret_number);

/* Where the bytes of a page lie in a file, for sendfile(2): the pressing's, open for reading as
 * long as the pressing is. Only of one that pressing_open opened; false otherwise. */
bool pressing_file_of(const struct pressing *pressing, str bytes, int *ret_fd, uint64_t *ret_at);

size_t pressing_page_count(const struct pressing *pressing);
void pressing_page_at(const struct pressing *pressing, size_t number,
                      struct pressing_page *ret_page); /* number < page_count; in order of paths */

size_t pressing_clearance_count(const struct pressing *pressing);
/* PRESSING_HASH_BYTES; number < clearance_count. */
const unsigned char *pressing_clearance_at(const struct pressing *pressing, size_t number);

/* Packs in the order of the index: their names, and which of them a page's bytes lie in (SIZE_MAX
 * for a page that has none). */
size_t pressing_pack_count(const struct pressing *pressing);
str pressing_pack_name(const struct pressing *pressing, size_t number);
size_t pressing_pack_of(const struct pressing *pressing, size_t page);

/* The seal behind the index; false where there is none. */
bool pressing_seal_of(const struct pressing *pressing, struct pressing_seal *ret_seal);

/* Rises with each pressing that is made upon another. */
uint64_t pressing_serial(const struct pressing *pressing);

/* The index's bytes before the seal: what a seal is about. */
str pressing_index_bytes(const struct pressing *pressing);

/* ---- What is the same ------------------------------------------------------------------------ */

/* Whether `other` has pack `number` of `pressing` too: the same name, size and hash. */
bool pressing_pack_is(const struct pressing *pressing, size_t number, const struct pressing *other);

/* Whether a page of one pressing and a page of another are the same in all: path, status, type,
 * redirect, clearances (as hashes), and the very same bytes in the very same pack. */
struct pressing_numbered {
    const struct pressing *pressing;
    size_t number;
};
bool pressing_same_page(struct pressing_numbered one, struct pressing_numbered other);

/* ---- Reading every byte ---------------------------------------------------------------------- */

/* Opens a compressed form to at most `size_max` bytes; given by the caller, which keeps this room
 * free of compression libraries. One that is NULL leaves its form closed. */
typedef err pressing_inflate(struct arena *a, str bytes, size_t size_max, str *ret_body);
struct pressing_openers {
    pressing_inflate *gzip;
    pressing_inflate *brotli;
    /* Told of every body, where it is not NULL: a copy that nobody else can write to and whose hash
     * is the one that the pack's contents say; it lives until this returns. `place` is where it
     * lies, as pressing_page_at gives it in page.body: to be compared, not to be read. */
    err (*seen)(void *ctx, str place, str body);
    void *ctx;
};

/* Hashes packs on, at most `bytes_max` bytes of them (at least 1), so that a loop that serves can
 * go on between two calls. *ret_is_done when every pack has the hash that the index says.
 * fails: ERR_INVALID (says which pack). */
err pressing_verify_some(struct pressing *pressing, size_t bytes_max, bool *ret_is_done) MUST_USE;

/* Reads every byte of every pack, once, as a stranger: the hash of the pack; the bodies that its
 * contents tell of, which leave no byte between them; the hash of each; that each form opens to its
 * body; that pages of the index are such bodies; and of a pack that was written with this index,
 * that every body is a page of it and every record agrees with it.
 * fails: ERR_INVALID (says which path), ERR_NO_MEMORY, and what an opener gives. */
err pressing_verify(const struct pressing *pressing, struct arena *a,
                    const struct pressing_openers *openers) MUST_USE;
/* The same of one pack. */
err pressing_verify_pack(const struct pressing *pressing, size_t pack, struct arena *a,
                         const struct pressing_openers *openers) MUST_USE;

/* Whether a pack holds bytes or a path that the index does not show, covered by a clearance that it
 * does not name: such a pressing must not be sealed. *ret_leftover is set when there is one.
 * fails: ERR_INVALID (contents are damaged), ERR_NO_MEMORY. */
struct pressing_leftover {
    size_t pack;
    str path; /* lives in the arena */
};
err pressing_find_leftover(const struct pressing *pressing, struct arena *a, bool *ret_is_there,
                           struct pressing_leftover *ret_leftover) MUST_USE;

/* A body of its own, in `a`, that hashes to what the index says: for who must judge bytes that the
 * pack's owner could change meanwhile. Who copies many goes by where they lie, so that no more than
 * a part of a pack is in memory. fails: ERR_INVALID (they differ), ERR_NO_MEMORY. */
err pressing_copy_body(const struct pressing *pressing, size_t number, struct arena *a,
                       str *ret_body) MUST_USE;

/* ---- Integrity ------------------------------------------------------------------------------- */

/* Reads the live pressing as pressing_verify does without openers, and goes on after damage: `say`
 * is called for each damaged path, and with an empty path for a pack that is damaged elsewhere.
 * fails: as pressing_open_current; ERR_NO_MEMORY. Damage that was said is no failure. */
struct pressing_report {
    void (*say)(void *ctx, str path, str what);
    void *ctx;
};
err pressing_check(const struct pressing_place *place, struct arena *a,
                   const struct pressing_report *report) MUST_USE;

/* The index is lost or damaged: writes another from the packs in the folder, for the newest
 * pressing that was finished and whose packs are all there and whole. It answers every path as that
 * one did, and has to be sealed and published as any other.
 * owns:  *ret_name lives in `a`.
 * fails: ERR_NOT_FOUND (there is none), ERR_IO, ERR_NO_MEMORY. */
err pressing_repair(const struct sys *sys, int folder, struct arena *a, str *ret_name) MUST_USE;
