"""Amounts of money and shares that bound something, before and after (`lexicon/amounts.toml`)."""

import re
from collections.abc import Callable

from tracker.compare.findings import Finding
from tracker.words import Direction, Topic

_WEAKER, _STRONGER = Direction.WEAKER, Direction.STRONGER
_AMOUNT = re.compile(r"(?:[$€£]|\b(?:usd|eur|gbp) ?)\d[\d,.]*\d|[$€£]\d|\b\d+(?:\.\d+)? ?(?:%|percent)")
_COST = re.compile(r"\b(?:fees?|charges?|penalty|interest|commission|surcharge)\b")
_CAP = re.compile(r"\b(?:liability|liable|exceed|refund|credit)\b")


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
