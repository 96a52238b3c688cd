// SPDX-License-Identifier: Apache-2.0
//
// How all stands: what needs somebody, the last hours, and each part by itself. What belongs to it
// is in signs/: at health a site has the location of SetHandler scim-sync-health.

import { get, path, query } from "../api.js";
import { el, fill } from "../dom.js";
import { needList, needs } from "../signs/needs.js";
import { asTable, plots } from "../signs/plot.js";
import { standing } from "../signs/standing.js";
import { HOURS, parts } from "../signs/steps.js";
import { action } from "../parts/form.js";
import { watch } from "../parts/live.js";
import { news } from "../parts/news.js";
import { bad, good, problem } from "../parts/notice.js";

export const title = "Health";

const SECONDS = 10;
// The plot's, unless somebody asks for something else.
const USUAL = 24;

export async function show(context) {
    const asked = Number(context.query.get("hours"));
    const hours = HOURS.has(asked) ? asked : USUAL;
    try {
        return page(context, await look(context, hours), hours);
    } catch (error) {
        if (error.status !== 503) {
            throw error;
        }
        watch(context.signal, async () => {
            await get(path("health"), context);
            context.again();
            return true;
        }, () => {});
        return away(error);
    }
}

function page(context, first, hours) {
    const failure = el("div", {});
    const needed = el("div", {});
    const drawn = el("div", {});
    const asNumbers = el("div", {});
    const rest = el("div", {});
    const bar = news(() => { need(); renew(); });
    let known = first;
    let told;

    // What is needed is being read: it changes when somebody wants it.
    function need() {
        const list = needs(known);
        told = signature(list);
        fill(needed, needList(list) ?? good(el("p", {}, "Nothing.")));
    }

    function renew() {
        bar.tell(signature(needs(known)) === told ? null : "What needs you is different by now.");
        plot();
        if (!rest.contains(document.activeElement)) {
            fill(rest, standing(known));
        }
    }

    function plot() {
        const list = parts(known.series, hours);
        fill(drawn, plots(list, hours));
        fill(asNumbers, asTable(list, hours));
    }

    need();
    renew();
    again(context, failure, async () => { known = await look(context, hours); renew(); });
    return [
        failure,
        section("What needs you", needed),
        section("The last hours", choice(hours, async (chosen) => {
            hours = chosen;
            known.series = await seriesOf(context, hours);
            plot();
        }), drawn, el("details", {}, el("summary", {}, "The same as a table"), asNumbers)),
        rest, bar.row,
    ];
}

// Once in a while, but not at once: the page has just asked.
function again(context, failure, renew) {
    let first = true;
    watch(context.signal, async () => {
        if (!first) {
            await renew();
        }
        first = false;
    }, (error) => fill(failure, error && (error.status === 503 ? away(error) : problem(error))),
          SECONDS);
}

async function look(context, hours) {
    const [health, status, { idps }, { sites }, series] = await Promise.all([
        get(path("health"), context), get(`${path("status")}?counts=false`, context),
        get(path("idps"), context), get(path("sites"), context), seriesOf(context, hours)]);
    return { health, status, idps, sites, series };
}

const seriesOf = async (context, hours) =>
    (await get(path("health", "series") + query({ hours }), context)).series;

// But for numbers and times, which change by themselves.
const signature = (list) => list.map(({ what }) => what.replace(/[\d,.]+/g, "")).join("\n");

const section = (words, ...content) => el("section", {}, el("h2", {}, words), content);

const away = (error) => bad(
    el("p", {}, el("strong", {}, "The database does not answer. "), error.message),
    el("p", {}, "Until it does, identity providers are answered 503, and repeat in their own time."
       + " Nothing is lost that was confirmed, and all goes on by itself. See whether the database"
       + " runs, whether its disk is full, and whether this host reaches it; httpd's error log has"
       + " its words. This page looks again by itself."));

const HOURS_WORDS = { 1: "1 hour", 6: "6 hours", 24: "24 hours", 72: "3 days", 168: "7 days" };

function choice(hours, choose) {
    const box = el("div", { class: "hours", role: "group", "aria-label": "How long ago it begins" },
        [...HOURS.keys()].map((each) => action(HOURS_WORDS[each], async () => {
            await choose(each);
            mark(each);
        }, { changes: false })));
    const mark = (chosen) => [...box.querySelectorAll("button")].forEach((button, at) =>
        button.setAttribute("aria-pressed", String([...HOURS.keys()][at] === chosen)));
    mark(hours);
    return box;
}
