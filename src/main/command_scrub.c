/* command_scrub.c: hanji scrub: a PDF without what it hides. */
#include "main/papers.h"

const struct command command_scrub = {
    .name = "scrub",
    .operands = "FILE.pdf OUT.pdf",
    .summary = "make a PDF anew of what its pages show, and tell what else was in it",
    .details =
        "Every page is drawn, 150 dots to the inch and at most 1600 wide, and gets the words that\n"
        "are seen on it, so that they can be searched and selected. Nothing else of FILE is kept.\n"
        "Exits with 1 when something was hidden. In a site's folder all of it is read for names;\n"
        "OUT is not written when a page itself shows one.",
    .operands_min = 2,
    .operands_max = 2,
    .run = papers_scrub,
};
