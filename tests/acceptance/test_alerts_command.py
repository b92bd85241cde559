"""`tracker alerts` as a user calls it, against real servers."""

import json
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.support.receivers import http_server
from tracker.cli.app import app
from tracker.settings import load_settings
from tracker.store.schema.tables import Delivery
from tracker.store.upkeep.upgrade import open_store

SOURCES = """
[[route]]
name = "good"
url = "json://127.0.0.1:{port}/s3cret"

[[route]]
name = "bad"
url = "json://127.0.0.1:9/s3cret"

[[source]]
id = "acme"
name = "Acme"
url = "https://acme.example/privacy"
type = "Privacy Policy"
"""


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.chdir(tmp_path)
    return CliRunner()


def test_the_test_message_reaches_each_destination_and_says_what_it_is(runner: CliRunner, tmp_path: Path) -> None:
    """Each destination is reported; one that fails gives exit status 1 and keeps the others from nothing."""
    with http_server() as hook:
        (tmp_path / "sources.toml").write_text(SOURCES.format(port=hook.port))
        result = runner.invoke(app, ["alerts", "test", "--json"])
        good, bad = json.loads(result.stdout)
        assert result.exit_code == 1
        assert (good["route"], good["error"]) == ("good", None)
        assert bad["error"] == "webhook: cannot be reached, or the connection broke"
        assert "s3cret" not in result.output
        assert [post.body["event"] for post in hook.posts] == ["test"]
        assert hook.posts[0].body["subject"] == "[test] tracker: route good works"
        assert runner.invoke(app, ["alerts", "test", "good"]).exit_code == 0


def test_a_dead_delivery_has_no_next_time(runner: CliRunner) -> None:
    """The table says when one was sent or is sent next; of one that was given up it says neither."""
    at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    with closing(open_store(load_settings())) as database, database.write() as session:
        for state in ("dead", "pending"):
            session.add(
                Delivery(
                    idempotency_key=state, route=state, destination="d", state=state, created_at=at, next_attempt_at=at
                )
            )
    lines = runner.invoke(app, ["alerts", "list"]).stdout.splitlines()
    assert ["2026-03-01 12:00" in next(line for line in lines if state in line) for state in ("pending", "dead")] == [
        True,
        False,
    ]


def test_an_empty_outbox_lists_and_sends_nothing(runner: CliRunner, tmp_path: Path) -> None:
    """The commands work in a store that never alerted."""
    (tmp_path / "sources.toml").write_text(SOURCES.format(port=9))
    assert json.loads(runner.invoke(app, ["alerts", "list", "--json"]).stdout) == []
    assert json.loads(runner.invoke(app, ["alerts", "send", "--json"]).stdout) == {"sent": 0, "failed": 0, "dead": 0}
    assert runner.invoke(app, ["alerts", "retry", "--all-dead"]).stdout == "0 deliveries wait to be sent.\n"
