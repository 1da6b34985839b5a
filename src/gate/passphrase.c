/* passphrase.c: see passphrase.h. */
#include "gate/passphrase.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "vault/vault.h"

enum { ALARM_AFTER = 10 /* seconds beyond the time that was given */ };

static int64_t left_ms(const struct typing *typing) {
    return (typing->deadline_ns - typing->sys->ticks_ns(typing->sys->ctx)) / 1000000;
}

/* Until there is something to read, or the time is over. */
static err wait(const struct typing *typing) {
    struct pollfd files[] = {{.fd = typing->file, .events = POLLIN},
                             {.fd = typing->ending, .events = POLLIN}};
    for (;;) {
        int64_t left = typing->deadline_ns == 0 ? -1 : left_ms(typing);
        if (typing->deadline_ns != 0 && left <= 0)
            FAIL(ERR_BUSY, "nothing was typed for too long: others wait for the gate");
        int count = poll(files, COUNT_OF(files), (int)left);
        if (count < 0 && errno != EINTR) FAIL(ERR_IO, "waiting: %s", strerror(errno));
        if (count > 0 && files[1].revents != 0) FAIL(ERR_BUSY, "the gate is being locked");
        if (count > 0) return OK;
    }
}

static err read_now(const struct typing *typing, void *place, size_t max, size_t *ret_len) {
    for (;;) {
        TRY(wait(typing));
        ssize_t got = read(typing->file, place, max);
        if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (got < 0) FAIL(ERR_IO, "a file that was handed over could not be read");
        *ret_len = (size_t)got;
        return OK;
    }
}

err typing_read(const struct typing *typing, void *place, size_t max, size_t *ret_len) {
    if (typing->deadline_ns == 0) return read_now(typing, place, max, ret_len);
    /* Another reader may take what poll saw: not to be waited for. The file was opened for us
     * alone, so nobody else feels it. */
    int flags = fcntl(typing->file, F_GETFL);
    if (flags >= 0) fcntl(typing->file, F_SETFL, flags | O_NONBLOCK);
    int64_t left = left_ms(typing);
    alarm((left > 0 ? (unsigned)(left / 1000) : 0) + ALARM_AFTER);
    err e = read_now(typing, place, max, ret_len);
    alarm(0);
    return e;
}

/* One line, or the end of the file. */
static err read_line(const struct typing *typing, unsigned char *room, size_t *ret_len) {
    size_t len = 0;
    while (len < PASSPHRASE_MAX) {
        size_t got = 0;
        TRY(typing_read(typing, room + len, PASSPHRASE_MAX - len, &got));
        if (got == 0) break;
        len += got;
        if (room[len - 1] == '\n') break;
    }
    str line = {(const char *)room, len};
    str_cut(line, '\n', &line, &(str){0});
    if (line.len > 0 && line.ptr[line.len - 1] == '\r') line.len--;
    *ret_len = line.len;
    return OK;
}

err passphrase_read(const struct typing *typing, str question, unsigned char *room,
                    size_t *ret_len) {
    struct termios before;
    bool is_terminal = tcgetattr(typing->file, &before) == 0;
    if (!is_terminal) return read_line(typing, room, ret_len);
    struct termios silent = before;
    silent.c_lflag &= ~(tcflag_t)ECHO;
    tcsetattr(typing->file, TCSAFLUSH, &silent);
    err e = file_write_all(typing->sys, typing->file, question);
    if (e.kind == ERR_NONE) e = read_line(typing, room, ret_len);
    tcsetattr(typing->file, TCSAFLUSH, &before);
    TRY(e);
    return file_write_all(typing->sys, typing->file, STR("\n"));
}

err passphrase_read_new(const struct typing *typing, str question, unsigned char *room,
                        size_t *ret_len) {
    CLEANUP(vault_secret_free) unsigned char *again = NULL;
    size_t len = 0;
    TRY(passphrase_read(typing, question, room, ret_len));
    if (*ret_len == 0) FAIL(ERR_NOT_FOUND, "no passphrase was given");
    if (*ret_len < PASSPHRASE_MIN) {
        FAIL(ERR_INVALID, "the passphrase is shorter than %d characters", PASSPHRASE_MIN);
    }
    if (isatty(typing->file) != 1) return OK;
    TRY(vault_secret(PASSPHRASE_MAX, &again));
    TRY(passphrase_read(typing, STR("The same again: "), again, &len));
    if (len != *ret_len || memcmp(room, again, len) != 0) {
        FAIL(ERR_INVALID, "the two passphrases are not the same");
    }
    return OK;
}
