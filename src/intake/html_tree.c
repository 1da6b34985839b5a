/* html_tree.c: a tokenizer and a forgiving tree builder. See html_tree.h. */
#include "intake/html_tree.h"

#include <libxml/HTMLparser.h>
#include <string.h>

#include "base/unicode.h"

enum { NAME_MAX_BYTES = 40, CLOSERS_MAX = 64, REFERENCE_MAX_BYTES = 32 };

struct parser {
    struct arena *arena;
    str source;
    size_t at;
    struct html_node *open; /* where the next node goes */
    size_t depth;
    str closers[CLOSERS_MAX]; /* names of the shortcodes that are closed somewhere: [/name] */
    size_t closer_count;
};

/* Sorted by kind, looked up rarely enough for a plain search. */
static const char *const VOID_NAMES[] = {
    "area", "base",  "br",     "col",   "embed", "hr",       "img",     "input", "link",
    "meta", "param", "source", "track", "wbr",   "basefont", "bgsound", "frame", "keygen"};
static const char *const RAW_NAMES[] = {"script", "style",   "textarea", "iframe",
                                        "xmp",    "noembed", "noframes", "title"};
static const char *const BLOCK_NAMES[] = {
    "address",     "article",  "aside",      "blockquote", "body",    "caption", "center",
    "colgroup",    "dd",       "details",    "dialog",     "dir",     "div",     "dl",
    "dt",          "fieldset", "figcaption", "figure",     "footer",  "form",    "h1",
    "h2",          "h3",       "h4",         "h5",         "h6",      "header",  "hgroup",
    "hr",          "html",     "legend",     "li",         "main",    "menu",    "nav",
    "ol",          "p",        "pre",        "section",    "summary", "table",   "tbody",
    "td",          "tfoot",    "th",         "thead",      "tr",      "ul",      "[caption",
    "[wp_caption", "[gallery", "[playlist",  "[embed",     "[video",  "[audio"};
/* Shortcodes that WordPress itself brings: these need no sign that they are meant. */
static const char *const SHORTCODES[] = {"caption", "wp_caption", "gallery", "playlist",
                                         "embed",   "video",      "audio"};

static bool is_among(str name, const char *const *names, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (str_eq(name, str_of(names[i]))) return true;
    }
    return false;
}

static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_name(char c) {
    return is_letter(c) || is_digit(c) || c == '-' || c == '_' || c == ':';
}

/* --- Character references (WHATWG HTML, 13.2.5.72 and on; the named ones of HTML 4) --- */

/* What numeric references 0x80 to 0x9F mean: the characters of windows-1252. */
static const uint16_t WINDOWS_1252[32] = {
    0x20AC, 0x81,   0x201A, 0x192,  0x201E, 0x2026, 0x2020, 0x2021, 0x2C6,  0x2030, 0x160,
    0x2039, 0x152,  0x8D,   0x17D,  0x8F,   0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x2DC,  0x2122, 0x161,  0x203A, 0x153,  0x9D,   0x17E,  0x178};

static uint32_t numeric_reference(str digits, bool *ret_is_good) {
    bool is_hex = digits.len > 0 && (digits.ptr[0] == 'x' || digits.ptr[0] == 'X');
    uint32_t value = 0;
    if (is_hex) digits = str_skip(digits, 1);
    *ret_is_good = digits.len > 0;
    for (size_t i = 0; i < digits.len; i++) {
        char c = digits.ptr[i];
        char low = (char)(c | 0x20);
        bool is_hex_letter = is_hex && low >= 'a' && low <= 'f';
        if (!is_digit(c) && !is_hex_letter) *ret_is_good = false;
        uint32_t digit = is_digit(c) ? (uint32_t)(c - '0') : (uint32_t)(low - 'a' + 10);
        if (value <= 0x10FFFF) value = value * (is_hex ? 16 : 10) + digit;
    }
    if (value >= 0x80 && value < 0xA0) return WINDOWS_1252[value - 0x80];
    return value == 0 ? 0xFFFD : value;
}

/* Decodes the reference at the start of `text` (which begins with &). Gives the bytes it takes, 0
 * when it is none. */
static size_t add_reference(struct buf *b, str text) {
    size_t end = 1;
    while (end < text.len && end < REFERENCE_MAX_BYTES && text.ptr[end] != ';') end++;
    if (end < 2 || end >= text.len || text.ptr[end] != ';') return 0;
    str inner = str_slice(text, 1, end);
    if (inner.ptr[0] == '#') {
        bool is_good = false;
        uint32_t c = numeric_reference(str_skip(inner, 1), &is_good);
        if (!is_good) return 0;
        utf8_add(b, c);
        return end + 1;
    }
    char name[REFERENCE_MAX_BYTES + 1] = {0};
    memcpy(name, inner.ptr, inner.len);
    const htmlEntityDesc *found = htmlEntityLookup((const xmlChar *)name);
    if (str_eq(inner, STR("apos"))) {
        buf_add_byte(b, '\'');
    } else if (found != NULL) {
        utf8_add(b, found->value);
    } else {
        return 0;
    }
    return end + 1;
}

static err decode(struct arena *a, str text, str *ret_text) {
    if (str_find_byte(text, '&') == STR_NONE) {
        *ret_text = text;
        return OK;
    }
    struct buf b;
    buf_init(&b, a, text.len + 8);
    while (text.len > 0) {
        size_t plain = str_find_byte(text, '&');
        if (plain == STR_NONE) plain = text.len;
        buf_add(&b, str_slice(text, 0, plain));
        text = str_skip(text, plain);
        if (text.len == 0) break;
        size_t taken = add_reference(&b, text);
        if (taken == 0) buf_add_byte(&b, '&');
        text = str_skip(text, taken == 0 ? 1 : taken);
    }
    return buf_finish(&b, ret_text);
}

/* --- The tree --- */

static err append(struct parser *p, enum html_type type, struct html_node **ret_node) {
    struct html_node *node = arena_alloc(p->arena, sizeof *node);
    if (node == NULL) FAIL(ERR_NO_MEMORY, "no memory for the tree of a text");
    node->type = type;
    node->parent = p->open;
    if (p->open->last != NULL)
        p->open->last->next = node;
    else
        p->open->first = node;
    p->open->last = node;
    *ret_node = node;
    return OK;
}

static err append_text(struct parser *p, str text, bool is_raw) {
    if (text.len == 0) return OK;
    struct html_node *node = NULL;
    TRY(append(p, HTML_TEXT, &node));
    node->text = text;
    return is_raw ? OK : decode(p->arena, text, &node->text);
}

static void close_open(struct parser *p, const struct html_node *until) {
    while (p->open != until) {
        p->open = p->open->parent;
        p->depth--;
    }
}

/* Closes the nearest open element called `name`, looking no further than an element called `stop`
 * or a table cell, whose content is a world of its own. */
static void close_name(struct parser *p, str name, const char *const *stops, size_t stop_count) {
    for (struct html_node *node = p->open; node->parent != NULL; node = node->parent) {
        if (str_eq(node->name, name)) {
            close_open(p, node->parent);
            return;
        }
        if (is_among(node->name, stops, stop_count)) return;
    }
}

/* What a start tag closes by itself (WHATWG HTML, 13.1.2.4, optional tags). */
static void close_implied(struct parser *p, str name, bool is_block) {
    static const char *const lists[] = {"ul", "ol", "td", "th", "menu", "dir"};
    static const char *const dls[] = {"dl", "td", "th"};
    static const char *const tables[] = {"table"};
    static const char *const cells[] = {"tr", "table"};
    static const char *const flows[] = {"td",      "th",         "li",      "dd",
                                        "div",     "blockquote", "table",   "figure",
                                        "section", "article",    "[caption"};
    if (is_block) close_name(p, STR("p"), flows, COUNT_OF(flows));
    if (str_eq(name, STR("li"))) close_name(p, STR("li"), lists, COUNT_OF(lists));
    if (str_eq(name, STR("dt")) || str_eq(name, STR("dd"))) {
        close_name(p, STR("dt"), dls, COUNT_OF(dls));
        close_name(p, STR("dd"), dls, COUNT_OF(dls));
    }
    if (str_eq(name, STR("td")) || str_eq(name, STR("th"))) {
        close_name(p, STR("td"), cells, COUNT_OF(cells));
        close_name(p, STR("th"), cells, COUNT_OF(cells));
    }
    if (str_eq(name, STR("tr"))) close_name(p, STR("tr"), tables, COUNT_OF(tables));
    if (str_eq(name, STR("tbody")) || str_eq(name, STR("tfoot"))) {
        close_name(p, STR("thead"), tables, COUNT_OF(tables));
        close_name(p, STR("tbody"), tables, COUNT_OF(tables));
    }
}

static void end_element(struct parser *p, str name) {
    static const char *const cells[] = {"td", "th"};
    bool is_of_table =
        str_starts(name, STR("t")) && is_among(name, BLOCK_NAMES, COUNT_OF(BLOCK_NAMES));
    close_name(p, name, cells, is_of_table ? 0 : COUNT_OF(cells));
}

/* --- Tokens --- */

static char peek(const struct parser *p) {
    return p->at < p->source.len ? p->source.ptr[p->at] : '\0';
}

static void skip_space(struct parser *p) {
    while (p->at < p->source.len && str_is_space(p->source.ptr[p->at])) p->at++;
}

static err take_name(struct parser *p, str prefix, str *ret_name) {
    char name[NAME_MAX_BYTES];
    size_t len = prefix.len;
    if (len > 0) memcpy(name, prefix.ptr, len);
    while (p->at < p->source.len && is_name(p->source.ptr[p->at])) {
        char c = p->source.ptr[p->at++];
        if (len < sizeof name) name[len++] = (c >= 'A' && c <= 'Z') ? (char)(c | 0x20) : c;
    }
    return arena_copy(p->arena, (str){name, len}, ret_name);
}

static str take_value(struct parser *p, char closer) {
    char quote = peek(p);
    size_t from = p->at;
    if (quote == '"' || quote == '\'') {
        from = ++p->at;
        while (p->at < p->source.len && p->source.ptr[p->at] != quote) p->at++;
        str value = str_slice(p->source, from, p->at);
        if (p->at < p->source.len) p->at++;
        return value;
    }
    while (p->at < p->source.len && !str_is_space(p->source.ptr[p->at]) &&
           p->source.ptr[p->at] != closer) {
        p->at++;
    }
    return str_slice(p->source, from, p->at);
}

/* Takes attributes up to and with `closer`. A shortcode's unnamed value is kept under "". */
static err take_attrs(struct parser *p, char closer, struct html_node *node) {
    struct html_attr **tail = &node->attrs;
    size_t count = 0;
    for (;;) {
        skip_space(p);
        if (p->at >= p->source.len) return OK;
        if (peek(p) == closer) {
            p->at++;
            return OK;
        }
        size_t from = p->at;
        str name = {0};
        str value = {0};
        TRY(take_name(p, (str){0}, &name));
        skip_space(p);
        if (name.len > 0 && peek(p) == '=') {
            p->at++;
            skip_space(p);
            value = take_value(p, closer);
        } else if (closer == ']') { /* [embed https://...] */
            p->at = from;
            name = (str){0};
            value = take_value(p, closer);
        }
        if (p->at == from) p->at++; /* a stray character */
        if (++count > LIMIT_LIST_ITEMS) continue;
        struct html_attr *attr = arena_alloc(p->arena, sizeof *attr);
        if (attr == NULL) FAIL(ERR_NO_MEMORY, "no memory for the tree of a text");
        attr->name = name;
        TRY(decode(p->arena, value, &attr->value));
        *tail = attr;
        tail = &attr->next;
    }
}

/* The content of a script, a style and their like: everything up to the end tag, as it is. */
static err take_raw_text(struct parser *p, struct html_node *node) {
    size_t from = p->at;
    size_t end = from;
    for (;; end++) {
        size_t next = str_find(str_skip(p->source, end), STR("</"));
        end = next == STR_NONE ? p->source.len : end + next;
        if (next == STR_NONE) break;
        if (str_eq_nocase(str_slice(p->source, end + 2, end + 2 + node->name.len), node->name)) {
            break;
        }
    }
    p->at = end; /* the end tag will find nothing open and be ignored */
    struct html_node *parent = p->open;
    p->open = node;
    err e = append_text(p, str_slice(p->source, from, end), /* is_raw: */ true);
    p->open = parent;
    return e;
}

static err start_element(struct parser *p, str name, bool is_void) {
    struct html_node probe = {.type = HTML_ELEMENT, .name = name};
    close_implied(p, name, html_is_block(&probe));
    struct html_node *node = NULL;
    TRY(append(p, HTML_ELEMENT, &node));
    node->name = name;
    TRY(take_attrs(p, name.ptr[0] == '[' ? ']' : '>', node));
    bool is_closed = p->at >= 2 && str_eq(str_slice(p->source, p->at - 2, p->at), STR("/>"));
    bool is_foreign = str_eq(name, STR("path")) || str_eq(name, STR("use"));
    if (is_void || (is_closed && is_foreign)) return OK;
    if (is_among(name, RAW_NAMES, COUNT_OF(RAW_NAMES))) return take_raw_text(p, node);
    if (p->depth >= LIMIT_DEPTH) return OK;
    p->open = node;
    p->depth++;
    return OK;
}

static err take_comment(struct parser *p, str rest) {
    size_t end = str_find(str_skip(rest, 4), STR("-->"));
    size_t inner_end = end == STR_NONE ? rest.len : end + 4;
    struct html_node *node = NULL;
    TRY(append(p, HTML_COMMENT, &node));
    node->text = str_slice(rest, 4, inner_end);
    p->at += end == STR_NONE ? rest.len : inner_end + 3;
    return OK;
}

static err take_markup(struct parser *p) {
    str rest = str_skip(p->source, p->at);
    if (str_starts(rest, STR("<!--"))) return take_comment(p, rest);
    if (rest.ptr[1] == '!' || rest.ptr[1] == '?') {
        size_t end = str_find_byte(rest, '>');
        p->at += end == STR_NONE ? rest.len : end + 1;
        return OK;
    }
    str name = {0};
    if (rest.ptr[1] == '/') {
        p->at += 2;
        TRY(take_name(p, (str){0}, &name));
        struct html_node ignored = {0};
        TRY(take_attrs(p, '>', &ignored));
        end_element(p, name);
        return OK;
    }
    p->at += 1;
    TRY(take_name(p, (str){0}, &name));
    return start_element(p, name, is_among(name, VOID_NAMES, COUNT_OF(VOID_NAMES)));
}

static bool has_closer(const struct parser *p, str name) {
    for (size_t i = 0; i < p->closer_count; i++) {
        if (str_eq(p->closers[i], name)) return true;
    }
    return false;
}

static bool is_closer(const struct parser *p, str rest, str *ret_name) {
    size_t end = str_find_byte(str_slice(rest, 0, NAME_MAX_BYTES), ']');
    if (end == STR_NONE || !has_closer(p, str_slice(rest, 2, end))) return false;
    *ret_name = str_slice(rest, 2, end);
    return true;
}

/* Does a shortcode begin at the bracket `rest` begins with? One that WordPress does not bring is
 * believed when it has attributes or an end somewhere; "[sic]" stays text. */
static bool is_shortcode(const struct parser *p, str rest, str *ret_name) {
    size_t end = 1;
    while (end < rest.len && is_name(rest.ptr[end])) end++;
    size_t line = 0;
    if (end < 2 || end >= rest.len || !is_letter(rest.ptr[1])) return false;
    if (rest.ptr[end] != ']' && rest.ptr[end] != ' ' && rest.ptr[end] != '/') return false;
    *ret_name = str_slice(rest, 1, end);
    if (end - 1 > NAME_MAX_BYTES - 2) return false;
    str scope = str_slice(rest, 0, 4096); /* its end must be near: no quadratic searching */
    line = str_find_byte(scope, ']');
    if (line == STR_NONE) return false;
    if (is_among(*ret_name, SHORTCODES, COUNT_OF(SHORTCODES))) return true;
    if (str_find_byte(str_slice(rest, end, line), '=') != STR_NONE) return true;
    return has_closer(p, *ret_name);
}

static err take_shortcode(struct parser *p) {
    str rest = str_skip(p->source, p->at);
    str name = {0};
    if (rest.ptr[1] == '/') {
        p->at += 2;
        TRY(take_name(p, STR("["), &name));
        p->at += 1;
        end_element(p, name);
        return OK;
    }
    p->at += 1;
    TRY(take_name(p, STR("["), &name));
    return start_element(p, name, !has_closer(p, str_skip(name, 1)));
}

static void find_closers(struct parser *p) {
    for (size_t at = 0; p->closer_count < CLOSERS_MAX;) {
        size_t next = str_find(str_skip(p->source, at), STR("[/"));
        if (next == STR_NONE) return;
        size_t from = at + next + 2;
        size_t end = from;
        while (end < p->source.len && is_name(p->source.ptr[end])) end++;
        str name = str_slice(p->source, from, end);
        bool is_new = end > from && name.len < NAME_MAX_BYTES && !has_closer(p, name);
        if (is_new && str_starts(str_skip(p->source, end), STR("]"))) {
            p->closers[p->closer_count++] = name;
        }
        at = end;
    }
}

/* Is the character at `at` the first of a tag, a comment or a shortcode? */
static bool begins_token(const struct parser *p) {
    str rest = str_skip(p->source, p->at);
    char next = rest.len > 1 ? rest.ptr[1] : '\0';
    str name = {0};
    if (rest.ptr[0] == '<') {
        bool is_end = next == '/' && rest.len > 2 && is_letter(rest.ptr[2]);
        return is_letter(next) || next == '!' || next == '?' || is_end;
    }
    if (rest.ptr[0] != '[') return false;
    return next == '/' ? is_closer(p, rest, &name) : is_shortcode(p, rest, &name);
}

err html_tree_parse(struct arena *a, str source, struct html_node **ret_root) {
    struct html_node *root = arena_alloc(a, sizeof *root);
    if (root == NULL) FAIL(ERR_NO_MEMORY, "no memory for the tree of a text");
    struct parser p = {.arena = a, .source = source, .open = root};
    if (!utf8_is_valid(source) || str_find_byte(source, '\0') != STR_NONE) {
        struct buf mended;
        buf_init(&mended, a, source.len * 3 + 1);
        utf8_add_mended(&mended, source);
        TRY(buf_finish(&mended, &p.source));
    }
    find_closers(&p);
    size_t text_from = 0;
    while (p.at < p.source.len) {
        if (!begins_token(&p)) {
            p.at++;
            continue;
        }
        /* The text before the token goes first: the token may close what it stands in. */
        TRY(append_text(&p, str_slice(p.source, text_from, p.at), /* is_raw: */ false));
        if (peek(&p) == '<')
            TRY(take_markup(&p));
        else
            TRY(take_shortcode(&p));
        text_from = p.at;
    }
    TRY(append_text(&p, str_skip(p.source, text_from), /* is_raw: */ false));
    *ret_root = root;
    return OK;
}

/* --- Looking at it --- */

str html_get(const struct html_node *node, str name) {
    for (const struct html_attr *attr = node->attrs; attr != NULL; attr = attr->next) {
        if (str_eq(attr->name, name)) return attr->value;
    }
    return (str){0};
}

bool html_is(const struct html_node *node, str name) {
    return node->type == HTML_ELEMENT && str_eq(node->name, name);
}

bool html_has_class(const struct html_node *node, str word) {
    str rest = node->type == HTML_ELEMENT ? html_get(node, STR("class")) : (str){0};
    while (rest.len > 0) {
        str one = {0};
        str_cut(rest, ' ', &one, &rest);
        if (str_eq(str_trim(one), word)) return true;
    }
    return false;
}

bool html_is_block(const struct html_node *node) {
    return node->type == HTML_ELEMENT && is_among(node->name, BLOCK_NAMES, COUNT_OF(BLOCK_NAMES));
}

void html_add_text(struct buf *b, const struct html_node *node) {
    if (node->type == HTML_TEXT) buf_add(b, node->text);
    if (node->type == HTML_COMMENT) return;
    if (html_is(node, STR("script")) || html_is(node, STR("style"))) return;
    if (html_is(node, STR("br"))) buf_add_byte(b, '\n');
    for (const struct html_node *child = node->first; child != NULL; child = child->next) {
        html_add_text(b, child);
        if (html_is_block(child)) buf_add_byte(b, '\n');
    }
}

err html_plain(struct arena *a, str source, str *ret_text) {
    struct html_node *root = NULL;
    struct buf all;
    struct buf line;
    TRY(html_tree_parse(a, source, &root));
    buf_init(&all, a, source.len * 4 + 64);
    html_add_text(&all, root);
    str text = {0};
    TRY(buf_finish(&all, &text));
    text = str_trim(text);
    buf_init(&line, a, text.len + 1);
    for (size_t i = 0; i < text.len; i++) {
        bool is_space = str_is_space(text.ptr[i]);
        if (is_space && str_is_space(text.ptr[i - 1])) continue;
        buf_add_byte(&line, is_space ? ' ' : text.ptr[i]);
    }
    return buf_finish(&line, ret_text);
}
