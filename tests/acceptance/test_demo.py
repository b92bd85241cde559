"""The demo, run as a newcomer runs it."""

import os
import subprocess
import sys
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest

from tests.support.dump import dump_content
from tracker.demo.scenery import Policy, policies
from tracker.store.database import Database


def demo(tmp_path: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    environment = os.environ | {"TMPDIR": str(tmp_path / "tmp"), "TRACKER_SOURCES": "none.toml"}
    (tmp_path / "tmp").mkdir(exist_ok=True)
    return subprocess.run(
        [sys.executable, "-m", "tracker", "demo", *arguments],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def test_the_demo_comes_out_as_told_and_leaves_nothing_behind(tmp_path: Path) -> None:
    """It checks its own outcome: two alerts, and silence for a rename, a move, a flap, an error page and a counter."""
    done = demo(tmp_path)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    assert done.stderr == ""
    assert done.stdout.count(">> an alert arrived") == 2
    assert list((tmp_path / "tmp").iterdir()) == []


def test_the_demo_can_be_kept_to_look_around_in(tmp_path: Path) -> None:
    """`--keep` leaves a store that the commands read; a folder that exists is refused."""
    kept = tmp_path / "kept"
    assert demo(tmp_path, "--keep", str(kept)).returncode == 0
    with closing(Database(f"sqlite:///{kept / 'tracker.sqlite'}")) as database, database.read() as session:
        assert sum('"kind": "version"' in line for line in dump_content(session)) == 11
    refused = demo(tmp_path, "--keep", str(kept))
    assert refused.returncode == 2
    assert "does not exist yet" in refused.stderr


@pytest.mark.parametrize("policy", policies(), ids=lambda policy: policy.id)
def test_every_version_of_the_world_differs_from_the_one_before(policy: Policy) -> None:
    """A replacement in the world's files that does not fit its text would silently tell nothing."""
    shown = [policy.pages(version) for version in range(1, policy.versions + 1)]
    assert all(one != other for one, other in pairwise(shown))
