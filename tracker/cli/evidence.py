"""`tracker evidence`: everything that shows one change, in one file."""

from pathlib import Path
from typing import Annotated

import typer

from tracker.cli.output import printable
from tracker.cli.reading import reading
from tracker.errors import UsageError


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(evidence)


def evidence(
    change: Annotated[str, typer.Argument(metavar="CHANGE", help="Id of the change, or how it begins.")],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Where to. [default: evidence-ID.zip]")
    ] = None,
) -> None:
    """Write both captures of a change, its texts, verdict and hashes to one file that `tracker verify` checks."""
    from tracker.export.evidence import write_evidence
    from tracker.store.history import change as find_change

    with reading() as (_, session):
        entry = find_change(session, change)
        path = out or Path(f"evidence-{entry.change.id}.zip")
        part = path.with_name(f".{path.name}.part")
        try:
            with part.open("wb") as file:
                digest = write_evidence(session, entry, file)
            part.replace(path)
        except OSError as error:
            raise UsageError(f"cannot write {path}: {error.strerror}") from error
        finally:
            part.unlink(missing_ok=True)
    typer.echo(printable(f"{path}: SHA-256 of its manifest {digest}"))
