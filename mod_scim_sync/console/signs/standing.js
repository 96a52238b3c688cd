// SPDX-License-Identifier: Apache-2.0
//
// How each part stands: the database, the hosts, the Jira sites, the identity providers, and what
// ends when.

import { el } from "../dom.js";
import { kindOf } from "../idps/index.js";
import { linkTo, naming } from "../parts/called.js";
import { facts } from "../parts/facts.js";
import { stateBadge } from "../parts/state.js";
import { table } from "../parts/table.js";
import { to } from "../router.js";
import { ago, ahead, day, milliseconds, moment, saidDay } from "../words.js";

const DATABASES = { sqlite3: "SQLite", pgsql: "PostgreSQL" };
const TOKEN_STATES = { "not told": "not told", "valid": "valid", "expires soon": "ends soon",
                       "expired": "has ended" };

// known: { health, status, idps, sites } as the API answers them.
export const standing = (known) => [
    section("Database and this host", facts([
        ["Database", `${DATABASES[known.health.database.kind]}: it answers`],
        ["It took", milliseconds(known.health.database.latencyMs)],
        ["Version", known.status.version],
        ["Who works on tasks", known.status.provisioner.pid === null ? "nobody on this host"
            : `process ${known.status.provisioner.pid}`],
    ])),
    section("Hosts", hosts(known.health.nodes)),
    known.sites.length > 0 && section("Jira sites", sites(known)),
    known.idps.length > 0 && section("Identity providers", idps(known)),
    known.status.tokens.length > 0 && section("What ends when", tokens(known)),
];

const section = (words, ...content) => el("section", {}, el("h2", {}, words), content);

const hosts = (nodes) => nodes.length ? table("Hosts", [
    ["Host", (node) => [node.host, node.this && el("span", { class: "quiet" }, " (this one)")]],
    ["Last seen", (node) => ago(node.lastSeenAt)],
    ["Runs since", (node) => moment(node.firstSeenAt)],
    ["Version", (node) => node.version],
    ["Works on", (node) => node.sites.join(", ") || "nothing now"],
    ["Its last write took", (node) => node.writeMs === null ? "–" : milliseconds(node.writeMs)],
], nodes) : el("p", {}, "This host says for the first time that it is there.");

function sites({ sites: all, health: { nodes, limits } }) {
    const sides = all.flatMap(({ name, customers }) =>
        [[name, name], ...customers ? [[name, `${name}:customers`]] : []]);
    const limitOf = (side) => limits.find((each) => each.site === side);
    return table("Jira sites", [
        ["Site", ([name, side]) => el("a", { href: to("sites", name) }, side)],
        ["Worked on by", ([, side]) => nodes.filter((node) => node.sites.includes(side))
            .map((node) => node.host).join(", ") || "nobody"],
        ["Calls at a time", ([, side]) => limitOf(side)?.parallel ?? "none were made yet"],
        ["How fast", ([, side]) => pace(limitOf(side))],
    ], sides);
}

function pace(limit) {
    if (!limit) {
        return "–";
    }
    if (limit.until) {
        return `nothing is sent before ${moment(limit.until)}: ${limit.why}`;
    }
    const slowed = limit.slowed.map(slowWords);
    return [limit.perSecond !== null && el("p", {}, `${rate(limit.perSecond)} calls a second in`
                                                    + " all"),
            slowed.length ? el("ul", { class: "plain-list" }, slowed.map((each) =>
                el("li", {}, each))) : "as is documented"];
}

const slowWords = ({ call, perSecond, documented, until }) => until
    ? `${call}: again ${ahead(until)}`
    : `${call}: ${rate(perSecond)} a second of ${rate(documented)}`;

const rate = (number) => number.toLocaleString("en", { maximumFractionDigits: 1 });

function idps({ idps: all, status: { pulls } }) {
    const pullOf = (idp) => pulls.find((pull) => pull.idp === idp.name);
    return table("Identity providers", [
        ["Name", linkTo],
        ["Kind", kindOf],
        ["State", stateBadge],
        ["Last contact", (idp) => ago(idp.lastContactAt)],
        ["Its directory", (idp) => idp.kind === "google" ? pullWords(pullOf(idp)) : "it calls us"],
    ], all);
}

function pullWords(pull) {
    if (!pull) {
        return "was never read";
    }
    return [`read ${ago(pull.doneAt)}; `, pull.next ? `next ${ahead(pull.next)}`
        : pull.why ?? "not read by itself"];
}

const tokens = ({ status, idps: all }) => table("What ends when", [
    ["What", ({ site, idp, id }) => site
        ? ["The API token of ", el("a", { href: to("sites", site) }, site)]
        : [id ? "A SCIM token of " : "The connection to Google of ",
           el("a", { href: to("idps", idp) }, naming(all)(idp))]],
    ["State", ({ state }) => TOKEN_STATES[state] ?? state],
    ["Ends", ({ site, expiresAt }) => expiresAt ? (site ? saidDay : day)(expiresAt) : "–"],
], status.tokens);
