/* pressroom.c: see pressroom.h. */
#include "main/pressroom.h"
#include "main/dark.h"
#include "main/findings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>

#include "pressing/pressing.h"

enum {
    ATTEMPTS_MAX = 4,
    WALK_BYTES_MAX = 128 << 20, /* one version, whole, at a time */
};

/* ---- What has ended ------------------------------------------------------------------------- */

struct ending {
    struct site *site;
    const struct gate_seal_reply *reply;
    size_t dropped;
};

static bool has_ended(const struct gate_seal_reply *reply, const unsigned char *hash) {
    for (size_t i = 0; i < reply->ended_count; i++) {
        if (memcmp(reply->ended[i].hash, hash, CLEARANCE_HASH_BYTES) == 0) return true;
    }
    return false;
}

/* Drops the clearance of an item when the gate says that it has ended. */
static err drop_if_ended(struct ending *ending, str key) {
    struct site *site = ending->site;
    unsigned char hash[CLEARANCE_HASH_BYTES];
    const struct clearance *clearance = NULL;
    str bytes;
    err e = archive_clearance_get(site->archive, site->run->a, key, STR("web"), &bytes);
    if (e.kind == ERR_NONE) e = clearance_read(site->run->a, site->clearing_key, bytes, &clearance);
    if (e.kind == ERR_NOT_FOUND || e.kind == ERR_DENIED || e.kind == ERR_INVALID) return OK;
    TRY(e);
    clearance_hash(clearance, hash);
    if (!has_ended(ending->reply, hash)) return OK;
    ending->dropped++;
    return archive_clearance_drop(site->archive, key);
}

static err drop_of_version(void *context, struct archive_version *version) {
    struct ending *ending = context;
    str key;
    TRY(archive_version_key(ending->site->run->a, version, &key));
    return drop_if_ended(ending, key);
}

/* A pressing knows clearances by their hashes alone: whose they are is in the archive. Every
 * version is looked at, which is rarely needed: a command that ends a clearance drops it itself,
 * and one whose time has ended is not pressed. */
static err drop_ended(struct site *site, const struct gate_seal_reply *reply, size_t *ret_dropped) {
    CLEANUP(arena_done) struct arena walk;
    struct ending ending = {.site = site, .reply = reply};
    struct archive_filter filter = {.only_statuses = {[ARCHIVE_PUBLISHED] = true}};
    str *languages = NULL;
    size_t count = 0;
    arena_init(&walk, site->run->sys, WALK_BYTES_MAX);
    TRY(archive_begin(site->archive));
    TRY(archive_languages(site->archive, site->run->a, &languages, &count));
    for (size_t i = 0; i < count; i++) {
        str key;
        TRY(arena_printf(site->run->a, &key, "site/" STR_FMT, STR_ARG(languages[i])));
        TRY(drop_if_ended(&ending, key));
    }
    TRY(archive_versions_each(site->archive, &walk, &filter, drop_of_version, &ending));
    TRY(archive_commit(site->archive));
    *ret_dropped = ending.dropped;
    return OK;
}

/* Scheduled stories whose hour has come are published. Whether one is rendered is the gate's to
 * say, as for any other. */
static err publish_due(struct site *site, str by, size_t *ret_count) {
    struct arena *a = site->run->a;
    int64_t now = site->run->sys->now_seconds(site->run->sys->ctx);
    int64_t *ids = NULL;
    size_t count = 0;
    TRY(archive_begin(site->archive));
    TRY(archive_versions_due(site->archive, a, now, &ids, &count));
    for (size_t i = 0; i < count; i++) {
        struct archive_version version;
        str key;
        struct arena_mark mark = arena_mark(a);
        TRY(archive_version_load(site->archive, a, ids[i], &version));
        TRY(archive_version_key(a, &version, &key));
        TRY(archive_version_set_status(site->archive, ids[i], ARCHIVE_PUBLISHED));
        TRY(archive_audit_add(site->archive, by, STR("publish"), key, STR("its hour came")));
        arena_reset(a, mark);
    }
    TRY(archive_commit(site->archive));
    *ret_count = count;
    return OK;
}

/* ---- Press, seal, publish ------------------------------------------------------------------- */

/* The open files of a pressing, for the gate, which has no folder to open them in. */
struct handed {
    int files[2 + PRESSING_PACKS_MAX]; /* the index, the live one's, then the packs of the first */
    size_t count;
};

static void handed_done(struct handed *handed) {
    for (size_t i = 0; i < handed->count; i++) fd_close(&handed->files[i]);
}

static err hand(struct site *site, str name, const char *suffix, struct handed *handed) {
    str path;
    TRY(arena_printf(site->run->a, &path, STR_FMT "%s", STR_ARG(name), suffix));
    TRY(file_open(site->run->a, site->pressings, path, O_RDONLY, &handed->files[handed->count]));
    handed->count++;
    return OK;
}

/* What readers have now, so that the gate need not read a second time what stays. */
static err hand_live(struct site *site, struct handed *handed, int64_t *ret_has_live) {
    str live;
    err e = pressing_current(site->run->a, site->pressings, &live);
    if (e.kind == ERR_NONE) e = hand(site, live, ".index", handed);
    if (e.kind == ERR_NO_MEMORY) return e;
    *ret_has_live = e.kind == ERR_NONE; /* without it everything is read */
    return OK;
}

static err seal(struct site *site, str by, str name, struct gate_seal_reply *ret_reply) {
    const struct pressing_place place = {.sys = site->run->sys, .folder = site->pressings};
    struct gate_seal_request request = {.by = by};
    CLEANUP(pressing_close) struct pressing *pressing = NULL;
    CLEANUP(handed_done) struct handed handed = {0};
    TRY(pressing_open(&place, name, &pressing));
    TRY(hand(site, name, ".index", &handed));
    TRY(hand_live(site, &handed, &request.has_live));
    for (size_t i = 0; i < pressing_pack_count(pressing); i++) {
        TRY(hand(site, pressing_pack_name(pressing, i), ".pack", &handed));
    }
    struct gate_request asked = {
        .call = GATE_SEAL, .body = &request, .files = handed.files, .file_count = handed.count};
    return site_ask_with(site, &asked, ret_reply);
}

static err attach_seal(struct site *site, str name, const struct gate_seal_reply *reply) {
    struct pressing_seal record = {.sealed_at = reply->sealed_at, .rules = (uint64_t)reply->rules};
    memcpy(record.signature, reply->signature, sizeof record.signature);
    return pressing_attach_seal(site->run->a, site->pressings, name, &record);
}

static err publish(struct site *site, str name, const struct gate_seal_reply *reply) {
    TRY(attach_seal(site, name, reply));
    return pressing_publish(site->run->a, site->pressings, name);
}

err pressroom_go_dark(struct site *site, str by) {
    CLEANUP(pressing_writer_close) struct pressing_writer *writer = NULL;
    struct gate_seal_reply reply;
    str name;
    TRY(pressing_writer_open(site->run->sys, site->pressings, NULL, &writer));
    TRY(pressing_writer_finish(writer, site->run->a, &name));
    TRY(seal(site, by, name, &reply));
    if (reply.sealed == 0) FAIL(ERR_DENIED, "the gate does not seal an empty site");
    return publish(site, name, &reply);
}

/* One press at a time: a second one would sweep away what the first has not published yet. It
 * waits; the lock ends with the open folder. */
static err lock_pressings(struct site *site) {
    if (flock(site->pressings, LOCK_EX | LOCK_NB) == 0) return OK;
    progress(site->run, "waiting for another press to end");
    while (flock(site->pressings, LOCK_EX) != 0) {
        if (errno != EINTR) FAIL(ERR_IO, "pressings: %s", strerror(errno));
    }
    return OK;
}

err pressroom_go_dark_unsealed(struct site *site) {
    TRY(lock_pressings(site));
    return dark_go(site);
}

/* Has an empty pressing sealed for a time when nobody can, and puts it away; once, and again when
 * all is made anew. */
static err keep_dark(struct site *site, str by, bool is_anew) {
    CLEANUP(pressing_writer_close) struct pressing_writer *writer = NULL;
    struct gate_seal_reply reply;
    struct arena *a = site->run->a;
    str name;
    str path;
    str index;
    if (dark_is_kept(site) && !is_anew) return OK;
    TRY(pressing_writer_open(site->run->sys, site->pressings, NULL, &writer));
    TRY(pressing_writer_finish(writer, a, &name));
    TRY(seal(site, by, name, &reply));
    if (reply.sealed == 0) return OK; /* then it is not sealed when it is needed either */
    TRY(attach_seal(site, name, &reply));
    TRY(arena_printf(a, &path, STR_FMT ".index", STR_ARG(name)));
    TRY(file_read(a, site->pressings, path, LIMIT_FIELD_BYTES, &index));
    return dark_keep(site, name, index); /* what stays here is swept */
}

/* What an interrupted press left behind. With a damaged index nothing is swept: this press makes
 * another, and publishing it sweeps. */
static err sweep(struct site *site) {
    err e = pressing_sweep(site->run->a, site->pressings);
    return e.kind == ERR_NOT_FOUND || e.kind == ERR_INVALID ? OK : e;
}

/* hanji.ini: forms = all, or none for a site behind something that compresses by itself. */
static err read_forms(struct site *site, enum press_forms *ret_forms) {
    str text = {0};
    TRY(site_ini(site, STR("forms"), STR("all"), &text));
    bool is_none = str_eq(text, STR("none"));
    if (!is_none && !str_eq(text, STR("all")))
        FAIL(ERR_INVALID, "hanji.ini: forms = " STR_FMT ": write all, or none", STR_ARG(text));
    *ret_forms = is_none ? PRESS_FORMS_NONE : PRESS_FORMS_ALL;
    return OK;
}

/* Presses, and has it read. What the gate no longer stands by is dropped, and the rest pressed
 * again: nothing of the first try has left. */
static err press_and_seal(struct site *site, str by, const struct press_options *options,
                          struct pressroom_result *result) {
    for (int attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
        size_t dropped = 0;
        progress(site->run, "pressing");
        TRY(press_site(site->run->sys, site->run->a, options, &result->report));
        progress(site->run, "the gate reads every finished byte");
        TRY(seal(site, by, result->report.name, &result->seal));
        if (result->seal.ended_count > 0) TRY(drop_ended(site, &result->seal, &dropped));
        if (dropped == 0) break; /* sealed, or refused for another reason */
        TRY(sweep(site));
    }
    return OK;
}

static void show_progress(void *ctx, size_t done, size_t all) {
    struct run *run = ctx;
    progress(run, "pressing: %zu of %zu stories", done, all);
}

err pressroom_press(struct site *site, str by, bool is_anew, struct pressroom_result *ret_result) {
    CLEANUP(fd_close) int theme = -1;
    struct pressroom_result result = {0};
    TRY(lock_pressings(site));
    TRY(site_gate(site)); /* before the work, so that a locked gate is told at once */
    TRY(dark_enter(site));
    TRY(publish_due(site, by, &result.due));
    TRY(keep_dark(site, by, is_anew));
    TRY(sweep(site));
    err e = file_open(site->run->a, site->folder, STR("theme"), O_RDONLY | O_DIRECTORY, &theme);
    if (e.kind != ERR_NONE && e.kind != ERR_NOT_FOUND) return e;
    enum press_forms forms = PRESS_FORMS_ALL;
    TRY(read_forms(site, &forms));
    struct press_options options = {.archive = site->archive,
                                    .clearing_key = site->clearing_key,
                                    .media = site->media,
                                    .theme = theme,
                                    .pressings = site->pressings,
                                    .house = site->folder,
                                    .forms = forms,
                                    .is_anew = is_anew,
                                    .ctx = site->run,
                                    .progress = show_progress};
    TRY(press_and_seal(site, by, &options, &result));
    result.is_live = result.seal.sealed != 0;
    if (result.is_live) {
        TRY(publish(site, result.report.name, &result.seal));
        TRY(press_remember(site->run->sys, &options, &result.report));
    } else {
        TRY(sweep(site));
    }
    progress_end(site->run);
    *ret_result = result;
    return OK;
}

/* ---- Integrity ------------------------------------------------------------------------------ */

struct damage {
    struct run *run;
    size_t count;
    err failed; /* of the printing */
};

static err print_damage(struct run *run, str path, str what) {
    struct buf line;
    str text = {0};
    if (!run->json)
        return print_format("DAMAGED   " STR_FMT "  " STR_FMT "\n",
                            STR_ARG(path.len > 0 ? path : STR("(no page)")), STR_ARG(what));
    buf_init(&line, run->a, LIMIT_MESSAGE_BYTES);
    buf_add(&line, STR("{\"path\": \""));
    json_text(&line, path);
    buf_add(&line, STR("\", \"damage\": \""));
    json_text(&line, what);
    buf_add(&line, STR("\"}\n"));
    TRY(buf_finish(&line, &text));
    return print_text(text);
}

static void say_damage(void *ctx, str path, str what) {
    struct damage *damage = ctx;
    damage->count++;
    if (damage->failed.kind == ERR_NONE) damage->failed = print_damage(damage->run, path, what);
}

err pressroom_check(struct site *site, int *ret_exit) {
    struct damage damage = {.run = site->run};
    const struct pressing_place place = {
        .sys = site->run->sys, .folder = site->pressings, .clearing_key = site->clearing_key};
    const struct pressing_report report = {.say = say_damage, .ctx = &damage};
    TRY(pressing_check(&place, site->run->a, &report));
    TRY(damage.failed);
    if (damage.count > 0) *ret_exit = EXIT_FINDINGS;
    if (site->run->json) return OK;
    return print_text(damage.count > 0
                          ? STR("Mend it with: hanji press --anew\n")
                          : STR("Every byte of the live pressing is as it was sealed.\n"));
}

err pressroom_repair(struct site *site, str by, int *ret_exit) {
    struct pressroom_result result = {0};
    TRY(lock_pressings(site));
    TRY(site_gate(site));
    progress(site->run, "reading what the packs tell");
    TRY(err_wrap(
        pressing_repair(site->run->sys, site->pressings, site->run->a, &result.report.name),
        "nothing can be mended; make it anew with: hanji press --anew"));
    progress(site->run, "the gate reads every finished byte");
    TRY(seal(site, by, result.report.name, &result.seal));
    result.is_live = result.seal.sealed != 0;
    if (result.is_live) TRY(publish(site, result.report.name, &result.seal));
    progress_end(site->run);
    result.report.pages = (size_t)result.seal.blobs;
    return pressroom_print(site->run, &result, ret_exit);
}

/* ---- Saying so ------------------------------------------------------------------------------ */

static err print_result_json(struct run *run, const struct pressroom_result *result) {
    struct buf text;
    str done;
    buf_init(&text, run->a, LIMIT_MESSAGE_BYTES);
    buf_printf(&text,
               "{\"live\": %s, \"pages\": %zu, \"stories\": %zu, \"gone\": %zu, "
               "\"due\": %zu",
               result->is_live ? "true" : "false", result->report.pages, result->report.pressed,
               result->report.gone, result->due);
    buf_add(&text, STR(", \"left_out\": ["));
    for (const struct press_note *note = result->report.left_out; note != NULL; note = note->next) {
        buf_add(&text,
                note == result->report.left_out ? STR("{\"key\": \"") : STR(", {\"key\": \""));
        json_text(&text, note->key);
        buf_add(&text, STR("\", \"why\": \""));
        json_text(&text, note->text);
        buf_add(&text, STR("\"}"));
    }
    buf_add(&text, STR("], \"findings\": ["));
    for (size_t i = 0; i < result->seal.count; i++) {
        const struct gate_finding *finding = &result->seal.findings[i];
        if (i > 0) buf_add(&text, STR(", "));
        TRY(findings_json(&text, finding, RULE_ENGLISH));
    }
    buf_add(&text, STR("]}\n"));
    TRY(buf_finish(&text, &done));
    return print_text(done);
}

err pressroom_print(struct run *run, const struct pressroom_result *result, int *ret_exit) {
    const struct press_report *report = &result->report;
    if (!result->is_live) *ret_exit = EXIT_FINDINGS;
    if (run->json) return print_result_json(run, result);
    for (const struct press_note *note = report->left_out; note != NULL; note = note->next) {
        TRY(print_format("left out  " STR_FMT "  " STR_FMT "\n", STR_ARG(note->key),
                         STR_ARG(note->text)));
    }
    for (const struct press_note *note = report->notes; note != NULL; note = note->next) {
        TRY(print_format("note      " STR_FMT "  " STR_FMT "\n", STR_ARG(note->key),
                         STR_ARG(note->text)));
    }
    for (size_t i = 0; i < result->seal.count; i++) {
        const struct gate_finding *finding = &result->seal.findings[i];
        TRY(print_format("STOPPED   " STR_FMT " at " STR_FMT ": " STR_FMT "\n",
                         STR_ARG(finding->rule), STR_ARG(finding->place), STR_ARG(finding->text)));
    }
    if (result->due > 0) {
        TRY(print_format("%zu scheduled: the hour has come, published\n", result->due));
    }
    TRY(print_format(
        "%zu pages: %zu stories, %zu picture files, %zu moved, %zu gone; %zu left out\n",
        report->pages, report->pressed, report->pictures, report->moved, report->gone,
        report->left_out_count));
    return print_text(result->is_live
                          ? STR("Read again by the gate, sealed, and live.\n")
                          : STR("NOT LIVE: the gate did not seal it. What was live stays live.\n"));
}
