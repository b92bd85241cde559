"""Sentences that hold for several clause changes, said once."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tracker.compare.model import ClauseChange


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
    """Return what the reasons of a clause change say, each sentence once."""
    return tuple(dict.fromkeys(reason.sentence for reason in change.judgement.reasons))


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
