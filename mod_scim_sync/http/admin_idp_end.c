/* SPDX-License-Identifier: Apache-2.0 */
#include "http/admin_idp_end.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"
#include "sync/rules.h"

/* So many are named; the tasks have all. */
#define NAMES_MAX 20

static int says(scim_sync_admin_t *q, const char *name, const char *value)
{
    const char *said = scim_sync_admin_asked(q, name);

    return said && !strcmp(said, value);
}

/* Without a word about access nobody loses any. */
static apr_status_t read_access(scim_sync_db_t *db, scim_sync_admin_t *q, int *keep, apr_pool_t *p)
{
    apr_int64_t resources;
    apr_status_t rv = scim_sync_idp_resources(db, &resources, q->name, p);

    *keep = !says(q, "access", "remove");
    if (rv == APR_SUCCESS && resources > 0 && *keep && !says(q, "access", "keep")) {
        return scim_sync_admin_rollback(
            q, HTTP_CONFLICT,
            "%s has told of %" APR_INT64_T_FMT
            " users and groups. Say what becomes of their access "
            "in Jira: ?access=keep leaves it as it is, ?access=remove takes away what no other "
            "identity provider gives.",
            q->name, resources);
    }
    if (rv == APR_SUCCESS && !*keep && says(q, "leavers", "keep")) {
        return scim_sync_admin_rollback(q, HTTP_BAD_REQUEST,
                                        "leavers goes with access=keep: access=remove is about "
                                        "everybody, leavers included.");
    }
    return rv;
}

/* ---- who left, and still has access ---- */

/* Whether the rules let somebody go for whom nothing is done then, or let in again by now. */
static int stays(const scim_sync_idp_leaver_t *leaver, const scim_sync_rules_t *rules,
                 apr_pool_t *p)
{
    scim_sync_leaving_t becomes =
        leaver->gone ? rules->users.on_delete : rules->users.on_deactivate;

    return becomes == SCIM_SYNC_LEAVING_NOTHING ||
           (leaver->active && scim_sync_rules_user(rules, leaver->name, leaver->email, p).wanted);
}

static apr_status_t load_leavers(scim_sync_db_t *db, const scim_sync_idp_t *idp, const char *site,
                                 apr_array_header_t *leavers, apr_pool_t *p)
{
    const scim_sync_rules_t *rules;
    apr_array_header_t *all;
    const char *why;
    apr_status_t rv = scim_sync_idp_leavers(db, &all, idp->name, site, p);
    int i;

    /* By rules that can't be read nobody was let go who is told active. */
    if (scim_sync_rules_parse(&rules, idp->rules, &why, p) != APR_SUCCESS) {
        scim_sync_rules_parse(&rules, "{}", &why, p);
    }
    for (i = 0; rv == APR_SUCCESS && i < all->nelts; i++) {
        const scim_sync_idp_leaver_t *one = &APR_ARRAY_IDX(all, i, scim_sync_idp_leaver_t);

        if (!stays(one, rules, p)) {
            APR_ARRAY_PUSH(leavers, scim_sync_idp_leaver_t) = *one;
        }
    }
    return rv;
}

/* How many people, each once, at however many sites; *names has the first of them. */
static int count_people(const apr_array_header_t *leavers, const char **names, apr_pool_t *p)
{
    apr_hash_t *seen = apr_hash_make(p);
    int count = 0;
    int i;

    *names = "";
    for (i = 0; i < leavers->nelts; i++) {
        const scim_sync_idp_leaver_t *one = &APR_ARRAY_IDX(leavers, i, scim_sync_idp_leaver_t);

        if (apr_hash_get(seen, one->subject, APR_HASH_KEY_STRING)) {
            continue;
        }
        apr_hash_set(seen, one->subject, APR_HASH_KEY_STRING, one);
        if (count++ < NAMES_MAX) {
            *names = apr_pstrcat(p, *names, **names ? ", " : "",
                                 one->name ? one->name : one->subject, NULL);
        }
    }
    return count;
}

static apr_status_t ask_for_leavers(scim_sync_admin_t *q, int count, const char *names,
                                    apr_pool_t *p)
{
    const char *more = count > NAMES_MAX ? apr_psprintf(p, " and %d more", count - NAMES_MAX) : "";

    return scim_sync_admin_rollback(
        q, HTTP_CONFLICT,
        "%s has told that people left (%d) whose access is not taken away yet: %s%s. Say what "
        "becomes of it: ?access=keep&leavers=remove takes it away all the same, "
        "?access=keep&leavers=keep leaves it to them for good.",
        q->name, count, names, more);
}

/* ---- it is done as was said ---- */

/* Nothing else reminds of it that somebody who left has access for good. */
static apr_status_t tell_kept(scim_sync_db_t *db, const scim_sync_admin_t *q,
                              const apr_array_header_t *leavers, apr_pool_t *p)
{
    apr_status_t rv = APR_SUCCESS;
    int i;

    for (i = 0; rv == APR_SUCCESS && i < leavers->nelts; i++) {
        const scim_sync_idp_leaver_t *one = &APR_ARRAY_IDX(leavers, i, scim_sync_idp_leaver_t);

        rv = scim_sync_admin_tell(
            db, q,
            (scim_sync_event_t) { .kind = "access.kept",
                                  .idp = q->name,
                                  .site = one->site,
                                  .subject = one->subject,
                                  .name = one->name,
                                  .detail = apr_pstrcat(p, "has left, and keeps the access that ",
                                                        q->name, " gave", one->detail ? ": " : NULL,
                                                        one->detail, NULL),
                                  .about = SCIM_SYNC_EVENT_PERSON,
                                  .email = one->email },
            p);
    }
    return rv;
}

apr_status_t scim_sync_admin_read_end(scim_sync_db_t *db, scim_sync_admin_t *q,
                                      const scim_sync_idp_t *idp, const char *site,
                                      scim_sync_admin_end_t *end, apr_pool_t *p)
{
    apr_array_header_t *leavers = apr_array_make(p, 4, sizeof(scim_sync_idp_leaver_t));
    int remove = says(q, "leavers", "remove");
    const char *names;
    int count;
    apr_status_t rv = read_access(db, q, &end->keep, p);

    end->said = end->keep ? "access kept" : "access removed";
    if (rv != APR_SUCCESS || !end->keep ||
        (rv = load_leavers(db, idp, site, leavers, p)) != APR_SUCCESS) {
        return rv;
    }
    if ((count = count_people(leavers, &names, p)) > 0) {
        if (!remove && !says(q, "leavers", "keep")) {
            return ask_for_leavers(q, count, names, p);
        }
        end->said = apr_psprintf(p, "access kept, %s of those who had left (%d)",
                                 remove ? "but not that" : "also that", count);
    }
    if (!remove) {
        rv = tell_kept(db, q, leavers, p);
        apr_array_clear(leavers);
    }
    return rv == APR_SUCCESS ? scim_sync_idp_let_leave(db, idp->name, site, leavers, p) : rv;
}
