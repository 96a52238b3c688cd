// SPDX-License-Identifier: Apache-2.0
//
// All identity providers at a glance; where there is none, what to do first.

import { get, path, query } from "../api.js";
import { el } from "../dom.js";
import { kindOf } from "../idps/index.js";
import { linkTo } from "../parts/called.js";
import { idpAdvice } from "../parts/expiry.js";
import { expiryAdvice } from "../parts/jira.js";
import { stateBadge } from "../parts/state.js";
import { table } from "../parts/table.js";
import { to } from "../router.js";
import { tasksAt } from "../tasks/words.js";
import { offered } from "../who.js";
import { ago, count, MODES } from "../words.js";
import * as setUp from "./set-up.js";

export const title = "Identity providers";

const NUMBERS = [["users", "Users"], ["groups", "Groups"], ["waiting", "Waiting"],
                 ["failed", "Failed"], ["held", "Held"]];

export async function show(context) {
    const { signal } = context;
    const [{ idps }, { sites }, { tokens }] = await Promise.all([
        get(path("idps"), { signal }), get(path("sites"), { signal }),
        get(path("status") + query({ counts: false }), { signal })]);
    if (!idps.length || !sites.length) {
        return [el("p", {}, "Nothing is set up yet."), await setUp.show(context)];
    }
    return [
        sites.filter((site) => site.expiresIn !== null).map(expiryAdvice),
        tokens.map(idpAdvice),
        table("Identity providers", [
            ["Name", linkTo],
            ["Kind", kindOf],
            ["State", stateBadge],
            ["Its people become", (idp) => MODES[idp.mode]],
            ["Last contact", (idp) => ago(idp.lastContactAt)],
            ...NUMBERS.map(([key, words]) => [words, (idp) => number(idp, key)]),
        ], idps),
        offered(el("p", { class: "buttons" }, el("a", {
            class: "button", href: to("idps", "new") }, "Add an identity provider"))),
    ];
}

// Tasks are behind their numbers.
function number(idp, key) {
    const value = idp[key];
    if (!value || key === "users" || key === "groups") {
        return count(value);
    }
    return el("a", { href: tasksAt({ state: key, idp: idp.name }),
                     class: key !== "waiting" && "bad-number" }, count(value));
}
