"""Once as in production: over TLS, with its settings, cookies and headers."""

from playwright.sync_api import expect

from portal.identity.rules import Role
from tests.browser.pages import GRADE, AnyPage, CallPage, EnterPage, PaperPage, SignInPage, SurveyPage
from tests.browser.people import DESK, People
from tests.browser.site import PASSWORD, Site


def test_survey(secure_site: Site, people: People) -> None:
    """From the letter to the thanks: no post is refused, no cookie is set, nobody is told it is a demo."""
    link = secure_site.invite()
    before = secure_site.letterbox()
    phone = people.new(ignore_https_errors=True)
    entrance = EnterPage(phone)
    phone.goto(f"{secure_site.address}/v")
    entrance.enter(link.code)
    survey = SurveyPage(phone)
    survey.is_at(GRADE)
    expect(phone.get_by_text("proefversie")).to_have_count(0)
    survey.closed_answers()
    survey.send()
    assert secure_site.letterbox() == before + 1
    assert phone.context.cookies() == []


def test_rather_telling(secure_site: Site, people: People) -> None:
    asking = CallPage(people.new(ignore_https_errors=True, java_script=False))
    asking.page.goto(f"{secure_site.invite().address}/bellen")
    asking.ask("Veilige Lijn", "0612345678")
    asking.is_at("Goed, we bellen u")


def test_staff(secure_site: Site, people: People) -> None:
    """Both steps of signing in, a post as staff, and signing out; the cookie belongs to this host alone."""
    person = secure_site.add_staff(Role.QUALITY)
    entrance = SignInPage(people.new(ignore_https_errors=True, viewport=DESK))
    entrance.first_step(secure_site.address, person.email, PASSWORD)
    entrance.second_step(person.code())
    entrance.is_at("Vandaag")
    (cookie,) = entrance.page.context.cookies()
    assert cookie["name"] == "__Host-portal"
    assert cookie["secure"]
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Lax"
    assert cookie["expires"] == -1

    before = secure_site.letterbox()
    paper = PaperPage(entrance.page)
    paper.open(secure_site.address, moment="Na het eerste gesprek", perspective="Volwassene")
    paper.choose(GRADE, "7")
    paper.keep()
    expect(paper.page.get_by_role("status")).to_contain_text("Bewaard.")
    assert secure_site.letterbox() == before + 1

    entrance.button("Uitloggen").click()
    entrance.is_at("Inloggen voor het team")
    entrance.page.goto(f"{secure_site.address}/team")
    entrance.is_at("Inloggen voor het team")


def test_headers(secure_site: Site, people: People) -> None:
    page = people.new(ignore_https_errors=True)
    answer = page.goto(f"{secure_site.address}/privacy")
    assert answer is not None
    assert "max-age" in answer.headers["strict-transport-security"]
    assert answer.headers["referrer-policy"] == "same-origin"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    AnyPage(page).link("Toegankelijkheid").click()
    expect(page).to_have_title("Toegankelijkheid – SKT")
