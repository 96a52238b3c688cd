// SPDX-License-Identifier: Apache-2.0
//
// The steps of GET health/series, put together as far as a small plot has room for.

// hours: how long a part of the plot is, in minutes.
export const HOURS = new Map([[1, 5], [6, 15], [24, 60], [72, 180], [168, 360]]);

export const NUMBERS = ["requests", "requestsRefused", "requestsFailed", "tasksWorked", "jiraCalls",
                        "jiraLimited"];

// Parts of the same length, oldest first, up to now: { at (ms), there, and the sums of NUMBERS }.
// `there` is false where no host was.
export function parts(series, hours, now = Date.now()) {
    const length = HOURS.get(hours) * 60000;
    const known = new Map();
    for (const step of series) {
        const at = Math.floor(Date.parse(step.at) / length) * length;
        const sums = known.get(at) ?? empty(at, true);
        NUMBERS.forEach((name) => { sums[name] += step[name]; });
        known.set(at, sums);
    }
    const last = Math.max(Math.floor(now / length) * length, ...known.keys());
    const first = Math.min(last - hours * 3600000 + length, ...known.keys());
    const count = (last - first) / length + 1;
    return Array.from({ length: count }, (_, each) => first + each * length)
        .map((at) => known.get(at) ?? empty(at, false));
}

const empty = (at, there) =>
    ({ at, there, ...Object.fromEntries(NUMBERS.map((name) => [name, 0])) });

// Of a number, over all of a list.
export const total = (list, name) => list.reduce((sum, each) => sum + each[name], 0);
