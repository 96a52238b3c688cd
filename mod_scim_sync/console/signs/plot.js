// SPDX-License-Identifier: Apache-2.0
//
// What was done in the last hours, as small plots; the same numbers are in a table beside, and in
// words for who does not see them.

import { el, svg } from "../dom.js";
import { table } from "../parts/table.js";
import { count, milliseconds, plural } from "../words.js";
import { times, total } from "./steps.js";

// [heading, all, what of it went wrong: [name, words, class]]
const PLOTS = [
    ["SCIM requests", "requests", [["requestsFailed", "failed (5xx)", "bad-part"],
                                   ["requestsRefused", "refused (4xx)", "mind-part"]]],
    ["Tasks worked on", "tasksWorked", []],
    ["Calls to Jira", "jiraCalls", [["jiraLimited", "too many for Jira (429)", "mind-part"]]],
];
// [heading, how long, what the whole of it is called]
const TIMES = [
    ["A SCIM request took, in the mean", "meanMs", "in the mean of all"],
    ["The longest SCIM request took", "longestMs", "was the longest of all"],
];

const HEIGHT = 100;

// list: of parts() (steps.js), for so many hours. By the reader's own clock.
export const plots = (list, hours) => [
    el("div", { class: "plots" }, PLOTS.map((each) => amounts(list, hours, ...each)),
       TIMES.map((each) => lengths(list, hours, ...each))),
    list.some((part) => !part.there) && el("p", { class: "hint" },
        el("span", { class: "key nobody" }), "No host wrote anything down then."),
];

function amounts(list, hours, words, all, wrong) {
    const said = [[`${count(total(list, all))} in all`, "all"], ...wrong.map(
        ([name, what, kind]) => [`${count(total(list, name))} ${what}`, kind])];
    return plot(list, hours, { words, said, all, wrong, write: count });
}

function lengths(list, hours, words, all, whole) {
    const value = times(list)[all];
    const said = [[value === null ? "there was none" : `${milliseconds(value)} ${whole}`, "all"]];
    return plot(list, hours, { words, said, all, wrong: [], write: milliseconds });
}

// said: what it says of the whole, [words, class]. write: a number in words.
function plot(list, hours, { words, said, all, wrong, write }) {
    // More calls can have been refused than were made for tasks: comparing Jira makes some, too.
    const most = Math.max(...list.map((part) => Math.max(part[all], ill(part, wrong)))) || 1;
    return el("figure", { class: "plot" },
        el("figcaption", {}, words),
        el("div", { class: "axis" }, el("span", {}, `most: ${write(largest(list, all))}`),
           el("span", {}, `within ${span(list)}`)),
        svg("svg", { role: "img", viewBox: `0 0 ${list.length} ${HEIGHT}`,
                     preserveAspectRatio: "none",
                     "aria-label": summary(list, { words, said, all, write }) },
            list.map((part, at) => part.there ? bars(part, at, all, wrong, most) : svg("rect", {
                class: "nobody", x: at, width: 1, y: 0, height: HEIGHT }))),
        el("div", { class: "axis" }, el("span", {}, clock(list[0].at, hours)),
           el("span", {}, "now")),
        el("ul", {}, said.map(([text, kind]) =>
            el("li", {}, el("span", { class: `key ${kind}` }), text))));
}

const ill = (part, wrong) => wrong.reduce((sum, [name]) => sum + part[name], 0);

// What went wrong stands in front of all, from the ground up.
function bars(part, at, all, wrong, most) {
    const bar = (kind, from, to) => to > from && svg("rect", {
        class: kind, x: at + 0.08, width: 0.84, y: HEIGHT * (1 - to / most),
        height: HEIGHT * (to - from) / most });
    let from = 0;
    return [bar("all", 0, part[all]), wrong.map(([name, , kind]) => {
        const to = from + part[name];
        const drawn = bar(kind, from, to);
        from = to;
        return drawn;
    })];
}

const largest = (list, name) => Math.max(...list.map((part) => part[name]));

function span(list) {
    const minutes = (list[1].at - list[0].at) / 60000;
    return minutes % 60 ? `${minutes} minutes` : plural(minutes / 60, "hour");
}

function summary(list, { words, said, all, write }) {
    const most = largest(list, all);
    const when = list.find((part) => (part[all] ?? 0) === most);
    const peak = ` The most within ${span(list)}: ${write(most)}, from ${clock(when.at, 24)} on.`;
    return `${words}: ${said.map(([text]) => text).join(", ")}.${most > 0 ? peak : ""}`;
}

// A time of a day; with the day where there are several.
const clock = (at, hours) => new Date(at).toLocaleString(undefined, {
    hour: "2-digit", minute: "2-digit",
    ...(hours > 24 && { weekday: "short", day: "numeric", month: "short" }) });

// Newest first.
export const asTable = (list, hours) => table("What was done in the last hours", [
    ["From", (part) => clock(part.at, Math.max(hours, 25))],
    ["Requests", (part) => value(part, "requests")],
    ["Refused (4xx)", (part) => value(part, "requestsRefused")],
    ["Failed (5xx)", (part) => value(part, "requestsFailed")],
    ["Mean", (part) => time(part.meanMs)],
    ["Longest", (part) => time(part.longestMs)],
    ["Tasks", (part) => value(part, "tasksWorked")],
    ["Jira calls", (part) => value(part, "jiraCalls")],
    ["429", (part) => value(part, "jiraLimited")],
], list.toReversed());

const value = (part, name) => part.there ? count(part[name]) : "–";
const time = (length) => length === null ? "–" : milliseconds(length);
