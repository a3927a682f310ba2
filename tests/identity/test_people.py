"""Who can sign in: inviting, roles, closing, and the link by which one chooses a password."""

import re
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from babel.dates import format_date
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from portal import clock
from portal.audit.models import AuditEvent
from portal.crypto import keyring
from portal.db import db, transaction
from portal.identity import accounts, links, sessions
from portal.identity import people_operations as operations
from portal.identity.attempts import Attempt
from portal.identity.models import StaffLink, StaffSession, User
from portal.identity.people_operations import Refused
from portal.identity.rules import FREE_TRIES, Refusal, Role
from portal.outbox import delivery, rendering
from portal.outbox.models import Message
from portal.outbox.rules import State
from portal.reactions import HANDLERS
from tests.conftest import SignIn
from tests.identity.conftest import TOKEN
from tests.signed_in import let_in

NEW = "een paar losse woorden"
EMAIL = "nieuw@voorbeeld.example"
LIST = "/team/collegas"
INVITE = f"{LIST}/uitnodigen"
At = Callable[[timedelta], None]


@pytest.fixture
def app(app: Flask) -> Iterator[Flask]:
    """The portal, with a context in which the test reads what the pages wrote."""
    with app.app_context():
        yield app
        db.session.remove()


@pytest.fixture
def admin(sign_in: SignIn) -> FlaskClient:
    return sign_in(Role.ADMIN)


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> At:
    real = clock.now

    def move(by: timedelta) -> None:
        monkeypatch.setattr(clock, "now", lambda: real() + by)

    return move


def post(client: FlaskClient, page: str, address: str, **values: object):  # type: ignore[no-untyped-def]
    """Post with the token and, where there is one, the version of the page."""
    shown = client.get(page).text
    data = {"csrf_token": TOKEN.search(shown).group(1), **values}
    if 'name="seen"' in shown:
        data.setdefault("seen", shown.split('name="seen"')[1].split('value="')[1].split('"')[0])
    return client.post(address, data=data)


def invite(client: FlaskClient, email: str = EMAIL, *roles: Role):  # type: ignore[no-untyped-def]
    chosen = [str(role) for role in roles or (Role.QUALITY,)]
    return post(client, INVITE, INVITE, email=email, roles=chosen)


def user(email: str = EMAIL) -> User:
    db.session.expire_all()
    return db.session.scalars(select(User).where(User.email == email)).one()


def member(*roles: Role, active: bool = True) -> User:
    with transaction():
        made = accounts.add_staff(
            f"{id(object()):x}{clock.now().timestamp()}@voorbeeld.example", "x", map(str, roles)
        )
        made.active = active
    return made


def token_of(made: User) -> str:
    found = db.session.get_one(StaffLink, made.id)
    return keyring().token(found.public_id, found.link_key_id)


def told(name: str) -> list[dict[str, str]]:
    found = select(AuditEvent).where(AuditEvent.event == name).order_by(AuditEvent.id)
    return [event.details for event in db.session.scalars(found)]


def mails() -> list[Message]:
    return list(db.session.scalars(select(Message).where(Message.topic == links.TOPIC).order_by(Message.id)))


def test_a_long_list_costs_no_more_than_a_short_one(admin: FlaskClient, statements: list[str]) -> None:
    needed = []
    for _more in range(2):
        for _one in range(5):
            member(Role.QUALITY, Role.TALKS)
        statements.clear()
        assert admin.get(LIST).status_code == 200
        needed.append(len(statements))
    assert needed[0] == needed[1] <= 5


class TestInviting:
    def test_a_colleague_gets_a_link_by_mail(self, admin: FlaskClient) -> None:
        done = invite(admin, "Nieuw@Voorbeeld.example", Role.QUALITY, Role.TALKS)
        made = user()
        assert done.headers["Location"] == f"{LIST}/{made.id}"
        assert "uitnodiging gaat per e-mail weg" in admin.get(done.headers["Location"]).text
        assert (made.joined, made.active, made.password) == (False, True, "")
        assert made.role_names == {"quality", "talks"}
        assert told("staff.invited") == [{"user": str(made.id), "roles": "quality,talks"}]
        [message] = mails()
        mail = rendering.mail(message)
        assert message.to == EMAIL and mail.subject == "Kies uw wachtwoord voor het portaal"
        assert f"/team/welkom/{token_of(made)}" in mail.text and f"/team/welkom/{token_of(made)}" in mail.html
        assert EMAIL not in mail.subject + mail.text
        page = admin.get(LIST).text
        assert EMAIL in page.replace("<wbr>", "") and "uitgenodigd" in page
        ends = clock.local(db.session.get_one(StaffLink, made.id).expires_at)
        until = f"tot {format_date(ends, 'EEEE d MMMM', 'nl')}, {ends.strftime('%H.%M')} uur"
        one = admin.get(done.headers["Location"]).text
        welcome = admin.get(f"/team/welkom/{token_of(made)}").text
        for text in (page, one, welcome, mail.text, mail.html):
            assert until in text, "the same everywhere"

    def test_a_double_click_invites_once(self, admin: FlaskClient) -> None:
        first, second = invite(admin), invite(admin)
        assert first.headers["Location"] == second.headers["Location"]
        assert len(mails()) == 1
        assert "was er al" in admin.get(second.headers["Location"]).text

    @pytest.mark.parametrize(
        ("email", "roles", "words"),
        [
            ("", ["quality"], "Vul het e-mailadres in."),
            ("nieuw", ["quality"], "Dit is geen e-mailadres."),
            ("a" * 300 + "@voorbeeld.example", ["quality"], "te lang"),
            (EMAIL, [], "Kies ten minste één rol."),
            (EMAIL, ["directeur"], "directeur"),
        ],
    )
    def test_what_is_not_right_is_said_and_stays(
        self, admin: FlaskClient, email: str, roles: list[str], words: str
    ) -> None:
        response = post(admin, INVITE, INVITE, email=email, roles=roles)
        assert response.status_code == 422 and words in response.text
        assert f'value="{email}"' in response.text
        assert mails() == []

    def test_who_has_an_account_is_not_invited_again(self, admin: FlaskClient) -> None:
        known = member(Role.QUALITY)
        response = invite(admin, known.email.upper())
        assert response.status_code == 422 and "is er al een account" in response.text

    @pytest.mark.parametrize("role", [Role.QUALITY, Role.COMPLAINTS, Role.TALKS])
    def test_only_an_administrator_comes_here(self, sign_in: SignIn, role: Role) -> None:
        client = sign_in(role)
        for page in (LIST, INVITE, f"{LIST}/1"):
            assert client.get(page).status_code == 403
        assert "Collega’s" not in client.get("/team/account").text
        assert "Collega’s" in sign_in(Role.ADMIN).get("/team/account").text

    def test_the_mail_leaves_only_while_the_link_opens_something(self, admin: FlaskClient, at: At) -> None:
        invite(admin)
        at(timedelta(days=3, minutes=1))
        delivery.deliver(HANDLERS)
        db.session.expire_all()
        assert mails()[0].state == State.CANCELLED

    def test_a_newer_link_takes_its_place(self, admin: FlaskClient, client: FlaskClient) -> None:
        invite(admin)
        made = user()
        old = token_of(made)
        post(admin, f"{LIST}/{made.id}", f"{LIST}/{made.id}/link")
        db.session.expire_all()
        assert client.get(f"/team/welkom/{old}").status_code == 404
        assert client.get(f"/team/welkom/{token_of(made)}").status_code == 200
        delivery.deliver(HANDLERS)
        db.session.expire_all()
        assert [one.state for one in mails()] == [State.CANCELLED, State.SENT]
        assert told("staff.link") == [{"user": str(made.id)}]

    def test_a_mail_that_came_back_is_said(self, admin: FlaskClient) -> None:
        invite(admin)
        with transaction():
            mails()[0].state = State.DEAD
        assert "kwam niet aan" in admin.get(f"{LIST}/{user().id}").text


class TestChoosing:
    @pytest.fixture
    def link(self, admin: FlaskClient) -> str:
        invite(admin)
        return f"/team/welkom/{token_of(user())}"

    def choose(self, client: FlaskClient, link: str, password: str = NEW, again: str | None = None):  # type: ignore[no-untyped-def]
        mark = client.get(link).text.split('name="mark" type="hidden" value="')[1].split('"')[0]
        again = password if again is None else again
        return client.post(link, data={"mark": mark, "new_password": password, "new_password_confirm": again})

    def test_one_chooses_a_password_and_signs_in_with_it(self, client: FlaskClient, link: str) -> None:
        page = client.get(link)
        assert EMAIL in page.text and "Set-Cookie" not in page.headers
        done = self.choose(client, link)
        assert done.headers["Location"] == "/team/inloggen?melding=gekozen"
        login = client.get(done.headers["Location"]).text
        assert "Uw wachtwoord is bewaard" in login
        step = client.post(
            "/team/inloggen",
            data={"csrf_token": TOKEN.search(login).group(1), "email": EMAIL, "password": NEW},
        )
        assert step.headers["Location"] == "/team/tweede-stap-instellen"
        assert user().joined
        assert told("staff.joined") == [{"user": str(user().id)}]

    def test_opening_it_changes_nothing(self, client: FlaskClient, link: str, statements: list[str]) -> None:
        statements.clear()
        for _time in range(3):
            assert client.get(link).status_code == 200
        assert {one.split()[0] for one in statements} == {"SELECT"}

    def test_it_works_once(self, client: FlaskClient, link: str) -> None:
        mark = client.get(link).text.split('name="mark" type="hidden" value="')[1].split('"')[0]
        self.choose(client, link)
        before = user().password
        again = client.post(
            link,
            data={
                "mark": mark,
                "new_password": "heel andere woorden",
                "new_password_confirm": "heel andere woorden",
            },
        )
        assert again.status_code == 410 and "Deze link werkt niet meer" in again.text
        assert client.get(link).status_code == 410
        assert user().password == before

    def test_two_at_the_same_moment_choose_once(self, app: Flask, link: str) -> None:
        public_id = db.session.get_one(StaffLink, user().id).public_id
        db.session.rollback()
        chosen: list[bool] = []
        ready = threading.Barrier(4)

        def one(number: int) -> None:
            with app.app_context():
                ready.wait()
                with transaction():
                    chosen.append(operations.choose_password(public_id, f"hash {number}"))

        threads = [threading.Thread(target=one, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(chosen) == [False, False, False, True]

    def test_it_works_for_three_days(self, client: FlaskClient, link: str, at: At) -> None:
        at(timedelta(days=2, hours=23, minutes=59))
        assert client.get(link).status_code == 200
        at(timedelta(days=3, seconds=1))
        over = client.get(link)
        assert over.status_code == 410 and "ouder dan drie dagen" in over.text

    def test_one_that_is_not_ours_opens_nothing(self, client: FlaskClient, link: str) -> None:
        token = link.rpartition("/")[2]
        other = "A" if token[-1] != "A" else "B"
        for made_up in (token[:-1] + other, "x" * 24, "x", token.upper(), token + "x"):
            response = client.get(f"/team/welkom/{made_up}")
            assert response.status_code == 404 and "kennen we niet" in response.text, made_up

    def test_tries_at_links_get_slow(self, client: FlaskClient, link: str) -> None:
        for _try in range(FREE_TRIES):
            assert client.post(f"/team/welkom/{'x' * 24}").status_code == 404
        assert client.post(f"/team/welkom/{'x' * 24}").status_code == 429
        assert client.get(link).status_code == 200

    @pytest.mark.parametrize(
        ("password", "again", "words"),
        [
            ("", "", "Bedenk een nieuw wachtwoord"),
            ("kort", "kort", "Dit wachtwoord is te kort. Neem ten minste 12 tekens."),
            ("kort", "anders", "Dit wachtwoord is te kort. Neem ten minste 12 tekens."),
            ("kort", "anders", "De twee wachtwoorden waren niet gelijk. Typ ze allebei opnieuw."),
            ("a" * 500, "a" * 500, "hooguit 128"),
            (NEW, "iets anders", "niet gelijk"),
            ("Welkom2026!!", "Welkom2026!!", "gebruiken veel mensen"),
            ("nieuwnieuwnieuw!", "nieuwnieuwnieuw!", "Neem een paar"),
            ("portaal-portaal", "portaal-portaal", "lijkt te veel"),
        ],
    )
    def test_a_password_that_will_not_do(
        self, client: FlaskClient, link: str, password: str, again: str, words: str
    ) -> None:
        response = self.choose(client, link, password, again)
        assert response.status_code == 422 and words in response.text
        assert not user().joined and (not password or f'value="{password}"' not in response.text)

    @pytest.mark.parametrize("mark", ["", "x", "é"])
    def test_a_post_without_our_mark_is_refused(self, client: FlaskClient, link: str, mark: str) -> None:
        data = {"mark": mark, "new_password": NEW, "new_password_confirm": NEW}
        assert client.post(link, data=data).status_code == 422
        assert not user().joined

    def test_a_closed_account_chooses_nothing(
        self, admin: FlaskClient, client: FlaskClient, link: str
    ) -> None:
        post(admin, f"{LIST}/{user().id}", f"{LIST}/{user().id}/sluiten")
        assert client.get(link).status_code == 410

    def test_who_has_not_chosen_yet_cannot_come_in(self, client: FlaskClient, link: str) -> None:
        for password in ("x", NEW):
            login = client.get("/team/inloggen").text
            response = client.post(
                "/team/inloggen",
                data={"csrf_token": TOKEN.search(login).group(1), "email": EMAIL, "password": password},
            )
            assert response.status_code == 422 and "horen niet bij elkaar" in response.text
        let_in(client, user())
        assert client.get("/team").status_code == 302, "not even with a session"

    def test_a_lost_password_is_chosen_anew_and_ends_the_sessions(
        self, admin: FlaskClient, client: FlaskClient, sign_in: SignIn
    ) -> None:
        els = sign_in(Role.QUALITY)
        with els.session_transaction() as cookie:
            mark = cookie["_user_id"]
        account = db.session.scalars(select(User).where(User.fs_uniquifier == mark)).one()
        post(admin, f"{LIST}/{account.id}", f"{LIST}/{account.id}/link")
        assert els.get("/team").status_code == 200, "a link alone changes nothing"
        self.choose(client, f"/team/welkom/{token_of(account)}")
        assert els.get("/team").status_code == 302
        assert told("staff.password") == [{"user": str(account.id)}] and told("staff.joined") == []

    def test_old_links_are_forgotten(self, link: str, at: At) -> None:
        assert links.forget_old() == 0
        at(timedelta(days=34))
        assert links.forget_old() == 1


class TestChanging:
    def test_roles_change_and_say_what_was(self, admin: FlaskClient) -> None:
        els = member(Role.QUALITY)
        page = f"{LIST}/{els.id}"
        done = post(admin, page, f"{page}/rollen", roles=["talks", "complaints"])
        assert "De rollen zijn veranderd." in admin.get(done.headers["Location"]).text
        assert user(els.email).role_names == {"talks", "complaints"}
        assert told("staff.roles") == [
            {"user": str(els.id), "before": "quality", "after": "complaints,talks"}
        ]
        post(admin, page, f"{page}/rollen", roles=["talks", "complaints"])
        assert len(told("staff.roles")) == 1

    def test_what_another_changed_meanwhile_is_not_undone(self, admin: FlaskClient) -> None:
        els = member(Role.QUALITY)
        page = f"{LIST}/{els.id}"
        with transaction():
            operations.change_roles(els.id, [Role.TALKS], seen="quality", actor="2")
        late = post(admin, page, f"{page}/rollen", roles=["quality", "complaints"], seen="quality")
        assert late.status_code == 409 and "Iemand anders veranderde de rollen" in late.text
        assert user(els.email).role_names == {"talks"}
        seen = late.text.split('name="seen"')[1].split('value="')[1].split('"')[0]
        post(admin, page, f"{page}/rollen", roles=["quality", "complaints"], seen=seen)
        assert user(els.email).role_names == {"quality", "complaints"}

    def test_closing_puts_out_at_once_and_reopening_lets_in(self, app: Flask, admin: FlaskClient) -> None:
        els = member(Role.QUALITY)
        browser = app.test_client()
        let_in(browser, els)
        page = f"{LIST}/{els.id}"
        post(admin, page, f"{page}/sluiten")
        assert browser.get("/team").status_code == 302
        assert db.session.scalar(select(func.count()).where(StaffSession.user_id == els.id)) == 0
        assert "was al dicht" in admin.get(post(admin, page, f"{page}/sluiten").headers["Location"]).text
        post(admin, page, f"{page}/openen")
        assert user(els.email).active
        assert browser.get("/team").status_code == 302, "but not the session of before"
        assert [len(told(name)) for name in ("staff.closed", "staff.reopened")] == [1, 1]

    def test_a_link_to_a_closed_account_is_not_sent(self, admin: FlaskClient) -> None:
        els = member(Role.QUALITY, active=False)
        page = f"{LIST}/{els.id}"
        done = post(admin, page, f"{page}/link")
        assert "intussen gesloten" in admin.get(done.headers["Location"]).text and mails() == []

    def test_a_lost_phone(self, app: Flask, admin: FlaskClient) -> None:
        els = member(Role.QUALITY)
        with transaction():
            els = user(els.email)
            els.tf_totp_secret, els.tf_primary_method, els.mf_recovery_codes = "x", "authenticator", ["x"]
        browser = app.test_client()
        let_in(browser, els)
        page = f"{LIST}/{els.id}"
        post(admin, page, f"{page}/tweede-stap")
        found = user(els.email)
        assert (found.tf_totp_secret, found.tf_primary_method) == (None, None)
        assert not found.mf_recovery_codes
        assert browser.get("/team").status_code == 302
        assert told("staff.second_step") == [{"user": str(els.id), "how": "reset"}]
        assert rendering.mail(mails()[0]).subject == "Uw tweede stap is weggehaald"
        delivery.deliver(HANDLERS)
        again = post(admin, page, f"{page}/tweede-stap")
        assert "nog geen app" in admin.get(again.headers["Location"]).text and len(mails()) == 1

    @pytest.mark.parametrize("what", ["rollen", "sluiten", "openen", "link", "tweede-stap"])
    def test_of_somebody_who_is_not_there(self, admin: FlaskClient, what: str) -> None:
        response = post(admin, LIST, f"{LIST}/2147483647/{what}", roles=["quality"])
        assert response.status_code == 404

    @pytest.mark.parametrize("what", ["", "/rollen", "/sluiten", "/openen", "/link", "/tweede-stap"])
    def test_the_password_is_asked_again(self, admin: FlaskClient, what: str) -> None:
        els = member(Role.QUALITY)
        with admin.session_transaction() as cookie:
            cookie["fs_paa"] -= 3600
        address = f"{LIST}/{els.id}{what}"
        if not what:
            assert admin.get(address).headers["Location"] == f"/team/wachtwoord-bevestigen?next={address}"
            return
        asked = post(admin, LIST, address, roles=["talks"])
        assert asked.status_code == 409 and "Vul uw wachtwoord in" in asked.text
        assert user(els.email).role_names == {"quality"} and user(els.email).active


class TestTheLastAdministrator:
    def me(self, client: FlaskClient) -> int:
        with client.session_transaction() as cookie:
            mark = cookie["_user_id"]
        return db.session.scalars(select(User.id).where(User.fs_uniquifier == mark)).one()

    @pytest.mark.parametrize("others", ["nobody", "closed", "invited"])
    def test_keeps_the_role_and_the_account(self, admin: FlaskClient, others: str) -> None:
        if others == "closed":
            member(Role.ADMIN, active=False)
        if others == "invited":
            invite(admin, EMAIL, Role.ADMIN)
        page = f"{LIST}/{self.me(admin)}"
        for address, values, place in (
            (f"{page}/rollen", {"roles": ["quality"]}, "roles"),
            (f"{page}/sluiten", {"sure": "y"}, "close"),
        ):
            refused = post(admin, page, address, **values)
            assert refused.status_code == 409 and "laatste beheerder" in refused.text, address
            assert refused.text.count("laatste beheerder") == 2, "in the summary and in its place"
            assert f'<a href="#{place}">' in refused.text and f'id="{place}-error"' in refused.text
            described = re.search(rf'id="{place}"[^>]* aria-describedby="([^"]+)"', refused.text)
            assert f"{place}-error" in described.group(1).split()
        assert admin.get(LIST).status_code == 200
        assert told("staff.roles") == told("staff.closed") == []

    def test_may_go_when_there_is_another(self, admin: FlaskClient) -> None:
        member(Role.ADMIN)
        page = f"{LIST}/{self.me(admin)}"
        done = post(admin, page, f"{page}/rollen", roles=["quality"])
        assert done.headers["Location"] == "/team/account"
        assert "U bent geen beheerder meer." in admin.get("/team/account").text
        assert admin.get(LIST).status_code == 403

    def test_says_what_closing_the_own_account_means(self, admin: FlaskClient) -> None:
        member(Role.ADMIN)
        page = f"{LIST}/{self.me(admin)}"
        shown = admin.get(page).text
        assert "alleen een andere beheerder opent uw account weer" in shown
        assert "Deze persoon" not in shown and "deze persoon" not in shown
        unsure = post(admin, page, f"{page}/sluiten")
        assert unsure.status_code == 422 and '<a href="#sure">' in unsure.text and told("staff.closed") == []
        done = post(admin, page, f"{page}/sluiten", sure="y")
        assert done.headers["Location"] == "/team/inloggen?melding=dicht"
        assert "Uw account is dicht. U bent overal uitgelogd." in admin.get(done.headers["Location"]).text
        assert admin.get("/team").status_code == 302

    def test_whoever_takes_off_the_own_app_is_told(self, admin: FlaskClient) -> None:
        me = self.me(admin)
        with transaction():
            db.session.get_one(User, me).tf_totp_secret = "x"
        done = post(admin, LIST, f"{LIST}/{me}/tweede-stap")
        assert "stel een nieuwe app in" in admin.get(done.headers["Location"]).text

    def test_may_send_a_link_to_oneself(self, admin: FlaskClient) -> None:
        me = f"{LIST}/{self.me(admin)}"
        assert post(admin, LIST, f"{me}/link").headers["Location"] == me

    @pytest.mark.parametrize("how", ["roles", "closing", "both"])
    def test_two_who_do_it_to_one_another_at_the_same_moment(self, app: Flask, how: str) -> None:
        for _round in range(5):
            with transaction():
                for found in db.session.scalars(select(User)):
                    found.active = False
            pair = [member(Role.ADMIN).id, member(Role.ADMIN).id]
            db.session.rollback()
            outcomes = together(app, pair, how)
            assert sorted(outcomes) == ["done", str(Refusal.LAST_ADMINISTRATOR)]
            left = list(db.session.scalars(select(User).where(User.id.in_(pair)).order_by(User.id)))
            assert sum(one.active and "admin" in one.role_names for one in left) == 1
            db.session.expire_all()


def together(app: Flask, pair: list[int], how: str) -> list[str]:
    """Two administrators take it from one another; what became of it."""
    ready, outcomes = threading.Barrier(2), []

    def one(number: int, *, closing: bool) -> None:
        with app.app_context():
            ready.wait()
            try:
                with transaction():
                    if closing:
                        operations.close(number, actor="x")
                    else:
                        operations.change_roles(number, [Role.QUALITY], seen="admin", actor="x")
                outcomes.append("done")
            except Refused as refused:
                outcomes.append(str(refused.reason))

    closings = {"roles": (False, False), "closing": (True, True), "both": (True, False)}[how]
    threads = [
        threading.Thread(target=one, args=(number,), kwargs={"closing": closing})
        for number, closing in zip(pair, closings, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def test_who_may_what_is_shown_to_everybody(sign_in: SignIn) -> None:
    page = sign_in(Role.TALKS).get("/team/wie-mag-wat").text
    for name in ("Kwaliteitsteam", "Klachtencoördinator", "Coördinator van de Talks", "Beheerder"):
        assert f'scope="col">{name}</th>' in page
    assert "Collega’s uitnodigen, hun rollen kiezen en accounts sluiten" in page
    assert page.count("<tr") == 22


def test_no_address_of_anybody_is_in_the_audit(admin: FlaskClient) -> None:
    invite(admin)
    post(admin, f"{LIST}/{user().id}", f"{LIST}/{user().id}/sluiten")
    assert not any("@" in str(event.details) for event in db.session.scalars(select(AuditEvent)))
    assert not db.session.scalars(select(Attempt)).all()
    assert sessions.of(user().id) == []


def test_what_is_called_so_on_the_own_page_is_called_so_there(sign_in: SignIn) -> None:
    client = sign_in(*Role)
    page = client.get("/team/account").text
    assert "Beheer en privacy" in page
    links = re.findall(r'<a class="link-button" href="([^"]+)">([^<]+)</a>', page)
    assert len(links) == 7
    for address, name in links:
        there = client.get(address).text
        assert re.search(rf"<h1[^>]*>\s*{name}\s*</h1>", there), address


@pytest.mark.parametrize(
    "address",
    [LIST, "/team/wie-mag-wat", "/team/wachtwoord", "/team/tweede-stap-instellen", "/team/herstelcodes"],
)
def test_there_is_a_way_back_to_the_own_page(admin: FlaskClient, address: str) -> None:
    assert 'href="/team/account">Terug naar mijn account</a>' in admin.get(address).text


def test_help_says_what_an_administrator_does(client: FlaskClient) -> None:
    page = client.get("/team/hulp-bij-inloggen").text
    assert re.search(
        r"Wachtwoord vergeten</h2>\s*<p>Vraag de beheerder\. Die stuurt een link om een nieuw wachtwoord",
        page,
    )
    assert re.search(
        r"Telefoon en herstelcodes kwijt</h2>\s*<p>Bel de beheerder\. Die haalt de oude app weg", page
    )
