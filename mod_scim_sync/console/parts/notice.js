// SPDX-License-Identifier: Apache-2.0
//
// What the page tells: what went wrong, what is good, what to mind. Never by colour alone. What
// went wrong is an alert, which is read out at once; what is good is read out by who shows it
// (form.js).

import { el } from "../dom.js";

const notice = (kind, role, word, children) =>
    el("div", { class: `notice ${kind}`, role },
       el("p", { class: "mark" }, word), el("div", {}, children));

// What to do about some of what the API refuses, beside what it says itself.
const ADVICE = {
    403: "Your role may have become another one since this page was loaded.",
    412: "Nothing of yours was stored. Load this page anew to see what is there now, and decide"
        + " again: what you have entered here is gone then.",
};

const advice = (text) => text && [
    el("p", {}, text),
    el("p", {}, el("button", { type: "button", onclick: () => location.reload() },
                   "Load this page anew"))];

// What was thrown, in words; `more` stands below: what to do about it.
export function problem(error, ...more) {
    const status = error.status ? ` (${error.status})` : "";
    // What was given up since the page was left is no mistake, and nobody sees it.
    if (!("status" in error) && error.name !== "AbortError") {
        console.error(error);
    }
    return notice("bad", "alert", "Not done", [
        el("p", {}, el("strong", {}, `${error.title ?? "The page made a mistake"}${status}: `),
           error.message),
        advice(ADVICE[error.status]), more]);
}

export const bad = (...children) => notice("bad", "alert", "Not yet", children);
// Something was not done since it may be a mistake: somebody must decide.
export const stopped = (...children) => notice("bad", "alert", "Stopped", children);
// Something that is to be read before one goes on.
export const look = (...children) => notice("bad", "note", "Look first", children);
export const refused = (...children) => notice("bad", null, "Refused", children);
export const good = (...children) => notice("good", null, "Good", children);
export const mind = (...children) => notice("mind", "note", "Mind", children);
