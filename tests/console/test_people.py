"""People and groups: found as one types, told, wanted and held side by side, and done at once."""

from __future__ import annotations

from contextlib import closing
from typing import Any, Iterator

import pytest

from tests.console.test_pages import settled
from tests.console.test_plan import SCRIPT
from tests.console.window import Keys, Window
from tests.harness.admin import AdminClient, scim_client
from tests.harness.client import ScimClient
from tests.harness.httpd import Httpd
from tests.harness.jira import JiraProcess
from tests.harness.wait import until

RULES = {"users": {"filter": {"exclude": [{"attribute": "userName", "pattern": "^svc-"}]}},
         "groups": {"ignore": [{"group": "Everyone"}]},
         "guard": {"deactivations": {"number": 0, "percent": 0}}}


@pytest.fixture
def okta(window: Window, admin: AdminClient, jira: JiraProcess, httpd: Httpd
         ) -> Iterator[ScimClient]:
    """An IdP whose rules keep robots out, and whose guard lets nobody lose access."""
    httpd.error_log.expect("SCIM0160", optional=True)
    admin.put_site("main", jira.url, jira.email, jira.api_token)
    idp = admin.create_idp("okta", site="main")
    admin.put_rules("okta", RULES)
    with closing(scim_client(idp)) as scim:
        yield scim


def told(scim: ScimClient, name: str, display: str | None = None, **more: Any) -> dict[str, Any]:
    return scim.create_user(name, displayName=display or name, emails=[{"value": name}], **more)


def deactivate(scim: ScimClient, user: dict[str, Any]) -> None:
    scim.patch_operations(f"/Users/{user['id']}", {"op": "replace", "path": "active",
                                                   "value": False}).expect(200)


def done(admin: AdminClient) -> None:
    until(lambda: not admin.tasks("state=waiting"), "all to be done")


def listed(window: Window) -> list[str]:
    """The names in the list that is shown."""
    return window.script("""return document.querySelector("main .found[aria-busy]") ? null
        : [...document.querySelectorAll("main tbody th a")].map((link) => link.textContent)""")


def finds(window: Window, *names: str) -> None:
    until(lambda: listed(window) == list(names), f"{names}, and not {listed(window)}")


def side(window: Window, heading: str) -> str:
    """Told, Wanted or Held."""
    return window.script("""return [...document.querySelectorAll(".truth")].find((each) =>
        each.querySelector("h3").textContent.startsWith(arguments[0])).innerText""", heading)


def choose(window: Window, name: str, words: str) -> None:
    """One of a list."""
    field = window.find("combobox", name)
    option, = window.script("return [...arguments[0].options].filter((each) => each.text"
                            " === arguments[1])", field, words)
    option.click()


# ---- looking for people


def test_they_are_found_as_one_types(window: Window, okta: ScimClient, admin: AdminClient) -> None:
    ann = told(okta, "ann.lee@example.com", "Lee, Ann")
    told(okta, "bob@example.com", "Bob Lee")
    window.open("people")
    finds(window, "ann.lee@example.com", "bob@example.com")
    for typed, found in (("bob", ["bob@example.com"]), ("LEE,", ["ann.lee@example.com"]),
                         ("ann.", ["ann.lee@example.com"]), ("nobody", [])):
        window.write("Name or e-mail address", typed)
        finds(window, *found)
    window.sees("No people like this.")
    window.write("Name or e-mail address", "lee")
    finds(window, "ann.lee@example.com")
    assert window.script("return location.hash") == "#/people?q=lee"
    # By its address it is found again, and so it is on the way back.
    window.open("people?q=lee")
    finds(window, "ann.lee@example.com")
    window.click("link", "ann.lee@example.com")
    until(lambda: window.heading == "ann.lee@example.com", "the person")
    assert window.script("return location.hash") == f"#/people/okta/{ann['id']}"
    window.driver.back()
    finds(window, "ann.lee@example.com")
    assert window.find("textbox", "Name or e-mail address").get_attribute("value") == "lee"


def test_by_identity_provider_and_by_what_is_the_matter(window: Window, okta: ScimClient,
                                                        admin: AdminClient) -> None:
    okta.create_user("lost")
    told(okta, "ann@example.com")
    with closing(scim_client(admin.create_idp("hr", site="main"))) as other:
        told(other, "zoe@example.com")
    until(lambda: admin.tasks("state=failed"), "the task to fail")
    done(admin)
    window.open("people")
    finds(window, "ann@example.com", "lost", "zoe@example.com")
    choose(window, "Identity provider", "hr")
    finds(window, "zoe@example.com")
    choose(window, "Identity provider", "all")
    choose(window, "What is the matter", "failed")
    finds(window, "lost")
    window.sees("no e-mail address")
    assert window.script("return location.hash") == "#/people?state=failed"
    window.open("people?state=failed&idp=hr")
    window.sees("No people like this.")


def test_a_long_list_is_gone_through_in_pages(window: Window, okta: ScimClient,
                                              admin: AdminClient) -> None:
    admin.set_state("okta", "paused")
    names = [f"p{number:02}@example.com" for number in range(53)]
    for name in names:
        told(okta, name)
    window.open("people")
    finds(window, *names[:50])
    window.click("button", "Show more")
    finds(window, *names)
    assert window.driver.switch_to.active_element.text == names[50]


def test_groups_have_a_list_of_their_own(window: Window, okta: ScimClient) -> None:
    okta.create_group("Developers")
    okta.create_group("Designers")
    window.open("people?q=de")
    window.click("link", "Groups")
    finds(window, "Designers", "Developers")
    window.write("Name", "dev")
    finds(window, "Developers")
    current = window.script(
        "return [...document.querySelectorAll('[aria-current]')].map((each) => each.textContent)")
    assert current == ["People", "Groups"]


# ---- one person


def test_a_leaver_who_still_has_access_and_why(window: Window, okta: ScimClient,
                                               admin: AdminClient) -> None:
    bob = told(okta, "bob@example.com", "Bob Noyce")
    okta.create_group("Crew", [bob["id"]])
    done(admin)
    deactivate(okta, bob)
    until(lambda: admin.tasks("state=held"), "the guard to hold it")
    window.open("people?state=held")
    window.click("link", "bob@example.com")
    window.sees("bob@example.com has left, and still has access: product access by",
                "Bob Noyce", "inactive")
    assert "okta: bob@example.com, inactive" in side(window, "Told")
    assert "no identity provider tells of this person as active" in side(window, "Wanted")
    held = side(window, "Held")
    assert held.count("still there") == 2
    assert "Product access by jira-software-users" in held
    window.sees("are the most that guard.deactivations of its rules allows",
                "To mend it: release it if it is right")
    window.click("button", "Do it now")
    window.sees("At main: ", "held")
    assert admin.tasks("state=held")
    window.click("link", "Decide about it among the tasks")
    window.sees("Tasks: held by the guard", "These are of one user or group alone.")
    window.wait_for("button", "Release bob@example.com …")


def test_a_worker_whom_the_rules_keep_out_and_why(window: Window, okta: ScimClient,
                                                  admin: AdminClient) -> None:
    robot = told(okta, "svc-backup@example.com")
    done(admin)
    window.open(f"people/okta/{robot['id']}")
    window.sees("The rules keep svc-backup@example.com out.",
                "the userName matches ^svc- (users.filter.exclude[0])")
    assert "nothing: the rules keep this person out" in side(window, "Wanted")


def test_a_group_that_stands_for_none_is_named(window: Window, okta: ScimClient,
                                               admin: AdminClient) -> None:
    ann = told(okta, "ann@example.com")
    everyone = okta.create_group("Everyone", [ann["id"]])
    okta.create_group("Crew", [ann["id"]])
    done(admin)
    window.open(f"people/okta/{ann['id']}")
    window.sees("ann@example.com has in Jira all that is wanted.")
    assert "in it: put there by the module" in side(window, "Held")
    assert "this group is ignored (groups.ignore[0])" in side(window, "Wanted")
    window.open(f"groups/okta/{everyone['id']}")
    window.sees("It stands for no group in Jira", "this group is ignored (groups.ignore[0])")


def test_what_somebody_lacks_and_what_mends_it(window: Window, okta: ScimClient,
                                               admin: AdminClient) -> None:
    lost = okta.create_user("lost")
    until(lambda: admin.tasks("state=failed"), "the task to fail")
    window.open(f"people/okta/{lost['id']}")
    window.sees("lost lacks: account", "lost has no e-mail address", "To mend it: map one",
                "It waits for a person")


def test_what_is_planned_for_a_newcomer(window: Window, okta: ScimClient, admin: AdminClient
                                        ) -> None:
    admin.set_state("okta", "dryRun")
    ann = told(okta, "ann.new@example.com")
    okta.create_group("New crew", [ann["id"]])
    done(admin)
    window.open(f"people/okta/{ann['id']}")
    window.sees("ann.new@example.com does not have yet: account, group New crew. It comes when okta"
                " is live; it is in dry run.",
                "create an account for ann.new@example.com",
                "put ann.new@example.com into New crew")
    window.click("link", "okta: in New crew")
    until(lambda: window.heading == "New crew", "the group")


def test_an_account_that_is_to_end_and_does_not(window: Window, okta: ScimClient,
                                                admin: AdminClient) -> None:
    admin.put_rules("okta", {"users": {"onDeactivate": "suspend"}})
    maxim = told(okta, "max@example.com")
    done(admin)
    deactivate(okta, maxim)
    until(lambda: admin.tasks("state=failed"), "that there is no key of the organization")
    window.open(f"people/okta/{maxim['id']}")
    window.sees("max@example.com has left, and still has an account that is to end: account.",
                "there is no key of the organization", "It leaves the groups that grant products")


def test_it_is_done_now_once_jira_lets_it(window: Window, okta: ScimClient, admin: AdminClient,
                                          jira: JiraProcess) -> None:
    fault = jira.control.add_fault("status", status=400, times=None,
                                   match={"operation": "createUser"})
    try:
        ann = told(okta, "ann.late@example.com")
        until(lambda: admin.tasks("state=failed"), "Jira to refuse it")
        window.open(f"people/okta/{ann['id']}")
        window.sees("ann.late@example.com lacks: account", "Jira's status", "400")
    finally:
        jira.control.remove_faults(fault)
    window.click("button", "Do it now")
    window.sees("At main: ", "ann.late@example.com has in Jira all that is wanted.")
    assert not admin.tasks()


def test_a_group_is_done_now_once_jira_lets_it(window: Window, okta: ScimClient,
                                               admin: AdminClient, jira: JiraProcess) -> None:
    """And it is seen then who is in it."""
    fault = jira.control.add_fault("status", status=400, times=None,
                                   match={"operation": "createGroup"})
    try:
        ann = told(okta, "ann@example.com")
        crew = okta.create_group("Late crew", [ann["id"]])
        until(lambda: admin.tasks("state=failed"), "Jira to refuse it")
        window.open(f"groups/okta/{crew['id']}")
        window.sees("Jira does not have all that it stands for, yet.", "Jira's status", "400")
        assert window.rows("Members")["ann@example.com"][1] == "nothing yet"
    finally:
        jira.control.remove_faults(fault)
    window.click("button", "Do it now")
    window.sees("At main: ", "It stands for Late crew in Jira.")
    until(lambda: window.rows("Members")["ann@example.com"][1]
          == "Late crew: in it: put there by the module", "her to be shown in it")
    window.sees("Group created in Jira")
    assert window.script("return document.activeElement.textContent") == "Do it now"
    assert [group["members"] for group in jira.control.state()["groups"]
            if group["name"] == "Late crew"] == [["ann@example.com"]]


def test_history_goes_back_to_the_beginning(window: Window, okta: ScimClient, admin: AdminClient
                                            ) -> None:
    admin.set_state("okta", "paused")
    ann = told(okta, "ann@example.com")
    for number in range(25):
        okta.patch_operations(f"/Users/{ann['id']}", {
            "op": "replace", "path": "displayName", "value": f"Ann {number}"}).expect(200)
    window.open(f"people/okta/{ann['id']}")
    until(lambda: window.text.count("A person changed") == 20, "a page of events")
    window.click("button", "Show more")
    window.sees("A new person")
    assert window.text.count("A person changed") == 25
    assert window.all("link", "requests of okta")[0].get_attribute("href").endswith(
        "#/idps/okta/requests")


def test_who_is_deleted_is_found_while_access_is_left(window: Window, okta: ScimClient,
                                                      admin: AdminClient) -> None:
    eve = told(okta, "eve@example.com")
    done(admin)
    admin.set_state("okta", "paused")
    okta.delete(f"/Users/{eve['id']}").expect(204)
    window.open("people?q=eve")
    window.sees("deleted", "waiting")
    window.click("link", "eve@example.com")
    window.sees("was told by okta, which has deleted it",
                "eve@example.com has left, and still has access: product access. It is taken when"
                " okta is live again; it is paused.")
    admin.put_rules("okta", {})
    admin.set_state("okta", "live")
    done(admin)
    window.open(f"people/okta/{eve['id']}")
    window.sees("nothing is left to be done", "A person deleted")
    assert window.heading == "eve@example.com"


def test_nobody_of_whom_nothing_was_ever_told(window: Window, okta: ScimClient) -> None:
    window.open("people/okta/nobody")
    window.sees("Not found (404)", "okta tells of no user nobody")


# ---- one group


def test_who_is_in_a_group_and_who_is_not(window: Window, okta: ScimClient, admin: AdminClient
                                          ) -> None:
    ann, robot = told(okta, "ann@example.com", "Ann Lee"), told(okta, "svc-backup@example.com")
    crew = okta.create_group("Crew", [ann["id"], robot["id"], "not-yet-told"])
    done(admin)
    window.open(f"groups/okta/{crew['id']}")
    window.sees("It stands for Crew in Jira.")
    rows = {row[0]: row[1:] for row in window.script("""
        return [...document.querySelectorAll("main .found tbody tr")].map((row) =>
            [...row.children].map((cell) => cell.innerText))""")}
    assert rows["ann@example.com\nAnn Lee"][1] == "Crew: in it: put there by the module"
    assert "no account is known" in rows["svc-backup@example.com"][1]
    assert rows["not-yet-told"][0] == "not told of yet"
    window.click("button", "Ask Jira now")
    window.sees("1 person wanted in it, and in it: ann@example.com",
                "the rules of okta keep svc-backup@example.com out")
    window.all("link", "ann@example.com")[0].click()  # among members, above the history
    until(lambda: window.heading == "ann@example.com", "the member")


# ---- for everybody


def test_by_the_keyboard_alone(window: Window, okta: ScimClient, admin: AdminClient) -> None:
    told(okta, "ann@example.com")
    told(okta, "bob@example.com")
    done(admin)
    window.open("set-up")
    window.tab_to("link", "People").send_keys(Keys.ENTER)
    finds(window, "ann@example.com", "bob@example.com")
    window.tab_to("textbox", "Name or e-mail address").send_keys("bob", Keys.ENTER)
    finds(window, "bob@example.com")
    window.tab_to("link", "bob@example.com").send_keys(Keys.ENTER)
    until(lambda: window.heading == "bob@example.com", "the person")
    settled(window)
    window.tab_to("button", "Do it now").send_keys(Keys.ENTER)
    window.sees("as far as is known, nothing differs")
    assert window.driver.switch_to.active_element.text == "Do it now"


def test_what_is_found_is_read_out(window: Window, okta: ScimClient) -> None:
    told(okta, "ann@example.com")
    window.open("people")
    for typed, said in (("ann", "1 person"), ("zzz", "No people like this.")):
        window.write("Name or e-mail address", typed)
        until(lambda: said == window.script(
            "return document.querySelector('#announcements').textContent"), said)


def test_names_are_texts_whatever_they_are(window: Window, okta: ScimClient, admin: AdminClient
                                           ) -> None:
    name = f"{SCRIPT}@example.com"
    user = okta.create_user(name, displayName=SCRIPT, emails=[{"value": name}])
    group = okta.create_group(SCRIPT, [user["id"]])
    until(lambda: not admin.tasks("state=waiting"), "all to be looked at")
    for page in ("people", "groups", f"people/okta/{user['id']}", f"groups/okta/{group['id']}"):
        window.open(page)
        settled(window)
        window.sees("onerror=")
        assert window.script("return document.querySelectorAll('main img, main script').length"
                             ) == 0
        assert "stolen" != window.driver.title
