"""`tracker review`: what people say of clause changes, beside the machine's verdict."""

import gzip
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from tracker.cli.opinions import opinion_lines, opinion_text, review_json
from tracker.cli.output import AsJson, complain, console, data_output, print_json, printable
from tracker.cli.reading import change_json, print_change_head, reading, row_named, user_name
from tracker.cli.verdicts import redlined
from tracker.counting import counted
from tracker.errors import UsageError
from tracker.words import ClauseClass, Direction, Topic

if TYPE_CHECKING:
    from tracker.history.reviews import ReviewedClause
    from tracker.store.history.history import ChangeEntry
    from tracker.store.people.reviews import ReviewEntry


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(review)


def review(
    change: Annotated[str | None, typer.Argument(metavar="[CHANGE]", help="Id of a change, or its beginning.")] = None,
    clause: Annotated[int | None, typer.Option(metavar="N", help="The clause to review, by its number.")] = None,
    as_: Annotated[ClauseClass | None, typer.Option("--as", help="The class it has in your eyes.")] = None,
    topics: Annotated[
        list[str] | None, typer.Option(metavar="TOPIC,...", help="Its topics; the verdict's unless given.")
    ] = None,
    direction: Annotated[Direction | None, typer.Option(help="Its direction; the verdict's unless given.")] = None,
    note: Annotated[str | None, typer.Option(help="Why, in your words.")] = None,
    by: Annotated[str | None, typer.Option(metavar="NAME", help="Who says so. [default: the user's name]")] = None,
    list_: Annotated[bool, typer.Option("--list", help="List reviews, the newest first.")] = False,
    export: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write reviewed changes as labelled pairs; - is stdout.")
    ] = None,
    source: Annotated[str | None, typer.Option(metavar="ID", help="With --list and --export: of this source.")] = None,
    since: Annotated[
        str | None, typer.Option(metavar="DATE", help="With --list and --export: given then or later.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the clauses of a change with their reviews, review one of them, or list or export what was reviewed."""
    said = (clause, as_, topics, direction, note, by)
    if sum((change is not None, list_, export is not None)) != 1:
        raise UsageError("name a change, or give --list or --export FILE")
    if change is not None and (source or since):
        raise UsageError("--source and --since go with --list and --export")
    if any(one is not None for one in said) and (change is None or clause is None or as_ is None):
        raise UsageError("to review a clause write: tracker review CHANGE --clause N --as CLASS")
    if export is not None:
        _export(export, source, since)
    elif list_:
        _list(source, since, as_json=as_json)
    elif change is not None and clause is not None and as_ is not None:
        _review(change, clause, as_, _topics(topics), direction, note or "", by, as_json=as_json)
    elif change is not None:
        _show(change, as_json=as_json)


def _topics(given: list[str] | None) -> tuple[Topic, ...] | None:
    if not given:
        return None
    names = [name.strip() for text in given for name in text.split(",") if name.strip()]
    unknown = [name for name in names if name not in set(Topic)]
    if unknown:
        raise UsageError(f"no topic {unknown[0]!r}; there are {', '.join(topic.value for topic in Topic)}")
    return tuple(Topic(name) for name in names)


def _review(
    change: str,
    number: int,
    cls: ClauseClass,
    topics: tuple[Topic, ...] | None,
    direction: Direction | None,
    note: str,
    by: str | None,
    *,
    as_json: bool,
) -> None:
    from contextlib import closing

    from tracker.clock import SystemClock
    from tracker.history.mutes import as_command
    from tracker.history.reviews import WITH_TOPICS, Opinion, review_clause
    from tracker.settings import load_settings
    from tracker.store.upkeep.upgrade import open_store

    opinion = Opinion(cls, topics, direction, note, user_name() if by is None else by)
    settings = load_settings()
    with closing(open_store(settings)) as database, database.write() as session:
        entry, clause = review_clause(session, change, number, opinion, SystemClock().now())
    if as_json:
        print_json({"source": entry.source.id, "change": entry.change.id, **_clause_json(clause)})
    else:
        _print_clause(clause, settings.zone)
    if not as_json and cls is ClauseClass.NOISE and entry.change.alert and entry.change.topics:
        command = as_command(entry.change, entry.source.id)
        console().print(printable(f"Not relevant at all? To hear no more of it: {command}"))
    if cls in WITH_TOPICS and not clause.topics:
        complain("the verdict names no topics for this clause; name them with --topics")


def _show(change: str, *, as_json: bool) -> None:
    from tracker.compare.model import Verdict
    from tracker.history.reviews import reviewed_clauses
    from tracker.store.history.history import change as change_of

    with reading() as (settings, session):
        entry = change_of(session, change)
        clauses = reviewed_clauses(session, entry.change.source_key, Verdict.from_json(entry.change.verdict))
    if as_json:
        told = {"source": entry.source.id, **change_json(entry.change)}
        print_json(told | {"clauses": [_clause_json(clause) for clause in clauses]})
        return
    _print_head(entry, clauses, settings.zone)
    for clause in clauses:
        console().print()
        _print_clause(clause, settings.zone)


def _print_head(entry: "ChangeEntry", clauses: "tuple[ReviewedClause, ...]", zone: ZoneInfo) -> None:
    from tracker.history.reviews import deserves_alert

    print_change_head(entry, zone)
    reviewed = [clause for clause in clauses if clause.reviews]
    if reviewed:
        alert = deserves_alert(entry.change, clauses)
        console().print(
            f"    {len(reviewed)} of {counted(len(clauses), 'clause')} reviewed; with the reviews "
            f"{'it deserves an alert' if alert else 'it deserves no alert'}"
        )


def _print_clause(clause: "ReviewedClause", zone: ZoneInfo) -> None:
    from rich.text import Text

    from tracker.compare.reasons import sentences_of

    out = console()
    judgement = clause.change.judgement
    said = [clause.change.kind.value, judgement.cls.value]
    if judgement.cls is ClauseClass.MATERIAL:
        said += [judgement.severity.value, judgement.direction.value]
    topics = f": {', '.join(topic.value for topic in judgement.topics)}" if judgement.topics else ""
    head = Text(f"clause {clause.number}", style="bold")
    head.append(f"  {', '.join(said)}{topics}", style="not bold")
    out.print(head)
    out.print(redlined(clause.change.before, clause.change.after))
    for sentence in sentences_of(clause.change):
        out.print(Text(f"  - {printable(sentence)}"))
    for line in opinion_lines(clause, zone):
        out.print(Text(f"  {line}", style="bold" if line.startswith("reviewed") else "dim"))


def _clause_json(clause: "ReviewedClause") -> dict[str, Any]:
    reviews = [review_json(review) for review in clause.reviews]
    return {"clause": clause.number, **clause.change.to_json(), "reviews": reviews}


def _list(source: str | None, since: str | None, *, as_json: bool) -> None:
    from tracker.history.steps import read_moment
    from tracker.store.people.reviews import list_reviews

    with reading() as (settings, session):
        key = row_named(settings, session, source).key if source else None
        moment = read_moment(since, settings.zone) if since else None
        found = list_reviews(session, source_key=key, since=moment)
    if as_json:
        print_json([_entry_json(entry) for entry in found])
        return
    if not found:
        console().print("No clause was reviewed.")
    for entry in found:
        _print_entry(entry, settings.zone)


def _entry_json(entry: "ReviewEntry") -> dict[str, Any]:
    texts = {"before": entry.review.before, "after": entry.review.after}
    return {"source": entry.source.id, **review_json(entry.review), **texts, "holds": entry.current}


def _print_entry(entry: "ReviewEntry", zone: ZoneInfo) -> None:
    from rich.text import Text

    out = console()
    line = Text(entry.source.id, style="bold")
    line.append(f"  {entry.review.change_id}  {opinion_text(entry.review, zone)}", style="not bold")
    if not entry.current:
        line.append("  [a later review took its place]", style="not bold dim")
    out.print(line)
    out.print(redlined(entry.review.before, entry.review.after))


def _export(file: str, source: str | None, since: str | None) -> None:
    from tracker.history.reviews import labelled_pairs
    from tracker.history.steps import read_moment

    pairs = clauses = 0
    with reading() as (settings, session):
        key = row_named(settings, session, source).key if source else None
        moment = read_moment(since, settings.zone) if since else None
        with _target(file) as out:
            for pair in labelled_pairs(session, source_key=key, since=moment):
                out.write(json.dumps(pair, ensure_ascii=False) + "\n")
                pairs += 1
                clauses += sum(hunk["label"] == "reviewer" for hunk in pair["hunks"])
    print(f"labelled pairs written: {pairs}; clauses reviewed in them: {clauses}", file=sys.stderr)


@contextmanager
def _target(file: str) -> Iterator[IO[str]]:
    """Open where labelled pairs go."""
    if file == "-":
        yield data_output()
        return
    path = Path(file)
    try:
        with (
            gzip.open(path, "wt", encoding="utf-8") if path.suffix == ".gz" else path.open("w", encoding="utf-8") as out
        ):
            yield out
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}") from error
