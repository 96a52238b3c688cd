// SPDX-License-Identifier: Apache-2.0
//
// Told, wanted and held side by side, a thing in each row; in a narrow window they are three cards.
// Below it why something is not as it should be, and what mends it.

import { el } from "../dom.js";
import { to } from "../router.js";
import { capital, moment } from "../words.js";

const COLUMNS = [
    ["told", "Told", "what identity providers say"],
    ["wanted", "Wanted", "what Jira should hold, by the rules"],
    ["held", "Held", "what Jira holds, as far as is known"],
];

const MATTERS = {
    missing: ["bad", "missing"],
    extra: ["bad", "still there"],
    others: ["quiet", "not the module's: stays"],
    out: ["quiet", "kept out"],
};

const WHEN = {
    now: () => "as soon as possible",
    later: (site) => site.task?.nextAt ? `at ${moment(site.task.nextAt)}` : "later",
    live: (site, idp) => `when ${idp} is live; it is in dry run`,
    resumed: (site, idp) => `when ${idp} is live again; it is paused`,
    retried: () => "when somebody retries the task",
    released: () => "when somebody releases the task",
    told: () => "when the identity provider tells of it again",
    done: () => "not at all",
};

export const whenWords = (site, idp) => (WHEN[site.when] ?? (() => site.when))(site, idp);

// things: of truths.js.
export function truths(things) {
    const columns = COLUMNS.map(([side, heading, meaning]) => el("section", { class: "truth" },
        el("h3", {}, heading, el("span", { class: "quiet" }, `: ${meaning}`)),
        el("dl", {}, things.map((thing) => el("div", {}, el("dt", {}, capital(thing.name)),
                                              el("dd", {}, cell(thing, side)))))));
    const box = el("div", { class: "truths" }, columns);
    // Each thing has a row of the grid, and so has the heading.
    for (const column of columns) {
        column.style.gridRow = `span ${things.length + 1}`;
    }
    return box;
}

function cell(thing, side) {
    const texts = thing[side];
    const [kind, words] = (side === "held" && MATTERS[thing.matter]) || [];
    return [
        texts.length ? texts.map((text, at) => el(
            "div", { class: side === "wanted" && at > 0 && "quiet" },
            text.page ? el("a", { href: to(...text.page) }, text.text) : text))
            : el("span", { class: "quiet" }, side === "told" ? "–" : "nothing"),
        words && el("div", {}, el("span", { class: `badge ${kind}-badge` }, words)),
    ];
}

// Reasons of all things, each said once, with what it is about.
export function reasons(site, things, idp) {
    const said = new Map();
    for (const thing of things) {
        for (const reason of thing.reasons) {
            const about = said.get(reason.text) ?? { reason, names: [] };
            about.names.push(thing.name);
            said.set(reason.text, about);
        }
    }
    return said.size > 0 && el("ul", { class: "reasons" }, [...said.values()].map(
        ({ reason, names }) => el(
            "li", {}, el("strong", {}, capital(names.join(", "))), ": ", reason.text,
            reason.when && el("div", { class: "quiet" }, `Done ${whenWords(site, idp)}.`),
            reason.mend && el("div", {}, el("strong", {}, "To mend it: "), reason.mend))));
}
