/* paper_object.c: see paper_object.h. */
#include "scrub/paper_object.h"

#include <libdeflate.h>
#include <string.h>

#include "base/unicode.h"

enum { OBJECTS_MAX = 1 << 20, OFFSET_LINE = 20 };

/* ---- Tokens ---------------------------------------------------------------------------------- */

static bool is_white(char c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == '\0';
}
static bool is_delimiter(char c) { return c != '\0' && strchr("()<>[]{}/%", c) != NULL; }
static bool is_regular(char c) { return !is_white(c) && !is_delimiter(c); }
static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static void skip_white(str text, size_t *at) {
    while (*at < text.len) {
        if (text.ptr[*at] == '%') {
            while (*at < text.len && text.ptr[*at] != '\n' && text.ptr[*at] != '\r') (*at)++;
        } else if (is_white(text.ptr[*at])) {
            (*at)++;
        } else {
            return;
        }
    }
}

static void skip_string(str text, size_t *at) {
    size_t depth = 0;
    for (; *at < text.len; (*at)++) {
        char c = text.ptr[*at];
        if (c == '\\' && *at + 1 < text.len) (*at)++;
        if (c == '(') depth++;
        if (c == ')' && --depth == 0) {
            (*at)++;
            return;
        }
    }
}

static enum paper_token lex_bracket(str text, size_t *at) {
    char c = text.ptr[*at];
    bool is_double = *at + 1 < text.len && text.ptr[*at + 1] == c;
    if (c == '(') {
        skip_string(text, at);
        return PAPER_T_STRING;
    }
    if (c == '<' && !is_double) {
        while (*at < text.len && text.ptr[*at] != '>') (*at)++;
        if (*at < text.len) (*at)++;
        return PAPER_T_HEX;
    }
    *at += is_double && (c == '<' || c == '>') ? 2 : 1;
    if (c == '<') return PAPER_T_DICT;
    if (c == '>' && is_double) return PAPER_T_DICT_END;
    if (c == '[') return PAPER_T_LIST;
    if (c == ']') return PAPER_T_LIST_END;
    return PAPER_T_WORD; /* a brace, or a bracket that closes nothing */
}

struct paper_lexeme paper_lex(str text, size_t *at) {
    skip_white(text, at);
    struct paper_lexeme lexeme = {.from = *at};
    if (*at < text.len) {
        char c = text.ptr[*at];
        if (c == '/' || is_regular(c)) {
            bool is_number = is_digit(c) || c == '+' || c == '-' || c == '.';
            lexeme.token = c == '/' ? PAPER_T_NAME : is_number ? PAPER_T_NUMBER : PAPER_T_WORD;
            do (*at)++;
            while (*at < text.len && is_regular(text.ptr[*at]));
        } else {
            lexeme.token = lex_bracket(text, at);
        }
    }
    lexeme.to = *at;
    return lexeme;
}

/* A number may begin "3 0 R". */
static size_t reference_end(str text, size_t at) {
    struct paper_lexeme second = paper_lex(text, &at);
    if (second.token != PAPER_T_NUMBER) return 0;
    struct paper_lexeme word = paper_lex(text, &at);
    if (word.token != PAPER_T_WORD || word.to - word.from != 1) return 0;
    return text.ptr[word.from] == 'R' ? at : 0;
}

str paper_value(str text, size_t *at) {
    struct paper_lexeme first = paper_lex(text, at);
    if (first.token == PAPER_T_END || first.token == PAPER_T_LIST_END ||
        first.token == PAPER_T_DICT_END) {
        return (str){0};
    }
    if (first.token == PAPER_T_NUMBER) {
        size_t end = reference_end(text, *at);
        if (end != 0) *at = end;
    }
    if (first.token == PAPER_T_LIST || first.token == PAPER_T_DICT) {
        for (size_t depth = 1; depth > 0;) {
            struct paper_lexeme next = paper_lex(text, at);
            if (next.token == PAPER_T_END) break;
            depth += next.token == PAPER_T_LIST || next.token == PAPER_T_DICT;
            depth -= next.token == PAPER_T_LIST_END || next.token == PAPER_T_DICT_END;
        }
    }
    return str_slice(text, first.from, *at);
}

static int hex_digit(char c) {
    if (is_digit(c)) return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool paper_name_is(str name, const char *wanted) {
    size_t at = 1;
    if (name.len == 0 || name.ptr[0] != '/') return false;
    for (; *wanted != '\0'; wanted++, at++) {
        if (at >= name.len) return false;
        int c = (unsigned char)name.ptr[at];
        if (c == '#' && at + 2 < name.len && hex_digit(name.ptr[at + 1]) >= 0 &&
            hex_digit(name.ptr[at + 2]) >= 0) {
            c = hex_digit(name.ptr[at + 1]) * 16 + hex_digit(name.ptr[at + 2]);
            at += 2;
        }
        if (c != (unsigned char)*wanted) return false;
    }
    return at == name.len;
}

double paper_number(str token) {
    double value = 0;
    double unit = 1;
    bool is_negative = token.len > 0 && token.ptr[0] == '-';
    bool is_fraction = false;
    for (size_t i = 0; i < token.len && i < 64; i++) {
        char c = token.ptr[i];
        if (c == '.') {
            if (is_fraction) break;
            is_fraction = true;
        } else if (is_digit(c)) {
            if (is_fraction) unit /= 10;
            value = is_fraction ? value + unit * (c - '0') : value * 10 + (c - '0');
        } else if (i > 0) {
            break;
        }
    }
    return is_negative ? -value : value;
}

/* ---- Strings --------------------------------------------------------------------------------- */

/* One escape of a literal string (ISO 32000-1, table 3); *at is at what follows the backslash. */
static void add_escaped(struct buf *raw, str token, size_t *at) {
    static const char from[] = "nrtbf";
    static const char to[] = "\n\r\t\b\f";
    char c = token.ptr[*at];
    const char *known = c == '\0' ? NULL : strchr(from, c);
    if (known != NULL) {
        buf_add_byte(raw, to[known - from]);
    } else if (c >= '0' && c <= '7') {
        unsigned value = 0;
        size_t end = *at + 3;
        for (; *at < token.len && *at < end && token.ptr[*at] >= '0' && token.ptr[*at] <= '7';
             (*at)++) {
            value = value * 8 + (unsigned)(token.ptr[*at] - '0');
        }
        buf_add_byte(raw, (char)(unsigned char)value);
        (*at)--;
    } else if (c == '\r') {
        if (*at + 1 < token.len && token.ptr[*at + 1] == '\n') (*at)++;
    } else if (c != '\n') {
        buf_add_byte(raw, c);
    }
}

static void add_literal(struct buf *raw, str token) {
    for (size_t at = 1; at + 1 < token.len; at++) {
        if (token.ptr[at] == '\\') {
            at++;
            add_escaped(raw, token, &at);
        } else {
            buf_add_byte(raw, token.ptr[at]);
        }
    }
}

static void add_hex(struct buf *raw, str token) {
    int high = -1;
    for (size_t at = 1; at < token.len; at++) {
        int digit = hex_digit(token.ptr[at]);
        if (digit < 0) continue;
        if (high < 0) {
            high = digit;
        } else {
            buf_add_byte(raw, (char)(unsigned char)(high * 16 + digit));
            high = -1;
        }
    }
    if (high >= 0) buf_add_byte(raw, (char)(unsigned char)(high * 16));
}

static void add_utf16(struct buf *b, str raw) {
    const uint8_t *bytes = (const uint8_t *)raw.ptr;
    for (size_t at = 0; at + 1 < raw.len; at += 2) {
        uint32_t c = (uint32_t)bytes[at] << 8 | bytes[at + 1];
        if (c >= 0xD800 && c < 0xDC00 && at + 3 < raw.len) {
            uint32_t low = (uint32_t)bytes[at + 2] << 8 | bytes[at + 3];
            if (low >= 0xDC00 && low < 0xE000) {
                c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
                at += 2;
            }
        }
        if (c != 0) utf8_add(b, c);
    }
}

void paper_string(struct buf *b, str token) {
    struct buf raw_buf;
    buf_init(&raw_buf, b->arena, token.len + 1);
    if (token.len > 0 && token.ptr[0] == '(') add_literal(&raw_buf, token);
    if (token.len > 0 && token.ptr[0] == '<') add_hex(&raw_buf, token);
    if (raw_buf.failed != ERR_NONE) b->failed = raw_buf.failed;
    str raw = buf_text(&raw_buf);
    if (str_starts(raw, STR("\xFE\xFF"))) {
        add_utf16(b, str_skip(raw, 2));
    } else if (str_starts(raw, STR("\xEF\xBB\xBF"))) {
        utf8_add_mended(b, str_skip(raw, 3));
    } else if (utf8_is_valid(raw)) {
        utf8_add_mended(b, raw);
    } else {
        for (size_t i = 0; i < raw.len; i++) {
            unsigned char c = (unsigned char)raw.ptr[i];
            if (c != 0) utf8_add(b, c);
        }
    }
}

/* ---- Dictionaries ---------------------------------------------------------------------------- */

str paper_member(str dictionary, const char *key) {
    size_t at = 0;
    if (paper_lex(dictionary, &at).token != PAPER_T_DICT) return (str){0};
    for (;;) {
        struct paper_lexeme name = paper_lex(dictionary, &at);
        if (name.token != PAPER_T_NAME) return (str){0};
        str value = paper_value(dictionary, &at);
        if (value.len == 0) return (str){0};
        if (paper_name_is(str_slice(dictionary, name.from, name.to), key)) return value;
    }
}

uint32_t paper_reference(const struct paper_document *document, str value) {
    size_t at = 0;
    struct paper_lexeme first = paper_lex(value, &at);
    if (first.token != PAPER_T_NUMBER || reference_end(value, at) == 0) return 0;
    double number = paper_number(str_slice(value, first.from, first.to));
    if (number < 1 || number >= (double)document->count) return 0;
    return document->objects[(uint32_t)number].value.len == 0 ? 0 : (uint32_t)number;
}

str paper_follow(const struct paper_document *document, str dictionary, const char *key) {
    str value = paper_member(dictionary, key);
    uint32_t number = paper_reference(document, value);
    return number == 0 ? value : document->objects[number].value;
}

/* ---- Streams --------------------------------------------------------------------------------- */

static bool is_deflate(str filter) {
    size_t at = 0;
    struct paper_lexeme one = paper_lex(filter, &at);
    if (one.token == PAPER_T_LIST) {
        one = paper_lex(filter, &at);
        struct paper_lexeme close = paper_lex(filter, &at);
        if (close.token != PAPER_T_LIST_END) return false;
    }
    return paper_name_is(str_slice(filter, one.from, one.to), "FlateDecode");
}

/* How large it will be is not said: more room is tried until it fits or is a bomb. */
static err inflate(struct arena *a, str packed, size_t max, str *ret_bytes) {
    struct libdeflate_decompressor *inflater = libdeflate_alloc_decompressor();
    if (inflater == NULL) FAIL(ERR_NO_MEMORY, "no memory for unpacking");
    enum libdeflate_result result = LIBDEFLATE_INSUFFICIENT_SPACE;
    struct arena_mark mark = arena_mark(a);
    size_t room = packed.len * 4 + 4096;
    size_t len = 0;
    char *bytes = NULL;
    err e = OK;
    *ret_bytes = (str){0};
    while (result == LIBDEFLATE_INSUFFICIENT_SPACE && e.kind == ERR_NONE) {
        if (room > max) room = max;
        arena_reset(a, mark);
        bytes = arena_alloc(a, room);
        if (bytes == NULL) {
            e = err_make(ERR_NO_MEMORY, __FILE__, __LINE__, "no memory for unpacking");
            break;
        }
        result = libdeflate_zlib_decompress(inflater, packed.ptr, packed.len, bytes, room, &len);
        if (room == max) break;
        room *= 4;
    }
    libdeflate_free_decompressor(inflater);
    if (e.kind == ERR_NONE && result == LIBDEFLATE_SUCCESS) *ret_bytes = (str){bytes, len};
    return e;
}

err paper_unpack(struct arena *a, const struct paper_object *object, size_t max, str *ret_bytes) {
    str filter = paper_member(object->value, "Filter");
    *ret_bytes = (str){0};
    if (filter.len == 0) {
        if (object->stream.len <= max) *ret_bytes = object->stream;
        return OK;
    }
    str how = paper_member(object->value, "DecodeParms");
    if (!is_deflate(filter) || (how.len > 0 && !str_eq(how, STR("null")))) return OK;
    return inflate(a, object->stream, max, ret_bytes);
}

/* ---- Reading the file ------------------------------------------------------------------------ */

static err number_after(str text, const char *word, size_t *ret_number) {
    size_t at = str_find(text, str_of(word));
    if (at == STR_NONE) FAIL(ERR_INVALID, "the file has no %s", word);
    at += strlen(word);
    struct paper_lexeme number = paper_lex(text, &at);
    double value = paper_number(str_slice(text, number.from, number.to));
    if (number.token != PAPER_T_NUMBER || value < 0 || value > LIMIT_MESSAGE_BYTES * 64.0) {
        FAIL(ERR_INVALID, "the file's %s is none", word);
    }
    *ret_number = (size_t)value;
    return OK;
}

/* "N 0 obj VALUE", and "stream" with its bytes. */
static void read_object(str bytes, size_t at, size_t number, struct paper_object *ret_object) {
    struct paper_object object = {0};
    struct paper_lexeme word = paper_lex(bytes, &at);
    if (paper_number(str_slice(bytes, word.from, word.to)) != (double)number) return;
    paper_lex(bytes, &at);
    word = paper_lex(bytes, &at);
    if (!str_eq(str_slice(bytes, word.from, word.to), STR("obj"))) return;
    object.value = paper_value(bytes, &at);
    word = paper_lex(bytes, &at);
    if (str_eq(str_slice(bytes, word.from, word.to), STR("stream"))) {
        at += at < bytes.len && bytes.ptr[at] == '\r';
        at += at < bytes.len && bytes.ptr[at] == '\n';
        double len = paper_number(paper_member(object.value, "Length"));
        if (len < 0 || len > (double)(bytes.len - at)) return;
        object.stream = str_slice(bytes, at, at + (size_t)len);
    }
    *ret_object = object;
}

static err read_table(struct paper_document *document) {
    str bytes = document->bytes;
    size_t tail = bytes.len > 64 ? bytes.len - 64 : 0;
    size_t count = 0;
    TRY(number_after(str_skip(bytes, tail), "startxref", &document->table_at));
    str table = str_skip(bytes, document->table_at);
    if (!str_starts(table, STR("xref"))) FAIL(ERR_INVALID, "the file has no table of offsets");
    TRY(number_after(str_skip(table, 4), "0", &count));
    size_t lines = str_find_byte(str_skip(table, 5), '\n');
    if (count > OBJECTS_MAX) FAIL(ERR_DENIED, "the file has %zu objects", count);
    if (lines == STR_NONE || count > table.len / OFFSET_LINE) {
        FAIL(ERR_INVALID, "the file's table of offsets is cut");
    }
    table = str_skip(table, 5 + lines + 1);
    document->objects = arena_array(document->a, count + 1, sizeof *document->objects);
    if (document->objects == NULL) FAIL(ERR_NO_MEMORY, "no memory for %zu objects", count);
    document->count = count;
    for (size_t i = 1; i < count; i++) {
        str line = str_slice(table, i * OFFSET_LINE, (i + 1) * OFFSET_LINE);
        uint64_t at = 0;
        if (line.len < OFFSET_LINE || line.ptr[17] != 'n') continue;
        if (!str_to_u64(str_slice(line, 0, 10), &at) || at >= bytes.len) continue;
        read_object(bytes, (size_t)at, i, &document->objects[i]);
    }
    size_t at = 0;
    str rest = str_skip(table, count * OFFSET_LINE);
    paper_lex(rest, &at); /* trailer */
    document->trailer = paper_value(rest, &at);
    return OK;
}

/* ---- Pages ----------------------------------------------------------------------------------- */

/* What a page has from the nodes above it. */
struct inherited {
    str media;
    str crop;
    str rotate;
};

static bool read_box(const struct paper_document *document, str list, struct paper_box *ret_box) {
    double sides[4];
    size_t at = 0;
    if (paper_lex(list, &at).token != PAPER_T_LIST) return false;
    for (size_t i = 0; i < 4; i++) {
        str value = paper_value(list, &at);
        uint32_t number = paper_reference(document, value);
        if (number != 0) value = document->objects[number].value;
        if (value.len == 0) return false;
        sides[i] = paper_number(value);
    }
    *ret_box = (struct paper_box){
        sides[0] < sides[2] ? sides[0] : sides[2], sides[1] < sides[3] ? sides[1] : sides[3],
        sides[0] < sides[2] ? sides[2] : sides[0], sides[1] < sides[3] ? sides[3] : sides[1]};
    return true;
}

/* A viewer shows what lies in the crop box, as far as it lies in the media box (14.11.2). */
static struct paper_box shown(const struct paper_document *document, const struct inherited *from) {
    struct paper_box media = {0, 0, 612, 792}; /* poppler's and everybody's, where none is said */
    struct paper_box crop;
    read_box(document, from->media, &media);
    if (!read_box(document, from->crop, &crop)) return media;
    struct paper_box both = {crop.left > media.left ? crop.left : media.left,
                             crop.bottom > media.bottom ? crop.bottom : media.bottom,
                             crop.right < media.right ? crop.right : media.right,
                             crop.top < media.top ? crop.top : media.top};
    return both.left < both.right && both.bottom < both.top ? both : media;
}

static void mark_list(struct paper_document *document, str value, enum paper_role role,
                      uint32_t page) {
    uint32_t number = paper_reference(document, value);
    if (number != 0 && document->objects[number].value.ptr[0] == '[') {
        value = document->objects[number].value;
        number = 0;
    }
    if (number != 0) {
        document->objects[number].role = role;
        document->objects[number].page = page;
        return;
    }
    size_t at = 0;
    if (paper_lex(value, &at).token != PAPER_T_LIST) return;
    for (str one = paper_value(value, &at); one.len > 0; one = paper_value(value, &at)) {
        number = paper_reference(document, one);
        if (number == 0 || document->objects[number].role == PAPER_PAGE_OBJECT) continue;
        document->objects[number].role = role;
        document->objects[number].page = page;
    }
}

static bool is_turned(double degrees) {
    int quarters = degrees > -36000 && degrees < 36000 ? (int)degrees / 90 : 0;
    return quarters % 2 != 0;
}

static err add_page(struct paper_document *document, uint32_t number,
                    const struct inherited *from) {
    struct paper_object *object = &document->objects[number];
    if (document->sheet_count == LIMIT_PAPER_PAGES) {
        FAIL(ERR_LIMIT, "the file has over %d pages", LIMIT_PAPER_PAGES);
    }
    uint32_t page = (uint32_t)document->sheet_count + 1;
    object->role = PAPER_PAGE_OBJECT;
    object->page = page;
    mark_list(document, paper_member(object->value, "Contents"), PAPER_CONTENT, page);
    mark_list(document, paper_member(object->value, "Annots"), PAPER_NOTE, page);
    document->sheets[document->sheet_count++] =
        (struct paper_sheet){.object = number,
                             .box = shown(document, from),
                             .is_turned = is_turned(paper_number(from->rotate))};
    return OK;
}

static err walk_pages(struct paper_document *document, uint32_t number, struct inherited from,
                      unsigned depth) {
    struct paper_object *object = &document->objects[number];
    if (number == 0 || object->role == PAPER_PAGE_OBJECT || depth > LIMIT_DEPTH) return OK;
    str media = paper_follow(document, object->value, "MediaBox");
    str crop = paper_follow(document, object->value, "CropBox");
    str kids = paper_follow(document, object->value, "Kids");
    if (media.len > 0) from.media = media;
    str rotate = paper_follow(document, object->value, "Rotate");
    if (crop.len > 0) from.crop = crop;
    if (rotate.len > 0) from.rotate = rotate;
    if (kids.len == 0) return add_page(document, number, &from);
    object->role = PAPER_PAGE_OBJECT; /* seen: a loop ends here */
    size_t at = 0;
    if (paper_lex(kids, &at).token != PAPER_T_LIST) return OK;
    for (str kid = paper_value(kids, &at); kid.len > 0; kid = paper_value(kids, &at)) {
        TRY(walk_pages(document, paper_reference(document, kid), from, depth + 1));
    }
    return OK;
}

/* ---- What draws ------------------------------------------------------------------------------ */

static void mark_glyphs(struct paper_document *document, str glyphs) {
    size_t at = 0;
    if (paper_lex(glyphs, &at).token != PAPER_T_DICT) return;
    while (paper_lex(glyphs, &at).token == PAPER_T_NAME) {
        uint32_t number = paper_reference(document, paper_value(glyphs, &at));
        if (number != 0) document->objects[number].role = PAPER_GLYPH;
    }
}

static void mark_what_draws(struct paper_document *document) {
    for (size_t i = 1; i < document->count; i++) {
        struct paper_object *object = &document->objects[i];
        str subtype = paper_follow(document, object->value, "Subtype");
        bool draws =
            paper_name_is(subtype, "Form") || paper_member(object->value, "PatternType").len > 0;
        if (object->stream.ptr != NULL && draws && object->role == PAPER_NO_ROLE) {
            object->role = PAPER_CONTENT;
        }
        if (paper_name_is(subtype, "Type3")) {
            mark_glyphs(document, paper_follow(document, object->value, "CharProcs"));
        }
    }
}

static err unpack_what_draws(struct paper_document *document) {
    for (size_t i = 1; i < document->count; i++) {
        struct paper_object *object = &document->objects[i];
        bool draws = object->role == PAPER_CONTENT || object->role == PAPER_GLYPH;
        if (!draws || object->stream.len == 0) continue;
        TRY(paper_unpack(document->a, object, LIMIT_PAPER_STREAM_BYTES, &object->drawing));
        if (object->drawing.ptr == NULL) {
            FAIL(ERR_DENIED, "what object %zu draws cannot be unpacked, or is too much", i);
        }
    }
    return OK;
}

err paper_document_read(struct arena *a, str bytes, struct paper_document *ret_document) {
    struct paper_document document = {.a = a, .bytes = bytes};
    struct inherited nothing = {0};
    TRY(read_table(&document));
    str root = paper_follow(&document, document.trailer, "Root");
    document.sheets = arena_array(a, LIMIT_PAPER_PAGES, sizeof *document.sheets);
    if (document.sheets == NULL) FAIL(ERR_NO_MEMORY, "no memory for pages");
    uint32_t pages = paper_reference(&document, paper_member(root, "Pages"));
    TRY(walk_pages(&document, pages, nothing, 0));
    if (document.sheet_count == 0) FAIL(ERR_INVALID, "the file has no page");
    document.has_layers = paper_member(root, "OCProperties").len > 0;
    mark_what_draws(&document);
    TRY(unpack_what_draws(&document));
    *ret_document = document;
    return OK;
}
