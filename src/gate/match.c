/* match.c: making the tree of a matcher from its terms. See match.h and match_impl.h. */
#include "gate/match.h"

#include <string.h>

#include "gate/match_impl.h"
#include "gate/spelling.h"

enum {
    SYLLABLE_FIRST = 0xAC00,
    SYLLABLE_COUNT = 11172,
    LETTERS_A_LEAD = 588, /* syllables that share a first consonant */
    NUMBER_DIGITS_MIN = 7,
    WORDS_LETTERS_MIN = 4,
    INITIALS_MAX = 6, /* of one syllable */
};

/* ---- The tree -------------------------------------------------------------------------------- */

static void put_edge(struct match_tree *tree, struct match_edge edge) {
    uint64_t mixed = edge.key * 0x9E3779B97F4A7C15U;
    size_t at = (size_t)(mixed >> 32) & (tree->room - 1);
    size_t bit = (size_t)(mixed >> 24) & (8 * tree->room - 1);
    tree->filter[bit / 64] |= (uint64_t)1 << bit % 64;
    while (tree->edges[at].key != 0) at = (at + 1) & (tree->room - 1);
    tree->edges[at] = edge;
}

static err grow_edges(struct matcher *m) {
    struct match_tree grown = {.room = m->tree.room == 0 ? 1 << 12 : m->tree.room * 2,
                               .count = m->tree.count};
    grown.edges = arena_array(m->arena, grown.room, sizeof *grown.edges);
    grown.filter = arena_array(m->arena, grown.room / 8, sizeof *grown.filter);
    if (grown.edges == NULL || grown.filter == NULL)
        FAIL(ERR_NO_MEMORY, "no memory for the watch list");
    for (size_t i = 0; i < m->tree.room; i++) {
        if (m->tree.edges[i].key != 0) put_edge(&grown, m->tree.edges[i]);
    }
    m->tree = grown;
    return OK;
}

/* A list with room for one more; NULL: there is no memory. */
static void *with_room(struct arena *a, void *list, size_t count, size_t *room, size_t size) {
    if (count < *room) return list;
    size_t more = *room == 0 ? 256 : *room * 2;
    void *grown = arena_grow(a, list, *room * size, more * size);
    if (grown != NULL) *room = more;
    return grown;
}

static err add_child(struct matcher *m, uint32_t node, uint32_t letter, uint32_t *ret_child) {
    *ret_child = match_child(m, node, letter);
    if (*ret_child != 0) return OK;
    if (2 * (m->tree.count + 1) > m->tree.room) TRY(grow_edges(m));
    void *nodes = with_room(m->arena, m->more_of, m->node_count, &m->node_room, sizeof *m->more_of);
    if (nodes == NULL) FAIL(ERR_NO_MEMORY, "no memory for the watch list");
    m->more_of = nodes;
    *ret_child = (uint32_t)m->node_count++;
    put_edge(&m->tree, (struct match_edge){.key = (uint64_t)node << 24 | letter, .to = *ret_child});
    m->tree.count++;
    return OK;
}

/* ---- Spellings of syllables ------------------------------------------------------------------ */

struct spelled {
    struct matcher *m;
    uint32_t syllable;
};

static err add_spelling(void *context, str spelling) {
    const struct spelled *spelled = context;
    struct matcher *m = spelled->m;
    uint32_t node = 0;
    if (spelling.len == 0) return OK;
    for (size_t i = 0; i < spelling.len; i++) {
        size_t letter = (size_t)(spelling.ptr[i] - 'a');
        void *grown =
            with_room(m->arena, m->latin, m->latin_count, &m->latin_room, sizeof *m->latin);
        if (grown == NULL) FAIL(ERR_NO_MEMORY, "no memory for the watch list");
        m->latin = grown;
        if (m->latin[node].next[letter] == 0)
            m->latin[node].next[letter] = (uint32_t)m->latin_count++;
        node = m->latin[node].next[letter];
    }
    for (uint32_t s = m->latin[node].first; s != 0; s = m->syllables[s].next) {
        if (m->syllables[s].syllable == spelled->syllable) return OK;
    }
    void *grown = with_room(m->arena, m->syllables, m->syllable_count, &m->syllable_room,
                            sizeof *m->syllables);
    if (grown == NULL) FAIL(ERR_NO_MEMORY, "no memory for the watch list");
    m->syllables = grown;
    m->syllables[m->syllable_count] =
        (struct match_syllable){.syllable = spelled->syllable, .next = m->latin[node].first};
    m->latin[node].first = (uint32_t)m->syllable_count++;
    return OK;
}

static err need_spellings(struct matcher *m, uint32_t syllable) {
    uint8_t *is_spelled = &m->is_spelled[syllable - SYLLABLE_FIRST];
    if (*is_spelled != 0) return OK;
    *is_spelled = 1;
    return spelling_each(syllable, add_spelling, &(struct spelled){m, syllable});
}

/* ---- Terms ----------------------------------------------------------------------------------- */

/* Letters of a term, while its forms are made. */
struct word {
    uint32_t letters[TERM_LETTERS_MAX];
    size_t count;
};

static err add_term(struct matcher *m, uint32_t root, const struct word *word,
                    struct match_end end) {
    uint32_t node = root;
    for (size_t i = 0; i < word->count; i++) {
        if (root == ROOT_NAMES && fold_is_syllable(word->letters[i])) {
            TRY(need_spellings(m, word->letters[i]));
        }
        TRY(add_child(m, node, word->letters[i], &node));
    }
    for (uint32_t e = m->more_of[node]; e != 0; e = m->ends[e].next) {
        const struct match_end *other = &m->ends[e];
        bool is_vague = end.form == FORM_INITIALS || end.form == FORM_MASKED;
        if (other->form == end.form && (is_vague || other->owner == end.owner)) return OK;
    }
    void *grown = with_room(m->arena, m->ends, m->end_count, &m->end_room, sizeof *m->ends);
    if (grown == NULL) FAIL(ERR_NO_MEMORY, "no memory for the watch list");
    m->ends = grown;
    end.next = m->more_of[node];
    end.letters = (uint8_t)word->count;
    m->ends[m->end_count] = end;
    m->more_of[node] = (uint32_t)m->end_count++;
    return OK;
}

static size_t surname_of(const struct word *name) {
    static const uint32_t two[][2] = {
        {0xB0A8, 0xAD81} /* 남궁 */, {0xD669, 0xBCF4} /* 황보 */, {0xC81C, 0xAC08} /* 제갈 */,
        {0xC0AC, 0xACF5} /* 사공 */, {0xC120, 0xC6B0} /* 선우 */, {0xC11C, 0xBB38} /* 서문 */,
        {0xB3C5, 0xACE0} /* 독고 */, {0xB3D9, 0xBC29} /* 동방 */, {0xB9DD, 0xC808} /* 망절 */};
    for (size_t i = 0; i < COUNT_OF(two) && name->count > 2; i++) {
        if (name->letters[0] == two[i][0] && name->letters[1] == two[i][1]) return 2;
    }
    return 1;
}

/* The given name first, as in the West. */
static struct word turned(const struct word *name, size_t surname) {
    struct word word = {.count = name->count};
    for (size_t i = 0; i < name->count; i++) {
        word.letters[i] = name->letters[(i + surname) % name->count];
    }
    return word;
}

static struct word given_of(const struct word *name, size_t surname) {
    struct word given = {.count = name->count - surname};
    memcpy(given.letters, name->letters + surname, given.count * sizeof *given.letters);
    return given;
}

/* A name as it is written, turned, without its surname, and by its sound. */
static err add_spelled_so(struct matcher *m, const struct word *name, size_t surname,
                          struct match_end end) {
    struct word sounds = {.count = name->count};
    const struct word other = turned(name, surname);
    const struct word given = given_of(name, surname);
    TRY(add_term(m, ROOT_NAMES, name, end));
    TRY(add_term(m, ROOT_NAMES, &other, end));
    end.form = FORM_GIVEN;
    if (given.count >= 2) TRY(add_term(m, ROOT_NAMES, &given, end));
    if (name->count < 3) return OK;
    end.form = FORM_SOUND;
    end.lane = LANE_D;
    for (size_t i = 0; i < name->count; i++) sounds.letters[i] = match_sound(name->letters[i]);
    TRY(add_term(m, ROOT_SOUNDS, &sounds, end));
    for (size_t i = 0; i < name->count; i++) sounds.letters[i] = match_sound(other.letters[i]);
    return add_term(m, ROOT_SOUNDS, &sounds, end);
}

/* A name, and how long its surname is: in another spelling it could not be told any more. */
struct hangul_name {
    struct word word;
    size_t surname;
};

/* Every syllable as it is and as the other Korea writes it. */
static err add_both_koreas(struct matcher *m, struct hangul_name *whole, size_t at,
                           struct match_end end) {
    struct word *name = &whole->word;
    uint32_t variants[2];
    uint32_t own = at < name->count ? name->letters[at] : 0;
    if (at == name->count) return add_spelled_so(m, name, whole->surname, end);
    TRY(add_both_koreas(m, whole, at + 1, end));
    size_t count = spelling_variants(own, variants);
    end.lane = LANE_B;
    for (size_t i = 0; i < count; i++) {
        name->letters[at] = variants[i];
        TRY(add_both_koreas(m, whole, at + 1, end));
    }
    name->letters[at] = own;
    return OK;
}

/* ---- Initials and what is left out ----------------------------------------------------------- */

struct initials {
    uint32_t letters[INITIALS_MAX];
    size_t count;
};

static err see_initial(void *context, str spelling) {
    struct initials *initials = context;
    if (spelling.len == 0) return OK;
    uint32_t first = (unsigned char)spelling.ptr[0];
    for (size_t i = 0; i < initials->count; i++) {
        if (initials->letters[i] == first) return OK;
    }
    if (initials->count < INITIALS_MAX) initials->letters[initials->count++] = first;
    return OK;
}

/* The syllables from `at` to `to`, each by its initial in every spelling. */
struct initial_part {
    const struct word *name;
    size_t to;
};
static err add_initials(struct matcher *m, const struct initial_part *part, struct word *word,
                        size_t at, struct match_end end) {
    const struct word *name = part->name;
    struct initials initials = {.count = 0};
    if (at == part->to) return add_term(m, ROOT_NAMES, word, end);
    TRY(spelling_each(name->letters[at], see_initial, &initials));
    for (size_t i = 0; i < initials.count; i++) {
        word->letters[at] = initials.letters[i];
        TRY(add_initials(m, part, word, at + 1, end));
    }
    return OK;
}

static uint32_t consonant_of(uint32_t syllable) {
    return FOLD_CONSONANT + (syllable - SYLLABLE_FIRST) / LETTERS_A_LEAD;
}

/* K.C.S., C.S.K., Kim C.S., C.S. Kim; ㄱㅊㅅ, 김ㅊㅅ. */
static err add_all_initials(struct matcher *m, const struct word *name, struct match_end end) {
    size_t surname = surname_of(name);
    size_t given = name->count - surname;
    const struct word other = turned(name, surname);
    struct word word = *name;
    end.form = FORM_INITIALS;
    end.tail = (uint8_t)given;
    TRY(add_initials(m, &(struct initial_part){name, name->count}, &word, surname, end));
    for (size_t i = surname; i < name->count; i++) word.letters[i] = consonant_of(name->letters[i]);
    TRY(add_term(m, ROOT_NAMES, &word, end));
    word = other;
    end.is_turned = true;
    TRY(add_initials(m, &(struct initial_part){&other, given}, &word, 0, end));
    end.is_turned = false;
    if (name->count < 3) return OK; /* two letters are anything */
    end.tail = (uint8_t)name->count;
    TRY(add_initials(m, &(struct initial_part){name, name->count}, &word, 0, end));
    TRY(add_initials(m, &(struct initial_part){&other, name->count}, &word, 0, end));
    for (size_t i = 0; i < name->count; i++) word.letters[i] = consonant_of(name->letters[i]);
    return add_term(m, ROOT_NAMES, &word, end);
}

/* 김○○, 김OO, 김xx; 김모 씨. */
static err add_masked(struct matcher *m, const struct word *name, struct match_end end) {
    static const uint32_t masks[] = {FOLD_CIRCLE, 'o', 'x'};
    static const uint32_t somebody[] = {0xC528 /* 씨 */, 0xAD70 /* 군 */, 0xC591 /* 양 */};
    size_t surname = surname_of(name);
    struct word word = *name;
    end.form = FORM_MASKED;
    for (size_t k = 0; k < COUNT_OF(masks); k++) {
        for (size_t i = surname; i < name->count; i++) word.letters[i] = masks[k];
        TRY(add_term(m, ROOT_NAMES, &word, end));
    }
    word.count = surname + 2;
    word.letters[surname] = 0xBAA8; /* 모 */
    for (size_t k = 0; k < COUNT_OF(somebody); k++) {
        word.letters[surname + 1] = somebody[k];
        TRY(add_term(m, ROOT_NAMES, &word, end));
    }
    return OK;
}

/* ---- What a term is -------------------------------------------------------------------------- */

static bool is_all(const struct word *word, bool (*test)(uint32_t letter)) {
    for (size_t i = 0; i < word->count; i++) {
        if (!test(word->letters[i])) return false;
    }
    return word->count > 0;
}

static err add_hangul_name(struct matcher *m, struct word *name, struct match_end end) {
    struct hangul_name whole = {.word = *name, .surname = surname_of(name)};
    TRY(add_both_koreas(m, &whole, 0, end));
    end.lane = LANE_F;
    TRY(add_all_initials(m, name, end));
    return add_masked(m, name, end);
}

/* A name in Han characters is also the names that they are read as. */
static err add_han_name(struct matcher *m, const struct word *han, struct word *name, size_t at,
                        struct match_end end) {
    if (at == han->count) return add_hangul_name(m, name, end);
    name->count = han->count;
    const uint16_t *readings = fold_readings_of(han->letters[at]);
    for (size_t i = 0; i < FOLD_READINGS_MAX && readings[i] != 0; i++) {
        name->letters[at] = readings[i];
        TRY(add_han_name(m, han, name, at + 1, end));
    }
    return OK;
}

/* A number is known without its trunk zero and country code, and found with them. */
static err add_number(struct matcher *m, const struct word *digits, struct match_end end) {
    static const char *const before[] = {"", "0", "82", "820", "0082", "86", "0086", "1", "850"};
    size_t skip = 0;
    struct word word;
    if (digits->count > 10 && digits->letters[0] == '8' && digits->letters[1] == '2') skip = 2;
    while (skip < digits->count && digits->letters[skip] == '0') skip++;
    if (digits->count - skip < NUMBER_DIGITS_MIN) skip = 0;
    for (size_t i = 0; i < COUNT_OF(before); i++) {
        word.count = 0;
        for (const char *p = before[i]; *p != '\0'; p++)
            word.letters[word.count++] = (unsigned char)*p;
        for (size_t j = skip; j < digits->count && word.count < TERM_LETTERS_MAX; j++)
            word.letters[word.count++] = digits->letters[j];
        TRY(add_term(m, ROOT_NAMES, &word, end));
    }
    return add_term(m, ROOT_NAMES, digits, end);
}

/* A name in Latin or other letters: as it is, and its first or last word at the other end. */
static err add_foreign_name(struct matcher *m, const struct word *name, const struct fold *fold,
                            struct match_end end) {
    size_t first = 0;
    size_t last = 0;
    TRY(add_term(m, ROOT_NAMES, name, end));
    for (size_t i = 1; i < fold->count && i < name->count; i++) {
        if (!fold->letters[i].begins) continue;
        if (first == 0) first = i;
        last = i;
    }
    if (first == 0) return OK;
    const struct word one = turned(name, first);
    const struct word other = turned(name, last);
    TRY(add_term(m, ROOT_NAMES, &one, end));
    return add_term(m, ROOT_NAMES, &other, end);
}

static err add_name(struct matcher *m, const struct fold *fold, struct word *word,
                    struct match_end end, bool *ret_is_kept) {
    struct word read = {.count = 0};
    *ret_is_kept = word->count >= 2;
    if (!*ret_is_kept) return OK;
    if (word->count <= NAME_SYLLABLES_MAX && is_all(word, fold_is_syllable)) {
        return add_hangul_name(m, word, end);
    }
    if (word->count <= NAME_SYLLABLES_MAX && is_all(word, fold_is_han)) {
        TRY(add_term(m, ROOT_NAMES, word, end));
        return add_han_name(m, word, &read, 0, end);
    }
    *ret_is_kept = word->count >= WORDS_LETTERS_MIN;
    return *ret_is_kept ? add_foreign_name(m, word, fold, end) : OK;
}

static err add(struct matcher *m, const struct match_term *term, bool *ret_is_kept) {
    CLEANUP(arena_done) struct arena a;
    struct match_end end = {.owner = term->owner, .kind = (uint8_t)term->kind, .lane = LANE_A};
    struct word word = {.count = 0};
    struct fold fold;
    arena_init(&a, m->arena->sys, 1 << 20);
    TRY(fold_text(&a, term->text, FOLD_TEXT, &fold));
    for (size_t i = 0; i < fold.count && word.count < TERM_LETTERS_MAX; i++) {
        uint32_t letter = fold.letters[i].letter;
        if (term->kind != MATCH_NUMBER || fold_is_digit(letter))
            word.letters[word.count++] = letter;
    }
    if (term->kind == MATCH_NAME) return add_name(m, &fold, &word, end, ret_is_kept);
    size_t least = term->kind == MATCH_NUMBER ? NUMBER_DIGITS_MIN : WORDS_LETTERS_MIN;
    *ret_is_kept = word.count >= least;
    if (!*ret_is_kept) return OK;
    end.lane = term->kind == MATCH_NUMBER ? LANE_E : LANE_A;
    return term->kind == MATCH_NUMBER ? add_number(m, &word, end)
                                      : add_term(m, ROOT_NAMES, &word, end);
}

err matcher_make(struct arena *a, const struct match_term *terms, size_t count,
                 const struct matcher **ret_matcher, size_t *ret_skipped) {
    struct matcher *m = arena_alloc(a, sizeof *m);
    if (m == NULL) FAIL(ERR_NO_MEMORY, "no memory for the watch list");
    *m = (struct matcher){.arena = a, .end_count = 1, .latin_count = 1, .syllable_count = 1};
    m->is_spelled = arena_array(a, SYLLABLE_COUNT, 1);
    m->more_of = arena_array(a, 1 << 10, sizeof *m->more_of);
    m->latin = arena_array(a, 1 << 8, sizeof *m->latin);
    m->latin_room = 1 << 8;
    if (m->latin == NULL || m->is_spelled == NULL || m->more_of == NULL)
        FAIL(ERR_NO_MEMORY, "no memory for the watch list");
    m->node_room = 1 << 10;
    m->node_count = FIRST_FREE_NODE;
    TRY(grow_edges(m));
    *ret_skipped = 0;
    for (size_t i = 0; i < count; i++) {
        bool is_kept = false;
        TRY(add(m, &terms[i], &is_kept));
        *ret_skipped += !is_kept;
    }
    TRY(match_openings_make(m));
    *ret_matcher = m;
    return OK;
}
