/* intake.c: one import from beginning to end, whatever the source. See intake.h.
 *
 *     survey (child)  ->  pictures, links, groups in mind
 *     pictures         ->  scrubber -> rebuilt files
 *     begin
 *       pictures       ->  rows
 *       convert (child) -> entry by entry -> versions, topics, old paths
 *     commit */
#include "intake/intake.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/unicode.h"
#include "intake/address.h"
#include "intake/intake_impl.h"

enum { HASH_BYTES = 32, PROGRESS_STEP = 100 };

static void tell(const struct job *job, const char *what, uint64_t done, uint64_t total) {
    const struct intake_options *o = job->options;
    if (o->progress != NULL) o->progress(o->progress_context, what, done, total);
}

/* --- First reading --- */

static err know_site(struct job *job, const struct item_site *site) {
    struct arena *a = job->arena;
    TRY(arena_copy(a, site->name, &job->site.name));
    TRY(arena_copy(a, site->description, &job->site.description));
    TRY(arena_copy(a, site->address, &job->site.address));
    TRY(arena_copy(a, site->language, &job->language));
    job->report->address = job->site.address;
    return OK;
}

static err know_family(struct job *job, int64_t parent, int64_t number) {
    struct arena *a = job->arena;
    str key = {0};
    TRY(arena_printf(a, &key, "%lld", (long long)parent));
    struct job_family *family = table_get(&job->families, key);
    if (family == NULL) {
        family = arena_alloc(a, sizeof *family);
        if (family == NULL) FAIL(ERR_NO_MEMORY, "no memory for a gallery");
        TRY(table_put(&job->families, key, family));
    }
    if (family->count >= LIMIT_LIST_ITEMS) return OK;
    if (family->count == family->room) {
        size_t room = family->room == 0 ? 4 : family->room * 2;
        uint64_t *grown =
            arena_grow(a, family->numbers, family->room * sizeof *grown, room * sizeof *grown);
        if (grown == NULL) FAIL(ERR_NO_MEMORY, "no memory for a gallery");
        family->numbers = grown;
        family->room = room;
    }
    family->numbers[family->count++] = (uint64_t)number;
    return OK;
}

static err add_picture(struct job *job, struct job_picture *picture) {
    struct arena *a = job->arena;
    struct job_picture *kept = arena_alloc(a, sizeof *kept);
    if (kept == NULL) FAIL(ERR_NO_MEMORY, "no memory for a picture");
    *kept = *picture;
    TRY(arena_copy(a, picture->address, &kept->address));
    TRY(arena_copy(a, picture->upload, &kept->upload));
    TRY(arena_copy(a, picture->alt, &kept->alt));
    TRY(arena_copy(a, picture->caption, &kept->caption));
    TRY(arena_copy(a, picture->title, &kept->title));
    TRY(arena_copy(a, picture->source, &kept->source));
    TRY(table_put(&job->by_address, kept->address, kept));
    if (kept->upload.len > 0) TRY(table_put(&job->by_upload, kept->upload, kept));
    if (kept->number > 0) {
        str key = {0};
        TRY(arena_printf(a, &key, "%lld", (long long)kept->number));
        TRY(table_put(&job->by_number, key, kept));
    }
    if (job->pictures_tail == NULL) job->pictures_tail = &job->pictures;
    *job->pictures_tail = kept;
    job->pictures_tail = &kept->next;
    job->picture_count++;
    return OK;
}

static err know_file(struct job *job, const struct item_file *file) {
    struct job_picture picture = {.address = file->address,
                                  .upload = file->path,
                                  .alt = file->alt,
                                  .caption = file->caption,
                                  .title = file->title,
                                  .source = file->source,
                                  .number = file->number};
    if (!address_is_safe(picture.upload)) picture.upload = (str){0};
    TRY(add_picture(job, &picture));
    bool is_child = file->parent > 0 && file->number > 0 && address_is_picture(picture.upload);
    return is_child ? know_family(job, file->parent, file->number) : OK;
}

/* A picture in a text is usually an attachment too, at another size. */
static err know_picture(struct job *job, struct arena *a, const struct item_picture *wanted) {
    struct job_picture picture = {.address = wanted->address};
    str original = {0};
    if (table_get(&job->by_address, wanted->address) != NULL) return OK;
    if (job->source->is_folder)
        picture.upload = address_is_safe(wanted->address) ? wanted->address : (str){0};
    else
        TRY(address_of_upload(a, wanted->address, &picture.upload));
    if (picture.upload.len > 0) {
        if (table_get(&job->by_upload, picture.upload) != NULL) return OK;
        bool is_sized = address_without_size(a, picture.upload, &original);
        if (is_sized && table_get(&job->by_upload, original) != NULL) return OK;
    }
    return add_picture(job, &picture);
}

static err know_link(struct job *job, str path, str target) {
    struct job_link *link = arena_alloc(job->arena, sizeof *link);
    str key = {0};
    if (link == NULL) FAIL(ERR_NO_MEMORY, "no memory for an address");
    TRY(arena_copy(job->arena, path, &key));
    TRY(arena_copy(job->arena, target, &link->path));
    return table_put(&job->links, key, link);
}

/* Where an item will stand, so that links to it can be written before it does. */
static err know_entry(struct job *job, struct arena *a, const struct item_entry *entry) {
    struct archive_version version = {.language = entry->language, .slug = entry->slug};
    int64_t id = 0;
    int64_t media = 0;
    str path = {0};
    job->entry_count++;
    if (job->entry_count % PROGRESS_STEP == 0) tell(job, "reading", job->entry_count, 0);
    if (entry->skipped.len > 0 || !archive_kind_of(entry->kind, &version.kind)) return OK;
    if (!str_eq(entry->status, STR("published")) || entry->slug.len == 0) return OK;
    err e = archive_source_get(job->options->archive, job->place, entry->source, &id, &media);
    if (e.kind == ERR_NONE && id != 0) {
        TRY(archive_version_load(job->options->archive, a, id, &version));
    } else if (e.kind != ERR_NONE && e.kind != ERR_NOT_FOUND) {
        return e;
    }
    TRY(archive_public_path(a, &version, &path));
    if (job->source->is_folder) TRY(know_link(job, entry->source, path));
    for (size_t i = 0; i < entry->old_path_count; i++) {
        TRY(know_link(job, entry->old_paths[i].text, path));
    }
    TRY(address_on_site(a, entry->origin, job->site.address, &path));
    if (path.len == 0 || table_get(&job->links, path) != NULL) return OK;
    str target = {0};
    TRY(archive_public_path(a, &version, &target));
    return know_link(job, path, target);
}

/* A thing is known by the system it came from: a site by its address, a folder by where it lies. */
static err know_place(struct job *job) {
    if (job->place.len > 0) return OK;
    str where = job->site.address;
    char *real = NULL;
    size_t scheme = str_find(where, STR("://")); /* a site that moved to https is the same site */
    if (scheme != STR_NONE) where = str_skip(where, scheme + 3);
    if (job->source->is_folder) {
        const char *path = NULL;
        TRY(arena_cstr(job->arena, job->report->source, &path));
        real = realpath(path, NULL);
        where = str_of(real);
    }
    err e = arena_printf(job->arena, &job->place, "%s" STR_FMT, job->source->prefix,
                         STR_ARG(utf8_cut(where, LIMIT_PATH_BYTES - 16)));
    free(real);
    return e;
}

static err survey_one(struct job *job, struct arena *a, const struct wire_message *message) {
    union {
        struct item_site site;
        struct item_file file;
        struct item_picture picture;
        struct item_entry entry;
    } m;
    switch (message->type) {
    case ITEM_SITE:
        TRY(wire_unpack(a, &item_site_shape, message->bytes, &m.site));
        TRY(know_site(job, &m.site));
        return know_place(job);
    case ITEM_FILE:
        TRY(wire_unpack(a, &item_file_shape, message->bytes, &m.file));
        return know_file(job, &m.file);
    case ITEM_PICTURE:
        TRY(wire_unpack(a, &item_picture_shape, message->bytes, &m.picture));
        return know_picture(job, a, &m.picture);
    case ITEM_ENTRY:
        TRY(know_place(job));
        TRY(wire_unpack(a, &item_entry_shape, message->bytes, &m.entry));
        return know_entry(job, a, &m.entry);
    default: FAIL(ERR_INVALID, "a message of a kind we do not know");
    }
}

/* --- Second reading --- */

static err topics_of(struct job *job, struct arena *a, const struct item_entry *entry,
                     struct archive_version *version) {
    version->topics = arena_array(a, entry->topic_count, sizeof *version->topics);
    if (version->topics == NULL) FAIL(ERR_NO_MEMORY, "no memory for topics");
    for (size_t i = 0; i < entry->topic_count; i++) {
        int64_t id = 0;
        bool is_known = false;
        TRY(archive_topic_put(job->options->archive, a, entry->topics[i].slug, entry->language,
                              entry->topics[i].name, &id));
        for (size_t n = 0; n < version->topic_count; n++) {
            if (version->topics[n] == id) is_known = true;
        }
        if (!is_known) version->topics[version->topic_count++] = id;
    }
    return OK;
}

static err notes_of(struct job *job, struct arena *a, const struct item_entry *entry,
                    str *ret_notes) {
    struct buf b;
    buf_init(&b, a, LIMIT_BODY_BYTES);
    for (size_t i = 0; i < entry->note_count; i++) {
        const struct item_note *note = &entry->notes[i];
        bool is_link = str_eq(note->what, STR("link"));
        size_t before = b.len;
        if (b.len + note->what.len + note->detail.len + 3 < LIMIT_FIELD_BYTES) {
            buf_printf(&b, "%s" STR_FMT "%s" STR_FMT, before > 0 ? "\n" : "", STR_ARG(note->what),
                       note->detail.len > 0 ? ": " : "", STR_ARG(note->detail));
        }
        TRY(is_link ? report_add(job->arena, &job->report->links_removed, note->detail,
                                 entry->label, (str){0})
                    : report_add(job->arena, &job->report->notes, note->what, entry->label,
                                 note->detail));
    }
    return buf_finish(&b, ret_notes);
}

static err groups_of(struct job *job, struct arena *a, const struct item_text *names, size_t count,
                     int64_t **ret_ids, size_t *ret_count) {
    int64_t *ids = arena_array(a, count, sizeof *ids);
    size_t found = 0;
    if (ids == NULL) FAIL(ERR_NO_MEMORY, "no memory for a list");
    for (size_t i = 0; i < count; i++) {
        const struct job_group *group = table_get(&job->groups, names[i].text);
        if (group != NULL && group->group != 0) ids[found++] = group->group;
    }
    *ret_ids = ids;
    *ret_count = found;
    return OK;
}

/* An item may name a group that comes after it: those are filled in at the end. */
static err remember_relations(struct job *job, const struct item_entry *entry,
                              const struct archive_version *version) {
    struct arena *a = job->arena;
    bool is_complete = version->related_count == entry->related_count &&
                       version->report_count == entry->report_count;
    if (is_complete) return OK;
    struct job_relations *kept = arena_alloc(a, sizeof *kept);
    if (kept == NULL) FAIL(ERR_NO_MEMORY, "no memory for a list");
    *kept = (struct job_relations){.version = version->id, .next = job->relations};
    kept->related = arena_array(a, entry->related_count, sizeof *kept->related);
    kept->reports = arena_array(a, entry->report_count, sizeof *kept->reports);
    if (kept->related == NULL || kept->reports == NULL) FAIL(ERR_NO_MEMORY, "no memory for a list");
    for (; kept->related_count < entry->related_count; kept->related_count++) {
        size_t at = kept->related_count;
        TRY(arena_copy(a, entry->related[at].text, &kept->related[at].text));
    }
    for (; kept->report_count < entry->report_count; kept->report_count++) {
        size_t at = kept->report_count;
        TRY(arena_copy(a, entry->reports[at].text, &kept->reports[at].text));
    }
    job->relations = kept;
    return OK;
}

static err fill_relations(struct job *job) {
    struct archive *archive = job->options->archive;
    for (const struct job_relations *r = job->relations; r != NULL; r = r->next) {
        struct arena a;
        struct archive_version version = {0};
        enum archive_saved saved = ARCHIVE_UNCHANGED;
        arena_init(&a, job->sys, INTAKE_ITEM_BYTES);
        err e = archive_version_load(archive, &a, r->version, &version);
        if (e.kind == ERR_NONE) {
            e = groups_of(job, &a, r->related, r->related_count, &version.related,
                          &version.related_count);
        }
        if (e.kind == ERR_NONE) {
            e = groups_of(job, &a, r->reports, r->report_count, &version.reports,
                          &version.report_count);
        }
        if (e.kind == ERR_NONE) {
            e = archive_version_save(archive, &a, job->options->by, &version, &saved);
        }
        arena_done(&a);
        if (e.kind == ERR_INVALID || e.kind == ERR_DENIED) { /* the story stays, without it */
            str why = {0};
            TRY(arena_copy(job->arena, str_of(e.message), &why));
            TRY(report_add(job->arena, &job->report->notes, STR("relation"), STR("a story"), why));
            continue;
        }
        TRY(e);
    }
    return OK;
}

static err people_of(struct arena *a, const struct item_entry *entry,
                     struct archive_version *version) {
    version->contributors = arena_array(a, entry->person_count, sizeof *version->contributors);
    if (version->contributors == NULL) FAIL(ERR_NO_MEMORY, "no memory for contributors");
    version->contributor_count = entry->person_count;
    for (size_t i = 0; i < entry->person_count; i++) {
        version->contributors[i] = (struct archive_contributor){
            entry->people[i].name, entry->people[i].role, entry->people[i].organisation};
    }
    return OK;
}

static err version_of(struct job *job, struct arena *a, const struct item_entry *entry,
                      struct archive_version *version) {
    uint64_t cover = 0;
    *version = (struct archive_version){.language = entry->language,
                                        .slug = entry->slug,
                                        .title = entry->title,
                                        .deck = entry->deck,
                                        .body = entry->body,
                                        .published = entry->published,
                                        .updated = entry->updated,
                                        .origin = entry->origin,
                                        .cover = {.alt = entry->cover_alt,
                                                  .caption = entry->cover_caption,
                                                  .credit = entry->cover_credit},
                                        .report = {.publisher = entry->publisher,
                                                   .language = entry->report_language,
                                                   .pages = entry->pages,
                                                   .bytes = entry->bytes,
                                                   .link = entry->link}};
    if (!archive_kind_of(entry->kind, &version->kind) ||
        !archive_status_of(entry->status, &version->status)) {
        FAIL(ERR_INVALID, "a kind or status nobody knows");
    }
    if (str_to_u64(entry->cover, &cover) && cover <= INT64_MAX) {
        version->cover.media = (int64_t)cover;
    } else {
        version->cover = (struct archive_cover){0};
    }
    if (entry->group.len > 0) {
        const struct job_group *group = table_get(&job->groups, entry->group);
        if (group != NULL) version->group = group->group;
    }
    TRY(topics_of(job, a, entry, version));
    TRY(people_of(a, entry, version));
    TRY(groups_of(job, a, entry->related, entry->related_count, &version->related,
                  &version->related_count));
    TRY(groups_of(job, a, entry->reports, entry->report_count, &version->reports,
                  &version->report_count));
    return notes_of(job, a, entry, &version->notes);
}

static err hex_of(struct arena *a, str bytes, str *ret_hex) {
    unsigned char hash[HASH_BYTES];
    char hex[HASH_BYTES * 2 + 1];
    crypto_generichash(hash, sizeof hash, (const unsigned char *)bytes.ptr, bytes.len, NULL, 0);
    sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
    return arena_copy(a, str_of(hex), ret_hex);
}

/* What the source said of an item last time, as a hash of it all, lives among the settings. The
 * name of the item may be an address of any length, so the key is a hash as well. */
static err seen_key(struct job *job, struct arena *a, const struct item_entry *entry,
                    str *ret_key) {
    str name = {0};
    str hex = {0};
    TRY(arena_printf(a, &name, STR_FMT "\n" STR_FMT, STR_ARG(job->place), STR_ARG(entry->source)));
    TRY(hex_of(a, name, &hex));
    return arena_printf(a, ret_key, "import " STR_FMT, STR_ARG(hex));
}

static err digest_of(struct arena *a, const struct item_entry *entry, str *ret_hex) {
    struct buf b;
    str bytes = {0};
    buf_init(&b, a, LIMIT_MESSAGE_BYTES);
    wire_pack(&b, &item_entry_shape, entry);
    TRY(buf_finish(&b, &bytes));
    return hex_of(a, bytes, ret_hex);
}

static err know_group(struct job *job, str name, int64_t id) {
    str key = {0};
    if (name.len == 0 || table_get(&job->groups, name) != NULL) return OK;
    struct job_group *group = arena_alloc(job->arena, sizeof *group);
    if (group == NULL) FAIL(ERR_NO_MEMORY, "no memory for a group");
    group->group = id;
    TRY(arena_copy(job->arena, name, &key));
    return table_put(&job->groups, key, group);
}

static err save(struct job *job, struct arena *a, const struct item_entry *entry,
                enum archive_saved *ret_saved) {
    struct archive *archive = job->options->archive;
    struct archive_version version;
    int64_t id = 0;
    int64_t media = 0;
    str key = {0};
    str digest = {0};
    str before = {0};
    TRY(version_of(job, a, entry, &version));
    TRY(seen_key(job, a, entry, &key));
    TRY(digest_of(a, entry, &digest));
    err e = archive_source_get(archive, job->place, entry->source, &id, &media);
    if (e.kind != ERR_NONE && e.kind != ERR_NOT_FOUND) return e;
    if (id != 0) {
        struct archive_version held = {0};
        TRY(archive_version_load(archive, a, id, &held));
        TRY(know_group(job, entry->group, held.group));
        e = archive_setting_get(archive, a, key, (str){0}, &before);
        if (e.kind != ERR_NONE && e.kind != ERR_NOT_FOUND) return e;
        *ret_saved = ARCHIVE_UNCHANGED;
        if (str_eq(before, digest)) return OK;
        version.id = held.id;
        version.group = held.group;
    }
    TRY(archive_version_save(archive, a, job->options->by, &version, ret_saved));
    TRY(archive_source_put(archive, job->place, entry->source, version.id, 0));
    TRY(archive_setting_put(archive, key, (str){0}, digest));
    for (size_t i = 0; i < entry->old_path_count; i++) {
        TRY(archive_old_path_add(archive, entry->old_paths[i].text, version.id));
    }
    TRY(know_group(job, entry->group, version.group));
    return remember_relations(job, entry, &version);
}

static err count_skipped(struct job *job, struct intake_type *type, str label, str why) {
    type->skipped++;
    return report_add(job->arena, &job->report->skipped, type->name, label, why);
}

static err take_entry(struct job *job, struct arena *a, const struct item_entry *entry) {
    struct intake_type *type = report_type(job->report, job->arena, entry->type);
    enum archive_saved saved = ARCHIVE_UNCHANGED;
    str label = entry->label.len > 0 ? entry->label : entry->source;
    type->found++;
    job->report->comments += entry->comments > 0 ? (uint64_t)entry->comments : 0;
    if (entry->skipped.len > 0) return count_skipped(job, type, label, entry->skipped);
    job->report->links_unknown += entry->links_unknown > 0 ? (uint64_t)entry->links_unknown : 0;
    err e = save(job, a, entry, &saved);
    /* The archive refuses an item, not the import: too long, withdrawn here, no such language. */
    bool is_its_own = e.kind == ERR_INVALID || e.kind == ERR_LIMIT || e.kind == ERR_DENIED ||
                      e.kind == ERR_EXISTS;
    if (is_its_own) return count_skipped(job, type, label, str_of(e.message));
    TRY(e);
    type->imported += saved == ARCHIVE_ADDED ? 1 : 0;
    type->updated += saved == ARCHIVE_CHANGED ? 1 : 0;
    type->unchanged += saved == ARCHIVE_UNCHANGED ? 1 : 0;
    return OK;
}

static err convert_one(struct job *job, struct arena *a, const struct wire_message *message) {
    struct item_entry entry;
    if (message->type != ITEM_ENTRY) return OK; /* known from the first reading */
    TRY(wire_unpack(a, &item_entry_shape, message->bytes, &entry));
    TRY(take_entry(job, a, &entry));
    job->entries_done++;
    if (job->entries_done % PROGRESS_STEP == 0 || job->entries_done == job->entry_count) {
        tell(job, "items", job->entries_done, job->entry_count);
    }
    return OK;
}

/* The attachments of a source are things of it as well, and are counted. */
static err count_files(struct job *job) {
    for (const struct job_picture *p = job->pictures; p != NULL; p = p->next) {
        if (p->source.len == 0) continue;
        struct intake_type *type = report_type(job->report, job->arena, STR("attachment"));
        str label = p->title.len > 0 ? p->title : p->address;
        type->found++;
        if (p->media == 0) {
            TRY(count_skipped(job, type, label, p->why));
            continue;
        }
        type->imported += p->saved == ARCHIVE_ADDED ? 1 : 0;
        type->updated += p->saved == ARCHIVE_CHANGED ? 1 : 0;
        type->unchanged += p->saved == ARCHIVE_UNCHANGED ? 1 : 0;
    }
    return OK;
}

/* --- The whole --- */

typedef err each_message(struct job *job, struct arena *a, const struct wire_message *message);

static err read_with(struct job *job, err (*run)(void *, int, int), each_message *each) {
    struct parser_spec spec = {.run = run,
                               .context = job,
                               .input = job->input,
                               .is_folder = job->source->is_folder,
                               .name = job->report->source};
    CLEANUP(parser_stop) struct parser parser = {0};
    if (!job->source->is_folder && lseek(job->input, 0, SEEK_SET) != 0) {
        FAIL(ERR_IO, STR_FMT ": cannot be read twice", STR_ARG(job->report->source));
    }
    TRY(parser_start(&spec, &parser));
    for (;;) {
        struct arena a;
        struct wire_message message = {0};
        bool is_end = false;
        arena_init(&a, job->sys, INTAKE_ITEM_BYTES);
        err e = parser_next(&parser, &a, &message, &is_end);
        if (e.kind == ERR_NONE && !is_end) e = each(job, &a, &message);
        arena_done(&a);
        TRY(e);
        if (is_end) return OK;
    }
}

static err put_if_absent(struct job *job, str key, str value) {
    str held = {0};
    err e = archive_setting_get(job->options->archive, job->arena, key, (str){0}, &held);
    if (e.kind != ERR_NOT_FOUND || value.len == 0) return e.kind == ERR_NOT_FOUND ? OK : e;
    return archive_setting_put(job->options->archive, key, (str){0}, value);
}

/* A new site takes its name, and the address where it was public, from its first import. */
static err name_site(struct job *job) {
    str name = job->site.name.len > 0 ? job->site.name : STR("A new site");
    TRY(put_if_absent(job, STR("site.name"), name));
    TRY(put_if_absent(job, STR("site.tagline"), job->site.description));
    return put_if_absent(job, STR("site.origin"), job->site.address);
}

static err write_all(struct job *job) {
    struct archive *archive = job->options->archive;
    TRY(name_site(job));
    TRY(intake_pictures_keep(job));
    TRY(read_with(job, job->source->convert, convert_one));
    TRY(fill_relations(job));
    TRY(count_files(job));
    struct archive_topic *topics = NULL;
    size_t topic_count = 0;
    TRY(archive_topics(archive, job->arena, job->language, &topics, &topic_count));
    job->report->topics = topic_count;
    return archive_audit_add(archive, job->options->by, STR("import"), (str){0},
                             job->report->source);
}

static err change_archive(struct job *job) {
    struct archive *archive = job->options->archive;
    TRY(archive_begin(archive));
    err e = write_all(job);
    if (e.kind == ERR_NONE) e = archive_commit(archive);
    if (e.kind != ERR_NONE) archive_rollback(archive);
    return e;
}

static err run_job(struct job *job) {
    TRY(read_with(job, job->source->survey, survey_one));
    err e = intake_pictures_prepare(job);
    if (e.kind == ERR_NONE) e = change_archive(job);
    if (e.kind != ERR_NONE) intake_pictures_forget(job);
    return e;
}

err intake_run(struct arena *a, const struct intake_options *options,
               const struct intake_source *source, str path, struct intake_report *ret_report) {
    struct intake_report report = {0};
    CLEANUP(fd_close) int input = -1;
    int flags = O_RDONLY | O_CLOEXEC | (source->is_folder ? O_DIRECTORY : 0);
    if (sodium_init() < 0) FAIL(ERR_IO, "libsodium cannot start");
    TRY(file_open(a, AT_FDCWD, path, flags, &input));
    TRY(arena_copy(a, path, &report.source));
    struct job job = {.arena = a,
                      .sys = a->sys,
                      .options = options,
                      .report = &report,
                      .source = source,
                      .input = input,
                      .language = options->language};
    if (job.language.len == 0) job.language = STR("en");
    struct table empty = {.arena = a};
    job.by_address = job.by_upload = job.by_number = job.by_original = job.families = empty;
    job.links = job.groups = job.media_files = empty;
    TRY(run_job(&job));
    if (!intake_report_sums(&report)) FAIL(ERR_INVALID, "the report of the import does not sum");
    *ret_report = report;
    return OK;
}
