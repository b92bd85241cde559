"""Sentences that say in few words what stands beside them: "In short, your driver can call you"."""

import re
from collections.abc import Sequence

from tracker.compare.facts.facts import Fact, read
from tracker.compare.findings.limits import same_time
from tracker.compare.findings.plain import plain
from tracker.compare.findings.stipulations import stipulated
from tracker.compare.findings.tellings import told
from tracker.compare.model import BlockKind, Clause
from tracker.compare.vocabulary.grammar import grammar
from tracker.compare.vocabulary.lexicon import lexicon
from tracker.compare.vocabulary.lexicons import active, cached
from tracker.compare.vocabulary.stems import content_stems

_LONGEST = 400  #: characters of a summary
_NEAR = 2  #: clauses on either side that it can sum up
_SHARED = 0.1  #: of its words that stand beside it
_NOUNS = ("data_types", "recipients", "purposes")
_TURNS = ("negation", "only", "exception", "every")
#: What it says that the person must bear or may not do has to be said beside it as well.
_BURDEN = re.compile(
    r"\b(?:you|users?|customers?|members?) (?:must|have to|need to|agree|pay|waive|lose|may not|cannot)\b"
)


@cached(1)
def _opening() -> re.Pattern[str]:
    opens = "|".join(map(re.escape, active().table("asides.toml")["summary"]["opens"]))
    return re.compile(rf"\W*(?:{opens})\b|[^,;:.()]{{2,60}}, (?:{opens}),")


def _is_said(fact: Fact, others: Sequence[Fact]) -> bool:
    return any(
        other.act == fact.act
        and other.denied == fact.denied
        and other.exposure == fact.exposure
        and all(names <= other.slots[slot] for slot, names in fact.slots.items())
        for other in others
    )


def _adds(said: str, beside: str) -> bool:
    """Say whether a text names, bounds, denies or stipulates what another one does not."""
    here, there = said.lower(), beside.lower()
    words = lexicon()
    values = plain(beside).values
    return (
        any(
            {item.name for item in getattr(words, noun).mentions(here)}
            - {item.name for item in getattr(words, noun).mentions(there)}
            for noun in _NOUNS
        )
        or any(grammar()[group].search(here) and not grammar()[group].search(there) for group in _TURNS)
        or any(not any(same_time(value, other) for other in values) for value in plain(said).values)
        or bool(read(said).phrases.keys() - read(beside).phrases.keys())
        or bool({one.rule.name for one in stipulated(said)} - {one.rule.name for one in stipulated(beside)})
        or bool({one.entry for one in told(said)} - {one.entry for one in told(beside)})
        or (_BURDEN.search(here) is not None and _BURDEN.search(there) is None)
    )


def only_sums_up(clauses: Sequence[Clause], at: int) -> bool:
    """Say whether a clause only says again, in few words, what those beside it say."""
    said = clauses[at].text
    if len(said) > _LONGEST or not _opening().match(said.lower()):
        return False
    near = (*clauses[max(0, at - _NEAR) : at], *clauses[at + 1 : at + 1 + _NEAR])
    beside = " ".join(clause.text for clause in near if clause.kind is not BlockKind.HEADING)
    stems = content_stems(_opening().sub("", said.lower(), count=1))
    if not beside or len(stems & content_stems(beside)) < _SHARED * len(stems):
        return False
    others = read(beside).facts
    return all(_is_said(fact, others) for fact in read(said).facts) and not _adds(said, beside)
