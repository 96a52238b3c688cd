// SPDX-License-Identifier: Apache-2.0
//
// What a list shows, asked for by a form whose values stand in the page's address: so that a list
// can be shared, kept, and gone back to.

import { query } from "../api.js";
import { el } from "../dom.js";
import { form } from "./form.js";

// page: its address, without a query. fields: { name of a parameter: field }, whose value() is a
// text or a boolean. parts: what the form has; default: the fields, one after the other.
export function filter(context, page, fields, parts = Object.values(fields)) {
    function send() {
        const values = Object.entries(fields).map(([name, field]) => [name, field.value()])
            .filter(([, value]) => value);
        const wanted = page + query(Object.fromEntries(values));
        if (location.hash === wanted) {
            context.again();
        } else {
            context.go(wanted);
        }
    }

    return el("search", { class: "filter" }, form({
        parts, button: "Show", busy: "Looking …", send, changes: false,
        also: [[...context.query.keys()].length > 0
               && el("a", { class: "button", href: page }, "Show all")],
    }));
}
