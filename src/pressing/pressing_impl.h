/* pressing_impl.h: how a pressing lies in its files; docs/PRESSING.md says the same in words.
 *
 *   NAME.index   header | pages | references | clearances | texts | seal (once the gate gave it)
 *   NAME.pack    "HANJIPK1", 8 zero bytes, then bodies and their gzip forms, back to back
 *   current      NAME and a line feed
 *
 * Numbers are little-endian. Records have fixed sizes, so that a reader needs no parser: record i
 * lies at its section's start plus i times its size. */
#pragma once

#include <endian.h>
#include <string.h>

#include "pressing/pressing.h"

#define INDEX_MAGIC "HANJIPR1"
#define PACK_HEAD "HANJIPK1\0\0\0\0\0\0\0\0"
#define SEAL_MAGIC "HANJISL1"
#define SEAL_CONTEXT "hanji pressing 1" /* sixteen bytes: a seal can be mistaken for nothing else */

enum {
    MAGIC_BYTES = 8,
    PACK_HEAD_BYTES = 16,
    FORMAT_VERSION = 1,
    PAGE_COUNT_MAX = 1 << 24,
    CLEARANCE_COUNT_MAX = 1 << 24,
    CLEARANCE_BYTES_MAX = 1 << 16,
    INDEX_BYTES_MAX = 1 << 30,
    NAME_BYTES = 33, /* sixteen hex digits of time, a hyphen, sixteen of chance */
};

struct index_header {
    char magic[MAGIC_BYTES];
    uint32_t version;
    uint32_t page_count;
    uint32_t clearance_count;
    uint32_t reference_count;
    int64_t created;
    uint64_t texts_size;
    uint64_t pack_size;
    uint64_t zero[2];
};
_Static_assert(sizeof(struct index_header) == 64, "the header as it lies on the disk");

struct index_page {
    uint32_t path_at; /* in texts */
    uint32_t path_len;
    uint32_t location_at;
    uint32_t location_len;
    uint64_t body_at; /* in the pack */
    uint64_t body_len;
    uint64_t gzip_at; /* gzip_len 0: there is none */
    uint64_t gzip_len;
    uint32_t reference_at; /* first of its references */
    uint32_t reference_count;
    uint16_t status;
    uint16_t type;
    uint32_t zero;
    unsigned char hash[PRESSING_HASH_BYTES];      /* of the body */
    unsigned char gzip_hash[PRESSING_HASH_BYTES]; /* of the gzip form; zeros without one */
};
_Static_assert(sizeof(struct index_page) == 128, "a page as it lies on the disk");

struct index_clearance {
    uint32_t at; /* in texts */
    uint32_t len;
};
_Static_assert(sizeof(struct index_clearance) == 8, "a clearance as it lies on the disk");

struct index_seal {
    char magic[MAGIC_BYTES];
    int64_t sealed_at;
    uint64_t rules;
    unsigned char signature[64];
    uint64_t zero;
};
_Static_assert(sizeof(struct index_seal) == PRESSING_SEAL_BYTES, "a seal as it lies on the disk");

/* The structs above are laid over the mapped bytes, which is right on little-endian machines only;
 * on any other the build stops here, and the reader has to learn to swap. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "pressings are read in place");

bool pressing_name_is_sound(str name);
bool pressing_location_is_sound(str location); /* it becomes a header: printable ASCII alone */
