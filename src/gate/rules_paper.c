/* rules_paper.c: see rules_paper.h. */
#include "gate/rules_paper.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/unicode.h"
#include "gate/paper.h"
#include "gate/passage.h"
#include "gate/rules_text.h"

enum {
    HITS_A_TEXT_MAX = 50, /* told; the first sure one always is */
    SHOWN_BYTES = 400,    /* of what is hidden in one place */
    FILE_BYTES_MAX = 256 << 20,
};

struct reading {
    struct arena *a;
    struct findings findings;
    str place;
    str text;
    const char *way_out;
    size_t told;
    bool has_sure; /* one was told */
};

static err see(void *context, const struct watch_hit *hit) {
    struct reading *r = context;
    const struct match_hit *at = hit->at;
    struct gate_finding finding = {.place = r->place,
                                   .person = hit->person->about.id,
                                   .severity = at->is_sure ? GATE_BLOCKS : GATE_WARNS,
                                   .way_out = str_of(r->way_out)};
    bool is_first_sure = at->is_sure && !r->has_sure;
    if (r->told++ >= HITS_A_TEXT_MAX && !is_first_sure) return OK;
    r->has_sure = r->has_sure || at->is_sure;
    TRY(arena_printf(r->a, &finding.text, "%s " STR_FMT " (a protected person), %s",
                     at->is_sure ? "this names" : "this may name",
                     STR_ARG(hit->person->about.pseudonym), rules_way_of(at->lane)));
    TRY(passage_show(r->a, &(struct passage){r->text, at->from, at->to}, &finding));
    return findings_put(&r->findings, at->is_sure ? RULE_R05 : RULE_R06, finding);
}

static err read_names(struct reading *r, struct ledger *ledger, str place, str text) {
    const struct watch_text watched = {.text = text, .kind = FOLD_TEXT};
    if (ledger == NULL || text.len == 0) return OK;
    r->place = place;
    r->text = text;
    r->told = 0;
    r->has_sure = false;
    err e = watch_read(ledger, r->a, &watched, see, r);
    if (e.kind != ERR_LIMIT) return e;
    return findings_add(&r->findings, RULE_R24, place,
                        STR("this text could not be read to its end"), STR("make it shorter"));
}

static err tell_hidden(struct reading *r, const struct gate_paper_text *hidden) {
    struct gate_finding finding = {
        .severity = GATE_BLOCKS,
        .place = hidden->place,
        .text = STR("a PDF says what its pages do not show"),
        .way_out = STR("never pass this file on: what hanji scrub makes of it leaves it out"),
        .passage = utf8_cut(hidden->text, SHOWN_BYTES)};
    if (finding.passage.len > 0) finding.line = finding.column = 1;
    if (finding.passage.len < hidden->text.len) finding.after = STR(" ...");
    return findings_put(&r->findings, RULE_R12, finding);
}

static err map_file(int file, str *ret_bytes) {
    struct stat stat;
    if (fstat(file, &stat) != 0 || !S_ISREG(stat.st_mode) || stat.st_size <= 0) {
        FAIL(ERR_IO, "the rebuilt paper is no file");
    }
    if (stat.st_size > FILE_BYTES_MAX) FAIL(ERR_LIMIT, "the rebuilt paper is too large");
    void *bytes = mmap(NULL, (size_t)stat.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    if (bytes == MAP_FAILED) FAIL(ERR_IO, "the rebuilt paper: %s", strerror(errno));
    *ret_bytes = (str){bytes, (size_t)stat.st_size};
    return OK;
}

static void unmap(str bytes) {
    union {
        const char *given;
        void *wanted; /* what mmap gave */
    } block = {.given = bytes.ptr};
    munmap(block.wanted, bytes.len);
}

static err read_rebuilt(struct reading *r, struct ledger *ledger, const struct paper_read *read) {
    if (read->count == 0) {
        str text;
        TRY(arena_printf(r->a, &text, "the rebuilt file is not as it must be, at byte %zu: %s",
                         read->offset, read->reason));
        return findings_add(&r->findings, RULE_R24, STR("rebuilt file"), text,
                            STR("nothing of it is published; scrub it again"));
    }
    r->way_out = "take it off the page, and print the page into a new PDF";
    for (size_t i = 0; i < read->count; i++) {
        str place;
        TRY(arena_printf(r->a, &place, "page %zu", i + 1));
        TRY(read_names(r, ledger, place, read->pages[i].text));
    }
    return OK;
}

err rules_read_paper(struct arena *a, const struct papers_wish *wish,
                     struct gate_paper_answer *ret_answer) {
    struct reading r = {.a = a};
    struct paper_read read;
    str bytes;
    findings_init(&r.findings, a);
    TRY(map_file(wish->file, &bytes));
    err e = paper_read(a, bytes, &read);
    unmap(bytes);
    TRY(e);
    TRY(read_rebuilt(&r, wish->ledger, &read));
    bool may_leave = !r.findings.blocks;
    r.way_out = "never pass this file on: what hanji scrub makes of it leaves it out";
    for (size_t i = 0; i < wish->paper->count; i++) {
        const struct gate_paper_text *hidden = &wish->paper->hidden[i];
        TRY(read_names(&r, wish->ledger, hidden->place, hidden->text));
        TRY(tell_hidden(&r, hidden));
    }
    *ret_answer = (struct gate_paper_answer){.findings = r.findings.list,
                                             .count = r.findings.count,
                                             .pages = (int64_t)read.count,
                                             .may_leave = may_leave,
                                             .names_read = wish->ledger != NULL};
    return OK;
}
