/* SPDX-License-Identifier: Apache-2.0 */
#include "http/admin_idp_limits.h"

#include <string.h>

#include <apr_network_io.h>
#include <apr_strings.h>

#include "base/json.h"
#include "base/network.h"
#include "base/text.h"

#define RATE_MAX     1000000
#define NETWORKS_MAX 50
#define NETWORK_MAX  64

static const scim_sync_error_t *read_rate(scim_sync_admin_t *q, scim_sync_admin_limits_t *limits)
{
    const json_t *rate = json_object_get(q->body, "requestsPerMinute");

    limits->has_rate = rate != NULL;
    if (!rate || json_is_null(rate)) {
        return NULL;
    }
    limits->per_minute = json_integer_value(rate);
    return limits->per_minute >= 1 && limits->per_minute <= RATE_MAX
               ? NULL
               : scim_sync_error(q->p, HTTP_BAD_REQUEST, NULL,
                                 "requestsPerMinute must be a whole number from 1 to %d, or null.",
                                 RATE_MAX);
}

/* An address, or one with so many bits; no name, which somebody would have to look up. */
static int is_network(const char *text, apr_pool_t *p)
{
    char *address = apr_pstrdup(p, text);
    char *bits = strchr(address, '/');
    apr_ipsubnet_t *network;

    if (bits) {
        *bits++ = '\0';
        if (!*bits || bits[strspn(bits, "0123456789")]) {
            return 0;
        }
    }
    /* "10.1" would be taken for a network of that beginning. */
    if (!address[strspn(address, "0123456789.")] && strlen(address) > 0) {
        const char *dot = address;
        int dots = 0;

        while ((dot = strchr(dot, '.'))) {
            dots++;
            dot++;
        }
        if (dots != 3) {
            return 0;
        }
    }
    return apr_ipsubnet_create(&network, address, bits, p) == APR_SUCCESS;
}

/* Of a JSON array as text (NULL: an empty one), each in its one form, and once. */
static apr_array_header_t *networks_of(const char *text, apr_pool_t *p)
{
    apr_array_header_t *told = scim_sync_json_texts(text ? text : "[]", p);
    apr_array_header_t *networks = apr_array_make(p, NETWORKS_MAX, sizeof(const char *));
    int i;

    for (i = 0; i < told->nelts; i++) {
        const char *network = scim_sync_network_text(APR_ARRAY_IDX(told, i, const char *), p);

        if (!scim_sync_list_holds(networks, network)) {
            APR_ARRAY_PUSH(networks, const char *) = network;
        }
    }
    return networks;
}

static const char *text_of(const apr_array_header_t *networks, apr_pool_t *p)
{
    return scim_sync_json_text(scim_sync_json_own(scim_sync_json_list(networks), p), NULL, p);
}

static const scim_sync_error_t *read_networks(scim_sync_admin_t *q,
                                              scim_sync_admin_limits_t *limits)
{
    const json_t *list = json_object_get(q->body, "allowFrom");
    const json_t *text;
    apr_size_t i;

    limits->has_networks = list != NULL;
    if (!list || json_is_null(list)) {
        return NULL;
    }
    if (!json_is_array(list) || json_array_size(list) > NETWORKS_MAX) {
        return scim_sync_error(q->p, HTTP_BAD_REQUEST, NULL,
                               "allowFrom must be a list of %d networks at most, or null.",
                               NETWORKS_MAX);
    }
    json_array_foreach(list, i, text)
    {
        if (!json_is_string(text) || json_string_length(text) > NETWORK_MAX ||
            !is_network(json_string_value(text), q->p)) {
            return scim_sync_error(q->p, HTTP_BAD_REQUEST, NULL,
                                   "allowFrom[%d] must be an address or a network, such as "
                                   "192.0.2.0/24 or 2001:db8::/32.",
                                   (int)i);
        }
    }
    /* An empty list would let nobody in, which is what "paused" or no token is for. */
    limits->allow_from =
        json_array_size(list)
            ? text_of(networks_of(scim_sync_json_text(list, NULL, q->p), q->p), q->p)
            : NULL;
    return NULL;
}

const scim_sync_error_t *scim_sync_admin_read_limits(scim_sync_admin_t *q,
                                                     scim_sync_admin_limits_t *limits)
{
    const scim_sync_error_t *error = read_rate(q, limits);

    return error ? error : read_networks(q, limits);
}

void scim_sync_admin_set_limits(scim_sync_idp_t *idp, const scim_sync_admin_limits_t *limits,
                                apr_pool_t *p)
{
    idp->per_minute = limits->has_rate ? limits->per_minute : idp->per_minute;
    if (limits->has_networks && !scim_sync_list_same(networks_of(limits->allow_from, p),
                                                     networks_of(idp->allow_from, p), p)) {
        idp->allow_from = limits->allow_from;
    }
}

void scim_sync_admin_show_limits(json_t *object, const scim_sync_idp_t *idp)
{
    json_object_set_new(object, "requestsPerMinute",
                        idp->per_minute ? json_integer(idp->per_minute) : json_null());
    json_object_set_new(object, "allowFrom",
                        idp->allow_from ? json_loads(idp->allow_from, 0, NULL) : json_array());
}
