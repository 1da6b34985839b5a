/* pressroom.h: from cleared stories to a live pressing: press, have it sealed, publish. */
#pragma once

#include "main/site.h"
#include "press/press.h"

struct pressroom_result {
    struct press_report report;
    size_t due;   /* scheduled stories whose hour had come */
    bool is_live; /* false: the gate found something, `seal.findings` says what */
    struct gate_seal_reply seal;
};

/* Publishes the scheduled stories whose hour has come, presses the whole site, has the gate read
 * and seal the finished bytes, and makes it the live pressing in one step. What was covered by a
 * clearance that the gate finds ended is pressed again without it. With `is_anew` nothing is taken
 * over from what is live. A crash at any moment leaves
 * the pressing that was live. fails: as press_site, site_ask and pressing_publish. */
err pressroom_press(struct site *site, str by, bool is_anew,
                    struct pressroom_result *ret_result) MUST_USE;

/* Publishes a pressing without pages: readers get an empty answer until the next press succeeds.
 * For a withdrawal whose press fails: what was called back must not stay because something else is
 * wrong. fails: as pressroom_press. */
err pressroom_go_dark(struct site *site, str by) MUST_USE;

/* The same while the gate is locked, with a pressing that was sealed for it: see dark.h.
 * fails: as dark_go. */
err pressroom_go_dark_unsealed(struct site *site) MUST_USE;

/* Reads every byte of the live pressing and prints each damaged path; sets *ret_exit when there is
 * one. fails: as pressing_check. */
err pressroom_check(struct site *site, int *ret_exit) MUST_USE;

/* The live index is lost or damaged: makes another from the packs, has it read and sealed, and
 * makes it live. Prints what came of it; sets *ret_exit when the gate did not seal it.
 * fails: ERR_NOT_FOUND (no packs that make a whole), as site_ask and pressing_publish. */
err pressroom_repair(struct site *site, str by, int *ret_exit) MUST_USE;

/* Prints what was pressed, left out and found; sets *ret_exit when nothing went live. */
err pressroom_print(struct run *run, const struct pressroom_result *result, int *ret_exit) MUST_USE;
