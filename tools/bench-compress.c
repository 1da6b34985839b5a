/* bench-compress.c: makes the compressed forms of files as the press makes those of pages.
 *
 *     bench-compress gzip|brotli < LIST      a path a line; each form goes beside its file
 *
 * It reads and writes as `gzip -k` does, so that whoever times both times the same work. */
#include <errno.h>
#include <libdeflate.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "press/press_impl.h"

enum { FILE_BYTES_MAX = 16 << 20, PATH_BYTES = 4096 };

static size_t read_all(const char *path, char *room) {
    FILE *file = fopen(path, "rb");
    size_t size = file == NULL ? FILE_BYTES_MAX : fread(room, 1, FILE_BYTES_MAX, file);
    if (size == FILE_BYTES_MAX || ferror(file) != 0 || fclose(file) != 0) {
        fprintf(stderr, "bench-compress: %s: %s\n", path, strerror(errno));
        exit(70);
    }
    return size;
}

static void write_all(const char *path, str form) {
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(form.ptr, 1, form.len, file) != form.len || fclose(file) != 0) {
        fprintf(stderr, "bench-compress: %s: %s\n", path, strerror(errno));
        exit(70);
    }
}

int main(int count, char **words) {
    bool is_brotli = count == 2 && strcmp(words[1], "brotli") == 0;
    if (!is_brotli && (count != 2 || strcmp(words[1], "gzip") != 0)) return 64;
    struct libdeflate_compressor *gzip = form_gzip_tool();
    char *body = malloc(FILE_BYTES_MAX);
    char *room = malloc(2 * FILE_BYTES_MAX);
    char path[PATH_BYTES];
    char form_path[PATH_BYTES + 8];
    if (gzip == NULL || body == NULL || room == NULL) return 71;
    while (fgets(path, sizeof path, stdin) != NULL) {
        path[strcspn(path, "\n")] = '\0';
        str bytes = {body, read_all(path, body)};
        size_t size = is_brotli ? form_brotli(bytes, room, 2 * FILE_BYTES_MAX)
                                : form_gzip(gzip, bytes, room, 2 * FILE_BYTES_MAX);
        snprintf(form_path, sizeof form_path, "%s.our-%s", path, words[1]);
        write_all(form_path, (str){room, size});
    }
    free(room);
    free(body);
    libdeflate_free_compressor(gzip);
    return 0;
}
