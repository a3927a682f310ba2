"""Finding drafts, and what became of them."""

from typing import Any

from sqlalchemy import select

from portal import clock
from portal.complaints.filing.rules import Filling, from_json
from portal.complaints.models import Complaint, ComplaintDraft
from portal.crypto import keyring, public_id_of
from portal.db import db


def find(token: str, *, to_change: bool = False) -> ComplaintDraft | None:
    """The draft that a link opens, as long as it is kept. `to_change` waits for other posts of this link."""
    public_id = public_id_of(token)
    if public_id is None:
        return None
    draft = _one(ComplaintDraft.public_id == public_id, to_change=to_change)
    if draft is None or not keyring().knows(token, public_id, draft.link_key_id):
        return None
    return draft


def find_by_code(code: str) -> ComplaintDraft | None:
    """The draft of a code (see rules.read_code for how it may be typed), as long as it is kept."""
    return _one(ComplaintDraft.code_index == code_index(code))


def _one(which: Any, *, to_change: bool = False) -> ComplaintDraft | None:
    wanted = select(ComplaintDraft).where(which, ComplaintDraft.kept_until >= clock.today())
    if to_change:
        wanted = wanted.with_for_update()
    return db.session.scalar(wanted.execution_options(populate_existing=True))


def filled(draft: ComplaintDraft) -> Filling:
    """What was filled in so far."""
    return from_json(draft.body)


def token_of(draft: ComplaintDraft) -> str:
    """The last part of the link."""
    return keyring().token(draft.public_id, draft.link_key_id)


def code_of(draft: ComplaintDraft) -> str:
    """The code of the draft, ten characters."""
    return keyring().code(draft.public_id, draft.link_key_id)


def code_index(code: str) -> str:
    """By what a draft is found when its code is typed."""
    return keyring().index("complaint-draft", code)


def owner_of(token: str) -> str | None:
    """The public id of a link that is ours, also when its draft is gone; None for any other text."""
    public_id = public_id_of(token)
    if public_id is None or not keyring().knows(token, public_id, keyring().link_key_id):
        return None
    return public_id


def request_key(public_id: str) -> str:
    """Under what the complaint of a draft is filed: once, however often it is sent."""
    return keyring().index("filed", public_id)[:64]


def sent(public_id: str) -> Complaint | None:
    """The complaint that a draft became."""
    return db.session.scalar(select(Complaint).where(Complaint.request_key == request_key(public_id)))
