"""What the talks keep of one person: found by address, and forgotten."""

from collections.abc import Collection, Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import contains_eager

from portal.crypto import keyring
from portal.db import db
from portal.talks import operations
from portal.talks.models import Member, SignUp
from portal.talks.operations import NOBODY, person_index
from portal.talks.rules import Reason, Refused, State


def sign_ups(addresses: Collection[str]) -> Sequence[SignUp]:
    """Who signed up with one of these: an e-mail address, or a number in international form; the newest first."""
    return db.session.scalars(
        select(SignUp)
        .join(SignUp.evening)
        .where(SignUp.person_index.in_([person_index(address) for address in addresses]))
        .options(contains_eager(SignUp.evening))
        .order_by(SignUp.id.desc())
        .execution_options(populate_existing=True)
    ).all()


def members(emails: Collection[str]) -> Sequence[Member]:
    """Who is told of new evenings at one of these addresses, or asked for it."""
    indexes = [keyring().index("talk-circle", email.strip().casefold()) for email in emails]
    return db.session.scalars(
        select(Member)
        .where(Member.email_index.in_(indexes))
        .order_by(Member.id)
        .execution_options(populate_existing=True)
    ).all()


def held(signup_ids: Collection[int]) -> Sequence[SignUp]:
    """These sign-ups, with their evenings held one after another until the transaction ends."""
    found = db.session.scalars(
        select(SignUp)
        .where(SignUp.id.in_(signup_ids))
        .order_by(SignUp.evening_id, SignUp.id)
        .execution_options(populate_existing=True)
    ).all()
    for evening_id in sorted({signup.evening_id for signup in found}):
        operations.hold(evening_id)
    return found


def forget_sign_up(signup: SignUp) -> None:
    """Give the place back as leaving does, so that the line moves. Of an evening that was, it counts one less."""
    try:
        operations.leave(signup)
    except Refused as refused:
        if refused.reason is not Reason.OVER:
            raise
        signup.state, signup.person_index, signup.sealed_person = State.GONE, None, NOBODY
        signup.came = None
        db.session.flush()


def held_members(member_ids: Collection[int]) -> Sequence[Member]:
    """These members, held until the transaction ends."""
    return db.session.scalars(
        select(Member)
        .where(Member.id.in_(member_ids))
        .order_by(Member.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def forget_member(member_id: int) -> None:
    """Out of the circle."""
    gone = delete(Member).where(Member.id == member_id)
    db.session.execute(gone.execution_options(synchronize_session=False))
