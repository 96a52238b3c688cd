// SPDX-License-Identifier: Apache-2.0
//
// What would change in Jira because of one identity provider, and why: in dry run what is read
// before it is set live.

import { get, path, post, query } from "../api.js";
import { aTask } from "../contact.js";
import { el, fill } from "../dom.js";
import { titleOf } from "../parts/called.js";
import { facts } from "../parts/facts.js";
import { field, form, pick } from "../parts/form.js";
import { guardNotice } from "../parts/guard.js";
import { idpNav } from "../parts/idp-nav.js";
import { watch } from "../parts/live.js";
import { longList } from "../parts/long-list.js";
import { good, look, mind, problem } from "../parts/notice.js";
import { subjectRow, why } from "../parts/plan-of-one.js";
import { GIVES, sumWords, TAKES, withheldWords } from "../parts/plan-words.js";
import { stateBadge, stateSwitch } from "../parts/state.js";
import { sums } from "../parts/sums.js";
import { when } from "../parts/when.js";
import { versionedIdp } from "../versioned.js";
import { count, plural } from "../words.js";

const PAGE = 50;

// Numbers that are said even if there are none: that nobody loses anything is good to know.
const ALWAYS = ["createAccount", "createGroup", "addMember", "removeMember", "suspendAccount"];

const MEANINGS = {
    dryRun: "In dry run nothing is written to Jira. This is what would be done, worked out from"
        + " what is told and held now. Read it, then set it live below.",
    live: "What is told is done as it comes: this is what is still to be done, and what is not"
        + " done, and why.",
    paused: "It is paused: what stands here waits until it is live again.",
};

export const title = titleOf((name) => `Plan of ${name}`);

export async function show(context) {
    const { signal } = context;
    const it = await versionedIdp(context.params.name, { signal });
    const idp = it.now;
    context.idp = idp;
    const plan = await ask(idp, { limit: PAGE }, signal);
    const list = await people(context, idp, plan);
    const summary = el("section", {}, await summaryOf(context, idp, plan, list));
    if (idp.state === "dryRun" && plan.tasks.waiting) {
        whilePlanning(context, idp, summary, list);
    }
    const standing = el("p", {});
    const say = (now) => fill(standing, stateBadge(now), " ", MEANINGS[now.state]);
    say(idp);
    return [
        idpNav(idp, "plan"),
        standing,
        summary,
        list.section,
        el("section", {}, el("h2", {}, idp.state === "dryRun" ? "Set live" : "State"),
           idp.state === "dryRun" && el("p", {}, "Once it is live, what is shown above is done,"
              + " from what is told and held then. The guard counts what is taken away."),
           stateSwitch(it, say)),
    ];
}

const ask = (idp, page, signal) => post(path("idps", idp.name, "plan"), page, { signal });

// ---- the summary

// list: where those of whom it speaks can be shown.
async function summaryOf(context, idp, plan, list) {
    const { signal } = context;
    const waits = plan.tasks.waiting ? await aTask(idp, "waiting", signal) : null;
    return [
        el("h2", {}, "In sum"), await guardNotice(idp, signal),
        plan.countedAt && el("p", { class: "quiet" }, "Counted ", when(plan.countedAt),
            ". So many are counted once a minute."),
        idp.state === "dryRun" ? inDryRun(idp, plan, waits, list)
            : inEarnest(idp, plan, waits)];
}

function inDryRun(idp, plan, waits, list) {
    const { calls, withheld } = plan.planned;
    const rows = (names, kind) => names
        .filter((call) => calls[call] || ALWAYS.includes(call))
        .map((call) => [sumWords(call, idp.mode), calls[call] ?? 0, kind]);
    return [
        plan.tasks.waiting > 0 && mind(
            el("p", {}, `${plural(plan.tasks.waiting, "task")} not planned yet: the numbers grow.`,
               waits?.detail && ` Of ${waits.name}: ${waits.detail}`)),
        sums([...rows(GIVES), ...rows(TAKES, "bad")]),
        ...warnings(idp, calls, plan, list), notDone(withheld),
        states(idp, plan, ["failed", "discarded"]),
    ];
}

function warnings(idp, calls, plan, list) {
    const taken = TAKES.filter((call) => calls[call]);
    const short = plan.seats.filter((each) => (calls.createAccount ?? 0) > each.left);
    return [
        !taken.length && !plan.tasks.waiting && good(el("p", {}, "Nobody loses anything by it.")),
        taken.length > 0 && look(
            el("p", {}, "Something is taken away. Of a new identity provider there should be"
               + " nothing of the kind: look who loses it, and why."),
            el("div", { class: "buttons" }, taken.map((call) => el(
                "button", { type: "button", onclick: () => list.show({ call }) },
                `Show ${count(calls[call])} ${sumWords(call, idp.mode)}`)))),
        calls.createAccount > 0 && mind(el("p", {}, "An account is made for whom Jira has none of"
            + " this e-mail address. Are these more than you expect? Then the addresses that are"
            + " told are not those in Jira.")),
        ...short.map((each) => look(el("p", {}, `${each.site} has ${plural(each.left, "seat")} of`
            + ` ${each.product} left, and ${plural(calls.createAccount, "account")} would be made:`
            + " the last ones wait for a seat."))),
    ];
}

// Of a live one the API knows how many tasks there are, and what each of them would do.
function inEarnest(idp, plan, waits) {
    const { waiting, failed, held, discarded, planned } = plan.tasks;
    return waiting + failed + held + discarded + planned === 0
        ? good(el("p", {}, "All that it has told is done. There is nothing to do."))
        : [sums([["waiting", waiting], ["failed", failed, "bad"],
                 ["held by the guard", held, "bad"], ["discarded", discarded]]),
           waits?.detail && el("p", {}, `Of ${waits.name}: ${waits.detail}`),
           states(idp, plan, ["waiting", "failed", "held", "discarded"])];
}

const notDone = (withheld) => Object.keys(withheld).length > 0 && [
    el("h3", {}, "Wanted, and not done"),
    facts(Object.entries(withheld).map(([kind, number]) => [
        withheldWords(kind), plural(number, "time")]))];

const states = (idp, plan, names) => el("p", {}, names.filter((name) => plan.tasks[name]).map(
    (name) => [el("a", { href: `#/tasks${query({ state: name, idp: idp.name })}` },
                  `${plural(plan.tasks[name], "task")} ${name}`), " "]));

// The numbers are shown anew when the last task is planned, and was when they were counted.
function whilePlanning(context, idp, summary, list) {
    watch(context.signal, async () => {
        const { waiting } = await get(path("idps", idp.name), { signal: context.signal });
        const plan = waiting === 0 && await ask(idp, { limit: 1 }, context.signal);
        if (plan && plan.tasks.waiting === 0) {
            fill(summary, await summaryOf(context, idp, plan, list));
        }
        return plan && plan.tasks.waiting === 0;
    }, (error) => error && summary.append(problem(error)));
}

// ---- one by one

// first: the first page of who has something to do. Has `section`, and `show(filter)` for those of
// whom something else on the page speaks.
async function people(context, idp, first) {
    const heading = el("h2", { tabindex: "-1" }, "People and groups");
    const list = el("div", {});
    const who = pick({ name: "who", label: "Who is shown", value: "{}",
                       choices: choicesOf(idp, first) });
    const name = field({
        name: "q", label: "Or somebody by name", value: context.query.get("q"), optional: true,
        hint: "How the name, or the address, begins." });

    async function write() {
        const q = name.value();
        fill(list, q || who.value() === EVERYBODY ? await everybody(context, idp, q)
            : await planned(context, idp, JSON.parse(who.value())));
        return null;
    }

    if (name.value()) {
        await write();
    } else {
        fill(list, await planned(context, idp, {}, first));
    }
    return {
        section: el("section", {}, heading, form({
            parts: [el("div", { class: "pair" }, who.row, name.row)], button: "Show",
            busy: "Looking …", changes: false, send: write }), list),
        async show(filter) {
            who.input.value = JSON.stringify(filter);
            name.input.value = "";
            heading.scrollIntoView();
            heading.focus({ preventScroll: true });
            try {
                await write();
            } catch (error) {
                fill(list, problem(error));
            }
        },
    };
}

const EVERYBODY = "everybody";

// What is in sum above can be looked at one by one. A value is what is asked of the API for it.
function choicesOf(idp, { planned: sum }) {
    const { calls, withheld } = sum;
    return [
        ["{}", "All for whom there is something to do"],
        ...[...TAKES, ...GIVES].filter((call) => calls[call]).map(
            (call) => [JSON.stringify({ call }),
                       `${sumWords(call, idp.mode)}: ${count(calls[call])}`]),
        ...Object.entries(withheld).map(([kind, number]) => [
            JSON.stringify({ withheld: kind }),
            `Not done: ${withheldWords(kind)}: ${count(number)}`]),
        [EVERYBODY, `All of whom ${idp.name} has told`]];
}

const planned = (context, idp, filter, first) => longList({
    what: "user or group", none: "There is nothing to do for anybody.",
    ask: async (after) => {
        let page = after === null && first;
        // Of a rare one a page may have none, and not be the last one.
        while (!page || (!page.subjects.length && page.next)) {
            page = await ask(idp, { limit: PAGE, after: page ? page.next : after, sums: false,
                                    ...filter }, context.signal);
        }
        return { rows: page.subjects, next: page.next };
    },
    draw: (rows) => el("ul", { class: "subjects" },
                       rows.map((each) => subjectRow(context, idp, each))),
});

// Users, and then groups, by name.
const everybody = async (context, idp, q) => [
    el("h3", {}, "Users"), await named(context, idp, q, "people", "user"),
    el("h3", {}, "Groups"), await named(context, idp, q, "groups", "group")];

const named = (context, idp, q, where, kind) => longList({
    what: kind, none: q ? `${idp.name} tells of none whose name begins with ${q}.`
        : `${idp.name} has told of none.`,
    ask: async (after) => {
        const page = await get(path(where) + query({ q, idp: idp.name, limit: PAGE, after }),
                               { signal: context.signal });
        return { rows: page[where], next: page.next };
    },
    draw: (rows) => el("ul", { class: "subjects" }, rows.map(
        (each) => one(context, idp, kind, each, Boolean(q) && rows.length === 1))),
});

const MATTERS = {
    ok: "nothing to do", waiting: "waits", failed: "failed", held: "held by the guard",
    discarded: "discarded", planned: "planned",
};

const one = (context, idp, kind, each, open) => el(
    "li", { class: "subject" },
    el("div", {}, el("h4", {}, each.name), el("p", { class: "quiet" }, kind)),
    el("p", {}, MATTERS[each.state] ?? each.state, each.deleted && ", deleted where it came from",
       each.task?.detail && `: ${each.task.detail}`),
    // Of what is deleted there is no plan.
    !each.deleted && why(context, idp, kind, each.id, { open }));
