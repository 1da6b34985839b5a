/* server.c: the loop. See server.h. */
#include "gate/server_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gate/officers.h"

enum {
    CALL_MEMORY_MAX = 1 << 30,
    TICK_MS = 1000, /* between two looks at clock and folder when nobody asks */
};

enum stage { STAGE_IDLE, STAGE_ARRIVING, STAGE_ANSWERING };

struct client {
    int socket; /* -1: the place is free */
    enum stage stage;
    struct arena a; /* of one question and its answer */
    struct gate_asker asker;
    struct wire_arrival arrival;
    struct wire_departure departure;
    int64_t due_ns;      /* the answer is not sent before */
    int64_t deadline_ns; /* of what is under way */
    int64_t used_ns;     /* when it was heard last */
    bool ends;           /* with this answer the gate ends */
};

/* What must not change under us: two histories would go on beside each other, or nobody could reach
 * us any more to lock. */
struct place {
    struct {
        dev_t device;
        ino_t number;
    } of[3];
};

struct server {
    const struct sys *sys;
    const struct gate_post *post;
    struct client clients[LIMIT_GATE_CLIENTS];
    struct place place;
    int64_t end_ns; /* as post->until, by the clock that nobody sets */
    bool is_over;
};

static int64_t ticks(const struct server *server) {
    return server->sys->ticks_ns(server->sys->ctx);
}

/* ---- Place and time -------------------------------------------------------------------------- */

static bool look(const struct gate_post *post, struct place *ret_place) {
    const struct {
        int folder;
        const char *name;
        int flags;
    } names[] = {{post->site, "ledger", 0},
                 {post->folder, "ledger.db", AT_SYMLINK_NOFOLLOW},
                 {post->site, "gate.sock", AT_SYMLINK_NOFOLLOW}};
    memset(ret_place, 0, sizeof *ret_place);
    for (size_t i = 0; i < COUNT_OF(names) && post->site >= 0; i++) {
        struct stat about;
        if (fstatat(names[i].folder, names[i].name, &about, names[i].flags) != 0) return false;
        ret_place->of[i].device = about.st_dev;
        ret_place->of[i].number = about.st_ino;
    }
    return true;
}

static bool is_as_it_was(const struct server *server) {
    struct place now;
    if (!look(server->post, &now)) return false;
    for (size_t i = 0; i < COUNT_OF(now.of); i++) {
        bool is_same = now.of[i].device == server->place.of[i].device &&
                       now.of[i].number == server->place.of[i].number;
        if (!is_same) return false;
    }
    return true;
}

static bool goes_on(const struct server *server) {
    bool is_somebody_there = server->post->listener >= 0;
    int64_t until = server->post->until;
    for (size_t i = 0; i < COUNT_OF(server->clients); i++) {
        is_somebody_there = is_somebody_there || server->clients[i].socket >= 0;
    }
    if (server->is_over || !is_somebody_there || !is_as_it_was(server)) return false;
    return until == 0 ||
           (server->sys->now_seconds(server->sys->ctx) < until && ticks(server) < server->end_ns);
}

/* ---- One client ------------------------------------------------------------------------------ */

static void forget_question(struct client *client) {
    wire_close_files(&client->arrival.message);
    arena_done(&client->a);
    client->arrival = (struct wire_arrival){.got = 0};
    client->departure = (struct wire_departure){.sent = 0};
}

static void let_go(struct server *server, struct client *client) {
    if (client->socket < 0) return;
    forget_question(client);
    fd_close(&client->socket);
    server->is_over = server->is_over || client->ends;
}

static void welcome(struct server *server, struct client *client, int socket, bool is_officer) {
    *client =
        (struct client){.socket = socket, .asker.is_officer = is_officer, .used_ns = ticks(server)};
    arena_init(&client->a, server->sys, CALL_MEMORY_MAX);
}

static void send_answer(struct server *server, struct client *client) {
    bool is_sent = false;
    err e = wire_depart(client->socket, &client->departure, &is_sent);
    if (e.kind != ERR_NONE || (is_sent && client->ends)) {
        let_go(server, client);
    } else if (is_sent) {
        forget_question(client);
        client->stage = STAGE_IDLE;
        client->used_ns = ticks(server);
    }
}

/* At the next multiple of a fixed time, for who must not learn from how long it took. */
static int64_t due(int64_t began_ns, int64_t now_ns) {
    int64_t step = LIMIT_GATE_ANSWER_MS * 1000000LL;
    return began_ns + ((now_ns - began_ns) / step + 1) * step;
}

static void answer(struct server *server, struct client *client) {
    const struct gate_answering answering = {
        .post = server->post, .asker = &client->asker, .message = &client->arrival.message};
    struct gate_answered answered;
    int64_t began_ns = ticks(server);
    err e = gate_answer_call(&client->a, &answering, &answered);
    wire_close_files(&client->arrival.message);
    if (e.kind != ERR_NONE) {
        let_go(server, client);
        return;
    }
    int64_t now_ns = ticks(server);
    client->departure = (struct wire_departure){.type = answered.type, .bytes = answered.bytes};
    client->ends = answered.ends;
    client->due_ns = answered.is_timed ? due(began_ns, now_ns) : now_ns;
    client->deadline_ns = client->due_ns + server->post->patience_seconds * 1000000000LL;
    client->stage = STAGE_ANSWERING;
    if (!answered.is_timed) send_answer(server, client);
}

static void hear(struct server *server, struct client *client) {
    bool is_whole = false;
    err e = wire_arrive(&client->a, client->socket, &client->arrival, &is_whole);
    if (e.kind != ERR_NONE) {
        let_go(server, client);
        return;
    }
    client->used_ns = ticks(server);
    if (client->stage == STAGE_IDLE)
        client->deadline_ns = client->used_ns + server->post->patience_seconds * 1000000000LL;
    client->stage = STAGE_ARRIVING;
    if (is_whole) answer(server, client);
}

/* ---- Many ------------------------------------------------------------------------------------ */

/* A free place, or that of whoever has been idle longest; NULL: all are in the middle of something,
 * which ends soon. */
static struct client *place_for_one(struct server *server) {
    struct client *idle = NULL;
    for (size_t i = 0; i < COUNT_OF(server->clients); i++) {
        struct client *client = &server->clients[i];
        if (client->socket < 0) return client;
        bool is_older = idle == NULL || client->used_ns < idle->used_ns;
        if (client->stage == STAGE_IDLE && is_older) idle = client;
    }
    return idle;
}

/* Only processes of our own user, whatever became of the socket's mode. */
static bool is_ours(int socket) {
    struct ucred peer;
    socklen_t size = sizeof peer;
    return getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == geteuid();
}

static void take_new(struct server *server) {
    struct client *place = place_for_one(server);
    int socket = accept4(server->post->listener, NULL, NULL, SOCK_CLOEXEC);
    if (socket < 0) return; /* it has gone again */
    if (!is_ours(socket)) {
        fd_close(&socket);
        return;
    }
    let_go(server, place);
    welcome(server, place, socket, false);
}

static void earlier(int64_t *when_ns, int64_t other_ns) {
    if (other_ns < *when_ns) *when_ns = other_ns;
}

/* What a client waits for, and until when. */
static struct pollfd watched(const struct client *client, int64_t now_ns, int64_t *wake_ns) {
    if (client->socket < 0) return (struct pollfd){.fd = -1};
    if (client->stage != STAGE_IDLE) earlier(wake_ns, client->deadline_ns);
    if (client->stage != STAGE_ANSWERING)
        return (struct pollfd){.fd = client->socket, .events = POLLIN};
    if (client->due_ns > now_ns) {
        earlier(wake_ns, client->due_ns);
        return (struct pollfd){.fd = -1};
    }
    return (struct pollfd){.fd = client->socket, .events = POLLOUT};
}

enum { WATCH_ENDING, WATCH_LISTENER, WATCH_CLIENTS };

static err wait(struct server *server, struct pollfd *files, size_t count) {
    int64_t now_ns = ticks(server);
    int64_t wake_ns = INT64_MAX;
    bool has_place = place_for_one(server) != NULL;
    files[WATCH_ENDING] = (struct pollfd){.fd = server->post->ending, .events = POLLIN};
    files[WATCH_LISTENER] =
        (struct pollfd){.fd = has_place ? server->post->listener : -1, .events = POLLIN};
    for (size_t i = 0; i < COUNT_OF(server->clients); i++) {
        files[WATCH_CLIENTS + i] = watched(&server->clients[i], now_ns, &wake_ns);
    }
    if (server->post->listener >= 0) earlier(&wake_ns, now_ns + TICK_MS * 1000000LL);
    int64_t wait_ms = wake_ns == INT64_MAX ? -1 : (wake_ns - now_ns + 999999) / 1000000;
    if (wait_ms < -1) wait_ms = 0;
    int ready = poll(files, count, (int)wait_ms);
    if (ready < 0 && errno != EINTR) FAIL(ERR_IO, "waiting for who asks: %s", strerror(errno));
    if (ready < 0) memset(files, 0, count * sizeof *files); /* nothing is known */
    return OK;
}

static err turn(struct server *server) {
    struct pollfd files[WATCH_CLIENTS + LIMIT_GATE_CLIENTS];
    TRY(wait(server, files, COUNT_OF(files)));
    int64_t now_ns = ticks(server);
    if (files[WATCH_ENDING].revents != 0) server->is_over = true;
    for (size_t i = 0; i < COUNT_OF(server->clients) && !server->is_over; i++) {
        struct client *client = &server->clients[i];
        bool is_ready = files[WATCH_CLIENTS + i].revents != 0;
        if (client->socket < 0) continue;
        if (is_ready && client->stage == STAGE_ANSWERING)
            send_answer(server, client);
        else if (is_ready)
            hear(server, client);
        else if (client->stage != STAGE_IDLE && now_ns >= client->deadline_ns)
            let_go(server, client);
    }
    if (files[WATCH_LISTENER].revents != 0 && !server->is_over && place_for_one(server) != NULL)
        take_new(server);
    return OK;
}

static err name_opener(const struct ledger *ledger, struct client *officer) {
    str name;
    TRY(officers_opener(ledger, &officer->a, &name));
    memcpy(officer->asker.name, name.ptr, name.len);
    officer->asker.name_len = name.len;
    arena_done(&officer->a);
    return OK;
}

err gate_serve(const struct sys *sys, const struct gate_post *post) {
    struct server server = {.sys = sys, .post = post};
    err e = OK;
    for (size_t i = 0; i < COUNT_OF(server.clients); i++) server.clients[i].socket = -1;
    server.end_ns = ticks(&server) + (post->until - sys->now_seconds(sys->ctx)) * 1000000000;
    if (!look(post, &server.place)) FAIL(ERR_IO, "the ledger's folder is not where it must be");
    if (post->officer >= 0) {
        struct client *officer = &server.clients[0];
        welcome(&server, officer, post->officer, true);
        if (post->ledger != NULL) e = name_opener(post->ledger, officer);
    }
    while (e.kind == ERR_NONE && goes_on(&server)) e = turn(&server);
    for (size_t i = 0; i < COUNT_OF(server.clients); i++) let_go(&server, &server.clients[i]);
    return e;
}
