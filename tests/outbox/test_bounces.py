"""Mail that comes back ends that address; a delay, an answering machine and rubbish end nothing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from portal.cli import commands
from portal.db import db, transaction
from portal.outbox import bounces
from portal.outbox.bounces import Bounce, read
from portal.outbox.models import Message
from portal.outbox.operations import bounced
from portal.outbox.rules import Channel, State
from tests.outbox.conftest import Outbox
from tests.outbox.messages import TOPIC

SENDER = "portaal@voorbeeld.example"
REFERENCE = "0123456789abcdef" * 2
MARKED = f"portaal+{REFERENCE}@voorbeeld.example"

# As Postfix writes it; Exchange and Exim differ in what the tests below change.
POSTFIX = f"""\
Return-Path: <>
Delivered-To: {MARKED}
Date: Mon, 2 Mar 2026 12:00:00 +0100
From: MAILER-DAEMON@mail.example (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: {MARKED}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="ABC.123/mail.example"

This is a MIME-encapsulated message.

--ABC.123/mail.example
Content-Description: Notification
Content-Type: text/plain; charset=utf-8

I'm sorry to have to inform you that your message could not be delivered.

--ABC.123/mail.example
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example
Arrival-Date: Mon,  2 Mar 2026 11:59:59 +0100 (CET)

Final-Recipient: rfc822; proefpersoon@ander.example
Original-Recipient: rfc822;proefpersoon@ander.example
Action: failed
Status: 5.1.1
Remote-MTA: dns; mx.ander.example
Diagnostic-Code: smtp; 550 5.1.1 no such user

--ABC.123/mail.example
Content-Description: Undelivered Message
Content-Type: message/rfc822

From: Proef <{SENDER}>
To: proefpersoon@ander.example
Subject: Hoe ging het?
Message-ID: <{REFERENCE}@voorbeeld.example>

Dag Proefpersoon

--ABC.123/mail.example--
"""


def said(*changes: tuple[str, str]) -> Bounce | None:
    mail = POSTFIX
    for old, new in changes:
        assert old in mail
        mail = mail.replace(old, new)
    assert read(mail.encode(), SENDER) == read(mail.replace("\n", "\r\n").encode(), SENDER)
    return read(mail.encode(), SENDER)


def test_a_mail_that_came_back() -> None:
    assert said() == Bounce(REFERENCE, permanent=True)


@pytest.mark.parametrize(
    "changes",
    [
        [(f"To: {MARKED}", f'To: "{MARKED}" <{MARKED}>')],
        [(f"To: {MARKED}", f"To: {MARKED.upper()}")],
        [(MARKED, "postmaster@voorbeeld.example")],  # only the mail inside tells
        [(f"\nTo: {MARKED}", "\nTo: undisclosed"), ("<" + REFERENCE, "<" + "f" * 32)],
        [("message/rfc822\n", "text/rfc822-headers\n"), (MARKED, "postmaster@voorbeeld.example")],
        [("Action: failed", "Action: Failed (it did)")],
        [("Status: 5.1.1", "Status: 5.1.1 (bad destination mailbox address)")],
        [("report-type=delivery-status", 'Report-Type="Delivery-Status"')],
        [
            ("Content-Type: message/rfc822", "Content-Type: message/global"),
            ("Status: 5.1.1", "Status: 5.0.0"),
        ],
    ],
)
def test_other_ways_to_say_the_same(changes: list[tuple[str, str]]) -> None:
    assert said(*changes) == Bounce(REFERENCE, permanent=True)


@pytest.mark.parametrize("status", ["4.4.7", "4.2.2", "5.2.2", "5.7.1", "2.0.0", "onzin", ""])
def test_given_up_but_not_for_good(status: str) -> None:
    assert said(("Status: 5.1.1", f"Status: {status}")) == Bounce(REFERENCE, permanent=False)


@pytest.mark.parametrize(
    "changes",
    [
        [("Action: failed", "Action: delayed"), ("Status: 5.1.1", "Status: 4.4.1")],
        [("Action: failed", "Action: delivered")],
        [("Action: failed", "Action: relayed")],
        [("Action: failed\n", "")],
        [("report-type=delivery-status", "report-type=disposition-notification")],
        [("multipart/report", "multipart/mixed")],
        [("message/delivery-status", "text/plain")],
        [(REFERENCE, "f" * 31)],
        [(MARKED, "postmaster@voorbeeld.example"), (f"<{REFERENCE}@", "<anders@")],
        [("voorbeeld.example", "elders.example")],
        [
            (
                "Diagnostic-Code: smtp; 550 5.1.1 no such user",
                "\nFinal-Recipient: rfc822; b@c.d\nAction: delayed",
            )
        ],
    ],
)
def test_what_ends_nothing(changes: list[tuple[str, str]]) -> None:
    assert said(*changes) is None


@pytest.mark.parametrize(
    "mail",
    [
        b"",
        b"\xff\xfe\x00" * 100,
        f"To: {MARKED}\nSubject: Afwezig\nAuto-Submitted: auto-replied\n\nIk ben er maandag weer.".encode(),
        f"To: {MARKED}\nSubject: Re: Hoe ging het?\n\nAction: failed\nStatus: 5.1.1\n".encode(),
        f"To: {MARKED}\nContent-Type: multipart/report; report-type=delivery-status\n\nleeg".encode(),
        f"To: {MARKED}\nContent-Type: multipart/report; report-type*=utf-8''x; boundary=\n\n--\n".encode(),
        f"To: {MARKED}\nContent-Type: message/delivery-status\n\nAction: failed\nStatus: 5.0.0\n".encode(),
    ],
)
def test_an_answering_machine_and_rubbish(mail: bytes) -> None:
    assert read(mail, SENDER) is None


@given(st.data())
def test_no_mail_is_too_strange_to_read(data: st.DataObject) -> None:
    """Cut, doubled and spoiled at any place, it is read or it is not; it never breaks."""
    mail = bytearray(POSTFIX.encode())
    for _n in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(mail)))
        length = data.draw(st.integers(0, 60))
        mail[place : place + length] = data.draw(st.binary(max_size=20))
    found = read(bytes(mail), SENDER)
    assert found is None or len(found.reference) == 32


def test_a_huge_mail_is_not_read_to_its_end() -> None:
    assert read(POSTFIX.encode() + b"x" * (2 * bounces.MOST_BYTES), SENDER) == Bounce(
        REFERENCE, permanent=True
    )


def sent(outbox: Outbox) -> str:
    outbox.add(Channel.EMAIL, 1)
    outbox.deliver()
    assert outbox.message(1).state == State.SENT
    return outbox.message(1).reference


def test_the_feature_hears_it_once(outbox: Outbox) -> None:
    reference = sent(outbox)
    for is_news in (True, False):
        with transaction():
            assert bounced(reference, {TOPIC: outbox.feature}) is is_news
    assert outbox.feature.told == [("sent", "1"), ("lost", "1")]
    assert outbox.message(1).state == State.BOUNCED
    assert outbox.message(1).problem == "kwam terug"


def test_what_did_not_leave_cannot_come_back(outbox: Outbox) -> None:
    outbox.add(Channel.EMAIL, 1)
    with transaction():
        assert not bounced(outbox.message(1).reference, {TOPIC: outbox.feature})
        assert not bounced("f" * 32, {TOPIC: outbox.feature})
    assert outbox.message(1).state == State.WAITING


def run(app: Flask, *words: str, given: bytes = b"") -> Result:
    return CliRunner().invoke(commands, ["bounced", *words], obj=lambda: app, input=given)


def test_the_mail_server_pipes_it_in(outbox: Outbox, app: Flask, tmp_path: Path) -> None:
    returned = POSTFIX.replace(REFERENCE, sent(outbox)).encode()
    (tmp_path / "terug.eml").write_bytes(returned)
    taken = run(app, str(tmp_path / "terug.eml"))
    assert taken.exit_code == 0
    assert "Verwerkt" in taken.stdout
    assert outbox.message(1).state == State.BOUNCED
    again = run(app, given=returned)
    assert again.exit_code == 0
    assert "al verwerkt" in again.stdout
    assert "niets veranderd" in run(app, "-", given=b"Subject: Afwezig\n\nTot maandag").stdout
    soft = run(app, given=returned.replace(b"Status: 5", b"Status: 4"))
    assert soft.exit_code == 0
    assert "kan nog goed zijn" in soft.stdout


def test_the_real_feature_takes_a_mail_about_nobody(outbox: Outbox, app: Flask) -> None:
    """With the surveys' own handler, where the invitation is gone."""
    returned = POSTFIX.replace(REFERENCE, sent(outbox)).encode()
    assert run(app, given=returned).exit_code == 0
    assert db.session.get(Message, outbox.message(1).id) is not None


@pytest.mark.parametrize("name", ["er-is-niets.eml", "."])
def test_a_file_that_cannot_be_read(tmp_path: Path, name: str) -> None:
    environment = {**os.environ, "PORTAL_INSTANCE": str(tmp_path)}
    command = [Path(sys.executable).with_name("portal"), "bounced", str(tmp_path / name)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "niet te lezen" in done.stderr
    assert "Traceback" not in done.stderr
