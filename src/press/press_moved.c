/* press_moved.c: what was called back, and what has another address. */
#include <stdlib.h>

#include "base/unicode.h"
#include "press/press_impl.h"

/* 410: nothing of what was there is said, not even in which language it was translated, and the
 * address itself, which may hold a name, is written as a hash alone. */
static err write_gone(struct press *p, const struct edition *e, str path) {
    struct page page;
    bool is_kept = false;
    char room[PRESSING_GONE_BYTES + 1];
    str gone = pressing_gone_path(path, room);
    if (path_is_taken(p, path)) return OK; /* something else lives there now */
    if (path_is_taken(p, gone)) return OK; /* two withdrawn stories had the same address */
    page_begin(p, e, gone, &page);
    page.is_error = true;
    p->report->gone++;
    TRY(page_keep(&page, &is_kept));
    if (is_kept) return OK;
    view_site(&page, &(struct page_facts){.title = word(e, STR("gone.title")),
                                          .type = "website",
                                          .is_noindex = true});
    return page_render(&page, "gone", 410);
}

static bool can_be_asked_for(str path) {
    return path.len > 1 && path.len <= PRESSING_PATH_MAX && path.ptr[0] == '/' &&
           utf8_is_valid(path) && str_find_byte(path, '?') == STR_NONE &&
           str_find_byte(path, '#') == STR_NONE;
}

static err write_redirect(struct press *p, const struct entry *entry, str path) {
    struct page page;
    bool is_kept = false;
    page_begin(p, NULL, path, &page);
    page_use(&page, entry->number);
    depends_entry(&page, entry);
    p->report->moved++;
    TRY(page_keep(&page, &is_kept));
    return is_kept ? OK : page_redirect(&page, entry->href);
}

static int by_version(const void *one, const void *other) {
    int64_t a = ((const struct withdrawn *)one)->id;
    int64_t b = ((const struct withdrawn *)other)->id;
    return (a > b) - (a < b);
}

/* In whose language the page is gone: of the story, or the site's own. */
static const struct edition *language_of(const struct press *p, const struct withdrawn *w) {
    const struct edition *e = edition_of(p, w->language);
    return e != NULL ? e : &p->editions[0];
}

/* An old path leads to the story where it is, is gone with it, or says nothing of what was never
 * out. */
static err write_moved(struct press *p, const struct moved *moved) {
    const struct entry *entry = entry_by_id(p, moved->version);
    const struct withdrawn wanted = {.id = moved->version};
    if (path_is_taken(p, moved->path) || !can_be_asked_for(moved->path)) return OK;
    if (entry != NULL) return write_redirect(p, entry, moved->path);
    if (p->withdrawn_count == 0) return OK;
    const struct withdrawn *withdrawn =
        bsearch(&wanted, p->withdrawn, p->withdrawn_count, sizeof *p->withdrawn, by_version);
    return withdrawn == NULL ? OK : write_gone(p, language_of(p, withdrawn), moved->path);
}

err press_moved(struct press *p) {
    sort_things(p->withdrawn, p->withdrawn_count, sizeof *p->withdrawn, by_version);
    for (size_t i = 0; i < p->withdrawn_count; i++)
        TRY(write_gone(p, language_of(p, &p->withdrawn[i]), p->withdrawn[i].path));
    for (size_t i = 0; i < p->moved_count; i++) TRY(write_moved(p, &p->moved[i]));
    return OK;
}
