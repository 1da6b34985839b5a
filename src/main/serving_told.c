/* serving_told.c: what a front is told: see serving.h and wire/front_calls.h. */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "main/serving.h"

enum { MESSAGE_BYTES = 4 << 20, FD_ABOVE_STANDARD = 3, PEM_BYTES_MAX = 16 * LIMIT_FIELD_BYTES };

/* ---- Logs ----------------------------------------------------------------------------------- */

/* Files that are handed over, and then closed here. */
struct handing {
    int files[2];
    size_t count;
};

static void handing_done(struct handing *handing) {
    for (size_t i = 0; i < handing->count; i++) fd_close(&handing->files[i]);
}

/* Opens a log that hanji.ini names, to append to; "-" is our own standard error. */
static err open_log(struct serving *serving, const char *key, struct handing *handing,
                    int64_t *ret_has) {
    struct site *site = serving->site;
    str name = {0};
    int fd = -1;
    TRY(site_ini(site, str_of(key), STR(""), &name));
    *ret_has = name.len > 0;
    if (name.len == 0) return OK;
    if (str_eq(name, STR("-"))) {
        fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, FD_ABOVE_STANDARD);
        if (fd < 0) FAIL(ERR_IO, "%s: %s", key, strerror(errno));
    } else {
        TRY(err_wrap(file_open(site->run->a, site->folder, name,
                               O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, &fd),
                     "hanji.ini: %s", key));
    }
    handing->files[handing->count++] = fd;
    return OK;
}

static err open_logs(struct serving *serving, struct handing *handing,
                     struct front_logs *ret_logs) {
    str tells = {0};
    TRY(open_log(serving, "access_log", handing, &ret_logs->has_access));
    TRY(open_log(serving, "counts", handing, &ret_logs->has_counts));
    TRY(site_ini(serving->site, STR("access_log_addresses"), STR("no"), &tells));
    ret_logs->tells_addresses = str_eq(tells, STR("yes"));
    if (ret_logs->tells_addresses == 0 && !str_eq(tells, STR("no")))
        FAIL(ERR_INVALID, "hanji.ini: access_log_addresses = " STR_FMT ": write yes or no",
             STR_ARG(tells));
    return OK;
}

/* ---- The certificate ------------------------------------------------------------------------- */

void kept_certificate_free(struct kept_certificate *kept) {
    if (kept->bytes != NULL) sodium_free(kept->bytes); /* wipes */
    *kept = (struct kept_certificate){0};
}

static err keep(struct kept_certificate *kept, const struct front_certificate *certificate) {
    kept_certificate_free(kept);
    if (certificate->chain.len == 0) return OK;
    kept->bytes = sodium_malloc(certificate->chain.len + certificate->key.len);
    if (kept->bytes == NULL) FAIL(ERR_NO_MEMORY, "no memory to keep the certificate");
    kept->chain_len = certificate->chain.len;
    kept->key_len = certificate->key.len;
    memcpy(kept->bytes, certificate->chain.ptr, kept->chain_len);
    memcpy(kept->bytes + kept->chain_len, certificate->key.ptr, kept->key_len);
    return OK;
}

void serving_settle_offer(struct serving *serving, bool is_taken) {
    if (is_taken && serving->offered.bytes != NULL) {
        kept_certificate_free(&serving->taken);
        serving->taken = serving->offered;
        serving->offered = (struct kept_certificate){0};
    }
    kept_certificate_free(&serving->offered);
}

/* Keys do not stay in our arenas: neither as they were read nor as they were sent. */
static void forget(str bytes) {
    union {
        const char *read;
        void *plain; /* an arena's bytes: ours to write */
    } place = {.read = bytes.ptr};
    if (bytes.len > 0) sodium_memzero(place.plain, bytes.len);
}

/* Reads chain and key into `a`, whose owner forgets the key. */
static err read_files(struct serving *serving, struct arena *a,
                      struct front_certificate *ret_certificate) {
    struct site *site = serving->site;
    str chain = {0};
    str key = {0};
    TRY(site_ini(site, STR("certificate"), STR(""), &chain));
    TRY(site_ini(site, STR("certificate_key"), STR(""), &key));
    if (chain.len == 0 && key.len == 0) return OK;
    if (chain.len == 0 || key.len == 0)
        FAIL(ERR_INVALID, "hanji.ini: certificate and certificate_key go together");
    TRY(err_wrap(file_read(a, site->folder, chain, PEM_BYTES_MAX, &ret_certificate->chain),
                 "hanji.ini: certificate"));
    return err_wrap(file_read(a, site->folder, key, PEM_BYTES_MAX, &ret_certificate->key),
                    "hanji.ini: certificate_key");
}

/* What the front is offered is kept until it has answered. */
static err read_certificate(struct serving *serving, struct arena *a,
                            struct front_certificate *ret_certificate) {
    err e = read_files(serving, a, ret_certificate);
    if (e.kind == ERR_NONE) e = keep(&serving->offered, ret_certificate);
    if (e.kind == ERR_NONE) return OK;
    forget(ret_certificate->key);
    *ret_certificate = (struct front_certificate){0};
    return e;
}

/* For another front: what lies on the disk, or, when that is no good any more, what the last front
 * had. */
static err certificate_for_next(struct serving *serving, struct arena *a,
                                struct front_certificate *ret_certificate) {
    const struct kept_certificate *taken = &serving->taken;
    if (!serving->takes_what_it_had || taken->bytes == NULL) {
        err e = read_certificate(serving, a, ret_certificate);
        if (e.kind == ERR_NONE || taken->bytes == NULL) return e;
        fprintf(stderr, "hanji serve: %s\n", e.message);
    }
    fputs("hanji serve: the certificate that was served before is served on\n", stderr);
    *ret_certificate = (struct front_certificate){
        .chain = {(const char *)taken->bytes, taken->chain_len},
        .key = {(const char *)taken->bytes + taken->chain_len, taken->key_len}};
    return OK;
}

/* ---- Messages ------------------------------------------------------------------------------- */

struct telling {
    enum front_message type;
    const struct wire_shape *shape;
    const void *message;
    const int *files;
    size_t file_count;
};

static err tell(struct arena *a, int control, const struct telling *telling) {
    struct buf packed;
    str bytes = {0};
    buf_init(&packed, a, MESSAGE_BYTES);
    buf_reserve(&packed, MESSAGE_BYTES / 2); /* so that growing leaves no copy of a key behind */
    wire_pack(&packed, telling->shape, telling->message);
    err e = buf_finish(&packed, &bytes);
    if (e.kind == ERR_NONE)
        e = wire_send(control, telling->type, bytes, telling->files, telling->file_count);
    forget(bytes);
    return e;
}

/* What hanji.ini says beside listeners, certificate and logs. */
static err read_manners(struct serving *serving, struct front_setup *setup) {
    struct site *site = serving->site;
    str redirects = {0};
    TRY(site_ini(site, STR("trusted"), STR(""), &setup->trusted));
    TRY(site_ini(site, STR("onion"), STR(""), &setup->onion));
    TRY(site_ini(site, STR("redirect_to_tls"), STR("no"), &redirects));
    if (str_eq(redirects, STR("yes")))
        setup->secure_base = serving->base;
    else if (!str_eq(redirects, STR("no")))
        FAIL(ERR_INVALID, "hanji.ini: redirect_to_tls = " STR_FMT ": write yes or no",
             STR_ARG(redirects));
    if (setup->secure_base.len > 0 && !str_starts(serving->base, STR("https://")))
        FAIL(ERR_INVALID,
             "hanji.ini: redirect_to_tls: the site's own address is " STR_FMT
             ", which is not https",
             STR_ARG(serving->base));
    if (setup->onion.len > 0 && !str_starts(setup->onion, STR("http://")))
        FAIL(ERR_INVALID, "hanji.ini: onion: write it as http://....onion");
    return OK;
}

static err send_setup(struct serving *serving, struct arena *a, int control,
                      struct front_setup *setup) {
    struct site *site = serving->site;
    CLEANUP(handing_done) struct handing logs = {0};
    int files[1 + FRONT_LISTENERS_MAX + COUNT_OF(logs.files)] = {site->pressings};
    size_t count = 1;
    memcpy(setup->clearing_key, site->clearing_key, sizeof setup->clearing_key);
    TRY(read_manners(serving, setup));
    TRY(open_logs(serving, &logs, &setup->logs));
    for (size_t i = 0; i < serving->listener_count; i++) files[count++] = serving->listeners[i];
    for (size_t i = 0; i < logs.count; i++) files[count++] = logs.files[i];
    return tell(a, control,
                &(struct telling){FRONT_SETUP, &front_setup_shape, setup, files, count});
}

/* A key that was read into an arena is forgotten; the kept one is not the arena's. */
static void forget_key(const struct serving *serving, const struct front_certificate *certificate) {
    const char *kept = (const char *)serving->taken.bytes;
    if (kept != NULL && certificate->key.ptr == kept + serving->taken.chain_len) return;
    forget(certificate->key);
}

err serving_send_setup(struct serving *serving, int control) {
    CLEANUP(arena_done) struct arena a;
    struct front_setup setup = {.language = serving->language,
                                .listeners = serving->kinds,
                                .listener_count = serving->listener_count};
    arena_init(&a, serving->site->run->sys, 2 * MESSAGE_BYTES);
    TRY(certificate_for_next(serving, &a, &setup.certificate));
    err e = send_setup(serving, &a, control, &setup);
    forget_key(serving, &setup.certificate);
    return e;
}

err serving_renew(struct serving *serving) {
    CLEANUP(arena_done) struct arena a;
    CLEANUP(handing_done) struct handing logs = {0};
    struct front_renewal renewal = {0};
    arena_init(&a, serving->site->run->sys, 2 * MESSAGE_BYTES);
    TRY(open_logs(serving, &logs, &renewal.logs));
    err unread = read_certificate(serving, &a, &renewal.certificate);
    err e = tell(
        &a, serving->front.control,
        &(struct telling){FRONT_RENEW, &front_renewal_shape, &renewal, logs.files, logs.count});
    forget(renewal.certificate.key);
    if (e.kind == ERR_NONE && unread.kind != ERR_NONE)
        e = err_wrap(unread, "the certificate stays as it was");
    return e;
}
