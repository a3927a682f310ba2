"""The tests that docs/threats.md names are there, and none of its rows goes without one."""

import re
from pathlib import Path

import pytest

from portal.config import ROOT

DOCUMENT = (ROOT / "docs" / "threats.md").read_text(encoding="utf-8")
ROWS = [line for line in DOCUMENT.splitlines() if line.startswith("| ") and "`" in line]
NAMED = re.compile(r"`(tests/[\w/]+\.py)` `(test_\w+)`")


def test_every_threat_has_an_answer_that_is_shown() -> None:
    assert len(ROWS) > 20
    assert [row for row in ROWS if not NAMED.search(row)] == []
    threats = [line for line in DOCUMENT.splitlines() if line.startswith("| ")]
    headings = [line for line in threats if line.startswith("| what can go wrong")]
    assert len(threats) == len(ROWS) + len(headings)


@pytest.mark.parametrize(("file", "name"), NAMED.findall(DOCUMENT))
def test_the_test_is_there(file: str, name: str) -> None:
    assert f"def {name}(" in Path(ROOT, file).read_text(encoding="utf-8")
