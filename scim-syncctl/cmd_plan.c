/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan: what would be done in Jira, and why; and what will not be done, and why not.
 */
#include <limits.h>
#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "base/json.h"
#include "base/text.h"
#include "scim-syncctl/ctl.h"
#include "scim-syncctl/text.h"

#define LIMIT_DEFAULT 100
#define PAGE          1000
#define ID_LEN        36

static const ctl_column_t subjects[] = { { "NAME", "name", CTL_TEXT, 40 },
                                         { "KIND", "kind", CTL_TEXT },
                                         { "SITE", "site", CTL_TEXT, 24 },
                                         { "WHEN", "when", CTL_TEXT },
                                         { "NOT DONE", "kept", CTL_NUMBER },
                                         { "WHAT", "what", CTL_TEXT },
                                         CTL_COLUMNS_END };
static const ctl_column_t sums[] = { { "tasks waiting", "tasks.waiting", CTL_TEXT },
                                     { "tasks planned", "tasks.planned", CTL_TEXT },
                                     { "tasks failed", "tasks.failed", CTL_TEXT },
                                     { "tasks held", "tasks.held", CTL_TEXT },
                                     { "in all, calls", "planned.calls", CTL_TEXT },
                                     { "in all, not done", "planned.withheld", CTL_TEXT },
                                     { "counted", "countedAt", CTL_TIME },
                                     CTL_COLUMNS_END };
static const ctl_column_t seats[] = { { "SITE", "site", CTL_TEXT },
                                      { "PRODUCT", "product", CTL_TEXT },
                                      { "SEATS", "seats", CTL_NUMBER },
                                      { "LEFT", "left", CTL_NUMBER },
                                      CTL_COLUMNS_END };

/* ---- one person or group ---- */

static const char *words_of_when(const char *when)
{
    static const struct {
        const char *when;
        const char *words;
    } all[] = { { "now", "as soon as possible" },
                { "later", "later: its task waits" },
                { "live", "when the identity provider is live: it is in dry run" },
                { "resumed", "when the identity provider is live: it is paused" },
                { "retried", "when somebody retries the task" },
                { "released", "when somebody releases the task: the guard holds it" },
                { "told", "when the identity provider tells of it again" },
                { "done", "there is nothing to do" } };
    apr_size_t i;

    for (i = 0; i < sizeof(all) / sizeof(*all); i++) {
        if (!strcmp(when, all[i].when)) {
            return all[i].words;
        }
    }
    return when;
}

static const char *text_in(const json_t *object, const char *name, apr_pool_t *p)
{
    return ctl_cell(json_object_get(object, name), CTL_TEXT, p);
}

static void print_steps(const json_t *site, apr_pool_t *p)
{
    const json_t *step;
    const json_t *why;
    apr_size_t i;
    apr_size_t j;

    json_array_foreach(json_object_get(site, "steps"), i, step)
    {
        ctl_print("  %d. %s\n", (int)i + 1, text_in(step, "what", p));
        json_array_foreach(json_object_get(step, "why"), j, why)
        {
            ctl_print("       because %s; %s\n", text_in(why, "text", p),
                      text_in(why, "ruleText", p));
        }
        if (scim_sync_json_str(step, "unless")) {
            ctl_print("       unless %s\n", text_in(step, "unless", p));
        }
    }
    if (json_is_true(json_object_get(site, "cut"))) {
        ctl_print("  ... and more than are shown here\n");
    }
}

static void print_withheld(const json_t *site, apr_pool_t *p)
{
    const json_t *kept;
    apr_size_t i;

    json_array_foreach(json_object_get(site, "withheld"), i, kept)
    {
        ctl_print("  not done: %s\n", text_in(kept, "text", p));
        if (scim_sync_json_str(kept, "mend")) {
            ctl_print("       to change that: %s\n", text_in(kept, "mend", p));
        }
    }
}

static ctl_exit_t print_plan(const json_t *plan, apr_pool_t *p)
{
    const json_t *site;
    apr_size_t i;

    ctl_print("%s (%s of %s, which is %s)\n", text_in(plan, "name", p), text_in(plan, "kind", p),
              text_in(plan, "idp", p), text_in(plan, "state", p));
    json_array_foreach(json_object_get(plan, "sites"), i, site)
    {
        const char *when = scim_sync_json_str(site, "when");
        const json_t *task = json_object_get(site, "task");

        ctl_print("\nsite %s: %s\n", text_in(site, "site", p),
                  ctl_printable(words_of_when(when ? when : "-"), p));
        print_steps(site, p);
        print_withheld(site, p);
        if (json_is_object(task)) {
            ctl_print("  task %s: %s; its last words: %s\n", text_in(task, "id", p),
                      text_in(task, "state", p), text_in(task, "detail", p));
        }
    }
    return ctl_print("%s", "");
}

/* As the API makes ids of users and groups. */
static int is_id(const char *text)
{
    apr_size_t i;

    for (i = 0; text[i]; i++) {
        if (i == 8 || i == 13 || i == 18 || i == 23 ? text[i] != '-' : !apr_isxdigit(text[i])) {
            return 0;
        }
    }
    return i == ID_LEN;
}

static ctl_exit_t plan_one(ctl_t *ctl, const char *subject, int is_group)
{
    const char *collection = is_group ? "/groups/" : "/users/";
    const char *encoded = scim_sync_url_encode(subject, ctl->p);
    const char *rest = is_id(subject)
                           ? apr_pstrcat(ctl->p, collection, encoded, "/plan", NULL)
                           : apr_pstrcat(ctl->p, collection, "plan?",
                                         is_group ? "displayName=" : "userName=", encoded, NULL);
    ctl_exit_t status;
    json_t *plan;

    status = ctl_get(ctl, &plan, ctl_path("idps", ctl->line.operands[0], rest, ctl->p), ctl->p);
    if (status != CTL_FINE) {
        return status;
    }
    return ctl->json ? ctl_print_json(plan, JSON_INDENT(2), ctl->p) : print_plan(plan, ctl->p);
}

/* ---- all ---- */

/* Pages as one answer; the sums of each page, which nobody sees, are left out. */
static ctl_exit_t read_pages(ctl_t *ctl, json_t **whole, long most)
{
    json_t *body = scim_sync_json_own(json_object(), ctl->p);
    const ctl_request_t request = { .method = "POST",
                                    .path =
                                        ctl_path("idps", ctl->line.operands[0], "/plan", ctl->p),
                                    .body = body };
    json_t *found = scim_sync_json_own(json_array(), ctl->p);
    ctl_response_t answer;
    ctl_exit_t status;
    long left;

    do {
        left = most ? most - (long)json_array_size(found) : PAGE;
        json_object_set_new(body, "limit", json_integer(left < PAGE ? left : PAGE));
        if ((status = ctl_call(ctl, &request, &answer, ctl->p)) != CTL_FINE) {
            return status;
        }
        json_array_extend(found, json_object_get(answer.body, "subjects"));
        json_object_set(body, "after", json_object_get(answer.body, "next"));
    } while (json_is_string(json_object_get(answer.body, "next")) &&
             (!most || (long)json_array_size(found) < most));
    json_object_set(answer.body, "subjects", found);
    json_object_del(answer.body, "page");
    *whole = answer.body;
    return CTL_FINE;
}

/* What a table has no column for: all steps in short, and how many are not done. */
static void put_words(json_t *all, apr_pool_t *p)
{
    const json_t *step;
    json_t *one;
    apr_size_t i;
    apr_size_t j;

    json_array_foreach(all, i, one)
    {
        const char *words = NULL;

        json_array_foreach(json_object_get(one, "steps"), j, step)
        {
            const char *call = scim_sync_json_str(step, "call");
            const char *group = scim_sync_json_str(step, "group");

            words = apr_pstrcat(p, words ? words : "", words ? "; " : "", call ? call : "",
                                group ? " " : "", group ? group : "", NULL);
        }
        scim_sync_json_put(one, "what", words);
        json_object_set_new(one, "kept",
                            json_integer(
                                (json_int_t)json_array_size(json_object_get(one, "withheld"))));
    }
}

static ctl_exit_t plan_all(ctl_t *ctl)
{
    const char *why;
    long most = ctl_option_number(&ctl->line, "limit", 0, INT_MAX, LIMIT_DEFAULT, &why, ctl->p);
    ctl_exit_t status;
    const char *free_;
    json_t *whole;

    if (why) {
        return ctl_misused("%s", why);
    }
    if ((status = read_pages(ctl, &whole, most)) != CTL_FINE) {
        return status;
    }
    if (ctl->json) {
        return ctl_print_json(whole, JSON_INDENT(2), ctl->p);
    }
    put_words(json_object_get(whole, "subjects"), ctl->p);
    if (json_is_null(json_object_get(whole, "countedAt"))) {
        json_object_del(whole, "countedAt"); /* now, which needs no words */
    }
    free_ = ctl_table(seats, json_object_get(whole, "seats"), ctl->p);
    status = ctl_print("%s%s%s\n%s", ctl_facts(sums, whole, ctl->p), *free_ ? "\n" : "", free_,
                       ctl_table(subjects, json_object_get(whole, "subjects"), ctl->p));
    if (json_is_string(json_object_get(whole, "next"))) {
        ctl_say("There are more: --limit 0 shows all.");
    }
    return status;
}

ctl_exit_t ctl_plan(ctl_t *ctl)
{
    const char *person = ctl->line.count > 1 ? ctl->line.operands[1] : NULL;
    const char *group = ctl_option(&ctl->line, "group");
    int all = ctl_option(&ctl->line, "all") != NULL;

    if (!person + !group + !all != 2) {
        return ctl_misused("Whose plan? Say a user name, an e-mail address or an id; or --group "
                           "NAME; or --all.");
    }
    return all ? plan_all(ctl) : plan_one(ctl, person ? person : group, group != NULL);
}
