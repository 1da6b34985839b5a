/* press_source.c: what the gate is shown. See press.h. */
#include <assert.h>
#include <string.h>

#include "press/markdown.h"
#include "press/press.h"

enum {
    TEXTS_MAX = 10 * LIMIT_LIST_ITEMS, /* as source_shape has it */
    OWN_TEXTS = 11,                    /* of a version, beside its lists */
    BLOCK_TEXTS = 4,                   /* of a block, beside its items */
};

struct builder {
    struct archive *archive;
    struct arena *arena;
    struct source *source;
    size_t text_room;
    size_t picture_room;
};

static err begin(struct builder *b, size_t texts, size_t pictures) {
    if (texts > TEXTS_MAX || pictures > LIMIT_LIST_ITEMS)
        FAIL(ERR_LIMIT, STR_FMT " has %zu texts and %zu pictures; the gate takes %d and %d",
             STR_ARG(b->source->key), texts, pictures, TEXTS_MAX, LIMIT_LIST_ITEMS);
    b->source->texts = arena_array(b->arena, texts, sizeof *b->source->texts);
    b->source->pictures = arena_array(b->arena, pictures, sizeof *b->source->pictures);
    if (b->source->texts == NULL || b->source->pictures == NULL)
        FAIL(ERR_NO_MEMORY, "no memory for what the gate is shown");
    b->text_room = texts;
    b->picture_room = pictures;
    return OK;
}

/* Empty texts are left out: nobody reads them. */
static void add(struct builder *b, str place, str text) {
    struct source *s = b->source;
    if (text.len == 0) return;
    assert(s->text_count < b->text_room);
    s->texts[s->text_count++] = (struct source_text){.place = place, .text = text};
}

/* A place with a number, counted from 1: "contributor 2 role". */
static err add_numbered(struct builder *b, const char *what, size_t index, str text,
                        const char *part) {
    str place = {0};
    TRY(arena_printf(b->arena, &place, "%s %zu%s", what, index + 1, part));
    add(b, place, text);
    return OK;
}

static err add_picture(struct builder *b, struct source_picture picture) {
    struct archive_media media = {0};
    err e = archive_media_load(b->archive, b->arena, picture.media, &media);
    if (e.kind == ERR_NOT_FOUND) return OK; /* then no page shows it either */
    TRY(e);
    if (picture.alt.len == 0) picture.alt = media.alt;
    if (picture.credit.len == 0) picture.credit = media.credit;
    picture.files = arena_array(b->arena, media.variant_count, sizeof *picture.files);
    if (picture.files == NULL) FAIL(ERR_NO_MEMORY, "no memory for what the gate is shown");
    picture.file_count = media.variant_count;
    for (size_t i = 0; i < media.variant_count; i++)
        memcpy(picture.files[i].hash, media.variants[i].hash, sizeof picture.files[i].hash);
    assert(b->source->picture_count < b->picture_room);
    b->source->pictures[b->source->picture_count++] = picture;
    return OK;
}

static err add_card_file(struct builder *b, const struct archive_card *card) {
    struct source_picture picture = {.place = STR("card"), .alt = card->title, .file_count = 1};
    picture.files = arena_array(b->arena, 1, sizeof *picture.files);
    if (picture.files == NULL) FAIL(ERR_NO_MEMORY, "no memory for what the gate is shown");
    memcpy(picture.files->hash, card->hash, sizeof picture.files->hash);
    assert(b->source->picture_count < b->picture_room);
    b->source->pictures[b->source->picture_count++] = picture;
    return OK;
}

/* The card of a version that has no cover, if it is one of the title it has now. The line is shown
 * too: the gate reads every word that is drawn, and no card tells what the gate was not told. */
static err add_card(struct builder *b, const struct archive_version *version) {
    struct archive_card card = {0};
    if (version->cover.media != 0 || version->title.len == 0) return OK;
    err e = archive_card_get(b->archive, b->arena, b->source->key, &card);
    if (e.kind == ERR_NOT_FOUND) return OK;
    TRY(e);
    if (!str_eq(card.title, version->title)) return OK;
    add(b, STR("card"), card.line);
    return add_card_file(b, &card);
}

static err add_report(struct builder *b, const struct archive_report *report) {
    str pages = {0};
    str bytes = {0};
    TRY(arena_printf(b->arena, &pages, "%lld", (long long)report->pages));
    TRY(arena_printf(b->arena, &bytes, "%lld", (long long)report->bytes));
    add(b, STR("publisher"), report->publisher);
    add(b, STR("report language"), report->language);
    add(b, STR("report link"), report->link);
    add(b, STR("report pages"), pages);
    add(b, STR("report bytes"), bytes);
    return OK;
}

err press_source(struct archive *archive, struct arena *a, const struct archive_version *version,
                 struct source *ret_source) {
    struct source source = {.kind = archive_kind_name(version->kind),
                            .language = version->language,
                            .origin = version->origin};
    struct builder b = {.archive = archive, .arena = a, .source = &source};
    int64_t *media = NULL;
    size_t media_count = 0;
    TRY(archive_version_key(a, version, &source.key));
    TRY(markdown_media(a, version->body, &media, &media_count));
    TRY(begin(&b, OWN_TEXTS + 3 * version->contributor_count + version->topic_count,
              media_count + 1)); /* with the cover, or the card */
    add(&b, STR("title"), version->title);
    add(&b, STR("deck"), version->deck);
    add(&b, STR("body"), version->body);
    add(&b, STR("slug"), version->slug);
    for (size_t i = 0; i < version->contributor_count; i++) {
        const struct archive_contributor *c = &version->contributors[i];
        TRY(add_numbered(&b, "contributor", i, c->name, " name"));
        TRY(add_numbered(&b, "contributor", i, c->role, " role"));
        TRY(add_numbered(&b, "contributor", i, c->organisation, " organisation"));
    }
    for (size_t i = 0; i < version->topic_count; i++) { /* its name is the site's to clear */
        str number = {0};
        TRY(arena_printf(a, &number, "%lld", (long long)version->topics[i]));
        TRY(add_numbered(&b, "topic", i, number, ""));
    }
    if (version->kind == ARCHIVE_REPORT) TRY(add_report(&b, &version->report));
    if (version->cover.media != 0)
        TRY(add_picture(&b, (struct source_picture){.media = version->cover.media,
                                                    .place = STR("cover"),
                                                    .alt = version->cover.alt,
                                                    .caption = version->cover.caption,
                                                    .credit = version->cover.credit}));
    for (size_t i = 0; i < media_count; i++)
        TRY(add_picture(&b, (struct source_picture){.media = media[i], .place = STR("body")}));
    TRY(add_card(&b, version));
    *ret_source = source;
    return OK;
}

/* ---- Around the stories --------------------------------------------------------------------- */

static err add_block(struct builder *b, const struct archive_block *block) {
    str kind = archive_block_kind_name(block->kind);
    const struct {
        const char *part;
        str text;
    } parts[BLOCK_TEXTS] = {{"title", block->title},
                            {"text", block->text},
                            {"label", block->label},
                            {"link", block->link}};
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        str place = {0};
        TRY(arena_printf(b->arena, &place, STR_FMT " %s", STR_ARG(kind), parts[i].part));
        add(b, place, parts[i].text);
    }
    for (size_t i = 0; i < block->item_count; i++) {
        const struct archive_block_item *item = &block->items[i];
        str place = {0};
        TRY(arena_printf(b->arena, &place, STR_FMT " %zu", STR_ARG(kind), i + 1));
        add(b, place, item->label);
        TRY(arena_printf(b->arena, &place, STR_FMT " %zu link", STR_ARG(kind), i + 1));
        add(b, place, item->link);
        if (item->media != 0)
            TRY(add_picture(b, (struct source_picture){
                                   .media = item->media, .place = place, .alt = item->label}));
    }
    return OK;
}

/* A language's own card: the name and the tagline, both shown above as they are in it. */
static err add_site_card(struct builder *b, str name, str tagline) {
    struct archive_card card = {0};
    err e = archive_card_get(b->archive, b->arena, b->source->key, &card);
    if (e.kind == ERR_NOT_FOUND) return OK;
    TRY(e);
    bool is_of_today = str_eq(card.title, name) && str_eq(card.line, tagline);
    return is_of_today ? add_card_file(b, &card) : OK;
}

err press_site_source(struct archive *archive, struct arena *a, str language,
                      struct source *ret_source) {
    enum { NAME, TAGLINE, SETTINGS = 6 };
    static const char *const settings[SETTINGS] = {"site.name",  "site.tagline", "home.title",
                                                   "home.intro", "site.menu",    "site.links"};
    struct source source = {.kind = STR("site"), .language = language};
    struct builder b = {.archive = archive, .arena = a, .source = &source};
    struct archive_block *blocks = NULL;
    struct archive_topic *topics = NULL;
    str values[SETTINGS] = {0};
    size_t block_count = 0;
    size_t topic_count = 0;
    TRY(arena_printf(a, &source.key, "site/" STR_FMT, STR_ARG(language)));
    err public_before =
        archive_setting_get(archive, a, STR("site.origin"), language, &source.origin);
    if (public_before.kind != ERR_NOT_FOUND) TRY(public_before);
    TRY(archive_blocks(archive, a, language, &blocks, &block_count));
    TRY(archive_topics(archive, a, language, &topics, &topic_count));
    size_t items = 0;
    for (size_t i = 0; i < block_count; i++) items += blocks[i].item_count;
    TRY(begin(&b, COUNT_OF(settings) + BLOCK_TEXTS * block_count + 2 * items + 2 * topic_count,
              items + 1));
    for (size_t i = 0; i < COUNT_OF(settings); i++) {
        err e = archive_setting_get(archive, a, str_of(settings[i]), language, &values[i]);
        if (e.kind != ERR_NONE && e.kind != ERR_NOT_FOUND) return e;
        add(&b, str_of(settings[i]), values[i]);
    }
    for (size_t i = 0; i < block_count; i++) TRY(add_block(&b, &blocks[i]));
    for (size_t i = 0; i < topic_count; i++) {
        TRY(add_numbered(&b, "topic", i, topics[i].name, " name"));
        TRY(add_numbered(&b, "topic", i, topics[i].slug, " slug"));
    }
    TRY(add_site_card(&b, values[NAME], values[TAGLINE]));
    *ret_source = source;
    return OK;
}
