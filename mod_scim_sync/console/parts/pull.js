// SPDX-License-Identifier: Apache-2.0
//
// A run of a pull, in words: how it ended, what it found, and what to do where it was refused
// (docs/api.md, "Pulls").

import { path, post } from "../api.js";
import { el } from "../dom.js";
import { dialog } from "./dialog.js";
import { action, form } from "./form.js";
import { bad, good, mind, stopped } from "./notice.js";
import { to } from "../router.js";
import { actorName, count, duration, plural } from "../words.js";

export const OPEN = ["waiting", "running", "telling"];

const STATES = {
    waiting: "waiting", running: "reading", telling: "taking over", done: "done",
    failed: "failed", refused: "refused",
};

const KINDS = { new: "new", changed: "changed", gone: "gone", unchanged: "unchanged",
                faulty: "left as told", outside: "from outside" };

export const isOpen = (run) => OPEN.includes(run.state);
export const runState = (run) => el("span", { class: `badge run-${run.state}` },
                                    STATES[run.state] ?? run.state);

// Who, or what, asked for it.
export const causeWords = (run) => ({
    demand: `asked for by ${who(run)}`, schedule: "by the schedule",
    push: "Google said that something changed", preview: `a preview, asked for by ${who(run)}`,
}[run.cause] ?? run.cause) + (run.trust ? ", trusted" : "");

const who = (run) => run.by ? actorName(run.by) : "somebody";

// "3 new, 1 gone, 19,994 unchanged": what is none is not said.
export function countWords(counts) {
    const said = Object.entries(KINDS).filter(([key]) => counts?.[key]).map(
        ([key, words]) => `${count(counts[key])} ${words}`);
    return said.join(", ") || (counts ? "none" : "–");
}

// Of calls to Google those that had to be repeated, or ended it.
export function errorWords(run) {
    const said = Object.entries(run.errors).map(
        ([name, times]) => `${name}: ${plural(times, "time")}`);
    return said.join(", ") || "none";
}

export function tookWords({ seconds }) {
    if (seconds === null) {
        return "–";
    }
    return seconds < 1 ? "less than a second"
        : seconds < 60 ? `${seconds.toFixed(1)} s` : duration(seconds);
}

// How one has ended, and what to do now. null: nothing.
export function outcome(context, idp, run) {
    if (run.cause === "preview" && run.state === "done") {
        return run.detail ? stopped(
            el("p", {}, el("strong", {}, "Nothing was told. "),
               run.detail[0].toUpperCase() + run.detail.slice(1), "."),
            mending(idp, run), trustButton(context, idp))
            : good(el("p", {}, "Nothing was told, here or in Jira. A pull would be taken over."));
    }
    if (run.state === "refused") {
        return stopped(
            el("p", {}, el("strong", {}, "What was read can't be true: "), run.detail),
            el("p", {}, "Nobody has lost anything, nobody new has come in, and leavers among them"
               + " still have access."),
            mending(idp, run), trustButton(context, idp));
    }
    if (run.state === "failed") {
        return bad(el("p", {}, el("strong", {}, "The directory could not be read to its end: "),
                      run.detail),
                   el("p", {}, "Nothing has changed: who is missing from what could not be read has"
                      + " not left. It is tried again by itself."));
    }
    return run.detail && mind(el("p", {}, run.detail));
}

const mending = (idp, run) => el(
    "ol", { class: "prose" },
    el("li", {}, run.changes ? ["Look who would go: ", el("a", {
        href: `${to("idps", idp.name, "pulls", String(run.id))}?what=gone` }, "all of them"), "."]
        : "Ask for a preview: it names who would go."),
    el("li", {}, "Is it a mistake, of Google's, of somebody who works there, or in ",
       el("a", { href: to("idps", idp.name, "choice") }, "who comes"),
       "? Mend it there, and pull again."),
    el("li", {}, "Is what is gone really gone? Then have it taken over all the same."));

// `trust`, after a question that says what it means.
function trustButton(context, idp) {
    const ask = () => dialog("Take it over all the same?", (close) => form({
        parts: [el("p", {}, "The directory is read anew. What is gone then is gone, however much it"
                   + " is: these people have left, and lose what the rules say. The guard still"
                   + " counts what Jira loses by it, and may hold it.")],
        button: "Pull, and believe it", busy: "Asking …", grave: true,
        send: async () => {
            const run = await post(path("idps", idp.name, "pull"), { trust: true });
            close();
            context.go(to("idps", idp.name, "pulls", String(run.id)));
            return null;
        },
        also: [el("button", { type: "button", onclick: close }, "Cancel")],
    }));
    return action("Take it over all the same …", async () => ask(), { class: "grave" });
}

// Asking for one: its page shows how far it is.
export const pullButtons = (context, idp) => {
    const start = (order) => async () => {
        const run = await post(path("idps", idp.name, "pull"), order);
        context.go(to("idps", idp.name, "pulls", String(run.id)));
    };
    return el("div", { class: "buttons" },
              action("Preview", start({ preview: true }), { class: "main" }),
              action("Pull now", start({})));
};
