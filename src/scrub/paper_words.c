/* paper_words.c: see paper_words.h. */
#include "scrub/paper_words.h"

#include <math.h>
#include <stdlib.h>

#include "base/unicode.h"

enum {
    INK_MIN = 110,        /* of 255: a pixel that a word covers about half or more */
    SIGHT_MIN = 38,       /* of 255, in one colour: black type is 255, #D9D9D9 on white 38 */
    SEEN_PERCENT = 60,    /* of a word's pixels: less is a rest that looks out from under a box */
    LINE_PERCENT = 40,    /* of the pixels in a line across it: a stroke through it hides fewer */
    PIECE_PERCENT = 97,   /* of a letter's pixels: it is covered */
    LETTER_PERCENT = 100, /* of the pixels that a letter of the word has on average */
    EDGE_LETTERS_MIN = 5, /* letters: may_lose_an_edge */
    MISSING_MIN = 4,      /* pixels */
    TRACE_MIN = 16,       /* of 255: a pixel that a word touches */
    GAP_PERCENT = 60,     /* of a line's height: as wide as no gap in a word is */
    CROWD_MIN = 3,        /* letters: fewer can stand in a narrow box */
    CROWDED_RATIO = 10,   /* letters stand closer than a tenth of the line's height in no font */
};

/* ---- What pdftotext printed ------------------------------------------------------------------ */

/* The value of an attribute inside a tag. */
static double attribute(str tag, str name) {
    size_t at = str_find(tag, name);
    if (at == STR_NONE) return 0;
    str value = str_skip(tag, at + name.len);
    bool is_negative = value.len > 0 && value.ptr[0] == '-';
    double number = 0;
    double unit = 0;
    for (size_t i = is_negative; i < value.len && i < 32; i++) {
        char c = value.ptr[i];
        if (c == '.' && unit == 0) {
            unit = 1;
        } else if (c >= '0' && c <= '9') {
            unit /= 10;
            number = unit > 0 ? number + unit * (c - '0') : number * 10 + (c - '0');
        } else {
            break;
        }
    }
    return is_negative ? -number : number;
}

static err read_text(struct arena *a, str escaped, str *ret_text) {
    static const struct {
        str name;
        char c;
    } NAMES[] = {{{"&amp;", 5}, '&'},  {{"&lt;", 4}, '<'},   {{"&gt;", 4}, '>'},
                 {{"&quot;", 6}, '"'}, {{"&#39;", 5}, '\''}, {{"&apos;", 6}, '\''}};
    struct buf b;
    buf_init(&b, a, PAPER_WORD_BYTES * 3);
    escaped = utf8_cut(escaped, PAPER_WORD_BYTES / 2);
    while (escaped.len > 0) {
        size_t i = 0;
        while (i < COUNT_OF(NAMES) && !str_starts(escaped, NAMES[i].name)) i++;
        if (i < COUNT_OF(NAMES)) {
            buf_add_byte(&b, NAMES[i].c);
            escaped = str_skip(escaped, NAMES[i].name.len);
            continue;
        }
        uint32_t c = utf8_take(&escaped);
        bool is_control = c < 0x20 || (c >= 0x7F && c < 0xA0);
        if (c != UNICODE_BAD && !is_control && !unicode_is_invisible(c)) utf8_add(&b, c);
    }
    return buf_finish(&b, ret_text);
}

struct reading {
    struct arena *a;
    const struct paper_printed *printed;
    struct paper_list *pages;
    size_t count;
    size_t room; /* of the last page's words */
};

static err begin_page(struct reading *r, str tag) {
    if (r->count == r->printed->pages_max) FAIL(ERR_LIMIT, "more pages than there are");
    double sides = 2 * r->printed->margin;
    r->pages[r->count++] = (struct paper_list){.width = attribute(tag, STR("width=\"")) - sides,
                                               .height = attribute(tag, STR("height=\"")) - sides};
    r->room = 0;
    return OK;
}

static err add_word(struct reading *r, str tag, str text) {
    if (r->count == 0) FAIL(ERR_INVALID, "a word of no page");
    struct paper_list *page = &r->pages[r->count - 1];
    double margin = r->printed->margin;
    if (page->count == LIMIT_PAPER_WORDS) {
        FAIL(ERR_LIMIT, "a page has over %d words", LIMIT_PAPER_WORDS);
    }
    if (page->count == r->room) {
        size_t room = r->room == 0 ? 64 : r->room * 2;
        void *grown = arena_grow(r->a, page->words, r->room * sizeof *page->words,
                                 room * sizeof *page->words);
        if (grown == NULL) FAIL(ERR_NO_MEMORY, "no memory for words");
        page->words = grown;
        r->room = room;
    }
    struct paper_found word = {.left = attribute(tag, STR("xMin=\"")) - margin,
                               .top = attribute(tag, STR("yMin=\"")) - margin,
                               .right = attribute(tag, STR("xMax=\"")) - margin,
                               .bottom = attribute(tag, STR("yMax=\"")) - margin};
    TRY(read_text(r->a, text, &word.text));
    if (word.text.len > 0) page->words[page->count++] = word;
    return OK;
}

static void end_line(struct reading *r) {
    if (r->count == 0 || r->pages[r->count - 1].count == 0) return;
    struct paper_list *page = &r->pages[r->count - 1];
    page->words[page->count - 1].ends_line = true;
}

err paper_words_read(struct arena *a, const struct paper_printed *printed,
                     struct paper_list **ret_pages, size_t *ret_count) {
    struct reading r = {.a = a, .printed = printed};
    r.pages = arena_array(a, printed->pages_max + 1, sizeof *r.pages);
    if (r.pages == NULL) FAIL(ERR_NO_MEMORY, "no memory for words");
    for (str rest = printed->xhtml; rest.len > 0;) {
        str text;
        str tag;
        bool is_tag = str_cut(rest, '<', &text, &rest);
        if (!is_tag) break;
        str_cut(rest, '>', &tag, &rest);
        if (str_starts(tag, STR("page "))) TRY(begin_page(&r, tag));
        if (str_eq(tag, STR("/line"))) end_line(&r);
        if (str_starts(tag, STR("word "))) {
            str_cut(rest, '<', &text, &rest);
            TRY(add_word(&r, tag, text));
        }
    }
    *ret_pages = r.pages;
    *ret_count = r.count;
    return OK;
}

/* ---- Drawings -------------------------------------------------------------------------------- */

static bool take_number(str *rest, uint32_t *ret_number) {
    uint32_t number = 0;
    size_t len = 0;
    while (len < rest->len && len < 6 && rest->ptr[len] >= '0' && rest->ptr[len] <= '9') {
        number = number * 10 + (uint32_t)(rest->ptr[len++] - '0');
    }
    if (len == 0 || len == rest->len || !str_is_space(rest->ptr[len])) return false;
    *rest = str_skip(*rest, len + 1);
    *ret_number = number;
    return true;
}

bool paper_drawing_read(str bytes, struct paper_drawing *ret_drawing) {
    struct paper_drawing d = {0};
    uint32_t white = 0;
    if (str_starts(bytes, STR("P6\n"))) d.bands = 3;
    if (str_starts(bytes, STR("P5\n"))) d.bands = 1;
    str rest = str_skip(bytes, 3);
    if (d.bands == 0 || !take_number(&rest, &d.width) || !take_number(&rest, &d.height) ||
        !take_number(&rest, &white)) {
        return false;
    }
    bool fits = white == 255 && d.width > 0 && d.height > 0 && d.width <= LIMIT_PAPER_WIDTH &&
                d.height <= LIMIT_PAPER_HEIGHT && rest.len == (size_t)d.width * d.height * d.bands;
    d.bytes = (const uint8_t *)rest.ptr;
    if (fits) *ret_drawing = d;
    return fits;
}

/* ---- Seeing ---------------------------------------------------------------------------------- */

struct area {
    uint32_t left, top, right, bottom; /* pixels; right and bottom are outside */
};

static uint32_t clamp(double value, uint32_t max) {
    if (!(value > 0)) return 0;
    return value > max ? max : (uint32_t)value;
}

static struct area area_of(const struct paper_list *page, const struct paper_found *word,
                           const struct paper_drawing *d) {
    double x = d->width / page->width;
    double y = d->height / page->height;
    return (struct area){
        clamp(floor(word->left * x), d->width), clamp(floor(word->top * y), d->height),
        clamp(ceil(word->right * x), d->width), clamp(ceil(word->bottom * y), d->height)};
}

/* How far two drawings differ in a pixel, in the colour in which they do most. */
static int difference(const struct paper_drawing *a, const struct paper_drawing *b, size_t at) {
    int most = 0;
    for (uint32_t band = 0; band < a->bands; band++) {
        int one = abs(a->bytes[at * a->bands + band] - b->bytes[at * a->bands + band]);
        if (one > most) most = one;
    }
    return most;
}

/* A word's pixels, line by line along its longer side. */
struct look {
    const struct paper_sights *d;
    struct area area;
    bool is_upright; /* written from top to bottom */
};

/* How a line across the word looks. */
struct slice {
    size_t ink;
    size_t seen;   /* of the ink */
    bool is_empty; /* not even a trace of ink */
};

static struct slice slice_of(const struct look *look, uint32_t along) {
    const struct area *area = &look->area;
    const struct paper_sights *d = look->d;
    uint32_t from = look->is_upright ? area->left : area->top;
    uint32_t to = look->is_upright ? area->right : area->bottom;
    struct slice slice = {.is_empty = true};
    for (uint32_t across = from; across < to; across++) {
        uint32_t x = look->is_upright ? across : along;
        uint32_t y = look->is_upright ? along : across;
        size_t at = (size_t)y * d->ink.width + x;
        int ink = 255 - d->ink.bytes[at];
        if (ink >= TRACE_MIN) slice.is_empty = false;
        if (ink < INK_MIN) continue;
        slice.ink++;
        slice.seen += difference(&d->plain, &d->blank, at) >= SIGHT_MIN;
    }
    return slice;
}

static size_t count_letters(str text) {
    size_t count = 0;
    while (text.len > 0) {
        utf8_take(&text);
        count++;
    }
    return count;
}

/* Ink between two lines without any: a letter, or some that touch. */
struct piece {
    size_t ink;
    size_t blind; /* of it, in lines in which little is seen */
};

static bool is_missing(const struct piece *piece) {
    return piece->blind >= MISSING_MIN && piece->blind * 100 >= piece->ink * PIECE_PERCENT;
}

/* Of a word of five letters or more, and no digits, the first or the last may be covered, as the
 * edge of a box beside it does: the word is seen all the same. */
static bool may_lose_an_edge(str text) {
    for (size_t i = 0; i < text.len; i++) {
        bool is_letter = (text.ptr[i] >= 'a' && text.ptr[i] <= 'z') ||
                         (text.ptr[i] >= 'A' && text.ptr[i] <= 'Z');
        if (!is_letter) return false;
    }
    return text.len >= EDGE_LETTERS_MIN;
}

/* Along one side of the word: no piece of it is missing, no run of lines in which little is seen
 * has more ink than a letter (`letter` pixels), and none that is empty is as wide as no gap in a
 * word is. */
static bool is_whole(const struct look *look, size_t letter, bool checks_gaps, bool may_lose_edge) {
    const struct area *area = &look->area;
    uint32_t from = look->is_upright ? area->top : area->left;
    uint32_t to = look->is_upright ? area->bottom : area->right;
    size_t line = look->is_upright ? area->right - area->left : area->bottom - area->top;
    struct piece piece = {0, 0};
    bool is_first = true;
    bool was_last = false; /* a piece that is missing must have been the last */
    size_t run = 0;
    size_t gap = 0;
    for (uint32_t along = from; along < to; along++) {
        struct slice slice = slice_of(look, along);
        bool is_blind = slice.seen * 100 < slice.ink * LINE_PERCENT;
        gap = slice.is_empty ? gap + 1 : 0;
        if (slice.ink > 0 && was_last) return false;
        if (slice.ink == 0 && piece.ink > 0) {
            bool is_lost = is_missing(&piece);
            if (is_lost && !may_lose_edge) return false;
            was_last = is_lost && !is_first;
            may_lose_edge = may_lose_edge && !is_lost;
            is_first = false;
            piece = (struct piece){0, 0};
        }
        if (slice.ink > 0) run = is_blind ? run + slice.ink : 0;
        piece.ink += slice.ink;
        piece.blind += is_blind ? slice.ink : 0;
        bool is_letter = run >= MISSING_MIN && run * 100 > letter * LETTER_PERCENT;
        if (is_letter || (checks_gaps && gap * 100 > line * GAP_PERCENT)) return false;
    }
    return may_lose_edge || !is_missing(&piece);
}

/* A word is seen when most of its ink is, and no letter of it is missing: neither covered, nor
 * drawn without ink, in a place of its own or in none. Of a word that is higher than wide it is not
 * known how it is written: it is looked at along both sides. */
static bool is_seen(const struct paper_list *page, const struct paper_found *word,
                    const struct paper_sights *d) {
    struct look across = {.d = d, .area = area_of(page, word, &d->ink)};
    struct look down = {.d = d, .area = across.area, .is_upright = true};
    uint32_t width = across.area.right - across.area.left;
    uint32_t height = across.area.bottom - across.area.top;
    size_t letters = count_letters(word->text);
    struct slice sum = {.ink = 0};
    for (uint32_t x = across.area.left; x < across.area.right; x++) {
        struct slice slice = slice_of(&across, x);
        sum.ink += slice.ink;
        sum.seen += slice.seen;
    }
    uint64_t longer = width > height ? width : height;
    uint64_t shorter = width > height ? height : width;
    bool is_crowded = letters >= CROWD_MIN && longer * CROWDED_RATIO < letters * shorter;
    if (sum.ink == 0 || is_crowded || sum.seen * 100 < sum.ink * SEEN_PERCENT) return false;
    bool is_high = letters > 1 && height > width;
    bool is_column = letters > 2 && height > 2 * width;
    bool may_lose_edge = may_lose_an_edge(word->text);
    size_t letter = sum.ink / letters;
    if (is_high && !is_whole(&down, letter, is_column, may_lose_edge)) return false;
    return is_column || is_whole(&across, letter, /* checks_gaps= */ true, may_lose_edge);
}

static double overlap(double a_from, double a_to, double b_from, double b_to) {
    double from = a_from > b_from ? a_from : b_from;
    double to = a_to < b_to ? a_to : b_to;
    return to > from ? to - from : 0;
}

static double surface(const struct paper_found *word) {
    return (word->right - word->left) * (word->bottom - word->top);
}

/* They share more than half of the smaller one. The same word twice is one in bold. */
static bool lie_on_each_other(const struct paper_found *a, const struct paper_found *b) {
    double shared = overlap(a->left, a->right, b->left, b->right) *
                    overlap(a->top, a->bottom, b->top, b->bottom);
    double smaller = surface(a) < surface(b) ? surface(a) : surface(b);
    return shared > smaller / 2 && !str_eq(a->text, b->text);
}

static enum paper_sight judge(const struct paper_list *page, const struct paper_found *word,
                              const struct paper_sights *drawings) {
    double middle_x = (word->left + word->right) / 2;
    double middle_y = (word->top + word->bottom) / 2;
    bool is_on =
        middle_x >= 0 && middle_y >= 0 && middle_x <= page->width && middle_y <= page->height;
    double height = word->bottom - word->top;
    double width = word->right - word->left;
    if (!is_on) return PAPER_BESIDE;
    if (height < PAPER_POINTS_MIN || width <= 0) {
        bool is_turned = width >= PAPER_POINTS_MIN && height > width;
        if (!is_turned) return PAPER_TOO_SMALL;
    }
    return is_seen(page, word, drawings) ? PAPER_SEEN : PAPER_UNSEEN;
}

static bool is_on_page(enum paper_sight sight) {
    return sight != PAPER_BESIDE && sight != PAPER_TOO_SMALL;
}

void paper_words_judge(const struct paper_list *page, const struct paper_sights *drawings,
                       enum paper_sight *ret_sights) {
    for (size_t i = 0; i < page->count; i++) {
        ret_sights[i] = judge(page, &page->words[i], drawings);
    }
    /* Ink of one may be taken for that of the other: then neither is sure. */
    for (size_t i = 0; i < page->count; i++) {
        if (!is_on_page(ret_sights[i])) continue;
        for (size_t k = i + 1; k < page->count; k++) {
            if (!is_on_page(ret_sights[k])) continue;
            if (!lie_on_each_other(&page->words[i], &page->words[k])) continue;
            ret_sights[i] = ret_sights[k] = PAPER_UNSURE;
        }
    }
}

enum paper_kind paper_words_reason(const struct paper_list *page, size_t word,
                                   const struct paper_reasons *drawings) {
    const struct paper_drawing *ink = &drawings->ink;
    struct area area = area_of(page, &page->words[word], ink);
    size_t inked = 0;
    size_t drawn = 0;
    size_t dark = 0;
    if (page->words[word].is_layered) return PAPER_LAYER;
    for (uint32_t y = area.top; y < area.bottom; y++) {
        for (uint32_t x = area.left; x < area.right; x++) {
            size_t at = (size_t)y * ink->width + x;
            if (255 - ink->bytes[at] < INK_MIN) continue;
            inked++;
            drawn += 255 - drawings->mode.bytes[at] >= INK_MIN;
            dark += 255 - drawings->alone.bytes[at] >= SIGHT_MIN;
        }
    }
    if (drawn * 100 < inked * SEEN_PERCENT || drawn == 0) return PAPER_INVISIBLE;
    return dark * 100 >= inked * SEEN_PERCENT ? PAPER_COVERED : PAPER_FAINT;
}
