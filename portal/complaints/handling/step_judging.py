"""The judgment of each part of a complaint (Awb 9:12): a form with as many parts as there are."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, SelectChoice

from portal.complaints import words
from portal.complaints.handling.step_fields import StepForm, long_text
from portal.complaints.handling.step_operations import Given, Part
from portal.complaints.rules import Judgment

MOST_PARTS = 30


class JudgeForm(StepForm):
    """As many parts as the page shows: `words_1`, `judgment_1`, `reasons_1` and so on."""

    parts = HiddenField()

    def begin(self) -> None:
        for number, part in enumerate(self.complaint.parts, start=1):
            self[f"words_{number}"].data = part.words

    def remember(self) -> None:
        super().remember()
        self.parts.data = str(len(self.rows))

    @property
    def rows(self) -> list[tuple[Any, Any, Any]]:
        """The fields of each part: its words, the judgment and the reasons."""
        names = ("words", "judgment", "reasons")
        count = sum(name.startswith("words_") for name in self._fields)
        return [(*(self[f"{name}_{number}"] for name in names),) for number in range(1, count + 1)]

    def validate(self, extra_validators: Any = None) -> bool:
        """Each part that has words has a judgment with reasons; one without any text is taken away."""
        is_valid = bool(super().validate(extra_validators))
        left = 0
        for about, judgment, reasons in self.rows:
            # A choice cannot be taken back, text can: without text there is no part.
            if not (about.data or reasons.data):
                continue
            left += 1
            for wanted, message in (
                (about, _("Schrijf op waar dit onderdeel over gaat.")),
                (judgment, _("Kies een oordeel over dit onderdeel.")),
                (reasons, _("Leg uit hoe u tot dit oordeel komt.")),
            ):
                known = judgment.data in list(Judgment) if wanted is judgment else wanted.data
                if not known:
                    wanted.errors = [*wanted.errors, message]
                    is_valid = False
        if not left:
            self.rows[0][0].errors = [_("Schrijf ten minste één onderdeel van de klacht op.")]
        return is_valid and left > 0

    def given(self) -> Given:
        found = tuple(
            Part(about.data, Judgment(judgment.data), reasons.data)
            for about, judgment, reasons in self.rows
            if about.data
        )
        judged = [
            f"{number}. {words.JUDGMENTS[part.judgment]}"
            for number, part in enumerate(found, 1)
            if part.judgment
        ]
        return Given(details={"parts": ", ".join(judged)}, parts=found)

    def typed(self) -> list[tuple[str, str]]:
        return [(str(about.label.text), about.data) for about, *_rest in self.rows if about.data] + [
            (str(why.label.text), why.data) for *_rest, why in self.rows if why.data
        ]


def judge_form(parts: int) -> type[JudgeForm]:
    """The form for this many parts: at least one, at most `MOST_PARTS`."""
    fields: dict[str, Any] = {}
    for number in range(1, min(max(parts, 1), MOST_PARTS) + 1):
        fields[f"words_{number}"] = long_text(_l("Waar gaat onderdeel %(number)s over?", number=number))
        fields[f"judgment_{number}"] = RadioField(
            _l("Oordeel over onderdeel %(number)s", number=number),
            choices=[SelectChoice(str(key), named) for key, named in words.JUDGMENTS.items()],
            validate_choice=False,
        )
        fields[f"reasons_{number}"] = long_text(
            _l("Waarom dit oordeel over onderdeel %(number)s?", number=number)
        )
    return type("PartsForm", (JudgeForm,), fields)
