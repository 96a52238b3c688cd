// SPDX-License-Identifier: Apache-2.0
//
// What the page waits for: it asks again and again, as long as somebody looks at it.

import { announce, el, fill } from "../dom.js";

const SECONDS = 2;

// Calls ask() until it returns true or the page is left, with so many seconds in between. While the
// window is hidden it rests. What ask() throws goes to failed(), once, and it is asked again;
// failed(null) when that is over.
export async function watch(signal, ask, failed, seconds = SECONDS) {
    let said = null;
    const say = (error) => {
        if (!signal.aborted && said !== (error?.message ?? null)) {
            said = error?.message ?? null;
            failed(error);
        }
    };
    while (!signal.aborted) {
        if (!document.hidden) {
            try {
                const isOver = await ask();
                say(null);
                if (isOver) {
                    return;
                }
            } catch (error) {
                say(error);
            }
        }
        await pause(signal, seconds);
    }
}

function pause(signal, seconds) {
    return new Promise((resolve) => {
        const timer = setTimeout(resolve, seconds * 1000);
        signal.addEventListener("abort", () => { clearTimeout(timer); resolve(); }, { once: true });
    });
}

// A line that turns green: { what, waiting } in words, then by turn(words). Each is announced once.
export function line({ what, waiting }) {
    const mark = el("span", { class: "light" }, "waiting");
    const words = el("span", { class: "said" }, waiting);
    const row = el("li", { class: "line" }, mark,
                   el("span", {}, el("strong", {}, what), " ", words));
    let green = false;
    return {
        row,
        isGreen: () => green,
        turn(text) {
            if (!green) {
                announce(`${what}: ${text}`);
            }
            green = true;
            row.classList.add("green");
            fill(mark, "done");
            fill(words, text);
        },
    };
}
