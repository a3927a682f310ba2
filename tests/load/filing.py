"""People who file a complaint over a line that breaks: each keeps trying what a browser would try."""

import re
import threading
import time
from dataclasses import dataclass
from html import unescape

import httpx

HIDDEN = re.compile(r'<input[^>]*?\bname="(?P<name>[^"]+)"[^>]*?\bvalue="(?P<value>[^"]*)"')
TYPE = re.compile(r'type="hidden"')
RECEIPT = re.compile(r"KL-\d{4}-\d{4}")
CODE = re.compile(r"\b[0-9A-Z]{4} [0-9A-Z]{4} [0-9A-Z]{4}\b")
FILE = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
PATIENCE_SECONDS = 120


@dataclass(frozen=True)
class Acknowledged:
    """What somebody saw on the screen, with what he or she wrote."""

    words: str
    reference: str
    code: str


class Filer:
    """Somebody with a phone in a tunnel."""

    def __init__(self, line: httpx.Client, words: str) -> None:
        self.line, self.words = line, words

    def file(self) -> Acknowledged:
        """Fill in everything and send it; return what the receipt said."""
        start = self._again("GET", "/klacht?wat=klacht&wie=ik&hulp=volwassenen")
        step = self._again("POST", "/klacht?wat=klacht&wie=ik&hulp=volwassenen", data=hidden(start.text))
        link = str(step.url).rsplit("/", 1)[0]
        for page, given in (
            ("wat", {"what": self.words}),
            ("over", {"about": "iemand", "domain": "adults"}),
            ("bijlagen", {}),
            ("bereikbaar", {"name": "Proefpersoon"}),
        ):
            shown = self._again("GET", f"{link}/{page}")
            files = {"file": ("bewijs.pdf", FILE + self.words.encode())} if page == "bijlagen" else None
            data = hidden(shown.text) | given | {"action": "next"}
            self._again("POST", f"{link}/{page}", data=data, files=files)
        review = self._again("GET", f"{link}/nakijken")
        receipt = self._again("POST", f"{link}/nakijken", data=hidden(review.text))
        reference, code = RECEIPT.search(receipt.text), CODE.search(receipt.text)
        assert reference and code, f"no receipt but {receipt.status_code}: {receipt.text[:3000]}"
        return Acknowledged(self.words, reference[0], code[0])

    def _again(self, method: str, url: str, **given: object) -> httpx.Response:
        """The same request until it is answered."""
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                answer = self.line.request(method, url, **given)  # type: ignore[arg-type]
                if answer.status_code < httpx.codes.INTERNAL_SERVER_ERROR:
                    return answer
            except httpx.TransportError:
                pass
            assert time.monotonic() < until, f"{method} was never answered"
            time.sleep(0.2)


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of a page with one form."""
    return {
        found["name"]: unescape(found["value"]) for found in HIDDEN.finditer(page) if TYPE.search(found[0])
    }


def at_once(address: str, people: int, complaints: int, label: str) -> list[Acknowledged]:
    """So many people each file so many complaints, all at the same time."""
    seen: list[Acknowledged] = []
    failed: list[BaseException] = []

    def one(person: int) -> None:
        try:
            for number in range(complaints):
                with httpx.Client(base_url=address, follow_redirects=True, timeout=20) as line:
                    told = Filer(line, f"{label} persoon {person} klacht {number}").file()
                seen.append(told)
        except BaseException as error:  # noqa: BLE001 - told to who waits
            failed.append(error)

    threads = [threading.Thread(target=one, args=(person,)) for person in range(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    return seen
