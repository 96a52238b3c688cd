// SPDX-License-Identifier: Apache-2.0
//
// The one place where texts become part of the page. Elements are made by code, and texts become
// text nodes: so nothing that an identity provider, or anybody else, has put into a name is ever
// read as markup. No other file of the console touches innerHTML and its like; the page's
// Content-Security-Policy (Trusted Types) forbids them to all.

// An element. `attributes`: name to value; false, null and undefined leave one out, true sets it
// without a value; a function under "on..." listens. Children are elements, texts, numbers, lists
// of these; null, false and "" are none.
export const el = (name, attributes = {}, ...children) =>
    made(document.createElement(name), attributes, children);

// The same of a drawing: an element of SVG.
export const svg = (name, attributes = {}, ...children) =>
    made(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);

function made(element, attributes, children) {
    for (const [key, value] of Object.entries(attributes)) {
        if (value === false || value === null || value === undefined) {
            continue;
        }
        if (key.startsWith("on")) {
            element.addEventListener(key.slice(2), value);
        } else {
            element.setAttribute(key, value === true ? "" : key === "href" ? safe(value) : value);
        }
    }
    element.append(...nodes(children));
    return element;
}

// The children of an element, instead of those that it has.
export function fill(element, ...children) {
    element.replaceChildren(...nodes(children));
    return element;
}

// A text of ours in which **these words** stand out, as the words of another product's page do.
// Never for what comes from outside.
export function rich(text) {
    return text.split("**").map((part, at) => at % 2 ? el("strong", {}, part) : part);
}

// A new id, by which one element names another.
let ids = 0;
export const newId = () => `e${++ids}`;

// Says something to who does not see the page; it is not moved to.
export function announce(text) {
    fill(document.getElementById("announcements"), text);
}

const nodes = (children) =>
    children.flat(Infinity).filter((child) => child || child === 0);

// A link leads to a page of the console, to the API, or to the web: no other scheme is one.
function safe(href) {
    return /^(#|https?:\/\/|api\/)/.test(href) ? href : "#/";
}
