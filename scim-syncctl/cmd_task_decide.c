/* SPDX-License-Identifier: Apache-2.0 */
/*
 * task release, task discard: what is decided about single tasks. Each is looked at first, and
 * decided about as it was shown.
 */
#include <stdio.h>
#include <string.h>

#include <apr_strings.h>

#include "base/json.h"
#include "base/text.h"
#include "scim-syncctl/ctl.h"
#include "scim-syncctl/text.h"

/* So many are shown before the question. */
#define SHOWN 20

static const ctl_column_t columns[] = {
    { "TASK", "id", CTL_NUMBER },          { "STATE", "state", CTL_TEXT },
    { "SITE", "site", CTL_TEXT, 24 },      { "NAME", "name", CTL_TEXT, 40 },
    { "WHAT HAPPENS", "means", CTL_TEXT }, CTL_COLUMNS_END
};

typedef struct {
    const char *id;
    const char *etag; /* of what was shown */
    json_t *task;
} choice_t;

/* ---- which ones ---- */

/* Ids of the command line, or of what it says of them: const char *. */
static ctl_exit_t find_ids(ctl_t *ctl, apr_array_header_t *ids)
{
    const char *query = ctl_query(ctl, ctl_task_filters, ctl->p);
    ctl_exit_t status;
    json_t *tasks;
    json_t *task;
    apr_size_t i;
    int more;

    if (!ctl->line.count == !*query || (*query && !ctl_option(&ctl->line, "state"))) {
        return ctl_misused("Which tasks? Say their ids, or what they have in common, of which "
                           "--state is a part (--state held --idp okta, ...).");
    }
    for (i = 0; i < (apr_size_t)ctl->line.count; i++) {
        APR_ARRAY_PUSH(ids, const char *) = ctl->line.operands[i];
    }
    if (!*query) {
        return CTL_FINE;
    }
    status = ctl_get_list(ctl, &tasks, &more, apr_pstrcat(ctl->p, "tasks", query, NULL), "tasks",
                          "after", 0, ctl->p);
    for (i = 0; status == CTL_FINE && (task = json_array_get(tasks, i)); i++) {
        APR_ARRAY_PUSH(ids, const char *) = ctl_cell(json_object_get(task, "id"), CTL_TEXT, ctl->p);
    }
    return status;
}

static int is_of_state(const json_t *task, const char *state)
{
    const char *its = scim_sync_json_str(task, "state");

    return its && !strcmp(its, state);
}

static int is_held(const json_t *task)
{
    return json_is_object(json_object_get(task, "guard"));
}

/* What the decision does to this one; NULL: there is nothing to decide. */
static const char *meaning(const json_t *task, int is_release, apr_pool_t *p)
{
    const char *takes = scim_sync_json_str(task, "takes");
    const char *detail = scim_sync_json_str(task, "detail");

    if (is_release) {
        return is_held(task) || takes || is_of_state(task, "discarded")
                   ? apr_psprintf(p, "loses %s", takes ? takes : "what is held")
                   : NULL;
    }
    if (is_held(task)) {
        return apr_psprintf(p, "keeps %s", takes ? takes : "what is held");
    }
    return is_of_state(task, "failed")
               ? apr_psprintf(p, "is dropped; its last words: %s", detail ? detail : "none")
               : NULL;
}

/* One that is gone, or not to be decided about, stops none of the others. */
static ctl_exit_t look_at(ctl_t *ctl, apr_array_header_t *choices, const char *id, int is_release)
{
    const ctl_request_t request = { .method = "GET", .path = ctl_path("tasks", id, "", ctl->p) };
    ctl_response_t answer;
    ctl_exit_t status = ctl_call(ctl, &request, &answer, ctl->p);
    const char *means;

    if (status != CTL_FINE) {
        return status;
    }
    if (!(means = meaning(answer.body, is_release, ctl->p))) {
        ctl_say("Task %s is %s: there is nothing to %s.", ctl_printable(id, ctl->p),
                ctl_cell(json_object_get(answer.body, "state"), CTL_TEXT, ctl->p),
                is_release ? "release" : "discard");
        return CTL_FAILED;
    }
    json_object_set_new(answer.body, "means", json_string(means));
    if (!scim_sync_json_str(answer.body, "name")) {
        json_object_set(answer.body, "name", json_object_get(answer.body, "subject"));
    }
    APR_ARRAY_PUSH(choices, choice_t) =
        (choice_t) { .id = id, .etag = answer.etag, .task = answer.body };
    return CTL_FINE;
}

/* ---- what is decided ---- */

/* Said before the question, to whoever is asked. */
static void say_what_it_means(const ctl_t *ctl, const apr_array_header_t *choices, int is_release)
{
    json_t *shown = scim_sync_json_own(json_array(), ctl->p);
    int i;

    for (i = 0; i < choices->nelts && i < SHOWN; i++) {
        json_array_append(shown, APR_ARRAY_IDX(choices, i, choice_t).task);
    }
    fputs(ctl_table(columns, shown, ctl->p), stderr);
    if (choices->nelts > i) {
        fprintf(stderr, "and %d more\n", choices->nelts - i);
    }
    fputs(is_release ? "\nReleased, this is lost past the guard, as soon as Jira answers.\n"
                     : "\nDiscarded, Jira stays as it is, although the identity provider says "
                       "otherwise, until it says\nsomething new of them. Who has left still has "
                       "access then.\n",
          stderr);
}

static ctl_exit_t decide_one(ctl_t *ctl, const choice_t *choice, int is_release)
{
    const ctl_request_t request = { .method = is_release ? "POST" : "DELETE",
                                    .path = ctl_path("tasks", choice->id,
                                                     is_release ? "/release" : "", ctl->p),
                                    .if_match = choice->etag };
    ctl_response_t answer;
    ctl_exit_t status = ctl_call(ctl, &request, &answer, ctl->p);

    if (status != CTL_FINE) {
        ctl_say("Task %s is not %s.", ctl_printable(choice->id, ctl->p),
                is_release ? "released" : "discarded");
    }
    return status;
}

static ctl_exit_t print_count(const ctl_t *ctl, const char *done, int count)
{
    return ctl->json ? ctl_print_json(scim_sync_json_own(json_pack("{s:i}", done, count), ctl->p),
                                      JSON_INDENT(2), ctl->p)
                     : ctl_print("%d %s\n", count, done);
}

/* Each by itself, until one is refused for a reason that holds for all. */
static ctl_exit_t decide_all(ctl_t *ctl, const apr_array_header_t *choices, int is_release,
                             ctl_exit_t worst)
{
    int count = 0;
    int i;

    for (i = 0; i < choices->nelts && (worst <= CTL_FAILED || worst == CTL_STALE); i++) {
        ctl_exit_t status = decide_one(ctl, &APR_ARRAY_IDX(choices, i, choice_t), is_release);

        count += status == CTL_FINE;
        worst = status > worst ? status : worst;
    }
    print_count(ctl, is_release ? "released" : "discarded", count);
    return worst;
}

ctl_exit_t ctl_task_decide(ctl_t *ctl)
{
    int is_release = ctl->line.command->verb == CTL_TASK_RELEASE;
    apr_array_header_t *ids = apr_array_make(ctl->p, 4, sizeof(const char *));
    apr_array_header_t *choices = apr_array_make(ctl->p, 4, sizeof(choice_t));
    ctl_exit_t worst = find_ids(ctl, ids);
    ctl_exit_t status;
    int i;

    for (i = 0; i < ids->nelts && worst <= CTL_FAILED; i++) {
        status = look_at(ctl, choices, APR_ARRAY_IDX(ids, i, const char *), is_release);
        worst = status > worst ? status : worst;
    }
    if (worst > CTL_FAILED) {
        return worst;
    }
    if (choices->nelts > 0) {
        say_what_it_means(ctl, choices, is_release);
        status =
            ctl_confirm(ctl, 1,
                        apr_psprintf(ctl->p, "%s %s?", is_release ? "Release" : "Discard",
                                     scim_sync_count_text(choices->nelts, "task", "tasks", ctl->p)),
                        is_release ? "say --yes to release this" : "say --yes to discard this");
        if (status != CTL_FINE) {
            return status;
        }
    }
    return decide_all(ctl, choices, is_release, worst);
}
