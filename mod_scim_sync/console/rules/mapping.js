// SPDX-License-Identifier: Apache-2.0
//
// Which group stands for what in Jira, one by one: a line is put together of two searches, one on
// each side, and there may be very many lines.

import { announce, el, fill } from "../dom.js";
import { combobox } from "../parts/combobox.js";
import { field, pick } from "../parts/form.js";
import { chips } from "./chips.js";
import { previewDialog } from "./preview.js";
import { freeTarget, searchJira, searchTold, targetWords, targetsOf,
         withTargets } from "./targets.js";
import { plural } from "../words.js";

const SHOWN = 50;
const FEW = 10;

// Is a control (editor.js). rules(): the document as it stands on the page.
export function mapping({ idp, value, label, signal, rules }) {
    const path = "groups.mappings";
    const site = pick({ name: "site", label: "Jira site to search in", value: idp.sites[0],
                        choices: idp.sites.map((name) => [name, name]) });
    const customers = idp.mode === "customers";
    const told = combobox({
        name: "told", label: `Group of ${idp.name}`, signal,
        hint: "By how its name begins.",
        search: searchTold(idp, (name) => mapped(name) && "is mapped already: this adds to it"),
        free: (text) => [{ value: text, words: text, detail: "as typed: not told of yet" }],
    });
    const target = combobox({
        name: "target", label: customers ? "Project or organization" : "Group in Jira", signal,
        hint: customers ? "Who is in the group gets in." : "Who is in the group is put into it.",
        search: searchJira(idp, site.value), free: freeTarget(idp),
    });
    const filter = field({ name: "filter", label: "Show lines with", optional: true, type: "search",
                           oninput: (event) => { event.stopPropagation(); show(); } });
    const list = el("ul", { class: "mapped" });
    const more = el("p", {});
    let lines = value.map((entry) => ({ entry, wrong: "" }));
    let shown = SHOWN;

    const mapped = (name) => lines.find(({ entry }) => entry.group === name);

    function add() {
        const wrong = [told, target].filter((box) => box.check());
        if (wrong.length) {
            wrong[0].input.focus();
            return;
        }
        const group = told.value();
        const name = target.value();
        const line = mapped(group) ?? { entry: withTargets(idp, { group }, []), wrong: "" };
        const targets = targetsOf(idp, line.entry);
        line.entry = withTargets(idp, line.entry,
                                 targets.includes(name) ? targets : [...targets, name]);
        lines = [line, ...lines.filter((each) => each !== line)];
        told.clear();
        target.clear();
        filter.input.value = "";
        changed(`${group} is mapped to ${targetWords(idp, name)}`);
        told.input.focus();
    }

    function drop(line) {
        lines = lines.filter((each) => each !== line);
        changed(`${line.entry.group} is not mapped any more`);
        told.input.focus();
    }

    function dropTarget(line, name) {
        const left = targetsOf(idp, line.entry).filter((each) => each !== name);
        if (!left.length) {
            drop(line);
            return;
        }
        line.entry = withTargets(idp, line.entry, left);
        changed(`${targetWords(idp, name)} is taken out`);
        told.input.focus();
    }

    function changed(words) {
        show();
        list.dispatchEvent(new Event("input", { bubbles: true }));
        announce(words);
    }

    function found() {
        const text = filter.input.value.trim().toLowerCase();
        return lines.filter(({ entry }) => [entry.group, ...targetsOf(idp, entry)].some(
            (name) => name.toLowerCase().includes(text)));
    }

    function show() {
        const some = found();
        filter.row.hidden = lines.length <= FEW;
        list.hidden = !some.length;
        fill(list, some.slice(0, shown).map(row));
        fill(more, !lines.length ? "No group is mapped."
            : !some.length ? "No line has this." : some.length > shown && [
                `${shown} of ${plural(some.length, "line")} are shown. `,
                el("button", { type: "button", onclick: () => { shown += SHOWN; show(); } },
                   "Show more")]);
    }

    function row(line) {
        const { entry, wrong } = line;
        return el("li", {},
            el("div", { class: "stands" }, el("strong", {}, entry.group),
               el("span", { class: "arrow" }, el("span", { class: "unseen" }, "stands for ")),
               chips(targetsOf(idp, entry), {
                   words: (name) => targetWords(idp, name), from: `the line of ${entry.group}`,
                   onremove: (name) => dropTarget(line, name) })),
            el("div", { class: "row-buttons" },
               authority(line),
               el("button", { type: "button", class: "small",
                              "aria-label": `Who gains? ${entry.group}`,
                              onclick: () => previewDialog(idp, entry.group, rules) },
                  "Who gains?"),
               el("button", { type: "button", class: "small", onclick: () => drop(line),
                              "aria-label": `Remove the line of ${entry.group}` }, "Remove")),
            wrong && el("p", { class: "wrong" }, wrong));
    }

    // Whether who was added in Jira by hand stays.
    function authority(line) {
        const { entry } = line;
        const choices = [["", "Others: as set for all"], ["false", "Others in it stay"],
                         ["true", "Others are taken out"]];
        return el("select", {
            "aria-label": `Others who are in what ${entry.group} stands for`,
            // Before the page hears of it, and asks for the document.
            oninput: (event) => {
                const { authoritative, ...rest } = line.entry;
                line.entry = event.target.value === "" ? rest
                    : { ...rest, authoritative: event.target.value === "true" };
            },
        }, choices.map(([each, words]) => el("option", {
            value: each, selected: each === String(entry.authoritative ?? "") }, words)));
    }

    show();
    return {
        path, label, input: told.input, value: () => lines.map(({ entry }) => entry),
        check: () => [told, target].map((box) => box.input.value.trim()
            ? box.said("Map it, or empty the field.") : "").find(Boolean) ?? "",
        blame(rest, words) {
            const line = lines[/^\[(\d+)\]/.exec(rest)?.[1]];
            if (!line) {
                return null;
            }
            line.wrong = words;
            lines = [line, ...lines.filter((each) => each !== line)];
            show();
            return list.querySelector("button");
        },
        forgive() {
            lines.forEach((line) => { line.wrong = ""; });
            list.querySelectorAll(".wrong").forEach((each) => each.remove());
        },
        row: el("div", { class: "mapping" }, idp.sites.length > 1 && site.row,
                el("div", { class: "new-line" }, told.row, target.row,
                   el("button", { type: "button", class: "map", onclick: add }, "Map")),
                filter.row, list, more),
    };
}
