// SPDX-License-Identifier: Apache-2.0
//
// One group: what it stands for in Jira, who is in it, and who is not, and why.

import { get, path, post, query } from "../api.js";
import { el, fill } from "../dom.js";
import { action } from "../parts/form.js";
import { longList } from "../parts/long-list.js";
import { matterBadge } from "../parts/matter.js";
import { bad, good, mind } from "../parts/notice.js";
import { peopleNav } from "../parts/people-nav.js";
import { load, subject } from "../parts/subject.js";
import { table } from "../parts/table.js";
import { whenWords } from "../parts/truths.js";
import { to } from "../router.js";
import { isIn, matterAt, standing, thingsOfGroup } from "../truths.js";
import { plural, short } from "../words.js";
import { toldAs } from "./people.js";

const PAGE = 50;

export const title = ({ params, name }) => name ?? params.id;

export async function show(context) {
    const known = await load(context, "group");
    const { plan } = known;
    const isTold = plan && !plan.entry?.deleted;
    const who = el("div", {});
    const again = isTold ? async () => fill(who, await members(context)) : undefined;
    await again?.();
    context.name = plan?.name ?? plan?.entry?.name ?? known.name;
    return [
        peopleNav(false),
        subject(context, known, {
            kind: "group", things: thingsOfGroup, verdict, filter: { group: context.params.id },
            besides: isTold && [who, compared(plan)], again,
        }),
    ];
}

function verdict(site, things, plan) {
    const stands = site.wanted.groups;
    switch (matterAt(site, things)) {
    case "extra":
        return mind(el("p", {}, "It stands no more for what Jira still has."));
    case "missing":
        return mind(el("p", {}, "Jira does not have all that it stands for, yet."));
    case "undone":
        return mind(el("p", {}, "Something is left to be done ", whenWords(site, plan.idp), "."));
    default:
        return stands.length ? good(el("p", {}, `It stands for ${stands.join(", ")} in Jira.`))
            : mind(el("p", {}, el("strong", {}, "It stands for no group in Jira"),
                      ", so that nobody is in one because of it."));
    }
}

// ---- members

async function members(context) {
    const { params: { idp, id }, signal } = context;
    const list = await longList({
        what: "member", none: "Nobody is in it, as the identity provider told.",
        ask: async (after) => {
            const page = await get(path("idps", idp, "groups", id, "members")
                                   + query({ after, limit: PAGE }), { signal });
            return { rows: page.members, next: page.next };
        },
        draw: (rows) => table("Members", [
            ["Member", (member) => nameOf(idp, member)],
            ["Told as", (member) => member.told ? member.type === "Group" ? "a group"
                : toldAs(member.told) : "not told of yet"],
            ["In Jira", inJira],
            ["What is the matter", (member) => member.told && [
                matterBadge(member.told.state), member.told.task?.detail
                    && el("div", { class: "quiet" }, short(member.told.task.detail))]],
        ], rows),
    });
    return el("section", { class: "found" }, el("h2", {}, "Members"), list);
}

function nameOf(idp, member) {
    const { told } = member;
    if (!told) {
        return member.display ?? member.id;
    }
    return [
        el("a", { href: to(member.type === "Group" ? "groups" : "people", idp, member.id) },
           told.name),
        told.displayName && told.displayName !== told.name
            && el("div", { class: "quiet" }, told.displayName)];
}

function inJira(member) {
    if (member.type === "Group") {
        return "its members are";
    }
    return member.held.length === 0 ? "nothing yet" : member.held.map((held) => el("div", {},
        `${held.group}: ${held.accountId ? standing(held.state) : "no account is known"}`,
        member.told?.active !== isIn(held.state) && [" ", isIn(held.state)
            ? el("span", { class: "badge bad-badge" }, "still there")
            : el("span", { class: "badge matter" }, "not there")]));
}

// ---- who is in it in Jira

const LISTS = [
    ["leaving", "still in it, and to leave"],
    ["notOurs", "in it, put there by others: stay, unless the group is authoritative"],
    ["gain", "to be put into it"],
    ["keep", "wanted in it, and in it"],
];

const compared = (plan) => el(
    "section", {}, el("h2", {}, "Compared with Jira"),
    el("p", {}, "Who is in the group in Jira, and who is kept out of it, and why. Jira is asked,"
       + " and nothing is changed."),
    plan.sites.map((site) => action(
        plan.sites.length > 1 ? `Ask Jira now: ${site.site}` : "Ask Jira now", async () => {
            const found = await post(path("sites", site.site, "groups", "preview"),
                                     { idp: plan.idp, group: plan.id });
            return found.jiraGroups.length ? found.jiraGroups.map(preview)
                : el("p", {}, `It stands for no group in Jira: ${found.why} (${found.rule}).`);
        }, { changes: false })));

function preview(group) {
    return [
        el("h3", { class: "apart" }, group.name, group.exists ? "" : ": not in Jira yet"),
        group.protected && bad(el("p", {}, "It is never touched: ", group.protected)),
        group.withheld.length > 0 && el("ul", { class: "reasons" }, group.withheld.map((each) => el(
            "li", {}, el("strong", {}, each.person), ": kept out: ", each.text,
            each.mend && el("div", {}, el("strong", {}, "To mend it: "), each.mend)))),
        LISTS.filter(([key]) => group[key].length > 0).map(([key, words]) => el(
            "p", {}, el("strong", {}, `${plural(group[key].length + group.more[key], "person",
                                                "people")} ${words}: `),
            group[key].join(", "), group.more[key] > 0 && " …")),
        !group.complete && el("p", {}, "Not everybody was looked at: there are too many."),
    ];
}
