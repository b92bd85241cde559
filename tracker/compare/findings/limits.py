"""Spans of time that bound something, before and after."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from tracker.compare.facts.periods import (
    EVERY,
    FOREVER,
    KEPT_FOR_YOU,
    LEAST,
    LEAST_RETENTION,
    MOST,
    RETENTION,
    WITHIN,
    Period,
    can_be_extended,
    is_age,
    role_of,
    start_titles,
)
from tracker.compare.findings.finding import Finding, as_displayed
from tracker.compare.vocabulary.grammar import grammar
from tracker.compare.vocabulary.lexicons import cached
from tracker.words import Direction, Topic

_WEAKER, _STRONGER = Direction.WEAKER, Direction.STRONGER
_SAME_TIME = 0.03  #: share by which two spans of time may differ and be equal: a month is 30 or 31 days
_MANY_TIMES = 3  #: a span so many times as long weighs more than one that was merely adjusted
_FLOORS = frozenset({LEAST_RETENTION, KEPT_FOR_YOU})
_KEEPING = frozenset({RETENTION, *_FLOORS})
#: What lasts without end where no span is said of it: a person's time to act.
_OPEN = frozenset({"claim", "report", "refund", "appeal", "own_hand", "free_window"})
#: What is asked of the person, and asked no more where its span goes.
_ASKED = frozenset({"user_notice", "waiting"})
_LATER = ("recorded", "last_use", "end")  #: events in the order in which they happen to data
_NEAR = 16  #: characters beside a span that tell whether it runs from an end
_WORD = re.compile(r"[a-z]{3,}")
_ALIKE = 0.6  #: of the longer side's words that two versions of one sentence share, so that a span that goes tells


def same_time(one: float, other: float) -> bool:
    """Say whether two numbers of days are equal as people speak: twelve months are a year."""
    return abs(one - other) <= _SAME_TIME * max(one, other)


def _is_same(one: Period, other: Period) -> bool:
    return one.role == other.role and same_time(one.days, other.days)


def _left(here: Sequence[Period], there: Sequence[Period]) -> list[Period]:
    """Return the spans of one side that the other does not have; one said twice, "a day (24 hours)", counts once."""
    left: list[Period] = []
    for period in here:
        if not any(_is_same(period, other) for other in (*there, *left)):
            left.append(period)
    return left


def _matched(gone: Sequence[Period], come: Sequence[Period]) -> Iterator[tuple[Period, Period]]:
    """Yield the spans that took one another's place: of a role that each side has as many of, in reading order.

    One that was a limit and is now a least, or the other way round, took its place too.
    """
    roles: dict[str, tuple[list[Period], list[Period]]] = defaultdict(lambda: ([], []))
    for side, periods in enumerate((gone, come)):
        for period in periods:
            roles[period.role][side].append(period)
    keeping = [
        [period for role in sorted(_KEEPING) for period in roles[role][side] if not roles[role][1 - side]]
        for side in (0, 1)
    ]
    if len(keeping[0]) == len(keeping[1]) == 1:
        yield keeping[0][0], keeping[1][0]
    for left, right in roles.values():
        if len(left) == len(right):
            yield from zip(left, right, strict=True)


def time_changes(before: Sequence[Period], after: Sequence[Period], old: str, new: str) -> list[Finding]:
    """Return the spans of time that changed; `old` and `new` are the texts."""
    gone, come = _left(before, after), _left(after, before)
    found = []
    pairs = list(_matched(gone, come))
    for left, right in pairs:
        found += _changed(left, right, old, new)
    if not pairs:
        found += _lone(gone, come, old, new)
    found += _extension(before, after, old, new)
    for left in before:
        same = [right for right in after if _is_same(left, right)]
        if len(same) == 1 and left.start and same[0].start and left.start != same[0].start:
            found.append(_start_changed(left, same[0], old, new))
    return found


def _extension(before: Sequence[Period], after: Sequence[Period], old: str, new: str) -> list[Finding]:
    """Return that a span that stayed may now be made longer, or no longer may."""
    was, now = (can_be_extended(text.lower()) for text in (old, new))
    kept = next((period for period in after if any(_is_same(period, other) for other in before)), None)
    role = role_of(kept) if kept else None
    if was == now or kept is None or role is None or role.longer is Direction.NEUTRAL:
        return []
    kind, way = ("extension_added", role.longer) if now else ("extension_removed", role.longer.opposite)
    words = f"“{as_displayed(kept.words, new)}”"
    return [Finding(kind, way, role.title, old, new, role.topics, new=words)]


@cached(1)
def _for_both() -> re.Pattern[str]:
    """Return what finds that either party may or must do a thing: its span is good or bad for neither."""
    verbs = "may|can|must|shall|will|has|have|is|are"
    return re.compile(rf"{grammar().source('mutual')} (?:(?:also|each|both) )?(?:{verbs})\b")


def _changed(left: Period, right: Period, old: str, new: str) -> list[Finding]:
    role = role_of(right)
    longer = role.longer if role else Direction.NEUTRAL
    way = longer if right.days > left.days else longer.opposite
    if left.role != right.role:
        # From "at most" to "at least": no end is promised any more, which is good for one's own copies alone.
        floor = left if left.role in _FLOORS else right
        way = _STRONGER if floor.role == KEPT_FOR_YOU else _WEAKER
        way = way if floor is right else way.opposite
    mutual = all(_for_both().search(text.lower()) for text in (old, new))
    shorter, longest = sorted((left.days, right.days))
    many_times = int(longest >= FOREVER / 10 or longest >= _MANY_TIMES * shorter)
    return [
        Finding(
            "mutual_period_changed" if mutual else "period_changed",
            Direction.NEUTRAL if mutual else way,
            role.title if role else "a period",
            old,
            new,
            role.topics if role else (),
            old=f"“{as_displayed(left.words, old)}”",
            new=f"“{as_displayed(right.words, new)}”",
            weight=many_times,
        )
    ]


def _alike(old: str, new: str) -> bool:
    words, others = (set(_WORD.findall(text)) for text in (old, new))
    return len(words & others) >= _ALIKE * max(len(words), len(others))


def _lone(gone: Sequence[Period], come: Sequence[Period], old: str, new: str) -> list[Finding]:
    """Return the one limit that went or came in a sentence that else is the same."""
    if len(gone) + len(come) != 1:
        return []
    period = (gone or come)[0]
    role = None if is_age(period) else role_of(period)
    if role is None or role.longer is Direction.NEUTRAL or not role.topics:
        return []
    if period.bound == EVERY or period.days >= FOREVER / 1000:
        return []  # a rhythm and what has no length limit nothing
    if not _alike(*(text.lower().replace(period.words, " ") for text in (old, new))):
        return []
    # Without its limit a span is as long as may be, without its floor as short; what is promised in full is then gone.
    is_limit = period.bound in {WITHIN, MOST} or (
        period.bound != LEAST and (role.longer is _WEAKER or period.role in _OPEN)
    )
    sides = (new, old) if gone else (old, new)
    if period.role in _ASKED or (period.role == RETENTION and _is_on_top(period, *sides)):
        is_limit = False
    kind = "limit_lost" if gone else "limit_set"
    away = role.longer if is_limit else role.longer.opposite
    way = away if gone else away.opposite
    words = f"“{as_displayed(period.words, old if gone else new)}”"
    return [Finding(kind, way, role.title, old, new, role.topics, old=words, new=words)]


def _is_on_top(period: Period, without: str, with_it: str) -> bool:
    """Say whether a span of keeping begins where keeping ended without it: "during the term and a year after it"."""
    lowered, words = with_it.lower(), grammar()
    at = lowered.find(period.words)
    if at < 0 or words["ended"].search(without.lower()) is None:
        return False
    front, behind = lowered[max(0, at - _NEAR) : at], lowered[at + len(period.words) :][:_NEAR]
    return words["more_time"].search(front) is not None or words["after_it"].match(behind.lstrip(" ,")) is not None


def _start_changed(left: Period, right: Period, old: str, new: str) -> Finding:
    """Return that a span runs from another event; for data, from a later one is worse."""
    role, titles = role_of(left), start_titles()
    way = Direction.NEUTRAL
    if left.role == RETENTION and left.start in _LATER and right.start in _LATER:
        way = _WEAKER if _LATER.index(right.start) > _LATER.index(left.start) else _STRONGER
    what, topics = (role.title, role.topics) if role else ("a period", (Topic.OTHER,))
    return Finding("period_start_changed", way, what, old, new, topics, old=titles[left.start], new=titles[right.start])
