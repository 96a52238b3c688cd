// SPDX-License-Identifier: Apache-2.0
//
// Looking for people, or groups, as one types. What is looked for stands in the page's address: so
// it can be shared, and is there again when one comes back. Typing makes no history of addresses.

import { get, path, query } from "../api.js";
import { announce, el, fill } from "../dom.js";
import { headingOf } from "./called.js";
import { field, form, pick } from "./form.js";
import { longList } from "./long-list.js";
import { MATTERS } from "./matter.js";
import { problem } from "./notice.js";
import { plural } from "../words.js";

const PAGE = 50;
// A page of the API's may be short and not the last one (docs/api.md): so many are asked for then.
const LOOKS = 10;
const REST_MS = 250;

// where: the page's address; collection: of the API, "people" or "groups"; label, hint: of the
// field; one, many: what is found; draw(rows): of long-list.js.
export async function finder(context, { where, collection, label, hint, one, many, draw }) {
    const { idps } = await get(path("idps"), { signal: context.signal });
    const fields = {
        q: field({ name: "q", label, hint, type: "search", maxlength: 256, required: false,
                   value: context.query.get("q") }),
        idp: pick({ name: "idp", label: "Identity provider", value: context.query.get("idp") ?? "",
                    choices: idpChoices(idps, context.query.get("idp")), onchange: () => look() }),
        state: pick({ name: "state", label: "What is the matter",
                      value: context.query.get("state") ?? "",
                      choices: [["", "anything"], ...Object.entries(MATTERS)],
                      onchange: () => look() }),
    };
    const found = el("div", { class: "found" });
    let looking = new AbortController();
    let typing = null;

    const asked = () => Object.fromEntries(Object.entries(fields).map(
        ([name, each]) => [name, each.value()]));

    async function look() {
        clearTimeout(typing);
        looking.abort();
        looking = new AbortController();
        const { signal } = looking;
        const values = asked();
        history.replaceState(null, "", where + query(values));
        found.setAttribute("aria-busy", "true");
        try {
            const list = await listOf(values, signal);
            if (!signal.aborted) {
                fill(found, list);
            }
        } catch (error) {
            if (!signal.aborted) {
                fill(found, problem(error));
            }
        }
        if (!signal.aborted) {
            found.removeAttribute("aria-busy");
        }
    }

    // So that the last answer is that to the last question, also when the page is left.
    context.signal.addEventListener("abort", () => { clearTimeout(typing); looking.abort(); });

    function listOf(values, signal) {
        const none = el("span", {});
        return longList({
            what: "result", none, draw,
            ask: async (after) => {
                const { rows, next } = await page(values, after, signal);
                fill(none, rows.length ? null : next === null ? nobody(values, many)
                    : `No ${many} like this among the first ones.`);
                if (after === null) {
                    announce(rows.length ? plural(rows.length, one, many)
                             + (next === null ? "" : ", and more") : none.textContent);
                }
                return { rows, next };
            },
        });
    }

    async function page(values, after, signal) {
        const rows = [];
        let next = after;
        let looks = 0;
        do {
            const answer = await get(path(collection) + query({
                ...values, after: next, limit: PAGE - rows.length }), { signal });
            rows.push(...answer[collection]);
            ({ next } = answer);
        } while (rows.length < PAGE && next !== null && ++looks < LOOKS);
        return { rows, next };
    }

    fields.q.input.addEventListener("input", () => {
        clearTimeout(typing);
        typing = setTimeout(look, REST_MS);
    });
    await look();
    return [
        el("search", { class: "finder" }, form({
            parts: Object.values(fields), button: "Search", busy: "Looking …", send: look,
            changes: false })),
        found,
    ];
}

// One that was deleted is asked for by an address that somebody has kept.
function idpChoices(idps, asked) {
    const isGone = asked && !idps.some((idp) => idp.name === asked);
    return [["", "all"], ...idps.map((idp) => [idp.name, headingOf(idp)]),
            ...isGone ? [[asked, asked]] : []];
}

function nobody(values, many) {
    if (Object.values(values).some(Boolean)) {
        return `No ${many} like this.`;
    }
    return `No identity provider has told of ${many} yet.`;
}
