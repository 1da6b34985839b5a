/* html.c: from a tree of HTML to Markdown. See html.h; Markdown's own rules are html_writer.c's. */
#include "intake/html.h"

#include "intake/html_convert.h"

/* --- Notes --- */

err convert_note(struct converter *c, str what, str detail) {
    struct html_note *note = arena_alloc(c->arena, sizeof *note);
    if (note == NULL) FAIL(ERR_NO_MEMORY, "no memory for a note");
    TRY(arena_copy(c->arena, what, &note->what));
    detail = str_trim(detail);
    str cut = utf8_cut(detail, CONVERT_DETAIL_BYTES);
    TRY(arena_printf(c->arena, &note->detail, STR_FMT "%s", STR_ARG(cut),
                     cut.len < detail.len ? " ..." : ""));
    *c->notes_tail = note;
    c->notes_tail = &note->next;
    c->note_count++;
    return OK;
}

err convert_text_of(struct converter *c, const struct html_node *node, str *ret_text) {
    struct buf b;
    buf_init(&b, c->arena, LIMIT_BODY_BYTES);
    html_add_text(&b, node);
    TRY(buf_finish(&b, ret_text));
    *ret_text = str_trim(*ret_text);
    return OK;
}

/* What a note about an element says of it: where it leads, or how it begins. */
static err describe(struct converter *c, const struct html_node *node, str *ret_detail) {
    static const char *const names[] = {"src", "data", "data-src", "action", "href", "name", ""};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        *ret_detail = html_get(node, str_of(names[i]));
        if (ret_detail->len > 0) return OK;
    }
    for (const struct html_node *child = node->first; child != NULL; child = child->next) {
        if (child->type != HTML_ELEMENT) continue;
        *ret_detail = html_get(child, STR("src"));
        if (ret_detail->len > 0) return OK;
    }
    return convert_text_of(c, node, ret_detail);
}

/* --- Blocks --- */

bool convert_is_at_top(const struct converter *c) {
    return c->w.prefix.len == 0 && c->w.first.len == 0 && !c->w.is_one_line;
}

err convert_end_paragraph(struct converter *c) {
    if (c->w.is_one_line) {
        c->w.has_space = true;
        return OK;
    }
    writer_end_paragraph(&c->w);
    return convert_flush_pictures(c);
}

err convert_children(struct converter *c, const struct html_node *node) {
    for (const struct html_node *child = node->first; child != NULL; child = child->next) {
        TRY(convert_node(c, child));
    }
    return OK;
}

err convert_block(struct converter *c, const struct html_node *node) {
    TRY(convert_end_paragraph(c));
    TRY(convert_children(c, node));
    return convert_end_paragraph(c);
}

/* Left out and noted. What stands around it goes on. */
static err leave_out(struct converter *c, const struct html_node *node) {
    str detail = {0};
    TRY(describe(c, node, &detail));
    if (html_is_block(node)) TRY(convert_end_paragraph(c));
    return convert_note(c, node->name, detail);
}

static err skip(struct converter *c, const struct html_node *node) {
    (void)c;
    (void)node;
    return OK;
}

static err heading(struct converter *c, const struct html_node *node) {
    static const char marks[] = "###### ";
    size_t level = (size_t)(node->name.ptr[1] - '0') + (c->has_h1 ? 1 : 0);
    if (level > 6) level = 6;
    if (c->w.is_one_line) return convert_block(c, node);
    TRY(convert_end_paragraph(c));
    struct writer_place place;
    str marker = {marks + 6 - level, level + 1};
    TRY(writer_enter(&c->w, marker, (str){0}, &place));
    c->w.is_one_line = true;
    TRY(convert_children(c, node));
    c->w.is_one_line = false;
    writer_end_paragraph(&c->w);
    writer_leave(&c->w, &place);
    return convert_flush_pictures(c);
}

static err rule(struct converter *c, const struct html_node *node) {
    (void)node;
    TRY(convert_end_paragraph(c));
    if (c->w.is_one_line) return OK;
    writer_block(&c->w);
    writer_raw(&c->w, convert_is_at_top(c) ? STR("---") : STR("___"));
    return OK;
}

static err quotation(struct converter *c, const struct html_node *node) {
    if (c->w.is_one_line) return convert_block(c, node);
    TRY(convert_end_paragraph(c));
    struct writer_place place;
    bool was_tight = c->w.stays_tight;
    TRY(writer_enter(&c->w, STR("> "), STR("> "), &place));
    c->w.stays_tight = false;
    TRY(convert_children(c, node));
    TRY(convert_end_paragraph(c));
    writer_leave(&c->w, &place);
    c->w.stays_tight = was_tight;
    c->w.is_tight = false;
    return OK;
}

/* A poem is a <pre> in WordPress, but prose to us: its line breaks are what matters. */
static err verse(struct converter *c, const struct html_node *node) {
    bool was_classic = c->is_classic;
    c->is_classic = true;
    err e = convert_block(c, node);
    c->is_classic = was_classic;
    return e;
}

static err preformatted(struct converter *c, const struct html_node *node) {
    if (c->w.is_one_line || html_has_class(node, STR("wp-block-verse"))) return verse(c, node);
    str code = {0};
    struct buf b;
    buf_init(&b, c->arena, LIMIT_BODY_BYTES);
    html_add_text(&b, node);
    TRY(buf_finish(&b, &code));
    if (str_trim(code).len == 0) return OK;
    TRY(convert_end_paragraph(c));
    if (str_starts(code, STR("\n"))) code = str_skip(code, 1);
    while (code.len > 0 && str_is_space(code.ptr[code.len - 1])) code.len--;
    size_t longest = 2;
    size_t run = 0;
    for (size_t i = 0; i < code.len; i++) {
        run = code.ptr[i] == '`' ? run + 1 : 0;
        if (run > longest) longest = run;
    }
    str fence = {0};
    struct buf marks;
    buf_init(&marks, c->arena, longest + 1);
    for (size_t i = 0; i <= longest; i++) buf_add_byte(&marks, '`');
    TRY(buf_finish(&marks, &fence));
    writer_block(&c->w);
    writer_raw(&c->w, fence);
    while (code.len > 0) {
        str line = {0};
        str_cut(code, '\n', &line, &code);
        writer_line(&c->w);
        if (str_starts(line, STR(":::"))) writer_raw(&c->w, STR(" ")); /* not a directive's end */
        if (str_ends(line, STR("\r"))) line.len--;
        writer_raw(&c->w, line);
    }
    writer_line(&c->w);
    writer_raw(&c->w, fence);
    return OK;
}

/* --- Lists --- */

static bool is_list(const struct html_node *node) {
    return html_is(node, STR("ul")) || html_is(node, STR("ol"));
}

/* Items that are single lines, perhaps with a list below, make a tight list. */
static bool is_loose(const struct html_node *list) {
    for (const struct html_node *item = list->first; item != NULL; item = item->next) {
        size_t blocks = 0;
        for (const struct html_node *child = item->first; child != NULL; child = child->next) {
            if (html_is_block(child) && !is_list(child)) blocks++;
        }
        if (blocks > 1) return true;
    }
    return false;
}

static err item(struct converter *c, const struct html_node *node, str marker) {
    static const char spaces[] = "            ";
    struct writer_place place;
    TRY(writer_enter(&c->w, marker, (str){spaces, marker.len}, &place));
    TRY(html_is(node, STR("li")) ? convert_children(c, node) : convert_node(c, node));
    TRY(convert_end_paragraph(c));
    writer_leave(&c->w, &place);
    return OK;
}

static uint64_t list_start(const struct html_node *node) {
    uint64_t start = 1;
    str value = html_get(node, STR("start"));
    if (value.len > 8 || !str_to_u64(value, &start)) start = 1;
    return start;
}

static err list(struct converter *c, const struct html_node *node) {
    if (html_has_class(node, STR("blocks-gallery-grid")) ||
        html_has_class(node, STR("wp-block-gallery"))) {
        return convert_gallery(c, node);
    }
    if (c->w.is_one_line) return convert_block(c, node);
    TRY(convert_end_paragraph(c));
    bool is_ordered = html_is(node, STR("ol"));
    bool was_tight = c->w.stays_tight;
    bool begins_tight = c->w.is_tight;
    uint64_t number = is_ordered ? list_start(node) : 0;
    /* Two lists in a row would read as one: the second takes the other kind of marker. */
    bool is_after_list = c->list_end == c->w.out->len && c->list_end > 0;
    c->other_marker = is_after_list ? !c->other_marker : false;
    bool other = c->other_marker;
    c->w.stays_tight = !is_loose(node);
    size_t before = c->w.out->len;
    for (const struct html_node *child = node->first; child != NULL; child = child->next) {
        str marker = other ? STR("* ") : STR("- ");
        if (child->type != HTML_ELEMENT && str_trim(child->text).len == 0) continue;
        if (child->type == HTML_COMMENT) continue;
        if (is_ordered) {
            TRY(arena_printf(c->arena, &marker, "%llu%s ", (unsigned long long)number,
                             other ? ")" : "."));
        }
        size_t at = c->w.out->len;
        c->w.is_tight = at == before ? begins_tight : c->w.stays_tight;
        if (is_list(child) && at > before) marker = str_slice(STR("      "), 0, marker.len);
        TRY(item(c, child, marker));
        if (c->w.out->len > at && html_is(child, STR("li"))) number++;
    }
    c->w.stays_tight = was_tight;
    c->w.is_tight = false;
    c->list_end = c->w.out->len;
    c->other_marker = other;
    return OK;
}

/* --- Lines of text --- */

static err with_style(struct converter *c, const struct html_node *node, enum writer_style style) {
    for (size_t i = 0; i < c->w.open_count; i++) {
        if (c->w.open[i].style == style) return convert_children(c, node); /* twice is once */
    }
    writer_open(&c->w, style, (str){0});
    err e = convert_children(c, node);
    writer_close(&c->w);
    return e;
}
static err emphasis(struct converter *c, const struct html_node *node) {
    return with_style(c, node, WRITER_EMPHASIS);
}
static err strong(struct converter *c, const struct html_node *node) {
    return with_style(c, node, WRITER_STRONG);
}
static err deleted(struct converter *c, const struct html_node *node) {
    return with_style(c, node, WRITER_DELETED);
}
static err strong_block(struct converter *c, const struct html_node *node) {
    TRY(convert_end_paragraph(c));
    TRY(strong(c, node));
    return convert_end_paragraph(c);
}

static err code(struct converter *c, const struct html_node *node) {
    str text = {0};
    TRY(convert_text_of(c, node, &text));
    writer_code(&c->w, text);
    return OK;
}

static err quoted(struct converter *c, const struct html_node *node) {
    writer_text(&c->w, STR("\xE2\x80\x9C"));
    TRY(convert_children(c, node));
    writer_text(&c->w, STR("\xE2\x80\x9D"));
    return OK;
}

static err line_break(struct converter *c, const struct html_node *node) {
    (void)node;
    if (c->w.breaks > 0 && !c->w.is_one_line) return convert_end_paragraph(c);
    writer_break(&c->w);
    return OK;
}

static bool is_web_address(str url) {
    static const char *const schemes[] = {"http:", "https:", "mailto:", "tel:"};
    size_t colon = str_find_byte(url, ':');
    size_t path = 0;
    while (path < url.len && str_find_byte(STR("/?#"), url.ptr[path]) == STR_NONE) path++;
    if (colon == STR_NONE || path < colon) return url.len > 0 && url.ptr[0] != '#';
    for (size_t i = 0; i < COUNT_OF(schemes); i++) {
        if (str_eq_nocase(str_slice(url, 0, colon + 1), str_of(schemes[i]))) return true;
    }
    return false;
}

/* A picture that leads to itself at full size: here the picture says it all. */
static err is_around_picture(struct converter *c, const struct html_node *node, bool *ret_is) {
    str words = {0};
    TRY(convert_text_of(c, node, &words));
    *ret_is = words.len == 0 && convert_has_picture(node);
    return OK;
}

static err link(struct converter *c, const struct html_node *node) {
    str url = str_trim(html_get(node, STR("href")));
    bool is_picture = false;
    TRY(is_around_picture(c, node, &is_picture));
    if (is_picture) return convert_children(c, node);
    for (size_t i = 0; i < c->w.open_count; i++) {
        if (c->w.open[i].style == WRITER_LINK) url = (str){0}; /* links do not nest */
    }
    if (url.len == 0) return convert_children(c, node);
    enum html_link_verdict verdict = HTML_LINK_KEEP;
    bool is_fine = is_web_address(url) && url.len <= LIMIT_PATH_BYTES;
    if (is_fine && c->world->link != NULL) {
        TRY(c->world->link(c->world->context, url, &verdict, &url));
    }
    if (!is_fine || verdict == HTML_LINK_REMOVE) {
        TRY(convert_note(c, STR("link"), url));
        return convert_children(c, node);
    }
    struct buf b;
    str address = {0};
    buf_init(&b, c->arena, url.len * 5 + 1);
    writer_url(&b, url);
    TRY(buf_finish(&b, &address));
    writer_open(&c->w, WRITER_LINK, address);
    err e = convert_children(c, node);
    writer_close(&c->w);
    return e;
}

/* An address that WordPress would turn into a player or a card: readers get the plain link. */
static err embedded(struct converter *c, const struct html_node *node) {
    str url = {0};
    TRY(convert_text_of(c, node, &url));
    if (url.len == 0) url = html_get(node, STR("src"));
    if (url.len == 0) url = html_get(node, (str){0});
    bool is_link = (str_starts(url, STR("https://")) || str_starts(url, STR("http://"))) &&
                   str_find_byte(url, ' ') == STR_NONE && str_find_byte(url, '\n') == STR_NONE;
    if (!is_link) return convert_block(c, node);
    TRY(convert_end_paragraph(c));
    TRY(convert_note(c, STR("embed"), url));
    struct html_attr href = {.name = STR("href"), .value = url};
    struct html_node words = {.type = HTML_TEXT, .text = url};
    struct html_node anchor = {.type = HTML_ELEMENT, .attrs = &href, .first = &words};
    TRY(link(c, &anchor));
    return convert_end_paragraph(c);
}

static err division(struct converter *c, const struct html_node *node) {
    if (html_has_class(node, STR("wp-block-embed__wrapper"))) return embedded(c, node);
    if (html_has_class(node, STR("wp-block-gallery"))) return convert_gallery(c, node);
    return convert_block(c, node);
}

/* --- Which element is what --- */

struct rule {
    const char *name;
    err (*run)(struct converter *c, const struct html_node *node);
};

static const struct rule RULES[] = {
    {"div", division},
    {"h1", heading},
    {"h2", heading},
    {"h3", heading},
    {"h4", heading},
    {"h5", heading},
    {"h6", heading},
    {"hr", rule},
    {"blockquote", quotation},
    {"pre", preformatted},
    {"listing", preformatted},
    {"xmp", preformatted},
    {"ul", list},
    {"ol", list},
    {"menu", list},
    {"dir", list},
    {"dt", strong_block},
    {"summary", strong_block},
    {"legend", strong_block},
    {"table", convert_table},
    {"figure", convert_figure},
    {"img", convert_img},
    {"em", emphasis},
    {"i", emphasis},
    {"dfn", emphasis},
    {"strong", strong},
    {"b", strong},
    {"del", deleted},
    {"s", deleted},
    {"strike", deleted},
    {"code", code},
    {"kbd", code},
    {"tt", code},
    {"samp", code},
    {"q", quoted},
    {"br", line_break},
    {"a", link},
    {"[caption", convert_caption},
    {"[wp_caption", convert_caption},
    {"[gallery", convert_gallery_code},
    {"[embed", embedded},
    {"iframe", leave_out},
    {"script", leave_out},
    {"style", leave_out},
    {"noscript", leave_out},
    {"video", leave_out},
    {"audio", leave_out},
    {"embed", leave_out},
    {"object", leave_out},
    {"applet", leave_out},
    {"form", leave_out},
    {"input", leave_out},
    {"select", leave_out},
    {"textarea", leave_out},
    {"button", leave_out},
    {"svg", leave_out},
    {"canvas", leave_out},
    {"map", leave_out},
    {"frameset", leave_out},
    {"noembed", skip},
    {"noframes", skip},
    {"template", leave_out},
    {"title", skip},
    {"meta", skip},
    {"link", leave_out},
    {"source", skip},
    {"track", skip},
    {"param", skip},
    {"wbr", skip},
    {"col", skip},
    {"colgroup", skip},
};

/* A shortcode without a rule: noted; what it encloses is text of the post and stays. */
static err shortcode(struct converter *c, const struct html_node *node) {
    str what = {0};
    str detail = {0};
    TRY(describe(c, node, &detail));
    TRY(arena_printf(c->arena, &what, "shortcode " STR_FMT "]", STR_ARG(node->name)));
    TRY(convert_note(c, what, detail));
    bool is_player = str_eq(node->name, STR("[video")) || str_eq(node->name, STR("[audio")) ||
                     str_eq(node->name, STR("[playlist"));
    return is_player ? OK : convert_children(c, node);
}

/* <!-- wp:name {...} /--> stands for something that WordPress computes when the page is shown. */
static err comment(struct converter *c, str text) {
    str inner = str_trim(text);
    if (!str_starts(inner, STR("wp:")) || !str_ends(inner, STR("/"))) return OK;
    str name = {0};
    str rest = {0};
    str what = {0};
    str_cut(str_skip(inner, 3), ' ', &name, &rest);
    TRY(arena_printf(c->arena, &what, "block " STR_FMT, STR_ARG(utf8_cut(name, 64))));
    return convert_note(c, what, str_slice(rest, 0, rest.len > 0 ? rest.len - 1 : 0));
}

/* The classic editor's text: a line break is one, an empty line begins a paragraph. */
static err classic_text(struct converter *c, str text) {
    while (text.len > 0) {
        str line = {0};
        bool is_cut = str_cut(text, '\n', &line, &text);
        writer_text(&c->w, line);
        if (!is_cut) break;
        size_t lines = 1;
        while (text.len > 0 && str_is_space(text.ptr[0])) {
            if (text.ptr[0] == '\n') lines++;
            text = str_skip(text, 1);
        }
        c->w.has_space = true;
        if (lines > 1)
            TRY(convert_end_paragraph(c));
        else if (c->w.breaks == 0)
            writer_break(&c->w);
    }
    return OK;
}

err convert_node(struct converter *c, const struct html_node *node) {
    if (node->type == HTML_COMMENT) return comment(c, node->text);
    if (node->type == HTML_TEXT) {
        if (c->is_classic && !c->w.is_one_line) return classic_text(c, node->text);
        writer_text(&c->w, node->text);
        return OK;
    }
    for (size_t i = 0; i < COUNT_OF(RULES); i++) {
        if (str_eq(node->name, str_of(RULES[i].name))) return RULES[i].run(c, node);
    }
    if (node->name.len > 0 && node->name.ptr[0] == '[') return shortcode(c, node);
    return html_is_block(node) ? convert_block(c, node) : convert_children(c, node);
}

static bool has_h1(const struct html_node *node) {
    for (const struct html_node *child = node->first; child != NULL; child = child->next) {
        if (html_is(child, STR("h1")) || has_h1(child)) return true;
    }
    return false;
}

err html_to_markdown(struct arena *a, str source, const struct html_world *world,
                     struct html_result *ret_result) {
    struct html_node *root = NULL;
    struct buf out;
    struct html_result result = {0};
    TRY(html_tree_parse(a, source, &root));
    buf_init(&out, a, LIMIT_BODY_BYTES);
    struct converter c = {.arena = a, .world = world, .notes_tail = &result.notes};
    writer_init(&c.w, a, &out);
    c.is_classic = !str_contains(source, STR("<!-- wp:"));
    c.has_h1 = has_h1(root);
    TRY(convert_block(&c, root));
    if (out.len > 0) buf_add_byte(&out, '\n');
    TRY(buf_finish(&out, &result.markdown));
    result.note_count = c.note_count;
    *ret_result = result;
    return OK;
}
