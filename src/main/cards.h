/* cards.h: having cards drawn for items that show no picture of their own.
 *
 * A card is drawn before somebody answers for an item (hanji appears, hanji adopt): what they
 * answer for, and what the gate then clears, holds the card's file beside the title that is drawn
 * in it. From then on it is a picture of the item like any other: it leaves with its clearance and
 * goes with it. A press draws nothing.
 *
 * An item keeps its card as long as its title is the one in it. Cards drawn before the site had
 * another name or other colours stay as they are until then: a new file would undo every statement
 * that was made. */
#pragma once

#include "main/site.h"
#include "scrub/maker.h"

enum { CARD_MAKERS_MAX = 8 };

/* Cards on their way, as many at once as there are processors. */
struct cards {
    struct site *site;
    struct maker_spec spec;
    int64_t ground; /* the theme's colours */
    int64_t ink;
    int64_t accent;
    struct card_in_hand {
        struct arena a;
        struct maker maker;
        str key;
        struct archive_card card;
    } hands[CARD_MAKERS_MAX];
    size_t started; /* hands that have a maker */
    size_t hand_count;
    size_t next;    /* the hand whose turn it is */
    size_t unsaved; /* rows in an open change of the archive */
    bool has_complained;
};

/* Begins; the archive must be open to write. No program is started before the first card.
 * fails: ERR_IO, ERR_NO_MEMORY. */
err cards_begin(struct site *site, struct cards *ret_cards) MUST_USE;

/* Wants the card of an item; one that is there, or for which there is no room or title, is not
 * drawn. That there is no font for it is told once, on standard error, and is no failure.
 * fails: ERR_IO, ERR_BUSY, ERR_NO_MEMORY. */
err cards_want(struct cards *cards, const struct archive_version *version) MUST_USE;
err cards_want_site(struct cards *cards, str language) MUST_USE;

/* Waits for all that was wanted, and keeps it. */
err cards_finish(struct cards *cards) MUST_USE;
void cards_end(struct cards *cards); /* fits CLEANUP; what was not finished is forgotten */

/* The card of one item, and those of all: of every published or scheduled version, and of what
 * stands around them; with `only_adopted`, of those that were public elsewhere. */
err cards_make(struct site *site, str key, int64_t version) MUST_USE;
err cards_make_all(struct site *site, bool only_adopted) MUST_USE;
