/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/drift.h"

#include <string.h>

#include <apr_strings.h>

#include "store/portal.h"

/* So few may be gone by somebody's hand, however few there were. */
#define HANDFUL 5

static const char *const names[SCIM_SYNC_DRIFT_KINDS] = {
    [SCIM_SYNC_DRIFT_GROUP_MISSING] = "group.missing",
    [SCIM_SYNC_DRIFT_GROUP_RENAMED] = "group.renamed",
    [SCIM_SYNC_DRIFT_GROUP_MANAGED] = "group.managed",
    [SCIM_SYNC_DRIFT_GROUP_RELEASED] = "group.released",
    [SCIM_SYNC_DRIFT_GROUP_PARTED] = "group.parted",
    [SCIM_SYNC_DRIFT_GROUP_AMBIGUOUS] = "group.ambiguous",
    [SCIM_SYNC_DRIFT_ACCOUNT_MISSING] = "account.missing",
    [SCIM_SYNC_DRIFT_ACCOUNT_INACTIVE] = "account.inactive",
    [SCIM_SYNC_DRIFT_ACCOUNT_ACTIVE] = "account.active",
    [SCIM_SYNC_DRIFT_ACCOUNT_RESTORED] = "account.restored",
    [SCIM_SYNC_DRIFT_ACCOUNT_APPEARED] = "account.appeared",
    [SCIM_SYNC_DRIFT_MEMBER_MISSING] = "member.missing",
    [SCIM_SYNC_DRIFT_MEMBER_EXTRA] = "member.extra",
    [SCIM_SYNC_DRIFT_MEMBER_RESTORED] = "member.restored",
};

const char *scim_sync_drift_name(scim_sync_drift_kind_t kind)
{
    return names[kind];
}

static void add(apr_array_header_t *drifts, scim_sync_drift_t drift)
{
    APR_ARRAY_PUSH(drifts, scim_sync_drift_t) = drift;
}

/* ---- groups ---- */

static const scim_sync_jira_group_t *find_group(const apr_array_header_t *seen, const char *id)
{
    int i;

    for (i = 0; i < seen->nelts; i++) {
        const scim_sync_jira_group_t *group = &APR_ARRAY_IDX(seen, i, scim_sync_jira_group_t);

        if (!strcmp(group->group_id, id)) {
            return group;
        }
    }
    return NULL;
}

void scim_sync_drift_groups(apr_array_header_t *drifts, scim_sync_drift_sums_t *sums,
                            const apr_array_header_t *held, int from, int to,
                            const apr_array_header_t *seen)
{
    int i;

    for (i = from; i < to; i++) {
        const scim_sync_kept_group_t *group = &APR_ARRAY_IDX(held, i, scim_sync_kept_group_t);
        const scim_sync_jira_group_t *now = find_group(seen, group->group_id);
        scim_sync_drift_t drift = { .kind = SCIM_SYNC_DRIFT_GROUP_MISSING,
                                    .group_id = group->group_id,
                                    .group = now ? now->name : group->name,
                                    .was = group->name };

        sums->groups++;
        if (!now) {
            sums->groups_missing++;
            add(drifts, drift);
        }
        else if (strcmp(now->name, group->name)) {
            drift.kind = SCIM_SYNC_DRIFT_GROUP_RENAMED;
            add(drifts, drift);
        }
    }
}

void scim_sync_drift_portal(apr_array_header_t *drifts, scim_sync_drift_sums_t *sums,
                            scim_sync_kept_group_t *held, const char *name, int managed)
{
    scim_sync_drift_t drift = { .group_id = held->group_id, .group = name, .was = held->name };

    if (held->listed) {
        return;
    }
    held->listed = 1;
    sums->groups++;
    /* By its old name, since it is written before the new one. */
    if (!managed != !held->managed) {
        drift.kind = managed ? SCIM_SYNC_DRIFT_GROUP_MANAGED : SCIM_SYNC_DRIFT_GROUP_RELEASED;
        add(drifts, drift);
    }
    if (strcmp(name, held->name)) {
        drift.kind = SCIM_SYNC_DRIFT_GROUP_RENAMED;
        add(drifts, drift);
    }
}

void scim_sync_drift_unlisted(apr_array_header_t *drifts, scim_sync_drift_sums_t *sums,
                              const apr_array_header_t *held, int desks)
{
    int i;

    for (i = 0; i < held->nelts; i++) {
        const scim_sync_kept_group_t *portal = &APR_ARRAY_IDX(held, i, scim_sync_kept_group_t);

        if (!portal->listed && scim_sync_portal_is_desk(portal->group_id) == desks) {
            sums->groups++;
            sums->groups_missing++;
            add(drifts, (scim_sync_drift_t) { .kind = SCIM_SYNC_DRIFT_GROUP_MISSING,
                                              .group_id = portal->group_id,
                                              .group = portal->name,
                                              .was = portal->name });
        }
    }
}

/* ---- accounts ---- */

static const scim_sync_jira_account_t *find_account(const apr_array_header_t *seen, const char *id)
{
    int i;

    for (i = 0; i < seen->nelts; i++) {
        const scim_sync_jira_account_t *account = &APR_ARRAY_IDX(seen, i, scim_sync_jira_account_t);

        if (!strcmp(account->account_id, id)) {
            return account;
        }
    }
    return NULL;
}

void scim_sync_drift_accounts(apr_array_header_t *drifts, scim_sync_drift_sums_t *sums,
                              const apr_array_header_t *held, const apr_array_header_t *seen)
{
    int i;

    for (i = 0; i < held->nelts; i++) {
        const scim_sync_kept_account_t *account = &APR_ARRAY_IDX(held, i, scim_sync_kept_account_t);
        const scim_sync_jira_account_t *now = find_account(seen, account->account_id);
        scim_sync_drift_t drift = { .kind = SCIM_SYNC_DRIFT_ACCOUNT_MISSING,
                                    .account_id = account->account_id,
                                    .name = account->email,
                                    .was = account->ended };

        if (account->ended) {
            if (now && now->active) {
                drift.kind = SCIM_SYNC_DRIFT_ACCOUNT_RESTORED;
                add(drifts, drift);
            }
            continue;
        }
        sums->accounts++;
        if (!now) {
            sums->accounts_missing++;
            add(drifts, drift);
        }
        else if (!now->active && !account->inactive && account->wanted) {
            drift.kind = SCIM_SYNC_DRIFT_ACCOUNT_INACTIVE;
            add(drifts, drift);
        }
        else if (now->active && account->inactive) {
            drift.kind = SCIM_SYNC_DRIFT_ACCOUNT_ACTIVE;
            add(drifts, drift);
        }
    }
}

/* ---- members ---- */

void scim_sync_drift_roll(scim_sync_drift_roll_t *roll, const char *group_id, const char *group,
                          const apr_array_header_t *held, apr_pool_t *p)
{
    int i;

    *roll = (scim_sync_drift_roll_t) { .group_id = group_id,
                                       .group = group,
                                       .held = apr_hash_make(p),
                                       .seen = apr_hash_make(p),
                                       .total = -1,
                                       .pool = p };
    for (i = 0; i < held->nelts; i++) {
        const scim_sync_kept_member_t *member = &APR_ARRAY_IDX(held, i, scim_sync_kept_member_t);

        apr_hash_set(roll->held, member->account_id, APR_HASH_KEY_STRING, member->state);
    }
}

/*
 * Whether Jira should have it; what was sent and not answered is nobody's business meanwhile. What is
 * only to be taken somebody may have taken by hand, as out of an open desk.
 */
static int should_be(const char *state)
{
    return !strcmp(state, SCIM_SYNC_HELD_OURS) || !strcmp(state, SCIM_SYNC_HELD_THEIRS) ||
           !strcmp(state, SCIM_SYNC_HELD_GRANTED) || !strcmp(state, SCIM_SYNC_HELD_ENDING);
}

/* Whether Jira has it is not known, and nothing is under way that would show it. */
static int is_uncertain(const char *state)
{
    return !strcmp(state, SCIM_SYNC_HELD_UNCERTAIN);
}

static int is_stranger(const scim_sync_drift_roll_t *roll, const char *state)
{
    if (!state) {
        return !roll->taken;
    }
    return scim_sync_held_is_taken(state) || is_uncertain(state) ||
           (roll->strict && !strcmp(state, SCIM_SYNC_HELD_THEIRS));
}

/* Whether it is on the roll for the first time. */
static int check_in(scim_sync_drift_roll_t *roll, const char *account_id)
{
    if (roll->taken) {
        return 1;
    }
    if (apr_hash_get(roll->seen, account_id, APR_HASH_KEY_STRING)) {
        return 0;
    }
    apr_hash_set(roll->seen, apr_pstrdup(roll->pool, account_id), APR_HASH_KEY_STRING, "");
    return 1;
}

void scim_sync_drift_page(scim_sync_drift_roll_t *roll, const scim_sync_jira_page_t *page,
                          apr_array_header_t *strangers)
{
    int i;

    roll->total = roll->count == 0 ? page->total : roll->total;
    roll->count += page->count;
    roll->shifted |= page->total != roll->total ||
                     (page->last && page->total >= 0 && page->total != roll->count);
    for (i = 0; i < page->accounts->nelts; i++) {
        const scim_sync_jira_account_t *account =
            &APR_ARRAY_IDX(page->accounts, i, scim_sync_jira_account_t);
        const char *state = apr_hash_get(roll->held, account->account_id, APR_HASH_KEY_STRING);

        if (!check_in(roll, account->account_id)) {
            roll->shifted |= !roll->again;
        }
        else if (is_stranger(roll, state)) {
            APR_ARRAY_PUSH(strangers, scim_sync_jira_account_t) = *account;
        }
    }
}

/* Whether it means something that Jira has not shown the account in it, and as itself. */
static int is_expected(const char *account_id, const char *state, apr_hash_t *gone)
{
    return (should_be(state) || is_uncertain(state)) &&
           !apr_hash_get(gone, account_id, APR_HASH_KEY_STRING);
}

int scim_sync_drift_reads_again(scim_sync_drift_roll_t *roll, apr_hash_t *gone)
{
    apr_hash_index_t *i;

    for (i = roll->total < 0 && !roll->again ? apr_hash_first(roll->pool, roll->held) : NULL; i;
         i = apr_hash_next(i)) {
        const char *account_id = apr_hash_this_key(i);

        if (is_expected(account_id, apr_hash_this_val(i), gone) &&
            !apr_hash_get(roll->seen, account_id, APR_HASH_KEY_STRING)) {
            roll->again = 1;
            roll->count = 0;
            return 1;
        }
    }
    return 0;
}

void scim_sync_drift_missing(apr_array_header_t *drifts, scim_sync_drift_sums_t *sums,
                             const scim_sync_drift_roll_t *roll, apr_hash_t *gone, apr_pool_t *p)
{
    apr_hash_index_t *i;

    for (i = apr_hash_first(p, roll->held); i; i = apr_hash_next(i)) {
        const char *account_id = apr_hash_this_key(i);
        const char *state = apr_hash_this_val(i);
        int counts = should_be(state);

        if (!is_expected(account_id, state, gone)) {
            continue;
        }
        sums->members += counts;
        if (!apr_hash_get(roll->seen, account_id, APR_HASH_KEY_STRING)) {
            sums->members_missing += counts;
            add(drifts, (scim_sync_drift_t) { .kind = SCIM_SYNC_DRIFT_MEMBER_MISSING,
                                              .group_id = roll->group_id,
                                              .group = roll->group,
                                              .account_id = account_id,
                                              .was = state });
        }
    }
}

/* ---- whether it can be true ---- */

static const char *too_many(int missing, int all, const char *what, apr_pool_t *p)
{
    return missing > HANDFUL && missing > all / 2
               ? apr_psprintf(p, "%d of %d %s seem to be gone from Jira", missing, all, what)
               : NULL;
}

const char *scim_sync_drift_doubt(const scim_sync_drift_sums_t *sums, apr_pool_t *p)
{
    const char *doubt = too_many(sums->groups_missing, sums->groups, "groups", p);

    doubt = doubt ? doubt : too_many(sums->accounts_missing, sums->accounts, "accounts", p);
    return doubt ? doubt : too_many(sums->members_missing, sums->members, "memberships", p);
}
