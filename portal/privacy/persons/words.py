"""What things are called, and what a person is told of each part (AVG art. 15 lid 1)."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import format_date, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.privacy.persons.found import Found
from portal.privacy.persons.rules import (
    Doubt,
    Goes,
    How,
    NeverFound,
    NotSearched,
    Part,
    Sought,
    What,
    Why,
)
from portal.profile import LANGUAGE, profile

HOWS: Mapping[How, Any] = {
    How.EMAIL: _l("E-mailadres"),
    How.PHONE: _l("Telefoonnummer"),
    How.CASE: _l("Zaaknummer"),
    How.COMPLAINT: _l("Nummer van een klacht"),
}
DOUBTS: Mapping[Doubt, Any] = {
    Doubt.OTHER_NAME: _l("andere naam"),
    Doubt.NO_NAME: _l("geen naam"),
    Doubt.UNSURE: _l("naam niet zeker"),
}
PARTS: Mapping[Part, Any] = {
    Part.SURVEYS: _l("Uitnodigingen en telefoontjes"),
    Part.TALKS: _l("Avonden"),
    Part.COMPLAINTS: _l("Klachten"),
    Part.STAFF: _l("Werken bij ons"),
}
WHATS: Mapping[What, Any] = {
    What.INVITATION: _l("Uitnodiging voor een vragenlijst"),
    What.CALL: _l("Vraag om gebeld te worden"),
    What.SURVEY_MESSAGE: _l("Bericht dat nog wacht"),
    What.LEFT_ALONE: _l("Wij schrijven hier niet meer"),
    What.SHARED_LEFT_ALONE: _l("Wij schrijven hier niet meer, ook anderen niet"),
    What.SIGN_UP: _l("Aanmelding voor een avond"),
    What.MEMBER: _l("Wil horen van nieuwe avonden"),
    What.TALK_MESSAGE: _l("Bericht dat nog wacht"),
    What.COMPLAINT: _l("Klacht of ander bericht"),
    What.CONCERNED: _l("Genoemd in een klacht"),
    What.COMPLAINT_DRAFT: _l("Klacht die nog niet verstuurd is"),
    What.ACCOUNT: _l("Account om in te loggen"),
}
WHYS: Mapping[Why, Any] = {
    Why.LAW: _l(
        "Dit moeten wij van de wet bewaren: wij moeten kunnen laten zien wat er met een klacht is gedaan (Awb 9:12a, Archiefwet; AVG art. 17 lid 3 onder b)."
    ),
    Why.LEFT_ALONE: _l(
        "Dit bewaren wij versleuteld, alleen om niet meer te schrijven (AVG art. 21 lid 3). Het gaat weg als de persoon dat wil."
    ),
    Why.SHARED: _l("Dit is ook van een ander: uit dezelfde zaak of met hetzelfde adres (AVG art. 15 lid 4)."),
    Why.ACCOUNT: _l(
        "De beheerder sluit een account. Wie wat deed, blijft bewaard om het te kunnen nagaan (AVG art. 17 lid 3 onder e)."
    ),
    Why.HELD: _l(
        "Dit wordt nu vastgehouden, bijvoorbeeld voor een rechter of een toezichthouder (AVG art. 17 lid 3 onder e). Vraag de beheerder tot wanneer."
    ),
}
_NEVER_FOUND: Mapping[NeverFound, tuple[Any, Any]] = {
    NeverFound.SENT_ANSWERS: (
        _l(
            "Antwoorden die verstuurd zijn. Er staat geen naam bij en niets leidt terug naar de persoon. Daarom kan niemand ze terugvinden, veranderen of wissen (AVG art. 11)."
        ),
        _l(
            "Antwoorden die u verstuurde. Er staat geen naam bij en niets leidt terug naar u. Daarom kan niemand ze terugvinden, veranderen of wissen (AVG art. 11)."
        ),
    ),
    NeverFound.FAMILY_LINKS: (
        _l("Links die voor een ander in het gezin zijn gemaakt. Wij weten hoeveel, niet voor wie."),
        _l("Links die voor een ander in uw gezin zijn gemaakt. Wij weten hoeveel, niet voor wie."),
    ),
    NeverFound.OTHERS_WORDS: (
        _l(
            "Een naam in de woorden van een ander, bijvoorbeeld in een klacht of bij een vraag. Die woorden zijn van die ander."
        ),
        _l(
            "Uw naam in de woorden van een ander, bijvoorbeeld in een klacht of bij een vraag. Die woorden zijn van die ander."
        ),
    ),
    NeverFound.PAST_TERM: (_l("Wat al is weggegooid omdat de bewaartermijn voorbij was."),) * 2,
    NeverFound.AUDIT: (
        _l(
            "Het verslag van wie bij ons wat deed. Daar staan nummers in, geen namen of adressen van cliënten."
        ),
    )
    * 2,
}
"""Said to staff, and to the person."""


def never_found(*, to_person: bool = False) -> list[tuple[NeverFound, str]]:
    """What nobody finds, however one seeks; backups last."""
    told = [(kind, str(texts[to_person])) for kind, texts in _NEVER_FOUND.items()]
    return [*told, (NeverFound.BACKUPS, backups())]


def never_erased() -> list[str]:
    """What of that stays when somebody is forgotten: not what was thrown away long ago."""
    return [text for kind, text in never_found() if kind is not NeverFound.PAST_TERM]


def not_searched(found: Found, *, to_person: bool = False) -> list[tuple[NotSearched, str]]:
    """Where nobody could look this time."""
    made = [(why, _not_searched(why, found, to_person)) for why in found.not_searched]
    return [(why, text) for why, text in made if text]


def _not_searched(why: NotSearched, found: Found, to_person: bool) -> str:
    lost, uploads = found.search.lost, found.uploads
    match why:
        case NotSearched.LOST_KEY:
            text = ngettext(
                "Van %(num)s stuk is de sleutel weg. Wat daarin staat, konden wij niet doorzoeken.",
                "Van %(num)s stukken is de sleutel weg. Wat daarin staat, konden wij niet doorzoeken.",
                lost,
            )
            return text if to_person else f"{text} {_('Vertel het aan wie de website beheert.')}"
        case NotSearched.TOO_MANY:
            return _("Er zijn te veel stukken om ze allemaal te doorzoeken. Wij zochten in de nieuwste.")
        case NotSearched.CASE_ONLY:
            return (
                _(
                    "Klachten, avonden en accounts. Die vinden wij op een adres, en wij kennen geen adres bij wat u ons gaf."
                )
                if to_person
                else _(
                    "Klachten, avonden en accounts. Die vinden wij op een adres, en u ziet geen adres bij wat u zocht. Zoek ook op e-mailadres en telefoonnummer."
                )
            )
        case NotSearched.CASE_ADDRESSES:
            return _(
                "Klachten, avonden en accounts onder een ander adres. Wij zochten alleen op de adressen die wij bij deze zaak kennen."
            )
        case NotSearched.NO_EMAIL:
            return _("Het adres voor nieuwe avonden en accounts. Die vinden wij alleen op e-mailadres.")
        case NotSearched.NO_ADDRESS:
            return _(
                "Klachten zonder e-mailadres of telefoonnummer, bijvoorbeeld op papier. Die vinden wij alleen op het nummer van de klacht."
            )
    return ngettext(
        "Er ligt %(num)s bestand klaar om in te lezen. Dat wordt niet doorzocht. Het gaat na een dag weg.",
        "Er liggen %(num)s bestanden klaar om in te lezen. Die worden niet doorzocht. Ze gaan na een dag weg.",
        uploads,
    )


def warnings(found: Found) -> list[str]:
    """What of that is so out of the ordinary that it stands above everything."""
    alarming = (NotSearched.LOST_KEY, NotSearched.TOO_MANY)
    return [text for why, text in not_searched(found) if why in alarming]


def sought(one: Sought) -> Any:
    """By what was sought; a number that can be two things is called both."""
    return _("Zaaknummer of telefoonnummer") if one.how is How.CASE and one.also else HOWS[one.how]


def leaves(goes: date | Goes) -> str:
    """The sentence that says when something goes by itself."""
    sentences = {
        Goes.SOON: _("Dit gaat binnenkort vanzelf weg."),
        Goes.RUNS: _("Wanneer dit weggaat, is nog niet bekend: de klacht loopt nog."),
        Goes.HELD: _("Wanneer dit weggaat, is nog niet bekend: dit wordt vastgehouden."),
    }
    if isinstance(goes, Goes):
        return sentences[goes]
    return _("Dit gaat vanzelf weg op %(day)s.", day=format_date(goes, "d MMMM yyyy"))


def notes(part: Part) -> list[str]:
    """What a person is told of a part beside what was found in it."""
    if part is not Part.COMPLAINTS:
        return []
    return [
        _(
            "Wat collega’s onderling opschreven en wat een ander antwoordde, staat hier niet bij. U kunt vragen om het dossier in te zien (Awb 9:10)."
        ),
        _("Van bijlagen staat hier alleen de naam. Wilt u de bestanden zelf? Vraag erom."),
        _("Wie dit maakte, ziet geen klacht die over hem of haar zelf gaat."),
    ]


def coordinator() -> str:
    """What the one who coordinates complaints is called."""
    return profile().complaints.coordinator[LANGUAGE]


def ask_whom(part: Part) -> str:
    """Whom somebody asks who may not see this part. Says the same whether or not there is anything."""
    return {
        Part.SURVEYS: _("Vraag iemand van het kwaliteitsteam."),
        Part.TALKS: _("Vraag de coördinator van %(name)s.", name=profile().talks.name),
        Part.COMPLAINTS: _("Vraag de %(coordinator)s.", coordinator=coordinator()),
        Part.STAFF: _("Vraag de beheerder."),
    }[part]


def purpose(part: Part) -> list[tuple[str, str, str]]:
    """Why we have it, how long, from whom, and who sees it, as the person is told it: (key, heading, text).

    AVG art. 15 lid 1.
    """
    keep, talks = profile().retention, profile().talks
    weeks = ngettext(
        "Tot %(num)s week nadat de link sluit.", "Tot %(num)s weken nadat de link sluit.", keep.contacts_weeks
    )
    calls = ngettext(
        "Een telefoontje tot %(num)s week nadat wij belden.",
        "Een telefoontje tot %(num)s weken nadat wij belden.",
        keep.calls_weeks,
    )
    told: dict[Part, tuple[str, str, str, str, str]] = {
        Part.SURVEYS: (
            _("Om u te vragen hoe de hulp was, en om u te bellen als u dat wilt."),
            _("Onze taak voor de gemeente: de kwaliteit van de hulp verbeteren (AVG art. 6 lid 1 onder e)."),
            f"{weeks} {calls}",
            _("Uit onze eigen administratie, en van uzelf."),
            _("Het kwaliteitsteam, en wie onze berichten bezorgt."),
        ),
        Part.TALKS: (
            _("Om plekken te verdelen en u te laten weten wat er verandert."),
            _("Toestemming: u meldde zich zelf aan (AVG art. 6 lid 1 onder a)."),
            ngettext(
                "Tot %(num)s week na de avond. Het adres voor nieuwe avonden tot u stopt.",
                "Tot %(num)s weken na de avond. Het adres voor nieuwe avonden tot u stopt.",
                talks.keep_weeks,
            ),
            _("Van uzelf."),
            _("Wie de avonden voorbereidt, en wie onze berichten bezorgt."),
        ),
        Part.COMPLAINTS: (
            _("Om uw klacht te behandelen en daar verantwoording over af te leggen."),
            _("De wet (Awb hoofdstuk 9, Jeugdwet 4.2.1; AVG art. 6 lid 1 onder c)."),
            ngettext(
                "Tot %(num)s jaar nadat de klacht klaar is.",
                "Tot %(num)s jaar nadat de klacht klaar is.",
                keep.complaints_years,
            ),
            _("Van wie de klacht indiende, en van wie erbij betrokken is."),
            _(
                "De %(coordinator)s, wie de klacht behandelt, en over wie de klacht gaat (niet het adres en het nummer).",
                coordinator=coordinator(),
            ),
        ),
        Part.STAFF: (
            _("Om u te laten inloggen, en na te gaan wie wat deed."),
            _("Het werk bij ons, en de beveiliging (AVG art. 6 lid 1 onder e en f)."),
            _("Zolang u bij ons werkt."),
            _("Van uw werkgever en van uzelf."),
            _("De beheerder."),
        ),
    }
    headings = (
        ("purpose", _("Waarom wij dit hebben")),
        ("basis", _("Waarom dat mag")),
        ("kept", _("Hoe lang")),
        ("source", _("Van wie wij het weten")),
        ("readers", _("Wie het ziet")),
    )
    return [(key, heading, text) for (key, heading), text in zip(headings, told[part], strict=True)]


def backups() -> str:
    """How long what is erased can still be in a backup."""
    days = profile().retention.backups_days
    return ngettext(
        "Reservekopieën. Die doorzoeken wij niet. Wat gewist is, kan er nog ten hoogste %(num)s dag in staan.",
        "Reservekopieën. Die doorzoeken wij niet. Wat gewist is, kan er nog ten hoogste %(num)s dagen in staan.",
        days,
    )
