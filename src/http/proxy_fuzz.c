/* proxy_fuzz.c: hostile proxies, as bytes before a request and as a field in one. */
#include <assert.h>

#include "http/proxy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What could be read can be printed, and read again as the same. */
static void check_peer(const struct http_peer *peer) {
    char room[HTTP_ADDRESS_TEXT];
    struct http_peer again;
    str text = http_peer_text(peer, room);
    if (peer->family == HTTP_FAMILY_NONE) return;
    assert(http_peer_parse(text, &again));
    assert(again.family == peer->family && memcmp(again.address, peer->address, 16) == 0);
    struct http_network network = http_peer_network(peer, 64);
    struct http_networks alone = {.count = 1, .items = {network}};
    assert(http_networks_hold(&alone, peer));
}

static void read_header(str bytes) {
    struct http_proxy_header header;
    bool is_refused = false;
    enum http_proxy_step last = HTTP_PROXY_MORE;
    for (size_t len = 0; len <= bytes.len && len <= HTTP_PROXY_MAX; len++) {
        last = http_proxy_read(str_slice(bytes, 0, len), &header);
        assert(!is_refused || last == HTTP_PROXY_REFUSED);
        is_refused = last == HTTP_PROXY_REFUSED;
        if (last != HTTP_PROXY_DONE) continue;
        assert(header.size == len); /* the first time that it is whole */
        check_peer(&header.client);
        break;
    }
    if (bytes.len >= HTTP_PROXY_MAX) assert(last != HTTP_PROXY_MORE);
}

static void read_text(str text) {
    struct http_peer peer;
    struct http_networks networks;
    if (http_peer_parse(text, &peer)) check_peer(&peer);
    if (http_networks_parse(text, &networks).kind == ERR_NONE) {
        assert(networks.count <= HTTP_NETWORKS_MAX);
    }
    assert(http_networks_parse(STR("127.0.0.0/8, ::1"), &networks).kind == ERR_NONE);
    assert(http_peer_parse(STR("127.0.0.1"), &peer));
    bool goes_on = http_forwarded_for(&networks, text, &peer);
    assert(!goes_on || http_networks_hold(&networks, &peer));
    check_peer(&peer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    str bytes = {(const char *)data, size};
    read_header(bytes);
    read_text(bytes);
    return 0;
}
