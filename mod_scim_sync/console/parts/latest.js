// SPDX-License-Identifier: Apache-2.0
//
// Questions that follow each other as somebody types. A short rest in the typing is waited for, and
// only the newest one counts: an earlier one is given up, and its answer never shown over a later
// one's.

const REST = 250;

// ended: the page's signal. ask(signal, ...): what is asked; draw(answer, ...) shows it, and
// failed(error) what went wrong. Returns a function that begins the newest one, with what the
// others are given. What ask() or draw() throw goes to failed().
export function latest(ended, { ask, draw, failed }) {
    let newest = null;
    return async (...about) => {
        newest?.abort();
        newest = new AbortController();
        const signal = AbortSignal.any([newest.signal, ended]);
        await rest(signal);
        if (signal.aborted) {
            return;
        }
        try {
            const answer = await ask(signal, ...about);
            if (!signal.aborted) {
                draw(answer, ...about);
            }
        } catch (error) {
            if (!signal.aborted) {
                failed(error);
            }
        }
    };
}

function rest(signal) {
    return new Promise((resolve) => {
        const timer = setTimeout(resolve, REST);
        signal.addEventListener("abort", () => { clearTimeout(timer); resolve(); }, { once: true });
    });
}
