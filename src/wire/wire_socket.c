/* wire_socket.c: whole messages over a stream socket. See wire.h. */
#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire/wire.h"

struct head {
    uint32_t length;
    uint32_t type;
};

union file_room { /* aligned as cmsghdr must be */
    struct cmsghdr head;
    char bytes[CMSG_SPACE(sizeof(int) * WIRE_FILES_MAX)];
};

static err send_all(int socket, struct msghdr *message, size_t total) {
    while (total > 0) {
        ssize_t sent = sendmsg(socket, message, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0) FAIL(ERR_IO, "the other process is gone: %s", strerror(errno));
        total -= (size_t)sent;
        message->msg_control = NULL; /* the files left with the first bytes */
        message->msg_controllen = 0;
        size_t left = (size_t)sent;
        while (message->msg_iovlen > 0 && left >= message->msg_iov->iov_len) {
            left -= message->msg_iov->iov_len;
            message->msg_iov++;
            message->msg_iovlen--;
        }
        if (message->msg_iovlen > 0) {
            message->msg_iov->iov_base = (char *)message->msg_iov->iov_base + left;
            message->msg_iov->iov_len -= left;
        }
    }
    return OK;
}

err wire_send(int socket, uint32_t type, str bytes, const int *files, size_t file_count) {
    assert(file_count <= WIRE_FILES_MAX && bytes.len <= LIMIT_MESSAGE_BYTES);
    struct head head = {.length = (uint32_t)bytes.len, .type = type};
    union {
        const char *given;
        void *wanted; /* sendmsg does not write there, struct iovec cannot say so */
    } body = {.given = bytes.ptr};
    struct iovec parts[2] = {{&head, sizeof head}, {body.wanted, bytes.len}};
    union file_room room = {0};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = bytes.len > 0 ? 2 : 1};
    if (file_count > 0) {
        message.msg_control = &room;
        message.msg_controllen = CMSG_SPACE(sizeof(int) * file_count);
        struct cmsghdr *control = CMSG_FIRSTHDR(&message);
        control->cmsg_level = SOL_SOCKET;
        control->cmsg_type = SCM_RIGHTS;
        control->cmsg_len = CMSG_LEN(sizeof(int) * file_count);
        memcpy(CMSG_DATA(control), files, sizeof(int) * file_count);
    }
    return send_all(socket, &message, sizeof head + bytes.len);
}

static void keep_files(struct msghdr *header, struct wire_message *message) {
    for (struct cmsghdr *control = CMSG_FIRSTHDR(header); control != NULL;
         control = CMSG_NXTHDR(header, control)) {
        if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS) continue;
        size_t count = (control->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count; i++) {
            int file = -1;
            memcpy(&file, CMSG_DATA(control) + i * sizeof file, sizeof file);
            if (message->file_count < WIRE_FILES_MAX)
                message->files[message->file_count++] = file;
            else
                close(file);
        }
    }
}

static err wait_for_bytes(int socket, unsigned seconds) {
    struct pollfd ready = {.fd = socket, .events = POLLIN};
    int count = 0;
    do count = poll(&ready, 1, seconds == 0 ? -1 : (int)seconds * 1000);
    while (count < 0 && errno == EINTR);
    if (count == 0) FAIL(ERR_BUSY, "the other process gave no answer within %u seconds", seconds);
    if (count < 0) FAIL(ERR_IO, "waiting for the other process: %s", strerror(errno));
    return OK;
}

/* Receives exactly `size` bytes; files may come with any of them. */
static err receive_all(int socket, unsigned seconds, char *place, size_t size,
                       struct wire_message *message) {
    size_t got = 0;
    while (got < size) {
        union file_room room = {0};
        struct iovec part = {place + got, size - got};
        struct msghdr header = {
            .msg_iov = &part, .msg_iovlen = 1, .msg_control = &room, .msg_controllen = sizeof room};
        TRY(wait_for_bytes(socket, seconds));
        ssize_t count = recvmsg(socket, &header, MSG_CMSG_CLOEXEC);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) FAIL(ERR_IO, "the other process is gone: %s", strerror(errno));
        if (count == 0) {
            if (got == 0) FAIL(ERR_NOT_FOUND, "the other process has ended");
            FAIL(ERR_IO, "the other process ended in the middle of a message");
        }
        keep_files(&header, message);
        got += (size_t)count;
    }
    return OK;
}

static err receive(struct arena *a, int socket, unsigned seconds, struct wire_message *message) {
    struct head head;
    TRY(receive_all(socket, seconds, (char *)&head, sizeof head, message));
    if (head.length > LIMIT_MESSAGE_BYTES) {
        FAIL(ERR_LIMIT, "a message of %u bytes is over the limit", head.length);
    }
    char *bytes = arena_alloc(a, head.length);
    if (bytes == NULL) FAIL(ERR_NO_MEMORY, "no memory for a message of %u bytes", head.length);
    err e = receive_all(socket, seconds, bytes, head.length, message);
    if (e.kind == ERR_NOT_FOUND) e.kind = ERR_IO; /* a head without its body */
    TRY(e);
    message->type = head.type;
    message->bytes = (str){bytes, head.length};
    return OK;
}

err wire_receive(struct arena *a, int socket, unsigned seconds, struct wire_message *ret_message) {
    struct wire_message message = {0};
    err e = receive(a, socket, seconds, &message);
    if (e.kind != ERR_NONE) {
        wire_close_files(&message);
        return e;
    }
    *ret_message = message;
    return OK;
}

void wire_close_files(struct wire_message *message) {
    for (size_t i = 0; i < message->file_count; i++) close(message->files[i]);
    message->file_count = 0;
}

/* ---- As far as it goes now ------------------------------------------------------------------- */

enum { ROOM_FIRST = 64 << 10 }; /* a promise of 32 MiB alone takes no more memory than that */

/* One piece, if there is one; *ret_count is 0 when there is none now. */
static err take_piece(int socket, char *place, size_t size, struct wire_message *message,
                      size_t *ret_count) {
    union file_room room = {0};
    struct iovec part = {place, size};
    struct msghdr header = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &room, .msg_controllen = sizeof room};
    ssize_t count = 0;
    do count = recvmsg(socket, &header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    while (count < 0 && errno == EINTR);
    *ret_count = 0;
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return OK;
    if (count < 0) FAIL(ERR_IO, "the other process is gone: %s", strerror(errno));
    if (count == 0) FAIL(ERR_NOT_FOUND, "the other process has ended");
    keep_files(&header, message);
    *ret_count = (size_t)count;
    return OK;
}

static err make_room(struct arena *a, struct wire_arrival *arrival, size_t length) {
    size_t room = arrival->room == 0 ? ROOM_FIRST : arrival->room * 2;
    if (room > length) room = length;
    char *grown = arena_stretch(a, arrival->body, arrival->room, room);
    if (grown == NULL) FAIL(ERR_NO_MEMORY, "no memory for a message of %zu bytes", length);
    arrival->body = grown;
    arrival->room = room;
    return OK;
}

err wire_arrive(struct arena *a, int socket, struct wire_arrival *arrival, bool *ret_is_whole) {
    struct head head = {0};
    for (;;) {
        size_t count = 0;
        size_t had = arrival->got;
        *ret_is_whole = false;
        if (had < sizeof head) {
            TRY(take_piece(socket, arrival->head + had, sizeof head - had, &arrival->message,
                           &count));
            if (count == 0) return OK;
            arrival->got += count;
            if (arrival->got < sizeof head) continue;
        }
        memcpy(&head, arrival->head, sizeof head);
        size_t body = arrival->got - sizeof head;
        if (head.length > LIMIT_MESSAGE_BYTES)
            FAIL(ERR_LIMIT, "a message of %u bytes is over the limit", head.length);
        if (body == head.length) break;
        if (body == arrival->room) TRY(make_room(a, arrival, head.length));
        TRY(take_piece(socket, arrival->body + body, arrival->room - body, &arrival->message,
                       &count));
        if (count == 0) return OK;
        arrival->got += count;
    }
    arrival->message.type = head.type;
    arrival->message.bytes = (str){arrival->body, head.length};
    *ret_is_whole = true;
    return OK;
}

err wire_depart(int socket, struct wire_departure *departure, bool *ret_is_sent) {
    struct head head = {.length = (uint32_t)departure->bytes.len, .type = departure->type};
    size_t total = sizeof head + departure->bytes.len;
    while (departure->sent < total) {
        bool is_head = departure->sent < sizeof head;
        union {
            const char *given;
            void *wanted; /* sendmsg does not write there, struct iovec cannot say so */
        } from = {.given = is_head ? (const char *)&head + departure->sent
                                   : departure->bytes.ptr + (departure->sent - sizeof head)};
        struct iovec part = {from.wanted, (is_head ? sizeof head : total) - departure->sent};
        struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
        ssize_t sent = sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && errno == EINTR) continue;
        *ret_is_sent = false;
        if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return OK;
        if (sent < 0) FAIL(ERR_IO, "the other process is gone: %s", strerror(errno));
        departure->sent += (size_t)sent;
    }
    *ret_is_sent = true;
    return OK;
}
