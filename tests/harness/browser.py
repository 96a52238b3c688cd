"""A person's browser, as far as signing in somewhere and coming back needs one."""

import http.cookiejar
import urllib.error
import urllib.request
from dataclasses import dataclass
from email.message import Message
from typing import Any
from urllib.parse import urlencode


@dataclass(frozen=True)
class Page:
    """What a browser shows: the address it ended at, and those that led there."""

    status: int
    headers: Message
    text: str
    url: str
    way: tuple[str, ...] = ()


class Browser(urllib.request.HTTPRedirectHandler):
    """Keeps cookies, follows redirects, and logs in where `login` says: a URL's beginning, a user
    and a password."""

    def __init__(self, login: tuple[str, str, str] | None = None):
        self.cookies = http.cookiejar.CookieJar()
        passwords = urllib.request.HTTPPasswordMgrWithPriorAuth()
        if login:
            passwords.add_password(None, *login, is_authenticated=True)
        self._opener = urllib.request.build_opener(
            self, urllib.request.HTTPCookieProcessor(self.cookies),
            urllib.request.HTTPBasicAuthHandler(passwords))

    def redirect_request(self, *_: Any) -> None:
        """Redirects are answers: `visit` follows them."""

    def get(self, url: str, headers: dict[str, str] = {}) -> Page:
        """One request, one answer."""
        return self._ask(urllib.request.Request(url, headers=headers))

    def post(self, url: str, **form: str) -> Page:
        """The same, of a form that is sent off."""
        return self._ask(urllib.request.Request(url, urlencode(form).encode()))

    def visit(self, url: str) -> Page:
        """What is shown at the end."""
        return self.follow(self.get(url))

    def follow(self, page: Page) -> Page:
        """The same, from an answer on."""
        way: list[str] = []
        while page.status in (302, 303):
            way.append(page.url)
            assert len(way) < 8, way
            page = self.get(page.headers["Location"])
        return Page(page.status, page.headers, page.text, page.url, tuple(way))

    def _ask(self, request: urllib.request.Request) -> Page:
        try:
            answer = self._opener.open(request, timeout=30)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            return Page(answer.status, answer.headers, answer.read().decode(), request.full_url)
