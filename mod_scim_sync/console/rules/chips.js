// SPDX-License-Identifier: Apache-2.0
//
// A short list of names, each with a button that takes it out; and one that a search adds to.

import { el, fill } from "../dom.js";
import { combobox } from "../parts/combobox.js";

// words(name); from: what they are taken out of, in words; onremove(name).
export const chips = (names, { words, from, onremove }) => el(
    "ul", { class: "chips" }, names.map((name) => el("li", {}, el("span", {}, words(name)),
        el("button", { type: "button", class: "off", onclick: () => onremove(name),
                       "aria-label": `Take ${words(name)} out of ${from}` }, "×"))));

// A rule whose value is such a list. read, write: between what is stored and what is searched. Is a
// control (editor.js).
export function nameList({ path, label, hint, value, words, read, write, search, free, signal }) {
    const shown = el("div", {});
    let names = value.map(read);
    const box = combobox({ name: path, label, hint, search, free, signal, onchosen: add });

    function add({ value: name }) {
        names = names.includes(name) ? names : [...names, name];
        box.clear();
        changed();
    }

    function show() {
        fill(shown, names.length > 0 && chips(names, { words, from: label, onremove: (name) => {
            names = names.filter((each) => each !== name);
            changed();
            box.input.focus();
        } }));
    }

    function changed() {
        show();
        shown.dispatchEvent(new Event("input", { bubbles: true }));
    }

    show();
    return {
        path, label, input: box.input, row: el("div", { class: "name-list" }, box.row, shown),
        value: () => names.map(write),
        check: () => box.input.value.trim() ? box.said("Take it from the list, or empty the field.")
            : "",
        blame: (rest, text) => { box.said(text); return box.input; },
        forgive: () => box.said(""),
    };
}
