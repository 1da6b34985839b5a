/* officers.c: see officers.h. */
#include "gate/officers.h"

#include <string.h>

#include "gate/ledger_impl.h"

/* The slots as they lie in the file, with room for one more. */
struct slots {
    unsigned char bytes[(LEDGER_SLOTS_MAX + 1) * VAULT_SLOT_BYTES];
    size_t count;
};

static err load(const struct ledger *ledger, struct arena *a, struct slots *ret_slots) {
    str bytes;
    str name = ledger->slots_are_next ? STR("keys.next") : STR("keys");
    TRY(ledger_slots(a, ledger->folder, name, &bytes));
    memcpy(ret_slots->bytes, bytes.ptr, bytes.len);
    ret_slots->count = bytes.len / VAULT_SLOT_BYTES;
    return OK;
}

static err store(const struct ledger *ledger, struct arena *a, const struct slots *slots) {
    str bytes = {(const char *)slots->bytes, slots->count * VAULT_SLOT_BYTES};
    if (ledger->slots_are_next)
        FAIL(ERR_IO, "keys.next, the slots of the last rotation, cannot be renamed to keys");
    return file_replace(a, ledger->folder, STR("keys"), bytes, 0600);
}

static void hash_of(const struct slots *slots, size_t i, unsigned char ret_hash[32]) {
    str slot = {(const char *)slots->bytes + i * VAULT_SLOT_BYTES, VAULT_SLOT_BYTES};
    vault_hash(slot, ret_hash);
}

/* What is known of a slot: the newest event, or NULL. */
static const struct ledger_officer *officer_of(const struct ledger *ledger,
                                               const unsigned char hash[32]) {
    for (const struct ledger_officer_list *o = ledger->state.officers; o != NULL; o = o->next) {
        if (memcmp(o->about->slot, hash, 32) == 0) return o->about;
    }
    return NULL;
}

static err describe(const struct ledger *ledger, struct arena *a, const struct slots *slots,
                    size_t i, struct gate_officer *ret_officer) {
    unsigned char hash[32];
    str hex;
    hash_of(slots, i, hash);
    const struct ledger_officer *known = officer_of(ledger, hash);
    TRY(vault_hex(a, hash, 4, &hex));
    *ret_officer = (struct gate_officer){.slot = hex};
    if (known != NULL && known->removed == 0) {
        ret_officer->name = known->name;
        ret_officer->by = known->by;
        ret_officer->at = known->at;
    }
    return OK;
}

err officers_list(const struct ledger *ledger, struct arena *a,
                  struct gate_officers *ret_officers) {
    struct slots slots;
    struct gate_officers all = {0};
    TRY(load(ledger, a, &slots));
    all.officers = arena_array(a, slots.count, sizeof *all.officers);
    if (all.officers == NULL) FAIL(ERR_NO_MEMORY, "no memory for a list of officers");
    for (; all.count < slots.count; all.count++) {
        TRY(describe(ledger, a, &slots, all.count, &all.officers[all.count]));
    }
    *ret_officers = all;
    return OK;
}

/* By name, or by the beginning of its hash, as the list shows both. */
static err find(const struct ledger *ledger, struct arena *a, const struct slots *slots, str name,
                size_t *ret_slot) {
    for (size_t i = 0; i < slots->count; i++) {
        struct gate_officer officer;
        TRY(describe(ledger, a, slots, i, &officer));
        bool is_it = str_eq(officer.slot, name) || (name.len > 0 && str_eq(officer.name, name));
        if (!is_it) continue;
        *ret_slot = i;
        return OK;
    }
    *ret_slot = slots->count;
    return OK;
}

static err record(struct ledger *ledger, const struct slots *slots, size_t i,
                  const struct gate_officer_wish *wish, bool is_removed) {
    struct ledger_officer event = {
        .name = wish->name, .by = wish->by, .removed = is_removed, .at = ledger_now(ledger)};
    hash_of(slots, i, event.slot);
    return ledger_append(ledger, LEDGER_OFFICER, &event);
}

static err check(const struct gate_officer_wish *wish, const struct slots *slots, size_t at,
                 bool is_named) {
    bool adds = wish->action == GATE_OFFICER_ADD;
    if (str_trim(wish->name).len == 0) FAIL(ERR_INVALID, "the name of the officer is missing");
    if (str_trim(wish->by).len == 0) FAIL(ERR_INVALID, "who does it (--by) is missing");
    if (adds && at < slots->count) {
        FAIL(ERR_EXISTS,
             "there is an officer of that name: give another, or change the passphrase");
    }
    if (!adds && at == slots->count) FAIL(ERR_NOT_FOUND, "no officer has that name");
    if (wish->action == GATE_OFFICER_CHANGE && !is_named) {
        FAIL(ERR_INVALID, "this slot has no name: add an officer, then remove it");
    }
    if (adds && slots->count == LEDGER_SLOTS_MAX) {
        FAIL(ERR_LIMIT, "all %d slots are taken: remove one first", LEDGER_SLOTS_MAX);
    }
    if (wish->action == GATE_OFFICER_REMOVE && slots->count == 1) {
        FAIL(ERR_DENIED, "this is the last slot: without it nobody could open the ledger");
    }
    return OK;
}

err officers_change(struct ledger *ledger, struct arena *a, const struct gate_officer_wish *wish,
                    str passphrase) {
    struct slots slots;
    size_t at = 0;
    TRY(load(ledger, a, &slots));
    TRY(find(ledger, a, &slots, wish->name, &at));
    struct gate_officer found = {.name = {0}};
    if (at < slots.count) TRY(describe(ledger, a, &slots, at, &found));
    TRY(check(wish, &slots, at, found.name.len > 0));
    if (wish->action != GATE_OFFICER_ADD) TRY(record(ledger, &slots, at, wish, true));
    unsigned char *slot = slots.bytes + at * VAULT_SLOT_BYTES;
    if (wish->action == GATE_OFFICER_REMOVE) {
        slots.count--;
        memmove(slot, slot + VAULT_SLOT_BYTES, (slots.count - at) * VAULT_SLOT_BYTES);
        return store(ledger, a, &slots);
    }
    TRY(vault_slot_seal(passphrase, false, ledger->secrets->ledger_key, slot));
    if (wish->action == GATE_OFFICER_ADD) slots.count++;
    TRY(record(ledger, &slots, at, wish, false));
    return store(ledger, a, &slots);
}

err officers_opener(const struct ledger *ledger, struct arena *a, str *ret_name) {
    const struct ledger_officer *known = officer_of(ledger, ledger->opener);
    if (known != NULL && known->name.len > 0) return arena_copy(a, known->name, ret_name);
    return vault_hex(a, ledger->opener, 4, ret_name);
}

err officers_prove(const struct ledger *ledger, struct arena *a, str name, str passphrase,
                   str *ret_name) {
    CLEANUP(vault_secret_free) unsigned char *key = NULL;
    struct slots slots;
    size_t only = 0;
    TRY(vault_secret(VAULT_KEY_BYTES, &key));
    TRY(load(ledger, a, &slots));
    if (name.len > 0) {
        TRY(find(ledger, a, &slots, name, &only));
        if (only == slots.count) FAIL(ERR_NOT_FOUND, "no officer has that name");
    }
    for (size_t i = 0; i < slots.count; i++) {
        struct gate_officer officer;
        if (name.len > 0 && i != only) continue;
        err e = vault_slot_open(passphrase, slots.bytes + i * VAULT_SLOT_BYTES, key);
        if (e.kind == ERR_DENIED || e.kind == ERR_INVALID) continue;
        TRY(e);
        TRY(describe(ledger, a, &slots, i, &officer));
        return arena_copy(a, officer.name.len > 0 ? officer.name : officer.slot, ret_name);
    }
    FAIL(ERR_DENIED, "the passphrase is not %s", name.len > 0 ? "that officer's" : "an officer's");
}
