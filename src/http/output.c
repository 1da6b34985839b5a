/* output.c: answers as bytes, gathered so that many leave at once. */
#include <assert.h>
#include <string.h>

#include "http/http_impl.h"

/* The status lines, whole, so that the common ones are one copy. */
static const struct {
    int status;
    str line;
} STATUS_LINES[] = {
    {200, STR("HTTP/1.1 200 OK\r\n")},
    {206, STR("HTTP/1.1 206 Partial Content\r\n")},
    {304, STR("HTTP/1.1 304 Not Modified\r\n")},
    {301, STR("HTTP/1.1 301 Moved Permanently\r\n")},
    {303, STR("HTTP/1.1 303 See Other\r\n")},
    {404, STR("HTTP/1.1 404 Not Found\r\n")},
    {410, STR("HTTP/1.1 410 Gone\r\n")},
    {400, STR("HTTP/1.1 400 Bad Request\r\n")},
    {405, STR("HTTP/1.1 405 Method Not Allowed\r\n")},
    {406, STR("HTTP/1.1 406 Not Acceptable\r\n")},
    {408, STR("HTTP/1.1 408 Request Timeout\r\n")},
    {413, STR("HTTP/1.1 413 Content Too Large\r\n")},
    {414, STR("HTTP/1.1 414 URI Too Long\r\n")},
    {416, STR("HTTP/1.1 416 Range Not Satisfiable\r\n")},
    {417, STR("HTTP/1.1 417 Expectation Failed\r\n")},
    {422, STR("HTTP/1.1 422 Unprocessable Content\r\n")},
    {429, STR("HTTP/1.1 429 Too Many Requests\r\n")},
    {431, STR("HTTP/1.1 431 Request Header Fields Too Large\r\n")},
    {500, STR("HTTP/1.1 500 Internal Server Error\r\n")},
    {501, STR("HTTP/1.1 501 Not Implemented\r\n")},
    {503, STR("HTTP/1.1 503 Service Unavailable\r\n")},
    {505, STR("HTTP/1.1 505 HTTP Version Not Supported\r\n")},
};

/* Where a head is being written. There is room for it: output_is_full was asked before. */
struct cursor {
    char *place;
};

static void put(struct cursor *to, str text) {
    if (text.len == 0) return;
    memcpy(to->place, text.ptr, text.len);
    to->place += text.len;
}

static void put_number(struct cursor *to, uint64_t value) {
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    put(to, (str){digits + at, sizeof digits - at});
}

static void put_status(struct cursor *to, int status) {
    for (size_t i = 0; i < COUNT_OF(STATUS_LINES); i++) {
        if (STATUS_LINES[i].status != status) continue;
        put(to, STATUS_LINES[i].line);
        return;
    }
    assert(status >= 200 && status <= 599);
    put(to, STR("HTTP/1.1 "));
    put_number(to, (uint64_t)status);
    put(to, STR(" \r\n")); /* the reason may be empty, its space may not (RFC 9112, 4) */
}

bool output_is_full(const struct output *output) {
    size_t left = OUTPUT_HEAD_BYTES - output->head_used;
    return output->answer_count == OUTPUT_ANSWERS || output->file.len > 0 ||
           left < OUTPUT_PREFIX_MAX + HTTP_LINES_MAX;
}

bool output_is_out(const struct output *output) {
    return output->part_sent == output->part_count && output->file.len == 0;
}

/* struct iovec serves reading too, so its pointer is not const; sending never writes through it. */
static void add_part(struct output *output, str bytes) {
    struct iovec *part = &output->parts[output->part_count++];
    memcpy(&part->iov_base, &bytes.ptr, sizeof part->iov_base);
    part->iov_len = bytes.len;
}

/* Two heads with no body between them are one part: a run of 304s leaves as one piece. */
static void add_head(struct output *output, str head) {
    if (output->part_count > output->part_sent) {
        struct iovec *last = &output->parts[output->part_count - 1];
        if ((const char *)last->iov_base + last->iov_len == head.ptr) {
            last->iov_len += head.len;
            return;
        }
    }
    add_part(output, head);
}

void output_add(struct output *output, const struct http_response *response,
                const struct framing *framing) {
    assert(!output_is_full(output) && response->lines.len <= HTTP_LINES_MAX);
    bool has_no_length = response->status == 204 || response->status == 304;
    struct cursor to = {output->heads + output->head_used};
    const char *from = to.place;
    put_status(&to, response->status);
    put(&to, framing->date);
    if (!has_no_length) {
        put(&to, STR("Content-Length: "));
        put_number(&to, response->file.len > 0 ? response->file.len : response->body.len);
        put(&to, STR("\r\n"));
    }
    if (framing->closes) put(&to, STR("Connection: close\r\n"));
    if (framing->keeps_alive) put(&to, STR("Connection: keep-alive\r\n"));
    assert(to.place - from <= OUTPUT_PREFIX_MAX - 2);
    put(&to, response->lines);
    put(&to, STR("\r\n"));
    size_t len = (size_t)(to.place - from);
    output->head_used += len;
    add_head(output, (str){from, len});
    bool has_body = !framing->omits_body && !has_no_length;
    if (has_body && response->file.len > 0)
        output->file = response->file;
    else if (has_body && response->body.len > 0)
        add_part(output, response->body);
    output->answers[output->answer_count].token = response->token;
    output->answers[output->answer_count].part_end = output->part_count;
    output->answer_count++;
}

void output_add_word(struct output *output) {
    assert(!output_is_full(output));
    struct cursor to = {output->heads + output->head_used};
    const char *from = to.place;
    put(&to, STR("HTTP/1.1 100 Continue\r\n\r\n"));
    size_t len = (size_t)(to.place - from);
    output->head_used += len;
    add_head(output, (str){from, len});
}
