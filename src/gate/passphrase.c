/* passphrase.c: see passphrase.h. */
#include "gate/passphrase.h"

#include <errno.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "vault/vault.h"

err passphrase_read(const struct sys *sys, int file, str question, unsigned char *room,
                    size_t *ret_len) {
    struct termios before;
    bool is_terminal = tcgetattr(file, &before) == 0;
    size_t len = 0;
    if (is_terminal) {
        struct termios silent = before;
        silent.c_lflag &= ~(tcflag_t)ECHO;
        tcsetattr(file, TCSAFLUSH, &silent);
        TRY(file_write_all(sys, file, question));
    }
    while (len < PASSPHRASE_MAX) {
        ssize_t got = read(file, room + len, PASSPHRASE_MAX - len);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        len += (size_t)got;
        if (room[len - 1] == '\n') break;
    }
    if (is_terminal) {
        tcsetattr(file, TCSAFLUSH, &before);
        TRY(file_write_all(sys, file, STR("\n")));
    }
    str line = {(const char *)room, len};
    str_cut(line, '\n', &line, &(str){0});
    if (line.len > 0 && line.ptr[line.len - 1] == '\r') line.len--;
    *ret_len = line.len;
    return OK;
}

err passphrase_read_new(const struct sys *sys, int file, str question, unsigned char *room,
                        size_t *ret_len) {
    CLEANUP(vault_secret_free) unsigned char *again = NULL;
    size_t len = 0;
    TRY(passphrase_read(sys, file, question, room, ret_len));
    if (*ret_len == 0) FAIL(ERR_NOT_FOUND, "no passphrase was given");
    if (*ret_len < PASSPHRASE_MIN) {
        FAIL(ERR_INVALID, "the passphrase is shorter than %d characters", PASSPHRASE_MIN);
    }
    if (isatty(file) != 1) return OK;
    TRY(vault_secret(PASSPHRASE_MAX, &again));
    TRY(passphrase_read(sys, file, STR("The same again: "), again, &len));
    if (len != *ret_len || memcmp(room, again, len) != 0) {
        FAIL(ERR_INVALID, "the two passphrases are not the same");
    }
    return OK;
}
