/* press_assets.c: styles, the icon and the files of pictures, under names that are made of their
 * bytes, so that each may be kept for ever. */
#include <stdlib.h>
#include <string.h>

#include "press/press_impl.h"

/* Writes a file under a name made of its bytes, so that it may be kept for ever. */
static err write_asset(struct press *p, const char *file, enum pressing_type type, str *ret_link) {
    struct page page;
    unsigned char hash[HASH_BYTES];
    str bytes = {0};
    str hex = {0};
    bool is_css = type == PRESSING_CSS;
    TRY(theme_file(p, file, &bytes));
    if (is_css) find_papers(p, bytes);
    hash_of(bytes, hash);
    TRY(hex_of(p->site, hash, 8, &hex));
    TRY(arena_printf(p->site, ret_link, "/assets/%s-" STR_FMT "%s", is_css ? "site" : "icon",
                     STR_ARG(hex), is_css ? ".css" : ".svg"));
    page_begin(p, NULL, *ret_link, &page);
    return page_write(&page, type, bytes, 200);
}

err press_assets(struct press *p) {
    TRY(write_asset(p, "css/site.css", PRESSING_CSS, &p->css));
    return write_asset(p, "css/icon.svg", PRESSING_SVG, &p->icon);
}

static int by_hash(const void *one, const void *other) {
    return memcmp(((const struct media_use *)one)->hash, ((const struct media_use *)other)->hash,
                  sizeof((const struct media_use *)one)->hash);
}

/* Writes the file that the first of `uses` wants, for all of them. A file that is not there, or not
 * the one that was cleared, stays out. */
static err write_picture(struct press *p, const struct media_use *uses, size_t count) {
    struct page page;
    unsigned char hash[HASH_BYTES];
    str hex = {0};
    str bytes = {0};
    page_begin(p, NULL, (str){0}, &page);
    TRY(picture_path(&p->page, uses->hash, uses->type, &page.path));
    TRY(hex_of(&p->page, uses->hash, sizeof uses->hash, &hex));
    err e = file_read(&p->page, p->options->media, hex, LIMIT_PICTURE_BYTES, &bytes);
    if (e.kind == ERR_NOT_FOUND) return note(p, hex, STR("this file is not in the media folder"));
    TRY(e);
    hash_of(bytes, hash);
    if (memcmp(hash, uses->hash, sizeof hash) != 0)
        return note(p, hex, STR("this file in the media folder was changed"));
    for (size_t i = 0; i < count; i++) page_use(&page, uses[i].number);
    p->report->pictures++;
    return page_write(&page, uses->type, bytes, 200);
}

err press_pictures(struct press *p) {
    if (p->media_count > 0) qsort(p->media, p->media_count, sizeof *p->media, by_hash);
    for (size_t from = 0; from < p->media_count;) {
        size_t to = from + 1;
        while (to < p->media_count && by_hash(&p->media[from], &p->media[to]) == 0) to++;
        TRY(write_picture(p, &p->media[from], to - from));
        from = to;
    }
    return OK;
}
