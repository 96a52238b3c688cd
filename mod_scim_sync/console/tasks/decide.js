// SPDX-License-Identifier: Apache-2.0
//
// What is decided about tasks. Each question says first what it means for people's access, and then
// what came of it.

import { call, get, path, post, Problem, query, remove } from "../api.js";
import { announce, el, fill } from "../dom.js";
import { dialog } from "../parts/dialog.js";
import { field, form } from "../parts/form.js";
import { watch } from "../parts/live.js";
import { good, mind, problem } from "../parts/notice.js";
import { plural } from "../words.js";
import { consequences, losers, whoLoses } from "./means.js";
import { fromTo, KINDS, many, TASK_STATES, tasksAt } from "./words.js";

// about(): what it means, in a while; act(box): does it, and says what came of it; ended(): that
// was read, and the page may show it.
function ask(title, { about, parts = [], button, busy, grave, act, ended }) {
    dialog(title, (close) => {
        const means = el("div", {}, el("p", { class: "quiet" }, "Looking at what it means …"));
        const box = el("div", { class: "decision" });
        const closing = (words, then) => el("button", {
            type: "button", onclick: () => { close(); then?.(); } }, words);
        about().then((found) => fill(means, found), (error) => fill(means, problem(error)));

        async function send() {
            const came = await act(box);
            const done = closing("Close", ended);
            fill(box, came, el("p", { class: "buttons" }, done));
            done.focus();
            announce(box.innerText);
        }
        fill(box, means, form({ parts, button, busy, grave, send, also: [closing("Cancel")] }));
        return box;
    });
}

// ---- one

// As it is when it is asked about: so nothing is decided but what the question says.
async function lookAt({ signal }, task) {
    const now = await call("GET", path("tasks", task.id), { signal });
    if (Boolean(now.body.guard) !== Boolean(task.guard)) {
        throw new Problem(412, "Changed meanwhile", `The guard ${now.body.guard ? "holds"
            : "does not hold"} ${task.name} by now.`);
    }
    return now;
}

const both = async (looked, means) => (await Promise.all([looked, means]))[1];
const takenBy = ({ body }) => body.takes ?? "what is held";

export function retryOne(context, task, ended) {
    const anew = task.state === "planned";
    const looked = lookAt(context, task);
    ask(`${anew ? "Plan" : "Retry"} ${task.name}${anew ? " anew" : ""}?`, {
        about: async () => [
            task.state === "discarded" && el("p", {}, "What was discarded is so no more: it is"
                + " counted by the guard anew, and taken away unless that holds it."),
            await both(looked, consequences(task, context))],
        button: anew ? "Plan it anew" : "Retry it now", busy: "Retrying …", ended,
        act: async (box) => {
            // What waits or is planned is tried again by itself, too, with other words each time.
            const { body, etag } = await looked;
            const ifMatch = ["waiting", "planned"].includes(body.state) ? null : etag;
            await post(path("tasks", task.id, "retry"), {}, { ifMatch });
            return follow(context, task, box);
        },
    });
}

export function releaseOne(context, task, ended) {
    const looked = lookAt(context, task);
    ask(`Release ${task.name}?`, {
        about: async () => [
            el("p", {}, el("strong", {}, `${task.name} loses ${takenBy(await looked)}`),
               ` at ${task.site}, past the guard, as soon as Jira answers.`),
            el("p", {}, "What else the guard holds stays held.")],
        button: `Release: ${task.name} loses it`, busy: "Releasing …", grave: true, ended,
        act: async (box) => {
            const { etag } = await looked;
            await post(path("tasks", task.id, "release"), {}, { ifMatch: etag });
            return follow(context, task, box);
        },
    });
}

export function discardOne(context, task, ended) {
    const isHeld = Boolean(task.guard);
    const looked = lookAt(context, task);
    ask(`Discard ${task.name}?`, {
        about: async () => isHeld ? [
            el("p", {}, el("strong", {}, `${task.name} keeps ${takenBy(await looked)}`),
               ` at ${task.site}, although ${context.nameOf(task.guard.idp)} says otherwise. A`
               + " person who has left still has this access then."),
            el("p", {}, "It stands among the discarded ones until the identity provider says"
               + " something new, or somebody retries or releases it."),
        ] : [
            el("p", {}, "The task is dropped, and Jira stays as it is, until the identity provider"
               + " says something new. Nothing reminds of it but an event."),
            await both(looked, consequences(task, context, "This will not be done:"))],
        button: isHeld ? `Discard: ${task.name} keeps it` : "Discard it", busy: "Discarding …",
        grave: true, ended,
        act: async () => {
            const { etag } = await looked;
            await remove(path("tasks", task.id), { ifMatch: etag });
            return good(el("p", {}, isHeld ? `It is discarded: ${task.name} keeps it.`
                : "It is dropped. Jira stays as it is."));
        },
    });
}

// What becomes of a task that is due now, as long as somebody looks.
function follow({ signal }, task, box) {
    const row = el("div", {}, el("p", {}, "It is due now, and waits for its turn …"));
    const say = (what) => { fill(row, what); announce(row.innerText); };

    async function look() {
        if (!box.isConnected) {
            return true;
        }
        try {
            const now = await get(path("tasks", task.id), { signal });
            if (now.state === "waiting" && !now.class) {
                return false;
            }
            say(mind(el("p", {}, el("strong", {}, TASK_STATES[now.state][0]), ". ", now.detail)));
            return now.state !== "waiting";
        } catch (error) {
            if (error.status !== 404) {
                throw error;
            }
            say(good(el("p", {}, "It is done. Nothing is left to do.")));
            return true;
        }
    }
    watch(signal, look, (error) => error && say(problem(error)));
    return row;
}

// ---- many

export function retryMany(context, reason, ended) {
    const { state, idp, site, kind, class: of, status } = reason;
    const anew = state === "planned";
    const they = KINDS[kind][1];
    ask(`Retry all ${they} of this kind?`, {
        about: async () => [
            el("p", {}, el("strong", {}, many(reason)), ` (${fromTo(context, reason)}) `,
               anew ? "are planned anew." : "are tried now. Whose reason is gone gets, or loses,"
               + " what the identity provider says; whose reason lasts is listed again, with new"
               + " words. The guard holds what is too much."),
            el("p", {}, "The oldest one of them:"),
            el("p", {}, el("strong", {}, reason.first.name), " ", reason.first.detail),
            await consequences(reason.first, context)],
        button: "Retry all of them", busy: "Retrying …", ended,
        act: async () => {
            const { retried } = await post(path("tasks", "retry") + query({
                state, idp, site, kind, class: of, status }));
            return good(el("p", {}, `${plural(retried, "task")} ${retried === 1 ? "is" : "are"} due`
                           + " now. What fails again is listed again."));
        },
    });
}

// Of whom the page has told, and nobody whom the guard holds since.
const decideTrip = ({ idp, site, kind, etag }, decision) =>
    post(path("idps", idp, "guard", decision) + query({ site, kind }), {}, { ifMatch: etag });

export function releaseTrip(context, trip, ended) {
    const name = field({
        name: "confirm", label: `Write ${trip.idp} to confirm`,
        pattern: trip.idp.replaceAll(".", "\\."), wrong: `Write ${trip.idp}.`,
    });
    ask(`Release what the guard holds of ${context.nameOf(trip.idp)}?`, {
        about: async () => [
            el("p", {}, el("strong", {}, `${losers(trip)} at ${trip.site}`), ", past the guard, as"
               + " soon as Jira answers: all that it holds now, and no more. What the identity"
               + " provider takes later is counted from 0."),
            await whoLoses(trip, "They lose:", context.signal)],
        parts: [name], button: "Release: they lose it", busy: "Releasing …", grave: true, ended,
        act: async () => {
            const { released } = await decideTrip(trip, "release");
            return good(el("p", {}, `${plural(released, "task")} released: what they take away is`
                           + " taken as soon as Jira answers. ",
                           el("a", { href: tasksAt({ state: "waiting", idp: trip.idp }) },
                              "See how it goes")));
        },
    });
}

export function discardTrip(context, trip, ended) {
    ask(`Discard what the guard holds of ${context.nameOf(trip.idp)}?`, {
        about: async () => [
            el("p", {}, el("strong", {}, "All of them keep what they have"),
               ` at ${trip.site}, although ${context.nameOf(trip.idp)} says otherwise. Who has left`
               + " still has access then."),
            el("p", {}, "They stand among the discarded ones, by name, until the identity provider"
               + " says something new of them, or somebody retries or releases them. If it was a"
               + " mistake, mend it in the identity provider, too."),
            await whoLoses(trip, "They keep:", context.signal)],
        button: "Discard: they keep it", busy: "Discarding …", grave: true, ended,
        act: async () => {
            const { discarded } = await decideTrip(trip, "discard");
            return good(el("p", {}, `${plural(discarded, "task")} discarded: nobody of them loses`
                           + " anything. ",
                           el("a", { href: tasksAt({ state: "discarded", idp: trip.idp }) },
                              "See who keeps what")));
        },
    });
}
