/* press_memo.c: what is remembered from one press to the next: the entries, so that only those that
 * were touched since need be loaded; and the key of every page, so that only those that depend on
 * something that changed need be made.
 *
 * The memo is a file of the house, "press.memo": eight bytes that name it, the CRC-32 of the rest,
 * and a struct memo as wire.h packs it. It is a convenience: lost, damaged, of another program, of
 * another theme, of another archive or of another pressing it says nothing, and the whole site is
 * made anew. It holds nothing that the pressing does not. */
#include <libdeflate.h>
#include <string.h>

#include "press/press_impl.h"
#include "wire/wire.h"

#define MEMO_NAME "press.memo"
#define MEMO_NEXT "press.memo.next"
#define MEMO_MAGIC "HANJIPM1"

enum {
    MEMO_BYTES_MAX = 1 << 30,
    MEMO_ITEMS_MAX = 1 << 24,
    HEAD_BYTES = 12,
};

/* ---- Shapes --------------------------------------------------------------------------------- */

static const struct wire_member number_members[] = {{.kind = WIRE_NUMBER}};
static const struct wire_shape number_shape = {
    .name = "number", .size = sizeof(int64_t), .members = number_members, .count = 1};
static const struct wire_member text_members[] = {{.kind = WIRE_TEXT, .max = LIMIT_FIELD_BYTES}};
static const struct wire_shape text_shape = {
    .name = "text", .size = sizeof(str), .members = text_members, .count = 1};

static const struct wire_member picture_members[] = {
    WIRE_M_TEXT(struct picture, src, LIMIT_FIELD_BYTES),
    WIRE_M_TEXT(struct picture, srcset, LIMIT_FIELD_BYTES),
    WIRE_M_TEXT(struct picture, avif, LIMIT_FIELD_BYTES),
    WIRE_M_NUMBER(struct picture, width),
    WIRE_M_NUMBER(struct picture, height),
    WIRE_M_TEXT(struct picture, alt, LIMIT_FIELD_BYTES),
    WIRE_M_TEXT(struct picture, caption, LIMIT_FIELD_BYTES),
    WIRE_M_TEXT(struct picture, credit, LIMIT_FIELD_BYTES),
};
static const struct wire_shape picture_shape = WIRE_SHAPE(struct picture, picture_members);

static const struct wire_member report_members[] = {
    WIRE_M_TEXT(struct archive_report, publisher, LIMIT_FIELD_BYTES),
    WIRE_M_TEXT(struct archive_report, language, LIMIT_FIELD_BYTES),
    WIRE_M_NUMBER(struct archive_report, pages),
    WIRE_M_NUMBER(struct archive_report, bytes),
    WIRE_M_TEXT(struct archive_report, link, LIMIT_FIELD_BYTES),
};
static const struct wire_shape report_shape = WIRE_SHAPE(struct archive_report, report_members);

static const struct wire_member file_members[] = {
    WIRE_M_FIXED(struct entry_file, hash),
    WIRE_M_NUMBER(struct entry_file, type),
};
static const struct wire_shape file_shape = WIRE_SHAPE(struct entry_file, file_members);

#define ENTRY_MEMBERS                                                                              \
    WIRE_M_NUMBER(struct entry, id), WIRE_M_NUMBER(struct entry, group),                           \
        WIRE_M_NUMBER(struct entry, kind), WIRE_M_NUMBER(struct entry, published),                 \
        WIRE_M_NUMBER(struct entry, updated),                                                      \
        WIRE_M_TEXT(struct entry, language, LIMIT_LANGUAGE_BYTES),                                 \
        WIRE_M_TEXT(struct entry, key, LIMIT_NAME_BYTES),                                          \
        WIRE_M_TEXT(struct entry, slug, LIMIT_FIELD_BYTES),                                        \
        WIRE_M_TEXT(struct entry, path, LIMIT_FIELD_BYTES),                                        \
        WIRE_M_TEXT(struct entry, href, LIMIT_FIELD_BYTES),                                        \
        WIRE_M_TEXT(struct entry, title, LIMIT_FIELD_BYTES),                                       \
        WIRE_M_TEXT(struct entry, deck, LIMIT_FIELD_BYTES),                                        \
        WIRE_M_TEXT(struct entry, byline, LIMIT_FIELD_BYTES),                                      \
        WIRE_M_LIST(struct entry, authors, author_count, LIMIT_LIST_ITEMS, &text_shape),           \
        WIRE_M_LIST(struct entry, topics, topic_count, LIMIT_LIST_ITEMS, &number_shape),           \
        WIRE_M_LIST(struct entry, related, related_count, LIMIT_LIST_ITEMS, &number_shape),        \
        WIRE_M_LIST(struct entry, reports, report_count, LIMIT_LIST_ITEMS, &number_shape),         \
        WIRE_M_NESTED(struct entry, cover, &picture_shape),                                        \
        WIRE_M_TEXT(struct entry, card, LIMIT_FIELD_BYTES),                                        \
        WIRE_M_NESTED(struct entry, report, &report_shape),                                        \
        WIRE_M_LIST(struct entry, files, file_count, MEMO_ITEMS_MAX, &file_shape),                 \
        WIRE_M_FIXED(struct entry, clearance), WIRE_M_NUMBER(struct entry, until)

static const struct wire_member digested_members[] = {ENTRY_MEMBERS};
static const struct wire_shape digested_shape = WIRE_SHAPE(struct entry, digested_members);
static const struct wire_member entry_members[] = {
    ENTRY_MEMBERS,
    WIRE_M_FIXED(struct entry, digest),
    WIRE_M_LIST(struct entry, notes, note_count, MEMO_ITEMS_MAX, &text_shape),
};
static const struct wire_shape entry_shape = WIRE_SHAPE(struct entry, entry_members);

static const struct wire_member withdrawn_members[] = {
    WIRE_M_NUMBER(struct withdrawn, id),
    WIRE_M_TEXT(struct withdrawn, language, LIMIT_LANGUAGE_BYTES),
    WIRE_M_TEXT(struct withdrawn, path, LIMIT_FIELD_BYTES),
};
static const struct wire_shape withdrawn_shape = WIRE_SHAPE(struct withdrawn, withdrawn_members);
static const struct wire_member moved_members[] = {
    WIRE_M_TEXT(struct moved, path, LIMIT_FIELD_BYTES),
    WIRE_M_NUMBER(struct moved, version),
};
static const struct wire_shape moved_shape = WIRE_SHAPE(struct moved, moved_members);

static const struct wire_member memo_members[] = {
    WIRE_M_FIXED(struct memo, stamp),
    WIRE_M_FIXED(struct memo, mark),
    WIRE_M_TEXT(struct memo, pressing, LIMIT_NAME_BYTES),
    WIRE_M_NUMBER(struct memo, number),
    WIRE_M_NUMBER(struct memo, pictures),
    WIRE_M_NUMBER(struct memo, addresses),
    WIRE_M_LIST(struct memo, languages, language_count, LIMIT_LIST_ITEMS, &text_shape),
    WIRE_M_LIST(struct memo, entries, entry_count, MEMO_ITEMS_MAX, &entry_shape),
    WIRE_M_LIST(struct memo, again, again_count, MEMO_ITEMS_MAX, &number_shape),
    WIRE_M_LIST(struct memo, withdrawn, withdrawn_count, MEMO_ITEMS_MAX, &withdrawn_shape),
    WIRE_M_LIST(struct memo, moved, moved_count, MEMO_ITEMS_MAX, &moved_shape),
    {.kind = WIRE_BYTES, .offset = offsetof(struct memo, keys), .max = MEMO_BYTES_MAX},
};
static const struct wire_shape memo_shape = WIRE_SHAPE(struct memo, memo_members);

err entry_digest(struct press *p, struct entry *entry) {
    struct arena_mark mark = arena_mark(&p->page);
    struct buf packed;
    str bytes = {0};
    buf_init(&packed, &p->page, MEMO_BYTES_MAX);
    wire_pack(&packed, &digested_shape, entry);
    err e = buf_finish(&packed, &bytes);
    if (e.kind == ERR_NONE)
        crypto_generichash(entry->digest, sizeof entry->digest, (const unsigned char *)bytes.ptr,
                           bytes.len, NULL, 0);
    arena_reset(&p->page, mark);
    return e;
}

/* ---- Reading -------------------------------------------------------------------------------- */

/* fails: ERR_INVALID (another file, or damaged), and as wire_unpack. */
static err unpack(struct press *p, str bytes, struct memo *ret_memo) {
    uint32_t sum = 0;
    if (bytes.len < HEAD_BYTES || !str_starts(bytes, STR(MEMO_MAGIC)))
        FAIL(ERR_INVALID, "this is not the memo of a press");
    memcpy(&sum, bytes.ptr + HEAD_BYTES - sizeof sum, sizeof sum);
    bytes = str_skip(bytes, HEAD_BYTES);
    if (libdeflate_crc32(0, bytes.ptr, bytes.len) != sum)
        FAIL(ERR_INVALID, "the memo of the last press is damaged");
    return wire_unpack(p->site, &memo_shape, bytes, ret_memo);
}

static bool has_languages(const struct press *p, const struct memo *memo) {
    bool is_same = memo->language_count == p->edition_count;
    for (size_t i = 0; is_same && i < p->edition_count; i++)
        is_same = str_eq(memo->languages[i], p->editions[i].language);
    return is_same;
}

static bool is_of_this(const struct press *p, const struct memo *memo) {
    return memcmp(memo->stamp, p->stamp, sizeof p->stamp) == 0 &&
           memcmp(memo->mark, p->tick.mark, sizeof p->tick.mark) == 0 &&
           str_eq(memo->pressing, p->live_name) && memo->pictures == p->tick.pictures &&
           memo->keys.len == pressing_page_count(p->live) * KEY_BYTES && has_languages(p, memo);
}

err memo_read(struct press *p, struct memo *ret_memo, bool *ret_is_there) {
    str bytes = {0};
    *ret_is_there = false;
    if (p->live == NULL) return OK;
    err e = file_read(p->site, p->options->house, STR(MEMO_NAME), MEMO_BYTES_MAX, &bytes);
    p->memo_bytes = bytes.len;
    if (e.kind == ERR_NONE) e = unpack(p, bytes, ret_memo);
    if (e.kind == ERR_NO_MEMORY) return e;
    if (e.kind != ERR_NONE || !is_of_this(p, ret_memo)) return OK;
    p->live_keys = ret_memo->keys.ptr;
    *ret_is_there = true;
    return OK;
}

/* ---- Writing -------------------------------------------------------------------------------- */

static int by_path(const void *one, const void *other) {
    return str_cmp(((const struct written *)one)->path, ((const struct written *)other)->path);
}

/* The keys in the order of the pressing's pages, which is that of their paths. */
static err gather_keys(struct press *p, str *ret_keys) {
    char *keys = arena_array(p->site, p->written_count, KEY_BYTES);
    if (keys == NULL) FAIL(ERR_NO_MEMORY, "no memory for the keys of %zu pages", p->written_count);
    sort_things(p->written, p->written_count, sizeof *p->written, by_path);
    for (size_t i = 0; i < p->written_count; i++)
        memcpy(keys + i * KEY_BYTES, p->written[i].key, KEY_BYTES);
    *ret_keys = (str){keys, p->written_count * KEY_BYTES};
    return OK;
}

static err gather_languages(struct press *p, str **ret_languages) {
    str *languages = arena_array(p->site, p->edition_count, sizeof *languages);
    if (languages == NULL) FAIL(ERR_NO_MEMORY, "no memory for a list of languages");
    for (size_t i = 0; i < p->edition_count; i++) languages[i] = p->editions[i].language;
    *ret_languages = languages;
    return OK;
}

err memo_write(struct press *p, str name) {
    struct memo memo = {.pressing = name,
                        .number = p->tick.number,
                        .pictures = p->tick.pictures,
                        .addresses = p->tick.addresses,
                        .language_count = p->edition_count,
                        .entries = p->entries,
                        .entry_count = p->entry_count,
                        .again = p->again,
                        .again_count = p->again_count,
                        .withdrawn = p->withdrawn,
                        .withdrawn_count = p->withdrawn_count,
                        .moved = p->moved,
                        .moved_count = p->moved_count};
    struct buf file;
    str bytes = {0};
    uint32_t sum = 0;
    memcpy(memo.stamp, p->stamp, sizeof memo.stamp);
    if (!p->sys->random(p->sys->ctx, memo.mark, sizeof memo.mark))
        FAIL(ERR_IO, "the system gives no random bytes");
    memcpy(p->report->mark, memo.mark, sizeof memo.mark);
    TRY(gather_languages(p, &memo.languages));
    TRY(gather_keys(p, &memo.keys));
    buf_init(&file, p->site, MEMO_BYTES_MAX);
    buf_reserve(&file, p->memo_bytes + memo.keys.len); /* about as large as the last one */
    buf_add(&file, STR(MEMO_MAGIC));
    buf_add(&file, (str){(const char *)&sum, sizeof sum});
    wire_pack(&file, &memo_shape, &memo);
    TRY(buf_check(&file));
    sum = libdeflate_crc32(0, file.ptr + HEAD_BYTES, file.len - HEAD_BYTES);
    memcpy(file.ptr + HEAD_BYTES - sizeof sum, &sum, sizeof sum);
    TRY(buf_finish(&file, &bytes));
    return file_replace(p->site, p->options->house, STR(MEMO_NEXT), bytes, 0600);
}

/* The file first: a mark without its memo is remembered by nobody, and so is a memo without its
 * mark. */
err press_remember(const struct sys *sys, const struct press_options *options,
                   const struct press_report *report) {
    if (sys->rename(sys->ctx, options->house, MEMO_NEXT, MEMO_NAME) != 0)
        FAIL(ERR_IO, MEMO_NAME ": cannot be put in place");
    return archive_mark_put(options->archive, report->mark);
}
