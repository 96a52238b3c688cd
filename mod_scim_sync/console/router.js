// SPDX-License-Identifier: Apache-2.0
//
// Which page is shown. An address is #/ and the page's path, such as #/idps/okta: it can be kept,
// and the browser's own buttons lead back and forth.
//
// A page is a module that exports
//
//     title            its heading, a text, or a function of the context
//     show(context)    returns, perhaps in a while, what stands below the heading; what title() is
//                      to know of it is put into the context before
//
// with a context of
//
//     params    what stands in the path for :name, decoded
//     query     URLSearchParams of what is behind ? in the address
//     signal    ends when the page is left: for api.js and parts/live.js
//     again()   shows the page anew; who was in it with the focus stays in it
//     go(path)  goes to another one
//     entitle() asks for the title anew, as it has become another one
//     unsaved(ask)  ask() says whether the page has input that is not stored: who leaves it then
//                   is asked first

import { announce, el, fill, isFocusLost } from "./dom.js";
import { dialog } from "./parts/dialog.js";
import { problem } from "./parts/notice.js";
import { known, readerWords } from "./who.js";

const NAME = document.title;
// Where in the menu pages stand whose addresses begin otherwise.
const BELOW = { idps: "", groups: "people" };
let routes = [];
let shown = new AbortController();
const nothing = () => false;
let unsaved = nothing;

// The address of a page, of parts that are encoded.
export const to = (...parts) => `#/${parts.map(encodeURIComponent).join("/")}`;

// pages: path to module; menu: [path, words] of those that are always in reach.
export function start(pages, menu) {
    routes = Object.entries(pages).map(([path, page]) => ({ parts: split(path), page }));
    fill(document.getElementById("nav"), el("ul", {}, menu.map(
        ([path, words]) => el("li", {}, el("a", { href: `#/${path}` }, words)))));
    document.querySelector(".skip").addEventListener("click", skip);
    addEventListener("hashchange", moved);
    addEventListener("beforeunload", (event) => unsaved() && event.preventDefault());
    show(false);
}

const split = (path) => path.split("/").filter(Boolean);

// The skip link must not become an address of a page.
function skip(event) {
    event.preventDefault();
    document.getElementById("main").focus();
}

function find(parts) {
    for (const { parts: wanted, page } of routes) {
        if (wanted.length === parts.length
            && wanted.every((part, at) => part.startsWith(":") || part === parts[at])) {
            const params = Object.fromEntries(wanted.flatMap(
                (part, at) => part.startsWith(":") ? [[part.slice(1), parts[at]]] : []));
            return { page, params };
        }
    }
    return { page: { title: "Nothing here",
                     show: () => el("p", {}, "There is no page at this address.") }, params: {} };
}

function decoded(part) {
    try {
        return decodeURIComponent(part);
    } catch {
        return part;
    }
}

function mark(parts) {
    for (const link of document.querySelectorAll("#nav a")) {
        const at = split(link.hash.slice(1))[0] ?? "";
        const here = at === (parts[0] ?? "") || BELOW[parts[0]] === at;
        if (here) {
            link.setAttribute("aria-current", "page");
        } else {
            link.removeAttribute("aria-current");
        }
    }
}

// The browser has changed the address already: it is changed back until it is decided.
function moved(event) {
    const { hash } = location;
    if (!unsaved()) {
        show(true);
        return;
    }
    history.replaceState(null, "", new URL(event.oldURL).hash || "#/");
    dialog("Leave without saving?", (close) => el("div", {},
        el("p", {}, "What you have changed on this page is not saved yet, and would be lost."),
        el("div", { class: "buttons" },
           el("button", { type: "button", onclick: close }, "Stay"),
           el("button", { type: "button", class: "grave", onclick: () => {
               close();
               unsaved = nothing;
               location.hash = hash;
           } }, "Leave"))));
}

async function show(moveFocus) {
    const [path, search] = location.hash.slice(1).split("?");
    const parts = split(path).map(decoded);
    const { page, params } = find(parts);
    shown.abort();
    shown = new AbortController();
    unsaved = nothing;
    const { signal } = shown;
    const context = {
        params, query: new URLSearchParams(search ?? ""), signal,
        again: () => signal.aborted || show(false),
        go: (where) => { location.hash = where.replace(/^#/, ""); },
        unsaved: (ask) => { unsaved = signal.aborted ? unsaved : ask; },
    };
    const heading = el("h1", { tabindex: "-1" });
    context.entitle = () => {
        if (!signal.aborted) {
            const title = typeof page.title === "function" ? page.title(context) : page.title;
            fill(heading, title);
            document.title = `${title} – ${NAME}`;
        }
    };
    const main = document.getElementById("main");
    const wasInside = main.contains(document.activeElement);
    const byKeyboard = document.activeElement.matches(":focus-visible");
    main.setAttribute("aria-busy", "true");
    const content = await contentOf(page, context);
    if (signal.aborted) {
        return;
    }
    context.entitle();
    mark(parts);
    fill(main, heading, content);
    main.removeAttribute("aria-busy");
    if (moveFocus) {
        scrollTo(0, 0);
        heading.focus({ preventScroll: true });
        announce(heading.textContent);
    } else if (wasInside && isFocusLost()) {
        // Who came by the mouse still looks at the same place.
        heading.focus({ preventScroll: !byKeyboard });
    }
}

async function contentOf(page, context) {
    try {
        await known();
        return [readerWords(), await page.show(context)];
    } catch (error) {
        if (!context.signal.aborted) {
            return problem(error, el("button", { type: "button", onclick: context.again },
                                     "Try again"));
        }
        return null;
    }
}
