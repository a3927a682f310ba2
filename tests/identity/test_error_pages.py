"""What staff read when something goes wrong: their own way on, without the clients' door."""

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from portal import config
from portal.app import create_app
from portal.identity.rules import Role
from tests.conftest import SignIn

CLIENTS = ("Typ uw code", "brief van ons", "Naar de beginpagina")
AWAY = "postgresql://nobody@127.0.0.1:1/none"


def main(text: str) -> str:
    return text[text.index("<main") : text.index("</main>")]


def test_who_is_signed_in_goes_to_today(sign_in: SignIn) -> None:
    page = sign_in(Role.TALKS).get("/team/bestaat-niet")
    text = main(page.text)
    assert page.status_code == 404 and 'primary-action button-link" href="/team">Naar Vandaag</a>' in text
    assert not any(words in text for words in CLIENTS)


@pytest.mark.parametrize("address", ["/team/bestaat-niet", "/team/uitloggen"])
def test_who_is_not_goes_to_the_sign_in_page(client: FlaskClient, address: str) -> None:
    text = main(client.get(address).text)
    assert 'primary-action button-link" href="/team/inloggen">Naar inloggen</a>' in text
    assert not any(words in text for words in CLIENTS)


def test_clients_keep_their_door(client: FlaskClient) -> None:
    for address in ("/bestaat-niet", "/teamuitje"):
        text = main(client.get(address).text)
        assert all(words in text for words in CLIENTS) and "Naar inloggen" not in text


def test_a_page_of_another_role_says_why(sign_in: SignIn) -> None:
    page = sign_in(Role.TALKS).get("/team/collegas")
    text = main(page.text)
    assert page.status_code == 403 and "Deze pagina hoort niet bij uw rol." in text
    assert 'href="/team/wie-mag-wat">Wie mag wat</a>' in text and "Naar Vandaag" in text


def test_without_a_database_the_page_is_there(tmp_path: Path) -> None:
    """Nothing on it asks who somebody is: that would break the page that says it is broken."""
    app = create_app(config.load(instance=tmp_path, database_url=AWAY))
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["_user_id"] = "somebody"
    page = client.get("/team")
    text = main(page.text)
    assert page.status_code == 503 and "We zijn er heel even niet" in text
    assert 'secondary-action button-link" href="/team">Naar Vandaag</a>' in text
    assert "Probeer het opnieuw" in text
