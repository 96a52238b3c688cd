/* SPDX-License-Identifier: Apache-2.0 */
#include "net/request.h"

#include <limits.h>
#include <string.h>

#include <apr_base64.h>
#include <apr_cstr.h>
#include <apr_strings.h>
#include <openssl/crypto.h>

#define CONNECT_TIMEOUT apr_time_from_sec(10)

long scim_sync_milliseconds(apr_interval_time_t t)
{
    apr_interval_time_t ms = t > 0 ? (t + 999) / 1000 : 0;

    return ms < INT_MAX ? (long)ms : INT_MAX;
}

struct curl_slist *scim_sync_request_headers(scim_sync_body_t body)
{
    /* libcurl would call a POST without a body a form. */
    static const char *const types[SCIM_SYNC_BODIES] = {
        "Content-Type:", "Content-Type: application/json",
        "Content-Type: application/x-www-form-urlencoded"
    };
    /* Jira answers in its user's language unless it is forced; we recognise its English texts. */
    const char *lines[] = { "Accept: application/json", "Accept-Language: en",
                            "X-Force-Accept-Language: true", types[body] };
    struct curl_slist *list = NULL;

    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct curl_slist *longer = curl_slist_append(list, lines[i]);

        if (longer == NULL) {
            curl_slist_free_all(list);
            return NULL;
        }
        list = longer;
    }
    return list;
}

char *scim_sync_request_basic(const char *user, const char *password, apr_pool_t *p)
{
    static const char name[] = "Authorization: Basic ";
    char *plain = apr_pstrcat(p, user, ":", password, NULL);
    int len = (int)strlen(plain);
    char *header = apr_palloc(p, sizeof name + apr_base64_encode_len(len));

    memcpy(header, name, sizeof name);
    apr_base64_encode(header + sizeof name - 1, plain, len);
    OPENSSL_cleanse(plain, len);
    return header;
}

char *scim_sync_request_bearer(const char *token, apr_pool_t *p)
{
    return apr_pstrcat(p, "Authorization: Bearer ", token, NULL);
}

/* Which protocols an URL may have: the check of base URLs sees to it that http is for loopback. */
static int restrict_protocols(CURL *easy)
{
#if LIBCURL_VERSION_NUM >= 0x075500
    return curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
#else
    return curl_easy_setopt(easy, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}

/* What all calls have in common. Certificates and host names are verified by default. */
static int prepare(CURL *easy, const scim_sync_request_t *request)
{
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    if (request->ca_file) {
        curl_easy_setopt(easy, CURLOPT_CAINFO, request->ca_file);
        /* libcurl's folder of certificates is trusted beside the file, unless it is told. */
        curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    }
    return restrict_protocols(easy) | curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "") |
           curl_easy_setopt(easy, CURLOPT_USERAGENT, request->user_agent);
}

/*
 * The method and the body. A POST or PUT without a body says Content-Length: 0, as RFC 9110 asks.
 */
static int describe_request(CURL *easy, const scim_sync_request_t *request)
{
    int is_get = strcmp(request->method, "GET") == 0;
    int is_delete = strcmp(request->method, "DELETE") == 0;
    int rc = CURLE_OK;

    if (request->body != NULL || !(is_get || is_delete)) {
        const char *body = request->body != NULL ? request->body : "";

        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(body));
        rc = curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
    }
    return rc | curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method) |
           curl_easy_setopt(easy, CURLOPT_URL, request->url);
}

int scim_sync_request_equip(CURL *easy, const scim_sync_request_t *request)
{
    int encrypted = apr_cstr_casecmpn(request->url, "https:", 6) == 0;

    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, request->headers);
    /* A burst waits for one connection to learn whether the server multiplexes. */
    curl_easy_setopt(easy, CURLOPT_PIPEWAIT, (long)encrypted);
    if (!encrypted) {
        /* What is meant for this host alone is not shown to a proxy from the environment. */
        curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    }
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, 1 + scim_sync_milliseconds(request->left));
    if (request->left > CONNECT_TIMEOUT) {
        curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, scim_sync_milliseconds(CONNECT_TIMEOUT));
    }
    return prepare(easy, request) | describe_request(easy, request);
}
