/* SPDX-License-Identifier: Apache-2.0 */
#include "store/news.h"

#include <string.h>

#include <apr_strings.h>

#include "base/json.h"
#include "base/text.h"
#include "store/event.h"
#include "store/lease.h"
#include "store/resource.h"
#include "store/task.h"

/* Members that an event names, of those added and of those removed. */
#define MEMBERS_SHOWN 20

static const char *kind_of(const scim_sync_news_t *news)
{
    return news->r->type == SCIM_SYNC_USER ? SCIM_SYNC_TASK_USER : SCIM_SYNC_TASK_GROUP;
}

static const char *email_of(const scim_sync_resource_t *r)
{
    return r->emails && r->emails->nelts > 0 ? APR_ARRAY_IDX(r->emails, 0, const char *) : NULL;
}

/* What an event shows of a resource, before and after: who it is for people, and for Jira. */
static const json_t *summary(const scim_sync_resource_t *r, apr_pool_t *p)
{
    json_t *shown = json_object();

    if (r->type == SCIM_SYNC_USER) {
        scim_sync_json_put(shown, "userName", r->name);
        scim_sync_json_put(shown, "email", email_of(r));
        json_object_set_new(shown, "active", json_boolean(r->active));
    }
    scim_sync_json_put(shown, "displayName", scim_sync_json_str(r->doc, "displayName"));
    return scim_sync_json_own(shown, p);
}

static const char *list_members(const scim_sync_news_t *news, apr_pool_t *p)
{
    json_t *members = json_object();
    const apr_array_header_t *lists[] = { news->added, news->removed };
    static const char *const names[] = { "added", "removed" };
    int n;
    int i;

    for (n = 0; n < 2; n++) {
        json_t *list = json_array();

        for (i = 0; i < lists[n]->nelts && i < MEMBERS_SHOWN; i++) {
            json_array_append_new(list, json_string(APR_ARRAY_IDX(lists[n], i, const char *)));
        }
        json_object_set_new(members, names[n], list);
    }
    return scim_sync_json_text(scim_sync_json_own(json_pack("{s:o}", "members", members), p), NULL,
                               p);
}

static scim_sync_event_t event_of(const scim_sync_news_t *news, const char *what, apr_pool_t *p)
{
    const scim_sync_resource_t *r = news->r;

    return (scim_sync_event_t) {
        .kind = apr_pstrcat(p, kind_of(news), ".", what, NULL),
        .actor = apr_pstrcat(p, "idp:", news->idp, NULL),
        .idp = news->idp,
        .subject = r->id,
        .name = r->name,
        .about = kind_of(news),
        .email = email_of(r),
    };
}

static apr_status_t add_event(scim_sync_db_t *db, const scim_sync_news_t *news, const char *what,
                              const char *detail, const char *change, apr_pool_t *p)
{
    scim_sync_event_t event = event_of(news, what, p);

    event.detail = detail;
    event.change = change;
    return scim_sync_event_add(db, &event, p);
}

static apr_status_t add_task(scim_sync_db_t *db, const scim_sync_news_t *news, apr_pool_t *p)
{
    return scim_sync_task_add(db, news->idp, kind_of(news), news->r->id, p);
}

static apr_status_t add_member_tasks(scim_sync_db_t *db, const scim_sync_news_t *news,
                                     const apr_array_header_t *values, apr_pool_t *p)
{
    apr_status_t rv = APR_SUCCESS;
    int i;

    for (i = 0; rv == APR_SUCCESS && i < values->nelts; i++) {
        rv = scim_sync_task_add_member(db, news->idp, APR_ARRAY_IDX(values, i, const char *), p);
    }
    return rv;
}

/* What a group's own task was parked for may be somebody who is in it no more. */
static apr_status_t unblock(scim_sync_db_t *db, const scim_sync_news_t *news, apr_pool_t *p)
{
    return news->removed->nelts > 0 ? scim_sync_task_unpark(db, kind_of(news), news->r->id, p)
                                    : APR_SUCCESS;
}

/* What a change of the document means, for people. */
static const char *what_happened(const scim_sync_news_t *news)
{
    const scim_sync_resource_t *r = news->r;

    if (r->type == SCIM_SYNC_USER && r->active != news->was_active) {
        return r->active ? "activated" : "deactivated";
    }
    return strcmp(r->name, news->old_name) ? "renamed" : "changed";
}

void scim_sync_news_begin(scim_sync_news_t *news, const char *idp, scim_sync_resource_t *r,
                          apr_pool_t *p)
{
    *news = (scim_sync_news_t) { .idp = idp,
                                 .r = r,
                                 .added = apr_array_make(p, 4, sizeof(const char *)),
                                 .removed = apr_array_make(p, 4, sizeof(const char *)) };
    if (r) {
        news->was_active = r->active;
        news->old_name = r->name;
        news->before = summary(r, p);
    }
}

apr_status_t scim_sync_news_created(scim_sync_db_t *db, const scim_sync_news_t *news, apr_pool_t *p)
{
    apr_status_t rv = add_task(db, news, p);

    return rv == APR_SUCCESS ? add_event(db, news, "created", NULL, NULL, p) : rv;
}

apr_status_t scim_sync_news_created_each(scim_sync_db_t *db, const char *idp,
                                         const apr_array_header_t *resources, apr_pool_t *p)
{
    apr_array_header_t *ids = apr_array_make(p, resources->nelts, sizeof(const char *));
    apr_array_header_t *events = apr_array_make(p, resources->nelts, sizeof(void *));
    scim_sync_news_t news = { .idp = idp };
    apr_status_t rv;
    int i;

    for (i = 0; i < resources->nelts; i++) {
        scim_sync_event_t event;

        news.r = APR_ARRAY_IDX(resources, i, scim_sync_resource_t *);
        event = event_of(&news, "created", p);
        APR_ARRAY_PUSH(ids, const char *) = news.r->id;
        APR_ARRAY_PUSH(events, scim_sync_event_t *) = apr_pmemdup(p, &event, sizeof(event));
    }
    rv = scim_sync_task_add_each(db, idp, kind_of(&news), ids, p);
    return rv == APR_SUCCESS ? scim_sync_event_add_each(db, events, p) : rv;
}

static apr_status_t tell_members(scim_sync_db_t *db, const scim_sync_news_t *news, apr_pool_t *p)
{
    int several = news->added->nelts + news->removed->nelts > 1;
    apr_status_t rv = several ? scim_sync_lease_hold_fed(db, news->idp, p) : APR_SUCCESS;

    if (rv != APR_SUCCESS || (rv = add_member_tasks(db, news, news->added, p)) != APR_SUCCESS ||
        (rv = add_member_tasks(db, news, news->removed, p)) != APR_SUCCESS ||
        (rv = unblock(db, news, p)) != APR_SUCCESS) {
        return rv;
    }
    return add_event(db, news, "members",
                     apr_psprintf(p, "%d added, %d removed", news->added->nelts,
                                  news->removed->nelts),
                     list_members(news, p), p);
}

apr_status_t scim_sync_news_store(scim_sync_db_t *db, scim_sync_news_t *news, const char *detail,
                                  int *stored, apr_pool_t *p)
{
    int members = news->added->nelts + news->removed->nelts;
    apr_status_t rv;

    *stored = 1;
    if (!news->changed && !members) {
        return APR_SUCCESS;
    }
    news->r->version++;
    news->r->modified = scim_sync_now();
    rv = scim_sync_resource_update(db, news->idp, news->r, stored, p);
    if (rv != APR_SUCCESS || !*stored) {
        return rv;
    }
    if (news->changed && (rv = add_task(db, news, p)) == APR_SUCCESS) {
        rv = add_event(db, news, what_happened(news), detail,
                       scim_sync_event_change(news->before, summary(news->r, p), p), p);
    }
    return rv == APR_SUCCESS && members ? tell_members(db, news, p) : rv;
}

apr_status_t scim_sync_news_delete(scim_sync_db_t *db, const scim_sync_news_t *news,
                                   const char *detail, apr_pool_t *p)
{
    apr_status_t rv;

    if (news->r->type == SCIM_SYNC_GROUP &&
        ((rv = scim_sync_lease_hold_fed(db, news->idp, p)) != APR_SUCCESS ||
         (rv = scim_sync_task_add_members(db, news->idp, news->r->id, NULL, p)) != APR_SUCCESS)) {
        return rv;
    }
    if ((rv = add_task(db, news, p)) != APR_SUCCESS ||
        (rv = add_event(db, news, "deleted", detail, NULL, p)) != APR_SUCCESS) {
        return rv;
    }
    return scim_sync_resource_delete(db, news->r->id, p);
}
