"""Wrong tries that were made already, for tests of what comes after them."""

from portal import clock
from portal.db import transaction
from portal.identity import attempts
from portal.identity.models import Attempt


def failed(kind: str, *others: str) -> None:
    """One from where the request comes from, which touched these other sources too."""
    at = clock.now()
    with transaction() as session:
        session.add_all(
            Attempt(kind=kind, source=attempts._hashed(source), at=at) for source in ("", *others)
        )
