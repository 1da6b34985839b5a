/* paper_twin.c: see paper_twin.h. */
#include "scrub/paper_twin.h"

#include <string.h>

/* ---- What an operator is --------------------------------------------------------------------- */

enum effect {
    EFFECT_OTHER,
    EFFECT_WORDS,  /* shows text */
    EFFECT_FILLS,  /* ends a path with paint: "n" ends it without */
    EFFECT_SHADES, /* paints by itself */
    EFFECT_COLOUR, /* colour and transparency: in what ink */
    EFFECT_MODE,   /* whether text is filled, outlined or not drawn at all */
    EFFECT_CLIPS,
};

static enum effect effect_of(str word) {
    static const struct {
        const char *words; /* each with a space on both sides */
        enum effect effect;
    } EFFECTS[] = {
        {" Tj TJ ' \" ", EFFECT_WORDS},
        {" S s f F f* B B* b b* ", EFFECT_FILLS},
        {" sh ", EFFECT_SHADES},
        {" g G rg RG k K cs CS sc SC scn SCN gs ri ", EFFECT_COLOUR},
        {" Tr ", EFFECT_MODE},
        {" W W* ", EFFECT_CLIPS},
    };
    for (size_t i = 0; i < COUNT_OF(EFFECTS); i++) {
        for (str rest = str_of(EFFECTS[i].words); rest.len > 0;) {
            str one;
            str_cut(rest, ' ', &one, &rest);
            if (one.len > 0 && str_eq(one, word)) return EFFECTS[i].effect;
        }
    }
    return EFFECT_OTHER;
}

static void blank(char *text, size_t from, size_t to) { memset(text + from, ' ', to - from); }

/* The twin leaves out what has this effect. A letter of a Type 3 font is drawn with paths, so what
 * it fills stays; what a drawing clips by is left out where words must show at any rate. */
static bool leaves_out(enum paper_twin twin, enum effect effect, bool is_glyph) {
    bool words_alone = twin == PAPER_INK || twin == PAPER_MODE || twin == PAPER_ALONE;
    switch (effect) {
    case EFFECT_WORDS: return twin == PAPER_BLANK;
    case EFFECT_FILLS:
    case EFFECT_SHADES: return words_alone && !is_glyph;
    case EFFECT_CLIPS: return words_alone && !is_glyph;
    case EFFECT_COLOUR: return twin == PAPER_INK || twin == PAPER_MODE;
    case EFFECT_MODE: return twin == PAPER_INK;
    case EFFECT_OTHER: return false;
    }
    return false;
}

/* A key that makes marked content speak: one letter of it changed, it says nothing. */
static void silence(char *text, struct paper_lexeme name) {
    if (paper_name_is((str){text + name.from, name.to - name.from}, "ActualText")) {
        text[name.from + 1] = 'X';
    }
}

/* The data of an inline image stands between ID and EI; qpdf has moved them out, but for those that
 * it could not read. */
static size_t inline_end(str text, size_t at) {
    size_t end = str_find(str_skip(text, at), STR("\nEI"));
    return end == STR_NONE ? text.len : at + end + 3;
}

void paper_twin_edit(char *drawing, size_t len, enum paper_twin twin, bool is_glyph) {
    str text = {drawing, len};
    size_t at = 0;
    size_t operands = STR_NONE; /* where those of the next operator begin */
    for (;;) {
        struct paper_lexeme lexeme = paper_lex(text, &at);
        if (lexeme.token == PAPER_T_END) return;
        if (lexeme.token == PAPER_T_NAME) silence(drawing, lexeme);
        if (operands == STR_NONE) operands = lexeme.from;
        if (lexeme.token != PAPER_T_WORD) continue;
        str word = str_slice(text, lexeme.from, lexeme.to);
        bool is_value =
            str_eq(word, STR("true")) || str_eq(word, STR("false")) || str_eq(word, STR("null"));
        if (is_value) continue;
        enum effect effect = effect_of(word);
        if (leaves_out(twin, effect, is_glyph)) {
            blank(drawing, operands, lexeme.to);
            if (effect == EFFECT_FILLS) drawing[lexeme.from] = 'n';
        }
        if (str_eq(word, STR("ID"))) at = inline_end(text, at);
        operands = STR_NONE;
    }
}

/* ---- Objects of a twin ----------------------------------------------------------------------- */

/* Writes spaces over a member of a dictionary, key and value. */
static void drop_member(char *text, size_t len, const char *key) {
    str dictionary = {text, len};
    size_t at = 0;
    if (paper_lex(dictionary, &at).token != PAPER_T_DICT) return;
    for (;;) {
        struct paper_lexeme name = paper_lex(dictionary, &at);
        if (name.token != PAPER_T_NAME) return;
        if (paper_value(dictionary, &at).len == 0) return;
        if (paper_name_is(str_slice(dictionary, name.from, name.to), key)) {
            blank(text, name.from, at);
        }
    }
}

static void silence_all(char *text, size_t len) {
    str value = {text, len};
    for (size_t at = 0;;) {
        struct paper_lexeme lexeme = paper_lex(value, &at);
        if (lexeme.token == PAPER_T_END) return;
        if (lexeme.token == PAPER_T_NAME) silence(text, lexeme);
    }
}

struct writing {
    struct buf *b;
    const struct paper_document *document;
    enum paper_twin twin;
    struct buf table;
};

/* A copy of a dictionary without its closing brackets and without some members. */
static err copy_open(struct writing *w, str value, const char *const *dropped, char **ret_text,
                     size_t *ret_len) {
    char *text = arena_alloc(w->b->arena, value.len + 1);
    if (text == NULL) FAIL(ERR_NO_MEMORY, "no memory for a copy of the paper");
    memcpy(text, value.ptr, value.len);
    for (; *dropped != NULL; dropped++) drop_member(text, value.len, *dropped);
    silence_all(text, value.len);
    *ret_text = text;
    *ret_len = value.len >= 2 ? value.len - 2 : 0;
    return OK;
}

static void begin_object(struct writing *w, size_t number) {
    buf_printf(&w->table, "%zu 1\n%010zu 00000 n \n", number, w->b->len);
    buf_printf(w->b, "%zu 0 obj\n", number);
}

static err write_page(struct writing *w, const struct paper_sheet *sheet) {
    static const char *const DROPPED[] = {"MediaBox", "CropBox", "TrimBox", "BleedBox",
                                          "ArtBox",   "Thumb",   "AA",      NULL};
    const struct paper_object *object = &w->document->objects[sheet->object];
    double more = w->twin == PAPER_WIDE ? PAPER_MARGIN : 0;
    char *text = NULL;
    size_t len = 0;
    TRY(copy_open(w, object->value, DROPPED, &text, &len));
    begin_object(w, sheet->object);
    buf_add(w->b, (str){text, len});
    for (size_t i = 0; i < 2; i++) {
        buf_printf(w->b, "/%s [%.4f %.4f %.4f %.4f] ", i == 0 ? "MediaBox" : "CropBox",
                   sheet->box.left - more, sheet->box.bottom - more, sheet->box.right + more,
                   sheet->box.top + more);
    }
    buf_add(w->b, STR(">>\nendobj\n"));
    return buf_check(w->b);
}

static err write_drawing(struct writing *w, size_t number) {
    static const char *const DROPPED[] = {"Filter", "DecodeParms", "Length", "OC", NULL};
    const struct paper_object *object = &w->document->objects[number];
    char *text = NULL;
    size_t len = 0;
    char *drawing = arena_alloc(w->b->arena, object->drawing.len + 1);
    if (drawing == NULL) FAIL(ERR_NO_MEMORY, "no memory for a copy of what is drawn");
    memcpy(drawing, object->drawing.ptr, object->drawing.len);
    paper_twin_edit(drawing, object->drawing.len, w->twin, object->role == PAPER_GLYPH);
    TRY(copy_open(w, object->value, DROPPED, &text, &len));
    begin_object(w, number);
    buf_add(w->b, (str){text, len});
    buf_printf(w->b, "/Length %zu >>\nstream\n", object->drawing.len);
    buf_add(w->b, (str){drawing, object->drawing.len});
    buf_add(w->b, STR("\nendstream\nendobj\n"));
    return buf_check(w->b);
}

/* Any other dictionary: as it is but for what the twin drops. */
static err write_dictionary(struct writing *w, size_t number, const char *const *dropped) {
    char *text = NULL;
    size_t len = 0;
    TRY(copy_open(w, w->document->objects[number].value, dropped, &text, &len));
    begin_object(w, number);
    buf_add(w->b, (str){text, len});
    buf_add(w->b, STR(">>\nendobj\n"));
    return buf_check(w->b);
}

/* A form that draws nothing in the place of an image. */
static void write_nothing(struct writing *w, size_t number) {
    begin_object(w, number);
    buf_add(w->b, STR("<< /Type /XObject /Subtype /Form /BBox [0 0 1 1] /Length 0 >>\n"
                      "stream\n\nendstream\nendobj\n"));
}

static bool speaks(str value) {
    return str_contains(value, STR("ctualText")) || str_contains(value, STR("#"));
}

static err write_object(struct writing *w, size_t number) {
    /* A note that is not shown is shown where words are looked for. */
    static const char *const NOTE[] = {"F", "OC", NULL};
    static const char *const ROOT[] = {"OCProperties", "OpenAction", "AA", "StructTreeRoot", NULL};
    static const char *const NOTHING[] = {NULL};
    const struct paper_document *document = w->document;
    const struct paper_object *object = &document->objects[number];
    bool words_alone = w->twin == PAPER_INK || w->twin == PAPER_MODE || w->twin == PAPER_ALONE;
    bool shows_all = w->twin == PAPER_WIDE || words_alone;
    uint32_t root = paper_reference(document, paper_member(document->trailer, "Root"));
    if (object->role == PAPER_PAGE_OBJECT || object->value.len == 0) return OK;
    if (object->drawing.ptr != NULL) return write_drawing(w, number);
    if (object->stream.ptr != NULL) {
        bool is_image = paper_name_is(paper_member(object->value, "Subtype"), "Image");
        if (words_alone && is_image) write_nothing(w, number);
        return buf_check(w->b);
    }
    if (shows_all && object->role == PAPER_NOTE) return write_dictionary(w, number, NOTE);
    if (shows_all && number == root) return write_dictionary(w, number, ROOT);
    bool is_dictionary = str_starts(object->value, STR("<<"));
    if (is_dictionary && speaks(object->value)) return write_dictionary(w, number, NOTHING);
    return OK;
}

static err write_all(struct writing *w) {
    static const char *const TRAILER[] = {"Prev", "XRefStm", NULL};
    const struct paper_document *document = w->document;
    char *trailer = NULL;
    size_t len = 0;
    size_t room = document->bytes.len + document->sheet_count * 1024;
    for (size_t i = 1; i < document->count; i++) room += document->objects[i].drawing.len + 256;
    buf_reserve(w->b, room);
    buf_add(w->b, document->bytes);
    buf_add_byte(w->b, '\n');
    for (size_t i = 1; i < document->count; i++) TRY(write_object(w, i));
    for (size_t i = 0; i < document->sheet_count; i++) TRY(write_page(w, &document->sheets[i]));
    size_t table_at = w->b->len;
    buf_add(w->b, STR("xref\n"));
    buf_add(w->b, buf_text(&w->table));
    TRY(buf_check(&w->table));
    TRY(copy_open(w, document->trailer, TRAILER, &trailer, &len));
    buf_add(w->b, STR("trailer\n"));
    buf_add(w->b, (str){trailer, len});
    buf_printf(w->b, "/Prev %zu >>\nstartxref\n%zu\n%%%%EOF\n", document->table_at, table_at);
    return buf_check(w->b);
}

err paper_twin_write(struct buf *b, const struct paper_document *document, enum paper_twin twin,
                     str *ret_bytes) {
    struct writing w = {.b = b, .document = document, .twin = twin};
    buf_init(&w.table, b->arena, document->count * 64 + 64);
    TRY(write_all(&w));
    return buf_finish(b, ret_bytes);
}
