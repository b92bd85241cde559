"""What stands word for word in both texts, however it is cut into clauses: sentences joined, split, put elsewhere."""

import re
from collections.abc import Sequence

from tracker.compare.model import Document, Pair
from tracker.compare.text.canonical import canonical
from tracker.compare.text.remembered import per_document
from tracker.compare.vocabulary.lexicons import active

#: Where a clause is cut into what may have moved by itself: behind a sentence or semicolon, at bullets and cells.
_CUT = re.compile(r"(?<=[.;:!?])\s+|[•·▪|]")
_FEWEST_WORDS = 3  #: of a piece that can be told from others; shorter ones stand everywhere
_JOINING = frozenset({"and", "or", "and or"})  #: pieces that only join others
_LONGEST = 6000  #: characters of a clause that is cut
_MOST_ASKED = 300  #: clauses that are asked for; a text with more changes was written anew


def _denies(lead_in: str) -> bool:
    return any(word in active().table("word_lists.toml")["refusing"] for word in canonical(lead_in).split())


def is_turned(before: Document, after: Document, pair: Pair) -> bool:
    """Say whether a list item stands, word for word, under a lead-in that denies on one side only: "we never:"."""
    if len(pair.before) != 1 or len(pair.after) != 1:
        return False
    one, other = before.clauses[pair.before[0]], after.clauses[pair.after[0]]
    return bool(one.lead_in and other.lead_in) and _denies(one.lead_in) != _denies(other.lead_in)


class Moves:
    """Both texts as one run of words each, asked piece by piece."""

    def __init__(self, before: Document, after: Document) -> None:
        self._documents = before, after
        self._runs: tuple[str, str] | None = None
        self._asked = 0

    def only_moved(self, pair: Pair, old: str, new: str) -> bool:
        """Say whether each piece of a pair that only one side of it holds stands as often in both whole texts.

        What stands in a list that is opened by a denial means another thing there; it is never said to be only moved.
        """
        if max(len(old), len(new)) > _LONGEST or self._is_denied(pair):
            return False
        pieces = self._pieces(old, 0), self._pieces(new, 1)
        apart = [piece for piece in pieces[0] if piece not in pieces[1]]
        apart += [piece for piece in pieces[1] if piece not in pieces[0]]
        telling = [piece for piece in dict.fromkeys(apart) if piece not in _JOINING]
        if not telling or any(len(piece.split()) < _FEWEST_WORDS for piece in telling) or self._asked >= _MOST_ASKED:
            return False
        self._asked += 1
        before, after = self._both()
        return all(before.count(f" {piece} ") == after.count(f" {piece} ") for piece in telling)

    def _is_denied(self, pair: Pair) -> bool:
        sides = zip(self._documents, (pair.before, pair.after), strict=True)
        return any(_denies(document.clauses[at].lead_in) for document, indices in sides for at in indices)

    def _pieces(self, text: str, side: int) -> Sequence[str]:
        return [canonical(piece, self._documents[side].names) for piece in _CUT.split(text) if piece.strip()]

    def _both(self) -> tuple[str, str]:
        if self._runs is None:
            old, new = map(_run, self._documents)
            self._runs = old, new
        return self._runs


@per_document
def _run(document: Document) -> str:
    """Return a whole text as one run of words, with a blank at either end."""
    return f" {' '.join(clause.key for clause in document.clauses)} "
