"""The SCIM clients of identity providers, as strict as the real ones, and what they expect of Jira.

    directory = Directory("okta")
    app = OktaCustomApp(base_url, token, directory)
    ada = directory.add_person("ada@example.com", "Ada", "Lovelace")
    app.assign(ada)                       # sends what Okta sends; IdpError when an answer is wrong
    expected(directory).accounts          # {"ada@example.com"}

Entra sends in cycles: call `settle()` after the acts of an administrator (a no-op for Okta).
"""

from .client import Exchange, IdpError, Throttled
from .directory import Directory, Group, Person, odd_people
from .entra import CycleReport, EntraApp
from .expected import Expected, Held, Row, compare, expected, held, renames
from .okta import OktaApp, OktaCustomApp, OktaOinApp
from .story import EVERYBODY, SHARED_PERSON, story

__all__ = ["CycleReport", "Directory", "EVERYBODY", "EntraApp", "Exchange", "Expected", "Group",
           "Held", "IdpError", "OktaApp", "OktaCustomApp", "OktaOinApp", "Person", "Row",
           "SHARED_PERSON", "Throttled", "compare", "expected", "held", "odd_people", "renames",
           "story"]
