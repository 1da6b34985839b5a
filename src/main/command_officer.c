/* command_officer.c: hanji officer: who can open the ledger. */
#include <fcntl.h>

#include "main/words.h"

static const struct option options[] = {
    {"name", OPTION_TEXT, "NAME", "the officer; or the eight digits that the list shows of a slot"},
    {"new-passphrase-file", OPTION_TEXT, "FILE",
     "the officer's own passphrase; /dev/tty asks. Read by the gate alone"},
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
    if (action == COUNT_OF(actions) && !lists) {
        return misused(run, "'" STR_FMT "' is not one of: add, change, list, remove",
                       STR_ARG(what));
    }
    TRY(site_open(run, &site));
    if (!lists) return change(&site, (enum gate_officer_action)action);
    TRY(site_ask(&site, GATE_OFFICER_LIST, &nothing, &officers));
    return print_officers(&site, &officers);
}

const struct command command_officer = {
    .name = "officer",
    .operands = "add|change|list|remove",
    .summary = "say who can open the ledger: each officer has a passphrase of their own",
    .details =
        "hanji officer add --name 'B. Officer' --new-passphrase-file /dev/tty --by 'A. Officer'\n"
        "The ledger opens with any one of them. Whoever leaves is removed; change gives an "
        "officer\n"
        "another passphrase. The last slot stays.",
    .options = options,
    .option_count = COUNT_OF(options),
    .operands_min = 1,
    .operands_max = 1,
    .run = run_officer,
};
