/* pressing_testing.h: what the tests of this room share: a folder of pressings and a gate's key. */
#pragma once

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fault.h"
#include "pressing/pressing.h"
#include "vault/vault.h"

enum { ARENA_CAP = 256 << 20, SMALL_CAP = 4 << 20 };

struct bench {
    struct sys sys;
    struct arena arena;
    char path[32];
    int folder;
    unsigned char key[VAULT_PUBLIC_BYTES];
    unsigned char secret[VAULT_SECRET_BYTES];
};

static inline void good(err e) {
    if (e.kind != ERR_NONE) fail_msg("%s", e.message);
}

/* These tests kill programs, not machines (pressing_power_test.c does that): nothing need reach the
 * disk, and they are many times as fast. */
static inline int no_sync(void *ctx, int fd) {
    (void)ctx;
    (void)fd;
    return 0;
}

static inline int begin(void **state) {
    struct bench *bench = calloc(1, sizeof *bench);
    if (bench == NULL) return -1;
    bench->sys = sys_real();
    bench->sys.sync = no_sync;
    arena_init(&bench->arena, &bench->sys, ARENA_CAP);
    good(vault_start());
    vault_sign_pair(bench->key, bench->secret);
    memcpy(bench->path, "/tmp/hanji-pressing-XXXXXX", 27);
    if (mkdtemp(bench->path) == NULL) return -1;
    bench->folder = open(bench->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    *state = bench;
    return bench->folder < 0 ? -1 : 0;
}

static inline size_t files_in(const struct bench *bench, bool remove) {
    size_t count = 0;
    DIR *listing = opendir(bench->path);
    assert_non_null(listing);
    for (const struct dirent *entry = readdir(listing); entry != NULL; entry = readdir(listing)) {
        if (entry->d_name[0] == '.') continue;
        if (remove) unlinkat(bench->folder, entry->d_name, 0);
        count++;
    }
    closedir(listing);
    return count;
}

static inline int end(void **state) {
    struct bench *bench = *state;
    files_in(bench, true);
    rmdir(bench->path);
    fd_close(&bench->folder);
    arena_done(&bench->arena);
    free(bench);
    return 0;
}

/* A clearance is known by a hash: here the hash of a word. */
static inline err declare(struct pressing_writer *writer, str word, uint32_t *ret_number) {
    unsigned char hash[PRESSING_HASH_BYTES];
    vault_hash(word, hash);
    return pressing_writer_clearance(writer, hash, ret_number);
}

static inline bool is_word(const struct pressing *pressing, size_t clearance, str word) {
    unsigned char hash[PRESSING_HASH_BYTES];
    vault_hash(word, hash);
    return memcmp(hash, pressing_clearance_at(pressing, clearance), sizeof hash) == 0;
}

/* What the gate does with a finished pressing, without reading it. */
static inline err seal(struct arena *a, const struct bench *bench, str name) {
    CLEANUP(pressing_close) struct pressing *pressing = NULL;
    struct pressing_seal record = {.sealed_at = 5000, .rules = 1};
    unsigned char message[PRESSING_SEAL_MESSAGE_BYTES];
    const struct pressing_place place = {.sys = a->sys, .folder = bench->folder};
    TRY(pressing_open(&place, name, &pressing));
    pressing_seal_message(&record, pressing_index_bytes(pressing), message);
    vault_sign(bench->secret, (str){(const char *)message, sizeof message}, record.signature);
    return pressing_attach_seal(a, bench->folder, name, &record);
}

static inline err open_live(struct bench *bench, struct pressing **ret_pressing) {
    const struct pressing_place place = {
        .sys = &bench->sys, .folder = bench->folder, .clearing_key = bench->key};
    str name;
    return pressing_open_current(&place, &bench->arena, &name, ret_pressing);
}

/* Whether these bytes are in any file of the folder. */
static inline bool folder_has(struct bench *bench, str needle) {
    bool found = false;
    DIR *listing = opendir(bench->path);
    assert_non_null(listing);
    for (const struct dirent *entry = readdir(listing); entry != NULL; entry = readdir(listing)) {
        struct arena_mark mark = arena_mark(&bench->arena);
        str bytes;
        if (entry->d_name[0] == '.') continue;
        good(file_read(&bench->arena, bench->folder, str_of(entry->d_name), ARENA_CAP, &bytes));
        found = found || memmem(bytes.ptr, bytes.len, needle.ptr, needle.len) != NULL;
        arena_reset(&bench->arena, mark);
    }
    closedir(listing);
    return found;
}
