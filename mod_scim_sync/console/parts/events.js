// SPDX-License-Identifier: Apache-2.0
//
// What events say, and where they lead to.

import { el } from "../dom.js";
import { kindWords } from "../kinds.js";
import { to } from "../router.js";
import { table } from "./table.js";
import { when } from "./when.js";

// A page of events, newest first. context: of the page, whose filter an actor's link goes on from.
export const eventTable = (events) => table("Events, newest first", [
    ["When", (event) => when(event.at)],
    ["What", what],
    ["Whom or what", about],
    ["Where", (event) => el("span", { class: "whole" }, where(event))],
    ["Who made it", (event) => el("a", { class: "whole", href: eventsWith({ actor: event.actor }) },
                                  actorWords(event.actor))],
], events);

export const eventsWith = (filter) => `${to("events")}?${new URLSearchParams(filter)}`;

// "admin:jane" in words.
export function actorWords(actor) {
    const [kind, ...name] = actor.split(":");
    return kind === "admin" ? `${name.join(":")} (administrator)`
        : kind === "idp" ? name.join(":") : actor;
}

const what = (event) => [
    el("strong", {}, kindWords(event.kind)),
    event.detail && el("p", { class: "why" }, event.detail),
    event.change && changes(event.change),
];

// ---- before and after

function changes(change) {
    return el("ul", { class: "changes" }, Object.entries(change).map(
        ([key, value]) => el("li", {}, el("span", { class: "label" }, key), " ",
                             changed(value))));
}

// Members are not changed, but added and removed; of a rule a value may be anything.
function changed(value) {
    if (value === null || typeof value !== "object") {
        return isNothing(value) ? "nothing" : shown(value);
    }
    const { added, removed, before, after } = value;
    if (added || removed) {
        return [added?.length > 0 && `added ${added.join(", ")} `,
                removed?.length > 0 && `removed ${removed.join(", ")}`];
    }
    return [before !== undefined && [side("del", before), " → "], side("ins", after)];
}

const side = (name, value) =>
    isNothing(value) ? el("span", { class: "quiet" }, "nothing") : el(name, {}, shown(value));

const isNothing = (value) =>
    value === undefined || value === null || value === "" || value.length === 0;

const shown = (value) => typeof value === "string" ? value
    : Array.isArray(value) && value.every((each) => typeof each !== "object")
        ? value.join(", ") : JSON.stringify(value);

// ---- where it leads to

const LEFT = /^deleted:/;

function about(event) {
    const { subject, name } = event;
    if (!subject) {
        return name;
    }
    const page = pageOf(event);
    const words = name ?? subject;
    return [page ? el("a", { href: page }, words) : words, " ",
            el("a", { class: "also", href: eventsWith({ subject }),
                      "aria-label": `history of ${words}` }, "history")];
}

// Of default groups, of portals, and of accounts that no IdP tells of there is no page.
function pageOf({ about: kind, idp, subject }) {
    if (!idp || LEFT.test(idp) || subject.includes(":")) {
        return null;
    }
    return kind === "user" ? to("people", idp, subject)
        : kind === "group" ? to("groups", idp, subject) : null;
}

const where = ({ idp, site }) => [
    idp && (LEFT.test(idp) ? idp : el("a", { href: to("idps", idp) }, idp)),
    idp && site && ", ",
    site && el("a", { href: to("sites", site.split(":")[0]) }, site)];
