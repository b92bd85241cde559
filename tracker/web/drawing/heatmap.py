"""The heat map: sources by months. Weight is a colour and a number, direction a shape; empty months are not drawn."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup

from tracker.counting import counted
from tracker.history.periods import MONTHS, Period
from tracker.history.stats import HeatMap
from tracker.store.history.counts import ChangeCount
from tracker.web.drawing.marks import direction_of, in_words, joined, short
from tracker.words import Direction

CELL = 18
LABELS = 204
HEAD = 34
FOOT = 22

LEGEND = "number: material changes, ▼ weaker, ▲ stronger, ◆ mixed, – neutral; ▪ not material"

#: Characters of a label that fit beside the cells.
LABEL_LENGTH = 27

#: More material changes than this minus one are written as 9+.
MANY = 10

#: Name of the cell of a month without anything material; all of it leads to the list, the small mark is what is seen.
QUIET = "hq"

#: What stands in a cell under its number: an arrow down, up, both, or nothing.
CORNERS = {
    Direction.WEAKER: "M4 11h10l-5 5z",
    Direction.STRONGER: "M4 16h10l-5-5z",
    Direction.MIXED: "M4 13.5l5-3 5 3-5 3z",
    Direction.NEUTRAL: "M5 12.5h8v2h-8z",
}


@dataclass(frozen=True, slots=True)
class HeatRow:
    """A row of the map: key of the source, what it is called (any text), and where its page is."""

    key: int
    label: str
    href: str


def draw_heatmap(heat: HeatMap, rows: Sequence[HeatRow], link: Callable[[int, Period, Period], str]) -> Markup:
    """Return the map as SVG.

    Args:
        heat: what changed per source and month.
        rows: which sources, in order.
        link: gives the address of the changes of a source (by key) from a month to a month.

    """
    width = LABELS + CELL * len(heat.months) + 2
    height = HEAD + CELL * len(rows) + FOOT
    lines = [_row(heat, row, HEAD + CELL * at, link) for at, row in enumerate(rows)]
    return Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" class="drawing heatmap" role="group" aria-label="{}" '
        'width="{}" height="{}" viewBox="0 0 {} {}"><defs>{}</defs>{}{}{}'
        '<text class="drawing-faint" x="0" y="{}">{}</text></svg>'
    ).format(
        f"Changes of {counted(len(rows), 'source')} by month",
        *(width, height, width, height),
        _symbols(heat, rows),
        _grid(heat.months, len(rows)),
        _head(heat.months),
        joined(lines),
        *(height - 6, LEGEND),
    )


def _row(heat: HeatMap, row: HeatRow, top: int, link: Callable[[int, Period, Period], str]) -> Markup:
    label = short(row.label)
    cells = heat.cells.get(row.key, {})
    drawn = [
        Markup('<a href="{}"><title>{}</title><use href="#{}" x="{}"/></a>').format(
            link(row.key, heat.months[at], heat.months[at]),
            f"{label}, {heat.months[at].words}: {in_words(counts)}",
            _symbol(counts) if counts.material else QUIET,
            LABELS + CELL * at,
        )
        for at, counts in sorted(cells.items())
    ]
    return Markup('<g transform="translate(0 {})"><a href="{}">{}{}</a>{}</g>').format(
        top,
        row.href,
        # What is cut says its whole name on a closer look.
        Markup("<title>{}</title>").format(label) if len(label) > LABEL_LENGTH else "",
        Markup('<text class="heat-label" x="{}" y="13">{}</text>').format(LABELS - 6, short(row.label, LABEL_LENGTH)),
        joined(drawn),
    )


def _symbol(counts: ChangeCount) -> str:
    return f"h{counts.weight}{direction_of(counts)[0]}{_number(counts)}"


def _number(counts: ChangeCount) -> str:
    return str(counts.material) if counts.material < MANY else "9+"


def _symbols(heat: HeatMap, rows: Sequence[HeatRow]) -> Markup:
    """Return the cells that occur, each once."""
    keys = [row.key for row in rows]
    needed = {_symbol(counts): counts for key in keys for counts in heat.cells.get(key, {}).values() if counts.material}
    quiet = Markup(
        '<g id="{}"><rect class="heat-quiet" width="18" height="18"/><path class="heat-small" d="M7 9h4"/></g>'
    ).format(QUIET)
    return joined(
        [
            quiet,
            *(
                Markup(
                    '<g id="{}"><rect class="heat-{}" x="1" y="1" width="16" height="16" rx="2"/>'
                    '<path class="heat-mark" d="{}"/><text class="heat-number" x="9" y="10">{}</text></g>'
                ).format(name, counts.weight, CORNERS[direction_of(counts)], _number(counts))
                for name, counts in sorted(needed.items())
            ),
        ]
    )


def _grid(months: Sequence[Period], rows: int) -> Markup:
    years = [at for at, month in enumerate(months) if month.first_day.month == 1]
    upright = "".join(f"M{LABELS + CELL * at}.5 {HEAD - 16}v{CELL * rows + 16}" for at in years)
    level = "".join(f"M{LABELS} {HEAD + CELL * at}.5h{CELL * len(months)}" for at in range(rows + 1))
    return Markup('<path class="drawing-grid" d="{}"/><path class="drawing-line" d="{}"/>').format(level, upright)


def _head(months: Sequence[Period]) -> Markup:
    names = []
    spans: Mapping[int, list[int]] = {
        year: [at for at, _ in group]
        for year, group in groupby(enumerate(months), key=lambda pair: pair[1].first_day.year)
    }
    for year, places in spans.items():
        if len(places) > 1:
            names.append(Markup('<text x="{}" y="13">{}</text>').format(LABELS + CELL * places[0] + 3, year))
    names += [
        Markup('<text class="heat-month" x="{}" y="29">{}</text>').format(
            LABELS + CELL * at + 9, MONTHS[month.first_day.month - 1][0]
        )
        for at, month in enumerate(months)
    ]
    return Markup('<g class="heat-head" aria-hidden="true">{}</g>').format(joined(names))
