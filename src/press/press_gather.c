/* press_gather.c: who is cleared, where each stands, and what a card of it shows: all that later
 * pages know of each other. What was not touched since the last press is remembered; the rest is
 * loaded from the archive. */
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

void *grown(struct press *p, void *array, size_t count, size_t size) {
    if ((count & (count - 1)) != 0) return array; /* grown at 0, 1, 2, 4, 8 ... */
    return arena_grow(p->site, array, count * size, (count == 0 ? 1 : 2 * count) * size);
}

err ready_to_grow(struct press *p, void **array, size_t count, size_t size) {
    size_t room = 1;
    if (count == 0 || (count & (count - 1)) == 0) return OK; /* `grown` makes room itself */
    while (room < count) room *= 2;
    void *larger = arena_grow(p->site, *array, count * size, room * size);
    if (larger == NULL) FAIL(ERR_NO_MEMORY, "no memory for a list of %zu", count);
    *array = larger;
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

err entry_load(struct press *p, struct arena *a, const struct entry *entry,
               struct archive_version *ret_version, const struct clearance **ret_clearance) {
    struct source source = {0};
    unsigned char hash[CLEARANCE_HASH_BYTES];
    const struct clearance *clearance = entry->given;
    TRY(archive_version_load(p->options->archive, a, entry->id, ret_version));
    TRY(press_source(p->options->archive, a, ret_version, &source));
    if (clearance == NULL)
        TRY(find_clearance(p, a, &source, &clearance));
    else
        TRY(check_clearance(p, &source, clearance)); /* its signature was verified in this press */
    clearance_hash(clearance, hash);
    if (memcmp(hash, entry->clearance, sizeof hash) != 0)
        FAIL(ERR_DENIED, "another clearance has taken the place of the one it was listed by");
    *ret_clearance = clearance;
    return OK;
}

/* Whether an error says that one item may not go out, and not that the work cannot go on. */
static bool is_refusal(err e) { return e.kind == ERR_DENIED || e.kind == ERR_INVALID; }

/* ---- Files of pictures ---------------------------------------------------------------------- */

static err use_media(struct press *p, int64_t id, struct entry_file **files, size_t *count) {
    struct archive_media media = {0};
    err e = archive_media_load(p->options->archive, &p->walk, id, &media);
    if (e.kind == ERR_NOT_FOUND) return OK;
    TRY(e);
    for (size_t i = 0; i < media.variant_count; i++) {
        struct entry_file *all = grown(p, *files, *count, sizeof *all);
        if (all == NULL) FAIL(ERR_NO_MEMORY, "no memory for the list of pictures");
        *files = all;
        memcpy(all[*count].hash, media.variants[i].hash, sizeof all->hash);
        all[*count].type = picture_type(media.variants[i].format);
        (*count)++;
    }
    return OK;
}

/* Where the files of an item are gathered, and the link of its card. */
struct item_files {
    struct entry_file **files;
    size_t *count;
    str *card;
};

static err use_card(struct press *p, const unsigned char hash[32], struct item_files *of) {
    struct entry_file *all = grown(p, *of->files, *of->count, sizeof *all);
    if (all == NULL) FAIL(ERR_NO_MEMORY, "no memory for the list of pictures");
    *of->files = all;
    memcpy(all[*of->count].hash, hash, sizeof all->hash);
    all[(*of->count)++].type = PRESSING_PNG;
    return picture_path(p->site, hash, PRESSING_PNG, of->card);
}

static err use_pictures(struct press *p, const struct source *source, struct item_files of) {
    for (size_t i = 0; i < source->picture_count; i++) {
        const struct source_picture *picture = &source->pictures[i];
        if (picture->media == 0)
            TRY(use_card(p, picture->files->hash, &of));
        else
            TRY(use_media(p, picture->media, of.files, of.count));
    }
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
    clearance_hash(clearance, e->clearance);
    TRY(pressing_writer_clearance(p->writer, e->clearance, &e->number));
    TRY(use_pictures(p, &source, (struct item_files){&e->files, &e->file_count, &e->card}));
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
    stamp_add(p, p->base);
    stamp_add(p, p->language);
    stamp_add(p, (str){(const char *)&p->offset, sizeof p->offset});
    stamp_add(p, (str){(const char *)&p->tick.pictures, sizeof p->tick.pictures});
    stamp_add(p, p->options->forms == PRESS_FORMS_ALL ? STR("forms") : STR("none"));
    stamp_end(p);
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

static err copy_numbers(struct press *p, const int64_t *numbers, size_t count, int64_t **ret_copy) {
    int64_t *copy = arena_array(p->site, count, sizeof *copy);
    if (copy == NULL) FAIL(ERR_NO_MEMORY, "no memory for a list of a story");
    if (count > 0) memcpy(copy, numbers, count * sizeof *copy);
    *ret_copy = copy;
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
                            .related_count = version->related_count,
                            .report_count = version->report_count,
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
    TRY(copy_numbers(p, version->topics, version->topic_count, &entry->topics));
    TRY(copy_numbers(p, version->related, version->related_count, &entry->related));
    return copy_numbers(p, version->reports, version->report_count, &entry->reports);
}

static err add_entry(struct press *p, const struct edition *e,
                     const struct archive_version *version, const struct source *source,
                     const struct clearance *clearance) {
    struct entry *all = grown(p, p->entries, p->entry_count, sizeof *all);
    if (all == NULL) FAIL(ERR_NO_MEMORY, "no memory for %zu stories", p->entry_count + 1);
    p->entries = all;
    struct entry *entry = &all[p->entry_count];
    TRY(make_entry(p, e, version, entry));
    entry->given = clearance;
    clearance_hash(clearance, entry->clearance);
    entry->until = clearance_terms(clearance)->until;
    TRY(use_pictures(p, source,
                     (struct item_files){&entry->files, &entry->file_count, &entry->card}));
    TRY(entry_digest(p, entry));
    p->entry_count++;
    return OK;
}

/* The version is looked at again at the next press, whether it was touched until then or not. */
static err look_again(struct press *p, int64_t id) {
    int64_t *all = grown(p, p->again, p->again_count, sizeof *all);
    if (all == NULL) FAIL(ERR_NO_MEMORY, "no memory for what is left out");
    p->again = all;
    all[p->again_count++] = id;
    return OK;
}

static err refuse(struct press *p, const struct archive_version *version, str key,
                  const char *why) {
    TRY(look_again(p, version->id));
    return left_out(p, key, why);
}

/* A picture that it names is not in the archive; one day it may be. */
static err look_for_gaps(struct press *p, const struct archive_version *version,
                         const struct source *source) {
    int64_t *media = NULL;
    size_t count = 0;
    TRY(markdown_media(&p->walk, version->body, &media, &count));
    count += version->cover.media != 0;
    size_t shown = 0;
    for (size_t i = 0; i < source->picture_count; i++) shown += source->pictures[i].media != 0;
    return shown < count ? look_again(p, version->id) : OK;
}

/* One published version: an entry, or a line in the report. */
static err meet_published(struct press *p, const struct archive_version *version) {
    struct source source = {0};
    const struct clearance *clearance = NULL;
    err shown = press_source(p->options->archive, &p->walk, version, &source);
    if (shown.kind == ERR_LIMIT) { /* the gate could not have been shown it either */
        str key = {0};
        TRY(archive_version_key(&p->walk, version, &key));
        return refuse(p, version, key, shown.message);
    }
    TRY(shown);
    const struct edition *e = edition_of(p, version->language);
    if (e == NULL) return refuse(p, version, source.key, "nothing is pressed in its language");
    err refused = find_clearance(p, p->site, &source, &clearance);
    if (is_refusal(refused)) return refuse(p, version, source.key, refused.message);
    TRY(refused);
    TRY(look_for_gaps(p, version, &source));
    return add_entry(p, e, version, &source, clearance);
}

static err meet_withdrawn(struct press *p, const struct archive_version *version) {
    struct withdrawn *all = grown(p, p->withdrawn, p->withdrawn_count, sizeof *all);
    if (all == NULL) FAIL(ERR_NO_MEMORY, "no memory for what was withdrawn");
    p->withdrawn = all;
    all[p->withdrawn_count] = (struct withdrawn){.id = version->id};
    TRY(arena_copy(p->site, version->language, &all[p->withdrawn_count].language));
    TRY(archive_public_path(p->site, version, &all[p->withdrawn_count].path));
    p->withdrawn_count++;
    return OK;
}

static err meet_version(void *context, struct archive_version *version) {
    if (version->status == ARCHIVE_PUBLISHED) return meet_published(context, version);
    return version->status == ARCHIVE_WITHDRAWN ? meet_withdrawn(context, version) : OK;
}

static err meet_moved(void *context, const struct archive_old_path *old) {
    struct press *p = context;
    struct moved *all = grown(p, p->moved, p->moved_count, sizeof *all);
    if (all == NULL) FAIL(ERR_NO_MEMORY, "no memory for old addresses");
    p->moved = all;
    all[p->moved_count] = (struct moved){.version = old->version};
    TRY(arena_copy(p->site, old->path, &all[p->moved_count].path));
    p->moved_count++;
    return OK;
}

/* ---- From memory ---------------------------------------------------------------------------- */

static int by_number(const void *one, const void *other) {
    int64_t a = *(const int64_t *)one;
    int64_t b = *(const int64_t *)other;
    return (a > b) - (a < b);
}

/* A set of ids, ascending. */
struct ids {
    int64_t *all;
    size_t count;
};

static bool has_id(const struct ids *ids, int64_t id) {
    return ids->count > 0 &&
           bsearch(&id, ids->all, ids->count, sizeof *ids->all, by_number) != NULL;
}

/* Versions that may be other than they are remembered: touched since, not whole last time, or with
 * a clearance that has ended meanwhile. */
static err list_doubtful(struct press *p, const struct memo *memo, struct ids *ret_ids) {
    int64_t *touched = NULL;
    size_t touched_count = 0;
    struct ids ids = {0};
    TRY(archive_touched(p->options->archive, p->site, memo->number, &touched, &touched_count));
    size_t room = touched_count + memo->again_count + memo->entry_count;
    ids.all = arena_array(p->site, room, sizeof *ids.all);
    if (ids.all == NULL) FAIL(ERR_NO_MEMORY, "no memory for what has changed");
    for (size_t i = 0; i < touched_count; i++) ids.all[ids.count++] = touched[i];
    for (size_t i = 0; i < memo->again_count; i++) ids.all[ids.count++] = memo->again[i];
    for (size_t i = 0; i < memo->entry_count; i++) {
        if (memo->entries[i].until <= p->now) ids.all[ids.count++] = memo->entries[i].id;
    }
    size_t kept = 0;
    sort_things(ids.all, ids.count, sizeof *ids.all, by_number);
    for (size_t i = 0; i < ids.count; i++) {
        if (kept == 0 || ids.all[kept - 1] != ids.all[i]) ids.all[kept++] = ids.all[i];
    }
    ids.count = kept;
    *ret_ids = ids;
    return OK;
}

static int by_entry_id(const void *one, const void *other) {
    return by_number(&((const struct entry *)one)->id, &((const struct entry *)other)->id);
}

/* Met again and found as it was, its page may stay, and with it what was said of the page. */
static void carry_notes(struct press *p, const struct memo *memo) {
    struct entry *entry = &p->entries[p->entry_count - 1];
    const struct entry *old =
        bsearch(entry, memo->entries, memo->entry_count, sizeof *memo->entries, by_entry_id);
    if (old == NULL || memcmp(old->digest, entry->digest, sizeof old->digest) != 0) return;
    entry->notes = old->notes;
    entry->note_count = old->note_count;
}

static err meet_again(struct press *p, const struct memo *memo, int64_t id) {
    struct archive_version version = {0};
    size_t before = p->entry_count;
    struct arena_mark mark = arena_mark(&p->walk);
    err e = archive_version_load(p->options->archive, &p->walk, id, &version);
    if (e.kind == ERR_NONE) e = meet_version(p, &version);
    arena_reset(&p->walk, mark);
    if (p->entry_count > before && memo->entry_count > 0) carry_notes(p, memo);
    return e.kind == ERR_NOT_FOUND ? OK : e;
}

/* Entries as they are remembered; those in doubt are set aside, for their notes. */
static err recall_entries(struct press *p, struct memo *memo, const struct ids *doubtful) {
    struct entry *aside = arena_array(p->site, doubtful->count, sizeof *aside);
    size_t aside_count = 0;
    if (aside == NULL) FAIL(ERR_NO_MEMORY, "no memory for what has changed");
    p->entries = memo->entries;
    for (size_t i = 0; i < memo->entry_count; i++) {
        if (has_id(doubtful, memo->entries[i].id))
            aside[aside_count++] = memo->entries[i];
        else
            p->entries[p->entry_count++] = memo->entries[i];
    }
    memo->entries = aside;
    memo->entry_count = aside_count;
    return OK;
}

static void recall_withdrawn(struct press *p, const struct memo *memo, const struct ids *doubtful) {
    p->withdrawn = memo->withdrawn;
    for (size_t i = 0; i < memo->withdrawn_count; i++) {
        if (!has_id(doubtful, memo->withdrawn[i].id))
            p->withdrawn[p->withdrawn_count++] = memo->withdrawn[i];
    }
}

/* Everything as it is remembered, but for what is in doubt. */
static err recall(struct press *p, struct memo *memo) {
    struct ids doubtful = {0};
    TRY(list_doubtful(p, memo, &doubtful));
    TRY(recall_entries(p, memo, &doubtful));
    recall_withdrawn(p, memo, &doubtful);
    if (doubtful.count == 0) return OK;
    void *entries = p->entries;
    void *withdrawn = p->withdrawn;
    TRY(ready_to_grow(p, &entries, p->entry_count, sizeof *p->entries));
    TRY(ready_to_grow(p, &withdrawn, p->withdrawn_count, sizeof *p->withdrawn));
    p->entries = entries;
    p->withdrawn = withdrawn;
    for (size_t i = 0; i < doubtful.count; i++) TRY(meet_again(p, memo, doubtful.all[i]));
    return OK;
}

/* ---- All of it ------------------------------------------------------------------------------ */

static err walk(struct press *p) {
    struct archive_filter filter = {
        .only_statuses = {[ARCHIVE_PUBLISHED] = true, [ARCHIVE_WITHDRAWN] = true}};
    return archive_versions_each(p->options->archive, &p->walk, &filter, meet_version, p);
}

err gather(struct press *p) {
    struct memo memo = {0};
    bool is_remembered = false;
    TRY(archive_tick_get(p->options->archive, &p->tick)); /* first: what changes now comes again */
    TRY(read_site(p));
    TRY(memo_read(p, &memo, &is_remembered));
    TRY(is_remembered ? recall(p, &memo) : walk(p));
    if (is_remembered && memo.addresses == p->tick.addresses) {
        p->moved = memo.moved;
        p->moved_count = memo.moved_count;
    } else {
        TRY(archive_old_paths_each(p->options->archive, &p->walk, meet_moved, p));
    }
    TRY(put_in_order(p));
    for (size_t i = 0; i < p->entry_count; i++)
        TRY(pressing_writer_clearance(p->writer, p->entries[i].clearance, &p->entries[i].number));
    key_editions(p);
    return OK;
}
