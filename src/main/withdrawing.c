/* withdrawing.c: see withdrawing.h. */
#include "main/withdrawing.h"
#include "main/dark.h"

#include "main/recall.h"

/* ---- In the archive -------------------------------------------------------------------------- */

/* The story is withdrawn, its clearance gone. The gate has decided already. A story that only held
 * a picture which was called back returns to its editors. */
static err take_down(struct site *site, int64_t id, enum archive_status status,
                     const struct withdrawing_wish *wish) {
    struct archive_version version;
    str key;
    TRY(archive_version_load(site->archive, site->run->a, id, &version));
    TRY(archive_version_key(site->run->a, &version, &key));
    TRY(archive_version_set_status(site->archive, id, status));
    TRY(archive_clearance_drop(site->archive, key));
    return archive_audit_add(site->archive, wish->by, STR("withdraw"), key, wish->how);
}

static err take_down_story(struct site *site, const struct withdrawing_wish *wish) {
    struct archive_version version;
    struct archive_filter filter = {0};
    int64_t id = wish->version;
    int64_t *ids = &id;
    size_t count = 1;
    if (wish->every_language) {
        TRY(archive_version_load(site->archive, site->run->a, id, &version));
        filter.group = version.group;
        TRY(archive_version_ids(site->archive, site->run->a, &filter, &ids, &count));
    }
    for (size_t i = 0; i < count; i++) TRY(take_down(site, ids[i], ARCHIVE_WITHDRAWN, wish));
    return OK;
}

/* Versions whose clearance ended with a person's consent, or with a picture in them. */
static err take_down_ended(struct site *site, const struct gate_keys *ended,
                           const struct withdrawing_wish *wish) {
    enum archive_status status = wish->is_of_person ? ARCHIVE_WITHDRAWN : ARCHIVE_REVIEW;
    for (size_t i = 0; i < ended->count; i++) {
        int64_t id = 0;
        str key = ended->keys[i].text;
        TRY(archive_clearance_drop(site->archive, key));
        if (str_starts(key, STR("site/"))) continue;
        TRY(site_find(site, key, &id));
        TRY(take_down(site, id, status, wish));
    }
    return OK;
}

/* ---- What came of it ------------------------------------------------------------------------- */

/* The new pages could not be made. Better no site than one that shows what was called back. */
static err take_all_down(struct site *site, str by, err cause) {
    err dark = pressroom_go_dark(site, by);
    if (dark.kind != ERR_NONE) {
        return err_wrap(dark, "withdrawn in the ledger, but STILL ONLINE: stop 'hanji serve' now");
    }
    if (cause.kind == ERR_NONE) {
        return err_make(ERR_DENIED, __FILE__, __LINE__,
                        "the whole site is dark until 'hanji press' succeeds: what was withdrawn "
                        "must not stay online");
    }
    return err_wrap(cause, "withdrawn; the whole site is dark until 'hanji press' succeeds");
}

static err print_told(struct run *run, const struct recall_told *told) {
    if (!run->json) return recall_print(told);
    TRY(print_format("{\"drill\": %s, ", told->is_drill ? "true" : "false"));
    return recall_print_json(told);
}

/* The lists and the proof. A proof that cannot be made, or that found something, is told and shows
 * in the exit code; the withdrawal stands. */
static err tell(struct site *site, struct recall_told *told, int *ret_exit) {
    struct recall_proof proof;
    told->a = site->run->a;
    if (told->failed.kind == ERR_NONE) {
        told->failed = recall_prove(told->recall, &proof);
        if (told->failed.kind == ERR_NONE) told->proof = &proof;
    }
    bool is_clean = told->proof != NULL && proof.found == 0 && proof.still.count == 0;
    if (!is_clean && !told->is_drill) *ret_exit = EXIT_FINDINGS;
    if (told->is_drill && told->proof == NULL) *ret_exit = EXIT_FINDINGS;
    return print_told(site->run, told);
}

/* What was pressed, then that it is gone. */
static err print_all(struct site *site, const struct pressroom_result *result,
                     struct recall_told *told, int *ret_exit) {
    if (!site->run->json && result != NULL) TRY(pressroom_print(site->run, result, ret_exit));
    TRY(tell(site, told, ret_exit));
    if (!site->run->json) return OK;
    if (result == NULL) return print_text(STR(", \"pressing\": null}\n"));
    TRY(print_text(STR(", \"pressing\": ")));
    TRY(pressroom_print(site->run, result, ret_exit));
    return print_text(STR("}\n"));
}

static err press_without_it(struct site *site, str by, struct recall_told *told, int *ret_exit) {
    struct pressroom_result result;
    err e = pressroom_press(site, by, /* is_anew= */ false, &result);
    bool is_pressed = e.kind == ERR_NONE;
    if (is_pressed && result.is_live) return print_all(site, &result, told, ret_exit);
    e = take_all_down(site, by, e);
    err printed = print_all(site, is_pressed ? &result : NULL, told, ret_exit);
    return e.kind == ERR_NONE ? printed : e;
}

/* Asks for the passphrase before the archive is held. */
static err open_gate(struct site *site) {
    err e = site_gate(site);
    if (!site->run->is_locked) return e;
    FAIL(ERR_DENIED, "NOT withdrawn, and STILL ONLINE: the gate is locked and there is no terminal "
                     "to ask the protection officer on; have it unlocked (hanji unlock), give "
                     "--passphrase-file, or take the whole site down now with --dark");
}

/* Readers first, then the note. */
err withdrawing_dark(struct site *site, const struct withdrawing_wish *wish) {
    if (str_trim(wish->by).len == 0)
        return misused(site->run, "who enters the withdrawal (--by) is missing");
    TRY(pressroom_go_dark_unsealed(site));
    TRY(archive_begin(site->archive));
    TRY(dark_note(site, wish->request));
    if (wish->version != 0) TRY(take_down_story(site, wish));
    TRY(archive_commit(site->archive));
    if (site->run->json) return print_text(STR("{\"dark\": true, \"noted\": true}\n"));
    return print_text(STR("The whole site is dark. The withdrawal is noted; it is entered in the "
                          "ledger before the\nnext press. Have the gate unlocked (hanji unlock), "
                          "then: hanji press\n"));
}

err withdrawing_run(struct site *site, const struct withdrawing_wish *wish, int *ret_exit) {
    struct recall recall;
    struct gate_keys ended;
    struct recall_told told = {.recall = &recall, .failed = OK};
    TRY(open_gate(site));
    TRY(archive_begin(site->archive));
    TRY(site_ask(site, GATE_WITHDRAW, wish->request, &ended)); /* takes effect first */
    told.failed = recall_collect(site, &ended, wish->key, &recall);
    if (told.failed.kind != ERR_NONE) told.recall = NULL;
    if (wish->version != 0)
        TRY(take_down_story(site, wish));
    else
        TRY(take_down_ended(site, &ended, wish));
    TRY(archive_commit(site->archive));
    if (!site->run->json) TRY(print_text(wish->first_words));
    return press_without_it(site, wish->by, &told, ret_exit);
}

err withdrawing_drill(struct site *site, const struct gate_withdraw *wish) {
    struct recall recall;
    struct gate_keys ended;
    struct recall_told told = {.recall = &recall, .failed = OK, .is_drill = true};
    int ignored = 0;
    TRY(site_ask(site, GATE_DRILL, wish, &ended));
    TRY(recall_collect(site, &ended, wish->key, &recall));
    if (!site->run->json) {
        TRY(print_text(STR("A drill. Nothing was withdrawn, and nothing is entered.\n")));
    }
    TRY(tell(site, &told, &ignored));
    return site->run->json ? print_text(STR("}\n")) : OK;
}
