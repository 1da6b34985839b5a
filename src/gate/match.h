/* match.h: finding the names of protected people in a text, in whatever way they are written.
 *
 * A matcher is made of TERMS (a name, a phone number, an address, each of an owner) and reads
 * folded text (fold.h). It is one tree whose branches are Hangul syllables or other letters; a text
 * is read down the tree from every letter where a term may begin, and what it has there may be the
 * syllable itself, a Han character that is read so, or Latin letters that spell it (spelling.h). So
 * no list of spellings is ever made: 김철수, ㄱㅣㅁㅊㅓㄹㅅㅜ, 金哲秀, Kim Chol-su and CHEOLSU GIM go
 * down one branch.
 *
 * Lanes, by which a hit was found:
 *   A  the letters themselves          B  the South's spelling or the DPRK's
 *   C  Latin letters that spell it     D  what sounds like it
 *   E  digits                          F  initials, ㄱㅊㅅ, 김○○, 김 모 씨
 *   G  Han characters by their reading
 * A name of three syllables is found inside longer words, for Korean hangs particles on names; one
 * of two only before a particle or the end of the word. Latin letters need both ends of words. A
 * surname alone is never a hit; a given name alone is one that warns.
 *
 * A matcher holds protected names: it lives in the gate's process alone and is never written. */
#pragma once

#include "gate/fold.h"

enum match_kind {
    MATCH_NAME,
    MATCH_NUMBER, /* of a telephone or a paper: its digits, seven at least */
    MATCH_WORDS,  /* an address, a workplace, anything that is to be found as it is */
};
enum match_lane { LANE_A, LANE_B, LANE_C, LANE_D, LANE_E, LANE_F, LANE_G };

struct match_term {
    str text;
    enum match_kind kind;
    uint32_t owner; /* given back with each hit */
};

struct match_hit {
    size_t from; /* byte offsets in the text that was folded */
    size_t to;
    uint32_t owner;
    enum match_kind kind;
    enum match_lane lane;
    bool is_sure; /* the whole term; else a given name alone, initials, or a sound: warns */
};

struct matcher;
/* Makes a matcher. A term of which too little is left after folding (a name of one syllable, a
 * number of under seven digits) cannot be looked for: *ret_skipped counts those.
 * owns:  *ret_matcher lives as long as `a`. fails: ERR_NO_MEMORY, ERR_LIMIT. */
err matcher_make(struct arena *a, const struct match_term *terms, size_t count,
                 const struct matcher **ret_matcher, size_t *ret_skipped) MUST_USE;

/* Told of every hit, in the order in which they begin; an error ends the reading. */
typedef err match_see(void *context, const struct match_hit *hit);
/* fails: ERR_LIMIT (a text made to be slow to read), and what `see` gives. */
err matcher_read(const struct matcher *matcher, const struct fold *fold, match_see *see,
                 void *context) MUST_USE;
