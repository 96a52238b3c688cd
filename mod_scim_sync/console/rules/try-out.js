// SPDX-License-Identifier: Apache-2.0
//
// What rules make of names that the identity provider has really told of, as they are typed, and
// what of that is not so by the rules that are saved.

import { get, path, post, query } from "../api.js";
import { announce, el, fill, newId } from "../dom.js";
import { latest } from "../parts/latest.js";
import { mind, problem } from "../parts/notice.js";
import { count, plural } from "../words.js";
import { targetsOf, targetWords } from "./targets.js";
import { ruleWords } from "./words.js";

const FEW = 20;
const MANY = 100;

// Users: what is asked for, tried, and said of each.
const users = (idp) => ({
    one: "name",
    hint: "How a user name, an e-mail address or a person's name begins.",
    async told(text, limit, signal) {
        const { people, next } = await get(path("people") + query({
            idp: idp.name, q: text, limit }), { signal });
        return { names: people.filter((one) => !one.deleted).map((one) => ({
                     name: one.name, tried: { userName: one.name, email: one.email } })),
                 more: next !== null };
    },
    typed: (text) => ({ name: text, tried: text }),
    body: (tried) => ({ usernames: tried }),
    answers: (answer) => answer.users,
    isIn: (one) => one.result !== "skipped",
    becomes: (one) => one.result === "rewritten" ? [one.name, " (",
        one.email ? `looked for in Jira as ${one.email}` : "without an e-mail address", ")"]
        : one.email ? `looked for in Jira as ${one.email}`
            : "It has no e-mail address, so nobody can be found in Jira.",
    // What a person notices of it: the name, the address, and whether at all.
    outcome: (one) => [one.result === "skipped", one.name, one.email],
    states: ["comes in", "stays out"],
});

// Groups.
const groups = (idp) => ({
    one: "group",
    hint: "How a group's name begins.",
    async told(text, limit, signal) {
        const { groups: found, next } = await get(path("groups") + query({
            idp: idp.name, q: text, limit }), { signal });
        return { names: found.filter((one) => !one.deleted).map(({ name }) => ({
                     name, tried: name })),
                 more: next !== null };
    },
    typed: (text) => ({ name: text, tried: text }),
    body: (tried) => ({ groups: tried }),
    answers: (answer) => answer.groups,
    isIn: (one) => targetsOf(idp, one).length > 0,
    becomes: (one) => targetsOf(idp, one).map((target) => targetWords(idp, target)).join(", "),
    outcome: (one) => [targetsOf(idp, one), one.authoritative],
    states: ["comes in", "stands for nothing"],
});

// A rule that the API refuses, with its name.
const mistake = (message) => `These rules can't be tried. ${message.replace(
    /^[^:]*/, (where) => ruleWords(where))}`;

export const KINDS = { users, groups };

// kind: one of KINDS. edited(): the editor of the page (editor.js), of which the rules are tried.
// action(name): what else can be done with one that comes in, an element.
// Has `panel`, and `run()`, which tries what is new.
export function tryOut({ context, idp, kind, edited, controls, action = () => null }) {
    const of = kind(idp);
    const id = newId();
    const about = newId();
    const input = el("input", { id, type: "search", autocomplete: "off", spellcheck: "false",
                                maxlength: 64, "aria-describedby": about, oninput: typed });
    const summary = el("div", { class: "tally" });
    const results = el("div", { class: "results" });
    let limit = FEW;
    let asked = null;
    let known = null;

    function typed(event) {
        event.stopPropagation();
        limit = FEW;
        run();
    }

    function run() {
        const rules = edited().rules();
        const question = JSON.stringify([input.value, limit, rules, edited().isChanged()]);
        if (question !== asked) {
            asked = question;
            results.setAttribute("aria-busy", "true");
            ask(input.value.trim(), rules, edited().isChanged());
        }
    }

    // The names stay the same while rules are typed.
    async function names(signal, text) {
        if (known?.text !== text || known.limit !== limit) {
            const { names: told, more } = await of.told(text, limit, signal);
            known = { text, limit, more, told,
                      all: text && !told.length ? [of.typed(text)] : told };
        }
        return known;
    }

    const ask = latest(context.signal, {
        async ask(signal, text, rules, isChanged) {
            const found = await names(signal, text);
            const body = of.body(found.all.map((one) => one.tried));
            const where = path("idps", idp.name, "rules", "try");
            const [now, saved] = await Promise.all([
                post(where, { ...body, rules }, { signal }),
                isChanged ? post(where, body, { signal }) : null]);
            return { found, now: of.answers(now), saved: saved && of.answers(saved) };
        },
        draw,
        failed(error) {
            asked = null;
            results.removeAttribute("aria-busy");
            controls.forEach((control) => control.tally?.(null));
            fill(results);
            if (edited().blame(error)) {
                fill(summary, mind(el("p", {}, mistake(error.message))));
                announce(mistake(error.message));
            } else {
                fill(summary, problem(error));
            }
        },
    });

    function draw({ found, now, saved }) {
        const rows = now.map((one, i) => ({
            one, name: found.all[i].name, isTold: i < found.told.length,
            was: saved && differs(one, saved[i]) ? saved[i] : null }));
        const decided = {};
        now.forEach((one) => { decided[one.rule] = (decided[one.rule] ?? 0) + 1; });
        controls.forEach((control) => control.tally?.(decided));
        const words = summed(rows);
        if (words !== summary.textContent) {
            fill(summary, words);
            announce(words);
        }
        results.removeAttribute("aria-busy");
        fill(results, el("ul", {}, rows.map(row)), found.more && el("p", {},
            limit === FEW ? el("button", { type: "button", onclick: () => {
                limit = MANY;
                run();
            } }, "Try more of them")
                : `There are more than ${MANY}: say above how those begin that you look for.`));
    }

    const differs = (one, other) =>
        JSON.stringify(of.outcome(one)) !== JSON.stringify(of.outcome(other));

    function summed(rows) {
        if (!rows.length) {
            return `${idp.name} has not told of any ${of.one} yet. Type one to try it.`;
        }
        const come = rows.filter(({ one }) => of.isIn(one)).length;
        const change = rows.filter(({ was }) => was).length;
        return `Of ${plural(rows.length, of.one)}, ${count(come)} ${of.states[0].replace(
            "comes", come === 1 ? "comes" : "come")}`
            + (change ? `; ${plural(change, "is", "are")} different by what is not saved yet.`
                : ".");
    }

    function row({ one, name, isTold, was }) {
        const isIn = of.isIn(one);
        return el("li", { class: isIn ? "in" : "out" },
            el("p", { class: "said" }, el("strong", {}, name), " ",
               el("span", { class: `badge ${isIn ? "green" : "paused"}` },
                  of.states[isIn ? 0 : 1])),
            isIn && el("p", { class: "becomes" }, el("span", { class: "arrow" },
                el("span", { class: "unseen" }, "becomes ")), of.becomes(one)),
            el("p", { class: "hint" }, `${ruleWords(one.rule)}: ${one.why}`,
               one.authoritative && "; others in it are taken out"),
            !isTold && el("p", { class: "hint" }, `As typed: ${idp.name} has not told of it.`),
            one.warning && mind(el("p", {}, one.warning)),
            was && el("p", { class: "was" }, el("strong", {}, "By the saved rules: "),
                      of.isIn(was) ? [`${of.states[0]}, `, of.becomes(was)] : of.states[1]),
            isIn && action(name));
    }

    run();
    return {
        run,
        panel: el("section", { class: "try-out" }, el("h2", {}, "Try it out"),
                  el("div", { class: "field" },
                     el("label", { for: id }, `Names that ${idp.name} has told of`),
                     el("p", { class: "hint", id: about }, of.hint), input),
                  summary, results),
    };
}
