// SPDX-License-Identifier: Apache-2.0
//
// Rules on their way: read as one document, changed in some places, tried, and put as a whole. What
// a page does not show is put back as it was read.
//
// A page has controls: { path, label, row, value(), ... } of which `path` is that of the rule, and
//
//     value()             undefined: the rule stays as it was read
//     check()             says what is wrong with what was typed, also at the field
//     blame(rest, words)  shows an error of the API's at its place, and returns what to focus;
//                         `rest` is the path within
//     forgive()           takes that back
//     tally(decided)      is told how many of the names tried each rule has decided
//
// of which all but value() may be left out.

import { get, path } from "../api.js";
import { el, fill } from "../dom.js";
import { action } from "../parts/form.js";
import { bad, good, mind } from "../parts/notice.js";
import { to } from "../router.js";
import { versioned } from "../versioned.js";
import { ruleWords } from "./words.js";

// The IdP that a page is about, its rules as they are stored, and these as versioned.js has them.
export async function load(context) {
    const { params: { name }, signal } = context;
    const [idp, it] = await Promise.all([
        get(path("idps", name), { signal }),
        versioned(path("idps", name, "rules"), `${name} or its rules`,
                  { idp: name, kind: "idp." }, { signal })]);
    context.idp = idp;
    return { idp, it, stored: it.now };
}

export const rule = (where, control) => ({ path: where, label: ruleWords(where), ...control });

// What stands at a path of the document.
export const at = (rules, where) => where.split(".").reduce((each, key) => each?.[key], rules);

function set(rules, where, value) {
    const keys = where.split(".");
    const last = keys.pop();
    keys.reduce((each, key) => each[key] ??= {}, rules)[last] = value;
}

// An error of the API's at a field of form.js.
export function sayAt({ row, input }, words) {
    fill(row.querySelector(".wrong"), words);
    input.toggleAttribute("aria-invalid", Boolean(words));
    return input;
}

// What is said once new rules are put.
const FOLLOWS = {
    live: "All that it has told is looked at anew by these rules, now. When they would take too"
        + " much from too many people at once, the guard holds that until you decide.",
    dryRun: "It is in dry run: what would be done by these rules is planned anew, and nothing is"
        + " written to Jira.",
    paused: "It is paused: nothing is done by these rules before it is set going.",
};

// Has `panel`, where they are saved; `rules()`, the document as it would be put; `isChanged()`;
// `blame(error)`, which shows an error of the API's at its field, and says whether there is one;
// `changed()`, to be called when a control was; onchange is called then, too.
export function editor(context, { idp, it, stored }, controls, onchange = () => {}) {
    const state = el("p", {});
    let before = null;

    const text = (control) => JSON.stringify(control.value());
    const differing = () => controls.filter((control, i) => text(control) !== before[i]);
    const isChanged = () => differing().length > 0;

    function rules() {
        const document = structuredClone(it.now);
        for (const control of controls) {
            const value = control.value();
            if (value !== undefined) {
                set(document, control.path, value);
            }
        }
        return document;
    }

    // texts: of the controls, as they are stored now.
    function remember(texts) {
        before = texts;
        show();
    }

    function show() {
        const labels = differing().map((control) => control.label);
        fill(state, labels.length ? [
            el("strong", {}, "Not saved yet: "), labels.join(", "), ". ",
            el("button", { type: "button", class: "link", onclick: context.again }, "Undo all"),
        ] : it.now === stored ? "Nothing has been changed." : "Everything is saved.");
    }

    function changed() {
        controls.forEach((control) => control.forgive?.());
        panel.querySelector(".answer")?.replaceChildren();
        show();
        onchange();
    }

    function blame(error) {
        const [, where, words] = /^([\w.[\]]+): (.*)$/s.exec(error.message) ?? [];
        const control = where && controls.find((each) => where === each.path
            || where.startsWith(`${each.path}.`) || where.startsWith(`${each.path}[`));
        return control?.blame?.(where.slice(control.path.length), words) ?? null;
    }

    async function save() {
        const wrong = controls.find((control) => control.check?.());
        if (wrong) {
            wrong.input?.focus();
            return bad(el("p", {}, `${wrong.label}: see what is said there.`));
        }
        if (!isChanged()) {
            return mind(el("p", {}, "Nothing has been changed, so there is nothing to save."));
        }
        const sent = controls.map(text);
        try {
            await it.put(rules());
        } catch (error) {
            if (error.status === 412) {
                return stale(error);
            }
            blame(error)?.focus();
            throw error;
        }
        remember(sent);
        onchange();
        return good(el("p", {}, `Saved. ${FOLLOWS[idp.state] ?? ""}`),
                    el("p", {}, el("a", { href: to("idps", idp.name, "plan") },
                                   "What would change, and why")));
    }

    const stale = (error) => bad(
        el("p", {}, error.message),
        el("p", {}, "So nothing is saved. Load the page anew to see what is there now, and change"
           + " again: ", differing().map((control) => control.label).join(", "), "."),
        el("button", { type: "button", onclick: context.again }, "Load anew"));

    const saving = action("Save", save, { class: "main" });
    const panel = el("div", { class: "save" }, state,
                     saving ?? el("p", {}, "Readers can try rules, and not save them."));
    remember(controls.map(text));
    if (saving) {
        context.unsaved(isChanged);
    }
    return { rules, isChanged, blame, changed, panel };
}
