/* command.h: what a command is, and what it is given.
 *
 * A command is one row of const data: its name, its words for the help, its options, and the
 * function that runs it. hanji.c holds the table; help and the reading of arguments come from the
 * rows, so that neither can disagree with the other. */
#pragma once

#include "base/base.h"

enum option_kind { OPTION_FLAG, OPTION_TEXT, OPTION_LIST };

struct option {
    const char *name; /* without the dashes */
    enum option_kind kind;
    const char *value; /* what stands for the value in the help: "NAME" */
    const char *help;
};

enum { OPTIONS_MAX = 24, VALUES_MAX = 64, OPERANDS_MAX = 64 };

/* What was typed, read against the options of the command. */
struct arguments {
    const struct command *command;
    const struct option *options[OPTIONS_MAX]; /* the command's and the common ones */
    size_t option_count;
    struct {
        const struct option *option;
        const char *value;
    } values[VALUES_MAX];
    size_t value_count;
    const char *operands[OPERANDS_MAX];
    size_t operand_count;
};

bool option_given(const struct arguments *arguments, const char *name);
str option_text(const struct arguments *arguments,
                const char *name); /* the last; empty: not given */
/* Every value of an option that may be given often: *at starts at 0. False at the end. */
bool option_each(const struct arguments *arguments, const char *name, size_t *at, str *ret_value);

/* What every command works with. */
struct run {
    const struct sys *sys;
    struct arena *a;
    const struct arguments *arguments;
    str programs;    /* folder of gate, front and scrubber */
    bool json;       /* --json */
    bool is_loud;    /* progress is shown: a terminal, and not --json */
    bool is_misused; /* what failed is how it was typed: see misused */
    bool is_locked;  /* what failed is that nobody was there to unlock the gate */
};

/* For `return misused(run, ...)`: the command was typed wrongly. It ends with EXIT_USAGE and points
 * to its help. */
err misused(struct run *run, const char *format, ...) MUST_USE PRINTF_LIKE(2, 3);

/* How a command ended: the exit code, unless it failed with an err. */
enum {
    EXIT_FINDINGS = 1, /* the gate has findings that block */
    EXIT_USAGE = 64,   /* as sysexits.h from here on */
    EXIT_DATA = 65,
    EXIT_NO_INPUT = 66,
    EXIT_LOCKED = 69, /* the gate is, and there is no terminal to ask for the passphrase */
    EXIT_SOFTWARE = 70,
    EXIT_SYSTEM = 71,
    EXIT_CANNOT_CREATE = 73,
    EXIT_IO = 74,
    EXIT_TEMPORARY = 75,
    EXIT_DENIED = 77,
};

struct command {
    const char *name;
    const char *operands; /* for the usage line: "STORY", "[STORY...]" */
    const char *summary;  /* one line */
    const char *details;  /* more, for its own help; may be NULL */
    const struct option *options;
    size_t option_count;
    size_t operands_min;
    size_t operands_max;
    err (*run)(struct run *run, int *ret_exit); /* *ret_exit is 0 at the start */
};

extern const struct command command_init, command_import, command_adopt, command_press,
    command_serve, command_people, command_consent, command_risk, command_appears, command_check,
    command_clear, command_withdraw, command_list, command_demo, command_export, command_override,
    command_officer, command_rules, command_unlock, command_lock, command_status, command_scrub,
    command_uses;

/* Prints, on standard output, what was built; a failure to print ends in ERR_IO. Characters that a
 * terminal obeys are shown and not passed on: much of what is printed was written by others. */
err print_text(str text) MUST_USE;
err print_format(const char *format, ...) MUST_USE PRINTF_LIKE(1, 2);
/* Its own line breaks are blanks: a title could otherwise say something in a line of its own. */
err print_one_line(str text) MUST_USE;
/* Where a marked passage begins and ends: "[[" and "]]", on a terminal in bold. */
err print_mark(bool begins) MUST_USE;
/* "hanji NAME: MESSAGE" on standard error, in the same way. */
void print_failure(const char *name, str message);
/* One line on standard error that a loud run shows while something takes long; replaced by the next
 * one on a terminal. */
void progress(const struct run *run, const char *format, ...) PRINTF_LIKE(2, 3);
void progress_end(const struct run *run);
