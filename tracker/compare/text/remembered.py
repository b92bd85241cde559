"""What is known of whole documents: of the last few, each told from others by being the very same object.

In a history the new text of one comparison is the old text of the next, so that what holds of a whole text, whatever it
is compared with, need be found out only once.
"""

from collections.abc import Callable
from functools import update_wrapper
from typing import Generic, TypeVar

from tracker.compare.model import Document
from tracker.compare.vocabulary.lexicons import Lexicons, active

R = TypeVar("R")

_KEPT = 4  #: documents: both sides of a comparison, and both under one name where the organisation was renamed
_LONGEST = 6_000  #: clauses of all of them; what is known of more would fill the memory


class PerDocument(Generic[R]):
    """A pure function of a document and the words in force, whose last results are remembered."""

    def __init__(self, function: Callable[[Document], R]) -> None:
        self._function = function
        #: One value that is replaced as a whole: threads may ask at the same time.
        self._kept: tuple[tuple[Document, Lexicons, R], ...] = ()
        update_wrapper(self, function)

    def __call__(self, document: Document) -> R:
        """Return the remembered result, or compute it."""
        lexicons = active()
        for known, words, result in self._kept:
            if known is document and words is lexicons:
                return result
        result = self._function(document)
        kept, room = [], _LONGEST
        for entry in ((document, lexicons, result), *self._kept)[:_KEPT]:
            room -= len(entry[0].clauses)
            if room < 0:
                break
            kept.append(entry)
        self._kept = tuple(kept)
        return result


def per_document(function: Callable[[Document], R]) -> PerDocument[R]:
    """Remember what a function finds out about the last few documents."""
    return PerDocument(function)
