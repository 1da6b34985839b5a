/* search_groups_test.c: how stories stand together does not hang on how they came. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "pressing/search.h"

enum { MANY = 10000 };

struct groups {
    size_t ends[MANY];
    size_t count;
};

static void part(const int64_t *ids, size_t count, struct groups *ret_groups) {
    ret_groups->count = 0;
    for (size_t from = 0; from < count;) {
        size_t end = search_group_end(ids, count, from);
        assert_true(end > from && end <= count && end - from <= SEARCH_SEGMENT_STORIES);
        ret_groups->ends[ret_groups->count++] = end;
        from = end;
    }
}

/* A group by what is in it. */
struct group {
    const int64_t *ids;
    size_t count;
};

static struct group group_at(const struct groups *groups, const int64_t *ids, size_t number) {
    size_t from = number == 0 ? 0 : groups->ends[number - 1];
    return (struct group){ids + from, groups->ends[number] - from};
}

/* How many stories stand in groups that the other parting does not have: what has to be made. */
static size_t made_anew(const struct groups *now, const int64_t *ids, const struct groups *before,
                        const int64_t *old_ids) {
    size_t stories = 0;
    for (size_t i = 0; i < now->count; i++) {
        struct group group = group_at(now, ids, i);
        bool is_there = false;
        for (size_t k = 0; k < before->count && !is_there; k++) {
            struct group old = group_at(before, old_ids, k);
            is_there = old.count == group.count &&
                       memcmp(old.ids, group.ids, old.count * sizeof *old.ids) == 0;
        }
        if (!is_there) stories += group.count;
    }
    return stories;
}

static int64_t all[MANY + 1];

static void number_from_one(void) {
    for (size_t i = 0; i <= MANY; i++) all[i] = (int64_t)i + 1;
}

static void one_more_story_costs_a_few(void **state) {
    (void)state;
    static struct groups before, now;
    size_t sum = 0;
    size_t most = 0;
    size_t groups = 0;
    number_from_one();
    part(all, MANY - 2000, &before);
    for (size_t count = MANY - 1999; count <= MANY; count++) {
        part(all, count, &now);
        size_t made = made_anew(&now, all, &before, all);
        sum += made;
        if (made > most) most = made;
        if (now.count > groups) groups = now.count;
        before = now;
    }
    assert_true(sum / 2000 <= 6);
    assert_true(most <= SEARCH_SEGMENT_STORIES);
    if (groups > 90) fail_msg("%zu groups", groups);
}

static void large_groups_hold_the_old_and_small_ones_the_new(void **state) {
    (void)state;
    static struct groups groups;
    number_from_one();
    for (size_t count = 1; count <= MANY; count = count * 10) {
        part(all, count, &groups);
        assert_int_equal(groups.ends[groups.count - 1], count);
    }
    assert_true(groups.count >= MANY / SEARCH_SEGMENT_STORIES);
    size_t old = 0; /* groups of what the newest group of full size cannot reach any more */
    while (groups.ends[old] + SEARCH_SEGMENT_STORIES < MANY) old++;
    assert_true(old <= MANY / 128);
    assert_int_equal(group_at(&groups, all, groups.count - 1).count < 16, true);
}

/* A story taken out, or another in its place, anywhere. */
static void an_edit_changes_few_groups(void **state) {
    (void)state;
    static struct groups before, now;
    static int64_t edited[MANY];
    uint64_t chance = 7;
    size_t sum = 0;
    number_from_one();
    part(all, MANY, &before);
    for (int round = 0; round < 400; round++) {
        chance = chance * 6364136223846793005ULL + 1442695040888963407ULL;
        size_t at = (size_t)(chance >> 33) % MANY;
        bool is_removal = round % 2 == 0;
        size_t skip = is_removal ? 1 : 0;
        memcpy(edited, all, at * sizeof *all);
        memcpy(edited + at, all + at + skip, (MANY - at - skip) * sizeof *all);
        if (!is_removal) edited[at] = MANY + 2 + round;
        part(edited, MANY - skip, &now);
        size_t made = made_anew(&now, edited, &before, all);
        assert_true(made <= 6 * SEARCH_SEGMENT_STORIES);
        sum += made;
    }
    assert_true(sum / 400 <= 2 * SEARCH_SEGMENT_STORIES);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_more_story_costs_a_few),
        cmocka_unit_test(large_groups_hold_the_old_and_small_ones_the_new),
        cmocka_unit_test(an_edit_changes_few_groups),
    };
    return cmocka_run_group_tests_name("search groups", tests, NULL, NULL);
}
