/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which listings a run needs, and what becomes of their pages: both follow from the choice. Google
 * finds by queries, and by the one organizational unit that there is; all else is sifted here, page
 * by page. Who is not chosen goes into the stage all the same, by id alone: so a listing that goes
 * round is noticed, and people can be told from those who have left.
 */
#include "sync/pull_int.h"

#include <string.h>

#include "store/stage.h"
#include "store/stage_choice.h"

static int group_listings(const scim_sync_pull_t *pull)
{
    return pull->choice->group_query ? 2 : 1;
}

int scim_sync_pull_first(const scim_sync_pull_t *pull, int number,
                         scim_sync_pull_listing_t *listing)
{
    const scim_sync_choice_t *choice = pull->choice;
    int of_groups = group_listings(pull);
    int of_users = number < 1 ? number : number - of_groups;

    /* Users begin, and groups next: of these the members are most of the work. */
    if (number >= 1 && number <= of_groups) {
        scim_sync_pull_listing_begin(listing, SCIM_SYNC_PULL_GROUPS, NULL);
        if (number == 2) {
            listing->part = SCIM_SYNC_STAGE_PART_OF_GROUPS;
            listing->query = choice->group_query;
        }
        return 1;
    }
    if (of_users >= scim_sync_choice_listings(choice)) {
        return 0;
    }
    scim_sync_pull_listing_begin(listing, SCIM_SYNC_PULL_USERS, NULL);
    if (choice->queries->nelts > 0) {
        listing->query = APR_ARRAY_IDX(choice->queries, of_users, const char *);
        listing->part = choice->queries->nelts > 1 ? of_users : -1;
    }
    return 1;
}

int scim_sync_pull_has_groups(const scim_sync_pull_t *pull)
{
    return pull->choice && pull->groups_listed == group_listings(pull);
}

static int lists_members(const scim_sync_pull_t *pull)
{
    int i;

    for (i = 0; i < SCIM_SYNC_PULL_SLOTS; i++) {
        if (pull->slots[i].state != SCIM_SYNC_SLOT_IDLE &&
            pull->slots[i].listing.kind == SCIM_SYNC_PULL_MEMBERS) {
            return 1;
        }
    }
    return 0;
}

int scim_sync_pull_wants_groups(const scim_sync_pull_t *pull)
{
    if (!scim_sync_pull_has_groups(pull) || pull->queue_at < pull->queue->nelts) {
        return 0;
    }
    /* Any group that is being listed may have another inner one. */
    return !pull->queue_done || (!pull->inner_done && !lists_members(pull));
}

apr_status_t scim_sync_pull_more_groups(scim_sync_db_t *db, const scim_sync_pull_t *pull,
                                        apr_array_header_t **groups, apr_pool_t *p)
{
    const char *idp = pull->run.idp;
    apr_status_t rv = APR_SUCCESS;

    if (pull->queue_done) {
        return scim_sync_stage_inner_groups(db, groups, idp, SCIM_SYNC_PULL_QUEUE, p);
    }
    if (pull->choice->group_query && !*pull->queue_last) {
        rv = scim_sync_stage_sift_groups(db, idp, p);
    }
    return rv == APR_SUCCESS
               ? scim_sync_stage_groups(db, groups, idp, pull->queue_last, SCIM_SYNC_PULL_QUEUE, p)
               : rv;
}

/* ---- pages ---- */

static apr_array_header_t *ids_of(const scim_sync_slot_t *slot, apr_pool_t *p)
{
    apr_array_header_t *ids = apr_array_copy(p, slot->others);
    int i;

    for (i = 0; i < slot->entries->nelts; i++) {
        APR_ARRAY_PUSH(ids, const char *) =
            APR_ARRAY_IDX(slot->entries, i, scim_sync_stage_entry_t).id;
    }
    return ids;
}

static apr_status_t put_users(scim_sync_db_t *db, scim_sync_slot_t *slot, apr_pool_t *p)
{
    const scim_sync_choice_t *choice = slot->pull->choice;
    const char *idp = slot->pull->run.idp;
    apr_status_t rv;

    rv = scim_sync_stage_put(db, idp, SCIM_SYNC_USER, slot->entries, &slot->fresh, p);
    if (rv == APR_SUCCESS && choice->units->nelts + choice->units_out->nelts > 0) {
        rv = scim_sync_stage_put_others(db, idp, SCIM_SYNC_USER, slot->entries, slot->others,
                                        &slot->fresh, p);
    }
    if (rv == APR_SUCCESS && slot->listing.part >= 0) {
        rv =
            scim_sync_stage_put_part(db, idp, slot->listing.part, ids_of(slot, p), &slot->fresh, p);
    }
    return rv;
}

static apr_status_t put_groups(scim_sync_db_t *db, scim_sync_slot_t *slot, apr_pool_t *p)
{
    const char *idp = slot->pull->run.idp;
    apr_status_t rv;

    if (slot->listing.part >= 0) {
        return scim_sync_stage_put_part(db, idp, slot->listing.part, ids_of(slot, p), &slot->fresh,
                                        p);
    }
    rv = scim_sync_stage_put(db, idp, SCIM_SYNC_GROUP, slot->entries, &slot->fresh, p);
    return rv == APR_SUCCESS && scim_sync_choice_sifts_groups(slot->pull->choice)
               ? scim_sync_stage_put_others(db, idp, SCIM_SYNC_GROUP, slot->entries, slot->others,
                                            &slot->fresh, p)
               : rv;
}

apr_status_t scim_sync_pull_put(scim_sync_db_t *db, scim_sync_slot_t *slot, apr_pool_t *p)
{
    switch (slot->listing.kind) {
    case SCIM_SYNC_PULL_USERS:
        return put_users(db, slot, p);
    case SCIM_SYNC_PULL_GROUPS:
        return put_groups(db, slot, p);
    case SCIM_SYNC_PULL_MEMBERS:
        return scim_sync_stage_put_members(db, slot->pull->run.idp, slot->listing.group,
                                           slot->entries, &slot->fresh, p);
    case SCIM_SYNC_PULL_CHECK:
        slot->fresh = slot->page.entries->nelts;
        break;
    }
    return APR_SUCCESS;
}

apr_status_t scim_sync_pull_forget(scim_sync_db_t *db, const scim_sync_slot_t *slot, apr_pool_t *p)
{
    const scim_sync_pull_listing_t *listing = &slot->listing;
    const char *idp = slot->pull->run.idp;

    if (listing->part >= 0) {
        return scim_sync_stage_clear_part(db, idp, listing->part, p);
    }
    switch (listing->kind) {
    case SCIM_SYNC_PULL_USERS:
        return scim_sync_stage_clear_type(db, idp, SCIM_SYNC_USER, p);
    case SCIM_SYNC_PULL_GROUPS:
        return scim_sync_stage_clear_type(db, idp, SCIM_SYNC_GROUP, p);
    case SCIM_SYNC_PULL_MEMBERS:
        return scim_sync_stage_clear_members(db, idp, listing->group, p);
    case SCIM_SYNC_PULL_CHECK:
        break;
    }
    return APR_SUCCESS;
}
