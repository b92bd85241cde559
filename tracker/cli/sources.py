"""`tracker sources`: what is followed, whether the file that says so is right, and how to get something into it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tracker.cli import sources_intake, sources_vendors
from tracker.cli.output import AsJson, complain, print_json, print_table, printable
from tracker.counting import counted
from tracker.errors import UsageError

if TYPE_CHECKING:
    from sqlmodel import Session

    from tracker.daemon.discovery.onboard import Look
    from tracker.sources.model import SourcesFile
    from tracker.store.schema.tables import SourceRow

sources_app = typer.Typer(name="sources", help="What is followed, and how.", no_args_is_help=True)

InFile = Annotated[Path | None, typer.Option("--file", help="The sources file, instead of the configured one.")]
Idents = Annotated[list[str], typer.Argument(metavar="SOURCE...", help="Ids of sources.")]

#: Lines shown of what is kept, at each end, and of what is dropped.
SHOWN_LINES = 3


def register(app: typer.Typer) -> None:
    """Add the group to the command line."""
    sources_intake.register(sources_app)
    sources_vendors.register(sources_app)
    app.add_typer(sources_app)


@sources_app.command()
def check(file: InFile = None) -> None:
    """Check the sources file and name every mistake; exit status 2 when there is one."""
    from tracker.settings import load_settings
    from tracker.sources.load import decode_sources, load_sources
    from tracker.sources.plain_secrets import routes_with_plain_secrets

    path = file or load_settings().sources
    found = load_sources(path)
    carried = {tag for source in found.sources for tag in source.tags}
    for route in found.routes:
        for tag in route.tags:
            if tag not in carried:
                complain(f"{path}: route {route.name!r}: no source carries the tag {tag!r}, so it selects nothing")
    for warning in _unreached(found):
        complain(f"{path}: {warning}")
    for name in routes_with_plain_secrets(decode_sources(path.read_bytes(), str(path))):
        complain(f"{path}: route {name!r}: an address holds a secret as it stands; write ${{NAME}}, and set that")
    counts = {"source": len(found.sources), "route": len(found.routes), "archive": len(found.archives)}
    typer.echo(f"{path}: fine ({', '.join(counted(count, noun) for noun, count in counts.items())})")


def _unreached(found: "SourcesFile") -> list[str]:
    """Return a warning for each source of which no route tells, or one where there is no route at all."""
    from tracker.alerts.routing import unreached

    if not any(route.enabled and not route.operator for route in found.routes):
        return ["no route is there and on, so nobody is alerted; [[route]] starts one"]
    return [
        f"source {source.id!r}: no route reaches it, so nobody is alerted of its changes" for source in unreached(found)
    ]


@sources_app.command("list")
def show_list(as_json: AsJson = False) -> None:
    """List the sources of the file, and those that only the store knows, with how their checks go."""
    from tracker.settings import load_settings
    from tracker.sources.load import load_sources
    from tracker.sources.model import SourcesFile

    settings = load_settings()
    stored = _stored()
    # Whoever only imports has no file; without one and without history the missing file is what there is to tell.
    found = SourcesFile(()) if stored and not settings.sources.exists() else load_sources(settings.sources)
    rows = _listed(found, stored)
    if as_json:
        print_json(rows)
        return
    columns = ("source", "type", "state", "last check", "last success", "last change", "failures")
    print_table(
        columns,
        [
            (
                row["id"],
                row["type"],
                row["state"],
                *(_minute(row[key], settings.zone) for key in ("last_check", "last_success", "last_change")),
                f"{row['failures']} ({row['last_failure']})" if row["failures"] else "",
            )
            for row in rows
        ],
    )


@sources_app.command()
def add(
    url: Annotated[str, typer.Argument(help="Address of the document.")],
    ident: Annotated[str, typer.Option("--id", help="Id; else suggested.")] = "",
    name: Annotated[str, typer.Option(help="Name; else from the page's title.")] = "",
    kind: Annotated[str, typer.Option("--type", help="Type of document; else from the title or address.")] = "",
    organisation: Annotated[str, typer.Option(help="Whose document it is.")] = "",
    tag: Annotated[list[str] | None, typer.Option(help="A tag; may be given again.")] = None,
    select: Annotated[list[str] | None, typer.Option(help="CSS selector of what to keep; may be given again.")] = None,
    remove: Annotated[list[str] | None, typer.Option(help="CSS selector of what to drop; may be given again.")] = None,
    language: Annotated[str, typer.Option(help="Language of the document.")] = "en",
    yes: Annotated[bool, typer.Option("--yes", help="Write the entry without asking.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the entry, write nothing.")] = False,
) -> None:
    """Look at a document twice, show what would be kept and dropped, and write an entry for it."""
    from contextlib import closing
    from dataclasses import replace

    from tracker.daemon.discovery.onboard import draft_entry, draft_source, look_at
    from tracker.daemon.engine.wiring import open_runtime
    from tracker.settings import load_settings
    from tracker.sources.edit import add_entry

    _check_words(url, ident, language, (*(select or ()), *(remove or ())))
    settings = load_settings()
    with closing(open_runtime(settings, sources_needed=False)) as runtime:
        look = look_at(runtime, draft_source(url, select or (), remove or (), language))
        taken = [source.id for source in runtime.sources_file.sources]
    _print_look(look)
    told = {"id": ident, "name": name, "type": kind, "organisation": organisation}
    entry = replace(
        draft_entry(look, url, taken, **told),
        tags=tuple(tag or ()),
        select=tuple(select or ()),
        remove=tuple(remove or ()),
        language=language if language != "en" else "",
    )
    typer.echo(f"\n{printable(entry.as_toml())}")
    if dry_run:
        return
    if not look.fine:
        complain("this would not be followed well as it is; try --select or --remove")
    if not yes and not typer.confirm(f"Write this to {settings.sources}?", default=look.fine):
        raise typer.Exit(1)
    add_entry(settings.sources, entry)
    typer.echo(f"written; `tracker check {entry.id}` records its first version")


def _check_words(url: str, ident: str, language: str, selectors: Sequence[str]) -> None:
    """Refuse what could stand in no sources file before anything is fetched."""
    from tracker.sources.values import BadValue, read_ident, read_language, read_selector, read_url

    given = [(read_url, url), (read_language, language), *((read_selector, one) for one in selectors)]
    for reader, word in [*given, *([(read_ident, ident)] if ident else [])]:
        try:
            reader(word)
        except BadValue as error:
            hint = f" ({error.hint})" if error.hint else ""
            raise UsageError(f"{word[:80]!r}: {error}{hint}") from None


@sources_app.command("test")
def test_source(source: Annotated[str, typer.Argument(metavar="SOURCE", help="Id of a source.")]) -> None:
    """Fetch a source now as it is set up, store nothing, and show what is kept and dropped."""
    from contextlib import closing

    from tracker.daemon.discovery.onboard import look_at
    from tracker.daemon.engine.wiring import open_runtime
    from tracker.settings import load_settings

    with closing(open_runtime(load_settings())) as runtime:
        look = look_at(runtime, runtime.source(source))
    _print_look(look)
    if not look.fine:
        raise typer.Exit(1)


@sources_app.command()
def pause(sources: Idents) -> None:
    """Stop checking sources; their history stays."""
    _each(sources, "pause", "paused")


@sources_app.command()
def resume(sources: Idents) -> None:
    """Check paused sources again."""
    _each(sources, "resume", "checked again when due")


@sources_app.command()
def mute(
    sources: Idents,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day from which alerts are sent again; else never.")
    ] = None,
) -> None:
    """Send no alerts of sources for a while; they are checked and recorded all the same."""
    from tracker.settings import load_settings

    _each(sources, "mute", "muted", until.replace(tzinfo=load_settings().zone) if until else None)


@sources_app.command()
def unmute(sources: Idents) -> None:
    """Send alerts of muted sources again."""
    _each(sources, "unmute", "no longer muted")


@sources_app.command()
def purge(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="Id of a source that left the file.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete a source that is no longer followed, with its whole history. This cannot be undone."""
    from tracker.cli.reading import user_name
    from tracker.clock import SystemClock
    from tracker.store.history.sources import purge_source, source_row
    from tracker.store.people.trail import append

    with _writer() as session:
        row = source_row(session, source)
        if not yes and not typer.confirm(f"Delete {row.id} ({printable(row.name)}) and its whole history?"):
            raise typer.Exit(1)
        ident = row.id
        counts = purge_source(session, ident)
        rows = {kind: number for kind, number in counts.items() if number}
        now = SystemClock().now()
        append(session, at=now, actor=user_name(), action="source.purge", source=ident, subject=ident, detail=rows)
    typer.echo("deleted: " + ", ".join(f"{number} {kind}" for kind, number in counts.items() if number))


@contextmanager
def _writer() -> "Iterator[Session]":
    """Give a transaction on the configured store, with the sources file taken over first where there is one."""
    from contextlib import closing

    from tracker.daemon.engine.planner import sync
    from tracker.daemon.engine.wiring import open_runtime
    from tracker.settings import load_settings

    with closing(open_runtime(load_settings(), sources_needed=False)) as runtime:
        # Whoever only imports has no file. One that is not where it is looked for says of no source that it left.
        if runtime.settings.sources.exists():
            sync(runtime)
        with runtime.database.write() as session:
            yield session


def _each(idents: list[str], deed: str, told: str, until: datetime | None = None) -> None:
    """Do something to every named source in one transaction."""
    from tracker.cli.reading import user_name
    from tracker.clock import SystemClock
    from tracker.history.source_deeds import SourceDeed, do_to_source

    now = SystemClock().now()
    with _writer() as session:
        for ident in idents:
            do_to_source(session, ident, SourceDeed(deed), by=user_name(), now=now, until=until)
    for ident in idents:
        typer.echo(f"{ident}: {told}")


def _stored() -> "dict[str, SourceRow]":
    from contextlib import closing

    from tracker.settings import load_settings
    from tracker.store.history.sources import all_sources
    from tracker.store.upkeep.upgrade import open_store

    with closing(open_store(load_settings())) as database, database.read() as session:
        return {row.id: row for row in all_sources(session)}


def _listed(found: "SourcesFile", stored: "dict[str, SourceRow]") -> list[dict[str, Any]]:
    """Return a row per source of the file, in its order, then those that only the store knows."""
    rows = []
    for source in found.sources:
        row = next((stored[name] for name in (source.id, *source.formerly) if name in stored), None)
        rows.append(
            {
                "id": source.id,
                "name": source.name,
                "type": source.document_type,
                "tags": list(source.tags),
                "urls": [page.url for page in source.pages],
                **_health(row),
            }
        )
    followed = {name for source in found.sources for name in (source.id, *source.formerly)}
    for ident, row in sorted(stored.items()):
        if ident not in followed:
            told = {"id": ident, "name": row.name, "type": row.document_type, "tags": row.tags, "urls": [row.url]}
            rows.append(told | _health(row) | {"state": "archived"})
    return rows


def _health(row: "SourceRow | None") -> dict[str, Any]:
    if row is None:
        state = "new"
    elif row.paused:
        state = "paused"
    elif row.unstable_since is not None:
        state = "unstable"
    else:
        state = "followed"
    return {
        "state": state,
        "last_check": row.last_checked_at if row else None,
        "last_success": row.last_success_at if row else None,
        "last_change": row.last_changed_at if row else None,
        "failures": row.failures if row else 0,
        "last_failure": row.last_failure if row else None,
        "unstable_since": row.unstable_since if row else None,
    }


def _minute(moment: datetime | None, zone: Any) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}" if moment else ""


def _print_look(look: "Look") -> None:
    for page in look.pages:
        arrow = f" -> {page.final_url}" if page.final_url != page.url else ""
        typer.echo(printable(f"{page.url}{arrow}: {page.media_type or 'no media type'}, {page.size:,} bytes"))
    if look.reading is None:
        complain(look.problem)
    else:
        in_all = sum(page.words_in_all for page in look.pages)
        region = look.reading.region
        typer.echo(
            f"kept: {look.words} of {counted(in_all, 'word')} ({region}), {counted(len(look.headings), 'heading')}"
        )
        typer.echo(f"title: {printable(look.reading.title)}")
        for line in (*look.lines[:SHOWN_LINES], "...", *look.lines[-SHOWN_LINES:]):
            typer.echo(printable(f"  + {line[:160]}"))
    dropped = [text for page in look.pages for text in page.dropped]
    if dropped:
        typer.echo(f"dropped: {counted(len(dropped), 'block')}, for instance")
        for text in dropped[: 2 * SHOWN_LINES]:
            typer.echo(printable(f"  - {text[:160]}"))
    if look.reading is not None:
        typer.echo("second fetch: " + ("the same text" if look.steady else "ANOTHER TEXT: something on it moves"))
    if look.suspicion is not None:
        complain(f"this may not be a policy: {look.suspicion.reason}: {look.suspicion.detail}")
