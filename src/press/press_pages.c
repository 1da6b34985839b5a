/* press_pages.c: homes, lists, topics, and what is said where nothing is. */
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
    return view_blocks(page);
}

static err render_home(struct press *p, const struct edition *e, str path) {
    struct page page;
    bool is_kept = false;
    page_begin(p, e, path, &page);
    for (size_t i = 0; i < e->stories.count && i <= HOME_CARDS; i++)
        depends_entry(&page, e->stories.all[i]);
    depends_topics(&page);
    TRY(page_keep(&page, &is_kept));
    if (is_kept) return OK;
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

/* A list is divided so that a new story changes its first page alone. Pages are counted from the
 * oldest story on: "page/1/" holds the oldest LIST_CARDS, and each page, once full, stays as it is.
 * The first page that readers see holds what is newer than the last full one that lies behind it:
 * at least LIST_CARDS, if there are so many, and less than twice that. */
struct list {
    struct entry_list entries; /* newest first */
    str path;                  /* of the first page, decoded */
    str title;
    str label;
    int64_t topic; /* 0: of no topic */
    size_t older;  /* how many pages lie behind the first */
};

/* One page of it: 0 is the first, older..1 are those behind it, newest to oldest. */
struct part {
    const struct list *list;
    size_t number;
    size_t from; /* of the entries */
    size_t to;
};

static struct part part_of(const struct list *list, size_t number) {
    size_t first = list->entries.count - list->older * LIST_CARDS; /* on the first page */
    struct part part = {.list = list, .number = number, .to = first};
    if (number == 0) return part;
    part.from = first + (list->older - number) * LIST_CARDS;
    part.to = part.from + LIST_CARDS;
    return part;
}

static str list_path(struct page *page, const struct list *list, size_t number) {
    struct buf path;
    buf_init(&path, &page->press->page, LIMIT_PATH_BYTES);
    buf_add(&path, list->path);
    if (number > 0) buf_printf(&path, "page/%zu/", number);
    return page_finish(page, &path);
}

/* "2 March 2024 – 7 June 2024": true for as long as the page stands. */
static str part_in_words(struct page *page, const struct part *part) {
    const struct entry_list *entries = &part->list->entries;
    struct fill fills[] = {
        {STR("from"), date_in_words(page, entries->all[part->to - 1]->published)},
        {STR("to"), date_in_words(page, entries->all[part->from]->published)}};
    struct buf where;
    buf_init(&where, &page->press->page, LIMIT_FIELD_BYTES);
    fill_words(&where, word(page->edition, STR("list.where")), fills, COUNT_OF(fills));
    return page_finish(page, &where);
}

static void view_pager(struct page *page, struct value *map, const struct part *part) {
    const struct list *list = part->list;
    if (list->older == 0) return view_flag(&page->view, map, "pager", false);
    struct value *pager = view_map(&page->view, map, "pager");
    size_t newer = part->number == list->older ? 0 : part->number + 1;
    size_t older = part->number == 0 ? list->older : part->number - 1;
    view_text(&page->view, pager, "where", part_in_words(page, part));
    view_text(&page->view, pager, "newer",
              part->number > 0 ? page_href(page, list_path(page, list, newer)) : (str){0});
    view_text(&page->view, pager, "older",
              older > 0 ? page_href(page, list_path(page, list, older)) : (str){0});
}

static str list_description(struct page *page, const struct list *list) {
    if (list->topic != 0) return (str){0};
    struct fill fill = {STR("site"), page->edition->name};
    struct buf text;
    buf_init(&text, &page->press->page, LIMIT_FIELD_BYTES);
    fill_words(&text, word(page->edition, STR("blog.description")), &fill, 1);
    return page_finish(page, &text);
}

/* What the page shows beside the edition's own: its stories; on the first, which page is the older
 * one; on the last full one, that its newer neighbour is the first. */
static void declare_part(struct page *page, const struct part *part) {
    depends_number(page, part->number == 0 ? (int64_t)part->list->older : -1);
    depends_number(page, part->number == part->list->older);
    for (size_t i = part->from; i < part->to; i++) depends_entry(page, part->list->entries.all[i]);
}

static void view_list_page(struct page *page, const struct part *part) {
    const struct list *list = part->list;
    view_site(page, &(struct page_facts){.title = list->title,
                                         .description = list_description(page, list),
                                         .type = "website",
                                         .canonical = page_href(page, page->path),
                                         .is_noindex = part->number > 0});
    struct value *map = view_map(&page->view, &page->view.root, "list");
    view_text(&page->view, map, "label", list->label);
    view_text(&page->view, map, "title", list->title);
    view_flag(&page->view, map, "intro", false);
    view_flag(&page->view, map, "has_search", str_eq(list->path, page->edition->blog));
    struct value *cards = view_list(&page->view, map, "cards");
    for (size_t i = part->from; i < part->to; i++)
        view_card(page, cards, NULL, list->entries.all[i], list->topic);
    view_flag(&page->view, map, "has_cards", list->entries.count > 0);
    view_pager(page, map, part);
}

static err render_part(struct press *p, const struct edition *e, const struct part *part) {
    struct page page;
    bool is_kept = false;
    page_begin(p, e, (str){0}, &page);
    page.path = list_path(&page, part->list, part->number);
    declare_part(&page, part);
    TRY(page_keep(&page, &is_kept));
    if (is_kept) return OK;
    view_list_page(&page, part);
    return page_render(&page, "list", 200);
}

static err render_lists(struct press *p, const struct edition *e, struct list *list) {
    size_t full = list->entries.count / LIST_CARDS;
    list->older = full > 0 ? full - 1 : 0;
    for (size_t number = 0; number <= list->older; number++) {
        struct part part = part_of(list, number);
        TRY(render_part(p, e, &part));
    }
    return OK;
}

err press_blog(struct press *p, const struct edition *e) {
    struct list list = {
        .entries = e->stories, .path = e->blog, .title = word(e, STR("blog.title"))};
    return render_lists(p, e, &list);
}

err press_reports(struct press *p, const struct edition *e) {
    struct list list = {
        .entries = e->reports, .path = e->report_list, .title = word(e, STR("nav.reports"))};
    return e->reports.count == 0 ? OK : render_lists(p, e, &list);
}

err press_topics(struct press *p, const struct edition *e) {
    for (size_t i = 0; i < e->topic_count; i++) {
        const struct archive_topic *topic = &e->topics[i];
        struct list list = {.entries = e->of_topic[i],
                            .title = topic->name,
                            .label = word(e, STR("topic.label")),
                            .topic = topic->id};
        TRY(arena_printf(p->site, &list.path, STR_FMT "topics/" STR_FMT "/", STR_ARG(e->home),
                         STR_ARG(topic->slug)));
        TRY(render_lists(p, e, &list));
    }
    return OK;
}

/* ---- Where nothing is ----------------------------------------------------------------------- */

static err render_error(struct press *p, const struct edition *e, const char *template,
                        uint16_t status) {
    struct page page;
    bool is_kept = false;
    page_begin(p, e, (str){0}, &page);
    page.is_error = true;
    page.path = page_text(&page, STR_FMT "%u", STR_ARG(e->home), status);
    if (status == 404) depends_topics(&page);
    TRY(page_keep(&page, &is_kept));
    if (is_kept) return OK;
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
