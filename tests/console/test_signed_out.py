"""A sign-in that has ended while the page is open: what httpd answers then is none of the API's."""

from typing import Callable, Iterator

import pytest

from tests.console.window import Window
from tests.harness.conf import ADMIN_LOCATION, Settings
from tests.harness.fixtures import Servers
from tests.harness.httpd import Database, Httpd

SITES = f"{ADMIN_LOCATION}/api/sites"


@pytest.fixture(scope="module")
def httpd(request: pytest.FixtureRequest, make_database: Callable[[], Database],
          database: Database) -> Iterator[Httpd]:
    """A server that sends some calls to another host, as a sign-in elsewhere does it, and answers
    others with a page."""
    servers = Servers(request.config, make_database, request.module.__name__)
    server = servers.make(database=database, settings=Settings(modules=["alias"], extra=f"""
        RedirectMatch temp ^{SITES}/elsewhere$ https://login.example.com/
        <Location "{SITES}/page">
            SetHandler none
        </Location>
        AliasMatch ^{SITES}/page$ {__file__}
        <Directory "/">
            Require all granted
        </Directory>"""))
    server.start()
    yield server
    servers.close()


def test_a_sign_in_elsewhere_is_not_followed_but_said(window: Window) -> None:
    window.led_to = ("https://login.example.com/",)  # Chromium notes where it does not go
    window.open("sites/elsewhere")
    window.sees("Signed out (401)", "Load this page again", "Try again")


def test_a_page_in_the_place_of_an_answer_is_said(window: Window) -> None:
    window.open("sites/page")
    window.sees("No answer of the module's", "Something in front of the module answered with 200")
