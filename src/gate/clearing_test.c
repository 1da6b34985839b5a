/* clearing_test.c: when a clearance is given, and what ends it. */
#include "gate/gate_oracle.h"

enum { COMMANDS = 5000 };

static struct source_file FILE_OF_PICTURE = {.hash = {0xF1}};

/* The item "12/en" with picture 7 and this body. */
static struct source source_of(struct bench *bench, str key, str body, int64_t media) {
    struct source_text *text = arena_alloc(&bench->arena, sizeof *text);
    struct source_picture *picture = arena_alloc(&bench->arena, sizeof *picture);
    *text = (struct source_text){.place = STR("body"), .text = body};
    *picture = (struct source_picture){
        .media = media, .place = STR("cover"), .files = &FILE_OF_PICTURE, .file_count = 1};
    str group;
    struct source source = {.key = key,
                            .kind = STR("story"),
                            .texts = text,
                            .text_count = 1,
                            .pictures = picture,
                            .picture_count = media > 0};
    str_cut(key, '/', &group, &source.language);
    return source;
}

static void hash_of(struct bench *bench, const struct source *source, unsigned char *ret_hash) {
    good(source_hash(&bench->arena, source, ret_hash));
}

static err examine(struct bench *bench, const struct source *source, bool adopts,
                   struct gate_answer *ret_answer) {
    struct gate_examine request = {.source = *source, .road = STR("web"), .by = STR("Editor")};
    struct clearing_wish wish = {.examine = &request, .adopts = adopts, .gives = true};
    good(ledger_begin(bench->ledger));
    return bench_finish(bench, clearing_examine(bench->ledger, &bench->arena, &wish, ret_answer));
}

/* The bytes of the clearance, or empty. */
static str clear(struct bench *bench, const struct source *source, bool adopts) {
    struct gate_answer answer = {0};
    good(examine(bench, source, adopts, &answer));
    assert_int_equal(answer.clearance.len > 0, answer.count == 0);
    return answer.clearance;
}

/* The record of a clearance, as a pressing that names it would have it found; NULL: not ours. */
static const struct ledger_clearance *find(struct bench *bench, const struct ledger *ledger,
                                           str bytes) {
    unsigned char hash[CLEARANCE_HASH_BYTES];
    const struct clearance *read = NULL;
    struct clearing_index index;
    struct gate_status status;
    ledger_status(bench->ledger, &status);
    good(clearance_read(&bench->arena, status.clearing_key, bytes, &read));
    clearance_hash(read, hash);
    good(clearing_index_make(ledger, &bench->arena, &index));
    return clearing_index_find(&index, hash);
}

static bool stands(struct bench *bench, str clearance, str *ret_reason) {
    const struct ledger_clearance *record = find(bench, bench->ledger, clearance);
    if (record == NULL) {
        *ret_reason = STR("unknown");
        return false;
    }
    good(clearing_stands(bench->ledger, &bench->arena, record, ret_reason));
    return ret_reason->len == 0;
}

static void expect_stands(struct bench *bench, str clearance, const char *words) {
    str reason;
    bool does = stands(bench, clearance, &reason);
    if (words == NULL ? !does : !str_contains(reason, str_of(words))) {
        fail_msg("\"" STR_FMT "\", wanted \"%s\"", STR_ARG(reason), words == NULL ? "" : words);
    }
}

/* A cleared story: Kettle appears in the text under an alias, nobody in picture 7. */
static str cleared_story(struct bench *bench, struct source *ret_source) {
    unsigned char hash[32];
    *ret_source = source_of(bench, STR("12/en"), STR("The kettle whistled."), 7);
    hash_of(bench, ret_source, hash);
    add_person(bench, STR("Kettle"), STR("free"), STR(""));
    add_consent(bench, STR("Kettle"), STR("12/*"), GATE_ALIAS);
    good(try_risk(bench, STR("Kettle"), 0));
    state_one(bench, STR("12/en"), hash, STR("Kettle"), GATE_ALIAS);
    state_one(bench, STR("m7"), NULL, STR(""), 0);
    str clearance = clear(bench, ret_source, false);
    assert_true(clearance.len > 0);
    expect_stands(bench, clearance, NULL);
    return clearance;
}

/* ---- Giving --------------------------------------------------------------------------------- */

static void nothing_clears_without_a_statement(void **state) {
    struct bench *bench = *state;
    unsigned char hash[32];
    struct source source = source_of(bench, STR("12/en"), STR("text"), 7);
    hash_of(bench, &source, hash);
    struct gate_answer answer;
    good(examine(bench, &source, false, &answer));
    assert_int_equal(answer.count, 2); /* the text, the picture */
    assert_true(str_eq(answer.findings[0].rule, STR("R00")));
    assert_int_equal(answer.clearance.len, 0);
    state_one(bench, STR("12/en"), hash, STR(""), 0);
    assert_int_equal(clear(bench, &source, false).len, 0);
    state_one(bench, STR("m7"), NULL, STR(""), 0);
    assert_true(clear(bench, &source, false).len > 0);
}

static void a_statement_fits_what_it_was_made_about_alone(void **state) {
    struct bench *bench = *state;
    struct source source;
    cleared_story(bench, &source);
    struct source edited = source_of(bench, STR("12/en"), STR("The kettle whistled!"), 7);
    assert_int_equal(clear(bench, &edited, false).len, 0);
    struct source other_picture = source_of(bench, STR("12/en"), STR("The kettle whistled."), 8);
    assert_int_equal(clear(bench, &other_picture, false).len, 0);
    assert_true(clear(bench, &source, false).len > 0);
}

static void only_checking_records_nothing(void **state) {
    struct bench *bench = *state;
    struct source source;
    str first = cleared_story(bench, &source);
    struct gate_examine request = {.source = source, .road = STR("web")};
    struct clearing_wish wish = {.examine = &request};
    struct gate_answer answer;
    good(ledger_begin(bench->ledger));
    good(bench_finish(bench, clearing_examine(bench->ledger, &bench->arena, &wish, &answer)));
    assert_int_equal(answer.count, 0);
    assert_int_equal(answer.clearance.len, 0);
    expect_stands(bench, first, NULL);
}

static void wishes_that_cannot_be_are_refused(void **state) {
    struct bench *bench = *state;
    const struct {
        str key;
        str language;
        str road;
        str by;
    } CASES[] = {
        {STR(""), STR("en"), STR("web"), STR("E")},
        {STR("m7"), STR("en"), STR("web"), STR("E")},
        {STR("12"), STR("en"), STR("web"), STR("E")},
        {STR("12/*"), STR("*"), STR("web"), STR("E")},
        {STR("12/ko"), STR("en"), STR("web"), STR("E")}, /* a consent for English is no other */
        {STR("12/en"), STR("en"), STR("mail"), STR("E")},
        {STR("12/en"), STR("en"), STR("*"), STR("E")},
        {STR("12/en"), STR("en"), STR("web"), STR(" ")},
    };
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        struct gate_examine request = {
            .source = {.key = CASES[i].key, .language = CASES[i].language},
            .road = CASES[i].road,
            .by = CASES[i].by};
        struct clearing_wish wish = {.examine = &request, .gives = true};
        struct gate_answer answer;
        good(ledger_begin(bench->ledger));
        err e = clearing_examine(bench->ledger, &bench->arena, &wish, &answer);
        assert_int_equal(bench_finish(bench, e).kind, ERR_INVALID);
    }
}

static void a_picture_without_a_file_is_not_read_and_not_cleared(void **state) {
    struct bench *bench = *state;
    struct source source;
    unsigned char hash[32];
    cleared_story(bench, &source);
    source.pictures[0].file_count = 0;
    hash_of(bench, &source, hash);
    state_one(bench, STR("12/en"), hash, STR("Kettle"), GATE_ALIAS);
    struct gate_answer answer;
    good(examine(bench, &source, false, &answer));
    assert_int_equal(answer.count, 1);
    assert_true(str_eq(answer.findings[0].rule, STR("R24")));
}

/* A card is words of the item: one file of it needs no statement of its own, and is cleared. What
 * else comes without a number is a picture that nobody has answered for. */
static void a_card_is_answered_for_with_its_item_and_nothing_passes_as_one(void **state) {
    struct bench *bench = *state;
    struct source_file files[2] = {{.hash = {7}}, {.hash = {8}}};
    struct source_picture pictures[2] = {{.place = STR("card"), .files = files, .file_count = 1},
                                         {.place = STR("card"), .files = files, .file_count = 1}};
    struct source source = source_of(bench, STR("12/en"), STR("text"), 0);
    unsigned char hash[32];
    source.pictures = pictures;
    source.picture_count = 1;
    hash_of(bench, &source, hash);
    state_one(bench, STR("12/en"), hash, (str){0}, 0);
    str clearance = clear(bench, &source, false);
    assert_true(clearance.len > 0);
    const struct ledger_clearance *record = find(bench, bench->ledger, clearance);
    assert_int_equal(record->cleared.media_count, 0);
    assert_int_equal(record->cleared.file_count, 1);
    assert_memory_equal(record->cleared.files[0].hash, files[0].hash, sizeof files[0].hash);
    for (int wrong = 0; wrong < 4; wrong++) {
        pictures[0].place = wrong == 0 ? STR("body") : STR("card");
        pictures[0].file_count = wrong == 1 ? 2 : 1;
        pictures[0].media = wrong == 2 ? 3 : 0;
        source.picture_count = wrong == 3 ? 2 : 1;
        hash_of(bench, &source, hash);
        state_one(bench, STR("12/en"), hash, (str){0}, 0);
        assert_int_equal(clear(bench, &source, false).len, 0);
    }
}

static void the_end_is_the_earliest_of_what_it_rests_on(void **state) {
    struct bench *bench = *state;
    struct source source;
    struct gate_answer answer;
    cleared_story(bench, &source);
    good(examine(bench, &source, false, &answer));
    assert_int_equal(answer.until, BENCH_NOW + 12 * BENCH_MONTH); /* the risk */
    struct gate_scope scope = {STR("*"), STR("*"), STR("*"), GATE_ALL_PARTS};
    struct gate_consent shorter = {
        .person = STR("Kettle"), .scopes = &scope, .scope_count = 1, .until = BENCH_NOW + 77};
    good(try_consent(bench, &shorter));
    good(examine(bench, &source, false, &answer));
    assert_int_equal(answer.until, BENCH_NOW + 77);
    bench->fault.now = BENCH_NOW + 76;
    expect_stands(bench, answer.clearance, NULL);
    bench->fault.now = BENCH_NOW + 77;
    expect_stands(bench, answer.clearance, "time has ended");
}

/* ---- Ending --------------------------------------------------------------------------------- */

static void a_newer_clearance_takes_the_place_of_the_old(void **state) {
    struct bench *bench = *state;
    struct source source;
    str first = cleared_story(bench, &source);
    str second = clear(bench, &source, false);
    expect_stands(bench, first, "newer");
    expect_stands(bench, second, NULL);
}

static void stating_anew_ends_it(void **state) {
    struct bench *bench = *state;
    struct source source;
    unsigned char hash[32];
    str clearance = cleared_story(bench, &source);
    hash_of(bench, &source, hash);
    state_one(bench, STR("13/en"), hash, STR(""), 0); /* another item */
    expect_stands(bench, clearance, NULL);
    state_one(bench, STR("12/en"), hash, STR("Kettle"), GATE_ALIAS);
    expect_stands(bench, clearance, "stated anew");
    clearance = clear(bench, &source, false);
    state_one(bench, STR("m7"), NULL, STR(""), 0);
    expect_stands(bench, clearance, "picture was stated anew");
}

static void every_way_of_calling_back_ends_it(void **state) {
    (void)state;
    static const struct {
        str key;
        str person;
        bool ends;
    } CASES[] = {
        {{"12/en", 5}, {0}, true},  {{"12/*", 4}, {0}, true},     {{"m7", 2}, {0}, true},
        {{0}, {"Kettle", 6}, true}, {{"12/ko", 5}, {0}, false},   {{"1/*", 3}, {0}, false},
        {{"m70", 3}, {0}, false},   {{0}, {"Lantern", 7}, false},
    };
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        void *own = NULL;
        struct source source;
        struct clearing_snapshot before;
        struct gate_keys ended;
        assert_int_equal(bench_begin(&own), 0);
        struct bench *bench = own;
        str clearance = cleared_story(bench, &source);
        add_person(bench, STR("Lantern"), STR("free"), STR(""));
        good(clearing_snapshot(bench->ledger, &bench->arena, STR(""), &before));
        assert_int_equal(before.count, 1);
        good(try_withdrawal(bench, CASES[i].key, CASES[i].person));
        good(clearing_ended_since(bench->ledger, &bench->arena, &before, &ended));
        assert_int_equal(ended.count, CASES[i].ends);
        str reason;
        assert_int_equal(stands(bench, clearance, &reason), !CASES[i].ends);
        assert_int_equal(clear(bench, &source, false).len > 0, !CASES[i].ends);
        source.origin = STR("https://example.org/kettle"); /* nor by adopting it */
        assert_int_equal(clear(bench, &source, true).len > 0, !CASES[i].ends);
        bench_reopen(bench);
        assert_int_equal(stands(bench, clearance, &reason), false); /* ended or replaced */
        bench_end(&own);
    }
}

static void a_snapshot_of_one_key_sees_what_rests_on_it(void **state) {
    struct bench *bench = *state;
    struct source source;
    struct clearing_snapshot snapshot;
    cleared_story(bench, &source);
    static const struct {
        str key;
        size_t count;
    } CASES[] = {
        {{"", 0}, 1}, {{"12/en", 5}, 1}, {{"m7", 2}, 1}, {{"m8", 2}, 0}, {{"12/ko", 5}, 0}};
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        good(clearing_snapshot(bench->ledger, &bench->arena, CASES[i].key, &snapshot));
        assert_int_equal(snapshot.count, CASES[i].count);
    }
}

/* ---- Adopting ------------------------------------------------------------------------------- */

static void only_what_was_public_can_be_adopted(void **state) {
    struct bench *bench = *state;
    struct source source = source_of(bench, STR("12/en"), STR("text"), 7);
    assert_int_equal(clear(bench, &source, true).len, 0);
    source.origin = STR("  ");
    assert_int_equal(clear(bench, &source, true).len, 0);
    source.origin = STR("https://example.org/kettle");
    struct gate_answer answer;
    good(examine(bench, &source, true, &answer));
    assert_int_equal(answer.until, BENCH_NOW + 12 * BENCH_MONTH);
    const struct clearance *read = NULL;
    struct gate_status status;
    ledger_status(bench->ledger, &status);
    good(clearance_read(&bench->arena, status.clearing_key, answer.clearance, &read));
    assert_int_equal(clearance_terms(read)->adopted, 1);
    assert_int_equal(clear(bench, &source, false).len, 0); /* a debt is not a statement */
}

static void whoever_is_stated_to_appear_must_have_agreed_though_it_is_adopted(void **state) {
    struct bench *bench = *state;
    struct source source = source_of(bench, STR("12/en"), STR("text"), 0);
    source.origin = STR("https://example.org/kettle");
    str clearance = clear(bench, &source, true);
    add_person(bench, STR("Kettle"), STR("free"), STR(""));
    state_one(bench, STR("12/en"), NULL, STR("Kettle"), 0);
    expect_stands(bench, clearance, "stated anew");
    assert_int_equal(clear(bench, &source, true).len, 0);
}

/* ---- Forged --------------------------------------------------------------------------------- */

static void a_clearance_of_another_gate_is_not_found(void **state) {
    struct bench *bench = *state;
    struct source source;
    str ours = cleared_story(bench, &source);
    void *own = NULL;
    assert_int_equal(bench_begin(&own), 0);
    struct source theirs_source;
    str theirs = cleared_story(own, &theirs_source);
    struct bench *other = own;
    assert_non_null(find(other, other->ledger, theirs));
    assert_null(find(bench, other->ledger, ours));
    assert_int_equal(chdir(bench->path), 0);
    assert_null(find(other, bench->ledger, theirs));
    bench_end(&own);
    assert_int_equal(chdir(bench->path), 0);
}

/* ---- Thousands of commands in any order ----------------------------------------------------- */

static const struct oracle_person PEOPLE[ORACLE_PEOPLE] = {
    {"Anna", "free", -1},   {"Bora", "child", 0},   {"Chul", "pow", -1},
    {"Dami", "unknown", 2}, {"Eun", "detained", 0},
};
static const char *const KEYS[] = {"12/en", "12/ko", "13/en"};
static const char *const LANGUAGES[] = {"en", "ko", "en"};
static const char *const MATERIALS[] = {"12/en", "12/*", "*", "m7", "13/en"};
static const char *const WITHDRAWABLE[] = {"12/en", "12/*", "13/en", "m7"};

static uint32_t next(uint64_t *chance, uint32_t below) { /* splitmix64 */
    uint64_t z = *chance += 0x9E3779B97F4A7C15U;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9U;
    z = (z ^ z >> 27) * 0x94D049BB133111EBU;
    return (uint32_t)((z ^ z >> 31) % below);
}

struct tale {
    struct bench *bench;
    struct oracle oracle;
    str clearances[ORACLE_FACTS]; /* by fact */
    uint64_t chance;
};

static struct fact *note(struct tale *t, struct fact fact) {
    assert_true(t->oracle.count < ORACLE_FACTS);
    t->oracle.facts[t->oracle.count] = fact;
    return &t->oracle.facts[t->oracle.count++];
}

static void tell_consent(struct tale *t) {
    int64_t now = t->bench->fault.now;
    struct fact fact = {.kind = FACT_CONSENT,
                        .person = (int)next(&t->chance, ORACLE_PEOPLE),
                        .key = MATERIALS[next(&t->chance, COUNT_OF(MATERIALS))],
                        .road = next(&t->chance, 4) == 0 ? "*" : "web",
                        .language = next(&t->chance, 2) == 0 ? "*" : "en",
                        .shows = next(&t->chance, 4) == 0 ? GATE_FACE : GATE_ALL_PARTS,
                        .from = now + (int64_t)next(&t->chance, 3) * 10 - 10,
                        .until = now + 30 + next(&t->chance, 2000),
                        .embargo = next(&t->chance, 6) == 0 ? now + 20 : 0,
                        .by_guardian = next(&t->chance, 2) == 0};
    struct gate_scope scope = {str_of(fact.key), str_of(fact.road), str_of(fact.language),
                               fact.shows};
    struct gate_consent consent = {.person = str_of(PEOPLE[fact.person].name),
                                   .given_by = fact.by_guardian ? STR("guardian") : STR("self"),
                                   .scopes = &scope,
                                   .scope_count = 1,
                                   .from = fact.from,
                                   .until = fact.until,
                                   .embargo = fact.embargo,
                                   .witness = STR("Director")};
    good(try_consent(t->bench, &consent));
    note(t, fact);
}

static void tell_statement(struct tale *t) {
    uint32_t which = next(&t->chance, COUNT_OF(KEYS) + 1);
    bool has_person = next(&t->chance, 3) > 0;
    struct fact fact = {.kind = FACT_STATEMENT,
                        .key = which < COUNT_OF(KEYS) ? KEYS[which] : "m7",
                        .person = has_person ? (int)next(&t->chance, ORACLE_PEOPLE) : -1,
                        .shows = next(&t->chance, 2) == 0 ? 0 : GATE_ALIAS,
                        .source = (int)next(&t->chance, ORACLE_SOURCES)};
    unsigned char hash[32] = {0};
    if (which < COUNT_OF(KEYS)) {
        struct source source =
            source_of(t->bench, str_of(fact.key), fact.source == 0 ? STR("one") : STR("two"), 7);
        hash_of(t->bench, &source, hash);
    }
    state_one(t->bench, str_of(fact.key), hash,
              has_person ? str_of(PEOPLE[fact.person].name) : STR(""), fact.shows);
    note(t, fact);
}

static void tell_clearance(struct tale *t) {
    uint32_t which = next(&t->chance, COUNT_OF(KEYS));
    struct oracle_use use = {.key = KEYS[which],
                             .media = "m7",
                             .language = LANGUAGES[which],
                             .source = (int)next(&t->chance, ORACLE_SOURCES),
                             .is_adopted = next(&t->chance, 4) == 0,
                             .now = t->bench->fault.now};
    struct source source =
        source_of(t->bench, str_of(use.key), use.source == 0 ? STR("one") : STR("two"), 7);
    /* The origin is part of the source, so a statement fits the item without one or with one. */
    int64_t until = 0;
    if (use.is_adopted) source.origin = STR("https://example.org/");
    struct gate_answer answer = {0};
    good(examine(t->bench, &source, use.is_adopted, &answer));
    bool is_allowed = oracle_allows(&t->oracle, &use, &until);
    assert_int_equal(answer.clearance.len > 0, is_allowed);
    if (!is_allowed) return;
    assert_int_equal(answer.until, until);
    t->clearances[t->oracle.count] = answer.clearance;
    note(t, (struct fact){.kind = FACT_CLEARANCE,
                          .person = -1,
                          .key = use.key,
                          .media = "m7",
                          .language = use.language,
                          .source = use.source,
                          .is_adopted = use.is_adopted,
                          .date = use.now,
                          .until = until});
}

static void tell_withdrawal(struct tale *t) {
    struct fact fact = {.kind = FACT_WITHDRAWN_PERSON,
                        .person = (int)next(&t->chance, ORACLE_PEOPLE)};
    if (next(&t->chance, 12) == 0) { /* seldom: an item never comes back */
        fact = (struct fact){.kind = FACT_WITHDRAWN_KEY,
                             .person = -1,
                             .key = WITHDRAWABLE[next(&t->chance, COUNT_OF(WITHDRAWABLE))]};
    }
    good(try_withdrawal(t->bench, str_of(fact.key),
                        fact.person < 0 ? STR("") : str_of(PEOPLE[fact.person].name)));
    note(t, fact);
}

static void tell_risk(struct tale *t) {
    struct fact fact = {.kind = FACT_RISK,
                        .person = (int)next(&t->chance, ORACLE_PEOPLE),
                        .date = t->bench->fault.now - next(&t->chance, 11 * BENCH_MONTH)};
    good(try_risk(t->bench, str_of(PEOPLE[fact.person].name), fact.date));
    note(t, fact);
}

static void compare(struct tale *t, size_t *stood) {
    size_t from = t->oracle.count > 60 ? t->oracle.count - 60 : 0;
    for (size_t i = from; i < t->oracle.count; i++) {
        str reason;
        if (t->oracle.facts[i].kind != FACT_CLEARANCE) continue;
        bool may = oracle_stands(&t->oracle, i, t->bench->fault.now);
        assert_int_equal(stands(t->bench, t->clearances[i], &reason), may);
        *stood += may;
    }
}

static void tell(struct tale *t, int commands, size_t *stood) {
    for (int i = 0; i < ORACLE_PEOPLE; i++) {
        str link = PEOPLE[i].link < 0 ? STR("") : str_of(PEOPLE[PEOPLE[i].link].name);
        add_person(t->bench, str_of(PEOPLE[i].name), str_of(PEOPLE[i].status), link);
    }
    for (int i = 0; i < commands; i++) {
        uint32_t what = next(&t->chance, 20);
        if (what < 5)
            tell_consent(t);
        else if (what < 9)
            tell_statement(t);
        else if (what < 15)
            tell_clearance(t);
        else if (what < 16)
            tell_withdrawal(t);
        else if (what < 18)
            tell_risk(t);
        else
            t->bench->fault.now += next(&t->chance, 40);
        compare(t, stood);
    }
}

static void no_clearance_stands_that_the_slow_rules_forbid(void **state) {
    (void)state;
    size_t stood = 0;
    enum { TALES = 25 };
    for (uint64_t i = 0; i < TALES; i++) {
        void *own = NULL;
        assert_int_equal(bench_begin(&own), 0);
        struct tale *tale = calloc(1, sizeof *tale);
        tale->bench = own;
        tale->oracle.people = PEOPLE;
        tale->chance = i;
        tell(tale, COMMANDS / TALES, &stood);
        bench_reopen(tale->bench); /* and after a restart all is as it was */
        compare(tale, &stood);
        free(tale);
        bench_end(&own);
    }
    assert_true(stood > 300); /* else the tale was too strict to prove a thing */
}

static err clear_and_ask(struct bench *bench, const struct source *source) {
    CLEANUP(arena_done) struct arena a;
    struct gate_examine request = {.source = *source, .road = STR("web"), .by = STR("Editor")};
    struct clearing_wish wish = {.examine = &request, .gives = true};
    struct gate_answer answer;
    struct clearing_snapshot snapshot;
    struct gate_keys ended;
    arena_init(&a, &bench->sys, BENCH_ARENA_CAP);
    TRY(ledger_begin(bench->ledger));
    err e = clearing_examine(bench->ledger, &a, &wish, &answer);
    if (e.kind == ERR_NONE) e = clearing_snapshot(bench->ledger, &a, STR(""), &snapshot);
    if (e.kind == ERR_NONE) e = clearing_ended_since(bench->ledger, &a, &snapshot, &ended);
    if (e.kind == ERR_NONE) e = ledger_commit(bench->ledger);
    return e;
}

static void every_failed_call_of_clearing_is_an_error(void **state) {
    struct bench *bench = *state;
    struct source source;
    cleared_story(bench, &source);
    for (int n = 1; n < FAULT_RUNS_MAX; n++) {
        bench->fault.calls = 0;
        bench->fault.fail_at = n;
        err e = clear_and_ask(bench, &source);
        bool met = bench->fault.calls >= n;
        bench->fault.fail_at = 0;
        assert_int_equal(e.kind != ERR_NONE, met);
        if (!met) return;
        assert_true(e.kind == ERR_NO_MEMORY || e.kind == ERR_IO);
        good(ledger_rollback(bench->ledger));
    }
    fail_msg("no run was clean");
}

#define CLEARING_TEST(name) cmocka_unit_test_setup_teardown(name, bench_begin, bench_end)

int main(void) {
    const struct CMUnitTest tests[] = {
        CLEARING_TEST(nothing_clears_without_a_statement),
        CLEARING_TEST(a_statement_fits_what_it_was_made_about_alone),
        CLEARING_TEST(only_checking_records_nothing),
        CLEARING_TEST(wishes_that_cannot_be_are_refused),
        CLEARING_TEST(a_picture_without_a_file_is_not_read_and_not_cleared),
        CLEARING_TEST(a_card_is_answered_for_with_its_item_and_nothing_passes_as_one),
        CLEARING_TEST(the_end_is_the_earliest_of_what_it_rests_on),
        CLEARING_TEST(a_newer_clearance_takes_the_place_of_the_old),
        CLEARING_TEST(stating_anew_ends_it),
        cmocka_unit_test(every_way_of_calling_back_ends_it),
        CLEARING_TEST(a_snapshot_of_one_key_sees_what_rests_on_it),
        CLEARING_TEST(only_what_was_public_can_be_adopted),
        CLEARING_TEST(whoever_is_stated_to_appear_must_have_agreed_though_it_is_adopted),
        CLEARING_TEST(a_clearance_of_another_gate_is_not_found),
        cmocka_unit_test(no_clearance_stands_that_the_slow_rules_forbid),
        CLEARING_TEST(every_failed_call_of_clearing_is_an_error),
    };
    return cmocka_run_group_tests_name("clearing", tests, NULL, NULL);
}
