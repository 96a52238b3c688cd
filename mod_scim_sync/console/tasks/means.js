// SPDX-License-Identifier: Apache-2.0
//
// What a decision about a task means for people's access: what would be done in Jira, by the plan
// of its user or group, and whom the guard holds.

import { get, path, query } from "../api.js";
import { el } from "../dom.js";
import { plural, STATE_MEANINGS, STATES } from "../words.js";
import { held, LOSSES, tasksAt, whereOf } from "./words.js";

// So many are named.
const SOME = 10;

const list = (texts) => [
    el("ul", {}, texts.slice(0, SOME).map((text) => el("li", {}, text))),
    texts.length > SOME && el("p", {}, `And ${plural(texts.length - SOME, "more", "more")}.`)];

// What would be done of one task, below these words.
export async function consequences(task, context, words = "This is done in Jira:") {
    const { signal } = context;
    if (task.kind === "portal") {
        return queue(await get(path("tasks", task.id), { signal }));
    }
    const plan = whereOf(task) && await planOf(task, signal);
    const side = plan?.sites.find((each) => each.site === task.site);
    if (!side) {
        return el("p", {}, "What would be done is not known beforehand: its identity provider does"
                  + " not tell of it any more.");
    }
    return [
        plan.state !== "live" && el("p", {}, `${context.nameOf(plan.idp)} is ${
            STATES[plan.state]}. `, STATE_MEANINGS[plan.state]),
        side.steps.length ? [el("p", {}, words), list(side.steps.map((step) => step.what))]
            : el("p", {}, "As far as is known there is nothing to do in Jira."),
        side.withheld.length > 0 && [el("p", {}, "In the way of what is wanted:"),
                                     list(side.withheld.map((each) => each.text))],
    ];
}

// null: the identity provider has deleted it.
async function planOf({ idp, kind, subject }, signal) {
    try {
        return await get(path("idps", idp, `${kind}s`, subject, "plan"), { signal });
    } catch (error) {
        if (error.status === 404) {
            return null;
        }
        throw error;
    }
}

function queue({ queue: { adds, add, removes, remove } }) {
    const names = (people) => people.map((one) => one.name ?? one.accountId);
    return [
        adds > 0 && [el("p", {}, `${plural(adds, "person", "people")} would be put in:`),
                     list(names(add))],
        removes > 0 && [el("p", {}, `${plural(removes, "person", "people")} would be taken out:`),
                        list(names(remove))],
        !adds && !removes && el("p", {}, "Nobody is in its queue."),
    ];
}

// ---- what a count of the guard holds

export const heldBy = (trip) =>
    ({ state: "held", site: trip.site, guardIdp: trip.idp, guard: trip.kind });

// "13 people lose all access"
export const losers = (trip) => `${held(trip)} ${LOSSES[trip.kind][trip.held === 1 ? 0 : 1]}`;

// The first of them with what each would lose.
export async function whoLoses(trip, words, signal) {
    const { tasks } = await get(path("tasks") + query({ ...heldBy(trip), limit: SOME }),
                                { signal });
    const rest = trip.held - tasks.length;
    return [
        el("p", {}, words),
        el("ul", {}, tasks.map((task) => el("li", {}, el("strong", {}, task.name ?? task.subject),
                                            ": ", task.takes ?? "what is held"))),
        rest > 0 && el("p", {}, `And ${plural(rest, "other")}${trip.more ? " or more" : ""}: `,
                       el("a", { href: tasksAt(heldBy(trip)) }, "see all of them")),
    ];
}
