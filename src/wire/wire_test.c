/* wire_test.c: messages come back as they went, and nothing else comes in. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fault.h"
#include "vault/vault.h"
#include "wire/gate_calls.h"

enum { ARENA_CAP = 128 << 20, SMALL_CAP = 1 << 20 };

struct bench {
    struct sys sys;
    struct arena arena;
    int ends[2];
};

static void good(err e) {
    if (e.kind != ERR_NONE) fail_msg("%s", e.message);
}

static int begin(void **state) {
    struct bench *bench = calloc(1, sizeof *bench);
    if (bench == NULL) return -1;
    bench->sys = sys_real();
    arena_init(&bench->arena, &bench->sys, ARENA_CAP);
    good(vault_start());
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, bench->ends) != 0) return -1;
    *state = bench;
    return 0;
}

static int end(void **state) {
    struct bench *bench = *state;
    fd_close(&bench->ends[0]);
    fd_close(&bench->ends[1]);
    arena_done(&bench->arena);
    free(bench);
    return 0;
}

/* ---- By shape ------------------------------------------------------------------------------- */

static err pack(struct arena *a, const struct wire_shape *shape, const void *message,
                str *ret_bytes) {
    struct buf packed;
    buf_init(&packed, a, LIMIT_MESSAGE_BYTES);
    wire_pack(&packed, shape, message);
    return buf_finish(&packed, ret_bytes);
}

/* Fills a message of any shape with something to tell apart: two items in a list, short texts. */
static void fill(struct arena *a, const struct wire_shape *shape, char *message, int *seed) {
    for (size_t i = 0; i < shape->count; i++) {
        const struct wire_member *member = &shape->members[i];
        char *place = message + member->offset;
        ++*seed;
        if (member->kind == WIRE_NUMBER) {
            int64_t value = *seed % 3 == 0 ? INT64_MIN + *seed : *seed * 1000003;
            memcpy(place, &value, sizeof value);
        } else if (member->kind == WIRE_FIXED) {
            memset(place, *seed, member->max);
        } else if (member->kind == WIRE_NESTED) {
            fill(a, member->item, place, seed);
        } else if (member->kind == WIRE_LIST) {
            size_t count = 2;
            char *items = arena_array(a, count, member->item->size);
            for (size_t j = 0; j < count; j++) {
                fill(a, member->item, items + j * member->item->size, seed);
            }
            memcpy(place, &items, sizeof items);
            memcpy(message + member->count_offset, &count, sizeof count);
        } else {
            str text = STR("종이 paper");
            text.len -= (size_t)(*seed % 4); /* the first characters have three bytes each */
            memcpy(place, &text, sizeof text);
        }
    }
}

static const struct wire_shape *shape_at(size_t number) {
    if (number < 2 * GATE_CALL_COUNT) {
        const struct gate_call_row *row = gate_call_of((enum gate_call)(number / 2));
        return number % 2 == 0 ? row->request : row->reply;
    }
    const struct wire_shape *const others[] = {&source_shape, &clearance_shape, &gate_error_shape,
                                               &gate_person_record_shape};
    number -= (size_t)2 * GATE_CALL_COUNT;
    return number < COUNT_OF(others) ? others[number] : NULL;
}

static str filled(struct arena *a, const struct wire_shape *shape) {
    int seed = 0;
    str bytes;
    char *message = arena_alloc(a, shape->size);
    fill(a, shape, message, &seed);
    good(pack(a, shape, message, &bytes));
    return bytes;
}

static void every_shape_comes_back_as_it_went(void **state) {
    struct bench *bench = *state;
    const struct wire_shape *shape;
    size_t number = 0;
    for (; (shape = shape_at(number)) != NULL; number++) {
        str bytes = filled(&bench->arena, shape);
        str again;
        void *read = arena_alloc(&bench->arena, shape->size);
        good(wire_unpack(&bench->arena, shape, bytes, read));
        good(pack(&bench->arena, shape, read, &again));
        assert_true(str_eq(bytes, again));
    }
    assert_int_equal(number, 2 * GATE_CALL_COUNT + 4);
}

static void a_message_cut_anywhere_is_refused(void **state) {
    struct bench *bench = *state;
    const struct wire_shape *shape;
    for (size_t number = 0; (shape = shape_at(number)) != NULL; number++) {
        str bytes = filled(&bench->arena, shape);
        for (size_t len = 0; len < bytes.len; len++) {
            /* A block of its own, so that a sanitizer sees one byte too far. */
            char *exact = malloc(len + 1);
            memcpy(exact, bytes.ptr, len);
            struct arena_mark mark = arena_mark(&bench->arena);
            void *read = arena_alloc(&bench->arena, shape->size);
            err e = wire_unpack(&bench->arena, shape, (str){exact, len}, read);
            assert_true(e.kind == ERR_INVALID || e.kind == ERR_LIMIT);
            arena_reset(&bench->arena, mark);
            free(exact);
        }
    }
}

static void a_message_with_any_bit_turned_is_refused_or_another_one(void **state) {
    struct bench *bench = *state;
    const struct wire_shape *shape;
    for (size_t number = 0; (shape = shape_at(number)) != NULL; number++) {
        str bytes = filled(&bench->arena, shape);
        char *bent = malloc(bytes.len);
        memcpy(bent, bytes.ptr, bytes.len);
        for (size_t bit = 0; bit < bytes.len * 8; bit++) {
            struct arena_mark mark = arena_mark(&bench->arena);
            void *read = arena_alloc(&bench->arena, shape->size);
            bent[bit / 8] = (char)(bent[bit / 8] ^ (1 << bit % 8));
            err e = wire_unpack(&bench->arena, shape, (str){bent, bytes.len}, read);
            if (e.kind == ERR_NONE) { /* then it is canonical: it packs to the same bytes */
                str again;
                good(pack(&bench->arena, shape, read, &again));
                assert_true(str_eq(again, (str){bent, bytes.len}));
            } else {
                assert_true(e.kind == ERR_INVALID || e.kind == ERR_LIMIT);
            }
            bent[bit / 8] = (char)(bent[bit / 8] ^ (1 << bit % 8));
            arena_reset(&bench->arena, mark);
        }
        free(bent);
    }
}

static void refuses_bytes_behind_the_message(void **state) {
    struct bench *bench = *state;
    struct gate_nothing nothing = {0};
    char bytes[9] = {0};
    const struct wire_shape *shape = gate_call_of(GATE_STATUS)->request;
    good(wire_unpack(&bench->arena, shape, (str){bytes, 8}, &nothing));
    err e = wire_unpack(&bench->arena, shape, (str){bytes, 9}, &nothing);
    assert_int_equal(e.kind, ERR_INVALID);
}

static void refuses_text_that_is_not_utf8(void **state) {
    struct bench *bench = *state;
    struct gate_id id = {.id = STR("\xED\xA0\x80")}; /* a lone surrogate */
    const struct wire_shape *shape = gate_call_of(GATE_STATEMENT)->request;
    str bytes;
    good(pack(&bench->arena, shape, &id, &bytes));
    assert_int_equal(wire_unpack(&bench->arena, shape, bytes, &id).kind, ERR_INVALID);
}

/* The gate packs what callers made it say: a list or a text beyond its shape must not end it. */
static void packing_more_than_a_shape_holds_is_an_error(void **state) {
    struct bench *bench = *state;
    char *long_name = arena_alloc(&bench->arena, LIMIT_NAME_BYTES + 1);
    const struct wire_shape *shape = gate_call_of(GATE_STATEMENT)->request;
    str bytes;
    memset(long_name, 'x', LIMIT_NAME_BYTES + 1);
    struct gate_id id = {.id = {long_name, LIMIT_NAME_BYTES}};
    good(pack(&bench->arena, shape, &id, &bytes));
    id.id.len++;
    assert_int_equal(pack(&bench->arena, shape, &id, &bytes).kind, ERR_LIMIT);
    struct gate_name *links = arena_array(&bench->arena, LIMIT_LIST_ITEMS + 1, sizeof *links);
    struct gate_person person = {.links = links, .link_count = LIMIT_LIST_ITEMS};
    shape = gate_call_of(GATE_PERSON_ADD)->request;
    good(pack(&bench->arena, shape, &person, &bytes));
    person.link_count++;
    assert_int_equal(pack(&bench->arena, shape, &person, &bytes).kind, ERR_LIMIT);
}

static void a_promise_of_many_items_takes_no_memory(void **state) {
    struct bench *bench = *state;
    CLEANUP(arena_done) struct arena small;
    struct gate_keys keys;
    char bytes[8] = "\xA0\x86\x01\0\0\0\0"; /* 100,000 items, and four bytes of them */
    arena_init(&small, &bench->sys, SMALL_CAP);
    err e = wire_unpack(&small, gate_call_of(GATE_WITHDRAW)->reply, (str){bytes, 8}, &keys);
    assert_int_equal(e.kind, ERR_INVALID);
    assert_int_equal(small.used, 0);
}

/* ---- Sources -------------------------------------------------------------------------------- */

static void any_change_of_a_source_changes_its_hash(void **state) {
    struct bench *bench = *state;
    struct source_file file = {.hash = {1}};
    struct source_text text = {.place = STR("title"), .text = STR("The kettle")};
    struct source_picture picture = {.media = 7, .files = &file, .file_count = 1};
    struct source source = {.key = STR("12/en"),
                            .kind = STR("story"),
                            .language = STR("en"),
                            .texts = &text,
                            .text_count = 1,
                            .pictures = &picture,
                            .picture_count = 1};
    unsigned char first[32];
    unsigned char other[32];
    size_t used = bench->arena.used;
    good(source_hash(&bench->arena, &source, first));
    assert_int_equal(bench->arena.used, used); /* what it packed is given back */
    good(source_hash(&bench->arena, &source, other));
    assert_memory_equal(first, other, 32);
    file.hash[31] = 1;
    good(source_hash(&bench->arena, &source, other));
    assert_memory_not_equal(first, other, 32);
    file.hash[31] = 0;
    text.text = STR("The kettle,");
    good(source_hash(&bench->arena, &source, other));
    assert_memory_not_equal(first, other, 32);
    text = (struct source_text){.place = STR("titleT"), .text = STR("he kettle")};
    good(source_hash(&bench->arena, &source, other));
    assert_memory_not_equal(first, other, 32); /* where a text ends is part of it */
}

/* ---- On a socket ---------------------------------------------------------------------------- */

static void a_message_crosses_a_socket_with_its_files(void **state) {
    struct bench *bench = *state;
    CLEANUP(wire_close_files) struct wire_message message = {0};
    int files[2] = {memfd_create("one", MFD_CLOEXEC), memfd_create("two", MFD_CLOEXEC)};
    assert_int_equal(write(files[1], "inside", 6), 6);
    good(wire_send(bench->ends[0], 9, STR("bytes"), files, 2));
    close(files[0]);
    close(files[1]);
    good(wire_receive(&bench->arena, bench->ends[1], 5, &message));
    assert_int_equal(message.type, 9);
    assert_true(str_eq(message.bytes, STR("bytes")));
    assert_int_equal(message.file_count, 2);
    char inside[8];
    assert_int_equal(pread(message.files[1], inside, sizeof inside, 0), 6);
    assert_memory_equal(inside, "inside", 6);
    assert_int_equal(fcntl(message.files[0], F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
}

static void messages_keep_apart(void **state) {
    struct bench *bench = *state;
    CLEANUP(wire_close_files) struct wire_message message = {0};
    int file = memfd_create("file", MFD_CLOEXEC);
    good(wire_send(bench->ends[0], 1, STR("first"), NULL, 0));
    good(wire_send(bench->ends[0], 2, (str){0}, &file, 1));
    good(wire_send(bench->ends[0], 3, STR("third"), NULL, 0));
    close(file);
    for (uint32_t i = 1; i <= 3; i++) {
        good(wire_receive(&bench->arena, bench->ends[1], 5, &message));
        assert_int_equal(message.type, i);
        assert_int_equal(message.file_count, i == 2);
        assert_int_equal(message.bytes.len, i == 2 ? 0 : 5);
        wire_close_files(&message);
    }
}

static void says_how_the_other_side_ended(void **state) {
    struct bench *bench = *state;
    struct wire_message message;
    assert_int_equal(send(bench->ends[0], "\x05\0\0\0\0\0\0\0he", 10, 0), 10);
    shutdown(bench->ends[0], SHUT_WR);
    assert_int_equal(wire_receive(&bench->arena, bench->ends[1], 5, &message).kind, ERR_IO);
    assert_int_equal(wire_receive(&bench->arena, bench->ends[1], 5, &message).kind, ERR_NOT_FOUND);
    fd_close(&bench->ends[0]);
    assert_int_equal(wire_send(bench->ends[1], 1, STR("x"), NULL, 0).kind, ERR_IO);
}

static void refuses_a_head_that_promises_too_much(void **state) {
    struct bench *bench = *state;
    struct wire_message message;
    uint32_t head[2] = {LIMIT_MESSAGE_BYTES + 1, 0};
    assert_int_equal(send(bench->ends[0], head, sizeof head, 0), sizeof head);
    assert_int_equal(wire_receive(&bench->arena, bench->ends[1], 5, &message).kind, ERR_LIMIT);
}

static int open_files(void) {
    int count = 0;
    for (int fd = 0; fd < 256; fd++) count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

static void closes_the_files_of_a_message_it_refuses(void **state) {
    struct bench *bench = *state;
    struct wire_message message;
    CLEANUP(arena_done) struct arena tiny;
    int file = memfd_create("file", MFD_CLOEXEC);
    int before = open_files();
    arena_init(&tiny, &bench->sys, 64);
    char *bytes = arena_alloc(&bench->arena, 4096);
    good(wire_send(bench->ends[0], 1, (str){bytes, 4096}, &file, 1));
    assert_int_equal(wire_receive(&tiny, bench->ends[1], 5, &message).kind, ERR_NO_MEMORY);
    assert_int_equal(open_files(), before);
    close(file);
}

/* ---- As far as it goes now ------------------------------------------------------------------ */

/* Byte by byte, with a file at the first: nothing is waited for, and it is the same message. */
static void a_message_arrives_in_pieces(void **state) {
    struct bench *bench = *state;
    struct wire_arrival arrival = {.got = 0};
    int raw[2];
    char bytes[64];
    bool is_whole = true;
    int file = memfd_create("one", MFD_CLOEXEC);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, raw), 0);
    good(wire_send(raw[0], 7, STR("in pieces"), NULL, 0));
    ssize_t size = recv(raw[1], bytes, sizeof bytes, 0);
    good(wire_arrive(&bench->arena, bench->ends[1], &arrival, &is_whole));
    assert_false(is_whole); /* nothing has come, and nobody waited */
    for (ssize_t i = 0; i < size; i++) {
        assert_false(is_whole);
        assert_int_equal(send(bench->ends[0], bytes + i, 1, 0), 1);
        good(wire_arrive(&bench->arena, bench->ends[1], &arrival, &is_whole));
    }
    assert_true(is_whole);
    assert_int_equal(arrival.message.type, 7);
    assert_true(str_eq(arrival.message.bytes, STR("in pieces")));
    arrival = (struct wire_arrival){.got = 0};
    good(wire_send(bench->ends[0], 8, (str){0}, &file, 1));
    good(wire_send(bench->ends[0], 9, STR("the next"), NULL, 0));
    good(wire_arrive(&bench->arena, bench->ends[1], &arrival, &is_whole));
    assert_true(is_whole);
    assert_int_equal(arrival.message.type, 8); /* and no byte of the next */
    assert_int_equal(arrival.message.file_count, 1);
    wire_close_files(&arrival.message);
    close(file);
    close(raw[0]);
    close(raw[1]);
}

/* More than a socket holds goes out as it is taken. */
static void a_message_departs_as_it_is_taken(void **state) {
    struct bench *bench = *state;
    enum { BYTES = 3 << 20 };
    char *bytes = arena_alloc(&bench->arena, BYTES);
    struct wire_departure departure = {.type = 5, .bytes = {bytes, BYTES}};
    struct wire_arrival arrival = {.got = 0};
    bool is_sent = false;
    bool is_whole = false;
    int turns = 0;
    for (int i = 0; i < BYTES; i++) bytes[i] = (char)(i * 7);
    while (!is_whole) {
        if (!is_sent) good(wire_depart(bench->ends[0], &departure, &is_sent));
        good(wire_arrive(&bench->arena, bench->ends[1], &arrival, &is_whole));
        turns++;
    }
    assert_true(is_sent && turns > 1);
    assert_int_equal(arrival.message.type, 5);
    assert_true(str_eq(arrival.message.bytes, departure.bytes));
    fd_close(&bench->ends[1]);
    departure.sent = 0;
    assert_int_equal(wire_depart(bench->ends[0], &departure, &is_sent).kind, ERR_IO);
}

static void what_arrives_is_bounded_and_ends(void **state) {
    struct bench *bench = *state;
    struct wire_arrival arrival = {.got = 0};
    bool is_whole = false;
    uint32_t head[2] = {LIMIT_MESSAGE_BYTES, 0};
    assert_int_equal(send(bench->ends[0], head, sizeof head, 0), sizeof head);
    good(wire_arrive(&bench->arena, bench->ends[1], &arrival, &is_whole));
    assert_true(bench->arena.used < SMALL_CAP); /* a promise takes no memory */
    shutdown(bench->ends[0], SHUT_WR);
    assert_int_equal(wire_arrive(&bench->arena, bench->ends[1], &arrival, &is_whole).kind,
                     ERR_NOT_FOUND);
    head[0]++;
    memcpy(arrival.head, head, sizeof head);
    assert_int_equal(wire_arrive(&bench->arena, bench->ends[1], &arrival, &is_whole).kind,
                     ERR_LIMIT);
}

/* ---- Asking the gate ------------------------------------------------------------------------ */

static err ask_status(struct bench *bench, struct gate_status *ret_status) {
    struct gate_nothing nothing = {0};
    struct gate_request request = {.call = GATE_STATUS, .body = &nothing};
    return gate_ask(&bench->arena, bench->ends[1], &request, ret_status);
}

static void carries_an_error_of_the_gate_over(void **state) {
    struct bench *bench = *state;
    struct gate_error error = {.kind = ERR_BUSY, .message = STR("another gate is at work")};
    struct gate_status status;
    str bytes;
    good(pack(&bench->arena, &gate_error_shape, &error, &bytes));
    good(wire_send(bench->ends[0], GATE_REPLY_ERROR, bytes, NULL, 0));
    err e = ask_status(bench, &status);
    assert_int_equal(e.kind, ERR_BUSY);
    assert_string_equal(e.message, "another gate is at work");
    error.kind = ERR_NONE; /* an error that is none must not pass for an answer */
    good(pack(&bench->arena, &gate_error_shape, &error, &bytes));
    good(wire_send(bench->ends[0], GATE_REPLY_ERROR, bytes, NULL, 0));
    assert_int_equal(ask_status(bench, &status).kind, ERR_INVALID);
}

static void an_answer_of_no_known_kind_is_refused(void **state) {
    struct bench *bench = *state;
    struct gate_status status = {0};
    good(wire_send(bench->ends[0], 77, STR("hello"), NULL, 0));
    assert_int_equal(ask_status(bench, &status).kind, ERR_INVALID);
}

static void a_socket_that_failed_is_not_asked_again(void **state) {
    struct bench *bench = *state;
    struct gate_status status = {0};
    str bytes;
    uint32_t head[2] = {LIMIT_MESSAGE_BYTES + 1, GATE_REPLY_OK};
    assert_int_equal(send(bench->ends[0], head, sizeof head, 0), sizeof head);
    good(pack(&bench->arena, gate_call_of(GATE_STATUS)->reply, &status, &bytes));
    good(
        wire_send(bench->ends[0], GATE_REPLY_OK, bytes, NULL, 0)); /* it would be the next answer */
    assert_int_equal(ask_status(bench, &status).kind, ERR_LIMIT);
    assert_int_equal(ask_status(bench, &status).kind, ERR_IO);
}

static err cross(const struct sys *sys, int *ends) {
    CLEANUP(arena_done) struct arena a;
    CLEANUP(wire_close_files) struct wire_message message = {0};
    struct gate_statement statement;
    arena_init(&a, sys, SMALL_CAP);
    str bytes = filled(&a, gate_call_of(GATE_APPEARS)->request);
    TRY(wire_send(ends[0], 1, bytes, NULL, 0));
    TRY(wire_receive(&a, ends[1], 5, &message));
    TRY(wire_unpack(&a, gate_call_of(GATE_APPEARS)->request, message.bytes, &statement));
    struct wire_arrival arrival = {.got = 0};
    bool is_whole = false;
    TRY(wire_send(ends[0], 1, bytes, NULL, 0));
    TRY(wire_arrive(&a, ends[1], &arrival, &is_whole));
    assert_true(is_whole);
    return OK;
}

static void every_failed_allocation_is_an_error(void **state) {
    struct bench *bench = *state;
    for (int n = 2; n < FAULT_RUNS_MAX; n++) { /* the first chunk is the test's own */
        struct fault fault;
        struct sys sys = fault_sys(&fault, n);
        err e = cross(&sys, bench->ends);
        if (fault_ended(&fault, e)) return;
    }
    fail_msg("no run was clean");
}

#define WIRE_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void) {
    const struct CMUnitTest tests[] = {
        WIRE_TEST(every_shape_comes_back_as_it_went),
        WIRE_TEST(a_message_cut_anywhere_is_refused),
        WIRE_TEST(a_message_with_any_bit_turned_is_refused_or_another_one),
        WIRE_TEST(refuses_bytes_behind_the_message),
        WIRE_TEST(refuses_text_that_is_not_utf8),
        WIRE_TEST(packing_more_than_a_shape_holds_is_an_error),
        WIRE_TEST(a_promise_of_many_items_takes_no_memory),
        WIRE_TEST(any_change_of_a_source_changes_its_hash),
        WIRE_TEST(a_message_crosses_a_socket_with_its_files),
        WIRE_TEST(messages_keep_apart),
        WIRE_TEST(says_how_the_other_side_ended),
        WIRE_TEST(refuses_a_head_that_promises_too_much),
        WIRE_TEST(closes_the_files_of_a_message_it_refuses),
        WIRE_TEST(a_message_arrives_in_pieces),
        WIRE_TEST(a_message_departs_as_it_is_taken),
        WIRE_TEST(what_arrives_is_bounded_and_ends),
        WIRE_TEST(carries_an_error_of_the_gate_over),
        WIRE_TEST(an_answer_of_no_known_kind_is_refused),
        WIRE_TEST(a_socket_that_failed_is_not_asked_again),
        WIRE_TEST(every_failed_allocation_is_an_error),
    };
    return cmocka_run_group_tests_name("wire", tests, NULL, NULL);
}
