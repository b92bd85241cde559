"""From a new text to a confirmed change and its deliveries, without ever crying wolf.

A material change waits for a second fetch. If the text is the same then, or another text that still differs materially
from the old one, it is confirmed and its deliveries are written in the same transaction. If the old text is back, the
change was flapping and nobody is bothered.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlmodel import Session, col, select

from tracker.alerts.outbox import plan_deliveries
from tracker.compare.model import Document, Verdict
from tracker.compare.text.guard import Suspicion
from tracker.compare.text.volatile import Spot, skeleton
from tracker.daemon.checks.changes import HELD_NOTE, after_holding, new_change, with_flag
from tracker.daemon.checks.copies import plan_copies
from tracker.daemon.checks.held import answer_to_everything
from tracker.daemon.checks.spots import Spots, learn, moves_since, spots_of
from tracker.daemon.checks.standing import Standing
from tracker.daemon.checks.unstable import Settling, beside_variants, count_quiet, settling, watch_flips
from tracker.daemon.runtime import Runtime
from tracker.history.texts import load_document
from tracker.sources.model import Source
from tracker.store.history.history import Transition
from tracker.store.schema.tables import Change, Observation, SourceRow, Version
from tracker.store.texts.versions import find_version
from tracker.store.work.events import log_event
from tracker.store.work.noise import observations_since, recent_versions, told_version
from tracker.words import ChangeState, Flag, Origin


class Outcome(StrEnum):
    """What a check found."""

    UNCHANGED = "unchanged"
    KNOWN = "known"  #: another text than last time, but one seen before
    NEW = "new"
    HELD = "held"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Ruling:
    """What is known of a text before the transaction that records it, so that judging holds no lock."""

    outcome: Outcome
    verdict: Verdict | None = None  #: of the step from the basis to this text; None where nothing precedes or differs
    persisting: frozenset[str] = frozenset()  #: awaiting changes that still hold although the text differs again
    stands_for: int | None = None  #: the version this text stands for, where it differs in volatile spots alone
    moved: tuple[Spot, ...] | None = None  #: spots that read otherwise than in the check before; None tells nothing
    settling: Settling | None = None  #: what to tell of an unstable source that this check settles
    doubt: Suspicion | None = None  #: why a text that awaits confirmation is not taken for the document yet


def rule(
    runtime: Runtime,
    source: Source,
    row: SourceRow,
    standing: Standing,
    document: Document,
    text_sha256: str,
    accepted: Suspicion | None,
) -> Ruling:
    """Judge a text that was just read against the basis, and against the old side of what awaits confirmation."""
    assert row.key is not None
    moved = moves_since(runtime, source, standing, document)
    if standing.text_sha256 == text_sha256:
        told = settling(runtime, source, row, standing)
        return Ruling(Outcome.UNCHANGED, moved=moved, settling=told, doubt=_doubt(runtime, row, document))
    with runtime.database.read() as session:
        spots = spots_of(session, source, row.key)
        known = find_version(session, row.key, text_sha256)
        # A re-extraction under new rules is stored too; only what was observed counts as seen.
        seen = known is not None and _observed(session, known)
    today = runtime.clock.now().date()
    if standing.document is None:
        return Ruling(Outcome.KNOWN if seen else Outcome.NEW)
    if _is_same(runtime, source, standing.document, document, spots):
        told = settling(runtime, source, row, standing)
        return Ruling(Outcome.UNCHANGED, stands_for=standing.version_id, moved=moved, settling=told)
    alike = None if seen else _alike(runtime, source, row, document, spots)
    if alike is not None:
        seen, document = True, alike.document
    with runtime.database.read() as session:
        awaiting = _awaiting(session, row.key)
        old_sides = {
            change.id: load_document(session, change.before_version_id, source.names) for change in awaiting if not seen
        }
    outcome = Outcome.KNOWN if seen else Outcome.NEW
    verdict = runtime.judge.judge(standing.document, document, names=source.names, captured_on=today)
    verdict = spots.quieten(verdict, standing.document, document)
    if not seen:
        verdict = beside_variants(runtime, source, row, standing, document, verdict)
    if seen:
        verdict = with_flag(verdict, Flag.RETURNED)
    if accepted is not None:
        note = f"{HELD_NOTE}{accepted.reason}: {accepted.detail}), accepted since it stayed"
        verdict = after_holding(verdict, (note,))
    persisting = frozenset(
        ident
        for ident, old in old_sides.items()
        if spots.quieten(runtime.judge.judge(old, document, names=source.names, captured_on=today), old, document).alert
    )
    stands_for = None if alike is None else alike.version_id
    return Ruling(outcome, verdict, persisting, stands_for=stands_for, moved=moved)


@dataclass(frozen=True, slots=True)
class _Alike:
    """A version seen lately that a text is the same as but for volatile spots."""

    version_id: int
    document: Document


def _alike(runtime: Runtime, source: Source, row: SourceRow, document: Document, spots: Spots) -> _Alike | None:
    """Return the version seen lately that a text is the same as but for volatile spots, in which nothing matters."""
    if not spots.masks:
        return None
    assert row.key is not None
    with runtime.database.read() as session:
        recent = [
            _Alike(version_id, load_document(session, version_id, source.names))
            for version_id in recent_versions(session, row.key)
        ]
    return next((one for one in recent if _is_same(runtime, source, one.document, document, spots)), None)


def _doubt(runtime: Runtime, row: SourceRow, document: Document) -> Suspicion | None:
    """Return why what awaits confirmation may be no policy after all: others of its host may have come to show it."""
    assert row.key is not None
    with runtime.database.read() as session:
        awaiting = bool(_awaiting(session, row.key))
    return answer_to_everything(runtime, row, document) if awaiting else None


def _is_same(runtime: Runtime, source: Source, before: Document, after: Document, spots: Spots) -> bool:
    """Say whether two texts are the same but for volatile spots, and nothing that stands in these matters."""
    if not spots.masks or skeleton(before, spots.masks) != skeleton(after, spots.masks):
        return False
    today = runtime.clock.now().date()
    verdict = runtime.judge.judge(before, after, names=source.names, captured_on=today)
    return not spots.quieten(verdict, before, after).alert


def settle(
    session: Session,
    runtime: Runtime,
    source: Source,
    row: SourceRow,
    standing: Standing,
    ruling: Ruling,
    version: Version,
    moment: datetime,
    *,
    at_once: bool,
) -> Change | None:
    """Confirm or drop what awaits it, enter the new change if there is one, and return the one to speak of."""
    confirmed, flapped = _settle_awaiting(session, runtime, source, row, ruling, version, moment, at_once=at_once)
    assert row.key is not None
    if ruling.moved is not None:
        learn(session, row.key, ruling.moved, moment)
    if ruling.outcome is Outcome.UNCHANGED:
        confirmed = count_quiet(session, runtime, source, row, version, ruling.settling, moment) or confirmed
    else:
        watch_flips(session, runtime, source, row, returned=ruling.outcome is Outcome.KNOWN)
    if ruling.verdict is None or standing.observation is None or standing.version_id is None:
        return confirmed or flapped
    assert version.id is not None
    step = Transition(
        before_version_id=standing.version_id,
        after_version_id=version.id,
        last_seen_before=standing.observation.observed_at,
        first_seen_after=moment,
        origin=Origin.LIVE.value,
    )
    state = _state_of_new(runtime, row, ruling, at_once=at_once)
    if flapped is not None and flapped.before_version_id == version.id:
        state = ChangeState.FLAPPING
    confirm_at = _by_the_clock(runtime, moment) + _delay(runtime) if state is ChangeState.AWAITING else None
    hashes = (standing.text_sha256 or "", version.text_sha256)
    change = new_change(row.key, step, hashes, ruling.verdict, state, runtime.clock.now(), confirm_at)
    session.add(change)
    session.flush()
    if confirm_at is not None and (row.next_check_at is None or confirm_at < row.next_check_at):
        row.next_check_at = confirm_at
    if state is ChangeState.CONFIRMED and ruling.verdict.alert and not _reported(session, row.key, change):
        plan_deliveries(session, runtime.routes_in(session), source, row, change, runtime.clock.now(), runtime.settings)
        plan_copies(session, runtime, source, change)
    return change


def _by_the_clock(runtime: Runtime, moment: datetime) -> datetime:
    """Return when a text was seen by the clock; its place in the history lies behind what a fast clock left there."""
    return min(moment, runtime.clock.now())


def _delay(runtime: Runtime) -> timedelta:
    return timedelta(seconds=runtime.settings.confirm_delay)


def _is_due(runtime: Runtime, confirm_at: datetime | None, moment: datetime) -> bool:
    """Return whether a look confirms; a time further away than the delay was planned by a clock that ran ahead."""
    if confirm_at is None or confirm_at > runtime.clock.now() + _delay(runtime):
        return True
    return _by_the_clock(runtime, moment) >= confirm_at


def _state_of_new(runtime: Runtime, row: SourceRow, ruling: Ruling, *, at_once: bool) -> ChangeState:
    if row.onboarded_at is None:
        return ChangeState.HISTORY  # the step from archive to live, or from an import: for the onboarding summary
    if row.unstable_since is not None and ruling.outcome is Outcome.KNOWN:
        return ChangeState.FLAPPING
    verdict = ruling.verdict
    if verdict is None or not verdict.alert or at_once or runtime.settings.confirm_delay == 0:
        return ChangeState.CONFIRMED
    return ChangeState.AWAITING


def _settle_awaiting(
    session: Session,
    runtime: Runtime,
    source: Source,
    row: SourceRow,
    ruling: Ruling,
    version: Version,
    moment: datetime,
    *,
    at_once: bool,
) -> tuple[Change | None, Change | None]:
    """Return the change that this fetch confirmed and the one it showed to be flapping."""
    assert row.key is not None
    confirmed = flapped = None
    for change in _awaiting(session, row.key):
        if change.after_version_id == version.id or change.id in ruling.persisting:
            due = at_once or _is_due(runtime, change.confirm_at, moment)
            if ruling.doubt is not None and moment - change.first_seen_after < runtime.settings.held_span:
                log_event(
                    session, runtime.clock.now(), row.key, "doubted", f"{ruling.doubt.reason}: {ruling.doubt.detail}"
                )
                continue
            if not due:
                # An early look, say by hand, proves nothing yet; the planned one stays planned.
                assert change.confirm_at is not None
                row.next_check_at = min(row.next_check_at or change.confirm_at, change.confirm_at)
                continue
            change.state = ChangeState.CONFIRMED.value
            change.confirmed_at = runtime.clock.now()
            change.confirm_at = None
            if not _reported(session, row.key, change):
                plan_deliveries(
                    session, runtime.routes_in(session), source, row, change, runtime.clock.now(), runtime.settings
                )
                plan_copies(session, runtime, source, change)
            confirmed = change
        elif row.unstable_since is not None and _may_come_back(session, runtime, change):
            continue
        else:
            change.state = ChangeState.FLAPPING.value
            change.confirm_at = None
            flapped = change
    return confirmed, flapped


def _may_come_back(session: Session, runtime: Runtime, change: Change) -> bool:
    """Say whether a new text of a page that shows variants in turn may still be shown again."""
    return observations_since(session, change.source_key, change.first_seen_after) < runtime.settings.stable_checks


def _awaiting(session: Session, source_key: int) -> list[Change]:
    query = select(Change).where(Change.source_key == source_key, Change.state == ChangeState.AWAITING.value)
    return list(session.exec(query.order_by(col(Change.first_seen_after))))


def _observed(session: Session, version: Version) -> bool:
    query = select(Observation.id).where(Observation.version_id == version.id).limit(1)
    return session.exec(query).first() is not None


def _reported(session: Session, source_key: int, change: Change) -> bool:
    """Return whether people know the text that returned for the one in force, since what came between was not told."""
    if Flag.RETURNED.value not in change.flags:
        return False
    return told_version(session, source_key, but=change.id) == change.after_version_id
