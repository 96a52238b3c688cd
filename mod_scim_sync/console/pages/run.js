// SPDX-License-Identifier: Apache-2.0
//
// One run of a pull, or a preview: how far it is, what it has found, and, of a preview and of one
// that was refused, who would come in, change and drop out.

import { get, path, query } from "../api.js";
import { announce, el, fill } from "../dom.js";
import { titleOf } from "../parts/called.js";
import { facts } from "../parts/facts.js";
import { form, pick } from "../parts/form.js";
import { idpNav } from "../parts/idp-nav.js";
import { watch } from "../parts/live.js";
import { longList } from "../parts/long-list.js";
import { problem } from "../parts/notice.js";
import { causeWords, countWords, errorWords, isOpen, outcome, runState, tookWords
       } from "../parts/pull.js";
import { sums } from "../parts/sums.js";
import { table } from "../parts/table.js";
import { to } from "../router.js";
import { count, moment, plural } from "../words.js";

const PAGE = 100;

const TYPES = [["", "Users, groups and memberships"], ["User", "Users"], ["Group", "Groups"],
               ["Member", "Memberships"]];
const WHATS = [["", "All that differs"], ["gone", "Who would go"], ["new", "Who would come"],
               ["changed", "Who would change"], ["faulty", "Of whom nothing is concluded"]];
const WORDS = { new: "comes", changed: "changes", gone: "goes", faulty: "stays as told" };
const WHY = { new: "was not told before", gone: "is not there any more" };

export const title = titleOf((name, { id }) => `Pull ${id} of ${name}`);

export async function show(context) {
    const { signal } = context;
    const idp = await get(path("idps", context.params.name), { signal });
    context.idp = idp;
    const where = path("idps", idp.name, "pulls", context.params.id);
    const run = await get(where, { signal });
    const shown = el("div", {}, await whole(context, idp, run));
    if (isOpen(run)) {
        follow(context, idp, where, run, shown);
    }
    return [idpNav(idp, "pulls"), shown];
}

function follow(context, idp, where, run, shown) {
    let known = JSON.stringify(run);
    const failure = el("div", {});
    shown.after(failure);
    watch(context.signal, async () => {
        const now = await get(where, { signal: context.signal });
        if (JSON.stringify(now) !== known) {
            known = JSON.stringify(now);
            fill(shown, await whole(context, idp, now));
        }
        if (!isOpen(now)) {
            announce(`It is ${now.state}`);
        }
        return !isOpen(now);
    }, (error) => fill(failure, error && problem(error)));
}

async function whole(context, idp, run) {
    return [
        el("p", {}, runState(run), ` ${causeWords(run)}, ${moment(run.askedAt)}`,
           run.doing && `: it reads ${run.doing}`),
        !isOpen(run) && outcome(context, idp, run),
        run.found && found(run.found),
        !isOpen(run) && run.changes && el("section", {}, el("h2", {}, "Who, and why"),
                                          await changes(context, idp, run)),
        run.cause === "preview" && run.state === "done" && el("p", {},
            "What Jira would be asked for is another question: the ",
            el("a", { href: to("idps", idp.name, "plan") }, "plan"), " answers it, in dry run."),
        run.found?.faults.length > 0 && faults(run.found.faults),
        el("section", {}, el("h2", {}, "How it went"), facts([
            ["Asked for", moment(run.askedAt)],
            run.startedAt && ["Began", moment(run.startedAt)],
            run.endedAt && ["Took", tookWords(run)],
            ["Calls to Google", count(run.calls)],
            ["Errors of these", errorWords(run)],
            run.tries > 1 && ["Begun", plural(run.tries, "time")],
            ...(run.found ? [["Users", countWords(run.found.users)],
                             ["Groups", countWords(run.found.groups)],
                             ["Memberships", countWords(run.found.members)]] : []),
        ])),
    ];
}

const found = ({ users, groups, members }) => sums([
    ["users come", users.new], ["users change", users.changed], ["users go", users.gone, "bad"],
    ["groups come", groups.new], ["groups go", groups.gone, "bad"],
    ["memberships come", members.new], ["memberships go", members.gone, "bad"]]);

const faults = (list) => el(
    "section", {}, el("h2", {}, "Left as they were told"),
    el("p", {}, "Of these nothing is concluded, so that nobody loses anything by an odd entry."),
    el("ul", {}, list.map((each) => el("li", {}, el("strong", {}, each.email ?? each.id ?? ""),
                                       `: ${each.fault}`))));

// ---- one by one

async function changes(context, idp, run) {
    const list = el("div", {});
    const what = pick({ name: "what", label: "What", choices: WHATS,
                        value: context.query.get("what") ?? "" });
    const type = pick({ name: "type", label: "Of which kind", choices: TYPES,
                        value: context.query.get("type") ?? "" });

    async function write() {
        fill(list, await longList({
            what: "change", none: "There are none.",
            ask: async (after) => {
                const { changes: rows } = await get(path("idps", idp.name, "pulls", String(run.id),
                                                         "changes")
                    + query({ what: what.value(), type: type.value(), limit: PAGE, after }),
                    { signal: context.signal });
                return { rows, next: rows.length === PAGE ? rows.at(-1).id : null };
            },
            draw: (rows) => table("Changes", [
                ["Who", (each) => each.name],
                ["Kind", kindWords],
                ["What", (each) => el("span", { class: each.what === "gone" && "taken" },
                                      WORDS[each.what] ?? each.what)],
                ["Why", (each) => each.detail ?? WHY[each.what] ?? ""],
            ], rows),
        }));
        return null;
    }

    await write();
    return [form({ parts: [el("div", { class: "pair" }, what.row, type.row)], button: "Show",
                   busy: "Looking …", changes: false, send: write }),
            list];
}

const kindWords = (each) => each.type === "Member" ? `member of ${each.group ?? "a group"}`
    : each.type.toLowerCase();
