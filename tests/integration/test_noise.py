"""Pages that move without being news: variants shown in turn, and blocks that never stand still."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select

from tests.world import URL, World, acme, page, policy
from tracker.clock import ManualClock
from tracker.daemon.checks.changes import refresh_changes
from tracker.daemon.checks.confirm import Outcome
from tracker.extract.model import ExtractionRules
from tracker.fetch.model import FetchRequest, Page
from tracker.sources.model import Route, SourcePage, SourcesFile
from tracker.store.database import Database
from tracker.store.history.sources import source_row
from tracker.store.schema.noise_tables import VolatileBlock
from tracker.store.schema.tables import Notice, SourceRow
from tracker.store.upkeep.verify import verify_store
from tracker.store.work.events import events
from tracker.store.work.noise import variants, volatile_blocks

ROUTES = (Route("hook", ("json://hooks.example/x",)),)
SOLD = {"p3": "We may sell your personal information to our advertising partners."}
ENGLISH, SALE = policy(), policy(**SOLD)


@pytest.fixture
def world(database: Database, clock: ManualClock) -> World:
    """A followed policy that was seen once."""
    built = World.build(database, clock, acme(), routes=ROUTES)
    built.fetcher.serve(URL, ENGLISH)
    built.check()
    return built


def show(world: World, *pages: str, hours: float = 12) -> list[Outcome]:
    """Check once per page, each served in turn."""
    found = []
    for body in pages:
        world.fetcher.serve(URL, body)
        found.append(world.check(hours=hours).outcome)
    return found


def row(world: World) -> SourceRow:
    with world.runtime.database.read() as session:
        return source_row(session, "acme")


def blocks(world: World) -> list[VolatileBlock]:
    with world.runtime.database.read() as session:
        return volatile_blocks(session, row(world).key or 0)


def changes_told(world: World) -> int:
    return sum(delivery.change_id is not None for delivery in world.deliveries())


def flip(world: World) -> None:
    """Let the page flip between two texts until it is unstable."""
    show(world, SALE, ENGLISH, SALE, ENGLISH, hours=0.25)
    assert row(world).unstable_since is not None


def test_a_source_that_flips_is_unstable_and_its_operator_is_told_once(world: World) -> None:
    """Three returns to a known text among the last checks; one notice; nothing of the flips is alerted."""
    assert row(world).unstable_since is None
    flip(world)
    show(world, SALE, ENGLISH, SALE)
    with world.runtime.database.read() as session:
        (notice,) = session.exec(select(Notice)).all()
        assert notice.kind == "unstable"
        assert [event.kind for event in events(session, kinds={"unstable"})] == ["unstable"]
        assert len(variants(session, row(world))) == 2
    assert changes_told(world) == 0
    assert len(world.deliveries()) == 1
    assert {change.state for change in world.changes()} == {"flapping"}


def test_a_page_that_flips_again_soon_after_it_settled_is_not_told_of_anew(world: World) -> None:
    """It is unstable and quiet again all the same; flips that begin after two weeks are a spell of their own."""

    def notices() -> int:
        with world.runtime.database.read() as session:
            return len(session.exec(select(Notice)).all())

    flip(world)
    show(world, *[ENGLISH] * 7)
    assert row(world).unstable_since is None
    flip(world)
    assert notices() == 1
    show(world, *[ENGLISH] * 7)
    world.clock.advance(timedelta(days=14))
    flip(world)
    assert notices() == 2
    assert changes_told(world) == 0


def test_a_text_that_holds_at_last_is_told_once(world: World) -> None:
    """After six quiet checks the source is stable; people who know the other text are told of this one, once."""
    flip(world)
    show(world, SALE, *[SALE] * 5)
    assert row(world).unstable_since is not None
    assert changes_told(world) == 0
    show(world, SALE)
    assert row(world).unstable_since is None
    assert changes_told(world) == 1
    show(world, SALE, SALE)
    assert changes_told(world) == 1
    assert [change.state for change in world.changes() if change.alert and change.state == "confirmed"] == ["confirmed"]


def test_the_text_people_know_settles_silently(world: World) -> None:
    """A source that settles on what it said before it began to flip tells nobody of a change."""
    flip(world)
    show(world, *[ENGLISH] * 7)
    assert row(world).unstable_since is None
    assert changes_told(world) == 0
    # One more flip does not make it unstable at once: what was before it settled does not count.
    show(world, SALE)
    assert row(world).unstable_since is None


def test_a_page_that_settles_on_a_third_text_is_told_from_what_people_know(world: World) -> None:
    """Its last step may weigh nothing; the step from the text people know is told, and no back-fill hides it."""
    reworded = policy(**SOLD, p11="If you have questions about this policy, please write to our privacy team.")
    show(world, SALE, ENGLISH, SALE, ENGLISH, SALE, hours=0.25)
    show(world, reworded, SALE, *[reworded] * 7)
    assert row(world).unstable_since is None
    assert changes_told(world) == 1
    told = [change for change in world.changes() if change.id in {one.change_id for one in world.deliveries()}]
    assert [change.verdict["reasons"][-1].startswith("settled: ") for change in told] == [True]
    refresh_changes(world.runtime, world.runtime.source("acme"), row(world).key or 0)
    assert [change.state for change in world.changes() if change.id == told[0].id] == ["confirmed"]


def test_a_step_that_was_told_before_is_told_again_when_the_page_settles_on_it(world: World) -> None:
    """Sale, back, told both; flips; then the sale holds: the change of long ago is not taken for the news."""
    show(world, SALE, SALE, ENGLISH, ENGLISH)
    assert changes_told(world) == 2
    show(world, SALE, ENGLISH, SALE, ENGLISH, hours=0.25)
    assert row(world).unstable_since is not None
    told = changes_told(world)
    show(world, *[SALE] * 8)
    assert changes_told(world) == told + 1


def test_a_new_text_of_an_unstable_source_still_alerts(world: World) -> None:
    """It waits to be seen again, however often another variant shows in between, and is told once."""
    flip(world)
    longer = policy(**SOLD, p5="We keep server logs for 24 months and delete them after that.")
    show(world, longer, ENGLISH)
    assert changes_told(world) == 0
    show(world, longer, ENGLISH, longer)
    assert changes_told(world) == 1


def test_a_new_mixture_of_known_variants_does_not_alert(world: World) -> None:
    """What one of the variants says is no news, in whatever company it is said."""
    logs = {"p5": "We keep server logs for 24 months and delete them after that."}
    both, other = policy(**SOLD, **logs), policy(**logs)
    show(world, both, ENGLISH, both, ENGLISH, both, hours=0.25)
    assert row(world).unstable_since is not None
    told = changes_told(world)
    show(world, other, other, other)
    assert changes_told(world) == told


def test_a_change_of_the_other_variant_alerts_though_this_one_stood_last(world: World) -> None:
    """A new text is held against the variant it is closest to, whichever the page showed right before."""
    flip(world)
    shorter = policy(**SOLD, p7="")
    show(world, shorter, ENGLISH, shorter)
    assert changes_told(world) == 1


def test_a_counter_is_learnt_and_makes_no_more_versions(world: World) -> None:
    """After two moves the spot is known; the texts that follow are the same version, their bytes kept."""
    for visitors in range(4):
        show(world, policy(extra=f"Trusted by {12_431 + 7 * visitors} customers in 31 countries."))
    assert [(block.kind, block.state) for block in blocks(world)] == [("numbers", "learnt")]
    versions = len(world.changes())
    outcomes = show(world, *[policy(extra=f"Trusted by {13_000 + n} customers in 32 countries.") for n in range(3)])
    assert outcomes == [Outcome.UNCHANGED] * 3
    assert len(world.changes()) == versions
    assert changes_told(world) == 0
    assert verify_store(world.runtime.database).ok


def test_checks_that_made_no_version_fit_the_history(world: World) -> None:
    """Recomputing the steps of the history after quiet checks changes nothing; neither do new rules of reading."""
    show(world, *[policy(extra=f"Trusted by {12_431 + visitors} customers.") for visitors in range(6)])
    before = [(change.id, change.state) for change in world.changes()]
    assert refresh_changes(world.runtime, world.runtime.source("acme"), row(world).key or 0) == 0
    assert [(change.id, change.state) for change in world.changes()] == before
    trimmed = acme(pages=(SourcePage(URL, ExtractionRules(select=("main",))),))
    world.runtime.sources_file = SourcesFile((trimmed,), ROUTES)
    show(world, *[policy(extra=f"Trusted by {13_431 + visitors} customers.") for visitors in range(2)])
    assert changes_told(world) == 0
    show(world, *[policy(**SOLD, extra=f"Trusted by {14_431 + visitors} customers.") for visitors in range(2)])
    assert changes_told(world) == 1


def test_a_real_change_beside_a_counter_alerts(world: World) -> None:
    """A learnt spot hides nothing that changes elsewhere."""
    for visitors in range(5):
        show(world, policy(extra=f"Trusted by {12_431 + visitors} customers."))
    show(world, *[policy(**SOLD, extra=f"Trusted by {13_431 + visitors} customers.") for visitors in range(2)])
    assert changes_told(world) == 1


def test_a_period_in_a_learnt_spot_alerts(world: World) -> None:
    """What was learnt silences nothing material: how long data is kept is news however often the clause moved."""
    kept = "We keep the {} newest server logs for {} days and delete them after that."
    for count in range(5):
        show(world, policy(p5=kept.format(100 + count, 30)))
    assert [block.state for block in blocks(world) if block.kind == "numbers"] == ["learnt"]
    told = changes_told(world)
    show(world, *[policy(p5=kept.format(200, 900))] * 2)
    assert changes_told(world) == told + 1


def test_a_block_that_rotates_is_learnt_by_its_place(world: World) -> None:
    """Words that are others in most checks, between words that stay, are one spot."""
    said = ["apples", "pears", "plums", "cherries", "grapes", "figs", "quinces"]
    show(world, *[policy(extra=f"Our guests of the week are fond of {fruit} in the garden.") for fruit in said])
    (block,) = [one for one in blocks(world) if one.kind == "place"]
    assert block.state == "learnt"
    again = [policy(extra=f"Our guests of the week are fond of {fruit} in the garden.") for fruit in ("melons", "peas")]
    assert show(world, *again) == [Outcome.UNCHANGED] * 2
    sold = "We sell personal information to data brokers."
    told = changes_told(world)
    show(world, policy(extra=sold), policy(extra=sold))
    assert changes_told(world) == told + 1


def test_the_sources_file_pins_a_clause(database: Database, clock: ManualClock) -> None:
    """From the first check on, whatever its numbers are, also where they would matter."""
    pinned = acme(volatile=("Plans cost 12 dollars a month for Acme customers.",))
    world = World.build(database, clock, pinned, routes=ROUTES)
    shown = [policy(extra=f"Plans cost {price} dollars a month for Acme customers.") for price in (12, 13, 99)]
    assert show(world, *shown) == [Outcome.NEW, Outcome.UNCHANGED, Outcome.UNCHANGED]


def test_a_second_page_that_leads_home_is_held(database: Database, clock: ManualClock) -> None:
    """Every page of a source is watched for redirects, not the first one alone."""
    second = "https://acme.example/cookies"
    world = World.build(database, clock, acme(pages=(SourcePage(URL), SourcePage(second))), routes=ROUTES)
    world.fetcher.serve(URL, ENGLISH)
    world.fetcher.serve(second, page("We use cookies to remember your language and to keep you signed in."))
    world.check()
    real = world.fetcher.fetch
    world.fetcher.serve(second, page("We sell gardens, and all that grows in them, to people of every kind and taste."))

    def stray(request: FetchRequest) -> Page:
        found = real(request)
        return replace(found, final_url="https://acme.example/") if request.url == second else found

    world.fetcher.fetch = stray  # type: ignore[method-assign]
    result = world.check()
    assert (result.outcome, result.detail) == (Outcome.HELD, "home_page: led to the home page")


def test_a_spot_that_stands_still_is_forgotten(world: World) -> None:
    """After eight checks without a move it counts as text again."""
    show(world, *[policy(extra=f"Trusted by {12_431 + visitors} customers.") for visitors in range(4)])
    assert blocks(world)
    show(world, *[policy(extra="Trusted by 12434 customers.")] * 8)
    assert blocks(world) == []


#: Says something of data once, and for the rest nothing that a policy says.
DOUBTFUL = (
    "Privacy matters to us, and so do gardens: whisk the eggs with the flour and let the dough rest in the shade.",
    *("We plant apples, pears and plums along the old wall, and water them by hand on dry days." for _ in range(9)),
    "We sell the names of our visitors to data brokers, and cakes on Sundays.",
)


def of_one_host(database: Database, clock: ManualClock, *texts: str) -> World:
    """Four sources of one host, each with a text of its own."""
    sources = [acme(id=f"acme-{at}", pages=(SourcePage(f"https://acme.example/{at}"),)) for at in range(4)]
    world = World.build(database, clock, *sources, routes=ROUTES)
    for at in range(4):
        world.fetcher.serve(f"https://acme.example/{at}", policy(p5=f"We keep server logs for {20 + at} days."))
        world.check(f"acme-{at}", hours=0)
    for at in range(4):
        world.fetcher.serve(f"https://acme.example/{at}", texts[0])
    return world


def test_what_a_host_answers_to_everything_is_no_policy(database: Database, clock: ManualClock) -> None:
    """A text that hardly reads like one is held once several sources of a host show it; nobody is told meanwhile."""
    world = of_one_host(database, clock, page(*DOUBTFUL))
    outcomes = [world.check(f"acme-{at}", hours=0.1).outcome for at in range(4)]
    assert outcomes[2:] == [Outcome.HELD, Outcome.HELD]
    for at in range(4):
        world.check(f"acme-{at}", hours=1)
    assert changes_told(world) == 0
    assert {change.state for change in world.changes()} == {"awaiting"}


def test_one_policy_on_many_sources_of_a_host_is_told(database: Database, clock: ManualClock) -> None:
    """A shared policy reads like a policy: each source's change is confirmed."""
    world = of_one_host(database, clock, SALE)
    for _ in range(2):
        for at in range(4):
            world.check(f"acme-{at}", hours=1)
    assert changes_told(world) == 4
