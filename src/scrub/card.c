/* card.c: see card.h. Pango sets the lines and cairo draws them, as coverage alone; colours come
 * last, from a palette. */
#include "scrub/card.h"

#include <arpa/inet.h>
#include <fontconfig/fontconfig.h>
#include <libdeflate.h>
#include <pango/pangocairo.h>
#include <pango/pangofc-fontmap.h>
#include <string.h>

#include "base/unicode.h"

#define LEADING 0.9F

enum {
    MARGIN = 88,                     /* on all sides, pixels */
    WIDTH = CARD_WIDTH - 2 * MARGIN, /* of what is written */
    TITLE_HEIGHT = 356,
    STITCH_TOP = 478,
    STITCH_HEIGHT = 4,
    STITCH_LENGTH = 24, /* about as in the theme; the last one ends with the line */
    STITCH_STEP = 40,
    LINE_TOP = 502,
    LINE_SIZE = 32,
    LINE_LINES_MAX = 2,
    TITLE_LINES_MAX = 4,
    TITLE_CHARACTERS_MAX = 320,
    LEVELS = 16, /* of coverage: enough that letters look smooth, few enough to pack well */
    PALETTE = 2 * LEVELS, /* ink, then accent */
    PNG_LEVEL = 9,
    BALANCE_STEPS = 7,
};

const char *const card_font_folders[] = {"/usr/share/fonts", "/usr/local/share/fonts",
                                         "/var/cache/fontconfig", NULL};

/* Nobody's own settings: one archive would be drawn otherwise by each who runs it. Coloured fonts
 * (emoji) are left out: of coverage alone they would come out as blots. */
static const char config_xml[] =
    "<fontconfig><dir>/usr/share/fonts</dir><dir>/usr/local/share/fonts</dir>"
    "<cachedir>/var/cache/fontconfig</cachedir>"
    "<selectfont><rejectfont><pattern><patelt name=\"color\"><bool>true</bool></patelt></pattern>"
    "</rejectfont></selectfont></fontconfig>";

struct card_fonts {
    const struct sys *sys;
    FcConfig *config;
    PangoFontMap *map;
};

static void unref(void *object) { g_clear_object((GObject **)object); }
static void destroy_surface(cairo_surface_t **surface) { cairo_surface_destroy(*surface); }
static void destroy_context(cairo_t **context) { cairo_destroy(*context); }
static void free_font(PangoFontDescription **font) { pango_font_description_free(*font); }

/* ---- Fonts ---------------------------------------------------------------------------------- */

static err open_fonts(struct card_fonts *fonts) {
    fonts->config = FcConfigCreate();
    if (fonts->config == NULL) FAIL(ERR_NO_MEMORY, "no memory for fonts");
    if (!FcConfigParseAndLoadFromMemory(fonts->config, (const FcChar8 *)config_xml, FcTrue) ||
        !FcConfigBuildFonts(fonts->config)) {
        FAIL(ERR_IO, "fontconfig does not start");
    }
    FcConfigSetCurrent(fonts->config); /* or it looks for the machine's own */
    const FcFontSet *found = FcConfigGetFonts(fonts->config, FcSetSystem);
    if (found == NULL || found->nfont == 0) FAIL(ERR_NOT_FOUND, "there is no font here");
    fonts->map = pango_cairo_font_map_new_for_font_type(CAIRO_FONT_TYPE_FT);
    if (fonts->map == NULL) FAIL(ERR_IO, "Pango does not start");
    pango_fc_font_map_set_config(PANGO_FC_FONT_MAP(fonts->map), fonts->config);
    return OK;
}

err card_fonts_open(const struct sys *sys, struct card_fonts **ret_fonts) {
    struct card_fonts *fonts = sys->alloc(sys->ctx, sizeof *fonts);
    if (fonts == NULL) FAIL(ERR_NO_MEMORY, "no memory for fonts");
    *fonts = (struct card_fonts){.sys = sys};
    err e = open_fonts(fonts);
    if (e.kind != ERR_NONE) {
        card_fonts_close(&fonts);
        return e;
    }
    *ret_fonts = fonts;
    return OK;
}

void card_fonts_close(struct card_fonts **fonts) {
    struct card_fonts *f = *fonts;
    *fonts = NULL;
    if (f == NULL) return;
    g_clear_object(&f->map);
    if (f->config != NULL) FcConfigDestroy(f->config);
    f->sys->free(f->sys->ctx, f);
}

/* ---- Words ---------------------------------------------------------------------------------- */

static bool is_joiner(uint32_t c) { return c == 0x200C || c == 0x200D; }

static bool is_blank(uint32_t c) {
    return c <= ' ' || (c >= 0x7F && c <= 0xA0) || c == 0x2028 || c == 0x2029 || c == 0x3000;
}

/* One line of letters: what controls, hides or turns is left out, but for the joiners that scripts
 * need. Korean is broken between words, as the site's pages break it, so the syllables of a word
 * are held together (U+2060); a word too long for a line is broken all the same. */
static err clean(struct arena *a, str text, str *ret_text) {
    struct buf out;
    uint32_t last = ' ';
    size_t count = 0;
    buf_init(&out, a, TITLE_CHARACTERS_MAX * 8);
    while (text.len > 0 && count < TITLE_CHARACTERS_MAX) {
        uint32_t c = utf8_take(&text);
        if (c == UNICODE_BAD || (unicode_is_invisible(c) && !is_joiner(c))) continue;
        if (is_blank(c)) c = ' ';
        if (c == ' ' && last == ' ') continue;
        bool is_word = c != ' ' && last != ' ';
        if (is_word && (unicode_is_hangul(c) || unicode_is_hangul(last))) utf8_add(&out, 0x2060);
        utf8_add(&out, c);
        last = c;
        count++;
    }
    if (str_trim(text).len > 0) utf8_add(&out, 0x2026); /* more than can be drawn */
    TRY(buf_finish(&out, ret_text));
    *ret_text = str_trim(*ret_text);
    return OK;
}

/* ---- Setting -------------------------------------------------------------------------------- */

/* What Debian's fonts-noto-cjk calls the form of Han characters that a language writes. Its Latin
 * letters go with all of them. */
static const char *han_of(str language) {
    static const struct {
        const char *tag;
        const char *name;
    } forms[] = {{"ja", "JP"},    {"zh-Hant-HK", "HK"}, {"zh-HK", "HK"}, {"zh-Hant", "TC"},
                 {"zh-TW", "TC"}, {"zh-MO", "TC"},      {"zh", "SC"}};
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        if (str_starts(language, str_of(forms[i].tag))) return forms[i].name;
    }
    return "KR";
}

struct face {
    const char *kind; /* "Serif", "Sans" */
    bool is_bold;
    int size; /* pixels */
    int lines_max;
};

static void choose_face(PangoLayout *layout, str language, const struct face *face) {
    char families[128];
    CLEANUP(free_font) PangoFontDescription *font = pango_font_description_new();
    snprintf(families, sizeof families, "Noto %s CJK %s,Noto %s,DejaVu %s", face->kind,
             han_of(language), face->kind, face->kind);
    pango_font_description_set_family(font, families);
    pango_font_description_set_weight(font,
                                      face->is_bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    pango_font_description_set_absolute_size(font, (double)face->size * PANGO_SCALE);
    pango_layout_set_font_description(layout, font);
}

static int height_of(PangoLayout *layout) {
    int height = 0;
    pango_layout_get_pixel_size(layout, NULL, &height);
    return height;
}

/* Whether a line ends inside a word. */
static bool breaks_a_word(PangoLayout *layout) {
    int attr_count = 0;
    const char *text = pango_layout_get_text(layout);
    const PangoLogAttr *attrs = pango_layout_get_log_attrs_readonly(layout, &attr_count);
    for (int i = 1; i < pango_layout_get_line_count(layout); i++) {
        const PangoLayoutLine *line = pango_layout_get_line_readonly(layout, i);
        long at = g_utf8_pointer_to_offset(text, text + line->start_index);
        if (at < attr_count && !attrs[at].is_line_break) return true;
    }
    return false;
}

static bool fits(PangoLayout *layout) {
    return pango_layout_get_line_count(layout) <= TITLE_LINES_MAX &&
           height_of(layout) <= TITLE_HEIGHT && !breaks_a_word(layout);
}

/* As narrow as the same number of lines allows: no last line with one word alone. */
static void balance(PangoLayout *layout) {
    int lines = pango_layout_get_line_count(layout);
    int wide = WIDTH;
    int narrow = WIDTH / 2;
    for (int i = 0; i < BALANCE_STEPS && lines > 1; i++) {
        int middle = (wide + narrow) / 2;
        pango_layout_set_width(layout, middle * PANGO_SCALE);
        if (pango_layout_get_line_count(layout) == lines && !breaks_a_word(layout))
            wide = middle;
        else
            narrow = middle;
    }
    pango_layout_set_width(layout, wide * PANGO_SCALE);
}

static void set_title(PangoLayout *layout, str language) {
    static const int sizes[] = {84, 76, 68, 60, 53, 47};
    size_t chosen = 0;
    pango_layout_set_line_spacing(layout, LEADING); /* the fonts' own is for running text */
    do {
        struct face face = {"Serif", true, sizes[chosen], TITLE_LINES_MAX};
        choose_face(layout, language, &face);
        if (fits(layout)) return balance(layout);
    } while (++chosen < COUNT_OF(sizes));
    pango_layout_set_ellipsize(layout, PANGO_ELLIPSIZE_END);
    pango_layout_set_height(layout, -TITLE_LINES_MAX);
}

/* Whether a text begins on the right. */
static bool is_turned(PangoLayout *layout) {
    return pango_layout_get_line_readonly(layout, 0)->resolved_dir == PANGO_DIRECTION_RTL;
}

static PangoLayout *layout_of(PangoContext *context, str text) {
    PangoLayout *layout = pango_layout_new(context);
    PangoAttrList *plain = pango_attr_list_new();
    pango_layout_set_text(layout, text.ptr, (int)text.len); /* text, never markup */
    pango_layout_set_single_paragraph_mode(layout, TRUE);
    pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
    pango_layout_set_width(layout, WIDTH * PANGO_SCALE);
    pango_attr_list_insert(plain, pango_attr_insert_hyphens_new(FALSE)); /* nor more than it */
    pango_layout_set_attributes(layout, plain);
    pango_attr_list_unref(plain);
    return layout;
}

/* ---- Letters that no font has --------------------------------------------------------------- */

/* Marks in `is_missing` the bytes whose glyphs are the box that says "unknown". */
static size_t find_missing(PangoLayout *layout, bool *is_missing) {
    size_t count = 0;
    PangoLayoutIter *iter = pango_layout_get_iter(layout);
    do {
        const PangoLayoutRun *run = pango_layout_iter_get_run_readonly(iter);
        for (int i = 0; run != NULL && i < run->glyphs->num_glyphs; i++) {
            if ((run->glyphs->glyphs[i].glyph & PANGO_GLYPH_UNKNOWN_FLAG) == 0) continue;
            is_missing[run->item->offset + run->glyphs->log_clusters[i]] = true;
            count++;
        }
    } while (pango_layout_iter_next_run(iter));
    pango_layout_iter_free(iter);
    return count;
}

/* The text without them: better no sign than an empty box. With too many gone it says nothing.
 * fails: ERR_NOT_FOUND. */
static err without_missing(struct arena *a, PangoContext *context, str text, str *ret_text) {
    CLEANUP(unref) PangoLayout *layout = layout_of(context, text);
    bool *is_missing = arena_array(a, text.len + 1, sizeof *is_missing);
    struct buf out;
    size_t letters = 0;
    if (is_missing == NULL) FAIL(ERR_NO_MEMORY, "no memory for a card");
    choose_face(layout, STR("en"), &(struct face){"Serif", true, LINE_SIZE, 1});
    size_t missing = find_missing(layout, is_missing);
    buf_init(&out, a, text.len + 1);
    for (str rest = text; rest.len > 0;) {
        size_t at = (size_t)(rest.ptr - text.ptr);
        uint32_t c = utf8_take(&rest);
        bool is_drawn = !is_missing[at];
        letters += is_drawn && !is_blank(c) && !is_joiner(c) && !unicode_is_invisible(c);
        if (is_drawn) utf8_add(&out, c);
    }
    TRY(buf_finish(&out, ret_text));
    *ret_text = str_trim(*ret_text);
    if (missing > letters / 2) FAIL(ERR_NOT_FOUND, "no font here has the letters of this title");
    if (letters == 0) FAIL(ERR_INVALID, "a title of no letters");
    return OK;
}

/* ---- Drawing -------------------------------------------------------------------------------- */

/* All of a card begins on one side, its title's. To Pango left is where a paragraph begins. */
static void draw_layout(cairo_t *cairo, PangoLayout *layout, int top, bool is_right) {
    int width = pango_layout_get_width(layout) / PANGO_SCALE;
    bool is_begin = is_turned(layout) == is_right;
    pango_layout_set_alignment(layout, is_begin ? PANGO_ALIGN_LEFT : PANGO_ALIGN_RIGHT);
    cairo_move_to(cairo, is_right ? CARD_WIDTH - MARGIN - width : MARGIN, top);
    pango_cairo_show_layout(cairo, layout);
}

/* Whole stitches alone, from the side where the title begins. */
static void draw_stitches(cairo_t *cairo, bool is_right) {
    for (int x = 0; x + STITCH_LENGTH <= WIDTH; x += STITCH_STEP) {
        int left = is_right ? CARD_WIDTH - MARGIN - x - STITCH_LENGTH : MARGIN + x;
        cairo_rectangle(cairo, left, STITCH_TOP, STITCH_LENGTH, STITCH_HEIGHT);
    }
    cairo_fill(cairo);
}

static err draw_words(struct arena *a, cairo_t *cairo, PangoContext *context,
                      const struct card *card) {
    str title = {0};
    str line = {0};
    TRY(clean(a, card->title, &title));
    TRY(clean(a, card->line, &line));
    TRY(without_missing(a, context, title, &title));
    if (line.len > 0) {
        err e = without_missing(a, context, line, &line);
        if (e.kind == ERR_NO_MEMORY) return e;
        if (e.kind != ERR_NONE) line = (str){0}; /* a card says its title without it too */
    }
    CLEANUP(unref) PangoLayout *head = layout_of(context, title);
    CLEANUP(unref) PangoLayout *foot = layout_of(context, line);
    bool is_right = is_turned(head);
    set_title(head, card->language);
    choose_face(foot, card->language, &(struct face){"Sans", false, LINE_SIZE, LINE_LINES_MAX});
    pango_layout_set_ellipsize(foot, PANGO_ELLIPSIZE_END);
    pango_layout_set_height(foot, -LINE_LINES_MAX);
    /* Marks piled upon a letter reach beyond its line, but not beyond these. */
    cairo_rectangle(cairo, MARGIN / 2, MARGIN / 2, CARD_WIDTH - MARGIN, STITCH_TOP - MARGIN);
    cairo_rectangle(cairo, MARGIN / 2, STITCH_TOP, CARD_WIDTH - MARGIN,
                    CARD_HEIGHT - STITCH_TOP - MARGIN / 4);
    cairo_clip(cairo);
    draw_layout(cairo, head, MARGIN - 8, is_right);
    draw_stitches(cairo, is_right);
    draw_layout(cairo, foot, LINE_TOP, is_right);
    return OK;
}

static PangoContext *context_of(const struct card_fonts *fonts, const char *language) {
    PangoContext *context = pango_font_map_create_context(fonts->map);
    cairo_font_options_t *options = cairo_font_options_create();
    cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    pango_cairo_context_set_font_options(context, options);
    cairo_font_options_destroy(options);
    pango_context_set_language(context, pango_language_from_string(language));
    pango_context_set_round_glyph_positions(context, FALSE);
    return context;
}

/* ---- The file (PNG, third edition) ---------------------------------------------------------- */

static void add_u32(struct buf *b, uint32_t value) {
    uint32_t big = htonl(value);
    buf_add(b, (str){(const char *)&big, sizeof big});
}

static void add_chunk(struct buf *b, const char *type, str data) {
    uint32_t crc = libdeflate_crc32(0, type, 4);
    crc = libdeflate_crc32(crc, data.ptr, data.len);
    add_u32(b, (uint32_t)data.len);
    buf_add(b, (str){type, 4});
    buf_add(b, data);
    add_u32(b, crc);
}

/* Colour `from` with so many LEVELS - 1 parts of `to`. */
static void add_mixed(struct buf *b, int64_t from, int64_t to, int level) {
    for (int shift = 16; shift >= 0; shift -= 8) {
        int64_t one = from >> shift & 0xFF;
        int64_t other = to >> shift & 0xFF;
        int64_t most = LEVELS - 1;
        buf_add_byte(b, (char)((one * (most - level) + other * level + most / 2) / most));
    }
}

/* Rows of palette numbers, each behind a byte that says "not filtered". */
static err index_rows(struct arena *a, cairo_surface_t *surface, str *ret_rows) {
    const unsigned char *data = cairo_image_surface_get_data(surface);
    size_t stride = (size_t)cairo_image_surface_get_stride(surface);
    size_t row = CARD_WIDTH + 1;
    char *rows = arena_array(a, CARD_HEIGHT, row);
    if (rows == NULL) FAIL(ERR_NO_MEMORY, "no memory for a card");
    for (size_t y = 0; y < CARD_HEIGHT; y++) {
        int first = y < STITCH_TOP ? 0 : LEVELS;
        rows[y * row] = 0;
        for (size_t x = 0; x < CARD_WIDTH; x++) {
            int level = (data[y * stride + x] * (LEVELS - 1) + 127) / 255;
            rows[y * row + 1 + x] = (char)(level == 0 ? 0 : first + level);
        }
    }
    *ret_rows = (str){rows, row * CARD_HEIGHT};
    return OK;
}

static err compress(struct arena *a, str rows, str *ret_packed) {
    struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(PNG_LEVEL);
    if (compressor == NULL) FAIL(ERR_NO_MEMORY, "no memory for a card");
    size_t room = libdeflate_zlib_compress_bound(compressor, rows.len);
    char *packed = arena_alloc(a, room);
    size_t len = 0;
    if (packed != NULL)
        len = libdeflate_zlib_compress(compressor, rows.ptr, rows.len, packed, room);
    libdeflate_free_compressor(compressor);
    if (len == 0) FAIL(ERR_NO_MEMORY, "no memory for a card");
    *ret_packed = (str){packed, len};
    return OK;
}

static err write_png(struct arena *a, cairo_surface_t *surface, const struct card *card,
                     str *ret_file) {
    struct buf file;
    struct buf header;
    struct buf palette;
    str rows = {0};
    str packed = {0};
    TRY(index_rows(a, surface, &rows));
    TRY(compress(a, rows, &packed));
    buf_init(&header, a, 64);
    add_u32(&header, CARD_WIDTH);
    add_u32(&header, CARD_HEIGHT);
    buf_add(&header, (str){"\x08\x03\0\0\0", 5}); /* 8 bits, palette, the only methods there are */
    buf_init(&palette, a, PALETTE * 3);
    for (int i = 0; i < PALETTE; i++)
        add_mixed(&palette, card->ground, i < LEVELS ? card->ink : card->accent, i % LEVELS);
    TRY(buf_check(&header));
    TRY(buf_check(&palette));
    buf_init(&file, a, packed.len + 512);
    buf_add(&file, STR("\x89PNG\r\n\x1a\n"));
    add_chunk(&file, "IHDR", (str){header.ptr, header.len});
    add_chunk(&file, "PLTE", (str){palette.ptr, palette.len});
    add_chunk(&file, "IDAT", packed);
    add_chunk(&file, "IEND", STR("")); /* to libdeflate no address is a wish to begin anew */
    return buf_finish(&file, ret_file);
}

err card_draw(struct arena *a, const struct card_fonts *fonts, const struct card *card,
              struct picture_set *ret_set) {
    const char *language = NULL;
    struct picture_set set = {.format = PICTURE_PNG, .colour = (uint32_t)card->ground, .count = 1};
    TRY(arena_cstr(a, card->language, &language));
    CLEANUP(destroy_surface)
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_A8, CARD_WIDTH, CARD_HEIGHT);
    CLEANUP(destroy_context) cairo_t *cairo = cairo_create(surface);
    CLEANUP(unref) PangoContext *context = context_of(fonts, language);
    TRY(draw_words(a, cairo, context, card));
    cairo_surface_flush(surface);
    if (cairo_status(cairo) != CAIRO_STATUS_SUCCESS) FAIL(ERR_NO_MEMORY, "a card was not drawn");
    set.sizes[0] = (struct picture_size){.width = CARD_WIDTH, .height = CARD_HEIGHT};
    TRY(write_png(a, surface, card, &set.sizes[0].bytes));
    *ret_set = set;
    return OK;
}
