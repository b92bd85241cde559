"""One difference of meaning, and the sentence that says it; the kinds are data (`lexicon/findings.toml`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tracker.compare.model import Reason
from tracker.compare.vocabulary.lexicons import active, cached
from tracker.words import Direction, Topic

_CLOSING = {
    Direction.WEAKER: "Weaker for you.",
    Direction.STRONGER: "Better for you.",
    Direction.NEUTRAL: "Whether that is better or worse for you, the facts do not say.",
}
_EVEN = "By itself that is neither better nor worse for you."
_LONGEST_QUOTE = 300


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of finding."""

    name: str
    weight: int
    material: bool
    alone: bool  #: material too where the clause stands on one side only
    sentences: Mapping[Direction, str]
    even: bool = False  #: neutral by what it is: neither better nor worse for anyone by itself


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference; `before` and `after` are quoted words, blank where a side says nothing."""

    kind: str
    direction: Direction
    what: str  #: what it is about, as a sentence says it
    before: str
    after: str
    topics: tuple[Topic, ...] = ()
    items: str = ""
    old: str = ""
    new: str = ""
    weight: int = 0  #: of the things it is about, on top of that of its kind

    def material(self, *, alone: bool) -> bool:
        """Say whether it deserves an alert by itself; `alone` where its clause has no counterpart."""
        kind = kinds()[self.kind]
        return kind.material and (kind.alone or not alone)

    @property
    def has_both(self) -> bool:
        """Say whether it quotes both sides: a row of a table is known by its name, wherever it stands."""
        return bool(self.before and self.after)

    @property
    def even(self) -> bool:
        """Say whether it is neutral by what it is, rather than for want of knowing better."""
        return kinds()[self.kind].even and self.direction is Direction.NEUTRAL

    def reason(self) -> Reason:
        """Return it as a sentence with quotes."""
        kind = kinds()[self.kind]
        template = kind.sentences.get(self.direction) or next(iter(kind.sentences.values()))
        said = template.format(what=self.what, items=self.items, old=self.old, new=self.new)
        closing = _EVEN if self.even else _CLOSING[self.direction]
        sentence = f"{said[:1].upper()}{said[1:]} {closing}"
        return Reason(self.kind, sentence, _cut(self.before), _cut(self.after))


def as_displayed(words: str, text: str) -> str:
    """Return lower-case words as a text displays them; as they are where it does not hold them."""
    lowered = text.lower()
    at = lowered.find(words)
    return text[at : at + len(words)] if at >= 0 and len(lowered) == len(text) else words


def _cut(quote: str) -> str:
    return quote if len(quote) <= _LONGEST_QUOTE else quote[: _LONGEST_QUOTE - 1].rsplit(" ", 1)[0] + " …"


def _kind(name: str, table: Mapping[str, Any]) -> Kind:
    sentences = {way: table[way.value] for way in Direction if way.value in table}
    return Kind(name, table["weight"], table["material"], table["alone"], sentences, table.get("even", False))


@cached(1)
def kinds() -> Mapping[str, Kind]:
    """Return the kinds by name."""
    return {name: _kind(name, table) for name, table in active().table("findings.toml").items()}
