"""Typing in a paper: the same seal as any other answer, over channel paper."""

from collections.abc import Mapping

from portal.audit.operations import record
from portal.db import db, exclusive
from portal.surveys.answering import operations as answering
from portal.surveys.answering.queries import Asked
from portal.surveys.answering.rules import Traits
from portal.surveys.models import Invitation, PaperEntry
from portal.surveys.rules import Channel, Moment, Perspective, Pile, Written


class AlreadyAnswered(Exception):
    """The code on the paper belongs to a link whose answer was sent before."""


def enter(
    moment: Moment,
    perspective: Perspective,
    asked: Asked,
    answers: Mapping[str, Written],
    *,
    invitation: Invitation | None,
    request_key: str,
    actor: str,
) -> bool:
    """Put the answers of a paper into the letterbox, once for each request key; False when known.

    With a code it counts in the response rate, also after the link closed: post is slow.
    Without one it counts in the results alone. Raises AlreadyAnswered or NothingToSend.
    """
    exclusive("paper")
    if db.session.get(PaperEntry, request_key) is not None:
        return False
    if invitation is None:
        traits = Traits(perspective, Channel.PAPER, language="", team="")
        first_person = perspective is not Perspective.FAMILY_MEMBER
        answering.seal(asked, answers, Pile.of(moment, first_person=first_person), traits)
    elif invitation.completed:
        raise AlreadyAnswered
    else:
        answering.send(invitation, asked, answers, channel=Channel.PAPER)
    db.session.add(PaperEntry(request_key=request_key, moment=moment, with_code=invitation is not None))
    record("paper.entered", actor, moment=moment)
    return True
