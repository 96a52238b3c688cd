// SPDX-License-Identifier: Apache-2.0
//
// What a site's Jira holds, compared with what the module knows of it (docs/api.md, "Drift"): asked
// for, and what the last one said.

import { get, path, post } from "../api.js";
import { announce, el, fill } from "../dom.js";
import { kindWords } from "../kinds.js";
import { dialog } from "./dialog.js";
import { facts } from "./facts.js";
import { action, form } from "./form.js";
import { watch } from "./live.js";
import { bad, good, mind, problem, stopped } from "./notice.js";
import { table } from "./table.js";
import { ago, ahead, capital, count, moment, plural } from "../words.js";

const isOpen = ({ state }) => state === "waiting" || state === "running";

// Of a site, and of its customers' side where it has one.
export const comparisons = (context, site) => Promise.all([
    comparison(context, site.name, "Compare with Jira"),
    site.customers && comparison(context, `${site.name}:customers`, "Compare customers with Jira"),
]);

async function comparison(context, side, heading) {
    const { signal } = context;
    const where = path("sites", side, "reconcile");
    const shown = el("div", {});
    const failure = el("div", {});
    let isFollowed = false;

    const draw = (now) => fill(shown, told(now, (close) => ask({ trust: true }, close)));

    async function ask(order, close) {
        const asked = await post(where, order);
        close?.();
        draw(asked);
        follow();
        return null;
    }

    function follow() {
        if (isFollowed) {
            return;
        }
        isFollowed = true;
        watch(signal, async () => {
            const now = await get(where, { signal });
            if (signal.aborted || isOpen(now)) {
                return signal.aborted;
            }
            isFollowed = false;
            draw(now);
            announce(`${heading}: ${shown.innerText}`);
            return true;
        }, (error) => fill(failure, error && problem(error)));
    }

    const first = await get(where, { signal });
    draw(first);
    if (isOpen(first)) {
        follow();
    }
    return el("section", {}, el("h2", {}, heading),
              el("p", {}, "What somebody else has changed in Jira is found so. What may be mended"
                 + " is mended by itself, as the rules and the guard let it."),
              shown, action("Compare now", () => ask({})), failure);
}

// What there is to say of one. believe(close): compares once more, and believes what it finds.
function told(now, believe) {
    return [
        verdict(now, believe),
        facts([
            now.nextAt && !isOpen(now) && ["The next one", ahead(now.nextAt)],
            ...(now.found ? counts(now.found) : []),
        ]),
        now.found?.findings.length > 0 && differences(now.found),
    ];
}

const VERDICTS = {
    never: () => el("p", {}, "It has not been compared yet."),
    waiting: () => el("p", {}, "A comparison is asked for, and begins in a moment."),
    running: ({ startedAt }) => el("p", {}, `It is being compared, since ${moment(startedAt)}.`),
    done: (now) => differ(now.found)
        ? mind(el("p", {}, `Compared ${ago(now.endedAt)}: ${
            plural(differ(now.found), "difference")}.`))
        : good(el("p", {}, `Compared ${ago(now.endedAt)}: nothing differs.`)),
    doubtful: (now, believe) => stopped(
        el("p", {}, el("strong", {}, `Compared ${ago(now.endedAt)}, and not believed: `),
           now.detail),
        el("p", {}, "Nothing was concluded from it."), trusting(believe)),
    failed: (now) => bad(
        el("p", {}, el("strong", {}, `Jira could not be read to the end, ${ago(now.endedAt)}: `),
           now.detail)),
};

const verdict = (now, believe) => VERDICTS[now.state](now, believe);

const differ = (found) => Object.values(found?.differences ?? {}).reduce(
    (sum, each) => sum + each, 0);

function counts(found) {
    const { groups, accounts, members } = found.compared;
    const kinds = Object.entries(found.differences).filter(([, number]) => number);
    return [
        ["Compared", `${plural(groups, "group")}, ${plural(accounts, "account")}, ${
            plural(members, "membership")}`],
        kinds.length > 0 && ["Differences", el("ul", {}, kinds.map(([kind, number]) =>
            el("li", {}, `${words(kind)}: ${count(number)}`)))],
        found.othersMembers > 0 && ["Members of others, left alone", count(found.othersMembers)],
        found.unreadGroups > 0 && ["Could not be read", plural(found.unreadGroups, "group")],
        found.leftAlone > 0 && ["Gone when it was their turn", count(found.leftAlone)],
    ];
}

const words = (kind) => kindWords(`drift.${kind}`);

const differences = ({ findings, more }) => [
    table("Differences", [
        ["Who", (each) => each.name ?? each.group ?? each.accountId],
        ["What", (each) => words(each.kind)],
        ["More of it", (each) => each.detail ? `${capital(each.detail)}.` : ""],
    ], findings),
    more > 0 && el("p", {}, `${plural(more, "difference")} more.`),
];

function trusting(believe) {
    const question = (close) => form({
        parts: [el("p", {}, "Jira is compared anew. What is gone then is gone, however much it is:"
                   + " what the rules want of it is made again.")],
        button: "Compare, and believe it", busy: "Asking …", grave: true,
        send: () => believe(close),
        also: [el("button", { type: "button", onclick: close }, "Cancel")],
    });
    return action("Believe it all the same …",
                  async () => { dialog("Believe it all the same?", question); },
                  { class: "grave" });
}
