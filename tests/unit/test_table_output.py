"""Tables on terminals of any width and in pipes: nothing of a cell is lost."""

import io
import sys

import pytest
from rich.console import Console

from tracker.cli import output

ROW = (
    "7ba77b82dc68",
    "brightmail",
    "2026-11-27 21:59",
    "Use now also serves training, and nobody was asked for it.",
)
COLUMNS = ("change", "source", "seen on", "what")


def printed(width: int, rows: list[tuple[str, ...]], columns: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> str:
    """Return what a terminal of a width shows."""
    out = io.StringIO()
    monkeypatch.setattr(output, "console", lambda: Console(file=out, width=width, markup=False, highlight=False))
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    output.print_table(columns, rows)
    return out.getvalue()


def test_ids_stay_whole_where_sentences_are_folded(monkeypatch: pytest.MonkeyPatch) -> None:
    """An id that is cut in two cannot be copied into the next command."""
    lines = printed(80, [ROW], COLUMNS, monkeypatch).splitlines()
    assert lines[1].startswith("7ba77b82dc68  brightmail  2026-11-27 21:59  Use now")
    assert len(lines) > 2
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("width", [20, 40, 60, 80, 200])
def test_no_letter_is_lost_however_narrow_a_terminal_is(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """What has no room beside stands below."""
    cells = tuple(letter * 16 for letter in "uvwxyz")
    shown = printed(width, [cells], ("a", "b", "c", "d", "e", "f"), monkeypatch)
    assert {letter: shown.count(letter) for letter in "uvwxyz"} == dict.fromkeys("uvwxyz", 16)


def test_a_pipe_gets_one_line_for_each_row(capsys: pytest.CaptureFixture[str]) -> None:
    """What reads it reads by line."""
    output.print_table(COLUMNS, [ROW, ROW])
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["change", ROW[0], ROW[0]]
