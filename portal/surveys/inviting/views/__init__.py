"""The pages of inviting: for the person under their link, and for the quality team."""

from portal.surveys.inviting.views.letters import blueprint as letters
from portal.surveys.inviting.views.public import blueprint as public
from portal.surveys.inviting.views.staff import blueprint as staff

__all__ = ["letters", "public", "staff"]
