/* folder_files.c: see folder_files.h. */
#include "intake/folder_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/date.h"
#include "base/unicode.h"

enum { FOLDERS_DEEP_MAX = 16, FILES_MAX = 200000 };

struct listing {
    struct arena *arena;
    int root;
    str *files;
    size_t file_count;
    size_t file_room;
};

/* ---- Finding the files ---- */

bool folder_is_markdown(str name) {
    return str_ends(name, STR(".md")) || str_ends(name, STR(".markdown"));
}

static err add_file(struct listing *f, str path) {
    if (f->file_count >= FILES_MAX) FAIL(ERR_LIMIT, "more than %d files", FILES_MAX);
    if (f->file_count == f->file_room) {
        size_t room = f->file_room == 0 ? 64 : f->file_room * 2;
        str *grown =
            arena_grow(f->arena, f->files, f->file_room * sizeof *grown, room * sizeof *grown);
        if (grown == NULL) FAIL(ERR_NO_MEMORY, "no memory for a list of files");
        f->files = grown;
        f->file_room = room;
    }
    f->files[f->file_count++] = path;
    return OK;
}

static err walk(struct listing *f, str below, int depth);

static err walk_one(struct listing *f, str below, const struct dirent *found, int depth) {
    str name = str_of(found->d_name);
    str path = {0};
    if (name.ptr[0] == '.' || !utf8_is_valid(name))
        return OK; /* hidden, or no name for an address */
    TRY(arena_printf(f->arena, &path, STR_FMT "%s" STR_FMT, STR_ARG(below),
                     below.len > 0 ? "/" : "", STR_ARG(name)));
    bool is_folder = found->d_type == DT_DIR;
    bool is_file = found->d_type == DT_REG && folder_is_markdown(name);
    if (is_folder && depth < FOLDERS_DEEP_MAX) return walk(f, path, depth + 1);
    return is_file ? add_file(f, path) : OK;
}

static err walk(struct listing *f, str below, int depth) {
    const char *name = NULL;
    TRY(arena_cstr(f->arena, below.len > 0 ? below : STR("."), &name));
    int fd = openat(f->root, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) FAIL(ERR_IO, STR_FMT ": %s", STR_ARG(below), strerror(errno));
    DIR *folder = fdopendir(fd);
    if (folder == NULL) {
        close(fd);
        FAIL(ERR_NO_MEMORY, "no memory for reading a folder");
    }
    err e = OK;
    for (struct dirent *found = readdir(folder); found != NULL && e.kind == ERR_NONE;
         found = readdir(folder)) {
        e = walk_one(f, below, found, depth);
    }
    closedir(folder);
    return e;
}

static int compare(const void *a, const void *b) {
    return str_cmp(*(const str *)a, *(const str *)b);
}

err folder_list(struct arena *a, int root, str **ret_paths, size_t *ret_count) {
    struct listing listing = {.arena = a, .root = root};
    TRY(walk(&listing, (str){0}, 0));
    if (listing.file_count > 1) {
        sort_things(listing.files, listing.file_count, sizeof *listing.files, compare);
    }
    *ret_paths = listing.files;
    *ret_count = listing.file_count;
    return OK;
}

/* ---- What a file is called ---- */

static bool is_language(str s) {
    str first = {0};
    str rest = {0};
    str_cut(s, '-', &first, &rest);
    if (first.len < 2 || first.len > 3 || s.len > 7) return false;
    for (size_t i = 0; i < first.len; i++) {
        if (first.ptr[i] < 'a' || first.ptr[i] > 'z') return false;
    }
    return rest.len == 0 || rest.len == 2 || rest.len == 4;
}

str folder_cut_ending(str name) {
    size_t dot = name.len;
    while (dot > 0 && name.ptr[dot - 1] != '.') dot--;
    return dot == 0 ? name : str_slice(name, 0, dot - 1);
}

err folder_name(struct arena *a, str path, struct folder_file *ret_name) {
    struct folder_file n = {0};
    str rest = path;
    size_t slash = rest.len;
    while (slash > 0 && rest.ptr[slash - 1] != '/') slash--;
    n.folder = slash == 0 ? (str){0} : str_slice(rest, 0, slash - 1);
    str name = folder_cut_ending(str_skip(rest, slash));
    size_t dot = name.len;
    while (dot > 0 && name.ptr[dot - 1] != '.') dot--;
    if (dot > 1 && is_language(str_skip(name, dot))) { /* about.ko.md */
        n.language = str_skip(name, dot);
        name = str_slice(name, 0, dot - 1);
    }
    int64_t ignored = 0;
    bool has_date =
        name.len > 11 && name.ptr[10] == '-' && date_parse(str_slice(name, 0, 10), &ignored);
    if (has_date) n.date = str_slice(name, 0, 10);
    n.slug = has_date ? str_skip(name, 11) : name;
    str above = n.folder;
    str first = {0};
    str below = {0};
    str_cut(above, '/', &first, &below);
    if (n.language.len == 0 && is_language(first)) {
        n.language = first;
        above = below;
    }
    if (str_eq(n.slug, STR("index")) || str_eq(n.slug, STR("_index"))) {
        size_t at = above.len;
        while (at > 0 && above.ptr[at - 1] != '/') at--;
        n.slug = str_skip(above, at);
    }
    TRY(arena_printf(a, &n.story, STR_FMT "/" STR_FMT, STR_ARG(above), STR_ARG(n.slug)));
    *ret_name = n;
    return OK;
}
