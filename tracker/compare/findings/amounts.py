"""Amounts of money and shares that bound something, before and after (`lexicon/amounts.toml`)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tracker.compare.facts.periods import in_words, number_in
from tracker.compare.findings.finding import Finding, as_displayed
from tracker.compare.vocabulary.cues import Cue, any_match, compile_cues
from tracker.compare.vocabulary.lexicons import active, cached
from tracker.words import Direction, Topic

_NUMBER = r"\d[\d.,']*\d|\d"
_DECIMALS = re.compile(r"[.,](?P<cents>\d{1,2})$")
_MOST_DIGITS = 20
_LONGEST = 4000  #: characters of a clause that are read
_NONE = "nothing"  #: the currency of what is free


@dataclass(frozen=True, slots=True)
class Amount:
    """One amount as a text says it."""

    value: float
    currency: str
    words: str


@dataclass(frozen=True, slots=True)
class _Role:
    title: str
    higher: Direction
    topics: tuple[Topic, ...]
    forms: tuple[Cue, ...]
    without: tuple[Cue, ...]


@dataclass(frozen=True, slots=True)
class _Amounts:
    """`lexicon/amounts.toml`, compiled."""

    currencies: Mapping[str, str]
    amount: re.Pattern[str]
    spoken: re.Pattern[str]  #: an amount whose number is said in words
    nothing: tuple[Cue, ...]
    not_nothing: tuple[Cue, ...]
    greater: tuple[Cue, ...]
    lesser: tuple[Cue, ...]
    roles: Mapping[str, _Role]


def _cues(table: Mapping[str, Any], key: str = "forms") -> tuple[Cue, ...]:
    return compile_cues(table.get(key, ()))


@cached(1)
def _amounts() -> _Amounts:
    data = active().table("amounts.toml")
    ranked = sorted(data["currencies"], key=lambda word: (-len(word), word))
    said, units = (
        "|".join(map(re.escape, words)) or "(?!)" for words in (ranked, [word for word in ranked if word[0].isalpha()])
    )
    return _Amounts(
        data["currencies"],
        re.compile(rf"(?<![\w.,])(?:(?P<sign>{said})\s?)?(?P<number>{_NUMBER})(?:\s?(?P<unit>{said})(?!\w))?"),
        re.compile(rf"(?<![\w-])(?P<number>{in_words()})(?P<half>\s+and\s+a\s+half)?\s+(?P<unit>{units})(?!\w)"),
        _cues(data["nothing"]),
        _cues(data["nothing"], "without"),
        _cues(data["greater"]),
        _cues(data["lesser"]),
        {
            name: _Role(
                role["title"],
                Direction(role["higher"]),
                tuple(map(Topic, role["topics"])),
                _cues(role),
                _cues(role, "without"),
            )
            for name, role in data["roles"].items()
        },
    )


def number_of(digits: str) -> float:
    """Return the value of digits in either convention: "10,000.00", "10.000,00" and "10'000" are ten thousand."""
    cents = _DECIMALS.search(digits)
    whole = digits[: cents.start()] if cents else digits
    value = re.sub(r"\D", "", whole) or "0"
    return float(f"{value}.{cents['cents']}") if cents else float(value)


@cached(8192)
def amounts_at(lowered: str) -> tuple[tuple[Amount, int, int], ...]:
    """Return the amounts of money and the shares in a lower-case text, each with where it begins and ends."""
    words = _amounts()
    found = []
    for match in words.amount.finditer(lowered):
        sign = match.group("sign") or match.group("unit")
        if sign is not None and len(match.group("number")) < _MOST_DIGITS:
            amount = Amount(number_of(match.group("number")), words.currencies[sign], match.group().strip())
            found.append((amount, *match.span()))
    for match in words.spoken.finditer(lowered):
        value = number_in(match.group("number")) + (0.5 if match.group("half") else 0)
        found.append((Amount(value, words.currencies[match.group("unit")], match.group()), *match.span()))
    return tuple(sorted(found, key=lambda item: item[1:]))


def amounts(lowered: str) -> tuple[Amount, ...]:
    """Return the amounts of a lower-case text; where it names none, that something is free counts as one."""
    found = tuple(amount for amount, _, _ in amounts_at(lowered))
    words = _amounts()
    free = next((match for cue in words.nothing for match in [cue.search(lowered)] if match), None)
    if found or free is None or any_match(words.not_nothing, lowered):
        return found
    return (Amount(0, _NONE, free.group()),)


def _left(here: Sequence[Amount], there: Sequence[Amount]) -> list[Amount]:
    known = {(amount.value, amount.currency) for amount in there}
    return [amount for amount in here if (amount.value, amount.currency) not in known]


def _role_of(old: str, new: str) -> _Role | None:
    """Return what an amount bounds in both texts."""
    for role in _amounts().roles.values():
        if all(any_match(role.forms, text) and not any_match(role.without, text) for text in (old, new)):
            return role
    return None


def amount_changes(before: str, after: str) -> list[Finding]:
    """Return the amounts that took one another's place, and a bound that is now the lesser or the greater of two."""
    old, new = (text[:_LONGEST].lower().replace("’", "'") for text in (before, after))
    found = _which_bound(old, new, before, after)
    was, now = amounts(old), amounts(new)
    gone, come = _left(was, now), _left(now, was)
    if not gone or len(gone) != len(come):
        return found
    role = _role_of(old, new)
    if role is None:
        return found
    for left, right in zip(gone, come, strict=True):
        same_kind = left.currency == right.currency or _NONE in {left.currency, right.currency}
        more = right.value > left.value
        way = (role.higher if more else role.higher.opposite) if same_kind else Direction.NEUTRAL
        was_said = f"“{as_displayed(left.words, before)}”"
        now_said = f"“{as_displayed(right.words, after)}”"
        found.append(Finding("amount_changed", way, role.title, before, after, role.topics, old=was_said, new=now_said))
    return found


def _which_bound(old: str, new: str, before: str, after: str) -> list[Finding]:
    """Return that the greater of two bounds became the lesser one, or the other way round."""
    words = _amounts()
    was, now = ((any_match(words.greater, text), any_match(words.lesser, text)) for text in (old, new))
    role = _role_of(old, new)
    if role is None or {was, now} != {(True, False), (False, True)}:
        return []
    way = role.higher if now[0] else role.higher.opposite
    said = ("the greater of two bounds", "the lesser of two bounds")
    return [
        Finding(
            "amount_changed", way, role.title, before, after, role.topics, old=said[not was[0]], new=said[not now[0]]
        )
    ]
