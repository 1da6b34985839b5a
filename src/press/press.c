/* press.c: the whole site, in its order. See press.h. */
#include "press/press.h"

#include "press/press_impl.h"

/* The kinds of page of one language, in the order they are pressed. */
static const struct {
    const char *name;
    err (*render)(struct press *p, const struct edition *e);
} page_kinds[] = {
    {"home", press_home},    {"blog", press_blog},     {"reports", press_reports},
    {"topic", press_topics}, {"story", press_items},   {"error", press_errors},
    {"feed", press_feed},    {"search", press_search},
};

static err press_all(struct press *p) {
    stamp_begin(p);
    TRY(theme_templates(p));
    TRY(read_assets(p));
    TRY(gather(p));
    if (p->edition_count == 0)
        FAIL(ERR_DENIED, "nothing can be pressed: no language has its own words (site/...) cleared "
                         "for the web");
    TRY(press_assets(p));
    for (size_t i = 0; i < p->edition_count; i++) {
        for (size_t k = 0; k < COUNT_OF(page_kinds); k++)
            TRY(err_wrap(page_kinds[k].render(p, &p->editions[i]), "%s", page_kinds[k].name));
    }
    TRY(press_sitemap(p));
    TRY(press_robots(p));
    TRY(press_manifest(p));
    TRY(press_pictures(p));
    return press_moved(p);
}

/* The live pressing: what it holds already is neither compressed nor written again. One that cannot
 * be read, or is not the gate's, is no help: then everything is made anew. */
static err open_base(struct press *p) {
    const struct pressing_place place = {
        .sys = p->sys, .folder = p->options->pressings, .clearing_key = p->options->clearing_key};
    err e = pressing_open_current(&place, p->site, &p->live_name, &p->live);
    return e.kind == ERR_NO_MEMORY ? e : OK;
}

static err press_upon_base(struct press *p) {
    TRY(pressing_writer_open(p->sys, p->options->pressings, p->live, &p->writer));
    TRY(compressing_open(p->sys, p->writer, compressing_workers(), &p->compressing));
    TRY(press_all(p));
    TRY(compressing_flush(p->compressing));
    TRY(pressing_writer_finish(p->writer, p->site, &p->report->name));
    return memo_write(p, p->report->name);
}

static err press_once(const struct sys *sys, struct arena *a, const struct press_options *options,
                      bool is_anew, struct press_report *report) {
    struct press p = {.sys = sys,
                      .options = options,
                      .site = a,
                      .report = report,
                      .left_out_end = &report->left_out,
                      .notes_end = &report->notes,
                      .now = sys->now_seconds(sys->ctx)};
    arena_init(&p.page, sys, PAGE_ARENA_MAX);
    arena_init(&p.walk, sys, PAGE_ARENA_MAX);
    err e = is_anew ? OK : open_base(&p);
    if (e.kind == ERR_NONE) e = press_upon_base(&p);
    compressing_close(&p.compressing);
    pressing_writer_close(&p.writer);
    pressing_close(&p.live);
    arena_done(&p.walk);
    arena_done(&p.page);
    return e;
}

err press_site(const struct sys *sys, struct arena *a, const struct press_options *options,
               struct press_report *ret_report) {
    struct press_report report = {0};
    err e = press_once(sys, a, options, options->is_anew, &report);
    bool is_base_damaged = e.kind == ERR_INVALID && !options->is_anew;
    if (is_base_damaged) { /* or a setting is wrong: then it is so once more */
        report = (struct press_report){0};
        e = press_once(sys, a, options, true, &report);
    }
    TRY(e);
    *ret_report = report;
    return OK;
}
