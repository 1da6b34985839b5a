/* hanji.c: the command an editor types.
 *
 *     hanji COMMAND [--option value]... [operand]...
 *
 * One const table of commands, one reader of arguments, one place where an error becomes a line on
 * standard error and an exit code. */
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include "main/command.h"
#include "vault/vault.h"

enum { PROCESS_MEMORY_MAX = 1 << 30 };

static const char VERSION[] = "0.1";

static const struct command *const COMMANDS[] = {
    &command_demo,    &command_init,     &command_import,   &command_list,    &command_people,
    &command_consent, &command_risk,     &command_appears,  &command_check,   &command_clear,
    &command_adopt,   &command_withdraw, &command_override, &command_officer, &command_press,
    &command_serve,   &command_export,   &command_unlock,   &command_lock,    &command_status,
    &command_rules,   &command_scrub,    &command_uses,
};

static const struct option COMMON[] = {
    {"site", OPTION_TEXT, "DIR", "the site's folder; otherwise $HANJI_SITE, or this folder"},
    {"passphrase-file", OPTION_TEXT, "FILE",
     "where the protection officer's passphrase is read; otherwise $HANJI_PASSPHRASE_FILE, or "
     "asked"},
    {"as", OPTION_TEXT, "NAME",
     "the officer who asks: a gate that stays unlocked asks for that officer's passphrase"},
    {"json", OPTION_FLAG, NULL, "print the result as JSON"},
    {"help", OPTION_FLAG, NULL, "print this help"},
};

/* ---- Arguments ------------------------------------------------------------------------------ */

bool option_each(const struct arguments *arguments, const char *name, size_t *at, str *ret_value) {
    for (; *at < arguments->value_count; (*at)++) {
        if (strcmp(arguments->values[*at].option->name, name) != 0) continue;
        *ret_value = str_of(arguments->values[(*at)++].value);
        return true;
    }
    return false;
}

bool option_given(const struct arguments *arguments, const char *name) {
    size_t at = 0;
    str value;
    return option_each(arguments, name, &at, &value);
}

str option_text(const struct arguments *arguments, const char *name) {
    size_t at = 0;
    str value = {0};
    while (option_each(arguments, name, &at, &value)) {
    }
    return value;
}

static const struct option *find_option(const struct arguments *arguments, str name) {
    for (size_t i = 0; i < arguments->option_count; i++) {
        if (str_eq(str_of(arguments->options[i]->name), name)) return arguments->options[i];
    }
    return NULL;
}

static void gather_options(struct arguments *arguments) {
    const struct command *command = arguments->command;
    for (size_t i = 0; i < command->option_count; i++) {
        arguments->options[arguments->option_count++] = &command->options[i];
    }
    for (size_t i = 0; i < COUNT_OF(COMMON); i++) {
        arguments->options[arguments->option_count++] = &COMMON[i];
    }
}

/* Reads one "--name", "--name value" or "--name=value"; *at is moved past what it took. */
static err read_option(struct arguments *arguments, char **argv, int *at) {
    str word = str_skip(str_of(argv[(*at)++]), 2);
    str name;
    str attached;
    bool has_value = str_cut(word, '=', &name, &attached);
    const struct option *option = find_option(arguments, name);
    if (option == NULL) {
        FAIL(ERR_INVALID, "there is no option --" STR_FMT, STR_ARG(name));
    }
    if (arguments->value_count == VALUES_MAX) FAIL(ERR_LIMIT, "too many options");
    if (option->kind == OPTION_FLAG && has_value) {
        FAIL(ERR_INVALID, "--%s takes no value", option->name);
    }
    const char *value = has_value ? attached.ptr : "";
    if (option->kind != OPTION_FLAG && !has_value) {
        value = argv[*at];
        if (value == NULL) FAIL(ERR_INVALID, "--%s needs a value: %s", option->name, option->value);
        (*at)++;
    }
    arguments->values[arguments->value_count].option = option;
    arguments->values[arguments->value_count++].value = value;
    return OK;
}

static err read_arguments(char **argv, struct arguments *arguments) {
    bool only_operands = false;
    gather_options(arguments);
    for (int at = 0; argv[at] != NULL;) {
        bool is_option = !only_operands && strncmp(argv[at], "--", 2) == 0;
        if (is_option && argv[at][2] == '\0') {
            only_operands = true;
            at++;
        } else if (is_option) {
            TRY(read_option(arguments, argv, &at));
        } else if (!only_operands && argv[at][0] == '-' && argv[at][1] != '\0') {
            FAIL(ERR_INVALID, "there is no option %s", argv[at]);
        } else if (arguments->operand_count == OPERANDS_MAX) {
            FAIL(ERR_LIMIT, "too many arguments");
        } else {
            arguments->operands[arguments->operand_count++] = argv[at++];
        }
    }
    if (option_given(arguments, "help")) return OK;
    const struct command *command = arguments->command;
    if (arguments->operand_count < command->operands_min) {
        FAIL(ERR_INVALID, "something is missing: hanji %s %s", command->name, command->operands);
    }
    if (arguments->operand_count > command->operands_max) {
        FAIL(ERR_INVALID, "'%s' is too much: hanji %s %s",
             arguments->operands[command->operands_max], command->name, command->operands);
    }
    return OK;
}

/* ---- Help ----------------------------------------------------------------------------------- */

static void print_options(const struct option *options, size_t count) {
    for (size_t i = 0; i < count; i++) {
        char left[64];
        const struct option *option = &options[i];
        snprintf(left, sizeof left, "--%s%s%s", option->name, option->value == NULL ? "" : " ",
                 option->value == NULL ? "" : option->value);
        printf("  %-26s %s\n", left, option->help);
    }
}

static void print_command_help(const struct command *command) {
    printf("usage: hanji %s %s%s[options]\n\n%s.\n", command->name, command->operands,
           command->operands[0] == '\0' ? "" : " ", command->summary);
    if (command->details != NULL) printf("\n%s\n", command->details);
    printf("\noptions:\n");
    print_options(command->options, command->option_count);
    print_options(COMMON, COUNT_OF(COMMON));
}

static void print_help(FILE *file) {
    fprintf(file, "usage: hanji COMMAND [options]\n\n"
                  "Hanji publishes the stories of people who can be harmed by them: what leaves\n"
                  "passes one gate, and the people in it agreed.\n\ncommands:\n");
    for (size_t i = 0; i < COUNT_OF(COMMANDS); i++) {
        fprintf(file, "  %-10s %s\n", COMMANDS[i]->name, COMMANDS[i]->summary);
    }
    fprintf(file, "  %-10s %s\n  %-10s %s\n", "help", "show this, or the help of a command",
            "version", "print the version");
    fprintf(file, "\n'hanji COMMAND --help' says more.\n");
}

err misused(struct run *run, const char *format, ...) {
    char words[ERR_MESSAGE_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    run->is_misused = true;
    return err_make(ERR_INVALID, __FILE__, __LINE__, "%s", words);
}

/* ---- Running -------------------------------------------------------------------------------- */

static const struct command *find_command(const char *name) {
    for (size_t i = 0; i < COUNT_OF(COMMANDS); i++) {
        if (strcmp(COMMANDS[i]->name, name) == 0) return COMMANDS[i];
    }
    return NULL;
}

static int exit_of(enum err_kind kind) {
    static const int codes[] = {
        [ERR_NONE] = 0,
        [ERR_NO_MEMORY] = EXIT_SYSTEM,
        [ERR_IO] = EXIT_IO,
        [ERR_INVALID] = EXIT_DATA,
        [ERR_NOT_FOUND] = EXIT_NO_INPUT,
        [ERR_EXISTS] = EXIT_CANNOT_CREATE,
        [ERR_LIMIT] = EXIT_DATA,
        [ERR_DENIED] = EXIT_DENIED,
        [ERR_BUSY] = EXIT_TEMPORARY,
    };
    _Static_assert(COUNT_OF(codes) == ERR_KIND_COUNT, "an exit code for each kind of error");
    return codes[kind];
}

/* The programs lie in libexec/hanji beside this one, or one folder up when installed. The kernel
 * tells how we were started, which needs no /proc. */
static err find_programs(struct arena *a, const char *started_as, str *ret_folder) {
    char resolved[PATH_MAX];
    const char *path = (const char *)getauxval(AT_EXECFN);
    if (realpath("/proc/self/exe", resolved) == NULL &&
        realpath(path == NULL ? started_as : path, resolved) == NULL) {
        FAIL(ERR_NOT_FOUND, "cannot tell where this program lies");
    }
    str folder = str_of(resolved);
    while (folder.len > 0 && folder.ptr[folder.len - 1] != '/') folder.len--;
    static const char *const places[] = {"libexec/hanji", "../libexec/hanji"};
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        str gate;
        TRY(arena_printf(a, ret_folder, STR_FMT "%s", STR_ARG(folder), places[i]));
        TRY(arena_printf(a, &gate, STR_FMT "/gate", STR_ARG(*ret_folder)));
        if (access(gate.ptr, X_OK) == 0) return OK;
    }
    FAIL(ERR_NOT_FOUND, "the program 'gate' does not lie in libexec/hanji beside hanji");
}

/* One line for a person, or one JSON object. */
static void tell_error(const struct run *run, err e) {
    const char *name = run->arguments->command->name;
    struct buf text;
    buf_init(&text, run->a, LIMIT_FIELD_BYTES);
    buf_printf(&text, "{\"error\": \"%s\", \"message\": \"", err_kind_name(e.kind));
    json_text(&text, str_of(e.message));
    buf_add(&text, STR("\"}"));
    str json = buf_text(&text);
    if (run->json && json.len > 0) {
        fprintf(stderr, STR_FMT "\n", STR_ARG(json));
        return;
    }
    print_failure(name, str_of(e.message));
    if (run->is_misused) fprintf(stderr, "'hanji %s --help' shows how it is used.\n", name);
}

static int run_command(const struct sys *sys, const struct command *command, char **argv) {
    CLEANUP(arena_done) struct arena a;
    struct arguments arguments = {.command = command};
    struct run run = {.sys = sys, .a = &a, .arguments = &arguments};
    int ending = 0;
    arena_init(&a, sys, PROCESS_MEMORY_MAX);
    err e = read_arguments(argv + 2, &arguments);
    if (e.kind != ERR_NONE) {
        run.is_misused = true;
        tell_error(&run, e);
        return EXIT_USAGE;
    }
    if (option_given(&arguments, "help")) {
        print_command_help(command);
        return 0;
    }
    run.json = option_given(&arguments, "json");
    run.is_loud = !run.json && isatty(STDERR_FILENO) == 1;
    e = vault_start();
    if (e.kind == ERR_NONE) e = find_programs(&a, argv[0], &run.programs);
    if (e.kind == ERR_NONE) e = command->run(&run, &ending);
    progress_end(&run);
    if (e.kind == ERR_NONE && fflush(stdout) != 0) {
        e = err_make(ERR_IO, __FILE__, __LINE__, "the result could not be written");
    }
    if (e.kind == ERR_NONE) return ending;
    tell_error(&run, e);
    return run.is_misused ? EXIT_USAGE : run.is_locked ? EXIT_LOCKED : exit_of(e.kind);
}

int main(int argc, char **argv) {
    const struct sys sys = sys_real();
    umask(077); /* a site is its owner's alone, whatever the caller's mask; the gate inherits it */
    const char *name = argc > 1 ? argv[1] : "";
    bool wants_help = strcmp(name, "help") == 0 || strcmp(name, "--help") == 0;
    if (strcmp(name, "version") == 0 || strcmp(name, "--version") == 0) {
        printf("hanji %s\n", VERSION);
        return 0;
    }
    if (wants_help && argc > 2) name = argv[2];
    if (wants_help && argc > 2 && find_command(name) != NULL) {
        print_command_help(find_command(name));
        return 0;
    }
    wants_help = wants_help && argc == 2;
    if (argc < 2 || wants_help) {
        print_help(argc < 2 ? stderr : stdout);
        return argc < 2 ? EXIT_USAGE : 0;
    }
    const struct command *command = find_command(name);
    if (command == NULL) {
        fprintf(stderr, "hanji: there is no command '%s'; 'hanji help' lists them.\n", name);
        return EXIT_USAGE;
    }
    return run_command(&sys, command, argv);
}
