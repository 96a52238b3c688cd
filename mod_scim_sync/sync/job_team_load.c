/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One group at one site, as its job asks about it: what the IdP tells, what the rules make of it,
 * and what it stood for so far. Reads only.
 */
#include "sync/job_int.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"
#include "store/told.h"
#include "sync/target.h"

static const apr_array_header_t *no_names(apr_pool_t *p)
{
    return apr_array_make(p, 1, sizeof(const char *));
}

/* Who tells of it, and as what. */
static apr_status_t load_told(scim_sync_db_t *db, const scim_sync_job_t *job,
                              scim_sync_standing_t *standing, apr_pool_t *p)
{
    const char *site = job->worker->jira.name;
    const char *subject = job->task.subject;
    scim_sync_told_t *told;
    apr_status_t rv;

    if ((standing->idp = scim_sync_link_idp(subject))) {
        standing->name = apr_pstrcat(p, "default groups of ", standing->idp, NULL);
        return scim_sync_told_feeds(db, &standing->told, site, standing->idp, p);
    }
    rv = scim_sync_told_load(db, &told, site, subject, p);
    if (rv == APR_SUCCESS) {
        standing->told = told != NULL;
        standing->idp = told ? told->idp : job->task.idp;
        standing->name = standing->told_as = told ? told->name : NULL;
    }
    return rv;
}

/* What is told of no more is known by what it stood for. */
static void know_gone(scim_sync_standing_t *standing, const apr_array_header_t *links,
                      const char *subject)
{
    const scim_sync_link_t *first =
        links->nelts > 0 ? &APR_ARRAY_IDX(links, 0, scim_sync_link_t) : NULL;

    if (!standing->name) {
        standing->name = !first ? subject : first->told_as ? first->told_as : first->name;
    }
}

/* The IdP itself has deleted it, and not only feeds the site no more. */
static apr_status_t load_deletes(scim_sync_db_t *db, const scim_sync_job_t *job,
                                 const scim_sync_rules_t *rules, scim_sync_standing_t *standing,
                                 apr_pool_t *p)
{
    apr_status_t rv = APR_SUCCESS;
    int exists = 1;

    if (!standing->told && rules->groups.delete_ours && !scim_sync_link_idp(job->task.subject)) {
        rv = scim_sync_told_exists(db, &exists, job->task.subject, p);
    }
    standing->deletes = !exists;
    return rv;
}

/*
 * A name that Jira can't have is a mistake, and no wish that the group should stand for nothing:
 * whatever it stood for goes on.
 */
static const scim_sync_withheld_t *say_unfit(const scim_sync_rules_group_t *group, apr_pool_t *p)
{
    scim_sync_withheld_t *unfit = apr_pcalloc(p, sizeof(*unfit));

    unfit->kind = SCIM_SYNC_WITHHELD_RULE;
    unfit->step = SCIM_SYNC_FIND_GROUP;
    unfit->text =
        apr_psprintf(p, "Jira can't have a group of the name that the rules make: %s (%s)",
                     group->reason.why, group->reason.rule);
    unfit->mend = "give the group a shorter name in the identity provider, or map it to a group in "
                  "Jira (groups.mappings)";
    return unfit;
}

static void ask_rules(const scim_sync_rules_t *rules, scim_sync_standing_t *standing,
                      const apr_array_header_t *links, apr_pool_t *p)
{
    const apr_array_header_t *names = no_names(p);
    int mapped = 0;

    if (standing->told && standing->told_as) {
        scim_sync_rules_group_t group = scim_sync_rules_group(rules, standing->told_as, p);

        /* What a pattern would have said is not known: nobody loses or gets anything by that. */
        if (group.reason.warning) {
            standing->wait =
                apr_psprintf(p,
                             "a pattern of the rules took too long on the name %s, and "
                             "nothing is changed before they say what it stands for: "
                             "%s",
                             standing->told_as, group.reason.warning);
            return;
        }
        if (group.unfit) {
            standing->unfit = say_unfit(&group, p);
            return;
        }
        names = group.names;
        mapped = group.mapped;
    }
    else if (standing->told) {
        names = rules->users.default_groups;
    }
    standing->targets = scim_sync_targets(rules, standing->told_as, names, mapped, links, p);
}

/* ---- keys ---- */

static void add_key(apr_array_header_t *keys, const scim_sync_job_t *job, const char *name,
                    apr_pool_t *p)
{
    const char *key = scim_sync_job_key(job, scim_sync_fold(name, p), p);

    if (!scim_sync_list_holds(keys, key)) {
        APR_ARRAY_PUSH(keys, const char *) = key;
    }
}

/* By every name that it has or is to have, here and in Jira; what has none is alone. */
static apr_status_t load_keys(scim_sync_db_t *db, const scim_sync_job_t *job,
                              scim_sync_standing_t *standing, apr_pool_t *p)
{
    apr_array_header_t *keys = apr_array_make(p, 2, sizeof(const char *));
    apr_status_t rv = APR_SUCCESS;
    int i;

    for (i = 0; rv == APR_SUCCESS && i < standing->targets->nelts; i++) {
        const scim_sync_target_t *target = &APR_ARRAY_IDX(standing->targets, i, scim_sync_target_t);
        scim_sync_held_group_t *group = NULL;

        if (target->name) {
            add_key(keys, job, target->name, p);
        }
        if (target->link) {
            add_key(keys, job, target->link->name, p);
        }
        if (target->link && target->link->group_id) {
            rv = scim_sync_held_group(db, &group, job->worker->jira.name, target->link->group_id,
                                      NULL, p);
        }
        if (group) {
            add_key(keys, job, group->name, p);
        }
    }
    if (keys->nelts == 0) {
        add_key(keys, job, job->task.subject, p);
    }
    standing->keys = keys;
    return rv;
}

apr_status_t scim_sync_job_team_load(scim_sync_db_t *db, const scim_sync_job_t *job,
                                     scim_sync_standing_t *standing, apr_pool_t *p)
{
    const scim_sync_rules_t *rules;
    apr_array_header_t *links;
    apr_status_t rv;

    memset(standing, 0, sizeof(*standing));
    standing->targets = apr_array_make(p, 1, sizeof(scim_sync_target_t));
    if ((rv = load_told(db, job, standing, p)) != APR_SUCCESS ||
        (rv = scim_sync_link_list(db, &links, job->worker->jira.name, job->task.subject, p)) !=
            APR_SUCCESS) {
        return rv;
    }
    know_gone(standing, links, job->task.subject);
    rules = scim_sync_rulebook_of(job->worker->rulebook, standing->idp, &standing->wait);
    if (rules) {
        ask_rules(rules, standing, links, p);
        rv = load_deletes(db, job, rules, standing, p);
    }
    return rv == APR_SUCCESS ? load_keys(db, job, standing, p) : rv;
}
