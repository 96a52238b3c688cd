// SPDX-License-Identifier: Apache-2.0
//
// What the pages of an identity provider's rules have in common: where they are, the rules in the
// middle, and beside them where they are saved and tried.

import { el } from "../dom.js";
import { beside } from "../parts/beside.js";
import { idpNav } from "../parts/idp-nav.js";
import { to } from "../router.js";

const PAGES = [["", "Operations"], ["people", "People"], ["groups", "Groups"], ["guard", "Guard"]];

// sections: [heading, words, controls and other elements ...]
export function rulesPage(idp, here, sections, edited, also) {
    const changed = () => edited.changed();
    return [
        idpNav(idp, "rules"),
        el("nav", { class: "parts", "aria-label": `Rules of ${idp.name}` },
           el("ul", {}, PAGES.map(([part, words]) => el("li", {}, el("a", {
               href: part ? to("idps", idp.name, "rules", part) : to("idps", idp.name, "rules"),
               "aria-current": part === here && "page" }, words))))),
        beside(el("div", { class: "rules", oninput: changed },
                  sections.filter(Boolean).map(([heading, words, ...parts]) => el("section", {},
                      el("h2", {}, heading), words && el("p", { class: "hint" }, words),
                      parts.map((part) => part?.row ?? part)))),
               [edited.panel, also]),
    ];
}
