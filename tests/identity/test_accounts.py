"""Adding staff, what is kept of them, and codes that two requests want at once."""

import threading
import unicodedata
from collections.abc import Callable

import pytest
from cryptography.fernet import Fernet
from flask import Flask
from sqlalchemy import select, text

from portal import crypto
from portal.audit.models import AuditEvent
from portal.db import db, transaction
from portal.identity import accounts
from portal.identity.models import User
from portal.identity.rules import Role
from tests.identity.conftest import PASSWORD, TOKEN, Browser, Person, add

TOGETHER = 6


@pytest.mark.slow_hashing
def test_a_password_is_kept_as_the_paper_says(whole_app: Flask) -> None:
    with whole_app.app_context():
        kept = accounts.hash_password(PASSWORD)
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$"), "RFC 9106, the second recommended choice"


@pytest.mark.parametrize(
    ("password", "words"),
    [("kort", "te kort. Neem ten minste 12"), ("a" * 129, "te lang. Neem hooguit 128")],
)
def test_a_password_has_a_length(app: Flask, password: str, words: str) -> None:
    with app.app_context(), pytest.raises(accounts.WeakPassword, match=words):
        accounts.hash_password(password)


def test_a_letter_typed_in_two_ways_is_one_letter(app: Flask, browser: Browser) -> None:
    with app.app_context():
        hashed = accounts.hash_password(unicodedata.normalize("NFC", "één café aan zee"))
        with transaction():
            accounts.add_staff("els@voorbeeld.example", hashed, [Role.TALKS])
    step = browser.first_step("els@voorbeeld.example", unicodedata.normalize("NFD", "één café aan zee"))
    assert step.status_code == 302


def test_adding_somebody_is_recorded(app: Flask) -> None:
    add(app, Role.QUALITY, Role.ADMIN)
    with app.app_context():
        user = db.session.scalars(select(User)).one()
        assert (user.email, user.role_names) == ("els@voorbeeld.example", {"quality", "admin"})
        assert user.active and not user.is_demo
        event = db.session.scalars(select(AuditEvent).where(AuditEvent.event == "staff.added")).one()
        assert event.details == {"user": str(user.id), "roles": "admin,quality"}


@pytest.mark.parametrize(
    ("email", "roles", "refusal"),
    [
        ("ELS@voorbeeld.example", [Role.TALKS], accounts.EmailTaken),
        ("tom@voorbeeld.example", ["directeur"], ValueError),
        ("tom", [Role.TALKS], ValueError),
    ],
)
def test_somebody_who_cannot_be_added(
    app: Flask, email: str, roles: list[str], refusal: type[Exception]
) -> None:
    add(app, Role.QUALITY)
    with app.app_context():
        with pytest.raises(refusal), transaction():
            accounts.add_staff(email, "x", roles)
        assert len(db.session.scalars(select(User)).all()) == 1


def test_the_table_tells_no_secret(app: Flask, browser: Browser) -> None:
    els = add(app, Role.QUALITY)
    browser.sign_in(els)
    with app.app_context():
        row = str(db.session.execute(text("SELECT * FROM staff_user")).one())
    assert els.secret not in row and PASSWORD not in row


def test_a_lost_key_is_said_to_be_our_fault(
    app: Flask, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    els = add(app, Role.QUALITY)
    browser.first_step(els.email)
    before = browser.get("/team/tweede-stap")
    other = crypto.Keyring(
        data_keys=[Fernet.generate_key().decode()], link_keys=["x" * 32], index_key="y" * 32
    )
    monkeypatch.setitem(app.extensions, "keyring", other)
    page = browser.get("/team/tweede-stap")
    assert page.status_code == 503 and "Deze gegevens zitten op slot" in page.text
    token = TOKEN.search(before.text)
    sent = browser.client.post(
        "/team/tweede-stap", data={"code": els.code(), "csrf_token": token[1] if token else ""}
    )
    assert sent.status_code == 503


def test_an_older_key_still_opens(app: Flask, browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    els = add(app, Role.QUALITY)
    settings = app.extensions["settings"]
    newest_first = crypto.Keyring(
        data_keys=[Fernet.generate_key().decode(), *settings.data_keys],
        link_keys=settings.link_keys,
        index_key=settings.index_key,
    )
    monkeypatch.setitem(app.extensions, "keyring", newest_first)
    assert browser.sign_in(els).status_code == 302


def at_once(app: Flask, work: Callable[[User], bool]) -> int:
    """How many of several requests at the same moment succeed."""
    ready = threading.Barrier(TOGETHER)
    results: list[bool] = []

    def one() -> None:
        with app.test_request_context():
            user = db.session.scalars(select(User)).one()
            ready.wait()
            results.append(work(user))

    threads = [threading.Thread(target=one) for _ in range(TOGETHER)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == TOGETHER
    return sum(results)


def test_one_code_lets_one_request_in(app: Flask) -> None:
    els: Person = add(app, Role.QUALITY)
    factory = app.extensions["security"].totp_factory
    code = els.code()
    assert at_once(app, lambda user: factory.verify_totp(code, user.tf_totp_secret, user, window=30)) == 1


def test_one_recovery_code_lets_one_request_in(app: Flask) -> None:
    add(app, Role.QUALITY)
    util = app.extensions["security"].mf_recovery_codes_util
    with app.test_request_context():
        user = db.session.scalars(select(User)).one()
        codes = util.create_recovery_codes(user)
        app.extensions["security"].datastore.commit()
    assert at_once(app, lambda user: util.check_recovery_code(user, codes[0])) == 1
    with app.test_request_context():
        assert len(db.session.scalars(select(User)).one().mf_recovery_codes) == len(codes) - 1
