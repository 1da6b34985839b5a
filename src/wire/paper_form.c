/* paper_form.c: see paper_form.h. */
#include "wire/paper_form.h"

/* ---- The font: TrueType with one blank glyph (Apple, TrueType Reference Manual, 6) ----------- */

static void add_16(struct buf *b, unsigned value) {
    buf_add_byte(b, (char)(unsigned char)(value >> 8 & 0xFF));
    buf_add_byte(b, (char)(unsigned char)(value & 0xFF));
}
static void add_32(struct buf *b, uint32_t value) {
    add_16(b, value >> 16);
    add_16(b, value & 0xFFFF);
}

enum { EM = 1000, MINUS_BELOW = 0x10000 - PAPER_FORM_BELOW, TABLES = 7, TABLE_HEAD_BYTES = 16 };

static void add_head(struct buf *b) {
    add_32(b, 0x00010000); /* version */
    add_32(b, 0);          /* revision */
    add_32(b, 0);          /* checksum of all: not looked at by those who draw PDF */
    add_32(b, 0x5F0F3CF5);
    add_16(b, 0); /* flags */
    add_16(b, EM);
    for (int i = 0; i < 4; i++) add_32(b, 0); /* made and changed: never */
    add_16(b, 0);                             /* box of all glyphs */
    add_16(b, MINUS_BELOW);
    add_16(b, PAPER_FORM_ADVANCE);
    add_16(b, EM - PAPER_FORM_BELOW);
    add_16(b, 0); /* style */
    add_16(b, 8); /* the smallest legible size */
    add_16(b, 2); /* direction */
    add_16(b, 0); /* short offsets */
    add_16(b, 0);
}

static void add_hhea(struct buf *b) {
    add_32(b, 0x00010000);
    add_16(b, EM - PAPER_FORM_BELOW);
    add_16(b, MINUS_BELOW);
    add_16(b, 0);
    add_16(b, PAPER_FORM_ADVANCE);
    for (int i = 0; i < 11; i++) add_16(b, 0);
    add_16(b, 1); /* one width follows in hmtx */
    add_16(b, 0); /* padding */
}

static void add_maxp(struct buf *b) {
    add_32(b, 0x00010000);
    add_16(b, 1); /* one glyph */
    for (int i = 0; i < 4; i++) add_16(b, 0);
    add_16(b, 1); /* zones */
    for (int i = 0; i < 8; i++) add_16(b, 0);
}

/* A character map of no character, in format 4. */
static void add_cmap(struct buf *b) {
    add_16(b, 0);
    add_16(b, 1);
    add_16(b, 3);
    add_16(b, 1);
    add_32(b, 12);
    add_16(b, 4);
    add_16(b, 24);
    add_16(b, 0);
    add_16(b, 2); /* one segment, twice */
    add_16(b, 2);
    add_16(b, 0);
    add_16(b, 0);
    add_16(b, 0xFFFF);
    add_16(b, 0);
    add_16(b, 0xFFFF);
    add_16(b, 1);
    add_16(b, 0);
}

static void add_glyf(struct buf *b) { add_32(b, 0); }
static void add_hmtx(struct buf *b) {
    add_16(b, PAPER_FORM_ADVANCE);
    add_16(b, 0);
}
static void add_loca(struct buf *b) { add_32(b, 0); }

static uint32_t sum_of(str table) {
    uint32_t sum = 0;
    for (size_t i = 0; i + 3 < table.len; i += 4) {
        const unsigned char *p = (const unsigned char *)table.ptr + i;
        sum += (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
    }
    return sum;
}

static void add_font(struct buf *b) {
    static const struct {
        const char *tag;
        size_t len; /* with padding to a multiple of four */
        size_t said;
        void (*add)(struct buf *b);
    } TABLE[TABLES] = {
        {"cmap", 36, 36, add_cmap}, {"glyf", 4, 4, add_glyf}, {"head", 56, 54, add_head},
        {"hhea", 40, 36, add_hhea}, {"hmtx", 4, 4, add_hmtx}, {"loca", 4, 4, add_loca},
        {"maxp", 32, 32, add_maxp},
    };
    struct buf tables;
    size_t at = 12 + TABLES * TABLE_HEAD_BYTES;
    add_32(b, 0x00010000);
    add_16(b, TABLES);
    add_16(b, 64); /* for searching by halves */
    add_16(b, 2);
    add_16(b, TABLES * TABLE_HEAD_BYTES - 64);
    buf_init(&tables, b->arena, 1024);
    for (size_t i = 0; i < TABLES; i++) {
        size_t from = tables.len;
        TABLE[i].add(&tables);
        buf_add(b, str_of(TABLE[i].tag));
        add_32(b, sum_of(str_skip(buf_text(&tables), from)));
        add_32(b, (uint32_t)at);
        add_32(b, (uint32_t)TABLE[i].said);
        at += TABLE[i].len;
    }
    if (tables.failed != ERR_NONE) b->failed = tables.failed;
    buf_add(b, buf_text(&tables));
}

/* ---- Objects --------------------------------------------------------------------------------- */

/* Every code of two bytes is the unit of UTF-16 it looks like. */
static const char UNICODE_MAP[] = "/CIDInit/ProcSet findresource begin\n"
                                  "12 dict begin\n"
                                  "begincmap\n"
                                  "/CMapName/Words def\n"
                                  "/CMapType 2 def\n"
                                  "1 begincodespacerange\n"
                                  "<0000><FFFF>\n"
                                  "endcodespacerange\n"
                                  "1 beginbfrange\n"
                                  "<0000><FFFF><0000>\n"
                                  "endbfrange\n"
                                  "endcmap\n"
                                  "CMapName currentdict/CMap defineresource pop\n"
                                  "end\n"
                                  "end\n";

/* Every code is the one glyph: 131,072 zeros, packed as runs of 128 (ISO 32000-1, 7.4.5). */
enum { RUNS = 1024 };
static void add_glyph_map(struct buf *b) {
    for (int i = 0; i < RUNS; i++) buf_add(b, STR("\x81\0"));
    buf_add_byte(b, (char)(unsigned char)0x80);
}

static void add_object(struct buf *b, unsigned number, const char *value, size_t *ret_offsets) {
    if (ret_offsets != NULL) ret_offsets[number] = b->len;
    buf_printf(b, "%u 0 obj\n%s\nendobj\n", number, value);
}

static void add_stream(struct buf *b, unsigned number, const char *members, str bytes,
                       size_t *ret_offsets) {
    if (ret_offsets != NULL) ret_offsets[number] = b->len;
    buf_printf(b, "%u 0 obj\n<<%s/Length %zu>>\nstream\n", number, members, bytes.len);
    buf_add(b, bytes);
    buf_add(b, STR("\nendstream\nendobj\n"));
}

void paper_form_add(struct buf *b, size_t *ret_offsets) {
    struct buf font;
    struct buf map;
    buf_init(&font, b->arena, PAPER_FORM_BYTES_MAX);
    buf_init(&map, b->arena, PAPER_FORM_BYTES_MAX);
    add_font(&font);
    add_glyph_map(&map);
    if (font.failed != ERR_NONE) b->failed = font.failed;
    if (map.failed != ERR_NONE) b->failed = map.failed;
    buf_add(b, STR("%PDF-1.7\n%\xE2\xE3\xCF\xD3\n"));
    add_object(b, 1, "<</Type/Catalog/Pages 2 0 R>>", ret_offsets);
    add_object(b, PAPER_FORM_FONT,
               "<</Type/Font/Subtype/Type0/BaseFont/Words/Encoding/Identity-H"
               "/DescendantFonts[4 0 R]/ToUnicode 8 0 R>>",
               ret_offsets);
    add_object(b, 4,
               "<</Type/Font/Subtype/CIDFontType2/BaseFont/Words/CIDSystemInfo<</Registry(Adobe)"
               "/Ordering(Identity)/Supplement 0>>/FontDescriptor 5 0 R/CIDToGIDMap 7 0 R/DW 500>>",
               ret_offsets);
    add_object(b, 5,
               "<</Type/FontDescriptor/FontName/Words/Flags 5/FontBBox[0 -200 500 800]"
               "/ItalicAngle 0/Ascent 800/Descent -200/CapHeight 800/StemV 80/FontFile2 6 0 R>>",
               ret_offsets);
    struct buf said;
    buf_init(&said, b->arena, 64);
    buf_printf(&said, "/Length1 %zu", font.len);
    buf_add_byte(&said, '\0');
    str members = buf_text(&said);
    add_stream(b, 6, members.len > 0 ? members.ptr : "", buf_text(&font), ret_offsets);
    add_stream(b, 7, "/Filter/RunLengthDecode", buf_text(&map), ret_offsets);
    add_stream(b, 8, "", (str){UNICODE_MAP, sizeof UNICODE_MAP - 1}, ret_offsets);
}
