/* answer.c: requests to answers: the head to the handler, the body to its consumer, and what the
 * server itself has to say.
 *
 *     head --> handler --+--> answer; an unwanted body is dropped if it is small
 *                        +--> consumer: take, take, ... end --> answer
 *                                                        abort
 */
#include <assert.h>

#include "http/http_impl.h"

static const int64_t NS_PER_MS = 1000000;

static void add_answer(struct http_server *server, struct connection *c,
                       const struct http_response *response, struct framing framing) {
    framing.date = server_date(server);
    output_add(c->output, response, &framing);
    if (framing.closes) c->is_closing = true;
}

/* ---- The server's own answers ---------------------------------------------------------------- */

static str words_of(int status) {
    switch (status) {
    case 408: return STR("The request did not arrive in time.\n");
    case 413: return STR("The content is too large.\n");
    case 414: return STR("The address is too long.\n");
    case 417: return STR("That cannot be expected here.\n");
    case 431: return STR("The header fields are too large.\n");
    case 501: return STR("The method or the coding is not known here.\n");
    case 503: return STR("Too many visitors at this moment. Please try again soon.\n");
    case 505: return STR("Only HTTP/1.1 is spoken here.\n");
    default: return STR("The request is not well formed.\n");
    }
}

bool answer_refuse(struct http_server *server, struct connection *c, int status) {
    if (!output_take(server, c)) {
        connection_close(server, c);
        return false;
    }
    assert(!output_is_full(c->output));
    struct http_response response = {
        .status = status, .lines = server->options.error_lines, .body = words_of(status)};
    add_answer(server, c, &response, (struct framing){.closes = true});
    c->is_refused = true;
    return true;
}

/* ---- The handler's answers ------------------------------------------------------------------- */

/* Who asks: where the connection comes from a trusted proxy, what it says about that. */
static struct http_peer find_peer(const struct http_server *server, const struct connection *c,
                                  const struct http_request *request) {
    static const str NAME = STR("x-forwarded-for");
    struct http_peer peer = c->peer;
    unsigned count = 0;
    while (http_request_field(request, NAME, count).ptr != NULL) count++;
    while (count-- > 0) {
        str line = http_request_field(request, NAME, count);
        if (!http_forwarded_for(&server->options.trusted, line, &peer)) break;
    }
    return peer;
}

/* The proxy nearest to us wrote the last item of the last line. */
static bool is_forwarded_secure(const struct http_request *request) {
    str last = STR(""), line;
    for (unsigned i = 0; i < HTTP_FIELDS_MAX; i++) {
        line = http_request_field(request, STR("x-forwarded-proto"), i);
        if (line.ptr == NULL) break;
        last = line;
    }
    while (str_cut(last, ',', &line, &last)) {
        /* on to the last item */
    }
    return str_eq_nocase(str_trim(line), STR("https"));
}

/* An answer to the request whose head is in c->head. */
static void answer_head(struct http_server *server, struct connection *c,
                        const struct http_response *response) {
    const struct http_head *head = c->head;
    struct framing framing = {
        .omits_body = head->is_head,
        .closes = response->closes || !head->keeps_alive || server->is_draining,
    };
    framing.keeps_alive = !framing.closes && head->is_old;
    add_answer(server, c, response, framing);
}

/* The body that is announced will be dropped as it comes, or, when it is large, or its sender may
 * never send it, the connection ends after the answer. */
static bool can_drop_body(const struct http_server *server, const struct connection *c,
                          const struct http_request *request) {
    const struct http_head *head = c->head;
    if (head->expects_word || head->is_tunnel || !head->keeps_alive) return false;
    if (server->is_draining) return false;
    return request->body_bytes <= server->options.unwanted_bytes ||
           request->body_bytes == HTTP_LENGTH_UNKNOWN;
}

static void begin_body(struct http_server *server, struct connection *c,
                       const struct http_consumer *consumer, uint64_t max) {
    struct http_head *head = c->head;
    head->in_body = true;
    head->consumer = *consumer;
    head->body_max = max;
    head->body_ends_ns = server->now_ns + server->options.body_total_ms * NS_PER_MS;
}

static void give_body_to(struct http_server *server, struct connection *c,
                         const struct http_request *request, const struct http_response *response) {
    bool is_known = request->body_bytes != HTTP_LENGTH_UNKNOWN;
    if (c->head->is_tunnel || (is_known && request->body_bytes > response->body_max)) {
        response->consumer.abort(response->consumer.ctx);
        server->counters.refused++;
        answer_refuse(server, c, c->head->is_tunnel ? 501 : 413);
        return;
    }
    begin_body(server, c, &response->consumer, response->body_max);
    bool is_waiting = c->head->parsed == c->head->end; /* whoever sends already waits for no word */
    if (c->head->expects_word && is_waiting) output_add_word(c->output);
}

static void ask_handler(struct http_server *server, struct connection *c,
                        struct http_request *request) {
    struct http_response response = {0};
    struct http_peer peer = c->peer;
    request->is_secure = c->tls != NULL;
    if (c->is_trusted) {
        peer = find_peer(server, c, request);
        request->is_secure = request->is_secure || is_forwarded_secure(request);
    }
    request->peer = &peer;
    server->counters.requests++;
    server->handler.answer(server->handler.ctx, request, &response);
    if (response.consumer.end != NULL) {
        give_body_to(server, c, request, &response);
        return;
    }
    if ((request->has_body || c->head->is_tunnel) && !can_drop_body(server, c, request)) {
        response.closes = true;
        c->is_refused = true;
    } else if (request->has_body && !response.closes) {
        begin_body(server, c, &(struct http_consumer){0}, server->options.unwanted_bytes);
    } else if (request->has_body) {
        c->is_refused = true;
    }
    answer_head(server, c, &response);
}

/* ---- Bodies ---------------------------------------------------------------------------------- */

void answer_abandon(struct http_server *server, struct connection *c) {
    (void)server;
    struct http_head *head = c->head;
    if (head == NULL || !head->in_body || head->consumer.end == NULL) return;
    struct http_consumer consumer = head->consumer;
    head->consumer = (struct http_consumer){0};
    consumer.abort(consumer.ctx);
}

/* A body that will not be read to its end. One that nobody wanted has been answered already. False
 * when the connection is gone. */
static bool give_up_body(struct http_server *server, struct connection *c, int status) {
    bool is_wanted = c->head->consumer.end != NULL;
    answer_abandon(server, c);
    c->head->in_body = false;
    server->counters.refused++;
    if (is_wanted) return answer_refuse(server, c, status);
    c->is_closing = c->is_refused = true;
    return true;
}

/* The body is whole, or its consumer has had enough of it. */
static void end_body(struct http_server *server, struct connection *c, bool is_whole) {
    struct http_consumer consumer = c->head->consumer;
    struct http_response response = {.closes = !is_whole};
    c->head->in_body = false;
    c->head->consumer = (struct http_consumer){0};
    if (c->deadline == DEADLINE_BODY) deadline_clear(server, c);
    if (consumer.end != NULL) {
        if (is_whole) server->counters.bodies++;
        consumer.end(consumer.ctx, &response);
        assert(response.consumer.end == NULL);
        if (!is_whole) c->is_refused = response.closes = true;
        answer_head(server, c, &response);
    }
    head_next(c->head);
}

/* Hands on what is here of the body. */
static void take_body(struct http_server *server, struct connection *c) {
    struct http_head *head = c->head;
    int status = 0;
    do {
        str piece;
        size_t used;
        str bytes = {head->bytes + head->parsed, head->end - head->parsed};
        status = body_read(&head->body, bytes, &used, &piece);
        head->parsed += used;
        if (head->body.taken > head->body_max) status = 413;
        bool is_good = status == 0 || status == 200;
        if (is_good && piece.len > 0 && head->consumer.end != NULL &&
            !head->consumer.take(head->consumer.ctx, piece)) {
            end_body(server, c, false);
            return;
        }
    } while (status == 0 && head->parsed < head->end);
    if (status == 200)
        end_body(server, c, true);
    else if (status != 0)
        give_up_body(server, c, status);
    else
        head->start = head->parsed; /* all is handed on: the buffer is free again */
}

void answer_body_expires(struct http_server *server, struct connection *c) {
    const struct http_head *head = c->head;
    bool grew = head->body.taken - head->body_mark >= server->options.body_bytes;
    if (grew && server->now_ns < head->body_ends_ns) {
        c->head->body_mark = head->body.taken;
        deadline_set(server, c, DEADLINE_BODY);
        return;
    }
    server->counters.late++;
    deadline_clear(server, c);
    if (give_up_body(server, c, 408)) connection_drive(server, c);
}

/* ---- Whole requests -------------------------------------------------------------------------- */

/* False when more bytes are needed. */
static bool take_head(struct http_server *server, struct connection *c) {
    struct http_request request;
    int status = head_parse(c->head, server->path_room, &request);
    if (status == 0) return false;
    if (c->deadline == DEADLINE_HEAD) deadline_clear(server, c); /* the next has its own time */
    if (status == 200) {
        ask_handler(server, c, &request);
        if (!c->head->in_body)
            head_next(c->head);
        else if (!c->is_closing)
            take_body(server, c);
    } else {
        server->counters.refused++;
        answer_refuse(server, c, status);
    }
    return true;
}

bool answer_all(struct http_server *server, struct connection *c) {
    bool goes_on = true;
    while (goes_on && c->head != NULL && c->head->parsed < c->head->end && !c->is_closing) {
        if (!output_take(server, c)) return false;
        if (output_is_full(c->output)) return true;
        if (c->head->in_body)
            take_body(server, c);
        else
            goes_on = take_head(server, c);
    }
    const struct http_head *head = c->head;
    if (head != NULL && c->is_closing && head->parsed < head->end) c->is_refused = true;
    bool is_used_up = head != NULL && !head->in_body && head->start == head->end;
    if (c->is_closing || is_used_up) {
        answer_abandon(server, c);
        head_give(server, c);
    }
    if (c->output != NULL && c->output->part_count == 0) output_give(server, c);
    return true;
}
