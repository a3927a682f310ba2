"""What roles, rights and important acts are called."""

from flask_babel import lazy_gettext as _l

from portal.identity.rules import Refusal, Role

ROLES = {
    Role.QUALITY: _l("kwaliteitsteam"),
    Role.COMPLAINTS: _l("klachtencoördinator"),
    Role.TALKS: _l("coördinator van de Talks"),
    Role.ADMIN: _l("beheerder"),
}
ACTIONS = {
    "today.see": _l("Zien wat er vandaag te doen is"),
    "tasks.finish": _l("Een taak afvinken of weer openzetten"),
    "response.see": _l("Zien hoeveel mensen antwoorden"),
    "invitations.see": _l("Zien wie er uitgenodigd is"),
    "invitations.manage": _l("Uitnodigingen inlezen, stilzetten en opnieuw sturen, en brieven printen"),
    "results.see": _l("Lezen wat cliënten antwoordden"),
    "paper.print": _l("Een vragenlijst op papier printen"),
    "paper.enter": _l("Een papieren vragenlijst invoeren"),
    "complaints.see": _l("De lijst met klachten openen. Wie één klacht leest, wordt per klacht bepaald"),
    "complaints.register": _l("Een klacht invoeren voor iemand die belt of langskomt"),
    "complaints.coordinate": _l("Klachten toewijzen en de stappen van de procedure zetten"),
    "complaints.learn": _l("Verbeteringen en bezwaren bijhouden"),
    "complaints.figures": _l("De jaarcijfers van de klachten zien"),
    "talks.manage": _l("Avonden maken en zien wie er komt"),
    "advices.manage": _l("Adviezen van de Talks bijhouden"),
    "account.own": _l("Het eigen account bekijken en veranderen"),
    "permissions.see": _l("Zien wie wat mag"),
    "staff.manage": _l("Collega’s uitnodigen, hun rollen kiezen en accounts sluiten"),
    "retention.see": _l("Zien hoe lang we wat bewaren"),
    "retention.hold": _l("Zorgen dat iets bewaard blijft, en dat weer loslaten"),
    "persons.handle": _l("Gegevens van één persoon opzoeken, meegeven of wissen"),
}
"""Each right in the rules, as people say it."""
GOING_ON = _l("verdergaan")
ACTS = {
    "identity.end_session": _l("op een ander apparaat uitloggen"),
    "identity.end_sessions": _l("overal uitloggen"),
    "people.invite": _l("een collega uitnodigen"),
    "people.roles": _l("rollen veranderen"),
    "people.close": _l("een account sluiten"),
    "people.reopen": _l("een account openen"),
    "people.link": _l("een link sturen om een wachtwoord te kiezen"),
    "people.second_step": _l("de tweede stap van een collega weghalen"),
    "persons.export_page": _l("gegevens downloaden"),
    "persons.export_file": _l("gegevens downloaden"),
    "persons.confirm": _l("gegevens wissen"),
    "persons.erase": _l("gegevens wissen"),
    "retention.end": _l("iets niet langer vasthouden"),
    "letters.batch": _l("brieven printen"),
    "complaints.forward_sheet": _l("een klacht doorsturen"),
    "evenings.download": _l("de lijst met mensen downloaden"),
    "complaint_figures.year_file": _l("de cijfers van de klachten downloaden"),
}
"""What the password is asked for once more, by endpoint, as it is said after 'U wilt:'."""
DOWNLOADS = frozenset(
    {"persons.export_page", "persons.export_file", "evenings.download", "complaint_figures.year_file"}
)
"""What the browser keeps as a file, while the page that asked the password stays where it is."""
REFUSALS = {
    Refusal.LAST_ADMINISTRATOR: _l(
        "Dit is de laatste beheerder die kan inloggen. Maak eerst iemand anders beheerder. Er is niets veranderd."
    ),
    Refusal.NO_ROLE: _l("Kies ten minste één rol."),
}
