"""The key of a site's organization: given, never shown, tried out."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness.admin import AdminClient
from tests.harness.httpd import Httpd
from tests.integration.scene import Scene, scene  # noqa: F401

pytestmark = pytest.mark.any_mpm

ORGANIZATION = {"id": "demo-org", "apiKey": "demo-organization-key"}
SHOWN = {"id": "demo-org", "hasApiKey": True, "url": None}


def site_of(scene: Scene) -> dict[str, Any]:
    return scene.admin.get(f"/api/sites/{scene.site}").expect(200).json()


def tried(scene: Scene) -> Any:
    return scene.admin.post(f"/api/sites/{scene.site}/test", {}).expect(200).json()["organization"]


def test_it_is_kept_until_it_is_ended_and_never_shown(scene: Scene, httpd: Httpd) -> None:
    assert site_of(scene)["organization"] is None and tried(scene) is None
    scene.put_site(organization=ORGANIZATION)
    assert site_of(scene)["organization"] == SHOWN
    scene.put_site(products=["jira-core"])
    assert site_of(scene)["organization"] == SHOWN
    everything = [scene.admin.get(path).expect(200).body
                  for path in ("/api/sites", "/api/events", f"/api/sites/{scene.site}")]
    assert all(b"demo-organization-key" not in body for body in everything)
    scene.put_site(organization=None)
    assert site_of(scene)["organization"] is None


def test_the_test_tells_whether_it_works(scene: Scene) -> None:
    scene.put_site(organization={**ORGANIZATION, "url": scene.jira.url})
    assert tried(scene) == {"ok": True, "status": 200, "detail": None}
    scene.put_site(organization={**ORGANIZATION, "apiKey": "demo-expired"})
    wrong = tried(scene)
    assert (wrong["ok"], wrong["status"]) == (False, 401) and "not accepted" in wrong["detail"]
    scene.put_site(organization={**ORGANIZATION, "id": "another"})
    assert tried(scene)["status"] == 400


@pytest.mark.parametrize("wrong", [
    "demo-org", [], {}, {"id": "demo-org"}, {"apiKey": "x"}, {**ORGANIZATION, "key": "x"},
    {**ORGANIZATION, "id": "a/b"}, {**ORGANIZATION, "id": 1}, {**ORGANIZATION, "apiKey": "a b"},
    {**ORGANIZATION, "apiKey": ""}, {**ORGANIZATION, "url": "http://api.example.com"},
    {**ORGANIZATION, "url": "https://a@b.example.com"}, {**ORGANIZATION, "apiKey": "x" * 3000}])
def test_what_is_wrong_is_refused(wrong: Any, scene: Scene) -> None:
    refused = scene.admin.put(f"/api/sites/{scene.site}", {"organization": wrong}).expect(400)
    assert "organization" in refused.json()["detail"]
    assert site_of(scene)["organization"] is None
