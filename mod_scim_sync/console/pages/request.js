// SPDX-License-Identifier: Apache-2.0
//
// One SCIM request in full, as it came and as it was answered; and what to do if it was refused.

import { get, path, query } from "../api.js";
import { curl } from "../curl.js";
import { el } from "../dom.js";
import { pretty } from "../json.js";
import { titleOf } from "../parts/called.js";
import { facts } from "../parts/facts.js";
import { idpNav } from "../parts/idp-nav.js";
import { refused } from "../parts/notice.js";
import { statusBadge, uriWords } from "../parts/request.js";
import { BLACK, blackedOut, textBlock } from "../parts/text-block.js";
import { when } from "../parts/when.js";
import { advice } from "../refusals.js";
import { to } from "../router.js";
import { bytes, milliseconds } from "../words.js";

// The API keeps so much of a body (docs/api.md); a character is not cut in two.
const KEPT = 16384;
const CHARACTER = 4;

// What stands in the place of a body that may hold a secret, and is no JSON.
const LEFT_OUT = /^\(not kept: /;

// What an identity provider's pages are called in a link.
const PAGES = {
    tokens: "Its tokens",
    limits: "Its limits",
    connect: "Its address and token",
};

export const title = titleOf((name, { id }) => `Request ${id} of ${name}`);

export async function show(context) {
    const { params: { name, id }, signal } = context;
    const [idp, request] = await Promise.all([
        get(path("idps", name), { signal }), get(path("idps", name, "requests", id), { signal })]);
    context.idp = idp;
    return [
        idpNav(idp, "requests"),
        whatToDo(idp, request),
        facts([
            ["Request", [`${request.method} `, uriWords(idp, request.uri)]],
            ["Answer", [statusBadge(request.status),
                        ` after ${milliseconds(request.milliseconds)}`]],
            ["Came", when(request.at)],
            ["From", request.address],
            ["With", request.token ? token(idp, request) : "no token of this server's"],
            request.host && ["Answered by", request.host],
            ["What came of it", el("a", { href: eventsOf(idp, request) }, "events about then")],
        ]),
        el("section", {}, el("h2", {}, "The request"), ...asked(request)),
        el("section", {}, el("h2", {}, "Our answer"), answered(request)),
        el("section", {}, el("h2", {}, "Again"), ...again(idp, request)),
        el("p", {}, el("a", { href: to("idps", name, "requests") }, "To all requests")),
    ];
}

function whatToDo(idp, request) {
    const found = advice(request);
    return found && refused(
        el("p", {}, el("strong", {}, found.title)),
        request.why && el("p", {}, request.why),
        found.text.map((text) => el("p", {}, text)),
        found.page && el("p", {}, el("a", { href: to("idps", idp.name, found.page) },
                                     PAGES[found.page])));
}


const token = (idp, request) => [
    "token ", el("a", { href: to("idps", idp.name, "tokens") }, request.token)];

// What it caused is recorded with it, or when Jira has been told.
const eventsOf = (idp, request) => to("events") + query({
    idp: idp.name, from: request.at,
    to: new Date(Date.parse(request.at) + request.milliseconds + 60000).toISOString() });

// ---- as it came

function asked(request) {
    const headers = Object.entries(request.headers);
    return [
        el("p", {}, el("code", {}, `${request.method} `, blackedOut(request.uri))),
        facts(headers.map(([name, value]) => [name, blackedOut(value)])),
        text("Body", request.body, request.bodyBytes)
            ?? el("p", { class: "quiet" }, noBody(request)),
        holdsBlack(request) && el("p", { class: "quiet" }, el("mark", {}, BLACK),
                                  " stands for what was blacked out before it was recorded:"
                                  + " tokens, passwords, and headers that may hold any."),
    ];
}

const holdsBlack = ({ uri, headers, body, answer }) =>
    [uri, body ?? "", answer ?? "", ...Object.values(headers)].some((each) => each.includes(BLACK));

function noBody(request) {
    const length = Object.entries(request.headers).find(
        ([name]) => name.toLowerCase() === "content-length")?.[1];
    return Number(length) > 0 ? `Its body of ${bytes(Number(length))} was not read: the request was`
        + " refused before." : "Without a body.";
}

function text(label, value, length) {
    if (value === null) {
        return null;
    }
    if (LEFT_OUT.test(value)) {
        return el("p", { class: "quiet" }, `The ${label.toLowerCase()} of ${bytes(length)} is left`
                  + " out: it may hold a secret, and could not be read.");
    }
    const readable = pretty(value);
    return textBlock(label, readable ?? value, [
        isCut(value, length) && `Cut: the first 16 KiB of ${bytes(length)}.`,
        readable === null && !isCut(value, length) && value !== "" && "It is no JSON.",
    ].filter(Boolean));
}

// What was blacked out may have made it shorter, or longer.
function isCut(value, length) {
    const kept = new TextEncoder().encode(value).length;
    return kept > KEPT - CHARACTER && (kept < length || pretty(value) === null);
}

const answered = (request) =>
    text("Answer", request.answer, request.answerBytes) ?? el("p", { class: "quiet" },
                                                             "Without a body.");

// ---- once more

function again(idp, request) {
    const whole = request.body !== null && !LEFT_OUT.test(request.body)
        && !isCut(request.body, request.bodyBytes);
    const origin = new URL(idp.scim?.baseUrl ?? location.href).origin;
    const command = curl(request, origin, whole ? request.body : null);
    return [
        textBlock("As curl", command, [
            "The token is not in it: first put it into the variable TOKEN, with read -rs TOKEN.",
            request.body !== null && !whole && "The body is not in it: it is not on record as a"
                + " whole.",
            command.includes(BLACK) && `Replace ${BLACK} by what it stands for.`,
        ].filter(Boolean)),
    ];
}
