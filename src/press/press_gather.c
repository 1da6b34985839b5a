/* press_gather.c: one walk over the archive. What comes out of it is all that later pages know of
 * each other: who is cleared, where each stands, and what a card of it shows. */
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "press/link.h"
#include "press/markdown.h"
#include "press/press_impl.h"

enum { EXCERPT_SOURCE_BYTES = 2000 };

static const str road = {"web", 3};

/* ---- Notes for people ----------------------------------------------------------------------- */

static err add_note(struct press *p, struct press_note ***end, str key, str text) {
    struct press_note *line = arena_alloc(p->site, sizeof *line);
    if (line == NULL) FAIL(ERR_NO_MEMORY, "no memory for the report");
    TRY(arena_copy(p->site, key, &line->key));
    TRY(arena_copy(p->site, text, &line->text));
    **end = line;
    *end = &line->next;
    return OK;
}

err left_out(struct press *p, str key, const char *why) {
    p->report->left_out_count++;
    return add_note(p, &p->left_out_end, key, str_of(why));
}

err note(struct press *p, str key, str what) {
    p->report->note_count++;
    return add_note(p, &p->notes_end, key, what);
}

/* ---- Clearances ----------------------------------------------------------------------------- */

err check_clearance(struct press *p, const struct source *source,
                    const struct clearance *clearance) {
    unsigned char hash[32];
    TRY(source_hash(&p->page, source, hash));
    struct clearance_use use = {.key = source->key, .road = road, .source = hash, .now = p->now};
    TRY(clearance_covers(clearance, &use));
    str language = clearance_terms(clearance)->language;
    if (!str_eq(language, source->language))
        FAIL(ERR_DENIED, "the clearance is for the language " STR_FMT, STR_ARG(language));
    return OK;
}

err find_clearance(struct press *p, struct arena *a, const struct source *source,
                   const struct clearance **ret_clearance) {
    const struct clearance *clearance = NULL;
    str bytes = {0};
    err e = archive_clearance_get(p->options->archive, a, source->key, road, &bytes);
    if (e.kind == ERR_NOT_FOUND)
        FAIL(ERR_DENIED, STR_FMT " is not cleared for the web", STR_ARG(source->key));
    TRY(e);
    TRY(clearance_read(a, p->options->clearing_key, bytes, &clearance));
    TRY(check_clearance(p, source, clearance));
    *ret_clearance = clearance;
    return OK;
}

/* Whether an error says that one item may not go out, and not that the work cannot go on. */
static bool is_refusal(err e) { return e.kind == ERR_DENIED || e.kind == ERR_INVALID; }

/* ---- Files of pictures ---------------------------------------------------------------------- */

static err use_media(struct press *p, int64_t id, uint32_t number) {
    struct archive_media media = {0};
    err e = archive_media_load(p->options->archive, &p->walk, id, &media);
    if (e.kind == ERR_NOT_FOUND) return OK;
    TRY(e);
    for (size_t i = 0; i < media.variant_count; i++) {
        if (p->media_count == p->media_room) {
            size_t room = p->media_room == 0 ? 256 : p->media_room * 2;
            struct media_use *grown = arena_grow(
                p->site, p->media, p->media_room * sizeof *p->media, room * sizeof *p->media);
            if (grown == NULL) FAIL(ERR_NO_MEMORY, "no memory for the list of pictures");
            p->media = grown;
            p->media_room = room;
        }
        struct media_use *use = &p->media[p->media_count++];
        memcpy(use->hash, media.variants[i].hash, sizeof use->hash);
        use->type = picture_type(media.variants[i].format);
        use->number = number;
    }
    return OK;
}

static err use_pictures(struct press *p, const struct source *source, uint32_t number) {
    for (size_t i = 0; i < source->picture_count; i++)
        TRY(use_media(p, source->pictures[i].media, number));
    return OK;
}

/* ---- Languages ------------------------------------------------------------------------------ */

/* A setting, or the empty string. */
static err setting(struct press *p, const char *key, str language, str *ret_value) {
    *ret_value = (str){0};
    err e = archive_setting_get(p->options->archive, p->site, str_of(key), language, ret_value);
    return e.kind == ERR_NOT_FOUND ? OK : e;
}

static err read_edition(struct press *p, struct edition *e) {
    const struct {
        const char *key;
        str *place;
    } settings[] = {{"site.name", &e->name},        {"site.tagline", &e->tagline},
                    {"home.title", &e->home_title}, {"home.intro", &e->home_intro},
                    {"site.menu", &e->menu_slugs},  {"site.links", &e->link_slugs}};
    for (size_t i = 0; i < COUNT_OF(settings); i++)
        TRY(setting(p, settings[i].key, e->language, settings[i].place));
    const struct {
        const char *end;
        str *place;
    } links[] = {{"", &e->home},         {"blog/", &e->blog},    {"reports/", &e->report_list},
                 {"feed.xml", &e->feed}, {"atom.xml", &e->atom}, {"feed.json", &e->json_feed}};
    for (size_t i = 0; i < COUNT_OF(links); i++)
        TRY(arena_printf(p->site, links[i].place, "/" STR_FMT "/%s", STR_ARG(e->language),
                         links[i].end));
    TRY(theme_words(p, e->language, &e->words));
    TRY(archive_topics(p->options->archive, p->site, e->language, &e->topics, &e->topic_count));
    return archive_blocks(p->options->archive, p->site, e->language, &e->blocks, &e->block_count);
}

static err declare_clearance(struct press *p, const struct clearance *clearance,
                             uint32_t *ret_number) {
    unsigned char hash[CLEARANCE_HASH_BYTES];
    clearance_hash(clearance, hash);
    return pressing_writer_clearance(p->writer, hash, ret_number);
}

/* Adds the edition of a language when what stands around its stories is cleared. */
static err add_edition(struct press *p, str language) {
    struct source source = {0};
    const struct clearance *clearance = NULL;
    struct edition *e = &p->editions[p->edition_count];
    *e = (struct edition){.language = language};
    TRY(press_site_source(p->options->archive, p->site, language, &source));
    err refused = find_clearance(p, p->site, &source, &clearance);
    if (is_refusal(refused)) return left_out(p, source.key, refused.message);
    TRY(refused);
    TRY(read_edition(p, e));
    if (e->name.len == 0) return left_out(p, source.key, "the setting site.name is missing");
    TRY(declare_clearance(p, clearance, &e->number));
    TRY(use_pictures(p, &source, e->number));
    p->edition_count++;
    return OK;
}

const struct edition *edition_of(const struct press *p, str language) {
    for (size_t i = 0; i < p->edition_count; i++) {
        if (str_eq(p->editions[i].language, language)) return &p->editions[i];
    }
    return NULL;
}

/* "+09:00" in seconds. */
static err read_offset(str text, int64_t *ret_seconds) {
    uint64_t hours = 0;
    uint64_t minutes = 0;
    str after = {0};
    str before = {0};
    bool is_sound = text.len == 6 && (text.ptr[0] == '+' || text.ptr[0] == '-') &&
                    str_cut(str_skip(text, 1), ':', &before, &after) &&
                    str_to_u64(before, &hours) && str_to_u64(after, &minutes) && hours <= 14 &&
                    minutes < 60;
    if (!is_sound) FAIL(ERR_INVALID, "the setting site.offset is not like +09:00");
    int64_t seconds = (int64_t)(hours * 3600 + minutes * 60);
    *ret_seconds = text.ptr[0] == '-' ? -seconds : seconds;
    return OK;
}

static err read_site(struct press *p) {
    str offset = {0};
    TRY(setting(p, "site.base", (str){0}, &p->base));
    TRY(setting(p, "site.language", (str){0}, &p->language));
    TRY(setting(p, "site.offset", (str){0}, &offset));
    if (offset.len > 0) TRY(read_offset(offset, &p->offset));
    bool is_address = link_judge(p->base, (str){0}) == LINK_OUTSIDE &&
                      !str_starts(p->base, STR("//")) && !str_ends(p->base, STR("/"));
    if (!is_address)
        FAIL(ERR_INVALID, "the setting site.base is not an address like https://example.org");
    str *languages = NULL;
    size_t count = 0;
    TRY(archive_languages(p->options->archive, p->site, &languages, &count));
    p->editions = arena_array(p->site, count, sizeof *p->editions);
    if (p->editions == NULL) FAIL(ERR_NO_MEMORY, "no memory for %zu languages", count);
    for (size_t i = 0; i < count; i++) { /* the default one first */
        if (str_eq(languages[i], p->language)) TRY(add_edition(p, languages[i]));
    }
    for (size_t i = 0; i < count; i++) {
        if (!str_eq(languages[i], p->language)) TRY(add_edition(p, languages[i]));
    }
    if (p->edition_count > 0) p->language = p->editions[0].language;
    return OK;
}

/* ---- Versions ------------------------------------------------------------------------------- */

static err make_byline(struct press *p, const struct edition *e,
                       const struct archive_version *version, str *ret_byline) {
    struct buf byline;
    buf_init(&byline, p->site, LIMIT_FIELD_BYTES);
    for (size_t i = 0; i < version->contributor_count; i++) {
        if (i > 0) buf_add(&byline, STR(", "));
        str name = version->contributors[i].name;
        buf_add(&byline, name.len > 0 ? name : word(e, STR("story.withheld")));
    }
    return buf_finish(&byline, ret_byline);
}

/* For machines: the names that are given. A withheld one is nobody's, not a person called so. */
static err make_authors(struct press *p, const struct archive_version *version,
                        struct entry *entry) {
    entry->authors = arena_array(p->site, version->contributor_count, sizeof *entry->authors);
    if (entry->authors == NULL) FAIL(ERR_NO_MEMORY, "no memory for a story's authors");
    for (size_t i = 0; i < version->contributor_count; i++) {
        str name = version->contributors[i].name;
        if (name.len > 0) TRY(arena_copy(p->site, name, &entry->authors[entry->author_count++]));
    }
    return OK;
}

static err make_deck(struct press *p, const struct archive_version *version, str *ret_deck) {
    str text = version->deck;
    if (text.len == 0) TRY(markdown_text(&p->walk, version->body, EXCERPT_SOURCE_BYTES, &text));
    return excerpt(p->site, text, EXCERPT_CHARACTERS, ret_deck);
}

static err copy_all(struct arena *a, str *const *texts, size_t count) {
    for (size_t i = 0; i < count; i++) TRY(arena_copy(a, *texts[i], texts[i]));
    return OK;
}

static err make_cover(struct press *p, const struct archive_version *version,
                      struct picture *ret_cover) {
    struct picture cover = {0};
    err e = picture_load(p, p->site, version->cover.media, &cover);
    if (e.kind == ERR_NOT_FOUND) return OK;
    TRY(e);
    if (version->cover.alt.len > 0) cover.alt = version->cover.alt;
    if (version->cover.credit.len > 0) cover.credit = version->cover.credit;
    cover.caption = version->cover.caption;
    str *const texts[] = {&cover.alt, &cover.caption, &cover.credit};
    TRY(copy_all(p->site, texts, COUNT_OF(texts)));
    *ret_cover = cover;
    return OK;
}

static err make_entry(struct press *p, const struct edition *e,
                      const struct archive_version *version, struct entry *entry) {
    *entry = (struct entry){.id = version->id,
                            .group = version->group,
                            .kind = version->kind,
                            .published = version->published,
                            .updated = version->updated,
                            .language = e->language,
                            .slug = version->slug,
                            .title = version->title,
                            .topic_count = version->topic_count,
                            .report = version->report};
    str *const texts[] = {&entry->slug, &entry->title, &entry->report.publisher,
                          &entry->report.language, &entry->report.link};
    TRY(copy_all(p->site, texts, COUNT_OF(texts)));
    TRY(archive_version_key(p->site, version, &entry->key));
    TRY(archive_public_path(p->site, version, &entry->path));
    struct buf href;
    buf_init(&href, p->site, LIMIT_PATH_BYTES * 3);
    link_path(&href, entry->path);
    TRY(buf_finish(&href, &entry->href));
    TRY(make_deck(p, version, &entry->deck));
    TRY(make_byline(p, e, version, &entry->byline));
    TRY(make_authors(p, version, entry));
    if (version->cover.media != 0) TRY(make_cover(p, version, &entry->cover));
    entry->topics = arena_array(p->site, version->topic_count, sizeof *entry->topics);
    if (entry->topics == NULL) FAIL(ERR_NO_MEMORY, "no memory for a story's topics");
    for (size_t i = 0; i < version->topic_count; i++) entry->topics[i] = version->topics[i];
    return OK;
}

static err add_entry(struct press *p, const struct edition *e,
                     const struct archive_version *version, const struct source *source,
                     const struct clearance *clearance) {
    if (p->entry_count == p->entry_room) {
        size_t room = p->entry_room == 0 ? 64 : p->entry_room * 2;
        struct entry *grown = arena_grow(p->site, p->entries, p->entry_room * sizeof *p->entries,
                                         room * sizeof *p->entries);
        if (grown == NULL) FAIL(ERR_NO_MEMORY, "no memory for %zu stories", room);
        p->entries = grown;
        p->entry_room = room;
    }
    struct entry *entry = &p->entries[p->entry_count];
    TRY(make_entry(p, e, version, entry));
    entry->clearance = clearance;
    TRY(declare_clearance(p, clearance, &entry->number));
    TRY(use_pictures(p, source, entry->number));
    p->entry_count++;
    return OK;
}

/* One published version: an entry, or a line in the report. */
static err meet_version(void *context, struct archive_version *version) {
    struct press *p = context;
    struct source source = {0};
    const struct clearance *clearance = NULL;
    err shown = press_source(p->options->archive, &p->walk, version, &source);
    if (shown.kind == ERR_LIMIT) { /* the gate could not have been shown it either */
        str key = {0};
        TRY(archive_version_key(&p->walk, version, &key));
        return left_out(p, key, shown.message);
    }
    TRY(shown);
    const struct edition *e = edition_of(p, version->language);
    if (e == NULL) return left_out(p, source.key, "nothing is pressed in its language");
    err refused = find_clearance(p, p->site, &source, &clearance);
    if (is_refusal(refused)) return left_out(p, source.key, refused.message);
    TRY(refused);
    return add_entry(p, e, version, &source, clearance);
}

/* ---- Order ---------------------------------------------------------------------------------- */

static int compare(int64_t a, int64_t b) { return (a > b) - (a < b); }

static int by_id(const void *one, const void *other) {
    return compare(((const struct entry *)one)->id, ((const struct entry *)other)->id);
}
static int by_path(const void *one, const void *other) {
    return str_cmp((*(struct entry *const *)one)->path, (*(struct entry *const *)other)->path);
}
static int by_group(const void *one, const void *other) {
    const struct entry *a = *(struct entry *const *)one;
    const struct entry *b = *(struct entry *const *)other;
    return a->group != b->group ? compare(a->group, b->group) : str_cmp(a->language, b->language);
}
static int newest_first(const void *one, const void *other) {
    const struct entry *a = *(struct entry *const *)one;
    const struct entry *b = *(struct entry *const *)other;
    return a->published != b->published ? compare(b->published, a->published)
                                        : compare(b->id, a->id);
}

static err sorted(struct press *p, int (*order)(const void *, const void *),
                  struct entry ***ret_sorted) {
    struct entry **all = arena_array(p->site, p->entry_count, sizeof *all);
    if (all == NULL) FAIL(ERR_NO_MEMORY, "no memory to sort %zu stories", p->entry_count);
    for (size_t i = 0; i < p->entry_count; i++) all[i] = &p->entries[i];
    if (p->entry_count > 0) qsort(all, p->entry_count, sizeof(struct entry *), order);
    *ret_sorted = all;
    return OK;
}

/* The entries of one language and some kinds, in the order of `all`. */
static err pick(struct press *p, struct entry *const *all, str language, unsigned kinds,
                struct entry_list *ret_list) {
    struct entry_list list = {.all = arena_array(p->site, p->entry_count, sizeof *list.all)};
    if (list.all == NULL) FAIL(ERR_NO_MEMORY, "no memory to list %zu stories", p->entry_count);
    for (size_t i = 0; i < p->entry_count; i++) {
        bool is_wanted = (kinds & 1U << all[i]->kind) != 0;
        if (is_wanted && str_eq(all[i]->language, language)) list.all[list.count++] = all[i];
    }
    *ret_list = list;
    return OK;
}

/* Keeps the topics that cleared stories have, and counts them. */
static void count_topics(const struct press *p, struct edition *e) {
    size_t kept = 0;
    for (size_t i = 0; i < e->topic_count; i++) {
        struct archive_topic topic = e->topics[i];
        topic.count = 0;
        for (size_t k = 0; k < p->entry_count; k++) {
            const struct entry *entry = &p->entries[k];
            if (entry->kind == ARCHIVE_PAGE || !str_eq(entry->language, e->language)) continue;
            for (size_t t = 0; t < entry->topic_count; t++)
                topic.count += entry->topics[t] == topic.id;
        }
        if (topic.count > 0) e->topics[kept++] = topic;
    }
    e->topic_count = kept;
}

static err put_in_order(struct press *p) {
    struct entry **newest = NULL;
    if (p->entry_count > 0) qsort(p->entries, p->entry_count, sizeof *p->entries, by_id);
    TRY(sorted(p, by_path, &p->by_path));
    TRY(sorted(p, by_group, &p->by_group));
    TRY(sorted(p, newest_first, &newest));
    int64_t last = p->entry_count > 0 ? newest[0]->published : 0;
    TRY(arena_printf(p->site, &p->year, "%d", date_of(last + p->offset).year));
    struct entry **oldest = arena_array(p->site, p->entry_count, sizeof *oldest);
    if (oldest == NULL) FAIL(ERR_NO_MEMORY, "no memory to list %zu stories", p->entry_count);
    for (size_t i = 0; i < p->entry_count; i++) oldest[i] = &p->entries[i];
    for (size_t i = 0; i < p->edition_count; i++) {
        struct edition *e = &p->editions[i];
        TRY(pick(p, newest, e->language, 1U << ARCHIVE_STORY | 1U << ARCHIVE_POST, &e->stories));
        TRY(pick(p, newest, e->language, ~(1U << ARCHIVE_PAGE), &e->listed));
        TRY(pick(p, newest, e->language, 1U << ARCHIVE_REPORT, &e->reports));
        TRY(pick(p, oldest, e->language, 1U << ARCHIVE_PAGE, &e->pages));
        count_topics(p, e);
    }
    return OK;
}

err gather(struct press *p) {
    TRY(read_site(p));
    struct archive_filter filter = {.only_statuses = {[ARCHIVE_PUBLISHED] = true}};
    TRY(archive_versions_each(p->options->archive, &p->walk, &filter, meet_version, p));
    return put_in_order(p);
}

const struct entry *entry_by_id(const struct press *p, int64_t id) {
    struct entry wanted = {.id = id};
    if (p->entry_count == 0) return NULL;
    return bsearch(&wanted, p->entries, p->entry_count, sizeof *p->entries, by_id);
}

static const struct entry *find(const struct press *p, struct entry *const *sorted_entries,
                                const struct entry *wanted,
                                int (*order)(const void *, const void *)) {
    if (p->entry_count == 0) return NULL;
    struct entry *const *found =
        bsearch(&wanted, sorted_entries, p->entry_count, sizeof(struct entry *), order);
    return found == NULL ? NULL : *found;
}

const struct entry *entry_by_path(const struct press *p, str path) {
    struct entry wanted = {.path = path};
    return find(p, p->by_path, &wanted, by_path);
}

const struct entry *entry_of_group(const struct press *p, int64_t group, str language) {
    struct entry wanted = {.group = group, .language = language};
    return find(p, p->by_group, &wanted, by_group);
}
