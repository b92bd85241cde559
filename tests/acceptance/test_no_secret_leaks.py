"""Secrets are planted in every place that may hold one; no command, page, API answer, feed, file or log shows any."""

import io
import json
import logging
import re
import signal
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from apprise.plugins.slack import NotifySlack
from argon2 import PasswordHasher
from fastapi.routing import APIRoute
from pydantic import SecretStr
from sqlmodel import Session, select
from starlette.testclient import TestClient
from typer.testing import CliRunner

from tests.support.receivers import http_server, smtp_server
from tests.unit.test_docs import COMMANDS
from tests.world import URL, World, policy
from tracker.alerts.destinations import destinations
from tracker.alerts.notifier import ChannelNotifier
from tracker.alerts.sender import Sender
from tracker.alerts.subscriptions import Wish, subscribe
from tracker.cli.app import app
from tracker.clock import SystemClock
from tracker.daemon.engine.planner import sync
from tracker.errors import TrackerError
from tracker.settings import load_settings
from tracker.sources.load import load_sources
from tracker.store.database import Database
from tracker.store.meta import read_meta
from tracker.store.people import people
from tracker.store.people.people import add_account, add_token, open_login
from tracker.store.schema.message_tables import Subscription
from tracker.store.schema.people_tables import Account
from tracker.store.schema.tables import Delivery
from tracker.store.upkeep.upgrade import create_store
from tracker.web.api.routes import description
from tracker.web.app import create_app
from tracker.web.pages import OPEN_ROUTERS, ROUTERS

#: Each a word of its own, so that a leak names its place.
PLANTED = {
    "SMTP_PASSWORD": "pl4nted-smtp-password",
    "SLACK_TOKEN": "xoxb-123456-123456-pl4ntedslacktoken",
    "SLACK_HOOK": "Pl4ntedHookTokenAbcdefgh",
    "HOOK_PATH": "pl4nted-hook-path",
    "HOOK_USER": "pl4nted-hook-user",
    "HOOK_PASSWORD": "pl4nted-hook-password",
    "HOOK_SECRET": "pl4nted-signing-secret",
    "MMOST_TOKEN": "pl4ntedmattermosttoken123",
}
PROXY = "pl4nted-proxy-password"
SUBSCRIPTION_MAIL = "pl4nted-subscription-password"
PASSWORD = "pl4nted account password"
SUBSCRIBER = "pl4nted-subscriber@reader.example"

ROUTES = """
[[route]]
name = "mail"
url = "mailto://kim:${SMTP_PASSWORD}@127.0.0.1:MAILPORT?from=t@acme.example&to=officer@acme.example&mode=insecure"
[[route]]
name = "slack"
urls = ["slack://${SLACK_TOKEN}/#privacy", "slack://T1234ABCD/B1234ABCD/${SLACK_HOOK}"]
[[route]]
name = "hook"
url = "json://${HOOK_USER}:${HOOK_PASSWORD}@127.0.0.1:HOOKPORT/${HOOK_PATH}?secret=${HOOK_SECRET}"
[[route]]
name = "other"
url = "mmost://127.0.0.1:HOOKPORT/${MMOST_TOKEN}"
[[source]]
id = "acme"
name = "Acme Privacy Policy"
type = "Privacy Policy"
organisation = "Acme"
url = "https://acme.example/privacy"
"""

#: What serves until it is stopped, asks the net, or has nothing to do with the store.
LEFT_OUT = {"tracker run", "tracker web", "tracker worker", "tracker demo", "tracker sources add"}

#: Arguments of commands that need some; every other is run without any. CHANGE and DIR stand for what there is.
ARGUMENTS: dict[str, list[list[str]]] = {
    "tracker log": [["acme"], ["acme", "--json"]],
    "tracker diff": [["acme"], ["acme", "--json"]],
    "tracker show": [["acme"]],
    "tracker facts": [["acme"]],
    "tracker blame": [["acme"]],
    "tracker timeline": [["acme"]],
    "tracker search": [["personal"]],
    "tracker evidence": [["CHANGE", "--out", "DIR/evidence.zip"]],
    "tracker audit": [[], ["--json"], ["--html", "DIR/audit.html"], ["--csv", "DIR/audit.csv"]],
    "tracker alerts list": [[], ["--json"], ["--state", "dead"]],
    "tracker alerts test": [[], ["--json"], ["nothing"]],
    "tracker alerts retry": [["--all-dead"], ["999"]],
    "tracker alerts preview": [[], ["CHANGE"], ["CHANGE", "--channel", "webhook"], ["--kind", "confirm"]],
    "tracker check": [["acme"]],
    "tracker export changes": [[], ["--format", "csv"]],
    "tracker export git": [["DIR/history.git"]],
    "tracker export warc": [["DIR/history.warc.gz"]],
    "tracker backup": [["DIR/backup"], []],
    "tracker user add": [["kim", "--password-file", "DIR/password"]],
    "tracker token create": [],
    "tracker sources check": [[], ["--file", "DIR/broken.toml"]],
    "tracker sources mute": [["acme"]],
    "tracker triage": [["--list"]],
    "tracker review": [["CHANGE"]],
    "tracker approve": [["acme"], ["--list"]],
    "tracker alerts simulate": [["mail", "--since", "2020-01-01", "--show"]],
    "tracker subscriptions list": [[], ["--json"]],
}


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash as real passwords are hashed, but not as slowly."""
    monkeypatch.setattr(people, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


class House:
    """An installation with secrets in it, and the means to look for them."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, *ports: int) -> None:
        self.folder = folder
        mail_port, subscription_port, hook_port = ports
        for name, value in PLANTED.items():
            monkeypatch.setenv(name, value)
        text = ROUTES.replace("MAILPORT", str(mail_port)).replace("HOOKPORT", str(hook_port))
        (folder / "sources.toml").write_text(text, encoding="utf-8")
        broken = (
            text.replace("mailto://", "mialto://")
            .replace("mmost://", "json://${HOOK_PATH")
            .replace("[[source", "[[sorce")
        )
        (folder / "broken.toml").write_text(broken, encoding="utf-8")
        (folder / "password").write_text(PASSWORD + "\n", encoding="utf-8")
        (folder / "proxy").write_text(f"http://kim:{PROXY}@127.0.0.1:9\n", encoding="utf-8")
        monkeypatch.setenv("TRACKER_PROXY_FILE", str(folder / "proxy"))
        monkeypatch.setenv("TRACKER_NO_PROXY", "slack.com")
        monkeypatch.setenv("TRACKER_SOURCES", str(folder / "sources.toml"))
        monkeypatch.setenv("TRACKER_PUBLIC_URL", "https://tracker.example")
        monkeypatch.setenv(
            "TRACKER_SUBSCRIPTION_MAIL",
            f"mailto://sub:{SUBSCRIPTION_MAIL}@127.0.0.1:{subscription_port}?from=t@acme.example&mode=insecure",
        )
        monkeypatch.chdir(folder)
        self.secrets = [*PLANTED.values(), PROXY, SUBSCRIPTION_MAIL, PASSWORD]
        self.settings = load_settings()
        self.database = Database(self.settings.store_url)
        create_store(self.database)
        self.world = World.build(self.database, self._clock(), routes=())
        self.runtime = self.world.runtime
        self.runtime.settings = self.settings
        self.runtime.sources_file = load_sources(self.settings.sources)
        sync(self.runtime)
        self.token = ""
        self.change = ""

    @staticmethod
    def _clock() -> Any:
        from tracker.clock import ManualClock

        return ManualClock(SystemClock().now())

    def fill(self) -> None:
        """Let a change be found, told everywhere, refused in between, subscribed to; let people and programs log in."""
        for text in (policy(), policy(p3="We may sell your personal information to advertisers.")):
            self.world.fetcher.serve(URL, text)
            self.world.check(at_once=True)
        (found,) = self.world.changes()
        self.change = found.id
        now = self.runtime.clock.now()
        with self.database.write() as session:
            account = add_account(session, "ann", "admin", PASSWORD, now)
            self.secrets.append(open_login(session, account, now, now + timedelta(days=1)))
            self.token = add_token(session, "program", "admin", now, None)
            self.secrets.append(self.token)
            subscribe(session, self.settings, "ann", SUBSCRIBER, Wish(), now)
            for key in ("subscription_key", "csrf_key"):
                self.secrets += filter(None, [read_meta(session, key)])
            self.secrets.append(session.exec(select(Subscription.secret)).one())
            self.secrets.append(session.exec(select(Account.password_hash)).one())

    def send(self) -> None:
        notifier = ChannelNotifier(self.settings, connect=2, read=2)
        Sender(self.database, notifier, self.settings, self.runtime.clock).send_due(self.runtime.routes)

    def leaks(self, text: str) -> list[str]:
        return [secret for secret in self.secrets if secret in text]


pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH")


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    # The receiving server runs in this process too, and writes down what it is told.
    monkeypatch.setattr(logging.getLogger("mail.log"), "disabled", True)
    with smtp_server(anybody=True) as box, smtp_server(anybody=True) as other, http_server() as hook:
        monkeypatch.setattr(NotifySlack, "webhook_url", f"http://127.0.0.1:{hook.port}/services")
        monkeypatch.setattr(NotifySlack, "api_url", f"http://127.0.0.1:{hook.port}/api/{{}}")
        # Receivers that repeat what they were sent, as some do in their errors.
        hook.status = 400
        hook.answer = " ".join(PLANTED.values()).encode()
        box.refuse_data = f"554 kim with {PLANTED['SMTP_PASSWORD']} may not send"
        other.refuse_data = f"554 {SUBSCRIPTION_MAIL} may not send to {SUBSCRIBER}"
        built = House(tmp_path, monkeypatch, box.port, other.port, hook.port)
        built.fill()
        yield built
        built.database.close()


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """End a command that a later release added and that serves for ever."""

    def over(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def run(house: House, name: str, arguments: Sequence[str]) -> str:
    """Return everything a command said: output, errors, and the error it ended with."""
    told = [part.replace("CHANGE", house.change).replace("DIR", str(house.folder)) for part in arguments]
    with at_most(20):
        done = CliRunner().invoke(app, [*name.split()[1:], *told], input="")
    ended = done.exception
    chain = []
    while ended is not None:
        chain.append(f"{ended} {ended!r}")
        ended = ended.__cause__ or (None if ended.__suppress_context__ else ended.__context__)
    return "\n".join((done.output, *chain))


def test_no_command_shows_a_secret(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each command; what it printed, raised and logged, down to the last detail, is searched."""
    monkeypatch.setenv("TRACKER_LOG_LEVEL", "debug")
    house.send()
    found = {}
    for name in COMMANDS:
        if name in LEFT_OUT:
            continue
        for arguments in ARGUMENTS.get(name, [[]]):
            if leaked := house.leaks(run(house, name, arguments)):
                found[f"{name} {' '.join(arguments)}"] = leaked
    assert found == {}
    # What an administrator asks for by its name is shown once: the secret of a new token.
    assert "trk_" in run(house, "tracker token create", ["another"])


def test_no_file_that_leaves_the_house_holds_a_secret(house: House) -> None:
    """Exports, evidence, reports and the history as Git and WARC."""
    house.send()
    for name in ("tracker evidence", "tracker audit", "tracker export git", "tracker export warc"):
        for arguments in ARGUMENTS[name]:
            run(house, name, arguments)
    written = [path for path in house.folder.rglob("*") if path.is_file()]
    kept = {house.folder / name for name in ("password", "proxy")}
    store = house.settings.data_dir
    found = {}
    for path in written:
        if path in kept or path.is_relative_to(store):
            continue
        data = path.read_bytes()
        if path.suffix == ".zip":
            with zipfile.ZipFile(io.BytesIO(data)) as bundle:
                data = b"\n".join(bundle.read(name) for name in bundle.namelist())
        if leaked := house.leaks(data.decode("utf-8", "replace")):
            found[path.name] = leaked
    assert found == {}
    assert {path.name for path in written} >= {"evidence.zip", "audit.html", "history.warc.gz"}


def test_no_page_answer_or_feed_shows_a_secret(house: House) -> None:
    """Every address that can be asked, by an administrator of the pages, by a program, and by nobody."""
    house.send()
    house.world.clock.advance(timedelta(hours=1))
    application = create_app(house.runtime)
    base = "https://tracker.example"
    browser = TestClient(application, base_url=base, raise_server_exceptions=False)
    assert browser.post("/login", data={"name": "ann", "password": PASSWORD}).status_code == 200
    session_cookies = set(browser.cookies.values())
    program = TestClient(
        application, base_url=base, raise_server_exceptions=False, headers={"Authorization": f"Bearer {house.token}"}
    )
    stranger = TestClient(application, base_url=base, raise_server_exceptions=False)
    asked = ["/healthz", "/feeds", "/feeds/all.atom", "/feeds/sources/acme.atom", "/api/v1", "/api/v1/openapi.json"]
    for router in (*OPEN_ROUTERS, *ROUTERS):
        asked += [
            route.path for route in router.routes if isinstance(route, APIRoute) and "GET" in (route.methods or ())
        ]
    asked += [path for path, methods in description()["paths"].items() if "get" in methods]
    assert len(asked) > 50
    found, served = {}, 0
    for path in asked:
        told = _filled(path, house.change)
        for who in (browser, program, stranger):
            answer = who.get(told)
            served += answer.status_code == 200
            text = f"{answer.text}\n{answer.headers}"
            if leaked := [*house.leaks(text), *(cookie for cookie in session_cookies if cookie in answer.text)]:
                found[told] = leaked
    assert found == {}
    assert served > 100


def _filled(path: str, change: str) -> str:
    """Return a path with something that exists in place of each parameter."""

    def value(found: re.Match[str]) -> str:
        if path[: found.start()].endswith(("/changes/", "/review/")):
            return change
        numbers = ("number", "version", "clause", "delivery", "held", "capture")
        return "1" if any(word in found[1] for word in numbers) else "acme"

    return re.sub(r"\{(\w+)(?::\w+)?\}", value, path)


def test_the_store_keeps_no_address_of_a_destination(house: House) -> None:
    """The outbox knows destinations by hash and label, and its errors hold no secret, whatever receivers repeat."""
    house.send()
    with house.database.read() as session:
        rows = list(session.exec(select(Delivery)))
        assert len(rows) == 6
        assert all(row.last_error for row in rows)
        told = json.dumps([row.model_dump(mode="json") for row in rows])
        assert house.leaks(told) == []
        assert "pl4nted-subscriber" not in told
        assert _dump_of(session, house) == []


def _dump_of(session: Session, house: House) -> list[str]:
    """Return which secrets of the environment stand anywhere in the store."""
    found = []
    outside = [*PLANTED.values(), PROXY, SUBSCRIPTION_MAIL, PASSWORD, house.token]
    connection = session.connection()
    names = connection.exec_driver_sql("select name from sqlite_master where type = 'table'").scalars().all()
    for name in names:
        with suppress(Exception):
            for row in connection.exec_driver_sql(f'select * from "{name}"'):
                found += [f"{name}: {secret}" for secret in outside if secret in str(row)]
    return found


def test_no_object_shows_a_secret_when_it_is_printed(house: House) -> None:
    """Settings, routes, destinations and what holds them, as they stand in a log or a traceback."""
    routes = house.runtime.routes
    parts = [destination for route in routes for url in route.urls for destination in destinations(url)]
    for thing in (
        house.settings,
        house.runtime,
        house.runtime.sources_file,
        *routes,
        *parts,
        house.settings.model_dump(),
    ):
        assert house.leaks(f"{thing} {thing!r}") == [], type(thing)


@pytest.mark.parametrize(
    "variables",
    [
        {"TRACKER_DATABASE_URL": "oracle://kim:pl4nted-value@db.example/x"},
        {"TRACKER_DATABASE_URL": "postgresql://kim:pl4nted-value@127.0.0.1:9/x"},
        {"TRACKER_DATABASE_URL": "pl4nted-value"},
        {"TRACKER_SUBSCRIPTION_MAIL": "smtp://kim:pl4nted-value@mail.example"},
        {"TRACKER_PROXY": "socks5://kim:pl4nted-value@127.0.0.1:9"},
        {"TRACKER_PROXY": "http://kim:pl4nted-value@127.0.0.1:9", "TRACKER_HOST_DELAY": "-1"},
        {"TRACKER_WEB_PORT": "x", "TRACKER_DATABASE_URL": "postgresql://kim:pl4nted-value@db.example/x"},
    ],
)
def test_a_wrong_setting_is_told_without_its_value(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variables: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever is wrong with an address that holds a password, or beside one."""
    monkeypatch.chdir(tmp_path)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    for arguments in (["check"], ["alerts", "list"], ["sources", "list"], ["doctor"], ["db", "upgrade"]):
        done = CliRunner().invoke(app, arguments)
        told = f"{done.output} {done.exception}"
        assert "pl4nted-value" not in told, arguments


def test_secrets_are_read_from_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """By a variable, by the settings file, and in an address of a route; a file that is missing is named."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "proxy").write_text("http://kim:pw@proxy.example\nsecond line\n", encoding="utf-8")
    (tmp_path / "url").write_text("sqlite:///x.sqlite\n", encoding="utf-8")
    (tmp_path / "tracker.toml").write_text(f'proxy_file = "{tmp_path / "proxy"}"\n', encoding="utf-8")
    monkeypatch.setenv("TRACKER_DATABASE_URL_FILE", str(tmp_path / "url"))
    told = load_settings()
    assert told.proxy == SecretStr("http://kim:pw@proxy.example")
    assert told.store_url == "sqlite:///x.sqlite"
    monkeypatch.setenv("TRACKER_DATABASE_URL", "sqlite:///y.sqlite")
    assert load_settings().store_url == "sqlite:///y.sqlite"
    monkeypatch.delenv("TRACKER_DATABASE_URL")
    (tmp_path / "token").write_text("t0ken\n", encoding="utf-8")
    text = ROUTES.split("[[route]]")[3].replace("HOOKPORT", "1").split("[[source]]")[0]
    (tmp_path / "sources.toml").write_text(
        "[[route]]" + text + "[[source]]" + ROUTES.split("[[source]]")[1], encoding="utf-8"
    )
    environ = PLANTED | {"HOOK_PATH_FILE": str(tmp_path / "token")}
    del environ["HOOK_PATH"]
    (route,) = load_sources(tmp_path / "sources.toml", environ).routes
    assert "/t0ken?" in route.urls[0]
    for place in (tmp_path / "gone", tmp_path):
        monkeypatch.setenv("TRACKER_DATABASE_URL_FILE", str(place))
        with pytest.raises(TrackerError, match="database_url: the file"):
            load_settings()
        with pytest.raises(TrackerError, match="HOOK_PATH_FILE names cannot be read"):
            load_sources(tmp_path / "sources.toml", environ | {"HOOK_PATH_FILE": str(place)})
