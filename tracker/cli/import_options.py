"""Options that imports share: which source it is, and what it is where no file says so."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tracker.errors import UsageError

if TYPE_CHECKING:
    from tracker.daemon.runtime import Runtime
    from tracker.sources.model import Source

NameOption = Annotated[str | None, typer.Option(help="Name of a source that is not in the sources file.")]
OrganisationOption = Annotated[str | None, typer.Option(help="Its organisation.")]
TypeOption = Annotated[str | None, typer.Option("--type", help="Its type of document. [Privacy Policy]")]
LanguageOption = Annotated[str | None, typer.Option(help="Its language. [en]")]


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


def day_given(given: datetime | None) -> date | None:
    """Return the day of `--date`.

    Raises:
        UsageError: it is still to come.

    """
    from tracker.clock import SystemClock
    from tracker.moments import lies_ahead

    if given is None:
        return None
    if lies_ahead(given.replace(tzinfo=UTC), SystemClock().now()):
        raise UsageError(f"--date: {given:%Y-%m-%d} is still to come; nothing can have been seen then")
    return given.date()


def source_named(runtime: "Runtime", ident: str, given: dict[str, str | None]) -> "Source":
    """Return the source of an id: one of the sources file, or one that only the store knows or will know.

    Args:
        runtime: with the sources file and the store.
        ident: of the source.
        given: what the options say of a source that is in no file, by name; None where they say nothing.

    Raises:
        UsageError: the id or an option is none, or the sources file says it otherwise.

    """
    from tracker.daemon.imports.text_files import unlisted_source
    from tracker.errors import UnknownSourceError
    from tracker.intake.model import plain_name
    from tracker.sources.terms_types import terms_type
    from tracker.sources.values import BadValue, read_ident, read_language
    from tracker.store.history.sources import source_row

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
    # A terminal may hand over bytes that are no text.
    wanted = {option: plain_name(given[option] or "") or kept[option] for option in kept}
    document_type = terms_type(wanted["document_type"])
    if document_type is None:
        raise UsageError(f'{wanted["document_type"]!r} is no document type; write one like "Privacy Policy"')
    return unlisted_source(ident, wanted["name"], wanted["organisation"], document_type, wanted["language"])
