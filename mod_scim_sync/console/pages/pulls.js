// SPDX-License-Identifier: Apache-2.0
//
// A Google directory is read: what is under way, how the last ones went, and asking for one.

import { get, path, query } from "../api.js";
import { el, fill } from "../dom.js";
import { titleOf } from "../parts/called.js";
import { guardNotice } from "../parts/guard.js";
import { idpNav } from "../parts/idp-nav.js";
import { watch } from "../parts/live.js";
import { longList } from "../parts/long-list.js";
import { bad, mind, problem } from "../parts/notice.js";
import { causeWords, countWords, errorWords, isOpen, outcome, pullButtons, runState, tookWords
       } from "../parts/pull.js";
import { table } from "../parts/table.js";
import { to } from "../router.js";
import { ahead, count, moment } from "../words.js";

const PAGE = 25;
// At most so many are under way, and the last one that has ended.
const NEWEST = 6;

export const title = titleOf((name) => `Pulls of ${name}`);

export async function show(context) {
    const { signal } = context;
    const idp = await get(path("idps", context.params.name), { signal });
    context.idp = idp;
    const where = path("idps", idp.name, "google");
    const newest = await runs(idp, { limit: NEWEST }, signal);
    const [google, schedule, guard] = await Promise.all([
        get(where, { signal }), get(`${where}/schedule`, { signal }), guardNotice(idp, signal)]);
    const now = el("section", {}, current(context, idp, schedule, newest));
    const history = el("div", {}, await historyOf(context, idp));
    follow(context, idp, newest, now, history);
    return [
        idpNav(idp, "pulls"), unconnected(idp, google.connection), guard,
        el("p", {}, "A pull reads the directory as a whole, compares it with what was told before,"
           + " and tells what differs. A preview does the same and tells nothing: look at one"
           + " before the first pull, and after a change of who comes."),
        pullButtons(context, idp), now,
        el("section", {}, el("h2", {}, "The last pulls"), history),
    ];
}

const runs = async (idp, page, signal) =>
    (await get(path("idps", idp.name, "pulls") + query(page), { signal })).pulls;

// Without a connection there are none, and nobody who leaves is noticed.
const unconnected = (idp, connection) => connection.state !== "connected" && bad(
    el("p", {}, connection.state === "none" ? "It is not connected to Google yet."
        : ["It must be connected to Google anew: ", connection.reason ?? "",
           " Until then nobody who leaves is noticed."]),
    el("p", {}, el("a", { href: to("idps", idp.name, "connect") }, "Connect it")));

// ---- what is under way, and how the last one ended

function current(context, idp, schedule, newest) {
    const open = newest.filter(isOpen);
    const last = newest.find((run) => !isOpen(run) && run.cause !== "preview");
    return [
        open.map((run) => el("p", {}, runState(run), " ", link(idp, run), ` ${causeWords(run)}`,
                             run.doing && `: it reads ${run.doing}`,
                             run.calls > 0 && `, ${count(run.calls)} calls to Google so far`)),
        !open.length && next(idp, schedule),
        last && last.state !== "done" && outcome(context, idp, last),
        last?.state === "done" && last.detail && mind(el("p", {}, last.detail)),
    ];
}

const next = (idp, schedule) => el(
    "p", {}, schedule.next
        ? [`The next one comes ${ahead(schedule.next)}, ${moment(schedule.next)}`,
           schedule.why && `: ${schedule.why}`, ". "]
        : [`None comes by itself: ${schedule.why ?? ""} `],
    el("a", { href: to("idps", idp.name, "schedule") }, "Schedule"));

// As long as somebody looks: what begins or ends is shown.
function follow(context, idp, newest, now, history) {
    const { signal } = context;
    let known = JSON.stringify(newest);
    const failure = el("div", {});
    now.after(failure);
    watch(signal, async () => {
        const found = await runs(idp, { limit: NEWEST }, signal);
        const ended = (list) => list.filter((run) => !isOpen(run)).length + (list[0]?.id ?? 0);
        if (JSON.stringify(found) === known) {
            return false;
        }
        const anew = ended(found) !== ended(JSON.parse(known));
        known = JSON.stringify(found);
        const schedule = await get(path("idps", idp.name, "google", "schedule"), { signal });
        fill(now, current(context, idp, schedule, found));
        if (anew) {
            fill(history, await historyOf(context, idp));
        }
        return false;
    }, (error) => fill(failure, error && problem(error)));
}

// ---- those that there were

const historyOf = (context, idp) => longList({
    what: "pull", none: "There was none yet.",
    ask: async (before) => {
        const rows = await runs(idp, { limit: PAGE, before }, context.signal);
        return { rows, next: rows.length === PAGE ? rows.at(-1).id : null };
    },
    draw: (rows) => el("div", { class: "pulls" }, table("Pulls", [
        ["Pull", (run) => [link(idp, run), el("p", { class: "quiet" }, moment(run.askedAt), ", ",
                                              causeWords(run))]],
        ["State", runState],
        ["Users", (run) => countWords(run.found?.users)],
        ["Groups", (run) => countWords(run.found?.groups)],
        ["Memberships", (run) => countWords(run.found?.members)],
        ["Took", tookWords],
        ["Calls", (run) => count(run.calls)],
        ["Errors", errorWords],
    ], rows)),
});

const link = (idp, run) => el("a", { href: to("idps", idp.name, "pulls", String(run.id)) },
                              `${run.cause === "preview" ? "Preview" : "Pull"} ${run.id}`);
