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

static err keep_file(struct job *job, struct arena *a, const struct picture_size *size, str format,
                     struct archive_variant *variant) {
    char hex[HASH_BYTES * 2 + 1];
    *variant = (struct archive_variant){.width = (int32_t)size->width,
                                        .height = (int32_t)size->height,
                                        .format = format,
                                        .bytes = (int64_t)size->bytes.len};
    crypto_generichash(variant->hash, HASH_BYTES, (const unsigned char *)size->bytes.ptr,
                       size->bytes.len, NULL, 0);
    sodium_bin2hex(hex, sizeof hex, variant->hash, HASH_BYTES);
    return file_replace(a, job->options->media_folder, str_of(hex), size->bytes, 0644);
}

/* Writes the files of a picture; what is known of them lives as long as the import. */
static err keep_variants(struct job *job, struct arena *a, const struct picture_set *set,
                         struct archive_media *media) {
    size_t count = set->count * (set->has_avif ? 2 : 1);
    str format = set->format == PICTURE_PNG ? STR("png") : STR("jpeg");
    media->variants = arena_array(job->arena, count, sizeof *media->variants);
    if (media->variants == NULL) FAIL(ERR_NO_MEMORY, "no memory for a picture");
    for (size_t i = 0; i < set->count; i++) {
        TRY(keep_file(job, a, &set->sizes[i], format, &media->variants[i]));
    }
    for (size_t i = set->count; i < count; i++) {
        TRY(keep_file(job, a, &set->avif[i - set->count], STR("avif"), &media->variants[i]));
    }
    media->variant_count = count;
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
    TRY(picture_rebuild(a, &pixels, !job->options->without_avif, &set));
    TRY(keep_variants(job, a, &set, media));
    if (job->options->seal == NULL) return OK;
    if (lseek(fd, 0, SEEK_SET) != 0) FAIL(ERR_IO, "a picture cannot be read twice");
    return job->options->seal(job->options->seal_context, fd, media->original_hash);
}

/* Makes what the archive does not hold yet, and remembers it for intake_pictures_keep. */
static err prepare(struct job *job, struct arena *a, struct job_picture *picture, int fd) {
    struct archive_media *media = arena_alloc(job->arena, sizeof *media);
    int64_t id = 0;
    if (media == NULL) FAIL(ERR_NO_MEMORY, "no memory for a picture");
    *media = (struct archive_media){
        .name = picture->upload, .alt = picture->alt, .caption = picture->caption};
    TRY(hash_file(job->sys, fd, media->original_hash));
    str original = {(const char *)media->original_hash, HASH_BYTES};
    const struct job_picture *same = table_get(&job->by_original, original);
    err held = archive_media_by_original(job->options->archive, a, media->original_hash, &id);
    if (held.kind != ERR_NONE && held.kind != ERR_NOT_FOUND) return held;
    if (same != NULL) {
        media->colour = same->prepared->colour;
        media->variants = same->prepared->variants;
        media->variant_count = same->prepared->variant_count;
    } else if (held.kind == ERR_NOT_FOUND) {
        TRY(bring_in(job, a, fd, media));
    }
    picture->prepared = media;
    return same != NULL ? OK : table_put(&job->by_original, original, picture);
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
    err e = prepare(job, a, picture, fd);
    close(fd);
    bool is_its_own = e.kind == ERR_INVALID || e.kind == ERR_BUSY || e.kind == ERR_LIMIT;
    return is_its_own ? refused(job, picture, str_of(e.message)) : e;
}

err intake_pictures_prepare(struct job *job) {
    uint64_t done = 0;
    if (sodium_init() < 0) FAIL(ERR_IO, "libsodium cannot start");
    TRY(picture_ready());
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

err intake_pictures_keep(struct job *job) {
    for (struct job_picture *picture = job->pictures; picture != NULL; picture = picture->next) {
        struct arena a;
        if (picture->prepared == NULL) continue;
        arena_init(&a, job->sys, PICTURE_ARENA_BYTES);
        err e = archive_media_put(job->options->archive, &a, picture->prepared, &picture->saved);
        arena_done(&a);
        if (e.kind == ERR_INVALID || e.kind == ERR_LIMIT) {
            TRY(refused(job, picture, str_of(e.message)));
            continue;
        }
        if (e.kind != ERR_NONE) {
            return err_wrap(e, STR_FMT, STR_ARG(str_slice(picture->address, 0, 200)));
        }
        picture->media = picture->prepared->id;
        job->report->pictures_found++;
        if (picture->saved == ARCHIVE_ADDED) job->report->pictures_new++;
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
