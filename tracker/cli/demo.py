"""`tracker demo`: the whole tracker on a small built-in world."""

from pathlib import Path
from typing import Annotated

import typer

from tracker.cli.output import complain
from tracker.errors import UsageError


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(demo)


def demo(
    keep: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Keep the store in this new or empty folder.")
    ] = None,
) -> None:
    """See it work: three invented policies, an archive, changes, alerts and history, without network or set-up."""
    from tempfile import TemporaryDirectory

    from tracker.demo.play import play

    if keep is None:
        with TemporaryDirectory(prefix="tracker-demo-") as folder:
            faults = play(Path(folder))
    else:
        if keep.exists() and (not keep.is_dir() or any(keep.iterdir())):
            raise UsageError(f"{keep} is not an empty folder; name another one")
        keep.mkdir(parents=True, exist_ok=True)
        faults = play(keep.absolute())
        typer.echo(f"\nKept. Try: cd {keep} && tracker show brightmail --topic ai_training")
    if faults:
        for fault in faults:
            complain(f"demo: {fault}")
        raise typer.Exit(1)
    typer.echo("\nAll as expected: two alerts; rename, moved section, error page and flapping page stayed silent.")
