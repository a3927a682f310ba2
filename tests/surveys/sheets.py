"""Answering as a browser without JavaScript does: open a page, fill it in, press a button."""

from dataclasses import dataclass, field
from html import unescape
from xml.etree.ElementTree import Element

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.db import transaction
from portal.surveys.answering.queries import token_of
from portal.surveys.inviting.operations import new_invitation
from portal.surveys.models import Invitation
from portal.surveys.rules import Moment
from tests.pages import read


def invited(moment: Moment = Moment.INTAKE, **given: object) -> tuple[Invitation, str]:
    """An invitation and the address of its link."""
    with transaction():
        invitation = new_invitation(moment, **given)  # type: ignore[arg-type]
    return invitation, f"/v/{token_of(invitation)}"


@dataclass
class Sheet:
    """One opened page with its form, as it would be posted."""

    client: FlaskClient
    response: TestResponse
    tree: Element = field(init=False)
    action: str = ""
    fields: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.tree = read(self.response.get_data(as_text=True))
        main = next(self.tree.iter("main"))
        form = next((found for found in main.iter("form") if found.get("method") == "post"), None)
        if form is None:
            return
        self.action = form.get("action", "")
        for control in form.iter():
            name = control.get("name")
            if not name or control.tag == "button":
                continue
            if control.tag == "textarea":
                self.fields[name] = ["".join(control.itertext()).removeprefix("\n")]
            elif control.get("type") in {"radio", "checkbox"}:
                if control.get("checked") is not None:
                    self.fields.setdefault(name, []).append(control.get("value", ""))
            else:
                self.fields[name] = [unescape(control.get("value", ""))]

    @property
    def text(self) -> str:
        main = next(found for found in self.tree.iter("main"))
        return " ".join(" ".join(main.itertext()).split())

    @property
    def radios(self) -> set[str]:
        return {found.get("name", "") for found in self.tree.iter("input") if found.get("type") == "radio"}

    def fill(self, **answers: str) -> "Sheet":
        """Give answers by question key."""
        for key, value in answers.items():
            self.fields["a-" + key] = [value]
        return self

    def press(self, action: str, **more: object) -> "Sheet":
        """Press a button; follows the redirect as a browser would."""
        data = {**self.fields, "action": [action]}
        return Sheet(self.client, self.client.post(self.action, data=data, follow_redirects=True, **more))


def opened(client: FlaskClient, address: str) -> Sheet:
    return Sheet(client, client.get(address, follow_redirects=True))
