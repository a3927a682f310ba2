"""Setting up an app while the data key changes: the secret travels in a cookie meanwhile."""

import re
from collections.abc import Callable

import pytest
from cryptography.fernet import Fernet
from flask import Flask

from portal import rotation
from portal.crypto import Keyring
from portal.db import db
from portal.identity.rules import Role
from tests.identity.conftest import Browser, Person, add

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


@pytest.fixture
def use_keys(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    settings = app.extensions["settings"]

    def use(*data_keys: str) -> None:
        made = Keyring(data_keys=data_keys, link_keys=settings.link_keys, index_key=settings.index_key)
        monkeypatch.setitem(app.extensions, "keyring", made)

    return use


def secret_on(text: str) -> str:
    """The secret as the page shows it, for who cannot scan."""
    found = re.search(r"([A-Z2-7]{4}( |-)?){8}", re.sub("<[^>]+>", " ", text))
    assert found is not None
    return re.sub(r"[^A-Z2-7]", "", found.group(0))


def test_an_app_that_is_set_up_over_a_rotation_works_on(
    app: Flask, browser: Browser, use_keys: Callable[..., None]
) -> None:
    use_keys(OLD)
    els = add(app, Role.QUALITY, with_app=False)
    browser.first_step(els.email)
    browser.get("/team/tweede-stap-instellen")
    page = browser.post("/team/tweede-stap-instellen", setup="authenticator")
    phone = Person(els.email, secret_on(page.text))
    use_keys(NEW, OLD)
    with app.app_context():
        assert not rotation.rotate(lambda *_told: None, actor="test").lost
    assert browser.post("/team/tweede-stap", code=phone.code()).status_code == 302
    use_keys(NEW)
    with app.app_context():
        assert rotation.unopened() == []
        db.session.remove()
    again = Browser(app.test_client())
    again.first_step(els.email)
    assert again.second_step(phone.code(1)).status_code == 302
    assert again.is_in
