/* paper_tools.c: see paper_tools.h.
 *
 * pdftoppm and pdftocairo are two ways to draw of the same poppler; pdftoppm is asked because it
 * hands over bare pixels, where the other makes a file that would have to be decoded again. */
#include "scrub/paper_tools.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define QPDF "/usr/bin/qpdf"
#define PDFTOTEXT "/usr/bin/pdftotext"
#define PDFTOPPM "/usr/bin/pdftoppm"

const char *const paper_tools[] = {QPDF, PDFTOTEXT, PDFTOPPM, NULL};

/* qpdf's exit codes. */
enum { QPDF_NEEDS_PASSWORD = 0, QPDF_WARNED = 3 };

enum {
    NORMAL_BYTES_MAX = 256 << 20, /* what qpdf may write of a file of LIMIT_PAPER_BYTES */
    WORDS_BYTES_MAX = 64 << 20,
    PIXELS_HEAD_BYTES = 64,
};

static err memory_file(const char *name, int *ret_fd) {
    int fd = memfd_create(name, MFD_CLOEXEC);
    if (fd < 0) FAIL(ERR_IO, "a memory file: %s", strerror(errno));
    *ret_fd = fd;
    return OK;
}

static err memory_file_of(const struct sys *sys, str bytes, int *ret_fd) {
    CLEANUP(fd_close) int fd = -1;
    TRY(memory_file("paper", &fd));
    TRY(file_write_all(sys, fd, bytes));
    *ret_fd = fd;
    fd = -1;
    return OK;
}

static err read_memory(struct arena *a, int fd, size_t max, str *ret_bytes) {
    struct stat stat;
    if (fstat(fd, &stat) != 0) FAIL(ERR_IO, "a tool's answer: %s", strerror(errno));
    if (stat.st_size < 0 || (size_t)stat.st_size > max) FAIL(ERR_LIMIT, "a tool wrote too much");
    size_t size = (size_t)stat.st_size;
    char *bytes = arena_alloc(a, size + 1);
    if (bytes == NULL) FAIL(ERR_NO_MEMORY, "no memory for %zu bytes", size);
    for (size_t len = 0; len < size;) {
        ssize_t got = pread(fd, bytes + len, size - len, (off_t)len);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) FAIL(ERR_IO, "a tool's answer cannot be read");
        len += (size_t)got;
    }
    *ret_bytes = (str){bytes, size};
    return OK;
}

/* ---- qpdf ------------------------------------------------------------------------------------ */

/* Whether it opens without a passphrase. */
static err is_locked(const struct sys *sys, int file, bool *ret_is_locked) {
    static const char *const ARGV[] = {QPDF, "--requires-password", PAPER_TOOL_FIRST, NULL};
    struct paper_tool tool = {.argv = ARGV, .files = {file}, .file_count = 1, .out = -1};
    int code = 0;
    TRY(paper_tool_run(sys, &tool, &code));
    *ret_is_locked = code == QPDF_NEEDS_PASSWORD;
    return OK;
}

/* Writes the file anew in a shape that paper_object.h reads. False: it cannot be. */
static err normalise(struct arena *a, int file, str *ret_bytes, int *ret_code) {
    static const char *const ARGV[] = {QPDF,
                                       "--decrypt",
                                       "--object-streams=disable",
                                       "--stream-data=compress",
                                       "--recompress-flate",
                                       "--compression-level=1",
                                       "--decode-level=generalized",
                                       "--coalesce-contents",
                                       "--externalize-inline-images",
                                       "--ii-min-bytes=0",
                                       "--preserve-unreferenced",
                                       "--deterministic-id",
                                       PAPER_TOOL_FIRST,
                                       PAPER_TOOL_SECOND,
                                       NULL};
    CLEANUP(fd_close) int out = -1;
    TRY(memory_file("normal", &out));
    struct paper_tool tool = {.argv = ARGV,
                              .files = {file, out},
                              .file_count = 2,
                              .out = -1,
                              .bytes_max = NORMAL_BYTES_MAX};
    TRY(paper_tool_run(a->sys, &tool, ret_code));
    return read_memory(a, out, NORMAL_BYTES_MAX, ret_bytes);
}

/* ---- pdftotext ------------------------------------------------------------------------------- */

/* pdftotext tells where words are on the page as it is turned, but the sides of it unturned. */
static void turn(struct paper_list *list, const struct paper_sheet *sheet) {
    double width = list->width;
    if (!sheet->is_turned) return;
    list->width = list->height;
    list->height = width;
}

static err read_words(const struct paper_document *document, enum paper_twin twin, double margin,
                      struct paper_list **ret_lists) {
    static const char *const ARGV[] = {
        PDFTOTEXT, "-q", "-bbox-layout", "-cropbox", "-enc", "UTF-8", PAPER_TOOL_FIRST, "-", NULL};
    CLEANUP(fd_close) int file = -1;
    CLEANUP(fd_close) int out = -1;
    struct arena *a = document->a;
    struct paper_printed printed = {.margin = margin, .pages_max = document->sheet_count};
    size_t count = 0;
    int code = 0;
    TRY(paper_make_twin(document, twin, &file));
    TRY(memory_file("words", &out));
    struct paper_tool tool = {
        .argv = ARGV, .files = {file}, .file_count = 1, .out = out, .bytes_max = WORDS_BYTES_MAX};
    TRY(paper_tool_run(a->sys, &tool, &code));
    TRY(read_memory(a, out, WORDS_BYTES_MAX, &printed.xhtml));
    TRY(paper_words_read(a, &printed, ret_lists, &count));
    if (code != 0 || count != document->sheet_count) {
        FAIL(ERR_INVALID, "its words cannot be read: %zu of %zu pages", count,
             document->sheet_count);
    }
    for (size_t i = 0; i < count; i++) turn(&(*ret_lists)[i], &document->sheets[i]);
    return OK;
}

/* Words that are there only while every layer is switched on. */
static void mark_layered(struct paper_list *wide, const struct paper_list *plain) {
    for (size_t i = 0; i < wide->count; i++) {
        struct paper_found *word = &wide->words[i];
        bool is_beside = word->right < 0 || word->bottom < 0 || word->left > wide->width ||
                         word->top > wide->height;
        word->is_layered = !is_beside;
        for (size_t k = 0; k < plain->count && word->is_layered; k++) {
            const struct paper_found *other = &plain->words[k];
            double dx = word->left - other->left;
            double dy = word->top - other->top;
            bool is_there = dx < 1 && dx > -1 && dy < 1 && dy > -1;
            if (is_there && str_eq(word->text, other->text)) word->is_layered = false;
        }
    }
}

/* ---- Reading --------------------------------------------------------------------------------- */

static enum paper_status refusal(err e) {
    if (e.kind == ERR_LIMIT) return PAPER_PAGES;
    return e.kind == ERR_DENIED ? PAPER_BOMB : PAPER_BROKEN;
}

static err read_all_words(struct paper_reading *r) {
    TRY(read_words(&r->document, PAPER_WIDE, PAPER_MARGIN, &r->lists));
    if (!r->document.has_layers) return OK;
    struct paper_list *plain = NULL;
    TRY(read_words(&r->document, PAPER_PLAIN, 0, &plain));
    for (size_t i = 0; i < r->document.sheet_count; i++) mark_layered(&r->lists[i], &plain[i]);
    return OK;
}

err paper_read_bytes(struct arena *a, str bytes, struct paper_reading *ret_reading,
                     enum paper_status *ret_status) {
    CLEANUP(fd_close) int file = -1;
    struct paper_reading r = {0};
    str normal;
    bool locked = false;
    int code = 0;
    TRY(memory_file_of(a->sys, bytes, &file));
    TRY(is_locked(a->sys, file, &locked));
    *ret_status = PAPER_LOCKED;
    if (locked) return OK;
    TRY(normalise(a, file, &normal, &code));
    r.is_damaged = code == QPDF_WARNED;
    *ret_status = PAPER_BROKEN;
    if (code != 0 && code != QPDF_WARNED) return OK;
    err e = paper_document_read(a, normal, &r.document);
    if (e.kind == ERR_NO_MEMORY) return e;
    *ret_status = refusal(e);
    if (e.kind != ERR_NONE) return OK;
    TRY(read_all_words(&r));
    *ret_reading = r;
    *ret_status = PAPER_READ;
    return OK;
}

err paper_make_twin(const struct paper_document *document, enum paper_twin twin, int *ret_fd) {
    CLEANUP(arena_done) struct arena a;
    struct buf b;
    str bytes;
    size_t room = document->bytes.len + (1 << 20);
    for (size_t i = 1; i < document->count; i++) {
        room += document->objects[i].value.len * 2 + document->objects[i].drawing.len * 2 + 512;
    }
    arena_init(&a, document->a->sys, room * 4);
    buf_init(&b, &a, room * 2);
    TRY(paper_twin_write(&b, document, twin, &bytes));
    return memory_file_of(document->a->sys, bytes, ret_fd);
}

/* ---- pdftoppm -------------------------------------------------------------------------------- */

err paper_draw_twin(struct arena *a, const struct paper_order *order,
                    struct paper_drawing *ret_drawing) {
    char page[24];
    char width[24];
    char height[24];
    snprintf(page, sizeof page, "%lld", (long long)order->page);
    /* It scales first and turns then. */
    int64_t across = order->is_turned ? order->height : order->width;
    int64_t down = order->is_turned ? order->width : order->height;
    snprintf(width, sizeof width, "%lld", (long long)across);
    snprintf(height, sizeof height, "%lld", (long long)down);
    const char *const argv[] = {PDFTOPPM,
                                "-q",
                                order->is_grey ? "-gray" : "-q",
                                "-cropbox",
                                "-f",
                                page,
                                "-l",
                                page,
                                "-scale-to-x",
                                width,
                                "-scale-to-y",
                                height,
                                PAPER_TOOL_FIRST,
                                NULL};
    CLEANUP(fd_close) int out = -1;
    str bytes;
    int code = 0;
    size_t max = (size_t)(order->width * order->height) * 3 + PIXELS_HEAD_BYTES;
    TRY(memory_file("pixels", &out));
    struct paper_tool tool = {
        .argv = argv, .files = {order->file}, .file_count = 1, .out = out, .bytes_max = max};
    TRY(paper_tool_run(a->sys, &tool, &code));
    TRY(read_memory(a, out, max, &bytes));
    if (code != 0 || !paper_drawing_read(bytes, ret_drawing) ||
        ret_drawing->width != order->width || ret_drawing->height != order->height ||
        ret_drawing->bands != (order->is_grey ? 1 : 3)) {
        FAIL(ERR_INVALID, "page %lld cannot be drawn", (long long)order->page);
    }
    return OK;
}
