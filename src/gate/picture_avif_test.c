/* picture_avif_test.c: a small AVIF made by hand, and everything that may be hidden in one. */
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "gate/picture.h"

enum { ARENA_CAP = 4 << 20, FINDINGS_MAX = 8 };

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

static str u32(struct bench *bench, size_t value) {
    char bytes[4];
    str copy;
    for (int i = 0; i < 4; i++) bytes[i] = (char)(value >> (24 - 8 * i));
    assert_int_equal(arena_copy(&bench->arena, (str){bytes, 4}, &copy).kind, ERR_NONE);
    return copy;
}

static str box(struct bench *bench, const char *type, str body) {
    const str parts[] = {u32(bench, body.len + 8), str_of(type), body};
    return join(bench, parts, COUNT_OF(parts));
}

/* The parts of a file that a test may replace or add to; all of them begin as they should be. */
struct parts {
    str ftyp;
    str hdlr;
    str pitm;
    str items; /* of iinf, with their count */
    str colr;
    str av1c;
    str ispe;
    str more_properties;
    str ipma;
    str more_meta;
    str before_mdat;
    str data;
    size_t located; /* bytes that iloc speaks of; 0: all of data */
    str after;
};

/* The short header of a still picture of 8 x 8 pixels: see AV1, 5.5.1. Then a frame of any
 * bytes. */
#define DELIMITER "\x12\0"
#define SEQUENCE                                                                                   \
    "\x0A\5\x18\x08\xBF\0"                                                                         \
    "B"
#define FRAME "\x32\3xyz"
#define ITEM                                                                                       \
    "\0\0\0\x15"                                                                                   \
    "infe\2\0\0\0\0\1\0\0av01\0"

static struct parts plain(void) {
    return (struct parts){
        .ftyp = STR("avif\0\0\0\0avifmif1miaf"),
        .hdlr = STR("\0\0\0\0\0\0\0\0pict\0\0\0\0\0\0\0\0\0\0\0\0\0"),
        .pitm = STR("\0\0\0\0\0\1"),
        .items = STR("\0\1" ITEM),
        .colr = STR("nclx\0\2\0\2\0\6\x80"),
        .av1c = STR("\x81\0\x0C\0"),
        .ispe = STR("\0\0\0\0\0\0\0\x08\0\0\0\x08"),
        .ipma = STR("\0\0\0\0\0\0\0\1\0\1\4\x81\x82\3\x84"),
        .data = STR(DELIMITER SEQUENCE FRAME),
    };
}

static str make_meta(struct bench *bench, const struct parts *p, size_t data_at) {
    const str properties[] = {
        box(bench, "colr", p->colr), box(bench, "av1C", p->av1c), box(bench, "ispe", p->ispe),
        box(bench, "pixi", STR("\0\0\0\0\3\x08\x08\x08")), p->more_properties};
    str ipco = box(bench, "ipco", join(bench, properties, COUNT_OF(properties)));
    const str iprp[] = {ipco, box(bench, "ipma", p->ipma)};
    const str iinf[] = {STR("\0\0\0\0"), p->items};
    const str iloc[] = {STR("\0\0\0\0\x44\x40\0\1\0\1\0\0"), u32(bench, data_at),
                        STR("\0\1\0\0\0\0"),
                        u32(bench, p->located != 0 ? p->located : p->data.len)};
    const str all[] = {STR("\0\0\0\0"),
                       box(bench, "hdlr", p->hdlr),
                       box(bench, "pitm", p->pitm),
                       box(bench, "iloc", join(bench, iloc, COUNT_OF(iloc))),
                       box(bench, "iinf", join(bench, iinf, COUNT_OF(iinf))),
                       box(bench, "iprp", join(bench, iprp, COUNT_OF(iprp))),
                       p->more_meta};
    return box(bench, "meta", join(bench, all, COUNT_OF(all)));
}

static str make(struct bench *bench, const struct parts *p) {
    str ftyp = box(bench, "ftyp", p->ftyp);
    size_t meta_len = make_meta(bench, p, 0).len;
    const str all[] = {ftyp, make_meta(bench, p, ftyp.len + meta_len + p->before_mdat.len + 8),
                       p->before_mdat, box(bench, "mdat", p->data), p->after};
    return join(bench, all, COUNT_OF(all));
}

/* The first finding must be this one; no words: there must be none. */
static void expect(struct bench *bench, const struct parts *p, const char *rule,
                   const char *words) {
    struct picture_finding findings[FINDINGS_MAX];
    size_t count = 77;
    str avif = make(bench, p);
    assert_int_equal(picture_check(avif, findings, FINDINGS_MAX, &count).kind, ERR_NONE);
    if (words == NULL && count > 0) fail_msg("byte %zu: %s", findings[0].offset, findings[0].text);
    if (words == NULL) return;
    if (count == 0) fail_msg("found nothing, wanted \"%s\"", words);
    if (!str_contains(str_of(findings[0].text), str_of(words))) {
        fail_msg("byte %zu: %s; wanted: %s", findings[0].offset, findings[0].text, words);
    }
    assert_string_equal(findings[0].rule, rule);
    assert_true(findings[0].offset <= avif.len);
}

static void passes_an_avif_of_pixels_alone(void **state) {
    struct parts p = plain();
    expect(*state, &p, NULL, NULL);
}

static void finds_boxes_that_draw_nothing(void **state) {
    static const struct {
        const char *type;
        const char *words;
    } BOXES[] = {{"uuid", "a private box"}, {"free", "an empty place"}, {"skip", "an empty place"},
                 {"idat", "data in the"},   {"iref", "ties between"},   {"udta", "a user's data"},
                 {"moov", "a film"},        {"Exif", "EXIF data"},      {"jumb", "a JUMBF box"},
                 {"mdat", "further data"},  {"xxxx", "draws nothing"}};
    struct bench *bench = *state;
    for (size_t i = 0; i < COUNT_OF(BOXES); i++) {
        str hidden = box(bench, BOXES[i].type, STR("PROTECTED-NAME-0001"));
        struct parts in_meta = plain();
        struct parts before = plain();
        struct parts after = plain();
        struct parts property = plain();
        in_meta.more_meta = before.before_mdat = hidden;
        after.after = property.more_properties = hidden;
        expect(bench, &in_meta, "R08", BOXES[i].words);
        expect(bench, &after, "R08", BOXES[i].words);
        expect(bench, &property, "R08", BOXES[i].words);
        if (!str_eq(str_of(BOXES[i].type), STR("mdat")))
            expect(bench, &before, "R08", BOXES[i].words);
    }
}

static void finds_further_items(void **state) {
    struct bench *bench = *state;
    static const struct {
        str item;
        const char *words;
    } ITEMS[] = {{{"\2\0\0\0\0\2\0\0Exif\0", 13}, "EXIF data as an item"},
                 {{"\2\0\0\0\0\2\0\0mime\0application/rdf+xml\0", 33}, "a document (XMP)"},
                 {{"\2\0\0\0\0\2\0\0av01\0", 13}, "a second, hidden or named picture"},
                 {{"\2\0\0\1\0\2\0\0grid\0", 13}, "an item that draws nothing"},
                 {{"\2\0\0\0", 4}, "an item that draws nothing"}};
    for (size_t i = 0; i < COUNT_OF(ITEMS); i++) {
        struct parts p = plain();
        const str items[] = {STR("\0\2" ITEM), box(bench, "infe", ITEMS[i].item)};
        p.items = join(bench, items, COUNT_OF(items));
        expect(bench, &p, "R08", ITEMS[i].words);
    }
    struct parts named = plain();
    named.items = STR("\0\1\0\0\0\x19"
                      "infe\2\0\0\0\0\1\0\0av01name\0");
    expect(bench, &named, "R08", "named picture");
}

static void finds_units_that_draw_nothing(void **state) {
    const struct {
        str data;
        const char *rule;
        const char *words;
    } UNITS[] = {
        {STR(DELIMITER "\x2A\4name" SEQUENCE FRAME), "R08", "metadata of 4 bytes"},
        {STR(DELIMITER SEQUENCE FRAME "\x7A\4name"), "R08", "padding of 4 bytes"},
        {STR(DELIMITER SEQUENCE FRAME FRAME), "R08", "a further unit of 3 bytes"},
        {STR(DELIMITER SEQUENCE SEQUENCE FRAME), "R08", "a further unit of 5 bytes"},
        {STR(DELIMITER SEQUENCE FRAME "\0"), "R24", "no part of an AV1 picture"},
        {STR(DELIMITER SEQUENCE "\x32\4xyz"), "R24", "no part of an AV1 picture"},
        {STR(DELIMITER SEQUENCE "\x32\x83\0xyz"), "R24", "no part of an AV1 picture"},
        {STR(DELIMITER SEQUENCE "\x36\0\3xyz"), "R24", "no part of an AV1 picture"},
        {STR(DELIMITER SEQUENCE "\x32\0"), "R24", "a unit that is not known"},
        {STR("\x12\1x" SEQUENCE FRAME), "R24", "a unit that is not known"},
        {STR(DELIMITER SEQUENCE), "R24", "ends before the picture"},
        {STR(""), "R24", "ends before the picture"},
    };
    for (size_t i = 0; i < COUNT_OF(UNITS); i++) {
        struct parts p = plain();
        p.data = UNITS[i].data;
        expect(*state, &p, UNITS[i].rule, UNITS[i].words);
    }
}

static void finds_bytes_beside_the_picture(void **state) {
    struct parts less = plain();
    less.data = STR(DELIMITER SEQUENCE FRAME "name");
    less.located = less.data.len - 4;
    expect(*state, &less, "R08", "bytes beside those of the picture");
    struct parts behind = plain();
    behind.after = STR("name");
    expect(*state, &behind, "R08", "something of 4 bytes at the end");
}

static void finds_a_profile_of_colour(void **state) {
    struct parts p = plain();
    p.colr = STR("profPROTECTED-NAME-0001");
    expect(*state, &p, "R08", "an ICC profile of 23 bytes");
}

static void lets_no_number_be_another(void **state) {
    struct bench *bench = *state;
    struct parts p = plain();
    str avif = make(bench, &p);
    size_t frame_at = avif.len - 3; /* the coded pixels, of which every byte may be any */
    for (size_t at = 0; at < frame_at; at++) {
        for (int bit = 0; bit < 8; bit++) {
            char byte = (char)(avif.ptr[at] ^ 1 << bit);
            const str all[] = {str_slice(avif, 0, at), {&byte, 1}, str_skip(avif, at + 1)};
            struct picture_finding finding;
            size_t count = 0;
            str changed = join(bench, all, COUNT_OF(all));
            assert_int_equal(picture_check(changed, &finding, 1, &count).kind, ERR_NONE);
            if (count > 0) continue;
            /* Free are: whether a property is essential, seven tools of the coder. */
            size_t ipma_at = str_find(avif, STR("ipma"));
            size_t tools_at = str_find(avif, STR(SEQUENCE)) + 5;
            bool is_essential = bit == 7 && at >= ipma_at + 15 && at < ipma_at + 19;
            bool is_tool = (at == tools_at && bit >= 2) || (at == tools_at + 1 && bit == 3);
            if (!is_essential && !is_tool) fail_msg("byte %zu, bit %d may be changed", at, bit);
        }
        arena_done(&bench->arena); /* the copies; the picture is made again */
        arena_init(&bench->arena, &bench->sys, ARENA_CAP);
        avif = make(bench, &p);
    }
}

static void stops_at_an_avif_that_ends_too_early(void **state) {
    struct bench *bench = *state;
    struct parts p = plain();
    str avif = make(bench, &p);
    for (size_t len = 0; len < avif.len; len++) {
        struct picture_finding finding;
        size_t count = 0;
        assert_int_equal(picture_check(str_slice(avif, 0, len), &finding, 1, &count).kind,
                         ERR_NONE);
        assert_int_equal(count, 1);
        assert_string_equal(finding.rule, "R24");
    }
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(passes_an_avif_of_pixels_alone),
        TEST(finds_boxes_that_draw_nothing),
        TEST(finds_further_items),
        TEST(finds_units_that_draw_nothing),
        TEST(finds_bytes_beside_the_picture),
        TEST(finds_a_profile_of_colour),
        TEST(lets_no_number_be_another),
        TEST(stops_at_an_avif_that_ends_too_early),
    };
#undef TEST
    return cmocka_run_group_tests_name("picture, AVIF", tests, NULL, NULL);
}
