// SPDX-License-Identifier: Apache-2.0
//
// Who comes of a Google directory, before any rule is asked (docs/google.md, "Who comes").

import { get, path } from "../api.js";
import { el } from "../dom.js";
import { titleOf } from "../parts/called.js";
import { field, form, lines, oneOf, someOf } from "../parts/form.js";
import { idpNav } from "../parts/idp-nav.js";
import { good } from "../parts/notice.js";
import { pullButtons } from "../parts/pull.js";
import { versioned } from "../versioned.js";

export const title = titleOf((name) => `Who comes of ${name}`);

export async function show(context) {
    const idp = await get(path("idps", context.params.name), { signal: context.signal });
    context.idp = idp;
    const choice = await versioned(
        path("idps", idp.name, "google", "choice"), `who comes of ${idp.name}`,
        { idp: idp.name, kind: "google.choice" }, { signal: context.signal });
    return [
        idpNav(idp, "choice"),
        el("p", {}, "Left empty, everybody comes. Whoever is not chosen any more is told as gone,"
           + " as if somebody had deleted them in Google: so look at a preview after a change. A"
           + " pull that would take too many is refused."),
        editor(context, idp, choice),
    ];
}

function editor(context, idp, choice) {
    const { now } = choice;
    const parts = { ...users(now), ...groups(now.groups), ...rest(now) };
    const { domain, include, exclude, queries, named, like, notNamed, notLike, query, only,
            everybody } = parts;
    const entries = (addresses, patterns) => [
        ...addresses.value().map((group) => ({ group })),
        ...patterns.value().map((pattern) => ({ pattern }))];

    async function send() {
        try {
            await choice.put({
                domain: domain.value() || null,
                users: { orgUnits: { include: include.value(), exclude: exclude.value() },
                         queries: queries.value() },
                groups: { include: entries(named, like), exclude: entries(notNamed, notLike),
                          query: query.value() || null },
                onlyMembersOfGroups: only.value().length > 0, everybody: everybody.value(),
            });
        } catch (error) {
            if (error.status !== 400 || !refused(error.message, parts)) {
                throw error;
            }
            return null;
        }
        return good(el("p", {}, "Stored. It holds from the next pull on. See in a preview who comes"
                       + " and who drops out by it."), pullButtons(context, idp));
    }

    return form({
        parts: [domain, el("h2", {}, "Users"),
                el("p", { class: "hint" }, "One to a line. A unit is a path, such as /Sales, and"
                   + " stands for all below it."),
                pair(include, exclude), queries,
                el("h2", {}, "Groups"),
                el("p", { class: "hint" }, "One to a line. An address is the group's own, and no"
                   + " alias; a pattern is a regular expression."),
                pair(named, notNamed), pair(like, notLike), query,
                el("h2", {}, "Both together"), only, everybody],
        button: "Store", busy: "Storing …", send,
    });
}

// What the API refuses is said at the field that has it; false: none has. It numbers the entries of
// a list of groups as send() puts them together.
function refused(message, { domain, include, exclude, queries, named, like, notNamed, notLike,
                            query }) {
    const [where, list, at] = message.match(/^([\w.]+\w)(?:\[(\d+)\])?/) ?? [];
    const fields = {
        domain: [domain], "users.orgUnits.include": [include], "users.queries": [queries],
        "users.orgUnits.exclude": [exclude], "groups.include": [named, like],
        "groups.exclude": [notNamed, notLike], "groups.query": [query] }[list];
    if (!fields) {
        return false;
    }
    const [first, second] = fields;
    const before = second && Number(at) >= first.value().length ? first.value().length : 0;
    const one = before || second && !first.value().length ? second : first;
    const rest = message.slice(where.length).replace(/^\.\w+/, "");
    one.refuse(`${one.input.name}${at === undefined ? "" : `[${at - before}]`}${rest}`);
    one.input.focus();
    return true;
}

const pair = (one, other) => el("div", { class: "pair" }, one.row, other.row);

const users = ({ domain, users: { orgUnits, queries } }) => ({
    domain: field({
        name: "domain", label: "Domain", value: domain, optional: true,
        hint: "This domain of the Workspace alone, of users and of groups, such as example.com." }),
    include: lines({
        name: "include", label: "Organizational units", value: orgUnits.include,
        hint: "Empty: all." }),
    exclude: lines({
        name: "exclude", label: "But not these units", value: orgUnits.exclude,
        hint: "This wins." }),
    queries: lines({
        name: "queries", label: "Google's queries for users", value: queries, rows: 2,
        hint: "One to a line, such as isAdmin=false orgTitle:Manager. Who is found by any of them,"
            + " and is in one of the units, comes." }),
});

const of = (list, key) => list.map((each) => each[key]).filter((each) => each !== undefined);

const groups = ({ include, exclude, query }) => ({
    named: lines({
        name: "named", label: "Groups by address", value: of(include, "group"),
        hint: "Nothing here, and no pattern: all." }),
    like: lines({
        name: "like", label: "Groups by pattern", value: of(include, "pattern"),
        hint: "Of the address, such as ^team-" }),
    notNamed: lines({
        name: "notNamed", label: "But not these groups, by address",
        value: of(exclude, "group"), hint: "This wins." }),
    notLike: lines({
        name: "notLike", label: "But not these groups, by pattern",
        value: of(exclude, "pattern"), hint: "This wins." }),
    query: field({
        name: "query", label: "Google's query for groups", value: query, optional: true,
        hint: "Such as email:team-*. A group must be chosen above, and found by it." }),
});

const rest = ({ onlyMembersOfGroups, everybody }) => ({
    only: someOf({
        name: "only", label: "Users who are in no chosen group",
        value: onlyMembersOfGroups ? ["only"] : [],
        choices: [["only", "Only members of the chosen groups come",
                   "Of the users chosen above, those alone who are in a chosen group."]] }),
    everybody: oneOf({
        name: "everybody", label: "A group that has \"all users of the organization\" as a member",
        value: everybody,
        choices: [["ignore", "That stands for nobody"],
                  ["expand", "That stands for each user who comes",
                   "It makes as many memberships as there are users."]] }),
});
