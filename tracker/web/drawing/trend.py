"""Trends: for each topic a small picture of its material changes over time, weaker below the line, stronger above."""

from collections.abc import Callable

from markupsafe import Markup

from tracker.counting import counted
from tracker.history.periods import Period
from tracker.history.stats import Trends
from tracker.store.history.counts import ChangeCount
from tracker.web.drawing.marks import in_words, joined, number
from tracker.words import Topic

WIDTH = 240
HEAD = 22
HALF = 30  #: from the line in the middle to the longest bar's end
FOOT = 16


def draw_trend(trends: Trends, topic: Topic, link: Callable[[Topic, Period], str]) -> Markup:
    """Return the picture of one topic as SVG; all topics of `trends` share one scale, so that they compare.

    Weaker changes are hatched and hang below the line, stronger ones are plain and stand on it; what is both or neither
    is an outline across it.

    Args:
        trends: of all topics.
        topic: which is drawn.
        link: gives the address of the changes of a topic in a period.

    """
    by_period = trends.topics.get(topic, {})
    scale = HALF / max((_tallest(counts) for row in trends.topics.values() for counts in row.values()), default=1)
    step = WIDTH / len(trends.periods)
    bars = [
        Markup('<a href="{}"><title>{}</title>{}</a>').format(
            link(topic, trends.periods[at]),
            f"{_name(topic)}, {trends.periods[at].words}: {in_words(counts)}",
            _bar(counts, step * at, step, scale),
        )
        for at, counts in sorted(by_period.items())
    ]
    total = sum(counts.material for counts in by_period.values())
    middle, height = HEAD + HALF, HEAD + 2 * HALF + FOOT
    return Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" class="drawing trend" role="group" aria-label="{}" width="{}" '
        'height="{}" viewBox="0 0 {} {}">{}<text class="trend-name" x="0" y="14">{}</text>'
        '<text class="trend-total" x="{}" y="14">{}</text><path class="drawing-line" d="M0 {}h{}"/>{}'
        '<text class="drawing-faint" x="0" y="{}">{}</text>'
        '<text class="drawing-faint trend-total" x="{}" y="{}">{}</text>'
        "</svg>"
    ).format(
        f"{_name(topic)}: {counted(total, 'material change')}",
        *(WIDTH, height, WIDTH, height),
        _hatch(topic),
        _name(topic),
        *(WIDTH, total),
        *(middle, WIDTH),
        Markup('<g class="trend-bars" fill="url(#hatch-{})">{}</g>').format(topic.value, joined(bars)),
        *(height - 3, trends.periods[0].name),
        *(WIDTH, height - 3, trends.periods[-1].name),
    )


def _bar(counts: ChangeCount, left: float, step: float, scale: float) -> Markup:
    middle = HEAD + HALF
    x, wide = number(left + step * 0.1), number(max(step * 0.8, 1))
    parts = [
        # A clear area as high as the picture, so that a short bar is as easy to hit as a long one.
        Markup('<rect class="drawing-area" x="{}" y="{}" width="{}" height="{}"/>').format(x, HEAD, wide, 2 * HALF)
    ]
    if counts.stronger:
        high = counts.stronger * scale
        parts.append(_rect("trend-stronger", x, number(middle - high), wide, number(high)))
    if counts.weaker:
        parts.append(_rect("trend-weaker", x, str(middle), wide, number(counts.weaker * scale)))
    if counts.material > counts.weaker + counts.stronger:
        parts.append(_rect("trend-other", x, str(middle - 3), wide, "6"))
    return joined(parts)


def _rect(name: str, x: str, y: str, wide: str, high: str) -> Markup:
    return Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>').format(name, x, y, wide, high)


def _hatch(topic: Topic) -> Markup:
    return Markup(
        '<defs><pattern id="hatch-{}" width="4" height="4" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><path class="trend-hatch" d="M1 0v4"/></pattern></defs>'
    ).format(topic.value)


def _name(topic: Topic) -> str:
    return topic.value.replace("_", " ")


def _tallest(counts: ChangeCount) -> int:
    return max(counts.weaker, counts.stronger, 1)
