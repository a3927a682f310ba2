"""What each kind is called, from when its term counts, and why it is kept that long."""

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from portal.privacy.retention.rules import Kind, Length

NAMES: dict[Kind, Any] = {
    Kind.DRAFTS: _l("Vragenlijsten die niet verstuurd zijn"),
    Kind.CONTACTS: _l("Wie een uitnodiging kreeg"),
    Kind.TEXTS: _l("Wat mensen schreven in een vragenlijst"),
    Kind.UPLOADS: _l("Bestanden uit de cliëntregistratie"),
    Kind.CALLS: _l("Verzoeken om te bellen"),
    Kind.COMPLAINT_DRAFTS: _l("Klachten die niet verstuurd zijn"),
    Kind.COMPLAINTS: _l("Klachten"),
    Kind.SIGNUPS: _l("Aanmeldingen voor avonden"),
    Kind.CIRCLE: _l("Adressen voor de kring die niet bevestigd zijn"),
    Kind.MESSAGES: _l("Verstuurde berichten"),
    Kind.ACCOUNTS: _l("Gesloten accounts van het team"),
    Kind.ATTEMPTS: _l("Mislukte pogingen om in te loggen"),
    Kind.AUDIT: _l("Logboek van wie wat deed"),
    Kind.HOLDS: _l("Redenen waarom iets langer bleef"),
    Kind.BACKUPS: _l("Reservekopieën"),
}
WHAT: dict[Kind, Any] = {
    Kind.DRAFTS: _l("Antwoorden die iemand invulde en niet verstuurde. Niemand leest ze."),
    Kind.CONTACTS: _l(
        "Naam, zaaknummer, adres, e-mail, telefoon, team en taal. De maand, het moment, de hulp en of er antwoord kwam "
        "blijven, want die tellen we."
    ),
    Kind.TEXTS: _l("De open antwoorden. Cijfers en keuzes blijven: die noemen niemand."),
    Kind.UPLOADS: _l("Wat is geüpload en niet overgenomen."),
    Kind.CALLS: _l("Naam en nummer van wie gebeld wilde worden."),
    Kind.COMPLAINT_DRAFTS: _l("Wat iemand invulde en niet verstuurde, met de bijlagen. Niemand leest het."),
    Kind.COMPLAINTS: _l(
        "Wie klaagde, over wie, alle woorden, brieven en bijlagen. Wat de jaarcijfers tellen, blijft."
    ),
    Kind.SIGNUPS: _l("Wie zich aanmeldde. Hoeveel mensen er waren, blijft."),
    Kind.CIRCLE: _l("E-mailadressen van wie niet zei dat het klopt."),
    Kind.MESSAGES: _l(
        "Dat een bericht is verstuurd. Wat erin stond en aan wie, wissen we al bij het versturen. Lukte het niet, dan "
        "blijft dat staan tot iemand het opnieuw stuurt of weglegt, of tot deze termijn voorbij is."
    ),
    Kind.ACCOUNTS: _l(
        "E-mailadres, wachtwoord en app van wie hier niet meer werkt. Het nummer blijft, voor het logboek."
    ),
    Kind.ATTEMPTS: _l("Vanaf welk adres iemand een wachtwoord of code raadde, onherkenbaar gemaakt."),
    Kind.AUDIT: _l("Wie van het team wat deed, en met welke klacht. Nooit wat erin staat."),
    Kind.HOLDS: _l("Wat is vastgehouden en waarom, nadat het weer is losgelaten."),
    Kind.BACKUPS: _l("Kopieën van alles. Wat hier is weggegooid, kan daar nog in zitten."),
}
FROM: dict[Kind, Any] = {
    Kind.DRAFTS: _l("tot de link sluit"),
    Kind.CONTACTS: _l("nadat de link sloot"),
    Kind.TEXTS: _l("na het kwartaal"),
    Kind.UPLOADS: _l("na het uploaden"),
    Kind.CALLS: _l("nadat er is gebeld"),
    Kind.COMPLAINT_DRAFTS: _l("nadat iemand er het laatst aan schreef"),
    Kind.COMPLAINTS: _l("nadat de uitkomst is verteld of de klacht anders eindigde"),
    Kind.SIGNUPS: _l("na de avond, of nadat die is afgezegd"),
    Kind.CIRCLE: _l("na het aanmelden"),
    Kind.MESSAGES: _l("nadat het is verstuurd of niet is gelukt"),
    Kind.ACCOUNTS: _l("nadat het account is gesloten"),
    Kind.ATTEMPTS: _l("na de poging"),
    Kind.AUDIT: _l("nadat het is vastgelegd"),
    Kind.HOLDS: _l("nadat het is losgelaten"),
    Kind.BACKUPS: _l("na het maken"),
}
WHY: dict[Kind, Any] = {
    Kind.DRAFTS: _l("Zo kan iemand later verdergaan. Na het sluiten heeft dat geen zin meer."),
    Kind.CONTACTS: _l("Om te herinneren, en om niemand te snel weer te vragen (AVG artikel 5)."),
    Kind.TEXTS: _l("Om te leren en jaren te vergelijken. Daarna zeggen de cijfers genoeg (AVG artikel 5)."),
    Kind.UPLOADS: _l("Om na te kijken voor het overnemen. Daarna is het bestand niet nodig."),
    Kind.CALLS: _l("Om terug te kijken of er echt is gebeld."),
    Kind.COMPLAINT_DRAFTS: _l("Zo kan iemand later verdergaan."),
    Kind.COMPLAINTS: _l(
        "Om de behandeling te kunnen verantwoorden, ook bij de ombudsman of de rechter (Awb hoofdstuk 9, Archiefwet)."
    ),
    Kind.SIGNUPS: _l("Om te bedanken en te vertellen wat we met het advies doen."),
    Kind.CIRCLE: _l("Wie niet bevestigt, wil het misschien niet of is iemand anders."),
    Kind.MESSAGES: _l("Om te zien of iets aankwam, en om niets twee keer te sturen."),
    Kind.ACCOUNTS: _l(
        "Om iemand die terugkomt weer toe te laten, en om te zien wie wat deed (AVG artikel 5)."
    ),
    Kind.ATTEMPTS: _l("Om raden te vertragen."),
    Kind.AUDIT: _l("Om te kunnen nagaan wie iets las of veranderde. Langer dan klachten blijven (BIO)."),
    Kind.HOLDS: _l("Om later te kunnen uitleggen waarom iets langer bleef."),
    Kind.BACKUPS: _l("Om na een storing verder te kunnen. De beheerder gooit ze zelf weg."),
}
NOT_HELD: dict[Kind, Any] = {
    Kind.DRAFTS: _l("Niemand leest dit, dus er is niets om te bewaren."),
    Kind.UPLOADS: _l("Het bestand staat nog in de cliëntregistratie."),
    Kind.COMPLAINT_DRAFTS: _l("Niemand leest dit, dus er is niets om te bewaren."),
    Kind.SIGNUPS: _l("Wij beloven wie komt dat dit na de avond weggaat."),
    Kind.CIRCLE: _l("Wij weten niet of het adres echt van diegene is."),
    Kind.ACCOUNTS: _l("Wat iemand deed, staat onder het nummer in het logboek."),
    Kind.ATTEMPTS: _l("Het gaat om uren."),
    Kind.HOLDS: _l("Dit blijft al even lang als het logboek."),
    Kind.BACKUPS: _l("Dit regelt de beheerder buiten het portaal."),
}
"""Why a kind cannot be held."""
FOREVER: tuple[tuple[Any, Any], ...] = (
    (
        _l("Wie met rust gelaten wil worden"),
        _l(
            "Naam, adres, e-mail en telefoon, tot iemand zelf zegt dat het weer mag of alles laat wissen. Anders weten "
            "we niet wie we niet mogen vragen."
        ),
    ),
    (_l("Wie in de kring zit"), _l("Tot iemand zich afmeldt: dat kan in elke mail.")),
    (_l("Open accounts van het team"), _l("Zolang iemand hier werkt. Gesloten accounts staan hierboven.")),
    (
        _l("Aantallen, cijfers en keuzes"),
        _l("Respons, resultaten, jaarcijfers over klachten, bezwaren en avonden. Ze noemen niemand."),
    ),
    (
        _l("Verbeteringen en adviezen"),
        _l(
            "Wat wij zelf gaan doen, en wie van ons daarvoor zorgt. Van wie de klacht was, staat er na het weghalen "
            "niet meer bij."
        ),
    ),
)
"""What has no term, with the reason."""


def length_in_words(length: Length) -> str:
    """How long, as people say it; empty where it goes on its own day."""
    if length.years:
        return str(ngettext("%(num)s jaar", "%(num)s jaar", length.years))
    if length.hours:
        return str(ngettext("een uur", "%(num)s uur", length.hours))
    if length.days % 7 == 0 and length.days > 14:
        return str(ngettext("%(num)s week", "%(num)s weken", length.days // 7))
    return str(ngettext("%(num)s dag", "%(num)s dagen", length.days)) if length.days else ""
