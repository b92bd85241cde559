"""`tracker quality`: how far verdicts agree with your own labelled pairs."""

import gzip
import json
import zlib
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any

import typer

from tracker.cli.output import AsJson, Format, OutputFormat, complain, console, print_json, print_table, printable
from tracker.counting import counted
from tracker.errors import TrackerError, UsageError

if TYPE_CHECKING:
    from tracker.cli.batch import Row
    from tracker.compare.agreement import Agreement, Figure
    from tracker.compare.labels import Guess, Label

    Judged = tuple[int, Label, Guess]


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(quality)


@dataclass(frozen=True, slots=True)
class Wrong:
    """A pair whose alert is wrong."""

    line: int
    ident: object
    service: str
    label: str  #: what people say of it
    verdict: str  #: what the verdict says


@dataclass(slots=True)
class Report:
    """What was read and how it was judged."""

    gold: Path
    agreement: "Agreement"
    errors: int  #: wrong alerts kept of each sort
    bad: list[str] = field(default_factory=list)  #: rows that could not be read or judged, by file and line
    left_out: int = 0  #: pairs that alert only because of an announcement, when judged backwards
    named: bool = False  #: some row says whose document it is
    blocks: int = 0
    unreviewed: int = 0
    missed: list[Wrong] = field(default_factory=list)
    false_alarms: list[Wrong] = field(default_factory=list)


def quality(
    gold: Annotated[Path, typer.Argument(help="Labelled pairs: JSON lines, plain or .gz.")],
    predictions: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Score these verdicts of `compare --batch`; judge nothing.")
    ] = None,
    swapped: Annotated[
        bool, typer.Option("--swapped", help="Exchange before and after: the same alerts, directions turned round.")
    ] = False,
    errors: Annotated[int, typer.Option(min=0, metavar="N", help="List at most N wrong alerts of each sort.")] = 10,
    jobs: Annotated[
        int | None, typer.Option("--jobs", min=1, max=256, help="Pairs judged at once. [default: cores]")
    ] = None,
    form: OutputFormat = Format.TEXT,
    as_json: AsJson = False,
) -> None:
    """Judge your own labelled pairs and say how far the verdicts agree with the labels, with intervals."""
    from tracker.compare.agreement import Agreement
    from tracker.compare.vocabulary.lexicons import activate, load
    from tracker.cores import cores
    from tracker.settings import load_settings

    activate(load(load_settings().lexicon_overlays))
    report = Report(gold, Agreement(), errors)
    try:
        if predictions is None:
            answers = _judged(report, jobs or cores(), swapped=swapped)
        else:
            answers = _predicted(report, predictions, swapped=swapped)
        for answer in answers:
            _count(report, answer, swapped=swapped)
    except OSError as error:
        raise UsageError(f"{error.filename or gold}: {error.strerror or error}") from error
    if as_json or form is Format.JSON:
        print_json(_report_json(report, swapped=swapped))
    else:
        _print(report)
    for line in report.bad:
        complain(line)
    if report.bad:
        raise typer.Exit(1)


def _judged(report: Report, jobs: int, *, swapped: bool) -> "Iterator[Judged]":
    """Judge the pairs on all cores; rows are read as workers finish, and only their labels are kept meanwhile."""
    from tracker.cli.batch import judged
    from tracker.compare.labels import guess_of

    waiting: deque[tuple[int, Label]] = deque()

    def rows() -> "Iterator[Row]":
        for number, row, label in _labels(report, swapped=swapped):
            waiting.append((number, label))
            if swapped:
                row["before"], row["after"] = row.get("after"), row.get("before")
            yield number, json.dumps(row).encode()

    for fine, answer in judged(rows(), jobs):
        number, label = waiting.popleft()
        verdict = json.loads(answer)
        if not fine:
            report.bad.append(f"{report.gold}:{number}: {verdict['error']}; counted as no alert")
        yield number, label, guess_of(verdict)


def _predicted(report: Report, predictions: Path, *, swapped: bool) -> "Iterator[Judged]":
    """Read verdicts that were made before; where they stand in the order of the pairs, none is kept."""
    known: dict[str, Guess] = {}
    coming = _guesses(report, predictions)
    for number, _, label in _labels(report, swapped=swapped):
        ident = json.dumps(label.ident)
        while ident not in known:
            found = next(coming, None)
            if found is None:
                break
            known[found[0]] = found[1]
        guess = known.pop(ident, None)
        if guess is None:
            report.bad.append(f"{report.gold}:{number}: {predictions} has no verdict for pair {ident}; not counted")
        else:
            yield number, label, guess


def _labels(report: Report, *, swapped: bool) -> "Iterator[tuple[int, dict[str, Any], Label]]":
    from tracker.compare.labels import label_of

    for number, row in _objects(report, report.gold):
        try:
            label = label_of(row)
        except UsageError as error:
            report.bad.append(f"{report.gold}:{number}: {error}; not counted")
            continue
        if swapped and label.announcement:
            report.left_out += 1
            continue
        yield number, row, label


def _guesses(report: Report, path: Path) -> "Iterator[tuple[str, Guess]]":
    from tracker.compare.labels import guess_of

    for number, row in _objects(report, path):
        try:
            guess = guess_of(row)
        except UsageError as error:
            report.bad.append(f"{path}:{number}: {error}; not counted")
            continue
        if row.get("error"):
            report.bad.append(f"{path}:{number}: {row['error']}; counted as no alert")
        yield json.dumps(row.get("id")), guess


def _objects(report: Report, path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the objects of a file of JSON lines with their line numbers; a row without an id is known by its number."""
    from tracker.cli.batch import LONGEST_ROW, rows_of

    with _opened(path) as source:
        for number, line in rows_of(source):
            try:
                if line is None:
                    raise UsageError(f"the row is longer than {LONGEST_ROW:,} bytes")
                row = json.loads(line)
                if not isinstance(row, dict):
                    raise UsageError("the row is no JSON object")
            except (TrackerError, ValueError, RecursionError) as error:
                report.bad.append(f"{path}:{number}: {error}; not counted")
                continue
            yield number, {"id": number} | row


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as source:
            yield source  # type: ignore[misc]
    except (EOFError, zlib.error) as error:
        raise UsageError(f"{path}: the file is damaged: {error}") from error


def _count(report: Report, judged: "Judged", *, swapped: bool) -> None:
    from tracker.compare.agreement import tally_of

    number, label, guess = judged
    report.agreement.add(label, tally_of(label, guess, swapped=swapped))
    report.named |= bool(label.service)
    report.blocks += len(label.blocks)
    report.unreviewed += label.unreviewed
    if label.alert != guess.alert:
        wrong = report.missed if label.alert else report.false_alarms
        if len(wrong) < report.errors:
            wrong.append(Wrong(number, label.ident, label.service, label.why, guess.why))


def _print(report: Report) -> None:
    from tracker.compare.agreement import DRAWINGS, INTERVAL

    out = console()
    total = report.agreement.total
    if not total.pairs:
        out.print(printable(f"{report.gold} has no pair that could be judged."))
        return
    units = len(report.agreement.services)
    of = f" of {counted(units, 'service')}" if report.named else ""
    deserving = counted(total.alert_hits + total.alert_missed, "deserves", "deserve")
    out.print(f"{counted(total.pairs, 'pair')}{of}, {deserving} an alert")
    if report.left_out:
        out.print(f"left out, since they alert only because of an announcement: {report.left_out}")
    figures = report.agreement.figures()
    rows = [
        (name, *(_cell(figures[f"{name} {figure}"]) for figure in ("precision", "recall", "f1")))
        for name in ("alert", "topics", *(["blocks"] if report.blocks else []))
    ]
    print_table(("", "precision", "recall", "F1"), rows)
    out.print(f"direction right: {_cell(figures['direction accuracy'])}")
    out.print(f"alerts missed: {total.alert_missed}, false: {total.alert_extra}")
    note = "topics and direction count where an alert is right"
    if units > 1:
        drawn = "services" if report.named else "pairs"
        note += f"; in brackets: {INTERVAL:.0%} of {DRAWINGS:,} drawings of {drawn}"
    out.print(note, style="dim")
    if report.unreviewed:
        carry = "carries" if report.unreviewed == 1 else "carry"
        out.print(
            f"{report.unreviewed} of {counted(report.blocks, 'block')} {carry} the class of a verdict, "
            "which nobody reviewed: that flatters the figures"
        )
    for title, wrong, count in (
        ("missed", report.missed, total.alert_missed),
        ("false alarms", report.false_alarms, total.alert_extra),
    ):
        _print_wrong(report, title, wrong, count)


def _cell(figure: "Figure") -> str:
    if figure.value is None:
        return "-"
    if figure.low is None or figure.high is None:
        return f"{figure.value:.3f}"
    return f"{figure.value:.3f} ({figure.low:.3f}-{figure.high:.3f})"


def _print_wrong(report: Report, title: str, wrong: list[Wrong], count: int) -> None:
    from rich.text import Text

    if not wrong:
        return
    out = console()
    shown = f"{count}" if len(wrong) == count else f"{len(wrong)} of {count}, --errors shows more"
    out.print(f"\n{title} ({shown})", style="bold")
    for one in wrong:
        head = " ".join(str(part) for part in (one.ident, one.service) if part)
        out.print(Text(printable(f"{report.gold}:{one.line}  {head}")))
        out.print(Text(printable(f"    label: {one.label or '-'}")))
        out.print(Text(printable(f"    verdict: {one.verdict}")))


def _report_json(report: Report, *, swapped: bool) -> dict[str, Any]:
    from tracker.compare.agreement import DRAWINGS, INTERVAL

    figures: dict[str, dict[str, Any]] = {}
    for name, figure in report.agreement.figures().items():
        of, _, what = name.partition(" ")
        figures.setdefault(of, {})[what] = {"value": figure.value, "low": figure.low, "high": figure.high}
    return {
        "swapped": swapped,
        "services": len(report.agreement.services) if report.named else None,
        **report.agreement.total._asdict(),
        "left_out": report.left_out,
        "blocks": report.blocks,
        "blocks_unreviewed": report.unreviewed,
        "interval": INTERVAL,
        "drawings": DRAWINGS,
        "figures": figures,
        "missed": [_wrong_json(one) for one in report.missed],
        "false_alarms": [_wrong_json(one) for one in report.false_alarms],
        "bad_rows": report.bad,
    }


def _wrong_json(one: Wrong) -> dict[str, Any]:
    return {"line": one.line, "id": one.ident, "service": one.service, "label": one.label, "verdict": one.verdict}
