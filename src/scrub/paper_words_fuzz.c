/* paper_words_fuzz.c: any bytes as what pdftotext prints of words, judged on a drawing of any bytes
 * as what pdftoppm writes. */
#include <stdlib.h>

#include "base/unicode.h"
#include "scrub/paper_words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void judge(struct arena *a, const struct paper_list *page, str bytes) {
    struct paper_sights d;
    if (!paper_drawing_read(bytes, &d.plain) || d.plain.bands != 1) return;
    d.blank = d.ink = d.plain;
    struct paper_reasons reasons = {d.plain, d.plain, d.plain};
    enum paper_sight *sights = arena_array(a, page->count + 1, sizeof *sights);
    if (sights == NULL || page->width <= 0 || page->height <= 0) return;
    paper_words_judge(page, &d, sights);
    for (size_t i = 0; i < page->count; i++) {
        if (sights[i] == PAPER_SEEN) abort(); /* the drawings are the same */
        if (paper_words_reason(page, i, &reasons) >= PAPER_KIND_COUNT) abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct sys sys = sys_real();
    CLEANUP(arena_done) struct arena a;
    str words;
    str drawing;
    struct paper_list *pages = NULL;
    size_t count = 0;
    arena_init(&a, &sys, (size_t)64 << 20);
    str_cut((str){(const char *)data, size}, '\0', &words, &drawing);
    struct paper_printed printed = {.xhtml = words, .margin = 10, .pages_max = 8};
    if (paper_words_read(&a, &printed, &pages, &count).kind != ERR_NONE) return 0;
    if (count > 8) abort();
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < pages[i].count; k++) {
            if (!utf8_is_valid(pages[i].words[k].text)) abort();
        }
        judge(&a, &pages[i], drawing);
    }
    return 0;
}
