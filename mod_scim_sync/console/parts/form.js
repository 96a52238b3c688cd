// SPDX-License-Identifier: Apache-2.0
//
// Forms: each field with its label, its hint and its own error, and one button that says what it
// does. They are sent by api.js, and never by the browser.
//
// A form and a button change something, unless they say `changes: false`: then they look something
// up, or try it out. For a reader (who.js) a form that changes shows what is set and has no button,
// and there is no button that changes something.

import { announce, el, fill, newId } from "../dom.js";
import { isReader } from "../who.js";
import { problem } from "./notice.js";

// A field of one line. { name, label, hint, value, type, optional, pattern, wrong, ... }: `wrong`
// is what is said of a value that does not fit the pattern; whatever else there is becomes an
// attribute. Has `row`, `input`, `value()`, `check()`, `refuse(text)`. If its name is that of a
// field of the API's, what the API refuses of it is said there.
export function field({ name, label, hint, wrong, optional, ...attributes }) {
    const id = newId();
    const about = newId();
    const error = el("p", { class: "wrong", id: newId() });
    const input = el("input", { id, name, type: "text", autocomplete: "off", spellcheck: "false",
                                "aria-describedby": `${about} ${error.id}`,
                                required: !optional, ...attributes });
    const say = sayAt(input, error);
    const check = () => say(input.validity.valueMissing ? `${label} is needed.`
        : input.validity.valid ? "" : wrong ?? `${label} can't be read.`);
    // While it is mended, and never when the field is left: what moves on the page then is the
    // button that is about to be clicked.
    input.addEventListener("input", () => input.hasAttribute("aria-invalid") && check());
    return {
        input, check, value: () => input.value.trim(),
        refuse: (text) => say(text.replace(name, label)),
        row: el("div", { class: "field" },
                el("label", { for: id }, label,
                   optional && el("span", { class: "quiet" }, " (optional)")),
                el("p", { class: "hint", id: about }, hint), input, error),
    };
}

// What is wrong with a field, below it; "": nothing is.
const sayAt = (input, error) => (text) => {
    fill(error, text);
    input.toggleAttribute("aria-invalid", Boolean(text));
    return text;
};

// Of a field of several lines: more of a long list are seen.
const MOST_ROWS = 14;

// A list, one to a line. value: a list. Has `row`, `input`, `value()`, a list, and `refuse(text)`.
export function lines({ name, label, hint, value = [], rows = 4, ...attributes }) {
    const id = newId();
    const about = newId();
    const error = el("p", { class: "wrong", id: newId() });
    const input = el("textarea", { id, name, rows, spellcheck: "false", autocomplete: "off",
                                   "aria-describedby": `${about} ${error.id}`, ...attributes },
                     value.join("\n"));
    const say = sayAt(input, error);
    const read = () => input.value.split("\n").map((line) => line.trim()).filter(Boolean);
    const grow = () => {
        input.rows = Math.min(MOST_ROWS, Math.max(rows, input.value.split("\n").length));
    };
    grow();
    input.addEventListener("input", () => { say(""); grow(); });
    return {
        input, value: read,
        // The API numbers the lines that are not empty, from 0. The one it means is selected.
        refuse(text) {
            const [whole, at] = text.match(/^\w+\[(\d+)\]/) ?? [];
            if (whole === undefined) {
                say(text.replace(name, label));
                return;
            }
            say(`"${read()[at]}"${text.slice(whole.length)}`);
            selectLine(input, Number(at));
        },
        row: el("div", { class: "field" }, el("label", { for: id }, label),
                el("p", { class: "hint", id: about }, hint), input, error),
    };
}

// The line of this number, of those that are not empty, is selected and in sight.
function selectLine(input, wanted) {
    const all = input.value.split("\n");
    const full = all.flatMap((line, at) => line.trim() ? [at] : []);
    const at = full[wanted];
    const start = all.slice(0, at).reduce((sum, line) => sum + line.length + 1, 0);
    input.setSelectionRange(start, start + all[at].length);
    input.scrollTop = input.scrollHeight * at / all.length - input.clientHeight / 2;
}

// One of many. choices: [value, words]. Has `row`, `input`, `value()`.
export function pick({ name, label, hint, choices, value, onchange }) {
    const id = newId();
    const about = newId();
    const input = el("select", { id, name, onchange, "aria-describedby": hint && about },
                     choices.map(([each, words]) => el("option", {
                         value: each, selected: each === value }, words)));
    return {
        input, value: () => input.value,
        row: el("div", { class: "field" }, el("label", { for: id }, label),
                hint && el("p", { class: "hint", id: about }, hint), input),
    };
}

// One of several. choices: [value, words, hint]. Has `row`, `value()`.
export function oneOf({ name, label, choices, value, onchange }) {
    const inputs = choices.map(([each]) => el("input", {
        type: "radio", name, id: newId(), value: each, checked: each === value, onchange }));
    return {
        value: () => inputs.find((input) => input.checked)?.value,
        row: el("fieldset", { class: "choices" }, el("legend", {}, label),
                choices.map(([, words, hint], at) => option(inputs[at], words, hint))),
    };
}

// Some of several. value: a list. Has `row`, `inputs`, `value()`, a list.
export function someOf({ name, label, choices, value }) {
    const inputs = choices.map(([each]) => el("input", {
        type: "checkbox", name, id: newId(), value: each, checked: value.includes(each) }));
    return {
        inputs, value: () => inputs.filter((input) => input.checked).map((input) => input.value),
        row: el("fieldset", { class: "choices" }, el("legend", {}, label),
                choices.map(([, words, hint], at) => option(inputs[at], words, hint))),
    };
}

function option(input, words, hint) {
    const about = newId();
    if (hint) {
        input.setAttribute("aria-describedby", about);
    }
    return el("div", { class: "option" }, input, el("label", { for: input.id }, words),
              hint && el("p", { class: "hint", id: about }, hint));
}

// parts: fields and other elements. What send() returns stands below the button when it is done;
// what it throws stands there in words.
// `grave`: it takes something away. `changes`: see above.
export function form({ parts, button, busy = "Please wait …", send, also = [], grave = false,
                       changes = true }) {
    if (changes && isReader()) {
        return asItIs(parts);
    }
    const answer = el("div", { class: "answer" });
    const submit = el("button", { type: "submit", class: grave ? "grave" : "main" }, button);
    const fields = parts.filter((part) => part?.check);

    async function submitted(event) {
        event.preventDefault();
        const wrong = fields.filter((part) => part.check());
        if (wrong.length || submit.getAttribute("aria-disabled")) {
            wrong[0]?.input.focus();
            return;
        }
        submit.setAttribute("aria-disabled", "true");
        fill(submit, busy);
        await tell(answer, send, parts);
        submit.removeAttribute("aria-disabled");
        fill(submit, button);
    }

    return el("form", { novalidate: true, onsubmit: submitted, "data-looks": !changes },
              parts.map((part) => part?.row ?? part),
              el("div", { class: "buttons" }, submit, also), answer);
}

// What a form would change, for who only reads: also what comes into it later.
function asItIs(parts) {
    const box = el("form", { onsubmit: (event) => event.preventDefault() },
                   parts.map((part) => part?.row ?? part));
    new MutationObserver(() => fix(box)).observe(box, { childList: true, subtree: true });
    fix(box);
    return box;
}

// Texts can be read on and copied; what only looks works. A secret is never shown: there is nothing
// to see where one is given.
function fix(box) {
    for (const each of box.querySelectorAll("input, textarea, select, button")) {
        if (each.closest("[data-looks]")) {
            continue;
        }
        if (each.matches("button")) {
            each.remove();
        } else if (each.matches("[type=password], [type=file]")) {
            each.closest(".field").remove();
        } else if (each.matches("select, [type=radio], [type=checkbox]")) {
            each.disabled = true;
        } else {
            each.readOnly = true;
        }
    }
}

// What came of doing something, or why nothing did, is shown and read out; what is wrong with a
// field of a form, at that field.
async function tell(answer, act, parts = []) {
    fill(answer);
    try {
        fill(answer, await act());
        if (answer.hasChildNodes() && !answer.querySelector("[role=alert]")) {
            announce(answer.innerText);
        }
    } catch (error) {
        if (!refused(error, parts)) {
            fill(answer, problem(error));
        }
    }
}

// What the API can't understand begins with the name of the field.
function refused(error, parts) {
    const [name] = error.status === 400 ? error.message.match(/^\w+/) ?? [] : [];
    const part = parts.find((each) => each?.refuse && each.input.name === name);
    part?.refuse(error.message);
    part?.input.focus();
    return Boolean(part);
}

// A button that does something, and says below what went wrong; null for a reader, unless it has
// `changes: false`. Other attributes are the button's.
export function action(words, act, { changes = true, ...attributes } = {}) {
    if (changes && isReader()) {
        return null;
    }
    const answer = el("div", { class: "answer" });
    const button = el("button", { type: "button", ...attributes, onclick: async () => {
        if (button.getAttribute("aria-disabled")) {
            return;
        }
        button.setAttribute("aria-disabled", "true");
        await tell(answer, act);
        button.removeAttribute("aria-disabled");
    } }, words);
    return el("div", { class: "action", "data-looks": !changes }, button, answer);
}
