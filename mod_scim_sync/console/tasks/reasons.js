// SPDX-License-Identifier: Apache-2.0
//
// What is not done, by the kind of reason: how many, an example in Jira's own words, what to do,
// and a retry of all of them.

import { el } from "../dom.js";
import { action } from "../parts/form.js";
import { table } from "../parts/table.js";
import { retryMany } from "./decide.js";
import { fromTo, many, reasonWords, tasksAt } from "./words.js";

// Those of GET tasks that a reason stands for.
const filterOf = ({ state, idp, site, kind, class: of, status }) =>
    ({ state, idp, site, kind, class: of, status });

// reasons: of GET tasks/reasons, of one state.
export const reasonTable = (context, caption, reasons, ended) => table(caption, [
    ["Reason", (reason) => el("strong", {}, reasonWords(reason)[0])],
    ["Whom", (reason) => [el("a", { href: tasksAt(filterOf(reason)) }, many(reason)),
                          ` of ${fromTo(context, reason)}`]],
    ["The oldest one", ({ first }) => [el("strong", {}, first.name ?? first.subject), ": ",
                                       first.detail]],
    ["What to do", (reason) => reasonWords(reason)[1]],
    ["Decide", (reason) => action("Retry all …", () => retryMany(context, reason, ended),
                                  { "aria-label": `Retry all ${many(reason)} of ${
                                      fromTo(context, reason)}: ${reasonWords(reason)[0]} …` })],
], reasons);
