"""`tracker demo`: the whole thing at work on a small built-in world."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tracker.cli.output import complain

if TYPE_CHECKING:
    from collections.abc import Sequence


def register(app: typer.Typer) -> None:
    """Add the command of this module."""

    @app.command()
    def demo(
        keep: Annotated[
            Path | None, typer.Option(metavar="DIR", help="Keep the store in this new folder, to look around in it.")
        ] = None,
    ) -> None:
        """Show everything at work in under a minute: no network, no set-up, nothing left behind."""
        _play(app, keep)


def _play(app: typer.Typer, keep: Path | None) -> None:
    import tempfile

    from tracker.errors import UsageError

    if keep is None:
        with tempfile.TemporaryDirectory(prefix="tracker-demo-") as folder:
            wrong = _told(app, Path(folder))
    else:
        try:
            keep.mkdir(parents=True)
        except OSError as error:
            raise UsageError(f"--keep {keep}: {error.strerror}; name a folder that does not exist yet") from None
        wrong = _told(app, keep.resolve())
        typer.secho("\nLook around with these settings, for instance by `tracker log brightmail`:")
        typer.secho(f"export TRACKER_DATA_DIR={keep} TRACKER_SOURCES={keep}/sources.toml")
    for complaint in wrong:
        complain(f"the demo did not come out as it should: {complaint}")
    if wrong:
        raise typer.Exit(1)
    typer.secho("\nThat was the real thing: the same commands follow real policies. See README.md for the first steps.")


def _told(app: typer.Typer, home: Path) -> list[str]:
    """Play the story over an installation in this folder; return what went wrong."""
    from tracker.demo.scenery import policies
    from tracker.demo.servers import DemoServer
    from tracker.demo.story import Stage, settings_of, tell, write_installation

    def run(arguments: "Sequence[str]") -> int:
        result = app(list(arguments), standalone_mode=False)
        return result if isinstance(result, int) else 0

    def say(line: str) -> None:
        typer.secho(f"\n{line}" if line[0] != ">" else line, bold=True)

    captures = [capture for policy in policies() for capture in policy.captures()]
    with DemoServer(captures) as server, settings_of(home):
        write_installation(home, server)
        return tell(Stage(home, server, run, say))
