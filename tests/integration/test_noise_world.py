"""Random worlds of variants, counters and real changes: in the end people know what holds, and nothing else."""

import random

import pytest

from tests.integration.test_noise import ROUTES, changes_told, row
from tests.world import URL, World, acme, policy
from tracker.clock import ManualClock
from tracker.compare import compare
from tracker.compare.text.clauses import cut
from tracker.extract import ExtractionRules, extract
from tracker.history.texts import load_document
from tracker.store.database import Database
from tracker.store.work.noise import told_version
from tracker.words import ChangeState

#: That PostgreSQL keeps the same is tested beside the checks.
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

#: Paragraphs that matter, by their place in the policy.
NEWS = (
    ("p3", "We may sell your personal information to our advertising partners."),
    ("p5", "We keep server logs for 24 months and delete them after that."),
    ("p8", "Our services are open to children of any age, and we knowingly collect their personal information."),
)
GREETINGS = ("Thank you for reading this page to its end.", "Many thanks for your interest in what we write here.")
QUIET = 16  #: checks at the end in which nothing flips: a learnt spot is forgotten in eight, a source settles in six


class Page:
    """A page that moves: what it says, two greetings it shows in turn, a counter, a clause it tries on some readers."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.greets, self.counts, self.tries = (self.random.random() < share for share in (0.6, 0.6, 0.3))
        self.checks = self.random.randint(12, 24)
        self.days = set(self.random.sample(range(3, self.checks), self.random.randint(0, 2)))
        self.says: set[int] = set()
        self.changes = 0
        self.visitors = 12_000

    def pass_time(self, at: int) -> None:
        """Let what is planned for a check happen."""
        if at in self.days:
            self.says ^= {self.random.randrange(3)}
            self.changes += 1
        self.visitors += self.random.randint(0, 9)

    def shown(self, *, still: bool) -> str:
        """Return the page as one reader gets it."""
        tried = self.tries and not still and self.random.random() < 0.4
        html = policy(**{NEWS[at][0]: NEWS[at][1] for at in self.says ^ ({2} if tried else set())})
        greeting = GREETINGS[0 if still else self.random.randrange(2)]
        extra = [greeting] if self.greets else []
        extra += [f"Trusted by {self.visitors} customers."] if self.counts else []
        return html.replace("</main>", "".join(f"<p>{text}</p>" for text in extra) + "</main>")


@pytest.mark.parametrize("seed", [3, 10, 30, 32])
def test_people_know_what_holds_in_the_end(database: Database, clock: ManualClock, seed: int) -> None:
    """No lasting change is lost among flips; without a clause on trial no more is told than changed."""
    page = Page(seed)
    world = World.build(database, clock, acme(), routes=ROUTES)
    for at in range(page.checks + QUIET):
        page.pass_time(at)
        still = at >= page.checks
        world.fetcher.serve(URL, page.shown(still=still))
        if world.check().state is ChangeState.AWAITING:
            world.check(hours=0.5)
    final = cut(extract(page.shown(still=True).encode(), "text/html", ExtractionRules()).blocks, ("Acme",))
    with database.read() as session:
        told = told_version(session, row(world).key or 0)
        assert told is not None
        known = load_document(session, told, ("Acme",))
    assert not compare(known, final, names=("Acme",)).alert
    assert row(world).unstable_since is None
    if not page.tries:
        assert changes_told(world) <= page.changes
