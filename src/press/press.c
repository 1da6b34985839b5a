/* press.c: the whole site, in its order. See press.h. */
#include "press/press.h"

#include <libdeflate.h>

#include "press/press_impl.h"

enum { GZIP_LEVEL = 9 }; /* pressed once, sent many times; 10 and more cost twice for a percent */

/* The kinds of page of one language, in the order they are pressed. */
static const struct {
    const char *name;
    err (*render)(struct press *p, const struct edition *e);
} page_kinds[] = {
    {"home", press_home},    {"blog", press_blog},   {"reports", press_reports},
    {"topic", press_topics}, {"story", press_items}, {"error", press_errors},
    {"feed", press_feed},
};

static err press_all(struct press *p) {
    TRY(theme_templates(p));
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
    TRY(press_pictures(p));
    return press_moved(p);
}

err press_site(const struct sys *sys, struct arena *a, const struct press_options *options,
               struct press_report *ret_report) {
    struct press_report report = {0};
    struct press p = {.sys = sys,
                      .options = options,
                      .site = a,
                      .report = &report,
                      .left_out_end = &report.left_out,
                      .notes_end = &report.notes,
                      .now = sys->now_seconds(sys->ctx)};
    arena_init(&p.page, sys, PAGE_ARENA_MAX);
    arena_init(&p.walk, sys, PAGE_ARENA_MAX);
    p.compressor = libdeflate_alloc_compressor(GZIP_LEVEL);
    err e = p.compressor == NULL
                ? err_make(ERR_NO_MEMORY, __FILE__, __LINE__, "no memory to compress pages")
                : pressing_writer_open(sys, options->pressings, &p.writer);
    if (e.kind == ERR_NONE) e = press_all(&p);
    if (e.kind == ERR_NONE) e = pressing_writer_finish(p.writer, a, &report.name);
    pressing_writer_close(&p.writer);
    libdeflate_free_compressor(p.compressor);
    arena_done(&p.walk);
    arena_done(&p.page);
    TRY(e);
    *ret_report = report;
    return OK;
}
