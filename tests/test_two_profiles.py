"""Two organisations differ in data only: the same pages, letters and register with each profile."""

import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import product
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal import config, profile
from portal.app import create_app
from portal.cli import prepare
from portal.complaints import letters
from portal.complaints.filing import routes
from portal.complaints.letters import Kind
from portal.complaints.rules import Domain, Procedure, Step
from portal.db import db, transaction
from portal.identity import accounts
from portal.identity.rules import PERMISSIONS, Role
from tests.complaints.people import CODE, filed, taken
from tests.pages import CheckedClient
from tests.signed_in import let_in
from tests.surveys.inviting.team import said

RECEIVED = date(2026, 11, 2)
TEMPLATES = config.ROOT / "templates"
OF_ONE_ORGANISATION = re.compile(
    r"\bSKT\b|Westland|Kernteam|Houten|Gravenzande|klachtenco[oö]rdinator|ombudsfunctionaris|Jeugdstem",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Expected:
    """What the profile makes of the same pages."""

    name: str
    short_name: str
    coordinator: str
    in_english: str
    youth: Procedure
    youth_decided_by: date
    of_the_other: re.Pattern[str]


EXPECTED = {
    # Ten weeks of the own regulation, for a committee; adults have the six weeks of Awb 9:11.
    "skt-westland": Expected(
        "Sociaal Kernteam Westland",
        "SKT",
        "klachtencoördinator",
        "complaints coordinator",
        Procedure.JEUGDWET,
        date(2027, 1, 11),
        re.compile("Houten|Sociaal Team|ombudsfunctionaris|ombuds officer"),
    ),
    "sociaal-team-houten": Expected(
        "Stichting Sociaal Team Houten",
        "Sociaal Team",
        "sociaal ombudsfunctionaris",
        "social ombuds officer",
        Procedure.AWB,
        date(2026, 12, 14),
        re.compile("SKT|Westland|Kernteam|Gravenzande|klachtenco[oö]rdinator|complaints coordinator"),
    ),
}
ADULTS_DECIDED_BY = date(2026, 12, 14)
PUBLIC = (
    "/",
    "/privacy",
    "/toegankelijkheid",
    "/klacht",
    "/klacht/verder",
    "/klacht/volgen",
    "/klacht/jaarverslag",
)
WAYS = [
    f"/klacht?wat={what}&wie={who}&hulp={help_with}{young}"
    for what, who, help_with, young in product(routes.ROUTES, routes.WHO, routes.HELP, ("", "&jong=ja"))
]
# What a template leaves behind where the profile is silent.
HOLES = re.compile(r"\bNone\b|, ,|: ,|: \.|,\s*\.|\bnaar +\.")


@pytest.fixture(scope="module", params=sorted(EXPECTED))
def theirs(request: pytest.FixtureRequest) -> Iterator[tuple[Flask, Expected]]:
    """A portal of each organisation."""
    with tempfile.TemporaryDirectory() as folder:
        made = create_app(config.load(instance=Path(folder), database_url="", profile=request.param))
        made.test_client_class = CheckedClient
        made.config.update(TESTING=True, PROPAGATE_EXCEPTIONS=False)
        with made.app_context():
            prepare()
        yield made, EXPECTED[request.param]
        with made.app_context():
            db.engine.dispose()


@pytest.fixture
def organisation(theirs: tuple[Flask, Expected]) -> Expected:
    return theirs[1]


@pytest.fixture
def portal(theirs: tuple[Flask, Expected]) -> Iterator[Flask]:
    with theirs[0].app_context():
        yield theirs[0]
        db.session.remove()


@pytest.fixture
def visitor(portal: Flask) -> FlaskClient:
    return portal.test_client()


@pytest.fixture
def coordinator(portal: Flask) -> FlaskClient:
    """Who coordinates complaints, with an account of that role only; at Houten an outsider."""
    client = portal.test_client()
    with transaction():
        user = accounts.add_staff(f"{id(client):x}@voorbeeld.example", "no password", [Role.COMPLAINTS])
    let_in(client, user)
    return client


def text_of(client: FlaskClient, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, (address, response.status_code)
    return said(response)


def whole_of(client: FlaskClient, address: str) -> str:
    """The page with its head and foot, without what only machines read."""
    response = client.get(address)
    assert response.status_code == 200, (address, response.status_code)
    return response.text


class TestPagesForPeople:
    @pytest.mark.parametrize("address", PUBLIC)
    @pytest.mark.parametrize("language", ["nl", "en"])
    def test_each_is_of_the_one_organisation(
        self, visitor: FlaskClient, organisation: Expected, address: str, language: str
    ) -> None:
        page = whole_of(visitor, f"{address}?taal={language}")
        assert organisation.name in page
        assert not organisation.of_the_other.search(page), organisation.of_the_other.findall(page)

    @pytest.mark.parametrize("address", PUBLIC)
    def test_what_is_not_known_leaves_no_hole(self, visitor: FlaskClient, address: str) -> None:
        assert not HOLES.findall(text_of(visitor, address))

    def test_every_way_to_where_do_i_go(self, visitor: FlaskClient, organisation: Expected) -> None:
        seen = {}
        for address in WAYS:
            page = whole_of(visitor, address)
            assert not organisation.of_the_other.search(page), (
                address,
                organisation.of_the_other.findall(page),
            )
            assert not HOLES.findall(text_of(visitor, address)), address
            seen[address] = organisation.coordinator in page
        assert any(seen.values()), "nowhere is said who coordinates"

    def test_the_account_says_who_coordinates(self, visitor: FlaskClient, organisation: Expected) -> None:
        assert f"De {organisation.coordinator} zorgt dat dit goed gaat." in text_of(
            visitor, "/klacht/jaarverslag"
        )
        assert organisation.in_english in text_of(visitor, "/klacht/jaarverslag?taal=en")

    def test_the_account_says_who_judges_complaints_about_youth_help(
        self, visitor: FlaskClient, organisation: Expected
    ) -> None:
        page = text_of(visitor, "/klacht/jaarverslag")
        independent = "De voorzitter van die commissie werkt niet bij ons."
        assert (independent in page) is (organisation.youth is Procedure.JEUGDWET)

    def test_published_figures_are_of_the_organisation(
        self, visitor: FlaskClient, organisation: Expected
    ) -> None:
        page = text_of(visitor, "/klacht/jaarverslag")
        assert ("2025 11 klachten" in page) is (organisation.short_name == "SKT")
        assert ("nog geen heel jaar" in page) is (organisation.short_name != "SKT")

    def test_the_address_is_there_only_where_it_is_known(
        self, visitor: FlaskClient, organisation: Expected
    ) -> None:
        for address in ("/", "/privacy", "/toegankelijkheid"):
            page = visitor.get(address).text
            block = re.search(r'<address class="address">(.*?)</address>', page, re.DOTALL)
            assert block
            lines = [line.strip() for line in block[1].split("<br>")]
            assert all(lines), lines
            ours = [organisation.name, "Van de Kasteelestraat 75", "2691 ZM &#39;s-Gravenzande"]
            assert lines == (ours if organisation.short_name == "SKT" else [organisation.name, "Houten"])


class TestTheProcedure:
    @pytest.mark.usefixtures("portal")
    def test_each_help_has_the_procedure_of_the_profile(self, organisation: Expected) -> None:
        youth, adults = filed(RECEIVED, domain=Domain.YOUTH), filed(RECEIVED, domain=Domain.ADULTS)
        assert (youth.procedure, youth.decide_by) == (organisation.youth, organisation.youth_decided_by)
        assert (adults.procedure, adults.decide_by) == (Procedure.AWB, ADULTS_DECIDED_BY)

    def test_who_follows_it_reads_that(self, visitor: FlaskClient, organisation: Expected) -> None:
        complaint = filed(RECEIVED, domain=Domain.YOUTH)
        hidden = re.findall(r'<input[^>]*type="hidden"[^>]*>', visitor.get("/klacht/volgen").text)
        fields = {
            name[1]: (re.search(r'value="([^"]*)"', tag) or ["", ""])[1]
            for tag in hidden
            if (name := re.search(r'name="([^"]+)"', tag))
        }
        fields |= {"reference": complaint.reference, "code": CODE, "action": "open"}
        entered = visitor.post("/klacht/volgen", data=fields)
        assert entered.status_code == 303
        page = text_of(visitor, "/klacht/volgen")
        promised = {date(2027, 1, 11): "11 januari 2027", date(2026, 12, 14): "14 december 2026"}
        assert promised[organisation.youth_decided_by] in page
        assert ("klachtencommissie" in page) is (organisation.youth is Procedure.JEUGDWET)
        assert not organisation.of_the_other.search(visitor.get("/klacht/volgen").text)


class TestLetters:
    @pytest.mark.parametrize("kind", list(Kind))
    @pytest.mark.parametrize("language", ["nl", "en"])
    @pytest.mark.parametrize("young", [False, True])
    @pytest.mark.parametrize("domain", list(Domain))
    def test_each_is_signed_by_the_organisations_own(
        self, portal: Flask, organisation: Expected, kind: Kind, language: str, young: bool, domain: Domain
    ) -> None:
        words = _letter(portal, kind, domain=domain, young=young, language=language)
        expected = organisation.coordinator if language == "nl" else organisation.in_english
        assert organisation.name in words
        assert expected in words
        assert not organisation.of_the_other.search(words), organisation.of_the_other.findall(words)
        assert not HOLES.findall(words)

    @pytest.mark.parametrize("kind", [Kind.NOT_TAKEN_UP, Kind.OUTCOME])
    def test_the_way_on_is_the_profiles_ombudsman(self, portal: Flask, kind: Kind) -> None:
        """Awb 9:8 lid 3 and 9:12 lid 2."""
        ombudsman = portal.extensions["profile"].complaints.ombudsman
        words = _letter(portal, kind)
        for part in (ombudsman.name, ombudsman.address, ombudsman.website):
            assert part in words

    def test_a_young_persons_letter_speaks_of_the_committee_or_not(
        self, portal: Flask, organisation: Expected
    ) -> None:
        words = _letter(portal, Kind.ACKNOWLEDGEMENT, domain=Domain.YOUTH, young=True)
        assert ("klachtencommissie" in words) is (organisation.youth is Procedure.JEUGDWET)


def _letter(
    portal: Flask, kind: Kind, *, domain: Domain = Domain.ADULTS, young: bool = False, language: str = "nl"
) -> str:
    """A letter with all that any of them asks, as the template makes it."""
    complaint = filed(RECEIVED, domain=domain, young=young, language=language)
    complaint.ended_on = date(2026, 12, 1)
    part = SimpleNamespace(words="het verslag", judgment="upheld", reasons="het klopte niet")
    given = {
        "reason": "third_party" if kind is Kind.NOT_TAKEN_UP else "Er was meer tijd nodig.",
        "explanation": "Daarom.",
        "findings": "Gezien en gehoord.",
        "conclusions": "Het wordt verbeterd.",
        "complaint_parts": [part],
        "answer_by": None,
        "decide_by": complaint.decide_by,
        "until": complaint.decide_by,
        "names": ["Een", "Twee", "Drie"],
        "chair_is_independent": True,
        "measures": "Het verslag wordt verbeterd.",
        "why": "Dat is beter.",
        "to_whom": "de gemeente",
        "place": "op kantoor",
        "hearing_at": complaint.received_at,
        "day": complaint.decide_by,
        "time": "10.00",
        "asked_until": complaint.decide_by,
    }
    complaint.hearing_at = complaint.received_at
    with portal.test_request_context("/"):
        words = letters.words(complaint, kind, **given)
    db.session.rollback()
    return words


class TestTheStaff:
    def test_a_coordinator_of_that_role_only_does_the_whole_work(
        self, portal: Flask, coordinator: FlaskClient, organisation: Expected
    ) -> None:
        complaint = filed(RECEIVED, {"postcode": "1234 AB", "place": "Ergens"}, domain=Domain.YOUTH)
        taken(complaint, Step.ACKNOWLEDGE)
        for address in ("", f"/{complaint.reference}", "/nieuw", "/verbeteringen", "/bezwaren", "/jaar"):
            page = whole_of(coordinator, f"/team/klachten{address}")
            assert organisation.name in page
            assert not organisation.of_the_other.search(page), organisation.of_the_other.findall(page)
        assert complaint.reference in text_of(coordinator, "/team/klachten")

    def test_that_role_opens_nothing_of_the_surveys(self, coordinator: FlaskClient) -> None:
        for address in ("/team/respons", "/team/resultaten", "/team/uitnodigingen", "/team/papier"):
            assert coordinator.get(address).status_code == 403, address
        mine = {action for action, roles in PERMISSIONS.items() if Role.COMPLAINTS in roles}
        assert {action for action in mine if not action.startswith("complaints.")} == {
            "today.see",
            "account.own",
            "permissions.see",
            "retention.see",
            "retention.hold",
            "persons.handle",
        }

    def test_the_pages_say_that_no_lawyer_confirmed_the_procedure(
        self, portal: Flask, coordinator: FlaskClient
    ) -> None:
        """Which law holds for which help is data, to be confirmed; until then the pages say so."""
        complaint = filed(RECEIVED)
        assert not portal.extensions["profile"].complaints.confirmed_by_lawyer
        page = text_of(coordinator, f"/team/klachten/{complaint.reference}")
        assert "jurist" in page


class TestNothingOfOneOrganisationIsCode:
    @pytest.mark.parametrize(
        "path",
        sorted(
            [
                *TEMPLATES.glob("complaints/**/*.*"),
                *TEMPLATES.glob("team/complaints/**/*.*"),
                *TEMPLATES.glob("mail/complaint*/**/*.*"),
                *TEMPLATES.glob("mail/parts/complaint*"),
                *(config.ROOT / "portal" / "complaints").glob("**/*.py"),
            ]
        ),
        ids=lambda path: str(path.relative_to(config.ROOT)),
    )
    def test_no_template_and_no_code_names_it(self, path: Path) -> None:
        assert not OF_ONE_ORGANISATION.findall(path.read_text(encoding="utf-8"))

    def test_both_profiles_have_the_same_keys(self) -> None:
        ours, other = profile.load("skt-westland"), profile.load("sociaal-team-houten")
        assert set(ours.complaints.themes) == set(other.complaints.themes)
        assert ours.complaints.procedures != other.complaints.procedures
        assert (ours.complaints.coordinator_is_external, other.complaints.coordinator_is_external) == (
            False,
            True,
        )
