/* pressing_publish.c: the seal, the one step that makes a pressing live, and the broom. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pressing/pressing_impl.h"

bool pressing_name_is_sound(str name) {
    if (name.len != NAME_BYTES) return false;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool is_hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
        if (i == 16 ? c != '-' : !is_hex) return false;
    }
    return true;
}

void pressing_seal_message(const struct pressing_seal *seal, str index,
                           unsigned char ret_message[PRESSING_SEAL_MESSAGE_BYTES]) {
    _Static_assert(sizeof SEAL_CONTEXT - 1 + 8 + 8 + 32 == PRESSING_SEAL_MESSAGE_BYTES,
                   "context, time, rules, hash");
    int64_t sealed_at = seal->sealed_at;
    uint64_t rules = seal->rules;
    memcpy(ret_message, SEAL_CONTEXT, 16);
    memcpy(ret_message + 16, &sealed_at, 8);
    memcpy(ret_message + 24, &rules, 8);
    crypto_generichash(ret_message + 32, 32, (const unsigned char *)index.ptr, index.len, NULL, 0);
}

err pressing_attach_seal(struct arena *a, int folder, str name, const struct pressing_seal *seal) {
    struct index_seal record = {.sealed_at = seal->sealed_at, .rules = seal->rules};
    str path;
    CLEANUP(fd_close) int fd = -1;
    memcpy(record.magic, SEAL_MAGIC, MAGIC_BYTES);
    memcpy(record.signature, seal->signature, sizeof record.signature);
    TRY(arena_printf(a, &path, STR_FMT ".index", STR_ARG(name)));
    TRY(file_open(a, folder, path, O_WRONLY | O_APPEND, &fd));
    TRY(file_write_all(a->sys, fd, (str){(const char *)&record, sizeof record}));
    if (a->sys->sync(a->sys->ctx, fd) != 0) FAIL(ERR_IO, "syncing a seal: %s", strerror(errno));
    return OK;
}

err pressing_current(struct arena *a, int folder, str *ret_name) {
    str bytes;
    TRY(file_read(a, folder, STR("current"), NAME_BYTES + 1, &bytes));
    str name = str_slice(bytes, 0, NAME_BYTES);
    if (bytes.len != NAME_BYTES + 1 || bytes.ptr[NAME_BYTES] != '\n' ||
        !pressing_name_is_sound(name)) {
        FAIL(ERR_INVALID, "the file 'current' of the pressings does not name one");
    }
    *ret_name = name;
    return OK;
}

static void close_folder(DIR **folder) {
    if (*folder != NULL) closedir(*folder);
}

/* Unlinks every file that is of a pressing other than `kept`, and half-written ones. */
static err unlink_others(struct arena *a, int folder, str kept) {
    int copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CLEANUP(close_folder) DIR *listing = copy < 0 ? NULL : fdopendir(copy);
    if (listing == NULL) {
        fd_close(&copy);
        FAIL(ERR_IO, "the folder of pressings cannot be listed: %s", strerror(errno));
    }
    for (const struct dirent *entry = readdir(listing); entry != NULL; entry = readdir(listing)) {
        str file = str_of(entry->d_name);
        bool is_ours = pressing_name_is_sound(str_slice(file, 0, NAME_BYTES)) &&
                       (str_ends(file, STR(".pack")) || str_ends(file, STR(".index")));
        bool is_half = str_eq(file, STR("current.new"));
        if (!is_half && (!is_ours || str_starts(file, kept))) continue;
        if (a->sys->unlink(a->sys->ctx, folder, entry->d_name) != 0 && errno != ENOENT) {
            FAIL(ERR_IO, "%s: cannot be removed: %s", entry->d_name, strerror(errno));
        }
    }
    return OK;
}

/* Both files are there, and their names are on the disk before `current` says one. */
static err check_files(struct arena *a, int folder, str name) {
    static const char *const SUFFIXES[] = {".index", ".pack"};
    CLEANUP(fd_close) int self = -1;
    for (size_t i = 0; i < COUNT_OF(SUFFIXES); i++) {
        CLEANUP(fd_close) int fd = -1;
        str path;
        TRY(arena_printf(a, &path, STR_FMT "%s", STR_ARG(name), SUFFIXES[i]));
        TRY(file_open(a, folder, path, O_RDONLY, &fd));
    }
    TRY(file_open(a, folder, STR("."), O_RDONLY | O_DIRECTORY, &self));
    if (a->sys->sync(a->sys->ctx, self) != 0) {
        FAIL(ERR_IO, "syncing the folder of pressings: %s", strerror(errno));
    }
    return OK;
}

err pressing_publish(struct arena *a, int folder, str name) {
    str line;
    if (!pressing_name_is_sound(name)) FAIL(ERR_INVALID, "this is not the name of a pressing");
    TRY(check_files(a, folder, name));
    TRY(arena_printf(a, &line, STR_FMT "\n", STR_ARG(name)));
    TRY(file_replace(a, folder, STR("current"), line, 0644));
    return unlink_others(a, folder, name);
}

err pressing_sweep(struct arena *a, int folder) {
    str name = STR("none is kept");
    err e = pressing_current(a, folder, &name);
    if (e.kind != ERR_NONE && e.kind != ERR_NOT_FOUND) return e;
    return unlink_others(a, folder, name);
}
