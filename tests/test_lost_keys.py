"""Keys that changed or are gone, as people meet them: links that stay good, and plain words in place of an error."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from click.testing import CliRunner
from cryptography.fernet import Fernet
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import LargeBinary, func, select, type_coerce
from structlog.testing import capture_logs
from werkzeug.routing import Rule

from portal import clock
from portal.cli import LOST_LINK_KEY, commands, run
from portal.complaints.models import ComplaintDraft, PersonConcerned
from portal.complaints.notices import tell_concerned
from portal.crypto import Keyring, LostLinkKey, keyring
from portal.db import db, transaction
from portal.identity.models import Attempt, StaffLink, User
from portal.identity.rules import Role
from portal.outbox.hours import hours
from portal.outbox.models import Message
from portal.surveys.models import Draft, Invitation, LetterboxEntry
from portal.talks import circle_operations as circle
from portal.talks import operations
from portal.talks import reminding as talks
from portal.talks.models import Evening, Member, SignUp
from portal.talks.notices import What
from portal.web import entry_of
from portal.worker import Worker
from tests.conftest import SignIn
from tests.everything import MARKS, fill
from tests.surveys.sheets import invited
from tests.talks.evenings import evening, signed_up

OLD, NEW = "o" * 40, "n" * 40
# Which kind of link opens the pages that begin so.
LINKS = {
    "/v/": Invitation,
    "/klacht/invullen/": ComplaintDraft,
    "/klacht/betrokkene/": PersonConcerned,
    "/talks/kring/": Member,
    "/talks/aanmelding/": SignUp,
    "/team/welkom/": StaffLink,
}
UseKeys = Callable[..., Keyring]


@pytest.fixture
def use_keys(app: Flask, monkeypatch: pytest.MonkeyPatch) -> UseKeys:
    """Let the portal have these link keys and data keys from now on."""
    settings = app.extensions["settings"]

    def use(*link_keys: str, data_key: str = settings.data_keys[0]) -> Keyring:
        made = Keyring(data_keys=[data_key], link_keys=link_keys, index_key=settings.index_key)
        monkeypatch.setitem(app.extensions, "keyring", made)
        db.session.rollback()
        db.session.expire_all()
        return made

    return use


@pytest.fixture
def filled(app: Flask, client: FlaskClient, use_keys: UseKeys) -> Flask:
    """One of everything, with links under the old key."""
    use_keys(OLD)
    fill(client)
    with transaction() as session:
        user = session.scalars(select(User)).one()
        link = StaffLink(
            user_id=user.id,
            public_id="00ff" * 4,
            link_key_id=keyring().link_key_id,
            expires_at=clock.now() + timedelta(days=1),
        )
        session.add(link)
    return app


def tokens() -> dict[str, str]:
    """The token of each kind of link, as it was sent."""
    made = {}
    for prefix, model in LINKS.items():
        row = db.session.execute(select(model.public_id, model.link_key_id)).first()
        assert row is not None
        made[prefix] = keyring().token(*row)
    db.session.rollback()
    return made


def personal(app: Flask, method: str) -> Iterator[tuple[str, str]]:
    """Every page of a personal link: how its address begins, and the address without its token."""
    for rule in app.url_map.iter_rules():
        found = entry_of(rule.endpoint)
        if (
            found
            and found.kind == "personal"
            and "token" in rule.arguments
            and method in (rule.methods or ())
        ):
            (prefix,) = [begins for begins in LINKS if rule.rule.startswith(begins)]
            yield prefix, rule.rule


def address_of(rule: str, token: str) -> str:
    return re.sub(r"<int:\w+>", "1", rule.replace("<token>", token).replace("<file_id>", "0" * 16))


def statuses(app: Flask, client: FlaskClient, sent: dict[str, str], method: str) -> dict[str, int]:
    with app.app_context():
        wanted = list(personal(app, method))
    return {
        rule: client.open(address_of(rule, sent[prefix]), method=method, follow_redirects=True).status_code
        for prefix, rule in wanted
    }


class TestLinkKeys:
    def test_what_was_sent_keeps_working(self, filled: Flask, client: FlaskClient, use_keys: UseKeys) -> None:
        sent = tokens()
        before = statuses(filled, client, sent, "GET")
        use_keys(NEW, OLD)
        assert sent == tokens(), "a reminder carries the same link"
        assert statuses(filled, client, sent, "GET") == before
        opened = {before[f"{prefix}<token>"] for prefix in LINKS}
        assert opened == {200}

    def test_new_links_are_under_the_new_key(self, filled: Flask, use_keys: UseKeys) -> None:
        made = use_keys(NEW, OLD)
        before = db.session.scalar(select(func.max(Invitation.id)))
        invitation, _address = invited()
        assert invitation.id > before and invitation.link_key_id == made.link_key_id
        assert (
            made.link_key_id
            == Keyring(data_keys=[Fernet.generate_key().decode()], link_keys=[NEW], index_key="i").link_key_id
        )

    def test_a_letter_that_was_posted_opens(
        self, filled: Flask, client: FlaskClient, use_keys: UseKeys
    ) -> None:
        invitation = db.session.scalars(select(Invitation)).first()
        code = keyring().code(invitation.public_id, invitation.link_key_id)
        use_keys(NEW, OLD)
        shown = client.get("/v")
        mark = re.findall(r'name="([^"]+)"[^>]*value="([^"]*)"', shown.text)
        opened = client.post("/v", data=dict(mark) | {"code": code})
        assert opened.status_code == 303 and "/v/" in opened.headers["Location"]

    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_under_a_key_that_was_taken_away_nothing_opens(
        self, filled: Flask, client: FlaskClient, use_keys: UseKeys, method: str
    ) -> None:
        sent = tokens()
        use_keys(NEW)
        found = statuses(filled, client, sent, method)
        wrong = {rule: status for rule, status in found.items() if status >= 500}
        assert wrong == {}
        assert set(found.values()) <= {404, 410, 409, 400}, found
        page = client.get(f"/v/{sent['/v/']}")
        assert "Deze link kennen we niet" in page.text

    def test_the_code_of_a_letter_says_it_too(
        self, filled: Flask, client: FlaskClient, use_keys: UseKeys
    ) -> None:
        invitation = db.session.scalars(select(Invitation)).first()
        code = keyring().code(invitation.public_id, invitation.link_key_id)
        use_keys(NEW)
        mark = re.findall(r'name="([^"]+)"[^>]*value="([^"]*)"', client.get("/v").text)
        assert client.post("/v", data=dict(mark) | {"code": code}).status_code in {404, 422, 503}


class TestALinkKeyThatIsGone:
    """It holds up nobody but whose link it was."""

    @pytest.fixture
    def mixed(self, app: Flask, use_keys: UseKeys, monkeypatch: pytest.MonkeyPatch) -> int:
        """An evening in two days with one sign-up of before, and three of now."""
        noon = clock.now().replace(hour=11)
        # A day on which the next ones are no weekend or holiday: reminders leave on working days.
        while not all(hours().open_on((noon + timedelta(days=days)).date()) for days in range(3)):
            noon += timedelta(days=1)
        monkeypatch.setattr(clock, "now", lambda: noon)
        use_keys(OLD)
        number = evening(days=9)
        signed_up(number)
        use_keys(NEW)
        for _n in range(3):
            signed_up(number)
        return number

    def test_the_others_are_reminded(self, mixed: int, monkeypatch: pytest.MonkeyPatch) -> None:
        start = clock.now()
        with capture_logs() as lines:
            for days in range(10):
                monkeypatch.setattr(clock, "now", lambda days=days: start + timedelta(days=days))
                talks.remind()
        reminded = db.session.scalars(
            select(Message.about).where(Message.queued_at > start + timedelta(hours=1)).distinct()
        ).all()
        assert len(reminded) == 3
        said = [line for line in lines if line["log_level"] == "error"]
        assert said and {line["setting"] for line in said} == {"PORTAL_LINK_KEYS"}
        assert "@" not in str(said)

    def test_a_new_evening_is_told_to_the_others_in_the_circle(
        self, app: Flask, use_keys: UseKeys, mixed: int
    ) -> None:
        for number, key in enumerate((OLD, NEW)):
            use_keys(key)
            with transaction() as session:
                circle.ask(f"kring{number}@voorbeeld.example", "nl")
                session.flush()
                for member in session.scalars(select(Member)):
                    member.confirmed_on = clock.today()
        with transaction() as session:
            assert circle.announce(session.get_one(Evening, mixed)) == 1

    def test_who_is_told_last_is_told(self, mixed: int) -> None:
        with transaction() as session:
            found = session.get_one(Evening, mixed)
            signups = session.scalars(select(SignUp).order_by(SignUp.id)).all()
            assert operations.tell(found, signups, What.WORD, text="Neem een pen mee.") == 3

    def test_the_step_is_taken_and_who_was_not_mailed_is_named(
        self, filled: Flask, use_keys: UseKeys
    ) -> None:
        use_keys(NEW)
        with transaction() as session:
            person = session.scalars(select(PersonConcerned)).one()
            assert person.email and not tell_concerned(person, "outcome", key="told")

    def test_the_page_names_the_right_setting(
        self, filled: Flask, use_keys: UseKeys, sign_in: SignIn
    ) -> None:
        use_keys(NEW)
        client = sign_in(Role.COMPLAINTS)
        with transaction() as session:
            person = session.scalars(select(PersonConcerned)).one()
            person.email = ""
            page, number = f"/team/klachten/{person.complaint.reference}/mensen", person.id
        token = re.search(r'name="csrf_token"[^>]*value="([^"]*)"', client.get(page).text)
        answer = client.post(
            f"{page}/betrokkene/{number}/link", data={"csrf_token": token[1] if token else ""}
        )
        assert answer.status_code == 503
        assert "PORTAL_LINK_KEYS" in answer.text and "PORTAL_DATA_KEYS" not in answer.text
        assert (
            "Deze link kunnen we niet maken" in answer.text and "niemand kan het nu lezen" not in answer.text
        )

    def test_the_command_names_it_too(
        self, app: Flask, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def lost() -> Flask:
            raise LostLinkKey

        monkeypatch.setattr("sys.argv", ["portal", "worker"])
        with pytest.raises(SystemExit) as ended:
            run(lost)
        assert ended.value.code == LOST_LINK_KEY and "PORTAL_LINK_KEYS" in LOST_LINK_KEY

    def test_rotating_says_how_many_links_wait_for_each_key(self, filled: Flask, use_keys: UseKeys) -> None:
        use_keys(NEW, OLD)
        invited()
        told = CliRunner().invoke(commands, ["rotate-keys"], obj=lambda: filled)
        old, new = (
            Keyring(data_keys=[Fernet.generate_key().decode()], link_keys=[key], index_key="").link_key_id
            for key in (OLD, NEW)
        )
        assert (
            f"Linksleutel {old}, oud: 6 open links (circle_member 1, complaint_draft 1, invitation 1, "
            "person_concerned 1, sign_up 1, staff_link 1)." in told.output
        )
        assert f"Linksleutel {new}, de nieuwste: 1 open links (invitation 1)." in told.output
        use_keys(NEW)
        told = CliRunner().invoke(commands, ["rotate-keys", "--check"], obj=lambda: filled)
        assert f"Linksleutel {old}, niet ingesteld: 6 open links" in told.output


class TestDataKeys:
    """Everything is under a key that the portal does not have any more."""

    @pytest.fixture
    def locked(self, filled: Flask, use_keys: UseKeys) -> Flask:
        use_keys(OLD, data_key=Fernet.generate_key().decode())
        return filled

    def test_personal_pages(self, locked: Flask, client: FlaskClient) -> None:
        found = statuses(locked, client, tokens(), "GET")
        assert not [rule for rule, status in found.items() if status == 500]
        assert {status for status in found.values() if status >= 500} == {503}
        page = client.get(f"/klacht/betrokkene/{tokens()['/klacht/betrokkene/']}")
        assert page.status_code == 503
        assert "Deze gegevens zitten op slot" in page.text
        assert (
            "Er is niets weggegooid" in page.text
            and "Zo bereikt u ons" in page.text
            and "2691 ZM" in page.text
        )
        assert "PORTAL_DATA_KEYS" not in page.text
        assert page.headers["Cache-Control"] == "no-store"

    def test_a_page_part(self, locked: Flask, client: FlaskClient) -> None:
        answer = client.get(f"/v/{tokens()['/v/']}/4", headers={"HX-Request": "true"})
        assert answer.status_code == 503 and "Deze gegevens zitten op slot" in answer.text

    def test_nothing_is_written_over(self, locked: Flask, client: FlaskClient) -> None:
        link = f"/v/{tokens()['/v/']}/1"
        with db.engine.connect() as connection:
            before = connection.execute(select(type_coerce(Draft.body, LargeBinary))).all()
        assert client.post(link, data={"a-grade": "3", "action": "next"}).status_code == 503
        with db.engine.connect() as connection:
            assert connection.execute(select(type_coerce(Draft.body, LargeBinary))).all() == before

    def test_staff_pages(self, locked: Flask, sign_in: SignIn) -> None:
        client = sign_in(*Role)
        found: dict[str, int] = {}
        with locked.app_context():
            wanted = [rule for rule in locked.url_map.iter_rules() if _is_staff_page(rule)]
        for rule in wanted:
            answer = client.get(re.sub(r"<[^>]+>", "1", rule.rule))
            found[rule.rule] = answer.status_code
            if answer.status_code == 503:
                assert "Deze gegevens zitten op slot" in answer.text and "PORTAL_DATA_KEYS" in answer.text
            assert not [mark for mark in MARKS if mark in answer.text.lower()], rule.rule
        assert not [rule for rule, status in found.items() if status == 500]
        assert sum(status == 503 for status in found.values()) >= 2

    def test_the_worker_names_what_it_could_not_do_and_goes_on(self, locked: Flask) -> None:
        with transaction() as session:
            session.add(Attempt(kind="x", source="x", at=clock.now() - timedelta(days=2)))
            waits = session.scalars(select(LetterboxEntry)).one()
            for number in range(4):
                like = {"pile": waits.pile, "quarter": waits.quarter, "sealed": waits.sealed}
                session.add(LetterboxEntry(id=f"{number:032x}", **like))
        with capture_logs() as lines:
            Worker().round()
        failed = [line for line in lines if line["log_level"] == "error"]
        assert [(line["pile"], line["kind"]) for line in failed if "pile" in line] == [("intake", "LostKey")]
        contacts = {"batch taken one by one", "contact cannot be read"}
        assert all(line["kind"] == "LostKey" for line in failed)
        assert all("job" in line or "pile" in line or line["event"] in contacts for line in failed)
        with db.engine.connect() as connection:
            tries = connection.scalar(select(func.count()).select_from(Attempt))
            assert tries == 0, "the jobs after it had their turn"
            assert connection.scalar(select(func.count()).select_from(LetterboxEntry)) == 5
        assert not [mark for mark in MARKS if mark in str(lines).lower()]


def _is_staff_page(rule: Rule) -> bool:
    found = entry_of(rule.endpoint)
    return found is not None and found.kind == "staff" and "GET" in (rule.methods or ())
