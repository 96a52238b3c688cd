// SPDX-License-Identifier: Apache-2.0
//
// What needs somebody: worked out of what the API tells, each with what to do, the gravest first.

import { el } from "../dom.js";
import { headingOf, naming } from "../parts/called.js";
import { to } from "../router.js";
import { tasksAt } from "../tasks/words.js";
import { ago, ahead, count, duration, moment, plural } from "../words.js";
import { total } from "./steps.js";

const DAY = 86400000;
// An identity provider that says nothing for so long may have stopped.
const QUIET = 7 * DAY;
// A host says once a minute that it is there.
const GONE = 3 * 60000;
// Slower than this the database is in the way (ms).
const SLOW = 500;

const need = (isGrave, what, todo, [href, words] = []) =>
    ({ isGrave, what, todo, href, words });

// known: { health, status, idps, series } as the API answers them. Each has isGrave, what, todo
// (texts), and perhaps href and words of a link.
export function needs(known) {
    const all = [hosts, sites, tokens, google, work, contacts, requests]
        .flatMap((look) => look(known)).filter(Boolean);
    return [...all.filter((each) => each.isGrave), ...all.filter((each) => !each.isGrave)];
}

export const needList = (list) => list.length ? el("ul", { class: "needs" }, list.map(
    ({ isGrave, what, todo, href, words }) => el("li", { class: isGrave && "grave" },
        el("span", { class: "urgency" }, isGrave ? "Urgent" : "Look"),
        el("div", {}, el("p", {}, el("strong", {}, what)),
           el("p", {}, todo, " ", href && el("a", { href }, words)))))) : null;

function hosts({ health: { database, nodes }, status }) {
    const newest = Math.max(...nodes.map((node) => Date.parse(node.lastSeenAt)));
    const there = nodes.filter((node) => newest - Date.parse(node.lastSeenAt) <= GONE);
    const versions = [...new Set(there.map((node) => node.version))];
    return [
        database.latencyMs > SLOW && need(true, `The database took ${Math.round(
            database.latencyMs)} ms to answer.`, "Everything waits for it: look at its load, its"
            + " disk, and the network between."),
        status.provisioner.pid === null && need(true, "Nobody works on tasks on this host.",
            "It begins by itself within some seconds. If it does not, httpd's error log says why."),
        versions.length > 1 && need(false, `Hosts run different versions: ${versions.join(", ")}.`,
                                    "Upgrade the others, too."),
        ...nodes.filter((node) => !there.includes(node)).map((node) => need(
            false, `${node.host} was last seen ${ago(node.lastSeenAt)}.`,
            "If it is meant to run, look at its httpd and its way to the database. If it was taken"
            + " away, it is forgotten a week after it ended.")),
    ];
}

// A customers' side has the site's name, and ":customers".
const sideOf = (idp, site) => idp.mode === "customers" ? `${site}:customers` : site;

function sites({ health: { nodes, limits }, status, idps }) {
    const fed = new Set(idps.flatMap((idp) => idp.sites.map((site) => sideOf(idp, site))));
    const worked = new Set(nodes.flatMap((node) => node.sites));
    const slowed = limits.filter((one) => one.slowed.length
                                          && !status.paused.some(({ site }) => site === one.site));
    return [
        ...status.paused.map(({ site, until, why }) => need(
            true, `Nothing is sent to ${site} before ${moment(until)} (${ahead(until)}): ${why}.`,
            "It goes on by itself. If it comes again and again, find out what else calls Jira in"
            + " the name of this organization.")),
        ...[...fed].filter((site) => !worked.has(site)).map((site) => need(
            true, `No host works on ${site}.`, "Nothing is done there. If that lasts for more than"
            + " a minute, the error log of each host says why.")),
        ...slowed.map(({ site, slowed: calls }) => need(
            false, `Jira allows fewer calls than usual to ${site}.`,
            `${plural(calls.length, "kind")} of calls: what is to be done takes longer, and nothing`
            + " is lost. It becomes faster by itself.")),
    ];
}

const ENDS = {
    "expired": (left) => [true, "has ended"],
    "expires soon": (left) => [left < 7 * 86400, `ends in ${duration(left)}`],
};

function tokens({ status, idps }) {
    const nameOf = naming(idps);
    return status.tokens.map(({ site, idp, id, state, expiresIn }) => {
        const [isGrave, ends] = ENDS[state]?.(expiresIn) ?? [];
        if (site) {
            const link = [to("sites", site), `Open ${site}`];
            return ends ? need(isGrave, `The API token of ${site} ${ends}.`,
                               "Make another one at Atlassian, and store it here.", link)
                : state === "not told" && need(
                    false, `When the API token of ${site} ends is not known.`,
                    "Say the day that Atlassian has shown, to be warned in time.", link);
        }
        return ends && (id
            ? need(isGrave, `A SCIM token of ${nameOf(idp)} ${ends}.`,
                   "Rotate it, and paste the new one into the identity provider.",
                   [to("idps", idp, "tokens"), "Its tokens"])
            : need(isGrave, `The connection of ${nameOf(idp)} to Google ${ends}.`,
                   "Connect it anew.", [to("idps", idp, "connect"), "Connect it"]));
    });
}

function google({ status, idps }) {
    const nameOf = naming(idps);
    return [
        ...status.reconnect.map(({ idp, since, why }) => need(
            true, `${nameOf(idp)} has lost its connection to Google, ${ago(since)}: ${why ?? ""}`,
            "Nobody who leaves is noticed until it is connected anew.",
            [to("idps", idp, "connect"), "Connect it"])),
        ...status.pulls.filter(({ missed }) => missed > 0).map(
            ({ idp, missed, last, doneAt, detail }) => need(
                true, `The directory of ${nameOf(idp)} was read last: ${ago(doneAt)}; ${
                    plural(missed, "try", "tries")} since then came to nothing, the last one ${
                    last}.`,
                `Who left since then is not known here. ${detail ?? ""}`,
                [to("idps", idp, "pulls"), "Its pulls"])),
        ...status.pulls.filter(({ missed, next, why }) => !missed && !next && why).map(
            ({ idp, why }) => need(false, `The directory of ${nameOf(idp)} is not read by itself.`,
                                   why, [to("idps", idp, "schedule"), "Its schedule"])),
    ];
}

const theirs = (number, idp, one, others) =>
    `${plural(number, "task")} of ${headingOf(idp)} ${number === 1 ? one : others}`;

function work({ idps }) {
    return idps.flatMap((idp) => [
        idp.held > 0 && need(true, `${theirs(idp.held, idp, "is", "are")} held by the guard.`,
            "Nobody of these has lost anything; who has left still has access. Decide about them.",
            [tasksAt({ state: "held", idp: idp.name }), "See whom it holds"]),
        idp.failed > 0 && need(true, `${theirs(idp.failed, idp, "has", "have")} failed.`,
            "Somebody lacks access, or has it still. See why, mend it, and retry.",
            [tasksAt({ state: "failed", idp: idp.name }), "See them"]),
        idp.state === "paused" && idp.waiting > 0 && need(
            false, `${theirs(idp.waiting, idp, "waits", "wait")}: it is paused.`,
            "What it tells is stored, and nothing is done: who leaves keeps access.",
            [to("idps", idp.name), `Open ${headingOf(idp)}`]),
    ]);
}

function contacts({ idps }) {
    return idps.filter((idp) => idp.kind === "scim").map((idp) => {
        const since = idp.lastContactAt ?? idp.createdAt;
        const link = [to("idps", idp.name, "connect"), "How it is connected"];
        if (Date.now() - Date.parse(since) < QUIET) {
            return null;
        }
        return idp.lastContactAt
            ? need(false, `${headingOf(idp)} called last ${ago(since)}.`,
                   "Some call only when something changes. Press its test button, to see whether"
                   + " it still reaches us.", link)
            : need(false, `${headingOf(idp)} has never called.`,
                   "Nothing of what it knows has come.", link);
    });
}

// Of the last hour.
function requests({ series }) {
    const hour = Date.now() - 3600000;
    const list = series.filter((step) => Date.parse(step.at) > hour);
    const failed = total(list, "requestsFailed");
    const refused = total(list, "requestsRefused");
    return [
        failed > 0 && need(true, `${plural(failed, "SCIM request")} failed (5xx) within the last`
                           + " hour.", "The identity provider repeats them in its own time. httpd's"
                           + " error log says why."),
        refused > 20 && refused > total(list, "requests") / 2 && need(
            false, `${count(refused)} of ${count(total(list, "requests"))} SCIM requests were`
            + " refused (4xx) within the last hour.",
            "An identity provider may have a token that ended: the requests of each say why."),
    ];
}
