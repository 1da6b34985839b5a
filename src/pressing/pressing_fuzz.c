/* pressing_fuzz.c: any bytes as an index with a pack behind it, or as the end of a pack behind a
 * fitting index; the first byte says which. What opens is walked to its last byte. Counts and sizes
 * are made to fit, or nothing would ever open. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pressing/pressing.h"
#include "pressing/pressing_impl.h"

enum { ARENA_CAP = 64 << 20, INPUT_MAX = 1 << 16, BODIES = 34 };

static const char BODY_BYTES[BODIES + 1] = "the body of one page, and another.";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int file_with(str bytes) {
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    if (fd < 0 || write(fd, bytes.ptr, bytes.len) != (ssize_t)bytes.len) abort();
    return fd;
}

/* Makes the header of a listing fit the bytes behind it. */
static void mend(char *bytes, size_t size, uint32_t packs) {
    struct index_header header;
    if (size < sizeof header) return;
    memcpy(&header, bytes, sizeof header);
    memcpy(header.magic, INDEX_MAGIC, MAGIC_BYTES);
    header.version = FORMAT_VERSION;
    header.pack_count = packs;
    header.page_count %= 8;
    header.clearance_count %= 8;
    header.reference_count %= 16;
    header.is_last %= 2;
    header.zero = 0;
    size_t fixed = sizeof header + packs * sizeof(struct index_pack) +
                   header.page_count * sizeof(struct index_page) +
                   header.reference_count * sizeof(uint32_t) +
                   header.clearance_count * PRESSING_HASH_BYTES;
    header.texts_size = size > fixed ? size - fixed : 0;
    memcpy(bytes, &header, sizeof header);
}

static void walk(struct pressing *pressing, struct arena *a) {
    struct pressing_leftover leftover;
    bool is_there = false;
    size_t sum = 0;
    for (size_t i = 0; i < pressing_page_count(pressing); i++) {
        struct pressing_page page;
        struct pressing_page found;
        str body;
        pressing_page_at(pressing, i, &page);
        if (!pressing_find(pressing, page.path, &found)) abort();
        const str parts[] = {page.body, page.gzip, page.brotli, page.location};
        for (size_t j = 0; j < COUNT_OF(parts); j++) {
            for (size_t k = 0; k < parts[j].len; k++) sum += (unsigned char)parts[j].ptr[k];
        }
        for (uint32_t j = 0; j < page.clearance_count; j++) {
            sum += pressing_clearance_at(pressing, page.clearances[j])[31];
        }
        sum += pressing_copy_body(pressing, i, a, &body).kind == ERR_NONE ? body.len : 0;
        if (!pressing_same_page((struct pressing_numbered){pressing, i},
                                (struct pressing_numbered){pressing, i})) {
            abort();
        }
    }
    err e = pressing_verify(pressing, a, NULL);
    if (e.kind != ERR_NONE && e.kind != ERR_INVALID) abort();
    e = pressing_find_leftover(pressing, a, &is_there, &leftover);
    if (e.kind != ERR_NONE && e.kind != ERR_INVALID) abort();
    if (sum == SIZE_MAX) abort(); /* it is read */
}

static void open_both(const struct sys *sys, struct arena *a, str index_bytes, str pack_bytes) {
    static const unsigned char key[32] = {9};
    CLEANUP(pressing_close) struct pressing *pressing = NULL;
    CLEANUP(fd_close) int index = file_with(index_bytes);
    CLEANUP(fd_close) int pack = file_with(pack_bytes);
    const struct pressing_files files = {.index = index, .packs = &pack, .pack_count = 1};
    if (pressing_open_files(sys, &files, key, &pressing).kind == ERR_NONE) abort();
    if (pressing_open_files(sys, &files, NULL, &pressing).kind == ERR_NONE) walk(pressing, a);
}

/* The head, the bodies, these contents, and an end that fits them. */
static str pack_of(struct arena *a, str contents) {
    struct pack_trailer trailer = {.contents_at = PACK_HEAD_BYTES + BODIES,
                                   .contents_size = contents.len};
    struct buf pack;
    str bytes = {0};
    memcpy(trailer.magic, PACK_MAGIC, MAGIC_BYTES);
    buf_init(&pack, a, ARENA_CAP);
    buf_add(&pack, STR(PACK_HEAD));
    buf_add(&pack, (str){BODY_BYTES, BODIES});
    buf_add(&pack, contents);
    buf_add(&pack, (str){(const char *)&trailer, sizeof trailer});
    if (buf_finish(&pack, &bytes).kind != ERR_NONE) abort();
    return bytes;
}

static void name_pack(struct index_pack *about, str pack) {
    *about = (struct index_pack){.size = pack.len};
    memcpy(about->name, "0000000000000001-0000000000000001", NAME_BYTES);
    hash_bytes(pack, about->hash);
}

/* An index of any bytes; the pack's contents are empty. */
static void try_index(const struct sys *sys, struct arena *a, char *bytes, size_t size) {
    struct index_header empty = {.version = FORMAT_VERSION, .serial = 1};
    struct index_pack about;
    memcpy(empty.magic, INDEX_MAGIC, MAGIC_BYTES);
    str pack = pack_of(a, (str){(const char *)&empty, sizeof empty});
    mend(bytes, size, 1);
    name_pack(&about, pack);
    if (size >= sizeof empty + sizeof about) memcpy(bytes + sizeof empty, &about, sizeof about);
    open_both(sys, a, (str){bytes, size}, pack);
}

/* Contents of any bytes; the index has no page, so that all that is read is the pack. */
static void try_contents(const struct sys *sys, struct arena *a, char *bytes, size_t size) {
    struct {
        struct index_header header;
        struct index_pack about;
    } index = {.header = {.version = FORMAT_VERSION, .pack_count = 1, .serial = 1}};
    mend(bytes, size, 0);
    str pack = pack_of(a, (str){bytes, size});
    memcpy(index.header.magic, INDEX_MAGIC, MAGIC_BYTES);
    name_pack(&index.about, pack);
    open_both(sys, a, (str){(const char *)&index, sizeof index}, pack);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct sys sys = sys_real();
    CLEANUP(arena_done) struct arena a;
    arena_init(&a, &sys, ARENA_CAP);
    if (size < 2 || size > INPUT_MAX) return 0;
    char *bytes = arena_alloc(&a, size - 1);
    if (bytes == NULL) return 0;
    memcpy(bytes, data + 1, size - 1);
    switch (data[0] % 4) {
    case 0: try_index(&sys, &a, bytes, size - 1); break;
    case 1: try_contents(&sys, &a, bytes, size - 1); break;
    case 2: open_both(&sys, &a, (str){bytes, size - 1}, STR(PACK_HEAD)); break;
    default: {
        struct contents contents;
        err e = contents_read(&a, (str){bytes, size - 1}, &contents);
        if (e.kind != ERR_NONE && e.kind != ERR_INVALID) abort();
    }
    }
    return 0;
}
