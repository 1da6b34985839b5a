/* intake_media.c: finds the pictures a source names, has them made anew, and keeps what comes out.
 * See intake.h. Runs in the parent, which opens files but decodes none.
 *
 * As many pictures are made at once as there are processors. They begin in the order of the source
 * and end in it: each takes a place in a ring, and whatever is told or kept of it waits until it is
 * the first there. So an import leaves the same on one processor and on eight. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <poll.h>
#include <sched.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "intake/address.h"
#include "intake/intake_impl.h"

enum {
    HASH_BYTES = 32,
    CHUNK_BYTES = 64 << 10,
    MAKERS_MAX = 8, /* each may take what SCRUB_MEMORY_BYTES says, and as much for the encoder */
    RING_PER_MAKER = 4,       /* finished pictures that wait for a slow one before them */
    MAKING_SECONDS_MAX = 600, /* the largest picture there is, as AVIF too, takes less */
    FILES_AT_ONCE_MAX = MAKERS_MAX * RING_PER_MAKER,
};

/* Room for the finished files of one picture, and small things. */
#define PICTURE_ARENA_BYTES ((size_t)MAKER_OUTPUT_BYTES_MAX + (1 << 20))

/* A picture on its way. */
struct transit {
    struct arena a;
    struct job_picture *picture;
    struct archive_media *media;
    const struct job_picture *same; /* of this import, with the same original; or NULL */
    int fd;                         /* the original; -1: there is none */
    const char *missing;            /* why; or NULL */
    struct maker *maker;            /* which is at work on it; or NULL */
    bool is_made;                   /* by a maker: `set` says what came out */
    struct picture_set set;
    err e; /* how it went */
};

struct work {
    struct job *job;
    struct maker makers[MAKERS_MAX]; /* the first `started` are */
    size_t started;
    size_t maker_count; /* as many as there may be */
    struct transit ring[FILES_AT_ONCE_MAX];
    size_t first;
    size_t count;
    uint64_t done;
};

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

/* Remembers a file for the case that the import fails. */
static err remember_file(struct job *job, const unsigned char hash[HASH_BYTES], uint64_t mark,
                         bool is_original) {
    struct job_file *file = arena_alloc(job->arena, sizeof *file);
    if (file == NULL) FAIL(ERR_NO_MEMORY, "no memory for a picture");
    *file = (struct job_file){.mark = mark, .is_original = is_original, .next = job->files};
    memcpy(file->hash, hash, HASH_BYTES);
    job->files = file;
    str name = {(const char *)file->hash, HASH_BYTES};
    return is_original ? OK : table_put(&job->media_files, name, file);
}

/* The mark of a file in the folder of media; 0: there is none. Who writes a file of that name puts
 * another in its place, so the number of the file tells the writers apart. */
static uint64_t mark_of(int folder, const char *name) {
    struct stat file;
    return fstatat(folder, name, &file, AT_SYMLINK_NOFOLLOW) == 0 ? (uint64_t)file.st_ino : 0;
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
    str name = {(const char *)variant->hash, HASH_BYTES};
    if (table_get(&job->media_files, name) != NULL) return OK; /* of another picture here */
    sodium_bin2hex(hex, sizeof hex, variant->hash, HASH_BYTES);
    int folder = job->options->media_folder;
    bool is_new = mark_of(folder, hex) == 0;
    TRY(file_replace(a, folder, str_of(hex), size->bytes, 0644));
    return is_new ? remember_file(job, variant->hash, mark_of(folder, hex), false) : OK;
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

/* What is known of a picture whose original this import has met before. */
static err copy_same(const struct transit *t) {
    const struct archive_media *held = t->same->prepared;
    if (held == NULL) FAIL(ERR_INVALID, STR_FMT, STR_ARG(t->same->why));
    t->media->colour = held->colour;
    t->media->variants = held->variants;
    t->media->variant_count = held->variant_count;
    return OK;
}

static err keep_made(struct job *job, struct transit *t) {
    TRY(keep_variants(job, &t->a, &t->set, t->media));
    if (job->options->seal == NULL) return OK;
    if (lseek(t->fd, 0, SEEK_SET) != 0) FAIL(ERR_IO, "a picture cannot be read twice");
    const unsigned char *hash = t->media->original_hash;
    uint64_t mark = 0;
    TRY(job->options->seal(job->options->seal_context, t->fd, hash, &mark));
    return mark != 0 ? remember_file(job, hash, mark, true) : OK;
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

/* --- On the way --- */

static err free_maker(struct work *w, struct maker **ret_maker) {
    for (size_t i = 0; i < w->started; i++) {
        if (w->makers[i].answer >= 0) continue;
        *ret_maker = &w->makers[i];
        return OK;
    }
    assert(w->started < w->maker_count);
    TRY(maker_start(w->job->options->maker, &w->makers[w->started]));
    *ret_maker = &w->makers[w->started++];
    return OK;
}

static bool may_begin(const struct work *w) {
    if (w->count == w->maker_count * RING_PER_MAKER) return false;
    if (w->started < w->maker_count) return true;
    for (size_t i = 0; i < w->started; i++) {
        if (w->makers[i].answer < 0) return true;
    }
    return false;
}

/* Gives a maker what neither the archive holds nor this import has met. */
static err begin_making(struct work *w, struct transit *t) {
    struct job *job = w->job;
    int64_t id = 0;
    t->media = arena_alloc(job->arena, sizeof *t->media);
    if (t->media == NULL) FAIL(ERR_NO_MEMORY, "no memory for a picture");
    *t->media = (struct archive_media){
        .name = t->picture->upload, .alt = t->picture->alt, .caption = t->picture->caption};
    TRY(hash_file(job->sys, t->fd, t->media->original_hash));
    str original = {(const char *)t->media->original_hash, HASH_BYTES};
    t->same = table_get(&job->by_original, original);
    if (t->same != NULL) return OK;
    err held =
        archive_media_by_original(job->options->archive, &t->a, t->media->original_hash, &id);
    if (held.kind != ERR_NOT_FOUND) TRY(held);
    TRY(table_put(&job->by_original, original, t->picture));
    if (held.kind == ERR_NONE) return OK;
    struct maker *maker = NULL;
    err e = free_maker(w, &maker);
    if (e.kind == ERR_NONE) e = maker_give(maker, job->sys, t->fd, !job->options->without_avif);
    if (e.kind != ERR_NONE) {
        e.kind = e.kind == ERR_NO_MEMORY ? ERR_NO_MEMORY : ERR_IO; /* the house's, not its own */
        return e;
    }
    t->maker = maker;
    return OK;
}

static err begin(struct work *w, struct transit *t) {
    struct job *job = w->job;
    str upload = t->picture->upload;
    if (!job->source->is_folder && job->options->media_source < 0) {
        t->missing = "no folder of media was given";
    } else if (upload.len == 0) {
        t->missing = "it lies on another site, and nothing is fetched";
    } else if (!address_is_picture(upload)) {
        FAIL(ERR_INVALID, "not a JPEG or PNG picture");
    }
    if (t->missing != NULL) return OK;
    int folder = job->source->is_folder ? job->input : job->options->media_source;
    TRY(find_file(&t->a, folder, upload, &t->fd));
    if (t->fd >= 0) return begin_making(w, t);
    t->missing = "not found in the folder of media";
    return OK;
}

static void begin_next(struct work *w, struct job_picture *picture) {
    size_t at = (w->first + w->count) % FILES_AT_ONCE_MAX;
    struct transit *t = &w->ring[at];
    *t = (struct transit){.picture = picture, .fd = -1};
    arena_init(&t->a, w->job->sys, PICTURE_ARENA_BYTES);
    w->count++;
    t->e = begin(w, t);
}

static void leave(struct work *w) {
    struct transit *t = &w->ring[w->first];
    fd_close(&t->fd);
    arena_done(&t->a);
    w->first = (w->first + 1) % FILES_AT_ONCE_MAX;
    w->count--;
}

/* What is wrong with one picture is told and does not end the import; what is wrong with the house
 * (no memory, a full disk, no scrubber) does. */
static err conclude(struct job *job, struct transit *t) {
    struct job_picture *picture = t->picture;
    if (t->missing != NULL) return missing(job, picture, str_of(t->missing));
    err e = t->e;
    if (e.kind == ERR_NONE && t->same != NULL) e = copy_same(t);
    if (e.kind == ERR_NONE && t->is_made) e = keep_made(job, t);
    bool is_its_own = e.kind == ERR_INVALID || e.kind == ERR_BUSY || e.kind == ERR_LIMIT;
    if (is_its_own) return refused(job, picture, str_of(e.message));
    TRY(e);
    picture->prepared = t->media;
    return OK;
}

static err conclude_first(struct work *w) {
    struct job *job = w->job;
    struct transit *t = &w->ring[w->first];
    err e = conclude(job, t);
    str address = t->picture->address;
    leave(w);
    if (e.kind != ERR_NONE) return err_wrap(e, STR_FMT, STR_ARG(str_slice(address, 0, 200)));
    w->done++;
    if (job->options->progress != NULL) {
        job->options->progress(job->options->progress_context, "pictures", w->done,
                               job->picture_count);
    }
    return OK;
}

/* Takes what makers have finished; with `may_wait`, at least one thing. */
static err take_finished(struct work *w, bool may_wait) {
    struct pollfd ready[FILES_AT_ONCE_MAX];
    struct transit *whose[FILES_AT_ONCE_MAX];
    nfds_t count = 0;
    for (size_t i = 0; i < w->count; i++) {
        struct transit *t = &w->ring[(w->first + i) % FILES_AT_ONCE_MAX];
        if (t->maker == NULL) continue;
        ready[count] = (struct pollfd){.fd = t->maker->socket, .events = POLLIN};
        whose[count++] = t;
    }
    int found = 0;
    do found = poll(ready, count, may_wait ? MAKING_SECONDS_MAX * 1000 : 0);
    while (found < 0 && errno == EINTR);
    if (found < 0) FAIL(ERR_IO, "waiting for pictures: %s", strerror(errno));
    if (found == 0 && may_wait) FAIL(ERR_IO, "no picture in %d seconds", MAKING_SECONDS_MAX);
    for (nfds_t i = 0; i < count; i++) {
        if (ready[i].revents == 0) continue;
        whose[i]->e = maker_take(whose[i]->maker, &whose[i]->a, &whose[i]->set);
        whose[i]->is_made = whose[i]->e.kind == ERR_NONE;
        whose[i]->maker = NULL;
    }
    return OK;
}

static err make_all(struct work *w) {
    struct job_picture *next = w->job->pictures;
    while (next != NULL || w->count > 0) {
        bool begins = next != NULL && may_begin(w);
        bool ends = w->count > 0 && w->ring[w->first].maker == NULL;
        TRY(take_finished(w, !begins && !ends));
        if (begins) {
            begin_next(w, next);
            next = next->next;
        } else if (ends) {
            TRY(conclude_first(w));
        }
    }
    return OK;
}

static size_t processors(void) {
    cpu_set_t set;
    int count = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    return count > MAKERS_MAX ? MAKERS_MAX : (size_t)count;
}

err intake_pictures_prepare(struct job *job) {
    if (sodium_init() < 0) FAIL(ERR_IO, "libsodium cannot start");
    struct work *w = arena_alloc(job->arena, sizeof *w);
    if (w == NULL) FAIL(ERR_NO_MEMORY, "no memory for pictures");
    *w = (struct work){.job = job, .maker_count = processors()};
    err e = make_all(w);
    while (w->count > 0) leave(w);
    for (size_t i = 0; i < w->started; i++) maker_stop(&w->makers[i]);
    return e;
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

void intake_pictures_forget(struct job *job) {
    const struct intake_options *o = job->options;
    for (struct job_file *file = job->files; file != NULL; file = file->next) {
        char hex[HASH_BYTES * 2 + 1];
        sodium_bin2hex(hex, sizeof hex, file->hash, HASH_BYTES);
        if (file->is_original) {
            if (o->unseal != NULL) o->unseal(o->seal_context, file->hash, file->mark);
        } else if (mark_of(o->media_folder, hex) == file->mark) {
            job->sys->unlink(job->sys->ctx, o->media_folder, hex);
        }
    }
    job->files = NULL;
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
