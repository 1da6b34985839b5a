/* wordpress.c: the child's half of a WordPress import: WXR items become entries. See intake.h. */
#include <string.h>

#include "base/date.h"
#include "base/unicode.h"
#include "intake/address.h"
#include "intake/html.h"
#include "intake/intake_impl.h"
#include "intake/wxr.h"

struct wordpress {
    struct job *job;
    struct arena item_arena; /* of the item being read; wxr_read resets it */
    struct arena own;        /* authors: as long as the reading */
    struct table authors;    /* login -> str: the name shown */
    int socket;
    bool is_survey;
    str base;
    str language;
    struct item_entry *entry; /* the one being made */
};

/* --- The channel --- */

/* "en-US" is WordPress's way to say English: the site's language is the first part. */
static str language_of(struct wordpress *wp, str language) {
    str first = {0};
    str rest = {0};
    if (wp->job->options->language.len > 0) return wp->job->options->language;
    str_cut(language, '-', &first, &rest);
    bool is_tag = first.len >= 2 && first.len <= 3;
    for (size_t i = 0; i < first.len; i++) {
        if (first.ptr[i] < 'a' || first.ptr[i] > 'z') is_tag = false;
    }
    return is_tag ? first : STR("en");
}

static err take_channel(void *context, const struct wxr_channel *channel) {
    struct wordpress *wp = context;
    struct arena *a = &wp->own;
    str base = channel->base_url.len > 0 ? channel->base_url : channel->link;
    while (str_ends(base, STR("/"))) base.len--;
    TRY(arena_copy(a, base, &wp->base));
    TRY(arena_copy(a, language_of(wp, channel->language), &wp->language));
    if (!wp->is_survey) return OK;
    struct item_site site = {.address = wp->base, .language = wp->language};
    TRY(html_plain(a, channel->title, &site.name));
    TRY(html_plain(a, channel->description, &site.description));
    item_fit(&item_site_shape, &site);
    return item_send(a, wp->socket, ITEM_SITE, &item_site_shape, &site);
}

static err take_author(void *context, const struct wxr_author *author) {
    struct wordpress *wp = context;
    str *name = arena_alloc(&wp->own, sizeof *name);
    str login = {0};
    if (name == NULL) FAIL(ERR_NO_MEMORY, "no memory for an author");
    TRY(arena_copy(&wp->own, author->login, &login));
    TRY(html_plain(&wp->own, author->name, name));
    wp->authors.arena = &wp->own;
    return table_put(&wp->authors, login, name);
}

/* --- Notes --- */

static err add_note(struct wordpress *wp, str what, str detail) {
    struct item_entry *entry = wp->entry;
    struct arena *a = &wp->item_arena;
    if (entry->note_count >= ITEM_NOTES_MAX) return OK;
    size_t count = entry->note_count;
    if ((count & (count - 1)) == 0) { /* full at every power of two */
        size_t room = count == 0 ? 1 : count * 2;
        struct item_note *grown =
            arena_grow(a, entry->notes, count * sizeof *grown, room * sizeof *grown);
        if (grown == NULL) FAIL(ERR_NO_MEMORY, "no memory for a note");
        entry->notes = grown;
    }
    entry->notes[entry->note_count++] = (struct item_note){what, detail};
    return OK;
}

/* --- What the text points at --- */

static err answer_picture(void *context, struct html_picture *picture) {
    struct wordpress *wp = context;
    struct arena *a = &wp->item_arena;
    struct job_picture *found = NULL;
    if (wp->is_survey) {
        struct item_picture wanted = {.address = picture->url};
        picture->media = STR("0");
        item_fit(&item_picture_shape, &wanted);
        if (picture->url.len == 0) return OK;
        return item_send(a, wp->socket, ITEM_PICTURE, &item_picture_shape, &wanted);
    }
    if (picture->url.len > 0) found = job_picture_at(wp->job, a, picture->url);
    if ((found == NULL || found->media == 0) && picture->id > 0) {
        found = job_picture_number(wp->job, (int64_t)picture->id);
    }
    if (found == NULL || found->media == 0) {
        if (picture->url.len > 0 || found == NULL) return OK;
        picture->url = found->address;
        return OK;
    }
    struct job_picture *attachment = job_picture_number(wp->job, (int64_t)picture->id);
    if (attachment == NULL) attachment = found;
    if (picture->alt.len == 0) picture->alt = attachment->alt;
    picture->caption = attachment->caption;
    return arena_printf(a, &picture->media, "%lld", (long long)found->media);
}

/* Links to uploads go: the gate lets no file but pictures out, and a picture is shown, not linked.
 * Links to items that came along lead to their new place. */
static err answer_link(void *context, str url, enum html_link_verdict *ret_verdict, str *ret_url) {
    struct wordpress *wp = context;
    struct arena *a = &wp->item_arena;
    str upload = {0};
    str path = {0};
    *ret_url = url;
    *ret_verdict = HTML_LINK_KEEP;
    TRY(address_of_upload(a, url, &upload));
    if (upload.len > 0) {
        *ret_verdict = HTML_LINK_REMOVE;
        wp->entry->links_removed++;
        return OK;
    }
    TRY(address_on_site(a, url, wp->base, &path));
    if (path.len == 0) return OK;
    struct job_link *link = table_get(&wp->job->links, path);
    if (link == NULL && !str_ends(path, STR("/"))) {
        TRY(arena_printf(a, &path, STR_FMT "/", STR_ARG(path)));
        link = table_get(&wp->job->links, path);
    }
    if (link == NULL)
        wp->entry->links_unknown++;
    else
        *ret_url = link->path;
    return OK;
}

/* --- One item --- */

static err set_status(struct wordpress *wp, const struct wxr_item *item) {
    struct item_entry *entry = wp->entry;
    int64_t now = wp->job->sys->now_seconds(wp->job->sys->ctx);
    bool is_public = str_eq(item->status, STR("publish"));
    entry->status = is_public ? STR("published") : STR("draft");
    entry->published = is_public || str_eq(item->status, STR("future")) ? item->published : 0;
    entry->updated = item->modified;
    if (item->password.len > 0) {
        entry->status = STR("draft");
        TRY(add_note(wp, STR("status"), STR("was protected by a password, so it is a draft")));
    } else if (str_eq(item->status, STR("private"))) {
        TRY(add_note(wp, STR("status"), STR("was private, so it is a draft")));
    } else if (str_eq(item->status, STR("pending"))) {
        TRY(add_note(wp, STR("status"), STR("was waiting for review, so it is a draft")));
    } else if (str_eq(item->status, STR("future")) && item->published > now) {
        entry->status = STR("scheduled");
    } else if (str_eq(item->status, STR("future"))) {
        TRY(add_note(wp, STR("status"), STR("was scheduled for a time that has passed: a draft")));
    } else if (is_public) {
        /* A public address is what adoption stands on: only what was public has one. */
        bool is_address =
            str_starts(item->link, STR("https://")) || str_starts(item->link, STR("http://"));
        if (is_address) entry->origin = item->link;
    }
    return OK;
}

static err set_old_paths(struct wordpress *wp, const struct wxr_item *item) {
    struct item_entry *entry = wp->entry;
    struct arena *a = &wp->item_arena;
    str path = {0};
    size_t count = 1;
    for (struct wxr_text *slug = item->old_slugs; slug != NULL; slug = slug->next) count++;
    TRY(address_on_site(a, item->link, wp->base, &path));
    if (path.len < 2 || str_find_byte(path, '?') != STR_NONE) return OK; /* "/?p=1" is no path */
    entry->old_paths = arena_array(a, count, sizeof *entry->old_paths);
    if (entry->old_paths == NULL) FAIL(ERR_NO_MEMORY, "no memory for old addresses");
    entry->old_paths[entry->old_path_count++].text = path;
    bool has_slash = str_ends(path, STR("/"));
    size_t end = path.len - (has_slash ? 1 : 0);
    while (end > 0 && path.ptr[end - 1] != '/') end--;
    for (struct wxr_text *slug = item->old_slugs; slug != NULL; slug = slug->next) {
        str decoded = {0};
        TRY(address_decode(a, slug->text, &decoded));
        if (str_find_byte(decoded, '/') != STR_NONE) continue;
        TRY(arena_printf(a, &entry->old_paths[entry->old_path_count++].text, STR_FMT STR_FMT "%s",
                         STR_ARG(str_slice(path, 0, end)), STR_ARG(decoded), has_slash ? "/" : ""));
    }
    return OK;
}

static err set_topics(struct wordpress *wp, const struct wxr_item *item) {
    struct item_entry *entry = wp->entry;
    struct arena *a = &wp->item_arena;
    size_t count = 0;
    for (struct wxr_term *term = item->terms; term != NULL; term = term->next) count++;
    entry->topics = arena_array(a, count, sizeof *entry->topics);
    if (entry->topics == NULL) FAIL(ERR_NO_MEMORY, "no memory for topics");
    for (struct wxr_term *term = item->terms; term != NULL; term = term->next) {
        bool is_topic = str_eq(term->taxonomy, STR("category")) ||
                        str_eq(term->taxonomy, STR("post_tag")) ||
                        str_eq(term->taxonomy, STR("tag"));
        bool is_own = str_eq(term->taxonomy, STR("post_format")) ||
                      str_eq(term->taxonomy, STR("nav_menu")) ||
                      str_eq(term->slug, STR("uncategorized"));
        struct item_topic topic = {0};
        TRY(address_decode(a, term->slug, &topic.slug));
        TRY(html_plain(a, term->name, &topic.name));
        topic.name = utf8_cut(topic.name, LIMIT_NAME_BYTES);
        if (topic.name.len == 0) topic.name = topic.slug;
        if (is_topic && !is_own && topic.name.len > 0) {
            entry->topics[entry->topic_count++] = topic;
        } else if (!is_topic && !is_own) {
            str detail = {0};
            TRY(arena_printf(a, &detail, STR_FMT ": " STR_FMT, STR_ARG(term->taxonomy),
                             STR_ARG(topic.name)));
            TRY(add_note(wp, STR("term"), detail));
        }
    }
    return OK;
}

static err set_title(struct wordpress *wp, const struct wxr_item *item) {
    struct item_entry *entry = wp->entry;
    struct arena *a = &wp->item_arena;
    TRY(address_decode(a, item->post_name, &entry->slug));
    TRY(html_plain(a, item->title, &entry->title));
    str whole = entry->title;
    entry->title = utf8_cut(whole, LIMIT_TITLE_BYTES);
    if (entry->title.len < whole.len) TRY(add_note(wp, STR("title"), STR("was cut: too long")));
    if (entry->title.len == 0) {
        /* A page needs a name; the slug is the nearest to what its readers knew it by. */
        TRY(add_note(wp, STR("title"), STR("had none: made from its address")));
        TRY(arena_copy(a, entry->slug, &entry->title));
        if (entry->title.len == 0)
            TRY(arena_printf(a, &entry->title, STR_FMT, STR_ARG(entry->source)));
    }
    entry->label = entry->title;
    return html_plain(a, item->excerpt, &entry->deck);
}

static err set_people(struct wordpress *wp, const struct wxr_item *item) {
    struct item_entry *entry = wp->entry;
    if (item->creator.len == 0 || str_eq(entry->kind, STR("page"))) return OK;
    const str *name = table_get(&wp->authors, item->creator);
    entry->people = arena_array(&wp->item_arena, 1, sizeof *entry->people);
    if (entry->people == NULL) FAIL(ERR_NO_MEMORY, "no memory for a contributor");
    entry->people[0].name = utf8_cut(name != NULL ? *name : item->creator, LIMIT_NAME_BYTES);
    entry->person_count = entry->people[0].name.len > 0 ? 1 : 0;
    return OK;
}

static err set_cover(struct wordpress *wp, const struct wxr_item *item) {
    struct item_entry *entry = wp->entry;
    uint64_t number = 0;
    if (wp->is_survey || !str_to_u64(item->thumbnail_id, &number)) return OK;
    struct job_picture *picture = job_picture_number(wp->job, (int64_t)number);
    if (picture == NULL || picture->media == 0) {
        str detail = picture == NULL ? item->thumbnail_id : picture->address;
        return add_note(wp, STR("cover"), detail);
    }
    entry->cover_alt = picture->alt;
    entry->cover_caption = picture->caption;
    return arena_printf(&wp->item_arena, &entry->cover, "%lld", (long long)picture->media);
}

static err set_body(struct wordpress *wp, const struct wxr_item *item) {
    struct item_entry *entry = wp->entry;
    struct html_result result = {0};
    struct html_world world = {.context = wp, .picture = answer_picture, .link = answer_link};
    struct job_family *family = table_get(&wp->job->families, item->post_id);
    if (family != NULL) {
        world.attachments = family->numbers;
        world.attachment_count = family->count;
    }
    TRY(html_to_markdown(&wp->item_arena, item->content, &world, &result));
    if (wp->is_survey) return OK;
    entry->body = result.markdown;
    for (struct html_note *note = result.notes; note != NULL; note = note->next) {
        TRY(add_note(wp, note->what, note->detail));
    }
    return OK;
}

/* Why an item of this type is not imported; empty when it is. */
static str reason_to_skip(const struct wxr_item *item, bool has_name) {
    bool is_text = str_eq(item->type, STR("post")) || str_eq(item->type, STR("page"));
    if (!has_name) return STR("it has neither a number nor an address to know it by");
    if (item->type.len == 0) return STR("it does not say what it is");
    if (str_eq(item->type, STR("nav_menu_item"))) return STR("a line of a menu");
    if (str_eq(item->type, STR("revision"))) return STR("an old revision");
    if (!is_text) return STR("a type made by a theme or plug-in");
    if (str_eq(item->status, STR("trash"))) return STR("it was in the trash");
    if (str_eq(item->status, STR("auto-draft"))) return STR("an empty draft WordPress made itself");
    return (str){0};
}

static err make_entry(struct wordpress *wp, const struct wxr_item *item) {
    struct item_entry *entry = wp->entry;
    entry->kind = str_eq(item->type, STR("page")) ? STR("page") : STR("post");
    entry->language = wp->language;
    TRY(set_title(wp, item));
    TRY(set_status(wp, item));
    TRY(set_old_paths(wp, item));
    TRY(set_topics(wp, item));
    TRY(set_people(wp, item));
    TRY(set_cover(wp, item));
    return set_body(wp, item);
}

static err send_file(struct wordpress *wp, const struct wxr_item *item) {
    struct arena *a = &wp->item_arena;
    uint64_t number = 0;
    if (!str_to_u64(item->post_id, &number) || number > INT64_MAX) number = 0;
    struct item_file file = {.source = wp->entry->source,
                             .number = (int64_t)number,
                             .parent = item->parent > INT64_MAX ? 0 : (int64_t)item->parent,
                             .address = item->attachment_url,
                             .path = item->attached_file};
    if (file.address.len == 0) file.address = item->guid;
    if (file.path.len == 0) TRY(address_of_upload(a, file.address, &file.path));
    if (!address_is_safe(file.path)) file.path = (str){0};
    TRY(html_plain(a, item->title, &file.title));
    TRY(html_plain(a, item->alt, &file.alt));
    TRY(html_plain(a, item->excerpt, &file.caption));
    item_fit(&item_file_shape, &file);
    return item_send(a, wp->socket, ITEM_FILE, &item_file_shape, &file);
}

static err take_item(void *context, const struct wxr_item *item) {
    struct wordpress *wp = context;
    struct arena *a = &wp->item_arena;
    struct item_entry entry = {.type = item->type, .comments = (int64_t)item->comments};
    str name = item->post_id.len > 0 ? item->post_id : item->guid;
    wp->entry = &entry;
    if (entry.type.len == 0) entry.type = STR("unknown");
    TRY(arena_printf(a, &entry.source, "%s:" STR_FMT, item->post_id.len > 0 ? "post" : "guid",
                     STR_ARG(name)));
    if (str_eq(item->type, STR("attachment"))) {
        return wp->is_survey ? send_file(wp, item) : OK;
    }
    TRY(html_plain(a, item->title, &entry.label));
    entry.skipped = reason_to_skip(item, name.len > 0);
    if (entry.skipped.len == 0) {
        err e = make_entry(wp, item);
        /* One monstrous item is one item that is not imported. */
        bool is_too_much = e.kind == ERR_LIMIT || e.kind == ERR_NO_MEMORY;
        if (e.kind != ERR_NONE && !is_too_much) return e;
        if (is_too_much) {
            entry = (struct item_entry){.source = entry.source,
                                        .type = entry.type,
                                        .label = entry.label,
                                        .comments = entry.comments};
            entry.skipped = STR("its text is larger than can be taken in");
        }
    }
    if (item_fit(&item_entry_shape, &entry) > 0 && entry.skipped.len == 0) {
        TRY(add_note(wp, STR("length"), STR("a field was longer than is kept, and was cut")));
    }
    return item_send(a, wp->socket, ITEM_ENTRY, &item_entry_shape, &entry);
}

static err read_all(struct job *job, int input, int socket, bool is_survey) {
    struct wordpress wp = {.job = job, .socket = socket, .is_survey = is_survey};
    arena_init(&wp.item_arena, job->sys, INTAKE_ITEM_BYTES);
    arena_init(&wp.own, job->sys, INTAKE_ITEM_BYTES);
    wp.base = job->site.address;
    wp.language = job->language;
    struct wxr_sink sink = {
        .context = &wp, .channel = take_channel, .author = take_author, .item = take_item};
    err e = wxr_read(&wp.item_arena, input, job->report->source, &sink);
    arena_done(&wp.item_arena);
    arena_done(&wp.own);
    return e;
}

static err survey(void *job, int input, int socket) { return read_all(job, input, socket, true); }
static err convert(void *job, int input, int socket) { return read_all(job, input, socket, false); }

static const struct intake_source wordpress_source = {
    .survey = survey, .convert = convert, .prefix = "wordpress:"};

err intake_wordpress(struct arena *a, const struct intake_options *options, str path,
                     struct intake_report *ret_report) {
    return intake_run(a, options, &wordpress_source, path, ret_report);
}
