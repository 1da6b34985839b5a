/* server_test.c: the loop, as a process of its own: many ask side by side, and whoever is slow,
 * hostile or gone holds up nobody. */
#include "base/sandbox.h"
#include "gate/gate_testing.h"
#include "gate/server.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

enum { PATIENCE_MS = 20000, PATIENCE_OF_GATE = 2, MANY = 3 * LIMIT_GATE_CLIENTS };

/* A gate in a child, over a socket in its ledger's folder, which stands for the site's as well. */
struct house {
    struct bench *bench;
    struct sockaddr_un name;
    pid_t gate;
    int ending; /* written to, the gate ends */
};

static void serve(struct bench *bench, int listener, int ending, int64_t seconds) {
    const struct sys sys = sys_real();
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    struct gate_post post = {.ledger = bench->ledger,
                             .officer = -1,
                             .listener = listener,
                             .ending = ending,
                             .site = bench->folder,
                             .folder = bench->folder,
                             .until = sys.now_seconds(sys.ctx) + seconds,
                             .patience_seconds = PATIENCE_OF_GATE};
    _exit(gate_serve(&sys, &post).kind == ERR_NONE ? 0 : 1);
}

static struct house open_house(struct bench *bench, int64_t seconds) {
    struct house house = {.bench = bench, .name = {.sun_family = AF_UNIX}};
    int ends[2];
    CLEANUP(fd_close) int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    memcpy(house.name.sun_path, "gate.sock", 10);
    assert_int_equal(bind(listener, (struct sockaddr *)&house.name, sizeof house.name), 0);
    assert_int_equal(listen(listener, MANY), 0);
    good(folder_make(&bench->arena, bench->folder, STR("ledger"), 0700));
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    house.gate = fork();
    assert_true(house.gate >= 0);
    if (house.gate == 0) serve(bench, listener, ends[0], seconds);
    fd_close(&ends[0]);
    house.ending = ends[1];
    return house;
}

/* How it ended; -1: it did not, in the time that a test waits. */
static int wait_for_end(struct house *house) {
    int status = -1;
    struct child child = {.pid = house->gate};
    const struct sys sys = sys_real();
    err e = child_wait(&sys, &child, PATIENCE_MS / 1000, &status);
    house->gate = 0;
    return e.kind == ERR_NONE && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void close_house(struct house *house) {
    if (house->gate > 0) {
        assert_int_equal(write(house->ending, "x", 1), 1);
        assert_int_equal(wait_for_end(house), 0);
    }
    fd_close(&house->ending);
    unlinkat(house->bench->folder, "gate.sock", 0);
    unlinkat(house->bench->folder, "ledger", AT_REMOVEDIR);
}

static int come_in(const struct house *house) {
    int client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(client, (const struct sockaddr *)&house->name, sizeof house->name), 0);
    return client;
}

static err ask_status(const struct house *house, int client) {
    struct gate_nothing nothing = {0};
    struct gate_status status;
    const struct gate_request request = {.call = GATE_STATUS, .body = &nothing};
    err e = gate_ask(&house->bench->arena, client, &request, &status);
    if (e.kind == ERR_NONE) assert_int_equal(status.process, house->gate);
    return e;
}

/* Whether the gate has let a client go; it is waited for. */
static bool is_let_go(int client) {
    struct pollfd file = {.fd = client, .events = POLLIN};
    char byte = 0;
    return poll(&file, 1, 2 * PATIENCE_MS) == 1 && recv(client, &byte, 1, 0) <= 0;
}

static void whoever_stops_in_the_middle_holds_up_nobody(void **state) {
    struct house house = open_house(*state, 60);
    int slow = come_in(&house);
    int silent = come_in(&house);
    int other = come_in(&house);
    assert_int_equal(send(slow, "\x08\0\0\0\0", 5, 0), 5); /* half a head */
    good(ask_status(&house, other));
    assert_int_equal(send(slow, "\0\0\0\0\0", 5, 0), 5); /* and a quarter of a body */
    good(ask_status(&house, other));
    assert_int_equal(send(slow, "\0\0\0\0\0\0", 6, 0), 6);
    struct wire_message message;
    good(wire_receive(&house.bench->arena, slow, PATIENCE_MS / 1000, &message));
    assert_int_equal(message.type, GATE_REPLY_OK); /* it was in time */
    good(ask_status(&house, silent));
    fd_close(&slow);
    fd_close(&silent);
    fd_close(&other);
    close_house(&house);
}

static void whoever_goes_in_the_middle_harms_nobody(void **state) {
    struct house house = open_house(*state, 60);
    int other = come_in(&house);
    for (int i = 0; i < MANY; i++) {
        int gone = come_in(&house);
        uint32_t head[2] = {8, GATE_STATUS};
        assert_int_equal(send(gone, head, sizeof head, 0), sizeof head);
        if (i % 2 == 0) assert_int_equal(send(gone, "\0\0\0\0\0\0\0\0", 8, 0), 8); /* and no ear */
        fd_close(&gone);
        good(ask_status(&house, other));
    }
    fd_close(&other);
    close_house(&house);
}

static void nonsense_is_answered_or_let_go(void **state) {
    struct house house = open_house(*state, 60);
    int other = come_in(&house);
    int loud = come_in(&house);
    uint32_t head[2] = {LIMIT_MESSAGE_BYTES + 1, GATE_STATUS};
    assert_int_equal(send(loud, head, sizeof head, 0), sizeof head);
    assert_true(is_let_go(loud));
    fd_close(&loud);
    loud = come_in(&house);
    struct wire_message message;
    good(wire_send(loud, GATE_CALL_COUNT + 5, STR("?"), NULL, 0));
    good(wire_receive(&house.bench->arena, loud, PATIENCE_MS / 1000, &message));
    assert_int_equal(message.type, GATE_REPLY_ERROR);
    good(wire_send(loud, GATE_CHECK, STR("no such message"), NULL, 0));
    good(wire_receive(&house.bench->arena, loud, PATIENCE_MS / 1000, &message));
    assert_int_equal(message.type, GATE_REPLY_ERROR);
    good(ask_status(&house, other));
    fd_close(&loud);
    fd_close(&other);
    close_house(&house);
}

/* Each has an answer to its own question: the processes' numbers are checked in ask_status, and a
 * question that is refused has a refusal. */
static void many_ask_at_once_and_answers_do_not_mix(void **state) {
    struct house house = open_house(*state, 60);
    int clients[LIMIT_GATE_CLIENTS];
    for (size_t i = 0; i < COUNT_OF(clients); i++) clients[i] = come_in(&house);
    for (int round = 0; round < 20; round++) {
        for (size_t i = 0; i < COUNT_OF(clients); i++) {
            bool is_status = (i + (size_t)round) % 2 == 0;
            good(wire_send(clients[i], is_status ? GATE_STATUS : GATE_WATCH,
                           STR("\0\0\0\0\0\0\0\0"), NULL, 0));
        }
        for (size_t i = COUNT_OF(clients); i-- > 0;) {
            struct wire_message message;
            bool is_status = (i + (size_t)round) % 2 == 0;
            good(wire_receive(&house.bench->arena, clients[i], PATIENCE_MS / 1000, &message));
            assert_int_equal(message.type, is_status ? GATE_REPLY_OK : GATE_REPLY_ERROR);
        }
    }
    for (size_t i = 0; i < COUNT_OF(clients); i++) fd_close(&clients[i]);
    close_house(&house);
}

/* Who is not proven hears of a text when a fixed time has passed, however soon it was read. */
static void time_tells_nothing_of_a_text(void **state) {
    struct house house = open_house(*state, 60);
    const struct sys sys = sys_real();
    CLEANUP(fd_close) int client = come_in(&house);
    const struct gate_examine text = {
        .source = {.key = STR("12/en"), .kind = STR("story"), .language = STR("en")},
        .road = STR("web")};
    const struct gate_request request = {.call = GATE_CHECK, .body = &text};
    struct gate_answer answer;
    for (int i = 0; i < 3; i++) {
        int64_t began_ns = sys.ticks_ns(sys.ctx);
        good(gate_ask(&house.bench->arena, client, &request, &answer));
        assert_true(sys.ticks_ns(sys.ctx) - began_ns >= LIMIT_GATE_ANSWER_MS * 1000000LL);
    }
    close_house(&house);
}

/* More than there are places: whoever has been idle longest makes room. */
static void a_crowd_of_idlers_keeps_nobody_out(void **state) {
    struct house house = open_house(*state, 60);
    int idle[MANY];
    for (size_t i = 0; i < COUNT_OF(idle); i++) idle[i] = come_in(&house);
    int other = come_in(&house);
    good(ask_status(&house, other));
    assert_true(is_let_go(idle[0]));
    for (size_t i = 0; i < COUNT_OF(idle); i++) fd_close(&idle[i]);
    good(ask_status(&house, other));
    fd_close(&other);
    close_house(&house);
}

/* All places are taken by those who began a message and do not go on: their time ends. */
static void a_crowd_that_never_ends_its_message_is_let_go(void **state) {
    struct house house = open_house(*state, 120);
    int slow[LIMIT_GATE_CLIENTS];
    for (size_t i = 0; i < COUNT_OF(slow); i++) {
        slow[i] = come_in(&house);
        assert_int_equal(send(slow[i], "\x08\0", 2, 0), 2);
    }
    int other = come_in(&house);
    good(ask_status(&house, other));
    assert_true(is_let_go(slow[0]));
    for (size_t i = 0; i < COUNT_OF(slow); i++) fd_close(&slow[i]);
    fd_close(&other);
    close_house(&house);
}

/* Asks and asks, and takes no answer, until nothing more goes out. */
static void whoever_takes_no_answer_is_let_go(void **state) {
    struct house house = open_house(*state, 120);
    CLEANUP(fd_close) int deaf = come_in(&house);
    CLEANUP(fd_close) int other = come_in(&house);
    static const char question[16] = {8}; /* eight bytes, GATE_STATUS, and a zero */
    struct pollfd file = {.fd = deaf, .events = POLLOUT};
    _Static_assert(GATE_STATUS == 0, "the question above");
    while (poll(&file, 1, 500) == 1 && (file.revents & POLLHUP) == 0) {
        if (send(deaf, question, sizeof question, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) break;
    }
    good(ask_status(&house, other));
    char bytes[4096];
    ssize_t got = 0;
    good(ask_status(&house, other));
    file.events = POLLHUP; /* what was not taken lies there still; the other end is closed */
    assert_int_equal(poll(&file, 1, PATIENCE_MS), 1);
    do got = recv(deaf, bytes, sizeof bytes, MSG_DONTWAIT);
    while (got > 0);
    good(ask_status(&house, other));
    close_house(&house);
}

static void it_ends_when_told_or_when_its_time_is_over(void **state) {
    struct gate_nothing nothing = {0};
    struct house house = open_house(*state, 60);
    int client = come_in(&house);
    const struct gate_request request = {.call = GATE_LOCK, .body = &nothing};
    good(gate_ask(&house.bench->arena, client, &request, &nothing));
    assert_int_equal(wait_for_end(&house), 0);
    fd_close(&client);
    close_house(&house);
    house = open_house(*state, 1);
    assert_int_equal(wait_for_end(&house), 0);
    close_house(&house);
}

static void see_it_open(const struct house *house) {
    CLEANUP(fd_close) int client = come_in(house);
    good(ask_status(house, client));
}

static void it_ends_when_its_place_is_another(void **state) {
    struct bench *bench = *state;
    struct house house = open_house(bench, 60);
    see_it_open(&house);
    assert_int_equal(unlinkat(bench->folder, "gate.sock", 0), 0); /* nobody could lock it */
    assert_int_equal(wait_for_end(&house), 0);
    close_house(&house);
    house = open_house(bench, 60);
    see_it_open(&house);
    assert_int_equal(renameat(bench->folder, "ledger", bench->folder, "ledger.old"), 0);
    assert_int_equal(mkdirat(bench->folder, "ledger", 0700), 0);
    assert_int_equal(wait_for_end(&house), 0);
    assert_int_equal(unlinkat(bench->folder, "ledger.old", AT_REMOVEDIR), 0);
    close_house(&house);
    house = open_house(bench, 60);
    see_it_open(&house);
    ledger_close(&bench->ledger);
    good(file_replace(&bench->arena, bench->folder, STR("ledger.db"), STR("a backup"), 0600));
    assert_int_equal(wait_for_end(&house), 0);
    close_house(&house);
}

#define SERVER_TEST(name) cmocka_unit_test_setup_teardown(name, bench_begin, bench_end)

int main(void) {
    const struct CMUnitTest tests[] = {
        SERVER_TEST(whoever_stops_in_the_middle_holds_up_nobody),
        SERVER_TEST(whoever_goes_in_the_middle_harms_nobody),
        SERVER_TEST(nonsense_is_answered_or_let_go),
        SERVER_TEST(many_ask_at_once_and_answers_do_not_mix),
        SERVER_TEST(time_tells_nothing_of_a_text),
        SERVER_TEST(a_crowd_of_idlers_keeps_nobody_out),
        SERVER_TEST(a_crowd_that_never_ends_its_message_is_let_go),
        SERVER_TEST(whoever_takes_no_answer_is_let_go),
        SERVER_TEST(it_ends_when_told_or_when_its_time_is_over),
        SERVER_TEST(it_ends_when_its_place_is_another),
    };
    return cmocka_run_group_tests_name("gate/server", tests, NULL, NULL);
}
