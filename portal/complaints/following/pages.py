"""What the follow pages show of a complaint."""

import json
from collections.abc import Mapping
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal import clock, i18n
from portal.complaints import messages, people
from portal.complaints.content import Content, Reach
from portal.complaints.following import operations, rules
from portal.complaints.following.forms import CloseForm, SolvedForm, own
from portal.complaints.following.rules import Taken
from portal.complaints.letters import By
from portal.complaints.models import Complaint
from portal.complaints.operations import case_of
from portal.complaints.rules import Route, Step
from portal.complaints.settings import is_holiday, weeks_of
from portal.complaints.words import CALL_RESULTS
from portal.profile import profile

LETTERS: Mapping[str, Any] = {
    "acknowledgement": _l("Bevestiging van ontvangst"),
    "not_taken_up": _l("Waarom wij de klacht niet behandelen"),
    "hearing": _l("Uitnodiging voor het gesprek"),
    "extension": _l("Wij hebben meer tijd nodig"),
    "outcome": _l("Het oordeel"),
    "answer": _l("Wat wij met het oordeel doen"),
    "committee": _l("De klachtencommissie"),
    "passed_on": _l("Wij stuurden het door"),
}
NAMES: Mapping[str, tuple[Any, Any]] = {
    Route.COMPLAINT: (_l("Uw klacht"), _l("Je klacht")),
    Route.OTHER_ORGANISATION: (_l("Uw klacht"), _l("Je klacht")),
    Route.OBJECTION: (_l("Uw bezwaar"), _l("Je bezwaar")),
}
OTHERWISE = (_l("Uw bericht"), _l("Je bericht"))


def name_of(complaint: Complaint) -> str:
    """What the page calls what came in: "Uw klacht"."""
    return str(NAMES.get(complaint.route, OTHERWISE)[complaint.young])


def in_language(texts: Mapping[str, str]) -> str:
    """A text of the profile in the language of this page."""
    return texts.get(i18n.language()) or texts[i18n.DEFAULT]


def about(complaint: Complaint) -> str:
    """The theme in words, as the middle of a sentence; "" when none was chosen."""
    theme = profile().complaints.themes.get(complaint.theme)
    text = in_language(theme) if theme else ""
    return text[:1].lower() + text[1:]


def shared(complaint: Complaint) -> dict[str, Any]:
    """What every follow page needs."""
    return {
        "complaint": complaint,
        "young": complaint.young,
        "name": name_of(complaint),
        "called": f"{name_of(complaint)} {complaint.reference}",
        "coordinator": in_language(profile().complaints.coordinator),
        "today": clock.today(),
    }


def overview(
    complaint: Complaint, *, solved: SolvedForm | None = None, close: CloseForm | None = None
) -> dict[str, Any]:
    """The follow page: the promise, the timeline, and what there is to read."""
    case, today = case_of(complaint), clock.today()
    steps = [_taken(step) for step in complaint.steps]
    sent = letters(complaint)
    first = rules.first_promise(case, weeks_of(case.procedure), is_holiday)
    agreed = any(taken.step is Step.AGREE_LONGER for taken in steps)
    return shared(complaint) | {
        "case": case,
        "about": about(complaint),
        "promise": rules.promise(case, today, is_holiday, ended_on=complaint.ended_on),
        "first_promise": first if first < case.decide_by else None,
        "agreed": agreed,
        "why_extended": why(complaint, Step.EXTEND),
        "moments": rules.timeline(case, steps, is_holiday),
        "unread": messages.unread(complaint, by_complainant=True),
        "letters": sent,
        # What came on paper was read there.
        "new_letters": [
            one for one in sent if (one["is_digital"] or one["is_to_come"]) and not one["letter"].read_at
        ],
        "on_their_way": on_their_way(complaint),
        "contact_by": contact_by(complaint.content),
        "refused_longer": operations.refused_longer(complaint),
        "may_withdraw": rules.may_withdraw(case, today),
        "solved_form": _asking(complaint, solved) if rules.may_say_whether_solved(case) else None,
        "close_form": close or own(CloseForm, complaint, formdata=None),
    }


def _asking(complaint: Complaint, posted: SolvedForm | None) -> SolvedForm:
    kept = {"solved": complaint.solved}
    form: SolvedForm = posted or own(SolvedForm, complaint, formdata=None, data=kept)
    form.solved.label.text = (
        _("Is het voor jou opgelost?") if complaint.young else _("Is het voor u opgelost?")
    )
    return form


def why(complaint: Complaint, step: Step) -> str:
    """The reason that was given with the last such step, as the letter about it says too; "" without one."""
    given = [json.loads(taken.details).get("why", "") for taken in complaint.steps if taken.step == step]
    return str(given[-1]) if given else ""


def _taken(step: Any) -> Taken:
    details = json.loads(step.details)
    if step.step == Step.CALL:
        details["kind"] = _call_result(details.get("result", ""))
    return Taken(Step(step.step), step.on, details)


def _call_result(kept: str) -> str:
    """Which result of a call was kept with its step, in the words of the team's pages; "" when none was."""
    with force_locale(i18n.DEFAULT):
        return next((result.value for result, label in CALL_RESULTS.items() if str(label) == kept), "")


def contact_by(content: Content) -> str:
    """How we may come to somebody: "phone", "other" for any other way, "" when none is known."""
    if Reach.PHONE in content.reach and content.phone:
        return "phone"
    return "other" if content.notice_channel or content.may_write_home else ""


def on_their_way(complaint: Complaint) -> set[str]:
    """The kinds of the letters that were made, and still have to be posted."""
    return {
        letter.kind for letter in complaint.letters if letter.sent_on is None and letter.channel == By.POST
    }


def letters(complaint: Complaint) -> list[dict[str, Any]]:
    """The letters that can be read here, numbered as they came."""
    return [
        {
            "number": number,
            "letter": letter,
            "name": LETTERS.get(letter.kind, letter.kind),
            "on": letter.sent_on or clock.local(letter.made_at).date(),
            "is_digital": letter.channel == By.DIGITAL,
            "is_to_come": letter.sent_on is None,
        }
        for number, letter in enumerate(operations.shown_letters(complaint), start=1)
    ]


def conversation(complaint: Complaint) -> list[dict[str, Any]]:
    """The messages from old to new, with who wrote each; staff by what they do, never by name or address."""
    coordinators: set[int] = set()
    if any(message.author_id not in (None, complaint.handler_id) for message in complaint.messages):
        coordinators = {user.id for user in people.coordinators(complaint)}
    return [
        {
            "id": message.id,
            "ours": not message.from_complainant,
            "by_coordinator": message.author_id in coordinators and message.author_id != complaint.handler_id,
            "at": clock.local(message.at),
            "words": message.words,
            "read": message.read_at is not None,
        }
        for message in complaint.messages
    ]
