"""`tracker backfill`: history out of web archives."""

import sys
import threading
from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tracker.cli.output import AsJson, complain, print_json, print_table
from tracker.cli.reading import time_text
from tracker.cli.stopping import stoppable
from tracker.errors import UsageError

if TYPE_CHECKING:
    from tracker.daemon.past.backfill import BackfillReport, Progress, Span
    from tracker.daemon.runtime import Runtime
    from tracker.sources.model import Source

#: States of a capture in the order of the table.
STATES = ("stored", "repeated", "skipped", "unplayable", "excluded", "failed", "pending")


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("backfill")(backfill_sources)


def backfill_sources(
    sources: Annotated[list[str] | None, typer.Argument(metavar="[SOURCE]...", help="Ids of sources.")] = None,
    every_source: Annotated[bool, typer.Option("--all", help="All sources of the file.")] = False,
    since: Annotated[
        str | None, typer.Option("--since", "--from", metavar="DATE", help="No captures from before this day.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", "--to", metavar="DATE", help="No captures from after this day.")
    ] = None,
    every: Annotated[str | None, typer.Option(metavar="30d", help="At most one capture per such span.")] = None,
    archive: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Instead of the source's archives; may be given again.")
    ] = None,
    queue: Annotated[
        bool, typer.Option("--queue", help="Have the workers of a cluster do it; --list shows how far they are.")
    ] = False,
    list_orders: Annotated[
        bool, typer.Option("--list", help="Show what was given to the workers of a cluster.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Fill in the past of sources from web archives; stop it at any time and run it again to go on.

    What is not said here is as the sources file says. Exit status 1 when it ended early.
    """
    from contextlib import closing

    from tracker.clock import SystemClock
    from tracker.daemon.engine.planner import sync
    from tracker.daemon.engine.wiring import open_runtime
    from tracker.history.steps import read_moment
    from tracker.logs import set_up_logs
    from tracker.settings import load_settings

    if list_orders:
        _show_orders(as_json=as_json)
        return
    if bool(sources) == every_source:
        raise UsageError("name the sources to fill in, or give --all for all of them")
    settings = load_settings()
    set_up_logs(settings, command=True)
    first, last = (read_moment(day, settings.zone).date() if day else None for day in (since, until))
    stop = threading.Event()
    with closing(open_runtime(settings, clock=SystemClock(stop), stop=stop)) as runtime:
        sync(runtime)
        chosen = runtime.chosen(sources or ())
        spans = [_span(runtime, source, first, last, every, archive) for source in chosen]
        if queue:
            _order(runtime, chosen, spans, as_json=as_json)
            return
        with stoppable(stop, "the captures in hand"):
            reports = _side_by_side(runtime, chosen, spans, stop, bars=not as_json and sys.stderr.isatty())
    if as_json:
        print_json([_report_json(report) for report in reports])
    else:
        _print(reports)
    if _ended_early(reports):
        raise typer.Exit(1)


def _order(runtime: "Runtime", sources: "Sequence[Source]", spans: "Sequence[Span]", *, as_json: bool) -> None:
    from tracker.daemon.past.orders import order_backfill

    for source, span in zip(sources, spans, strict=True):
        order_backfill(runtime, source, span)
    if as_json:
        print_json({"ordered": [source.id for source in sources]})
    else:
        typer.echo(f"{len(sources)} given to the workers; `tracker backfill --list` shows how far they are")


def _show_orders(*, as_json: bool) -> None:
    from contextlib import closing

    from tracker.settings import load_settings
    from tracker.store.upkeep.upgrade import open_store
    from tracker.store.work.orders import orders

    settings = load_settings()
    with closing(open_store(settings)) as database, database.read() as session:
        found = orders(session)
    if as_json:
        print_json([{"source": one.source_id, **one.order.model_dump(mode="json")} for one in found])
        return
    rows = []
    for one in found:
        order = one.order
        waits = f"goes on {time_text(order.next_try_at, settings.zone)}" if order.attempts else "waits for a worker"
        state = f"done {time_text(order.finished_at, settings.zone)}" if order.finished_at else waits
        rows.append((one.source_id, time_text(order.asked_at, settings.zone), state, order.note))
    print_table(("source", "asked for", "state", "what"), rows)


def _span(
    runtime: "Runtime",
    source: "Source",
    since: date | None,
    until: date | None,
    every: str | None,
    archives: Sequence[str] | None,
) -> "Span":
    """Return which captures to take: as asked for, else as the sources file says."""
    from dataclasses import replace

    from tracker.daemon.past.backfill import Span
    from tracker.sources.values import BadValue, read_duration

    span = Span.of(source)
    if since is not None:
        span = replace(span, since=since)
    if until is not None:
        span = replace(span, until=until)
    if span.since and span.until and span.since > span.until:
        raise UsageError(f"{source.id}: the span ends ({span.until}) before it begins ({span.since})")
    if every is not None:
        try:
            span = replace(span, every=read_duration(every))
        except BadValue as error:
            raise UsageError(f"--every: {error} ({error.hint})") from None
    for name in archives or ():
        runtime.open_archive(name)  # an unknown name is told before anything is asked
    return replace(span, archives=tuple(archives)) if archives else span


def _side_by_side(
    runtime: "Runtime", sources: "Sequence[Source]", spans: "Sequence[Span]", stop: threading.Event, *, bars: bool
) -> "list[BackfillReport]":
    """Fill in sources in threads, each with a progress bar; archives are asked in turn all the same."""
    from concurrent.futures import ThreadPoolExecutor

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    if not sources:
        return []
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with (
        Bars(*columns, console=Console(stderr=True), disable=not bars) as shown,
        ThreadPoolExecutor(min(len(sources), runtime.settings.fetch_threads), thread_name_prefix="backfill") as pool,
    ):

        def work(source: "Source", span: "Span") -> "BackfillReport":
            task = shown.add_task(source.id, total=None)

            def progress(done: int, total: int) -> None:
                shown.update(task, completed=done, total=total)

            return _one(runtime, source, span, progress, stop.is_set)

        return list(pool.map(work, sources, spans))


def _one(
    runtime: "Runtime", source: "Source", span: "Span", progress: "Progress", stop: Callable[[], bool]
) -> "BackfillReport":
    """Fill in one source; what breaks there must not end the others."""
    import structlog

    from tracker.daemon.past.backfill import BackfillReport, backfill
    from tracker.errors import TrackerError

    if stop():
        return BackfillReport(source.id, stopped="stopped before it began")
    try:
        return backfill(runtime, source, span, progress=progress, stop=stop)
    except TrackerError as error:
        return BackfillReport(source.id, stopped=str(error))
    except Exception as error:
        structlog.get_logger(__name__).exception("backfill crashed", source=source.id)
        return BackfillReport(source.id, stopped=f"internal error: {type(error).__name__}: {error}")


def _print(reports: "Sequence[BackfillReport]") -> None:
    """Print a line per source: its captures by state, leaving out states that none is in, and what was done now."""
    states = [state for state in STATES if any(report.counts.get(state) for report in reports)]
    rows = [
        (report.source_id, *(report.counts.get(state, 0) for state in states), report.downloaded, report.judged)
        for report in reports
    ]
    print_table(("source", *states, "downloaded now", "changes judged"), rows)


def _ended_early(reports: "Sequence[BackfillReport]") -> bool:
    """Return whether some did not get to their end, and say why each did not."""
    ended = [report for report in reports if report.stopped]
    for report in ended:
        complain(f"{report.source_id}: {report.stopped}")
    if ended:
        complain("ended early; run the same command again and it goes on where it stopped")
    return bool(ended)


def _report_json(report: "BackfillReport") -> dict[str, Any]:
    return {
        "source": report.source_id,
        "captures": report.counts,
        "downloaded": report.downloaded,
        "changes_judged": report.judged,
        "stopped": report.stopped or None,
        "notes": report.notes,
    }
