"""Who of the staff sees what (Awb 9:7)."""

from dataclasses import replace
from datetime import date

import pytest

from portal.complaints import independence
from portal.complaints.independence import Access, People
from tests.complaints.cases import MONDAY
from tests.complaints.dutch_days import DAY


class TestAccess:
    PEOPLE = People(
        handler=1,
        declared=True,
        deputy=2,
        deputy_until=date(2026, 11, 20),
        deputy_declared=True,
        concerned=frozenset({3}),
    )

    @pytest.mark.parametrize(
        ("user", "coordinates", "expected"),
        [
            (1, False, Access.HANDLE),
            (1, True, Access.COORDINATE),
            (2, False, Access.HANDLE),
            (3, False, Access.NOTHING),
            (3, True, Access.NOTHING),
            (4, False, Access.SUMMARY),
            (4, True, Access.COORDINATE),
        ],
    )
    def test_who_sees_what(self, user: int, coordinates: bool, expected: Access) -> None:
        assert independence.access(user, self.PEOPLE, MONDAY, is_coordinator=coordinates) is expected

    def test_who_was_asked_reads_nothing_before_declaring(self) -> None:
        people = replace(self.PEOPLE, declared=False)
        assert independence.access(1, people, MONDAY, is_coordinator=False) is Access.ASKED
        stands_in = replace(self.PEOPLE, deputy_declared=False)
        assert independence.access(2, stands_in, MONDAY, is_coordinator=False) is Access.ASKED
        assert independence.access(2, stands_in, date(2026, 11, 21), is_coordinator=False) is Access.SUMMARY

    def test_a_deputy_reads_up_to_the_last_day(self) -> None:
        last = date(2026, 11, 20)
        assert independence.access(2, self.PEOPLE, last, is_coordinator=False) is Access.HANDLE
        assert independence.access(2, self.PEOPLE, last + DAY, is_coordinator=False) is Access.SUMMARY
        without_end = replace(self.PEOPLE, deputy_until=None)
        assert independence.access(2, without_end, MONDAY, is_coordinator=False) is Access.SUMMARY

    def test_a_person_concerned_who_somehow_handles_it_sees_nothing(self) -> None:
        people = replace(self.PEOPLE, concerned=frozenset({1, 2}))
        for user in (1, 2):
            assert independence.access(user, people, MONDAY, is_coordinator=False) is Access.NOTHING
