/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/adoption.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"

static scim_sync_adopted_t nobody(int size, apr_pool_t *p)
{
    return (scim_sync_adopted_t) { .named = apr_array_make(p, 8, size) };
}

scim_sync_adoption_t *scim_sync_adoption_make(apr_pool_t *p)
{
    scim_sync_adoption_t *adoption = apr_palloc(p, sizeof(*adoption));

    *adoption =
        (scim_sync_adoption_t) { .gain = nobody(sizeof(const char *), p),
                                 .keep = nobody(sizeof(const char *), p),
                                 .not_ours = nobody(sizeof(const char *), p),
                                 .leaving = nobody(sizeof(const char *), p),
                                 .withheld = nobody(sizeof(scim_sync_left_out_t), p),
                                 .wanted = apr_array_make(p, 32, sizeof(scim_sync_adoptee_t *)),
                                 .by_account = apr_hash_make(p),
                                 .by_email = apr_hash_make(p),
                                 .by_name = apr_hash_make(p),
                                 .given = apr_hash_make(p),
                                 .pool = p };
    return adoption;
}

/* Whether there is room for one more. */
static int admit(scim_sync_adopted_t *adopted)
{
    int named = adopted->named->nelts < SCIM_SYNC_ADOPTION_NAMED;

    adopted->more += !named;
    return named;
}

static void name(scim_sync_adopted_t *adopted, const char *text)
{
    if (admit(adopted)) {
        APR_ARRAY_PUSH(adopted->named, const char *) = text;
    }
}

static const char *name_of(const scim_sync_adoptee_t *one)
{
    return one->email ? one->email : one->name ? one->name : one->account_id;
}

static void leave_out(scim_sync_adoption_t *adoption, const scim_sync_adoptee_t *one,
                      const scim_sync_withheld_t *why)
{
    if (admit(&adoption->withheld)) {
        scim_sync_left_out_t *left_out =
            &APR_ARRAY_PUSH(adoption->withheld.named, scim_sync_left_out_t);

        *left_out = (scim_sync_left_out_t) { .who = name_of(one), .why = *why };
        left_out->why.text = apr_pstrdup(adoption->pool, why->text);
        left_out->why.mend = apr_pstrdup(adoption->pool, why->mend);
    }
}

static scim_sync_adoptee_t *find(const scim_sync_adoption_t *adoption, const char *account_id,
                                 const char *email)
{
    scim_sync_adoptee_t *one =
        account_id ? apr_hash_get(adoption->by_account, account_id, APR_HASH_KEY_STRING) : NULL;

    return one || !email ? one : apr_hash_get(adoption->by_email, email, APR_HASH_KEY_STRING);
}

static scim_sync_adoptee_t *find_again(const scim_sync_adoption_t *adoption,
                                       const scim_sync_adoptee_t *person)
{
    return person->email || person->account_id
               ? find(adoption, person->account_id, person->email)
               : apr_hash_get(adoption->by_name, person->name, APR_HASH_KEY_STRING);
}

void scim_sync_adoption_want(scim_sync_adoption_t *adoption, const scim_sync_adoptee_t *person)
{
    scim_sync_adoptee_t *one = find_again(adoption, person);

    if (!one) {
        one = apr_pmemdup(adoption->pool, person, sizeof(*person));
        APR_ARRAY_PUSH(adoption->wanted, scim_sync_adoptee_t *) = one;
    }
    one->out = one->out && person->out ? one->out : NULL;
    one->import |= person->import;
    if (person->email) {
        one->email = one->email ? one->email : person->email;
        apr_hash_set(adoption->by_email, person->email, APR_HASH_KEY_STRING, one);
    }
    if (person->account_id) {
        one->account_id = person->account_id;
        apr_hash_set(adoption->by_account, person->account_id, APR_HASH_KEY_STRING, one);
    }
    if (!person->email && !person->account_id) {
        apr_hash_set(adoption->by_name, person->name, APR_HASH_KEY_STRING, one);
    }
}

void scim_sync_adoption_meet(scim_sync_adoption_t *adoption,
                             const scim_sync_jira_account_t *account)
{
    apr_pool_t *p = adoption->pool;
    const char *email = account->email ? scim_sync_fold(account->email, p) : NULL;
    scim_sync_adoptee_t *one = find(adoption, account->account_id, email);

    /* An address may be somebody else's by now: the account that is known decides. */
    if (one && one->account_id && strcmp(one->account_id, account->account_id)) {
        one = NULL;
    }
    if (!one || (one->out && !one->met)) {
        name(apr_hash_get(adoption->given, account->account_id, APR_HASH_KEY_STRING)
                 ? &adoption->leaving
                 : &adoption->not_ours,
             email ? email
                   : apr_psprintf(p, "%s (%s)",
                                  account->display_name ? account->display_name : "no name",
                                  account->account_id));
    }
    else if (!one->met) {
        name(&adoption->keep, one->email ? one->email : one->account_id);
    }
    if (one) {
        one->met = 1;
    }
}

static int is_lacking(const scim_sync_adoptee_t *one)
{
    return !one->met && !one->out && one->email && !one->account_id && !one->import;
}

apr_array_header_t *scim_sync_adoption_lacking(const scim_sync_adoption_t *adoption)
{
    apr_array_header_t *lacking = apr_array_make(adoption->pool, 4, sizeof(scim_sync_adoptee_t *));
    int i;

    for (i = 0; i < adoption->wanted->nelts; i++) {
        scim_sync_adoptee_t *one = APR_ARRAY_IDX(adoption->wanted, i, scim_sync_adoptee_t *);

        if (is_lacking(one)) {
            APR_ARRAY_PUSH(lacking, scim_sync_adoptee_t *) = one;
        }
    }
    return lacking;
}

/*
 * What the planner says of the person, who is in nothing yet; 0: nothing is in the way. Seats are
 * left aside: there may be one when it is time.
 */
static int is_withheld(scim_sync_withheld_t *why, const scim_sync_adoptee_t *one,
                       const char *group_id, const scim_sync_protection_t *protection,
                       apr_pool_t *p)
{
    const scim_sync_held_account_t account = { .account_id = one->account_id,
                                               .email = one->email,
                                               .groups_read = 1 };
    const scim_sync_learnt_t learnt = { .absent = 1, .looked = 1 };
    apr_array_header_t *groups = apr_array_make(p, 1, sizeof(const char *));
    apr_array_header_t *withheld = apr_array_make(p, 1, sizeof(scim_sync_withheld_t));
    scim_sync_person_t person = { .name = one->name,
                                  .email = one->email,
                                  .wanted = 1,
                                  .import = one->import,
                                  .account = one->account_id ? &account : NULL,
                                  .groups = groups,
                                  .members = apr_array_make(p, 1, sizeof(scim_sync_held_member_t)),
                                  .products = apr_array_make(p, 1, sizeof(const char *)),
                                  .protection = protection };
    apr_array_header_t *steps;
    scim_sync_seats_t seats;

    scim_sync_seats_init(&seats, p);
    person.seats = &seats;
    APR_ARRAY_PUSH(groups, const char *) = group_id;
    scim_sync_explain_person(&steps, withheld, &person, &learnt, p);
    if (withheld->nelts > 0) {
        *why = APR_ARRAY_IDX(withheld, 0, scim_sync_withheld_t);
    }
    return withheld->nelts > 0;
}

void scim_sync_adoption_end(scim_sync_adoption_t *adoption, const char *group_id,
                            const scim_sync_protection_t *protection,
                            const scim_sync_withheld_t *hindrance)
{
    const char *id = group_id ? group_id : "";
    apr_pool_t *scratch;
    int i;

    apr_pool_create(&scratch, adoption->pool);
    for (i = 0; i < adoption->wanted->nelts; i++) {
        const scim_sync_adoptee_t *one = APR_ARRAY_IDX(adoption->wanted, i, scim_sync_adoptee_t *);
        scim_sync_withheld_t why = { .kind = SCIM_SYNC_WITHHELD_RULE, .text = one->out };

        if (one->met) {
            continue;
        }
        apr_pool_clear(scratch);
        if (one->out) {
            leave_out(adoption, one, &why);
        }
        else if (hindrance) {
            leave_out(adoption, one, hindrance);
        }
        else if (is_withheld(&why, one, id, protection, scratch)) {
            leave_out(adoption, one, &why);
        }
        else {
            name(&adoption->gain, name_of(one));
        }
    }
    apr_pool_destroy(scratch);
}
