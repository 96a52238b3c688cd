"""What people call an identity provider stands in the headings of its pages."""

from __future__ import annotations

from contextlib import closing

import pytest

from tests.console.test_pages import open_page
from tests.console.window import Window
from tests.console.workspaces import Connected, connected, directory  # noqa: F401
from tests.harness.admin import AdminClient, scim_client
from tests.harness.jira import JiraProcess
from tests.harness.wait import until

CALLED = "The north"


@pytest.fixture
def north(window: Window, admin: AdminClient, jira: JiraProcess) -> Window:
    admin.put_site("main", jira.url, jira.email, jira.api_token)
    idp = admin.create_idp("okta", site="main", displayName=CALLED)
    with closing(scim_client(idp)) as scim:
        scim.get("/Users").expect(200)
    return window


def has_heading(window: Window, heading: str) -> None:
    until(lambda: window.heading.startswith(heading), f"{heading!r}, not {window.heading!r}")
    assert window.driver.title.startswith(heading)


@pytest.mark.parametrize("page, heading", [
    ("", "{}"), ("/connect", "Connect {}"), ("/rules", "Rules of {}"),
    ("/rules/people", "Rules of {}: people"), ("/rules/groups", "Rules of {}: groups"),
    ("/rules/guard", "Rules of {}: guard"), ("/plan", "Plan of {}"),
    ("/requests", "Requests of {}"), ("/tokens", "Tokens of {}"), ("/limits", "Limits of {}"),
])
def test_of_one_that_calls_us(page: str, heading: str, north: Window) -> None:
    north.open(f"idps/okta{page}")
    has_heading(north, heading.format(f"{CALLED} (okta)"))


def test_of_a_request(north: Window) -> None:
    open_page(north, "idps/okta/requests/first")
    assert north.heading.endswith(f" of {CALLED} (okta)")


def test_of_one_that_is_asked(window: Window, connected: Connected,  # noqa: F811
                              admin: AdminClient) -> None:
    run = connected.pull(preview=True)
    admin.patch(connected.path, {"displayName": CALLED}).expect(200)
    for page, heading in (("choice", "Who comes of"), ("schedule", "Schedule of"),
                          ("pulls", "Pulls of"), (f"pulls/{run['id']}", f"Pull {run['id']} of")):
        window.open(f"idps/workspace/{page}")
        has_heading(window, f"{heading} {CALLED} (workspace)")


def test_of_one_that_is_not_there(window: Window) -> None:
    window.open("idps/nobody/tokens")
    window.sees("There is no identity provider nobody.")
    assert window.heading == "Tokens of nobody"
