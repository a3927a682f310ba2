"""The states of the addresses about complaints: the register, one complaint, its people and messages."""

import secrets
from datetime import timedelta
from typing import Any

from playwright.sync_api import Page, expect
from sqlalchemy import delete, select

from portal import clock
from portal.complaints import letters, messages, notices, operations, people
from portal.complaints.models import Attachment, Complaint
from portal.complaints.rules import OnBehalf, Route, Step
from portal.crypto import keyring
from portal.db import db
from portal.identity.models import User
from portal.identity.rules import Role
from portal.outbox.models import Message
from portal.outbox.rules import State
from tests.browser.people import post_twice
from tests.browser.states import Scene, require, state
from tests.complaints.concerned.scene import scene as concerned
from tests.complaints.handling.team import held
from tests.complaints.people import filed, handled_by, kept_letter, staff, taken

HOME = "/team/klachten"
COORDINATOR, HANDLER = Role.COMPLAINTS, Role.QUALITY
LONG = "Er staat iets in het verslag dat niet klopt. https://voorbeeld.example/" + "heel-lang-adres-" * 12
FILE = "verslag van het gesprek met de zorgregisseur en de school.pdf"

require(
    {
        "complaints.index": (
            "empty",
            "many",
            "theme and terms only",
            "ended",
            "nothing ended",
            "no such year",
        ),
        "complaints.register": ("fresh", "errors", "code shown", "code by letter", "twice"),
        "complaints.case": (
            "full",
            "new",
            "late",
            "no handler",
            "ended",
            "summary",
            "asked",
            "asked as deputy",
            "code ended",
            "concerned",
            "danger",
            "not to be called",
            "outcome to be brought",
        ),
        "complaints.declare": ("not involved", "involved"),
        "complaints.people": ("nobody yet", "many", "not for the handler"),
        "complaints.name_handler": ("asked", "errors"),
        "complaints.name_deputy": ("stands in", "errors"),
        "complaints.add_concerned": ("named", "errors", "oneself", "the last coordinator"),
        "complaints.remove_concerned": ("gone",),
        "complaints.concerned_link": ("printed",),
        "complaints.attachment": ("downloaded",),
        "complaints.resend": ("once more",),
        "complaints.classify": ("fresh", "refused", "kept"),
        "complaints.details": ("known", "nothing known", "errors", "kept", "behind"),
        "complaints.forward_sheet": ("full", "nobody we know"),
        "complaints.messages": ("empty", "many", "errors", "sent"),
    }
)


def _click(page: Page, button: str) -> Page:
    page.get_by_role("button", name=button).first.click()
    return page


def _account(scene: Scene, *roles: Role) -> int:
    """The number of the account that `scene.staff` signs in with these roles."""
    page = scene.staff(HOME, *roles)
    email = page.get_by_text("Ingelogd als").get_by_role("link").inner_text()
    with scene.site.inside():
        return db.session.scalars(select(User.id).where(User.email == email)).one()


def _user(number: int) -> User:
    return db.session.get_one(User, number)


def _held(complaint: Complaint) -> Complaint:
    found = operations.locked(complaint.public_id)
    assert found is not None
    return found


def _filed(scene: Scene, *steps: Step, days: int = 1, **given: Any) -> str:
    """A complaint that came in so many days ago; its reference."""
    with scene.site.inside():
        return taken(filed(clock.today() - timedelta(days=days), **given), *steps).reference


def _full(scene: Scene) -> str:
    """A complaint with something in every part of its page."""
    handler = _account(scene, HANDLER)
    with scene.site.inside():
        complaint = filed(
            clock.today() - timedelta(days=20),
            content={"what": LONG, "wishes": ("talk", "other"), "wish_other": LONG, "about": LONG},
            on_behalf=OnBehalf.DOES_NOT_KNOW,
            young=True,
        )
        handled_by(complaint, _user(handler))
        taken(complaint, Step.ACKNOWLEDGE)
        taken(complaint, Step.CALL, details={"said": LONG})
        taken(complaint, Step.TAKE_UP)
        kept_letter(complaint, letters.Kind.HEARING, "Beste mevrouw", by=letters.By.POST)
        sealed = keyring().encrypt_bytes(b"%PDF-1.4")
    with scene.site.changing():
        found = _held(complaint)
        people.add_concerned(
            found, "test", name="Proefpersoon Betrokken", email="betrokken@voorbeeld.example"
        )
        people.add_concerned(found, "test", name="Proefpersoon Zonderadres")
        operations.take(found, Step.COPY, actor=str(handler))
        found.concerned[0].reply, found.concerned[0].replied_at = LONG, clock.now()
        messages.say(found, LONG, request_key=secrets.token_hex(8), author=None)
        messages.say(found, "Morgen bellen we.", request_key=secrets.token_hex(8), author=_user(handler))
        messages.say(found, "Dank u.", request_key=secrets.token_hex(8), author=None)
        db.session.add(
            Attachment(
                public_id=secrets.token_hex(8),
                complaint_id=found.id,
                name=FILE,
                kind="pdf",
                size=123_456,
                sealed=sealed,
            )
        )
    return complaint.reference


def _of(scene: Scene, reference: str, address: str = "", role: Role = COORDINATOR) -> Page:
    return scene.staff(f"{HOME}/{reference}{address}", role)


# ---- The register -------------------------------------------------------------------------


@state("complaints.index", "empty", shows="Er staat geen klacht open.")
def _(scene: Scene) -> Page:
    with scene.bare.changing():
        db.session.execute(delete(Complaint))
    return scene.staff(HOME, COORDINATOR, site=scene.bare)


@state("complaints.index", "many", shows="Alles wat open staat. Bovenaan staat wat het eerst moet.")
def _(scene: Scene) -> Page:
    _full(scene)
    for days in (0, 1, 22, 26, 60):
        _filed(scene, Step.ACKNOWLEDGE, days=days)
    _filed(scene, route=Route.OBJECTION)
    page = scene.staff(HOME, COORDINATOR)
    expect(page.get_by_text("dagen te laat").first).to_be_visible()
    expect(page.get_by_text("nog geen behandelaar").first).to_be_visible()
    return page


@state(
    "complaints.index", "theme and terms only", shows="Van de andere klachten ziet u het thema en de termijn."
)
def _(scene: Scene) -> Page:
    _filed(scene)
    return scene.staff(HOME, Role.TALKS)


@state("complaints.index", "ended", shows="Samen opgelost")
def _(scene: Scene) -> Page:
    _filed(scene, Step.ACKNOWLEDGE, Step.CALL, Step.SOLVE, days=0)
    return scene.staff(f"{HOME}?afgelopen={clock.today().year}", COORDINATOR)


@state("complaints.index", "nothing ended", shows="Van dit jaar is nog niets afgelopen.")
def _(scene: Scene) -> Page:
    with scene.bare.changing():
        db.session.execute(delete(Complaint))
    return scene.staff(f"{HOME}?afgelopen={clock.today().year}", COORDINATOR, site=scene.bare)


@state("complaints.index", "no such year", shows="Deze pagina is er niet")
def _(scene: Scene) -> Page:
    return scene.staff(f"{HOME}?afgelopen=1999", COORDINATOR)


# ---- Registering --------------------------------------------------------------------------


def _register(scene: Scene, what: str = "Niemand belde terug.", *, at_home: bool = False) -> Page:
    page = scene.staff(f"{HOME}/nieuw", Role.TALKS)
    page.get_by_label("Wat is er gebeurd?").fill(what)
    if at_home:
        page.get_by_label("Straat en huisnummer").fill("Proefstraat 1")
        page.get_by_label("Woonplaats").fill("Proefdam")
        page.get_by_label("Een brief naar huis").check()
    return page


@state("complaints.register", "fresh", shows="Alleen wat er is gebeurd moet u invullen.")
def _(scene: Scene) -> Page:
    page = scene.staff(f"{HOME}/nieuw", Role.TALKS)
    page.get_by_text("Bezwaar, een andere organisatie, of voor een ander").click()
    return page


@state("complaints.register", "errors", shows="Deze dag is nog niet geweest. Kijk de datum na.")
def _(scene: Scene) -> Page:
    page = _register(scene, "")
    tomorrow = clock.today() + timedelta(days=1)
    page.get_by_label("Wanneer kwam het binnen?").fill(tomorrow.isoformat())
    page.get_by_label("E-mailadres").fill("geen adres")
    page.get_by_label("Bellen").check()
    return _click(page, "Zet in het register")


@state("complaints.register", "code shown", shows="De code ziet u alleen nu.")
def _(scene: Scene) -> Page:
    return _click(_register(scene), "Zet in het register")


@state(
    "complaints.register",
    "code by letter",
    shows="De code om te volgen gaat met de bevestiging mee, per post.",
)
def _(scene: Scene) -> Page:
    return _click(_register(scene, at_home=True), "Zet in het register")


@state("complaints.register", "twice", shows="Deze klacht stond er al. Er is niets dubbel.")
def _(scene: Scene) -> Page:
    page = _register(scene)
    post_twice(page, f"**{HOME}/nieuw")
    return _click(page, "Zet in het register")


# ---- One complaint ------------------------------------------------------------------------


@state("complaints.case", "full", shows="Proefpersoon Betrokken")
def _(scene: Scene) -> Page:
    return _of(scene, _full(scene))


@state("complaints.case", "new", shows="Nu: ontvangst bevestigen")
def _(scene: Scene) -> Page:
    return _of(scene, _filed(scene, days=0, content={"name": "", "reach": (), "phone": "", "email": ""}))


@state("complaints.case", "late", shows="dagen te laat")
def _(scene: Scene) -> Page:
    return _of(scene, _filed(scene, Step.ACKNOWLEDGE, days=70))


@state("complaints.case", "no handler", shows="Nu: een behandelaar")
def _(scene: Scene) -> Page:
    return _of(scene, _filed(scene, Step.ACKNOWLEDGE, Step.CALL))


@state("complaints.case", "ended", shows="Klaar op")
def _(scene: Scene) -> Page:
    return _of(scene, _filed(scene, Step.ACKNOWLEDGE, Step.CALL, Step.SOLVE))


@state("complaints.case", "summary", shows="Waarom ziet u niet meer?")
def _(scene: Scene) -> Page:
    return _of(scene, _filed(scene, Step.ACKNOWLEDGE), role=Role.TALKS)


def _asked(scene: Scene) -> Page:
    """Somebody is asked to handle a complaint, and opens it."""
    handler = _account(scene, HANDLER)
    with scene.site.inside():
        complaint = filed()
    with scene.site.changing():
        found = _held(complaint)
        people.name_handler(found, _user(handler), "test")
        people.add_concerned(found, "test", name="Proefpersoon Betrokken")
    return _of(scene, complaint.reference, role=HANDLER)


@state("complaints.case", "asked", shows="Twijfelt u? Zeg dan dat u erbij betrokken was.")
def _(scene: Scene) -> Page:
    return _asked(scene)


@state("complaints.case", "asked as deputy", shows="Was u erbij betrokken?")
def _(scene: Scene) -> Page:
    deputy = _account(scene, HANDLER)
    with scene.site.inside():
        complaint = filed()
    with scene.site.changing():
        until = clock.today() + timedelta(days=14)
        people.name_deputy(_held(complaint), _user(deputy), until, "test")
    return _of(scene, complaint.reference, role=HANDLER)


@state("complaints.case", "code ended", shows="De klager kan de klacht nu niet volgen.")
def _(scene: Scene) -> Page:
    with scene.site.inside():
        complaint = filed()
        other = staff(Role.QUALITY).id
    with scene.site.changing():
        found = _held(complaint)
        found.code_known_to = other
        people.add_concerned(found, "test", user=_user(other))
    return _of(scene, complaint.reference)


@state("complaints.case", "concerned", shows="Deze pagina is er niet")
def _(scene: Scene) -> Page:
    user = _account(scene, Role.TALKS)
    with scene.site.inside():
        complaint = filed()
    with scene.site.changing():
        people.add_concerned(_held(complaint), "test", user=_user(user))
    return _of(scene, complaint.reference, role=Role.TALKS)


@state("complaints.declare", "not involved", shows="Dank u. U kunt de klacht nu lezen en behandelen.")
def _(scene: Scene) -> Page:
    return _click(_asked(scene), "Ik was er niet bij betrokken")


@state("complaints.declare", "involved", shows="Dank u. U behandelt deze klacht niet.")
def _(scene: Scene) -> Page:
    return _click(_asked(scene), "Ik was erbij betrokken")


@state("complaints.attachment", "downloaded", shows="Bijlagen")
def _(scene: Scene) -> Page:
    page = _of(scene, _full(scene))
    with page.expect_download() as found:
        page.get_by_role("link", name=FILE).click()
    assert found.value.suggested_filename == FILE
    return page


# ---- What it is ---------------------------------------------------------------------------


@state("complaints.classify", "fresh", shows="Wat we beloofden, wordt er nooit later door.")
def _(scene: Scene) -> Page:
    return _of(scene, _filed(scene), "/soort")


@state(
    "complaints.classify", "refused", shows="De behandeling is begonnen: soort en hulp staan vast (Awb 9:8)"
)
def _(scene: Scene) -> Page:
    page = _of(scene, _full(scene), "/soort")
    page.get_by_label("Wat is het?").select_option(label="Signaal")
    return _click(page, "Bewaren")


def _details(scene: Scene, **given: Any) -> Page:
    return _of(scene, _filed(scene, **given), "/gegevens")


NOBODY = {"name": "", "reach": (), "phone": "", "email": "", "street": "", "formal_by_email": False}


@state("complaints.details", "known", shows="Van nu af aan bereiken wij de klager zo.")
def _(scene: Scene) -> Page:
    return _details(scene, content={"name": LONG[:100]})


@state("complaints.details", "nothing known", shows="Van nu af aan bereiken wij de klager zo.")
def _(scene: Scene) -> Page:
    return _details(scene, content=NOBODY)


@state("complaints.details", "errors", shows="Dit is geen e-mailadres.")
def _(scene: Scene) -> Page:
    page = _details(scene)
    page.get_by_label("E-mailadres").fill("geen adres")
    return _click(page, "Bewaar de gegevens")


@state("complaints.details", "kept", shows="Bewaard.")
def _(scene: Scene) -> Page:
    page = _details(scene)
    page.get_by_label("Naam", exact=True).fill("Iemand Anders")
    return _click(page, "Bewaar de gegevens")


@state("complaints.details", "behind", shows="Er is intussen iets veranderd bij deze klacht.")
def _(scene: Scene) -> Page:
    reference = _filed(scene)
    page = _of(scene, reference, "/gegevens")
    with scene.site.inside():
        found = db.session.scalars(select(Complaint).where(Complaint.number == int(reference[-4:]))).one()
        taken(found, Step.ACKNOWLEDGE)
    return _click(page, "Bewaar de gegevens")


@state("complaints.forward_sheet", "full", shows="Deze dag telt voor de termijn")
def _(scene: Scene) -> Page:
    told = {"what": LONG, "about": LONG, "wishes": ("talk", "other"), "wish_other": LONG}
    return _of(scene, _filed(scene, route=Route.OBJECTION, content=told), "/doorsturen")


@state("complaints.forward_sheet", "nobody we know", shows="Wij sturen het door, omdat wij er niet over gaan")
def _(scene: Scene) -> Page:
    return _of(scene, _filed(scene, route=Route.OTHER_ORGANISATION, content=NOBODY), "/doorsturen")


@state("complaints.case", "danger", shows="Gevaar: overleg eerst met Veilig Thuis (meldcode).")
def _(scene: Scene) -> Page:
    return _of(scene, _filed(scene, route=Route.DANGER))


@state("complaints.case", "not to be called", shows="Nu: de klager schrijven")
def _(scene: Scene) -> Page:
    return _of(scene, _filed(scene, Step.ACKNOWLEDGE, content={"phone": "", "reach": ("email",)}))


@state("complaints.case", "outcome to be brought", shows="Print de link")
def _(scene: Scene) -> Page:
    with scene.site.inside():
        found = concerned()
        with held(found.complaint) as complaint:
            people.add_concerned(complaint, "test", name="Proefpersoon Papier", email="")
        found.judge()
        found.take(Step.TELL)
        address = f"/team/klachten/{found.complaint.reference}"
    return scene.staff(address, Role.COMPLAINTS)


@state("complaints.classify", "kept", shows="Bewaard.")
def _(scene: Scene) -> Page:
    page = _of(scene, _filed(scene), "/soort")
    page.get_by_label("Thema").select_option(label="Privacy")
    return _click(page, "Bewaren")


# ---- Messages -----------------------------------------------------------------------------


@state("complaints.messages", "empty", shows="Er is nog niets geschreven.")
def _(scene: Scene) -> Page:
    return _of(scene, _filed(scene, content={"reach": ()}), "/berichten")


@state("complaints.messages", "many", shows="Morgen bellen we.")
def _(scene: Scene) -> Page:
    return _of(scene, _full(scene), "/berichten")


@state("complaints.messages", "errors", shows="Schrijf eerst een bericht.")
def _(scene: Scene) -> Page:
    return _click(_of(scene, _full(scene), "/berichten"), "Versturen")


@state("complaints.messages", "sent", shows="Het bericht staat klaar voor de klager.")
def _(scene: Scene) -> Page:
    page = _of(scene, _filed(scene), "/berichten")
    page.get_by_label("Uw bericht").fill(LONG)
    return _click(page, "Versturen")


# ---- People -------------------------------------------------------------------------------


def _people(scene: Scene, reference: str = "") -> Page:
    return _of(scene, reference or _filed(scene), "/mensen")


def _somebody(scene: Scene) -> str:
    """The e-mail address of somebody new with an account."""
    with scene.site.inside():
        return staff(Role.TALKS).email


def _choose(page: Page, label: str, email: str) -> None:
    wanted = page.get_by_label(label).get_by_role("option", name=email, include_hidden=True)
    page.get_by_label(label).select_option(value=wanted.get_attribute("value"))


@state("complaints.people", "nobody yet", shows="Nog niemand genoemd.")
def _(scene: Scene) -> Page:
    return _people(scene)


@state("complaints.people", "many", shows="Toon de link om te printen")
def _(scene: Scene) -> Page:
    return _people(scene, _full(scene))


@state("complaints.people", "not for the handler", shows="Hier mag u niet komen")
def _(scene: Scene) -> Page:
    return _of(scene, _full(scene), "/mensen", HANDLER)


@state("complaints.name_handler", "asked", shows="Gevraagd. De behandelaar krijgt een mail")
def _(scene: Scene) -> Page:
    email = _somebody(scene)
    page = _people(scene)
    _choose(page, "Behandelaar", email)
    return _click(page, "Bewaar de behandelaar")


@state("complaints.name_handler", "errors", shows="Deze collega is betrokkene bij de klacht")
def _(scene: Scene) -> Page:
    page, email = _named(scene)
    _choose(page, "Behandelaar", email)
    return _click(page, "Bewaar de behandelaar")


@state("complaints.name_deputy", "stands in", shows="vervangt tot en met")
def _(scene: Scene) -> Page:
    email = _somebody(scene)
    page = _people(scene)
    _choose(page, "Vervanger", email)
    page.get_by_label("Tot en met").fill((clock.today() + timedelta(days=14)).isoformat())
    return _click(page, "Bewaar de vervanger")


@state("complaints.name_deputy", "errors", shows="Vul in tot en met welke dag iemand vervangt.")
def _(scene: Scene) -> Page:
    email = _somebody(scene)
    page = _people(scene)
    _choose(page, "Vervanger", email)
    return _click(page, "Bewaar de vervanger")


def _named(scene: Scene) -> tuple[Page, str]:
    """A page on which a colleague was just named as a person concerned."""
    email = _somebody(scene)
    page = _people(scene)
    _choose(page, "Collega met een account", email)
    _click(page, "Noem als betrokkene")
    expect(page.get_by_role("status")).to_contain_text("Genoemd als betrokkene.")
    return page, email


@state("complaints.add_concerned", "named", shows="Genoemd als betrokkene.")
def _(scene: Scene) -> Page:
    return _named(scene)[0]


@state("complaints.add_concerned", "errors", shows="Kies een collega, of typ een naam.")
def _(scene: Scene) -> Page:
    page = _people(scene)
    page.get_by_label("E-mailadres").fill("geen adres")
    return _click(page, "Noem als betrokkene")


def _oneself(scene: Scene, *, alone: bool) -> Page:
    """A coordinator wants to name oneself, where there are others or not."""
    own = _account(scene, COORDINATOR)
    with scene.site.inside():
        complaint = filed()
        email = _user(own).email
    with scene.site.changing():
        found = _held(complaint)
        for user in people.coordinators(found) if alone else []:
            if user.id != own:
                people.add_concerned(found, "test", user=user)
    page = _people(scene, complaint.reference)
    _choose(page, "Collega met een account", email)
    return _click(page, "Noem als betrokkene")


@state("complaints.add_concerned", "oneself", shows="Ja, ik ben erbij betrokken.")
def _(scene: Scene) -> Page:
    with scene.site.inside():
        staff(COORDINATOR)
    return _oneself(scene, alone=False)


@state(
    "complaints.add_concerned",
    "the last coordinator",
    shows="Dan is er niemand meer die deze klacht coördineert.",
)
def _(scene: Scene) -> Page:
    return _oneself(scene, alone=True)


@state("complaints.remove_concerned", "gone", shows="Niet meer genoemd als betrokkene.")
def _(scene: Scene) -> Page:
    return _click(_named(scene)[0], "Weghalen")


@state("complaints.concerned_link", "printed", shows="Print deze pagina en geef hem zelf af")
def _(scene: Scene) -> Page:
    return _click(_people(scene, _full(scene)), "Toon de link om te printen")


@state("complaints.resend", "once more", shows="Het bericht gaat nog een keer weg.")
def _(scene: Scene) -> Page:
    reference = _full(scene)
    with scene.site.changing():
        found = db.session.scalars(select(Complaint).where(Complaint.number == int(reference[-4:]))).one()
        notices.tell_complainant(found, "state")
        message = db.session.scalars(select(Message).where(Message.about == found.public_id)).all()[-1]
        message.state, message.problem = State.DEAD, "de server nam het niet aan"
    page = scene.staff(f"{HOME}/{reference}", COORDINATOR)
    return _click(page, "Probeer het nog eens")
