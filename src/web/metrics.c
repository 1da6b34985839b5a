/* metrics.c: see metrics.h. */
#include "web/metrics.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "web/web_impl.h"

/* A text under construction; what does not fit ends it, and the answer is a 500. */
struct text {
    struct metrics *metrics;
    size_t len;
    bool is_over;
};

static void add(struct text *text, const char *format, ...) PRINTF_LIKE(2, 3);
static void add(struct text *text, const char *format, ...) {
    va_list arguments;
    size_t room = sizeof text->metrics->text - text->len;
    va_start(arguments, format);
    int len = vsnprintf(text->metrics->text + text->len, room, format, arguments);
    va_end(arguments);
    if (len < 0 || (size_t)len >= room)
        text->is_over = true;
    else
        text->len += (size_t)len;
}

static void add_head(struct text *text, const char *name, const char *type, const char *help) {
    add(text, "# TYPE %s %s\n# HELP %s %s\n", name, type, name, help);
}

static void add_counter(struct text *text, const char *name, const char *help, uint64_t value) {
    add_head(text, name, "counter", help);
    add(text, "%s_total %" PRIu64 "\n", name, value);
}

static void add_gauge(struct text *text, const char *name, const char *help, int64_t value) {
    add_head(text, name, "gauge", help);
    add(text, "%s %" PRId64 "\n", name, value);
}

/* A metric whose name ends in its unit says so. */
static void add_unit(struct text *text, const char *name, const char *unit) {
    add(text, "# UNIT %s %s\n", name, unit);
}

static void add_answers(struct text *text, const struct web *web) {
    add_head(text, "hanji_answers", "counter", "Requests answered, by the class of the status.");
    for (size_t i = 0; i < COUNT_OF(web->sums.by_class); i++)
        add(text, "hanji_answers_total{class=\"%zuxx\"} %" PRIu64 "\n", i + 1,
            web->sums.by_class[i]);
    add_unit(text, "hanji_answered_bytes", "bytes");
    add_counter(text, "hanji_answered_bytes", "Bytes of the bodies of answers.", web->sums.bytes);
}

static void add_connections(struct text *text, const struct http_server *server) {
    struct http_counters c = http_server_counters(server);
    add_gauge(text, "hanji_connections", "Connections open now.", (int64_t)c.connections);
    add_counter(text, "hanji_connections_accepted", "Connections accepted.", c.accepted);
    add_counter(text, "hanji_connections_late", "Connections ended by a deadline.", c.late);
    add_counter(text, "hanji_connections_overflowed",
                "Connections turned away or closed because there were too many.", c.overflowed);
    add_counter(text, "hanji_connections_crowded",
                "Connections turned away because their network had enough.", c.crowded);
    add_counter(text, "hanji_accept_failures", "Times that no connection could be accepted.",
                c.accept_failures);
    add_counter(text, "hanji_refused",
                "Requests and handshakes that were refused for what they were.", c.refused);
    add_unit(text, "hanji_connection_memory_bytes", "bytes");
    add_gauge(text, "hanji_connection_memory_bytes", "Memory of connections and their buffers.",
              (int64_t)c.bytes_held);
}

static void add_pressing(struct text *text, const struct web *web) {
    struct pressing_seal seal = {0};
    if (web->live == NULL) {
        add_gauge(text, "hanji_live", "Whether a pressing is live.", 0);
        return;
    }
    const struct pressing *pressing = web->live->pressing;
    add_gauge(text, "hanji_live", "Whether a pressing is live.", 1);
    add_gauge(text, "hanji_pressing_serial", "Rises with each pressing.",
              (int64_t)pressing_serial(pressing));
    add_gauge(text, "hanji_pressing_pages", "Paths that are answered.",
              (int64_t)pressing_page_count(pressing));
    if (!pressing_seal_of(pressing, &seal)) return;
    add_unit(text, "hanji_pressing_sealed_timestamp_seconds", "seconds");
    add_gauge(text, "hanji_pressing_sealed_timestamp_seconds",
              "When the gate sealed the live pressing.", seal.sealed_at);
}

static void add_process(struct text *text) {
    const struct metrics *m = text->metrics;
    char statm[64];
    str size = {0};
    str pages = {0};
    uint64_t count = 0;
    add_unit(text, "process_start_time_seconds", "seconds");
    add_gauge(text, "process_start_time_seconds", "When the front was started.", m->started);
    ssize_t len = m->statm < 0 ? -1 : pread(m->statm, statm, sizeof statm, 0);
    if (len <= 0) return;
    str_cut((str){statm, (size_t)len}, ' ', &size, &pages); /* proc(5): size resident ... */
    str_cut(pages, ' ', &pages, &size);
    if (!str_to_u64(pages, &count)) return;
    add_unit(text, "process_resident_memory_bytes", "bytes");
    add_gauge(text, "process_resident_memory_bytes", "Resident memory.",
              (int64_t)count * sysconf(_SC_PAGESIZE));
}

static void release(void *ctx, void *token) {
    struct metrics *metrics = ctx;
    metrics->sys->free(metrics->sys->ctx, token);
}

/* The body outlives the handler: a copy, until it has left. */
static void answer_text(struct metrics *metrics, const struct text *text,
                        struct http_response *response) {
    char *copy = text->is_over ? NULL : metrics->sys->alloc(metrics->sys->ctx, text->len);
    response->status = copy == NULL ? 500 : 200;
    if (copy == NULL) return;
    memcpy(copy, metrics->text, text->len);
    response->token = copy;
    response->body = (str){copy, text->len};
    response->lines = STR("Content-Type: application/openmetrics-text; version=1.0.0; "
                          "charset=utf-8\r\nCache-Control: no-store\r\n");
}

static void answer(void *ctx, const struct http_request *request, struct http_response *response) {
    struct metrics *metrics = ctx;
    struct text text = {.metrics = metrics};
    bool is_reading = request->method == HTTP_METHOD_GET || request->method == HTTP_METHOD_HEAD;
    if (!is_reading || request->has_body || !str_eq(request->path, STR("/metrics"))) {
        response->status = 404;
        response->lines = STR("Content-Type: text/plain; charset=utf-8\r\n");
        response->body = STR("GET /metrics\n");
        return;
    }
    add_answers(&text, metrics->web);
    add_connections(&text, metrics->server);
    add_pressing(&text, metrics->web);
    add_process(&text);
    add(&text, "# EOF\n");
    answer_text(metrics, &text, response);
}

struct http_handler metrics_handler(struct metrics *metrics) {
    return (struct http_handler){.ctx = metrics, .answer = answer, .release = release};
}
