/* metrics_test.c: the whole text, byte for byte, and what is answered when there is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fault.h"
#include "web/metrics.h"
#include "web/web_impl.h"

static void good(err e) {
    if (e.kind != ERR_NONE) fail_msg("%s", e.message);
}

/* A web and a server that were asked nothing. */
struct desk {
    struct sys real;
    struct sys sys; /* the metrics' own */
    struct fault fault;
    struct web web;
    struct http_server *server;
    struct metrics metrics;
    struct http_handler handler;
    struct http_response response;
};

static void desk_open(struct desk *desk) {
    static const struct http_handler none = {0};
    struct http_options options = http_options_default();
    *desk = (struct desk){.real = sys_real()};
    desk->sys = fault_sys(&desk->fault, 0);
    good(http_server_open(&desk->real, &options, &none, &desk->server));
    desk->metrics = (struct metrics){.sys = &desk->sys,
                                     .web = &desk->web,
                                     .server = desk->server,
                                     .started = 1795415241,
                                     .statm = -1};
    desk->handler = metrics_handler(&desk->metrics);
}

static void release(struct desk *desk) {
    if (desk->response.token != NULL)
        desk->handler.release(desk->handler.ctx, desk->response.token);
    desk->response = (struct http_response){0};
}

static void desk_done(struct desk *desk) {
    release(desk);
    assert_int_equal(desk->fault.live, 0);
    http_server_close(&desk->server);
}

static str ask(struct desk *desk, enum http_method method, const char *path) {
    struct http_request request = {.method = method, .path = str_of(path)};
    release(desk);
    desk->handler.answer(desk->handler.ctx, &request, &desk->response);
    return desk->response.body;
}

/* Up to the memory of connections, which is for the server to say. */
static const char SUMS[] =
    "# TYPE hanji_answers counter\n"
    "# HELP hanji_answers Requests answered, by the class of the status.\n"
    "hanji_answers_total{class=\"1xx\"} 0\n"
    "hanji_answers_total{class=\"2xx\"} 18446744073709551615\n"
    "hanji_answers_total{class=\"3xx\"} 3\n"
    "hanji_answers_total{class=\"4xx\"} 4\n"
    "hanji_answers_total{class=\"5xx\"} 5\n"
    "# UNIT hanji_answered_bytes bytes\n"
    "# TYPE hanji_answered_bytes counter\n"
    "# HELP hanji_answered_bytes Bytes of the bodies of answers.\n"
    "hanji_answered_bytes_total 77\n"
    "# TYPE hanji_connections gauge\n"
    "# HELP hanji_connections Connections open now.\n"
    "hanji_connections 0\n"
    "# TYPE hanji_connections_accepted counter\n"
    "# HELP hanji_connections_accepted Connections accepted.\n"
    "hanji_connections_accepted_total 0\n"
    "# TYPE hanji_connections_late counter\n"
    "# HELP hanji_connections_late Connections ended by a deadline.\n"
    "hanji_connections_late_total 0\n"
    "# TYPE hanji_connections_overflowed counter\n"
    "# HELP hanji_connections_overflowed Connections turned away or closed because "
    "there were too many.\n"
    "hanji_connections_overflowed_total 0\n"
    "# TYPE hanji_connections_crowded counter\n"
    "# HELP hanji_connections_crowded Connections turned away because their network "
    "had enough.\n"
    "hanji_connections_crowded_total 0\n"
    "# TYPE hanji_accept_failures counter\n"
    "# HELP hanji_accept_failures Times that no connection could be accepted.\n"
    "hanji_accept_failures_total 0\n"
    "# TYPE hanji_refused counter\n"
    "# HELP hanji_refused Requests and handshakes that were refused for what they were.\n"
    "hanji_refused_total 0\n"
    "# UNIT hanji_connection_memory_bytes bytes\n"
    "# TYPE hanji_connection_memory_bytes gauge\n"
    "# HELP hanji_connection_memory_bytes Memory of connections and their buffers.\n";

static const char REST[] = "# TYPE hanji_live gauge\n"
                           "# HELP hanji_live Whether a pressing is live.\n"
                           "hanji_live 0\n"
                           "# UNIT process_start_time_seconds seconds\n"
                           "# TYPE process_start_time_seconds gauge\n"
                           "# HELP process_start_time_seconds When the front was started.\n"
                           "process_start_time_seconds 1795415241\n";

/* And how much the process has, where the kernel tells. */
static const char MEMORY[] = "# UNIT process_resident_memory_bytes bytes\n"
                             "# TYPE process_resident_memory_bytes gauge\n"
                             "# HELP process_resident_memory_bytes Resident memory.\n";

static void check_text(struct desk *desk, const char *memory) {
    char wanted[METRICS_TEXT_MAX];
    snprintf(wanted, sizeof wanted, "%shanji_connection_memory_bytes %" PRIu64 "\n%s%s# EOF\n",
             SUMS, http_server_counters(desk->server).bytes_held, REST, memory);
    str text = ask(desk, HTTP_METHOD_GET, "/metrics");
    assert_int_equal(desk->response.status, 200);
    if (!str_eq(text, str_of(wanted)))
        fail_msg("%.*s\nwanted: %s", (int)text.len, text.ptr, wanted);
}

static void tells_every_line(void **state) {
    (void)state;
    struct desk desk;
    desk_open(&desk);
    desk.web.sums = (struct web_sums){.by_class = {0, UINT64_MAX, 3, 4, 5}, .bytes = 77};
    check_text(&desk, "");
    assert_true(str_eq(desk.response.lines,
                       STR("Content-Type: application/openmetrics-text; version=1.0.0; "
                           "charset=utf-8\r\nCache-Control: no-store\r\n")));
    desk_done(&desk);
}

/* The second number of statm is the resident pages; one that is none is not told. */
static void tells_memory_when_the_kernel_does(void **state) {
    (void)state;
    static const struct {
        const char *statm;
        long pages; /* -1: not told */
    } rows[] = {
        {"900 12 3 4 0 5 0\n", 12}, {"900 0 3\n", 0}, {"900", -1}, {"a b c\n", -1}, {"", -1}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct desk desk;
        char memory[400] = "";
        desk_open(&desk);
        desk.web.sums = (struct web_sums){.by_class = {0, UINT64_MAX, 3, 4, 5}, .bytes = 77};
        desk.metrics.statm = memfd_create("statm", MFD_CLOEXEC);
        assert_true(write(desk.metrics.statm, rows[i].statm, strlen(rows[i].statm)) >= 0);
        if (rows[i].pages >= 0)
            snprintf(memory, sizeof memory, "%sprocess_resident_memory_bytes %ld\n", MEMORY,
                     rows[i].pages * sysconf(_SC_PAGESIZE));
        check_text(&desk, memory);
        close(desk.metrics.statm);
        desk_done(&desk);
    }
}

static void answers_nothing_else(void **state) {
    (void)state;
    struct desk desk;
    desk_open(&desk);
    assert_true(str_eq(ask(&desk, HTTP_METHOD_GET, "/"), STR("GET /metrics\n")));
    assert_int_equal(desk.response.status, 404);
    assert_true(str_eq(ask(&desk, HTTP_METHOD_GET, "/metrics/"), STR("GET /metrics\n")));
    assert_int_equal(desk.response.status, 404);
    ask(&desk, HTTP_METHOD_POST, "/metrics");
    assert_int_equal(desk.response.status, 404);
    ask(&desk, HTTP_METHOD_HEAD, "/metrics"); /* the server leaves the body out */
    assert_int_equal(desk.response.status, 200);
    desk_done(&desk);
}

/* Two answers that leave at the same time have a text each. */
static void keeps_a_text_until_it_has_left(void **state) {
    (void)state;
    struct desk desk;
    desk_open(&desk);
    ask(&desk, HTTP_METHOD_GET, "/metrics");
    struct http_response first = desk.response;
    desk.response = (struct http_response){0};
    desk.web.sums.by_class[1] = 9;
    str second = ask(&desk, HTTP_METHOD_GET, "/metrics");
    assert_true(str_contains(first.body, STR("{class=\"2xx\"} 0\n")));
    assert_true(str_contains(second, STR("{class=\"2xx\"} 9\n")));
    desk.handler.release(desk.handler.ctx, first.token);
    desk_done(&desk);
}

static void says_500_without_memory(void **state) {
    (void)state;
    struct desk desk;
    desk_open(&desk);
    desk.fault.fail_at = 1;
    str text = ask(&desk, HTTP_METHOD_GET, "/metrics");
    assert_int_equal(desk.response.status, 500);
    assert_int_equal(text.len, 0);
    assert_null(desk.response.token);
    ask(&desk, HTTP_METHOD_GET, "/metrics"); /* and the next one is told */
    assert_int_equal(desk.response.status, 200);
    desk_done(&desk);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_every_line),
        cmocka_unit_test(tells_memory_when_the_kernel_does),
        cmocka_unit_test(answers_nothing_else),
        cmocka_unit_test(keeps_a_text_until_it_has_left),
        cmocka_unit_test(says_500_without_memory),
    };
    return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
