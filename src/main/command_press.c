/* command_press.c: hanji press, and hanji withdraw, which presses as well. */
#include <stdio.h>

#include "main/dark.h"
#include "main/pressroom.h"
#include "main/words.h"

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

/* ---- withdraw ------------------------------------------------------------------------------- */

static const struct option withdraw_options[] = {
    {"person", OPTION_TEXT, "PERSON", "all that rests on this person's consent"},
    {"every-language", OPTION_FLAG, NULL, "the story in every language it has"},
    {"how", OPTION_TEXT, "WORDS", "how the wish reached us (no reason is needed)"},
    {"dark", OPTION_FLAG, NULL,
     "nobody can unlock the gate: take the whole site down until it is pressed again"},
    {"by", OPTION_TEXT, "NAME", "who enters it"},
};

/* "12/en" -> "12/" + "*". */
static err widen(struct run *run, str *key) {
    size_t slash = str_find_byte(*key, '/');
    return arena_printf(run->a, key, STR_FMT "/*", STR_ARG(str_slice(*key, 0, slash)));
}

/* In the archive: the story is withdrawn, its clearance gone. The gate has decided already. A story
 * that only held a picture which was called back returns to its editors. */
static err take_down(struct site *site, int64_t id, enum archive_status status, str by, str how) {
    struct archive_version version;
    str key;
    TRY(archive_version_load(site->archive, site->run->a, id, &version));
    TRY(archive_version_key(site->run->a, &version, &key));
    TRY(archive_version_set_status(site->archive, id, status));
    TRY(archive_clearance_drop(site->archive, key));
    return archive_audit_add(site->archive, by, STR("withdraw"), key, how);
}

static err take_down_story(struct site *site, int64_t id, bool every_language, str by, str how) {
    struct archive_version version;
    struct archive_filter filter = {0};
    int64_t *ids = &id;
    size_t count = 1;
    if (every_language) {
        TRY(archive_version_load(site->archive, site->run->a, id, &version));
        filter.group = version.group;
        TRY(archive_version_ids(site->archive, site->run->a, &filter, &ids, &count));
    }
    for (size_t i = 0; i < count; i++) {
        TRY(take_down(site, ids[i], ARCHIVE_WITHDRAWN, by, how));
    }
    return OK;
}

/* Versions whose clearance ended with a person's consent, or with a picture in them. */
static err take_down_ended(struct site *site, const struct gate_keys *ended,
                           const struct gate_withdraw *wish) {
    enum archive_status status = wish->person.len > 0 ? ARCHIVE_WITHDRAWN : ARCHIVE_REVIEW;
    for (size_t i = 0; i < ended->count; i++) {
        int64_t id = 0;
        str key = ended->keys[i].text;
        TRY(archive_clearance_drop(site->archive, key));
        if (str_starts(key, STR("site/"))) continue;
        TRY(site_find(site, key, &id));
        TRY(take_down(site, id, status, wish->by, wish->how));
    }
    return OK;
}

static err print_withdrawal(struct run *run, const struct gate_keys *ended) {
    if (run->json) return OK;
    TRY(print_text(STR("Withdrawn. It answers 410 from the moment the new pressing is live.\n")));
    for (size_t i = 0; i < ended->count; i++) {
        TRY(print_format("  removed: " STR_FMT "\n", STR_ARG(ended->keys[i].text)));
    }
    return print_text(STR("  asked to remove: none (search engines and others are not asked yet)\n"
                          "  yours to remove: a mirror hears of it with the next export site\n"
                          "  cannot be called back: copies that readers and others made\n"));
}

/* The new pages could not be made. Better no site than one that shows what was called back. */
static err take_all_down(struct site *site, str by, err cause) {
    err dark = pressroom_go_dark(site, by);
    if (dark.kind != ERR_NONE) {
        return err_wrap(dark, "withdrawn in the ledger, but STILL ONLINE: stop 'hanji serve' now");
    }
    if (cause.kind == ERR_NONE) {
        FAIL(ERR_DENIED,
             "the whole site is dark until 'hanji press' succeeds: what was withdrawn must "
             "not stay online");
    }
    return err_wrap(cause, "withdrawn; the whole site is dark until 'hanji press' succeeds");
}

/* Without a gate: readers first, then a note, which is entered in the ledger before the next
 * press. */
static err withdraw_dark(struct site *site, const struct gate_withdraw *wish, int64_t id) {
    if (str_trim(wish->by).len == 0)
        return misused(site->run, "who enters the withdrawal (--by) is missing");
    TRY(pressroom_go_dark_unsealed(site));
    TRY(archive_begin(site->archive));
    TRY(dark_note(site, wish));
    if (id != 0)
        TRY(take_down_story(site, id, str_ends(wish->key, STR("/*")), wish->by, wish->how));
    TRY(archive_commit(site->archive));
    if (site->run->json) return print_text(STR("{\"dark\": true, \"noted\": true}\n"));
    return print_text(STR("The whole site is dark. The withdrawal is noted; it is entered in the "
                          "ledger before the\nnext press. Have the gate unlocked (hanji unlock), "
                          "then: hanji press\n"));
}

/* Asks for the passphrase before the archive is held. */
static err open_gate(struct site *site) {
    err e = site_gate(site);
    if (!site->run->is_locked) return e;
    FAIL(ERR_DENIED, "NOT withdrawn, and STILL ONLINE: the gate is locked and there is no terminal "
                     "to ask the protection officer on; have it unlocked (hanji unlock), give "
                     "--passphrase-file, or take the whole site down now with --dark");
}

static err run_withdraw(struct run *run, int *ret_exit) {
    CLEANUP(site_close) struct site site = SITE_CLOSED;
    struct gate_withdraw wish = {.person = option_text(run->arguments, "person"),
                                 .by = option_text(run->arguments, "by"),
                                 .how = option_text(run->arguments, "how")};
    struct pressroom_result result;
    struct gate_keys ended;
    int64_t id = 0;
    bool every_language = option_given(run->arguments, "every-language");
    if ((run->arguments->operand_count == 0) == (wish.person.len == 0)) {
        return misused(run, "name one story or picture, or a person with --person");
    }
    TRY(site_open(run, &site));
    TRY(site_archive(&site, false));
    if (wish.person.len == 0) {
        TRY(words_item(&site, str_of(run->arguments->operands[0]), &wish.key, &id));
        if (every_language && id != 0) TRY(widen(run, &wish.key));
    }
    if (option_given(run->arguments, "dark")) return withdraw_dark(&site, &wish, id);
    TRY(open_gate(&site));
    TRY(archive_begin(site.archive));
    TRY(site_ask(&site, GATE_WITHDRAW, &wish, &ended)); /* takes effect first */
    if (id != 0)
        TRY(take_down_story(&site, id, every_language, wish.by, wish.how));
    else
        TRY(take_down_ended(&site, &ended, &wish));
    TRY(archive_commit(site.archive));
    TRY(print_withdrawal(run, &ended));
    err e = pressroom_press(&site, wish.by, /* is_anew= */ false, &result);
    if (e.kind == ERR_NONE && result.is_live) return pressroom_print(run, &result, ret_exit);
    if (e.kind == ERR_NONE) TRY(pressroom_print(run, &result, ret_exit));
    return take_all_down(&site, wish.by, e);
}

const struct command command_withdraw = {
    .name = "withdraw",
    .operands = "[STORY|mN]",
    .summary = "call a story, a picture or a person back, at once",
    .details =
        "Needs one person and no reason. The story leaves every page, feed, map and picture of\n"
        "the site, its addresses answer 410, and the files that held it are unlinked. Giving it\n"
        "back is for two people. While the gate is locked and nobody can unlock it, --dark takes\n"
        "the whole site down at once and notes what is to be called back.",
    .options = withdraw_options,
    .option_count = COUNT_OF(withdraw_options),
    .operands_max = 1,
    .run = run_withdraw,
};
