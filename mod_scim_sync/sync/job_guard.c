/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guard of a job: what its plan would take is counted, in the turn's transaction, before any of
 * it is intended. A plan that takes nothing asks the database nothing.
 */
#include <string.h>

#include <apr_strings.h>

#include "base/log.h"
#include "base/text.h"
#include "store/guard.h"
#include "sync/guard.h"
#include "sync/guard_say.h"
#include "sync/guard_waiting.h"

/*
 * Of many tasks that wait to take something each would count all the others. So a large number is
 * believed for a while (ms), and longer if it took long to count: a twentieth of the time at most
 * goes into that. What was taken is counted each time, and what there is in all changes slowly.
 */
#define WAITING_FOR 500
#define ALL_FOR     60000
#define SLOW        50
#define TIMES       20

struct scim_sync_guard_memory_t {
    apr_pool_t *pool;
    apr_hash_t *numbers;   /* name -> number_t */
    apr_pool_t *news_pool; /* of what follows; NULL when there are none */
    apr_hash_t *news;      /* "idp/kind" -> why it has tripped */
};

typedef struct {
    apr_int64_t number;
    apr_int64_t known;   /* of these, so many are counted among all of them, too */
    apr_int64_t edition; /* of the rules by which it was counted */
    apr_int64_t until;   /* ms */
} number_t;

/* One question of one plan. */
typedef struct {
    scim_sync_db_t *db;
    scim_sync_job_t *job;
    scim_sync_guard_memory_t *memory;
    const apr_array_header_t *steps;
    int leaving;
    const scim_sync_guard_say_t *say;     /* who is being asked: an IdP, */
    const scim_sync_rules_guard_t *rules; /* its guard, */
    scim_sync_guard_kind_t kind;          /* about which count */
    scim_sync_guard_count_t count;
    const char *why; /* it is held; NULL: it is not */
    const char *idp; /* whose guard that is */
    const char *by;  /* and which of its counts */
    struct {
        const char *takes;
        const char *spared;
    } before; /* of a group's job: what is held of another group in Jira that it stands for */
    apr_pool_t *p;
} question_t;

/* ---- the memory ---- */

static scim_sync_guard_memory_t *memory_of(scim_sync_worker_t *worker)
{
    scim_sync_guard_memory_t *memory = worker->guard;

    if (!memory) {
        memory = worker->guard = apr_pcalloc(worker->pool, sizeof(*memory));
        memory->pool = worker->pool;
        memory->numbers = apr_hash_make(worker->pool);
    }
    return memory;
}

static int recall(const question_t *q, const char *name, number_t *number)
{
    const number_t *known = apr_hash_get(q->memory->numbers, name, APR_HASH_KEY_STRING);
    int fresh = known && scim_sync_now() < known->until &&
                known->edition == scim_sync_rulebook_edition(q->job->worker->rulebook, q->say->idp);

    *number = fresh ? *known : (number_t) { .number = 0 };
    return fresh;
}

static void remember(const question_t *q, const char *name, const number_t *number, apr_int64_t ms)
{
    scim_sync_guard_memory_t *memory = q->memory;
    number_t *known = apr_hash_get(memory->numbers, name, APR_HASH_KEY_STRING);

    if (!known) {
        known = apr_palloc(memory->pool, sizeof(*known));
        apr_hash_set(memory->numbers, apr_pstrdup(memory->pool, name), APR_HASH_KEY_STRING, known);
    }
    *known = *number;
    known->edition = scim_sync_rulebook_edition(q->job->worker->rulebook, q->say->idp);
    known->until = scim_sync_now() + ms;
}

/* After a decision of the administrator it is counted anew. */
static void forget(const question_t *q)
{
    apr_hash_index_t *i;

    for (i = apr_hash_first(q->p, q->memory->numbers); i; i = apr_hash_next(i)) {
        ((number_t *)apr_hash_this_val(i))->until = 0;
    }
}

/* Said in the log once the transaction is committed; it may run more than once before. */
static void note_news(const question_t *q)
{
    scim_sync_guard_memory_t *memory = q->memory;
    apr_pool_t *pool;

    if (!memory->news_pool) {
        apr_pool_create(&memory->news_pool, memory->pool);
        memory->news = apr_hash_make(memory->news_pool);
    }
    pool = memory->news_pool;
    apr_hash_set(memory->news, apr_pstrcat(pool, q->idp, "/", q->by, NULL), APR_HASH_KEY_STRING,
                 apr_pstrdup(pool, q->why));
}

void scim_sync_job_guard_told(scim_sync_worker_t *worker)
{
    scim_sync_guard_memory_t *memory = worker->guard;
    apr_hash_index_t *i;

    if (!memory || !memory->news_pool) {
        return;
    }
    for (i = apr_hash_first(memory->news_pool, memory->news); i; i = apr_hash_next(i)) {
        void *why;

        apr_hash_this(i, NULL, NULL, &why);
        scim_sync_log(SCIM_LOG_WARNING, APR_SUCCESS,
                      SCIM_LOGNO(0160) "site %s: the guard holds what an identity provider takes "
                                       "away: %s",
                      worker->jira.name, (const char *)why);
    }
    apr_pool_destroy(memory->news_pool);
    memory->news_pool = NULL;
}

/* ---- the numbers ---- */

/*
 * What a step takes, as it is counted: a membership by its group, one that a group's own plan takes
 * by the account; all others by the subject alone.
 */
static const char *object_of(const scim_sync_step_t *step, scim_sync_guard_kind_t kind)
{
    if (kind != SCIM_SYNC_GUARD_MEMBERSHIPS) {
        return "";
    }
    return step->account_id ? step->account_id : step->group_id;
}

/* Of this plan, what the IdP that is being asked has a say in. */
static int concerns(const question_t *q, const scim_sync_step_t *step, scim_sync_guard_kind_t kind)
{
    return scim_sync_guard_kind(step->kind, q->leaving) == kind &&
           scim_sync_guard_concerns(q->say, step);
}

/* Another IdP of its name has other numbers. */
static const char *name_of(const question_t *q, const char *what)
{
    return apr_psprintf(q->p, "%s/%s/%" APR_INT64_T_FMT "/%s/%s", what, q->count.idp,
                        scim_sync_rulebook_made(q->job->worker->rulebook, q->count.idp),
                        q->count.kind, q->job->task.kind);
}

static apr_status_t ask_waiting(const question_t *q, number_t *waiting)
{
    const scim_sync_guard_waiting_for_t what = { .db = q->db,
                                                 .worker = q->job->worker,
                                                 .count = &q->count,
                                                 .kind = q->kind,
                                                 .beside = q->say->subject };

    *waiting = (number_t) { .number = 0 };
    if (q->kind == SCIM_SYNC_GUARD_MEMBERSHIPS) {
        return scim_sync_guard_count_losers(&what, &waiting->number, q->p);
    }
    return scim_sync_job_is_person(q->job)
               ? scim_sync_guard_count_leavers(&what, &waiting->number, &waiting->known, q->p)
               : scim_sync_guard_gone_groups(q->db, &waiting->number, &q->count, what.beside, q->p);
}

/*
 * What others wait for that is like it: as it was a moment ago, less what has been taken since.
 */
static apr_status_t count_waiting(const question_t *q, apr_int64_t taken, number_t *waiting)
{
    const char *name = name_of(q, "waiting");
    apr_int64_t began = scim_sync_now();
    apr_int64_t took;
    apr_status_t rv;

    if (recall(q, name, waiting)) {
        waiting->number = waiting->number > taken ? waiting->number - taken : 0;
        waiting->known = waiting->known < waiting->number ? waiting->known : waiting->number;
        return APR_SUCCESS;
    }
    rv = ask_waiting(q, waiting);
    took = scim_sync_now() - began;
    if (rv == APR_SUCCESS && (waiting->number > SCIM_SYNC_GUARD_FEW || took > SLOW)) {
        number_t then = *waiting;

        then.number += taken;
        remember(q, name, &then, took * TIMES > WAITING_FOR ? took * TIMES : WAITING_FOR);
    }
    return rv;
}

/*
 * What the plan asks for, beyond what is among the taken. A leaver is one, whatever is taken.
 * *again   some of that passed before this task was there: it has come back since, and goes again
 */
static apr_status_t count_asked(const question_t *q, apr_array_header_t *objects, int *again)
{
    apr_status_t rv = APR_SUCCESS;
    apr_int64_t at;
    int i;

    *again = 0;
    for (i = 0; rv == APR_SUCCESS && i < q->steps->nelts; i++) {
        const scim_sync_step_t *step = &APR_ARRAY_IDX(q->steps, i, scim_sync_step_t);
        const char *object = object_of(step, q->kind);

        if (!concerns(q, step, q->kind) || scim_sync_list_holds(objects, object)) {
            continue;
        }
        rv = scim_sync_guard_has(q->db, &at, &q->count, q->say->subject, object, q->p);
        if (rv == APR_SUCCESS && at == 0) {
            APR_ARRAY_PUSH(objects, const char *) = object;
        }
        *again |= at > 0 && at < q->job->task.created;
    }
    return rv;
}

static apr_status_t ask_all(const question_t *q, apr_int64_t *all)
{
    const char *type = scim_sync_job_is_person(q->job) ? "User" : "Group";

    return q->kind == SCIM_SYNC_GUARD_MEMBERSHIPS
               ? scim_sync_guard_memberships(q->db, all, &q->count, q->p)
               : scim_sync_guard_all(q->db, all, &q->count, type, q->p);
}

/*
 * Those who leave are wanted no more, and belong to all the same; memberships that are about to be
 * taken are still there.
 * known   so many of the waiting are among those who are counted
 */
static apr_status_t count_all(const question_t *q, apr_int64_t known,
                              scim_sync_guard_numbers_t *numbers)
{
    apr_int64_t total = numbers->taken + numbers->waiting + numbers->asked;
    const char *name = name_of(q, "all");
    apr_status_t rv = APR_SUCCESS;
    number_t all;

    if (!recall(q, name, &all)) {
        rv = ask_all(q, &all.number);
        all.number += q->kind == SCIM_SYNC_GUARD_MEMBERSHIPS
                          ? numbers->taken
                          : numbers->waiting - known + numbers->asked;
        remember(q, name, &all, ALL_FOR);
    }
    numbers->all = all.number > total ? all.number : total;
    return rv;
}

/* ---- the decision ---- */

static void hold(question_t *q, const char *why, const char *idp, const char *by)
{
    q->why = why;
    q->idp = idp;
    q->by = by;
}

static apr_status_t trip(question_t *q, const scim_sync_guard_numbers_t *numbers)
{
    const scim_sync_guard_trip_t tripped = {
        .idp = q->count.idp,
        .site = q->count.site,
        .kind = q->count.kind,
        .counted = numbers->taken + numbers->waiting + numbers->asked,
        .most = scim_sync_guard_most(&q->rules->limits[q->kind], numbers),
        .window = q->count.window,
        .detail = scim_sync_guard_why(q->kind, q->count.idp, q->rules, numbers, q->p)
    };
    const scim_sync_event_t event = { .kind = "guard.tripped",
                                      .actor = "provisioner",
                                      .idp = tripped.idp,
                                      .site = tripped.site,
                                      .subject = tripped.idp,
                                      .detail = tripped.detail };
    apr_status_t rv;
    int first;

    hold(q, tripped.detail, tripped.idp, tripped.kind);
    note_news(q);
    forget(q);
    rv = scim_sync_guard_trip(q->db, &tripped, &first, q->p);
    return rv == APR_SUCCESS && first ? scim_sync_event_add(q->db, &event, q->p) : rv;
}

/* How it stands with what the plan asks for. */
static apr_status_t count(const question_t *q, const apr_array_header_t *objects,
                          scim_sync_guard_numbers_t *numbers)
{
    number_t waiting;
    apr_status_t rv;

    *numbers = (scim_sync_guard_numbers_t) { .asked = objects->nelts };
    if ((rv = scim_sync_guard_taken(q->db, &numbers->taken, &q->count, q->p)) != APR_SUCCESS ||
        (rv = count_waiting(q, numbers->taken, &waiting)) != APR_SUCCESS) {
        return rv;
    }
    numbers->waiting = waiting.number;
    return scim_sync_guard_needs_all(&q->rules->limits[q->kind], numbers)
               ? count_all(q, waiting.known, numbers)
               : APR_SUCCESS;
}

static apr_status_t ask_kind(question_t *q)
{
    apr_array_header_t *objects = apr_array_make(q->p, 4, sizeof(const char *));
    scim_sync_guard_numbers_t numbers;
    const char *tripped;
    apr_status_t rv;
    int again;

    if ((rv = count_asked(q, objects, &again)) != APR_SUCCESS || (objects->nelts == 0 && !again) ||
        (rv = scim_sync_guard_tripped(q->db, &tripped, &q->count, q->p)) != APR_SUCCESS) {
        return rv;
    }
    if (tripped) {
        hold(q, tripped, q->count.idp, q->count.kind);
        return APR_SUCCESS;
    }
    rv = count(q, objects, &numbers);
    if (rv != APR_SUCCESS || !scim_sync_guard_trips(&q->rules->limits[q->kind], &numbers)) {
        return rv;
    }
    return trip(q, &numbers);
}

/* Each of the counts that the plan falls under, by ask; until one holds it. */
static apr_status_t each_kind(question_t *q, apr_status_t (*ask)(question_t *q))
{
    apr_status_t rv = APR_SUCCESS;
    int kind;
    int i;

    for (kind = 0; rv == APR_SUCCESS && kind < SCIM_SYNC_GUARD_KINDS && !q->why; kind++) {
        for (i = 0; i < q->steps->nelts; i++) {
            if (concerns(q, &APR_ARRAY_IDX(q->steps, i, scim_sync_step_t),
                         (scim_sync_guard_kind_t)kind)) {
                q->kind = kind;
                q->count.kind = scim_sync_guard_name(kind);
                rv = ask(q);
                break;
            }
        }
    }
    return rv;
}

/* It passes: from now on it is among what was taken, also if the answer is lost. */
static apr_status_t add_kind(question_t *q)
{
    apr_status_t rv = APR_SUCCESS;
    int i;

    for (i = 0; rv == APR_SUCCESS && i < q->steps->nelts; i++) {
        const scim_sync_step_t *step = &APR_ARRAY_IDX(q->steps, i, scim_sync_step_t);

        if (concerns(q, step, q->kind)) {
            rv = scim_sync_guard_add(q->db, &q->count, q->say->subject, object_of(step, q->kind),
                                     q->p);
        }
    }
    return rv;
}

/* Each of those who have a say, and whose guard is on; until one holds it. */
static apr_status_t each_say(question_t *q, const apr_array_header_t *says,
                             apr_status_t (*ask)(question_t *q))
{
    apr_status_t rv = APR_SUCCESS;
    int i;

    for (i = 0; rv == APR_SUCCESS && i < says->nelts && !q->why; i++) {
        q->say = &APR_ARRAY_IDX(says, i, scim_sync_guard_say_t);
        q->rules = scim_sync_rulebook_guard(q->job->worker->rulebook, q->say->idp);
        if (q->rules && q->rules->enabled) {
            q->count.idp = q->say->idp;
            q->count.window = apr_time_as_msec(apr_time_from_sec(60)) * q->rules->window;
            rv = each_kind(q, ask);
        }
    }
    return rv;
}

/* First each is asked; and then it counts for all of them. */
static apr_status_t ask_guards(question_t *q, const apr_array_header_t *says)
{
    apr_status_t rv = each_say(q, says, ask_kind);

    return rv == APR_SUCCESS && !q->why ? each_say(q, says, add_kind) : rv;
}

/* Of the steps that take something, those not among the ids. */
static apr_array_header_t *taking(const apr_array_header_t *steps, int leaving, const char *ids,
                                  apr_pool_t *p)
{
    apr_array_header_t *found = apr_array_make(p, steps->nelts + 1, sizeof(scim_sync_step_t));
    int i;

    for (i = 0; i < steps->nelts; i++) {
        const scim_sync_step_t *step = &APR_ARRAY_IDX(steps, i, scim_sync_step_t);

        if (scim_sync_job_takes(step, leaving, ids, 0, p)) {
            APR_ARRAY_PUSH(found, scim_sync_step_t) = *step;
        }
    }
    return found;
}

/*
 * Of what an administrator has ended with the IdP, what only that one gave: all memberships in which
 * no other one has a say. The IdP itself is asked no more.
 */
static const char *own_end(const question_t *q, apr_array_header_t *says,
                           const apr_array_header_t *takes)
{
    const char *ids = "";
    int i;
    int k;

    APR_ARRAY_IDX(says, 0, scim_sync_guard_say_t).groups =
        apr_array_make(q->p, 1, sizeof(const char *));
    if (says->nelts == 1) {
        return SCIM_SYNC_TASK_SPARES_ALL;
    }
    for (i = 0; i < takes->nelts; i++) {
        const scim_sync_step_t *step = &APR_ARRAY_IDX(takes, i, scim_sync_step_t);

        for (k = 1; k < says->nelts; k++) {
            if (scim_sync_guard_concerns(&APR_ARRAY_IDX(says, k, scim_sync_guard_say_t), step)) {
                break;
            }
        }
        if (k == says->nelts && step->group_id) {
            ids = apr_pstrcat(q->p, ids, " ", step->group_id, " ", NULL);
        }
    }
    return ids;
}

/* What of the plan is asked for, and what passes: released by an administrator, or ended. */
static apr_status_t load_says(question_t *q, const scim_sync_decision_t *decision,
                              const scim_sync_person_t *person, const scim_sync_stands_t *stands,
                              const apr_array_header_t *steps, apr_array_header_t **says,
                              const char **passes)
{
    int ended = decision->released == SCIM_SYNC_PASSES_ALL;
    apr_status_t rv;

    *passes = decision->released == SCIM_SYNC_PASSES_NOTHING ? "" : decision->passes;
    q->steps = taking(steps, q->leaving, *passes, q->p);
    if (q->steps->nelts == 0) {
        return APR_SUCCESS;
    }
    rv = scim_sync_guard_says(q->db, q->job, person, stands, q->steps, ended, says, q->p);
    if (rv == APR_SUCCESS && ended) {
        *passes = apr_pstrcat(q->p, *passes, own_end(q, *says, q->steps), NULL);
        q->steps = taking(steps, q->leaving, *passes, q->p);
    }
    return rv;
}

/*
 * What is held of the same person already is left to that decision; what was released passes; the
 * rest is counted.
 */
static apr_status_t decide(question_t *q, const scim_sync_decision_t *decision,
                           const scim_sync_person_t *person, const scim_sync_stands_t *stands,
                           apr_array_header_t *steps)
{
    scim_sync_job_t *job = q->job;
    apr_array_header_t *says;
    const char *passes;
    apr_status_t rv;

    if (decision->held_idp) {
        rv = scim_sync_job_hold(q->db, job, steps, q->leaving, decision->held, 1, q->p);
        if (rv != APR_SUCCESS) {
            return rv;
        }
    }
    rv = load_says(q, decision, person, stands, steps, &says, &passes);
    if (rv == APR_SUCCESS && q->steps->nelts > 0) {
        q->memory = memory_of(job->worker);
        rv = ask_guards(q, says);
    }
    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (q->why) {
        /* Each decision is about its own. */
        job->takes = q->before.takes;
        job->spared = q->before.spared;
        return scim_sync_job_hold(q->db, job, steps, q->leaving, passes, 0, q->p);
    }
    if (decision->held_idp && job->spared != q->before.spared) {
        hold(q,
             apr_psprintf(q->p,
                          scim_sync_job_is_person(job)
                              ? "what %s tells of the same person is held"
                              : "who leaves the same group by the rules of %s is held",
                          decision->held_idp),
             decision->held_idp, decision->held_by);
    }
    return APR_SUCCESS;
}

/*
 * A task is held by one guard at a time. What is held by another one of what a group stands for
 * besides is left alone, too, and found anew when the first has been decided.
 */
static void note_hold(const question_t *q)
{
    scim_sync_job_t *job = q->job;

    if (q->before.spared && (strcmp(job->guard_idp, q->idp) || strcmp(job->guard_kind, q->by))) {
        job->takes = q->before.takes;
        job->spared = q->before.spared;
        return;
    }
    job->guard_idp = apr_pstrdup(job->next_round, q->idp);
    job->guard_kind = apr_pstrdup(job->next_round, q->by);
}

/* What others decide about, too: the person's account; of a group's plan the group in Jira. */
static const char *object_in_jira(const scim_sync_person_t *person, const apr_array_header_t *takes)
{
    return !person           ? APR_ARRAY_IDX(takes, 0, scim_sync_step_t).group_id
           : person->account ? person->account->account_id
                             : NULL;
}

apr_status_t scim_sync_job_guard(scim_sync_db_t *db, scim_sync_job_t *job,
                                 const scim_sync_person_t *person, const scim_sync_stands_t *stands,
                                 apr_array_header_t *steps, scim_sync_outcome_t *outcome,
                                 apr_pool_t *p)
{
    question_t q = { .db = db,
                     .job = job,
                     .leaving = person && !person->wanted,
                     .count = { .site = job->worker->jira.name },
                     .before = { .takes = job->takes, .spared = job->spared },
                     .p = p };
    const apr_array_header_t *takes = taking(steps, q.leaving, "", p);
    const char *besides = outcome->detail;
    scim_sync_decision_t decision;
    apr_status_t rv;

    if (takes->nelts == 0) {
        return APR_SUCCESS;
    }
    rv = scim_sync_task_decision(db, &job->task, &decision, object_in_jira(person, takes),
                                 q.leaving, p);
    job->task.discarded = decision.own ? apr_pstrdup(job->pool, decision.words) : NULL;
    if (rv != APR_SUCCESS ||
        (rv = scim_sync_job_keep(db, job, steps, q.leaving, &decision, outcome, p)) !=
            APR_SUCCESS ||
        (rv = decide(&q, &decision, person, stands, steps)) != APR_SUCCESS || !q.why) {
        return rv;
    }
    note_hold(&q);
    if (outcome->verdict == SCIM_SYNC_DONE) {
        outcome->verdict = SCIM_SYNC_GUARDED;
    }
    outcome->detail = apr_psprintf(p,
                                   "held by the guard: %s. If that is right, release it; if it "
                                   "is a mistake, mend it in the identity provider, or discard "
                                   "it%s%s",
                                   q.why, besides ? "; and: " : "", besides ? besides : "");
    return APR_SUCCESS;
}
