/* pressing_model_test.c: hundreds of pressings, each upon the last, beside a plain list of what the
 * street should see. After each: every path answers as the list says, no byte of what was edited or
 * withdrawn is in the folder, the files are those that are named, and pressing it all from nothing,
 * or out of the packs alone, comes to the same. */
#include "pressing/pressing_testing.h"

enum {
    PATHS = 24,
    STEPS = 120,
    DEAD_MAX = 4000,
    WORDS_MAX = 3,
    BODY_BYTES_MAX = 5000,
    STATUS_NONE = 0,
};

/* What one path answers. */
struct entry {
    uint16_t status;      /* STATUS_NONE: nothing */
    bool is_changed;      /* since the last pressing */
    int version;          /* of the body or of the redirect */
    int words[WORDS_MAX]; /* clearances: numbers of which the words are made */
    size_t word_count;
};

/* Bytes that were there once, and the clearances that covered them. */
struct dead {
    char needle[32];
    int words[WORDS_MAX];
    size_t word_count;
};

struct model {
    struct bench *bench;
    struct entry entries[PATHS];
    struct dead dead[DEAD_MAX];
    size_t dead_count;
    int next;       /* version or clearance, each once */
    uint64_t state; /* of the generator */
};

/* xorshift64*: the same steps for the same seed. */
static unsigned chance(struct model *m, unsigned below) {
    m->state ^= m->state >> 12;
    m->state ^= m->state << 25;
    m->state ^= m->state >> 27;
    return (unsigned)((m->state * 0x2545F4914F6CDD1DU) >> 33) % below;
}

static str path_of(struct arena *a, size_t number) {
    str path;
    good(arena_printf(a, &path, "/en/qp%zuqp/", number));
    return path;
}

/* A needle, and behind it as much as the version says. */
static str body_of(struct arena *a, const struct entry *entry) {
    struct buf body;
    str bytes;
    buf_init(&body, a, SMALL_CAP);
    buf_printf(&body, "qv%dvq", entry->version);
    size_t fill = (size_t)entry->version * 7919 % BODY_BYTES_MAX;
    while (body.len < fill) buf_printf(&body, "%zu ", body.len);
    good(buf_finish(&body, &bytes));
    return bytes;
}

static struct pressing_page page_of(struct arena *a, const struct model *m, size_t number) {
    const struct entry *entry = &m->entries[number];
    struct pressing_page page = {.path = path_of(a, number), .status = entry->status};
    if (entry->status == 301) {
        good(arena_printf(a, &page.location, "/qv%dvq", entry->version));
        return page;
    }
    page.body = body_of(a, entry);
    if (entry->version % 3 > 0) good(arena_printf(a, &page.gzip, "gz%d", entry->version));
    if (entry->version % 3 > 1) good(arena_printf(a, &page.brotli, "br%d", entry->version));
    return page;
}

static str word_of(struct arena *a, int number) {
    str word;
    good(arena_printf(a, &word, "clearance %d", number));
    return word;
}

/* ---- Steps ----------------------------------------------------------------------------------- */

static void bury(struct model *m, size_t number) {
    const struct entry *entry = &m->entries[number];
    if (entry->status == STATUS_NONE) return;
    struct dead body = {.word_count = entry->word_count};
    memcpy(body.words, entry->words, sizeof body.words);
    struct dead path = body;
    snprintf(body.needle, sizeof body.needle, "qv%dvq", entry->version);
    snprintf(path.needle, sizeof path.needle, "qp%zuqp", number);
    assert_true(m->dead_count + 2 <= DEAD_MAX);
    m->dead[m->dead_count++] = body;
    m->dead[m->dead_count++] = path;
}

static void give_words(struct model *m, struct entry *entry) {
    entry->word_count = 1 + chance(m, WORDS_MAX);
    entry->words[0] = m->next++;
    for (size_t i = 1; i < entry->word_count; i++) { /* as a list shows another story */
        const struct entry *other = &m->entries[chance(m, PATHS)];
        entry->words[i] = other->status == STATUS_NONE ? m->next++ : other->words[0];
    }
}

static void change(struct model *m, size_t number) {
    struct entry *entry = &m->entries[number];
    switch (chance(m, 6)) {
    case 0: /* called back */
        bury(m, number);
        entry->status = STATUS_NONE;
        return;
    case 1: /* cleared again, the same bytes */
        if (entry->status == STATUS_NONE) return;
        bury(m, number); /* what was said of it before */
        give_words(m, entry);
        break;
    case 2: /* a redirect */
        bury(m, number);
        *entry = (struct entry){.status = 301, .version = m->next++};
        give_words(m, entry);
        break;
    case 3: /* rendered anew under the same clearances, as a list is */
        if (entry->status == STATUS_NONE) return;
        bury(m, number);
        entry->version = m->next++;
        break;
    case 4: /* the body of another */
        bury(m, number);
        *entry = m->entries[chance(m, PATHS)];
        if (entry->status == STATUS_NONE) return;
        break;
    default:
        bury(m, number);
        *entry = (struct entry){.status = 200, .version = m->next++};
        give_words(m, entry);
    }
    entry->is_changed = true;
}

static bool is_named(const struct model *m, int word) {
    for (size_t i = 0; i < PATHS; i++) {
        const struct entry *entry = &m->entries[i];
        for (size_t j = 0; entry->status != STATUS_NONE && j < entry->word_count; j++) {
            if (entry->words[j] == word) return true;
        }
    }
    return false;
}

/* ---- Pressing -------------------------------------------------------------------------------- */

static err write_one(struct arena *a, const struct model *m, size_t number,
                     struct pressing_writer *writer) {
    const struct entry *entry = &m->entries[number];
    struct pressing_page page = page_of(a, m, number);
    uint32_t numbers[WORDS_MAX];
    for (size_t i = 0; i < entry->word_count; i++) {
        TRY(declare(writer, word_of(a, entry->words[i]), &numbers[i]));
    }
    page.clearances = numbers;
    page.clearance_count = (uint32_t)entry->word_count;
    return pressing_writer_page(writer, &page);
}

static str press(struct model *m, const struct bench *bench, const struct pressing *base) {
    CLEANUP(arena_done) struct arena a;
    CLEANUP(pressing_writer_close) struct pressing_writer *writer = NULL;
    str name;
    arena_init(&a, &m->bench->sys, ARENA_CAP);
    good(pressing_writer_open(a.sys, bench->folder, base, &writer));
    for (size_t i = 0; i < PATHS; i++) {
        size_t kept = 0;
        if (m->entries[i].status == STATUS_NONE) continue;
        if (base == NULL || m->entries[i].is_changed || chance(m, 5) == 0) {
            good(write_one(&a, m, i, writer));
        } else {
            assert_true(pressing_find_number(base, path_of(&a, i), &kept));
            good(pressing_writer_keep(writer, kept));
        }
    }
    good(pressing_writer_finish(writer, &m->bench->arena, &name));
    return name;
}

static void publish(struct model *m, str name) {
    good(seal(&m->bench->arena, m->bench, name));
    good(pressing_publish(&m->bench->arena, m->bench->folder, name));
    for (size_t i = 0; i < PATHS; i++) m->entries[i].is_changed = false;
}

/* ---- Judging --------------------------------------------------------------------------------- */

static void check_words(struct arena *a, const struct pressing *pressing,
                        const struct pressing_page *page, const struct entry *entry) {
    assert_int_equal(page->clearance_count, entry->word_count);
    for (size_t i = 0; i < entry->word_count; i++) {
        bool is_there = false;
        for (uint32_t j = 0; j < page->clearance_count; j++) {
            is_there =
                is_there || is_word(pressing, page->clearances[j], word_of(a, entry->words[i]));
        }
        assert_true(is_there);
    }
}

static void check_answers(const struct model *m, const struct pressing *pressing) {
    size_t count = 0;
    for (size_t i = 0; i < PATHS; i++) {
        CLEANUP(arena_done) struct arena a;
        struct pressing_page found;
        arena_init(&a, &m->bench->sys, SMALL_CAP);
        bool is_there = pressing_find(pressing, path_of(&a, i), &found);
        assert_int_equal(is_there, m->entries[i].status != STATUS_NONE);
        if (!is_there) continue;
        struct pressing_page page = page_of(&a, m, i);
        assert_int_equal(found.status, page.status);
        assert_true(str_eq(found.location, page.location));
        assert_true(str_eq(found.body, page.body));
        assert_true(str_eq(found.gzip, page.gzip));
        assert_true(str_eq(found.brotli, page.brotli));
        check_words(&a, pressing, &found, &m->entries[i]);
        count++;
    }
    assert_int_equal(pressing_page_count(pressing), count);
    good(pressing_verify(pressing, &m->bench->arena, NULL));
}

static bool is_back(const struct model *m, const struct dead *dead) {
    for (size_t i = 0; i < PATHS; i++) {
        char needle[sizeof dead->needle];
        if (m->entries[i].status == STATUS_NONE) continue;
        snprintf(needle, sizeof needle, "qp%zuqp", i);
        if (strcmp(needle, dead->needle) == 0) return true;
        snprintf(needle, sizeof needle, "qv%dvq", m->entries[i].version);
        if (strcmp(needle, dead->needle) == 0) return true;
    }
    return false;
}

static bool is_covered(const struct model *m, const struct dead *dead) {
    for (size_t i = 0; i < dead->word_count; i++) {
        if (!is_named(m, dead->words[i])) return false;
    }
    return true;
}

/* Bytes may lie there for as long as all that covered them, at some time, is named: a page that was
 * rendered anew under the same clearances. Otherwise they are gone, and need not be looked for
 * twice. */
static void check_dead(struct model *m) {
    size_t kept = 0;
    for (size_t i = 0; i < m->dead_count; i++) {
        struct dead dead = m->dead[i];
        bool may_be_there = is_back(m, &dead);
        for (size_t j = 0; j < m->dead_count && !may_be_there; j++) {
            may_be_there =
                strcmp(m->dead[j].needle, dead.needle) == 0 && is_covered(m, &m->dead[j]);
        }
        if (may_be_there) continue;
        if (folder_has(m->bench, str_of(dead.needle))) fail_msg("%s is there", dead.needle);
        m->dead[i].needle[0] = '\0';
    }
    for (size_t i = 0; i < m->dead_count; i++) {
        if (m->dead[i].needle[0] != '\0') m->dead[kept++] = m->dead[i];
    }
    m->dead_count = kept;
}

static void check_folder(struct model *m) {
    CLEANUP(pressing_close) struct pressing *pressing = NULL;
    struct pressing_leftover leftover;
    bool is_left = true;
    good(open_live(m->bench, &pressing));
    check_answers(m, pressing);
    good(pressing_find_leftover(pressing, &m->bench->arena, &is_left, &leftover));
    assert_false(is_left);
    assert_int_equal(files_in(m->bench, false), 2 + pressing_pack_count(pressing));
    check_dead(m);
}

/* The live index is lost; the packs tell it again. */
static void lose_and_repair(struct model *m) {
    char file[64];
    str name;
    good(pressing_current(&m->bench->arena, m->bench->folder, &name));
    snprintf(file, sizeof file, STR_FMT ".index", STR_ARG(name));
    assert_int_equal(unlinkat(m->bench->folder, file, 0), 0);
    err e = pressing_repair(&m->bench->sys, m->bench->folder, &m->bench->arena, &name);
    if (e.kind == ERR_NOT_FOUND)
        name = press(m, m->bench, NULL); /* an empty site has no packs */
    else
        good(e);
    publish(m, name);
}

static void press_from_nothing(struct model *m) {
    void *state = NULL;
    struct pressing *pressing = NULL;
    assert_int_equal(begin(&state), 0);
    struct bench *other = state;
    const struct pressing_place place = {.sys = &other->sys, .folder = other->folder};
    good(pressing_open(&place, press(m, other, NULL), &pressing));
    check_answers(m, pressing);
    pressing_close(&pressing);
    end(&state);
}

static void run(struct bench *bench, uint64_t seed) {
    struct model *m = calloc(1, sizeof *m);
    assert_non_null(m);
    *m = (struct model){.bench = bench, .next = 1, .state = seed};
    publish(m, press(m, bench, NULL));
    for (int step = 0; step < STEPS; step++) {
        CLEANUP(pressing_close) struct pressing *base = NULL;
        struct arena_mark mark = arena_mark(&bench->arena);
        size_t changes = chance(m, 4) == 0 ? chance(m, PATHS) : chance(m, 3);
        for (size_t i = 0; i < changes; i++) change(m, chance(m, PATHS));
        good(open_live(bench, &base));
        publish(m, press(m, bench, chance(m, 20) == 0 ? NULL : base));
        check_folder(m);
        if (chance(m, 4) == 0) {
            lose_and_repair(m);
            check_folder(m);
        }
        if (chance(m, 8) == 0) press_from_nothing(m);
        arena_reset(&bench->arena, mark);
    }
    free(m);
}

static void every_path_answers_as_a_plain_list_says(void **state) {
    for (uint64_t seed = 1; seed <= 8; seed++) {
        run(*state, seed * 0x9E3779B97F4A7C15U);
        files_in(*state, true);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_path_answers_as_a_plain_list_says, begin, end),
    };
    return cmocka_run_group_tests_name("pressing_model", tests, NULL, NULL);
}
