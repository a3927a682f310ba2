"""Letters as they leave the printer: the address in the window, one page each, a code that opens the link."""

import re
import zlib
from collections.abc import Iterator
from datetime import date
from itertools import product
from typing import Any

import pytest
import segno
from playwright.sync_api import Locator, Page

from portal.identity.rules import Role
from portal.surveys.rules import Moment, Perspective
from tests.browser.people import People
from tests.browser.site import Site
from tests.browser.states_letters import LETTERS, Letter, LettersPage, waiting, wipe, write

MM = 96 / 25.4
PAPER = {"width": round(210 * MM), "height": round(297 * MM)}
# The window of the envelope, and all that it can show when the letter slides in it (left, top, right, bottom).
WINDOW, SEEN_AT_MOST = (20, 50, 105, 80), (0, 42, 130, 92)
LOWEST_WORDS = 297 - 12
LONG_DAY = date(2027, 9, 22)  # of no day is the name longer, in both languages
TEMPLATES = ("survey_invitation", "survey_reminder", "survey_reminder_started")
LONG_NAME = "Mevrouw Wilhelmina Antoinetta van den Heuvel-Oosterwijk van Nieuwenhuizen"
LONG_STREET = "Burgemeester van der Goes van Naterslaan 123, ingang aan de achterzijde, boven de garage"

# All that is drawn by itself in a letter, in millimetres from the corner of its page.
DRAWN = """letter => {
  const origin = letter.getBoundingClientRect(), mm = 25.4 / 96, found = [];
  const note = (what, box) => { if (box.width && box.height) found.push([what, (box.left - origin.left) * mm,
    (box.top - origin.top) * mm, (box.right - origin.left) * mm, (box.bottom - origin.top) * mm]); };
  const words = document.createTreeWalker(letter, NodeFilter.SHOW_TEXT);
  while (words.nextNode()) {
    const range = document.createRange();
    range.selectNodeContents(words.currentNode);
    const owner = words.currentNode.parentElement;
    const part = owner.closest(".letter__address, .letter__sender, .letter__house, .letter__small") || owner;
    if (words.currentNode.data.trim()) for (const box of range.getClientRects()) note(part.className, box);
  }
  for (const drawing of letter.querySelectorAll("svg")) note("qr", drawing.getBoundingClientRect());
  return found;
}"""

# What a camera sees: dark or light in the middle of every module.
MODULES = """async ([drawing, size]) => {
  const scale = 8, image = new Image();
  image.src = "data:image/svg+xml," + encodeURIComponent(drawing.replace("<svg ",
    `<svg xmlns="http://www.w3.org/2000/svg" width="${size * scale}" height="${size * scale}" `));
  await image.decode();
  const canvas = Object.assign(document.createElement("canvas"), {width: size * scale, height: size * scale});
  const pen = canvas.getContext("2d", {willReadFrequently: true});
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(image, 0, 0);
  const dark = (x, y) => pen.getImageData((x + 0.5) * scale, (y + 0.5) * scale, 1, 1).data[0] < 128 ? 1 : 0;
  return [...Array(size).keys()].map(y => [...Array(size).keys()].map(x => dark(x, y)));
}"""


@pytest.fixture
def desk(bare_site: Site, people: People) -> Iterator[LettersPage]:
    """Somebody of the quality team at a desk; nobody was asked anything yet."""
    wipe(bare_site)
    page = people.staff(bare_site, Role.QUALITY, viewport=PAPER)
    page.goto(bare_site.address + LETTERS)
    yield LettersPage(page)
    page.emulate_media(media="null")
    wipe(bare_site)


def printed(desk: LettersPage) -> Page:
    """A batch of all that waits, as the printer gets it."""
    desk.page.reload()
    desk.make()
    desk.print()
    desk.page.emulate_media(media="print")
    return desk.page


def drawn(letter: Locator) -> list[tuple[str, float, float, float, float]]:
    return [tuple(part) for part in letter.evaluate(DRAWN)]


def within(box: tuple[float, ...], window: tuple[float, ...], play: float = 0.5) -> bool:
    """Whether it lies in the window; the box of a line is a little higher than its letters."""
    left, top, right, bottom = window
    return (
        box[0] >= left - play and box[1] >= top - play and box[2] <= right + play and box[3] <= bottom + play
    )


def outside(box: tuple[float, ...], window: tuple[float, ...]) -> bool:
    left, top, right, bottom = window
    return box[2] <= left or box[0] >= right or box[3] <= top or box[1] >= bottom


def pages_of(page: Page) -> int:
    """How many sheets of paper it takes; all of them A4."""
    pdf = page.pdf(prefer_css_page_size=True)
    sizes = set(re.findall(rb"/MediaBox \[0 0 (\d+)[.\d]* (\d+)[.\d]*\]", pdf))
    assert sizes <= {(b"594", b"841"), (b"595", b"842"), (b"595", b"841")}, sizes
    return len(re.findall(rb"/Type /Page\b", pdf))


def rectangles(pdf: bytes) -> list[tuple[int, ...]]:
    """All rectangles that are drawn in a PDF: left, top, width and height in whole millimetres of the paper."""
    found = []
    # One line's end before the last word is not of the data: a byte that looks like more of one may be.
    for stream in re.findall(rb"FlateDecode.*?stream\r?\n(.*?)\nendstream", pdf, re.DOTALL):
        try:
            words = zlib.decompress(stream).split()
        except zlib.error:
            continue
        matrix, kept = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0), []
        for place, word in enumerate(words):
            if word == b"q":
                kept.append(matrix)
            elif word == b"Q" and kept:
                matrix = kept.pop()
            elif word == b"cm":
                a, _b, _c, d, e, f = map(float, words[place - 6 : place])
                matrix = (
                    a * matrix[0],
                    0.0,
                    0.0,
                    d * matrix[3],
                    e * matrix[0] + matrix[4],
                    f * matrix[3] + matrix[5],
                )
            elif word == b"re":
                x, y, width, height = map(float, words[place - 4 : place])
                left, top = x * matrix[0] + matrix[4], 842 - (y * matrix[3] + matrix[5])
                sizes = (left, top, width * matrix[0], -height * matrix[3])
                found.append(tuple(round(size / 72 * 25.4) for size in sizes))
    return found


def three(site: Site) -> list[Letter]:
    """Somebody ordinary, a long name and address, and a young person who reads English."""
    return [
        write(site, "Proefpersoon Een"),
        write(site, LONG_NAME, street=LONG_STREET, moment=Moment.PLAN, template="survey_reminder"),
        write(site, "Sam Voorbeeld", perspective=Perspective.YOUNG_PERSON, language="en"),
    ]


def test_only_the_address_shows_in_the_window(bare_site: Site, desk: LettersPage) -> None:
    three(bare_site)
    letters = printed(desk).locator(".letter").all()
    assert len(letters) == 3
    for letter in letters:
        parts = drawn(letter)
        address = [box for name, *box in parts if "letter__address" in name]
        assert len(address) >= 3
        assert all(within(tuple(box), WINDOW) for box in address), address
        allowed = ("letter__address", "letter__sender")
        seen = [(name, *box) for name, *box in parts if not outside(tuple(box), SEEN_AT_MOST)]
        assert {name.split()[0] for name, *_box in seen} == set(allowed), seen


@pytest.mark.parametrize("name", ["Voorbeeld " * 10, "W" * 100], ids=["words", "one word"])
def test_the_longest_address_stays_in_the_window(bare_site: Site, desk: LettersPage, name: str) -> None:
    """As long as the import takes one."""
    write(bare_site, name[:100].strip(), street=("Lange Voorbeeldstraat " * 6)[:118] + " 1")
    (letter,) = printed(desk).locator(".letter").all()
    address = [tuple(box) for part, *box in drawn(letter) if "letter__address" in part]
    assert all(within(box, WINDOW) for box in address), address


def test_each_letter_is_one_page_and_begins_a_new_one(bare_site: Site, desk: LettersPage) -> None:
    three(bare_site)
    page = printed(desk)
    for letter in page.locator(".letter").all():
        box = letter.bounding_box()
        assert box and round(box["width"] / MM) == 210 and round(box["height"] / MM) in {296, 297}
    whole = pages_of(page)
    assert whole >= 6, "a letter and its questionnaire never share a page"
    page.evaluate("document.querySelectorAll('.sheet').forEach(sheet => sheet.remove())")
    assert pages_of(page) == 3
    page.evaluate("document.querySelectorAll('.letter').forEach(letter => letter.remove())")
    assert page.locator("body").inner_text().strip() == "", "nothing else of the page is printed"


def test_on_paper_a_millimetre_is_a_millimetre(bare_site: Site, desk: LettersPage) -> None:
    """The browser neither shrinks a letter nor moves it: else the address would leave the window."""
    three(bare_site)
    page = printed(desk)
    page.evaluate("document.querySelectorAll('.sheet').forEach(sheet => sheet.remove())")
    drawn_there = rectangles(page.pdf(prefer_css_page_size=True))
    assert drawn_there.count((0, 0, 210, 296)) == 3, drawn_there


def test_every_letter_there_is_fits_one_page(bare_site: Site, desk: LettersPage) -> None:
    """Every template, moment and reader, in every language, and in Dutch to who reads neither."""
    perspectives: tuple[Any, ...] = (*Perspective, None)
    for template, moment, perspective, language in product(TEMPLATES, Moment, perspectives, ("nl", "en")):
        facts = {"moment": moment, "perspective": perspective, "language": language, "template": template}
        write(bare_site, LONG_NAME, street=LONG_STREET, closes_on=LONG_DAY, **facts)
    write(bare_site, LONG_NAME, language="ar", moment=Moment.CLOSURE)
    for letter in printed(desk).locator(".letter").all():
        lowest = max(box[4] for box in drawn(letter))
        assert lowest <= LOWEST_WORDS + 0.2, letter.inner_text()[:200]


def test_the_code_to_scan_is_the_link(bare_site: Site, desk: LettersPage) -> None:
    written = three(bare_site)
    page = printed(desk)
    for letter, wanted in zip(page.locator(".letter").all(), written, strict=True):
        code = segno.make(wanted.link, error="m", micro=False)
        drawing = letter.locator(".letter__qr svg")
        size = code.symbol_size(border=4)[0]
        seen = page.evaluate(MODULES, [drawing.evaluate("svg => svg.outerHTML"), size])
        assert seen == [list(row) for row in code.matrix_iter(border=4)]
        box = drawing.bounding_box()
        assert box and box["width"] / MM * code.symbol_size(border=0)[0] / size >= 25, "large enough to scan"


def test_the_typed_code_opens_the_same_survey(bare_site: Site, desk: LettersPage, people: People) -> None:
    (written, *_others) = three(bare_site)
    printed_code = printed(desk).locator(".letter__code").first
    assert printed_code.evaluate("code => parseFloat(getComputedStyle(code).fontSize) * 0.75") >= 16
    assert "mono" in printed_code.evaluate("code => getComputedStyle(code).fontFamily")
    typed = printed_code.inner_text()
    assert re.fullmatch(r"\w{4} \w{4} \w{2}", typed)
    page = people.new()
    page.goto(bare_site.address + "/v")
    page.get_by_role("textbox", name="Uw code").fill(typed)
    page.get_by_role("button", name="Open mijn vragen").click()
    page.wait_for_url(re.compile("^" + re.escape(written.link)))


def test_most_questionnaires_take_one_page(bare_site: Site, desk: LettersPage) -> None:
    with waiting(bare_site, "Proefpersoon Een", moment=Moment.INTAKE):
        assert pages_of(printed(desk)) == 2
