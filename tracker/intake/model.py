"""What a collection gives: captures of documents, each with what it is of and when it was taken."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Protocol

from tracker.errors import TrackerError
from tracker.fetch.model import Page
from tracker.printable import one_line
from tracker.sources.terms_types import terms_type
from tracker.sources.values import slug
from tracker.words import RecordKind

#: Header of an imported capture that says what kind of record its collection calls it; a word of `RecordKind`.
KIND = "X-Record-Kind"

#: Characters of a name taken over from a collection.
MOST_NAME = 200


class Unreadable(TrackerError):
    """One capture of a collection cannot be read; the message says why, and the others are not concerned."""


@dataclass(frozen=True, slots=True)
class Described:
    """A document as a collection describes it; its history goes to the source that fits, or to one made of this."""

    id: str  #: the id of a source made for it
    name: str
    organisation: str = ""
    document_type: str = "Privacy Policy"
    url: str = ""
    formerly: tuple[str, ...] = ()  #: ids under which earlier versions of the same collection had it


@dataclass(frozen=True, slots=True)
class Item:
    """One capture of a document; its bytes are read when they are asked for."""

    document: Described
    moment: datetime  #: when the document looked like this
    url: str  #: of the capture; may be blank
    place: str  #: where in the collection, for messages
    read: Callable[[], Page]  #: raises Unreadable


class Intake(Protocol):
    """A collection that is read once, from front to back."""

    #: How far it goes, in `unit`s; None where that is not known.
    total: int | None
    unit: str
    #: Whether all captures of a document come before those of the next.
    grouped: bool

    @property
    def position(self) -> int:
        """Return how much of it was read, in units."""
        ...

    @property
    def notes(self) -> list[str]:
        """Return what a person has to know about what was read: what was joined, what was left out."""
        ...

    @property
    def broken(self) -> int:
        """Return how many parts of it, each named in a note, were found to be unreadable while looking for captures."""
        ...

    def items(self) -> Iterator[Item]:
        """Yield the captures, those of one document mostly in time order.

        Raises:
            UsageError: it is no such collection.

        """
        ...


def ident_of(*names: str) -> str:
    """Return an id made of names; a hash stands in where no letter or digit of them can stand in one."""
    told = " ".join(names)
    return plain_ident(told) or f"x-{sha256(told.encode('utf-8', 'replace')).hexdigest()[:12]}"


def plain_ident(text: str) -> str:
    """Return what of a text can stand in an id; a blank where nothing can."""
    return slug(unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode())


def plain_name(text: str) -> str:
    """Return a name without control characters and of bounded length."""
    return one_line(text)[:MOST_NAME].strip()


def known_type(name: str) -> str:
    """Return the document type that a collection's name stands for; one that is not known stays as it is."""
    name = plain_name(name)
    return terms_type(name) or terms_type(re.split(r" [#-] ?", name, maxsplit=1)[0]) or name or "Document"


def kind_of(headers: Iterable[Sequence[str]]) -> RecordKind | None:
    """Return what kind of record the headers of a capture say it is."""
    told = next((value for name, value in headers if name.lower() == KIND.lower()), "")
    return next((kind for kind in RecordKind if kind.value == told), None)
