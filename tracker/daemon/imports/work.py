"""The part of an import that needs no store: bytes to texts, texts to verdicts. Runs in processes of its own."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from datetime import date
from time import perf_counter
from typing import Any, TypeVar

from tracker.compare import compare
from tracker.compare.model import Block, Document
from tracker.compare.rules import canon_version
from tracker.compare.text.clauses import cut
from tracker.compare.text.guard import SHORT, Suspicion, guard_alone
from tracker.compare.text.language import main_language
from tracker.compare.text.word_count import word_count
from tracker.compare.vocabulary.lexicons import active
from tracker.daemon.checks.changes import verdict_columns
from tracker.errors import ExtractionError
from tracker.extract import extract
from tracker.extract.model import Extracted, ExtractionRules
from tracker.history.clause_runs import topic_masks
from tracker.history.texts import key_hash, stored_blocks, stored_clauses
from tracker.store.texts.bulk import NewText, PackedBody, Shape, pack_body
from tracker.store.texts.versions import text_hash
from tracker.words import FailureKind

#: Bodies and texts that a process knows again.
_REMEMBERED = 8

#: What keeps a document from being read though there may be a text in it.
_UNREADABLE = {FailureKind.UNREADABLE, FailureKind.TOO_COMPLEX}

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class NoText:
    """Why a capture shows no text."""

    why: str
    unreadable: bool = False  #: there may be a text, but it could not be read; else it is an error page or the like


@dataclass(frozen=True, slots=True)
class Body:
    """One capture to read."""

    body: bytes
    media_type: str
    url: str
    charset: str | None
    rules: ExtractionRules | None  #: None: kept, but not read
    day: date  #: on which it was taken
    why_not: NoText | None = None  #: why it is not read, where there are no rules
    guarded: bool = False  #: hold it back where it looks like no document
    asked_url: str = ""  #: for the guard


@dataclass(frozen=True, slots=True)
class Held:
    """A text that may not be the document."""

    text_sha256: str
    suspicion: Suspicion


@dataclass(frozen=True, slots=True)
class Task:
    """Captures of one source in time order, with what stood before the first of them."""

    names: tuple[str, ...]
    bodies: tuple[Body, ...]
    before: tuple[Block, ...] | None = None  #: as stored
    lead: Body | None = None  #: the capture before, where what it gave is not stored yet


@dataclass(slots=True)
class Phases:
    """Seconds spent, as `tests/benchmarks/import_speed.py` shows them."""

    extract: float = 0.0  #: bytes to clauses
    compare: float = 0.0
    pack: float = 0.0  #: compressing bodies

    def add(self, other: "Phases") -> None:
        """Count what others spent too."""
        self.extract += other.extract
        self.compare += other.compare
        self.pack += other.pack


@dataclass(slots=True)
class Worked:
    """What a task came to."""

    clauses: dict[str, str] = field(default_factory=dict)  #: displayed texts by their SHA-256
    texts: dict[str, NewText] = field(default_factory=dict)  #: by their SHA-256
    shown: list[str] = field(default_factory=list)  #: for each capture the text it shows; a blank where none
    problems: list[NoText | None] = field(default_factory=list)  #: for each capture why it shows none
    held: list[Held | None] = field(default_factory=list)  #: for each capture the text that is held back
    packed: list[PackedBody] = field(default_factory=list)
    verdicts: dict[tuple[str, str, date], dict[str, Any]] = field(default_factory=dict)
    """Columns of changes, by the texts before and after and the day the new one was seen."""
    topics: dict[str, dict[str, int]] = field(default_factory=dict)
    """By the SHA-256 of a text what its clauses speak of that the text before did not show: masks by their SHA-256."""
    phases: Phases = field(default_factory=Phases)

    def add(self, later: "Worked") -> None:
        """Put what the next captures came to behind this."""
        self.clauses |= later.clauses
        self.texts |= later.texts
        self.shown += later.shown
        self.problems += later.problems
        self.held += later.held
        self.packed += later.packed
        self.verdicts |= later.verdicts
        for text_sha256, masks in later.topics.items():
            self.topics.setdefault(text_sha256, {}).update(masks)
        self.phases.add(later.phases)


@dataclass(frozen=True, slots=True)
class _Text:
    """One text: as it is stored, and as it is compared."""

    kept: NewText
    clauses: dict[str, str]
    document: Document

    @property
    def sha256(self) -> str:
        return self.kept.text_sha256


class _Known:
    """What bodies gave before, and texts: many a capture shows what one of the last showed."""

    def __init__(self) -> None:
        self._bodies: OrderedDict[Hashable, _Text | Held | NoText] = OrderedDict()
        self._texts: OrderedDict[Hashable, _Text] = OrderedDict()

    def read(self, body: Body, names: tuple[str, ...]) -> _Text | Held | NoText:
        """Return the text that a capture shows, what speaks against it, or why it shows none."""
        if body.rules is None:
            assert body.why_not is not None
            return body.why_not
        where = (hashlib.sha256(body.body).digest(), body.media_type, body.url, body.charset, body.rules, names)
        guarded = (body.guarded, body.asked_url)
        return _remembered(self._bodies, (where, guarded, active()), lambda: self._read(body, body.rules, names))

    def _read(self, body: Body, rules: ExtractionRules | None, names: tuple[str, ...]) -> _Text | Held | NoText:
        assert rules is not None
        try:
            extracted = extract(body.body, body.media_type, rules, url=body.url, charset=body.charset)
        except ExtractionError as error:
            return NoText(f"{error.kind.value}: {error}", unreadable=error.kind in _UNREADABLE)
        # Links and other marks differ where the words do not.
        text = _remembered(self._texts, (extracted.blocks, names, active()), lambda: _text(extracted.blocks, names))
        suspicion = _suspicion(body, extracted, text) if body.guarded else None
        return text if suspicion is None else Held(text.sha256, suspicion)


def _remembered(table: "OrderedDict[Hashable, T]", key: Hashable, make: Callable[[], T]) -> T:
    """Return what a table holds under a key, making it where it is not there; the least used goes first."""
    if key in table:
        table.move_to_end(key)
        return table[key]
    made = table[key] = make()
    if len(table) > _REMEMBERED:
        table.popitem(last=False)
    return made


_known = _Known()


def work(task: Task) -> Worked:
    """Read captures and judge each step between them; what cannot be read is told and ends nothing."""
    done = Worked()
    before: tuple[str, Document] | None = None
    if task.before is not None:
        document = cut(task.before, task.names)
        before = text_hash(stored_clauses(document)), document
    if task.lead is not None:
        lead = _known.read(task.lead, task.names)
        before = (lead.sha256, lead.document) if isinstance(lead, _Text) else before
    previous = b""
    for body in task.bodies:
        started = perf_counter()
        done.packed.append(pack_body(body.body, previous))
        previous = body.body
        read = perf_counter()
        text = _known.read(body, task.names)
        judged = perf_counter()
        done.phases.add(Phases(pack=read - started, extract=judged - read))
        done.shown.append(text.sha256 if isinstance(text, _Text) else "")
        done.problems.append(text if isinstance(text, NoText) else None)
        done.held.append(text if isinstance(text, Held) else None)
        if not isinstance(text, _Text):
            continue
        done.texts[text.sha256] = text.kept
        done.clauses |= text.clauses
        if before is None or before[0] != text.sha256:
            if before is not None:
                _judge(done, before, (text.sha256, text.document), task.names, body.day)
            # Right behind the comparison: it read most of what the new clauses speak of.
            _note_topics(done, None if before is None else before[1], text)
            done.phases.add(Phases(compare=perf_counter() - judged))
        before = text.sha256, text.document
    return done


def _suspicion(body: Body, extracted: Extracted, text: _Text) -> Suspicion | None:
    lines = [clause.text for clause in text.document.clauses]
    # Only a page has a title; that of other files is their first heading, which may be anything in a long text.
    is_page = extracted.region not in {"markdown", "text"}
    title = extracted.title if is_page or text.kept.words < SHORT else ""
    return guard_alone(" ".join(lines), title, lines, asked_url=body.asked_url, final_url=body.url)


def _text(blocks: Sequence[Block], names: tuple[str, ...]) -> _Text:
    document = cut(blocks, names)
    stored = stored_clauses(document)
    clauses: dict[str, str] = {}
    shapes = []
    for clause in stored:
        sha256 = hashlib.sha256(clause.text.encode()).hexdigest()
        clauses[sha256] = clause.text
        shapes.append(
            Shape(sha256, clause.kind, clause.level, clause.marker, clause.block, clause.cells, clause.header)
        )
    kept = NewText(
        text_sha256=text_hash(stored),
        key_sha256=key_hash(document),
        canon_version=canon_version(),
        shapes=tuple(shapes),
        words=document.words,
        language=main_language((clause.language, word_count(clause.text)) for clause in document.clauses),
        stated_date=document.stated_date,
        effective_date=document.effective_date,
    )
    # What is compared is the text as the store gives it back, whoever compares it and whenever.
    again = stored_blocks(stored)
    return _Text(kept, clauses, document if again == list(blocks) else cut(again, names))


def _note_topics(done: Worked, before: Document | None, text: _Text) -> None:
    """Note what the clauses speak of that a text shows and the one before did not, for the runs of clauses."""
    stood = {clause.text for clause in before.clauses} if before is not None else set()
    new = {said: sha256 for sha256, said in text.clauses.items() if said not in stood}
    masks = topic_masks(text.document, new)
    done.topics.setdefault(text.sha256, {}).update((new[said], mask) for said, mask in masks.items())


def _judge(
    done: Worked, before: tuple[str, Document], after: tuple[str, Document], names: Sequence[str], day: date
) -> None:
    ident = (before[0], after[0], day)
    if ident in done.verdicts:
        return
    verdict = compare(before[1], after[1], names=names, captured_on=day)
    done.verdicts[ident] = verdict_columns(verdict)
