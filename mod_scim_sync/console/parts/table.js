// SPDX-License-Identifier: Apache-2.0
//
// A table. In a narrow window each row becomes a card, whose lines have the columns' headings.

import { el } from "../dom.js";

// columns: [heading, cell(row)]; the first cell is the row's heading.
export function table(caption, columns, rows) {
    return el("table", {}, el("caption", { class: "unseen" }, caption),
        el("thead", {}, el("tr", {}, columns.map(([heading]) =>
            el("th", { scope: "col" }, heading)))),
        el("tbody", {}, rows.map((row) => el("tr", {}, columns.map(([heading, cell], at) =>
            el(at ? "td" : "th", { scope: at ? null : "row", "data-label": heading },
               cell(row)))))));
}
