"""Gives the hostile source of a showcase all that people and operators leave behind, in words that are hostile too."""

from datetime import timedelta

from sqlmodel import Session, select

from tests.support.showcase import HOSTILE
from tests.world import World
from tracker.compare.model import Verdict
from tracker.history.baselines import approve, keep_drifts, names_in
from tracker.history.mutes import Muting, mute_topics
from tracker.history.reviews import Opinion, review_clause
from tracker.history.triage import Decision, decide
from tracker.store.history.history import numbered_versions
from tracker.store.schema.copy_tables import ArchiveCopy
from tracker.store.schema.held_tables import HeldText
from tracker.store.schema.noise_tables import VolatileBlock
from tracker.store.schema.routing_tables import Alarm
from tracker.store.schema.tables import Change, CheckLog, Delivery, PastVerdict, SourceRow
from tracker.store.work.events import log_event
from tracker.store.work.slots import block_slot
from tracker.words import ClauseClass, Topic

SCRIPT, QUOTE, TITLE, LINK, *_, BIDI = HOSTILE


def furnish(world: World) -> None:
    """Fill every screen over the hostile source and its one change: nothing is left out that a page may show."""
    with world.runtime.database.write() as session:
        row = session.exec(select(SourceRow).where(SourceRow.id == "hostile")).one()
        change = session.exec(select(Change).where(Change.source_key == row.key)).one()
        _people(session, world, row, change)
        _operators(session, world, row, change)
        _deliveries(session, world, change)
    keep_drifts(world.runtime.database, names_in(world.runtime.sources_file), 60)


def _people(session: Session, world: World, row: SourceRow, change: Change) -> None:
    now = world.clock.now()
    decide(session, change.id, Decision(by=QUOTE, state="new", assignee=SCRIPT, note=BIDI + SCRIPT), now)
    review_clause(session, change.id, 1, Opinion(ClauseClass.MATERIAL, note=TITLE, reviewer=SCRIPT), now)
    mute_topics(session, "hostile", Muting(SCRIPT, (Topic.PAYMENT,), now + timedelta(days=30), TITLE), now)
    first = numbered_versions(session, row.key or 0)[0]
    later = (now + timedelta(days=20)).date()
    approve(session, row, first, by=SCRIPT, now=now, today=now.date(), note=QUOTE, review_by=later.isoformat())
    change.effective_on = (now + timedelta(days=30)).date().isoformat()
    change.object_by = (now + timedelta(days=10)).date().isoformat()
    past = PastVerdict(change_id=change.id, replaced_at=now, rules_version=SCRIPT)
    past.verdict = Verdict.from_json(change.verdict).to_json()
    session.add(past)


def _operators(session: Session, world: World, row: SourceRow, change: Change) -> None:
    now, before = world.clock.now(), world.clock.now() - timedelta(days=1)
    assert row.key is not None
    row.failures, row.last_failure, row.last_failure_detail = 3, "http", SCRIPT
    row.unstable_since = before
    session.add(
        HeldText(
            source_key=row.key,
            text_sha256="0" * 64,
            reason="shrunk",
            detail=TITLE + SCRIPT,
            first_seen_at=before,
            last_seen_at=now,
        )
    )
    session.add(CheckLog(source_key=row.key, at=now, outcome="failed", failure="http", detail=SCRIPT))
    session.add(Alarm(key=f"failing:{SCRIPT}", kind="failing", together=SCRIPT, raised_at=before))
    session.add(Alarm(key="failing:hostile", kind="failing", together=QUOTE, source_key=row.key, raised_at=before))
    for mask, state in (("a", "learnt"), ("b", "pinned")):
        session.add(
            VolatileBlock(
                source_key=row.key,
                mask=mask,
                kind="place",
                state=state,
                sample=SCRIPT,
                section=TITLE,
                first_moved_at=before,
                last_moved_at=now,
                set_by=QUOTE,
            )
        )
    for memento, url, state in ((LINK, LINK, "saved"), (None, SCRIPT, "dead")):
        session.add(
            ArchiveCopy(
                change_id=change.id,
                url=url,
                state=state,
                next_attempt_at=now,
                created_at=now,
                memento=memento,
                saved_at=now if memento else None,
                last_error=QUOTE,
            )
        )
    block_slot(session, f"archive:{SCRIPT}", now.timestamp() + 3_600)
    for kind in ("failed", "held"):
        log_event(session, now, row.key, kind, BIDI + SCRIPT)


def _deliveries(session: Session, world: World, change: Change) -> None:
    now = world.clock.now()
    for state in ("dead", "pending", "sent"):
        session.add(
            Delivery(
                idempotency_key=f"{state} {SCRIPT}",
                route=SCRIPT,
                destination="d",
                label=QUOTE,
                change_id=change.id,
                state=state,
                attempts=5,
                next_attempt_at=now + timedelta(hours=1),
                created_at=now,
                sent_at=now if state == "sent" else None,
                last_error=TITLE,
            )
        )
