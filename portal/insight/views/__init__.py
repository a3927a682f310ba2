"""The pages that look back, and the public ones."""

from portal.insight.views.public import public
from portal.insight.views.staff import staff

__all__ = ["public", "staff"]
