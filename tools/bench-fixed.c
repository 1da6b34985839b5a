/* bench-fixed.c: one page over TLS by the http library alone, for tools/bench-http.
 *
 *     bench-fixed PAGE CERTIFICATE KEY
 *
 * Serves the file PAGE, as it is, to every request, under a head as long as the front's. Says
 * "Serving https://127.0.0.1:PORT/" and serves until it is killed. */
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "http/http.h"

enum { FILE_MAX = 1 << 20, QUEUE = 4096 };

static void answer(void *ctx, const struct http_request *request, struct http_response *response) {
    const str *page = ctx;
    (void)request;
    response->status = 200;
    response->lines = STR(
        "Content-Type: text/html; charset=utf-8\r\nContent-Encoding: gzip\r\n"
        "Vary: Accept-Encoding\r\nETag: \"0123456789abcdef0123456789abcdef-g\"\r\n"
        "Cache-Control: no-cache\r\nContent-Security-Policy: default-src 'none'; img-src 'self'; "
        "style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'\r\n"
        "Referrer-Policy: no-referrer\r\nX-Content-Type-Options: nosniff\r\n"
        "Strict-Transport-Security: max-age=31536000\r\n");
    response->body = *page;
}

static err read_whole(const char *name, str *ret_text) {
    FILE *file = fopen(name, "re");
    if (file == NULL) FAIL(ERR_NOT_FOUND, "%s cannot be read", name);
    char *room = malloc(FILE_MAX);
    size_t len = room == NULL ? 0 : fread(room, 1, FILE_MAX, file);
    fclose(file);
    if (len == 0 || len == FILE_MAX) FAIL(ERR_INVALID, "%s is empty or too large", name);
    *ret_text = (str){room, len}; /* for as long as the program runs */
    return OK;
}

static err listen_somewhere(int *ret_listener, int *ret_port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, size) != 0 ||
        listen(listener, QUEUE) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &size) != 0) {
        FAIL(ERR_IO, "no address to listen on");
    }
    *ret_listener = listener;
    *ret_port = ntohs(address.sin_port);
    return OK;
}

static err serve(char **files) {
    static str page;
    str certificate, key;
    int listener = -1, port = 0;
    struct sys sys = sys_real();
    struct http_options options = http_options_default();
    struct http_handler handler = {.ctx = &page, .answer = answer};
    struct http_server *server;
    struct http_tls *tls;
    options.per_network_max = 0;
    TRY(read_whole(files[0], &page));
    TRY(read_whole(files[1], &certificate));
    TRY(read_whole(files[2], &key));
    TRY(listen_somewhere(&listener, &port));
    TRY(http_server_open(&sys, &options, &handler, &server));
    TRY(http_tls_open(&sys, certificate, key, &tls));
    http_server_use_tls(server, tls);
    TRY(http_server_listen_as(server, listener, &(struct http_listening){.speaks_tls = true}));
    printf("Serving https://127.0.0.1:%d/\n", port);
    fflush(stdout);
    for (;;) TRY(http_server_turn(server, -1));
}

int main(int argc, char **argv) {
    if (argc != 4) {
        fprintf(stderr, "bench-fixed PAGE CERTIFICATE KEY\n");
        return 64;
    }
    signal(SIGPIPE, SIG_IGN); /* a peer that is gone is an error of write(2), no end */
    err e = serve(argv + 1);
    fprintf(stderr, "bench-fixed: %s\n", e.message);
    return 70;
}
