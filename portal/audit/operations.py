"""Recording. Each event is declared once, with exactly the keys it carries."""

from portal import clock
from portal.audit.models import AuditEvent
from portal.db import db

EVENTS: dict[str, frozenset[str]] = {
    "questionnaire.published": frozenset({"moment", "version"}),
    "staff.added": frozenset({"user", "roles"}),
    "task.done": frozenset({"task"}),
    "task.reopened": frozenset({"task"}),
    "paper.entered": frozenset({"moment"}),
}


def record(event: str, actor: str, **details: str) -> None:
    """Add the event to the running transaction. Raises ValueError when its keys are not as declared."""
    if EVENTS[event] != details.keys():
        raise ValueError(f"{event} carries {sorted(EVENTS[event])}, not {sorted(details)}")
    db.session.add(AuditEvent(at=clock.now(), actor=actor, event=event, details=details))
