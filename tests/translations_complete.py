"""Whether every text of the portal is translated, into every language that has a folder.

`make lint` runs this. It takes the texts fresh from the source, says in one sentence what is wrong and
how to mend it, and is silent when all is well.
"""

import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import PoFileError, read_po

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "translations"
# As `make extract` does it.
PYBABEL = (sys.executable, "-m", "babel.messages.frontend", "-q")
EXTRACT = ("extract", "-F", "translations/babel.cfg", "-k", "_l", "-k", "N_", "--no-location", "-o")
PLACEHOLDER = re.compile(r"%%|%(?:\(\w+\))?[a-z]")
MOST_NAMED = 3
LONGEST_SHOWN = 60


class Incomplete(Exception):
    """A translation is not as it should be; the message says how and what to do."""


def check(folder: Path = FOLDER) -> None:
    """Compare each translation with the source. Raises Incomplete."""
    source = _source()
    files = sorted(folder.glob("*/LC_MESSAGES/messages.po"))
    if not files:
        raise Incomplete(f"In {folder.name} staat geen enkele vertaling.")
    for path in files:
        translation = _read(path)
        for wrong, texts in _problems(source, translation):
            if texts:
                raise Incomplete(_sentence(translation, wrong, texts))


def _source() -> Catalog:
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "messages.pot"
        command = [*PYBABEL, *EXTRACT, str(target), "."]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            reason = (done.stderr.strip() or "zonder reden").splitlines()[-1]
            raise Incomplete(f"De teksten zijn niet uit de broncode te halen: {reason}.")
        return _read(target)


def _read(path: Path) -> Catalog:
    locale = path.parent.parent.name if path.suffix == ".po" else None
    try:
        with path.open("rb") as file:
            return read_po(file, locale=locale, abort_invalid=True)
    except (PoFileError, UnicodeDecodeError) as error:
        raise Incomplete(f"{path.name} van {locale} is niet te lezen: {error}.") from error


def _problems(source: Catalog, translation: Catalog) -> Iterator[tuple[str, list[str]]]:
    ours = {_forms(message): message for message in source if message.id}
    theirs = {_forms(message): message for message in translation if message.id}
    both = [theirs[forms] for forms in ours if forms in theirs]
    yield "ontbreekt", [forms[0] for forms in ours if forms not in theirs]
    yield "is nog leeg", [_name(message) for message in both if not all(_said(message))]
    yield "is nog onzeker (fuzzy)", [_name(message) for message in both if message.fuzzy]
    yield (
        "staan niet dezelfde invulplekken",
        [_name(message) for message in both if not _same_places(message)],
    )
    obsolete = [_name(message) for message in translation.obsolete.values()]
    yield "staat nog een oude tekst", [forms[0] for forms in theirs if forms not in ours] + obsolete


def _sentence(translation: Catalog, wrong: str, texts: list[str]) -> str:
    named = ", ".join(f"‘{_short(text)}’" for text in texts[:MOST_NAMED])
    more = f" en nog {len(texts) - MOST_NAMED}" if len(texts) > MOST_NAMED else ""
    return (
        f"In de vertaling '{translation.locale}' {wrong}: {named}{more}; "
        "draai 'make extract' en maak de vertaling af."
    )


def _same_places(message: Message) -> bool:
    """Whether each form has the placeholders of the source; a form for one thing may leave out its number."""
    wanted = _places(_forms(message)[-1])
    forms = _said(message)
    if not message.pluralizable:
        return _places(forms[0]) == wanted
    number = Counter({"%(num)s": 1})
    return all(_places(form) in (wanted, wanted - number) for form in forms[:-1]) and (
        _places(forms[-1]) == wanted
    )


def _places(text: str) -> Counter[str]:
    return Counter(PLACEHOLDER.findall(text))


def _forms(message: Message) -> tuple[str, ...]:
    return tuple(message.id) if isinstance(message.id, (list, tuple)) else (message.id,)


def _said(message: Message) -> tuple[str, ...]:
    return tuple(message.string) if isinstance(message.string, (list, tuple)) else (message.string,)


def _name(message: Message) -> str:
    return _forms(message)[0]


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1].rstrip() + "…"


if __name__ == "__main__":
    try:
        check()
    except Incomplete as problem:
        sys.exit(str(problem))
