/* SPDX-License-Identifier: Apache-2.0 */
#include "scim-syncctl/steps.h"

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "base/json.h"
#include "base/text.h"
#include "scim-syncctl/diff.h"
#include "scim-syncctl/table.h"
#include "scim-syncctl/text.h"

/* Paths of what is one value, though it is an object: what it does not name is not as it was. */
static const char *const whole[] = { "google.schedule", "google.endpoints" };

/* ---- what is asked of steps ---- */

static int is_nothing(const json_t *value)
{
    return !value || json_is_null(value);
}

int ctl_step_changes(const ctl_step_t *step, const char *path)
{
    const json_t *before = ctl_member(step->before, path);
    const json_t *after = ctl_member(step->after, path);

    if (is_nothing(before) || is_nothing(after)) {
        return is_nothing(before) != is_nothing(after);
    }
    return !json_equal((json_t *)(uintptr_t)before, (json_t *)(uintptr_t)after);
}

int ctl_step_sends(const ctl_step_t *step, const char *path)
{
    return scim_sync_list_holds(step->secrets, path);
}

static int holds(const json_t *list, const json_t *text)
{
    const json_t *one;
    apr_size_t i;

    json_array_foreach(list, i, one)
    {
        if (json_equal((json_t *)(uintptr_t)one, (json_t *)(uintptr_t)text)) {
            return 1;
        }
    }
    return 0;
}

int ctl_step_takes_sites(const ctl_step_t *step)
{
    const json_t *site;
    apr_size_t i;

    json_array_foreach(json_object_get(step->before, "sites"), i, site)
    {
        if (step->deed == CTL_STEP_CHANGE && !holds(json_object_get(step->after, "sites"), site)) {
            return 1;
        }
    }
    return 0;
}

/* ---- how they are found ---- */

static void put_whole(json_t *after, const json_t *wanted)
{
    apr_size_t i;

    for (i = 0; i < sizeof(whole) / sizeof(*whole); i++) {
        const char *field = strchr(whole[i], '.') + 1;
        const json_t *value = ctl_member(wanted, whole[i]);

        if (value) {
            json_object_set(json_object_get(after, "google"), field, (json_t *)(uintptr_t)value);
        }
    }
}

/* A secret is sent where there is none yet, where the old one is of no use, or when asked for. */
static void find_secrets(ctl_step_t *step, const json_t *facts, const ctl_wish_t *wish)
{
    const struct {
        const char *path;
        int is_needed;
    } all[] = {
        { "apiToken", step->deed == CTL_STEP_MAKE },
        { "organization.apiKey", !is_nothing(ctl_member(step->after, "organization")) &&
                                     ctl_step_changes(step, "organization") },
        { "google.clientSecret", !is_nothing(ctl_member(step->after, "google.clientId")) &&
                                     (!json_is_true(json_object_get(facts, "hasClientSecret")) ||
                                      ctl_step_changes(step, "google.clientId") ||
                                      ctl_step_changes(step, "google.endpoints")) },
        { "google.serviceAccountKey",
          !json_is_true(json_object_get(facts, "hasServiceAccountKey")) },
    };
    apr_size_t i;

    for (i = 0; i < sizeof(all) / sizeof(*all); i++) {
        if (ctl_member(step->wanted, all[i].path) && (all[i].is_needed || wish->secrets)) {
            APR_ARRAY_PUSH(step->secrets, const char *) = all[i].path;
        }
    }
}

static const json_t *facts_of(const ctl_config_t *now, const ctl_step_t *step)
{
    return step->is_site ? NULL : json_object_get(now->facts, step->name);
}

static void add_wanted(apr_array_header_t *steps, const ctl_config_t *now, const json_t *doc,
                       const ctl_step_t *of, const ctl_wish_t *wish)
{
    const char *kind = of->is_site ? "sites" : "idps";
    apr_pool_t *p = steps->pool;
    ctl_step_t step = *of;
    json_t *bare;
    json_t *after;

    step.wanted = json_object_get(json_object_get(doc, kind), step.name);
    step.before = json_object_get(json_object_get(now->doc, kind), step.name);
    step.deed = step.before ? CTL_STEP_CHANGE : CTL_STEP_MAKE;
    bare = scim_sync_json_own(ctl_config_bare(step.wanted), p);
    after = scim_sync_json_own(ctl_merge(step.before, bare), p);
    put_whole(after, bare);
    step.after = after;
    step.secrets = apr_array_make(p, 4, sizeof(const char *));
    find_secrets(&step, facts_of(now, &step), wish);
    if (ctl_step_sends(&step, "apiToken") && !json_object_get(bare, "apiTokenExpires")) {
        json_object_del(after, "apiTokenExpires");
    }
    step.differences = ctl_diff(step.before, step.after, p);
    step.told = scim_sync_json_int(facts_of(now, &step), "told", 0);
    if (step.deed == CTL_STEP_MAKE || step.differences->nelts || step.secrets->nelts) {
        APR_ARRAY_PUSH(steps, ctl_step_t) = step;
    }
}

static void add_unwanted(apr_array_header_t *steps, const ctl_config_t *now, const json_t *doc,
                         const ctl_step_t *of)
{
    const char *kind = of->is_site ? "sites" : "idps";
    ctl_step_t step = *of;

    if (json_object_get(json_object_get(doc, kind), step.name)) {
        return;
    }
    step.deed = CTL_STEP_DELETE;
    step.before = json_object_get(json_object_get(now->doc, kind), step.name);
    step.differences = apr_array_make(steps->pool, 1, sizeof(ctl_difference_t));
    step.secrets = apr_array_make(steps->pool, 1, sizeof(const char *));
    step.told = scim_sync_json_int(facts_of(now, &step), "told", 0);
    APR_ARRAY_PUSH(steps, ctl_step_t) = step;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static apr_array_header_t *names_of(const json_t *things, apr_pool_t *p)
{
    apr_array_header_t *names = apr_array_make(p, 16, sizeof(const char *));
    const char *name;
    json_t *thing;

    json_object_foreach((json_t *)(uintptr_t)things, name, thing)
    {
        APR_ARRAY_PUSH(names, const char *) = apr_pstrdup(p, name);
    }
    qsort(names->elts, (size_t)names->nelts, sizeof(const char *), by_name);
    return names;
}

apr_array_header_t *ctl_steps(const ctl_config_t *now, const json_t *doc, const ctl_wish_t *wish,
                              apr_pool_t *p)
{
    apr_array_header_t *steps = apr_array_make(p, 16, sizeof(ctl_step_t));
    int is_site;
    int i;

    for (is_site = 1; is_site >= 0; is_site--) {
        apr_array_header_t *names = names_of(json_object_get(doc, is_site ? "sites" : "idps"), p);

        for (i = 0; i < names->nelts; i++) {
            const ctl_step_t of = { .is_site = is_site,
                                    .name = APR_ARRAY_IDX(names, i, const char *) };

            add_wanted(steps, now, doc, &of, wish);
        }
    }
    for (is_site = 0; wish->prune && is_site <= 1; is_site++) {
        apr_array_header_t *names =
            names_of(json_object_get(now->doc, is_site ? "sites" : "idps"), p);

        for (i = 0; i < names->nelts; i++) {
            const ctl_step_t of = { .is_site = is_site,
                                    .name = APR_ARRAY_IDX(names, i, const char *) };

            add_unwanted(steps, now, doc, &of);
        }
    }
    return steps;
}

/* ---- what is in their way ---- */

/* Of something new that a new site or IdP can't be made without. */
static const char *missing(const ctl_step_t *step, apr_pool_t *p)
{
    static const char *const of_site[] = { "baseUrl", "email", "apiToken", NULL };
    static const char *const of_idp[] = { "sites", NULL };
    const char *const *field;

    for (field = step->is_site ? of_site : of_idp; *field; field++) {
        if (is_nothing(json_object_get(step->wanted, *field))) {
            return apr_psprintf(p, "%s is new, and needs %s%s.", ctl_step_title(step, p), *field,
                                strcmp(*field, "apiToken")
                                    ? ""
                                    : ": say where it is, {\"file\": \"/path\"} or {\"env\": "
                                      "\"NAME\"}");
        }
    }
    return NULL;
}

/* What must be sent anew, and the file does not say where it is. */
static const char *missing_secret(const ctl_step_t *step, apr_pool_t *p)
{
    const char *path = NULL;

    if (!is_nothing(ctl_member(step->after, "organization")) &&
        ctl_step_changes(step, "organization") && !ctl_step_sends(step, "organization.apiKey")) {
        path = "organization.apiKey";
    }
    else if (step->deed == CTL_STEP_CHANGE &&
             !is_nothing(ctl_member(step->after, "google.clientId")) &&
             (ctl_step_changes(step, "google.clientId") ||
              ctl_step_changes(step, "google.endpoints")) &&
             !ctl_step_sends(step, "google.clientSecret")) {
        path = "google.clientSecret";
    }
    return path ? apr_psprintf(p,
                               "%s: this change needs %s anew: say where it is, {\"file\": "
                               "\"/path\"} or {\"env\": \"NAME\"}.",
                               ctl_step_title(step, p), path)
                : NULL;
}

static const char *fixed(const ctl_step_t *step, apr_pool_t *p)
{
    static const char *const fields[] = { "kind", "mode" };
    apr_size_t i;

    for (i = 0; step->deed == CTL_STEP_CHANGE && i < sizeof(fields) / sizeof(*fields); i++) {
        if (!step->is_site && ctl_step_changes(step, fields[i])) {
            return apr_psprintf(p, "%s: its %s can't be changed. Make another one.",
                                ctl_step_title(step, p), fields[i]);
        }
    }
    return NULL;
}

const char *ctl_step_fault(const ctl_step_t *step, const ctl_wish_t *wish, apr_pool_t *p)
{
    const char *why;

    if ((step->deed == CTL_STEP_DELETE || ctl_step_takes_sites(step)) && step->told > 0 &&
        !wish->access) {
        return apr_psprintf(p,
                            "%s has told of %" APR_INT64_T_FMT " users and groups. What becomes "
                            "of their access%s? Say --access keep or --access remove; "
                            "scim-syncctl(8) says what that means.",
                            ctl_step_title(step, p), step->told,
                            step->deed == CTL_STEP_DELETE ? "" : " at the sites that it leaves");
    }
    if (step->deed == CTL_STEP_DELETE) {
        return NULL;
    }
    if (step->deed == CTL_STEP_MAKE && (why = missing(step, p))) {
        return why;
    }
    why = fixed(step, p);
    return why ? why : missing_secret(step, p);
}

/* ---- how they are shown ---- */

const char *ctl_step_title(const ctl_step_t *step, apr_pool_t *p)
{
    return apr_pstrcat(p, step->is_site ? "site " : "identity provider ",
                       ctl_printable(step->name, p), NULL);
}

static const char *text_of_end(const ctl_step_t *step, const ctl_wish_t *wish, apr_pool_t *p)
{
    const char *access = wish->access ? wish->access : "?";

    if (step->is_site) {
        return "    it goes; what is remembered of its accounts and groups stays\n";
    }
    return apr_psprintf(p,
                        "    it goes, with its tokens and all that it told: %" APR_INT64_T_FMT
                        " users and groups\n    their access: %s\n    of those who left already: "
                        "%s\n",
                        step->told, access, wish->leavers ? wish->leavers : "?");
}

/* Lists of nothing in something new say nothing. */
static int is_worth_a_line(const ctl_step_t *step, const ctl_difference_t *d)
{
    return step->deed != CTL_STEP_MAKE || !d->after ||
           !(json_is_array(d->after) && json_array_size(d->after) == 0);
}

const char *ctl_step_text(const ctl_step_t *step, const ctl_wish_t *wish, apr_pool_t *p)
{
    static const char *const signs[] = { "+ ", "", "- " };
    const char *text = apr_pstrcat(p, signs[step->deed], ctl_step_title(step, p), "\n", NULL);
    int i;

    if (step->deed == CTL_STEP_DELETE) {
        return apr_pstrcat(p, text, text_of_end(step, wish, p), NULL);
    }
    for (i = 0; i < step->differences->nelts; i++) {
        const ctl_difference_t *d = &APR_ARRAY_IDX(step->differences, i, ctl_difference_t);

        if (is_worth_a_line(step, d)) {
            text = apr_pstrcat(p, text, "    ", ctl_difference_text(d, p), NULL);
        }
    }
    for (i = 0; i < step->secrets->nelts; i++) {
        const char *path = APR_ARRAY_IDX(step->secrets, i, const char *);

        text = apr_pstrcat(p, text, "    + ", path, ": from ",
                           ctl_config_secret_place(ctl_member(step->wanted, path), p), "\n", NULL);
    }
    if (ctl_step_takes_sites(step) && step->told > 0) {
        text = apr_pstrcat(p, text, "    access of its people at the sites that it leaves: ",
                           wish->access ? wish->access : "?", "\n", NULL);
    }
    return text;
}

json_t *ctl_step_json(const ctl_step_t *step)
{
    static const char *const deeds[] = { "make", "change", "delete" };
    json_t *differences = json_array();
    json_t *secrets = json_array();
    int i;

    for (i = 0; i < step->differences->nelts; i++) {
        const ctl_difference_t *d = &APR_ARRAY_IDX(step->differences, i, ctl_difference_t);

        json_array_append_new(differences,
                              json_pack("{s:s, s:b, s:O?, s:O?}", "path", d->path, "element",
                                        d->is_element, "before", d->before, "after", d->after));
    }
    for (i = 0; i < step->secrets->nelts; i++) {
        json_array_append_new(secrets, json_string(APR_ARRAY_IDX(step->secrets, i, const char *)));
    }
    return json_pack("{s:s, s:s, s:s, s:o, s:o}", "kind", step->is_site ? "site" : "idp", "name",
                     step->name, "do", deeds[step->deed], "differences", differences, "secrets",
                     secrets);
}
