/* command_unlock.c: hanji unlock, lock and status: the gate that stays. */
#include "base/date.h"
#include "main/dark.h"

enum { HOURS = 3600, STANDARD_HOURS = 8 };

static err minute_text(struct arena *a, int64_t seconds, str *ret_text) {
    struct date date = date_of(seconds);
    return arena_printf(a, ret_text, "%04d-%02d-%02d %02d:%02d UTC", date.year, date.month,
                        date.day, date.hour, date.minute);
}

/* "8" and "8h" are hours, "30m" minutes, "90s" seconds. */
static bool read_time(str text, uint64_t *ret_seconds) {
    static const struct {
        str unit;
        uint64_t seconds;
    } units[] = {{STR("h"), HOURS}, {STR("m"), 60}, {STR("s"), 1}};
    uint64_t unit = HOURS;
    for (size_t i = 0; i < COUNT_OF(units); i++) {
        if (!str_ends(text, units[i].unit)) continue;
        unit = units[i].seconds;
        text = str_slice(text, 0, text.len - 1);
        break;
    }
    if (!str_to_u64(text, ret_seconds) || *ret_seconds > LIMIT_GATE_STAY_SECONDS) return false;
    *ret_seconds *= unit;
    return *ret_seconds > 0 && *ret_seconds <= LIMIT_GATE_STAY_SECONDS;
}

static const char *memory_words(int64_t memory) {
    switch ((enum gate_memory)memory) {
    case GATE_MEMORY_ALL: return "its memory is never written to a swap disk";
    case GATE_MEMORY_KEYS:
        return "its keys are never written to a swap disk, the names in it may be: the limit of "
               "locked memory (ulimit -l) is too low";
    case GATE_MEMORY_NONE: break;
    }
    return "its memory may be written to a swap disk: the limit of locked memory (ulimit -l) is "
           "too low";
}

static const char *memory_name(int64_t memory) {
    return memory == GATE_MEMORY_ALL ? "all" : memory == GATE_MEMORY_KEYS ? "keys" : "none";
}

static err print_status(struct run *run, const struct gate_status *status) {
    str until;
    if (run->json) {
        struct buf text;
        str done;
        buf_init(&text, run->a, LIMIT_FIELD_BYTES);
        buf_printf(&text,
                   "{\"locked\": false, \"until\": %lld, \"process\": %lld, "
                   "\"memory\": \"%s\", \"officer\": \"",
                   (long long)status->until, (long long)status->process,
                   memory_name(status->memory));
        json_text(&text, status->officer);
        buf_add(&text, STR("\"}\n"));
        TRY(buf_finish(&text, &done));
        return print_text(done);
    }
    TRY(minute_text(run->a, status->until, &until));
    TRY(print_format("The gate is unlocked until " STR_FMT ", by " STR_FMT ".\n", STR_ARG(until),
                     STR_ARG(status->officer)));
    return print_format("  It is process %lld; %s.\n", (long long)status->process,
                        memory_words(status->memory));
}

/* ---- unlock ---------------------------------------------------------------------------------- */

static const struct option unlock_options[] = {
    {"for", OPTION_TEXT, "HOURS", "how long, at most 24 (8); 30m are minutes"},
};

static err run_unlock(struct run *run, int *ret_exit) {
    (void)ret_exit;
    CLEANUP(site_close) struct site site = SITE_CLOSED;
    uint64_t seconds = STANDARD_HOURS * HOURS;
    struct gate_status status;
    str length = option_text(run->arguments, "for");
    if (length.len > 0 && !read_time(length, &seconds))
        return misused(run, "--for is a number of hours, at most 24, or of minutes, as 30m");
    TRY(site_open(run, &site));
    err e = site_gate_staying(&site);
    if (e.kind == ERR_NONE)
        FAIL(ERR_EXISTS, "the gate is unlocked already: 'hanji status' says until when, "
                         "'hanji lock' ends it");
    if (e.kind != ERR_NOT_FOUND) return e;
    TRY(site_archive(&site, false));
    TRY(site_gate_unlock(&site, seconds, &status));
    TRY(print_status(run, &status));
    return dark_enter(&site); /* what was called back while it was locked */
}

const struct command command_unlock = {
    .name = "unlock",
    .operands = "",
    .summary = "have an officer unlock the gate for some hours, so that commands need not ask",
    .details =
        "The gate stays as a process of its own until its time is over, 'hanji lock', or the\n"
        "machine stops. Whoever asks it without being an officer (--as NAME) is told that a\n"
        "name stops a story, and neither which nor where. What only an officer may do asks for\n"
        "the passphrase each time.",
    .options = unlock_options,
    .option_count = COUNT_OF(unlock_options),
    .run = run_unlock,
};

/* ---- lock ------------------------------------------------------------------------------------ */

static err run_lock(struct run *run, int *ret_exit) {
    (void)ret_exit;
    CLEANUP(site_close) struct site site = SITE_CLOSED;
    bool was_there = false;
    TRY(site_open(run, &site));
    TRY(site_gate_lock(&site, &was_there));
    if (run->json)
        return print_format("{\"locked\": true, \"was_unlocked\": %s}\n",
                            was_there ? "true" : "false");
    return print_text(was_there ? STR("The gate is locked.\n")
                                : STR("The gate was locked already.\n"));
}

const struct command command_lock = {
    .name = "lock",
    .operands = "",
    .summary = "lock the gate: its process ends, and the keys in its memory with it",
    .details = "Anybody may. What is being asked at that moment is not answered.",
    .run = run_lock,
};

/* ---- status ---------------------------------------------------------------------------------- */

static const char *const NOTICE_WORDS[] = {
    [GATE_NOTICE_STOPPED] = "stopped for a name",
    [GATE_NOTICE_DECOY] = "ALARM: met a decoy",
    [GATE_NOTICE_REVEAL] = "a real name was shown",
};
static const char *const NOTICE_NAMES[] = {
    [GATE_NOTICE_STOPPED] = "stopped",
    [GATE_NOTICE_DECOY] = "decoy",
    [GATE_NOTICE_REVEAL] = "reveal",
};

static err print_watch_json(struct run *run, const struct gate_watch *watch) {
    struct buf text;
    str done;
    buf_init(&text, run->a, LIMIT_MESSAGE_BYTES);
    buf_printf(&text, "{\"asked\": %lld, \"stopped\": %lld, \"max\": %lld, \"notices\": [",
               (long long)watch->asked, (long long)watch->stopped, (long long)watch->max);
    for (size_t i = 0; i < watch->count; i++) {
        const struct gate_notice *notice = &watch->notices[i];
        if (notice->kind < 0 || notice->kind >= (int64_t)COUNT_OF(NOTICE_NAMES)) continue;
        buf_printf(&text, "%s{\"kind\": \"%s\", \"at\": %lld, \"about\": \"", i > 0 ? ",\n " : "",
                   NOTICE_NAMES[notice->kind], (long long)notice->at);
        json_text(&text, notice->about);
        buf_add(&text, STR("\", \"who\": \""));
        json_text(&text, notice->who);
        buf_add(&text, STR("\", \"reason\": \""));
        json_text(&text, notice->reason);
        buf_add(&text, STR("\"}"));
    }
    buf_add(&text, STR("]}\n"));
    TRY(buf_finish(&text, &done));
    return print_text(done);
}

static err print_watch(struct run *run, const struct gate_watch *watch) {
    if (run->json) return print_watch_json(run, watch);
    TRY(print_format("In the last hour %lld texts were asked about without an officer, of %lld "
                     "that are answered; a name stopped %lld.\n",
                     (long long)watch->asked, (long long)watch->max, (long long)watch->stopped));
    for (size_t i = 0; i < watch->count; i++) {
        const struct gate_notice *notice = &watch->notices[i];
        str at;
        if (notice->kind < 0 || notice->kind >= (int64_t)COUNT_OF(NOTICE_WORDS)) continue;
        TRY(minute_text(run->a, notice->at, &at));
        TRY(print_format("  " STR_FMT "  " STR_FMT ": %s%s" STR_FMT "%s" STR_FMT "\n", STR_ARG(at),
                         STR_ARG(notice->about), NOTICE_WORDS[notice->kind],
                         notice->who.len > 0 ? ", by " : "", STR_ARG(notice->who),
                         notice->reason.len > 0 ? ": " : "", STR_ARG(notice->reason)));
    }
    return OK;
}

static err run_status(struct run *run, int *ret_exit) {
    (void)ret_exit;
    CLEANUP(site_close) struct site site = SITE_CLOSED;
    const struct gate_nothing nothing = {0};
    struct gate_status status;
    struct gate_watch watch;
    TRY(site_open(run, &site));
    if (option_given(run->arguments, "as")) {
        TRY(site_ask(&site, GATE_WATCH, &nothing, &watch));
        TRY(site_ask(&site, GATE_STATUS, &nothing, &status));
        if (site.stays && !run->json) TRY(print_status(run, &status));
        return print_watch(run, &watch);
    }
    err e = site_gate_staying(&site);
    if (e.kind == ERR_NOT_FOUND) {
        return print_text(run->json ? STR("{\"locked\": true}\n")
                                    : STR("The gate is locked; 'hanji unlock' opens it.\n"));
    }
    TRY(e);
    TRY(site_ask(&site, GATE_STATUS, &nothing, &status));
    return print_status(run, &status);
}

const struct command command_status = {
    .name = "status",
    .operands = "",
    .summary = "say whether the gate is locked, or until when it is unlocked and by whom",
    .details =
        "With --as NAME the officer of that name is told what was asked of the gate: how\n"
        "many texts by others, what a name stopped, which met a decoy, and which real names\n"
        "were shown to whom.",
    .run = run_status,
};
