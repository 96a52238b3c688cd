"""The day on which an API token of Jira ends is the one that was said, wherever it is read."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Iterator

import pytest

from tests.console.window import Window
from tests.harness.admin import AdminClient
from tests.harness.httpd import Httpd
from tests.harness.jira import JiraProcess
from tests.harness.sql import execute


@pytest.fixture(params=["America/Los_Angeles", "Pacific/Auckland"])
def away(request: pytest.FixtureRequest, window: Window, admin: AdminClient, jira: JiraProcess,
         httpd: Httpd) -> Iterator[Window]:
    """A browser far west, and far east, of UTC."""
    admin.put_site("main", jira.url, jira.email, jira.api_token)
    window.driver.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": request.param})
    yield window
    window.driver.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": ""})


def words(day: date) -> str:
    return f"{day:%B} {day.day}, {day.year}"


def test_it_is_the_day_that_was_said(away: Window, admin: AdminClient) -> None:
    day = datetime.now(timezone.utc).date() + timedelta(days=200)
    away.open("sites/main")
    away.find("textbox", "The token ends on (optional)").send_keys(f"{day:%m%d%Y}")
    away.click("button", "Save and test")
    away.sees(f"It ends on {words(day)}.")
    assert admin.sites()[0]["apiTokenExpires"].startswith(f"{day}T")
    away.open("sites/main")
    ends = away.find("textbox", "The token ends on (optional)").get_attribute("value")
    assert ends == str(day)
    away.open("health")
    away.sees("What ends when", words(day))


@pytest.mark.parametrize("hour", [0, 12, 23])
def test_what_curl_has_said_is_its_day_of_utc(away: Window, admin: AdminClient, httpd: Httpd,
                                              hour: int) -> None:
    httpd.error_log.expect("SCIM015[12]", optional=True)
    day = datetime.now(timezone.utc).date() + timedelta(days=20)
    admin.put("/api/sites/main", {"apiTokenExpires": f"{day}T{hour:02}:00:00Z"}).expect(200)
    away.open("sites/main")
    away.click("button", "Save and test")
    away.sees(f"The API token ends on {words(day)}, in ")


def test_so_it_is_when_it_has_ended(away: Window, admin: AdminClient, httpd: Httpd) -> None:
    httpd.error_log.expect("SCIM015[12]", optional=True)
    ended = datetime(2026, 5, 1, tzinfo=timezone.utc)
    execute(httpd.database, f"UPDATE site SET token_expires = {int(ended.timestamp())}000")
    away.open("sites/main")
    away.click("button", "Save and test")
    away.sees("The API token ended on May 1, 2026")
