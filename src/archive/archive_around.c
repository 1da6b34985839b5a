/* archive_around.c: what stands around the stories: topics, settings, foot blocks. */
#include "archive/archive_impl.h"

/* ---- Topics --------------------------------------------------------------------------------- */

static err topic_id(struct archive *archive, str slug, int64_t *ret_id) {
    CLEANUP(query_end) struct query q = query_start(archive, SQL_TOPIC_PUT);
    bool is_row = false;
    query_bind_text(&q, slug);
    TRY(query_next(&q, &is_row));
    *ret_id = query_int(&q);
    return query_run(&q);
}

static err put_topic(struct archive *archive, str slug, str language, str name, int64_t *ret_id) {
    TRY(topic_id(archive, slug, ret_id));
    CLEANUP(query_end) struct query q = query_start(archive, SQL_TOPIC_NAME_PUT);
    query_bind_int(&q, *ret_id);
    query_bind_text(&q, language);
    query_bind_text(&q, name);
    return query_run(&q);
}

err archive_topic_put(struct archive *archive, struct arena *a, str slug, str language, str name,
                      int64_t *ret_id) {
    int64_t id = 0;
    str made = {0};
    TRY(language_check(language));
    TRY(text_check("topic's slug", slug, LIMIT_TITLE_BYTES));
    TRY(text_check("topic's name", name, LIMIT_NAME_BYTES));
    if (name.len == 0) FAIL(ERR_INVALID, "a topic without a name");
    TRY(slug_make(a, slug.len > 0 ? slug : name, &made));
    TRY(change_start(archive));
    TRY(change_end(archive, put_topic(archive, made, language, name, &id)));
    *ret_id = id;
    return OK;
}

err archive_topics(struct archive *archive, struct arena *a, str language,
                   struct archive_topic **ret_topics, size_t *ret_count) {
    CLEANUP(query_end) struct query q = query_start(archive, SQL_TOPICS_GET);
    struct archive_topic *topics = NULL;
    size_t count = 0;
    bool is_row = false;
    query_bind_text(&q, language);
    TRY(query_next(&q, &is_row));
    while (is_row) {
        topics = array_room(a, topics, count, sizeof *topics);
        if (topics == NULL) FAIL(ERR_NO_MEMORY, "no memory for topics");
        topics[count].id = query_int(&q);
        topics[count].slug = query_text(&q, a);
        topics[count].name = query_text(&q, a);
        count++;
        TRY(query_next(&q, &is_row));
    }
    *ret_topics = topics;
    *ret_count = count;
    return OK;
}

/* ---- Settings ------------------------------------------------------------------------------- */

static err put_setting(struct archive *archive, str key, str language, str value) {
    CLEANUP(query_end) struct query q = query_start(archive, SQL_SETTING_PUT);
    query_bind_text(&q, key);
    query_bind_text(&q, language);
    query_bind_text(&q, value);
    return query_run(&q);
}

err archive_setting_put(struct archive *archive, str key, str language, str value) {
    TRY(text_check("key of a setting", key, LIMIT_NAME_BYTES));
    if (key.len == 0) FAIL(ERR_INVALID, "a setting without a key");
    TRY(language_check_or_empty(language));
    TRY(text_check("setting", value, LIMIT_FIELD_BYTES));
    TRY(change_start(archive));
    return change_end(archive, put_setting(archive, key, language, value));
}

static err get_setting(struct archive *archive, struct arena *a, str key, str language,
                       str *ret_value, bool *ret_found) {
    CLEANUP(query_end) struct query q = query_start(archive, SQL_SETTING_GET);
    query_bind_text(&q, key);
    query_bind_text(&q, language);
    TRY(query_next(&q, ret_found));
    if (!*ret_found) return OK;
    str value = query_text(&q, a);
    TRY(query_check(&q));
    *ret_value = value;
    return OK;
}

/* "ko-Hang-KP", then "ko-Hang", "ko", "" (as RFC 4647, 3.4 looks up). */
err archive_setting_get(struct archive *archive, struct arena *a, str key, str language,
                        str *ret_value) {
    for (;;) {
        bool found = false;
        TRY(get_setting(archive, a, key, language, ret_value, &found));
        if (found) return OK;
        if (language.len == 0) FAIL(ERR_NOT_FOUND, "no setting " STR_FMT, STR_ARG(key));
        size_t end = language.len - 1;
        while (end > 0 && language.ptr[end] != '-') end--;
        language = str_slice(language, 0, end);
    }
}

/* ---- Foot blocks ---------------------------------------------------------------------------- */

static const char *const block_names[] = {
    [ARCHIVE_BLOCK_APPEAL] = "appeal",   [ARCHIVE_BLOCK_RELATED] = "related",
    [ARCHIVE_BLOCK_MONTHLY] = "monthly", [ARCHIVE_BLOCK_LEARN] = "learn",
    [ARCHIVE_BLOCK_SEEN_IN] = "seen_in",
};
_Static_assert(COUNT_OF(block_names) == ARCHIVE_BLOCK_KIND_COUNT, "one name for each kind");

str archive_block_kind_name(enum archive_block_kind kind) { return str_of(block_names[kind]); }

static bool block_kind_of(str name, enum archive_block_kind *ret_kind) {
    for (enum archive_block_kind kind = 0; kind < ARCHIVE_BLOCK_KIND_COUNT; kind++) {
        if (!str_eq(name, archive_block_kind_name(kind))) continue;
        *ret_kind = kind;
        return true;
    }
    return false;
}

static err check_block(const struct archive_block *block) {
    if (block->kind >= ARCHIVE_BLOCK_KIND_COUNT) FAIL(ERR_INVALID, "a block of no kind we know");
    TRY(text_check("block's title", block->title, LIMIT_TITLE_BYTES));
    TRY(text_check("block's text", block->text, LIMIT_FIELD_BYTES));
    TRY(text_check("block's label", block->label, LIMIT_TITLE_BYTES));
    TRY(text_check("block's link", block->link, LIMIT_PATH_BYTES));
    if (block->item_count > LIMIT_LIST_ITEMS) {
        FAIL(ERR_LIMIT, "a block of %zu items", block->item_count);
    }
    for (size_t i = 0; i < block->item_count; i++) {
        TRY(text_check("item's label", block->items[i].label, LIMIT_TITLE_BYTES));
        TRY(text_check("item's link", block->items[i].link, LIMIT_PATH_BYTES));
    }
    return OK;
}

static err put_block_row(struct archive *archive, str language, const struct archive_block *block) {
    CLEANUP(query_end) struct query q = query_start(archive, SQL_BLOCK_PUT);
    query_bind_text(&q, language);
    query_bind_text(&q, archive_block_kind_name(block->kind));
    query_bind_int(&q, block->position);
    query_bind_text(&q, block->title);
    query_bind_text(&q, block->text);
    query_bind_text(&q, block->label);
    query_bind_text(&q, block->link);
    return query_run(&q);
}

static err drop_block_items(struct archive *archive, str language, enum archive_block_kind kind) {
    CLEANUP(query_end) struct query q = query_start(archive, SQL_BLOCK_ITEMS_DROP);
    query_bind_text(&q, language);
    query_bind_text(&q, archive_block_kind_name(kind));
    return query_run(&q);
}

static err put_block(struct archive *archive, str language, const struct archive_block *block) {
    TRY(put_block_row(archive, language, block));
    TRY(drop_block_items(archive, language, block->kind));
    for (size_t i = 0; i < block->item_count; i++) {
        const struct archive_block_item *item = &block->items[i];
        CLEANUP(query_end) struct query q = query_start(archive, SQL_BLOCK_ITEM_ADD);
        query_bind_text(&q, language);
        query_bind_text(&q, archive_block_kind_name(block->kind));
        query_bind_int(&q, (int64_t)i);
        query_bind_text(&q, item->label);
        query_bind_text(&q, item->link);
        query_bind_id(&q, item->media);
        TRY(err_wrap(query_run(&q), "picture %lld", (long long)item->media));
    }
    return OK;
}

err archive_block_put(struct archive *archive, str language, const struct archive_block *block) {
    TRY(language_check(language));
    TRY(check_block(block));
    TRY(change_start(archive));
    return change_end(archive, put_block(archive, language, block));
}

static err read_block_items(struct archive *archive, struct arena *a, str language,
                            struct archive_block *block) {
    CLEANUP(query_end) struct query q = query_start(archive, SQL_BLOCK_ITEMS_GET);
    bool is_row = false;
    query_bind_text(&q, language);
    query_bind_text(&q, archive_block_kind_name(block->kind));
    TRY(query_next(&q, &is_row));
    while (is_row) {
        struct archive_block_item *all =
            array_room(a, block->items, block->item_count, sizeof *all);
        if (all == NULL) FAIL(ERR_NO_MEMORY, "no memory for the items of a block");
        block->items = all;
        struct archive_block_item *one = &all[block->item_count++];
        one->label = query_text(&q, a);
        one->link = query_text(&q, a);
        one->media = query_int(&q);
        TRY(query_next(&q, &is_row));
    }
    return OK;
}

static err read_block(struct query *q, struct arena *a, struct archive_block *block) {
    str kind = query_text(q, a);
    block->position = (int32_t)query_int(q);
    block->title = query_text(q, a);
    block->text = query_text(q, a);
    block->label = query_text(q, a);
    block->link = query_text(q, a);
    TRY(query_check(q));
    if (!block_kind_of(kind, &block->kind)) FAIL(ERR_INVALID, "a block's kind is damaged");
    return OK;
}

static err read_blocks(struct archive *archive, struct arena *a, str language,
                       struct archive_block **ret_blocks, size_t *ret_count) {
    CLEANUP(query_end) struct query q = query_start(archive, SQL_BLOCKS_GET);
    bool is_row = false;
    query_bind_text(&q, language);
    TRY(query_next(&q, &is_row));
    while (is_row) {
        struct archive_block *blocks = array_room(a, *ret_blocks, *ret_count, sizeof *blocks);
        if (blocks == NULL) FAIL(ERR_NO_MEMORY, "no memory for blocks");
        *ret_blocks = blocks;
        struct archive_block *block = &blocks[(*ret_count)++];
        TRY(read_block(&q, a, block));
        TRY(read_block_items(archive, a, language, block));
        TRY(query_next(&q, &is_row));
    }
    return OK;
}

err archive_blocks(struct archive *archive, struct arena *a, str language,
                   struct archive_block **ret_blocks, size_t *ret_count) {
    struct archive_block *blocks = NULL;
    size_t count = 0;
    TRY(reading_start(archive));
    TRY(reading_end(archive, read_blocks(archive, a, language, &blocks, &count)));
    *ret_blocks = blocks;
    *ret_count = count;
    return OK;
}
