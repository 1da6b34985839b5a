/* pressing_impl.h: how a pressing lies in its files; docs/PRESSING.md says the same in words.
 *
 *   NAME.index   header | packs | pages | references | clearances | texts | seal (once given)
 *   NAME.pack    "HANJIPK2", 8 zero bytes | bodies and their forms, back to back
 *                | CONTENTS, which lie as an index does | trailer
 *   current      NAME and a line feed
 *
 * Numbers are little-endian. Records have fixed sizes, so that a reader needs no parser: record i
 * lies at its section's start plus i times its size. An index and the contents of a pack are read
 * and checked by the same code as a `struct listing`. */
#pragma once

#include <endian.h>
#include <sodium.h>
#include <string.h>

#include "pressing/pressing.h"

#define INDEX_MAGIC "HANJIPR2"
#define PACK_MAGIC "HANJIPK2"
#define PACK_HEAD "HANJIPK2\0\0\0\0\0\0\0\0"
#define SEAL_MAGIC "HANJISL1"
#define SEAL_CONTEXT "hanji pressing 1" /* sixteen bytes: a seal can be mistaken for nothing else */

/* Contents may say of a path that it is no longer answered. Such a record has the status 0, and
 * stands under this and the hash of the path in hex, for the path may hold a name. */
#define ENDED_PREFIX "/.ended/"

enum {
    MAGIC_BYTES = 8,
    PACK_HEAD_BYTES = 16,
    FORMAT_VERSION = 2,
    PAGE_COUNT_MAX = 1 << 24,
    CLEARANCE_COUNT_MAX = 1 << 24,
    INDEX_BYTES_MAX = 1 << 30,
    NAME_BYTES = 33, /* sixteen hex digits of time, a hyphen, sixteen of chance */
    ENDED_BYTES = 8 + 2 * PRESSING_HASH_BYTES,
    STATUS_ENDED = 0,
    PACK_HERE = 0,      /* of a page in contents: its bytes lie in this pack */
    PACK_ELSEWHERE = 1, /* in another: wherever a body of this hash lies */
};

struct index_header {
    char magic[MAGIC_BYTES];
    uint32_t version;
    uint32_t pack_count;
    uint32_t page_count;
    uint32_t reference_count;
    uint32_t clearance_count;
    uint32_t is_last; /* of contents: 1 in the last pack of its pressing, which lists the others */
    int64_t created;
    uint64_t serial;
    uint64_t texts_size;
    uint64_t zero;
};
_Static_assert(sizeof(struct index_header) == 64, "the header as it lies on the disk");

struct index_pack {
    char name[40]; /* NAME_BYTES, then zeros */
    uint64_t size;
    unsigned char hash[PRESSING_HASH_BYTES]; /* of the whole file */
    uint64_t zero[2];
};
_Static_assert(sizeof(struct index_pack) == 96, "a pack as it lies on the disk");

struct index_page {
    uint32_t path_at; /* in texts */
    uint32_t location_at;
    uint32_t body_len;
    uint32_t gzip_len;
    uint32_t brotli_len;
    uint32_t reference_at; /* first of its references */
    uint32_t reference_count;
    uint32_t pack;
    uint64_t at; /* in the pack: body, gzip form, brotli form, back to back */
    uint16_t path_len;
    uint16_t location_len;
    uint16_t status;
    uint16_t type;
    unsigned char hash[PRESSING_HASH_BYTES]; /* of the body */
};
_Static_assert(sizeof(struct index_page) == 80, "a page as it lies on the disk");

struct index_seal {
    char magic[MAGIC_BYTES];
    int64_t sealed_at;
    uint64_t rules;
    unsigned char signature[64];
    uint64_t zero;
};
_Static_assert(sizeof(struct index_seal) == PRESSING_SEAL_BYTES, "a seal as it lies on the disk");

struct pack_trailer {
    uint64_t contents_at;
    uint64_t contents_size;
    char magic[MAGIC_BYTES];
    uint64_t zero;
};
_Static_assert(sizeof(struct pack_trailer) == 32, "a trailer as it lies on the disk");

/* The structs above are laid over the bytes, which is right on little-endian machines only; on any
 * other the build stops here, and the reader has to learn to swap. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "pressings are read in place");

bool pressing_name_is_sound(str name);
bool pressing_path_is_sound(str path);         /* 1 to PRESSING_PATH_MAX bytes of UTF-8 from '/' */
bool pressing_location_is_sound(str location); /* it becomes a header: printable ASCII alone */

/* ---- Hashing --------------------------------------------------------------------------------- */

/* A hash under way. libsodium wants its state at an address that is a multiple of 64, which memory
 * of a struct sys is not: so it is carried as bytes. */
struct hasher {
    unsigned char state[sizeof(crypto_generichash_state)];
};
void hasher_begin(struct hasher *hasher);
void hasher_add(struct hasher *hasher, str bytes);
void hasher_end(const struct hasher *hasher, unsigned char ret_hash[PRESSING_HASH_BYTES]);
void hash_bytes(str bytes, unsigned char ret_hash[PRESSING_HASH_BYTES]);

/* ---- Listings: an index, or the contents of a pack ------------------------------------------- */

struct listing {
    const struct index_header *header;
    const struct index_pack *packs;
    const struct index_page *pages;
    const uint32_t *references;
    const unsigned char *clearances; /* PRESSING_HASH_BYTES each */
    const char *texts;
};

/* Lays the sections of a listing over `bytes` (aligned for any type), whose counts must fit them;
 * *ret_size is where the last section ends. Records are not looked at. fails: ERR_INVALID. */
err listing_lay(str bytes, struct listing *ret_listing, size_t *ret_size) MUST_USE;

/* Checks every record. `bodies_end` is 0 for an index; for the contents of a pack it is where its
 * bodies end. fails: ERR_INVALID (says which record). */
err listing_check(const struct listing *listing, uint64_t bodies_end) MUST_USE;

str listing_path(const struct listing *listing, const struct index_page *page);
str listing_location(const struct listing *listing, const struct index_page *page);
const unsigned char *listing_clearance(const struct listing *listing, uint32_t number);
bool listing_find(const struct listing *listing, str path, size_t *ret_number);
uint64_t page_size(const struct index_page *page); /* of its body and all forms */

struct listed {
    const struct listing *listing;
    const struct index_page *page;
};
/* The same status, type, redirect, body hash and clearances; where the bytes lie is not asked. */
bool listed_are_alike(struct listed one, struct listed other);

/* The contents of a pack: copied, laid out and checked. */
struct contents {
    struct listing list;
    uint64_t begin; /* where the bodies end */
    str bytes;      /* the copy, with the trailer behind it */
};
/* *ret_contents lives in `a`. fails: ERR_INVALID, ERR_NO_MEMORY. */
err contents_read(struct arena *a, str pack, struct contents *ret_contents) MUST_USE;

/* Where pages' bytes lie, in order; each place once. */
struct place {
    uint32_t pack;
    uint32_t page; /* one that shows it */
    uint64_t at;
};
int place_order(const void *a, const void *b);

/* What an index shows, arranged for asking. */
struct census {
    const struct listing *index;
    struct place *places;
    size_t place_count;
    const unsigned char **clearances; /* in order */
};
err census_take(struct arena *a, const struct listing *index, struct census *ret_census) MUST_USE;
uint64_t census_live(const struct census *census, uint32_t pack); /* bytes that are shown */
/* Whether pack `pack`, with these contents, holds bytes or a path that the index does not show and
 * that a clearance covered which the index does not name. *ret_page is then such a record. */
bool census_leftover(const struct census *census, uint32_t pack, const struct contents *contents,
                     const struct index_page **ret_page);

/* What several contents say together: for each path the newest record. */
struct resolved {
    unsigned char key[PRESSING_HASH_BYTES]; /* hash of the path */
    const struct contents *contents;
    const struct index_page *page; /* may be one that ended */
};
err contents_resolve(struct arena *a, const struct contents *contents, size_t count,
                     struct resolved **ret_list, size_t *ret_count) MUST_USE;

/* ---- Packs and pressings in memory ----------------------------------------------------------- */

/* One mapped pack, shared by the pressings that have it. */
struct pack {
    const struct sys *sys;
    struct index_pack about;
    str bytes;
    int fd; /* of the same file, for sending from; -1: not kept */
    size_t uses;
    bool is_verified; /* its bytes have the hash that `about` says */
    size_t hashed;    /* by pressing_verify_some, so far */
    size_t held;      /* read once, not let go yet (pack_was_read) */
    struct hasher hasher;
};
err pack_open(const struct sys *sys, int fd, const struct index_pack *about,
              struct pack **ret_pack) MUST_USE;
void pack_drop(struct pack **pack);
/* So many bytes more of it were read, once: now and then they are let go, so that who reads all of
 * a pack does not hold all of it. */
void pack_was_read(struct pack *pack, size_t bytes);

struct pressing {
    const struct sys *sys;
    char *memory; /* the index is read once and kept: nobody can change it after it was checked */
    str index;    /* in memory: header to seal */
    size_t sealed_size; /* bytes of the index before the seal */
    struct listing list;
    struct pack **packs; /* mapped; their bytes can still change, their hashes cannot */
};

/* Opens "NAME.suffix" for reading. */
err pressing_file_open(struct arena *a, int folder, str name, const char *suffix,
                       int *ret_fd) MUST_USE;

/* Copies bytes and demands their hash: what is judged must not change between two looks. */
err copy_checked(struct arena *a, str bytes, const unsigned char *hash, str *ret_copy) MUST_USE;
