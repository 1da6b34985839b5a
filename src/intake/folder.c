/* folder.c: the child's half of importing a folder of Markdown files with front matter, as site
 * generators keep them. See intake.h, front_matter.h.
 *
 * Keys of our own and those of Hugo and Jekyll are both understood; a key nobody knows becomes a
 * note, not an error. The language is the key's, or the folder's ("en/about.md"), or the name's
 * ("about.ko.md"). Files that say the same group, or the same path but for the language, are
 * versions of one story. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/date.h"
#include "base/unicode.h"
#include "intake/address.h"
#include "intake/folder_files.h"
#include "intake/front_matter.h"
#include "intake/intake_impl.h"
#include "intake/relink.h"

struct folder {
    struct job *job;
    struct arena item_arena;
    int root;
    int socket;
    bool is_survey;
    str path; /* of the file being read */
    struct item_entry *entry;
    const struct front_matter *matter;
};

/* --- Small things about front matter --- */

static err add_note(struct folder *f, str what, str detail) {
    struct item_entry *entry = f->entry;
    size_t count = entry->note_count;
    if (count >= ITEM_NOTES_MAX) return OK;
    if ((count & (count - 1)) == 0) { /* full at every power of two */
        size_t room = count == 0 ? 1 : count * 2;
        struct item_note *grown =
            arena_grow(&f->item_arena, entry->notes, count * sizeof *grown, room * sizeof *grown);
        if (grown == NULL) FAIL(ERR_NO_MEMORY, "no memory for a note");
        entry->notes = grown;
    }
    entry->notes[entry->note_count++] = (struct item_note){what, detail};
    return OK;
}

/* The first of several keys that has a value. */
static str text_of(const struct folder *f, const char *const *keys) {
    for (; *keys != NULL; keys++) {
        str value = front_text(f->matter, str_of(*keys));
        if (value.len > 0) return value;
    }
    return (str){0};
}

static err time_of(struct folder *f, const char *const *keys, int64_t *ret_seconds) {
    for (; *keys != NULL; keys++) {
        const struct front_field *field = front_find(f->matter, str_of(*keys));
        if (field == NULL || field->value.len == 0) continue;
        if (date_parse(field->value, ret_seconds)) return OK;
        FAIL(ERR_INVALID, STR_FMT ": line %lld: %s is not a date such as 2026-03-02",
             STR_ARG(f->path), (long long)field->line, *keys);
    }
    return OK;
}

static err number_of(struct folder *f, const char *key, int64_t *ret_number) {
    const struct front_field *field = front_find(f->matter, str_of(key));
    uint64_t number = 0;
    if (field == NULL || field->value.len == 0) return OK;
    if (!str_to_u64(field->value, &number) || number > INT64_MAX) {
        FAIL(ERR_INVALID, STR_FMT ": line %lld: %s is not a number", STR_ARG(f->path),
             (long long)field->line, key);
    }
    *ret_number = (int64_t)number;
    return OK;
}

static size_t items_in(const struct front_field *field) {
    size_t count = field != NULL && !field->is_list && field->value.len > 0 ? 1 : 0;
    for (const struct front_item *item = field == NULL ? NULL : field->items; item != NULL;
         item = item->next) {
        count++;
    }
    return count;
}

/* The texts of a list, or the one text of a scalar. */
static err texts_of(struct folder *f, const char *key, struct item_text **ret_texts,
                    size_t *ret_count) {
    const struct front_field *field = front_find(f->matter, str_of(key));
    size_t count = 0;
    struct item_text *texts = arena_array(&f->item_arena, items_in(field), sizeof *texts);
    if (texts == NULL) FAIL(ERR_NO_MEMORY, "no memory for a list");
    if (field != NULL && field->value.len > 0) texts[count++].text = field->value;
    for (const struct front_item *item = field == NULL ? NULL : field->items; item != NULL;
         item = item->next) {
        if (item->map != NULL) {
            FAIL(ERR_INVALID, STR_FMT ": line %lld: %s takes texts", STR_ARG(f->path),
                 (long long)field->line, key);
        }
        if (item->value.len > 0) texts[count++].text = item->value;
    }
    *ret_texts = texts;
    *ret_count = count;
    return OK;
}

/* --- Pictures and links --- */

/* "./a", "../b" and "/c" as seen from the file's folder, as a path from the root. False: it leads
 * outside. */
static bool resolve(struct arena *a, str folder, str path, str *ret_path) {
    str parts[64];
    size_t count = 0;
    str sources[2] = {str_starts(path, STR("/")) ? (str){0} : folder, path};
    for (size_t s = 0; s < COUNT_OF(sources); s++) {
        str rest = sources[s];
        while (rest.len > 0) {
            str part = {0};
            str_cut(rest, '/', &part, &rest);
            if (part.len == 0 || str_eq(part, STR("."))) continue;
            if (str_eq(part, STR(".."))) {
                if (count-- == 0) return false;
                continue;
            }
            if (count == COUNT_OF(parts)) return false;
            parts[count++] = part;
        }
    }
    struct buf b;
    buf_init(&b, a, LIMIT_PATH_BYTES);
    for (size_t i = 0; i < count; i++) {
        if (i > 0) buf_add_byte(&b, '/');
        buf_add(&b, parts[i]);
    }
    return buf_finish(&b, ret_path).kind == ERR_NONE && ret_path->len > 0;
}

static bool exists(struct folder *f, str path) {
    const char *name = NULL;
    if (arena_cstr(&f->item_arena, path, &name).kind != ERR_NONE) return false;
    int fd = openat(f->root, name, O_PATH | O_CLOEXEC);
    if (fd < 0) return false;
    close(fd);
    return true;
}

/* Where a picture lies: beside the file that names it, or below the root. Empty: elsewhere. */
static err picture_path(struct folder *f, str written, str *ret_path) {
    struct folder_file name = {0};
    str path = {0};
    if (str_starts(written, STR("media:"))) written = str_skip(written, 6);
    TRY(address_decode(&f->item_arena, written, &written));
    TRY(folder_name(&f->item_arena, f->path, &name));
    *ret_path = (str){0};
    if (str_contains(written, STR("://")) || str_starts(written, STR("//"))) return OK;
    if (resolve(&f->item_arena, name.folder, written, &path) && exists(f, path)) {
        *ret_path = path;
    } else if (resolve(&f->item_arena, (str){0}, written, &path)) {
        *ret_path = path;
    }
    return OK;
}

/* The picture's number in the archive as text; empty when it is not to be had, which is noted. In
 * the survey the parent is told that it is wanted. */
static err ask_picture(struct folder *f, str written, str *ret_number) {
    struct arena *a = &f->item_arena;
    str path = {0};
    TRY(picture_path(f, written, &path));
    *ret_number = (str){0};
    if (f->is_survey) {
        struct item_picture wanted = {.address = path.len > 0 ? path : written};
        item_fit(&item_picture_shape, &wanted);
        return item_send(a, f->socket, ITEM_PICTURE, &item_picture_shape, &wanted);
    }
    const struct job_picture *found = table_get(&f->job->by_address, path.len > 0 ? path : written);
    if (found == NULL || found->media == 0) return add_note(f, STR("picture"), written);
    return arena_printf(a, ret_number, "%lld", (long long)found->media);
}

static err answer(void *context, bool is_picture, str destination, enum relink_verdict *ret_verdict,
                  str *ret_destination) {
    struct folder *f = context;
    struct arena *a = &f->item_arena;
    struct folder_file name = {0};
    str path = {0};
    if (is_picture) {
        TRY(ask_picture(f, destination, &path));
        *ret_verdict = path.len > 0 ? RELINK_KEEP : RELINK_REMOVE;
        return arena_printf(a, ret_destination, "media:" STR_FMT, STR_ARG(path));
    }
    *ret_verdict = RELINK_KEEP;
    *ret_destination = destination;
    bool is_elsewhere = str_find_byte(destination, ':') != STR_NONE ||
                        str_starts(destination, STR("//")) || str_starts(destination, STR("#"));
    if (is_elsewhere || destination.len == 0) return OK;
    TRY(folder_name(&f->item_arena, f->path, &name));
    TRY(address_decode(a, destination, &path));
    const struct job_link *link = table_get(&f->job->links, path);
    bool is_inside = resolve(a, name.folder, path, &path);
    if (link == NULL && is_inside) link = table_get(&f->job->links, path);
    if (link != NULL) {
        *ret_destination = link->path;
        return OK;
    }
    /* A file beside the text: the gate lets no file but pictures out. */
    if (is_inside && !folder_is_markdown(path) && exists(f, path) &&
        folder_cut_ending(path).len < path.len) {
        *ret_verdict = RELINK_REMOVE;
        f->entry->links_removed++;
        return add_note(f, STR("link"), destination);
    }
    f->entry->links_unknown++;
    return OK;
}

/* --- One file --- */

static err set_status(struct folder *f) {
    struct item_entry *entry = f->entry;
    int64_t now = f->job->sys->now_seconds(f->job->sys->ctx);
    enum archive_status status = ARCHIVE_PUBLISHED;
    const struct front_field *field = front_find(f->matter, STR("status"));
    if (field != NULL && field->value.len > 0 && !archive_status_of(field->value, &status)) {
        FAIL(ERR_INVALID,
             STR_FMT ": line %lld: status is none of draft, review, scheduled, "
                     "published, withdrawn",
             STR_ARG(f->path), (long long)field->line);
    }
    str draft = front_text(f->matter, STR("draft"));
    str published = front_text(f->matter, STR("published"));
    int64_t when = 0;
    /* Whatever is not a clear word for public is a draft. */
    bool is_draft = (draft.len > 0 && !str_eq_nocase(draft, STR("false"))) ||
                    (published.len > 0 && !str_eq_nocase(published, STR("true")) &&
                     !date_parse(published, &when)) ||
                    str_starts(f->path, STR("_drafts/")) || str_contains(f->path, STR("/_drafts/"));
    if (is_draft) status = ARCHIVE_DRAFT;
    if (status == ARCHIVE_PUBLISHED && entry->published > now) status = ARCHIVE_SCHEDULED;
    if (status == ARCHIVE_SCHEDULED && entry->published <= now) {
        status = ARCHIVE_DRAFT;
        TRY(add_note(f, STR("status"), STR("was scheduled for a time that has passed: a draft")));
    }
    if (status == ARCHIVE_WITHDRAWN) entry->skipped = STR("it was withdrawn");
    entry->status = archive_status_name(status);
    return OK;
}

static err set_kind(struct folder *f) {
    enum archive_kind kind = ARCHIVE_POST;
    const struct front_field *field = front_find(f->matter, STR("kind"));
    str loose = text_of(f, (const char *const[]){"type", "layout", NULL});
    if (field != NULL && field->value.len > 0 && !archive_kind_of(field->value, &kind)) {
        FAIL(ERR_INVALID, STR_FMT ": line %lld: kind is none of story, post, report, page",
             STR_ARG(f->path), (long long)field->line);
    }
    if (field == NULL && !archive_kind_of(loose, &kind)) kind = ARCHIVE_POST;
    f->entry->kind = archive_kind_name(kind);
    return OK;
}

static err set_topics(struct folder *f) {
    static const char *const keys[] = {"topics", "categories", "tags"};
    struct item_entry *entry = f->entry;
    struct item_text *texts[COUNT_OF(keys)];
    size_t counts[COUNT_OF(keys)];
    size_t total = 0;
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        TRY(texts_of(f, keys[i], &texts[i], &counts[i]));
        total += counts[i];
    }
    entry->topics = arena_array(&f->item_arena, total, sizeof *entry->topics);
    if (entry->topics == NULL) FAIL(ERR_NO_MEMORY, "no memory for topics");
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        for (size_t n = 0; n < counts[i]; n++) {
            entry->topics[entry->topic_count++].name = utf8_cut(texts[i][n].text, LIMIT_NAME_BYTES);
        }
    }
    return OK;
}

static err set_people(struct folder *f) {
    static const char *const keys[] = {"contributors", "authors", "author"};
    struct item_entry *entry = f->entry;
    const struct front_field *field = NULL;
    for (size_t i = 0; i < COUNT_OF(keys) && field == NULL; i++) {
        field = front_find(f->matter, str_of(keys[i]));
    }
    entry->people = arena_array(&f->item_arena, items_in(field), sizeof *entry->people);
    if (entry->people == NULL) FAIL(ERR_NO_MEMORY, "no memory for contributors");
    if (field == NULL) return OK;
    if (field->value.len > 0) entry->people[entry->person_count++].name = field->value;
    for (const struct front_item *item = field->items; item != NULL; item = item->next) {
        struct item_person person = {.name = item->value};
        bool is_withheld = str_eq_nocase(front_of(item->map, STR("withheld")), STR("true"));
        if (item->map != NULL) {
            person.name = is_withheld ? (str){0} : front_of(item->map, STR("name"));
            person.role = front_of(item->map, STR("role"));
            person.organisation = front_of(item->map, STR("organisation"));
        }
        if (person.name.len == 0 && !is_withheld) {
            FAIL(ERR_INVALID, STR_FMT ": line %lld: a contributor needs a name, or withheld: true",
                 STR_ARG(f->path), (long long)field->line);
        }
        entry->people[entry->person_count++] = person;
    }
    return OK;
}

static err set_old_paths(struct folder *f) {
    struct item_entry *entry = f->entry;
    struct arena *a = &f->item_arena;
    struct item_text *slugs = NULL;
    struct item_text *aliases = NULL;
    size_t slug_count = 0;
    size_t alias_count = 0;
    str path = {0};
    entry->origin = front_text(f->matter, STR("url"));
    bool is_address =
        str_starts(entry->origin, STR("https://")) || str_starts(entry->origin, STR("http://"));
    bool is_published = str_eq(entry->status, STR("published"));
    TRY(texts_of(f, "old_slugs", &slugs, &slug_count));
    TRY(texts_of(f, "aliases", &aliases, &alias_count));
    entry->old_paths = arena_array(a, slug_count + alias_count + 1, sizeof *entry->old_paths);
    if (entry->old_paths == NULL) FAIL(ERR_NO_MEMORY, "no memory for old addresses");
    str host = is_address ? entry->origin : (str){0};
    TRY(address_on_site(a, entry->origin, host, &path));
    if (path.len > 1) entry->old_paths[entry->old_path_count++].text = path;
    if (!is_address || !is_published) entry->origin = (str){0}; /* only what was public has one */
    for (size_t i = 0; i < alias_count; i++) {
        if (!str_starts(aliases[i].text, STR("/"))) continue;
        TRY(address_without_empty_parts(a, aliases[i].text,
                                        &entry->old_paths[entry->old_path_count++].text));
    }
    /* An old slug stood where the new one stands. */
    bool is_page = str_eq(entry->kind, STR("page"));
    bool is_report = str_eq(entry->kind, STR("report"));
    for (size_t i = 0; i < slug_count; i++) {
        TRY(arena_printf(a, &entry->old_paths[entry->old_path_count++].text,
                         "/" STR_FMT "/%s" STR_FMT "/", STR_ARG(entry->language),
                         is_page     ? ""
                         : is_report ? "reports/"
                                     : "blog/",
                         STR_ARG(slugs[i].text)));
    }
    return OK;
}

static err note_unknown_keys(struct folder *f) {
    static const char *const known[] = {
        "title",       "deck",           "kind",          "language",
        "lang",        "group",          "slug",          "date",
        "updated",     "status",         "topics",        "contributors",
        "cover",       "cover_alt",      "cover_caption", "cover_credit",
        "reports",     "related",        "publisher",     "report_language",
        "pages",       "size_bytes",     "link",          "url",
        "old_slugs",   "description",    "summary",       "subtitle",
        "categories",  "tags",           "draft",         "published",
        "type",        "layout",         "lastmod",       "last_modified_at",
        "publishDate", "author",         "authors",       "aliases",
        "image",       "featured_image", "translationKey"};
    for (const struct front_field *field = f->matter->fields; field != NULL; field = field->next) {
        bool is_known = false;
        for (size_t i = 0; i < COUNT_OF(known) && !is_known; i++) {
            is_known = str_eq(field->key, str_of(known[i]));
        }
        if (!is_known) TRY(add_note(f, STR("key"), field->key));
    }
    return OK;
}

static err set_cover(struct folder *f) {
    struct item_entry *entry = f->entry;
    str written = text_of(f, (const char *const[]){"cover", "image", "featured_image", NULL});
    if (written.len == 0) return OK;
    entry->cover_alt = front_text(f->matter, STR("cover_alt"));
    entry->cover_caption = front_text(f->matter, STR("cover_caption"));
    entry->cover_credit = front_text(f->matter, STR("cover_credit"));
    return ask_picture(f, written, &entry->cover);
}

static err set_names(struct folder *f) {
    struct item_entry *entry = f->entry;
    struct folder_file name = {0};
    int64_t day = 0;
    TRY(folder_name(&f->item_arena, f->path, &name));
    entry->language = text_of(f, (const char *const[]){"language", "lang", NULL});
    if (entry->language.len == 0) entry->language = name.language;
    if (entry->language.len == 0) entry->language = f->job->language;
    entry->slug = front_text(f->matter, STR("slug"));
    if (entry->slug.len == 0) entry->slug = name.slug;
    entry->group = text_of(f, (const char *const[]){"group", "translationKey", NULL});
    if (entry->group.len == 0) entry->group = name.story;
    entry->title = front_text(f->matter, STR("title"));
    if (entry->title.len == 0) entry->title = name.slug;
    entry->label = entry->title;
    entry->deck =
        text_of(f, (const char *const[]){"deck", "description", "summary", "subtitle", NULL});
    if (name.date.len > 0 && date_parse(name.date, &day)) entry->published = day;
    TRY(time_of(f, (const char *const[]){"date", "publishDate", NULL}, &entry->published));
    return time_of(f, (const char *const[]){"updated", "lastmod", "last_modified_at", NULL},
                   &entry->updated);
}

static err set_body(struct folder *f) {
    struct buf b;
    struct relink how = {.context = f, .answer = answer};
    buf_init(&b, &f->item_arena, LIMIT_BODY_BYTES);
    str body = str_trim(f->matter->body);
    TRY(relink(&b, body, &how));
    if (body.len > 0) buf_add_byte(&b, '\n');
    TRY(buf_finish(&b, &f->entry->body));
    if (str_contains(body, STR("{{<")) || str_contains(body, STR("{{%"))) {
        TRY(add_note(f, STR("shortcode"), STR("{{ }} of the site generator stands in the text")));
    }
    return OK;
}

static err make_entry(struct folder *f) {
    struct item_entry *entry = f->entry;
    TRY(set_names(f));
    TRY(set_kind(f));
    TRY(set_status(f));
    TRY(set_topics(f));
    TRY(set_people(f));
    TRY(set_old_paths(f));
    TRY(set_cover(f));
    TRY(texts_of(f, "related", &entry->related, &entry->related_count));
    TRY(texts_of(f, "reports", &entry->reports, &entry->report_count));
    entry->publisher = front_text(f->matter, STR("publisher"));
    entry->report_language = front_text(f->matter, STR("report_language"));
    entry->link = front_text(f->matter, STR("link"));
    TRY(number_of(f, "pages", &entry->pages));
    TRY(number_of(f, "size_bytes", &entry->bytes));
    TRY(note_unknown_keys(f));
    TRY(set_body(f));
    if (f->is_survey) entry->body = (str){0};
    return OK;
}

static err take_file(struct folder *f, str path) {
    struct arena *a = &f->item_arena;
    struct front_matter matter = {0};
    struct item_entry entry = {.source = path, .type = STR("file"), .label = path};
    str bytes = {0};
    f->path = path;
    f->entry = &entry;
    f->matter = &matter;
    TRY(file_read(a, f->root, path, LIMIT_TEXT_FILE_BYTES, &bytes));
    err e = front_matter_read(a, bytes, &matter);
    if (e.kind != ERR_NONE) return err_wrap(e, STR_FMT, STR_ARG(path));
    TRY(make_entry(f));
    entry.type = entry.kind;
    if (item_fit(&item_entry_shape, &entry) > 0) {
        TRY(add_note(f, STR("length"), STR("a field was longer than is kept, and was cut")));
    }
    return item_send(a, f->socket, ITEM_ENTRY, &item_entry_shape, &entry);
}

static err read_all(struct job *job, int input, int socket, bool is_survey) {
    struct folder f = {.job = job, .root = input, .socket = socket, .is_survey = is_survey};
    CLEANUP(arena_done) struct arena own; /* the list of files */
    arena_init(&own, job->sys, INTAKE_ITEM_BYTES);
    str *files = NULL;
    size_t count = 0;
    struct item_site site = {.language = job->language};
    if (is_survey) TRY(item_send(&own, socket, ITEM_SITE, &item_site_shape, &site));
    TRY(folder_list(&own, input, &files, &count));
    for (size_t i = 0; i < count; i++) {
        arena_init(&f.item_arena, job->sys, INTAKE_ITEM_BYTES);
        err e = take_file(&f, files[i]);
        arena_done(&f.item_arena);
        TRY(e);
    }
    return OK;
}

static err survey(void *job, int input, int socket) { return read_all(job, input, socket, true); }
static err convert(void *job, int input, int socket) { return read_all(job, input, socket, false); }

static const struct intake_source folder_source = {
    .survey = survey, .convert = convert, .is_folder = true, .prefix = "folder:"};

err intake_folder(struct arena *a, const struct intake_options *options, str path,
                  struct intake_report *ret_report) {
    return intake_run(a, options, &folder_source, path, ret_report);
}
