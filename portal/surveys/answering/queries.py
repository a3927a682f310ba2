"""Finding what a link or a code opens."""

import json
from dataclasses import dataclass
from functools import lru_cache

from flask import current_app
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import joinedload

from portal.crypto import keyring, public_id_of
from portal.db import db
from portal.surveys.models import Draft, Invitation, QuestionnaireVersion
from portal.surveys.questionnaire import Page, Question, Questionnaire
from portal.surveys.questionnaire_file import parse
from portal.surveys.rules import Moment, Written


@dataclass(frozen=True)
class Asked:
    """The questionnaire of one invitation: only the pages meant for this person."""

    version_id: int
    pages: tuple[Page, ...]

    @property
    def questions(self) -> list[Question]:
        return [question for page in self.pages for question in page.questions]


def find(token: str, *, to_change: bool = False) -> Invitation | None:
    """The invitation a token opens, with its draft, or None. `to_change` waits for other posts of this link."""
    public_id = public_id_of(token)
    if public_id is None:
        return None
    invitation = _one(Invitation.public_id == public_id, to_change)
    if invitation is None or not keyring().knows(token, public_id, invitation.link_key_id):
        return None
    return invitation


def find_by_code(code: str, *, to_change: bool = False) -> Invitation | None:
    """The invitation a letter code opens (see rules.read_code for how it may be typed)."""
    return _one(Invitation.code_index == keyring().index("code", code), to_change)


def _one(which: ColumnElement[bool], to_change: bool) -> Invitation | None:
    wanted = select(Invitation).where(which).execution_options(populate_existing=True)
    if not to_change:
        return db.session.scalar(wanted.options(joinedload(Invitation.draft)))
    invitation = db.session.scalar(wanted.with_for_update())
    if invitation is not None:
        # Asked for after the lock was got: in one statement it would be the draft from before the wait.
        db.session.refresh(invitation, ["draft"])
    return invitation


def token_of(invitation: Invitation) -> str:
    """The last part of the personal link."""
    return keyring().token(invitation.public_id, invitation.link_key_id)


def link_of(invitation: Invitation) -> str:
    """The whole personal link, as messages carry it."""
    base_url = current_app.extensions["settings"].base_url
    return f"{base_url}/v/{token_of(invitation)}"


def code_of(invitation: Invitation) -> str:
    """The letter code of this invitation."""
    return keyring().code(invitation.public_id, invitation.link_key_id)


def asked(invitation: Invitation, opened: int | None = None) -> Asked:
    """The questionnaire as begun, else as the page was `opened` with, else the newest published."""
    begun = invitation.draft.version_id if invitation.draft else opened
    version = db.session.get(QuestionnaireVersion, begun) if begun is not None else None
    if version is None or version.moment != invitation.moment:
        version = newest_version(Moment(invitation.moment))
    questionnaire = read(version.source)
    # The module has one pile, of those who were helped: family members would be mixed with them.
    with_module = invitation.parenting_help and invitation.first_person
    return Asked(version.id, questionnaire.pages_for(parenting_help=with_module))


def newest_version(moment: Moment) -> QuestionnaireVersion:
    """The questionnaire in use for a moment. Raises NoResultFound when none was ever published."""
    newest = (
        select(QuestionnaireVersion)
        .where(QuestionnaireVersion.moment == moment)
        .order_by(QuestionnaireVersion.version.desc())
        .limit(1)
    )
    return db.session.scalars(newest).one()


@lru_cache(maxsize=64)
def read(source: str) -> Questionnaire:
    """A published text, read once a process: it never changes."""
    return parse(source)


def answers_of(draft: Draft | None) -> dict[str, Written]:
    """What was saved so far."""
    if draft is None:
        return {}
    return {key: Written(*written) for key, written in json.loads(draft.body).items()}
