/* spelling.h: how a Korean syllable is written in Latin letters.
 *
 * By the Revised Romanization (2000), McCune-Reischauer with its marks or without, the DPRK's rules
 * of 1992, and the way people spell their own names (Park, Lee, Choi, Young, Hyun). Sources: the
 * published tables of the three systems; for the everyday spellings, what passports are known to
 * say. A generous list: who reads a name in one of them has read the name. */
#pragma once

#include "base/base.h"

/* Told of each spelling, small letters alone, some of them twice. */
typedef err spelling_see(void *context, str spelling);
err spelling_each(uint32_t syllable, spelling_see *see, void *context) MUST_USE;

/* The other ways to write a syllable of a name in Hangul: the South drops or changes an initial ㄹ
 * or ㄴ where the DPRK keeps it (리/이, 림/임, 류/유, 로/노, 라/나, 량/양, 려/여, 렴/염, 녀/여).
 * How many of the at most two were written. */
size_t spelling_variants(uint32_t syllable, uint32_t ret_variants[2]);
