"""Who may read, review and rule: open on this machine only, else by login, token or trusted proxy."""

import re
import runpy
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import ClassVar

import pytest
from argon2 import PasswordHasher
from fastapi import Request
from sqlmodel import select
from starlette.testclient import TestClient

from tests.world import URL, World, policy
from tracker.clock import ManualClock
from tracker.daemon.engine.maintenance import maintain
from tracker.settings import Settings
from tracker.store.database import Database
from tracker.store.people import people
from tracker.store.people.people import (
    account_named,
    add_account,
    add_token,
    checked_password,
    find_account,
    revoke_token,
    set_disabled,
    set_password,
)
from tracker.store.people.throttle import Guessed, begin_try, by_address, by_name, end_try
from tracker.store.people.trail import entries
from tracker.store.schema.people_tables import Account, LoginFailures, LoginSession
from tracker.web.access import client_address
from tracker.web.app import create_app
from tracker.web.pages import login

PASSWORD = "correct horse battery"
HERE = "http://127.0.0.1:8350"


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash as real passwords are hashed, but not as slowly."""
    monkeypatch.setattr(people, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def world(database: Database, clock: ManualClock) -> World:
    """A followed policy."""
    built = World.build(database, clock)
    built.fetcher.serve(URL, policy())
    built.check()
    return built


def client(world: World, base: str = HERE, peer: str = "127.0.0.1") -> TestClient:
    app = create_app(world.runtime)
    return TestClient(app, base_url=base, client=(peer, 5000), follow_redirects=False, raise_server_exceptions=False)


def with_settings(world: World, **values: object) -> World:
    world.runtime.settings = world.runtime.settings.model_copy(update=values)
    return world


def person(world: World, name: str = "ann", role: str = "reviewer") -> None:
    with world.runtime.database.write() as session:
        add_account(session, name, role, PASSWORD, world.clock.now())


def logged_in(world: World, role: str = "reviewer") -> TestClient:
    person(world, role=role)
    browser = client(world)
    answer = browser.post("/login", data={"name": "ann", "password": PASSWORD, "next": "/"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    return browser


def form_token(browser: TestClient, path: str = "/") -> str:
    found = re.search(r'name="csrf" value="(\w+)"', browser.get(path).text)
    assert found is not None
    return found[1]


class TestOpen:
    """Without accounts, on this machine, to this machine."""

    def test_anybody_here_may_read_and_act(self, world: World) -> None:
        """Nobody has to log in to try it out."""
        browser = client(world)
        assert browser.get("/").status_code == 200
        answer = browser.post("/sources", data={"deed": "pause", "source": "acme", "csrf": form_token(browser)})
        assert answer.status_code == 303

    @pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "192.0.2.7:8350"])
    def test_a_name_that_was_pointed_here_is_not_answered(self, world: World, host: str) -> None:
        """A page of elsewhere whose name leads to this machine reads nothing."""
        assert client(world).get("/", headers={"Host": host}).status_code == 303

    @pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
    def test_what_came_through_a_proxy_is_not_of_this_machine(self, world: World, header: str) -> None:
        """A reverse proxy in front does not make the world an administrator."""
        assert client(world).get("/", headers={header: "203.0.113.5"}).status_code == 303

    def test_pages_bound_to_other_addresses_need_a_login(self, world: World) -> None:
        """Reading too; programs are told so by status."""
        browser = client(with_settings(world, web_host="0.0.0.0"))
        assert browser.get("/").headers["location"] == "/login?next=%2F"
        assert browser.get("/api/v1/sources").status_code == 401
        assert browser.get("/feeds/all.atom").status_code == 401

    def test_the_first_account_ends_it(self, world: World) -> None:
        """From then on everybody logs in."""
        person(world)
        assert client(world).get("/").status_code == 303

    def test_strangers_learn_only_whether_it_works(self, world: World) -> None:
        """The health endpoint names no source to them."""
        person(world)
        assert client(world).get("/healthz").json() == {"status": "ok"}


class TestLogin:
    """By name and password."""

    def test_a_login_lasts_and_ends(self, world: World) -> None:
        """It is over when its time is, or when logged out."""
        browser = logged_in(world)
        assert browser.get("/").status_code == 200
        world.clock.advance(timedelta(hours=73))
        assert browser.get("/").status_code == 303

    def test_a_login_that_is_used_lasts_longer(self, world: World) -> None:
        """Three days from the last time, not from the first; but no longer than thirty days in all."""
        browser = logged_in(world)
        for _ in range(14):
            world.clock.advance(timedelta(hours=50))
            assert browser.get("/").status_code == 200
        world.clock.advance(timedelta(hours=19))
        assert browser.get("/").status_code == 200
        world.clock.advance(timedelta(hours=2))
        assert browser.get("/").status_code == 303

    def test_a_login_is_not_written_down_at_each_request(self, world: World) -> None:
        """Only where that lets it hold for a twelfth longer."""
        browser = logged_in(world)

        def until() -> datetime:
            with world.runtime.database.read() as session:
                return session.exec(select(LoginSession)).one().expires_at

        first = until()
        world.clock.advance(timedelta(hours=5))
        browser.get("/")
        assert until() == first
        world.clock.advance(timedelta(hours=2))
        browser.get("/")
        assert until() == first + timedelta(hours=7)

    def test_nobody_who_writes_waits_for_the_hashing(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """A password is looked at outside of any transaction; what became of the account meanwhile counts."""
        person(world)

        def slow(account: Account | None, password: str) -> bool:
            with world.runtime.database.write() as session:
                set_disabled(session, account_named(session, "ann"), world.clock.now())
            return checked_password(account, password)

        monkeypatch.setattr(login, "checked_password", slow)
        assert client(world).post("/login", data={"name": "ann", "password": PASSWORD}).status_code == 403

    def test_a_hash_is_renewed_where_hashing_has_changed(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """When its owner logs in, and then no more."""

        def kept() -> str:
            with world.runtime.database.read() as session:
                return account_named(session, "ann").password_hash

        person(world)
        weak = kept()
        monkeypatch.setattr(people, "_HASHER", PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
        browser = client(world)
        assert browser.post("/login", data={"name": "ann", "password": "wrong"}).status_code == 403
        assert kept() == weak
        assert browser.post("/login", data={"name": "ann", "password": PASSWORD}).status_code == 303
        strong = kept()
        assert "m=16,t=2" in strong
        assert browser.post("/login", data={"name": "ann", "password": PASSWORD}).status_code == 303
        assert kept() == strong
        assert browser.get("/").status_code == 200

    def test_logging_out_ends_it_on_the_server(self, world: World) -> None:
        """The cookie means nothing any more, wherever it was copied to."""
        browser = logged_in(world)
        kept = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        assert browser.post("/logout", data={"csrf": form_token(browser)}).status_code == 303
        assert client(world).get("/", headers={"Cookie": kept}).status_code == 303

    def test_a_new_password_or_disabling_ends_every_login(self, world: World) -> None:
        """Whoever had the old one is out."""
        browser = logged_in(world)
        with world.runtime.database.write() as session:
            set_password(session, account_named(session, "ann"), "another long password")
        assert browser.get("/").status_code == 303

    def test_a_disabled_person_cannot_log_in(self, world: World) -> None:
        """With the right password neither."""
        person(world)
        with world.runtime.database.write() as session:
            set_disabled(session, account_named(session, "ann"), world.clock.now())
        answer = client(world).post("/login", data={"name": "ann", "password": PASSWORD})
        assert answer.status_code == 403

    def test_the_cookie_is_for_this_program_alone(self, world: World) -> None:
        """No script reads it, no other site sends it; over HTTPS it never goes in the clear."""
        person(world)
        answer = client(world).post("/login", data={"name": "ann", "password": PASSWORD})
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert "Secure" not in cookie
        answer = client(with_settings(world, public_url="https://tracker.example")).post(
            "/login", data={"name": "ann", "password": PASSWORD}
        )
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-tracker_session=")
        assert "Secure" in cookie

    def test_a_planted_cookie_is_not_taken_over(self, world: World) -> None:
        """Logging in gives a secret of its own, whatever the browser sent."""
        person(world)
        browser = client(world)
        answer = browser.post(
            "/login", data={"name": "ann", "password": PASSWORD}, headers={"Cookie": "tracker_session=x"}
        )
        assert "tracker_session=x;" not in answer.headers["set-cookie"]
        assert client(world).get("/", headers={"Cookie": "tracker_session=x"}).status_code == 303

    @pytest.mark.parametrize(
        "path", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
    )
    def test_a_login_leads_nowhere_else(self, world: World, path: str) -> None:
        """Only to pages of ours."""
        person(world)
        answer = client(world).post("/login", data={"name": "ann", "password": PASSWORD, "next": path})
        assert answer.headers["location"] == "/"

    def test_guessing_is_slowed_down_and_written_down(self, world: World) -> None:
        """After a few tries the right password has to wait too; the trail keeps who tried."""
        person(world)
        browser = client(world)
        for _ in range(5):
            assert browser.post("/login", data={"name": "ann", "password": "wrong"}).status_code == 403
        answer = browser.post("/login", data={"name": "ann", "password": PASSWORD})
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "16")
        world.clock.advance(timedelta(seconds=16))
        assert browser.post("/login", data={"name": "ann", "password": PASSWORD}).status_code == 303
        with world.runtime.database.read() as session:
            found = [entry.action for entry in entries(session, action="login")]
        assert found == ["login.ok", *["login.failed"] * 5]

    def test_commands_that_check_no_password_hash_none(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Hashing takes time and memory on purpose: it waits until somebody logs in."""

        def hashed(_: PasswordHasher, password: str) -> str:
            raise AssertionError(f"{password} was hashed")

        monkeypatch.setattr(PasswordHasher, "hash", hashed)
        assert "checked_password" in runpy.run_path(str(people.__file__))

    def test_nobody_and_a_wrong_password_look_alike(self, world: World) -> None:
        """The answer does not tell who has an account."""
        person(world)
        browser = client(world)
        wrong = browser.post("/login", data={"name": "ann", "password": "wrong"})
        nobody = browser.post("/login", data={"name": "bob", "password": "wrong"})
        assert (wrong.status_code, wrong.text.replace("ann", "bob")) == (nobody.status_code, nobody.text)
        browser.post("/login", data={"name": PASSWORD, "password": "oops"})
        with world.runtime.database.read() as session:
            told = [(entry.actor, entry.subject) for entry in entries(session, action="login")]
        assert told == [("", ""), ("", ""), ("", "ann")]
        with world.runtime.database.read() as session:
            assert checked_password(find_account(session, "bob"), PASSWORD) is False


class TestForms:
    """Other sites cannot act in somebody's name."""

    DEED: ClassVar = {"deed": "pause", "source": "acme"}

    @pytest.mark.parametrize("sent", [{}, {"csrf": "0" * 64}])
    def test_a_form_without_its_token_is_refused(self, world: World, sent: dict[str, str]) -> None:
        """In a login."""
        assert logged_in(world).post("/sources", data=self.DEED | sent).status_code == 403

    def test_also_where_it_is_open(self, world: World) -> None:
        """A page of elsewhere could send a form to this machine."""
        assert client(world).post("/sources", data=self.DEED).status_code == 403

    @pytest.mark.parametrize(
        "headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}]
    )
    def test_a_request_of_another_site_is_refused(self, world: World, headers: dict[str, str]) -> None:
        """Even with the right token, and logging in too."""
        browser = logged_in(world)
        told = self.DEED | {"csrf": form_token(browser)}
        assert browser.post("/sources", data=told, headers=headers).status_code == 403
        assert (
            client(world).post("/login", data={"name": "ann", "password": PASSWORD}, headers=headers).status_code == 403
        )

    def test_a_token_is_bound_to_its_login(self, world: World) -> None:
        """Somebody else's is none."""
        theirs = form_token(logged_in(world))
        person(world, "bob")
        mine = client(world)
        mine.post("/login", data={"name": "bob", "password": PASSWORD})
        assert mine.post("/sources", data=self.DEED | {"csrf": theirs}).status_code == 403

    def test_a_reader_only_reads(self, world: World) -> None:
        """Deeds need more."""
        browser = logged_in(world, role="reader")
        assert browser.post("/sources", data=self.DEED | {"csrf": form_token(browser)}).status_code == 403

    @pytest.mark.parametrize("path", ["/sources", "/sources/acme"])
    def test_asking_a_host_at_once_needs_an_administrator(self, world: World, path: str) -> None:
        """On the pages as in the API; who reviews is not offered it."""
        browser = logged_in(world)
        told = self.DEED | {"deed": "check", "csrf": form_token(browser)}
        assert browser.post(path, data=told).status_code == 403
        assert "Check now" not in browser.get("/").text


class TestTokens:
    """Programs."""

    def token(self, world: World, scope: str, days: int | None = None) -> dict[str, str]:
        with world.runtime.database.write() as session:
            until = world.clock.now() + timedelta(days=days) if days else None
            return {"Authorization": f"Bearer {add_token(session, scope, scope, world.clock.now(), until)}"}

    def test_a_token_reads_and_one_that_is_none_does_not(self, world: World) -> None:
        """A bad one is refused even where it would be open without."""
        far = client(with_settings(world, web_host="0.0.0.0"))
        assert far.get("/api/v1/sources", headers=self.token(world, "read")).status_code == 200
        assert far.get("/api/v1/sources", headers={"Authorization": "Bearer trk_none"}).status_code == 401
        assert client(world).get("/api/v1/sources", headers={"Authorization": "Bearer trk_none"}).status_code == 401

    def test_scopes_hold_those_before(self, world: World) -> None:
        """A token to review pauses a source, one to read does not."""
        browser = client(world)
        deed = {"deed": "pause", "source": "acme"}
        assert browser.post("/sources", data=deed, headers=self.token(world, "read")).status_code == 403
        assert browser.post("/sources", data=deed, headers=self.token(world, "admin")).status_code == 303

    def test_a_token_ends(self, world: World) -> None:
        """When its days are over, and when it is revoked."""
        browser = client(world)
        short, long = self.token(world, "read", days=1), self.token(world, "admin")
        world.clock.advance(timedelta(days=2))
        assert browser.get("/api/v1/sources", headers=short).status_code == 401
        assert browser.get("/", headers=long).status_code == 200
        with world.runtime.database.write() as session:
            revoke_token(session, "admin", world.clock.now())
        assert browser.get("/api/v1/sources", headers=long).status_code == 401


class TestProxy:
    """Single sign-on by a proxy that is trusted."""

    SETTINGS: ClassVar = {"proxy_user_header": "X-User", "trusted_proxies": ("10.0.0.0/8",), "web_host": "0.0.0.0"}

    def test_a_trusted_proxy_names_who_asks(self, world: World) -> None:
        """With the role of the settings, or the one it says."""
        with_settings(world, **self.SETTINGS, proxy_role_header="X-Role")
        near = client(world, peer="10.1.2.3")
        assert near.get("/", headers={"X-User": "ann"}).status_code == 200
        deed = {"deed": "pause", "source": "acme"}
        told = {"X-User": "ann", "X-Role": "reviewer"}
        token = re.search(r'name="csrf" value="(\w+)"', near.get("/", headers=told).text)
        assert token is not None
        assert near.post("/sources", data=deed | {"csrf": token[1]}, headers={"X-User": "ann"}).status_code == 403
        assert near.post("/sources", data=deed | {"csrf": token[1]}, headers=told).status_code == 303

    def test_headers_of_others_mean_nothing(self, world: World) -> None:
        """Whoever sends them from elsewhere is a stranger."""
        with_settings(world, **self.SETTINGS)
        assert client(world, peer="203.0.113.9").get("/", headers={"X-User": "ann"}).status_code == 303
        assert client(world, peer="10.1.2.3").get("/").status_code == 303


class TestThrottle:
    """Who guesses passwords waits, in whatever process."""

    ANN, BOB, HERE = by_name("Ann"), by_name("bob"), by_address("203.0.113.5")

    def tried(self, world: World, *guessed: Guessed) -> int:
        with world.runtime.database.write() as session:
            return int(begin_try(session, world.clock.now(), guessed).total_seconds())

    def test_waits_double_up_to_a_quarter_of_an_hour(self, world: World) -> None:
        """And no try is counted while one has to wait; a day without any forgets them."""
        waits = []
        for _ in range(self.ANN.free + 8):
            wait = self.tried(world, self.ANN)
            assert self.tried(world, self.ANN) == wait or wait == 0
            waits.append(wait)
            world.clock.advance(timedelta(seconds=wait))
            if wait:
                assert self.tried(world, self.ANN) == 0
        assert [wait for wait in waits if wait] == [15, 30, 60, 120, 240, 480, 900, 900, 900, 900]
        world.clock.advance(timedelta(days=1))
        assert [self.tried(world, by_name("ANN")) for _ in range(6)] == [0] * 5 + [15]

    def test_one_address_cannot_try_everybody(self, world: World) -> None:
        """Twenty wrong passwords at twenty accounts, then it waits; an IPv6 network of 64 bits is one address."""
        near, far = by_address("2001:db8::1"), by_address("2001:db8::ffff:2%eth0")
        waits = [self.tried(world, by_name(f"person {number}"), near) for number in range(20)]
        assert (sum(waits), self.tried(world, self.ANN, far), self.tried(world, self.ANN)) == (0, 15, 0)
        assert self.tried(world, self.BOB, by_address("2001:db8:0:1::1")) == 0

    def test_logging_in_to_an_own_account_buys_no_tries_at_others(self, world: World) -> None:
        """A right password takes back its own try alone from the count of the address."""
        for number in range(19):
            assert self.tried(world, by_name(f"person {number}"), self.HERE) == 0
        assert self.tried(world, self.ANN, self.HERE) == 0
        with world.runtime.database.write() as session:
            end_try(session, self.ANN, self.HERE)
        assert self.tried(world, self.BOB, self.HERE) == 0
        assert self.tried(world, self.BOB, self.HERE) == 15

    def test_two_processes_count_together(self, world: World) -> None:
        """What one of them saw the other knows; a restart forgets nothing."""
        person(world)
        for _ in range(5):
            assert client(world).post("/login", data={"name": "ann", "password": "wrong"}).status_code == 403
        assert client(world).post("/login", data={"name": "ann", "password": PASSWORD}).status_code == 429

    def test_tries_at_the_same_time_are_counted_before_they_are_looked_at(self, world: World) -> None:
        """Twelve at once find out about five passwords, not about twelve."""
        with ThreadPoolExecutor(6) as pool:
            waits = list(pool.map(lambda _: self.tried(world, self.ANN), range(12)))
        # On PostgreSQL the very first ones may overtake each other before there is a row to wait for.
        assert 5 <= waits.count(0) <= 5 + 5 * (not world.runtime.database.is_sqlite)

    def test_housekeeping_removes_what_is_forgotten(self, world: World) -> None:
        """The table does not grow with the names that strangers make up; it holds none of them."""
        self.tried(world, self.ANN, self.HERE)
        world.clock.advance(timedelta(days=2))
        self.tried(world, self.BOB)
        maintain(world.runtime.database, world.runtime.settings, world.runtime.clock)
        with world.runtime.database.read() as session:
            assert [row.key for row in session.exec(select(LoginFailures))] == [self.BOB.key]
        assert "bob" not in self.BOB.key


class TestClientAddress:
    """Who asks, as trusted proxies say."""

    @pytest.mark.parametrize(
        ("peer", "forwarded", "found"),
        [
            ("203.0.113.9", ["198.51.100.7"], "203.0.113.9"),  # a stranger says what it likes
            ("10.0.0.2", [], "10.0.0.2"),
            ("10.0.0.2", ["198.51.100.7"], "198.51.100.7"),
            ("10.0.0.2", ["1.1.1.1, 198.51.100.7"], "198.51.100.7"),  # what the client itself sent is hearsay
            ("10.0.0.2", ["1.1.1.1, 198.51.100.7, 10.0.0.3"], "198.51.100.7"),  # two proxies in a row
            ("10.0.0.2", ["1.1.1.1", "198.51.100.7:4711"], "198.51.100.7"),  # two headers, and a port
            ("10.0.0.2", ['"[2001:db8::1]:4711"'], "2001:db8::1"),
            ("::ffff:10.0.0.2", ["::ffff:198.51.100.7"], "198.51.100.7"),
            ("10.0.0.2", ["198.51.100.7, unknown, 10.0.0.3"], "10.0.0.3"),  # further than that nobody can be trusted
            ("10.0.0.2", ["10.0.0.4, 10.0.0.3"], "10.0.0.4"),
            ("testclient", ["198.51.100.7"], "testclient"),
        ],
    )
    def test_the_nearest_that_is_no_trusted_proxy(self, peer: str, forwarded: list[str], found: str) -> None:
        """Read from the right: each proxy adds whom it heard."""
        headers = [(b"x-forwarded-for", line.encode()) for line in forwarded]
        request = Request({"type": "http", "client": (peer, 5000), "headers": headers})
        assert client_address(request, Settings(trusted_proxies=("10.0.0.0/8",))) == found

    def test_the_trail_tells_it(self, world: World) -> None:
        """Of each try to log in."""
        person(world)
        with_settings(world, trusted_proxies=("10.0.0.0/8",))
        near = client(world, peer="10.1.2.3")
        near.post("/login", data={"name": "ann", "password": "wrong"}, headers={"X-Forwarded-For": "198.51.100.7"})
        with world.runtime.database.read() as session:
            assert entries(session, action="login")[0].detail == {"address": "198.51.100.7"}


def test_secrets_are_kept_as_hashes(world: World) -> None:
    """Neither a password nor a token's secret stands anywhere in the store."""
    person(world)
    with world.runtime.database.write() as session:
        secret = add_token(session, "feeds", "read", world.clock.now(), None)
    with world.runtime.database.engine.connect() as connection:
        told = [
            repr(connection.exec_driver_sql(f"select * from {table}").all())
            for table in ("account", "api_token", "trail")
        ]
    assert PASSWORD not in "".join(told)
    assert secret not in "".join(told)
