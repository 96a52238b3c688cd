// SPDX-License-Identifier: Apache-2.0
//
// A long text as it is, such as the body of a request: what does not fit is scrolled to, also with
// the keys; a button copies all of it.

import { el, newId } from "../dom.js";
import { copyButton } from "./copy.js";

// What stands in the place of a secret (docs/api.md, Requests).
export const BLACK = "***";

// label: what it is called. notes: what there is to say of it, texts.
export function textBlock(label, text, notes = []) {
    const id = newId();
    const shown = el("pre", { tabindex: "0", role: "region", "aria-labelledby": id },
                     blackedOut(text));
    const select = () => {
        shown.focus();
        getSelection().selectAllChildren(shown);
    };
    return el("div", { class: "text-block" },
              el("div", { class: "head" }, el("h3", { id }, label),
                 copyButton(label, text, select)),
              notes.map((note) => el("p", { class: "hint" }, note)), shown);
}

// The text, in which what was blacked out is seen at once.
export const blackedOut = (text) => text.split(BLACK).flatMap(
    (part, at) => at ? [el("mark", { title: "blacked out" }, BLACK), part] : [part]);
