/* rotation.c: see rotation.h. */
#include "gate/rotation.h"

#include <sodium.h>
#include <string.h>

#include "gate/ledger_impl.h"
#include "gate/officers.h"

/* The slots of the old key: whose they are, and who is there. */
struct turning {
    struct ledger *ledger;
    struct arena *a;
    const struct rotation *wish;
    str slots;                   /* the old ones, one after the other */
    struct gate_officers before; /* whose */
    bool is_kept[LEDGER_SLOTS_MAX];
    unsigned char bytes[LEDGER_SLOTS_MAX * VAULT_SLOT_BYTES]; /* the new ones */
    size_t count;
    struct gate_officers dropped;
};

static const unsigned char *slot_at(const struct turning *t, size_t number) {
    return (const unsigned char *)t->slots.ptr + number * VAULT_SLOT_BYTES;
}

/* The slot that a passphrase opens; ERR_DENIED when it is none. */
static err find_slot(struct turning *t, str passphrase, size_t *ret_number) {
    CLEANUP(vault_secret_free) unsigned char *key = NULL;
    TRY(vault_secret(VAULT_KEY_BYTES, &key));
    for (size_t i = 0; i < t->before.count; i++) {
        err e = vault_slot_open(passphrase, slot_at(t, i), key);
        if (e.kind == ERR_DENIED || e.kind == ERR_INVALID) continue;
        TRY(e);
        if (sodium_memcmp(key, t->ledger->secrets->ledger_key, VAULT_KEY_BYTES) != 0) continue;
        *ret_number = i;
        return OK;
    }
    FAIL(ERR_DENIED, "a passphrase opens no slot: nothing was changed");
}

/* Who is an officer, by an event: what the list of them is made of. */
static err record(struct turning *t, const unsigned char slot[VAULT_SLOT_BYTES], str name,
                  bool is_removed) {
    struct ledger_officer event = {
        .name = name, .by = t->wish->by, .removed = is_removed, .at = ledger_now(t->ledger)};
    vault_hash((str){(const char *)slot, VAULT_SLOT_BYTES}, event.slot);
    return ledger_append(t->ledger, LEDGER_OFFICER, &event);
}

static err keep_slot(struct turning *t, str passphrase, size_t number) {
    unsigned char *slot = t->bytes + t->count * VAULT_SLOT_BYTES;
    str name = t->before.officers[number].name;
    if (t->is_kept[number]) return OK; /* given twice */
    bool is_random = vault_slot_is_random(slot_at(t, number));
    TRY(vault_slot_seal(passphrase, is_random, t->ledger->secrets->next_key, slot));
    t->is_kept[number] = true;
    t->count++;
    return name.len > 0 ? record(t, slot, name, false) : OK;
}

static err keep_slots(struct turning *t) {
    for (size_t i = 0; i < t->wish->count; i++) {
        size_t number = 0;
        TRY(find_slot(t, t->wish->passphrases[i], &number));
        TRY(keep_slot(t, t->wish->passphrases[i], number));
    }
    t->dropped.officers = arena_array(t->a, t->before.count, sizeof *t->dropped.officers);
    if (t->dropped.officers == NULL) FAIL(ERR_NO_MEMORY, "no memory for a list of officers");
    for (size_t i = 0; i < t->before.count; i++) {
        str name = t->before.officers[i].name;
        if (name.len > 0) TRY(record(t, slot_at(t, i), name, true));
        if (!t->is_kept[i]) t->dropped.officers[t->dropped.count++] = t->before.officers[i];
    }
    return OK;
}

err rotation_run(struct ledger *ledger, struct arena *a, const struct rotation *wish,
                 struct gate_rotated *ret_rotated) {
    struct turning *t = arena_alloc(a, sizeof *t);
    if (t == NULL) FAIL(ERR_NO_MEMORY, "no memory to change the ledger key");
    *t = (struct turning){.ledger = ledger, .a = a, .wish = wish};
    if (str_trim(wish->by).len == 0) FAIL(ERR_INVALID, "who does it (--by) is missing");
    if (wish->count == 0 || ledger->slots_are_next)
        FAIL(ERR_INVALID, "the ledger key is changed by an officer who is there");
    TRY(ledger_slots(a, ledger->folder, STR("keys"), &t->slots));
    TRY(officers_list(ledger, a, &t->before));
    if (!ledger->sys->random(ledger->sys->ctx, ledger->secrets->next_key, VAULT_KEY_BYTES))
        FAIL(ERR_IO, "the system gives no random bytes");
    TRY(ledger_key_add(ledger, ledger->secrets->next_key, ledger->state.last_event + 1));
    TRY(ledger_keys_rewrap(ledger));
    ledger->is_rotating = true; /* people's keys are sealed under the new one from here on */
    TRY(keep_slots(t));
    const struct event_rotation event = {
        .by = wish->by, .kept = (int64_t)t->count, .dropped = (int64_t)t->dropped.count};
    TRY(ledger_append(ledger, LEDGER_ROTATION, &event));
    str bytes = {(const char *)t->bytes, t->count * VAULT_SLOT_BYTES};
    TRY(file_replace(a, ledger->folder, STR("keys.next"), bytes, 0600));
    TRY(ledger_next_slots(ledger));
    *ret_rotated = (struct gate_rotated){.kept = (int64_t)t->count,
                                         .dropped = t->dropped.officers,
                                         .dropped_count = t->dropped.count};
    return OK;
}
