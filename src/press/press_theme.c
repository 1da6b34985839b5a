/* press_theme.c: templates, words and styles. A file in the site's own folder takes the place of
 * the built-in one of the same name (docs/THEME.md). */
#include <string.h>

#include "base/unicode.h"
#include "press/press_impl.h"
#include "press_files.h"

static str built_in(const char *name) {
    for (size_t i = 0; i < COUNT_OF(press_files); i++) {
        if (strcmp(press_files[i].name, name) == 0)
            return (str){(const char *)press_files[i].bytes, press_files[i].size};
    }
    return (str){0};
}

/* The site's own file. fails: ERR_NOT_FOUND when it has none of that name. */
static err own_file(struct press *p, const char *name, str *ret_bytes) {
    if (p->options->theme < 0) FAIL(ERR_NOT_FOUND, "there is no theme folder");
    err e = file_read(p->site, p->options->theme, str_of(name), LIMIT_TEXT_FILE_BYTES, ret_bytes);
    if (e.kind != ERR_NONE) return err_wrap(e, "theme/%s", name);
    if (!utf8_is_valid(*ret_bytes)) FAIL(ERR_INVALID, "theme/%s is not UTF-8", name);
    stamp_add(p, str_of(name));
    stamp_add(p, *ret_bytes);
    return OK;
}

err theme_file(struct press *p, const char *name, str *ret_bytes) {
    err e = own_file(p, name, ret_bytes);
    if (e.kind != ERR_NOT_FOUND) return e;
    *ret_bytes = built_in(name);
    if (ret_bytes->len == 0) FAIL(ERR_NOT_FOUND, "there is no %s", name);
    return OK;
}

err theme_templates(struct press *p) {
    struct mustache_source *sources = arena_array(p->site, COUNT_OF(press_files), sizeof *sources);
    if (sources == NULL) FAIL(ERR_NO_MEMORY, "no memory for the templates");
    size_t count = 0;
    for (size_t i = 0; i < COUNT_OF(press_files); i++) {
        str name = str_of(press_files[i].name);
        if (!str_starts(name, STR("html/")) || !str_ends(name, STR(".mustache"))) continue;
        sources[count].name = str_slice(name, 5, name.len - 9);
        TRY(theme_file(p, press_files[i].name, &sources[count].text));
        count++;
    }
    return mustache_compile(p->site, sources, count, &p->templates);
}

/* ---- Colours -------------------------------------------------------------------------------- */

static uint32_t colour_in(str css, const char *name, uint32_t otherwise) {
    static const char digits[] = "0123456789abcdef";
    str rest = {0};
    uint32_t colour = 0;
    str value = css_colour(css, str_of(name), &rest);
    for (size_t i = 1; i < value.len; i++)
        colour = colour << 4 | (uint32_t)(strchr(digits, value.ptr[i] | 0x20) - digits);
    return value.len > 0 ? colour : otherwise;
}

static struct press_colours colours_in(str css, struct press_colours otherwise) {
    return (struct press_colours){.paper = colour_in(css, "--paper:", otherwise.paper),
                                  .ink = colour_in(css, "--ink:", otherwise.ink),
                                  .accent = colour_in(css, "--jjok:", otherwise.accent)};
}

err press_colours(struct arena *a, int theme, struct press_colours *ret_colours) {
    static const char name[] = "css/site.css";
    struct press_colours colours =
        colours_in(built_in(name), (struct press_colours){.paper = 0xFFFFFF});
    str own = {0};
    if (theme >= 0) {
        err e = file_read(a, theme, str_of(name), LIMIT_TEXT_FILE_BYTES, &own);
        if (e.kind != ERR_NOT_FOUND) TRY(err_wrap(e, "theme/%s", name));
    }
    *ret_colours = colours_in(own, colours);
    return OK;
}

/* ---- Words ---------------------------------------------------------------------------------- */

/* Adds one word unless the key has one: the dots of "list.where" are maps within maps. */
static err add_word(struct view *view, struct value *map, str key, str text) {
    str rest = key;
    str part = {0};
    while (str_cut(rest, '.', &part, &rest)) {
        const struct value *found = value_find(map, part);
        if (found != NULL && found->kind != VALUE_MAP)
            FAIL(ERR_INVALID, "the key " STR_FMT " goes on where another ends", STR_ARG(key));
        if (found != NULL) { /* found by walking `map`, which is ours to change */
            for (map = map->first; map != found;) map = map->next;
            continue;
        }
        map = view_map(view, map, "");
        if (map == NULL) return view_check(view);
        map->name = part;
    }
    if (part.len == 0)
        FAIL(ERR_INVALID, "the key \"" STR_FMT "\" has an end too many", STR_ARG(key));
    if (value_find(map, part) != NULL) return OK;
    view_text(view, map, "", text);
    if (view->failed) return view_check(view);
    map->last->name = part;
    return OK;
}

static err add_words(struct view *view, struct value *words, str bytes, const char *name) {
    int number = 0;
    while (bytes.len > 0) {
        str line = {0};
        str key = {0};
        str text = {0};
        str_cut(bytes, '\n', &line, &bytes);
        number++;
        line = str_trim(line);
        if (line.len == 0 || line.ptr[0] == '#') continue;
        if (!str_cut(line, '=', &key, &text))
            FAIL(ERR_INVALID, "%s, line %d: no = between key and text", name, number);
        TRY(err_wrap(add_word(view, words, str_trim(key), str_trim(text)), "%s, line %d", name,
                     number));
    }
    return OK;
}

/* "ko-KP" asks ko-KP, then ko, then English; in each the site's own file, then the built-in one. */
err theme_words(struct press *p, str language, struct value *ret_words) {
    str chain[LIMIT_LANGUAGE_BYTES];
    size_t count = 0;
    for (str tag = language; tag.len > 0 && count + 1 < COUNT_OF(chain);) {
        chain[count++] = tag;
        size_t cut = tag.len;
        while (cut > 0 && tag.ptr[cut - 1] != '-') cut--;
        tag = str_slice(tag, 0, cut > 0 ? cut - 1 : 0);
    }
    chain[count++] = STR("en");
    struct view view;
    view_init(&view, p->site);
    struct value words = {.kind = VALUE_MAP};
    for (size_t i = 0; i < count; i++) {
        char name[LIMIT_LANGUAGE_BYTES + 20];
        snprintf(name, sizeof name, "words/" STR_FMT ".words", STR_ARG(chain[i]));
        str bytes = {0};
        err e = own_file(p, name, &bytes);
        if (e.kind != ERR_NONE && e.kind != ERR_NOT_FOUND) return e;
        TRY(add_words(&view, &words, bytes, name));
        TRY(add_words(&view, &words, built_in(name), name));
    }
    TRY(view_check(&view));
    *ret_words = words;
    return OK;
}

str word(const struct edition *e, str key) {
    const struct value *value = &e->words;
    str rest = key;
    while (rest.len > 0 && value != NULL) {
        str part = {0};
        str_cut(rest, '.', &part, &rest);
        value = value_find(value, part);
    }
    return value != NULL && value->kind == VALUE_TEXT ? value->text : key;
}

void fill_words(struct buf *b, str text, const struct fill *fills, size_t count) {
    while (text.len > 0) {
        str before = {0};
        str name = {0};
        str after = {0};
        bool is_open = str_cut(text, '{', &before, &after);
        buf_add(b, before);
        if (!is_open) return;
        if (!str_cut(after, '}', &name, &text)) {
            buf_add_byte(b, '{');
            buf_add(b, after);
            return;
        }
        for (size_t i = 0; i < count; i++) {
            if (str_eq(fills[i].name, name)) buf_add(b, fills[i].value);
        }
    }
}
