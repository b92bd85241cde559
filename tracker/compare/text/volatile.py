"""Which clauses of a page move from one look to the next: counters, prices, tokens, blocks that rotate.

A spot is where they stand: a clause told by its words without its numbers, or a run of clauses told by what stands
before and after it. What is said there is compared all the same; it just makes no new text of the document.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from tracker.compare.model import Document
from tracker.compare.text.canonical import canonical

_TOKEN = re.compile(r"\b(?=\w*\d)(?=\w*[a-z])\w{12,}\b")  #: session ids and hashes: letters and digits, long
_NUMBER = re.compile(r"\d+(?:[.,:/-]\d+)*")
_LONGEST_RUN = 3  #: clauses that rotate together
_MOST_LINED_UP, _MOST_REPEATED = 10_000, 50  #: clauses of both texts, and equal ones, that are lined up
_FEW_OF = 4  #: of so many clauses one may differ, for texts of equal length to be lined up place by place
_EDGE = ""  #: stands before the first clause and behind the last


class SpotKind(StrEnum):
    """How a spot is told from others."""

    NUMBERS = "numbers"  #: by its words, whatever numbers and tokens stand between them
    PLACE = "place"  #: by what stands around it


@dataclass(frozen=True, slots=True)
class Spot:
    """A place that reads differently in two texts whose neighbouring clauses are the same."""

    kind: SpotKind
    mask: str  #: hash that names it
    before: str  #: displayed
    after: str
    section: str  #: the nearest heading


def masked(key: str) -> str:
    """Return a canonical text with its numbers and tokens taken out."""
    return _NUMBER.sub("#", _TOKEN.sub("#", key))


def _name(kind: SpotKind, *parts: str) -> str:
    return hashlib.sha256("\n".join((kind.value, *parts)).encode()).hexdigest()


def _of_numbers(mask: str) -> str:
    return _name(SpotKind.NUMBERS, mask)


def _of_place(masks: Sequence[str], first: int, end: int) -> str:
    before = masks[first - 1] if first else _EDGE
    after = masks[end] if end < len(masks) else _EDGE
    return _name(SpotKind.PLACE, before, str(end - first), after)


def moved_spots(before: Document, after: Document) -> tuple[Spot, ...]:
    """Return where two texts differ one clause for another, in reading order.

    Clauses that were added or removed have no counterpart and are no spots.
    """
    old, new = ([clause.key for clause in side.clauses] for side in (before, after))
    if old == new:
        return ()
    masks = [masked(key) for key in new]
    found = []
    for i1, i2, j1, j2 in _replaced(old, new):
        if i2 - i1 != j2 - j1:
            continue
        alike = [masked(old[i1 + at]) == masks[j1 + at] for at in range(j2 - j1)]
        for at, same in enumerate(alike):
            if same and old[i1 + at] != new[j1 + at]:
                name = _of_numbers(masks[j1 + at])
                found.append(_spot(SpotKind.NUMBERS, name, before, after, i1 + at, j1 + at, 1))
        for run in _runs([at for at, same in enumerate(alike) if not same]):
            if len(run) <= _LONGEST_RUN:
                name = _of_place(masks, j1 + run[0], j1 + run[-1] + 1)
                found.append(_spot(SpotKind.PLACE, name, before, after, i1 + run[0], j1 + run[0], len(run)))
    return tuple(found)


def _replaced(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int, int, int]]:
    """Return the runs of keys that stand for each other; nothing of texts that cannot be lined up in bounded time."""
    if len(old) == len(new):
        differing = [at for at, pair in enumerate(zip(old, new, strict=True)) if pair[0] != pair[1]]
        if len(differing) * _FEW_OF <= len(old):
            return [(run[0], run[-1] + 1, run[0], run[-1] + 1) for run in _runs(differing)]
    if len(old) + len(new) > _MOST_LINED_UP or max(Counter(new).values(), default=0) > _MOST_REPEATED:
        return []
    opcodes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return [(i1, i2, j1, j2) for kind, i1, i2, j1, j2 in opcodes if kind == "replace"]


def _runs(places: Sequence[int]) -> list[list[int]]:
    """Return places that follow each other together."""
    runs: list[list[int]] = []
    for at in places:
        if runs and runs[-1][-1] + 1 == at:
            runs[-1].append(at)
        else:
            runs.append([at])
    return runs


def _spot(kind: SpotKind, mask: str, before: Document, after: Document, old_at: int, new_at: int, length: int) -> Spot:
    section = after.clauses[new_at].section
    return Spot(
        kind,
        mask,
        " ".join(clause.text for clause in before.clauses[old_at : old_at + length]),
        " ".join(clause.text for clause in after.clauses[new_at : new_at + length]),
        section[-1] if section else "",
    )


def runs_at(document: Document, masks: Collection[str]) -> Iterator[tuple[str, range]]:
    """Yield where spots stand in a text: the hash of each, and the places of its clauses."""
    if not masks:
        return
    held = [masked(clause.key) for clause in document.clauses]
    taken: set[int] = set()
    for at, mask in enumerate(held):
        name = _of_numbers(mask)
        if name in masks and "#" in mask:
            taken.add(at)
            yield name, range(at, at + 1)
    for at in range(len(held)):
        for length in range(1, _LONGEST_RUN + 1):
            if at + length > len(held) or not taken.isdisjoint(range(at, at + length)):
                continue
            name = _of_place(held, at, at + length)
            if name in masks:
                taken.update(range(at, at + length))
                yield name, range(at, at + length)
                break


def skeleton(document: Document, masks: Collection[str]) -> tuple[str, ...]:
    """Return the keys of a text in order, each spot by its name alone: equal where nothing else differs."""
    keys = [clause.key for clause in document.clauses]
    for name, places in runs_at(document, masks):
        keys[places.start] = name
        for at in places[1:]:
            keys[at] = ""
    return tuple(keys)


def mask_of(text: str, names: Sequence[str] = ()) -> str:
    """Return the hash of the spot that a clause is, whatever numbers stand in it."""
    return _of_numbers(masked(canonical(text, names)))


def spot_around(document: Document, at: int) -> Spot:
    """Return the spot that a clause is: told by its words where a number stands in them, else by its place."""
    masks = [masked(clause.key) for clause in document.clauses]
    if "#" in masks[at]:
        return _spot(SpotKind.NUMBERS, _of_numbers(masks[at]), document, document, at, at, 1)
    return _spot(SpotKind.PLACE, _of_place(masks, at, at + 1), document, document, at, at, 1)
