/* markdown.c: from a body to HTML. See markdown.h.
 *
 * md4c calls us for every block, span and text; what it says goes straight to the page, with two
 * exceptions. A paragraph is collected first, because one that holds nothing but pictures becomes
 * figures, and a heading is, because its id comes before its words and is made of them. */
#include <assert.h>
#include <string.h>

#include "base/unicode.h"
#include "press/link.h"
#include "press/markdown_impl.h"

enum { IDS_MAX = LIMIT_LIST_ITEMS, HEADING_LEVELS = 6 };

struct heading_id {
    str slug;
    uint32_t times; /* how often it was asked for */
};

struct renderer {
    struct arena *arena;
    const struct markdown_options *options;
    err failed;
    struct buf *page;
    struct buf *to;     /* where text goes now: the page, or `leaf` */
    struct buf leaf;    /* the paragraph or heading being read */
    struct buf figures; /* the same paragraph's pictures, as figures */
    struct buf words;   /* the heading's words */
    struct buf alt;     /* the picture's alternative text */
    struct buf scratch; /* an address or a title, decoded */
    bool in_gallery;
    bool in_heading;
    bool has_words;                 /* the paragraph has more in it than pictures */
    bool has_pictures;              /* one that could not be found counts */
    int picture_depth;              /* pictures within the text of a picture */
    int blocks;                     /* containers open; those beyond LIMIT_DEPTH print nothing */
    const char *spans[LIMIT_DEPTH]; /* the elements open in the text, outermost first */
    size_t span_count;
    int inner_links;                 /* links within a link, which HTML does not have */
    size_t cell;                     /* where on the page the cell being read begins, */
    size_t cell_text;                /* and its text */
    unsigned levels[HEADING_LEVELS]; /* the outline: levels of the headings we are under */
    size_t level_count;
    struct heading_id ids[IDS_MAX];
    size_t id_count;
};

/* ---- Small things --------------------------------------------------------------------------- */

static void report(const struct renderer *r, const char *what, str about) {
    if (r->options->report == NULL) return;
    char message[200];
    int len = snprintf(message, sizeof message, "%s" STR_FMT, what, STR_ARG(utf8_cut(about, 100)));
    assert(len >= 0 && (size_t)len < sizeof message);
    r->options->report(r->options->context, (str){message, (size_t)len});
}

static void restart(struct buf *b) { b->len = 0; }

/* An attribute of md4c in the scratch buf, good until the next one. */
static str decoded(struct renderer *r, const MD_ATTRIBUTE *attribute) {
    restart(&r->scratch);
    markdown_add_attribute(&r->scratch, attribute);
    return str_trim(buf_text(&r->scratch));
}

/* Ends every callback: non-zero stops md4c, and the failure waits in the renderer. */
static int go_on(struct renderer *r) {
    const struct buf *const bufs[] = {r->page,   &r->leaf, &r->figures,
                                      &r->words, &r->alt,  &r->scratch};
    for (size_t i = 0; i < COUNT_OF(bufs) && r->failed.kind == ERR_NONE; i++) {
        if (bufs[i]->failed != ERR_NONE) r->failed = buf_check(bufs[i]);
    }
    return r->failed.kind != ERR_NONE;
}

/* ---- Links ---------------------------------------------------------------------------------- */

/* Opens an <a>. False, and reported, when the address is refused: its text is then plain text. */
static bool open_link(struct renderer *r, struct buf *to, str address, const char *class) {
    enum link_kind kind = link_judge(address, r->options->base);
    if (kind == LINK_REFUSED) {
        report(r, "a link leads nowhere a reader may be sent: ", address);
        return false;
    }
    buf_printf(to, "<a%s href=\"", class);
    link_attr(to, address);
    buf_add(to, kind == LINK_OUTSIDE ? STR("\" rel=\"noopener noreferrer\">") : STR("\">"));
    return true;
}

/* ---- Pictures ------------------------------------------------------------------------------- */

/* The forms to choose from, and how wide the picture will stand. Begins inside a tag. */
static void print_forms(const struct renderer *r, struct buf *to, str forms) {
    buf_add(to, STR(" srcset=\""));
    html_attr(to, forms);
    buf_add(to, STR("\" sizes=\"(min-width: 40rem) "));
    buf_add(to, r->in_gallery ? STR("19rem, 100vw\"") : STR("38rem, 100vw\""));
}

static void print_img(const struct renderer *r, struct buf *to, const struct markdown_picture *p) {
    if (p->avif.len > 0) {
        buf_add(to, STR("<picture><source type=\"image/avif\""));
        print_forms(r, to, p->avif);
        buf_add(to, STR(">"));
    }
    buf_add(to, STR("<img src=\""));
    html_attr(to, p->src);
    buf_add(to, STR("\""));
    if (p->srcset.len > 0) print_forms(r, to, p->srcset);
    buf_printf(to, " width=\"%d\" height=\"%d\" alt=\"", p->width, p->height);
    html_attr(to, p->alt);
    buf_add(to, STR("\" loading=\"lazy\" decoding=\"async\">"));
    if (p->avif.len > 0) buf_add(to, STR("</picture>"));
}

static void print_figure(const struct renderer *r, struct buf *to, const struct markdown_picture *p,
                         str caption) {
    buf_add(to, STR("<figure class=\"figure\">"));
    print_img(r, to, p);
    if (caption.len > 0 || p->credit.len > 0) {
        buf_add(to, STR("<figcaption>"));
        html_text(to, caption);
        if (p->credit.len > 0) {
            buf_add(to, caption.len > 0 ? STR(" <span class=\"credit\">")
                                        : STR("<span class=\"credit\">"));
            html_text(to, p->credit);
            buf_add(to, STR("</span>"));
        }
        buf_add(to, STR("</figcaption>"));
    }
    buf_add(to, STR("</figure>\n"));
}

/* Looks a picture up by its address. False, and reported, when it has to be left out. */
static bool find_picture(struct renderer *r, str address, struct markdown_picture *ret_picture) {
    int64_t number = 0;
    if (!markdown_media_number(address, &number)) {
        report(r, "a picture that is not in the archive was left out: ", address);
        return false;
    }
    err e = err_ok();
    if (r->options->picture != NULL)
        e = r->options->picture(r->options->context, number, ret_picture);
    if (e.kind == ERR_NONE && r->options->picture != NULL) return true;
    if (e.kind == ERR_NONE || e.kind == ERR_NOT_FOUND)
        report(r, "a picture that cannot be shown was left out: ", address);
    else
        r->failed = e;
    return false;
}

/* A picture in running text: as it is for the paragraph, as a figure should it stand alone. */
static void end_picture(struct renderer *r, const MD_SPAN_IMG_DETAIL *detail) {
    r->has_pictures = true;
    struct markdown_picture picture = {0};
    if (!find_picture(r, decoded(r, &detail->src), &picture)) return;
    str alt = str_trim(buf_text(&r->alt));
    if (alt.len > 0) picture.alt = alt;
    print_img(r, r->to, &picture);
    if (r->to == &r->leaf && !r->in_heading)
        print_figure(r, &r->figures, &picture, decoded(r, &detail->title));
}

/* ---- Headings ------------------------------------------------------------------------------- */

/* The level a heading is printed at: its depth in the outline, so that the first is h2 whatever it
 * was written as, and none is skipped. */
static unsigned outline_level(struct renderer *r, unsigned level) {
    while (r->level_count > 0 && r->levels[r->level_count - 1] >= level) r->level_count--;
    assert(r->level_count < HEADING_LEVELS && level >= 1 && level <= HEADING_LEVELS);
    r->levels[r->level_count++] = level;
    unsigned depth = (unsigned)r->level_count + 1;
    return depth > HEADING_LEVELS ? HEADING_LEVELS : depth;
}

/* Letters and digits of any script; what is plainly white space or punctuation is not. */
static bool is_word(uint32_t c) {
    if (c < 0x80) return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    bool is_mark = c < 0xC0 || c == 0xD7 || c == 0xF7 || (c >= 0x2000 && c <= 0x2BFF) ||
                   (c >= 0x3000 && c <= 0x303F) || (c >= 0xFF00 && c <= 0xFF0F) ||
                   (c >= 0xFF1A && c <= 0xFF20) || (c >= 0xFE10 && c <= 0xFE6F) || c == 0xFFFD;
    return !is_mark && !unicode_is_invisible(c);
}

static err make_slug(struct arena *a, str words, str *ret_slug) {
    struct buf slug;
    buf_init(&slug, a, LIMIT_SLUG_BYTES * 2);
    bool is_gap = false;
    while (words.len > 0 && slug.len < LIMIT_SLUG_BYTES) {
        uint32_t c = utf8_take(&words);
        if (!is_word(c)) {
            is_gap = true;
            continue;
        }
        if (is_gap && slug.len > 0) buf_add_byte(&slug, '-');
        is_gap = false;
        utf8_add(&slug, c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
    }
    if (slug.len == 0) buf_add(&slug, STR("section"));
    return buf_finish(&slug, ret_slug);
}

static struct heading_id *find_id(struct renderer *r, str slug) {
    for (size_t i = 0; i < r->id_count; i++) {
        if (str_eq(r->ids[i].slug, slug)) return &r->ids[i];
    }
    return NULL;
}

static err add_id(struct renderer *r, str words, str *ret_id) {
    str id = {0};
    TRY(make_slug(r->arena, words, &id));
    struct heading_id *same = find_id(r, id);
    str base = id;
    while (same != NULL && find_id(r, id) != NULL) {
        same->times++;
        TRY(arena_printf(r->arena, &id, STR_FMT "-%u", STR_ARG(base), (unsigned)same->times));
    }
    r->ids[r->id_count++] = (struct heading_id){.slug = id, .times = 1};
    *ret_id = id;
    return OK;
}

static void end_heading(struct renderer *r, unsigned level) {
    r->in_heading = false;
    r->to = r->page;
    unsigned printed = outline_level(r, level);
    str id = {0};
    if (r->id_count < IDS_MAX && buf_check(&r->words).kind == ERR_NONE) {
        err e = add_id(r, buf_text(&r->words), &id);
        if (e.kind != ERR_NONE) r->failed = e;
    }
    buf_printf(r->page, "<h%u", printed);
    if (id.len > 0) {
        buf_add(r->page, STR(" id=\""));
        html_attr(r->page, id);
        buf_add_byte(r->page, '"');
    }
    buf_add_byte(r->page, '>');
    buf_add(r->page, buf_text(&r->leaf)); /* why: we rendered it */
    buf_printf(r->page, "</h%u>\n", printed);
}

/* ---- Elements in running text ---------------------------------------------------------------- */

/* md4c can report spans that cross ("~~a [b](c~~d)"), so the elements that are open are kept here:
 * one that ends takes those within it along, an end without a beginning is nothing. */
static void open_span(struct renderer *r, const char *tag) { r->spans[r->span_count++] = tag; }

static void close_spans(struct renderer *r, size_t down_to) {
    while (r->span_count > down_to) buf_printf(r->to, "</%s>", r->spans[--r->span_count]);
}

static bool is_in_link(const struct renderer *r) {
    for (size_t i = 0; i < r->span_count; i++) {
        if (strcmp(r->spans[i], "a") == 0) return true;
    }
    return false;
}

static void close_span(struct renderer *r, const char *tag) {
    for (size_t i = r->span_count; i > 0; i--) {
        if (strcmp(r->spans[i - 1], tag) != 0) continue;
        close_spans(r, i - 1);
        return;
    }
}

/* ---- Blocks --------------------------------------------------------------------------------- */

static void begin_leaf(struct renderer *r, bool in_heading) {
    restart(&r->leaf);
    restart(&r->figures);
    restart(&r->words);
    r->to = &r->leaf;
    r->in_heading = in_heading;
    r->has_words = false;
    r->has_pictures = false;
}

static void end_paragraph(struct renderer *r) {
    r->to = r->page;
    if (r->has_pictures && !r->has_words) {
        buf_add(r->page, buf_text(&r->figures)); /* why: we rendered it */
        return;
    }
    buf_add(r->page, STR("<p>"));
    buf_add(r->page, buf_text(&r->leaf)); /* why: we rendered it */
    buf_add(r->page, STR("</p>\n"));
}

static void begin_list_item(struct renderer *r, const MD_BLOCK_LI_DETAIL *detail) {
    buf_add(r->page, STR("<li>"));
    if (detail->is_task) /* a box nobody can tick is a word, not a control */
        buf_add(r->page, detail->task_mark == ' ' ? STR("\u2610 ") : STR("\u2611 "));
}

static void begin_cell(struct renderer *r, const char *tag, const MD_BLOCK_TD_DETAIL *detail) {
    r->cell = r->page->len;
    buf_printf(r->page, "<%s", tag);
    if (detail->align == MD_ALIGN_CENTER) buf_add(r->page, STR(" class=\"center\""));
    if (detail->align == MD_ALIGN_RIGHT) buf_add(r->page, STR(" class=\"right\""));
    buf_add_byte(r->page, '>');
    r->cell_text = r->page->len;
}

/* Without words it heads nothing, and is a cell like any other: many a table has no heads. */
static void end_head_cell(struct renderer *r, const MD_BLOCK_TD_DETAIL *detail) {
    if (r->page->len > r->cell_text) {
        buf_add(r->page, STR("</th>"));
        return;
    }
    r->page->len = r->cell;
    begin_cell(r, "td", detail);
    buf_add(r->page, STR("</td>"));
}

static void begin_table(struct renderer *r) {
    buf_add(r->page, STR("<div class=\"table\" role=\"group\" tabindex=\"0\" aria-label=\""));
    html_attr(r->page, r->options->table_label);
    buf_add(r->page, STR("\">\n<table>\n"));
}

/* A container is a block that holds blocks; browsers stop following them at some depth too. */
static bool is_container(MD_BLOCKTYPE type) {
    return type == MD_BLOCK_QUOTE || type == MD_BLOCK_UL || type == MD_BLOCK_OL ||
           type == MD_BLOCK_LI;
}

/* Nothing in running text reaches over the edge of a block. */
static void end_text(struct renderer *r) {
    close_spans(r, 0);
    r->picture_depth = 0;
    r->inner_links = 0;
}

static int enter_block(MD_BLOCKTYPE type, void *detail, void *context) {
    struct renderer *r = context;
    end_text(r);
    if (is_container(type) && r->blocks++ >= LIMIT_DEPTH) return go_on(r);
    switch (type) {
    case MD_BLOCK_QUOTE: buf_add(r->page, STR("<blockquote>\n")); break;
    case MD_BLOCK_UL: buf_add(r->page, STR("<ul>\n")); break;
    case MD_BLOCK_OL: {
        unsigned start = ((MD_BLOCK_OL_DETAIL *)detail)->start;
        if (start == 1)
            buf_add(r->page, STR("<ol>\n"));
        else
            buf_printf(r->page, "<ol start=\"%u\">\n", start);
        break;
    }
    case MD_BLOCK_LI: begin_list_item(r, detail); break;
    case MD_BLOCK_HR: buf_add(r->page, STR("<hr>\n")); break;
    case MD_BLOCK_H: begin_leaf(r, true); break;
    case MD_BLOCK_P: begin_leaf(r, false); break;
    case MD_BLOCK_CODE: buf_add(r->page, STR("<pre><code>")); break;
    case MD_BLOCK_TABLE: begin_table(r); break;
    case MD_BLOCK_THEAD: buf_add(r->page, STR("<thead>\n")); break;
    case MD_BLOCK_TBODY: buf_add(r->page, STR("<tbody>\n")); break;
    case MD_BLOCK_TR: buf_add(r->page, STR("<tr>")); break;
    case MD_BLOCK_TH: begin_cell(r, "th scope=\"col\"", detail); break;
    case MD_BLOCK_TD: begin_cell(r, "td", detail); break;
    case MD_BLOCK_DOC:
    case MD_BLOCK_HTML: break;
    }
    return go_on(r);
}

static int leave_block(MD_BLOCKTYPE type, void *detail, void *context) {
    struct renderer *r = context;
    end_text(r);
    if (is_container(type) && --r->blocks >= LIMIT_DEPTH) return go_on(r);
    switch (type) {
    case MD_BLOCK_QUOTE: buf_add(r->page, STR("</blockquote>\n")); break;
    case MD_BLOCK_UL: buf_add(r->page, STR("</ul>\n")); break;
    case MD_BLOCK_OL: buf_add(r->page, STR("</ol>\n")); break;
    case MD_BLOCK_LI: buf_add(r->page, STR("</li>\n")); break;
    case MD_BLOCK_H: end_heading(r, ((MD_BLOCK_H_DETAIL *)detail)->level); break;
    case MD_BLOCK_P: end_paragraph(r); break;
    case MD_BLOCK_CODE: buf_add(r->page, STR("</code></pre>\n")); break;
    case MD_BLOCK_TABLE: buf_add(r->page, STR("</table>\n</div>\n")); break;
    case MD_BLOCK_THEAD: buf_add(r->page, STR("</thead>\n")); break;
    case MD_BLOCK_TBODY: buf_add(r->page, STR("</tbody>\n")); break;
    case MD_BLOCK_TR: buf_add(r->page, STR("</tr>\n")); break;
    case MD_BLOCK_TH: end_head_cell(r, detail); break;
    case MD_BLOCK_TD: buf_add(r->page, STR("</td>")); break;
    case MD_BLOCK_HR:
    case MD_BLOCK_DOC:
    case MD_BLOCK_HTML: break;
    }
    return go_on(r);
}

/* ---- Spans and text ------------------------------------------------------------------------- */

static const char *span_tag(MD_SPANTYPE type) {
    switch (type) {
    case MD_SPAN_EM: return "em";
    case MD_SPAN_STRONG: return "strong";
    case MD_SPAN_CODE: return "code";
    case MD_SPAN_DEL: return "del";
    case MD_SPAN_A: return "a";
    case MD_SPAN_IMG:
    case MD_SPAN_LATEXMATH:
    case MD_SPAN_LATEXMATH_DISPLAY:
    case MD_SPAN_WIKILINK:
    case MD_SPAN_U: return NULL; /* pictures are no elements around text; the rest is off */
    }
    return NULL;
}

static int enter_span(MD_SPANTYPE type, void *detail, void *context) {
    struct renderer *r = context;
    const char *tag = span_tag(type);
    if (type == MD_SPAN_IMG && r->picture_depth++ == 0) restart(&r->alt);
    if (r->picture_depth > 0 || tag == NULL) return go_on(r); /* alternative text is words alone */
    r->has_words = true;
    if (type == MD_SPAN_A && is_in_link(r)) { /* md4c finds addresses in a link's text too */
        r->inner_links++;
        return go_on(r);
    }
    if (r->span_count == LIMIT_DEPTH) return go_on(r);
    if (type != MD_SPAN_A)
        buf_printf(r->to, "<%s>", tag);
    else if (!open_link(r, r->to, decoded(r, &((MD_SPAN_A_DETAIL *)detail)->href), ""))
        return go_on(r);
    open_span(r, tag);
    return go_on(r);
}

static int leave_span(MD_SPANTYPE type, void *detail, void *context) {
    struct renderer *r = context;
    const char *tag = span_tag(type);
    if (type == MD_SPAN_IMG && r->picture_depth > 0 && --r->picture_depth == 0)
        end_picture(r, detail);
    if (r->picture_depth > 0 || tag == NULL) return go_on(r);
    if (type == MD_SPAN_A && r->inner_links > 0)
        r->inner_links--;
    else
        close_span(r, tag);
    return go_on(r);
}

static void add_words(struct renderer *r, str text) {
    if (r->picture_depth > 0) {
        buf_add(&r->alt, text);
        return;
    }
    if (str_trim(text).len > 0) r->has_words = true;
    if (r->in_heading) buf_add(&r->words, text);
    html_text(r->to, text);
}

static int add_text(MD_TEXTTYPE type, const MD_CHAR *text, MD_SIZE size, void *context) {
    struct renderer *r = context;
    switch (type) {
    case MD_TEXT_NORMAL:
    case MD_TEXT_CODE:
    case MD_TEXT_HTML: /* off; were it on, it would be shown, not obeyed */
    case MD_TEXT_LATEXMATH: add_words(r, (str){text, size}); break;
    case MD_TEXT_NULLCHAR: add_words(r, STR("\uFFFD")); break;
    case MD_TEXT_SOFTBR: add_words(r, STR("\n")); break;
    case MD_TEXT_BR:
        if (r->picture_depth == 0) buf_add(r->to, STR("<br>"));
        add_words(r, STR("\n"));
        break;
    case MD_TEXT_ENTITY:
        restart(&r->scratch);
        markdown_add_entity(&r->scratch, (str){text, size});
        add_words(r, buf_text(&r->scratch));
        break;
    }
    return go_on(r);
}

/* ---- Our own blocks ------------------------------------------------------------------------- */

static err render_markdown(struct renderer *r, str text) {
    const MD_PARSER callbacks = {.enter_block = enter_block,
                                 .leave_block = leave_block,
                                 .enter_span = enter_span,
                                 .leave_span = leave_span,
                                 .text = add_text};
    r->to = r->page;
    r->blocks = 0;
    r->span_count = 0;
    r->picture_depth = 0;
    TRY(markdown_parse(text, callbacks, r));
    return r->failed;
}

static err render_figure(struct renderer *r, const struct block *block) {
    struct markdown_picture picture = {0};
    str media = block->attributes[ATTRIBUTE_MEDIA];
    struct buf address;
    buf_init(&address, r->arena, LIMIT_FIELD_BYTES);
    if (!str_starts(media, STR("media:"))) buf_add(&address, STR("media:"));
    buf_add(&address, utf8_cut(media, 100));
    TRY(buf_check(&address));
    if (find_picture(r, buf_text(&address), &picture)) {
        str alt = block->attributes[ATTRIBUTE_ALT];
        str credit = block->attributes[ATTRIBUTE_CREDIT];
        if (alt.len > 0) picture.alt = alt;
        if (credit.len > 0) picture.credit = credit;
        print_figure(r, r->page, &picture, block->attributes[ATTRIBUTE_CAPTION]);
    }
    TRY(r->failed);
    return render_markdown(r, block->text); /* nothing, as a rule; no words are lost */
}

/* RFC 5646 tags are letters, digits and hyphens; a browser needs no more than that to hold. */
static bool is_language(str tag) {
    bool is_sound = tag.len > 0 && tag.len <= LIMIT_LANGUAGE_BYTES;
    for (size_t i = 0; i < tag.len; i++)
        is_sound = is_sound && (is_word((unsigned char)tag.ptr[i]) || tag.ptr[i] == '-');
    return is_sound;
}

static err render_quote(struct renderer *r, const struct block *block) {
    str language = block->attributes[ATTRIBUTE_LANG];
    str by = block->attributes[ATTRIBUTE_BY];
    buf_add(r->page, STR("<figure class=\"quote\"><blockquote"));
    if (is_language(language)) buf_printf(r->page, " lang=\"" STR_FMT "\"", STR_ARG(language));
    buf_add(r->page, STR(">\n"));
    TRY(render_markdown(r, block->text));
    buf_add(r->page, STR("</blockquote>"));
    if (by.len > 0) {
        buf_add(r->page, STR("<figcaption>"));
        html_text(r->page, by);
        buf_add(r->page, STR("</figcaption>"));
    }
    buf_add(r->page, STR("</figure>\n"));
    return OK;
}

static err render_note(struct renderer *r, const struct block *block) {
    str title = block->attributes[ATTRIBUTE_TITLE];
    buf_add(r->page, STR("<aside class=\"note\">\n"));
    if (title.len > 0) {
        buf_add(r->page, STR("<p class=\"note-title\">"));
        html_text(r->page, title);
        buf_add(r->page, STR("</p>\n"));
    }
    TRY(render_markdown(r, block->text));
    buf_add(r->page, STR("</aside>\n"));
    return OK;
}

static err render_action(struct renderer *r, const struct block *block) {
    str label = block->attributes[ATTRIBUTE_LABEL];
    str link = block->attributes[ATTRIBUTE_LINK];
    buf_add(r->page, STR("<aside class=\"action\">\n"));
    TRY(render_markdown(r, block->text));
    bool is_safe = link_judge(link, r->options->base) != LINK_REFUSED;
    if (label.len > 0 && is_safe) {
        buf_add(r->page, STR("<p>"));
        open_link(r, r->page, link, " class=\"button\"");
        html_text(r->page, label);
        buf_add(r->page, STR("</a></p>\n"));
    } else {
        report(r, "a button without words or without a link was left out: ", label);
    }
    buf_add(r->page, STR("</aside>\n"));
    return OK;
}

static err render_gallery(struct renderer *r, const struct block *block) {
    buf_add(r->page, STR("<div class=\"gallery\">\n"));
    r->in_gallery = true;
    TRY(render_markdown(r, block->text));
    r->in_gallery = false;
    buf_add(r->page, STR("</div>\n"));
    return OK;
}

static err render_block(struct renderer *r, const struct block *block) {
    if (block->is_open) report(r, "a block is never closed with :::", STR(""));
    if (block->has_inner)
        report(r, "a block stands inside another one, and is text there", STR(""));
    switch (block->kind) {
    case BLOCK_FIGURE: return render_figure(r, block);
    case BLOCK_GALLERY: return render_gallery(r, block);
    case BLOCK_QUOTE: return render_quote(r, block);
    case BLOCK_NOTE: return render_note(r, block);
    case BLOCK_ACTION: return render_action(r, block);
    case BLOCK_MARKDOWN:
    case BLOCK_KIND_COUNT: break;
    }
    if (block->unknown_name.len > 0) report(r, "no block is called ", block->unknown_name);
    return render_markdown(r, block->text);
}

err markdown_html(struct arena *a, const struct markdown_options *options, str body,
                  struct buf *out) {
    str rest = {0};
    TRY(markdown_clean(a, body, &rest));
    struct renderer *r = arena_alloc(a, sizeof *r);
    if (r == NULL) FAIL(ERR_NO_MEMORY, "no memory to render a body");
    *r = (struct renderer){.arena = a, .options = options, .page = out};
    struct buf *const bufs[] = {&r->leaf, &r->figures, &r->words, &r->alt, &r->scratch};
    for (size_t i = 0; i < COUNT_OF(bufs); i++) buf_init(bufs[i], a, LIMIT_PAGE_BYTES);
    /* Ids that the page around a body uses (docs/THEME.md) are taken already. */
    static const str taken[] = {{"main", 4},  {"lead", 4},    {"latest", 6},
                                {"items", 5}, {"reports", 7}, {"topics", 6}};
    for (size_t i = 0; i < COUNT_OF(taken); i++)
        r->ids[r->id_count++] = (struct heading_id){.slug = taken[i], .times = 1};
    struct block block = {0};
    while (markdown_next_block(&rest, &block)) TRY(render_block(r, &block));
    return buf_check(out);
}
