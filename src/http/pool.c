/* pool.c: what connections live in and are lent, and the lists of their deadlines.
 *
 * The last thing given back is the first to be taken again, because it is still in the cache. Large
 * things beyond what is usually needed go back to the allocator, so that one bad hour does not stay
 * in the memory of the process. */
#include <assert.h>
#include <string.h>

#include "http/http_impl.h"

enum { POOL_KEEPS = 64 };

static void *take_memory(struct http_server *server, size_t size) {
    void *block = server->sys->alloc(server->sys->ctx, size);
    if (block != NULL) server->counters.bytes_held += size;
    return block;
}

static void give_memory(struct http_server *server, void *block, size_t size) {
    if (block == NULL) return;
    server->counters.bytes_held -= size;
    server->sys->free(server->sys->ctx, block);
}

/* ---- Connections: in slabs, which stay ------------------------------------------------------- */

struct connection *connection_take(struct http_server *server) {
    if (server->unused == NULL) {
        struct slab *slab = take_memory(server, sizeof *slab);
        if (slab == NULL) return NULL;
        slab->next = server->slabs;
        server->slabs = slab;
        for (size_t i = 0; i < SLAB_CONNECTIONS; i++) {
            slab->connections[i].newer = server->unused;
            server->unused = &slab->connections[i];
        }
    }
    struct connection *c = server->unused;
    server->unused = c->newer;
    *c = (struct connection){.source.kind = SOURCE_CONNECTION, .source.fd = -1};
    server->counters.connections++;
    return c;
}

void connection_give(struct http_server *server, struct connection *c) {
    assert(c->head == NULL && c->output == NULL && c->deadline == DEADLINE_NONE);
    c->source.fd = -1;
    c->newer = server->unused;
    server->unused = c;
    server->counters.connections--;
}

/* ---- Buffers for heads, batches for answers -------------------------------------------------- */

static size_t head_size(const struct http_server *server) {
    return sizeof(struct http_head) + server->options.head_bytes;
}

bool head_take(struct http_server *server, struct connection *c) {
    if (c->head != NULL) return true;
    struct http_head *head = server->heads;
    if (head != NULL) {
        server->heads = head->next;
        server->head_count--;
    } else {
        head = take_memory(server, head_size(server));
        if (head == NULL) return false;
    }
    head_reset(head);
    c->head = head;
    return true;
}

void head_give(struct http_server *server, struct connection *c) {
    struct http_head *head = c->head;
    c->head = NULL;
    if (head == NULL) return;
    if (server->head_count >= POOL_KEEPS) {
        give_memory(server, head, head_size(server));
        return;
    }
    head->next = server->heads;
    server->heads = head;
    server->head_count++;
}

bool output_take(struct http_server *server, struct connection *c) {
    if (c->output != NULL) return true;
    struct output *output = server->outputs;
    if (output != NULL) {
        server->outputs = output->next;
        server->output_count--;
    } else {
        output = take_memory(server, sizeof *output);
        if (output == NULL) return false;
    }
    output->answer_count = output->answer_sent = 0;
    output->part_count = output->part_sent = 0;
    output->head_used = 0;
    output->file = (struct http_file){0};
    c->output = output;
    return true;
}

void output_give(struct http_server *server, struct connection *c) {
    struct output *output = c->output;
    c->output = NULL;
    if (output == NULL) return;
    if (server->output_count >= POOL_KEEPS) {
        give_memory(server, output, sizeof *output);
        return;
    }
    output->next = server->outputs;
    server->outputs = output;
    server->output_count++;
}

void pools_free(struct http_server *server) {
    while (server->slabs != NULL) {
        struct slab *slab = server->slabs;
        server->slabs = slab->next;
        give_memory(server, slab, sizeof *slab);
    }
    while (server->heads != NULL) {
        struct http_head *head = server->heads;
        server->heads = head->next;
        give_memory(server, head, head_size(server));
    }
    while (server->outputs != NULL) {
        struct output *output = server->outputs;
        server->outputs = output->next;
        give_memory(server, output, sizeof *output);
    }
    assert(server->counters.bytes_held == 0);
}

/* ---- Deadlines ------------------------------------------------------------------------------- */

void deadline_clear(struct http_server *server, struct connection *c) {
    if (c->deadline == DEADLINE_NONE) return;
    struct deadline_list *list = &server->deadlines[c->deadline];
    if (c->older != NULL) c->older->newer = c->newer;
    if (c->newer != NULL) c->newer->older = c->older;
    if (list->oldest == c) list->oldest = c->newer;
    if (list->newest == c) list->newest = c->older;
    c->older = c->newer = NULL;
    c->deadline = DEADLINE_NONE;
}

void deadline_set(struct http_server *server, struct connection *c, enum deadline kind) {
    assert(kind > DEADLINE_NONE && kind < DEADLINE_COUNT);
    struct deadline_list *list = &server->deadlines[kind];
    deadline_clear(server, c);
    c->deadline = (uint8_t)kind;
    c->ends_ns = server->now_ns + list->length_ns;
    c->older = list->newest;
    if (list->newest != NULL) list->newest->newer = c;
    if (list->oldest == NULL) list->oldest = c;
    list->newest = c;
}
