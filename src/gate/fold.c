/* fold.c: see fold.h. */
#include "gate/fold.h"

#include <string.h>

#include "base/unicode.h"
#include "fold_tables_files.h"

_Static_assert((int)FOLD_CIRCLE == (int)FOLD_MASK, "as the tables have it");

enum {
    SYLLABLE_FIRST = 0xAC00,
    SYLLABLE_COUNT = 11172,
    LEAD_FIRST = 0x1100,
    LEAD_COUNT = 19,
    VOWEL_FIRST = 0x1161,
    VOWEL_COUNT = 21,
    TRAIL_FIRST = 0x11A7, /* of none */
    TRAIL_COUNT = 28,
    JOINED_GAP_MAX = 3, /* signs between loose letters of one syllable */
};

const uint16_t *fold_readings_of(uint32_t han) {
    static const uint16_t none[4];
    size_t low = 0;
    size_t high = COUNT_OF(fold_readings);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (fold_readings[middle].han == han) return fold_readings[middle].syllables;
        if (fold_readings[middle].han < han)
            low = middle + 1;
        else
            high = middle;
    }
    return none;
}

/* What a character folds to: 0 it parts words, 1 it is not there, a letter, or FOLD_LISTS and the
 * place of several. */
static uint32_t value_of(uint32_t c) {
    if (c > 0x10FFFF) return 0;
    uint16_t block = fold_stage[c / FOLD_BLOCK];
    return block == FOLD_ITSELF ? c : fold_blocks[(size_t)block * FOLD_BLOCK + c % FOLD_BLOCK];
}

/* ---- Characters and what stands for them ---------------------------------------------------- */

enum script { SCRIPT_NONE, SCRIPT_OTHER, SCRIPT_LATIN, SCRIPT_DIGIT, SCRIPT_HANGUL, SCRIPT_HAN };
static enum script script_of(uint32_t letter) {
    if (fold_is_latin(letter)) return SCRIPT_LATIN;
    if (fold_is_digit(letter)) return SCRIPT_DIGIT;
    if (unicode_is_hangul(letter)) return SCRIPT_HANGUL;
    return fold_is_han(letter) ? SCRIPT_HAN : SCRIPT_OTHER;
}

struct reading {
    str text;
    size_t at;
    struct fold *fold;
    enum fold_kind kind;
    size_t gap;
    bool is_parted; /* by a tag */
    bool was_lower;
    bool was_hyphen;    /* the last sign */
    enum script script; /* of the letter before */
    bool has_loose;     /* there is something to compose */
    bool is_broken;     /* a tag without an end: from there on, all is text */
};

static int hex_of(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

static bool take_number(str *text, unsigned base, size_t digits_max, uint32_t *ret_value) {
    uint32_t value = 0;
    size_t count = 0;
    while (count < text->len && count < digits_max) {
        int digit = hex_of(text->ptr[count]);
        if (digit < 0 || digit >= (int)base) break;
        value = value * base + (uint32_t)digit;
        count++;
    }
    *text = str_skip(*text, count);
    *ret_value = value;
    return count > 0;
}

/* "&#44608;", "&#xAE40;" and the references of WHATWG HTML that every writer knows. */
static size_t take_reference(str text, uint32_t *ret_character) {
    static const struct {
        str name;
        uint32_t character;
    } named[] = {{STR("&amp;"), '&'},  {STR("&lt;"), '<'},     {STR("&gt;"), '>'},
                 {STR("&quot;"), '"'}, {STR("&apos;"), '\''},  {STR("&nbsp;"), 0xA0},
                 {STR("&shy;"), 0xAD}, {STR("&zwj;"), 0x200D}, {STR("&zwnj;"), 0x200C}};
    for (size_t i = 0; i < COUNT_OF(named); i++) {
        if (!str_starts(text, named[i].name)) continue;
        *ret_character = named[i].character;
        return named[i].name.len;
    }
    if (!str_starts(text, STR("&#"))) return 0;
    str rest = str_skip(text, 2);
    bool is_hex = rest.len > 0 && (rest.ptr[0] == 'x' || rest.ptr[0] == 'X');
    if (is_hex) rest = str_skip(rest, 1);
    if (!take_number(&rest, is_hex ? 16 : 10, 7, ret_character)) return 0;
    if (rest.len > 0 && rest.ptr[0] == ';') rest = str_skip(rest, 1);
    return text.len - rest.len;
}

/* Bytes as "%EA%B9%80", up to one whole character. */
static size_t take_percent(str text, uint32_t *ret_character) {
    char bytes[4];
    size_t count = 0;
    for (; count < sizeof bytes && text.len >= 3 * (count + 1); count++) {
        const char *p = text.ptr + 3 * count;
        int high = p[0] == '%' ? hex_of(p[1]) : -1;
        int low = hex_of(p[2]);
        if (high < 0 || low < 0) break;
        bytes[count] = (char)(high << 4 | low);
    }
    if (count == 0) return 0;
    str rest = {bytes, count};
    *ret_character = utf8_take(&rest);
    return *ret_character == UNICODE_BAD ? 0 : 3 * (count - rest.len);
}

/* "\uAE40" of JSON and of programs, in one or two halves. */
static size_t take_escape(str text, uint32_t *ret_character) {
    uint32_t low = 0;
    if (text.len < 6 || text.ptr[1] != 'u') return 0;
    str four = str_slice(text, 2, 6);
    if (!take_number(&four, 16, 4, ret_character) || four.len > 0) return 0;
    if (*ret_character < 0xD800 || *ret_character > 0xDBFF || text.len < 12) return 6;
    four = str_slice(text, 8, 12);
    if (text.ptr[6] != '\\' || text.ptr[7] != 'u' || !take_number(&four, 16, 4, &low)) return 6;
    if (four.len > 0 || low < 0xDC00 || low > 0xDFFF) return 6;
    *ret_character = 0x10000 + ((*ret_character - 0xD800) << 10) + (low - 0xDC00);
    return 12;
}

/* Takes one character, or what stands for one. */
static size_t take_character(str text, uint32_t *ret_character) {
    size_t taken = 0;
    if (text.ptr[0] == '&') taken = take_reference(text, ret_character);
    if (text.ptr[0] == '%') taken = take_percent(text, ret_character);
    if (text.ptr[0] == '\\') taken = take_escape(text, ret_character);
    if (taken > 0) return taken;
    str rest = text;
    *ret_character = utf8_take(&rest);
    return text.len - rest.len;
}

/* A tag, a comment or a declaration: its bytes, or 0. An end inside quotes is no end. Broken when
 * it has no end: then no other is looked for, which would read the same bytes again and again. */
static size_t take_tag(str text, bool *ret_is_broken) {
    char quote = 0;
    if (text.len < 2) return 0;
    char second = text.ptr[1];
    bool is_tag = second == '/' || second == '!' || second == '?' ||
                  (second >= 'a' && second <= 'z') || (second >= 'A' && second <= 'Z');
    if (!is_tag) return 0;
    for (size_t i = 1; i < text.len; i++) {
        char c = text.ptr[i];
        if (quote != 0)
            quote = c == quote ? 0 : quote;
        else if (c == '"' || c == '\'')
            quote = second == '!' ? 0 : c;
        else if (c == '>')
            return i + 1;
    }
    *ret_is_broken = true;
    return 0;
}

/* ---- Letters --------------------------------------------------------------------------------- */

static bool is_loose(uint32_t letter) { return letter >= 0x1100 && letter <= 0x11FF; }

static uint8_t at_most_a_byte(size_t value) {
    return value < FOLD_GAP_MAX ? (uint8_t)value : FOLD_GAP_MAX;
}

static uint8_t mark_of(const struct fold_letter *one) {
    uint32_t code = one->letter - 'a' + 1;
    return (uint8_t)((fold_is_latin(one->letter) ? code : FOLD_MARK_OTHER) |
                     (one->gap > FOLD_PAUSE ? FOLD_MARK_PAUSE : 0U) |
                     (one->begins ? FOLD_MARK_BEGINS : 0U));
}

static void add_letter(struct reading *r, uint32_t letter, size_t size) {
    char first = r->text.ptr[r->at];
    bool is_upper = first >= 'A' && first <= 'Z';
    enum script script = script_of(letter);
    struct fold_letter *one = &r->fold->letters[r->fold->count];
    *one = (struct fold_letter){
        .letter = letter,
        .at = (uint32_t)r->at,
        .size = at_most_a_byte(size),
        .gap = at_most_a_byte(r->gap),
        .is_hyphened = r->gap == 1 && r->was_hyphen,
        .is_capital = is_upper || (size > 1 && script == SCRIPT_LATIN),
        .begins = r->gap > 0 || r->is_parted || (is_upper && r->was_lower) || r->script != script,
    };
    r->fold->marks[r->fold->count++] = mark_of(one);
    r->script = script;
    r->was_lower = first >= 'a' && first <= 'z';
    r->has_loose = r->has_loose || is_loose(letter);
    r->gap = 0;
    r->is_parted = false;
}

/* What a byte is to the reader below. */
enum kind { SIGN, SMALL, LARGE, DIGIT, HANGUL, STOP };
static const uint8_t KINDS[256] = {
    ['a' ... 'z'] = SMALL,  ['A' ... 'Z'] = LARGE,  ['0' ... '9'] = DIGIT,
    ['&'] = STOP,           ['%'] = STOP,           ['\\'] = STOP,
    ['<'] = STOP,           [0x80 ... 0xE9] = STOP, [0xEA ... 0xED] = HANGUL,
    [0xEE ... 0xFF] = STOP,
};

/* The syllable whose three bytes begin at `p`, or 0 where none does. */
static uint32_t syllable_at(const unsigned char *p, size_t left) {
    if (left < 3 || (p[1] & 0xC0) != 0x80 || (p[2] & 0xC0) != 0x80) return 0;
    uint32_t c = (p[0] & 0xFU) << 12 | (p[1] & 0x3FU) << 6 | (p[2] & 0x3FU);
    return fold_is_syllable(c) ? c : 0;
}

static uint8_t last_kind(const struct reading *r) {
    if (r->is_parted) return STOP;
    if (r->script == SCRIPT_DIGIT) return DIGIT;
    if (r->script == SCRIPT_HANGUL) return HANGUL;
    if (r->script != SCRIPT_LATIN) return STOP;
    return r->was_lower ? SMALL : LARGE;
}

/* What most texts are made of, without asking the tables: letters, digits and signs of ASCII, and
 * Hangul syllables, which fold to themselves. Stops at what may stand for another character, at the
 * end, or when `room` letters were added. What is known of the letter before is kept in variables
 * of its own: bytes that are written might be any of the reading's. */
static void read_plain(struct reading *r, size_t room) {
    const unsigned char *p = (const unsigned char *)r->text.ptr;
    struct fold_letter *to = r->fold->letters + r->fold->count;
    const struct fold_letter *end = to + room;
    uint8_t *mark = r->fold->marks + r->fold->count;
    const size_t len = r->text.len;
    size_t at = r->at;
    size_t gap = r->gap;
    uint8_t last = last_kind(r);
    bool was_hyphen = r->was_hyphen;
    while (at < len && to < end) {
        uint8_t kind = KINDS[p[at]];
        uint32_t letter = p[at] | (uint32_t)(kind == LARGE) << 5;
        if (kind == SIGN) {
            was_hyphen = p[at++] == '-';
            gap++;
            continue;
        }
        if (kind == HANGUL) letter = syllable_at(p + at, len - at);
        if (kind == STOP || letter == 0) break;
        /* A word goes on in its own script, and not with a capital behind a small letter. */
        bool goes_on = gap == 0 && (kind == last || (kind == SMALL && last == LARGE));
        *to = (struct fold_letter){
            .letter = letter,
            .at = (uint32_t)at,
            .size = kind == HANGUL ? 3 : 1,
            .gap = at_most_a_byte(gap),
            .is_hyphened = gap == 1 && was_hyphen,
            .is_capital = kind == LARGE,
            .begins = !goes_on,
        };
        *mark++ = mark_of(to++);
        at += kind == HANGUL ? 3 : 1;
        last = kind;
        gap = 0;
        if (kind > LARGE) continue;
        for (; at < len && to < end && KINDS[p[at]] == SMALL; at++) { /* most letters */
            *mark++ = p[at] & FOLD_MARK_CODE;
            *to++ = (struct fold_letter){.letter = p[at], .at = (uint32_t)at, .size = 1};
            last = SMALL;
        }
    }
    r->gap = gap;
    r->was_hyphen = was_hyphen;
    r->at = at;
    if (to == r->fold->letters + r->fold->count) return;
    r->script = last == DIGIT ? SCRIPT_DIGIT : last == HANGUL ? SCRIPT_HANGUL : SCRIPT_LATIN;
    r->was_lower = last == SMALL;
    r->is_parted = false;
    r->fold->count = (size_t)(to - r->fold->letters);
}

/* Every character gives at most as many letters as the tables' longest list has. */
static void add_character(struct reading *r, uint32_t c, size_t size) {
    uint32_t value = value_of(c);
    if (value == 0) {
        r->was_hyphen = c == '-' || (c >= 0x2010 && c <= 0x2013);
        r->gap++;
    } else if (value >= FOLD_LISTS) {
        const uint32_t *list = &fold_lists[value - FOLD_LISTS];
        for (uint32_t i = 1; i <= list[0]; i++) add_letter(r, list[i], size);
    } else if (value != 1) {
        add_letter(r, value, size);
    }
}

static void read_next(struct reading *r) {
    str rest = str_skip(r->text, r->at);
    unsigned char first = (unsigned char)rest.ptr[0];
    uint32_t c = first;
    size_t size = 1;
    if (r->kind == FOLD_HTML && first == '<' && !r->is_broken) {
        size = take_tag(rest, &r->is_broken);
        if (size > 0) {
            r->is_parted = true;
            r->at += size;
            return;
        }
        size = 1;
    } else if (first >= 0x80 || first == '&' || first == '%' || first == '\\') {
        size = take_character(rest, &c);
    }
    add_character(r, c, size);
    r->at += size;
}

/* ---- Loose Korean letters -------------------------------------------------------------------- */

static bool is_lead(uint32_t c) { return c - LEAD_FIRST < LEAD_COUNT; }
static bool is_vowel(uint32_t c) { return c - VOWEL_FIRST < VOWEL_COUNT; }
static bool is_trail(uint32_t c) { return c > TRAIL_FIRST && c < TRAIL_FIRST + TRAIL_COUNT; }
static bool is_open(uint32_t c) { /* a syllable that ends in its vowel */
    return fold_is_syllable(c) && (c - SYLLABLE_FIRST) % TRAIL_COUNT == 0;
}

/* Unicode 15, 3.12: the order of trailing consonants. 0: none. */
static const uint8_t TRAIL_OF_LEAD[LEAD_COUNT] = {1,  2,  4,  7, 0,  8,  16, 17, 0, 19,
                                                  20, 21, 22, 0, 23, 24, 25, 26, 27};
static uint32_t doubled(uint32_t trail, uint32_t lead) {
    static const uint8_t pairs[][3] = {/* trail, lead, both as one trail */
                                       {1, 9, 3},   {4, 12, 5},  {4, 18, 6}, {8, 0, 9},
                                       {8, 6, 10},  {8, 7, 11},  {8, 9, 12}, {8, 16, 13},
                                       {8, 17, 14}, {8, 18, 15}, {17, 9, 18}};
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        if (pairs[i][0] == trail && pairs[i][1] == lead) return pairs[i][2];
    }
    return 0;
}

/* Whether letter `i` goes into the syllable `last`: as its vowel or as (a part of) its end. Writes
 * what the syllable is then. As when typing: a consonant before a vowel begins the next one. */
static bool joins(const struct fold *fold, size_t i, const struct fold_letter *last,
                  uint32_t *ret_letter) {
    const struct fold_letter *one = &fold->letters[i];
    const struct fold_letter *next = i + 1 < fold->count ? one + 1 : NULL;
    uint32_t c = one->letter;
    if (one->gap > JOINED_GAP_MAX) return false;
    if (is_vowel(c) && is_lead(last->letter)) {
        *ret_letter = SYLLABLE_FIRST +
                      ((last->letter - LEAD_FIRST) * VOWEL_COUNT + c - VOWEL_FIRST) * TRAIL_COUNT;
        return true;
    }
    if (is_trail(c) && is_open(last->letter)) {
        *ret_letter = last->letter + c - TRAIL_FIRST;
        return true;
    }
    if (!is_lead(c) || !fold_is_syllable(last->letter)) return false;
    bool is_next_vowel = next != NULL && is_vowel(next->letter) && next->gap <= JOINED_GAP_MAX;
    bool is_inside =
        one->gap == 0 && next != NULL && next->gap == 0 && fold_is_syllable(next->letter);
    if (is_next_vowel || (!last->is_loose && !is_inside)) return false;
    uint32_t trail = (last->letter - SYLLABLE_FIRST) % TRAIL_COUNT;
    uint32_t joined = trail == 0 ? TRAIL_OF_LEAD[c - LEAD_FIRST] : doubled(trail, c - LEAD_FIRST);
    *ret_letter = last->letter - trail + joined;
    return joined != 0;
}

static void compose(struct fold *fold) {
    size_t count = 0;
    for (size_t i = 0; i < fold->count; i++) {
        struct fold_letter *last = count > 0 ? &fold->letters[count - 1] : NULL;
        const struct fold_letter *one = &fold->letters[i];
        uint32_t joined = 0;
        if (last != NULL && joins(fold, i, last, &joined)) {
            size_t size = one->at + one->size - last->at;
            last->letter = joined;
            last->size = size < FOLD_GAP_MAX ? (uint8_t)size : FOLD_GAP_MAX;
            last->is_loose = true;
        } else {
            fold->letters[count++] = *one;
        }
    }
    fold->count = count;
    for (size_t i = 0; i < count; i++) fold->marks[i] = mark_of(&fold->letters[i]);
}

/* Room for more letters, and for a mark of each. */
static err make_room(struct arena *a, struct fold *fold, size_t *room, size_t more) {
    size_t all = *room + more;
    uint8_t *marks = arena_array(a, all + FOLD_MARKS_MORE, sizeof *marks);
    void *letters =
        arena_stretch(a, fold->letters, *room * sizeof *fold->letters, all * sizeof *fold->letters);
    if (letters == NULL || marks == NULL) FAIL(ERR_NO_MEMORY, "no memory to read a text");
    if (fold->count > 0) memcpy(marks, fold->marks, fold->count);
    fold->letters = letters;
    fold->marks = marks;
    *room = all;
    return OK;
}

err fold_text(struct arena *a, str text, enum fold_kind kind, struct fold *ret_fold) {
    struct fold fold = {0};
    struct reading r = {.text = text, .fold = &fold, .kind = kind};
    size_t room = 0;
    if (text.len > FOLD_TEXT_MAX) FAIL(ERR_LIMIT, "a text of %zu bytes is not read", text.len);
    TRY(make_room(a, &fold, &room, text.len + 64));
    while (r.at < text.len) {
        if (room - fold.count <= FOLD_LIST_MAX) TRY(make_room(a, &fold, &room, room / 2));
        read_plain(&r, room - fold.count - FOLD_LIST_MAX);
        if (r.at < text.len) read_next(&r);
    }
    if (r.has_loose) compose(&fold);
    memset(fold.marks + fold.count, FOLD_MARK_PAUSE | FOLD_MARK_BEGINS, FOLD_MARKS_MORE);
    *ret_fold = fold;
    return OK;
}
