"""What administrators call an identity provider, whose name stays."""

from typing import Any

import pytest

from tests.harness.admin import AdminClient

pytestmark = pytest.mark.any_mpm


def call(admin: AdminClient, idp: str, name: str | None) -> dict[str, Any]:
    return admin.patch(f"{admin.API}/idps/{idp}", {"displayName": name}).expect(200).json()


def test_it_is_called_otherwise_and_its_address_stays(idp: Any, admin: AdminClient) -> None:
    before = admin.get(f"{admin.API}/idps/{idp.name}").expect(200).json()
    assert before["displayName"] is None
    after = call(admin, idp.name, "  Okta of the wörks 東京 ")
    assert after["displayName"] == "Okta of the wörks 東京"
    assert (after["name"], after["scim"]) == (before["name"], before["scim"])
    shown = {one["name"]: one["displayName"] for one in admin.idps()}
    assert shown[idp.name] == "Okta of the wörks 東京"
    idp.scim.get("/Users").expect(200)
    admin.set_state(idp.name, "paused")
    assert admin.get(f"{admin.API}/idps/{idp.name}").json()["displayName"] == after["displayName"]
    assert call(admin, idp.name, None)["displayName"] is None


def test_it_is_made_with_one(make_idp: Any, admin: AdminClient) -> None:
    first, second = make_idp(displayName="Okta"), make_idp(displayName="Okta")
    shown = {one["name"]: one["displayName"] for one in admin.idps()}
    assert shown[first.name] == shown[second.name] == "Okta"
    assert make_idp(displayName=None).scim.get("/Users").status == 200


def test_the_event_says_what_it_was_called(idp: Any, admin: AdminClient) -> None:
    for name in ("Works", "Plant", None):
        call(admin, idp.name, name)
    admin.patch(f"{admin.API}/idps/{idp.name}", {"state": "paused"}).expect(200)
    told = [(one["detail"], (one["change"] or {}).get("displayName"))
            for one in reversed(admin.events(f"kind=idp.changed&idp={idp.name}"))]
    assert told == [
        (f"live; called Works, was {idp.name}", {"after": "Works"}),
        ("live; called Plant, was Works", {"before": "Works", "after": "Plant"}),
        (f"live; called {idp.name}, was Plant", {"before": "Plant"}),
        ("paused", None)]
    assert len(admin.events(f"q=plant&idp={idp.name}")) == 2


def test_two_who_rename_it_at_once(idp: Any, admin: AdminClient) -> None:
    address = f"{admin.API}/idps/{idp.name}"
    seen = admin.get(address).headers["ETag"]
    call(admin, idp.name, "Works")
    answer = admin.request("PATCH", address, {"displayName": "Plant"}, headers={"If-Match": seen})
    answer.expect(412)
    assert admin.get(address).json()["displayName"] == "Works"


@pytest.mark.parametrize("name", [
    "", " ", "\t", "a\nb", "a\x00b", "a\x1bb", "a\u2028b", "a\u202eb", 129 * "x", 129 * "ü", 7,
    True, [], {}])
def test_what_is_none_is_refused(name: Any, idp: Any, admin: AdminClient) -> None:
    detail = admin.patch(f"{admin.API}/idps/{idp.name}",
                         {"displayName": name}).expect(400).json()["detail"]
    assert "displayName" in detail or "JSON" in detail
    assert admin.get(f"{admin.API}/idps/{idp.name}").json()["displayName"] is None


def test_as_long_as_it_may_be(idp: Any, admin: AdminClient) -> None:
    longest = 128 * "😀"
    assert call(admin, idp.name, f" {longest} ")["displayName"] == longest
    call(admin, idp.name, 128 * "ü")
    event, = admin.events(f"kind=idp.changed&idp={idp.name}&limit=1")
    assert event["detail"].startswith("live; called ü")


def test_its_name_can_not_be_changed(idp: Any, admin: AdminClient) -> None:
    admin.patch(f"{admin.API}/idps/{idp.name}", {"name": "other"}).expect(400)
