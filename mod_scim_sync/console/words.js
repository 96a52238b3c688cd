// SPDX-License-Identifier: Apache-2.0
//
// Times, numbers and states in words: those of the documents.

export const STATES = {
    live: "live",
    paused: "paused",
    dryRun: "dry run",
};

export const STATE_MEANINGS = {
    live: "What it tells is done in Jira.",
    paused: "What it tells is stored, and nothing is done: tasks wait.",
    dryRun: "What would be done is planned, and nothing is written to Jira.",
};

export const MODES = {
    users: "users of Jira",
    customers: "customers of Jira Service Management",
};

// "1 user", "1,200 users"
export const plural = (number, one, many = `${one}s`) =>
    `${count(number)} ${number === 1 ? one : many}`;

export const count = (number) => number.toLocaleString("en");

// How long, of seconds: two hours, 3 days.
export function duration(seconds) {
    const [unit, length] = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]]
        .find(([, each]) => seconds >= 2 * each || each === 1);
    return plural(Math.max(0, Math.floor(seconds / length)), unit);
}

// Of how long something took: "1.8 ms", "412 ms", "12.3 s"
export const milliseconds = (number) => number < 10 ? `${number.toFixed(1)} ms`
    : number < 10000 ? `${count(Math.round(number))} ms` : `${(number / 1000).toFixed(1)} s`;

// Of a time of the API's: "5 minutes ago", "never".
export function ago(time) {
    if (!time) {
        return "never";
    }
    const seconds = (Date.now() - Date.parse(time)) / 1000;
    return seconds < 2 ? "just now" : `${duration(seconds)} ago`;
}

// A time to the second, as the reader's browser writes times.
export const exactly = (time) =>
    new Date(time).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });

// "412 bytes", "16 KiB"
export const bytes = (number) =>
    number < 10240 ? plural(number, "byte") : `${count(Math.round(number / 1024))} KiB`;

// Of a time of the API's that may be to come: "in 20 minutes", "now".
export function ahead(time) {
    const seconds = (Date.parse(time) - Date.now()) / 1000;
    return seconds < 1 ? "now" : `in ${duration(seconds)}`;
}

// A day and a time of it, as the reader's browser writes them.
export const moment = (time) => new Date(time).toLocaleString(
    undefined, { dateStyle: "medium", timeStyle: "short" });

// A day, as the reader's browser writes days.
export const day = (time) => new Date(time).toLocaleDateString(undefined, { dateStyle: "long" });

// A day that somebody has said as a day, such as the one on which an API token ends: the same one
// wherever it is read.
export const saidDay = (time) => new Date(time).toLocaleDateString(
    undefined, { dateStyle: "long", timeZone: "UTC" });

// A day of the reader's as a field of the type "date" takes it.
export const localDay = (time) => new Date(time).toLocaleDateString("sv");

// Enough of an id to tell two of them apart.
export const shortId = (id) => id.slice(0, 8);

// Who did something: of an administrator the name.
export const actorName = (actor) => actor.replace(/^admin:/, "");

// The beginning of what may be long: the whole of it stands elsewhere.
export function short(text, most = 140) {
    const end = text.lastIndexOf(" ", most);
    return text.length > most ? `${text.slice(0, end > 0 ? end : most)} …` : text;
}

export const capital = (text) => text.slice(0, 1).toUpperCase() + text.slice(1);
