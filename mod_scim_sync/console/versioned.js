// SPDX-License-Identifier: Apache-2.0
//
// Something that several administrators may edit, in the version that the page shows (docs/api.md,
// "Several administrators at once"). What somebody else has changed meanwhile is not overwritten:
// it is said who has, and what to do about it says parts/notice.js.
//
//     const it = await versionedIdp("okta", { signal });
//     it.now                             as it was read, or answered last
//     await it.patch({ state: "live" })  as it is then

import { call, get, path, Problem, query } from "./api.js";
import { actorName, ago } from "./words.js";

// called: what it is called in words. changes: which events tell who has changed it, as a query
// (docs/api.md, "Events"). options: api.js's.
export async function versioned(where, called, changes, options = {}) {
    return of(where, called, changes, await call("GET", where, options));
}

export const versionedIdp = (name, options) =>
    versioned(path("idps", name), name, { idp: name, kind: "idp." }, options);

export const versionedSite = (name, options) =>
    versioned(path("sites", name), `the site ${name}`, { site: name, kind: "site." }, options);

// A site that is not there yet; 412 where it is.
export async function newSite(name, value) {
    const where = path("sites", name);
    const made = await call("PUT", where, { body: value, ifNoneMatch: "*" });
    return of(where, `the site ${name}`, { site: name, kind: "site." }, made);
}

function of(where, called, changes, answer) {
    let { etag } = answer;

    async function edit(method, behind, options) {
        try {
            const done = await call(method, where + behind, { ...options, ifMatch: etag });
            etag = done.etag ?? etag;
            return done.body;
        } catch (error) {
            throw error.status === 412 ? await meanwhile(called, changes) : error;
        }
    }

    async function change(method, value, behind = "") {
        it.now = await edit(method, behind, { body: value });
        return it.now;
    }

    const it = {
        now: answer.body,
        // behind: what the query says of it.
        patch: (value, behind) => change("PATCH", value, behind),
        put: (value) => change("PUT", value),
        remove: (behind = "") => edit("DELETE", behind),
        // As it is now, after something of ours that has changed it beside.
        async again() {
            const read = await call("GET", where);
            ({ etag } = read);
            it.now = read.body;
        },
    };
    return it;
}

async function meanwhile(called, changes) {
    const event = await lastChange(changes);
    const who = event ? `${actorName(event.actor)} has changed ${called} ${
        ago(event.at)}` : `Somebody else has changed ${called} meanwhile`;
    return new Problem(412, "Changed meanwhile", `${who}, after it was shown here.`);
}

// Null, if that can't be found out: it is only said beside what matters.
async function lastChange(changes) {
    try {
        const { events } = await get(path("events") + query({ ...changes, limit: 20 }));
        return events.find((event) => event.actor.startsWith("admin:")) ?? null;
    } catch {
        return null;
    }
}
