"""Commands about the store itself: `tracker db upgrade` and `tracker verify`."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tracker.cli.output import AsJson, complain, print_json, print_table, printable
from tracker.cli.reading import user_name
from tracker.counting import counted
from tracker.errors import UsageError

if TYPE_CHECKING:
    from tracker.store.upkeep.verify import VerifyReport

db = typer.Typer(help="Look after the store.", no_args_is_help=True, rich_markup_mode=None)


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(db, name="db")
    app.command()(verify)


@db.callback()
def _group() -> None:
    """Look after the store."""


@db.command()
def upgrade(
    backup: Annotated[
        bool, typer.Option("--backup/--no-backup", help="Copy the store before it is touched (SQLite only).")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Bring the store to the schema this release needs; a backup is made first."""
    from tracker.clock import SystemClock
    from tracker.settings import load_settings
    from tracker.store.migrations import HEAD
    from tracker.store.upkeep.upgrade import upgrade_store

    saved = upgrade_store(load_settings(), SystemClock().now(), backup=backup, actor=user_name())
    if as_json:
        print_json({"schema": HEAD, "backup": None if saved is None else str(saved)})
        return
    if saved is not None:
        typer.echo(printable(f"Backup: {saved}"))
    typer.echo(f"The store has schema {HEAD}.")


def verify(
    bundle: Annotated[
        Path | None, typer.Argument(metavar="[BUNDLE]", help="A file of `tracker evidence`; the store is left alone.")
    ] = None,
    trust: Annotated[
        Path | None,
        typer.Option("--trust", metavar="FILE", help="PEM file of roots that the bundle's time stamp has to lead to."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Recompute every hash of the store, or of an evidence bundle, and name whatever is damaged."""
    if bundle is None and trust is not None:
        raise UsageError("--trust is about the time stamp of a bundle: name the bundle too")
    report = _verified_store(quiet=as_json) if bundle is None else _verified_bundle(bundle, trust)
    if as_json:
        found = [asdict(damage) for damage in report.damages]
        told = {"ok": report.ok, "checked": report.checked, "removed": report.removed, "damages": found}
        print_json(told | {"notes": report.notes})
    else:
        print_table(("checked", "count"), report.checked.items())
        if report.removed:
            removed = counted(report.removed, "payload was", "payloads were")
            typer.echo(f"{removed} removed by a retention rule; every hash still holds.")
        for note in report.notes:
            typer.echo(printable(note))
        if report.ok:
            typer.echo("Everything is as it was stored.")
        for damage in report.damages:
            complain(str(damage))
    if not report.ok:
        raise typer.Exit(1)


def _verified_store(*, quiet: bool) -> "VerifyReport":
    from tracker.settings import load_settings
    from tracker.store.upkeep.upgrade import open_store
    from tracker.store.upkeep.verify import verify_store

    database = open_store(load_settings())
    try:
        return verify_store(database, None if quiet or not sys.stderr.isatty() else _show)
    finally:
        database.close()


def _verified_bundle(bundle: Path, trust: Path | None) -> "VerifyReport":
    from tracker.export.evidence_check import verify_bundle

    return verify_bundle(bundle, trust)


def _show(what: str, done: int) -> None:
    print(f"\rchecking {what}: {done}\033[K", end="", file=sys.stderr, flush=True)
