"""The part of an import that needs no store: bytes to texts, texts to verdicts. Runs in processes of its own."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from time import perf_counter
from typing import Any

from tracker.compare import compare
from tracker.compare.clauses import cut
from tracker.compare.language import main_language
from tracker.compare.model import Block, Document
from tracker.compare.rules import canon_version
from tracker.daemon.changes import verdict_columns
from tracker.errors import ExtractionError
from tracker.extract import extract
from tracker.extract.model import ExtractionRules
from tracker.history.texts import key_hash, stored_blocks, stored_clauses
from tracker.store.bulk import NewText, PackedBody, Shape, pack_body
from tracker.store.versions import text_hash


@dataclass(frozen=True, slots=True)
class Body:
    """One capture to read."""

    body: bytes
    media_type: str
    url: str
    charset: str | None
    rules: ExtractionRules | None  #: None: kept, but not read
    day: date  #: on which it was taken
    why_not: str = ""  #: why it is not read


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
    problems: list[str] = field(default_factory=list)  #: for each capture why it shows none
    packed: list[PackedBody] = field(default_factory=list)
    verdicts: dict[tuple[str, str, date], dict[str, Any]] = field(default_factory=dict)
    """Columns of changes, by the texts before and after and the day the new one was seen."""
    phases: Phases = field(default_factory=Phases)

    def add(self, later: "Worked") -> None:
        """Put what the next captures came to behind this."""
        self.clauses |= later.clauses
        self.texts |= later.texts
        self.shown += later.shown
        self.problems += later.problems
        self.packed += later.packed
        self.verdicts |= later.verdicts
        self.phases.add(later.phases)


def work(task: Task) -> Worked:
    """Read captures and judge each step between them; what cannot be read is told and ends nothing."""
    done = Worked()
    before: tuple[str, Document] | None = None
    if task.before is not None:
        document = cut(task.before, task.names)
        before = text_hash(stored_clauses(document)), document
    if task.lead is not None:
        before = _read(Worked(), task.lead, task.names, before) or before
    previous = b""
    for body in task.bodies:
        started = perf_counter()
        done.packed.append(pack_body(body.body, previous))
        previous = body.body
        done.phases.pack += perf_counter() - started
        after = _read(done, body, task.names, before)
        if after is not None:
            if before is not None and before[0] != after[0]:
                _judge(done, before, after, task.names, body.day)
            before = after
    return done


def _read(
    done: Worked, body: Body, names: tuple[str, ...], before: tuple[str, Document] | None
) -> tuple[str, Document] | None:
    """Read one capture into what was done; return its text as it will be stored."""
    started = perf_counter()
    try:
        if body.rules is None:
            raise _NotRead(body.why_not)
        extracted = extract(body.body, body.media_type, body.rules, url=body.url, charset=body.charset)
        document = cut(extracted.blocks, names)
    except (ExtractionError, _NotRead) as error:
        kind = f"{error.kind.value}: " if isinstance(error, ExtractionError) else ""
        done.shown.append("")
        done.problems.append(f"{kind}{error}")
        return None
    finally:
        done.phases.extract += perf_counter() - started
    started = perf_counter()
    clauses = stored_clauses(document)
    text_sha256 = text_hash(clauses)
    done.shown.append(text_sha256)
    done.problems.append("")
    try:
        if before is not None and before[0] == text_sha256:
            if text_sha256 not in done.texts:
                _keep(done, text_sha256, document)
            return before
        if text_sha256 not in done.texts:
            _keep(done, text_sha256, document)
        # What is compared is the text as the store gives it back, whoever compares it and whenever.
        return text_sha256, cut(stored_blocks(clauses), names)
    finally:
        done.phases.extract += perf_counter() - started


class _NotRead(Exception):
    """A capture that is kept only."""


def _keep(done: Worked, text_sha256: str, document: Document) -> None:
    shapes = []
    for clause in stored_clauses(document):
        sha256 = hashlib.sha256(clause.text.encode()).hexdigest()
        done.clauses[sha256] = clause.text
        shapes.append(
            Shape(sha256, clause.kind, clause.level, clause.marker, clause.block, clause.cells, clause.header)
        )
    done.texts[text_sha256] = NewText(
        text_sha256=text_sha256,
        key_sha256=key_hash(document),
        canon_version=canon_version(),
        shapes=tuple(shapes),
        words=document.words,
        language=main_language((clause.language, len(clause.text.split())) for clause in document.clauses),
        stated_date=document.stated_date,
        effective_date=document.effective_date,
    )


def _judge(
    done: Worked, before: tuple[str, Document], after: tuple[str, Document], names: Sequence[str], day: date
) -> None:
    ident = (before[0], after[0], day)
    if ident in done.verdicts:
        return
    started = perf_counter()
    verdict = compare(before[1], after[1], names=names, captured_on=day)
    done.verdicts[ident] = verdict_columns(verdict)
    done.phases.compare += perf_counter() - started
