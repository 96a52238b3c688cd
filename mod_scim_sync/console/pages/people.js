// SPDX-License-Identifier: Apache-2.0
//
// Looking for people of all identity providers, and what is the matter with each.

import { el } from "../dom.js";
import { finder } from "../parts/finder.js";
import { matterBadge } from "../parts/matter.js";
import { peopleNav } from "../parts/people-nav.js";
import { table } from "../parts/table.js";
import { to } from "../router.js";
import { short } from "../words.js";

export const title = "People";

export async function show(context) {
    return [
        peopleNav("people"),
        ...await finder(context, {
            where: to("people"), collection: "people", one: "person", many: "people",
            label: "Name or e-mail address",
            hint: "How it begins; a display name, too.", draw,
        }),
    ];
}

const draw = (rows) => table("People", [
    ["Name", (person) => [
        el("a", { href: to("people", person.idp, person.id) }, person.name),
        person.displayName && person.displayName !== person.name
            && el("div", { class: "quiet" }, person.displayName)]],
    ["E-mail", (person) => person.email ?? "none"],
    ["Told by", (person) => [person.idp, el("div", { class: "quiet" }, toldAs(person))]],
    ["What is the matter", (entry) => [
        matterBadge(entry.state),
        entry.task?.detail && el("div", { class: "quiet" }, short(entry.task.detail))]],
], rows);

export const toldAs = (person) => person.deleted ? "deleted" : person.active ? "active"
    : "inactive";
