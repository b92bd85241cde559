"""The real daemon over a real site, a real SMTP server, a stand-in for Slack and a real webhook - and killed."""

import email
import email.policy
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests
from aiosmtpd.controller import Controller

from tests.hostile import HostileServer, hostile_server
from tests.support.signals import hangup
from tests.world import policy

SOLD = "We may sell your personal information to our advertising partners."


@dataclass
class Mailbox:
    """What an SMTP server took."""

    messages: list[bytes] = field(default_factory=list)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        """Keep a message."""
        self.messages.append(envelope.content)
        return "250 OK"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(true: Callable[[], Any], seconds: float = 120) -> None:
    """Wait until something holds; fail after so many seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if true():
            return
        time.sleep(0.05)
    raise AssertionError(f"still not so after {seconds} seconds")


@dataclass
class Home:
    """A data folder, a sources file and the settings of one installation."""

    folder: Path
    sources: Path
    environment: dict[str, str]

    def start(self) -> "subprocess.Popen[bytes]":
        """Start the daemon."""
        log = (self.folder / "daemon.log").open("ab")
        with log:
            return subprocess.Popen(
                [sys.executable, "-m", "tracker", "run"], env=self.environment, stdout=log, stderr=log
            )

    def log(self) -> str:
        """Return what the daemon said so far."""
        return (self.folder / "daemon.log").read_text(encoding="utf-8", errors="replace")

    def ask(self, query: str) -> list[Any]:
        """Return the rows a query gives; none while there is no store yet."""
        try:
            with closing(sqlite3.connect(f"file:{self.folder / 'tracker.sqlite'}?mode=rw", uri=True)) as connection:
                return connection.execute(query).fetchall()
        except sqlite3.OperationalError:
            return []

    def make_due(self) -> None:
        """Let every source be due now."""
        with closing(sqlite3.connect(self.folder / "tracker.sqlite", timeout=30)) as connection, connection:
            connection.execute("update source set next_check_at = '2000-01-01 00:00:00.000000'")


@pytest.fixture
def site() -> Iterator[HostileServer]:
    """A site with one policy."""
    with hostile_server() as server:
        server.page("/privacy", policy().encode())
        yield server


def home(tmp_path: Path, site: HostileServer, routes: str, **settings: str) -> Home:
    """Lay out an installation that follows the site."""
    folder = tmp_path / "data"
    folder.mkdir()
    sources = tmp_path / "sources.toml"
    sources.write_text(
        f'[[source]]\nid = "acme"\nname = "Acme Privacy Policy"\ntype = "Privacy Policy"\norganisation = "Acme"\n'
        f'url = "{site.url("/privacy")}"\n\n{routes}',
        encoding="utf-8",
    )
    told = {
        "TRACKER_DATA_DIR": str(folder),
        "TRACKER_SOURCES": str(sources),
        "TRACKER_ALLOW_PRIVATE_ADDRESSES": "true",
        "TRACKER_HOST_DELAY": "0",
        "TRACKER_TICK": "0.2",
        "TRACKER_CONFIRM_DELAY": "1",
        "TRACKER_DELIVERY_RETRY_BASE": "0.5",
        "TRACKER_DELIVERY_RETRY_CAP": "1",
        "TRACKER_DELIVERY_ATTEMPTS": "500",
        "TRACKER_WEB_PORT": str(free_port()),
        "TRACKER_LOG_FORMAT": "json",
    }
    return Home(folder, sources, os.environ | told | settings)


@contextmanager
def running(installed: Home) -> Iterator["subprocess.Popen[bytes]"]:
    """Run the daemon for a while; whatever happens it is gone afterwards."""
    process = installed.start()
    try:
        yield process
    except AssertionError as error:
        raise AssertionError(f"{error}\n{installed.log()[-5000:]}") from error
    finally:
        process.kill()
        process.wait()


def test_one_change_brings_one_message_each_although_mail_is_down_and_the_daemon_killed(
    tmp_path: Path, site: HostileServer
) -> None:
    """Exactly one mail, one Slack post and one webhook; SMTP is down at first and SIGKILL comes before it is back."""
    port = free_port()
    mailbox = Mailbox()
    with hostile_server() as server:
        hook = f"json://127.0.0.1:{server.server_port}/hook"
        mail = f"mailto://127.0.0.1:{port}?mode=insecure&from=tracker@acme.example&to=officer@acme.example"
        routes = (
            f'[[route]]\nname = "mail"\nurl = "{mail}"\n\n[[route]]\nname = "hook"\nurl = "{hook}"\n\n'
            '[[route]]\nname = "slack"\nurl = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#policies"\n'
        )
        standin = {
            "PYTHONPATH": str(Path(__file__).parent / "standin"),
            "SLACK_STANDIN": f"http://127.0.0.1:{server.server_port}/slack",
        }
        installed = home(tmp_path, site, routes, **standin)
        with running(installed) as process:
            until(lambda: installed.ask("select 1 from observation"))
            site.page("/privacy", policy(p3=SOLD).encode())
            installed.make_due()
            until(lambda: len(installed.ask("select 1 from delivery where state = 'sent'")) == 2)
            until(lambda: installed.ask("select 1 from delivery where route = 'mail' and attempts >= 2"))
            process.send_signal(signal.SIGKILL)
            process.wait()
        controller = Controller(mailbox, hostname="127.0.0.1", port=port)
        controller.start()
        try:
            with running(installed) as process:
                until(lambda: mailbox.messages)
                until(lambda: len(installed.ask("select 1 from delivery where state = 'sent'")) == 3)
                installed.make_due()
                until(lambda: not installed.ask("select 1 from source where next_check_at < '2001-01-01'"))
                process.send_signal(signal.SIGTERM)
                assert process.wait(120) == 0
        finally:
            controller.stop()
        assert (len(mailbox.messages), len(server.posted["hook"]), len(server.posted["slack"])) == (1, 1, 1)
        message = email.message_from_bytes(mailbox.messages[0], policy=email.policy.default)
        assert "Acme Privacy Policy" in message["Subject"]
        text = message.get_body(("plain",))
        html = message.get_body(("html",))
        assert text is not None
        assert html is not None
        for part in (text, html):
            assert "sell" in part.get_content()
            assert "advertising partners" in part.get_content()
        payload = json.loads(server.posted["hook"][0])
        assert "sell" in json.dumps(payload)
        assert "advertising partners" in server.posted["slack"][0].decode()


def test_a_stop_is_clean_and_the_health_endpoint_tells_of_it(tmp_path: Path, site: HostileServer) -> None:
    """The daemon answers /healthz while it runs and ends with status 0 on SIGTERM."""
    installed = home(tmp_path, site, "")
    with running(installed) as process:
        until(lambda: installed.ask("select 1 from observation"))
        address = f"http://127.0.0.1:{installed.environment['TRACKER_WEB_PORT']}/healthz"

        def healthy() -> bool:
            try:
                told = requests.get(address, timeout=30)
            except requests.RequestException:
                return False
            return told.status_code == 200 and told.json()["status"] == "ok"

        until(healthy)
        process.send_signal(signal.SIGTERM)
        assert process.wait(120) == 0


def test_the_end_of_its_terminal_is_a_wish_to_stop(tmp_path: Path, site: HostileServer) -> None:
    """SIGHUP ends the daemon in order, with status 0: what is under way is finished and written."""
    installed = home(tmp_path, site, "")
    with hangup(signal.SIG_DFL), running(installed) as process:
        until(lambda: installed.ask("select 1 from observation"))
        process.send_signal(signal.SIGHUP)
        assert process.wait(120) == 0


def test_a_second_daemon_on_the_same_store_is_refused(tmp_path: Path, site: HostileServer) -> None:
    """One daemon per store; the second says so and ends with status 1, the first goes on."""
    installed = home(tmp_path, site, "")
    with running(installed) as first:
        until(lambda: installed.ask("select 1 from observation"))
        other = installed.environment | {"TRACKER_WEB_PORT": str(free_port())}
        command = [sys.executable, "-m", "tracker", "run"]
        second = subprocess.run(command, env=other, capture_output=True, text=True, timeout=240, check=False)
        assert second.returncode == 1
        assert "daemon" in second.stderr
        assert first.poll() is None


def test_a_changed_sources_file_is_taken_over_and_a_broken_one_is_not(tmp_path: Path, site: HostileServer) -> None:
    """The running daemon follows what the file says; while it has mistakes the old set stays in force."""
    installed = home(tmp_path, site, "")
    good = installed.sources.read_text(encoding="utf-8")
    site.page("/terms", policy(p0="These terms say how Acme handles personal information.").encode())
    with running(installed):
        until(lambda: installed.ask("select 1 from observation"))
        installed.sources.write_text(good + '\n[[source]]\nid = "terms"\ncolour = "red"\n', encoding="utf-8")
        until(lambda: "colour" in installed.log())
        assert installed.ask("select id, state from source") == [("acme", "active")]
        address = site.url("/terms")
        entry = f'\n[[source]]\nid = "terms"\nname = "Acme Terms"\ntype = "Terms of Service"\nurl = "{address}"\n'
        installed.sources.write_text(good + entry, encoding="utf-8")
        until(lambda: len(installed.ask("select 1 from observation group by source_key")) == 2)
        installed.sources.write_text(entry, encoding="utf-8")
        until(lambda: ("acme", "archived") in installed.ask("select id, state from source"))
        assert installed.ask(
            "select count(*) from observation o join source s on o.source_key = s.key where s.id = 'acme'"
        )
