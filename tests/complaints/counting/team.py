"""The pages about what is learned, as a browser uses them."""

import re
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.surveys.inviting.team import said

HOME = "/team/klachten"


def key_of(client: FlaskClient, address: str) -> str:
    """The hidden key of the form on a page: sent twice, it counts once."""
    found = re.search(r'name="request_key" value="([^"]+)"', client.get(HOME + address).text)
    assert found
    return found[1]


def post(client: FlaskClient, address: str, /, **fields: Any) -> TestResponse:
    """Send a form with the token of a page; dashes in names are written as underscores twice."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(f"{HOME}/bezwaren").text)
    assert token
    given = {name.replace("__", "-"): value for name, value in fields.items()}
    return client.post(HOME + address, data={"csrf_token": token[1], **given})


def press(client: FlaskClient, address: str, /, **fields: Any) -> str:
    """Send a form that must work out; what the next page says."""
    response = post(client, address, **fields)
    assert response.status_code == 303, (response.status_code, said(response))
    return words(client, response.location.removeprefix(HOME))


def words(client: FlaskClient, address: str) -> str:
    """What a page says."""
    response = client.get(HOME + address)
    assert response.status_code == 200, response.status_code
    return said(response)
