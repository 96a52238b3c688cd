/* SPDX-License-Identifier: Apache-2.0 */
/* One thread, one poll() over the listener, a pipe that ends it and the connections. */
#include "http_stub.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <apr_strings.h>

#define MAX_CONNECTIONS 64
#define MAX_REQUEST     65536

typedef struct {
    int fd;   /* -1: free */
    int held; /* its request waits for others */
    size_t used;
    char request[MAX_REQUEST + 1];
} connection_t;

struct http_stub_t {
    int listener;
    int end[2]; /* a pipe */
    int port;
    pthread_t thread;
    atomic_int connections;
    atomic_int requests;
    atomic_int most_held;
    connection_t all[MAX_CONNECTIONS];
};

static void hang_up(connection_t *c)
{
    close(c->fd);
    c->fd = -1;
    c->used = 0;
    c->held = 0;
}

static void send_all(connection_t *c, const char *text, size_t len)
{
    while (len > 0) {
        ssize_t n = send(c->fd, text, len, MSG_NOSIGNAL);

        if (n <= 0) {
            return;
        }
        text += n;
        len -= n;
    }
}

static void respond(connection_t *c, int status, const char *headers, const char *body, size_t len)
{
    char head[1024];
    int n = apr_snprintf(head, sizeof head, "HTTP/1.1 %d X\r\nContent-Length: %d\r\n%s\r\n", status,
                         (int)len, headers);

    send_all(c, head, n);
    send_all(c, body, len);
}

/* Answer all that are held as soon as there are enough of them. */
static void hold(http_stub_t *stub, connection_t *c, int enough)
{
    int held = 0;

    c->held = 1;
    for (int i = 0; i < MAX_CONNECTIONS; i++) {
        held += stub->all[i].held;
    }
    if (held > stub->most_held) {
        stub->most_held = held;
    }
    for (int i = 0; i < MAX_CONNECTIONS && held >= enough; i++) {
        if (stub->all[i].held) {
            stub->all[i].held = 0;
            respond(&stub->all[i], 200, "", "held", 4);
        }
    }
}

static void retry(connection_t *c, const char *text)
{
    char value[200];
    char header[256];
    size_t n = 0;

    while (*text != ' ' && *text != '\0' && n < sizeof value - 1) {
        int escaped = *text == '%';

        value[n++] = escaped ? (char)strtol((char[]) { text[1], text[2], '\0' }, NULL, 16) : *text;
        text += escaped ? 3 : 1;
    }
    value[n] = '\0';
    apr_snprintf(header, sizeof header, "Retry-After: %s\r\n", value);
    respond(c, 429, header, "{}", 2);
}

static void send_long(connection_t *c, size_t len)
{
    char *body = malloc(len);

    memset(body, 'x', len);
    respond(c, 200, "", body, len);
    free(body);
}

static int begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static void send_gzip(connection_t *c)
{
    static const char hello[] = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xcb\x48\xcd\xc9\xc9\x07"
                                "\x00\x86\xa6\x10\x36\x05\x00\x00\x00";

    respond(c, 200, "Content-Encoding: gzip\r\n", hello, sizeof hello - 1);
}

static void answer(http_stub_t *stub, connection_t *c)
{
    static const char half[] = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf";
    const char *path = strchr(c->request, '/');

    stub->requests++;
    if (begins(path, "/echo ")) {
        respond(c, 200, "", c->request, c->used);
    }
    else if (begins(path, "/hold/")) {
        hold(stub, c, atoi(path + 6));
    }
    else if (begins(path, "/drop ")) {
        hang_up(c);
    }
    else if (begins(path, "/cut ")) {
        send_all(c, half, sizeof half - 1);
        hang_up(c);
    }
    else if (begins(path, "/long/")) {
        send_long(c, strtoul(path + 6, NULL, 10));
    }
    else if (begins(path, "/close ")) {
        respond(c, 200, "Connection: close\r\n", "bye", 3);
        hang_up(c);
    }
    else if (begins(path, "/gzip ")) {
        send_gzip(c);
    }
    else if (begins(path, "/retry/")) {
        retry(c, path + 7);
    }
    else if (begins(path, "/status/")) {
        respond(c, atoi(path + 8), "Location: /echo\r\n", "", 0);
    }
    else if (!begins(path, "/hang ")) {
        respond(c, 404, "", "", 0);
    }
    c->used = 0;
}

/* Whether the request is there, head and body. */
static int is_whole(connection_t *c)
{
    const char *body;
    const char *length;

    c->request[c->used] = '\0';
    body = strstr(c->request, "\r\n\r\n");
    if (body == NULL) {
        return 0;
    }
    length = strstr(c->request, "Content-Length: ");
    return length == NULL || length > body ||
           c->used >= (size_t)(body + 4 - c->request) + strtoul(length + 16, NULL, 10);
}

static void receive(http_stub_t *stub, connection_t *c)
{
    ssize_t n = recv(c->fd, c->request + c->used, MAX_REQUEST - c->used, 0);

    if (n <= 0) {
        hang_up(c);
        return;
    }
    c->used += n;
    if (is_whole(c)) {
        answer(stub, c);
    }
}

static void accept_one(http_stub_t *stub)
{
    int fd = accept(stub->listener, NULL, NULL);

    for (int i = 0; fd >= 0 && i < MAX_CONNECTIONS; i++) {
        if (stub->all[i].fd < 0) {
            stub->all[i].fd = fd;
            stub->connections++;
            return;
        }
    }
    close(fd);
}

static void *serve(void *data)
{
    http_stub_t *stub = data;

    for (;;) {
        struct pollfd fds[MAX_CONNECTIONS + 2] = { { stub->end[0], POLLIN, 0 },
                                                   { stub->listener, POLLIN, 0 } };

        for (int i = 0; i < MAX_CONNECTIONS; i++) {
            fds[i + 2].fd = stub->all[i].fd;
            fds[i + 2].events = POLLIN;
        }
        if (poll(fds, MAX_CONNECTIONS + 2, -1) < 0 || fds[0].revents != 0) {
            return NULL;
        }
        for (int i = 0; i < MAX_CONNECTIONS; i++) {
            if (fds[i + 2].revents != 0 && stub->all[i].fd == fds[i + 2].fd) {
                receive(stub, &stub->all[i]);
            }
        }
        if (fds[1].revents != 0) {
            accept_one(stub);
        }
    }
}

static apr_status_t stop(void *data)
{
    http_stub_t *stub = data;

    close(stub->end[1]);
    pthread_join(stub->thread, NULL);
    close(stub->end[0]);
    close(stub->listener);
    for (int i = 0; i < MAX_CONNECTIONS; i++) {
        if (stub->all[i].fd >= 0) {
            close(stub->all[i].fd);
        }
    }
    return APR_SUCCESS;
}

http_stub_t *http_stub_start(apr_pool_t *p)
{
    struct sockaddr_in where = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof where;
    http_stub_t *stub = apr_pcalloc(p, sizeof *stub);

    for (int i = 0; i < MAX_CONNECTIONS; i++) {
        stub->all[i].fd = -1;
    }
    stub->listener = socket(AF_INET, SOCK_STREAM, 0);
    if (stub->listener < 0 || bind(stub->listener, (struct sockaddr *)&where, len) != 0 ||
        listen(stub->listener, MAX_CONNECTIONS) != 0 ||
        getsockname(stub->listener, (struct sockaddr *)&where, &len) != 0 || pipe(stub->end) != 0 ||
        pthread_create(&stub->thread, NULL, serve, stub) != 0) {
        return NULL;
    }
    stub->port = ntohs(where.sin_port);
    apr_pool_cleanup_register(p, stub, stop, apr_pool_cleanup_null);
    return stub;
}

const char *http_stub_url(const http_stub_t *stub, const char *path, apr_pool_t *p)
{
    return apr_psprintf(p, "http://127.0.0.1:%d%s", stub->port, path);
}

int http_stub_connections(http_stub_t *stub)
{
    return stub->connections;
}

int http_stub_requests(http_stub_t *stub)
{
    return stub->requests;
}

int http_stub_most_held(http_stub_t *stub)
{
    return stub->most_held;
}
