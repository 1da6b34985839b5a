/* pressing_test.c: what was written is found; what was damaged is refused; the live is whole. */
#include <sys/mman.h>

#include "pressing/pressing_testing.h"

/* ---- A small site ---------------------------------------------------------------------------- */

static const uint32_t BOTH[] = {0, 1};
static const struct pressing_page PAGES[] = {
    {.path = {"/ko/blog/종이/", 16},
     .status = 200,
     .body = {"<p>paper", 8},
     .gzip = {"GZ1", 3},
     .brotli = {"B1", 2},
     .clearances = BOTH,
     .clearance_count = 2},
    {.path = {"/", 1},
     .status = 200,
     .body = {"<p>home", 7},
     .clearances = BOTH,
     .clearance_count = 1},
    {.path = {"/old/", 5}, .status = 301, .location = {"/en/new/", 8}},
    {.path = {"/404", 4}, .status = 404, .body = {"<p>nothing", 10}, .gzip = {"GZ2", 3}},
    {.path = {"/en/paper/", 10}, .status = 200, .body = {"<p>paper", 8}, .gzip = {"GZ3", 3}},
    {.path = {"/empty", 6}, .status = 200, .type = PRESSING_TEXT},
};

static err add_pages(struct pressing_writer *writer, str clearance) {
    uint32_t number = 77;
    TRY(declare(writer, clearance, &number));
    assert_int_equal(number, 0);
    TRY(declare(writer, STR("second"), &number));
    assert_int_equal(number, 1);
    TRY(declare(writer, clearance, &number));
    assert_int_equal(number, 0); /* equal hashes, equal number */
    for (size_t i = 0; i < COUNT_OF(PAGES); i++) TRY(pressing_writer_page(writer, &PAGES[i]));
    char room[PRESSING_GONE_BYTES + 1];
    struct pressing_page gone = {.path = pressing_gone_path(STR("/en/her-name/"), room),
                                 .status = 410,
                                 .body = STR("<p>gone")};
    return pressing_writer_page(writer, &gone);
}

static err write_site(struct arena *a, int folder, str clearance, str *ret_name) {
    CLEANUP(pressing_writer_close) struct pressing_writer *writer = NULL;
    TRY(pressing_writer_open(a->sys, folder, NULL, &writer));
    TRY(add_pages(writer, clearance));
    return pressing_writer_finish(writer, a, ret_name);
}

static str site(struct bench *bench, str clearance) {
    str name = {0};
    good(write_site(&bench->arena, bench->folder, clearance, &name));
    good(seal(&bench->arena, bench, name));
    return name;
}

static err open_as(struct bench *bench, str name, const unsigned char *key,
                   struct pressing **ret_pressing) {
    const struct pressing_place place = {
        .sys = &bench->sys, .folder = bench->folder, .clearing_key = key};
    return pressing_open(&place, name, ret_pressing);
}

static str file_of(struct bench *bench, str name, const char *suffix) {
    str path;
    str bytes;
    good(arena_printf(&bench->arena, &path, STR_FMT "%s", STR_ARG(name), suffix));
    good(file_read(&bench->arena, bench->folder, path, SMALL_CAP, &bytes));
    return bytes;
}

/* The bytes of the one pack. */
static str pack_of(struct bench *bench, str name) {
    CLEANUP(pressing_close) struct pressing *pressing = NULL;
    str pack;
    good(open_as(bench, name, NULL, &pressing));
    assert_int_equal(pressing_pack_count(pressing), 1);
    good(arena_copy(&bench->arena, pressing_pack_name(pressing, 0), &pack));
    return file_of(bench, pack, ".pack");
}

static err open_both(struct bench *bench, const int files[2], const unsigned char *key,
                     struct pressing **ret_pressing) {
    const struct pressing_files both = {.index = files[0], .packs = files + 1, .pack_count = 1};
    return pressing_open_files(&bench->sys, &both, key, ret_pressing);
}

static int memory_file(str bytes) {
    int fd = memfd_create("part", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, bytes.ptr, bytes.len, 0), bytes.len);
    return fd;
}

/* ---- Writing and finding --------------------------------------------------------------------- */

static void finds_every_page_as_it_was_written(void **state) {
    struct bench *bench = *state;
    CLEANUP(pressing_close) struct pressing *pressing = NULL;
    good(open_as(bench, site(bench, STR("first")), bench->key, &pressing));
    assert_int_equal(pressing_page_count(pressing), COUNT_OF(PAGES) + 1);
    assert_int_equal(pressing_clearance_count(pressing), 2);
    assert_true(is_word(pressing, 0, STR("first")) || is_word(pressing, 1, STR("first")));
    for (size_t i = 0; i < COUNT_OF(PAGES); i++) {
        struct pressing_page page;
        assert_true(pressing_find(pressing, PAGES[i].path, &page));
        assert_true(str_eq(page.path, PAGES[i].path));
        assert_true(str_eq(page.body, PAGES[i].body));
        assert_true(str_eq(page.location, PAGES[i].location));
        assert_int_equal(page.status, PAGES[i].status);
        assert_int_equal(page.type, PAGES[i].type);
        assert_true(str_eq(page.gzip, PAGES[i].gzip) || i == 4); /* which shares its body */
        assert_int_equal(page.clearance_count, PAGES[i].clearance_count);
        for (uint32_t j = 0; j < page.clearance_count; j++) {
            assert_true(is_word(pressing, page.clearances[j], STR("first")) ||
                        is_word(pressing, page.clearances[j], STR("second")));
        }
    }
    good(pressing_verify(pressing, &bench->arena, NULL));
}

static void says_nothing_of_paths_it_does_not_have(void **state) {
    struct bench *bench = *state;
    CLEANUP(pressing_close) struct pressing *pressing = NULL;
    struct pressing_page page;
    good(open_as(bench, site(bench, STR("first")), bench->key, &pressing));
    static const str PATHS[] = {{"", 0}, {"/e", 2}, {"/emptyy", 7}, {"/zzz", 4}, {"/en/paper", 9}};
    for (size_t i = 0; i < COUNT_OF(PATHS); i++) {
        assert_false(pressing_find(pressing, PATHS[i], &page));
    }
}

static void equal_bodies_are_held_once(void **state) {
    struct bench *bench = *state;
    CLEANUP(pressing_close) struct pressing *pressing = NULL;
    struct pressing_page one;
    struct pressing_page other;
    str name = site(bench, STR("first"));
    good(open_as(bench, name, bench->key, &pressing));
    assert_true(pressing_find(pressing, STR("/ko/blog/종이/"), &one));
    assert_true(pressing_find(pressing, STR("/en/paper/"), &other));
    assert_ptr_equal(one.body.ptr, other.body.ptr);
    assert_true(str_eq(other.gzip, STR("GZ1"))); /* the first one's: the same body inside */
    assert_memory_equal(one.hash, other.hash, sizeof one.hash);
    assert_true(str_eq(other.brotli, STR("B1")));
    str pack = pack_of(bench, name);
    size_t at = str_find(pack, STR("<p>paper"));
    assert_int_equal(at, 16);
    assert_false(str_contains(str_skip(pack, at + 1), STR("<p>paper")));
}

static void a_gone_page_leaves_no_word_of_its_path(void **state) {
    struct bench *bench = *state;
    CLEANUP(pressing_close) struct pressing *pressing = NULL;
    struct pressing_page page;
    str name = site(bench, STR("first"));
    good(open_as(bench, name, bench->key, &pressing));
    assert_true(pressing_find(pressing, STR("/en/her-name/"), &page));
    assert_int_equal(page.status, 410);
    assert_false(str_contains(file_of(bench, name, ".index"), STR("her-name")));
    assert_false(str_contains(pack_of(bench, name), STR("her-name")));
}

static void refuses_pages_that_cannot_be(void **state) {
    struct bench *bench = *state;
    CLEANUP(pressing_writer_close) struct pressing_writer *writer = NULL;
    static const uint32_t undeclared = 0;
    const struct pressing_page BAD[] = {
        {.path = STR("/.ended/x"), .status = 200},
        {.path = STR("/a"), .status = 200, .brotli = STR("x")},
        {.path = {0}, .status = 200},
        {.path = STR("no-slash"), .status = 200},
        {.path = STR("/\xFF"), .status = 200},
        {.path = STR("/a"), .status = 500},
        {.path = STR("/a"), .status = 301},
        {.path = STR("/a"), .status = 200, .location = STR("/b")},
        {.path = STR("/a"), .status = 301, .location = STR("/b"), .body = STR("x")},
        {.path = STR("/a"), .status = 301, .location = STR("/b\r\nSet-Cookie: a")},
        {.path = STR("/a"), .status = 200, .gzip = STR("x")},
        {.path = STR("/a"), .status = 200, .type = PRESSING_TYPE_COUNT},
        {.path = STR("/a"), .status = 200, .clearances = &undeclared, .clearance_count = 1},
    };
    str name;
    good(pressing_writer_open(&bench->sys, bench->folder, NULL, &writer));
    for (size_t i = 0; i < COUNT_OF(BAD); i++) {
        assert_int_equal(pressing_writer_page(writer, &BAD[i]).kind, ERR_INVALID);
    }
    /* The refused left nothing behind: what is written now is sound. */
    good(add_pages(writer, STR("first")));
    good(pressing_writer_finish(writer, &bench->arena, &name));
    CLEANUP(pressing_close) struct pressing *pressing = NULL;
    good(open_as(bench, name, NULL, &pressing));
    good(pressing_verify(pressing, &bench->arena, NULL));
}

static void two_pages_cannot_have_one_path(void **state) {
    struct bench *bench = *state;
    CLEANUP(pressing_writer_close) struct pressing_writer *writer = NULL;
    str name = {"kept", 4};
    good(pressing_writer_open(&bench->sys, bench->folder, NULL, &writer));
    good(pressing_writer_page(writer, &PAGES[3]));
    good(pressing_writer_page(writer, &PAGES[3]));
    assert_int_equal(pressing_writer_finish(writer, &bench->arena, &name).kind, ERR_EXISTS);
    assert_true(str_eq(name, STR("kept")));
    pressing_writer_close(&writer);
    assert_int_equal(files_in(bench, false), 0);
}

static void holds_thousands_of_pages_in_order(void **state) {
    struct bench *bench = *state;
    CLEANUP(pressing_writer_close) struct pressing_writer *writer = NULL;
    CLEANUP(pressing_close) struct pressing *pressing = NULL;
    enum { MANY = 3000 };
    str name;
    good(pressing_writer_open(&bench->sys, bench->folder, NULL, &writer));
    for (int i = 0; i < MANY; i++) {
        str path;
        str body;
        good(arena_printf(&bench->arena, &path, "/%d/", i * 7919 % MANY));
        good(arena_printf(&bench->arena, &body, "page %d", i % 500));
        struct pressing_page page = {.path = path, .status = 200, .body = body};
        good(pressing_writer_page(writer, &page));
    }
    good(pressing_writer_finish(writer, &bench->arena, &name));
    good(open_as(bench, name, NULL, &pressing));
    good(pressing_verify(pressing, &bench->arena, NULL));
    for (int i = 0; i < MANY; i++) {
        str path;
        struct pressing_page page;
        good(arena_printf(&bench->arena, &path, "/%d/", i));
        assert_true(pressing_find(pressing, path, &page));
    }
}

/* ---- Seals ----------------------------------------------------------------------------------- */

static void an_unsealed_one_opens_for_the_gate_alone(void **state) {
    struct bench *bench = *state;
    CLEANUP(pressing_close) struct pressing *pressing = NULL;
    str name;
    good(write_site(&bench->arena, bench->folder, STR("first"), &name));
    assert_int_equal(open_as(bench, name, bench->key, &pressing).kind, ERR_DENIED);
    good(open_as(bench, name, NULL, &pressing));
}

static void a_seal_by_another_key_or_of_another_pressing_is_refused(void **state) {
    struct bench *bench = *state;
    CLEANUP(pressing_close) struct pressing *pressing = NULL;
    unsigned char other[VAULT_PUBLIC_BYTES];
    unsigned char other_secret[VAULT_SECRET_BYTES];
    str name = site(bench, STR("first"));
    vault_sign_pair(other, other_secret);
    assert_int_equal(open_as(bench, name, other, &pressing).kind, ERR_DENIED);
    str sealed = file_of(bench, name, ".index");
    str second = {0};
    good(write_site(&bench->arena, bench->folder, STR("other"), &second));
    str unsealed = file_of(bench, second, ".index");
    struct buf moved;
    str bytes;
    buf_init(&moved, &bench->arena, SMALL_CAP);
    buf_add(&moved, unsealed);
    buf_add(&moved, str_skip(sealed, sealed.len - PRESSING_SEAL_BYTES));
    good(buf_finish(&moved, &bytes));
    CLEANUP(fd_close) int index = memory_file(bytes);
    CLEANUP(fd_close) int pack = memory_file(pack_of(bench, second));
    assert_int_equal(open_both(bench, (int[]){index, pack}, bench->key, &pressing).kind,
                     ERR_DENIED);
}

/* ---- Damage ---------------------------------------------------------------------------------- */

static void walk(struct bench *bench, const struct pressing *pressing) {
    size_t sum = 0;
    for (size_t i = 0; i < pressing_page_count(pressing); i++) {
        struct pressing_page page;
        struct pressing_page found;
        pressing_page_at(pressing, i, &page);
        for (size_t j = 0; j < page.body.len; j++) sum += (unsigned char)page.body.ptr[j];
        for (size_t j = 0; j < page.gzip.len; j++) sum += (unsigned char)page.gzip.ptr[j];
        for (uint32_t j = 0; j < page.clearance_count; j++) {
            sum += *pressing_clearance_at(pressing, page.clearances[j]);
        }
        assert_true(pressing_find(pressing, page.path, &found));
    }
    assert_true(sum > 0 || pressing_page_count(pressing) == 0);
    err e = pressing_verify(pressing, &bench->arena, NULL);
    assert_true(e.kind == ERR_NONE || e.kind == ERR_INVALID);
}

static void an_index_damaged_at_any_byte_is_refused_or_sound(void **state) {
    struct bench *bench = *state;
    str name = site(bench, STR("first"));
    str sealed = file_of(bench, name, ".index");
    CLEANUP(fd_close) int pack = memory_file(pack_of(bench, name));
    char *bent = arena_alloc(&bench->arena, sealed.len);
    memcpy(bent, sealed.ptr, sealed.len);
    for (size_t i = 0; i < sealed.len; i++) {
        static const unsigned char TURNS[] = {0x01, 0x80, 0xFF};
        for (size_t turn = 0; turn < COUNT_OF(TURNS); turn++) {
            CLEANUP(pressing_close) struct pressing *pressing = NULL;
            bent[i] = (char)(sealed.ptr[i] ^ TURNS[turn]);
            CLEANUP(fd_close) int index = memory_file((str){bent, sealed.len});
            err e = open_both(bench, (int[]){index, pack}, bench->key, &pressing);
            assert_true(e.kind == ERR_DENIED || e.kind == ERR_INVALID);
            e = open_both(bench, (int[]){index, pack}, NULL, &pressing);
            assert_true(e.kind == ERR_NONE || e.kind == ERR_INVALID);
            if (e.kind == ERR_NONE) walk(bench, pressing);
        }
        bent[i] = sealed.ptr[i];
    }
}

static void an_index_cut_anywhere_is_refused(void **state) {
    struct bench *bench = *state;
    str name = site(bench, STR("first"));
    str sealed = file_of(bench, name, ".index");
    CLEANUP(fd_close) int pack = memory_file(pack_of(bench, name));
    for (size_t len = 0; len < sealed.len; len++) {
        CLEANUP(pressing_close) struct pressing *pressing = NULL;
        CLEANUP(fd_close) int index = memory_file(str_slice(sealed, 0, len));
        err e = open_both(bench, (int[]){index, pack}, bench->key, &pressing);
        assert_true(e.kind == ERR_DENIED || e.kind == ERR_INVALID);
    }
}

static void a_pack_damaged_at_any_byte_is_noticed(void **state) {
    struct bench *bench = *state;
    str name = site(bench, STR("first"));
    CLEANUP(fd_close) int index = memory_file(file_of(bench, name, ".index"));
    str pack = pack_of(bench, name);
    char *bent = arena_alloc(&bench->arena, pack.len + 1);
    memcpy(bent, pack.ptr, pack.len);
    for (size_t i = 0; i <= pack.len; i++) { /* the last: one byte more than there should be */
        CLEANUP(pressing_close) struct pressing *pressing = NULL;
        bent[i] = (char)(bent[i] ^ 1);
        CLEANUP(fd_close) int file = memory_file((str){bent, i < pack.len ? pack.len : i + 1});
        err e = open_both(bench, (int[]){index, file}, bench->key, &pressing);
        if (e.kind == ERR_NONE) e = pressing_verify(pressing, &bench->arena, NULL);
        assert_int_equal(e.kind, ERR_INVALID);
        bent[i] = (char)(bent[i] ^ 1);
    }
}

static void bytes_that_belong_to_no_page_are_noticed(void **state) {
    struct bench *bench = *state;
    str name = site(bench, STR("first"));
    str sealed = file_of(bench, name, ".index");
    str pack = pack_of(bench, name);
    char *index_bytes = arena_alloc(&bench->arena, sealed.len);
    char *pack_bytes = arena_alloc(&bench->arena, pack.len + 1);
    memcpy(index_bytes, sealed.ptr, sealed.len);
    memcpy(pack_bytes, pack.ptr, pack.len);
    index_bytes[64 + 40]++; /* the size of the pack: one more */
    CLEANUP(fd_close) int index = memory_file((str){index_bytes, sealed.len});
    CLEANUP(fd_close) int longer = memory_file((str){pack_bytes, pack.len + 1});
    CLEANUP(pressing_close) struct pressing *pressing = NULL;
    good(open_both(bench, (int[]){index, longer}, NULL, &pressing));
    assert_int_equal(pressing_verify(pressing, &bench->arena, NULL).kind, ERR_INVALID);
}

static void an_index_cannot_be_changed_after_it_was_opened(void **state) {
    struct bench *bench = *state;
    str name = site(bench, STR("first"));
    CLEANUP(fd_close) int index = memory_file(file_of(bench, name, ".index"));
    CLEANUP(fd_close) int pack = memory_file(pack_of(bench, name));
    CLEANUP(pressing_close) struct pressing *pressing = NULL;
    good(open_both(bench, (int[]){index, pack}, NULL, &pressing));
    str before;
    good(arena_copy(&bench->arena, pressing_index_bytes(pressing), &before));
    assert_int_equal(pwrite(index, "XXXXXXXX", 8, 100), 8);
    assert_int_equal(ftruncate(index, 0), 0);
    assert_true(str_eq(before, pressing_index_bytes(pressing)));
}

static err inflate_to(struct arena *a, str gzip, size_t size_max, str *ret_body) {
    (void)size_max;
    return arena_copy(a,
                      str_eq(gzip, STR("GZ1")) || str_eq(gzip, STR("B1")) ? STR("<p>paper")
                                                                          : STR("<p>nothing"),
                      ret_body);
}

static err inflate_wrongly(struct arena *a, str gzip, size_t size_max, str *ret_body) {
    (void)gzip;
    (void)size_max;
    return arena_copy(a, STR("<p>another page"), ret_body);
}

static void a_compressed_form_must_open_to_its_page(void **state) {
    struct bench *bench = *state;
    CLEANUP(pressing_close) struct pressing *pressing = NULL;
    good(open_as(bench, site(bench, STR("first")), bench->key, &pressing));
    size_t used = bench->arena.used;
    const struct pressing_openers right = {inflate_to, inflate_to};
    const struct pressing_openers wrong[] = {{inflate_wrongly, NULL}, {NULL, inflate_wrongly}};
    good(pressing_verify(pressing, &bench->arena, &right));
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        err e = pressing_verify(pressing, &bench->arena, &wrong[i]);
        assert_int_equal(e.kind, ERR_INVALID);
        assert_true(str_contains(str_of(e.message), STR("another page")));
    }
    assert_int_equal(bench->arena.used, used);
}

/* ---- Publishing ------------------------------------------------------------------------------ */

/* Whether the site with this clearance is live: opened with its seal and read to the last byte. */
static bool is_live(struct bench *bench, str word) {
    CLEANUP(pressing_close) struct pressing *pressing = NULL;
    bool is_there = false;
    good(open_live(bench, &pressing));
    good(pressing_verify(pressing, &bench->arena, NULL));
    for (size_t i = 0; i < pressing_clearance_count(pressing); i++) {
        is_there = is_there || is_word(pressing, i, word);
    }
    return is_there;
}

static void publishing_leaves_the_new_one_alone(void **state) {
    struct bench *bench = *state;
    str name = {"kept", 4};
    assert_int_equal(pressing_current(&bench->arena, bench->folder, &name).kind, ERR_NOT_FOUND);
    good(pressing_publish(&bench->arena, bench->folder, site(bench, STR("old"))));
    assert_true(is_live(bench, STR("old")));
    good(pressing_publish(&bench->arena, bench->folder, site(bench, STR("new"))));
    assert_true(is_live(bench, STR("new")));
    assert_int_equal(files_in(bench, false), 3);
}

static void what_is_not_there_cannot_become_live(void **state) {
    struct bench *bench = *state;
    good(pressing_publish(&bench->arena, bench->folder, site(bench, STR("old"))));
    err e =
        pressing_publish(&bench->arena, bench->folder, STR("0000000000000001-0000000000000001"));
    assert_int_equal(e.kind, ERR_NOT_FOUND);
    e = pressing_publish(&bench->arena, bench->folder, STR("../../etc/passwd"));
    assert_int_equal(e.kind, ERR_INVALID);
    assert_true(is_live(bench, STR("old")));
}

static void the_broom_leaves_the_live_one_and_what_is_not_ours(void **state) {
    struct bench *bench = *state;
    good(pressing_publish(&bench->arena, bench->folder, site(bench, STR("old"))));
    site(bench, STR("never published"));
    good(file_replace(&bench->arena, bench->folder, STR("notes.txt"), STR("mine"), 0600));
    good(pressing_sweep(&bench->arena, bench->folder));
    assert_true(is_live(bench, STR("old")));
    assert_int_equal(files_in(bench, false), 4);
}

static void a_broken_current_stops_the_broom(void **state) {
    struct bench *bench = *state;
    good(pressing_publish(&bench->arena, bench->folder, site(bench, STR("old"))));
    good(file_replace(&bench->arena, bench->folder, STR("current"), STR("nonsense"), 0600));
    assert_int_equal(pressing_sweep(&bench->arena, bench->folder).kind, ERR_INVALID);
    assert_int_equal(files_in(bench, false), 3);
}

/* ---- Faults ---------------------------------------------------------------------------------- */

static err press_and_publish(const struct sys *sys, const struct bench *bench) {
    CLEANUP(arena_done) struct arena a;
    str name;
    arena_init(&a, sys, SMALL_CAP);
    TRY(write_site(&a, bench->folder, STR("new"), &name));
    TRY(seal(&a, bench, name));
    return pressing_publish(&a, bench->folder, name);
}

static void at_every_failed_call_the_old_or_the_new_one_is_live(void **state) {
    struct bench *bench = *state;
    bool was_old = false;
    for (int n = 1; n < FAULT_RUNS_MAX; n++) {
        struct fault fault;
        struct sys sys = fault_sys(&fault, n);
        good(pressing_publish(&bench->arena, bench->folder, site(bench, STR("old"))));
        bool is_done = fault_ended(&fault, press_and_publish(&sys, bench));
        bool is_new = is_live(bench, STR("new"));
        assert_true(is_new || is_live(bench, STR("old")));
        was_old = was_old || !is_new;
        good(pressing_sweep(&bench->arena, bench->folder));
        assert_int_equal(files_in(bench, false), 3);
        if (is_done) {
            assert_true(is_new && was_old);
            return;
        }
    }
    fail_msg("no run was clean");
}

/* A house that went on after a failure must not get a pressing with a hole in it. */
static void after_a_failed_write_a_writer_is_good_for_nothing(void **state) {
    struct bench *bench = *state;
    char *large = arena_alloc(&bench->arena, 1 << 20);
    bool has_failed = false;
    for (int n = 1; n < FAULT_RUNS_MAX; n++) {
        struct fault fault;
        struct sys sys = fault_sys(&fault, n);
        struct pressing_writer *writer = NULL;
        struct pressing_page page = {
            .path = STR("/large"), .status = 200, .body = {large, 1 << 20}};
        str name;
        if (pressing_writer_open(&sys, bench->folder, NULL, &writer).kind != ERR_NONE) continue;
        err e = pressing_writer_page(writer, &page);
        if (e.kind != ERR_NONE) {
            has_failed = true;
            assert_int_equal(pressing_writer_page(writer, &PAGES[1]).kind, ERR_IO);
            assert_int_equal(pressing_writer_finish(writer, &bench->arena, &name).kind, ERR_IO);
        }
        pressing_writer_close(&writer);
        if (e.kind == ERR_NONE && fault.calls < n) break;
    }
    assert_true(has_failed);
    good(pressing_sweep(&bench->arena, bench->folder)); /* when the unlink failed, it is for this */
    assert_int_equal(files_in(bench, false), 0);
}

#define PRESSING_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void) {
    const struct CMUnitTest tests[] = {
        PRESSING_TEST(finds_every_page_as_it_was_written),
        PRESSING_TEST(says_nothing_of_paths_it_does_not_have),
        PRESSING_TEST(equal_bodies_are_held_once),
        PRESSING_TEST(a_gone_page_leaves_no_word_of_its_path),
        PRESSING_TEST(refuses_pages_that_cannot_be),
        PRESSING_TEST(two_pages_cannot_have_one_path),
        PRESSING_TEST(holds_thousands_of_pages_in_order),
        PRESSING_TEST(an_unsealed_one_opens_for_the_gate_alone),
        PRESSING_TEST(a_seal_by_another_key_or_of_another_pressing_is_refused),
        PRESSING_TEST(an_index_damaged_at_any_byte_is_refused_or_sound),
        PRESSING_TEST(an_index_cut_anywhere_is_refused),
        PRESSING_TEST(a_pack_damaged_at_any_byte_is_noticed),
        PRESSING_TEST(bytes_that_belong_to_no_page_are_noticed),
        PRESSING_TEST(an_index_cannot_be_changed_after_it_was_opened),
        PRESSING_TEST(a_compressed_form_must_open_to_its_page),
        PRESSING_TEST(publishing_leaves_the_new_one_alone),
        PRESSING_TEST(what_is_not_there_cannot_become_live),
        PRESSING_TEST(the_broom_leaves_the_live_one_and_what_is_not_ours),
        PRESSING_TEST(a_broken_current_stops_the_broom),
        PRESSING_TEST(at_every_failed_call_the_old_or_the_new_one_is_live),
        PRESSING_TEST(after_a_failed_write_a_writer_is_good_for_nothing),
    };
    return cmocka_run_group_tests_name("pressing", tests, NULL, NULL);
}
