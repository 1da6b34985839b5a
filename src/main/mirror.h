/* mirror.h: a folder that any web server can carry, made of a pressing.
 *
 *     DIR/README.txt       how to serve it
 *     DIR/site/            the pages: what a web server is pointed at
 *     DIR/nginx.conf       for nginx: types, error pages, headers
 *     DIR/redirects.conf   addresses that have moved
 *     DIR/written.txt      what we wrote, a name a line: nothing else here is ever touched
 *
 * The lists lie beside the pages, not among them: an old address can hold what was taken out of it,
 * and a list of all of them is nobody's to fetch. The addresses of what was withdrawn are nowhere:
 * a pressing holds only their hashes. On a mirror they answer 404. */
#pragma once

#include "main/command.h"
#include "pressing/pressing.h"

/* One file of the mirror. */
struct mirror_file {
    str name;  /* from DIR: "site/en/index.html" */
    str bytes; /* borrowed from the pressing, or made in the arena */
};

struct mirror_list {
    struct mirror_file *all; /* ascending by name */
    size_t count;
    size_t room;
};

/* What a file system cannot hold under its own name: an address that is left out. */
struct mirror_report {
    size_t pages;   /* paths that the mirror answers */
    size_t moved;   /* of them redirects */
    size_t gone;    /* withdrawn: 404 there, 410 here */
    size_t written; /* files */
    size_t kept;    /* the same as before */
    size_t removed;
    str *left_out;
    size_t left_out_count;
};

/* ---- mirror.c: which files there are -------------------------------------------------------- */

/* Everything DIR shall hold but written.txt. `language` is the site's own: its error pages answer
 * where no other language's do.
 * owns:  the list lives in `a` and borrows from `pressing`.
 * fails: ERR_EXISTS (two pages want one file), ERR_NO_MEMORY, ERR_LIMIT. */
err mirror_plan(struct arena *a, const struct pressing *pressing, str language,
                struct mirror_list *ret_list, struct mirror_report *report) MUST_USE;

/* Whether a name stays below its folder and can be a file everywhere: parts of 1 to 240 bytes, none
 * of them "." or "..", no control character. */
bool mirror_name_is_sound(str name);

/* Whether the mirror can hold the page: no page that tells where something was withdrawn, and a
 * path that makes a sound name. */
bool mirror_holds(const struct pressing_page *page);

/* ---- mirror_nginx.c: how it is served ------------------------------------------------------- */

err mirror_add_nginx(struct arena *a, const struct pressing *pressing, str language,
                     struct mirror_list *list) MUST_USE;
err mirror_add(struct arena *a, struct mirror_list *list, str name, str bytes) MUST_USE;

/* ---- mirror_folder.c: into the folder ------------------------------------------------------- */

/* Makes the folder hold exactly the list, file by file, each in one step: first goes what is gone,
 * then comes what is new. A run that was cut off is finished by the next one. Files that we did not
 * write stay.
 * fails: ERR_EXISTS (the folder holds something and no written.txt), ERR_INVALID (written.txt is
 *        not ours), ERR_IO, ERR_NO_MEMORY. */
err mirror_write(struct run *run, int folder, const struct mirror_list *list,
                 struct mirror_report *report) MUST_USE;
