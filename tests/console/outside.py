"""What comes from outside, as an attacker would have it: an identity provider, Google's directory
and Jira whose every text is markup, a link that runs, a template or a formula. No tests of its own;
`found` says what of it a page has taken for more than a text."""

from __future__ import annotations

from contextlib import closing, contextmanager
from typing import Any, Iterator
from urllib.parse import quote

from tests.console.window import Keys, Window
from tests.console.workspaces import Connected
from tests.harness import conf
from tests.harness.admin import AdminClient, scim_client
from tests.harness.client import JSON, ScimClient
from tests.harness.google import Workspace
from tests.harness.httpd import Httpd
from tests.harness.jira import JiraProcess
from tests.harness.wait import until
from tests.simulators.google import SimulatedGoogle
from tests.simulators.google.oauth import GoogleOAuth, Person

# Each would set `ran`, were it more than a text.
IMAGE = "<img src=x onerror=\"top.ran=1\"><script>top.ran=1</script>"
FORMS = {
    "image": IMAGE,
    "drawing": "'\"></textarea></title><svg onload=\"top.ran=1\">",
    "link": "javascript:top.ran=1//",
    "template": "${top.ran=1}{{constructor.constructor('top.ran=1')()}}**top.ran=1**",
    "formula": "=cmd|' /C calc'!A0;=1+1;\"@SUM(A1)",
}
DOMAIN = "@example.com"
SECRET = "demo-Hunter2-hunter2"
# Only an address of these attributes is one.
ADDRESSES = ("userName", "emails.value")
# What a pull reads of Google's entries, and what it does not, in each form of them.
GOOGLE_USER = {
    "name": {"givenName": "", "familyName": "", "fullName": "", "displayName": ""},
    "orgUnitPath": "/", "suspensionReason": "", "notes": {"value": ""}, "phones": [{"value": ""}],
    "organizations": [{"title": "", "department": ""}], "aliases": [""]}
GOOGLE_GROUP = {"name": "", "description": "", "aliases": [""]}

# What the page has made of it: elements and attributes that the console never makes, and whether
# anything ran.
FOUND = """
const leads = /^(#|api\\/|https?:)/;
const runs = ({ name, value }) => name.startsWith("on") || name === "srcdoc"
    || ["src", "href", "xlink:href", "action", "formaction"].includes(name) && !leads.test(value);
const is = (each) => each.matches("img, script, iframe, object, embed, base, meta, link, style")
    || each.matches("strong") && each.textContent === "top.ran=1"
    || [...each.attributes].some(runs);
return [...document.querySelectorAll("body *")].filter(is).map((each) =>
    each.outerHTML.slice(0, 200)).concat("ran" in window ? ["it ran"] : []);"""

# Buttons by what stands on them: all that ask, and one to be pressed.
ASKING = """return [...new Set([...document.querySelectorAll("main button")].filter((each) =>
    each.checkVisibility() && !each.disabled && each.textContent.endsWith("…"))
    .map((each) => each.firstChild.textContent))];"""
ASK = """[...document.querySelectorAll("main button")].find((each) => each.checkVisibility()
    && each.textContent.endsWith("…") && each.firstChild.textContent === arguments[0]).click();"""


def found(window: Window) -> list[str]:
    return window.script(FOUND)


def unfold(window: Window) -> Iterator[str]:
    """Opens what is closed, and then, by the first button of each kind, each question that is asked
    before something is done: how the button begins, while it is asked. None is answered."""
    window.script("for (const each of document.querySelectorAll('details')) { each.open = true; }")
    yield "details"
    for words in window.script(ASKING):
        window.script(ASK, words)
        until(lambda: window.script("return document.querySelector('dialog[open]') !== null"
                                    " && !document.querySelector('dialog [aria-busy]')"), words)
        yield words
        window.press(Keys.ESCAPE)
        until(lambda: not window.script("return document.querySelector('dialog')"), "it to go")


def filled(attributes: list[dict[str, Any]], text: str, path: str = "") -> dict[str, Any]:
    """An object with each attribute of a SCIM schema that a client may write."""
    return {each["name"]: many(each, value(each, text, path + each["name"]))
            for each in attributes if each["mutability"] != "readOnly" and each["name"] != "active"}


def many(attribute: dict[str, Any], one: Any) -> Any:
    return [one] if attribute["multiValued"] else one


def value(attribute: dict[str, Any], text: str, path: str) -> Any:
    match attribute["type"]:
        case "complex":
            return filled(attribute["subAttributes"], text, path + ".")
        case "boolean":
            return True
        case _ if path == "password":
            return SECRET
        case "binary":
            return "c2NyaXB0"
        case _:
            return text + path + (DOMAIN if path in ADDRESSES else "")


def laid(pattern: Any, text: str) -> Any:
    """The same object with this text at the end of each of its texts."""
    if isinstance(pattern, dict):
        return {name: laid(each, text) for name, each in pattern.items()}
    return [laid(each, text) for each in pattern] if isinstance(pattern, list) else pattern + text


def tell(scim: ScimClient) -> None:
    """A user and a group of each form, whose every attribute has it; of externalId, which is every
    resource's, no schema tells."""
    schemas = {each["id"]: each["attributes"]
               for each in scim.get("/Schemas").expect(200).json()["Resources"]}
    core = {urn.rpartition(":")[2]: urn for urn in schemas if ":core:" in urn}
    for text in FORMS.values():
        user = filled(schemas[core["User"]], text) | {
            "schemas": [urn for urn in schemas if urn.endswith(":User")], "active": True,
            "externalId": text + "externalId",
            **{urn: filled(attributes, text, "more.") for urn, attributes in schemas.items()
               if ":extension:" in urn}}
        user_id = scim.post("/Users", user).expect(201).json()["id"]
        group = filled(schemas[core["Group"]], text)
        member = group["members"][0]
        group["members"] = [member | {"value": user_id, "type": "User"},
                            member | {"type": "User"}]
        scim.post("/Groups", group | {"schemas": [core["Group"]],
                                      "externalId": text + "externalId"}).expect(201)


def tell_by_the_old_version(idp: dict[str, Any]) -> None:
    """A user of one form, over SCIM 1.1."""
    def of(attribute: str) -> str:
        return FORMS["drawing"] + attribute
    with closing(ScimClient(idp["scim"]["baseUrlV1"], token=idp["scim"]["token"])) as scim:
        scim.media_type = JSON
        scim.post("/Users", {
            "schemas": ["urn:scim:schemas:core:1.0"], "userName": of("old") + DOMAIN,
            "externalId": of("oldId"), "displayName": of("displayName"), "title": of("title"),
            "name": {"givenName": of("givenName"), "familyName": of("familyName")},
            "emails": [{"value": of("emails") + DOMAIN, "type": of("type")}],
            "active": True}).expect(201)


def ask(scim: ScimClient) -> None:
    """A request that is refused, and is one of these texts in all its parts."""
    for text in FORMS.values():
        scim.post("/Users?filter=" + quote(text), {
            "userName": f"{text}userName{DOMAIN}", "password": SECRET, text: text},
            headers=dict.fromkeys(("User-Agent", "Accept", "X-Forwarded-For"), text)).expect(409)


@contextmanager
def set_up(admin: AdminClient, httpd: Httpd, jira: JiraProcess) -> Iterator[None]:
    """Each kind of identity provider, of which somebody is planned, held, failed and a customer."""
    httpd.error_log.expect("SCIM0160")
    httpd.error_log.expect("SCIM0190")
    for text in FORMS.values():
        jira.control.edit("add-group", name=text)
        jira.control.edit("add-organization", name=text)
    jira.control.edit("add-desk", project_key="DEMO", project_name=IMAGE)
    admin.put_site("main", jira.url, jira.email, jira.api_token)
    google, directory = GoogleOAuth(), SimulatedGoogle()
    google.start()
    try:
        with directory:
            pulled(admin, httpd, google, directory)
            leave(admin)
            fail(admin, jira)
            with closing(scim_client(admin.create_idp(
                    "partners", provider="pingone", mode="customers", state="dryRun",
                    displayName=FORMS["drawing"]))) as scim:
                admin.put_rules("partners", {"groups": {"mappings": [
                    {"group": f"{IMAGE}displayName", "projects": ["DEMO"],
                     "organizations": list(FORMS.values())}]}})
                tell(scim)
            okta = admin.create_idp("okta", state="dryRun")
            tell_by_the_old_version(okta)
            with closing(scim_client(okta)) as scim:
                tell(scim)
                ask(scim)
            until(lambda: not admin.tasks("state=waiting&limit=1"), "all to be tried", 60)
            yield
            admin.delete_idp("workspace")
            assert directory.control.violations() == google.violations == []
    finally:
        google.stop()


def pulled(admin: AdminClient, httpd: Httpd, google: GoogleOAuth, directory: SimulatedGoogle
           ) -> None:
    """A Google Workspace in dry run; of its pulls one has failed, one is a preview."""
    admin.create_idp("workspace", provider="google", kind="google", state="dryRun",
                     displayName=FORMS["template"])
    google.open(directory)
    google.redirect_uris = {httpd.url + conf.CALLBACK_LOCATION}
    google.person = Person(email=IMAGE + DOMAIN, domain=IMAGE)
    workspace = Workspace("workspace", admin, google, httpd)
    workspace.put()
    workspace.connect()
    connected = Connected(workspace, directory)
    for form, text in FORMS.items():
        connected.add(form, extra=laid(GOOGLE_USER, text))
        connected.control.edit("add-group", email=f"{form}s@example.com",
                               extra=laid(GOOGLE_GROUP, text))
        connected.control.edit("add-member", group=f"{form}s@example.com",
                               member=f"{form}@example.com")
    connected.add("odd", extra={"primaryEmail": IMAGE})
    connected.pull()
    connected.control.add_fault("status", match={"operation": "directory.users.list"}, times=1,
                                status=400, body={"error": {
                                   "code": 400, "message": IMAGE, "errors": [
                                       {"reason": IMAGE, "domain": IMAGE, "message": IMAGE}]}})
    connected.pull()
    for form in FORMS:
        connected.control.edit("remove-group", group=f"{form}s@example.com")
    connected.pull(preview=True)


def leave(admin: AdminClient) -> None:
    """People who had access, and whom the guard holds."""
    idp = admin.create_idp("miniorange", provider="miniorange", displayName=FORMS["image"])
    with closing(scim_client(idp)) as scim:
        users = [scim.create_user(f"{form}@example.com", displayName=text, emails=[
            {"value": f"{form}@example.com"}]) for form, text in FORMS.items()]
        scim.create_group("Held", [user["id"] for user in users])
        until(lambda: not admin.tasks("idp=miniorange"), "all to be done", 60)
        admin.put_rules("miniorange", {"guard": {"deactivations": {"number": 0, "percent": 100}}})
        for user, text in zip(users, FORMS.values()):
            scim.put(f"/Users/{user['id']}", user | {
                "active": False, "userName": text + user["userName"]}).expect(200)
    until(lambda: len(admin.tasks("state=held")) == len(FORMS), "the guard", 60)


def fail(admin: AdminClient, jira: JiraProcess) -> None:
    """What Jira refuses, in words that are none."""
    for text in FORMS.values():
        jira.control.add_fault("status", match={"method": "POST", "path": "/group$"}, times=1,
                               status=403, body={"errorMessages": [text], "errors": {text: text}})
    with closing(scim_client(admin.create_idp("entra", provider="entra",
                                              displayName=FORMS["link"]))) as scim:
        for text in FORMS.values():
            scim.create_group(f"{text}refused")
    until(lambda: len(admin.tasks("state=failed")) == len(FORMS), "all to be refused", 60)
