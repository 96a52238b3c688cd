// SPDX-License-Identifier: Apache-2.0
//
// The one place that talks to the admin API (docs/api.md). What the console does goes through it,
// so that curl can do the same.
//
//     const idp = await get(path("idps", name));
//     await patch(path("idps", name), { state: "live" });
//     const { body, etag } = await call("GET", path("idps", name, "rules"));
//     await put(path("idps", name, "rules"), rules, { ifMatch: etag });   // or versioned.js
//
// Whatever goes wrong is thrown as a Problem, whose message can be shown as it is.

// Without what an address may say of users and passwords: fetch() takes none.
const ROOT = new URL("api/", location.origin + location.pathname);

export class Problem extends Error {
    // status: HTTP's, 0 when there was no answer of the module's.
    constructor(status, title, detail) {
        super(detail || title);
        this.status = status;
        this.title = title;
    }
}

// An address below api/, each part encoded; `query` leaves out what is null or "".
export function path(...parts) {
    return parts.map(encodeURIComponent).join("/");
}

export function query(values) {
    const given = Object.entries(values).filter(([, value]) => value !== null && value !== undefined
                                                                && value !== "");
    return given.length ? `?${new URLSearchParams(given)}` : "";
}

// options: body (made JSON of), ifMatch (an ETag), ifNoneMatch, signal. Returns status, body (null:
// none), etag.
export async function call(method, where, options = {}) {
    const headers = { Accept: "application/json" };
    if (method !== "GET") {
        // What no page of another site can send: the API refuses changes without them.
        headers["Content-Type"] = "application/json";
        headers["SCIM-Sync-Client"] = "console";
    }
    if (options.ifMatch) {
        headers["If-Match"] = options.ifMatch;
    }
    if (options.ifNoneMatch) {
        headers["If-None-Match"] = options.ifNoneMatch;
    }
    const answer = await ask(where, {
        method, headers, signal: options.signal, credentials: "same-origin", cache: "no-store",
        redirect: "manual", referrerPolicy: "no-referrer",
        body: options.body === undefined ? undefined : JSON.stringify(options.body),
    });
    const body = await read(answer);
    if (!answer.ok) {
        throw new Problem(answer.status, body.title || answer.statusText, body.detail);
    }
    return { status: answer.status, body, etag: answer.headers.get("ETag") };
}

const body = async (promise) => (await promise).body;

export const get = (where, options) => body(call("GET", where, options));
export const post = (where, value = {}, options) =>
    body(call("POST", where, { ...options, body: value }));
export const put = (where, value, options) =>
    body(call("PUT", where, { ...options, body: value }));
export const patch = (where, value, options) =>
    body(call("PATCH", where, { ...options, body: value }));
export const remove = (where, options) => body(call("DELETE", where, options));

async function ask(where, request) {
    let answer;
    try {
        answer = await fetch(new URL(where, ROOT), request);
    } catch (error) {
        if (error.name === "AbortError") {
            throw error;
        }
        throw new Problem(0, "No answer", "This server does not answer. Nothing is known to have"
                          + " been changed; look again in a moment.");
    }
    if (answer.type === "opaqueredirect") {
        throw new Problem(401, "Signed out",
                          "You are not signed in any more. Load this page again.");
    }
    return answer;
}

async function read(answer) {
    if (answer.status === 204) {
        return null;
    }
    try {
        return await answer.json();
    } catch (error) {
        if (error.name === "AbortError") {
            throw error;
        }
        throw new Problem(answer.status, "No answer of the module's",
                          `Something in front of the module answered with ${answer.status}, such as`
                          + " a proxy, or the site's sign-in. Load this page again.");
    }
}
