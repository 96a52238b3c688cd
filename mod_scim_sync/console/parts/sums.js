// SPDX-License-Identifier: Apache-2.0
//
// Numbers that are read first: each with its words, in lines of their own.

import { el } from "../dom.js";
import { count } from "../words.js";

// rows: [words, number, kind], kind "bad" for what somebody loses.
export const sums = (rows) => el("dl", { class: "sums" }, rows.map(([words, number, kind]) =>
    el("div", { class: number && kind }, el("dt", {}, words), el("dd", {}, count(number)))));
