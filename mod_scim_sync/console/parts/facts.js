// SPDX-License-Identifier: Apache-2.0
//
// What is known of one thing: words and what they say of it. rows: [word, text]; false is left out.

import { el } from "../dom.js";

export const facts = (rows) => el("dl", { class: "facts" }, rows.filter(Boolean).map(
    ([word, text]) => el("div", {}, el("dt", {}, word), el("dd", {}, text))));
