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
