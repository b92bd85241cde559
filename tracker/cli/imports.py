"""`tracker import`: texts from elsewhere become history."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tracker.cli import import_collections
from tracker.cli.output import AsJson, print_json, print_table
from tracker.errors import UsageError

if TYPE_CHECKING:
    from tracker.daemon.runtime import Runtime
    from tracker.sources.model import Source

imports = typer.Typer(name="import", help="Bring texts from elsewhere into the history.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the group to the command line."""
    import_collections.register(imports)
    app.add_typer(imports)


@imports.callback()
def _group() -> None:
    """Bring texts from elsewhere into the history."""


def ident_of(path: Path) -> str:
    """Return a source id made of a file's name.

    Raises:
        UsageError: no letter or digit of it can stand in an id.

    """
    from tracker.intake.model import plain_ident

    ident = plain_ident(path.stem)
    if not ident:
        raise UsageError(f"{path}: the name gives no id; add --source ID")
    return ident


@imports.command("all")
def import_all(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file of `tracker export --all`.")],
    as_json: AsJson = False,
) -> None:
    """Bring a whole store into an empty one, of whatever kind of database, and verify it."""
    from tracker.cli.reading import opened_store
    from tracker.cli.storekeeping import print_moved, shown_rows
    from tracker.store.portable import read_portable

    with opened_store() as (_, database), shown_rows(quiet=as_json) as show:
        moved = read_portable(database, file, show)
    print_moved(moved, as_json=as_json)


@imports.command("text")
def import_texts(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Plain text or Markdown.")],
    source: Annotated[
        str | None, typer.Option(metavar="ID", help="Whose text it is; by default each file's name without its ending.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Name of a source that is not in the sources file.")] = None,
    organisation: Annotated[str | None, typer.Option(help="Its organisation.")] = None,
    document_type: Annotated[str | None, typer.Option("--type", help="Its type of document. [Privacy Policy]")] = None,
    language: Annotated[str | None, typer.Option(help="Its language. [en]")] = None,
    date: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="When the text was seen, if no archive notice in the file says it."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Store text files as versions; a source that is in no sources file is kept as archived history."""
    from contextlib import closing

    from tracker.daemon.imports import import_text
    from tracker.daemon.wiring import open_runtime
    from tracker.settings import load_settings

    day = date.date() if date else None
    if source is not None and len(files) > 1 and day is not None:
        raise UsageError("--date says when one text was seen; import files of several dates one by one")
    given = {"name": name, "organisation": organisation, "document_type": document_type, "language": language}
    with closing(open_runtime(load_settings(), sources_needed=False)) as runtime:
        # All sources are found before anything is stored, so that a mistake stores nothing.
        wanted = [(path, _source(runtime, source or ident_of(path), given)) for path in files]
        done = [import_text(runtime, path, found, day) for path, found in wanted]
    if as_json:
        told = [
            {
                "file": item.file,
                "source": item.source_id,
                "observed_at": item.observed_at.isoformat(),
                "stated_date": item.stated_date,
                "words": item.words,
                "clauses": item.clauses,
                "new_version": item.new_version,
                "new_observation": item.new_observation,
            }
            for item in done
        ]
        print_json(told)
        return
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


def _source(runtime: "Runtime", ident: str, given: dict[str, str | None]) -> "Source":
    """Return the source of the file, or one that is only in the store."""
    from tracker.daemon.imports import unlisted_source
    from tracker.errors import UnknownSourceError
    from tracker.sources.terms_types import terms_type
    from tracker.sources.values import BadValue, read_ident, read_language
    from tracker.store.sources import source_row

    found = runtime.sources_file.source(ident)
    told = [option for option, value in given.items() if value is not None]
    if found is not None:
        if told:
            option = told[0].replace("document_type", "type")
            raise UsageError(f"{found.id} is in the sources file, which says what it is; leave out --{option}")
        return found
    try:
        read_ident(ident)
        read_language(given["language"] or "en")
    except BadValue as error:
        raise UsageError(f"{ident}: {error}") from None
    kept = {"name": ident, "organisation": "", "document_type": "Privacy Policy", "language": "en"}
    with runtime.database.read() as session:
        try:
            row = source_row(session, ident)
        except UnknownSourceError:
            pass
        else:
            kept = {option: getattr(row, option) for option in kept}
    wanted = {option: given[option] or kept[option] for option in kept}
    document_type = terms_type(wanted["document_type"])
    if document_type is None:
        raise UsageError(f'{wanted["document_type"]!r} is no document type; write one like "Privacy Policy"')
    return unlisted_source(ident, wanted["name"], wanted["organisation"], document_type, wanted["language"])
