/* press_assets.c: styles, the icon and the files of pictures, under names that are made of their
 * bytes, so that each may be kept for ever. */
#include <string.h>

#include "press/press_impl.h"

static const struct {
    const char *file;
    const char *before; /* of its link: then the hash, then an ending */
    const char *after;
    enum pressing_type type;
} assets[ASSET_COUNT] = {
    [ASSET_CSS] = {"css/site.css", "/assets/site-", ".css", PRESSING_CSS},
    [ASSET_ICON] = {"css/icon.svg", "/assets/icon-", ".svg", PRESSING_SVG},
};

static err read_asset(struct press *p, enum asset which, str *ret_link) {
    unsigned char hash[HASH_BYTES];
    str hex = {0};
    TRY(theme_file(p, assets[which].file, &p->assets[which]));
    hash_of(p->assets[which], hash);
    TRY(hex_of(p->site, hash, 8, &hex));
    return arena_printf(p->site, ret_link, "%s" STR_FMT "%s", assets[which].before, STR_ARG(hex),
                        assets[which].after);
}

err read_assets(struct press *p) {
    TRY(read_asset(p, ASSET_CSS, &p->css));
    find_papers(p, p->assets[ASSET_CSS]);
    return read_asset(p, ASSET_ICON, &p->icon);
}

static err write_asset(struct press *p, enum asset which, str link) {
    struct page page;
    page_begin(p, NULL, link, &page);
    return page_write(&page, assets[which].type, p->assets[which], 200);
}

err press_assets(struct press *p) {
    TRY(write_asset(p, ASSET_CSS, p->css));
    return write_asset(p, ASSET_ICON, p->icon);
}

/* ---- Pictures ------------------------------------------------------------------------------- */

/* A file, wanted by the item with that clearance. */
struct media_use {
    const struct entry_file *file;
    const unsigned char *clearance;
    uint32_t number;
};

static int by_hash(const void *one, const void *other) {
    const struct media_use *a = one;
    const struct media_use *b = other;
    int order = memcmp(a->file->hash, b->file->hash, sizeof a->file->hash);
    return order != 0 ? order : (a->number > b->number) - (a->number < b->number);
}

static void add_uses(struct media_use *uses, size_t *count, const struct media_use *like,
                     size_t file_count) {
    for (size_t i = 0; i < file_count; i++) {
        uses[*count] = *like;
        uses[(*count)++].file = like->file + i;
    }
}

static err list_uses(struct press *p, struct media_use **ret_uses, size_t *ret_count) {
    size_t room = 0;
    size_t count = 0;
    for (size_t i = 0; i < p->edition_count; i++) room += p->editions[i].file_count;
    for (size_t i = 0; i < p->entry_count; i++) room += p->entries[i].file_count;
    struct media_use *uses = arena_array(p->site, room, sizeof *uses);
    if (uses == NULL) FAIL(ERR_NO_MEMORY, "no memory for the list of pictures");
    for (size_t i = 0; i < p->edition_count; i++) {
        const struct edition *e = &p->editions[i];
        add_uses(uses, &count, &(struct media_use){e->files, e->clearance, e->number},
                 e->file_count);
    }
    for (size_t i = 0; i < p->entry_count; i++) {
        const struct entry *e = &p->entries[i];
        add_uses(uses, &count, &(struct media_use){e->files, e->clearance, e->number},
                 e->file_count);
    }
    sort_things(uses, count, sizeof *uses, by_hash);
    *ret_uses = uses;
    *ret_count = count;
    return OK;
}

/* Writes the file that the first of `uses` wants, for all of them. A file that is not there, or not
 * the one that was cleared, stays out. */
static err write_picture(struct press *p, const struct media_use *uses, size_t count) {
    struct page page;
    unsigned char hash[HASH_BYTES];
    str hex = {0};
    str bytes = {0};
    const struct entry_file *file = uses->file;
    bool is_kept = false;
    page_begin(p, NULL, (str){0}, &page);
    TRY(picture_path(&p->page, file->hash, (enum pressing_type)file->type, &page.path));
    for (size_t i = 0; i < count; i++)
        depends_text(&page, (str){(const char *)uses[i].clearance, CLEARANCE_HASH_BYTES});
    TRY(page_keep(&page, &is_kept));
    if (is_kept) p->report->pictures++;
    if (is_kept) return OK;
    TRY(hex_of(&p->page, file->hash, sizeof file->hash, &hex));
    err e = file_read(&p->page, p->options->media, hex, LIMIT_PICTURE_BYTES, &bytes);
    if (e.kind == ERR_NOT_FOUND) return note(p, hex, STR("this file is not in the media folder"));
    TRY(e);
    hash_of(bytes, hash);
    if (memcmp(hash, file->hash, sizeof hash) != 0)
        return note(p, hex, STR("this file in the media folder was changed"));
    for (size_t i = 0; i < count; i++) page_use(&page, uses[i].number);
    p->report->pictures++;
    return page_write(&page, (enum pressing_type)file->type, bytes, 200);
}

err press_pictures(struct press *p) {
    struct media_use *uses = NULL;
    size_t count = 0;
    TRY(list_uses(p, &uses, &count));
    for (size_t from = 0; from < count;) {
        size_t to = from + 1;
        while (to < count && memcmp(uses[from].file->hash, uses[to].file->hash, HASH_BYTES) == 0)
            to++;
        TRY(write_picture(p, &uses[from], to - from));
        from = to;
    }
    return OK;
}
