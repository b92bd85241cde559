"""Mutes: nobody hears of what was muted, and nothing else is silenced; by command, page and API, in the trail."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update
from sqlmodel import select
from starlette.testclient import TestClient
from typer.testing import CliRunner, Result

from tests.integration.filling import fill
from tests.world import URL, World, acme, policy
from tracker.alerts.notifier import MemoryNotifier
from tracker.alerts.sender import Sender
from tracker.cli.app import app
from tracker.clock import ManualClock
from tracker.errors import UsageError
from tracker.history.mutes import Muting, mute_topics, narrowest, unmute, unmute_topics
from tracker.history.source_deeds import SourceDeed, do_to_source
from tracker.settings import Settings
from tracker.sources.model import Route, SourcePage
from tracker.store.database import Database
from tracker.store.history.sources import source_row
from tracker.store.people.trail import entries
from tracker.store.people.triage import triage_of
from tracker.store.schema.tables import Delivery, Event
from tracker.store.upkeep.upgrade import open_store
from tracker.store.work.mutes import is_muted, mutes_in_force
from tracker.web.app import create_app
from tracker.words import Topic

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOOK = "json://hooks.example/x"
SOLD = "We sell your personal information to data brokers."
KIM = {"by": "Kim", "now": NOW}


def muted(database: Database, *topics: str, at: datetime = NOW) -> bool:
    with database.read() as session:
        return is_muted(session, source_row(session, "acme"), topics, at)


def test_a_change_is_silent_only_where_each_of_its_topics_is_muted(database: Database) -> None:
    """One topic more, and people hear of it; what has no topic is never silenced by one."""
    fill(database, 2)
    with database.write() as session:
        mute_topics(session, "acme", Muting("Kim", (Topic.SALE,)), NOW)
    assert muted(database, "sale")
    assert not muted(database, "sale", "retention")
    assert not muted(database)
    with database.write() as session:
        mute_topics(session, None, Muting("Kim", (Topic.RETENTION,)), NOW)
    assert muted(database, "sale", "retention")


def test_a_mute_ends_by_its_day_or_by_hand(database: Database) -> None:
    """Until a day means until then; ending what is not in force is refused."""
    fill(database, 2)
    with database.write() as session:
        day = Muting("Kim", (Topic.SALE,), NOW + timedelta(days=1))
        (row,) = mute_topics(session, "acme", day, NOW)
        ident = row.id or 0
    assert muted(database, "sale", at=NOW + timedelta(hours=23))
    assert not muted(database, "sale", at=NOW + timedelta(days=1))
    with database.write() as session:
        unmute(session, ident, by="Kim", now=NOW)
    assert not muted(database, "sale")
    with database.write() as session, pytest.raises(UsageError, match="no mute"):
        unmute(session, ident, by="Kim", now=NOW)
    with database.write() as session, pytest.raises(UsageError, match="not muted for acme"):
        unmute_topics(session, "acme", [Topic.SALE], by="Kim", now=NOW)
    with database.write() as session, pytest.raises(UsageError, match="passed already"):
        mute_topics(session, "acme", Muting("Kim", (Topic.SALE,), NOW), NOW)
    first_day = datetime(1, 1, 1, tzinfo=ZoneInfo("Asia/Tokyo"))  # which no clock of UTC has
    with database.write() as session, pytest.raises(UsageError, match="passed already"):
        mute_topics(session, "acme", Muting("Kim", (Topic.SALE,), first_day), NOW)


def test_a_source_is_not_muted_until_a_day_that_has_passed(database: Database) -> None:
    """It would be said to be muted and alert all the same; nothing of it is entered into the trail."""
    fill(database, 2)
    with database.write() as session, pytest.raises(UsageError, match="passed already"):
        do_to_source(session, "acme", SourceDeed.MUTE, by="Kim", now=NOW, until=NOW)
    with database.read() as session:
        assert (source_row(session, "acme").muted_until, list(entries(session))) == (None, [])


def test_muting_again_moves_the_end_and_makes_no_second_mute(database: Database) -> None:
    """One mute per source and topic."""
    fill(database, 2)
    for days in (1, 5):
        with database.write() as session:
            mute_topics(session, "acme", Muting("Kim", (Topic.SALE,), NOW + timedelta(days=days)), NOW)
    with database.read() as session:
        (entry,) = mutes_in_force(session, NOW)
        assert entry.mute.until == NOW + timedelta(days=5)
        assert [one.action for one in entries(session)] == ["mute.add", "mute.add"]


@pytest.fixture
def world(database: Database, clock: ManualClock) -> World:
    """A source that sells since a minute, and a route."""
    world = World.build(database, clock, acme(), routes=(Route("team", (HOOK,)),), confirm_delay=0)
    world.fetcher.serve(URL, policy())
    world.check()
    return world


def test_a_muted_change_is_recorded_and_not_sent(world: World) -> None:
    """It stands in the history as confirmed; nothing waits for anybody."""
    with world.runtime.database.write() as session:
        mute_topics(session, None, Muting("Kim", tuple(Topic)), world.clock.now())
    world.fetcher.serve(URL, policy(p3=SOLD))
    world.check()
    assert [change.state for change in world.changes()] == ["confirmed"]
    assert world.deliveries() == []


@pytest.mark.parametrize("whole", [False, True])
def test_a_mute_withdraws_what_waits_and_was_not_tried(world: World, whole: bool) -> None:
    """With an event that names the change; what is about something else stays, and so does what may have arrived."""
    world.fetcher.serve(URL, policy(p3=SOLD))
    world.check()
    database, now = world.runtime.database, world.clock.now()
    (change,), (waiting,) = world.changes(), world.deliveries()
    with database.write() as session:
        mute_topics(session, "acme", Muting("Kim", (Topic.CHILDREN,)), now)
    assert len(world.deliveries()) == 1

    def mute() -> None:
        with database.write() as session:
            if whole:
                do_to_source(session, "acme", SourceDeed.MUTE, by="Kim", now=now)
            else:
                mute_topics(session, None, Muting("Kim", narrowest(change)), now)

    with database.write() as session:
        session.execute(update(Delivery).values(batch=waiting.idempotency_key))
    mute()
    assert len(world.deliveries()) == 1
    with database.write() as session:
        session.execute(update(Delivery).values(batch=None))
    mute()
    assert world.deliveries() == []
    with database.read() as session:
        (told,) = session.exec(select(Event.detail).where(Event.kind == "muted_unsent"))
    assert told == f"change {change.id}, route team, {waiting.label}: muted before it was sent"
    assert [one.state for one in world.changes()] == ["confirmed"]


def token(client: TestClient, page: str) -> str:
    found = re.search(r'name="csrf" value="(\w+)"', client.get(page).text)
    assert found is not None
    return found[1]


def test_not_relevant_on_the_review_page_dismisses_and_mutes_no_more_than_needed(world: World) -> None:
    """The topics of the change, of its source alone; the page of mutes shows it and ends it."""
    world.fetcher.serve(URL, policy(p3=SOLD))
    world.check()
    change = world.changes()[0]
    client = TestClient(create_app(world.runtime), base_url="http://127.0.0.1", follow_redirects=False)
    page = f"/review/{change.id}"
    note = "<script>alert(1)</script>"
    answer = client.post(f"{page}/mute", data={"csrf": token(client, page), "note": note, "until": ""})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/review")
    with world.runtime.database.read() as session:
        found = mutes_in_force(session, world.clock.now())
        assert {entry.mute.topic for entry in found} == set(change.topics)
        assert {entry.source for entry in found} == {"acme"}
        assert triage_of(session, [change.id])[change.id].state == "dismissed"
    shown = client.get("/mutes").text
    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert(1)" in shown
    for entry in found:
        data = {"csrf": token(client, "/mutes")}
        assert client.post(f"/mutes/{entry.mute.id}/end", data=data).status_code == 303
    assert "Nothing is muted." in client.get("/mutes").text
    assert client.post("/mutes", data={"topic": "sale"}).status_code == 403
    told: dict[str, object] = {"topic": ["sale", "retention"], "source": "acme", "until": "2026-05-01"}
    assert client.post("/mutes", data=told | {"csrf": token(client, "/mutes")}).status_code == 303
    assert client.get("/mutes").text.count("2026-05-01") >= 2


def test_the_api_mutes_lists_and_ends(world: World) -> None:
    """With the token of a form where reading is open; a wrong topic is refused."""
    client = TestClient(create_app(world.runtime), base_url="http://127.0.0.1")
    headers = {"X-CSRF-Token": token(client, "/mutes")}
    body = {"source": "acme", "topics": ["sale"], "until": "2026-04-01", "note": "n"}
    made = client.post("/api/v1/mutes", json=body, headers=headers)
    assert made.status_code == 201, made.text
    (mute,) = made.json()
    assert (mute["source"], mute["topic"], mute["until"]) == ("acme", "sale", "2026-04-01T00:00:00Z")
    assert client.get("/api/v1/mutes", params={"source": "acme"}).json() == [mute]
    assert client.post(f"/api/v1/mutes/{mute['id']}/end", headers=headers).status_code == 200
    assert client.post(f"/api/v1/mutes/{mute['id']}/end", headers=headers).status_code == 409
    assert client.get("/api/v1/mutes").json() == []
    assert client.post("/api/v1/mutes", json=body | {"topics": ["x"]}, headers=headers).status_code == 422
    assert client.post("/api/v1/mutes", json=body | {"source": "none"}, headers=headers).status_code == 404
    assert client.post("/api/v1/mutes", json=body).status_code == 403


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store with two changes, at the place the commands look."""
    monkeypatch.chdir(tmp_path)
    database = open_store(Settings())
    fill(database, 3)
    database.close()


@pytest.mark.usefixtures("store")
def test_the_command_mutes_topics_sources_and_what_a_change_is_about() -> None:
    """And lists and ends each; dismissing a change tells the narrowest command."""
    done = run("triage", "abcd01", "--state", "dismissed")
    assert "To hear no more of it: tracker mute acme --topic sale" in done.output
    assert run("mute", "--change", "abcd01", "--note", "seasonal").output == "acme: sale muted\n"
    assert run("mute", "--topic", "contact", "--until", "2199-01-01").output == (
        "every source: contact muted until 2199-01-01\n"
    )
    assert run("mute", "acme").output == "acme: all alerts muted\n"
    listed = json.loads(run("mute", "--list", "--json").output)
    assert [(one["source"], one["topic"], one["note"]) for one in listed] == [
        ("acme", None, None),
        (None, "contact", ""),
        ("acme", "sale", "seasonal"),
    ]
    assert run("unmute", "acme", "--topic", "sale").output == "acme: sale no longer muted\n"
    assert run("unmute", "acme").output == "acme: all alerts no longer muted\n"
    assert run("unmute", "--topic", "contact").output == "every source: contact no longer muted\n"
    assert run("mute", "--list").output == "Nothing is muted.\n"
    actions = [one["action"] for one in json.loads(run("trail", "--json").output)]
    assert actions.count("mute.add") == 2
    assert actions.count("mute.end") == 2


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(
    "arguments",
    [
        ("mute",),
        ("mute", "acme", "--change", "abcd01"),
        ("mute", "nobody"),
        ("mute", "--list", "--topic", "sale"),
        ("unmute",),
        ("unmute", "acme", "--topic", "sale"),
        ("mute", "acme", "--topic", "sale", "--until", "2001-01-01"),
        ("mute", "acme", "--until", "2001-01-01"),
        ("sources", "mute", "acme", "--until", "2001-01-01"),
    ],
)
def test_what_cannot_be_muted_is_refused(arguments: tuple[str, ...]) -> None:
    """Bad usage, nothing done."""
    assert isinstance(run(*arguments).exception, UsageError)
    assert run("mute", "--list").output == "Nothing is muted.\n"


@pytest.mark.usefixtures("store")
def test_ack_marks_changes_as_seen() -> None:
    """Several at once, all or none."""
    assert run("ack", "abcd01", "abcd02").output == "acme abcd01: acknowledged\nacme abcd02: acknowledged\n"
    shown = json.loads(run("triage", "--list", "--state", "seen", "--json").output)
    assert {one["change"] for one in shown} == {"abcd01", "abcd02"}
    assert isinstance(run("ack", "none").exception, UsageError)


def test_one_policy_of_many_sources_is_one_message(database: Database, clock: ManualClock) -> None:
    """The whole way: four sources show one text that changes; one mail names them all, a later fifth follows alone."""
    urls = [f"https://acme.example/{number}" for number in range(5)]
    sources = [acme(id=f"a{n}", name=f"Acme {n}", pages=(SourcePage(url),)) for n, url in enumerate(urls)]
    routes = (Route("mail", ("mailto://u:p@mail.example?to=kim@example.org",)), Route("hook", (HOOK,)))
    world = World.build(database, clock, *sources, routes=routes, confirm_delay=0)
    notifier = MemoryNotifier()
    sender = Sender(database, notifier, world.runtime.settings, clock)
    for text in (policy(), policy(p3=SOLD)):
        for number, url in enumerate(urls):
            world.fetcher.serve(url, text)
            if number < 4 or text == policy():
                world.check(f"a{number}", hours=0.1)
    sender.send_due(routes)
    mail, hook = sorted(notifier.sent, key=lambda sent: sent.message.channel.value)
    assert "] Acme 0 and 3 more: " in mail.message.subject
    assert "The same change in:</strong> Acme 1, Acme 2, Acme 3" in mail.message.body
    assert hook.message.payload is not None
    assert [one["source"] for one in hook.message.payload["change"]["also"]] == ["a1", "a2", "a3"]
    assert len({row.batch for row in world.deliveries()}) == 2
    world.check("a4", hours=0.1)
    sender.send_due(routes)
    assert len(notifier.sent) == 2
    clock.advance(timedelta(hours=12))
    sender.send_due(routes)
    assert len(notifier.sent) == 4
    assert {row.state for row in world.deliveries()} == {"sent"}
