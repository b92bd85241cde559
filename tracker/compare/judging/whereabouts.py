"""Asides that only tell who an office is, where its number stands or when it can be reached."""

import re

from tracker.compare.text.canonical import canonical
from tracker.compare.vocabulary.lexicons import active, cached

_LONGEST = 2000  #: characters of a clause that are looked at
_BRACKET = re.compile(r"\s*\((?P<said>[^()]{3,120})\)")
_WORD = re.compile(r"[a-z'.]*[a-z]")
_TOLD_BY_CLOCK = re.compile(r"\d|day")
#: "our officer, Ms R. Deshmukh, receives": who holds an office is told beside it.
_HOLDER = re.compile(r", (?:Mr|Mrs|Ms|Mx|Dr|Prof)\.? (?:[A-Z][\w'’-]*\.? ?){1,4}(?P<rest> ?\([^()]*\))?(?:,|(?=[.;]))")
#: What has to be done in those hours binds who does it.
_BINDING = re.compile(
    r"\b(?:cancel\w*|withdraw\w*|opt|object\w*|refus\w*|must|only|deadline|within|return\w*|claim\w*|may|can)\b"
)


@cached(1)
def _shown() -> re.Pattern[str]:
    words = active().table("asides.toml")["found"]
    whose, shown = ("|".join(map(re.escape, words[name])) for name in ("whose", "shown"))
    noun = rf"(?:{whose})(?: and (?:{whose}))?"
    return re.compile(
        rf", (?:whose {noun}|the {noun} of (?:whom|which)) (?:is|are|can be|may be) (?:{shown})\b[^,;.()]{{0,80}}"
        r"(?:,|(?=[.;]|$))",
        re.IGNORECASE,
    )


@cached(1)
def _hours() -> frozenset[str]:
    return frozenset(active().table("asides.toml")["hours"]["words"])


def _tells_hours(said: str) -> bool:
    lowered = said.lower()
    words = [word.strip(".'") for word in _WORD.findall(lowered)]
    return _TOLD_BY_CLOCK.search(lowered) is not None and all(word in _hours() for word in words)


def _without(text: str) -> str:
    if not _BINDING.search(text.lower()):
        text = _BRACKET.sub(lambda match: "" if _tells_hours(match["said"]) else match.group(), text)
    return _shown().sub("", _HOLDER.sub("", text))


def same_but_for_whereabouts(before: str, after: str) -> bool:
    """Say whether one text is the other with the name, hours or whereabouts of someone it speaks of."""
    if max(len(before), len(after)) > _LONGEST or abs(len(before) - len(after)) < 5:
        return False
    longer, shorter = (before, after) if len(before) > len(after) else (after, before)
    if longer.count(",") + longer.count("(") <= shorter.count(",") + shorter.count("("):
        return False
    rest = _without(longer)
    return rest != longer and canonical(rest) == canonical(shorter)
