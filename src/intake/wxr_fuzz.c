/* wxr_fuzz.c: any bytes as a WordPress export; texts of items must be UTF-8. */
#include <assert.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/unicode.h"
#include "intake/wxr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static err look(void *context, const struct wxr_item *item) {
    (void)context;
    assert(utf8_is_valid(item->title) && utf8_is_valid(item->content));
    return OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct sys sys = sys_real();
    struct arena a;
    struct wxr_sink sink = {.item = look};
    CLEANUP(fd_close) int fd = memfd_create("export", MFD_CLOEXEC);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size || lseek(fd, 0, SEEK_SET) != 0) return 0;
    arena_init(&a, &sys, (size_t)64 << 20);
    err e = wxr_read(&a, fd, STR("fuzz"), &sink);
    assert(e.kind == ERR_NONE || e.message[0] != '\0');
    arena_done(&a);
    return 0;
}
