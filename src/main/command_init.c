/* command_init.c: hanji init DIR. */
#include <stdio.h>
#include <stdlib.h>

#include "main/site.h"

static const struct option options[] = {
    {"name", OPTION_TEXT, "NAME", "the name of the site (otherwise the one of its first import)"},
    {"address", OPTION_TEXT, "URL", "where readers will find it, as https://example.org"},
    {"language", OPTION_TEXT, "TAG", "the site's own language (en unless said otherwise)"},
};

static err run_init(struct run *run, int *ret_exit) {
    (void)ret_exit;
    str path = str_of(run->arguments->operands[0]);
    struct site_wish wish = {.path = path,
                             .language = option_text(run->arguments, "language"),
                             .name = option_text(run->arguments, "name"),
                             .address = option_text(run->arguments, "address"),
                             .may_ask = true};
    bool made_passphrase = false;
    bool is_address =
        str_starts(wish.address, STR("https://")) || str_starts(wish.address, STR("http://"));
    if (wish.address.len > 0 && (!is_address || str_ends(wish.address, STR("/")))) {
        return misused(run, "--address is like https://example.org, without a slash at the end");
    }
    if (wish.language.len == 0) wish.language = STR("en");
    TRY(site_make(run, &wish, &made_passphrase));
    if (run->json) {
        return print_format("{\"site\": true, \"passphrase_made\": %s}\n",
                            made_passphrase ? "true" : "false");
    }
    TRY(print_format("The site " STR_FMT " is made.\n", STR_ARG(path)));
    if (made_passphrase) {
        TRY(print_format(
            "\n  FOR TRYING OUT ONLY: no passphrase was given, so one was made and kept in\n"
            "  " STR_FMT "/keys/passphrase. Whoever can read that file can open the gate.\n"
            "  For real people make a new site with --passphrase-file, or be asked:\n"
            "  hanji init DIR --passphrase-file /dev/tty\n",
            STR_ARG(path)));
    }
    return print_format("\nNext: hanji import wordpress export.xml --media uploads/ --site " STR_FMT
                        "\n",
                        STR_ARG(path));
}

const struct command command_init = {
    .name = "init",
    .operands = "DIR",
    .summary = "make a new, empty site in a folder",
    .options = options,
    .option_count = COUNT_OF(options),
    .operands_min = 1,
    .operands_max = 1,
    .run = run_init,
};
