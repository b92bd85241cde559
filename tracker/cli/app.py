"""Puts the commands together. Heavy rooms are imported inside the commands, so that `--help` answers at once."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from tracker.cli import (
    alerts,
    approve,
    audit,
    backfill,
    check,
    clauses,
    compare,
    db,
    deadlines,
    demo,
    diff,
    discover,
    doctor,
    events,
    evidence,
    export,
    history,
    imports,
    lexicon,
    mutes,
    noise,
    people,
    quality,
    recompute,
    review,
    run,
    show,
    sources,
    stats,
    storekeeping,
    subscriptions,
    timeline,
    triage,
    worker,
)
from tracker.cli.output import complain, forgive

app = typer.Typer(
    name="tracker",
    help="Follow privacy policies and terms: keep every version, alert only when their meaning changes.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


alerts.register(app)
approve.register(app)
audit.register(app)
backfill.register(app)
check.register(app)
clauses.register(app)
compare.register(app)
db.register(app)
deadlines.register(app)
demo.register(app)
diff.register(app)
discover.register(app)
doctor.register(app)
events.register(app)
evidence.register(app)
export.register(app)
history.register(app)
imports.register(app)
lexicon.register(app)
mutes.register(app)
noise.register(app)
people.register(app)
quality.register(app)
recompute.register(app)
review.register(app)
run.register(app)
show.register(app)
sources.register(app)
stats.register(app)
subscriptions.register(app)
storekeeping.register(app)
timeline.register(app)
triage.register(app)
worker.register(app)


def _show_version(asked: bool) -> None:
    if asked:
        from tracker import __version__

        typer.echo(f"tracker {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and stop.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """Take the options that go before a command."""


def _open_streams() -> None:
    """Let what is printed go nowhere where whoever called closed its stream, and be escaped where a stream lacks it."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 -- stays open
        forgive(getattr(sys, name))


def main() -> None:
    """Run the command line; turn the tracker's own errors into one clear line and an exit status."""
    from tracker.errors import NO_SPACE, TrackerError, UsageError

    _open_streams()
    try:
        app()
    except OSError as error:
        if error.errno not in NO_SPACE:
            raise
        # What is still held back for a full disk would be tried again, and complained of, at the very end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        complain(f"what was asked for cannot be written: {error.strerror}; free some space, then run the command again")
        sys.exit(1)
    except UsageError as error:
        complain(str(error))
        sys.exit(2)
    except TrackerError as error:
        complain(str(error))
        sys.exit(1)
    except Exception as error:
        from tracker.store.trouble import store_trouble

        trouble = store_trouble(error)
        if trouble is None:
            raise
        complain(str(trouble))
        sys.exit(1)
