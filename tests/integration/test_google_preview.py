"""A preview: who would come in and who would drop out, before anything is told."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness.httpd import ADMIN_USER, Httpd
from tests.integration.pulled import NOTHING, Pulled, Run, directory, pulled, small  # noqa: F401

pytestmark = pytest.mark.any_mpm


@pytest.fixture(scope="module")
def httpd(google_httpd: Httpd) -> Httpd:
    return google_httpd


def changes(pulled: Pulled, run: Run, **query: Any) -> list[dict[str, Any]]:
    text = "&".join(f"{name}={value}" for name, value in query.items())
    path = f"{pulled.path}/pulls/{run['id']}/changes{'?' + text if text else ''}"
    return pulled.admin.get(path).expect(200).json()["changes"]


def lines(pulled: Pulled, run: Run, **query: Any) -> set[str]:
    """Each change in a line: "new User ada@example.com: is not active"."""
    return {f"{one['what']} {one['type']} {one['name']}"
            + (f" in {one['group']}" if "group" in one else "")
            + (f": {one['detail']}" if one["detail"] else "")
            for one in changes(pulled, run, **query)}


def test_before_the_first_live_run_it_says_who_would_come(pulled: Pulled) -> None:
    small(pulled)
    run = pulled.pull(preview=True)
    assert (run["cause"], run["state"], run["detail"], run["by"], run["changes"]) == \
        ("preview", "done", None, f"admin:{ADMIN_USER}", True)
    assert run["found"]["users"] == NOTHING | {"new": 3}
    assert lines(pulled, run) == {
        "new User ada@example.com", "new User ben@example.com",
        "new User eva@example.com: is not active", "new Group Developers", "new Group Everybody",
        "new Member ada@example.com in Developers", "new Member ben@example.com in Developers",
        "new Member Developers in Everybody: a group"}
    # Nothing of it was told: there are no tasks, no events of people, and Jira has heard nothing.
    assert pulled.admin.tasks(f"idp={pulled.workspace.name}") == []
    kinds = {event["kind"] for event in pulled.admin.events(f"idp={pulled.workspace.name}")}
    assert not {"user.created", "group.created", "google.pulled"} & kinds
    run = pulled.pull()
    assert (run["state"], run["found"]["users"]["new"], run["changes"]) == ("done", 3, False)


@pytest.mark.parametrize("state", ["paused", "dryRun", "live"])
def test_what_would_change_in_words(state: str, pulled: Pulled) -> None:
    small(pulled)
    pulled.pull_all()
    pulled.admin.set_state(pulled.workspace.name, state)
    pulled.control.edit("set-user", user="ada@example.com", email="ada.new@example.com")
    pulled.control.edit("set-user", user="ben@example.com", suspended=True, givenName="Benjamin")
    pulled.control.edit("set-user", user="eva@example.com", suspended=False)
    pulled.control.edit("set-group", group="devs@example.com", name="Makers")
    pulled.control.edit("remove-group", group="all@example.com")
    pulled.control.edit("remove-member", group="devs@example.com", member="ben@example.com")
    pulled.control.edit("add-user", email="odd@example.com", extra={"archived": None})
    run = pulled.pull(preview=True)
    assert run["found"]["users"] == NOTHING | {"changed": 3, "faulty": 1}
    assert lines(pulled, run) == {
        "changed User ada.new@example.com: was ada@example.com",
        "changed User ben@example.com: is not active any more; is called Benjamin Person, was"
        " Demo Person",
        "changed User eva@example.com: is active again",
        "faulty User odd@example.com: Google does not say whether this user is archived",
        "changed Group Makers: was Developers", "gone Group Everybody",
        "gone Member ben@example.com in Developers", "gone Member Developers in Everybody: a group"}
    assert pulled.pull(preview=True)["found"] == run["found"]


def test_who_drops_out_by_the_choice_is_told_from_who_left(pulled: Pulled, httpd: Httpd) -> None:
    pulled.control.edit("add-org-unit", path="/Dev")
    for name, unit in (("ada", "/Dev"), ("ben", "/"), ("eva", "/")):
        pulled.control.edit("add-user", email=f"{name}@example.com", orgUnitPath=unit)
    pulled.pull_all()
    pulled.control.edit("remove-user", user="eva@example.com")
    pulled.admin.put(f"{pulled.path}/google/choice",
                     {"users": {"orgUnits": {"exclude": ["/Dev"]}}}).expect(200)
    run = pulled.pull(preview=True)
    assert lines(pulled, run) == {"gone User ada@example.com: is in Google, and not chosen",
                                  "gone User eva@example.com"}
    pulled.admin.put(f"{pulled.path}/google/choice",
                     {"users": {"orgUnits": {"exclude": ["/"]}}}).expect(200)
    run = pulled.pull(preview=True)
    assert run["state"] == "done"
    assert run["detail"].startswith("a pull would be refused: there would be nobody left of 3 users"
                                    "; the choice was changed since the last pull")
    assert len(changes(pulled, run, what="gone")) == 3


def test_of_a_pull_that_was_refused_the_same_is_kept(pulled: Pulled, httpd: Httpd) -> None:
    pulled.control.seed(users=40)
    preview = pulled.pull(preview=True)
    pulled.pull_all()
    assert len(changes(pulled, preview)) == 40
    for number in range(1, 16):
        pulled.control.edit("remove-user", user=f"user-{number:05}@example.com")
    httpd.error_log.expect("SCIM0191", count=1)
    run = pulled.pull()
    assert (run["state"], run["changes"]) == ("refused", True)
    assert lines(pulled, run) == {f"gone User user-{number:05}@example.com"
                                  for number in range(1, 16)}
    # Of the newest one alone.
    answer = pulled.admin.get(f"{pulled.path}/pulls/{preview['id']}/changes").expect(404)
    assert "no changes are kept" in answer.json()["detail"]


def test_pages(pulled: Pulled) -> None:
    pulled.control.seed(users=25, groups=3, members_per_group=2)
    run = pulled.pull(preview=True)
    first = changes(pulled, run, type="User", limit=10)
    second = changes(pulled, run, type="User", limit=10, after=first[-1]["id"])
    third = changes(pulled, run, type="User", limit=10, after=second[-1]["id"])
    found = [one["name"] for one in first + second + third]
    assert found == sorted(found) and len(set(found)) == 25
    assert changes(pulled, run, type="User", after=third[-1]["id"]) == []
    assert len(changes(pulled, run, type="Member", what="new")) == 6
    assert len(changes(pulled, run)) == 34
    assert changes(pulled, run, what="gone") == changes(pulled, run, type="Group",
                                                        what="faulty") == []


def test_a_preview_and_a_pull_wait_for_each_other(pulled: Pulled) -> None:
    pulled.control.configure(latency_ms=300)
    pulled.control.seed(users=10)
    preview = pulled.ask(preview=True)
    assert pulled.ask(preview=True)["id"] == preview["id"]
    # Who asks for a pull is not served by a preview.
    pull = pulled.ask()
    assert pull["id"] != preview["id"] and pull["cause"] == "demand"
    assert pulled.ask()["id"] == pull["id"]
    preview, pull = pulled.wait(preview["id"]), pulled.wait(pull["id"])
    assert preview["found"]["users"]["new"] == pull["found"]["users"]["new"] == 10
    assert preview["endedAt"] <= pull["startedAt"]
    # And the other way round: what is shown is what is left to do after it.
    pulled.control.edit("add-user", email="late@example.com")
    pull = pulled.ask()
    preview = pulled.wait(pulled.ask(preview=True)["id"])
    assert pulled.run(pull["id"])["state"] == "done"
    assert preview["found"]["users"] == NOTHING | {"unchanged": 11}


def test_one_that_can_not_be_read_to_its_end_says_so_to_who_asked(pulled: Pulled) -> None:
    pulled.control.seed(users=10)
    pulled.control.add_fault("error", match={"operation": "directory.users.list"},
                             error="accessNotConfigured")
    run = pulled.pull(preview=True)
    assert (run["state"], run["changes"]) == ("failed", False)
    assert "could not be read" in run["detail"]
    assert pulled.events("google.failed") == []
    pulled.admin.get(f"{pulled.path}/pulls/{run['id']}/changes").expect(404)


def test_bad_questions(pulled: Pulled) -> None:
    pulled.control.seed(users=1)
    admin, path = pulled.admin, f"{pulled.path}/pulls/{pulled.pull(preview=True)['id']}/changes"
    admin.post(f"{pulled.path}/pull", {"preview": "yes"}).expect(400)
    answer = admin.post(f"{pulled.path}/pull", {"preview": True, "trust": True}).expect(400)
    assert "nothing to trust" in answer.json()["detail"]
    for query in ("what=old", "type=Users", "limit=0", "limit=1001", "after=x", "before=3"):
        admin.get(f"{path}?{query}").expect(400)
    admin.get(f"{pulled.path}/pulls/999999/changes").expect(404)
    admin.get(path.replace("changes", "others")).expect(404)
    admin.delete(path).expect(405)
