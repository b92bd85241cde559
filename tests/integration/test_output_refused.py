"""Where what a command prints cannot go: one clear line or none, and never a story of the program's insides."""

import json
import os
import subprocess
import sys
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from tracker.cli.output import data_output

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


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_what_an_encoding_lacks_is_escaped(encoding: str) -> None:
    """People get the rest as it is, programs JSON that says all; no command ends in the middle of its output."""
    words = "We sell \u201cpersonal information\u201d \u65e5\u672c \U0001f4a9 \u00e9"
    explain = [sys.executable, "-m", "tracker", "lexicon", "explain", words]
    env = os.environ | {"PYTHONIOENCODING": encoding}
    told = subprocess.run(explain, capture_output=True, env=env, check=False)
    assert (told.returncode, told.stderr) == (0, b"")
    assert b"personal information" in told.stdout
    done = subprocess.run([*explain, "--json"], capture_output=True, env=env, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    plain = subprocess.run(
        [*explain, "--json"], capture_output=True, env=os.environ | {"PYTHONIOENCODING": "utf-8"}, check=False
    )
    assert json.loads(done.stdout.decode(encoding)) == json.loads(plain.stdout.decode())


def test_data_is_utf_8_whatever_people_here_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Standard output then holds the same bytes as a file."""
    raw = BytesIO()
    monkeypatch.setattr(sys, "stdout", TextIOWrapper(raw, encoding="latin-1", errors="backslashreplace"))
    data_output().write("\u65e5\u672c\u00e9")
    sys.stdout.flush()
    assert raw.getvalue().decode("utf-8") == "\u65e5\u672c\u00e9"


def test_closed_outputs_are_no_fault() -> None:
    """Some schedulers start commands without any; what is printed then goes nowhere."""
    shell = ["sh", "-c", 'exec "$@" >&- 2>&-', "sh", *COMMAND]
    assert subprocess.run(shell, check=False).returncode == 0
