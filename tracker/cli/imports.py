"""`tracker import`: texts from elsewhere become history."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tracker.cli import import_collections
from tracker.cli.import_options import (
    LanguageOption,
    NameOption,
    OrganisationOption,
    TypeOption,
    day_given,
    ident_of,
    source_named,
)
from tracker.cli.output import AsJson, print_json, print_table
from tracker.errors import UsageError

if TYPE_CHECKING:
    from tracker.daemon.imports.text_files import Imported

imports = typer.Typer(name="import", help="Bring texts from elsewhere into the history.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the group to the command line."""
    import_collections.register(imports)
    app.add_typer(imports)


@imports.callback()
def _group() -> None:
    """Bring texts from elsewhere into the history."""


@imports.command("all")
def import_all(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file of `tracker export --all`.")],
    as_json: AsJson = False,
) -> None:
    """Bring a whole store into an empty one, of whatever kind of database, and verify it."""
    from tracker.cli.reading import opened_store
    from tracker.cli.storekeeping import print_moved, shown_rows
    from tracker.store.upkeep.portable import read_portable

    with opened_store() as (_, database), shown_rows(quiet=as_json) as show:
        moved = read_portable(database, file, show)
    print_moved(moved, as_json=as_json)


@imports.command("text")
def import_texts(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Plain text or Markdown.")],
    source: Annotated[
        str | None, typer.Option(metavar="ID", help="Whose text it is; by default each file's name without its ending.")
    ] = None,
    name: NameOption = None,
    organisation: OrganisationOption = None,
    document_type: TypeOption = None,
    language: LanguageOption = None,
    date: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="When the text was seen, if no archive notice in the file says it."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Store text files as versions; a source that is in no sources file is kept as archived history."""
    from contextlib import closing

    from tracker.daemon.engine.wiring import open_runtime
    from tracker.daemon.imports.text_files import import_text
    from tracker.settings import load_settings

    day = day_given(date)
    if source is not None and len(files) > 1 and day is not None:
        raise UsageError("--date says when one text was seen; import files of several dates one by one")
    given = {"name": name, "organisation": organisation, "document_type": document_type, "language": language}
    with closing(open_runtime(load_settings(), sources_needed=False)) as runtime:
        # All sources are found before anything is stored, so that a mistake stores nothing.
        wanted = [(path, source_named(runtime, source or ident_of(path), given)) for path in files]
        done = [import_text(runtime, path, found, day) for path, found in wanted]
    if as_json:
        print_json([_text_json(item) for item in done])
    else:
        _print_texts(done)


def _text_json(item: "Imported") -> dict[str, Any]:
    return {
        "file": item.file,
        "source": item.source_id,
        "observed_at": item.observed_at.isoformat(),
        "stated_date": item.stated_date,
        "words": item.words,
        "clauses": item.clauses,
        "new_version": item.new_version,
        "new_observation": item.new_observation,
    }


def _print_texts(done: "Sequence[Imported]") -> None:
    print_table(
        ("file", "source", "seen", "dated", "words", "clauses", "stored as"),
        [
            (
                item.file,
                item.source_id,
                f"{item.observed_at:%Y-%m-%d}",
                item.stated_date,
                item.words,
                item.clauses,
                _stored_as(item.new_version, item.new_observation),
            )
            for item in done
        ],
    )


def _stored_as(new_version: bool, new_observation: bool) -> str:
    if not new_observation:
        return "nothing new"
    return "new version" if new_version else "version seen again"
