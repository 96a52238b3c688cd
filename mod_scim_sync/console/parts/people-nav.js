// SPDX-License-Identifier: Apache-2.0
//
// People and groups, above each of their pages.

import { el } from "../dom.js";
import { to } from "../router.js";

// here: which of the two is shown; false: one of them, in full.
export const peopleNav = (here) => el(
    "nav", { class: "within", "aria-label": "People and groups" },
    el("ul", {}, [["people", "People"], ["groups", "Groups"]].map(([part, words]) => el(
        "li", {}, el("a", { href: to(part), "aria-current": part === here && "page" }, words)))));
