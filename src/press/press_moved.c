/* press_moved.c: what was called back, and what has another address. */
#include "base/unicode.h"
#include "press/press_impl.h"

/* 410: nothing of what was there is said, not even in which language it was translated, and the
 * address itself, which may hold a name, is written as a hash alone. */
static err write_gone(struct press *p, const struct edition *e, str path) {
    struct page page;
    char room[PRESSING_GONE_BYTES + 1];
    str gone = pressing_gone_path(path, room);
    if (path_is_taken(p, path)) return OK; /* something else lives there now */
    if (path_is_taken(p, gone)) return OK; /* two withdrawn stories had the same address */
    page_begin(p, e, gone, &page);
    page.is_error = true;
    view_site(&page, &(struct page_facts){.title = word(e, STR("gone.title")),
                                          .type = "website",
                                          .is_noindex = true});
    TRY(page_render(&page, "gone", 410));
    p->report->gone++;
    return OK;
}

static err meet_withdrawn(void *context, struct archive_version *version) {
    struct press *p = context;
    const struct edition *e = edition_of(p, version->language);
    str path = {0};
    TRY(archive_public_path(&p->walk, version, &path));
    return write_gone(p, e != NULL ? e : &p->editions[0], path);
}

static bool can_be_asked_for(str path) {
    return path.len > 1 && path.len <= PRESSING_PATH_MAX && path.ptr[0] == '/' &&
           utf8_is_valid(path) && str_find_byte(path, '?') == STR_NONE &&
           str_find_byte(path, '#') == STR_NONE;
}

static err meet_old_path(void *context, const struct archive_old_path *old) {
    struct press *p = context;
    const struct entry *entry = entry_by_id(p, old->version);
    struct page page;
    if (path_is_taken(p, old->path) || !can_be_asked_for(old->path)) return OK;
    if (entry != NULL) {
        page_begin(p, NULL, old->path, &page);
        page_use(&page, entry->number);
        p->report->moved++;
        return page_redirect(&page, entry->href);
    }
    struct archive_version version = {0};
    err e = archive_version_load(p->options->archive, &p->walk, old->version, &version);
    if (e.kind == ERR_NOT_FOUND) return OK;
    TRY(e);
    if (version.status != ARCHIVE_WITHDRAWN) return OK; /* never out yet: there is nothing to say */
    const struct edition *edition = edition_of(p, version.language);
    return write_gone(p, edition != NULL ? edition : &p->editions[0], old->path);
}

err press_moved(struct press *p) {
    struct archive_filter filter = {.only_statuses = {[ARCHIVE_WITHDRAWN] = true}};
    TRY(archive_versions_each(p->options->archive, &p->walk, &filter, meet_withdrawn, p));
    return archive_old_paths_each(p->options->archive, &p->walk, meet_old_path, p);
}
