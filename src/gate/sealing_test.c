/* sealing_test.c: what is sealed, and everything that must not be. */
#include <libdeflate.h>
#include <sys/mman.h>

#include "gate/gate_testing.h"
#include "gate/sealing.h"
#include "pressing/pressing.h"

/* A site of one cleared story with one picture, and what a test changes about it. */
struct scene {
    struct bench *bench;
    str picture;
    str clearance;
    struct source source;
    struct source_file file;
};

static void chunk(struct buf *b, const char *name, str data) {
    struct buf body;
    str bytes;
    uint32_t big = __builtin_bswap32((uint32_t)data.len);
    buf_init(&body, b->arena, 4096);
    buf_add(&body, str_of(name));
    buf_add(&body, data);
    good(buf_finish(&body, &bytes));
    buf_add(b, (str){(const char *)&big, 4});
    buf_add(b, bytes);
    big = __builtin_bswap32(libdeflate_crc32(0, bytes.ptr, bytes.len));
    buf_add(b, (str){(const char *)&big, 4});
}

/* A PNG of one grey pixel; with `comment`, one that says something. */
static str png_of(struct arena *a, const char *comment) {
    struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(6);
    struct buf b;
    str bytes;
    char pixels[64];
    size_t size = libdeflate_zlib_compress(compressor, "\0\x80", 2, pixels, sizeof pixels);
    libdeflate_free_compressor(compressor);
    buf_init(&b, a, 4096);
    buf_add(&b, STR("\x89PNG\r\n\x1A\n"));
    chunk(&b, "IHDR", STR("\0\0\0\1\0\0\0\1\x08\0\0\0\0"));
    if (comment != NULL) chunk(&b, "tEXt", str_of(comment));
    chunk(&b, "IDAT", (str){pixels, size});
    chunk(&b, "IEND", (str){0});
    good(buf_finish(&b, &bytes));
    return bytes;
}

static str gzip_of(struct arena *a, str body) {
    struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(6);
    char *room = arena_alloc(a, body.len + 100);
    size_t size = libdeflate_gzip_compress(compressor, body.ptr, body.len, room, body.len + 100);
    libdeflate_free_compressor(compressor);
    assert_true(size > 0);
    return (str){room, size};
}

/* States that nobody appears, and clears. */
static str clear(struct bench *bench, const struct source *source) {
    unsigned char hash[32];
    struct gate_examine request = {.source = *source, .road = STR("web"), .by = STR("Editor")};
    struct clearing_wish wish = {.examine = &request, .gives = true};
    struct gate_answer answer = {0};
    good(source_hash(&bench->arena, source, hash));
    state_one(bench, source->key, hash, STR(""), 0);
    good(ledger_begin(bench->ledger));
    good(bench_finish(bench, clearing_examine(bench->ledger, &bench->arena, &wish, &answer)));
    assert_true(answer.clearance.len > 0);
    return answer.clearance;
}

static void set_scene(struct bench *bench, str picture, struct scene *ret_scene) {
    *ret_scene = (struct scene){.bench = bench, .picture = picture};
    vault_hash(picture, ret_scene->file.hash);
    struct source_picture *cover = arena_alloc(&bench->arena, sizeof *cover);
    *cover = (struct source_picture){
        .media = 7, .place = STR("cover"), .files = &ret_scene->file, .file_count = 1};
    ret_scene->source = (struct source){.key = STR("12/en"),
                                        .kind = STR("story"),
                                        .language = STR("en"),
                                        .pictures = cover,
                                        .picture_count = 1};
    state_one(bench, STR("m7"), NULL, STR(""), 0);
    ret_scene->clearance = clear(bench, &ret_scene->source);
}

static const uint32_t FIRST[] = {0};

static struct pressing_page story_page(struct bench *bench) {
    str body = STR("<p>The kettle whistled, whistled, whistled, whistled, whistled.</p>");
    return (struct pressing_page){.path = STR("/en/blog/kettle/"),
                                  .status = 200,
                                  .body = body,
                                  .gzip = gzip_of(&bench->arena, body),
                                  .clearances = FIRST,
                                  .clearance_count = 1};
}

static struct pressing_page picture_page(const struct scene *scene) {
    return (struct pressing_page){.path = STR("/media/1f.png"),
                                  .status = 200,
                                  .type = PRESSING_PNG,
                                  .body = scene->picture,
                                  .clearances = FIRST,
                                  .clearance_count = 1};
}

static int open_file(const struct bench *bench, str name, const char *suffix) {
    char path[64];
    snprintf(path, sizeof path, STR_FMT "%s", STR_ARG(name), suffix);
    int fd = openat(bench->folder, path, O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    unlinkat(bench->folder, path, 0);
    return fd;
}

/* The index and the one pack of a finished pressing. */
static void open_files(const struct bench *bench, str name, int files[2]) {
    const struct pressing_place place = {.sys = &bench->sys, .folder = bench->folder};
    CLEANUP(pressing_close) struct pressing *pressing = NULL;
    good(pressing_open(&place, name, &pressing));
    assert_int_equal(pressing_pack_count(pressing), 1);
    files[0] = open_file(bench, name, ".index");
    files[1] = open_file(bench, pressing_pack_name(pressing, 0), ".pack");
}

/* The hash by which a pressing knows a clearance. */
static void declare(struct pressing_writer *writer, str clearance, uint32_t *ret_number) {
    unsigned char hash[CLEARANCE_HASH_BYTES];
    vault_hash(str_slice(clearance, 0, clearance.len - CLEARANCE_SIGNATURE_BYTES), hash);
    good(pressing_writer_clearance(writer, hash, ret_number));
}

/* Presses these pages with the scene's clearance; files[0] is the index, files[1] the pack. */
static void press(const struct scene *scene, const struct pressing_page *pages, size_t count,
                  int files[2]) {
    struct bench *bench = scene->bench;
    CLEANUP(pressing_writer_close) struct pressing_writer *writer = NULL;
    uint32_t number = 0;
    str name;
    good(pressing_writer_open(&bench->sys, bench->folder, NULL, &writer));
    declare(writer, scene->clearance, &number);
    for (size_t i = 0; i < count; i++) good(pressing_writer_page(writer, &pages[i]));
    good(pressing_writer_finish(writer, &bench->arena, &name));
    open_files(bench, name, files);
}

static struct sealing_wish handed(const int files[2]) {
    return (struct sealing_wish){
        .files = {.index = files[0], .packs = files + 1, .pack_count = 1},
        .live = -1,
        .by = STR("Editor"),
    };
}

static void read_files(struct bench *bench, const int files[2], struct gate_seal_reply *ret_reply) {
    const struct sealing_wish wish = handed(files);
    good(ledger_begin(bench->ledger));
    good(bench_finish(bench, sealing_read(bench->ledger, &bench->arena, &wish, ret_reply)));
}

static struct gate_seal_reply seal(const struct scene *scene, const struct pressing_page *pages,
                                   size_t count) {
    int files[2] = {-1, -1};
    struct gate_seal_reply reply;
    press(scene, pages, count, files);
    read_files(scene->bench, files, &reply);
    close(files[0]);
    close(files[1]);
    return reply;
}

static void expect_refused(const struct gate_seal_reply *reply, const char *rule, str place,
                           const char *words) {
    static const unsigned char zeros[64];
    assert_int_equal(reply->sealed, 0);
    assert_memory_equal(reply->signature, zeros, sizeof zeros);
    if (reply->count == 0) fail_msg("sealed; wanted %s %s", rule, words);
    const struct gate_finding *found = &reply->findings[0];
    if (!str_eq(found->rule, str_of(rule)) || !str_eq(found->place, place) ||
        !str_contains(found->text, str_of(words))) {
        fail_msg(STR_FMT " " STR_FMT ": " STR_FMT, STR_ARG(found->rule), STR_ARG(found->place),
                 STR_ARG(found->text));
    }
}

/* ---- What is sound -------------------------------------------------------------------------- */

static void a_sound_pressing_is_sealed_and_the_seal_verifies(void **state) {
    struct bench *bench = *state;
    struct scene scene;
    struct gate_seal_reply reply;
    struct gate_status status;
    int files[2];
    set_scene(bench, png_of(&bench->arena, NULL), &scene);
    const struct pressing_page pages[] = {
        story_page(bench),
        picture_page(&scene),
        {.path = STR("/robots.txt"), .status = 200, .type = PRESSING_TEXT, .body = STR("Allow: /")},
        {.path = STR("/assets/site-1.css"),
         .status = 200,
         .type = PRESSING_CSS,
         .body = STR("p{}")},
        {.path = STR("/assets/icon-1.svg"),
         .status = 200,
         .type = PRESSING_SVG,
         .body = STR("<svg width=\"1\"></svg>")},
        {.path = STR("/.gone/1"),
         .status = 410,
         .body = STR("<p>gone"),
         .clearances = FIRST,
         .clearance_count = 1},
        {.path = STR("/old/"),
         .status = 301,
         .location = STR("/en/"),
         .clearances = FIRST,
         .clearance_count = 1}};
    press(&scene, pages, COUNT_OF(pages), files);
    ledger_status(bench->ledger, &status);
    int64_t events = status.events;
    read_files(bench, files, &reply);
    if (reply.count > 0) fail_msg(STR_FMT, STR_ARG(reply.findings[0].text));
    assert_int_equal(reply.sealed, 1);
    assert_int_equal(reply.sealed_at, BENCH_NOW);
    assert_int_equal(reply.blobs, COUNT_OF(pages));
    ledger_status(bench->ledger, &status);
    assert_int_equal(status.events, events + 2); /* that it was sealed, and what it let out */
    CLEANUP(pressing_close) struct pressing *pressing = NULL;
    struct pressing_seal record = {.sealed_at = reply.sealed_at, .rules = (uint64_t)reply.rules};
    unsigned char message[PRESSING_SEAL_MESSAGE_BYTES];
    const struct sealing_wish wish = handed(files);
    good(pressing_open_files(&bench->sys, &wish.files, NULL, &pressing));
    pressing_seal_message(&record, pressing_index_bytes(pressing), message);
    assert_true(vault_verify(status.clearing_key, (str){(const char *)message, sizeof message},
                             reply.signature));
    close(files[0]);
    close(files[1]);
}

/* ---- Clearances ----------------------------------------------------------------------------- */

static void a_page_without_a_clearance_is_refused(void **state) {
    struct bench *bench = *state;
    struct scene scene;
    set_scene(bench, png_of(&bench->arena, NULL), &scene);
    static const struct {
        enum pressing_type type;
        uint16_t status;
        str path;
    } CASES[] = {
        {PRESSING_HTML, 200, {"/en/", 4}},         {PRESSING_RSS, 200, {"/en/feed.xml", 12}},
        {PRESSING_XML, 200, {"/sitemap.xml", 12}}, {PRESSING_HTML, 404, {"/404", 4}},
        {PRESSING_TEXT, 200, {"/story.txt", 10}},  {PRESSING_CSS, 200, {"/story.css", 10}}};
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        struct pressing_page page = {.path = CASES[i].path,
                                     .status = CASES[i].status,
                                     .type = CASES[i].type,
                                     .body = STR("text")};
        struct gate_seal_reply reply = seal(&scene, &page, 1);
        expect_refused(&reply, "R26", CASES[i].path, "names no clearance");
    }
}

static void a_foreign_clearance_is_refused(void **state) {
    struct bench *bench = *state;
    struct scene scene;
    set_scene(bench, png_of(&bench->arena, NULL), &scene);
    char *forged = arena_alloc(&bench->arena, scene.clearance.len);
    memcpy(forged, scene.clearance.ptr, scene.clearance.len);
    forged[20] ^= 1;
    scene.clearance.ptr = forged;
    struct pressing_page page = story_page(bench);
    struct gate_seal_reply reply = seal(&scene, &page, 1);
    expect_refused(&reply, "R26", STR("clearances"), "not given by this gate");
}

static void a_clearance_that_ended_is_refused(void **state) {
    struct bench *bench = *state;
    struct scene scene;
    set_scene(bench, png_of(&bench->arena, NULL), &scene);
    struct pressing_page page = story_page(bench);
    bench->fault.now = BENCH_NOW + 24 * BENCH_MONTH;
    struct gate_seal_reply reply = seal(&scene, &page, 1);
    expect_refused(&reply, "R26", STR("12/en"), "time has ended");
    assert_int_equal(reply.ended_count, 1);
    bench->fault.now = BENCH_NOW;
    assert_int_equal(seal(&scene, &page, 1).sealed, 1);
    good(try_withdrawal(bench, STR("m7"), STR("")));
    reply = seal(&scene, &page, 1);
    expect_refused(&reply, "R26", STR("12/en"), "was withdrawn");
}

/* ---- Pictures ------------------------------------------------------------------------------- */

static void a_picture_that_was_not_cleared_is_refused(void **state) {
    struct bench *bench = *state;
    struct scene scene;
    set_scene(bench, STR("some other picture"), &scene);
    scene.picture = png_of(&bench->arena, NULL);
    struct pressing_page page = picture_page(&scene);
    struct gate_seal_reply reply = seal(&scene, &page, 1);
    expect_refused(&reply, "R26", page.path, "not among the files");
}

static void a_picture_with_a_word_in_it_is_refused_though_cleared(void **state) {
    struct bench *bench = *state;
    struct scene scene;
    set_scene(bench, png_of(&bench->arena, "Author\0A. Real Name"), &scene);
    struct pressing_page page = picture_page(&scene);
    struct gate_seal_reply reply = seal(&scene, &page, 1);
    expect_refused(&reply, "R08", page.path, "byte");
}

static void bytes_behind_a_picture_are_refused(void **state) {
    struct bench *bench = *state;
    struct scene scene;
    struct buf b;
    str bytes;
    buf_init(&b, &bench->arena, 4096);
    buf_add(&b, png_of(&bench->arena, NULL));
    buf_add(&b, STR("her name"));
    good(buf_finish(&b, &bytes));
    set_scene(bench, bytes, &scene);
    struct pressing_page page = picture_page(&scene);
    struct gate_seal_reply reply = seal(&scene, &page, 1);
    expect_refused(&reply, "R08", page.path, "byte");
}

static void a_picture_under_another_type_is_refused(void **state) {
    struct bench *bench = *state;
    struct scene scene;
    set_scene(bench, png_of(&bench->arena, NULL), &scene);
    struct pressing_page page = picture_page(&scene);
    page.type = PRESSING_HTML; /* text that is not text */
    struct gate_seal_reply reply = seal(&scene, &page, 1);
    expect_refused(&reply, "R25", page.path, "not clean UTF-8");
    page.type = PRESSING_JSON;
    reply = seal(&scene, &page, 1);
    expect_refused(&reply, "R24", page.path, "no reader");
    page.type = PRESSING_SVG;
    reply = seal(&scene, &page, 1);
    expect_refused(&reply, "R24", page.path, "more than shapes");
    page.type = PRESSING_ATOM;
    reply = seal(&scene, &page, 1);
    expect_refused(&reply, "R25", page.path, "not clean UTF-8");
    page.type = PRESSING_JSON_FEED;
    reply = seal(&scene, &page, 1);
    expect_refused(&reply, "R25", page.path, "not JSON (at byte 0)");
    page.type = PRESSING_MANIFEST;
    reply = seal(&scene, &page, 1);
    expect_refused(&reply, "R25", page.path, "not JSON (at byte 0)");
}

/* ---- Compressed forms and packs ------------------------------------------------------------- */

static void a_compressed_form_that_says_something_else_is_refused(void **state) {
    struct bench *bench = *state;
    struct scene scene;
    set_scene(bench, png_of(&bench->arena, NULL), &scene);
    struct pressing_page page = story_page(bench);
    struct buf b;
    str named;
    buf_init(&b, &bench->arena, 4096); /* a head with a file name, RFC 1952, 2.3.1 */
    buf_add(&b, STR("\x1F\x8B\x08\x08\0\0\0\0\0\xFFher-name\0"));
    buf_add(&b, str_skip(page.gzip, 10));
    good(buf_finish(&b, &named));
    struct pressing_page longer = page;
    buf_init(&b, &bench->arena, 4096);
    buf_add(&b, page.gzip);
    buf_add(&b, STR("tail"));
    good(buf_finish(&b, &longer.gzip));
    const str GZIPS[] = {named, longer.gzip, gzip_of(&bench->arena, STR("another page")),
                         STR("\x1F\x8B"), str_slice(page.gzip, 0, page.gzip.len - 1)};
    for (size_t i = 0; i < COUNT_OF(GZIPS); i++) {
        page.gzip = GZIPS[i];
        struct gate_seal_reply reply = seal(&scene, &page, 1);
        expect_refused(&reply, "R25", STR("pack"), "/en/blog/kettle/");
    }
}

static void files_damaged_at_any_byte_are_not_sealed(void **state) {
    struct bench *bench = *state;
    struct scene scene;
    int files[2];
    set_scene(bench, png_of(&bench->arena, NULL), &scene);
    const struct pressing_page pages[] = {story_page(bench), picture_page(&scene)};
    press(&scene, pages, COUNT_OF(pages), files);
    for (int which = 0; which < 2; which++) {
        off_t size = lseek(files[which], 0, SEEK_END);
        for (off_t at = 0; at < size; at++) {
            unsigned char byte = 0;
            struct gate_seal_reply reply;
            assert_int_equal(pread(files[which], &byte, 1, at), 1);
            byte ^= 0x11;
            assert_int_equal(pwrite(files[which], &byte, 1, at), 1);
            read_files(bench, files, &reply);
            /* A few bytes may be otherwise in an honest index: the time, a letter of a path. */
            bool may_be = which == 0 && (reply.sealed != 0);
            if (!may_be) assert_true(reply.count > 0);
            byte ^= 0x11;
            assert_int_equal(pwrite(files[which], &byte, 1, at), 1);
        }
    }
    close(files[0]);
    close(files[1]);
}

static void things_that_are_no_files_are_refused(void **state) {
    struct bench *bench = *state;
    struct gate_seal_reply reply;
    int pipes[2];
    assert_int_equal(pipe(pipes), 0);
    read_files(bench, pipes, &reply);
    expect_refused(&reply, "R24", STR("index"), "empty");
    close(pipes[0]);
    close(pipes[1]);
    int closed[2] = {-1, -1};
    good(ledger_begin(bench->ledger));
    const struct sealing_wish wish = handed(closed);
    err e = sealing_read(bench->ledger, &bench->arena, &wish, &reply);
    assert_int_equal(bench_finish(bench, e).kind, ERR_IO);
}

/* ---- What was read before ------------------------------------------------------------------- */

/* The index in files[0] as it lies there when the pressing is live: with its seal behind it. */
static int sealed_index(struct bench *bench, const int files[2],
                        const struct gate_seal_reply *reply) {
    const str name = STR("00000000000000ff-00000000000000ff");
    const char *const file = "00000000000000ff-00000000000000ff.index";
    struct pressing_seal seal = {.sealed_at = reply->sealed_at, .rules = (uint64_t)reply->rules};
    char bytes[4096];
    memcpy(seal.signature, reply->signature, sizeof seal.signature);
    ssize_t size = pread(files[0], bytes, sizeof bytes, 0);
    assert_true(size > 0 && (size_t)size < sizeof bytes);
    int fd = openat(bench->folder, file, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    assert_int_equal(write(fd, bytes, (size_t)size), size);
    good(pressing_attach_seal(&bench->arena, bench->folder, name, &seal));
    unlinkat(bench->folder, file, 0);
    return fd;
}

static void flip(int fd, off_t at) {
    unsigned char byte = 0;
    assert_int_equal(pread(fd, &byte, 1, at), 1);
    byte ^= 0x11;
    assert_int_equal(pwrite(fd, &byte, 1, at), 1);
}

static struct gate_seal_reply ask(struct bench *bench, const struct sealing_wish *wish) {
    struct gate_seal_reply reply;
    good(ledger_begin(bench->ledger));
    good(bench_finish(bench, sealing_read(bench->ledger, &bench->arena, wish, &reply)));
    return reply;
}

static void what_was_sealed_here_before_is_not_read_again(void **state) {
    struct bench *bench = *state;
    struct scene scene;
    int files[2];
    struct gate_seal_reply reply;
    set_scene(bench, png_of(&bench->arena, NULL), &scene);
    const struct pressing_page pages[] = {story_page(bench), picture_page(&scene)};
    press(&scene, pages, COUNT_OF(pages), files);
    read_files(bench, files, &reply);
    assert_int_equal(reply.sealed, 1);
    struct sealing_wish wish = handed(files);
    flip(files[1], 40); /* only who reads the pack can see it */
    assert_int_equal(ask(bench, &wish).sealed, 0);
    wish.live = sealed_index(bench, files, &reply);
    assert_int_equal(ask(bench, &wish).sealed, 1);
    /* Not our seal, or none: everything is read. */
    off_t end = lseek(wish.live, 0, SEEK_END);
    flip(wish.live, end - 60);
    assert_int_equal(ask(bench, &wish).sealed, 0);
    flip(wish.live, end - 60);
    assert_int_equal(ask(bench, &wish).sealed, 1);
    assert_int_equal(ftruncate(wish.live, end - PRESSING_SEAL_BYTES), 0);
    assert_int_equal(ask(bench, &wish).sealed, 0);
    close(wish.live);
    close(files[0]);
    close(files[1]);
}

static void what_was_sealed_before_must_still_stand(void **state) {
    struct bench *bench = *state;
    struct scene scene;
    int files[2];
    struct gate_seal_reply reply;
    set_scene(bench, png_of(&bench->arena, NULL), &scene);
    const struct pressing_page pages[] = {story_page(bench), picture_page(&scene)};
    press(&scene, pages, COUNT_OF(pages), files);
    read_files(bench, files, &reply);
    struct sealing_wish wish = handed(files);
    wish.live = sealed_index(bench, files, &reply);
    good(try_withdrawal(bench, STR("m7"), STR("")));
    reply = ask(bench, &wish);
    expect_refused(&reply, "R26", STR("12/en"), "was withdrawn");
    close(wish.live);
    close(files[0]);
    close(files[1]);
}

static void a_new_page_beside_old_ones_is_read(void **state) {
    struct bench *bench = *state;
    struct scene scene;
    int files[2];
    int more[2];
    struct gate_seal_reply reply;
    set_scene(bench, png_of(&bench->arena, NULL), &scene);
    struct pressing_page pages[] = {story_page(bench), story_page(bench)};
    press(&scene, pages, 1, files);
    read_files(bench, files, &reply);
    pages[1].path = STR("/en/blog/late/");
    pages[1].body = STR("not clean: \xFF");
    pages[1].gzip = (str){0};
    press(&scene, pages, 2, more);
    struct sealing_wish wish = handed(more);
    wish.live = sealed_index(bench, files, &reply);
    reply = ask(bench, &wish);
    expect_refused(&reply, "R25", pages[1].path, "not clean UTF-8");
    close(wish.live);
    for (int i = 0; i < 2; i++) {
        close(files[i]);
        close(more[i]);
    }
}

/* ---- Many ----------------------------------------------------------------------------------- */

static void thousands_of_items_are_sealed_in_a_breath(void **state) {
    struct bench *bench = *state;
    CLEANUP(pressing_writer_close) struct pressing_writer *writer = NULL;
    enum { MANY = 2000, PEOPLE = 500, SECONDS_MAX = 10 };
    int files[2];
    str name;
    struct gate_seal_reply reply;
    state_one(bench, STR("m7"), NULL, STR(""), 0);
    for (int i = 0; i < PEOPLE; i++) {
        str pseudonym;
        good(arena_printf(&bench->arena, &pseudonym, "Person %d", i));
        add_person(bench, pseudonym, STR("free"), STR(""));
        add_consent(bench, pseudonym, STR("*"), GATE_ALL_PARTS);
        good(try_risk(bench, pseudonym, 0));
    }
    good(pressing_writer_open(&bench->sys, bench->folder, NULL, &writer));
    for (int i = 0; i < MANY; i++) {
        struct source source = {.kind = STR("story"), .language = STR("en")};
        unsigned char hash[32];
        uint32_t number[1];
        str person;
        str path;
        good(arena_printf(&bench->arena, &source.key, "%d/en", i));
        good(arena_printf(&bench->arena, &person, "Person %d", i % PEOPLE));
        good(arena_printf(&bench->arena, &path, "/en/%d/", i));
        good(source_hash(&bench->arena, &source, hash));
        state_one(bench, source.key, hash, person, GATE_ALIAS);
        struct gate_examine request = {.source = source, .road = STR("web"), .by = STR("E")};
        struct clearing_wish wish = {.examine = &request, .gives = true};
        struct gate_answer answer;
        good(ledger_begin(bench->ledger));
        good(bench_finish(bench, clearing_examine(bench->ledger, &bench->arena, &wish, &answer)));
        declare(writer, answer.clearance, number);
        good(pressing_writer_page(writer, &(struct pressing_page){.path = path,
                                                                  .status = 200,
                                                                  .body = path,
                                                                  .clearances = number,
                                                                  .clearance_count = 1}));
    }
    good(pressing_writer_finish(writer, &bench->arena, &name));
    open_files(bench, name, files);
    int64_t before = bench->sys.ticks_ns(bench->sys.ctx);
    read_files(bench, files, &reply);
    assert_int_equal(reply.sealed, 1);
    assert_true(bench->sys.ticks_ns(bench->sys.ctx) - before < SECONDS_MAX * 1000000000LL);
    close(files[0]);
    close(files[1]);
}

/* ---- Faults --------------------------------------------------------------------------------- */

static void every_failed_call_of_sealing_is_an_error_or_no_seal(void **state) {
    struct bench *bench = *state;
    struct scene scene;
    int files[2];
    set_scene(bench, png_of(&bench->arena, NULL), &scene);
    const struct pressing_page pages[] = {story_page(bench), picture_page(&scene)};
    press(&scene, pages, COUNT_OF(pages), files);
    const struct sealing_wish wish = handed(files);
    for (int n = 1; n < FAULT_RUNS_MAX; n++) {
        CLEANUP(arena_done) struct arena a;
        struct gate_seal_reply reply = {0};
        arena_init(&a, &bench->sys, BENCH_ARENA_CAP);
        good(ledger_begin(bench->ledger));
        bench->fault.calls = 0;
        bench->fault.fail_at = n;
        err e = sealing_read(bench->ledger, &a, &wish, &reply);
        bool met = bench->fault.calls >= n;
        bench->fault.fail_at = 0;
        assert_int_equal(e.kind != ERR_NONE, met);
        assert_int_equal(reply.sealed, !met);
        assert_int_equal(bench_finish(bench, e).kind, e.kind);
        if (!met) break;
    }
    close(files[0]);
    close(files[1]);
}

#define SEALING_TEST(name) cmocka_unit_test_setup_teardown(name, bench_begin, bench_end)

int main(void) {
    const struct CMUnitTest tests[] = {
        SEALING_TEST(a_sound_pressing_is_sealed_and_the_seal_verifies),
        SEALING_TEST(a_page_without_a_clearance_is_refused),
        SEALING_TEST(a_foreign_clearance_is_refused),
        SEALING_TEST(a_clearance_that_ended_is_refused),
        SEALING_TEST(a_picture_that_was_not_cleared_is_refused),
        SEALING_TEST(a_picture_with_a_word_in_it_is_refused_though_cleared),
        SEALING_TEST(bytes_behind_a_picture_are_refused),
        SEALING_TEST(a_picture_under_another_type_is_refused),
        SEALING_TEST(a_compressed_form_that_says_something_else_is_refused),
        SEALING_TEST(files_damaged_at_any_byte_are_not_sealed),
        SEALING_TEST(things_that_are_no_files_are_refused),
        SEALING_TEST(what_was_sealed_here_before_is_not_read_again),
        SEALING_TEST(what_was_sealed_before_must_still_stand),
        SEALING_TEST(a_new_page_beside_old_ones_is_read),
        SEALING_TEST(thousands_of_items_are_sealed_in_a_breath),
        SEALING_TEST(every_failed_call_of_sealing_is_an_error_or_no_seal),
    };
    return cmocka_run_group_tests_name("sealing", tests, NULL, NULL);
}
