/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From words to a listing. A SearchRequest is made into what the query of a GET is, so that both
 * are read by the same lines.
 */
#include "scim/listing.h"

#include <errno.h>
#include <string.h>

#include <apr_cstr.h>
#include <apr_strings.h>

#include "base/json.h"
#include "base/secret.h"
#include "base/text.h"
#include "scim/schemas.h"

/* Bytes of attributes or excludedAttributes: as many as httpd takes in the line of a GET. */
#define NAMES_MAX 8192

/* Of the digest, which need not withstand anybody: a client can only mislead itself. */
#define DIGEST_LENGTH 16

typedef struct {
    const apr_table_t *query;
    const scim_sync_listing_limits_t *limits;
    int is_any; /* at the root */
    scim_sync_listing_t *listing;
    apr_pool_t *p;
} reader_t;

/* A parameter, NULL when it is absent or empty. */
static const char *given(const reader_t *rd, const char *name)
{
    const char *text = apr_table_get(rd->query, name);

    return text != NULL && *text != '\0' ? text : NULL;
}

/* ---- of one type ---- */

static const scim_sync_error_t *read_filter(scim_sync_part_t *part, const reader_t *rd)
{
    const char *text = given(rd, "filter");

    if (text == NULL) {
        return NULL;
    }
    return rd->is_any
               ? scim_sync_filter_parse_any(&part->filter, part->type, text, rd->limits->filter,
                                            rd->limits->filter_depth, rd->p)
               : scim_sync_filter_parse(&part->filter, part->type, text, rd->limits->filter,
                                        rd->limits->filter_depth, rd->p);
}

static int is_known(const scim_sync_name_t *name)
{
    return name->attr != NULL && name->def != NULL;
}

/* Whether a type without the attribute has to be sorted with one that has it. */
static int is_strange(const reader_t *rd, scim_sync_type_t type, const char *text)
{
    scim_sync_type_t other = type == SCIM_SYNC_USER ? SCIM_SYNC_GROUP : SCIM_SYNC_USER;
    scim_sync_name_t name;

    return rd->is_any && scim_sync_name_resolve(&name, other, text, strlen(text), rd->p) == NULL &&
           is_known(&name);
}

static const scim_sync_error_t *cannot_sort(const char *why, apr_pool_t *p)
{
    return scim_sync_error(p, 400, SCIM_SYNC_INVALID_PATH, "The list can't be sorted: %s", why);
}

static const scim_sync_error_t *read_sort(scim_sync_part_t *part, const reader_t *rd)
{
    const char *text = given(rd, "sortBy");
    scim_sync_name_t *name = apr_palloc(rd->p, sizeof(*name));
    const scim_sync_error_t *error;

    if (text == NULL) {
        return NULL;
    }
    error = scim_sync_name_resolve(name, part->type, text, strlen(text), rd->p);
    if (error != NULL) {
        return is_strange(rd, part->type, text) ? NULL : cannot_sort(error->detail, rd->p);
    }
    if (name->def != NULL && name->def->kind == SCIM_SYNC_COMPLEX && name->sub == NULL) {
        name->sub_def = scim_sync_attr_find(name->def->subs, "value");
        name->sub = name->sub_def != NULL ? name->sub_def->name : NULL;
    }
    if (name->attr == NULL ||
        (name->def != NULL && name->def->kind == SCIM_SYNC_COMPLEX && name->sub == NULL)) {
        return cannot_sort("name a sub-attribute, as in name.familyName.", rd->p);
    }
    part->sort_by = name;
    return NULL;
}

static const scim_sync_error_t *read_projection(scim_sync_part_t *part, const reader_t *rd)
{
    const char *attributes = given(rd, "attributes");
    const char *excluded = given(rd, "excludedAttributes");

    if ((attributes != NULL && strlen(attributes) > NAMES_MAX) ||
        (excluded != NULL && strlen(excluded) > NAMES_MAX)) {
        return scim_sync_error(rd->p, 400, SCIM_SYNC_INVALID_VALUE,
                               "attributes and excludedAttributes may have %d bytes.", NAMES_MAX);
    }
    return scim_sync_projection_read(&part->projection, part->type, attributes, excluded, rd->p);
}

static const scim_sync_error_t *read_part(scim_sync_type_t type, const reader_t *rd)
{
    scim_sync_listing_t *listing = rd->listing;
    scim_sync_part_t part = { .type = type };
    const scim_sync_error_t *error;

    if ((error = read_filter(&part, rd)) != NULL || (error = read_sort(&part, rd)) != NULL ||
        (error = read_projection(&part, rd)) != NULL) {
        return error;
    }
    /* One must remain, to say that there is nothing. */
    if (!rd->is_any || part.filter == NULL || !scim_sync_filter_is_empty(part.filter) ||
        (type == SCIM_SYNC_GROUP && listing->count_parts == 0)) {
        listing->parts[listing->count_parts++] = part;
    }
    return NULL;
}

static const scim_sync_error_t *read_parts(const scim_sync_type_t *type, const reader_t *rd)
{
    const scim_sync_error_t *error;

    if (type != NULL) {
        return read_part(*type, rd);
    }
    error = read_part(SCIM_SYNC_USER, rd);
    return error != NULL ? error : read_part(SCIM_SYNC_GROUP, rd);
}

/* ---- of all ---- */

static const scim_sync_error_t *read_number(apr_int64_t *number, const char *name,
                                            apr_int64_t otherwise, const char *scim_type,
                                            const reader_t *rd)
{
    const char *text = given(rd, name);
    char *end;

    *number = otherwise;
    if (text == NULL) {
        return NULL;
    }
    errno = 0;
    *number = apr_strtoi64(text, &end, 10);
    if (end == text || *end != '\0' || errno != 0) {
        return scim_sync_error(rd->p, 400, scim_type, "%s must be a whole number.", name);
    }
    return NULL;
}

/* Out of range is brought into range (RFC 7644 section 3.4.2.4). */
static const scim_sync_error_t *read_page(const reader_t *rd)
{
    scim_sync_listing_t *listing = rd->listing;
    apr_int64_t most = rd->limits->page_size;
    const scim_sync_error_t *error;

    listing->by_cursor = apr_table_get(rd->query, "cursor") != NULL;
    if (listing->by_cursor && given(rd, "startIndex") != NULL) {
        return scim_sync_error(rd->p, 400, SCIM_SYNC_INVALID_VALUE,
                               "Give startIndex or cursor, not both: each asks for another way of "
                               "paging.");
    }
    if ((error = read_number(&listing->start, "startIndex", 1, SCIM_SYNC_INVALID_VALUE, rd)) ||
        (error = read_number(&listing->count, "count", most,
                             listing->by_cursor ? SCIM_SYNC_INVALID_COUNT : SCIM_SYNC_INVALID_VALUE,
                             rd))) {
        return error;
    }
    listing->asked = given(rd, "count") != NULL ? listing->count : 0;
    listing->start = listing->start < 1 ? 1 : listing->start;
    listing->count = listing->count < 0 ? 0 : listing->count > most ? most : listing->count;
    return NULL;
}

static const scim_sync_error_t *read_order(const reader_t *rd)
{
    const char *text = given(rd, "sortOrder");
    int descends = text != NULL && apr_cstr_casecmp(text, "descending") == 0;

    if (text != NULL && !descends && apr_cstr_casecmp(text, "ascending") != 0) {
        return scim_sync_error(rd->p, 400, SCIM_SYNC_INVALID_VALUE,
                               "sortOrder is ascending or descending.");
    }
    rd->listing->descending = descends && given(rd, "sortBy") != NULL;
    return NULL;
}

/* What makes it this list, however its words are spelt. */
static const char *digest_of(const scim_sync_listing_t *listing, apr_pool_t *p)
{
    const char *text = listing->descending ? "descending" : "ascending";
    int i;

    for (i = 0; i < listing->count_parts; i++) {
        const scim_sync_part_t *part = &listing->parts[i];

        text =
            apr_pstrcat(p, text, "\n", scim_sync_type_name(part->type), "\n",
                        part->sort_by != NULL ? scim_sync_name_text(part->sort_by, p) : "", "\n",
                        part->filter != NULL ? scim_sync_filter_print(part->filter, p) : "", NULL);
    }
    return apr_pstrndup(p, scim_sync_sha256(text, p), DIGEST_LENGTH);
}

static const scim_sync_error_t *read_cursor(const reader_t *rd)
{
    scim_sync_listing_t *listing = rd->listing;
    const char *cursor = given(rd, "cursor");

    return cursor != NULL ? scim_sync_cursor_read(&listing->after, cursor, listing->digest,
                                                  listing->asked, scim_sync_now(), rd->p)
                          : NULL;
}

const scim_sync_error_t *scim_sync_listing_of_query(const scim_sync_listing_t **out,
                                                    const scim_sync_type_t *type,
                                                    const apr_table_t *query,
                                                    const scim_sync_listing_limits_t *limits,
                                                    apr_pool_t *p)
{
    scim_sync_listing_t *listing = apr_pcalloc(p, sizeof(*listing));
    reader_t rd = {
        .query = query, .limits = limits, .is_any = type == NULL, .listing = listing, .p = p
    };
    const scim_sync_error_t *error;

    *out = NULL;
    listing->max_looks = limits->filter_looks;
    if ((error = read_page(&rd)) != NULL || (error = read_order(&rd)) != NULL ||
        (error = read_parts(type, &rd)) != NULL) {
        return error;
    }
    listing->digest = digest_of(listing, p);
    if ((error = read_cursor(&rd)) == NULL) {
        *out = listing;
    }
    return error;
}

/* ---- of a SearchRequest ---- */

typedef enum { TEXT, NUMBER, NAMES } form_t;

static const struct {
    const char *name;
    form_t form;
    const char *must;
} words[] = {
    { "filter", TEXT, "a text" },
    { "sortBy", TEXT, "a text" },
    { "sortOrder", TEXT, "a text" },
    { "cursor", TEXT, "a text" },
    { "startIndex", NUMBER, "a whole number" },
    { "count", NUMBER, "a whole number" },
    { "attributes", NAMES, "a list of texts" },
    { "excludedAttributes", NAMES, "a list of texts" },
};

/* A list of names as a query has it; NULL when an element is no text. */
static const char *join_names(const json_t *list, apr_pool_t *p)
{
    apr_array_header_t *names =
        apr_array_make(p, (int)json_array_size(list) + 1, sizeof(const char *));
    apr_size_t i;

    for (i = 0; i < json_array_size(list); i++) {
        const char *name = json_string_value(json_array_get(list, i));

        if (name == NULL) {
            return NULL;
        }
        APR_ARRAY_PUSH(names, const char *) = name;
    }
    return apr_array_pstrcat(p, names, ',');
}

/* A value as a query has it; NULL when it is none of this form. */
static const char *as_text(const json_t *value, form_t form, apr_pool_t *p)
{
    if (json_is_string(value)) {
        return json_string_value(value);
    }
    if (form == NUMBER && json_is_integer(value)) {
        return apr_psprintf(p, "%" APR_INT64_T_FMT, (apr_int64_t)json_integer_value(value));
    }
    return form == NAMES && json_is_array(value) ? join_names(value, p) : NULL;
}

const scim_sync_error_t *scim_sync_listing_of_search(const scim_sync_listing_t **out,
                                                     const scim_sync_type_t *type,
                                                     const json_t *body,
                                                     const scim_sync_listing_limits_t *limits,
                                                     apr_pool_t *p)
{
    apr_table_t *query = apr_table_make(p, 8);
    apr_size_t i;

    *out = NULL;
    if (!json_is_object(body) || !scim_sync_schemas_allow(body, SCIM_SYNC_SEARCH_URN)) {
        return scim_sync_error(p, 400, SCIM_SYNC_INVALID_SYNTAX,
                               "The body must be an object whose schemas name " SCIM_SYNC_SEARCH_URN
                               ".");
    }
    for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        const json_t *value = scim_sync_json_get_ci(body, words[i].name, NULL);
        const char *text;

        if (value == NULL || json_is_null(value)) {
            continue;
        }
        text = as_text(value, words[i].form, p);
        if (text == NULL) {
            return scim_sync_error(p, 400, SCIM_SYNC_INVALID_VALUE, "%s must be %s.", words[i].name,
                                   words[i].must);
        }
        apr_table_setn(query, words[i].name, text);
    }
    return scim_sync_listing_of_query(out, type, query, limits, p);
}
