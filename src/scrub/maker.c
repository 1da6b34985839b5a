/* maker.c: see maker.h. */
#include "scrub/maker.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/unicode.h"

enum { MESSAGE_ARENA_BYTES = 64 << 10 };

static const struct wire_member order_members[] = {
    WIRE_M_NUMBER(struct maker_order, with_avif),
};
const struct wire_shape maker_order_shape = WIRE_SHAPE(struct maker_order, order_members);

static const struct wire_member failure_members[] = {
    WIRE_M_NUMBER(struct maker_failure, kind),
    WIRE_M_TEXT(struct maker_failure, message, ERR_MESSAGE_MAX),
};
const struct wire_shape maker_failure_shape = WIRE_SHAPE(struct maker_failure, failure_members);

static const struct wire_member card_members[] = {
    WIRE_M_TEXT(struct card, title, CARD_TEXT_BYTES_MAX),
    WIRE_M_TEXT(struct card, line, CARD_TEXT_BYTES_MAX),
    WIRE_M_TEXT(struct card, language, LIMIT_LANGUAGE_BYTES),
    WIRE_M_NUMBER(struct card, ground),
    WIRE_M_NUMBER(struct card, ink),
    WIRE_M_NUMBER(struct card, accent),
};
const struct wire_shape card_shape = WIRE_SHAPE(struct card, card_members);

/* --- Starting --- */

static err start_encoder(const struct maker_spec *spec, struct maker *maker) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        FAIL(ERR_IO, "a socket pair: %s", strerror(errno));
    }
    CLEANUP(fd_close) int theirs = ends[1];
    const char *const argv[] = {"encoder", NULL};
    const int fds[] = {theirs, maker->scrub.socket};
    struct child_spec child = {.program = spec->encoder,
                               .argv = argv,
                               .fds = fds,
                               .fd_count = spec->scrub.program ? 2 : 1};
    maker->socket = ends[0];
    return child_start(&child, &maker->encoder);
}

err maker_start(const struct maker_spec *spec, struct maker *ret_maker) {
    struct maker maker = MAKER_STOPPED;
    err e = spec->scrub.program == NULL ? OK : scrub_start(&spec->scrub, &maker.scrub);
    if (e.kind == ERR_NONE) e = start_encoder(spec, &maker);
    if (e.kind != ERR_NONE) {
        maker_stop(&maker);
        return e;
    }
    *ret_maker = maker;
    return OK;
}

void maker_stop(struct maker *maker) {
    child_kill(&maker->encoder);
    scrub_stop(&maker->scrub);
    fd_close(&maker->socket);
    fd_close(&maker->answer);
    *maker = (struct maker)MAKER_STOPPED;
}

/* --- Giving --- */

static err make_file(int *ret_fd) {
    int fd = memfd_create("picture", MFD_CLOEXEC);
    if (fd < 0) FAIL(ERR_IO, "a memory file: %s", strerror(errno));
    *ret_fd = fd;
    return OK;
}

/* What is given: a message, and the file that goes with it, or -1. */
struct gift {
    enum maker_message type;
    int input;
    const struct wire_shape *shape;
    const void *body;
};

static err give(struct maker *maker, const struct sys *sys, const struct gift *gift) {
    CLEANUP(arena_done) struct arena a;
    struct buf b;
    str packed;
    assert(maker->answer < 0);
    arena_init(&a, sys, MESSAGE_ARENA_BYTES);
    buf_init(&b, &a, MAKER_MESSAGE_BYTES);
    wire_pack(&b, gift->shape, gift->body);
    TRY(buf_finish(&b, &packed));
    CLEANUP(fd_close) int answer = -1;
    TRY(make_file(&answer));
    const int files[2] = {gift->input < 0 ? answer : gift->input, answer};
    TRY(wire_send(maker->socket, gift->type, packed, files, gift->input < 0 ? 1 : 2));
    maker->answer = answer;
    answer = -1;
    return OK;
}

static err give_picture(struct maker *maker, const struct sys *sys, enum maker_message type,
                        int input, bool with_avif) {
    const struct maker_order order = {.with_avif = with_avif};
    const struct gift gift = {type, input, &maker_order_shape, &order};
    return give(maker, sys, &gift);
}

err maker_give(struct maker *maker, const struct sys *sys, int fd, bool with_avif) {
    CLEANUP(fd_close) int reader = -1;
    TRY(scrub_reopen(sys, fd, &reader));
    return give_picture(maker, sys, MAKER_FILE, reader, with_avif);
}

err maker_give_pixels(struct maker *maker, const struct sys *sys, const struct pixels *pixels,
                      bool with_avif) {
    struct pixels_header header = {.magic = PIXELS_MAGIC,
                                   .version = PIXELS_VERSION,
                                   .status = PIXELS_READ,
                                   .format = PIXELS_FORMAT_PNG, /* the next of kin of no file */
                                   .width = pixels->width,
                                   .height = pixels->height,
                                   .bands = pixels->bands};
    CLEANUP(fd_close) int input = -1;
    TRY(make_file(&input));
    TRY(file_write_all(sys, input, (str){(const char *)&header, sizeof header}));
    TRY(file_write_all(sys, input, pixels->bytes));
    return give_picture(maker, sys, MAKER_PIXELS, input, with_avif);
}

err maker_give_card(struct maker *maker, const struct sys *sys, const struct card *card) {
    struct card cut = *card;
    cut.title = utf8_cut(card->title, CARD_TEXT_BYTES_MAX);
    cut.line = utf8_cut(card->line, CARD_TEXT_BYTES_MAX);
    const struct gift gift = {MAKER_CARD, -1, &card_shape, &cut};
    return give(maker, sys, &gift);
}

/* --- Taking --- */

static err read_exactly(const struct sys *sys, int fd, void *block, size_t size) {
    char *place = block;
    while (size > 0) {
        ssize_t got = sys->read(sys->ctx, fd, place, size);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) FAIL(ERR_IO, "the encoder's answer: %s", strerror(errno));
        if (got == 0) FAIL(ERR_IO, "the encoder's answer ends too early");
        place += got;
        size -= (size_t)got;
    }
    return OK;
}

static err check_head(const struct maker_head *head, size_t *ret_total) {
    size_t total = 0;
    bool is_good = head->format <= PICTURE_PNG && head->count >= 1 &&
                   head->count <= PICTURE_SIZES_MAX && head->has_avif <= 1;
    size_t count = is_good ? head->count * (1 + head->has_avif) : 0;
    for (size_t i = 0; i < count; i++) total += head->files[i].bytes;
    if (!is_good || total > MAKER_OUTPUT_BYTES_MAX) {
        FAIL(ERR_IO, "the encoder's answer makes no sense");
    }
    *ret_total = total;
    return OK;
}

static err take_files(struct arena *a, int answer, struct picture_set *ret_set) {
    struct maker_head head;
    size_t total = 0;
    if (lseek(answer, 0, SEEK_SET) != 0) FAIL(ERR_IO, "the answer: %s", strerror(errno));
    TRY(read_exactly(a->sys, answer, &head, sizeof head));
    TRY(check_head(&head, &total));
    char *bytes = arena_alloc(a, total);
    if (bytes == NULL) FAIL(ERR_NO_MEMORY, "no memory for the files of a picture");
    TRY(read_exactly(a->sys, answer, bytes, total));
    struct picture_set set = {.format = (enum picture_format)head.format,
                              .colour = head.colour,
                              .count = head.count,
                              .has_avif = head.has_avif == 1};
    for (size_t i = 0; i < head.count * (1 + head.has_avif); i++) {
        struct picture_size *size = i < head.count ? &set.sizes[i] : &set.avif[i - head.count];
        *size = (struct picture_size){
            head.files[i].width, head.files[i].height, {bytes, head.files[i].bytes}};
        bytes += head.files[i].bytes;
    }
    *ret_set = set;
    return OK;
}

/* Whatever goes wrong between the encoder and us is wrong for every picture after this one too. */
static err gone(err e) {
    if (e.kind != ERR_NO_MEMORY) e.kind = ERR_IO;
    return err_wrap(e, "the encoder");
}

static err hear(struct maker *maker, struct arena *a) {
    struct wire_message message;
    struct maker_failure failure;
    err e = wire_receive(a, maker->socket, 0, &message);
    if (e.kind != ERR_NONE) return gone(e);
    wire_close_files(&message); /* there are none */
    if (message.type == MAKER_DONE) return OK;
    e = wire_unpack(a, &maker_failure_shape, message.bytes, &failure);
    if (e.kind != ERR_NONE) return gone(e);
    bool is_kind = failure.kind > ERR_NONE && failure.kind < ERR_KIND_COUNT;
    FAIL(is_kind ? (enum err_kind)failure.kind : ERR_IO, STR_FMT, STR_ARG(failure.message));
}

err maker_take(struct maker *maker, struct arena *a, struct picture_set *ret_set) {
    CLEANUP(fd_close) int answer = maker->answer;
    assert(answer >= 0);
    maker->answer = -1;
    TRY(hear(maker, a));
    return take_files(a, answer, ret_set);
}

err maker_put(const struct sys *sys, int answer, const struct picture_set *set) {
    struct maker_head head = {.format = (uint32_t)set->format,
                              .colour = set->colour,
                              .count = (uint32_t)set->count,
                              .has_avif = set->has_avif};
    size_t count = set->count * (set->has_avif ? 2 : 1);
    size_t total = 0;
    for (size_t i = 0; i < count; i++) {
        const struct picture_size *size =
            i < set->count ? &set->sizes[i] : &set->avif[i - set->count];
        total += size->bytes.len;
        if (total > MAKER_OUTPUT_BYTES_MAX) FAIL(ERR_LIMIT, "its files would be too large");
        head.files[i].width = size->width;
        head.files[i].height = size->height;
        head.files[i].bytes = (uint32_t)size->bytes.len;
    }
    TRY(file_write_all(sys, answer, (str){(const char *)&head, sizeof head}));
    for (size_t i = 0; i < count; i++) {
        const struct picture_size *size =
            i < set->count ? &set->sizes[i] : &set->avif[i - set->count];
        TRY(file_write_all(sys, answer, size->bytes));
    }
    return OK;
}
