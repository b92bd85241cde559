"""`tracker evidence`: everything that proves one change, in one file."""

from pathlib import Path
from typing import Annotated

import typer

from tracker.cli.export import whole_file
from tracker.cli.output import console, printable
from tracker.cli.reading import reading


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(evidence)


def evidence(
    change: Annotated[str, typer.Argument(metavar="CHANGE", help="Id of the change, or its beginning.")],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Where to. [default: evidence-ID.zip]")
    ] = None,
) -> None:
    """Write what proves a change into one file that `tracker verify` checks: captures, hashes, texts, verdict."""
    import hashlib

    from tracker.export.evidence import write_bundle
    from tracker.store.history import change as change_of

    with reading() as (_, session):
        entry = change_of(session, change)
        path = out or Path(f"evidence-{entry.change.id}.zip")
        with whole_file(path) as part, part.open("w+b") as file:
            write_bundle(session, entry, file)
            file.seek(0)
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    console().print(printable(f"{path}: SHA-256 {sha256}"))
