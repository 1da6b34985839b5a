/* rules_test.c: who may be shown where, case by case. */
#include "gate/gate_testing.h"

enum { MONTH = BENCH_MONTH };

/* Judges "12/en" on the web, in English, with picture 7. What the finding says first; empty when
 * nothing blocks. */
static str judge(struct bench *bench, str *ret_rule, int64_t *ret_until) {
    static const unsigned char source[32] = {0};
    struct gate_name media = {STR("m7")};
    struct rule_use use = {.key = STR("12/en"),
                           .road = STR("web"),
                           .language = STR("en"),
                           .media = &media,
                           .media_count = 1,
                           .source = source,
                           .now = bench->fault.now};
    struct findings findings;
    findings_init(&findings, &bench->arena);
    good(rules_judge(bench->ledger, &use, &findings, ret_until));
    assert_int_equal(findings.blocks, findings.count > 0);
    *ret_rule = findings.count > 0 ? findings.list[0].rule : STR("");
    return findings.count > 0 ? findings.list[0].text : STR("");
}

static void expect(struct bench *bench, const char *rule, const char *words) {
    str found;
    int64_t until;
    str text = judge(bench, &found, &until);
    if (!str_eq(found, str_of(rule)) || !str_contains(text, str_of(words))) {
        fail_msg(STR_FMT " \"" STR_FMT "\", wanted %s \"%s\"", STR_ARG(found), STR_ARG(text), rule,
                 words);
    }
}

/* Kettle, `status`, appears in 12/en under an alias and in nothing else; the risk is assessed. */
static void begin_story(struct bench *bench, const char *status, int64_t shows) {
    add_person(bench, STR("Kettle"), str_of(status), STR(""));
    good(try_risk(bench, STR("Kettle"), 0));
    state_one(bench, STR("12/en"), NULL, STR("Kettle"), shows);
    state_one(bench, STR("m7"), NULL, STR(""), 0);
}

static void consent(struct bench *bench, const struct gate_scope *scope, const char *given_by) {
    struct gate_consent whole = {.person = STR("Kettle"),
                                 .scopes = (struct gate_scope[]){*scope},
                                 .scope_count = 1,
                                 .given_by = str_of(given_by)};
    good(try_consent(bench, &whole));
}

/* ---- R00 ------------------------------------------------------------------------------------ */

static void r00_asks_for_a_statement_about_text_and_pictures(void **state) {
    struct bench *bench = *state;
    expect(bench, "R00", "nobody has stated");
    state_one(bench, STR("12/en"), NULL, STR(""), 0);
    expect(bench, "R00", "nobody has stated"); /* picture 7 */
    state_one(bench, STR("m7"), NULL, STR(""), 0);
    expect(bench, "", "");
}

static void r00_asks_again_after_an_edit(void **state) {
    struct bench *bench = *state;
    static const unsigned char other[32] = {1};
    state_one(bench, STR("m7"), other, STR(""), 0); /* a picture does not change */
    state_one(bench, STR("12/en"), other, STR(""), 0);
    expect(bench, "R00", "was changed since");
}

/* ---- R01 ------------------------------------------------------------------------------------ */

static void r01_wants_a_consent_that_names_this_use(void **state) {
    (void)state;
    static const struct {
        struct gate_scope scope;
        const char *rule;
    } CASES[] = {
        {{{"12/en", 5}, {"web", 3}, {"en", 2}, GATE_ALIAS}, ""},
        {{{"12/*", 4}, {"web", 3}, {"en", 2}, GATE_ALIAS}, ""},
        {{{"*", 1}, {"*", 1}, {"*", 1}, GATE_ALL_PARTS}, ""},
        {{{"12/ko", 5}, {"web", 3}, {"en", 2}, GATE_ALIAS}, "R01"},
        {{{"1/*", 3}, {"web", 3}, {"en", 2}, GATE_ALIAS}, "R01"},
        {{{"123/*", 5}, {"web", 3}, {"en", 2}, GATE_ALIAS}, "R01"},
        {{{"m7", 2}, {"web", 3}, {"en", 2}, GATE_ALIAS}, "R01"},
        {{{"12/en", 5}, {"mail", 4}, {"en", 2}, GATE_ALIAS}, "R01"},
        {{{"12/en", 5}, {"web", 3}, {"ko", 2}, GATE_ALIAS}, "R01"},
        {{{"12/en", 5}, {"web", 3}, {"en-GB", 5}, GATE_ALIAS}, "R01"},
        {{{"12/en", 5}, {"web", 3}, {"en", 2}, 0}, "R01"},
        {{{"12/en", 5}, {"web", 3}, {"en", 2}, GATE_ALL_PARTS & ~GATE_ALIAS}, "R01"},
    };
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        void *own = NULL;
        assert_int_equal(bench_begin(&own), 0);
        begin_story(own, "free", GATE_ALIAS);
        expect(own, "R01", "not agreed");
        consent(own, &CASES[i].scope, "self");
        expect(own, CASES[i].rule, "");
        bench_end(&own);
    }
}

static void r01_reads_pictures_by_their_own_key(void **state) {
    struct bench *bench = *state;
    begin_story(bench, "free", 0);
    add_consent(bench, STR("Kettle"), STR("12/en"), 0);
    state_one(bench, STR("m7"), NULL, STR("Kettle"), GATE_FACE);
    expect(bench, "R01", "shows more");
    add_person(bench, STR("Lantern"), STR("free"), STR(""));
    good(try_risk(bench, STR("Lantern"), 0));
    add_consent(bench, STR("Lantern"), STR("m7"), GATE_FACE);
    state_one(bench, STR("m7"), NULL, STR("Lantern"), GATE_FACE);
    expect(bench, "", "");
}

static void the_narrowest_consent_wins(void **state) {
    struct bench *bench = *state;
    begin_story(bench, "free", GATE_ALIAS | GATE_PLACE);
    add_consent(bench, STR("Kettle"), STR("*"), GATE_ALL_PARTS);
    expect(bench, "", "");
    add_consent(bench, STR("Kettle"), STR("12/en"), GATE_ALIAS);
    expect(bench, "R01", "shows more");
}

static void everybody_in_an_item_must_agree(void **state) {
    struct bench *bench = *state;
    begin_story(bench, "free", GATE_ALIAS);
    add_consent(bench, STR("Kettle"), STR("*"), GATE_ALL_PARTS);
    add_person(bench, STR("Lantern"), STR("free"), STR(""));
    good(try_risk(bench, STR("Lantern"), 0));
    struct gate_appearance people[] = {{.person = STR("Kettle"), .shows = GATE_ALIAS},
                                       {.person = STR("Lantern"), .shows = 0}};
    struct gate_statement statement = {.key = STR("12/en"), .people = people, .count = 2};
    good(try_statement(bench, &statement));
    expect(bench, "R01", "not agreed");
    add_consent(bench, STR("Lantern"), STR("12/en"), 0);
    expect(bench, "", "");
}

static void officials_staff_and_the_unnamed_need_no_consent(void **state) {
    struct bench *bench = *state;
    struct gate_appearance people[] = {
        {.person = STR("A head of state"), .part = GATE_PUBLIC, .reason = STR("in that role")},
        {.person = STR("The author"), .part = GATE_STAFF},
        {.person = STR("A guard"), .part = GATE_MENTIONED, .reason = STR("one of thousands")}};
    struct gate_statement statement = {.key = STR("12/en"), .people = people, .count = 3};
    state_one(bench, STR("m7"), NULL, STR(""), 0);
    good(try_statement(bench, &statement));
    expect(bench, "", "");
}

/* ---- R02 ------------------------------------------------------------------------------------ */

static void r02_knows_when_a_consent_is_in_force(void **state) {
    (void)state;
    static const struct {
        int64_t from;
        int64_t until;
        int64_t embargo;
        const char *words; /* empty: nothing blocks */
    } CASES[] = {
        {0, 0, 0, ""},
        {BENCH_NOW, BENCH_NOW + 1, 0, ""},
        {BENCH_NOW - 5, BENCH_NOW, 0, "ended or not begun"},
        {BENCH_NOW + 1, BENCH_NOW + 5, 0, "ended or not begun"},
        {0, 0, BENCH_NOW, ""},
        {0, 0, BENCH_NOW + 1, "under embargo"},
    };
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        void *own = NULL;
        struct gate_scope scope = {STR("12/en"), STR("web"), STR("en"), GATE_ALIAS};
        assert_int_equal(bench_begin(&own), 0);
        begin_story(own, "free", GATE_ALIAS);
        struct gate_consent whole = {.person = STR("Kettle"),
                                     .scopes = &scope,
                                     .scope_count = 1,
                                     .from = CASES[i].from,
                                     .until = CASES[i].until,
                                     .embargo = CASES[i].embargo};
        good(try_consent(own, &whole));
        expect(own, CASES[i].words[0] == '\0' ? "" : "R02", CASES[i].words);
        bench_end(&own);
    }
}

static void an_embargo_holds_back_what_a_wider_consent_allows(void **state) {
    struct bench *bench = *state;
    struct gate_scope scope = {STR("12/en"), STR("web"), STR("en"), GATE_ALIAS};
    struct gate_consent later = {
        .person = STR("Kettle"), .scopes = &scope, .scope_count = 1, .embargo = BENCH_NOW + 100};
    begin_story(bench, "free", GATE_ALIAS);
    add_consent(bench, STR("Kettle"), STR("*"), GATE_ALL_PARTS);
    good(try_consent(bench, &later));
    expect(bench, "R02", "under embargo");
    bench->fault.now = BENCH_NOW + 100;
    expect(bench, "", "");
}

static void r02_hears_a_withdrawal_and_a_new_beginning(void **state) {
    struct bench *bench = *state;
    struct gate_scope scope = {STR("12/en"), STR("web"), STR("en"), GATE_ALIAS};
    struct gate_consent again = {
        .person = STR("Kettle"), .scopes = &scope, .scope_count = 1, .witness = STR("Director")};
    begin_story(bench, "free", GATE_ALIAS);
    add_consent(bench, STR("Kettle"), STR("*"), GATE_ALL_PARTS);
    good(try_withdrawal(bench, STR(""), STR("Kettle")));
    expect(bench, "R02", "has withdrawn");
    good(try_consent(bench, &again));
    expect(bench, "", "");
    good(try_withdrawal(bench, STR("m7"), STR("")));
    expect(bench, "R02", "this was withdrawn");
}

static void r02_wants_the_risk_assessed_within_a_year(void **state) {
    struct bench *bench = *state;
    str rule;
    int64_t until = 0;
    add_person(bench, STR("Kettle"), STR("free"), STR(""));
    add_consent(bench, STR("Kettle"), STR("12/en"), GATE_ALIAS);
    state_one(bench, STR("12/en"), NULL, STR("Kettle"), GATE_ALIAS);
    state_one(bench, STR("m7"), NULL, STR(""), 0);
    expect(bench, "R02", "never assessed");
    good(try_risk(bench, STR("Kettle"), BENCH_NOW - 12 * MONTH));
    expect(bench, "R02", "over a year ago");
    good(try_risk(bench, STR("Kettle"), BENCH_NOW - 12 * MONTH + 1));
    judge(bench, &rule, &until);
    assert_int_equal(rule.len, 0);
    assert_int_equal(until, BENCH_NOW + 1);
    good(try_risk(bench, STR("Kettle"), BENCH_NOW - 400 * (int64_t)MONTH)); /* older: no matter */
    expect(bench, "", "");
}

/* ---- R03, R04 ------------------------------------------------------------------------------- */

static void r03_keeps_captives_hidden_whatever_they_agreed_to(void **state) {
    (void)state;
    static const struct {
        const char *status;
        int64_t shows;
        const char *rule;
    } CASES[] = {
        {"detained", GATE_ALIAS, "R03"}, {"pow", GATE_FACE, "R03"},   {"pow", 0, ""},
        {"free", GATE_ALIAS, ""},        {"unknown", GATE_ALIAS, ""}, {"deceased", GATE_ALIAS, ""}};
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        void *own = NULL;
        assert_int_equal(bench_begin(&own), 0);
        begin_story(own, CASES[i].status, CASES[i].shows);
        add_consent(own, STR("Kettle"), STR("*"), GATE_ALL_PARTS);
        expect(own, CASES[i].rule, "");
        bench_end(&own);
    }
}

static void r03_reaches_whoever_is_linked_from_either_side(void **state) {
    struct bench *bench = *state;
    add_person(bench, STR("Captive"), STR("pow"), STR(""));
    add_person(bench, STR("Daughter"), STR("free"), STR("Captive"));
    add_person(bench, STR("Friend"), STR("free"), STR(""));
    add_person(bench, STR("Cousin"), STR("detained"), STR("Friend"));
    add_person(bench, STR("Neighbour"), STR("free"), STR("Daughter"));
    state_one(bench, STR("m7"), NULL, STR(""), 0);
    static const struct {
        const char *name;
        const char *rule;
    } CASES[] = {{"Daughter", "R03"}, {"Friend", "R03"}, {"Neighbour", ""}, {"Captive", "R03"}};
    for (int again = 0; again < 2; again++) {
        for (size_t i = 0; i < COUNT_OF(CASES); i++) {
            str name = str_of(CASES[i].name);
            good(try_risk(bench, name, 0));
            add_consent(bench, name, STR("*"), GATE_ALL_PARTS);
            state_one(bench, STR("12/en"), NULL, name, GATE_ALIAS);
            expect(bench, CASES[i].rule, "");
        }
        bench_reopen(bench);
    }
}

static void r04_wants_a_guardian_for_a_child(void **state) {
    struct bench *bench = *state;
    struct gate_scope scope = {STR("12/en"), STR("web"), STR("en"), GATE_ALIAS};
    begin_story(bench, "child", GATE_ALIAS);
    consent(bench, &scope, "self");
    expect(bench, "R04", "no guardian");
    scope.language = STR("ko");
    consent(bench, &scope, "guardian"); /* for something else */
    expect(bench, "R04", "no guardian");
    scope.language = STR("en");
    consent(bench, &scope, "guardian");
    expect(bench, "", "");
}

/* ---- Findings ------------------------------------------------------------------------------- */

static void findings_have_a_limit(void **state) {
    struct bench *bench = *state;
    struct findings findings;
    err e = {.kind = ERR_NONE};
    int count = 0;
    findings_init(&findings, &bench->arena);
    for (; e.kind == ERR_NONE && count < 20000; count++) {
        e = findings_add(&findings, RULE_R24, STR("place"), STR("text"), STR("way"));
    }
    assert_int_equal(e.kind, ERR_LIMIT);
    assert_int_equal(findings.count, 10000);
}

static void findings_name_no_person(void **state) {
    struct bench *bench = *state;
    str rule;
    int64_t until;
    begin_story(bench, "pow", GATE_ALIAS);
    str text = judge(bench, &rule, &until);
    assert_false(str_contains(text, STR("Kettle")));
    assert_false(str_contains(text, STR("Real")));
}

#define RULES_TEST(name) cmocka_unit_test_setup_teardown(name, bench_begin, bench_end)

int main(void) {
    const struct CMUnitTest tests[] = {
        RULES_TEST(r00_asks_for_a_statement_about_text_and_pictures),
        RULES_TEST(r00_asks_again_after_an_edit),
        cmocka_unit_test(r01_wants_a_consent_that_names_this_use),
        RULES_TEST(r01_reads_pictures_by_their_own_key),
        RULES_TEST(the_narrowest_consent_wins),
        RULES_TEST(everybody_in_an_item_must_agree),
        RULES_TEST(officials_staff_and_the_unnamed_need_no_consent),
        cmocka_unit_test(r02_knows_when_a_consent_is_in_force),
        RULES_TEST(an_embargo_holds_back_what_a_wider_consent_allows),
        RULES_TEST(r02_hears_a_withdrawal_and_a_new_beginning),
        RULES_TEST(r02_wants_the_risk_assessed_within_a_year),
        cmocka_unit_test(r03_keeps_captives_hidden_whatever_they_agreed_to),
        RULES_TEST(r03_reaches_whoever_is_linked_from_either_side),
        RULES_TEST(r04_wants_a_guardian_for_a_child),
        RULES_TEST(findings_have_a_limit),
        RULES_TEST(findings_name_no_person),
    };
    return cmocka_run_group_tests_name("rules", tests, NULL, NULL);
}
