"""`tracker import ota`: whole collections that others made become history."""

import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tracker.cli.output import AsJson, complain, print_json, print_table

if TYPE_CHECKING:
    from tracker.daemon.importing import ImportReport
    from tracker.daemon.runtime import Runtime
    from tracker.intake.model import Described, Intake
    from tracker.settings import Settings
    from tracker.sources.model import Source

#: Problems that a person is shown; `--json` has more.
MOST_SHOWN = 10

Processes = Annotated[
    int | None, typer.Option(min=0, metavar="N", help="Processes that read and compare. [one per core]")
]


def register(group: typer.Typer) -> None:
    """Add the commands of this module to the group of imports."""
    group.command("ota")(import_ota)


def import_ota(
    repository: Annotated[
        Path, typer.Argument(metavar="REPO", help="Clone of a versions or snapshots repository.", exists=True)
    ],
    processes: Processes = None,
    as_json: AsJson = False,
) -> None:
    """Import a collection of Open Terms Archive, or what `tracker export git` wrote; run it again to go on."""
    from tracker.intake.open_terms import OpenTermsArchive

    _import(lambda settings: OpenTermsArchive(repository, settings.max_bytes), None, processes, as_json=as_json)


def _import(
    open_intake: "Callable[[Settings], Intake]",
    choose: "Callable[[Runtime, Described], Source | None] | None",
    processes: int | None,
    *,
    as_json: bool,
) -> None:
    """Import a collection and print what came of it; exit status 1 where something could not be read or it was stopped.

    Args:
        open_intake: opens the collection.
        choose: says which source a document belongs to; by default the one that fits, or one made for it.
        processes: that read and compare.
        as_json: print for programs.

    """
    from tracker.cli.import_progress import shown_progress
    from tracker.cli.stopping import stoppable
    from tracker.daemon.import_sources import source_for
    from tracker.daemon.importing import Importer
    from tracker.daemon.planner import sync
    from tracker.daemon.wiring import open_runtime
    from tracker.daemon.workers import Workers, cores
    from tracker.logs import set_up_logs
    from tracker.settings import load_settings

    settings = load_settings()
    set_up_logs(settings, command=True)
    intake = open_intake(settings)
    stop = threading.Event()
    with closing(open_runtime(settings, sources_needed=False, stop=stop)) as runtime:
        if settings.sources.exists():
            sync(runtime)
        with (
            closing(Workers(cores() if processes is None else processes)) as workers,
            stoppable(stop, "the captures in hand"),
            shown_progress(intake, bar=not as_json and sys.stderr.isatty()) as progress,
        ):
            report = Importer(
                runtime,
                intake,
                choose=lambda document: (choose or source_for)(runtime, document),
                workers=workers,
                progress=progress,
                stop=stop.is_set,
            ).run()
    if as_json:
        print_json(_report_json(report))
    else:
        _print_report(report)
    if report.stopped:
        complain("ended early; run the same command again and it goes on where it stopped")
    if report.stopped or report.lost:
        raise typer.Exit(1)


def _report_json(report: "ImportReport") -> dict[str, Any]:
    return {
        "captures": report.captures,
        "known": report.known,
        "observations": report.observations,
        "versions": report.versions,
        "changes": report.changes,
        "unread": report.unread,
        "lost": report.lost,
        "sources": report.sources,
        "problems": [{"place": place, "why": why} for place, why in report.problems],
        "notes": report.notes,
        "stopped": report.stopped,
        "seconds": round(report.seconds, 3),
        "per_second": round(report.captures / report.seconds, 1) if report.seconds else None,
    }


def _print_report(report: "ImportReport") -> None:
    if report.sources:
        print_table(("source", "new observations"), sorted(report.sources.items()))
    print_table(
        ("captures", "known before", "observations", "new texts", "changes", "without text", "not readable"),
        [
            (
                report.captures,
                report.known,
                report.observations,
                report.versions,
                report.changes,
                report.unread,
                report.lost,
            )
        ],
    )
    for note in report.notes:
        complain(note)
    for place, why in report.problems[:MOST_SHOWN]:
        complain(f"{place}: {why}")
    more = report.unread + report.lost - MOST_SHOWN
    if more > 0:
        complain(f"and {more} more without a text; --json names up to a hundred")
