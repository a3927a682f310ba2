"""The receipt code: how it is read, and that a wrong one tells nothing."""

import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.complaints import receipts
from portal.crypto import CROCKFORD
from tests.complaints.people import CODE

pytestmark = pytest.mark.slow_hashing

CODES = st.text(CROCKFORD, min_size=receipts.LENGTH, max_size=receipts.LENGTH)
BETWEEN = st.text(" -\n\t\r\u00a0\u2009\u202f\u2010\u2011\u2013\u2014\u2212", max_size=3)


def test_a_new_code_is_long_and_never_the_same() -> None:
    codes = {receipts.new_code() for _n in range(2000)}
    assert len(codes) == 2000
    assert all(len(code) == receipts.LENGTH and set(code) <= set(CROCKFORD) for code in codes)
    assert {letter for code in codes for letter in code} == set(CROCKFORD)
    assert 32**receipts.LENGTH == 2**60


def test_it_is_shown_in_groups() -> None:
    assert receipts.grouped(CODE) == "0123 4567 89AB"


@pytest.mark.parametrize(
    "typed",
    [
        "0123 4567 89AB",
        "0123456789ab",
        " 0123-4567-89ab\n",
        "OI23 4567 89AB",
        "oi23 4567 89ab",
        "0L23 4567 89AB",
        "ol23 4567 89aB",
        "0123\u00a04567\u201389AB",
        "0123\u20114567\u201189AB",
        "0\t1\r\n23456789AB",
    ],
)
def test_it_is_read_as_it_was_meant(typed: str) -> None:
    assert receipts.read(typed) == CODE


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "0123456789A",
        "0123456789ABC",
        "0123456789AU",
        "0123456789A!",
        "0123456789A\x00",
        "٠١٢٣٤٥٦٧٨٩AB",
        "\ud800" * 12,
        "0123456789AB" * 1000,
        "😀" * 12,
    ],
)
def test_what_cannot_be_a_code_is_none(typed: str) -> None:
    assert receipts.read(typed) == ""


@given(CODES, st.lists(BETWEEN, min_size=13, max_size=13), st.randoms())
def test_however_it_is_typed(code: str, between: list[str], chance: object) -> None:
    like = {"0": "0Oo", "1": "1IiLl"}
    typed = between[0]
    for letter, blank in zip(code, between[1:], strict=True):
        typed += chance.choice(like.get(letter, letter + letter.lower())) + blank  # type: ignore[attr-defined]
    assert receipts.read(typed) == code
    assert receipts.read(receipts.grouped(code)) == code


@given(st.text())
def test_anything_typed_gives_a_code_or_nothing(typed: str) -> None:
    read = receipts.read(typed)
    assert read == "" or (len(read) == receipts.LENGTH and set(read) <= set(CROCKFORD))


def test_only_the_code_itself_fits() -> None:
    kept = receipts.hashed(CODE)
    assert kept.startswith("$argon2id$"), "a slow hash"
    assert CODE not in kept
    assert kept != receipts.hashed(CODE), "salted: two who have the same code do not show it"
    assert receipts.fits(kept, CODE)
    for wrong in ("0123456789AC", "", CODE.lower()):
        assert not receipts.fits(kept, wrong)
    assert not receipts.fits(None, CODE)
    assert not receipts.fits("", CODE)
    assert not receipts.fits("no hash", CODE)


def test_nobody_has_the_code_we_compare_with_when_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receipts, "_nobodys", lambda: receipts.hashed(CODE))
    assert not receipts.fits(None, CODE)


def test_unknown_and_wrong_take_as_long() -> None:
    kept = receipts.hashed(CODE)
    receipts.fits(None, CODE)

    def seconds(code_hash: str | None, code: str) -> float:
        # Of this process alone: what else the machine does says nothing.
        began = time.process_time()
        receipts.fits(code_hash, code)
        return time.process_time() - began

    taken = [(seconds(None, CODE), seconds(kept, "0123456789AC"), seconds(kept, "")) for _n in range(9)]
    unknown, wrong, empty = (statistics.median(times) for times in zip(*taken, strict=True))
    assert unknown > 0.005, "slow to guess"
    assert 0.6 < unknown / wrong < 1.7
    assert 0.6 < unknown / empty < 1.7


def test_two_are_hashed_at_once_however_many_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each takes 64 MB: all threads of a server at once would take more than the server has."""
    kept = receipts.hashed(CODE)
    receipts.fits(None, CODE)
    now, most, counting = [0], [0], threading.Lock()

    class Slow:
        def hash(self, _code: str) -> str:
            with counting:
                now[0] += 1
                most[0] = max(most[0], now[0])
            time.sleep(0.02)
            with counting:
                now[0] -= 1
            return kept

        def verify(self, _hash: str, code: str) -> bool:
            return bool(self.hash(code))

    monkeypatch.setattr(receipts, "_hasher", Slow())
    with ThreadPoolExecutor(16) as pool:
        found = [pool.submit(receipts.fits, kept, CODE) for _n in range(8)]
        made = [pool.submit(receipts.hashed, CODE) for _n in range(8)]
    assert all(one.result() for one in [*found, *made])
    assert most[0] == receipts.AT_ONCE == 2
