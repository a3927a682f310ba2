"""The states of the pages about accounts of staff: who can sign in, invitations, sessions."""

import re

from playwright.sync_api import Page, expect
from sqlalchemy import select, update

from portal import clock
from portal.crypto import keyring
from portal.db import db
from portal.identity import links, people_operations, rules, sessions
from portal.identity.models import StaffLink, StaffSession, User
from portal.identity.rules import Role
from portal.outbox.models import Message
from portal.outbox.rules import State
from tests.browser.pages import SignInPage
from tests.browser.site import PASSWORD, Person
from tests.browser.states import ERROR, REQUIRED, Scene, require, state
from tests.browser.states_rest import rendered

require(
    {
        "identity.own_account": ("fresh", "several sessions", "administrator", "too late"),
        "identity.end_session": ("ended", "password first", "wrong password", "password given", "too many"),
        "identity.end_sessions": ("everywhere",),
        "identity.permissions": ("table", "english"),
        "people.index": ("first", "many", "refused"),
        "people.invite": ("fresh", "errors", "known", "sent", "too late", "password first", "of a colleague"),
        "people.one": ("joined", "invited", "mail came back", "closed", "password first", "my own"),
        "people.roles": ("changed", "none", "changed meanwhile", "last administrator", "given up"),
        "people.close": ("closed", "last administrator", "not sure", "my own"),
        "people.reopen": ("open again",),
        "people.link": ("sent",),
        "people.second_step": ("gone",),
        "people.welcome": (
            *("new", "english", "way back", "errors", "short and not equal", "password shown"),
            *("without scripts", "chosen", "used", "too old", "unknown"),
        ),
        "security.verify": (*REQUIRED["security.verify"], "for a file"),
        "security.mf_recovery": (*REQUIRED["security.mf_recovery"], "came in"),
        ERROR: (*REQUIRED[ERROR], "404 for staff", "404 for who is not signed in", "503 for staff"),
    }
)

NEW = "nog meer losse woorden"


def _email_of(scene: Scene, number: int) -> str:
    with scene.site.inside():
        return db.session.get_one(User, number).email


def _member(scene: Scene, *roles: Role, with_app: bool = True) -> int:
    """A colleague; gives the number."""
    person = scene.site.add_staff(*(roles or (Role.QUALITY,)), with_app=with_app)
    with scene.site.inside():
        return db.session.scalars(select(User.id).where(User.email == person.email)).one()


def _invited(scene: Scene, *roles: Role) -> int:
    """Somebody who has a link and chose nothing yet."""
    with scene.site.changing():
        email = f"nieuw{clock.now().timestamp():.6f}@voorbeeld.example"
        made, _is_new = people_operations.invite(email, roles or (Role.TALKS,), actor="1")
        return made.id


def _link(scene: Scene, number: int, suffix: str = "") -> str:
    with scene.site.inside():
        found = db.session.get_one(StaffLink, number)
        return f"/team/welkom/{keyring().token(found.public_id, found.link_key_id)}{suffix}"


def _admin(scene: Scene, address: str) -> Page:
    return scene.staff(address, Role.ADMIN)


def _press(page: Page, name: str) -> Page:
    page.get_by_role("button", name=name).click()
    return page


# One's own account.


@state("identity.own_account", "several sessions", shows="Overal uitloggen, ook hier")
def _(scene: Scene) -> Page:
    page = scene.staff("/team/account", Role.COMPLAINTS)
    _elsewhere(scene, page)
    page.reload()
    return page


def _elsewhere(scene: Scene, page: Page) -> None:
    """Who is signed in on this page, signs in on another device too."""
    email = page.locator(".team-who a").inner_text()
    with scene.site.app.test_request_context(headers={"User-Agent": "Firefox/140.0 (Android 15)"}):
        found = db.session.scalars(select(User.id).where(User.email == email)).one()
        sessions.begin(found)
        db.session.commit()
        db.session.remove()


@state("identity.own_account", "administrator", shows="Wie kan inloggen, uitnodigen en sluiten")
def _(scene: Scene) -> Page:
    return _admin(scene, "/team/account")


@state("identity.own_account", "too late", shows="U was een half uur niet bezig")
def _(scene: Scene) -> Page:
    page = _signed_in(scene)
    _idle(scene, page)
    return scene.at(page, "/team/account")


def _signed_in(scene: Scene, *roles: Role) -> Page:
    """Somebody of whom no other state is: the session can be ended."""
    return _enter(scene, scene.site.add_staff(*(roles or (Role.ADMIN,)))).page


def _enter(scene: Scene, person: Person) -> SignInPage:
    entrance = SignInPage(scene.people.new())
    entrance.first_step(scene.site.address, person.email, PASSWORD)
    entrance.second_step(person.code())
    entrance.is_at("Vandaag")
    return entrance


def _idle(scene: Scene, page: Page) -> None:
    """Half an hour goes by."""
    email = page.locator(".team-who a").inner_text()
    with scene.site.changing():
        mine = select(User.id).where(User.email == email).scalar_subquery()
        long_ago = clock.now() - rules.IDLE_FOR
        db.session.execute(update(StaffSession).where(StaffSession.user_id == mine).values(seen_at=long_ago))


@state("identity.end_session", "ended", shows="Op dat apparaat bent u nu uitgelogd.")
def _(scene: Scene) -> Page:
    page = _signed_in(scene, Role.TALKS)
    _elsewhere(scene, page)
    return _press(scene.at(page, "/team/account"), "Log daar uit")


@state("identity.end_session", "password first", shows="U wilt: op een ander apparaat uitloggen.")
def _(scene: Scene) -> Page:
    return _asked(scene)


def _asked(scene: Scene) -> Page:
    """The password is asked before another session ends."""
    page = _signed_in(scene, Role.TALKS)
    _elsewhere(scene, page)
    scene.at(page, "/team/account")
    _forget_password(scene, page)
    return _press(page, "Log daar uit")


def _give_password(page: Page, password: str) -> Page:
    page.get_by_label("Wachtwoord", exact=True).fill(password)
    return _press(page, "Ga door")


@state("identity.end_session", "wrong password", shows="Dit is niet uw wachtwoord.")
def _(scene: Scene) -> Page:
    return _give_password(_asked(scene), "dat is het niet")


@state("identity.end_session", "password given", shows="Op dat apparaat bent u nu uitgelogd.")
def _(scene: Scene) -> Page:
    return _give_password(_asked(scene), PASSWORD)


@state("identity.end_session", "too many", shows="Uw wachtwoord werd te vaak verkeerd getypt.")
def _(scene: Scene) -> Page:
    page = _asked(scene)
    for _try in range(rules.FREE_IN_A_SESSION):
        _give_password(page, "dat is het niet")
        page.wait_for_load_state()
    return page


@state("security.verify", "for a file", shows="Het bestand komt bij uw downloads.")
def _(scene: Scene) -> Page:
    page = _signed_in(scene, Role.COMPLAINTS)
    _forget_password(scene, page)
    return scene.at(page, "/team/klachten/jaar.csv")


def _forget_password(scene: Scene, page: Page) -> None:
    """The password was given an hour ago."""
    [cookie] = [one for one in page.context.cookies() if one["name"] == "portal"]
    signer = scene.site.app.session_interface.get_signing_serializer(scene.site.app)
    assert signer is not None
    told = signer.loads(cookie["value"])
    told["fs_paa"] -= 3600
    page.context.add_cookies([{**cookie, "value": signer.dumps(told)}])  # type: ignore[typeddict-item]


@state("identity.end_sessions", "everywhere", shows="U bent overal uitgelogd.")
def _(scene: Scene) -> Page:
    page = _signed_in(scene, Role.TALKS)
    _elsewhere(scene, page)
    return _press(scene.at(page, "/team/account"), "Overal uitloggen, ook hier")


@state("identity.permissions", "table", shows="Wat hier niet staat, mag niemand.")
def _(scene: Scene) -> Page:
    return scene.staff("/team/wie-mag-wat", Role.TALKS)


@state("identity.permissions", "english", shows="Signed in as")
def _(scene: Scene) -> Page:
    return scene.staff("/team/wie-mag-wat?taal=en", Role.TALKS)


# Coming in without the phone, and losing the way.


@state("security.mf_recovery", "came in", shows="U heeft nog 7 herstelcodes.")
def _(scene: Scene) -> Page:
    person = scene.site.add_staff(Role.TALKS)
    page = _enter(scene, person).page
    _press(scene.at(page, "/team/herstelcodes"), "Maak herstelcodes")
    expect(page.get_by_role("button", name="Print deze pagina")).to_be_visible()
    code = page.get_by_role("listitem").locator("code").first.inner_text()
    page.get_by_role("link", name="Ik heb ze bewaard, verder").click()
    _press(page, "Uitloggen")
    entrance = SignInPage(page)
    entrance.first_step(scene.site.address, person.email, PASSWORD)
    entrance.link("Log in met een herstelcode").click()
    entrance.field("Herstelcode").fill(code)
    entrance.button("Inloggen").click()
    return page


@state(ERROR, "404 for staff", shows="Deze pagina is er niet")
def _(scene: Scene) -> Page:
    page = scene.staff("/team/bestaat-niet", Role.TALKS)
    expect(page.get_by_role("link", name="Naar Vandaag")).to_be_visible()
    return page


@state(ERROR, "404 for who is not signed in", shows="Deze pagina is er niet")
def _(scene: Scene) -> Page:
    page = scene.visit("/team/bestaat-niet")
    expect(page.get_by_role("link", name="Naar inloggen")).to_be_visible()
    return page


@state(ERROR, "503 for staff", shows="We zijn er heel even niet")
def _(scene: Scene) -> Page:
    scene.people.expect(re.compile("503"))
    page = rendered(scene, 503, "/team/wie-mag-wat")
    expect(page.get_by_role("link", name="Probeer het opnieuw")).to_be_visible()
    return page


@state("people.index", "refused", shows="Hier mag u niet komen")
def _(scene: Scene) -> Page:
    page = scene.staff("/team/collegas", Role.TALKS)
    expect(page.get_by_role("link", name="Wie mag wat")).to_be_visible()
    return page


# Colleagues.


@state("people.index", "first", shows="U bent de enige met een account.")
def _(scene: Scene) -> Page:
    page, _number = _alone(scene)
    page.goto(f"{scene.bare.address}/team/collegas")
    return page


@state("people.index", "many", shows="link werkt tot")
def _(scene: Scene) -> Page:
    _member(scene, Role.QUALITY, Role.COMPLAINTS)
    _invited(scene)
    _make_old(scene, _invited(scene))
    _close(scene, _member(scene))
    return _admin(scene, "/team/collegas")


def _make_old(scene: Scene, number: int) -> None:
    """Three days go by after an invitation."""
    with scene.site.changing():
        db.session.get_one(StaffLink, number).expires_at = clock.now()


def _close(scene: Scene, number: int) -> None:
    with scene.site.changing():
        people_operations.close(number, actor="1")


@state("people.invite", "fresh", shows="Uw collega krijgt een e-mail met een link")
def _(scene: Scene) -> Page:
    return _admin(scene, "/team/collegas/uitnodigen")


@state("people.invite", "errors", shows="Kies ten minste één rol.")
def _(scene: Scene) -> Page:
    page = _admin(scene, "/team/collegas/uitnodigen")
    page.get_by_label("E-mailadres van het werk").fill("els")
    return _press(page, "Stuur de uitnodiging")


@state("people.invite", "known", shows="Met dit e-mailadres is er al een account.")
def _(scene: Scene) -> Page:
    email = _email_of(scene, _member(scene))
    page = _admin(scene, "/team/collegas/uitnodigen")
    return _invite(page, email)


@state("people.invite", "sent", shows="De uitnodiging gaat per e-mail weg.")
def _(scene: Scene) -> Page:
    page = _admin(scene, "/team/collegas/uitnodigen")
    return _invite(page, f"karin{clock.now().timestamp():.6f}@voorbeeld.example")


@state("people.invite", "too late", shows="U bent uitgelogd. Wat u typte, staat er nog.")
def _(scene: Scene) -> Page:
    page = scene.at(_signed_in(scene), "/team/collegas/uitnodigen")
    _idle(scene, page)
    return _invite(page, "karin.voorbeeld@voorbeeld.example")


@state("people.invite", "password first", shows="Wat u typte")
def _(scene: Scene) -> Page:
    page = scene.at(_signed_in(scene), "/team/collegas/uitnodigen")
    _forget_password(scene, page)
    return _invite(page, "karin.voorbeeld@voorbeeld.example")


@state("people.invite", "of a colleague", shows="Een collega typte dit. Het is niet verstuurd.")
def _(scene: Scene) -> Page:
    page = scene.at(_signed_in(scene), "/team/collegas/uitnodigen")
    _idle(scene, page)
    _invite(page, "karin.voorbeeld@voorbeeld.example")
    person = scene.site.add_staff(Role.ADMIN)
    beside = SignInPage(page.context.new_page())
    beside.page.goto(f"{scene.site.address}/team/inloggen")
    beside.first_step(scene.site.address, person.email, PASSWORD)
    beside.second_step(person.code())
    beside.is_at("Vandaag")
    return _press(page, "Stuur nu")


def _invite(page: Page, email: str) -> Page:
    page.get_by_label("E-mailadres van het werk").fill(email)
    page.get_by_label("kwaliteitsteam").check()
    return _press(page, "Stuur de uitnodiging")


@state("people.one", "joined", shows="Telefoon en herstelcodes kwijt")
def _(scene: Scene) -> Page:
    return _admin(scene, f"/team/collegas/{_member(scene, Role.QUALITY, Role.TALKS)}")


@state("people.one", "invited", shows="Uitnodiging kwijt of te oud")
def _(scene: Scene) -> Page:
    return _admin(scene, f"/team/collegas/{_invited(scene)}")


@state("people.one", "mail came back", shows="De e-mail met de link kwam niet aan.")
def _(scene: Scene) -> Page:
    number = _invited(scene)
    with scene.site.changing():
        public_id = db.session.get_one(StaffLink, number).public_id
        found = select(Message).where(Message.topic == links.TOPIC, Message.about == public_id)
        db.session.scalars(found).one().state = State.DEAD
    return _admin(scene, f"/team/collegas/{number}")


@state("people.one", "closed", shows="Open dit account weer")
def _(scene: Scene) -> Page:
    number = _member(scene)
    _close(scene, number)
    return _admin(scene, f"/team/collegas/{number}")


@state("people.one", "password first", shows="We willen zeker weten dat u het bent.")
def _(scene: Scene) -> Page:
    page = _signed_in(scene)
    _forget_password(scene, page)
    return scene.at(page, f"/team/collegas/{_member(scene)}")


@state("people.one", "my own", shows="U kunt dit niet zelf terugdraaien")
def _(scene: Scene) -> Page:
    return _own(scene)


def _own(scene: Scene) -> Page:
    """The page about oneself, of an administrator who is not the only one."""
    page = _signed_in(scene)
    _member(scene, Role.ADMIN)
    email = page.locator(".team-who a").inner_text()
    with scene.site.inside():
        number = db.session.scalars(select(User.id).where(User.email == email)).one()
    return scene.at(page, f"/team/collegas/{number}")


@state("people.roles", "given up", shows="U bent geen beheerder meer.")
def _(scene: Scene) -> Page:
    page = _own(scene)
    page.get_by_label("beheerder").uncheck()
    page.get_by_label("kwaliteitsteam").check()
    return _press(page, "Bewaar de rollen")


@state("people.close", "not sure", shows="Kruis aan dat u uw eigen account wilt sluiten.")
def _(scene: Scene) -> Page:
    return _press(_own(scene), "Sluit mijn account")


@state("people.close", "my own", shows="Uw account is dicht. U bent overal uitgelogd.")
def _(scene: Scene) -> Page:
    return _close_own(_own(scene))


def _close_own(page: Page) -> Page:
    page.get_by_label("Ja, sluit mijn eigen account").check()
    return _press(page, "Sluit mijn account")


@state("people.roles", "changed", shows="De rollen zijn veranderd.")
def _(scene: Scene) -> Page:
    page = _admin(scene, f"/team/collegas/{_member(scene)}")
    page.get_by_label("coördinator van de Talks").check()
    return _press(page, "Bewaar de rollen")


@state("people.roles", "none", shows="Kies ten minste één rol.")
def _(scene: Scene) -> Page:
    page = _admin(scene, f"/team/collegas/{_member(scene)}")
    page.get_by_label("kwaliteitsteam").uncheck()
    return _press(page, "Bewaar de rollen")


@state("people.roles", "changed meanwhile", shows="Iemand anders veranderde de rollen intussen.")
def _(scene: Scene) -> Page:
    number = _member(scene)
    page = _admin(scene, f"/team/collegas/{number}")
    with scene.site.changing():
        people_operations.change_roles(number, [Role.TALKS], seen="quality", actor="1")
    page.get_by_label("klachtencoördinator").check()
    return _press(page, "Bewaar de rollen")


@state("people.roles", "last administrator", shows="Dit is de laatste beheerder die kan inloggen.")
def _(scene: Scene) -> Page:
    page = _last(scene)
    page.get_by_label("beheerder").uncheck()
    page.get_by_label("kwaliteitsteam").check()
    return _press(page, "Bewaar de rollen")


def _last(scene: Scene) -> Page:
    """The page of the only administrator, at the site where nobody else is."""
    page, number = _alone(scene)
    page.goto(f"{scene.bare.address}/team/collegas/{number}")
    return page


def _alone(scene: Scene) -> tuple[Page, int]:
    """An administrator and nobody else, at the site without data; and the number of the account."""
    page = scene.staff("/team/account", Role.ADMIN, site=scene.bare)
    email = page.locator(".team-who a").inner_text()
    with scene.bare.inside():
        number = db.session.scalars(select(User.id).where(User.email == email)).one()
    with scene.bare.changing():
        db.session.execute(update(User).where(User.id != number).values(active=False))
    # Who comes after this is somebody new.
    scene.bare.sessions = {
        roles: kept for roles, kept in scene.bare.sessions.items() if roles == (Role.ADMIN,)
    }
    return page, number


@state("people.close", "closed", shows="Deze persoon is overal uitgelogd.")
def _(scene: Scene) -> Page:
    return _press(_admin(scene, f"/team/collegas/{_member(scene)}"), "Sluit dit account")


@state("people.close", "last administrator", shows="Dit is de laatste beheerder die kan inloggen.")
def _(scene: Scene) -> Page:
    return _close_own(_last(scene))


@state("people.reopen", "open again", shows="Het account is weer open.")
def _(scene: Scene) -> Page:
    page = _press(_admin(scene, f"/team/collegas/{_member(scene)}"), "Sluit dit account")
    return _press(page, "Open dit account weer")


@state("people.link", "sent", shows="Er gaat een e-mail weg met een link om een wachtwoord te kiezen.")
def _(scene: Scene) -> Page:
    return _press(_admin(scene, f"/team/collegas/{_member(scene)}"), "Stuur een link")


@state("people.second_step", "gone", shows="De app en de herstelcodes zijn weggehaald.")
def _(scene: Scene) -> Page:
    return _press(_admin(scene, f"/team/collegas/{_member(scene)}"), "Haal de tweede stap weg")


# The link.


@state("people.welcome", "new", shows="Dit wordt uw account:")
def _(scene: Scene) -> Page:
    return scene.visit(_link(scene, _invited(scene)))


@state("people.welcome", "english", shows="Nederlands")
def _(scene: Scene) -> Page:
    return scene.visit(_link(scene, _invited(scene), "?taal=en"))


@state("people.welcome", "way back", shows="Dit is voor uw account:")
def _(scene: Scene) -> Page:
    number = _member(scene)
    with scene.site.changing():
        people_operations.send_link(number, actor="1")
    return scene.visit(_link(scene, number))


@state("people.welcome", "errors", shows="Dit wachtwoord gebruiken veel mensen.")
def _(scene: Scene) -> Page:
    return _choose(scene.visit(_link(scene, _invited(scene))), "Welkom2026!!")


@state("people.welcome", "chosen", shows="Uw wachtwoord is bewaard.")
def _(scene: Scene) -> Page:
    return _choose(scene.visit(_link(scene, _invited(scene))), NEW)


@state("people.welcome", "short and not equal", shows="Er zijn 2 dingen die nog niet kloppen")
def _(scene: Scene) -> Page:
    return _choose(scene.visit(_link(scene, _invited(scene))), "kort", "anders")


@state("people.welcome", "password shown", shows="Toon wachtwoord")
def _(scene: Scene) -> Page:
    page = scene.visit(_link(scene, _invited(scene)))
    field = page.get_by_label("Nieuw wachtwoord", exact=True)
    field.fill(NEW)
    show = page.get_by_role("button", name="Toon wachtwoord").first
    for key, kind, pressed in (
        ("Enter", "text", "true"),
        ("Space", "password", "false"),
        ("Enter", "text", "true"),
    ):
        show.press(key)
        expect(field).to_have_attribute("type", kind)
        expect(show).to_have_attribute("aria-pressed", pressed)
    expect(field).to_have_value(NEW)
    return page


@state("people.welcome", "without scripts", shows="Dit wordt uw account:")
def _(scene: Scene) -> Page:
    page = scene.visit(_link(scene, _invited(scene)), scripts=False)
    expect(page.get_by_text("Toon wachtwoord").first).to_be_hidden()
    return page


def _choose(page: Page, password: str, again: str = "") -> Page:
    page.get_by_label("Nieuw wachtwoord", exact=True).fill(password)
    page.get_by_label("Nieuw wachtwoord, nog een keer", exact=True).fill(again or password)
    return _press(page, "Bewaar mijn wachtwoord")


@state("people.welcome", "used", shows="Deze link werkt niet meer")
def _(scene: Scene) -> Page:
    address = _link(scene, _invited(scene))
    page = _choose(scene.visit(address), NEW)
    expect(page.get_by_role("heading", name=re.compile("Inloggen"))).to_be_visible()
    return scene.at(page, address)


@state("people.welcome", "too old", shows="Deze link werkt niet meer")
def _(scene: Scene) -> Page:
    number = _invited(scene)
    _make_old(scene, number)
    return scene.visit(_link(scene, number))


@state("people.welcome", "unknown", shows="Deze uitnodiging kennen we niet")
def _(scene: Scene) -> Page:
    return scene.visit("/team/welkom/AAAAAAAAAAAAAAAAAAAAAAAA")
