/* vault.h: hashing, signing and sealing, in the few forms that Hanji uses.
 *
 * A thin room over libsodium: each function here fixes one choice of algorithm, so that the rest of
 * the house cannot make another. Secrets live in memory of vault_secret (locked where the limits
 * allow, never in a core file, wiped when freed), never in an arena.
 *
 * Call vault_start once before anything else. Errors: ERR_NO_MEMORY, ERR_IO (no random bytes) and
 * those named; ERR_DENIED always means: wrong key, or the bytes were changed. */
#pragma once

#include "base/base.h"

enum {
    VAULT_HASH_BYTES = 32,   /* BLAKE2b-256 (RFC 7693) */
    VAULT_KEY_BYTES = 32,    /* XChaCha20-Poly1305 */
    VAULT_PUBLIC_BYTES = 32, /* Ed25519 (RFC 8032) and X25519 (RFC 7748) */
    VAULT_SECRET_BYTES = 64, /* Ed25519: seed and public key */
    VAULT_SIGNATURE_BYTES = 64,
    VAULT_BOX_OVERHEAD = 24 + 16, /* nonce and tag */
    VAULT_SLOT_BYTES = 112,
};

err vault_start(void) MUST_USE;

/* `size` bytes for a secret. vault_secret_free wipes and sets NULL; accepts NULL. */
err vault_secret(size_t size, unsigned char **ret_secret) MUST_USE;
void vault_secret_free(unsigned char **secret);

void vault_hash(str bytes, unsigned char ret_hash[VAULT_HASH_BYTES]);
/* Lower-case hex of any bytes, in the arena. */
err vault_hex(struct arena *a, const unsigned char *bytes, size_t size, str *ret_hex) MUST_USE;
/* A public key written as 64 digits of lower-case hex. fails: ERR_INVALID (output untouched). */
err vault_public_of_hex(str hex, unsigned char ret_key[VAULT_PUBLIC_BYTES]) MUST_USE;

/* Signing. */
void vault_sign_pair(unsigned char ret_public[VAULT_PUBLIC_BYTES],
                     unsigned char ret_secret[VAULT_SECRET_BYTES]);
void vault_sign(const unsigned char secret[VAULT_SECRET_BYTES], str message,
                unsigned char ret_signature[VAULT_SIGNATURE_BYTES]);
bool vault_verify(const unsigned char public_key[VAULT_PUBLIC_BYTES], str message,
                  const unsigned char signature[VAULT_SIGNATURE_BYTES]);

/* Sealing under one key: `context` is bound to the box and must be given again to open it, so that
 * a box cannot be moved to another place. */
err vault_box_seal(struct arena *a, const unsigned char key[VAULT_KEY_BYTES], str context,
                   str plain, str *ret_box) MUST_USE;
err vault_box_open(struct arena *a, const unsigned char key[VAULT_KEY_BYTES], str context, str box,
                   str *ret_plain) MUST_USE; /* fails: ERR_DENIED */

/* A slot holds a key under a passphrase (Argon2id, RFC 9106), as a disk's key slots do: several
 * slots, each with another passphrase, hold the same key. `is_random` says that the passphrase was
 * made by a machine and needs no slow derivation. */
err vault_slot_seal(str passphrase, bool is_random, const unsigned char key[VAULT_KEY_BYTES],
                    unsigned char ret_slot[VAULT_SLOT_BYTES]) MUST_USE;
bool vault_slot_is_random(const unsigned char slot[VAULT_SLOT_BYTES]); /* as it was sealed */
err vault_slot_open(str passphrase, const unsigned char slot[VAULT_SLOT_BYTES],
                    unsigned char ret_key[VAULT_KEY_BYTES]) MUST_USE; /* fails: ERR_DENIED */

/* Sealing to somebody who is not here: only the holder of the secret half opens it. A file of any
 * size in 64 KiB chunks (libsodium's secretstream under a sealed box); format:
 * "HANJISO1", sealed box of the stream key, stream header, chunks. Opening writes each chunk when
 * it has been verified: when it fails, what was written so far is genuine but cut, and is to be
 * thrown away. */
void vault_box_pair(unsigned char ret_public[VAULT_PUBLIC_BYTES],
                    unsigned char ret_secret[VAULT_KEY_BYTES]);
err vault_file_seal(const struct sys *sys, const unsigned char public_key[VAULT_PUBLIC_BYTES],
                    int from, int to) MUST_USE;
err vault_file_open(const struct sys *sys, const unsigned char public_key[VAULT_PUBLIC_BYTES],
                    const unsigned char secret[VAULT_KEY_BYTES], int from,
                    int to) MUST_USE; /* fails: ERR_DENIED, ERR_INVALID */
