"""Examples of what was said anyway: "goods of any kind (a stolen bicycle, for example)", "any means, such as bots"."""

import re
from collections.abc import Iterable

from tracker.compare.facts.facts import spoken
from tracker.compare.findings.plain import same_plainly
from tracker.compare.text.canonical import canonical
from tracker.compare.vocabulary.grammar import grammar
from tracker.compare.vocabulary.lexicons import active, cached

_BRACKET = re.compile(r"\s*\((?P<said>[^()]{3,200})\)")
_ALL = re.compile(
    r"\b(?:every|all|any|each|whatever|whichever|entire|whole|nobody|nothing|anything|everything|anyone|everyone)\b"
)
_DIGIT = re.compile(r"\d")
_QUOTED = re.compile(r"[\"“][^\"“”]{1,40}[\"”]")
_OF_LAW = re.compile(r"\b(?:laws?|legal|statut\w+|legislation)\b")
_LONGEST = 2000  #: characters of a clause that are looked at
_MOST_WORDS = 14  #: of an example; what is longer tells more than one
_TURNS = ("exception", "condition", "negation", "only", "discretion", "effort", "must")


@cached(1)
def _openings() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return what finds the words that open an example, and such an example between commas."""
    opens = "|".join(map(re.escape, active().table("asides.toml")["example"]["opens"]))
    return (
        re.compile(rf"(?<!\w)(?:{opens})\b"),
        re.compile(rf", (?P<said>(?:{opens})\b\.?,? [^,;:.()]{{3,120}})(?=,|[.;]|$)", re.IGNORECASE),
    )


def _is_example(text: str, match: re.Match[str], *, bracket: bool) -> bool:
    """Say whether an aside stands behind what holds of all, or opens as an example, and neither bounds nor adds."""
    said = _QUOTED.sub(" ", match["said"].lower())
    front = re.split(r"[.;:]\s", text[: match.start()])[-1].lower()
    marked = bracket and _openings()[0].search(said) is not None and len(said.split()) <= _MOST_WORDS
    if not marked and _ALL.search(front) is None:
        return False
    if _DIGIT.search(said) and not (marked and _OF_LAW.search(front)):
        return False
    return not any(grammar()[group].search(said) for group in _TURNS) and not spoken(said)


def _without(text: str) -> str | None:
    """Return a text without its examples; None where an aside is more than one, or there is none."""
    if "(" in text:
        matches = [(match, True) for match in _BRACKET.finditer(text)]
    else:
        matches = [(match, False) for match in _openings()[1].finditer(text)]
    kept = [match for match, bracket in matches if _is_example(text, match, bracket=bracket)]
    return _cut(text, kept) if kept else None


def _cut(text: str, matches: Iterable[re.Match[str]]) -> str:
    for match in reversed(list(matches)):
        closing = match.end() + (text.startswith(",", match.end()) and not text[match.start()].isspace())
        text = text[: match.start()] + text[closing:]
    return text


def same_but_for_examples(before: str, after: str) -> bool:
    """Say whether one text is the other with an example of what it says in general."""
    if max(len(before), len(after)) > _LONGEST or abs(len(before) - len(after)) < 5:
        return False
    longer, shorter = (before, after) if len(before) > len(after) else (after, before)
    if longer.count("(") == shorter.count("(") and longer.count(",") <= shorter.count(","):
        return False
    rest = _without(longer)
    return rest is not None and (canonical(rest) == canonical(shorter) or same_plainly(rest, shorter))
