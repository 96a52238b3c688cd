"""scim-syncctl's document has every setting that the admin API takes: what is added there and
forgotten here would not be in anybody's file."""

import re

from tests.checks import source
from tests.harness import openapi

# What is in no answer, so that no export has it: it is named by where it is.
SECRETS = {"apiToken", "apiKey", "clientSecret", "serviceAccountKey"}
# The name is that of the member, and `site` another way to say `sites`.
OTHERWISE = {"name", "site"}
# Settings with a call of their own stand below the thing that they are about.
BELOW = {"idp_fields": {"google", "rules"}, "google_fields": {"choice", "schedule"}}
SCHEMAS = {
    "site_fields": ["SiteSettings"], "organization_fields": ["OrganizationSettings"],
    "idp_fields": ["NewIdp", "IdpChange"], "google_fields": ["GoogleSettings"],
    "choice_fields": ["ChoiceInput"], "schedule_fields": ["ScheduleSettings"]}


def listed(file: str) -> dict[str, set[str]]:
    """The lists of fields in a file of the program, by their names."""
    text = source.without_comments(source.CTL / file)
    found = {name: set(re.findall(r'"(\w+)"', names)) for name, names in
             re.findall(r"const (\w+_fields)\[\] = \{([^}]*)\}", text)}
    assert found, f"no lists of fields in {file}"
    return found


def properties(*schemas: str) -> set[str]:
    components = openapi.document()["components"]["schemas"]
    return {name for schema in schemas for name in components[schema]["properties"]}


def taken(fields: str) -> set[str]:
    return properties(*SCHEMAS[fields]) - OTHERWISE


def test_what_is_applied_is_what_can_be_set() -> None:
    lists = listed("config.c")
    del lists["document_fields"]
    assert lists == {name: taken(name) | BELOW.get(name, set()) for name in lists}
    assert lists.keys() == SCHEMAS.keys() - {"choice_fields", "schedule_fields"}


def test_what_is_exported_is_that_without_secrets() -> None:
    lists = listed("config_read.c")
    assert lists == {name: taken(name) - SECRETS for name in lists}
    assert lists.keys() == SCHEMAS.keys() - {"organization_fields"}
    # These are exported as they are read.
    shown = properties("Organization") - {"hasApiKey"}
    assert shown == properties("OrganizationSettings") - SECRETS
    assert properties("UserRules") == properties("UserRulesInput")
    assert properties("CustomerRules") == properties("CustomerRulesInput")


def test_no_settings_are_missing() -> None:
    bodies = [call.schema_of_body() for call in openapi.calls() if call.method in ("PUT", "PATCH")]
    known = {"RulesInput", *(schema for schemas in SCHEMAS.values() for schema in schemas)}
    source.none(f"no list of fields is held against {body}" for body in bodies
                if body is None or body["$ref"].rpartition("/")[2] not in known)
