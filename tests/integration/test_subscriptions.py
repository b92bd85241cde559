"""Subscriptions by mail: nobody gets what they did not confirm, one click ends it, and nothing tells who subscribed."""

import json
import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from argon2 import PasswordHasher
from pydantic import SecretStr
from sqlmodel import select
from starlette.testclient import TestClient
from typer.testing import CliRunner

from tests.support.receivers import smtp_server
from tests.world import URL, World, acme, policy
from tracker.alerts.notices import GONE, Telling, enter_notice
from tracker.alerts.notices import address as send_to
from tracker.alerts.notifier import ChannelNotifier, MemoryNotifier
from tracker.alerts.outbox import Lane
from tracker.alerts.sender import Sender, SendReport
from tracker.alerts.subscriptions import MOST_OF_OWNER, MOST_TO_ADDRESS, Wish, checked_address, routes_of, subscribe
from tracker.cli.app import app
from tracker.clock import ManualClock
from tracker.daemon.engine.maintenance import maintain
from tracker.daemon.notices.health import watch_health
from tracker.errors import DeliveryError, UsageError
from tracker.store.database import Database
from tracker.store.people import people
from tracker.store.people.people import account_named, add_account, set_disabled
from tracker.store.people.trail import entries
from tracker.store.schema.message_tables import Subscription
from tracker.store.schema.tables import Delivery, Event, Notice
from tracker.web.app import create_app
from tracker.words import Severity

PASSWORD = "correct horse battery"
SOLD = policy(p3="We may sell your personal information to advertisers and data brokers.")
ADDRESS = "kim@reader.example"


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash as real passwords are hashed, but not as slowly."""
    monkeypatch.setattr(people, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def world(database: Database, clock: ManualClock) -> World:
    """Two followed policies, of which one goes to no route at all; three people who may log in."""
    other = acme(id="brightmail", name="Brightmail", tags=("vendor",), routes=())
    built = World.build(
        database,
        clock,
        acme(),
        other,
        public_url="https://tracker.example",
        subscription_mail=SecretStr("mailto://smtp.example:25?from=tracker@acme.example&to=nobody@acme.example"),
    )
    built.fetcher.serve(URL, policy())
    built.check()
    with database.write() as session:
        for name, role in (("ann", "reader"), ("bob", "reader"), ("eve", "admin")):
            add_account(session, name, role, PASSWORD, clock.now())
    return built


#: What does not depend on the database is tested on one.
sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


class Reader:
    """A browser that is logged in, or, without a name, one that is not."""

    def __init__(self, world: World, name: str = "") -> None:
        self.client = TestClient(
            create_app(world.runtime),
            base_url="https://tracker.example",
            follow_redirects=False,
            raise_server_exceptions=False,
        )
        if name:
            answer = self.client.post("/login", data={"name": name, "password": PASSWORD})
            assert answer.status_code == 303

    def token(self) -> str:
        found = re.search(r'name="csrf" value="(\w+)"', self.client.get("/subscriptions").text)
        assert found is not None
        return found[1]

    def ask(self, address: str = ADDRESS, **values: object) -> int:
        told = {"csrf": self.token(), "address": address} | values
        return self.client.post("/subscriptions", data=told).status_code


def sent_by(world: World, notifier: MemoryNotifier | None = None) -> MemoryNotifier:
    notifier = notifier or MemoryNotifier()
    runtime = world.runtime
    Sender(runtime.database, notifier, runtime.settings, runtime.clock).send_due(runtime.routes)
    return notifier


def link_in(notifier: MemoryNotifier) -> str:
    """Return the path of the link in the only mail that asks for a confirmation."""
    (mail,) = notifier.sent
    assert mail.message.subject == "Please confirm your subscription to policy alerts"
    found = re.search(r"https://tracker\.example(/subscriptions/confirm/[\w-]+)", mail.message.text)
    assert found is not None
    return found[1]


def rows(world: World) -> list[Subscription]:
    with world.runtime.database.read() as session:
        return list(session.exec(select(Subscription).order_by(Subscription.id)))  # type: ignore[arg-type]


def confirmed(world: World, **values: object) -> None:
    """Let ann subscribe and confirm."""
    assert Reader(world, "ann").ask(ADDRESS, **values) == 303
    assert Reader(world).client.post(link_in(sent_by(world))).status_code == 200


def change(world: World) -> None:
    world.fetcher.serve(URL, SOLD)
    world.check(at_once=True)


def test_a_reader_subscribes_confirms_gets_mail_and_ends_it_with_one_click(world: World) -> None:
    """The whole way, with a real mail server; the one click needs no login, no cookie and no form of ours."""
    with smtp_server() as box:
        server = SecretStr(f"mailto://127.0.0.1:{box.port}?from=tracker@acme.example&mode=insecure")
        runtime = world.runtime
        runtime.settings = runtime.settings.model_copy(update={"subscription_mail": server})
        notifier = ChannelNotifier(runtime.settings, connect=2, read=2)

        def send() -> SendReport:
            return Sender(runtime.database, notifier, runtime.settings, runtime.clock).send_due(runtime.routes)

        assert Reader(world, "ann").ask() == 303
        assert send() == SendReport(sent=1)
        asking = box.mails[0].get_body(("plain",)).get_content()  # type: ignore[union-attr]
        link = re.search(r"https://tracker\.example(/\S+)", asking)
        assert link is not None
        stranger = Reader(world)
        assert "Send me these alerts" in stranger.client.get(link[1]).text
        change(world)
        assert send() == SendReport()
        assert "Confirmed." in stranger.client.post(link[1]).text
        world.fetcher.serve(URL, policy(p3="We sell your health data and your location to data brokers."))
        world.check(at_once=True)
        assert send() == SendReport(sent=1)
        alert = box.mails[1]
        assert alert["To"] == ADDRESS
        assert alert["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        address = alert["List-Unsubscribe"].strip("<>")
        assert urlsplit(address)[:2] == ("https", "tracker.example")
        for kind in ("plain", "html"):
            assert address in alert.get_body((kind,)).get_content()  # type: ignore[union-attr]
        click = stranger.client.post(urlsplit(address).path, data={"List-Unsubscribe": "One-Click"})
        assert click.status_code == 200
        assert "set-cookie" not in click.headers
        change(world)
        assert send() == SendReport()
        assert len(box.mails) == 2
        assert routes_of_(world) == []


def routes_of_(world: World) -> list[str]:
    with world.runtime.database.read() as session:
        return [route.name for route in routes_of(session, world.runtime.settings, asked=True)]


@sqlite
def test_looking_at_a_link_changes_nothing(world: World) -> None:
    """Programs that look into mails follow every link; only the button counts."""
    Reader(world, "ann").ask()
    link = link_in(sent_by(world))
    for method in ("GET", "HEAD"):
        Reader(world).client.request(method, link)
    assert [row.state for row in rows(world)] == ["asked"]
    Reader(world).client.post(link)
    page = Reader(world).client.get(link.replace("confirm", "end"))
    assert page.status_code == 404
    assert [row.state for row in rows(world)] == ["confirmed"]


def test_a_link_holds_two_days_for_one_subscription_and_one_purpose(world: World) -> None:
    """Altered, of another one, for another purpose or too late it is none; confirming twice is fine."""
    Reader(world, "ann").ask()
    link = link_in(sent_by(world))
    browser = Reader(world).client
    ident, signature = re.findall(r"/(\d+)-(\w+)$", link)[0]
    wrong = [
        f"/subscriptions/confirm/{int(ident) + 1}-{signature}",
        f"/subscriptions/confirm/{ident}-{'0' * 64}",
        f"/subscriptions/confirm/{ident}-{signature[:-1]}",
        f"/subscriptions/confirm/{ident}",
        "/subscriptions/confirm/-1-x",
        "/subscriptions/confirm/99999999999999999999-x",
        f"/subscriptions/end/{ident}-{signature}",
        "/subscriptions/confirm/%00%ff",
    ]
    for path in wrong:
        assert browser.get(path).status_code == 404, path
        assert browser.post(path).status_code in {200, 404}
        assert [row.state for row in rows(world)] == ["asked"]
    world.clock.advance(timedelta(hours=47, minutes=59))
    assert browser.get(link).status_code == 200
    world.clock.advance(timedelta(minutes=2))
    assert browser.post(link).status_code == 404
    assert [row.state for row in rows(world)] == ["asked"]


@sqlite
def test_a_page_of_a_link_is_not_kept_nor_told_to_others(world: World) -> None:
    """Its address is a right: no cache, no referrer, no robots, no script of others."""
    Reader(world, "ann").ask()
    answer = Reader(world).client.get(link_in(sent_by(world)))
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "noindex" in answer.text
    assert ADDRESS not in answer.text


@sqlite
@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ({}, True),
        ({"sources": "acme"}, True),
        ({"sources": "brightmail"}, False),
        ({"topic": ["sale", "children"]}, True),
        ({"topic": "children"}, False),
        ({"tags": "vendor"}, False),
        ({"severity": "critical"}, True),
        ({"digest": "daily"}, False),
    ],
)
def test_a_subscription_gets_what_its_filters_let_through(
    world: World, values: dict[str, object], wanted: bool
) -> None:
    """Sources, tags, topics and severity hold as for a route; a digest waits for its hour."""
    confirmed(world, **values)
    change(world)
    assert len(sent_by(world).sent) == wanted


@sqlite
def test_a_worker_that_sends_in_one_lane_alone_finds_where_it_leads(world: World) -> None:
    """As one does that reads all subscriptions; no route of another name is taken for one of them."""
    confirmed(world)
    change(world)
    runtime = world.runtime
    sender = Sender(runtime.database, MemoryNotifier(), runtime.settings, runtime.clock)
    errands = sender.errands(runtime.sources_file.routes)
    assert "subscription-1" in {errand.lane.route for errand in errands}
    for errand in errands:
        assert errand.destination is not None
        assert sender.errand(errand.lane, runtime.sources_file.routes) == errand
    for name in ("1", "subscription-", "subscription-2", "subscription-01x"):
        assert sender.errand(Lane(name, "d"), ()).destination is None


@sqlite
def test_a_source_that_goes_to_no_route_can_be_subscribed_to(world: World) -> None:
    """`routes` of a source says where the operator's alerts go; who may read it may also hear of it."""
    confirmed(world, sources="brightmail")
    with world.runtime.database.read() as session:
        (route,) = routes_of(session, world.runtime.settings)
    assert route.reaches(world.runtime.source("brightmail"))
    assert not route.reaches(world.runtime.source("acme"))


@sqlite
def test_answers_do_not_tell_who_subscribed(world: World) -> None:
    """Known or not, often asked or not: status, place and page are the same; others' subscriptions are not shown."""
    ann, bob = Reader(world, "ann"), Reader(world, "bob")
    for _ in range(MOST_TO_ADDRESS):
        assert ann.ask() == 303
    assert bob.ask() == 303
    assert bob.ask("free@reader.example") == 303
    assert len(sent_by(world).sent) == MOST_TO_ADDRESS + 1
    shown = [
        re.sub(r"free@|kim@", "", page)
        for page in re.findall(r"<tr>\n<th.*?</tr>", bob.client.get("/subscriptions").text, re.S)
    ]
    without_ids = {re.sub(r'/subscriptions/\d+"', "", row) for row in shown}
    assert len(shown) == 2
    assert len(without_ids) == 1
    first = rows(world)[0].id
    assert bob.client.post(f"/subscriptions/{first}", data={"csrf": bob.token()}).status_code == 404
    assert bob.client.post("/subscriptions/999", data={"csrf": bob.token()}).status_code == 404
    assert bob.client.get("/subscriptions?all=1").text.count('<td data-label="Asked for by">') == 0
    assert Reader(world, "eve").client.get("/subscriptions?all=1").text.count("Asked for by") == 6


@sqlite
def test_nobody_can_flood_an_address_or_the_server(world: World) -> None:
    """An address is written to three times a day, an account asks twenty times; ending one does not help."""
    ann = Reader(world, "ann")
    codes = []
    for number in range(MOST_OF_OWNER + 1):
        codes.append(ann.ask())
        if number < 5:
            last = rows(world)[-1].id
            assert ann.client.post(f"/subscriptions/{last}", data={"csrf": ann.token()}).status_code == 303
    assert codes == [303] * MOST_OF_OWNER + [400]
    # The mails of those that ended at once are never sent, and count all the same.
    assert len(sent_by(world).sent) == 0
    world.clock.advance(timedelta(hours=25))
    assert ann.ask() == 303
    assert len(sent_by(world).sent) == 1


def test_who_may_not_log_in_any_more_gets_nothing(world: World) -> None:
    """Disabling an account silences its subscriptions, letting it in again wakes them."""
    confirmed(world)
    with world.runtime.database.write() as session:
        set_disabled(session, account_named(session, "ann"), world.clock.now())
    assert routes_of_(world) == []
    with world.runtime.database.write() as session:
        set_disabled(session, account_named(session, "ann"), None)
    assert routes_of_(world) == ["subscription-1"]


def test_ending_leaves_nothing_to_send_and_nothing_to_worry_about(world: World) -> None:
    """What waits is dropped, not dead-lettered; after a day the address is forgotten, with the mail that asked."""
    confirmed(world)
    change(world)
    with world.runtime.database.read() as session:
        assert [row.state for row in session.exec(select(Delivery).where(Delivery.change_id != None))] == ["pending"]  # noqa: E711
    ann = Reader(world, "ann")
    assert ann.client.post("/subscriptions/1", data={"csrf": ann.token()}).status_code == 303
    assert sent_by(world).sent == []
    world.clock.advance(timedelta(days=3))
    maintain(world.runtime.database, world.runtime.settings, world.runtime.clock)
    with world.runtime.database.read() as session:
        assert session.exec(select(Event).where(Event.kind == "delivery_dead")).all() == []
        assert session.exec(select(Subscription)).all() == []
        assert session.exec(select(Notice)).all() == []


def test_what_is_never_confirmed_is_forgotten_and_what_is_stays(world: World) -> None:
    """Two days after it was asked for."""
    confirmed(world)
    Reader(world, "bob").ask("typo@reader.example")
    world.clock.advance(timedelta(days=3))
    maintain(world.runtime.database, world.runtime.settings, world.runtime.clock)
    assert [row.address for row in rows(world)] == [ADDRESS]


def test_the_outbox_names_no_subscriber(world: World) -> None:
    """Label, hash, errors, trail and log say a number; the address is in its own row alone."""
    confirmed(world)
    change(world)
    with world.runtime.database.read() as session:
        told = [f"{row.label} {row.destination} {row.route} {row.last_error}" for row in session.exec(select(Delivery))]
        trail = [f"{entry.subject} {entry.detail}" for entry in entries(session)]
        notices = [f"{row.key} {row.title} {row.body}" for row in session.exec(select(Notice))]
    assert told
    assert not [line for line in (*told, *trail, *notices) if "kim" in line or "reader.example" in line]
    assert "subscription 1" in told[0]


@sqlite
def test_a_form_of_another_site_asks_for_nothing(world: World) -> None:
    """The form's token is needed; without login there is no form."""
    ann = Reader(world, "ann")
    assert ann.client.post("/subscriptions", data={"address": ADDRESS}).status_code == 403
    assert ann.client.post("/subscriptions/1", data={}).status_code == 403
    assert Reader(world).client.get("/subscriptions").status_code == 303
    assert Reader(world).client.post("/subscriptions", data={"address": ADDRESS}).status_code == 303
    assert rows(world) == []


@pytest.mark.parametrize(
    "address",
    [
        "",
        "kim",
        "kim@",
        "kim@localhost",
        "a@b.example, c@d.example",
        "a@b.example;c@d.example",
        "a@b.example\r\nBcc: c@d.example",
        "Kim <kim@b.example>",
        "kim@b.example?bcc=c@d.example",
        "kim%0a@b.example",
        "a@b@c.example",
        f"{'x' * 250}@b.example",
        "kim@-b.example",
        "kim@[127.0.0.1]",
    ],
)
def test_what_is_not_one_plain_address_is_refused(address: str) -> None:
    """Nothing that could name a second recipient, a header or a parameter of the mail server's address."""
    with pytest.raises(UsageError):
        checked_address(address)


def test_only_addresses_of_the_domains_of_the_settings_may_subscribe() -> None:
    """With all below them, and none that only ends alike."""
    domains = ("acme.example",)
    assert checked_address("Kim@EU.Acme.example", domains) == "Kim@eu.acme.example"
    for address in ("kim@notacme.example", "kim@acme.example.evil.example"):
        with pytest.raises(UsageError):
            checked_address(address, domains)


@sqlite
def test_without_a_mail_server_and_an_address_nobody_can_subscribe(database: Database, clock: ManualClock) -> None:
    """The page says what the operator sets, and the form is not there."""
    world = World.build(database, clock)
    page = TestClient(create_app(world.runtime), base_url="http://127.0.0.1").get("/subscriptions").text
    assert "subscription_mail" in page
    assert 'name="address"' not in page
    with database.write() as session, pytest.raises(UsageError):
        subscribe(session, world.runtime.settings, "ann", ADDRESS, Wish(), clock.now())


@sqlite
def test_the_operator_lists_and_ends_subscriptions_by_command(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Addresses are shown to who runs the installation; one that is not there is named."""
    confirmed(world)
    url = world.runtime.database.url.render_as_string(hide_password=False)
    monkeypatch.setenv("TRACKER_DATABASE_URL", url)
    runner = CliRunner()
    (told,) = json.loads(runner.invoke(app, ["subscriptions", "list", "--json"]).output)
    assert (told["address"], told["owner"], told["state"]) == (ADDRESS, "ann", "confirmed")
    assert json.loads(runner.invoke(app, ["subscriptions", "list", "--owner", "bob", "--json"]).output) == []
    assert ADDRESS in runner.invoke(app, ["subscriptions", "list"]).output
    assert runner.invoke(app, ["subscriptions", "end", "1"]).exit_code == 0
    assert isinstance(runner.invoke(app, ["subscriptions", "end", "1"]).exception, UsageError)
    assert routes_of_(world) == []


def test_an_address_that_refuses_mail_is_left_alone_until_somebody_resumes_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three messages in a row that its server knows nobody for; one that is taken between them begins anew."""
    confirmed(world)
    gone = DeliveryError("mail: recipient refused: 550 5.1.1 no such user", for_good=True, no_such_address=True)
    spam = DeliveryError("mail: message refused: 554 5.7.1 spam", for_good=True)
    for at, answer in enumerate((gone, gone, None, gone, spam, gone)):
        write_to_subscribers(world, f"message {at}")
        sent_by(world, MemoryNotifier([answer]))
    assert [row.refusals for row in rows(world)] == [2]
    for at in range(2):
        write_to_subscribers(world, f"more {at}")
    assert sent_by(world, MemoryNotifier([gone])).sent == [], "what waits is dropped"
    assert routes_of_(world) == []
    write_to_subscribers(world, "nobody is there")
    assert sent_by(world).sent == []
    watch_health(world.runtime)
    with world.runtime.database.read() as session:
        assert (
            session.exec(select(Event.detail).where(Event.kind == "health_bounced")).one().startswith("subscription 1")
        )
    assert "refuses our mail" in Reader(world, "ann").client.get("/subscriptions").text

    url = world.runtime.database.url.render_as_string(hide_password=False)
    monkeypatch.setenv("TRACKER_DATABASE_URL", url)
    runner = CliRunner()
    assert "paused" in runner.invoke(app, ["subscriptions", "list"]).output
    assert runner.invoke(app, ["subscriptions", "resume", "1"]).exit_code == 0
    assert isinstance(runner.invoke(app, ["subscriptions", "resume", "1"]).exception, UsageError)
    write_to_subscribers(world, "again")
    assert len(sent_by(world).sent) == 1


def write_to_subscribers(world: World, title: str) -> None:
    """Enter a notice for whoever has a subscription that may get mail."""
    runtime = world.runtime
    with runtime.database.write() as session:
        ident = enter_notice(session, None, Telling(title, GONE, title, (), Severity.HIGH), world.clock.now())
        assert ident is not None
        routes = [(route, route.urls) for route in runtime.routes_in(session)]
        send_to(session, ident, title, routes, world.clock.now(), runtime.settings)
