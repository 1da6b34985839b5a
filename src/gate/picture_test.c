/* picture_test.c: small pictures made by hand, and everything that may be hidden in them. */
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "gate/picture.h"

enum { ARENA_CAP = 1 << 20, FINDINGS_MAX = 8 };

struct bench {
    struct sys sys;
    struct arena arena;
};

static int begin(void **state) {
    struct bench *bench = calloc(1, sizeof *bench);
    if (bench == NULL) return -1;
    bench->sys = sys_real();
    arena_init(&bench->arena, &bench->sys, ARENA_CAP);
    *state = bench;
    return 0;
}

static int end(void **state) {
    struct bench *bench = *state;
    arena_done(&bench->arena);
    free(bench);
    return 0;
}

static str join(struct bench *bench, const str *parts, size_t count) {
    struct buf whole;
    str text;
    buf_init(&whole, &bench->arena, ARENA_CAP);
    for (size_t i = 0; i < count; i++) buf_add(&whole, parts[i]);
    assert_int_equal(buf_finish(&whole, &text).kind, ERR_NONE);
    return text;
}

/* `whole` with `more` put in at `at`. */
static str insert(struct bench *bench, str whole, size_t at, str more) {
    const str parts[] = {str_slice(whole, 0, at), more, str_skip(whole, at)};
    return join(bench, parts, COUNT_OF(parts));
}

/* `whole` with the byte at `at` changed. */
static str change(struct bench *bench, str whole, size_t at, char byte) {
    const str parts[] = {str_slice(whole, 0, at), {&byte, 1}, str_skip(whole, at + 1)};
    return join(bench, parts, COUNT_OF(parts));
}

static void expect_clean(str picture) {
    struct picture_finding findings[FINDINGS_MAX];
    size_t count = 77;
    assert_int_equal(picture_check(picture, findings, FINDINGS_MAX, &count).kind, ERR_NONE);
    if (count > 0) fail_msg("byte %zu: %s", findings[0].offset, findings[0].text);
}

/* The first finding must be this one. */
static void expect(str picture, const char *rule, size_t offset, const char *words) {
    struct picture_finding findings[FINDINGS_MAX];
    size_t count = 0;
    assert_int_equal(picture_check(picture, findings, FINDINGS_MAX, &count).kind, ERR_NONE);
    if (count == 0) fail_msg("found nothing, wanted \"%s\"", words);
    if (!str_contains(str_of(findings[0].text), str_of(words)) || findings[0].offset != offset) {
        fail_msg("byte %zu: %s; wanted byte %zu: %s", findings[0].offset, findings[0].text, offset,
                 words);
    }
    assert_string_equal(findings[0].rule, rule);
}

/* A grey JPEG of 8 x 8 pixels: one block. Where its parts begin, for the tests: */
enum { APP0_AT = 2, DQT_AT = 20, SOF_AT = 89, DHT_AT = 102, SOS_AT = 130, DATA_AT = 140 };

static str jpeg_of(struct bench *bench) {
    char numbers[64];
    memset(numbers, 1, sizeof numbers);
    const str parts[] = {
        STR("\xFF\xD8"),
        STR("\xFF\xE0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0"),
        STR("\xFF\xDB\0\x43\0"),
        {numbers, sizeof numbers},
        STR("\xFF\xC0\0\x0B\x08\0\x08\0\x08\1\1\x11\0"),
        /* one table, class 0, one code of one bit: the symbol 0 */
        STR("\xFF\xC4\0\x14\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
        STR("\xFF\xDD\0\4\0\0"), /* no restarts */
        STR("\xFF\xDA\0\x08\1\1\0\0\x3F\0"),
        STR("\x3F"),
        STR("\xFF\xD9"),
    };
    str jpeg = join(bench, parts, COUNT_OF(parts));
    assert_int_equal(str_find(jpeg, STR("\xFF\xDB")), DQT_AT);
    assert_int_equal(str_find(jpeg, STR("\xFF\xC0")), SOF_AT);
    assert_int_equal(str_find(jpeg, STR("\xFF\xC4")), DHT_AT);
    assert_int_equal(str_find(jpeg, STR("\xFF\xDA")), SOS_AT);
    return jpeg;
}

static void passes_a_jpeg_of_pixels_alone(void **state) {
    struct bench *bench = *state;
    str jpeg = jpeg_of(bench);
    expect_clean(jpeg);
    /* FF 00 is a byte of data */
    expect_clean(insert(bench, jpeg, DATA_AT, STR("\xFF\0\xFF\0")));
}

static void finds_every_kind_of_metadata_in_a_jpeg(void **state) {
    struct bench *bench = *state;
    static const struct {
        str segment;
        const char *words;
    } HIDDEN[] = {
        {{"\xFF\xE1\0\x08"
          "Exif\0\0",
          10},
         "EXIF data of 6 bytes"},
        {{"\xFF\xE1\0\x1F"
          "http://ns.adobe.com/xap/1.0/\0",
          33},
         "XMP data"},
        {{"\xFF\xE2\0\x0E"
          "ICC_PROFILE\0",
          16},
         "an ICC profile"},
        {{"\xFF\xE2\0\x06"
          "MPF\0",
          8},
         "an index of further pictures"},
        {{"\xFF\xED\0\x0C"
          "Photoshop\0",
          14},
         "Photoshop data (IPTC)"},
        {{"\xFF\xEE\0\x07"
          "Adobe",
          9},
         "an Adobe header"},
        {{"\xFF\xE0\0\x07"
          "JFXX\0",
          9},
         "a JFXX thumbnail"},
        {{"\xFF\xE0\0\x10"
          "JFIF\0\1\1\0\0\1\0\1\0\0",
          18},
         "a second or late JFIF header"},
        {{"\xFF\xEA\0\x05"
          "abc",
          7},
         "an application segment APP10 of 3 bytes"},
        {{"\xFF\xEF\0\x02", 4}, "an application segment APP15 of 0 bytes"},
        {{"\xFF\xFE\0\x05"
          "abc",
          7},
         "a comment of 3 bytes"},
    };
    str jpeg = jpeg_of(bench);
    static const size_t PLACES[] = {DQT_AT, SOF_AT, DHT_AT, SOS_AT, DATA_AT + 1};
    for (size_t i = 0; i < COUNT_OF(HIDDEN); i++) {
        for (size_t p = 0; p < COUNT_OF(PLACES); p++) {
            expect(insert(bench, jpeg, PLACES[p], HIDDEN[i].segment), "R08", PLACES[p],
                   HIDDEN[i].words);
        }
    }
}

static void finds_a_thumbnail_in_the_jfif_header(void **state) {
    struct bench *bench = *state;
    str jpeg = jpeg_of(bench);
    str with = insert(bench, change(bench, jpeg, APP0_AT + 3, 0x13), DQT_AT, STR("RGB"));
    with = change(bench, change(bench, with, APP0_AT + 16, 1), APP0_AT + 17, 1);
    expect(with, "R08", APP0_AT, "thumbnail");
    expect(change(bench, jpeg, APP0_AT + 16, 1), "R08", APP0_AT, "thumbnail");
}

static void finds_what_stands_behind_a_jpeg(void **state) {
    struct bench *bench = *state;
    str jpeg = jpeg_of(bench);
    expect(insert(bench, jpeg, jpeg.len, STR("PROTECTED-NAME-0001")), "R08", jpeg.len,
           "something of 19 bytes");
    expect(insert(bench, jpeg, jpeg.len, jpeg), "R08", jpeg.len, "a second picture");
    expect(insert(bench, jpeg, jpeg.len, STR("\0")), "R08", jpeg.len, "something of 1 bytes");
}

static void stops_at_what_is_no_part_of_a_jpeg(void **state) {
    struct bench *bench = *state;
    str jpeg = jpeg_of(bench);
    static const size_t PLACES[] = {DQT_AT, SOF_AT, SOS_AT};
    for (size_t i = 0; i < COUNT_OF(PLACES); i++) {
        expect(insert(bench, jpeg, PLACES[i], STR("x")), "R24", PLACES[i], "no part of a JPEG");
        expect(insert(bench, jpeg, PLACES[i], STR("\xFF")), "R24", PLACES[i], "no part of a JPEG");
        expect(insert(bench, jpeg, PLACES[i], STR("\xFF\xDC\0\4\0\1")), "R24", PLACES[i],
               "no part of a JPEG"); /* DNL */
        expect(insert(bench, jpeg, PLACES[i], STR("\xFF\xF0\0\3x")), "R24", PLACES[i],
               "no part of a JPEG");
    }
    expect(insert(bench, jpeg, DATA_AT + 1, STR("\xFF\xD0")), "R24", DATA_AT + 1,
           "no part of a JPEG"); /* a restart where none was announced */
}

static void stops_at_a_jpeg_that_ends_too_early(void **state) {
    struct bench *bench = *state;
    str jpeg = jpeg_of(bench);
    for (size_t len = 2; len < jpeg.len; len++) {
        struct picture_finding finding;
        size_t count = 0;
        assert_int_equal(picture_check(str_slice(jpeg, 0, len), &finding, 1, &count).kind,
                         ERR_NONE);
        assert_int_equal(count, 1);
        assert_string_equal(finding.rule, "R24");
    }
}

static void stops_at_tables_and_frames_that_are_none(void **state) {
    struct bench *bench = *state;
    str jpeg = jpeg_of(bench);
    expect(change(bench, jpeg, DQT_AT + 4, 4), "R24", DQT_AT, "quantisation");
    expect(change(bench, jpeg, DQT_AT + 4, 0x10), "R24", DQT_AT, "quantisation");
    expect(change(bench, jpeg, DHT_AT + 5, 3), "R24", DHT_AT, "Huffman");
    expect(change(bench, jpeg, DHT_AT + 4, 0x20), "R24", DHT_AT, "Huffman");
    str three_codes_of_one_bit = STR("\xFF\xC4\0\x16\0\3\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                                     "abc");
    expect(insert(bench, jpeg, SOS_AT, three_codes_of_one_bit), "R24", SOS_AT, "Huffman");
    expect(change(bench, jpeg, SOF_AT + 4, 12), "R24", SOF_AT, "frame");
    expect(change(bench, jpeg, SOF_AT + 6, 0), "R24", SOF_AT, "frame"); /* height 0 */
    expect(change(bench, jpeg, SOF_AT + 9, 4), "R24", SOF_AT, "frame");
    expect(change(bench, jpeg, SOS_AT + 5, 9), "R24", SOS_AT, "scan"); /* no such component */
    expect(change(bench, jpeg, SOS_AT + 8, 62), "R24", SOS_AT, "scan");
    str frame = str_slice(jpeg, SOF_AT, DHT_AT);
    expect(insert(bench, jpeg, DHT_AT, frame), "R24", DHT_AT, "a second frame");
}

static void stops_at_a_scan_before_its_frame_and_at_a_jpeg_without_scan(void **state) {
    struct bench *bench = *state;
    str jpeg = jpeg_of(bench);
    expect(insert(bench, jpeg, SOF_AT, str_slice(jpeg, SOS_AT, jpeg.len - 2)), "R24", SOF_AT,
           "scan");
    const str parts[] = {str_slice(jpeg, 0, SOS_AT), STR("\xFF\xD9")};
    expect(join(bench, parts, 2), "R24", SOS_AT, "no scan");
}

static void takes_restarts_only_in_turn(void **state) {
    struct bench *bench = *state;
    str jpeg = change(bench, jpeg_of(bench), SOS_AT - 1, 1);
    expect_clean(insert(bench, jpeg, DATA_AT,
                        STR("a\xFF\xD0"
                            "b\xFF\xD1"
                            "c")));
    expect(insert(bench, jpeg, DATA_AT,
                  STR("a\xFF\xD0"
                      "b\xFF\xD3"
                      "c")),
           "R24", DATA_AT + 4, "no part of a JPEG");
}

static uint32_t crc_of(str bytes) {
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < bytes.len; i++) {
        crc ^= (uint8_t)bytes.ptr[i];
        for (int bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? crc >> 1 ^ 0xEDB88320 : crc >> 1;
    }
    return ~crc;
}

static void put_u32(char *place, uint32_t value) {
    for (int i = 0; i < 4; i++) place[i] = (char)(value >> (24 - 8 * i));
}

static str chunk_of(struct bench *bench, str type, str data) {
    char length[4];
    char crc[4];
    const str body[] = {type, data};
    put_u32(length, (uint32_t)data.len);
    put_u32(crc, crc_of(join(bench, body, 2)));
    const str parts[] = {{length, 4}, type, data, {crc, 4}};
    return join(bench, parts, COUNT_OF(parts));
}

/* Two rows of two grey pixels, each behind a filter byte, in a stored block (RFC 1951, 3.2.4). */
#define PIXELS "\x78\x01\x01\x06\x00\xF9\xFF\x00\x10\x20\x00\x30\x40\x01\x76\x00\xA1"
#define GREY_2X2 "\0\0\0\2\0\0\0\2\x08\0\0\0\0"
enum { IDAT_AT = 33, IEND_AT = 62, PNG_LEN = 74 };

static str png_with(struct bench *bench, str header, str pixels) {
    const str parts[] = {STR("\x89PNG\r\n\x1A\n"), chunk_of(bench, STR("IHDR"), header),
                         chunk_of(bench, STR("IDAT"), pixels),
                         chunk_of(bench, STR("IEND"), STR(""))};
    return join(bench, parts, COUNT_OF(parts));
}

static str png_of(struct bench *bench) {
    str png = png_with(bench, STR(GREY_2X2), STR(PIXELS));
    assert_int_equal(png.len, PNG_LEN);
    return png;
}

static void passes_a_png_of_pixels_alone(void **state) {
    struct bench *bench = *state;
    expect_clean(png_of(bench));
    expect_clean(
        insert(bench, png_of(bench), IDAT_AT, chunk_of(bench, STR("tRNS"), STR("\0\x10"))));
}

static void reads_pixels_that_are_spread_over_chunks(void **state) {
    struct bench *bench = *state;
    str pixels = STR(PIXELS);
    for (size_t cut = 0; cut <= pixels.len; cut++) {
        const str parts[] = {STR("\x89PNG\r\n\x1A\n"), chunk_of(bench, STR("IHDR"), STR(GREY_2X2)),
                             chunk_of(bench, STR("IDAT"), str_slice(pixels, 0, cut)),
                             chunk_of(bench, STR("IDAT"), str_skip(pixels, cut)),
                             chunk_of(bench, STR("IEND"), STR(""))};
        expect_clean(join(bench, parts, COUNT_OF(parts)));
    }
}

static void finds_every_other_chunk_in_a_png(void **state) {
    struct bench *bench = *state;
    static const struct {
        str type;
        const char *words;
    } HIDDEN[] = {
        {{"tEXt", 4}, "text of 3 bytes"},
        {{"zTXt", 4}, "compressed text"},
        {{"iTXt", 4}, "text (XMP)"},
        {{"eXIf", 4}, "EXIF data"},
        {{"iCCP", 4}, "an ICC profile"},
        {{"tIME", 4}, "a time"},
        {{"pHYs", 4}, "a density"},
        {{"acTL", 4}, "an animation"},
        {{"fdAT", 4}, "a further frame"},
        {{"gAMA", 4}, "a chunk that draws nothing"},
        {{"\1\2\3\4", 4}, "a chunk that draws nothing"},
    };
    static const size_t PLACES[] = {IDAT_AT, IEND_AT};
    for (size_t i = 0; i < COUNT_OF(HIDDEN); i++) {
        str chunk = chunk_of(bench, HIDDEN[i].type, STR("abc"));
        for (size_t p = 0; p < COUNT_OF(PLACES); p++) {
            expect(insert(bench, png_of(bench), PLACES[p], chunk), "R08", PLACES[p],
                   HIDDEN[i].words);
        }
    }
}

static void finds_what_stands_behind_a_png_or_in_its_end(void **state) {
    struct bench *bench = *state;
    str png = png_of(bench);
    expect(insert(bench, png, PNG_LEN, STR("PROTECTED-NAME-0001")), "R08", PNG_LEN,
           "something of 19 bytes");
    const str parts[] = {str_slice(png, 0, IEND_AT), chunk_of(bench, STR("IEND"), STR("name"))};
    expect(join(bench, parts, 2), "R08", IEND_AT, "in the end mark");
}

static void finds_old_pixels_behind_the_new_ones(void **state) {
    struct bench *bench = *state;
    expect(png_with(bench, STR(GREY_2X2), STR(PIXELS "old")), "R08", IDAT_AT,
           "something behind the pixels");
    expect(png_with(bench, STR("\0\0\0\2\0\0\0\1\x08\0\0\0\0"), STR(PIXELS)), "R08", IDAT_AT,
           "more pixels than the picture has");
    expect(png_with(bench, STR("\0\0\0\2\0\0\0\3\x08\0\0\0\0"), STR(PIXELS)), "R24", IDAT_AT,
           "too few pixels");
}

static void finds_a_row_with_a_filter_that_does_not_exist(void **state) {
    struct bench *bench = *state;
    str pixels = STR("\x78\x01\x01\x06\x00\xF9\xFF\x05\x10\x20\x00\x30\x40\x01\x94\x00\xA6");
    expect(png_with(bench, STR(GREY_2X2), pixels), "R24", IDAT_AT, "a filter that does not exist");
}

static void stops_at_a_png_that_ends_too_early(void **state) {
    struct bench *bench = *state;
    str png = png_of(bench);
    for (size_t len = 8; len < png.len; len++) {
        struct picture_finding finding;
        size_t count = 0;
        assert_int_equal(picture_check(str_slice(png, 0, len), &finding, 1, &count).kind, ERR_NONE);
        assert_int_equal(count, 1);
        assert_string_equal(finding.rule, "R24");
    }
}

static void stops_at_any_changed_byte_of_a_png(void **state) {
    struct bench *bench = *state;
    str png = png_of(bench);
    for (size_t i = 0; i < png.len; i++) {
        struct picture_finding finding;
        size_t count = 0;
        str changed = change(bench, png, i, (char)(png.ptr[i] ^ 1));
        assert_int_equal(picture_check(changed, &finding, 1, &count).kind, ERR_NONE);
        assert_int_equal(count, 1);
    }
}

static void stops_at_headers_that_are_not_known(void **state) {
    struct bench *bench = *state;
    static const struct {
        str header;
        const char *words;
    } HEADERS[] = {
        {{"\0\0\0\0\0\0\0\2\x08\0\0\0\0", 13}, "a size that is not accepted"},
        {{"\0\1\0\0\0\0\0\2\x08\0\0\0\0", 13}, "a size that is not accepted"},
        {{"\0\0\0\2\0\0\0\2\x10\0\0\0\0", 13}, "a kind of pixel"},
        {{"\0\0\0\2\0\0\0\2\x08\1\0\0\0", 13}, "a kind of pixel"},
        {{"\0\0\0\2\0\0\0\2\x08\0\1\0\0", 13}, "a method"},
        {{"\0\0\0\2\0\0\0\2\x08\0\0\0\1", 13}, "a method"}, /* interlaced */
        {{"\0\0\0\2\0\0\0\2\x08\0\0\0", 12}, "a header that is not one"},
    };
    for (size_t i = 0; i < COUNT_OF(HEADERS); i++) {
        expect(png_with(bench, HEADERS[i].header, STR(PIXELS)), "R24", 8, HEADERS[i].words);
    }
}

static void stops_at_chunks_out_of_order(void **state) {
    struct bench *bench = *state;
    str png = png_of(bench);
    str header = chunk_of(bench, STR("IHDR"), STR(GREY_2X2));
    expect(insert(bench, png, IDAT_AT, header), "R24", IDAT_AT, "a header that is not one");
    str palette = chunk_of(bench, STR("PLTE"), STR("abc"));
    expect(insert(bench, png, IDAT_AT, palette), "R24", IDAT_AT, "a palette");
    str alpha = chunk_of(bench, STR("tRNS"), STR("\0\x10"));
    expect(insert(bench, png, IEND_AT, alpha), "R24", IEND_AT, "a transparency");
    str text = chunk_of(bench, STR("tEXt"), STR("abc"));
    expect(insert(bench, png, 8, text), "R24", 8, "no header");
    const str parts[] = {str_slice(png, 0, IDAT_AT), str_skip(png, IEND_AT)};
    expect(join(bench, parts, 2), "R24", IDAT_AT, "no pixels");
}

static void says_at_least_when_there_is_no_room(void **state) {
    struct bench *bench = *state;
    str comment = STR("\xFF\xFE\0\x05"
                      "abc");
    str jpeg = jpeg_of(bench);
    for (int i = 0; i < 5; i++) jpeg = insert(bench, jpeg, DQT_AT, comment);
    struct picture_finding findings[FINDINGS_MAX];
    size_t count = 0;
    assert_int_equal(picture_check(jpeg, findings, FINDINGS_MAX, &count).kind, ERR_NONE);
    assert_int_equal(count, 5);
    for (size_t max = 1; max < 5; max++) {
        assert_int_equal(picture_check(jpeg, findings, max, &count).kind, ERR_NONE);
        assert_int_equal(count, max);
    }
}

static void knows_no_other_format_and_no_giant(void **state) {
    (void)state;
    expect(STR(""), "R24", 0, "neither a JPEG nor a PNG nor an AVIF");
    expect(STR("GIF89a"), "R24", 0, "neither a JPEG nor a PNG nor an AVIF");
    struct picture_finding finding;
    size_t count = 77;
    str giant = {"x", (size_t)LIMIT_PICTURE_BYTES + 1};
    assert_int_equal(picture_check(giant, &finding, 1, &count).kind, ERR_LIMIT);
    assert_int_equal(count, 77);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(passes_a_jpeg_of_pixels_alone),
        TEST(finds_every_kind_of_metadata_in_a_jpeg),
        TEST(finds_a_thumbnail_in_the_jfif_header),
        TEST(finds_what_stands_behind_a_jpeg),
        TEST(stops_at_what_is_no_part_of_a_jpeg),
        TEST(stops_at_a_jpeg_that_ends_too_early),
        TEST(stops_at_tables_and_frames_that_are_none),
        TEST(stops_at_a_scan_before_its_frame_and_at_a_jpeg_without_scan),
        TEST(takes_restarts_only_in_turn),
        TEST(passes_a_png_of_pixels_alone),
        TEST(reads_pixels_that_are_spread_over_chunks),
        TEST(finds_every_other_chunk_in_a_png),
        TEST(finds_what_stands_behind_a_png_or_in_its_end),
        TEST(finds_old_pixels_behind_the_new_ones),
        TEST(finds_a_row_with_a_filter_that_does_not_exist),
        TEST(stops_at_a_png_that_ends_too_early),
        TEST(stops_at_any_changed_byte_of_a_png),
        TEST(stops_at_headers_that_are_not_known),
        TEST(stops_at_chunks_out_of_order),
        TEST(says_at_least_when_there_is_no_room),
        TEST(knows_no_other_format_and_no_giant),
    };
#undef TEST
    return cmocka_run_group_tests_name("picture", tests, NULL, NULL);
}
