// SPDX-License-Identifier: Apache-2.0
//
// What is said of a SCIM request that was recorded, wherever it is shown.

import { el } from "../dom.js";

// HTTP's own words for what the module answers.
const STATUSES = {
    200: "OK", 201: "Created", 204: "No Content", 304: "Not Modified", 400: "Bad Request",
    401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
    409: "Conflict", 412: "Precondition Failed", 413: "Content Too Large",
    415: "Unsupported Media Type", 429: "Too Many Requests", 500: "Internal Server Error",
    501: "Not Implemented", 503: "Service Unavailable",
};

export const statusBadge = (status) =>
    el("span", { class: status < 400 ? "badge green" : "badge refused" },
       `${status} ${STATUSES[status] ?? ""}`.trim());

// An address as people read it, behind the part that all of an IdP's have.
export function uriWords(idp, uri) {
    const short = [idp.scim?.baseUrl, idp.scim?.baseUrlV1].filter(Boolean)
        .map((base) => new URL(base).pathname).filter((base) => uri.startsWith(base))
        .map((base) => uri.slice(base.length) || "/")[0] ?? uri;
    return el("bdi", {}, decoded(short));
}

// As a form writes a query: with + for a space.
function decoded(uri) {
    const [where, ...rest] = uri.split("?");
    const asked = rest.length ? `?${rest.join("?").replaceAll("+", " ")}` : "";
    try {
        return decodeURIComponent(where + asked);
    } catch {
        return uri;
    }
}
