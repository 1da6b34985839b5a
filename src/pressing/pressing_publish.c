/* pressing_publish.c: the seal, the one step that makes a pressing live, and the broom. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
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

static bool is_needed(const struct pressing *kept, str kept_name, str file) {
    str name = str_slice(file, 0, NAME_BYTES);
    if (kept == NULL) return false;
    if (str_ends(file, STR(".index"))) return str_eq(name, kept_name);
    for (size_t i = 0; i < pressing_pack_count(kept); i++) {
        if (str_eq(name, pressing_pack_name(kept, i))) return true;
    }
    return false;
}

/* Unlinks every index and pack that `kept` (or nobody) needs, and half-written names. */
static err unlink_others(struct arena *a, int folder, const struct pressing *kept, str kept_name) {
    int copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CLEANUP(close_folder) DIR *listing = copy < 0 ? NULL : fdopendir(copy);
    if (listing == NULL) {
        fd_close(&copy);
        FAIL(ERR_IO, "the folder of pressings cannot be listed: %s", strerror(errno));
    }
    for (const struct dirent *entry = readdir(listing); entry != NULL; entry = readdir(listing)) {
        str file = str_of(entry->d_name);
        str suffix = str_skip(file, NAME_BYTES);
        bool is_ours = pressing_name_is_sound(str_slice(file, 0, NAME_BYTES)) &&
                       (str_eq(suffix, STR(".pack")) || str_eq(suffix, STR(".index")));
        bool is_half = str_eq(file, STR("current.new"));
        if (!is_half && (!is_ours || is_needed(kept, kept_name, file))) continue;
        if (a->sys->unlink(a->sys->ctx, folder, entry->d_name) != 0 && errno != ENOENT) {
            FAIL(ERR_IO, "%s: cannot be removed: %s", entry->d_name, strerror(errno));
        }
    }
    return OK;
}

static err sync_folder(struct arena *a, int folder) {
    CLEANUP(fd_close) int self = -1;
    TRY(file_open(a, folder, STR("."), O_RDONLY | O_DIRECTORY, &self));
    if (a->sys->sync(a->sys->ctx, self) != 0) {
        FAIL(ERR_IO, "syncing the folder of pressings: %s", strerror(errno));
    }
    return OK;
}

/* The names of all its files are on the disk before `current` says its name; what was unlinked
 * stays so after a power cut. */
err pressing_publish(struct arena *a, int folder, str name) {
    const struct pressing_place place = {.sys = a->sys, .folder = folder};
    CLEANUP(pressing_close) struct pressing *pressing = NULL;
    str line;
    TRY(pressing_open(&place, name, &pressing));
    TRY(sync_folder(a, folder));
    TRY(arena_printf(a, &line, STR_FMT "\n", STR_ARG(name)));
    TRY(file_replace(a, folder, STR("current"), line, 0644));
    TRY(unlink_others(a, folder, pressing, name));
    return sync_folder(a, folder);
}

err pressing_sweep(struct arena *a, int folder) {
    const struct pressing_place place = {.sys = a->sys, .folder = folder};
    CLEANUP(pressing_close) struct pressing *pressing = NULL;
    str name = {0};
    err e = pressing_current(a, folder, &name);
    if (e.kind == ERR_NONE)
        TRY(pressing_open(&place, name, &pressing));
    else if (e.kind != ERR_NOT_FOUND)
        return e;
    return unlink_others(a, folder, pressing, name);
}
