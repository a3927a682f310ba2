"""Somebody at a desk who takes the steps of a complaint through its pages."""

import re
from html import unescape
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.complaints.models import Complaint
from portal.complaints.rules import Step
from portal.db import db
from tests.pages import read

_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
_AREA = re.compile(r'<textarea[^>]* name="([^"]+)"[^>]*>\n(.*?)</textarea>', re.DOTALL)


def main_of(response: TestResponse) -> str:
    """The page's main part, as HTML."""
    return response.text[response.text.index("<main") : response.text.index("</main>")]


def said(response: TestResponse) -> str:
    """What the page says, without its tags."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", main_of(response)))).strip()


def hidden(response: TestResponse) -> dict[str, str]:
    """The hidden fields of the page's own form."""
    return {name: unescape(value) for name, value in _HIDDEN.findall(main_of(response))}


def areas(response: TestResponse) -> dict[str, str]:
    """What stands in the page's text boxes."""
    return {name: unescape(value) for name, value in _AREA.findall(main_of(response))}


def filled(response: TestResponse) -> dict[str, str]:
    """What a browser would send of the page's own form: everything that is filled in or chosen."""
    found: dict[str, str] = {}
    for field in read(response.text).iter():
        name, kind = field.get("name"), field.get("type", "text")
        if field.tag == "textarea" and name:
            found[name] = field.text or ""
        elif field.tag == "input" and name:
            is_given = kind not in ("radio", "checkbox") or field.get("checked") is not None
            found |= {name: field.get("value", "")} if is_given else {}
    return found


class Desk:
    """One member of staff at the pages of one complaint."""

    def __init__(self, client: FlaskClient, reference: str) -> None:
        self.client, self.reference = client, reference
        self.home = f"/team/klachten/{reference}"

    def address(self, step: Step | str) -> str:
        return f"{self.home}/stap/{step}"

    def open(self, step: Step | str) -> TestResponse:
        """Look at a step."""
        return self.client.get(self.address(step))

    def send(self, step: Step, page: TestResponse, action: str = "send", **fields: Any) -> TestResponse:
        """Press a button on a page that was opened, with these fields."""
        data = filled(page) | {"action": action} | fields
        return self.client.post(self.address(step), data=data)

    def preview(self, step: Step, **fields: Any) -> TestResponse:
        """Fill in a step and look at its letter."""
        page = self.open(step)
        assert page.status_code == 200, said(page)
        shown = self.send(step, page, "preview", **fields)
        assert shown.status_code == 200, said(shown)
        assert areas(shown)["letter"], "the letter is there"
        return shown

    def take(self, step: Step, **fields: Any) -> TestResponse:
        """Take a step as far as it goes: with a letter after looking at it."""
        page = self.open(step)
        assert page.status_code == 200, said(page)
        if 'value="preview"' in page.text:
            page = self.preview(step, **fields)
        sent = self.send(step, page, **fields)
        assert sent.status_code == 303, said(sent)
        return sent

    def post_letter(self, letter_id: int) -> TestResponse:
        """Say that a letter is gone."""
        address = f"{self.home}/brief/{letter_id}"
        token = hidden(self.client.get(address))
        return self.client.post(f"{address}/gepost", data=token)

    def complaint(self) -> Complaint:
        """The complaint as it is now."""
        db.session.expire_all()  # the pages changed it in sessions of their own
        return complaint(self.reference)


def complaint(reference: str) -> Complaint:
    """The complaint with this reference as it is in the database now."""
    db.session.rollback()
    _prefix, year, number = reference.split("-")
    return db.session.scalars(
        select(Complaint).where(Complaint.year == int(year), Complaint.number == int(number))
    ).one()


def taken(reference: str) -> list[str]:
    """The steps so far."""
    return [step.step for step in complaint(reference).steps]
