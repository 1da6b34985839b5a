/* match_sound.c: what sounds alike: syllables by the place where they are spoken. Lane D. */
#include "gate/match_impl.h"

enum { VOWELS = 21, TRAILS = 28, LEAD_LETTERS_MAX = 3, VOWEL_LETTERS_MAX = 4 };
enum lead { LEAD_NONE, LEAD_K, LEAD_T, LEAD_P, LEAD_J, LEAD_S, LEAD_N, LEAD_M, LEAD_H };
enum vowel { VOWEL_A, VOWEL_O, VOWEL_U, VOWEL_E, VOWEL_I };
enum trail { TRAIL_NONE, TRAIL_K, TRAIL_T, TRAIL_P, TRAIL_N, TRAIL_L, TRAIL_M, TRAIL_NG };

static uint32_t sound_of(uint32_t lead, uint32_t vowel, uint32_t trail) {
    return SOUND_FIRST + (lead << 6 | vowel << 3 | trail);
}

uint32_t match_sound(uint32_t syllable) {
    static const uint8_t leads[19] = {LEAD_K, LEAD_K, LEAD_N, LEAD_T, LEAD_T,    LEAD_N, LEAD_M,
                                      LEAD_P, LEAD_P, LEAD_S, LEAD_S, LEAD_NONE, LEAD_J, LEAD_J,
                                      LEAD_J, LEAD_K, LEAD_T, LEAD_P, LEAD_H};
    static const uint8_t vowels[VOWELS] = {VOWEL_A, VOWEL_E, VOWEL_A, VOWEL_E, VOWEL_O, VOWEL_E,
                                           VOWEL_O, VOWEL_E, VOWEL_O, VOWEL_A, VOWEL_E, VOWEL_E,
                                           VOWEL_O, VOWEL_U, VOWEL_O, VOWEL_E, VOWEL_I, VOWEL_U,
                                           VOWEL_U, VOWEL_I, VOWEL_I};
    static const uint8_t trails[TRAILS] = {
        TRAIL_NONE, TRAIL_K, TRAIL_K, TRAIL_K, TRAIL_N, TRAIL_N, TRAIL_N,
        TRAIL_T,    TRAIL_L, TRAIL_K, TRAIL_M, TRAIL_L, TRAIL_L, TRAIL_L,
        TRAIL_P,    TRAIL_L, TRAIL_M, TRAIL_P, TRAIL_P, TRAIL_T, TRAIL_T,
        TRAIL_NG,   TRAIL_T, TRAIL_T, TRAIL_K, TRAIL_T, TRAIL_P, TRAIL_NONE};
    uint32_t index = syllable - 0xAC00;
    return sound_of(leads[index / (VOWELS * TRAILS)], vowels[index / TRAILS % VOWELS],
                    trails[index % TRAILS]);
}

static bool is_vowel(uint32_t c) {
    return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u' || c == 'y' || c == 'w';
}

/* The letter at `i`, or 0 when none follows closely. */
static uint32_t latin_at(const struct fold *fold, size_t i, size_t first) {
    if (i >= fold->count || !fold_is_latin(fold->letters[i].letter)) return 0;
    return i > first && fold->letters[i].gap > 2 ? 0 : fold->letters[i].letter;
}

static enum lead lead_of(uint32_t first, uint32_t second) {
    switch (first) {
    case 'k':
    case 'g':
    case 'q': return LEAD_K;
    case 't': return second == 'c' || second == 's' ? LEAD_J : LEAD_T;
    case 'd': return LEAD_T;
    case 'p':
    case 'b':
    case 'f':
    case 'v': return LEAD_P;
    case 'j':
    case 'c':
    case 'z': return LEAD_J;
    case 's': return LEAD_S;
    case 'n':
    case 'l':
    case 'r': return LEAD_N;
    case 'm': return LEAD_M;
    case 'h': return LEAD_H;
    default: return LEAD_NONE;
    }
}

/* The vowels that letters may mean, as bits: "u" is ㅜ, and ㅓ in many a passport. */
static unsigned vowels_of(uint32_t first, uint32_t last) {
    switch (last) {
    case 'a': return 1U << VOWEL_A;
    case 'e':
        if (first == 'e' || first == 'i') return 1U << VOWEL_I | 1U << VOWEL_E; /* ee, ie, e */
        return 1U << VOWEL_E | (first == 'o' ? 1U << VOWEL_O : 0);
    case 'i':
        if (first == 'a') return 1U << VOWEL_E;
        if (first == 'o') return 1U << VOWEL_E;
        return 1U << VOWEL_I;
    case 'y': return first == 'a' || first == 'e' ? 1U << VOWEL_E : 1U << VOWEL_I;
    case 'o': return first == 'o' ? 1U << VOWEL_O | 1U << VOWEL_U : 1U << VOWEL_O;
    default: return 1U << VOWEL_U | 1U << VOWEL_O; /* u, w */
    }
}

static enum trail trail_of(uint32_t first) {
    switch (first) {
    case 'k':
    case 'g':
    case 'c': return TRAIL_K;
    case 't':
    case 'd':
    case 's': return TRAIL_T;
    case 'p':
    case 'b': return TRAIL_P;
    case 'n': return TRAIL_N;
    case 'l':
    case 'r': return TRAIL_L;
    case 'm': return TRAIL_M;
    default: return TRAIL_NONE;
    }
}

size_t match_hear(const struct fold *fold, size_t at, struct match_heard ret_heard[HEARD_MAX]) {
    size_t i = at;
    size_t count = 0;
    enum lead lead = LEAD_NONE;
    uint32_t c = latin_at(fold, i, at);
    if (c != 0 && !is_vowel(c)) lead = lead_of(c, latin_at(fold, i + 1, at));
    while (i - at < LEAD_LETTERS_MAX && (c = latin_at(fold, i, at)) != 0 && !is_vowel(c)) i++;
    size_t begin = i;
    while (i - begin < VOWEL_LETTERS_MAX && (c = latin_at(fold, i, at)) != 0 && is_vowel(c)) i++;
    if (i == begin) return 0;
    uint32_t first = fold->letters[begin].letter;
    if (i - begin > 1 && (first == 'y' || first == 'w')) first = fold->letters[begin + 1].letter;
    unsigned vowels = vowels_of(first, fold->letters[i - 1].letter);
    if (latin_at(fold, i, at) == 'h' && !is_vowel(latin_at(fold, i + 1, at))) i++; /* ah, oh, uh */
    c = latin_at(fold, i, at);
    enum trail trail = c != 0 ? trail_of(c) : TRAIL_NONE;
    bool is_ng = c == 'n' && latin_at(fold, i + 1, at) == 'g';
    for (uint32_t vowel = VOWEL_A; vowel <= VOWEL_I; vowel++) {
        if ((vowels >> vowel & 1) == 0) continue;
        ret_heard[count++] = (struct match_heard){sound_of(lead, vowel, TRAIL_NONE), i};
        if (trail != TRAIL_NONE)
            ret_heard[count++] = (struct match_heard){sound_of(lead, vowel, trail), i + 1};
        if (is_ng)
            ret_heard[count++] = (struct match_heard){sound_of(lead, vowel, TRAIL_NG), i + 2};
    }
    return count;
}
