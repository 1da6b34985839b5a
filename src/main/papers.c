/* papers.c: see papers.h. */
#include "main/papers.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "main/findings.h"
#include "scrub/maker.h"
#include "scrub/paper_write.h"

#define PAGE_ARENA_BYTES ((size_t)PAPER_PIXELS_MAX * 4 + ((size_t)64 << 20))

/* Print packs to a fraction of its pixels; a photograph does not. */
enum { PRINT_RATIO = 20 };

/* A PDF and what came of it. */
struct paper_result {
    str path;
    str rebuilt;
    size_t pages;
    size_t words; /* that are seen */
    struct paper_hidden *hidden;
    size_t hidden_count;
    struct gate_paper_answer answer;
    str written; /* where, or empty */
};

bool papers_is_one(str operand) {
    return operand.len > 4 && str_eq_nocase(str_skip(operand, operand.len - 4), STR(".pdf"));
}

/* ---- Rebuilding ------------------------------------------------------------------------------ */

struct rebuilding {
    struct run *run;
    struct paper paper;
    struct maker maker;
    struct paper_writer writer;
    struct paper_result *result;
};

/* What is found outlives the page. */
static err keep_hidden(struct rebuilding *r, const struct paper_hidden *list, size_t count) {
    struct paper_result *result = r->result;
    struct arena *a = r->run->a;
    size_t room = result->hidden_count + count;
    void *grown = arena_grow(a, result->hidden, result->hidden_count * sizeof *result->hidden,
                             (room + 1) * sizeof *result->hidden);
    if (grown == NULL) FAIL(ERR_NO_MEMORY, "no memory for what is found");
    result->hidden = grown;
    for (size_t i = 0; i < count; i++) {
        struct paper_hidden *one = &result->hidden[result->hidden_count];
        *one = list[i];
        TRY(arena_copy(a, list[i].text, &one->text));
        result->hidden_count++;
    }
    return OK;
}

/* The encoder is started for the first page that needs it: one with a photograph. */
static err have_it_encoded(struct rebuilding *r, struct arena *scratch, const struct pixels *pixels,
                           struct paper_picture *ret_picture) {
    struct picture_set set;
    str encoder;
    if (r->maker.socket < 0) {
        TRY(arena_printf(r->run->a, &encoder, STR_FMT "/encoder", STR_ARG(r->run->programs)));
        TRY(maker_start(&(struct maker_spec){.encoder = encoder.ptr}, &r->maker));
    }
    TRY(maker_give_pixels(&r->maker, r->run->sys, pixels, /* with_avif= */ false));
    TRY(maker_take(&r->maker, scratch, &set));
    return paper_picture_take(scratch, &set, ret_picture);
}

/* Print is packed as it is; where a photograph has few colours too, the smaller one is taken. */
static err make_picture(struct rebuilding *r, struct arena *scratch, const struct pixels *pixels,
                        struct paper_picture *ret_picture) {
    struct paper_picture encoded;
    bool is_packed = false;
    TRY(paper_picture_pack(scratch, pixels, ret_picture, &is_packed));
    if (is_packed && ret_picture->bytes.len < pixels->bytes.len / PRINT_RATIO) return OK;
    TRY(have_it_encoded(r, scratch, pixels, &encoded));
    if (!is_packed || encoded.bytes.len < ret_picture->bytes.len) *ret_picture = encoded;
    return OK;
}

static err rebuild_page(struct rebuilding *r, int64_t number) {
    CLEANUP(arena_done) struct arena scratch;
    struct paper_page page;
    struct pixels pixels;
    struct paper_picture picture;
    arena_init(&scratch, r->run->sys, PAGE_ARENA_BYTES);
    TRY(paper_draw(&r->paper, &scratch, number, &page, &pixels));
    TRY(make_picture(r, &scratch, &pixels, &picture));
    TRY(paper_write_page(&r->writer, &scratch, &page, &picture));
    r->result->words += page.word_count;
    return keep_hidden(r, page.hidden, page.hidden_count);
}

static err rebuild_pages(struct rebuilding *r) {
    struct paper_result *result = r->result;
    TRY(paper_write_begin(&r->writer, r->run->a, result->pages));
    for (size_t i = 1; i <= result->pages; i++) {
        progress(r->run, "page %zu of %zu", i, result->pages);
        TRY(rebuild_page(r, (int64_t)i));
    }
    progress_end(r->run);
    return paper_write_end(&r->writer, &result->rebuilt);
}

static void stop(struct rebuilding *r) {
    paper_close(&r->paper);
    maker_stop(&r->maker);
}

static err rebuild(struct run *run, int fd, struct paper_result *result) {
    CLEANUP(stop)
    struct rebuilding r = {
        .run = run, .result = result, .paper = PAPER_CLOSED, .maker = MAKER_STOPPED};
    struct paper_opened opened;
    str reader;
    TRY(arena_printf(run->a, &reader, STR_FMT "/paper", STR_ARG(run->programs)));
    TRY(paper_open(&(struct paper_spec){.program = reader.ptr}, run->a, fd, &r.paper, &opened));
    result->pages = (size_t)opened.page_count;
    TRY(keep_hidden(&r, opened.hidden, opened.hidden_count));
    return rebuild_pages(&r);
}

/* ---- Asking the gate ------------------------------------------------------------------------- */

static err place_of(struct arena *a, const struct paper_hidden *hidden, str *ret_place) {
    const char *words = paper_kind_words((enum paper_kind)hidden->kind);
    if (hidden->page == 0) return arena_printf(a, ret_place, "the document, %s", words);
    return arena_printf(a, ret_place, "page %lld, %s", (long long)hidden->page, words);
}

static err memory_file_of(const struct sys *sys, str bytes, int *ret_fd) {
    CLEANUP(fd_close) int fd = memfd_create("rebuilt", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0) FAIL(ERR_IO, "a memory file: %s", strerror(errno));
    TRY(file_write_all(sys, fd, bytes));
    if (fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) != 0) {
        FAIL(ERR_IO, "a memory file: %s", strerror(errno));
    }
    *ret_fd = fd;
    fd = -1;
    return OK;
}

static err ask(struct site *site, struct paper_result *result) {
    CLEANUP(fd_close) int file = -1;
    struct arena *a = site->run->a;
    struct gate_paper paper = {.count = result->hidden_count};
    paper.hidden = arena_array(a, paper.count + 1, sizeof *paper.hidden);
    if (paper.hidden == NULL) FAIL(ERR_NO_MEMORY, "no memory for what is found");
    for (size_t i = 0; i < paper.count; i++) {
        TRY(place_of(a, &result->hidden[i], &paper.hidden[i].place));
        paper.hidden[i].text = result->hidden[i].text;
    }
    TRY(memory_file_of(site->run->sys, result->rebuilt, &file));
    struct gate_request request = {
        .call = GATE_PAPER, .body = &paper, .files = &file, .file_count = 1};
    return site_ask_with(site, &request, &result->answer);
}

/* The site that was named, or the one of this folder; without either a gate that knows nobody. */
static err open_gate(struct run *run, struct site *site) {
    bool is_named = option_text(run->arguments, "site").len > 0 || getenv("HANJI_SITE") != NULL;
    if (!is_named && access("hanji.ini", F_OK) != 0) return site_gate_for_papers(run, site);
    return site_open(run, site);
}

static err read_paper(struct site *site, str path, struct paper_result *result) {
    CLEANUP(fd_close) int fd = -1;
    struct run *run = site->run;
    result->path = path;
    TRY(err_wrap(file_open(run->a, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, &fd), STR_FMT,
                 STR_ARG(path)));
    TRY(err_wrap(rebuild(run, fd, result), STR_FMT, STR_ARG(path)));
    return ask(site, result);
}

/* ---- Telling --------------------------------------------------------------------------------- */

static err tell(const struct paper_result *result) {
    TRY(print_format(STR_FMT ": %zu pages, %zu words seen, %zu hidden things\n",
                     STR_ARG(result->path), result->pages, result->words, result->hidden_count));
    for (size_t i = 0; i < result->answer.count; i++) {
        TRY(findings_print(&result->answer.findings[i], RULE_ENGLISH));
    }
    if (result->answer.names_read == 0) {
        TRY(print_text(STR("    no site is here (--site), so nobody's name was looked for\n")));
    }
    if (result->written.len > 0) {
        TRY(print_format(STR_FMT " written, %zu KB\n", STR_ARG(result->written),
                         (result->rebuilt.len + 1023) / 1024));
    }
    return OK;
}

static err tell_json(struct arena *a, const struct paper_result *result) {
    struct buf b;
    str text;
    buf_init(&b, a, LIMIT_MESSAGE_BYTES * 2UL);
    buf_add(&b, STR("{\"file\": \""));
    json_text(&b, result->path);
    buf_printf(&b, "\", \"pages\": %zu, \"words\": %zu, \"names_read\": %s, \"written\": ",
               result->pages, result->words, result->answer.names_read != 0 ? "true" : "false");
    buf_add(&b, result->written.len > 0 ? STR("\"") : STR("null"));
    json_text(&b, result->written);
    if (result->written.len > 0) buf_add_byte(&b, '"');
    buf_add(&b, STR(",\n \"hidden\": ["));
    for (size_t i = 0; i < result->hidden_count; i++) {
        const struct paper_hidden *hidden = &result->hidden[i];
        buf_printf(&b, "%s{\"page\": %lld, \"kind\": \"%s\", \"text\": \"", i == 0 ? "" : ",\n  ",
                   (long long)hidden->page, paper_kind_name((enum paper_kind)hidden->kind));
        json_text(&b, hidden->text);
        buf_add(&b, STR("\"}"));
    }
    buf_add(&b, STR("],\n \"findings\": ["));
    for (size_t i = 0; i < result->answer.count; i++) {
        if (i > 0) buf_add(&b, STR(",\n  "));
        TRY(findings_json(&b, &result->answer.findings[i], RULE_ENGLISH));
    }
    buf_add(&b, STR("]}"));
    TRY(buf_finish(&b, &text));
    return print_text(text);
}

/* ---- The commands ---------------------------------------------------------------------------- */

err papers_check(struct run *run, int *ret_exit) {
    CLEANUP(site_close) struct site site = SITE_CLOSED;
    TRY(open_gate(run, &site));
    for (size_t i = 0; i < run->arguments->operand_count; i++) {
        struct arena_mark mark = arena_mark(run->a);
        struct paper_result result = {0};
        TRY(read_paper(&site, str_of(run->arguments->operands[i]), &result));
        if (run->json) TRY(print_text(i == 0 ? STR("[") : STR(",\n ")));
        TRY(run->json ? tell_json(run->a, &result) : tell(&result));
        if (result.answer.count > 0) *ret_exit = EXIT_FINDINGS;
        arena_reset(run->a, mark);
    }
    return run->json ? print_text(STR("]\n")) : OK;
}

err papers_scrub(struct run *run, int *ret_exit) {
    CLEANUP(site_close) struct site site = SITE_CLOSED;
    struct paper_result result = {0};
    str to = str_of(run->arguments->operands[1]);
    if (access(run->arguments->operands[1], F_OK) == 0) {
        FAIL(ERR_EXISTS, STR_FMT ": is there already; name a new file", STR_ARG(to));
    }
    TRY(open_gate(run, &site));
    TRY(read_paper(&site, str_of(run->arguments->operands[0]), &result));
    if (result.answer.may_leave != 0) {
        TRY(file_replace(run->a, AT_FDCWD, to, result.rebuilt, 0644));
        result.written = to;
    }
    TRY(run->json ? tell_json(run->a, &result) : tell(&result));
    if (run->json) TRY(print_text(STR("\n")));
    if (result.answer.may_leave == 0 && !run->json) {
        TRY(print_format(STR_FMT ": not written: what stops it is on a page itself\n",
                         STR_ARG(to)));
    }
    if (result.answer.count > 0) *ret_exit = EXIT_FINDINGS;
    return OK;
}
