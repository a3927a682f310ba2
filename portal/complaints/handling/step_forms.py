"""What staff fill in for each step of the procedure. What is kept with a step are texts to read."""

from datetime import datetime
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, RadioField, SelectChoice, StringField, TextAreaField
from wtforms.validators import DataRequired, ValidationError

from portal import clock
from portal.complaints import rules, words
from portal.complaints.handling import step_operations
from portal.complaints.handling.forms import SAID, read_day
from portal.complaints.handling.step_fields import (
    LONGEST_LETTER,
    LetterForm,
    StepForm,
    a_day,
    allow,
    folded,
    lines,
    long_text,
    number,
    one_of,
    read_time,
    short_text,
)
from portal.complaints.handling.step_judging import MOST_PARTS, judge_form
from portal.complaints.handling.step_operations import Given, Part
from portal.complaints.models import Complaint
from portal.complaints.operations import case_of
from portal.complaints.rules import COMMITTEE_AT_LEAST, NotTakenUp, Route, Step
from portal.complaints.settings import is_holiday, weeks_of
from portal.forms import tidy

CONFIRMED = SAID
HOW = {"phone": _l("Aan de telefoon"), "letter": _l("Met een brief"), "desk": _l("Aan de balie")}
KINDS = {"objection": _l("Bezwaar"), "appeal": _l("Beroep")}
NEITHER = {"neither": _l("Geen van beide")}
SUBJECTS = {"pgb": _l("Pgb"), "zin": _l("Zorg in natura (ZIN)"), "other": _l("Iets anders")}
YES_NO = {"yes": _l("Ja, wij nemen maatregelen"), "no": _l("Nee, wij nemen geen maatregelen")}


class DayForm(StepForm):
    on = a_day(_l("Op welke dag?"))

    def begin(self) -> None:
        self.on.data = clock.today().isoformat()


class CallForm(DayForm):
    result = one_of(_l("Hoe ging het?"), words.CALL_RESULTS, _l("Kies hoe het ging."))
    note = long_text(_l("Wat is er gezegd? (mag leeg blijven)"))

    def details(self) -> dict[str, str]:
        result = words.CALL_RESULTS[words.CallResult(self.result.data)]
        return {"result": str(result), "note": self.note.data or ""}


class SolveForm(DayForm):
    agreed = long_text(_l("Wat hebt u afgesproken?"), _l("Schrijf op wat u hebt afgesproken."))
    confirmed = one_of(
        _l("Waaruit blijkt dat de klager tevreden is?"), CONFIRMED, _l("Kies waaruit dat blijkt.")
    )

    def details(self) -> dict[str, str]:
        return {"agreed": self.agreed.data, "confirmed": str(CONFIRMED[self.confirmed.data])}


class ResumeForm(StepForm):
    why = long_text(_l("Waarom gaat de klacht toch verder?"), _l("Schrijf op waarom de klacht verder gaat."))

    def details(self) -> dict[str, str]:
        return {"why": self.why.data}


class TakeUpForm(StepForm):
    parts = long_text(
        _l("Uit welke onderdelen bestaat de klacht?"),
        _l("Schrijf ten minste één onderdeel van de klacht op."),
    )

    def validate_parts(self, field: TextAreaField) -> None:
        if len(lines(field.data)) > MOST_PARTS:
            raise ValidationError(_("Dit zijn te veel onderdelen. Er passen er %(most)s.", most=MOST_PARTS))

    def given(self) -> Given:
        found = lines(self.parts.data)
        return Given(details={"parts": "; ".join(found)}, parts=tuple(map(Part, found)))


class NotTakeUpForm(LetterForm):
    reason = one_of(_l("Om welke reden?"), words.NOT_TAKEN_UP, _l("Kies de reden."))
    explanation = long_text(
        _l("Leg het uit aan de klager"), _l("Leg uit waarom. De klager leest deze woorden in de brief.")
    )

    def given(self) -> Given:
        reason = NotTakenUp(self.reason.data)
        return Given(
            details={"reason": str(words.NOT_TAKEN_UP[reason]), "explanation": self.explanation.data},
            reason=reason,
            letter={"reason": reason, "explanation": self.explanation.data},
        )


class PlanHearingForm(LetterForm):
    day = a_day(_l("Op welke dag?"))
    time = StringField(
        _l("Hoe laat?"), filters=[tidy], validators=[DataRequired(_l("Vul in hoe laat het gesprek is."))]
    )
    place = short_text(_l("Waar?"), _l("Vul in waar het gesprek is."))

    def validate_day(self, field: StringField) -> None:
        allow(self, read_day(field.data))

    def validate_time(self, field: StringField) -> None:
        if read_time(field.data) is None:
            raise ValidationError(_("Dit is geen tijd. Schrijf hem zo: 14:30."))
        if self._moment is not None and self._moment < clock.now():
            raise ValidationError(_("Dit uur is al voorbij. Kies een later uur, of een andere dag."))

    @property
    def _moment(self) -> datetime | None:
        day, at = read_day(self.day.data or ""), read_time(self.time.data)
        return datetime.combine(day, at, tzinfo=clock.AMSTERDAM) if day and at is not None else None

    def given(self) -> Given:
        moment = self._moment
        if moment is None:
            raise ValueError("ask only of a valid form")
        day, spoken = moment.date(), f"{moment:%H.%M}"
        return Given(
            details={"day": day.isoformat(), "time": spoken, "place": self.place.data},
            hearing_at=moment,
            place=self.place.data,
            letter={"day": day, "time": spoken, "place": self.place.data},
        )


class HoldHearingForm(DayForm):
    present = long_text(_l("Wie waren erbij?"), _l("Schrijf op wie erbij waren."))

    def begin(self) -> None:
        planned = self.complaint.hearing_at
        day = clock.local(planned).date() if planned else clock.today()
        self.on.data = min(day, clock.today()).isoformat()

    def details(self) -> dict[str, str]:
        return {"present": self.present.data}


class SkipHearingForm(StepForm):
    reason = one_of(_l("Om welke reden?"), words.NOT_HEARD, _l("Kies de reden."))
    explanation = long_text(_l("Waaruit blijkt dat?"), _l("Leg uit waaruit dat blijkt."))

    def details(self) -> dict[str, str]:
        reason = rules.NotHeard(self.reason.data)
        return {"reason": str(words.NOT_HEARD[reason]), "explanation": self.explanation.data}


class ReportForm(StepForm):
    report = long_text(
        _l("Verslag van het gesprek"), _l("Schrijf het verslag van het gesprek."), longest=LONGEST_LETTER
    )

    def details(self) -> dict[str, str]:
        return {"report": self.report.data}


class TellForm(LetterForm):
    advice = long_text(
        _l("Wat adviseerde de klachtencommissie?"), _l("Neem het advies van de commissie over.")
    )
    findings = long_text(_l("Wat is er gezien en gehoord?"), _l("Schrijf op wat er is gezien en gehoord."))
    conclusions = long_text(_l("Wat volgt daaruit?"), _l("Schrijf op wat daaruit volgt."))

    def __init__(self, complaint: Complaint, step: Step, **given: Any) -> None:
        super().__init__(complaint, step, **given)
        # Under the Jeugdwet the committee judges itself.
        if not complaint.committee or complaint.procedure == rules.Procedure.JEUGDWET:
            del self.advice

    def given(self) -> Given:
        told = {"advice": self.advice.data} if "advice" in self._fields else {}
        told |= {"findings": self.findings.data, "conclusions": self.conclusions.data}
        return Given(details=told, letter=told)


class AnswerForm(LetterForm):
    measures = one_of(_l("Neemt de organisatie maatregelen?"), YES_NO, _l("Kies of er maatregelen komen."))
    text = long_text(
        _l("Welke, of waarom niet?"),
        _l("Schrijf op welke maatregelen er komen, of waarom die er niet komen."),
    )

    def given(self) -> Given:
        return Given(
            details={"measures": str(YES_NO[self.measures.data]), "text": self.text.data},
            letter={"measures": self.measures.data == "yes", "text": self.text.data},
        )


class CloseForm(StepForm):
    note = long_text(_l("Wilt u er nog iets bij zetten? (mag leeg blijven)"))

    def details(self) -> dict[str, str]:
        return {"note": self.note.data or ""}


class WithdrawForm(DayForm):
    how = one_of(_l("Hoe liet de klager het weten?"), HOW, _l("Kies hoe de klager het liet weten."))
    note = long_text(_l("Wat zei of schreef de klager? (mag leeg blijven)"))

    def validate_how(self, field: RadioField) -> None:
        if self.complaint.route == Route.OBJECTION and field.data != "letter":
            raise ValidationError(_("Een bezwaar of beroep wordt schriftelijk ingetrokken (Awb 6:21)."))

    def details(self) -> dict[str, str]:
        return {"how": str(HOW[self.how.data]), "note": self.note.data or ""}


class ForwardForm(LetterForm):
    to_whom = short_text(_l("Naar wie gaat het?"), _l("Vul in naar wie het gaat."))
    kind = one_of(_l("Is het bezwaar of beroep?"), KINDS | NEITHER, _l("Kies of het bezwaar of beroep is."))
    subject = RadioField(
        _l("Waar gaat het over?"),
        choices=[SelectChoice(key, named) for key, named in SUBJECTS.items()],
        validate_choice=False,
    )

    def __init__(self, complaint: Complaint, step: Step, **given: Any) -> None:
        super().__init__(complaint, step, **given)
        if complaint.route == Route.OBJECTION:
            self.kind.choices = [choice for choice in self.kind.choices if choice.value in KINDS]
        if step_operations.kind_of(complaint, step) is None:
            del self.letter, self.made

    def begin(self) -> None:
        if self.complaint.route != Route.OBJECTION:
            self.kind.data = "neither"

    def validate_kind(self, field: RadioField) -> None:
        if self.complaint.route == Route.OBJECTION and field.data in NEITHER:
            raise ValidationError(_("Kies of het bezwaar of beroep is."))

    def validate_subject(self, field: RadioField) -> None:
        if self.kind.data in KINDS and field.data not in SUBJECTS:
            raise ValidationError(_("Kies waar het over gaat."))

    def given(self) -> Given:
        chosen = (self.kind.data, self.subject.data) if self.kind.data in KINDS else None
        received = self.complaint.received_on.isoformat()
        return Given(
            details={"to": self.to_whom.data, "received_on": received},
            objection=chosen,
            letter={"to_whom": self.to_whom.data, "is_objection": chosen is not None},
        )


class CommitteeForm(LetterForm):
    names = long_text(_l("Wie zitten in de commissie?"), _l("Schrijf de namen op, elk op een eigen regel."))
    chair = BooleanField(_l("De voorzitter werkt niet voor of bij ons."))
    nobody = BooleanField(_l("Niemand van hen was bij de klacht betrokken."))

    @property
    def at_least(self) -> int:
        return COMMITTEE_AT_LEAST[rules.Procedure(self.complaint.procedure)]

    def validate_names(self, field: TextAreaField) -> None:
        named = lines(field.data)
        if len({folded(name) for name in named}) < self.at_least:
            raise ValidationError(_("De commissie heeft ten minste %(least)s leden.", least=self.at_least))
        concerned = {folded(person.name) for person in self.complaint.concerned}
        for name in named:
            if folded(name) in concerned:
                raise ValidationError(
                    _("De klacht gaat over %(name)s: die kan niet in de commissie (Awb 9:7).", name=name)
                )

    def validate_chair(self, field: BooleanField) -> None:
        if self.complaint.procedure == rules.Procedure.JEUGDWET and not field.data:
            raise ValidationError(
                _(
                    "De voorzitter mag niet voor of bij ons werken (Jeugdwet 4.2.1). Zet het vinkje als dat zo is."
                )
            )

    def validate_nobody(self, field: BooleanField) -> None:
        if not field.data:
            raise ValidationError(
                _("Wie betrokken was, mag niet meedoen (Awb 9:7). Zet het vinkje als dat zo is.")
            )

    def given(self) -> Given:
        names = lines(self.names.data)
        outside = str(self.chair.label.text) if self.chair.data else ""
        return Given(
            details={"names": ", ".join(names), "chair": outside},
            letter={"names": names, "chair_is_independent": self.chair.data},
        )


class ExtendForm(LetterForm):
    until = a_day(_l("Tot welke dag?"))
    reason = long_text(_l("Waarom is er meer tijd nodig?"), _l("Leg uit waarom er meer tijd nodig is."))

    def begin(self) -> None:
        case = case_of(self.complaint)
        self.until.data = rules.latest_extension(case, weeks_of(case.procedure), is_holiday).isoformat()

    def validate_until(self, field: StringField) -> None:
        allow(self, read_day(field.data))

    def given(self) -> Given:
        until = read_day(self.until.data)
        return Given(
            details={
                "until": self.until.data if until is None else until.isoformat(),
                "why": self.reason.data,
            },
            until=until,
            letter={"until": until, "reason": self.reason.data},
        )


class AskLongerForm(StepForm):
    until = a_day(_l("Tot welke dag vraagt u tijd?"))
    why = long_text(_l("Waarom is er meer tijd nodig?"), _l("Leg uit waarom er meer tijd nodig is."))

    def validate_until(self, field: StringField) -> None:
        allow(self, read_day(field.data))

    def given(self) -> Given:
        until = read_day(self.until.data)
        if until is None:
            raise ValueError("ask only of a valid form")
        kept = {"until": until.isoformat(), "why": self.why.data}
        return Given(details=kept, until=until, letter={"why": self.why.data})


class AgreeLongerForm(DayForm):
    # Until when was asked as the page was shown: what the complainant agreed to.
    until = HiddenField()
    written = BooleanField(_l("De klager gaf schriftelijk toestemming, en ik heb dat gezien."))

    def remember(self) -> None:
        super().remember()
        asked = self.complaint.later_asked
        self.until.data = asked.isoformat() if asked else ""

    def validate_written(self, field: BooleanField) -> None:
        if not field.data:
            raise ValidationError(
                _("Meer tijd kan alleen als de klager dat schriftelijk goed vindt (Awb 9:11 lid 3).")
            )

    def details(self) -> dict[str, str]:
        return {"how": "brief", "until": self.until.data or ""}


class NoteForm(StepForm):
    note = long_text(_l("Wat hebt u ermee gedaan?"), _l("Schrijf op wat u ermee hebt gedaan."))

    def details(self) -> dict[str, str]:
        return {"note": self.note.data}


FORMS: dict[Step, type[StepForm]] = {
    Step.ACKNOWLEDGE: LetterForm,
    Step.CALL: CallForm,
    Step.SOLVE: SolveForm,
    Step.RESUME: ResumeForm,
    Step.TAKE_UP: TakeUpForm,
    Step.NOT_TAKE_UP: NotTakeUpForm,
    Step.COPY: StepForm,
    Step.PLAN_HEARING: PlanHearingForm,
    Step.HOLD_HEARING: HoldHearingForm,
    Step.SKIP_HEARING: SkipHearingForm,
    Step.REPORT: ReportForm,
    Step.TELL: TellForm,
    Step.ANSWER: AnswerForm,
    Step.CLOSE: CloseForm,
    Step.WITHDRAW: WithdrawForm,
    Step.FORWARD: ForwardForm,
    Step.COMMITTEE: CommitteeForm,
    Step.EXTEND: ExtendForm,
    Step.ASK_LONGER: AskLongerForm,
    Step.AGREE_LONGER: AgreeLongerForm,
    Step.NOTE: NoteForm,
}


def fresh(complaint: Complaint, step: Step) -> StepForm:
    """The form as it is shown first."""
    form = _kind(step, len(complaint.parts))(complaint, step, formdata=None)
    form.begin()
    form.remember()
    return form


def filled(complaint: Complaint, step: Step, *, more: int = 0) -> StepForm:
    """The form as it was sent; with `more` parts to judge than the page had."""
    return _kind(step, number(request.form.get("parts")) + more)(complaint, step)


def _kind(step: Step, parts: int) -> type[StepForm]:
    return judge_form(parts) if step is Step.JUDGE else FORMS[step]
