/* SPDX-License-Identifier: Apache-2.0 */
#include "planning.h"

#include <string.h>

#include <apr_strings.h>

static const char *const kinds[] = { "find",
                                     "create",
                                     "read",
                                     "add",
                                     "remove",
                                     "find-group",
                                     "find-twin",
                                     "create-group",
                                     "directory",
                                     "standing",
                                     "suspend",
                                     "restore",
                                     "delete",
                                     "profile",
                                     "delete-group",
                                     "find-customer",
                                     "revoke",
                                     "read-members",
                                     "read-organizations",
                                     "join",
                                     "part",
                                     "add-batch",
                                     "remove-batch",
                                     "read-accounts" };

apr_array_header_t *planning_list(const char *text, apr_pool_t *p)
{
    apr_array_header_t *list = apr_array_make(p, 4, sizeof(const char *));
    char *last;

    for (char *one = apr_strtok(apr_pstrdup(p, text), " ", &last); one != NULL;
         one = apr_strtok(NULL, " ", &last)) {
        APR_ARRAY_PUSH(list, const char *) = one;
    }
    return list;
}

apr_array_header_t *planning_members(const char *text, apr_pool_t *p)
{
    apr_array_header_t *pairs = planning_list(text, p);
    apr_array_header_t *members = apr_array_make(p, 4, sizeof(scim_sync_held_member_t));

    for (int i = 0; i < pairs->nelts; i++) {
        char *pair = APR_ARRAY_IDX(pairs, i, char *);
        char *equals = strchr(pair, '=');

        *equals = '\0';
        APR_ARRAY_PUSH(members, scim_sync_held_member_t) =
            (scim_sync_held_member_t) { .group_id = pair, .state = equals + 1 };
    }
    return members;
}

static const char *seats_of(const scim_sync_step_t *step, apr_pool_t *p)
{
    const char *text = "";

    for (int i = 0; step->seats && i < step->seats->nelts; i++) {
        text = apr_pstrcat(p, text, "(", APR_ARRAY_IDX(step->seats, i, scim_sync_product_t *)->key,
                           ")", NULL);
    }
    return text;
}

const char *planning_words(const apr_array_header_t *steps, apr_pool_t *p)
{
    const char *text = "";

    for (int i = 0; i < steps->nelts; i++) {
        const scim_sync_step_t *s = &APR_ARRAY_IDX(steps, i, scim_sync_step_t);

        text = apr_pstrcat(p, text, i > 0 ? " " : "", kinds[s->kind], s->group_id ? ":" : "",
                           s->group_id ? s->group_id : "", seats_of(s, p), NULL);
    }
    return text;
}

scim_sync_protection_t *planning_protection(const char *patterns, apr_pool_t *p)
{
    scim_sync_protection_t *protection = apr_palloc(p, sizeof(*protection));

    scim_sync_protection_init(protection, planning_list(patterns, p), p);
    scim_sync_protection_know(protection, apr_array_make(p, 1, sizeof(scim_sync_admin_group_t)));
    return protection;
}

scim_sync_person_t planning_person(const char *groups, const char *members, apr_pool_t *p)
{
    scim_sync_seats_t *seats = apr_palloc(p, sizeof(*seats));

    scim_sync_seats_init(seats, p);
    return (scim_sync_person_t) { .name = "Ann",
                                  .email = "ann@example.com",
                                  .wanted = 1,
                                  .import = 1,
                                  .groups = planning_list(groups, p),
                                  .members = planning_members(members, p),
                                  .protection = planning_protection("", p),
                                  .seats = seats,
                                  .products = planning_list("", p) };
}
