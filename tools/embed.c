/* embed.c: files as C arrays.
 *
 *     embed NAME FOLDER FILE... > NAME.h
 *
 * writes a header with `static const struct embedded NAME[]`: for each FILE its path below FOLDER
 * and its bytes. SQL, templates, styles and the demo's texts reach the programs this way, so that a
 * binary needs no folder beside it. Runs at build time alone. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void write_bytes(const char *path) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        exit(1);
    }
    unsigned long size = 0;
    for (int c = fgetc(file); c != EOF; c = fgetc(file)) {
        printf(size % 16 == 0 ? "\n    %d," : "%d,", c);
        size++;
    }
    fclose(file);
    printf("0}, %lu", size); /* the closing 0 makes the bytes a C string too */
}

int main(int argc, char **argv) {
    if (argc < 3) {
        fprintf(stderr, "usage: embed NAME FOLDER FILE...\n");
        return 64;
    }
    size_t skip = strlen(argv[2]);
    printf("/* Made by tools/embed.c: do not edit. */\n#pragma once\n\n#include "
           "\"base/embedded.h\"\n\n");
    printf("static const struct embedded %s[] = {\n", argv[1]);
    for (int i = 3; i < argc; i++) {
        const char *name = argv[i];
        if (strncmp(name, argv[2], skip) == 0) name += skip;
        while (*name == '/') name++;
        printf("{\"%s\", (const unsigned char[]){", name);
        write_bytes(argv[i]);
        printf("},\n");
    }
    printf("};\n");
    return 0;
}
