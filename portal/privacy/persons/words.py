"""What things are called, and what a person is told of each part (AVG art. 15 lid 1)."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from portal.privacy.persons.rules import How, NeverFound, Part, What, Why
from portal.profile import LANGUAGE, profile

HOWS: Mapping[How, Any] = {
    How.EMAIL: _l("E-mailadres"),
    How.PHONE: _l("Telefoonnummer"),
    How.CASE: _l("Zaaknummer"),
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
NEVER_FOUND: Mapping[NeverFound, Any] = {
    NeverFound.SENT_ANSWERS: _l(
        "Antwoorden die verstuurd zijn. Er staat geen naam bij en niets leidt terug naar de persoon. Daarom kan niemand ze terugvinden, veranderen of wissen (AVG art. 11)."
    ),
    NeverFound.FAMILY_LINKS: _l(
        "Links die voor een ander in het gezin zijn gemaakt. Wij weten hoeveel, niet voor wie."
    ),
    NeverFound.OTHERS_WORDS: _l(
        "Een naam in de woorden van een ander, bijvoorbeeld in een klacht of bij een vraag. Die woorden zijn van die ander."
    ),
    NeverFound.PAST_TERM: _l("Wat al is weggegooid omdat de bewaartermijn voorbij was."),
    NeverFound.AUDIT: _l(
        "Het verslag van wie bij ons wat deed. Daar staan nummers in, geen namen of adressen van cliënten."
    ),
    NeverFound.BACKUPS: _l(
        "Reservekopieën. Die worden niet doorzocht. Wat weg is, is er na die tijd ook uit."
    ),
}


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
    """Why we have it, how long, from whom, and who sees it: (key, heading, text) (AVG art. 15 lid 1)."""
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
            _("Om te vragen hoe de hulp was, en om te bellen als iemand dat wil."),
            _("Onze taak voor de gemeente: de kwaliteit van de hulp verbeteren (AVG art. 6 lid 1 onder e)."),
            f"{weeks} {calls}",
            _("Uit onze eigen administratie, en van de persoon zelf."),
            _("Het kwaliteitsteam, en wie onze berichten bezorgt."),
        ),
        Part.TALKS: (
            _("Om plekken te verdelen en te laten weten wat er verandert."),
            _("Toestemming: de persoon meldde zich zelf aan (AVG art. 6 lid 1 onder a)."),
            ngettext(
                "Tot %(num)s week na de avond. Het adres voor nieuwe avonden tot iemand stopt.",
                "Tot %(num)s weken na de avond. Het adres voor nieuwe avonden tot iemand stopt.",
                talks.keep_weeks,
            ),
            _("Van de persoon zelf."),
            _("Wie de avonden voorbereidt, en wie onze berichten bezorgt."),
        ),
        Part.COMPLAINTS: (
            _("Om de klacht te behandelen en daar verantwoording over af te leggen."),
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
            _("Om in te kunnen loggen, en na te gaan wie wat deed."),
            _("Het werk bij ons, en de beveiliging (AVG art. 6 lid 1 onder e en f)."),
            _("Zolang iemand bij ons werkt."),
            _("Van de werkgever en van de persoon zelf."),
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
        "In een reservekopie kan het nog ten hoogste %(num)s dag staan.",
        "In een reservekopie kan het nog ten hoogste %(num)s dagen staan.",
        days,
    )
