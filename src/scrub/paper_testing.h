/* paper_testing.h: making PDFs for tests, good ones and bad ones. For tests alone. */
#pragma once

#include <libdeflate.h>

#include "base/base.h"

enum { SKETCH_OBJECTS_MAX = 10100 };

struct paper_sketch {
    struct buf b;
    size_t offsets[SKETCH_OBJECTS_MAX];
    size_t count;
};

static inline void paper_sketch_begin(struct paper_sketch *sketch, struct arena *a) {
    sketch->count = 0;
    buf_init(&sketch->b, a, 64 << 20);
    buf_add(&sketch->b, STR("%PDF-1.7\n"));
}

/* Adds the next object, the first is 1. */
static inline void paper_sketch_object(struct paper_sketch *sketch, const char *value) {
    sketch->offsets[++sketch->count] = sketch->b.len;
    buf_printf(&sketch->b, "%zu 0 obj\n", sketch->count);
    buf_add(&sketch->b, str_of(value));
    buf_add(&sketch->b, STR("\nendobj\n"));
}

static inline void paper_sketch_stream(struct paper_sketch *sketch, const char *members,
                                       str bytes) {
    sketch->offsets[++sketch->count] = sketch->b.len;
    buf_printf(&sketch->b, "%zu 0 obj\n<<%s/Length %zu>>\nstream\n", sketch->count, members,
               bytes.len);
    buf_add(&sketch->b, bytes);
    buf_add(&sketch->b, STR("\nendstream\nendobj\n"));
}

/* Empty when there was no memory. */
static inline str paper_sketch_end(struct paper_sketch *sketch, const char *trailer) {
    size_t at = sketch->b.len;
    buf_printf(&sketch->b, "xref\n0 %zu\n0000000000 65535 f \n", sketch->count + 1);
    for (size_t i = 1; i <= sketch->count; i++) {
        buf_printf(&sketch->b, "%010zu 00000 n \n", sketch->offsets[i]);
    }
    buf_printf(&sketch->b, "trailer\n<</Size %zu/Root 1 0 R%s>>\nstartxref\n%zu\n%%%%EOF\n",
               sketch->count + 1, trailer, at);
    return buf_text(&sketch->b);
}

/* The file with one object in another state, appended as an update. */
static inline str paper_sketch_update(struct arena *a, str pdf, size_t number, const char *value) {
    struct buf b;
    size_t before = str_find(pdf, STR("\nxref\n")) + 1;
    buf_init(&b, a, pdf.len + (1 << 16));
    buf_add(&b, pdf);
    size_t at = b.len;
    buf_printf(&b, "%zu 0 obj\n%s\nendobj\n", number, value);
    size_t table = b.len;
    buf_printf(&b,
               "xref\n%zu 1\n%010zu 00000 n \ntrailer\n<</Size 6/Root 1 0 R/Prev %zu>>\n"
               "startxref\n%zu\n%%%%EOF\n",
               number, at, before, table);
    return buf_text(&b);
}

/* A page whose drawing unpacks to `size` bytes of white space. */
static inline str paper_sketch_bomb(struct arena *a, size_t size) {
    struct paper_sketch *sketch = arena_alloc(a, sizeof *sketch);
    struct libdeflate_compressor *packer = libdeflate_alloc_compressor(9);
    char *plain = arena_alloc(a, size);
    char *packed = arena_alloc(a, size / 100 + 1024);
    if (sketch == NULL || packer == NULL || plain == NULL || packed == NULL) return (str){0};
    for (size_t i = 0; i < size; i++) plain[i] = ' ';
    size_t len = libdeflate_zlib_compress(packer, plain, size, packed, size / 100 + 1024);
    libdeflate_free_compressor(packer);
    paper_sketch_begin(sketch, a);
    paper_sketch_object(sketch, "<</Type/Catalog/Pages 2 0 R>>");
    paper_sketch_object(sketch, "<</Type/Pages/Kids[3 0 R]/Count 1>>");
    paper_sketch_object(sketch, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 200]/Contents 4 0 R>>");
    paper_sketch_stream(sketch, "/Filter/FlateDecode", (str){packed, len});
    return paper_sketch_end(sketch, "");
}
