"""Judging stored changes again: new verdicts, the old ones kept, nobody alerted, people's reviews where they were."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date

import pytest
from sqlmodel import col, select

from tests.support.clause_damage import lose_clause
from tests.world import PARAGRAPHS, URL, World, acme, page, policy
from tracker.alerts.notifier import MemoryNotifier
from tracker.alerts.sender import Sender
from tracker.clock import ManualClock
from tracker.compare import compare
from tracker.compare.model import Document, Judgement, Verdict
from tracker.daemon.past.recompute import Difference, Left, Rejudged, Skipped, recompute
from tracker.sources.model import Route
from tracker.store.database import Database
from tracker.store.history.sources import source_row
from tracker.store.schema.tables import Change, PastVerdict
from tracker.words import ClauseClass, Direction, Flag, Severity, Topic

SOLD = {"p3": "We may sell your personal information to our advertising partners."}
OFFICE = {"p11": "If you have any questions about this policy, please write to our privacy team."}
ROUTES = (Route("hook", ("json://hooks.example/x",), severity=Severity.LOW),)

Twist = Callable[[Verdict], Verdict]


class OtherRules:
    """A judge under rules of another version, which see a twist in every verdict."""

    def __init__(self, twist: Twist, version: str = "new") -> None:
        self._twist = twist
        self._version = version

    def judge(self, before: Document, after: Document, *, names: tuple[str, ...], captured_on: date) -> Verdict:
        verdict = compare(before, after, names=names, captured_on=captured_on)
        return replace(self._twist(verdict), rules_version=self._version)

    def close(self) -> None:
        """Hold nothing."""


def same(verdict: Verdict) -> Verdict:
    return verdict


def loud(verdict: Verdict) -> Verdict:
    """Find every clause material."""
    judgement = Judgement(ClauseClass.MATERIAL, (Topic.PAYMENT,), Direction.WEAKER, Severity.CRITICAL)
    changes = tuple(replace(change, judgement=judgement) for change in verdict.changes)
    return replace(verdict, alert=True, severity=Severity.CRITICAL, changes=changes)


def quiet(verdict: Verdict) -> Verdict:
    """Find every clause cosmetic."""
    changes = tuple(replace(change, judgement=Judgement(ClauseClass.COSMETIC)) for change in verdict.changes)
    return replace(verdict, alert=False, severity=Severity.NONE, changes=changes)


def reworded(verdict: Verdict) -> Verdict:
    """Find the same for other reasons."""
    return replace(verdict, reasons=("said in other words",))


def rerun(
    world: World, monkeypatch: pytest.MonkeyPatch, twist: Twist, version: str = "new"
) -> list[Rejudged | Skipped]:
    """Judge everything again under other rules."""
    monkeypatch.setattr("tracker.daemon.past.recompute.rules_version", lambda: version)
    before = world.runtime.judge
    world.runtime.judge = OtherRules(twist, version)
    try:
        with world.runtime.database.read() as session:
            row = source_row(session, "acme")
        return list(recompute(world.runtime, row))
    finally:
        world.runtime.judge = before


def past(world: World) -> list[PastVerdict]:
    with world.runtime.database.read() as session:
        found = list(session.exec(select(PastVerdict).order_by(col(PastVerdict.id))))
        for row in found:
            row.read_verdict()
        return found


def sent(world: World) -> int:
    """Send what is due; return how many messages went out."""
    notifier = MemoryNotifier()
    Sender(world.runtime.database, notifier, world.runtime.settings, world.clock).send_due(ROUTES)
    return len(notifier.sent)


def show(world: World, text: str) -> None:
    """Serve a text until it is confirmed."""
    world.fetcher.serve(URL, text)
    world.check()
    world.check()


@pytest.fixture
def world(database: Database, clock: ManualClock) -> World:
    """A policy whose contact changed, which nobody was told, and which sells data since, which was told."""
    built = World.build(database, clock, acme(), routes=ROUTES)
    for text in (policy(), policy(**OFFICE), policy(**OFFICE, **SOLD)):
        show(built, text)
    assert [(change.alert, change.state) for change in built.changes()] == [(False, "confirmed"), (True, "confirmed")]
    assert sent(built) == 1
    return built


def test_a_change_that_deserves_an_alert_by_new_rules_alerts_nobody(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The verdict becomes one that routes would want; no delivery comes of it, then or later."""
    before = world.deliveries()
    done = rerun(world, monkeypatch, loud)
    assert [isinstance(one, Rejudged) and one.difference for one in done] == [Difference.ALERT, Difference.VERDICT]
    assert [(change.alert, change.severity) for change in world.changes()] == [(True, "critical"), (True, "critical")]
    assert world.deliveries() == before
    for _ in range(2):
        world.check()
    assert world.deliveries() == before
    assert sent(world) == 0


def test_what_was_delivered_stays(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A change that deserves no alert any more keeps its delivery, its state and its times."""
    kept = [(change.id, change.state, change.confirmed_at, change.created_at) for change in world.changes()]
    before = world.deliveries()
    _, sold = rerun(world, monkeypatch, quiet)
    assert isinstance(sold, Rejudged)
    assert sold.difference is Difference.NO_ALERT
    assert [change.alert for change in world.changes()] == [False, False]
    assert [(change.id, change.state, change.confirmed_at, change.created_at) for change in world.changes()] == kept
    assert world.deliveries() == before


def test_the_new_verdict_is_stored_and_the_old_one_kept(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """All columns say what the new verdict says; the old one stays as it was, with its rules and when it ended."""
    (_, told) = world.changes()
    (_, done) = rerun(world, monkeypatch, quiet)
    assert isinstance(done, Rejudged)
    (_, change) = world.changes()
    assert (change.alert, change.severity, change.rules_version) == (False, "none", "new")
    assert change.verdict == done.after.to_json()
    assert change.summary == "one clause differs, not materially"
    ((old,),) = [[one for one in past(world) if one.change_id == change.id]]
    assert (old.verdict, old.rules_version, old.replaced_at) == (told.verdict, told.rules_version, world.clock.now())
    ((before, after),) = done.clauses
    assert before is not None
    assert after is not None
    assert (before.judgement.cls, after.judgement.cls) == (ClauseClass.MATERIAL, ClauseClass.COSMETIC)


def test_a_second_run_has_nothing_to_do(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What today's rules judged is not judged again, nor kept twice."""
    assert len(rerun(world, monkeypatch, quiet)) == 2
    kept = past(world)
    assert rerun(world, monkeypatch, quiet) == []
    assert past(world) == kept


def test_a_run_that_was_interrupted_is_taken_up(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each change is a transaction of its own: what was done stays done, the rest is done later."""
    monkeypatch.setattr("tracker.daemon.past.recompute.rules_version", lambda: "new")
    world.runtime.judge = OtherRules(quiet)
    with world.runtime.database.read() as session:
        row = source_row(session, "acme")
    begun = recompute(world.runtime, row)
    next(begun)
    begun.close()  # type: ignore[attr-defined]
    assert [change.rules_version == "new" for change in world.changes()] == [True, False]
    (rest,) = recompute(world.runtime, row)
    assert isinstance(rest, Rejudged)
    assert rest.change_id == world.changes()[1].id


def test_a_dry_run_stores_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says what would differ."""
    monkeypatch.setattr("tracker.daemon.past.recompute.rules_version", lambda: "new")
    world.runtime.judge = OtherRules(quiet)
    before = world.changes()
    with world.runtime.database.read() as session:
        row = source_row(session, "acme")
    done = list(recompute(world.runtime, row, dry_run=True))
    assert [isinstance(one, Rejudged) and one.difference for one in done] == [Difference.VERDICT, Difference.NO_ALERT]
    assert world.changes() == before
    assert past(world) == []


def test_the_same_verdict_leaves_no_trace_but_the_version_of_the_rules(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is kept twice; other reasons for the same verdict are kept, and told apart from another verdict."""
    done = rerun(world, monkeypatch, same)
    assert [isinstance(one, Rejudged) and one.difference for one in done] == [Difference.NONE] * 2
    assert [change.rules_version for change in world.changes()] == ["new", "new"]
    assert past(world) == []
    done = rerun(world, monkeypatch, reworded, "newer")
    assert [isinstance(one, Rejudged) and one.difference for one in done] == [Difference.WORDING] * 2
    assert len(past(world)) == 2


def test_what_is_on_its_way_is_left_alone(
    database: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A change that awaits its confirmation, or whose alert is not sent yet, says later what was found then."""
    world = World.build(database, clock, acme(), routes=ROUTES)
    show(world, policy())
    world.fetcher.serve(URL, policy(**SOLD))
    world.check()
    (change,) = world.changes()
    assert rerun(world, monkeypatch, quiet) == [Skipped("acme", change.id, Left.AWAITING)]
    world.check()
    assert rerun(world, monkeypatch, quiet) == [Skipped("acme", change.id, Left.UNDELIVERED)]
    assert world.changes()[0].alert
    assert sent(world) == 1
    (done,) = rerun(world, monkeypatch, quiet)
    assert isinstance(done, Rejudged)


def test_a_change_settled_between_judging_and_storing_is_left(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A daemon that works on the change meanwhile goes first."""
    ident = world.changes()[0].id

    def meanwhile(verdict: Verdict) -> Verdict:
        with world.runtime.database.write() as session:
            session.get_one(Change, ident).state = "awaiting"
        return verdict

    first, _ = rerun(world, monkeypatch, meanwhile)
    assert first == Skipped("acme", ident, Left.AWAITING)
    assert world.changes()[0].rules_version != "new"


def test_two_runs_at_once_keep_each_verdict_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever stores a verdict first has it; the other run leaves the change alone."""
    monkeypatch.setattr("tracker.daemon.past.recompute.rules_version", lambda: "new")
    world.runtime.judge = OtherRules(quiet)
    with world.runtime.database.read() as session:
        row = source_row(session, "acme")
    both = threading.Barrier(2)

    def work(_: int) -> list[Rejudged | Skipped]:
        both.wait()
        return list(recompute(world.runtime, row))

    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(work, range(2))
    assert sorted(done.change_id for done in (*one, *other)) == sorted(change.id for change in world.changes())
    assert len(past(world)) == 2


def test_a_damaged_text_stops_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A change whose text cannot be read is named; the rest is judged."""
    with world.runtime.database.write() as session:
        lose_clause(session, PARAGRAPHS[11])
    first, second = rerun(world, monkeypatch, quiet)
    assert isinstance(first, Skipped)
    assert (first.why, "clauses are missing" in first.detail) == (Left.DAMAGED, True)
    assert isinstance(second, Rejudged)


def test_a_text_that_came_back_did_so_under_any_rules(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What follows from the history and not from the two texts stays part of the verdict."""
    show(world, policy(**OFFICE))
    sent(world)
    rerun(world, monkeypatch, quiet)
    *_, returned = world.changes()
    assert (returned.rules_version, returned.flags) == ("new", [Flag.RETURNED.value])


def test_a_text_that_was_held_first_was_so_under_any_rules(
    database: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The flag and the note that it was suspect stay."""
    world = World.build(database, clock, acme(), routes=ROUTES)
    show(world, page(*PARAGRAPHS, *[f"Section {number}. {PARAGRAPHS[2]}" for number in range(40)]))
    world.fetcher.serve(URL, policy())
    for _ in range(6):
        world.check(hours=24)
    sent(world)
    rerun(world, monkeypatch, quiet)
    (held,) = world.changes()
    assert (held.rules_version, held.flags) == ("new", [Flag.REVIEW.value])
    assert held.verdict["reasons"][-1].startswith("held as suspect (")


@pytest.mark.parametrize(("twist", "deliveries"), [(quiet, 2), (loud, 2)])
def test_what_people_were_told_is_not_forgotten(
    database: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch, twist: Twist, deliveries: int
) -> None:
    """The return of a text that was told once is not told again, whatever newer rules make of it."""
    world = World.build(database, clock, acme(), routes=ROUTES)
    for text in (policy(), policy(**SOLD), policy()):
        show(world, text)
        sent(world)
    assert len(world.deliveries()) == deliveries
    rerun(world, monkeypatch, twist)
    for text in (policy(**SOLD), policy()):
        show(world, text)
    told = [delivery.change_id for delivery in world.deliveries()]
    returns = [
        change.id for change in world.changes() if change.after_version_id == world.changes()[0].before_version_id
    ]
    assert [ident in told for ident in returns] == [True, False]


def test_a_return_that_nobody_was_told_is_told_later(
    database: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A silent return that newer rules find material does not silence the next one."""
    world = World.build(database, clock, acme(), routes=ROUTES, unstable_returns=9)
    for text in (policy(), policy(**OFFICE), policy()):
        show(world, text)
    assert world.deliveries() == []
    rerun(world, monkeypatch, loud)
    world.runtime.judge = OtherRules(loud)
    for text in (policy(**OFFICE), policy()):
        show(world, text)
    *_, again, back = world.changes()
    assert [delivery.change_id for delivery in world.deliveries()] == [again.id, back.id]
