/* SPDX-License-Identifier: Apache-2.0 */
#include "http/admin_idp_end.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"
#include "jira/servicedesk.h"
#include "store/held.h"
#include "sync/ahead.h"

/* So many are named; the tasks have all. */
#define NAMES_MAX 20

static int says(scim_sync_admin_t *q, const char *name, const char *value)
{
    const char *said = scim_sync_admin_asked(q, name);

    return said && !strcmp(said, value);
}

const scim_sync_error_t *scim_sync_admin_end_query(scim_sync_admin_t *q)
{
    static const char *const names[] = { "access", "leavers", NULL };
    const scim_sync_error_t *error = NULL;
    int i;

    for (i = 0; !error && names[i]; i++) {
        if (scim_sync_admin_asked(q, names[i]) && !says(q, names[i], "keep") &&
            !says(q, names[i], "remove")) {
            error = scim_sync_error(q->p, HTTP_BAD_REQUEST, NULL, "%s must be keep or remove.",
                                    names[i]);
        }
    }
    if (!error && scim_sync_admin_asked(q, "guard") && !says(q, "guard", "release")) {
        error = scim_sync_error(q->p, HTTP_BAD_REQUEST, NULL, "guard must be release.");
    }
    return error;
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
            "%s has told of %s. Say what becomes of their access in Jira: ?access=keep leaves it "
            "as it is, ?access=remove takes away what no other "
            "identity provider gives.",
            q->name, scim_sync_count_text(resources, "user or group", "users and groups", p));
    }
    if (rv == APR_SUCCESS && !*keep && says(q, "leavers", "keep")) {
        return scim_sync_admin_rollback(q, HTTP_BAD_REQUEST,
                                        "leavers goes with access=keep: access=remove is about "
                                        "everybody, leavers included.");
    }
    return rv;
}

/* By rules that can't be read nobody was let go who is told active, and the usual limits hold. */
static const scim_sync_rules_t *rules_of(const scim_sync_idp_t *idp, apr_pool_t *p)
{
    const scim_sync_rules_t *rules;
    const char *why;

    if (scim_sync_rules_parse(&rules, idp->rules, idp->mode, &why, p) != APR_SUCCESS) {
        scim_sync_rules_parse(&rules, "{}", idp->mode, &why, p);
    }
    return rules;
}

/*
 * What others tell of the same people counts as it is told now, also if nobody has looked at it
 * since: then the module knows whose access is whose to end.
 */
static apr_status_t look_ahead(scim_sync_db_t *db, scim_sync_admin_t *q,
                               const apr_array_header_t *sites, apr_pool_t *p)
{
    scim_sync_rulebook_t *book = scim_sync_rulebook_make(p);
    const char *unread = NULL;
    apr_status_t rv = scim_sync_rulebook_open(db, book, p);
    int i;

    for (i = 0; rv == APR_SUCCESS && !unread && i < sites->nelts; i++) {
        rv = scim_sync_ahead(db, book, APR_ARRAY_IDX(sites, i, const char *), q->name, &unread, p);
    }
    return rv == APR_SUCCESS && unread
               ? scim_sync_admin_rollback(q, HTTP_CONFLICT,
                                          "What is kept depends on whom other identity providers "
                                          "tell of, and %s. Without them it is not known whom it "
                                          "tells of, too.",
                                          unread)
               : rv;
}

/* ---- the guard ---- */

/* "at main 13 people would ...; at other ..."; NULL: at none of the sites. site NULL: at any. */
static const char *say_excess(const apr_array_header_t *excess, const char *site, apr_pool_t *p)
{
    const char *text = NULL;
    int i;

    for (i = 0; i < excess->nelts; i++) {
        const scim_sync_guard_excess_t *one = &APR_ARRAY_IDX(excess, i, scim_sync_guard_excess_t);

        if (!site || !strcmp(one->site, site)) {
            text = apr_pstrcat(p, text ? text : "", text ? "; at " : "at ", one->site, " ",
                               one->why, NULL);
        }
    }
    return text;
}

/* Nothing is done unless the administrator has said that it is to pass. */
static apr_status_t pass(scim_sync_admin_t *q, const scim_sync_admin_end_t *end, apr_pool_t *p)
{
    const char *over = say_excess(end->excess, NULL, p);

    return over && !says(q, "guard", "release")
               ? scim_sync_admin_rollback(q, HTTP_CONFLICT,
                                          "The guard asks before so many lose their access: %s. "
                                          "Nothing was done. If they are to lose it, say "
                                          "guard=release as well; if not, keep it.",
                                          over)
               : APR_SUCCESS;
}

/* ---- who left, and still has access ---- */

/* Each is in one of these: scim_sync_idp_leaver_t. */
typedef struct {
    apr_array_header_t *leaving; /* leavers=remove takes what the IdP gave them */
    apr_array_header_t
        *adopted; /* only by its rules there is something to lose, which end with it */
    apr_array_header_t *decided; /* an administrator has said already that they keep it */
} leavers_t;

static int is_in_state(const scim_sync_idp_leaver_t *leaver, const char *state)
{
    return leaver->account_state && !strcmp(leaver->account_state, state);
}

/* Whether there is something that the rules take from somebody whom they let go. */
static int loses(const scim_sync_idp_leaver_t *leaver, const scim_sync_rules_t *rules)
{
    switch (leaver->gone ? rules->users.on_delete : rules->users.on_deactivate) {
    case SCIM_SYNC_LEAVING_NOTHING:
        return 0;
    case SCIM_SYNC_LEAVING_REMOVE_ACCESS:
        return leaver->given || leaver->in_groups;
    case SCIM_SYNC_LEAVING_SUSPEND:
        return leaver->given || !is_in_state(leaver, SCIM_SYNC_HELD_SUSPENDED);
    case SCIM_SYNC_LEAVING_REVOKE:
        return leaver->given ||
               (leaver->account && scim_sync_jira_is_portal_only(leaver->account) &&
                !is_in_state(leaver, SCIM_SYNC_HELD_REVOKED));
    case SCIM_SYNC_LEAVING_DELETE:
        return leaver->given || !is_in_state(leaver, SCIM_SYNC_HELD_DELETED);
    default:
        return leaver->given;
    }
}

/* Whether the rules let somebody in again by now. */
static int is_back(const scim_sync_idp_leaver_t *leaver, const scim_sync_rules_t *rules,
                   apr_pool_t *p)
{
    return leaver->active && scim_sync_rules_user(rules, leaver->name, leaver->email, p).wanted;
}

static apr_status_t load_leavers(scim_sync_db_t *db, const scim_sync_idp_t *idp,
                                 const apr_array_header_t *sites, leavers_t *leavers, apr_pool_t *p)
{
    const scim_sync_rules_t *rules = rules_of(idp, p);
    apr_array_header_t *all;
    apr_status_t rv = scim_sync_idp_leavers(db, &all, idp->name, sites, p);
    int i;

    leavers->leaving = apr_array_make(p, 4, sizeof(scim_sync_idp_leaver_t));
    leavers->adopted = apr_array_make(p, 4, sizeof(scim_sync_idp_leaver_t));
    leavers->decided = apr_array_make(p, 4, sizeof(scim_sync_idp_leaver_t));
    for (i = 0; rv == APR_SUCCESS && i < all->nelts; i++) {
        const scim_sync_idp_leaver_t *one = &APR_ARRAY_IDX(all, i, scim_sync_idp_leaver_t);

        if (loses(one, rules) && !is_back(one, rules, p)) {
            APR_ARRAY_PUSH(one->discarded ? leavers->decided
                           : one->given   ? leavers->leaving
                                          : leavers->adopted,
                           scim_sync_idp_leaver_t) = *one;
        }
    }
    return rv;
}

/* "ann@example.com and 7 more": each once, at however many sites; *count in all. */
static const char *say_people(const apr_array_header_t *leavers, int *count, apr_pool_t *p)
{
    apr_array_header_t *names = apr_array_make(p, leavers->nelts, sizeof(const char *));
    apr_hash_t *seen = apr_hash_make(p);
    int i;

    for (i = 0; i < leavers->nelts; i++) {
        const scim_sync_idp_leaver_t *one = &APR_ARRAY_IDX(leavers, i, scim_sync_idp_leaver_t);

        if (!apr_hash_get(seen, one->subject, APR_HASH_KEY_STRING)) {
            apr_hash_set(seen, one->subject, APR_HASH_KEY_STRING, one);
            APR_ARRAY_PUSH(names, const char *) = one->name ? one->name : one->subject;
        }
    }
    *count = names->nelts;
    return scim_sync_list_text(names, NAMES_MAX, names->nelts, p);
}

static apr_status_t ask_for_leavers(scim_sync_admin_t *q, const leavers_t *leavers, apr_pool_t *p)
{
    int count;
    const char *names =
        say_people(apr_array_append(p, leavers->leaving, leavers->adopted), &count, p);
    int adopted;
    const char *adopted_names = say_people(leavers->adopted, &adopted, p);
    int decided;
    const char *decided_names = say_people(leavers->decided, &decided, p);
    const char *more = "";

    if (adopted > 0) {
        more = apr_psprintf(p,
                            " leavers=remove takes nothing from those (%d) whose accounts were "
                            "there before, since the rules of %s end with it: %s. To have done "
                            "what these say, release their tasks, if they are held, and wait "
                            "until they are done.",
                            adopted, q->name, adopted_names);
    }
    if (decided > 0) {
        more = apr_psprintf(p, "%s Those (%d) whose tasks were discarded keep it in any case: %s.",
                            more, decided, decided_names);
    }
    return scim_sync_admin_rollback(
        q, HTTP_CONFLICT,
        "%s has told that people left (%d) whose access is not taken away yet: %s. Say what "
        "becomes of it: ?access=keep&leavers=remove takes it away all the same, "
        "?access=keep&leavers=keep leaves it to them for good.%s",
        q->name, count, names, more);
}

/* ---- it is done as was said ---- */

static const char *say_kept(const scim_sync_admin_t *q, const scim_sync_idp_leaver_t *one,
                            apr_pool_t *p)
{
    const char *why = one->discarded ? one->discarded : one->detail;
    const char *what =
        one->given ? apr_psprintf(p, "the access that %s gave", q->name)
                   : apr_psprintf(p, "the account, which was there before %s told of it", q->name);

    return apr_pstrcat(p, "has left, and keeps ", what, why ? ": " : NULL, why, NULL);
}

/* Nothing else reminds of it that somebody who left has access for good. */
static apr_status_t tell_kept(scim_sync_db_t *db, const scim_sync_admin_t *q,
                              const apr_array_header_t *leavers, apr_pool_t *p)
{
    apr_status_t rv = APR_SUCCESS;
    int i;

    for (i = 0; rv == APR_SUCCESS && i < leavers->nelts; i++) {
        const scim_sync_idp_leaver_t *one = &APR_ARRAY_IDX(leavers, i, scim_sync_idp_leaver_t);

        rv = scim_sync_admin_tell(db, q,
                                  (scim_sync_event_t) { .kind = "access.kept",
                                                        .idp = q->name,
                                                        .site = one->site,
                                                        .subject = one->subject,
                                                        .name = one->name,
                                                        .detail = say_kept(q, one, p),
                                                        .about = SCIM_SYNC_EVENT_PERSON,
                                                        .email = one->email },
                                  p);
    }
    return rv;
}

/* Those of one site; site NULL: all of them. */
static apr_array_header_t *of_site(const apr_array_header_t *leavers, const char *site,
                                   apr_pool_t *p)
{
    apr_array_header_t *some = apr_array_make(p, leavers->nelts, sizeof(scim_sync_idp_leaver_t));
    int i;

    for (i = 0; i < leavers->nelts; i++) {
        const scim_sync_idp_leaver_t *one = &APR_ARRAY_IDX(leavers, i, scim_sync_idp_leaver_t);

        if (!site || !strcmp(one->site, site)) {
            APR_ARRAY_PUSH(some, scim_sync_idp_leaver_t) = *one;
        }
    }
    return some;
}

static const char *say_decided(const scim_sync_admin_end_t *end, const apr_array_header_t *leaving,
                               const apr_array_header_t *staying, const char *site, apr_pool_t *p)
{
    const char *over = say_excess(end->excess, site, p);
    const char *said = end->keep ? "access kept" : "access removed";
    int gone;
    int stay;

    say_people(leaving, &gone, p);
    say_people(staying, &stay, p);
    if (gone > 0) {
        said = apr_psprintf(p, "%s, but not that of those who had left (%d)", said, gone);
    }
    if (stay > 0) {
        said = apr_psprintf(p, "%s%s (%d)", said,
                            gone > 0 ? "; others who had left keep it"
                                     : ", also that of those who had left",
                            stay);
    }
    return over ? apr_pstrcat(p, said, "; released past the guard: ", over, NULL) : said;
}

/* Who keeps it is told of; who does not is let leave. */
apr_status_t scim_sync_admin_do_end(scim_sync_db_t *db, const scim_sync_admin_t *q,
                                    const scim_sync_idp_t *idp, const char *site,
                                    const scim_sync_admin_end_t *end, const char **said,
                                    apr_pool_t *p)
{
    const apr_array_header_t *leaving = of_site(end->leaving, site, p);
    const apr_array_header_t *staying = of_site(end->staying, site, p);
    apr_status_t rv;

    *said = say_decided(end, leaving, staying, site, p);
    if (!end->keep) {
        return APR_SUCCESS;
    }
    rv = tell_kept(db, q, staying, p);
    return rv == APR_SUCCESS ? scim_sync_idp_let_leave(db, idp->name, site, leaving, p) : rv;
}

/* ---- it is read what was said ---- */

/* access=keep: who left already is asked for, unless that was said, too. */
static apr_status_t read_leavers(scim_sync_db_t *db, scim_sync_admin_t *q,
                                 const scim_sync_idp_t *idp, const apr_array_header_t *sites,
                                 scim_sync_admin_end_t *end, apr_pool_t *p)
{
    int remove = says(q, "leavers", "remove");
    leavers_t leavers;
    apr_status_t rv;

    if ((rv = look_ahead(db, q, sites, p)) != APR_SUCCESS ||
        (rv = load_leavers(db, idp, sites, &leavers, p)) != APR_SUCCESS) {
        return rv;
    }
    if (leavers.leaving->nelts + leavers.adopted->nelts > 0 && !remove &&
        !says(q, "leavers", "keep")) {
        return ask_for_leavers(q, &leavers, p);
    }
    end->staying = apr_array_append(p, leavers.decided, leavers.adopted);
    if (!remove) {
        apr_array_cat(end->staying, leavers.leaving);
        return APR_SUCCESS;
    }
    end->leaving = leavers.leaving;
    return scim_sync_guard_excess(db, &end->excess, idp, rules_of(idp, p), sites, end->leaving, p);
}

apr_status_t scim_sync_admin_read_end(scim_sync_db_t *db, scim_sync_admin_t *q,
                                      const scim_sync_idp_t *idp, const apr_array_header_t *sites,
                                      scim_sync_admin_end_t *end, apr_pool_t *p)
{
    apr_status_t rv = read_access(db, q, &end->keep, p);

    end->leaving = apr_array_make(p, 1, sizeof(scim_sync_idp_leaver_t));
    end->staying = apr_array_make(p, 1, sizeof(scim_sync_idp_leaver_t));
    end->excess = apr_array_make(p, 1, sizeof(scim_sync_guard_excess_t));
    if (rv == APR_SUCCESS) {
        rv = end->keep
                 ? read_leavers(db, q, idp, sites, end, p)
                 : scim_sync_guard_excess(db, &end->excess, idp, rules_of(idp, p), sites, NULL, p);
    }
    return rv == APR_SUCCESS ? pass(q, end, p) : rv;
}
