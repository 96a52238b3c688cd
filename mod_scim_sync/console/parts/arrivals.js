// SPDX-License-Identifier: Apache-2.0
//
// Live lines, each of which turns green when something has come for the first time.

import { get, path } from "../api.js";
import { aTask, lastEvents } from "../contact.js";
import { el, fill, rich } from "../dom.js";
import { line, watch } from "./live.js";
import { problem } from "./notice.js";
import { ago } from "../words.js";

// it: an IdP as versioned.js has it, which may go live meanwhile. waiting: what makes it tell of
// people and groups, { users, groups }, in rich text (dom.js).
// first: lines of the caller's own, [line, ask], before those. ask() turns its line when it is
// time; it is not asked again then.
export function arrivals(context, it, waiting, first = []) {
    const { signal } = context;
    const failure = el("div", {});
    const list = el("ul", { class: "lines" });
    const told = [...first, ...tellings(it.now, waiting, signal)];
    let { state } = it.now;
    let lines = [...told, done(it.now, signal)];
    const draw = () => fill(list, lines.map(([each]) => each.row));
    draw();
    watch(signal, async () => {
        if (it.now.state !== state) {
            ({ state } = it.now);
            lines = [...told, done(it.now, signal)];
            draw();
        }
        for (const [each, ask] of lines) {
            if (!each.isGreen()) {
                await ask(each);
            }
        }
        return state === "live" && lines.every(([each]) => each.isGreen());
    }, (error) => fill(failure, error && problem(error)));
    return [list, failure];
}

// The first call of an IdP that comes to us.
export function probe(context, idp, waiting) {
    return [line({ what: "First call", waiting: rich(`by ${waiting}`) }), async (row) => {
        const { lastContactAt } = await get(path("idps", idp.name), { signal: context.signal });
        if (lastContactAt) {
            row.turn(`came ${ago(lastContactAt)}`);
        }
    }];
}

// Of many the newest is known, and is called so.
function came(row, [newest, another]) {
    if (newest) {
        const what = [newest.name, ago(newest.at)].filter(Boolean).join(", ");
        row.turn(another ? `came; the newest one: ${what}` : what);
    }
}

function tellings(idp, waiting, signal) {
    const ofKind = (what, kind, text) => [
        line({ what, waiting: rich(`by ${text}`) }), async (row) => {
            came(row, await lastEvents(idp, kind, 2, signal));
        }];
    return [ofKind("First user", "user.created", waiting.users),
            ofKind("First group", "group.created", waiting.groups)];
}

// What becomes of it in Jira, or would.
function done(idp, signal) {
    if (idp.state === "dryRun") {
        return [line({ what: "First plan for Jira", waiting: "follows by itself" }),
                async (row) => {
                    const task = await aTask(idp, "planned", signal);
                    if (task) {
                        row.turn(`for ${task.name}; nothing is written to Jira in dry run`);
                    }
                }];
    }
    const waiting = idp.state === "live" ? "follows by itself" : "follows when it is live";
    return [line({ what: "First change in Jira", waiting }), async (row) => {
        came(row, await lastEvents(idp, "jira.", 2, signal));
    }];
}
