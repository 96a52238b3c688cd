// SPDX-License-Identifier: Apache-2.0
//
// Looking for groups of all identity providers, and what is the matter with each.

import { el } from "../dom.js";
import { finder } from "../parts/finder.js";
import { matterBadge } from "../parts/matter.js";
import { peopleNav } from "../parts/people-nav.js";
import { table } from "../parts/table.js";
import { to } from "../router.js";
import { short } from "../words.js";

export const title = "Groups";

export async function show(context) {
    return [
        peopleNav("groups"),
        ...await finder(context, {
            where: to("groups"), collection: "groups", one: "group", many: "groups",
            label: "Name", hint: "How it begins.", draw,
        }),
    ];
}

const draw = (rows) => table("Groups", [
    ["Name", (group) => el("a", { href: to("groups", group.idp, group.id) }, group.name)],
    ["Told by", (group) => [group.idp, group.deleted
        && el("div", { class: "quiet" }, "deleted")]],
    ["What is the matter", (group) => [
        matterBadge(group.state),
        group.task?.detail && el("div", { class: "quiet" }, short(group.task.detail))]],
], rows);
