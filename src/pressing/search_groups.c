/* search_groups.c: which stories stand together in a segment. See search.h.
 *
 * Boundaries are where chance, made of a story's own number, puts them, as in chunking by content:
 * so a story that comes or goes moves only the boundary that it is. They have ranks. A group ends
 * at the next boundary of the highest rank that there is ahead. Behind the last one of that rank
 * stand the newest stories, where the next rank parts them, and so on down to single stories:
 *
 *     oldest |------ 256 ------|------ 256 ------|-- 64 --|-- 64 --|16|16|4|1|1| newest
 *
 * A story that ends a large group makes one segment of the small ones before it. So it is made anew
 * once in each rank, however many stories come. */
#include "pressing/search.h"

/* SplitMix64's last step (Steele, Lea and Flood, "Fast splittable pseudorandom number generators",
 * 2014): bits that look like chance, the same for the same story always. */
static uint64_t scatter(int64_t id) {
    uint64_t z = (uint64_t)id + 0x9E3779B97F4A7C15U;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31);
}

/* One story of 256 has the highest rank, of 64 the one below, of 16, of 4. */
enum { RANKS = 4, RANK_BITS = 2 };
static int rank_of(int64_t id) {
    int zeros = __builtin_ctzll(scatter(id) | 1ULL << (RANKS * RANK_BITS));
    return zeros / RANK_BITS;
}

size_t search_group_end(const int64_t *ids, size_t count, size_t from) {
    size_t room = count - from < SEARCH_SEGMENT_STORIES ? count - from : SEARCH_SEGMENT_STORIES;
    size_t end = from + 1;
    int best = 0;
    for (size_t i = from; i < from + room; i++) {
        int rank = rank_of(ids[i]);
        if (rank > best) {
            best = rank;
            end = i + 1;
        }
        if (best == RANKS) return end;
    }
    return room == SEARCH_SEGMENT_STORIES ? from + room : end;
}
