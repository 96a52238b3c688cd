// SPDX-License-Identifier: Apache-2.0
//
// Tasks, one below the other, oldest first, with what can be decided about each. What becomes of
// them is said at their place, and what comes in a corner: nothing moves.

import { get, path, query } from "../api.js";
import { el, fill, isFocusLost } from "../dom.js";
import { action } from "../parts/form.js";
import { watch } from "../parts/live.js";
import { longList } from "../parts/long-list.js";
import { news } from "../parts/news.js";
import { problem } from "../parts/notice.js";
import { table } from "../parts/table.js";
import { plural } from "../words.js";
import { discardOne, releaseOne, retryOne } from "./decide.js";
import { fromTo, TASK_STATES, whenOf, whoOf } from "./words.js";

const PAGE = 50;
const MOST = 1000; // of one answer
const SECONDS = 5;
// Of those that went away so many are asked for at a time.
const ASKED = 20;

// filter: of GET tasks. none: what is said when there is none.
export async function taskList(context, filter, none) {
    const { signal } = context;
    const rows = new Map(); // id -> what is shown of it
    const bar = news(context.again);
    const failure = el("div", {});
    let whole = false; // all are shown

    async function page(after) {
        const { tasks } = await get(path("tasks") + query({ ...filter, limit: PAGE, after }),
                                    { signal });
        whole = tasks.length < PAGE;
        return { rows: tasks, next: whole ? null : tasks.at(-1).id };
    }

    function draw(tasks) {
        const made = tasks.map((task) => ({ task, now: el("span", { tabindex: "-1" }),
                                             decide: el("div", {}) }));
        made.forEach((row) => { rows.set(row.task.id, row); renew(row); });
        return table("Tasks", [
            ["Who", ({ task }) => whoOf(task)],
            ["Told by", ({ task }) => fromTo(context, task)],
            ["What is the matter", ({ task, now }) => [matter(context, task), now]],
            ["Since, or again", ({ task }) => whenOf(task)],
            ["Decide", ({ decide }) => decide],
        ], made);
    }

    const renew = (row) => fill(row.decide, choices(context, row.task, filter, look));

    // What is shown is asked for again, and no more than one answer holds.
    async function look() {
        const shown = [...rows.values()].filter((row) => !row.gone);
        const limit = Math.min(MOST, shown.length + 1);
        const { tasks } = await get(path("tasks") + query({ ...filter, limit }), { signal });
        const seen = new Set(tasks.map((task) => task.id));
        const upTo = tasks.length < limit ? Infinity : tasks.at(-1).id;
        await Promise.all(shown.filter(({ task }) => task.id <= upTo && !seen.has(task.id))
            .slice(0, ASKED).map(went));
        const last = Math.max(0, ...rows.keys());
        const fresh = tasks.filter(({ id }) => !rows.has(id) && (whole || id < last));
        bar.tell(fresh.length ? `${plural(fresh.length, "more task")} by now.` : null);
    }

    async function went(row) {
        const now = await stateOf(row.task.id, signal);
        const wasInside = row.decide.contains(document.activeElement);
        row.gone = true;
        fill(row.now, el("strong", { class: "now" }, now ? `Now: ${TASK_STATES[now.state][0]}. `
            : "Done: nothing is left to do. "), now?.detail);
        fill(row.decide);
        if (wasInside && isFocusLost()) {
            row.now.focus();
        }
    }

    const list = await longList({ ask: page, draw, none, what: "task" });
    watch(signal, look, (error) => fill(failure, error && problem(error)), SECONDS);
    return [failure, el("div", { class: "tasks" }, list), bar.row];
}

// Why the guard holds it is said above the list: it is the same of all of them.
const matter = ({ nameOf }, task) => [
    task.guard && el("p", {}, el("strong", {}, "Would lose: "), task.takes ?? "what is held"),
    el("p", {}, task.state === "held" ? `Held by the guard of ${nameOf(task.guard.idp)}.`
        : task.detail ?? "It was not tried yet."),
];

// null: it is done.
async function stateOf(id, signal) {
    try {
        return await get(path("tasks", id), { signal });
    } catch (error) {
        if (error.status === 404) {
            return null;
        }
        throw error;
    }
}

// What a person may decide about it.
function choices(context, task, filter, ended) {
    const isHeld = Boolean(task.guard) && task.state !== "planned";
    // Of a part of it, too, while the rest waits or has failed.
    const isDiscarded = !isHeld && (task.takes !== null
                                    || [task.state, filter.state].includes("discarded"));
    const choice = (word, decide, attributes) => action(`${word} …`, () => {
        decide(context, task, ended);
    }, { ...attributes, "aria-label": `${word} ${task.name ?? task.subject} …` });
    return el("div", { class: "choices-of" },
        task.state !== "held" && choice(task.state === "planned" ? "Plan anew" : "Retry", retryOne),
        (isHeld || isDiscarded) && choice("Release", releaseOne, { class: "grave" }),
        (isHeld || task.state === "failed") && choice("Discard", discardOne));
}
