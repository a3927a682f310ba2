"""The tests that docs/threats.md names are there and are run, and none of its rows goes without one."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from portal.config import ROOT

DOCUMENT = (ROOT / "docs" / "threats.md").read_text(encoding="utf-8")
ROWS = [line for line in DOCUMENT.splitlines() if line.startswith("| ") and "`" in line]
NAMED = re.compile(r"`(tests/[\w/]+\.py)` `(test_\w+)`( \(soak\))?")
NOT_RUN = {"skip", "skipif", "xfail"}


def test_every_threat_has_an_answer_that_is_shown() -> None:
    assert len(ROWS) > 20
    assert [row for row in ROWS if not NAMED.search(row)] == []
    threats = [line for line in DOCUMENT.splitlines() if line.startswith("| ")]
    headings = [line for line in threats if line.startswith("| what can go wrong")]
    assert len(threats) == len(ROWS) + len(headings)


@cache
def marks(file: Path) -> dict[str, list[set[str]]]:
    """By the name of a test the marks of each that is called so: its own, and those of its class and its file."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    of_file = {
        name
        for node in tree.body
        if isinstance(node, ast.Assign) and any(_names(one) == {"pytestmark"} for one in node.targets)
        for name in _names(node.value)
    }
    found: dict[str, list[set[str]]] = {}

    def look(nodes: list[ast.stmt], around: set[str]) -> None:
        for node in nodes:
            if isinstance(node, ast.ClassDef | ast.FunctionDef):
                own = around | {name for one in node.decorator_list for name in _names(one)}
                if isinstance(node, ast.ClassDef):
                    look(node.body, own)
                else:
                    called = {
                        name
                        for one in ast.walk(node)
                        if isinstance(one, ast.Call)
                        for name in _names(one.func)
                    }
                    found.setdefault(node.name, []).append(own | (called & {"skip", "xfail", "importorskip"}))

    look(tree.body, of_file)
    return found


def _names(node: ast.AST) -> set[str]:
    """The names in an expression: {"pytest", "mark", "soak"} of pytest.mark.soak."""
    parts = (
        one.attr if isinstance(one, ast.Attribute) else one.id
        for one in ast.walk(node)
        if isinstance(one, ast.Attribute | ast.Name)
    )
    return set(parts)


@pytest.mark.parametrize(("file", "name", "soak"), NAMED.findall(DOCUMENT))
def test_the_test_is_there_and_is_run(file: str, name: str, soak: str) -> None:
    """A test that is skipped shows nothing; one that runs at full size alone is named so."""
    there = marks(ROOT / file).get(name)
    assert there, "no such test"
    assert any(("soak" in own) is bool(soak) and not NOT_RUN & own for own in there), there


def test_a_skipped_one_would_be_seen(tmp_path: Path) -> None:
    file = tmp_path / "test_some.py"
    file.write_text(
        "pytestmark = pytest.mark.usefixtures('app')\n"
        "def test_run(): pass\n"
        "@pytest.mark.skipif(True, reason='no')\ndef test_skipped(): pass\n"
        "def test_skips(): pytest.skip('no')\n"
        "@pytest.mark.soak\ndef test_long(): pass\n"
        "@pytest.mark.xfail\nclass TestMany:\n    def test_inside(self): pass\n"
    )
    found = marks(file)
    assert found["test_run"] == [{"pytest", "mark", "usefixtures"}]
    assert "skipif" in found["test_skipped"][0] and "skip" in found["test_skips"][0]
    assert "soak" in found["test_long"][0] and "xfail" in found["test_inside"][0]
