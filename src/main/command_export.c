/* command_export.c: hanji export: the live site as a folder. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "main/mirror.h"
#include "main/site.h"

/* ---- The folder ----------------------------------------------------------------------------- */

/* Empty but for what an export leaves when it was cut off before it could say what it wrote. */
static err check_empty(int folder, str path) {
    int copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = copy < 0 ? NULL : fdopendir(copy);
    bool is_empty = true;
    if (entries == NULL) FAIL(ERR_IO, STR_FMT ": %s", STR_ARG(path), strerror(errno));
    for (struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries)) {
        str name = str_of(entry->d_name);
        bool is_step = str_eq(name, STR(".")) || str_eq(name, STR(".."));
        is_empty = is_empty && (is_step || str_starts(name, STR(".hanji-new")));
    }
    closedir(entries);
    if (is_empty) return OK;
    FAIL(ERR_EXISTS,
         STR_FMT " holds something that no export has written; name an empty folder, a new one, or "
                 "that of an earlier export",
         STR_ARG(path));
}

static err open_target(struct run *run, str path, int *ret_folder) {
    CLEANUP(fd_close) int folder = -1;
    TRY(folder_make(run->a, AT_FDCWD, path, 0755));
    TRY(file_open(run->a, AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, &folder));
    if (faccessat(folder, "written.txt", F_OK, 0) != 0) TRY(check_empty(folder, path));
    if (fchmod(folder, 0755) != 0) FAIL(ERR_IO, STR_FMT ": %s", STR_ARG(path), strerror(errno));
    *ret_folder = folder;
    folder = -1;
    return OK;
}

/* ---- What is said --------------------------------------------------------------------------- */

static err print_report_json(struct run *run, str name, const struct mirror_report *report) {
    struct buf b;
    str text = {0};
    buf_init(&b, run->a, LIMIT_MESSAGE_BYTES);
    json_open(&b, NULL, '{');
    json_member(&b, "pressing", name);
    json_number(&b, "pages", (int64_t)report->pages);
    json_number(&b, "moved", (int64_t)report->moved);
    json_number(&b, "gone", (int64_t)report->gone);
    json_number(&b, "written", (int64_t)report->written);
    json_number(&b, "unchanged", (int64_t)report->kept);
    json_number(&b, "removed", (int64_t)report->removed);
    json_open(&b, "left_out", '[');
    for (size_t i = 0; i < report->left_out_count; i++) json_member(&b, NULL, report->left_out[i]);
    json_close(&b, ']');
    json_close(&b, '}');
    buf_add_byte(&b, '\n');
    TRY(buf_finish(&b, &text));
    return print_text(text);
}

static err print_report(str folder, const struct mirror_report *report) {
    TRY(print_format("%zu addresses (%zu of them moved): %zu files written, %zu as they were, %zu "
                     "removed.\n",
                     report->pages, report->moved, report->written, report->kept, report->removed));
    for (size_t i = 0; i < report->left_out_count; i++)
        TRY(print_format("  left out, no file can have this name: " STR_FMT "\n",
                         STR_ARG(report->left_out[i])));
    return print_format("Point a web server at " STR_FMT "/site; README.txt says how. Export again "
                        "after every press,\nand at once after a withdrawal.\n",
                        STR_ARG(folder));
}

/* ---- The command ---------------------------------------------------------------------------- */

/* The live pressing, with its seal and every byte verified: what leaves is what the gate sealed. */
static err open_live(struct site *site, str *ret_name, struct pressing **ret_pressing) {
    CLEANUP(pressing_close) struct pressing *pressing = NULL;
    struct run *run = site->run;
    const struct pressing_openers closed = {0}; /* the hashes of the packs cover every form */
    const struct pressing_place place = {
        .sys = run->sys, .folder = site->pressings, .clearing_key = site->clearing_key};
    err e = pressing_open_current(&place, run->a, ret_name, &pressing);
    if (e.kind == ERR_NOT_FOUND) FAIL(ERR_NOT_FOUND, "nothing is live yet: 'hanji press' first");
    TRY(e);
    TRY(pressing_verify(pressing, run->a, &closed));
    *ret_pressing = pressing;
    pressing = NULL;
    return OK;
}

static err run_export(struct run *run, int *ret_exit) {
    CLEANUP(site_close) struct site site = SITE_CLOSED;
    CLEANUP(pressing_close) struct pressing *pressing = NULL;
    CLEANUP(fd_close) int folder = -1;
    struct mirror_report report = {0};
    struct mirror_list list = {0};
    str target = str_of(run->arguments->operands[1]);
    str language = {0};
    str name = {0};
    (void)ret_exit;
    if (!str_eq(str_of(run->arguments->operands[0]), STR("site")))
        return misused(run, "'%s' cannot be exported; 'site' can", run->arguments->operands[0]);
    TRY(site_open(run, &site));
    TRY(site_archive(&site, true));
    TRY(archive_setting_get(site.archive, run->a, STR("site.language"), STR(""), &language));
    TRY(open_live(&site, &name, &pressing));
    TRY(mirror_plan(run->a, pressing, language, &list, &report));
    TRY(open_target(run, target, &folder));
    TRY(mirror_write(run, folder, &list, &report));
    progress_end(run);
    return run->json ? print_report_json(run, name, &report) : print_report(target, &report);
}

const struct command command_export = {
    .name = "export",
    .operands = "site DIR",
    .summary = "write the live site as a folder that any web server can carry",
    .details = "DIR is made, or is that of an earlier export: then only what changed is written, "
               "and what\n"
               "is gone is removed, first of all. Nothing else in it is touched. The seal of the "
               "gate and\n"
               "every byte under it are verified before anything is written. A mirror hears of no\n"
               "withdrawal by itself: export again at once after one.",
    .operands_min = 2,
    .operands_max = 2,
    .run = run_export,
};
