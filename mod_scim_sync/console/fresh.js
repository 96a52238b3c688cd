// SPDX-License-Identifier: Apache-2.0
//
// A token that was just made. It is in no answer of the API's again: so it is kept here, in memory,
// as long as the page is shown to which it belongs.

let fresh = null;

export function keep(idp, token) {
    fresh = { idp, token };
}

// The token of an IdP, or null. It is forgotten when `signal` ends.
export function tokenOf(idp, signal) {
    const found = fresh?.idp === idp ? fresh : null;
    if (found) {
        signal.addEventListener("abort", () => { fresh = fresh === found ? null : fresh; });
    }
    return found?.token ?? null;
}
