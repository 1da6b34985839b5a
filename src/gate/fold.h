/* fold.h: text as the gate reads it: a row of letters, each knowing the bytes it came from.
 *
 * Two spellings that a reader takes for one have the same letters: case, width, accents, invisible
 * characters, composed and decomposed forms are gone (NFKC_Casefold, without marks), look-alikes of
 * other scripts are the Latin letter that they look like, digits of every script are 0 to 9, loose
 * Korean letters (ㄱㅣㅁ) are the syllables they spell. What stands between letters is not kept,
 * only how much of it there was. Character references (&#44608;), percent-encoding (%EA%B9%80) and
 * \u escapes are read as what they stand for; so is text across tags, when it is HTML.
 *
 * The tables are made from Unicode's files (tools/fold-tables); fold_test.c holds them against
 * ICU. */
#pragma once

#include "base/base.h"

enum {
    FOLD_CIRCLE = 0x25CB,    /* any circle or box that stands for a letter left out */
    FOLD_CONSONANT = 0x1100, /* the first of 19 loose Korean consonants, not part of a syllable */
    FOLD_READINGS_MAX = 4,
    FOLD_GAP_MAX = 255,
    FOLD_TEXT_MAX = 1 << 28, /* bytes */
};

struct fold_letter {
    uint32_t letter;
    uint32_t at;  /* byte offset of its character */
    uint8_t size; /* bytes of that character, or of the reference that stands for it */
    uint8_t gap;  /* signs between the letter before and this one; FOLD_GAP_MAX: at least so many */
    bool begins : 1; /* a word may begin here: after a sign, a tag, another script, a lower case */
    bool is_loose : 1;    /* composed of loose Korean letters */
    bool is_hyphened : 1; /* one hyphen and nothing else stands before it */
    bool is_capital : 1;  /* or of another width or script than a small Latin letter */
};

/* What is asked of a letter most often, in a byte, so that eight are asked at once. */
enum {
    FOLD_MARK_CODE = 0x1F,   /* 1 to 26: a to z */
    FOLD_MARK_PAUSE = 0x20,  /* more than FOLD_PAUSE signs stand before it */
    FOLD_MARK_BEGINS = 0x40, /* as fold_letter has it */
    FOLD_MARK_OTHER = 0x80,  /* not a to z */
    FOLD_MARKS_MORE = 16,    /* behind the last letter: a word begins after a pause, and is empty */
    FOLD_PAUSE = 4,
};

struct fold {
    struct fold_letter *letters;
    uint8_t *marks; /* one of each letter, and FOLD_MARKS_MORE */
    size_t count;
};

enum fold_kind { FOLD_TEXT, FOLD_HTML /* tags are no part of the text, and no gap in it */ };

/* *ret_fold lives in `a`. fails: ERR_NO_MEMORY, ERR_LIMIT (FOLD_TEXT_MAX). */
err fold_text(struct arena *a, str text, enum fold_kind kind, struct fold *ret_fold) MUST_USE;

/* One of the 11,172 of Hangul; a Han character; a to z; 0 to 9. */
static inline bool fold_is_syllable(uint32_t c) { return c - 0xAC00 < 11172; }
static inline bool fold_is_han(uint32_t c) {
    return (c >= 0x3400 && c < 0xA000) || (c >= 0x20000 && c < 0x32000);
}
static inline bool fold_is_latin(uint32_t c) { return c - 'a' < 26; }
static inline bool fold_is_digit(uint32_t c) { return c - '0' < 10; }

/* The Korean readings of a Han character: syllables, at most four, ended by 0. Empty when it has
 * none. */
const uint16_t *fold_readings_of(uint32_t han);
