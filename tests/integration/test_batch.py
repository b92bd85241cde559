"""`tracker compare --batch`: rows in order, bounded memory, and no row that stops the others."""

import io
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tracker.cli import batch
from tracker.cli.app import app
from tracker.cli.batch import Answer, Row, judge_row, rows_of
from tracker.compare.rules import rules_version
from tracker.errors import UsageError

BEFORE, AFTER = "We never sell your data.", "We may sell your data to advertisers."


def line(ident: object, before: object = BEFORE, after: object = AFTER, **more: object) -> bytes:
    return json.dumps({"id": ident, "before": before, "after": after, **more}).encode() + b"\n"


def echo(row: Row) -> Answer:
    """Stand in for judging, in the worker processes."""
    if row[1] is not None and b"deadly" in row[1]:
        os._exit(1)
    return True, str(row[0]).encode()


class Counted:
    """Rows that count how many of them were read."""

    def __init__(self, count: int) -> None:
        self.read = 0
        self._count = count

    def __iter__(self) -> Iterator[Row]:
        for number in range(1, self._count + 1):
            self.read = number
            yield number, b"x" * 10


def test_rows_are_read_as_workers_finish_and_answered_in_order() -> None:
    """However long the input is, only a few chunks per worker are read ahead of the answers."""
    rows = Counted(400)
    furthest = 0
    with batch._Workers(2, echo) as workers:
        answers = []
        for _, answer in workers.answers(batch._chunks(rows)):
            answers.append(int(answer))
            furthest = max(furthest, rows.read - len(answers))
    assert answers == list(range(1, 401))
    assert furthest <= 2 * 3 * 4


def test_a_row_that_kills_its_process_costs_itself_alone() -> None:
    """The rows before, beside and after it are answered, and it is told as an error under its id."""
    rows: list[Row] = [(number, b"fine") for number in range(1, 31)]
    rows[4] = (5, b'{"id": "five", "before": "deadly"}')
    with batch._Workers(2, echo) as workers:
        answers = list(workers.answers(batch._chunks(rows)))
    assert [fine for fine, _ in answers].count(False) == 1
    assert [answer for fine, answer in answers if fine] == [
        str(number).encode() for number in range(1, 31) if number != 5
    ]
    told = json.loads(answers[4][1])
    assert (told["id"], told["alert"], told["rules_version"]) == ("five", False, rules_version())
    assert "ended its process" in told["error"]


def test_a_large_row_travels_alone() -> None:
    """A chunk closes once it holds enough bytes, so that no worker waits behind a heap of long texts."""
    rows: list[Row] = [(1, b"x" * 600_000), (2, b"x"), (3, b"x")]
    assert [[number for number, _ in chunk] for chunk in batch._chunks(rows)] == [[1], [2, 3]]


def test_a_line_beyond_the_limit_is_skipped_without_being_held(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its row is an error; the next line is read as if nothing had been."""
    monkeypatch.setattr(batch, "LONGEST_ROW", 100)
    rows = list(rows_of(io.BytesIO(b"y" * 1_000 + b"\n\n" + b"short\n" + b"z" * 99)))
    assert rows == [(1, None), (3, b"short\n"), (4, b"z" * 99)]
    assert "longer than" in json.loads(judge_row(rows[0])[1])["error"]


@pytest.mark.parametrize(
    ("row", "ident"),
    [
        (b"{", 7),
        (b"[1]", 7),
        (b"\xff\xfe", 7),
        (b"[" * 100_000, 7),
        (line("a", before=None), "a"),
        (line("a", format="docx"), "a"),
        (line("a", format=["text"]), "a"),
        (line("a", date="x"), "a"),
        (line("a", date="2026-13-01"), "a"),
        (line("a", date=20260301), "a"),
    ],
)
def test_a_bad_row_is_an_error_with_the_true_rules_version(row: bytes, ident: object) -> None:
    """It carries its id, or the number of its line where it has none, and every field of a verdict a reader may ask."""
    fine, answer = judge_row((7, row))
    told = json.loads(answer)
    assert not fine
    assert told["error"]
    assert (told["id"], told["alert"], told["severity"], told["changes"]) == (ident, False, "none", [])
    assert told["rules_version"] == rules_version()


def test_half_a_surrogate_pair_in_an_id_is_given_back() -> None:
    """What JSON may hold but UTF-8 may not stays escaped."""
    fine, answer = judge_row((1, b'{"id": "\\ud800", "before": "a", "after": "b"}'))
    assert fine
    assert json.loads(answer)["id"] == "\ud800"


def test_the_date_of_a_row_tells_what_is_announced() -> None:
    """Seen before its day, a change is announced; seen after it, it is in force. It may be left out, or have a time."""
    after = AFTER + "\n\nThese changes take effect on 1 March 2026."
    told = [
        json.loads(judge_row((1, line("a", after=after, date=day)))[1])
        for day in ("2026-02-01", "2026-04-01T12:00:00Z", None)
    ]
    assert [row["flags"] for row in told] == [["announced"], [], ["announced"]]
    assert {row["effective_date"] for row in told} == {"2026-03-01"}


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_the_command_answers_each_row_in_its_place(tmp_path: Path, jobs: str) -> None:
    """Blank lines are passed over, a bad row sets the exit status, and any number of jobs gives the same bytes."""
    (tmp_path / "in.jsonl").write_bytes(line("a") + b"\n" + b"oops\n" + line("b", after=BEFORE) + line("c"))
    out = tmp_path / "out.jsonl"
    done = CliRunner().invoke(
        app, ["compare", "--batch", str(tmp_path / "in.jsonl"), "--out", str(out), "--jobs", jobs]
    )
    assert done.exit_code == 1
    rows = [json.loads(row) for row in out.read_text(encoding="utf-8").splitlines()]
    assert [row["id"] for row in rows] == ["a", 3, "b", "c"]
    assert [row["alert"] for row in rows] == [True, False, False, True]
    assert out.read_bytes() == b"".join(
        answer for _, answer in map(judge_row, rows_of(io.BytesIO((tmp_path / "in.jsonl").read_bytes())))
    )


def test_the_input_is_never_overwritten(tmp_path: Path) -> None:
    """--out that names the input is refused, and the input is as it was."""
    path = tmp_path / "rows.jsonl"
    path.write_bytes(line("a"))
    done = CliRunner().invoke(app, ["compare", "--batch", str(path), "--out", str(path)])
    assert isinstance(done.exception, UsageError)
    assert path.read_bytes() == line("a")
