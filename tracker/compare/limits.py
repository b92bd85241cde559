"""Numbers that bound something, before and after: spans of time and amounts of money."""

import re
from collections.abc import Callable, Sequence

from tracker.compare.findings import Finding
from tracker.compare.periods import FOREVER, Period, Role
from tracker.words import Direction, Topic

_WEAKER, _STRONGER = Direction.WEAKER, Direction.STRONGER
_SAME_TIME = 0.03  #: share by which two spans of time may differ and be equal: a month is 30 or 31 days
_LONGER_IS = {
    Role.RETENTION: _WEAKER,
    Role.LEAST_RETENTION: _STRONGER,
    Role.NOTICE: _STRONGER,
    Role.DEADLINE: _WEAKER,
    Role.WINDOW: _STRONGER,
    Role.AGE: _STRONGER,
    Role.COMMITMENT: _WEAKER,
    Role.OTHER: Direction.NEUTRAL,
}
_ROLE_SAYS = {
    Role.RETENTION: ("how long data is kept", Topic.RETENTION),
    Role.LEAST_RETENTION: ("how long data is kept at least", Topic.RETENTION),
    Role.NOTICE: ("how long before notice is given", Topic.POLICY_CHANGE),
    Role.DEADLINE: ("the time the organisation has", Topic.ACCESS_RIGHTS),
    Role.WINDOW: ("the time you have", Topic.CHOICE_CONSENT),
    Role.AGE: ("the age", Topic.CHILDREN),
    Role.COMMITMENT: ("the time you are bound", Topic.PAYMENT),
    Role.OTHER: ("a period", Topic.OTHER),
}
_AMOUNT = re.compile(r"(?:[$€£]|\b(?:usd|eur|gbp) ?)\d[\d,.]*\d|[$€£]\d|\b\d+(?:\.\d+)? ?(?:%|percent)")
_COST = re.compile(r"\b(?:fees?|charges?|penalty|interest|commission|surcharge)\b")
_CAP = re.compile(r"\b(?:liability|liable|exceed|refund|credit)\b")


def same_time(one: float, other: float) -> bool:
    """Say whether two numbers of days are equal as people speak: twelve months are a year."""
    return abs(one - other) <= _SAME_TIME * max(one, other)


def _told(periods: Sequence[Period], role: Role) -> list[Period]:
    return [period for period in periods if period.role is role]


#: A span so many times as long weighs more than one that was merely adjusted.
_MANY_TIMES = 3


def time_changes(before: Sequence[Period], after: Sequence[Period], old: str, new: str) -> list[Finding]:
    """Return the spans of time that changed where each side has one of a role; `old` and `new` are the texts."""
    found = []
    for role in Role:
        gone, come = _told(before, role), _told(after, role)
        left = [period for period in gone if not any(same_time(period.days, other.days) for other in come)]
        right = [period for period in come if not any(same_time(period.days, other.days) for other in gone)]
        if len(left) != 1 or len(right) != 1:
            continue
        longer = _LONGER_IS[role]
        way = longer if right[0].days > left[0].days else longer.opposite
        what, topic = _ROLE_SAYS[role]
        shorter, longest = sorted((left[0].days, right[0].days))
        many_times = int(longest >= FOREVER / 10 or longest >= _MANY_TIMES * shorter)
        found.append(
            Finding(
                "period_changed",
                way,
                what,
                old,
                new,
                (topic,),
                old=f"“{left[0].words}”",
                new=f"“{right[0].words}”",
                weight=many_times,
            )
        )
    return found


def amount_changes(before: str, after: str) -> list[Finding]:
    """Return a fee or a cap that changed, where each text names one amount."""
    old, new = before.lower(), after.lower()
    cap = _CAP.search(old) and _CAP.search(new)
    if not cap and not (_COST.search(old) and _COST.search(new)):
        return []
    gone, come = _AMOUNT.findall(old), _AMOUNT.findall(new)
    if len(gone) != 1 or len(come) != 1:
        return []
    number: Callable[[str], float] = lambda text: float(re.sub(r"[^\d.]", "", text).rstrip(".") or 0)  # noqa: E731
    first, second = number(gone[0]), number(come[0])
    if first == second:
        return []
    way = _STRONGER if (second > first) == bool(cap) else _WEAKER
    topic, what = (Topic.LIABILITY, "what you can claim") if cap else (Topic.PAYMENT, "what you pay")
    return [Finding("amount_changed", way, what, before, after, (topic,), old=f"“{gone[0]}”", new=f"“{come[0]}”")]
