"""Live checks over a real store: what becomes a version, a change, an alert - and what does not."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.unit.test_damage import TERMS
from tests.world import PARAGRAPHS, URL, World, acme, page, policy
from tracker.clock import ManualClock
from tracker.daemon.checks.confirm import Outcome
from tracker.daemon.engine.planner import sync
from tracker.errors import FetchError
from tracker.extract.model import ExtractionRules
from tracker.sources.model import Route, Schedule, SourcePage, SourcesFile
from tracker.store.database import Database
from tracker.store.history.sources import source_row
from tracker.store.upkeep.verify import verify_store
from tracker.words import ChangeState, FailureKind, Flag

ROUTES = (Route("hook", ("json://hooks.example/x",)),)
SOLD = {"p3": "We may sell your personal information to our advertising partners."}


@pytest.fixture
def world(database: Database, clock: ManualClock) -> World:
    """A followed policy that was seen once."""
    built = World.build(database, clock, routes=ROUTES)
    built.fetcher.serve(URL, policy())
    assert built.check().outcome is Outcome.NEW
    return built


def test_the_first_version_is_no_change(world: World) -> None:
    """A source that is new brings a version and an observation, and tells nobody."""
    assert world.counts() == (1, 1)
    assert world.changes() == []
    assert world.deliveries() == []


def test_the_same_text_is_a_longer_observation(world: World) -> None:
    """Another fetch of the same text adds an observation, not a version."""
    assert world.check().outcome is Outcome.UNCHANGED
    assert world.counts() == (1, 2)


def test_a_304_is_an_observation(database: Database, clock: ManualClock) -> None:
    """A page that the host says is not modified was observed all the same."""
    world = World.build(database, clock)
    world.fetcher.serve(URL, policy(), etag='"1"')
    world.check()
    assert world.check().outcome is Outcome.UNCHANGED
    assert world.fetcher.requests[-1].etag == '"1"'
    assert world.counts() == (1, 2)


def test_a_material_change_waits_for_a_second_fetch(world: World) -> None:
    """It is told once, after the confirming fetch found the same text."""
    world.fetcher.serve(URL, policy(**SOLD))
    first = world.check()
    assert (first.outcome, first.state) == (Outcome.NEW, ChangeState.AWAITING)
    assert world.deliveries() == []
    second = world.check(hours=0.5)
    assert (second.outcome, second.state) == (Outcome.UNCHANGED, ChangeState.CONFIRMED)
    assert [delivery.route for delivery in world.deliveries()] == ["hook"]
    world.check()
    assert len(world.deliveries()) == 1


def test_an_early_look_does_not_confirm(world: World) -> None:
    """A fetch before the confirming delay is over proves nothing yet."""
    world.fetcher.serve(URL, policy(**SOLD))
    world.check()
    assert world.check(hours=0.1).state is None
    assert world.changes()[0].state == "awaiting"


def test_asked_to_confirm_at_once_it_does(world: World) -> None:
    """`--now` confirms by the next fetch, however soon."""
    world.fetcher.serve(URL, policy(**SOLD))
    world.check()
    assert world.check(hours=0, at_once=True).state is ChangeState.CONFIRMED


def test_without_a_delay_the_first_sight_alerts(database: Database, clock: ManualClock) -> None:
    """A confirming delay of 0 trusts the first fetch."""
    world = World.build(database, clock, routes=ROUTES, confirm_delay=0)
    world.fetcher.serve(URL, policy())
    world.check()
    world.fetcher.serve(URL, policy(**SOLD))
    assert world.check().state is ChangeState.CONFIRMED
    assert len(world.deliveries()) == 1


def test_a_change_that_is_gone_again_was_flapping(world: World) -> None:
    """Old text, new text, old text within the delay: kept in the history, told to nobody."""
    world.fetcher.serve(URL, policy(**SOLD))
    world.check()
    world.fetcher.serve(URL, policy())
    assert world.check(hours=0.5).outcome is Outcome.KNOWN
    assert [change.state for change in world.changes()] == ["flapping", "flapping"]
    assert world.deliveries() == []
    assert world.check().outcome is Outcome.UNCHANGED
    assert world.deliveries() == []


def test_a_change_is_confirmed_although_a_small_thing_differs_again(world: World) -> None:
    """A page with a counter must not keep a material change from being told."""
    world.fetcher.serve(URL, policy(**SOLD, extra="Updated 5 minutes ago."))
    assert world.check().state is ChangeState.AWAITING
    world.fetcher.serve(URL, policy(**SOLD, extra="Updated 8 minutes ago."))
    world.check(hours=0.5)
    assert world.changes()[0].state == "confirmed"
    assert len(world.deliveries()) == 1


def test_an_immaterial_change_is_kept_and_silent(world: World) -> None:
    """A new address is a version and a change, and no alert."""
    world.fetcher.serve(URL, policy(p11="If you have questions about this policy, please write to our privacy team."))
    result = world.check()
    assert (result.outcome, result.material) == (Outcome.NEW, False)
    assert world.changes()[0].state == "confirmed"
    assert world.deliveries() == []


def test_a_text_that_returns_is_told_once(world: World) -> None:
    """After a confirmed change the old text's return is told as such, and its further returns are not."""
    for number in range(3):
        world.fetcher.serve(URL, policy(**SOLD))
        world.check()
        world.check()
        world.fetcher.serve(URL, policy())
        world.check()
        world.check()
        told = sum(delivery.change_id is not None for delivery in world.deliveries())
        # The sale, its withdrawal (returned), and once the return of the sale itself.
        assert told == (2 if number == 0 else 3)
    assert Flag.RETURNED.value in world.changes()[1].flags


def test_a_failure_is_counted_and_put_off(world: World) -> None:
    """A failed fetch changes no history, counts, and is tried again later and later."""
    waits = []
    for _ in range(3):
        world.fetcher.queue(URL, FetchError(FailureKind.SERVER_ERROR, "HTTP 503", status=503))
        result = world.check()
        assert (result.outcome, result.failure) == (Outcome.FAILED, FailureKind.SERVER_ERROR)
        with world.runtime.database.read() as session:
            from tracker.store.history.sources import source_row

            row = source_row(session, "acme")
            assert row.next_check_at is not None
            waits.append((row.next_check_at - world.clock.now()).total_seconds())
    assert waits == sorted(waits)
    assert world.counts() == (1, 1)
    assert world.check().outcome is Outcome.UNCHANGED


def test_an_error_page_with_status_200_is_a_failure(world: World) -> None:
    """A short page that says itself that something went wrong is no policy, whatever its status."""
    world.fetcher.serve(URL, page("Sorry, something went wrong. Please try again later.", title="Acme"))
    result = world.check()
    assert (result.outcome, result.failure) == (Outcome.FAILED, FailureKind.NOT_A_POLICY)
    assert world.counts() == (1, 1)


def test_a_script_shell_needs_rendering(world: World) -> None:
    """A page that brings hardly a word is not taken for a policy that was emptied."""
    world.fetcher.serve(URL, "<html><body><div id=root></div><script>load()</script></body></html>")
    assert world.check().failure is FailureKind.NEEDS_RENDERING


def test_a_suspect_text_is_held_until_the_policy_is_back(world: World) -> None:
    """It is kept as suspect, never a version; the policy's return ends it."""
    world.fetcher.serve(
        URL, page(*["You were signed out of your account, so sign in to use the service."] * 40, title="Log in")
    )
    assert world.check().outcome is Outcome.HELD
    assert world.counts() == (1, 1)
    world.fetcher.serve(URL, policy())
    assert world.check().outcome is Outcome.UNCHANGED


def test_a_held_text_that_stays_is_accepted_and_judged(database: Database, clock: ManualClock) -> None:
    """After five sights over three days a text that shrank is taken for the document and marked for review."""
    world = World.build(database, clock, routes=ROUTES)
    world.fetcher.serve(URL, page(*PARAGRAPHS, *[f"Section {number}. {PARAGRAPHS[2]}" for number in range(40)]))
    world.check()
    world.fetcher.serve(URL, policy())
    outcomes = [world.check(hours=24).outcome for _ in range(5)]
    assert outcomes == [Outcome.HELD] * 4 + [Outcome.NEW]
    assert Flag.REVIEW.value in world.changes()[0].flags


@pytest.mark.parametrize(("share", "outcome"), [(0.0, Outcome.NEW), (0.4, Outcome.HELD)])
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_how_far_a_text_may_shrink_is_a_setting(
    database: Database, clock: ManualClock, share: float, outcome: Outcome
) -> None:
    """Who follows documents that come and go in parts need not wait for each of them."""
    world = World.build(database, clock, held_below=share)
    world.fetcher.serve(URL, page(*PARAGRAPHS, *[f"Section {number}. {PARAGRAPHS[2]}" for number in range(40)]))
    world.check()
    world.fetcher.serve(URL, policy())
    assert world.check().outcome is outcome


def test_a_policy_that_gave_way_to_another_document_for_good_alerts(database: Database, clock: ManualClock) -> None:
    """One look holds it back; once it stays it is news, marked for review, though none of its clauses is material."""
    world = World.build(database, clock, routes=ROUTES)
    world.fetcher.serve(URL, policy(extra=" ".join(PARAGRAPHS[:4])))
    world.check()
    world.fetcher.serve(URL, page(*TERMS, *TERMS[:4], title="Auction rules"))
    outcomes = [world.check(hours=24).outcome for _ in range(7)]
    assert outcomes[:2] == [Outcome.HELD, Outcome.HELD]
    (change,) = world.changes()
    assert (change.alert, change.severity) == (True, "low")
    assert Flag.REVIEW.value in change.flags
    assert len(world.deliveries()) == 1


def test_a_repaired_selector_neither_alerts_nor_hides(database: Database, clock: ManualClock) -> None:
    """New extraction rules are compared with the old page read under the same rules."""
    offer = "<div class=offers><p>We may sell your personal data to partners.</p></div>"
    noisy = policy().replace("</main>", f"{offer}</main>")
    world = World.build(database, clock, routes=ROUTES)
    world.fetcher.serve(URL, noisy)
    world.check()
    trimmed = acme(pages=(SourcePage(URL, ExtractionRules(remove=(".offers",))),))
    world.runtime.sources_file = SourcesFile((trimmed,), ROUTES)
    world.check()
    world.check()
    assert [change for change in world.changes() if change.alert] == []
    world.fetcher.serve(URL, noisy.replace("for 30 days", "for 13 months"))
    world.check()
    world.check()
    assert len(world.deliveries()) == 1


def test_a_policy_in_two_pages_is_one_document(database: Database, clock: ManualClock) -> None:
    """Its pages are read in order; one that fails gives no observation."""
    second = "https://acme.example/cookies"
    world = World.build(database, clock, acme(pages=(SourcePage(URL), SourcePage(second))), routes=ROUTES)
    world.fetcher.serve(URL, policy())
    world.fetcher.serve(second, page("We use cookies to remember your language and to keep you signed in."))
    assert world.check().outcome is Outcome.NEW
    world.fetcher.queue(second, FetchError(FailureKind.TIMEOUT, "too slow"))
    assert world.check().outcome is Outcome.FAILED
    assert world.counts() == (1, 1)
    assert world.check().outcome is Outcome.UNCHANGED


def test_what_was_stored_verifies(world: World) -> None:
    """After all kinds of checks every hash in the store still fits."""
    world.fetcher.serve(URL, policy(**SOLD))
    world.check()
    world.check()
    report = verify_store(world.runtime.database)
    assert report.ok


def test_a_shorter_schedule_holds_from_the_last_check_on(world: World) -> None:
    """Who turns "every 30 days" into "every hour" need not wait 30 days; a longer one begins at the next check."""
    for hours, due in ((1, 1), (48, 1)):
        schedule = Schedule(interval=timedelta(hours=hours), jitter=0)
        world.runtime.sources_file = replace(world.runtime.sources_file, sources=(acme(schedule=schedule),))
        sync(world.runtime)
        with world.runtime.database.read() as session:
            row = source_row(session, "acme")
            assert row.last_checked_at is not None
            assert row.next_check_at == row.last_checked_at + timedelta(hours=due)


def test_a_shorter_schedule_does_not_hasten_what_failed(world: World) -> None:
    """A host that refuses is left alone as long as it was put off."""
    world.fetcher.queue(URL, FetchError(FailureKind.SERVER_ERROR, "HTTP 503", status=503))
    world.check()
    with world.runtime.database.read() as session:
        put_off = source_row(session, "acme").next_check_at
    schedule = Schedule(interval=timedelta(minutes=1), jitter=0)
    world.runtime.sources_file = replace(world.runtime.sources_file, sources=(acme(schedule=schedule),))
    sync(world.runtime)
    with world.runtime.database.read() as session:
        assert source_row(session, "acme").next_check_at == put_off
