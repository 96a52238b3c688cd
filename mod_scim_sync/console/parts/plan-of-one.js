// SPDX-License-Identifier: Apache-2.0
//
// What would be done for one user or group, in short; and why, which is asked for when somebody
// opens it.

import { get, path } from "../api.js";
import { el, fill } from "../dom.js";
import { problem } from "./notice.js";
import { changes, stepWords, takes, whenWords } from "./plan-words.js";
import { standing } from "../truths.js";
import { moment } from "../words.js";

// When steps are made if there is nothing more to say about it, by the IdP's state.
const AS_EVER = { dryRun: "live", paused: "resumed", live: "now" };

// subject: one of a plan's `subjects`, { id, kind, name, site, when, steps, withheld, task }.
export const subjectRow = (context, idp, subject) => el(
    "li", { class: "subject" },
    el("div", {}, el("h3", {}, subject.name ?? subject.id),
       el("p", { class: "quiet" }, subject.kind, idp.sites.length > 1 && `, at ${subject.site}`,
          subject.when !== AS_EVER[idp.state] && `: ${whenWords(subject.when)}`)),
    el("div", {}, inShort(subject), subject.task && matter(subject.task)),
    why(context, idp, subject.kind, subject.id, { site: subject.site }));

function inShort(subject) {
    const steps = subject.steps.filter(changes);
    const shown = steps.length ? steps : subject.steps;
    return el("ul", { class: "does" },
              shown.map((step) => el("li", { class: takes(step) && "taken" }, stepWords(step))),
              subject.cut && el("li", {}, "and more"),
              subject.withheld.map((each) => el("li", { class: "quiet" },
                  el("strong", {}, "Not done: "), each.text ?? each.kind,
                  each.mend && `. To mend it: ${each.mend}`)));
}

const matter = (task) => task.detail && el(
    "p", {}, task.detail, task.nextAt && `; tried again ${moment(task.nextAt)}`);

// The whole plan of now, of one site or of all; it is asked for when it is opened.
export function why(context, idp, kind, id, { site = null, open = false } = {}) {
    const body = el("div", {});
    const box = el("details", { ontoggle: ask, open }, el("summary", {}, "Why"), body);
    let asked = false;

    async function ask() {
        if (!box.open || asked) {
            return;
        }
        asked = true;
        body.setAttribute("aria-busy", "true");
        try {
            const plan = await get(path("idps", idp.name, `${kind}s`, id, "plan"),
                                   { signal: context.signal });
            fill(body, plan.sites.filter((each) => !site || each.site === site).map(whole));
        } catch (error) {
            asked = false;
            fill(body, problem(error));
        }
        body.removeAttribute("aria-busy");
    }
    return box;
}

function whole(plan) {
    return [
        el("p", {}, `At ${plan.site}: ${whenWords(plan.when)}`),
        el("div", { class: "sides" },
           side("Told", plan.told.map(toldWords), "by nobody"),
           side("Held in Jira", heldWords(plan.held), "nothing")),
        side("What is done, in this order", plan.steps.map((step) => [
            step.what ?? stepWords(step), step.unless && ` (unless ${step.unless})`,
            reasons(step.why)]), "nothing"),
        plan.withheld.length > 0 && side("What is wanted, and not done", plan.withheld.map(
            (each) => [each.text ?? each.kind, each.mend && el("p", {}, `To mend it: ${each.mend}`),
                       reasons(each.why)])),
        plan.task && matter(plan.task),
    ];
}

const side = (heading, rows, none) => el(
    "div", {}, el("h4", {}, heading),
    rows.length ? el("ul", {}, rows.map((row) => el("li", {}, row))) : el("p", {}, none));

const reasons = (list = []) => list.length > 0 && el(
    "ul", { class: "quiet" }, list.map((each) => el(
        "li", {}, each.text, each.ruleText && `; ${each.ruleText}`,
        each.rule && [" (", el("code", {}, each.rule), ")"])));

const toldWords = (told) => [
    `${told.idp}: ${told.displayName ?? told.userName ?? told.email ?? told.id}`,
    told.active === false && ", is not active",
    told.active && ", is active", told.active && told.wanted === false && ", and is kept out",
    told.dryRun && ", in dry run", told.ruleText && el("span", { class: "quiet" },
                                                       `; ${told.ruleText}`)];

function heldWords(held) {
    const { account, memberships = [], groups = [] } = held;
    return [
        account && [`The account ${account.email ?? account.accountId}, `,
                    account.ours ? "which the module made" : "which was there before"],
        ...groups.map((group) => [`The group ${group.name}, `,
                                  group.ours ? "which the module made" : "which was there before",
                                  group.protected && `; never touched: ${group.protected}`]),
        ...memberships.map((each) => [
            each.group ?? each.groupId, ": ", standing(each.state),
            each.protected && `; never touched: ${each.protected}`]),
    ].filter(Boolean);
}
