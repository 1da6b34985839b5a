/* body.c: where a body ends, and what is in it (RFC 9112, 6 and 7).
 *
 * A body is a number of bytes, or chunks:
 *
 *     5;extension\r\n   hello\r\n   0\r\n   Trailer: value\r\n   \r\n
 *
 * Two readers that disagree about one byte of this let a request hide inside a body. So only what
 * the grammar says passes: no white space around a size, no bare CR or LF anywhere, at most sixteen
 * digits. Extensions and trailers are held to their characters and a limit, and dropped. */
#include <assert.h>
#include <string.h>

#include "http/http_impl.h"

enum chunk_state {
    CHUNK_SIZE,  /* its first digit */
    CHUNK_DIGIT, /* a further digit, or what ends the size */
    CHUNK_EXTENSION,
    CHUNK_SIZE_LF,
    CHUNK_DATA,
    CHUNK_DATA_CR,
    CHUNK_DATA_LF,
    CHUNK_TRAILER, /* the first byte of a trailer, or of the end */
    CHUNK_TRAILER_NAME,
    CHUNK_TRAILER_VALUE,
    CHUNK_TRAILER_LF,
    CHUNK_LAST_LF,
    CHUNK_WHOLE,
};

void body_begin(struct body *body, bool is_chunked, uint64_t bytes) {
    *body = (struct body){.is_chunked = is_chunked, .left = is_chunked ? 0 : bytes};
}

/* The characters of a token (RFC 9110, 5.6.2). */
static bool is_token(unsigned char c) {
    bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return is_letter || (c >= '0' && c <= '9') || (c != '\0' && strchr("!#$%&'*+-.^_`|~", c));
}

/* What may stand in a value: all but control characters; a tab is none. */
static bool is_text(unsigned char c) { return c == '\t' || (c >= ' ' && c != 0x7F); }

static int hex_value(unsigned char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/* Sixteen digits are all that fit; leading zeros count, or a size could have no end. */
static int take_digit(struct body *body, unsigned char c) {
    int digit = hex_value(c);
    if (digit < 0 || body->digits == 16) return 400;
    body->digits++;
    body->left = body->left << 4 | (unsigned)digit;
    body->state = CHUNK_DIGIT;
    return 0;
}

static int after_size(struct body *body, unsigned char c) {
    if (c == '\r')
        body->state = CHUNK_SIZE_LF;
    else if (c == ';')
        body->state = CHUNK_EXTENSION;
    else
        return take_digit(body, c);
    return 0;
}

static int take_extension(struct body *body, unsigned char c) {
    if (c == '\r')
        body->state = CHUNK_SIZE_LF;
    else if (!is_text(c) || ++body->extension_bytes > HTTP_EXTENSIONS_MAX)
        return 400;
    return 0;
}

static int take_trailer(struct body *body, unsigned char c) {
    if (++body->trailer_bytes > HTTP_TRAILERS_MAX) return 431;
    switch ((enum chunk_state)body->state) {
    case CHUNK_TRAILER:
        if (c == '\r')
            body->state = CHUNK_LAST_LF;
        else if (is_token(c)) /* a space here would be a folded line */
            body->state = CHUNK_TRAILER_NAME;
        else
            return 400;
        return 0;
    case CHUNK_TRAILER_NAME:
        if (c == ':')
            body->state = CHUNK_TRAILER_VALUE;
        else if (!is_token(c))
            return 400;
        return 0;
    default:
        assert(body->state == CHUNK_TRAILER_VALUE);
        if (c == '\r')
            body->state = CHUNK_TRAILER_LF;
        else if (!is_text(c))
            return 400;
        return 0;
    }
}

/* A byte that must be this one, and what comes after it. */
static int expect(struct body *body, unsigned char c, unsigned char wanted, enum chunk_state next) {
    if (c != wanted) return 400;
    body->state = (uint8_t)next;
    return 0;
}

/* One byte of what stands around the data. */
static int take_frame(struct body *body, unsigned char c) {
    switch ((enum chunk_state)body->state) {
    case CHUNK_SIZE: body->digits = 0; return take_digit(body, c);
    case CHUNK_DIGIT: return after_size(body, c);
    case CHUNK_EXTENSION: return take_extension(body, c);
    case CHUNK_SIZE_LF: return expect(body, c, '\n', body->left > 0 ? CHUNK_DATA : CHUNK_TRAILER);
    case CHUNK_DATA_CR: return expect(body, c, '\r', CHUNK_DATA_LF);
    case CHUNK_DATA_LF: return expect(body, c, '\n', CHUNK_SIZE);
    case CHUNK_TRAILER:
    case CHUNK_TRAILER_NAME:
    case CHUNK_TRAILER_VALUE: return take_trailer(body, c);
    case CHUNK_TRAILER_LF: return expect(body, c, '\n', CHUNK_TRAILER);
    case CHUNK_LAST_LF: return expect(body, c, '\n', CHUNK_WHOLE);
    case CHUNK_DATA:
    case CHUNK_WHOLE: break; /* body_read asks about no byte of these */
    }
    return 400;
}

/* Cuts the bytes of the body, or of the chunk, off the front. */
static str take_data(struct body *body, str bytes) {
    if (bytes.len > body->left) bytes.len = (size_t)body->left;
    body->left -= bytes.len;
    body->taken += bytes.len;
    return bytes;
}

int body_read(struct body *body, str bytes, size_t *ret_used, str *ret_piece) {
    if (!body->is_chunked) {
        *ret_piece = take_data(body, bytes);
        *ret_used = ret_piece->len;
        return body->left == 0 ? 200 : 0;
    }
    size_t used = 0;
    int status = 0;
    *ret_piece = STR("");
    while (used < bytes.len && body->state != CHUNK_DATA && status == 0) {
        status = take_frame(body, (unsigned char)bytes.ptr[used++]);
        if (body->state == CHUNK_WHOLE) status = 200;
    }
    if (body->state == CHUNK_DATA) {
        *ret_piece = take_data(body, str_skip(bytes, used));
        used += ret_piece->len;
        if (body->left == 0) body->state = CHUNK_DATA_CR;
    }
    *ret_used = used;
    return status;
}
