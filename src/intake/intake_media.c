/* intake_media.c: finds the pictures a source names, has them scrubbed and rebuilt, and keeps what
 * comes out. See intake.h. Runs in the parent, which opens files but decodes none. */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "intake/address.h"
#include "intake/intake_impl.h"
#include "scrub/encode.h"

enum { HASH_BYTES = 32, CHUNK_BYTES = 64 << 10 };

/* Room for one picture on its way: pixels as they come, files as they leave. */
#define PICTURE_ARENA_BYTES (PIXELS_ANSWER_BYTES_MAX * 3 + ((size_t)256 << 20))

/* --- Finding --- */

/* Opens a path below `folder` and nowhere else, whatever links lie on the way. -1: not there. */
static int open_below(int folder, const char *path) {
    struct open_how how = {.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK,
                           .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
    int fd = (int)syscall(SYS_openat2, folder, path, &how, sizeof how);
    struct stat file;
    if (fd >= 0 && (fstat(fd, &file) != 0 || !S_ISREG(file.st_mode))) {
        close(fd);
        return -1;
    }
    return fd;
}

static err try_path(struct arena *a, int folder, str path, int *ret_fd) {
    static const char *const above[] = {"", "wp-content/uploads/", "uploads/"};
    for (size_t i = 0; i < COUNT_OF(above) && *ret_fd < 0; i++) {
        str whole = {0};
        const char *name = NULL;
        TRY(arena_printf(a, &whole, "%s" STR_FMT, above[i], STR_ARG(path)));
        if (!address_is_safe(whole)) return OK;
        TRY(arena_cstr(a, whole, &name));
        *ret_fd = open_below(folder, name);
    }
    return OK;
}

/* The original before the size that the text shows: it is scaled again here. */
static err find_file(struct arena *a, int folder, str path, int *ret_fd) {
    str original = {0};
    *ret_fd = -1;
    if (address_without_size(a, path, &original)) TRY(try_path(a, folder, original, ret_fd));
    return *ret_fd >= 0 ? OK : try_path(a, folder, path, ret_fd);
}

/* --- Keeping --- */

static err hash_file(const struct sys *sys, int fd, unsigned char ret_hash[HASH_BYTES]) {
    crypto_generichash_state state;
    char chunk[CHUNK_BYTES];
    uint64_t total = 0;
    crypto_generichash_init(&state, NULL, 0, HASH_BYTES);
    for (;;) {
        ssize_t got = sys->read(sys->ctx, fd, chunk, sizeof chunk);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) FAIL(ERR_IO, "a picture cannot be read: %s", strerror(errno));
        if (got == 0) break;
        total += (uint64_t)got;
        if (total > LIMIT_PICTURE_BYTES)
            FAIL(ERR_INVALID, "larger than %d bytes", LIMIT_PICTURE_BYTES);
        crypto_generichash_update(&state, (const unsigned char *)chunk, (size_t)got);
    }
    crypto_generichash_final(&state, ret_hash, HASH_BYTES);
    return OK;
}

static err keep_variants(struct job *job, struct arena *a, const struct picture_set *set,
                         struct archive_media *media) {
    media->variants = arena_array(a, set->count, sizeof *media->variants);
    if (media->variants == NULL) FAIL(ERR_NO_MEMORY, "no memory for a picture");
    for (size_t i = 0; i < set->count; i++) {
        const struct picture_size *size = &set->sizes[i];
        struct archive_variant *variant = &media->variants[i];
        char hex[HASH_BYTES * 2 + 1];
        str name = {0};
        crypto_generichash(variant->hash, HASH_BYTES, (const unsigned char *)size->bytes.ptr,
                           size->bytes.len, NULL, 0);
        sodium_bin2hex(hex, sizeof hex, variant->hash, HASH_BYTES);
        name = str_of(hex);
        TRY(file_replace(a, job->options->media_folder, name, size->bytes, 0644));
        variant->width = (int32_t)size->width;
        variant->height = (int32_t)size->height;
        variant->format = set->format == PICTURE_PNG ? STR("png") : STR("jpeg");
        variant->bytes = (int64_t)size->bytes.len;
    }
    media->variant_count = set->count;
    media->colour = set->colour;
    return OK;
}

/* Everything that a new picture goes through. */
static err bring_in(struct job *job, struct arena *a, int fd, struct archive_media *media) {
    struct pixels pixels = {0};
    struct picture_set set = {0};
    err e = scrub_picture(job->options->scrub, a, fd, &pixels);
    if (e.kind == ERR_IO) e.kind = ERR_INVALID; /* a scrubber that died is one refused picture */
    TRY(e);
    TRY(picture_rebuild(a, &pixels, &set));
    TRY(keep_variants(job, a, &set, media));
    if (job->options->seal == NULL) return OK;
    if (lseek(fd, 0, SEEK_SET) != 0) FAIL(ERR_IO, "a picture cannot be read twice");
    return job->options->seal(job->options->seal_context, fd, media->original_hash);
}

static err store(struct job *job, struct arena *a, struct job_picture *picture, int fd) {
    struct archive_media media = {.name = picture->upload};
    int64_t id = 0;
    TRY(hash_file(job->sys, fd, media.original_hash));
    media.alt = picture->alt;
    media.caption = picture->caption;
    err held = archive_media_by_original(job->options->archive, a, media.original_hash, &id);
    if (held.kind != ERR_NONE && held.kind != ERR_NOT_FOUND) return held;
    if (held.kind == ERR_NONE) {
        TRY(archive_media_load(job->options->archive, a, id, &media));
        if (media.alt.len == 0) media.alt = picture->alt;
        if (media.caption.len == 0) media.caption = picture->caption;
    } else {
        TRY(bring_in(job, a, fd, &media));
        job->report->pictures_new++;
    }
    TRY(archive_media_put(job->options->archive, a, &media, &picture->saved));
    picture->media = media.id;
    job->report->pictures_found++;
    return OK;
}

static err missing(struct job *job, struct job_picture *picture, str why) {
    picture->why = why;
    return report_add(job->arena, &job->report->pictures_missing, picture->address, (str){0}, why);
}

static err refused(struct job *job, struct job_picture *picture, str why) {
    TRY(arena_copy(job->arena, why, &picture->why));
    return report_add(job->arena, &job->report->pictures_refused, picture->address, (str){0},
                      picture->why);
}

/* What is wrong with one picture is told and does not end the import; what is wrong with the house
 * (no memory, a full disk, no scrubber) does. */
static err one_picture(struct job *job, struct arena *a, struct job_picture *picture) {
    int fd = -1;
    if (!job->source->is_folder && job->options->media_source < 0) {
        return missing(job, picture, STR("no folder of media was given"));
    }
    if (picture->upload.len == 0) {
        return missing(job, picture, STR("it lies on another site, and nothing is fetched"));
    }
    if (!address_is_picture(picture->upload)) {
        return refused(job, picture, STR("not a JPEG or PNG picture"));
    }
    int folder = job->source->is_folder ? job->input : job->options->media_source;
    TRY(find_file(a, folder, picture->upload, &fd));
    if (fd < 0) return missing(job, picture, STR("not found in the folder of media"));
    err e = store(job, a, picture, fd);
    close(fd);
    bool is_its_own = e.kind == ERR_INVALID || e.kind == ERR_BUSY || e.kind == ERR_LIMIT;
    return is_its_own ? refused(job, picture, str_of(e.message)) : e;
}

err intake_pictures(struct job *job) {
    uint64_t done = 0;
    if (sodium_init() < 0) FAIL(ERR_IO, "libsodium cannot start");
    for (struct job_picture *picture = job->pictures; picture != NULL; picture = picture->next) {
        struct arena a;
        arena_init(&a, job->sys, PICTURE_ARENA_BYTES);
        err e = one_picture(job, &a, picture);
        arena_done(&a);
        if (e.kind != ERR_NONE) {
            return err_wrap(e, STR_FMT, STR_ARG(str_slice(picture->address, 0, 200)));
        }
        done++;
        if (job->options->progress != NULL) {
            job->options->progress(job->options->progress_context, "pictures", done,
                                   job->picture_count);
        }
    }
    return OK;
}

/* --- Asking for them --- */

struct job_picture *job_picture_number(struct job *job, int64_t number) {
    char key[24];
    int len = snprintf(key, sizeof key, "%lld", (long long)number);
    return number <= 0 ? NULL : table_get(&job->by_number, (str){key, (size_t)len});
}

struct job_picture *job_picture_at(struct job *job, struct arena *a, str address) {
    str upload = {0};
    str original = {0};
    struct job_picture *found = table_get(&job->by_address, address);
    if (found != NULL && found->media != 0) return found;
    err e = address_of_upload(a, address, &upload);
    if (e.kind != ERR_NONE || upload.len == 0) return found;
    struct job_picture *same = table_get(&job->by_upload, upload);
    if (same != NULL && same->media != 0) return same;
    bool is_sized = address_without_size(a, upload, &original);
    struct job_picture *whole = is_sized ? table_get(&job->by_upload, original) : NULL;
    return whole != NULL ? whole : same != NULL ? same : found;
}
