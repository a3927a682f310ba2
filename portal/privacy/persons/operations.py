"""Forgetting one person: everything that may go, in one transaction, or nothing."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import structlog

from portal.audit.operations import record
from portal.complaints import persons as complaints
from portal.db import exclusive, transaction
from portal.identity.models import User
from portal.outbox import persons as outbox
from portal.privacy.persons import queries
from portal.privacy.persons.found import Ask, Found
from portal.privacy.persons.records import Record
from portal.privacy.persons.rules import What, Why, why_stays
from portal.privacy.retention.operations import forget as overwrite
from portal.surveys import persons as surveys
from portal.surveys.inviting.asking import TOPIC as SURVEY
from portal.surveys.inviting.operations import ProtectedValue
from portal.talks import persons as talks
from portal.talks.notices import TOPIC as TALK
from portal.tasks import persons as tasks

log = structlog.get_logger("portal.persons")


class Busy(Exception):
    """A message to this person is being sent right now: nothing was changed."""


@dataclass(frozen=True)
class Kept:
    """What stays, and why."""

    record: Record
    why: Why


@dataclass
class Plan:
    """What goes and what stays when this person is forgotten."""

    found: Found
    """Among what: also where nobody could look."""
    goes: list[Record] = field(default_factory=list)
    stays: list[Kept] = field(default_factory=list)

    @classmethod
    def of(
        cls, found: Found, take: Collection[str], held: Collection[str], *, forget_left_alone: bool
    ) -> "Plan":
        """By the rules, for the records that are the person's."""
        made = cls(found)
        for one in _taken(found, take):
            why = why_stays(one.what, held, forget_left_alone=forget_left_alone)
            if why is None:
                made.goes.append(one)
            else:
                made.stays.append(Kept(one, why))
        return made


def look(ask: Ask, user: User, *, recorded: bool = True) -> Found:
    """Find everything, and record that it was sought and which complaints were seen."""
    with transaction():
        found = queries.find(ask, user)
        if recorded:
            shown = found.all()
            record(
                "person.sought",
                str(user.id),
                request=ask.number,
                how=ask.sought.how,
                found=str(len(shown) or len(found.candidates)),
            )
        _seen(found.all(), user)
    if found.search.lost:
        log.error("lost key", rows=found.search.lost)
    return found


def exported(ask: Ask, user: User, take: Collection[str], kind: str) -> tuple[Found, list[Record]]:
    """What was found and what of it goes into the person's file, recorded as given out."""
    with transaction():
        found = queries.find(ask, user)
        taken = _taken(found, take)
        if taken:
            record("person.exported", str(user.id), request=ask.number, kind=kind)
            _seen(taken, user)
    return found, taken


def _seen(shown: Sequence[Record], user: User) -> None:
    for reference in queries.complaints_in(shown):
        record("complaint.seen", str(user.id), complaint=reference, what="person")


def _taken(found: Found, take: Collection[str]) -> list[Record]:
    """Those of the found that were chosen: what was not found cannot be meant."""
    return [one for one in found.all() if one.key in take]


def erase(ask: Ask, user: User, take: Collection[str], *, forget_left_alone: bool) -> Plan:
    """Forget the person, in a transaction of its own; what went and what stayed. Raises Busy, and changes nothing.

    Where all of it went meanwhile, nothing goes, and nothing is recorded. The locks are taken in the order in
    which the features take them: nobody waits for us who holds what we want.
    """
    with transaction():
        exclusive("inviting")
        exclusive("circle")
        found = queries.find(ask, user)
        plan = Plan.of(found, take, queries.all_held(), forget_left_alone=forget_left_alone)
        if not plan.goes:
            return plan
        goes = _Going(found, plan.goes, str(user.id))
        protected = goes.forget_invitations()
        goes.forget_calls()
        goes.forget_in_talks()
        goes.forget_complaint_drafts()
        if forget_left_alone:
            goes.forget_left_alone()
        else:
            surveys.write_no_more(protected, goes.actor)
        record(
            "person.erased",
            goes.actor,
            request=ask.number,
            erased=_counted([one.what for one in plan.goes]),
            kept=_counted([kept.record.what for kept in plan.stays]),
        )
    # What a reader still has open is overwritten by the daily round.
    overwrite()
    return plan


def _counted(whats: Collection[What]) -> str:
    """How many of each kind, as the record of who did what keeps it."""
    return ", ".join(f"{what} {number}" for what, number in sorted(Counter(whats).items()))


@dataclass
class _Going:
    """What goes, part by part, inside the running transaction and in this order.

    Who answers, or is called back, holds an invitation and then wants the tasks; who sends a complaint holds
    its draft and then wants the list of whom we leave alone; an evening is held last of the talks.
    """

    found: Found
    records: Sequence[Record]
    actor: str

    def _numbers(self, what: What) -> list[int]:
        return sorted(one.number for one in self.records if one.what is what)

    def forget_invitations(self) -> Sequence[ProtectedValue]:
        """Who was asked, with what was begun and every message; the ledger keeps its counts.

        Returns by what they can be left alone afterwards.
        """
        going = set(self._numbers(What.INVITATION))
        found = self.found
        mine = [one for one in found.contacts if one.invitation_id in going]
        protected = surveys.protected(mine, neighbours=found.neighbours)
        held = surveys.hold(going)
        self._forget_messages(SURVEY, {one.public_id for one in held}, self._numbers(What.SURVEY_MESSAGE))
        for invitation in held:
            surveys.forget(invitation)
        return protected

    def forget_calls(self) -> None:
        tasks.forget(self._numbers(What.CALL))

    def forget_in_talks(self) -> None:
        """Places go back, and the line moves."""
        signups = talks.held(self._numbers(What.SIGN_UP))
        for signup in signups:
            talks.forget_sign_up(signup)
        members = talks.held_members(self._numbers(What.MEMBER))
        for member in members:
            talks.forget_member(member.id)
        # Afterwards: giving a place back says so in a message, and that holds the address again.
        subjects = {one.public_id for one in signups} | {one.public_id for one in members}
        self._forget_messages(TALK, subjects, self._numbers(What.TALK_MESSAGE))

    def forget_complaint_drafts(self) -> None:
        for number in self._numbers(What.COMPLAINT_DRAFT):
            complaints.forget_draft(number)

    def forget_left_alone(self) -> None:
        surveys.may_write_again(self._numbers(What.LEFT_ALONE), self.actor)

    def _forget_messages(self, topic: str, subjects: Collection[str], ids: Collection[int]) -> None:
        if not outbox.forget(topic, subjects=subjects, ids=ids):
            raise Busy
