// SPDX-License-Identifier: Apache-2.0
//
// What happened to one person or group, newest first.

import { get, path, query } from "../api.js";
import { eventTable } from "./events.js";
import { longList } from "./long-list.js";

const PAGE = 20;

// filter: of the API's events, such as { person: id }.
export const history = ({ signal }, filter) => longList({
    what: "event", none: "Nothing is on record.", draw: eventTable,
    ask: async (before) => {
        const { events, next } = await get(path("events") + query({ ...filter, before,
                                                                    limit: PAGE }), { signal });
        return { rows: events, next };
    },
});
