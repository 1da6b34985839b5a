/* mirror_folder.c: the list of files into the folder. See mirror.h.
 *
 * Every name is walked part by part from DIR and no link is followed, so that nothing outside DIR
 * is ever written or removed, whatever somebody has put into it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "main/mirror.h"

enum { WRITTEN_BYTES_MAX = 256 << 20, OTHERS_MAY_READ = 0644, OTHERS_MAY_ENTER = 0755 };

static const char HEAD[] = "Written by hanji export; leave this file where it is.\n";
static const char TEMPORARY[] = ".hanji-new"; /* the same file system as all the rest */

struct mirror {
    struct run *run;
    int folder;
    const struct mirror_list *list;
    struct mirror_report *report;
    struct mirror_list before; /* names alone, ascending */
};

static err failed(const char *what, str name) {
    int number = errno;
    FAIL(ERR_IO, STR_FMT ": %s: %s", STR_ARG(name), what, strerror(number));
}

/* ---- Folders -------------------------------------------------------------------------------- */

/* Opens one folder below another, making it if asked to. fails: ERR_NOT_FOUND, ERR_IO. */
static err enter(int parent, const char *part, bool may_make, int *ret_folder) {
    if (may_make && mkdirat(parent, part, 0700) == 0 &&
        fchmodat(parent, part, OTHERS_MAY_ENTER, 0) != 0)
        return failed("its mode cannot be set", str_of(part));
    int folder = openat(parent, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder < 0 && errno == ENOENT) FAIL(ERR_NOT_FOUND, "%s is not there", part);
    if (folder < 0) return failed("cannot be entered", str_of(part));
    *ret_folder = folder;
    return OK;
}

/* Opens the folder of a file; *ret_leaf is the file's own name and lives in the run's arena. */
static err enter_all(struct mirror *m, str name, bool may_make, int *ret_folder,
                     const char **ret_leaf) {
    CLEANUP(fd_close) int folder = openat(m->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const char *part = NULL;
    str piece = {0};
    if (folder < 0) return failed("cannot be opened", name);
    while (str_cut(name, '/', &piece, &name)) {
        int below = -1;
        TRY(arena_cstr(m->run->a, piece, &part));
        TRY(enter(folder, part, may_make, &below));
        fd_close(&folder);
        folder = below;
    }
    TRY(arena_cstr(m->run->a, piece, ret_leaf));
    *ret_folder = folder;
    folder = -1;
    return OK;
}

/* ---- One file ------------------------------------------------------------------------------- */

/* Whether it is there with these bytes: then it is not written, and its time stays, which spares
 * those who copy the folder on. */
static bool is_same(struct mirror *m, int folder, const char *leaf, str bytes) {
    struct stat about;
    str held = {0};
    if (fstatat(folder, leaf, &about, AT_SYMLINK_NOFOLLOW) != 0) return false;
    if (!S_ISREG(about.st_mode) || (size_t)about.st_size != bytes.len) return false;
    err e = file_read(m->run->a, folder, str_of(leaf), bytes.len + 1, &held);
    return e.kind == ERR_NONE && str_eq(held, bytes);
}

static err write_temporary(struct mirror *m, str bytes) {
    int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    CLEANUP(fd_close) int fd = -1;
    if (unlinkat(m->folder, TEMPORARY, 0) != 0 && errno != ENOENT)
        return failed("cannot be removed", str_of(TEMPORARY));
    fd = openat(m->folder, TEMPORARY, flags, OTHERS_MAY_READ);
    if (fd < 0 || fchmod(fd, OTHERS_MAY_READ) != 0)
        return failed("cannot be written", str_of(TEMPORARY));
    return file_write_all(m->run->sys, fd, bytes);
}

static err write_file(struct mirror *m, const struct mirror_file *file) {
    CLEANUP(fd_close) int folder = -1;
    const char *leaf = NULL;
    TRY(enter_all(m, file->name, true, &folder, &leaf));
    if (is_same(m, folder, leaf, file->bytes)) {
        m->report->kept++;
        return OK;
    }
    TRY(err_wrap(write_temporary(m, file->bytes), STR_FMT, STR_ARG(file->name)));
    if (renameat(m->folder, TEMPORARY, folder, leaf) != 0)
        return failed("cannot be put in its place", file->name);
    m->report->written++;
    return OK;
}

/* Removes the folders above a removed file that are empty now. */
static err remove_folders(struct mirror *m, str name) {
    for (size_t at = name.len; at > 0; at--) {
        CLEANUP(fd_close) int parent = -1;
        const char *leaf = NULL;
        if (name.ptr[at - 1] != '/') continue;
        TRY(enter_all(m, str_slice(name, 0, at - 1), false, &parent, &leaf));
        if (unlinkat(parent, leaf, AT_REMOVEDIR) != 0) return OK; /* something else is in it */
    }
    return OK;
}

static err remove_file(struct mirror *m, str name) {
    CLEANUP(fd_close) int folder = -1;
    const char *leaf = NULL;
    err e = enter_all(m, name, false, &folder, &leaf);
    if (e.kind == ERR_NOT_FOUND) return OK;
    TRY(e);
    if (unlinkat(folder, leaf, 0) != 0 && errno != ENOENT) return failed("cannot be removed", name);
    m->report->removed++;
    return remove_folders(m, name);
}

/* ---- What was written before ---------------------------------------------------------------- */

static int by_name(const void *one, const void *other) {
    return str_cmp(((const struct mirror_file *)one)->name,
                   ((const struct mirror_file *)other)->name);
}

static bool is_listed(const struct mirror_list *list, str name) {
    struct mirror_file wanted = {.name = name};
    return list->count > 0 &&
           bsearch(&wanted, list->all, list->count, sizeof *list->all, by_name) != NULL;
}

/* The names in written.txt. A folder without one must be empty. */
static err read_written(struct mirror *m) {
    struct arena *a = m->run->a;
    str text = {0};
    err e = file_read(a, m->folder, STR("written.txt"), WRITTEN_BYTES_MAX, &text);
    if (e.kind == ERR_NOT_FOUND) return OK;
    TRY(e);
    if (!str_starts(text, str_of(HEAD)))
        FAIL(ERR_INVALID, "written.txt in this folder was not written by an export");
    text = str_skip(text, sizeof HEAD - 1);
    while (text.len > 0) {
        str name = {0};
        str_cut(text, '\n', &name, &text);
        if (!mirror_name_is_sound(name))
            FAIL(ERR_INVALID, "written.txt names what no export writes: " STR_FMT, STR_ARG(name));
        TRY(mirror_add(a, &m->before, name, (str){0}));
    }
    sort_things(m->before.all, m->before.count, sizeof *m->before.all, by_name);
    return OK;
}

/* Lists `list`, and of `more` what is not in it. */
static err write_written(struct mirror *m, const struct mirror_list *more) {
    struct buf b;
    str bytes = {0};
    buf_init(&b, m->run->a, WRITTEN_BYTES_MAX);
    buf_add(&b, str_of(HEAD));
    for (size_t i = 0; i < m->list->count; i++) {
        buf_add(&b, m->list->all[i].name);
        buf_add_byte(&b, '\n');
    }
    for (size_t i = 0; i < more->count; i++) {
        if (is_listed(m->list, more->all[i].name)) continue;
        buf_add(&b, more->all[i].name);
        buf_add_byte(&b, '\n');
    }
    TRY(buf_finish(&b, &bytes));
    return file_replace(m->run->a, m->folder, STR("written.txt"), bytes, OTHERS_MAY_READ);
}

/* ---- All of it ------------------------------------------------------------------------------ */

static err remove_gone(struct mirror *m) {
    for (size_t i = 0; i < m->before.count; i++) {
        struct arena_mark mark = arena_mark(m->run->a);
        if (!is_listed(m->list, m->before.all[i].name)) TRY(remove_file(m, m->before.all[i].name));
        arena_reset(m->run->a, mark);
    }
    return OK;
}

static err write_all(struct mirror *m) {
    for (size_t i = 0; i < m->list->count; i++) {
        struct arena_mark mark = arena_mark(m->run->a);
        if (i % 100 == 0) progress(m->run, "%zu of %zu files", i, m->list->count);
        TRY(write_file(m, &m->list->all[i]));
        arena_reset(m->run->a, mark);
    }
    return OK;
}

err mirror_write(struct run *run, int folder, const struct mirror_list *list,
                 struct mirror_report *report) {
    struct mirror m = {.run = run, .folder = folder, .list = list, .report = report};
    const struct mirror_list nothing = {0};
    TRY(read_written(&m));
    TRY(write_written(&m, &m.before)); /* whatever happens now, the next run knows of all */
    TRY(remove_gone(&m));
    TRY(write_all(&m));
    if (syncfs(folder) != 0) return failed("cannot be written through", STR("the folder"));
    return write_written(&m, &nothing);
}
