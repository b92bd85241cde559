"""`tracker sources`: what is followed, and whether the file that says so is right."""

from pathlib import Path
from typing import Annotated

import typer

from tracker.cli.output import AsJson, print_json, print_table

sources_app = typer.Typer(name="sources", help="What is followed, and how.", no_args_is_help=True)

InFile = Annotated[Path | None, typer.Option("--file", help="The sources file, instead of the configured one.")]


@sources_app.command()
def check(file: InFile = None) -> None:
    """Check the sources file and name every mistake; exit status 2 when there is one."""
    from tracker.settings import load_settings
    from tracker.sources.load import load_sources

    path = file or load_settings().sources
    found = load_sources(path)
    counts = f"{len(found.sources)} sources, {len(found.routes)} routes, {len(found.archives)} archives"
    typer.echo(f"{path}: fine ({counts})")


@sources_app.command("list")
def show_list(as_json: AsJson = False) -> None:
    """List the sources of the file."""
    from tracker.settings import load_settings
    from tracker.sources.load import load_sources

    found = load_sources(load_settings().sources).sources
    rows = [
        {"id": s.id, "name": s.name, "type": s.document_type, "tags": list(s.tags), "urls": [p.url for p in s.pages]}
        for s in found
    ]
    if as_json:
        print_json(rows)
    else:
        print_table(("id", "name", "type", "address"), [(r["id"], r["name"], r["type"], r["urls"][0]) for r in rows])


def register(app: typer.Typer) -> None:
    """Add the group to the command line."""
    app.add_typer(sources_app)
