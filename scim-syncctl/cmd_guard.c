/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guard: what it holds, who would lose what by a release, and what an administrator decides. Each
 * count is decided about as it was shown: if it holds others by then, nothing is.
 */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include <apr_strings.h>

#include "base/json.h"
#include "base/text.h"
#include "scim-syncctl/ctl.h"
#include "scim-syncctl/text.h"

#define LIMIT_DEFAULT 100
/* So many are shown before the question. */
#define SHOWN 10

static const ctl_column_t losers[] = { { "TASK", "id", CTL_NUMBER },
                                       { "NAME", "name", CTL_TEXT, 40 },
                                       { "KIND", "kind", CTL_TEXT },
                                       { "WOULD LOSE", "takes", CTL_TEXT },
                                       CTL_COLUMNS_END };

/* What a count counts, of one and of several. */
static const struct {
    const char *kind;
    const char *one;
    const char *many;
} losses[] = {
    { "deactivations", "person loses all access", "people lose all access" },
    { "deletions", "account or group is deleted", "accounts or groups are deleted" },
    { "memberships", "person or group loses memberships", "people or groups lose memberships" },
};
#define KINDS (sizeof(losses) / sizeof(*losses))

static const char *text_in(const json_t *object, const char *name, apr_pool_t *p)
{
    return ctl_cell(json_object_get(object, name), CTL_TEXT, p);
}

static const char *title_of(const json_t *trip, apr_pool_t *p)
{
    return apr_psprintf(p, "%s at %s", text_in(trip, "idp", p), text_in(trip, "site", p));
}

/* "13 people lose all access" */
static const char *loss_of(const json_t *trip, apr_pool_t *p)
{
    const char *kind = scim_sync_json_str(trip, "kind");
    apr_int64_t held = scim_sync_json_int(trip, "held", 0);
    apr_size_t i;

    for (i = 0; kind && i < KINDS; i++) {
        if (!strcmp(kind, losses[i].kind)) {
            return json_is_true(json_object_get(trip, "more"))
                       ? apr_psprintf(p, "%" APR_INT64_T_FMT " or more %s", held, losses[i].many)
                       : scim_sync_count_text(held, losses[i].one, losses[i].many, p);
        }
    }
    return text_in(trip, "kind", p);
}

/* ---- what it holds ---- */

static const char *fault_of_kind(const char *kind, apr_pool_t *p)
{
    apr_size_t i;

    for (i = 0; kind && i < KINDS; i++) {
        if (!strcmp(kind, losses[i].kind)) {
            return NULL;
        }
    }
    return kind ? apr_psprintf(p, "--kind must be %s, %s or %s.", losses[0].kind, losses[1].kind,
                               losses[2].kind)
                : NULL;
}

static int is_meant(const ctl_t *ctl, const json_t *trip, const char *idp)
{
    const char *wanted[][2] = { { "idp", idp },
                                { "site", ctl_option(&ctl->line, "site") },
                                { "kind", ctl_option(&ctl->line, "kind") } };
    apr_size_t i;

    for (i = 0; i < sizeof(wanted) / sizeof(*wanted); i++) {
        const char *value = scim_sync_json_str(trip, wanted[i][0]);

        if (wanted[i][1] && (!value || strcmp(value, wanted[i][1]))) {
            return 0;
        }
    }
    return 1;
}

/* Those that the command line means. A name that is nobody's is no reason to say that all is well. */
static ctl_exit_t find_trips(ctl_t *ctl, json_t **trips)
{
    const char *idp = ctl->line.count ? ctl->line.operands[0] : NULL;
    const char *why = fault_of_kind(ctl_option(&ctl->line, "kind"), ctl->p);
    ctl_exit_t status;
    json_t *answer;
    json_t *trip;
    apr_size_t i;

    if (why) {
        return ctl_misused("%s", why);
    }
    if ((idp &&
         (status = ctl_get(ctl, &answer, ctl_path("idps", idp, "", ctl->p), ctl->p)) != CTL_FINE) ||
        (status = ctl_get(ctl, &answer, "guard", ctl->p)) != CTL_FINE) {
        return status;
    }
    *trips = scim_sync_json_own(json_array(), ctl->p);
    json_array_foreach(json_object_get(answer, "guard"), i, trip)
    {
        if (is_meant(ctl, trip, idp)) {
            json_array_append(*trips, trip);
        }
    }
    return CTL_FINE;
}

/* Gives each its tasks, so many at most (0: all). */
static ctl_exit_t find_losers(ctl_t *ctl, const json_t *trips, long most)
{
    ctl_exit_t status = CTL_FINE;
    json_t *trip;
    apr_size_t i;

    json_array_foreach(trips, i, trip)
    {
        const char *names[] = { "site", "idp", "kind" };
        const char *parts[3];
        json_t *tasks;
        int more;
        int k;

        for (k = 0; k < 3; k++) {
            const char *value = scim_sync_json_str(trip, names[k]);

            parts[k] = scim_sync_url_encode(value ? value : "", ctl->p);
        }
        status = ctl_get_list(ctl, &tasks, &more,
                              apr_psprintf(ctl->p, "tasks?site=%s&guardIdp=%s&guard=%s", parts[0],
                                           parts[1], parts[2]),
                              "tasks", "after", most, ctl->p);
        if (status != CTL_FINE) {
            break;
        }
        json_object_set(trip, "tasks", tasks);
    }
    return status;
}

/* What is known by no name any more is known by its id. */
static void name_all(const json_t *tasks)
{
    json_t *task;
    apr_size_t i;

    json_array_foreach(tasks, i, task)
    {
        if (!scim_sync_json_str(task, "name")) {
            json_object_set(task, "name", json_object_get(task, "subject"));
        }
    }
}

/* How many there are besides those that are named; "" when there are none. */
static const char *rest_of(const json_t *trip, apr_pool_t *p)
{
    apr_int64_t named = (apr_int64_t)json_array_size(json_object_get(trip, "tasks"));
    apr_int64_t rest = scim_sync_json_int(trip, "held", 0) - named;

    return rest > 0 ? apr_psprintf(p,
                                   "  and %" APR_INT64_T_FMT " more: scim-syncctl guard show %s "
                                   "--limit 0 names all\n",
                                   rest, text_in(trip, "idp", p))
                    : "";
}

static const char *describe(const json_t *trips, apr_pool_t *p)
{
    const char *text = "";
    json_t *trip;
    apr_size_t i;

    json_array_foreach(trips, i, trip)
    {
        const json_t *tasks = json_object_get(trip, "tasks");

        name_all(tasks);
        text = apr_psprintf(p, "%s%s%s: %s if it is released\n  %s\n  since %s\n%s%s", text,
                            i ? "\n" : "", title_of(trip, p), loss_of(trip, p),
                            text_in(trip, "detail", p),
                            ctl_cell(json_object_get(trip, "since"), CTL_TIME, p),
                            ctl_table(losers, tasks, p), rest_of(trip, p));
    }
    return text;
}

static ctl_exit_t say_nothing_is_held(const ctl_t *ctl)
{
    return ctl_print("The guard holds nothing%s%s.\n", ctl->line.count ? " of " : "",
                     ctl->line.count ? ctl_printable(ctl->line.operands[0], ctl->p) : "");
}

static ctl_exit_t show(ctl_t *ctl)
{
    const char *why;
    long most = ctl_option_number(&ctl->line, "limit", 0, INT_MAX, LIMIT_DEFAULT, &why, ctl->p);
    ctl_exit_t status;
    json_t *trips;

    if (why) {
        return ctl_misused("%s", why);
    }
    if ((status = find_trips(ctl, &trips)) != CTL_FINE ||
        (status = find_losers(ctl, trips, most)) != CTL_FINE) {
        return status;
    }
    if (ctl->json) {
        return ctl_print_json(scim_sync_json_own(json_pack("{s:O}", "guard", trips), ctl->p),
                              JSON_INDENT(2), ctl->p);
    }
    return json_array_size(trips) ? ctl_print("%s", describe(trips, ctl->p))
                                  : say_nothing_is_held(ctl);
}

/* ---- what is decided ---- */

/* Said before the question, to whoever is asked. */
static void say_what_it_means(const ctl_t *ctl, const json_t *trips, int is_release)
{
    fputs(describe(trips, ctl->p), stderr);
    fputs(is_release ? "\nReleased, they lose it past the guard, as soon as Jira answers: all that "
                       "is held now, and no more.\n"
                     : "\nDiscarded, all of them keep what they have, although the identity "
                       "provider says otherwise,\nuntil it says something new of them, or somebody "
                       "retries or releases them. Who has left still has access then.\n",
          stderr);
}

static ctl_exit_t decide_one(ctl_t *ctl, const json_t *trip, const char *word, const char *done,
                             json_int_t *count)
{
    apr_pool_t *p = ctl->p;
    const char *site = scim_sync_json_str(trip, "site");
    const char *kind = scim_sync_json_str(trip, "kind");
    const ctl_request_t request = {
        .method = "POST",
        .path = ctl_path("idps", ctl->line.operands[0],
                         apr_psprintf(p, "/guard/%s?site=%s&kind=%s", word,
                                      scim_sync_url_encode(site ? site : "", p),
                                      scim_sync_url_encode(kind ? kind : "", p)),
                         p),
        .if_match = scim_sync_json_str(trip, "etag"),
    };
    ctl_response_t answer;
    ctl_exit_t status = ctl_call(ctl, &request, &answer, p);

    if (status != CTL_FINE) {
        ctl_say("%s, %s: nothing is %s.", title_of(trip, p), text_in(trip, "kind", p), done);
        return status;
    }
    *count += scim_sync_json_int(answer.body, done, 0);
    return CTL_FINE;
}

static ctl_exit_t print_count(const ctl_t *ctl, const char *done, json_int_t count)
{
    return ctl->json ? ctl_print_json(scim_sync_json_own(json_pack("{s:I}", done, count), ctl->p),
                                      JSON_INDENT(2), ctl->p)
                     : ctl_print("%" JSON_INTEGER_FORMAT " %s\n", count, done);
}

static ctl_exit_t decide(ctl_t *ctl)
{
    int is_release = ctl->line.command->verb == CTL_GUARD_RELEASE;
    const char *word = is_release ? "release" : "discard";
    const char *done = is_release ? "released" : "discarded";
    json_int_t count = 0;
    ctl_exit_t status;
    json_t *trips;
    json_t *trip;
    apr_size_t i;

    if ((status = find_trips(ctl, &trips)) != CTL_FINE ||
        (status = find_losers(ctl, trips, SHOWN)) != CTL_FINE) {
        return status;
    }
    if (json_array_size(trips) == 0) {
        return ctl->json ? print_count(ctl, done, 0) : say_nothing_is_held(ctl);
    }
    say_what_it_means(ctl, trips, is_release);
    status = ctl_confirm(ctl, 1, is_release ? "Release all of this?" : "Discard all of this?",
                         apr_psprintf(ctl->p, "say --yes to %s this", word));
    if (status != CTL_FINE) {
        return status;
    }
    for (i = 0; status == CTL_FINE && (trip = json_array_get(trips, i)); i++) {
        status = decide_one(ctl, trip, word, done, &count);
    }
    if (status == CTL_FINE || count > 0) {
        print_count(ctl, done, count);
    }
    return status;
}

ctl_exit_t ctl_guard(ctl_t *ctl)
{
    return ctl->line.command->verb == CTL_GUARD_SHOW ? show(ctl) : decide(ctl);
}
