/* vault_file.c: files sealed to a public key. See vault.h for the format. */
#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "vault/vault.h"

enum {
    MAGIC_BYTES = 8,
    CHUNK_BYTES = 64 << 10,
    SEALED_CHUNK_BYTES = CHUNK_BYTES + crypto_secretstream_xchacha20poly1305_ABYTES,
    STREAM_KEY_BYTES = crypto_secretstream_xchacha20poly1305_KEYBYTES,
    STREAM_HEADER_BYTES = crypto_secretstream_xchacha20poly1305_HEADERBYTES,
};
static const char FILE_MAGIC[MAGIC_BYTES] = {'H', 'A', 'N', 'J', 'I', 'S', 'O', '1'};

struct sealed_start {
    char magic[MAGIC_BYTES];
    unsigned char key[STREAM_KEY_BYTES + crypto_box_SEALBYTES];
    unsigned char header[STREAM_HEADER_BYTES];
};
_Static_assert(sizeof(struct sealed_start) == 8 + 80 + 24, "the start as it lies on the disk");

void vault_box_pair(unsigned char ret_public[VAULT_PUBLIC_BYTES],
                    unsigned char ret_secret[VAULT_KEY_BYTES]) {
    crypto_box_keypair(ret_public, ret_secret);
}

/* Reads until `size` bytes or the end. */
static err read_up_to(const struct sys *sys, int fd, unsigned char *bytes, size_t size,
                      size_t *ret_got) {
    size_t got = 0;
    while (got < size) {
        ssize_t count = sys->read(sys->ctx, fd, bytes + got, size - got);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) FAIL(ERR_IO, "reading failed: %s", strerror(errno));
        if (count == 0) break;
        got += (size_t)count;
    }
    *ret_got = got;
    return OK;
}

static err write_bytes(const struct sys *sys, int fd, const void *bytes, size_t size) {
    return file_write_all(sys, fd, (str){bytes, size});
}

static err seal_chunks(const struct sys *sys, crypto_secretstream_xchacha20poly1305_state *state,
                       unsigned char *plain, int from, int to) {
    unsigned char sealed[SEALED_CHUNK_BYTES];
    for (bool is_last = false; !is_last;) {
        size_t got = 0;
        TRY(read_up_to(sys, from, plain, CHUNK_BYTES, &got));
        is_last = got < CHUNK_BYTES; /* a full last chunk is followed by an empty one */
        crypto_secretstream_xchacha20poly1305_push(
            state, sealed, NULL, plain, got, NULL, 0,
            is_last ? crypto_secretstream_xchacha20poly1305_TAG_FINAL : 0);
        TRY(write_bytes(sys, to, sealed, got + crypto_secretstream_xchacha20poly1305_ABYTES));
    }
    return OK;
}

err vault_file_seal(const struct sys *sys, const unsigned char public_key[VAULT_PUBLIC_BYTES],
                    int from, int to) {
    CLEANUP(vault_secret_free) unsigned char *plain = NULL;
    CLEANUP(vault_secret_free) unsigned char *key = NULL;
    crypto_secretstream_xchacha20poly1305_state state;
    struct sealed_start start;
    TRY(vault_secret(CHUNK_BYTES, &plain));
    TRY(vault_secret(STREAM_KEY_BYTES, &key));
    memcpy(start.magic, FILE_MAGIC, sizeof start.magic);
    crypto_secretstream_xchacha20poly1305_keygen(key);
    if (crypto_box_seal(start.key, key, STREAM_KEY_BYTES, public_key) != 0) {
        FAIL(ERR_INVALID, "the public key to seal to is not one");
    }
    crypto_secretstream_xchacha20poly1305_init_push(&state, start.header, key);
    err e = write_bytes(sys, to, &start, sizeof start);
    if (e.kind == ERR_NONE) e = seal_chunks(sys, &state, plain, from, to);
    sodium_memzero(&state, sizeof state);
    return e;
}

static err open_chunks(const struct sys *sys, crypto_secretstream_xchacha20poly1305_state *state,
                       unsigned char *plain, int from, int to) {
    unsigned char sealed[SEALED_CHUNK_BYTES];
    unsigned char tag = 0;
    while (tag != crypto_secretstream_xchacha20poly1305_TAG_FINAL) {
        size_t got = 0;
        unsigned long long len = 0;
        TRY(read_up_to(sys, from, sealed, sizeof sealed, &got));
        if (got < crypto_secretstream_xchacha20poly1305_ABYTES ||
            crypto_secretstream_xchacha20poly1305_pull(state, plain, &len, &tag, sealed, got, NULL,
                                                       0) != 0) {
            FAIL(ERR_DENIED, "a sealed file was changed or cut");
        }
        TRY(write_bytes(sys, to, plain, (size_t)len));
    }
    return OK;
}

err vault_file_open(const struct sys *sys, const unsigned char public_key[VAULT_PUBLIC_BYTES],
                    const unsigned char secret[VAULT_KEY_BYTES], int from, int to) {
    CLEANUP(vault_secret_free) unsigned char *plain = NULL;
    CLEANUP(vault_secret_free) unsigned char *key = NULL;
    crypto_secretstream_xchacha20poly1305_state state;
    struct sealed_start start;
    size_t got = 0;
    TRY(vault_secret(CHUNK_BYTES, &plain));
    TRY(vault_secret(STREAM_KEY_BYTES, &key));
    TRY(read_up_to(sys, from, (unsigned char *)&start, sizeof start, &got));
    if (got != sizeof start || memcmp(start.magic, FILE_MAGIC, sizeof start.magic) != 0) {
        FAIL(ERR_INVALID, "this is not a sealed file of ours");
    }
    if (crypto_box_seal_open(key, start.key, sizeof start.key, public_key, secret) != 0 ||
        crypto_secretstream_xchacha20poly1305_init_pull(&state, start.header, key) != 0) {
        FAIL(ERR_DENIED, "a sealed file does not open with this key");
    }
    err e = open_chunks(sys, &state, plain, from, to);
    sodium_memzero(&state, sizeof state);
    return e;
}
