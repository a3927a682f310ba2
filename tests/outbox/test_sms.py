"""Handing text messages to a provider, and to ones that hang, lie, drip or hang up."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from portal import clock
from portal.config import SmsProvider
from portal.outbox import watchdog
from portal.outbox.post import AddressRefused, NotSent, Post, ServerAway, TryLater
from portal.outbox.rules import Channel
from portal.outbox.sms import MOST_BYTES, SmsTransport
from tests.outbox.other_side import MOST_BLOCKS, Answer, Asked, Provider, sms_provider, talker
from tests.ports import free_port

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def a_post(to: str = "+31612345678") -> Post:
    return Post("a1" * 16, Channel.SMS, to, text="Dag Proefpersoon ë", segments=1)


@pytest.fixture
def provider() -> Iterator[Provider]:
    with sms_provider() as running:
        yield running


@pytest.fixture
def transport(provider: Provider) -> Iterator[SmsTransport]:
    made = SmsTransport(SmsProvider.of(provider.url), "SKT")
    yield made
    made.close()


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchdog, "MOST_SECONDS", 0.5)


def refusal(transport: SmsTransport, post: Post | None = None) -> NotSent:
    with pytest.raises(NotSent) as caught:
        transport.hand_over(post or a_post())
    assert "+31" not in caught.value.problem
    return caught.value


def test_a_text_message_arrives(transport: SmsTransport, provider: Provider) -> None:
    transport.hand_over(a_post())
    (asked,) = provider.asked
    assert asked.body == {
        "to": "+31612345678",
        "from": "SKT",
        "text": "Dag Proefpersoon ë",
        "reference": "a1" * 16,
    }
    assert asked.key == "a1" * 16
    assert asked.headers["Authorization"] == "Bearer proef-token"
    assert "proef-token" not in asked.headers["Host"]


def test_a_proxy_in_the_environment_is_not_asked(
    transport: SmsTransport, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    made = SmsTransport(SmsProvider.of(provider.url), "SKT")
    made.hand_over(a_post())
    made.close()
    assert len(provider.delivered) == 1


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        # It lies: says yes without a message to show for it.
        (200, b"", TryLater),
        (200, b"OK", TryLater),
        (200, b"<html>Welkom</html>", TryLater),
        (200, b'{"status": "failed"}', TryLater),
        (200, b'{"id": ""}', TryLater),
        (200, b'{"id": null}', TryLater),
        (200, b'{"id": true}', TryLater),
        (200, b'{"id": {}}', TryLater),
        (200, b'["id"]', TryLater),
        (200, b"[" * 50_000, TryLater),
        (200, b'{"id": 1' + b"0" * 5_000 + b"}", TryLater),
        (200, b'{"id": "1"}' + b" " * MOST_BYTES, TryLater),
        (200, b"\xff\xfe\x00", TryLater),
        (204, b"", TryLater),
        (301, b'{"id": "1"}', TryLater),
        # The number is wrong.
        (422, b"", AddressRefused),
        (410, b"{}", AddressRefused),
        (400, b'{"error": "number"}', AddressRefused),
        (404, b'{"error": "number"}', AddressRefused),
        # Our address of the provider is wrong, not everybody's number.
        (404, b"<html>Not found</html>", TryLater),
        (404, b'{"message": "no Route matched with those values"}', TryLater),
        (400, b"Bad request", TryLater),
        # We are not let in: the same for every message.
        (401, b"{}", ServerAway),
        (402, b"{}", ServerAway),
        (403, b"{}", ServerAway),
        (429, b"{}", ServerAway),
        (500, b"", TryLater),
        (503, b"{}", TryLater),
        (409, b"{}", TryLater),
    ],
)
def test_an_answer_that_is_no_yes(
    transport: SmsTransport, provider: Provider, status: int, body: bytes, kind: type[NotSent]
) -> None:
    provider.answer = lambda _asked: Answer(status, body)
    assert type(refusal(transport)) is kind


@pytest.mark.parametrize("body", [b'{"id": "x"}', b'{"id": 17, "status": "queued"}', b' {"id": "0"}\n'])
def test_an_answer_that_is_yes(transport: SmsTransport, provider: Provider, body: bytes) -> None:
    provider.answer = lambda _asked: Answer(202, body)
    transport.hand_over(a_post())


@pytest.mark.parametrize(
    ("asked", "wait"),
    [
        ("120", timedelta(minutes=2)),
        ("0", timedelta(0)),
        ("999999999", timedelta(hours=6)),
        (format_datetime(NOON + timedelta(minutes=5), usegmt=True), timedelta(minutes=5)),
        (format_datetime(NOON - timedelta(minutes=5), usegmt=True), timedelta(0)),
        ("-5", None),
        ("straks", None),
        ("", None),
        ("9" * 400, None),
    ],
)
def test_how_long_we_are_asked_to_wait(
    transport: SmsTransport,
    provider: Provider,
    monkeypatch: pytest.MonkeyPatch,
    asked: str,
    wait: timedelta | None,
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)
    provider.answer = lambda _asked: Answer(429, headers={"Retry-After": asked})
    failure = refusal(transport)
    assert isinstance(failure, TryLater)
    assert failure.after == wait


def test_three_failures_in_a_row_are_the_provider_and_not_the_message(
    transport: SmsTransport, provider: Provider
) -> None:
    provider.answer = lambda _asked: Answer(500)
    assert [type(refusal(transport)) for _turn in range(3)] == [TryLater, TryLater, ServerAway]
    provider.answer = lambda _asked: None
    transport.hand_over(a_post())
    provider.answer = lambda _asked: Answer(500)
    assert type(refusal(transport)) is TryLater, "one that left starts the count again"


@pytest.mark.parametrize(
    "answer",
    [
        Answer(how="hang"),
        Answer(body=b'{"id": "1"}' + b" " * 60_000, how="drip"),
        Answer(body=b'{"id": "1"}' + b" " * 60_000, how="half"),
    ],
)
def test_a_provider_that_hangs_drips_or_hangs_up(
    transport: SmsTransport, provider: Provider, hurry: None, answer: Answer
) -> None:
    provider.answer = lambda _asked: answer
    started = time.monotonic()
    assert type(refusal(transport)) is ServerAway
    assert time.monotonic() - started < 5
    provider.answer = lambda _asked: None
    transport.hand_over(a_post())
    assert list(provider.delivered) == ["a1" * 16]


def test_an_endless_answer_is_not_read_to_its_end(transport: SmsTransport, provider: Provider) -> None:
    provider.answer = lambda _asked: Answer(how="endless")
    assert type(refusal(transport)) is TryLater
    assert provider.blocks < MOST_BLOCKS


@pytest.mark.parametrize("said", [b"HTTP/1.1 200 OK\r\nX-Lang: ja\r\n", b"x"])
def test_headers_a_letter_at_a_time(hurry: None, said: bytes) -> None:
    with talker(said, every=0.01) as port:
        transport = SmsTransport(SmsProvider.of(f"http://127.0.0.1:{port}/"), "SKT")
        started = time.monotonic()
        assert type(refusal(transport)) is ServerAway
        assert time.monotonic() - started < 5
        transport.close()


def test_a_provider_that_is_not_there() -> None:
    transport = SmsTransport(SmsProvider.of(f"http://127.0.0.1:{free_port()}/"), "SKT")
    assert type(refusal(transport)) is ServerAway
    transport.close()


@pytest.mark.parametrize("to", ["", "0612345678", "+31 6", "proef", "+316\r\n12345678"])
def test_a_number_that_cannot_be(transport: SmsTransport, provider: Provider, to: str) -> None:
    assert type(refusal(transport, a_post(to))) is AddressRefused
    assert not provider.asked


def test_the_same_key_makes_one_message(transport: SmsTransport, provider: Provider) -> None:
    def taken_but_not_told(asked: Asked) -> Answer:
        provider.delivered.setdefault(asked.key, asked.body["text"])
        return Answer(how="half", body=b'{"id": "1"}')

    provider.answer = taken_but_not_told
    assert isinstance(refusal(transport), ServerAway)
    provider.answer = lambda _asked: None
    transport.hand_over(a_post())
    assert provider.arrived["a1" * 16] == 2
    assert len(provider.delivered) == 1
