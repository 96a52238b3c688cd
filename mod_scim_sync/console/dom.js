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

// The children of an element, instead of those that it has. Who was at one of these with the focus
// is at the same one of the new ones: whoever goes by the keyboard does not begin anew whenever
// something is drawn anew.
export function fill(element, ...children) {
    const had = document.activeElement;
    const at = element === had || !element.contains(had) ? -1 : alike(element, had).indexOf(had);
    element.replaceChildren(...nodes(children));
    if (at >= 0) {
        alike(element, had)[at]?.focus({ preventScroll: true });
    }
    return element;
}

// Those in a box that are the same as this one, which may be gone, for who comes to them.
export function alike(box, one) {
    const sign = (each) => JSON.stringify([
        each.name, each.hash, each.matches("[type=radio], [type=checkbox]") && each.value,
        each.getAttribute("aria-label") ?? each.textContent]);
    const wanted = sign(one);
    return [...box.querySelectorAll(one.localName)].filter((each) => sign(each) === wanted);
}

// Whether nothing has the focus, since what had it is not there any more.
export const isFocusLost = () => document.activeElement === document.body;

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
