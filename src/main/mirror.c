/* mirror.c: see mirror.h. */
#include "main/mirror.h"

#include "pressing/slots.h"

enum { PART_BYTES_MAX = 240 }; /* a file system takes 255; ".gz" stands behind */

err mirror_add(struct arena *a, struct mirror_list *list, str name, str bytes) {
    if (list->count == list->room) {
        size_t room = list->room == 0 ? 256 : list->room * 2;
        struct mirror_file *grown =
            arena_grow(a, list->all, list->room * sizeof *list->all, room * sizeof *list->all);
        if (grown == NULL) FAIL(ERR_NO_MEMORY, "no memory for %zu files", room);
        list->all = grown;
        list->room = room;
    }
    list->all[list->count++] = (struct mirror_file){name, bytes};
    return OK;
}

bool mirror_name_is_sound(str name) {
    while (true) {
        str part = {0};
        bool is_cut = str_cut(name, '/', &part, &name);
        bool is_step = str_eq(part, STR(".")) || str_eq(part, STR(".."));
        if (part.len == 0 || part.len > PART_BYTES_MAX || is_step) return false;
        for (size_t i = 0; i < part.len; i++) {
            unsigned char c = (unsigned char)part.ptr[i];
            if (c < ' ' || c == 0x7F) return false;
        }
        if (!is_cut) return true;
    }
}

static bool is_gone(const struct pressing_page *page) {
    return str_starts(page->path, STR("/.gone/"));
}

/* What the front searches in is for the front. */
static bool is_inner(const struct pressing_page *page) {
    return is_gone(page) || page->type == PRESSING_SEARCH;
}

bool mirror_holds(const struct pressing_page *page) {
    str name = str_skip(page->path, 1);
    if (str_ends(name, STR("/"))) name.len--;
    return !is_inner(page) && (name.len == 0 || mirror_name_is_sound(name));
}

/* The file that answers a path. A redirect without an ending becomes a folder with an index, so
 * that a server which knows no redirects.conf still shows a page. */
static err name_of(struct arena *a, const struct pressing_page *page, str *ret_name) {
    const char *end = "";
    bool is_html = str_ends(page->path, STR(".html")) || str_ends(page->path, STR(".htm"));
    if (str_ends(page->path, STR("/")))
        end = "index.html";
    else if (page->status == 301 && !is_html)
        end = "/index.html";
    else if (page->status == 404 || page->status == 410)
        end = ".html"; /* the front's own "/en/404" */
    return arena_printf(a, ret_name, "site" STR_FMT "%s", STR_ARG(page->path), end);
}

/* For servers that know no redirects.conf. The target was percent-encoded by the press. */
static err make_redirect(struct arena *a, str location, str *ret_html) {
    struct buf b;
    buf_init(&b, a, LIMIT_FIELD_BYTES);
    buf_add(&b, STR("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                    "<title>Moved</title>\n<meta name=\"robots\" content=\"noindex\">\n"
                    "<link rel=\"canonical\" href=\""));
    html_attr(&b, location);
    buf_add(&b, STR("\">\n<meta http-equiv=\"refresh\" content=\"0; url="));
    html_attr(&b, location);
    buf_add(&b, STR("\">\n</head>\n<body>\n<p><a href=\""));
    html_attr(&b, location);
    buf_add(&b, STR("\">Moved here</a></p>\n</body>\n</html>\n"));
    return buf_finish(&b, ret_html);
}

static err add_form(struct arena *a, struct mirror_list *list, str name, const char *end,
                    str bytes) {
    str longer = {0};
    if (bytes.len == 0) return OK;
    TRY(arena_printf(a, &longer, STR_FMT "%s", STR_ARG(name), end));
    return mirror_add(a, list, longer, bytes);
}

static err leave_out(struct arena *a, str path, struct mirror_report *report) {
    size_t count = report->left_out_count;
    str *grown =
        arena_grow(a, report->left_out, count * sizeof *grown, (count + 1) * sizeof *grown);
    if (grown == NULL) FAIL(ERR_NO_MEMORY, "no memory for what is left out");
    report->left_out = grown;
    report->left_out[report->left_out_count++] = path;
    return OK;
}

/* A page with places that nobody fills on a mirror: it says that a copy cannot search. */
static err fill_page(struct arena *a, struct pressing_page *page) {
    static const struct slot_scope once = {0};
    static const struct slot_list lists[] = {{"mirror", &once, 1}};
    const struct slot_scope scope = {.lists = lists, .list_count = COUNT_OF(lists)};
    if (page->type != PRESSING_HTML || !str_contains(page->body, STR("<!--[mirror-->"))) return OK;
    page->gzip = page->brotli = (str){0}; /* these would be of the open page */
    return slots_fill(a, page->body, &scope, &page->body);
}

static err plan_page(struct arena *a, struct pressing_page *page, struct mirror_list *list,
                     struct mirror_report *report) {
    str name = {0};
    report->gone += is_gone(page);
    if (is_inner(page)) return OK;
    if (!mirror_holds(page)) return leave_out(a, page->path, report);
    TRY(fill_page(a, page));
    str body = page->body;
    TRY(name_of(a, page, &name));
    report->pages++;
    report->moved += page->status == 301;
    if (page->status == 301) TRY(make_redirect(a, page->location, &body));
    TRY(mirror_add(a, list, name, body));
    TRY(add_form(a, list, name, ".gz", page->gzip));
    return add_form(a, list, name, ".br", page->brotli);
}

static int by_name(const void *one, const void *other) {
    return str_cmp(((const struct mirror_file *)one)->name,
                   ((const struct mirror_file *)other)->name);
}

err mirror_plan(struct arena *a, const struct pressing *pressing, str language,
                struct mirror_list *ret_list, struct mirror_report *report) {
    struct mirror_list list = {0};
    for (size_t i = 0; i < pressing_page_count(pressing); i++) {
        struct pressing_page page = {0};
        pressing_page_at(pressing, i, &page);
        TRY(plan_page(a, &page, &list, report));
    }
    TRY(mirror_add_nginx(a, pressing, language, &list));
    sort_things(list.all, list.count, sizeof *list.all, by_name);
    for (size_t i = 1; i < list.count; i++) {
        if (str_eq(list.all[i - 1].name, list.all[i].name))
            FAIL(ERR_EXISTS, "two pages want the file " STR_FMT, STR_ARG(list.all[i].name));
    }
    *ret_list = list;
    return OK;
}
