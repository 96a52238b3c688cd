/* SPDX-License-Identifier: Apache-2.0 */
#include "scim-syncctl/http.h"

#include <arpa/inet.h>
#include <string.h>

#include <apr_cstr.h>
#include <apr_strings.h>
#include <curl/curl.h>

#include "mod_scim_sync_version.h"

#include "base/json.h"

#define CONNECT_SECONDS 10L
#define ANSWER_MAX      (256 * 1024 * 1024)
#define DEPTH_MAX       64

struct ctl_http_t {
    CURL *curl;
    const char *base; /* with the user's name, where netrc is to find the password for it */
    const volatile sig_atomic_t *stop;
    char error[CURL_ERROR_SIZE];
    apr_pool_t *p;
};

/* What comes, as it comes. */
typedef struct {
    char *text; /* malloc'ed: pools keep what they gave, and this is made longer again and again */
    apr_size_t len;
    apr_size_t room;
    const char *etag;
    apr_pool_t *p;
} arrival_t;

static apr_status_t close_curl(void *http)
{
    curl_easy_cleanup(((ctl_http_t *)http)->curl);
    curl_global_cleanup();
    return APR_SUCCESS;
}

static size_t take_body(char *data, size_t one, size_t len, void *baton)
{
    arrival_t *a = baton;
    apr_size_t room;
    char *text;

    if (len > ANSWER_MAX - a->len) {
        return 0;
    }
    if (a->len + len > a->room) {
        room = 2 * (a->len + len);
        text = realloc(a->text, room);
        if (!text) {
            return 0;
        }
        a->text = text;
        a->room = room;
    }
    memcpy(a->text + a->len, data, len);
    a->len += len;
    return one * len;
}

static size_t take_header(char *data, size_t one, size_t len, void *baton)
{
    static const char name[] = "etag:";
    arrival_t *a = baton;

    if (len > sizeof(name) && !strncasecmp(data, name, sizeof(name) - 1)) {
        char *value = apr_pstrmemdup(a->p, data + sizeof(name) - 1, len - sizeof(name) + 1);

        apr_collapse_spaces(value, value);
        a->etag = value;
    }
    return one * len;
}

static int watch(void *baton, curl_off_t down, curl_off_t done, curl_off_t up, curl_off_t sent)
{
    const ctl_http_t *http = baton;

    (void)down, (void)done, (void)up, (void)sent;
    return http->stop && *http->stop;
}

static void set_identity(const ctl_http_t *http, const ctl_settings_t *s)
{
    CURL *curl = http->curl;

    curl_easy_setopt(curl, CURLOPT_HTTPAUTH, s->negotiate ? CURLAUTH_NEGOTIATE : CURLAUTH_BASIC);
    curl_easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_OPTIONAL);
    if (s->netrc_file) {
        curl_easy_setopt(curl, CURLOPT_NETRC_FILE, s->netrc_file);
    }
    if (s->negotiate || s->password) {
        curl_easy_setopt(curl, CURLOPT_USERNAME, s->user ? s->user : "");
        curl_easy_setopt(curl, CURLOPT_PASSWORD, s->password ? s->password : "");
    }
    if (s->cert) {
        curl_easy_setopt(curl, CURLOPT_SSLCERT, s->cert);
        curl_easy_setopt(curl, CURLOPT_SSLKEY, s->key ? s->key : s->cert);
    }
    if (s->cacert) {
        curl_easy_setopt(curl, CURLOPT_CAINFO, s->cacert);
    }
}

/* libcurl asks netrc for the password of a name that stands in the URL, and of no other. */
static const char *base_of(const ctl_settings_t *s, apr_pool_t *p)
{
    const char *base = s->url;
    CURLU *parts = curl_url();
    char *url = NULL;

    if (s->user && !s->password && !s->negotiate && parts &&
        !curl_url_set(parts, CURLUPART_URL, s->url, 0) &&
        !curl_url_set(parts, CURLUPART_USER, s->user, CURLU_URLENCODE) &&
        !curl_url_get(parts, CURLUPART_URL, &url, 0)) {
        base = apr_pstrdup(p, url);
    }
    curl_free(url);
    curl_url_cleanup(parts);
    return base;
}

const char *ctl_http_open(ctl_http_t **http, const ctl_settings_t *settings,
                          const volatile sig_atomic_t *stop, apr_pool_t *p)
{
    ctl_http_t *h = apr_pcalloc(p, sizeof(*h));
    CURL *curl;

    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || !(curl = curl_easy_init())) {
        return "libcurl can't be used.";
    }
    *h = (ctl_http_t) { .curl = curl, .base = base_of(settings, p), .stop = stop, .p = p };
    apr_pool_cleanup_register(p, h, close_curl, apr_pool_cleanup_null);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, h->error);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "scim-syncctl/" SCIM_SYNC_VERSION);
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, settings->timeout);
    curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "");
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, watch);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, h);
    if (!strncasecmp(settings->url, "http:", 5)) {
        /* What is allowed in the clear on this host must not pass through a proxy on another. */
        curl_easy_setopt(curl, CURLOPT_PROXY, "");
    }
    set_identity(h, settings);
    *http = h;
    return NULL;
}

void ctl_http_identify(ctl_http_t *http, const ctl_settings_t *settings)
{
    http->base = base_of(settings, http->p);
    set_identity(http, settings);
}

static struct curl_slist *headers_of(const ctl_request_t *request, apr_pool_t *p)
{
    struct curl_slist *list = curl_slist_append(NULL, "Accept: application/json");

    list = curl_slist_append(list, "Content-Type: application/json");
    list = curl_slist_append(list, "SCIM-Sync-Client: scim-syncctl");
    list = curl_slist_append(list, "Expect:");
    if (request->if_match) {
        list = curl_slist_append(list, apr_pstrcat(p, "If-Match: ", request->if_match, NULL));
    }
    return request->make_only ? curl_slist_append(list, "If-None-Match: *") : list;
}

static void set_request(const ctl_http_t *http, const ctl_request_t *request, apr_pool_t *p)
{
    const char *body = request->body ? scim_sync_json_text(request->body, NULL, p) : "";
    CURL *curl = http->curl;

    curl_easy_setopt(curl, CURLOPT_URL, apr_pstrcat(p, http->base, "/api/", request->path, NULL));
    if (!strcmp(request->method, "GET")) {
        curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
        curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, NULL);
    }
    else {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(body));
        curl_easy_setopt(curl, CURLOPT_COPYPOSTFIELDS, body);
        curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
    }
}

/* A page of HTML, such as a proxy's, leaves body as it is. */
static void read_body(ctl_response_t *answer, const arrival_t *a, apr_pool_t *p)
{
    const char *why;

    if (a->len > 0) {
        scim_sync_json_parse(&answer->body, a->text, a->len, DEPTH_MAX, &why, p);
    }
}

void ctl_http_call(ctl_http_t *http, const ctl_request_t *request, ctl_response_t *answer,
                   apr_pool_t *p)
{
    struct curl_slist *headers = headers_of(request, p);
    arrival_t a = { .p = p };
    CURLcode rc;

    *answer = (ctl_response_t) { 0 };
    http->error[0] = '\0';
    set_request(http, request, p);
    curl_easy_setopt(http->curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(http->curl, CURLOPT_WRITEDATA, &a);
    curl_easy_setopt(http->curl, CURLOPT_HEADERDATA, &a);
    rc = curl_easy_perform(http->curl);
    if (rc == CURLE_OK) {
        curl_easy_getinfo(http->curl, CURLINFO_RESPONSE_CODE, &answer->status);
        answer->etag = a.etag;
        read_body(answer, &a, p);
    }
    else {
        answer->interrupted = rc == CURLE_ABORTED_BY_CALLBACK;
        answer->fault = apr_pstrdup(p, *http->error ? http->error : curl_easy_strerror(rc));
    }
    curl_slist_free_all(headers);
    free(a.text);
}

/* ---- addresses ---- */

static int is_loopback(const char *host)
{
    struct in_addr v4;

    if (inet_pton(AF_INET, host, &v4) == 1) {
        return ntohl(v4.s_addr) >> 24 == IN_LOOPBACKNET;
    }
    return !apr_cstr_casecmp(host, "localhost") || !strcmp(host, "[::1]");
}

static const char *fault_of_parts(CURLU *parts, const char *text)
{
    const char *fault = NULL;
    char *scheme = NULL;
    char *host = NULL;

    if (curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) ||
        curl_url_get(parts, CURLUPART_HOST, &host, 0)) {
        fault = "The server's URL is none like https://sync.example.com/scim-sync.";
    }
    else if (strpbrk(text, "?#")) {
        fault = "The server's URL ends with the path of the console: no ? and no #.";
    }
    else if (strcmp(scheme, "https") && (strcmp(scheme, "http") || !is_loopback(host))) {
        fault = "The server's URL must begin with https://: anybody on the way could read your "
                "password. http:// is for 127.0.0.1, ::1 and localhost alone.";
    }
    curl_free(scheme);
    curl_free(host);
    return fault;
}

const char *ctl_http_fault_of_url(const char *url, apr_pool_t *p)
{
    CURLU *parts = curl_url();
    const char *fault;
    CURLUcode rc;

    if (!parts) {
        return "libcurl can't be used.";
    }
    rc = curl_url_set(parts, CURLUPART_URL, url, CURLU_DISALLOW_USER);
    if (rc == CURLUE_USER_NOT_ALLOWED) {
        fault = "User name and password don't belong into the URL, where everybody on this host "
                "can read them: say --user, and --password-file or netrc.";
    }
    else {
        fault =
            rc == CURLUE_OK
                ? fault_of_parts(parts, url)
                : apr_psprintf(p, "%.200s is no URL like https://sync.example.com/scim-sync.", url);
    }
    curl_url_cleanup(parts);
    return fault;
}
