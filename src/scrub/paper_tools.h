/* paper_tools.h: what qpdf, pdftotext and pdftoppm are asked for: behind the sandbox alone. */
#pragma once

#include "scrub/paper.h"
#include "scrub/paper_tool.h"
#include "scrub/paper_twin.h"
#include "scrub/paper_words.h"

/* Their paths, ended by NULL. */
extern const char *const paper_tools[];

/* A document as it was read, with the words of its pages, seen or not. */
struct paper_reading {
    struct paper_document document;
    struct paper_list *lists; /* one for each page */
    bool is_damaged;
};

/* Reads a PDF. What is wrong with the file is a status; PAPER_READ with success alone.
 * owns: everything lives in `a`.
 * fails: ERR_INVALID, ERR_LIMIT, ERR_BUSY, ERR_IO (a tool died), ERR_NO_MEMORY. */
err paper_read_bytes(struct arena *a, str bytes, struct paper_reading *ret_reading,
                     enum paper_status *ret_status) MUST_USE;

/* A twin in a memory file, which is the caller's to close. fails: ERR_IO, ERR_NO_MEMORY. */
err paper_make_twin(const struct paper_document *document, enum paper_twin twin,
                    int *ret_fd) MUST_USE;

struct paper_order {
    int file; /* a twin */
    int64_t page;
    int64_t width; /* pixels */
    int64_t height;
    bool is_grey;
    bool is_turned; /* as the sheet is */
};
/* Has a page drawn. owns: pixels live in `a`. fails: as paper_read_bytes. */
err paper_draw_twin(struct arena *a, const struct paper_order *order,
                    struct paper_drawing *ret_drawing) MUST_USE;
