"""`tracker blame`, `clause`, `search`, `compare-sources`, `facts`: words over time, and what texts say."""

from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from tracker.cli.numbers import MOST_ID
from tracker.cli.output import AsJson, console, print_json, printable
from tracker.cli.reading import SourceId, reading_runs, row_named, time_text
from tracker.counting import counted
from tracker.errors import UsageError
from tracker.words import Topic

if TYPE_CHECKING:
    from datetime import datetime

    from tracker.history.blame import BlamedClause
    from tracker.history.facts_now import StatedFact
    from tracker.history.lineage import Wording
    from tracker.history.side_by_side import Column
    from tracker.store.texts.search import Hit

At = Annotated[str | None, typer.Option("--at", metavar="DATE", help="As it stood then. [default: now]")]
OneTopic = Annotated[
    Topic | None, typer.Option("--topic", metavar="TOPIC", help="Only clauses that speak of this topic.")
]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(blame)
    app.command()(clause)
    app.command()(search)
    app.command("compare-sources")(compare_sources)
    app.command()(facts)


def blame(source: SourceId, at: At = None, topic: OneTopic = None, as_json: AsJson = False) -> None:
    """Show a text clause by clause, each with since when it stands and the change that brought it."""
    from tracker.history.blame import about
    from tracker.history.blame import blame as find
    from tracker.history.steps import LATEST, read_moment, version_at, version_named

    with reading_runs() as (settings, session):
        zone = settings.zone
        row = row_named(settings, session, source)
        if at is None:
            entry = version_named(session, row, LATEST, zone)
        else:
            entry = version_at(session, row, read_moment(at, zone, end=True))
        found = find(session, row, entry)
    found = about(found, [topic]) if topic else found
    if as_json:
        print_json({"source": row.id, "version": entry.number, "clauses": [_blamed_json(one) for one in found]})
        return
    for one in found:
        since = f"{one.since.astimezone(zone):%Y-%m-%d}" if one.since else "?" * 10
        mark = " " if one.unseen_at else "^"  # as old as what is known of the source
        console().print(printable(f"{mark}{since} {one.change_id or '-':12} {one.clause_id:>7}  {one.clause.text}"))
    if not found:
        console().print("No clause of it speaks of that." if topic else "This text has no clauses.")


def clause(
    ident: Annotated[
        int,
        typer.Argument(min=1, max=MOST_ID, metavar="ID", help="Number of the clause, as `search` and `blame` show it."),
    ],
    source: Annotated[
        str | None, typer.Option("--source", metavar="ID", help="The source it stands in; the only one if not given.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show every wording a clause ever had in a source, with dates."""
    from tracker.history.lineage import lineage
    from tracker.store.texts.clauses import clause_text, sources_saying

    with reading_runs() as (settings, session):
        clause_text(session, ident)
        rows = sources_saying(session, ident)
        if source is not None:
            row = row_named(settings, session, source)
        elif len(rows) == 1:
            row = rows[0]
        else:
            names = ", ".join(one.id for one in rows[:10]) or "none"
            raise UsageError(f"clause {ident} stands in {len(rows)} sources ({names}); name one with --source")
        assert row.key is not None
        found = lineage(session, row.key, ident)
        if not found:
            raise UsageError(f"{row.id} never had clause {ident}")
        zone = settings.zone
    if as_json:
        print_json({"source": row.id, "clause": ident, "wordings": [_wording_json(one) for one in found]})
        return
    for one in found:
        came = f"{'since' if one.unseen_at else 'from the first text,'} {_day(one.appeared_at, zone)}"
        gone = f"gone by {_day(one.gone_at, zone)}" if one.gone_at else "stands now"
        by = f", by change {one.change_id}" if one.change_id else ""
        console().print(printable(f"{came}, {gone}{by} (clause {one.clause_id})"))
        console().print(printable(f"    {one.text}"))


def search(
    words: Annotated[
        list[str], typer.Argument(metavar="WORDS...", help='Words; "a phrase"; beginning*; OR between; after --, -not.')
    ],
    topic: OneTopic = None,
    source: Annotated[str | None, typer.Option("--source", metavar="ID", help="Only in this source.")] = None,
    tag: Annotated[str | None, typer.Option("--tag", help="Only in sources with this tag.")] = None,
    since: Annotated[str | None, typer.Option("--since", metavar="T", help="What stood then or later.")] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="T", help="What stood then or earlier.")] = None,
    standing: Annotated[
        bool | None, typer.Option("--standing/--gone", help="Only what stands now, or stands no more.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1_000, help="How many clauses at most.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Search the clauses of all versions of all sources, with when they came and went."""
    from tracker.history.steps import read_moment
    from tracker.store.history.sources import chosen_keys
    from tracker.store.texts.search import search as find

    with reading_runs() as (settings, session):
        zone = settings.zone
        named = row_named(settings, session, source).id if source is not None else None
        found = find(
            session,
            " ".join(words),
            source_keys=chosen_keys(session, named, (tag,) if tag is not None else ()),
            topics=topic.bit if topic else 0,
            since=read_moment(since, zone) if since else None,
            until=read_moment(until, zone, end=True) if until else None,
            standing=standing,
            limit=limit,
        )
    if as_json:
        print_json([_hit_json(hit) for hit in found])
        return
    for hit in found:
        console().print(printable(f"{hit.clause_id:>7}  {hit.text}"))
        for run, owner in hit.stood:
            came = f"{'since' if run.unseen_at else 'from the first text,'} {_day(run.appeared_at, zone)}"
            gone = f", gone by {_day(run.gone_at, zone)}" if run.gone_at else ""
            console().print(printable(f"         {owner.id}: {came}{gone}"))
        if hit.more:
            console().print(f"         and {hit.more} more")
    if not found:
        console().print("No clause of any version says that.")


def compare_sources(
    sources: Annotated[list[str], typer.Argument(metavar="SOURCES...", help="Ids of the sources.")],
    topic: Annotated[Topic, typer.Option("--topic", metavar="TOPIC", help="What they are compared on.")],
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Show what several sources say of one topic, as of a date."""
    from tracker.history.side_by_side import side_by_side
    from tracker.history.steps import read_moment

    with reading_runs() as (settings, session):
        zone = settings.zone
        rows = [row_named(settings, session, ident) for ident in dict.fromkeys(sources)]
        found = side_by_side(session, rows, topic, read_moment(at, zone, end=True) if at else None)
    if as_json:
        print_json([_column_json(column) for column in found])
        return
    for column in found:
        seen = f"as seen {time_text(column.observed_at, zone)}" if column.observed_at else "nothing is known by then"
        console().print(printable(f"{column.source.id}: {column.source.name}, {seen}"))
        for item in column.clauses:
            console().print(printable(f"  {_day(item.run.appeared_at, zone)} {item.run.clause_id:>7}  {item.text}"))
        if column.observed_at and not column.clauses:
            console().print(f"  No clause speaks of {topic.value}.")


def facts(source: SourceId, at: At = None, as_json: AsJson = False) -> None:
    """Show what a text says as a table of facts: data, purposes, recipients, retention, transfers, rights."""
    from tracker.history.facts_now import facts_of_version
    from tracker.history.steps import LATEST, read_moment, version_at, version_named

    with reading_runs() as (settings, session):
        row = row_named(settings, session, source)
        if at is None:
            entry = version_named(session, row, LATEST, settings.zone)
        else:
            entry = version_at(session, row, read_moment(at, settings.zone, end=True))
        assert entry.version.id is not None
        found = facts_of_version(session, entry.version.id)
    if as_json:
        print_json({"source": row.id, "version": entry.number, "facts": [_fact_json(fact) for fact in found]})
        return
    group = ""
    for fact in found:
        if fact.group != group:
            group = fact.group
            console().print(f"{group}:")
        how = f" ({fact.how})" if fact.how else ""
        count = len(fact.quotes) + fact.more
        console().print(printable(f"  {fact.what}{how}: {counted(count, 'clause')}"))
    if not found:
        console().print("No fact could be read from it by rule.")


def _day(moment: "datetime", zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d}"


def _iso(moment: "datetime | None") -> str | None:
    return None if moment is None else moment.isoformat()


def _blamed_json(one: "BlamedClause") -> dict[str, Any]:
    return {
        "clause": one.clause_id,
        "text": one.clause.text,
        "since": _iso(one.since),
        "unseen_at": _iso(one.unseen_at),
        "gone_at": _iso(one.gone_at),
        "change": one.change_id,
        "topics": [topic.value for topic in one.topics],
    }


def _wording_json(one: "Wording") -> dict[str, Any]:
    return {
        "clause": one.clause_id,
        "text": one.text,
        "appeared_at": _iso(one.appeared_at),
        "unseen_at": _iso(one.unseen_at),
        "gone_at": _iso(one.gone_at),
        "made_of": list(one.before),
        "change": one.change_id,
        "topics": [topic.value for topic in one.topics],
    }


def _hit_json(hit: "Hit") -> dict[str, Any]:
    return {
        "clause": hit.clause_id,
        "text": hit.text,
        "stood": [
            {
                "source": source.id,
                "appeared_at": _iso(run.appeared_at),
                "unseen_at": _iso(run.unseen_at),
                "gone_at": _iso(run.gone_at),
                "topics": [topic.value for topic in Topic.in_mask(run.topics)],
            }
            for run, source in hit.stood
        ],
        "more": hit.more,
    }


def _column_json(column: "Column") -> dict[str, Any]:
    return {
        "source": column.source.id,
        "name": column.source.name,
        "observed_at": _iso(column.observed_at),
        "clauses": [
            {"clause": item.run.clause_id, "text": item.text, "appeared_at": _iso(item.run.appeared_at)}
            for item in column.clauses
        ],
    }


def _fact_json(fact: "StatedFact") -> dict[str, Any]:
    return {
        "group": fact.group.value,
        "what": fact.what,
        "how": fact.how,
        "clauses": [{"clause": quote.clause_id, "text": quote.text} for quote in fact.quotes],
        "more": fact.more,
    }
