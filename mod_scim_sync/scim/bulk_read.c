/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bulk: from the body of a request to operations.
 */
#include "scim/bulk_int.h"

#include <string.h>

#include <apr_cstr.h>
#include <apr_escape.h>
#include <apr_strings.h>

#include "base/json.h"
#include "base/text.h"
#include "scim/schemas.h"

static const scim_sync_error_t *refuse(const scim_sync_bulk_t *bulk, const char *what)
{
    return scim_sync_error(bulk->p, 400, SCIM_SYNC_INVALID_SYNTAX, "%s", what);
}

/* A text member in any case, NULL when it is absent, null or no text. */
static const char *text_of(const json_t *object, const char *name)
{
    return json_string_value(scim_sync_json_get_ci(object, name, NULL));
}

static int is_said(const json_t *value)
{
    return value != NULL && !json_is_null(value);
}

/* ---- the path of an operation ---- */

/* Endpoints that are there, but not for the operations of a Bulk request. */
static const struct {
    const char *endpoint;
    int status;
} others[] = {
    { "ServiceProviderConfig", 405 },
    { "ResourceTypes", 405 },
    { "Schemas", 405 },
    { "Me", 501 },
    { "Bulk", 501 },
    { ".search", 501 },
};

/*
 * The path below the root of the service: without the part in front that is the end of the base
 * URL, or all of it.
 */
static const char *below_base(const char *path, const char *base)
{
    const char *end = base + strlen(base);
    const char *rest = path;
    const char *slash;

    for (slash = path; (slash = strchr(slash, '/')) != NULL; slash++) {
        apr_size_t length = (apr_size_t)(slash - path);

        if (length <= (apr_size_t)(end - base) && strncmp(end - length, path, length) == 0) {
            rest = slash;
        }
    }
    return rest;
}

/* The next segment of a path, NULL at its end; *path goes on behind it. */
static const char *next_segment(const char **path, apr_pool_t *p)
{
    const char *begin = *path + strspn(*path, "/");
    const char *segment, *decoded;

    *path = begin + strcspn(begin, "/");
    if (*path == begin) {
        return NULL;
    }
    segment = apr_pstrmemdup(p, begin, (apr_size_t)(*path - begin));
    decoded = apr_punescape_url(p, segment, NULL, NULL, 0);
    return decoded != NULL ? decoded : segment;
}

static int find_type(scim_sync_type_t *type, const char *endpoint)
{
    *type = SCIM_SYNC_USER;
    if (apr_cstr_casecmp(endpoint, scim_sync_type_endpoint(*type)) == 0) {
        return 1;
    }
    *type = SCIM_SYNC_GROUP;
    return apr_cstr_casecmp(endpoint, scim_sync_type_endpoint(*type)) == 0;
}

static const scim_sync_error_t *no_endpoint(const char *endpoint, apr_pool_t *p)
{
    apr_size_t i;

    for (i = 0; i < sizeof(others) / sizeof(*others); i++) {
        if (apr_cstr_casecmp(endpoint, others[i].endpoint) == 0) {
            return scim_sync_error(p, others[i].status, NULL,
                                   "/%s can't be part of a Bulk request; /Users and /Groups can.",
                                   others[i].endpoint);
        }
    }
    return scim_sync_error(p, 404, NULL,
                           "The path leads nowhere; it begins with /Users or /Groups, or with the "
                           "base URL of this service.");
}

static const scim_sync_error_t *read_path(scim_sync_bulk_change_t *change, const char *path,
                                          const scim_sync_bulk_t *bulk)
{
    apr_pool_t *p = bulk->p;
    const char *rest = apr_pstrmemdup(p, path, strcspn(path, "?#"));
    const char *endpoint, *id;

    if (strstr(rest, "://") == NULL && *rest != '/') {
        rest = apr_pstrcat(p, "/", rest, NULL);
    }
    rest = below_base(rest, bulk->base);
    endpoint = next_segment(&rest, p);
    id = next_segment(&rest, p);
    if (endpoint == NULL || !find_type(&change->type, endpoint)) {
        return no_endpoint(endpoint != NULL ? endpoint : "", p);
    }
    /* What is no UTF-8 when it is decoded, or a path of its own, is the id of nothing. */
    if (next_segment(&rest, p) != NULL || (id != NULL && scim_sync_fold(id, p) == NULL)) {
        return scim_sync_error(p, 404, NULL, "There is no such resource.");
    }
    change->id = id;
    return NULL;
}

/* ---- one operation ---- */

static int read_method(scim_sync_bulk_operation_t *operation)
{
    static const char *const methods[] = { "POST", "PUT", "PATCH", "DELETE" };
    int i;

    for (i = 0; operation->method != NULL && i < 4; i++) {
        if (apr_cstr_casecmp(operation->method, methods[i]) == 0) {
            operation->method = methods[i];
            operation->change.method = (scim_sync_bulk_method_t)i;
            return 1;
        }
    }
    return 0;
}

/* A collection takes POST, a resource the others. */
static const scim_sync_error_t *check_method(const scim_sync_bulk_operation_t *operation,
                                             apr_pool_t *p)
{
    const scim_sync_bulk_change_t *change = &operation->change;

    if ((change->method == SCIM_SYNC_BULK_POST) == (change->id == NULL)) {
        return NULL;
    }
    return scim_sync_error(p, 405, NULL, "%s is not possible on %s; %s.", operation->method,
                           change->id != NULL ? "a resource" : "an endpoint",
                           change->id != NULL ? "PUT, PATCH and DELETE are"
                                              : "POST is, and the others on /Users/{id}");
}

static const scim_sync_error_t *check_bulk_id(const scim_sync_bulk_operation_t *operation,
                                              const json_t *told, const scim_sync_bulk_t *bulk)
{
    if (is_said(told) && operation->bulk_id == NULL) {
        return refuse(bulk, "bulkId must be a text that is not empty.");
    }
    if (operation->change.method != SCIM_SYNC_BULK_POST) {
        return NULL;
    }
    if (operation->bulk_id == NULL) {
        return refuse(bulk, "A POST needs a bulkId.");
    }
    if (apr_hash_get(bulk->posts, operation->bulk_id, APR_HASH_KEY_STRING) != operation) {
        return scim_sync_error(bulk->p, 400, SCIM_SYNC_INVALID_VALUE,
                               "An operation in front of this one has the bulkId \"%.100s\", too.",
                               operation->bulk_id);
    }
    return NULL;
}

static const scim_sync_error_t *check_data(scim_sync_bulk_change_t *change,
                                           const scim_sync_bulk_t *bulk)
{
    if (change->method == SCIM_SYNC_BULK_DELETE) {
        change->data = NULL;
        return NULL;
    }
    if (!is_said(change->data)) {
        return refuse(bulk, "POST, PUT and PATCH need data.");
    }
    return json_is_object(change->data) ? NULL : refuse(bulk, "data must be an object.");
}

static const scim_sync_error_t *read_rest(scim_sync_bulk_operation_t *operation, const json_t *told,
                                          const scim_sync_bulk_t *bulk)
{
    scim_sync_bulk_change_t *change = &operation->change;
    const json_t *version = scim_sync_json_get_ci(told, "version", NULL);
    const char *path = text_of(told, "path");
    const scim_sync_error_t *error;

    if (path == NULL) {
        return refuse(bulk, "An operation needs a path, such as /Users.");
    }
    if ((error = read_path(change, path, bulk)) != NULL ||
        (error = check_method(operation, bulk->p)) != NULL ||
        (error = check_bulk_id(operation, scim_sync_json_get_ci(told, "bulkId", NULL), bulk)) !=
            NULL ||
        (error = check_data(change, bulk)) != NULL) {
        return error;
    }
    if (is_said(version) && !json_is_string(version)) {
        return refuse(bulk, "version must be a text.");
    }
    /* A resource that is made has no version that could be another. */
    if (change->method != SCIM_SYNC_BULK_POST) {
        change->version = json_string_value(version);
    }
    return NULL;
}

/* What other operations must know: whether it is a POST, and its bulkId. */
static void announce(scim_sync_bulk_operation_t *operation, const json_t *told,
                     scim_sync_bulk_t *bulk)
{
    const char *bulk_id = text_of(told, "bulkId");

    operation->needs = apr_array_make(bulk->p, 1, sizeof(int));
    operation->method = text_of(told, "method");
    operation->bulk_id = bulk_id != NULL && *bulk_id != '\0' ? bulk_id : NULL;
    operation->change.data = scim_sync_json_get_ci(told, "data", NULL);
    if (!json_is_object(told)) {
        operation->error = refuse(bulk, "An operation must be an object.");
    }
    else if (!read_method(operation)) {
        operation->error = refuse(bulk, "The method must be POST, PUT, PATCH or DELETE.");
    }
    else if (operation->change.method == SCIM_SYNC_BULK_POST && operation->bulk_id != NULL) {
        operation->change.new_id = scim_sync_new_id(bulk->p);
        if (apr_hash_get(bulk->posts, bulk_id, APR_HASH_KEY_STRING) == NULL) {
            apr_hash_set(bulk->posts, bulk_id, APR_HASH_KEY_STRING, operation);
        }
    }
}

static void read_operations(scim_sync_bulk_t *bulk, const json_t *operations)
{
    int i;

    bulk->operations = apr_pcalloc(bulk->p, (apr_size_t)bulk->count * sizeof(*bulk->operations));
    for (i = 0; i < bulk->count; i++) {
        announce(&bulk->operations[i], json_array_get(operations, (apr_size_t)i), bulk);
    }
    for (i = 0; i < bulk->count; i++) {
        scim_sync_bulk_operation_t *operation = &bulk->operations[i];

        if (operation->error == NULL) {
            operation->error =
                read_rest(operation, json_array_get(operations, (apr_size_t)i), bulk);
        }
        if (operation->error == NULL) {
            operation->error = scim_sync_bulk_find_references(operation, bulk);
        }
    }
}

/* ---- the request ---- */

static const scim_sync_error_t *read_limit(scim_sync_bulk_t *bulk, const json_t *told)
{
    json_int_t limit = json_integer_value(told);

    if (!is_said(told)) {
        return NULL;
    }
    if (!json_is_integer(told) || limit < 0) {
        return scim_sync_error(bulk->p, 400, SCIM_SYNC_INVALID_VALUE,
                               "failOnErrors must be a number of errors, 1 or more.");
    }
    /* None is accepted, or one: both end at the first. */
    bulk->fail_on_errors = limit == 0 ? 1 : limit > bulk->count ? bulk->count : (int)limit;
    return NULL;
}

const scim_sync_error_t *scim_sync_bulk_parse(scim_sync_bulk_t **out, const json_t *body,
                                              const char *base, int max_operations, apr_pool_t *p)
{
    scim_sync_bulk_t *bulk = apr_pcalloc(p, sizeof(*bulk));
    const json_t *operations = scim_sync_json_get_ci(body, "Operations", NULL);
    const scim_sync_error_t *error;

    *out = bulk;
    bulk->p = p;
    bulk->base = base;
    bulk->posts = apr_hash_make(p);
    if (!json_is_array(operations)) {
        return refuse(bulk, "A BulkRequest is an object with Operations, a list.");
    }
    if (!scim_sync_schemas_allow(body, SCIM_SYNC_BULK_REQUEST_URN)) {
        return refuse(bulk, "The schemas must name " SCIM_SYNC_BULK_REQUEST_URN ".");
    }
    if (json_array_size(operations) > (apr_size_t)max_operations) {
        return scim_sync_error(p, 413, NULL,
                               "The request holds %" APR_SIZE_T_FMT
                               " operations; at most %d are taken at once.",
                               json_array_size(operations), max_operations);
    }
    bulk->count = (int)json_array_size(operations);
    error = read_limit(bulk, scim_sync_json_get_ci(body, "failOnErrors", NULL));
    if (error == NULL) {
        read_operations(bulk, operations);
    }
    return error;
}
