/* watch.c: see watch.h. */
#include "gate/watch.h"

#include <string.h>

#include "gate/ledger_impl.h"

enum { WATCH_MEMORY_MAX = 1 << 30, CHECK_MEMORY_MAX = 1 << 24 };

static const struct {
    str word;
    enum match_kind kind;
    bool is_decoy;
} LABELS[] = {
    {STR("name"), MATCH_NAME},        {STR("alias"), MATCH_NAME},
    {STR("phone"), MATCH_NUMBER},     {STR("document"), MATCH_WORDS},
    {STR("address"), MATCH_WORDS},    {STR("이름"), MATCH_NAME},
    {STR("별명"), MATCH_NAME},        {STR("전화"), MATCH_NUMBER},
    {STR("문서"), MATCH_WORDS},       {STR("주소"), MATCH_WORDS},
    {STR("decoy"), MATCH_NAME, true}, {STR("미끼"), MATCH_NAME, true},
};

/* A person's names have one owner for the matcher, the decoys another. */
enum { OWNERS_A_PERSON = 2 };

/* One line as a term; an empty text: the line holds nothing. */
static struct match_term term_of(str line, uint32_t person) {
    struct match_term term = {
        .text = str_trim(line), .kind = MATCH_NAME, .owner = OWNERS_A_PERSON * person};
    str word;
    str rest;
    if (!str_cut(term.text, ':', &word, &rest)) return term;
    for (size_t i = 0; i < COUNT_OF(LABELS); i++) {
        if (!str_eq_nocase(str_trim(word), LABELS[i].word)) continue;
        term.kind = LABELS[i].kind;
        term.owner = OWNERS_A_PERSON * person + LABELS[i].is_decoy;
        term.text = str_trim(rest);
    }
    return term;
}

static size_t line_count(str text) {
    size_t count = 1;
    for (size_t i = 0; i < text.len; i++) count += text.ptr[i] == '\n';
    return count;
}

err watch_check(const struct sys *sys, str names) {
    CLEANUP(arena_done) struct arena a;
    str rest = names;
    size_t number = 0;
    arena_init(&a, sys, CHECK_MEMORY_MAX);
    while (rest.len > 0) {
        const struct matcher *matcher = NULL;
        size_t skipped = 0;
        str line;
        str_cut(rest, '\n', &line, &rest);
        number++;
        const struct match_term term = term_of(line, 0);
        if (term.text.len == 0) continue;
        TRY(matcher_make(&a, &term, 1, &matcher, &skipped));
        if (skipped > 0) {
            FAIL(ERR_INVALID,
                 "line %zu of the names is too short to be looked for: give a name of two "
                 "syllables or four letters, or a number of seven digits",
                 number);
        }
    }
    return OK;
}

static err make(struct ledger *ledger) {
    struct ledger_watch *watch = &ledger->state.watch;
    size_t lines = 0;
    size_t count = 0;
    size_t skipped = 0;
    uint32_t owner = 0;
    watch->person_count = -1; /* until it is whole */
    arena_done(&watch->arena);
    arena_init(&watch->arena, ledger->sys, WATCH_MEMORY_MAX);
    for (const struct ledger_person *p = ledger_people(ledger); p != NULL; p = p->next) {
        lines += line_count(p->names);
    }
    struct match_term *terms = arena_array(&watch->arena, lines, sizeof *terms);
    watch->people = arena_array(&watch->arena, (size_t)ledger->state.person_count,
                                sizeof(struct ledger_person *));
    if (terms == NULL || watch->people == NULL) FAIL(ERR_NO_MEMORY, "no memory for the watch list");
    for (const struct ledger_person *p = ledger_people(ledger); p != NULL; p = p->next, owner++) {
        str rest = p->names;
        watch->people[owner] = p;
        while (rest.len > 0) {
            str line;
            str_cut(rest, '\n', &line, &rest);
            terms[count] = term_of(line, owner);
            count += terms[count].text.len > 0;
        }
    }
    TRY(matcher_make(&watch->arena, terms, count, &watch->matcher, &skipped));
    watch->term_count = count;
    watch->person_count = ledger->state.person_count;
    return OK;
}

struct reading {
    const struct ledger_watch *watch;
    watch_see *see;
    void *context;
};

static err see_hit(void *context, const struct match_hit *hit) {
    const struct reading *r = context;
    const struct watch_hit told = {.person = r->watch->people[hit->owner / OWNERS_A_PERSON],
                                   .at = hit,
                                   .is_decoy = hit->owner % OWNERS_A_PERSON != 0};
    return r->see(r->context, &told);
}

err watch_read(struct ledger *ledger, struct arena *a, const struct watch_text *text,
               watch_see *see, void *context) {
    struct ledger_watch *watch = &ledger->state.watch;
    CLEANUP(arena_done) struct arena scratch;
    struct reading r = {.watch = watch, .see = see, .context = context};
    struct fold fold;
    arena_init(&scratch, a->sys, WATCH_MEMORY_MAX);
    if (watch->person_count != ledger->state.person_count) TRY(make(ledger));
    if (watch->term_count == 0 || text->text.len == 0) return OK;
    TRY(fold_text(&scratch, text->text, text->kind, &fold));
    return matcher_read(watch->matcher, &fold, see_hit, &r);
}
