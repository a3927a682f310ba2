"""Handing e-mail to a mail server, and to ones that hang, lie or close the door."""

import ssl
import time
from collections.abc import Iterator

import pytest
import trustme

from portal.config import MailServer
from portal.outbox import watchdog
from portal.outbox.post import AddressRefused, NotSent, OutcomeUnknown, Post, ServerAway, TryLater
from portal.outbox.rules import Channel
from portal.outbox.smtp import SmtpTransport, as_bytes
from tests.outbox.other_side import Mailbox, mail_server, talker
from tests.ports import free_port

SENDER = "portaal@voorbeeld.example"
REFERENCE = "0123456789abcdef" * 2
LINK = f"https://portaal.voorbeeld.example/v/{'x' * 24}/afmelden"


def a_post(to: str = "proefpersoon@voorbeeld.example", **other: str) -> Post:
    return Post(
        reference=REFERENCE,
        channel=Channel.EMAIL,
        to=to,
        subject=other.get("subject", "Hoe ging het?"),
        text=other.get("text", "Dag Proefpersoon\n.een punt vooraan\nën één lange link " + "x" * 300 + "\n"),
        html="<p>Dag Proefpersoon ë</p>",
        headers={"From": f"Proef <{SENDER}>", "List-Unsubscribe": f"<{LINK}>"},
    )


def a_transport(url: str) -> SmtpTransport:
    return SmtpTransport(MailServer.of(url), SENDER, "127.0.0.1")


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with mail_server() as running:
        yield running


@pytest.fixture
def transport(mailbox: Mailbox) -> Iterator[SmtpTransport]:
    made = a_transport(mailbox.url)
    yield made
    made.close()


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchdog, "MOST_SECONDS", 0.5)


def refusal(transport: SmtpTransport, post: Post | None = None) -> NotSent:
    with pytest.raises(NotSent) as caught:
        transport.hand_over(post or a_post())
    assert "@" not in caught.value.problem
    return caught.value


def test_a_mail_arrives_whole(transport: SmtpTransport, mailbox: Mailbox) -> None:
    transport.hand_over(a_post())
    ((sender, to, _words),) = mailbox.arrived
    assert sender == f"portaal+{REFERENCE}@voorbeeld.example"
    assert to == "proefpersoon@voorbeeld.example"
    mail = mailbox.mail()
    assert mail["To"] == to
    assert mail["Subject"] == "Hoe ging het?"
    text, html = mail.iter_parts()
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert text.get_content().replace("\r\n", "\n") == a_post().text, "also the point at the start of a line"
    assert html.get_content().strip() == "<p>Dag Proefpersoon ë</p>"


def test_one_line_serves_many_mails(transport: SmtpTransport, mailbox: Mailbox) -> None:
    for number in range(5):
        transport.hand_over(a_post(f"p{number}@voorbeeld.example"))
    assert len(mailbox.arrived) == 5
    assert mailbox.connections == 1


def test_the_link_to_unsubscribe_stays_one_word() -> None:
    """Python's folding would write it as an encoded word, which no mail program follows."""
    assert f"List-Unsubscribe: <{LINK}>\r\n".encode() in as_bytes(a_post())


def test_only_seven_bits_and_short_lines() -> None:
    words = as_bytes(a_post(subject="Één vraag aan u, " * 12))
    assert words.isascii()
    assert max(map(len, words.split(b"\r\n"))) < 200
    assert b"\n" not in words.replace(b"\r\n", b"")


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("550 5.1.1 unknown", AddressRefused),
        ("550 no such user", AddressRefused),
        ("552 5.2.2 mailbox full", TryLater),
        ("550 No such user here", AddressRefused),
        ("550 relay not permitted", TryLater),
        ("550 Sender verify failed", TryLater),
        ("550 5.1.8 sender address rejected", TryLater),
        ("554 blocked using a list", TryLater),
        ("553 bad name", AddressRefused),
        ("554 5.7.1 relay access denied", TryLater),
        ("530 5.7.0 sign in first", TryLater),
        ("503 bad sequence", TryLater),
        ("450 4.2.0 greylisted", TryLater),
        ("452 4.5.3 too many", TryLater),
        ("421 4.3.2 closing", ServerAway),
    ],
)
def test_a_refused_recipient(
    transport: SmtpTransport, mailbox: Mailbox, answer: str, kind: type[NotSent]
) -> None:
    mailbox.recipients["weg@voorbeeld.example"] = answer
    assert type(refusal(transport, a_post("weg@voorbeeld.example"))) is kind
    transport.hand_over(a_post())
    assert mailbox.to == ["proefpersoon@voorbeeld.example"], "the next one leaves"
    assert mailbox.connections == (2 if kind is ServerAway else 1)


@pytest.mark.parametrize(
    "to",
    [
        "",
        "geen adres",
        "a@",
        "@voorbeeld.example",
        "a@b@voorbeeld.example",
        "a>@voorbeeld.example",
        "a\r\nRCPT TO:<b@voorbeeld.example",
        "a@voorbeeld.example\r\nBcc: b@voorbeeld.example",
        "jörg@voorbeeld.example",
        "a@" + "x" * 70 + ".example",
        "a,b@voorbeeld.example",
    ],
)
def test_an_address_that_cannot_be_said(transport: SmtpTransport, mailbox: Mailbox, to: str) -> None:
    assert type(refusal(transport, a_post(to))) is AddressRefused
    assert mailbox.connections == 0


def test_a_domain_with_an_accent_is_written_in_ascii(transport: SmtpTransport, mailbox: Mailbox) -> None:
    transport.hand_over(a_post("p@vöörbeeld.example"))
    assert mailbox.to == ["p@xn--vrbeeld-90aa.example"]
    assert mailbox.mail()["To"] == mailbox.to[0]


def test_refused_words_are_no_duplicate(transport: SmtpTransport, mailbox: Mailbox) -> None:
    mailbox.after_data = "refuse"
    assert type(refusal(transport)) is TryLater
    mailbox.after_data = "take"
    transport.hand_over(a_post())
    assert len(mailbox.arrived) == 1
    assert mailbox.connections == 1


@pytest.mark.parametrize("how", ["die", "hang", "garble"])
def test_after_the_words_nobody_knows(
    transport: SmtpTransport, mailbox: Mailbox, how: str, hurry: None
) -> None:
    mailbox.after_data = how  # type: ignore[assignment]
    assert type(refusal(transport)) is OutcomeUnknown
    mailbox.after_data = "take"
    transport.hand_over(a_post())
    assert mailbox.connections == 2, "a line that broke is not used again"


def test_a_server_that_is_not_there() -> None:
    transport = a_transport(f"smtp://127.0.0.1:{free_port()}")
    assert type(refusal(transport)) is ServerAway
    transport.close()


@pytest.mark.parametrize(
    ("scheme", "said"), [("smtp", b"220-welkom\r\n"), ("smtp", b"x"), ("smtps", b"\x16\x03\x03\x40\x00")]
)
def test_a_server_that_says_a_letter_at_a_time(hurry: None, scheme: str, said: bytes) -> None:
    with talker(said, every=0.01) as port:
        transport = a_transport(f"{scheme}://127.0.0.1:{port}")
        started = time.monotonic()
        assert isinstance(refusal(transport), ServerAway)
        assert time.monotonic() - started < 5
        transport.close()


def test_a_line_that_was_closed_meanwhile(mailbox: Mailbox) -> None:
    """A mail server closes a line that is quiet, or after so many mails: nothing is wrong then."""
    transport = a_transport(mailbox.url)
    transport.hand_over(a_post())
    assert transport._line is not None
    transport._line.sock.shutdown(2)  # type: ignore[union-attr]
    transport.hand_over(a_post())
    assert len(mailbox.arrived) == 2
    transport.close()


@pytest.fixture
def authority(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> trustme.CA:
    made = trustme.CA()
    made.cert_pem.write_to_path(f"{tmp_path}/ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", f"{tmp_path}/ca.pem")
    return made


def context_of(authority: trustme.CA, name: str = "127.0.0.1") -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


LOGIN = ("portaal", "een:moeilijk/wachtwoord@")
QUOTED = "portaal:een%3Amoeilijk%2Fwachtwoord%40"


def test_with_a_password_and_starttls(authority: trustme.CA) -> None:
    with mail_server(login=LOGIN, starttls=context_of(authority)) as mailbox:
        transport = a_transport(f"smtp://{QUOTED}@127.0.0.1:{mailbox.port}?starttls=1")
        transport.hand_over(a_post())
        assert len(mailbox.arrived) == 1
        transport.close()


def test_over_smtps(authority: trustme.CA) -> None:
    with mail_server(smtps=context_of(authority)) as mailbox:
        transport = a_transport(f"smtps://127.0.0.1:{mailbox.port}")
        transport.hand_over(a_post())
        assert len(mailbox.arrived) == 1
        transport.close()


def test_a_server_that_is_not_who_it_says(authority: trustme.CA) -> None:
    with mail_server(starttls=context_of(authority, "ander.example")) as mailbox:
        transport = a_transport(f"smtp://127.0.0.1:{mailbox.port}?starttls=1")
        assert "versleuteling" in refusal(transport).problem
        assert not mailbox.arrived
        transport.close()


def test_a_server_without_encryption(mailbox: Mailbox) -> None:
    transport = a_transport(f"{mailbox.url}?starttls=1")
    failure = refusal(transport)
    assert isinstance(failure, ServerAway)
    assert "versleuteling" in failure.problem
    assert not mailbox.arrived
    transport.close()


def test_a_wrong_password_stops_the_channel(authority: trustme.CA) -> None:
    with mail_server(login=LOGIN, starttls=context_of(authority)) as mailbox:
        transport = a_transport(f"smtp://portaal:fout@127.0.0.1:{mailbox.port}?starttls=1")
        failure = refusal(transport)
        assert isinstance(failure, ServerAway)
        assert "wachtwoord" in failure.problem
        transport.close()
