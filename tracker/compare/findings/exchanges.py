"""One name in the place of another: who does a thing changed, what is done did not."""

import re
from collections.abc import Iterable, Sequence

from tracker.compare.facts.asides import without_former
from tracker.compare.facts.facts import spoken
from tracker.compare.findings.finding import Finding
from tracker.compare.findings.regions import regions_in
from tracker.compare.vocabulary.lexicons import active, cached
from tracker.words import Direction, Topic

_LONGEST = 1500  #: characters of a clause that are read
_TOKEN = re.compile(r"[A-Za-z0-9][\w'’&-]*|[.!?](?=\s|$)")
_NAME = re.compile(r"[A-Z][\w'’&-]*|\w*_\w*")  #: written as a name, or as a cookie's
_CELLS = " | "  #: between the cells of a table row, which `tables` reads
#: What a name of a place follows whose law or court decides, be it one that the lexicon knows or not.
_DECIDES = re.compile(
    r"\b(?:laws?|courts?|tribunals?|jurisdiction|venue|arbitration|legislation)\b[^.;]{0,40}?\b(?:of|in|at)\s+(?:the\s+)?"
    r"(?:(?:state|province|city|canton|county|territory|commonwealth|republic)\s+of\s+)?$",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w+")
_BRACKETS = re.compile(r"\([^()]*\)")
#: What a text says of a name that it gave up, in brackets or between commas.
_FORMER = re.compile(r"[(,][^(),]*\b(?:former|formerly|previously|until now|used to be)\b[^(),]*[),.]")
_ENDS = frozenset(".!?")
_MOST_BESIDE = 5  #: small words that may come or go with the names
_MONTHS = frozenset(
    {
        "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
        "december",
    }
)  # fmt: skip


@cached(1)
def _small() -> frozenset[str]:
    lists = active().table("word_lists.toml")
    neutral = (word for entry in active().table("neutral_words.toml").values() for word in entry["words"])
    return frozenset([*lists["function_words"], *neutral]) - frozenset(lists["denying"])


def _parts(text: str) -> tuple[list[str], list[str]]:
    """Return the names of a text, and its other words in lower case; what it says of what held before is left out."""
    told = without_former(text.lower())
    names: list[tuple[int, int]] = []
    rest: list[str] = []
    opens, joined = True, False
    for match in _TOKEN.finditer(text):
        word = match.group()
        if word in _ENDS or told[match.start()] == "~":
            opens, joined = word in _ENDS, False
        elif not opens and word != "I" and _NAME.fullmatch(word) and word.lower() not in _MONTHS:
            start, _ = names.pop() if joined else match.span()
            names.append((start, match.end()))
            joined = True
        else:
            rest.append(word.lower())
            opens = joined = False
    return [text[start:end] for start, end in names], rest


def _is_told_of(gone: Iterable[str], come: Iterable[str], after: str) -> bool:
    """Say whether a text tells itself whom or what a name that is gone stood for: the same under another name.

    The name stands there still, as a former one or beside its short form: "Hub (formerly Settings)", "EEA (European
    Economic Area)", or what came is set in brackets behind it.
    """
    former = " ".join(match.group() for match in _FORMER.finditer(after.lower()))
    brackets = " ".join(_BRACKETS.findall(after.lower()))
    old, new, there = (set(_WORD.findall(text.lower())) for text in (" ".join(gone), " ".join(come), after))
    if not old <= there:
        return False
    return new <= old | set(_WORD.findall(brackets)) or not old.isdisjoint(_WORD.findall(former))


def _shouts(text: str) -> bool:
    """Say whether a text is set in capitals, so that none tells a name."""
    return sum(map(str.isupper, text)) > sum(map(str.islower, text))


def _is_small(words: Sequence[str], others: Sequence[str]) -> bool:
    beside = set(words) ^ set(others)
    return len(beside) <= _MOST_BESIDE and beside <= _small()


def name_replaced(before: str, after: str) -> Finding | None:
    """Return that one name stands where another did, and nothing else that differs carries law; None otherwise.

    Names of places, and words that the lexicon reads, are none: they say what is done, to whom and where.
    """
    if any(len(text) > _LONGEST or _CELLS in text or _shouts(text) for text in (before, after)):
        return None
    if regions_in(before) != regions_in(after):
        return None
    (old, was), (new, now) = _parts(before), _parts(after)
    gone, come = (
        [name for name in dict.fromkeys(here) if name not in there] for here, there in ((old, new), (new, old))
    )
    if not gone or not come or not _is_small(was, now):
        return None
    if _is_told_of(gone, come, after):
        return None
    read = spoken(before) | spoken(after)
    if any(read.issuperset(re.findall(r"\w+", name.lower())) for name in (*gone, *come)):
        return None
    deciding = any(_DECIDES.search(before[: before.find(name)]) for name in gone)
    items = f"“{', '.join(gone)}” became “{', '.join(come)}”"
    if deciding:
        return Finding("law_changed", Direction.NEUTRAL, "", before, after, (Topic.DISPUTE_RESOLUTION,), items)
    return Finding("name_replaced", Direction.NEUTRAL, "a name", before, after, items=items)
