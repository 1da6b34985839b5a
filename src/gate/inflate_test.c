/* inflate_test.c: our reader of zlib streams against libdeflate, which wrote them. */
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <libdeflate.h>

#include "gate/inflate.h"

enum { PLAIN_MAX = 200000, STREAM_MAX = 210000 };

/* A source that gives its stream in pieces of some length and compares what comes out. */
struct check {
    str stream;
    size_t piece_len;
    const uint8_t *expected;
    size_t expected_len;
    size_t at;
    bool differs;
};

static bool next(void *context, str *ret_piece) {
    struct check *check = context;
    if (check->stream.len == 0) return false;
    *ret_piece = str_slice(check->stream, 0, check->piece_len);
    check->stream = str_skip(check->stream, check->piece_len);
    return true;
}

static bool take(void *context, uint8_t byte) {
    struct check *check = context;
    if (check->at == check->expected_len) return false;
    if (check->expected[check->at] != byte) check->differs = true;
    check->at++;
    return true;
}

static enum inflate_result read_all(struct check *check) {
    struct inflate_source source = {next, take, check};
    return inflate_read(&source);
}

/* Bytes of several tempers: all alike, noise, words that repeat near and far. */
static void fill(uint8_t *plain, size_t len, int temper) {
    uint32_t state = 12345U + (uint32_t)temper;
    for (size_t i = 0; i < len; i++) {
        state = state * 1664525U + 1013904223U;
        uint8_t noise = (uint8_t)(state >> 24);
        switch (temper) {
        case 0: plain[i] = 0; break;
        case 1: plain[i] = noise; break;
        case 2: plain[i] = noise < 250 && i > 30000 ? plain[i - 30000] : noise; break;
        default: plain[i] = noise < 128 ? 'a' : (uint8_t)('b' + noise % 7); break;
        }
    }
}

static size_t deflate_with(int level, const uint8_t *plain, size_t len, uint8_t *stream) {
    struct libdeflate_compressor *writer = libdeflate_alloc_compressor(level);
    assert_non_null(writer);
    size_t size = libdeflate_zlib_compress(writer, plain, len, stream, STREAM_MAX);
    libdeflate_free_compressor(writer);
    assert_true(size > 0);
    return size;
}

static void reads_what_another_wrote(void **state) {
    (void)state;
    uint8_t *plain = malloc(PLAIN_MAX);
    uint8_t *stream = malloc(STREAM_MAX);
    static const size_t LENGTHS[] = {0, 1, 2, 258, 259, 32768, 65535, 65536, PLAIN_MAX};
    static const int LEVELS[] = {0, 1, 6, 12};
    static const size_t PIECES[] = {1, 7, STREAM_MAX};
    for (int temper = 0; temper < 4; temper++) {
        fill(plain, PLAIN_MAX, temper);
        for (size_t l = 0; l < COUNT_OF(LENGTHS) * COUNT_OF(LEVELS); l++) {
            size_t len = LENGTHS[l % COUNT_OF(LENGTHS)];
            size_t size = deflate_with(LEVELS[l / COUNT_OF(LENGTHS)], plain, len, stream);
            for (size_t p = 0; p < COUNT_OF(PIECES); p++) {
                struct check check = {{(char *)stream, size}, PIECES[p], plain, len, 0, false};
                assert_int_equal(read_all(&check), INFLATE_DONE);
                assert_int_equal(check.at, len);
                assert_false(check.differs);
            }
        }
    }
    free(plain);
    free(stream);
}

static void sees_every_end_that_comes_too_early(void **state) {
    (void)state;
    uint8_t plain[500];
    uint8_t stream[STREAM_MAX];
    fill(plain, sizeof plain, 3);
    size_t size = deflate_with(6, plain, sizeof plain, stream);
    for (size_t len = 0; len < size; len++) {
        struct check check = {{(char *)stream, len}, 64, plain, sizeof plain, 0, false};
        assert_int_equal(read_all(&check), INFLATE_BROKEN);
    }
}

static void sees_bytes_after_the_end(void **state) {
    (void)state;
    uint8_t plain[500];
    uint8_t stream[STREAM_MAX];
    fill(plain, sizeof plain, 3);
    size_t size = deflate_with(6, plain, sizeof plain, stream);
    struct check check = {{(char *)stream, size + 1}, size, plain, sizeof plain, 0, false};
    assert_int_equal(read_all(&check), INFLATE_TRAILING);
}

static void notices_any_changed_byte(void **state) {
    (void)state;
    uint8_t plain[300];
    uint8_t stream[STREAM_MAX];
    fill(plain, sizeof plain, 3);
    size_t size = deflate_with(6, plain, sizeof plain, stream);
    for (size_t i = 0; i < size * 8; i++) {
        stream[i / 8] = (uint8_t)(stream[i / 8] ^ 1 << i % 8);
        struct check check = {{(char *)stream, size}, 64, plain, sizeof plain, 0, false};
        enum inflate_result result = read_all(&check);
        bool is_padding = result == INFLATE_DONE && !check.differs; /* bits nobody reads */
        assert_true(result != INFLATE_DONE || is_padding);
        stream[i / 8] = (uint8_t)(stream[i / 8] ^ 1 << i % 8);
    }
}

static void stops_when_told(void **state) {
    (void)state;
    uint8_t plain[500];
    uint8_t stream[STREAM_MAX];
    fill(plain, sizeof plain, 0);
    size_t size = deflate_with(6, plain, sizeof plain, stream);
    struct check check = {{(char *)stream, size}, 64, plain, 100, 0, false};
    assert_int_equal(read_all(&check), INFLATE_STOPPED);
    assert_int_equal(check.at, 100);
}

static void refuses_streams_that_are_none(void **state) {
    (void)state;
    static const str STREAMS[] = {
        {"\x79\x01\x03\x00\x00\x00\x00\x01", 8}, /* method 9 */
        {"\x78\x02\x03\x00\x00\x00\x00\x01", 8}, /* check bits */
        {"\x78\x20\x03\x00\x00\x00\x00\x01", 8}, /* a dictionary */
        {"\x78\x01\x07\x00\x00\x00\x00\x01", 8}, /* block kind 3 */
        {"\x78\x01\x01\x01\x00\x00\x00\x78\x00\x79\x00\x79",
         12},                                        /* a length and another complement */
        {"\x78\x01\x03\x02\x00\x00\x03\x00\x01", 9}, /* a distance before the beginning */
        {"\x78\x01\x03\x00\x00\x00\x00\x02", 8},     /* checksum */
    };
    static const uint8_t PLAIN[3] = {0};
    for (size_t i = 0; i < COUNT_OF(STREAMS); i++) {
        struct check check = {STREAMS[i], 64, PLAIN, sizeof PLAIN, 0, false};
        assert_int_equal(read_all(&check), INFLATE_BROKEN);
    }
    uint8_t nothing = 0;
    struct check empty = {STR("\x78\x01\x03\x00\x00\x00\x00\x01"), 64, &nothing, 0, 0, false};
    assert_int_equal(read_all(&empty), INFLATE_DONE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_another_wrote),
        cmocka_unit_test(sees_every_end_that_comes_too_early),
        cmocka_unit_test(sees_bytes_after_the_end),
        cmocka_unit_test(notices_any_changed_byte),
        cmocka_unit_test(stops_when_told),
        cmocka_unit_test(refuses_streams_that_are_none),
    };
    return cmocka_run_group_tests_name("inflate", tests, NULL, NULL);
}
