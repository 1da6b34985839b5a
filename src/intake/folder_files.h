/* folder_files.h: the Markdown files below a folder, and what their names say. For folder.c. */
#pragma once

#include "base/base.h"

struct folder_file {
    str language; /* of the folder or the name; empty */
    str slug;
    str story;  /* path without language, date and ending: what its translations share */
    str date;   /* "2024-05-01", or empty */
    str folder; /* it lies in; empty: the root */
};

/* The paths of all Markdown files below the open folder `root`, sorted, so that every import meets
 * them in the same order. Links and hidden names are passed over.
 * fails: ERR_LIMIT (too many), ERR_IO, ERR_NO_MEMORY. */
err folder_list(struct arena *a, int root, str **ret_paths, size_t *ret_count) MUST_USE;

/* What the path of a file says of it: "ko/2024-05-01-the-road.md". fails: ERR_NO_MEMORY. */
err folder_name(struct arena *a, str path, struct folder_file *ret_name) MUST_USE;

bool folder_is_markdown(str name); /* by its ending */
str folder_cut_ending(str name);   /* "a.md" gives "a" */
