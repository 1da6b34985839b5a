/* originals.c: see originals.h. */
#include "main/originals.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vault/vault.h"

/* Writes beside, syncs, renames: an original is there whole or not at all. */
static err seal_beside(struct site *site, struct arena *a, int fd, str beside) {
    const struct sys *sys = site->run->sys;
    CLEANUP(fd_close) int to = -1;
    TRY(file_open(a, site->originals, beside, O_WRONLY | O_CREAT | O_TRUNC, &to));
    if (lseek(fd, 0, SEEK_SET) != 0) FAIL(ERR_IO, "an original: %s", strerror(errno));
    TRY(vault_file_seal(sys, site->originals_key, fd, to));
    if (sys->sync(sys->ctx, to) != 0) FAIL(ERR_IO, "an original: %s", strerror(errno));
    return OK;
}

/* Every writing makes another file, and its number tells it apart; 0: there is none. */
static uint64_t mark_of(const struct site *site, str name) {
    struct stat file;
    bool is_there = fstatat(site->originals, name.ptr, &file, AT_SYMLINK_NOFOLLOW) == 0;
    return is_there ? (uint64_t)file.st_ino : 0;
}

/* What is there already is written anew: an import that is undone at this moment must not take away
 * what this one relies on. */
static err seal_original(void *context, int fd, const unsigned char hash[32], uint64_t *ret_mark) {
    struct site *site = context;
    const struct sys *sys = site->run->sys;
    CLEANUP(arena_done) struct arena a;
    str name;
    str beside;
    arena_init(&a, sys, 1 << 16);
    TRY(vault_hex(&a, hash, 32, &name));
    bool is_new = mark_of(site, name) == 0;
    TRY(arena_printf(&a, &beside, STR_FMT ".new", STR_ARG(name)));
    err e = seal_beside(site, &a, fd, beside);
    if (e.kind == ERR_NONE && sys->rename(sys->ctx, site->originals, beside.ptr, name.ptr) != 0) {
        e = err_make(ERR_IO, __FILE__, __LINE__, "an original: %s", strerror(errno));
    }
    if (e.kind != ERR_NONE) {
        sys->unlink(sys->ctx, site->originals, beside.ptr);
        return e;
    }
    *ret_mark = is_new ? mark_of(site, name) : 0;
    return OK;
}

static void unseal_original(void *context, const unsigned char hash[32], uint64_t mark) {
    const struct site *site = context;
    CLEANUP(arena_done) struct arena a;
    str name;
    arena_init(&a, site->run->sys, 1 << 16);
    err e = vault_hex(&a, hash, 32, &name);
    if (e.kind != ERR_NONE || mark_of(site, name) != mark) return;
    site->run->sys->unlink(site->run->sys->ctx, site->originals, name.ptr);
}

static void show_progress(void *context, const char *what, uint64_t done, uint64_t total) {
    const struct site *site = context;
    if (total > 0) {
        progress(site->run, "%s: %llu of %llu", what, (unsigned long long)done,
                 (unsigned long long)total);
    } else {
        progress(site->run, "%s: %llu", what, (unsigned long long)done);
    }
}

err originals_maker(struct run *run, struct maker_spec *ret_spec) {
    str scrubber;
    str encoder;
    TRY(arena_printf(run->a, &scrubber, STR_FMT "/scrubber", STR_ARG(run->programs)));
    TRY(arena_printf(run->a, &encoder, STR_FMT "/encoder", STR_ARG(run->programs)));
    *ret_spec = (struct maker_spec){.encoder = encoder.ptr, .scrub = {.program = scrubber.ptr}};
    return OK;
}

err originals_intake(struct site *site, int uploads, struct intake_options *ret_options) {
    struct maker_spec *maker = arena_alloc(site->run->a, sizeof *maker);
    if (maker == NULL) FAIL(ERR_NO_MEMORY, "no memory for an import");
    TRY(originals_maker(site->run, maker));
    *ret_options = (struct intake_options){
        .archive = site->archive,
        .by = option_text(site->run->arguments, "by"),
        .language = option_text(site->run->arguments, "language"),
        .media_source = uploads,
        .media_folder = site->media,
        .maker = maker,
        .seal = seal_original,
        .unseal = unseal_original,
        .seal_context = site,
        .progress = show_progress,
        .progress_context = site,
    };
    if (ret_options->by.len == 0) ret_options->by = STR("import");
    return OK;
}
