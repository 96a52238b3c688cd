// SPDX-License-Identifier: Apache-2.0
//
// How fast an identity provider may come, and from where.

import { get, path, query } from "../api.js";
import { announce, el, fill } from "../dom.js";
import { isWithin, network } from "../network.js";
import { titleOf } from "../parts/called.js";
import { action, field, form, lines } from "../parts/form.js";
import { idpNav } from "../parts/idp-nav.js";
import { bad, good, mind } from "../parts/notice.js";
import { table } from "../parts/table.js";
import { versionedIdp } from "../versioned.js";
import { isReader } from "../who.js";
import { ago, plural } from "../words.js";

export const title = titleOf((name) => `Limits of ${name}`);

// So many calls are looked at, and so many addresses of them are named.
const CALLS = 100;
const ADDRESSES = 5;

export async function show(context) {
    const { signal } = context;
    const it = await versionedIdp(context.params.name, { signal });
    context.idp = it.now;
    if (it.now.kind !== "scim") {
        return [idpNav(it.now, "limits"),
                el("p", {}, `${it.now.name} is asked by us: it has no limits.`)];
    }
    const { requests } = await get(path("idps", it.now.name, "requests") + query({ limit: CALLS }),
                                   { signal });
    const came = callers(requests);
    return [idpNav(it.now, "limits"), shutOut(it.now, came), slowed(it.now, requests),
            editor(it, came)];
}

// Where calls with a good token came from, the last one first: { address, at, status }. Anybody can
// call without one.
function callers(requests) {
    const found = new Map();
    for (const request of requests) {
        if (request.token && request.status !== 401 && !found.has(request.address)) {
            found.set(request.address, request);
        }
    }
    return [...found.values()].slice(0, ADDRESSES);
}

const shutOut = (idp, [last]) => last?.status === 403 && bad(
    el("p", {}, `${idp.name} was refused ${ago(last.at)}: it came from ${last.address},`
       + " which is not in the list. Until it is, nobody who leaves is noticed."));

function slowed(idp, requests) {
    const told = requests.filter((request) => request.status === 429);
    return told.length > 0 && mind(el("p", {}, `${idp.name} was told to wait (429) ${
        plural(told.length, "time")} in its last ${plural(requests.length, "call")}, most lately ${
        ago(told[0].at)}.`));
}

function editor(it, came) {
    const rate = field({
        name: "requestsPerMinute", label: "Requests per minute", type: "number", min: 1,
        max: 1000000, step: 1, optional: true, value: it.now.requestsPerMinute,
        hint: "Left empty, as many as it likes. What is more is answered 429 with Retry-After: it"
            + " is to wait, and to send it again. Each host counts for itself.",
        wrong: "A whole number from 1 to 1,000,000.",
    });
    const from = lines({
        name: "allowFrom", label: "Addresses that it may come from", value: it.now.allowFrom,
        hint: "Or networks, one to a line, such as 192.0.2.0/24 or 2001:db8::7. Left empty,"
            + " anywhere. From elsewhere it is answered 403, even with a good token.",
    });
    const seen = el("div", {});
    const isOpen = (caller) => !from.value().length || isWithin(caller.address, from.value());

    function draw() {
        fill(seen, came.length > 0 && [
            el("h2", {}, "Where it came from"),
            el("p", { class: "hint" }, "Behind a proxy these are the proxy's, until mod_remoteip"
               + " says whose they are."),
            table("Where it came from", [
                ["Address", (caller) => el("code", {}, caller.address)],
                ["Last call", (caller) => [ago(caller.at), caller.status === 403 && ", refused"]],
                ["May it come", (caller) => isOpen(caller) ? "yes"
                    : el("strong", {}, "no, not in the list")],
                ...(isReader() ? [] : [["Add it", (caller) =>
                    from.value().includes(caller.address) ? "added" : add(caller.address)]]),
            ], came)]);
    }

    const add = (address) => action(["Add ", el("span", { class: "unseen" }, address)], () => {
        from.input.value = [...from.value(), address].join("\n");
        draw();
        from.input.focus();
        announce(`${address} is in the list`);
    });

    // Set at once, unless the last call's address would be shut out: that is asked first.
    function send() {
        const [last] = came;
        return last && !isOpen(last) && from.value().every(network) ? [
            bad(el("p", {}, `${it.now.name} came from ${last.address} ${ago(last.at)}, which is not`
                   + " in the list. If it still does, all that it sends is refused from now on:"
                   + " nobody who leaves is noticed.")),
            action("Set it all the same", set, { class: "grave" })] : set();
    }

    async function set() {
        const now = await it.patch({ requestsPerMinute: rate.value() ? Number(rate.value()) : null,
                                     allowFrom: from.value() });
        return good(el("p", {}, `Set: ${now.name} may send ${now.requestsPerMinute === null
            ? "any number of requests" : plural(now.requestsPerMinute, "request")} a minute, from ${
            now.allowFrom.length ? plural(now.allowFrom.length, "address or network",
                                          "addresses and networks") : "anywhere"}.`));
    }

    from.input.addEventListener("input", draw);
    draw();
    return form({ parts: [rate, from, seen], button: "Set", busy: "Setting …", send });
}
