// SPDX-License-Identifier: Apache-2.0
//
// What has come from an identity provider so far, beside what is known of it at a glance: its
// events and tasks. So it is known to whoever opens the page, whenever that is. Events outlive an
// IdP: those of an earlier one of the same name are none of this one's.

import { get, path, query } from "./api.js";

// Its newest events of a kind, or of those that begin so ("jira.").
export async function lastEvents(idp, kind, limit, signal) {
    const { events } = await get(path("events") + query({
        idp: idp.name, kind, from: idp.createdAt, limit }), { signal });
    return events;
}

// The newest one; null: there was none.
export async function lastEvent(idp, kind, signal) {
    return (await lastEvents(idp, kind, 1, signal))[0] ?? null;
}

// The oldest of its tasks in a state; null: there is none.
export async function aTask(idp, state, signal) {
    const { tasks } = await get(path("tasks") + query({ idp: idp.name, state, limit: 1 }),
                                { signal });
    return tasks[0] ?? null;
}
