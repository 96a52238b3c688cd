// SPDX-License-Identifier: Apache-2.0
//
// One person: told, wanted and held; who still has access and who lacks it, and why.

import { el } from "../dom.js";
import { bad, good, mind } from "../parts/notice.js";
import { peopleNav } from "../parts/people-nav.js";
import { load, subject } from "../parts/subject.js";
import { to } from "../router.js";
import { whenWords } from "../parts/truths.js";
import { isKeptOut, matterAt, thingsOfPerson } from "../truths.js";

export const title = ({ params, name }) => name ?? params.id;

export async function show(context) {
    const known = await load(context, "user");
    context.name = known.plan?.name ?? known.plan?.entry?.name ?? known.name;
    return [
        peopleNav(false),
        subject(context, known, { kind: "user", things: thingsOfPerson, verdict,
                                  filter: { person: context.params.id } }),
    ];
}

const named = (things, matter) => things.filter((thing) => thing.matter === matter)
    .map((thing) => thing.name).join(", ");

// Whether all of it is done by itself, sooner or later.
const isComing = (things, matter) => things.filter((thing) => thing.matter === matter).every(
    (thing) => thing.reasons.length && thing.reasons.every((reason) => reason.when));

function verdict(site, things, plan) {
    const who = plan.name ?? "This person";
    const when = whenWords(site, plan.idp);
    switch (matterAt(site, things)) {
    case "extra":
        return stillThere(site, things, who, isComing(things, "extra") && ` It is taken ${when}.`);
    case "missing":
        return mind(isComing(things, "missing")
            ? el("p", {}, `${who} does not have yet: `, named(things, "missing"), ". It comes ",
                 when, ".")
            : el("p", {}, el("strong", {}, `${who} lacks: `), named(things, "missing"), "."));
    case "undone":
        return mind(el("p", {}, `Something is left to be done ${when}.`));
    case "out":
        return keptOut(site, who, plan);
    default:
        return good(el("p", {}, site.wanted.account ? `${who} has in Jira all that is wanted.`
            : `${who} has left, and has nothing in Jira that the module gave.`));
    }
}

function stillThere(site, things, who, coming) {
    const names = named(things, "extra");
    const what = [names, ".", coming];
    if (site.wanted.account) {
        return mind(el("p", {}, `${who} is still in what is not wanted any more: `, what));
    }
    return bad(el("p", {}, el("strong", {}, isKeptOut(site)
        ? `${who} is kept out by the rules, and still has ` : `${who} has left, and still has `,
        names === "account" ? "an account that is to end" : "access"), ": ", what));
}

const keptOut = (site, who, plan) => mind(
    el("p", {}, el("strong", {}, `The rules keep ${who} out. `),
       site.told.filter((user) => user.active && !user.wanted).map(
           (user) => `${user.idp}: ${user.ruleText} (${user.rule}). `)),
    el("p", {}, "Nothing in Jira is the module's. To let this person in, change the ",
       el("a", { href: to("idps", plan.idp, "rules") }, `rules of ${plan.idp}`),
       ", or the person there."));
