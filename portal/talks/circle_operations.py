"""Who wants to hear of new evenings: asking, confirming, leaving, and telling them."""

from sqlalchemy import select

from portal import clock
from portal.crypto import keyring, new_public_id, public_id_of
from portal.db import db, exclusive
from portal.talks import notices
from portal.talks.models import Evening, Member
from portal.talks.notices import Circle


def ask(email: str, language: str) -> None:
    """Mail somebody who wants to be told of new evenings; nothing else is sent before it is confirmed.

    Who is in the circle already gets no mail; the screen says the same to everybody. Whoever
    lost the first mail gets one more, another day: a stranger may have asked.
    """
    exclusive("circle")
    index = keyring().index("talk-circle", email.strip().casefold())
    member = db.session.scalar(select(Member).where(Member.email_index == index))
    if member is None:
        member = Member(
            public_id=new_public_id(),
            link_key_id=keyring().link_key_id,
            email_index=index,
            email=email.strip(),
            language=language,
            asked_on=clock.today(),
        )
        db.session.add(member)
    elif member.confirmed_on is not None:
        return
    notices.tell_member(member, Circle.CONFIRM)


def of_token(token: str, *, to_change: bool = False) -> Member | None:
    """Whose link this is; None for one that we did not make, or of somebody who left."""
    public_id = public_id_of(token)
    if public_id is None:
        return None
    wanted = select(Member).where(Member.public_id == public_id)
    member = db.session.scalar(wanted.with_for_update() if to_change else wanted)
    if member is None or not keyring().knows(token, public_id, member.link_key_id):
        return None
    return member


def confirm(member: Member) -> None:
    """From now on he or she is told of new evenings. Again changes nothing."""
    member.confirmed_on = member.confirmed_on or clock.today()


def leave(member: Member) -> None:
    """Nothing is kept of who leaves."""
    db.session.delete(member)


def announce(evening: Evening) -> int:
    """Tell the circle of a new evening; how many messages were queued."""
    members = db.session.scalars(
        select(Member).where(Member.confirmed_on.is_not(None)).order_by(Member.id)
    ).all()
    return sum(notices.tell_member(member, Circle.NEW, evening) for member in members)
