"""How far an import is: a bar with rate and time left on a terminal, a line now and then elsewhere."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tracker.cli.output import complain
from tracker.counting import counted

if TYPE_CHECKING:
    from tracker.daemon.imports.collection import ImportReport
    from tracker.intake.model import Intake

#: Seconds between two lines where there is no terminal, and between two looks of the bar.
LINE_EVERY = 10.0
BAR_EVERY = 0.1


@contextmanager
def shown_progress(intake: "Intake", *, bar: bool) -> "Iterator[Callable[[ImportReport], None]]":
    """Give what an import tells its progress to; it shows it on standard error."""
    if not bar:
        yield _lines(intake)
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (
        BarColumn(),
        TextColumn("{task.fields[told]}", markup=False),
        TimeElapsedColumn(),
        TextColumn("left:", markup=False),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as shown:
        task = shown.add_task("import", total=None, told="")
        started = time.monotonic()
        last = 0.0

        def update(report: "ImportReport") -> None:
            nonlocal last
            now = time.monotonic()
            if now - last >= BAR_EVERY:
                last = now
                told = in_words(report, now - started)
                shown.update(task, completed=intake.position, total=intake.total, told=told)

        yield update


def _lines(intake: "Intake") -> "Callable[[ImportReport], None]":
    started = last = time.monotonic()

    def update(report: "ImportReport") -> None:
        nonlocal last
        now = time.monotonic()
        if now - last < LINE_EVERY:
            return
        last = now
        line = in_words(report, now - started)
        if intake.total:
            left = (now - started) * (intake.total - intake.position) / max(intake.position, 1)
            line += f", {intake.position / intake.total:.0%}, {left:,.0f} s left"
        complain(line)

    return update


def in_words(report: "ImportReport", seconds: float) -> str:
    """Return how many captures were looked at, and how fast."""
    rate = report.captures / seconds if seconds > 0 else 0.0
    return f"{counted(report.captures, 'capture')}, {rate:,.1f} per second"
