"""`tracker import ota`, `warc`, `html` and `princeton`: whole collections that others made become history."""

import sys
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tracker.cli.import_options import (
    LanguageOption,
    NameOption,
    OrganisationOption,
    TypeOption,
    day_given,
    source_named,
)
from tracker.cli.output import AsJson, complain, print_json, print_table
from tracker.counting import counted
from tracker.errors import UsageError
from tracker.printable import one_line

if TYPE_CHECKING:
    from tracker.daemon.imports.collection import ImportReport
    from tracker.daemon.runtime import Runtime
    from tracker.intake.model import Described, Intake
    from tracker.sources.model import Source

    Choose = Callable[[Runtime, Described], Source | None]

#: Problems that a person is shown; `--json` has more.
MOST_SHOWN = 10

#: Notes on the collection that a person is shown.
MOST_NOTES = 200

Processes = Annotated[
    int | None, typer.Option(min=0, max=256, metavar="N", help="Processes that read and compare. [one per core]")
]


NoGuard = Annotated[
    bool,
    typer.Option("--no-guard", help="Take error pages, log-ins and shells too, those held before as well."),
]


def register(group: typer.Typer) -> None:
    """Add the commands of this module to the group of imports."""
    group.command("ota")(import_ota)
    group.command("warc")(import_warc)
    group.command("html")(import_html)
    group.command("princeton")(import_princeton)


def import_ota(
    repository: Annotated[
        Path, typer.Argument(metavar="REPO", help="Clone of a versions or snapshots repository.", exists=True)
    ],
    no_guard: NoGuard = False,
    processes: Processes = None,
    no_join: Annotated[
        bool, typer.Option("--no-join", help="Keep documents apart that seem to be one under a new name.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Import a collection of Open Terms Archive, or what `tracker export git` wrote; run it again to go on."""
    from tracker.intake.open_terms import OpenTermsArchive

    def open_intake(runtime: "Runtime") -> "Intake":
        return OpenTermsArchive(repository, runtime.settings.max_bytes, join=not no_join)

    _import(open_intake, None, processes, guarded=not no_guard, as_json=as_json)


def import_princeton(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Clone of the corpus, or a folder of its files.")],
    no_guard: NoGuard = False,
    processes: Processes = None,
    as_json: AsJson = False,
) -> None:
    """Import Markdown files that begin with an archive's notice: the longitudinal corpus of privacy policies."""
    from tracker.intake.princeton import PrincetonCorpus

    _import(
        lambda runtime: PrincetonCorpus(folder, runtime.settings.max_bytes),
        None,
        processes,
        guarded=not no_guard,
        as_json=as_json,
    )


def import_warc(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="WARC files, plain or gzip.")],
    source: Annotated[
        str | None, typer.Option(metavar="ID", help="Whose captures they are; by default the source of each address.")
    ] = None,
    url: Annotated[
        str | None, typer.Option(metavar="URL", help="With --source: captures of this address only.")
    ] = None,
    name: NameOption = None,
    organisation: OrganisationOption = None,
    document_type: TypeOption = None,
    language: LanguageOption = None,
    no_guard: NoGuard = False,
    processes: Processes = None,
    as_json: AsJson = False,
) -> None:
    """Import captures out of WARC files; what is of no source's address is passed over."""
    from tracker.daemon.imports.sources import AddressBook, one_address
    from tracker.intake.captures import WarcCaptures

    given = {"name": name, "organisation": organisation, "document_type": document_type, "language": language}
    if source is None and (url is not None or any(given.values())):
        raise UsageError("--url and what describes a source go with --source ID")

    def open_intake(runtime: "Runtime") -> "Intake":
        wanted = AddressBook(runtime).document_at if source is None else one_address(source, url)
        return WarcCaptures(files, wanted, runtime.settings.max_bytes)

    _import(open_intake, _named(given), processes, guarded=not no_guard, as_json=as_json)


def import_html(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Saved pages, HTML or PDF.")],
    source: Annotated[
        str | None, typer.Option(metavar="ID", help="Whose pages they are; by default each file's name says it.")
    ] = None,
    name: NameOption = None,
    organisation: OrganisationOption = None,
    document_type: TypeOption = None,
    language: LanguageOption = None,
    date: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="When they were taken, if neither page nor name says it."),
    ] = None,
    no_guard: NoGuard = False,
    processes: Processes = None,
    as_json: AsJson = False,
) -> None:
    """Import saved pages, named like acme-20200131.html or in a folder that names the source."""
    from tracker.intake.files import SavedPages
    from tracker.intake.model import Described

    given = {"name": name, "organisation": organisation, "document_type": document_type, "language": language}
    day = day_given(date)

    def describe(ident: str) -> Described:
        return Described(source or ident, source or ident)

    _import(
        lambda runtime: SavedPages(files, day, describe, runtime.settings.max_bytes),
        _named(given),
        processes,
        guarded=not no_guard,
        as_json=as_json,
    )


def _named(given: "dict[str, str | None]") -> "Choose":
    """Return what finds the source of a document whose id the user gave, or a file's name."""
    return lambda runtime, document: source_named(runtime, document.id, given)


def _import(
    open_intake: "Callable[[Runtime], Intake]",
    choose: "Choose | None",
    processes: int | None,
    *,
    guarded: bool,
    as_json: bool,
) -> None:
    """Import a collection and print what came of it; exit status 1 where something could not be read or it was stopped.

    Args:
        open_intake: opens the collection.
        choose: says which source a document belongs to; by default the one that fits, or one made for it.
        processes: that read and compare.
        guarded: hold back what looks like no document.
        as_json: print for programs.

    """
    from tracker.cli.import_progress import shown_progress
    from tracker.cli.stopping import stoppable
    from tracker.cores import cores
    from tracker.daemon.engine.planner import sync
    from tracker.daemon.engine.wiring import open_runtime
    from tracker.daemon.imports.collection import Importer
    from tracker.daemon.imports.sources import source_for
    from tracker.daemon.imports.workers import Workers
    from tracker.logs import set_up_logs
    from tracker.settings import load_settings

    settings = load_settings()
    set_up_logs(settings, command=True)
    stop = threading.Event()
    with closing(open_runtime(settings, sources_needed=False, stop=stop)) as runtime:
        if settings.sources.exists():
            sync(runtime)
        intake = open_intake(runtime)
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
                guarded=guarded,
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
        "held": report.held,
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
        typer.echo()
    counts = (
        ("captures", report.captures),
        ("known before", report.known),
        ("new observations", report.observations),
        ("new texts", report.versions),
        ("changes judged", report.changes),
        ("kept without a text", report.unread),
        ("held as suspect", report.held),
        ("not readable", report.lost),
    )
    print_table(("what", "count"), counts)
    # A file's name may hold line breaks, and what stood behind one would read like a message of ours.
    for note in report.notes[:MOST_NOTES]:
        complain(one_line(note))
    if len(report.notes) > MOST_NOTES:
        complain(f"and {counted(len(report.notes) - MOST_NOTES, 'more note')}; --json has all")
    for place, why in report.problems[:MOST_SHOWN]:
        complain(one_line(f"{place}: {why}"))
    more = report.unread + report.held + report.lost - MOST_SHOWN
    if more > 0 and len(report.problems) > MOST_SHOWN:
        complain(f"and {more} more without a text; --json names up to a hundred")
