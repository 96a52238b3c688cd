// SPDX-License-Identifier: Apache-2.0
//
// What happened, and who made it. The address has the whole filter.

import { get, path, query } from "../api.js";
import { el, fill, newId } from "../dom.js";
import { GROUPS } from "../kinds.js";
import { eventTable } from "../parts/events.js";
import { filter } from "../parts/filter.js";
import { field, pick } from "../parts/form.js";
import { liveList } from "../parts/live-list.js";
import { problem } from "../parts/notice.js";
import { to } from "../router.js";
import { me } from "../who.js";

const PAGE = 50;
// Without an index for words, a page may be empty and not the last one: so often it is gone on by
// itself, each time 5,000 events.
const LOOKS = 10;
const FILTERS = ["q", "kind", "idp", "site", "person", "group", "actor", "subject", "from", "to"];

export const title = "Events";

export async function show(context) {
    const { signal } = context;
    const asked = Object.fromEntries(FILTERS.map((name) => [name, context.query.get(name)]));
    const [{ idps }, { sites }, shown] = await Promise.all([
        get(path("idps"), { signal }), get(path("sites"), { signal }), list(context, asked)]);
    return [filters(context, asked, idps, sites), ...shown];
}

// ---- the list

async function list({ signal }, asked) {
    const none = el("span", {});
    try {
        return await liveList({
            signal, what: "event", draw: eventTable, isLive: !asked.q && !asked.to, none,
            also: files(asked),
            ask: async (before) => {
                const page = await look(signal, asked, before);
                fill(none, page.next ? "No event is like this among the newest ones."
                    : FILTERS.some((name) => asked[name]) ? "No event is like this."
                        : "Nothing has happened yet.");
                return page;
            },
        });
    } catch (error) {
        // The filter stays there, so that it can be mended.
        if (signal.aborted) {
            throw error;
        }
        return [problem(error)];
    }
}

async function look(signal, asked, before) {
    let next = before;
    for (let looks = 0; looks < LOOKS; looks++) {
        const found = await get(path("events") + query({ ...asked, before: next, limit: PAGE }),
                                { signal });
        if (found.events.length || found.next === null) {
            return { rows: found.events, next: found.next };
        }
        ({ next } = found);
    }
    return { rows: [], next };
}

// ---- the filter

const EVERY = GROUPS.flatMap(([prefix, words, kinds]) => [
    [prefix, `${words}: all`], ...kinds.map(([kind, what]) => [kind, `– ${what}`])]);

function filters(context, asked, idps, sites) {
    const actors = newId();
    const fields = {
        q: field({ name: "q", label: "Words", optional: true, maxlength: 200, value: asked.q ?? "",
                   hint: "In names and details." }),
        kind: pick({ name: "kind", label: "What", value: asked.kind ?? "",
                     choices: [["", "anything"], ...known(asked.kind, EVERY)] }),
        idp: pick({ name: "idp", label: "Identity provider", value: asked.idp ?? "",
                    choices: named(asked.idp, idps) }),
        site: pick({ name: "site", label: "Jira site", value: asked.site ?? "",
                     choices: named(asked.site, sites.flatMap(sidesOf)) }),
        person: field({ name: "person", label: "Person", optional: true, value: asked.person ?? "",
                        hint: "Name, address, or id." }),
        group: field({ name: "group", label: "Group", optional: true, value: asked.group ?? "",
                       hint: "Name or id." }),
        actor: field({ name: "actor", label: "Who made it", optional: true,
                       value: asked.actor ?? "", list: actors,
                       hint: "Such as admin:jane." }),
        from: moment("from", "From", asked.from),
        to: moment("to", "Before", asked.to),
        ...(asked.subject && { subject: field({ name: "subject", label: "Id of the subject",
                                                optional: true, value: asked.subject }) }),
    };
    const { q, kind, idp, ...others } = fields;
    return filter(context, to("events"), fields, [
        q, kind, idp,
        el("details", { open: Object.keys(others).some((name) => asked[name]) },
           el("summary", {}, "More to look for"),
           el("div", { class: "fields" }, Object.values(others).map((each) => each.row))),
        el("datalist", { id: actors }, [
            `admin:${me()}`, "provisioner", "reconciler", ...idps.map((each) => `idp:${each.name}`),
        ].map((value) => el("option", { value }))),
    ]);
}

// What the address asks for stands there also when it is none of the choices.
const known = (value, choices) => !value || choices.some(([each]) => each === value) ? choices
    : [...choices, [value, value]];

const named = (value, all) => [["", "any"], ...known(value, all.map(({ name }) => [name, name]))];

const sidesOf = (site) => site.customers ? [site, { name: `${site.name}:customers` }] : [site];

// A time by the reader's own clock; in the address it is the same for everybody.
function moment(name, label, value) {
    const made = field({ name, label, optional: true, type: "datetime-local", value: here(value) });
    return { ...made, value: () => {
        const text = made.value();
        return !text ? "" : text === here(value) ? value : new Date(text).toISOString();
    } };
}

function here(value) {
    const at = new Date(value ?? NaN);
    if (Number.isNaN(at.valueOf())) {
        return "";
    }
    const local = new Date(at.valueOf() - at.getTimezoneOffset() * 60000);
    return local.toISOString().slice(0, 16);
}

// ---- as a file

function files(asked) {
    const file = (format) => el("a", {
        class: "button", download: true,
        href: path("api", "events") + query({ format, ...asked }),
    }, `Save as ${format.toUpperCase()}`);
    return el("div", { class: "buttons" }, file("csv"), file("json"));
}
