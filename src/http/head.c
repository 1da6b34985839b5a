/* head.c: bytes to a request. llhttp walks the grammar; what it lets pass is checked here.
 *
 * The parser is fed each byte once, in whatever pieces they come. Its callbacks keep offsets into
 * the buffer, where all bytes of one head stay side by side. */
#include <assert.h>
#include <string.h>

#include "http/http_impl.h"

static struct http_head *head_of(llhttp_t *parser) { return parser->data; }

static uint16_t offset_of(const struct http_head *head, const char *place) {
    return (uint16_t)(place - (head->bytes + head->start));
}

/* A callback may get one name, value or target in several calls, which then lie side by side: so a
 * span simply grows to the end of the newest piece. */
static void span_grow(const struct http_head *head, struct span *span, const char *at, size_t len) {
    if (span->len == 0) span->at = offset_of(head, at);
    span->len = (uint16_t)(offset_of(head, at) + len - span->at);
}

static int on_target(llhttp_t *parser, const char *at, size_t len) {
    struct http_head *head = head_of(parser);
    span_grow(head, &head->target, at, len);
    return 0;
}

static int on_name(llhttp_t *parser, const char *at, size_t len) {
    struct http_head *head = head_of(parser);
    if (head->field_count > 0) {
        struct span *last = &head->fields[head->field_count - 1].name;
        if (offset_of(head, at) ==
            last->at + last->len) { /* a colon would stand between two names */
            span_grow(head, last, at, len);
            return 0;
        }
    }
    if (head->field_count == HTTP_FIELDS_MAX) {
        head->refusal = 431;
        return -1;
    }
    head->fields[head->field_count].value = (struct span){0, 0};
    head->fields[head->field_count].name = (struct span){offset_of(head, at), (uint16_t)len};
    head->field_count++;
    return 0;
}

static int on_value(llhttp_t *parser, const char *at, size_t len) {
    struct http_head *head = head_of(parser);
    assert(head->field_count > 0);
    span_grow(head, &head->fields[head->field_count - 1].value, at, len);
    return 0;
}

/* The parser stops behind the head: the next request, or a body, is not its business yet. */
static int on_head_end(llhttp_t *parser) {
    (void)parser;
    return HPE_PAUSED;
}

static const llhttp_settings_t CALLBACKS = {
    .on_url = on_target,
    .on_header_field = on_name,
    .on_header_value = on_value,
    .on_headers_complete = on_head_end,
};

void head_reset(struct http_head *head) {
    head->start = head->parsed = head->end = 0;
    head_next(head);
}

void head_next(struct http_head *head) {
    llhttp_init(&head->parser, HTTP_REQUEST, &CALLBACKS);
    head->parser.data = head;
    head->start = head->parsed;
    head->refusal = 0;
    head->field_count = 0;
    head->target = (struct span){0, 0};
    head->in_body = head->expects_word = false;
    head->consumer = (struct http_consumer){0};
}

int head_overflow(const struct http_head *head) {
    const char *start = head->bytes + head->start;
    bool has_line = memchr(start, '\n', head->end - head->start) != NULL;
    return has_line ? 431 : 414;
}

/* Every line ends in CRLF, CR and LF stand nowhere else, and no line continues the one before
 * (RFC 9112, 2.2 and 5.2), or has no name. The parser lets a folded line pass, a line that begins
 * with its colon, and lone CR and LF in some places. */
static bool lines_are_strict(str text) {
    while (text.len > 0) {
        const char *end = memchr(text.ptr, '\n', text.len);
        if (end == NULL || end == text.ptr || end[-1] != '\r') return false;
        size_t len = (size_t)(end - text.ptr) - 1;
        if (memchr(text.ptr, '\r', len) != NULL) return false;
        text = str_skip(text, len + 2);
        if (text.len > 0 && memchr(" \t:", text.ptr[0], 3) != NULL) return false;
    }
    return true;
}

/* One space on either side of the target, and nothing behind the version: the parser is content
 * with several, and another reader may see another target then. */
static bool request_line_is_strict(const struct http_head *head) {
    const char *target = head->bytes + head->start + head->target.at;
    const char *after = target + head->target.len;
    return head->target.at >= 2 && target[-1] == ' ' && target[-2] != ' ' &&
           memcmp(after, " HTTP/1.", 8) == 0 && memcmp(after + 9, "\r\n", 2) == 0;
}

static str text_of(const struct http_head *head, struct span span) {
    return (str){head->bytes + head->start + span.at, span.len};
}

str http_request_field(const struct http_request *request, str name, unsigned nth) {
    const struct http_head *head = request->head;
    for (unsigned i = 0; i < head->field_count; i++) {
        if (head->fields[i].name.len != name.len) continue;
        if (!str_eq_nocase(text_of(head, head->fields[i].name), name)) continue;
        if (nth-- > 0) continue;
        str value = str_trim(text_of(head, head->fields[i].value));
        return value.ptr != NULL ? value : STR("");
    }
    return (str){NULL, 0};
}

/* The characters of a host and port (RFC 3986, 3.2.2): names, addresses, IPv6 in brackets. */
static bool is_host(str host) {
    for (size_t i = 0; i < host.len; i++) {
        char c = host.ptr[i];
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!is_plain && (c == '\0' || strchr("-._~%!$&'()*+,;=:[]", c) == NULL)) return false;
    }
    return host.len <= 255 + 6;
}

/* Exactly one Host in HTTP/1.1, at most one in 1.0 (RFC 9112, 3.2). */
static bool read_host(struct http_request *request) {
    str host = http_request_field(request, STR("host"), 0);
    if (host.ptr == NULL) return request->minor_version == 0;
    if (http_request_field(request, STR("host"), 1).ptr != NULL || !is_host(host)) return false;
    request->host = host;
    return true;
}

/* Splits the target. An absolute one ("http://host/path", RFC 9112, 3.2.2) brings its own host. */
static bool read_target(struct http_request *request, char *room) {
    str rest = request->target;
    if (str_eq(rest, STR("*"))) return request->method == HTTP_METHOD_OTHER;
    if (rest.len > 0 && rest.ptr[0] != '/') {
        str scheme = str_slice(rest, 0, str_find_byte(rest, ':'));
        bool is_web = str_eq_nocase(scheme, STR("http")) || str_eq_nocase(scheme, STR("https"));
        if (!is_web || !str_starts(str_skip(rest, scheme.len), STR("://"))) return false;
        rest = str_skip(rest, scheme.len + 3);
        size_t host_len = 0;
        while (host_len < rest.len && rest.ptr[host_len] != '/' && rest.ptr[host_len] != '?') {
            host_len++;
        }
        request->host = str_slice(rest, 0, host_len);
        if (host_len == 0 || !is_host(request->host)) return false;
        rest = str_skip(rest, host_len);
    }
    str path;
    str_cut(rest, '?', &path, &request->query);
    if (path.len == 0) path = STR("/"); /* "http://host" asks for the root */
    return str_find_byte(rest, '#') == STR_NONE && http_path(path, room, &request->path);
}

static enum http_method method_of(const llhttp_t *parser) {
    if (parser->method == HTTP_GET) return HTTP_METHOD_GET;
    if (parser->method == HTTP_HEAD) return HTTP_METHOD_HEAD;
    return parser->method == HTTP_POST ? HTTP_METHOD_POST : HTTP_METHOD_OTHER;
}

/* Chunked, said once and by HTTP/1.1, is the one transfer coding that is read (RFC 9112, 6.1). One
 * that does not end in chunked has no end that two readers agree on (6.3). */
static int read_coding(struct http_request *request) {
    str coding = http_request_field(request, STR("transfer-encoding"), 0);
    bool is_one = http_request_field(request, STR("transfer-encoding"), 1).ptr == NULL;
    if (coding.ptr == NULL || !is_one || request->minor_version == 0) return 400;
    if (http_request_field(request, STR("content-length"), 0).ptr != NULL) return 400;
    request->has_body = true;
    request->body_bytes = HTTP_LENGTH_UNKNOWN;
    if (str_eq_nocase(coding, STR("chunked"))) return 200;
    str last = coding;
    while (str_cut(last, ',', &coding, &last)) {
        /* on to the last of the list */
    }
    return str_eq_nocase(str_trim(coding), STR("chunked")) ? 501 : 400;
}

static int read_length(struct http_request *request) {
    str length = http_request_field(request, STR("content-length"), 0);
    bool is_one = http_request_field(request, STR("content-length"), 1).ptr == NULL;
    if (!is_one || !str_to_u64(length, &request->body_bytes)) return 400;
    if (request->body_bytes == HTTP_LENGTH_UNKNOWN) return 400;
    request->has_body = request->body_bytes > 0;
    return 200;
}

/* Where the body ends, by the fields and not by the parser's flags, which overlook an empty coding;
 * and whether its sender waits for a word first (RFC 9110, 10.1.1). */
static int read_framing(struct http_head *head, struct http_request *request) {
    const llhttp_t *parser = &head->parser;
    int status = 200;
    if (http_request_field(request, STR("transfer-encoding"), 0).ptr != NULL)
        status = read_coding(request);
    else if (http_request_field(request, STR("content-length"), 0).ptr != NULL)
        status = read_length(request);
    if (status != 200) return status;
    str expected = http_request_field(request, STR("expect"), 0);
    if (expected.ptr != NULL && request->minor_version > 0) {
        if (!str_eq_nocase(expected, STR("100-continue"))) return 417;
        head->expects_word = request->has_body;
    }
    head->keeps_alive = llhttp_should_keep_alive(parser) != 0;
    head->is_tunnel = parser->method == HTTP_CONNECT;
    head->is_head = request->method == HTTP_METHOD_HEAD;
    head->is_old = request->minor_version == 0;
    body_begin(&head->body, request->body_bytes == HTTP_LENGTH_UNKNOWN, request->body_bytes);
    return 200;
}

/* The head is whole: judges it and fills the request in. */
static int head_finish(struct http_head *head, char *room, struct http_request *ret_request) {
    const llhttp_t *parser = &head->parser;
    if (!lines_are_strict((str){head->bytes + head->start, head->parsed - head->start})) return 400;
    if (parser->http_major != 1) return 505;
    if (!request_line_is_strict(head)) return 400;
    struct http_request request = {
        .method = method_of(parser),
        .minor_version = parser->http_minor == 0 ? 0 : 1,
        .target = text_of(head, head->target),
        .head = head,
    };
    if (!read_host(&request)) return 400;
    /* The target of CONNECT is a host: we are no proxy (RFC 9110, 9.3.6). */
    if (parser->method != HTTP_CONNECT && !read_target(&request, room)) return 400;
    int status = read_framing(head, &request);
    if (status != 200) return status;
    *ret_request = request;
    return 200;
}

int head_parse(struct http_head *head, char *room, struct http_request *ret_request) {
    const char *from = head->bytes + head->parsed;
    enum llhttp_errno result = llhttp_execute(&head->parser, from, head->end - head->parsed);
    switch ((int)result) {
    case HPE_OK: head->parsed = head->end; return 0;
    case HPE_PAUSED:
        head->parsed = (size_t)(llhttp_get_error_pos(&head->parser) - head->bytes);
        return head_finish(head, room, ret_request);
    case HPE_USER: return head->refusal;
    case HPE_INVALID_METHOD: return 501;
    case HPE_INVALID_VERSION:
    case HPE_PAUSED_H2_UPGRADE: return 505;
    default: return 400;
    }
}
