"""Wrong tries are counted per source, so that guessing gets slow and nobody is shut out (design 4.3)."""

from ipaddress import IPv6Address, ip_address, ip_network

from flask import request
from sqlalchemy import delete, select

from portal import clock
from portal.audit.operations import record
from portal.crypto import keyring
from portal.db import db, exclusive, transaction
from portal.identity import rules
from portal.identity.models import Attempt

NOBODY = "unknown"
"""Who is not signed in, as the audit calls them."""
IPV6_HOME = 64


def wait(kind: str, source: str = "", *, free: int = rules.FREE_TRIES) -> int:
    """Seconds before the source may try again; 0 means now. The source is where the request comes from,
    unless another is named, such as an account. `free` are the tries that cost no time."""
    now = clock.now()
    failures = db.session.scalars(
        select(Attempt.at)
        .where(Attempt.kind == kind, Attempt.source == _hashed(source), Attempt.at > now - rules.COUNTED_FOR)
        .order_by(Attempt.at.desc())
        .limit(free)
    )
    return rules.wait_seconds(failures.all(), now, free)


def count(kind: str, source: str, most: int) -> int:
    """How many wrong tries touched a source lately, counted up to `most`."""
    since = clock.now() - rules.COUNTED_FOR
    lately = select(Attempt.id).where(
        Attempt.kind == kind, Attempt.source == _hashed(source), Attempt.at > since
    )
    return len(db.session.scalars(lately.limit(most)).all())


def wait_to_use(kind: str) -> int:
    """Count one use of what costs us work, and give 0; or the seconds before one may again, uncounted.

    Nothing was wrong with it: the many who share an address are let through (rules.FREE_USES).
    """
    seconds = wait(kind, free=rules.FREE_USES)
    if not seconds:
        failed(kind)
    return seconds


def failed(kind: str, *others: str, event: tuple[str, dict[str, str]] | None = None) -> None:
    """Count a wrong try, in a transaction of its own: for where the request comes from, and for other
    sources it touched. `event` is what the audit notes of it, and with which details."""
    at = clock.now()
    with transaction() as session:
        session.add_all(Attempt(kind=kind, source=_hashed(source), at=at) for source in ("", *others))
        if event:
            record(event[0], NOBODY, **event[1])


def _hashed(source: str) -> str:
    return keyring().index("source", source or _address())


def _address() -> str:
    """Where the request comes from. One IPv6 home has 2^64 addresses, which count as one."""
    try:
        address = ip_address(request.remote_addr or "")
    except ValueError:
        return "unknown"
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ip_network((address, IPV6_HOME), strict=False))
    return str(address)


def begin(kind: str) -> tuple[int, int]:
    """Count a try before it is compared, so that many at once are no more than one after another.

    Returns the seconds to wait, and the number of the try. Who has to wait was not counted. `was_right` takes
    a counted one back.
    """
    source = _hashed("")
    with transaction() as session:
        exclusive(f"attempt:{kind}:{source}")
        if seconds := wait(kind):
            return seconds, 0
        counted = Attempt(kind=kind, source=source, at=clock.now())
        session.add(counted)
        session.flush()
        return 0, counted.id


def was_right(number: int) -> None:
    """The try that `begin` counted was no wrong one."""
    with transaction() as session:
        session.execute(delete(Attempt).where(Attempt.id == number))
