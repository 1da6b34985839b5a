/* limits.h: every limit in one place, with its unit and its reason. */
#pragma once

enum {
    /* Text of people */
    LIMIT_SLUG_BYTES = 200,       /* a file name may have 255; percent-encoding is not counted */
    LIMIT_TITLE_BYTES = 2000,     /* the longest title met in a real export had 300 */
    LIMIT_BODY_BYTES = 4 << 20,   /* a book of 700,000 words is a report, not a story */
    LIMIT_FIELD_BYTES = 64 << 10, /* any other field: deck, caption, alt text, biography */
    LIMIT_NAME_BYTES = 400,       /* the name of a person, a topic, an organisation */
    LIMIT_LANGUAGE_BYTES = 35,    /* RFC 5646, 4.4.1: long enough for any sensible tag */
    LIMIT_LIST_ITEMS = 1000,      /* topics, pictures, people in one item */

    /* Files */
    LIMIT_PATH_BYTES = 4096,          /* PATH_MAX */
    LIMIT_TEXT_FILE_BYTES = 8 << 20,  /* a Markdown file, a template, a settings file */
    LIMIT_PICTURE_BYTES = 64 << 20,   /* one picture as it comes from a camera */
    LIMIT_PICTURE_PIXELS = 100 << 20, /* 100 megapixels: beyond it is a bomb or a map */
    LIMIT_PICTURE_SIDE = 32767, /* pixels; both our formats can say more, no reader needs it */
    LIMIT_PICTURE_WIDTH = 1600, /* pixels: the widest we publish */

    /* Papers: PDF files that somebody brought */
    LIMIT_PAPER_BYTES = 64 << 20,        /* one file; a long report with pictures has a quarter */
    LIMIT_PAPER_PAGES = 500,             /* beyond it is a bomb, or a book to be split */
    LIMIT_PAPER_DPI = 150,               /* what a page is drawn with: small print stays sharp */
    LIMIT_PAPER_WIDTH = 1600,            /* pixels of a drawn page, as LIMIT_PICTURE_WIDTH */
    LIMIT_PAPER_HEIGHT = 4800,           /* pixels */
    LIMIT_PAPER_SIDE = 14400,            /* points of a page: 200 inches, ISO 32000-1, Annex C */
    LIMIT_PAPER_REVISIONS = 20,          /* earlier ones that are read */
    LIMIT_PAPER_WORDS = 20000,           /* of one page; the densest newspaper has some 10,000 */
    LIMIT_PAPER_STREAM_BYTES = 64 << 20, /* one unpacked stream of drawing: beyond it is a bomb */

    /* Messages between processes (wire) */
    LIMIT_MESSAGE_BYTES = 32 << 20, /* one story with its statements fits many times over */

    /* Markdown and templates */
    LIMIT_DEPTH = 64,            /* nesting of anything that recurses */
    LIMIT_PAGE_BYTES = 64 << 20, /* one finished page: the longest body, every character escaped */
    LIMIT_TEMPLATE_STEPS = 10 << 20, /* a page takes ten thousand; a hostile recursion has no end */

    /* Time */
    LIMIT_SCRUB_SECONDS = 30,      /* one picture; the largest accepted takes about three */
    LIMIT_PAPER_SECONDS = 30,      /* one tool over one paper or page; most take under one */
    LIMIT_GATE_CALL_SECONDS = 600, /* one call, sealing a large pressing included */

    /* A gate that stays */
    LIMIT_GATE_CLIENTS = 16, /* commands at once; who comes then takes an idle one's place */
    LIMIT_GATE_MESSAGE_SECONDS = 20,     /* for one message to arrive, or an answer to be taken */
    LIMIT_GATE_TYPING_SECONDS = 120,     /* for an officer to type; others wait meanwhile */
    LIMIT_GATE_STAY_SECONDS = 24 * 3600, /* a day: then somebody is asked again */
    LIMIT_GATE_ANSWER_MS = 100, /* who is not proven hears at multiples of it: time tells nothing */
    LIMIT_PROBES = 60,          /* texts that the unproven may ask about ... */
    LIMIT_PROBE_SECONDS = 3600, /* ... in so long: a newsroom's hour, and far from a scan */
};
