"""Whether a page still shows what is kept: the same draft may lie open on two screens.

A page carries a keyed hash of what it showed. It says nothing to who reads it, and nobody can make another.
"""

import hmac
import json
from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import gettext as _

from portal.complaints.filing import forms
from portal.complaints.filing.rules import Filling, Place, to_json
from portal.complaints.models import Attachment, ComplaintDraft
from portal.crypto import keyring


def step(filling: Filling, place: Place) -> str:
    """The hash of the answers of one step."""
    answers = [_kept(name, filling) for name in forms.STEP_FIELDS[place]]
    return keyring().index("filing-step", json.dumps([place, answers]))


def review(draft: ComplaintDraft, filling: Filling, files: Iterable[Attachment]) -> str:
    """The hash of all that is sent: the answers and the files."""
    told = to_json(filling.as_told())
    return keyring().index("filing-review", json.dumps([draft.public_id, told, [f.public_id for f in files]]))


def fits(given: str, made: str) -> bool:
    """Whether the page carries this hash, whatever else a stranger wrote there."""
    return hmac.compare_digest(given.encode(errors="replace"), made.encode())


def changed(filling: Filling, answers: Mapping[str, Any]) -> dict[str, str]:
    """The answers that differ from what is kept, each with that in words."""
    differing = [name for name, answer in answers.items() if answer != _kept(name, filling)]
    return {name: _in_words(name, filling) for name in differing}


def tell(form: forms.StepForm, names: Iterable[str]) -> None:
    """Say at these fields that another screen changed them."""
    for name in names:
        field = form[name]
        field.errors = [_("“%(label)s” is intussen op een ander scherm veranderd.", label=field.label.text)]


def _kept(name: str, filling: Filling) -> Any:
    return getattr(filling if name in ("domain", "on_behalf") else filling.content, name)


def _in_words(name: str, filling: Filling) -> str:
    # The review shows the street with its town.
    return filling.content.street if name == "street" else forms.said(name, filling)
