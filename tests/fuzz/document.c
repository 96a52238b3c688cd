/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What holds for every document that was accepted, however it came about.
 */
#include "fuzz.h"

#include <string.h>

#include <apr_strings.h>

#include "base/json.h"
#include "base/text.h"
#include "scim/schema.h"
#include "scim/search.h"
#include "scim/value.h"

#define BASE "https://scim.example.com/scim/v2/demo"

static int is_kind(const scim_sync_attr_t *def, const json_t *value)
{
    switch (def->kind) {
    case SCIM_SYNC_BOOLEAN:
        return json_is_boolean(value);
    case SCIM_SYNC_INTEGER:
        return json_is_integer(value);
    case SCIM_SYNC_COMPLEX:
        return json_is_object(value) && json_object_size(value) > 0;
    default:
        return json_is_string(value) && json_string_length(value) <= SCIM_SYNC_TEXT_MAX;
    }
}

/* One value of an attribute that we know: one element, when there are many. */
static void check_value(const scim_sync_attr_t *def, const json_t *value)
{
    const char *key;
    json_t *part;

    EXPECT(is_kind(def, value), "%s holds a value of another kind", def->name);
    json_object_foreach((json_t *)value, key, part)
    {
        const scim_sync_attr_t *sub = scim_sync_attr_find(def->subs, key);

        EXPECT(sub != NULL && strcmp(sub->name, key) == 0, "%s.%s", def->name, key);
        EXPECT(sub->mutability != SCIM_SYNC_READ_ONLY, "%s.%s is readOnly", def->name, key);
        check_value(sub, part);
    }
}

static void check_list(const scim_sync_attr_t *def, const json_t *list)
{
    apr_size_t n = json_array_size(list);
    int primaries = 0;
    apr_size_t i;

    EXPECT(n > 0 && n <= FUZZ_VALUES, "%s holds %d values", def->name, (int)n);
    for (i = 0; i < n; i++) {
        const json_t *element = json_array_get(list, i);

        check_value(def, element);
        primaries += json_is_true(json_object_get(element, "primary"));
    }
    EXPECT(primaries <= 1, "%s has %d primary values", def->name, primaries);
}

static void check_attribute(const scim_sync_attr_t *attrs, const char *key, const json_t *value)
{
    const scim_sync_attr_t *def = scim_sync_attr_find(attrs, key);

    if (def == NULL) {
        EXPECT(strcmp(key, "externalId") == 0, "attribute %s", key);
        return;
    }
    EXPECT(strcmp(def->name, key) == 0, "%s is spelt %s", def->name, key);
    EXPECT(def->mutability != SCIM_SYNC_READ_ONLY && def->mutability != SCIM_SYNC_WRITE_ONLY,
           "%s is kept", key);
    EXPECT(strcmp(key, "members") != 0, "members are rows");
    if (def->multi) {
        check_list(def, value);
    }
    else {
        check_value(def, value);
    }
}

/* What stands under a URN that this type doesn't have is kept as it came. */
static void check_attributes(scim_sync_type_t type, const json_t *doc)
{
    const char *key;
    const char *inner;
    json_t *value;
    json_t *part;

    json_object_foreach((json_t *)doc, key, value)
    {
        const scim_sync_schema_t *extension = scim_sync_schema_find(key);

        if (extension != NULL && scim_sync_schema_extends(extension, type)) {
            EXPECT(strcmp(key, extension->urn) == 0, "%s is spelt %s", extension->urn, key);
            EXPECT(json_object_size(value) > 0, "%s is kept empty", key);
            json_object_foreach(value, inner, part)
            {
                check_attribute(extension->attrs, inner, part);
            }
        }
        else if (strchr(key, ':') == NULL && strcmp(key, "schemas") != 0) {
            check_attribute(scim_sync_schema_of(type)->attrs, key, value);
        }
    }
}

static void check_no_null(const json_t *value)
{
    const char *key;
    json_t *part;
    apr_size_t i;

    EXPECT(!json_is_null(value), "null is kept");
    json_object_foreach((json_t *)value, key, part)
    {
        check_no_null(part);
    }
    json_array_foreach((json_t *)value, i, part)
    {
        check_no_null(part);
    }
}

static void check_schemas(const scim_sync_resource_t *r)
{
    const json_t *schemas = json_object_get(r->doc, "schemas");
    const char *core = scim_sync_schema_of(r->type)->urn;
    int found = 0;
    json_t *urn;
    apr_size_t i;

    json_array_foreach((json_t *)schemas, i, urn)
    {
        EXPECT(json_is_string(urn), "schemas holds no text");
        found += strcmp(json_string_value(urn), core) == 0;
    }
    EXPECT(found == 1, "schemas names the core %d times", found);
}

static void check_index(const scim_sync_resource_t *r, apr_pool_t *p)
{
    int i;

    EXPECT(r->name != NULL && *r->name != '\0', "no name");
    EXPECT(strcmp(r->name_key, scim_sync_fold(r->name, p)) == 0, "%s", r->name_key);
    EXPECT(strcmp(r->name_key, scim_sync_fold(r->name_key, p)) == 0, "%s folds on", r->name_key);
    for (i = 0; i < r->emails->nelts; i++) {
        const char *email = APR_ARRAY_IDX(r->emails, i, const char *);

        EXPECT(*email != '\0', "an empty address");
        EXPECT(strcmp(email, scim_sync_fold(email, p)) == 0, "%s is not folded", email);
    }
    for (i = 0; r->members != NULL && i < r->members->nelts; i++) {
        EXPECT(*APR_ARRAY_IDX(r->members, i, scim_sync_member_t).value != '\0', "an empty member");
    }
}

/* What filters and orders look into: attributes, of these elements, of these texts. */
static void check_search(const scim_sync_resource_t *r, apr_pool_t *p)
{
    const json_t *search = scim_sync_search_make(r->type, r->doc, p);
    const char *attr;
    const char *sub;
    json_t *elements;
    json_t *element;
    json_t *value;
    apr_size_t i;

    EXPECT(json_is_object(search), "nothing to search");
    json_object_foreach((json_t *)search, attr, elements)
    {
        EXPECT(json_is_array(elements), "%s", attr);
        json_array_foreach(elements, i, element)
        {
            EXPECT(json_is_object(element), "%s[%d]", attr, (int)i);
            json_object_foreach(element, sub, value)
            {
                EXPECT(json_is_string(value), "%s[%d].%s", attr, (int)i, sub);
            }
        }
    }
}

void fuzz_expect_canonical(const scim_sync_resource_t *r, apr_pool_t *p)
{
    EXPECT(json_is_object(r->doc), "no document");
    check_attributes(r->type, r->doc);
    check_no_null(r->doc);
    check_schemas(r);
    check_index(r, p);
    check_search(r, p);
}

static int same_text(const char *a, const char *b)
{
    return a == NULL ? b == NULL : b != NULL && strcmp(a, b) == 0;
}

static void check_same_members(const apr_array_header_t *a, const apr_array_header_t *b)
{
    int i;

    EXPECT((a == NULL) == (b == NULL), "members were lost");
    EXPECT(a == NULL || a->nelts == b->nelts, "%d members became %d", a->nelts, b->nelts);
    for (i = 0; a != NULL && i < a->nelts; i++) {
        const scim_sync_member_t *one = &APR_ARRAY_IDX(a, i, scim_sync_member_t);
        const scim_sync_member_t *other = &APR_ARRAY_IDX(b, i, scim_sync_member_t);

        EXPECT(same_text(one->value, other->value) && same_text(one->display, other->display) &&
                   same_text(one->type, other->type) && same_text(one->ref, other->ref),
               "member %s became %s", one->value, other->value);
    }
}

/* As a client that reads a resource and PUTs it as it is. */
void fuzz_expect_echo(const scim_sync_resource_t *r, apr_pool_t *p)
{
    scim_sync_resource_t given = *r;
    scim_sync_resource_t *back;
    const scim_sync_error_t *error;
    const char *text;
    const char *why = "";
    json_t *body;
    apr_size_t len;

    given.id = "demo-id";
    text = scim_sync_json_text(scim_sync_resource_render(&given, BASE, p), &len, p);
    EXPECT(text != NULL, "no answer can be made");
    EXPECT(scim_sync_json_parse(&body, text, len, FUZZ_DEPTH + 1, &why, p) == APR_SUCCESS,
           "%s in our own %s", why, text);
    error = scim_sync_resource_read(&back, r->type, body, FUZZ_VALUES, p);
    EXPECT(error == NULL, "our own %s is refused: %s", text, error->detail);
    EXPECT(scim_sync_resource_same(r, back), "%s became %s", text,
           scim_sync_json_text(back->doc, NULL, p));
    check_same_members(r->members, back->members);
    EXPECT(same_text(r->name_key, back->name_key) && r->active == back->active, "%s", text);
}
