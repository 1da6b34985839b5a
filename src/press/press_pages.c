/* press_pages.c: homes, lists, topics, and what is said where nothing is. */
#include "base/date.h"
#include "press/markdown.h"
#include "press/press_impl.h"

/* ---- Home ----------------------------------------------------------------------------------- */

static err view_home(struct page *page) {
    const struct edition *e = page->edition;
    struct view *view = &page->view;
    struct buf intro;
    const struct markdown_options options = {.base = page->press->base,
                                             .table_label = word(e, STR("table.label"))};
    buf_init(&intro, &page->press->page, LIMIT_PAGE_BYTES);
    TRY(markdown_html(&page->press->page, &options, e->home_intro, &intro));
    struct value *home = view_map(view, &view->root, "home");
    view_text(view, home, "title", e->home_title.len > 0 ? e->home_title : e->tagline);
    view_text(view, home, "intro", page_finish(page, &intro));
    if (e->stories.count > 0)
        view_card(page, home, "lead", e->stories.all[0], 0);
    else
        view_flag(view, home, "lead", false);
    struct value *cards = view_list(view, home, "cards");
    for (size_t i = 1; i < e->stories.count && i <= HOME_CARDS; i++)
        view_card(page, cards, NULL, e->stories.all[i], 0);
    view_flag(view, home, "has_cards", e->stories.count > 1);
    view_topics(page);
    return view_blocks(page, NULL);
}

static err render_home(struct press *p, const struct edition *e, str path) {
    struct page page;
    page_begin(p, e, path, &page);
    str description = {0};
    TRY(excerpt(&p->page, e->tagline, DESCRIPTION_CHARACTERS, &description));
    view_site(&page, &(struct page_facts){
                         .description = description, .type = "website", .canonical = e->home});
    TRY(view_home(&page));
    return page_render(&page, "home", 200);
}

err press_home(struct press *p, const struct edition *e) {
    TRY(render_home(p, e, e->home));
    return e == &p->editions[0] ? render_home(p, e, STR("/")) : OK; /* the default language's */
}

/* ---- Lists ---------------------------------------------------------------------------------- */

struct list {
    struct entry_list entries;
    str path; /* of its first page, decoded */
    str title;
    str label;
    int64_t topic; /* 0: of no topic */
};

static str list_path(struct page *page, const struct list *list, size_t number) {
    struct buf path;
    buf_init(&path, &page->press->page, LIMIT_PATH_BYTES);
    buf_add(&path, list->path);
    if (number > 1) buf_printf(&path, "page/%zu/", number);
    return page_finish(page, &path);
}

static void view_pager(struct page *page, struct value *map, const struct list *list, size_t number,
                       size_t count) {
    if (count < 2) return view_flag(&page->view, map, "pager", false);
    struct fill fills[] = {{STR("page"), page_text(page, "%zu", number)},
                           {STR("pages"), page_text(page, "%zu", count)}};
    struct buf where;
    buf_init(&where, &page->press->page, LIMIT_FIELD_BYTES);
    fill_words(&where, word(page->edition, STR("list.where")), fills, COUNT_OF(fills));
    struct value *pager = view_map(&page->view, map, "pager");
    view_text(&page->view, pager, "where", page_finish(page, &where));
    view_text(&page->view, pager, "newer",
              number > 1 ? page_href(page, list_path(page, list, number - 1)) : (str){0});
    view_text(&page->view, pager, "older",
              number < count ? page_href(page, list_path(page, list, number + 1)) : (str){0});
}

static str list_description(struct page *page, const struct list *list) {
    if (list->topic != 0) return (str){0};
    struct fill fill = {STR("site"), page->edition->name};
    struct buf text;
    buf_init(&text, &page->press->page, LIMIT_FIELD_BYTES);
    fill_words(&text, word(page->edition, STR("blog.description")), &fill, 1);
    return page_finish(page, &text);
}

static err render_list(struct press *p, const struct edition *e, const struct list *list,
                       size_t number, size_t count) {
    struct page page;
    page_begin(p, e, (str){0}, &page);
    page.path = list_path(&page, list, number);
    TRY(view_check(&page.view));
    view_site(&page, &(struct page_facts){.title = list->title,
                                          .description = list_description(&page, list),
                                          .type = "website",
                                          .canonical = page_href(&page, page.path),
                                          .is_noindex = number > 1});
    struct value *map = view_map(&page.view, &page.view.root, "list");
    view_text(&page.view, map, "label", list->label);
    view_text(&page.view, map, "title", list->title);
    view_flag(&page.view, map, "intro", false);
    struct value *cards = view_list(&page.view, map, "cards");
    for (size_t i = (number - 1) * LIST_CARDS; i < list->entries.count && i < number * LIST_CARDS;
         i++)
        view_card(&page, cards, NULL, list->entries.all[i], list->topic);
    view_flag(&page.view, map, "has_cards", list->entries.count > 0);
    view_pager(&page, map, list, number, count);
    return page_render(&page, "list", 200);
}

static err render_lists(struct press *p, const struct edition *e, const struct list *list) {
    size_t count = (list->entries.count + LIST_CARDS - 1) / LIST_CARDS;
    if (count == 0) count = 1;
    for (size_t number = 1; number <= count; number++) TRY(render_list(p, e, list, number, count));
    return OK;
}

err press_blog(struct press *p, const struct edition *e) {
    const struct list list = {
        .entries = e->stories, .path = e->blog, .title = word(e, STR("blog.title"))};
    return render_lists(p, e, &list);
}

err press_reports(struct press *p, const struct edition *e) {
    const struct list list = {
        .entries = e->reports, .path = e->report_list, .title = word(e, STR("nav.reports"))};
    return e->reports.count == 0 ? OK : render_lists(p, e, &list);
}

static bool has_topic(const struct entry *entry, int64_t topic) {
    for (size_t i = 0; i < entry->topic_count; i++) {
        if (entry->topics[i] == topic) return true;
    }
    return false;
}

err press_topics(struct press *p, const struct edition *e) {
    for (size_t i = 0; i < e->topic_count; i++) {
        const struct archive_topic *topic = &e->topics[i];
        struct list list = {
            .title = topic->name, .label = word(e, STR("topic.label")), .topic = topic->id};
        TRY(arena_printf(p->site, &list.path, STR_FMT "topics/" STR_FMT "/", STR_ARG(e->home),
                         STR_ARG(topic->slug)));
        list.entries.all = arena_array(p->site, (size_t)topic->count, sizeof *list.entries.all);
        if (list.entries.all == NULL) FAIL(ERR_NO_MEMORY, "no memory for a topic's list");
        for (size_t k = 0; k < e->listed.count; k++) {
            if (has_topic(e->listed.all[k], topic->id))
                list.entries.all[list.entries.count++] = e->listed.all[k];
        }
        TRY(render_lists(p, e, &list));
    }
    return OK;
}

/* ---- Where nothing is ----------------------------------------------------------------------- */

static err render_error(struct press *p, const struct edition *e, const char *template,
                        uint16_t status) {
    struct page page;
    page_begin(p, e, (str){0}, &page);
    page.is_error = true;
    page.path = page_text(&page, STR_FMT "%u", STR_ARG(e->home), status);
    TRY(view_check(&page.view));
    str title = word(e, status == 404 ? STR("missing.title") : STR("gone.title"));
    view_site(&page, &(struct page_facts){.title = title, .type = "website", .is_noindex = true});
    if (status == 404) view_topics(&page);
    return page_render(&page, template, status);
}

/* The front finds these at "/en/404" and "/en/410". */
err press_errors(struct press *p, const struct edition *e) {
    TRY(render_error(p, e, "not_found", 404));
    return render_error(p, e, "gone", 410);
}
