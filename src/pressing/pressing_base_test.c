/* pressing_base_test.c: a pressing made upon another: what stays, what moves, what readers share,
 * and what the packs tell when the index is lost or somebody lies. */
#include <sys/mman.h>

#include "pressing/pressing_impl.h"
#include "pressing/pressing_testing.h"

enum { PICTURE_BYTES = 1 << 20, HUGE_BYTES = 20 << 20, PAGES_MAX = 8 };

/* What a test writes: each page under a clearance that is named by a word. */
struct leaf {
    const char *path;
    const char *text; /* NULL: kept from the base */
    const char *word;
};

static err write_leaf(struct arena *a, struct pressing_writer *writer, const struct pressing *base,
                      const struct leaf *leaf) {
    uint32_t number = 0;
    size_t kept = 0;
    if (leaf->text == NULL) {
        assert_true(pressing_find_number(base, str_of(leaf->path), &kept));
        return pressing_writer_keep(writer, kept);
    }
    struct pressing_page page = {.path = str_of(leaf->path),
                                 .status = 200,
                                 .body = str_of(leaf->text),
                                 .clearances = &number,
                                 .clearance_count = 1};
    if (strcmp(leaf->text, "picture") == 0) {
        char *bytes = arena_alloc(a, PICTURE_BYTES);
        if (bytes == NULL) FAIL(ERR_NO_MEMORY, "no memory for a picture");
        memset(bytes, 'p', PICTURE_BYTES);
        page.body = (str){bytes, PICTURE_BYTES};
        page.type = PRESSING_JPEG;
    }
    TRY(declare(writer, str_of(leaf->word), &number));
    return pressing_writer_page(writer, &page);
}

static err write_leaves(struct arena *a, const struct bench *bench, const struct pressing *base,
                        const struct leaf *leaves, str *ret_name) {
    CLEANUP(pressing_writer_close) struct pressing_writer *writer = NULL;
    TRY(pressing_writer_open(a->sys, bench->folder, base, &writer));
    for (size_t i = 0; i < PAGES_MAX && leaves[i].path != NULL; i++) {
        TRY(write_leaf(a, writer, base, &leaves[i]));
    }
    return pressing_writer_finish(writer, a, ret_name);
}

static err try_press(const struct sys *sys, const struct bench *bench, const struct leaf *leaves) {
    CLEANUP(arena_done) struct arena a;
    CLEANUP(pressing_close) struct pressing *base = NULL;
    const struct pressing_place place = {.sys = sys, .folder = bench->folder};
    str name;
    arena_init(&a, sys, ARENA_CAP);
    err e = pressing_open_current(&place, &a, &name, &base);
    if (e.kind != ERR_NONE && e.kind != ERR_NOT_FOUND) return e;
    TRY(write_leaves(&a, bench, base, leaves, &name));
    TRY(seal(&a, bench, name));
    return pressing_publish(&a, bench->folder, name);
}

static void press(struct bench *bench, const struct leaf *leaves) {
    good(try_press(&bench->sys, bench, leaves));
}

static void shows(struct bench *bench, const char *path, const char *text) {
    CLEANUP(pressing_close) struct pressing *live = NULL;
    struct pressing_page page;
    good(open_live(bench, &live));
    good(pressing_verify(live, &bench->arena, NULL));
    bool is_there = pressing_find(live, str_of(path), &page);
    assert_int_equal(is_there, text != NULL);
    if (text != NULL) assert_true(str_eq(page.body, str_of(text)));
}

static const struct leaf TWO[PAGES_MAX] = {
    {"/a/", "first of a", "a1"}, {"/b/", "first of b", "b1"}, {"/p.jpg", "picture", "a1"}};

/* ---- What stays ------------------------------------------------------------------------------ */

static void keeping_everything_writes_no_pack(void **state) {
    struct bench *bench = *state;
    CLEANUP(pressing_close) struct pressing *before = NULL;
    CLEANUP(pressing_close) struct pressing *after = NULL;
    press(bench, TWO);
    good(open_live(bench, &before));
    press(bench, (struct leaf[PAGES_MAX]){{"/a/"}, {"/b/"}, {"/p.jpg"}});
    good(open_live(bench, &after));
    assert_int_equal(pressing_pack_count(after), 1);
    assert_true(pressing_pack_is(after, 0, before));
    assert_int_equal(pressing_serial(after), pressing_serial(before) + 1);
    for (size_t i = 0; i < 3; i++) {
        assert_true(pressing_same_page((struct pressing_numbered){before, i},
                                       (struct pressing_numbered){after, i}));
        assert_int_equal(pressing_pack_of(after, i), 0);
    }
    assert_false(pressing_same_page((struct pressing_numbered){before, 0},
                                    (struct pressing_numbered){after, 1}));
}

static void a_new_page_makes_one_small_pack(void **state) {
    struct bench *bench = *state;
    CLEANUP(pressing_close) struct pressing *live = NULL;
    press(bench, TWO);
    press(bench, (struct leaf[PAGES_MAX]){{"/a/"}, {"/b/"}, {"/p.jpg"}, {"/c/", "new", "c1"}});
    good(open_live(bench, &live));
    assert_int_equal(pressing_pack_count(live), 2);
    assert_true(live->packs[1]->bytes.len < 1024);
    assert_false(pressing_pack_is(live, 1, live) != true);
    shows(bench, "/c/", "new");
    shows(bench, "/a/", "first of a");
}

static void a_picture_that_is_cleared_anew_stays_where_it_lies(void **state) {
    struct bench *bench = *state;
    CLEANUP(pressing_close) struct pressing *before = NULL;
    CLEANUP(pressing_close) struct pressing *after = NULL;
    press(bench, TWO);
    good(open_live(bench, &before));
    press(bench, (struct leaf[PAGES_MAX]){
                     {"/a/", "first of a", "a2"}, {"/b/"}, {"/p.jpg", "picture", "a2"}});
    good(open_live(bench, &after));
    assert_int_equal(pressing_pack_count(after), 2);
    assert_true(pressing_pack_is(after, 0, before));
    assert_true(after->packs[1]->bytes.len < 1024);
    assert_false(pressing_same_page((struct pressing_numbered){before, 2},
                                    (struct pressing_numbered){after, 2}));
}

static void what_was_edited_is_in_no_file(void **state) {
    struct bench *bench = *state;
    press(bench, TWO);
    press(bench,
          (struct leaf[PAGES_MAX]){{"/a/", "second", "a2"}, {"/b/"}, {"/p.jpg", "picture", "a2"}});
    assert_false(folder_has(bench, STR("first of a")));
    shows(bench, "/b/", "first of b");
    shows(bench, "/a/", "second");
}

static void what_was_called_back_is_in_no_file_nor_is_its_path(void **state) {
    struct bench *bench = *state;
    press(bench,
          (struct leaf[PAGES_MAX]){{"/her-name/", "hers", "a1"}, {"/b/", "first of b", "b1"}});
    press(bench, (struct leaf[PAGES_MAX]){{"/b/"}, {"/c/", "third", "c1"}});
    assert_false(folder_has(bench, STR("hers")));
    assert_false(folder_has(bench, STR("her-name")));
    shows(bench, "/her-name/", NULL);
}

/* A list is rendered anew under the same clearances: its old bytes may lie until they are many. */
static void a_pack_is_made_anew_when_most_of_it_is_dead(void **state) {
    struct bench *bench = *state;
    char text[64];
    press(bench, (struct leaf[PAGES_MAX]){{"/a/", "aaaaaaaaaa", "w"},
                                          {"/b/", "bbbbbbbbbb", "w"},
                                          {"/c/", "cccccccccc", "w"}});
    press(bench, (struct leaf[PAGES_MAX]){{"/a/", "new a", "w"}, {"/b/"}, {"/c/"}});
    assert_true(folder_has(bench, STR("aaaaaaaaaa")));
    press(bench, (struct leaf[PAGES_MAX]){{"/a/"}, {"/b/", "new b", "w"}, {"/c/"}});
    assert_false(folder_has(bench, STR("aaaaaaaaaa")));
    assert_false(folder_has(bench, STR("bbbbbbbbbb")));
    shows(bench, "/c/", "cccccccccc");
    snprintf(text, sizeof text, "%s", "new a");
    shows(bench, "/a/", text);
}

static void small_packs_are_made_one_when_they_are_many(void **state) {
    struct bench *bench = *state;
    size_t most = 0;
    press(bench, TWO);
    for (int i = 0; i < 24; i++) {
        CLEANUP(pressing_close) struct pressing *live = NULL;
        char text[32];
        snprintf(text, sizeof text, "version %d", i);
        press(bench, (struct leaf[PAGES_MAX]){{"/a/"}, {"/b/"}, {"/p.jpg"}, {"/c/", text, "w"}});
        shows(bench, "/c/", text);
        good(open_live(bench, &live));
        if (pressing_pack_count(live) > most) most = pressing_pack_count(live);
        assert_int_equal(files_in(bench, false), 2 + pressing_pack_count(live));
    }
    assert_true(most <= 10);
}

static err write_huge(struct arena *a, struct pressing_writer *writer, char fill) {
    char *bytes = arena_alloc(a, HUGE_BYTES);
    uint32_t number = 0;
    char path[8];
    if (bytes == NULL) FAIL(ERR_NO_MEMORY, "no memory for a picture");
    memset(bytes, fill, HUGE_BYTES);
    snprintf(path, sizeof path, "/%c", fill);
    TRY(declare(writer, str_of(path), &number));
    return pressing_writer_page(writer, &(struct pressing_page){.path = str_of(path),
                                                                .status = 200,
                                                                .body = {bytes, HUGE_BYTES},
                                                                .clearances = &number,
                                                                .clearance_count = 1});
}

static void a_large_pressing_lies_in_several_packs(void **state) {
    struct bench *bench = *state;
    CLEANUP(arena_done) struct arena a;
    CLEANUP(pressing_writer_close) struct pressing_writer *writer = NULL;
    CLEANUP(pressing_close) struct pressing *live = NULL;
    str name;
    arena_init(&a, &bench->sys, ARENA_CAP);
    good(pressing_writer_open(&bench->sys, bench->folder, NULL, &writer));
    for (char fill = 'a'; fill <= 'e'; fill++) good(write_huge(&a, writer, fill));
    good(pressing_writer_finish(writer, &a, &name));
    good(seal(&a, bench, name));
    good(pressing_publish(&a, bench->folder, name));
    good(open_live(bench, &live));
    assert_int_equal(pressing_pack_count(live), 3);
    good(pressing_verify(live, &a, NULL));
    pressing_close(&live);
    good(pressing_repair(&bench->sys, bench->folder, &a, &name));
    good(seal(&a, bench, name));
    good(pressing_publish(&a, bench->folder, name));
    press(bench, (struct leaf[PAGES_MAX]){{"/a"}, {"/b"}, {"/d"}, {"/e"}}); /* c is called back */
    good(open_live(bench, &live));
    good(pressing_verify(live, &a, NULL));
    assert_int_equal(pressing_page_count(live), 4);
    assert_false(folder_has(bench, STR("ccccccccccccccccc")));
}

/* ---- Readers --------------------------------------------------------------------------------- */

static void readers_share_packs_and_what_is_known_of_them(void **state) {
    struct bench *bench = *state;
    CLEANUP(pressing_close) struct pressing *before = NULL;
    CLEANUP(pressing_close) struct pressing *after = NULL;
    struct pressing_page page;
    bool is_done = false;
    str name;
    press(bench, TWO);
    good(open_live(bench, &before));
    for (int i = 0; !is_done; i++) {
        assert_true(i < 20);
        good(pressing_verify_some(before, 100000, &is_done));
    }
    press(bench, (struct leaf[PAGES_MAX]){{"/a/"}, {"/b/"}, {"/p.jpg"}, {"/c/", "new", "c1"}});
    const struct pressing_place place = {
        .sys = &bench->sys, .folder = bench->folder, .clearing_key = bench->key, .earlier = before};
    good(pressing_open_current(&place, &bench->arena, &name, &after));
    assert_ptr_equal(before->packs[0], after->packs[0]);
    pressing_close(&before);
    good(pressing_verify_some(after, 1024, &is_done)); /* the new pack alone is read */
    assert_true(is_done);
    assert_true(pressing_find(after, STR("/a/"), &page));
    assert_true(str_eq(page.body, STR("first of a")));
}

static void change_byte(const struct bench *bench, const char *suffix, off_t at) {
    DIR *listing = opendir(bench->path);
    assert_non_null(listing);
    for (const struct dirent *entry = readdir(listing); entry != NULL; entry = readdir(listing)) {
        if (!str_ends(str_of(entry->d_name), str_of(suffix))) continue;
        CLEANUP(fd_close) int fd = openat(bench->folder, entry->d_name, O_RDWR | O_CLOEXEC);
        char byte = 0;
        assert_int_equal(pread(fd, &byte, 1, at), 1);
        byte ^= 1;
        assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    }
    closedir(listing);
}

static void a_damaged_pack_is_noticed_piece_by_piece(void **state) {
    struct bench *bench = *state;
    CLEANUP(pressing_close) struct pressing *live = NULL;
    bool is_done = false;
    err e = OK;
    press(bench, TWO);
    change_byte(bench, ".pack", 500000);
    good(open_live(bench, &live));
    for (int i = 0; e.kind == ERR_NONE && !is_done && i < 100; i++) {
        e = pressing_verify_some(live, 65536, &is_done);
    }
    assert_int_equal(e.kind, ERR_INVALID);
    assert_int_equal(pressing_verify_some(live, 65536, &is_done).kind, ERR_INVALID);
    assert_false(is_done);
}

/* A house that publishes between a reader's look at the name and its opening of the files. */
struct race {
    struct sys real;
    struct bench *bench;
    int left;
};

static int race_open(void *ctx, int folder, const char *path, int flags, mode_t mode) {
    struct race *race = ctx;
    if (race->left > 0 && str_ends(str_of(path), STR(".index"))) {
        char text[16];
        snprintf(text, sizeof text, "race %d", race->left--);
        press(race->bench, (struct leaf[PAGES_MAX]){{"/a/", text, text}});
    }
    return race->real.open(race->real.ctx, folder, path, flags, mode);
}

static ssize_t race_read(void *ctx, int fd, void *block, size_t size) {
    struct race *race = ctx;
    return race->real.read(race->real.ctx, fd, block, size);
}

static void a_reader_that_is_overtaken_begins_again(void **state) {
    struct bench *bench = *state;
    CLEANUP(pressing_close) struct pressing *live = NULL;
    struct race race = {.real = sys_real(), .bench = bench, .left = 3};
    struct sys sys = race.real;
    struct pressing_page page;
    str name;
    press(bench, TWO);
    sys.ctx = &race;
    sys.open = race_open;
    sys.read = race_read;
    const struct pressing_place place = {
        .sys = &sys, .folder = bench->folder, .clearing_key = bench->key};
    CLEANUP(arena_done) struct arena a;
    arena_init(&a, &sys, SMALL_CAP);
    good(pressing_open_current(&place, &a, &name, &live));
    assert_true(pressing_find(live, STR("/a/"), &page));
    assert_true(str_eq(page.body, STR("race 1")));
    race.left = 1000;
    pressing_close(&live);
    assert_int_equal(pressing_open_current(&place, &a, &name, &live).kind, ERR_NOT_FOUND);
}

/* ---- Integrity and repair -------------------------------------------------------------------- */

struct told {
    char paths[256];
    int count;
};

static void note_damage(void *ctx, str path, str what) {
    struct told *told = ctx;
    size_t len = strlen(told->paths);
    snprintf(told->paths + len, sizeof told->paths - len, STR_FMT " ", STR_ARG(path));
    assert_true(what.len > 0);
    told->count++;
}

static struct told check(struct bench *bench) {
    const struct pressing_place place = {
        .sys = &bench->sys, .folder = bench->folder, .clearing_key = bench->key};
    struct told told = {0};
    good(pressing_check(&place, &bench->arena, &(struct pressing_report){note_damage, &told}));
    return told;
}

static void a_check_tells_each_damaged_path(void **state) {
    struct bench *bench = *state;
    press(bench, TWO);
    assert_int_equal(check(bench).count, 0);
    change_byte(bench, ".pack", 17); /* in the first body */
    change_byte(bench, ".pack", 100000);
    struct told told = check(bench);
    assert_int_equal(told.count, 2);
    assert_string_equal(told.paths, "/a/ /p.jpg ");
    change_byte(bench, ".pack", 17);
    change_byte(bench, ".pack", 100000);
    change_byte(bench, ".pack", 16 + 20 + PICTURE_BYTES + 30); /* in the contents */
    assert_int_equal(check(bench).count, 1);
}

static void lose_index(struct bench *bench) {
    char file[64];
    str name;
    good(pressing_current(&bench->arena, bench->folder, &name));
    snprintf(file, sizeof file, STR_FMT ".index", STR_ARG(name));
    assert_int_equal(unlinkat(bench->folder, file, 0), 0);
}

static void repair_minds_neither_cut_packs_nor_older_ones(void **state) {
    struct bench *bench = *state;
    str name;
    press(bench, TWO);
    press(bench,
          (struct leaf[PAGES_MAX]){{"/a/", "second", "a2"}, {"/b/"}, {"/p.jpg", "picture", "a2"}});
    good(file_replace(&bench->arena, bench->folder, STR("ffffffffffffffff-0000000000000000.pack"),
                      STR(PACK_HEAD "cut off in the middle of a page, as by a crash"), 0600));
    lose_index(bench);
    assert_int_equal(pressing_sweep(&bench->arena, bench->folder).kind, ERR_NOT_FOUND);
    good(pressing_repair(&bench->sys, bench->folder, &bench->arena, &name));
    good(seal(&bench->arena, bench, name));
    good(pressing_publish(&bench->arena, bench->folder, name));
    shows(bench, "/a/", "second");
    shows(bench, "/b/", "first of b");
}

static void repair_refuses_packs_that_are_damaged(void **state) {
    struct bench *bench = *state;
    str name = STR("untouched");
    assert_int_equal(pressing_repair(&bench->sys, bench->folder, &bench->arena, &name).kind,
                     ERR_NOT_FOUND);
    press(bench, TWO);
    lose_index(bench);
    change_byte(bench, ".pack", 20);
    assert_int_equal(pressing_repair(&bench->sys, bench->folder, &bench->arena, &name).kind,
                     ERR_NOT_FOUND);
    assert_true(str_eq(name, STR("untouched")));
}

/* ---- Lies ------------------------------------------------------------------------------------ */

static int memory_file(str bytes) {
    int fd = memfd_create("part", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, bytes.ptr, bytes.len, 0), bytes.len);
    return fd;
}

/* A pressing of one pack, as bytes to be changed. */
struct forged {
    char *index;
    size_t index_size;
    char *pack;
    size_t pack_size;
};

static char *copy_file(struct bench *bench, str name, const char *suffix, size_t *ret_size) {
    str path;
    str bytes;
    good(arena_printf(&bench->arena, &path, STR_FMT "%s", STR_ARG(name), suffix));
    good(file_read(&bench->arena, bench->folder, path, SMALL_CAP, &bytes));
    char *copy = arena_alloc(&bench->arena, bytes.len + 64);
    memcpy(copy, bytes.ptr, bytes.len);
    *ret_size = bytes.len;
    return copy;
}

static struct forged forge(struct bench *bench) {
    CLEANUP(pressing_close) struct pressing *pressing = NULL;
    const struct pressing_place place = {.sys = &bench->sys, .folder = bench->folder};
    struct forged f;
    str name;
    good(write_leaves(&bench->arena, bench, NULL, TWO, &name));
    good(pressing_open(&place, name, &pressing));
    f.index = copy_file(bench, name, ".index", &f.index_size);
    f.pack = copy_file(bench, pressing_pack_name(pressing, 0), ".pack", &f.pack_size);
    return f;
}

static struct index_page *page_in(const struct forged *f, size_t number) {
    return (void *)(f->index + sizeof(struct index_header) + sizeof(struct index_pack) +
                    number * sizeof(struct index_page));
}

/* The index says of the pack what is true. */
static void own_up(struct forged *f) {
    struct index_pack *about = (void *)(f->index + sizeof(struct index_header));
    about->size = f->pack_size;
    hash_bytes((str){f->pack, f->pack_size}, about->hash);
}

static struct pressing *open_forged(struct bench *bench, const struct forged *f) {
    struct pressing *pressing = NULL;
    CLEANUP(fd_close) int index = memory_file((str){f->index, f->index_size});
    CLEANUP(fd_close) int pack = memory_file((str){f->pack, f->pack_size});
    const struct pressing_files files = {.index = index, .packs = &pack, .pack_count = 1};
    good(pressing_open_files(&bench->sys, &files, NULL, &pressing));
    return pressing;
}

static void refuses(struct bench *bench, const struct forged *f, const char *words) {
    struct pressing *pressing = open_forged(bench, f);
    err e = pressing_verify(pressing, &bench->arena, NULL);
    pressing_close(&pressing);
    assert_int_equal(e.kind, ERR_INVALID);
    if (!str_contains(str_of(e.message), str_of(words))) fail_msg("%s", e.message);
}

static void bytes_between_bodies_and_contents_are_noticed(void **state) {
    struct bench *bench = *state;
    struct forged f = forge(bench);
    struct pack_trailer trailer;
    memcpy(&trailer, f.pack + f.pack_size - sizeof trailer, sizeof trailer);
    memmove(f.pack + trailer.contents_at + 6, f.pack + trailer.contents_at,
            f.pack_size - trailer.contents_at);
    memcpy(f.pack + trailer.contents_at, "hidden", 6);
    f.pack_size += 6;
    trailer.contents_at += 6;
    memcpy(f.pack + f.pack_size - sizeof trailer, &trailer, sizeof trailer);
    own_up(&f);
    refuses(bench, &f, "belong to no page");
}

static void a_page_that_the_index_leaves_out_is_noticed(void **state) {
    struct bench *bench = *state;
    struct forged f = forge(bench);
    *page_in(&f, 1) = (struct index_page){.status = 301,
                                          .path_at = page_in(&f, 1)->path_at,
                                          .path_len = page_in(&f, 1)->path_len,
                                          .location_at = page_in(&f, 1)->path_at,
                                          .location_len = 1,
                                          .reference_at = page_in(&f, 1)->reference_at,
                                          .reference_count = page_in(&f, 1)->reference_count};
    refuses(bench, &f, "belong to no page");
}

static void an_index_that_says_otherwise_than_its_pack_is_noticed(void **state) {
    struct bench *bench = *state;
    struct forged f = forge(bench);
    page_in(&f, 0)->type = PRESSING_JSON;
    refuses(bench, &f, "do not agree");
    f = forge(bench);
    page_in(&f, 0)->body_len--;
    page_in(&f, 0)->gzip_len++; /* the last byte of the body as a form */
    refuses(bench, &f, "does not say that it has this page");
}

static void a_body_cut_otherwise_into_forms_is_noticed(void **state) {
    struct bench *bench = *state;
    struct forged f = forge(bench);
    f.pack[16] ^= 1;
    own_up(&f);
    refuses(bench, &f, "not the ones that were pressed");
}

/* Bytes with a clearance that the index does not name, at a path that it does not answer. */
static void a_leftover_is_found(void **state) {
    struct bench *bench = *state;
    struct forged f = forge(bench);
    struct pressing_leftover leftover = {0};
    bool is_there = true;
    struct pressing *pressing = open_forged(bench, &f);
    good(pressing_find_leftover(pressing, &bench->arena, &is_there, &leftover));
    assert_false(is_there);
    pressing_close(&pressing);
    unsigned char hash[PRESSING_HASH_BYTES];
    vault_hash(STR("b1"), hash);
    char *named = memmem(f.index, f.index_size, hash, sizeof hash);
    char *path = memmem(f.index, f.index_size, "/b/", 3);
    assert_non_null(named);
    assert_non_null(path);
    *named ^= 1;
    pressing = open_forged(bench, &f);
    good(pressing_find_leftover(pressing, &bench->arena, &is_there, &leftover));
    assert_false(is_there); /* the page is shown */
    pressing_close(&pressing);
    path[1] = 'c';
    pressing = open_forged(bench, &f);
    good(pressing_find_leftover(pressing, &bench->arena, &is_there, &leftover));
    pressing_close(&pressing);
    assert_true(is_there);
    assert_true(str_eq(leftover.path, STR("/b/")));
    assert_int_equal(leftover.pack, 0);
}

static void a_pack_of_another_name_or_number_is_refused(void **state) {
    struct bench *bench = *state;
    struct forged f = forge(bench);
    CLEANUP(pressing_close) struct pressing *pressing = NULL;
    CLEANUP(fd_close) int index = memory_file((str){f.index, f.index_size});
    struct pressing_files files = {.index = index};
    assert_int_equal(pressing_open_files(&bench->sys, &files, NULL, &pressing).kind, ERR_INVALID);
    files = (struct pressing_files){.index = index, .packs = &index, .pack_count = 1};
    assert_int_equal(pressing_open_files(&bench->sys, &files, NULL, &pressing).kind, ERR_INVALID);
}

/* ---- Faults ---------------------------------------------------------------------------------- */

static const struct leaf THREE[PAGES_MAX] = {
    {"/a/", "second", "a2"}, {"/b/"}, {"/c/", "new", "c1"}, {"/p.jpg", "picture", "a2"}};

static void at_every_failed_call_upon_a_base_the_old_or_the_new_one_is_live(void **state) {
    struct bench *bench = *state;
    for (int n = 1; n < FAULT_RUNS_MAX; n++) {
        struct fault fault;
        struct sys sys = fault_sys(&fault, n);
        struct arena_mark mark = arena_mark(&bench->arena);
        files_in(bench, true);
        press(bench, TWO);
        bool is_done = fault_ended(&fault, try_press(&sys, bench, THREE));
        CLEANUP(pressing_close) struct pressing *live = NULL;
        struct pressing_page page;
        good(open_live(bench, &live));
        bool is_new = pressing_find(live, STR("/c/"), &page);
        shows(bench, "/a/", is_new ? "second" : "first of a");
        good(pressing_sweep(&bench->arena, bench->folder));
        assert_int_equal(files_in(bench, false), 2 + pressing_pack_count(live));
        arena_reset(&bench->arena, mark);
        if (is_done) {
            assert_true(is_new && n > 50);
            return;
        }
    }
    fail_msg("no run was clean");
}

static err repair_and_read(const struct sys *sys, const struct bench *bench, bool repairs) {
    CLEANUP(arena_done) struct arena a;
    CLEANUP(pressing_close) struct pressing *pressing = NULL;
    const struct pressing_place place = {.sys = sys, .folder = bench->folder};
    struct told told = {0};
    struct pressing_leftover leftover;
    bool is_there = false;
    str name;
    arena_init(&a, sys, ARENA_CAP);
    if (repairs) return pressing_repair(sys, bench->folder, &a, &name);
    TRY(pressing_check(&place, &a, &(struct pressing_report){note_damage, &told}));
    assert_int_equal(told.count, 0);
    TRY(pressing_open_current(&place, &a, &name, &pressing));
    TRY(pressing_find_leftover(pressing, &a, &is_there, &leftover));
    return pressing_verify(pressing, &a, NULL);
}

static void every_failed_call_of_reading_and_repair_is_an_error(void **state) {
    struct bench *bench = *state;
    press(bench, TWO);
    press(bench, THREE);
    for (int repairs = 0; repairs < 2; repairs++) {
        size_t before = files_in(bench, false);
        for (int n = 1;; n++) {
            struct fault fault;
            struct sys sys = fault_sys(&fault, n);
            assert_true(n < FAULT_RUNS_MAX);
            if (fault_ended(&fault, repair_and_read(&sys, bench, repairs == 1))) break;
            assert_int_equal(files_in(bench, false), before); /* no half an index */
        }
    }
}

#define BASE_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void) {
    const struct CMUnitTest tests[] = {
        BASE_TEST(keeping_everything_writes_no_pack),
        BASE_TEST(a_new_page_makes_one_small_pack),
        BASE_TEST(a_picture_that_is_cleared_anew_stays_where_it_lies),
        BASE_TEST(what_was_edited_is_in_no_file),
        BASE_TEST(what_was_called_back_is_in_no_file_nor_is_its_path),
        BASE_TEST(a_pack_is_made_anew_when_most_of_it_is_dead),
        BASE_TEST(small_packs_are_made_one_when_they_are_many),
        BASE_TEST(a_large_pressing_lies_in_several_packs),
        BASE_TEST(readers_share_packs_and_what_is_known_of_them),
        BASE_TEST(a_damaged_pack_is_noticed_piece_by_piece),
        BASE_TEST(a_reader_that_is_overtaken_begins_again),
        BASE_TEST(a_check_tells_each_damaged_path),
        BASE_TEST(repair_minds_neither_cut_packs_nor_older_ones),
        BASE_TEST(repair_refuses_packs_that_are_damaged),
        BASE_TEST(bytes_between_bodies_and_contents_are_noticed),
        BASE_TEST(a_page_that_the_index_leaves_out_is_noticed),
        BASE_TEST(an_index_that_says_otherwise_than_its_pack_is_noticed),
        BASE_TEST(a_body_cut_otherwise_into_forms_is_noticed),
        BASE_TEST(a_leftover_is_found),
        BASE_TEST(a_pack_of_another_name_or_number_is_refused),
        BASE_TEST(at_every_failed_call_upon_a_base_the_old_or_the_new_one_is_live),
        BASE_TEST(every_failed_call_of_reading_and_repair_is_an_error),
    };
    return cmocka_run_group_tests_name("pressing_base", tests, NULL, NULL);
}
