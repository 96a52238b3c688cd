"""A simulated Google Workspace: the Directory API under /admin/directory/v1/, a control API under
/_control/.

What is general comes from the simulated Jira next door. The oddities of Google are those of the
project's collected facts; D is the published discovery document. What is neither there nor in the
facts is marked "not documented" where it is coded.
"""

from .client import GoogleControl
from .embedded import SimulatedGoogle

__all__ = ["GoogleControl", "SimulatedGoogle"]
