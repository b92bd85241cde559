"""Like mistakes end alike, whatever the command: the table of exit statuses in the README."""

import shlex
import sys
from pathlib import Path

import pytest

from tracker.cli.app import main
from tracker.settings import load_settings
from tracker.store.upkeep.upgrade import open_store

#: Commands of which each is bad usage; LETTER is a file that is there, and of no kind that any of them reads.
BAD_USAGE = [
    "sources add letter",
    "sources add ftp://acme.example/",
    "sources add https://acme.example/ --id Acme!",
    "sources add https://acme.example/ --language x-",
    "sources add https://acme.example/ --select [",
    "log nobody",
    "show nobody",
    "approve nobody",
    "check nobody",
    "changes --topic nothing",
    "changes --since yesterdayish",
    "clause 999999999",
    "review ffff",
    "triage ffff --state seen",
    "evidence ffff",
    "verify missing.zip",
    "verify LETTER",
    "restore missing.sqlite",
    "restore LETTER",
    "backup LETTER",
    "export --all LETTER",
    "backup LETTER/saved.sqlite",
    "export --all LETTER/saved.zip",
    "export changes --out LETTER/rows.jsonl",
    "export git LETTER/history.git",
    "export warc LETTER/history.warc.gz",
    "stats --csv LETTER/stats.csv",
    "import all missing.zip",
    "import all LETTER",
    "import ota LETTER",
    "import warc missing.warc",
    "import text missing.md",
    "compare missing.md missing.md",
    "alerts retry 99",
    "alerts test nobody",
    "subscriptions end 99",
    "unmute --topic sale",
    "stats --by nothing",
    "nonsense",
]


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty store, a sources file, and a letter."""
    source = 'id = "acme"\nname = "Acme"\norganisation = "Acme"\ntype = "Privacy Policy"\nurl = "https://acme.example/"'
    (tmp_path / "sources.toml").write_text(f"[[source]]\n{source}\n")
    (tmp_path / "letter").write_text("Dear all")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRACKER_DATA_DIR", str(tmp_path / "data"))
    open_store(load_settings()).close()


def status_of(line: str, monkeypatch: pytest.MonkeyPatch) -> object:
    """Return the exit status of a command line."""
    monkeypatch.setattr(sys, "argv", ["tracker", *shlex.split(line.replace("LETTER", "letter"))])
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code


@pytest.mark.parametrize("line", BAD_USAGE)
def test_bad_usage_ends_with_two(
    line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is wrong is said on standard error."""
    assert status_of(line, monkeypatch) == 2
    assert capsys.readouterr().err


@pytest.mark.parametrize("line", ["search nothing", "changes --tag nobody", "stats --tag nobody", "verify"])
def test_a_question_that_finds_nothing_is_fine(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert status_of(line, monkeypatch) == 0


def test_a_damaged_backup_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is of the right kind, and was given as it should be."""
    assert status_of("backup saved.sqlite", monkeypatch) == 0
    saved = tmp_path / "saved.sqlite"
    data = bytearray(saved.read_bytes())
    data[-4096:] = b"\xff" * 4096
    saved.write_bytes(data)
    assert status_of("restore saved.sqlite", monkeypatch) == 1
