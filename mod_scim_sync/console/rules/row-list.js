// SPDX-License-Identifier: Apache-2.0
//
// A list of rules, each a row of fields: patterns, and what is left out. Where the first that
// matches decides, rows can be moved.

import { announce, el, fill, newId } from "../dom.js";
import { count, plural } from "../words.js";

// make(entry): a row, { fields: [[label, input]], value() }, of which value() is null as long as
// nothing is in it, so that it counts for nothing; entry: undefined for a new one. The first field
// that an error is about is the one of its name. one: what a row is called, "pattern". most: so
// many there may be. ordered: the first that matches decides. Is a control (editor.js).
export function rowList({ path, label, hint, value, make, one, most, ordered = false }) {
    const list = el("ol", { class: "rows" });
    const more = el("button", { type: "button", onclick: () => add() }, `Add a ${one}`);
    const box = el("fieldset", { class: "row-list" }, el("legend", {}, label),
                   el("p", { class: "hint" }, hint), list, more);
    const rows = [];

    const filled = () => rows.filter((row) => row.value() !== null);

    function show() {
        rows.forEach((row, i) => row.number(i + 1, rows.length));
        list.append(...rows.map((row) => row.element));
        list.hidden = !rows.length;
        more.hidden = rows.length >= most;
    }

    function changed() {
        show();
        box.dispatchEvent(new Event("input", { bubbles: true }));
    }

    function add() {
        const row = listRow(make(), one, label, { move, remove, ordered });
        rows.push(row);
        changed();
        row.first.focus();
    }

    function remove(row) {
        const place = rows.indexOf(row);
        rows.splice(place, 1);
        row.element.remove();
        changed();
        (rows[Math.min(place, rows.length - 1)]?.first ?? more).focus();
        announce(`Removed, ${plural(rows.length, one)} left`);
    }

    function move(row, by) {
        const place = rows.indexOf(row);
        rows.splice(place, 1);
        rows.splice(place + by, 0, row);
        changed();
        announce(`Now number ${place + by + 1} of ${rows.length}`);
    }

    rows.push(...value.map((entry) => listRow(make(entry), one, label,
                                              { move, remove, ordered })));
    show();
    return {
        path, label, row: box, value: () => filled().map((row) => row.value()),
        forgive: () => rows.forEach((row) => row.say("")),
        blame(rest, words) {
            const [, index, name] = /^\[(\d+)\](?:\.(\w+))?/.exec(rest) ?? [];
            return filled()[index]?.say(words, name) ?? null;
        },
        tally: (decided) => filled().forEach((row, i) => row.tally(decided?.[`${path}[${i}]`] ?? 0,
                                                                   Boolean(decided))),
    };
}

// One of them. `number` says where it stands.
function listRow({ fields, value }, one, label, { move, remove, ordered }) {
    const wrong = el("p", { class: "wrong", id: newId() });
    const decides = el("p", { class: "hint" });
    const inputs = fields.map(([, input]) => input);
    const button = (words, act) => el("button", { type: "button", class: "small", onclick: act },
                                      words);
    const up = button("↑", () => { move(row, -1); (up.disabled ? down : up).focus(); });
    const down = button("↓", () => { move(row, 1); (down.disabled ? up : down).focus(); });
    const off = button("Remove", () => remove(row));

    const row = {
        value, first: inputs.find((input) => input.matches("input")),
        element: el("li", {},
                    el("div", { class: "row-fields" }, fields.map(([words, input]) =>
                        el("label", {}, el("span", { class: "hint" }, words), input))),
                    el("div", { class: "row-buttons" }, ordered && [up, down], off),
                    wrong, decides),
        number(at, of) {
            const which = `${one} ${at}, ${label}`;
            fields.forEach(([words, input]) => input.setAttribute("aria-label",
                                                                  `${words}: ${which}`));
            up.setAttribute("aria-label", `Up: ${which}`);
            down.setAttribute("aria-label", `Down: ${which}`);
            off.setAttribute("aria-label", `Remove: ${which}`);
            up.disabled = at === 1;
            down.disabled = at === of;
        },
        say(text, name) {
            const about = inputs.find((input) => input.name === name) ?? inputs.at(-1);
            fill(wrong, text);
            inputs.forEach((input) => {
                input.toggleAttribute("aria-invalid", Boolean(text) && input === about);
                input.setAttribute("aria-describedby", wrong.id);
            });
            return about;
        },
        tally: (number, known) => fill(decides, known
            && `Decides ${count(number)} of those that are tried.`),
    };
    return row;
}

// Fields of a row.

const textInput = (name, value) => el("input", {
    type: "text", name, value, maxlength: 1024, autocomplete: "off", spellcheck: "false" });

// What is in it. A field has one line: what curl has put there with several stays as it is unless
// somebody writes something else.
function textOf(input, stored) {
    const shown = input.value;
    return () => input.value === shown ? stored : input.value;
}

const pickInput = (name, choices, value) => el("select", { name }, choices.map(
    ([each, words]) => el("option", { value: each, selected: each === value }, words)));

// { pattern, replacement }
export function rewrite(entry = { pattern: "", replacement: "" }) {
    const pattern = textInput("pattern", entry.pattern);
    const replacement = textInput("replacement", entry.replacement);
    const [from, to] = [textOf(pattern, entry.pattern), textOf(replacement, entry.replacement)];
    return {
        fields: [["Pattern", pattern], ["becomes", replacement]],
        value: () => from() === "" ? null : { ...entry, pattern: from(), replacement: to() },
    };
}

const ATTRIBUTES = [["userName", "user name"], ["email", "e-mail address"]];

// { attribute, pattern }
export function condition(entry = { attribute: "email", pattern: "" }) {
    const attribute = pickInput("attribute", ATTRIBUTES, entry.attribute);
    const pattern = textInput("pattern", entry.pattern);
    const text = textOf(pattern, entry.pattern);
    return {
        fields: [["Whose", attribute], ["matches the pattern", pattern]],
        value: () => text() === "" ? null
            : { ...entry, attribute: attribute.value, pattern: text() },
    };
}

// { group } or { pattern }
export function ignored(entry = { pattern: "" }) {
    const how = pickInput("how", [["group", "is called"], ["pattern", "matches the pattern"]],
                          "group" in entry ? "group" : "pattern");
    const input = textInput("pattern", entry.group ?? entry.pattern);
    const text = textOf(input, entry.group ?? entry.pattern);
    return {
        fields: [["Whose name", how], ["this", input]],
        value: () => text() === "" ? null : { [how.value]: text() },
    };
}
