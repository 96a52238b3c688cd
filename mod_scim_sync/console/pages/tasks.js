// SPDX-License-Identifier: Apache-2.0
//
// Tasks: what fails, what the guard holds, what waits, and why; with ?state=... those of one state,
// one by one.

import { get, path, query } from "../api.js";
import { el, fill } from "../dom.js";
import { linkTo, naming } from "../parts/called.js";
import { form, pick } from "../parts/form.js";
import { watch } from "../parts/live.js";
import { news } from "../parts/news.js";
import { bad, good, mind, problem } from "../parts/notice.js";
import { stateBadge } from "../parts/state.js";
import { table } from "../parts/table.js";
import { to } from "../router.js";
import { taskList } from "../tasks/list.js";
import { reasonTable } from "../tasks/reasons.js";
import { tripCards } from "../tasks/trips.js";
import { KINDS, TASK_STATES, tasksAt } from "../tasks/words.js";
import { ahead, count, moment } from "../words.js";

const SECONDS = 5;
const FILTER = ["state", "idp", "site", "kind", "class", "status", "guard", "guardIdp",
                "subject"];

export const title = ({ query: asked }) => TASK_STATES[asked.get("state")]
    ? `Tasks: ${TASK_STATES[asked.get("state")][0].toLowerCase()}` : "Tasks";

export async function show(context) {
    const state = context.query.get("state");
    const shown = await (TASK_STATES[state] ? ofState(context, state) : all(context));
    return [menu(state), shown];
}

const menu = (here) => el("nav", { class: "within", "aria-label": "Tasks by state" }, el("ul", {},
    [[null, ["All at a glance"]], ...Object.entries(TASK_STATES)].map(([state, [words]]) =>
        el("li", {}, el("a", { href: tasksAt({ state }), "aria-current": state === here && "page" },
                        words)))));

// ---- one state

async function ofState(context, state) {
    const filter = Object.fromEntries(FILTER.map((name) => [name, context.query.get(name)]));
    const [{ idps }, { sites }] = await Promise.all([
        get(path("idps"), context), get(path("sites"), context)]);
    context.nameOf = naming(idps);
    const narrowed = ["class", "status", "guard", "subject"].some((name) => filter[name] !== null);
    const alone = filter.subject ? "user or group" : "kind";
    return [
        el("p", {}, TASK_STATES[state][1]),
        filters(context, filter, idps, sites),
        narrowed && el("p", {}, `These are of one ${alone} alone. `,
                       el("a", { href: tasksAt({ state, idp: filter.idp }) }, "See all of them")),
        state === "held" && await holding(context, filter),
        await taskList(context, filter, "There is none."),
    ];
}

// The counts that hold these.
async function holding(context, { idp, guardIdp, site }) {
    const { guard } = await get(path("guard"), context);
    const trips = guard.filter((trip) => trip.idp === (guardIdp ?? idp ?? trip.idp)
                                         && trip.site === (site ?? trip.site));
    return trips.length > 0 && tripCards(context, trips, context.again);
}

function filters(context, filter, idps, sites) {
    const sides = sites.flatMap(({ name, customers }) =>
        customers ? [name, `${name}:customers`] : [name]);
    const one = (name, label, choices) => pick({
        name, label, value: filter[name] ?? "", choices: [["", "all"], ...choices] });
    const same = (name) => [name, name];
    const idp = one("idp", "Identity provider",
                    idps.map(({ name }) => [name, context.nameOf(name)]));
    const site = one("site", "Jira site", sides.map(same));
    const kind = one("kind", "What", Object.entries(KINDS).map(([name, [, words]]) =>
        [name, words]));
    return el("div", { class: "filters" }, form({
        parts: [idp, site, kind], button: "Show these", changes: false,
        send: () => context.go(tasksAt({ state: filter.state, idp: idp.value(), site: site.value(),
                                         kind: kind.value() })),
    }));
}

// ---- all at a glance

async function all(context) {
    const found = await look(context);
    context.nameOf = naming(found.idps);
    const failure = el("div", {});
    const waiting = new Map(found.idps.map((idp) => [idp.name, el("strong", {})]));
    const bar = news(context.again);
    const before = signature(found);

    function renew({ idps }) {
        idps.forEach((idp) => waiting.has(idp.name)
                              && fill(waiting.get(idp.name), count(idp.waiting)));
    }
    renew(found);
    watch(context.signal, async () => {
        const now = await look(context);
        renew(now);
        bar.tell(signature(now) === before ? null : "Something is different by now.");
    }, (error) => fill(failure, error && problem(error)), SECONDS);
    return [failure, await glance(context, found, waiting), bar.row];
}

async function look(context) {
    const [{ guard }, { reasons, more }, { idps }, { paused }] = await Promise.all([
        get(path("guard"), context), get(path("tasks", "reasons"), context),
        get(path("idps"), context), get(`${path("status")}?counts=false`, context)]);
    return { guard, reasons, more, idps, paused };
}

// What is worth being shown anew. How many wait is shown as it changes.
const signature = ({ guard, reasons, paused, idps }) => JSON.stringify([
    guard.map((trip) => [trip.idp, trip.site, trip.kind, trip.held]),
    reasons.map((one) => [one.state, one.idp, one.site, one.kind, one.class, one.status,
                          one.state === "waiting" || one.count]),
    paused.map((one) => one.site), idps.map((idp) => [idp.name, idp.state, idp.displayName])]);

async function glance(context, { guard, reasons, more, idps, paused }, waiting) {
    const of = (state) => reasons.filter((one) => one.state === state);
    const refused = [...new Set(reasons.filter((one) => one.class === "site")
        .map((one) => one.site))];
    return [
        paused.map(pausedNotice), refused.map(refusedNotice),
        section("Held by the guard", await tripCards(context, guard, context.again)),
        section("Failed", of("failed").length
            ? reasonTable(context, "Kinds of failures", of("failed"), context.again)
            : good(el("p", {}, "Nothing has failed."))),
        section("Waiting", queue(idps, waiting), of("waiting").length > 0 && [
            el("h3", {}, "Tried already, and tried again"),
            reasonTable(context, "Kinds of reasons to wait", of("waiting"), context.again)]),
        more && el("p", {}, "There are more kinds of reasons than are shown here."),
    ];
}

const section = (words, ...content) => el("section", {}, el("h2", {}, words), content);

const queue = (idps, waiting) => idps.length ? table("What waits", [
    ["Identity provider", linkTo],
    ["Its tasks", stateBadge],
    ["Waiting", (idp) => el("a", { href: tasksAt({ state: "waiting", idp: idp.name }) },
                            waiting.get(idp.name))],
    ["What happens", (idp) => ({
        live: "They are done as soon as possible.",
        paused: "They wait until it is live again.",
        dryRun: "They are planned as soon as possible, and nothing is written to Jira.",
    })[idp.state]],
], idps) : el("p", {}, "There is no identity provider yet.");

const pausedNotice = ({ site, until, why }) => mind(
    el("p", {}, el("strong", {}, `Nothing is sent to ${site} before ${moment(until)}`),
       ` (${ahead(until)}): ${why}.`),
    el("p", {}, "It goes on by itself, and a restart makes it no sooner. If it comes again and"
       + " again, find out what else calls Jira in the name of this organization."));

const refusedNotice = (site) => bad(
    el("p", {}, el("strong", {}, `Jira refuses the credentials of ${site}`),
       ": nothing is done there. ",
       el("a", { href: to("sites", site.split(":")[0]) }, "Give it an API token that is good"),
       "; all goes on by itself then."));
