"""How messages say in words what the verdict says in terms."""

import re
from collections.abc import Iterable
from datetime import date

from tracker.compare.model import When
from tracker.compare.redline import Op, redline
from tracker.printable import one_line
from tracker.words import Direction, Flag

DIRECTIONS = {
    Direction.WEAKER: "weaker protection for the people concerned",
    Direction.STRONGER: "stronger protection for the people concerned",
    Direction.NEUTRAL: "neither weaker nor stronger",
    Direction.MIXED: "weaker in some points, stronger in others",
}

FLAGS = {
    Flag.SILENT: "silent: the text changed, but the date it states did not",
    Flag.ANNOUNCED: "announced: speaks of a change at a future date",
    Flag.RETURNED: "returned: the text of an earlier date is back",
    Flag.REVIEW: "review: could not be judged by rule, a person should look",
    Flag.TECHNICAL: "technical: recorded as a technical upgrade in the collection it was imported from",
}

ELLIPSIS = " \N{HORIZONTAL ELLIPSIS} "

WORDS_LENGTH = 120
_SPAN = re.compile(r"(?:hour|day|week|fortnight|month|year)s?\b.*\b(?:after|from|of|following|since)\b", re.IGNORECASE)

Pieces = tuple[tuple[Op, str], ...]


def topics_in_words(topics: Iterable[str]) -> str:
    """Return topics as people write them, joined by commas."""
    return ", ".join(topic.replace("_", " ") for topic in topics) or "other"


def day_in_words(day: str) -> str:
    """Return an ISO date as people write it: 1 March 2026."""
    found = date.fromisoformat(day)
    return f"{found.day} {found:%B} {found.year}"


def effect_in_words(effective: When, *, ahead: bool) -> str:
    """Return when a change takes effect; `ahead` says that it is still to come."""
    words = line(effective.words, WORDS_LENGTH)
    if effective.date is None:
        return f"Takes effect {words}"
    counted = f" ({words})" if _is_span(effective.words) else ""
    return f"{'Takes effect' if ahead else 'In effect from'} {day_in_words(effective.date)}{counted}"


def objection_in_words(objection: When) -> str:
    """Return until when one may object to a change, or that the text says how."""
    words = line(objection.words, WORDS_LENGTH)
    if not words:
        return "how to object is said in the text"
    if objection.date is None and _is_span(objection.words):
        return f"object within {words}"
    day = day_in_words(objection.date) if objection.date else words
    if objection.bound == "after":
        return f"using it after {day} counts as consent"
    counted = f" (within {words})" if _is_span(objection.words) else ""
    return f"object {'before' if objection.bound == 'before' else 'by'} {day}{counted}"


def timing_in_words(effective: When | None, objection: When | None, *, ahead: bool) -> str:
    """Return both in one phrase, blank where neither is known: Takes effect 1 March 2026; object by 9 February 2026."""
    parts = [effect_in_words(effective, ahead=ahead)] if effective else []
    parts += [objection_in_words(objection)] if objection else []
    text = "; ".join(parts)
    return f"{text[:1].upper()}{text[1:]}"


def _is_span(words: str) -> bool:
    return _SPAN.search(words) is not None


def line(text: str, limit: int) -> str:
    """Return text as one line of printable characters, cut at a word to at most so many characters."""
    words = one_line(text)
    if len(words) <= limit:
        return words
    head = words[: limit - 1]
    # A word that fills half of the line is cut itself.
    space = head.rfind(" ")
    return (head[:space] if space > limit // 2 else head).rstrip(" ,;:") + "\N{HORIZONTAL ELLIPSIS}"


def sides(before: str, after: str, limit: int) -> tuple[Pieces, Pieces]:
    """Return both quotes cut into pieces that were kept or not, each of at most about `limit` characters.

    Long stretches both sides share are left out in the middle, so that what differs is seen.
    """
    pieces = redline(one_line(before), one_line(after))
    old = tuple(piece for piece in pieces if piece[0] is not Op.INSERT)
    new = tuple(piece for piece in pieces if piece[0] is not Op.DELETE)
    return _shortened(old, limit), _shortened(new, limit)


def plain(pieces: Pieces) -> str:
    """Return the text of pieces."""
    return "".join(text for _, text in pieces)


def _shortened(pieces: Pieces, limit: int) -> Pieces:
    if sum(len(text) for _, text in pieces) <= limit:
        return pieces
    changed = [index for index, (op, _) in enumerate(pieces) if op is not Op.EQUAL]
    context = max(40, limit // 8)
    found: list[tuple[Op, str]] = []
    left = limit
    for index, (op, text) in enumerate(pieces):
        if op is Op.EQUAL and len(text) > 2 * context:
            head = text[:context] if index > 0 or not changed else ""
            tail = text[-context:] if index < len(pieces) - 1 else ""
            text = f"{head}{ELLIPSIS}{tail}"
        if len(text) > left:
            found.append((op, text[:left] + ELLIPSIS.rstrip()))
            break
        found.append((op, text))
        left -= len(text)
    return tuple(found)
