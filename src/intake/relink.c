/* relink.c: see relink.h. */
#include "intake/relink.h"

#include <string.h>

enum { BRACKETS_MAX = 32 };

struct bracket {
    size_t in_output; /* where [ or ![ stands there */
    bool is_picture;
};

struct line {
    struct buf *out;
    const struct relink *how;
    struct bracket brackets[BRACKETS_MAX]; /* open ones, outermost first */
    size_t count;
};

/* Cuts "destination \"title\")" at the front of `rest`. False when it is none. */
static bool take_destination(str rest, str *ret_destination, str *ret_title, size_t *ret_len) {
    size_t from = rest.len > 0 && rest.ptr[0] == '<' ? 1 : 0;
    size_t end = from;
    size_t depth = 0;
    for (; end < rest.len; end++) {
        char c = rest.ptr[end];
        if (from == 1 ? c == '>' : str_is_space(c)) break;
        if (from == 0 && c == '(') depth++;
        if (from == 0 && c == ')' && depth-- == 0) break;
        if (c == '\\') end++;
    }
    if (end >= rest.len) return false;
    size_t after = end + from;
    size_t close = after;
    bool is_quoted = false;
    while (close < rest.len && (is_quoted || rest.ptr[close] != ')')) {
        if (rest.ptr[close] == '\\')
            close++;
        else if (rest.ptr[close] == '"')
            is_quoted = !is_quoted;
        close++;
    }
    if (close >= rest.len) return false;
    *ret_destination = str_slice(rest, from, end);
    *ret_title = str_slice(rest, after, close);
    *ret_len = close + 1;
    return true;
}

/* At "](": answers for it. Gives the bytes taken from `rest`, which begins with "]". */
static err close_bracket(struct line *l, str rest, size_t *ret_taken) {
    struct bracket open = l->brackets[--l->count];
    enum relink_verdict verdict = RELINK_KEEP;
    str destination = {0};
    str title = {0};
    size_t len = 0;
    *ret_taken = 0;
    if (!str_starts(rest, STR("]("))) return OK;
    if (!take_destination(str_skip(rest, 2), &destination, &title, &len)) return OK;
    str answered = destination;
    TRY(l->how->answer(l->how->context, open.is_picture, destination, &verdict, &answered));
    *ret_taken = len + 2;
    TRY(buf_check(l->out));
    if (verdict == RELINK_REMOVE) {
        size_t mark = open.is_picture ? 2 : 1;
        str words = str_skip(buf_text(l->out), open.in_output + mark);
        if (words.len > 0) memmove(l->out->ptr + open.in_output, words.ptr, words.len);
        l->out->len -= mark;
        return OK;
    }
    bool has_space = str_find_byte(answered, ' ') != STR_NONE;
    buf_add(l->out, has_space ? STR("](<") : STR("]("));
    buf_add(l->out, answered);
    buf_add(l->out, has_space ? STR(">") : STR(""));
    buf_add(l->out, title);
    buf_add_byte(l->out, ')');
    return OK;
}

/* How many bytes of code begin here: a run of backticks up to the same run again; 0: none. */
static size_t code_span(str rest) {
    size_t ticks = 0;
    while (ticks < rest.len && rest.ptr[ticks] == '`') ticks++;
    for (size_t at = ticks; at < rest.len;) {
        size_t run = 0;
        while (at + run < rest.len && rest.ptr[at + run] == '`') run++;
        if (run == ticks) return at + run;
        at += run > 0 ? run : 1;
    }
    return ticks;
}

static err relink_line(struct buf *b, str text, const struct relink *how) {
    struct line l = {.out = b, .how = how};
    while (text.len > 0) {
        char c = text.ptr[0];
        size_t taken = 1;
        bool is_picture = str_starts(text, STR("!["));
        if (c == '\\') {
            taken = text.len > 1 ? 2 : 1;
        } else if (c == '`') {
            taken = code_span(text);
        } else if ((c == '[' || is_picture) && l.count < BRACKETS_MAX) {
            l.brackets[l.count++] = (struct bracket){b->len, is_picture};
            taken = is_picture ? 2 : 1;
        } else if (c == ']' && l.count > 0) {
            size_t closed = 0;
            TRY(close_bracket(&l, text, &closed));
            text = str_skip(text, closed);
            if (closed > 0) continue;
        }
        buf_add(b, str_slice(text, 0, taken));
        text = str_skip(text, taken);
    }
    return OK;
}

static err relink_media(struct buf *b, str value, const struct relink *how) {
    enum relink_verdict verdict = RELINK_KEEP;
    str answered = value;
    TRY(how->answer(how->context, /* is_picture: */ true, value, &verdict, &answered));
    if (str_starts(answered, STR("media:"))) answered = str_skip(answered, 6);
    buf_add(b, STR("media: "));
    if (verdict == RELINK_KEEP) buf_add(b, answered);
    return OK;
}

err relink(struct buf *b, str text, const struct relink *how) {
    str fence = {0};
    bool in_figure = false;
    while (text.len > 0) {
        str line = {0};
        bool is_cut = str_cut(text, '\n', &line, &text);
        str trimmed = str_trim(line);
        bool is_fence = str_starts(trimmed, STR("```")) || str_starts(trimmed, STR("~~~"));
        bool ends_fence = fence.len > 0 && str_starts(trimmed, fence);
        bool is_code = fence.len > 0 || is_fence;
        if (fence.len == 0 && is_fence)
            fence = str_slice(trimmed, 0, 3);
        else if (ends_fence)
            fence = (str){0};
        if (!is_code && str_starts(line, STR(":::"))) {
            in_figure = str_eq(str_trim(str_skip(line, 3)), STR("figure"));
        }
        if (is_code)
            buf_add(b, line);
        else if (in_figure && str_starts(line, STR("media:")))
            TRY(relink_media(b, str_trim(str_skip(line, 6)), how));
        else
            TRY(relink_line(b, line, how));
        if (is_cut) buf_add_byte(b, '\n');
    }
    return buf_check(b);
}
