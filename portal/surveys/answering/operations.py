"""Saving, sending, and emptying the letterbox: the only writer of answers."""

import json
import secrets
from collections.abc import Mapping, Sequence
from random import SystemRandom
from typing import Any

import structlog
from sqlalchemy import delete, select
from sqlalchemy.orm import selectinload

from portal import clock
from portal.crypto import keyring
from portal.db import db, exclusive, forget_deleted, transaction
from portal.profile import profile
from portal.surveys.answering.queries import Asked
from portal.surveys.answering.rules import (
    QUOTE_SUFFIX,
    TRAITS,
    Traited,
    Traits,
    generalise,
    has_answer,
    visible,
)
from portal.surveys.models import Draft, Invitation, LetterboxEntry, Response, ResponseChoice, ResponseText
from portal.surveys.questionnaire import QuestionType
from portal.surveys.rules import Pile, Written, quarter_of
from portal.tasks import operations as tasks
from portal.web import where

_random = SystemRandom()
log = structlog.get_logger("portal.letterbox")


class NothingToSend(Exception):
    """Sending was asked while no question had an answer."""


def save(
    invitation: Invitation,
    asked: Asked,
    answers: Mapping[str, Written],
    *,
    page: int | None = None,
    language: str | None = None,
) -> None:
    """Keep the draft. The first saved answer makes the invitation started."""
    body = json.dumps({key: (written.own, written.tab, written.before) for key, written in answers.items()})
    draft = invitation.draft
    if draft is None:
        draft = invitation.draft = Draft(version_id=asked.version_id, page=1, body=body)
    else:
        draft.body = body
    if page is not None:
        draft.page = page
    if language is not None:
        draft.language = language
    if has_answer(answers):
        invitation.started = True


def send(
    invitation: Invitation,
    asked: Asked,
    answers: Mapping[str, Written],
    *,
    tab: str = "",
    channel: str | None = None,
) -> None:
    """Seal the answers into the letterbox, mark the invitation completed, delete the draft.

    Raises NothingToSend when there is no answer at all. Which other answers came in with it,
    and when, is not kept (design 4.1).
    """
    traits = Traits(
        perspective=invitation.perspective or "",
        channel=channel or invitation.channel,
        language=(invitation.draft.language if invitation.draft else None) or invitation.language,
        team=invitation.team,
    )
    seal(asked, answers, Pile.of(invitation.moment, first_person=invitation.first_person), traits)
    invitation.started = invitation.completed = True
    # Always filled, or its absence would tell paper from screen.
    invitation.sent_from = tab or secrets.token_hex(8)
    invitation.draft = None


def seal(asked: Asked, answers: Mapping[str, Written], pile: Pile, traits: Traits) -> None:
    """Put answers that belong to nobody into the letterbox. Raises NothingToSend when empty."""
    if not has_answer(answers):
        raise NothingToSend
    contents = _contents(asked, answers, pile)
    for of_pile, content in contents.items():
        sealed = json.dumps({"traits": vars(traits), **content})
        db.session.add(
            LetterboxEntry(
                id=secrets.token_hex(16),
                pile=of_pile,
                quarter=quarter_of(clock.today()),
                sealed=keyring().encrypt(sealed),
            )
        )


def _contents(asked: Asked, answers: Mapping[str, Written], pile: Pile) -> dict[Pile, dict[str, Any]]:
    """The answers by pile: only questions that were asked, in the shape responses keep."""
    contents: dict[Pile, dict[str, Any]] = {}
    for question in visible(asked.questions, answers):
        written = answers.get(question.key)
        if written is None or not written.value:
            continue
        content = contents.setdefault(
            Pile(question.module) if question.module else pile, {"choices": [], "texts": []}
        )
        if question.type is QuestionType.TEXT:
            consent = answers.get(question.key + QUOTE_SUFFIX)
            content["texts"].append([question.key, written.value, bool(consent and consent.value)])
        else:
            values = written.value if isinstance(written.value, list) else [written.value]
            content["choices"].extend([question.key, value] for value in values)
    return contents


def ask_to_be_called(invitation: Invitation, request_key: str, details: Mapping[str, str]) -> None:
    """Somebody would rather tell: one open task for the quality team, and no reminders any more.

    Asking again before the call replaces the name, the number and the time.
    """
    tasks.ask("call_back", invitation.public_id, request_key, {**details, "moment": invitation.moment})
    invitation.call_requested = True


def empty_letterbox() -> int:
    """Turn sealed answers into responses wherever enough of them wait together.

    A pile is emptied when it holds the profile's smallest group, or when its quarter is over.
    All responses of that pile and quarter are written anew, in random order under new ids, so
    that nothing shows which came in together. Returns how many answers left the letterbox.
    """
    emptied = 0
    piles = db.session.execute(
        select(LetterboxEntry.pile, LetterboxEntry.quarter)
        .distinct()
        .order_by(LetterboxEntry.pile, LetterboxEntry.quarter)
    ).all()
    for pile, quarter in piles:
        try:
            with transaction():
                exclusive("letterbox")
                emptied += _empty(pile, quarter)
        except Exception as error:  # noqa: BLE001 - a pile that cannot be opened must not keep the others shut
            log.error("pile stays shut", pile=pile, kind=type(error).__name__, where=where(error))
    return emptied


def forget() -> bool:
    """Leave no trace of the order in which answers came in. False when it must be tried again."""
    return forget_deleted(
        "letterbox_entry", "response", "response_choice", "response_text", "draft", "invitation"
    )


def _empty(pile: str, quarter: str) -> int:
    smallest = profile().smallest_group
    waiting = db.session.scalars(
        select(LetterboxEntry).where(LetterboxEntry.pile == pile, LetterboxEntry.quarter == quarter)
    ).all()
    this_quarter = quarter_of(clock.today())
    if not waiting or (len(waiting) < smallest and quarter == this_quarter):
        return 0
    standing = db.session.scalars(
        select(Response)
        .where(Response.pile == pile, Response.quarter == quarter)
        .options(selectinload(Response.choices), selectinload(Response.texts))
    ).all()
    if Pile(pile).waits and len(waiting) + len(standing) < smallest:
        # Few people have these piles: alone in a quarter their answers would be a name. They wait on.
        for entry in waiting:
            entry.quarter = this_quarter
        return 0
    rows = [_opened(entry) for entry in waiting] + [_taken_up(response) for response in standing]
    db.session.execute(delete(LetterboxEntry).where(LetterboxEntry.id.in_([entry.id for entry in waiting])))
    db.session.execute(delete(Response).where(Response.pile == pile, Response.quarter == quarter))
    db.session.expunge_all()
    write_responses(rows, pile, quarter)
    return len(waiting)


def write_responses(rows: Sequence[Traited[dict[str, Any]]], pile: str, quarter: str) -> None:
    """Write answers as responses: traits generalised, in random order, under random ids."""
    told = generalise(rows, profile().smallest_group)
    _random.shuffle(told)
    for row in told:
        db.session.add(_response(row, pile, quarter))
    db.session.flush()


def _opened(entry: LetterboxEntry) -> Traited[dict[str, Any]]:
    content = json.loads(keyring().decrypt(entry.sealed))
    return Traited(content, Traits(**content.pop("traits")))


def _taken_up(response: Response) -> Traited[dict[str, Any]]:
    content = {
        "choices": [[choice.key, choice.value] for choice in response.choices],
        "texts": [[text.key, text.body, text.may_quote] for text in response.texts],
    }
    return Traited(content, Traits(**{name: getattr(response, name) for name in TRAITS}))


def _response(row: Traited[dict[str, Any]], pile: str, quarter: str) -> Response:
    return Response(
        id=secrets.token_hex(16),
        pile=pile,
        quarter=quarter,
        **vars(row.traits),
        choices=[ResponseChoice(key=key, value=value) for key, value in row.answer["choices"]],
        texts=[ResponseText(key=key, body=body, may_quote=quote) for key, body, quote in row.answer["texts"]],
    )
