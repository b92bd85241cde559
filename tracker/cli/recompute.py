"""`tracker recompute`: stored changes under today's rules; says what differs and alerts nobody."""

import sys
from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from tracker.cli.output import AsJson, Format, OutputFormat, complain, console, print_json, printable
from tracker.cli.reading import judged_line, time_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tracker.compare.model import ClauseChange, Verdict
    from tracker.daemon.past.recompute import Rejudged, Skipped
    from tracker.daemon.runtime import Runtime
    from tracker.store.schema.tables import SourceRow
    from tracker.words import Topic

#: Characters of a clause that are shown.
WORDS_SHOWN = 100


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(recompute)


def recompute(
    source: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Only this source; may be given several times.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Store nothing, only say what would differ.")] = False,
    form: OutputFormat = Format.TEXT,
    as_json: AsJson = False,
) -> None:
    """Judge stored changes again that other rules judged, list the verdicts that differ, and alert nobody."""
    from contextlib import closing

    from tracker.compare.rules import rules_version
    from tracker.daemon.engine.wiring import open_runtime
    from tracker.daemon.past.recompute import Rejudged, Skipped
    from tracker.logs import set_up_logs
    from tracker.settings import load_settings

    settings = load_settings()
    set_up_logs(settings, command=True)
    done: list[Rejudged] = []
    skipped: list[Skipped] = []
    tally: Counter[str] = Counter()
    stopped = False
    with closing(open_runtime(settings, sources_needed=False)) as runtime:
        rules = rules_version()
        try:
            for outcome in _outcomes(runtime, _rows(runtime, source), dry_run=dry_run):
                if isinstance(outcome, Skipped):
                    skipped.append(outcome)
                    continue
                tally[outcome.difference.value] += 1
                if outcome.difference.differs:
                    done.append(outcome)
        except KeyboardInterrupt:
            stopped = True  # what was stored so far is told all the same: the next run will not list it again
    done.sort(key=lambda one: (one.difference.rank, one.source_id, one.first_seen_after, one.change_id))
    if as_json or form is Format.JSON:
        print_json(
            {
                "rules_version": rules,
                "dry_run": dry_run,
                "stopped": stopped,
                "judged": tally.total(),
                "differences": dict(tally),
                "changes": [_rejudged_json(one) for one in done],
                "skipped": [_skipped_json(one) for one in skipped],
            }
        )
    else:
        _print_differences(done, settings.zone)
        _print_summary(tally, skipped, rules, dry_run=dry_run)
    broken = [one for one in skipped if one.detail]
    for one in broken:
        complain(f"{one.source_id}: change {one.change_id}: {one.detail}")
    if stopped:
        complain("stopped before the end; run it again to go on")
    if broken or stopped:
        raise typer.Exit(1)


def _rows(runtime: "Runtime", idents: list[str] | None) -> "Sequence[SourceRow]":
    from tracker.cli.reading import row_named
    from tracker.store.history.sources import all_sources

    with runtime.database.read() as session:
        if not idents:
            return all_sources(session)
        rows = {row.key: row for row in (row_named(runtime.settings, session, ident) for ident in idents)}
    return list(rows.values())


def _outcomes(runtime: "Runtime", rows: "Sequence[SourceRow]", *, dry_run: bool) -> "Iterator[Rejudged | Skipped]":
    """Yield what became of each change; a terminal shows how many are done."""
    from tracker.daemon.past.recompute import recompute as again

    shown = sys.stderr.isatty()
    number = 0
    for row in rows:
        for outcome in again(runtime, row, dry_run=dry_run):
            number += 1
            if shown:
                print(f"\rjudged: {number}\033[K", end="", file=sys.stderr, flush=True)
            yield outcome
    if shown:
        print("\r\033[K", end="", file=sys.stderr, flush=True)


def _print_differences(done: "Sequence[Rejudged]", zone: ZoneInfo) -> None:
    from itertools import groupby

    from rich.text import Text

    from tracker.daemon.past.recompute import Difference

    headings = {
        Difference.ALERT: "deserves an alert now",
        Difference.NO_ALERT: "deserves no alert any more",
        Difference.VERDICT: "judged otherwise",
    }
    out = console()
    for difference, group in groupby(done, key=lambda one: one.difference):
        of_kind = list(group)
        out.print(Text(f"{headings[difference]} ({len(of_kind)})", style="bold"))
        for one in of_kind:
            line = Text(f"{time_text(one.first_seen_after, zone)}  ")
            line.append(one.source_id, style="bold")
            line.append(f"  {one.change_id}")
            out.print(line)
            was, now = (judged_line(verdict.to_json() | {"topics": []}) for verdict in (one.before, one.after))
            out.print(printable(f"    {_step(was, now, one.before.topics, one.after.topics)}"))
            for before, after in one.clauses:
                out.print(Text(printable(f"    {_clause_line(before, after)}"), style="dim"))
        out.print()


def _clause_line(before: "ClauseChange | None", after: "ClauseChange | None") -> str:
    """Return how one clause change is judged otherwise, with the beginning of its words."""
    clause = after or before
    assert clause is not None
    was, now = ("not listed" if one is None else _said(one) for one in (before, after))
    topics = [() if one is None else one.judgement.topics for one in (before, after)]
    words = clause.after or clause.before
    shown = words if len(words) <= WORDS_SHOWN else f"{words[:WORDS_SHOWN].rsplit(' ', 1)[0]} ..."
    return f"{_step(was, now, *topics)}: {shown}"


def _said(clause: "ClauseChange") -> str:
    from tracker.words import ClauseClass

    judgement = clause.judgement
    if judgement.cls is not ClauseClass.MATERIAL:
        return judgement.cls.value
    return ", ".join((judgement.cls.value, judgement.severity.value, judgement.direction.value))


def _step(was: str, now: str, before: "Sequence[Topic]", after: "Sequence[Topic]") -> str:
    """Return the step from one verdict to another: what is the same is said once, of topics only what comes or goes."""
    come = [f"+{topic.value}" for topic in after if topic not in before]
    gone = [f"-{topic.value}" for topic in before if topic not in after]
    topics = f" [{' '.join((*come, *gone))}]" if come or gone else ""
    return (was if was == now else f"{was} -> {now}") + topics


def _print_summary(tally: Counter[str], skipped: "Sequence[Skipped]", rules: str, *, dry_run: bool) -> None:
    from tracker.daemon.past.recompute import Difference, Left

    out = console()
    count = tally.total()
    if not count and not skipped:
        out.print(f"Every change was judged under today's rules ({rules}) already.")
        return
    words = {
        Difference.ALERT: "deserves an alert now",
        Difference.NO_ALERT: "deserves no alert any more",
        Difference.VERDICT: "judged otherwise",
        Difference.WORDING: "for other reasons only",
        Difference.NONE: "as before",
    }
    if count:
        told = ", ".join(f"{text}: {tally[kind.value]}" for kind, text in words.items() if tally[kind.value])
        out.print(f"{count} judged under rules {rules} ({told}). Nobody was alerted.")
    reasons = {Left.AWAITING: "awaiting confirmation", Left.UNDELIVERED: "with an alert still to be sent"}
    left = {text: sum(one.why is why for one in skipped) for why, text in reasons.items()}
    if any(left.values()):
        told = ", ".join(f"{text}: {number}" for text, number in left.items() if number)
        out.print(f"Left as they are for now ({told}); run it again later.")
    if dry_run:
        out.print("Nothing was stored (--dry-run).")


def _rejudged_json(one: "Rejudged") -> dict[str, Any]:
    return {
        "source": one.source_id,
        "change": one.change_id,
        "first_seen_after": one.first_seen_after.isoformat(),
        "difference": one.difference.value,
        "before": _verdict_json(one.before),
        "after": _verdict_json(one.after),
        "clauses": [
            {"before": before and before.to_json(), "after": after and after.to_json()} for before, after in one.clauses
        ],
    }


def _verdict_json(verdict: "Verdict") -> dict[str, Any]:
    told = verdict.to_json()
    del told["changes"]
    return told


def _skipped_json(one: "Skipped") -> dict[str, Any]:
    return {"source": one.source_id, "change": one.change_id, "why": one.why.value, "detail": one.detail}
