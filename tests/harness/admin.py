"""The administrator's side: a client of the admin API, with the calls that tests need most."""

from typing import Any, Callable, Mapping

from tests.harness.client import Client, Response, ScimClient


class AdminClient(Client):
    """`base_url` is where the admin handler is mounted; the API stands under it."""

    API = "/api"

    # Looks at each answer: method, address behind "/api", body that was sent, answer. The tests'.
    observe: Callable[[str, str, Any, Response], None] | None = None

    def __init__(self, base_url: str, user: str, password: str, timeout: float = 30):
        super().__init__(base_url, basic=(user, password), timeout=timeout)

    def _headers(self, body: bytes | None) -> dict[str, str | None]:
        return {**super()._headers(body), "SCIM-Sync-Client": "tests"}

    def copy(self) -> "AdminClient":
        user, password = self.basic or ("", "")
        return AdminClient(self.base_url, user, password, self.timeout)

    def request(self, method: str, path: str, json: Any = None, body: bytes | str | None = None,
                headers: Mapping[str, str | None] = {}) -> Response:
        answer = super().request(method, path, json, body, headers)
        if self.observe and path.startswith(self.API + "/"):
            self.observe(method, path.removeprefix(self.API), json, answer)
        return answer

    def put_site(self, name: str, base_url: str, email: str, api_token: str,
                 products: list[str] | None = None, **settings: Any) -> dict[str, Any]:
        """A Jira site: made, or changed to these values."""
        site = {"baseUrl": base_url, "email": email, "apiToken": api_token,
                "products": products or ["jira-software"], **settings}
        return self.put(f"{self.API}/sites/{name}", site).expect(200, 201).json()

    def sites(self) -> list[dict[str, Any]]:
        return self._list("/sites")

    def delete_site(self, name: str) -> None:
        self.delete(f"{self.API}/sites/{name}").expect(204)

    def idps(self) -> list[dict[str, Any]]:
        return self._list("/idps")

    def create_idp(self, name: str, provider: str = "okta", mode: str = "users",
                   site: str = "main", **settings: Any) -> dict[str, Any]:
        """An IdP; its answer holds scim.baseUrl and, this once, scim.token."""
        idp = {"name": name, "provider": provider, "mode": mode, "site": site, **settings}
        return self.post(f"{self.API}/idps", idp).expect(201).json()

    def delete_idp(self, name: str, access: str = "keep", leavers: str = "keep") -> None:
        """`access` says what becomes of what Jira holds because of this IdP: "keep" or "remove";
        `leavers` the same of people who have left, if it is kept. However many lose it."""
        query = f"access={access}&guard=release" + (f"&leavers={leavers}" if access == "keep"
                                                    else "")
        self.delete(f"{self.API}/idps/{name}?{query}").expect(200, 204)

    def set_state(self, idp: str, state: str) -> dict[str, Any]:
        """`state` is "live", "paused" (its tasks wait) or "dryRun" (they are planned)."""
        return self.patch(f"{self.API}/idps/{idp}", {"state": state}).expect(200).json()

    def plan(self, idp: str, **page: Any) -> dict[str, Any]:
        """What would be done for the subjects of an IdP: a page of them."""
        return self.post(f"{self.API}/idps/{idp}/plan", page).expect(200).json()

    def plan_of(self, idp: str, subject: dict[str, Any], kind: str = "users") -> dict[str, Any]:
        """The same of one user or group, in full."""
        return self.get(f"{self.API}/idps/{idp}/{kind}/{subject['id']}/plan").expect(200).json()

    def rules(self, idp: str) -> dict[str, Any]:
        return self.get(f"{self.API}/idps/{idp}/rules").expect(200).json()

    def put_rules(self, idp: str, rules: dict[str, Any]) -> dict[str, Any]:
        """Rules in the place of all that were there; the answer has every key."""
        return self.put(f"{self.API}/idps/{idp}/rules", rules).expect(200).json()

    def create_token(self, idp: str, **settings: Any) -> dict[str, Any]:
        """A further token, good until settings["expiresAt"] if given; shown this once."""
        return self.post(f"{self.API}/idps/{idp}/tokens", settings).expect(201).json()

    def tokens(self, idp: str) -> list[dict[str, Any]]:
        return self._list(f"/idps/{idp}/tokens")

    def revoke_token(self, idp: str, token_id: str) -> None:
        self.delete(f"{self.API}/idps/{idp}/tokens/{token_id}").expect(204)

    def tasks(self, query: str = "") -> list[dict[str, Any]]:
        return self._list("/tasks", query)

    def retry(self, task_id: int) -> None:
        self.post(f"{self.API}/tasks/{task_id}/retry", {}).expect(204)

    def events(self, query: str = "") -> list[dict[str, Any]]:
        return self._list("/events", query)

    def status(self) -> dict[str, Any]:
        return self.get(f"{self.API}/status").expect(200).json()

    def test_site(self, name: str) -> dict[str, Any]:
        """What the site's Jira says to the stored credentials."""
        return self.post(f"{self.API}/sites/{name}/test", {}).expect(200).json()

    def _list(self, path: str, query: str = "") -> list[dict[str, Any]]:
        """Lists stand under their collection's name: {"tasks": [...]}."""
        answer = self.get(self.API + path + (f"?{query}" if query else "")).expect(200).json()
        return answer[path.rpartition("/")[2]]


def scim_client(idp: dict[str, Any]) -> ScimClient:
    """The SCIM client of an IdP just made."""
    return ScimClient(idp["scim"]["baseUrl"], token=idp["scim"]["token"])
