/* paper_fake_test.c: paper readers that crash, hang and lie, and what the real one may still do.
 *
 * The reader is this program itself, started again under the name "paper": what it then does is in
 * TZ, one of the few words of an environment that a child is given. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/sandbox.h"
#include "scrub/paper.h"
#include "scrub/paper_tool.h"
#include "scrub/paper_tools.h"

enum { ARENA_CAP = 1 << 27, QUESTIONS = 3 };

/* ---- The fakes ------------------------------------------------------------------------------- */

static struct paper_hidden strange[] = {{.page = 1, .kind = PAPER_LINK}};
static struct paper_word word[] = {
    {.text = {"Witness", 7}, .x = 100, .y = 100, .width = 100, .height = 100}};

struct lie {
    const char *name;
    bool is_about_page; /* else about the file */
    void (*tell)(struct paper_opened *opened, struct paper_page *page);
};

#define LIE(name, ...)                                                                             \
    static void name(struct paper_opened *opened, struct paper_page *page) {                       \
        (void)opened;                                                                              \
        (void)page;                                                                                \
        __VA_ARGS__;                                                                               \
    }

LIE(truth, )
LIE(no_pages, opened->page_count = 0)
LIE(many_pages, opened->page_count = LIMIT_PAPER_PAGES + 1)
LIE(no_status, opened->status = PAPER_SILENT)
LIE(odd_status, opened->status = PAPER_STATUS_COUNT)
LIE(odd_kind, opened->hidden = strange; opened->hidden_count = 1;
    strange[0].kind = PAPER_KIND_COUNT)
LIE(negative_kind, opened->hidden = strange; opened->hidden_count = 1; strange[0].kind = -1)
LIE(page_beyond, opened->hidden = strange; opened->hidden_count = 1; strange[0].page = 4)
LIE(escape, opened->hidden = strange; opened->hidden_count = 1;
    strange[0].text = STR("red \033[31m"))
LIE(turning, opened->hidden = strange; opened->hidden_count = 1;
    strange[0].text = STR("a\xE2\x80\xAE"
                          "b"))
LIE(wide, page->width = LIMIT_PAPER_WIDTH + 1)
LIE(high, page->height = LIMIT_PAPER_HEIGHT + 1)
LIE(flat, page->height = 0)
LIE(huge_paper, page->paper_width = (int64_t)1 << 60)
LIE(no_paper, page->paper_height = 0)
LIE(word_beyond, word[0].x = 100 * PAPER_HUNDREDTHS - 50)
LIE(word_before, word[0].y = -1)
LIE(word_endless, word[0].width = INT64_MAX)
LIE(word_empty, word[0].text = STR(""))
LIE(word_of_lines, word[0].text = STR("a\nb"))
LIE(word_bell, word[0].text = STR("\a"))

static const struct lie LIES[] = {
    {"no-pages", false, no_pages},
    {"many-pages", false, many_pages},
    {"no-status", false, no_status},
    {"odd-status", false, odd_status},
    {"odd-kind", false, odd_kind},
    {"negative-kind", false, negative_kind},
    {"page-beyond", false, page_beyond},
    {"escape", false, escape},
    {"turning", false, turning},
    {"wide", true, wide},
    {"high", true, high},
    {"flat", true, flat},
    {"huge-paper", true, huge_paper},
    {"no-paper", true, no_paper},
    {"word-beyond", true, word_beyond},
    {"word-before", true, word_before},
    {"word-endless", true, word_endless},
    {"word-empty", true, word_empty},
    {"word-of-lines", true, word_of_lines},
    {"word-bell", true, word_bell},
    {"truth", true, truth},
};

static err answer(struct arena *a, uint32_t type, const struct wire_shape *shape,
                  const void *message) {
    struct buf b;
    str packed;
    buf_init(&b, a, 1 << 20);
    wire_pack(&b, shape, message);
    TRY(buf_finish(&b, &packed));
    return wire_send(QUESTIONS, type, packed, NULL, 0);
}

static err lie_twice(struct arena *a, const struct lie *lie) {
    struct wire_message message;
    struct paper_opened opened = {.status = PAPER_READ, .page_count = 3};
    struct paper_page page = {.status = PAPER_READ,
                              .width = 100,
                              .height = 100,
                              .paper_width = 4800,
                              .paper_height = 4800,
                              .words = word,
                              .word_count = 1};
    lie->tell(&opened, &page);
    TRY(wire_receive(a, QUESTIONS, 0, &message));
    wire_close_files(&message);
    TRY(answer(a, PAPER_OPENED, &paper_opened_shape, &opened));
    TRY(wire_receive(a, QUESTIONS, 0, &message));
    return answer(a, PAPER_DRAWN, &paper_page_shape, &page);
}

static int be_a_fake(const char *how) {
    struct sys sys = sys_real();
    CLEANUP(arena_done) struct arena a;
    struct wire_message message;
    arena_init(&a, &sys, ARENA_CAP);
    for (size_t i = 0; i < COUNT_OF(LIES); i++) {
        if (strcmp(how, LIES[i].name) == 0) return lie_twice(&a, &LIES[i]).kind != ERR_NONE;
    }
    if (wire_receive(&a, QUESTIONS, 0, &message).kind != ERR_NONE) return 1;
    if (strcmp(how, "crash") == 0) {
        signal(SIGSEGV, SIG_DFL); /* a sanitizer would report it */
        raise(SIGSEGV);
    }
    if (strcmp(how, "hang") == 0) pause();
    if (strcmp(how, "other") == 0) return (int)wire_send(QUESTIONS, 77, (str){0}, NULL, 0).kind;
    if (strcmp(how, "noise") == 0) {
        return (int)wire_send(QUESTIONS, PAPER_OPENED, STR("\1\2\3"), NULL, 0).kind;
    }
    if (strcmp(how, "half") == 0) return write(QUESTIONS, "\377\0\0", 3) != 3;
    return 0; /* "quiet" */
}

/* ---- Being told lies ------------------------------------------------------------------------- */

struct bench {
    struct sys sys;
    struct arena arena;
};

static int begin(void **state) {
    struct bench *bench = calloc(1, sizeof *bench);
    if (bench == NULL) return -1;
    bench->sys = sys_real();
    arena_init(&bench->arena, &bench->sys, ARENA_CAP);
    *state = bench;
    return 0;
}

static int end(void **state) {
    struct bench *bench = *state;
    arena_done(&bench->arena);
    free(bench);
    return 0;
}

static err ask_fake(struct bench *bench, const char *how, unsigned seconds, bool *ret_is_open) {
    CLEANUP(paper_close) struct paper paper = PAPER_CLOSED;
    CLEANUP(fd_close) int fd = memfd_create("test", MFD_CLOEXEC);
    struct paper_spec spec = {.program = "/proc/self/exe", .seconds_max = seconds};
    struct paper_opened opened;
    struct paper_page page;
    struct pixels pixels;
    setenv("TZ", how, 1);
    *ret_is_open = false;
    TRY(paper_open(&spec, &bench->arena, fd, &paper, &opened));
    *ret_is_open = true;
    return paper_draw(&paper, &bench->arena, 1, &page, &pixels);
}

static void believes_no_lie(void **state) {
    struct bench *bench = *state;
    for (size_t i = 0; i < COUNT_OF(LIES); i++) {
        bool is_open = false;
        err e = ask_fake(bench, LIES[i].name, 30, &is_open);
        bool is_true = LIES[i].tell == truth;
        if (is_open != LIES[i].is_about_page) fail_msg("%s: %s", LIES[i].name, e.message);
        if (e.kind != (is_true ? ERR_NONE : ERR_IO)) {
            fail_msg("%s: %s", LIES[i].name, is_true ? e.message : "believed");
        }
    }
}

static void outlives_a_reader_that_dies_or_talks_nonsense(void **state) {
    static const char *const HOW[] = {"crash", "quiet", "other", "noise", "half"};
    struct bench *bench = *state;
    for (size_t i = 0; i < COUNT_OF(HOW); i++) {
        bool is_open = false;
        err e = ask_fake(bench, HOW[i], 30, &is_open);
        if (e.kind != ERR_IO || is_open) fail_msg("%s: %s", HOW[i], err_kind_name(e.kind));
        assert_true(str_contains(str_of(e.message), STR("the file was not read")));
    }
}

static void waits_for_nobody_for_ever(void **state) {
    struct bench *bench = *state;
    bool is_open = false;
    assert_int_equal(ask_fake(bench, "hang", 1, &is_open).kind, ERR_BUSY);
    assert_false(is_open);
}

/* ---- What the real one may still do ---------------------------------------------------------- */

/* In a child that has woken as the paper reader does: the number of the first thing it can still do
 * and should not. */
static int try_everything(void) {
    static const char *const SHELL[] = {"/bin/sh", "-c", "exit 0", NULL};
    const struct sys sys = sys_real();
    int code = 0;
    int house = open("/tmp", O_RDONLY | O_DIRECTORY); /* open before, it opens nothing now */
    if (paper_tools_wake(paper_tools).kind != ERR_NONE) return 1;
    if (open("/etc/passwd", O_RDONLY) >= 0) return 2;
    if (openat(house, ".", O_RDONLY | O_DIRECTORY) >= 0) return 3;
    if (open("/usr/lib/hanji-test", O_WRONLY | O_CREAT, 0600) >= 0) return 4;
    if (open("/proc/1/status", O_RDONLY) >= 0) return 5;
    if (sandbox_has_seccomp() && socket(AF_INET, SOCK_STREAM, 0) >= 0) return 6;
    struct paper_tool shell = {.argv = SHELL, .out = -1};
    if (paper_tool_run(&sys, &shell, &code).kind == ERR_NONE) return 7;
    if (open("/usr/lib", O_RDONLY | O_DIRECTORY) < 0) return 8; /* the tools need that */
    return 0;
}

static void keeps_no_right_but_for_its_tools(void **state) {
    (void)state;
    if (access("/usr/bin/qpdf", X_OK) != 0 || access("/usr/bin/pdftoppm", X_OK) != 0) {
        printf("# SKIP no qpdf or poppler-utils\n");
        return;
    }
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) _exit(try_everything());
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* A tool that writes without end, and one that is not there. */
static void ends_tools_that_do_not(void **state) {
    static const char *const ENDLESS[] = {"/bin/cat", "/dev/zero", NULL};
    static const char *const NOBODY[] = {"/nowhere/tool", NULL};
    const struct sys sys = sys_real();
    CLEANUP(fd_close) int out = memfd_create("test", MFD_CLOEXEC);
    struct paper_tool endless = {.argv = ENDLESS, .out = out, .bytes_max = 1 << 20};
    struct paper_tool nobody = {.argv = NOBODY, .out = -1};
    int code = 0;
    (void)state;
    err e = paper_tool_run(&sys, &endless, &code);
    assert_int_equal(e.kind, ERR_LIMIT);
    assert_int_equal(paper_tool_run(&sys, &nobody, &code).kind, ERR_IO);
}

int main(int argc, char **argv) {
    if (argc == 3 && strcmp(argv[0], "paper") == 0) return be_a_fake(getenv("TZ"));
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(believes_no_lie),           TEST(outlives_a_reader_that_dies_or_talks_nonsense),
        TEST(waits_for_nobody_for_ever), TEST(keeps_no_right_but_for_its_tools),
        TEST(ends_tools_that_do_not),
    };
#undef TEST
    return cmocka_run_group_tests_name("paper readers", tests, NULL, NULL);
}
