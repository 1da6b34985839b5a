/* paper.c: one question for one file, and a careful look at the answer. See paper.h. */
#include "scrub/paper.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/unicode.h"

enum { ROUND_SECONDS = LIMIT_PAPER_SECONDS * 6, MEMORY_BYTES = 1 << 30 };

static const struct wire_member hidden_members[] = {
    WIRE_M_NUMBER(struct paper_hidden, page),
    WIRE_M_NUMBER(struct paper_hidden, kind),
    WIRE_M_TEXT(struct paper_hidden, text, PAPER_TEXT_BYTES),
};
static const struct wire_shape hidden_shape = WIRE_SHAPE(struct paper_hidden, hidden_members);

static const struct wire_member opened_members[] = {
    WIRE_M_NUMBER(struct paper_opened, status),
    WIRE_M_NUMBER(struct paper_opened, page_count),
    WIRE_M_LIST(struct paper_opened, hidden, hidden_count, PAPER_HIDDEN_MAX, &hidden_shape),
};
const struct wire_shape paper_opened_shape = WIRE_SHAPE(struct paper_opened, opened_members);

static const struct wire_member word_members[] = {
    WIRE_M_TEXT(struct paper_word, text, PAPER_WORD_BYTES),
    WIRE_M_NUMBER(struct paper_word, x),
    WIRE_M_NUMBER(struct paper_word, y),
    WIRE_M_NUMBER(struct paper_word, width),
    WIRE_M_NUMBER(struct paper_word, height),
    WIRE_M_NUMBER(struct paper_word, ends_line),
};
static const struct wire_shape word_shape = WIRE_SHAPE(struct paper_word, word_members);

static const struct wire_member page_members[] = {
    WIRE_M_NUMBER(struct paper_page, status),
    WIRE_M_NUMBER(struct paper_page, width),
    WIRE_M_NUMBER(struct paper_page, height),
    WIRE_M_NUMBER(struct paper_page, paper_width),
    WIRE_M_NUMBER(struct paper_page, paper_height),
    WIRE_M_LIST(struct paper_page, words, word_count, LIMIT_PAPER_WORDS, &word_shape),
    WIRE_M_LIST(struct paper_page, hidden, hidden_count, PAPER_HIDDEN_MAX, &hidden_shape),
};
const struct wire_shape paper_page_shape = WIRE_SHAPE(struct paper_page, page_members);

static const struct wire_member draw_members[] = {WIRE_M_NUMBER(struct paper_draw, page)};
const struct wire_shape paper_draw_shape = WIRE_SHAPE(struct paper_draw, draw_members);

/* ---- Words ----------------------------------------------------------------------------------- */

struct kind_row {
    const char *name;
    const char *words;
};

static const struct kind_row KINDS[] = {
    [PAPER_INFO] = {"info", "the document information"},
    [PAPER_XMP] = {"xmp", "XMP metadata"},
    [PAPER_BOOKMARK] = {"bookmark", "a bookmark's title"},
    [PAPER_ANNOTATION] = {"annotation", "a note or an annotation"},
    [PAPER_FORM] = {"form", "a form field"},
    [PAPER_ATTACHMENT] = {"attachment", "an attached file"},
    [PAPER_LAYER] = {"layer", "a layer"},
    [PAPER_SPOKEN] = {"spoken", "words that are said instead of what is drawn"},
    [PAPER_SCRIPT] = {"script", "JavaScript"},
    [PAPER_LINK] = {"link", "a link or its target"},
    [PAPER_REVISION] = {"revision", "an earlier state of the file"},
    [PAPER_COVERED] = {"covered", "words under a box or a picture"},
    [PAPER_OVERLAID] = {"overlaid", "words on each other, of which none is sure to be seen"},
    [PAPER_OFF_PAGE] = {"off-page", "words beside the page"},
    [PAPER_INVISIBLE] = {"invisible", "words without ink"},
    [PAPER_FAINT] = {"faint", "words in the colour of what is behind them"},
    [PAPER_TINY] = {"tiny", "words too small to be read"},
    [PAPER_THUMBNAIL] = {"thumbnail", "a small picture of the page"},
    [PAPER_DAMAGE] = {"damage", "the file is damaged and was read as far as it could be"},
    [PAPER_OUTSIDE] = {"outside", "bytes before or after the document"},
    [PAPER_UNKNOWN] = {"unknown", "something else that carries text"},
};
_Static_assert(COUNT_OF(KINDS) == PAPER_KIND_COUNT, "words for each kind");

const char *paper_kind_words(enum paper_kind kind) { return KINDS[kind].words; }
const char *paper_kind_name(enum paper_kind kind) { return KINDS[kind].name; }

/* A refusal in words for who brought the file. */
static err judge_status(int64_t status) {
    switch (status) {
    case PAPER_READ: return OK;
    case PAPER_EMPTY: FAIL(ERR_INVALID, "the file is empty");
    case PAPER_TOO_LARGE:
        FAIL(ERR_INVALID, "the file has over %d MB; print it smaller, or split it",
             LIMIT_PAPER_BYTES >> 20);
    case PAPER_NO_PDF: FAIL(ERR_INVALID, "it is not a PDF");
    case PAPER_LOCKED:
        FAIL(ERR_INVALID, "it is locked with a passphrase; open it and save it without one");
    case PAPER_BROKEN:
        FAIL(ERR_INVALID, "it is broken and cannot be read to its end; open it elsewhere and print "
                          "it into a new PDF");
    case PAPER_PAGES: FAIL(ERR_INVALID, "it has over %d pages; split it", LIMIT_PAPER_PAGES);
    case PAPER_SIDE:
        FAIL(ERR_INVALID,
             "a page of it has no size, or is over %d points long; print it onto "
             "paper of a usual size",
             LIMIT_PAPER_SIDE);
    case PAPER_BOMB:
        FAIL(ERR_INVALID, "it holds more than can be unpacked; print it into a new PDF");
    case PAPER_LATE: FAIL(ERR_INVALID, "reading it takes too long; print it into a new PDF");
    case PAPER_TOOLS:
        FAIL(ERR_NOT_FOUND, "qpdf and poppler-utils are not installed: apt install them");
    default: FAIL(ERR_IO, "the paper reader's answer is none");
    }
}

/* ---- Asking ---------------------------------------------------------------------------------- */

/* The memory file for pixels: of full size, and sealed so that nobody can change that size. */
static err make_pixels(int *ret_fd) {
    CLEANUP(fd_close) int fd = memfd_create("page", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0) FAIL(ERR_IO, "a memory file: %s", strerror(errno));
    if (ftruncate(fd, PAPER_PIXELS_MAX) != 0 ||
        fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
        FAIL(ERR_IO, "a memory file: %s", strerror(errno));
    }
    *ret_fd = fd;
    fd = -1;
    return OK;
}

/* Whatever the reader did: it is one refused file. */
static err gone(err e) {
    if (e.kind == ERR_NO_MEMORY || e.kind == ERR_BUSY) return err_wrap(e, "the paper reader");
    e.kind = ERR_IO;
    return err_wrap(e, "the paper reader ended, so the file was not read");
}

static err hear(struct paper *paper, struct arena *a, enum paper_message type,
                const struct wire_shape *shape, void *ret_answer) {
    struct wire_message message;
    err e = wire_receive(a, paper->socket, paper->seconds, &message);
    if (e.kind == ERR_NONE) wire_close_files(&message); /* no answer carries any */
    if (e.kind == ERR_NONE && message.type != (uint32_t)type) {
        e = err_make(ERR_IO, __FILE__, __LINE__, "it said something else");
    }
    if (e.kind == ERR_NONE) e = wire_unpack(a, shape, message.bytes, ret_answer);
    return e.kind == ERR_NONE ? OK : gone(e);
}

/* ---- Believing ------------------------------------------------------------------------------- */

/* Nothing that could move a cursor, or turn what stands beside it. */
static bool is_plain(str text) {
    while (text.len > 0) {
        uint32_t c = utf8_take(&text);
        bool is_control = (c < 0x20 && c != '\n') || (c >= 0x7F && c < 0xA0);
        if (c == UNICODE_BAD || is_control || unicode_is_invisible(c)) return false;
    }
    return true;
}

static err check_hidden(const struct paper_hidden *list, size_t count, int64_t pages) {
    for (size_t i = 0; i < count; i++) {
        bool is_sound = list[i].page >= 0 && list[i].page <= pages && list[i].kind >= 0 &&
                        list[i].kind < PAPER_KIND_COUNT && is_plain(list[i].text);
        if (!is_sound) FAIL(ERR_IO, "the paper reader's answer is none: what it found");
    }
    return OK;
}

static bool is_inside(int64_t from, int64_t size, int64_t max) {
    return from >= 0 && size >= 0 && from <= max && size <= max && from + size <= max;
}

static err check_page(const struct paper_page *page, int64_t pages) {
    bool is_sound = page->width >= 1 && page->width <= LIMIT_PAPER_WIDTH && page->height >= 1 &&
                    page->height <= LIMIT_PAPER_HEIGHT &&
                    is_inside(0, page->paper_width, LIMIT_PAPER_SIDE * PAPER_HUNDREDTHS) &&
                    is_inside(0, page->paper_height, LIMIT_PAPER_SIDE * PAPER_HUNDREDTHS) &&
                    page->paper_width > 0 && page->paper_height > 0;
    if (!is_sound) FAIL(ERR_IO, "the paper reader's answer is none: the size of a page");
    for (size_t i = 0; i < page->word_count; i++) {
        const struct paper_word *word = &page->words[i];
        is_sound = is_inside(word->x, word->width, page->width * PAPER_HUNDREDTHS) &&
                   is_inside(word->y, word->height, page->height * PAPER_HUNDREDTHS) &&
                   word->text.len > 0 && is_plain(word->text) &&
                   str_find_byte(word->text, '\n') == STR_NONE;
        if (!is_sound) FAIL(ERR_IO, "the paper reader's answer is none: a word");
    }
    return check_hidden(page->hidden, page->hidden_count, pages);
}

/* Copied, not mapped: whoever else holds the memory file must not change what is ours. */
static err take_pixels(const struct paper *paper, struct arena *a, const struct paper_page *page,
                       struct pixels *ret_pixels) {
    size_t size = (size_t)(page->width * page->height) * 3;
    char *bytes = arena_alloc(a, size);
    if (bytes == NULL) FAIL(ERR_NO_MEMORY, "no memory for a page of %zu bytes", size);
    for (size_t len = 0; len < size;) {
        ssize_t got = pread(paper->pixels, bytes + len, size - len, (off_t)len);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) FAIL(ERR_IO, "the pixels of a page: %s", strerror(errno));
        len += (size_t)got;
    }
    *ret_pixels = (struct pixels){.format = PIXELS_FORMAT_DRAWN,
                                  .width = (uint32_t)page->width,
                                  .height = (uint32_t)page->height,
                                  .bands = 3,
                                  .bytes = {bytes, size}};
    return OK;
}

/* ---- Life ------------------------------------------------------------------------------------ */

static err start(const struct paper_spec *spec, struct paper *paper) {
    char memory[24];
    char seconds[24];
    int ends[2];
    snprintf(memory, sizeof memory, "%d", MEMORY_BYTES);
    snprintf(seconds, sizeof seconds, "%d", LIMIT_PAPER_SECONDS);
    const char *const argv[] = {"paper", memory, seconds, NULL};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        FAIL(ERR_IO, "a socket pair: %s", strerror(errno));
    }
    CLEANUP(fd_close) int theirs = ends[1];
    paper->socket = ends[0];
    paper->seconds = spec->seconds_max != 0 ? spec->seconds_max : (unsigned)ROUND_SECONDS;
    struct child_spec child = {
        .program = spec->program, .argv = argv, .fds = &theirs, .fd_count = 1};
    return child_start(&child, &paper->child);
}

void paper_close(struct paper *paper) {
    fd_close(&paper->socket);
    fd_close(&paper->pixels);
    child_kill(&paper->child);
}

err paper_open(const struct paper_spec *spec, struct arena *a, int fd, struct paper *ret_paper,
               struct paper_opened *ret_opened) {
    CLEANUP(paper_close) struct paper paper = PAPER_CLOSED;
    struct paper_opened opened;
    TRY(make_pixels(&paper.pixels));
    TRY(start(spec, &paper));
    err e = wire_send(paper.socket, PAPER_OPEN, (str){0}, (const int[2]){fd, paper.pixels}, 2);
    if (e.kind != ERR_NONE) return gone(e);
    TRY(hear(&paper, a, PAPER_OPENED, &paper_opened_shape, &opened));
    TRY(judge_status(opened.status));
    if (opened.page_count < 1 || opened.page_count > LIMIT_PAPER_PAGES) {
        FAIL(ERR_IO, "the paper reader's answer is none: how many pages");
    }
    TRY(check_hidden(opened.hidden, opened.hidden_count, opened.page_count));
    paper.page_count = opened.page_count;
    *ret_opened = opened;
    *ret_paper = paper;
    paper = (struct paper)PAPER_CLOSED;
    return OK;
}

err paper_draw(struct paper *paper, struct arena *a, int64_t page, struct paper_page *ret_page,
               struct pixels *ret_pixels) {
    struct paper_draw order = {.page = page};
    struct paper_page drawn;
    struct buf b;
    str packed;
    buf_init(&b, a, 64);
    wire_pack(&b, &paper_draw_shape, &order);
    TRY(buf_finish(&b, &packed));
    err e = wire_send(paper->socket, PAPER_DRAW, packed, NULL, 0);
    if (e.kind != ERR_NONE) return gone(e);
    TRY(hear(paper, a, PAPER_DRAWN, &paper_page_shape, &drawn));
    TRY(err_wrap(judge_status(drawn.status), "page %lld", (long long)page));
    TRY(check_page(&drawn, paper->page_count));
    TRY(take_pixels(paper, a, &drawn, ret_pixels));
    *ret_page = drawn;
    return OK;
}
