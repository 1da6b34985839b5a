/* drawing.c: see drawing.h. */
#include "gate/drawing.h"

static const char *const ELEMENTS[] = {"svg", "g", "rect", "circle", "path"};
static const char *const ATTRIBUTES[] = {
    "viewBox",
    "width",
    "height",
    "x",
    "y",
    "rx",
    "ry",
    "cx",
    "cy",
    "r",
    "d",
    "fill",
    "stroke",
    "stroke-width",
    "stroke-dasharray",
    "stroke-linecap",
    "stroke-linejoin",
};

static bool is_listed(str word, const char *const *list, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (str_eq(word, str_of(list[i]))) return true;
    }
    return false;
}

static void skip_space(str *text) {
    while (text->len > 0 && str_is_space(text->ptr[0])) *text = str_skip(*text, 1);
}

static str take_name(str *text) {
    size_t len = 0;
    while (len < text->len &&
           ((text->ptr[len] >= 'a' && text->ptr[len] <= 'z') ||
            (text->ptr[len] >= 'A' && text->ptr[len] <= 'Z') || text->ptr[len] == '-')) {
        len++;
    }
    str name = str_slice(*text, 0, len);
    *text = str_skip(*text, len);
    return name;
}

/* What numbers, colours and paths are written with: no colon, so no address; no letter pair that
 * could call anything. "url(" needs its parenthesis, which is not here. */
static bool is_plain_value(str value) {
    for (size_t i = 0; i < value.len; i++) {
        char c = value.ptr[i];
        bool is_word = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!is_word && c != ' ' && c != '.' && c != ',' && c != '-' && c != '#') return false;
    }
    return value.len <= 4096;
}

static bool take_attribute(str *text) {
    str value;
    str name = take_name(text);
    if (!str_starts(*text, STR("=\""))) return false;
    *text = str_skip(*text, 2);
    if (!str_cut(*text, '"', &value, text)) return false;
    if (str_eq(name, STR("xmlns"))) return str_eq(value, STR("http://www.w3.org/2000/svg"));
    return is_listed(name, ATTRIBUTES, COUNT_OF(ATTRIBUTES)) && is_plain_value(value);
}

/* One tag, from behind its "<" to behind its ">". */
static bool take_tag(str *text) {
    bool closes = str_starts(*text, STR("/"));
    if (closes) *text = str_skip(*text, 1);
    if (!is_listed(take_name(text), ELEMENTS, COUNT_OF(ELEMENTS))) return false;
    for (;;) {
        skip_space(text);
        if (str_starts(*text, STR("/>"))) {
            *text = str_skip(*text, 2);
            return !closes;
        }
        if (str_starts(*text, STR(">"))) {
            *text = str_skip(*text, 1);
            return true;
        }
        if (closes || !take_attribute(text)) return false;
    }
}

bool drawing_is_plain(str svg, size_t *ret_at) {
    str rest = svg;
    if (!str_starts(svg, STR("<svg "))) {
        *ret_at = 0;
        return false;
    }
    while (rest.len > 0) {
        skip_space(&rest);
        if (rest.len == 0) break;
        size_t at = svg.len - rest.len;
        bool is_tag = rest.ptr[0] == '<';
        if (is_tag) rest = str_skip(rest, 1);
        if (!is_tag || !take_tag(&rest)) {
            *ret_at = at;
            return false;
        }
    }
    return true;
}
