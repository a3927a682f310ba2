"""From signing up to a mail server and a provider of text messages, and back into a calendar."""

from datetime import timedelta
from email.message import EmailMessage
from itertools import pairwise

from icalendar import Calendar

from portal import clock
from portal.db import db, transaction
from portal.outbox.delivery import deliver
from portal.reactions import HANDLERS
from portal.talks import notices, operations
from portal.talks.arranging import operations as arranging
from portal.talks.models import Evening, SignUp
from tests.outbox.conftest import Outbox
from tests.outbox.other_side import Mailbox, Provider
from tests.talks.evenings import evening, left, signed_up, somebody


def delivered() -> dict[str, int]:
    return {name: count for name, count in deliver(HANDLERS).items() if count}


def event_in(mail: EmailMessage) -> tuple[str, Calendar]:
    """The METHOD and the one event that came with a mail."""
    (file,) = mail.iter_attachments()
    made = Calendar.from_ical(file.get_content())
    assert file.get_param("method") == made["METHOD"]
    (event,) = made.walk("VEVENT")
    return str(made["METHOD"]), event


def test_the_calendar_of_who_comes_follows_the_evening(outbox: Outbox, mailbox: Mailbox) -> None:
    mine = evening(place="Één zaal, Naaldwijk")
    assert signed_up(mine).signup
    assert delivered() == {"sent": 1}
    shown = db.session.get_one(Evening, mine)
    given = arranging.Given(**{name: getattr(shown, name) for name in arranging.FIELDS})
    day = (clock.now() + timedelta(days=40)).replace(microsecond=0)
    elsewhere = vars(given) | {"starts_at": day, "ends_at": day + timedelta(hours=2)}
    with transaction():
        arranging.change(mine, arranging.Given(**elsewhere), seen=0, actor="test")
    assert delivered() == {"sent": 1}
    with transaction():
        arranging.cancel(mine, "De zaal is dicht.", actor="test")
    assert delivered() == {"sent": 1}
    mails = [mailbox.mail(number) for number in range(3)]
    found = [event_in(mail) for mail in mails]
    assert [method for method, _event in found] == ["PUBLISH", "PUBLISH", "CANCEL"]
    assert len({str(event["UID"]) for _method, event in found}) == 1
    assert all(int(one[1]["SEQUENCE"]) < int(other[1]["SEQUENCE"]) for one, other in pairwise(found))
    assert str(found[0][1]["LOCATION"]) == "Één zaal, Naaldwijk"
    assert found[1][1].decoded("DTSTART") == day
    body = mails[2].get_body(("plain",))
    assert body is not None and "De zaal is dicht." in body.get_content()
    assert mails[2]["Subject"] == "SKT Talks: de avond gaat niet door"


def test_who_leaves_takes_it_out_of_the_calendar(outbox: Outbox, mailbox: Mailbox) -> None:
    mine = evening(capacity=1)
    first, second = (signed_up(mine).signup for _n in range(2))
    assert first and second
    delivered()
    left(second)
    left(first)
    delivered()
    placed, _line, waited, gone = (mailbox.mail(number) for number in range(4))
    assert not list(waited.iter_attachments()), "who waited had nothing in the calendar"
    (before, was), (after, cancelled) = event_in(placed), event_in(gone)
    assert (before, after, str(cancelled["STATUS"])) == ("PUBLISH", "CANCEL", "CANCELLED")
    assert was["UID"] == cancelled["UID"] and cancelled.decoded("DTSTAMP") >= was.decoded("DTSTAMP")
    body = gone.get_body(("plain",))
    assert body is not None and "Open het bestand bij deze e-mail, dan gaat hij eruit." in body.get_content()


def test_a_place_that_comes_free_is_told_by_text_message(
    outbox: Outbox, mailbox: Mailbox, provider: Provider
) -> None:
    mine = evening(capacity=1)
    first = signed_up(mine).signup
    second = signed_up(mine, somebody("+31612345678")).signup
    assert first and second
    left(first)
    # That the one is placed, and the other waits, is not true any more when the messages leave.
    assert delivered() == {"sent": 2, "cancelled": 2}
    (text,) = provider.delivered.values()
    token = notices.token_of(db.session.get_one(SignUp, second.id))
    assert text.startswith("Beste Proefpersoon,") and f"/talks/aanmelding/{token}/afmelden" in text
    assert str(mailbox.mail()["Subject"]) == "SKT Talks: u bent afgemeld"


def test_the_coordinators_own_words(outbox: Outbox, mailbox: Mailbox, provider: Provider) -> None:
    mine = evening()
    signed_up(mine)
    signed_up(mine, somebody("+31612345678"))
    delivered()
    with transaction():
        held = operations.hold(mine)
        operations.tell(held, held.signups, notices.What.WORD, text="Neem <iets> lekkers mee.\nTot dan!")
    assert delivered() == {"sent": 2}
    body = mailbox.mail().get_body(("plain",))
    assert body is not None and "Neem <iets> lekkers mee.\r\nTot dan!" in body.get_content()
    assert any("Neem <iets> lekkers mee." in text for text in provider.delivered.values())
