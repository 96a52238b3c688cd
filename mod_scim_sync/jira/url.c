/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The base URL of a Jira site, as an administrator may write it. libcurl, which will use it, also
 * takes it apart here: two parsers would disagree some day about which host gets the credentials.
 */
#include "jira/platform.h"

#include <arpa/inet.h>
#include <string.h>

#include <apr_cstr.h>
#include <apr_strings.h>
#include <curl/curl.h>

/* The part's text in p; NULL when the URL has none. */
static const char *part_of(CURLU *url, CURLUPart part, apr_pool_t *p)
{
    const char *copy;
    char *text = NULL;

    if (curl_url_get(url, part, &text, CURLU_NO_DEFAULT_PORT) != CURLUE_OK) {
        return NULL;
    }
    copy = apr_pstrdup(p, text);
    curl_free(text);
    return copy;
}

static int is_loopback(const char *host)
{
    struct in_addr v4;

    if (inet_pton(AF_INET, host, &v4) == 1) {
        return ntohl(v4.s_addr) >> 24 == IN_LOOPBACKNET;
    }
    return apr_cstr_casecmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0;
}

/* What is wrong with url, NULL when nothing is. */
static const char *fault(CURLU *url, const char *text, apr_pool_t *p)
{
    CURLUcode rc = curl_url_set(url, CURLUPART_URL, text, CURLU_DISALLOW_USER);
    const char *scheme;
    const char *host;

    if (rc == CURLUE_USER_NOT_ALLOWED) {
        return "user name and password don't belong into the URL";
    }
    if (rc != CURLUE_OK) {
        return "it is no URL like https://example.atlassian.net";
    }
    if (strpbrk(text, "?#") != NULL) {
        return "the URL must end with the site's path: no ? and no #";
    }
    scheme = part_of(url, CURLUPART_SCHEME, p);
    host = part_of(url, CURLUPART_HOST, p);
    if (scheme == NULL || host == NULL) {
        return "it is no URL like https://example.atlassian.net";
    }
    if (strcmp(scheme, "https") == 0 || (strcmp(scheme, "http") == 0 && is_loopback(host))) {
        return NULL;
    }
    return "the URL must begin with https:// (http:// is for 127.0.0.1, ::1 and localhost only)";
}

apr_status_t scim_sync_jira_check_url(const char **clean, const char *url, const char **why,
                                      apr_pool_t *p)
{
    CURLU *parsed = curl_url();
    char *text = NULL;
    apr_size_t len;

    if (parsed == NULL) {
        return APR_ENOMEM;
    }
    *why = fault(parsed, url, p);
    if (*why == NULL) {
        text = (char *)part_of(parsed, CURLUPART_URL, p);
    }
    curl_url_cleanup(parsed);
    if (text == NULL) {
        return APR_EINVAL;
    }
    len = strlen(text);
    while (len > 0 && text[len - 1] == '/') {
        text[--len] = '\0';
    }
    *clean = text;
    return APR_SUCCESS;
}
