"""What a transfer of data to another country rests on: mechanisms that came, went, or took one another's place."""

from collections.abc import Collection, Mapping

from tracker.compare.facts.asides import without_former
from tracker.compare.findings.finding import Finding
from tracker.compare.vocabulary.cues import Cue, any_match, compile_cues
from tracker.compare.vocabulary.lexicon import Noun, lexicon
from tracker.compare.vocabulary.lexicons import active, cached
from tracker.words import Direction, Topic

CONSENT = "consent"
_LONGEST = 4000  #: characters of a clause that are read


@cached(1)
def _cues() -> Mapping[str, tuple[Cue, ...]]:
    data = active().table("transfers.toml")
    return {name: compile_cues(table["forms"]) for name, table in data.items()}


@cached(4096)
def mechanisms_in(lowered: str) -> frozenset[str]:
    """Return what a transfer rests on by a lower-case text: entries of the safeguards, and the person's consent."""
    noun = lexicon().safeguards
    found = frozenset(
        item.name for item in noun.mentions(lowered) if Topic.INTERNATIONAL_TRANSFER in noun.entries[item.name].topics
    )
    cues = _cues()
    is_consent = any_match(cues[CONSENT], lowered) and any_match(cues["about"], lowered)
    return found | {CONSENT} if is_consent else found


def with_mechanisms(before: str, after: str, found: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Return findings with what a transfer rests on now.

    A mechanism in the place of another is told once, instead of as one safeguard lost and one gained.
    """
    old, new = (text[:_LONGEST].lower().replace("’", "'") for text in (before, after))
    was, now = mechanisms_in(without_former(old)), mechanisms_in(without_former(new))
    about = _cues()["about"]
    # A mechanism in the place of another says by itself that data goes abroad.
    named = bool(was - {CONSENT}) and bool(now - {CONSENT})
    if was == now or not (named or (any_match(about, old) and any_match(about, new))):
        return found
    gone, come = was - now, now - was
    noun, topics = lexicon().safeguards, (Topic.INTERNATIONAL_TRANSFER,)
    if gone and come:
        way = Direction.WEAKER if come == {CONSENT} else Direction.STRONGER if gone == {CONSENT} else Direction.NEUTRAL
        items = f"“{_title(noun, gone)}” became “{_title(noun, come)}”"
        others = tuple(finding for finding in found if not _is_mechanism(finding))
        return (*others, Finding("mechanism_replaced", way, "a transfer", before, after, topics, items=items))
    if CONSENT in gone | come or any(map(_is_mechanism, found)):
        return found
    kind, way = ("mechanism_lost", Direction.WEAKER) if gone else ("mechanism_gained", Direction.STRONGER)
    return (*found, Finding(kind, way, "a transfer", before, after, topics, items=_title(noun, gone or come)))


def _is_mechanism(finding: Finding) -> bool:
    return finding.kind.startswith("safeguard") and Topic.INTERNATIONAL_TRANSFER in finding.topics


def _title(noun: Noun, names: Collection[str]) -> str:
    consent = [str(active().table("transfers.toml")[CONSENT]["title"])] if CONSENT in names else []
    return ", ".join(consent + [noun.entries[name].title for name in sorted(names) if name != CONSENT])
