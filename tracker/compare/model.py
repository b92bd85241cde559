"""What goes into a comparison and what comes out: blocks, clauses, documents, pairs, changes, verdicts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from tracker.compare.text.word_count import word_count
from tracker.words import ChangeKind, ClauseClass, Direction, Flag, Severity, Topic


class BlockKind(StrEnum):
    """The shapes a piece of policy text comes in."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    ITEM = "item"  #: of a list; `level` is its nesting depth, from 1
    ROW = "row"  #: of a table; `cells` hold it, `header` the table's header cells
    TERM = "term"  #: `dt`
    DEFINITION = "definition"  #: `dd`
    QUOTE = "quote"
    PREFORMATTED = "preformatted"


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of displayed text, as extraction found it. Text is free of markup, with single spaces."""

    kind: BlockKind
    text: str
    level: int = 0  #: of a heading 1 to 6, of an item its depth from 1, else 0
    marker: str = ""  #: numbering or bullet as displayed, such as "1." or "(b)"; not part of `text`
    cells: tuple[str, ...] = ()
    header: tuple[str, ...] = ()


class Clause(NamedTuple):
    """The unit that is compared: a sentence, a list item, a table row, a heading."""

    text: str  #: as displayed
    key: str  #: canonical text, for comparing only
    kind: BlockKind
    level: int = 0
    marker: str = ""
    block: int = 0  #: index of its block in the document
    section: tuple[str, ...] = ()  #: headings above it, outermost first
    lead_in: str = ""  #: the sentence that opens the list an item belongs to
    cells: tuple[str, ...] = ()
    header: tuple[str, ...] = ()
    language: str = "en"  #: ISO 639-1; "und" where too short to tell


@dataclass(frozen=True, slots=True)
class Document:
    """One version of a policy, cut into clauses in reading order."""

    clauses: tuple[Clause, ...]
    names: tuple[str, ...] = ()  #: the organisation's names, replaced by a token in keys
    stated_date: str | None = None  #: ISO date of its own "last updated" line
    effective_date: str | None = None  #: ISO date of its own "effective" line

    def __hash__(self) -> int:
        """Return a hash over the texts, which know theirs: looking a long document up then takes little."""
        return hash((tuple(clause.text for clause in self.clauses), self.names))

    @property
    def words(self) -> int:
        """Return the number of words displayed."""
        return sum(word_count(clause.text) for clause in self.clauses)


class Pair(NamedTuple):
    """Clauses of both sides that belong together; indices into the documents' clauses.

    `kind` None means identical keys at the same place. A split or merge is `changed` with several indices on one side.
    """

    kind: ChangeKind | None
    before: tuple[int, ...]
    after: tuple[int, ...]
    moved: bool = False  #: off the main run; a pair may be moved and changed


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a clause change is judged as it is: a sentence a lawyer can check against the quoted words."""

    rule: str  #: stable name of the rule, such as "recipient_added"
    sentence: str
    before: str = ""  #: quoted words of the old side
    after: str = ""  #: quoted words of the new side

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {"rule": self.rule, "sentence": self.sentence, "before": self.before, "after": self.after}


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one pair means."""

    cls: ClauseClass
    topics: tuple[Topic, ...] = ()
    direction: Direction = Direction.NEUTRAL
    severity: Severity = Severity.NONE
    reasons: tuple[Reason, ...] = ()
    severity_terms: tuple[tuple[str, int], ...] = ()  #: named terms whose sum is the severity
    leans: bool = False  #: no rule told its direction, the scorer alone did


@dataclass(frozen=True, slots=True)
class ClauseChange:
    """One clause that is not identical on both sides, with its judgement."""

    kind: ChangeKind
    judgement: Judgement
    before: str
    after: str
    section: str = ""  #: the nearest heading
    moved: bool = False
    before_at: tuple[int, ...] = ()
    after_at: tuple[int, ...] = ()
    language: str = "en"

    def to_json(self) -> dict[str, Any]:
        """Return it in the shape of the contract of `tracker compare --json`."""
        judgement = self.judgement
        return {
            "kind": self.kind.value,
            "class": judgement.cls.value,
            "topics": [topic.value for topic in judgement.topics],
            "direction": judgement.direction.value,
            "severity": judgement.severity.value,
            "before": self.before,
            "after": self.after,
            "reasons": [reason.to_json() for reason in judgement.reasons],
            "section": self.section,
            "moved": self.moved,
            "before_at": list(self.before_at),
            "after_at": list(self.after_at),
            "severity_terms": [list(term) for term in judgement.severity_terms],
            "language": self.language,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "ClauseChange":
        """Read what `to_json` wrote."""
        return cls(
            kind=ChangeKind(data["kind"]),
            judgement=Judgement(
                cls=ClauseClass(data["class"]),
                topics=tuple(Topic(topic) for topic in data["topics"]),
                direction=Direction(data["direction"]),
                severity=Severity(data["severity"]),
                reasons=tuple(Reason(**reason) for reason in data["reasons"]),
                severity_terms=tuple((str(name), int(value)) for name, value in data.get("severity_terms", [])),
            ),
            before=data["before"],
            after=data["after"],
            section=data.get("section", ""),
            moved=data.get("moved", False),
            before_at=tuple(data.get("before_at", ())),
            after_at=tuple(data.get("after_at", ())),
            language=data.get("language", "en"),
        )


@dataclass(frozen=True, slots=True)
class When:
    """A day that a text sets for a change of itself, as it says it."""

    date: str | None  #: ISO date; None where the text names a span whose beginning is not known, or only a way
    words: str  #: as displayed: "1 March 2026", "30 days after this notice"; blank where it names none
    bound: str  #: how the day bounds: "on", "by", "before", "within" a span, "after" (who goes on agrees); may be blank
    quote: str  #: the sentence it stands in

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {"date": self.date, "words": self.words, "bound": self.bound, "quote": self.quote}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the step from one version to the next means."""

    alert: bool
    severity: Severity
    topics: tuple[Topic, ...]
    direction: Direction
    flags: tuple[Flag, ...]
    language: str
    rules_version: str
    changes: tuple[ClauseChange, ...] = ()
    reasons: tuple[str, ...] = field(default=())  #: about the whole document, such as "first version"
    effective: When | None = None  #: when the new text takes effect, where the changed text or its banner says so
    objection: When | None = None  #: until when, or how, one may object to it

    @property
    def effective_date(self) -> str | None:
        """Return the ISO date from which the new text holds, as far as it says so."""
        return self.effective.date if self.effective else None

    @property
    def objection_deadline(self) -> str | None:
        """Return the ISO date of the deadline to object, as far as there is one."""
        return self.objection.date if self.objection else None

    def material(self) -> tuple[ClauseChange, ...]:
        """Return the material clause changes, weightiest first, in reading order among equals."""
        found = [change for change in self.changes if change.judgement.cls is ClauseClass.MATERIAL]
        return tuple(sorted(found, key=lambda change: -change.judgement.severity.rank))

    def to_json(self) -> dict[str, Any]:
        """Return it in the shape of the contract of `tracker compare --json` (without the row's id)."""
        return {
            "alert": self.alert,
            "severity": self.severity.value,
            "topics": [topic.value for topic in self.topics],
            "direction": self.direction.value,
            "flags": [flag.value for flag in self.flags],
            "language": self.language,
            "rules_version": self.rules_version,
            "reasons": list(self.reasons),
            "effective_date": self.effective_date,
            "effective": self.effective.to_json() if self.effective else None,
            "objection_deadline": self.objection_deadline,
            "objection": self.objection.to_json() if self.objection else None,
            "changes": [change.to_json() for change in self.changes],
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Verdict":
        """Read what `to_json` wrote."""
        return cls(
            alert=data["alert"],
            severity=Severity(data["severity"]),
            topics=tuple(Topic(topic) for topic in data["topics"]),
            direction=Direction(data["direction"]),
            flags=tuple(Flag(flag) for flag in data["flags"]),
            language=data["language"],
            rules_version=data["rules_version"],
            changes=tuple(ClauseChange.from_json(change) for change in data["changes"]),
            reasons=tuple(data.get("reasons", ())),
            effective=When(**data["effective"]) if data.get("effective") else None,
            objection=When(**data["objection"]) if data.get("objection") else None,
        )


def ordered_topics(topics: Iterable[Topic]) -> tuple[Topic, ...]:
    """Return each topic once, in the order of the list in `Topic`."""
    found = set(topics)
    return tuple(topic for topic in Topic if topic in found)


def text_of(clauses: Sequence[Clause], indices: Sequence[int]) -> str:
    """Return the displayed text of some clauses, joined by spaces."""
    if len(indices) < 2:
        return clauses[indices[0]].text if indices else ""
    return " ".join(clauses[index].text for index in indices)
