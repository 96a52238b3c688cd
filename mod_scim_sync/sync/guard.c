/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/guard.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"

scim_sync_guard_kind_t scim_sync_guard_kind(scim_sync_step_kind_t step, int leaving)
{
    switch (step) {
    case SCIM_SYNC_REMOVE_MEMBER:
        return leaving ? SCIM_SYNC_GUARD_DEACTIVATIONS : SCIM_SYNC_GUARD_MEMBERSHIPS;
    case SCIM_SYNC_SUSPEND_ACCOUNT:
    case SCIM_SYNC_REVOKE_ACCOUNT:
        return SCIM_SYNC_GUARD_DEACTIVATIONS;
    case SCIM_SYNC_DELETE_ACCOUNT:
    case SCIM_SYNC_DELETE_GROUP:
        return SCIM_SYNC_GUARD_DELETIONS;
    case SCIM_SYNC_FIND_ACCOUNT:
    case SCIM_SYNC_CREATE_ACCOUNT:
    case SCIM_SYNC_READ_GROUPS:
    case SCIM_SYNC_ADD_MEMBER:
    case SCIM_SYNC_FIND_GROUP:
    case SCIM_SYNC_FIND_TWIN:
    case SCIM_SYNC_CREATE_GROUP:
    case SCIM_SYNC_FIND_DIRECTORY:
    case SCIM_SYNC_READ_STANDING:
    case SCIM_SYNC_RESTORE_ACCOUNT:
    case SCIM_SYNC_UPDATE_PROFILE:
    case SCIM_SYNC_FIND_CUSTOMER:
    case SCIM_SYNC_READ_MEMBERS:
    case SCIM_SYNC_READ_ORGANIZATIONS:
    case SCIM_SYNC_JOIN_ORGANIZATION:
    case SCIM_SYNC_PART_ORGANIZATION:
    case SCIM_SYNC_ADD_BATCH:
    case SCIM_SYNC_REMOVE_BATCH: /* each was counted when it was decided */
    case SCIM_SYNC_READ_ACCOUNTS:
    case SCIM_SYNC_READ_PORTAL:
        break;
    }
    return SCIM_SYNC_GUARD_NONE;
}

static int is_in_state(const scim_sync_guard_account_t *account, const char *state)
{
    return account->state && !strcmp(account->state, state);
}

int scim_sync_guard_leaves(scim_sync_guard_kind_t kind, const scim_sync_claims_t *claims,
                           const scim_sync_guard_account_t *account, apr_int64_t soon)
{
    if (claims->wanted || claims->doubt || claims->until > soon ||
        is_in_state(account, SCIM_SYNC_HELD_DELETED)) {
        return 0;
    }
    if (kind == SCIM_SYNC_GUARD_DELETIONS) {
        return claims->leaving == SCIM_SYNC_LEAVING_DELETE;
    }
    switch (claims->leaving) {
    case SCIM_SYNC_LEAVING_TAKE_BACK:
        return account->given;
    case SCIM_SYNC_LEAVING_REMOVE_ACCESS:
        return account->given || account->access;
    case SCIM_SYNC_LEAVING_SUSPEND:
        return !is_in_state(account, SCIM_SYNC_HELD_SUSPENDED);
    case SCIM_SYNC_LEAVING_DELETE:
        return 1;
    case SCIM_SYNC_LEAVING_REVOKE:
        return account->given ||
               (account->portal_only && !is_in_state(account, SCIM_SYNC_HELD_REVOKED));
    case SCIM_SYNC_LEAVING_NOTHING:
        break;
    }
    return 0;
}

static apr_int64_t total(const scim_sync_guard_numbers_t *numbers)
{
    return numbers->taken + numbers->waiting + numbers->asked;
}

int scim_sync_guard_needs_all(const scim_sync_rules_limit_t *limit,
                              const scim_sync_guard_numbers_t *numbers)
{
    return limit->percent < 100 && total(numbers) > SCIM_SYNC_GUARD_FEW;
}

/* What the share alone would let pass. */
static apr_int64_t share(const scim_sync_rules_limit_t *limit,
                         const scim_sync_guard_numbers_t *numbers)
{
    apr_int64_t part = numbers->all * limit->percent / 100;

    return part > SCIM_SYNC_GUARD_FEW ? part : SCIM_SYNC_GUARD_FEW;
}

static int is_by_share(const scim_sync_rules_limit_t *limit,
                       const scim_sync_guard_numbers_t *numbers)
{
    return limit->percent < 100 && share(limit, numbers) < limit->number;
}

apr_int64_t scim_sync_guard_most(const scim_sync_rules_limit_t *limit,
                                 const scim_sync_guard_numbers_t *numbers)
{
    return is_by_share(limit, numbers) ? share(limit, numbers) : limit->number;
}

int scim_sync_guard_trips(const scim_sync_rules_limit_t *limit,
                          const scim_sync_guard_numbers_t *numbers)
{
    return numbers->asked > 0 && total(numbers) > scim_sync_guard_most(limit, numbers);
}

const char *scim_sync_guard_why(scim_sync_guard_kind_t kind, const char *idp,
                                const scim_sync_rules_guard_t *guard,
                                const scim_sync_guard_numbers_t *numbers, apr_pool_t *p)
{
    static const struct {
        const char *one;
        const char *many;
        const char *would;
    } what[] = {
        [SCIM_SYNC_GUARD_DEACTIVATIONS] = { "person", "people", "lose their access" },
        [SCIM_SYNC_GUARD_DELETIONS] = { "account or group", "accounts or groups",
                                        "be deleted in Jira" },
        [SCIM_SYNC_GUARD_MEMBERSHIPS] = { "membership", "memberships",
                                          "be taken from people who stay" },
    };
    const scim_sync_rules_limit_t *limit = &guard->limits[kind];
    const char *which = "";

    if (is_by_share(limit, numbers)) {
        which = apr_psprintf(p, " (%d %% of %" APR_INT64_T_FMT ", but not less than %d)",
                             limit->percent, numbers->all, SCIM_SYNC_GUARD_FEW);
    }
    return apr_psprintf(p,
                        "%s would %s within %s because of %s, %s already, and %s that guard.%s of "
                        "its rules allows%s",
                        scim_sync_count_text(total(numbers), what[kind].one, what[kind].many, p),
                        what[kind].would,
                        scim_sync_count_text(guard->window, "minute", "minutes", p), idp,
                        scim_sync_count_text(numbers->taken, "of them has", "of them have", p),
                        scim_sync_count_text(scim_sync_guard_most(limit, numbers), "is the most",
                                             "are the most", p),
                        scim_sync_guard_name(kind), which);
}
