// SPDX-License-Identifier: Apache-2.0
//
// The tokens by which an identity provider comes to us: which one it uses, when they end, and how
// one is replaced without a gap.

import { get, path, query } from "../api.js";
import { el, fill, isFocusLost } from "../dom.js";
import { titleOf } from "../parts/called.js";
import { ending, urgency } from "../parts/expiry.js";
import { idpNav } from "../parts/idp-nav.js";
import { latest } from "../parts/latest.js";
import { newToken } from "../parts/new-token.js";
import { bad, mind, problem } from "../parts/notice.js";
import { askToRevoke, inUse, isGood } from "../parts/revocation.js";
import { table } from "../parts/table.js";
import { isReader, offered } from "../who.js";
import { actorName, ago, day, duration, moment, shortId } from "../words.js";

export const title = titleOf((name) => `Tokens of ${name}`);

export async function show(context) {
    const idp = await get(path("idps", context.params.name), { signal: context.signal });
    context.idp = idp;
    if (idp.kind !== "scim") {
        return [idpNav(idp, "tokens"),
                el("p", {}, `${idp.name} is asked by us, and has no tokens.`)];
    }
    const now = el("div", {});
    const before = el("div", {});
    const heading = el("h2", { tabindex: "-1" }, "A new token");

    const changed = latest(context.signal, {
        ask: (signal) => read(idp, signal), draw, failed: (error) => fill(now, problem(error)) });

    // Who has ended one goes on at the next one.
    function draw(told) {
        const wasInside = now.contains(document.activeElement);
        fill(now, advice(idp, told), refusal(idp, told), tokensOf(idp, told, changed));
        fill(before, endedOf(idp, told));
        if (wasInside && isFocusLost()) {
            (now.querySelector("button") ?? heading).focus();
        }
    }

    draw(await read(idp, context.signal));
    return [
        idpNav(idp, "tokens"),
        now,
        offered(el("section", {}, heading, newToken(context, idp, changed))),
        before,
    ];
}

// What there is to know of an IdP's tokens: `used` is the one that it came with last.
async function read(idp, signal) {
    const where = path("idps", idp.name);
    const [{ tokens, ended }, { requests }, { events }] = await Promise.all([
        get(`${where}/tokens`, { signal }),
        get(`${where}/requests${query({ refused: true, limit: 20 })}`, { signal }),
        get(path("events") + query({ idp: idp.name, kind: "token.created", from: idp.createdAt,
                                     limit: 100 }), { signal })]);
    return { tokens, ended, used: inUse(tokens), refused: requests,
             makers: new Map(events.map((event) => [event.detail, event.actor])) };
}

const tokensOf = (idp, { tokens, used, makers }, changed) => tokens.length > 0 && table("Tokens", [
    ["Token", (token) => [
        el("code", {}, shortId(token.id)), " ",
        token === used && el("span", { class: "badge green" }, "used now")]],
    ["Made", (token) => made(idp, token, makers)],
    ["Used last", (token) => ago(token.lastUsedAt)],
    ["Ends", ends],
    ...(isReader() ? [] : [["End it", (token) => el("button", {
        type: "button", class: "grave", onclick: () => askToRevoke(idp, token, tokens, changed),
    }, "Revoke", el("span", { class: "unseen" }, ` ${shortId(token.id)}`), " …")]]),
], tokens);

const endedOf = (idp, { ended, makers }) => ended.length > 0 && [
    el("h2", {}, "Ended"), table("Ended tokens", [
        ["Token", (token) => el("code", {}, shortId(token.id))],
        ["Made", (token) => made(idp, token, makers)],
        ["Used last", (token) => ago(token.lastUsedAt)],
        ["Ended", (token) => moment(token.endedAt)],
        ["Why", (token) => `${token.how} by ${actorName(token.by)}`],
    ], ended)];

// By whom the list does not tell, but an event; the first one came with the IdP.
function made(idp, token, makers) {
    const maker = makers.get(token.id);
    const isFirst = Date.parse(token.createdAt) - Date.parse(idp.createdAt) < 1000;
    return [day(token.createdAt),
            maker ? ` by ${actorName(maker)}` : isFirst && ` with ${idp.name}`];
}

function ends(token) {
    if (token.replacedBy) {
        return `${isGood(token) ? `in ${duration(token.expiresIn)}` : "ended"}: replaced by ${
            actorName(token.replacedBy)}`;
    }
    return token.expiresAt ? ending(token).replace(/^ends /, "") : "never";
}

// ---- what to do

function advice(idp, { tokens, used }) {
    if (!tokens.some(isGood)) {
        return bad(el("p", {}, `${idp.name} has no token that is good, and can't call: nobody who`
                      + " leaves is noticed. Make one, and paste it there."));
    }
    const [newest] = tokens.filter((token) => isGood(token) && !token.replacedBy).slice(-1);
    if (used?.replacedBy && isGood(used)) {
        return mind(el("p", {}, `${idp.name} still comes with ${shortId(used.id)}, which ends in ${
            duration(used.expiresIn)}. Until then `, newest
            ? `the new one, ${shortId(newest.id)}, must be pasted there.`
            : "another one must be made, and pasted there."));
    }
    return tokens.filter((token) => !token.replacedBy && token.expiresAt).map((token) => {
        const say = urgency(token.expiresIn);
        return say && say(el("p", {}, `${shortId(token.id)} ${ending(token)}. `,
                             token === used || !isGood(token)
                                 ? "Make a new one in its place, and paste that." : ""));
    });
}

// An IdP that comes with a token that has ended, and not with a good one since.
function refusal(idp, { refused, used }) {
    const last = refused.find((request) => request.status === 401 && request.token);
    return last && !(used?.lastUsedAt > last.at)
        && bad(el("p", {}, `${idp.name} was refused ${ago(last.at)}: ${last.why}. Paste a token`
                  + " that is good."));
}
