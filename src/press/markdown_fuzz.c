/* markdown_fuzz.c: any bytes as a body. Whatever they are, the HTML is balanced, every element and
 * attribute is one of ours, and no address has a scheme that runs. */
#include <assert.h>

#include "base/unicode.h"
#include "press/markdown.h"

enum { MEMORY_MAX = 64 << 20, OUTPUT_MAX = 16 << 20, OPEN_MAX = 400 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static err give_picture(void *context, int64_t number, struct markdown_picture *ret_picture) {
    (void)context;
    if (number % 2 == 0) FAIL(ERR_NOT_FOUND, "no picture");
    *ret_picture = (struct markdown_picture){.src = STR("/m/1.jpg"),
                                             .srcset = STR("/m/2.jpg 1w"),
                                             .avif = STR("/m/2.avif 1w"),
                                             .width = 1,
                                             .height = 1};
    return OK;
}

static void hear_report(void *context, str what) {
    (void)context;
    assert(utf8_is_valid(what));
}

static bool is_one_of(str name, const char *names) {
    str rest = str_of(names);
    str word = {0};
    while (rest.len > 0) {
        str_cut(rest, ' ', &word, &rest);
        if (str_eq(word, name)) return true;
    }
    return false;
}

/* Checks the attributes of one tag: each is name="value", the name ours, the value harmless. */
static void check_attributes(str inside) {
    while (inside.len > 0) {
        str name = {0};
        assert(str_cut(inside, '=', &name, &inside));
        assert(is_one_of(str_trim(name),
                         "class id href rel src srcset sizes width height alt lang "
                         "loading decoding type scope role tabindex start aria-label"));
        assert(inside.len > 0 && inside.ptr[0] == '"');
        str value = {0};
        assert(str_cut(str_skip(inside, 1), '"', &value, &inside));
        assert(str_find_byte(value, '<') == STR_NONE && str_find_byte(value, '>') == STR_NONE);
        if (!str_eq(str_trim(name), STR("href"))) continue;
        str scheme = {0};
        str after = {0};
        if (!str_cut(value, ':', &scheme, &after)) continue;
        bool is_path = str_find_byte(scheme, '/') != STR_NONE ||
                       str_find_byte(scheme, '?') != STR_NONE ||
                       str_find_byte(scheme, '#') != STR_NONE;
        assert(is_path || str_eq_nocase(scheme, STR("http")) ||
               str_eq_nocase(scheme, STR("https")) || str_eq_nocase(scheme, STR("mailto")) ||
               str_eq_nocase(scheme, STR("tel")));
    }
}

static void check_html(str html) {
    str open[OPEN_MAX];
    size_t count = 0;
    assert(utf8_is_valid(html));
    while (html.len > 0) {
        size_t from = str_find_byte(html, '<');
        if (from == STR_NONE) break;
        html = str_skip(html, from + 1);
        str tag = {0};
        assert(str_cut(html, '>', &tag, &html));
        if (str_starts(tag, STR("/"))) {
            assert(count > 0 && str_eq(open[count - 1], str_skip(tag, 1)));
            count--;
            continue;
        }
        str name = {0};
        str attributes = {0};
        str_cut(tag, ' ', &name, &attributes);
        assert(is_one_of(name, "p h2 h3 h4 h5 h6 em strong del code a img br hr pre ul ol li "
                               "blockquote figure figcaption span div aside table thead tbody tr "
                               "th td picture source"));
        check_attributes(attributes);
        if (is_one_of(name, "img br hr source")) continue;
        assert(count < OPEN_MAX);
        open[count++] = name;
    }
    assert(count == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct sys sys = sys_real();
    CLEANUP(arena_done) struct arena arena = {0};
    arena_init(&arena, &sys, MEMORY_MAX);
    const struct markdown_options options = {.base = STR("https://ours.example"),
                                             .table_label = STR("Table"),
                                             .picture = give_picture,
                                             .report = hear_report};
    str body = {(const char *)data, size};
    struct buf out;
    buf_init(&out, &arena, OUTPUT_MAX);
    err e = markdown_html(&arena, &options, body, &out);
    assert(e.kind == ERR_NONE || e.kind == ERR_LIMIT || e.kind == ERR_NO_MEMORY);
    if (e.kind == ERR_NONE) check_html(buf_text(&out));
    str text = {0};
    e = markdown_text(&arena, body, 300, &text);
    assert(e.kind != ERR_NONE || (text.len <= 300 && utf8_is_valid(text)));
    int64_t *numbers = NULL;
    size_t count = 0;
    e = markdown_media(&arena, body, &numbers, &count);
    for (size_t i = 1; e.kind == ERR_NONE && i < count; i++) assert(numbers[i - 1] < numbers[i]);
    return 0;
}
