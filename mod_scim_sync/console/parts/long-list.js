// SPDX-License-Identifier: Apache-2.0
//
// A list of any length: one page of it, and a button for the next one, which is added below.

import { announce, el, fill } from "../dom.js";
import { plural } from "../words.js";
import { action } from "./form.js";

// ask(after): { rows, next } of the page behind `after` (null: the first one), next null when it
// was the last. draw(rows): what is shown of a page. none: what is said when there is no row.
export async function longList({ ask, draw, none, what = "row" }) {
    const list = el("div", {});
    const more = el("div", {});

    async function add(after) {
        const { rows, next } = await ask(after);
        if (rows.length) {
            list.append(el("div", { tabindex: "-1" }, draw(rows)));
        } else if (after === null) {
            fill(list, el("p", {}, none));
        }
        fill(more, next !== null && next !== undefined && action("Show more", async () => {
            const added = await add(next);
            announce(`${plural(added, what)} more`);
            const page = list.lastElementChild;
            (page.querySelector("a, button, summary") ?? page).focus({ preventScroll: true });
        }, { changes: false }));
        return rows.length;
    }

    await add(null);
    return [list, more];
}
