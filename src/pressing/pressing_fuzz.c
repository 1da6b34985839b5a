/* pressing_fuzz.c: any bytes as an index, with a small pack behind it. What opens is walked to its
 * last byte. The counts of the header are made to fit the file, or nothing would ever open. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pressing/pressing.h"
#include "pressing/pressing_impl.h"

enum { ARENA_CAP = 64 << 20, PACK_BYTES = 64, INDEX_MAX = 1 << 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int file_with(str bytes) {
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    if (fd < 0 || write(fd, bytes.ptr, bytes.len) != (ssize_t)bytes.len) abort();
    return fd;
}

/* One byte of the input says what to mend; the rest of the header is kept as it came. */
static void mend(char *index, size_t size) {
    struct index_header header;
    if (size < sizeof header || index[sizeof header - 1] == 1) return;
    memcpy(&header, index, sizeof header);
    memcpy(header.magic, INDEX_MAGIC, MAGIC_BYTES);
    header.version = FORMAT_VERSION;
    header.page_count %= 8;
    header.clearance_count %= 8;
    header.reference_count %= 16;
    header.pack_size = PACK_BYTES;
    memset(header.zero, 0, sizeof header.zero);
    size_t fixed = sizeof header + header.page_count * sizeof(struct index_page) +
                   header.reference_count * sizeof(uint32_t) +
                   header.clearance_count * sizeof(struct index_clearance);
    header.texts_size = size > fixed ? size - fixed : 0;
    memcpy(index, &header, sizeof header);
}

static void walk(const struct pressing *pressing, struct arena *a) {
    size_t sum = 0;
    for (size_t i = 0; i < pressing_page_count(pressing); i++) {
        struct pressing_page page;
        struct pressing_page found;
        str body;
        pressing_page_at(pressing, i, &page);
        if (!pressing_find(pressing, page.path, &found)) abort();
        for (size_t j = 0; j < page.body.len; j++) sum += (unsigned char)page.body.ptr[j];
        for (size_t j = 0; j < page.gzip.len; j++) sum += (unsigned char)page.gzip.ptr[j];
        for (size_t j = 0; j < page.location.len; j++) sum += (unsigned char)page.location.ptr[j];
        for (uint32_t j = 0; j < page.clearance_count; j++) {
            sum += pressing_clearance_at(pressing, page.clearances[j]).len;
        }
        sum += pressing_copy_body(pressing, i, a, &body).kind == ERR_NONE ? body.len : 0;
    }
    err e = pressing_verify(pressing, a, NULL);
    if (e.kind != ERR_NONE && e.kind != ERR_INVALID) abort();
    if (sum == SIZE_MAX) abort(); /* it is read */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const unsigned char key[32] = {9};
    static const char pack_bytes[PACK_BYTES] = PACK_HEAD "the body of one page, and another";
    const struct sys sys = sys_real();
    CLEANUP(arena_done) struct arena a;
    CLEANUP(pressing_close) struct pressing *pressing = NULL;
    static const char EMPTY[1];
    arena_init(&a, &sys, ARENA_CAP);
    if (size > INDEX_MAX) return 0;
    char *index_bytes = arena_alloc(&a, size);
    if (index_bytes == NULL) return 0;
    memcpy(index_bytes, size > 0 ? (const char *)data : EMPTY, size);
    mend(index_bytes, size);
    CLEANUP(fd_close) int index = file_with((str){index_bytes, size});
    CLEANUP(fd_close) int pack = file_with((str){pack_bytes, PACK_BYTES});
    if (pressing_open_files(&sys, index, pack, key, &pressing).kind == ERR_NONE) abort();
    if (pressing_open_files(&sys, index, pack, NULL, &pressing).kind != ERR_NONE) return 0;
    walk(pressing, &a);
    return 0;
}
