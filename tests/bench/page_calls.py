"""What the pages of the console ask for."""

from __future__ import annotations

from typing import Any

# The path, and what is sent there by a POST.
Asked = tuple[str, Any]

# What every call costs: its connection, its password, its answer.
NOTHING = "nothing there (404)"

TRIED = [{"userName": f"p{number}@example.com", "email": f"p{number}@example.com"}
         for number in range(20)]

PEOPLE = {
    "people": "people?limit=100",
    "people, page of 1,000": "people?limit=1000",
    "people, by a letter": "people?q=p",
    "people, by a name": "people?q=p77&limit=10",
    "people, by a display name": "people?q=person%205&limit=100",
    "people, nobody": "people?q=nobody",
    "people who failed": "people?state=failed",
    "people who wait": "people?state=waiting",
    "people who are held": "people?state=held",
    "people of an idp": "people?idp=directory&q=p&limit=100",
    "people of an idp who wait": "people?idp=directory&state=waiting&limit=50",
    "people of an idp without any": "people?idp=workspace&limit=50",
    "groups": "groups?limit=10",
    "groups, by a name": "groups?q=team&limit=1",
    "groups of an idp": "groups?idp=directory&q=m&limit=20",
    "groups that wait": "groups?state=waiting&limit=10",
    "members of a group": "idps/directory/groups/{group}/members",
    "person": "idps/directory/users/{user}/plan",
    "group": "idps/directory/groups/{group}/plan",
}
TASKS = {
    "tasks": "tasks?limit=100",
    "tasks that failed": "tasks?state=failed",
    "tasks that failed alike": "tasks?state=failed&idp=directory&site=main&kind=user&class=person"
                               "&status=400&limit=50",
    "tasks that are held": "tasks?state=held",
    "tasks held by a count": "tasks?state=held&site=main&guardIdp=directory&guard=deactivations"
                             "&limit=10",
    "tasks that are discarded": "tasks?state=discarded&limit=50",
    "tasks that wait": "tasks?state=waiting&idp=directory&site=main&kind=user&limit=50",
    "tasks, oldest of an idp": "tasks?state=waiting&idp=directory&limit=1",
    "tasks, none of an idp": "tasks?state=waiting&idp=workspace&limit=1",
    "tasks, another page": "tasks?state=waiting&limit=50&after={task}",
    "tasks of a person": "tasks?subject={user}&kind=user",
    "task": "tasks/{task}",
    "tasks by their reasons": "tasks/reasons",
    "guard": "guard",
}
EVENTS = {
    "events": "events?limit=50",
    "events, another page": "events?limit=50&before={event}",
    "events of a kind": "events?limit=50&kind=user.created",
    "events of some kinds": "events?limit=50&kind=jira.",
    "events of a rare kind": "events?limit=50&kind=idp.rules",
    "events of an idp": "events?limit=50&idp=directory",
    "events of an idp, of a kind": "events?limit=1&idp=directory&kind=user.created&from={since}",
    "events of an idp, of some kinds": "events?limit=1&idp=directory&kind=jira.&from={since}",
    "events of an idp, none of a kind": "events?limit=1&idp=workspace&kind=user.created"
                                        "&from={since}",
    "events of an idp, none of some kinds": "events?limit=1&idp=workspace&kind=jira.&from={since}",
    "events of its tokens": "events?limit=100&idp=directory&kind=token.created&from={since}",
    "events of its changes": "events?limit=20&idp=directory&kind=idp.",
    "events of a site": "events?limit=50&site=main",
    "events of a site, of some kinds": "events?limit=20&site=main&kind=site.",
    "events of who made them": "events?limit=50&actor=provisioner",
    "events of who made none": "events?limit=50&idp=workspace&actor=provisioner",
    "events of a person by name": "events?limit=20&person=p77@example.com",
    "events of a person": "events?limit=20&person={user}",
    "events of a group by name": "events?limit=20&group=makers",
    "events of a group": "events?limit=20&group={group}",
    "events of a subject": "events?limit=1&subject={user}",
    "events with a word": "events?limit=50&q=example",
    "events with no such word": "events?limit=50&q=nobody",
    "events, before a time": "events?limit=50&to={since}",
}
IDPS = {
    "idps": "idps",
    "one idp": "idps/directory",
    "its rules": "idps/directory/rules",
    "its tokens": "idps/directory/tokens",
    "its requests": "idps/directory/requests?limit=100",
    "its requests, refused": "idps/directory/requests?refused=true&limit=20",
    "its requests, looked for": "idps/directory/requests?method=GET&path=users&address=127."
                                "&limit=50",
    "its requests, none": "idps/directory/requests?path=nowhere&limit=50",
    "one request": "idps/directory/requests/{request}",
    "one workspace": "idps/workspace",
    "its connection": "idps/workspace/google",
    "its schedule": "idps/workspace/google/schedule",
    "who comes of it": "idps/workspace/google/choice",
    "its pulls": "idps/workspace/pulls?limit=25",
    "one pull": "idps/workspace/pulls/{pull}",
    "what a pull changes": "idps/workspace/pulls/{pull}/changes?limit=100",
    "what a pull changes, another page":
        "idps/workspace/pulls/{pull}/changes?limit=100&after={change}",
    "what a pull changes, of a kind": "idps/workspace/pulls/{pull}/changes?limit=100&what=gone",
    "what a pull changes, of a type": "idps/workspace/pulls/{pull}/changes?limit=100&type=Group",
    "sites": "sites",
    "one site": "sites/main",
    "comparison of a site": "sites/main/reconcile",
    "groups in Jira": "sites/main/groups?q=m&limit=20",
    "status": "status?counts=false",
    "health": "health",
    "series": "health/series",
}
TRIALS: dict[str, Asked] = {
    "rules, tried with names": ("idps/directory/rules/try", {"usernames": TRIED}),
    "rules, tried with groups": ("idps/directory/rules/try", {"groups": ["makers", "team 1"]}),
    "group, beside Jira's": ("sites/main/groups/preview", {"idp": "directory", "group": "makers"}),
}
CALLS: dict[str, Asked] = {
    NOTHING: ("nothing", None),
    **{name: (path, None) for name, path in (PEOPLE | TASKS | EVENTS | IDPS).items()},
    **TRIALS,
}

# Of what is planned. "Rare" is what ten people lose.
PLANS: dict[str, Asked] = {
    NOTHING: ("nothing", None),
    "plan, its first page": ("idps/directory/plan", {"limit": 50}),
    "plan, another page": ("idps/directory/plan", {"limit": 50, "after": "8", "sums": False}),
    "plan, its sums": ("idps/directory/plan", {"limit": 1}),
    "plan, all told": ("idps/directory/plan", {"limit": 50, "all": True}),
    "plan, by a call": ("idps/directory/plan", {"limit": 50, "call": "createAccount"}),
    "plan, by a rare call": ("idps/directory/plan", {"limit": 50, "call": "removeMember"}),
    "plan, by a reason": ("idps/directory/plan", {"limit": 50, "withheld": "seat"}),
    "plan of one person": ("idps/directory/users/{user}/plan", None),
    "plan of one by name": ("idps/directory/users/plan?userName=p77@example.com", None),
    "plan of a group": ("idps/directory/groups/{group}/plan", None),
    "plan of a group by name": ("idps/directory/groups/plan?displayName=makers", None),
    "people who are planned": ("people?state=planned", None),
    "tasks that are planned": ("tasks?state=planned&idp=directory", None),
    "planned, of a site": ("tasks?state=planned&site=main", None),
}

# Of the API, what only reads and is not here.
ELSEWHERE = {
    "/whoami": "it asks no database",
    "/openapi.json": "likewise",
    "/sites/{site}/conflicts": "no page asks for it, and it looks among all by its meaning",
    "/idps/{idp}/google/connect": "it leads to Google",
}
