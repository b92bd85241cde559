"""Words that send the reader to another place: "click here", "described in the section below", "visit our help page".

Where a text points changes with every rebuilt site and says nothing about what may be done with anyone's data.
"""

import re

from tracker.compare.text.canonical import canonical
from tracker.compare.vocabulary.lexicons import active, cached

_MOST_WORDS = 14  #: of the place that is pointed to
_MOST_TITLE = 8  #: words of the title of a place, which may hold what ends any other
_LONGEST = 4000  #: characters of a clause that is looked at
_MARK = "\ue012"  #: stands for a pointer: a character that no text displays


@cached(1)
def _pointer() -> re.Pattern[str]:
    """Return what finds a pointer: its opening words and the place, up to a stop; a quoted title counts as one word."""
    data = active().table("pointers.toml")
    opens = "|".join(re.escape(phrase) for phrase in sorted(data["opens"], key=lambda one: (-len(one), one)))
    stops, called, untitled = ("|".join(map(re.escape, data[name])) for name in ("stops", "called", "untitled"))
    word = r"(?:\"[^\"]{1,120}\"|[^\s\"“”,.;:]+)"
    title = (
        rf"(?:(?:(?<=\bthe)|(?<=\bour)| the| our)(?: (?!(?:{untitled})\b){word}){{0,{_MOST_TITLE}}}? (?:{called})\b)?"
    )
    return re.compile(rf"\b(?:please )?(?:{opens})\b{title}(?: (?!(?:{stops})\b){word}){{0,{_MOST_WORDS}}}")


def _without_pointers(text: str) -> str:
    quotes = str.maketrans("“”’", '""\'')
    lowered = " ".join(text.lower().translate(quotes).split())
    return canonical(_pointer().sub(_MARK, lowered))


def same_but_for_pointers(before: str, after: str) -> bool:
    """Say whether two texts differ only in the places they send the reader to."""
    if not before or not after or max(len(before), len(after)) > _LONGEST:
        return False
    old, new = _without_pointers(before), _without_pointers(after)
    return _MARK in old and old == new
