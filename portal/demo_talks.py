"""Invented evenings, people and advices for the demo."""

from datetime import datetime, time, timedelta

from portal import clock
from portal.db import db
from portal.talks import operations
from portal.talks.advices import operations as advices
from portal.talks.advices.operations import Told
from portal.talks.advices.rules import WITH_REASON, Stage
from portal.talks.content import Person
from portal.talks.models import Evening
from portal.talks.operations import Wanted
from portal.talks.rules import Who

ACTOR = "operator"
PLACE = "Buurthuis De Proef, Proefstraat 1, Naaldwijk"
ROUTE = "Vijf minuten lopen van de bushalte Proefplein. Parkeren kan voor de deur, gratis."
ACCESS = "Alles is gelijkvloers. Er is een toilet voor mensen met een rolstoel."
COMING = (
    (12, "Samen met school", "Wat helpt een kind op school, en wie doet wat?", 16, 7),
    (40, "De eerste weken", "Hoe was het begin van de hulp? Wat had u toen willen weten?", 6, 9),
)
BEFORE = (
    75,
    "Duidelijke brieven",
    "Welke woorden begrijpt niemand?",
    "Twaalf ouders lazen onze brieven. Zij streepten 41 moeilijke woorden aan. Wij schrijven de brieven nu opnieuw.",
)
ADVICES: tuple[tuple[str, tuple[Stage, ...], str], ...] = (
    (
        "Leg uit wat het klantbelevingsonderzoek is, voordat u het stuurt.",
        (Stage.DISCUSSED, Stage.ACCEPTED, Stage.DONE),
        "",
    ),
    (
        "Leg folders neer bij de kinderopvang en op scholen.",
        (Stage.DISCUSSED, Stage.ADAPTED),
        "Wij beginnen bij de kinderopvang. Met de scholen praten wij in het voorjaar.",
    ),
    ("Laat nieuwe medewerkers een dag meelopen met een gezin.", (Stage.DISCUSSED,), ""),
)


def load() -> None:
    """Add them to the running transaction."""
    for days, theme, about, capacity, people in COMING:
        evening = _evening(days, theme, about, capacity)
        for number in range(people):
            operations.sign_up(evening.id, _somebody(number), request_key=f"demo-{evening.slug}-{number}")
    days, theme, about, said = BEFORE
    before = _evening(-days, theme, about, 14)
    before.said = said
    for number, (words, stages, reason) in enumerate(ADVICES):
        advice = advices.add(
            Told(words=words, owner="Kwaliteitsteam", evening_id=before.id, published=True),
            given_on=clock.local(before.starts_at).date(),
            request_key=f"demo-advice-{number}",
            actor=ACTOR,
        )
        advice.is_demo = True
        for stage in stages:
            advices.step(advice, stage, reason if stage in WITH_REASON else "", ACTOR)


def _evening(days: int, theme: str, about: str, capacity: int) -> Evening:
    day = clock.today() + timedelta(days=days)
    starts_at = datetime.combine(day, time(19, 30), tzinfo=clock.AMSTERDAM)
    evening = Evening(
        slug=f"proef-{theme.lower().replace(' ', '-')}",
        request_key=f"demo-{theme}",
        theme=theme,
        about=about,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=2),
        place=PLACE,
        route=ROUTE,
        access=ACCESS,
        capacity=capacity,
        is_demo=True,
    )
    db.session.add(evening)
    db.session.flush()
    return evening


def _somebody(number: int) -> Wanted:
    who = list(Who)[number % len(Who)]
    person = Person(
        first_name=f"Proefpersoon {number + 1}",
        contact=f"talks{number + 1}@voorbeeld.example",
        interpreter="Pools" if number == 3 else "",
        wheelchair=number == 5,
        diet="zonder noten" if number == 1 else "",
        question="Wie kan ik bellen als school niet meedoet?" if number == 2 else "",
    )
    return Wanted(person, who, places=2 if number == 4 else 1)
