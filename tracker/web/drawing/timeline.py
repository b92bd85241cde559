"""The timeline of one source: changes, versions, who saw them, returns, stated dates, troubles; from top to bottom."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from zoneinfo import ZoneInfo

from markupsafe import Markup

from tracker.counting import counted
from tracker.history.timeline import Gap, Seen, Stretch, Timeline, Trouble, weight
from tracker.store.history.timeline import Weighed
from tracker.web.drawing.marks import SHAPES, joined, number, short
from tracker.words import Direction, Severity

WIDTH = 960
LEFT, RIGHT = 76, 30

#: Where each band is, from the top.
CHANGES, VERSIONS, SEEN, RETURNS, STATED, TROUBLES, AXIS, HEIGHT = 26, 46, 72, 90, 122, 144, 170, 206

#: Room for the name of a month beside its line.
LABEL = 52

#: A stretch narrower than this has no room for its number, and no page can be hit there.
ROOM = 14

#: What is narrower than this is only a line, and marks nearer to each other than this cover each other.
NARROW = 4

#: So many bars are each drawn with a title of its own, however short they are.
FEW = 200

LEGEND = (
    "▼ weaker  ▲ stronger  ◆ mixed  ■ neutral  | not material  ‾ high or critical · seen: plain live, hatched archive, "
)
LEGEND += "dotted import · dashed: nobody looked · curve: a text is back"

LANES = (("changes", CHANGES + 4), ("versions", VERSIONS + 14), ("seen", SEEN + 9))


@dataclass(frozen=True, slots=True)
class TimelineLinks:
    """Gives the addresses of changes (by id) and versions (by number)."""

    change: Callable[[str], str]
    version: Callable[[int], str]


@dataclass(frozen=True, slots=True)
class Scale:
    """Places moments from left to right."""

    first: datetime
    last: datetime
    zone: ZoneInfo

    def x(self, moment: datetime) -> float:
        """Return where a moment is; what lies outside is at the edge."""
        share = (moment - self.first) / (self.last - self.first)
        return LEFT + min(max(share, 0.0), 1.0) * (WIDTH - LEFT - RIGHT)

    def day(self, moment: datetime) -> str:
        """Return the day of a moment in the zone."""
        return f"{moment.astimezone(self.zone):%Y-%m-%d}"


def draw_timeline(found: Timeline, zone: ZoneInfo, links: TimelineLinks | None = None) -> Markup:
    """Return the timeline as SVG that takes its colours from the page; without links nothing leads anywhere."""
    scale = _scale(found, zone)
    name = short(found.name)
    counts = (
        counted(len(found.stretches), "stretch", "stretches"),
        counted(len(found.changes), "change"),
        counted(len(found.gaps), "gap"),
    )
    label = f"Timeline of {name}: {', '.join(counts)}"
    if scale is None:
        parts = [Markup('<text x="{}" y="{}">No text has been seen yet.</text>').format(LEFT, VERSIONS)]
    else:
        parts = [
            _lanes(found),
            _axis(scale),
            _stretches(found.stretches, scale, links),
            _sights([seen for stretch in found.stretches for seen in stretch.seen], scale),
            # Over what was seen: a text seen before and after a gap was not seen in it.
            _gaps(found.gaps, scale),
            _returns(found.stretches, scale),
            _stated(found.stretches, scale),
            joined([_trouble(trouble, scale) for trouble in found.troubles]),
            _changes(found.changes, scale, links),
            Markup('<text class="drawing-faint" x="{}" y="{}">{}</text>').format(0, HEIGHT - 6, LEGEND),
        ]
    return Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" class="drawing timeline" role="group" aria-label="{}" width="{}" '
        'height="{}" viewBox="0 0 {} {}">{}{}</svg>'
    ).format(label, WIDTH, HEIGHT, WIDTH, HEIGHT, _hatch(), joined(parts))


def timeline_file(found: Timeline, zone: ZoneInfo) -> str:
    """Return the timeline as an SVG file that brings its own colours, light and dark."""
    drawn = draw_timeline(found, zone)
    head, _, rest = str(drawn).partition(">")
    static = files("tracker.web") / "static"
    # The variables of the page's colours stand in the first two blocks of its stylesheet.
    page = (static / "style.css").read_text(encoding="utf-8").partition("\n* {")[0]
    pictures = (static / "drawing.css").read_text(encoding="utf-8")
    ground = ".paper { fill: var(--paper); }"
    style = f"<style>{page}\n{pictures}\n{ground}</style>"
    return f'{head}>{style}<rect class="paper" width="{WIDTH}" height="{HEIGHT}"/>{rest}\n'


def _scale(found: Timeline, zone: ZoneInfo) -> Scale | None:
    if found.first is None or found.last is None:
        return None
    # One day at least, so that a single look has a place.
    return Scale(found.first, max(found.last, found.first + timedelta(days=1)), zone)


def _lanes(found: Timeline) -> Markup:
    lanes = list(LANES)
    if any(stretch.stated or stretch.effective for stretch in found.stretches):
        lanes.append(("dates", STATED + 5))
    if found.troubles:
        lanes.append(("trouble", TROUBLES + 5))
    return joined([Markup('<text class="drawing-faint" x="0" y="{}">{}</text>').format(y, name) for name, y in lanes])


def _axis(scale: Scale) -> Markup:
    marks = []
    for day in _ticks(scale):
        x = scale.x(datetime(day.year, day.month, 1, tzinfo=scale.zone))
        shown = f"{day.year}" if day.month == 1 else f"{day:%Y-%m}"
        side, anchor = (2, "start") if x + LABEL < WIDTH else (-2, "end")
        marks.append(
            Markup(
                '<path class="drawing-grid" d="M{} 8V{}"/>'
                '<text class="drawing-faint" text-anchor="{}" x="{}" y="{}">{}</text>'
            ).format(number(x), AXIS, anchor, number(x + side), AXIS + 10, shown)
        )
    line = Markup('<path class="drawing-line" d="M{} {}H{}"/>').format(LEFT, AXIS, WIDTH - RIGHT)
    return joined([*marks, line])


def _ticks(scale: Scale) -> list[date]:
    """Return the first days of years, or of months where few years are shown; twelve at most."""
    first, last = (moment.astimezone(scale.zone).date() for moment in (scale.first, scale.last))
    months = (last.year - first.year) * 12 + last.month - first.month
    step = next((step for step in (1, 3, 6, 12, 24, 60, 120, 600) if months / step <= 12), 6_000)
    begin = first.year * 12 + first.month
    places = [place for place in range(begin, begin + months) if place % step == 0]
    return [date(place // 12, place % 12 + 1, 1) for place in places if place // 12 <= 9999]


def _gaps(gaps: Sequence[Gap], scale: Scale) -> Markup:
    wide = [gap for gap in gaps if _wide(gap, scale)]
    narrow = [f"M{number(scale.x(gap.after))} {SEEN - 2}v14" for gap in gaps if not _wide(gap, scale)]
    parts = [_gap(gap, scale) for gap in wide]
    if narrow:
        parts.append(Markup('<path class="timeline-gap" d="{}"/>').format("".join(narrow)))
    return joined(parts)


def _wide(gap: Gap, scale: Scale) -> bool:
    return scale.x(gap.until) - scale.x(gap.after) >= NARROW


def _gap(gap: Gap, scale: Scale) -> Markup:
    left, right = scale.x(gap.after), scale.x(gap.until)
    words = f"{gap.days} days" if right - left > 60 else ""
    return Markup(
        '<g><title>{}</title><rect class="timeline-gap" x="{}" y="{}" width="{}" height="14"/>'
        '<text class="drawing-faint timeline-number" x="{}" y="{}">{}</text></g>'
    ).format(
        f"Nobody looked for {gap.days} days, from {scale.day(gap.after)} to {scale.day(gap.until)}",
        *(number(left), SEEN - 2, number(right - left)),
        *(number((left + right) / 2), SEEN + 9, words),
    )


def _stretches(stretches: Sequence[Stretch], scale: Scale, links: TimelineLinks | None) -> Markup:
    parts: list[Markup] = []
    narrow: list[str] = []
    for stretch in stretches:
        left, right = scale.x(stretch.first_seen), scale.x(stretch.last_seen)
        if right - left < 1:
            narrow.append(f"M{number(left)} {VERSIONS}v20")
            continue
        told = f"Version {stretch.version}, seen {scale.day(stretch.first_seen)} to {scale.day(stretch.last_seen)}"
        told += ", a text that was back" if stretch.returned else ""
        box = Markup('<title>{}</title><rect class="timeline-{}" x="{}" y="{}" width="{}" height="20"/>').format(
            told, "odd" if stretch.version % 2 else "even", number(left), VERSIONS, number(right - left)
        )
        if right - left >= ROOM:
            box += Markup('<text class="timeline-number" x="{}" y="{}">{}</text>').format(
                number((left + right) / 2), VERSIONS + 14, stretch.version
            )
        parts.append(_linked(box, links.version(stretch.version) if links else None))
    if narrow:
        parts.append(Markup('<path class="drawing-line" d="{}"/>').format("".join(narrow)))
    return joined(parts)


def _sights(sights: Sequence[Seen], scale: Scale) -> Markup:
    """Draw who saw the source when; what is too short for a bar is one shape per origin, however often it occurs."""
    parts: list[Markup] = []
    short: dict[str, set[int]] = {}
    for seen in sights:
        left, right = scale.x(seen.first), scale.x(seen.last)
        if right - left >= NARROW or len(sights) <= FEW:
            parts.append(_seen(seen, scale))
        else:
            short.setdefault(seen.origin, set()).add(round(left))
    for origin, places in sorted(short.items()):
        fill = Markup(' fill="url(#timeline-hatch)"') if origin == "archive" else ""
        bars = "".join(f"M{place} {SEEN}h2v10h-2z" for place in sorted(places))
        parts.append(
            Markup('<path class="timeline-{}"{} d="{}"><title>{}</title></path>').format(
                origin, fill, bars, f"Single looks ({origin})"
            )
        )
    return joined(parts)


def _seen(seen: Seen, scale: Scale) -> Markup:
    left, right = scale.x(seen.first), scale.x(seen.last)
    words = f"{short(seen.archive or seen.origin)}: seen {seen.times} times" if seen.times > 1 else ""
    words = words or f"{short(seen.archive or seen.origin)}: seen once"
    fill = Markup(' fill="url(#timeline-hatch)"') if seen.origin == "archive" else ""
    return Markup('<rect class="{}"{} x="{}" y="{}" width="{}" height="10"><title>{}</title></rect>').format(
        f"timeline-{seen.origin}",
        fill,
        number(left),
        SEEN,
        number(max(right - left, 2)),
        f"{words}, {scale.day(seen.first)} to {scale.day(seen.last)}",
    )


def _returns(stretches: Sequence[Stretch], scale: Scale) -> Markup:
    """Join each text that came back with where it stood before, by a curve below."""
    parts = []
    drawn: set[tuple[int, int]] = set()
    for stretch in stretches:
        if stretch.back_from is None:
            continue
        left, right = scale.x(stretches[stretch.back_from].last_seen), scale.x(stretch.first_seen)
        if _covered(drawn, left, right):
            continue
        depth = RETURNS + min(8 + (right - left) / 10, 26)
        parts.append(
            Markup('<path class="timeline-return" d="M{} {}Q{} {} {} {}"><title>{}</title></path>').format(
                *(number(left), RETURNS - 4, number((left + right) / 2), number(depth), number(right), RETURNS - 4),
                f"Version {stretch.version} is back on {scale.day(stretch.first_seen)}",
            )
        )
    return joined(parts)


def _stated(stretches: Sequence[Stretch], scale: Scale) -> Markup:
    """Draw each date a text states of itself, and a line to when the text was seen first: how late we saw it."""
    parts = []
    drawn: set[tuple[int, int]] = set()
    for stretch in stretches:
        dates = (("last updated", stretch.stated), ("in effect from", stretch.effective))
        for words, text in dates if not stretch.returned else ():
            day = _date(text)
            if day is None:
                continue
            moment = datetime(day.year, day.month, day.day, tzinfo=UTC)
            places = scale.x(moment), scale.x(stretch.first_seen)
            if scale.first <= moment <= scale.last and not _covered(drawn, *places):
                x, seen = (number(place) for place in places)
                parts.append(
                    Markup('<path class="timeline-stated" d="M{} {}v10M{} {}L{} {}"><title>{}</title></path>').format(
                        *(x, STATED - 4, x, STATED - 4, seen, RETURNS + 4),
                        f"Version {stretch.version} says: {words} {day}; seen first on {scale.day(stretch.first_seen)}",
                    )
                )
    return joined(parts)


def _covered(drawn: set[tuple[int, int]], left: float, right: float) -> bool:
    """Return whether a line from here to there would lie on one that was drawn; remember it otherwise."""
    place = int(left / NARROW), int(right / NARROW)
    covered = place in drawn
    drawn.add(place)
    return covered


def _date(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _trouble(trouble: Trouble, scale: Scale) -> Markup:
    left, right = scale.x(trouble.first), scale.x(trouble.last)
    words = "a text was held back" if trouble.kind == "held" else f"{counted(trouble.times, 'look')} failed"
    reason = short(trouble.reason).replace("_", " ")
    cross = f"M{number(left)} {TROUBLES}l5 5m0-5l-5 5M{number(left)} {TROUBLES + 2}.5H{number(max(right, left + 5))}"
    return Markup('<path class="timeline-trouble" d="{}"><title>{}</title></path>').format(
        cross,
        f"{words} ({reason}), {scale.day(trouble.first)} to {scale.day(trouble.last)}",
    )


def _changes(changes: Sequence[Weighed], scale: Scale, links: TimelineLinks | None) -> Markup:
    """Draw material changes as marks, the weightiest last and so on top; all others as one row of ticks."""
    small = [f"M{number(scale.x(one.first_seen_after))} {CHANGES + 4}v8" for one in changes if not weight(one)]
    parts = [Markup('<path class="timeline-small" d="{}"/>').format("".join(small))] if small else []
    near: dict[int, list[Weighed]] = {}
    for change in sorted(changes, key=weight, reverse=True):
        if weight(change):
            near.setdefault(int(scale.x(change.first_seen_after) / NARROW), []).append(change)
    for change, *others in sorted(near.values(), key=lambda group: weight(group[0])):
        words = ", ".join([change.severity, change.direction, *(flag for flag in change.flags)])
        told = f"{scale.day(change.first_seen_after)}: {words}. {short(change.summary)}"
        told += f" ({len(others)} more at this place)" if others else ""
        size = 0.7 + 0.2 * weight(change)
        mark = Markup('<title>{}</title><path class="mark-{}" transform="translate({} {}) scale({})" d="{}"/>').format(
            told,
            Direction(change.direction).value,
            *(number(scale.x(change.first_seen_after)), CHANGES, number(size)),
            SHAPES[Direction(change.direction)],
        )
        if weight(change) >= Severity.HIGH.rank:
            # A bar on top: weight is told without colour and without comparing sizes.
            bar = f"M{number(scale.x(change.first_seen_after) - 5)} {CHANGES - 12}h10"
            mark += Markup('<path class="drawing-line" d="{}"/>').format(bar)
        parts.append(_linked(mark, links.change(change.id) if links else None))
    return joined(parts)


def _linked(mark: Markup, href: str | None) -> Markup:
    return Markup("<g>{}</g>").format(mark) if href is None else Markup('<a href="{}">{}</a>').format(href, mark)


def _hatch() -> Markup:
    return Markup(
        '<defs><pattern id="timeline-hatch" width="4" height="4" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><path class="timeline-hatch" d="M1 0v4"/></pattern></defs>'
    )
