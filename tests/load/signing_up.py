"""People who sign up for the same evening at the same moment, each from a home of their own."""

import re
import threading
import time
from dataclasses import dataclass

import httpx

from tests.load.filing import hidden

PATIENCE_SECONDS = 180
IN, IN_LINE = re.compile(r"<h1>U hebt een plek</h1>"), re.compile(r"wachtlijst, nummer (\d+)</h1>")


@dataclass(frozen=True)
class Rush:
    """What everybody was told, and how long it took from the first to the last."""

    numbers: list[int]
    """The number in line of each; 0 for a place."""
    seconds: float

    @property
    def a_minute(self) -> float:
        return 60 * len(self.numbers) / self.seconds


def rush(address: str, slug: str, people: int) -> Rush:
    """Everybody opens the page, and then all press the button at once. Fails on any error page."""
    links: list[str] = []
    failed: list[BaseException] = []
    pressed = threading.Barrier(people + 1)
    limits = httpx.Limits(max_connections=people, max_keepalive_connections=0)
    with httpx.Client(base_url=address, timeout=PATIENCE_SECONDS, limits=limits) as line:

        def one(person: int, given: dict[str, str]) -> None:
            pressed.wait()
            try:
                answer = line.post(f"/talks/{slug}", data=given, headers=_home(person))
                assert answer.status_code == httpx.codes.SEE_OTHER, f"{answer.status_code}: {answer.text}"
                links.append(answer.headers["Location"])
            except BaseException as error:  # noqa: BLE001 - told to who waits
                failed.append(error)

        forms = [_filled(line, slug, person) for person in range(people)]
        threads = [threading.Thread(target=one, args=(person, given)) for person, given in enumerate(forms)]
        for thread in threads:
            thread.start()
        pressed.wait()
        began = time.monotonic()
        for thread in threads:
            thread.join()
        seconds = time.monotonic() - began
        if failed:
            raise AssertionError(f"{len(failed)} of {people} failed") from failed[0]
        return Rush([_number(line.get(link).text) for link in links], seconds)


def _filled(line: httpx.Client, slug: str, person: int) -> dict[str, str]:
    shown = line.get(f"/talks/{slug}", headers=_home(person))
    assert shown.status_code == httpx.codes.OK
    mine = {"first_name": "Proef", "contact": f"p{person}@voorbeeld.example", "who": "parent"}
    return hidden(shown.text) | mine


def _home(person: int) -> dict[str, str]:
    """As the proxy in front says it: not everybody comes from one address."""
    return {"X-Forwarded-For": f"10.1.{person // 250}.{person % 250 + 1}"}


def _number(page: str) -> int:
    waits = IN_LINE.search(page)
    assert waits or IN.search(page), page
    return int(waits[1]) if waits else 0
