"""Rows of the change table: how a verdict becomes one, and how history is kept in step with its observations."""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import defer
from sqlmodel import Session, col, select

from tracker.compare.model import Verdict
from tracker.compare.reasons import sentences_of, told_once
from tracker.compare.text.damage import CUT_OFF, OTHER_DOCUMENT
from tracker.daemon.runtime import Runtime
from tracker.history.texts import load_document
from tracker.intake.model import kind_of
from tracker.sources.model import Source
from tracker.store.history.history import Transition, transitions
from tracker.store.schema.people_tables import Review, Triage
from tracker.store.schema.tables import Change, Delivery, Extraction, Notice, Observation, Snapshot, Version
from tracker.words import ChangeState, Flag, Origin, RecordKind, Severity, Topic

#: How the reason opens that tells of a text that was held back first; it stays when the change is judged again.
HELD_NOTE = "held as suspect ("

#: How the reason opens that tells of a source that flipped and then settled: its change joins no neighbours in time.
SETTLED_NOTE = "settled: "


def change_id(source_key: int, before_sha256: str, after_sha256: str, first_seen_after: datetime) -> str:
    """Return the stable id of a change: the same texts at the same time give the same id on every machine."""
    told = f"{source_key}|{before_sha256}|{after_sha256}|{first_seen_after.isoformat()}"
    return hashlib.sha256(told.encode()).hexdigest()[:12]


def summary_of(verdict: Verdict) -> str:
    """Return in one sentence what the weightiest clause change says, with the number of clauses it holds for."""
    for group in told_once([sentences_of(change) for change in verdict.material()]):
        if group.said:
            return group.said[0]
    if verdict.reasons:
        return verdict.reasons[0]
    count = len(verdict.changes)
    if not count:
        return "only the form differs"
    return f"{count} clauses differ, none materially" if count > 1 else "one clause differs, not materially"


def with_flag(verdict: Verdict, flag: Flag) -> Verdict:
    """Return the verdict with one more flag, in the order of `Flag`."""
    wanted = {*verdict.flags, flag}
    return replace(verdict, flags=tuple(known for known in Flag if known in wanted))


def flagged(columns: dict[str, Any], flags: Collection[Flag]) -> dict[str, Any]:
    """Return the columns of a verdict with some more flags."""
    told = [known.value for known in Flag if known in flags or known.value in columns["flags"]]
    return columns | {"flags": told, "verdict": columns["verdict"] | {"flags": told}}


def after_holding(verdict: Verdict, notes: Sequence[str]) -> Verdict:
    """Return the verdict on a text that was held as suspect and accepted since it stayed; `notes` say why it was.

    What one look takes for damage (another document, a text that breaks off) is news once it stays.
    """
    verdict = replace(with_flag(verdict, Flag.REVIEW), reasons=(*verdict.reasons, *notes))
    rules = {reason.rule for change in verdict.changes for reason in change.judgement.reasons}
    if verdict.alert or rules.isdisjoint({CUT_OFF, OTHER_DOCUMENT}):
        return verdict
    return replace(verdict, alert=True, severity=Severity.LOW, topics=(Topic.OTHER,))


def settled_notes(reasons: Iterable[str]) -> tuple[str, ...]:
    """Return those of a verdict's reasons that tell of a source that settled."""
    return tuple(reason for reason in reasons if reason.startswith(SETTLED_NOTE))


def new_change(
    source_key: int,
    step: Transition,
    hashes: tuple[str, str],
    verdict: Verdict,
    state: ChangeState,
    now: datetime,
    confirm_at: datetime | None = None,
) -> Change:
    """Return the row of a change; `hashes` are the texts' SHA-256 before and after."""
    return change_row(source_key, step, hashes, verdict_columns(verdict), state, now, confirm_at)


def change_row(
    source_key: int,
    step: Transition,
    hashes: tuple[str, str],
    columns: Mapping[str, Any],
    state: ChangeState,
    now: datetime,
    confirm_at: datetime | None = None,
) -> Change:
    """Return the row of a change whose verdict is given as columns."""
    row = Change(
        id=change_id(source_key, *hashes, step.first_seen_after),
        source_key=source_key,
        before_version_id=step.before_version_id,
        after_version_id=step.after_version_id,
        last_seen_before=step.last_seen_before,
        first_seen_after=step.first_seen_after,
        origin=step.origin,
        state=state.value,
        confirm_at=confirm_at,
        created_at=now,
        confirmed_at=now if state is ChangeState.CONFIRMED else None,
        **{name: value for name, value in columns.items() if name != "verdict"},
    )
    row.verdict = columns["verdict"]
    return row


def verdict_columns(verdict: Verdict) -> dict[str, Any]:
    """Return the columns of the change table that a verdict fills."""
    return {
        "alert": verdict.alert,
        "severity": verdict.severity.value,
        "direction": verdict.direction.value,
        "topics": [topic.value for topic in verdict.topics],
        "flags": [flag.value for flag in verdict.flags],
        "rules_version": verdict.rules_version,
        "summary": summary_of(verdict),
        "effective_on": verdict.effective_date,
        "object_by": verdict.objection_deadline,
        "topic_mask": Topic.mask(verdict.topics),
        "verdict": verdict.to_json(),
    }


def refresh_changes(runtime: Runtime, source: Source, source_key: int) -> int:
    """Bring the changes of a source in step with its observations; return how many were judged.

    What lies between two neighbouring versions and has no change yet is judged as history, which never alerts. A change
    whose neighbours are no longer neighbours, since a capture landed in between, is superseded if anybody may have
    seen it, else removed. Doing it again changes nothing, so it may be interrupted anywhere.
    """
    with runtime.database.read() as session:
        wanted = _wanted(session, source_key)
        present = set(session.exec(select(Change.id).where(Change.source_key == source_key)))
        missing = any(ident not in present for ident, _, _ in wanted)
        technical = technical_moments(session, source_key) if missing else frozenset[datetime]()
    judged = 0
    returning = _returning(wanted)
    for ident, step, hashes in wanted:
        if ident in present:
            continue
        verdict = judge_step(runtime, source, step, returned=ident in returning)
        if step.first_seen_after in technical:
            verdict = with_flag(verdict, Flag.TECHNICAL)
        with runtime.database.write() as session:
            if session.get(Change, ident) is None:
                change = new_change(source_key, step, hashes, verdict, ChangeState.HISTORY, runtime.clock.now())
                session.add(change)
        judged += 1
    with runtime.database.write() as session:
        _retire(session, source_key, {ident: step for ident, step, _ in wanted}, returning)
    return judged


def technical_moments(session: Session, source_key: int) -> frozenset[datetime]:
    """Return the times of imported captures that their collection calls a technical upgrade."""
    query = select(Snapshot.captured_at, Snapshot.headers).where(
        Snapshot.source_key == source_key, Snapshot.origin == Origin.IMPORT.value
    )
    return frozenset(moment for moment, headers in session.exec(query) if kind_of(headers) is RecordKind.TECHNICAL)


def _returning(wanted: Sequence[tuple[str, Transition, tuple[str, str]]]) -> frozenset[str]:
    """Return the ids of the changes that bring back a text of an earlier time."""
    seen: set[int] = set()
    found = set()
    for ident, step, _ in wanted:
        seen.add(step.before_version_id)
        if step.after_version_id in seen:
            found.add(ident)
        seen.add(step.after_version_id)
    return frozenset(found)


def judge_step(runtime: Runtime, source: Source, step: Transition, *, returned: bool) -> Verdict:
    """Return the verdict on the step from one stored version to the next."""
    with runtime.database.read() as session:
        before = load_document(session, step.before_version_id, source.names)
        after = load_document(session, step.after_version_id, source.names)
    verdict = runtime.judge.judge(before, after, names=source.names, captured_on=step.first_seen_after.date())
    return with_flag(verdict, Flag.RETURNED) if returned else verdict


def _wanted(session: Session, source_key: int) -> list[tuple[str, Transition, tuple[str, str]]]:
    """Return what changes there should be, in time order, with ids and text hashes."""
    hashes = dict(session.exec(select(Version.id, Version.text_sha256).where(Version.source_key == source_key)).all())
    readings = _readings(session, source_key)
    found = []
    for step in transitions(session, source_key):
        basis = _same_rules_basis(session, source_key, step, readings)
        if basis == step.after_version_id:
            continue  # the rules of extraction changed, the page did not
        step = replace(step, before_version_id=basis)
        pair = (hashes[basis], hashes[step.after_version_id])
        found.append((change_id(source_key, *pair, step.first_seen_after), step, pair))
    return found


@dataclass(frozen=True, slots=True)
class _Way:
    """How the text of an observation was read: of which snapshots, by which extractor under which rules."""

    snapshots_sha256: str
    rules: tuple[str, str]


def _readings(session: Session, source_key: int) -> dict[tuple[int, datetime], _Way]:
    """Return how each version was read at each time it was observed."""
    query = (
        select(
            Observation.version_id,
            Observation.observed_at,
            Extraction.snapshots_sha256,
            Extraction.extractor_version,
            Extraction.rules_hash,
        )  # type: ignore[call-overload]
        .join(Extraction, col(Observation.extraction_id) == col(Extraction.id))
        .where(Observation.source_key == source_key)
        .order_by(col(Observation.origin).desc())
    )
    rows = session.exec(query)
    return {
        (version, moment): _Way(snapshots, (extractor, rules)) for version, moment, snapshots, extractor, rules in rows
    }


def _same_rules_basis(
    session: Session, source_key: int, step: Transition, readings: Mapping[tuple[int, datetime], _Way]
) -> int:
    """Return the version to compare with: the text before, read under the rules that the text after was read with."""
    before = readings.get((step.before_version_id, step.last_seen_before))
    after = readings.get((step.after_version_id, step.first_seen_after))
    if before is None or after is None or before.rules == after.rules:
        return step.before_version_id
    again = session.exec(
        select(Extraction.version_id).where(
            Extraction.source_key == source_key,
            Extraction.snapshots_sha256 == before.snapshots_sha256,
            Extraction.extractor_version == after.rules[0],
            Extraction.rules_hash == after.rules[1],
        )
    ).first()
    return step.before_version_id if again is None else again


def _retire(session: Session, source_key: int, wanted: dict[str, Transition], returning: Collection[str]) -> None:
    """Supersede or remove changes that are no longer between neighbours; mend intervals and flags of those that are."""
    # Verdicts are large, and only those that get a flag are looked into.
    query = select(Change).where(Change.source_key == source_key).options(defer(Change.packed_verdict))  # type: ignore[arg-type]
    rows = session.exec(query).all()
    successors = {step.after_version_id: ident for ident, step in wanted.items()}
    for row in rows:
        step = wanted.get(row.id)
        if step is not None:
            row.last_seen_before = step.last_seen_before
            if row.id in returning and Flag.RETURNED.value not in row.flags:
                # History from before has arrived since, and this text was in it.
                flags = with_flag(Verdict.from_json(row.verdict), Flag.RETURNED).to_json()["flags"]
                row.flags = flags
                row.verdict = row.verdict | {"flags": flags}
            continue
        if row.state == ChangeState.SUPERSEDED or settled_notes(row.verdict.get("reasons", ())):
            continue
        _hand_over(rows, row, successors.get(row.after_version_id))
        if row.state != ChangeState.HISTORY or _known_to_people(session, row.id):
            row.state = ChangeState.SUPERSEDED.value
            row.confirm_at = None
        else:
            session.delete(row)


def _hand_over(rows: Iterable[Change], gone: Change, successor: str | None) -> None:
    """Let the successor of a change that still awaits its confirmation await it in its place: no alert is lost."""
    if gone.state != ChangeState.AWAITING:
        return
    for row in rows:
        if row.id == successor and row.state == ChangeState.HISTORY and row.alert:
            row.state = ChangeState.AWAITING.value
            row.confirm_at = gone.confirm_at


def _known_to_people(session: Session, ident: str) -> bool:
    """Return whether anybody was told of a change, or said something of it."""
    for told in (Delivery, Triage, Review, Notice):
        if session.exec(select(told.change_id).where(told.change_id == ident).limit(1)).first() is not None:
            return True
    return False
