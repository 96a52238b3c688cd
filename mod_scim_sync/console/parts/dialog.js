// SPDX-License-Identifier: Apache-2.0
//
// A question that stands in front of the page until it is answered. The browser keeps the focus
// inside, ends it with Escape, and gives the focus back. A link in it leads away, and ends it, too.
// The question itself has the focus first: it is read before what answers it, and the key that has
// asked does not answer. If what has asked was drawn anew meanwhile, that has the focus at the end.

import { alike, el, isFocusLost, newId } from "../dom.js";

// content(close): what stands below the heading; close() ends it.
export function dialog(title, content) {
    const id = newId();
    const asker = document.activeElement;
    const byKeyboard = asker.matches(":focus-visible");
    const end = () => box.close();
    const box = el("dialog", { "aria-labelledby": id, onclose: () => {
        removeEventListener("hashchange", end);
        box.remove();
        // Where a click gives no focus nobody had it.
        if (isFocusLost() && asker !== document.body) {
            (alike(document.body, asker)[0] ?? document.querySelector("h1"))?.focus(
                { preventScroll: !byKeyboard });
        }
    } });
    addEventListener("hashchange", end);
    box.append(el("h2", { id, tabindex: "-1", autofocus: true }, title), content(end));
    document.body.append(box);
    box.showModal();
}
