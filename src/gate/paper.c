/* paper.c: see paper.h. */
#include "gate/paper.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/unicode.h"
#include "gate/inflate.h"
#include "gate/picture.h"
#include "wire/paper_form.h"

enum {
    SIDE_MAX = LIMIT_PAPER_SIDE * 100, /* hundredths of a point */
    PAGE_WORDS_BYTES_MAX = 32 << 20,   /* LIMIT_PAPER_WORDS long ones */
    DRAWING_BYTES_MAX = 64 << 20,
    FILTER_MAX = 4, /* of a row: PNG, 9.2 */
    UNIT_DIGITS = 4,
    COLOURS_MAX = 256,
    COLOUR_DIGITS = 6,
};

/* A reading: it goes on while nothing was wrong. */
struct reading {
    struct arena *a;
    str bytes;
    size_t at;
    size_t *offsets; /* of each object, as met */
    struct paper_read *read;
    bool is_wrong;
    err failed; /* of this process, not of the file */
};

static bool wrong(struct reading *r, const char *format, ...) PRINTF_LIKE(2, 3);
static bool wrong(struct reading *r, const char *format, ...) {
    va_list arguments;
    if (r->is_wrong) return false;
    r->is_wrong = true;
    r->read->offset = r->at;
    va_start(arguments, format);
    vsnprintf(r->read->reason, sizeof r->read->reason, format, arguments);
    va_end(arguments);
    return false;
}

static bool fail(struct reading *r, err e) {
    r->failed = e;
    r->is_wrong = true;
    return false;
}

/* ---- Tokens of a text that must be so -------------------------------------------------------- */

static bool take(struct reading *r, const char *wanted) {
    str literal = str_of(wanted);
    if (r->is_wrong) return false;
    if (!str_starts(str_skip(r->bytes, r->at), literal)) {
        return wrong(r, "something else stands in the place of a fixed part");
    }
    r->at += literal.len;
    return true;
}

/* A whole number without sign or leading zero, at most `max`. */
static bool take_number(struct reading *r, uint64_t max, uint64_t *ret_number) {
    str rest = str_skip(r->bytes, r->at);
    size_t len = 0;
    uint64_t number = 0;
    if (r->is_wrong) return false;
    while (len < rest.len && rest.ptr[len] >= '0' && rest.ptr[len] <= '9') len++;
    bool has_zero = len > 1 && rest.ptr[0] == '0';
    if (len == 0 || has_zero || !str_to_u64(str_slice(rest, 0, len), &number) || number > max) {
        return wrong(r, "a number is missing, badly written or too large");
    }
    r->at += len;
    *ret_number = number;
    return true;
}

static bool take_this(struct reading *r, uint64_t wanted) {
    uint64_t number = 0;
    size_t before = r->at;
    if (!take_number(r, UINT32_MAX, &number)) return false;
    if (number == wanted) return true;
    r->at = before;
    return wrong(r, "a number is not the one that must stand there");
}

/* "12.50" */
static bool take_hundredths(struct reading *r, uint64_t max, uint64_t *ret_number) {
    uint64_t whole = 0;
    if (!take_number(r, max / 100, &whole) || !take(r, ".")) return false;
    str two = str_slice(r->bytes, r->at, r->at + 2);
    uint64_t part = 0;
    if (two.len != 2 || !str_to_u64(two, &part)) return wrong(r, "two digits are missing");
    r->at += 2;
    *ret_number = whole * 100 + part;
    return *ret_number <= max || wrong(r, "a number is too large");
}

static bool take_bytes(struct reading *r, uint64_t len, str *ret_bytes) {
    if (r->is_wrong) return false;
    if (len > r->bytes.len - r->at) return wrong(r, "a stream is longer than the file");
    *ret_bytes = str_slice(r->bytes, r->at, r->at + (size_t)len);
    r->at += (size_t)len;
    return true;
}

static bool begin_object(struct reading *r, size_t number) {
    r->offsets[number] = r->at;
    return take_this(r, number) && take(r, " 0 obj\n");
}

/* ---- Streams --------------------------------------------------------------------------------- */

struct unpacked {
    str packed;
    struct buf *b;
    bool is_given;
    uint64_t row_bytes;  /* with that of the filter, if any */
    uint64_t first_max;  /* of the first byte of a row */
    uint64_t others_max; /* of the others */
    uint64_t count;
    bool is_odd; /* a byte over its maximum */
};

static bool give_all(void *context, str *ret_piece) {
    struct unpacked *u = context;
    if (u->is_given) return false;
    u->is_given = true;
    *ret_piece = u->packed;
    return true;
}

static bool keep_byte(void *context, uint8_t byte) {
    struct unpacked *u = context;
    buf_add_byte(u->b, (char)byte);
    return u->b->failed == ERR_NONE;
}

static bool count_byte(void *context, uint8_t byte) {
    struct unpacked *u = context;
    bool is_first = u->count % u->row_bytes == 0;
    u->is_odd = u->is_odd || byte > (is_first ? u->first_max : u->others_max);
    u->count++;
    return !u->is_odd && u->count <= u->row_bytes * LIMIT_PAPER_HEIGHT;
}

/* ---- Words ----------------------------------------------------------------------------------- */

static int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool take_unit(struct reading *r, uint32_t *ret_unit) {
    str digits = str_slice(r->bytes, r->at, r->at + UNIT_DIGITS);
    uint32_t unit = 0;
    for (size_t i = 0; i < UNIT_DIGITS; i++) {
        int digit = i < digits.len ? hex_digit(digits.ptr[i]) : -1;
        if (digit < 0) return wrong(r, "a letter is not written in four digits");
        unit = unit * 16 + (uint32_t)digit;
    }
    r->at += UNIT_DIGITS;
    *ret_unit = unit;
    return true;
}

/* Letters up to the closing bracket, as UTF-8. */
static bool take_letters(struct reading *r, struct buf *words) {
    size_t count = 0;
    while (!r->is_wrong && (r->at >= r->bytes.len || r->bytes.ptr[r->at] != '>')) {
        uint32_t c = 0;
        uint32_t low = 0;
        if (!take_unit(r, &c)) return false;
        if (c >= 0xD800 && c < 0xE000) {
            if (c >= 0xDC00 || !take_unit(r, &low) || low < 0xDC00 || low >= 0xE000) {
                return wrong(r, "half of a letter");
            }
            c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
        }
        if (c < 0x20 || (c >= 0x7F && c < 0xA0)) return wrong(r, "a control character in a word");
        utf8_add(words, c);
        count++;
    }
    return !r->is_wrong && (count > 0 || wrong(r, "a word without letters"));
}

static bool take_word(struct reading *r, struct buf *words) {
    uint64_t number = 0;
    bool is_whole = take(r, "/F ") && take_hundredths(r, SIDE_MAX, &number) && take(r, " Tf ") &&
                    take_hundredths(r, UINT32_MAX, &number) && take(r, " Tz 1 0 0 1 ") &&
                    take_hundredths(r, SIDE_MAX, &number) && take(r, " ") &&
                    take_hundredths(r, SIDE_MAX, &number) && take(r, " Tm <");
    if (!is_whole) return false;
    if (words->len > 0) buf_add_byte(words, ' ');
    return take_letters(r, words) && take(r, "> Tj\n");
}

struct size {
    uint64_t width, height; /* hundredths */
};

/* The unpacked drawing of a page, read like the file itself. */
static bool read_drawing(struct reading *outer, str drawing, const struct size *paper,
                         struct paper_words *page) {
    struct reading r = *outer;
    struct buf words;
    uint64_t number = 0;
    size_t count = 0;
    r.bytes = drawing;
    r.at = 0;
    buf_init(&words, r.a, PAGE_WORDS_BYTES_MAX);
    bool begins =
        take(&r, "q ") && take_hundredths(&r, SIDE_MAX, &number) &&
        (number == paper->width || wrong(&r, "the picture is not as wide as the page")) &&
        take(&r, " 0 0 ") && take_hundredths(&r, SIDE_MAX, &number) &&
        (number == paper->height || wrong(&r, "the picture is not as high as the page")) &&
        take(&r, " 0 0 cm /I Do Q\nBT\n3 Tr\n");
    while (begins && !r.is_wrong && str_starts(str_skip(drawing, r.at), STR("/F "))) {
        if (++count > LIMIT_PAPER_WORDS) wrong(&r, "a page has too many words");
        take_word(&r, &words);
    }
    take(&r, "ET\n");
    if (!r.is_wrong && r.at != drawing.len) wrong(&r, "bytes behind what a page draws");
    if (words.failed != ERR_NONE) fail(&r, buf_check(&words));
    outer->failed = r.failed;
    outer->is_wrong = r.is_wrong;
    if (r.is_wrong) outer->read->offset = outer->at;
    page->text = buf_text(&words);
    return !r.is_wrong;
}

static bool read_words(struct reading *r, size_t number, const struct size *paper,
                       struct paper_words *page) {
    struct buf b;
    struct unpacked u = {.b = &b};
    struct inflate_source source = {.next = give_all, .take = keep_byte, .context = &u};
    uint64_t len = 0;
    buf_init(&b, r->a, DRAWING_BYTES_MAX);
    bool begins = begin_object(r, number) && take(r, "<</Filter/FlateDecode/Length ") &&
                  take_number(r, r->bytes.len, &len) && take(r, ">>\nstream\n") &&
                  take_bytes(r, len, &u.packed);
    if (!begins) return false;
    enum inflate_result result = inflate_read(&source);
    if (b.failed == ERR_NO_MEMORY) return fail(r, buf_check(&b));
    if (result != INFLATE_DONE) return wrong(r, "what page %zu draws is packed badly", number);
    return read_drawing(r, buf_text(&b), paper, page) && take(r, "\nendstream\nendobj\n");
}

/* ---- Pictures -------------------------------------------------------------------------------- */

/* What is unpacked of a picture is exactly its rows, and no byte is one that cannot be drawn. */
static bool check_rows(struct reading *r, struct unpacked *u, uint64_t height) {
    struct inflate_source source = {.next = give_all, .take = count_byte, .context = u};
    enum inflate_result result = inflate_read(&source);
    if (result != INFLATE_DONE || u->is_odd || u->count != u->row_bytes * height) {
        return wrong(r, "a picture has more or fewer pixels than it says, or other ones");
    }
    return true;
}

/* The size that a JPEG says, in its frame header (ITU T.81, B.2.2); all of it was read before. */
static bool has_size(str jpeg, uint64_t width, uint64_t height) {
    const unsigned char *b = (const unsigned char *)jpeg.ptr;
    for (size_t at = 2; at + 9 < jpeg.len && b[at] == 0xFF;) {
        if (b[at + 1] >= 0xC0 && b[at + 1] <= 0xC2) {
            bool is_rgb = b[at + 9] == 3;
            return is_rgb && (uint64_t)(b[at + 5] << 8 | b[at + 6]) == height &&
                   (uint64_t)(b[at + 7] << 8 | b[at + 8]) == width;
        }
        at += 2 + (size_t)(b[at + 2] << 8 | b[at + 3]);
    }
    return false;
}

static bool check_jpeg(struct reading *r, str jpeg, uint64_t width, uint64_t height) {
    struct picture_finding finding;
    size_t count = 0;
    err e = picture_check(jpeg, &finding, 1, &count);
    bool is_jpeg = str_starts(jpeg, STR("\xFF\xD8\xFF"));
    if (e.kind != ERR_NONE || count > 0 || !is_jpeg || !has_size(jpeg, width, height)) {
        return wrong(r, "a picture holds more than pixels, or another size than it says");
    }
    return true;
}

/* The list of its colours; *ret_last is the number of the last one. */
static bool take_colours(struct reading *r, uint64_t *ret_last) {
    if (!take_number(r, COLOURS_MAX - 1, ret_last) || !take(r, "<")) return false;
    for (uint64_t i = 0; i < (*ret_last + 1) * COLOUR_DIGITS; i++) {
        str digit = str_slice(r->bytes, r->at, r->at + 1);
        if (digit.len == 0 || hex_digit(digit.ptr[0]) < 0) return wrong(r, "a colour is cut");
        r->at++;
    }
    return take(r, ">]");
}

struct picture {
    uint64_t width, height;
    uint64_t last_colour;
    bool is_jpeg;
    bool is_indexed;
};

static bool take_picture_head(struct reading *r, struct picture *p, str *ret_bytes) {
    uint64_t len = 0;
    bool begins = take(r, "<</Type/XObject/Subtype/Image/Width ") &&
                  take_number(r, LIMIT_PAPER_WIDTH, &p->width) && take(r, "/Height ") &&
                  take_number(r, LIMIT_PAPER_HEIGHT, &p->height) && take(r, "/ColorSpace");
    if (!begins) return false;
    if (p->width == 0 || p->height == 0) return wrong(r, "a picture without pixels");
    p->is_indexed = str_starts(str_skip(r->bytes, r->at), STR("[/Indexed"));
    begins = p->is_indexed ? take(r, "[/Indexed/DeviceRGB ") && take_colours(r, &p->last_colour)
                           : take(r, "/DeviceRGB");
    if (!begins || !take(r, "/BitsPerComponent 8/Filter")) return false;
    p->is_jpeg = !p->is_indexed && str_starts(str_skip(r->bytes, r->at), STR("/DCTDecode"));
    take(r, p->is_jpeg ? "/DCTDecode" : "/FlateDecode");
    if (!p->is_jpeg && !p->is_indexed) {
        bool goes_on =
            take(r, "/DecodeParms<</Predictor 15/Colors 3/BitsPerComponent 8/Columns ") &&
            take_this(r, p->width) && take(r, ">>");
        if (!goes_on) return false;
    }
    return take(r, "/Length ") && take_number(r, r->bytes.len, &len) && take(r, ">>\nstream\n") &&
           take_bytes(r, len, ret_bytes);
}

static bool read_picture(struct reading *r, size_t number) {
    struct picture p = {.width = 0};
    struct unpacked u = {.count = 0};
    if (!begin_object(r, number) || !take_picture_head(r, &p, &u.packed)) return false;
    u.row_bytes = p.is_indexed ? p.width : p.width * 3 + 1;
    u.first_max = p.is_indexed ? p.last_colour : FILTER_MAX;
    u.others_max = p.is_indexed ? p.last_colour : UINT8_MAX;
    bool is_sound =
        p.is_jpeg ? check_jpeg(r, u.packed, p.width, p.height) : check_rows(r, &u, p.height);
    return is_sound && take(r, "\nendstream\nendobj\n");
}

/* ---- The file -------------------------------------------------------------------------------- */

static bool read_page(struct reading *r, size_t number, struct paper_words *page) {
    struct size paper = {0, 0};
    bool begins = begin_object(r, number) && take(r, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 ") &&
                  take_hundredths(r, SIDE_MAX, &paper.width) && take(r, " ") &&
                  take_hundredths(r, SIDE_MAX, &paper.height) &&
                  take(r, "]/Resources<</Font<</F 3 0 R>>/XObject<</I ") &&
                  take_this(r, number + 2) && take(r, " 0 R>>>>/Contents ") &&
                  take_this(r, number + 1) && take(r, " 0 R>>\nendobj\n");
    return begins && read_words(r, number + 1, &paper, page) && read_picture(r, number + 2);
}

/* The beginning, which is the same in all, and the list of pages. */
static bool read_beginning(struct reading *r, uint64_t *ret_count) {
    struct buf b;
    uint64_t count = 0;
    size_t offsets[PAPER_FORM_FIRST] = {0};
    buf_init(&b, r->a, PAPER_FORM_BYTES_MAX);
    paper_form_add(&b, offsets);
    if (b.failed != ERR_NONE) return fail(r, buf_check(&b));
    if (!str_starts(r->bytes, buf_text(&b))) return wrong(r, "it does not begin like ours");
    r->at = b.len;
    size_t list_at = r->at;
    bool begins = take_this(r, PAPER_FORM_PAGES) && take(r, " 0 obj\n<</Type/Pages/Count ") &&
                  take_number(r, LIMIT_PAPER_PAGES, &count) && take(r, "/Kids[");
    if (!begins) return false;
    if (count == 0) return wrong(r, "it has no page");
    for (uint64_t i = 0; i < count && !r->is_wrong; i++) {
        if (i > 0) take(r, " ");
        if (take_this(r, PAPER_FORM_FIRST + i * PAPER_FORM_STRIDE)) take(r, " 0 R");
    }
    r->offsets =
        arena_array(r->a, PAPER_FORM_FIRST + (size_t)count * PAPER_FORM_STRIDE, sizeof *r->offsets);
    if (r->offsets == NULL) {
        return fail(r, err_make(ERR_NO_MEMORY, __FILE__, __LINE__, "no memory for a paper"));
    }
    memcpy(r->offsets, offsets, sizeof offsets);
    r->offsets[PAPER_FORM_PAGES] = list_at;
    *ret_count = count;
    return take(r, "]>>\nendobj\n");
}

static bool read_end(struct reading *r, size_t objects) {
    char line[128];
    size_t table_at = r->at;
    snprintf(line, sizeof line, "xref\n0 %zu\n0000000000 65535 f \n", objects);
    take(r, line);
    for (size_t i = 1; i < objects && !r->is_wrong; i++) {
        snprintf(line, sizeof line, "%010zu 00000 n \n", r->offsets[i]);
        take(r, line);
    }
    snprintf(line, sizeof line, "trailer\n<</Size %zu/Root 1 0 R>>\nstartxref\n%zu\n%%%%EOF\n",
             objects, table_at);
    take(r, line);
    if (!r->is_wrong && r->at != r->bytes.len) wrong(r, "bytes behind its end");
    return !r->is_wrong;
}

err paper_read(struct arena *a, str bytes, struct paper_read *ret_read) {
    struct paper_read read = {.count = 0};
    struct reading r = {.a = a, .bytes = bytes, .read = &read, .failed = OK};
    uint64_t count = 0;
    if (read_beginning(&r, &count)) {
        read.pages = arena_array(a, (size_t)count, sizeof *read.pages);
        if (read.pages == NULL) FAIL(ERR_NO_MEMORY, "no memory for the words of a paper");
    }
    for (size_t i = 0; i < count && !r.is_wrong; i++) {
        read_page(&r, PAPER_FORM_FIRST + i * PAPER_FORM_STRIDE, &read.pages[i]);
    }
    if (!r.is_wrong) read_end(&r, PAPER_FORM_FIRST + (size_t)count * PAPER_FORM_STRIDE);
    TRY(r.failed);
    if (!r.is_wrong) read.count = (size_t)count;
    *ret_read = read;
    return OK;
}
