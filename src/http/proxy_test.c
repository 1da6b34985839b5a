/* proxy_test.c: headers of the PROXY protocol, whole, in every beginning, and broken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http/proxy.h"

#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"
#define V4                                                                                         \
    "\xC6\x33\x64\x01\xC0\x00\x02\x01\x30\x39\x01\xBB" /* 198.51.100.1:12345 to 192.0.2.1:443 */
#define V6                                                                                         \
    "\x20\x01\x0D\xB8\0\0\0\0\0\0\0\0\0\0\0\x01\x20\x01\x0D\xB8\0\0\0\0\0\0\0\0\0\0\0\x02\x30\x39" \
    "\x01\xBB"
#define MAPPED                                                                                     \
    "\0\0\0\0\0\0\0\0\0\0\xFF\xFF\xC6\x33\x64\x01\0\0\0\0\0\0\0\0\0\0\xFF\xFF\xC0\0\x02\x01\x30"   \
    "\x39\x01\xBB"
#define TEN "0123456789"
#define UNIX                                                                                       \
    TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN "012345"

static const struct {
    const char *what;
    str bytes;
    enum http_proxy_step step;
    const char *client;
    unsigned port;
    bool is_local;
} HEADERS[] = {
    {"TCP over IPv4", STR(SIGNATURE "\x21\x11\0\x0C" V4), HTTP_PROXY_DONE, "198.51.100.1", 12345,
     false},
    {"TCP over IPv6", STR(SIGNATURE "\x21\x21\0\x24" V6), HTTP_PROXY_DONE, "2001:db8::1", 12345,
     false},
    {"IPv4 as IPv6", STR(SIGNATURE "\x21\x21\0\x24" MAPPED), HTTP_PROXY_DONE, "198.51.100.1", 12345,
     false},
    {"TLVs are skipped", STR(SIGNATURE "\x21\x11\0\x18" V4 "\x01\0\x02h2\x04\0\x04    "),
     HTTP_PROXY_DONE, "198.51.100.1", 12345, false},
    {"a TLV of nothing", STR(SIGNATURE "\x21\x11\0\x0F" V4 "\x04\0\0"), HTTP_PROXY_DONE,
     "198.51.100.1", 12345, false},
    {"a right checksum", STR(SIGNATURE "\x21\x11\0\x13" V4 "\x03\0\x04\x5C\x3D\xFC\xA3"),
     HTTP_PROXY_DONE, "198.51.100.1", 12345, false},
    {"a health check", STR(SIGNATURE "\x20\0\0\0"), HTTP_PROXY_DONE, "-", 0, true},
    {"a health check with addresses", STR(SIGNATURE "\x20\x11\0\x0C" V4), HTTP_PROXY_DONE, "-", 0,
     true},
    {"a health check of no family known", STR(SIGNATURE "\x20\x77\0\x02xx"), HTTP_PROXY_DONE, "-",
     0, true},
    {"a family not told", STR(SIGNATURE "\x21\0\0\x03xyz"), HTTP_PROXY_DONE, "-", 0, false},
    {"a Unix socket", STR(SIGNATURE "\x21\x31\0\xD8" UNIX), HTTP_PROXY_DONE, "-", 0, false},
    {"UDP", STR(SIGNATURE "\x21\x12\0\x0C" V4), HTTP_PROXY_DONE, "-", 0, false},

    {"a request", STR("GET / HTTP/1.1\r\n\r\n"), HTTP_PROXY_REFUSED, NULL, 0, false},
    {"version 1", STR("PROXY TCP4 198.51.100.1 192.0.2.1 12345 443\r\n"), HTTP_PROXY_REFUSED, NULL,
     0, false},
    {"another signature", STR("\r\n\r\n\0\r\nQUIT\r"), HTTP_PROXY_REFUSED, NULL, 0, false},
    {"version 3", STR(SIGNATURE "\x31\x11\0\x0C" V4), HTTP_PROXY_REFUSED, NULL, 0, false},
    {"a command not known", STR(SIGNATURE "\x22\x11\0\x0C" V4), HTTP_PROXY_REFUSED, NULL, 0, false},
    {"a family not known", STR(SIGNATURE "\x21\x41\0\x03\x04\0\0"), HTTP_PROXY_REFUSED, NULL, 0,
     false},
    {"a transport not known", STR(SIGNATURE "\x21\x13\0\x03\x04\0\0"), HTTP_PROXY_REFUSED, NULL, 0,
     false},
    {"a family without a transport", STR(SIGNATURE "\x21\x10\0\x03\x04\0\0"), HTTP_PROXY_REFUSED,
     NULL, 0, false},
    {"addresses cut short", STR(SIGNATURE "\x21\x11\0\x0B" V4), HTTP_PROXY_REFUSED, NULL, 0, false},
    {"IPv6 of IPv4's length", STR(SIGNATURE "\x21\x21\0\x0C" V4), HTTP_PROXY_REFUSED, NULL, 0,
     false},
    {"longer than we accept", STR(SIGNATURE "\x21\x11\x07\xF1" V4), HTTP_PROXY_REFUSED, NULL, 0,
     false},
    {"half a TLV", STR(SIGNATURE "\x21\x11\0\x0E" V4 "\x04\0"), HTTP_PROXY_REFUSED, NULL, 0, false},
    {"a TLV beyond the end", STR(SIGNATURE "\x21\x11\0\x10" V4 "\x04\0\x02x"), HTTP_PROXY_REFUSED,
     NULL, 0, false},
    {"a wrong checksum", STR(SIGNATURE "\x21\x11\0\x13" V4 "\x03\0\x04\x5C\x3D\xFC\xA2"),
     HTTP_PROXY_REFUSED, NULL, 0, false},
    {"a checksum of five bytes", STR(SIGNATURE "\x21\x11\0\x14" V4 "\x03\0\x05\xD4\x7C\x3E\xA7x"),
     HTTP_PROXY_REFUSED, NULL, 0, false},
    {"a checksum of three bytes", STR(SIGNATURE "\x21\x11\0\x12" V4 "\x03\0\x03\x5C\x3D\xFC"),
     HTTP_PROXY_REFUSED, NULL, 0, false},
};

static void reads_headers_as_the_table_says(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT_OF(HEADERS); i++) {
        char room[HTTP_ADDRESS_TEXT];
        struct http_proxy_header header = {.size = 99};
        enum http_proxy_step step = http_proxy_read(HEADERS[i].bytes, &header);
        if (step != HEADERS[i].step) fail_msg("%s: %d", HEADERS[i].what, step);
        if (step != HTTP_PROXY_DONE) {
            assert_int_equal(header.size, 99);
            continue;
        }
        str client = http_peer_text(&header.client, room);
        if (!str_eq(client, str_of(HEADERS[i].client)) || header.client.port != HEADERS[i].port) {
            fail_msg("%s: " STR_FMT, HEADERS[i].what, STR_ARG(client));
        }
        assert_int_equal(header.size, HEADERS[i].bytes.len);
        assert_int_equal(header.is_local, HEADERS[i].is_local);
    }
}

/* Every beginning of a good header asks for more, and what follows it changes nothing. */
static void says_the_same_however_the_bytes_come(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT_OF(HEADERS); i++) {
        str bytes = HEADERS[i].bytes;
        bool is_refused = false;
        struct http_proxy_header header;
        for (size_t len = 0; len < bytes.len; len++) {
            enum http_proxy_step step = http_proxy_read(str_slice(bytes, 0, len), &header);
            assert_int_not_equal(step, HTTP_PROXY_DONE);
            if (is_refused) assert_int_equal(step, HTTP_PROXY_REFUSED);
            is_refused = step == HTTP_PROXY_REFUSED;
        }
        if (is_refused) assert_int_equal(HEADERS[i].step, HTTP_PROXY_REFUSED);
        if (HEADERS[i].step != HTTP_PROXY_DONE) continue;
        char longer[512];
        assert_in_range(bytes.len, 1, sizeof longer - 8);
        memcpy(longer, bytes.ptr, bytes.len);
        memcpy(longer + bytes.len, "GET / HT", 8);
        assert_int_equal(http_proxy_read((str){longer, bytes.len + 8}, &header), HTTP_PROXY_DONE);
        assert_int_equal(header.size, bytes.len);
    }
}

/* Any one bit turned in a header with a checksum is noticed, or refused for another reason. */
static void notices_any_bit_under_a_checksum(void **state) {
    (void)state;
    static const str GOOD = STR(SIGNATURE "\x21\x11\0\x13" V4 "\x03\0\x04\x5C\x3D\xFC\xA3");
    struct http_proxy_header header;
    for (size_t bit = 0; bit < 8 * GOOD.len; bit++) {
        /* One turns the checksum itself into a TLV of another type, or makes a PROXY a LOCAL. */
        if (bit / 8 == 28 || bit == 8 * 12) continue;
        char bytes[64];
        memcpy(bytes, GOOD.ptr, GOOD.len);
        bytes[bit / 8] = (char)(bytes[bit / 8] ^ 1 << bit % 8);
        enum http_proxy_step step = http_proxy_read((str){bytes, GOOD.len}, &header);
        if (step == HTTP_PROXY_DONE) fail_msg("bit %zu", bit);
    }
}

static void never_waits_for_more_than_its_limit(void **state) {
    (void)state;
    char bytes[HTTP_PROXY_MAX] = SIGNATURE "\x21\x11\x07\xF0" V4; /* 16 + 2032 */
    struct http_proxy_header header;
    bytes[28] = 0x04; /* one TLV for the rest */
    bytes[29] = (char)((sizeof bytes - 31) >> 8);
    bytes[30] = (char)((sizeof bytes - 31) & 0xFF);
    assert_int_equal(http_proxy_read((str){bytes, sizeof bytes - 1}, &header), HTTP_PROXY_MORE);
    assert_int_equal(http_proxy_read((str){bytes, sizeof bytes}, &header), HTTP_PROXY_DONE);
    assert_int_equal(header.size, HTTP_PROXY_MAX);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_headers_as_the_table_says),
        cmocka_unit_test(says_the_same_however_the_bytes_come),
        cmocka_unit_test(notices_any_bit_under_a_checksum),
        cmocka_unit_test(never_waits_for_more_than_its_limit),
    };
    return cmocka_run_group_tests_name("http proxy", tests, NULL, NULL);
}
