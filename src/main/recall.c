/* recall.c: see recall.h. What is printed of it stands in recall_print.c. */
#include "main/recall.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "main/words.h"
#include "pressing/pressing.h"

enum {
    NEEDLES_MAX = 2000,
    NEEDLE_BYTES_MIN = 12,  /* what is shorter stands in other texts by chance */
    PASSAGE_BYTES_MIN = 30, /* a passage of Korean has ten syllables, of English six words */
    PASSAGE_BYTES_MAX = 72,
    PASSAGES_MAX = 24, /* of one version, from all over it */
    PICTURE_BYTES = 48,
    WALK_BYTES_MAX = 128 << 20,
    SOURCE_BYTES_MAX = 32 << 20,
};

static err list_add(struct recall *r, struct recall_list *list, str text) {
    struct recall_line *line = arena_alloc(r->site->run->a, sizeof *line);
    if (line == NULL) FAIL(ERR_NO_MEMORY, "no memory for what is called back");
    TRY(arena_copy(r->site->run->a, text, &line->text));
    if (list->end == NULL) list->end = &list->first;
    *list->end = line;
    list->end = &line->next;
    list->count++;
    return OK;
}

static bool list_has(const struct recall_list *list, str text) {
    for (const struct recall_line *line = list->first; line != NULL; line = line->next) {
        if (str_eq(line->text, text)) return true;
    }
    return false;
}

static err add_needle(struct recall *r, const char *what, str text, str bytes) {
    for (size_t i = 0; i < r->needle_count; i++) {
        if (str_eq(r->needles[i].bytes, bytes)) return OK;
    }
    if (r->needle_count == NEEDLES_MAX) return OK; /* hundreds of versions: enough of each */
    r->needles[r->needle_count++] =
        (struct recall_needle){.what = what, .text = text, .bytes = bytes};
    return OK;
}

/* At most the bytes that a question may carry, cut where a character ends. */
static str cut(str text, size_t max) {
    if (text.len <= max) return text;
    while (max > 0 && ((unsigned char)text.ptr[max] & 0xC0) == 0x80) max--;
    return str_slice(text, 0, max);
}

/* ---- What to look for ------------------------------------------------------------------------ */

/* A text as pages write it: in HTML, in JSON; and as it is. */
static err add_text(struct recall *r, const char *what, str text) {
    struct arena *a = r->site->run->a;
    struct buf html;
    struct buf json;
    str written[3] = {text};
    text = str_trim(text);
    if (text.len < NEEDLE_BYTES_MIN) return text.len == 0 ? OK : list_add(r, &r->short_ones, text);
    buf_init(&html, a, LIMIT_FIELD_BYTES);
    html_text(&html, text);
    TRY(buf_finish(&html, &written[1]));
    buf_init(&json, a, LIMIT_FIELD_BYTES);
    json_text(&json, text);
    TRY(buf_finish(&json, &written[2]));
    for (size_t i = 0; i < COUNT_OF(written); i++) {
        TRY(add_needle(r, what, text, cut(written[i], LIMIT_NAME_BYTES)));
    }
    return OK;
}

/* As it is and as a link has it. */
static err add_address(struct recall *r, str path) {
    struct buf linked;
    str rest = path;
    str encoded;
    buf_init(&linked, r->site->run->a, 4 * LIMIT_PATH_BYTES);
    while (rest.len > 0) {
        str part;
        bool has_more = str_cut(rest, '/', &part, &rest);
        url_part(&linked, part);
        if (has_more) buf_add_byte(&linked, '/');
    }
    TRY(buf_finish(&linked, &encoded));
    if (path.len < NEEDLE_BYTES_MIN) return list_add(r, &r->short_ones, path);
    TRY(add_needle(r, "address", path, cut(path, LIMIT_NAME_BYTES)));
    return add_needle(r, "address", path, cut(encoded, LIMIT_NAME_BYTES));
}

static err add_slug(struct recall *r, str slug) {
    struct buf encoded;
    str text;
    if (slug.len < NEEDLE_BYTES_MIN) return OK; /* the address has it too */
    buf_init(&encoded, r->site->run->a, 4 * LIMIT_SLUG_BYTES);
    url_part(&encoded, slug);
    TRY(buf_finish(&encoded, &text));
    TRY(add_needle(r, "address", slug, slug));
    return add_needle(r, "address", slug, cut(text, LIMIT_NAME_BYTES));
}

/* Whether a page shows the character as the archive has it: no mark of Markdown, nothing that HTML
 * writes otherwise, no end of a line. */
static bool is_plain(char c) {
    return (unsigned char)c >= ' ' && strchr("*_[]()<>&\"'`\\#|~!{}=+", c) == NULL;
}

/* Without what makes a list of it, or says what a line of a block is ("alt: ..."). */
static str without_marks(str run) {
    run = str_trim(run);
    size_t word = 0;
    while (word < run.len && run.ptr[word] >= 'a' && run.ptr[word] <= 'z') word++;
    if (word > 0 && str_starts(str_skip(run, word), STR(": "))) run = str_skip(run, word);
    while (run.len > 0 && strchr("-0123456789.: ", run.ptr[0]) != NULL) run = str_skip(run, 1);
    return run;
}

/* The next run of plain characters that is long enough, from *at on; false at the end. A long run
 * gives one passage after another. */
static bool next_passage(str body, size_t *at, str *ret_passage) {
    while (*at < body.len) {
        size_t end = *at;
        while (end < body.len && is_plain(body.ptr[end])) end++;
        str run = cut(str_slice(body, *at, end), PASSAGE_BYTES_MAX);
        *at += run.len == 0 ? 1 : run.len;
        run = without_marks(run);
        if (run.len < PASSAGE_BYTES_MIN) continue;
        *ret_passage = run;
        return true;
    }
    return false;
}

static err add_passages(struct recall *r, str body) {
    size_t count = 0;
    size_t taken = 0;
    str passage;
    for (size_t at = 0; next_passage(body, &at, &passage);) count++;
    size_t step = count / PASSAGES_MAX + 1;
    for (size_t at = 0; next_passage(body, &at, &passage); taken++) {
        if (taken % step != 0) continue;
        TRY(add_needle(r, "passage", passage, passage));
    }
    return OK;
}

static err add_version(struct recall *r, str key) {
    struct archive_version version;
    struct site *site = r->site;
    struct arena *a = site->run->a;
    int64_t id = 0;
    str path;
    err e = site_find(site, key, &id);
    if (e.kind == ERR_NOT_FOUND) return OK; /* "site/en", or it was never here */
    TRY(e);
    TRY(archive_version_load(site->archive, a, id, &version));
    TRY(archive_public_path(a, &version, &path));
    r->versions++;
    TRY(list_add(r, &r->addresses, path));
    TRY(add_address(r, path));
    TRY(add_slug(r, version.slug));
    TRY(add_text(r, "title", version.title));
    TRY(add_passages(r, version.deck));
    return add_passages(r, version.body);
}

/* ---- Who else tells it ----------------------------------------------------------------------- */

struct telling {
    struct recall *r;
    bool *is_told; /* by the number of a needle */
};

/* Marks the needles that stand in a text of a story that stays. */
static err see_text(struct telling *t, str key, str text) {
    struct recall *r = t->r;
    for (size_t i = 0; i < r->needle_count; i++) {
        str line;
        if (t->is_told[i] || !str_contains(text, r->needles[i].text)) continue;
        t->is_told[i] = true;
        TRY(arena_printf(r->site->run->a, &line, STR_FMT ": %s '" STR_FMT "'", STR_ARG(key),
                         r->needles[i].what, STR_ARG(cut(r->needles[i].text, 200))));
        if (!list_has(&r->kept, line)) TRY(list_add(r, &r->kept, line));
    }
    return OK;
}

/* Every text that its pages show: what the gate was shown of it. */
static err see_other(void *context, struct archive_version *version) {
    struct telling *t = context;
    CLEANUP(arena_done) struct arena own;
    struct source source;
    arena_init(&own, t->r->site->run->sys, SOURCE_BYTES_MAX);
    TRY(press_source(t->r->site->archive, &own, version, &source));
    if (list_has(&t->r->items, source.key)) return OK;
    for (size_t i = 0; i < source.text_count; i++) {
        TRY(see_text(t, source.key, source.texts[i].text));
    }
    for (size_t i = 0; i < source.picture_count; i++) {
        TRY(see_text(t, source.key, source.pictures[i].alt));
        TRY(see_text(t, source.key, source.pictures[i].caption));
    }
    return OK;
}

/* What a story that stays says in its own words is no trace of this one; it is told instead. */
static err leave_out_what_others_tell(struct recall *r) {
    CLEANUP(arena_done) struct arena walk;
    struct archive_filter filter = {.only_statuses = {[ARCHIVE_PUBLISHED] = true}};
    struct telling telling = {
        .r = r, .is_told = arena_array(r->site->run->a, r->needle_count, sizeof(bool))};
    size_t left = 0;
    if (telling.is_told == NULL) FAIL(ERR_NO_MEMORY, "no memory for what is called back");
    arena_init(&walk, r->site->run->sys, WALK_BYTES_MAX);
    TRY(archive_versions_each(r->site->archive, &walk, &filter, see_other, &telling));
    for (size_t i = 0; i < r->needle_count; i++) {
        if (!telling.is_told[i]) r->needles[left++] = r->needles[i];
    }
    r->needle_count = left;
    return OK;
}

/* ---- What is live ---------------------------------------------------------------------------- */

enum kin { KIN_STAYS, KIN_ENDS, KIN_AROUND }; /* of a clearance: around is "site/en" */

static err find_kin(struct recall *r, const struct pressing *pressing, str key, enum kin kin,
                    enum kin *kins) {
    struct site *site = r->site;
    const struct clearance *clearance = NULL;
    unsigned char hash[CLEARANCE_HASH_BYTES];
    str bytes;
    err e = archive_clearance_get(site->archive, site->run->a, key, STR("web"), &bytes);
    if (e.kind == ERR_NONE) e = clearance_read(site->run->a, site->clearing_key, bytes, &clearance);
    if (e.kind == ERR_NOT_FOUND || e.kind == ERR_DENIED || e.kind == ERR_INVALID) return OK;
    TRY(e);
    clearance_hash(clearance, hash);
    for (size_t i = 0; i < pressing_clearance_count(pressing); i++) {
        if (memcmp(pressing_clearance_at(pressing, i), hash, sizeof hash) == 0) kins[i] = kin;
    }
    return OK;
}

static err find_kins(struct recall *r, const struct pressing *pressing, enum kin *kins) {
    str *languages = NULL;
    size_t count = 0;
    TRY(archive_languages(r->site->archive, r->site->run->a, &languages, &count));
    for (size_t i = 0; i < count; i++) {
        str key;
        TRY(arena_printf(r->site->run->a, &key, "site/" STR_FMT, STR_ARG(languages[i])));
        TRY(find_kin(r, pressing, key, KIN_AROUND, kins));
    }
    for (const struct recall_line *line = r->items.first; line != NULL; line = line->next) {
        TRY(find_kin(r, pressing, line->text, KIN_ENDS, kins));
    }
    return OK;
}

static bool is_picture(const struct pressing_page *page) {
    return page->type == PRESSING_JPEG || page->type == PRESSING_AVIF || page->type == PRESSING_PNG;
}

/* Bytes out of the middle: the beginnings of pictures are alike. */
static err add_picture(struct recall *r, const struct pressing_page *page) {
    str bytes;
    str path; /* of our own: the pressing is closed before anything is looked for */
    TRY(arena_copy(r->site->run->a, page->path, &path));
    TRY(list_add(r, &r->pictures, path));
    TRY(add_address(r, path));
    if (page->body.len < 2 * (size_t)PICTURE_BYTES) return OK;
    size_t middle = page->body.len / 2;
    TRY(arena_copy(r->site->run->a, str_slice(page->body, middle, middle + PICTURE_BYTES), &bytes));
    return add_needle(r, "picture", path, bytes);
}

static err take_page(struct recall *r, const struct pressing_page *page, const enum kin *kins) {
    size_t ends = 0;
    size_t stays = 0;
    for (uint32_t i = 0; i < page->clearance_count; i++) {
        ends += kins[page->clearances[i]] == KIN_ENDS;
        stays += kins[page->clearances[i]] == KIN_STAYS;
    }
    if (ends == 0 || (page->status != 200 && page->status != 301)) return OK;
    if (is_picture(page)) return stays == 0 ? add_picture(r, page) : OK; /* others show it too */
    if (page->type == PRESSING_SEARCH) return list_add(r, &r->segments, page->path);
    if (list_has(&r->addresses, page->path)) return OK;
    if (page->status == 301) {
        str path;
        TRY(arena_copy(r->site->run->a, page->path, &path));
        TRY(list_add(r, &r->addresses, path));
        return add_address(r, path);
    }
    return list_add(r, &r->anew, page->path);
}

static err collect_live(struct recall *r, const struct pressing *pressing) {
    enum kin *kins = arena_array(r->site->run->a, pressing_clearance_count(pressing), sizeof *kins);
    bool *is_held = arena_array(r->site->run->a, pressing_pack_count(pressing), sizeof *is_held);
    if (kins == NULL || is_held == NULL) FAIL(ERR_NO_MEMORY, "no memory for what is called back");
    TRY(find_kins(r, pressing, kins));
    for (size_t i = 0; i < pressing_page_count(pressing); i++) {
        struct pressing_page page;
        bool is_its = false;
        pressing_page_at(pressing, i, &page);
        TRY(take_page(r, &page, kins));
        for (uint32_t k = 0; k < page.clearance_count; k++) {
            is_its = is_its || kins[page.clearances[k]] == KIN_ENDS;
        }
        size_t pack = pressing_pack_of(pressing, i);
        if (is_its && pack < pressing_pack_count(pressing)) is_held[pack] = true;
    }
    for (size_t i = 0; i < pressing_pack_count(pressing); i++) {
        if (is_held[i]) TRY(list_add(r, &r->packs, pressing_pack_name(pressing, i)));
    }
    return OK;
}

/* ---- Collecting ------------------------------------------------------------------------------ */

/* The item named, in every language when it is a group; a picture is in the stories that ended. */
static err add_named(struct recall *r, str key) {
    str group;
    str language;
    uint64_t number = 0;
    int64_t *ids = NULL;
    size_t count = 0;
    if (key.len == 0 || !str_cut(key, '/', &group, &language)) return OK;
    if (!str_eq(language, STR("*"))) {
        return list_has(&r->items, key) ? OK : list_add(r, &r->items, key);
    }
    if (!str_to_u64(group, &number)) return OK;
    struct archive_filter filter = {.group = (int64_t)number};
    TRY(archive_version_ids(r->site->archive, r->site->run->a, &filter, &ids, &count));
    for (size_t i = 0; i < count; i++) {
        struct archive_version version;
        str one;
        TRY(archive_version_load(r->site->archive, r->site->run->a, ids[i], &version));
        TRY(archive_version_key(r->site->run->a, &version, &one));
        if (!list_has(&r->items, one)) TRY(list_add(r, &r->items, one));
    }
    return OK;
}

static err open_live(const struct recall *r, struct pressing **ret_pressing) {
    const struct pressing_place place = {.sys = r->site->run->sys,
                                         .folder = r->site->pressings,
                                         .clearing_key = r->site->clearing_key};
    str name;
    return pressing_open_current(&place, r->site->run->a, &name, ret_pressing);
}

err recall_collect(struct site *site, const struct gate_keys *ended, str key,
                   struct recall *ret_recall) {
    CLEANUP(pressing_close) struct pressing *pressing = NULL;
    struct recall r = {.site = site};
    r.needles = arena_array(site->run->a, NEEDLES_MAX, sizeof *r.needles);
    if (r.needles == NULL) FAIL(ERR_NO_MEMORY, "no memory for what is called back");
    for (size_t i = 0; i < ended->count; i++) TRY(list_add(&r, &r.items, ended->keys[i].text));
    TRY(add_named(&r, key));
    for (const struct recall_line *line = r.items.first; line != NULL; line = line->next) {
        TRY(add_version(&r, line->text));
    }
    err e = open_live(&r, &pressing);
    if (e.kind == ERR_NONE) e = collect_live(&r, pressing);
    if (e.kind != ERR_NONE && e.kind != ERR_NOT_FOUND) return e;
    TRY(leave_out_what_others_tell(&r));
    *ret_recall = r;
    return OK;
}

/* ---- The proof ------------------------------------------------------------------------------- */

/* The open files that the gate is handed, and what they are called. */
struct handed {
    int files[WIRE_FILES_MAX];
    str *names;
    size_t count;
};

static void handed_done(struct handed *handed) {
    for (size_t i = 0; i < handed->count; i++) fd_close(&handed->files[i]);
}

static err hand(const struct recall *r, str name, const char *suffix, struct handed *handed) {
    struct arena *a = r->site->run->a;
    if (handed->count == WIRE_FILES_MAX)
        FAIL(ERR_LIMIT, "pressings holds more than %d files", WIRE_FILES_MAX);
    str *path = &handed->names[handed->count];
    TRY(arena_printf(a, path, STR_FMT "%s", STR_ARG(name), suffix));
    TRY(file_open(a, r->site->pressings, *path, O_RDONLY, &handed->files[handed->count]));
    handed->count++;
    return OK;
}

static void close_folder(DIR **folder) {
    if (*folder != NULL) closedir(*folder);
}

/* Whatever else lies in the folder, litter of a crash or a stranger's. */
static err hand_the_rest(const struct recall *r, struct handed *handed) {
    CLEANUP(close_folder) DIR *folder = NULL;
    CLEANUP(fd_close) int own = -1;
    TRY(file_open(r->site->run->a, r->site->pressings, STR("."), O_RDONLY | O_DIRECTORY, &own));
    folder = fdopendir(own);
    if (folder == NULL) FAIL(ERR_IO, "pressings: the folder cannot be read");
    own = -1;
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        bool is_handed = false;
        if (entry->d_type != DT_REG) continue;
        for (size_t i = 0; i < handed->count; i++) {
            is_handed = is_handed || str_eq(handed->names[i], str_of(entry->d_name));
        }
        if (!is_handed) TRY(hand(r, str_of(entry->d_name), "", handed));
    }
    return OK;
}

static err ask(const struct recall *r, const struct handed *handed, size_t packs,
               struct gate_sought *ret_sought) {
    struct gate_seek seek = {.has_index = packs != SIZE_MAX,
                             .packs = packs == SIZE_MAX ? 0 : (int64_t)packs};
    seek.needles = arena_array(r->site->run->a, r->needle_count, sizeof *seek.needles);
    if (seek.needles == NULL) FAIL(ERR_NO_MEMORY, "no memory for what is looked for");
    for (; seek.count < r->needle_count; seek.count++) {
        seek.needles[seek.count].bytes = r->needles[seek.count].bytes;
    }
    const struct gate_request request = {
        .call = GATE_SEEK, .body = &seek, .files = handed->files, .file_count = handed->count};
    return site_ask_with(r->site, &request, ret_sought);
}

static err check_addresses(const struct recall *r, const struct pressing *pressing,
                           struct recall_list *still) {
    struct recall own = {.site = r->site};
    const struct recall_list *lists[] = {&r->addresses, &r->pictures};
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        for (const struct recall_line *line = lists[i]->first; line != NULL; line = line->next) {
            struct pressing_page page;
            if (!pressing_find(pressing, line->text, &page)) continue;
            if (page.status == 200 || page.status == 301) TRY(list_add(&own, still, line->text));
        }
    }
    return OK;
}

static size_t count_found(const struct recall *r, const struct gate_sought *sought) {
    size_t count = 0;
    for (size_t i = 0; i < r->needle_count; i++) {
        bool is_found = false;
        for (size_t k = 0; k < sought->count; k++) {
            is_found = is_found || sought->found[k].needle == (int64_t)i;
        }
        count += is_found;
    }
    return count;
}

err recall_prove(const struct recall *r, struct recall_proof *ret_proof) {
    CLEANUP(pressing_close) struct pressing *pressing = NULL;
    CLEANUP(handed_done) struct handed handed = {0};
    struct recall_proof proof = {0};
    size_t packs = SIZE_MAX;
    handed.names = arena_array(r->site->run->a, WIRE_FILES_MAX, sizeof *handed.names);
    if (handed.names == NULL) FAIL(ERR_NO_MEMORY, "no memory for what is looked for");
    err e = open_live(r, &pressing);
    if (e.kind != ERR_NONE && e.kind != ERR_NOT_FOUND) return e;
    proof.is_dark = e.kind == ERR_NOT_FOUND;
    if (!proof.is_dark) {
        str live;
        TRY(pressing_current(r->site->run->a, r->site->pressings, &live));
        TRY(hand(r, live, ".index", &handed));
        packs = pressing_pack_count(pressing);
        for (size_t i = 0; i < packs; i++) {
            TRY(hand(r, pressing_pack_name(pressing, i), ".pack", &handed));
        }
        TRY(check_addresses(r, pressing, &proof.still));
    }
    TRY(hand_the_rest(r, &handed));
    TRY(ask(r, &handed, packs, &proof.sought));
    proof.files = handed.names;
    proof.file_count = handed.count;
    proof.found = count_found(r, &proof.sought);
    *ret_proof = proof;
    return OK;
}
