"""`tracker timeline`: a source's history as a picture, in the terminal or as an SVG file."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from tracker.cli.output import AsJson, console, print_json, printable
from tracker.cli.reading import SourceId, reading, row_named
from tracker.counting import counted

if TYPE_CHECKING:
    from tracker.history.timeline import Stretch, Timeline

#: Characters of the picture; with the names of its lines it fits a terminal of 80.
COLUMNS = 68

#: What each sign of the picture means, the stronger sign of one place first.
ORIGINS = {"live": "#", "archive": "=", "import": "+"}
DIRECTIONS = {"weaker": "v", "stronger": "^", "mixed": "x", "neutral": "o"}
LEGEND = (
    "seen: # live, = archive, + import; blank: nobody looked for long",
    "changes: v weaker, ^ stronger, x mixed, o neutral, - minor; ! high or critical",
)


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(timeline)


def timeline(
    source: SourceId,
    since: Annotated[str | None, typer.Option("--since", "--from", metavar="DATE", help="From then on.")] = None,
    until: Annotated[str | None, typer.Option("--until", "--to", metavar="DATE", help="Up to then.")] = None,
    svg: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the picture as an SVG file.")] = None,
    as_json: AsJson = False,
) -> None:
    """Draw the history of a source: its texts, who saw them, gaps, returns, and what each change weighs."""
    from tracker.errors import UsageError
    from tracker.history.steps import read_moment
    from tracker.history.timeline import timeline as find
    from tracker.history.timeline import timeline_json

    with reading() as (settings, session):
        zone = settings.zone
        begin = read_moment(since, zone) if since else None
        end = read_moment(until, zone, end=True) if until else None
        if begin is not None and end is not None and begin > end:
            raise UsageError(f"--since {since} is later than --until {until}")
        found = find(session, row_named(settings, session, source), since=begin, until=end)
    if svg is not None:
        _write(svg, found, zone)
    if as_json:
        print_json(timeline_json(found))
    elif svg is None:
        for line in picture(found, zone):
            console().print(printable(line), no_wrap=True, overflow="ellipsis")


def _write(file: Path, found: "Timeline", zone: ZoneInfo) -> None:
    from tracker.errors import unwritable
    from tracker.web.drawing.timeline import timeline_file

    try:
        file.write_text(timeline_file(found, zone), encoding="utf-8")
    except OSError as error:
        raise unwritable(file, error) from None


def picture(found: "Timeline", zone: ZoneInfo) -> list[str]:
    """Return the picture as lines of 80 characters at most, readable without colour."""
    from tracker.history.timeline import weight

    if found.first is None or found.last is None:
        return [f"{found.source} has no text in that time."]
    whole = (found.last - found.first).total_seconds() or 1.0

    def place(moment: datetime) -> int:
        assert found.first is not None
        share = (moment - found.first).total_seconds() / whole
        return min(max(int(share * COLUMNS), 0), COLUMNS - 1)

    texts, seen, changes, high = ([" "] * COLUMNS for _ in range(4))
    for stretch in found.stretches:
        for sign in stretch.seen:
            for at in range(place(sign.first), place(sign.last) + 1):
                seen[at] = ORIGINS[sign.origin]
        _number(texts, place(stretch.first_seen), place(stretch.last_seen), stretch)
    for gap in found.gaps:
        for at in range(place(gap.after) + 1, place(gap.until)):
            seen[at] = " "
    for change in sorted(found.changes, key=weight):
        at = place(change.first_seen_after)
        changes[at] = DIRECTIONS[change.direction] if weight(change) else "-"
        high[at] = "!" if weight(change) >= 3 else high[at]
    first, last = (f"{moment.astimezone(zone):%Y-%m-%d}" for moment in (found.first, found.last))
    rows = [("", high), ("changes", changes), ("versions", texts), ("seen", seen)]
    head = [f"{found.name} ({found.source})"[:80]]
    drawn = [f"{name:<9}{''.join(signs)}".rstrip() for name, signs in rows if "".join(signs).strip()]
    return [*head, *drawn, f"{'':<9}{first}{last:>{COLUMNS - len(first)}}", *LEGEND, *_notes(found, zone)]


def _number(texts: list[str], left: int, right: int, stretch: "Stretch") -> None:
    """Write where a version begins, and its number where there is room for it."""
    name = f"{stretch.version}"
    texts[left] = "|"
    if right - left > len(name):
        texts[left + 1 : left + 1 + len(name)] = name


def _notes(found: "Timeline", zone: ZoneInfo) -> Iterator[str]:
    def day(moment: datetime) -> str:
        return f"{moment.astimezone(zone):%Y-%m-%d}"

    for stretch in found.stretches:
        if stretch.returned:
            yield f"version {stretch.version} is back from {day(stretch.first_seen)} on"
    for gap in found.gaps:
        yield f"nobody looked for {gap.days} days, from {day(gap.after)} to {day(gap.until)}"
    for trouble in found.troubles:
        what = "text held back" if trouble.kind == "held" else counted(trouble.times, "failed look")
        yield f"{what} ({trouble.reason.replace('_', ' ')}), {day(trouble.first)} to {day(trouble.last)}"
    for stretch in found.stretches:
        if stretch.stated and not stretch.returned:
            yield f"version {stretch.version} is dated {stretch.stated}, was seen first on {day(stretch.first_seen)}"
