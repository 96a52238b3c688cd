"""The upheaval with customers in it: one more identity provider, whose groups give portals, tells
of the same people, and of their leaving at other times. No tests of its own."""

from __future__ import annotations

from tests.integration.scene import Held, Scene
from tests.integration.upheaval import Teller, Upheaval

DESKS = ["DESKA", "DESKB", "DESKC"]
ORGANIZATIONS = ["Company A", "Company B"]
# What each group gives; Team 4 is not mapped.
PORTALS: dict[str, tuple[list[str], list[str]]] = {
    "Team 0": (["DESKA"], []), "Team 1": (["DESKA", "DESKB"], []), "Team 2": ([], ["Company A"]),
    "Team 3": (["DESKC"], ["Company A"]), "Team 5": ([], ["Company B"]),
    "Team 6": (["DESKB"], ["Company B"]), "Team 7": (["DESKC"], [])}
WALK_IN = "walk.in@elsewhere.example.com"


class CustomersUpheaval(Upheaval):
    def __init__(self, scene: Scene, seed: int):
        for key in DESKS:
            scene.control.edit("add-desk", project_key=key)
        scene.control.edit("add-account", email=WALK_IN, account_type="customer")
        scene.control.edit("add-desk-customer", desk=DESKS[0], account=WALK_IN)
        super().__init__(scene, seed)
        self.customers = Teller(scene.idp(mode="customers"))
        scene.admin.put_rules(scene.name_of(self.customers.client), {
            "guard": {"enabled": False},
            "groups": {"mappings": [
                {"group": name, **({"projects": projects} if projects else {}),
                 **({"organizations": organizations} if organizations else {})}
                for name, (projects, organizations) in PORTALS.items()]}})

    def step(self) -> None:
        if self.chance.random() < 0.5:
            super().step()
            return
        teller = self.customers
        act = self.chance.choice([
            self._create, self._create, self._leave, self._return, self._return, self._delete,
            self._found, self._found, self._dissolve, self._join, self._join, self._part,
            self._replace, self._rename_user, self._nest, self._unnest])
        act(teller)
        teller.client.close()

    def _sabotage(self, teller: Teller) -> None:
        """Somebody is taken out of a group, or of a portal, of ours."""
        if self.chance.random() < 0.5:
            super()._sabotage(teller)
            return
        name = self.chance.choice([*DESKS, *ORGANIZATIONS])
        if victim := self._one(self.inside().get(name, set()) - {WALK_IN}):
            if name in DESKS:
                self.scene.control.edit("remove-desk-customer", desk=name, account=victim)
            else:
                self.scene.control.edit("remove-organization-member", organization=name,
                                        account=victim)

    def inside(self) -> dict[str, set[str]]:
        """Who was added to each desk and organization."""
        state = self.scene.control.state()
        return {**{desk["projectKey"]: set(desk["customers"]) for desk in state["desks"]},
                **{one["name"]: set(one["members"]) for one in state["organizations"]}}

    def portals_wanted(self, name: str) -> set[str]:
        groups = {group for group, (projects, organizations) in PORTALS.items()
                  if name in projects or name in organizations}
        wanted = {address for address in self.customers.active
                  if self.customers.groups_of(address) & groups}
        return wanted - {self.owner} | ({WALK_IN} if name == DESKS[0] else set())

    def sides(self) -> list[str]:
        return [*super().sides(), f"{self.scene.site}:customers"]

    def judge(self, held: Held) -> list[str]:
        inside = self.inside()
        return super().judge(held) + [
            f"{name} has {sorted(inside.get(name, set()))}, not {sorted(self.portals_wanted(name))}"
            for name in [*DESKS, *ORGANIZATIONS]
            if inside.get(name, set()) != self.portals_wanted(name)]
