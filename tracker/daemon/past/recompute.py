"""Judges stored changes again under today's rules, and alerts nobody: deliveries are neither planned nor altered."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

import structlog
from sqlmodel import Session, col, select

from tracker.compare.judging.quieten import requieten
from tracker.compare.model import ClauseChange, Document, Verdict
from tracker.compare.rules import rules_version
from tracker.daemon.checks.changes import HELD_NOTE, after_holding, settled_notes, verdict_columns, with_flag
from tracker.daemon.runtime import Runtime
from tracker.errors import DamagedError
from tracker.history.texts import load_document
from tracker.store.schema.tables import Change, Delivery, PastVerdict, SourceRow
from tracker.words import ChangeState, Flag

log = structlog.get_logger(__name__)

#: Keys of a verdict that say why, or where, and not what.
_WHY = frozenset({"rules_version", "reasons", "severity_terms", "section", "before_at", "after_at"})


class Difference(StrEnum):
    """How a new verdict differs from the one before, the weightiest first."""

    ALERT = "alert"  #: deserves an alert now
    NO_ALERT = "no_alert"  #: deserves none any more
    VERDICT = "verdict"  #: another class, severity, direction, topic or flag, of the whole or of a clause
    WORDING = "wording"  #: the same verdict for other reasons
    NONE = "none"

    @property
    def rank(self) -> int:
        """Return 0 for the weightiest."""
        return list(Difference).index(self)

    @property
    def differs(self) -> bool:
        """Return whether a reader has to know of it."""
        return self not in {Difference.WORDING, Difference.NONE}


class Left(StrEnum):
    """Why a change was left as it is."""

    AWAITING = "awaiting"  #: its confirmation; what was seen then decides whom to tell
    UNDELIVERED = "undelivered"  #: a message about it is still to be sent, and says what was decided then
    DAMAGED = "damaged"  #: one of its texts cannot be read; `tracker verify` says more
    FAILED = "failed"  #: judging it broke; the log says how


@dataclass(frozen=True, slots=True)
class Rejudged:
    """A stored change with the verdict it had and the one of today's rules."""

    source_id: str
    change_id: str
    first_seen_after: datetime
    before: Verdict
    after: Verdict

    @property
    def difference(self) -> Difference:
        """Return how the verdicts differ."""
        if self.before.alert != self.after.alert:
            return Difference.ALERT if self.after.alert else Difference.NO_ALERT
        before, after = self.before.to_json(), self.after.to_json()
        if _gist(before) != _gist(after):
            return Difference.VERDICT
        same = before | {"rules_version": self.after.rules_version} == after
        return Difference.NONE if same else Difference.WORDING

    @property
    def clauses(self) -> tuple[tuple[ClauseChange | None, ClauseChange | None], ...]:
        """Return the clause changes judged otherwise, before and now; None where one side does not list those texts."""
        was, now = (
            {(clause.before, clause.after): clause for clause in verdict.changes}
            for verdict in (self.before, self.after)
        )
        pairs = ((was.get(texts), now.get(texts)) for texts in (now | was))
        return tuple(pair for pair in pairs if pair[0] is None or pair[1] is None or _said(pair[0]) != _said(pair[1]))


@dataclass(frozen=True, slots=True)
class Skipped:
    """A change that was left as it is."""

    source_id: str
    change_id: str
    why: Left
    detail: str = ""  #: what is wrong, where something is


def recompute(runtime: Runtime, row: SourceRow, *, dry_run: bool = False) -> Iterator[Rejudged | Skipped]:
    """Judge the changes of a source again that other rules judged, and store what comes out.

    One short transaction per change, so that it may be interrupted anywhere, run beside a daemon, and be run again:
    what today's rules judged is not looked at. Superseded changes stay as they are, their successors tell the story.

    Args:
        runtime: store, judge, clock, and the sources file for the organisation's names.
        row: the source, archived ones too.
        dry_run: store nothing.

    Yields:
        Each change that was judged, and each that had to be left, in time order.

    """
    assert row.key is not None
    names = _names(runtime, row)
    documents: dict[int, Document] = {}
    with runtime.database.read() as session:
        todo = _judged_otherwise(session, row.key)
    for ident in todo:
        with runtime.database.read() as session:
            change = session.get(Change, ident)
            why = None if change is None else _left(session, change)
            if change is None or why is not None:
                if why is not None:
                    yield Skipped(row.id, ident, why)
                continue
            try:
                # What stood after the last change mostly stands before this one.
                documents = {
                    version: documents.get(version) or load_document(session, version, names)
                    for version in (change.before_version_id, change.after_version_id)
                }
                change.read_verdict()
            except DamagedError as error:
                yield Skipped(row.id, ident, Left.DAMAGED, str(error))
                continue
        verdict = _judge(runtime, row, change, documents, names)
        if isinstance(verdict, Skipped):
            yield verdict
            continue
        outcome = _rejudged(row.id, change, verdict) if dry_run else _store(runtime, row, ident, verdict)
        if outcome is not None:
            yield outcome


def _judged_otherwise(session: Session, source_key: int) -> Sequence[str]:
    """Return the ids of a source's changes that other rules judged, in time order."""
    query = select(Change.id).where(
        Change.source_key == source_key,
        Change.rules_version != rules_version(),
        Change.state != ChangeState.SUPERSEDED.value,
    )
    return session.exec(query.order_by(col(Change.first_seen_after), col(Change.id))).all()


def _judge(
    runtime: Runtime, row: SourceRow, change: Change, documents: Mapping[int, Document], names: tuple[str, ...]
) -> Verdict | Skipped:
    """Return the verdict on a change; a fault of ours with this one text must not keep all others under old rules."""
    try:
        return runtime.judge.judge(
            documents[change.before_version_id],
            documents[change.after_version_id],
            names=names,
            captured_on=change.first_seen_after.date(),
        )
    except Exception as error:
        log.exception("judging broke", source=row.id, change=change.id)
        return Skipped(row.id, change.id, Left.FAILED, f"judging it broke ({type(error).__name__}); see the log")


def _names(runtime: Runtime, row: SourceRow) -> tuple[str, ...]:
    source = runtime.sources_file.source(row.id)
    if source is not None:
        return source.names
    return (row.organisation,) if row.organisation else ()


def _left(session: Session, change: Change) -> Left | None:
    """Return why a change must stay as it is for now."""
    if change.state == ChangeState.AWAITING:
        return Left.AWAITING
    waiting = select(Delivery.id).where(Delivery.change_id == change.id, Delivery.state == "pending").limit(1)
    return None if session.exec(waiting).first() is None else Left.UNDELIVERED


def _rejudged(source_id: str, change: Change, verdict: Verdict) -> Rejudged:
    before = Verdict.from_json(change.verdict)
    # What follows from the history and not from the two texts holds under any rules.
    verdict = requieten(before, verdict)
    for flag in (Flag.RETURNED, Flag.TECHNICAL):
        if flag in before.flags:
            verdict = with_flag(verdict, flag)
    verdict = replace(verdict, reasons=(*verdict.reasons, *settled_notes(before.reasons)))
    held = tuple(reason for reason in before.reasons if reason.startswith(HELD_NOTE))
    if held:
        verdict = after_holding(verdict, held)
    return Rejudged(source_id, change.id, change.first_seen_after, before, verdict)


def _store(runtime: Runtime, row: SourceRow, ident: str, verdict: Verdict) -> Rejudged | Skipped | None:
    """Enter a new verdict; return what became of it, None if the change is gone or was done by another."""
    with runtime.database.write() as session:
        # Held to the end, so that nobody plans deliveries of its changes meanwhile.
        owner = session.get(SourceRow, row.key, with_for_update=True)
        change = session.get(Change, ident)
        if owner is None or change is None or change.rules_version == verdict.rules_version:
            return None
        why = _left(session, change)
        if why is not None:
            return Skipped(owner.id, ident, why)
        done = _rejudged(owner.id, change, verdict)
        if done.difference is not Difference.NONE:
            past = PastVerdict(
                change_id=ident,
                replaced_at=runtime.clock.now(),
                rules_version=change.rules_version,
            )
            past.verdict = change.verdict
            session.add(past)
        for name, value in verdict_columns(done.after).items():
            setattr(change, name, value)
    return done


def _gist(verdict: dict[str, Any]) -> dict[str, Any]:
    """Return what a verdict says, without why."""
    return _without_why(verdict) | {"changes": list(map(_without_why, verdict["changes"]))}


def _said(clause: ClauseChange) -> dict[str, Any]:
    return _without_why(clause.to_json())


def _without_why(data: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name not in _WHY}
