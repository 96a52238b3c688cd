/* SPDX-License-Identifier: Apache-2.0 */
/*
 * apply: the server made as a file says. What differs is shown first, and nothing is changed before
 * all of it is known to be possible, as far as that can be known.
 */
#include <stdio.h>
#include <string.h>

#include <apr_strings.h>

#include "base/json.h"
#include "scim-syncctl/make.h"
#include "scim-syncctl/text.h"

typedef struct {
    ctl_maker_t maker;
    ctl_wish_t wish;
    ctl_config_t now;
    json_t *doc;
    apr_array_header_t *steps; /* ctl_step_t */
} work_t;

/* ---- what is wanted ---- */

static const char *read_decision(const ctl_t *ctl, const char *name, const char **decision)
{
    *decision = ctl_option(&ctl->line, name);
    return !*decision || !strcmp(*decision, "keep") || !strcmp(*decision, "remove")
               ? NULL
               : apr_psprintf(ctl->p, "--%s must be keep or remove.", name);
}

static const char *read_guard(const ctl_t *ctl, ctl_wish_t *wish)
{
    const char *guard = ctl_option(&ctl->line, "guard");

    wish->release = guard != NULL;
    if (!guard) {
        return NULL;
    }
    return strcmp(guard, "release") ? "--guard must be release."
           : !wish->access          ? "--guard goes with --access."
                                    : NULL;
}

static const char *read_wish(const ctl_t *ctl, ctl_wish_t *wish)
{
    const char *why = read_decision(ctl, "access", &wish->access);

    wish->prune = ctl_option(&ctl->line, "prune") != NULL;
    wish->secrets = ctl_option(&ctl->line, "secrets") != NULL;
    wish->same_jira = ctl_option(&ctl->line, "same-jira") != NULL;
    why = why ? why : read_decision(ctl, "leavers", &wish->leavers);
    why = !why && wish->leavers && !wish->access ? "--leavers goes with --access." : why;
    return why ? why : read_guard(ctl, wish);
}

static const char *read_document(const ctl_t *ctl, json_t **doc)
{
    const char *path = ctl->line.operands[0];
    json_error_t error;
    const char *why;

    *doc = scim_sync_json_own(!strcmp(path, "-")
                                  ? json_loadf(stdin, JSON_REJECT_DUPLICATES, &error)
                                  : json_load_file(path, JSON_REJECT_DUPLICATES, &error),
                              ctl->p);
    if (!*doc) {
        return error.line > 0
                   ? apr_psprintf(ctl->p, "%s, line %d: %s.", path, error.line, error.text)
                   : apr_psprintf(ctl->p, "%s.", error.text);
    }
    why = ctl_config_check(*doc, ctl->p);
    return why ? apr_psprintf(ctl->p, "%s: %s", path, why) : NULL;
}

/* ---- what is shown ---- */

static const ctl_step_t *step_at(const work_t *w, int i)
{
    return &APR_ARRAY_IDX(w->steps, i, ctl_step_t);
}

static void show(const ctl_t *ctl, const work_t *w)
{
    int i;

    for (i = 0; i < w->steps->nelts && !ctl->json; i++) {
        ctl_print("%s%s", i ? "\n" : "", ctl_step_text(step_at(w, i), &w->wish, ctl->p));
    }
}

/* For programs: what differs, and whether it was changed. */
static void show_json(const ctl_t *ctl, const work_t *w, int is_applied)
{
    json_t *changes = json_array();
    int i;

    if (!ctl->json) {
        json_decref(changes);
        return;
    }
    for (i = 0; i < w->steps->nelts; i++) {
        json_array_append_new(changes, ctl_step_json(step_at(w, i)));
    }
    ctl_print_json(scim_sync_json_own(
                       json_pack("{s:o, s:b}", "changes", changes, "applied", is_applied), ctl->p),
                   JSON_INDENT(2), ctl->p);
}

/* ---- before anything is changed ---- */

static const char *secret_fault(const ctl_step_t *step, apr_pool_t *p)
{
    const char *why = NULL;
    const char *text;
    int i;

    for (i = 0; i < step->secrets->nelts && !why; i++) {
        const char *path = APR_ARRAY_IDX(step->secrets, i, const char *);

        if ((why = ctl_config_secret(&text, ctl_member(step->wanted, path), p))) {
            why = apr_psprintf(p, "%s: %s: %s.", ctl_step_title(step, p), path, why);
        }
    }
    return why;
}

/* Says all that is in the way, not only what is in the way first. */
static ctl_exit_t check(const ctl_t *ctl, work_t *w)
{
    ctl_exit_t status = CTL_FINE;
    ctl_exit_t tried;
    int i;

    for (i = 0; i < w->steps->nelts; i++) {
        const ctl_step_t *step = step_at(w, i);
        const char *why = ctl_step_fault(step, &w->wish, ctl->p);

        why = why ? why : secret_fault(step, ctl->p);
        if (why) {
            status = ctl_misused("%s", ctl_printable(why, ctl->p));
        }
        else if ((tried = ctl_make_try(&w->maker, step, ctl->p)) != CTL_FINE) {
            ctl_say("These are the rules of %s.", ctl_step_title(step, ctl->p));
            status = status == CTL_FINE ? tried : status;
        }
    }
    return status;
}

static ctl_exit_t confirm(const ctl_t *ctl, const work_t *w)
{
    return ctl_confirm(ctl, strcmp(ctl->line.operands[0], "-") != 0,
                       apr_psprintf(ctl->p, "Change %d of these?", w->steps->nelts),
                       "say --yes to make these changes, or --dry-run to see them only");
}

/* ---- and then ---- */

static ctl_exit_t make_all(ctl_t *ctl, work_t *w)
{
    ctl_exit_t status = CTL_FINE;
    int i;

    for (i = 0; i < w->steps->nelts && status == CTL_FINE; i++) {
        const ctl_step_t *step = step_at(w, i);

        status = ctl_make(&w->maker, step, ctl->p);
        ctl_say("%s: %s", ctl_step_title(step, ctl->p), status == CTL_FINE ? "done" : "not done");
    }
    if (status != CTL_FINE && w->steps->nelts > 1) {
        ctl_say("%d of %d are done, and stay so. Once the reason is gone apply the file again.",
                i - 1, w->steps->nelts);
    }
    /* Something may have been changed by now. */
    return status == CTL_USAGE ? CTL_FAILED : status;
}

/* What the server keeps in another form than the file has it would differ for ever. */
static ctl_exit_t verify(ctl_t *ctl, work_t *w)
{
    const ctl_wish_t plain = { .prune = w->wish.prune };
    ctl_exit_t status = ctl_config_read(ctl, &w->now, ctl->p);
    const apr_array_header_t *left;
    int i;

    if (status != CTL_FINE) {
        return status;
    }
    left = ctl_steps(&w->now, w->doc, &plain, ctl->p);
    for (i = 0; i < left->nelts; i++) {
        ctl_say("The server still differs from the file:");
        fputs(ctl_step_text(&APR_ARRAY_IDX(left, i, ctl_step_t), &plain, ctl->p), stderr);
    }
    return left->nelts ? CTL_DIFFERENT : CTL_FINE;
}

static ctl_exit_t make(ctl_t *ctl, work_t *w)
{
    ctl_exit_t status = check(ctl, w);

    if (status != CTL_FINE) {
        ctl_say("Nothing was changed.");
        return status;
    }
    if ((status = confirm(ctl, w)) != CTL_FINE || (status = make_all(ctl, w)) != CTL_FINE) {
        return status;
    }
    show_json(ctl, w, 1);
    return verify(ctl, w);
}

ctl_exit_t ctl_apply(ctl_t *ctl)
{
    work_t w = { .maker = { .ctl = ctl } };
    ctl_exit_t status;
    const char *why;

    w.maker.wish = &w.wish;
    w.maker.now = &w.now;
    if ((why = read_wish(ctl, &w.wish)) || (why = read_document(ctl, &w.doc))) {
        return ctl_misused("%s", ctl_printable(why, ctl->p));
    }
    ctl_config_normalise(w.doc, ctl->p);
    if ((status = ctl_config_read(ctl, &w.now, ctl->p)) != CTL_FINE) {
        return status;
    }
    w.steps = ctl_steps(&w.now, w.doc, &w.wish, ctl->p);
    show(ctl, &w);
    if (w.steps->nelts == 0) {
        show_json(ctl, &w, 0);
        return ctl->json ? CTL_FINE : ctl_print("There is no difference.\n");
    }
    if (ctl_option(&ctl->line, "dry-run")) {
        show_json(ctl, &w, 0);
        check(ctl, &w);
        return CTL_DIFFERENT;
    }
    return make(ctl, &w);
}
