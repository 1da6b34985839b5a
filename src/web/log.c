/* log.c: what the operator may keep of what was answered: a line for each request, which names
 * nobody, and how often each page was read on a day.
 *
 * A line of the access log says the minute, the method, the path without its query, the status, the
 * bytes of the body and whether it came by TLS: no address, no browser, not where from. Seconds are
 * left out because with them a line can be held against what a network saw. Addresses are told when
 * the operator wants them, and docs/SERVING.md says what that means.
 *
 * Counts are kept in memory by the number of a page in the live pressing, so nobody can write a
 * word into them; what is no longer live is not told. Days are UTC. A page that was read fewer than
 * COUNT_LEAST times is told together with all such pages, if those make as many: so few can point
 * at one person. */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "web/web_impl.h"

enum { COUNT_LEAST = 10, SECONDS_OF_DAY = 86400 };

/* ---- Lines that wait ------------------------------------------------------------------------- */

/* Lines, each on its own: half of one may stand there since the disk was full. */
static err write_lines(struct web *web, int fd, str lines) {
    struct web_log *log = &web->log;
    bool *is_torn = fd == log->access ? &log->access_is_torn : &log->sums_are_torn;
    err e = *is_torn ? file_write_all(web->sys, fd, STR("\n")) : OK;
    if (e.kind == ERR_NONE) e = file_write_all(web->sys, fd, lines);
    *is_torn = e.kind != ERR_NONE;
    return e;
}

/* Writes what waits; what cannot be written is lost, and that is told, once a minute at most. */
static void flush(struct web *web, int fd) {
    struct web_log *log = &web->log;
    int64_t now = web->sys->now_seconds(web->sys->ctx);
    bool has_lines = log->waiting > 0 && fd >= 0;
    err e = has_lines ? write_lines(web, fd, (str){log->lines, log->waiting}) : OK;
    log->waiting = 0;
    if (e.kind == ERR_NONE || now < log->told + 60) return;
    log->told = now;
    web_trouble(web, err_wrap(e, "a log"));
}

static void add(struct web *web, int fd, str text) {
    struct web_log *log = &web->log;
    if (text.len > sizeof log->lines - log->waiting) flush(web, fd);
    if (text.len > sizeof log->lines) return; /* no line is as long as this */
    memcpy(log->lines + log->waiting, text.ptr, text.len);
    log->waiting += text.len;
}

/* A path, encoded where it could end a field or a line. */
static void add_path(struct web *web, int fd, str path) {
    static const char HEX[] = "0123456789ABCDEF";
    for (size_t i = 0; i < path.len; i++) {
        unsigned char c = (unsigned char)path.ptr[i];
        char encoded[3] = {'%', HEX[c >> 4], HEX[c & 15]};
        bool is_plain = c > ' ' && c < 0x7F && c != '%';
        add(web, fd, is_plain ? str_slice(path, i, i + 1) : (str){encoded, sizeof encoded});
    }
}

/* ---- Access --------------------------------------------------------------------------------- */

static str method_name(enum http_method method) {
    return method == HTTP_METHOD_GET    ? STR("GET")
           : method == HTTP_METHOD_HEAD ? STR("HEAD")
           : method == HTTP_METHOD_POST ? STR("POST")
                                        : STR("OTHER");
}

static void add_request(struct web *web, const struct http_request *request,
                        const struct http_response *response) {
    int fd = web->log.access;
    struct date d = date_of(web->sys->now_seconds(web->sys->ctx));
    char text[128];
    char peer[HTTP_ADDRESS_TEXT];
    int len = snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02dZ ", d.year, d.month, d.day,
                       d.hour, d.minute);
    add(web, fd, (str){text, (size_t)len});
    if (web->log.tells_addresses) {
        add(web, fd, http_peer_text(request->peer, peer));
        add(web, fd, STR(" "));
    }
    add(web, fd, method_name(request->method));
    add(web, fd, STR(" "));
    add_path(web, fd, request->path.len > 0 ? request->path : STR("*"));
    size_t sent = request->method == HTTP_METHOD_HEAD ? 0 : response->body.len;
    len = snprintf(text, sizeof text, " %d %zu %s\n", response->status, sent,
                   request->is_secure ? "https" : "http");
    add(web, fd, (str){text, (size_t)len});
}

/* ---- Counts --------------------------------------------------------------------------------- */

static void free_counts(struct web *web) {
    web->sys->free(web->sys->ctx, web->log.counts);
    web->log.counts = NULL;
    web->log.count_room = 0;
}

/* Tells the day that has ended and begins another. */
static void tell_counts(struct web *web) {
    struct web_log *log = &web->log;
    struct date d = date_of(log->day * SECONDS_OF_DAY);
    uint64_t others = 0;
    char text[64];
    int len = 0;
    assert(log->waiting == 0);
    for (size_t i = 0; i < log->count_room; i++) {
        struct pressing_page page;
        uint32_t count = log->counts[i];
        log->counts[i] = 0;
        if (count < COUNT_LEAST) {
            others += count;
            continue;
        }
        pressing_page_at(web->live->pressing, i, &page);
        len = snprintf(text, sizeof text, "%04d-%02d-%02d %" PRIu32 " ", d.year, d.month, d.day,
                       count);
        add(web, log->sums, (str){text, (size_t)len});
        add_path(web, log->sums, page.path);
        add(web, log->sums, STR("\n"));
    }
    if (others >= COUNT_LEAST) { /* fewer are not told at all */
        len = snprintf(text, sizeof text, "%04d-%02d-%02d %" PRIu64 " others\n", d.year, d.month,
                       d.day, others);
        add(web, log->sums, (str){text, (size_t)len});
    }
    flush(web, log->sums);
}

static int64_t today(const struct web *web) {
    return web->sys->now_seconds(web->sys->ctx) / SECONDS_OF_DAY;
}

static void count_page(struct web *web, const struct http_request *request,
                       const struct http_response *response) {
    struct web_log *log = &web->log;
    struct pressing_page page;
    size_t number = 0;
    if (log->counts == NULL || request->method != HTTP_METHOD_GET || response->status != 200 ||
        !pressing_find_number(web->live->pressing, request->path, &number))
        return;
    pressing_page_at(web->live->pressing, number, &page);
    if (page.type == PRESSING_HTML && log->counts[number] < UINT32_MAX) log->counts[number]++;
}

void web_log_edition(struct web *web, const struct pressing *next) {
    struct web_log *log = &web->log;
    size_t room = next == NULL ? 0 : pressing_page_count(next);
    if (log->sums < 0 || room == 0) return free_counts(web);
    uint32_t *counts = web->sys->alloc(web->sys->ctx, room * sizeof *counts);
    if (counts == NULL) { /* benign: this day is not counted */
        free_counts(web);
        web_trouble(web, err_make(ERR_NO_MEMORY, __FILE__, __LINE__, "no memory to count pages"));
        return;
    }
    memset(counts, 0, room * sizeof *counts);
    for (size_t i = 0; i < log->count_room; i++) {
        struct pressing_page page;
        size_t number = 0;
        if (log->counts[i] == 0) continue;
        pressing_page_at(web->live->pressing, i, &page);
        if (pressing_find_number(next, page.path, &number)) counts[number] = log->counts[i];
    }
    free_counts(web);
    log->counts = counts;
    log->count_room = room;
}

/* ---- Together ------------------------------------------------------------------------------- */

void web_log_answer(struct web *web, const struct http_request *request,
                    const struct http_response *response) {
    size_t class = (size_t)response->status / 100;
    if (class >= 1 && class <= COUNT_OF(web->sums.by_class)) web->sums.by_class[class - 1]++;
    web->sums.bytes += request->method == HTTP_METHOD_HEAD ? 0 : response->body.len;
    if (web->log.access >= 0) add_request(web, request, response);
    if (web->log.sums >= 0) count_page(web, request, response);
}

void web_log_turn(struct web *web) {
    struct web_log *log = &web->log;
    if (log->waiting > 0) flush(web, log->access);
    if (log->sums < 0 || log->day == today(web)) return;
    if (log->day != 0) tell_counts(web);
    log->day = today(web);
}

void web_use_logs(struct web *web, const struct web_logs *logs) {
    struct web_log *log = &web->log;
    flush(web, log->access);
    fd_close(&log->access);
    fd_close(&log->sums);
    log->access = logs->access;
    log->sums = logs->counts;
    log->access_is_torn = log->sums_are_torn = false;
    log->tells_addresses = logs->tells_addresses;
    if (log->counts == NULL || log->sums < 0)
        web_log_edition(web, web->live == NULL ? NULL : web->live->pressing);
    if (log->day == 0) log->day = today(web);
}

void web_log_close(struct web *web) {
    flush(web, web->log.access);
    if (web->log.counts != NULL) tell_counts(web);
    free_counts(web);
    fd_close(&web->log.access);
    fd_close(&web->log.sums);
}
