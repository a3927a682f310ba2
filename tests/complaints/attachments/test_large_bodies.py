"""Much too much at once, against the server as it runs in production: answered soon, and never read whole."""

import json
import re
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import pytest

from portal.complaints import attachments
from portal.complaints.attachments import LIMIT
from portal.complaints.filing import operations, queries
from portal.complaints.filing.rules import Filling
from portal.uploads import READ_AWAY
from tests.browser.site import Site
from tests.complaints.attachments import files
from tests.complaints.attachments.drafts import home

MEGABYTE = 1024 * 1024
HUGE = 300 * MEGABYTE
SOON = 15
"""Seconds, on a busy machine; it takes a tenth of one."""
WORDS = "Dit bestand is groter dan 10 MB. Het is niet toegevoegd."


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A portal of its own, without anything in it."""
    made = Site(tmp_path_factory.mktemp("large"))
    made.prepare(demo=False)
    try:
        made.start()
        yield made
    finally:
        made.stop()


@pytest.fixture
def token(site: Site) -> str:
    """Somebody began, and added one file."""
    with site.changing():
        draft = operations.begin(Filling(), "nl")
        judged = attachments.judge(files.PDF, "eerste.pdf")
        attachments.keep(draft, judged, attachments.seal(judged))
        return queries.token_of(draft)


@dataclass(frozen=True)
class Answer:
    """What came back, and how much was sent before it did."""

    status: int
    words: str
    sent: int
    seconds: float


def sent(site: Site, address: str, size: int, *, chunked: bool = False) -> Answer:
    """Send a file of this many bytes, and look for an answer after every piece, as a careful client does."""
    body_length = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {size}"
    head = (
        f"POST {address} HTTP/1.1\r\nHost: 127.0.0.1:{site.port}\r\n{body_length}\r\n"
        "Content-Type: multipart/form-data; boundary=grens\r\n\r\n"
    )
    start = b'--grens\r\nContent-Disposition: form-data; name="file"; filename="film.pdf"\r\n\r\n%PDF-'
    piece = bytes(64 * 1024)
    began, count = time.monotonic(), 0
    with socket.create_connection(("127.0.0.1", site.port), timeout=30) as line:
        line.sendall(head.encode())
        try:
            while count < size:
                data = (start + piece)[: len(piece)] if count == 0 else piece[: size - count]
                line.sendall(b"%x\r\n%b\r\n" % (len(data), data) if chunked else data)
                count += len(data)
                if _is_answered(line):
                    break
        except (BrokenPipeError, ConnectionResetError):
            pass  # The server would have no more of it; what it said can still be read.
        text = _read(line)
    status = int(text.split(" ", 2)[1])
    words = re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", text.partition("\r\n\r\n")[2])))
    return Answer(status, words, count, time.monotonic() - began)


def _is_answered(line: socket.socket) -> bool:
    line.setblocking(False)
    try:
        return bool(line.recv(1, socket.MSG_PEEK))
    except BlockingIOError:
        return False
    finally:
        line.settimeout(30)


def _read(line: socket.socket) -> str:
    """The whole answer: its head, and as many bytes as that says."""
    data = b""
    while b"\r\n\r\n" not in data or len(data.partition(b"\r\n\r\n")[2]) < _length(data):
        part = line.recv(65536)
        if not part:
            break
        data += part
    return data.decode()


def _length(data: bytes) -> int:
    found = re.search(rb"content-length: (\d+)", data, re.IGNORECASE)
    return int(found[1]) if found else 0


def memory(site: Site) -> int:
    """The most memory that one of the server's processes ever had, in megabytes."""
    assert site.process
    parent = site.process.pid
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    assert children, "the server has workers"
    peaks = []
    for child in [str(parent), *children]:
        status = Path(f"/proc/{child}/status").read_text()
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        assert found
        peaks.append(int(found[1]) // 1024)
    return max(peaks)


@pytest.mark.parametrize("chunked", [False, True], ids=["length told", "in chunks"])
def test_three_hundred_megabytes(site: Site, token: str, chunked: bool) -> None:
    sent(site, home(token), 1024)
    before = memory(site)
    answer = sent(site, home(token), HUGE, chunked=chunked)
    assert answer.status == 413
    assert WORDS in answer.words
    assert "Er is 1 van 5 bestanden bij eerste.pdf" in answer.words, "what was there is still there"
    assert answer.sent < HUGE / 3, f"{answer.sent // MEGABYTE} MB were taken in"
    assert answer.seconds < SOON
    assert memory(site) - before < 60, "megabytes: a body of ten, and what is made of it"


@pytest.mark.parametrize("size", [LIMIT + 200_000, READ_AWAY - MEGABYTE])
def test_somewhat_too_much_is_read_to_its_end_so_that_every_browser_shows_the_answer(
    site: Site, token: str, size: int
) -> None:
    answer = sent(site, home(token), size)
    assert (answer.status, answer.sent) == (413, size)
    assert WORDS in answer.words


def test_a_link_that_opens_nothing_takes_nothing_in(site: Site) -> None:
    answer = sent(site, home("A" * 24), HUGE)
    assert answer.status == 303
    assert answer.sent < HUGE / 3 and answer.seconds < SOON


@pytest.mark.parametrize("address", ["/klacht", "/klacht/volgen", "/v"])
def test_other_pages_take_no_more_than_before(site: Site, address: str) -> None:
    answer = sent(site, address, HUGE)
    assert answer.status == 413
    assert answer.sent < HUGE / 3 and answer.seconds < SOON


def test_the_server_is_well_and_wrote_nothing_of_it(site: Site, token: str) -> None:
    assert sent(site, home(token), HUGE).status == 413
    assert sent(site, home(token), 4096).status in {400, 422}, "and takes the next"
    for line in site.log().splitlines():
        if line.startswith("{"):
            assert json.loads(line)["event"] == "request", line
        assert "film.pdf" not in line and token not in line
