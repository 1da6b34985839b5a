/* html_writer.c: see html_writer.h. */
#include "intake/html_writer.h"

#include <assert.h>

#include "base/unicode.h"

void writer_init(struct writer *w, struct arena *a, struct buf *out) {
    *w = (struct writer){.out = out, .arena = a};
}

/* --- Lines and blocks --- */

static str without_end_space(str s) {
    while (s.len > 0 && s.ptr[s.len - 1] == ' ') s.len--;
    return s;
}

static void line_prefix(struct writer *w) {
    buf_add(w->out, w->first.len > 0 ? w->first : w->prefix);
    w->first = (str){0};
}

err writer_enter(struct writer *w, str marker, str rest, struct writer_place *ret_place) {
    *ret_place = (struct writer_place){w->prefix, w->first, w->out->len};
    str outer = w->first.len > 0 ? w->first : w->prefix;
    TRY(arena_printf(w->arena, &w->first, STR_FMT STR_FMT, STR_ARG(outer), STR_ARG(marker)));
    return arena_printf(w->arena, &w->prefix, STR_FMT STR_FMT, STR_ARG(ret_place->prefix),
                        STR_ARG(rest));
}

void writer_leave(struct writer *w, const struct writer_place *place) {
    bool wrote = w->out->len > place->len;
    w->prefix = place->prefix;
    w->first = wrote ? (str){0} : place->first;
    if (wrote) w->gap = place->prefix;
}

void writer_block(struct writer *w) {
    if (w->out->len > 0) {
        buf_add_byte(w->out, '\n');
        if (!w->is_tight) {
            buf_add(w->out, without_end_space(w->gap));
            buf_add_byte(w->out, '\n');
        }
    }
    line_prefix(w);
    w->gap = w->prefix;
    w->is_tight = w->stays_tight;
    w->last = 0;
    w->last_is_plain = false;
    w->closed_after_mark = false;
    w->after_close = false;
    w->has_space = false;
    w->breaks = 0;
    w->at_line_start = true;
    w->digits = 0;
}

void writer_line(struct writer *w) {
    buf_add_byte(w->out, '\n');
    line_prefix(w);
    w->at_line_start = true;
    w->digits = 0;
}

void writer_raw(struct writer *w, str bytes) {
    buf_add(w->out, bytes);
    w->at_line_start = false;
    w->last_is_plain = false;
    w->last = '.';
}

/* --- Styles --- */

static const char *mark_of(enum writer_style style) {
    switch (style) {
    case WRITER_EMPHASIS: return "*";
    case WRITER_STRONG: return "**";
    case WRITER_DELETED: return "~~";
    case WRITER_LINK: return "[";
    }
    return "";
}

/* CommonMark's punctuation is ASCII's and Unicode's; md4c and others differ on symbols, so whatever
 * is not surely a letter or digit counts as punctuation where that is the careful choice. */
static bool is_punctuation(uint32_t c) {
    if (c < 0x80) {
        bool is_letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
        return !is_letter && !(c >= '0' && c <= '9') && c > ' ';
    }
    return (c >= 0xA1 && c <= 0xBF) || c == 0xD7 || c == 0xF7 || (c >= 0x2010 && c <= 0x2BFF) ||
           (c >= 0x2E00 && c <= 0x2E5D) || (c >= 0x3001 && c <= 0x3003) ||
           (c >= 0x3008 && c <= 0x301F) || (c >= 0xFE10 && c <= 0xFE6F) ||
           (c >= 0xFF01 && c <= 0xFF0F) || (c >= 0xFF1A && c <= 0xFF20) ||
           (c >= 0xFF3B && c <= 0xFF40) || (c >= 0xFF5B && c <= 0xFF65);
}

static bool is_space(uint32_t c) {
    return c == 0 || c == ' ' || c == '\n' || c == 0xA0 || (c >= 0x2000 && c <= 0x200B) ||
           c == 0x3000 || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F;
}

/* Writes the marks that wait, before the character `next`. */
static void open_styles(struct writer *w, uint32_t next) {
    for (size_t i = 0; i < w->open_count; i++) {
        struct writer_open *open = &w->open[i];
        if (open->is_written) continue;
        bool is_link = open->style == WRITER_LINK;
        if (!is_link && w->after_close) continue; /* ** and ** would melt together: stays plain */
        if (!is_link && is_space(next)) continue; /* no-break and wide spaces open nothing */
        if (!is_link && is_punctuation(next) && !is_space(w->last) && !is_punctuation(w->last)) {
            if (!w->last_is_plain) continue;
            w->out->len = w->last_at;
            buf_printf(w->out, "&#%u;", w->last);
            w->last_is_plain = false;
        }
        buf_add(w->out, str_of(mark_of(open->style)));
        open->is_written = true;
        w->last = '*';
        w->last_is_plain = false;
        w->at_line_start = false;
    }
}

void writer_open(struct writer *w, enum writer_style style, str url) {
    assert(w->open_count < WRITER_STYLES_MAX);
    w->open[w->open_count++] = (struct writer_open){.style = style, .url = url};
}

static void close_mark(struct writer *w, struct writer_open *open) {
    if (!open->is_written) return;
    open->is_written = false;
    if (open->style == WRITER_LINK) {
        buf_add(w->out, STR("]("));
        buf_add(w->out, open->url);
        buf_add_byte(w->out, ')');
        w->closed_after_mark = false;
        w->after_close = false;
    } else {
        if (is_space(w->last)) buf_add(w->out, STR("&#8203;")); /* ended in a no-break space */
        w->closed_after_mark = w->closed_after_mark || is_punctuation(w->last);
        buf_add(w->out, str_of(mark_of(open->style)));
        w->after_close = true;
    }
    w->last = '*';
    w->last_is_plain = false;
}

void writer_close(struct writer *w) {
    assert(w->open_count > 0);
    close_mark(w, &w->open[w->open_count - 1]);
    w->open_count--;
}

void writer_end_paragraph(struct writer *w) {
    for (size_t i = w->open_count; i > 0; i--) close_mark(w, &w->open[i - 1]);
    w->in_paragraph = false;
    w->has_space = false;
    w->breaks = 0;
}

/* --- Text --- */

/* Everything that must stand before a visible character `next`: the paragraph itself, line breaks,
 * white space, marks. */
static void before_visible(struct writer *w, uint32_t next) {
    if (!w->in_paragraph) {
        writer_block(w);
        w->in_paragraph = true;
        w->breaks = 0;
        w->has_space = false;
    }
    if (w->breaks > 0 && !w->is_one_line && w->last != 0) {
        buf_add_byte(w->out, '\\');
        writer_line(w);
        w->last = ' ';
    } else if ((w->has_space || w->breaks > 0) && w->last != 0 && w->last != ' ') {
        buf_add_byte(w->out, ' ');
        w->last = ' ';
    }
    if (w->last == ' ') {
        w->after_close = false;
        w->closed_after_mark = false;
        w->last_is_plain = false;
    }
    w->has_space = false;
    w->breaks = 0;
    open_styles(w, next);
}

static bool needs_escape(const struct writer *w, uint32_t c, str rest) {
    char next = rest.len > 0 ? rest.ptr[0] : ' ';
    bool next_is_letter = (next | 0x20) >= 'a' && (next | 0x20) <= 'z';
    switch (c) {
    case '\\':
    case '`':
    case '*':
    case '[':
    case ']':
    case '<':
    case '>':
    case '~':
    case '|': return true;
    case '_': return !(w->last_is_plain && w->last < 0x80 && next_is_letter); /* within a word */
    case '&': return next == '#' || next_is_letter;
    case '!': return rest.len == 0; /* before a link it would make a picture of it */
    case '#': return w->at_line_start || w->is_one_line;
    case '+':
    case '-':
    case '=':
    case ':': return w->at_line_start;
    case '.':
    case ')': return w->digits > 0;
    default: return false;
    }
}

static void add_visible(struct writer *w, uint32_t c, str bytes, str rest) {
    before_visible(w, c);
    bool is_joined = w->closed_after_mark && !is_punctuation(c) && !is_space(c);
    bool is_digit = c >= '0' && c <= '9';
    bool counts = is_digit && (w->at_line_start || w->digits > 0);
    bool is_escaped = !is_joined && needs_escape(w, c, rest);
    w->last_at = w->out->len;
    if (is_joined) {
        buf_printf(w->out, "&#%u;", c);
    } else {
        if (is_escaped) buf_add_byte(w->out, '\\');
        buf_add(w->out, bytes);
    }
    w->digits = counts ? w->digits + 1 : 0;
    w->last = c;
    w->last_is_plain = !is_joined && !is_escaped && !is_punctuation(c) && !is_space(c);
    w->at_line_start = false;
    w->closed_after_mark = false;
    w->after_close = false;
}

void writer_text(struct writer *w, str text) {
    while (text.len > 0) {
        str before = text;
        uint32_t c = utf8_take(&text);
        if (c < 0x80 && str_is_space((char)c)) {
            w->has_space = true;
        } else if (c >= 0x20 && c != 0x7F && c != UNICODE_BAD) {
            add_visible(w, c, str_slice(before, 0, before.len - text.len), text);
        }
    }
}

void writer_break(struct writer *w) {
    if (w->in_paragraph) w->breaks++;
}

/* Escapes every character that could end or change what stands inside [ ] or " ". */
static void add_quoted(struct buf *b, str text) {
    bool has_space = false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (str_is_space(c)) {
            has_space = b->len > 0;
            continue;
        }
        if (has_space) buf_add_byte(b, ' ');
        has_space = false;
        if (str_find_byte(STR("\\[]\"*_`<>&|~!"), c) != STR_NONE) buf_add_byte(b, '\\');
        buf_add_byte(b, c);
    }
}

void writer_picture(struct writer *w, str alt, str media, str title) {
    before_visible(w, '!');
    buf_add(w->out, STR("!["));
    add_quoted(w->out, str_trim(alt));
    buf_add(w->out, STR("](media:"));
    buf_add(w->out, media);
    if (title.len > 0) {
        buf_add(w->out, STR(" \""));
        add_quoted(w->out, str_trim(title));
        buf_add_byte(w->out, '"');
    }
    buf_add_byte(w->out, ')');
    w->last = ')';
    w->last_is_plain = false;
    w->at_line_start = false;
    w->closed_after_mark = false;
    w->after_close = false;
}

static size_t longest_run(str text, char of) {
    size_t longest = 0;
    size_t run = 0;
    for (size_t i = 0; i < text.len; i++) {
        run = text.ptr[i] == of ? run + 1 : 0;
        if (run > longest) longest = run;
    }
    return longest;
}

void writer_code(struct writer *w, str code) {
    code = str_trim(code);
    if (code.len == 0) {
        w->has_space = true;
        return;
    }
    before_visible(w, '`');
    size_t fence = longest_run(code, '`') + 1;
    bool is_padded = code.ptr[0] == '`' || code.ptr[code.len - 1] == '`';
    for (size_t i = 0; i < fence; i++) buf_add_byte(w->out, '`');
    if (is_padded) buf_add_byte(w->out, ' ');
    for (size_t i = 0; i < code.len; i++) {
        char c = code.ptr[i];
        if (str_is_space(c) && str_is_space(code.ptr[i - 1])) continue;
        if (c == '|' && w->is_in_table) buf_add_byte(w->out, '\\');
        buf_add_byte(w->out, str_is_space(c) ? ' ' : c);
    }
    if (is_padded) buf_add_byte(w->out, ' ');
    for (size_t i = 0; i < fence; i++) buf_add_byte(w->out, '`');
    w->last = '`';
    w->last_is_plain = false;
    w->at_line_start = false;
    w->closed_after_mark = false;
    w->after_close = false;
}

void writer_url(struct buf *b, str url) {
    for (size_t i = 0; i < url.len; i++) {
        unsigned char c = (unsigned char)url.ptr[i];
        if (c <= ' ' || c == 0x7F || str_find_byte(STR("<>()\"\\`[]|{}^"), (char)c) != STR_NONE) {
            buf_printf(b, "%%%02X", (unsigned)c);
        } else if (c == '&') {
            buf_add(b, STR("&amp;"));
        } else {
            buf_add_byte(b, (char)c);
        }
    }
}

void writer_attribute(struct writer *w, const char *name, str value) {
    value = str_trim(value);
    if (value.len == 0) return;
    writer_line(w);
    buf_printf(w->out, "%s: ", name);
    for (size_t i = 0; i < value.len; i++) {
        bool is_white = str_is_space(value.ptr[i]);
        if (is_white && str_is_space(value.ptr[i - 1])) continue;
        buf_add_byte(w->out, is_white ? ' ' : value.ptr[i]);
    }
}
