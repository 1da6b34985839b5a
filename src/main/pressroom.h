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
 * clearance that the gate finds ended is pressed again without it. A crash at any moment leaves
 * the pressing that was live. fails: as press_site, site_ask and pressing_publish. */
err pressroom_press(struct site *site, str by, struct pressroom_result *ret_result) MUST_USE;

/* Publishes a pressing without pages: readers get an empty answer until the next press succeeds.
 * For a withdrawal whose press fails: what was called back must not stay because something else is
 * wrong. fails: as pressroom_press. */
err pressroom_go_dark(struct site *site, str by) MUST_USE;

/* Prints what was pressed, left out and found; sets *ret_exit when nothing went live. */
err pressroom_print(struct run *run, const struct pressroom_result *result, int *ret_exit) MUST_USE;
