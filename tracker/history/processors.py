"""Sub-processor lists: which companies a source names as working for it, since when, and who was named before."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from tracker.compare.findings.tables import lines_of
from tracker.compare.model import Document
from tracker.history.texts import load_document
from tracker.store.history.history import Transition, numbered_versions, transitions
from tracker.store.schema.tables import SourceRow
from tracker.store.texts.clause_texts import texts_of
from tracker.store.texts.clauses import clause_order

#: The kind of table or list, as the lexicon calls it.
KIND = "processors"

#: Steps between versions that are looked at, the latest; each means reading a text.
MOST_STEPS = 60


@dataclass(frozen=True, slots=True)
class Processor:
    """A company named as a processor, over one stretch of time."""

    name: str  #: as displayed
    details: tuple[tuple[str, str], ...]  #: the other cells of its row, by their headers
    clause_id: int | None
    since: datetime
    unseen_at: datetime | None  #: None where it was named from the first text on, or from the first one looked at
    gone_at: datetime | None


def processors(session: Session, row: SourceRow) -> list[Processor]:
    """Return who is and was named, those named now first, then by name."""
    assert row.key is not None
    entries = numbered_versions(session, row.key)
    if not entries:
        return []
    steps = transitions(session, row.key)[-MOST_STEPS:]
    first = steps[0].before_version_id if steps else entries[0].version.id
    assert first is not None
    begin = steps[0].last_seen_before if len(steps) == MOST_STEPS else entries[0].first_seen
    named = {key: Processor(*told, begin, None, None) for key, told in _named(session, first)}
    gone: list[Processor] = []
    for step in steps:
        named, lost = _after(named, dict(_named(session, step.after_version_id)), step)
        gone += lost
    return [
        *sorted(named.values(), key=lambda one: one.name.casefold()),
        *sorted(gone, key=lambda one: (one.gone_at is None, one.name.casefold())),
    ]


Told = tuple[str, tuple[tuple[str, str], ...], int | None]


def _after(
    named: dict[str, Processor], now: dict[str, Told], step: Transition
) -> tuple[dict[str, Processor], list[Processor]]:
    """Return who is named after a step, and who is no more."""
    found = {}
    for key, told in now.items():
        known = named.get(key)
        since = (known.since, known.unseen_at) if known else (step.first_seen_after, step.last_seen_before)
        found[key] = Processor(*told, *since, None)
    lost = [
        Processor(one.name, one.details, one.clause_id, one.since, one.unseen_at, step.first_seen_after)
        for key, one in named.items()
        if key not in now
    ]
    return found, lost


def _named(session: Session, version_id: int) -> Iterator[tuple[str, Told]]:
    document: Document = load_document(session, version_id)
    lines = lines_of(document, KIND)
    if not lines:
        return
    idents = {text: ident for ident, text in texts_of(session, clause_order(session, version_id)).items()}
    for line in lines.values():
        details = tuple((label, cell) for label, cell in line.cells.items() if cell != line.name and cell.strip())
        if not line.cells and line.text != line.name:
            details = (("", line.text),)
        yield line.key, (line.name, details, idents.get(line.text))
