"""The marks all pictures share: a shape says what the colour says too."""

from markupsafe import Markup

from tracker.printable import one_line
from tracker.store.history.counts import ChangeCount
from tracker.words import Direction, Severity

#: Outlines around the point 0,0, about 10 units wide.
SHAPES = {
    Direction.WEAKER: "M-5-4h10L0 5z",
    Direction.STRONGER: "M-5 4h10L0-5z",
    Direction.MIXED: "M0-6 5 0 0 6-5 0z",
    Direction.NEUTRAL: "M-4-4h8v8h-8z",
}


def short(text: str, longest: int = 200) -> str:
    """Return text as a label: on one line, without what steers the writing direction, cut where it is too long."""
    plain = one_line(text)
    return plain if len(plain) <= longest else f"{plain[: longest - 1]}…"


def direction_of(counts: ChangeCount) -> Direction:
    """Return the one direction of counted changes."""
    ways = {
        Direction.WEAKER: counts.weaker,
        Direction.STRONGER: counts.stronger,
        Direction.MIXED: counts.mixed,
    }
    return Direction.overall(way for way, number in ways.items() if number)


def in_words(counts: ChangeCount) -> str:
    """Return counted changes in words, for titles and people who do not see the picture."""
    if not counts.material:
        return "1 change, not material" if counts.changes == 1 else f"{counts.changes} changes, none material"
    severity = list(Severity)[counts.weight].value
    if counts.material == 1:
        told = f"1 material change, {severity}, {direction_of(counts).value}"
    else:
        ways = {"weaker": counts.weaker, "stronger": counts.stronger, "mixed": counts.mixed}
        parts = [f"{times} {way}" for way, times in ways.items() if times]
        told = ", ".join([f"{counts.material} material changes, at most {severity}", *parts])
    rest = counts.changes - counts.material
    return f"{told}; {rest} more" if rest else told


def number(value: float) -> str:
    """Return a coordinate as short as it can be written."""
    return f"{value:.1f}".removesuffix(".0")


def joined(parts: list[Markup]) -> Markup:
    """Return parts of a picture as one."""
    return Markup("").join(parts)
