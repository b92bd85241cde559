"""What people say of a pair of texts, and what a verdict says, read from rows in the shape both are written in.

Labelled rows come in two shapes. A pair of versions has `alert` and `hunks`, its changed blocks with `n`, `change`,
`before`, `after`, `class`, `topics` and `direction`. A pair of clauses has `material`, `topics` and `direction`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from tracker.errors import UsageError
from tracker.words import ClauseClass, Direction, Severity, Topic

_WORD = re.compile(r"\w+")
_SIZES = (3, 1)  #: of word runs; single words only where a side has no longer run

#: The runs of words of some texts, by their size.
Runs = Mapping[int, frozenset[tuple[str, ...]]]

Word = TypeVar("Word", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Block:
    """One changed block of a labelled pair."""

    n: object
    material: bool
    runs: Runs


@dataclass(frozen=True, slots=True)
class Label:
    """What people say of a pair."""

    ident: object
    service: str  #: whose document it is; "" where the row does not say
    alert: bool
    topics: frozenset[Topic]
    direction: Direction
    blocks: tuple[Block, ...]
    why: str
    announcement: bool  #: all that is material is an announcement that came: its removal deserves no alert
    unreviewed: int = 0  #: blocks that carry a verdict's own class, since nobody reviewed them


@dataclass(frozen=True, slots=True)
class Guess:
    """What a verdict says of a pair."""

    alert: bool
    topics: frozenset[str]
    direction: str | None
    material: tuple[Runs, ...]  #: the words of each material clause change
    why: str  #: the reason of the weightiest clause change


def label_of(row: Mapping[str, Any]) -> Label:
    """Return the label of a row of either shape.

    Raises:
        UsageError: the row has neither shape; the message says what is wrong.

    """
    if "material" in row:
        alert = _bool(row, "material")
        topics = _topics(row) if alert else frozenset()
        direction = _direction(row) or Direction.NEUTRAL
        return Label(row.get("id"), _service(row), alert, topics, direction, (), str(row.get("why") or ""), False)
    if not isinstance(row.get("hunks"), list):
        raise UsageError("it has neither hunks nor material")
    alert = _bool(row, "alert")
    hunks = [_hunk(hunk, at) for at, hunk in enumerate(row["hunks"])]
    material = [hunk for hunk in hunks if hunk["class"] == ClauseClass.MATERIAL]
    counted = material if alert else []
    return Label(
        ident=row.get("id"),
        service=_service(row),
        alert=alert,
        topics=frozenset(topic for hunk in counted for topic in hunk["topics"]),
        direction=Direction.overall(hunk["direction"] for hunk in counted if hunk["direction"] is not None),
        blocks=tuple(
            Block(hunk["n"], hunk["class"] == ClauseClass.MATERIAL, runs_of((hunk.get("before"), hunk.get("after"))))
            for hunk in hunks
        ),
        why=str(row.get("summary") or ""),
        announcement=bool(material)
        and all(hunk.get("change") == "inserted" and hunk["topics"] == {Topic.POLICY_CHANGE} for hunk in material),
        unreviewed=sum(hunk.get("label") == "machine" for hunk in hunks),
    )


def guess_of(verdict: Mapping[str, Any]) -> Guess:
    """Return what a verdict says, given as `tracker compare --batch` writes it.

    Raises:
        UsageError: it is no such verdict.

    """
    changes = verdict.get("changes") or []
    if not isinstance(changes, list) or not all(isinstance(change, dict) and _has_texts(change) for change in changes):
        raise UsageError("changes is no list of objects with texts before and after")
    topics = verdict.get("topics") or []
    if not isinstance(topics, list):
        raise UsageError("topics is no list")
    material = [change for change in changes if change.get("class") == ClauseClass.MATERIAL]
    direction = verdict.get("direction")
    return Guess(
        alert=_bool(verdict, "alert"),
        topics=frozenset(map(str, topics)),
        direction=direction if isinstance(direction, str) else None,
        material=tuple(runs_of((change.get("before"), change.get("after"))) for change in material),
        why=str(verdict.get("error") or _reason(changes)),
    )


def runs_of(texts: Iterable[str | None]) -> Runs:
    """Return the runs of words of texts taken together; case and marks do not count."""
    found: dict[int, set[tuple[str, ...]]] = {size: set() for size in _SIZES}
    for text in texts:
        words = _WORD.findall((text or "").lower())
        for size in _SIZES:
            found[size].update(zip(*(words[at:] for at in range(size)), strict=False))
    return {size: frozenset(runs) for size, runs in found.items()}


def overlap(one: Runs, other: Runs) -> float:
    """Return the share of the smaller side's runs that both have."""
    for size in _SIZES:
        if one[size] and other[size]:
            return len(one[size] & other[size]) / min(len(one[size]), len(other[size]))
    return 0.0


def _reason(changes: Sequence[Mapping[str, Any]]) -> str:
    """Return class and reason of the weightiest clause change."""
    ranks = {severity.value: severity.rank for severity in Severity}
    classes = [cls.value for cls in ClauseClass]
    known = [change for change in changes if change.get("class") in classes]
    if not known:
        return "no clause differs"
    heaviest = min(known, key=lambda one: (classes.index(one["class"]), -ranks.get(str(one.get("severity")), 0)))
    reasons = heaviest.get("reasons") or []
    first = reasons[0] if isinstance(reasons, list) and reasons else {}
    sentence = first.get("sentence") if isinstance(first, dict) else None
    return f"{heaviest['class']}: {sentence}" if sentence else str(heaviest["class"])


def _service(row: Mapping[str, Any]) -> str:
    service = row.get("service")
    return service if isinstance(service, str) else ""


def _has_texts(row: Mapping[str, Any]) -> bool:
    return all(isinstance(row.get(side), str | None) for side in ("before", "after"))


def _bool(row: Mapping[str, Any], key: str) -> bool:
    value = row.get(key)
    if not isinstance(value, bool):
        raise UsageError(f"{key} is neither true nor false")
    return value


def _topics(row: Mapping[str, Any]) -> frozenset[Topic]:
    value = row.get("topics") or []
    if not isinstance(value, list):
        raise UsageError("topics is no list")
    return frozenset(_word(Topic, "topics", topic) for topic in value)


def _direction(row: Mapping[str, Any]) -> Direction | None:
    value = row.get("direction")
    return None if value is None else _word(Direction, "direction", value)


def _word(words: type[Word], key: str, value: object) -> Word:
    if not isinstance(value, str) or value not in set(words):
        raise UsageError(f"{key}: {value!r} is none of {', '.join(words)}")
    return words(value)


def _hunk(hunk: Any, at: int) -> dict[str, Any]:
    """Return a block with its values checked."""
    if not isinstance(hunk, dict):
        raise UsageError(f"hunk {at} is no object")
    number = hunk.get("n", at)
    if not isinstance(number, int | str):
        raise UsageError(f"hunk {at}: n is no number")
    try:
        if not _has_texts(hunk):
            raise UsageError("before and after have to be texts")
        return hunk | {
            "n": number,
            "class": _word(ClauseClass, "class", hunk.get("class")),
            "topics": _topics(hunk),
            "direction": _direction(hunk),
        }
    except UsageError as error:
        raise UsageError(f"hunk {number}: {error}") from None
