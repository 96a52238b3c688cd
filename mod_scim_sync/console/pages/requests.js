// SPDX-License-Identifier: Apache-2.0
//
// The last SCIM requests of an identity provider, and what became of them.

import { get, path, query } from "../api.js";
import { el } from "../dom.js";
import { titleOf } from "../parts/called.js";
import { field, pick, someOf } from "../parts/form.js";
import { filter } from "../parts/filter.js";
import { idpNav } from "../parts/idp-nav.js";
import { liveList } from "../parts/live-list.js";
import { mind } from "../parts/notice.js";
import { statusBadge, uriWords } from "../parts/request.js";
import { table } from "../parts/table.js";
import { when } from "../parts/when.js";
import { to } from "../router.js";

const PAGE = 50;
const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"];
const FILTERS = ["refused", "method", "path", "address"];

export const title = titleOf((name) => `Requests of ${name}`);

export async function show(context) {
    const idp = await get(path("idps", context.params.name), { signal: context.signal });
    context.idp = idp;
    const nav = idpNav(idp, "requests");
    return idp.kind === "google" ? [nav, none(idp)] : [nav, ...await list(context, idp)];
}

const none = (idp) => el("p", {}, `Google does not come to us: ${idp.name} is asked. `,
                         el("a", { href: to("idps", idp.name, "pulls") }, "Its pulls"),
                         " say when, and what was found.");

async function list(context, idp) {
    const asked = Object.fromEntries(FILTERS.map((name) => [name, context.query.get(name)]));
    const where = path("idps", idp.name, "requests");
    let unrecorded = [];

    const shown = await liveList({
        signal: context.signal, what: "request", draw: (rows) => draw(idp, rows),
        none: emptiness(idp, asked),
        ask: async (before) => {
            const answer = await get(where + query({ ...asked, before, limit: PAGE }),
                                     { signal: context.signal });
            const rows = answer.requests;
            unrecorded = answer.notRecorded;
            return { rows, next: rows.length === PAGE ? rows.at(-1).id : null };
        },
    });
    return [unrecorded.length > 0 && off(unrecorded), filters(context, idp, asked), ...shown];
}

const off = (paths) => mind(
    el("p", {}, `Requests at ${paths.join(" and ")} are not recorded: `,
       el("code", {}, "ScimSyncRecord"), " is ", el("code", {}, "Off"), " there in httpd's"
       + " configuration. Set it to ", el("code", {}, "On"), " in that ",
       el("code", {}, "<Location>"), ", and restart httpd gracefully."),
    el("p", {}, "What was recorded before stays for 30 days."));

const emptiness = (idp, asked) =>
    FILTERS.some((name) => asked[name]) ? "No request on record is like this."
        : [`No request of ${idp.name} is on record. `,
           el("a", { href: to("idps", idp.name, "connect") }, "Connect it"),
           ": the first one stands here at once, also if it is refused."];

function filters(context, idp, asked) {
    const refused = someOf({ name: "refused", label: "Answer", choices: [["true", "only refused"]],
                             value: asked.refused === "true" ? ["true"] : [] });
    return filter(context, to("idps", idp.name, "requests"), {
        refused: { ...refused, value: () => refused.value()[0] ?? "" },
        method: pick({ name: "method", label: "Method", value: asked.method ?? "",
                       choices: [["", "any"], ...METHODS.map((each) => [each, each])] }),
        path: field({ name: "path", label: "Path has", optional: true, value: asked.path ?? "" }),
        address: field({ name: "address", label: "From address", optional: true,
                         value: asked.address ?? "" }),
    });
}

const draw = (idp, rows) => table("Requests, newest first", [
    ["Request", (row) => el("a", { href: to("idps", idp.name, "requests", String(row.id)) },
                            `${row.method} `, uriWords(idp, row.uri))],
    ["Answer", (row) => [statusBadge(row.status), row.why && el("p", { class: "why" }, row.why)]],
    ["Came", (row) => when(row.at)],
    ["From", (row) => el("span", { class: "whole address" }, row.address)],
], rows);
