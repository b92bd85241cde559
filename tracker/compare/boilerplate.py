"""What nearly every contract says of itself, by which nobody gains or loses a right: lexicon/boilerplate.toml."""

import re
from dataclasses import dataclass

from tracker.compare.cues import Cue, any_match, compile_cues
from tracker.compare.lexicons import active, cached

_LISTS = ("of", "when", "then")
_NUMBER = re.compile(r"^(?:[\W\d_]|[a-z]\b(?=[).]))+")


@dataclass(frozen=True, slots=True)
class _Form:
    """One kind of such a sentence: it holds a cue of each list, and none of those that say more."""

    lists: tuple[tuple[Cue, ...], ...]
    unless: tuple[Cue, ...]

    def holds(self, lowered: str) -> bool:
        return all(any_match(cues, lowered) for cues in self.lists) and not any_match(self.unless, lowered)


@dataclass(frozen=True, slots=True)
class _Words:
    forms: tuple[_Form, ...]
    unless: tuple[Cue, ...]
    titles: tuple[Cue, ...]


@cached(1)
def _words() -> _Words:
    table = active().table("boilerplate.toml")

    forms = (
        _Form(tuple(compile_cues(form[name]) for name in _LISTS if name in form), compile_cues(form.get("unless", ())))
        for form in table["forms"].values()
    )
    return _Words(tuple(forms), compile_cues(table["unless"]), compile_cues(table["titles"]))


def is_boilerplate(lowered: str) -> bool:
    """Say whether a sentence in lower case only says how the text is to be read or that it stands."""
    words = _words()
    return any(form.holds(lowered) for form in words.forms) and not any_match(words.unless, lowered)


def is_title(lowered: str) -> bool:
    """Say whether a sentence is no more than the title of such a clause."""
    bare = _NUMBER.sub("", lowered).rstrip(" .:")
    return any(cue.pattern.fullmatch(bare) is not None for cue in _words().titles)
