/* print.c: what a command says, and how it says that it is still at work. See command.h. */
#include <stdarg.h>
#include <stdio.h>

#include "main/command.h"

err print_text(str text) {
    if (text.len > 0 && fwrite(text.ptr, 1, text.len, stdout) != text.len) {
        FAIL(ERR_IO, "the result could not be written");
    }
    return OK;
}

err print_format(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int count = vfprintf(stdout, format, arguments);
    va_end(arguments);
    if (count < 0) FAIL(ERR_IO, "the result could not be written");
    return OK;
}

void progress(const struct run *run, const char *format, ...) {
    if (!run->is_loud) return;
    va_list arguments;
    va_start(arguments, format);
    fputs("\r\033[K", stderr);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fflush(stderr);
}

void progress_end(const struct run *run) {
    if (run->is_loud) fputs("\r\033[K", stderr);
}
