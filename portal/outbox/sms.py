"""Text messages, handed over to a provider that speaks JSON over HTTP.

PORTAL_SMS_URL is the whole address; a name before the @ is the token, sent as `Authorization: Bearer`.
One message is `POST {"to": "+316…", "from": "SKT", "text": "…", "reference": "…"}` with the header
`Idempotency-Key`: the same key again must not make a second message. It was taken when the answer is
2xx with a JSON object that has an `id`.
"""

import json
import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from portal import clock
from portal.config import SmsProvider
from portal.outbox import watchdog
from portal.outbox.post import AddressRefused, Post, ServerAway, TryLater

MOST_BYTES = 64 * 1024
MOST_FAILURES = 3
"""After so many answers in a row that are no answer, the provider is left alone for a while."""
LONGEST_REST = timedelta(hours=6)
_NUMBER = re.compile(r"\+[0-9]{6,15}")


class SmsTransport:
    """One worker's line to the provider. `sender` is what the phone shows as the sender."""

    def __init__(self, provider: SmsProvider, sender: str) -> None:
        self._provider = provider
        self._sender = sender
        self._failures = 0
        self._watchdog = watchdog.Watchdog()
        self._client = httpx.Client(
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(watchdog.ANSWER_SECONDS, connect=watchdog.CONNECT_SECONDS),
            limits=httpx.Limits(max_connections=1),
            headers={"Accept": "application/json", "Accept-Encoding": "identity"},
        )
        if provider.token:
            self._client.headers["Authorization"] = f"Bearer {provider.token}"

    def hand_over(self, post: Post) -> None:
        """Return when the provider took it. Raises AddressRefused, ServerAway or TryLater.

        It is safe to hand over the same message again: the key tells the provider that it is the same.
        """
        if not _NUMBER.fullmatch(post.to):
            raise AddressRefused("dit telefoonnummer kan niet")
        with self._watchdog.limit():
            try:
                status, headers, body = self._ask(post)
            except httpx.HTTPError as error:
                raise ServerAway(self._away()) from error
            if self._watchdog.has_cut:
                raise ServerAway(self._away())
        try:
            _judge(status, headers, body)
        except TryLater as error:
            self._failures += 1
            if self._failures >= MOST_FAILURES and not isinstance(error, ServerAway):
                raise ServerAway(error.problem, error.after) from error
            raise
        self._failures = 0

    def close(self) -> None:
        """Hang up."""
        self._client.close()
        self._watchdog.close()

    def _away(self) -> str:
        return "de sms-dienst antwoordt niet op tijd" if self._watchdog.has_cut else "de sms-dienst is weg"

    def _ask(self, post: Post) -> tuple[int, httpx.Headers, bytes]:
        asked = {"to": post.to, "from": self._sender, "text": post.text, "reference": post.reference}
        with self._client.stream(
            "POST",
            self._provider.url,
            json=asked,
            headers={"Idempotency-Key": post.reference},
            extensions={"trace": self._trace},
        ) as answer:
            body = b""
            for part in answer.iter_raw():
                body += part
                if len(body) > MOST_BYTES:
                    break
            return answer.status_code, answer.headers, body

    def _trace(self, name: str, info: dict[str, Any]) -> None:
        if name == "connection.connect_tcp.complete":
            self._watchdog.watch(info["return_value"].get_extra_info("socket"))


def _judge(status: int, headers: httpx.Headers, body: bytes) -> None:
    """Return when the answer says that the message was taken. Raises what it says otherwise."""
    answer = _object(body)
    if 200 <= status < 300:
        if not _has_id(answer):
            raise TryLater("de sms-dienst gaf een antwoord dat we niet begrijpen")
        return
    # A wrong address in our own settings is answered with 400 or 404 too: then it must say what is wrong.
    if status in {410, 422} or (status in {400, 404} and (answer or {}).get("error") == "number"):
        raise AddressRefused(f"de sms-dienst kent dit nummer niet ({status})")
    if status in {401, 402, 403}:
        raise ServerAway(f"de sms-dienst laat ons niet toe ({status})")
    if status == 429:
        raise ServerAway("de sms-dienst vraagt om te wachten (429)", _retry_after(headers))
    raise TryLater(f"de sms-dienst nam het bericht niet aan ({status})", _retry_after(headers))


def _object(body: bytes) -> dict[str, Any] | None:
    if len(body) > MOST_BYTES:
        return None
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _has_id(answer: dict[str, Any] | None) -> bool:
    given = (answer or {}).get("id")
    return not isinstance(given, bool) and isinstance(given, str | int | float) and str(given).strip() != ""


def _retry_after(headers: httpx.Headers) -> timedelta | None:
    """What the provider asks us to wait: seconds or a date; at most LONGEST_REST."""
    asked = headers.get("Retry-After", "").strip()
    wait: timedelta | None = None
    if re.fullmatch(r"[0-9]{1,9}", asked):
        wait = timedelta(seconds=int(asked))
    elif asked:
        with suppress(ValueError, OverflowError):
            moment = parsedate_to_datetime(asked)
            wait = _aware(moment) - clock.now()
    return None if wait is None else max(timedelta(0), min(wait, LONGEST_REST))


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
