"""The states of the staff's addresses: signing in, today, figures, paper."""

from datetime import timedelta

from playwright.sync_api import Page, expect
from sqlalchemy import delete, select

from portal import clock
from portal.db import db
from portal.identity.guessing import SECOND_STEP, SIGN_IN
from portal.identity.models import User
from portal.identity.rules import Role
from portal.outbox.models import Message
from portal.surveys.rules import Moment
from portal.talks.notices import TOPIC
from tests.browser.pages import GRADE, PaperPage, SignInPage
from tests.browser.site import PASSWORD, Person
from tests.browser.states import Scene, state

WRONG_CODE = "Deze code klopt niet of is al gebruikt."
CALLED = "Gebeld, klaar"


def _signing_in(scene: Scene, person: Person, password: str = PASSWORD) -> SignInPage:
    """Somebody after the first step."""
    entrance = SignInPage(scene.visit("/team/inloggen"))
    entrance.first_step(scene.site.address, person.email, password)
    return entrance


def _signed_in(scene: Scene) -> tuple[SignInPage, Person]:
    """Somebody new of whom the account may change."""
    person = scene.site.add_staff(Role.QUALITY)
    entrance = _signing_in(scene, person)
    entrance.second_step(person.code())
    entrance.is_at("Vandaag")
    return entrance, person


# Signing in.


@state("security.login", "fresh", shows="Alleen voor medewerkers.")
def _(scene: Scene) -> Page:
    return scene.visit("/team/inloggen")


@state("security.login", "empty", shows="Vul uw wachtwoord in.")
def _(scene: Scene) -> Page:
    entrance = SignInPage(scene.visit("/team/inloggen"))
    entrance.button("Verder").click()
    return entrance.page


@state("security.login", "wrong", shows="Dit e-mailadres en dit wachtwoord horen niet bij elkaar.")
def _(scene: Scene) -> Page:
    return _signing_in(scene, scene.site.add_staff(Role.TALKS), "een heel ander wachtwoord").page


@state("security.login", "signed out", shows="U bent uitgelogd.")
def _(scene: Scene) -> Page:
    return scene.visit("/team/inloggen?melding=uitgelogd")


@state("security.login", "wrong passwords", shows="uw wachtwoord werd te vaak verkeerd getypt.")
def _(scene: Scene) -> Page:
    return scene.visit("/team/inloggen?melding=tevaak")


@state("security.login", "too many tries", shows="Even wachten")
def _(scene: Scene) -> Page:
    person = scene.site.add_staff(Role.TALKS)
    scene.site.guess(SIGN_IN, at=person.email)
    return _signing_in(scene, person).page


@state("security.login", "stale", shows="Deze pagina stond te lang open")
def _(scene: Scene) -> Page:
    entrance = SignInPage(scene.visit("/team/inloggen"))
    entrance.page.context.clear_cookies()
    entrance.button("Verder").click()
    return entrance.page


@state("security.two_factor_token_validation", "fresh", shows="Heeft u uw telefoon niet bij u?")
def _(scene: Scene) -> Page:
    return _signing_in(scene, scene.site.add_staff(Role.QUALITY)).page


@state("security.two_factor_token_validation", "wrong", shows=WRONG_CODE)
def _(scene: Scene) -> Page:
    entrance = _signing_in(scene, scene.site.add_staff(Role.QUALITY))
    entrance.second_step("000000")
    return entrance.page


@state("security.two_factor_token_validation", "too many codes", shows="Dan kent iemand uw wachtwoord.")
def _(scene: Scene) -> Page:
    person = scene.site.add_staff(Role.QUALITY)
    with scene.site.inside():
        number = db.session.scalars(select(User.id).where(User.email == person.email)).one()
    scene.site.guess(SECOND_STEP, account=number)
    entrance = _signing_in(scene, person)
    entrance.second_step("000000")
    return entrance.page


@state("security.two_factor_setup", "first", shows="Inloggen met een app")
def _(scene: Scene) -> Page:
    return _signing_in(scene, scene.site.add_staff(Role.QUALITY, with_app=False)).page


@state("security.two_factor_setup", "picture", shows="Sleutel om te plakken of te typen:")
def _(scene: Scene) -> Page:
    return _setting_up(scene).page


@state("security.two_factor_setup", "wrong code", shows="Begin opnieuw met instellen")
def _(scene: Scene) -> Page:
    entrance = _setting_up(scene)
    entrance.field("Code uit de app").fill("000000")
    entrance.button("Bevestigen").click()
    return entrance.page


def _setting_up(scene: Scene) -> SignInPage:
    entrance = _signing_in(scene, scene.site.add_staff(Role.QUALITY, with_app=False))
    entrance.button("Ik heb de app").click()
    return entrance


@state(
    "security.two_factor_setup",
    "other app",
    shows="Tot u klaar bent, blijft de app die u nu heeft gewoon werken.",
)
def _(scene: Scene) -> Page:
    return scene.staff("/team/tweede-stap-instellen")


@state("security.mf_recovery", "fresh", shows="Neem een code van de lijst die u bewaarde.")
def _(scene: Scene) -> Page:
    return _recovering(scene).page


@state("security.mf_recovery", "wrong", shows="Deze herstelcode klopt niet of is al gebruikt.")
def _(scene: Scene) -> Page:
    entrance = _recovering(scene)
    entrance.field("Herstelcode").fill("0000-0000-0000")
    entrance.button("Inloggen").click()
    return entrance.page


def _recovering(scene: Scene) -> SignInPage:
    entrance = _signing_in(scene, scene.site.add_staff(Role.QUALITY))
    entrance.link("Log in met een herstelcode").click()
    return entrance


@state("security.two_factor_rescue", "fresh", shows="Te veel pogingen")
def _(scene: Scene) -> Page:
    return scene.visit("/team/hulp-bij-inloggen")


@state("security.logout", "signed out", shows="U bent uitgelogd.")
def _(scene: Scene) -> Page:
    entrance, _person = _signed_in(scene)
    entrance.button("Uitloggen").click()
    return entrance.page


# One's own account.


@state("identity.own_account", "fresh", shows="Hoe u inlogt")
def _(scene: Scene) -> Page:
    return scene.staff("/team/account", Role.TALKS)


@state("security.verify", "fresh", shows="We willen zeker weten dat u het bent.")
def _(scene: Scene) -> Page:
    return scene.staff("/team/wachtwoord-bevestigen", Role.TALKS)


@state("security.verify", "wrong", shows="Dit is niet uw wachtwoord.")
def _(scene: Scene) -> Page:
    page = scene.staff("/team/wachtwoord-bevestigen", Role.TALKS)
    page.get_by_label("Wachtwoord", exact=True).fill("dat is het niet")
    page.get_by_role("button", name="Verder").click()
    return page


@state("security.change_password", "fresh", shows="Ten minste 12 tekens.")
def _(scene: Scene) -> Page:
    return scene.staff("/team/wachtwoord", Role.TALKS)


@state("security.change_password", "errors", shows="De twee wachtwoorden waren niet gelijk.")
def _(scene: Scene) -> Page:
    page = scene.staff("/team/wachtwoord", Role.TALKS)
    _fill_passwords(page, "nog meer losse woorden", "heel andere losse woorden")
    return page


@state("security.change_password", "done", shows="Uw wachtwoord is veranderd.")
def _(scene: Scene) -> Page:
    entrance, _person = _signed_in(scene)
    entrance.page.goto(f"{scene.site.address}/team/wachtwoord")
    _fill_passwords(entrance.page, "nog meer losse woorden", "nog meer losse woorden")
    return entrance.page


def _fill_passwords(page: Page, new: str, again: str) -> None:
    page.get_by_label("Wachtwoord dat u nu heeft", exact=True).fill(PASSWORD)
    page.get_by_label("Nieuw wachtwoord", exact=True).fill(new)
    page.get_by_label("Nieuw wachtwoord, nog een keer", exact=True).fill(again)
    page.get_by_role("button", name="Verander mijn wachtwoord").click()


@state("security.mf_recovery_codes", "none", shows="U heeft nog geen herstelcodes.")
def _(scene: Scene) -> Page:
    return scene.staff("/team/herstelcodes", Role.TALKS)


@state("security.mf_recovery_codes", "made", shows="Bewaar uw herstelcodes")
def _(scene: Scene) -> Page:
    page = scene.staff("/team/herstelcodes", Role.QUALITY)
    page.get_by_role("button", name="Maak herstelcodes").click()
    return page


# Today.


@state("team.today", "empty", shows="Niemand wacht op een telefoontje.")
def _(scene: Scene) -> Page:
    return scene.staff("/team", site=scene.bare)


@state("team.today", "many", shows="Proefpersoon Een")
def _(scene: Scene) -> Page:
    return scene.staff("/team")


@state("team.today", "late", shows="wacht 10 werkdagen")
def _(scene: Scene) -> Page:
    scene.site.add_task("Wacht Allang", clock.now() - timedelta(days=14))
    return scene.staff("/team")


@state("team.today", "not mine", shows="Er is vandaag niets voor u te doen.")
def _(scene: Scene) -> Page:
    with scene.site.changing():
        # Another state may have left messages that did not arrive.
        db.session.execute(delete(Message).where(Message.topic == TOPIC))
    return scene.staff("/team", Role.TALKS)


@state("team.finish", "done", shows="Deze week gedaan")
def _(scene: Scene) -> Page:
    scene.site.add_task("Karin Voorbeeld", clock.now())
    page = scene.staff("/team")
    page.get_by_role("button", name="Karin Voorbeeld").click()
    expect(page.get_by_role("status")).to_be_visible()
    return page


@state("team.reopen", "open again", shows="De taak staat weer open.")
def _(scene: Scene) -> Page:
    scene.site.add_task("Piet Voorbeeld", clock.now())
    page = scene.staff("/team")
    for _press in range(2):
        page.get_by_role("button", name="Piet Voorbeeld").click()
        expect(page.get_by_role("status")).to_be_visible()
    return page


# Figures.


@state("team.response", "empty", shows="is nog niemand uitgenodigd")
def _(scene: Scene) -> Page:
    return scene.staff("/team/respons", site=scene.bare)


@state("team.response", "hidden", shows="Te weinig antwoorden om te tonen.")
def _(scene: Scene) -> Page:
    with scene.bare.few_invitations():
        return scene.staff("/team/respons", site=scene.bare)


@state("team.response", "many", shows="vulde de vragenlijst in")
def _(scene: Scene) -> Page:
    return scene.staff("/team/respons")


@state("team.response", "published year", shows="Respons 2025")
def _(scene: Scene) -> Page:
    return scene.staff("/team/respons?jaar=2025")


@state("team.response", "refused", shows="Hier mag u niet komen")
def _(scene: Scene) -> Page:
    return scene.staff("/team/respons", Role.TALKS)


@state("team.response", "unknown year", shows="Deze pagina is er niet")
def _(scene: Scene) -> Page:
    return scene.staff("/team/respons?jaar=1999")


@state("team.results", "empty", shows="Er zijn nog geen antwoorden.")
def _(scene: Scene) -> Page:
    return scene.staff("/team/resultaten", site=scene.bare)


@state("team.results", "hidden", shows="Te weinig antwoorden om te tonen.")
def _(scene: Scene) -> Page:
    with scene.bare.few_responses():
        return scene.staff("/team/resultaten", site=scene.bare)


@state("team.results", "many", shows="geeft een 7 of hoger")
def _(scene: Scene) -> Page:
    return scene.staff("/team/resultaten")


@state("team.results", "rolling year", shows="geeft een 7 of hoger")
def _(scene: Scene) -> Page:
    page = scene.staff("/team/resultaten?deel=afsluiting")
    periods = page.get_by_role("combobox", name="Periode")
    years = page.locator("optgroup[label='Per jaar'] option")
    periods.select_option(value=years.first.get_attribute("value"))
    page.get_by_role("button", name="Toon").click()
    return page


@state("team.results", "nothing in this part", shows="In deze periode zijn er geen antwoorden.")
def _(scene: Scene) -> Page:
    return scene.staff("/team/resultaten?deel=opvoedhulp")


@state("team.results", "unknown period", shows="Deze pagina is er niet")
def _(scene: Scene) -> Page:
    return scene.staff("/team/resultaten?periode=ooit")


# Paper.


@state("paper.index", "printing and typing", shows="Een papier invoeren")
def _(scene: Scene) -> Page:
    return scene.staff("/team/papier")


@state("paper.index", "printing only", shows="Een papier printen")
def _(scene: Scene) -> Page:
    page = scene.staff("/team/papier", Role.ADMIN)
    expect(page.get_by_role("button", name="Invoeren")).to_have_count(0)
    return page


@state("paper.sheet", "adult", shows="Hoe ging het eerste gesprek voor u?")
def _(scene: Scene) -> Page:
    return scene.staff("/team/papier/intake/adult/nl")


@state("paper.sheet", "young english", shows="What went well?")
def _(scene: Scene) -> Page:
    return scene.staff("/team/papier/plan/young_person/en")


@state("paper.sheet", "parenting help", shows="Hoe ging de afgelopen hulp voor u?")
def _(scene: Scene) -> Page:
    return scene.staff("/team/papier/closure/parent/nl?opvoedhulp=ja")


@state("paper.enter", "intake", shows=GRADE)
def _(scene: Scene) -> Page:
    return scene.staff("/team/papier/invoeren?moment=intake&perspective=adult")


@state("paper.enter", "closure", shows="Na de afsluiting")
def _(scene: Scene) -> Page:
    return scene.staff("/team/papier/invoeren?moment=closure&perspective=parent")


@state("paper.enter", "errors", shows="Deze code hoort bij een ander papier: Na het plan.")
def _(scene: Scene) -> Page:
    paper = PaperPage(scene.staff("/team/papier"))
    paper.open(scene.site.address, moment="Na het eerste gesprek", perspective="Jongere")
    paper.field("Code op het papier").fill(scene.site.invite(Moment.PLAN).code)
    paper.keep()
    return paper.page


@state("paper.enter", "kept", shows="Bewaard. U kunt het papier nu vernietigen.")
def _(scene: Scene) -> Page:
    paper = PaperPage(scene.staff("/team/papier"))
    paper.open(scene.site.address, moment="Na het eerste gesprek", perspective="Volwassene")
    paper.choose(GRADE, "7")
    paper.keep()
    return paper.page
