/* dark.c: see dark.h. */
#include "main/dark.h"

#include <fcntl.h>
#include <unistd.h>

#include "pressing/pressing.h"

enum { INDEX_BYTES_MAX = 1 << 16 /* of a pressing without a page */ };

static const str KIND = {"withdraw", 8};

/* ---- The kept pressing ----------------------------------------------------------------------- */

err dark_keep(struct site *site, str name, str index) {
    struct buf bytes;
    str kept;
    buf_init(&bytes, site->run->a, INDEX_BYTES_MAX);
    buf_add(&bytes, name);
    buf_add_byte(&bytes, '\n');
    buf_add(&bytes, index);
    TRY(buf_finish(&bytes, &kept));
    return file_replace(site->run->a, site->folder, STR("dark"), kept, 0600);
}

bool dark_is_kept(struct site *site) { return faccessat(site->folder, "dark", F_OK, 0) == 0; }

err dark_go(struct site *site) {
    struct arena *a = site->run->a;
    str kept;
    str name;
    str index;
    str path;
    err e = file_read(a, site->folder, STR("dark"), INDEX_BYTES_MAX, &kept);
    if (e.kind == ERR_NOT_FOUND) {
        FAIL(ERR_NOT_FOUND, "no dark pressing is kept, for nothing was pressed since there could "
                            "be one: STOP 'hanji serve' now, and unlock the gate");
    }
    TRY(e);
    str_cut(kept, '\n', &name, &index);
    TRY(arena_printf(a, &path, STR_FMT ".index", STR_ARG(name)));
    TRY(file_replace(a, site->pressings, path, index, 0644));
    return err_wrap(pressing_publish(a, site->pressings, name),
                    "STILL ONLINE: stop 'hanji serve' now. The pressing that was kept for this "
                    "cannot be used");
}

/* ---- What was called back meanwhile ---------------------------------------------------------- */

err dark_note(struct site *site, const struct gate_withdraw *wish) {
    int64_t id = 0;
    str detail; /* the words last, for they may have lines */
    TRY(arena_printf(site->run->a, &detail, STR_FMT "\n" STR_FMT "\n" STR_FMT "\n" STR_FMT,
                     STR_ARG(wish->key), STR_ARG(wish->person), STR_ARG(wish->by),
                     STR_ARG(wish->how)));
    return archive_job_add(site->archive, KIND, detail, 0, &id);
}

/* What rested on it is withdrawn in the archive too. */
static err take_down(struct site *site, const struct gate_keys *ended,
                     const struct gate_withdraw *wish) {
    for (size_t i = 0; i < ended->count; i++) {
        str key = ended->keys[i].text;
        int64_t id = 0;
        TRY(archive_clearance_drop(site->archive, key));
        if (str_starts(key, STR("site/"))) continue;
        TRY(site_find(site, key, &id));
        TRY(archive_version_set_status(site->archive, id, ARCHIVE_WITHDRAWN));
        TRY(archive_audit_add(site->archive, wish->by, STR("withdraw"), key, wish->how));
    }
    return OK;
}

static err enter_one(struct site *site, const struct archive_job *job) {
    struct gate_withdraw wish = {.how = job->detail};
    struct gate_keys ended = {.count = 0};
    str_cut(wish.how, '\n', &wish.key, &wish.how);
    str_cut(wish.how, '\n', &wish.person, &wish.how);
    str_cut(wish.how, '\n', &wish.by, &wish.how);
    err e = site_ask(site, GATE_WITHDRAW, &wish, &ended); /* takes effect first */
    if (e.kind != ERR_NONE && e.kind != ERR_NOT_FOUND) return e;
    TRY(archive_begin(site->archive));
    TRY(take_down(site, &ended, &wish));
    TRY(archive_job_done(site->archive, job->id));
    TRY(archive_commit(site->archive));
    if (e.kind == ERR_NONE) return OK;
    return err_wrap(e,
                    "a withdrawal from while the gate was locked, by " STR_FMT
                    ", could not be entered. Find out who was meant and withdraw again BEFORE "
                    "the next press",
                    STR_ARG(wish.by));
}

err dark_enter(struct site *site) {
    int64_t now = site->run->sys->now_seconds(site->run->sys->ctx);
    for (;;) {
        struct archive_job job;
        err e = archive_job_take(site->archive, site->run->a, KIND, now, getpid(), &job);
        if (e.kind == ERR_NOT_FOUND) return OK;
        TRY(e);
        TRY(enter_one(site, &job));
    }
}

/* ---- What waits ------------------------------------------------------------------------------ */

static err print_waiting(struct run *run, str key, str title, bool is_first) {
    if (!run->json)
        return print_format("waits     " STR_FMT "  its hour has come  " STR_FMT "\n", STR_ARG(key),
                            STR_ARG(title));
    return print_format("%s\"" STR_FMT "\"", is_first ? "" : ", ", STR_ARG(key));
}

err dark_waiting(struct site *site) {
    struct run *run = site->run;
    int64_t now = run->sys->now_seconds(run->sys->ctx);
    const struct archive_filter filter = {.only_statuses = {[ARCHIVE_SCHEDULED] = true}};
    int64_t *ids = NULL;
    size_t count = 0;
    bool is_first = true;
    TRY(archive_version_ids(site->archive, run->a, &filter, &ids, &count));
    if (run->json) TRY(print_text(STR("{\"live\": false, \"locked\": true, \"waiting\": [")));
    for (size_t i = 0; i < count; i++) {
        struct archive_version version;
        struct arena_mark mark = arena_mark(run->a);
        str key;
        TRY(archive_version_load(site->archive, run->a, ids[i], &version));
        TRY(archive_version_key(run->a, &version, &key));
        if (version.published <= now) {
            TRY(print_waiting(run, key, version.title, is_first));
            is_first = false;
        }
        arena_reset(run->a, mark);
    }
    if (run->json) return print_text(STR("]}\n"));
    return print_text(STR("What was cleared or changed since the last press waits for an officer "
                          "(hanji unlock).\nWhat is live stays live and is served; to call "
                          "something back: hanji withdraw STORY --dark\n"));
}
