/* crowd.c: how many connections each network has, in memory that does not grow.
 *
 * There are more networks than counters, so some share one. Each network has a counter in each of
 * two rows, at places that another seed would choose otherwise, and is held to the smaller of the
 * two: only where both are shared with crowds does it suffer for them. A counter is never too low,
 * so nobody gets more than the limit. (A count-min sketch, Cormode and Muthukrishnan 2005.) */
#include <assert.h>
#include <string.h>

#include "http/http_impl.h"

/* The finishing step of MurmurHash3: every bit of the input moves half of the output. */
static uint64_t mix(uint64_t x) {
    x ^= x >> 33;
    x *= 0xFF51AFD7ED558CCDU;
    x ^= x >> 33;
    x *= 0xC4CEB9FE1A85EC53U;
    return x ^ x >> 33;
}

/* The network's counters, one in each row. */
static void find(const struct http_server *server, const struct http_peer *peer,
                 uint32_t *ret_counters[CROWD_ROWS]) {
    struct http_network network = http_peer_network(peer, server->options.network_v6_bits);
    uint64_t halves[2];
    memcpy(halves, network.address, sizeof halves);
    uint64_t hash = mix(server->crowd_seed ^ halves[0]);
    hash = mix(hash ^ halves[1]);
    for (size_t row = 0; row < CROWD_ROWS; row++, hash >>= 32) {
        ret_counters[row] = server->crowd + row * CROWD_COUNTS + hash % CROWD_COUNTS;
    }
}

bool crowd_enter(struct http_server *server, const struct http_peer *peer) {
    uint32_t *counters[CROWD_ROWS];
    bool has_place = false;
    find(server, peer, counters);
    for (size_t row = 0; row < CROWD_ROWS; row++) {
        if (*counters[row] < server->options.per_network_max) has_place = true;
    }
    for (size_t row = 0; row < CROWD_ROWS && has_place; row++) (*counters[row])++;
    return has_place;
}

void crowd_leave(struct http_server *server, const struct http_peer *peer) {
    uint32_t *counters[CROWD_ROWS];
    find(server, peer, counters);
    for (size_t row = 0; row < CROWD_ROWS; row++) {
        assert(*counters[row] > 0);
        (*counters[row])--;
    }
}
