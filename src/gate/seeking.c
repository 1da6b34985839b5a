/* seeking.c: see seeking.h.
 *
 * All needles are looked for in one pass. A position is worth a closer look when the hash of its
 * first eight bytes is one of a needle's; what then agrees with a needle is one. */
#include "gate/seeking.h"

#include <string.h>

#include "gate/opening.h"
#include "pressing/pressing.h"

enum {
    HEAD_BYTES = GATE_NEEDLE_MIN,
    FILTER_BITS = 16,
    CHUNK_BYTES = 1 << 20,
    FOUND_MAX = 2000, /* more say nothing that these do not */
    WALK_BYTES_MAX = 1 << 30,
};

struct needle {
    uint64_t head; /* its first bytes */
    str bytes;
    size_t number;
};

struct seeking {
    struct arena *a;
    struct needle *needles; /* in order of their heads */
    size_t count;
    unsigned char *filter; /* a bit for each hash of a head */
    struct gate_sought sought;
    const struct pressing *pressing;
    int64_t file; /* that is looked through */
    str place;    /* of the body that is, or empty */
};

static uint64_t head_of(const char *at) {
    uint64_t head = 0;
    memcpy(&head, at, sizeof head);
    return head;
}

/* Multiplicative hashing, by the golden ratio of 2^64. */
static size_t hash_of(uint64_t head) {
    return (size_t)((head * 0x9E3779B97F4A7C15U) >> (64 - FILTER_BITS));
}

static int by_head(const void *one, const void *other) {
    const struct needle *a = one;
    const struct needle *b = other;
    return (a->head > b->head) - (a->head < b->head);
}

static err prepare(struct seeking *s, const struct gate_seek *seek) {
    s->needles = arena_array(s->a, seek->count, sizeof *s->needles);
    s->filter = arena_alloc(s->a, 1 << (FILTER_BITS - 3));
    s->sought.found = arena_array(s->a, FOUND_MAX, sizeof *s->sought.found);
    if (s->needles == NULL || s->filter == NULL || s->sought.found == NULL)
        FAIL(ERR_NO_MEMORY, "no memory to look for bytes");
    for (size_t i = 0; i < seek->count; i++) {
        str bytes = seek->needles[i].bytes;
        if (bytes.len < HEAD_BYTES)
            FAIL(ERR_INVALID, "what is looked for has fewer than %d bytes", HEAD_BYTES);
        uint64_t head = head_of(bytes.ptr);
        size_t hash = hash_of(head);
        s->needles[s->count++] = (struct needle){.head = head, .bytes = bytes, .number = i};
        s->filter[hash >> 3] |= (unsigned char)(1 << (hash & 7));
    }
    sort_things(s->needles, s->count, sizeof *s->needles, by_head);
    return OK;
}

static size_t first_with(const struct seeking *s, uint64_t head) {
    size_t low = 0;
    size_t high = s->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (s->needles[middle].head < head)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Any page that shows the body which lies there; there may be none. */
static str path_of(const struct seeking *s) {
    for (size_t i = 0; s->place.len > 0 && i < pressing_page_count(s->pressing); i++) {
        struct pressing_page page;
        pressing_page_at(s->pressing, i, &page);
        if (page.body.ptr == s->place.ptr && page.body.len == s->place.len) return page.path;
    }
    return STR("");
}

static err note(struct seeking *s, size_t needle) {
    struct gate_place place = {.needle = (int64_t)needle, .file = s->file};
    TRY(arena_copy(s->a, path_of(s), &place.path));
    for (size_t i = 0; i < s->sought.count; i++) {
        const struct gate_place *known = &s->sought.found[i];
        if (known->needle == place.needle && known->file == place.file &&
            str_eq(known->path, place.path)) {
            return OK;
        }
    }
    if (s->sought.count < FOUND_MAX) s->sought.found[s->sought.count++] = place;
    return OK;
}

/* Looks at every position of `bytes` before `end`; needles may reach beyond it. */
static err look(struct seeking *s, str bytes, size_t end) {
    for (size_t at = 0; at < end && at + HEAD_BYTES <= bytes.len; at++) {
        uint64_t head = head_of(bytes.ptr + at);
        size_t hash = hash_of(head);
        if ((s->filter[hash >> 3] & (1 << (hash & 7))) == 0) continue;
        for (size_t i = first_with(s, head); i < s->count && s->needles[i].head == head; i++) {
            if (str_starts(str_skip(bytes, at), s->needles[i].bytes)) {
                TRY(note(s, s->needles[i].number));
            }
        }
    }
    return OK;
}

/* A file as it lies, in pieces that overlap by the longest needle. */
static err look_at_file(struct seeking *s, int file, char *room) {
    const struct sys *sys = s->a->sys;
    size_t held = 0;
    for (;;) {
        ssize_t got = sys->read(sys->ctx, file, room + held, CHUNK_BYTES - held);
        if (got < 0) FAIL(ERR_IO, "a file of finished pages could not be read");
        held += (size_t)got;
        s->sought.bytes += got;
        if (got > 0 && held < CHUNK_BYTES) continue;
        size_t end = got == 0 || held <= LIMIT_NAME_BYTES ? held : held - LIMIT_NAME_BYTES;
        TRY(look(s, (str){room, held}, end));
        if (got == 0) return OK;
        memmove(room, room + end, held - end);
        held -= end;
    }
}

/* ---- Packs ----------------------------------------------------------------------------------- */

/* pressing_inflate has no context; what a form opens to is the body (pressing_verify holds them
 * against each other), and bodies are told with where they lie. So here they are counted. */
static err see_body(void *ctx, str place, str body) {
    struct seeking *s = ctx;
    s->place = place;
    s->sought.opened_bytes += (int64_t)body.len;
    err e = look(s, body, body.len);
    s->place = (str){0};
    return e;
}

static int64_t form_count(const struct pressing *pressing) {
    int64_t count = 0;
    for (size_t i = 0; i < pressing_page_count(pressing); i++) {
        struct pressing_page page;
        pressing_page_at(pressing, i, &page);
        count += (page.gzip.len > 0) + (page.brotli.len > 0);
    }
    return count;
}

/* Every byte of every pack is a body, a form that opens to that body, or contents: verifying says
 * so, and a pack of which it cannot be said proves nothing. */
static err look_into_packs(struct seeking *s, const struct seeking_wish *wish) {
    CLEANUP(arena_done) struct arena walk;
    CLEANUP(pressing_close) struct pressing *pressing = NULL;
    const struct pressing_files files = {
        .index = wish->files[0], .packs = wish->files + 1, .pack_count = (size_t)wish->seek->packs};
    const struct pressing_openers openers = {
        .gzip = opening_gzip, .brotli = opening_brotli, .seen = see_body, .ctx = s};
    arena_init(&walk, s->a->sys, WALK_BYTES_MAX);
    TRY(pressing_open_files(s->a->sys, &files, NULL, &pressing));
    s->pressing = pressing;
    for (size_t i = 0; i < files.pack_count; i++) {
        s->file = 1 + (int64_t)i;
        TRY(pressing_verify_pack(pressing, i, &walk, &openers));
    }
    s->sought.forms = form_count(pressing);
    s->pressing = NULL;
    return OK;
}

err seeking_read(struct arena *a, const struct seeking_wish *wish, struct gate_sought *ret_sought) {
    struct seeking s = {.a = a};
    int64_t packs = wish->seek->packs;
    bool has_index = wish->seek->has_index != 0;
    if (packs < 0 || (has_index ? 1 : 0) + (uint64_t)packs > wish->file_count ||
        (!has_index && packs > 0)) {
        FAIL(ERR_INVALID, "an index and its packs are looked through together");
    }
    char *room = arena_alloc(a, CHUNK_BYTES);
    if (room == NULL) FAIL(ERR_NO_MEMORY, "no memory to look for bytes");
    TRY(prepare(&s, wish->seek));
    for (size_t i = 0; i < wish->file_count; i++) {
        s.file = (int64_t)i;
        TRY(look_at_file(&s, wish->files[i], room));
    }
    if (has_index) TRY(look_into_packs(&s, wish));
    *ret_sought = s.sought;
    return OK;
}
