// SPDX-License-Identifier: Apache-2.0
//
// A question that stands in front of the page until it is answered. The browser keeps the focus
// inside, ends it with Escape, and gives the focus back. A link in it leads away, and ends it, too.

import { el, newId } from "../dom.js";

// content(close): what stands below the heading; close() ends it.
export function dialog(title, content) {
    const id = newId();
    const end = () => box.close();
    const box = el("dialog", { "aria-labelledby": id, onclose: () => {
        removeEventListener("hashchange", end);
        box.remove();
    } });
    addEventListener("hashchange", end);
    box.append(el("h2", { id }, title), content(end));
    document.body.append(box);
    box.showModal();
}
