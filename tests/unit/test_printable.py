"""Text of others that is printed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.printable import one_line, printable


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", ""),
        ("as it is", "as it is"),
        (" one\r\ntwo\u2028three\tfour ", "one two three four"),
        ("\x1b[31mred\x1b[0m", "[31mred [0m"),
        ("turned \u202eabout", "turned about"),
        ("no\u00a0break", "no break"),
    ],
)
def test_text_becomes_one_line(text: str, line: str) -> None:
    assert one_line(text) == line


@given(st.text())
def test_one_line_is_printable_and_stays_as_it_is(text: str) -> None:
    line = one_line(text)
    assert line.isprintable()
    assert line == line.strip() == one_line(line)


def test_lines_and_tabs_stay_where_text_is_printed_as_it_stands() -> None:
    assert printable("one\n\ttwo\x1b\u202e") == "one\n\ttwo\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}"


@given(st.text())
def test_what_is_printed_holds_nothing_that_steers(text: str) -> None:
    assert printable(text).replace("\n", "").replace("\t", "").isprintable()
