"""What the reasons of clause changes say to people, and what holds for several of them said once."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tracker.compare.model import ClauseChange, Reason
from tracker.compare.redline import Op, redline
from tracker.words import ChangeKind

#: Letters of a clause that a sentence quotes; the whole of it stands beside the sentence.
_MOST_QUOTED = 120

#: Of how many classes of words one sentence tells.
_MOST_TOLD = 3

#: How the scorer's reasons are named, and how they say which class of words speaks for the change.
_SCORED = "words_"
_CLASS = re.compile(r"\((?P<title>[^()]+)\)\.$")
_WORDING = "wording"

#: Classes that say how something is said, not what it is about: a clause that is new or gone is not told by them.
_MANNER = frozenset(
    ("duty", "permission", "should", "negation", "exception", "condition", "wide", "limit", "hedge", "example")
) | {"navigation"}


@dataclass(frozen=True, slots=True)
class Group:
    """Clause changes told together."""

    members: tuple[int, ...]  #: their places in the sequence they came from
    sentences: tuple[tuple[str, int], ...]  #: what is said of them, each with the number of changes it holds for

    @property
    def said(self) -> tuple[str, ...]:
        """Return the sentences, those that hold for several changes with their number."""
        return tuple(f"{sentence} ({count} clauses)" if count > 1 else sentence for sentence, count in self.sentences)


def sentences_of(change: ClauseChange) -> tuple[str, ...]:
    """Return what the reasons of a clause change say, each sentence once.

    What a rule says is a sentence already. What the scorer goes by is told together, as one sentence that quotes the
    clause as displayed.
    """
    said: dict[str, None] = {}
    by_words = [reason for reason in change.judgement.reasons if _is_by_words(reason)]
    for reason in change.judgement.reasons:
        said[_by_words(change, by_words) if reason in by_words else reason.sentence] = None
    return tuple(said)


def quotes_of(change: ClauseChange) -> tuple[tuple[str, str], ...]:
    """Return the words of both sides that the rules go by, each pair once; sentences quote the scorer's already."""
    found = [reason for reason in change.judgement.reasons if not _is_by_words(reason)]
    return tuple(dict.fromkeys((reason.before, reason.after) for reason in found if reason.before or reason.after))


def told_once(said: Sequence[Sequence[str]]) -> tuple[Group, ...]:
    """Return groups of clause changes, given the sentences of each, in the order of their first members.

    No sentence comes twice: a change of which everything was said with an earlier one joins it.
    """
    counts = Counter(sentence for sentences in said for sentence in set(sentences))
    groups: list[tuple[list[int], list[str]]] = []
    place: dict[str, int] = {}
    for at, sentences in enumerate(said):
        fresh = [sentence for sentence in dict.fromkeys(sentences) if sentence not in place]
        if sentences and not fresh:
            groups[place[sentences[0]]][0].append(at)
            continue
        place.update(dict.fromkeys(fresh, len(groups)))
        groups.append(([at], fresh))
    return tuple(
        Group(tuple(members), tuple((sentence, counts[sentence]) for sentence in sentences))
        for members, sentences in groups
    )


def _is_by_words(reason: Reason) -> bool:
    return reason.rule == _WORDING or (reason.rule.startswith(_SCORED) and bool(_CLASS.search(reason.sentence)))


def _by_words(change: ClauseChange, reasons: Sequence[Reason]) -> str:
    """Return in one sentence what speaks for a change that no rule reads."""
    if change.kind is ChangeKind.ADDED or not change.before:
        return f"A new clause{_subject(reasons)}: {_quoted(change.after)}."
    if change.kind is ChangeKind.REMOVED or not change.after:
        return f"A clause is gone{_subject(reasons)}: {_quoted(change.before)}."
    chosen = reasons[:_MOST_TOLD]
    titles = ", ".join(filter(None, map(_title, chosen)))
    about = f" ({titles})" if titles else ""
    went, came = _went_and_came(change, chosen)
    if went and came:
        return f"{went} became {came}{about}."
    if came:
        return f"Now also says {came}{about}."
    if went:
        return f"No longer says {went}{about}."
    return f"The clause is worded otherwise{about}."


def _subject(reasons: Sequence[Reason]) -> str:
    """Return what a clause is about, as far as its words tell."""
    titles = [_title(reason) for reason in reasons if reason.rule.removeprefix(_SCORED) not in _MANNER]
    known = [title for title in titles if title][:_MOST_TOLD]
    return f", on {_listed(known)}" if known else ""


def _title(reason: Reason) -> str:
    found = _CLASS.search(reason.sentence)
    return found["title"] if found else ""


def _went_and_came(change: ClauseChange, reasons: Sequence[Reason]) -> tuple[str, str]:
    """Return quoted what speaks for the change on either side, blank where a side has nothing of the kind."""
    sides = []
    for text, told in (
        (change.before, [reason.before for reason in reasons]),
        (change.after, [reason.after for reason in reasons]),
    ):
        # A reason quotes the whole of a side on which none of its words stand.
        words = [word for part in told if part != text for word in part.split(", ") if word]
        sides.append(_listed([_quoted(_as_displayed(word, text)) for word in dict.fromkeys(words)][:_MOST_TOLD]))
    return (sides[0], sides[1]) if any(sides) else _differing(change)


def _differing(change: ClauseChange) -> tuple[str, str]:
    """Return quoted the first words that went and that came."""
    pieces = redline(change.before, change.after)
    went, came = (
        next((text.strip() for piece, text in pieces if piece is op and any(map(str.isalnum, text))), "")
        for op in (Op.DELETE, Op.INSERT)
    )
    return _quoted(went) if went else "", _quoted(came) if came else ""


def _as_displayed(word: str, text: str) -> str:
    """Return a word as the text writes it: cues are sought in lower case."""
    at = text.lower().find(word)
    # A letter whose lower case is longer moves what follows; then the word stands as it was sought.
    return text[at : at + len(word)] if at >= 0 and text[at : at + len(word)].lower() == word else word


def _quoted(text: str) -> str:
    text = text.strip()
    if len(text) > _MOST_QUOTED:
        text = f"{text[:_MOST_QUOTED].rpartition(' ')[0] or text[:_MOST_QUOTED]} …"
    return f"“{text.removesuffix('.')}”"


def _listed(parts: Sequence[str]) -> str:
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else "".join(parts)
