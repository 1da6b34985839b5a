/* answer.c: one request, one page of the pressing. */
#include <stdio.h>
#include <string.h>

#include "http/range.h"
#include "web/web_impl.h"

/* On every answer: what is sent is what it says it is, and going elsewhere tells nobody where from.
 * Not even "strict-origin": that somebody reads here is already too much. */
static const str EVERYWHERE = STR("X-Content-Type-Options: nosniff\r\n"
                                  "Referrer-Policy: no-referrer\r\n");

/* A page may show pictures and styles of this site and do nothing else: no script, no frame, no
 * request to anybody. A form leads to this site, which can be searched, and nowhere else. */
static const str PAGES_ONLY =
    STR("Content-Security-Policy: default-src 'none'; img-src 'self'; style-src 'self'; "
        "manifest-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'\r\n"
        "Cross-Origin-Opener-Policy: same-origin\r\n"
        "Cross-Origin-Resource-Policy: same-origin\r\n"
        "Permissions-Policy: camera=(), geolocation=(), microphone=()\r\n");

/* For a year, who has come by TLS once comes by nothing else (RFC 6797). */
static const str SECURE_FROM_NOW_ON = STR("Strict-Transport-Security: max-age=31536000\r\n");

/* Anything else that a browser might be made to show as a document: inert there. Pictures and feeds
 * may be shown by feed readers, which are other sites. */
static const str NOT_PAGES =
    STR("Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; sandbox\r\n"
        "Cross-Origin-Resource-Policy: cross-origin\r\n");

/* Names that contain the hash of their bytes never change what they mean; everything else is asked
 * for again each time, which costs a reader a 304. */
static const str FOR_EVER = STR("Cache-Control: public, max-age=31536000, immutable\r\n");
static const str ASK_AGAIN = STR("Cache-Control: no-cache\r\n");

enum { ETAG_HASH_BYTES = 16, ETAG_MAX = 2 * ETAG_HASH_BYTES + 8, FILE_BYTES_MIN = 64 << 10 };

/* ---- Lines ----------------------------------------------------------------------------------- */

/* Field lines under construction in web->lines. What does not fit is a bug of ours, or a pressing
 * that says more than its own limits: the answer becomes a 500. */
struct lines {
    struct web *web;
    size_t len;
    bool is_over;
};

static void add(struct lines *lines, str text) {
    if (text.len > sizeof lines->web->lines - lines->len) {
        lines->is_over = true;
        return;
    }
    memcpy(lines->web->lines + lines->len, text.ptr, text.len);
    lines->len += text.len;
}

static void add_line(struct lines *lines, str name, str value) {
    add(lines, name);
    add(lines, STR(": "));
    add(lines, value);
    add(lines, STR("\r\n"));
}

/* A path as a header carries it: everything but what RFC 3986 leaves plain in a path is encoded. */
static void add_path(struct lines *lines, str path) {
    static const char HEX[] = "0123456789ABCDEF";
    for (size_t i = 0; i < path.len; i++) {
        unsigned char c = (unsigned char)path.ptr[i];
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                        (c >= '0' && c <= '9') || (c != '\0' && strchr("/-._~", c) != NULL);
        char encoded[3] = {'%', HEX[c >> 4], HEX[c & 15]};
        add(lines, is_plain ? str_slice(path, i, i + 1) : (str){encoded, 3});
    }
}

static void finish(const struct lines *lines, struct http_response *response) {
    if (lines->is_over) {
        response->status = 500;
        response->body = STR("");
        response->lines = EVERYWHERE;
        return;
    }
    response->lines = (str){lines->web->lines, lines->len};
}

/* An answer of a few words, for what no page exists for. */
static void answer_words(struct web *web, struct http_response *response, int status, str more,
                         str words) {
    struct lines lines = {.web = web};
    add(&lines, EVERYWHERE);
    add(&lines, STR("Content-Type: text/plain; charset=utf-8\r\nCache-Control: no-store\r\n"));
    add(&lines, more);
    response->status = status;
    response->body = words;
    finish(&lines, response);
}

/* ---- Pages ----------------------------------------------------------------------------------- */

/* The forms of a page, those that are liked best first. */
enum form { FORM_BROTLI, FORM_GZIP, FORM_PLAIN, FORM_COUNT };
static const struct {
    str coding; /* as Accept-Encoding and Content-Encoding name it */
    str tag;    /* strong tags: other bytes, another tag */
} forms[FORM_COUNT] = {[FORM_BROTLI] = {STR("br"), STR("-br")},
                       [FORM_GZIP] = {STR("gzip"), STR("-gz")},
                       [FORM_PLAIN] = {STR("identity"), STR("")}};

static str bytes_of(const struct pressing_page *page, enum form form) {
    return form == FORM_BROTLI ? page->brotli : form == FORM_GZIP ? page->gzip : page->body;
}

static str make_etag(const struct pressing_page *page, enum form form, char room[ETAG_MAX]) {
    static const char HEX[] = "0123456789abcdef";
    char *to = room;
    *to++ = '"';
    for (size_t i = 0; i < ETAG_HASH_BYTES; i++) {
        *to++ = HEX[page->hash[i] >> 4];
        *to++ = HEX[page->hash[i] & 15];
    }
    memcpy(to, forms[form].tag.ptr, forms[form].tag.len);
    to += forms[form].tag.len;
    *to++ = '"';
    return (str){room, (size_t)(to - room)};
}

/* The form that the reader likes best of those there are; of two that are liked as well, the
 * smaller one. A reader who refuses them all gets the plain one (RFC 9110, 12.5.3, last paragraph
 * but one), and so does one who says nothing, for not all of those can open the others. */
static enum form choose_form(const struct http_request *request, const struct pressing_page *page) {
    str field = http_request_field(request, STR("accept-encoding"), 0);
    enum form best = FORM_PLAIN;
    if (field.ptr == NULL) return best;
    unsigned liked = http_coding_quality(field, forms[FORM_PLAIN].coding);
    for (int form = FORM_GZIP; form >= FORM_BROTLI; form--) {
        unsigned quality = http_coding_quality(field, forms[form].coding);
        if (bytes_of(page, (enum form)form).len == 0 || quality == 0 || quality < liked) continue;
        best = (enum form)form;
        liked = quality;
    }
    return best;
}

static bool reader_has(const struct http_request *request, str etag) {
    for (unsigned i = 0;; i++) {
        str field = http_request_field(request, STR("if-none-match"), i);
        if (field.ptr == NULL) return false;
        if (http_etag_listed(field, etag)) return true;
    }
}

/* Of what is about to be sent, the part that was asked for: of a large picture on a bad line, say,
 * the rest of it. One part at a time; who asks for several gets the whole. */
static void answer_range(struct lines *lines, const struct http_request *request, str etag,
                         struct http_response *response) {
    struct http_range range;
    char room[HTTP_CONTENT_RANGE_TEXT];
    unsigned count = 0;
    str wanted = http_request_field(request, STR("range"), 0);
    str only_if = http_request_field(request, STR("if-range"), 0);
    if (wanted.ptr == NULL || request->method != HTTP_METHOD_GET) return;
    if (only_if.ptr != NULL && !http_if_range(only_if, etag)) return;
    if (!http_ranges(wanted, response->body.len, &range, 1, &count)) return;
    add_line(lines, STR("Content-Range"),
             http_content_range(count > 0 ? &range : NULL, response->body.len, room));
    response->status = count > 0 ? 206 : 416;
    response->body =
        count > 0 ? str_slice(response->body, range.first, range.first + range.size) : STR("");
}

static bool is_for_ever(str path) {
    return str_starts(path, STR("/assets/")) || str_starts(path, STR("/media/"));
}

/* Where the same page is on the onion service: Tor Browser offers to go there
 * (community.torproject.org, "Onion-Location"). */
static void add_onion(struct lines *lines, str path) {
    str onion = lines->web->options.onion;
    if (onion.len == 0) return;
    add(lines, STR("Onion-Location: "));
    add(lines, onion);
    add_path(lines, path);
    add(lines, STR("\r\n"));
}

/* What is large leaves from its file, which the kernel sends without copying it through us. For
 * what is small one call that takes head and body together is cheaper. */
static void send_from_file(const struct web *web, struct http_response *response) {
    struct http_file file = {.len = response->body.len};
    if (response->body.len < FILE_BYTES_MIN) return;
    if (pressing_file_of(web->live->pressing, response->body, &file.fd, &file.at))
        response->file = file;
}

/* Sends `page` with its status, in the form that suits the reader. */
static void answer_page(struct web *web, const struct http_request *request,
                        const struct pressing_page *page, struct http_response *response) {
    struct lines lines = {.web = web};
    char etag_room[ETAG_MAX];
    enum form form = choose_form(request, page);
    str etag = make_etag(page, form, etag_room);
    bool is_good = page->status == 200;
    add_line(&lines, STR("ETag"), etag);
    add(&lines, is_good && is_for_ever(request->path) ? FOR_EVER : ASK_AGAIN);
    if (page->gzip.len + page->brotli.len > 0) add(&lines, STR("Vary: Accept-Encoding\r\n"));
    if (is_good && reader_has(request, etag)) {
        response->status = 304;
        finish(&lines, response);
        return;
    }
    add(&lines, EVERYWHERE);
    if (request->is_secure) add(&lines, SECURE_FROM_NOW_ON);
    add(&lines, page->type == PRESSING_HTML ? PAGES_ONLY : NOT_PAGES);
    if (page->type == PRESSING_HTML && is_good) add_onion(&lines, request->path);
    add_line(&lines, STR("Content-Type"), pressing_type_name(page->type));
    if (form != FORM_PLAIN) add_line(&lines, STR("Content-Encoding"), forms[form].coding);
    response->status = page->status;
    response->body = bytes_of(page, form);
    if (is_good) {
        add(&lines, STR("Accept-Ranges: bytes\r\n"));
        answer_range(&lines, request, etag, response);
    }
    send_from_file(web, response);
    response->token = web->live;
    web->live->uses++;
    finish(&lines, response);
}

/* A sealed pressing says nothing else; but a line end in a header would be a header of its own. */
static bool is_one_line(str text) {
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.ptr[i] < ' ') return false;
    }
    return true;
}

static void answer_redirect(struct web *web, str location, bool is_path,
                            struct http_response *response) {
    struct lines lines = {.web = web};
    add(&lines, EVERYWHERE);
    add(&lines, ASK_AGAIN);
    add(&lines, STR("Location: "));
    if (is_path)
        add_path(&lines, location);
    else
        add(&lines, location);
    add(&lines, STR("\r\n"));
    response->status = 301;
    lines.is_over = lines.is_over || !(is_path || is_one_line(location));
    finish(&lines, response);
}

/* The page "/{language}/404" or ".../410" in the language of the path, or in the site's own. */
static bool find_error_page(const struct web *web, str path, str name,
                            struct pressing_page *ret_page) {
    char room[LIMIT_LANGUAGE_BYTES + 8];
    str first, rest;
    str_cut(str_skip(path, 1), '/', &first, &rest);
    str languages[2] = {first, web->options.language};
    for (size_t i = 0; i < COUNT_OF(languages); i++) {
        if (languages[i].len == 0 || languages[i].len > LIMIT_LANGUAGE_BYTES) continue;
        int len = snprintf(room, sizeof room, "/" STR_FMT "/" STR_FMT, STR_ARG(languages[i]),
                           STR_ARG(name));
        if (pressing_find(web->live->pressing, (str){room, (size_t)len}, ret_page)) return true;
    }
    return false;
}

static void answer_error(struct web *web, const struct http_request *request, int status,
                         struct http_response *response) {
    struct pressing_page page;
    bool is_gone = status == 410;
    if (find_error_page(web, request->path, is_gone ? STR("410") : STR("404"), &page) &&
        page.body.len > 0) {
        page.status = (uint16_t)status;
        answer_page(web, request, &page, response);
        return;
    }
    answer_words(web, response, status, STR(""),
                 is_gone ? STR("This page was taken back.\n") : STR("There is no such page.\n"));
}

/* A page that is filled for one reader: kept by nobody. */
static void answer_search(struct web *web, const struct http_request *request,
                          const struct pressing_page *page, struct http_response *response) {
    struct lines lines = {.web = web};
    err e = search_answer(web, request, page, response);
    if (e.kind != ERR_NONE) {
        if (e.kind != ERR_BUSY) web_trouble(web, err_wrap(e, "a search"));
        answer_words(web, response, 503, STR("Retry-After: 10\r\n"),
                     STR("Nothing can be searched just now.\n"));
        return;
    }
    add(&lines, STR("Cache-Control: no-store\r\n"));
    add(&lines, EVERYWHERE);
    if (request->is_secure) add(&lines, SECURE_FROM_NOW_ON);
    add(&lines, PAGES_ONLY);
    add_line(&lines, STR("Content-Type"), pressing_type_name(page->type));
    response->status = 200;
    finish(&lines, response);
}

/* "/en/blog" for "/en/blog/": what people type. */
static bool find_with_slash(const struct web *web, str path, char room[PRESSING_PATH_MAX + 1],
                            str *ret_path) {
    struct pressing_page page;
    if (path.len == 0 || path.len >= PRESSING_PATH_MAX || path.ptr[path.len - 1] == '/')
        return false;
    memcpy(room, path.ptr, path.len);
    room[path.len] = '/';
    str longer = {room, path.len + 1};
    if (!pressing_find(web->live->pressing, longer, &page)) return false;
    *ret_path = longer;
    return true;
}

static void answer_path(struct web *web, const struct http_request *request,
                        struct http_response *response) {
    struct pressing_page page;
    char room[PRESSING_PATH_MAX + 1];
    str longer;
    bool is_there = pressing_find(web->live->pressing, request->path, &page);
    if (!is_there || page.type == PRESSING_SEARCH) { /* what is searched is no page */
        if (find_with_slash(web, request->path, room, &longer)) {
            answer_redirect(web, longer, true, response);
        } else {
            answer_error(web, request, 404, response);
        }
    } else if (page.status == 301) {
        answer_redirect(web, page.location, false, response);
    } else if (page.status == 410 && page.body.len == 0) {
        answer_error(web, request, 410, response);
    } else if (search_is_asked(&page)) {
        answer_search(web, request, &page, response);
    } else {
        answer_page(web, request, &page, response);
    }
}

/* Who came without TLS is asked to come with it, for good, and to do there what was meant here. Not
 * /healthz, which is asked by machines of the house. */
static bool is_sent_away(const struct web *web, const struct http_request *request) {
    return web->options.secure_base.len > 0 && !request->is_secure && request->path.len > 0 &&
           !str_eq(request->path, STR("/healthz"));
}

static void answer_elsewhere(struct web *web, const struct http_request *request,
                             struct http_response *response) {
    struct lines lines = {.web = web};
    add(&lines, EVERYWHERE);
    add(&lines, STR("Location: "));
    add(&lines, web->options.secure_base);
    add_path(&lines, request->path);
    if (request->query.len > 0 && is_one_line(request->query)) {
        add(&lines, STR("?"));
        add(&lines, request->query);
    }
    add(&lines, STR("\r\n"));
    response->status = 308;
    finish(&lines, response);
}

static void answer_any(struct web *web, const struct http_request *request,
                       struct http_response *response) {
    if (is_sent_away(web, request)) {
        answer_elsewhere(web, request, response);
    } else if (request->method == HTTP_METHOD_POST || request->method == HTTP_METHOD_OTHER) {
        answer_words(web, response, 405, STR("Allow: GET, HEAD\r\n"),
                     STR("This site can be read (GET, HEAD) and nothing else.\n"));
    } else if (request->has_body) {
        answer_words(web, response, 413, STR(""), STR("A request to read has no body.\n"));
    } else if (web->live == NULL) {
        answer_words(web, response, 503, STR("Retry-After: 10\r\n"),
                     STR("Nothing has been published here yet.\n"));
    } else if (str_eq(request->path, STR("/healthz"))) {
        answer_words(web, response, 200, STR(""), STR("ok\n"));
    } else {
        answer_path(web, request, response);
    }
}

void web_answer(void *ctx, const struct http_request *request, struct http_response *response) {
    struct web *web = ctx;
    answer_any(web, request, response);
    web_log_answer(web, request, response);
}
