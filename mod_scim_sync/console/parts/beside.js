// SPDX-License-Identifier: Apache-2.0
//
// What is done and what is watched meanwhile: in a wide window the second stays in sight beside the
// first, in a narrow one it follows.

import { el } from "../dom.js";

export const beside = (done, watched) =>
    el("div", { class: "beside" }, el("section", {}, done), el("section", {}, watched));
