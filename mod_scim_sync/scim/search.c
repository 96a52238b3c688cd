/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The searchable form of a document.
 */
#include "scim/search.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "base/json.h"
#include "base/text.h"

#define SIGN (APR_UINT64_C(1) << 63)

static int is_plain(char c)
{
    return apr_isalnum(c) || (c != '\0' && strchr("-_:/", c) != NULL);
}

/* text as a key, or as a part of one that is not its beginning. */
static const char *encode(const char *text, int is_beginning, apr_pool_t *p)
{
    static const char hex[] = "0123456789abcdef";
    char *encoded = apr_palloc(p, 3 * strlen(text) + 1);
    char *to = encoded;

    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;

        if (is_plain(*text) && !(is_beginning && to == encoded && apr_isdigit(c))) {
            *to++ = (char)apr_tolower(c);
        }
        else {
            *to++ = '~';
            *to++ = hex[c >> 4];
            *to++ = hex[c & 15];
        }
    }
    *to = '\0';
    return encoded;
}

const char *scim_sync_search_key(const char *urn, const char *attr, apr_pool_t *p)
{
    if (urn == NULL) {
        return encode(attr, 1, p);
    }
    return apr_pstrcat(p, encode(urn, 1, p), ":", encode(attr, 0, p), NULL);
}

const char *scim_sync_search_sub(const char *sub, scim_sync_search_kind_t kind, apr_pool_t *p)
{
    /* None of them is a hexadecimal digit, so that no name can look like this. */
    static const char *const endings[] = { "", "~n", "~o" };

    return apr_pstrcat(p, encode(sub, 1, p), endings[kind], NULL);
}

/* The bits of doubles sort as the numbers do, but for the sign, and for the order below zero. */
const char *scim_sync_search_number(double number, apr_pool_t *p)
{
    double positive_zero = number + 0.0;
    apr_uint64_t bits;

    memcpy(&bits, &positive_zero, sizeof(bits));
    bits = bits & SIGN ? ~bits : bits | SIGN;
    return apr_psprintf(p, "%016" APR_UINT64_T_HEX_FMT, bits);
}

static void put_text(json_t *element, const char *sub, const scim_sync_attr_t *def,
                     const char *text, apr_pool_t *p)
{
    scim_sync_json_put(element, scim_sync_search_sub(sub, SCIM_SYNC_SEARCH_TEXT, p),
                       def != NULL && def->case_exact ? text : scim_sync_fold(text, p));
}

static void put_value(json_t *element, const char *sub, const scim_sync_attr_t *def,
                      const json_t *value, apr_pool_t *p)
{
    if (json_is_string(value)) {
        put_text(element, sub, def, json_string_value(value), p);
    }
    else if (json_is_boolean(value)) {
        put_text(element, sub, NULL, json_is_true(value) ? "true" : "false", p);
    }
    else if (json_is_number(value)) {
        scim_sync_json_put(element, scim_sync_search_sub(sub, SCIM_SYNC_SEARCH_NUMBER, p),
                           scim_sync_search_number(json_number_value(value), p));
    }
    else if (json_object_size(value) + json_array_size(value) > 0) {
        scim_sync_json_put(element, scim_sync_search_sub(sub, SCIM_SYNC_SEARCH_OTHER, p), "1");
    }
}

static json_t *make_element(const scim_sync_attr_t *def, const json_t *value, apr_pool_t *p)
{
    json_t *element = json_object();
    const char *key;
    json_t *part;

    if (!json_is_object(value)) {
        put_value(element, "value", def, value, p);
        return element;
    }
    json_object_foreach((json_t *)value, key, part)
    {
        put_value(element, key, scim_sync_attr_find(def != NULL ? def->subs : NULL, key), part, p);
    }
    return element;
}

/* Behind what is there already: names of attributes that we don't know can differ in case only. */
static void add_attribute(json_t *search, const char *key, const scim_sync_attr_t *def,
                          const json_t *value, apr_pool_t *p)
{
    apr_size_t n = json_is_array(value) ? json_array_size(value) : 1;
    json_t *elements = json_object_get(search, key);
    apr_size_t i;

    if (elements == NULL) {
        elements = json_array();
        json_object_set_new(search, key, elements);
    }
    for (i = 0; i < n; i++) {
        const json_t *one = json_is_array(value) ? json_array_get(value, i) : value;
        json_t *element = make_element(def, one, p);

        if (json_is_true(json_object_get(one, "primary"))) {
            json_array_insert_new(elements, 0, element);
        }
        else {
            json_array_append_new(elements, element);
        }
    }
}

static void add_extension(json_t *search, const char *urn, const json_t *object, apr_pool_t *p)
{
    const scim_sync_schema_t *schema = scim_sync_schema_find(urn);
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)object, key, value)
    {
        add_attribute(search, scim_sync_search_key(urn, key, p),
                      scim_sync_attr_find(schema != NULL ? schema->attrs : NULL, key), value, p);
    }
}

json_t *scim_sync_search_make(scim_sync_type_t type, const json_t *doc, apr_pool_t *p)
{
    const scim_sync_attr_t *attrs = scim_sync_schema_of(type)->attrs;
    json_t *search = scim_sync_json_own(json_object(), p);
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)doc, key, value)
    {
        const scim_sync_attr_t *def = scim_sync_attr_find(attrs, key);

        if (strchr(key, ':') != NULL) {
            add_extension(search, key, value, p);
        }
        else {
            add_attribute(search, scim_sync_search_key(NULL, key, p),
                          def != NULL ? def : scim_sync_attr_find(scim_sync_attr_common(), key),
                          value, p);
        }
    }
    return search;
}
