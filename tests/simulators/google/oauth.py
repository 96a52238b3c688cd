"""Google's OAuth endpoints, as far as a web server's client and a service account use them.

Strict: what Google refuses is refused, and what its documents don't allow is kept as a violation,
which the fixture that hands one out makes a failure. Where a person would look at Google's pages
and click, `person` says who that is and what is clicked; with `asks` there is such a page.

https://developers.google.com/identity/protocols/oauth2/web-server
https://developers.google.com/identity/protocols/oauth2/service-account
"""

import base64
import hashlib
import json
import secrets
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Callable
from urllib.parse import parse_qsl, urlencode, urlsplit

from . import consent
from .access_tokens import AccessTokens
from .embedded import SimulatedGoogle

SCOPES = ("https://www.googleapis.com/auth/admin.directory.user.readonly",
          "https://www.googleapis.com/auth/admin.directory.group.readonly")
NEEDED = {"client_id", "redirect_uri", "response_type", "scope", "access_type", "prompt", "state",
          "nonce", "code_challenge", "code_challenge_method"}
KNOWN = NEEDED | {"login_hint", "hd"}
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
DEAD = "Token has been expired or revoked."
AUTHORIZE = "/o/oauth2/v2/auth"
DIRECTORY = "/admin/directory/v1"
PAGES = {f"{DIRECTORY}/users": {"kind": "admin#directory#users", "users": [
             {"id": "1001", "primaryEmail": "admin@example.com", "suspended": False,
              "archived": False}]},
         f"{DIRECTORY}/groups": {"kind": "admin#directory#groups", "groups": []}}


@dataclass
class Person:
    """Who sits in front of Google's pages, and what is clicked there."""

    email: str = "admin@example.com"
    domain: str | None = "example.com"
    subject: str = "1001"
    unticked: set[str] = field(default_factory=set)
    denies: str | None = None  # the error, such as access_denied
    issuer: str | None = ""  # "": Google's; None: not said
    id_claims: dict[str, Any] = field(default_factory=dict)  # otherwise than they should be


@dataclass
class Grant:
    """What a code, and the tokens that it was exchanged for, stand for."""

    person: Person
    parameters: dict[str, str]
    scopes: list[str]
    used: bool = False


class Refused(Exception):
    """An error of the token endpoint (RFC 6749 section 5.2)."""

    def __init__(self, error: str, description: str = "", status: int = 400):
        super().__init__(error)
        self.status = status
        self.body = {"error": error, **({"error_description": description} if description else {})}


class GoogleOAuth:
    """One Cloud project with one client. Tokens are good until they are revoked or ended here.

    They open `opened`; without it, two pages of this server's own (`page`), which show that a token
    is taken.
    """

    def __init__(self, opened: SimulatedGoogle | None = None) -> None:
        self.client_id = "demo-client.apps.example.com"
        self.client_secret = f"demo-{secrets.token_urlsafe(16)}"
        self.redirect_uris: set[str] = set()
        self.service_keys: dict[str, str] = {}  # client_email -> public key in PEM
        self.delegated = True
        self.person = Person()
        self.asks = False  # a page asks whoever looks at it; `person` only says who that is
        self.lifetime = 3600
        self.refresh_lifetime: int | None = None  # of a consent screen in Testing: seven days
        self.latency = 0.0
        self.arrived = 0  # calls of /token and /revoke
        self.gate = threading.Event()  # they are answered while it is open
        self.gate.set()
        self.answers: list[tuple[int, Any]] = []  # given in the place of the next ones of /token
        self.directory: dict[str, tuple[int, Any]] = {}  # "users": what is answered instead
        self.revoke_answer: tuple[int, Any] | None = None
        self.forgets_refresh_token = False
        self.lock = threading.Lock()
        self.codes: dict[str, Grant] = {}
        self.refresh_tokens: dict[str, Grant] = {}
        self.revoked: list[str] = []
        self.asked: list[dict[str, str]] = []  # forms of /token
        self.violations: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,),
                                        name="simulated-google-oauth", daemon=True)
        self.access_tokens = AccessTokens()
        self.directory_url = self.url
        if opened is not None:
            self.open(opened)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self.gate.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def open(self, directory: SimulatedGoogle) -> None:
        """From now on tokens open this directory; those that are out end."""
        self.end_tokens()
        self.access_tokens = AccessTokens(directory.control)
        self.directory_url = directory.base_url

    def endpoints(self) -> dict[str, str]:
        return {"authorize": f"{self.url}{AUTHORIZE}", "token": f"{self.url}/token",
                "revoke": f"{self.url}/revoke", "issuer": self.url,
                "directory": self.directory_url}

    def end_tokens(self) -> None:
        """Everything that was granted has ended, as by revocation in somebody's account."""
        with self.lock:
            self.refresh_tokens.clear()
            self.access_tokens.clear()

    def refreshes(self) -> int:
        return sum(form["grant_type"] == "refresh_token" for form in self.asked)

    def page(self, path: str, authorization: str) -> tuple[int, Any]:
        """The Directory, as far as it shows that an access token is taken."""
        if authorization.removeprefix("Bearer ") not in self.access_tokens:
            return 401, api_error(401, "authError", "Invalid Credentials")
        return self.directory.get(path.rpartition("/")[2], (200, PAGES[path]))

    # The three endpoints

    def check(self, parameters: dict[str, str]) -> None:
        """Whether somebody may be asked; Refused: the browser stays on a page of Google's."""
        if parameters.get("redirect_uri") not in self.redirect_uris:
            raise Refused("redirect_uri_mismatch")
        if parameters.get("client_id") != self.client_id:
            raise Refused("invalid_client", "The OAuth client was not found.", 401)
        for wrong in self._wrong(parameters):
            self.violations.append(f"authorize: {wrong}")
            raise Refused("invalid_request", wrong)

    def authorize(self, parameters: dict[str, str], denies: str | None = None) -> str:
        """Where the browser is sent, with a code or, if the person `denies`, with that error."""
        self.check(parameters)
        person = self.person
        denies = denies or person.denies
        back = {"state": parameters["state"]}
        if person.issuer is not None:
            back["iss"] = person.issuer or self.url
        if denies:
            back["error"] = denies
        else:
            back |= {"code": self._new_code(person, parameters), "authuser": "0",
                     "prompt": "consent", **({"hd": person.domain} if person.domain else {})}
        return f"{parameters['redirect_uri']}?{urlencode(back)}"

    def token(self, form: dict[str, str]) -> dict[str, Any]:
        grant_type = form.get("grant_type")
        if grant_type == JWT_BEARER:
            return self._by_assertion(form)
        if form.get("client_id") != self.client_id or not secrets.compare_digest(
                form.get("client_secret", ""), self.client_secret):
            raise Refused("invalid_client", "Unauthorized", 401)
        if grant_type == "authorization_code":
            return self._by_code(form)
        if grant_type == "refresh_token":
            grant = self.refresh_tokens.get(form.get("refresh_token", ""))
            if grant is None:
                raise Refused("invalid_grant", DEAD)
            return self._tokens(grant.scopes, grant.person)
        raise Refused("unsupported_grant_type")

    def revoke(self, form: dict[str, str]) -> None:
        if set(form) != {"token"}:
            self.violations.append(f"revoke: parameters {sorted(form)}")
        if form.get("token") not in self.refresh_tokens | dict.fromkeys(self.access_tokens):
            raise Refused("invalid_token", "Token expired or revoked")
        self.revoked.append(form["token"])
        self.end_tokens()

    # How

    def _wrong(self, parameters: dict[str, str]) -> list[str]:
        wrong = [f"{name} is missing" for name in sorted(NEEDED - set(parameters))]
        wrong += [f"{name} is not known" for name in sorted(set(parameters) - KNOWN)]
        if wrong:
            return wrong
        expected = {"response_type": "code", "access_type": "offline", "prompt": "consent",
                    "code_challenge_method": "S256"}
        wrong += [f"{name} is {parameters[name]!r}" for name, value in expected.items()
                  if parameters[name] != value]
        if sorted(parameters["scope"].split(" ")) != sorted(["openid", "email", *SCOPES]):
            wrong.append(f"scope is {parameters['scope']!r}")
        if len(parameters["code_challenge"]) != 43:
            wrong.append("code_challenge is no SHA-256 in base64url")
        return wrong + [f"{name} can be guessed" for name in ("state", "nonce")
                        if len(parameters[name]) < 22]

    def _new_code(self, person: Person, parameters: dict[str, str]) -> str:
        code = f"4/0A{secrets.token_urlsafe(24)}"
        scopes = [scope for scope in parameters["scope"].split() if scope not in person.unticked]
        self.codes[code] = Grant(person, parameters, scopes)
        return code

    def _by_code(self, form: dict[str, str]) -> dict[str, Any]:
        grant = self.codes.get(form.get("code", ""))
        if grant is None or grant.used or \
                form.get("redirect_uri") != grant.parameters["redirect_uri"]:
            raise Refused("invalid_grant", "Bad Request")
        grant.used = True
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if base64url(digest) != grant.parameters["code_challenge"]:
            raise Refused("invalid_grant", "Invalid code verifier.")
        tokens = self._tokens(grant.scopes, grant.person)
        if not self.forgets_refresh_token:
            tokens["refresh_token"] = f"1//{secrets.token_urlsafe(32)}"
            self.refresh_tokens[tokens["refresh_token"]] = grant
            if self.refresh_lifetime:
                tokens["refresh_token_expires_in"] = self.refresh_lifetime
        return tokens | {"id_token": self._id_token(grant)}

    def _by_assertion(self, form: dict[str, str]) -> dict[str, Any]:
        head, claims, signature = form["assertion"].split(".")
        said, header = decoded(claims), decoded(head)
        if header.get("alg") != "RS256" or not signed(
                f"{head}.{claims}", signature, self.service_keys.get(said.get("iss"), "")):
            raise Refused("invalid_grant", "Invalid JWT Signature.")
        if said.get("aud") != f"{self.url}/token" or \
                not 0 < said["exp"] - said["iat"] <= 3600 or abs(time.time() - said["iat"]) > 60:
            raise Refused("invalid_grant", "Invalid JWT: Token must be a short-lived token")
        if said.get("sub") != self.person.email:
            raise Refused("invalid_grant", "Invalid email or User ID")
        if not self.delegated or set(said["scope"].split(" ")) != set(SCOPES):
            raise Refused("unauthorized_client", "Client is unauthorized to retrieve access tokens "
                          "using this method, or client not authorized for any of the scopes "
                          "requested.", 401)
        tokens = self._tokens(list(SCOPES), self.person)
        return {name: value for name, value in tokens.items() if name != "scope"}

    def _tokens(self, scopes: list[str], person: Person) -> dict[str, Any]:
        access = self.access_tokens.issue(scopes, self.lifetime, person.email)
        return {"access_token": access, "expires_in": self.lifetime, "token_type": "Bearer",
                "scope": " ".join(scopes)}

    def _id_token(self, grant: Grant) -> str:
        person = grant.person
        claims = {"iss": self.url, "aud": self.client_id, "sub": person.subject,
                  "email": person.email, "nonce": grant.parameters["nonce"],
                  "iat": int(time.time()), "exp": int(time.time()) + 3600,
                  **({"hd": person.domain} if person.domain else {}), **person.id_claims}
        parts = [base64url(json.dumps(part).encode()) for part in ({"alg": "RS256"}, claims)]
        return ".".join([*parts, base64url(b"demo")])


def api_error(status: int, reason: str, message: str) -> dict[str, Any]:
    return {"error": {"code": status, "message": message,
                      "errors": [{"domain": "global", "reason": reason, "message": message}]}}


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def unbase64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def decoded(part: str) -> dict[str, Any]:
    return json.loads(unbase64url(part))


def signed(text: str, signature: str, public_key: str) -> bool:
    """Whether OpenSSL says that this is RS256 of that key."""
    with tempfile.NamedTemporaryFile("w") as key, tempfile.NamedTemporaryFile("wb") as bytes_:
        key.write(public_key)
        key.flush()
        bytes_.write(unbase64url(signature))
        bytes_.flush()
        return subprocess.run(["openssl", "dgst", "-sha256", "-verify", key.name, "-signature",
                               bytes_.name], input=text.encode(), capture_output=True
                              ).returncode == 0


def _handler(google: GoogleOAuth) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            url = urlsplit(self.path)
            if url.path in PAGES:
                self._answer(*google.page(url.path, self.headers["Authorization"]))
                return
            if url.path != AUTHORIZE:
                self._answer(404, {})
            elif google.asks:
                self._authorize(url.query, self._ask)
            else:
                self._authorize(url.query, self._send_back)

        def do_POST(self) -> None:
            form = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode(),
                                  strict_parsing=True))
            path = urlsplit(self.path)
            if path.path == AUTHORIZE:
                denies = None if form.get(consent.ANSWER) == consent.AGREE else "access_denied"
                self._authorize(path.query, lambda said: self._send_back(said, denies))
                return
            if path.query or self.headers["Content-Type"] != "application/x-www-form-urlencoded" \
                    or "Authorization" in self.headers:
                google.violations.append(f"POST {path.path}: {self.headers.items()}")
            google.arrived += 1
            time.sleep(google.latency)
            google.gate.wait(30)
            try:
                if path.path == "/token":
                    self._token(form)
                elif google.revoke_answer:
                    self._answer(*google.revoke_answer)
                else:
                    google.revoke(form)
                    self._answer(200, {})
            except Refused as refused:
                self._answer(refused.status, refused.body)

        def _authorize(self, query: str, go_on: Callable[[dict[str, str]], None]) -> None:
            try:
                with google.lock:
                    go_on(dict(parse_qsl(query, strict_parsing=True)))
            except Refused as refused:
                self._answer(400, refused.body)

        def _ask(self, parameters: dict[str, str]) -> None:
            google.check(parameters)
            self._answer(200, consent.page(google.person.email, parameters),
                         {"Content-Type": "text/html; charset=utf-8"})

        def _send_back(self, parameters: dict[str, str], denies: str | None = None) -> None:
            self._answer(302, {}, {"Location": google.authorize(parameters, denies)})

        def _token(self, form: dict[str, str]) -> None:
            with google.lock:
                google.asked.append(form)
                status, body = google.answers.pop(0) if google.answers else (200, None)
                body = google.token(form) if body is None else body
            self._answer(status, body)

        def _answer(self, status: int, body: Any, headers: dict[str, str] = {}) -> None:
            content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            """What was asked is kept, and needs no line on the terminal."""

    return Handler
