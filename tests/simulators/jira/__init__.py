"""A simulated Jira Cloud: the REST API under /rest/api/3/, a control API under /_control/.

The oddities of Jira Cloud that are simulated are those of the project's collected facts; each is
named with its source where it is coded. P is the published platform document.
"""

from .client import JiraControl
from .embedded import SimulatedJira

__all__ = ["JiraControl", "SimulatedJira"]
