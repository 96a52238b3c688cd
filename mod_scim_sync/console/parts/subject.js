// SPDX-License-Identifier: Apache-2.0
//
// One person or one group: what is the matter at each site, side by side, "do it now", history.

import { get, path, post, Problem, query } from "../api.js";
import { announce, el, fill } from "../dom.js";
import { facts } from "./facts.js";
import { action } from "./form.js";
import { history } from "./history.js";
import { watch } from "./live.js";
import { matterBadge, matterMeaning } from "./matter.js";
import { problem } from "./notice.js";
import { reasons, truths, whenWords } from "./truths.js";
import { to } from "../router.js";
import { tasksAt } from "../tasks/words.js";
import { siteWords } from "../truths.js";
import { moment, plural } from "../words.js";

// States in which a person decides.
const DECIDED = ["failed", "held", "discarded"];
// So often it is looked whether a task that was begun has ended.
const LOOKS = 15;

// What there is to know: { plan } of the API, or, when the IdP is deleted or there is nothing left
// to do of whom it has deleted, null, and the { tasks } that are left.
export async function load({ params, signal }, kind) {
    try {
        return { plan: await get(path("idps", params.idp, `${kind}s`, params.id, "plan"),
                                 { signal }), tasks: [] };
    } catch (error) {
        if (error.status !== 404) {
            throw error;
        }
        const [{ tasks }, { events }] = await Promise.all([
            get(path("tasks") + query({ subject: params.id, kind }), { signal }),
            get(path("events") + query({ subject: params.id, limit: 1 }), { signal })]);
        if (!tasks.length && !events.length) {
            throw new Problem(404, "Not found", error.message);
        }
        return { plan: null, tasks, name: tasks[0]?.name ?? events[0]?.name };
    }
}

// known: of load(). kind: "user" or "group". verdict(site, things, plan): a notice; things(site):
// of truths.js. besides: what stands between that and the history; again(): brings that up to
// date, when "do it now" has ended.
export function subject(context, known, { kind, things, verdict, besides, again = () => null,
                                          filter }) {
    const box = el("div", {});
    const draw = (now) => fill(box, summary(context, now), now.plan
        ? now.plan.sites.map((site) => atSite(now.plan, site, things(site), verdict))
        : now.tasks.length ? now.tasks.map(leftOver)
            : el("p", {}, "No identity provider tells of it, and nothing is left to be done."));
    draw(known);
    const past = el("div", {});
    look(past, context, filter);
    const ended = () => Promise.all([again(), look(past, context, filter)]);
    return [
        box,
        (known.plan || known.tasks.length > 0) && doNow(context, known, kind, { draw, ended }),
        besides,
        el("section", { class: "history" }, el("h2", {}, "History"), past),
    ];
}

function summary({ params }, { plan, tasks }) {
    const entry = plan?.entry;
    const state = entry?.state ?? tasks[0]?.state;
    return el("ul", { class: "summary" },
              state && el("li", {}, matterBadge(state)),
              entry?.displayName && el("li", {}, entry.displayName),
              el("li", {}, plan && !entry?.deleted ? "told by " : "was told by ",
                 plan ? el("a", { href: to("idps", params.idp) }, params.idp) : params.idp,
                 entry?.active === false && !entry.deleted && ", inactive",
                 entry?.deleted && ", which has deleted it"),
              plan && el("li", {}, el("a", { href: to("idps", params.idp, "requests") },
                                      `requests of ${params.idp}`)));
}

// ---- a site

function atSite(plan, site, things, verdict) {
    return el("section", {}, el("h2", {}, `At ${siteWords(site.site)}`),
              verdict(site, things, plan),
              truths(things),
              reasonsOf(site, things, plan), steps(site, plan),
              site.task && taskOf(plan, site, things));
}

function reasonsOf(site, things, plan) {
    const list = reasons(site, things, plan.idp);
    return list && [el("h3", { class: "apart" }, "Why"), list];
}

// Steps that are the reason of something are said there, too: here they stand in their order.
function steps(site, plan) {
    return site.steps.length > 0 && [
        el("h3", { class: "apart" }, `What is done, ${whenWords(site, plan.idp)}`),
        el("ol", { class: "prose" }, site.steps.map((step) => el(
            "li", {}, step.what, step.unless && `, unless ${step.unless}`))),
        site.cut && el("p", {}, "And more."),
    ];
}

function taskOf({ id }, site, things) {
    const { task } = site;
    const isSaid = things.some((thing) => thing.reasons.some(
        (reason) => task.detail?.startsWith(reason.text)));
    return [
        el("h3", { class: "apart" }, "Its task"),
        facts([
            ["State", [matterBadge(task.state), " ", matterMeaning(task.state)]],
            task.detail && !isSaid && ["Last words", task.detail],
            task.status > 0 && ["Jira's status", `${task.status}`],
            task.attempts > 0 && ["Tried", plural(task.attempts, "time")],
            task.nextAt && ["Next try", moment(task.nextAt)],
            ["Changed", moment(task.changedAt)],
        ]),
        DECIDED.includes(task.state) && el("p", {}, el(
            "a", { href: tasksAt({ state: task.state, subject: id }) },
            "Decide about it among the tasks")),
    ];
}

// Of whom no IdP tells any more.
const leftOver = (task) => el("section", {}, el("h2", {}, `At ${siteWords(task.site)}`), facts([
    ["State", [matterBadge(task.state), " ", matterMeaning(task.state)]],
    task.detail && ["Last words", task.detail],
    task.takes && ["Would take away", task.takes],
    task.nextAt && ["Next try", moment(task.nextAt)],
]));

// ---- do it now

function doNow(context, { plan }, kind, shown) {
    const { params } = context;
    return action("Do it now", async () => {
        const { tasks = [] } = await post(path("tasks", "retry") + query({ subject: params.id }));
        follow(context, kind, shown);
        return tasks.length ? el("ul", {}, tasks.map(
            (task) => el("li", {}, `At ${siteWords(task.site)}: ${task.effect}.`)))
            : el("p", {}, "There is no task: as far as is known, nothing differs.");
    }, { class: plan?.entry?.state === "ok" ? "" : "main" });
}

// Until it is done, or waits for longer than anybody looks. draw(known), meanwhile and then;
// ended(), then.
function follow(context, kind, { draw, ended }) {
    let looks = 0;
    watch(context.signal, async () => {
        const known = await load(context, kind);
        draw(known);
        const isDue = known.plan?.sites.some((site) => site.task?.state === "waiting"
                                             && Date.parse(site.task.nextAt) <= Date.now());
        if (!isDue) {
            await ended();
            announce(known.plan ? "What is shown is of now." : "It is done.");
        }
        return !isDue || ++looks === LOOKS;
    }, (error) => error && announce(error.message));
}

// ---- history

async function look(list, context, filter) {
    list.setAttribute("aria-busy", "true");
    try {
        fill(list, await history(context, filter));
    } catch (error) {
        fill(list, problem(error));
    }
    list.removeAttribute("aria-busy");
}
