"""Cursors of lists: what is handed out is read back, anything else is told."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.errors import UsageError
from tracker.store.history.paging import cursor_of, position_in

MOMENT = datetime(2026, 3, 1, 12, 0, 0, 5, tzinfo=UTC)


@given(st.datetimes(timezones=st.just(UTC)), st.integers(-(2**63), 2**63 - 1), st.text(max_size=50))
def test_a_place_is_read_back_as_it_was(at: datetime, key: int, ident: str) -> None:
    """Times, numbers and texts come back, and the cursor needs no quoting in an address."""
    cursor = cursor_of("change", (at, key, ident))
    assert cursor.replace("-", "a").replace("_", "a").isalnum()
    assert position_in("change", cursor, (datetime, int, str)) == (at, key, ident)


@given(st.text(max_size=80))
def test_anything_else_is_refused(text: str) -> None:
    """No text that is no cursor of ours is taken for one, and none ends in another error."""
    with pytest.raises(UsageError, match="damaged"):
        position_in("change", text, (datetime, int, str))


@given(st.data())
def test_a_damaged_cursor_is_refused(data: st.DataObject) -> None:
    """One character more, less or another is seen."""
    cursor = cursor_of("change", (MOMENT, 7, "4f1c"))
    at = data.draw(st.integers(0, len(cursor) - 2))
    other = data.draw(st.sampled_from("AZaz09-_").filter(lambda letter: letter != cursor[at]))
    for damaged in (cursor[:at] + other + cursor[at + 1 :], cursor[:at] + cursor[at + 1 :], cursor + other * 4):
        with pytest.raises(UsageError):
            position_in("change", damaged, (datetime, int, str))


def test_a_cursor_of_another_list_is_refused() -> None:
    """What names a place among sources names none among tags."""
    with pytest.raises(UsageError, match="another list"):
        position_in("version", cursor_of("source", ("7",)), (int,))
