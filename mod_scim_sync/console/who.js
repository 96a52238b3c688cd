// SPDX-License-Identifier: Apache-2.0
//
// Who looks at the page, and whether that one may change anything (docs/api.md, "Who may"). The API
// decides it of each call; here it only decides what is offered.

import { get, path } from "./api.js";
import { el, fill } from "./dom.js";

let who = null;

// Asked once, before the first page is shown.
export async function known() {
    if (!who) {
        who = await get(path("whoami"));
        fill(document.getElementById("who"), `${who.user} (${who.role})`);
    }
}

export const me = () => who.user;

export const isReader = () => who.role === "reader";

// What leads to a change and is no form: a link to a page where something is made, a part of a page
// that is about nothing else. A reader does not get it.
export const offered = (...elements) => isReader() ? null : elements;

// What stands above every page of a reader's.
export const readerWords = () => isReader()
    && el("p", { class: "quiet reader" }, "You are a reader: you see everything here, and change"
          + " nothing.");
