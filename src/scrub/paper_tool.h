/* paper_tool.h: running a program of poppler's or qpdf's: behind the sandbox alone.
 *
 * The paper reader has closed the file system but for programs, libraries and fonts. Each tool is a
 * child with the files it is given and nothing else, without the right to fork, and is killed after
 * its time. What it prints of errors is not read: it would carry words of the file. */
#pragma once

#include "base/base.h"

/* The reader itself has fewer open files than that. */
enum { PAPER_TOOL_FILES_MAX = 2, PAPER_TOOL_FILE = 100 };
/* How a tool names the first and the second of its files. */
#define PAPER_TOOL_FIRST "/proc/self/fd/100"
#define PAPER_TOOL_SECOND "/proc/self/fd/101"

struct paper_tool {
    const char *const *argv; /* argv[0] is the path of the program; ended by NULL */
    int files[PAPER_TOOL_FILES_MAX];
    size_t file_count;
    int out;          /* becomes its standard output; -1: none */
    size_t bytes_max; /* that it may write to one file */
};

/* Gives up every right but those for running the tools. `programs` are their paths, ended by NULL.
 * fails: ERR_NOT_FOUND (a program is not there), ERR_DENIED, ERR_IO. */
err paper_tools_wake(const char *const *programs) MUST_USE;

/* Runs a tool to its end; *ret_code is its exit code.
 * fails: ERR_BUSY (over LIMIT_PAPER_SECONDS of work, or twice that on the clock), ERR_LIMIT (it
 *        wrote too much), ERR_IO (it died). */
err paper_tool_run(const struct sys *sys, const struct paper_tool *tool, int *ret_code) MUST_USE;
