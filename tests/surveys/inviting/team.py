"""Opening the team's pages and pressing their buttons, as a browser does."""

import re
from html import unescape
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

HOME = "/team/uitnodigingen"


def main_of(response: TestResponse) -> str:
    """The page's main part, as HTML."""
    return response.text[response.text.index("<main") : response.text.index("</main>")]


def said(response: TestResponse) -> str:
    """What the page says, without its tags."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", main_of(response)))).strip()


def words(client: FlaskClient, address: str = "") -> str:
    """What a page says."""
    response = client.get(HOME + address)
    assert response.status_code == 200, response.status_code
    return said(response)


def post(client: FlaskClient, address: str, /, **fields: Any) -> TestResponse:
    """Send a form with the token of a page."""
    return client.post(HOME + address, data={"csrf_token": _token(client), **fields})


def give(client: FlaskClient, data: bytes, name: str = "export.csv") -> TestResponse:
    """Choose a file and press the button. Put together by hand: the library's client uses the disk."""
    parts = (
        (b'name="csrf_token"', _token(client).encode()),
        (f'name="file"; filename="{name}"\r\nContent-Type: text/csv'.encode(), data),
    )
    body = b"".join(
        b"--grens\r\nContent-Disposition: form-data; " + head + b"\r\n\r\n" + content + b"\r\n"
        for head, content in parts
    )
    return client.post(
        f"{HOME}/inlezen", data=body + b"--grens--\r\n", content_type="multipart/form-data; boundary=grens"
    )


def _token(client: FlaskClient) -> str:
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(HOME).text)
    assert token
    return token[1]


def press(client: FlaskClient, address: str, /, **fields: Any) -> str:
    """Send a form that must work out; what the next page says."""
    response = post(client, address, **fields)
    assert response.status_code == 303, (response.status_code, said(response))
    assert response.location.startswith(HOME)
    return words(client, response.location.removeprefix(HOME))


def ids_in(response: TestResponse, pattern: str) -> list[int]:
    """The numbers in the addresses of a page's forms, such as `met-rust/(\\d+)/weer`."""
    return [int(found) for found in re.findall(f'action="{HOME}/{pattern}"', response.text)]
