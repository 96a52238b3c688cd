// SPDX-License-Identifier: Apache-2.0
//
// A request that was seen, as a command for a shell. Whatever the request held is between quotes:
// it can neither end them nor reach the terminal as anything but text.

// Those that say what is asked for; the others say who asks, and how.
const HEADERS = ["Accept", "Content-Type", "If-Match", "If-None-Match", "X-HTTP-Method-Override"];

// request: as the API has it. origin: of this server. body: null without one. The token is to be in
// the shell's variable TOKEN.
export function curl(request, origin, body) {
    const headers = Object.entries(request.headers).filter(
        ([name]) => HEADERS.some((each) => each.toLowerCase() === name.toLowerCase()));
    return ["curl", "-g", ...method(request.method),
            quoted(origin + request.uri),
            "-H", "\"Authorization: Bearer $TOKEN\"",
            ...headers.flatMap(([name, value]) => ["-H", quoted(`${name}: ${value}`)]),
            ...(body === null ? [] : ["--data-raw", quoted(body)])].join(" ");
}

const method = (name) =>
    name === "GET" ? [] : name === "HEAD" ? ["--head"] : ["-X", quoted(name)];

// A word for the shell. With control characters it is bash's and zsh's $'...', in one line.
export function quoted(text) {
    if (!/[\u0000-\u001f\u007f-\u009f]/.test(text)) {
        return `'${text.replaceAll("'", "'\\''")}'`;
    }
    const escaped = text.replace(/[\\']/g, "\\$&").replaceAll("\n", "\\n").replace(
        /[\u0000-\u001f\u007f-\u009f]/g,
        (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, "0")}`);
    return `$'${escaped}'`;
}
