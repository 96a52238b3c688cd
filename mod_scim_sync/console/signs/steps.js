// SPDX-License-Identifier: Apache-2.0
//
// The steps of GET health/series, put together as far as a small plot has room for.

// hours: how long a part of the plot is, in minutes.
export const HOURS = new Map([[1, 5], [6, 15], [24, 60], [72, 180], [168, 360]]);

export const NUMBERS = ["requests", "requestsRefused", "requestsFailed", "tasksWorked", "jiraCalls",
                        "jiraLimited"];

// Parts of the same length, oldest first, up to now: { at (ms), there, the sums of NUMBERS, meanMs,
// longestMs }. `there` is false where no host was; the times are null where no request was.
export function parts(series, hours, now = Date.now()) {
    const length = HOURS.get(hours) * 60000;
    const known = new Map();
    for (const step of series) {
        const at = Math.floor(Date.parse(step.at) / length) * length;
        const sums = known.get(at) ?? empty(at, true);
        Object.assign(sums, times([sums, step]));
        NUMBERS.forEach((name) => { sums[name] += step[name]; });
        known.set(at, sums);
    }
    const last = Math.max(Math.floor(now / length) * length, ...known.keys());
    const first = Math.min(last - hours * 3600000 + length, ...known.keys());
    const count = (last - first) / length + 1;
    return Array.from({ length: count }, (_, each) => first + each * length)
        .map((at) => known.get(at) ?? empty(at, false));
}

const empty = (at, there) => ({ at, there, ...Object.fromEntries(NUMBERS.map((name) => [name, 0])),
                                meanMs: null, longestMs: null });

// How long the requests of all these steps, or parts, took.
export function times(list) {
    const some = list.filter((each) => each.requests > 0);
    const all = total(some, "requests");
    return some.length ? {
        meanMs: some.reduce((sum, { requests, meanMs }) => sum + requests * meanMs, 0) / all,
        longestMs: Math.max(...some.map((each) => each.longestMs)),
    } : { meanMs: null, longestMs: null };
}

// Of a number, over all of a list.
export const total = (list, name) => list.reduce((sum, each) => sum + each[name], 0);
