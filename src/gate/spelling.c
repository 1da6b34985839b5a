/* spelling.c: see spelling.h. */
#include "gate/spelling.h"

#include <string.h>

enum { SYLLABLES = 0xAC00, VOWELS = 21, TRAILS = 28, OPTIONS_MAX = 12, SPELLING_MAX = 16 };
enum { LEAD_N = 2, LEAD_R = 5, LEAD_NONE = 11 };

/* In the order of Unicode 15, 3.12. Options are parted by spaces; "-" is none. */
static const char *const LEADS[19] = {
    "g k",          "kk gg k g", "n",    "d t",    "tt dd t d", "r l n",  "m",
    "b p",          "pp bb p b", "s sh", "ss s",   "-",         "j ch c", "jj tch ch j",
    "ch c tch tsh", "k kh",      "t th", "p ph f", "h"};
static const char *const VOWEL_SPELLINGS[VOWELS] = {"a ah",
                                                    "ae ai ay e",
                                                    "ya ia",
                                                    "yae yai",
                                                    "eo o u uh e",
                                                    "e ey eh",
                                                    "yeo yo you yu yuh ye",
                                                    "ye yeh e",
                                                    "o oh",
                                                    "wa oa",
                                                    "wae wai oae",
                                                    "oe oi we oy",
                                                    "yo io yoh",
                                                    "u oo ou woo wu",
                                                    "wo weo won",
                                                    "we",
                                                    "wi ui wee",
                                                    "yu yoo you ew iu",
                                                    "eu u oo",
                                                    "ui eui i ee yi",
                                                    "i ee y ie"};
static const char *const TRAIL_SPELLINGS[TRAILS] = {
    "-",    "k g ck", "k kk", "k ks", "n",    "n nj", "n nh", "t d",  "l r ll", "k lk g",
    "m lm", "l p lb", "l ls", "l lt", "p lp", "l lh", "m",    "p b",  "p ps",   "t s",
    "t ss", "ng",     "t j",  "t ch", "k",    "t",    "p",    "h t -"};

/* Whole syllables that people spell by no rule. */
static const struct {
    uint32_t syllable;
    const char *spellings;
} WHOLE[] = {
    {0xC774, "lee yi rhee ri li rhie rhe yee leigh ree"},   /* 이 */
    {0xB9AC, "lee yi rhee ri li rhie rhe i yee leigh ree"}, /* 리 */
    {0xBC15, "park pak bak bahk pahk"},                     /* 박 */
    {0xCD5C, "choi choe chey chwe tchoi choy"},             /* 최 */
    {0xB178, "noh roh no ro rho"},                          /* 노 */
    {0xB85C, "noh roh no ro rho"},                          /* 로 */
    {0xC784, "lim im rim yim leem rhim"},                   /* 임 */
    {0xB9BC, "lim im rim yim leem rhim"},                   /* 림 */
    {0xC6B0, "woo wu u"},                                   /* 우 */
    {0xC2E0, "shin sin shinn"},                             /* 신 */
    {0xC2EC, "shim sim"},                                   /* 심 */
    {0xC720, "yoo you yu ryu ryoo liu rhyu"},               /* 유 */
    {0xB958, "yoo you yu ryu ryoo liu rhyu"},               /* 류 */
    {0xC601, "young yong yung yeong yeung"},                /* 영 */
    {0xC724, "yoon yun youn yune"},                         /* 윤 */
    {0xC815, "chung jung joung jeong chong cheong jong"},   /* 정 */
    {0xC870, "cho jo joe choh"},                            /* 조 */
    {0xC8FC, "joo ju chu choo"},                            /* 주 */
    {0xC120, "sun seon son sunn"},                          /* 선 */
    {0xD76C, "hee hui heui hi hie"},                        /* 희 */
    {0xC740, "eun un en"},                                  /* 은 */
    {0xD604, "hyun hyeon hyon hyeun hyoun"},                /* 현 */
    {0xC900, "joon jun chun june"},                         /* 준 */
    {0xAD6C, "koo goo ku gu"},                              /* 구 */
    {0xBC31, "paik baek paek baik back pack"},              /* 백 */
    {0xC624, "oh o"},                                       /* 오 */
    {0xC11C, "seo suh so sur suhr seoh"},                   /* 서 */
    {0xD5C8, "huh heo hur ho hu heoh"},                     /* 허 */
    {0xC804, "jeon jun chun chon cheon jon jhun"},          /* 전 */
    {0xD669, "hwang whang"},                                /* 황 */
    {0xC190, "sohn son shon"},                              /* 손 */
    {0xCCA0, "chul cheol chol chull churl chel"},           /* 철 */
    {0xD601, "hyuk hyeok hyok hyug"},                       /* 혁 */
    {0xC6B1, "wook uk ook woog"},                           /* 욱 */
    {0xC6C5, "woong ung wung"},                             /* 웅 */
    {0xC6D0, "won weon one wun"},                           /* 원 */
    {0xC5EC, "yeo yo yuh yer"},                             /* 여 */
    {0xC591, "yang ryang liang"},                           /* 양 */
    {0xB78C, "ran nan lan rahn"},                           /* 란 */
    {0xC625, "ok ock og"},                                  /* 옥 */
    {0xC219, "sook suk sug"},                               /* 숙 */
    {0xC21C, "soon sun sune"},                              /* 순 */
    {0xBCC0, "byun byeon pyon pyun"},                       /* 변 */
    {0xC5F0, "yeon yun youn yon"},                          /* 연 */
};

struct option_list {
    str options[OPTIONS_MAX];
    size_t count;
};

static void split(const char *text, struct option_list *ret_list) {
    str rest = str_of(text);
    str one;
    ret_list->count = 0;
    while (rest.len > 0 && ret_list->count < OPTIONS_MAX) {
        str_cut(rest, ' ', &one, &rest);
        if (str_eq(one, STR("-"))) one = STR("");
        if (one.len > 0 || text[0] == '-' || str_ends(str_of(text), STR("-")))
            ret_list->options[ret_list->count++] = one;
    }
}

static err see_joined(const str parts[3], spelling_see *see, void *context) {
    char room[SPELLING_MAX];
    size_t len = 0;
    for (size_t i = 0; i < 3; i++) {
        if (parts[i].len == 0) continue;
        memcpy(room + len, parts[i].ptr, parts[i].len);
        len += parts[i].len;
    }
    return see(context, (str){room, len});
}

static err see_by_rule(uint32_t syllable, spelling_see *see, void *context) {
    uint32_t index = syllable - SYLLABLES;
    struct option_list leads;
    struct option_list vowels;
    struct option_list trails;
    split(LEADS[index / (VOWELS * TRAILS)], &leads);
    split(VOWEL_SPELLINGS[index / TRAILS % VOWELS], &vowels);
    split(TRAIL_SPELLINGS[index % TRAILS], &trails);
    for (size_t i = 0; i < leads.count; i++) {
        for (size_t j = 0; j < vowels.count; j++) {
            for (size_t k = 0; k < trails.count; k++) {
                const str parts[3] = {leads.options[i], vowels.options[j], trails.options[k]};
                TRY(see_joined(parts, see, context));
            }
        }
    }
    return OK;
}

err spelling_each(uint32_t syllable, spelling_see *see, void *context) {
    for (size_t i = 0; i < COUNT_OF(WHOLE); i++) {
        struct option_list all;
        if (WHOLE[i].syllable != syllable) continue;
        split(WHOLE[i].spellings, &all);
        for (size_t j = 0; j < all.count; j++) TRY(see(context, all.options[j]));
    }
    return see_by_rule(syllable, see, context);
}

static bool is_narrow(uint32_t vowel) { /* i, and what begins with y */
    return vowel == 2 || vowel == 3 || vowel == 6 || vowel == 7 || vowel == 12 || vowel == 17 ||
           vowel == 20;
}

size_t spelling_variants(uint32_t syllable, uint32_t ret_variants[2]) {
    uint32_t index = syllable - SYLLABLES;
    uint32_t lead = index / (VOWELS * TRAILS);
    uint32_t rest = index % (VOWELS * TRAILS);
    size_t count = 0;
    uint32_t others[2] = {lead, lead};
    if (is_narrow(rest / TRAILS)) {
        if (lead == LEAD_NONE) others[0] = LEAD_R, others[1] = LEAD_N;
        if (lead == LEAD_R) others[0] = LEAD_NONE;
        if (lead == LEAD_N) others[0] = LEAD_NONE;
    } else {
        if (lead == LEAD_R) others[0] = LEAD_N;
        if (lead == LEAD_N) others[0] = LEAD_R;
    }
    for (size_t i = 0; i < 2; i++) {
        if (others[i] != lead)
            ret_variants[count++] = SYLLABLES + others[i] * VOWELS * TRAILS + rest;
    }
    return count;
}
