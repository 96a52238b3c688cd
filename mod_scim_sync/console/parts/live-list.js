// SPDX-License-Identifier: Apache-2.0
//
// A long list, newest first, to which more comes at its top. Nothing moves under who reads it: a
// button says how many are new, and shows them.

import { announce, el, fill } from "../dom.js";
import { plural } from "../words.js";
import { watch } from "./live.js";
import { longList } from "./long-list.js";

// ask(after): as of longList(); rows have an `id`, which is larger the later they came.
// what: a word for one row. isLive: false asks no more. also: what stands above the list, too.
export async function liveList({ signal, ask, draw, none, what, isLive = true, also }) {
    const list = el("div", {});
    const nothing = () => isLive && el("p", { class: "hint" }, `New ${what}s are announced here.`);
    const news = el("div", {}, nothing());
    const button = el("button", { type: "button", onclick: showAll });
    let newest = 0;
    let known = 0;

    async function show() {
        fill(list, await longList({ draw, none, what, ask: async (after) => {
            const page = await ask(after);
            if (after === null) {
                newest = Math.max(0, ...page.rows.map((row) => row.id));
            }
            return page;
        } }));
    }

    async function showAll() {
        try {
            await show();
        } catch (error) {
            failed(error);
            return;
        }
        announce(`${plural(known, what)} more`);
        known = 0;
        fill(news, nothing());
        list.querySelector("a, button")?.focus({ preventScroll: true });
    }

    async function look() {
        const { rows, next } = await ask(null);
        const coming = rows.filter((row) => row.id > newest).length;
        if (!coming) {
            fill(news, nothing());
        } else if (coming !== known || !news.contains(button)) {
            const more = coming === rows.length && next ? "or more " : "";
            fill(button, `${plural(coming, `${more}new ${what}`)}: show`);
            fill(news, button);
            if (!known) {
                announce(button.textContent);
            }
        }
        known = coming;
    }

    // When that is over the next look says what there is.
    const failed = (error) => error && fill(news, el("p", { class: "hint" },
        `What is new is not known: ${error.message}`));

    await show();
    if (isLive) {
        watch(signal, look, failed);
    }
    return [el("div", { class: "above-list" }, news, also), list];
}
