"""What others had given somebody in Jira by hand before the person left and came back."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.scene import (  # noqa: F401
    SOFTWARE, Scene, remove_member, scene)
from tests.integration.test_drift import differences, reconcile
from tests.integration.test_rules_people import ANN, DESK, Ruled


class TestWhatOthersGave:
    @pytest.fixture
    def adopted(self, scene: Scene) -> tuple[Ruled, dict[str, Any]]:
        """Ann had her products before the module, has left, and has come back."""
        scene.control.edit("add-account", email=ANN,
                           products=["jira-software", "jira-servicedesk"])
        idp = Ruled(scene, onDeactivate="removeAccess")
        ann = idp.join()
        idp.team(ann)
        scene.settle()
        idp.leave(ann)
        assert scene.settle().groups_of(ANN) == set()
        idp.come_back(ann)
        assert scene.settle().groups_of(ANN) == {"Team", SOFTWARE, DESK}
        return idp, ann

    def test_it_is_theirs_again_after_the_person_has_come_back(self, scene: Scene,
                                                               adopted: Any) -> None:
        idp, ann = adopted
        idp.put(onDeactivate="takeBack")
        scene.settle()
        idp.leave(ann)
        assert scene.settle().groups_of(ANN) == {SOFTWARE, DESK}

    def test_it_stays_when_the_idp_is_deleted(self, scene: Scene, adopted: Any) -> None:
        idp, ann = adopted
        scene.admin.delete(f"/api/idps/{idp.name}?access=remove").expect(204)
        scene.forget(idp.name)
        assert scene.settle().groups_of(ANN) == {SOFTWARE, DESK}

    def test_it_stays_when_the_person_leaves_a_group_of_that_name(self, scene: Scene,
                                                                  adopted: Any) -> None:
        idp, ann = adopted
        group = idp.team(ann, name=DESK)
        scene.settle()
        remove_member(idp.scim, group, ann)
        assert scene.settle().groups_of(ANN) == {"Team", SOFTWARE, DESK}

    def test_access_is_taken_each_time_and_comes_back_each_time(self, scene: Scene,
                                                                adopted: Any) -> None:
        idp, ann = adopted
        for _ in range(2):
            idp.leave(ann)
            assert scene.settle().groups_of(ANN) == set()
            assert differences(reconcile(scene)) == {}
            idp.come_back(ann)
            assert scene.settle().groups_of(ANN) == {"Team", SOFTWARE, DESK}

    def test_an_answer_that_is_lost_makes_nothing_ours(self, scene: Scene, adopted: Any) -> None:
        idp, ann = adopted
        for operation, step in (("removeUserFromGroup", idp.leave),
                                ("addUserToGroup", idp.come_back)):
            scene.control.add_fault("status", match={"operation": operation}, after=True,
                                    times=1, status=500)
            step(ann)
            scene.settle()
        assert scene.held().groups_of(ANN) == {"Team", SOFTWARE, DESK}
        idp.put(onDeactivate="takeBack")
        idp.leave(ann)
        assert scene.settle().groups_of(ANN) == {SOFTWARE, DESK}
