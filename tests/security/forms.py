"""The forms of a page, as a browser would fill them in and send them. Quick: thousands of pages are read."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

TYPED = {"text", "search", "email", "tel", "number", "password", "url", "date", "textarea", ""}
KEPT_AS_IT_IS = {"csrf_token", "mark"}


@dataclass
class Form:
    """One form: where it goes, and its fields with what they hold and may hold."""

    action: str
    method: str
    is_file: bool = False
    hidden: dict[str, str] = field(default_factory=dict)
    typed: list[str] = field(default_factory=list)
    choices: dict[str, list[str]] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)
    files: list[str] = field(default_factory=list)

    def filled(self, words: str) -> dict[str, str]:
        """Everything to type holds these words; of choices the first is taken."""
        first = {name: values[0] for name, values in self.choices.items() if values}
        return self.hidden | first | dict.fromkeys(self.typed, words) | dict(self.buttons[:1])

    def send(self, client: FlaskClient, words: str) -> TestResponse:
        if self.method == "get":
            return client.get(self.action, query_string=self.filled(words))
        return client.post(self.action, data=self.filled(words))


class _Reader(HTMLParser):
    def __init__(self, here: str) -> None:
        super().__init__(convert_charrefs=True)
        self.here = here
        self.forms: list[Form] = []
        self.form: Form | None = None
        self.select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            action = urljoin(self.here, given.get("action", "")) or self.here
            is_file = given.get("enctype") == "multipart/form-data"
            self.form = Form(action, given.get("method", "get").lower(), is_file)
            self.forms.append(self.form)
        elif self.form is not None:
            self._control(self.form, tag, given)

    def _control(self, form: Form, tag: str, given: dict[str, str]) -> None:
        name, kind, value = given.get("name", ""), given.get("type", ""), given.get("value", "")
        if tag == "option" and self.select:
            form.choices[self.select].append(value)
        elif not name:
            return
        elif tag == "select":
            self.select = name
            form.choices.setdefault(name, [])
        elif tag == "textarea":
            form.typed.append(name)
        elif tag == "button":
            form.buttons.append((name, value))
        elif tag == "input":
            self._input(form, name, kind, value)

    @staticmethod
    def _input(form: Form, name: str, kind: str, value: str) -> None:
        if kind == "hidden":
            form.hidden[name] = value
        elif kind in {"radio", "checkbox"}:
            form.choices.setdefault(name, []).append(value)
        elif kind == "submit":
            form.buttons.append((name, value))
        elif kind == "file":
            form.files.append(name)
        elif kind in TYPED:
            form.typed.append(name)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.form = None
        elif tag == "select":
            self.select = ""


def forms_of(response: TestResponse, here: str) -> list[Form]:
    """The forms on a page that was asked for at `here`."""
    if response.mimetype != "text/html" or not response.data:
        return []
    return read_forms(response.get_data(as_text=True), here)


def read_forms(html: str, here: str) -> list[Form]:
    """The forms in a page."""
    reader = _Reader(here)
    reader.feed(html)
    return reader.forms
