/* clearance_fuzz.c: any bytes as a clearance. Nobody here holds the key that was asked for, so one
 * that verifies is a forgery; the same terms signed by a key of ours must read. */
#include <stdlib.h>

#include "vault/vault.h"
#include "wire/clearance.h"

enum { ARENA_CAP = 4 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_signed_by_us(struct arena *a, str terms_bytes) {
    unsigned char public_key[VAULT_PUBLIC_BYTES];
    unsigned char secret[VAULT_SECRET_BYTES];
    unsigned char signature[VAULT_SIGNATURE_BYTES];
    const struct clearance *clearance = NULL;
    struct clearance_terms terms;
    struct buf whole;
    str message;
    str bytes;
    if (wire_unpack(a, &clearance_shape, terms_bytes, &terms).kind != ERR_NONE) return;
    if (clearance_message(a, &terms, &message).kind != ERR_NONE) return;
    vault_sign_pair(public_key, secret);
    vault_sign(secret, message, signature);
    buf_init(&whole, a, ARENA_CAP);
    buf_add(&whole, terms_bytes);
    buf_add(&whole, (str){(const char *)signature, sizeof signature});
    if (buf_finish(&whole, &bytes).kind != ERR_NONE) return;
    if (clearance_read(a, public_key, bytes, &clearance).kind != ERR_NONE) abort();
    struct clearance_use use = {
        .key = terms.key, .road = terms.road, .source = terms.source, .now = terms.given};
    bool is_covered = clearance_covers(clearance, &use).kind == ERR_NONE;
    if (is_covered != (terms.given < terms.until)) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const unsigned char nobody[VAULT_PUBLIC_BYTES] = {9};
    const struct sys sys = sys_real();
    CLEANUP(arena_done) struct arena a;
    const struct clearance *clearance = NULL;
    str bytes = {(const char *)data, size};
    arena_init(&a, &sys, ARENA_CAP);
    if (vault_start().kind != ERR_NONE) return 0;
    if (clearance_read(&a, nobody, bytes, &clearance).kind == ERR_NONE) abort();
    read_signed_by_us(&a, bytes);
    return 0;
}
