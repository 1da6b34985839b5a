/* calls_test.c: who asks is answered by who they are: an officer with all that was found, everybody
 * else with one sentence, so often and no oftener. The people are invented. */
#include "gate/gate_testing.h"
#include "gate/server_impl.h"

#include <string.h>
#include <sys/mman.h>

enum { SOMETHING = 0 /* a listener: the gate stays */ };

struct asking {
    struct bench *bench;
    struct gate_post post;
    struct gate_asker asker;
    struct gate_answered answered;
};

static struct asking stays(struct bench *bench) {
    return (struct asking){.bench = bench,
                           .post = {.ledger = bench->ledger,
                                    .listener = SOMETHING,
                                    .ending = -1,
                                    .site = -1,
                                    .patience_seconds = 5}};
}

static struct asking officer(struct bench *bench) {
    struct asking asking = stays(bench);
    asking.asker = (struct gate_asker){.is_officer = true, .name = "Officer", .name_len = 7};
    return asking;
}

/* What the gate sends back, as it is sent. */
static void ask(struct asking *asking, enum gate_call call, const void *request, int file) {
    struct arena *a = &asking->bench->arena;
    struct wire_message message = {.type = call, .files = {file}, .file_count = file >= 0};
    const struct gate_answering answering = {
        .post = &asking->post, .asker = &asking->asker, .message = &message};
    struct buf packed;
    asking->post.ledger = asking->bench->ledger;
    buf_init(&packed, a, LIMIT_MESSAGE_BYTES);
    wire_pack(&packed, gate_call_of(call)->request, request);
    good(buf_finish(&packed, &message.bytes));
    good(gate_answer_call(a, &answering, &asking->answered));
}

static enum err_kind refusal(const struct asking *asking) {
    struct gate_error error = {0};
    if (asking->answered.type == GATE_REPLY_OK) return ERR_NONE;
    good(wire_unpack(&asking->bench->arena, &gate_error_shape, asking->answered.bytes, &error));
    return (enum err_kind)error.kind;
}

static void read_reply(struct asking *asking, enum gate_call call, void *ret_reply) {
    if (refusal(asking) != ERR_NONE) fail_msg(STR_FMT, STR_ARG(asking->answered.bytes));
    good(wire_unpack(&asking->bench->arena, gate_call_of(call)->reply, asking->answered.bytes,
                     ret_reply));
}

static void add_named(struct bench *bench, str pseudonym, str names) {
    const struct gate_person person = {
        .pseudonym = pseudonym, .status = STR("free"), .by = STR("Officer")};
    str id;
    good(ledger_begin(bench->ledger));
    good(bench_finish(bench, ledger_add_person(bench->ledger, &person, names, &id)));
}

static void add_people(struct bench *bench) {
    add_named(bench, STR("Byol"), STR("리은별\nname: Tilda Quennevel\nphone: 010-4821-7703\n"));
    add_named(bench, STR("Dol"), STR("박하늘돌\n"));
    add_named(bench, STR("Watch"), STR("decoy: Ambrose Lanternfield\n"));
}

/* The item 12/en with this body, in which nobody is stated to appear. */
static struct gate_examine item(struct bench *bench, str body) {
    struct source_text *text = arena_alloc(&bench->arena, sizeof *text);
    unsigned char hash[32];
    *text = (struct source_text){.place = STR("body"), .text = body};
    struct gate_examine request = {.source = {.key = STR("12/en"),
                                              .kind = STR("story"),
                                              .language = STR("en"),
                                              .origin = STR("https://old.example.org/"),
                                              .texts = text,
                                              .text_count = 1},
                                   .road = STR("web"),
                                   .by = STR("Editor")};
    good(source_hash(&bench->arena, &request.source, hash));
    state_one(bench, request.source.key, hash, STR(""), 0);
    return request;
}

static void ask_about(struct asking *asking, enum gate_call call, str body) {
    struct gate_examine request = item(asking->bench, body);
    ask(asking, call, &request, -1);
}

static struct gate_answer answer_about(struct asking *asking, enum gate_call call, str body) {
    struct gate_answer answer;
    ask_about(asking, call, body);
    read_reply(asking, call, &answer);
    return answer;
}

static struct gate_watch watch(struct bench *bench) {
    struct asking asking = officer(bench);
    const struct gate_nothing nothing = {0};
    struct gate_watch watched;
    ask(&asking, GATE_WATCH, &nothing, -1);
    read_reply(&asking, GATE_WATCH, &watched);
    return watched;
}

/* ---- Two kinds of answers -------------------------------------------------------------------- */

static void an_officer_is_told_all_and_nobody_else(void **state) {
    struct bench *bench = *state;
    struct asking one = stays(bench);
    struct asking other = officer(bench);
    add_people(bench);
    struct gate_answer full = answer_about(&other, GATE_CHECK, STR("Tilda Quennevel sang."));
    assert_true(str_eq(full.findings[0].passage, STR("Tilda Quennevel")));
    assert_false(other.answered.is_timed);
    struct gate_answer veiled = answer_about(&one, GATE_CHECK, STR("Tilda Quennevel sang."));
    assert_true(one.answered.is_timed);
    assert_int_equal(veiled.passes, 0);
    assert_int_equal(veiled.count, 1);
    const struct gate_finding *finding = &veiled.findings[0];
    assert_true(str_eq(finding->rule, STR("R05-R07")));
    assert_int_equal(finding->severity, GATE_BLOCKS);
    assert_int_equal(finding->line + finding->column, 0);
    assert_int_equal(finding->before.len + finding->passage.len + finding->after.len, 0);
    assert_int_equal(finding->person.len, 0);
    assert_false(str_contains(one.answered.bytes, STR("Byol")));
}

/* One name or many, the whole or a part, in whatever letters, of whomever, or of nobody: the same
 * bytes, whatever was asked for. */
static void every_name_is_answered_with_the_same_bytes(void **state) {
    static const str bodies[] = {
        {"Tilda Quennevel sang.", 21},
        {"Tilda Quennevel sang with Ri Un-byol, Pak Hanul-dol and 010 4821 7703.", 70},
        {"Call +82 10 4821 7703.", 22},
        {"They met Ree Oon-byol once.", 27},
        {"In the file R.U.B. signed.", 26},
        {"Ambrose Lanternfield came.", 26},
    };
    static const enum gate_call calls[] = {GATE_CHECK, GATE_CLEAR, GATE_ADOPT};
    struct bench *bench = *state;
    add_people(bench);
    for (size_t i = 0; i < COUNT_OF(calls); i++) {
        struct asking one = stays(bench);
        ask_about(&one, calls[i], bodies[0]);
        str first = one.answered.bytes;
        for (size_t j = 0; j < COUNT_OF(bodies); j++) {
            struct asking other = officer(bench);
            assert_true(answer_about(&other, GATE_CHECK, bodies[j]).count > 0);
            ask_about(&one, calls[i], bodies[j]);
            assert_int_equal(one.answered.bytes.len, first.len);
            assert_memory_equal(one.answered.bytes.ptr, first.ptr, first.len);
        }
    }
}

static void what_is_no_name_is_told_in_full(void **state) {
    struct bench *bench = *state;
    struct asking one = stays(bench);
    add_people(bench);
    struct gate_answer answer =
        answer_about(&one, GATE_CHECK, STR("A\xE2\x80\x8B zero width. Tilda Quennevel sang."));
    assert_int_equal(answer.count, 2);
    assert_true(str_eq(answer.findings[0].rule, STR("R05-R07")));
    assert_true(str_eq(answer.findings[1].rule, STR("R20")));
    assert_int_equal(answer.findings[1].line, 1);
    assert_int_equal(answer_about(&one, GATE_CHECK, STR("Nobody sang.")).passes, 1);
}

static void what_somebody_answered_for_is_not_told(void **state) {
    struct bench *bench = *state;
    struct asking one = stays(bench);
    struct asking other = officer(bench);
    struct gate_answer answer;
    add_people(bench);
    struct gate_examine request = item(bench, STR("Tilda Quennevel sang."));
    const struct gate_override wish = {.source = request.source,
                                       .road = STR("web"),
                                       .rule = STR("R05"),
                                       .reason = STR("a queen of old"),
                                       .by = STR("Officer"),
                                       .second = STR("Director")};
    ask(&one, GATE_OVERRIDE, &wish, -1);
    assert_int_equal(refusal(&one), ERR_DENIED);
    ask(&other, GATE_OVERRIDE, &wish, -1);
    read_reply(&other, GATE_OVERRIDE, &answer);
    assert_int_equal(answer.passes, 1);
    ask(&one, GATE_CHECK, &request, -1);
    read_reply(&one, GATE_CHECK, &answer);
    assert_int_equal(answer.passes, 1);
    assert_int_equal(answer.count, 0);
}

/* ---- Who may ask what ------------------------------------------------------------------------ */

static void what_is_for_officers_is_refused_to_others(void **state) {
    static const enum gate_call calls[] = {GATE_PERSON_ADD, GATE_CONSENT_ADD,  GATE_RISK_ADD,
                                           GATE_OVERRIDE,   GATE_OFFICER_LIST, GATE_OFFICER,
                                           GATE_WATCH};
    struct bench *bench = *state;
    struct gate_status before;
    struct gate_status after;
    ledger_status(bench->ledger, &before);
    for (size_t i = 0; i < COUNT_OF(calls); i++) {
        struct asking one = stays(bench);
        void *request = arena_alloc(&bench->arena, gate_call_of(calls[i])->request->size);
        ask(&one, calls[i], request, -1);
        assert_int_equal(refusal(&one), ERR_DENIED);
    }
    ledger_status(bench->ledger, &after);
    assert_int_equal(after.events, before.events);
}

static int file_of(const char *text) {
    int file = memfd_create("passphrase", MFD_CLOEXEC);
    assert_int_equal(write(file, text, strlen(text)), strlen(text));
    assert_int_equal(lseek(file, 0, SEEK_SET), 0);
    return file;
}

static void a_passphrase_makes_an_officer(void **state) {
    struct bench *bench = *state;
    struct asking one = stays(bench);
    const struct gate_proof proof = {.officer = STR("")};
    struct gate_id name;
    int wrong = file_of("not the passphrase\n");
    int right = file_of("the officer's passphrase\n");
    ask(&one, GATE_PROVE, &proof, -1);
    assert_int_equal(refusal(&one), ERR_DENIED);
    ask(&one, GATE_PROVE, &proof, wrong);
    assert_int_equal(refusal(&one), ERR_DENIED);
    assert_false(one.asker.is_officer);
    ask(&one, GATE_PROVE, &(struct gate_proof){.officer = STR("Nobody")}, right);
    assert_int_equal(refusal(&one), ERR_NOT_FOUND);
    assert_int_equal(lseek(right, 0, SEEK_SET), 0);
    ask(&one, GATE_PROVE, &proof, right);
    read_reply(&one, GATE_PROVE, &name);
    assert_true(one.asker.is_officer);
    assert_int_equal(name.id.len, 8); /* the slot has no name: its digits */
    assert_memory_equal(one.asker.name, name.id.ptr, 8);
    fd_close(&wrong);
    fd_close(&right);
}

static void a_passphrase_that_never_comes_is_not_waited_for(void **state) {
    struct bench *bench = *state;
    struct asking one = stays(bench);
    int ends[2];
    int ending[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(pipe(ending), 0);
    assert_int_equal(write(ending[1], "x", 1), 1);
    one.post.ending = ending[0]; /* the gate is told to end meanwhile */
    ask(&one, GATE_PROVE, &(struct gate_proof){.officer = STR("")}, ends[0]);
    assert_int_equal(refusal(&one), ERR_BUSY);
    for (int i = 0; i < 2; i++) {
        fd_close(&ends[i]);
        fd_close(&ending[i]);
    }
}

/* ---- How often ------------------------------------------------------------------------------- */

static enum err_kind ask_text(struct asking *one, int number) {
    str body;
    good(arena_printf(&one->bench->arena, &body, "Text number %d.", number));
    struct gate_examine request = item(one->bench, body);
    ask(one, GATE_CHECK, &request, -1);
    return refusal(one);
}

static void the_unproven_are_answered_so_often(void **state) {
    struct bench *bench = *state;
    struct asking one = stays(bench);
    add_people(bench);
    for (int i = 0; i < LIMIT_PROBES; i++) assert_int_equal(ask_text(&one, i), ERR_NONE);
    assert_int_equal(ask_text(&one, 5), ERR_NONE); /* the same text tells nothing new */
    assert_int_equal(ask_text(&one, LIMIT_PROBES), ERR_BUSY);
    assert_true(str_contains(one.answered.bytes, STR("try again at")));
    assert_int_equal(watch(bench).asked, LIMIT_PROBES);
    bench_reopen(bench); /* a restart forgets nothing */
    assert_int_equal(ask_text(&one, LIMIT_PROBES), ERR_BUSY);
    struct asking other = officer(bench);
    assert_int_equal(ask_text(&other, LIMIT_PROBES), ERR_NONE);
    const struct gate_withdraw wish = {.key = STR("12/en"), .by = STR("Anybody")};
    ask(&one, GATE_WITHDRAW, &wish, -1); /* is never refused for it */
    assert_int_equal(refusal(&one), ERR_NONE);
    bench->fault.now += LIMIT_PROBE_SECONDS + 1;
    assert_int_equal(ask_text(&one, LIMIT_PROBES), ERR_NONE);
    assert_int_equal(watch(bench).asked, 1);
    bench->fault.now = BENCH_NOW;
}

static void whoever_is_entered_makes_an_old_text_a_new_one(void **state) {
    struct bench *bench = *state;
    struct asking one = stays(bench);
    assert_int_equal(ask_text(&one, 1), ERR_NONE);
    assert_int_equal(ask_text(&one, 1), ERR_NONE);
    assert_int_equal(watch(bench).asked, 1);
    add_people(bench);
    assert_int_equal(ask_text(&one, 1), ERR_NONE);
    assert_int_equal(watch(bench).asked, 2);
}

/* ---- What an officer is told ----------------------------------------------------------------- */

static void a_decoy_raises_an_alarm_whoever_asks(void **state) {
    struct bench *bench = *state;
    struct asking one = stays(bench);
    struct asking other = officer(bench);
    add_people(bench);
    answer_about(&one, GATE_CLEAR, STR("Ambrose Lanternfield came."));
    answer_about(&one, GATE_CHECK, STR("Tilda Quennevel came."));
    answer_about(&one, GATE_CHECK, STR("Nobody came."));
    struct gate_answer full = answer_about(&other, GATE_CHECK, STR("AMBROSE LANTERNFIELD!"));
    assert_true(str_contains(full.findings[0].text, STR("a decoy")));
    struct gate_watch watched = watch(bench);
    assert_int_equal(watched.asked, 3);
    assert_int_equal(watched.stopped, 2);
    assert_int_equal(watched.count, 3);
    assert_int_equal(watched.notices[0].kind, GATE_NOTICE_DECOY);
    assert_true(str_eq(watched.notices[0].who, STR("Officer")));
    assert_int_equal(watched.notices[1].kind, GATE_NOTICE_STOPPED);
    assert_int_equal(watched.notices[2].kind, GATE_NOTICE_DECOY);
    assert_true(str_eq(watched.notices[2].who, STR("Editor")));
    assert_true(str_eq(watched.notices[2].about, STR("12/en")));
}

/* Through a pipe, as a terminal would; to a file on a disk it is not written. */
static void a_real_name_is_shown_after_the_ledger_knows(void **state) {
    struct bench *bench = *state;
    struct asking own = officer(bench);
    int ends[2];
    char shown[256];
    add_people(bench);
    own.post.listener = -1; /* a command's own gate: its passphrase was given a moment ago */
    struct gate_reveal wish = {.person = STR("Byol"), .reason = STR("her lawyer asks")};
    int file = file_of("");
    ask(&own, GATE_REVEAL, &wish, file);
    assert_int_equal(refusal(&own), ERR_DENIED);
    assert_int_equal(lseek(file, 0, SEEK_END), 0);
    fd_close(&file);
    assert_int_equal(watch(bench).count, 0);
    assert_int_equal(pipe(ends), 0);
    wish.reason = STR(" ");
    ask(&own, GATE_REVEAL, &wish, ends[1]);
    assert_int_equal(refusal(&own), ERR_INVALID);
    wish.reason = STR("her lawyer asks");
    ask(&own, GATE_REVEAL, &wish, ends[1]);
    assert_int_equal(refusal(&own), ERR_NONE);
    assert_false(str_contains(own.answered.bytes, STR("Tilda")));
    ssize_t got = read(ends[0], shown, sizeof shown);
    assert_true(got > 0 && str_contains((str){shown, (size_t)got}, STR("Tilda Quennevel")));
    struct gate_watch watched = watch(bench);
    assert_int_equal(watched.count, 1);
    assert_int_equal(watched.notices[0].kind, GATE_NOTICE_REVEAL);
    assert_true(str_eq(watched.notices[0].about, STR("Byol")));
    assert_true(str_eq(watched.notices[0].reason, STR("her lawyer asks")));
    fd_close(&ends[0]);
    fd_close(&ends[1]);
}

/* A gate that stays asks for the passphrase each time, of whom it knows already too. */
static void a_gate_that_stays_shows_no_name_without_a_passphrase(void **state) {
    struct bench *bench = *state;
    struct asking known = officer(bench);
    int ends[2];
    add_people(bench);
    assert_int_equal(pipe(ends), 0);
    const struct gate_reveal wish = {.person = STR("Byol"), .reason = STR("her lawyer asks")};
    ask(&known, GATE_REVEAL, &wish, ends[1]);
    assert_int_equal(refusal(&known), ERR_INVALID);
    assert_int_equal(watch(bench).count, 0);
    fd_close(&ends[0]);
    fd_close(&ends[1]);
}

/* ---- Failing --------------------------------------------------------------------------------- */

/* An answer that fails is counted as none, and tells nothing. */
static void every_failed_call_is_an_error_that_tells_nothing(void **state) {
    struct bench *bench = *state;
    struct asking one = stays(bench);
    add_people(bench);
    struct gate_examine request = item(bench, STR("Ambrose Lanternfield met Tilda Quennevel."));
    struct buf packed;
    struct wire_message message = {.type = GATE_CHECK};
    buf_init(&packed, &bench->arena, LIMIT_MESSAGE_BYTES);
    wire_pack(&packed, gate_call_of(GATE_CHECK)->request, &request);
    good(buf_finish(&packed, &message.bytes));
    for (int n = 1; n < FAULT_RUNS_MAX; n++) {
        CLEANUP(arena_done) struct arena a;
        struct gate_answered answered = {.type = GATE_REPLY_ERROR};
        const struct gate_answering answering = {
            .post = &one.post, .asker = &one.asker, .message = &message};
        arena_init(&a, &bench->sys, BENCH_ARENA_CAP);
        bench->fault.calls = 0;
        bench->fault.fail_at = n;
        err e = gate_answer_call(&a, &answering, &answered);
        bool met = bench->fault.calls >= n;
        bench->fault.fail_at = 0;
        assert_false(str_contains(answered.bytes, STR("Byol")));
        if (e.kind == ERR_NONE && answered.type == GATE_REPLY_OK) {
            assert_int_equal(watch(bench).asked, 1);
            if (!met) return;
            fail_msg("a fault that was met did no harm");
        }
        assert_true(met);
        bench_reopen(bench);
        one.post.ledger = bench->ledger;
        assert_int_equal(watch(bench).asked, 0);
    }
    fail_msg("no run was clean");
}

/* Whatever fails: what was shown is in the ledger, on the disk. */
static void no_name_is_shown_that_the_ledger_does_not_know(void **state) {
    struct bench *bench = *state;
    struct asking own = officer(bench);
    int ends[2];
    add_people(bench);
    own.post.listener = -1;
    const struct gate_reveal wish = {.person = STR("Byol"), .reason = STR("her lawyer asks")};
    for (int n = 1; n < FAULT_RUNS_MAX; n++) {
        CLEANUP(arena_done) struct arena a;
        struct wire_message message = {.type = GATE_REVEAL, .file_count = 1};
        struct gate_answered answered = {.type = GATE_REPLY_ERROR};
        const struct gate_answering answering = {
            .post = &own.post, .asker = &own.asker, .message = &message};
        struct buf packed;
        char shown[256];
        size_t before = watch(bench).count;
        assert_int_equal(pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0);
        buf_init(&packed, &bench->arena, LIMIT_MESSAGE_BYTES);
        wire_pack(&packed, gate_call_of(GATE_REVEAL)->request, &wish);
        good(buf_finish(&packed, &message.bytes));
        message.files[0] = ends[1];
        own.post.ledger = bench->ledger;
        arena_init(&a, &bench->sys, BENCH_ARENA_CAP);
        bench->fault.calls = 0;
        bench->fault.fail_at = n;
        err e = gate_answer_call(&a, &answering, &answered);
        bool met = bench->fault.calls >= n;
        bench->fault.fail_at = 0;
        bench_reopen(bench);
        bool is_shown = read(ends[0], shown, sizeof shown) > 0;
        bool is_known = watch(bench).count == before + 1;
        fd_close(&ends[0]);
        fd_close(&ends[1]);
        assert_true(is_known || !is_shown);
        if (!met) {
            good(e);
            assert_true(is_shown);
            return;
        }
    }
    fail_msg("no run was clean");
}

#define CALLS_TEST(name) cmocka_unit_test_setup_teardown(name, bench_begin, bench_end)

int main(void) {
    const struct CMUnitTest tests[] = {
        CALLS_TEST(an_officer_is_told_all_and_nobody_else),
        CALLS_TEST(every_name_is_answered_with_the_same_bytes),
        CALLS_TEST(what_is_no_name_is_told_in_full),
        CALLS_TEST(what_somebody_answered_for_is_not_told),
        CALLS_TEST(what_is_for_officers_is_refused_to_others),
        CALLS_TEST(a_passphrase_makes_an_officer),
        CALLS_TEST(a_passphrase_that_never_comes_is_not_waited_for),
        CALLS_TEST(the_unproven_are_answered_so_often),
        CALLS_TEST(whoever_is_entered_makes_an_old_text_a_new_one),
        CALLS_TEST(a_decoy_raises_an_alarm_whoever_asks),
        CALLS_TEST(a_real_name_is_shown_after_the_ledger_knows),
        CALLS_TEST(a_gate_that_stays_shows_no_name_without_a_passphrase),
        CALLS_TEST(no_name_is_shown_that_the_ledger_does_not_know),
        CALLS_TEST(every_failed_call_is_an_error_that_tells_nothing),
    };
    return cmocka_run_group_tests_name("gate/calls", tests, NULL, NULL);
}
