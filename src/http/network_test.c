/* network_test.c: addresses and networks as text, who is trusted, and whose word is taken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>

#include "http/network.h"

static struct http_peer peer_of(const char *text) {
    struct http_peer peer;
    if (!http_peer_parse(str_of(text), &peer)) fail_msg("%s is no address", text);
    return peer;
}

static struct http_networks networks_of(const char *text) {
    struct http_networks networks;
    err e = http_networks_parse(str_of(text), &networks);
    if (e.kind != ERR_NONE) fail_msg("%s", e.message);
    return networks;
}

static const struct {
    const char *text;
    const char *printed; /* NULL: is refused */
    unsigned port;
} ADDRESSES[] = {
    {"192.0.2.1", "192.0.2.1", 0},
    {"0.0.0.0", "0.0.0.0", 0},
    {"255.255.255.255", "255.255.255.255", 0},
    {"192.0.2.1:80", "192.0.2.1", 80},
    {"192.0.2.1:65535", "192.0.2.1", 65535},
    {"2001:db8::1", "2001:db8::1", 0},
    {"2001:DB8:0:0:0:0:0:1", "2001:db8::1", 0},
    {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1", 0}, /* one zero is not shortened */
    {"::", "::", 0},
    {"[::1]", "::1", 0},
    {"[2001:db8::1]:443", "2001:db8::1", 443},
    {"::ffff:192.0.2.1", "192.0.2.1", 0}, /* by whatever road: IPv4 */
    {"[::ffff:c000:201]:1", "192.0.2.1", 1},
    {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 0},
    {"", NULL, 0},
    {"localhost", NULL, 0},
    {"unknown", NULL, 0},
    {"192.0.2", NULL, 0},
    {"192.0.2.256", NULL, 0},
    {"192.0.2.01", NULL, 0}, /* octal to some */
    {"0xC0.0.2.1", NULL, 0},
    {"3221225985", NULL, 0},
    {" 192.0.2.1", NULL, 0},
    {"192.0.2.1 ", NULL, 0},
    {"192.0.2.1:", NULL, 0},
    {"192.0.2.1:65536", NULL, 0},
    {"192.0.2.1:+80", NULL, 0},
    {"192.0.2.1:80:80", NULL, 0},
    {"[192.0.2.1]:80", NULL, 0},
    {"[::1", NULL, 0},
    {"[::1]80", NULL, 0},
    {"[::1]:", NULL, 0},
    {"[]", NULL, 0},
    {"[[::1]]", NULL, 0},
    {"::1]", NULL, 0},
    {"fe80::1%eth0", NULL, 0},
    {"1::2::3", NULL, 0},
    {"1:2:3:4:5:6:7:8:9", NULL, 0},
    {"12345::", NULL, 0},
    {"ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.2555", NULL, 0},
};

static void reads_and_prints_addresses_as_the_table_says(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT_OF(ADDRESSES); i++) {
        char room[HTTP_ADDRESS_TEXT];
        struct http_peer peer = {.port = 7};
        bool is_read = http_peer_parse(str_of(ADDRESSES[i].text), &peer);
        if (is_read != (ADDRESSES[i].printed != NULL)) fail_msg("%s", ADDRESSES[i].text);
        if (!is_read) {
            assert_int_equal(peer.port, 7); /* untouched */
            continue;
        }
        str printed = http_peer_text(&peer, room);
        if (!str_eq(printed, str_of(ADDRESSES[i].printed)) || peer.port != ADDRESSES[i].port) {
            fail_msg("%s: " STR_FMT " %u", ADDRESSES[i].text, STR_ARG(printed), peer.port);
        }
        bool is_v4 = strchr(ADDRESSES[i].printed, '.') != NULL;
        assert_int_equal(peer.family, is_v4 ? HTTP_FAMILY_V4 : HTTP_FAMILY_V6);
    }
    struct http_peer peer;
    assert_false(http_peer_parse(STR("192.0.2.1\0"), &peer));
}

static void takes_peers_from_the_kernel(void **state) {
    (void)state;
    char room[HTTP_ADDRESS_TEXT];
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(81)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(82)};
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    assert_int_equal(inet_pton(AF_INET, "192.0.2.7", &v4.sin_addr), 1);
    assert_int_equal(inet_pton(AF_INET6, "2001:db8::7", &v6.sin6_addr), 1);

    struct http_peer peer = http_peer_of((struct sockaddr *)&v4, sizeof v4);
    assert_true(str_eq(http_peer_text(&peer, room), STR("192.0.2.7")) && peer.port == 81);
    peer = http_peer_of((struct sockaddr *)&v6, sizeof v6);
    assert_true(str_eq(http_peer_text(&peer, room), STR("2001:db8::7")) && peer.port == 82);

    /* A socket of both families tells IPv4 in the form of IPv6: it is the same peer. */
    assert_int_equal(inet_pton(AF_INET6, "::ffff:192.0.2.7", &v6.sin6_addr), 1);
    v6.sin6_port = v4.sin_port;
    struct http_peer mapped = http_peer_of((struct sockaddr *)&v6, sizeof v6);
    peer = http_peer_of((struct sockaddr *)&v4, sizeof v4);
    assert_int_equal(mapped.family, HTTP_FAMILY_V4);
    assert_memory_equal(mapped.address, peer.address, sizeof peer.address);

    peer = http_peer_of((struct sockaddr *)&local, sizeof local);
    assert_int_equal(peer.family, HTTP_FAMILY_NONE);
    assert_true(str_eq(http_peer_text(&peer, room), STR("-")));
    peer = http_peer_of((struct sockaddr *)&v4, sizeof(sa_family_t));
    assert_int_equal(peer.family, HTTP_FAMILY_NONE);
}

static const struct {
    const char *list;
    const char *inside; /* NULL: the list is refused */
    const char *outside;
} LISTS[] = {
    {"127.0.0.0/8, ::1, 10.0.0.0/8", "10.255.0.1", "11.0.0.0"},
    {"127.0.0.0/8, ::1, 10.0.0.0/8", "::1", "::2"},
    {"127.0.0.0/8\n::1\t10.0.0.0/8\r\n", "127.1.2.3", "126.255.255.255"},
    {"192.0.2.1", "192.0.2.1", "192.0.2.2"},
    {"192.0.2.0/23", "192.0.3.255", "192.0.4.0"},
    {"192.0.2.0/31", "192.0.2.1", "192.0.2.2"},
    {"0.0.0.0/0", "255.255.255.255", "::"}, /* one family is not the other */
    {"::/0", "2001:db8::1", "192.0.2.1"},
    {"2001:db8::/32", "2001:db8:ffff::", "2001:db9::"},
    {"2001:db8:0:8000::/49", "2001:db8:0:ffff::", "2001:db8:0:7fff::"},
    {",, ,::1,", "::1", "::"},
    {"10.0.0.1/8", NULL, NULL},
    {"::1/64", NULL, NULL},
    {"10.0.0.0/33", NULL, NULL},
    {"::/129", NULL, NULL},
    {"10.0.0.0/", NULL, NULL},
    {"10.0.0.0/-1", NULL, NULL},
    {"10.0.0.0/8/8", NULL, NULL},
    {"10/8", NULL, NULL},
    {"::ffff:10.0.0.0/104", NULL, NULL},
    {"::ffff:10.0.0.0/8", NULL, NULL},
    {"10.0.0.0:80", NULL, NULL},
    {"[::1]", NULL, NULL},
    {"all", NULL, NULL},
};

static void holds_what_the_list_names(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT_OF(LISTS); i++) {
        struct http_networks networks = {.count = 99};
        err e = http_networks_parse(str_of(LISTS[i].list), &networks);
        if (LISTS[i].inside == NULL) {
            if (e.kind != ERR_INVALID) fail_msg("%s was read", LISTS[i].list);
            assert_int_equal(networks.count, 99);
            continue;
        }
        if (e.kind != ERR_NONE) fail_msg("%s", e.message);
        struct http_peer inside = peer_of(LISTS[i].inside), outside = peer_of(LISTS[i].outside);
        if (!http_networks_hold(&networks, &inside)) fail_msg("%s: row %zu", LISTS[i].list, i);
        if (http_networks_hold(&networks, &outside)) fail_msg("%s: row %zu", LISTS[i].list, i);
    }
}

static void trusts_nobody_by_an_empty_list(void **state) {
    (void)state;
    struct http_networks none = networks_of(" ,\n"), all = networks_of("0.0.0.0/0 ::/0");
    struct http_peer peer = peer_of("::"), unknown = {0};
    assert_false(http_networks_hold(&none, &peer));
    assert_false(http_networks_hold(&all, &unknown)); /* a Unix socket is in no network */
}

static void refuses_more_networks_than_it_holds(void **state) {
    (void)state;
    char list[4 * (HTTP_NETWORKS_MAX + 1)];
    for (size_t i = 0; i < sizeof list; i += 4) memcpy(list + i, "::1,", 4);
    struct http_networks networks;
    str full = {list, sizeof list - 4}, longer = {list, sizeof list};
    assert_int_equal(http_networks_parse(full, &networks).kind, ERR_NONE);
    assert_int_equal(networks.count, HTTP_NETWORKS_MAX);
    assert_int_equal(http_networks_parse(longer, &networks).kind, ERR_LIMIT);
}

/* Each length, against the bits one by one. */
static void cuts_a_network_at_any_bit(void **state) {
    (void)state;
    struct http_peer peer = peer_of("ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe");
    for (unsigned bits = 0; bits <= 128; bits++) {
        struct http_network network = http_peer_network(&peer, bits);
        for (unsigned bit = 0; bit < 128; bit++) {
            unsigned theirs = peer.address[bit / 8] >> (7 - bit % 8) & 1U;
            unsigned ours = network.address[bit / 8] >> (7 - bit % 8) & 1U;
            assert_int_equal(ours, bit < bits ? theirs : 0);
        }
    }
}

static void counts_a_household_as_one(void **state) {
    (void)state;
    static const struct {
        const char *one, *other;
        bool is_same;
    } PAIRS[] = {
        {"2001:db8::1", "2001:db8::ffff:1", true},
        {"2001:db8::1", "2001:db8:0:1::1", false},
        {"192.0.2.1", "192.0.2.1", true},
        {"192.0.2.1", "192.0.2.2", false},
        {"::", "0.0.0.0", false},
    };
    for (size_t i = 0; i < COUNT_OF(PAIRS); i++) {
        struct http_peer peer = peer_of(PAIRS[i].one), other = peer_of(PAIRS[i].other);
        struct http_network a = http_peer_network(&peer, 64), b = http_peer_network(&other, 64);
        assert_int_equal(memcmp(&a, &b, sizeof a) == 0, PAIRS[i].is_same);
    }
}

static const struct {
    const char *peer;
    const char *value;
    const char *found;
    bool goes_on;
} WALKS[] = {
    {"203.0.113.5", "198.51.100.1", "203.0.113.5", false}, /* not trusted: not believed */
    {"127.0.0.1", "198.51.100.1", "198.51.100.1", false},
    {"127.0.0.1", "192.0.2.66, 198.51.100.1", "198.51.100.1", false}, /* what a client wrote */
    {"127.0.0.1", "198.51.100.1, 10.0.0.9", "198.51.100.1", false},   /* through two proxies */
    {"127.0.0.1", "198.51.100.1:4711 ,\t[::1]:80", "198.51.100.1", false},
    {"127.0.0.1", "2001:db8::5", "2001:db8::5", false},
    {"127.0.0.1", "10.0.0.7,10.0.0.9", "10.0.0.7", true}, /* all are ours: the line before */
    {"127.0.0.1", "", "127.0.0.1", true},
    {"127.0.0.1", "198.51.100.1, unknown", "127.0.0.1", false},
    {"127.0.0.1", "198.51.100.1, unknown, 10.0.0.9", "10.0.0.9", false},
    {"127.0.0.1", "198.51.100.1,", "127.0.0.1", false}, /* an item of nothing is no address */
    {"127.0.0.1", ",198.51.100.1", "198.51.100.1", false},
    {"127.0.0.1", "198.51.100.1; 10.0.0.9", "127.0.0.1", false},
    {"::ffff:127.0.0.1", "198.51.100.1", "198.51.100.1", false},
};

static void follows_trusted_proxies_and_nobody_else(void **state) {
    (void)state;
    struct http_networks trusted = networks_of("127.0.0.0/8, ::1, 10.0.0.0/8");
    for (size_t i = 0; i < COUNT_OF(WALKS); i++) {
        char room[HTTP_ADDRESS_TEXT];
        struct http_peer peer = peer_of(WALKS[i].peer);
        bool goes_on = http_forwarded_for(&trusted, str_of(WALKS[i].value), &peer);
        str found = http_peer_text(&peer, room);
        if (!str_eq(found, str_of(WALKS[i].found)) || goes_on != WALKS[i].goes_on) {
            fail_msg("%s: " STR_FMT ", %d", WALKS[i].value, STR_ARG(found), goes_on);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_and_prints_addresses_as_the_table_says),
        cmocka_unit_test(takes_peers_from_the_kernel),
        cmocka_unit_test(holds_what_the_list_names),
        cmocka_unit_test(trusts_nobody_by_an_empty_list),
        cmocka_unit_test(refuses_more_networks_than_it_holds),
        cmocka_unit_test(cuts_a_network_at_any_bit),
        cmocka_unit_test(counts_a_household_as_one),
        cmocka_unit_test(follows_trusted_proxies_and_nobody_else),
    };
    return cmocka_run_group_tests_name("http networks", tests, NULL, NULL);
}
