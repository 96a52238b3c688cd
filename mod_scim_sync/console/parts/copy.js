// SPDX-License-Identifier: Apache-2.0
//
// A value that is to be pasted somewhere else, with a button that copies it.

import { announce, el, fill, newId } from "../dom.js";

// label: what the value is called; it names the field and the button for who does not see them.
export function copyable(label, value) {
    const id = newId();
    const input = el("input", { id, type: "text", readonly: true, class: "copied", value,
                                spellcheck: "false", onfocus: () => input.select() });
    return el("div", { class: "copyable", "data-looks": true },
              el("label", { for: id }, label), input, copyButton(label, value, () => {
                  input.focus();
                  input.select();
              }));
}

// select(): selects the value where it stands.
export function copyButton(label, value, select) {
    const button = el("button", { type: "button", "aria-label": `Copy ${label}`,
                                  onclick: copy }, "Copy");

    async function copy() {
        try {
            await navigator.clipboard.writeText(value);
            fill(button, "Copied");
            announce(`${label} is copied`);
            setTimeout(() => fill(button, "Copy"), 2000);
        } catch {
            // Without TLS, or where the browser's policy says no: then it is one key away.
            select();
            announce(`${label} is selected: copy it`);
        }
    }
    return button;
}
