// SPDX-License-Identifier: Apache-2.0
//
// Where the console begins: which pages there are.

import { start } from "./router.js";
import * as choice from "./pages/choice.js";
import * as connect from "./pages/connect.js";
import * as events from "./pages/events.js";
import * as health from "./pages/health.js";
import * as group from "./pages/group.js";
import * as groups from "./pages/groups.js";
import * as idp from "./pages/idp.js";
import * as idps from "./pages/idps.js";
import * as limits from "./pages/limits.js";
import * as newIdp from "./pages/new-idp.js";
import * as people from "./pages/people.js";
import * as person from "./pages/person.js";
import * as plan from "./pages/plan.js";
import * as pulls from "./pages/pulls.js";
import * as request from "./pages/request.js";
import * as requests from "./pages/requests.js";
import * as rulesGroups from "./pages/rules-groups.js";
import * as rulesGuard from "./pages/rules-guard.js";
import * as rulesPeople from "./pages/rules-people.js";
import * as rules from "./pages/rules.js";
import * as run from "./pages/run.js";
import * as schedule from "./pages/schedule.js";
import * as setUp from "./pages/set-up.js";
import * as site from "./pages/site.js";
import * as sites from "./pages/sites.js";
import * as tasks from "./pages/tasks.js";
import * as tokens from "./pages/tokens.js";

start({
    "": idps,
    "set-up": setUp,
    "sites": sites,
    "sites/new": site,
    "sites/:name": site,
    "idps/new": newIdp,
    "idps/:name": idp,
    "idps/:name/connect": connect,
    "idps/:name/tokens": tokens,
    "idps/:name/limits": limits,
    "idps/:name/plan": plan,
    "idps/:name/choice": choice,
    "idps/:name/schedule": schedule,
    "idps/:name/pulls": pulls,
    "idps/:name/pulls/:id": run,
    "idps/:name/rules": rules,
    "idps/:name/rules/groups": rulesGroups,
    "idps/:name/rules/guard": rulesGuard,
    "idps/:name/rules/people": rulesPeople,
    "idps/:name/requests": requests,
    "idps/:name/requests/:id": request,
    "people": people,
    "people/:idp/:id": person,
    "groups": groups,
    "groups/:idp/:id": group,
    "tasks": tasks,
    "events": events,
    "health": health,
}, [
    ["", "Identity providers"],
    ["people", "People"],
    ["tasks", "Tasks"],
    ["events", "Events"],
    ["health", "Health"],
    ["sites", "Jira sites"],
    ["set-up", "Set up"],
]);
