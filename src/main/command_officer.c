/* command_officer.c: hanji officer: who can open the ledger. */
#include <fcntl.h>

#include "main/words.h"

static const struct option options[] = {
    {"name", OPTION_TEXT, "NAME", "the officer; or the eight digits that the list shows of a slot"},
    {"new-passphrase-file", OPTION_TEXT, "FILE",
     "the officer's own passphrase; /dev/tty asks. Read by the gate alone"},
    {"with", OPTION_LIST, "FILE",
     "for rotate: the passphrase of another officer who is there; /dev/tty asks"},
    {"by", OPTION_TEXT, "NAME", "who does it"},
};

static err print_json(struct site *site, const struct gate_officers *officers) {
    struct buf text;
    str done;
    buf_init(&text, site->run->a, LIMIT_MESSAGE_BYTES);
    for (size_t i = 0; i < officers->count; i++) {
        const struct gate_officer *one = &officers->officers[i];
        buf_add(&text, i == 0 ? STR("[{\"slot\": \"") : STR(",\n {\"slot\": \""));
        json_text(&text, one->slot);
        buf_add(&text, STR("\", \"name\": \""));
        json_text(&text, one->name);
        buf_add(&text, STR("\", \"by\": \""));
        json_text(&text, one->by);
        buf_printf(&text, "\", \"at\": %lld}", (long long)one->at);
    }
    buf_add(&text, STR("]\n"));
    TRY(buf_finish(&text, &done));
    return print_text(done);
}

static err print_officers(struct site *site, const struct gate_officers *officers) {
    if (site->run->json) return print_json(site, officers);
    for (size_t i = 0; i < officers->count; i++) {
        const struct gate_officer *one = &officers->officers[i];
        str day;
        TRY(day_text(site->run->a, one->at, &day));
        if (one->name.len == 0) {
            TRY(print_format(STR_FMT
                             "  (no name: the slot the ledger was made with, or a stranger's)\n",
                             STR_ARG(one->slot)));
        } else {
            TRY(print_format(STR_FMT "  " STR_FMT ", since " STR_FMT ", by " STR_FMT "\n",
                             STR_ARG(one->slot), STR_ARG(one->name), STR_ARG(day),
                             STR_ARG(one->by)));
        }
    }
    if (officers->count > 1) return OK;
    return print_text(
        STR("One passphrase alone opens the ledger: if it is forgotten, all is lost.\n"
            "Add a second officer: hanji officer add --name 'B. Officer' "
            "--new-passphrase-file /dev/tty --by 'A. Officer'\n"));
}

static err change(struct site *site, enum gate_officer_action action) {
    const struct arguments *arguments = site->run->arguments;
    CLEANUP(fd_close) int passphrase = -1;
    struct gate_officer_wish wish = {.action = action,
                                     .name = option_text(arguments, "name"),
                                     .by = option_text(arguments, "by")};
    struct gate_officers officers;
    str path = option_text(arguments, "new-passphrase-file");
    if (wish.name.len == 0) return misused(site->run, "--name is missing");
    if (wish.by.len == 0) return misused(site->run, "--by is missing");
    if (action != GATE_OFFICER_REMOVE) {
        if (path.len == 0) {
            return misused(site->run, "--new-passphrase-file is missing (/dev/tty asks for it)");
        }
        int flags = str_eq(path, STR("/dev/tty")) ? O_RDWR : O_RDONLY;
        TRY(file_open(site->run->a, AT_FDCWD, path, flags, &passphrase));
    }
    const struct gate_request request = {
        .call = GATE_OFFICER, .body = &wish, .files = &passphrase, .file_count = passphrase >= 0};
    TRY(site_ask_with(site, &request, &officers));
    return print_officers(site, &officers);
}

/* ---- rotate --------------------------------------------------------------------------------- */

enum { THERE_MAX = 8 }; /* officers, as the ledger has slots */

struct there { /* the passphrases of those who are */
    int files[THERE_MAX];
    size_t count;
};

static void there_done(struct there *there) {
    for (size_t i = 0; i < there->count; i++) fd_close(&there->files[i]);
}

static err open_there(struct site *site, struct there *there) {
    size_t at = 0;
    str path;
    TRY(site_gate_passphrase(site, &there->files[0]));
    there->count = 1;
    while (option_each(site->run->arguments, "with", &at, &path)) {
        if (there->count == THERE_MAX) return misused(site->run, "--with is given too often");
        int flags = str_eq(path, STR("/dev/tty")) ? O_RDWR : O_RDONLY;
        TRY(file_open(site->run->a, AT_FDCWD, path, flags, &there->files[there->count]));
        there->count++;
    }
    return OK;
}

static err print_rotated_json(struct site *site, const struct gate_rotated *rotated) {
    struct buf text;
    str done;
    buf_init(&text, site->run->a, LIMIT_MESSAGE_BYTES);
    buf_printf(&text, "{\"kept\": %lld, \"dropped\": [", (long long)rotated->kept);
    for (size_t i = 0; i < rotated->dropped_count; i++) {
        buf_add(&text, i == 0 ? STR("{\"slot\": \"") : STR(", {\"slot\": \""));
        json_text(&text, rotated->dropped[i].slot);
        buf_add(&text, STR("\", \"name\": \""));
        json_text(&text, rotated->dropped[i].name);
        buf_add(&text, STR("\"}"));
    }
    buf_add(&text, STR("]}\n"));
    TRY(buf_finish(&text, &done));
    return print_text(done);
}

static err print_rotated(struct site *site, const struct gate_rotated *rotated) {
    if (site->run->json) return print_rotated_json(site, rotated);
    TRY(print_format("The ledger key is another one. It opens with the passphrases of %lld who "
                     "%s there.\n",
                     (long long)rotated->kept, rotated->kept == 1 ? "was" : "were"));
    for (size_t i = 0; i < rotated->dropped_count; i++) {
        const struct gate_officer *one = &rotated->dropped[i];
        str name = one->name.len > 0 ? one->name : STR("(no name)");
        TRY(print_format("  to be added again, if still an officer: " STR_FMT "  " STR_FMT "\n",
                         STR_ARG(one->slot), STR_ARG(name)));
    }
    if (rotated->kept > 1) return OK;
    return print_text(STR("One passphrase alone opens the ledger: add a second officer now.\n"));
}

static err rotate(struct site *site) {
    CLEANUP(there_done) struct there there = {0};
    struct gate_rotate wish = {.by = option_text(site->run->arguments, "by")};
    struct gate_rotated rotated;
    if (wish.by.len == 0) return misused(site->run, "--by is missing");
    TRY(site_gate(site)); /* asks first for the one that opens */
    TRY(open_there(site, &there));
    const struct gate_request request = {
        .call = GATE_ROTATE, .body = &wish, .files = there.files, .file_count = there.count};
    TRY(site_ask_with(site, &request, &rotated));
    return print_rotated(site, &rotated);
}

static err run_officer(struct run *run, int *ret_exit) {
    CLEANUP(site_close) struct site site = SITE_CLOSED;
    static const char *const actions[] = {[GATE_OFFICER_ADD] = "add",
                                          [GATE_OFFICER_REMOVE] = "remove",
                                          [GATE_OFFICER_CHANGE] = "change"};
    str what = str_of(run->arguments->operands[0]);
    struct gate_nothing nothing = {0};
    struct gate_officers officers;
    (void)ret_exit;
    size_t action = 0;
    while (action < COUNT_OF(actions) && !str_eq(what, str_of(actions[action]))) action++;
    bool lists = str_eq(what, STR("list"));
    bool rotates = str_eq(what, STR("rotate"));
    if (action == COUNT_OF(actions) && !lists && !rotates) {
        return misused(run, "'" STR_FMT "' is not one of: add, change, list, remove, rotate",
                       STR_ARG(what));
    }
    TRY(site_open(run, &site));
    if (rotates) return rotate(&site);
    if (!lists) return change(&site, (enum gate_officer_action)action);
    TRY(site_ask(&site, GATE_OFFICER_LIST, &nothing, &officers));
    return print_officers(&site, &officers);
}

const struct command command_officer = {
    .name = "officer",
    .operands = "add|change|list|remove|rotate",
    .summary = "say who can open the ledger: each officer has a passphrase of their own",
    .details =
        "hanji officer add --name 'B. Officer' --new-passphrase-file /dev/tty --by 'A. Officer'\n"
        "The ledger opens with any one of them. Whoever leaves is removed; change gives an "
        "officer\n"
        "another passphrase. The last slot stays.\n"
        "hanji officer rotate --with FILE --by 'A. Officer'\n"
        "makes another ledger key: no copy from before helps with what comes after. Whoever is "
        "there\n"
        "keeps a slot: the one whose passphrase opened, and one for each --with. The others are "
        "added\n"
        "again.",
    .options = options,
    .option_count = COUNT_OF(options),
    .operands_min = 1,
    .operands_max = 1,
    .run = run_officer,
};
