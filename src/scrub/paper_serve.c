/* paper_serve.c: see paper_serve.h. */
#include "scrub/paper_serve.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sandbox.h"
#include "base/unicode.h"
#include "scrub/paper_hidden.h"
#include "scrub/paper_past.h"
#include "scrub/paper_tools.h"
#include "scrub/paper_twin.h"
#include "scrub/paper_words.h"

/* The reader itself works for all pages, each tool for one: so much more time has it. */
enum { READER_ROUNDS = 20, REMARK_LEN_MIN = 6 };

#define PAGE_ARENA_BYTES ((size_t)PAPER_PIXELS_MAX * 8)
#define DOCUMENT_ARENA_BYTES ((size_t)1 << 30)

struct session {
    const struct sys *sys;
    struct arena a; /* of the document */
    int socket;
    int pixels; /* where they are asked for; -1 before a file is open */
    struct paper_reading reading;
    int twins[PAPER_TWIN_COUNT];
};

err paper_wake(const struct paper_server *server) {
    TRY(paper_tools_wake(paper_tools));
    return sandbox_limits(server->memory_bytes, server->seconds * READER_ROUNDS, 0);
}

/* ---- Opening --------------------------------------------------------------------------------- */

/* Reads the file into a memory file, which tools may open, and into memory. */
static err take_file(struct session *s, int fd, str *ret_bytes, enum paper_status *ret_status) {
    struct stat stat;
    if (fstat(fd, &stat) != 0 || !S_ISREG(stat.st_mode)) FAIL(ERR_IO, "it is not a file");
    *ret_status = stat.st_size == 0                  ? PAPER_EMPTY
                  : stat.st_size > LIMIT_PAPER_BYTES ? PAPER_TOO_LARGE
                                                     : PAPER_READ;
    if (*ret_status != PAPER_READ) return OK;
    size_t size = (size_t)stat.st_size;
    char *bytes = arena_alloc(&s->a, size);
    if (bytes == NULL) FAIL(ERR_NO_MEMORY, "no memory for a file of %zu bytes", size);
    for (size_t len = 0; len < size;) {
        ssize_t got = pread(fd, bytes + len, size - len, (off_t)len);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) FAIL(ERR_IO, "the file could not be read");
        len += (size_t)got;
    }
    *ret_bytes = (str){bytes, size};
    if (!str_contains(str_slice(*ret_bytes, 0, 1024), STR("%PDF-"))) *ret_status = PAPER_NO_PDF;
    return OK;
}

/* Remarks between the objects: qpdf does not carry them over. */
static err find_remarks(struct paper_finds *finds, str bytes) {
    while (bytes.len > 0) {
        str line;
        str_cut(bytes, '\n', &line, &bytes);
        line = str_trim(line);
        bool is_remark = line.len >= REMARK_LEN_MIN && line.ptr[0] == '%' &&
                         !str_starts(line, STR("%PDF-")) && !str_starts(line, STR("%%EOF"));
        for (size_t i = 0; is_remark && i < line.len; i++) {
            is_remark = (unsigned char)line.ptr[i] >= ' ' && line.ptr[i] != 0x7F;
        }
        if (is_remark && utf8_is_valid(line)) TRY(paper_finds_add(finds, 0, PAPER_OUTSIDE, line));
    }
    return OK;
}

/* What stands before and behind the document. */
static err find_outside(struct paper_finds *finds, str bytes) {
    static const str END = {"%%EOF", 5};
    size_t head = str_find(bytes, STR("%PDF-"));
    size_t last = STR_NONE;
    for (size_t at = 0; (at = str_find(str_skip(bytes, at), END)) != STR_NONE; at = last) {
        last = (last == STR_NONE ? 0 : last) + at + END.len;
    }
    str before = str_trim(str_slice(bytes, 0, head));
    str after = last == STR_NONE ? (str){0} : str_trim(str_skip(bytes, last));
    if (before.len > 0) TRY(paper_finds_add(finds, 0, PAPER_OUTSIDE, before));
    while (after.len > 0 && after.ptr[0] == '\0') after = str_skip(after, 1);
    if (after.len > 0) TRY(paper_finds_add(finds, 0, PAPER_OUTSIDE, after));
    return OK;
}

static bool has_sound_sides(const struct paper_document *document) {
    for (size_t i = 0; i < document->sheet_count; i++) {
        const struct paper_box *box = &document->sheets[i].box;
        double width = box->right - box->left;
        double height = box->top - box->bottom;
        bool is_sound =
            width >= 1 && height >= 1 && width <= LIMIT_PAPER_SIDE && height <= LIMIT_PAPER_SIDE;
        if (!is_sound) return false;
    }
    return true;
}

static err make_twins(struct session *s) {
    for (size_t i = 0; i < PAPER_TWIN_COUNT; i++) {
        bool is_later = i == PAPER_WIDE || i == PAPER_MODE || i == PAPER_ALONE;
        if (is_later) continue;
        TRY(paper_make_twin(&s->reading.document, (enum paper_twin)i, &s->twins[i]));
    }
    return OK;
}

static err open_file(struct session *s, int fd, struct paper_finds *finds,
                     enum paper_status *ret_status) {
    str bytes = {0};
    struct paper_reading *r = &s->reading;
    TRY(take_file(s, fd, &bytes, ret_status));
    if (*ret_status != PAPER_READ) return OK;
    TRY(paper_read_bytes(&s->a, bytes, r, ret_status));
    if (*ret_status != PAPER_READ) return OK;
    if (!has_sound_sides(&r->document)) {
        *ret_status = PAPER_SIDE;
        return OK;
    }
    TRY(paper_finds_init(finds, &s->a, r->document.sheet_count));
    if (r->is_damaged) TRY(paper_finds_add(finds, 0, PAPER_DAMAGE, STR("")));
    TRY(find_outside(finds, bytes));
    TRY(find_remarks(finds, bytes));
    TRY(paper_hidden_find(&r->document, finds));
    TRY(paper_past_find(&s->a, bytes, r, finds));
    return make_twins(s);
}

/* An error of a tool or of the file is a refusal; one of this process is one. */
static enum paper_status status_of(err e) {
    switch (e.kind) {
    case ERR_BUSY: return PAPER_LATE;
    case ERR_LIMIT:
    case ERR_NO_MEMORY: return PAPER_BOMB;
    case ERR_NONE:
    case ERR_IO:
    case ERR_INVALID:
    case ERR_NOT_FOUND:
    case ERR_EXISTS:
    case ERR_DENIED:
    case ERR_KIND_COUNT: return PAPER_BROKEN;
    }
    return PAPER_BROKEN;
}

static err send(struct session *s, struct arena *a, enum paper_message type,
                const struct wire_shape *shape, const void *message) {
    struct buf b;
    str packed;
    buf_init(&b, a, LIMIT_MESSAGE_BYTES);
    wire_pack(&b, shape, message);
    TRY(buf_finish(&b, &packed));
    return wire_send(s->socket, type, packed, NULL, 0);
}

static err answer_open(struct session *s, struct wire_message *message) {
    CLEANUP(arena_done) struct arena a;
    struct paper_opened opened = {0};
    struct paper_finds finds = {0};
    enum paper_status status = PAPER_SILENT;
    arena_init(&a, s->sys, LIMIT_MESSAGE_BYTES * 2UL);
    if (s->pixels >= 0 || message->file_count != 2) FAIL(ERR_INVALID, "not a file to open");
    s->pixels = message->files[1];
    message->files[1] = -1;
    err e = open_file(s, message->files[0], &finds, &status);
    opened.status = e.kind == ERR_NONE ? (int64_t)status : (int64_t)status_of(e);
    if (opened.status == PAPER_READ) {
        opened.page_count = (int64_t)s->reading.document.sheet_count;
        TRY(paper_finds_list(&finds, &opened.hidden, &opened.hidden_count));
    }
    return send(s, &a, PAPER_OPENED, &paper_opened_shape, &opened);
}

/* ---- Pages ----------------------------------------------------------------------------------- */

/* The size a page is drawn in: LIMIT_PAPER_DPI, and less where that is too many pixels. */
static void choose_size(const struct paper_list *list, struct paper_page *page) {
    double scale = LIMIT_PAPER_DPI / 72.0;
    if (list->width * scale > LIMIT_PAPER_WIDTH) scale = LIMIT_PAPER_WIDTH / list->width;
    if (list->height * scale > LIMIT_PAPER_HEIGHT) scale = LIMIT_PAPER_HEIGHT / list->height;
    page->width = (int64_t)fmax(1, floor(list->width * scale + 0.01));
    page->height = (int64_t)fmax(1, floor(list->height * scale + 0.01));
    page->paper_width = llround(list->width * PAPER_HUNDREDTHS);
    page->paper_height = llround(list->height * PAPER_HUNDREDTHS);
}

static err draw(struct session *s, struct arena *a, int64_t number, const struct paper_page *page,
                enum paper_twin twin, struct paper_drawing *ret_drawing) {
    struct paper_order order = {
        .page = number, .width = page->width, .height = page->height, .is_grey = twin >= PAPER_INK};
    order.is_turned = s->reading.document.sheets[number - 1].is_turned;
    if (s->twins[twin] < 0) TRY(paper_make_twin(&s->reading.document, twin, &s->twins[twin]));
    order.file = s->twins[twin];
    return paper_draw_twin(a, &order, ret_drawing);
}

static int64_t hundredths(double pixels, int64_t max) {
    if (!(pixels > 0)) return 0;
    int64_t value = llround(pixels * PAPER_HUNDREDTHS);
    return value > max * PAPER_HUNDREDTHS ? max * PAPER_HUNDREDTHS : value;
}

static void add_seen(const struct paper_list *list, const struct paper_found *found,
                     struct paper_page *page) {
    double x = (double)page->width / list->width;
    double y = (double)page->height / list->height;
    struct paper_word word = {.text = found->text,
                              .x = hundredths(found->left * x, page->width),
                              .y = hundredths(found->top * y, page->height),
                              .ends_line = found->ends_line};
    word.width = hundredths(found->right * x, page->width) - word.x;
    word.height = hundredths(found->bottom * y, page->height) - word.y;
    page->words[page->word_count++] = word;
}

/* Words that are not seen, a line of the page together, so that a name of two words stays one. */
static err tell_unseen(struct paper_finds *finds, const struct paper_list *list,
                       const unsigned *kinds, size_t number) {
    struct buf line;
    buf_init(&line, finds->a, PAPER_TEXT_BYTES);
    for (size_t i = 0; i < list->count; i++) {
        if (kinds[i] == PAPER_KIND_COUNT) continue;
        if (line.len > 0) buf_add_byte(&line, ' ');
        buf_add(&line, list->words[i].text);
        bool goes_on = i + 1 < list->count && kinds[i + 1] == kinds[i] &&
                       !list->words[i].ends_line && line.len < PAPER_TEXT_BYTES / 16;
        if (goes_on) continue;
        TRY(buf_check(&line));
        TRY(paper_finds_add(finds, number, (enum paper_kind)kinds[i], buf_text(&line)));
        line.len = 0;
    }
    return OK;
}

struct unseen {
    const struct paper_list *list;
    const enum paper_sight *sights;
    const struct paper_drawing *ink;
};

static err find_reasons(struct session *s, struct arena *a, int64_t number,
                        const struct paper_page *page, const struct unseen *unseen,
                        unsigned *ret_kinds) {
    static const unsigned KINDS[] = {[PAPER_SEEN] = PAPER_KIND_COUNT,
                                     [PAPER_BESIDE] = PAPER_OFF_PAGE,
                                     [PAPER_TOO_SMALL] = PAPER_TINY,
                                     [PAPER_UNSURE] = PAPER_OVERLAID,
                                     [PAPER_UNSEEN] = PAPER_COVERED};
    struct paper_reasons reasons = {.ink = *unseen->ink};
    bool is_drawn = false;
    for (size_t i = 0; i < unseen->list->count; i++) {
        ret_kinds[i] = KINDS[unseen->sights[i]];
        if (unseen->sights[i] != PAPER_UNSEEN) continue;
        if (!is_drawn) {
            TRY(draw(s, a, number, page, PAPER_MODE, &reasons.mode));
            TRY(draw(s, a, number, page, PAPER_ALONE, &reasons.alone));
        }
        is_drawn = true;
        ret_kinds[i] = paper_words_reason(unseen->list, i, &reasons);
    }
    return OK;
}

static err put_pixels(struct session *s, const struct paper_drawing *drawing) {
    size_t size = (size_t)drawing->width * drawing->height * drawing->bands;
    for (size_t put = 0; put < size;) {
        ssize_t more = pwrite(s->pixels, drawing->bytes + put, size - put, (off_t)put);
        if (more < 0 && errno == EINTR) continue;
        if (more <= 0) FAIL(ERR_IO, "the pixels cannot be handed over: %s", strerror(errno));
        put += (size_t)more;
    }
    return OK;
}

static err read_page(struct session *s, struct arena *a, int64_t number, struct paper_page *page) {
    const struct paper_list *list = &s->reading.lists[number - 1];
    struct paper_sights drawings;
    struct paper_finds finds;
    enum paper_sight *sights = arena_array(a, list->count + 1, sizeof *sights);
    unsigned *kinds = arena_array(a, list->count + 1, sizeof *kinds);
    page->words = arena_array(a, list->count + 1, sizeof *page->words);
    if (sights == NULL || kinds == NULL || page->words == NULL) {
        FAIL(ERR_NO_MEMORY, "no memory for words");
    }
    choose_size(list, page);
    TRY(draw(s, a, number, page, PAPER_PLAIN, &drawings.plain));
    TRY(draw(s, a, number, page, PAPER_BLANK, &drawings.blank));
    TRY(draw(s, a, number, page, PAPER_INK, &drawings.ink));
    paper_words_judge(list, &drawings, sights);
    struct unseen unseen = {list, sights, &drawings.ink};
    TRY(find_reasons(s, a, number, page, &unseen, kinds));
    for (size_t i = 0; i < list->count; i++) {
        if (sights[i] == PAPER_SEEN) add_seen(list, &list->words[i], page);
    }
    TRY(paper_finds_init(&finds, a, s->reading.document.sheet_count));
    TRY(tell_unseen(&finds, list, kinds, (size_t)number));
    TRY(paper_finds_list(&finds, &page->hidden, &page->hidden_count));
    return put_pixels(s, &drawings.plain);
}

static err answer_draw(struct session *s, struct wire_message *message) {
    CLEANUP(arena_done) struct arena a;
    struct paper_draw order;
    struct paper_page page = {0};
    arena_init(&a, s->sys, PAGE_ARENA_BYTES);
    TRY(wire_unpack(&a, &paper_draw_shape, message->bytes, &order));
    if (order.page < 1 || (size_t)order.page > s->reading.document.sheet_count) {
        FAIL(ERR_INVALID, "there is no page %lld", (long long)order.page);
    }
    err e = read_page(s, &a, order.page, &page);
    page.status = PAPER_READ;
    if (e.kind != ERR_NONE) page = (struct paper_page){.status = (int64_t)status_of(e)};
    return send(s, &a, PAPER_DRAWN, &paper_page_shape, &page);
}

/* ---- The loop -------------------------------------------------------------------------------- */

static err answer_one(struct session *s, bool *ret_is_end) {
    CLEANUP(arena_done) struct arena a;
    CLEANUP(wire_close_files) struct wire_message message = {0};
    arena_init(&a, s->sys, 1 << 16);
    err e = wire_receive(&a, s->socket, 0, &message);
    *ret_is_end = e.kind == ERR_NOT_FOUND;
    if (*ret_is_end) return OK;
    TRY(e);
    if (message.type == PAPER_OPEN) return answer_open(s, &message);
    if (message.type == PAPER_DRAW) return answer_draw(s, &message);
    FAIL(ERR_INVALID, "not a question for a paper reader");
}

err paper_serve(const struct sys *sys, const struct paper_server *server) {
    struct session s = {.sys = sys, .socket = server->socket, .pixels = -1};
    bool is_end = false;
    err e = OK;
    arena_init(&s.a, sys, DOCUMENT_ARENA_BYTES);
    for (size_t i = 0; i < PAPER_TWIN_COUNT; i++) s.twins[i] = -1;
    while (!is_end && e.kind == ERR_NONE) e = answer_one(&s, &is_end);
    for (size_t i = 0; i < PAPER_TWIN_COUNT; i++) fd_close(&s.twins[i]);
    fd_close(&s.pixels);
    arena_done(&s.a);
    return e;
}

err paper_refuse(const struct sys *sys, const struct paper_server *server) {
    CLEANUP(arena_done) struct arena a;
    CLEANUP(wire_close_files) struct wire_message message = {0};
    struct session s = {.sys = sys, .socket = server->socket};
    struct paper_opened opened = {.status = PAPER_TOOLS};
    arena_init(&a, sys, 1 << 16);
    TRY(wire_receive(&a, s.socket, 0, &message));
    return send(&s, &a, PAPER_OPENED, &paper_opened_shape, &opened);
}
