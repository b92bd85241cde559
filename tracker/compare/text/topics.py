"""Clause topics: a small linear model plus cue phrases; the cues explain, the model recalls.

The model (`lexicon/models/topics.json.gz`) is made by `tests/quality/train_topics.py`, the cues are
`lexicon/topic_cues.toml`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from tracker.compare.model import ordered_topics
from tracker.compare.vocabulary.cues import Cue, CueGroups, any_match, compile_cues
from tracker.compare.vocabulary.lexicons import active, cached
from tracker.compare.vocabulary.models import WordModel, shipped, words_of
from tracker.words import Topic

_FALLBACK = -1.0  #: the best label below the threshold of 0 still counts down to here
_SECTION_WORDS = 12  #: a heading longer than this is no heading
_LEAD_IN_WORDS = 40


@dataclass(frozen=True, slots=True)
class CueTable:
    """The phrases of one topic and what a match adds to its score."""

    weight: float
    cues: tuple[Cue, ...]


def _table(entry: Mapping[str, Any]) -> CueTable:
    return CueTable(float(entry.get("weight", 0.0)), compile_cues(entry["cues"]))


@cached(1)
def _cues() -> tuple[dict[Topic, CueTable], dict[str, CueTable]]:
    data = active().table("topic_cues.toml")
    topics = {Topic(name): _table(entry) for name, entry in data.items() if name != "signals"}
    return topics, {name: _table(entry) for name, entry in data["signals"].items()}


@cached(1)
def _groups() -> CueGroups:
    return CueGroups(table.cues for table in _cues()[0].values())


@cached(4096)
def _phrases(lowered: str) -> Mapping[int, list[str]]:
    """Return the phrases that stand in a text by the number of their topic; who asks for scores often asks for them."""
    return _groups().matches(lowered)


@lru_cache(maxsize=1)
def _model() -> tuple[WordModel, tuple[Topic, ...]]:
    """Return the model, and the topics that its scores are of."""
    model = WordModel(shipped("topics"))
    return model, tuple(map(Topic, model.labels))


def _context(section: str, lead_in: str) -> str:
    heading = section if len(section.split()) <= _SECTION_WORDS else ""
    return f"{heading}. {' '.join(lead_in.split()[-_LEAD_IN_WORDS:])} " if heading or lead_in else ""


@cached(4096)
def _scores(text: str, section: str, lead_in: str) -> Mapping[Topic, float]:
    model, labels = _model()
    scores = dict(zip(labels, model.scores(words_of(_context(section, lead_in) + text)), strict=True))
    lowered = (lead_in + " " + text).lower().replace("’", "'")
    found = _phrases(lowered)
    for number, (topic, table) in enumerate(_cues()[0].items()):
        if number in found:
            scores[topic] = scores.get(topic, 0.0) + table.weight
    return scores


def topic_scores(text: str, section: str = "", lead_in: str = "") -> dict[Topic, float]:
    """Return the score of every topic for one clause; above 0 means that the clause is about it.

    `section` is the nearest heading, `lead_in` the sentence that opens the list an item belongs to.
    """
    return dict(_scores(text, section, lead_in))


def topics_of(text: str, section: str = "", lead_in: str = "") -> tuple[Topic, ...]:
    """Return what one clause is about, in the order of `Topic`; `other` where nothing fits."""
    if not text.strip():
        return (Topic.OTHER,)
    scores = _scores(text, section, lead_in)
    found = [topic for topic, score in scores.items() if score > 0]
    if not found:
        best = max(scores, key=lambda topic: scores[topic])
        found = [best] if scores[best] > _FALLBACK else [Topic.OTHER]
    return ordered_topics(found)


def topic_evidence(text: str, lead_in: str = "") -> dict[Topic, tuple[str, ...]]:
    """Return the cue phrases of each topic that stand in the clause (lower case), for the topics that have any."""
    lowered = (lead_in + " " + text).lower().replace("’", "'")
    found = _phrases(lowered)
    return {topic: tuple(found[number]) for number, topic in enumerate(_cues()[0]) if number in found}


def has_signal(name: str, text: str) -> bool:
    """Say whether a named fact that is no topic (`do_not_track`, `region`) shows in the text."""
    return any_match(_cues()[1][name].cues, text.lower().replace("’", "'"))
