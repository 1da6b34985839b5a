/* pressing_repair.c: an index out of packs. The last pack of a pressing names the others; all their
 * contents together, the newest record of each path, are what the index said. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "pressing/pressing_writing.h"

enum { FOUND_MAX = 4 * PRESSING_PACKS_MAX };

/* A pack of the folder that is whole: its contents are sound. */
struct found {
    struct pack *pack;
    struct contents contents;
};

struct repair {
    const struct sys *sys;
    int folder;
    struct arena *a;
    struct found *found;
    size_t found_count;
    const struct found *parts[PRESSING_PACKS_MAX]; /* of the pressing to be told */
    size_t part_count;
    struct contents *contents; /* of the parts */
    struct pressing_writer *writer;
};

static void close_folder(DIR **folder) {
    if (*folder != NULL) closedir(*folder);
}

/* ---- What is there --------------------------------------------------------------------------- */

/* A pack that was cut off in the middle of its writing has no end: it is left aside. */
static err meet_pack(struct repair *r, str file) {
    CLEANUP(fd_close) int fd = -1;
    struct found found = {0};
    struct index_pack about = {0};
    str name = str_slice(file, 0, NAME_BYTES);
    if (r->found_count == FOUND_MAX) FAIL(ERR_LIMIT, "the folder has too many packs");
    TRY(pressing_file_open(r->a, r->folder, name, ".pack", &fd));
    off_t size = lseek(fd, 0, SEEK_END);
    if (size < 0) FAIL(ERR_IO, STR_FMT ": %s", STR_ARG(file), strerror(errno));
    about.size = (uint64_t)size;
    memcpy(about.name, name.ptr, NAME_BYTES);
    err e = pack_open(r->sys, fd, &about, &found.pack);
    if (e.kind == ERR_NONE) {
        hash_bytes(found.pack->bytes, found.pack->about.hash);
        e = contents_read(r->a, found.pack->bytes, &found.contents);
    }
    if (e.kind != ERR_NONE) {
        pack_drop(&found.pack);
        return e.kind == ERR_INVALID ? OK : e;
    }
    r->found[r->found_count++] = found;
    return OK;
}

static err meet_folder(struct repair *r) {
    int copy = openat(r->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CLEANUP(close_folder) DIR *listing = copy < 0 ? NULL : fdopendir(copy);
    if (listing == NULL) {
        fd_close(&copy);
        FAIL(ERR_IO, "the folder of pressings cannot be listed: %s", strerror(errno));
    }
    for (const struct dirent *entry = readdir(listing); entry != NULL; entry = readdir(listing)) {
        str file = str_of(entry->d_name);
        if (!pressing_name_is_sound(str_slice(file, 0, NAME_BYTES)) ||
            !str_eq(str_skip(file, NAME_BYTES), STR(".pack"))) {
            continue;
        }
        TRY(meet_pack(r, file));
    }
    return OK;
}

/* ---- Which pressing -------------------------------------------------------------------------- */

static const struct found *find_part(const struct repair *r, const struct index_pack *about) {
    for (size_t i = 0; i < r->found_count; i++) {
        if (memcmp(&r->found[i].pack->about, about, sizeof *about) == 0) return &r->found[i];
    }
    return NULL;
}

static bool bodies_are_whole(const struct found *found) {
    for (size_t i = 0; i < found->contents.list.header->page_count; i++) {
        const struct index_page *page = &found->contents.list.pages[i];
        unsigned char hash[PRESSING_HASH_BYTES];
        if (page->body_len == 0 || page->pack != PACK_HERE) continue;
        hash_bytes((str){found->pack->bytes.ptr + page->at, page->body_len}, hash);
        if (memcmp(hash, page->hash, sizeof hash) != 0) return false;
    }
    return true;
}

/* Whether every pack that `last` names is there, as it was. The packs that it names are known by
 * their hashes; it itself by its bodies. */
static bool gather_parts(struct repair *r, const struct found *last) {
    const struct listing *list = &last->contents.list;
    r->part_count = 0;
    if (list->header->pack_count >= PRESSING_PACKS_MAX || !bodies_are_whole(last)) return false;
    for (size_t i = 0; i < list->header->pack_count; i++) {
        const struct found *part = find_part(r, &list->packs[i]);
        if (part == NULL) return false;
        r->parts[r->part_count++] = part;
    }
    r->parts[r->part_count++] = last;
    return true;
}

/* Time never goes back from a pressing to the one made upon it; within a second the serial tells. A
 * pressing made from nothing is newer than all before it, though its serial is the first. */
static int newest_first(const void *a, const void *b) {
    const struct index_header *left = ((const struct found *)a)->contents.list.header;
    const struct index_header *right = ((const struct found *)b)->contents.list.header;
    if (left->created != right->created) return left->created > right->created ? -1 : 1;
    return (left->serial < right->serial) - (left->serial > right->serial);
}

static err choose_pressing(struct repair *r) {
    sort_things(r->found, r->found_count, sizeof *r->found, newest_first);
    for (size_t i = 0; i < r->found_count; i++) {
        const struct found *last = &r->found[i];
        if (last->contents.list.header->is_last == 1 && gather_parts(r, last)) return OK;
    }
    FAIL(ERR_NOT_FOUND, "no finished pressing has all its packs: press the site anew");
}

/* ---- Its index ------------------------------------------------------------------------------- */

/* Where a body of this hash lies, for a record that says "elsewhere". */
static bool find_body(const struct repair *r, const unsigned char *hash,
                      struct index_page *ret_place) {
    for (uint32_t i = 0; i < r->part_count; i++) {
        const struct listing *list = &r->contents[i].list;
        for (size_t j = 0; j < list->header->page_count; j++) {
            const struct index_page *page = &list->pages[j];
            if (page->body_len == 0 || page->pack != PACK_HERE ||
                memcmp(page->hash, hash, PRESSING_HASH_BYTES) != 0) {
                continue;
            }
            *ret_place = *page;
            ret_place->pack = i;
            return true;
        }
    }
    return false;
}

static err add_entry(struct repair *r, const struct resolved *entry) {
    const struct index_page *page = entry->page;
    struct index_page place = *page;
    if (page->status == STATUS_ENDED) return OK;
    if (page->body_len > 0 && page->pack == PACK_HERE) {
        place.pack = (uint32_t)(entry->contents - r->contents);
    } else if (page->body_len > 0 && !find_body(r, page->hash, &place)) {
        FAIL(ERR_NOT_FOUND, "no pack has the bytes of a page: press the site anew");
    }
    return writer_add_listed(r->writer, (struct listed){&entry->contents->list, page}, &place);
}

static int by_path(const void *a, const void *b, void *context) {
    const struct pressing_writer *writer = context;
    const struct index_page *left = a;
    const struct index_page *right = b;
    return str_cmp((str){writer->texts.ptr + left->path_at, left->path_len},
                   (str){writer->texts.ptr + right->path_at, right->path_len});
}

static err write_index(struct repair *r, struct arena *a, str *ret_name) {
    const struct index_header *newest = r->parts[r->part_count - 1]->contents.list.header;
    size_t count = r->writer->drafts.count;
    struct index_pack *packs = arena_array(r->a, r->part_count, sizeof *packs);
    struct index_page *pages = arena_array(r->a, count, sizeof *pages);
    if (packs == NULL || pages == NULL) FAIL(ERR_NO_MEMORY, "no memory to write an index");
    for (size_t i = 0; i < r->part_count; i++) packs[i] = r->parts[i]->pack->about;
    for (size_t i = 0; i < count; i++) pages[i] = draft_of(r->writer, i)->page;
    qsort_r(pages, count, sizeof *pages, by_path, r->writer);
    const struct listing_plan plan = {
        .header = {.serial = newest->serial,
                   .created = newest->created,
                   .pack_count = (uint32_t)r->part_count},
        .packs = packs,
        .pages = pages,
        .page_count = count,
    };
    return index_write(r->writer, a, &plan, ret_name);
}

static err repair(struct repair *r, struct arena *a, str *ret_name) {
    struct resolved *entries = NULL;
    size_t count = 0;
    r->found = arena_array(r->a, FOUND_MAX, sizeof *r->found);
    r->contents = arena_array(r->a, PRESSING_PACKS_MAX, sizeof *r->contents);
    if (r->found == NULL || r->contents == NULL) FAIL(ERR_NO_MEMORY, "no memory to read packs");
    TRY(meet_folder(r));
    TRY(choose_pressing(r));
    for (size_t i = 0; i < r->part_count; i++) r->contents[i] = r->parts[i]->contents;
    TRY(contents_resolve(r->a, r->contents, r->part_count, &entries, &count));
    for (size_t i = 0; i < count; i++) TRY(add_entry(r, &entries[i]));
    return write_index(r, a, ret_name);
}

err pressing_repair(const struct sys *sys, int folder, struct arena *a, str *ret_name) {
    CLEANUP(arena_done) struct arena scratch;
    CLEANUP(pressing_writer_close) struct pressing_writer *writer = NULL;
    struct repair r = {.sys = sys, .folder = folder, .a = &scratch};
    arena_init(&scratch, sys, WRITER_MEMORY_MAX);
    TRY(writer_begin(sys, folder, &writer));
    r.writer = writer;
    err e = repair(&r, a, ret_name);
    for (size_t i = 0; i < r.found_count; i++) pack_drop(&r.found[i].pack);
    return e;
}
