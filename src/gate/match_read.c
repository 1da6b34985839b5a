/* match_read.c: reading a text down the tree of a matcher. See match.h. */
#include <endian.h>
#include <string.h>

#include "gate/match_impl.h"

enum {
    STEPS_MAX = 20000, /* from one place: more is a text made to be slow to read */
    PARTICLES_MAX = 3, /* in a row */
    HITS_MAX = 64,     /* owners told of one place; of more, those who are certain come first */
};

struct walk {
    const struct matcher *m;
    const struct fold *fold;
    size_t start;
    int steps;
    struct match_hit hits[HITS_MAX]; /* that begin at `start`: the best of each owner */
    size_t hit_count;
    bool is_full;      /* a certain one was left out */
    size_t sure_until; /* byte: where the last whole name ended */
    uint32_t sure_owner;
    enum match_kind sure_kind;
};

/* ---- Where words end ------------------------------------------------------------------------- */

/* What Korean hangs on a name, and what stands behind one. Letters as folded; ended by 0. */
static const uint32_t PARTICLES[][5] = {{0xC740} /* 은 */,
                                        {0xB294} /* 는 */,
                                        {0xC774} /* 이 */,
                                        {0xAC00} /* 가 */,
                                        {0xC744} /* 을 */,
                                        {0xB97C} /* 를 */,
                                        {0xC758} /* 의 */,
                                        {0xC5D0} /* 에 */,
                                        {0xC5D0, 0xAC8C} /* 에게 */,
                                        {0xC640} /* 와 */,
                                        {0xACFC} /* 과 */,
                                        {0xB3C4} /* 도 */,
                                        {0xB9CC} /* 만 */,
                                        {0xB85C} /* 로 */,
                                        {0xC73C, 0xB85C} /* 으로 */,
                                        {0xB77C} /* 라 */,
                                        {0xB77C, 0xB294} /* 라는 */,
                                        {0xB791} /* 랑 */,
                                        {0xC57C} /* 야 */,
                                        {0xC544} /* 아 */,
                                        {0xC5EC} /* 여 */,
                                        {0xAED8} /* 께 */,
                                        {0xAED8, 0xC11C} /* 께서 */,
                                        {0xD55C, 0xD14C} /* 한테 */,
                                        {0xBCF4, 0xB2E4} /* 보다 */,
                                        {0xCC98, 0xB7FC} /* 처럼 */,
                                        {0xBD80, 0xD130} /* 부터 */,
                                        {0xAE4C, 0xC9C0} /* 까지 */,
                                        {0xB9C8, 0xC800} /* 마저 */,
                                        {0xC870, 0xCC28} /* 조차 */,
                                        {0xB2E4} /* 다 */,
                                        {0xC600, 0xB2E4} /* 였다 */,
                                        {0xC785, 0xB2C8, 0xB2E4} /* 입니다 */,
                                        {0xC528} /* 씨 */,
                                        {0xB2D8} /* 님 */,
                                        {0xAD70} /* 군 */,
                                        {0xC591} /* 양 */,
                                        {0xC120, 0xC0DD} /* 선생 */,
                                        {0xC5EC, 0xC0AC} /* 여사 */,
                                        {0xB3D9, 0xBB34} /* 동무 */,
                                        {0xB3D9, 0xC9C0} /* 동지 */,
                                        {0xC544, 0xC800, 0xC528} /* 아저씨 */,
                                        {0xD560, 0xBA38, 0xB2C8} /* 할머니 */,
                                        {0xC5B4, 0xBA38, 0xB2C8} /* 어머니 */,
                                        {0xC544, 0xBC84, 0xC9C0} /* 아버지 */,
                                        {0xB4E4} /* 들 */,
                                        {0xB124} /* 네 */};

static bool is_end(const struct fold *fold, size_t at) {
    return at >= fold->count || fold->letters[at].begins;
}

/* Whether the word ends at `at`, or particles alone are left of it. */
static bool ends_word(const struct fold *fold, size_t at, int particles) {
    if (is_end(fold, at)) return true;
    if (particles == PARTICLES_MAX) return false;
    for (size_t i = 0; i < COUNT_OF(PARTICLES); i++) {
        size_t k = 0;
        while (PARTICLES[i][k] != 0 && at + k < fold->count &&
               fold->letters[at + k].letter == PARTICLES[i][k]) {
            k++;
        }
        if (PARTICLES[i][k] == 0 && ends_word(fold, at + k, particles + 1)) return true;
    }
    return false;
}

/* ---- Hits ------------------------------------------------------------------------------------ */

static bool is_narrow(uint32_t letter) { /* of a script that parts its words */
    return !fold_is_syllable(letter) && !fold_is_han(letter) && letter < FOLD_CONSONANT;
}

static bool are_initials(const struct fold *fold, size_t from, size_t to) {
    for (size_t i = from; i < to; i++) {
        bool is_consonant = fold->letters[i].letter >= FOLD_CONSONANT;
        if (!is_consonant && !(fold->letters[i].begins && is_end(fold, i + 1))) return false;
    }
    return true;
}

/* Whether signs part it: "K i m", "Chol-su". */
static bool has_gap(const struct fold *fold, size_t from, size_t to) {
    for (size_t i = from + 1; i < to; i++) {
        if (fold->letters[i].gap > 0) return true;
    }
    return false;
}

/* A given name alone is looked for as people write one, for most are words as well: Chol-su,
 * Cholsu, chol-su, 철수; not "later", nor "run a". */
static bool looks_given(const struct fold *fold, size_t from, size_t to) {
    bool is_joined = true;
    for (size_t i = from + 1; i < to; i++) {
        is_joined = is_joined && (fold->letters[i].gap == 0 || fold->letters[i].is_hyphened);
    }
    if (!is_narrow(fold->letters[from].letter)) return is_joined;
    return fold->letters[from].is_capital || (is_joined && has_gap(fold, from, to));
}

/* Whether the term stands by itself where it was found. */
static bool stands_alone(const struct walk *w, size_t to, const struct match_end *end) {
    const struct fold *fold = w->fold;
    const struct fold_letter *first = &fold->letters[w->start];
    uint32_t last = fold->letters[to - 1].letter;
    bool is_whole = end->form == FORM_WHOLE && end->letters >= 3;
    if (end->kind == MATCH_NUMBER) {
        bool is_inside =
            w->start > 0 && first->gap == 0 && fold_is_digit(fold->letters[w->start - 1].letter);
        bool goes_on = to < fold->count && fold->letters[to].gap == 0 &&
                       fold_is_digit(fold->letters[to].letter);
        return !is_inside && !goes_on;
    }
    if ((is_narrow(first->letter) || !is_whole) && !first->begins) return false;
    if (!first->begins && has_gap(fold, w->start, to)) return false;
    if (end->form == FORM_GIVEN && !looks_given(fold, w->start, to)) return false;
    size_t initials = end->is_turned ? w->start : to - end->tail;
    if (end->form == FORM_INITIALS && !are_initials(fold, initials, initials + end->tail))
        return false;
    if (is_narrow(last)) return is_end(fold, to);
    return is_whole || ends_word(fold, to, 0);
}

/* The whole name before a part of it, then the longest, then the plainest lane. */
static bool is_better(const struct match_hit *a, const struct match_hit *b) {
    if (a->is_sure != b->is_sure) return a->is_sure;
    if (a->to != b->to) return a->to > b->to;
    return a->lane < b->lane;
}

static void keep(struct walk *w, const struct match_hit *hit) {
    for (size_t i = 0; i < w->hit_count; i++) {
        if (w->hits[i].owner != hit->owner || w->hits[i].kind != hit->kind) continue;
        if (is_better(hit, &w->hits[i])) w->hits[i] = *hit;
        return;
    }
    if (w->hit_count < HITS_MAX) {
        w->hits[w->hit_count++] = *hit;
        return;
    }
    size_t i = 0;
    while (i < HITS_MAX && w->hits[i].is_sure) i++;
    if (i < HITS_MAX && hit->is_sure) w->hits[i] = *hit;
    if (i == HITS_MAX && hit->is_sure) w->is_full = true;
}

static void report(struct walk *w, uint32_t node, size_t to, enum match_lane lane) {
    const struct fold_letter *first = &w->fold->letters[w->start];
    const struct fold_letter *last = &w->fold->letters[to - 1];
    for (uint32_t e = w->m->more_of[node]; e != 0; e = w->m->ends[e].next) {
        const struct match_end *end = &w->m->ends[e];
        enum match_lane own = (enum match_lane)end->lane;
        if (!stands_alone(w, to, end)) continue;
        struct match_hit hit = {.from = first->at,
                                .to = (size_t)last->at + last->size,
                                .owner = end->owner,
                                .kind = (enum match_kind)end->kind,
                                .lane = lane > own ? lane : own,
                                .is_sure = end->form == FORM_WHOLE};
        keep(w, &hit);
    }
}

/* A part of a name or number inside the whole of it is no news. */
static err tell(struct walk *w, match_see *see, void *context) {
    if (w->is_full) FAIL(ERR_LIMIT, "more people share a name than can be told");
    for (size_t i = 0; i < w->hit_count; i++) {
        const struct match_hit *hit = &w->hits[i];
        if (hit->to <= w->sure_until && hit->owner == w->sure_owner && hit->kind == w->sure_kind)
            continue;
        if (hit->is_sure) {
            w->sure_until = hit->to;
            w->sure_owner = hit->owner;
            w->sure_kind = hit->kind;
        }
        TRY(see(context, hit));
    }
    return OK;
}

/* ---- Down the tree --------------------------------------------------------------------------- */

static err go(struct walk *w, uint32_t node, size_t at, enum match_lane lane);

static err go_to(struct walk *w, uint32_t child, size_t at, enum match_lane lane) {
    return child == 0 ? OK : go(w, child, at, lane);
}

/* Latin letters from `at` on that spell a syllable the tree goes on with. */
static err go_latin(struct walk *w, uint32_t node, size_t at) {
    const struct matcher *m = w->m;
    const struct fold *fold = w->fold;
    const struct match_latin *latin = m->latin;
    for (size_t i = at; i < fold->count && fold_is_latin(fold->letters[i].letter); i++) {
        if (i > at && fold->letters[i].gap > MATCH_GAP_MAX) break;
        uint32_t next = latin->next[fold->letters[i].letter - 'a'];
        if (next == 0) break;
        latin = &m->latin[next];
        for (uint32_t s = latin->first; s != 0; s = m->syllables[s].next) {
            TRY(go_to(w, match_child(m, node, m->syllables[s].syllable), i + 1, LANE_C));
        }
        if (++w->steps > STEPS_MAX) FAIL(ERR_LIMIT, "this text takes too long to read");
    }
    return OK;
}

static err go(struct walk *w, uint32_t node, size_t at, enum match_lane lane) {
    const struct fold *fold = w->fold;
    if (++w->steps > STEPS_MAX) FAIL(ERR_LIMIT, "this text takes too long to read");
    if (at > w->start && w->m->more_of[node] != 0) report(w, node, at, lane);
    if (at == fold->count || (at > w->start && fold->letters[at].gap > MATCH_GAP_MAX)) return OK;
    uint32_t letter = fold->letters[at].letter;
    uint32_t child = match_child(w->m, node, letter);
    TRY(go_to(w, child, at + 1, lane));
    if (fold_is_latin(letter)) return go_latin(w, node, at);
    if (fold_is_han(letter)) {
        const uint16_t *readings = fold_readings_of(letter);
        for (size_t i = 0; i < FOLD_READINGS_MAX && readings[i] != 0; i++) {
            TRY(go_to(w, match_child(w->m, node, readings[i]), at + 1, LANE_G));
        }
    }
    bool is_skipped = letter == FOLD_CIRCLE && child == 0 && at > w->start;
    return is_skipped ? go(w, node, at + 1, lane) : OK;
}

static err go_sound(struct walk *w, uint32_t node, size_t at) {
    const struct fold *fold = w->fold;
    struct match_heard heard[HEARD_MAX];
    size_t count = 0;
    if (++w->steps > STEPS_MAX) FAIL(ERR_LIMIT, "this text takes too long to read");
    if (at > w->start && w->m->more_of[node] != 0) report(w, node, at, LANE_D);
    if (at == fold->count || (at > w->start && fold->letters[at].gap > MATCH_GAP_MAX)) return OK;
    uint32_t letter = fold->letters[at].letter;
    if (fold_is_syllable(letter))
        heard[count++] = (struct match_heard){match_sound(letter), at + 1};
    else if (fold_is_latin(letter))
        count = match_hear(fold, at, heard);
    for (size_t i = 0; i < count; i++) {
        uint32_t child = match_child(w->m, node, heard[i].sound);
        if (child != 0) TRY(go_sound(w, child, heard[i].end));
    }
    return OK;
}

/* Whether a term may begin here. */
static bool may_begin(const struct fold_letter *one) {
    return one->begins || !is_narrow(one->letter);
}

/* What only sounds like a name is looked for where a name would be written. */
static bool may_sound(const struct fold_letter *one) {
    return one->begins && (one->is_capital || fold_is_syllable(one->letter));
}

/* From `at` on, where a word begins or something stands that is not a to z. Behind the last letter
 * there is such a mark. */
static size_t next_start(const struct fold *fold, size_t at) {
    const uint64_t wanted = 0x0101010101010101U * (FOLD_MARK_BEGINS | FOLD_MARK_OTHER);
    for (;; at += sizeof(uint64_t)) {
        uint64_t eight = 0;
        memcpy(&eight, fold->marks + at, sizeof eight);
        eight = le64toh(eight) & wanted;
        if (eight != 0) return at + (size_t)__builtin_ctzll(eight) / 8;
    }
}

err matcher_read(const struct matcher *matcher, const struct fold *fold, match_see *see,
                 void *context) {
    struct walk w = {.m = matcher, .fold = fold};
    if (matcher->end_count == 1) return OK; /* nobody is on the list */
    for (w.start = next_start(fold, 0); w.start < fold->count;
         w.start = next_start(fold, w.start + 1)) {
        const struct fold_letter *first = &fold->letters[w.start];
        bool opens = may_begin(first) && match_may_open(matcher, fold, w.start);
        bool sounds = may_sound(first) && match_may_sound(matcher, fold, w.start);
        if (!opens && !sounds) continue;
        w.steps = 0;
        w.hit_count = 0;
        if (opens) TRY(go(&w, ROOT_NAMES, w.start, LANE_A));
        if (sounds) TRY(go_sound(&w, ROOT_SOUNDS, w.start));
        if (w.hit_count > 0) TRY(tell(&w, see, context));
    }
    return OK;
}
