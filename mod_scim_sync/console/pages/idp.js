// SPDX-License-Identifier: Apache-2.0
//
// One identity provider: how it stands, its state, what it is called, and its end.

import { get, path, query } from "../api.js";
import { aTask, lastEvent } from "../contact.js";
import { el, fill } from "../dom.js";
import { kindOf } from "../idps/index.js";
import { kindWords } from "../kinds.js";
import { headingOf, renaming } from "../parts/called.js";
import { deletion } from "../parts/deletion.js";
import { disconnection } from "../parts/disconnection.js";
import { eventsWith } from "../parts/events.js";
import { facts } from "../parts/facts.js";
import { feeding } from "../parts/feeding.js";
import { idpNav } from "../parts/idp-nav.js";
import { bad } from "../parts/notice.js";
import { stateBadge, stateSwitch } from "../parts/state.js";
import { to } from "../router.js";
import { offered } from "../who.js";
import { versionedIdp } from "../versioned.js";
import { ago, count, day, MODES } from "../words.js";

export const title = ({ params, it }) => it ? headingOf(it.now) : params.name;

export async function show(context) {
    const { signal } = context;
    const it = await versionedIdp(context.params.name, { signal });
    const idp = it.now;
    context.it = it;
    const [failed, held, event, google, { sites }] = await Promise.all([
        idp.failed ? aTask(idp, "failed", signal) : null,
        idp.held ? aTask(idp, "held", signal) : null,
        lastEvent(idp, "", signal),
        idp.kind === "google" ? get(path("idps", idp.name, "google"), { signal }) : null,
        get(path("sites"), { signal })]);
    const badge = el("span", {}, stateBadge(idp));
    return [
        idpNav(idp, ""),
        google && reconnect(idp, google.connection),
        facts([
            ["Kind", kindOf(idp)],
            ["State", badge],
            ["Its people become", MODES[idp.mode]],
            ["Feeds", idp.sites.map((name, at) => [at ? ", " : "",
                                                   el("a", { href: to("sites", name) }, name)])],
            idp.kind === "scim" && ["Address", el("code", {}, idp.scim.baseUrl ?? "–")],
            google && ["Connection", connectionWords(google.connection)],
            ["Last contact", ago(idp.lastContactAt)],
            ["Users", told("people", idp, idp.users)],
            ["Groups", told("groups", idp, idp.groups)],
            ["Last event", event ? lastWords(idp, event) : "none"],
            ["Waiting", count(idp.waiting)],
            ["Failed", several(idp.failed, failed)],
            ["Held by the guard", several(idp.held, held)],
        ]),
        el("section", {}, el("h2", {}, "State"),
           stateSwitch(it, (now) => fill(badge, stateBadge(now)))),
        el("section", {}, el("h2", {}, "Rename"), renaming(context, it)),
        sites.length > 1 && el("section", {}, el("h2", {}, "Jira sites"),
                               feeding(context, it, sites)),
        google && google.connection.state !== "none" && offered(
            el("section", {}, el("h2", {}, "Disconnect"), disconnection(context, idp))),
        offered(el("section", {}, el("h2", {}, "Delete"), deletion(context, it))),
    ];
}

// How many tasks, and what one of them says.
const several = (number, task) =>
    task ? [count(number), number > 1 ? ", such as " : ": ", task.name, ": ", task.detail]
        : count(number);

const lastWords = (idp, event) => [
    [kindWords(event.kind), event.name].filter(Boolean).join(": "), `, ${ago(event.at)}. `,
    el("a", { href: eventsWith({ idp: idp.name }) }, "All its events")];

const told = (page, idp, number) =>
    el("a", { href: to(page) + query({ idp: idp.name }) }, count(number));

// Until then nobody who leaves is noticed.
function reconnect(idp, connection) {
    return connection.state === "reconnect" && bad(
        el("p", {}, "It must be connected to Google anew: ", connection.reason ?? "",
           " Until then nobody who leaves is noticed."),
        el("p", {}, el("a", { href: to("idps", idp.name, "connect") }, "Connect it")));
}

function connectionWords(connection) {
    const whose = `as ${connection.administrator ?? "a service account"} of ${connection.domain}`;
    if (connection.state === "none") {
        return connection.domain ? `not connected; it was ${whose}` : "not connected yet";
    }
    return connection.state === "connected"
        ? [whose, connection.reason && `; the last time: ${connection.reason}`,
           connection.endsAt && `; Google ends it on ${day(connection.endsAt)}`]
        : `ended; it was ${whose}`;
}
