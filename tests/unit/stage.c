/* SPDX-License-Identifier: Apache-2.0 */
#include "stage.h"

#include <apr_strings.h>

#include "base/json.h"
#include "store/stage_choice.h"

static const scim_sync_resource_t *resource(scim_sync_type_t type, json_t *body, apr_pool_t *p)
{
    const scim_sync_error_t *error;
    scim_sync_resource_t *r;

    error = scim_sync_resource_read(&r, type, scim_sync_json_own(body, p), 100, p);
    if (error != NULL) {
        fail_msg("%s", error->detail);
    }
    return r;
}

void stage_begin(const database_t *database)
{
    OK(scim_sync_stage_clear(database->db, "google", database->pool));
}

static int put(const database_t *database, scim_sync_type_t type,
               const scim_sync_stage_entry_t *entry, apr_pool_t *p)
{
    apr_array_header_t *page = apr_array_make(p, 1, sizeof(*entry));
    int fresh;

    APR_ARRAY_PUSH(page, scim_sync_stage_entry_t) = *entry;
    OK(scim_sync_stage_put(database->db, "google", type, page, &fresh, p));
    apr_pool_destroy(p);
    return fresh;
}

scim_sync_stage_entry_t stage_make_user(const char *id, const char *email, int active,
                                        apr_pool_t *p)
{
    json_t *body =
        json_pack("{s:s, s:s, s:b}", "userName", email, "externalId", id, "active", active);

    return (scim_sync_stage_entry_t) { .id = id,
                                       .name = email,
                                       .r = resource(SCIM_SYNC_USER, body, p) };
}

int stage_user(const database_t *database, const char *id, const char *email, int active)
{
    scim_sync_stage_entry_t entry;
    apr_pool_t *p;

    apr_pool_create(&p, database->pool);
    entry = stage_make_user(id, email, active, p);
    return put(database, SCIM_SYNC_USER, &entry, p);
}

int stage_group(const database_t *database, const char *id, const char *name, const char *email)
{
    scim_sync_stage_entry_t entry = { .id = id, .name = email };
    apr_pool_t *p;

    apr_pool_create(&p, database->pool);
    entry.r = resource(SCIM_SYNC_GROUP,
                       json_pack("{s:s, s:s}", "displayName", name, "externalId", id), p);
    entry.otherwise = resource(SCIM_SYNC_GROUP,
                               json_pack("{s:o, s:s}", "displayName",
                                         json_sprintf("%s (%s)", name, email), "externalId", id),
                               p);
    return put(database, SCIM_SYNC_GROUP, &entry, p);
}

int stage_fault(const database_t *database, const char *id, const char *fault)
{
    scim_sync_stage_entry_t entry = { .id = id, .fault = fault };
    apr_pool_t *p;

    apr_pool_create(&p, database->pool);
    return put(database, SCIM_SYNC_USER, &entry, p);
}

int stage_member(const database_t *database, const char *group, const char *id,
                 scim_sync_stage_kind_t kind)
{
    apr_array_header_t *page;
    apr_pool_t *p;
    int fresh;

    apr_pool_create(&p, database->pool);
    page = apr_array_make(p, 1, sizeof(scim_sync_stage_member_t));
    APR_ARRAY_PUSH(page, scim_sync_stage_member_t) =
        (scim_sync_stage_member_t) { .id = id, .kind = kind };
    OK(scim_sync_stage_put_members(database->db, "google", group, page, &fresh, p));
    apr_pool_destroy(p);
    return fresh;
}

static const char *numbers(const scim_sync_stage_count_t *count, apr_pool_t *p)
{
    return apr_psprintf(p, "%d %d %d %d %d", (int)count->fresh, (int)count->changed,
                        (int)count->gone, (int)count->same, (int)count->faulty);
}

const char *stage_counts(const database_t *database, int everybody)
{
    apr_pool_t *p = database->pool;
    scim_sync_stage_counts_t counts;
    const scim_sync_stage_choosing_t how = { .everybody = everybody };

    OK(scim_sync_stage_choose(database->db, "google", &how, p));
    OK(scim_sync_stage_settle(database->db, "google", p));
    OK(scim_sync_stage_compare(database->db, &counts, "google", p));
    return apr_pstrcat(p, "users ", numbers(&counts.users, p), ", groups ",
                       numbers(&counts.groups, p), ", members ", numbers(&counts.members, p), NULL);
}

int stage_tell_page(const database_t *database, scim_sync_stage_place_t *place)
{
    apr_pool_t *p;
    int over;

    apr_pool_create(&p, database->pool);
    OK(scim_sync_stage_tell(database->db, "google", place, &over, p));
    apr_pool_destroy(p);
    return !over;
}

void stage_tell(const database_t *database)
{
    scim_sync_stage_place_t place = { .step = 0 };

    OK(scim_sync_db_begin(database->db, database->pool));
    while (stage_tell_page(database, &place)) {
        continue;
    }
    OK(scim_sync_db_commit(database->db, database->pool));
}

const char *stage_faults(const database_t *database)
{
    apr_pool_t *p = database->pool;
    apr_array_header_t *faults;
    const char *text = "";

    OK(scim_sync_stage_faults(database->db, &faults, "google", 100, p));
    for (int i = 0; i < faults->nelts; i++) {
        const scim_sync_stage_fault_t *fault = &APR_ARRAY_IDX(faults, i, scim_sync_stage_fault_t);

        text = apr_pstrcat(p, text, i > 0 ? " " : "", fault->id, ": ", fault->fault, ";", NULL);
    }
    return text;
}
