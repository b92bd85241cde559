"""What moves on a page, shown and decided on by command, API and page alike."""

import json
from typing import Any

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from tests.integration.test_api import asking
from tests.integration.test_noise import blocks, changes_told, flip, row, show
from tests.integration.test_pages import token
from tests.world import PARAGRAPHS, URL, World, acme, page, policy
from tracker.cli.app import app
from tracker.clock import ManualClock
from tracker.daemon.checks.confirm import Outcome
from tracker.store.database import Database
from tracker.store.people.trail import entries
from tracker.web.app import create_app

#: That PostgreSQL keeps the same is tested beside the checks.
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def world(database: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> World:
    """A policy with a counter that was learnt; commands find its store."""
    built = World.build(database, clock, acme())
    show(built, *[policy(extra=f"Trusted by {12_431 + count} customers.") for count in range(4)])
    monkeypatch.setenv("TRACKER_DATABASE_URL", database.url.render_as_string(hide_password=False))
    return built


def command(*args: str, status: int = 0) -> str:
    found = CliRunner().invoke(app, list(args))
    assert found.exit_code == status, found.output
    return found.output


def told(*args: str) -> Any:
    return json.loads(command(*args, "--json"))


def test_the_command_shows_and_pins_blocks(world: World) -> None:
    """By its number, or by words of one clause; what was said is taken back, and stands in the trail."""
    assert told("noise")[0] | {"unstable_since": None} == {
        "source": "acme", "unstable_since": None, "learnt": 1, "pinned": 0,
    }  # fmt: skip
    (block,) = told("noise", "acme")["blocks"]
    assert [one["text"] for one in told("show", "acme")["clauses"] if one["volatile"]] == [
        "Trusted by 12433 customers."
    ]
    assert "Trusted by 12433 customers.  [volatile]" in command("show", "acme")
    assert (block["state"], block["sample"], block["moved_in"]) == ("learnt", "Trusted by 12434 customers.", 3)
    assert "pinned" in command("noise", "acme", "--pin", str(block["block"]))
    assert blocks(world)[0].state == "pinned"
    command("noise", "acme", "--learn", str(block["block"]))
    command("noise", "acme", "--pin", "server logs for 30 days")
    assert [one.state for one in blocks(world)] == ["watched", "pinned"]
    with world.runtime.database.read() as session:
        done = [(entry.action, entry.source) for entry in entries(session, limit=10)]
    assert sorted(done) == [("noise.learn", "acme"), ("noise.pin", "acme"), ("noise.pin", "acme")]


def test_words_that_no_or_several_clauses_hold_name_no_block(world: World) -> None:
    """The mistake is named; nothing is pinned."""
    for named in ("unicorns", "personal information", "999"):
        assert isinstance(CliRunner().invoke(app, ["noise", "acme", "--pin", named]).exception, Exception)
    huge = CliRunner().invoke(app, ["noise", "acme", "--pin", "9" * 23]).exception
    assert "no clause holds" in str(huge)
    assert [one.state for one in blocks(world)] == ["learnt"]


def test_a_pin_silences_numbers_and_never_takes_learning_back(world: World) -> None:
    """How long logs are kept is silent once a person pinned it; a counter that is never volatile makes versions."""
    command("noise", "acme", "--pin", "server logs for 30 days")
    kept = "We keep server logs for 900 days and delete them after that."
    assert show(world, *[policy(p5=kept, extra="Trusted by 12434 customers.")] * 2) == [Outcome.UNCHANGED] * 2
    assert changes_told(world) == 0
    command("noise", "acme", "--never", str(blocks(world)[0].id))
    assert show(world, policy(p5=kept, extra="Trusted by 99999 customers.")) == [Outcome.NEW]


def test_a_pin_does_not_silence_weighty_new_words(world: World) -> None:
    """A pinned place that begins to speak of a sale to data brokers alerts."""
    command("noise", "acme", "--pin", "protect personal information with encryption")
    assert show(world, policy(p6="We protect personal information with strong encryption.")) != [Outcome.FAILED]
    show(world, *[policy(p6="We sell personal information to data brokers.")] * 2)
    assert any(change.alert and change.state == "confirmed" for change in world.changes())


def test_the_api_tells_and_decides(world: World) -> None:
    """What the command shows, for programs; a reader decides nothing."""
    client = asking(world, "review")
    path = "/api/v1/sources/acme/noise"
    (block,) = client.get(path).json()["blocks"]
    assert block["state"] == "learnt"
    answer = client.post(path, json={"block": str(block["block"]), "will": "never"})
    assert (answer.status_code, answer.json()["state"], answer.json()["set_by"]) == (200, "never", "robot")
    assert client.post(path, json={"block": "unicorns", "will": "pin"}).status_code == 409
    assert asking(world, None).post(path, json={"block": "1", "will": "pin"}).status_code in {401, 403}


def test_the_page_decides_too(world: World) -> None:
    """The form of a block pins it, under the name of who is logged in."""
    client = TestClient(create_app(world.runtime), base_url="http://127.0.0.1", follow_redirects=False)
    sent = {"block": blocks(world)[0].id, "will": "pin", "csrf": token(client, "/sources/acme")}
    assert client.post("/sources/acme/noise", data=sent).status_code == 303
    assert blocks(world)[0].state == "pinned"


def test_an_unstable_source_is_shown_as_such_everywhere(world: World) -> None:
    """The list of sources, the overview, the source's page, the operator's page, the API."""
    world.fetcher.serve(URL, policy())
    for _ in range(9):
        world.check()
    flip(world)
    assert told("noise", "acme")["variants"][0]["kind"] == "wording"
    client = TestClient(create_app(world.runtime), base_url="http://127.0.0.1")
    assert "flips since" in client.get("/?health=unstable").text
    shown = client.get("/sources/acme").text
    assert "flips between known texts since" in shown
    assert "We may sell your personal information to our advertising partners." in shown
    assert "Pages that move" in client.get("/operator").text
    assert asking(world, "read").get("/api/v1/sources/acme").json()["unstable_since"] is not None


def test_variants_are_told_apart_by_language_and_region(world: World) -> None:
    """Two languages differ by language; a clause for one state's people alone by region."""
    california = policy(extra="If you live in California, you may ask us to delete your personal information.")
    for _ in range(4):
        show(world, california, policy(), hours=0.25)
    assert row(world).unstable_since is not None
    found = {one["version"]: (one["kind"], one["tells"]) for one in told("noise", "acme")["variants"]}
    assert {kind for kind, _ in found.values()} == {"region"}
    assert "california" in {tells for _, tells in found.values()}


def test_a_held_text_is_shown_and_released(world: World) -> None:
    """By command and by API; the check that shows it again accepts it."""
    long = page(*PARAGRAPHS, *[f"Section {number}. {PARAGRAPHS[2]}" for number in range(40)])
    assert show(world, long) == [Outcome.HELD]
    (held,) = told("held")
    assert (held["source"], held["reason"]) == ("acme", "grew")
    client = asking(world, "review")
    assert client.get("/api/v1/held").json()[0]["held"] == held["held"]
    command("held", "--release", str(held["held"]))
    assert told("held") == []
    assert client.post(f"/api/v1/held/{held['held']}/release").status_code == 409
    assert show(world, long) == [Outcome.NEW]
