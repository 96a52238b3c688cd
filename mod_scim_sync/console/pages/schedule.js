// SPDX-License-Identifier: Apache-2.0
//
// When a Google directory is read by itself, and whether Google says when somebody has changed
// (docs/google.md, "When it is pulled").

import { get, path } from "../api.js";
import { el, fill } from "../dom.js";
import { titleOf } from "../parts/called.js";
import { facts } from "../parts/facts.js";
import { field, form, oneOf, pick, someOf } from "../parts/form.js";
import { idpNav } from "../parts/idp-nav.js";
import { bad, good } from "../parts/notice.js";
import { to } from "../router.js";
import { versioned } from "../versioned.js";
import { ago, ahead, moment } from "../words.js";

export const title = titleOf((name) => `Schedule of ${name}`);

export async function show(context) {
    const idp = await get(path("idps", context.params.name), { signal: context.signal });
    context.idp = idp;
    const schedule = await versioned(
        path("idps", idp.name, "google", "schedule"), `the schedule of ${idp.name}`,
        { idp: idp.name, kind: "google.scheduled" }, { signal: context.signal });
    const stand = el("div", {}, standing(idp, schedule.now));
    return [idpNav(idp, "schedule"), stand, el("h2", {}, "Change it"),
            editor(schedule, (now) => fill(stand, standing(idp, now)))];
}

// ---- how it stands

const standing = (idp, schedule) => [
    schedule.watch?.state === "failing" && bad(
        el("p", {}, `Google does not tell of changes: ${schedule.watch.detail ?? ""} `,
           schedule.watch.retryAt && `It is asked again ${ahead(schedule.watch.retryAt)}. `,
           "The schedule goes on.")),
    facts([
        ["Next pull", schedule.next ? `${ahead(schedule.next)}, ${moment(schedule.next)}` : "none"],
        schedule.why && ["Because", schedule.why],
        ["By", schedule.isDefault ? "the default: every hour, once one pull was done"
            : "what is set below"],
        schedule.watch && ["Google tells of changes", watchWords(schedule.watch)],
        ["How they went", el("a", { href: to("idps", idp.name, "pulls") }, "Pulls")],
    ])];

const WATCH = {
    watching: "yes", beginning: "it is being asked to", failing: "no",
    off: "no: it is not connected",
};

const watchWords = (watch) => [
    WATCH[watch.state] ?? watch.state, watch.heardAt && `; the last time ${ago(watch.heardAt)}`,
    watch.until && `; as it is, until ${moment(watch.until)}, and renewed before`];

// ---- changing it

const UNITS = [["minutes", "minutes"], ["hours", "hours"]];

// A span of time: `every` is { minutes } or { hours }.
function span({ name, label, hint, every }) {
    const unit = every.hours ? "hours" : "minutes";
    const number = field({ name, label, hint, type: "number", min: 1, value: every[unit],
                           inputmode: "numeric", wrong: "A whole number, 1 or more." });
    const units = pick({ name: `${name}Unit`, label: "Unit", choices: UNITS, value: unit });
    return {
        input: number.input, check: number.check,
        value: () => ({ [units.value()]: Number(number.value()) }),
        row: el("div", { class: "pair" }, number.row, units.row),
    };
}

// changed(schedule): it was stored.
function editor(schedule, changed) {
    const { now: value } = schedule;
    const every = span({
        name: "every", label: "Every", every: value.every ?? { hours: 1 },
        hint: "From 5 minutes to a week: from the beginning of one to that of the next." });
    const daily = field({
        name: "dailyAt", label: "Daily at", type: "time", value: value.dailyAt ?? "03:30",
        hint: `By the clock of the server, which is at UTC${value.utcOffset}.` });
    const ways = { never: null, every, daily };
    const way = oneOf({
        name: "way", label: "When is the directory read?", onchange: write,
        value: value.every ? "every" : value.dailyAt ? "daily" : "never",
        choices: [["never", "When somebody asks for it, and only then"],
                  ["every", "Again and again"], ["daily", "Once a day"]] });
    const push = pushed(value.push);
    const shown = el("div", {});

    function write() {
        fill(shown, ways[way.value()]?.row);
        fill(push.shown, push.on() && push.fields.map((part) => part.row));
    }

    async function send() {
        const now = await schedule.put({
            every: way.value() === "every" ? every.value() : null,
            dailyAt: way.value() === "daily" ? daily.value() : null,
            push: push.on() ? push.value() : null,
        });
        changed(now);
        return good(el("p", {}, now.next ? `Stored. The next pull comes ${ahead(now.next)}.`
            : `Stored. No pull comes by itself: ${now.why ?? ""}`));
    }

    push.box.row.addEventListener("change", write);
    write();
    return form({
        parts: [way, whenShown(() => [ways[way.value()]], shown),
                push.box, whenShown(() => push.on() ? push.fields : [], push.shown)],
        button: "Store", busy: "Storing …", send,
    });
}

// Fields that are there, and are looked at, only if something else is chosen.
function whenShown(fields, row) {
    let wrong = null;
    return {
        row, get input() { return wrong.input; },
        check() {
            const all = fields().filter((part) => part?.check());
            [wrong] = all;
            return all.length > 0;
        },
    };
}

function pushed(push) {
    const box = someOf({
        name: "push", label: "Does Google say when somebody has changed?",
        value: push ? ["push"] : [],
        choices: [["push", "Ask Google to tell of changed users",
                   "A pull follows in seconds. The internet must reach this server. Of groups and"
                   + " their members Google tells nothing: keep a schedule beside it."]] });
    const address = field({
        name: "address", label: "Address, as the internet reaches it", type: "url",
        value: push?.address, pattern: "https?://.+",
        hint: "The location of SetHandler scim-sync-google-push, such as"
            + " https://sync.example.com/scim-sync/google-push",
        wrong: "An address that begins with https://" });
    const atMost = span({
        name: "atMostEvery", label: "At most once in", every: push?.atMostEvery ?? { minutes: 5 },
        hint: "From 1 minute to a day. What is said in between is not lost." });
    return {
        box, shown: el("div", {}), fields: [address, atMost],
        on: () => box.value().length > 0,
        value: () => ({ address: address.value(), atMostEvery: atMost.value() }),
    };
}
