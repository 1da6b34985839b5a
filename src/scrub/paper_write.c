/* paper_write.c: see paper_write.h. */
#include "scrub/paper_write.h"

#include <assert.h>

#include "base/unicode.h"
#include "wire/paper_form.h"

enum {
    WORD_ROOM = PAPER_WORD_BYTES * 4 + 128,
    THOUSAND = 1000,
};

/* Hundredths as "12.5" would be read: always with two digits, so that equal numbers look equal. */
#define HUNDREDTHS_FMT "%lld.%02lld"
#define HUNDREDTHS_ARG(n) (long long)((n) / 100), (long long)((n) % 100)

static void note_object(struct paper_writer *w, size_t number) { w->offsets[number] = w->b.len; }

err paper_write_begin(struct paper_writer *writer, struct arena *a, size_t page_count) {
    struct paper_writer w = {.a = a, .page_count = page_count};
    w.offset_count = PAPER_FORM_FIRST + page_count * PAPER_FORM_STRIDE;
    w.offsets = arena_array(a, w.offset_count, sizeof *w.offsets);
    if (w.offsets == NULL) FAIL(ERR_NO_MEMORY, "no memory for a PDF of %zu pages", page_count);
    buf_init(&w.b, a, PAPER_FILE_BYTES_MAX);
    paper_form_add(&w.b, w.offsets);
    note_object(&w, PAPER_FORM_PAGES);
    buf_printf(&w.b, "%d 0 obj\n<</Type/Pages/Count %zu/Kids[", PAPER_FORM_PAGES, page_count);
    for (size_t i = 0; i < page_count; i++) {
        buf_printf(&w.b, "%s%zu 0 R", i == 0 ? "" : " ", PAPER_FORM_FIRST + i * PAPER_FORM_STRIDE);
    }
    buf_add(&w.b, STR("]>>\nendobj\n"));
    TRY(buf_check(&w.b));
    *writer = w;
    return OK;
}

/* ---- Words ----------------------------------------------------------------------------------- */

/* The word in UTF-16, as hexadecimal digits. */
static size_t add_units(struct buf *b, str text) {
    size_t units = 0;
    while (text.len > 0) {
        uint32_t c = utf8_take(&text);
        if (c == UNICODE_BAD) c = 0xFFFD;
        if (c >= 0x10000) {
            buf_printf(b, "%04X%04X", 0xD800 + ((c - 0x10000) >> 10), 0xDC00 + (c & 0x3FF));
            units += 2;
        } else {
            buf_printf(b, "%04X", c);
            units++;
        }
    }
    return units;
}

/* A length of the drawn page as one of the paper; both in hundredths. */
static int64_t on_paper(int64_t length, int64_t pixels, int64_t paper) {
    return length * paper / (pixels * PAPER_HUNDREDTHS);
}

/* One word: the font is as high as its box, and stretched so that the word fills it. */
static void add_word(struct buf *b, struct arena *scratch, const struct paper_page *page,
                     const struct paper_word *word) {
    struct buf units_text;
    int64_t size = on_paper(word->height, page->height, page->paper_height);
    int64_t width = on_paper(word->width, page->width, page->paper_width);
    int64_t x = on_paper(word->x, page->width, page->paper_width);
    int64_t bottom =
        page->paper_height - on_paper(word->y + word->height, page->height, page->paper_height);
    buf_init(&units_text, scratch, WORD_ROOM);
    size_t units = add_units(&units_text, word->text);
    if (units == 0) return;
    if (size < 1) size = 1;
    if (width < 1) width = 1;
    if (bottom < 0) bottom = 0;
    int64_t y = bottom + size * PAPER_FORM_BELOW / THOUSAND;
    int64_t natural = (int64_t)units * size * PAPER_FORM_ADVANCE / THOUSAND;
    int64_t stretch = width * 100 * PAPER_HUNDREDTHS / (natural < 1 ? 1 : natural);
    if (stretch < 1) stretch = 1;
    buf_printf(b,
               "/F " HUNDREDTHS_FMT " Tf " HUNDREDTHS_FMT " Tz 1 0 0 1 " HUNDREDTHS_FMT
               " " HUNDREDTHS_FMT " Tm <",
               HUNDREDTHS_ARG(size), HUNDREDTHS_ARG(stretch), HUNDREDTHS_ARG(x), HUNDREDTHS_ARG(y));
    buf_add(b, buf_text(&units_text));
    buf_add(b, STR("> Tj\n"));
    if (units_text.failed != ERR_NONE) b->failed = units_text.failed;
}

/* What the page draws, packed. */
static err pack_page(struct arena *scratch, const struct paper_page *page, str *ret_packed) {
    struct buf b;
    buf_init(&b, scratch, 256 + page->word_count * (WORD_ROOM + 128));
    buf_printf(&b, "q " HUNDREDTHS_FMT " 0 0 " HUNDREDTHS_FMT " 0 0 cm /I Do Q\nBT\n3 Tr\n",
               HUNDREDTHS_ARG(page->paper_width), HUNDREDTHS_ARG(page->paper_height));
    for (size_t i = 0; i < page->word_count; i++) add_word(&b, scratch, page, &page->words[i]);
    buf_add(&b, STR("ET\n"));
    TRY(buf_check(&b));
    str plain = buf_text(&b);
    return paper_pack(scratch, plain, ret_packed);
}

/* ---- Pictures -------------------------------------------------------------------------------- */

static void add_colours(struct buf *b, const struct paper_picture *picture) {
    buf_printf(b, "/ColorSpace[/Indexed/DeviceRGB %zu<", picture->colour_count - 1);
    for (size_t i = 0; i < picture->colour_count; i++) buf_printf(b, "%06X", picture->colours[i]);
    buf_add(b, STR(">]/BitsPerComponent 8/Filter/FlateDecode"));
}

static void add_picture(struct buf *b, const struct paper_picture *picture) {
    buf_printf(b, "<</Type/XObject/Subtype/Image/Width %u/Height %u", picture->width,
               picture->height);
    switch (picture->coding) {
    case PAPER_FEW_COLOURS: add_colours(b, picture); break;
    case PAPER_JPEG:
        buf_add(b, STR("/ColorSpace/DeviceRGB/BitsPerComponent 8/Filter/DCTDecode"));
        break;
    case PAPER_ROWS:
        buf_printf(b,
                   "/ColorSpace/DeviceRGB/BitsPerComponent 8/Filter/FlateDecode"
                   "/DecodeParms<</Predictor 15/Colors 3/BitsPerComponent 8/Columns %u>>",
                   picture->width);
        break;
    }
    buf_printf(b, "/Length %zu>>\nstream\n", picture->bytes.len);
    buf_add(b, picture->bytes);
    buf_add(b, STR("\nendstream\nendobj\n"));
}

/* ---- Pages ----------------------------------------------------------------------------------- */

err paper_write_page(struct paper_writer *writer, struct arena *scratch,
                     const struct paper_page *page, const struct paper_picture *picture) {
    struct paper_writer *w = writer;
    size_t number = PAPER_FORM_FIRST + w->pages * PAPER_FORM_STRIDE;
    str packed;
    assert(w->pages < w->page_count);
    TRY(pack_page(scratch, page, &packed));
    note_object(w, number);
    buf_printf(&w->b,
               "%zu 0 obj\n<</Type/Page/Parent %d 0 R/MediaBox[0 0 " HUNDREDTHS_FMT
               " " HUNDREDTHS_FMT "]/Resources<</Font<</F %d 0 R>>/XObject<</I %zu 0 R>>>>"
               "/Contents %zu 0 R>>\nendobj\n",
               number, PAPER_FORM_PAGES, HUNDREDTHS_ARG(page->paper_width),
               HUNDREDTHS_ARG(page->paper_height), PAPER_FORM_FONT, number + 2, number + 1);
    note_object(w, number + 1);
    buf_printf(&w->b, "%zu 0 obj\n<</Filter/FlateDecode/Length %zu>>\nstream\n", number + 1,
               packed.len);
    buf_add(&w->b, packed);
    buf_add(&w->b, STR("\nendstream\nendobj\n"));
    note_object(w, number + 2);
    buf_printf(&w->b, "%zu 0 obj\n", number + 2);
    add_picture(&w->b, picture);
    w->pages++;
    return buf_check(&w->b);
}

err paper_write_end(struct paper_writer *writer, str *ret_pdf) {
    struct paper_writer *w = writer;
    size_t table_at = w->b.len;
    assert(w->pages == w->page_count);
    buf_printf(&w->b, "xref\n0 %zu\n0000000000 65535 f \n", w->offset_count);
    for (size_t i = 1; i < w->offset_count; i++) {
        buf_printf(&w->b, "%010zu 00000 n \n", w->offsets[i]);
    }
    buf_printf(&w->b, "trailer\n<</Size %zu/Root 1 0 R>>\nstartxref\n%zu\n%%%%EOF\n",
               w->offset_count, table_at);
    return buf_finish(&w->b, ret_pdf);
}
