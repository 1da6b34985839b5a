/* multipart.c: multipart/form-data. See form.h.
 *
 *     --boundary CRLF  head CRLF CRLF  bytes  CRLF --boundary CRLF  head ...  CRLF --boundary--
 *
 *     PREAMBLE --delimiter--> LINE --CRLF--> HEAD --CRLF CRLF--> BODY --delimiter--> LINE
 *                              |
 *                              +-- "--" --> CLOSING --CRLF--> EPILOGUE
 *
 * The delimiter is CRLF, "--" and the boundary. CR stands at its beginning and nowhere else in it,
 * so a match that fails can begin again only at the byte that failed: one counter is all that is
 * kept of the bytes gone by, and those held back are known to be the delimiter's own. */
#include <assert.h>
#include <string.h>

#include "base/unicode.h"
#include "http/form.h"

enum state {
    STATE_PREAMBLE, /* nothing but the delimiter is looked for */
    STATE_LINE,     /* right behind a delimiter: "--", or as in STATE_SPACES */
    STATE_SPACES,   /* spaces, which mean nothing, and CRLF */
    STATE_LINE_CR,  /* ... its LF */
    STATE_HEAD,
    STATE_BODY,
    STATE_HYPHEN,     /* the second of the two that close */
    STATE_CLOSING,    /* behind them: spaces and CRLF, or nothing */
    STATE_CLOSING_CR, /* ... its LF */
    STATE_EPILOGUE,
};

/* ---- The boundary ---------------------------------------------------------------------------- */

/* RFC 2046, 5.1.1: bchars. */
static bool is_boundary(str text) {
    static const str MARKS = STR("'()+_,-./:=? ");
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!is_plain && str_find_byte(MARKS, c) == STR_NONE) return false;
    }
    return text.len > 0 && text.len <= HTTP_BOUNDARY_MAX && text.ptr[text.len - 1] != ' ';
}

/* A character of a token (RFC 9110, 5.6.2). */
static bool is_token_char(char c) {
    static const str MARKS = STR("!#$%&'*+-.^_`|~");
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           str_find_byte(MARKS, c) != STR_NONE;
}

static size_t token_len(str text) {
    size_t len = 0;
    while (len < text.len && is_token_char(text.ptr[len])) len++;
    return len;
}

/* The length of a quoted text that begins `text`, with its quotes; 0 when it has no end. What a
 * backslash makes of a quote is told here, and undone in unquote. */
static size_t quoted_len(str text) {
    for (size_t i = 1; i < text.len; i++) {
        if (text.ptr[i] == '"') return i + 1;
        if (text.ptr[i] == '\\' && i + 1 < text.len) {
            i += text.ptr[i + 1] == '"' || text.ptr[i + 1] == '\\' ? 1 : 0;
        }
    }
    return 0;
}

/* Takes "; name=value" off the front of *text; the value is a token, or quoted and then still in
 * its quotes. False when something else stands there. */
static bool take_parameter(str *text, str *ret_name, str *ret_value) {
    str rest = str_trim(*text);
    if (rest.len == 0 || rest.ptr[0] != ';') return false;
    rest = str_trim(str_skip(rest, 1));
    size_t len = token_len(rest);
    *ret_name = str_slice(rest, 0, len);
    rest = str_skip(rest, len);
    if (len == 0 || rest.len < 2 || rest.ptr[0] != '=') return false;
    rest = str_skip(rest, 1);
    len = rest.ptr[0] == '"' ? quoted_len(rest) : token_len(rest);
    if (len == 0) return false;
    *ret_value = str_slice(rest, 0, len);
    *text = str_skip(rest, len);
    return true;
}

bool http_multipart_boundary(str content_type, str *ret_boundary) {
    static const str TYPE = STR("multipart/form-data");
    str boundary = {NULL, 0};
    bool is_named = false;
    if (!str_eq_nocase(str_slice(content_type, 0, TYPE.len), TYPE)) return false;
    content_type = str_trim(str_skip(content_type, TYPE.len));
    while (content_type.len > 0) {
        str name, value;
        if (!take_parameter(&content_type, &name, &value)) return false;
        if (str_eq_nocase(name, STR("boundary"))) {
            if (is_named) return false;
            is_named = true;
            boundary = value.ptr[0] == '"' ? str_slice(value, 1, value.len - 1) : value;
        }
        content_type = str_trim(content_type);
    }
    if (!is_boundary(boundary)) return false;
    *ret_boundary = boundary;
    return true;
}

/* A delimiter may stand right here, as if its CRLF had been seen. */
static void expect_delimiter(struct http_multipart *m) {
    m->matched = 2;
    m->is_assumed = true;
}

err http_multipart_start(struct http_multipart *multipart, struct arena *a, str boundary,
                         const struct http_multipart_limits *limits,
                         struct http_multipart_sink sink) {
    if (!is_boundary(boundary)) FAIL(ERR_INVALID, "form: a boundary that is none");
    char *head = arena_alloc(a, limits->head_bytes);
    if (head == NULL) FAIL(ERR_NO_MEMORY, "form: no memory for the head of a part");
    *multipart = (struct http_multipart){.limits = *limits, .sink = sink, .head = head};
    multipart->state = STATE_PREAMBLE;
    expect_delimiter(multipart); /* the first needs no line end before it */
    multipart->delimiter_len = (uint8_t)(4 + boundary.len);
    memcpy(multipart->delimiter, "\r\n--", 4);
    memcpy(multipart->delimiter + 4, boundary.ptr, boundary.len);
    return OK;
}

/* ---- The head of a part ---------------------------------------------------------------------- */

/* Puts a value in place of its quoted form. Programs differ in what they escape: some write \" and
 * \\, browsers write %22 and leave a backslash as it is (WHATWG HTML, 4.10.21.8), so a backslash
 * before anything else is itself. */
static str unquote(const struct http_multipart *m, str value) {
    if (value.ptr[0] != '"') return value;
    if (value.len == 2) return STR("");
    value = str_slice(value, 1, value.len - 1);
    char *room = m->head + (value.ptr - m->head); /* in place: it lies in the head */
    size_t len = 0;
    for (size_t i = 0; i < value.len; i++) {
        bool is_escape = value.ptr[i] == '\\' && i + 1 < value.len &&
                         (value.ptr[i + 1] == '"' || value.ptr[i + 1] == '\\');
        room[len++] = value.ptr[is_escape ? ++i : i];
    }
    return (str){room, len};
}

static bool is_printable(str text) {
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.ptr[i];
        if (byte < 0x20 || byte == 0x7F) return false;
    }
    return utf8_is_valid(text);
}

/* Content-Disposition: form-data; name="..."; filename="..." (RFC 7578, 4.2). The extended form,
 * filename*, must not be sent; it is passed over like any other parameter not known. */
static err read_disposition(const struct http_multipart *m, str value, struct http_part *part) {
    static const str KIND = STR("form-data");
    if (part->name.ptr != NULL) FAIL(ERR_INVALID, "form: a part with two dispositions");
    if (!str_eq_nocase(str_slice(value, 0, token_len(value)), KIND)) {
        FAIL(ERR_INVALID, "form: a part that is no form-data");
    }
    value = str_skip(value, KIND.len);
    while (str_trim(value).len > 0) {
        str name, text;
        if (!take_parameter(&value, &name, &text)) FAIL(ERR_INVALID, "form: a malformed parameter");
        bool is_name = str_eq_nocase(name, STR("name"));
        if (!is_name && !str_eq_nocase(name, STR("filename"))) continue;
        str *place = is_name ? &part->name : &part->filename;
        if (place->ptr != NULL) FAIL(ERR_INVALID, "form: a parameter that comes twice");
        *place = unquote(m, text);
        if (place->len > m->limits.name_bytes) {
            FAIL(ERR_LIMIT, "form: a name of more than %u bytes", m->limits.name_bytes);
        }
        if (!is_printable(*place)) FAIL(ERR_INVALID, "form: a name that is not plain UTF-8");
    }
    if (part->name.ptr == NULL) FAIL(ERR_INVALID, "form: a part without a name");
    return OK;
}

static err read_field(const struct http_multipart *m, str line, struct http_part *part) {
    str name, value;
    if (!str_cut(line, ':', &name, &value) || name.len == 0 || token_len(name) != name.len) {
        FAIL(ERR_INVALID, "form: a line in the head of a part that is no field");
    }
    value = str_trim(value);
    if (str_eq_nocase(name, STR("content-disposition"))) return read_disposition(m, value, part);
    if (str_eq_nocase(name, STR("content-type"))) {
        if (part->type.ptr != NULL) FAIL(ERR_INVALID, "form: a part with two types");
        if (!is_printable(value)) FAIL(ERR_INVALID, "form: a type that is not plain text");
        part->type = value.len > 0 ? value : STR("");
    }
    if (str_eq_nocase(name, STR("content-transfer-encoding"))) {
        bool is_none = str_eq_nocase(value, STR("binary")) || str_eq_nocase(value, STR("8bit")) ||
                       str_eq_nocase(value, STR("7bit"));
        if (!is_none) FAIL(ERR_INVALID, "form: a part in an encoding (RFC 7578, 4.7)");
    }
    return OK;
}

/* The head is here, with the empty line at its end: every line of it has its CRLF. */
static err read_head(struct http_multipart *m) {
    str head = {m->head, m->head_len - 2};
    struct http_part part = {0};
    while (head.len > 0) {
        size_t end = str_find(head, STR("\r\n"));
        assert(end != STR_NONE);
        str line = str_slice(head, 0, end);
        head = str_skip(head, end + 2);
        /* A folded line begins with a space, which is no token: refused like any other. */
        TRY(read_field(m, line, &part));
    }
    if (part.name.ptr == NULL) FAIL(ERR_INVALID, "form: a part without a disposition");
    if (part.type.ptr == NULL) part.type = STR("text/plain");
    m->room_left = part.filename.ptr != NULL ? m->limits.file_bytes : m->limits.text_bytes;
    expect_delimiter(m); /* the CRLF that ends the head may begin it too: a part of no bytes */
    m->state = STATE_BODY;
    return m->sink.begin(m->sink.ctx, &part);
}

/* ---- Bytes ----------------------------------------------------------------------------------- */

static err take_head_byte(struct http_multipart *m, char byte) {
    if (m->head_len == m->limits.head_bytes) {
        FAIL(ERR_LIMIT, "form: the head of a part has more than %u bytes", m->limits.head_bytes);
    }
    bool follows_cr = m->head_len > 0 && m->head[m->head_len - 1] == '\r';
    if (byte == '\0' || follows_cr != (byte == '\n')) {
        FAIL(ERR_INVALID, "form: NUL, or a CR or LF alone, in the head of a part");
    }
    m->head[m->head_len++] = byte;
    str head = {m->head, m->head_len};
    bool is_end = str_eq(head, STR("\r\n")) || str_ends(head, STR("\r\n\r\n"));
    return is_end ? read_head(m) : OK;
}

static err tell_bytes(struct http_multipart *m, str bytes) {
    if (m->state != STATE_BODY || bytes.len == 0) return OK;
    if (bytes.len > m->room_left) FAIL(ERR_LIMIT, "form: a part is too long");
    m->room_left -= bytes.len;
    return m->sink.bytes(m->sink.ctx, bytes);
}

static err delimiter_ends(struct http_multipart *m) {
    bool ends_part = m->state == STATE_BODY;
    m->matched = 0;
    m->is_assumed = false;
    m->state = STATE_LINE;
    return ends_part ? m->sink.end(m->sink.ctx) : OK;
}

/* Takes bytes off *piece up to the end of a delimiter, or all. */
static err take_body(struct http_multipart *m, str *piece) {
    str rest = *piece;
    while (rest.len > 0) {
        if (m->matched == 0) { /* plain bytes, up to the next CR */
            size_t plain = str_find_byte(rest, '\r');
            if (plain == STR_NONE) plain = rest.len;
            TRY(tell_bytes(m, str_slice(rest, 0, plain)));
            rest = str_skip(rest, plain);
            if (rest.len == 0) break;
        }
        if (rest.ptr[0] != m->delimiter[m->matched]) { /* what was held back was plain too */
            str held = {m->delimiter, m->matched};
            if (m->is_assumed) held = str_skip(held, 2);
            m->matched = 0;
            m->is_assumed = false;
            TRY(tell_bytes(m, held));
            continue;
        }
        rest = str_skip(rest, 1);
        if (++m->matched == m->delimiter_len) {
            *piece = rest;
            return delimiter_ends(m);
        }
    }
    *piece = rest;
    return OK;
}

static err begin_part(struct http_multipart *m) {
    if (m->part_count++ == m->limits.parts) {
        FAIL(ERR_LIMIT, "form: more than %u parts", m->limits.parts);
    }
    m->head_len = 0;
    return OK;
}

/* Where a byte of the line that a delimiter begins leads to. */
static const struct line_step {
    enum state from;
    char byte;
    enum state to;
} LINE_STEPS[] = {
    {STATE_LINE, '-', STATE_HYPHEN},          {STATE_LINE, ' ', STATE_SPACES},
    {STATE_LINE, '\t', STATE_SPACES},         {STATE_LINE, '\r', STATE_LINE_CR},
    {STATE_SPACES, ' ', STATE_SPACES},        {STATE_SPACES, '\t', STATE_SPACES},
    {STATE_SPACES, '\r', STATE_LINE_CR},      {STATE_LINE_CR, '\n', STATE_HEAD},
    {STATE_HYPHEN, '-', STATE_CLOSING},       {STATE_CLOSING, ' ', STATE_CLOSING},
    {STATE_CLOSING, '\t', STATE_CLOSING},     {STATE_CLOSING, '\r', STATE_CLOSING_CR},
    {STATE_CLOSING_CR, '\n', STATE_EPILOGUE},
};

static err take_line_byte(struct http_multipart *m, char byte) {
    for (size_t i = 0; i < COUNT_OF(LINE_STEPS); i++) {
        const struct line_step *step = &LINE_STEPS[i];
        if (step->from != (enum state)m->state || step->byte != byte) continue;
        m->state = (uint8_t)step->to;
        return step->to == STATE_HEAD ? begin_part(m) : OK;
    }
    FAIL(ERR_INVALID, "form: a line that only begins with the delimiter");
}

err http_multipart_feed(struct http_multipart *m, str piece) {
    while (piece.len > 0) {
        enum state state = (enum state)m->state;
        if (state == STATE_EPILOGUE) return OK;
        if (state == STATE_PREAMBLE || state == STATE_BODY) {
            TRY(take_body(m, &piece));
            continue;
        }
        char byte = piece.ptr[0];
        piece = str_skip(piece, 1);
        TRY(state == STATE_HEAD ? take_head_byte(m, byte) : take_line_byte(m, byte));
    }
    return OK;
}

err http_multipart_finish(struct http_multipart *m) {
    if (m->state != STATE_CLOSING && m->state != STATE_EPILOGUE) {
        FAIL(ERR_INVALID, "form: the last delimiter is missing");
    }
    return OK;
}
