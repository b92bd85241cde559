"""Where what a command prints cannot go: one clear line or none, and never a story of the program's insides."""

import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-m", "tracker", "lexicon", "list"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device here is always full")
@pytest.mark.parametrize("more", [[], ["--json"]])
def test_a_full_disk_is_told_in_a_line(more: list[str]) -> None:
    """Tables and JSON alike; the exit status says that something is missing."""
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run([*COMMAND, *more], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == (
        "tracker: what was asked for cannot be written: No space left on device; "
        "free some space, then run the command again\n"
    )


def test_closed_outputs_are_no_fault() -> None:
    """Some schedulers start commands without any; what is printed then goes nowhere."""
    shell = ["sh", "-c", 'exec "$@" >&- 2>&-', "sh", *COMMAND]
    assert subprocess.run(shell, check=False).returncode == 0
