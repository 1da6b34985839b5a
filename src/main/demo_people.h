/* demo_people.h: the invented people of the demo, entered as an officer would enter real ones. */
#pragma once

#include "main/site.h"

/* Where a story of the demo stands in the archive, by the group its texts name. */
struct demo_story {
    str group;
    int64_t archive_group;
};
struct demo_index {
    struct demo_story *stories;
    size_t story_count;
    const struct archive_media *pictures; /* all of the archive */
    size_t picture_count;
};

/* Enters people, consents and risks from the text of people.ini, and states for every version,
 * every picture and both "site/..." who appears. fails: ERR_INVALID (people.ini), as site_ask. */
err demo_people_enter(struct site *site, str people_ini, const struct demo_index *index) MUST_USE;
