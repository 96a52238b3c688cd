/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/pull_entry.h"

#include <string.h>

#include <apr_strings.h>

#include "base/json.h"

/* Values of an attribute; there is one address. */
#define MAX_VALUES 10

/* NULL, and why in *fault, when it can't be told. */
static const scim_sync_resource_t *read_body(scim_sync_type_t type, json_t *body,
                                             const char **fault, apr_pool_t *p)
{
    const scim_sync_error_t *error;
    scim_sync_resource_t *r = NULL;

    error = scim_sync_resource_read(&r, type, scim_sync_json_own(body, p), MAX_VALUES, p);
    if (error) {
        *fault = error->detail;
        return NULL;
    }
    return r;
}

static json_t *user_body(const scim_sync_google_user_t *user)
{
    json_t *body = json_object();
    json_t *name = json_object();

    scim_sync_json_put(body, "userName", user->email);
    scim_sync_json_put(body, "externalId", user->id);
    scim_sync_json_put(name, "formatted", user->full_name);
    scim_sync_json_put(name, "familyName", user->family_name);
    scim_sync_json_put(name, "givenName", user->given_name);
    if (json_object_size(name) > 0) {
        json_object_set(body, "name", name);
    }
    json_decref(name);
    scim_sync_json_put(body, "displayName", user->full_name);
    json_object_set_new(body, "active", json_boolean(!user->suspended && !user->archived));
    json_object_set_new(body, "emails",
                        json_pack("[{s:s, s:s, s:b}]", "value", user->email, "type", "work",
                                  "primary", 1));
    return body;
}

static scim_sync_stage_entry_t user_entry(const scim_sync_google_user_t *user, const char *fault,
                                          apr_pool_t *p)
{
    scim_sync_stage_entry_t entry = { .id = user->id, .name = user->email };

    entry.fault = user->fault ? user->fault : fault;
    if (!entry.fault) {
        entry.r = read_body(SCIM_SYNC_USER, user_body(user), &entry.fault, p);
    }
    return entry;
}

apr_array_header_t *scim_sync_pull_user_entries(const scim_sync_google_page_t *page,
                                                const scim_sync_choice_t *choice,
                                                apr_array_header_t *others, apr_pool_t *p)
{
    apr_array_header_t *entries =
        apr_array_make(p, page->entries->nelts + 1, sizeof(scim_sync_stage_entry_t));
    int i;

    for (i = 0; i < page->entries->nelts; i++) {
        const scim_sync_google_user_t *user =
            &APR_ARRAY_IDX(page->entries, i, scim_sync_google_user_t);
        const char *fault = NULL;

        if (scim_sync_choice_user(choice, user->org_unit, &fault, p) == SCIM_SYNC_CHOSEN_NO) {
            APR_ARRAY_PUSH(others, const char *) = user->id;
        }
        else {
            APR_ARRAY_PUSH(entries, scim_sync_stage_entry_t) = user_entry(user, fault, p);
        }
    }
    return entries;
}

static const scim_sync_resource_t *group_of(const char *id, const char *name, const char **fault,
                                            apr_pool_t *p)
{
    json_t *body = json_object();

    scim_sync_json_put(body, "displayName", name);
    scim_sync_json_put(body, "externalId", id);
    return read_body(SCIM_SYNC_GROUP, body, fault, p);
}

static scim_sync_stage_entry_t group_entry(const scim_sync_google_group_t *group, const char *fault,
                                           apr_pool_t *p)
{
    scim_sync_stage_entry_t entry = {
        .id = group->id, .name = group->email, .fault = fault, .members = group->direct_members
    };
    const char *ignored;

    if (!fault && !group->name) {
        entry.fault = "this group has no name";
    }
    if (!entry.fault) {
        entry.r = group_of(group->id, group->name, &entry.fault, p);
    }
    if (entry.r && group->email && strcmp(group->name, group->email)) {
        entry.otherwise =
            group_of(group->id, apr_pstrcat(p, group->name, " (", group->email, ")", NULL),
                     &ignored, p);
    }
    return entry;
}

apr_array_header_t *scim_sync_pull_group_entries(const scim_sync_google_page_t *page,
                                                 const scim_sync_choice_t *choice,
                                                 apr_array_header_t *others, apr_pool_t *p)
{
    apr_array_header_t *entries =
        apr_array_make(p, page->entries->nelts + 1, sizeof(scim_sync_stage_entry_t));
    int i;

    for (i = 0; i < page->entries->nelts; i++) {
        const scim_sync_google_group_t *group =
            &APR_ARRAY_IDX(page->entries, i, scim_sync_google_group_t);
        const char *fault = NULL;

        if (scim_sync_choice_group(choice, group->email, &fault, p) == SCIM_SYNC_CHOSEN_NO) {
            APR_ARRAY_PUSH(others, const char *) = group->id;
        }
        else {
            APR_ARRAY_PUSH(entries, scim_sync_stage_entry_t) = group_entry(group, fault, p);
        }
    }
    return entries;
}

apr_array_header_t *scim_sync_pull_member_entries(const scim_sync_google_page_t *page,
                                                  apr_pool_t *p)
{
    static const scim_sync_stage_kind_t kinds[] = {
        [SCIM_SYNC_GOOGLE_MEMBER_USER] = SCIM_SYNC_STAGE_USER,
        [SCIM_SYNC_GOOGLE_MEMBER_GROUP] = SCIM_SYNC_STAGE_GROUP,
        [SCIM_SYNC_GOOGLE_MEMBER_CUSTOMER] = SCIM_SYNC_STAGE_EVERYBODY,
        [SCIM_SYNC_GOOGLE_MEMBER_OTHER] = SCIM_SYNC_STAGE_OTHER
    };
    apr_array_header_t *entries =
        apr_array_make(p, page->entries->nelts + 1, sizeof(scim_sync_stage_member_t));
    int i;

    for (i = 0; i < page->entries->nelts; i++) {
        const scim_sync_google_member_t *member =
            &APR_ARRAY_IDX(page->entries, i, scim_sync_google_member_t);

        APR_ARRAY_PUSH(entries, scim_sync_stage_member_t) =
            (scim_sync_stage_member_t) { .id = member->id, .kind = kinds[member->type] };
    }
    return entries;
}
