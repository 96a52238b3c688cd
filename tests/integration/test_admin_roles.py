"""Who may see and who may change: ScimSyncAdministrator and ScimSyncReader."""

import subprocess
from typing import Any, Callable, Iterator

import pytest

from tests.harness.admin import AdminClient
from tests.harness.conf import Settings
from tests.integration.test_admin import assert_problem

PASSWORD = "demo-password"
USERS = ("ann", "adam", "ray", "rita", "max", "ed")

LOGIN = """
    SetHandler scim-sync-admin
    AuthType Basic
    AuthName roles
    AuthUserFile conf/users
    AuthGroupFile conf/groups
    Require valid-user
"""
ROLES = """
    ScimSyncAdministrator user ann
    ScimSyncAdministrator group admins
    ScimSyncReader user ray
    ScimSyncReader group support
"""
BY_EXPRESSION = "ScimSyncAdministrator expr %{REMOTE_USER} in {'ed', 'ann'}"

SETTINGS = Settings(
    modules=["authz_groupfile"],
    extra="""
        <AuthzProviderAlias user crew "max ed">
        </AuthzProviderAlias>
        <Location /alias>
            ScimSyncReader crew
        </Location>""",
    locations={
        "/roles": LOGIN + ROLES,
        # Said again, it is said anew: nobody changes anything here.
        "/roles/look": LOGIN + "ScimSyncReader valid-user",
        "/expression": LOGIN + BY_EXPRESSION,
        "/alias": LOGIN,
        "/plain": LOGIN,
    })

pytestmark = [pytest.mark.any_mpm,
              pytest.mark.parametrize("httpd", [SETTINGS], indirect=True, ids=["roles"])]


@pytest.fixture(scope="module", autouse=True)
def accounts(httpd: Any) -> None:
    hashed = subprocess.run(["openssl", "passwd", "-apr1", PASSWORD], check=True, text=True,
                            capture_output=True).stdout.strip()
    conf = httpd.directory / "conf"
    (conf / "users").write_text("".join(f"{user}:{hashed}\n" for user in USERS))
    (conf / "groups").write_text("admins: adam\nsupport: rita adam\n")


@pytest.fixture
def as_user(httpd: Any) -> Iterator[Callable[..., AdminClient]]:
    made = []

    def make(user: str, mount: str = "/roles") -> AdminClient:
        client = AdminClient(httpd.url + mount, user, PASSWORD)
        made.append(client)
        return client

    yield make
    for client in made:
        client.close()


@pytest.mark.parametrize("user, role", [
    ("ann", "administrator"), ("adam", "administrator"), ("ray", "reader"), ("rita", "reader")])
def test_who_one_is(user: str, role: str, as_user: Any, httpd: Any) -> None:
    assert as_user(user).get("/api/whoami").expect(200).json() == {"user": user, "role": role}
    as_user(user).request("HEAD", "/api/whoami").expect(200)


def test_without_directives_everybody_is_an_administrator(as_user: Any) -> None:
    assert as_user("max", "/plain").get("/api/whoami").json()["role"] == "administrator"


def test_somebody_without_a_role_sees_nothing(as_user: Any, httpd: Any) -> None:
    for path in "/api/whoami", "/api/status", "/api/sites", "/api/openapi.json", "/api/nothing":
        httpd.error_log.expect("SCIM0202")
        assert_problem(as_user("max").get(path), 403, "max is neither")


def test_an_expression_and_an_alias(as_user: Any, httpd: Any) -> None:
    assert as_user("ed", "/expression").get("/api/whoami").json()["role"] == "administrator"
    httpd.error_log.expect("SCIM0202")
    as_user("max", "/expression").get("/api/whoami").expect(403)
    assert as_user("max", "/alias").get("/api/whoami").json()["role"] == "reader"
    httpd.error_log.expect("SCIM0202")
    as_user("ann", "/alias").get("/api/whoami").expect(403)


def test_a_location_within_says_it_anew(as_user: Any, httpd: Any) -> None:
    assert as_user("ann", "/roles/look").get("/api/whoami").json()["role"] == "reader"
    httpd.error_log.expect("SCIM0202")
    as_user("ann", "/roles/look").put("/api/sites/x", {}).expect(403)


READS = ["GET sites", "GET sites/x", "GET sites/x/conflicts", "GET idps", "GET idps/x",
         "GET idps/x/rules", "GET idps/x/tokens", "GET idps/x/google", "GET idps/x/users/1/plan",
         "POST idps/x/plan", "POST idps/x/rules/try", "POST sites/x/groups/preview",
         "GET sites/x/groups?q=dev", "GET tasks",
         "GET guard", "GET events", "GET events?format=csv", "GET status", "GET whoami",
         "GET openapi.json"]
CHANGES = ["PUT sites/x", "DELETE sites/x", "POST sites/x/test", "POST sites/x/reconcile",
           "POST idps", "PATCH idps/x", "DELETE idps/x", "PUT idps/x/rules", "POST idps/x/tokens",
           "DELETE idps/x/tokens/1", "PUT idps/x/google", "GET idps/x/google/connect",
           "HEAD idps/x/google/connect", "POST idps/x/google/connect",
           "POST idps/x/google/disconnect", "POST idps/x/google/test", "POST idps/x/pull",
           "POST tasks/retry", "POST tasks/1/retry", "POST tasks/1/release", "DELETE tasks/1",
           "POST idps/x/guard/release", "POST idps/x/guard/discard", "PURGE idps"]


def send(client: AdminClient, call: str) -> Any:
    method, path = call.split()
    body = {} if method in ("POST", "PUT", "PATCH") else None
    return client.request(method, f"/api/{path}", body)


@pytest.mark.parametrize("call", READS)
def test_a_reader_sees_everything(call: str, as_user: Any, httpd: Any) -> None:
    assert send(as_user("ray"), call).status in (200, 400, 404)


@pytest.mark.parametrize("call", CHANGES)
def test_a_reader_changes_nothing(call: str, as_user: Any, httpd: Any) -> None:
    httpd.error_log.expect("SCIM0202")
    answer = send(as_user("ray"), call)
    if call.startswith("HEAD"):
        answer.expect(403)
    else:
        assert_problem(answer, 403, "ray is a reader here, and changes nothing")


def test_what_an_administrator_does_has_the_name(as_user: Any, httpd: Any, site: Any) -> None:
    adam = as_user("adam")
    adam.put(f"/api/sites/{site.name}", {"products": ["jira-core"]}).expect(200)
    assert adam.events("limit=1")[0]["actor"] == "admin:adam"


@pytest.mark.parametrize("line, words", [
    ("ScimSyncReader", "write what Require takes"),
    ("ScimSyncAdministrator not user max", "without not"),
    ("ScimSyncReader wizards gandalf", "knows wizards"),
    ("ScimSyncReader ip 300.1.2.3", "300.1.2.3"),
    ("<Limit GET>\nScimSyncReader valid-user\n</Limit>", "Limit")])
def test_lines_that_configtest_refuses(line: str, words: str, make_httpd: Any) -> None:
    server = make_httpd(settings=Settings(locations={"/roles": LOGIN + line},
                                          modules=["authz_groupfile", "authz_host"]))
    fine, output = server.configtest()
    assert not fine and words in output, output
