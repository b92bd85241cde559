"""Items that came to a list or left it, and conditions joined or parted, where nothing else of a sentence differs."""

import re
from collections.abc import Iterable

from tracker.compare.facts.facts import SLOTS, read
from tracker.compare.facts.statements import FOR_THE_PERSON, TURNS, Bearing, Statement, words_of
from tracker.compare.findings.finding import Finding
from tracker.compare.vocabulary.grammar import grammar
from tracker.compare.vocabulary.lexicons import cached
from tracker.compare.vocabulary.stems import function_words
from tracker.words import Direction

_WEAKER, _STRONGER = Direction.WEAKER, Direction.STRONGER
_TOKEN = re.compile(r"\d+(?:[.,]\d+)+|[a-z0-9]+(?:['-][a-z0-9]+)*|[,;:()]")
_MOST_ITEM = 8  #: words of items that came to a list
_SEPARATORS = frozenset({"and", "or", ",", ";"})
_JOINED = frozenset({"and", "or"})


def _inserted(shorter: list[str], longer: list[str]) -> tuple[int, int] | None:
    """Return where the one run of words stands that the longer list has besides the shorter; None if more differs."""
    size = len(longer) - len(shorter)
    if size <= 0:
        return None
    start = next((at for at, token in enumerate(shorter) if token != longer[at]), len(shorter))
    return (start, start + size) if shorter[start:] == longer[start + size :] else None


def _plain(statement: Statement) -> list[str]:
    """Return the words and list separators of a sentence; "and" and "or" before a last item count as commas."""
    tokens = _TOKEN.findall(statement.lowered)
    plain: list[str] = []
    for word in tokens:
        if word not in _SEPARATORS:
            plain.append(word)
        elif plain and plain[-1] != ",":
            plain.append(",")
    return plain


def _is_bound(word: str, statement: Statement) -> bool:
    """Say whether a word stands in an exception or condition, where an item means the contrary."""
    return any(word in said.split() for group in ("exception", "condition") for said in statement.turns[group])


def _is_read(item: Iterable[str], statement: Statement) -> bool:
    """Say whether a fact of the sentence takes in what an item names."""
    return any(
        not words_of(quote.lower()).isdisjoint(item)
        for fact in read(statement.text).facts
        for (slot, _), quote in fact.quotes.items()
        if slot in SLOTS
    )


@cached(1)
def _asked() -> re.Pattern[str]:
    """Return what finds a list of things asked of the person at the end of a text."""
    return re.compile(rf"{grammar().source('asked_first')}(?: [^;.:]*)?$")


def item_changes(old: Statement, new: Statement, bearing: Bearing) -> Iterable[Finding]:
    """Return the items that came to a list, or went from it, where nothing else differs and no fact reads them."""
    if bearing is Bearing.UNKNOWN:
        return
    for kind, here, there in (("items_added", new, old), ("items_removed", old, new)):
        longer = _plain(here)
        place = _inserted(_plain(there), longer)
        if place is None:
            continue
        start, end = place
        item = [word for word in longer[start:end] if word != ","]
        said = " ".join(item)
        if len(item) in {0, end - start} or len(item) > _MOST_ITEM or not set(item) - function_words():
            continue
        if grammar()["restating"].match(said):
            continue
        if any(grammar()[group].search(said) for group in (*TURNS, "open", "some", "every", "negation", "auxiliary")):
            continue
        before = " ".join(longer[:start])
        if grammar()["open"].search(before) or "(" in here.lowered or _is_read(item, here) or _is_bound(item[-1], here):
            continue
        way = _STRONGER if (bearing in FOR_THE_PERSON) == (kind == "items_added") else _WEAKER
        words = grammar()
        asked = bearing in FOR_THE_PERSON and _asked().search(before) is not None
        if words["taking_out"].search(said) or asked:
            way = way.opposite
        elif words["adjunct"].match(said):
            way = Direction.NEUTRAL  # "by no more than 5 %", "with our approval": it bounds the rest, and is no item
        yield Finding(kind, way, f"“{there.text}”", old.text, new.text, items=said)


def joined_conditions(old: Statement, new: Statement, bearing: Bearing) -> Iterable[Finding]:
    """Return that conditions which were alternatives must all be met, or the other way round."""
    if bearing is Bearing.UNKNOWN and old.limited and new.limited:
        bearing = Bearing.PERMISSION  # what is done "only if" is what the condition holds back
    was, now = (re.findall(r"[a-z]+", side.lowered) for side in (old, new))
    differing = [(a, b) for a, b in zip(was, now, strict=False) if a != b]
    if len(was) != len(now) or len(differing) != 1 or set(differing[0]) != _JOINED or bearing is Bearing.UNKNOWN:
        return
    at = next(at for at, (a, b) in enumerate(zip(was, now, strict=True)) if a != b)
    if not any(grammar()[group].search(" ".join(now[:at])) for group in ("condition", "only")):
        return
    joined = differing[0][1] == "and"
    way = _WEAKER if (bearing in FOR_THE_PERSON) == joined else _STRONGER
    yield Finding("conditions_joined" if joined else "conditions_parted", way, f"“{new.text}”", old.text, new.text)
