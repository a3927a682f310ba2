"""Recording. Each event is declared once, with exactly the keys it carries."""

import secrets

from portal import clock
from portal.audit import chain
from portal.audit.models import AuditEvent
from portal.crypto import keyring
from portal.db import db

EVENTS: dict[str, frozenset[str]] = {
    "questionnaire.published": frozenset({"moment", "version"}),
    "staff.added": frozenset({"user", "roles"}),
    "staff.invited": frozenset({"user", "roles"}),
    "staff.link": frozenset({"user"}),
    "staff.joined": frozenset({"user"}),
    "staff.roles": frozenset({"user", "before", "after"}),
    "staff.closed": frozenset({"user"}),
    "staff.reopened": frozenset({"user"}),
    "staff.second_step": frozenset({"user", "how"}),
    "staff.password": frozenset({"user"}),
    "signin.done": frozenset({"user"}),
    "signin.failed": frozenset({"user", "what"}),
    "session.ended": frozenset({"user", "how"}),
    "export.made": frozenset({"what"}),
    "hold.placed": frozenset({"hold", "kind"}),
    "hold.ended": frozenset({"hold", "kind"}),
    "retention.purged": frozenset({"kind", "rows", "until"}),
    "person.sought": frozenset({"request", "how", "found"}),
    "person.exported": frozenset({"request", "kind"}),
    "person.erased": frozenset({"request", "erased", "kept"}),
    "keys.rotated": frozenset({"rows", "lost"}),
    "task.done": frozenset({"task"}),
    "task.reopened": frozenset({"task"}),
    "paper.entered": frozenset({"moment"}),
    "message.resent": frozenset({"message"}),
    "message.discarded": frozenset({"message"}),
    "letters.batched": frozenset({"batch", "letters"}),
    "letters.undone": frozenset({"batch", "letters"}),
    "letters.posted": frozenset({"batch", "letters"}),
    "letter.returned": frozenset({"message"}),
    "sending.paused": frozenset({"topic"}),
    "sending.resumed": frozenset({"topic"}),
    "moments.imported": frozenset({"new", "known", "changed", "refused"}),
    "contact.stopped": frozenset({"reason"}),
    "contact.allowed": frozenset({"reason"}),
    "complaint.received": frozenset({"complaint", "via"}),
    "complaint.step": frozenset({"complaint", "step"}),
    "complaint.classified": frozenset({"complaint", "route", "domain"}),
    "complaint.handler": frozenset({"complaint", "user"}),
    "complaint.declared": frozenset({"complaint", "involved"}),
    "complaint.deputy": frozenset({"complaint", "user"}),
    "complaint.concerned": frozenset({"complaint", "user"}),
    "complaint.unconcerned": frozenset({"complaint", "user"}),
    "complaint.message": frozenset({"complaint"}),
    "complaint.letter": frozenset({"complaint", "kind", "by"}),
    "complaint.letter_posted": frozenset({"complaint", "kind"}),
    "complaint.code": frozenset({"complaint", "by"}),
    "complaint.replied": frozenset({"complaint"}),
    "complaint.solved": frozenset({"complaint", "solved"}),
    "complaint.seen": frozenset({"complaint", "what"}),
    "complaint.wrong_code": frozenset({"complaint"}),
    "complaint.details": frozenset({"complaint", "fields"}),
    "measure.added": frozenset({"measure"}),
    "measure.done": frozenset({"measure"}),
    "measure.reopened": frozenset({"measure"}),
    "objection.added": frozenset({"objection"}),
    "objection.ended": frozenset({"objection", "outcome"}),
    "objection.reopened": frozenset({"objection"}),
    "evening.made": frozenset({"evening"}),
    "evening.changed": frozenset({"evening"}),
    "evening.cancelled": frozenset({"evening"}),
    "evening.told": frozenset({"evening", "what"}),
    "evening.downloaded": frozenset({"evening", "kind"}),
    "evening.came": frozenset({"evening"}),
    "evening.purged": frozenset({"evening"}),
    "signup.by_hand": frozenset({"evening"}),
    "signup.taken_out": frozenset({"evening"}),
    "advice.added": frozenset({"advice"}),
    "advice.changed": frozenset({"advice"}),
    "advice.step": frozenset({"advice", "stage"}),
}


def record(event: str, actor: str, **details: str) -> None:
    """Add the event to the running transaction. Raises ValueError when its keys are not as declared."""
    if EVENTS[event] != details.keys():
        raise ValueError(f"{event} carries {sorted(EVENTS[event])}, not {sorted(details)}")
    entry = chain.Entry(chain.UNNUMBERED, clock.now(), actor, event, details)
    mark = chain.marked(mac, secrets.token_hex(chain.NONCE_LENGTH // 2), entry)
    db.session.add(AuditEvent(at=entry.at, actor=actor, event=event, details=details, mac=mark))


def mac(text: str) -> str:
    """The keyed hash by which it shows that something was touched."""
    return keyring().index("audit", text)
