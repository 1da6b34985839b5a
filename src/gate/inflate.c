/* inflate.c: see inflate.h. The names are those of RFC 1951. */
#include "gate/inflate.h"

enum {
    WINDOW_BYTES = 1 << 15,
    CODE_BITS_MAX = 15,
    LITERALS_MAX = 288, /* literals, end of block, lengths */
    DISTANCES_MAX = 32, /* two of them are never used */
    LENGTH_CODES = 19,  /* 3.2.7: the alphabet that code lengths are written in */
    END_OF_BLOCK = 256,
    ADLER_BASE = 65521, /* RFC 1950, 9 */
};

/* A canonical code: how many codes have each length, and the symbols in order (3.2.2). */
struct code {
    uint16_t counts[CODE_BITS_MAX + 1];
    uint16_t symbols[LITERALS_MAX];
};

struct inflate {
    const struct inflate_source *source;
    str piece;     /* what is left of the piece of input at hand */
    uint32_t bits; /* read, but not yet used; the lowest is the next */
    unsigned bit_count;
    enum inflate_result failure; /* INFLATE_DONE while all is well */
    uint32_t adler_low;
    uint32_t adler_high;
    size_t produced;
    uint8_t window[WINDOW_BYTES];
    struct code literals;
    struct code distances;
};

static bool fail(struct inflate *f, enum inflate_result why) {
    if (f->failure == INFLATE_DONE) f->failure = why;
    return false;
}

static bool read_byte(struct inflate *f, uint8_t *ret_byte) {
    while (f->piece.len == 0) {
        if (!f->source->next(f->source->context, &f->piece)) return false;
    }
    *ret_byte = (uint8_t)f->piece.ptr[0];
    f->piece = str_skip(f->piece, 1);
    return true;
}

/* The next `count` bits, at most 16, the first one lowest (3.1.1). */
static bool read_bits(struct inflate *f, unsigned count, uint32_t *ret_value) {
    while (f->bit_count < count) {
        uint8_t byte = 0;
        if (!read_byte(f, &byte)) return fail(f, INFLATE_BROKEN);
        f->bits |= (uint32_t)byte << f->bit_count;
        f->bit_count += 8;
    }
    *ret_value = f->bits & ((1U << count) - 1);
    f->bits >>= count;
    f->bit_count -= count;
    return true;
}

static bool put(struct inflate *f, uint8_t byte) {
    f->window[f->produced % WINDOW_BYTES] = byte;
    f->produced++;
    f->adler_low += byte;
    if (f->adler_low >= ADLER_BASE) f->adler_low -= ADLER_BASE;
    f->adler_high += f->adler_low;
    if (f->adler_high >= ADLER_BASE) f->adler_high -= ADLER_BASE;
    return f->source->take(f->source->context, byte) || fail(f, INFLATE_STOPPED);
}

/* Makes the canonical code of these lengths. False when they ask for more codes than there are;
 * fewer is allowed where the standard allows it: at most one code in all. */
static bool make_code(struct code *code, const uint8_t *lengths, size_t count) {
    uint16_t offsets[CODE_BITS_MAX + 1] = {0};
    *code = (struct code){0};
    for (size_t i = 0; i < count; i++) code->counts[lengths[i]]++;
    code->counts[0] = 0;
    int left = 1;
    unsigned used = 0;
    for (size_t bits = 1; bits <= CODE_BITS_MAX; bits++) {
        left = left * 2 - code->counts[bits];
        if (left < 0) return false;
        used += code->counts[bits];
        if (bits < CODE_BITS_MAX) {
            offsets[bits + 1] = (uint16_t)(offsets[bits] + code->counts[bits]);
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (lengths[i] != 0) code->symbols[offsets[lengths[i]]++] = (uint16_t)i;
    }
    return left == 0 || used <= 1;
}

/* Bit by bit: the first code of each length is known from the counts of the shorter ones. */
static bool read_symbol(struct inflate *f, const struct code *code, unsigned *ret_symbol) {
    unsigned value = 0;
    unsigned first = 0;
    unsigned index = 0;
    for (size_t bits = 1; bits <= CODE_BITS_MAX; bits++) {
        uint32_t bit = 0;
        if (!read_bits(f, 1, &bit)) return false;
        value |= bit;
        unsigned count = code->counts[bits];
        if (value < first + count) {
            *ret_symbol = code->symbols[index + (value - first)];
            return true;
        }
        index += count;
        first = (first + count) * 2;
        value *= 2;
    }
    return fail(f, INFLATE_BROKEN);
}

/* 3.2.5: lengths 3 to 258 and distances 1 to 32768, each a base and some more bits. */
static bool read_length(struct inflate *f, unsigned symbol, size_t *ret_length) {
    static const uint16_t BASES[] = {3,  4,  5,  6,   7,   8,   9,   10,  11, 13,
                                     15, 17, 19, 23,  27,  31,  35,  43,  51, 59,
                                     67, 83, 99, 115, 131, 163, 195, 227, 258};
    static const uint8_t BITS[] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
                                   2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
    unsigned index = symbol - END_OF_BLOCK - 1;
    uint32_t more = 0;
    if (index >= COUNT_OF(BASES)) return fail(f, INFLATE_BROKEN);
    if (!read_bits(f, BITS[index], &more)) return false;
    *ret_length = BASES[index] + more;
    return true;
}

static bool read_distance(struct inflate *f, size_t *ret_distance) {
    unsigned symbol = 0;
    if (!read_symbol(f, &f->distances, &symbol)) return false;
    if (symbol >= 30) return fail(f, INFLATE_BROKEN);
    unsigned bits = symbol < 4 ? 0 : symbol / 2 - 1;
    size_t base = symbol < 4 ? symbol + 1 : ((size_t)(2 + symbol % 2) << bits) + 1;
    uint32_t more = 0;
    if (!read_bits(f, bits, &more)) return false;
    *ret_distance = base + more;
    return *ret_distance <= f->produced || fail(f, INFLATE_BROKEN);
}

static bool read_coded(struct inflate *f) {
    for (;;) {
        unsigned symbol = 0;
        size_t length = 0;
        size_t distance = 0;
        if (!read_symbol(f, &f->literals, &symbol)) return false;
        if (symbol == END_OF_BLOCK) return true;
        if (symbol < END_OF_BLOCK) {
            if (!put(f, (uint8_t)symbol)) return false;
            continue;
        }
        if (!read_length(f, symbol, &length) || !read_distance(f, &distance)) return false;
        for (; length > 0; length--) {
            if (!put(f, f->window[(f->produced - distance) % WINDOW_BYTES])) return false;
        }
    }
}

/* Up to the next whole byte: bits that say nothing, and so must be those that everybody writes. */
static bool skip_padding(struct inflate *f) {
    uint32_t padding = 0;
    if (!read_bits(f, f->bit_count % 8, &padding)) return false;
    return padding == 0 || fail(f, INFLATE_BROKEN);
}

/* 3.2.4: up to the next whole byte, a length and its complement, bytes. */
static bool read_stored(struct inflate *f) {
    uint32_t length = 0;
    uint32_t complement = 0;
    if (!skip_padding(f)) return false;
    if (!read_bits(f, 16, &length) || !read_bits(f, 16, &complement)) return false;
    if ((length ^ complement) != 0xFFFF) return fail(f, INFLATE_BROKEN);
    for (; length > 0; length--) {
        uint32_t byte = 0;
        if (!read_bits(f, 8, &byte) || !put(f, (uint8_t)byte)) return false;
    }
    return true;
}

/* 3.2.6. */
static bool use_fixed_codes(struct inflate *f) {
    uint8_t lengths[LITERALS_MAX];
    for (size_t i = 0; i < LITERALS_MAX; i++) {
        lengths[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
    }
    bool is_made = make_code(&f->literals, lengths, LITERALS_MAX);
    for (size_t i = 0; i < DISTANCES_MAX; i++) lengths[i] = 5;
    return is_made && make_code(&f->distances, lengths, DISTANCES_MAX);
}

/* 3.2.7: the lengths of both codes as one run, itself coded; 16 repeats the last length, 17 and 18
 * repeat none. */
static bool read_lengths(struct inflate *f, uint8_t *lengths, size_t count) {
    static const uint8_t REPEAT_BITS[] = {2, 3, 7};
    static const uint8_t REPEAT_BASES[] = {3, 3, 11};
    size_t at = 0;
    while (at < count) {
        unsigned symbol = 0;
        uint32_t more = 0;
        if (!read_symbol(f, &f->literals, &symbol)) return false;
        if (symbol < 16) {
            lengths[at++] = (uint8_t)symbol;
            continue;
        }
        if (symbol == 16 && at == 0) return fail(f, INFLATE_BROKEN);
        if (!read_bits(f, REPEAT_BITS[symbol - 16], &more)) return false;
        size_t repeat = REPEAT_BASES[symbol - 16] + more;
        uint8_t length = symbol == 16 ? lengths[at - 1] : 0;
        if (repeat > count - at) return fail(f, INFLATE_BROKEN);
        for (; repeat > 0; repeat--) lengths[at++] = length;
    }
    return true;
}

static bool read_codes(struct inflate *f) {
    static const uint8_t ORDER[LENGTH_CODES] = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                                11, 4,  12, 3, 13, 2, 14, 1, 15};
    uint8_t lengths[LITERALS_MAX + DISTANCES_MAX] = {0};
    uint32_t literals = 0;
    uint32_t distances = 0;
    uint32_t codes = 0;
    if (!read_bits(f, 5, &literals) || !read_bits(f, 5, &distances) || !read_bits(f, 4, &codes)) {
        return false;
    }
    literals += 257;
    distances += 1;
    if (literals > 286 || distances > 30) return fail(f, INFLATE_BROKEN);
    for (size_t i = 0; i < codes + 4; i++) {
        uint32_t length = 0;
        if (!read_bits(f, 3, &length)) return false;
        lengths[ORDER[i]] = (uint8_t)length;
    }
    if (!make_code(&f->literals, lengths, LENGTH_CODES)) return fail(f, INFLATE_BROKEN);
    if (!read_lengths(f, lengths, literals + distances)) return false;
    if (lengths[END_OF_BLOCK] == 0) return fail(f, INFLATE_BROKEN);
    return (make_code(&f->literals, lengths, literals) &&
            make_code(&f->distances, lengths + literals, distances)) ||
           fail(f, INFLATE_BROKEN);
}

static bool read_blocks(struct inflate *f) {
    uint32_t is_last = 0;
    while (is_last == 0) {
        uint32_t kind = 0;
        if (!read_bits(f, 1, &is_last) || !read_bits(f, 2, &kind)) return false;
        bool is_read = false;
        switch (kind) {
        case 0: is_read = read_stored(f); break;
        case 1: is_read = use_fixed_codes(f) && read_coded(f); break;
        case 2: is_read = read_codes(f) && read_coded(f); break;
        default: return fail(f, INFLATE_BROKEN);
        }
        if (!is_read) return false;
    }
    return true;
}

/* RFC 1950, 2.2: deflate, a window of at most 32 KB, no dictionary; the two bytes check out. */
static bool read_head(struct inflate *f) {
    uint32_t method = 0;
    uint32_t flags = 0;
    if (!read_bits(f, 8, &method) || !read_bits(f, 8, &flags)) return false;
    bool is_zlib = (method & 0x0F) == 8 && method >> 4 <= 7 && (flags & 0x20) == 0 &&
                   (method << 8 | flags) % 31 == 0;
    return is_zlib || fail(f, INFLATE_BROKEN);
}

/* The checksum: four bytes, the highest first, after the bits that fill up the last byte. */
static bool read_checksum(struct inflate *f) {
    uint32_t expected = f->adler_high << 16 | f->adler_low;
    uint32_t read = 0;
    if (!skip_padding(f)) return false;
    for (int i = 0; i < 4; i++) {
        uint32_t byte = 0;
        if (!read_bits(f, 8, &byte)) return false;
        read = read << 8 | byte;
    }
    return read == expected || fail(f, INFLATE_BROKEN);
}

enum inflate_result inflate_read(const struct inflate_source *source) {
    struct inflate f;
    f.source = source;
    f.piece = (str){0};
    f.bits = 0;
    f.bit_count = 0;
    f.failure = INFLATE_DONE;
    f.adler_low = 1;
    f.adler_high = 0;
    f.produced = 0; /* guards the window: nothing before it is ever referred to */
    if (!read_head(&f) || !read_blocks(&f) || !read_checksum(&f)) return f.failure;
    uint8_t byte = 0;
    return read_byte(&f, &byte) ? INFLATE_TRAILING : INFLATE_DONE;
}
