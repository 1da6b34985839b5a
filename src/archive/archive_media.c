/* archive_media.c: pictures, their rebuilt forms, cards, and where things came from. */
#include <string.h>

#include "archive/archive_impl.h"

/* ---- Checking ------------------------------------------------------------------------------- */

static err check_variant(const struct archive_variant *variant) {
    bool is_known = str_eq(variant->format, STR("jpeg")) || str_eq(variant->format, STR("png")) ||
                    str_eq(variant->format, STR("avif"));
    if (!is_known) FAIL(ERR_INVALID, "a variant that is neither jpeg nor png nor avif");
    if (variant->width <= 0 || variant->height <= 0 || variant->bytes <= 0) {
        FAIL(ERR_INVALID, "a variant without a size");
    }
    return OK;
}

static err check_media(const struct archive_media *media) {
    TRY(text_check("picture's name", media->name, LIMIT_FIELD_BYTES));
    TRY(text_check("alt text", media->alt, LIMIT_FIELD_BYTES));
    TRY(text_check("caption", media->caption, LIMIT_FIELD_BYTES));
    TRY(text_check("credit", media->credit, LIMIT_FIELD_BYTES));
    if (media->colour > 0xFFFFFF) FAIL(ERR_INVALID, "colour: more than 0xFFFFFF");
    if (media->variant_count > LIMIT_LIST_ITEMS) {
        FAIL(ERR_LIMIT, "a picture of %zu variants", media->variant_count);
    }
    for (size_t i = 0; i < media->variant_count; i++) TRY(check_variant(&media->variants[i]));
    return OK;
}

/* ---- Writing -------------------------------------------------------------------------------- */

static err add_variants(struct archive *archive, const struct archive_media *media) {
    for (size_t i = 0; i < media->variant_count; i++) {
        const struct archive_variant *variant = &media->variants[i];
        CLEANUP(query_end) struct query q = query_start(archive, SQL_VARIANT_ADD);
        query_bind_int(&q, media->id);
        query_bind_int(&q, (int64_t)i);
        query_bind_int(&q, variant->width);
        query_bind_int(&q, variant->height);
        query_bind_text(&q, variant->format);
        query_bind_blob(&q, (str){(const char *)variant->hash, HASH_BYTES});
        query_bind_int(&q, variant->bytes);
        TRY(query_run(&q));
    }
    return OK;
}

static err add_media(struct archive *archive, struct archive_media *media) {
    CLEANUP(query_end) struct query q = query_start(archive, SQL_MEDIA_ADD);
    bool is_row = false;
    query_bind_blob(&q, (str){(const char *)media->original_hash, HASH_BYTES});
    query_bind_text(&q, media->name);
    query_bind_text(&q, media->alt);
    query_bind_text(&q, media->caption);
    query_bind_text(&q, media->credit);
    query_bind_int(&q, media->colour);
    TRY(query_next(&q, &is_row));
    media->id = query_int(&q);
    TRY(query_run(&q));
    return add_variants(archive, media);
}

static void fill(str *held, str given, bool *is_changed) {
    if (held->len > 0 || given.len == 0) return;
    *held = given;
    *is_changed = true;
}

/* A picture that is held already takes what it lacks, and nothing else: an editor's words stay. */
static err fill_media(struct archive *archive, struct archive_media *held,
                      const struct archive_media *given, enum archive_saved *ret_saved) {
    bool is_changed = false;
    fill(&held->name, given->name, &is_changed);
    fill(&held->alt, given->alt, &is_changed);
    fill(&held->caption, given->caption, &is_changed);
    fill(&held->credit, given->credit, &is_changed);
    if (is_changed) {
        CLEANUP(query_end) struct query q = query_start(archive, SQL_MEDIA_SET);
        query_bind_int(&q, held->id);
        query_bind_text(&q, held->name);
        query_bind_text(&q, held->alt);
        query_bind_text(&q, held->caption);
        query_bind_text(&q, held->credit);
        TRY(query_run(&q));
    }
    if (held->variant_count == 0 && given->variant_count > 0) {
        held->variants = given->variants;
        held->variant_count = given->variant_count;
        TRY(add_variants(archive, held));
        is_changed = true;
    }
    *ret_saved = is_changed ? ARCHIVE_CHANGED : ARCHIVE_UNCHANGED;
    return OK;
}

static err put_inside(struct archive *archive, struct arena *a, struct archive_media *media,
                      enum archive_saved *ret_saved) {
    int64_t id = 0;
    struct archive_media held = {0};
    err e = archive_media_by_original(archive, a, media->original_hash, &id);
    if (e.kind == ERR_NOT_FOUND) {
        *ret_saved = ARCHIVE_ADDED;
        return add_media(archive, media);
    }
    TRY(e);
    TRY(archive_media_load(archive, a, id, &held));
    media->id = id;
    return fill_media(archive, &held, media, ret_saved);
}

err archive_media_put(struct archive *archive, struct arena *a, struct archive_media *media,
                      enum archive_saved *ret_saved) {
    struct archive_media m = *media;
    enum archive_saved saved = ARCHIVE_UNCHANGED;
    TRY(check_media(&m));
    TRY(change_start(archive));
    TRY(change_end(archive, put_inside(archive, a, &m, &saved)));
    media->id = m.id;
    *ret_saved = saved;
    return OK;
}

/* ---- Reading -------------------------------------------------------------------------------- */

static err read_row(struct archive *archive, struct arena *a, int64_t id,
                    struct archive_media *media) {
    CLEANUP(query_end) struct query q = query_start(archive, SQL_MEDIA_GET);
    bool found = false;
    query_bind_int(&q, id);
    TRY(query_next(&q, &found));
    if (!found) FAIL(ERR_NOT_FOUND, "the archive has no picture %lld", (long long)id);
    media->id = query_int(&q);
    query_hash(&q, media->original_hash);
    media->name = query_text(&q, a);
    media->alt = query_text(&q, a);
    media->caption = query_text(&q, a);
    media->credit = query_text(&q, a);
    media->colour = (uint32_t)query_int(&q);
    return query_check(&q);
}

static err read_inside(struct archive *archive, struct arena *a, int64_t id,
                       struct archive_media *media) {
    TRY(read_row(archive, a, id, media));
    CLEANUP(query_end) struct query q = query_start(archive, SQL_VARIANTS_GET);
    bool is_row = false;
    query_bind_int(&q, id);
    TRY(query_next(&q, &is_row));
    while (is_row) {
        struct archive_variant *all =
            array_room(a, media->variants, media->variant_count, sizeof *all);
        if (all == NULL) FAIL(ERR_NO_MEMORY, "no memory for variants");
        media->variants = all;
        struct archive_variant *one = &all[media->variant_count++];
        one->width = (int32_t)query_int(&q);
        one->height = (int32_t)query_int(&q);
        one->format = query_text(&q, a);
        query_hash(&q, one->hash);
        one->bytes = query_int(&q);
        TRY(query_next(&q, &is_row));
    }
    return OK;
}

err archive_media_load(struct archive *archive, struct arena *a, int64_t id,
                       struct archive_media *ret_media) {
    struct archive_media media = {0};
    TRY(reading_start(archive));
    TRY(reading_end(archive, read_inside(archive, a, id, &media)));
    *ret_media = media;
    return OK;
}

err archive_media_by_original(struct archive *archive, struct arena *a,
                              const unsigned char original_hash[32], int64_t *ret_id) {
    (void)a;
    CLEANUP(query_end) struct query q = query_start(archive, SQL_MEDIA_BY_ORIGINAL);
    bool found = false;
    query_bind_blob(&q, (str){(const char *)original_hash, HASH_BYTES});
    TRY(query_next(&q, &found));
    if (!found) FAIL(ERR_NOT_FOUND, "no picture was made from that original");
    *ret_id = query_int(&q);
    return OK;
}

err archive_media_ids(struct archive *archive, struct arena *a, int64_t **ret_ids,
                      size_t *ret_count) {
    CLEANUP(query_end) struct query q = query_start(archive, SQL_MEDIA_IDS);
    return query_ids(&q, a, ret_ids, ret_count);
}

/* ---- Cards ---------------------------------------------------------------------------------- */

static err put_card(struct archive *archive, str key, const struct archive_card *card) {
    CLEANUP(query_end) struct query q = query_start(archive, SQL_CARD_PUT);
    query_bind_text(&q, key);
    query_bind_text(&q, card->title);
    query_bind_text(&q, card->line);
    query_bind_blob(&q, (str){(const char *)card->hash, HASH_BYTES});
    return query_run(&q);
}

err archive_card_put(struct archive *archive, str key, const struct archive_card *card) {
    TRY(text_check("key", key, LIMIT_NAME_BYTES));
    TRY(text_check("title of a card", card->title, LIMIT_FIELD_BYTES));
    TRY(text_check("line of a card", card->line, LIMIT_FIELD_BYTES));
    TRY(change_start(archive));
    return change_end(archive, put_card(archive, key, card));
}

err archive_card_get(struct archive *archive, struct arena *a, str key,
                     struct archive_card *ret_card) {
    CLEANUP(query_end) struct query q = query_start(archive, SQL_CARD_GET);
    struct archive_card card;
    bool found = false;
    query_bind_text(&q, key);
    TRY(query_next(&q, &found));
    if (!found) FAIL(ERR_NOT_FOUND, STR_FMT ": no card", STR_ARG(key));
    card.title = query_text(&q, a);
    card.line = query_text(&q, a);
    query_hash(&q, card.hash);
    TRY(query_check(&q));
    *ret_card = card;
    return OK;
}

/* ---- Where things came from ----------------------------------------------------------------- */

static err put_source(struct archive *archive, str from, str name, int64_t version, int64_t media) {
    CLEANUP(query_end) struct query q = query_start(archive, SQL_SOURCE_PUT);
    query_bind_text(&q, from);
    query_bind_text(&q, name);
    query_bind_id(&q, version);
    query_bind_id(&q, media);
    return query_run(&q);
}

err archive_source_put(struct archive *archive, str from, str name, int64_t version,
                       int64_t media) {
    TRY(text_check("name of a source", from, LIMIT_PATH_BYTES));
    TRY(text_check("name of a thing in its source", name, LIMIT_PATH_BYTES));
    if ((version == 0) == (media == 0)) {
        FAIL(ERR_INVALID, "a source is of a version or of a picture");
    }
    TRY(change_start(archive));
    return change_end(archive, put_source(archive, from, name, version, media));
}

err archive_source_get(struct archive *archive, str from, str name, int64_t *ret_version,
                       int64_t *ret_media) {
    CLEANUP(query_end) struct query q = query_start(archive, SQL_SOURCE_GET);
    bool found = false;
    query_bind_text(&q, from);
    query_bind_text(&q, name);
    TRY(query_next(&q, &found));
    if (!found) FAIL(ERR_NOT_FOUND, STR_FMT ": not imported yet", STR_ARG(name));
    *ret_version = query_int(&q);
    *ret_media = query_int(&q);
    return OK;
}
