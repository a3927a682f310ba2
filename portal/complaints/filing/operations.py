"""Drafts, and sending one: the complaint, its files, its acknowledgement and the end of the draft together."""

from datetime import date

from sqlalchemy import delete, update

from portal import clock
from portal.complaints import letters, notices, operations, people
from portal.complaints.filing import fresh, queries
from portal.complaints.filing.rules import Filling, kept_until, to_json
from portal.complaints.letters import By, Kind
from portal.complaints.models import Attachment, Complaint, ComplaintDraft
from portal.complaints.operations import PORTAL, Filed
from portal.complaints.rules import Step
from portal.crypto import keyring, new_public_id
from portal.db import db, transaction
from portal.profile import profile


class Gone(Exception):
    """There is no such draft any more: it was sent, thrown away, or kept long enough."""


class Changed(Exception):
    """It is no longer what was looked over."""


class NothingToSend(Exception):
    """Neither words nor a file: nobody could do anything with it."""


def begin(filling: Filling, language: str) -> ComplaintDraft:
    """A draft to fill in, with a link and a code of its own."""
    public_id, key_id = new_public_id(), keyring().link_key_id
    draft = ComplaintDraft(
        public_id=public_id,
        link_key_id=key_id,
        code_index=queries.code_index(keyring().code(public_id, key_id)),
        body=to_json(filling),
        language=language,
        kept_until=last_day(is_empty=filling.is_empty),
    )
    db.session.add(draft)
    db.session.flush()
    return draft


def save(draft: ComplaintDraft, filling: Filling, language: str) -> None:
    """Keep what was filled in, and the draft for as long again."""
    draft.body, draft.language = to_json(filling), language
    is_empty = filling.is_empty and not draft.attachments
    draft.kept_until = last_day(is_empty=is_empty)


def last_day(*, is_empty: bool = False) -> date:
    """The last day of a draft that is saved today."""
    return kept_until(clock.today(), profile().retention.complaint_drafts_days, is_empty=is_empty)


def throw_away(draft: ComplaintDraft) -> None:
    """Delete a draft with its files."""
    # By statement: the database takes the files along, which the ORM would try to keep.
    db.session.execute(delete(ComplaintDraft).where(ComplaintDraft.id == draft.id))


def send(token: str, code_hash: str, language: str, *, seen: str | None = None) -> Complaint:
    """Make the draft a complaint, in a transaction of its own: all of it, or nothing.

    `code_hash` is the slow hash of the receipt code; `seen` what fresh.review gave for the page that is sent,
    None when no page was shown. Raises Gone, NothingToSend and Changed.
    """
    with transaction():
        draft = queries.find(token, to_change=True)
        if draft is None:
            raise Gone
        filling = queries.filled(draft)
        if not filling.content.what and not draft.attachments:
            raise NothingToSend
        if seen is not None and not fresh.fits(seen, fresh.review(draft, filling, draft.attachments)):
            raise Changed
        filed = Filed(
            content=filling.content,
            route=filling.route,
            domain=filling.domain,
            on_behalf=filling.on_behalf,
            language=language,
            young=filling.young,
        )
        key = queries.request_key(draft.public_id)
        complaint = operations.receive(filed, request_key=key, code_hash=code_hash)
        _move_files(draft, complaint)
        throw_away(draft)
        _acknowledge(complaint)
        notices.tell_staff(complaint, "new", people.coordinators(complaint), key="new")
    return complaint


def _move_files(draft: ComplaintDraft, complaint: Complaint) -> None:
    db.session.execute(
        update(Attachment)
        .where(Attachment.draft_id == draft.id)
        .values(complaint_id=complaint.id, draft_id=None)
        .execution_options(synchronize_session=False)
    )


def _acknowledge(complaint: Complaint) -> None:
    """Confirm that it came in (Awb 9:6), over the way that was agreed to (Awb 2:8).

    A letter on paper confirms when staff say that it was posted. Where no letter may come, the page that
    shows the receipt is the confirmation.
    """
    by = letters.way(complaint)
    if by is By.HAND:
        operations.take(complaint, Step.ACKNOWLEDGE, actor=PORTAL, details={"how": "screen"})
        return
    text = letters.words(complaint, Kind.ACKNOWLEDGEMENT)
    key = keyring().index("acknowledgement", complaint.public_id)
    letters.send(complaint, Kind.ACKNOWLEDGEMENT, text, request_key=key, actor=PORTAL, by=by)
    if by is By.DIGITAL:
        operations.take(complaint, Step.ACKNOWLEDGE, actor=PORTAL, details={"how": "letter"})
