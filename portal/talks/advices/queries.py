"""Finding advices. Changes nothing."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from portal.db import db
from portal.talks.models import Advice, Evening


def all_of_them() -> Sequence[Advice]:
    """Every advice with its steps, the newest first."""
    return db.session.scalars(
        select(Advice).options(selectinload(Advice.steps)).order_by(Advice.id.desc())
    ).all()


def published() -> Sequence[Advice]:
    """What everybody may read, the newest first."""
    which = select(Advice).where(Advice.published.is_(True)).options(selectinload(Advice.steps))
    return db.session.scalars(which.order_by(Advice.id.desc())).all()


def one(advice_id: int) -> Advice | None:
    """The advice with this number."""
    return db.session.get(Advice, advice_id)


def evenings() -> Sequence[Evening]:
    """The evenings at which an advice may have been given, the newest first."""
    return db.session.scalars(select(Evening).order_by(Evening.starts_at.desc())).all()
