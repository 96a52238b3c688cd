"""The simulated Google's sign-in: the page that asks, and tokens that open the Directory."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import urllib.error
import urllib.request
from typing import Any, Iterator
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.harness.browser import Browser
from tests.simulators.google import SimulatedGoogle
from tests.simulators.google.consent import AGREE, ANSWER, REFUSE
from tests.simulators.google.oauth import SCOPES, GoogleOAuth

BACK = "http://127.0.0.1:1/back"
VERIFIER = secrets.token_urlsafe(48)


@pytest.fixture
def directory() -> Iterator[SimulatedGoogle]:
    with SimulatedGoogle(specs=False) as directory:
        directory.control.edit("add-user", email="ada@example.com")
        yield directory


@pytest.fixture
def oauth(directory: SimulatedGoogle) -> Iterator[GoogleOAuth]:
    oauth = GoogleOAuth(directory)
    oauth.redirect_uris = {BACK}
    oauth.start()
    yield oauth
    oauth.stop()
    assert oauth.violations == []


def question(oauth: GoogleOAuth, **changes: str) -> str:
    """The address to which a browser is sent."""
    challenge = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest())
    parameters = {
        "client_id": oauth.client_id, "redirect_uri": BACK, "response_type": "code",
        "scope": " ".join(["openid", "email", *SCOPES]), "access_type": "offline",
        "prompt": "consent", "state": "s" * 22, "nonce": "n" * 22,
        "code_challenge": challenge.decode().rstrip("="), "code_challenge_method": "S256"}
    return f"{oauth.endpoints()['authorize']}?{urlencode(parameters | changes)}"


def back(location: str) -> dict[str, str]:
    """What the browser comes back with."""
    assert location.startswith(f"{BACK}?")
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


def ask_token(oauth: GoogleOAuth, **form: str) -> dict[str, Any]:
    form |= {"client_id": oauth.client_id, "client_secret": oauth.client_secret}
    with urllib.request.urlopen(oauth.endpoints()["token"], urlencode(form).encode()) as answer:
        return json.load(answer)


def connect(oauth: GoogleOAuth) -> dict[str, Any]:
    location = Browser().get(question(oauth)).headers["Location"]
    return ask_token(oauth, grant_type="authorization_code", code=back(location)["code"],
                     redirect_uri=BACK, code_verifier=VERIFIER)


def read(oauth: GoogleOAuth, token: str, what: str = "users") -> int:
    url = f"{oauth.endpoints()['directory']}/admin/directory/v1/{what}?customer=my_customer"
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def test_a_token_opens_the_directory_until_it_is_revoked(oauth: GoogleOAuth) -> None:
    first = connect(oauth)
    again = ask_token(oauth, grant_type="refresh_token", refresh_token=first["refresh_token"])
    tokens = [first["access_token"], again["access_token"]]
    assert len(set(tokens)) == 2
    assert [read(oauth, token) for token in (*tokens, "ya29.demo-guessed")] == [200, 200, 401]
    urllib.request.urlopen(oauth.endpoints()["revoke"],
                           urlencode({"token": first["refresh_token"]}).encode()).close()
    assert [read(oauth, token) for token in tokens] == [401, 401]


def test_a_token_opens_what_was_agreed_to(oauth: GoogleOAuth) -> None:
    oauth.person.unticked = {SCOPES[1]}
    token = connect(oauth)["access_token"]
    assert (read(oauth, token), read(oauth, token, "groups")) == (200, 403)


def test_a_token_opens_it_as_long_as_was_said(oauth: GoogleOAuth) -> None:
    oauth.lifetime = 0
    assert read(oauth, connect(oauth)["access_token"]) == 401


def test_what_a_test_makes_up_or_ends_is_known_too(oauth: GoogleOAuth) -> None:
    oauth.access_tokens.add("ya29.demo")
    assert read(oauth, "ya29.demo") == 200
    oauth.access_tokens.clear()
    assert read(oauth, "ya29.demo") == 401 and not oauth.access_tokens


def test_another_directory_takes_none_of_the_tokens_that_are_out(
        oauth: GoogleOAuth, directory: SimulatedGoogle) -> None:
    token = connect(oauth)["access_token"]
    with SimulatedGoogle(specs=False) as other:
        oauth.open(other)
        assert oauth.endpoints()["directory"] == other.base_url
        assert read(oauth, token) == 401
        assert read(oauth, connect(oauth)["access_token"]) == 200


def test_a_page_asks_where_somebody_looks(oauth: GoogleOAuth) -> None:
    oauth.asks = True
    page = Browser().visit(question(oauth))
    assert page.status == 200 and page.headers.get_content_type() == "text/html"
    assert "<b>admin@example.com</b>" in page.text and "127.0.0.1:1" in page.text
    assert page.text.count("<button") == 2 and page.text.count("<li>") == 4
    assert oauth.codes == {}


@pytest.mark.parametrize("button, said", [
    (AGREE, {"code", "authuser", "prompt", "hd", "iss", "state"}),
    (REFUSE, {"error", "iss", "state"}), ("nonsense", {"error", "iss", "state"})])
def test_a_button_sends_the_browser_back(oauth: GoogleOAuth, button: str, said: set[str]) -> None:
    oauth.asks = True
    browser = Browser()
    page = browser.post(browser.visit(question(oauth)).url, **{ANSWER: button})
    assert page.status == 302
    came = back(page.headers["Location"])
    assert set(came) == said and came["state"] == "s" * 22
    assert came.get("error", "access_denied") == "access_denied"


def test_what_is_wrong_is_not_asked(oauth: GoogleOAuth) -> None:
    oauth.asks = True
    for changes in ({"redirect_uri": "http://127.0.0.1:1/other"}, {"client_id": "demo-other"},
                    {"scope": "openid"}):
        page = Browser().visit(question(oauth, **changes))
        assert page.status == 400 and "<form" not in page.text
    assert len(oauth.violations) == 1
    oauth.violations.clear()
