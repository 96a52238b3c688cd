/* SPDX-License-Identifier: Apache-2.0 */
#include "http/google_push.h"

#include <string.h>

#include <apr_strings.h>

#include "base/secret.h"
#include "http/answer.h"
#include "http/request.h"
#include "http/settings.h"
#include "store/google_channel.h"

/* Channels and tokens of ours are so long: nothing else needs to be looked for. */
#define ID_LENGTH     36
#define TOKEN_LENGTH  43
#define TOKEN_LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

typedef struct {
    const char *id;
    const char *token;
    apr_int64_t number;
    scim_sync_channel_t *channel; /* NULL: there is no such channel, or the token is another one */
    int served;                   /* a pull is to begin anyhow */
    int news;
} message_t;

/* NULL unless it is so long, and of these characters. */
static const char *header(request_rec *r, const char *name, apr_size_t length, const char *of)
{
    const char *value = apr_table_get(r->headers_in, name);

    return value && strlen(value) == length && strspn(value, of) == length ? value : NULL;
}

static apr_status_t find(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    message_t *m = baton;
    apr_status_t rv = scim_sync_channel_find(db, &m->channel, &m->served, m->id, p);

    if (rv == APR_SUCCESS && m->channel &&
        !scim_sync_same_secret(scim_sync_sha256(m->token, p), m->channel->hash)) {
        m->channel = NULL;
    }
    return rv;
}

static apr_status_t hear(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    message_t *m = baton;

    return scim_sync_channel_hear(db, m->channel, m->number, &m->news, p);
}

/* A channel's first message, which says only that there is a channel. */
static int is_first(request_rec *r)
{
    const char *state = apr_table_get(r->headers_in, "X-Goog-Resource-State");

    return state && !strcmp(state, "sync");
}

static int answer(request_rec *r, int status)
{
    return scim_sync_answer(r, status, NULL, NULL);
}

/* One that was heard before, or comes while a pull is waited for anyhow, costs no write. */
static int take(request_rec *r, scim_sync_runtime_t *runtime, message_t *m)
{
    const char *number = apr_table_get(r->headers_in, "X-Goog-Message-Number");

    m->number = number ? apr_atoi64(number) : 0;
    if (is_first(r) || m->served || m->number <= m->channel->number) {
        return answer(r, HTTP_NO_CONTENT);
    }
    if (scim_sync_write(runtime->writer, hear, m, r->pool) != APR_SUCCESS) {
        return scim_sync_answer_unavailable(r);
    }
    if (m->news) {
        scim_sync_runtime_wake(runtime);
    }
    return answer(r, HTTP_NO_CONTENT);
}

int scim_sync_google_push_handler(request_rec *r)
{
    scim_sync_runtime_t *runtime = scim_sync_runtime();
    message_t m = { .id = header(r, "X-Goog-Channel-ID", ID_LENGTH, "0123456789abcdef-"),
                    .token = header(r, "X-Goog-Channel-Token", TOKEN_LENGTH, TOKEN_LETTERS) };

    if (!r->handler || strcmp(r->handler, SCIM_SYNC_HANDLER_PUSH)) {
        return DECLINED;
    }
    scim_sync_hold_signals(r);
    if (strcmp(r->method, "POST")) {
        return scim_sync_answer_method(r, "POST");
    }
    if (!m.id || !m.token) {
        return answer(r, HTTP_NOT_FOUND);
    }
    if (!runtime) {
        return scim_sync_answer_off(r);
    }
    if (scim_sync_runtime_ready(runtime, r->pool) != APR_SUCCESS ||
        scim_sync_read(runtime->writer, find, &m, r->pool) != APR_SUCCESS) {
        return scim_sync_answer_unavailable(r);
    }
    return m.channel ? take(r, runtime, &m) : answer(r, HTTP_NOT_FOUND);
}
