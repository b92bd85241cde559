"""What nearly every contract says of itself, by which nobody gains or loses a right: lexicon/boilerplate.toml."""

import re
from dataclasses import dataclass

from tracker.compare.vocabulary.cues import Cue, CueIndex, any_match, compile_cues
from tracker.compare.vocabulary.lexicons import active, cached

_LISTS = ("of", "when", "then")
_NUMBER = re.compile(r"^(?:[\W\d_]|[a-z]\b(?=[).]))+")


@dataclass(frozen=True, slots=True)
class _Form:
    """One kind of such a sentence: it holds a cue of each list, and none of those that say more."""

    lists: tuple[tuple[Cue, ...], ...]
    unless: tuple[Cue, ...]
    places: tuple[frozenset[int], ...]  #: of the cues of each list in the index
    reason: str  #: why nobody gains or loses by it

    def holds(self, lowered: str, near: frozenset[int]) -> bool:
        """Say whether a sentence is of this kind; `near` are the places of the cues that its words may open."""
        for places in self.places:
            if near.isdisjoint(places):
                return False
        return all(any_match(cues, lowered) for cues in self.lists) and not any_match(self.unless, lowered)


@dataclass(frozen=True, slots=True)
class _Words:
    forms: tuple[_Form, ...]
    index: CueIndex  #: of what the forms hold
    of_cue: tuple[tuple[int, ...], ...]  #: the forms in which each cue of the index stands
    unless: tuple[Cue, ...]
    titles: tuple[Cue, ...]


@cached(1)
def _words() -> _Words:
    table = active().table("boilerplate.toml")

    place_of: dict[Cue, int] = {}
    forms = []
    for form in table["forms"].values():
        lists = tuple(compile_cues(form[name]) for name in _LISTS if name in form)
        places = tuple(frozenset(place_of.setdefault(cue, len(place_of)) for cue in cues) for cues in lists)
        forms.append(_Form(lists, compile_cues(form.get("unless", ())), places, form.get("reason", table["reason"])))
    of_cue = tuple(
        tuple(number for number, form in enumerate(forms) if any(at in places for places in form.places))
        for at in place_of.values()
    )
    unless, titles = compile_cues(table["unless"]), compile_cues(table["titles"])
    return _Words(tuple(forms), CueIndex(place_of), of_cue, unless, titles)


def boilerplate(lowered: str) -> str | None:
    """Return why a sentence in lower case only says how the text is to be read or that it stands; None where not."""
    words = _words()
    near = frozenset(words.index.near(lowered))
    likely = sorted({number for at in near for number in words.of_cue[at]})
    form = next((words.forms[number] for number in likely if words.forms[number].holds(lowered, near)), None)
    return None if form is None or any_match(words.unless, lowered) else form.reason


def is_title(lowered: str) -> bool:
    """Say whether a sentence is no more than the title of such a clause."""
    bare = _NUMBER.sub("", lowered).rstrip(" .:")
    return any(cue.pattern.fullmatch(bare) is not None for cue in _words().titles)
