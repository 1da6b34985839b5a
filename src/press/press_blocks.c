/* press_blocks.c: what stands at the foot of a page, in the house's order. A block appears only
 * when all it needs exists and its links lead somewhere else than to the page it stands on. */
#include "press/link.h"
#include "press/press_impl.h"

/* The link as it goes into the view, or empty when the block had better not be there. */
static str block_link(struct page *page, str link) {
    if (!leads_somewhere(page->press, link)) return (str){0};
    if (str_eq(link, page->path) || str_eq(link, page_href(page, page->path))) return (str){0};
    return link;
}

static void view_call(struct page *page, struct value *list, const struct archive_block *block) {
    str href = block_link(page, block->link);
    if (block->title.len == 0 || block->label.len == 0 || href.len == 0) return;
    const char *name = block->kind == ARCHIVE_BLOCK_APPEAL ? "appeal" : "monthly";
    struct value *map = view_map(&page->view, view_map(&page->view, list, NULL), name);
    view_text(&page->view, map, "heading", block->title);
    view_text(&page->view, map, "text", block->text);
    view_text(&page->view, map, "label", block->label);
    view_text(&page->view, map, "href", href);
}

static void view_learn(struct page *page, struct value *list, const struct archive_block *block) {
    struct value *map = NULL;
    struct value *links = NULL;
    for (size_t i = 0; i < block->item_count && block->title.len > 0; i++) {
        const struct archive_block_item *item = &block->items[i];
        str href = block_link(page, item->link);
        if (item->label.len == 0 || href.len == 0) continue;
        if (map == NULL) {
            map = view_map(&page->view, view_map(&page->view, list, NULL), "learn");
            view_text(&page->view, map, "heading", block->title);
            links = view_list(&page->view, map, "links");
        }
        struct value *link = view_map(&page->view, links, NULL);
        view_text(&page->view, link, "label", item->label);
        view_text(&page->view, link, "href", href);
    }
}

static err view_seen(struct page *page, struct value *list, const struct archive_block *block) {
    struct value *map = NULL;
    struct value *logos = NULL;
    for (size_t i = 0; i < block->item_count && block->title.len > 0; i++) {
        const struct archive_block_item *item = &block->items[i];
        struct picture logo = {0};
        if (item->label.len == 0 || !leads_somewhere(page->press, item->link)) continue;
        err e = picture_load(page->press, &page->press->page, item->media, &logo);
        if (e.kind == ERR_NOT_FOUND) continue;
        TRY(e);
        if (map == NULL) {
            map = view_map(&page->view, view_map(&page->view, list, NULL), "seen");
            view_text(&page->view, map, "heading", block->title);
            logos = view_list(&page->view, map, "logos");
        }
        struct value *item_map = view_map(&page->view, logos, NULL);
        view_text(&page->view, item_map, "src", logo.src);
        view_number(&page->view, item_map, "width", (uint64_t)logo.width);
        view_number(&page->view, item_map, "height", (uint64_t)logo.height);
        view_text(&page->view, item_map, "alt", item->label);
        view_text(&page->view, item_map, "href", item->link);
    }
    return OK;
}

/* ---- Check these out ------------------------------------------------------------------------ */

struct choice {
    const struct entry **chosen;
    size_t count;
};

static void choose(struct choice *choice, const struct page *page, const struct entry *entry) {
    if (entry == NULL || choice->count == CHECK_CARDS || entry->group == page->entry->group) return;
    for (size_t i = 0; i < choice->count; i++) {
        if (choice->chosen[i] == entry) return;
    }
    choice->chosen[choice->count++] = entry;
}

/* The next story or post at or behind *at, older than the page's entry; NULL at the end. */
static const struct entry *next_story(const struct entry_list *list, size_t *at) {
    while (*at < list->count && list->all[*at]->kind == ARCHIVE_REPORT) (*at)++;
    return *at < list->count ? list->all[*at] : NULL;
}

static bool is_newer(const struct entry *one, const struct entry *other) {
    return other == NULL || one->published > other->published ||
           (one->published == other->published && one->id > other->id);
}

/* Older stories that share a topic, the newest first: of the lists of its topics, each of which is
 * in that order, always the one that goes on with the newest. */
static void choose_by_topic(struct choice *choice, const struct page *page) {
    const struct edition *e = page->edition;
    const struct entry_list *lists[CHECK_TOPICS];
    size_t at[CHECK_TOPICS];
    size_t count = 0;
    for (size_t i = 0; i < page->entry->topic_count && count < CHECK_TOPICS; i++) {
        const struct archive_topic *topic = topic_of(e, page->entry->topics[i]);
        if (topic == NULL) continue;
        lists[count] = &e->of_topic[topic - e->topics];
        at[count] = older_than(lists[count], page->entry);
        count++;
    }
    while (choice->count < CHECK_CARDS) {
        const struct entry *newest = NULL;
        size_t from = 0;
        for (size_t i = 0; i < count; i++) {
            const struct entry *next = next_story(lists[i], &at[i]);
            if (next == NULL || !is_newer(next, newest)) continue;
            newest = next;
            from = i;
        }
        if (newest == NULL) return;
        choose(choice, page, newest);
        at[from]++;
    }
}

/* The editor's choice first, then older stories on the same topic, then older ones on any. Looking
 * back in time alone means that a new story does not change every page before it. */
size_t check_these(const struct page *page, const struct entry *ret_chosen[CHECK_CARDS]) {
    const struct entry_list *stories = &page->edition->stories;
    const struct entry *self = page->entry;
    struct choice choice = {.chosen = ret_chosen};
    for (size_t i = 0; i < self->related_count; i++)
        choose(&choice, page,
               entry_of_group(page->press, self->related[i], page->edition->language));
    choose_by_topic(&choice, page);
    for (size_t i = older_than(stories, self); i < stories->count && choice.count < CHECK_CARDS;
         i++)
        choose(&choice, page, stories->all[i]);
    return choice.count;
}

static void view_check_these(struct page *page, struct value *list,
                             const struct archive_block *block) {
    const struct entry *chosen[CHECK_CARDS];
    size_t count = check_these(page, chosen);
    if (count == 0 || block->title.len == 0) return;
    struct value *map = view_map(&page->view, view_map(&page->view, list, NULL), "check");
    view_text(&page->view, map, "heading", block->title);
    struct value *cards = view_list(&page->view, map, "cards");
    for (size_t i = 0; i < count; i++) view_card(page, cards, NULL, chosen[i], 0);
}

err view_blocks(struct page *page) {
    const struct edition *e = page->edition;
    struct value *list = view_list(&page->view, &page->view.root, "blocks");
    for (size_t i = 0; i < e->block_count; i++) {
        const struct archive_block *block = &e->blocks[i];
        switch (block->kind) {
        case ARCHIVE_BLOCK_APPEAL:
        case ARCHIVE_BLOCK_MONTHLY: view_call(page, list, block); break;
        case ARCHIVE_BLOCK_RELATED:
            if (page->entry != NULL) view_check_these(page, list, block);
            break;
        case ARCHIVE_BLOCK_LEARN: view_learn(page, list, block); break;
        case ARCHIVE_BLOCK_SEEN_IN: TRY(view_seen(page, list, block)); break;
        case ARCHIVE_BLOCK_KIND_COUNT: break;
        }
    }
    return OK;
}
