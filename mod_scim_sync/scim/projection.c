/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Leaving out what was not asked for.
 */
#include "scim/projection.h"

#include <string.h>

#include <apr_cstr.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <apr_tables.h>

struct scim_sync_projection_t {
    int excludes;
    apr_array_header_t *names; /* scim_sync_name_t */
};

/* The comma that ends a name; those inside a value filter or its quotes don't. */
static const char *find_end(const char *c)
{
    int quoted = 0;
    int inside = 0;

    for (; *c != '\0' && (*c != ',' || inside); c++) {
        if (quoted && *c == '\\' && c[1] != '\0') {
            c++;
        }
        else if (*c == '"') {
            quoted = !quoted;
        }
        else if (!quoted && (*c == '[' || *c == ']')) {
            inside = *c == '[';
        }
    }
    return c;
}

static void add_name(scim_sync_projection_t *projection, scim_sync_type_t type, const char *text,
                     apr_size_t len, apr_pool_t *p)
{
    char *name = apr_pstrmemdup(p, text, len);
    char *open = strchr(name, '[');
    char *close = strrchr(name, ']');
    scim_sync_name_t resolved;

    if (open != NULL) {
        memmove(open, close != NULL && close > open ? close + 1 : "",
                close != NULL && close > open ? strlen(close + 1) + 1 : 1);
    }
    if (scim_sync_name_resolve(&resolved, type, name, strlen(name), p) != NULL) {
        return;
    }
    APR_ARRAY_PUSH(projection->names, scim_sync_name_t) = resolved;
    if (resolved.urn != NULL && resolved.attr != NULL && resolved.def == NULL) {
        /* The resource may know the whole text as an extension of its own. */
        APR_ARRAY_PUSH(projection->names, scim_sync_name_t) =
            (scim_sync_name_t) { .urn = scim_sync_name_text(&resolved, p) };
    }
}

/* Whether text holds a name at all. */
static int is_given(const char *text)
{
    return text != NULL && text[strspn(text, ", \t")] != '\0';
}

const scim_sync_error_t *scim_sync_projection_read(const scim_sync_projection_t **out,
                                                   scim_sync_type_t type, const char *attributes,
                                                   const char *excluded, apr_pool_t *p)
{
    const char *at = is_given(attributes) ? attributes : excluded;
    scim_sync_projection_t *projection;

    *out = NULL;
    if (is_given(attributes) && is_given(excluded)) {
        return scim_sync_error(p, 400, SCIM_SYNC_INVALID_VALUE,
                               "Give attributes or excludedAttributes, not both.");
    }
    if (!is_given(at)) {
        return NULL;
    }
    projection = apr_palloc(p, sizeof(*projection));
    projection->excludes = at == excluded;
    projection->names = apr_array_make(p, 4, sizeof(scim_sync_name_t));
    while (*at != '\0') {
        const char *end = find_end(at);

        add_name(projection, type, at, end - at, p);
        at = *end != '\0' ? end + 1 : end;
    }
    *out = projection;
    return NULL;
}

static int is_always(const char *attribute)
{
    const scim_sync_attr_t *def = scim_sync_attr_find(scim_sync_attr_common(), attribute);

    return def != NULL && def->returned == SCIM_SYNC_RETURNED_ALWAYS;
}

static int same(const char *a, const char *b)
{
    return a == NULL ? b == NULL : b != NULL && apr_cstr_casecmp(a, b) == 0;
}

/* How much of one thing the names name. */
typedef enum { NOTHING, PARTS, ALL } extent_t;

/* Of attribute attr of urn (NULL: core); attr NULL: of the extension. */
static extent_t named(const scim_sync_projection_t *projection, const char *urn, const char *attr)
{
    extent_t extent = NOTHING;
    int i;

    for (i = 0; i < projection->names->nelts; i++) {
        const scim_sync_name_t *name = &APR_ARRAY_IDX(projection->names, i, scim_sync_name_t);

        if (!same(name->urn, urn)) {
            continue;
        }
        if (name->attr == NULL || (same(name->attr, attr) && name->sub == NULL)) {
            return ALL;
        }
        if (attr == NULL || same(name->attr, attr)) {
            extent = PARTS;
        }
    }
    return extent;
}

static int names_sub(const scim_sync_projection_t *projection, const char *urn, const char *attr,
                     const char *sub)
{
    int i;

    for (i = 0; i < projection->names->nelts; i++) {
        const scim_sync_name_t *name = &APR_ARRAY_IDX(projection->names, i, scim_sync_name_t);

        if (same(name->urn, urn) && same(name->attr, attr) && same(name->sub, sub)) {
            return 1;
        }
    }
    return 0;
}

int scim_sync_projection_wants(const scim_sync_projection_t *projection, const char *attribute)
{
    if (projection == NULL || is_always(attribute)) {
        return 1;
    }
    if (projection->excludes) {
        return named(projection, NULL, attribute) != ALL;
    }
    return named(projection, NULL, attribute) != NOTHING;
}

/* Leave out sub-attributes of one complex value, or of each in a list. */
static void trim_parts(const scim_sync_projection_t *projection, json_t *value, const char *urn,
                       const char *attr)
{
    const char *key;
    json_t *part;
    void *next;
    apr_size_t i;

    for (i = 0; i < json_array_size(value); i++) {
        trim_parts(projection, json_array_get(value, i), urn, attr);
    }
    json_object_foreach_safe(value, next, key, part)
    {
        if (names_sub(projection, urn, attr, key) == projection->excludes) {
            json_object_del(value, key);
        }
    }
}

static void trim(const scim_sync_projection_t *projection, json_t *holder, const char *urn)
{
    const char *key;
    json_t *value;
    void *next;

    json_object_foreach_safe(holder, next, key, value)
    {
        int is_extension = urn == NULL && strchr(key, ':') != NULL;
        extent_t extent = is_extension ? named(projection, key, NULL) : named(projection, urn, key);

        if (urn == NULL && is_always(key)) {
            continue;
        }
        if (extent == PARTS && is_extension) {
            trim(projection, value, key);
        }
        else if (extent == PARTS) {
            trim_parts(projection, value, urn, key);
        }
        if (extent == (projection->excludes ? ALL : NOTHING) ||
            (extent == PARTS && json_is_object(value) && json_object_size(value) == 0)) {
            json_object_del(holder, key);
        }
    }
}

void scim_sync_projection_apply(const scim_sync_projection_t *projection, json_t *resource)
{
    if (projection != NULL) {
        trim(projection, resource, NULL);
    }
}
