/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/adoption.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"

typedef struct {
    const char *email;
    const char *account_id;
    int met;
} wanted_t;

static scim_sync_adopted_t nobody(apr_pool_t *p)
{
    return (scim_sync_adopted_t) { .named = apr_array_make(p, 8, sizeof(const char *)) };
}

scim_sync_adoption_t *scim_sync_adoption_make(apr_pool_t *p)
{
    scim_sync_adoption_t *adoption = apr_palloc(p, sizeof(*adoption));

    *adoption = (scim_sync_adoption_t) { .gain = nobody(p),
                                         .keep = nobody(p),
                                         .not_ours = nobody(p),
                                         .wanted = apr_array_make(p, 32, sizeof(wanted_t *)),
                                         .by_account = apr_hash_make(p),
                                         .by_email = apr_hash_make(p),
                                         .pool = p };
    return adoption;
}

static void name(scim_sync_adopted_t *adopted, const char *text)
{
    if (adopted->named->nelts < SCIM_SYNC_ADOPTION_NAMED) {
        APR_ARRAY_PUSH(adopted->named, const char *) = text;
    }
    else {
        adopted->more++;
    }
}

static wanted_t *find(const scim_sync_adoption_t *adoption, const char *account_id,
                      const char *email)
{
    wanted_t *one =
        account_id ? apr_hash_get(adoption->by_account, account_id, APR_HASH_KEY_STRING) : NULL;

    return one || !email ? one : apr_hash_get(adoption->by_email, email, APR_HASH_KEY_STRING);
}

void scim_sync_adoption_want(scim_sync_adoption_t *adoption, const char *email,
                             const char *account_id)
{
    wanted_t *one = find(adoption, account_id, email);

    if (!email && !account_id) {
        return;
    }
    if (!one) {
        one = apr_pcalloc(adoption->pool, sizeof(*one));
        APR_ARRAY_PUSH(adoption->wanted, wanted_t *) = one;
    }
    if (email) {
        one->email = one->email ? one->email : email;
        apr_hash_set(adoption->by_email, email, APR_HASH_KEY_STRING, one);
    }
    if (account_id) {
        one->account_id = account_id;
        apr_hash_set(adoption->by_account, account_id, APR_HASH_KEY_STRING, one);
    }
}

void scim_sync_adoption_meet(scim_sync_adoption_t *adoption,
                             const scim_sync_jira_account_t *account)
{
    apr_pool_t *p = adoption->pool;
    const char *email = account->email ? scim_sync_fold(account->email, p) : NULL;
    wanted_t *one = find(adoption, account->account_id, email);

    /* An address may be somebody else's by now: the account that is known decides. */
    if (one && one->account_id && strcmp(one->account_id, account->account_id)) {
        one = NULL;
    }
    if (!one) {
        name(&adoption->not_ours,
             email ? email
                   : apr_psprintf(p, "%s (%s)",
                                  account->display_name ? account->display_name : "no name",
                                  account->account_id));
    }
    else if (!one->met) {
        one->met = 1;
        name(&adoption->keep, one->email ? one->email : one->account_id);
    }
}

void scim_sync_adoption_end(scim_sync_adoption_t *adoption)
{
    int i;

    for (i = 0; i < adoption->wanted->nelts; i++) {
        const wanted_t *one = APR_ARRAY_IDX(adoption->wanted, i, const wanted_t *);

        if (!one->met) {
            name(&adoption->gain, one->email ? one->email : one->account_id);
        }
    }
}
