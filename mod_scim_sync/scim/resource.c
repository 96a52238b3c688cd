/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Resources: from a request, to an answer, and what is indexed of them.
 */
#include "scim/resource.h"

#include <string.h>

#include <apr_cstr.h>
#include <apr_hash.h>
#include <apr_lib.h>
#include <apr_strings.h>

#include "base/json.h"
#include "base/secret.h"
#include "base/text.h"
#include "scim/edit.h"
#include "scim/member.h"
#include "scim/schemas.h"
#include "scim/value.h"

/*
 * Keys that are paths, in a POST or PUT: of one value each, for there is nothing stored to choose
 * from. As the defaults of the directives that hold for a PATCH.
 */
#define KEY_FILTER_MAX   8192
#define KEY_FILTER_DEPTH 32

/* The document that a body describes. */
static const scim_sync_error_t *build(scim_sync_resource_t *r, const scim_sync_edits_t *edits,
                                      const json_t *body, int max_values, apr_pool_t *p)
{
    const scim_sync_error_t *error;
    json_t *schemas;
    int i;

    error = scim_sync_schemas_read(&schemas, r->type, body, p);
    if (error != NULL) {
        return error;
    }
    r->doc = scim_sync_json_own(json_pack("{s:o}", "schemas", schemas), p);
    for (i = 0; i < edits->edits->nelts; i++) {
        error = scim_sync_edit_apply(r->doc, &APR_ARRAY_IDX(edits->edits, i, scim_sync_edit_t),
                                     max_values, p);
        if (error != NULL) {
            return error;
        }
    }
    scim_sync_schemas_complete(r->doc, r->type);
    error = scim_sync_value_check_depth(r->doc, p);
    return error != NULL ? error : scim_sync_resource_index(r, p);
}

const scim_sync_error_t *scim_sync_resource_read(scim_sync_resource_t **out, scim_sync_type_t type,
                                                 const json_t *body, int max_values, apr_pool_t *p)
{
    scim_sync_resource_t *r = apr_pcalloc(p, sizeof(*r));
    scim_sync_edits_t edits = { .type = type,
                                .limits = { KEY_FILTER_MAX, KEY_FILTER_DEPTH },
                                .p = p };
    const scim_sync_error_t *error;

    r->type = type;
    *out = r;
    if (!json_is_object(body)) {
        return scim_sync_error(p, 400, SCIM_SYNC_INVALID_SYNTAX,
                               "The body must be a JSON object that holds a %s.",
                               scim_sync_type_name(type));
    }
    edits.edits = apr_array_make(p, 16, sizeof(scim_sync_edit_t));
    error = scim_sync_edits_add_object(&edits, SCIM_SYNC_REPLACE, body);
    if (error == NULL && edits.members != NULL) {
        error = scim_sync_members_read(&r->members, edits.members, p);
    }
    return error != NULL ? error : build(r, &edits, body, max_values, p);
}

/* A control character of ASCII or of Latin-1 (Unicode's Cc), at the beginning of UTF-8 text. */
static int is_control(const unsigned char *text)
{
    return text[0] < 0x20 || text[0] == 0x7f || (text[0] == 0xc2 && text[1] < 0xa0);
}

/* A name that a person or an IdP looks something up by. */
static const scim_sync_error_t *check_name(const char *attr, const char *text, int is_required,
                                           apr_pool_t *p)
{
    const char *what = NULL;
    const char *c = text;
    int is_blank = 1;

    for (; c != NULL && *c != '\0'; c++) {
        is_blank = is_blank && apr_isspace(*c);
        if (is_control((const unsigned char *)c)) {
            what = "must not hold control characters";
        }
    }
    if (is_required && (text == NULL || is_blank)) {
        what = "is required and must not be empty";
    }
    else if (text != NULL && strlen(text) > SCIM_SYNC_NAME_MAX) {
        what = "is longer than 1024 bytes";
    }
    return what == NULL ? NULL
                        : scim_sync_error(p, 400, SCIM_SYNC_INVALID_VALUE, "%s %s.", attr, what);
}

static void push_email(apr_array_header_t *emails, apr_hash_t *seen, const char *folded)
{
    if (folded != NULL && *folded != '\0' &&
        apr_hash_get(seen, folded, APR_HASH_KEY_STRING) == NULL) {
        apr_hash_set(seen, folded, APR_HASH_KEY_STRING, folded);
        APR_ARRAY_PUSH(emails, const char *) = folded;
    }
}

/* The primary address first, then the others in their order. */
static apr_array_header_t *index_emails(const json_t *doc, const char *name, apr_pool_t *p)
{
    const json_t *told = json_object_get(doc, "emails");
    apr_array_header_t *emails = apr_array_make(p, 2, sizeof(const char *));
    apr_hash_t *seen = apr_hash_make(p);
    int primary;
    apr_size_t i;

    for (primary = 1; primary >= 0; primary--) {
        for (i = 0; i < json_array_size(told); i++) {
            const json_t *email = json_array_get(told, i);

            if (json_is_true(json_object_get(email, "primary")) == primary) {
                push_email(emails, seen, scim_sync_fold(scim_sync_json_str(email, "value"), p));
            }
        }
    }
    if (emails->nelts == 0 && scim_sync_is_email(name)) {
        push_email(emails, seen, scim_sync_fold(name, p));
    }
    return emails;
}

/* Each request is bounded, but a PATCH may add to what others have left. */
static const scim_sync_error_t *check_size(const scim_sync_resource_t *r, apr_pool_t *p)
{
    if (json_dumpb(r->doc, NULL, 0, JSON_COMPACT) <= SCIM_SYNC_DOC_MAX) {
        return NULL;
    }
    return scim_sync_error(p, 413, NULL, "The %s would hold more than %d bytes.",
                           scim_sync_type_name(r->type), SCIM_SYNC_DOC_MAX);
}

const scim_sync_error_t *scim_sync_resource_index(scim_sync_resource_t *r, apr_pool_t *p)
{
    const char *attr = r->type == SCIM_SYNC_USER ? "userName" : "displayName";
    const char *name = scim_sync_json_str(r->doc, attr);
    const char *external_id = scim_sync_json_str(r->doc, "externalId");
    const scim_sync_error_t *error = check_name(attr, name, 1, p);

    if (error == NULL) {
        error = check_name("externalId", external_id, 0, p);
    }
    if (error == NULL) {
        error = check_size(r, p);
    }
    if (error != NULL) {
        return error;
    }
    r->name = apr_pstrdup(p, name);
    r->name_key = scim_sync_fold(name, p);
    r->external_id = apr_pstrdup(p, external_id);
    r->active = !json_is_false(json_object_get(r->doc, "active"));
    if (r->type == SCIM_SYNC_USER) {
        r->emails = index_emails(r->doc, name, p);
    }
    else {
        r->emails = apr_array_make(p, 1, sizeof(const char *));
    }
    return NULL;
}

int scim_sync_resource_same(const scim_sync_resource_t *a, const scim_sync_resource_t *b)
{
    return json_equal(a->doc, b->doc);
}

/* Ids of members are whatever was told. */
static const char *location(scim_sync_type_t type, const char *id, const char *base, apr_pool_t *p)
{
    return apr_pstrcat(p, base, "/", scim_sync_type_endpoint(type), "/",
                       scim_sync_url_encode(id, p), NULL);
}

const char *scim_sync_resource_location(const scim_sync_resource_t *r, const char *base,
                                        apr_pool_t *p)
{
    return location(r->type, r->id, base, p);
}

/* A wrong URL is worse than none. */
static void render_ref(json_t *to, const scim_sync_member_t *member, const char *base,
                       apr_pool_t *p)
{
    int type;

    for (type = SCIM_SYNC_USER; member->ref != NULL && type <= SCIM_SYNC_GROUP; type++) {
        if (apr_cstr_casecmp(member->ref, scim_sync_type_name(type)) == 0) {
            scim_sync_json_put(to, "$ref", location(type, member->value, base, p));
        }
    }
}

json_t *scim_sync_member_render(const scim_sync_member_t *member, const char *base, apr_pool_t *p)
{
    json_t *to = json_object();

    scim_sync_json_put(to, "value", member->value);
    scim_sync_json_put(to, "display", member->display);
    scim_sync_json_put(to, "type", member->type);
    render_ref(to, member, base, p);
    return to;
}

static json_t *render_members(const apr_array_header_t *members, const char *base, apr_pool_t *p)
{
    json_t *list = json_array();
    int i;

    for (i = 0; i < members->nelts; i++) {
        const scim_sync_member_t *member = &APR_ARRAY_IDX(members, i, scim_sync_member_t);

        json_array_append_new(list, scim_sync_member_render(member, base, p));
    }
    return list;
}

static json_t *render_groups(const apr_array_header_t *groups, const char *base, apr_pool_t *p)
{
    json_t *list = json_array();
    int i;

    for (i = 0; i < groups->nelts; i++) {
        const scim_sync_group_t *group = &APR_ARRAY_IDX(groups, i, scim_sync_group_t);

        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s}", "value", group->id, "$ref",
                                              location(SCIM_SYNC_GROUP, group->id, base, p),
                                              "display", group->name, "type",
                                              group->direct ? "direct" : "indirect"));
    }
    return list;
}

const char *scim_sync_resource_version(const scim_sync_resource_t *r, apr_pool_t *p)
{
    const char *number = apr_psprintf(p, "%" APR_INT64_T_FMT, r->version);
    const char *groups = "";
    int i;

    if (!r->groups || r->groups->nelts == 0) {
        return apr_psprintf(p, "W/\"%s\"", number);
    }
    for (i = 0; i < r->groups->nelts; i++) {
        const scim_sync_group_t *group = &APR_ARRAY_IDX(r->groups, i, scim_sync_group_t);

        groups = scim_sync_sha256(
            apr_pstrcat(p, groups, group->direct ? "+" : "-", group->id, group->name, NULL), p);
    }
    return apr_psprintf(p, "W/\"%s-%.16s\"", number, groups);
}

static json_t *render_meta(const scim_sync_resource_t *r, const char *base, apr_pool_t *p)
{
    json_t *meta = json_object();

    scim_sync_json_put(meta, "resourceType", scim_sync_type_name(r->type));
    scim_sync_json_put(meta, "created", scim_sync_time_text(r->created, p));
    scim_sync_json_put(meta, "lastModified", scim_sync_time_text(r->modified, p));
    scim_sync_json_put(meta, "location", scim_sync_resource_location(r, base, p));
    scim_sync_json_put(meta, "version", scim_sync_resource_version(r, p));
    return meta;
}

json_t *scim_sync_resource_render(const scim_sync_resource_t *r, const char *base, apr_pool_t *p)
{
    json_t *out = scim_sync_json_own(json_object(), p);
    json_t *doc = json_deep_copy(r->doc);

    json_object_set(out, "schemas", json_object_get(doc, "schemas"));
    scim_sync_json_put(out, "id", r->id);
    json_object_update_missing(out, doc);
    json_decref(doc);
    if (r->type == SCIM_SYNC_GROUP && r->members != NULL) {
        json_object_set_new(out, "members", render_members(r->members, base, p));
    }
    if (r->type == SCIM_SYNC_USER && r->groups && r->groups->nelts > 0) {
        json_object_set_new(out, "groups", render_groups(r->groups, base, p));
    }
    json_object_set_new(out, "meta", render_meta(r, base, p));
    return out;
}
