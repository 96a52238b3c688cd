// SPDX-License-Identifier: Apache-2.0
//
// How much may be taken away because of an identity provider before somebody is asked; and which
// one wins where several disagree.

import { el, fill } from "../dom.js";
import { titleOf } from "../parts/called.js";
import { guardNotice } from "../parts/guard.js";
import { mind } from "../parts/notice.js";
import { at, editor, load } from "../rules/editor.js";
import { number, toggle } from "../rules/fields.js";
import { rulesPage } from "../rules/page.js";
import { count, plural } from "../words.js";

export const title = titleOf((name) => `Rules of ${name}: guard`);

const MOST = 1000000;
const WEEK = 10080;
// So many pass whatever the share is (docs/rules.md, "The guard").
const FEW = 10;
// Of so many it is said how many pass.
const EXAMPLES = [20, 300, 2000, 20000];

// [heading, what is counted, of whom or what the share is]
const LIMITS = {
    deactivations: ["Who loses all access", "People whom no identity provider wants any more.",
                    "people"],
    deletions: ["What is deleted in Jira", "Accounts and groups. That can't be undone.",
                "people or groups"],
    memberships: ["Who is taken out of groups", "Memberships of people who stay, each of them.",
                  "memberships"],
};

export async function show(context) {
    const loaded = await load(context);
    const { idp, stored } = loaded;
    const isOn = toggle(stored, "guard.enabled", [
        "Ask somebody before much is taken away",
        "An identity provider makes mistakes: a filter that matches nobody, a group that is"
        + " emptied. What is too much at once is held until you release or discard it."]);
    const span = number(stored, "guard.window", {
        least: 1, most: WEEK, hint: "So long what was taken counts. 60 is an hour, 1440 a day." });
    const limits = Object.keys(LIMITS).map((kind) => limit(stored, kind));
    const precedence = number(stored, "precedence", {
        most: MOST, hint: "Where several claim the same person, or the same group, and their rules"
        + " disagree, the one with the smallest number wins; of equal ones the one whose name"
        + " comes first." });
    const note = el("div", {});
    const controls = [isOn, span, ...limits.flatMap((each) => each.controls), precedence];
    const draw = () => {
        limits.forEach((each) => each.draw(span.value()));
        fill(note, at(stored, "guard.enabled") && !isOn.value() && mind(el("p", {}, "Once this is"
            + " saved nothing is counted any more, and what the guard holds now is done.")));
    };
    const edited = editor(context, loaded, controls, draw);
    draw();
    return rulesPage(idp, "guard", [
        ["When you are asked", null, await guardNotice(idp, context.signal), isOn, note, span],
        ["What it lets pass", "Of each the smaller one of the two numbers holds. 0 lets nothing"
         + ` pass without you. The first ${FEW} are no share of anything: they pass whatever the`
         + " share, and with 100 % only the number counts.", ...limits],
        ["Several identity providers", null, precedence],
    ], edited);
}

// Has `controls`, `row`, and `draw(minutes)`, which says what they come to.
function limit(stored, kind) {
    const [heading, what, whole] = LIMITS[kind];
    const most = number(stored, `guard.${kind}.number`, { label: "At most", most: MOST });
    const share = number(stored, `guard.${kind}.percent`,
                         { label: "% of them all", most: 100 });
    const comes = el("p", { class: "hint" });
    const passing = (all) => share.value() === 100 ? most.value()
        : Math.min(most.value(), Math.max(FEW, Math.floor(all * share.value() / 100)));
    return {
        controls: [most, share],
        row: el("fieldset", {}, el("legend", {}, heading), el("p", { class: "hint" }, what),
                el("div", { class: "grace" }, most.row, share.row), comes),
        draw: (minutes) => fill(comes, `Within ${plural(minutes, "minute")} of `,
            EXAMPLES.map((all, i) => `${i ? ", of " : ""}${count(all)} ${i ? "" : `${whole} `}${
                count(Math.min(all, passing(all)))}`).join(""), "."),
    };
}
