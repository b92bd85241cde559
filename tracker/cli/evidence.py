"""`tracker evidence`: everything that shows one change, in one file."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tracker.cli.output import complain, printable
from tracker.cli.reading import opened_store
from tracker.errors import TimestampError, unwritable

if TYPE_CHECKING:
    from tracker.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(evidence)


def evidence(
    change: Annotated[str, typer.Argument(metavar="CHANGE", help="Id of the change, or how it begins.")],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Where to. [default: evidence-ID.zip]")
    ] = None,
) -> None:
    """Write both captures of a change, its texts, verdict and hashes to one file that `tracker verify` checks.

    With `timestamp_authority` set it gets a time stamp too; where there is none to be had, it is written without one.
    """
    from hashlib import sha256

    from tracker.export.evidence import write_evidence
    from tracker.store.history.history import change as find_change

    with opened_store() as (settings, database):
        with database.read() as session:
            entry = find_change(session, change)
            path = out or Path(f"evidence-{entry.change.id}.zip")
            part = path.with_name(f".{path.name}.part")
            try:
                with part.open("wb") as file:
                    manifest = write_evidence(session, entry, file)
            except OSError as error:
                part.unlink(missing_ok=True)
                raise unwritable(path, error) from None
            except BaseException:
                part.unlink(missing_ok=True)
                raise
        try:
            # Not while the store is read: an authority may take its time.
            said, failed = _stamped(settings, part, manifest)
            part.replace(path)
        except OSError as error:
            raise unwritable(path, error) from None
        finally:
            part.unlink(missing_ok=True)
    typer.echo(printable(f"{path}: SHA-256 of its manifest {sha256(manifest).hexdigest()}"))
    if said:
        typer.echo(printable(said))
    if failed:
        complain(f"{path} has no time stamp: {failed}")
        raise typer.Exit(1)


def _stamped(settings: "Settings", bundle: Path, manifest: bytes) -> tuple[str, str]:
    """Put a time stamp into a bundle if one is wanted; return what it says, and why there is none."""
    from tracker.export.evidence import add_stamp
    from tracker.fetch.stamping import stamped

    if settings.timestamp_authority is None:
        return "", ""
    try:
        token, stamp = stamped(settings, manifest)
    except TimestampError as error:
        return "", str(error)
    with bundle.open("r+b") as file:
        add_stamp(file, token)
    return f"Time stamp of {stamp.at:%Y-%m-%d %H:%M:%S} UTC by {stamp.authority}", ""
