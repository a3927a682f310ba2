"""The page about keeping: what each role sees, what is said where something cannot be held, and the command."""

import re
from datetime import date
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal import clock
from portal.audit import sealing
from portal.audit.operations import record
from portal.cli import commands
from portal.complaints.models import Complaint, PersonConcerned
from portal.complaints.rules import Stage
from portal.crypto import keyring, new_public_id
from portal.db import db, transaction
from portal.identity.models import User
from portal.identity.rules import Role
from portal.privacy.models import Hold
from portal.privacy.retention import operations
from portal.privacy.retention.rules import Kind
from portal.privacy.retention.words import NAMES, WHAT, WHY
from portal.talks.models import Evening
from tests.complaints.handling.team import enter, said
from tests.complaints.people import staff
from tests.conftest import SignIn
from tests.privacy.retention.past import (
    DAY,
    EMAIL,
    NAME,
    TODAY,
    answered,
    asked,
    at,
    called,
    complained,
    first_kept,
    message,
    proofs,
    snapshot,
)

pytestmark = pytest.mark.usefixtures("app")
HOME = "/team/bewaren"
REASON = "Er loopt een zaak bij de rechtbank"
MOST_STATEMENTS = 30
"""Who is signed in; each kind; what is held, of which complaints, by whom; what was thrown away."""


def words(client: FlaskClient) -> str:
    response = client.get(HOME)
    assert response.status_code == 200
    return said(response)


def post(client: FlaskClient, address: str = "/vasthouden", **fields: Any) -> Any:
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/team").text)
    assert token
    return client.post(HOME + address, data={"csrf_token": token[1], **fields})


def of_long_ago(number: int = 1) -> None:
    for _n in range(number):
        asked(first_kept(Kind.CONTACTS) - DAY)
        called(first_kept(Kind.CALLS) - DAY)
        message("1234", "sent", first_kept(Kind.MESSAGES) - DAY)  # type: ignore[arg-type]
        answered("2026-Q1")
        complained(first_kept(Kind.COMPLAINTS) - DAY, whole=False)


@pytest.mark.parametrize(
    ("role", "sees", "may_hold"),
    [
        (Role.QUALITY, True, False),
        (Role.COMPLAINTS, True, True),
        (Role.ADMIN, True, True),
        (Role.TALKS, False, False),
    ],
)
def test_who_sees_the_page_and_who_holds(sign_in: SignIn, role: Role, *, sees: bool, may_hold: bool) -> None:
    client = sign_in(role)
    response = client.get(HOME)
    assert response.status_code == (200 if sees else 403)
    assert ("Houd vast" in response.text) is may_hold
    assert post(client).status_code == (422 if may_hold else 403)
    assert post(client, "/vasthouden/1/loslaten").status_code == (404 if may_hold else 403)


def test_every_kind_is_told_in_plain_words(sign_in: SignIn) -> None:
    told = words(sign_in(Role.QUALITY))
    for kind in Kind:
        for text in (NAMES[kind], WHAT[kind], WHY[kind]):
            assert str(text) in told, (kind, text)
    assert "tot 5 jaar na het kwartaal" in told
    for length in ("13 weken nadat de link sloot", "5 jaar na het kwartaal", "4 weken nadat er is gebeld"):
        assert length in told
    for length in (
        "26 weken nadat het account is gesloten",
        "6 jaar",
        "30 dagen na het maken",
        "8 weken na de avond",
        "een uur na de poging",
    ):
        assert length in told
    assert "14 dagen nadat iemand er het laatst aan schreef" in told
    assert "tot de link sluit" in told
    assert "Er wordt niets vastgehouden." in told and "Er is nog niets weggegooid." in told


def test_what_goes_and_when_is_counted_live(sign_in: SignIn) -> None:
    client = sign_in(Role.ADMIN)
    asked(first_kept(Kind.CONTACTS))
    assert f"niet vóór {TODAY.day + 1} juni 2032" in words(client)
    of_long_ago(2)
    told = words(client)
    assert told.count("2 bij de volgende ronde") == 5
    operations.purge()
    told = words(client)
    assert "bij de volgende ronde" not in told
    proof = told[told.index("Uit het logboek.") :]
    for name in ("Wie een uitnodiging kreeg", "Klachten", "Verzoeken om te bellen", "Verstuurde berichten"):
        assert re.search(rf"{name} 15 juni 2032 \d+ \w+ 20\d\d 2", proof), proof
    assert NAME not in client.get(HOME).text and EMAIL not in client.get(HOME).text


def test_batches_of_one_day_are_told_as_one(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.surveys.retention.BATCH", 2)
    of_long_ago(5)
    operations.purge()
    assert [one["rows"] for one in proofs() if one["kind"] == "contacts"] == ["2", "2", "1"]
    assert "Wie een uitnodiging kreeg 15 juni 2032 16 maart 2032 5" in words(sign_in(Role.ADMIN))


def test_an_evening_that_was_forgotten_is_among_the_proof(sign_in: SignIn) -> None:
    with transaction():
        record("evening.purged", "portal", evening="1")
        record("evening.purged", "portal", evening="2")
    assert "Aanmeldingen voor avonden 15 juni 2032 – 2 avonden" in words(sign_in(Role.QUALITY))


def test_people_of_evenings_are_counted_by_their_evening(sign_in: SignIn) -> None:
    from tests.talks.evenings import evening, signed_up

    first = evening()
    signed_up(first)
    with transaction() as session:
        held = session.scalars(select(Evening)).one()
        held.starts_at, held.ends_at = at(date(2032, 6, 1), 19), at(date(2032, 6, 1), 21)
    # Eight weeks on the day itself: it goes on 27 July (talks.rules.purge_on).
    assert "niet vóór 27 juli 2032" in words(sign_in(Role.QUALITY))


def test_who_waits_for_a_call_too_long_is_told(sign_in: SignIn) -> None:
    called(None, asked_on=first_kept(Kind.CALLS) - DAY)
    told = words(sign_in(Role.QUALITY))
    assert "te lang open" in told and "1 mens wacht nog op een telefoontje" in told


def test_the_page_asks_as_much_of_the_database_with_a_thousand_as_with_one(
    sign_in: SignIn, statements: list[str]
) -> None:
    client, coordinator = sign_in(Role.ADMIN), staff(Role.COMPLAINTS)
    of_long_ago(1)
    _held(coordinator)
    client.get(HOME)
    statements.clear()
    client.get(HOME)
    few = len(statements)
    of_long_ago(8)
    for _n in range(6):
        _held(staff(Role.COMPLAINTS))
    operations.purge()
    of_long_ago(4)
    statements.clear()
    client.get(HOME)
    assert len(statements) == few <= MOST_STATEMENTS


def _held(user: User) -> None:
    one = complained(TODAY - DAY, whole=False)
    with transaction():
        operations.place(Kind.COMPLAINTS, one.reference, REASON, db.session.get_one(User, user.id))


# ---- Holding -------------------------------------------------------------------------------


def test_a_coordinator_holds_one_complaint_and_lets_it_go(app: Flask, sign_in: SignIn) -> None:
    one = complained(first_kept(Kind.COMPLAINTS) - DAY, whole=False)
    client = enter(app, staff(Role.COMPLAINTS))
    response = post(client, kind="complaints", about=f" {one.reference.lower()} ", reason=REASON)
    assert response.status_code == 303 and response.location.startswith(HOME)
    told = words(client)
    assert "Dit blijft, tot iemand het loslaat." in told and REASON in told and one.reference in told
    operations.purge()
    db.session.expire_all()
    assert db.session.get_one(Complaint, one.id).erased_on is None
    # The administrator may end it, and does not read why.
    admin = sign_in(Role.ADMIN)
    assert REASON not in admin.get(HOME).text and one.reference in admin.get(HOME).text
    number = db.session.scalar(select(Hold.id))
    assert post(admin, f"/vasthouden/{number}/loslaten").status_code == 303
    assert "Losgelaten." in words(admin)
    assert post(admin, f"/vasthouden/{number}/loslaten").status_code == 303
    assert "Dit was al losgelaten." in words(admin)


def test_a_coordinator_cannot_hold_or_let_go_of_another_kind(app: Flask, sign_in: SignIn) -> None:
    client, admin = sign_in(Role.COMPLAINTS), staff(Role.ADMIN)
    response = post(client, kind="texts", reason=REASON)
    assert response.status_code == 422
    with transaction():
        number = operations.place(Kind.TEXTS, "", REASON, db.session.get_one(User, admin.id)).id
    assert post(client, f"/vasthouden/{number}/loslaten").status_code == 403
    db.session.expire_all()
    assert db.session.get_one(Hold, number).ended_on is None


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"kind": "", "reason": REASON}, "Kies uit de lijst wat niet weg mag."),
        ({"kind": "backups", "reason": REASON}, "Kies uit de lijst wat niet weg mag."),
        ({"kind": "<script>", "reason": REASON}, "Kies uit de lijst wat niet weg mag."),
        ({"kind": "texts", "reason": ""}, "Schrijf op waarom dit moet blijven."),
        ({"kind": "texts", "reason": "rechtszaak"}, "Schrijf een paar woorden meer"),
        ({"kind": "texts", "reason": "woord " * 200}, "Dit is te lang. Houd het bij 1000 tekens."),
        ({"kind": "texts", "about": "KL-2026-0001", "reason": REASON}, "Een nummer kan alleen bij klachten."),
        ({"kind": "complaints", "about": "KL-1999-0001", "reason": REASON}, "Wij vonden geen klacht"),
        ({"kind": "complaints", "about": "K" * 21, "reason": REASON}, "Dit nummer is te lang."),
    ],
)
def test_what_cannot_be_held_is_said_and_nothing_typed_is_lost(
    sign_in: SignIn, given: dict[str, str], message: str
) -> None:
    client = sign_in(Role.ADMIN)
    response = post(client, **given)
    assert response.status_code == 422
    assert message in said(response)
    assert "Er is iets dat nog niet klopt" in said(response)
    for typed in (given.get("about", ""), given["reason"].strip()):
        assert typed in response.text
    assert db.session.scalar(select(Hold.id)) is None


def test_what_is_gone_or_held_already_is_said(sign_in: SignIn) -> None:
    gone, here = complained(first_kept(Kind.COMPLAINTS) - DAY), complained(TODAY - DAY)
    operations.purge()
    client = sign_in(Role.COMPLAINTS)
    response = post(client, kind="complaints", about=gone.reference, reason=REASON)
    assert response.status_code == 422
    assert "Deze klacht is al weggehaald, op 15 juni 2032." in said(response)
    assert post(client, kind="complaints", about=here.reference, reason=REASON).status_code == 303
    response = post(client, kind="complaints", about=here.reference, reason="Om een andere reden dan eerst")
    assert response.status_code == 422 and "Dit wordt al vastgehouden." in said(response)


def test_markup_in_a_reason_is_shown_as_text(sign_in: SignIn) -> None:
    client = sign_in(Role.ADMIN)
    post(client, kind="texts", reason="<b>vet</b> en <script>x</script> hier")
    assert "<script>x" not in client.get(HOME).text and "&lt;script&gt;x" in client.get(HOME).text


@pytest.mark.parametrize("single", [True, False])
def test_before_letting_go_it_says_how_many_go(sign_in: SignIn, *, single: bool) -> None:
    due = complained(first_kept(Kind.COMPLAINTS) - DAY, whole=False)
    complained(first_kept(Kind.COMPLAINTS) - DAY, whole=False)
    client = sign_in(Role.COMPLAINTS)
    post(client, kind="complaints", about=due.reference if single else "", reason=REASON)
    told = words(client)
    assert ("Dan gaat er 1 vannacht weg." in told) is single
    assert ("Dan gaan er 2 vannacht weg." in told) is not single
    if single:
        post(client, kind="complaints", reason="Alles wacht op de uitspraak")
        told = words(client)
        assert "Dan gaat er 1 vannacht weg." in told, "the other one"
        assert told.count("vannacht weg") == 1, "while all are held, one alone frees nothing"


def test_of_what_is_not_due_nothing_goes_when_it_is_let_go(sign_in: SignIn) -> None:
    young = complained(TODAY - DAY, whole=False)
    client = sign_in(Role.COMPLAINTS)
    post(client, kind="complaints", about=young.reference, reason=REASON)
    assert "vannacht weg" not in words(client)


def test_what_happened_is_said_where_the_browser_goes_and_has_the_focus(sign_in: SignIn) -> None:
    client = sign_in(Role.ADMIN)
    response = post(client, kind="texts", reason=REASON)
    assert response.location.endswith("#said")
    page = client.get(HOME).text
    note = page.index("Dit blijft, tot iemand het loslaat.")
    assert page.index('id="held-heading"') < page.rindex('id="said" tabindex="-1" data-focus', 0, note) < note
    assert page.index('id="hold-heading"') > note
    assert "/static/portal." in page, "it is moved there by our script"
    refused = post(client, kind="texts", reason="")
    assert 'id="error-summary" data-focus' in refused.text and "/static/portal." in refused.text


def test_a_complaint_that_was_told_and_never_closed_is_named_with_the_reason(sign_in: SignIn) -> None:
    one = complained(date(2024, 1, 1), stage=Stage.TOLD, received_on=date(2023, 12, 1))
    page = sign_in(Role.QUALITY).get(HOME)
    assert "of hij is nog niet afgesloten" in said(page)
    assert f'href="/team/klachten/{one.reference}"' in page.text


def test_whom_it_is_about_is_not_told_which(app: Flask) -> None:
    one, user = complained(date(2024, 1, 1), stage=Stage.TOLD, whole=False), staff(Role.ADMIN)
    with transaction() as session:
        session.add(
            PersonConcerned(
                complaint_id=one.id,
                public_id=new_public_id(),
                link_key_id=keyring().link_key_id,
                staff_id=user.id,
                name="x",
                email=user.email,
            )
        )
    assert one.reference not in enter(app, user).get(HOME).text


def test_what_of_the_audit_stays_under_an_older_term_is_said(
    app: Flask, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def years(number: int) -> None:
        found = app.extensions["profile"]
        kept = found.retention.model_copy(update={"audit_years": number})
        monkeypatch.setitem(app.extensions, "profile", found.model_copy(update={"retention": kept}))

    years(10)
    with transaction():
        record("task.done", "1", task="1")
    monkeypatch.setattr(clock, "now", lambda: at(TODAY + DAY))
    assert sealing.seal()
    years(6)
    monkeypatch.setattr(clock, "now", lambda: at(date(2040, 6, 20)))
    told = words(sign_in(Role.QUALITY))
    assert "blijft langer" in told and "ouder en blijft nog. De termijn was langer" in told
    assert operations.purge()[Kind.AUDIT] == 0


def test_the_link_to_the_page_is_called_as_the_page(sign_in: SignIn) -> None:
    client = sign_in(Role.ADMIN)
    assert 'href="/team/bewaren">Bewaren en weggooien</a>' in client.get("/team/account").text
    assert "<h1>Bewaren en weggooien</h1>" in client.get(HOME).text
    assert "Terug naar mijn account" in words(client)


def test_the_terms_of_what_is_not_sent_and_of_tries_come_from_the_profile(
    app: Flask, client: FlaskClient, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = app.extensions["profile"]
    other = {"complaint_drafts_days": 20, "uploads_days": 3, "tries_hours": 5, "accounts_weeks": 9}
    kept = found.retention.model_copy(update=other)
    changed = found.model_copy(update={"retention": kept})
    monkeypatch.setitem(app.extensions, "profile", changed)
    monkeypatch.setitem(app.jinja_env.globals, "profile", changed)
    told = words(sign_in(Role.QUALITY))
    for length in (
        "tot 20 dagen nadat iemand er het laatst aan schreef",
        "tot 3 dagen na het uploaden",
        "tot 5 uur na de poging",
        "tot 9 weken nadat het account is gesloten",
    ):
        assert length in told
    public = " ".join(client.get("/privacy").text.split())
    for length in (
        "Tot 20 dagen nadat u er het laatst aan schreef.",
        "en anders 3 dagen.",
        "Ongeveer 5 uur.",
    ):
        assert length in public


# ---- The command ---------------------------------------------------------------------------


def run(app: Flask, *words: str) -> Result:
    return CliRunner().invoke(commands, ["purge", *words], obj=lambda: app)


def test_the_command_says_what_would_go_and_then_does_it(app: Flask) -> None:
    of_long_ago(2)
    admin = staff(Role.ADMIN)
    with transaction():
        operations.place(Kind.TEXTS, "", REASON, db.session.get_one(User, admin.id))
    before = snapshot()
    dry = run(app, "--dry-run")
    assert dry.exit_code == 0, dry.output
    assert snapshot() == before
    lines = {line.split("  ")[0]: line.split()[-4:] for line in dry.output.splitlines()}
    assert lines["Wie een uitnodiging kreeg"] == ["2032-03-16", "2", "0", "0"]
    assert lines["Wat mensen schreven in een vragenlijst"] == ["2027-06-15", "0", "0", "alles"]
    assert "Er zouden 8 regels weggaan. Dit was een proef: er is niets veranderd." in dry.output
    done = run(app)
    assert done.exit_code == 0
    assert done.output.splitlines()[:-1] == dry.output.splitlines()[:-1]
    assert "Er zijn 8 regels weggegooid." in done.output
    assert "Er zouden 0 regels weggaan." in run(app, "--dry-run").output
    assert len(proofs()) == 4 and not any(word in done.output for word in (NAME, EMAIL, REASON))


def test_the_command_says_what_did_not_go(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_before: object, _held: object) -> int:
        raise RuntimeError(NAME)

    from portal.privacy.retention.kinds import SOURCES, Source

    monkeypatch.setitem(SOURCES, Kind.CALLS, Source(SOURCES[Kind.CALLS].standing, broken))
    of_long_ago()
    done = run(app)
    assert done.exit_code == 1
    assert "Er zijn 4 regels weggegooid. Niet gelukt: verzoeken om te bellen." in done.output
    assert NAME not in done.output and clock.today() == TODAY
