// SPDX-License-Identifier: Apache-2.0
//
// The pages of one identity provider, above each of them.

import { el } from "../dom.js";
import { to } from "../router.js";

// [part of the address, words, kind of IdP that has it]; it stands in this order.
const PAGES = [
    ["", "Overview"],
    ["connect", "Connect"],
    ["rules", "Rules"],
    ["plan", "Plan"],
    ["choice", "Who comes", "google"],
    ["schedule", "Schedule", "google"],
    ["pulls", "Pulls", "google"],
    ["requests", "Requests", "scim"],
    ["tokens", "Tokens", "scim"],
    ["limits", "Limits", "scim"],
];

// here: which one this is, "" for the overview.
export const idpNav = (idp, here) => el(
    "nav", { class: "within", "aria-label": `Pages of ${idp.name}` },
    el("ul", {}, PAGES.filter(([, , kind]) => !kind || kind === idp.kind).map(
        ([part, words]) => el("li", {}, el("a", {
            href: part ? to("idps", idp.name, part) : to("idps", idp.name),
            "aria-current": part === here && "page" }, words)))));
