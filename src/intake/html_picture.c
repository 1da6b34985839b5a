/* html_picture.c: pictures, captions, galleries and pull quotes become directives. See html.h. */
#include "intake/html_convert.h"

/* --- Finding things below an element --- */

static const struct html_node *find(const struct html_node *node, const char *name) {
    for (const struct html_node *child = node->first; child != NULL; child = child->next) {
        if (html_is(child, str_of(name))) return child;
        const struct html_node *below = find(child, name);
        if (below != NULL) return below;
    }
    return NULL;
}

/* How many pictures are below: none, one, or (as 2) more. */
static size_t pictures_in(const struct html_node *node) {
    size_t total = 0;
    for (const struct html_node *child = node->first; child != NULL; child = child->next) {
        total += (html_is(child, STR("img")) ? 1 : 0) + pictures_in(child);
        if (total > 1) return 2;
    }
    return total;
}

bool convert_has_picture(const struct html_node *node) { return pictures_in(node) > 0; }

/* --- One picture --- */

static uint64_t id_of(const struct html_node *img) {
    uint64_t id = 0;
    if (str_to_u64(html_get(img, STR("data-id")), &id)) return id;
    str rest = html_get(img, STR("class"));
    while (rest.len > 0) {
        str word = {0};
        str_cut(rest, ' ', &word, &rest);
        if (str_starts(word, STR("wp-image-")) && str_to_u64(str_skip(word, 9), &id)) return id;
    }
    return 0;
}

/* Asks the caller for the picture; false in *ret_is_there is noted. */
static err ask(struct converter *c, struct html_picture *picture, str caption, bool *ret_is_there) {
    if (c->world->picture != NULL) TRY(c->world->picture(c->world->context, picture));
    *ret_is_there = picture->media.len > 0;
    if (*ret_is_there) return OK;
    str detail = {0};
    TRY(arena_printf(c->arena, &detail, STR_FMT "%s" STR_FMT, STR_ARG(utf8_cut(picture->url, 200)),
                     caption.len > 0 ? ", caption: " : "", STR_ARG(utf8_cut(caption, 4000))));
    return convert_note(c, STR("picture"), detail);
}

static void write_figure(struct converter *c, const struct html_picture *picture, str caption) {
    struct writer *w = &c->w;
    writer_block(w);
    writer_raw(w, STR("::: figure"));
    writer_attribute(w, "media", picture->media);
    writer_attribute(w, "alt", picture->alt);
    writer_attribute(w, "caption", caption);
    writer_line(w);
    writer_raw(w, STR(":::"));
}

/* Puts a picture where the text stands: as a figure where a directive may stand, after the
 * paragraph when one is open, in the line elsewhere. */
static err place(struct converter *c, struct html_picture picture, str caption) {
    bool is_there = false;
    TRY(ask(c, &picture, caption, &is_there));
    if (!is_there) return OK;
    if (caption.len == 0) caption = picture.caption;
    if (!convert_is_at_top(c) && c->w.prefix.len + c->w.first.len > 0) {
        writer_picture(&c->w, picture.alt, picture.media, caption);
        return OK;
    }
    if (c->w.is_one_line) { /* a cell of a table at the top */
        writer_picture(&c->w, picture.alt, picture.media, caption);
        return OK;
    }
    if (!c->w.in_paragraph) {
        write_figure(c, &picture, caption);
        return OK;
    }
    struct convert_picture *waiting = arena_alloc(c->arena, sizeof *waiting);
    if (waiting == NULL) FAIL(ERR_NO_MEMORY, "no memory for a picture");
    *waiting = (struct convert_picture){.picture = picture, .caption = caption};
    struct convert_picture **tail = &c->waiting;
    while (*tail != NULL) tail = &(*tail)->next;
    *tail = waiting;
    return OK;
}

err convert_flush_pictures(struct converter *c) {
    for (struct convert_picture *one = c->waiting; one != NULL; one = one->next) {
        write_figure(c, &one->picture, one->caption);
    }
    c->waiting = NULL;
    return OK;
}

static str source_of(const struct html_node *img) {
    str url = str_trim(html_get(img, STR("src")));
    /* Lazy loading keeps the true address elsewhere and puts a speck in its place. */
    str lazy = str_trim(html_get(img, STR("data-src")));
    return lazy.len > 0 && (url.len == 0 || str_starts(url, STR("data:"))) ? lazy : url;
}

err convert_img(struct converter *c, const struct html_node *node) {
    str url = source_of(node);
    str alt = html_get(node, STR("alt"));
    if (html_has_class(node, STR("emoji")) || html_has_class(node, STR("wp-smiley"))) {
        writer_text(&c->w, alt);
        return OK;
    }
    if (url.len == 0 && id_of(node) == 0) return OK;
    struct html_picture picture = {.url = url, .id = id_of(node), .alt = alt};
    return place(c, picture, (str){0});
}

/* --- With a caption --- */

static err picture_with_caption(struct converter *c, const struct html_node *img, str caption) {
    struct html_picture picture = {
        .url = source_of(img), .id = id_of(img), .alt = html_get(img, STR("alt"))};
    TRY(convert_end_paragraph(c));
    TRY(place(c, picture, caption));
    return convert_end_paragraph(c);
}

err convert_caption(struct converter *c, const struct html_node *node) {
    const struct html_node *img = find(node, "img");
    str caption = html_get(node, STR("caption"));
    str text = {0};
    if (img == NULL) return convert_block(c, node);
    TRY(convert_text_of(c, node, &text));
    if (caption.len == 0) {
        caption = text;
    } else {
        TRY(html_plain(c->arena, caption, &caption));
    }
    return picture_with_caption(c, img, caption);
}

static err pull_quote(struct converter *c, const struct html_node *node) {
    const struct html_node *cite = find(node, "cite");
    const struct html_node *inner = find(node, "blockquote");
    str by = {0};
    str text = {0};
    if (inner == NULL) inner = node;
    if (cite != NULL) TRY(convert_text_of(c, cite, &by));
    TRY(convert_text_of(c, inner, &text));
    if (text.len == 0 || !convert_is_at_top(c)) return convert_block(c, node);
    TRY(convert_end_paragraph(c));
    writer_block(&c->w);
    writer_raw(&c->w, STR("::: quote"));
    writer_attribute(&c->w, "by", by);
    for (const struct html_node *child = inner->first; child != NULL; child = child->next) {
        if (child != cite) TRY(convert_node(c, child));
    }
    TRY(convert_end_paragraph(c));
    writer_line(&c->w);
    writer_raw(&c->w, STR(":::"));
    return OK;
}

err convert_figure(struct converter *c, const struct html_node *node) {
    const struct html_node *words = find(node, "figcaption");
    size_t pictures = pictures_in(node);
    str caption = {0};
    if (html_has_class(node, STR("wp-block-pullquote"))) return pull_quote(c, node);
    if (pictures > 1 || html_has_class(node, STR("wp-block-gallery"))) {
        return convert_gallery(c, node);
    }
    if (pictures == 0 || find(node, "table") != NULL) return convert_block(c, node);
    if (words != NULL) TRY(convert_text_of(c, words, &caption));
    return picture_with_caption(c, find(node, "img"), caption);
}

/* --- Galleries --- */

struct gallery {
    size_t written;
    bool is_open;
};

static err add_to_gallery(struct converter *c, struct gallery *gallery, struct html_picture picture,
                          str caption) {
    bool is_there = false;
    TRY(ask(c, &picture, caption, &is_there));
    if (!is_there) return OK;
    if (caption.len == 0) caption = picture.caption;
    if (!convert_is_at_top(c)) {
        writer_picture(&c->w, picture.alt, picture.media, caption);
        return OK;
    }
    if (!gallery->is_open) {
        writer_block(&c->w);
        writer_raw(&c->w, STR("::: gallery"));
        gallery->is_open = true;
    }
    c->w.in_paragraph = true; /* each picture is a line of its own, not a paragraph */
    writer_line(&c->w);
    writer_picture(&c->w, picture.alt, picture.media, caption);
    c->w.in_paragraph = false;
    return OK;
}

static void end_gallery(struct converter *c, struct gallery *gallery) {
    if (!gallery->is_open) return;
    writer_line(&c->w);
    writer_raw(&c->w, STR(":::"));
}

/* The caption of a picture in a gallery stands in the element around it. */
static const struct html_node *caption_near(const struct html_node *img) {
    for (const struct html_node *near = img->parent; near != NULL; near = near->parent) {
        if (pictures_in(near) > 1) return NULL;
        const struct html_node *words = find(near, "figcaption");
        if (words != NULL) return words;
        if (html_is(near, STR("li"))) return NULL;
    }
    return NULL;
}

static err add_pictures_below(struct converter *c, struct gallery *gallery,
                              const struct html_node *node) {
    for (const struct html_node *child = node->first; child != NULL; child = child->next) {
        if (!html_is(child, STR("img"))) {
            TRY(add_pictures_below(c, gallery, child));
            continue;
        }
        const struct html_node *words = caption_near(child);
        str caption = {0};
        if (words != NULL) TRY(convert_text_of(c, words, &caption));
        struct html_picture picture = {
            .url = source_of(child), .id = id_of(child), .alt = html_get(child, STR("alt"))};
        TRY(add_to_gallery(c, gallery, picture, caption));
    }
    return OK;
}

err convert_gallery(struct converter *c, const struct html_node *node) {
    struct gallery gallery = {0};
    TRY(convert_end_paragraph(c));
    TRY(add_pictures_below(c, &gallery, node));
    end_gallery(c, &gallery);
    /* A caption of the gallery as a whole stands beside the pictures. */
    for (const struct html_node *child = node->first; child != NULL; child = child->next) {
        if (html_is(child, STR("figcaption")) && pictures_in(node) > 1) {
            TRY(convert_block(c, child));
        }
    }
    return convert_end_paragraph(c);
}

err convert_gallery_code(struct converter *c, const struct html_node *node) {
    struct gallery gallery = {0};
    str ids = html_get(node, STR("ids"));
    if (ids.len == 0) ids = html_get(node, STR("include"));
    TRY(convert_end_paragraph(c));
    for (size_t i = 0; ids.len == 0 && i < c->world->attachment_count; i++) {
        struct html_picture picture = {.id = c->world->attachments[i]};
        TRY(add_to_gallery(c, &gallery, picture, (str){0}));
    }
    for (size_t i = 0; ids.len > 0 && i < LIMIT_LIST_ITEMS; i++) {
        str one = {0};
        struct html_picture picture = {0};
        str_cut(ids, ',', &one, &ids);
        if (!str_to_u64(str_trim(one), &picture.id)) continue;
        TRY(add_to_gallery(c, &gallery, picture, (str){0}));
    }
    end_gallery(c, &gallery);
    return convert_end_paragraph(c);
}
