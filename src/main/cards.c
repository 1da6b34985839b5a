/* cards.c: see cards.h. */
#include "main/cards.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "press/press.h"
#include "vault/vault.h"

enum {
    CARD_ARENA_BYTES = 16 << 20, /* its words, and the file */
    UNSAVED_MAX = 200,           /* cards in one change of the archive */
};

/* ---- Beginning and ending ------------------------------------------------------------------- */

static err read_colours(struct site *site, struct cards *cards) {
    CLEANUP(fd_close) int theme = -1;
    struct press_colours colours;
    err e = file_open(site->run->a, site->folder, STR("theme"), O_RDONLY | O_DIRECTORY, &theme);
    if (e.kind != ERR_NOT_FOUND) TRY(e);
    TRY(press_colours(site->run->a, theme, &colours));
    cards->ground = colours.paper;
    cards->ink = colours.ink;
    cards->accent = colours.accent;
    return OK;
}

err cards_begin(struct site *site, struct cards *ret_cards) {
    cpu_set_t set;
    str encoder;
    struct cards cards = {.site = site, .hand_count = 1};
    TRY(arena_printf(site->run->a, &encoder, STR_FMT "/encoder", STR_ARG(site->run->programs)));
    cards.spec.encoder = encoder.ptr;
    if (sched_getaffinity(0, sizeof set, &set) == 0) cards.hand_count = (size_t)CPU_COUNT(&set);
    if (cards.hand_count > CARD_MAKERS_MAX) cards.hand_count = CARD_MAKERS_MAX;
    TRY(read_colours(site, &cards));
    *ret_cards = cards;
    return OK;
}

void cards_end(struct cards *cards) {
    for (size_t i = 0; i < cards->started; i++) {
        maker_stop(&cards->hands[i].maker);
        arena_done(&cards->hands[i].a);
    }
    cards->started = 0;
    if (cards->unsaved > 0) archive_rollback(cards->site->archive);
    cards->unsaved = 0;
}

/* ---- Keeping -------------------------------------------------------------------------------- */

static err save(struct cards *cards) {
    if (cards->unsaved == 0) return OK;
    cards->unsaved = 0;
    return archive_commit(cards->site->archive);
}

static err keep(struct cards *cards, struct card_in_hand *hand, const struct picture_set *set) {
    struct site *site = cards->site;
    str hex;
    vault_hash(set->sizes[0].bytes, hand->card.hash);
    TRY(vault_hex(&hand->a, hand->card.hash, sizeof hand->card.hash, &hex));
    TRY(file_replace(&hand->a, site->media, hex, set->sizes[0].bytes, 0644));
    if (cards->unsaved == 0) TRY(archive_begin(site->archive));
    cards->unsaved++;
    TRY(archive_card_put(site->archive, hand->key, &hand->card));
    return cards->unsaved < UNSAVED_MAX ? OK : save(cards);
}

/* A site without fonts is a site without cards, not one that cannot be published. */
static void complain(struct cards *cards, str key, const char *why) {
    progress_end(cards->site->run);
    if (!cards->has_complained)
        fprintf(stderr, "hanji: no card for " STR_FMT ": %s\n", STR_ARG(key), why);
    cards->has_complained = true;
}

static err take(struct cards *cards, struct card_in_hand *hand) {
    struct picture_set set;
    if (hand->maker.answer < 0) return OK;
    err e = maker_take(&hand->maker, &hand->a, &set);
    if (e.kind == ERR_NOT_FOUND) complain(cards, hand->key, e.message);
    if (e.kind == ERR_NONE) e = keep(cards, hand, &set);
    arena_done(&hand->a);
    return e.kind == ERR_NOT_FOUND || e.kind == ERR_INVALID ? OK : e;
}

/* ---- Wanting -------------------------------------------------------------------------------- */

static err free_hand(struct cards *cards, struct card_in_hand **ret_hand) {
    struct card_in_hand *hand = &cards->hands[cards->next];
    if (cards->next == cards->started) {
        hand->maker = (struct maker)MAKER_STOPPED;
        arena_init(&hand->a, cards->site->run->sys, CARD_ARENA_BYTES);
        cards->started++;
        TRY(maker_start(&cards->spec, &hand->maker));
    }
    TRY(take(cards, hand));
    arena_init(&hand->a, cards->site->run->sys, CARD_ARENA_BYTES);
    cards->next = (cards->next + 1) % cards->hand_count;
    *ret_hand = hand;
    return OK;
}

static err give(struct cards *cards, str key, str language, const struct archive_card *words) {
    struct card_in_hand *hand = NULL;
    TRY(free_hand(cards, &hand));
    TRY(arena_copy(&hand->a, key, &hand->key));
    TRY(arena_copy(&hand->a, words->title, &hand->card.title));
    TRY(arena_copy(&hand->a, words->line, &hand->card.line));
    struct card card = {.title = words->title,
                        .line = words->line,
                        .language = language,
                        .ground = cards->ground,
                        .ink = cards->ink,
                        .accent = cards->accent};
    return maker_give_card(&hand->maker, cards->site->run->sys, &card);
}

static err setting(struct site *site, const char *key, str language, str *ret_value) {
    *ret_value = (str){0};
    err e = archive_setting_get(site->archive, site->run->a, str_of(key), language, ret_value);
    return e.kind == ERR_NOT_FOUND ? OK : e;
}

err cards_want(struct cards *cards, const struct archive_version *version) {
    struct site *site = cards->site;
    struct archive_card words = {.title = version->title};
    struct archive_card held;
    str key;
    if (version->cover.media != 0 || str_trim(version->title).len == 0) return OK;
    TRY(archive_version_key(site->run->a, version, &key));
    err e = archive_card_get(site->archive, site->run->a, key, &held);
    if (e.kind == ERR_NONE && str_eq(held.title, version->title)) return OK;
    if (e.kind != ERR_NOT_FOUND) TRY(e);
    TRY(setting(site, "site.name", version->language, &words.line));
    return give(cards, key, version->language, &words);
}

err cards_want_site(struct cards *cards, str language) {
    struct site *site = cards->site;
    struct archive_card words = {0};
    struct archive_card held;
    str key;
    TRY(arena_printf(site->run->a, &key, "site/" STR_FMT, STR_ARG(language)));
    TRY(setting(site, "site.name", language, &words.title));
    TRY(setting(site, "site.tagline", language, &words.line));
    if (str_trim(words.title).len == 0) return OK;
    err e = archive_card_get(site->archive, site->run->a, key, &held);
    if (e.kind == ERR_NONE && str_eq(held.title, words.title) && str_eq(held.line, words.line))
        return OK;
    if (e.kind != ERR_NOT_FOUND) TRY(e);
    return give(cards, key, language, &words);
}

err cards_finish(struct cards *cards) {
    for (size_t i = 0; i < cards->started; i++) TRY(take(cards, &cards->hands[i]));
    return save(cards);
}

/* ---- One, and all --------------------------------------------------------------------------- */

/* hanji.ini: cards = all, or none for a site that wants none. */
static err are_wanted(struct site *site, bool *ret_are) {
    str text;
    TRY(site_ini(site, STR("cards"), STR("all"), &text));
    *ret_are = str_eq(text, STR("all"));
    if (!*ret_are && !str_eq(text, STR("none")))
        FAIL(ERR_INVALID, "hanji.ini: cards = " STR_FMT ": write all, or none", STR_ARG(text));
    return OK;
}

err cards_make(struct site *site, str key, int64_t version) {
    CLEANUP(cards_end) struct cards cards = {0};
    bool are = false;
    if (version == 0 && !str_starts(key, STR("site/"))) return OK; /* a picture needs none */
    TRY(are_wanted(site, &are));
    if (!are) return OK;
    TRY(cards_begin(site, &cards));
    if (version == 0) {
        TRY(cards_want_site(&cards, str_skip(key, STR("site/").len)));
    } else {
        struct archive_version whole;
        TRY(archive_version_load(site->archive, site->run->a, version, &whole));
        TRY(cards_want(&cards, &whole));
    }
    return cards_finish(&cards);
}

static err want_versions(struct cards *cards, bool only_adopted) {
    struct site *site = cards->site;
    struct arena *a = site->run->a;
    struct archive_filter filter = {.by_date = true};
    int64_t *ids = NULL;
    size_t count = 0;
    filter.only_statuses[ARCHIVE_PUBLISHED] = true;
    filter.only_statuses[ARCHIVE_SCHEDULED] = !only_adopted;
    TRY(archive_version_ids(site->archive, a, &filter, &ids, &count));
    for (size_t i = 0; i < count; i++) {
        struct arena_mark mark = arena_mark(a);
        struct archive_version version;
        TRY(archive_version_load(site->archive, a, ids[i], &version));
        progress(site->run, "cards: %zu of %zu", i + 1, count);
        if (!only_adopted || version.origin.len > 0) TRY(cards_want(cards, &version));
        arena_reset(a, mark);
    }
    return OK;
}

static err want_sites(struct cards *cards, bool only_adopted) {
    struct site *site = cards->site;
    str *languages = NULL;
    size_t count = 0;
    TRY(archive_languages(site->archive, site->run->a, &languages, &count));
    for (size_t i = 0; i < count; i++) {
        str origin;
        TRY(setting(site, "site.origin", languages[i], &origin));
        if (!only_adopted || origin.len > 0) TRY(cards_want_site(cards, languages[i]));
    }
    return OK;
}

err cards_make_all(struct site *site, bool only_adopted) {
    CLEANUP(cards_end) struct cards cards = {0};
    bool are = false;
    TRY(are_wanted(site, &are));
    if (!are) return OK;
    TRY(cards_begin(site, &cards));
    TRY(want_sites(&cards, only_adopted));
    TRY(want_versions(&cards, only_adopted));
    return cards_finish(&cards);
}
