"""A site that is built anew says the same in another layout: compared, and told only if the words changed."""

import pytest

from tests.world import PARAGRAPHS, URL, World, acme, page, policy
from tracker.clock import ManualClock
from tracker.daemon.checks.confirm import Outcome
from tracker.extract.model import ExtractionRules
from tracker.sources.model import Route, SourcePage, SourcesFile
from tracker.store.database import Database

#: That PostgreSQL keeps the same is tested beside the checks.
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

ROUTES = (Route("hook", ("json://hooks.example/x",)),)
MENU = "<nav><ul><li><a href=/>Home</a><li><a href=/prices>Prices</a><li><a href=/contact>Contact us</a></ul></nav>"
FOOT = "<footer><p>© 2026 Acme Inc. All rights reserved.</p><a href=/jobs>Jobs</a> <a href=/terms>Terms</a></footer>"
HEADINGS = ("Who we are", "What we collect", "How we use it", "Your rights", "Changes")


def _shell(body: str) -> str:
    return f"<html lang=en><head><title>Privacy Policy</title></head><body>{body}</body></html>"


def in_divs(paragraphs: tuple[str, ...]) -> str:
    """No element says where the text is."""
    inner = "".join(f"<div class=x{at}><span>{text}</span></div>" for at, text in enumerate(paragraphs))
    return _shell(f"{MENU}<div id=root><div class=hero><h1>Privacy Policy</h1></div><div>{inner}</div></div>{FOOT}")


def in_sections(paragraphs: tuple[str, ...]) -> str:
    """Headings stand above groups of paragraphs."""
    parts = [
        f"<section><h2>{heading}</h2>{''.join(f'<p>{text}</p>' for text in paragraphs[at * 3 : at * 3 + 3])}</section>"
        for at, heading in enumerate(HEADINGS)
    ]
    return _shell(f"{MENU}<article><h1>Privacy Policy</h1>{''.join(parts)}</article>{FOOT}")


def in_numbered_items(paragraphs: tuple[str, ...]) -> str:
    """Each paragraph is an item with its number."""
    inner = "".join(f"<li>{text}</li>" for text in paragraphs)
    return _shell(f"{MENU}<main><h1>Privacy Policy</h1><ol>{inner}</ol></main>{FOOT}")


def in_folds(paragraphs: tuple[str, ...]) -> str:
    """Each paragraph is folded away under a summary."""
    inner = "".join(
        f"<details><summary>Part {at + 1}</summary><p>{text}</p></details>" for at, text in enumerate(paragraphs)
    )
    return _shell(f"<header>{MENU}</header><main><h1>Privacy Policy</h1>{inner}</main>{FOOT}")


def in_a_table(paragraphs: tuple[str, ...]) -> str:
    """A layout of another time: a table that holds the page."""
    inner = "<br><br>".join(paragraphs)
    return _shell(f"<table><tr><td>{MENU}</td><td><h1>Privacy Policy</h1>{inner}</td></tr></table>{FOOT}")


def run_together(paragraphs: tuple[str, ...]) -> str:
    """One paragraph, whose sentences are those of many before."""
    return _shell(f"{MENU}<main><h1>Privacy Policy</h1><p>{' '.join(paragraphs)}</p></main>{FOOT}")


LAYOUTS = (in_divs, in_sections, in_numbered_items, in_folds, in_a_table, run_together)
SOLD = tuple(
    "We may sell your personal information to our advertising partners." if at == 3 else text
    for at, text in enumerate(PARAGRAPHS)
)


@pytest.fixture
def world(database: Database, clock: ManualClock) -> World:
    """A followed policy in a plain layout."""
    built = World.build(database, clock, acme(), routes=ROUTES)
    built.fetcher.serve(URL, page(*PARAGRAPHS))
    built.check()
    return built


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_same_words_in_another_layout_alert_nobody(world: World, layout: object) -> None:
    """There and back again."""
    for body in (layout(PARAGRAPHS), page(*PARAGRAPHS)):  # type: ignore[operator]
        world.fetcher.serve(URL, body)
        assert world.check().outcome in {Outcome.NEW, Outcome.KNOWN, Outcome.UNCHANGED}
        world.check()
    assert [change.summary for change in world.changes() if change.alert] == []
    assert world.deliveries() == []


@pytest.mark.parametrize("layout", LAYOUTS)
def test_other_words_in_another_layout_alert(world: World, layout: object) -> None:
    """What changed together with the layout is told, once."""
    world.fetcher.serve(URL, layout(SOLD))  # type: ignore[operator]
    for _ in range(3):
        world.check()
    assert len(world.deliveries()) == 1


def test_new_selectors_and_a_new_layout_at_once(world: World) -> None:
    """The old page is read by the new selectors where they fit it; where they do not, its text as it was stays."""
    trimmed = acme(pages=(SourcePage(URL, ExtractionRules(select=("article",))),))
    world.runtime.sources_file = SourcesFile((trimmed,), ROUTES)
    world.fetcher.serve(URL, in_sections(PARAGRAPHS))
    world.check()
    world.check()
    assert world.deliveries() == []
    world.fetcher.serve(URL, in_sections(SOLD))
    world.check()
    world.check()
    assert len(world.deliveries()) == 1


def test_a_better_extractor_alerts_nobody(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last good snapshot is read again by it, so that only what the page changed is compared."""
    monkeypatch.setattr("tracker.daemon.checks.standing.extractor_version", lambda: "next")
    monkeypatch.setattr("tracker.daemon.checks.record.extractor_version", lambda: "next")
    world.check()
    assert world.changes() == []
    world.fetcher.serve(URL, policy(p3=SOLD[3]))
    world.check()
    world.check()
    assert len(world.deliveries()) == 1
