/* wxr.c: see wxr.h. libxml2's xmlTextReader does the XML; here are the elements we know. */
#include "intake/wxr.h"

#include <errno.h>
#include <libxml/xmlreader.h>
#include <string.h>

#include "base/date.h"
#include "base/unicode.h"

/* Which vocabulary a namespace belongs to. */
enum space { SPACE_NONE, SPACE_WP, SPACE_EXCERPT, SPACE_CONTENT, SPACE_DC, SPACE_OTHER };

/* The elements that hold others. */
enum place {
    PLACE_OUTSIDE,
    PLACE_RSS,
    PLACE_CHANNEL,
    PLACE_ITEM,
    PLACE_AUTHOR,
    PLACE_TERM,
    PLACE_META,
    PLACE_COMMENT
};

enum { PLACES_MAX = 8, XML_DEPTH_MAX = 256 };

struct reader {
    struct arena *arena; /* of one item, author or term: reset after each */
    const struct wxr_sink *sink;
    const struct sys *sys;
    int fd;
    str name;
    xmlTextReader *xml;

    enum place places[PLACES_MAX]; /* the open containers, outermost first */
    int depths[PLACES_MAX];
    size_t place_count;
    int ignored_depth; /* inside an element we do not know at this depth; -1: not */

    const struct field *field; /* whose text is being collected, or NULL */
    int field_depth;
    struct buf text;

    struct arena_mark start;
    struct arena own; /* what lives as long as the reading: the channel's texts */
    struct wxr_channel channel;
    bool has_told_channel;
    struct wxr_item item;
    struct wxr_author author;
    struct wxr_term term;
    struct wxr_term **terms_tail;
    struct wxr_text **slugs_tail;
    size_t term_count;
    str domain;
    str nicename;
    str meta_key;
    str post_date;

    int read_errno; /* the file could not be read; 0: it could */
    int error_line;
    char error[200];
};

/* --- Fields: where a text goes --- */

struct field {
    enum place place;
    enum space space;
    const char *name;
    size_t max;
    size_t at;                               /* the str in struct reader that keeps the text */
    err (*take)(struct reader *r, str text); /* or what is done with it */
};

enum { LINE = LIMIT_FIELD_BYTES };

/* The blog's own address wins over that of the site it may be part of. */
static err take_site_base(struct reader *r, str s) {
    return r->channel.base_url.len > 0 ? OK : arena_copy(&r->own, s, &r->channel.base_url);
}

static err take_parent(struct reader *r, str s) {
    if (!str_to_u64(s, &r->item.parent)) r->item.parent = 0;
    return OK;
}
static err take_sticky(struct reader *r, str s) {
    r->item.is_sticky = str_eq(s, STR("1"));
    return OK;
}
/* A draft's date in UTC is "0000-00-00 00:00:00" until it is published: no date. */
static err take_date_gmt(struct reader *r, str s) {
    if (!date_parse(s, &r->item.published)) r->item.published = 0;
    return OK;
}
static err take_modified(struct reader *r, str s) {
    if (!date_parse(s, &r->item.modified)) r->item.modified = 0;
    return OK;
}
static err take_pub_date(struct reader *r, str s) {
    if (r->item.published == 0 && !date_parse_mail(s, &r->item.published)) r->item.published = 0;
    return OK;
}

static err take_item_term(struct reader *r, str s) {
    if (r->nicename.len == 0 && r->domain.len == 0) return OK; /* WXR 1.0 says each twice */
    for (struct wxr_term *term = r->item.terms; term != NULL; term = term->next) {
        if (str_eq(term->slug, r->nicename) && str_eq(term->taxonomy, r->domain)) return OK;
    }
    if (r->term_count >= LIMIT_LIST_ITEMS) {
        r->item.terms_dropped++;
        return OK;
    }
    struct wxr_term *term = arena_alloc(r->arena, sizeof *term);
    if (term == NULL) FAIL(ERR_NO_MEMORY, "no memory for a term");
    *term = (struct wxr_term){.taxonomy = r->domain, .slug = r->nicename, .name = s};
    *r->terms_tail = term;
    r->terms_tail = &term->next;
    r->term_count++;
    return OK;
}

static err take_meta_value(struct reader *r, str s) {
    if (str_eq(r->meta_key, STR("_thumbnail_id"))) r->item.thumbnail_id = s;
    if (str_eq(r->meta_key, STR("_wp_attached_file"))) r->item.attached_file = s;
    if (str_eq(r->meta_key, STR("_wp_attachment_image_alt"))) r->item.alt = s;
    if (!str_eq(r->meta_key, STR("_wp_old_slug")) || s.len == 0) return OK;
    if (r->term_count >= LIMIT_LIST_ITEMS) return OK;
    struct wxr_text *slug = arena_alloc(r->arena, sizeof *slug);
    if (slug == NULL) FAIL(ERR_NO_MEMORY, "no memory for an old slug");
    slug->text = s;
    *r->slugs_tail = slug;
    r->slugs_tail = &slug->next;
    r->term_count++;
    return OK;
}

static const struct field FIELDS[] = {
    {PLACE_CHANNEL, SPACE_NONE, "title", LINE, offsetof(struct reader, channel.title), NULL},
    {PLACE_CHANNEL, SPACE_NONE, "link", LINE, offsetof(struct reader, channel.link), NULL},
    {PLACE_CHANNEL, SPACE_NONE, "description", LINE, offsetof(struct reader, channel.description),
     NULL},
    {PLACE_CHANNEL, SPACE_NONE, "language", LINE, offsetof(struct reader, channel.language), NULL},
    {PLACE_CHANNEL, SPACE_WP, "wxr_version", LINE, offsetof(struct reader, channel.version), NULL},
    {PLACE_CHANNEL, SPACE_WP, "base_site_url", LINE, 0, take_site_base},
    {PLACE_CHANNEL, SPACE_WP, "base_blog_url", LINE, offsetof(struct reader, channel.base_url),
     NULL},
    {PLACE_AUTHOR, SPACE_WP, "author_login", LINE, offsetof(struct reader, author.login), NULL},
    {PLACE_AUTHOR, SPACE_WP, "author_display_name", LINE, offsetof(struct reader, author.name),
     NULL},
    {PLACE_TERM, SPACE_WP, "category_nicename", LINE, offsetof(struct reader, term.slug), NULL},
    {PLACE_TERM, SPACE_WP, "cat_name", LINE, offsetof(struct reader, term.name), NULL},
    {PLACE_TERM, SPACE_WP, "tag_slug", LINE, offsetof(struct reader, term.slug), NULL},
    {PLACE_TERM, SPACE_WP, "tag_name", LINE, offsetof(struct reader, term.name), NULL},
    {PLACE_TERM, SPACE_WP, "term_slug", LINE, offsetof(struct reader, term.slug), NULL},
    {PLACE_TERM, SPACE_WP, "term_name", LINE, offsetof(struct reader, term.name), NULL},
    {PLACE_TERM, SPACE_WP, "term_taxonomy", LINE, offsetof(struct reader, term.taxonomy), NULL},
    {PLACE_ITEM, SPACE_NONE, "title", LINE, offsetof(struct reader, item.title), NULL},
    {PLACE_ITEM, SPACE_NONE, "link", LINE, offsetof(struct reader, item.link), NULL},
    {PLACE_ITEM, SPACE_NONE, "guid", LINE, offsetof(struct reader, item.guid), NULL},
    {PLACE_ITEM, SPACE_NONE, "pubDate", LINE, 0, take_pub_date},
    {PLACE_ITEM, SPACE_NONE, "category", LINE, 0, take_item_term},
    {PLACE_ITEM, SPACE_DC, "creator", LINE, offsetof(struct reader, item.creator), NULL},
    {PLACE_ITEM, SPACE_CONTENT, "encoded", 3 * LIMIT_BODY_BYTES,
     offsetof(struct reader, item.content), NULL},
    {PLACE_ITEM, SPACE_EXCERPT, "encoded", LIMIT_BODY_BYTES, offsetof(struct reader, item.excerpt),
     NULL},
    {PLACE_ITEM, SPACE_WP, "post_id", LINE, offsetof(struct reader, item.post_id), NULL},
    {PLACE_ITEM, SPACE_WP, "post_name", LINE, offsetof(struct reader, item.post_name), NULL},
    {PLACE_ITEM, SPACE_WP, "post_date", LINE, offsetof(struct reader, post_date), NULL},
    {PLACE_ITEM, SPACE_WP, "post_date_gmt", LINE, 0, take_date_gmt},
    {PLACE_ITEM, SPACE_WP, "post_modified_gmt", LINE, 0, take_modified},
    {PLACE_ITEM, SPACE_WP, "status", LINE, offsetof(struct reader, item.status), NULL},
    {PLACE_ITEM, SPACE_WP, "post_parent", LINE, 0, take_parent},
    {PLACE_ITEM, SPACE_WP, "post_type", LINE, offsetof(struct reader, item.type), NULL},
    {PLACE_ITEM, SPACE_WP, "post_password", LINE, offsetof(struct reader, item.password), NULL},
    {PLACE_ITEM, SPACE_WP, "is_sticky", LINE, 0, take_sticky},
    {PLACE_ITEM, SPACE_WP, "attachment_url", LINE, offsetof(struct reader, item.attachment_url),
     NULL},
    {PLACE_META, SPACE_WP, "meta_key", LINE, offsetof(struct reader, meta_key), NULL},
    {PLACE_META, SPACE_WP, "meta_value", LIMIT_BODY_BYTES, 0, take_meta_value},
};

struct container {
    enum place inside;
    enum space space;
    const char *name;
    enum place becomes;
};
static const struct container CONTAINERS[] = {
    {PLACE_OUTSIDE, SPACE_NONE, "rss", PLACE_RSS},
    {PLACE_RSS, SPACE_NONE, "channel", PLACE_CHANNEL},
    {PLACE_CHANNEL, SPACE_NONE, "item", PLACE_ITEM},
    {PLACE_CHANNEL, SPACE_WP, "author", PLACE_AUTHOR},
    {PLACE_CHANNEL, SPACE_WP, "category", PLACE_TERM},
    {PLACE_CHANNEL, SPACE_WP, "tag", PLACE_TERM},
    {PLACE_CHANNEL, SPACE_WP, "term", PLACE_TERM},
    {PLACE_ITEM, SPACE_WP, "postmeta", PLACE_META},
    {PLACE_ITEM, SPACE_WP, "comment", PLACE_COMMENT},
};

/* --- Namespaces --- */

/* "http://wordpress.org/export/1.N/" and its "excerpt/", with http or https. */
static enum space space_of(const xmlChar *uri) {
    str s = str_of((const char *)uri);
    if (s.len == 0) return SPACE_NONE;
    if (str_eq(s, STR("http://purl.org/rss/1.0/modules/content/"))) return SPACE_CONTENT;
    if (str_eq(s, STR("http://purl.org/dc/elements/1.1/"))) return SPACE_DC;
    str web = str_starts(s, STR("https://")) ? str_skip(s, 8) : str_skip(s, 7);
    str export = STR("wordpress.org/export/1.");
    if (!str_starts(s, STR("http")) || !str_starts(web, export)) return SPACE_OTHER;
    str rest = str_skip(web, export.len);
    while (rest.len > 0 && rest.ptr[0] >= '0' && rest.ptr[0] <= '9') rest = str_skip(rest, 1);
    if (str_eq(rest, STR("/"))) return SPACE_WP;
    return str_eq(rest, STR("/excerpt/")) ? SPACE_EXCERPT : SPACE_OTHER;
}

/* --- Errors --- */

static void note_error(void *context, xmlErrorPtr error) {
    struct reader *r = context;
    if (r->error_line != 0 || error->level < XML_ERR_ERROR) return;
    if (error->domain == XML_FROM_NAMESPACE) return; /* an odd address of a namespace is no error */
    r->error_line = error->line > 0 ? error->line : 1;
    str message = str_trim(str_of(error->message));
    message = utf8_cut(message, sizeof r->error - 1);
    if (utf8_is_valid(message)) memcpy(r->error, message.ptr, message.len);
}

static err bad(struct reader *r, const char *why) {
    int line = xmlTextReaderGetParserLineNumber(r->xml);
    FAIL(ERR_INVALID, STR_FMT ": line %d: %s", STR_ARG(r->name), line, why);
}

/* --- Walking --- */

static err tell_channel(struct reader *r) {
    if (r->has_told_channel) return OK;
    r->has_told_channel = true;
    str version = r->channel.version;
    str minor = {0};
    str major = {0};
    uint64_t number = 0;
    if (version.len == 0) return bad(r, "this is not a WordPress export: it has no WXR version");
    bool is_cut = str_cut(version, '.', &major, &minor);
    uint64_t ignored = 0;
    if (!is_cut || !str_to_u64(major, &number) || !str_to_u64(minor, &ignored)) {
        FAIL(ERR_INVALID,
             STR_FMT ": this is not a WordPress export: \"" STR_FMT "\" is no WXR version",
             STR_ARG(r->name), STR_ARG(utf8_cut(version, 40)));
    }
    if (number != 1) {
        FAIL(ERR_INVALID, STR_FMT ": WXR version " STR_FMT " is not known; 1.0 to 1.2 are",
             STR_ARG(r->name), STR_ARG(utf8_cut(version, 40)));
    }
    return r->sink->channel == NULL ? OK : r->sink->channel(r->sink->context, &r->channel);
}

static void begin(struct reader *r, enum place place, str name) {
    if (place == PLACE_ITEM) {
        r->item = (struct wxr_item){.line = xmlTextReaderGetParserLineNumber(r->xml)};
        r->terms_tail = &r->item.terms;
        r->slugs_tail = &r->item.old_slugs;
        r->term_count = 0;
        r->post_date = (str){0};
    }
    if (place == PLACE_AUTHOR) r->author = (struct wxr_author){0};
    if (place == PLACE_TERM) r->term = (struct wxr_term){0};
    if (place == PLACE_TERM && str_eq(name, STR("category"))) r->term.taxonomy = STR("category");
    if (place == PLACE_TERM && str_eq(name, STR("tag"))) r->term.taxonomy = STR("post_tag");
    if (place == PLACE_META) r->meta_key = (str){0};
    if (place == PLACE_COMMENT) r->item.comments++;
}

static err end(struct reader *r, enum place place) {
    const struct wxr_sink *sink = r->sink;
    switch (place) {
    case PLACE_ITEM:
        if (r->item.published == 0 && !date_parse(r->post_date, &r->item.published)) {
            r->item.published = 0;
        }
        TRY(tell_channel(r));
        if (sink->item != NULL) TRY(sink->item(sink->context, &r->item));
        break;
    case PLACE_AUTHOR:
        if (r->author.name.len == 0) r->author.name = r->author.login;
        if (sink->author != NULL && r->author.login.len > 0) {
            TRY(sink->author(sink->context, &r->author));
        }
        break;
    case PLACE_TERM:
        if (sink->term != NULL && r->term.slug.len > 0) TRY(sink->term(sink->context, &r->term));
        break;
    case PLACE_CHANNEL: return tell_channel(r);
    case PLACE_OUTSIDE:
    case PLACE_RSS:
    case PLACE_META:
    case PLACE_COMMENT: return OK;
    }
    arena_reset(r->arena, r->start);
    return OK;
}

static err attribute(struct reader *r, const char *name, str *ret_value) {
    xmlChar *value = xmlTextReaderGetAttribute(r->xml, (const xmlChar *)name);
    *ret_value = (str){0};
    if (value == NULL) return OK;
    err e = arena_copy(r->arena, str_of((const char *)value), ret_value);
    xmlFree(value);
    return e;
}

static err keep(struct reader *r, const struct field *field, str text) {
    if (field->take != NULL) return field->take(r, text);
    str *kept = (str *)(void *)((char *)r + field->at);
    if (field->place == PLACE_CHANNEL) return arena_copy(&r->own, text, kept);
    *kept = text;
    return OK;
}

static err end_field(struct reader *r) {
    const struct field *field = r->field;
    str text = {0};
    r->field = NULL;
    err e = buf_finish(&r->text, &text);
    if (e.kind == ERR_LIMIT) {
        FAIL(ERR_LIMIT, STR_FMT ": line %d: <%s> has more than %zu bytes", STR_ARG(r->name),
             xmlTextReaderGetParserLineNumber(r->xml), field->name, field->max);
    }
    TRY(e);
    bool is_text = field->max > LINE; /* white space around a body may mean something */
    return keep(r, field, is_text ? text : str_trim(text));
}

static err start_element(struct reader *r, int depth) {
    enum place here = r->place_count == 0 ? PLACE_OUTSIDE : r->places[r->place_count - 1];
    enum space space = space_of(xmlTextReaderConstNamespaceUri(r->xml));
    str name = str_of((const char *)xmlTextReaderConstLocalName(r->xml));
    bool is_empty = xmlTextReaderIsEmptyElement(r->xml) == 1;
    if (depth > XML_DEPTH_MAX) return bad(r, "the elements are nested too deeply");
    if (r->field != NULL || r->ignored_depth >= 0) return OK;
    for (size_t i = 0; i < COUNT_OF(CONTAINERS); i++) {
        const struct container *c = &CONTAINERS[i];
        if (c->inside != here || c->space != space || !str_eq(name, str_of(c->name))) continue;
        begin(r, c->becomes, name);
        if (is_empty) return end(r, c->becomes);
        r->places[r->place_count] = c->becomes;
        r->depths[r->place_count++] = depth;
        return OK;
    }
    for (size_t i = 0; i < COUNT_OF(FIELDS); i++) {
        const struct field *f = &FIELDS[i];
        if (f->place != here || f->space != space || !str_eq(name, str_of(f->name))) continue;
        TRY(attribute(r, "domain", &r->domain));
        TRY(attribute(r, "nicename", &r->nicename));
        if (is_empty) return keep(r, f, (str){0});
        r->field = f;
        r->field_depth = depth;
        buf_init(&r->text, r->arena, f->max);
        return OK;
    }
    if (here == PLACE_OUTSIDE) return bad(r, "this is not a WordPress export: it is not RSS");
    if (!is_empty) r->ignored_depth = depth;
    return OK;
}

static err end_element(struct reader *r, int depth) {
    if (r->ignored_depth == depth) {
        r->ignored_depth = -1;
        return OK;
    }
    if (r->field != NULL) return r->field_depth == depth ? end_field(r) : OK;
    if (r->place_count == 0 || r->depths[r->place_count - 1] != depth) return OK;
    r->place_count--;
    return end(r, r->places[r->place_count]);
}

static err step(struct reader *r) {
    int depth = xmlTextReaderDepth(r->xml);
    switch (xmlTextReaderNodeType(r->xml)) {
    case XML_READER_TYPE_ELEMENT: return start_element(r, depth);
    case XML_READER_TYPE_END_ELEMENT: return end_element(r, depth);
    case XML_READER_TYPE_TEXT:
    case XML_READER_TYPE_CDATA:
    case XML_READER_TYPE_SIGNIFICANT_WHITESPACE:
    case XML_READER_TYPE_WHITESPACE:
        if (r->field != NULL) {
            buf_add(&r->text, str_of((const char *)xmlTextReaderConstValue(r->xml)));
        }
        return OK;
    case XML_READER_TYPE_ENTITY_REFERENCE: return bad(r, "an entity of its own is not accepted");
    case XML_READER_TYPE_DOCUMENT_TYPE: return bad(r, "a document type is not accepted");
    default: return OK;
    }
}

static int read_bytes(void *context, char *bytes, int len) {
    struct reader *r = context;
    ssize_t got = 0;
    do got = r->sys->read(r->sys->ctx, r->fd, bytes, (size_t)len);
    while (got < 0 && errno == EINTR);
    if (got < 0) r->read_errno = errno != 0 ? errno : EIO;
    return (int)got;
}

static err walk(struct reader *r) {
    for (;;) {
        int got = xmlTextReaderRead(r->xml);
        if (got == 1) {
            TRY(step(r));
            continue;
        }
        if (got == 0 && r->has_told_channel && r->read_errno == 0) return OK;
        if (r->read_errno != 0) {
            FAIL(ERR_IO, STR_FMT ": cannot be read: %s", STR_ARG(r->name), strerror(r->read_errno));
        }
        if (got == 0) return bad(r, "this is not a WordPress export: it has no channel");
        if (r->error_line == 0) FAIL(ERR_NO_MEMORY, STR_FMT ": no memory", STR_ARG(r->name));
        FAIL(ERR_INVALID, STR_FMT ": line %d: %s", STR_ARG(r->name), r->error_line, r->error);
    }
}

err wxr_read(struct arena *a, int fd, str name, const struct wxr_sink *sink) {
    struct reader r = {.arena = a, .sink = sink, .sys = a->sys, .fd = fd, .name = name};
    r.ignored_depth = -1;
    r.start = arena_mark(a);
    arena_init(&r.own, a->sys, 16 * LIMIT_FIELD_BYTES);
    r.xml = xmlReaderForIO(read_bytes, NULL, &r, NULL, NULL, XML_PARSE_NONET | XML_PARSE_NOCDATA);
    if (r.xml == NULL) FAIL(ERR_NO_MEMORY, "no memory for reading XML");
    xmlTextReaderSetStructuredErrorHandler(r.xml, note_error, &r);
    err e = walk(&r);
    xmlFreeTextReader(r.xml);
    arena_done(&r.own);
    arena_reset(a, r.start);
    return e;
}
