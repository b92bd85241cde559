"""What moves on a page without being news, and what is held back of it: shown, and decided on by people.

One place for pages, API and commands; what is done is entered into the trail in the same transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session

from tracker.compare.findings.regions import regions_in
from tracker.compare.model import BlockKind, Document
from tracker.compare.text.volatile import runs_at, spot_around
from tracker.errors import UsageError
from tracker.history.texts import load_document
from tracker.store.history.history import latest_observation, numbered_versions
from tracker.store.history.sources import make_due, source_row
from tracker.store.people.trail import append
from tracker.store.schema.noise_tables import VolatileBlock
from tracker.store.schema.tables import SourceRow
from tracker.store.work.events import log_event
from tracker.store.work.noise import Variant, variants, volatile_block, volatile_blocks
from tracker.store.work.operations import HeldEntry, release_held

#: Characters of the words that tell a variant from the others.
SAMPLE = 160
#: Digits of the largest number a spot may have; a longer one is words.
_MOST_DIGITS = 15


class VariantKind(StrEnum):
    """What tells the texts apart that a page shows in turn."""

    LANGUAGE = "language"
    REGION = "region"
    WORDING = "wording"  #: an A/B test, or servers that were not brought up to date together


class Will(StrEnum):
    """What a person says of a spot."""

    PIN = "pin"  #: it is volatile
    NEVER = "never"  #: it is text like any other
    LEARN = "learn"  #: let it be learnt again


_STATES = {Will.PIN: "pinned", Will.NEVER: "never", Will.LEARN: "watched"}


@dataclass(frozen=True, slots=True)
class ShownVariant:
    """One of the texts an unstable source shows in turn, as people see it."""

    number: int  #: of the version
    kind: VariantKind
    tells: str  #: the language, or the regions that it alone names; blank where the wording differs
    sample: str  #: the first words that it alone says
    runs: int  #: how often the page came to show it
    last_seen: datetime


@dataclass(frozen=True, slots=True)
class Noise:
    """What moves on the page of one source."""

    source: SourceRow
    variants: tuple[ShownVariant, ...]
    blocks: tuple[VolatileBlock, ...]


def noise_of(session: Session, row: SourceRow) -> Noise:
    """Return what moves on the page of a source: its variants while it is unstable, and its volatile spots."""
    assert row.key is not None
    shown = variants(session, row)
    return Noise(row, _told_apart(session, row, shown), tuple(volatile_blocks(session, row.key)))


def _told_apart(session: Session, row: SourceRow, shown: Sequence[Variant]) -> tuple[ShownVariant, ...]:
    assert row.key is not None
    if not shown:
        return ()
    numbers = {entry.version.id: entry.number for entry in numbered_versions(session, row.key)}
    documents = [load_document(session, one.version.id or 0) for one in shown]
    languages = {one.version.language for one in shown}
    alone = [_alone(document, documents) for document in documents]
    named = [frozenset().union(*map(regions_in, texts)) for texts in alone]
    everywhere = frozenset.intersection(*named)
    found = []
    for at, one in enumerate(shown):
        if len(languages) > 1:
            kind, tells = VariantKind.LANGUAGE, one.version.language
        elif any(regions - everywhere for regions in named):
            kind, tells = VariantKind.REGION, ", ".join(sorted(named[at] - everywhere))
        else:
            kind, tells = VariantKind.WORDING, ""
        sample = alone[at][0][:SAMPLE] if alone[at] else ""
        number = numbers.get(one.version.id, 0)
        found.append(ShownVariant(number, kind, tells, sample, one.runs, one.last_seen))
    return tuple(found)


def _alone(document: Document, documents: Sequence[Document]) -> list[str]:
    """Return the clauses that a text has and no other one does."""
    others = {clause.key for other in documents if other is not document for clause in other.clauses}
    return [clause.text for clause in document.clauses if clause.key not in others]


def volatile_places(session: Session, row: SourceRow, document: Document) -> frozenset[int]:
    """Return the places of the clauses of a text that stand in volatile blocks of their source."""
    assert row.key is not None
    masks = {block.mask for block in volatile_blocks(session, row.key) if block.state in {"learnt", "pinned"}}
    return frozenset(at for _, places in runs_at(document, masks) for at in places)


def decide_on_spot(session: Session, ident: str, named: str, will: Will, *, by: str, now: datetime) -> VolatileBlock:
    """Say of a spot that it is volatile, never is, or is to be learnt.

    Args:
        session: of a writer.
        ident: the source's id.
        named: the number of a spot that moved, or words of a clause of the latest text.
        will: what.
        by: who says so.
        now: when.

    Raises:
        UnknownSourceError: no source has this id.
        UsageError: the source has no such spot, or no or several clauses hold the words.

    """
    row = source_row(session, ident)
    assert row.key is not None
    is_number = named.isdecimal() and len(named) <= _MOST_DIGITS
    block = volatile_block(session, row.key, int(named)) if is_number else _spot_of_words(session, row, named, now)
    block.state = _STATES[will]
    block.set_by, block.set_at = (by, now) if will is not Will.LEARN else ("", None)
    session.add(block)
    session.flush()
    detail = {"words": block.sample[:SAMPLE], "kind": block.kind}
    append(session, at=now, actor=by, action=f"noise.{will}", source=row.id, subject=str(block.id), detail=detail)
    return block


def _spot_of_words(session: Session, row: SourceRow, words: str, now: datetime) -> VolatileBlock:
    assert row.key is not None
    latest = latest_observation(session, row.key)
    if latest is None or not words.strip():
        raise UsageError(f"{row.id} has no text yet, or no words were given")
    document = load_document(session, latest.version_id)
    wanted = " ".join(words.split()).casefold()
    found = [
        at
        for at, clause in enumerate(document.clauses)
        if clause.kind is not BlockKind.HEADING and wanted in clause.text.casefold()
    ]
    if len(found) != 1:
        told = "no clause holds" if not found else f"{len(found)} clauses hold"
        raise UsageError(f"{told} {words!r} in the latest text of {row.id}; `tracker show {row.id}` shows it")
    spot = spot_around(document, found[0])
    known = next((one for one in volatile_blocks(session, row.key) if one.mask == spot.mask), None)
    return known or VolatileBlock(
        source_key=row.key,
        mask=spot.mask,
        kind=spot.kind.value,
        sample=spot.after,
        section=spot.section,
        first_moved_at=now,
        last_moved_at=now,
    )


def release(session: Session, held_id: int, *, by: str, now: datetime) -> HeldEntry:
    """Let a held text through, and make its source due: the check that shows it again accepts and judges it.

    Raises:
        UsageError: no such text is held.

    """
    entry = release_held(session, held_id)
    if entry.source.state == "active":
        make_due(session, entry.source.id, now)
    log_event(session, now, entry.source.key, "released", f"{entry.held.reason}: released by {by}")
    append(
        session,
        at=now,
        actor=by,
        action="held.release",
        source=entry.source.id,
        subject=entry.held.text_sha256,
        detail={"reason": entry.held.reason},
    )
    return entry
