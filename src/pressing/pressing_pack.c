/* pressing_pack.c: writing packs and listings: bodies as they come, then what they are. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "pressing/pressing_writing.h"

/* ---- The file -------------------------------------------------------------------------------- */

static err choose_name(const struct sys *sys, char ret_name[NAME_BYTES + 1]) {
    uint64_t chance = 0;
    if (!sys->random(sys->ctx, &chance, sizeof chance)) {
        FAIL(ERR_IO, "the system gives no random bytes");
    }
    snprintf(ret_name, NAME_BYTES + 1, "%016llx-%016llx",
             (unsigned long long)sys->now_seconds(sys->ctx), (unsigned long long)chance);
    return OK;
}

static struct index_pack *own_pack(const struct pressing_writer *writer, size_t number) {
    return (struct index_pack *)writer->packs.items + number;
}

uint32_t pack_number(const struct pressing_writer *writer) {
    return (uint32_t)(writer->pack >= 0 ? writer->packs.count - 1 : writer->packs.count);
}

static err flush_pack(struct pressing_writer *writer) {
    str bytes = {writer->buffer, writer->buffered};
    hasher_add(&writer->hasher, bytes);
    TRY(file_write_all(writer->sys, writer->pack, bytes));
    writer->buffered = 0;
    return OK;
}

err pack_add(struct pressing_writer *writer, str bytes, uint64_t *ret_at) {
    *ret_at = writer->pack_size;
    writer->pack_size += bytes.len;
    while (bytes.len > 0) {
        size_t room = sizeof writer->buffer - writer->buffered;
        str piece = str_slice(bytes, 0, room);
        memcpy(writer->buffer + writer->buffered, piece.ptr, piece.len);
        writer->buffered += piece.len;
        bytes = str_skip(bytes, piece.len);
        if (writer->buffered == sizeof writer->buffer) TRY(flush_pack(writer));
    }
    return OK;
}

err pack_begin(struct pressing_writer *writer) {
    char name[NAME_BYTES + 1];
    uint64_t at = 0;
    str path;
    void *item = NULL;
    TRY(choose_name(writer->sys, name));
    TRY(arena_printf(&writer->arena, &path, "%s.pack", name));
    TRY(table_add(&writer->arena, &writer->packs, sizeof(struct index_pack), &item));
    *(struct index_pack *)item = (struct index_pack){0};
    memcpy(((struct index_pack *)item)->name, name, NAME_BYTES);
    err e =
        file_open(&writer->arena, writer->folder, path, O_WRONLY | O_CREAT | O_EXCL, &writer->pack);
    if (e.kind != ERR_NONE) {
        writer->packs.count--;
        return e;
    }
    writer->pack_size = 0;
    hasher_begin(&writer->hasher);
    return pack_add(writer, STR(PACK_HEAD), &at);
}

err pack_make_room(struct pressing_writer *writer) {
    size_t before = base_pack_count(writer) + writer->packs.count;
    uint64_t limit = (uint64_t)PACK_NEXT_BYTES << (before / PACK_NEXT_STEP);
    if (writer->pack >= 0 && writer->pack_size >= limit) TRY(pack_end(writer, NULL));
    if (writer->pack < 0) TRY(pack_begin(writer));
    return OK;
}

/* ---- Listings -------------------------------------------------------------------------------- */

/* Copies texts, references and clearances of the pages that are listed, and those alone. */
struct lister {
    const struct pressing_writer *writer;
    struct buf pages;
    struct buf references;
    struct buf clearances;
    struct buf texts;
    uint32_t *numbers; /* of a clearance of the writer: its number here, from 1; 0: none yet */
    struct index_header header;
};

static uint32_t lister_text(struct lister *l, str text) {
    uint32_t at = (uint32_t)l->texts.len;
    buf_add(&l->texts, text);
    return at;
}

static void lister_clearance(struct lister *l, uint32_t number) {
    const unsigned char *hash =
        (const unsigned char *)l->writer->clearances.items + (size_t)number * PRESSING_HASH_BYTES;
    if (l->numbers[number] == 0) {
        buf_add(&l->clearances, (str){(const char *)hash, PRESSING_HASH_BYTES});
        l->numbers[number] = ++l->header.clearance_count;
    }
}

static void lister_page(struct lister *l, const struct index_page *page) {
    const struct buf *texts = &l->writer->texts;
    const uint32_t *references = l->writer->references.items;
    struct index_page record = *page;
    record.path_at = lister_text(l, (str){texts->ptr + page->path_at, page->path_len});
    record.location_at = lister_text(l, (str){texts->ptr + page->location_at, page->location_len});
    record.reference_at = l->header.reference_count;
    for (uint32_t i = 0; i < page->reference_count; i++) {
        uint32_t number = references[page->reference_at + i];
        lister_clearance(l, number);
        uint32_t here = l->numbers[number] - 1;
        buf_add(&l->references, (str){(const char *)&here, sizeof here});
    }
    l->header.reference_count += page->reference_count;
    l->header.page_count++;
    buf_add(&l->pages, (str){(const char *)&record, sizeof record});
}

static void lister_ended(struct lister *l, str path) {
    struct index_page record = {.status = STATUS_ENDED, .path_len = (uint16_t)path.len};
    record.path_at = lister_text(l, path);
    record.location_at = record.path_at;
    record.reference_at = l->header.reference_count;
    l->header.page_count++;
    buf_add(&l->pages, (str){(const char *)&record, sizeof record});
}

static str draft_path(const struct pressing_writer *writer, const struct index_page *page) {
    return (str){writer->texts.ptr + page->path_at, page->path_len};
}

/* The two sorted runs as one. */
static void lister_fill(struct lister *l, const struct listing_plan *plan) {
    size_t ended = 0;
    for (size_t i = 0; i < plan->page_count; i++) {
        str path = draft_path(l->writer, &plan->pages[i]);
        while (ended < plan->ended_count && str_cmp(plan->ended[ended], path) < 0) {
            lister_ended(l, plan->ended[ended++]);
        }
        lister_page(l, &plan->pages[i]);
    }
    while (ended < plan->ended_count) lister_ended(l, plan->ended[ended++]);
}

err listing_write(const struct pressing_writer *writer, struct arena *a,
                  const struct listing_plan *plan, str *ret_bytes) {
    struct lister l = {.writer = writer, .header = plan->header};
    struct buf out;
    buf_init(&l.pages, a, INDEX_BYTES_MAX);
    buf_init(&l.references, a, INDEX_BYTES_MAX);
    buf_init(&l.clearances, a, INDEX_BYTES_MAX);
    buf_init(&l.texts, a, TEXTS_MAX);
    buf_init(&out, a, INDEX_BYTES_MAX);
    buf_reserve(&l.pages, (plan->page_count + plan->ended_count) * sizeof *plan->pages);
    l.numbers = arena_array(a, writer->clearances.count, sizeof *l.numbers);
    if (l.numbers == NULL) FAIL(ERR_NO_MEMORY, "no memory for the index of a pressing");
    if (l.header.pack_count > PRESSING_PACKS_MAX) FAIL(ERR_LIMIT, "a pressing has too many packs");
    lister_fill(&l, plan);
    memcpy(l.header.magic, INDEX_MAGIC, MAGIC_BYTES);
    l.header.version = FORMAT_VERSION;
    l.header.texts_size = l.texts.len;
    TRY(buf_check(&l.pages));
    TRY(buf_check(&l.references));
    TRY(buf_check(&l.clearances));
    TRY(buf_check(&l.texts));
    buf_reserve(&out, sizeof l.header + l.header.pack_count * sizeof *plan->packs + l.pages.len +
                          l.references.len + l.clearances.len + l.texts.len);
    buf_add(&out, (str){(const char *)&l.header, sizeof l.header});
    buf_add(&out, (str){(const char *)plan->packs, l.header.pack_count * sizeof *plan->packs});
    buf_add(&out, buf_text(&l.pages));
    buf_add(&out, buf_text(&l.references));
    buf_add(&out, buf_text(&l.clearances));
    buf_add(&out, buf_text(&l.texts));
    return buf_finish(&out, ret_bytes);
}

/* ---- The end of a pack ----------------------------------------------------------------------- */

static int by_path(const void *a, const void *b, void *context) {
    return str_cmp(draft_path(context, a), draft_path(context, b));
}

/* The drafts that are recorded in own pack `number`, as the contents of that pack say them. */
static err gather_records(const struct pressing_writer *writer, struct arena *a, uint32_t number,
                          struct listing_plan *plan) {
    struct index_page *pages = arena_array(a, writer->drafts.count, sizeof *pages);
    size_t count = 0;
    if (pages == NULL) FAIL(ERR_NO_MEMORY, "no memory for the contents of a pack");
    for (size_t i = 0; i < writer->drafts.count; i++) {
        const struct draft *draft = draft_of(writer, i);
        struct index_page *page = &pages[count];
        if (draft->recorded != (int32_t)number) continue;
        *page = draft->page;
        bool is_here = page->pack == base_pack_count(writer) + number;
        page->pack = page->body_len == 0 || is_here ? PACK_HERE : PACK_ELSEWHERE;
        if (!is_here) page->at = 0;
        count++;
    }
    union {
        const struct pressing_writer *given;
        void *wanted; /* qsort_r hands it back as it was */
    } context = {.given = writer};
    qsort_r(pages, count, sizeof *pages, by_path, context.wanted);
    plan->pages = pages;
    plan->page_count = count;
    return OK;
}

static err write_end(struct pressing_writer *writer, struct arena *a,
                     const struct last_plan *last) {
    struct listing_plan plan = {.header = {.serial = writer->serial, .created = writer->created}};
    struct pack_trailer trailer = {.contents_at = writer->pack_size};
    uint32_t number = pack_number(writer);
    uint64_t at = 0;
    str contents;
    if (last != NULL) {
        plan.header.is_last = 1;
        plan.header.pack_count = (uint32_t)last->pack_count;
        plan.packs = last->packs;
        plan.ended = last->ended;
        plan.ended_count = last->ended_count;
    }
    TRY(gather_records(writer, a, number, &plan));
    TRY(listing_write(writer, a, &plan, &contents));
    trailer.contents_size = contents.len;
    memcpy(trailer.magic, PACK_MAGIC, MAGIC_BYTES);
    TRY(pack_add(writer, contents, &at));
    TRY(pack_add(writer, (str){(const char *)&trailer, sizeof trailer}, &at));
    TRY(flush_pack(writer));
    if (writer->sys->sync(writer->sys->ctx, writer->pack) != 0) {
        FAIL(ERR_IO, "syncing a pack: %s", strerror(errno));
    }
    struct index_pack *about = own_pack(writer, number);
    about->size = writer->pack_size;
    hasher_end(&writer->hasher, about->hash);
    writer->sys->close(writer->sys->ctx, writer->pack);
    writer->pack = -1;
    return OK;
}

err pack_end(struct pressing_writer *writer, const struct last_plan *last) {
    CLEANUP(arena_done) struct arena scratch;
    arena_init(&scratch, writer->sys, WRITER_MEMORY_MAX);
    return write_end(writer, &scratch, last);
}

/* ---- The index ------------------------------------------------------------------------------- */

static err write_synced(const struct sys *sys, int fd, str bytes) {
    TRY(file_write_all(sys, fd, bytes));
    if (sys->sync(sys->ctx, fd) != 0) FAIL(ERR_IO, "syncing the index: %s", strerror(errno));
    return OK;
}

err index_write(struct pressing_writer *writer, struct arena *a, const struct listing_plan *plan,
                str *ret_name) {
    CLEANUP(arena_done) struct arena scratch;
    CLEANUP(fd_close) int fd = -1;
    char chosen[NAME_BYTES + 1];
    str bytes;
    str name;
    str path;
    arena_init(&scratch, writer->sys, WRITER_MEMORY_MAX);
    TRY(choose_name(writer->sys, chosen));
    TRY(arena_copy(a, str_of(chosen), &name));
    TRY(listing_write(writer, &scratch, plan, &bytes));
    TRY(arena_printf(&scratch, &path, "%s.index", chosen));
    TRY(file_open(&scratch, writer->folder, path, O_WRONLY | O_CREAT | O_EXCL, &fd));
    err e = write_synced(writer->sys, fd, bytes);
    if (e.kind != ERR_NONE) {
        writer->sys->unlink(writer->sys->ctx, writer->folder, path.ptr);
        return e;
    }
    *ret_name = name;
    return OK;
}
