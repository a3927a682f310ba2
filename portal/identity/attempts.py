"""Wrong tries are counted per source, so that guessing gets slow and nobody is shut out (design 4.3)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from flask import request
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal import clock
from portal.audit.operations import record
from portal.crypto import keyring
from portal.db import db, exclusive, transaction
from portal.identity import rules
from portal.identity.models import Attempt

NOBODY = "unknown"
"""Who is not signed in, as the audit calls them."""
IPV6_HOME = 64
AN_HOUR = timedelta(hours=1)
"""No shorter than this are tries kept: see `retention.tries_hours` in the profile."""
TURNED_AWAY = "turned away"
NOTED_EVERY = timedelta(minutes=1)
IPV6_NETWORK = 48
_WITH_PORT = re.compile(r"(?P<four>[\d.]+):\d+|\[(?P<six>[^\]]+)\](?::\d+)?", re.ASCII)
Counted = tuple[int, ...]
"""The numbers of what was counted for one try."""


@dataclass(frozen=True)
class Gate:
    """What a try is counted for, and how many wrong ones cost no time there. The source is where the request
    comes from, unless another is named. With None it is counted, and slows nothing."""

    source: str = ""
    free: int | None = rules.FREE_TRIES


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


def count(kind: str, source: str, most: int, *, within: timedelta = rules.COUNTED_FOR) -> int:
    """How many wrong tries touched a source lately, counted up to `most`."""
    since = clock.now() - within
    lately = select(Attempt.id).where(
        Attempt.kind == kind, Attempt.source == _hashed(source), Attempt.at > since
    )
    return len(db.session.scalars(lately.limit(most)).all())


def wait_to_use(kind: str) -> int:
    """Count one use of what costs us work, and give 0; or the seconds before one may again, uncounted.

    Nothing was wrong with it: the many who share an address are let through (rules.FREE_USES).
    """
    seconds, _counted = begin(kind, *_here(rules.FREE_USES))
    return seconds


def turned_away(event: tuple[str, dict[str, str]]) -> None:
    """Note that somebody was told to wait: once a minute for where the request comes from, or a machine that goes on
    would fill the audit. In a transaction of its own."""
    now, source = clock.now(), _hashed("")
    lately = select(Attempt.id).where(
        Attempt.kind == TURNED_AWAY, Attempt.source == source, Attempt.at > now - NOTED_EVERY
    )
    if db.session.scalar(lately.limit(1)) is not None:
        return
    with transaction() as session:
        exclusive(f"attempt:{TURNED_AWAY}:{source}")
        if session.scalar(lately.limit(1)) is None:
            session.add(Attempt(kind=TURNED_AWAY, source=source, at=now))
            record(event[0], NOBODY, **event[1])


def _hashed(source: str) -> str:
    return keyring().index("source", source or _address())


def _address() -> str:
    """Where the request comes from. One IPv6 home has 2^64 addresses, which count as one."""
    address = _read_address()
    if isinstance(address, IPv6Address):
        return str(ip_network((address, IPV6_HOME), strict=False))
    return str(address or "unknown")


def from_here(what: str) -> str:
    """The name, as a source, of something that is tried from where the request comes from."""
    return f"{_address()} {what}"


def _read_address() -> IPv4Address | IPv6Address | None:
    """The address as the server or the proxies told it. Some proxies put the port behind it, which is another one
    at each try."""
    told = request.remote_addr or ""
    has_port = _WITH_PORT.fullmatch(told)
    try:
        # Without the name of an interface, which only this machine would know.
        address = ip_address((has_port["four"] or has_port["six"] if has_port else told).partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def begin(kind: str, *gates: Gate) -> tuple[int, Counted]:
    """Count a try before it is compared, so that many at once are no more than one after another.

    Returns the seconds to wait, and what was counted. Who has to wait at one of the gates was not counted.
    `was_right` takes back what was.
    """
    gates = gates or _here(rules.FREE_TRIES)
    with transaction() as session:
        # In one order for everybody, so that no two wait for one another.
        for name in sorted(_hashed(gate.source) for gate in gates if gate.free is not None):
            exclusive(f"attempt:{kind}:{name}")
        waits = [wait(kind, gate.source, free=gate.free) for gate in gates if gate.free is not None]
        if seconds := max(waits):
            return seconds, ()
        return 0, _add(session, kind, gates)


def begin_one_of(kind: str, source: str, most: int) -> Counted:
    """Count one of so many tries as there may be in an hour; nothing when there were as many as that."""
    with transaction() as session:
        exclusive(f"attempt:{kind}:{_hashed(source)}")
        if count(kind, source, most, within=AN_HOUR) >= most:
            return ()
        return _add(session, kind, [Gate(source)])


def was_right(counted: Counted) -> None:
    """The try that `begin` counted was no wrong one."""
    with transaction() as session:
        session.execute(delete(Attempt).where(Attempt.id.in_(counted)))


def _add(session: Session, kind: str, gates: Iterable[Gate]) -> Counted:
    at = clock.now()
    added = [Attempt(kind=kind, source=_hashed(gate.source), at=at) for gate in gates]
    session.add_all(added)
    session.flush()
    return tuple(one.id for one in added)


def _here(free: int) -> tuple[Gate, ...]:
    """Where the request comes from, and what is around it: who was given a whole IPv6 network has 65,536 homes."""
    address = _read_address()
    if not isinstance(address, IPv6Address):
        return (Gate(free=free),)
    around = str(ip_network((address, IPV6_NETWORK), strict=False))
    return (Gate(free=free), Gate(around, free * rules.FREE_AROUND))
