/* print.c: what a command says, and how it says that it is still at work. See command.h. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/unicode.h"
#include "main/command.h"

/* What a terminal obeys instead of showing: controls of both sets, and what turns the direction.
 * Line feeds and tabs are wanted. */
static bool is_obeyed(uint32_t c) {
    bool is_control = c < 0x20 || (c >= 0x7F && c < 0xA0);
    bool turns = c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) ||
                 (c >= 0x2066 && c <= 0x2069);
    return turns || (is_control && c != '\n' && c != '\t');
}

/* What a story says is printed, and could wipe from the screen what was found in it. Such a
 * character is shown as "\u001b", which inside JSON is still the same text; what is no UTF-8 as a
 * question mark. */
static bool write_shown(FILE *file, str text) {
    while (text.len > 0) {
        str rest = text;
        uint32_t c = utf8_take(&rest);
        if (c == UNICODE_BAD) {
            if (fputc('?', file) == EOF) return false;
        } else if (is_obeyed(c)) {
            if (fprintf(file, "\\u%04x", (unsigned)c) < 0) return false;
        } else if (fwrite(text.ptr, 1, text.len - rest.len, file) != text.len - rest.len) {
            return false;
        }
        text = rest;
    }
    return true;
}

err print_text(str text) {
    if (!write_shown(stdout, text)) FAIL(ERR_IO, "the result could not be written");
    return OK;
}

err print_format(const char *format, ...) {
    char *text = NULL;
    size_t len = 0;
    FILE *memory = open_memstream(&text, &len);
    if (memory == NULL) FAIL(ERR_NO_MEMORY, "no memory for what is printed");
    va_list arguments;
    va_start(arguments, format);
    bool is_written = vfprintf(memory, format, arguments) >= 0;
    va_end(arguments);
    is_written = fclose(memory) == 0 && is_written;
    err e = is_written ? print_text((str){text, len})
                       : err_make(ERR_NO_MEMORY, __FILE__, __LINE__, "no memory to print");
    free(text);
    return e;
}

err print_one_line(str text) {
    while (text.len > 0) {
        str line;
        bool goes_on = str_cut(text, '\n', &line, &text);
        TRY(print_text(line));
        if (goes_on) TRY(print_text(STR(" ")));
    }
    return OK;
}

err print_mark(bool begins) {
    const char *marks[] = {"[[", "]]"};
    const char *bold[] = {"\033[1;7m", "\033[0m"};
    const char *mark = isatty(STDOUT_FILENO) == 1 ? bold[!begins] : marks[!begins];
    if (fputs(mark, stdout) == EOF) FAIL(ERR_IO, "the result could not be written");
    return OK;
}

void print_failure(const char *name, str message) {
    fprintf(stderr, "hanji %s: ", name);
    write_shown(stderr, message);
    fputc('\n', stderr);
}

void progress(const struct run *run, const char *format, ...) {
    if (!run->is_loud) return;
    va_list arguments;
    va_start(arguments, format);
    fputs("\r\033[K", stderr);
    vfprintf(stderr, format, arguments); /* numbers and words of ours */
    va_end(arguments);
    fflush(stderr);
}

void progress_end(const struct run *run) {
    if (run->is_loud) fputs("\r\033[K", stderr);
}
