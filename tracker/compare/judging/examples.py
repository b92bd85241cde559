"""Examples in brackets behind what was said of all anyway: "goods of any kind (a stolen bicycle, for example)"."""

import re

from tracker.compare.facts.facts import spoken
from tracker.compare.text.canonical import canonical
from tracker.compare.vocabulary.grammar import grammar

_BRACKET = re.compile(r"\s*\((?P<said>[^()]{3,200})\)")
_ALL = re.compile(
    r"\b(?:every|all|any|each|whatever|whichever|entire|whole|nobody|nothing|anything|everything|anyone|everyone)\b"
)
_DIGIT = re.compile(r"\d")
_LONGEST = 2000  #: characters of a clause that are looked at
_TURNS = ("exception", "condition", "negation", "only", "discretion", "effort")


def _is_example(text: str, match: re.Match[str]) -> bool:
    """Say whether a bracket stands behind what holds of all, and neither bounds it nor names what the lexicon reads."""
    said = match["said"].lower()
    front = re.split(r"[.;:]\s", text[: match.start()])[-1].lower()
    return (
        _ALL.search(front) is not None
        and not _DIGIT.search(said)
        and not any(grammar()[group].search(said) for group in _TURNS)
        and not spoken(match["said"])
    )


def same_but_for_examples(before: str, after: str) -> bool:
    """Say whether one text is the other with an example in brackets of what holds of all."""
    if max(len(before), len(after)) > _LONGEST or ("(" in before) == ("(" in after):
        return False
    longer, shorter = (before, after) if "(" in before else (after, before)
    matches = list(_BRACKET.finditer(longer))
    return (
        bool(matches)
        and all(_is_example(longer, match) for match in matches)
        and canonical(_BRACKET.sub("", longer)) == canonical(shorter)
    )
