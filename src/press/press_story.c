/* press_story.c: the page of one version. Nothing here runs without the version's clearance. */
#include <assert.h>

#include "base/date.h"
#include "press/markdown.h"
#include "press/press_impl.h"

/* ---- The body ------------------------------------------------------------------------------- */

struct body {
    struct press *press;
    struct entry *entry;
    err failed;
};

static err give_picture(void *context, int64_t number, struct markdown_picture *ret_picture) {
    struct body *body = context;
    struct picture picture = {0};
    TRY(picture_load(body->press, &body->press->page, number, &picture));
    *ret_picture = (struct markdown_picture){.src = picture.src,
                                             .srcset = picture.srcset,
                                             .avif = picture.avif,
                                             .width = (int)picture.width,
                                             .height = (int)picture.height,
                                             .alt = picture.alt,
                                             .credit = picture.credit};
    return OK;
}

static void hear_note(void *context, str what) {
    struct body *body = context;
    struct entry *entry = body->entry;
    str *notes = grown(body->press, entry->notes, entry->note_count, sizeof *notes);
    err e = notes == NULL ? err_make(ERR_NO_MEMORY, __FILE__, __LINE__, "no memory for a note")
                          : arena_copy(body->press->site, what, &notes[entry->note_count]);
    if (e.kind == ERR_NONE) {
        entry->notes = notes;
        entry->note_count++;
    } else if (body->failed.kind == ERR_NONE) {
        body->failed = e;
    }
}

static err render_body(struct page *page, struct entry *entry,
                       const struct archive_version *version, str *ret_html) {
    struct body body = {.press = page->press, .entry = entry};
    const struct markdown_options options = {.base = page->press->base,
                                             .table_label = word(page->edition, STR("table.label")),
                                             .picture = give_picture,
                                             .report = hear_note,
                                             .context = &body};
    struct buf html;
    buf_init(&html, &page->press->page, LIMIT_PAGE_BYTES);
    TRY(markdown_html(&page->press->page, &options, version->body, &html));
    TRY(body.failed);
    return buf_finish(&html, ret_html);
}

/* ---- What stands around it ------------------------------------------------------------------ */

static void view_contributors(struct page *page, struct value *story,
                              const struct archive_version *version) {
    struct view *view = &page->view;
    struct value *list = view_list(view, story, "contributors");
    for (size_t i = 0; i < version->contributor_count; i++) {
        const struct archive_contributor *c = &version->contributors[i];
        struct value *item = view_map(view, list, NULL);
        view_text(view, item, "name", c->name);
        view_flag(view, item, "withheld", c->name.len == 0);
        view_text(view, item, "role", c->role);
        view_text(view, item, "organisation", c->organisation);
    }
    view_flag(view, story, "has_contributors", version->contributor_count > 0);
}

static void view_dates(struct page *page, struct value *story,
                       const struct archive_version *version) {
    int64_t offset = page->press->offset;
    struct date published = date_of(version->published + offset);
    struct date updated = date_of(version->updated + offset);
    bool is_same_day = published.year == updated.year && published.month == updated.month &&
                       published.day == updated.day;
    bool is_later = version->updated > version->published && !is_same_day;
    view_date(page, story, "published", version->published);
    view_date(page, story, "updated", is_later ? version->updated : 0);
}

static void view_translations(struct page *page, struct value *story) {
    const struct press *p = page->press;
    struct value *list = view_list(&page->view, story, "translations");
    size_t count = 0;
    for (size_t i = 0; i < p->edition_count; i++) {
        const struct edition *e = &p->editions[i];
        const struct entry *other = entry_of_group(p, page->entry->group, e->language);
        if (other == NULL || e == page->edition) continue;
        struct value *item = view_map(&page->view, list, NULL);
        page_use(page, other->number);
        view_text(&page->view, item, "lang", e->language);
        view_text(&page->view, item, "label", language_in_words(page, e, e->language));
        view_text(&page->view, item, "href", other->href);
        count++;
    }
    view_flag(&page->view, story, "has_translations", count > 0);
}

static void view_reports(struct page *page, struct value *story,
                         const struct archive_version *version) {
    struct value *list = view_list(&page->view, story, "reports");
    size_t count = 0;
    for (size_t i = 0; i < version->report_count; i++) {
        const struct entry *report =
            entry_of_group(page->press, version->reports[i], page->edition->language);
        if (report == NULL || report->kind != ARCHIVE_REPORT) continue;
        view_report(page, list, NULL, report);
        count++;
    }
    view_flag(&page->view, story, "has_reports", count > 0);
}

static void view_story_topics(struct page *page, struct value *story) {
    const struct entry *entry = page->entry;
    const struct archive_topic *first = NULL;
    struct value *list = view_list(&page->view, story, "topics");
    for (size_t i = 0; i < entry->topic_count; i++) {
        const struct archive_topic *topic = topic_of(page->edition, entry->topics[i]);
        if (topic == NULL) continue;
        if (first == NULL) first = topic;
        view_topic(page, list, NULL, topic);
    }
    view_flag(&page->view, story, "has_topics", first != NULL);
    view_topic(page, story, "topic", first);
}

static err view_story(struct page *page, struct entry *entry,
                      const struct archive_version *version) {
    struct view *view = &page->view;
    str html = {0};
    TRY(render_body(page, entry, version, &html));
    struct value *story = view_map(view, &view->root, "story");
    view_text(view, story, "title", version->title);
    view_text(view, story, "deck", version->deck);
    view_text(view, story, "body", html);
    view_contributors(page, story, version);
    view_dates(page, story, version);
    view_translations(page, story);
    view_picture(page, story, "cover", &entry->cover);
    view_reports(page, story, version);
    view_story_topics(page, story);
    if (version->kind == ARCHIVE_REPORT)
        view_report(page, story, "report", entry);
    else
        view_flag(view, story, "report", false);
    return view_blocks(page);
}

/* ---- The page ------------------------------------------------------------------------------- */

/* Renders one version, for which `clearance` is the gate's word. That it was so when the list was
 * made is not enough: it is held against what is about to be rendered.
 * fails: ERR_DENIED, and as the renderer and the writer. */
static err render_version(struct page *page, struct entry *entry,
                          const struct archive_version *version,
                          const struct clearance *clearance) {
    static const struct {
        const char *template;
        const char *type;
    } kinds[ARCHIVE_KIND_COUNT] = {[ARCHIVE_STORY] = {"story", "article"},
                                   [ARCHIVE_POST] = {"story", "article"},
                                   [ARCHIVE_REPORT] = {"report", "website"},
                                   [ARCHIVE_PAGE] = {"page", "website"}};
    struct press *p = page->press;
    assert(clearance != NULL);
    page_use(page, entry->number);
    str title =
        version->title.len > 0 ? version->title : word(page->edition, STR("story.untitled"));
    str description = {0};
    TRY(excerpt(&p->page, entry->deck, DESCRIPTION_CHARACTERS, &description));
    view_site(page, &(struct page_facts){.title = title,
                                         .description = description,
                                         .type = kinds[version->kind].type,
                                         .canonical = entry->href,
                                         .image = &entry->cover});
    TRY(view_story(page, entry, version));
    return page_render(page, kinds[version->kind].template, 200);
}

static err load_and_render(struct page *page, struct entry *entry) {
    struct archive_version version = {0};
    const struct clearance *clearance = NULL;
    TRY(entry_load(page->press, &page->press->page, entry, &version, &clearance));
    return render_version(page, entry, &version, clearance);
}

/* What the page of a version shows: itself in every language, and what stands around its text. */
static void declare(struct page *page, const struct entry *entry) {
    const struct press *p = page->press;
    depends_translations(page, entry);
    depends_number(page, leads_somewhere(p, entry->report.link));
    for (size_t i = 0; i < entry->report_count; i++) {
        const struct entry *report = entry_of_group(p, entry->reports[i], page->edition->language);
        depends_entry(page, report);
        if (report != NULL) depends_number(page, leads_somewhere(p, report->report.link));
    }
    for (size_t i = 0; i < entry->topic_count; i++) /* one that only pages have is not listed */
        depends_number(page, topic_of(page->edition, entry->topics[i]) != NULL);
    depends_blocks(page);
}

static err render_entry(struct press *p, const struct edition *e, struct entry *entry) {
    struct page page;
    bool is_kept = false;
    page_begin(p, e, entry->path, &page);
    page.entry = entry;
    declare(&page, entry);
    p->report->pressed++;
    TRY(page_keep(&page, &is_kept));
    if (is_kept) return OK;
    entry->note_count = 0;
    entry->notes = NULL;
    err refused = load_and_render(&page, entry);
    if (refused.kind == ERR_DENIED || refused.kind == ERR_NOT_FOUND) /* lists that name it are
                                                                      * written: begin again */
        FAIL(ERR_BUSY, STR_FMT " was changed while the site was pressed; press again",
             STR_ARG(entry->key));
    return err_wrap(refused, STR_FMT, STR_ARG(entry->key));
}

static void tell_progress(const struct press *p) {
    bool is_time = p->report->pressed % PROGRESS_STEP == 0 || p->report->pressed == p->entry_count;
    if (p->options->progress != NULL && is_time)
        p->options->progress(p->options->ctx, p->report->pressed, p->entry_count);
}

err press_items(struct press *p, const struct edition *e) {
    for (size_t i = 0; i < p->entry_count; i++) {
        struct entry *entry = &p->entries[i];
        if (!str_eq(entry->language, e->language)) continue;
        TRY(render_entry(p, e, entry));
        tell_progress(p);
        for (size_t n = 0; n < entry->note_count; n++) TRY(note(p, entry->key, entry->notes[n]));
    }
    return OK;
}
