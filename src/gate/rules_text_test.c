/* rules_text_test.c: who is named is stopped, unless the person agreed or somebody answers. The
 * people are invented. */
#include "gate/gate_testing.h"
#include "gate/watch.h"

#include <string.h>

static const char NAMES[] =
    "리은별\nname: Tilda Quennevel\nphone: 010-4821-7703\n\naddress: 회령시 남문동";

static void add_named(struct bench *bench, str pseudonym, str names) {
    const struct gate_person person = {
        .pseudonym = pseudonym, .status = STR("free"), .by = STR("Officer")};
    str id;
    good(ledger_begin(bench->ledger));
    good(bench_finish(bench, ledger_add_person(bench->ledger, &person, names, &id)));
}

/* An item with this body, and who appears in it stated: `subject` by name, or nobody. */
static struct source source_of(struct bench *bench, const char *body, str subject) {
    unsigned char hash[32];
    struct source_text *texts = arena_array(&bench->arena, 2, sizeof *texts);
    texts[0] = (struct source_text){.place = STR("slug"), .text = STR("a-slug")};
    texts[1] = (struct source_text){.place = STR("body"), .text = str_of(body)};
    const struct source source = {.key = STR("12/en"),
                                  .kind = STR("story"),
                                  .language = STR("en"),
                                  .texts = texts,
                                  .text_count = 2};
    good(source_hash(&bench->arena, &source, hash));
    state_one(bench, source.key, hash, subject, subject.len > 0 ? GATE_NAME : 0);
    return source;
}

static struct gate_answer examine(struct bench *bench, const struct source *source, bool gives) {
    const struct gate_examine request = {
        .source = *source, .road = STR("web"), .by = STR("Editor")};
    const struct clearing_wish wish = {.examine = &request, .gives = gives};
    struct gate_answer answer;
    good(ledger_begin(bench->ledger));
    err e = clearing_examine(bench->ledger, &bench->arena, &wish, &answer);
    good(bench_finish(bench, e));
    assert_int_equal(answer.clearance.len > 0, gives && answer.passes != 0);
    return answer;
}

static err override(struct bench *bench, const struct source *source, str rule, str second) {
    const struct gate_override wish = {.source = *source,
                                       .road = STR("web"),
                                       .rule = rule,
                                       .reason = STR("another of that name"),
                                       .by = STR("Officer"),
                                       .second = second};
    struct gate_answer answer;
    good(ledger_begin(bench->ledger));
    return bench_finish(bench, clearing_override(bench->ledger, &bench->arena, &wish, &answer));
}

static void assert_text(str text, const char *wanted) {
    if (!str_eq(text, str_of(wanted))) fail_msg("'" STR_FMT "', not '%s'", STR_ARG(text), wanted);
}

static void stops_a_name_and_says_where(void **state) {
    struct bench *bench = *state;
    add_named(bench, STR("Byol"), str_of(NAMES));
    struct source source = source_of(bench, "첫 줄.\n그리고 Ri Un-byol, 왔다.", STR(""));
    struct gate_answer answer = examine(bench, &source, true);
    assert_int_equal(answer.passes, 0);
    assert_int_equal(answer.count, 1);
    const struct gate_finding *finding = &answer.findings[0];
    assert_text(finding->rule, "R05");
    assert_text(finding->place, "body");
    assert_int_equal(finding->severity, GATE_BLOCKS);
    assert_int_equal(finding->line, 2);
    assert_int_equal(finding->column, 5);
    assert_text(finding->before, "첫 줄.\n그리고 ");
    assert_text(finding->passage, "Ri Un-byol");
    assert_text(finding->after, ", 왔다.");
    assert_false(str_contains(finding->text, STR("리은별")));
    assert_true(str_contains(finding->text, STR("Byol")));
}

static void lets_through_what_names_nobody(void **state) {
    struct bench *bench = *state;
    struct source source = source_of(bench, "Tilda Quennevel is nobody yet.", STR(""));
    assert_int_equal(examine(bench, &source, true).passes, 1);
    add_named(bench, STR("Byol"), str_of(NAMES));
    assert_int_equal(examine(bench, &source, true).passes, 0);
    struct source other = source_of(bench, "Tilda was a queen.", STR(""));
    assert_int_equal(examine(bench, &other, true).passes, 1);
}

static void names_who_agreed_and_no_number_of_theirs(void **state) {
    struct bench *bench = *state;
    add_named(bench, STR("Byol"), str_of(NAMES));
    add_consent(bench, STR("Byol"), STR("12/en"), GATE_NAME);
    good(try_risk(bench, STR("Byol"), 0));
    struct source source = source_of(bench, "Tilda Quennevel came.", STR("Byol"));
    assert_int_equal(examine(bench, &source, true).passes, 1);
    source = source_of(bench, "Tilda Quennevel, +82 10 4821 7703.", STR("Byol"));
    struct gate_answer answer = examine(bench, &source, true);
    assert_int_equal(answer.passes, 0);
    assert_int_equal(answer.count, 1);
    assert_text(answer.findings[0].passage, "82 10 4821 7703");
    source = source_of(bench, "Tilda Quennevel came.", STR(""));
    assert_int_equal(examine(bench, &source, true).passes, 0);
}

static void an_answer_is_for_one_text_and_its_people(void **state) {
    struct bench *bench = *state;
    add_named(bench, STR("Byol"), str_of(NAMES));
    struct source source = source_of(bench, "Tilda Quennevel came, and Un-byol.", STR(""));
    assert_int_equal(override(bench, &source, STR("R05"), STR("")).kind, ERR_DENIED);
    assert_int_equal(override(bench, &source, STR("R05"), STR(" officer")).kind, ERR_DENIED);
    assert_int_equal(override(bench, &source, STR("R01"), STR("Director")).kind, ERR_NOT_FOUND);
    assert_int_equal(override(bench, &source, STR("R99"), STR("Director")).kind, ERR_NOT_FOUND);
    good(override(bench, &source, STR("R05"), STR("Director")));
    struct gate_answer answer = examine(bench, &source, true);
    assert_int_equal(answer.count, 2);
    assert_int_equal(answer.findings[0].severity, GATE_ANSWERED);
    assert_int_equal(answer.findings[1].severity, GATE_WARNS);
    assert_int_equal(answer.passes, 0);
    good(override(bench, &source, STR("R06"), STR("")));
    assert_int_equal(examine(bench, &source, true).passes, 1);
    assert_int_equal(override(bench, &source, STR("R06"), STR("")).kind, ERR_NOT_FOUND);
    bench_reopen(bench);
    assert_int_equal(examine(bench, &source, true).passes, 1);
    add_named(bench, STR("Goose"), STR("Quennevel Tilda"));
    assert_int_equal(examine(bench, &source, true).passes, 0);
    source = source_of(bench, "Tilda Quennevel came, and Un-byol!", STR(""));
    assert_int_equal(examine(bench, &source, true).passes, 0);
}

/* However often something is answered for, what nobody answered for is never lost among it. */
static void a_name_behind_many_answers_is_stopped(void **state) {
    enum { TIMES = 120 };
    struct bench *bench = *state;
    char body[TIMES * 8 + 64] = "";
    add_named(bench, STR("Byol"), str_of(NAMES));
    for (size_t i = 0; i < TIMES; i++) memcpy(body + 8 * i, "Un-byol,", 8);
    struct source source = source_of(bench, body, STR(""));
    good(override(bench, &source, STR("R06"), STR("")));
    assert_int_equal(examine(bench, &source, true).passes, 1);
    memcpy(body + 8 * TIMES, " Tilda Quennevel", 17);
    source = source_of(bench, body, STR(""));
    good(override(bench, &source, STR("R06"), STR("")));
    struct gate_answer answer = examine(bench, &source, true);
    assert_int_equal(answer.passes, 0);
    assert_text(answer.findings[answer.count - 1].rule, "R05");
    assert_text(answer.findings[answer.count - 1].passage, "Tilda Quennevel");
}

/* What a text of one line makes the gate find, as "R20 passage; ..." */
static void assert_signs(struct bench *bench, const char *body, const char *wanted) {
    struct source source = source_of(bench, body, STR(""));
    struct gate_answer answer = examine(bench, &source, false);
    struct buf all;
    str text;
    buf_init(&all, &bench->arena, 1024);
    for (size_t i = 0; i < answer.count; i++) {
        const struct gate_finding *finding = &answer.findings[i];
        buf_printf(&all, "%s" STR_FMT " " STR_FMT, i > 0 ? "; " : "", STR_ARG(finding->rule),
                   STR_ARG(finding->passage));
        assert_int_equal(finding->severity, GATE_WARNS);
    }
    good(buf_finish(&all, &text));
    assert_text(text, wanted);
}

static void tells_what_stands_beside_the_words(void **state) {
    struct bench *bench = *state;
    assert_signs(bench, "plain text, 한글, Ελληνικά, кириллица, naïve", "");
    assert_signs(bench, "a p\xD0\xB0per and a p\xD0\xB0p\xD0\xB5r",
                 "R20 p\xD0\xB0per; R20 p\xD0\xB0p\xD0\xB5r");
    assert_signs(bench, "here\xE2\x80\x8Bthere", "R20 \xE2\x80\x8B");
    assert_signs(bench, "\xE2\x80\xAEturned", "R20 \xE2\x80\xAE");
    assert_signs(bench,
                 "a\x01"
                 "b\xC2\x9B"
                 "c\x7F",
                 "R20 \x01; R20 \xC2\x9B; R20 \x7F");
    assert_signs(bench, "a line\r\n\tand another", "");
    assert_signs(bench, "soft\xC2\xADly, می\xE2\x80\x8Cخواهم, 👩\xE2\x80\x8D🌾", "");
    assert_signs(bench, "See [it](https://drive.google.com/x?y=1) now",
                 "R18 https://drive.google.com/x?y=1");
    assert_signs(bench, "https://example.org/?p=3&preview=true",
                 "R18 https://example.org/?p=3&preview=true");
    assert_signs(bench, "<http://192.168.1.7/a> https://xbox.com/ https://example.org",
                 "R18 http://192.168.1.7/a");
    struct source source = source_of(bench, "here\xE2\x80\x8Bthere", STR(""));
    good(override(bench, &source, STR("R20"), STR("")));
    assert_int_equal(examine(bench, &source, true).passes, 1);
}

static void nobody_answers_for_what_is_no_name(void **state) {
    struct bench *bench = *state;
    struct source source = source_of(bench, "A text.", STR(""));
    source.key = STR("13/en"); /* of which nothing was stated */
    assert_int_equal(override(bench, &source, STR("R00"), STR("Director")).kind, ERR_DENIED);
}

static void refuses_names_that_cannot_be_looked_for(void **state) {
    const struct sys sys = sys_real();
    (void)state;
    good(watch_check(&sys, str_of(NAMES)));
    good(watch_check(&sys, STR("")));
    good(watch_check(&sys, STR("\n\n")));
    assert_int_equal(watch_check(&sys, STR("김")).kind, ERR_INVALID);
    assert_int_equal(watch_check(&sys, STR("Bo")).kind, ERR_INVALID);
    assert_int_equal(watch_check(&sys, STR("phone: 4821")).kind, ERR_INVALID);
    err e = watch_check(&sys, STR("김철수\nphone: 12"));
    assert_int_equal(e.kind, ERR_INVALID);
    assert_true(str_contains(str_of(e.message), STR("line 2")));
    assert_false(str_contains(str_of(e.message), STR("김철수")));
}

static err see_nothing(void *context, const struct watch_hit *hit) {
    size_t *count = context;
    (void)hit;
    *count += 1;
    return OK;
}

static void what_was_undone_is_looked_for_no_more(void **state) {
    struct bench *bench = *state;
    const struct gate_person person = {.pseudonym = STR("Byol"), .by = STR("Officer")};
    const struct watch_text text = {.text = STR("Tilda Quennevel"), .kind = FOLD_TEXT};
    size_t count = 0;
    str id;
    good(ledger_begin(bench->ledger));
    good(ledger_add_person(bench->ledger, &person, str_of(NAMES), &id));
    good(watch_read(bench->ledger, &bench->arena, &text, see_nothing, &count));
    assert_int_equal(count, 1);
    good(ledger_rollback(bench->ledger));
    good(watch_read(bench->ledger, &bench->arena, &text, see_nothing, &count));
    assert_int_equal(count, 1);
}

#define RULES_TEST(name) cmocka_unit_test_setup_teardown(name, bench_begin, bench_end)

int main(void) {
    const struct CMUnitTest tests[] = {
        RULES_TEST(stops_a_name_and_says_where),
        RULES_TEST(lets_through_what_names_nobody),
        RULES_TEST(names_who_agreed_and_no_number_of_theirs),
        RULES_TEST(an_answer_is_for_one_text_and_its_people),
        RULES_TEST(a_name_behind_many_answers_is_stopped),
        RULES_TEST(tells_what_stands_beside_the_words),
        RULES_TEST(nobody_answers_for_what_is_no_name),
        cmocka_unit_test(refuses_names_that_cannot_be_looked_for),
        RULES_TEST(what_was_undone_is_looked_for_no_more),
    };
    return cmocka_run_group_tests_name("gate/rules_text", tests, NULL, NULL);
}
