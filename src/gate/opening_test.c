/* What a compressed form may be, and what it may not hide. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <brotli/encode.h>
#include <cmocka.h>
#include <libdeflate.h>

#include "base/fault.h"
#include "gate/opening.h"

enum { ARENA_CAP = 1 << 30, ROOM = 1 << 20, METADATA_MAX = (1 << 24) - 1 };

struct bench {
    struct sys sys;
    struct arena a;
};

static int begin(void **state) {
    struct bench *bench = calloc(1, sizeof *bench);
    bench->sys = sys_real();
    arena_init(&bench->a, &bench->sys, ARENA_CAP);
    *state = bench;
    return 0;
}

static int end(void **state) {
    struct bench *bench = *state;
    arena_done(&bench->a);
    free(bench);
    return 0;
}

static const str PAGE =
    STR("<p>The kettle sang. The kettle sang. 주전자가 노래했다. The kettle.</p>");

static str gzip_of(struct bench *bench, str body) {
    struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(6);
    char *room = arena_alloc(&bench->a, ROOM);
    size_t size = libdeflate_gzip_compress(compressor, body.ptr, body.len, room, ROOM);
    libdeflate_free_compressor(compressor);
    assert_true(size > 0);
    return (str){room, size};
}

static str brotli_of(struct bench *bench, str body) {
    char *room = arena_alloc(&bench->a, ROOM);
    size_t size = ROOM;
    assert_true(BrotliEncoderCompress(5, 16, BROTLI_MODE_GENERIC, body.len,
                                      (const uint8_t *)body.ptr, &size, (uint8_t *)room));
    return (str){room, size};
}

/* A brotli stream with `hidden` in a metadata block, which every decoder skips (RFC 7932, 9.2). */
static str brotli_with(struct bench *bench, str body, str hidden) {
    BrotliEncoderState *state = BrotliEncoderCreateInstance(NULL, NULL, NULL);
    size_t left = ROOM + hidden.len;
    char *room = arena_alloc(&bench->a, left);
    size_t size_of_room = left;
    const struct {
        BrotliEncoderOperation operation;
        str input;
    } steps[] = {{BROTLI_OPERATION_EMIT_METADATA, hidden}, {BROTLI_OPERATION_FINISH, body}};
    uint8_t *to = (uint8_t *)room;
    BrotliEncoderSetParameter(state, BROTLI_PARAM_LGWIN, 16);
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        const uint8_t *from = (const uint8_t *)steps[i].input.ptr;
        size_t size = steps[i].input.len;
        while (size > 0 || BrotliEncoderHasMoreOutput(state))
            assert_true(BrotliEncoderCompressStream(state, steps[i].operation, &size, &from, &left,
                                                    &to, NULL));
    }
    assert_true(BrotliEncoderIsFinished(state));
    BrotliEncoderDestroyInstance(state);
    return (str){room, size_of_room - left};
}

static str joined(struct bench *bench, str one, str other) {
    str both = {0};
    assert_int_equal(arena_printf(&bench->a, &both, "%*s", (int)(one.len + other.len), "").kind,
                     ERR_NONE);
    union {
        const char *read;
        char *plain; /* the arena's: ours to write */
    } place = {.read = both.ptr};
    memcpy(place.plain, one.ptr, one.len);
    memcpy(place.plain + one.len, other.ptr, other.len);
    return both;
}

typedef err opener(struct arena *a, str form, size_t size_max, str *ret_body);

static void expect_open(struct bench *bench, opener *open, str form, str body) {
    str opened = {0};
    err e = open(&bench->a, form, body.len, &opened);
    if (e.kind != ERR_NONE) fail_msg("%s", e.message);
    assert_true(str_eq(opened, body));
}

static void expect_refused(struct bench *bench, opener *open, str form, const char *words) {
    str untouched = STR("untouched");
    err e = open(&bench->a, form, ROOM, &untouched);
    assert_int_equal(e.kind, ERR_INVALID);
    if (strstr(e.message, words) == NULL) fail_msg("%s instead of %s", e.message, words);
    assert_true(str_eq(untouched, STR("untouched")));
}

/* Bytes of chance: what a compressor cannot make smaller, and writes as it is. */
static str noise_of(struct bench *bench, size_t size, unsigned char mask, uint64_t seed) {
    char *bytes = arena_alloc(&bench->a, size);
    uint64_t chance = seed;
    for (size_t i = 0; i < size; i++) {
        chance = chance * 6364136223846793005U + 1442695040888963407U;
        bytes[i] = (char)((chance >> 56 & mask) | (mask < 0x80 ? 0x20 : 0));
    }
    return (str){bytes, size};
}

static str noise(struct bench *bench, size_t size, unsigned char mask) {
    return noise_of(bench, size, mask, 7);
}

static void opens_what_it_was_made_of(void **state) {
    struct bench *bench = *state;
    const str bodies[] = {PAGE, STR("k"), noise(bench, 100000, 0xFF), noise(bench, 3000, 0x5F)};
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        expect_open(bench, opening_gzip, gzip_of(bench, bodies[i]), bodies[i]);
        expect_open(bench, opening_brotli, brotli_of(bench, bodies[i]), bodies[i]);
    }
    expect_open(bench, opening_brotli, brotli_with(bench, PAGE, STR("")), PAGE);
}

/* A part of the page may stand in the form as it is, with any byte before it. */
static void lets_the_pages_own_text_stand(void **state) {
    struct bench *bench = *state;
    str body = joined(bench, noise(bench, 70000, 0xFF), noise(bench, 70000, 0x7F));
    for (size_t cut = 0; cut < 8; cut++) {
        str page = str_skip(body, 60000 + cut);
        expect_open(bench, opening_brotli, brotli_of(bench, page), page);
        expect_open(bench, opening_gzip, gzip_of(bench, page), page);
        expect_open(bench, opening_brotli, brotli_with(bench, page, str_slice(page, 30000, 30060)),
                    page);
    }
}

/* As much chance as the forms of a large site hold: none of it is refused. */
static void takes_no_chance_for_text(void **state) {
    struct bench *bench = *state;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        struct arena_mark mark = arena_mark(&bench->a);
        str hidden = noise_of(bench, METADATA_MAX, 0xFF, seed);
        expect_open(bench, opening_brotli, brotli_with(bench, PAGE, hidden), PAGE);
        arena_reset(&bench->a, mark);
    }
}

/* Wherever in the stream it begins. */
static void finds_a_text_at_every_place(void **state) {
    struct bench *bench = *state;
    for (size_t size = 0; size < 20; size++) {
        str hidden = joined(bench, str_skip(noise(bench, 200, 0x1F), 180 - size),
                            STR("a woman who is invented, aged thirty, came from a town by the "
                                "river"));
        expect_refused(bench, opening_brotli, brotli_with(bench, PAGE, hidden),
                       "a text of its own");
    }
}

static void refuses_what_follows_the_end(void **state) {
    struct bench *bench = *state;
    static const char *const words = "something behind it";
    expect_refused(bench, opening_gzip, joined(bench, gzip_of(bench, PAGE), STR("x")), words);
    expect_refused(bench, opening_brotli, joined(bench, brotli_of(bench, PAGE), STR("\0")), words);
    expect_refused(bench, opening_gzip, joined(bench, gzip_of(bench, PAGE), gzip_of(bench, PAGE)),
                   words);
}

static void refuses_what_is_damaged(void **state) {
    struct bench *bench = *state;
    str gzip = gzip_of(bench, PAGE);
    str brotli = brotli_of(bench, PAGE);
    for (size_t cut = 0; cut < brotli.len; cut++)
        expect_refused(bench, opening_brotli, str_slice(brotli, 0, cut), "damaged");
    for (size_t cut = 18; cut < gzip.len; cut++)
        expect_refused(bench, opening_gzip, str_slice(gzip, 0, cut), "damaged");
    expect_refused(bench, opening_brotli, STR("not brotli"), "damaged");
}

static void refuses_a_bomb(void **state) {
    struct bench *bench = *state;
    str zeros = {arena_alloc(&bench->a, ROOM), ROOM};
    str body = {0};
    assert_int_equal(opening_gzip(&bench->a, gzip_of(bench, zeros), ROOM - 1, &body).kind,
                     ERR_INVALID);
    assert_int_equal(opening_brotli(&bench->a, brotli_of(bench, zeros), ROOM - 1, &body).kind,
                     ERR_INVALID);
    expect_open(bench, opening_brotli, brotli_of(bench, zeros), zeros);
}

static void refuses_a_head_that_says_more(void **state) {
    struct bench *bench = *state;
    str gzip = gzip_of(bench, PAGE);
    str named = joined(bench, STR("\x1F\x8B\x08\x08\0\0\0\0\0\x03name\0"), str_skip(gzip, 10));
    expect_refused(bench, opening_gzip, named, "a head that says more");
}

static void refuses_a_text_that_a_decoder_skips(void **state) {
    struct bench *bench = *state;
    static const char *const words = "a text of its own";
    expect_refused(
        bench, opening_brotli,
        brotli_with(bench, PAGE,
                    STR("a woman who is invented, aged thirty, came from a town by the river")),
        words);
    expect_refused(bench, opening_brotli,
                   brotli_with(bench, PAGE, STR("지어낸 사람의 이름과 그가 떠나온 마을")), words);
}

static void survives_every_failing_call(void **state) {
    struct bench *bench = *state;
    str forms[] = {gzip_of(bench, PAGE), brotli_of(bench, PAGE)};
    opener *const openers[] = {opening_gzip, opening_brotli};
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        for (int n = 1; n < FAULT_RUNS_MAX; n++) {
            struct fault fault;
            struct sys sys = fault_sys(&fault, n);
            struct arena a;
            str body = {0};
            arena_init(&a, &sys, ARENA_CAP);
            err e = openers[i](&a, forms[i], PAGE.len, &body);
            arena_done(&a);
            if (fault_ended(&fault, e)) break;
        }
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(opens_what_it_was_made_of),
        TEST(lets_the_pages_own_text_stand),
        TEST(takes_no_chance_for_text),
        TEST(finds_a_text_at_every_place),
        TEST(refuses_what_follows_the_end),
        TEST(refuses_what_is_damaged),
        TEST(refuses_a_bomb),
        TEST(refuses_a_head_that_says_more),
        TEST(refuses_a_text_that_a_decoder_skips),
        TEST(survives_every_failing_call),
    };
    return cmocka_run_group_tests_name("opening", tests, NULL, NULL);
}
