/* vault.c: see vault.h. */
#include "vault/vault.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

_Static_assert(VAULT_HASH_BYTES == crypto_generichash_BYTES, "BLAKE2b-256");
_Static_assert(VAULT_KEY_BYTES == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "the box's key");
_Static_assert(VAULT_SECRET_BYTES == crypto_sign_SECRETKEYBYTES, "Ed25519");
_Static_assert(VAULT_SIGNATURE_BYTES == crypto_sign_BYTES, "Ed25519");
_Static_assert(VAULT_KEY_BYTES == crypto_box_SECRETKEYBYTES, "X25519");

enum {
    NONCE_BYTES = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    TAG_BYTES = crypto_aead_xchacha20poly1305_ietf_ABYTES,
};
_Static_assert(VAULT_BOX_OVERHEAD == NONCE_BYTES + TAG_BYTES, "nonce and tag");

err vault_start(void) {
    if (sodium_init() < 0) FAIL(ERR_IO, "libsodium could not be started");
    return OK;
}

err vault_secret(size_t size, unsigned char **ret_secret) {
    unsigned char *secret = sodium_malloc(size);
    if (secret == NULL) FAIL(ERR_NO_MEMORY, "no protected memory for a secret");
    memset(secret, 0, size);
    *ret_secret = secret;
    return OK;
}

void vault_secret_free(unsigned char **secret) {
    sodium_free(*secret);
    *secret = NULL;
}

static const unsigned char *bytes_of(str s) { return (const unsigned char *)s.ptr; }

void vault_hash(str bytes, unsigned char ret_hash[VAULT_HASH_BYTES]) {
    crypto_generichash(ret_hash, VAULT_HASH_BYTES, bytes_of(bytes), bytes.len, NULL, 0);
}

err vault_hex(struct arena *a, const unsigned char *bytes, size_t size, str *ret_hex) {
    char *hex = arena_alloc(a, size * 2 + 1);
    if (hex == NULL) FAIL(ERR_NO_MEMORY, "no memory for a hash in hex");
    sodium_bin2hex(hex, size * 2 + 1, bytes, size);
    *ret_hex = (str){hex, size * 2};
    return OK;
}

void vault_sign_pair(unsigned char ret_public[VAULT_PUBLIC_BYTES],
                     unsigned char ret_secret[VAULT_SECRET_BYTES]) {
    crypto_sign_keypair(ret_public, ret_secret);
}

void vault_sign(const unsigned char secret[VAULT_SECRET_BYTES], str message,
                unsigned char ret_signature[VAULT_SIGNATURE_BYTES]) {
    crypto_sign_detached(ret_signature, NULL, bytes_of(message), message.len, secret);
}

bool vault_verify(const unsigned char public_key[VAULT_PUBLIC_BYTES], str message,
                  const unsigned char signature[VAULT_SIGNATURE_BYTES]) {
    return crypto_sign_verify_detached(signature, bytes_of(message), message.len, public_key) == 0;
}

err vault_box_seal(struct arena *a, const unsigned char key[VAULT_KEY_BYTES], str context,
                   str plain, str *ret_box) {
    unsigned char *box = arena_alloc(a, plain.len + VAULT_BOX_OVERHEAD);
    if (box == NULL) FAIL(ERR_NO_MEMORY, "no memory to seal %zu bytes", plain.len);
    randombytes_buf(box, NONCE_BYTES);
    crypto_aead_xchacha20poly1305_ietf_encrypt(box + NONCE_BYTES, NULL, bytes_of(plain), plain.len,
                                               bytes_of(context), context.len, NULL, box, key);
    *ret_box = (str){(const char *)box, plain.len + VAULT_BOX_OVERHEAD};
    return OK;
}

err vault_box_open(struct arena *a, const unsigned char key[VAULT_KEY_BYTES], str context, str box,
                   str *ret_plain) {
    if (box.len < VAULT_BOX_OVERHEAD) FAIL(ERR_DENIED, "a sealed box is too short to be one");
    unsigned char *plain = arena_alloc(a, box.len - VAULT_BOX_OVERHEAD);
    if (plain == NULL) FAIL(ERR_NO_MEMORY, "no memory to open %zu bytes", box.len);
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(plain, NULL, NULL, bytes_of(box) + NONCE_BYTES,
                                                   box.len - NONCE_BYTES, bytes_of(context),
                                                   context.len, bytes_of(box), key) != 0) {
        FAIL(ERR_DENIED, "a sealed box does not open: another key, or its bytes were changed");
    }
    *ret_plain = (str){(const char *)plain, box.len - VAULT_BOX_OVERHEAD};
    return OK;
}

static int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

err vault_public_of_hex(str hex, unsigned char ret_key[VAULT_PUBLIC_BYTES]) {
    unsigned char key[VAULT_PUBLIC_BYTES];
    if (hex.len != 2 * sizeof key) FAIL(ERR_INVALID, "a key has not 64 digits");
    for (size_t i = 0; i < sizeof key; i++) {
        int high = hex_digit(hex.ptr[2 * i]);
        int low = hex_digit(hex.ptr[2 * i + 1]);
        if (high < 0 || low < 0) FAIL(ERR_INVALID, "a key is not in lower-case hex");
        key[i] = (unsigned char)(high * 16 + low);
    }
    memcpy(ret_key, key, sizeof key);
    return OK;
}

/* A slot: magic, costs, salt, nonce, the key with its tag. */
struct slot {
    char magic[8];
    uint32_t passes;
    uint32_t memory_kib;
    unsigned char salt[16];
    unsigned char nonce[24];
    unsigned char box[VAULT_KEY_BYTES + 16];
    unsigned char zero[8];
};
_Static_assert(sizeof(struct slot) == VAULT_SLOT_BYTES, "a slot as it lies on the disk");
static const char SLOT_MAGIC[8] = {'H', 'A', 'N', 'J', 'I', 'S', 'L', 'T'};

static err derive(str passphrase, const struct slot *slot, unsigned char ret_key[VAULT_KEY_BYTES]) {
    if (slot->passes == 0 || slot->passes > 100 || slot->memory_kib < 8 ||
        slot->memory_kib > 4U << 20) {
        FAIL(ERR_INVALID, "a key slot asks for an impossible derivation");
    }
    const char *words = passphrase.len > 0 ? passphrase.ptr : ""; /* libsodium takes no NULL */
    if (crypto_pwhash(ret_key, VAULT_KEY_BYTES, words, passphrase.len, slot->salt, slot->passes,
                      (size_t)slot->memory_kib << 10, crypto_pwhash_ALG_ARGON2ID13) != 0) {
        FAIL(ERR_NO_MEMORY, "no memory to derive a key from a passphrase (%u MiB are needed)",
             slot->memory_kib >> 10);
    }
    return OK;
}

err vault_slot_seal(str passphrase, bool is_random, const unsigned char key[VAULT_KEY_BYTES],
                    unsigned char ret_slot[VAULT_SLOT_BYTES]) {
    struct slot slot = {
        .passes = is_random ? crypto_pwhash_OPSLIMIT_MIN : crypto_pwhash_OPSLIMIT_MODERATE,
        .memory_kib = (is_random ? 8U << 20 : crypto_pwhash_MEMLIMIT_MODERATE) >> 10,
    };
    CLEANUP(vault_secret_free) unsigned char *derived = NULL;
    memcpy(slot.magic, SLOT_MAGIC, sizeof slot.magic);
    randombytes_buf(slot.salt, sizeof slot.salt);
    randombytes_buf(slot.nonce, sizeof slot.nonce);
    TRY(vault_secret(VAULT_KEY_BYTES, &derived));
    TRY(derive(passphrase, &slot, derived));
    /* What stands before the box (magic, costs, salt) is bound to it. */
    crypto_aead_xchacha20poly1305_ietf_encrypt(
        slot.box, NULL, key, VAULT_KEY_BYTES, (const unsigned char *)&slot,
        offsetof(struct slot, nonce), NULL, slot.nonce, derived);
    memcpy(ret_slot, &slot, sizeof slot);
    return OK;
}

bool vault_slot_is_random(const unsigned char bytes[VAULT_SLOT_BYTES]) {
    struct slot slot;
    memcpy(&slot, bytes, sizeof slot);
    return slot.passes == crypto_pwhash_OPSLIMIT_MIN;
}

err vault_slot_open(str passphrase, const unsigned char bytes[VAULT_SLOT_BYTES],
                    unsigned char ret_key[VAULT_KEY_BYTES]) {
    struct slot slot;
    CLEANUP(vault_secret_free) unsigned char *derived = NULL;
    memcpy(&slot, bytes, sizeof slot);
    if (memcmp(slot.magic, SLOT_MAGIC, sizeof slot.magic) != 0 ||
        !sodium_is_zero(slot.zero, sizeof slot.zero)) {
        FAIL(ERR_INVALID, "this is not a key slot");
    }
    TRY(vault_secret(VAULT_KEY_BYTES, &derived));
    TRY(derive(passphrase, &slot, derived));
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(
            ret_key, NULL, NULL, slot.box, sizeof slot.box, (const unsigned char *)&slot,
            offsetof(struct slot, nonce), slot.nonce, derived) != 0) {
        FAIL(ERR_DENIED, "the passphrase does not open this key");
    }
    return OK;
}
