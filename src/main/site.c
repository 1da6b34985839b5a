/* site.c: see site.h. */
#include "main/site.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/date.h"
#include "main/ini.h"
#include "vault/vault.h"

static const char INI_TEXT[] =
    "# Settings of this machine; what readers see is in the archive.\n"
    "\n"
    "# Where the site is served: addresses, separated by blanks. Behind a proxy with TLS, keep "
    "them\n"
    "# on this machine. docs/SERVING.md explains all of this page.\n"
    "listen = 127.0.0.1:8080\n"
    "# listen_tls = 0.0.0.0:443 [::]:443\n"
    "# listen_proxy = 127.0.0.1:8081\n"
    "\n"
    "# For listen_tls: the chain, the server's certificate first, and its key, as PEM.\n"
    "# certificate = /etc/letsencrypt/live/example.org/fullchain.pem\n"
    "# certificate_key = /etc/letsencrypt/live/example.org/privkey.pem\n"
    "# redirect_to_tls = yes\n"
    "\n"
    "# Proxies that are believed about who a reader is: 127.0.0.0/8 for one on this machine.\n"
    "# trusted =\n"
    "\n"
    "# Where the site is as an onion service; Tor Browser offers to go there.\n"
    "# onion = http://....onion\n"
    "\n"
    "# Sums for monitoring; keep them on this machine.\n"
    "# metrics = 127.0.0.1:9090\n"
    "\n"
    "# Nothing is logged unless a file is named here. No line names a reader.\n"
    "# access_log = access.log\n"
    "# counts = counts.log\n"
    "\n"
    "# Whether pages are pressed in compressed forms too: all, or none where a proxy compresses.\n"
    "# forms = all\n"
    "\n"
    "# Whether pages without a picture get a card for where they are shared: all, or none.\n"
    "# cards = all\n";

static err open_folder(struct arena *a, int folder, str path, int *ret_fd) {
    return file_open(a, folder, path, O_RDONLY | O_DIRECTORY, ret_fd);
}

/* ---- The gate ------------------------------------------------------------------------------- */

/* Where the passphrase is to be read from; the terminal last. */
err site_passphrase(struct site *site, int *ret_fd) {
    struct arena *a = site->run->a;
    const char *from_environment = getenv("HANJI_PASSPHRASE_FILE");
    str path = option_text(site->run->arguments, "passphrase-file");
    if (path.len == 0) path = str_of(from_environment);
    int flags = str_eq(path, STR("/dev/tty")) ? O_RDWR : O_RDONLY; /* a terminal is also asked */
    if (path.len > 0) return file_open(a, AT_FDCWD, path, flags, ret_fd);
    err e = file_open(a, site->folder, STR("keys/passphrase"), O_RDONLY, ret_fd);
    if (e.kind != ERR_NOT_FOUND) return e;
    e = file_open(a, AT_FDCWD, STR("/dev/tty"), O_RDWR, ret_fd);
    if (e.kind != ERR_NONE) {
        FAIL(ERR_DENIED,
             "the gate is locked and there is no terminal to ask the protection officer "
             "on; give --passphrase-file or $HANJI_PASSPHRASE_FILE");
    }
    return OK;
}

static err start_gate(struct site *site, const char *how, int passphrase) {
    CLEANUP(fd_close) int ledger = -1;
    str program;
    int ends[2];
    TRY(arena_printf(site->run->a, &program, STR_FMT "/gate", STR_ARG(site->run->programs)));
    TRY(open_folder(site->run->a, site->folder, STR("ledger"), &ledger));
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        FAIL(ERR_IO, "a socket to the gate: %s", strerror(errno));
    }
    const char *const argv[] = {"hanji-gate", how, NULL};
    const int fds[] = {ends[1], ledger, passphrase};
    struct child_spec spec = {.program = program.ptr, .argv = argv, .fds = fds, .fd_count = 3};
    err e = child_start(&spec, &site->gate);
    close(ends[1]);
    if (e.kind != ERR_NONE) {
        close(ends[0]);
        return e;
    }
    site->gate_socket = ends[0];
    return OK;
}

/* The gate's first message says how the opening went. */
static err hear_gate(struct site *site) {
    struct wire_message message;
    struct gate_error error;
    err e = wire_receive(site->run->a, site->gate_socket, LIMIT_GATE_CALL_SECONDS, &message);
    if (e.kind == ERR_NOT_FOUND) e.kind = ERR_IO;
    if (e.kind != ERR_NONE) return err_wrap(e, "the gate did not open");
    wire_close_files(&message);
    TRY(wire_unpack(site->run->a, &gate_error_shape, message.bytes, &error));
    if (error.kind == ERR_NONE) return OK;
    if (error.kind < 0 || error.kind >= ERR_KIND_COUNT) error.kind = ERR_INVALID;
    FAIL((enum err_kind)error.kind, "the gate did not open: " STR_FMT, STR_ARG(error.message));
}

err site_gate(struct site *site) {
    CLEANUP(fd_close) int passphrase = -1;
    if (site->gate_socket >= 0) return OK;
    TRY(site_passphrase(site, &passphrase));
    TRY(start_gate(site, "open", passphrase));
    return hear_gate(site);
}

err site_ask_with(struct site *site, const struct gate_request *request, void *ret_reply) {
    TRY(site_gate(site));
    return gate_ask(site->run->a, site->gate_socket, request, ret_reply);
}

err site_ask(struct site *site, enum gate_call call, const void *request, void *ret_reply) {
    struct gate_request asked = {.call = call, .body = request};
    return site_ask_with(site, &asked, ret_reply);
}

/* ---- Making --------------------------------------------------------------------------------- */

/* A passphrase of 128 random bits, for a site that is only being tried. */
static err make_passphrase(struct site *site) {
    unsigned char chance[16];
    str hex;
    str line;
    if (faccessat(site->folder, "ledger/keys", F_OK, 0) == 0) {
        FAIL(ERR_EXISTS, STR_FMT ": holds a ledger already; its passphrase is not made anew",
             STR_ARG(site->path));
    }
    if (!site->run->sys->random(site->run->sys->ctx, chance, sizeof chance)) {
        FAIL(ERR_IO, "the system gives no random bytes");
    }
    TRY(vault_hex(site->run->a, chance, sizeof chance, &hex));
    TRY(arena_printf(site->run->a, &line, STR_FMT "\n", STR_ARG(hex)));
    return file_replace(site->run->a, site->folder, STR("keys/passphrase"), line, 0600);
}

static err make_folders(struct site *site) {
    static const str names[] = {{"keys", 4},  {"ledger", 6},    {"originals", 9},
                                {"media", 5}, {"pressings", 9}, {"theme", 5}};
    struct arena *a = site->run->a;
    TRY(folder_make(a, AT_FDCWD, site->path, 0700));
    TRY(open_folder(a, AT_FDCWD, site->path, &site->folder));
    if (faccessat(site->folder, "hanji.ini", F_OK, 0) == 0) {
        FAIL(ERR_EXISTS, STR_FMT ": there is a site already", STR_ARG(site->path));
    }
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        TRY(folder_make(a, site->folder, names[i], 0700));
    }
    return OK;
}

static err make_keys(struct site *site) {
    struct gate_nothing nothing = {0};
    struct gate_status status;
    str hex;
    TRY(site_ask(site, GATE_STATUS, &nothing, &status));
    TRY(vault_hex(site->run->a, status.clearing_key, 32, &hex));
    TRY(file_replace(site->run->a, site->folder, STR("keys/clearing.pub"), hex, 0644));
    TRY(vault_hex(site->run->a, status.originals_key, 32, &hex));
    return file_replace(site->run->a, site->folder, STR("keys/originals.pub"), hex, 0644);
}

static err open_gate_for_making(struct site *site, const char *how) {
    CLEANUP(fd_close) int passphrase = -1;
    TRY(site_passphrase(site, &passphrase));
    TRY(start_gate(site, how, passphrase));
    return hear_gate(site);
}

/* With the passphrase that was given or typed; without one a passphrase is made. */
static err make_ledger(struct site *site, bool may_ask, bool *ret_made_passphrase) {
    bool is_given = option_text(site->run->arguments, "passphrase-file").len > 0 ||
                    getenv("HANJI_PASSPHRASE_FILE") != NULL;
    *ret_made_passphrase = false;
    if (is_given || (may_ask && isatty(STDIN_FILENO) == 1)) {
        err e = open_gate_for_making(site, "make");
        if (e.kind != ERR_NOT_FOUND || is_given) return e;
        fd_close(&site->gate_socket); /* Enter alone: that gate has ended */
        child_kill(&site->gate);
    }
    TRY(make_passphrase(site));
    *ret_made_passphrase = true;
    return open_gate_for_making(site, "make-random");
}

err site_make(struct run *run, const struct site_wish *wish, bool *ret_made_passphrase) {
    CLEANUP(site_close) struct site site = SITE_CLOSED;
    str address = wish->address.len > 0 ? wish->address : STR("http://127.0.0.1:8080");
    site.run = run;
    site.path = wish->path;
    TRY(make_folders(&site));
    TRY(make_ledger(&site, wish->may_ask, ret_made_passphrase));
    TRY(make_keys(&site));
    TRY(site_archive(&site, false));
    TRY(archive_begin(site.archive));
    TRY(archive_setting_put(site.archive, STR("site.language"), STR(""), wish->language));
    TRY(archive_setting_put(site.archive, STR("site.base"), STR(""), address));
    if (wish->name.len > 0) {
        TRY(archive_setting_put(site.archive, STR("site.name"), STR(""), wish->name));
    }
    TRY(archive_commit(site.archive));
    /* Last, for it is what makes the folder a site. */
    return file_replace(run->a, site.folder, STR("hanji.ini"), str_of(INI_TEXT), 0644);
}

/* ---- Opening -------------------------------------------------------------------------------- */

static err read_key(struct site *site, str path, unsigned char ret_key[32]) {
    str hex;
    TRY(file_read(site->run->a, site->folder, path, 256, &hex));
    return err_wrap(vault_public_of_hex(str_trim(hex), ret_key), STR_FMT, STR_ARG(path));
}

err site_open(struct run *run, struct site *ret_site) {
    const char *from_environment = getenv("HANJI_SITE");
    str path = option_text(run->arguments, "site");
    if (path.len == 0) path = str_of(from_environment);
    return site_open_at(run, path.len == 0 ? STR(".") : path, ret_site);
}

err site_open_at(struct run *run, str path, struct site *ret_site) {
    struct site *site = ret_site;
    site->run = run;
    site->path = path;
    err e = open_folder(run->a, AT_FDCWD, site->path, &site->folder);
    if (e.kind == ERR_NONE && faccessat(site->folder, "hanji.ini", F_OK, 0) != 0) {
        e = err_make(ERR_NOT_FOUND, __FILE__, __LINE__, "it has no hanji.ini");
    }
    if (e.kind != ERR_NONE) {
        return err_wrap(e,
                        STR_FMT " is not a site; name one with --site, or make one with "
                                "'hanji init DIR'",
                        STR_ARG(site->path));
    }
    TRY(open_folder(run->a, site->folder, STR("pressings"), &site->pressings));
    TRY(open_folder(run->a, site->folder, STR("media"), &site->media));
    TRY(open_folder(run->a, site->folder, STR("originals"), &site->originals));
    TRY(read_key(site, STR("keys/clearing.pub"), site->clearing_key));
    return read_key(site, STR("keys/originals.pub"), site->originals_key);
}

void site_close(struct site *site) {
    archive_close(&site->archive);
    if (site->gate_socket >= 0) {
        int status = 0;
        fd_close(&site->gate_socket); /* the gate ends when nobody can ask it any more */
        err e = child_wait(site->run->sys, &site->gate, 10, &status);
        if (e.kind != ERR_NONE) child_kill(&site->gate);
    }
    fd_close(&site->folder);
    fd_close(&site->pressings);
    fd_close(&site->media);
    fd_close(&site->originals);
}

err site_archive(struct site *site, bool read_only) {
    const char *path = NULL;
    str name;
    if (site->archive != NULL) return OK;
    TRY(arena_printf(site->run->a, &name, STR_FMT "/archive.db", STR_ARG(site->path)));
    TRY(arena_cstr(site->run->a, name, &path));
    struct archive_options options = {.may_create = !read_only, .read_only = read_only};
    return archive_open(site->run->sys, path, options, &site->archive);
}

err site_find(struct site *site, str name, int64_t *ret_id) {
    err e = archive_version_find(site->archive, site->run->a, name, ret_id);
    if (e.kind != ERR_NOT_FOUND) return e;
    FAIL(ERR_NOT_FOUND, STR_FMT ": no story has this name; 'hanji list' shows them all",
         STR_ARG(name));
}

err site_ini(struct site *site, str key, str otherwise, str *ret_value) {
    struct ini ini;
    str text;
    TRY(file_read(site->run->a, site->folder, STR("hanji.ini"), LIMIT_FIELD_BYTES, &text));
    err e = ini_parse(site->run->a, text, &ini);
    if (e.kind != ERR_NONE) return err_wrap(e, STR_FMT "/hanji.ini", STR_ARG(site->path));
    str value = ini_get(&ini, STR(""), key);
    *ret_value = value.len == 0 ? otherwise : value;
    return OK;
}

err day_text(struct arena *a, int64_t seconds, str *ret_day) {
    struct buf day;
    buf_init(&day, a, 32);
    date_add_day(&day, seconds);
    return buf_finish(&day, ret_day);
}
