/* command_press.c: hanji press. */
#include "main/dark.h"
#include "main/pressroom.h"

static const struct option press_options_table[] = {
    {"by", OPTION_TEXT, "NAME", "who presses"},
    {"anew", OPTION_FLAG, NULL, "take nothing over from what is live: make every page again"},
    {"check", OPTION_FLAG, NULL,
     "press nothing: read every byte of what is live, and say what is damaged"},
    {"repair", OPTION_FLAG, NULL,
     "press nothing: write a lost or damaged index anew from the packs"},
};

static err run_press(struct run *run, int *ret_exit) {
    CLEANUP(site_close) struct site site = SITE_CLOSED;
    struct pressroom_result result;
    str by = option_text(run->arguments, "by");
    bool checks = option_given(run->arguments, "check");
    bool repairs = option_given(run->arguments, "repair");
    if (checks && repairs) return misused(run, "--check and --repair are two things");
    TRY(site_open(run, &site));
    if (checks) return pressroom_check(&site, ret_exit);
    if (repairs) return pressroom_repair(&site, by, ret_exit);
    TRY(site_archive(&site, false));
    err e = pressroom_press(&site, by, option_given(run->arguments, "anew"), &result);
    if (run->is_locked) TRY(dark_waiting(&site));
    TRY(e);
    return pressroom_print(run, &result, ret_exit);
}

const struct command command_press = {
    .name = "press",
    .operands = "",
    .summary = "make finished pages of all that is cleared, have the gate seal them, go live",
    .details = "Scheduled stories whose hour has come are published first. A site that is being\n"
               "served changes over at once, without dropping a request.\n"
               "Exits with 1 when the gate found something and nothing went live, or when --check\n"
               "found damage.",
    .options = press_options_table,
    .option_count = COUNT_OF(press_options_table),
    .run = run_press,
};
