// SPDX-License-Identifier: Apache-2.0
//
// Something is different by now from what the page shows. It is said in a corner, and shown when
// somebody wants it: so nothing moves under the eyes of who is reading.

import { announce, el, fill } from "../dom.js";

// show(): shows it, and begins with that while the button still has the focus.
// Has `row`, and tell(words); tell(null): there is nothing to tell any more.
export function news(show) {
    const words = el("span", {});
    const row = el("div", { class: "news", hidden: true }, words,
                   el("button", { type: "button", onclick: () => { show(); tell(null); } },
                      "Show it"));
    let told = null;

    function tell(text) {
        if (text !== told) {
            fill(words, text);
            row.hidden = text === null;
            if (text !== null && told === null) {
                announce(text);
            }
            told = text;
        }
    }
    return { row, tell };
}
