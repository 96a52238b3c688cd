"""The simulated Google: users.list and users.get."""

from __future__ import annotations

import pytest

from tests.simulators.google.fixtures import (  # noqa: F401
    api, careless_google, emails, google, one_google)


@pytest.fixture
def people(google):
    """A few users that differ in what queries look at."""
    google.control.edit("add-org-unit", path="/Sales")
    google.control.edit("add-org-unit", path="/Sales/North East")
    google.control.edit("add-org-unit", path="/Salesforce")
    add = google.control.edit
    return {
        "ada": add("add-user", email="ada@example.com", given_name="Ada", family_name="Abel",
                   is_admin=True, aliases=["ada.old@example.com"])["id"],
        "ben": add("add-user", email="ben@example.com", given_name="Benjamin",
                   family_name="O'Neill", org_unit_path="/Sales", suspended=True,
                   extra={"externalIds": [{"value": "E7", "type": "organization"}]})["id"],
        "cleo": add("add-user", email="cleo@example.com", given_name="Cleo", family_name="Costa",
                    org_unit_path="/Sales/North East", archived=True,
                    extra={"relations": [{"type": "manager", "value": "ben@example.com"}]})["id"],
        "dora": add("add-user", email="dora@example.com", given_name="Dora", family_name="Abel",
                    org_unit_path="/Salesforce", extra={
                        "relations": [{"type": "manager", "value": "cleo@example.com"}],
                        "customSchemas": {"demo": {"badge": "42"}},
                        "organizations": [{"department": "Field Work", "primary": True}]})["id"],
    }


def test_suspended_and_archived_users_are_listed(api, people):
    reply = api.users()
    assert emails(reply) == ["ada", "ben", "cleo", "dora"]
    assert reply.content["kind"] == "admin#directory#users"
    assert [(one["suspended"], one["archived"]) for one in reply.content["users"]] == [
        (False, False), (True, False), (False, True), (False, False)]
    assert [one.get("suspensionReason") for one in reply.content["users"]][:2] == [None, "ADMIN"]
    assert "nextPageToken" not in reply.content


@pytest.mark.parametrize("query, found", [
    ("isSuspended=false isArchived=false", ["ada", "dora"]),
    ("isSuspended=true", ["ben"]),
    ("isAdmin=true", ["ada"]),
    ("email=ada@example.com", ["ada"]),
    ("email=ada.old@example.com", ["ada"]),
    ("email:c*", ["cleo"]),
    ("givenName:ben*", ["ben"]),
    ("givenName=ben", []),
    ("familyName='O\\'Neill'", ["ben"]),
    ("familyName=abel givenName=dora", ["dora"]),
    ("name:Cleo", ["cleo"]),
    ("name:Cle", []),
    ("orgUnitPath=/Sales", ["ben", "cleo"]),
    ("orgUnitPath='/Sales/North East'", ["cleo"]),
    ("orgUnitPath=/", ["ada", "ben", "cleo", "dora"]),
    ("externalId=E7", ["ben"]),
    ("directManager=ben@example.com", ["cleo"]),
    ("manager=ben@example.com", ["cleo", "dora"]),
    ("orgDepartment:field", ["dora"]),
    ("demo.badge=42", ["dora"]),
])
def test_queries(google, api, people, query, found):
    google.control.configure(empty_users="present")
    assert emails(api.users(query=query)) == found


@pytest.mark.parametrize("query", [
    "isSuspended", "isSuspended=maybe", "isSuspended:true", "nonsense=1", "email=", "a=b OR c=d",
    "NOT isAdmin=true", "orgDepartment:fie*", "orgUnitPath=/Nowhere", "orgUnitPath:/Sales",
    "familyName='O"])
def test_a_query_that_makes_no_sense_is_refused(api, people, query):
    reply = api.users(query=query)
    assert (reply.status, reply.reason, reply.message) == (400, "invalid", "Invalid Input: query")


def test_pages(google, api):
    google.control.seed(users=1201)
    assert len(api.users().content["users"]) == 100
    pages = api.pages("users", "users", customer="my_customer", maxResults=500)
    assert [len(page) for page in pages] == [500, 500, 201]
    assert len({one["id"] for page in pages for one in page}) == 1201


def test_a_page_is_not_shifted_by_what_comes_and_goes(google, api):
    google.control.seed(users=6)
    first = api.users(maxResults=3)
    google.control.edit("remove-user", user="user-00001@example.com")
    google.control.edit("add-user", email="aa@example.com")
    second = api.users(maxResults=3, pageToken=first.content["nextPageToken"])
    assert emails(second) == ["user-00004", "user-00005", "user-00006"]


@pytest.mark.parametrize("order, direction, found", [
    ("email", "DESCENDING", ["dora", "cleo", "ben", "ada"]),
    ("familyName", "ASCENDING", ["ada", "dora", "cleo", "ben"]),
    ("givenName", "DESCENDING", ["dora", "cleo", "ben", "ada"]),
])
def test_orders_hold_over_pages(api, people, order, direction, found):
    pages = api.pages("users", "users", customer="my_customer", orderBy=order,
                      sortOrder=direction, maxResults=2)
    assert [one["primaryEmail"].partition("@")[0] for page in pages for one in page] == found


def test_page_tokens_die(google, api):
    google.control.seed(users=3)
    token = api.users(maxResults=1).content["nextPageToken"]
    assert emails(api.users(maxResults=1, pageToken=token)) == ["user-00002"]
    google.control.kill_page_tokens()
    reply = api.users(maxResults=1, pageToken=token)
    assert (reply.status, reply.message) == (400, "Invalid Input: pageToken")
    google.control.configure(page_token_seconds=0)
    token = api.users(maxResults=1).content["nextPageToken"]
    assert api.users(maxResults=1, pageToken=token).status == 400


@pytest.mark.parametrize("change", [{"maxResults": 2}, {"query": "isSuspended=false"},
                                    {"fields": "nextPageToken,users/id"}])
def test_a_page_token_wants_the_same_parameters(careless_google, api, change):
    careless_google.control.seed(users=3)
    token = api.users(maxResults=1).content["nextPageToken"]
    assert api.users(**{"maxResults": 1, "pageToken": token} | change).status == 400
    assert len(careless_google.control.violations()) == 1


def test_a_page_token_from_nowhere(careless_google, api):
    for token in ("nonsense", "", "AAAA", "ü"):
        assert api.users(pageToken=token).status == 400
    assert "never given out" in careless_google.control.violations()[0]["problem"]


def test_domains(google, api):
    google.control.configure(domains=["example.com", "example.org"])
    google.control.edit("add-user", email="ada@example.com")
    google.control.edit("add-user", email="ben@example.org")
    assert emails(api.users()) == ["ada", "ben"]
    assert emails(api.get("users", domain="example.org")) == ["ben"]
    assert api.get("users", domain="example.net").status == 404
    assert (api.get("users").status, api.get("users").reason) == (400, "badRequest")
    assert api.get("users", customer="C0other").status == 403


def test_customer_and_domain_together_is_a_mistake(careless_google, api):
    careless_google.control.configure(domains=["example.com", "example.org"])
    careless_google.control.edit("add-user", email="ada@example.com")
    careless_google.control.edit("add-user", email="ben@example.org")
    assert emails(api.users(domain="example.com")) == ["ada"]
    assert "both given" in careless_google.control.violations()[0]["problem"]


def test_deleted_users_are_a_listing_of_their_own_for_20_days(google, api, people):
    google.control.edit("remove-user", user="ada@example.com")
    google.control.edit("remove-user", user="ben@example.com")
    assert emails(api.users()) == ["cleo", "dora"]
    deleted = api.users(showDeleted="true")
    assert emails(deleted) == ["ada", "ben"]
    assert deleted.content["users"][0]["deletionTime"]
    assert api.get(f"users/{people['ada']}").status == 404
    google.control.edit("age-deleted-user", user=people["ada"],
                        deletion_time="2026-01-01T00:00:00.000Z")
    assert emails(api.users(showDeleted="true")) == ["ben"]
    google.control.edit("undelete-user", user=people["ben"])
    assert emails(api.users()) == ["ben", "cleo", "dora"]


def test_get_by_id_address_and_alias(google, api, people):
    for key in (people["ada"], "ada@example.com", "ADA.OLD@example.com"):
        assert api.get(f"users/{key}").content["id"] == people["ada"]
    google.control.edit("add-group", email="team@example.com")
    reply = api.get("users/team@example.com")
    assert (reply.status, reply.message) == (400, "Type not supported: userKey")
    assert (api.get("users/nobody").status, api.get("users/nobody").reason) == (404, "notFound")


def test_a_rename_keeps_the_id_and_leaves_an_alias(google, api, people):
    google.control.edit("set-user", user="ada@example.com", email="ada.new@example.com")
    user = api.get(f"users/{people['ada']}").content
    assert user["primaryEmail"] == "ada.new@example.com"
    assert user["aliases"] == ["ada.old@example.com", "ada@example.com"]
    assert api.get("users/ada@example.com").content["id"] == people["ada"]


def test_a_login_changes_the_etag_and_nothing_that_matters(google, api, people):
    before = api.get(f"users/{people['ada']}").content
    google.control.edit("login", user=people["ada"])
    after = api.get(f"users/{people['ada']}").content
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"etag", "lastLoginTime", "agreedToTerms"}
    google.control.configure(last_login="flaps")
    assert api.get(f"users/{people['ada']}").content != api.get(f"users/{people['ada']}").content


def test_custom_schemas_come_with_the_full_projection_only(api, people):
    assert "customSchemas" not in api.get(f"users/{people['dora']}").content
    full = api.get(f"users/{people['dora']}", projection="full").content
    assert full["customSchemas"] == {"demo": {"badge": "42"}}
    assert api.users(projection="custom").status == 400


def test_who_is_no_administrator_sees_what_is_public(google, api, people):
    google.control.configure(caller="unprivileged")
    assert (api.users().status, api.users().reason) == (403, "forbidden")
    public = api.users(viewType="domain_public")
    assert emails(public) == ["ada", "dora"]
    assert "suspended" not in public.content["users"][0]
    assert api.users(viewType="domain_public", query="orgUnitPath=/Sales").status == 400


def test_nobody_found_is_a_missing_key_or_an_empty_list(google, api):
    assert "users" not in api.users().content
    google.control.configure(empty_users="present")
    assert api.users().content["users"] == []


def test_odd_documents(careless_google, api):
    add = careless_google.control.edit
    odd = add("add-user", email="ada@example.com", given_name="\u200b", family_name="",
              extra={"emails": "", "externalIds": {"value": "one"}, "suspended": None})["id"]
    add("add-user", email="ada@example.com", same_address=True,
        extra={"name": {"fullName": "\x07"}})
    first, second = api.users().content["users"]
    assert (first["id"], first["name"]["givenName"], first["emails"]) == (odd, "\u200b", "")
    assert "suspended" not in first
    assert second["primaryEmail"] == first["primaryEmail"]
    assert second["name"] == {"fullName": "\x07"}
    add("set-user", user=odd, extra={"orgUnitPath": 7})
    assert api.get(f"users/{odd}").content["orgUnitPath"] == 7
