// SPDX-License-Identifier: Apache-2.0
//
// A field in which one of very many is looked for: what is typed is searched, what is found is
// offered below. The pattern is ARIA's combobox with a list: the arrows go through what is offered,
// Enter takes it, Escape closes the list, and then empties the field.

import { announce, el, fill, newId } from "../dom.js";
import { plural } from "../words.js";
import { latest } from "./latest.js";

// search(text, signal): { choices, note }. A choice is { value, words, detail, disabled }: `detail`
// says more of it, `disabled` can be seen and not taken. note: what else there is to say.
// free(text): choices for a text that is typed, whatever is found; those that are found already are
// left out. signal: the page's. onchosen(choice): it was taken.
// Has `row`, `input`, `value()` (of the choice, null: none), `check()`, `clear()`.
export function combobox({ name, label, hint, search, free = () => [], signal, onchosen }) {
    const ids = { input: newId(), hint: newId(), list: newId(), wrong: newId() };
    const wrong = el("p", { class: "wrong", id: ids.wrong });
    const list = el("ul", { role: "listbox", id: ids.list, "aria-label": label });
    const note = el("p", { class: "hint" });
    const popup = el("div", { class: "popup", hidden: true }, list, note);
    const input = el("input", {
        id: ids.input, name, type: "text", role: "combobox", autocomplete: "off",
        spellcheck: "false", maxlength: 200, "aria-autocomplete": "list", "aria-expanded": "false",
        "aria-controls": ids.list, "aria-describedby": `${ids.hint} ${ids.wrong}`,
        oninput: typed, onkeydown: pressed, onclick: open, onblur: close });
    let offered = [];
    let active = -1;
    let chosen = null;
    let found = null;  // null: not known yet

    const ask = latest(signal, {
        ask: (ended, text) => search(text, ended),
        draw: (found, text) => offer(found.choices, found.note, text),
        failed: (error) => offer([], error.message, input.value.trim()),
    });

    function typed() {
        chosen = null;
        found = null;
        said("");
        open();
    }

    function open() {
        popup.hidden = false;
        fill(note, "Searching …");
        list.setAttribute("aria-busy", "true");
        ask(input.value.trim());
    }

    function close() {
        popup.hidden = true;
        input.setAttribute("aria-expanded", "false");
        point(-1);
    }

    function offer(choices, words, text) {
        const known = new Set(choices.map((choice) => choice.value));
        found = choices;
        offered = [...choices, ...(text ? free(text) : []).filter(
            (choice) => !known.has(choice.value))];
        fill(list, offered.map(option));
        list.removeAttribute("aria-busy");
        fill(note, words ?? (offered.length ? null : "Nothing is found."));
        point(-1);
        if (!popup.hidden) {
            input.setAttribute("aria-expanded", String(offered.length > 0));
            announce(words ? `${plural(offered.length, "choice")}. ${words}`
                : plural(offered.length, "choice"));
        }
    }

    function option(choice) {
        return el("li", {
            role: "option", id: newId(), "aria-selected": "false",
            "aria-disabled": choice.disabled && "true",
            // Else the field would lose the focus, and the list close, before the click.
            onpointerdown: (event) => event.preventDefault(), onclick: () => take(choice),
        }, el("span", {}, choice.words),
           choice.detail && el("span", { class: "quiet" }, " ", choice.detail));
    }

    function point(at) {
        list.children[active]?.setAttribute("aria-selected", "false");
        active = at;
        const element = list.children[active];
        if (element) {
            element.setAttribute("aria-selected", "true");
            input.setAttribute("aria-activedescendant", element.id);
            element.scrollIntoView({ block: "nearest" });
        } else {
            input.removeAttribute("aria-activedescendant");
        }
    }

    function take(choice) {
        if (choice.disabled) {
            return;
        }
        chosen = choice;
        input.value = choice.text ?? choice.words;
        said("");
        close();
        onchosen?.(choice);
    }

    function pressed(event) {
        const handled = KEYS[event.key]?.();
        if (handled) {
            event.preventDefault();
        }
    }

    const step = (by) => () => {
        if (popup.hidden) {
            open();
        } else if (offered.length) {
            const from = active < 0 && by < 0 ? 0 : active;
            point((from + by + offered.length) % offered.length);
        }
        return true;
    };

    const KEYS = {
        ArrowDown: step(1),
        ArrowUp: step(-1),
        Enter() {
            if (!popup.hidden && active >= 0) {
                take(offered[active]);
            }
            return true;
        },
        Tab() {
            if (!popup.hidden && active >= 0) {
                take(offered[active]);
            }
            return false;
        },
        Escape() {
            if (popup.hidden) {
                clear();
            }
            close();
            return true;
        },
    };

    function said(text) {
        fill(wrong, text);
        input.toggleAttribute("aria-invalid", Boolean(text));
        return text;
    }

    function clear() {
        input.value = "";
        chosen = null;
    }

    // What is typed letter by letter counts like what is taken from the list; a text of one's own
    // only where nothing is found, for it may be the beginning of something.
    function value() {
        const text = input.value.trim();
        const same = chosen ?? found?.find((choice) => !choice.disabled
            && (choice.value === text || choice.words === text))
            ?? (found?.length === 0 ? free(text)[0] : null);
        return text && same ? same.value : null;
    }

    return {
        input, clear, value, said,
        check: () => said(value() === null ? `${label}: take one from the list.` : ""),
        row: el("div", { class: "field combobox" },
                el("label", { for: ids.input }, label),
                el("p", { class: "hint", id: ids.hint }, hint),
                el("div", { class: "anchor" }, input, popup), wrong),
    };
}
