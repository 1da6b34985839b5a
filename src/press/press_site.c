/* press_site.c: what every page has around its own matter. */
#include "press/press_impl.h"

static void add_link(struct page *page, struct value *list, str label, str href) {
    struct value *item = view_map(&page->view, list, NULL);
    view_text(&page->view, item, "label", label);
    view_text(&page->view, item, "href", href);
    view_flag(&page->view, item, "current",
              !page->is_error && str_starts(page_href(page, page->path), href));
}

/* The pages whose slugs a setting lists, in its order. */
static void add_pages(struct page *page, struct value *list, str slugs) {
    while (slugs.len > 0) {
        str slug = {0};
        str_cut(slugs, ' ', &slug, &slugs);
        const struct entry_list *pages = &page->edition->pages;
        for (size_t i = 0; i < pages->count; i++) {
            const struct entry *entry = pages->all[i];
            if (!str_eq(entry->slug, slug)) continue;
            page_use(page, entry->number);
            add_link(page, list, entry->title, entry->href);
        }
    }
}

static void view_menu(struct page *page, struct value *site) {
    const struct edition *e = page->edition;
    struct value *menu = view_list(&page->view, site, "menu");
    add_link(page, menu, word(e, STR("nav.stories")), e->blog);
    if (e->reports.count > 0) add_link(page, menu, word(e, STR("nav.reports")), e->report_list);
    if (e->menu_slugs.len > 0) {
        add_pages(page, menu, e->menu_slugs);
    } else {
        for (size_t i = 0; i < e->pages.count && i < MENU_PAGES; i++) {
            page_use(page, e->pages.all[i]->number);
            add_link(page, menu, e->pages.all[i]->title, e->pages.all[i]->href);
        }
    }
    add_link(page, menu, word(e, STR("nav.search")), search_href(page, e));
    view_flag(&page->view, site, "has_menu", true);
    add_pages(page, view_list(&page->view, site, "links"), e->link_slugs);
}

str translation_of(struct page *page, const struct edition *e) {
    if (page->is_error) return (str){0};
    if (page->entry != NULL) {
        const struct entry *other = entry_of_group(page->press, page->entry->group, e->language);
        if (other == NULL) return (str){0};
        page_use(page, other->number);
        return other->href;
    }
    bool is_home = str_eq(page->path, page->edition->home) || str_eq(page->path, STR("/"));
    if (is_home) return e->home;
    if (str_eq(page->path, search_href(page, page->edition))) return search_href(page, e);
    return str_eq(page->path, page->edition->blog) ? e->blog : (str){0};
}

static void view_languages(struct page *page, struct value *site) {
    const struct press *p = page->press;
    struct value *list = view_list(&page->view, site, "languages");
    for (size_t i = 0; i < p->edition_count; i++) {
        const struct edition *e = &p->editions[i];
        str href = translation_of(page, e);
        struct value *item = view_map(&page->view, list, NULL);
        view_text(&page->view, item, "lang", e->language);
        view_text(&page->view, item, "label", language_in_words(page, e, e->language));
        view_text(&page->view, item, "href", href.len > 0 ? href : e->home);
        view_flag(&page->view, item, "current", e == page->edition);
    }
    view_flag(&page->view, site, "has_languages", p->edition_count > 1);
}

/* hreflang links: each translation, and as x-default the first of them in the site's order. */
static void view_alternates(struct page *page, struct value *facts, bool is_wanted) {
    const struct press *p = page->press;
    struct value *list = view_list(&page->view, facts, "alternates");
    size_t count = 0;
    str first = {0};
    for (size_t i = 0; i < p->edition_count; i++)
        count += translation_of(page, &p->editions[i]).len > 0;
    for (size_t i = 0; i < p->edition_count && count > 1 && is_wanted; i++) {
        str href = translation_of(page, &p->editions[i]);
        if (href.len == 0) continue;
        str absolute = page_absolute(page, href);
        if (first.len == 0) first = absolute;
        struct value *item = view_map(&page->view, list, NULL);
        view_text(&page->view, item, "lang", p->editions[i].language);
        view_text(&page->view, item, "href", absolute);
    }
    if (first.len == 0) return;
    struct value *item = view_map(&page->view, list, NULL);
    view_text(&page->view, item, "lang", STR("x-default"));
    view_text(&page->view, item, "href", first);
}

static void view_facts(struct page *page, const struct page_facts *facts) {
    struct value *map = view_map(&page->view, &page->view.root, "page");
    bool is_page = facts->canonical.len > 0;
    view_text(&page->view, map, "title", facts->title);
    view_text(&page->view, map, "description", facts->description);
    view_text(&page->view, map, "type", str_of(facts->type));
    view_text(&page->view, map, "canonical",
              is_page ? page_absolute(page, facts->canonical) : (str){0});
    view_flag(&page->view, map, "noindex", facts->is_noindex);
    if (facts->image != NULL && facts->image->width > 0) {
        struct picture image = *facts->image;
        image.src = page_absolute(page, image.src);
        view_picture(page, map, "image", &image);
    } else {
        view_flag(&page->view, map, "image", false);
    }
    view_alternates(page, map, is_page && !facts->is_noindex);
    view_machine_facts(page, map, facts);
}

/* Scripts written from right to left, by language (RFC 5646 allows a script to say so itself). */
static bool is_right_to_left(str language) {
    static const char *const languages[] = {"ar", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"};
    str first = {0};
    str rest = {0};
    str_cut(language, '-', &first, &rest);
    for (size_t i = 0; i < COUNT_OF(languages); i++) {
        if (str_eq_nocase(first, str_of(languages[i]))) return true;
    }
    return false;
}

/* What stands for a page that shows no picture: the card of its item, or else of its language. The
 * words on it are its alternative text. */
static struct picture card_of(struct page *page, const struct page_facts *facts) {
    const struct edition *e = page->edition;
    const struct entry *entry = page->entry;
    bool is_own = entry != NULL && entry->card.len > 0;
    struct picture card = {.src = is_own ? entry->card : e->card,
                           .width = CARD_WIDE,
                           .height = CARD_HIGH,
                           .alt = is_own ? facts->title : e->name};
    return card.src.len > 0 ? card : (struct picture){0};
}

void view_site(struct page *page, const struct page_facts *facts) {
    bool has_picture = facts->image != NULL && facts->image->width > 0;
    bool is_page = facts->canonical.len > 0;
    struct picture card = has_picture || !is_page ? (struct picture){0} : card_of(page, facts);
    struct page_facts told = *facts;
    if (!has_picture) told.image = &card;
    const struct edition *e = page->edition;
    struct view *view = &page->view;
    struct value *site = view_map(view, &view->root, "site");
    view_text(view, site, "name", e->name);
    view_text(view, site, "tagline", e->tagline);
    view_text(view, site, "lang", e->language);
    view_text(view, site, "dir", is_right_to_left(e->language) ? STR("rtl") : STR("ltr"));
    view_text(view, site, "home", e->home);
    view_text(view, site, "blog", e->blog);
    view_text(view, site, "search", search_href(page, e));
    view_text(view, site, "feed", e->feed);
    view_text(view, site, "atom", e->atom);
    view_text(view, site, "json_feed", e->json_feed);
    view_text(view, site, "manifest", STR("/manifest.webmanifest"));
    view_text(view, site, "paper", page->press->paper);
    view_text(view, site, "paper_at_night", page->press->paper_at_night);
    view_text(view, site, "css", page->press->css);
    view_text(view, site, "icon", page->press->icon);
    view_menu(page, site);
    view_languages(page, site);
    view_share(view, &view->root, "word", &e->words);
    view_facts(page, &told);
}
