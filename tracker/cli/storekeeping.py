"""Commands that look after the store's file or database: `backup`, `restore`, `migrate-store`, `maintain`."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tracker.cli.output import AsJson, complain, print_json, print_table, printable
from tracker.cli.reading import opened_store

if TYPE_CHECKING:
    from tracker.store.database import Database
    from tracker.store.upkeep.moving import Moved

Quiet = Annotated[bool, typer.Option("--quiet", help="Show no progress.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(backup)
    app.command()(restore)
    app.command("migrate-store")(migrate_store)
    app.command()(maintain)


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where the copy goes; it must not exist yet.")],
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Copy an SQLite store, captures included, to one file while the daemon goes on with its work."""
    from tracker.settings import load_settings
    from tracker.store.upkeep.backup import back_up
    from tracker.store.upkeep.upgrade import existing_store

    with closing(existing_store(load_settings())) as database:
        size = back_up(database, file, _pages(quiet=quiet or as_json))
    if as_json:
        print_json({"file": str(file), "bytes": size})
    else:
        typer.echo(printable(f"{file}: {size:,} bytes. Put it back with `tracker restore {file}`."))


def restore(file: Annotated[Path, typer.Argument(metavar="FILE", help="A file of `tracker backup`.")]) -> None:
    """Put a backup in the place of the store; the daemon must be stopped. The store before is kept beside it."""
    from tracker.clock import SystemClock
    from tracker.settings import load_settings
    from tracker.store.database import Database
    from tracker.store.lock import daemon_lock
    from tracker.store.upkeep.backup import restore as put_back
    from tracker.store.upkeep.upgrade import open_store

    settings = load_settings()
    # A store that is there is opened, so that a daemon on it is noticed; a damaged one must not stand in the way.
    with closing(Database(settings.store_url)) as database:
        if database.is_sqlite and _is_usable(database):
            with daemon_lock(database):
                kept = put_back(database, file, SystemClock().now(), _pages(quiet=False))
        else:
            kept = put_back(database, file, SystemClock().now(), _pages(quiet=False))
    if kept is not None:
        typer.echo(printable(f"The store before is kept as {kept}."))
    with closing(open_store(settings)):
        typer.echo("Restored.")


def migrate_store(
    from_url: Annotated[str, typer.Argument(metavar="FROM", help="Address of the store, or $VARIABLE that holds it.")],
    to_url: Annotated[str, typer.Argument(metavar="TO", help="Address of an empty database, or $VARIABLE.")],
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Move a whole store into another database (SQLite to PostgreSQL or back) and verify it there."""
    from tracker.settings import load_settings
    from tracker.store.lock import daemon_lock
    from tracker.store.upkeep.moving import move_store
    from tracker.store.upkeep.upgrade import existing_store, open_store

    source = existing_store(load_settings(database_url=_named(from_url)))
    # An empty store of another release is refused like a full one: it lacks what this one would put there.
    with (
        closing(source),
        closing(open_store(load_settings(database_url=_named(to_url)))) as target,
        daemon_lock(source),
    ):
        moved = move_store(source, target, _rows(quiet=quiet or as_json))
    print_moved(moved, as_json=as_json)
    if not as_json:
        typer.echo("Now let TRACKER_DATABASE_URL name the new store.")


def print_moved(moved: "Moved", *, as_json: bool) -> None:
    """Print what came over; exit with 1 where it holds damage."""
    if as_json:
        print_json({"rows": moved.rows, "damages": [str(damage) for damage in moved.damages]})
    else:
        print_table(("table", "rows"), [(name, count) for name, count in moved.rows.items() if count])
        for damage in moved.damages:
            complain(str(damage))
        if not moved.damages:
            typer.echo("Every row is the same on both sides, and every hash chain holds.")
    if moved.damages:
        raise typer.Exit(1)


def maintain(as_json: AsJson = False) -> None:
    """Apply the retention rule, tidy up, and give free space back to the system."""
    from tracker.clock import SystemClock
    from tracker.daemon.engine.maintenance import compact
    from tracker.daemon.engine.maintenance import maintain as tidy
    from tracker.store.work.operations import database_bytes

    with opened_store() as (settings, database):
        with database.read() as session:
            before = database_bytes(session)
        done = tidy(database, settings, SystemClock())
        compact(database)
        with database.read() as session:
            after = database_bytes(session)
    if as_json:
        print_json(
            {
                "checks_dropped": done.checks_dropped,
                "captures_removed": done.captures_removed,
                "capture_bytes_removed": done.bytes_freed,
                "bytes_before": before,
                "bytes_after": after,
            }
        )
        return
    typer.echo(
        f"Outcomes of old checks dropped: {done.checks_dropped}; bytes of captures removed: {done.captures_removed}."
    )
    if before is not None and after is not None:
        typer.echo(f"The store had {before:,} bytes and has {after:,}.")


@contextmanager
def shown_rows(*, quiet: bool) -> "Iterator[Callable[[str, int], None] | None]":
    """Give what shows tables at work on a terminal, and end its line."""
    show = _rows(quiet=quiet)
    try:
        yield show
    finally:
        if show is not None:
            print("\r\033[K", end="", file=sys.stderr, flush=True)


def _is_usable(database: "Database") -> bool:
    import sqlite3

    from sqlalchemy import inspect
    from sqlalchemy.exc import SQLAlchemyError

    path = database.url.database
    if not path or not Path(path).exists():
        return False
    try:
        return "meta" in inspect(database.engine).get_table_names()
    except (SQLAlchemyError, sqlite3.Error):
        return False


def _named(url: str) -> str:
    """Return an address; `$NAME` is that of a variable, so that no password stands in the list of processes."""
    from tracker.errors import UsageError

    if not url.startswith("$"):
        return url
    value = os.environ.get(url[1:])
    if not value:
        raise UsageError(f"the variable {url[1:]} is not set")
    return value


def _pages(*, quiet: bool) -> "Callable[[int, int], None] | None":
    if quiet or not sys.stderr.isatty():
        return None
    return lambda left, total: print(
        f"\rcopied {100 * (total - left) // max(1, total)} %\033[K", end="", file=sys.stderr, flush=True
    )


def _rows(*, quiet: bool) -> "Callable[[str, int], None] | None":
    if quiet or not sys.stderr.isatty():
        return None
    return lambda table, done: print(f"\r{table}: {done}\033[K", end="", file=sys.stderr, flush=True)
