/* vault_test.c: what is sealed opens for its key alone, and only unchanged. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fault.h"
#include "vault/vault.h"

enum { ARENA_CAP = 8 << 20, CHUNK = 64 << 10, FILE_MAX = 3 * CHUNK };

struct bench {
    struct sys sys;
    struct arena arena;
    unsigned char key[VAULT_KEY_BYTES];
};

static void good(err e) {
    if (e.kind != ERR_NONE) fail_msg("%s", e.message);
}

static int begin(void **state) {
    struct bench *bench = calloc(1, sizeof *bench);
    if (bench == NULL) return -1;
    bench->sys = sys_real();
    arena_init(&bench->arena, &bench->sys, ARENA_CAP);
    good(vault_start());
    memset(bench->key, 7, sizeof bench->key);
    *state = bench;
    return 0;
}

static int end(void **state) {
    struct bench *bench = *state;
    arena_done(&bench->arena);
    free(bench);
    return 0;
}

/* `bytes` with one bit turned over. */
static str bent(struct bench *bench, str bytes, size_t at) {
    char *copy = arena_alloc(&bench->arena, bytes.len);
    assert_non_null(copy);
    memcpy(copy, bytes.ptr, bytes.len);
    copy[at] = (char)(copy[at] ^ 0x10);
    return (str){copy, bytes.len};
}

/* ---- Hashes and signatures ------------------------------------------------------------------ */

static void hashes_as_blake2b_does(void **state) {
    struct bench *bench = *state;
    unsigned char hash[VAULT_HASH_BYTES];
    str hex;
    vault_hash(STR("abc"), hash);
    good(vault_hex(&bench->arena, hash, sizeof hash, &hex));
    assert_true(
        str_eq(hex, STR("bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319")));
    vault_hash((str){0}, hash);
    good(vault_hex(&bench->arena, hash, sizeof hash, &hex));
    assert_true(
        str_eq(hex, STR("0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8")));
}

static void a_signature_fits_its_key_and_its_message_alone(void **state) {
    (void)state;
    unsigned char public_key[VAULT_PUBLIC_BYTES];
    unsigned char secret[VAULT_SECRET_BYTES];
    unsigned char other[VAULT_PUBLIC_BYTES];
    unsigned char other_secret[VAULT_SECRET_BYTES];
    unsigned char signature[VAULT_SIGNATURE_BYTES];
    vault_sign_pair(public_key, secret);
    vault_sign_pair(other, other_secret);
    vault_sign(secret, STR("the kettle"), signature);
    assert_true(vault_verify(public_key, STR("the kettle"), signature));
    assert_false(vault_verify(other, STR("the kettle"), signature));
    assert_false(vault_verify(public_key, STR("the kettles"), signature));
    for (size_t i = 0; i < sizeof signature; i++) {
        signature[i] ^= 1;
        assert_false(vault_verify(public_key, STR("the kettle"), signature));
        signature[i] ^= 1;
    }
}

/* ---- Boxes ---------------------------------------------------------------------------------- */

static void a_box_opens_to_what_was_put_in(void **state) {
    struct bench *bench = *state;
    static const size_t SIZES[] = {0, 1, 15, 16, 17, 1000, 100000};
    for (size_t i = 0; i < COUNT_OF(SIZES); i++) {
        char *bytes = arena_alloc(&bench->arena, SIZES[i]);
        str box;
        str plain;
        memset(bytes, (int)i, SIZES[i]);
        str given = {bytes, SIZES[i]};
        good(vault_box_seal(&bench->arena, bench->key, STR("place 1"), given, &box));
        assert_int_equal(box.len, SIZES[i] + VAULT_BOX_OVERHEAD);
        good(vault_box_open(&bench->arena, bench->key, STR("place 1"), box, &plain));
        assert_true(str_eq(plain, given));
    }
}

static void expect_box(struct bench *bench, str context, str box, enum err_kind kind) {
    str plain = {"kept", 4};
    err e = vault_box_open(&bench->arena, bench->key, context, box, &plain);
    assert_int_equal(e.kind, kind);
    assert_true(str_eq(plain, STR("kept"))); /* untouched */
}

static void a_box_that_was_moved_bent_or_cut_does_not_open(void **state) {
    struct bench *bench = *state;
    str box;
    good(vault_box_seal(&bench->arena, bench->key, STR("place 1"), STR("her name"), &box));
    expect_box(bench, STR("place 2"), box, ERR_DENIED);
    for (size_t i = 0; i < box.len; i++) {
        expect_box(bench, STR("place 1"), bent(bench, box, i), ERR_DENIED);
        expect_box(bench, STR("place 1"), str_slice(box, 0, i), ERR_DENIED);
    }
    bench->key[0] ^= 1;
    expect_box(bench, STR("place 1"), box, ERR_DENIED);
}

/* ---- Slots ---------------------------------------------------------------------------------- */

static void a_slot_gives_its_key_for_its_passphrase(void **state) {
    struct bench *bench = *state;
    unsigned char slot[VAULT_SLOT_BYTES];
    unsigned char found[VAULT_KEY_BYTES] = {0};
    good(vault_slot_seal(STR("a long walk by night"), true, bench->key, slot));
    assert_int_equal(vault_slot_open(STR("a long walk by day"), slot, found).kind, ERR_DENIED);
    assert_int_equal(vault_slot_open((str){0}, slot, found).kind, ERR_DENIED);
    good(vault_slot_open(STR("a long walk by night"), slot, found));
    assert_memory_equal(found, bench->key, sizeof found);
}

static void a_slow_slot_opens_too(void **state) {
    struct bench *bench = *state;
    unsigned char slot[VAULT_SLOT_BYTES];
    unsigned char found[VAULT_KEY_BYTES] = {0};
    good(vault_slot_seal(STR("said by a person"), false, bench->key, slot));
    good(vault_slot_open(STR("said by a person"), slot, found));
    assert_memory_equal(found, bench->key, sizeof found);
}

/* The costs stand in bytes 8 to 15; made larger they may ask for minutes, so only low bits turn. */
static void a_slot_that_was_bent_does_not_open(void **state) {
    struct bench *bench = *state;
    unsigned char slot[VAULT_SLOT_BYTES];
    unsigned char found[VAULT_KEY_BYTES];
    good(vault_slot_seal(STR("passphrase"), true, bench->key, slot));
    for (size_t i = 0; i < sizeof slot; i += i < 16 ? 1 : 5) {
        unsigned char kept = slot[i];
        bool is_cost = i >= 8 && i < 16;
        slot[i] = is_cost ? (unsigned char)(kept == 0 ? 0 : kept + 1) : kept ^ 0x80;
        if (slot[i] == kept) continue;
        err e = vault_slot_open(STR("passphrase"), slot, found);
        assert_true(e.kind == ERR_DENIED || e.kind == ERR_INVALID);
        slot[i] = kept;
    }
}

static void a_slot_cannot_ask_for_an_endless_derivation(void **state) {
    struct bench *bench = *state;
    unsigned char slot[VAULT_SLOT_BYTES];
    unsigned char found[VAULT_KEY_BYTES];
    good(vault_slot_seal(STR("passphrase"), true, bench->key, slot));
    memset(slot + 8, 0xFF, 4); /* passes */
    assert_int_equal(vault_slot_open(STR("passphrase"), slot, found).kind, ERR_INVALID);
    memset(slot + 8, 0, 4);
    assert_int_equal(vault_slot_open(STR("passphrase"), slot, found).kind, ERR_INVALID);
    good(vault_slot_seal(STR("passphrase"), true, bench->key, slot));
    memset(slot + 12, 0xFF, 4); /* memory */
    assert_int_equal(vault_slot_open(STR("passphrase"), slot, found).kind, ERR_INVALID);
}

/* ---- Files ---------------------------------------------------------------------------------- */

struct letter {
    unsigned char public_key[VAULT_PUBLIC_BYTES];
    unsigned char secret[VAULT_KEY_BYTES];
    int plain;
    int sealed;
    int opened;
};

static void letter_begin(struct letter *letter, size_t size) {
    vault_box_pair(letter->public_key, letter->secret);
    letter->plain = memfd_create("plain", MFD_CLOEXEC);
    letter->sealed = memfd_create("sealed", MFD_CLOEXEC);
    letter->opened = memfd_create("opened", MFD_CLOEXEC);
    assert_true(letter->plain >= 0 && letter->sealed >= 0 && letter->opened >= 0);
    char *bytes = calloc(1, size + 1);
    for (size_t i = 0; i < size; i++) bytes[i] = (char)(i * 7 + i / 251);
    assert_int_equal(pwrite(letter->plain, bytes, size, 0), size);
    free(bytes);
}

static void letter_end(struct letter *letter) {
    fd_close(&letter->plain);
    fd_close(&letter->sealed);
    fd_close(&letter->opened);
}

static size_t size_of(int fd) { return (size_t)lseek(fd, 0, SEEK_END); }

static err letter_open(struct bench *bench, struct letter *letter) {
    assert_int_equal(ftruncate(letter->opened, 0), 0);
    assert_int_equal(lseek(letter->opened, 0, SEEK_SET), 0);
    assert_int_equal(lseek(letter->sealed, 0, SEEK_SET), 0);
    return vault_file_open(&bench->sys, letter->public_key, letter->secret, letter->sealed,
                           letter->opened);
}

static void a_file_of_any_size_comes_back(void **state) {
    struct bench *bench = *state;
    static const size_t SIZES[] = {0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK};
    for (size_t i = 0; i < COUNT_OF(SIZES); i++) {
        struct letter letter;
        char before[FILE_MAX];
        char after[FILE_MAX];
        letter_begin(&letter, SIZES[i]);
        good(vault_file_seal(&bench->sys, letter.public_key, letter.plain, letter.sealed));
        good(letter_open(bench, &letter));
        assert_int_equal(size_of(letter.opened), SIZES[i]);
        assert_int_equal(pread(letter.plain, before, sizeof before, 0), SIZES[i]);
        assert_int_equal(pread(letter.opened, after, sizeof after, 0), SIZES[i]);
        assert_memory_equal(before, after, SIZES[i]);
        letter_end(&letter);
    }
}

static void a_file_that_was_bent_or_cut_is_refused(void **state) {
    struct bench *bench = *state;
    struct letter letter;
    letter_begin(&letter, CHUNK + 40);
    good(vault_file_seal(&bench->sys, letter.public_key, letter.plain, letter.sealed));
    size_t size = size_of(letter.sealed);
    for (size_t at = 0; at < size; at += at < 200 || at > size - 80 ? 1 : 997) {
        unsigned char byte = 0;
        assert_int_equal(pread(letter.sealed, &byte, 1, (off_t)at), 1);
        byte ^= 4;
        assert_int_equal(pwrite(letter.sealed, &byte, 1, (off_t)at), 1);
        err e = letter_open(bench, &letter);
        assert_true(e.kind == ERR_DENIED || e.kind == ERR_INVALID);
        byte ^= 4;
        assert_int_equal(pwrite(letter.sealed, &byte, 1, (off_t)at), 1);
    }
    good(letter_open(bench, &letter));
    size_t whole_chunk = 8 + 80 + 24 + CHUNK + 17; /* a cut where a chunk ends is a cut too */
    assert_int_equal(ftruncate(letter.sealed, (off_t)whole_chunk), 0);
    assert_int_equal(letter_open(bench, &letter).kind, ERR_DENIED);
    assert_int_equal(ftruncate(letter.sealed, 50), 0);
    assert_int_equal(letter_open(bench, &letter).kind, ERR_INVALID);
    letter_end(&letter);
}

static void a_file_opens_for_its_receiver_alone(void **state) {
    struct bench *bench = *state;
    struct letter letter;
    letter_begin(&letter, 100);
    good(vault_file_seal(&bench->sys, letter.public_key, letter.plain, letter.sealed));
    vault_box_pair(letter.public_key, letter.secret);
    assert_int_equal(letter_open(bench, &letter).kind, ERR_DENIED);
    assert_int_equal(size_of(letter.opened), 0);
    letter_end(&letter);
}

static void every_failed_call_of_sealing_a_file_is_an_error(void **state) {
    (void)state;
    for (int n = 1; n < FAULT_RUNS_MAX; n++) {
        struct fault fault;
        struct sys sys = fault_sys(&fault, n);
        struct letter letter;
        letter_begin(&letter, CHUNK + 3);
        err e = vault_file_seal(&sys, letter.public_key, letter.plain, letter.sealed);
        if (e.kind == ERR_NONE) {
            assert_int_equal(lseek(letter.sealed, 0, SEEK_SET), 0);
            e = vault_file_open(&sys, letter.public_key, letter.secret, letter.sealed,
                                letter.opened);
        }
        bool is_whole = size_of(letter.opened) == CHUNK + 3;
        letter_end(&letter);
        if (fault_ended(&fault, e)) {
            assert_true(is_whole);
            return;
        }
        assert_int_not_equal(e.kind, ERR_NONE);
    }
    fail_msg("no run was clean");
}

static void reads_a_key_back_from_its_hex_and_nothing_else(void **state) {
    (void)state;
    const struct sys sys = sys_real();
    CLEANUP(arena_done) struct arena a;
    unsigned char key[VAULT_PUBLIC_BYTES];
    unsigned char back[VAULT_PUBLIC_BYTES] = {0};
    str hex;
    str wrong = STR("0g00000000000000000000000000000000000000000000000000000000000000");
    arena_init(&a, &sys, 1 << 13);
    for (size_t i = 0; i < sizeof key; i++) key[i] = (unsigned char)(i * 37 + 1);
    assert_int_equal(vault_hex(&a, key, sizeof key, &hex).kind, ERR_NONE);
    assert_int_equal(vault_public_of_hex(hex, back).kind, ERR_NONE);
    assert_memory_equal(back, key, sizeof key);
    assert_int_equal(vault_public_of_hex(str_skip(hex, 1), back).kind, ERR_INVALID);
    assert_int_equal(vault_public_of_hex(wrong, back).kind, ERR_INVALID);
    assert_memory_equal(back, key, sizeof key); /* untouched by the failures */
}

#define VAULT_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void) {
    const struct CMUnitTest tests[] = {
        VAULT_TEST(reads_a_key_back_from_its_hex_and_nothing_else),
        VAULT_TEST(hashes_as_blake2b_does),
        VAULT_TEST(a_signature_fits_its_key_and_its_message_alone),
        VAULT_TEST(a_box_opens_to_what_was_put_in),
        VAULT_TEST(a_box_that_was_moved_bent_or_cut_does_not_open),
        VAULT_TEST(a_slot_gives_its_key_for_its_passphrase),
        VAULT_TEST(a_slow_slot_opens_too),
        VAULT_TEST(a_slot_that_was_bent_does_not_open),
        VAULT_TEST(a_slot_cannot_ask_for_an_endless_derivation),
        VAULT_TEST(a_file_of_any_size_comes_back),
        VAULT_TEST(a_file_that_was_bent_or_cut_is_refused),
        VAULT_TEST(a_file_opens_for_its_receiver_alone),
        VAULT_TEST(every_failed_call_of_sealing_a_file_is_an_error),
    };
    return cmocka_run_group_tests_name("vault", tests, NULL, NULL);
}
