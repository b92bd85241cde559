"""`tracker verify` and `tracker db upgrade` as a user runs them."""

import json
from contextlib import closing

from sqlalchemy import text
from typer.testing import CliRunner

from tests.integration.filling import fill
from tracker.cli.app import app
from tracker.settings import load_settings
from tracker.store.migrations import HEAD
from tracker.store.upkeep.upgrade import open_store


def test_verify_exits_with_one_when_something_is_damaged() -> None:
    """A whole store gives 0; an altered snapshot gives 1 and is named."""
    with closing(open_store(load_settings())) as database:
        fill(database, 2)
        whole = CliRunner().invoke(app, ["verify"])
        assert (whole.exit_code, "Everything is as it was stored." in whole.output) == (0, True)
        with database.write() as session:
            session.connection().execute(text("update snapshot set status = 500 where sequence = 2"))
    damaged = CliRunner().invoke(app, ["verify", "--json"])
    assert damaged.exit_code == 1
    (damage,) = json.loads(damaged.output)["damages"]
    assert (damage["source"], damage["sequence"], damage["url"]) == ("acme", 2, "https://acme.example/p")


def test_upgrading_a_current_store_says_so() -> None:
    """Nothing to do is no failure."""
    result = CliRunner().invoke(app, ["db", "upgrade", "--json"])
    assert (result.exit_code, json.loads(result.output)) == (0, {"schema": HEAD, "backup": None})
